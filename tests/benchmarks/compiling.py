"""How long compiling takes, from a hundred operations to a hundred thousand, each time in a fresh interpreter."""

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any

from tests.benchmarks import compiled, moons
from tests.benchmarks.harness import TOLERANCE, Numbers, disagreement
from tests.benchmarks.processes import answer, peak
from tests.benchmarks.table import Row, duration, grid

COUNTS = (100, 1_000, 10_000, 100_000)
STAGES = ("trace", "text", "quick", "optimised")
LIMIT = 1_000
"""Results that are compared; more are thinned out."""


def operations(program: Any) -> int:
    """Additions, multiplications and functions of a program; a weighted sum of n numbers counts 2n."""
    return sum(max(1, len(step.args) - 1) for step in program.steps)


@contextmanager
def timed(original: Any, spent: list[float]) -> Iterator[None]:
    """A function of the compiler whose calls are timed, wherever a module of it has its name."""

    def call(*args: Any, **named: Any) -> Any:
        begin = time.perf_counter()
        try:
            return original(*args, **named)
        finally:
            spent.append(time.perf_counter() - begin)

    loaded = [module for name, module in sys.modules.items() if name.startswith("autograd.compiler.")]
    homes = [(module, name) for module in loaded for name, thing in vars(module).items() if thing is original]
    for module, name in homes:
        setattr(module, name, call)
    try:
        yield
    finally:
        for module, name in homes:
            setattr(module, name, original)


def network(count: int, backend: str) -> tuple[Any, Any, Callable[[], list[float]]]:
    """A training of the moons with about so many operations a sample: its program, its tier, its results."""
    width = max(1, round((count / 6) ** 0.5))
    problem = moons.moons((2, width, width, 1))
    descents = compiled.moons_descents(problem, backend)
    descents.put(moons.start(problem))

    def results() -> list[float]:
        loss, slopes = descents.gradients()
        return [loss, *slopes]

    return descents.descent.recipe.term, descents.tier, results


def chain(count: int, backend: str) -> tuple[Any, Any, Callable[[], list[float]]]:
    """y = y·a + b again and again, and its slope: its program, its tier, its results."""
    from autograd import jit, value_and_grad

    def last(y: Any, a: Any, b: Any) -> Any:
        for _ in range(max(1, count // 3)):
            y = y * a + b
        return y

    function: Any = jit(value_and_grad(last), backend=backend)
    arguments = (1.0, 0.999, 0.001)
    function(*arguments)
    (version,) = function._versions.values()
    return version.trace.program, version.tier, lambda: [*function(*arguments)]


SHAPES = {"network": network, "chain": chain}


def load(backend: str) -> None:
    """All imports, that neither their time nor their memory counts."""
    for name in ("autograd.compiler.jitted", "autograd.compiler.compiled_training", "nn"):
        importlib.import_module(name)
    if backend == "llvm":
        from autograd.compiler.native import host

        host()


def stages(shape: str, backend: str, count: int) -> dict[str, Any]:
    """Seconds of every stage, bytes at the peaks of memory, and some results, of this process."""
    load(backend)
    from autograd.compiler import compiled_training, jitted, native, pythonic

    before = peak()
    tracing: list[float] = []
    building: list[float] = []
    with ExitStack() as clocks:
        for original in (jitted.trace, compiled_training.traced):
            clocks.enter_context(timed(original, tracing))
        for original in (native.Library, pythonic.compiled):
            clocks.enter_context(timed(original, building))
        begin = time.perf_counter()
        program, tier, results = SHAPES[shape](count, backend)
        whole = time.perf_counter() - begin
        first, quick = peak(), sum(building)
        seconds = {"trace": sum(tracing), "text": whole - quick - sum(tracing), "quick": quick}
        if tier is not None and tier.optimised:
            seconds |= {"quick": 0.0, "optimised": quick}  # short code is compiled well at once
        elif tier is not None:
            tier.optimise()
            seconds["optimised"] = sum(building) - quick
    found = results()
    kept = found[:: -(-len(found) // LIMIT)]
    more = {"bytes quick": first - before, "bytes": peak() - before}
    return {"operations": operations(program), "seconds": seconds, **more, "results": kept}


def measure(rounds: int, counts: Sequence[int] = COUNTS) -> list[Row]:
    """A row for every shape, backend and number of operations; the results of the two backends must agree."""
    rows = []
    for shape in SHAPES:
        for count in counts:
            print(f"compile: {shape} of {count:,}", file=sys.stderr)
            here = [measured(shape, backend, count, rounds) for backend in ("python", "llvm")]
            compared(here)
            rows += here
    return rows


def measured(shape: str, backend: str, count: int, rounds: int) -> Row:
    """The row of one shape, backend and number: medians, or the one time where it takes long."""
    row = Row(f"compile, {shape} of {count:,}", backend, table="compile")
    found: list[dict[str, Any]] = []
    try:
        begin = time.perf_counter()
        while len(found) < rounds and (not found or time.perf_counter() - begin < 10.0):
            found.append(answer("compiling", shape, backend, count))
    except RuntimeError as error:
        if "No module named" in str(error) or "needs llvmlite" in str(error):
            row.measured = "not installed"
        else:
            row.fail(str(error))
        return row
    names = [name for name in STAGES if name in found[0]["seconds"]]
    seconds = {name: median(one["seconds"][name] for one in found) for name in names}
    total = sum(seconds.values())
    numbers = {name: median(one[name] for one in found) for name in ("operations", "bytes quick", "bytes")}
    row.data = {"shape": shape, "stages": seconds, "seconds": total, **numbers, "results": found[0]["results"]}
    row.measured = f"{duration(total)}, {duration(total / numbers['operations'])} an operation"
    return row


def compared(rows: Sequence[Row]) -> None:
    """Hold the results of a program's rows against the first."""
    known = [(row, row.data.pop("results")) for row in rows if "results" in row.data]
    for row, results in known:
        if row is known[0][0]:
            row.agrees = "taken as right"
            continue
        apart, where = disagreement(Numbers(results[0], results[1:], []), Numbers(known[0][1][0], known[0][1][1:], []))
        row.data["difference"] = apart
        row.agrees = f"{apart:.0e}"
        if not apart <= TOLERANCE:
            row.fail(f"{where} (differs by {apart:.0e})")


def as_table(rows: Sequence[Row]) -> str:
    """A line for every program and backend: its stages, the time an operation, the memory."""
    headings = ["program", "backend", "operations", *STAGES, "first code, an operation", "all, an operation"]
    return grid([*headings, "peak memory", "agrees within"], [line(row) for row in rows])


def line(row: Row) -> list[str]:
    """The cells of a row."""
    if "stages" not in row.data:
        return [row.work.removeprefix("compile, "), row.peer, row.measured, *["–"] * 7, row.agrees]
    own, count = row.data["stages"], row.data["operations"]
    shown = [duration(own[name]) if own.get(name) else "–" for name in STAGES]
    soonest = sum(own[name] for name in STAGES[:3]) if own.get("quick") else row.data["seconds"]
    each = [duration(seconds / count) for seconds in (soonest, row.data["seconds"])]
    memory = f"{row.data['bytes'] / 1e6:,.0f} MB"
    return [row.data["shape"], row.peer, f"{count:,.0f}", *shown, *each, memory, row.agrees]


if __name__ == "__main__":
    shape_name, backend_name, number = sys.argv[1:]
    print(json.dumps(stages(shape_name, backend_name, int(number))))
