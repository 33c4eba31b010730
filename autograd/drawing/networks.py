"""The network behind a picture: layers of neurons, found in the graph of a value or in a model."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd.graph import topological_order
from autograd.names import canonical
from autograd.value import Value

WIDEST = 18
"""Layers with more neurons than this are shortened in pictures."""

DEEPEST = 12
"""Networks with more layers than this are shortened in pictures."""

_OUTPUT = re.compile(r"[hHaA]\d*|ŷ\d*")
_NO_ACTIVATION = frozenset({"neg", "log", "log1p", "sqrt", "absolute"})


class Number(NamedTuple):
    """A number of a neuron: its name, the number, its gradient (None where not computed), its Value."""

    name: str
    data: float
    grad: float | None
    node: Value | None


@dataclass(eq=False)
class Unit:
    """A neuron, or an input of the network, which has no weights.

    h, z       what it gives and its weighted sum; None in a model that was given no data
    weights    with the units that they weigh
    """

    name: str
    layer: int
    h: Number | None = None
    z: Number | None = None
    bias: Number | None = None
    weights: "list[tuple[Number, Unit]]" = field(default_factory=list)
    activation: str = ""
    computed: bool = False


@dataclass(eq=False)
class Network:
    """Layers of units, the inputs first; the loss, and the target beside the output, where there are such."""

    layers: list[list[Unit]]
    samples: int = 1
    loss: Value | None = None
    target: Number | None = None
    members: dict[Value, Unit] = field(default_factory=dict)

    @property
    def neurons(self) -> int:
        """How many neurons it has."""
        return sum(map(len, self.layers[1:]))


def number(node: Value, name: str = "") -> Number:
    """A Value as it is shown."""
    return Number(node.label or name, node.data, node.grad if node.has_grad else None, node)


# ---------------------------------------------------------------- in a graph


Parts = tuple[tuple[Any, ...], tuple[Any, ...], Any]
"""Weights, inputs and bias of a neuron."""


def neuron_parts(node: Any) -> Parts | None:
    """(weights, inputs, bias) of a neuron's weighted sum, whose weights are leaves; None for any other node."""
    if node.op is None or node.op.name != "weighted_sum":
        return None
    n = len(node.args) // 2
    w, x, b = node.args[:n], node.args[n : 2 * n], node.args[-1] if len(node.args) % 2 else None
    return (w, x, b) if w and all(type(a) is not float and a.op is None for a in w) else None


def neurons(order: Sequence[Value]) -> dict[Value, Parts]:
    """The weighted sums of neurons, in order; where a bias is added to one afterwards, as in x @ W + b, with this."""
    uses = Counter(arg for node in order for arg in node.args if type(arg) is not float)
    found: dict[Value, Parts] = {}
    for node in order:
        parts = neuron_parts(node)
        if parts is not None:
            found[node] = parts
        elif node.op is not None and node.op.name == "add":
            for whole, bias in (node.args, node.args[::-1]):
                leaf = type(bias) is not float and bias.op is None
                if leaf and whole in found and found[whole][2] is None and uses[whole] == 1:
                    w, x, _ = found.pop(whole)
                    found[node] = w, x, bias
    return found


def network_of(root: Value, order: Sequence[Value] | None = None) -> Network | None:
    """The network that `root` was computed with, for its first sample; None where there are no neurons."""
    order = topological_order(root) if order is None else order
    parts = neurons(order)
    uses: dict[tuple[Any, ...], list[Value]] = {}
    for node, (weights, _, _) in parts.items():
        uses.setdefault(weights, []).append(node)
    if not uses:
        return None
    return _Finder(root, order, [copies[0] for copies in uses.values()], parts).network(max(map(len, uses.values())))


class _Finder:
    """What is known of a graph while its network is put together."""

    def __init__(
        self, root: Value, order: Sequence[Value], sums: Sequence[Value], parts: Mapping[Value, Parts]
    ) -> None:
        self.root, self.sums, self.parts = root, sums, parts
        self.depth, self.origin = _origins(order, parts)
        wanted = set(sums)
        self.tail = [node for node in order if self.origin.get(node) in wanted and node not in parts]
        self.inputs: dict[Any, Unit] = {}
        self.units: dict[Value, Unit] = {}

    def network(self, samples: int) -> Network:
        """All units, linked to those they take their inputs from."""
        outputs = self._outputs()
        for place, z in enumerate(self.sums, start=1):
            self.units[z] = self._unit(z, outputs[z], place)
        for z, unit in self.units.items():
            w, x, _ = self.parts[z]
            pairs = enumerate(zip(w, x, strict=True), start=1)
            unit.weights = [(number(weight, f"w{i}"), self._source(arg, i)) for i, (weight, arg) in pairs]
        layers: list[list[Unit]] = [[] for _ in range(1 + max(unit.layer for unit in self.units.values()))]
        for unit in (*self.inputs.values(), *self.units.values()):
            layers[unit.layer].append(unit)
        layers = [layers[0], *filter(None, layers[1:])]
        last = {unit.h.node for unit in layers[-1] if unit.h}
        found = Network(layers, samples, None if self.root in last else self.root)
        found.target = self._target([unit.h.node for unit in layers[-1] if unit.h and unit.h.node])
        found.members = dict(_members(layers))
        return found

    def _unit(self, z: Value, h: Value, place: int) -> Unit:
        _, _, b = self.parts[z]
        spelled = re.sub(r"^z(?=\d*$)", "h", canonical(z.label)) if z.label else f"h{place}"
        unit = Unit(h.label or spelled, self.depth[z], number(h, spelled), number(z, f"z{place}"))
        if type(b) is float:
            unit.bias = Number("b", b, None, None)
        elif b is not None:
            unit.bias = number(b, "b")
        unit.activation = _activation(z, h)
        return unit

    def _source(self, arg: Any, place: int) -> Unit:
        """The unit whose output an argument of a weighted sum is; an input where it is that of no neuron."""
        z = None if type(arg) is float else self.origin.get(arg)
        if z in self.units:
            return self.units[z]
        key = (place, arg) if type(arg) is float else arg
        if key not in self.inputs:
            shown = Number(f"x{place}", arg, None, None) if type(arg) is float else number(arg, f"x{place}")
            mixed = type(arg) is not float and arg.op is not None
            self.inputs[key] = Unit(shown.name, 0, h=shown, computed=mixed)
        return self.inputs[key]

    def _outputs(self) -> dict[Value, Value]:
        """For every neuron what it hands on: the input of the next layer, else what is labelled so, else f(z)."""
        found: dict[Value, Value] = {}
        for z in self.sums:
            for arg in self.parts[z][1]:
                source = None if type(arg) is float else self.origin.get(arg)
                if source is not None:
                    found.setdefault(source, arg)
        for node in self.tail:
            z = self.origin[node]
            named = _OUTPUT.fullmatch(canonical(node.label))
            if z not in found and (named or _activates(node, z)):
                found[z] = node
        return {z: found.get(z, z) for z in self.sums}

    def _target(self, outputs: Sequence[Value]) -> Number | None:
        """What the output of a network with one is compared with: the operand beside it."""
        if len(outputs) != 1 or outputs[0] is self.root:
            return None
        for node in self.tail:
            others = [arg for arg in node.args if arg is not outputs[0]]
            if len(others) == 1 == len(node.args) - 1 and (type(others[0]) is float or others[0].op is None):
                other = others[0]
                return Number("y", other, None, None) if type(other) is float else number(other, "y")
        return None


def _origins(order: Sequence[Value], parts: Mapping[Value, Parts]) -> tuple[dict[Value, int], dict[Value, Value]]:
    """For every node its layer; and for those computed from one neuron only, the weighted sum of that neuron."""
    depth: dict[Value, int] = {}
    origin: dict[Value, Value] = {}
    mixed: set[Value] = set()
    for node in order:
        args = [arg for arg in node.args if type(arg) is not float]
        depth[node] = max((depth[arg] for arg in args), default=0)
        if node in parts:
            depth[node] += 1
            origin[node] = node
            continue
        sources = {origin[arg] for arg in args if arg in origin}
        if len(sources) > 1 or not mixed.isdisjoint(args):
            mixed.add(node)
        elif sources:
            origin[node] = sources.pop()
    return depth, origin


def _activates(node: Value, z: Value) -> bool:
    """Whether a node is what an activation makes of z: a function of z alone, and not one that losses begin with."""
    if node.op is None or node.args[0] is not z or node.op.name in _NO_ACTIVATION:
        return False
    return len(node.args) == 1 or node.op.name == "leaky_relu"


def _activation(z: Value, h: Value) -> str:
    if h is z or h.op is None or h.op.name == "identity":
        return "linear"
    return h.op.badge(h.args) if _activates(h, z) else "f(z)"


def _members(layers: Sequence[Sequence[Unit]]) -> Iterator[tuple[Value, Unit]]:
    """Every Value that belongs to one neuron, with it."""
    for unit in (unit for layer in layers[1:] for unit in layer):
        for part in (*(weight for weight, _ in unit.weights), unit.bias, unit.z, unit.h):
            if part is not None and part.node is not None:
                yield part.node, unit


# ---------------------------------------------------------------- in a model


def network_of_model(model: Any) -> Network | None:
    """The network of a model (what has layers of neurons with w and b) without data; None for anything else."""
    stack = getattr(model, "layers", None) or ([model] if hasattr(model, "neurons") else None)
    rows = [list(getattr(layer, "neurons", ())) for layer in stack] if stack else [[model]]
    if not all(row and all(_is_neuron(neuron) for neuron in row) for row in rows):
        return None
    before = [Unit(f"x{place}", 0) for place in range(1, len(rows[0][0].w) + 1)]
    layers, count = [before], 0
    for layer, row in enumerate(rows, start=1):
        units = []
        for place, neuron in enumerate(row, start=1):
            count += 1
            last = layer == len(rows) and stack is not None and stack is getattr(model, "layers", None)
            name = f"h{count}" if not last else "ŷ" if len(row) == 1 else f"ŷ{place}"
            bias = getattr(neuron, "b", None)
            unit = Unit(name, layer, bias=number(bias, "b") if isinstance(bias, Value) else None)
            unit.weights = [(number(w, f"w{i}"), x) for i, (w, x) in enumerate(zip(neuron.w, before, strict=False), 1)]
            unit.activation = _name(getattr(neuron, "activation", ""))
            units.append(unit)
        layers.append(units)
        before = units
    return Network(layers, members=dict(_members(layers)))


def _is_neuron(thing: Any) -> bool:
    weights = getattr(thing, "w", None)
    return isinstance(weights, (list, tuple)) and bool(weights) and all(isinstance(w, Value) for w in weights)


def _name(activation: Any) -> str:
    if isinstance(activation, str):
        return activation
    return str(getattr(activation, "__name__", None) or getattr(activation, "name", ""))


# ---------------------------------------------------------------- what of it is shown

Column = list["Unit | int"]
"""The units of a layer from top to bottom; a number stands for so many left out."""


def columns(network: Network, widest: int, deepest: int) -> tuple[list[Column], list[str]]:
    """What fits into a picture, layer by layer, and what to say of that which does not."""
    notes = []
    count = len(network.layers) - 1
    layers = list(range(count + 1))
    if count > deepest:
        head = (deepest + 1) // 2
        tail = deepest - head
        layers = [*range(head + 1), *range(count + 1 - tail, count + 1)]
        notes.append(f"{count - deepest} of {count} layers folded: {head + 1} to {count - tail}")
    found = []
    for place in layers:
        units = network.layers[place]
        found.append(_shortened(units, widest))
        if len(units) > widest:
            kind = "inputs" if place == 0 else f"neurons of layer {place}"
            notes.append(f"{len(units) - widest + 1} of {len(units)} {kind} folded")
    return found, notes


def _shortened(units: Sequence[Unit], widest: int) -> Column:
    """The units, or the first and last of them around a gap, in `widest` places."""
    if len(units) <= widest:
        return list(units)
    head = max(widest * 2 // 3, 1)
    tail = max(widest - 1 - head, 0)
    return [*units[:head], len(units) - head - tail, *units[len(units) - tail :]]
