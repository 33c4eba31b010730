"""Why numbers by hand are wrong: the mistakes of the table that explain all of them, by trying each."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from autograd.comparison.earlier_steps import earlier_steps
from autograd.comparison.in_words import apart, formulas
from autograd.comparison.in_words import times as as_times
from autograd.comparison.node_by_node import graph_hypotheses
from autograd.comparison.progress_bar import steps
from autograd.comparison.question import Question, plain
from autograd.comparison.rows import Finding, grouped
from autograd.textbook.backward import Change, backward
from autograd.textbook.mistake import FACTOR, ONE_PLACE, RATE, Hypothesis, Place, Way, times
from autograd.textbook.mistakes import MISTAKES, hypotheses
from autograd.textbook.operands import MOST, exchanges

PAIRED_WORK = 10_000_000
"""Products up to which two mistakes at once are tried: all pairs in networks small enough to be done by hand."""

READINGS = 3
"""Of more ways to exchange a name, only the number is told."""


class Fit(NamedTuple):
    """Mistakes that explain all numbers, with the learning rate that was solved for, if any; `odd` with many digits."""

    parts: tuple[Hypothesis, ...]
    lr: float
    predicted: list[float]
    odd: bool = False

    @property
    def rank(self) -> int:
        """How particular they are together; with a rate that nobody would write, they may fit by chance."""
        return sum(part.rank for part in self.parts) + ONE_PLACE * self.odd


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
        candidates = hypotheses(question.fig)
        everywhere = [h for h in candidates if not h.alone]
        fits = list(_singles(question, [h for h in everywhere if question.signals or not h.doubled]))
        place = question.only_neuron()
        if all(fit.rank for fit in fits) or (place and question.fig.w[place[0]].height > 1):
            known = {h.cause for fit in fits for h in fit.parts}
            fits += _singles(question, _in_one_place(question, candidates), known)
        if all(fit.rank >= ONE_PLACE for fit in fits):
            fits = [*_operands(question), *fits]
        if not alone:
            fits = fits or list(_from_before(question, order, numbers))
            fits = fits or list(_pairs(question, [h for h in everywhere if h.paired]))
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


def _singles(question: Question, candidates: Sequence[Hypothesis], known: Collection[str] = ()) -> Iterator[Fit]:
    causes = set(known)
    for h in steps(candidates, "one mistake"):
        if h.cause in causes or not question.is_reached(h.change):
            continue
        fit = _fitting(question, (h,), h.change)
        if fit is not None:
            causes.add(h.cause)
            yield fit


def _fitting(question: Question, parts: tuple[Hypothesis, ...], change: Change) -> Fit | None:
    """The mistakes with the first learning rate at which they explain all numbers."""
    with suppress(ValueError, ArithmeticError):  # what has no value explains nothing
        return next(_fits(question, parts, change), None)
    return None


def _fits(question: Question, parts: tuple[Hypothesis, ...], change: Change) -> Iterator[Fit]:
    for lr in question.rates(parts, change):
        if question.fits(change, lr) and question.tells(predicted := question.predict(change, lr)):
            solved = any(part.unknown for part in parts) and lr != question.lr
            yield Fit(parts, lr, predicted, solved and not plain(lr))


def _operands(question: Question) -> list[Fit]:
    """One name for another in an equation of the only neuron that is wrong in its layer; all readings in one."""
    place, fig = question.only_neuron(), question.fig
    if place is None or fig is None or sum(w.height * w.width for w in fig.w) > MOST:
        return []
    readings = [(r, fit) for r in exchanges(fig, *place) if (fit := _fitting(question, (), r.change)) is not None]
    if not readings:
        return []
    (first, fit), told = readings[0], dict.fromkeys(r.formula for r, _ in readings)
    shown = " or ".join([*told][:READINGS]) + (f", or {len(told) - READINGS} more" if len(told) > READINGS else "")
    row = MISTAKES["wrong-operand"]
    where = f"unit {place[1] + 1} of layer {place[0] + 1}"
    return [fit._replace(parts=(Hypothesis(row.code, shown, first.change, ONE_PLACE, where, row.remedy),))]


def _from_before(question: Question, order: Sequence[Any], numbers: Mapping[Any, float]) -> Iterator[Fit]:
    """Gradients of earlier steps still in the sum."""
    fewest = 2 if question.fig is None else 1
    for count, lr in earlier_steps(question.numbers, order, numbers, question.lr, question.close, fewest):
        formula = f"the gradients of {count} earlier step{'s' * (count > 1)} w - lr·∂L/∂w still in the sum"
        mistake = Hypothesis("not-zeroed", formula, (), remedy=MISTAKES["not-zeroed"].remedy, unknown=RATE)
        yield Fit((mistake,), lr, [number.by_hand for number in question.numbers])


def _in_one_place(question: Question, candidates: Sequence[Hypothesis]) -> list[Hypothesis]:
    """The same mistakes in one neuron, where the highest layer with wrong numbers has them in one only."""
    place, fig = question.only_neuron(), question.fig
    if place is None or fig is None:
        return []
    layer, unit = place
    where = f"unit {unit + 1} of layer {layer + 1}"
    there = [h for h in candidates if any(step.is_in(layer, fig.last) for step in h.change)]
    found = [h.in_one(layer, unit, None, where) for h in there if h.local or h.alone]
    entries = {i: f"weight {i + 1} of {where}" for i in range(fig.w[layer].width)} | {-1: f"the bias of {where}"}
    for entry, words in entries.items():
        found += [h.in_one(layer, unit, entry, words) for h in there if h.alone]
    return found


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
        same = top is truth or all(getattr(top, x).rows == getattr(truth, x).rows for x in ("dw", "db", "delta"))
        (still if same else moved).append((h, bool(h.unknown) or question.layer_fits(top)))
        rate = question.rate_of(top)
        if rate and h.cause != FOLDED_IN:
            yield from _joined(question, h, [_folded(rate)])
    left = PAIRED_WORK // (fig.samples * sum(w.height * w.width for w in fig.w))
    for place, (a, good) in enumerate(steps(moved, "two mistakes")):
        others = [b for b, _ in moved[place + 1 :]] + ([b for b, _ in still] if good else [])
        yield from _joined(question, a, others[: max(0, left)])
        left -= len(others)
    for place, (a, _) in enumerate(steps(still if last_right else [], "two mistakes below the output")):
        others = [b for b, _ in still[place + 1 :]]
        yield from _joined(question, a, others[: max(0, left)])
        left -= len(others)


FOLDED_IN = "learning-rate-folded-in"


def _folded(rate: float) -> Hypothesis:
    """A learning rate folded into the gradients, where it is known."""
    way = Way(f"lr·∂L/∂w for ∂L/∂w with lr = {rate:g}", **times(rate, "dw", "db"))
    return Hypothesis(FOLDED_IN, way.formula, way.change(Place()), remedy=MISTAKES[FOLDED_IN].remedy)


def _joined(question: Question, a: Hypothesis, others: Iterable[Hypothesis]) -> Iterator[Fit]:
    for b in others:
        if a.cause == b.cause or (a.unknown and b.unknown) or not question.is_reached(a.change + b.change):
            continue
        orders = [a.change + b.change]
        if {step.name for step in a.change} & {step.name for step in b.change}:
            orders.append(b.change + a.change)  # the last word is with the second
        fit = next((fit for change in orders if (fit := _fitting(question, (a, b), change)) is not None), None)
        if fit is not None:
            yield fit


# ---------------------------------------------------------------- findings


def findings(question: Question, fits: Sequence[Fit], n_most: int = 12) -> list[Finding]:
    """The mistakes in words, each code once; of two at once both, one after the other."""
    found: list[Finding] = []
    for fit in sorted(fits, key=lambda fit: fit.rank):
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
                    h.remedy,
                    together,
                    fit.rank,
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
        share = f"{as_times(ratio)}{count}" if alike else f"from {as_times(min(ratios))} to {as_times(max(ratios))}"
    words = [] if formulas(h.formula)[1] else [h.formula]
    words += [f"with {'c' if h.unknown == FACTOR else 'lr'} = {fit.lr:.6g}"] if h.unknown else []
    told = f"{' '.join(words)}: " if words else ""
    return f"{grouped([n.name for n in wrong])}: {share}; {told}{example(question, fit.predicted)}"


def example(question: Question, predicted: Sequence[float]) -> str:
    """The number that a mistake takes farthest from the right one, as it predicts it, beside both."""
    i = max(question.wrong, key=lambda i: abs(question.numbers[i].by_hand - question.numbers[i].right))
    number = question.numbers[i]
    then, right = apart(predicted[i], number.right)
    mine = then if predicted[i] == number.by_hand else apart(number.by_hand, number.right)[0]
    return f"{number.name} is then {then} (yours {mine}, right {right})"
