"""What a program in a process of its own may use, and what came of it."""

from typing import Any, NamedTuple

MEGABYTE = 2**20
"""Bytes."""

CLOSED, BROKEN = 117, 118
ENDS = {
    CLOSED: ("it closed the channel of the result", "exit"),
    BROKEN: ("it changed what reports its result", "changed"),
}
"""Exit statuses of processes that can no longer report, and what they stand for."""


class Limits(NamedTuple):
    """What one program may use.

    seconds  of time on the clock; the processor's time is limited to as much
    memory   bytes of address space
    output   bytes of its result as JSON
    disk     bytes of all files that it writes
    """

    seconds: float = 30.0
    memory: int = 4096 * MEGABYTE
    output: int = 16 * MEGABYTE
    disk: int = 256 * MEGABYTE


class Outcome(NamedTuple):
    """What a function in a process of its own returned, or why it did not.

    result   what it returned, None where there is nothing
    why      the sentence that says why, "" where there is a result
    kind     the reason in a word: "time", "memory", "disk", "output", "exit", "signal", "input", "recursion", "error"
             (an exception), "changed" (autograd was tampered with), "start" (no process could be started), "stop" (by
             whoever called), or ""
    error    the name of the exception, where there was one
    line     the line of the program in which it was raised, where that is known
    seconds  how long it took
    """

    result: dict[str, Any] | None
    why: str = ""
    kind: str = ""
    error: str = ""
    line: int | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether there is a result."""
        return self.result is not None


def in_words(size: float) -> str:
    """A number of bytes as people say it.

    >>> in_words(4096 * MEGABYTE), in_words(300 * MEGABYTE), in_words(2048)
    ('4 GB', '300 MB', '2 kB')
    """
    for unit, name in ((2**30, "GB"), (2**20, "MB"), (2**10, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size:.0f} bytes"
