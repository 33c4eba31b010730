"""A penalty on the parameters, added to the loss of a network: what it has a share of, and what is wrong without it."""

from collections.abc import Mapping
from decimal import Decimal
from math import ulp
from typing import NamedTuple

from autograd.comparison.in_words import apart
from autograd.comparison.question import Number, Question, readable
from autograd.comparison.rounding import reference
from autograd.comparison.rows import Finding, grouped
from autograd.graph import topological_order
from autograd.network import Network
from autograd.textbook.mistakes import MISTAKES
from autograd.value import Value

MOST_PASSES = 10
"""How many passes without zeroing are looked for."""


class Penalty(NamedTuple):
    """A loss taken apart.

    data    the loss without the penalty
    shares  the gradients of the penalty, by parameter
    """

    data: Value
    shares: dict[Value, Decimal]


def find_penalty(loss: Value, network: Network) -> Penalty | None:
    """The terms of a loss that no sample has a part in, where something else is left; None where there are none."""
    sums = {unit.z for layer in network.layers for row in layer for unit in row}
    data, extra = loss, []
    while data.op is not None and data.op.name == "add":
        terms = [arg for arg in data.args if type(arg) is not float]
        apart = [arg for arg in terms if sums.isdisjoint(topological_order(arg))]
        rest = [arg for arg in terms if not sums.isdisjoint(topological_order(arg))]
        if len(rest) != 1 or len(data.args) == 1:
            break
        extra += apart
        data = rest[0]
    shares: dict[Value, Decimal] = {}
    for node in extra:
        for p, slope in reference(node).gradients.items():
            if p.op is None:
                shares[p] = shares.get(p, Decimal(0)) + slope.number
    return Penalty(data, shares) if shares else None


def aside(question: Question, shares: Mapping[Value, Decimal]) -> list[Number]:
    """The numbers without what the penalty has to do with them."""
    return [_without(number, shares.get(number.node)) for number in question.numbers]


def _without(number: Number, share: Decimal | None) -> Number:
    if not share:
        return number
    by_hand, right = (float(Decimal(x) - share) for x in (number.by_hand, number.right))
    bound = max(number.bound, 2.0 * ulp(number.by_hand), 2.0 * ulp(number.right))
    return number._replace(by_hand=by_hand, right=right, bound=bound)


def of_the_penalty(question: Question, shares: Mapping[Value, Decimal]) -> Finding | None:
    """The share of the penalty left out, or taken so many times, where that explains all wrong numbers."""
    wrong = [question.numbers[i] for i in question.wrong]
    pairs = [(n, float(shares.get(n.node, Decimal(0)))) for n in wrong]
    if not pairs or not all(share for _, share in pairs):
        return None
    largest, share = max(pairs, key=lambda pair: abs(pair[1] / pair[0].right) if pair[0].right else 0.0)
    ratio = 1.0 + (largest.by_hand - largest.right) / share
    times = 0.0 if abs(ratio) < 1e-6 else readable(ratio)
    if times != 0.0 and len(wrong) < 2 and times not in (0.5, 2.0, -1.0):
        return None
    if times == 0.0 and abs(ratio) >= 1e-6:
        return None
    for n, part in pairs:
        predicted = n.right + (times - 1.0) * part
        if abs(n.by_hand - predicted) > max(question.close * abs(predicted), 2.0 * n.bound):
            return None
    shown = grouped([n.name for n in wrong])
    named, mine, right = largest.name, largest.by_hand, largest.right
    then, yours, exact = apart(right + (times - 1.0) * share, mine, right)
    example = f"{named} is then {then} (yours {yours}, right {exact})"
    if times == 0.0:
        cause, told = "penalty-left-out", "without the share of the penalty"
    else:
        cause, told = "penalty-scaled", f"{times:g} x the share of the penalty"
    evidence = f"{shown}: {told}: {example}"
    return Finding(cause, [n.name for n in wrong], evidence, "the penalty", MISTAKES[cause].remedy)


def summed_up(question: Question) -> Finding | None:
    """Whole gradients, the penalty's share too, of several passes; δ, which is no sum over passes, may be right."""
    wrong = [question.numbers[i] for i in question.wrong]
    if len(wrong) < 2 or any(n.node.op is not None or not n.right for n in wrong):
        return None
    passes = round(wrong[0].by_hand / wrong[0].right)
    if not 2 <= passes <= MOST_PASSES:
        return None
    if any(abs(n.by_hand - passes * n.right) > max(question.close * abs(n.by_hand), 2.0 * n.bound) for n in wrong):
        return None
    told = f"{grouped([n.name for n in wrong])}: ×{passes}: the gradient of {passes} passes"
    return Finding("not-zeroed", [n.name for n in wrong], told, "everywhere", MISTAKES["not-zeroed"].remedy)
