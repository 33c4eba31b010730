"""Sums of many terms, as one shows them: the largest few are written out, the others are one number."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograd.explanation import rules
from autograd.explanation.naming import Naming
from autograd.explanation.notation import TEXT, Name, Unknown
from autograd.value import Value

TERMS = 5
"""Sums of up to so many terms are written out; of longer ones the `LARGEST` terms, the rest in one."""

LARGEST = 3
LONG = 24
"""Definitions of sums with more terms than these show the `LARGEST` terms."""


class Uses:
    """Who uses each node of a graph, how much of its gradient comes that way, and which of these are written out.

    order    the nodes in topological order
    slopes   ∂root/∂node
    terms    of more uses than these only the `LARGEST` are written out
    """

    def __init__(
        self, order: Sequence[Value], slopes: Mapping[Any, float], naming: Naming, terms: int = TERMS
    ) -> None:
        self.terms = terms
        self.edges = _edges(order)
        self._slopes, self._naming = slopes, naming
        self._chosen: dict[Any, set[Any]] = {}
        self._amounts: dict[Any, Sequence[float]] = {}

    def of(self, node: Value) -> list[tuple[Value, int]]:
        """Who uses a node, and in which place; neurons in their order, whatever order they were computed in."""
        edges = self.edges.get(node, [])
        if node in self._naming.samples and all(self._naming.delta(user) for user, _ in edges):
            return sorted(edges, key=lambda edge: int(self._naming.delta(edge[0])))
        return edges

    def amount(self, edge: tuple[Value, int]) -> float:
        """The share of a node's gradient that comes by one use of it."""
        user, place = edge
        assert user.op is not None
        y, *xs = user.primals
        g = self._slopes[user]
        if user.op.pullbacks:
            return float(user.op.pullbacks[place](g, y, *xs))
        if user not in self._amounts:  # one rule returns them all
            self._amounts[user] = user.op.cotangents(g, y, xs)
        return float(self._amounts[user][place])

    def shown(self, node: Value) -> list[tuple[Value, int]]:
        """The edges that are written out: of a long sum the largest, what comes from samples counted by itself."""
        edges = self.of(node)
        samples = {} if node in self._naming.samples else self._naming.samples
        inside = [edge for edge in edges if edge[0] in samples]
        outside = [edge for edge in edges if edge[0] not in samples]
        parts = [part if len(part) <= self.terms else self._largest(node, part) for part in (inside, outside)]
        return [edge for part in parts for edge in part]

    def _largest(self, node: Value, edges: Sequence[tuple[Value, int]]) -> list[tuple[Value, int]]:
        """The edges with the largest shares; of one layer, or of the samples, always the same ones."""
        samples = {self._naming.samples.get(user) for user, _ in edges}
        across = len(samples) > 1
        keys = {edge: self._naming.samples.get(edge[0]) if across else self._naming.delta(edge[0]) for edge in edges}
        kind = "samples" if across else min(map(str, keys.values()))
        if not all(keys.values()) or len(set(keys.values())) != len(edges):
            return sorted(sorted(edges, key=lambda edge: -abs(self.amount(edge)))[:LARGEST], key=edges.index)
        if kind not in self._chosen:
            ranked = sorted(edges, key=lambda edge: -abs(self.amount(edge)))
            self._chosen[kind] = {keys[edge] for edge in ranked[:LARGEST]}
        return [edge for edge in edges if keys[edge] in self._chosen[kind]]


def shortened(name: str, args: Sequence[Any]) -> Any:
    """The larger terms of a sum of very many, and the others in one; None for anything else."""
    n = len(args) // 2
    terms: list[Any] = list(args) if name == "sum_of" else []
    if name == "weighted_sum":
        terms = [*(w * x for w, x in zip(args[:n], args[n : 2 * n], strict=True)), *args[2 * n :]]
    if len(terms) <= LONG:
        return None
    sizes = [rules.amount(term) for term in terms]
    largest = sorted(range(len(terms)), key=lambda i: -abs(sizes[i]))[:LARGEST]
    others = math.fsum(size for i, size in enumerate(sizes) if i not in largest)
    return added([*(terms[i] for i in sorted(largest)), others_as_one(len(terms) - LARGEST, others)])


def added(terms: Sequence[Any]) -> Any:
    """The sum from left to right; what stands there several times is written once, as 2·x."""
    counts: dict[str, list[Any]] = {}
    for term in terms:
        counts.setdefault(TEXT.write(term), []).append(term)
    result: Any = 0.0
    for same in counts.values():
        term = same[0] if len(same) == 1 else float(len(same)) * same[0]
        result = term if type(result) is float and result == 0.0 else result + term
    return result


def others_as_one(count: int, number: float) -> Unknown:
    """So many terms that are not shown, as one."""
    return Unknown(Name(f"⟨{count:,} more⟩", rf"\langle {count:,}\ \mathrm{{more}} \rangle"), number)


def _edges(order: Sequence[Value]) -> dict[Any, list[tuple[Value, int]]]:
    """By node, who uses it and in which place."""
    found: dict[Any, list[tuple[Value, int]]] = {}
    for node in order:
        for place, arg in enumerate(node.args):
            if type(arg) is not float:
                found.setdefault(arg, []).append((node, place))
    return found
