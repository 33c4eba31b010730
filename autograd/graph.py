"""The chain rule, once: sweeps over any graph whose nodes have `.op` and `.args`.

Nothing here recurses, so a chain of a million operations is as good as one of three. Arguments
that are plain floats are literals: they are not nodes and are not differentiated.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from autograd.primitive import Primitive


class Node(Protocol):
    """A result of `op` at `args`, or a leaf (`op` is None, `args` is empty)."""

    @property
    def op(self) -> Primitive | None:
        """The operation that made the node."""

    @property
    def args(self) -> tuple[Any, ...]:
        """Its operands in order: nodes and literal floats."""


Point = Callable[[Any], Sequence[Any]]
"""From a node to `(y, *xs)`, what a rule is evaluated at."""


def itself(node: Any) -> Sequence[Any]:
    """`(y, *xs)` as the node and its arguments: sweeps then yield expressions."""
    return (node, *node.args)


def as_evaluated(node: Any) -> Sequence[Any]:
    """`(y, *xs)` as the numbers that the node was computed from: sweeps then yield floats."""
    return node.primals  # type: ignore[no-any-return]


def topological_order(*outputs: Any) -> list[Any]:
    """Every node that the outputs depend on, each after its arguments; leaves included.

    The order depends on the graph alone: depth first, first argument first.
    """
    order: list[Any] = []
    seen: set[Any] = set()
    stack: list[Any] = list(reversed(outputs))
    while stack:
        node = stack.pop()
        if node is None:  # the arguments of the node below are all placed
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            if node.args:
                stack += (node, None)
                stack += [arg for arg in reversed(node.args) if type(arg) is not float and arg not in seen]
            else:
                order.append(node)
    return order


def numbers(order: Sequence[Any]) -> dict[Any, float]:
    """The number of every node of a graph as it was evaluated, also of leaves changed since."""
    found: dict[Any, float] = {}
    for node in order:
        y, *xs = node.primals
        found[node] = float(y)
        found.update((arg, float(x)) for arg, x in zip(node.args, xs, strict=True) if type(arg) is not float)
    return found


def dependents(order: Sequence[Any], sources: Collection[Any]) -> set[Any]:
    """The nodes of a topological order that depend on one of the sources, and these themselves."""
    found = set(sources)
    for node in order:
        if not found.isdisjoint(node.args):
            found.add(node)
    return found


def cotangents(
    output: Any,
    wrt: Collection[Any] | None = None,
    *,
    seed: Any = 1.0,
    point: Point = itself,
    paper: bool = False,
    order: Sequence[Any] | None = None,
    ends: Collection[Any] = (),
) -> dict[Any, Any]:
    """d output / d node, by node: the reverse sweep, one pullback per edge.

    Nodes that no `wrt` influences are left out; without `wrt` every node has its entry. `point`
    says what the rules are evaluated at: the nodes themselves give the gradient as an expression
    of the same kind, so that it can be differentiated in turn. With `paper` the rules are those one
    writes by hand, which do for numbers that are not rounded. `order` is a topological order to go
    back through where the graph is known to end sooner than its leaves, `ends` those of its nodes
    that are taken for leaves.
    """
    order = topological_order(output) if order is None else order
    active = set(order) if wrt is None else dependents(order, wrt)
    found: dict[Any, Any] = {output: seed} if output in active else {}
    for node in reversed(order):
        if node.op is None or node not in found or node in ends:
            continue
        wanted = [arg if arg in active else 0.0 for arg in node.args]
        if active.isdisjoint(node.args):
            continue
        y, *xs = point(node)
        try:
            shares = (node.op.paper if paper else node.op).shares(found[node], y, xs, wanted)
        except (ValueError, ArithmeticError) as error:
            raise _no_slope(error, node, xs) from None
        for arg, share in shares:
            found[arg] = found[arg] + share if arg in found else share
    return found


def tangents(order: Sequence[Any], seeds: Mapping[Any, Any], *, point: Point = itself) -> dict[Any, Any]:
    """The derivative of every node along the seeds: the forward sweep over a topological order.

    A scalar pullback multiplies by the partial derivative, whichever way one goes, so the rules of
    the reverse sweep serve here too.
    """
    found = dict(seeds)
    for node in order:
        if node in found or node.op is None:
            continue
        moving = [arg if type(arg) is not float and arg in found else 0.0 for arg in node.args]
        y, *xs = point(node)
        try:
            if node.op.pullback is None:
                rules = zip(moving, node.op.pullbacks, strict=True)
                shares = [rule(found[arg], y, *xs) for arg, rule in rules if type(arg) is not float]
            else:
                shares = [slope * found[arg] for arg, slope in node.op.shares(1.0, y, xs, moving)]
        except (ValueError, ArithmeticError) as error:
            raise _no_slope(error, node, xs) from None
        if not shares:
            continue
        change = shares[0]
        for share in shares[1:]:
            change = change + share
        found[node] = change
    return found


def _no_slope(error: Exception, node: Any, xs: Sequence[Any]) -> Exception:
    """The error for a rule that has no value, with the operation and its operands, where these are known."""
    if not all(isinstance(x, float) or hasattr(type(x), "data") for x in xs):
        return error
    labels = [getattr(arg, "label", "") for arg in node.args]
    numbers = [x if isinstance(x, float) else x.data for x in xs]
    failure: Exception = node.op.failure(error, numbers, labels, "no derivative at ")
    return failure
