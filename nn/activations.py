"""Activations by name, and any function of one Value."""

from collections.abc import Callable
from typing import Any

from autograd import Value, elu, gelu, identity, leaky_relu, nearest, relu, sigmoid, silu, softplus, softsign, tanh

Activation = str | Callable[[Value], Value]

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": identity,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "softsign": softsign,
    "elu": elu,
    "silu": silu,
    "gelu": gelu,
}
"""The activations that can be given by name; any other is given as a function of one Value."""


def activation_of(given: Activation) -> tuple[Activation, Callable[[Any], Any]]:
    """An activation by its name, where it has one, and as a function."""
    if callable(given):
        return next((name for name, function in ACTIVATIONS.items() if function is given), given), given
    if not isinstance(given, str) or given not in ACTIVATIONS:
        hint = nearest(str(given).lower(), list(ACTIVATIONS))
        raise ValueError(f"unknown activation {given!r}; {hint}; or give a function of a Value")
    return given, ACTIVATIONS[given]


def spelled(activation: Activation) -> str:
    """The activation as it is written where a network is built; a function by its name."""
    return repr(activation) if isinstance(activation, str) else getattr(activation, "__name__", repr(activation))
