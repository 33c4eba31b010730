"""The verdict on a program, at several starting points: many mistakes cannot be seen at one."""

import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from autograd.programs.judging import Bench, Fit, Judged, Objective, common, explains
from autograd.programs.running import Program, run
from autograd.programs.understanding import NotChecked, View, alike, same

POINTS: Final = 5
"""At how many other starting points a program is looked at."""


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
    for lineage in view.reach.lineages:
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
    deadline = time.monotonic() + seconds
    for seed in range(POINTS):
        if points and time.monotonic() > deadline:
            break
        try:
            view = alike(run(program, seconds=seconds, rounds=3, starts=starts(first, seed)), first)
        except NotChecked:
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
    constant = common([one.constant for own in fits.values() for one in own if one.constant is not None])
    constant = constant if constant is None or constant > 0.0 else None
    right = frozenset(name for name, own in fits.items() if explains(own, constant))
    return Verdict(objective, memory, constant, frozenset(fits) - right, right, fits, points, best.benches[0])


