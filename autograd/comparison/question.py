"""Numbers by hand as a question: where each is in the network, and whether a change in the textbook explains all.

A mistake fits when the textbook's pass with that mistake gives every number by hand, right ones
and wrong ones, within the rounding of that number or `CLOSE`, whichever is more. It is tried on
doubles, so that both sides have lost digits; two different mistakes agree to that many by chance
once in 10⁹ numbers.
"""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from autograd.textbook.backward import MADE_OF, SIGNALS, Change, Figures, Quantities, backward
from autograd.textbook.mistake import BELOW, FACTOR, RATE, Hypothesis

CLOSE = 1e-9
"""The relative difference below which a number counts as explained."""

LARGEST = 100
"""Numerator and denominator of a constant that somebody may have put in."""

Spot = tuple[Any, ...]
"""Where a gradient is in the network: ("w", m, j, i), ("b", m, j), ("z", m, s, j), ("h", m, s, j), ("x", s, i)."""


class Number(NamedTuple):
    """A gradient by hand, as the diagnosis sees it.

    place      where it is in the network, None where it is nowhere there
    by_hand    the number given
    right      the exact one
    bound      what rounding explains
    wrong      whether it differs by more
    written    by how much it may be off for being written with a few digits
    carried    whether it is wrong for nothing but an earlier one
    """

    name: str
    node: Any
    place: Spot | None
    by_hand: float
    right: float
    bound: float
    wrong: bool
    written: float = 0.0
    carried: bool = False


class Question:
    """All numbers by hand of one loss, and what is known of its network."""

    def __init__(self, numbers: Sequence[Number], fig: Figures | None, lr: float | None, close: float = CLOSE) -> None:
        self.numbers, self.fig, self.lr, self.close = numbers, fig, lr, close
        self.by_layer: dict[int, list[int]] = {}
        self.outside: list[int] = []
        self.signals = any(n.place is not None and n.place[0] in "zh" for n in numbers)  # whether there are δ
        self._told: dict[int, list[int]] = {}
        self._right: dict[Quantities, bool] = {}  # whether the numbers of a layer are those without a mistake
        for index, number in enumerate(numbers):
            layer = layer_of(number.place, fig)
            if layer is None:
                self.outside.append(index)
            else:
                self.by_layer.setdefault(layer, []).append(index)
        wrong = (index for index, number in enumerate(numbers) if number.wrong)
        self.wrong = sorted(wrong, key=lambda index: numbers[index].carried)  # the culprit before its consequences
        layers = [layer for layer, indices in self.by_layer.items() if any(numbers[i].wrong for i in indices)]
        self.top = max(layers, default=0)  # the highest layer with wrong numbers
        self.inside = not any(numbers[i].wrong for i in self.outside)  # no mistake elsewhere is tried
        places = [(i, numbers[i].place) for i in self.by_layer.get(self.top, ()) if numbers[i].wrong]
        self.kinds = {place[0] for i, place in places if place and not self.explains(i, numbers[i].right)}
        for indices in self.by_layer.values():
            indices.sort(key=lambda index: not numbers[index].wrong)  # what tells most comes first

    def rate_of(self, slopes: Quantities) -> float:
        """The ratio of most numbers by hand of a layer to these, where it is readable and below 1; else 0."""
        pairs = [(self.numbers[i].by_hand, at(slopes, self.numbers[i].place)) for i in self.by_layer.get(slopes.m, ())]
        ratios = [a / b for a, b in pairs if b]
        close = [sum(abs(r - other) <= 1e-8 * abs(r) for other in ratios) for r in ratios]
        if not ratios or max(close) < 2:
            return 0.0
        most = ratios[close.index(max(close))]
        return readable(most) if 0.0 < most < 1.0 else 0.0

    def explains(self, index: int, predicted: float) -> bool:
        """Whether a number by hand is what a mistake makes of it."""
        number = self.numbers[index]
        grown = abs(predicted / number.right) if number.right else 1.0
        # Of a number that keeps some digits, rounding explains too little for a factor of two to fit.
        bound = number.bound if number.bound >= abs(number.right) else min(number.bound, abs(number.right) / 8.0)
        rounding = 2.0 * bound * max(1.0, grown if math.isfinite(grown) else 1.0)
        room, off = max(self.close * abs(predicted), rounding), abs(number.by_hand - predicted)
        if off <= room or (off <= number.written and not (number.wrong and off >= abs(number.by_hand - number.right))):
            return True
        # δ of one sample may be written before the mean is taken.
        fig, place = self.fig, number.place
        if fig is None or place is None or place[0] not in ("z", "h", "x") or fig.terms == 1:
            return False
        counts = (fig.terms, 1 / fig.terms, *([fig.samples] if fig.terms % fig.samples == 0 else []))
        return any(abs(number.by_hand - predicted * c) <= max(room * c, number.written) for c in counts)

    def layer_fits(self, slopes: Quantities) -> bool:
        """Whether all numbers by hand of one layer are explained."""
        if slopes in self._right:
            return self._right[slopes]
        fits = all(self.explains(i, at(slopes, self.numbers[i].place)) for i in self.by_layer.get(slopes.m, ()))
        if slopes in self._figures().right:
            self._right[slopes] = fits
        return fits

    def is_reached(self, change: Change) -> bool:
        """Whether a change can be seen in all kinds of wrong numbers of the highest layer with some."""
        last = self._figures().last
        above = range(self.top + 1, last + 1)
        if any(step.name in SIGNALS and step.is_in(m, last) for step in change for m in above):
            return True
        here = {step.name for step in change if step.is_in(self.top, last)}
        return bool(here) and not any(here.isdisjoint(MADE_OF[kind]) for kind in self.kinds)

    def fits(self, change: Change, lr: float) -> bool:
        """Whether all numbers are explained by a change; given up at the first layer that is not."""
        return self.inside and all(map(self.layer_fits, backward(self._figures(), change, lr)))

    def predict(self, change: Change, lr: float) -> list[float]:
        """What all numbers are under a change."""
        layers = {slopes.m: slopes for slopes in backward(self._figures(), change, lr)}
        found = [number.right for number in self.numbers]
        for layer, indices in self.by_layer.items():
            for i in indices:
                found[i] = at(layers[layer], self.numbers[i].place)
        return found

    def tells(self, predicted: Sequence[float]) -> bool:
        """Whether a wrong number is predicted otherwise than the right one: what leaves all as they are is no cause."""
        return any(abs(predicted[i] - (n := self.numbers[i]).right) > self.close * abs(n.right) for i in self.wrong)

    def rates(self, parts: Sequence[Hypothesis], change: Change) -> Iterator[float]:
        """The numbers to be tried with a mistake that has one in it: the rate given, that which explains one number."""
        kinds = {part.unknown for part in parts} - {""}
        if not kinds:
            yield 0.0
            return
        above = [m for m in self.by_layer if m > self.top]
        if len(parts) == 1 and any(step.is_in(m, self._figures().last) for step in change for m in above):
            return  # what is right there would not be
        if self.lr is not None and kinds != {FACTOR}:
            yield self.lr
        for i in self._telling(self._figures().layers - (2 if kinds == {BELOW} else 1)):
            rate = solve(self._figures(), change, self.numbers[i].place, self.numbers[i].by_hand)
            if rate is None:
                continue
            if kinds == {FACTOR}:
                yield from filter(None, [plain(rate)])
            elif 1e-12 < rate < 1e6 and (self._independent() or readable(rate)):
                if rate <= 1.0 or RATE not in kinds:
                    yield readable(rate) or rate
            else:
                continue
            return

    def only_neuron(self) -> tuple[int, int] | None:
        """(layer, unit) of the one neuron that is wrong in the highest layer with wrong numbers."""
        places = [p for i in self.wrong if (p := self.numbers[i].place) is not None and p[0] != "x"]
        units = {p[3] if p[0] in "zh" else p[2] for p in places if p[1] == self.top}
        return (self.top, units.pop()) if len(units) == 1 else None

    def _figures(self) -> Figures:
        assert self.fig is not None
        return self.fig

    def _telling(self, top: int) -> list[int]:
        """Two wrong numbers of the highest layer, up to `top`, that has some: weights or δ first, the largest first."""
        if top in self._told:
            return self._told[top]
        layers = {i: layer_of(self.numbers[i].place, self.fig) for i in self.wrong}
        inside = [(layer, i) for i, layer in layers.items() if layer is not None and layer <= top]
        highest = max((layer for layer, _ in inside), default=0)

        def order(i: int) -> tuple[bool, float]:
            number = self.numbers[i]
            return number.place is None or number.place[0] == "b", -abs(number.by_hand - number.right)

        self._told[top] = sorted((i for layer, i in inside if layer == highest), key=order)[:2]
        return self._told[top]

    def _independent(self) -> bool:
        """Whether wrong numbers of several neurons are there, so that one of them does not prove itself."""
        places = (self.numbers[i].place for i in self.wrong)
        return len({(p[0] == "x", p[1], p[-1] if p[0] in "bzh" else p[2]) for p in places if p is not None}) > 1


def layer_of(place: Spot | None, fig: Figures | None) -> int | None:
    """The layer whose gradients a number is among; the gradients of inputs come with the first."""
    if place is None or fig is None:
        return None
    return 0 if place[0] == "x" else int(place[1])


def at(slopes: Quantities, place: Spot | None) -> float:
    """The gradient at a place of a layer."""
    assert place is not None
    return float(slopes.at(*place))


def solve(fig: Figures, change: Change, place: Spot | None, wanted: float) -> float | None:
    """The number solved for at which a gradient is what is wanted; None where there is none."""

    def miss(lr: float) -> float:
        layer = layer_of(place, fig)
        return next(at(slopes, place) for slopes in backward(fig, change, lr) if slopes.m == layer) - wanted

    a, b = 0.0, 1.0
    at_a, at_b = miss(a), miss(b)
    for _ in range(20):  # the secant's steps; it is linear in most cases
        if at_b == at_a or not math.isfinite(at_b):
            return None
        step = -at_b * (b - a) / (at_b - at_a)
        a, b, at_a = b, b + step, at_b
        if not math.isfinite(b):
            return None
        if abs(step) <= 1e-10 * abs(b):
            return b
        at_b = miss(b)
        if abs(at_b) <= 1e-14 * abs(wanted) or at_b == at_a:
            return b
    return None


def readable(rate: float) -> float:
    """A learning rate as somebody would have written it, 0.1 for 0.09999999998; 0 where it has too many digits."""
    short = float(f"{rate:.3g}")
    return short if abs(short - rate) <= 1e-7 * abs(rate) else 0.0


def plain(factor: float) -> float:
    """A constant as somebody would have written it, 2 or 0.1 or 4/3; 0 for another, or one with a sign: that is two."""
    found = readable(factor)
    if not found:
        fraction = Fraction(factor).limit_denominator(LARGEST)
        close = abs(float(fraction) - factor) <= 1e-9 * abs(factor) and fraction.numerator <= LARGEST
        found = float(fraction) if close else 0.0
    return found if found > 0.0 and abs(found - 1.0) > 1e-9 else 0.0
