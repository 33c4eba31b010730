"""How near two derivations are, in units in the last place, and which textbook forms that allows."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from autograd.graph import topological_order
from autograd.value import Value

CLOSE = 3
"""Units in the last place that textbook forms may move a number; to round otherwise than the engine is one more."""

SPELLED_OUT = 7
"""The same where sigmoid or tanh is written out in other operations, which themselves round by about as much."""

FAR = 1000
"""The same in layers of thousands of weights, where sums are large: e^z then has the digits that z has left."""

LONG = 8
"""A sum of more samples than this for each of these units rounds by more, whatever the forms."""


def magnitudes(loss: Value) -> dict[Value, float]:
    """For every node the sum of |shares| that its gradient is made of: what rounding in a sum is measured by."""
    order = topological_order(loss)
    found: dict[Any, float] = dict.fromkeys(order, 0.0)
    found[loss] = 1.0
    for node in reversed(order):
        if node.op is not None and found[node]:
            y, *xs = node.primals
            for arg, share in node.op.shares(found[node], y, xs, node.args):
                found[arg] += abs(share)
    return found


def ulps(mine: float, right: float, magnitude: float) -> float:
    """How far a number is from the right one, in units in the last place of a magnitude."""
    return abs(mine - right) / math.ulp(max(abs(right), magnitude))


def pairs(numbers: Any, nodes: Any) -> Iterator[tuple[float, Any]]:
    """Each number of nested lists with its node."""
    if not isinstance(nodes, list):
        yield numbers, nodes
        return
    for part, inner in zip(numbers, nodes, strict=True):
        yield from pairs(part, inner)


def worst(namespace: Mapping[str, Any], nodes: Mapping[str, Any], right: Mapping[Any, float], sizes: Any) -> float:
    """The largest distance of the gradients in a namespace, by name, from those of nodes."""
    return max(
        ulps(x, right[node], sizes[node]) for name, of in nodes.items() for x, node in pairs(namespace[name], of)
    )
