"""Finds the network in a graph: its weighted sums are neurons, how these feed one another makes samples and layers."""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from autograd.graph import topological_order
from autograd.names import canonical
from autograd.network.layers import Network, users
from autograd.network.sums import Sum, weighted_sums
from autograd.network.units import Unit
from autograd.ops import sigmoid, tanh
from autograd.value import Value

ACTIVATIONS = frozenset({"sigmoid", "tanh", "relu", "leaky_relu", "softplus", "identity"})
"""What makes an output of a z, where it is no loss; others do where the result is called ŷ."""

REACH = 8
"""From z to an output there are no more nodes than these."""

_OUTPUT = re.compile(r"ŷ.*|[hHaA]\d+")

Nearest = Mapping[Any, frozenset[Value]]


def find_network(loss: Value) -> Network | None:
    """The network in the graph of a loss; None where it is not one of full layers."""
    network = network_of(loss)
    return network if network is not None and network.full else None


def network_of(root: Value, order: Sequence[Value] | None = None) -> Network | None:
    """Whatever neurons a value was computed with, in layers; None where there are none."""
    order = topological_order(root) if order is None else order
    sums = weighted_sums(order)
    if not sums:
        return None
    near = _nearest(order, sums)
    height = _heights(order, sums)
    samples = _samples(sums, near)
    above = users(order)
    layers: list[list[list[Unit]]] = [[] for _ in range(max(height.values()))]
    for zs in samples:
        given = _given_on(zs, sums, near)
        rows = _rows(zs, height, sums, near, len(layers))
        for layer, row in zip(layers, rows, strict=True):
            layer.append([_unit(z, sums[z], given.get(z) or _output(z, above, near)) for z in row])
    return Network(layers, order, near)


def _unit(z: Value, found: Sum, h: Value) -> Unit:
    return Unit(found.weights, found.bias, found.inputs, z, h, found.constant)


def _nearest(order: Sequence[Value], sums: Mapping[Value, Sum]) -> Nearest:
    """By node, the weighted sums that it depends on without others between."""
    found: dict[Any, frozenset[Value]] = {}
    for node in order:
        parts = {found[arg] for arg in node.args if type(arg) is not float}
        union = next(iter(parts)) if len(parts) == 1 else frozenset().union(*parts)
        found[node] = frozenset([node]) if node in sums else union
    return found


def _heights(order: Sequence[Value], sums: Mapping[Value, Sum]) -> dict[Value, int]:
    """By z, how many neurons lie on the longest way from the inputs to it, itself included."""
    found: dict[Value, int] = {}
    for node in order:
        below = max((found[arg] for arg in node.args if type(arg) is not float), default=0)
        found[node] = below + 1 if node in sums else below
    return {z: found[z] for z in sums}


# ---------------------------------------------------------------- samples


def _samples(sums: Mapping[Value, Sum], near: Nearest) -> list[list[Value]]:
    """The z by sample: those that feed one another; of neurons that nothing joins the first of each, and so on."""
    groups = _joined(sums, near)
    alike: dict[frozenset[Any], list[list[Value]]] = {}
    for group in groups:
        alike.setdefault(frozenset((sums[z].weights, sums[z].bias) for z in group), []).append(group)
    return [[z for group in groups if group for z in group] for groups in zip_longest(*alike.values())]


def _joined(sums: Mapping[Value, Sum], near: Nearest) -> list[list[Value]]:
    """The z in groups that share what was computed with neurons, in topological order."""
    fed = {z for found in sums.values() for x in found.inputs if type(x) is not float for z in near[x]}
    parent: list[int] = []
    group: dict[Any, int] = {}
    for top in (z for z in sums if z not in fed):
        number = len(parent)
        parent.append(number)
        stack: list[Any] = [top]
        while stack:
            node = stack.pop()
            if node not in group:
                group[node] = number
                stack += [arg for arg in node.args if type(arg) is not float and near[arg]]
            elif (other := _root(parent, group[node])) != (mine := _root(parent, number)):
                parent[max(mine, other)] = min(mine, other)
    found: dict[int, list[Value]] = {}
    for z in sums:
        found.setdefault(_root(parent, group[z]), []).append(z)
    return list(found.values())


def _root(parent: list[int], number: int) -> int:
    """The group that a group was joined to."""
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


# ---------------------------------------------------------------- layers


def _given_on(zs: Sequence[Value], sums: Mapping[Value, Sum], near: Nearest) -> dict[Value, Value]:
    """By z, the h that other neurons have as their input: a node computed from this z alone."""
    found: dict[Value, Value] = {}
    for upper in zs:
        for x in sums[upper].inputs:
            if type(x) is not float and len(near[x]) == 1:
                found.setdefault(next(iter(near[x])), x)
    return found


def _rows(
    zs: Sequence[Value], height: Mapping[Value, int], sums: Mapping[Value, Sum], near: Nearest, count: int
) -> list[list[Value]]:
    """The z of one sample by layer, in the order in which the layer above takes them; outputs by their numbers."""
    rows: list[dict[Value, None]] = [{} for _ in range(count)]
    computed: list[list[Value]] = [[] for _ in range(count)]
    for z in zs:
        computed[height[z] - 1].append(z)
    for place in reversed(range(count)):
        rows[place].update(dict.fromkeys(_numbered(computed[place]) if not rows[place] else computed[place]))
        for z in rows[place]:
            for x in sums[z].inputs:
                under = near[x] if type(x) is not float else ()
                if len(under) == 1:
                    below = next(iter(under))
                    rows[height[below] - 1].setdefault(below)
    return [list(row) for row in rows]


def _numbered(zs: list[Value]) -> list[Value]:
    """Outputs in the order of the numbers in their labels, as a loss may take them in any; else as they come."""
    numbers = [re.findall(r"\d+$", canonical(z.label)) for z in zs]
    return sorted(zs, key=lambda z: int(re.findall(r"\d+$", canonical(z.label))[0])) if all(numbers) else zs


def _output(z: Value, above: Mapping[Any, Sequence[Value]], near: Nearest) -> Value:
    """What is made of a z that feeds no neuron: called ŷ or h, or a known activation, or σ or tanh written out."""
    node = z
    for _ in range(REACH):
        next_ones = above.get(node, [])
        if len(next_ones) != 1 or near[next_ones[0]] != {z}:
            break
        node = next_ones[0]
        if _OUTPUT.fullmatch(canonical(node.label)) or (node.op and node.op.name in ACTIVATIONS and node.args[0] is z):
            return node
        if any(math.isclose(node.data, f.function(z.data), rel_tol=1e-14) for f in (sigmoid, tanh) if node.data):
            return node
    return z
