"""So much time for a piece of work, counted so that other work on the machine does not use it up."""

import time
from typing import Final

WALL: Final = 2.0
"""By the clock on the wall it may take so many times as long."""


class Allowance:
    """Seconds of this thread's own computing; a program that sleeps uses up those on the wall, of which there are more.

    >>> Allowance(100.0).over, Allowance(0.0).over
    (False, True)
    """

    def __init__(self, seconds: float) -> None:
        self._work, self._wall = _worked() + seconds, time.monotonic() + WALL * seconds

    @property
    def over(self) -> bool:
        """Whether all of it is used."""
        return _worked() >= self._work or time.monotonic() >= self._wall


def _worked() -> float:
    """Seconds that this thread has computed so far; in a browser those on the wall, which are all that it has."""
    return getattr(time, "thread_time", time.monotonic)()
