"""The names of everything in a network: by the labels of its first sample, else as textbooks count."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autograd.names.identifiers import Namer, delta_of
from autograd.names.shown import output_name
from autograd.network import Network
from autograd.value import Value


class Words(NamedTuple):
    """The names of everything, by layer, then unit; weights by layer, unit, input. `total` is loss and penalty."""

    x: list[str]
    y: list[str]
    w: list[list[list[str]]]
    b: list[list[str]]
    z: list[list[str]]
    h: list[list[str]]
    delta: list[list[str]]
    loss: str
    total: str


def find_words(
    loss: Value, data: Value, network: Network, targets: Sequence[Sequence[Any]], labels: Mapping[Any, str]
) -> Words:
    """Names by the labels of the first sample, else those of the textbook; `data` is the loss without a penalty."""
    namer = Namer()
    for name in ("z_own", "e_sum", "term"):
        namer.name(name, name)
    without = namer.name(data.label, "L")
    total = without if data is loss else namer.name(loss.label if loss.label != data.label else "", "J")
    y_labels = [y.label if type(y) is not float else "" for y in targets[0]]
    many = len(y_labels) > 1
    x = [
        namer.name("" if type(node) is float else node.label, f"x{i}")
        for i, node in enumerate(network.layers[0][0][0].inputs, start=1)
    ]
    w: list[list[list[str]]] = []
    b: list[list[str]] = []
    z: list[list[str]] = []
    h: list[list[str]] = []
    unit_number = weight_number = 0
    last = network.layers[-1]
    for layer in network.layers:
        rows: tuple[list[list[str]], list[str], list[str], list[str]] = [], [], [], []
        for k, unit in enumerate(layer[0], start=1):
            unit_number += 1
            ws = []
            for weight in unit.weights:
                weight_number += 1
                ws.append(namer.name(labels.get(weight, weight.label), f"w{weight_number}"))
            rows[0].append(ws)
            bias = unit.bias
            label = "" if bias is None else labels.get(bias, bias.label)
            rows[1].append("" if bias is None else namer.name(label, f"b{unit_number}"))
            rows[2].append(namer.name(unit.z.label, f"z{unit_number}"))
            default = output_name(k, len(layer[0])) if layer is last else f"h{unit_number}"
            rows[3].append(rows[2][-1] if unit.h is unit.z else namer.name(unit.h.label, default))
        w.append(rows[0])
        b.append(rows[1])
        z.append(rows[2])
        h.append(rows[3])
    y = [namer.name(label, f"y{k}" if many else "y") for k, label in enumerate(y_labels, start=1)]
    delta = [[namer.name(delta_of(name), "delta") for name in row] for row in z]
    return Words(x, y, w, b, z, h, delta, without, total)
