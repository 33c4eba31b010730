"""Bytes of a recorded operation, and a chain of a million operations, each in a process of its own."""

import gc
import importlib
import importlib.util
import json
import sys
import time
import tracemalloc
from itertools import pairwise
from statistics import median
from typing import Any

from tests.benchmarks.processes import answer
from tests.benchmarks.table import Row, duration, relative

ENGINES = {"chalkgrad": "autograd", "micrograd": "micrograd.engine"}  # where the class Value is


CHAINS = ("memory, y*a + b", "memory, y*0.999 + 0.001")  # operands that are values, and plain numbers


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


FUNCTIONS = {function.__name__: function for function in (footprint, plain_footprint, stages)}


def in_a_process(function: str, module: str, operations: int) -> dict[str, Any]:
    """The answer of one of the functions above, computed by a fresh interpreter."""
    return answer("memory", function, module, operations)


def measure(operations: int = 100_000, long: int = 1_000_000, rounds: int = 3) -> list[Row]:
    """A row a chain and engine for the bytes per operation, and one for the long chain of ours."""
    rows = []
    for work, function in zip(CHAINS, ("footprint", "plain_footprint"), strict=True):
        here = [footprint_row(work, name, function, operations) for name in ENGINES]
        for row in here:
            if "bytes" in row.data and "bytes" in here[0].data:
                row.ratio = row.data["bytes"] / here[0].data["bytes"]
                row.relative = relative(row.ratio)
        rows += here
    return [*rows, long_chain(long, rounds)]


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


if __name__ == "__main__":
    name, where, count = sys.argv[1:]
    print(json.dumps(FUNCTIONS[name](where, int(count))))
