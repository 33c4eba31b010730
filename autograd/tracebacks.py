"""What is shown of an error: the lines of the user's program, and of this package none."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

VARIABLE = "CHALKGRAD_TRACEBACK"
"""Set to `full`, it has every frame shown. Debuggers see all of them in any case: nothing is taken from an error."""

OURS = ("autograd", "nn")


def install() -> None:
    """Have errors that nobody catches shown without the frames between the user's line and the word for it.

    In a program and at Python's prompt by `sys.excepthook`, which calls the one that was there; in IPython and
    Jupyter where no other handler is set. `%tb` and `%debug` show all frames there, `pdb.pm()` elsewhere.
    """
    before = sys.excepthook

    def shown(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        with without_ours(error):
            before(kind, error, error.__traceback__)

    sys.excepthook = shown
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None and not shell.custom_exceptions:
        shell.set_custom_exc((Exception,), _in_ipython)


def _in_ipython(shell: Any, kind: Any, error: Exception, trace: TracebackType, tb_offset: int | None = None) -> None:
    with without_ours(error):
        shell.showtraceback((kind, error, error.__traceback__), tb_offset=tb_offset, running_compiled_code=True)
    sys.last_traceback = shell.InteractiveTB.tb = trace  # what %tb and %debug look at


@contextmanager
def without_ours(error: BaseException) -> Iterator[None]:
    """Inside, an error and those behind it have tracebacks without our frames; afterwards all of them again."""
    chain: list[BaseException] = []
    waiting: list[BaseException | None] = [error] if os.environ.get(VARIABLE) != "full" else []
    while waiting:
        each = waiting.pop()
        if each is not None and each not in chain:
            chain.append(each)
            waiting += (each.__cause__, each.__context__)
    kept = [each.__traceback__ for each in chain]
    for each in chain:
        each.__traceback__ = theirs(each.__traceback__)
    try:
        yield
    finally:
        for each, trace in zip(chain, kept, strict=True):
            each.__traceback__ = trace


def theirs(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without our frames; all of it where these are all there is, or where the error is one of ours.

    What is wrong with the user's program we say by a `raise`. What arises in a line of ours otherwise, or in a library
    that it calls, was not foreseen.
    """
    frames = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    ours = [i for i, each in enumerate(frames) if _is_ours(each)]
    shown = frames
    if ours:
        above, between, below = frames[: ours[0]], frames[ours[0] : ours[-1]], frames[ours[-1] + 1 :]
        if _is_users(below[0]) if below else _raises(frames[ours[-1]]):
            shown = [*above, *filter(_is_users, between), *below] or frames
    found = None
    for each in reversed(shown):
        found = TracebackType(found, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return found


def _is_ours(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] in OURS


def _is_users(trace: TracebackType) -> bool:
    """Whether a frame is of the user's program, and neither ours nor a library's."""
    file = trace.tb_frame.f_code.co_filename
    library = file.startswith(os.path.dirname(os.__file__)) or "site-packages" in file or "dist-packages" in file
    return not library and not _is_ours(trace)


def _raises(trace: TracebackType) -> bool:
    """Whether a frame stands at a `raise`."""
    from opcode import opname  # for messages only

    return opname[trace.tb_frame.f_code.co_code[trace.tb_lasti]] == "RAISE_VARARGS"
