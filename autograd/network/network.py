"""The network that a graph is: layers of units in every sample, what joins them, and what the loss makes of them."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

from autograd.names.shown import output_name
from autograd.network.output_delta import Head, recognised
from autograd.network.units import Activation, Unit
from autograd.value import Value


class Network:
    """The neurons of a graph, wherever their weights are used.

    layers    by layer, by sample, the units; a layer is as far from the inputs as neurons lie between.
              A neuron that is used at several times of one sample, as in a recurrent network, is a unit in each
    order     the nodes of the graph, each after its operands; none for a model without data
    near      by node, the z of the units that it depends on without others between
    users     by node, the nodes that use it, save the z of neurons
    names     of a model without data, how the activation of each z is called
    """

    def __init__(
        self, layers: Sequence[Sequence[Sequence[Unit]]], order: Sequence[Value], near: Mapping[Any, frozenset[Any]],
        users: Mapping[Any, Sequence[Value]] = {}, names: Mapping[Value, str] = {},
    ) -> None:  # fmt: skip
        self.layers = [[list(row) for row in layer] for layer in layers]
        self.order, self._near, self.users, self._names = order, near, users, names
        self._heads: dict[tuple[int, int], Head | None] = {}

    @property
    def samples(self) -> int:
        """How many there are."""
        return len(self.layers[0])

    @property
    def has_data(self) -> bool:
        """Whether it was found in a graph, and not in a model."""
        return bool(self.order)

    def rows(self, sample: int = 0) -> list[list[Unit]]:
        """The layers of one sample."""
        return [layer[sample] for layer in self.layers if layer[sample]]

    @cached_property
    def activations(self) -> list[Activation]:
        """By layer, that of its first unit."""
        return [Activation(unit.z, unit.h) for layer in self.layers for unit in next(filter(None, layer))[:1]]

    def activation(self, unit: Unit) -> str:
        """How pictures show the activation of a unit."""
        return self._names[unit.z] if unit.z in self._names else Activation(unit.z, unit.h).sign

    @cached_property
    def units(self) -> dict[Value, Unit]:
        """By z, the unit."""
        return {unit.z: unit for layer in self.layers for row in layer for unit in row}

    def source(self, node: Any) -> Unit | None:
        """The unit that a node was computed from, if it is one, and nothing but this."""
        zs = self._near.get(node, ()) if type(node) is not float else ()
        return self.units[next(iter(zs))] if len(zs) == 1 else None

    @cached_property
    def outputs(self) -> list[list[Unit]]:
        """By sample, the units that no other depends on."""
        shared = {unit.inputs for unit in self.units.values()}  # by the neurons of a layer
        feeding = {z for inputs in shared for x in inputs if type(x) is not float for z in self._near[x]}
        return [
            [unit for row in self.rows(sample) for unit in row if unit.z not in feeding]
            for sample in range(self.samples)
        ]

    def named(self, sample: int = 0) -> list[tuple[Unit, str, str]]:
        """The units of a sample with the textbook's names of z and h: z1 h1 z2 h2 ..., and ŷ of the outputs."""
        outputs = self.outputs[sample]
        last = {unit.z for unit in outputs}
        units = [*(unit for row in self.rows(sample) for unit in row if unit.z not in last), *outputs]
        names = [f"h{i}" for i in range(1, len(units) - len(outputs) + 1)]
        names += [output_name(i, len(outputs)) for i in range(1, len(outputs) + 1)]
        return [(unit, f"z{i}", name) for i, (unit, name) in enumerate(zip(units, names, strict=True), start=1)]

    @cached_property
    def times(self) -> dict[Value, int]:
        """By z of a neuron that is used at several times of its sample, one after the other, which it is, from 1 on."""
        found: dict[Value, int] = {}
        for sample in range(self.samples):
            uses: dict[Any, dict[int, list[Value]]] = {}
            for number, row in enumerate(self.rows(sample)):
                for unit in row:
                    uses.setdefault(unit.neuron, {}).setdefault(number, []).append(unit.z)
            several = [used.values() for used in uses.values() if len(used) > 1]
            found |= {z: t for used in several for t, zs in enumerate(used, start=1) for z in zs}
        return found

    def members(self, sample: int = 0) -> dict[Value, Value]:
        """By node that is part of one neuron of a sample and no other, its z."""
        found: dict[Value, Value] = {}
        shared: set[Value] = set()
        for unit in (unit for row in self.rows(sample) for unit in row):
            stop, stack = {x for x in unit.inputs if type(x) is not float}, [unit.h]
            inside: dict[Value, None] = {}  # in an order that is the same every time
            while stack:
                node = stack.pop()
                if node not in inside and node not in stop:
                    inside[node] = None
                    stack += [arg for arg in node.args if type(arg) is not float]
            inside.update(dict.fromkeys(p for p in (*unit.weights, unit.bias) if p is not None))
            shared |= inside.keys() & found.keys()
            found |= dict.fromkeys(inside, unit.z)
        return {node: z for node, z in found.items() if node not in shared}

    # ---------------------------------------------------------------- full layers

    @cached_property
    def alike(self) -> bool:
        """Whether every sample has the same neurons in the same layers."""
        return all(
            [(unit.weights, unit.bias) for unit in row] == [(unit.weights, unit.bias) for unit in layer[0]]
            for layer in self.layers
            for row in layer
        )

    @cached_property
    def full(self) -> bool:
        """Whether each layer is fed by all of the one below and nothing else, alike in every sample."""
        first = self.rows()
        parameters = [p for row in first for unit in row for p in (*unit.weights, unit.bias) if p is not None]
        return (
            self.alike
            and len(set(parameters)) == len(parameters)
            and all(_whole(row) for layer in self.layers for row in layer)
            and not any(self._near.get(x) for x in first[0][0].inputs if type(x) is not float)
            and all(self._feeds(*rows) for layers in pairwise(self.layers) for rows in zip(*layers, strict=True))
            and all(
                Activation(unit.z, unit.h).name == f.name
                for row, f in zip(first, self.activations, strict=True)
                for unit in row[1:]
            )
        )

    def _feeds(self, lower: Sequence[Unit], upper: Sequence[Unit]) -> bool:
        inputs = upper[0].inputs
        return len(inputs) == len(lower) and all(
            x is unit.h and self._near[x] == {unit.z} for x, unit in zip(inputs, lower, strict=True)
        )

    @property
    def evident(self) -> bool:
        """Whether it is more than a lone sum of products that nobody calls a neuron."""
        rows = self.rows()
        if len(rows) > 1 or any(f.name != "identity" for f in self.activations):
            return True
        z = rows[0][0].z
        return bool(z.label) or (z.op is not None and z.op.name == "weighted_sum")

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
        """By node of one sample, what it is in all of them."""
        return {node: column for column in self._columns() for node in column}

    def sample_of(self) -> dict[Value, int]:
        """By node of one sample, which of them it is, counted from 0."""
        return {node: s for column in self._columns() for s, node in enumerate(column)}

    def _columns(self) -> list[tuple[Value, ...]]:
        """What is another node in every sample, by sample: z and h of every unit, and inputs that are nodes."""
        columns = [
            column
            for layer in self.layers
            for units in zip(*layer, strict=True)
            for column in (tuple(unit.z for unit in units), tuple(unit.h for unit in units))
        ]
        columns += zip(*(row[0].inputs for row in self.layers[0]), strict=True)
        whole = [column for column in columns if len(set(column)) == self.samples > 1]
        return [column for column in whole if all(type(x) is not float for x in column)]

    # ---------------------------------------------------------------- the loss

    @cached_property
    def loss(self) -> Value | None:
        """What the graph comes to, where that is not an output itself."""
        outputs = {unit.h for unit in self.outputs[0]}
        return self.order[-1] if self.order and self.order[-1] not in outputs else None

    def head(self, sample: int, place: int) -> Head | None:
        """The closed form of ∂L/∂z of an output, in which are prediction and target; None where it is none known."""
        if (sample, place) not in self._heads:
            row = self.outputs[sample]
            f = Activation(row[place].z, row[place].h)
            self._heads[sample, place] = recognised(row, place, f, self.users)
        return self._heads[sample, place]

    @cached_property
    def terms(self) -> int:
        """How many terms the loss is the mean of: the whole number that a sum is divided by; else 1."""
        for node in reversed(self.order):
            if node.op and node.op.name in ("div", "mul"):
                for factor, terms in (node.args, node.args[::-1]):
                    if type(factor) is not float or type(terms) is float or not terms.op or not self._near[terms]:
                        continue
                    number = factor if node.op.name == "div" else 1.0 / factor if factor else 0.0
                    if terms.op.name in ("sum_of", "add") and number > 1.5 and abs(number - round(number)) < 1e-9:
                        return round(number)
        return 1

    @cached_property
    def square(self) -> bool:
        """Whether the loss takes squares."""
        return any(
            node.op and (node.op.name == "power" or (node.op.name == "mul" and node.args[0] is node.args[1]))
            for node in self.order
        )


def _whole(row: Sequence[Unit]) -> bool:
    """Whether the neurons of a layer have the same inputs, and no plain numbers for biases."""
    inputs = row[0].inputs
    return not any(unit.constant for unit in row) and all(
        len(unit.inputs) == len(inputs) and all(x is y or x == y for x, y in zip(unit.inputs, inputs, strict=True))
        for unit in row
    )
