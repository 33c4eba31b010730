"""Moons at growing networks and growing batches: where compiled scalars win, and where whole arrays do."""

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from tests.benchmarks import compiled, moons
from tests.benchmarks.harness import Effort, Peer, Runner, Work, peer
from tests.benchmarks.harness import measure as measure_work
from tests.benchmarks.moons import Moons
from tests.benchmarks.table import Row, duration, grid, significant

OURS = compiled.MOONS[0].name
WIDTHS, BATCH = (8, 16, 32, 64, 128, 256), 100
BATCHES, WIDTH = (1, 10, 100, 1_000, 10_000), 16
Series = list[tuple[int, int]]


def series(quick: bool) -> dict[str, Series]:
    """By name, the (width, batch) that are measured; the widest network, slow to compile, not when in a hurry."""
    return {
        "widths": [(width, BATCH) for width in (WIDTHS[:3] if quick else WIDTHS)],
        "batches": [(WIDTH, batch) for batch in BATCHES],
    }


def title(width: int, batch: int) -> str:
    """What a work is called."""
    return f"2-{width}-{width}-1, batch {batch:,}"


def problem_of(width: int, batch: int) -> Moons:
    """The two moons of this size; wide networks learn slowly, that all numbers stay finite."""
    found = moons.moons((2, width, width, 1), batch)
    return replace(found, lr=found.lr * min(1.0, (16 / width) ** 2))


@peer("CasADi SX, mapped", "casadi")
def with_casadi(problem: Moons) -> Runner:
    """Value and gradient of a sample as one SX function, mapped and summed over the batch, in CasADi's machine."""
    import casadi

    step = casadi_step(casadi, problem)
    inputs, targets = casadi.DM(problem.inputs).T, casadi.DM(problem.targets).T
    state = [casadi.DM(moons.start(problem))]

    def put(numbers: Sequence[float]) -> None:
        state[0] = casadi.DM(list(numbers))

    def run(steps: int) -> None:
        p = state[0]
        for _ in range(steps):
            _, _, p = step(p, inputs, targets)
        state[0] = p

    def gradients() -> tuple[float, list[float]]:
        loss, slopes, _ = step(state[0], inputs, targets)
        return float(loss), slopes.full()[:, 0].tolist()

    return Runner(put, run, gradients, lambda: state[0].full()[:, 0].tolist())


def casadi_step(casadi: Any, problem: Moons) -> Any:
    """(parameters, inputs, targets) to the loss, the gradients and the updated parameters."""
    size, n = len(moons.start(problem)), len(problem.inputs)
    p, x, y = casadi.SX.sym("p", size), casadi.SX.sym("x", 2), casadi.SX.sym("y")
    start, h = 0, x
    for m, k in pairwise(problem.sizes):
        block = casadi.reshape(p[start : start + (m + 1) * k], m + 1, k)
        start += (m + 1) * k
        z = block[:m, :].T @ h + block[m, :].T
        h = z if start == size else casadi.fmax(z, 0)
    loss = casadi.fmax(1 - y * h, 0)
    one = casadi.Function("one", [p, x, y], [loss, casadi.gradient(loss, p)])
    q, xs, ys = casadi.MX.sym("q", size), casadi.MX.sym("xs", 2, n), casadi.MX.sym("ys", 1, n)
    loss, slopes = one.map("all", "serial", n, [0], [0, 1])(q, xs, ys)
    loss, slopes = loss / n + problem.l2 * casadi.dot(q, q), slopes / n + 2 * problem.l2 * q
    return casadi.Function("step", [q, xs, ys], [loss, slopes, q - problem.lr * slopes])


def ours(stages: dict[str, float]) -> Peer:
    """Our training, which writes down how long it took to compile."""

    def prepare(problem: Moons) -> Runner:
        from autograd.compiler import compiled_training

        compiled_training._LIBRARIES.clear()  # the same code may have been compiled for another batch
        begin = time.perf_counter()
        descents = compiled.moons_descents(problem, "llvm")
        descents.push()
        stages["first code"] = time.perf_counter() - begin
        if descents.settle():
            stages["better code"] = time.perf_counter() - begin - stages["first code"]
        return compiled.epochs_of(descents, problem.lr)

    return Peer(OURS, prepare, compiled.NEEDS["llvm"])


def measure(effort: Effort, quick: bool) -> list[Row]:
    """A row a peer for every width and every batch; a size that is in both is measured once."""
    others = [moons.with_numpy, moons.with_jax, moons.with_c, moons.with_torch, with_casadi]
    rows: list[Row] = []
    for width, batch in dict.fromkeys(one for every in series(quick).values() for one in every):
        stages: dict[str, float] = {}
        problem = problem_of(width, batch)
        work = Work(title(width, batch), problem, moons.start(problem), [ours(stages), *others], check_steps=3)
        found = measure_work(work, effort)
        for row in found:
            row.table = "sizes"
        found[0].data |= stages
        rows += found
    return rows


def as_table(rows: Sequence[Row]) -> str:
    """Tables of the widths and of the batches, a line a size, and who is faster where."""
    works = {row.work for row in rows}
    parts = []
    for every in series(quick=False).values():
        titles = [title(*one) for one in every if title(*one) in works]
        own = [[row for row in rows if row.work == name] for name in titles]
        if own:
            parts += [pivot(own), "\n".join(crossovers(own))]
    return "\n\n".join(parts)


def pivot(works: Sequence[Sequence[Row]]) -> str:
    """A table with a line for every work and a column for every peer; bold where the peer is faster."""
    names = [row.peer for row in works[0]]
    lines = []
    for rows in works:
        first, *others = rows
        compiling = [duration(first.data[what]) for what in ("first code", "better code") if what in first.data]
        apart = max((row.data.get("difference", 0.0) for row in rows), default=0.0)
        agrees = next((row.agrees for row in rows if row.wrong), f"{apart:.0e}")
        lines.append([first.work, first.measured, " + ".join(compiling) or "–", *map(cell, others), agrees])
    return grid(["network", names[0], "compiled in (first + better code)", *names[1:], "agree within"], lines)


def cell(row: Row) -> str:
    """The time and the ratio to ours; bold where the peer is faster."""
    if row.ratio is None:
        return row.measured
    text = f"{row.measured} ({row.relative})"
    return f"**{text}**" if row.ratio < 1 else text


def crossovers(works: Sequence[Sequence[Row]]) -> list[str]:
    """For every peer, one line that says where it is faster than ours."""
    lines = []
    for name in [row.peer for row in works[0]][1:]:
        ratios = [(row.work, row.ratio) for rows in works for row in rows if row.peer == name]
        known = [(work, number) for work, number in ratios if number is not None]
        if known:
            lines.append(f"- {name}: {verdict(known)}.")
    return lines


def verdict(ratios: Sequence[tuple[str, float]]) -> str:
    """Where the ratios, in the order of growing sizes, are below 1.

    >>> verdict([("small", 3.0), ("large", 0.5)]), verdict([("small", 3.0), ("large", 2.0)])
    ('faster than ours from large on', 'slower than ours everywhere, 2.00 to 3.00 times')
    """
    wins = [number < 1 for _, number in ratios]
    if not any(wins):
        least, most = min(number for _, number in ratios), max(number for _, number in ratios)
        return f"slower than ours everywhere, {significant(least)} to {significant(most)} times"
    if all(wins):
        return "faster than ours everywhere"
    first = wins.index(True)
    if all(wins[first:]):
        return f"faster than ours from {ratios[first][0]} on"
    if all(wins[: sum(wins)]):
        return f"faster than ours up to {ratios[sum(wins) - 1][0]}"
    return "faster than ours at " + "; ".join(work for (work, _), won in zip(ratios, wins, strict=True) if won)
