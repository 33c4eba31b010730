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
    found: dict[Node, None] = {}  # in the order in which they are come by, for those of one time
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node not in found:
            found[node] = None
            if node.time > since and node not in cut:
                stack += node.args
    return sorted(found, key=attrgetter("time"))  # operands are older


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
