"""The network that a graph is, found in the graph itself: neurons, layers, samples, activations, the mean of the loss.

A weighted sum of leaves (weights, perhaps a bias) and inputs is a neuron's z, whether it is one
node or products added up. What leads from it to the inputs of the next is its activation.
Occurrences that share their weights are the samples of a batch.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from autograd.graph import topological_order
from autograd.names import canonical
from autograd.ops import sigmoid, tanh
from autograd.primitive import Primitive
from autograd.value import Value

UNARY = frozenset({"sigmoid", "tanh", "relu", "leaky_relu", "softplus", "identity"})


class Unit(NamedTuple):
    """One neuron in one sample.

    weights  the leaves, in the order of the inputs
    bias     a leaf, or None
    inputs   nodes or plain numbers
    z        the weighted sum
    h        what the activation makes of it; z itself where there is none
    """

    weights: tuple[Value, ...]
    bias: Value | None
    inputs: tuple[Any, ...]
    z: Value
    h: Value


class Activation:
    """The function from a z to its h, read off the nodes between them."""

    def __init__(self, z: Value, h: Value) -> None:
        self._z, self._h, self._order = z, h, _between(z, h)
        self.operations = frozenset(node.op.name for node in self._order if node.op)
        alone = h.op.name if len(self._order) == 1 and h.op else "activation"
        self.name = "identity" if h is z else next((f.name for f in (sigmoid, tanh) if self._is(f)), alone)

    def value(self, x: float) -> float:
        """f(x)."""
        return self._at(x)[0]

    def slope(self, x: float, rules: Mapping[str, Callable[[float, float], float]] = {}) -> float:
        """f'(x); with other slopes than the right ones, of (x, y), for operations of one argument by name."""
        return self._at(x, rules)[1]

    def _is(self, f: Primitive) -> bool:
        return all(math.isclose(self.value(x), f.function(x), rel_tol=1e-14) for x in (-1.25, 0.375, 0.75))

    def _at(self, x: float, rules: Mapping[str, Callable[[float, float], float]] = {}) -> tuple[float, float]:
        found: dict[Any, tuple[float, float]] = {self._z: (x, 1.0)}
        for node in self._order:
            assert node.op is not None
            parts = [(arg, 0.0) if type(arg) is float else found.get(arg, (arg.data, 0.0)) for arg in node.args]
            xs = [number for number, _ in parts]
            y = node.op.evaluate(xs)
            rule = rules.get(node.op.name)
            slopes = [rule(xs[0], y)] if rule else node.op.cotangents(1.0, y, xs)
            found[node] = y, sum(slope * t for slope, (_, t) in zip(slopes, parts, strict=True) if t)
        return found[self._h]


class Network(NamedTuple):
    """A fully connected network behind a loss.

    layers       by layer, by sample, the units
    activations  by layer
    terms        how many terms the loss is the mean of; 1 for a sum or a single term
    square       whether the loss takes squares
    """

    layers: list[list[list[Unit]]]
    activations: list[Activation]
    terms: int
    square: bool

    @property
    def samples(self) -> int:
        """How many there are."""
        return len(self.layers[0])

    def matrices(self) -> dict[str, list[Any]]:
        """W1 b1 W2 b2 ...: lists of the parameters, one row of weights per neuron."""
        found: dict[str, list[Any]] = {}
        for number, layer in enumerate(self.layers, start=1):
            found[f"W{number}"] = [list(unit.weights) for unit in layer[0]]
            if all(unit.bias is not None for unit in layer[0]):
                found[f"b{number}"] = [unit.bias for unit in layer[0]]
        return found

    def signals(self) -> dict[str, tuple[list[list[Value]], str]]:
        """Z1 H1 A1 delta1 ... of whole layers, one row per sample: the nodes, and "value" or "gradient"."""
        found: dict[str, tuple[list[list[Value]], str]] = {}
        for number, layer in enumerate(self.layers, start=1):
            zs, hs = [[unit.z for unit in row] for row in layer], [[unit.h for unit in row] for row in layer]
            for name, nodes in (("Z", zs), ("H", hs), ("A", hs)):
                found[f"{name}{number}"] = nodes, "value"
                found[f"d{name}{number}"] = nodes, "gradient"
            found[f"δ{number}"] = zs, "gradient"
        return found

    def across(self) -> dict[Value, tuple[Value, ...]]:
        """By node of one sample, what it is in all of them: z and h of every unit, and inputs that are nodes."""
        columns = [
            column
            for layer in self.layers
            for units in zip(*layer, strict=True)
            for column in ([unit.z for unit in units], [unit.h for unit in units])
        ]
        columns += map(list, zip(*(row[0].inputs for row in self.layers[0]), strict=True))
        whole = [tuple(column) for column in columns if len(set(column)) == self.samples > 1]
        return {node: column for column in whole if all(type(x) is not float for x in column) for node in column}

    def sample_of(self) -> dict[Value, int]:
        """By node of one sample, which of them it is, counted from 0."""
        return {node: s for column in self.across().values() for s, node in enumerate(column)}


def find_network(loss: Value) -> Network | None:
    """The network in the graph of a loss; None where it is not one of full layers."""
    order = topological_order(loss)
    sums = _weighted_sums(order)
    near = _nearest(order, sums)
    occurrences: dict[tuple[Any, ...], list[Value]] = {}
    for z, (weights, bias, _) in sums.items():
        occurrences.setdefault((weights, bias), []).append(z)
    counts = {len(found) for found in occurrences.values()}
    used = {unit for z in sums for arg in sums[z][2] if type(arg) is not float for unit in near[arg]}
    tops = [found for found in occurrences.values() if used.isdisjoint(found)]
    if len(counts) != 1 or not tops:
        return None
    if all(re.search(r"\d+$", canonical(found[0].label)) for found in tops):  # a loss may take them in any order
        tops.sort(key=lambda found: int(re.findall(r"\d+$", canonical(found[0].label))[0]))
    rows = [list(row) for row in zip(*tops, strict=True)]  # by sample, the output neurons
    layers: list[list[list[Unit]]] = []
    while rows:
        below = [_below(row, sums, near) for row in rows]
        if any(row is None for row in below):
            return None
        layers.insert(0, [[_unit(z, sums, order) for z in row] for row in rows])
        rows = [row for row in below if row]
        if rows and len(rows) != len(below):
            return None
    if sum(len(row) for layer in layers for row in layer) != len(sums):
        return None
    return _complete(layers, order, near)


def _complete(layers: list[list[list[Unit]]], order: Sequence[Value], near: Mapping[Any, Any]) -> Network | None:
    """The network with its activations; None where units of one layer are not alike."""
    for lower, upper in pairwise(layers):
        for number, (below, row) in enumerate(zip(lower, upper, strict=True)):
            lower[number] = [unit._replace(h=h) for unit, h in zip(below, row[0].inputs, strict=True)]
    users = _users(order)
    layers[-1] = [[unit._replace(h=_output(unit.z, users, near)) for unit in row] for row in layers[-1]]
    activations = [Activation(layer[0][0].z, layer[0][0].h) for layer in layers]
    for layer, f in zip(layers, activations, strict=True):
        for unit in layer[0][1:]:
            if Activation(unit.z, unit.h).name != f.name:
                return None
    square = any(
        node.op and (node.op.name == "power" or (node.op.name == "mul" and node.args[0] is node.args[1]))
        for node in order
    )
    return Network(layers, activations, _count(order, near), square)


def _weighted_sums(order: Sequence[Value]) -> dict[Value, tuple[tuple[Value, ...], Value | None, tuple[Any, ...]]]:
    """The nodes that are a neuron's z, each with its weights, bias and inputs."""
    inner = {arg for node in order if node.op and node.op.name == "add" for arg in node.args if type(arg) is not float}
    shared: dict[Any, int] = {}
    for node in order:
        for arg in node.args:
            shared[arg] = shared.get(arg, 0) + 1
    found: dict[Value, tuple[tuple[Value, ...], Value | None, tuple[Any, ...]]] = {}
    for node in order:
        if node.op is None:
            continue
        if node.op.name == "weighted_sum":
            n = len(node.args) // 2
            pairs, rest = list(zip(node.args[:n], node.args[n : 2 * n], strict=True)), list(node.args[2 * n :])
        elif node.op.name == "add" and node not in inner:
            terms = list(_terms(node))
            pairs = [term.args for term in terms if type(term) is not float and term.op and term.op.name == "mul"]
            rest = [term for term in terms if type(term) is float or not term.op or term.op.name != "mul"]
            if whole := _without_bias(terms, shared):  # x @ w + b, as arrays have it
                n, rest = len(whole.args) // 2, [term for term in terms if term is not whole]
                pairs = list(zip(whole.args[:n], whole.args[n:], strict=True))
                found.pop(whole, None)
        else:
            continue
        if not pairs or len(rest) > 1 or (rest and not _is_leaf(rest[0])):
            continue
        ordered = _weights_first(pairs, shared)
        if ordered is not None:
            weights, inputs = zip(*ordered, strict=True)
            found[node] = weights, rest[0] if rest else None, inputs
    return found


def _without_bias(terms: Sequence[Any], shared: Mapping[Any, int]) -> Value | None:
    """The weighted sum to which one leaf, its bias, is added, and which is used for nothing else."""
    whole = [term for term in terms if type(term) is not float and term.op and term.op.name == "weighted_sum"]
    if len(terms) != 2 or len(whole) != 1 or not any(map(_is_leaf, terms)):
        return None
    return whole[0] if shared[whole[0]] == 1 and len(whole[0].args) % 2 == 0 else None


def _terms(node: Any) -> Iterator[Any]:
    """The terms of a sum of sums, from left to right."""
    stack = [node]
    while stack:
        term = stack.pop()
        if type(term) is not float and term.op is not None and term.op.name == "add":
            stack += reversed(term.args)
        else:
            yield term


def _is_leaf(node: Any) -> bool:
    return type(node) is not float and node.op is None


def _weights_first(pairs: Sequence[Any], shared: Mapping[Any, int]) -> list[tuple[Any, Any]] | None:
    """(weight, input) for every product; None where neither factor is a leaf, or both are one."""
    ordered = []
    for a, b in pairs:
        if a is b or not (_is_leaf(a) or _is_leaf(b)):
            return None
        first = _is_leaf(a) and not (_is_leaf(b) and a.label[:1] not in ("w", "W") and b.label[:1] in ("w", "W"))
        ordered.append((a, b) if first else (b, a))
    return ordered


def _nearest(order: Sequence[Value], sums: Mapping[Value, Any]) -> dict[Any, frozenset[Any]]:
    """By node, the weighted sums that it depends on without others between."""
    found: dict[Any, frozenset[Any]] = {}
    for node in order:
        parts = {found[arg] for arg in node.args if type(arg) is not float}
        union = next(iter(parts)) if len(parts) == 1 else frozenset().union(*parts)
        found[node] = frozenset([node]) if node in sums else union
    return found


def _below(row: Sequence[Value], sums: Mapping[Value, Any], near: Mapping[Any, frozenset[Any]]) -> list[Value] | None:
    """The weighted sums of the layer under one row of units; [] for the inputs, None where these are mixed."""
    inputs = sums[row[0]][2]
    if any(
        len(sums[z][2]) != len(inputs) or any(a is not b and a != b for a, b in zip(sums[z][2], inputs, strict=True))
        for z in row
    ):
        return None
    under = [frozenset() if type(arg) is float else near[arg] for arg in inputs]
    if not any(under):
        return []
    flat = [z for found in under for z in found]
    return flat if all(len(found) == 1 for found in under) and len(set(flat)) == len(flat) else None


def _unit(z: Value, sums: Mapping[Value, Any], order: Sequence[Value]) -> Unit:
    weights, bias, inputs = sums[z]
    return Unit(weights, bias, inputs, z, z)


def _between(z: Value, h: Value) -> list[Value]:
    """The nodes that lead from z to h, in order, h included."""
    if h is z:
        return []
    return [node for node in topological_order_above(h, z) if node.op is not None]


def topological_order_above(output: Any, bottom: Any) -> list[Any]:
    """The nodes of a graph down to `bottom`, which is left out, each after its arguments."""
    order: list[Any] = []
    seen, stack = {bottom}, [output]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            stack += (node, None, *(arg for arg in reversed(node.args) if type(arg) is not float and arg not in seen))
    return order


def _users(order: Sequence[Value]) -> dict[Any, list[Value]]:
    found: dict[Any, list[Value]] = {}
    for node in order:
        for arg in dict.fromkeys(arg for arg in node.args if type(arg) is not float):
            found.setdefault(arg, []).append(node)
    return found


def _output(z: Value, users: Mapping[Any, list[Value]], near: Mapping[Any, Any]) -> Value:
    """The output that is made of an output neuron's z: labelled ŷ, or a known activation, or σ or tanh written out."""
    node = z
    for _ in range(8):
        above = users.get(node, [])
        if len(above) != 1 or near[above[0]] != {z}:
            break
        node = above[0]
        if canonical(node.label).startswith("ŷ") or (node.op and node.op.name in UNARY and node.args[0] is z):
            return node
        if any(math.isclose(node.data, f.function(z.data), rel_tol=1e-14) for f in (sigmoid, tanh) if node.data):
            return node
    return z


def _count(order: Sequence[Value], near: Mapping[Any, Any]) -> int:
    """How many terms the loss is the mean of: the whole number that a sum is divided by."""
    for node in reversed(order):
        if node.op and node.op.name in ("div", "mul"):
            for factor, terms in (node.args, node.args[::-1]):
                if type(factor) is not float or type(terms) is float or not terms.op or not near[terms]:
                    continue
                number = factor if node.op.name == "div" else 1.0 / factor if factor else 0.0
                if terms.op.name in ("sum_of", "add") and number > 1.5 and abs(number - round(number)) < 1e-9:
                    return round(number)
    return 1
