"""The command `python -m tests.benchmarks`: measures, checks, prints the table."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.benchmarks import memory, moons, native, seed, startup
from tests.benchmarks.harness import FLOOR, TOLERANCE, Effort, Peer, Work, measure, peers_in, versions
from tests.benchmarks.table import Row, as_data, markdown, significant

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}


def moons_work() -> Work:
    """The two moons at the size of micrograd's demo."""
    problem = moons.moons()
    return Work("moons", problem, moons.start(problem), peers_in(moons), check_steps=3)


def seed_work() -> Work:
    """The textbook's network on its ten samples."""
    return Work("seed", seed.Seed(), seed.START, peers_in(seed))


BENCHMARKS: Mapping[str, Callable[[Effort, bool], list[Row]]] = {
    "moons": lambda effort, quick: measure(moons_work(), effort),
    "seed": lambda effort, quick: measure(seed_work(), effort),
    "memory": lambda effort, quick: memory.measure(rounds=1 if quick else 3),
    "import": lambda effort, quick: startup.measure(rounds=max(effort.rounds, 5 if quick else 20)),
}


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


def targets(rows: Sequence[Row]) -> list[Target]:
    """What the eager engine is to reach, looked up in the rows."""
    by_name = {(row.work, row.peer): row for row in rows}

    def times(work: str, peer: str, ours: str = "") -> float | None:
        """The peer's number by that of the row `ours`; of the first row of the work if none is named."""
        above, below = by_name.get((work, peer)), by_name.get((work, ours))
        if above is None or above.ratio is None or (ours and (below is None or below.ratio is None)):
            return None
        return above.ratio / (below.ratio if below and below.ratio else 1.0)

    def milliseconds() -> float | None:
        row = by_name.get(("import", "import autograd"))
        return row.data["seconds"] * 1e3 if row and "seconds" in row.data else None

    bytes_saved = [
        Target(f"{work}, micrograd's bytes by ours", partial(times, work, "micrograd"), least=5)  # a fifth
        for work in memory.CHAINS
    ]
    return [
        Target("moons, micrograd's time by ours through nn.MLP", lambda: times("moons", "micrograd"), 30),
        Target(
            "moons, micrograd's time by ours written out",
            lambda: times("moons", "micrograd", "chalkgrad, written out"),
            6,
        ),
        Target("seed, micrograd's time by ours", lambda: times("seed", "micrograd"), 8),
        *bytes_saved,
        Target("import autograd, milliseconds", milliseconds, most=30),
    ]


def facts(peers: Sequence[Peer], effort: Effort) -> list[str]:
    """What the numbers were measured with, and how."""
    found = {platform.python_implementation(): platform.python_version(), **versions(peers)}
    lines = ["- Versions: " + ", ".join(f"{name} {version}" for name, version in found.items()) + "."]
    if native.compiler():
        lines.append(f"- C: {native.compiler_version()}, -O3 -march=native.")
    return [
        *lines,
        f"- {os.cpu_count()} cores, one thread each. Times are medians of {effort.rounds} rounds in turn"
        f" (A B C A B C ...), about {effort.seconds * 1e3:.0f} ms a peer and round after a warm-up; relative"
        " times are medians of the ratios within a round.",
        f"- Loss, gradients and the parameters after some steps must agree with ours within {TOLERANCE:.0e}"
        f" of the number itself, or of {FLOOR:.0e} times the largest of its kind if that is more.",
    ]


def main(
    argv: Sequence[str] | None = None,
    benchmarks: Mapping[str, Callable[[Effort, bool], list[Row]]] = BENCHMARKS,
) -> int:
    """Measure what was asked for, print the table; 1 if anything was wrong, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few and short rounds, for a first look")
    parser.add_argument("--only", choices=list(benchmarks), nargs="+", help="measure these works only")
    parser.add_argument("--rounds", type=int, help="interleaved rounds (9, or 3 with --quick)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every round of every peer")
    asked = parser.parse_args(argv)
    if asked.rounds is not None and asked.rounds < 1:
        parser.error(f"--rounds is {asked.rounds}, expected 1 or more")
    effort = Effort(asked.rounds or (3 if asked.quick else 9), 0.03 if asked.quick else 0.1)

    rows = [row for name in asked.only or benchmarks for row in benchmarks[name](effort, asked.quick)]
    lines = facts([*peers_in(moons), *peers_in(seed)], effort)
    verdicts = [verdict for target in targets(rows) if (verdict := target.verdict())]
    print(markdown(rows), "\n".join(lines), *(["\n".join(verdicts)] if verdicts else []), sep="\n\n")
    wrong = [row for row in rows if row.wrong]
    for row in wrong:
        print(f"WRONG: {row.work}, {row.peer}: {row.wrong}", file=sys.stderr)
    if asked.json:
        document = {"facts": lines, "targets": verdicts, "rows": as_data(rows)}
        asked.json.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ.update(ONE_THREAD)  # read by the peers' libraries when they are imported, which comes later
    sys.exit(main())
