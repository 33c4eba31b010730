"""What is to be reached, looked up in the rows that were measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tests.benchmarks import checking, memory, page
from tests.benchmarks.table import Row, significant


@dataclass(frozen=True)
class Target:
    """A number that ours is to reach: where it is looked up, and its bounds."""

    what: str
    number: Callable[[], float | None]
    least: float = 0.0
    most: float = float("inf")

    def verdict(self) -> str | None:
        """One line saying whether it is met; None where it was not measured."""
        number = self.number()
        if number is None:
            return None
        met = "met" if self.least <= number <= self.most else "MISSED"
        bound = f"at least {self.least:g}" if self.least else f"at most {self.most:g}"
        return f"- {met}: {self.what}: {significant(number)} ({bound})"


LLVM, PYTHON, CALLS = "chalkgrad, llvm", "chalkgrad, python", "chalkgrad, one jitted step a call"

FASTER = (
    ("moons", "JAX jit", LLVM, 5.0),
    ("moons", "NumPy by hand", LLVM, 4.0),
    ("moons", "PyTorch eager", LLVM, 30.0),
    ("moons", "micrograd", LLVM, 20_000.0),
    ("moons", "C by hand, -O3", LLVM, 1.5),
    ("moons", "micrograd", PYTHON, 100.0),
    ("seed", "C by hand, -O3", LLVM, 1.0),
    ("seed", "JAX jit, one scan", LLVM, 1.0),
    ("digits", "NumPy by hand", LLVM, 2.0),
    ("digits", "C by hand, -O3", LLVM, 1.0),
    ("mnist", "NumPy by hand", LLVM, 1.2),
    ("mnist", "C by hand, -O3", LLVM, 1.0),
)
"""Work, peer, which row of ours, and how many times its time the peer's is to be at least."""

SOON = (
    ("digits, first epoch", LLVM, "digits, the first epoch, seconds", 1.0, 0.3),
    ("mnist, first epoch", LLVM, "mnist, the first epoch, seconds", 1.0, 0.5),
    ("mnist, ten times as wide, first epoch", LLVM, "the same of 784-300-10", 1.0, 0.6),
    ("import", "import autograd", "import autograd, milliseconds", 1e3, 30.0),
    ("seed", CALLS, "seed, a jitted step called from Python, microseconds", 1e6, 5.0),
    ("ready", "chalkgrad, llvm, first result", "ready, the first result, seconds", 1.0, 0.15),
    ("ready", "chalkgrad, llvm, better code asked for", "ready, fully optimised, seconds", 1.0, 0.6),
    ("ready, imports too", "chalkgrad, llvm, first result", "ready, the first result with imports, seconds", 1.0, 0.15),
    (
        "ready, imports too",
        "chalkgrad, llvm, better code asked for",
        "ready, fully optimised with imports, seconds",
        1.0,
        0.6,
    ),
    *(
        (work.name, name, f"{work.name}, {name}, seconds", 1.0, most)
        for work, most in ((checking.SMALL, 2.0), (checking.LARGE, 30.0))
        for name in (checking.RIGHT, checking.WRONG)
    ),
    ("page", page.EPOCH, f"{page.EPOCH}, milliseconds", 1e3, 2.0),
    ("page", page.DRAG, f"{page.DRAG}, milliseconds", 1e3, 50.0),
)
"""Work, row, what it is, units in a second, and the most it may take."""


def targets(rows: Sequence[Row]) -> list[Target]:
    """All that is to be reached."""
    by_name = {(row.work, row.peer): row for row in rows}

    def times(work: str, peer: str, ours: str = "") -> float | None:
        """The peer's number by that of the row `ours`; of the first row of the work if none is named."""
        above, below = by_name.get((work, peer)), by_name.get((work, ours))
        if above is None or above.ratio is None or (ours and (below is None or below.ratio is None)):
            return None
        return above.ratio / (below.ratio if below and below.ratio else 1.0)

    def taken(work: str, peer: str, units: float) -> float | None:
        """The time of a row in units."""
        row = by_name.get((work, peer))
        return row.data["seconds"] * units if row and "seconds" in row.data else None

    def beside(peer: str) -> float | None:
        """What a training takes, by the data."""
        row = by_name.get((memory.FIT, peer))
        return row.data.get("times") if row else None

    def faster(work: str, peer: str, ours: str, least: float) -> Target:
        name = "llvm" if ours == LLVM else "Python"
        return Target(f"{work}, {peer}'s time by ours in {name}", partial(times, work, peer, ours), least)

    return [
        Target("moons, micrograd's time by ours through nn.MLP", lambda: times("moons", "micrograd"), 30),
        Target(
            "moons, micrograd's time by ours written out",
            lambda: times("moons", "micrograd", "chalkgrad, written out"),
            6,
        ),
        Target("seed, micrograd's time by ours", lambda: times("seed", "micrograd"), 8),
        *(faster(*one) for one in FASTER),
        Target(
            "seed, our time in Python by that of Python by hand",
            lambda: times("seed", PYTHON, "Python by hand"),
            most=1.5,
        ),
        *(
            Target(f"{work}, micrograd's bytes by ours", partial(times, work, "micrograd"), least=5)  # a fifth
            for work in memory.CHAINS
        ),
        *(
            Target(f"{memory.FIT}, {held}: memory by that of the data", partial(beside, f"chalkgrad, {held}"), most=2)
            for held in memory.HELD
        ),
        *(
            Target(what, partial(taken, work, peer, units), most=most)
            for work, peer, what, units, most in SOON
        ),
    ]  # fmt: skip
