"""Growing networks and growing batches: where compiled scalars win, and where whole arrays do."""

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from tests.benchmarks import compiled, layers, moons
from tests.benchmarks.harness import Effort, Peer, Runner, Work, peer
from tests.benchmarks.harness import measure as measure_work
from tests.benchmarks.moons import Moons
from tests.benchmarks.table import Row, duration, grid, significant

OURS = compiled.MOONS[0].name
WIDTHS, BATCH = (8, 16, 32, 64, 128, 256), 100
BATCHES, WIDTH = (1, 10, 100, 1_000, 10_000), 16
UNROLLED, BLOCKED = 64, 128
"""Hidden units: CasADi, whose code grows with the weights, is measured up to so many; C is blocked from so many on."""


class Size(NamedTuple):
    """A network of these layers, and the samples of a step.

    Two inputs are moons, of which all samples are one step; more are classes as in `layers`, and what is
    measured is an epoch of 1,000 samples.
    """

    layers: tuple[int, ...]
    batch: int

    @property
    def title(self) -> str:
        """What the work is called."""
        return f"{'-'.join(map(str, self.layers))}, batch {self.batch:,}"

    @property
    def hidden(self) -> int:
        """How many units the widest layer has."""
        return max(self.layers[1:])

    def work(self, ours: Peer) -> Work:
        """Ours beside all peers that are measured at this size."""
        if self.layers[0] == 2:
            problem = problem_of(self)
            others = [moons.with_numpy, moons.with_jax, in_c, moons.with_torch]
            others += [with_casadi] if self.hidden <= UNROLLED else []
            return Work(self.title, problem, moons.start(problem), [ours, *others], check_steps=3)
        wide = layers.Wide(self.layers, 1_000, self.batch)
        return Work(self.title, wide, wide.start(), [ours, *layers.OTHERS], check_steps=1)


def squares(width: int) -> tuple[int, ...]:
    """The layers of moons with two hidden ones of this width."""
    return 2, width, width, 1


def series(quick: bool) -> dict[str, list[Size]]:
    """By name, the sizes that are measured; wide networks not when in a hurry."""
    found = {
        "widths": [Size(squares(width), BATCH) for width in (WIDTHS[:3] if quick else WIDTHS)],
        "batches": [Size(squares(WIDTH), batch) for batch in BATCHES],
    }
    wide = (squares(256), (784, 30, 10), (784, 100, 10))
    return found if quick else found | {"-".join(map(str, sizes)): [
        Size(sizes, batch) for batch in BATCHES[:4]] for sizes in wide}  # fmt: skip


def problem_of(size: Size) -> Moons:
    """The two moons of this size; wide networks learn slowly, that all numbers stay finite."""
    found = moons.moons(size.layers, size.batch)
    return replace(found, lr=found.lr * min(1.0, (16 / size.hidden) ** 2))


@peer("C by hand, -O3")
def in_c(problem: Moons) -> Runner:
    """The loops of `peers.c` for narrow networks, those of `layers.c` for wide ones: whichever are quicker."""
    if max(problem.sizes[1:]) < BLOCKED:
        return moons.with_c.prepare(problem)
    batch = len(problem.inputs)
    return layers.in_c(problem.sizes, problem.inputs, problem.targets, batch, problem.lr, HINGE=1, L2=problem.l2)


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

    def prepare(problem: Any) -> Runner:
        from autograd.compiler import native_training

        native_training._LIBRARIES.clear()  # the same code may have been compiled for another batch
        begin = time.perf_counter()
        wide = isinstance(problem, layers.Wide)
        descents = layers.descents(problem, problem.batch) if wide else compiled.moons_descents(problem, "llvm")
        descents.push()
        stages["first code"] = time.perf_counter() - begin
        if descents.settle():
            stages["better code"] = time.perf_counter() - begin - stages["first code"]
        found = compiled.epochs_of(descents, problem.lr)
        return layers.with_all_gradients(found, problem, descents) if wide else found

    return Peer(OURS, prepare, compiled.NEEDS["llvm"])


def measure(effort: Effort, quick: bool) -> list[Row]:
    """A row a peer for every size; one that is in two series is measured once."""
    rows: list[Row] = []
    for size in dict.fromkeys(one for every in series(quick).values() for one in every):
        stages: dict[str, float] = {}
        found = measure_work(size.work(ours(stages)), effort)
        for row in found:
            row.table = "sizes"
        found[0].data |= stages
        rows += found
    return rows


def as_table(rows: Sequence[Row]) -> str:
    """A table for every series, a line a size, and who is faster where."""
    works: dict[str, list[Row]] = {}
    for row in rows:
        works.setdefault(row.work, []).append(row)
    parts = []
    for every in series(quick=False).values():
        own = [works[size.title] for size in every if size.title in works]
        if own:
            parts += [pivot(own), "\n".join(crossovers(own))]
    return "\n\n".join(parts)


def pivot(works: Sequence[Sequence[Row]]) -> str:
    """A table with a line for every work and a column for every peer; bold where the peer is faster."""
    names = list(dict.fromkeys(row.peer for rows in works for row in rows))
    lines = []
    for rows in works:
        first, others = rows[0], {row.peer: row for row in rows}
        compiling = [duration(first.data[what]) for what in ("first code", "better code") if what in first.data]
        apart = max((row.data.get("difference", 0.0) for row in rows), default=0.0)
        agrees = next((row.agrees for row in rows if row.wrong), f"{apart:.0e}")
        cells = [cell(others[name]) if name in others else "–" for name in names[1:]]
        lines.append([first.work, first.measured, " + ".join(compiling) or "–", *cells, agrees])
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
    for name in list(dict.fromkeys(row.peer for rows in works for row in rows))[1:]:
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
