"""Bytes of a recorded operation, of a chain of a million, and of a training; each in a process of its own."""

import gc
import importlib
import importlib.util
import json
import sys
import time
import tracemalloc
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

from tests.benchmarks.compiling import load
from tests.benchmarks.layers import WORKS
from tests.benchmarks.processes import answer, peak, resident
from tests.benchmarks.table import Row, duration, relative

ENGINES = {"chalkgrad": "autograd", "micrograd": "micrograd.engine"}  # where the class Value is


CHAINS = ("memory, y*a + b", "memory, y*0.999 + 0.001")  # operands that are values, and plain numbers


FIT = "memory, fit"
HELD = ("lists", "NumPy array")  # how the user holds the data
SAMPLES = 10_000


def chain(value: Any, operations: int, plain: bool = False) -> Any:
    """y = y*a + b again and again: two recorded operations a turn; a and b are values or plain numbers."""
    y, a, b = value(1.0), 0.999, 0.001
    if not plain:
        a, b = value(a), value(b)
    for _ in range(operations // 2):
        y = y * a + b
    return y


def footprint(module: str, operations: int, plain: bool = False) -> dict[str, Any]:
    """Traced bytes an operation, of a standing chain and at the peak of `backward()` (None: it recurses)."""
    value = importlib.import_module(module).Value
    chain(value, 100, plain)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    y = chain(value, operations, plain)
    gc.collect()
    standing, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    try:
        y.backward()
    except RecursionError:
        peak = None
    else:
        peak = (tracemalloc.get_traced_memory()[1] - before) / operations
    tracemalloc.stop()
    return {"bytes": (standing - before) / operations, "peak": peak}


def stages(module: str, operations: int) -> dict[str, float]:
    """Seconds to build a chain, to run backward through it and to free it."""
    value = importlib.import_module(module).Value
    moments = [time.perf_counter()]
    y = chain(value, operations)
    moments.append(time.perf_counter())
    y.backward()
    moments.append(time.perf_counter())
    del y
    moments.append(time.perf_counter())
    names = ("build", "backward", "free")
    return {name: after - before for name, (before, after) in zip(names, pairwise(moments), strict=True)}


def plain_footprint(module: str, operations: int) -> dict[str, Any]:
    """The footprint of a chain whose other operands are plain numbers."""
    return footprint(module, operations, plain=True)


def training(held: str, samples: int) -> dict[str, int]:
    """Bytes of the samples as they are held, and the most that two epochs of `fit` take besides these and the model.

    What is in memory is what the operating system counts, native code included; what is loaded and
    compiled once was so before, in a training on a few samples.
    """
    from nn import MLP, SGD, cross_entropy, fit

    load("llvm")
    problem = replace(WORKS["mnist"], samples=samples)
    model = MLP(problem.sizes[0], list(problem.sizes[1:]))
    optimizer = SGD(model.parameters(), lr=problem.lr)

    def train(x: Any, y: Any) -> None:
        fit(model, x, y, loss=cross_entropy, optimizer=optimizer, epochs=2, batch_size=problem.batch, backend="llvm",
            progress=False)  # fmt: skip

    x: Any
    y: Any
    if held == "lists":
        x, y = problem.data()
        size = sum(sys.getsizeof(row) + sum(map(sys.getsizeof, row)) for row in x)
    else:
        import numpy

        rng = numpy.random.default_rng(0)  # made without lists, which would be the peak
        x, y = rng.random((samples, problem.sizes[0])), rng.integers(0, problem.sizes[-1], samples)
        size = x.nbytes
    train(x[:20], y[:20])
    gc.collect()
    before = resident()
    train(x, y)
    return {"data": size, "fit": max(peak() - before, 0)}


FUNCTIONS = {function.__name__: function for function in (footprint, plain_footprint, stages, training)}


def in_a_process(function: str, module: str, operations: int) -> dict[str, Any]:
    """The answer of one of the functions above, computed by a fresh interpreter."""
    return answer("memory", function, module, operations)


def measure(
    operations: int = 100_000, long: int = 1_000_000, rounds: int = 3, samples: int = SAMPLES
) -> list[Row]:
    """A row a chain and engine for the bytes per operation, for the long chain of ours, and for trainings."""
    rows = []
    for work, function in zip(CHAINS, ("footprint", "plain_footprint"), strict=True):
        here = [footprint_row(work, name, function, operations) for name in ENGINES]
        for row in here:
            if "bytes" in row.data and "bytes" in here[0].data:
                row.ratio = row.data["bytes"] / here[0].data["bytes"]
                row.relative = relative(row.ratio)
        rows += here
    return [*rows, long_chain(long, rounds), *(training_row(held, samples) for held in HELD)]


def footprint_row(work: str, engine: str, function: str, operations: int) -> Row:
    """The row of one engine's bytes per operation."""
    print(f"{work}: {engine}", file=sys.stderr)
    row, module = Row(work, engine), ENGINES[engine]
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        row.measured = "not installed"
        return row
    try:
        found = in_a_process(function, module, operations)
    except RuntimeError as error:
        row.fail(str(error))
        return row
    row.data = {"operations": operations, **found}
    peak = "recurses too deep" if found["peak"] is None else f"peaks at {found['peak']:,.0f}"
    row.measured = f"{found['bytes']:,.0f} bytes an operation; backward() {peak}"
    return row


def long_chain(operations: int, rounds: int) -> Row:
    """The row of a long chain: medians of building it, going backward and freeing it."""
    row = Row(f"chain of {operations:,}", "chalkgrad")
    print(f"{row.work}: {row.peer}", file=sys.stderr)
    try:
        found = [in_a_process("stages", ENGINES["chalkgrad"], operations) for _ in range(rounds)]
    except RuntimeError as error:
        row.fail(str(error))
        return row
    row.data = {stage: median(one[stage] for one in found) for stage in found[0]}
    row.measured = ", ".join(f"{stage} {duration(seconds)}" for stage, seconds in row.data.items())
    return row


def training_row(held: str, samples: int) -> Row:
    """The row of what a training takes, beside the data as it is held."""
    row = Row(FIT, f"chalkgrad, {held}")
    print(f"{row.work}: {row.peer}", file=sys.stderr)
    try:
        row.data = in_a_process("training", held, samples)
    except RuntimeError as error:
        row.fail(str(error))
        return row
    row.data["times"] = row.data["fit"] / row.data["data"]
    sizes = f"{row.data['fit'] / 1e6:,.0f} MB beside {row.data['data'] / 1e6:,.0f} MB of data"
    row.measured = f"{sizes}, {row.data['times']:.2f} times these"
    return row


if __name__ == "__main__":
    name, where, count = sys.argv[1:]
    print(json.dumps(FUNCTIONS[name](where, int(count))))
