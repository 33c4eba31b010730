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
        self._work, self._wall = time.thread_time() + seconds, time.monotonic() + WALL * seconds

    @property
    def over(self) -> bool:
        """Whether all of it is used."""
        return time.thread_time() >= self._work or time.monotonic() >= self._wall
