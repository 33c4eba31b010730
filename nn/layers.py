"""`Neuron`, `Layer`, `MLP`: weighted sums and activations, labelled as textbooks label them."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value, dot, identity, leaky_relu, nearest, relu, sigmoid, softplus, tanh
from nn.module import Module

Activation = str | Callable[[Value], Value]

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": identity,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "softplus": softplus,
}
"""The activations that can be given by name; any other is given as a function of one Value."""


class Neuron(Module):
    """h = f(z), z = w₁x₁ + ... + wₙxₙ + b: a weighted sum of n inputs, and an activation f.

    The weights `w` (a list of n Values) are drawn from uniform(-1, 1) with Python's `random`, or
    with the `rng` that is passed (a `random.Random`); the bias `b` starts at 0. `activation` is a
    name of `ACTIVATIONS` or a function of one Value. The nodes of a call are labelled z1 and h1;
    the gradient of z1 is the neuron's δ.

    >>> neuron = Neuron(2, "sigmoid")
    >>> neuron.load_named({"w1": 0.0, "w2": 1.0})
    >>> neuron([2, 3]).data
    0.9525741268224334
    """

    def __init__(self, n_inputs: int, activation: Activation = "relu", *, rng: random.Random | None = None) -> None:
        _check_size("n_inputs", n_inputs)
        draw = (rng or random).uniform
        self.w = [Value(draw(-1, 1)) for _ in range(n_inputs)]
        self.b = Value(0.0)
        self.activation = activation
        self._function = _activation(activation)
        self.label(1, 1)

    def label(self, number: int, first_weight: int, output: str = "") -> None:
        """Name the neuron: b, z and h by its number, weights from `first_weight` on, its output if not h."""
        for place, w in enumerate(self.w):
            w.label = f"w{first_weight + place}"
        self.b.label = f"b{number}"
        self._z = f"z{number}"
        self._h = output or f"h{number}"

    def __call__(self, x: Sequence[Any]) -> Value:
        """h for the inputs x, a list of n floats or Values; ValueError for another length."""
        z: Value = dot(self.w, x, self.b)
        z.label = self._z
        h: Value = self._function(z)
        if h is not z:
            h.label = self._h
        return h

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, {_shown(self.activation)})"


class Layer(Module):
    """`n_outputs` neurons side by side, all with the same `n_inputs` inputs; a call returns a list.

    >>> len(Layer(2, 3, "tanh")([0.5, -1.0]))
    3
    """

    def __init__(
        self, n_inputs: int, n_outputs: int, activation: Activation = "relu", *, rng: random.Random | None = None
    ) -> None:
        _check_size("n_outputs", n_outputs)
        self.neurons = [Neuron(n_inputs, activation, rng=rng) for _ in range(n_outputs)]
        for place, neuron in enumerate(self.neurons):
            neuron.label(place + 1, place * n_inputs + 1)

    def __call__(self, x: Sequence[Any]) -> list[Value]:
        """The h of every neuron for the inputs x."""
        return [neuron(x) for neuron in self.neurons]

    def __repr__(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.w)}, {len(self.neurons)}, {_shown(first.activation)})"


class MLP(Module):
    """A network of fully connected layers: `MLP(2, [16, 16, 1])` has 2 inputs, 16 + 16 hidden units, 1 output.

    The hidden layers have the `activation` (relu unless given), the last one `output` (linear
    unless given). Everything is named as on paper, neuron by neuron and layer by layer: inputs
    x1 x2, weights w1 w2 (first neuron) w3 w4 ..., biases b1 b2 ..., weighted sums z1 z2 ...,
    activations h1 h2 ..., outputs ŷ (or ŷ1 ŷ2 ...). Weights are drawn as in `Neuron`.

    >>> model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    >>> list(model.named_parameters())
    ['w1', 'w2', 'b1', 'w3', 'w4', 'b2', 'w5', 'w6', 'b3']
    """

    def __init__(
        self,
        n_inputs: int,
        sizes: Sequence[int],
        activation: Activation = "relu",
        output: Activation = "linear",
        *,
        rng: random.Random | None = None,
    ) -> None:
        if isinstance(sizes, int) or not sizes:
            raise ValueError(f"sizes: expected a list with the units of every layer, such as [16, 1], got {sizes!r}")
        widths = [n_inputs, *sizes]
        functions = [activation] * (len(sizes) - 1) + [output]
        self.layers = [Layer(n, m, f, rng=rng) for n, m, f in zip(widths, sizes, functions, strict=False)]
        self._inputs = [f"x{place}" for place in range(1, n_inputs + 1)]
        self._label()

    def _label(self) -> None:
        number, weight = 1, 1
        for layer in self.layers:
            last = layer is self.layers[-1]
            for place, neuron in enumerate(layer.neurons, start=1):
                output = "" if not last else "ŷ" if len(layer.neurons) == 1 else f"ŷ{place}"
                neuron.label(number, weight, output)
                number, weight = number + 1, weight + len(neuron.w)

    def __call__(self, x: Sequence[Any]) -> Any:
        """The output for one sample x, a list of `n_inputs` floats or Values: a Value, a list where there are several.

        Floats become Values, so that the inputs are seen in the graph. ValueError for another length.
        """
        names = self._inputs
        if not hasattr(x, "__len__"):
            raise TypeError(f"expected a list of {len(names)} inputs, got {type(x).__name__}: {x!r}")
        if len(x) != len(names):
            raise ValueError(f"expected a list of {len(names)} inputs, got {len(x)}")
        signals = [_input(item, name) for item, name in zip(x, names, strict=True)]
        for layer in self.layers:
            signals = layer(signals)
        return signals[0] if len(signals) == 1 else signals

    def matrices(self) -> dict[str, list[Any]]:
        """The parameters as W1 b1 W2 b2 ...: nested lists of the Values, one row of weights per neuron."""
        found: dict[str, list[Any]] = {}
        for place, layer in enumerate(self.layers, start=1):
            found[f"W{place}"] = [list(neuron.w) for neuron in layer.neurons]
            found[f"b{place}"] = [neuron.b for neuron in layer.neurons]
        return found

    def __repr__(self) -> str:
        first, last = self.layers[0].neurons[0], self.layers[-1].neurons[0]
        sizes = [len(layer.neurons) for layer in self.layers]
        return f"MLP({len(first.w)}, {sizes}, {_shown(first.activation)}, {_shown(last.activation)})"


def _input(x: Any, name: str) -> Value:
    if isinstance(x, Value):
        x.label = x.label or name
        return x
    return Value(x, name)


def _activation(given: Activation) -> Callable[[Any], Any]:
    if callable(given):
        return given
    if given not in ACTIVATIONS:
        hint = nearest(str(given), list(ACTIVATIONS))
        raise ValueError(f"unknown activation {given!r}; {hint}; or give a function of a Value")
    return ACTIVATIONS[given]


def _check_size(name: str, size: Any) -> None:
    if not isinstance(size, int) or size < 1:
        raise ValueError(f"{name}: expected a whole number from 1 on, got {size!r}")


def _shown(activation: Activation) -> str:
    return repr(activation) if isinstance(activation, str) else getattr(activation, "__name__", repr(activation))
