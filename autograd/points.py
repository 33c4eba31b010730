"""Points for what is right: `Graded`, which comparisons, marks of exercises and reports on programs are."""

from abc import abstractmethod
from fractions import Fraction
from typing import overload


class Graded:
    """Something that is right, wrong, or right in part."""

    @property
    @abstractmethod
    def ok(self) -> bool:
        """Whether all of it is right."""

    @property
    @abstractmethod
    def share(self) -> Fraction:
        """How much of it is right, from 0 to 1."""

    def score(self, most: float = 1.0) -> float:
        """most·share, the points for it where `most` are given for all of it."""
        if not 0 < most < float("inf"):
            raise ValueError(f"score: expected how many there are for all of it, above 0, got {most!r}")
        return most if self.ok else float(Fraction(most) * self.share)

    @overload
    def assert_ok(self) -> None: ...

    @overload
    def assert_ok(self, partial: float) -> float: ...

    def assert_ok(self, partial: float | None = None) -> float | None:
        """For a test suite: an AssertionError with all that is to be said unless it is `ok`.

        partial  the points for all of it: those for what is right are returned, the report is printed where something
                 is wrong, and the AssertionError is for what gets none
        """
        __tracebackhide__ = True  # pytest then shows the line of the test
        got = None if partial is None else self.score(partial)
        if not self.ok:
            if not got:
                raise AssertionError(self._report)
            print(self._report)
        return got

    @property
    def _report(self) -> str:
        """All that is to be said."""
        return str(self)
