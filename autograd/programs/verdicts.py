"""The verdict on a program, at several starting points: many mistakes cannot be seen at one."""

from typing import Any, Final, NamedTuple

import numpy as np

from autograd.programs.agreement import Fit, Judged, common, explains
from autograd.programs.allowance import Allowance
from autograd.programs.bench import Bench
from autograd.programs.objectives import Objective
from autograd.programs.sites import positions
from autograd.programs.traced_run import Program, run
from autograd.programs.understanding import NotCheckedError, View, alike, same

POINTS: Final = 5
"""At how many other starting points a program is looked at."""

FARTHEST: Final = 1e12
"""No learning rate makes up for a larger constant: the loss is then another one."""


class Verdict(NamedTuple):
    """What was found out about all parameters by one objective.

    constant  what the gradients by hand have in common, over the engine's, the learning rate taken off
    wrong     the parameters, by name, that differ
    fits      by parameter, one `Fit` for every step looked at
    """

    objective: Objective
    memory: bool
    constant: float | None
    wrong: frozenset[str]
    right: frozenset[str]
    fits: dict[str, list[Fit]]
    points: int
    bench: Bench


def starts(view: View, seed: int) -> dict[Any, Any]:
    """Other numbers for all parameters to start with, of a size at which nothing is saturated."""
    rng = np.random.default_rng(seed)
    found = {}
    for lineage in view.origins.lineages:
        if lineage.born is not None:
            shape = lineage.root.shape
            scale = min(0.8, 1.5 / np.sqrt(max(shape, default=1)))
            numbers = rng.uniform(0.3, 1.0, shape) * rng.choice([-1.0, 1.0], shape) * scale
            found[lineage.born] = numbers if shape else float(numbers)
    return found


def verdict_of(program: Program, first: View, best: Judged, memory: bool, seconds: float) -> Verdict:
    """The verdict at other starting points than the program's own, by which chance and kinks are left behind."""
    objective = best.objective
    fits: dict[str, list[Fit]] = {}
    points = 0
    allowance = Allowance(seconds)
    for seed in range(POINTS):
        if points and allowance.over:
            break
        try:
            view = alike(run(program, seconds=seconds, rounds=3, starts=starts(first, seed)), first)
        except NotCheckedError:
            continue
        other = same(objective, view)
        if other is None:
            continue
        one = view.judged(other, memory, 4)
        points += 1
        for p, own in one.fits.items():
            smooth = [f for f, bench in zip(own, one.benches, strict=False) if bench.smooth]
            fits.setdefault(view.names[p], []).extend(smooth)
    if not points:
        fits = {first.names[p]: own for p, own in best.fits.items()}
        points = 1
    fits = {name: own for name, own in fits.items() if any(not one.zero for one in own)}
    if points and not fits:
        raise NotCheckedError("at no starting point could its gradients be judged: a kink is hit, or they are 0")
    if not points and not best.explained:
        raise NotCheckedError("no loss was found that its updates belong to")
    silent = [name for name in first.names if name not in fits and not _dead(first, best, name)]
    constant = common([one.constant for own in fits.values() for one in own if one.constant is not None])
    constant = constant if constant is None or constant > 0.0 else None
    if constant is not None and not 1.0 / FARTHEST < constant < FARTHEST:
        raise NotCheckedError("no loss was found that its updates belong to")
    right = frozenset(name for name, own in fits.items() if explains(own, constant))
    if silent and frozenset(fits) == right:
        raise NotCheckedError(f"the gradient of {silent[0]} could not be judged at any starting point")
    return Verdict(objective, memory, constant, frozenset(fits) - right, right, fits, points, best.benches[0])


def believed(program: Program, first: View, verdict: Verdict) -> None:
    """NotCheckedError where the trace does not see all of how the loss depends on the parameters.

    The loss is computed by the program itself a little to both sides of a starting point; its
    difference must be what the traced gradient says of the numbers with which the step began, to
    which another step may have led.
    """
    rng = np.random.default_rng(7)
    middle = starts(first, 0)
    along = {born: rng.uniform(-1.0, 1.0, np.shape(x)) for born, x in middle.items()}
    found = []
    size, tolerance = (3e-3, 5e-2) if _single(first) else (1e-5, 1e-3)
    for step in (0.0, size, -size):
        begin = {born: x + step * along[born] for born, x in middle.items()}
        try:
            view = alike(run(program, seconds=5.0, rounds=2, starts=begin), first)
        except NotCheckedError:
            return
        objective = same(verdict.objective, view)
        if objective is None or not objective.steps:
            return
        found.append((view, Bench(objective.steps[0], view.origins)))
    (view, bench), (_, above), (_, below) = found
    if bench.unknown is not None:
        name, line = bench.unknown.op, positions(bench.unknown.site)
        where = f", line {line[0].line}" if line else ""
        raise NotCheckedError(f"{name}{where} is not followed, and the loss depends on it")
    slope = sum(
        float(np.sum(np.asarray(g, dtype=float) * (above.start[k].data - below.start[k].data))) / 2e-5
        for k, g in bench.by_engine().items()
        if k in above.start and k in below.start
    )
    measured = (above.loss - below.loss) / (2.0 * size)
    most = max(abs(slope), abs(measured), 1e-6 * abs(bench.loss))
    if bench.smooth and np.isfinite(measured) and abs(slope - measured) > tolerance * most:
        raise NotCheckedError("its loss depends on the parameters in a way that could not be followed")


def _single(view: View) -> bool:
    """Whether the program computes with floats of 32 bits, whose differences say less."""
    return any(np.asarray(node.data).dtype == np.float32 for node in view.origins.nodes[-50:])


def _dead(view: View, best: Judged, name: str) -> bool:
    """Whether a gradient is 0 by hand and by the engine, as behind a relu that never opens."""
    own = best.fits.get(view.names.index(name), [])
    return bool(own) and all(one.zero for one in own)
