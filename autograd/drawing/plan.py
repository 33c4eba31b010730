"""What a picture shows of a network: the neurons and inputs of its first sample, with names, in columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd.drawing import style
from autograd.drawing.gradients import AS_HELD, Gradients
from autograd.drawing.loss_name import Told, told
from autograd.names import canonical
from autograd.network import Network, Unit, may_be_target
from autograd.value import Value

WIDEST = 18
"""Layers with more neurons than this are shortened in pictures."""

DEEPEST = 12
"""Networks with more layers than this are shortened in pictures."""


class Number(NamedTuple):
    """A number of a neuron: its name, the number, its gradient (None where not computed), its Value.

    summed   whether the gradient holds more than that of this loss
    """

    name: str
    data: float
    grad: float | None
    node: Value | None
    summed: bool = False

    @property
    def told(self) -> str:
        """The gradient, where the mouse rests."""
        return f"{'Σ ' * self.summed}{style.number(self.grad)}"


@dataclass(eq=False)
class Drawn:
    """A neuron as it is drawn, or an input of the network, which has no weights.

    column   the place from left to right: 0 for inputs, save those of a later time
    h, z     what it gives and its weighted sum; None in a model that was given no data
    weights  with what they weigh
    time     which of several times it is, where a neuron is used at such
    """

    name: str
    column: int
    h: Number | None = None
    z: Number | None = None
    bias: Number | None = None
    weights: "list[tuple[Number, Drawn]]" = field(default_factory=list)
    activation: str = ""
    computed: bool = False
    is_input: bool = False
    time: int = 0

    @property
    def parts(self) -> list[Number]:
        """All its numbers."""
        return [*(weight for weight, _ in self.weights), *(part for part in (self.bias, self.z, self.h) if part)]


@dataclass(eq=False)
class Plan:
    """Columns of what is drawn, the first of inputs.

    outputs       the neurons that feed no other
    loss, target  where there are such
    told          what is said of the loss
    gradients     of all values
    members       by Value that is part of one neuron and no other, that one
    has_data      whether there are numbers besides weights and biases
    again         what parameters are used at several of: "steps", "places" where these are no times, else ""
    """

    columns: list[list[Drawn]]
    outputs: list[Drawn]
    members: dict[Value, Drawn]
    samples: int
    loss: Value | None
    target: Number | None
    told: Told
    gradients: Gradients
    has_data: bool
    again: str


def neurons(column: Sequence[Drawn]) -> list[Drawn]:
    """Those of a column that are no inputs."""
    return [drawn for drawn in column if not drawn.is_input]


def plan_of(network: Network, gradients: Gradients = AS_HELD) -> Plan:
    """What is drawn of a network; the gradients are those that its values hold unless others are given."""
    return _Planner(network, gradients).plan()


class _Planner:
    """What is known of the first sample while it is planned."""

    def __init__(self, network: Network, gradients: Gradients) -> None:
        self.network, self.rows, self.outputs = network, network.rows(), network.outputs[0]
        self.gradients = gradients
        self.drawn: dict[Value, Drawn] = {}
        self.columns: list[list[Drawn]] = [[] for _ in range(len(self.rows) + 1)]
        self.inputs: dict[Any, Drawn] = {}
        units = [unit for row in self.rows for unit in row]
        self.textbook = {unit.z: names for unit, *names in network.named()}
        pairs = [pair for u in units if u.z in network.times for pair in zip(u.weights, u.inputs, strict=True)]
        self.carrying = {w for w, x in pairs if network.source(x) is not None}  # of the state from one time to the next
        self.names: dict[Any, str] = {}  # of weights and biases without a label, as textbooks count
        weights = [w for unit in units for w in unit.weights]
        biases = [unit.bias for unit in units if unit.bias is not None]
        for letter, leaves in (("w", weights), ("b", biases)):
            self.names |= {leaf: f"{letter}{i}" for i, leaf in enumerate(dict.fromkeys(leaves), start=1)}

    def plan(self) -> Plan:
        """All neurons, linked to those they take their inputs from."""
        network = self.network
        for column, row in enumerate(self.rows, start=1):
            self.columns[column] = [self._neuron(unit, column) for unit in row]
        for column, row in enumerate(self.rows, start=1):
            for unit in row:
                self.drawn[unit.z].weights = self._links(unit, column)
        outputs = [self.drawn[unit.z] for unit in self.outputs]
        members = {node: self.drawn[z] for node, z in network.members().items()}
        said = told(network, [unit.name for unit in outputs])
        return Plan(
            self.columns, outputs, members, network.samples, network.loss, self._target(), said, self.gradients,
            network.has_data, self._again(),
        )  # fmt: skip

    def _number(self, node: Any, name: str) -> Number:
        """A Value, or a plain number, as it is shown."""
        if type(node) is float:
            return Number(name, node, None, None)
        return Number(node.label or name, node.data, self.gradients.of(node), node, node in self.gradients.summed)

    def _again(self) -> str:
        """What parameters are used at several of."""
        uses = [w for row in self.rows for unit in row for w in unit.weights]
        return "steps" if self.network.times else "places" if len(set(uses)) < len(uses) else ""

    def _neuron(self, unit: Unit, column: int) -> Drawn:
        z, h = self.textbook[unit.z]
        spelled = h if h.startswith("ŷ") else re.sub(r"^z(?=\d*$)", "h", canonical(unit.z.label)) or h
        drawn = Drawn(unit.h.label or spelled, column, activation=self.network.activation(unit))
        drawn.time = self.network.times.get(unit.z, 0)
        bias = unit.constant if unit.bias is None else unit.bias
        if bias is not None:
            drawn.bias = self._number(bias, self.names.get(unit.bias, "b"))
        if self.network.has_data:
            drawn.h, drawn.z = self._number(unit.h, spelled), self._number(unit.z, z)
        self.drawn[unit.z] = drawn
        return drawn

    def _links(self, unit: Unit, column: int) -> list[tuple[Number, Drawn]]:
        """The weights of a neuron, each with what it weighs."""
        pairs = enumerate(zip(unit.weights, unit.inputs, strict=True), start=1)
        return [(self._number(w, self.names[w]), self._source(unit, x, i, column)) for i, (w, x) in pairs]

    def _source(self, unit: Unit, x: Any, place: int, column: int) -> Drawn:
        """The neuron whose output an input of a weighted sum is; an input of the network where it is that of none."""
        source = self.network.source(x)
        if source is not None and source.z in self.drawn:
            return self.drawn[source.z]
        before = column - 1 if unit.z in self.network.times else 0
        key = (before, place, x) if type(x) is float else x
        if key not in self.inputs:
            shown = self._number(x, self._name(unit, place))
            computed = type(x) is not float and x.op is not None
            h = shown if self.network.has_data else None
            self.inputs[key] = Drawn(shown.name, before, h, computed=computed, is_input=True)
            self.columns[before].append(self.inputs[key])
        return self.inputs[key]

    def _name(self, unit: Unit, place: int) -> str:
        """x1 x2 ... for inputs without a label; where a neuron is used at several times h0, and the x of each time."""
        weight, time = unit.weights[place - 1], self.network.times.get(unit.z)
        if time is None:
            return f"x{place}"
        if weight in self.carrying:
            return f"h{time - 1}"
        given = [w for w in unit.weights if w not in self.carrying]
        return f"x{time}" if len(given) == 1 else f"x{given.index(weight) + 1}"

    def _target(self) -> Number | None:
        """What a lone output is compared with: the y in the closed form of its δ, else the operand beside it."""
        network = self.network
        if len(self.outputs) != 1 or network.loss is None:
            return None
        head = network.head(0, 0)
        if head is not None:
            return self._number(head.y if head.source is None else head.source, "y")
        h = self.outputs[0].h
        for node in network.users.get(h, ()):
            others = [arg for arg in node.args if arg is not h]
            if len(others) == 1 == len(node.args) - 1 and may_be_target(others[0]):
                return self._number(others[0], "y")
        return None


# ---------------------------------------------------------------- what fits into a picture

Column = list["Drawn | int"]
"""What stands in a column from top to bottom; a number stands for so many left out."""


def columns(plan: Plan, widest: int, deepest: int) -> tuple[list[Column], list[str]]:
    """What fits into a picture, column by column, and what to say of that which does not."""
    notes = []
    count = len(plan.columns) - 1
    layers = list(range(count + 1))
    if count > deepest:
        head = (deepest + 1) // 2
        tail = deepest - head
        layers = [*range(head + 1), *range(count + 1 - tail, count + 1)]
        notes.append(f"{count - deepest} of {count} layers folded: {head + 1} to {count - tail}")
    found = []
    for place in layers:
        column = plan.columns[place]
        found.append(_shortened(column, widest))
        if len(column) > widest:
            kind = "inputs" if place == 0 else f"neurons of layer {place}"
            notes.append(f"{len(column) - widest + 1} of {len(column)} {kind} folded")
    return found, notes


def _shortened(column: Sequence[Drawn], widest: int) -> Column:
    """All of a column, or the first and last of it around a gap, in `widest` places."""
    if len(column) <= widest:
        return list(column)
    head = max(widest * 2 // 3, 1)
    tail = max(widest - 1 - head, 0)
    return [*column[:head], len(column) - head - tail, *column[len(column) - tail :]]
