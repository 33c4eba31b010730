"""Gradients of earlier steps still in the sum: the steps w ← w - lr·gradient are taken back, one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograd.comparison.node_by_node import evaluated, sweep

LONGEST = 10
"""How many earlier steps are looked for."""

WORK = 100_000
"""How many operations are computed at most; half a second or so."""

DIGITS = (1, 5, 2, 3, 1.5, 2.5, 4, 6, 7, 8, 9)
RATES = tuple(float(f"{digits}e{power}") for power in (-1, -2, -3, 0, -4) for digits in DIGITS)
"""Learning rates as people choose them."""


def earlier_steps(
    numbers: Sequence[Any], order: Sequence[Any], values: Mapping[Any, float], lr: float | None, close: float,
    fewest: int,
) -> Iterator[tuple[int, float]]:  # fmt: skip
    """(number of earlier steps, learning rate) where the gradients by hand are sums over these steps and this one.

    What is more than the gradient here is the sum that moved the parameters to where they are. With it they
    are moved back, and the gradient there is taken off; when nothing is left, all steps have been found.
    With less than the `fewest` wrong numbers nothing is looked for: for one, a learning rate is soon found.
    """
    given = {n.node: n.by_hand for n in numbers if n.node.op is None and n.node in values}
    wrong = [n.node for n in numbers if n.wrong]
    if len(wrong) < fewest or any(node not in given for node in wrong):
        return
    left = {n.node: n.by_hand - n.right for n in numbers if n.node in given}
    leaves = {node: values[node] for node in order if node.op is None}
    rates = RATES if lr is None else (lr,)
    longest = min(LONGEST, WORK // (len(order) * len(rates)))
    for rate in rates:
        count = _walked_back(order, leaves, given, left, rate, close, longest)
        if count:
            yield count, rate
            return


def _walked_back(
    order: Sequence[Any], point: Mapping[Any, float], sums: Mapping[Any, float], left: Mapping[Any, float],
    lr: float, close: float, longest: int,
) -> int:  # fmt: skip
    """How many steps back nothing is left of the sums; 0 where that does not come about."""
    size = {node: abs(x) for node, x in sums.items()}
    for count in range(1, longest + 1):
        point = {node: x + lr * left.get(node, 0.0) for node, x in point.items()}
        try:
            slopes = sweep(order, evaluated(order, point), None)
        except (ValueError, ArithmeticError):
            return 0
        rest = {node: x - slopes.get(node, 0.0) for node, x in left.items()}
        size = {node: x + abs(slopes.get(node, 0.0)) for node, x in size.items()}
        if all(abs(x) <= close * size[node] for node, x in rest.items()):
            return count
        if sum(map(abs, rest.values())) > 2.0 * sum(map(abs, left.values())):
            return 0  # that is no way back
        left = rest
    return 0
