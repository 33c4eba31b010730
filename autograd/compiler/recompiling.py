"""Compiled code that is soon ready, and better code once it has been used enough to pay for that."""

import threading
import time
from typing import Any

from autograd.compiler.native import OPTIMISED, QUICK, Library

LINES = 3_000
"""Text of more lines is compiled quickly first; of fewer, the better code is there as soon."""

SECONDS_A_LINE = 1.6e-5
"""About what the better code takes to compile."""


class Tiered:
    """A native function that is called through `run`; `text` is the module it is in.

    The second compilation runs in a thread of its own, when the first code has run for as long as it
    will take. Both compute the same bits.
    """

    def __init__(self, text: str, name: str, *types: Any, result: Any = None) -> None:
        self.text = text
        self._name, self._types, self._result = name, types, result
        self.lines = text.count("\n")
        self.optimised = self.lines <= LINES
        self.run: Any = self._compiled(OPTIMISED if self.optimised else QUICK)
        self._spent = 0.0
        self._thread: threading.Thread | None = None

    def timed(self, *args: Any) -> Any:
        """What the function returns, the time that it takes being counted."""
        if self.optimised:
            return self.run(*args)
        begin = time.perf_counter()
        found = self.run(*args)
        self._spent += time.perf_counter() - begin
        if self._spent > self.lines * SECONDS_A_LINE and not (self._thread and self._thread.is_alive()):
            self._thread = threading.Thread(target=self.optimise, name="chalkgrad compiles")
            self._thread.start()
        return found

    def optimise(self) -> None:
        """Compile the better code and put it in place, here and now."""
        if not self.optimised:
            self.run = self._compiled(OPTIMISED)
            self.optimised = True

    def _compiled(self, effort: int) -> Any:
        return Library(self.text, effort).function(self._name, *self._types, result=self._result)
