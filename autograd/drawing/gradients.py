"""Which gradient a picture shows for each value, and which of them hold more than this graph's result gives."""

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from autograd.graph import as_evaluated, cotangents
from autograd.value import Value

MANY = 1000
"""In larger graphs a few leaves are asked first whether they hold more; where they do not, the others are believed."""


class Gradients(NamedTuple):
    """The gradients of a graph's values.

    summed  the leaves whose gradient is not what this result gives alone: several `backward()` calls added it up
    worked  by value, what was worked out for the picture; None where the values are taken at their word
    """

    summed: frozenset[Value] = frozenset()
    worked: Mapping[Value, float] | None = None

    def of(self, node: Any) -> float | None:
        """The gradient of a value, None where there is none yet."""
        if self.worked is not None:
            return self.worked.get(node)
        return node.grad if node.has_grad else None


AS_HELD = Gradients()
"""Those that the values hold, whatever these are."""


def held(order: Sequence[Value]) -> Gradients:
    """What the values hold, and which of the leaves hold more."""
    leaves = (node for node in order if node.op is None and node.has_grad and math.isfinite(node.grad))
    first = list(islice(leaves, 2 if len(order) > MANY else None))
    found = _summed(first, order)
    return Gradients(_summed([*first, *leaves], order) if found and len(order) > MANY else found)


def of_this_result(order: Sequence[Value]) -> Gradients:
    """What `backward()` of the last value would give; what they hold where a derivative does not exist."""
    try:
        return Gradients(worked=cotangents(order[-1], point=as_evaluated, order=order))
    except (ValueError, ArithmeticError):
        return held(order)


def _summed(leaves: Sequence[Value], order: Sequence[Value]) -> frozenset[Value]:
    """Those of the leaves that hold something else than what flows to them from the gradients above."""
    arrived = dict.fromkeys(leaves, 0.0)
    size = dict(arrived)
    for node in order if arrived else ():
        if arrived.keys().isdisjoint(node.args) or not node.has_grad or node.op is None:
            continue
        y, *xs = node.primals
        try:
            shares = node.op.shares(node.grad, y, xs, node.args)
        except (ValueError, ArithmeticError):
            return frozenset()
        for arg, share in shares:
            if arg in arrived:
                arrived[arg] += share
                size[arg] += abs(share)
    return frozenset(leaf for leaf, x in arrived.items() if abs(leaf.grad - x) > 1e-9 * max(size[leaf], abs(x)))
