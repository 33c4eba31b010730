"""Mistakes in the sums over samples, paths and passes."""

from collections.abc import Iterable, Iterator

from autograd.textbook.backward import Equation, Figures
from autograd.textbook.mistake import (
    EVERYWHERE,
    ONE_LAYER,
    Course,
    Mistake,
    Place,
    Way,
    everywhere,
    sampled,
    times,
)

MOST_SAMPLES = 32
"""With more samples than this, only the first and the last are looked for."""


def _only(s: int, factor: float) -> Equation:
    return lambda q: factor * q.summed.only(row=s)


def _without(s: int, factor: float) -> Equation:
    return lambda q: factor * q.summed.replaced(0.0, row=s)


def _summed_up(fig: Figures) -> list[Place] | str:
    """The sums over samples, and over the paths from a hidden unit."""
    samples = sampled(fig)
    rank = EVERYWHERE if fig.layers == 2 else ONE_LAYER
    paths = [Place([m], f"{PATHS} layer {m + 1}", rank) for m in range(fig.last) if fig.h[m + 1].width > 1]
    if isinstance(samples, str):
        return paths or "there is one sample only, and one path from each hidden unit"
    return [*samples, *paths]


PATHS = "the paths to"


def _last_one(fig: Figures, place: Place) -> Iterator[Way]:
    if place.words.startswith(PATHS):
        told = "only the last path: δ·w of the last unit above"
        yield Way(told, g=lambda q: q.handed.picked([q.handed.width - 1]).along(q.carry.chosen([q.carry.height - 1])))
        return
    n = fig.samples
    for factor, how in _wholes(fig):
        yield Way(f"only the last of {n} samples{how}", summed=_only(n - 1, factor))


def _wholes(fig: Figures) -> Iterable[tuple[float, str]]:
    """By what the share of one sample may be multiplied: 1, or N where the mean is not taken."""
    n = fig.samples if fig.terms % fig.samples == 0 else 1
    return {1.0: "", float(n): ", without the mean's 1/N"}.items()


def _left_out(fig: Figures, place: Place) -> Iterator[Way]:
    """One sample counts alone (but for the last), or does not count; divided as before, or by what counts."""
    n = fig.samples
    chosen = range(n) if n <= MOST_SAMPLES else (0, n - 1)
    for s in chosen:
        which = {0: "the first", n - 1: "the last"}.get(s, f"number {s + 1}")
        for factor, how in _wholes(fig) if s < n - 1 else ():
            yield Way(f"only {which} of {n} samples{how}", paired=False, summed=_only(s, factor))
        for factor, how in ({1.0: "", n / (n - 1): f", divided by {n - 1}"} if n > 2 else {}).items():
            yield Way(f"all but {which} of {n} samples{how}", paired=False, summed=_without(s, factor))


def _nothing(fig: Figures, place: Place) -> Iterator[Way]:
    (m,) = list(place.layers or ())[:1]
    yield Way("∂L/∂w and ∂L/∂b are 0", paired=False, dw=lambda q: 0.0, db=lambda q: 0.0)
    if m < fig.last:
        below = Place([m], f"layer {m + 1} and below" if m else place.words, place.rank)
        yield Way("δ is 0", place=below, paired=False, delta=lambda q: 0.0)


def _layers(fig: Figures) -> list[Place]:
    rank = EVERYWHERE if fig.layers == 2 else ONE_LAYER
    return [Place([m], f"layer {m + 1}", rank) for m in reversed(range(fig.layers))]


def _passes(fig: Figures, place: Place) -> Iterator[Way]:
    for k in range(2, 11):
        yield Way(f"the gradient added up in {k} passes", paired=k <= 4, **times(float(k), "dw", "db"))


SAMPLES = (
    Mistake(
        "last-sample-only",
        "only the last one counts, since = stands for +=",
        "add the shares of all samples and paths up: += where = stands",
        _summed_up,
        _last_one,
        course=Course(added=False),
        seen="nn-zero-to-hero, ARENA PR#18",
    ),
    Mistake(
        "share-left-out",
        "one sample, step or path is not in the sum, or it alone is",
        "let the sum go over all samples, steps and paths, from the first to the last",
        sampled,
        _left_out,
    ),
    Mistake(
        "not-zeroed",
        "gradients of earlier steps are still in the sum; begin with zeros",
        "set the gradients to 0 before each backward pass",
        everywhere,
        _passes,
        course=Course(zeroed=False),
        seen="micrograd#25",
    ),
    Mistake(
        "no-gradient",
        "nothing of the gradient arrives there",
        "look for the statement that never runs, the argument that is not used, the result that is not kept",
        _layers,
        _nothing,
    ),
)
