"""The command `python -m tests.benchmarks`: measures, checks, prints the table."""

import argparse
import importlib.util
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.benchmarks import (
    against,
    checking,
    compiled,
    compiling,
    layers,
    memory,
    moons,
    native,
    page,
    ready,
    seed,
    sizes,
    startup,
)  # fmt: skip
from tests.benchmarks.harness import FLOOR, TOLERANCE, Effort, Peer, Work, measure, peers_in, versions
from tests.benchmarks.table import Row, as_data, markdown
from tests.benchmarks.targets import targets

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}

PINNED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""What a machine may set that keeps NumPy's library from choosing the kernels for its processor."""


def moons_work() -> Work:
    """The two moons at the size of micrograd's demo."""
    problem = moons.moons()
    peers = compiled.with_compiled(peers_in(moons), compiled.MOONS)
    return Work("moons", problem, moons.start(problem), peers, check_steps=3)


def seed_work() -> Work:
    """The textbook's network on its ten samples."""
    return Work("seed", seed.Seed(), seed.START, compiled.with_compiled(peers_in(seed), compiled.SEED))


BENCHMARKS: Mapping[str, Callable[[Effort, bool], list[Row]]] = {
    "moons": lambda effort, quick: measure(moons_work(), effort),
    "seed": lambda effort, quick: measure(seed_work(), effort),
    "memory": lambda effort, quick: memory.measure(rounds=1 if quick else 3),
    "import": lambda effort, quick: startup.measure(rounds=max(effort.rounds, 5 if quick else 20)),
    "ready": lambda effort, quick: ready.measure(effort.rounds),
    "sizes": sizes.measure,
    "layers": layers.measure,
    "compile": lambda effort, quick: compiling.measure(
        rounds=1 if quick else 3, counts=compiling.COUNTS[:-1] if quick else compiling.COUNTS
    ),
    "checking": lambda effort, quick: checking.measure(rounds=1 if quick else 3),
    "page": lambda effort, quick: page.measure(rounds=1 if quick else 3),
}
TABLES: Mapping[str, Callable[[Sequence[Row]], str]] = {
    "": markdown,
    "sizes": sizes.as_table,
    "compile": compiling.as_table,
}
"""How rows are shown, by the name of their table."""


NOTES: Mapping[str, str] = {
    "ready": "- ready: a step of moons in a fresh interpreter, from the call that traces it until its result is there;"
    " JAX's arrays and backend are ready before. Better code is asked for, or comes by itself while steps go on.",
    "sizes": "- Sizes: two inputs are a step of moons, 784 an epoch of mnist's 1,000 samples; the ratio to ours in"
    " brackets, bold where the peer is faster. Compiled in: till code is ready, and how long the better code, which is"
    " the one measured, takes after that. C is blocked by hand from 128 units on.",
    "memory": "- memory, fit: two epochs of 784-30-10 on 10,000 samples, in batches of 10: the peak of what the system"
    " counts, native code included, less what there was before; data are lists with their numbers, or an array.",
    "layers": "- Layers: an epoch of digits, 64-32-10 in batches of 32 of 1,797 samples, and of mnist, 784-30-10 in"
    " batches of 10 of 1,000, on made-up data. The first epoch is that of fit in a fresh interpreter, imports done:"
    " reading the data, tracing and compiling included; also of 784-300-10.",
    "compile": "- Compiling: fresh interpreters, imports done. network: training 2-n-n-1, all of a sample's loss and"
    " slopes; chain: y·a + b again and again, value and slope. An operation is an addition, a multiplication or a"
    " function. Memory is the peak less what there was before, LLVM's own code included.",
    "checking": "- check: the command as a whole, Python's start and the program's own process included; the mistake is"
    " one edit, and the line that is blamed must be it.",
    "page": "- page: the JavaScript of a traced program, in Node, one call after the other in one process.",
}
"""What a benchmark's numbers are."""


def shown(rows: Sequence[Row]) -> list[str]:
    """The rows as text, a table of its own for those that ask for one."""
    tables = {name: [row for row in rows if row.table == name] for name in TABLES}
    return [TABLES[name](own) for name, own in tables.items() if own]


def facts(peers: Sequence[Peer], effort: Effort) -> list[str]:
    """What the numbers were measured with, and how."""
    found = {platform.python_implementation(): platform.python_version(), **versions(peers)}
    lines = ["- Versions: " + ", ".join(f"{name} {version}" for name, version in found.items()) + "."]
    if native.compiler():
        lines.append(f"- C: {native.compiler_version()}, {' '.join(native.OPTIONS)}.")
    lines += [f"- NumPy's matrix products: {kernels()}."] if kernels() else []
    return [
        *lines,
        f"- {os.cpu_count()} cores, one thread each. Times are medians of {effort.rounds} rounds in turn"
        f" (A B C A B C ...), about {effort.seconds * 1e3:.0f} ms a peer and round after a warm-up; relative"
        " times are medians of the ratios within a round.",
        f"- Loss, gradients and the parameters after some steps must agree with ours within {TOLERANCE:.0e}"
        f" of the number itself, or of {FLOOR:.0e} times the largest of its kind if that is more.",
    ]


def kernels() -> str:
    """The library of NumPy's matrix products and its kernels, such as OpenBLAS 0.3.29, SkylakeX; "" where unknown."""
    if not all(map(importlib.util.find_spec, ("numpy", "threadpoolctl"))):
        return ""
    import numpy
    from threadpoolctl import threadpool_info

    own = [found for found in threadpool_info() if "numpy" in found["filepath"] and found["user_api"] == "blas"]
    pinned = [f"{name}={os.environ[name]}" for name in PINNED if name in os.environ]
    said = [f"{found['internal_api']} {found['version']}, {found.get('architecture')}" for found in own]
    return "; ".join([*(said or [f"of numpy {numpy.__version__}"]), *pinned])


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
    parser.add_argument("--against", metavar="COMMIT", help="only ours and what it was at a commit, side by side")
    asked = parser.parse_args(argv)
    if asked.rounds is not None and asked.rounds < 1:
        parser.error(f"--rounds is {asked.rounds}, expected 1 or more")
    if asked.against:
        try:
            print(against.compared(asked.against, asked.only or ("moons", "seed", "ready"), asked.rounds or 5))
        except ValueError as error:
            parser.error(str(error))
        return 0
    effort = Effort(asked.rounds or (3 if asked.quick else 9), 0.03 if asked.quick else 0.1)

    rows = [row for name in asked.only or benchmarks for row in benchmarks[name](effort, asked.quick)]
    peers = [*peers_in(moons), *peers_in(seed), *compiled.MOONS, *compiled.SEED, *peers_in(layers), *peers_in(sizes)]
    lines = [*facts(peers, effort), *(NOTES[name] for name in asked.only or benchmarks if name in NOTES)]
    verdicts = [verdict for target in targets(rows) if (verdict := target.verdict())]
    print(*shown(rows), "\n".join(lines), *(["\n".join(verdicts)] if verdicts else []), sep="\n\n")
    wrong = [row for row in rows if row.wrong]
    for row in wrong:
        print(f"WRONG: {row.work}, {row.peer}: {row.wrong}", file=sys.stderr)
    if asked.json:
        document = {"facts": lines, "targets": verdicts, "rows": as_data(rows)}
        asked.json.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    os.environ.update(ONE_THREAD)  # read by the peers' libraries when they are imported, which comes later
    for pinned in PINNED:
        os.environ.pop(pinned, None)
    sys.exit(main())
