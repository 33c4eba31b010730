"""Runs a function on a program in this very process, where there is no other: in a browser, whose tab confines it."""

import builtins
import contextlib
import io
import json
import os
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from autograd.isolation.child import failed
from autograd.isolation.outcome import Limits, Outcome
from autograd.isolation.scratch import scratch

IN_A_BROWSER = sys.platform == "emscripten"

TOOL = 4
"""By this number `sys.monitoring` knows the watch over the time; Python gives 0, 1, 2 and 5 to others."""

SOME = 256
"""Jumps between two looks at the clock."""


class LateError(BaseException):
    """Its time is over; not an Exception, so that a program does not take it for one of its own."""


def in_process(function: str, request: dict[str, Any], limits: Limits, folder: str | None) -> Outcome:
    """What `isolated` gives, with nothing between the program and the caller but a folder, and a limit of time.

    Folder, random numbers, search path, streams and environment are the caller's again afterwards.
    """
    module, _, name = function.partition(":")
    begun = time.monotonic()
    with scratch(folder) as path, _kept(path):
        try:
            with deadline(limits.seconds):
                result = getattr(import_module(module), name)(request)
            outcome = Outcome(json.loads(json.dumps(result)))
        except LateError:
            outcome = Outcome(None, f"it ran longer than {limits.seconds:g} s", "time")
        except BaseException as error:
            outcome = failed(error, limits)
    return outcome._replace(seconds=time.monotonic() - begun)


@contextlib.contextmanager
def _kept(path: str) -> Iterator[None]:
    """Inside, the program is in a folder of its own, and talks to nobody; what it changes is changed back."""
    here, state, known, environment = os.getcwd(), random.getstate(), list(sys.path), dict(os.environ)
    numpy = sys.modules.get("numpy")
    numbers = numpy.random.get_state() if numpy is not None else None
    stdin, ask, limit = sys.stdin, builtins.input, sys.getrecursionlimit()
    os.chdir(path)
    sys.stdin, builtins.input = io.StringIO(), _nobody
    try:
        silent = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
        with silent[0], silent[1], warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdin, builtins.input = stdin, ask
        os.chdir(here)
        random.setstate(state)
        if numpy is not None:
            numpy.random.set_state(numbers)
        sys.path[:] = known
        sys.setrecursionlimit(limit)
        os.environ.clear()
        os.environ.update(environment)


def _nobody(prompt: object = "") -> str:
    raise EOFError("nobody is there to answer")


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Inside, a LateError comes once the time is over, in whatever loop, and again wherever it is caught."""
    if sys.version_info < (3, 12):  # no browser has that
        yield
        return
    watch = sys.monitoring
    watch.use_tool_id(TOOL, "chalkgrad")
    watch.register_callback(TOOL, watch.events.JUMP, _clock(time.monotonic() + seconds))
    watch.set_events(TOOL, watch.events.JUMP)
    try:
        yield
    finally:
        watch.set_events(TOOL, 0)
        watch.free_tool_id(TOOL)


def _clock(end: float) -> Callable[..., None]:
    """Called at each jump, it raises once the time is over."""
    jumps = 0

    def look(*_: Any) -> None:
        nonlocal jumps
        jumps += 1
        if jumps % SOME == 0 and time.monotonic() > end:
            raise LateError

    return look
