"""Gradients of what was traced, and the same computed once more with other numbers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from autograd.graph import cotangents
from autograd.programs.traced import Node, Numbers


def before(outputs: Iterable[Node], cut: Collection[Node] = (), since: float = -1) -> list[Node]:
    """Every node that the outputs depend on, each after its operands, else in the order of computation.

    Nothing is looked for behind the nodes of `cut`, nor behind those that are no younger than `since`.
    """
    found: set[Node] = set()
    stack = list(outputs)
    told = True  # by the times, what is an operand of what
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            if node.time > since and node not in cut:
                stack += node.args
                told = told and all(arg.time < node.time for arg in node.args)
    order = sorted(found, key=attrgetter("time"))
    return order if told else _sorted(order, cut, since)


def _sorted(nodes: Sequence[Node], cut: Collection[Node], since: float) -> list[Node]:
    """The nodes, each after its operands: of those that were made outside of a trace, times do not tell."""
    order: list[Node] = []
    placed: set[int] = set()
    stack = list(reversed(nodes))
    while stack:
        node = stack[-1]
        inner = node.time > since and node not in cut
        missing = [arg for arg in node.args if id(arg) not in placed] if inner and id(node) not in placed else []
        if missing:
            stack += missing
            continue
        stack.pop()
        if id(node) not in placed:
            placed.add(id(node))
            order.append(node)
    return order


def numbers_of(node: Node) -> list[Numbers]:
    """(y, *xs), what the rules are evaluated at."""
    return [node.data, *(arg.data for arg in node.args)]


def gradients(
    output: Node, wrt: Collection[Node], *, cut: Collection[Node] = (), since: float = -1, seed: Numbers = 1.0,
    at: Mapping[Node, Numbers] | None = None,
) -> dict[Node, Numbers]:  # fmt: skip
    """∂output/∂node for every node on the way from `wrt` to the output; `cut` and `since` as for `before`.

    `at` gives the nodes other numbers than they were computed with, see `again`.
    """
    point: Any = numbers_of if at is None else lambda node: [at[node], *(at.get(arg, 0.0) for arg in node.args)]
    with np.errstate(all="ignore"):
        order = before([output], cut, since)
        ends = {node for node in order if node in cut or node.time <= since}
        return cotangents(output, {*wrt} & {*order}, seed=seed, point=point, order=order, ends=ends)


def again(
    outputs: Sequence[Node], instead: Mapping[Node, Numbers] = {}, *, cut: Collection[Node] = (), since: float = -1,
    kind: Any = None, known: Mapping[Node, Numbers] = {},
) -> dict[Node, Numbers]:  # fmt: skip
    """The numbers of all that the outputs depend on, computed once more with other numbers for some nodes.

    Of what does not depend on these, the numbers stay (those of `known`, where they are there).
    `kind` is another type of float, such as `numpy.longdouble`: then everything is computed anew
    from the sources, `cut` and what is no younger than `since`.
    """
    found: dict[Node, Numbers] = {}
    changed: set[Node] = set()
    with np.errstate(all="ignore"):
        for node in before(outputs, cut, since):
            if node in instead:
                found[node] = instead[node]
                changed.add(node)
            elif node.op is None or node in cut or node.time <= since:
                found[node] = node.data if kind is None else _as(node.data, kind)
            elif not changed.isdisjoint(node.args):
                found[node] = node.op(*(found[arg] for arg in node.args))
                changed.add(node)
            elif node in known:
                found[node] = known[node]
            elif kind is not None:
                found[node] = node.op(*(found[arg] for arg in node.args))
            else:
                found[node] = node.data
    return found


def _as(x: Numbers, kind: Any) -> Numbers:
    return np.asarray(x).astype(kind)[()] if np.asarray(x).dtype.kind == "f" else x
