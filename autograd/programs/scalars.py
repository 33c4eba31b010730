"""A loss that was traced in whole arrays, written out number by number: the graph of a `Value`, as plain data."""

import string
from typing import Any

import numpy as np

from autograd import ops
from autograd.programs.bench import Bench
from autograd.programs.operations import Einsum, Gather, Join, Scatter, Sum
from autograd.programs.replay import before
from autograd.programs.traced import Elementwise, Node

LARGEST = 200_000
"""Numbers that are written out at most."""


class Scalars:
    """The numbers of a graph one by one: `nodes` as [operation, arguments, label], an argument a place or a literal."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.places: dict[Node, Any] = {}

    def add(self, name: str | None, args: list[Any], label: str = "") -> int:
        """The place of a new number."""
        if len(self.nodes) >= LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} numbers")
        self.nodes.append([name, args, label])
        return len(self.nodes) - 1

    def leaves(self, node: Node, label: str) -> Any:
        """Numbers that come from nowhere: those without a name are literals."""
        data = np.asarray(node.data, dtype=float)
        found = np.empty(data.shape, dtype=object)
        for index in np.ndindex(data.shape):
            number = float(data[index])
            name = f"{label}[{', '.join(map(str, index))}]" if label and index else label
            found[index] = self.add(None, [number], name) if label else number
        return found

    def computed(self, node: Node, label: str) -> Any:
        """The numbers of a node whose operands are there."""
        xs = [self.places[arg] for arg in node.args]
        op = node.op
        if isinstance(op, Elementwise):
            parts = np.broadcast_arrays(*xs)
            found = np.empty(parts[0].shape, dtype=object)
            for index in np.ndindex(found.shape):
                found[index] = self._row(op, [part[index] for part in parts], label, index)
            return found
        if isinstance(op, Gather):
            return xs[0].reshape(-1)[np.asarray(op.where)]
        if isinstance(op, Scatter):
            found = xs[0].copy()
            found.reshape(-1)[np.asarray(op.where).ravel()] = np.broadcast_to(xs[1], np.shape(op.where)).ravel()
            return found
        if isinstance(op, Join):
            return np.concatenate([np.ravel(x) for x in xs])
        if isinstance(op, Sum):
            return self._sums(xs[0], op, label)
        if isinstance(op, Einsum):
            return self._products(xs, op, label)
        raise ValueError(f"{op} has no form in single numbers")

    def _row(self, op: Elementwise, args: list[Any], label: str, index: tuple[int, ...]) -> Any:
        if all(type(arg) is float for arg in args):
            return float(op(*args))
        name = f"{label}[{', '.join(map(str, index))}]" if label and index else label
        if op.row not in ops.TABLE:
            raise ValueError(f"{op.row.name} is no operation of the table")
        return self.add(op.row.name, args, name)

    def _sums(self, x: Any, op: Sum, label: str) -> Any:
        axes = tuple(range(x.ndim)) if op.axis is None else tuple(np.atleast_1d(op.axis) % x.ndim)
        moved = np.moveaxis(x, axes, range(len(axes)))
        flat = moved.reshape(-1, *moved.shape[len(axes) :])
        found = np.empty(flat.shape[1:], dtype=object)
        for index in np.ndindex(found.shape):
            found[index] = self.add("sum_of", list(flat[(slice(None), *index)]), label)
        return np.expand_dims(found, axes) if op.keepdims else found

    def _products(self, xs: list[Any], op: Einsum, label: str) -> Any:
        inputs, output = op.letters.split("->")
        first, second = inputs.split(",") if "," in inputs else (inputs, "")
        if not second:
            raise ValueError(f"{op.letters} has no form in single numbers")
        a, b = xs
        shared = [letter for letter in string.ascii_letters if letter in first + second and letter not in output]
        sizes = dict(zip(first + second, (*a.shape, *b.shape), strict=True))
        found = np.empty([sizes[letter] for letter in output], dtype=object)
        for index in np.ndindex(found.shape):
            at = dict(zip(output, index, strict=True))
            left, right = [], []
            for inner in np.ndindex(*[sizes[letter] for letter in shared]):
                full = at | dict(zip(shared, inner, strict=True))
                left.append(a[tuple(full[letter] for letter in first)])
                right.append(b[tuple(full[letter] for letter in second)])
            name = f"{label}[{', '.join(map(str, index))}]" if label and index else label
            found[index] = self.add("weighted_sum", [*left, *right], name)
        return found


def written_out(bench: Bench, names: dict[Node, str]) -> dict[str, Any]:
    """{"nodes": ..., "out": place}: the loss of a step, with the names of the program; else a ValueError."""
    made = Scalars()
    terms = [t.node for t in bench.step.terms] + [t.target for t in bench.step.terms if t.target is not None]
    for node in before(terms, bench.cut, bench.since):
        leaf = node.op is None or node in bench.cut or node.time <= bench.since
        label = names.get(node, "")
        made.places[node] = made.leaves(node, label) if leaf else made.computed(node, label)
    parts: list[Any] = []
    for term in bench.step.terms:
        for index in np.ndindex(term.node.shape):
            a = made.places[term.node][index]
            if term.kind is None or term.target is None:
                parts.append(a)
                continue
            t = np.broadcast_to(made.places[term.target], term.node.shape)[index]
            parts.append(_implied(made, term.kind.name, a, t))
    out = parts[0] if len(parts) == 1 and type(parts[0]) is int else made.add("sum_of", parts, "L")
    return {"nodes": made.nodes, "out": out}


def _implied(made: Scalars, kind: str, a: Any, t: Any) -> int:
    """A standard loss of one prediction and its target."""
    if kind == "binary cross-entropy":
        return made.add("binary_cross_entropy", [a, t])
    if kind == "cross-entropy":
        return made.add("mul", [made.add("neg", [t]) if type(t) is int else -t, made.add("log", [a])])
    difference = made.add("sub", [a, t])
    return made.add("mul", [0.5, made.add("mul", [difference, difference])])
