"""From the first call to the first result of a step of moons, each time in a fresh interpreter."""

import importlib
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from tests.benchmarks import compiled, moons
from tests.benchmarks.harness import TOLERANCE, NotInstalledError, Numbers, disagreement, make_ready
from tests.benchmarks.processes import answer
from tests.benchmarks.table import Row, duration, relative

Answer = dict[str, Any]
AFTER, WITH = "ready", "ready, imports too"
LONGEST = 60.0
"""Seconds after which better code is not waited for any longer."""


def ours(backend: str, wait: str = "") -> Answer:
    """Our training: tracing, compiling and a step; `wait` is "", "asked" or "training", for better code."""
    begin = time.perf_counter()
    load_ours(backend)
    imported = time.perf_counter()
    problem = moons.moons()
    numbers = moons.start(problem)
    call = time.perf_counter()
    descents = compiled.moons_descents(problem, backend)
    descents.put(numbers)
    descents.run([problem.lr])
    parameters = descents.numbers()
    if wait == "asked":
        descents.settle()
        descents.run([problem.lr])
    if wait == "training":
        train(descents, problem.lr)
    seconds = time.perf_counter() - call
    return {"seconds": seconds, "imports": imported - begin, "parameters": parameters}


def load_ours(backend: str) -> None:
    """Import what is needed; llvmlite loads its library when that is first used."""
    for name in ("autograd.compiler.compiled_training", "nn"):
        importlib.import_module(name)
    if backend == "llvm":
        _ = importlib.import_module("llvmlite.binding").llvm_version_info


def train(descents: compiled.Descents, lr: float) -> None:
    """Go on with steps until the better code has come by itself."""
    give_up = time.perf_counter() + LONGEST
    while not descents.tier.optimised and time.perf_counter() < give_up:
        descents.run([lr] * 100)
    descents.run([lr])


def jax() -> Answer:
    """JAX's first call of its jitted step; its arrays and its backend are ready before."""
    begin = time.perf_counter()
    importlib.import_module("jax.numpy")
    imported = time.perf_counter()
    problem = moons.moons()
    runner = make_ready(moons.with_jax, problem)
    runner.put(moons.start(problem))
    call = time.perf_counter()
    runner.run(1)
    return {
        "seconds": time.perf_counter() - call,
        "imports": imported - begin,
        "parameters": runner.parameters(),
    }


WAYS: dict[str, tuple[str, Callable[[], Answer]]] = {
    "chalkgrad, llvm, first result": ("llvmlite", lambda: ours("llvm")),
    "chalkgrad, llvm, better code asked for": ("llvmlite", lambda: ours("llvm", "asked")),
    "chalkgrad, llvm, better code came by itself": ("llvmlite", lambda: ours("llvm", "training")),
    "chalkgrad, python, first result": ("autograd", lambda: ours("python")),
    "JAX jit, first call": ("jax", jax),
}
"""By name: what must be importable, and what is done."""


def measure(rounds: int) -> list[Row]:
    """A row a way and a work, without its imports and with them; rounds in turn."""
    found: dict[str, list[Answer]] = {name: [] for name in WAYS}
    failed: dict[str, str] = {}
    print("ready: in fresh interpreters", file=sys.stderr)
    for turn in range(rounds + 1):  # the first writes the compiled files
        for place, (name, (needs, _)) in enumerate(WAYS.items()):
            if importlib.util.find_spec(needs) is None or name in failed:
                continue
            try:
                one = answer("ready", place)
            except RuntimeError as error:
                failed[name] = str(error)
            else:
                found[name] += [one] if turn else []
    rows = [*rows_of(AFTER, found, lambda one: one["seconds"])]
    rows += rows_of(WITH, found, lambda one: one["seconds"] + one["imports"])
    for row in rows:
        if row.peer in failed:
            row.fail(failed[row.peer])
    return rows


def rows_of(work: str, found: dict[str, list[Answer]], seconds: Callable[[Answer], float]) -> list[Row]:
    """The rows of one work, relative to the first way that was measured."""
    rows = [Row(work, name) for name in found]
    first = next((answers for answers in found.values() if answers), [])
    for row, answers in zip(rows, found.values(), strict=True):
        if not answers:
            row.measured = "not installed"
            continue
        rounds = [seconds(one) for one in answers]
        row.measured = duration(median(rounds))
        row.ratio = median(a / seconds(b) for a, b in zip(rounds, first, strict=True))
        row.relative = relative(row.ratio)
        row.data = {"seconds": median(rounds), "rounds": rounds}
        agree(row, answers[0]["parameters"], first[0]["parameters"])
    return rows


def agree(row: Row, parameters: Sequence[float], expected: Sequence[float]) -> None:
    """Write into the row how near the parameters after the first step are to the expected ones."""
    if parameters is expected:
        row.agrees = "taken as right"
        return
    apart, where = disagreement(Numbers(0.0, [], list(parameters)), Numbers(0.0, [], list(expected)))
    row.data["difference"] = apart
    if apart <= TOLERANCE:
        row.agrees = f"{apart:.0e}"
    else:
        row.fail(f"{where} (differs by {apart:.0e})")


if __name__ == "__main__":
    try:
        print(json.dumps(list(WAYS.values())[int(sys.argv[1])][1]()))
    except NotInstalledError as missing:
        sys.exit(f"{missing} is not installed")
