"""What runs in the process of its own: reads its letter, goes into the sandbox, calls the function, reports."""

import importlib
import json
import os
import sys
from typing import Any

from autograd.isolation.integrity import Integrity
from autograd.isolation.outcome import BROKEN, CLOSED, Limits, Outcome, in_words
from autograd.isolation.sandbox import limit, sandbox

ROOM = 2**20
"""Bytes kept free for the report of a program that has used up all memory."""


def main() -> None:
    """One function, called once; the process ends here."""
    letter = json.loads(sys.stdin.buffer.read())
    channel = _silenced()
    end, write = os._exit, os.write  # the program may put others in their place
    try:
        said = letter["token"].encode() + _reported(letter)
    except BaseException:
        end(BROKEN)
    try:
        while said:
            said = said[write(channel, said) :]
    except OSError:
        end(CLOSED)
    end(0)  # at once: threads of the program may run on for ever


def _reported(letter: dict[str, Any]) -> bytes:
    """The outcome as JSON."""
    limits, dumps = Limits(*letter["limits"]), json.dumps
    _find(letter["paths"])
    module, _, name = letter["function"].partition(":")
    room = [bytearray(ROOM)]
    try:
        function = getattr(importlib.import_module(module), name)
        limit(limits)
        sandbox(letter["scratch"], letter["readable"])
        integrity = Integrity()
        outcome = Outcome(function(letter["request"]))
        if changed := integrity.changed():
            outcome = Outcome(None, f"it changed what judges it: {', '.join(changed[:3])}", "changed")
        said = dumps(outcome._asdict()).encode()
    except BaseException as error:
        room.clear()
        said = dumps(failed(error, limits)._asdict()).encode()
    if len(said) <= limits.output:
        return said
    return dumps(Outcome(None, f"its result is larger than {in_words(limits.output)}", "output")._asdict()).encode()


def _silenced() -> int:
    """The channel of the result; the standard streams lead nowhere from now on, however much is written to them."""
    channel = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)
    return channel


def _find(paths: list[str]) -> None:
    """Puts the packages where this one is, and those that are known where this was called, at the end of the path."""
    root = sys.path.pop(0)
    sys.path += [path for path in (*paths, root) if path not in sys.path]


def failed(error: BaseException, limits: Limits) -> Outcome:
    """What is told of an exception that a program raised."""
    name, line = type(error).__name__, line_of(error)
    where = f" in line {line}" if line is not None else ""
    text = " ".join(_text(error).split())[:300]
    kind, why = "error", f"it ended with {name}{where}" + (f": {text}" if text else "")
    if isinstance(error, MemoryError):
        kind, why = "memory", f"it needed more than {in_words(limits.memory)} of memory{where}"
    elif isinstance(error, RecursionError):
        kind, why = "recursion", f"a function calls itself without end{where}"
    elif isinstance(error, EOFError) or name == "BdbQuit":
        kind, why = "input", f"it asked for input{where}, and nobody is there to answer"
    elif isinstance(error, SystemExit):
        kind, why = "exit", f"it ended itself{where} by exit()"
    error.__traceback__ = None  # what the program held goes
    return Outcome(None, why, kind, name, line)


def _text(error: BaseException) -> str:
    """The message of an exception, which may be one of the program's own."""
    try:
        if isinstance(error, SyntaxError):
            return str(error.msg)  # without the line, which is told anyway
        if isinstance(error, OSError) and error.strerror:  # without the number
            return f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror)
        return str(error)
    except BaseException:
        return ""


def line_of(error: BaseException) -> int | None:
    """The last line of the program that an exception came through: of code compiled under a name like `<program>`."""
    if isinstance(error, SyntaxError):
        return error.lineno
    line, trace = None, error.__traceback__
    while trace is not None:
        code: Any = trace.tb_frame.f_code
        if code.co_filename.startswith("<") and not code.co_filename.startswith("<frozen"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
