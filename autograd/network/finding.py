"""Finds the network in a graph: its weighted sums are neurons, how these feed one another makes samples and layers."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, zip_longest
from typing import Any

from autograd.graph import topological_order
from autograd.names import canonical
from autograd.network.network import Network
from autograd.network.units import Unit
from autograd.network.weighted_sums import Sum, weighted_sums
from autograd.ops import sigmoid, tanh
from autograd.value import Value

ACTIVATIONS = frozenset({"sigmoid", "tanh", "relu", "leaky_relu", "softplus", "identity"})
"""What makes an output of a z, where it is no loss; others do where the result is called ŷ."""

REACH = 8
"""From z to an output there are no more nodes than these, one after the other."""

_NUMBER = re.compile(r"\d+$")
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
    height = _heights(sums, near)
    samples = _samples(sums, near)
    users = _users(order, sums)
    layers: list[list[list[Unit]]] = [[] for _ in range(max(height.values()))]
    for zs in samples:
        given = _given_on(zs, sums, near)
        rows = _rows(zs, height, sums, near, len(layers))
        for layer, row in zip(layers, rows, strict=True):
            layer.append([_unit(z, sums[z], given[z] if z in given else _output(z, users, near)) for z in row])
    return Network(layers, order, near, users)


def _unit(z: Value, found: Sum, h: Value) -> Unit:
    return Unit(found.weights, found.bias, found.inputs, z, h, found.constant)


def _nearest(order: Sequence[Value], sums: Mapping[Value, Sum]) -> Nearest:
    """By node, the weighted sums that it depends on without others between; two of them where it feeds none itself.

    A loss added up sample by sample would else keep all of them in each of its partial sums.
    """
    feeding: set[Any] = set()
    for node in reversed(order):
        if node in sums or node in feeding:
            feeding.update(sums[node].inputs if node in sums else node.args)
    found: dict[Any, frozenset[Value]] = {}
    for node in order:
        parts = {found[arg] for arg in node.args if type(arg) is not float}
        union = next(iter(parts)) if len(parts) == 1 else frozenset().union(*parts)
        found[node] = frozenset([node]) if node in sums else union if node in feeding else frozenset(islice(union, 2))
    return found


def _users(order: Sequence[Value], sums: Mapping[Value, Sum]) -> dict[Any, list[Value]]:
    """By node, the nodes that use it, each once; the z of neurons are left out."""
    found: dict[Any, list[Value]] = {}
    for node in order:
        if node not in sums:
            for arg in dict.fromkeys(node.args):
                if type(arg) is not float:
                    found.setdefault(arg, []).append(node)
    return found


# ---------------------------------------------------------------- samples


def _samples(sums: Mapping[Value, Sum], near: Nearest) -> list[list[Value]]:
    """The z by sample: those that feed one another; of neurons that nothing joins the first of each, and so on."""
    alike: dict[frozenset[Any], list[list[Value]]] = {}
    for group in _joined(sums, near):
        alike.setdefault(frozenset((sums[z].weights, sums[z].bias) for z in group), []).append(group)
    return [[z for group in groups if group for z in group] for groups in zip_longest(*alike.values())]


def _joined(sums: Mapping[Value, Sum], near: Nearest) -> list[list[Value]]:
    """The z in groups that feed one another, directly or through others; in topological order."""
    parent = {z: z for z in sums}
    under: dict[tuple[Any, ...], list[Value]] = {}  # the neurons of a layer have the same inputs
    for z, found in sums.items():
        if found.inputs not in under:
            below = _fed_by(found.inputs, near)
            for other in below:
                parent[_root(parent, other)] = _root(parent, below[0])
            under[found.inputs] = below[:1]
        for other in under[found.inputs]:
            parent[z] = _root(parent, other)
    groups: dict[Value, list[Value]] = {}
    for z in sums:
        groups.setdefault(_root(parent, z), []).append(z)
    return list(groups.values())


def _root(parent: dict[Value, Value], z: Value) -> Value:
    """The z that stands for the group of one."""
    while parent[z] is not z:
        parent[z] = parent[parent[z]]
        z = parent[z]
    return z


def _fed_by(inputs: Iterable[Any], near: Nearest) -> list[Value]:
    """The z of the neurons that some inputs depend on without others between."""
    return list(dict.fromkeys(z for x in inputs if type(x) is not float for z in near[x]))


# ---------------------------------------------------------------- layers


def _heights(sums: Mapping[Value, Sum], near: Nearest) -> dict[Value, int]:
    """By z, how many neurons lie on the longest way from the inputs to it, itself included."""
    found: dict[Value, int] = {}
    under: dict[tuple[Any, ...], int] = {}
    for z, of in sums.items():
        if of.inputs not in under:
            under[of.inputs] = max((found[below] for below in _fed_by(of.inputs, near)), default=0)
        found[z] = under[of.inputs] + 1
    return found


def _given_on(zs: Sequence[Value], sums: Mapping[Value, Sum], near: Nearest) -> dict[Value, Value]:
    """By z, the h that other neurons have as their input: a node computed from this z alone."""
    found: dict[Value, Value] = {}
    for x in _inputs(zs, sums):
        if len(near[x]) == 1:
            found.setdefault(next(iter(near[x])), x)
    return found


def _inputs(zs: Iterable[Value], sums: Mapping[Value, Sum]) -> list[Value]:
    """What some neurons take in, numbers aside, each once."""
    shared = dict.fromkeys(sums[z].inputs for z in zs)
    return list(dict.fromkeys(x for inputs in shared for x in inputs if type(x) is not float))


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
        for x in _inputs(rows[place], sums):
            if len(near[x]) == 1:
                below = next(iter(near[x]))
                rows[height[below] - 1].setdefault(below)
    return [list(row) for row in rows]


def _numbered(zs: list[Value]) -> list[Value]:
    """Outputs in the order of the numbers in their labels, as a loss may take them in any; else as they come."""
    numbers = [_NUMBER.search(canonical(z.label)) for z in zs]
    keys = {z: int(number[0]) for z, number in zip(zs, numbers, strict=True) if number}
    return sorted(zs, key=keys.__getitem__) if len(keys) == len(zs) else zs


def _output(z: Value, users: Mapping[Any, Sequence[Value]], near: Nearest) -> Value:
    """What is made of a z that feeds no neuron: called ŷ or h, or a known activation, or σ or tanh written out.

    All that the loss has of z goes through it.
    """
    seen = {z}
    for _ in range(REACH):
        front = {user for node in seen for user in users.get(node, ()) if user not in seen}
        if not front or any(near[node] != {z} for node in front):
            break
        if len(front) == 1 and _is_output(node := next(iter(front)), z):
            return node
        seen |= {node for node in front if all(arg in seen for arg in node.args if near.get(arg))}
    return z


def _is_output(node: Value, z: Value) -> bool:
    if _OUTPUT.fullmatch(canonical(node.label)) or (node.op and node.op.name in ACTIVATIONS and node.args[0] is z):
        return True
    return any(math.isclose(node.data, f.function(z.data), rel_tol=1e-14) for f in (sigmoid, tanh) if node.data)
