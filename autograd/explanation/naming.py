"""What the nodes of a graph are called in a derivation: the user's labels, textbook names, v3 for the rest."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd.explanation.notation import Name, Unknown, named, slope_name
from autograd.names import canonical, shown
from autograd.network import Network
from autograd.value import Value


class Naming:
    """Symbols for the values of nodes and for their gradients, one of each per node.

    data     the numbers of the nodes
    slopes   ∂root/∂node
    given    names that are already decided, by node; there are no δ then
    kept     names such as v3 that nodes have in an earlier derivation, and keep
    first    the number of the first v
    whole    names of gradients that are already decided
    """

    def __init__(
        self, order: Sequence[Value], network: Network | None, data: Mapping[Any, float], slopes: Mapping[Any, float],
        given: Mapping[Any, Name], whole: Mapping[Any, Name], kept: Mapping[Any, Name], first: int,
    ) -> None:  # fmt: skip
        self.root = order[-1]
        self._data, self._slopes = data, slopes
        self.samples = _samples(network) if network is not None and network.samples > 1 else {}
        self.units = {} if network is None else _units(network)
        self._names = dict(given) | {node: kept[node] for node in order if node in kept}
        self._first = first
        self._given, self._whole = bool(given), whole
        self.generated: set[Any] = {node for node in order if node in kept}
        self._count: dict[Any, int] = {}  # which of the nodes of its name each is
        self._name_all(order)
        self._taken = {name.text for name in self._names.values()}
        self._values: dict[Any, Unknown] = {}
        self._nodes: dict[Unknown, Any] = {}
        self._gradients: dict[Any, Unknown] = {}

    def _name_all(self, order: Sequence[Value]) -> None:
        taken = {name.text for name in self._names.values()} | {shown.name(node.label) for node in order if node.label}
        self._labels = frozenset(taken)
        counts: dict[tuple[str, Any], int] = {}
        for place, node in enumerate(order):
            if node in self._names:
                continue
            label = node.label if shown.clean(node.label) else self._textbook(node, taken)
            if not label:
                label = _free(("L", "J", "L0"), taken) if node is self.root else f"v{self._first + place}"
                self.generated.add(node)
            key = (label, self.samples.get(node))
            counts[key] = self._count[node] = counts.get(key, 0) + 1
            self._names[node] = _counted(named(label), counts[key])

    def _textbook(self, node: Value, taken: set[str]) -> str:
        """The textbook's name of an unlabelled z or h of a neuron, where it is free."""
        label = self.units.get(node, "")
        return label if shown.name(label) not in taken else ""

    def name(self, node: Any, *, general: bool = False) -> Name:
        """What a node is called, with its sample where there are several."""
        sample = self.samples.get(node)
        plain: Name = self._names[node]
        return plain if sample is None else plain.of_sample("s" if general else str(sample))

    def value(self, node: Any) -> Unknown:
        """The symbol of a node's value."""
        if node not in self._values:
            general = self.name(node, general=True)
            self._values[node] = made = Unknown(self.name(node), self._data[node], general=general)
            self._nodes[made] = node
        return self._values[node]

    def gradient(self, node: Any) -> Unknown:
        """The symbol of a node's gradient: δ for the weighted sum of a neuron, as textbooks have it."""
        if node not in self._gradients:
            names = [self._slope(node, general) for general in (False, True)]
            self._gradients[node] = Unknown(names[0], self._slopes.get(node, 0.0), general=names[1], gradient=node)
        return self._gradients[node]

    def _slope(self, node: Any, general: bool) -> Name:
        if node in self._whole:
            return self._whole[node]
        number = self.delta(node)
        if not number:
            return slope_name(self._names[self.root], self.name(node, general=general))
        sample = self.samples.get(node)
        plain = _counted(named(f"δ{number}"), self._count.get(node, 1))
        return plain if sample is None else plain.of_sample("s" if general else str(sample))

    def delta(self, node: Any) -> str:
        """The number of a neuron's δ, "" where the node is no weighted sum of one."""
        if self._given or node is self.root or type(node) is float or node.op is None:
            return ""
        own = re.fullmatch(r"z(\d+)", canonical(node.label))
        if own and (node in self.units or node.op.name == "weighted_sum"):
            return own[1]
        found = re.fullmatch(r"z(\d+)", self.units.get(node, ""))
        return found[1] if found and shown.name(found[0]) not in self._labels else ""

    def among_samples(self, node: Any, name: str, number: float) -> Unknown:
        """A symbol for something that has no node, such as a literal target, in the sample of a node."""
        sample, plain = self.samples.get(node), named(name)
        if sample is None:
            return Unknown(plain, number)
        return Unknown(plain.of_sample(str(sample)), number, general=plain.of_sample("s"))

    def unlabelled(self, value: Unknown) -> Any:
        """The node that a symbol, or its gradient, is about, where it needs a definition; else None.

        That is a computed one without a label of the user's, and a leaf that is called v3.
        """
        if value.gradient is not None:
            return value.gradient if value.gradient in self.generated and value.gradient is not self.root else None
        node = self._nodes.get(value)
        if node is None or shown.clean(node.label):
            return None
        return node if node.op is not None or node in self.generated else None

    def node(self, value: Unknown) -> Any:
        """The node whose value a symbol is; None where it is that of none."""
        return self._nodes.get(value)

    def is_labelled(self, node: Any) -> bool:
        """Whether the name of a node is one that means something, not v3."""
        return node not in self.generated

    def is_taken(self, label: str) -> bool:
        """Whether a node bears this name."""
        return shown.name(label) in self._taken


def _counted(name: Name, count: int) -> Name:
    return name if count == 1 else Name(f"{name.text}[{count}]", f"{name.latex}[{count}]", name.holds)


def _free(labels: Iterable[str], taken: set[str]) -> str:
    return next((label for label in labels if label not in taken), "L")


def _units(network: Network) -> dict[Any, str]:
    """z1 h1 z2 h2 ... of the neurons, layer by layer; ŷ of the outputs."""
    found: dict[Any, str] = {}
    for sample in range(network.samples):
        for unit, z, h in network.named(sample):
            found[unit.h] = h
            found[unit.z] = z
    return found


def _samples(network: Network) -> dict[Any, int]:
    """By node of a unit, or input, the number of its sample."""
    found: dict[Any, int] = {}
    for layer in network.layers:
        for number, row in enumerate(layer, start=1):
            for unit in row:
                found[unit.z] = found[unit.h] = number
    inputs = [_inputs(network, sample) for sample in range(network.samples)]
    uses = Counter(leaf for leaves in inputs for leaf in leaves)
    for number, leaves in enumerate(inputs, start=1):
        found |= {leaf: number for leaf in leaves if uses[leaf] == 1}
    return found


def _inputs(network: Network, sample: int) -> list[Value]:
    """The leaves that the neurons of one sample take in, each once."""
    taken = [x for row in network.rows(sample) for unit in row for x in unit.inputs if type(x) is not float]
    return [x for x in dict.fromkeys(taken) if x.op is None]
