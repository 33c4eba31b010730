"""Runs a function on a stranger's program in a process of its own: `isolated`."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from autograd.isolation import in_process
from autograd.isolation.outcome import ENDS, Limits, Outcome, in_words
from autograd.isolation.sandbox import ROOT
from autograd.isolation.scratch import MOST_FILES, scratch, size

PLENTY = Limits()
"""What a program may use unless said otherwise."""

STOPPED = Outcome(None, "it was stopped from outside", "stop")
"""What comes of a program that nobody waits for any more."""

START = "import sys; sys.path.insert(0, sys.argv[1]); from autograd.isolation.child import main; main()"
"""What the process does; the folder of the packages is its argument."""

KEPT = ("PATH", "TZ", "LANG", "SYSTEMROOT", "WINDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
KEPT_FAMILIES = ("LC_", "OPENBLAS_")
"""The variables of the environment that a program gets to see: no keys, no tokens, nothing of Python's."""

ONE_THREAD = tuple(f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"))
"""Variables by which numeric libraries are told to use one core: programs are run side by side instead."""

MUCH = 2**50
"""More bytes than there are."""

LOOK = 0.25
"""Seconds between two looks at what a running program has written."""


def isolated(
    function: str,
    request: dict[str, Any],
    limits: Limits = PLENTY,
    folder: str | None = None,
    stop: threading.Event | None = None,
) -> Outcome:
    """What the function `"module:name"` returns for a request, run in a process and a scratch folder of its own.

    request  what it is called with, in the types of JSON; so is what it returns, a dict
    folder   where the program comes from, if not `request["folder"]`: it may be read, and what is in it is found in
             the scratch folder by its name
    stop     ends it early when set

    The function runs inside `autograd.isolation.sandbox.sandbox`. Nothing that a program does raises here: it is
    told in `.why`. An interrupt (Ctrl-C) ends the process before it is passed on.
    """
    if stop is not None and stop.is_set():
        return STOPPED
    begun = time.monotonic()
    folder = folder or request.get("folder") or None
    if in_process.IN_A_BROWSER:
        return in_process.in_process(function, request, limits, folder)
    token = secrets.token_hex(16)
    with scratch(folder) as path:
        letter = {
            "token": token,
            "function": function,
            "request": request,
            "scratch": path,
            "readable": [] if folder is None else [os.path.realpath(folder)],
            "limits": list(limits),
            "paths": [entry for entry in sys.path if os.path.basename(entry) in ("site-packages", "dist-packages")],
        }
        try:
            process = _started(path)
        except OSError as error:
            return Outcome(None, f"no process of its own could be started: {error}", "start")
        try:
            outcome = _watched(process, json.dumps(letter).encode(), path, limits, token, begun + limits.seconds, stop)
        finally:
            end(process)
    return outcome._replace(seconds=time.monotonic() - begun)


def _started(path: str) -> "subprocess.Popen[bytes]":
    """The process, waiting for its letter; its standard output is the channel of the result."""
    environment = {name: x for name, x in os.environ.items() if name in KEPT or name.startswith(KEPT_FAMILIES)}
    environment |= dict.fromkeys(ONE_THREAD, "1")
    environment |= dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR"), path)
    environment |= {"MPLBACKEND": "Agg", "PYTHONHASHSEED": "0"}
    group: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    # -I is not among them because it would ignore PYTHONHASHSEED, by which sets come in the same order every time;
    # the environment holds nothing else of Python's.
    return subprocess.Popen(
        [sys.executable or "", "-s", "-P", "-B", "-c", START, ROOT],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        cwd=path, env=environment, close_fds=True, **group,
    )  # fmt: skip


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process with all that it started, and lets go of its pipes."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


class _Talk(threading.Thread):
    """Hands over the letter and collects what comes back: nobody else waits for a process that does neither."""

    def __init__(self, process: "subprocess.Popen[bytes]", letter: bytes, most: int) -> None:
        super().__init__(daemon=True)
        self.process, self.letter, self.most = process, letter, most
        self.said = bytearray()
        self.too_much = False

    def run(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # it ended before it had read, or was ended
            self.process.stdin.write(self.letter)
            self.process.stdin.close()
        with contextlib.suppress(OSError, ValueError):
            while part := os.read(self.process.stdout.fileno(), 2**16):
                self.said += part
                if len(self.said) > self.most:
                    self.too_much = True
                    return


def _watched(
    process: "subprocess.Popen[bytes]", letter: bytes, path: str, limits: Limits,
    token: str, deadline: float, stop: threading.Event | None,
) -> Outcome:  # fmt: skip
    """What comes of a process, which is not ended here."""
    talk = _Talk(process, letter, limits.output + 2**16)
    disk = limits.disk + size(path, MUCH)  # what it found there is not its own
    talk.start()
    while True:
        talk.join(min(LOOK, max(0.0, deadline - time.monotonic())))
        if talk.too_much:
            return Outcome(None, f"its result is larger than {in_words(limits.output)}", "output")
        if not talk.is_alive() and (outcome := _read(bytes(talk.said), token)) is not None:
            return outcome
        if not talk.is_alive() and process.poll() is not None:
            return _without(process.returncode, bytes(talk.said), limits)
        if time.monotonic() >= deadline:
            return Outcome(None, f"it ran longer than {limits.seconds:g} s", "time")
        if stop is not None and stop.is_set():
            return STOPPED
        if size(path, disk) > disk:
            return Outcome(None, f"it wrote more than {in_words(limits.disk)}, or {MOST_FILES} files", "disk")
        if not talk.is_alive():  # its channel is closed, but it runs on
            time.sleep(0.01)


def _read(said: bytes, token: str) -> Outcome | None:
    """What a process reported after its token, which the program does not know; None where it reported nothing."""
    _, found, rest = said.partition(token.encode())
    if not found:
        return None
    try:
        outcome = Outcome(**json.loads(rest))
    except (ValueError, TypeError, RecursionError):
        return None
    fits = isinstance(outcome.result, dict | None) and isinstance(outcome.line, int | None)
    return outcome if fits and isinstance(outcome.why, str) and bool(outcome.why) != outcome.ok else None


def _without(code: int, said: bytes, limits: Limits) -> Outcome:
    """Why a process ended without a result."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        if name == "SIGXCPU":
            return Outcome(None, f"it ran longer than {limits.seconds:g} s", "time")
        return Outcome(None, f"the process was killed ({name})", "signal")
    if code in ENDS:
        return Outcome(None, *ENDS[code])
    last = said.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
    printed = f": {last}" if last else ""
    return Outcome(None, f"it ended the process itself (exit status {code}){printed}", "exit")
