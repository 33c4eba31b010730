"""The network of a model without data: its neurons as they stand in its layers, with places for the numbers to come."""

import math
from collections.abc import Sequence
from typing import Any

from autograd.names.shown import output_name
from autograd.network.network import Network
from autograd.network.units import Unit
from autograd.value import Value


def network_of_model(model: Any) -> Network | None:
    """The network of a model (what has layers of neurons with w and b) without data; None for anything else."""
    stack = getattr(model, "layers", None) or ([model] if hasattr(model, "neurons") else None)
    rows = [list(getattr(layer, "neurons", ())) for layer in stack] if stack else [[model]]
    if not all(row and all(_is_neuron(neuron) for neuron in row) for row in rows):
        return None
    whole = stack is not None and stack is getattr(model, "layers", None)
    inputs: Sequence[Value] = [_unknown(f"x{place}") for place in range(1, len(rows[0][0].w) + 1)]
    layers: list[list[list[Unit]]] = []
    near: dict[Any, frozenset[Value]] = dict.fromkeys(inputs, frozenset())
    names: dict[Value, str] = {}
    count = 0
    for row in rows:
        units = []
        for place, neuron in enumerate(row, start=1):
            count += 1
            last = whole and row is rows[-1]
            h = _unknown(output_name(place, len(row)) if last else f"h{count}")
            z, bias = _unknown(f"z{count}"), getattr(neuron, "b", None)
            units.append(
                Unit(tuple(neuron.w), bias if isinstance(bias, Value) else None, tuple(inputs[: len(neuron.w)]), z, h)
            )
            near[h] = near[z] = frozenset([z])
            names[z] = _name(getattr(neuron, "activation", ""))
        layers.append([units])
        inputs = [unit.h for unit in units]
    return Network(layers, (), near, names=names)


def _unknown(label: str) -> Value:
    """A place for a number that is not there."""
    return Value(math.nan, label)


def _is_neuron(thing: Any) -> bool:
    weights = getattr(thing, "w", None)
    return isinstance(weights, (list, tuple)) and bool(weights) and all(isinstance(w, Value) for w in weights)


def _name(activation: Any) -> str:
    if isinstance(activation, str):
        return activation
    return str(getattr(activation, "__name__", None) or getattr(activation, "name", ""))
