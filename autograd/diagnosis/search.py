"""Why numbers by hand are wrong: the mistakes of the catalogue that explain all of them, by trying each.

A mistake fits when the textbook's pass with that mistake gives every number by hand, right ones
and wrong ones, within the rounding of that number or `CLOSE`, whichever is more. It is tried on
doubles, so that both sides have lost digits; two different mistakes agree to that many by chance
once in 10⁹ numbers.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from autograd.diagnosis.catalogue import folded, hypotheses, solve
from autograd.diagnosis.elsewhere import graph_hypotheses
from autograd.diagnosis.history import earlier_steps
from autograd.diagnosis.hypothesis import CODES, REMEDIES, Hypothesis
from autograd.diagnosis.rows import Finding, grouped
from autograd.diagnosis.telling import apart, formulas, times
from autograd.diagnosis.textbook import Change, Figures, Slopes, backward, one_neuron
from autograd.diagnosis.waiting import steps

CLOSE = 1e-9
"""The relative difference below which a number counts as explained."""

PAIRED_WORK = 10_000_000
"""Products up to which two mistakes at once are tried: all pairs in networks small enough to be done by hand."""

Place = tuple[Any, ...]
"""Where a gradient is in the network: ("w", m, j, i), ("b", m, j), ("z", m, s, j), ("h", m, s, j), ("x", s, i)."""


class Number(NamedTuple):
    """A gradient by hand, as the diagnosis sees it.

    place      where it is in the network, None where it is nowhere there
    by_hand    the number given
    right      the exact one
    bound      what rounding explains
    wrong      whether it differs by more
    written    by how much it may be off for being written with a few digits
    """

    name: str
    node: Any
    place: Place | None
    by_hand: float
    right: float
    bound: float
    wrong: bool
    written: float = 0.0


class Fit(NamedTuple):
    """Mistakes that explain all numbers, with the learning rate that was solved for, if any."""

    parts: tuple[Hypothesis, ...]
    lr: float
    predicted: list[float]


class Question:
    """All numbers by hand of one loss, and what is known of its network."""

    def __init__(self, numbers: Sequence[Number], fig: Figures | None, lr: float | None, close: float = CLOSE) -> None:
        self.numbers, self.fig, self.lr, self.close = numbers, fig, lr, close
        self.by_layer: dict[int, list[int]] = {}
        self.outside: list[int] = []
        for index, number in enumerate(numbers):
            layer = _layer_of(number.place, fig)
            if layer is None:
                self.outside.append(index)
            else:
                self.by_layer.setdefault(layer, []).append(index)
        self.wrong = [index for index, number in enumerate(numbers) if number.wrong]
        self.focus = self._focus()

    def _focus(self) -> tuple[int, int, list[int]] | None:
        """A neuron of the highest layer with wrong weights or biases, and its numbers: looked at first."""
        wrong = [p for i in self.wrong if (p := self.numbers[i].place) is not None and p[0] in "wb"]
        if not wrong:
            return None
        _, layer, unit, *_ = max(wrong, key=lambda p: p[1])
        return (
            layer,
            unit,
            [i for i, n in enumerate(self.numbers) if n.place and n.place[0] in "wb" and n.place[1:3] == (layer, unit)],
        )

    def rate_of(self, slopes: Slopes) -> float:
        """The ratio of most numbers by hand of a layer to these, where it is readable and below 1; else 0."""
        pairs = [
            (self.numbers[i].by_hand, at(slopes, self.numbers[i].place)) for i in self.by_layer.get(slopes.layer, ())
        ]
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

    def layer_fits(self, slopes: Slopes) -> bool:
        """Whether all numbers by hand of one layer are explained."""
        return all(self.explains(i, at(slopes, self.numbers[i].place)) for i in self.by_layer.get(slopes.layer, ()))

    def outside_fits(self) -> bool:
        """Whether what is no part of the network is right; no mistake there is tried."""
        return not any(self.numbers[i].wrong for i in self.outside)

    def fits(self, change: Change, lr: float) -> bool:
        """Whether all numbers are explained by a change; given up at the first layer that is not."""
        assert self.fig is not None
        try:
            if self.focus is not None and not change.final:
                layer, unit, indices = self.focus
                slopes = one_neuron(self.fig, change, lr, layer, unit)
                if not all(self.explains(i, at(slopes, self.numbers[i].place)) for i in indices):
                    return False
            return self.outside_fits() and all(self.layer_fits(slopes) for slopes in backward(self.fig, change, lr))
        except OverflowError:
            return False

    def predict(self, change: Change, lr: float) -> list[float]:
        """What all numbers are under a change."""
        assert self.fig is not None
        layers = {slopes.layer: slopes for slopes in backward(self.fig, change, lr)}
        found = [number.right for number in self.numbers]
        for layer, indices in self.by_layer.items():
            for i in indices:
                found[i] = at(layers[layer], self.numbers[i].place)
        return found

    def tells(self, predicted: Sequence[float]) -> bool:
        """Whether a wrong number is predicted otherwise than the right one: what leaves all as they are is no cause."""
        return any(abs(predicted[i] - (n := self.numbers[i]).right) > self.close * abs(n.right) for i in self.wrong)

    def rates(self, parts: Sequence[Hypothesis], change: Change) -> Iterator[float]:
        """The learning rates that are to be tried with a mistake: the one given, or that which explains one number."""
        if not any(part.unknown for part in parts):
            yield 0.0
            return
        if self.lr is not None:
            yield self.lr
        folded = any(part.unknown and part.cause == "learning-rate-folded-in" for part in parts)
        for i in self._telling(self._figures().layers - (1 if folded else 2)):
            rate = solve(self._figures(), change, partial(_read, self.numbers[i].place), self.numbers[i].by_hand)
            if rate is not None and 1e-12 < rate < 1e6 and (self._independent() or readable(rate)):
                if rate <= 1.0 or not folded:
                    yield readable(rate) or rate
                return

    def _figures(self) -> Figures:
        assert self.fig is not None
        return self.fig

    def _telling(self, top: int) -> list[int]:
        """Two wrong numbers of the highest layer, up to `top`, that has some: weights or δ first, the largest first."""
        layers = {i: _layer_of(self.numbers[i].place, self.fig) for i in self.wrong}
        inside = [(layer, i) for i, layer in layers.items() if layer is not None and layer <= top]
        highest = max((layer for layer, _ in inside), default=0)

        def order(i: int) -> tuple[bool, float]:
            number = self.numbers[i]
            return number.place is None or number.place[0] == "b", -abs(number.by_hand - number.right)

        return sorted((i for layer, i in inside if layer == highest), key=order)[:2]

    def _independent(self) -> bool:
        """Whether wrong numbers of several neurons are there, so that one of them does not prove itself."""
        places = (self.numbers[i].place for i in self.wrong)
        return len({(p[0] == "x", p[1], p[-1] if p[0] in "bzh" else p[2]) for p in places if p is not None}) > 1


def _layer_of(place: Place | None, fig: Figures | None) -> int | None:
    """The layer whose gradients a number is among; the gradients of inputs come with the first."""
    if place is None or fig is None:
        return None
    return 0 if place[0] == "x" else int(place[1])


def at(slopes: Slopes, place: Place | None) -> float:
    """The gradient at a place of a layer."""
    assert place is not None
    kind, *where = place
    if kind == "w":
        return slopes.dw[where[1]][where[2]]
    if kind == "b":
        return slopes.db[where[1]]
    if kind == "x":
        return slopes.dx[where[0]][where[1]]
    return (slopes.delta if kind == "z" else slopes.g)[where[1]][where[2]]


def _read(place: Place | None, layers: list[Slopes]) -> float:
    return next(at(slopes, place) for slopes in layers if slopes.layer == _layer_of_place(place))


def _layer_of_place(place: Place | None) -> int:
    assert place is not None
    return 0 if place[0] == "x" else int(place[1])


def readable(rate: float) -> float:
    """A learning rate as somebody would have written it, 0.1 for 0.09999999998; 0 where it has too many digits."""
    short = float(f"{rate:.3g}")
    return short if abs(short - rate) <= 1e-7 * abs(rate) else 0.0


# ---------------------------------------------------------------- the search


def find_causes(
    question: Question, order: Sequence[Any], numbers: Mapping[Any, float], alone: bool = False
) -> list[Fit]:
    """All mistakes that explain the numbers, simplest first; two at once where none does alone; else none.

    alone  whether only single mistakes are tried, as where the numbers tell too little for more
    """
    if not question.wrong:
        return []
    fits: list[Fit] = []
    if question.fig is not None:
        candidates = hypotheses(question.fig, question.lr)
        candidates += _in_one_place(question, candidates)
        fits = list(_singles(question, candidates))
        if not fits and not alone:
            fits = list(_from_before(question, order, numbers))
        if not fits and not alone:
            fits = list(_pairs(question, [h for h in candidates if h.paired and h.rank < 2]))
    if not fits:
        fits = [
            Fit((h,), 0.0, predicted)
            for h, predicted in graph_hypotheses(
                question.numbers, order, numbers, question.explains, question.fig is not None
            )
            if question.tells(predicted)
        ]
    if not fits and not alone and question.fig is None:
        fits = list(_from_before(question, order, numbers))
    return fits


def _singles(question: Question, candidates: Sequence[Hypothesis]) -> Iterator[Fit]:
    causes: set[str] = set()
    for h in steps(candidates, "one mistake"):
        if h.cause in causes:
            continue
        for lr in question.rates([h], h.change):
            if question.fits(h.change, lr) and question.tells(predicted := question.predict(h.change, lr)):
                causes.add(h.cause)
                yield Fit((h,), lr, predicted)
                break


def _from_before(question: Question, order: Sequence[Any], numbers: Mapping[Any, float]) -> Iterator[Fit]:
    """Gradients of earlier steps still in the sum."""
    fewest = 2 if question.fig is None else 1
    for count, lr in earlier_steps(question.numbers, order, numbers, question.lr, question.close, fewest):
        formula = f"the gradients of {count} earlier step{'s' * (count > 1)} w - lr·∂L/∂w still in the sum"
        mistake = Hypothesis("not-zeroed", formula, Change(), unknown=True)
        yield Fit((mistake,), lr, [number.by_hand for number in question.numbers])


def _in_one_place(question: Question, candidates: Sequence[Hypothesis]) -> list[Hypothesis]:
    """The same mistakes in one neuron, where the highest layer with wrong numbers has them in one only."""
    fig = question.fig
    if fig is None:
        return []
    places = [number.place for number in question.numbers if number.wrong]
    layers = [_layer_of(place, fig) for place in places]
    top = max((layer for layer in layers if layer is not None), default=None)
    units = {p[3] if p[0] in "zh" else p[2] for p in places if p is not None and p[0] != "x" and p[1] == top}
    if top is None or len(units) != 1 or (len(fig.w[top]) == 1 and top == fig.layers - 1 and fig.layers == 1):
        return []
    unit = units.pop()
    where = f"unit {unit + 1} of layer {top + 1}"
    found = [h._replace(change=h.change.at(top, unit), rank=2, place=where) for h in candidates if h.local]
    flip = Change(final=(_one_entry(top, unit, None, -1.0),))
    found.append(Hypothesis("sign", "a minus lost", flip, 2, where))
    for i in range(len(fig.w[top][unit])):
        entry = f"weight {i + 1} of {where}"
        found.append(Hypothesis("sign", "a minus lost", Change(final=(_one_entry(top, unit, i, -1.0),)), 2, entry))
    found.append(
        Hypothesis("sign", "a minus lost", Change(final=(_one_entry(top, unit, -1, -1.0),)), 2, f"the bias of {where}")
    )
    return sorted(found, key=lambda h: CODES.index(h.cause))


def _one_entry(layer: int, unit: int, entry: int | None, factor: float) -> Callable[..., Any]:
    """A `final` hook: one weight (or -1, the bias, or None, all) of one neuron times a factor."""

    def final(dw: Any, db: Any, m: int, lr: float) -> tuple[Any, Any]:
        if m != layer:
            return dw, db
        row = [d * factor if entry is None or entry == i else d for i, d in enumerate(dw[unit])]
        bias = db[unit] * factor if entry is None or entry == -1 else db[unit]
        return [*dw[:unit], row, *dw[unit + 1 :]], [*db[:unit], bias, *db[unit + 1 :]]

    return final


def _pairs(question: Question, candidates: Sequence[Hypothesis]) -> Iterator[Fit]:
    """Two mistakes at once. Those that leave the output layer as it is cannot explain wrong numbers there."""
    fig = question.fig
    assert fig is not None
    truth = next(backward(fig))
    last_right = question.layer_fits(truth)
    moved: list[tuple[Hypothesis, bool]] = []
    still: list[tuple[Hypothesis, bool]] = []
    for h in candidates:
        top = next(backward(fig, h.change, 0.5))
        same = top.dw == truth.dw and top.db == truth.db and top.delta == truth.delta
        (still if same else moved).append((h, h.unknown or question.layer_fits(top)))
        rate = question.rate_of(top)
        if rate and h.cause != "learning-rate-folded-in":
            yield from _joined(question, h, [folded(rate)])
    left = PAIRED_WORK // (fig.samples * sum(len(row) for w in fig.w for row in w))
    for place, (a, good) in enumerate(steps(moved, "two mistakes")):
        others = [b for b, _ in moved[place + 1 :]] + ([b for b, _ in still] if good else [])
        yield from _joined(question, a, others[: max(0, left)])
        left -= len(others)
    for place, (a, _) in enumerate(steps(still if last_right else [], "two mistakes below the output")):
        others = [b for b, _ in still[place + 1 :]]
        yield from _joined(question, a, others[: max(0, left)])
        left -= len(others)


def _joined(question: Question, a: Hypothesis, others: Iterable[Hypothesis]) -> Iterator[Fit]:
    for b in others:
        if a.cause == b.cause or (a.unknown and b.unknown):
            continue
        orders = [a.change.joined(b.change)]
        if any(mine and theirs for mine, theirs in zip(a.change, b.change, strict=True)):
            orders.append(b.change.joined(a.change))  # the last word is with the second
        fit = next(
            (
                Fit((a, b), lr, predicted)
                for c in orders
                for lr in question.rates((a, b), c)
                if question.fits(c, lr) and question.tells(predicted := question.predict(c, lr))
            ),
            None,
        )
        if fit is not None:
            yield fit


# ---------------------------------------------------------------- findings


def findings(question: Question, fits: Sequence[Fit], n_most: int = 12) -> list[Finding]:
    """The mistakes in words, each code once; of two at once both, one after the other."""
    found: list[Finding] = []
    for fit in sorted(fits, key=lambda fit: sum(h.rank for h in fit.parts)):
        for h in fit.parts:
            together = next((other.cause for other in fit.parts if other is not h), "")
            if any(f.cause == h.cause and (f.together == together or not f.together) for f in found):
                continue
            names = [question.numbers[i].name for i in question.wrong]
            found.append(
                Finding(
                    h.cause,
                    names,
                    _evidence(question, fit, h),
                    h.place,
                    REMEDIES[h.cause],
                    together,
                    sum(part.rank for part in fit.parts),
                    *formulas(h.formula),
                )
            )
    return found[:n_most]


def _evidence(question: Question, fit: Fit, h: Hypothesis) -> str:
    """How the numbers are explained: their ratio to the exact ones, what was computed, one number in full."""
    wrong = [question.numbers[i] for i in question.wrong]
    ratios = [n.by_hand / n.right for n in wrong if n.right]
    count = f" in all {len(wrong)} numbers" if len(wrong) > 1 else ""
    share = "the exact one is 0"
    if ratios:
        ratio = round(ratios[0], 6)
        rooms = [max(2e-6 * abs(n.by_hand), min(n.written, 2e-3 * abs(n.by_hand))) for n in wrong]
        alike = all(abs(n.by_hand - ratio * n.right) <= room for n, room in zip(wrong, rooms, strict=True))
        share = f"{times(ratio)}{count}" if alike else f"from {times(min(ratios))} to {times(max(ratios))}"
    words = [] if formulas(h.formula)[1] else [h.formula]
    words += [f"with lr = {fit.lr:.6g}"] if h.unknown else []
    told = f"{' '.join(words)}: " if words else ""
    return f"{grouped([n.name for n in wrong])}: {share}; {told}{example(question, fit.predicted)}"


def example(question: Question, predicted: Sequence[float]) -> str:
    """The number that a mistake takes farthest from the right one, as it predicts it, beside both."""
    i = max(question.wrong, key=lambda i: abs(question.numbers[i].by_hand - question.numbers[i].right))
    number = question.numbers[i]
    then, right = apart(predicted[i], number.right)
    mine = then if predicted[i] == number.by_hand else apart(number.by_hand, number.right)[0]
    return f"{number.name} is then {then} (yours {mine}, right {right})"
