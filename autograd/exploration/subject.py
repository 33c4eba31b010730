"""What is explored: a graph of its own, with the numbers as they were, and the samples that it is for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd.drawing.plan import Number, Plan, plan_of
from autograd.graph import numbers, topological_order
from autograd.names import canonical
from autograd.network import Network, network_of
from autograd.recording import recording
from autograd.value import Value

_TARGET = re.compile(r"[yYt]\d*|targets?\d*|labels?\d*")
_GIVEN = re.compile(rf"[xX]\d*|inputs?\d*|{_TARGET.pattern}")


@dataclass(eq=False)
class Subject:
    """A graph, copied, so that nothing that is done with it touches what it was made from.

    order       its nodes, each after its operands; the last is what the gradients are those of
    origin      by leaf, the Value that it is a copy of
    parameters  the leaves that training moves
    inputs      the leaves that are the sample's
    targets     the leaves that say what should come out
    outputs     what the model makes of the inputs, one node or several
    samples     (inputs, targets) of each; none where only one is known
    classes     by target, where that is no number of the graph but says which graph it is, that graph
    """

    order: list[Value]
    origin: dict[Value, Value]
    parameters: list[Value]
    inputs: list[Value]
    targets: list[Value]
    outputs: list[Value]
    samples: list[tuple[list[float], list[float]]] = field(default_factory=list)
    classes: "dict[float, Subject]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = self.order[-1]
        self.network: Network | None = network_of(self.root, self.order)
        if self.network is not None and not (self.network.evident and self.network.alike):
            self.network = None
        self.plan: Plan | None = plan_of(self.network) if self.network is not None else None
        if self.plan is not None:
            self._name(self.plan)

    def _name(self, plan: Plan) -> None:
        """Give what has no label the name that pictures have for it."""
        taken = {canonical(node.label) for node in self.order}
        drawn = [unit for column in plan.columns for unit in column]
        numbers: list[Number | None] = [plan.target]
        for unit in drawn:
            numbers += [*(weight for weight, _ in unit.weights), unit.bias, unit.z, unit.h]
        for number in numbers:
            node = number.node if number is not None else None
            if number is not None and node is not None and not node.label and canonical(number.name) not in taken:
                node.label = number.name
                taken.add(canonical(number.name))

    def shown(self) -> list[Value]:
        """The nodes that pictures of a network show: its numbers, inputs, targets and the loss."""
        units = self.network.units.values() if self.network is not None else ()
        parts = [part for unit in units for part in (*unit.weights, unit.bias, unit.z, unit.h) if part is not None]
        return list(dict.fromkeys([*parts, *self.parameters, *self.inputs, *self.targets, *self.outputs, self.root]))


def of_loss(root: Value) -> Subject:
    """The subject that the graph of a value is; a literal target becomes a leaf called y."""
    copies, order = copied(root)
    network = network_of(order[-1], order)
    target = _literal_target(network, order) if network is not None else None
    if target is not None:
        order = target[1]
    leaves = [node for node in order if node.op is None]
    origin = {copy: node for node, copy in copies.items() if node.op is None}
    told = _told_apart(order, network_of(order[-1], order), leaves)
    return Subject(order, origin, *told)


# ---------------------------------------------------------------- graphs


def copied(root: Value) -> tuple[dict[Value, Value], list[Value]]:
    """By node its copy, with leaves as they were when the graph was evaluated; and all copies in their order."""
    order: list[Value] = topological_order(root)
    data = numbers(order)
    copies: dict[Value, Value] = {}
    with recording(True):
        for node in order:
            if node.op is None:
                copies[node] = Value(data[node], node.label)
            else:
                args = tuple(arg if type(arg) is float else copies[arg] for arg in node.args)
                copies[node] = Value.apply(node.op, args)
                copies[node].label = node.label
    return copies, topological_order(copies[root])


def _literal_target(network: Network, order: Sequence[Value]) -> tuple[Value, list[Value]] | None:
    """A leaf y for the literal that a lone output is compared with, and the graph with it; None where there is none."""
    if network.samples > 1 or len(network.outputs[0]) != 1:
        return None
    head = network.head(0, 0)
    if head is None or head.source is not None or not head.named:
        return None
    unit = network.outputs[0][0]
    beside = [
        node
        for node in order
        if len(node.args) == 2 and (unit.h in node.args or unit.z in node.args) and head.y in map(_literal, node.args)
    ]
    if len(beside) != 1:
        return None
    y = Value(head.y, "y")
    moved: dict[Any, Value] = {}
    with recording(True):
        for node in order:
            args = tuple(moved.get(arg, arg) if type(arg) is not float else arg for arg in node.args)
            if node is beside[0]:
                args = tuple(y if type(arg) is float else arg for arg in args)
            if any(a is not b for a, b in zip(args, node.args, strict=True)):
                moved[node] = Value.apply(node.op, args)  # type: ignore[arg-type]
                moved[node].label = node.label
    return y, topological_order(moved[order[-1]])


def _literal(x: Any) -> float | None:
    return x if type(x) is float else None


def _told_apart(
    order: Sequence[Value], network: Network | None, leaves: Sequence[Value]
) -> tuple[list[Value], list[Value], list[Value], list[Value]]:
    """Parameters, inputs, targets and outputs of a graph: of a network by their place, else by their labels."""
    if network is None or not network.evident:
        called = [leaf for leaf in leaves if not _GIVEN.fullmatch(canonical(leaf.label))]
        parameters = called or list(leaves)
        return parameters, [leaf for leaf in leaves if leaf not in parameters], [], []
    units = [unit for layer in network.layers for row in layer for unit in row]
    parameters = [p for unit in units for p in (*unit.weights, unit.bias) if p is not None]
    known = dict.fromkeys(parameters)
    used = dict.fromkeys(x for unit in units for x in unit.inputs if type(x) is not float and x.op is None)
    rest = [leaf for leaf in leaves if leaf not in known and leaf not in used]
    head = network.head(0, 0) if network.loss is not None else None
    compared = head.source if head is not None else None
    targets = [leaf for leaf in rest if leaf is compared or _TARGET.fullmatch(canonical(leaf.label))]
    inputs = [leaf for leaf in leaves if leaf in used] + [leaf for leaf in rest if leaf not in targets]
    outputs = [unit.h for unit in network.outputs[0]]
    return list(known), inputs, targets, outputs
