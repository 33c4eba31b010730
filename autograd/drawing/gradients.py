"""Which gradient a picture shows for each value, and which of them hold more than this graph's result gives."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd.graph import as_evaluated, cotangents
from autograd.value import Value

MANY = 1000
"""In larger graphs a few leaves are asked first whether they hold more; where they do not, the others are believed."""


class Gradients(NamedTuple):
    """The gradients of a graph's values, as far as they are known.

    known   by value
    summed  the leaves whose gradient is not what this result gives alone: several `backward()` calls added it up
    """

    known: Mapping[Value, float]
    summed: frozenset[Value] = frozenset()


def as_they_are(order: Sequence[Value]) -> Gradients:
    """What the values hold."""
    known = {node: node.grad for node in order if node.has_grad}
    leaves = [node for node in order if node.op is None and math.isfinite(known.get(node, math.nan))]
    few = len(order) > MANY and not _summed(leaves[:2], order, known)
    return Gradients(known, frozenset() if few else _summed(leaves, order, known))


def of_this_result(order: Sequence[Value]) -> Gradients:
    """What `backward()` of the last value would give; what they hold where a derivative does not exist."""
    try:
        return Gradients(cotangents(order[-1], point=as_evaluated, order=order))
    except (ValueError, ArithmeticError):
        return as_they_are(order)


def _summed(leaves: Sequence[Value], order: Sequence[Value], known: Mapping[Value, float]) -> frozenset[Value]:
    """Those of the leaves that hold something else than what flows to them from the gradients above."""
    arrived = dict.fromkeys(leaves, 0.0)
    size = dict(arrived)
    for node in order:
        if node.op is None or node not in known or arrived.keys().isdisjoint(node.args):
            continue
        y, *xs = node.primals
        try:
            shares = node.op.shares(known[node], y, xs, node.args)
        except (ValueError, ArithmeticError):
            return frozenset()
        for arg, share in shares:
            if arg in arrived:
                arrived[arg] += share
                size[arg] += abs(share)
    return frozenset(leaf for leaf, x in arrived.items() if abs(known[leaf] - x) > 1e-9 * max(size[leaf], abs(x)))
