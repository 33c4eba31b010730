"""The paths along which a value reaches the result: how many there are, and the largest of them one by one.

The gradient is the sum over all paths of the product of the local derivatives along each. Their
number can grow exponentially, so it is counted by adding up along the graph, and the largest are
found best first, with a bound on what is still ahead, without looking at the others.
"""

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autograd.graph import as_evaluated
from autograd.value import Value


class Path(NamedTuple):
    """One path from a value up to the result: (who uses it, in which place) at every step, and its share.

    factors  the local derivatives along it in the same order; their product is the share
    """

    edges: tuple[tuple[Value, int], ...]
    factors: tuple[float, ...]
    share: float


Local = Mapping[Any, Sequence[tuple[Value, int, float]]]
"""By node: (who uses it, in which place, the derivative of the user by it)."""


def local_slopes(order: Sequence[Value], active: set[Any]) -> dict[Any, list[tuple[Value, int, float]]]:
    """The edges between active nodes with their local derivatives."""
    found: dict[Any, list[tuple[Value, int, float]]] = {}
    for node in order:
        if node.op is None or node not in active:
            continue
        places = [place for place, arg in enumerate(node.args) if type(arg) is not float and arg in active]
        y, *xs = as_evaluated(node)
        if node.op.pullbacks:
            slopes = [float(node.op.pullbacks[place](1.0, y, *xs)) for place in places]
        else:
            every = node.op.cotangents(1.0, y, xs)
            slopes = [float(every[place]) for place in places]
        for place, slope in zip(places, slopes, strict=True):
            found.setdefault(node.args[place], []).append((node, place, slope))
    return found


def count(root: Value, target: Value, order: Sequence[Value], local: Local) -> int:
    """How many paths lead from the root to the target."""
    ways: dict[Any, int] = {root: 1}
    for node in reversed(order):
        if node is not root and node in local:
            ways[node] = sum(ways.get(user, 0) for user, _, _ in local[node])
        if node is target:
            break
    return ways.get(target, 0)


def largest(root: Value, target: Value, order: Sequence[Value], local: Local) -> Iterator[Path]:
    """The paths from the root to the target, those with the largest share first."""
    bound: dict[Any, float] = {root: 1.0}  # the largest product on any path from the root to a node
    for node in reversed(order):
        if node is not root and node in local:
            sizes = [bound[user] * abs(slope) for user, _, slope in local[node] if user in bound]
            if sizes:
                bound[node] = max(sizes)
    tick = 0
    heap: list[tuple[float, int, Any, float, Any]] = [(-bound.get(target, 0.0), 0, target, 1.0, None)]
    while heap:
        _, _, node, product, trail = heapq.heappop(heap)
        if node is root:
            yield _path(trail)
            continue
        for user, place, slope in local.get(node, ()):
            if user in bound:
                tick += 1
                further = product * slope
                size = abs(further) * bound[user]
                heapq.heappush(heap, (-size, tick, user, further, (user, place, slope, trail)))


def _path(trail: Any) -> Path:
    edges: list[tuple[Value, int]] = []
    factors: list[float] = []
    while trail is not None:
        user, place, slope, trail = trail
        edges.append((user, place))  # from the root down, as the trail is unwound
        factors.append(slope)
    return Path(tuple(reversed(edges)), tuple(reversed(factors)), math.prod(reversed(factors)))
