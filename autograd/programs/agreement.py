"""Is the gradient by hand, which is the update, that of a loss of the program; and of which one."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.programs.bench import Bench
from autograd.programs.objectives import Objective
from autograd.programs.roles import Origins
from autograd.programs.traced import Node, Numbers


class Fit(NamedTuple):
    """How a gradient by hand lies to the engine's.

    constant  by hand it is this times the engine's; None where it is no multiple of it
    ratios    of the single numbers, where the engine's is not 0
    flat      whether the engine's is 0
    zero      whether both are
    """

    constant: float | None
    ratios: Any
    zero: bool = False
    flat: bool = False


def fit(hand: Sequence[Numbers], engine: Sequence[Numbers], exact: bool, scale: float = 0.0, guard: float = 0.0) -> Fit:
    """The constant that makes one the other, number by number; what is nothing beside `scale` is 0.

    A `guard` in the loss, which no gradient by hand knows of, may differ by a hundred times its size.
    """
    h = np.concatenate([np.ravel(x) for x in hand]).astype(np.longdouble)
    g = np.concatenate([np.ravel(x) for x in engine]).astype(np.longdouble)
    if h.shape != g.shape:
        return Fit(None, np.array([]))
    with np.errstate(all="ignore"):
        size, big = float(np.max(np.abs(g), initial=0.0)), float(np.max(np.abs(h), initial=0.0))
        if not (np.isfinite(size) and np.isfinite(big)):
            return Fit(None, np.array([]))
        nothing = (1e-17 if exact else 1e-13) * scale
        if size <= nothing or big <= nothing:
            return Fit(None, np.array([]), zero=size <= nothing and big <= nothing, flat=size <= nothing)
        keep = np.abs(g) > 1e-14 * size
        ratios = (h[keep] / g[keep]).astype(float)
        constant = float((h @ g) / (g @ g))
        relative, absolute = (1e-7, 1e-13) if exact else (2e-5, 1e-9)
        relative, absolute = max(relative, 100.0 * guard), max(absolute, 100.0 * guard)
        off = np.abs(h - constant * g)
        fits = bool(np.all(off <= relative * np.abs(constant * g) + absolute * abs(constant) * size))
        return Fit(constant if fits and constant else None, ratios)


class Judged(NamedTuple):
    """An objective with how it explains the steps.

    fits      by parameter, one `Fit` for every bench
    constant  what nearly all gradients have in common, by-hand over engine; None where there is nothing, below 0
              where the steps go uphill
    explained the parameters whose gradients are that constant times the engine's, at all benches
    instead   another standard loss that explains all of them, "" for none
    """

    objective: Objective
    benches: list[Bench]
    fits: dict[int, list[Fit]]
    constant: float | None
    explained: frozenset[int]
    instead: str = ""


def judged(
    objective: Objective, origins: Origins, names: Mapping[Node, str], inputs: Any = None, most: int = 6
) -> Judged:
    """How an objective explains the first steps."""
    benches = [Bench(step, origins, inputs(step) if inputs else {}) for step in objective.steps[:most]]
    remembered = {k for bench in benches for k in bench.inputs}
    benches = [bench for bench in benches if remembered <= set(bench.inputs)] or benches
    fits: dict[int, list[Fit]] = {}
    for bench in benches:
        hand, engine, by = bench.by_hand(), bench.by_engine(), bench.rates(names)
        scale = max((float(np.max(np.abs(g), initial=0.0)) for g in engine.values()), default=0.0)
        members: dict[int, list[int]] = {}
        for k in bench.start:
            members.setdefault(origins.parameter[k], []).append(k)
        for p, own in members.items():
            with np.errstate(all="ignore"):
                steps = [np.asarray(hand[k]) / by[k].value for k in own]
            one = fit(steps, [engine[k] for k in own], bench.exact, scale, bench.guard)
            fits.setdefault(p, []).append(one)
    constant = common([one.constant for own in fits.values() for one in own if one.constant is not None])
    explained = frozenset(p for p, own in fits.items() if explains(own, constant))
    return Judged(objective, benches, fits, constant, explained)


def explains(fits: Sequence[Fit], constant: float | None) -> bool:
    """Whether all gradients are this constant times the engine's (some may be 0, as behind a relu)."""
    told = [one for one in fits if not one.zero]
    return (
        bool(told)
        and constant is not None
        and all(one.constant is not None and abs(one.constant / constant - 1.0) < 1e-5 for one in told)
    )


def common(constants: Sequence[float]) -> float | None:
    """The constant that most have; 1 where that is among the likeliest."""
    best, most = None, 0
    for c in sorted(constants, key=lambda c: (abs(c - 1.0) > 1e-6, c < 0, abs(np.log(abs(c))))):
        n = sum(abs(other / c - 1.0) < 1e-5 for other in constants)
        if n > most:
            best, most = c, n
    return best
