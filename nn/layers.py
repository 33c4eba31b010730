"""`Neuron`, `Layer`, `MLP`: weighted sums and activations, labelled as textbooks label them."""

import math
import operator
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any, Never

from autograd import Symbol, Value, dot, entries, jit, listing
from nn.activations import ACTIVATIONS, Activation, activation_of, spelled
from nn.export import Dense, Plain, write_onnx
from nn.initial import Initialisation, generator, initialisation
from nn.module import Module
from nn.saving import Architecture, Path, read
from nn.slips import not_listed
from nn.torch_state import named_of_torch, state_for_torch


class Neuron(Module):
    """h = f(z), z = w₁x₁ + ... + wₙxₙ + b: a weighted sum of n inputs, and an activation f.

    `activation` is a name of `ACTIVATIONS` or a function of one Value. The weights `w` (a list of
    n Values) are drawn with Python's `random`, or with the `rng` that is passed (a
    `random.Random`, or a generator of NumPy); the bias `b` starts at 0. The distribution is `init`, one of

    uniform      uniform(-1, 1), as in micrograd
    normal       the standard normal distribution
    xavier       uniform(±√(6/(n_inputs + n_outputs))), also called glorot (Glorot and Bengio 2010)
    he           normal of deviation √(2/n_inputs), also called kaiming (He et al. 2015)
    auto         he for relu and leaky_relu, xavier for the others
    a function   `(rng, n_inputs, n_outputs) -> float`, called for every weight

    where n_outputs counts the neurons of the layer (1 for a neuron alone). The nodes of a call are
    labelled z1 and h1; the gradient of z1 is the neuron's δ.

    >>> neuron = Neuron(2, "sigmoid")
    >>> neuron.load_named({"w1": 0.0, "w2": 1.0})
    >>> neuron([2, 3]).data
    0.9525741268224334
    """

    def __init__(
        self,
        n_inputs: int,
        activation: Activation = "relu",
        *,
        init: Initialisation = "uniform",
        rng: Any = None,
    ) -> None:
        n_inputs = _size("n_inputs", n_inputs)
        self.activation, self._function = activation_of(activation)
        weight, source = initialisation(init, self._function), generator(rng)
        self.w = [Value(weight(source, n_inputs, 1)) for _ in range(n_inputs)]
        self.b = Value(0.0)
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
        z: Value = dot(self.w, x if type(x) is list else _sample(x, len(self.w)), self.b)
        z.label = self._z
        h: Value = self._function(z)
        if h is not z:
            try:
                h.label = self._h
            except AttributeError:
                raise TypeError(
                    f"the activation {spelled(self.activation)} gave {type(h).__name__} {h!r}, expected a Value: "
                    "compute with operators and the functions of autograd, not with .data and math"
                ) from None
        return h

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, {spelled(self.activation)})"


class Layer(Module):
    """`n_outputs` neurons side by side, all with the same `n_inputs` inputs; a call returns a list.

    `activation`, `init` and `rng` as in `Neuron`.

    >>> len(Layer(2, 3, "tanh")([0.5, -1.0]))
    3
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: Activation = "relu",
        *,
        init: Initialisation = "uniform",
        rng: Any = None,
    ) -> None:
        n_inputs, n_outputs = _size("n_inputs", n_inputs), _size("n_outputs", n_outputs)
        weight = initialisation(init, activation_of(activation)[1])

        def in_layer(rng: Any, n_inputs: int, _: int) -> float:
            return weight(rng, n_inputs, n_outputs)

        self.neurons = [Neuron(n_inputs, activation, init=in_layer, rng=rng) for _ in range(n_outputs)]
        for place, neuron in enumerate(self.neurons):
            neuron.label(place + 1, place * n_inputs + 1)

    def __call__(self, x: Sequence[Any]) -> list[Value]:
        """The h of every neuron for the inputs x."""
        x = x if type(x) is list else _sample(x, len(self.neurons[0].w))
        return [neuron(x) for neuron in self.neurons]

    def _as_numbers(self, what: str, number: int, width: int, name: str | None) -> Dense:
        """The layer of a number as it is written down; ValueError where its activation is not the one of that name."""
        for neuron in self.neurons:
            if name is None or neuron._function is not ACTIVATIONS[name]:
                function = getattr(neuron._function, "__name__", repr(neuron._function))
                raise ValueError(
                    f"{what}: the activation of layer {number} is a function, {function}, which a file cannot hold; "
                    f"expected one of {', '.join(ACTIVATIONS)}, the same in the whole layer"
                )
            if len(neuron.w) != width:
                raise ValueError(f"{what}: a neuron of layer {number} has {len(neuron.w)} weights, expected {width}")
        rows = [[w.data for w in neuron.w] for neuron in self.neurons]
        return Dense(rows, [neuron.b.data for neuron in self.neurons], name or "")

    def __repr__(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.w)}, {len(self.neurons)}, {spelled(first.activation)})"


class MLP(Module):
    """A network of fully connected layers: `MLP(2, [16, 16, 1])` has 2 inputs, 16 + 16 hidden units, 1 output.

    The hidden layers have the `activation` (relu unless given; a list has one for each), the last
    layer `output` (linear unless given). Everything is named as on paper, neuron by neuron and
    layer by layer: inputs x1 x2, weights w1 w2 (first neuron) w3 w4 ..., biases b1 b2 ..., weighted
    sums z1 z2 ..., activations h1 h2 ..., outputs ŷ (or ŷ1 ŷ2 ...). Weights are drawn as in
    `Neuron`, layer by layer.

    >>> model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    >>> list(model.named_parameters())
    ['w1', 'w2', 'b1', 'w3', 'w4', 'b2', 'w5', 'w6', 'b3']
    >>> MLP(2, [16, 8, 1], activation=["tanh", "relu"], output="sigmoid", init="auto")
    MLP(2, [16, 8, 1], ['tanh', 'relu'], 'sigmoid')
    """

    def __init__(
        self,
        n_inputs: int,
        sizes: Sequence[int] = (),
        activation: Activation | Sequence[Activation] = "relu",
        output: Activation = "linear",
        *,
        init: Initialisation = "uniform",
        rng: Any = None,
    ) -> None:
        if isinstance(n_inputs, (list, tuple)) and len(n_inputs) > 1:
            first, *rest = n_inputs
            raise TypeError(f"MLP takes the number of inputs, then the layers: write MLP({first}, {rest})")
        if not isinstance(sizes, Sequence) or not sizes:
            raise ValueError(f"sizes: expected a list with the units of every layer, such as [16, 1], got {sizes!r}")
        widths = [_size("n_inputs", n_inputs), *(_size("sizes", size) for size in sizes)]
        hidden = [activation] * (len(sizes) - 1) if isinstance(activation, str) or callable(activation) else activation
        if not isinstance(hidden, Sequence) or len(hidden) != len(sizes) - 1:
            raise ValueError(
                f"activation: expected one, or a list with one for each of {len(sizes) - 1} hidden layers, "
                f"got {activation!r}; that of the last layer is given as output="
            )
        if isinstance(activation, str):
            activation_of(activation)  # also where there is no hidden layer to have it
        functions = [activation_of(f)[0] for f in (*hidden, output)]  # all checked before a weight is drawn
        self.layers = [
            Layer(n, m, f, init=init, rng=rng) for n, m, f in zip(widths, widths[1:], functions, strict=False)
        ]
        self._inputs = [f"x{place}" for place in range(1, widths[0] + 1)]
        self._label()

    def _label(self) -> None:
        number, weight = 1, 1
        for layer in self.layers:
            last = layer is self.layers[-1]
            for place, neuron in enumerate(layer.neurons, start=1):
                output = "" if not last else "ŷ" if len(layer.neurons) == 1 else f"ŷ{place}"
                neuron.label(number, weight, output)
                number, weight = number + 1, weight + len(neuron.w)

    def __call__(self, x: Sequence[Any], *more: Never) -> Any:
        """The output for one sample x, a list of `n_inputs` floats or Values: a Value, a list where there are several.

        Floats become Values, so that the inputs are seen in the graph; a number is the list of one.
        ValueError for another length. Of a list or array of samples, the list of their outputs.
        """
        if more:
            raise not_listed(x, more)
        count = len(self._inputs)
        x = x if type(x) is list else _sample(x, count)
        if x and _is_sample(x[0]):
            return [self._output(sample if type(sample) is list else _sample(sample, count)) for sample in x]
        return self._output(x)

    def _output(self, x: list[Any]) -> Any:
        names = self._inputs
        if len(x) != len(names):
            raise ValueError(f"expected a list of {len(names)} inputs, got {len(x)}")
        signals = [_input(item, name) for item, name in zip(x, names, strict=True)]
        for layer in self.layers:
            signals = layer(signals)
        return signals[0] if len(signals) == 1 else signals

    def matrices(self) -> dict[str, list[Any]]:
        """The parameters as W1 b1 W2 b2 ...: nested lists of the Values, one row of weights per neuron.

        >>> model = MLP(2, [2, 1])
        >>> model.load_named({"W1": [[1, 2], [3, 4]], "b1": [5, 6]})
        >>> [[w.data for w in row] for row in model.matrices()["W1"]]
        [[1.0, 2.0], [3.0, 4.0]]
        """
        found: dict[str, list[Any]] = {}
        for place, layer in enumerate(self.layers, start=1):
            found[f"W{place}"] = [list(neuron.w) for neuron in layer.neurons]
            found[f"b{place}"] = [neuron.b for neuron in layer.neurons]
        return found

    def to_torch(self, names: Sequence[str] | None = None) -> dict[str, Any]:
        """The parameters as PyTorch's: a state dict of float64 tensors for `torch.nn.Sequential(Linear, Tanh, Linear)`.

        `names` are those of the Linear modules in a module of another kind, such as `["fc1", "fc2"]`. This
        needs torch.
        """
        return state_for_torch(self, names)

    def from_torch(self, state: Mapping[str, Any]) -> None:
        """Take the parameters from a state dict of PyTorch, whose Linear modules are of the sizes of these layers.

        They are taken in order, whatever their names; ValueError where they do not fit, and then no
        parameter has changed.

        >>> model = MLP(2, [1])
        >>> model.from_torch({"0.weight": [[0.5, -3.0]], "0.bias": [1.0]})
        >>> model.state_dict()
        {'w1': 0.5, 'w2': -3.0, 'b1': 1.0}
        """
        self.load_named(named_of_torch(state, len(self.layers)), columns=False)

    def to_onnx(self, path: Path) -> None:
        """Write the network as an ONNX file, which programs in many languages run.

        This needs the package onnx: `pip install onnx`. The file takes "x", one row per
        sample, [N, n_inputs], and gives "y", [N, n_outputs], all in double precision: the engine's
        numbers to rounding. Weights are called W1 b1 W2 b2 ... The file is replaced as a whole.
        ValueError for an activation that was given as a function, and for a parameter that is no
        finite number.
        """
        write_onnx(self._as_numbers("to_onnx"), path)

    def to_c(self, path: Path | None = None, name: str = "predict") -> str:
        """The network as a file of C99 that stands alone, with `void predict(const double *x, double *y)` in it.

        The text is returned, and written if a path is given; `name` is that of the function. Weights
        are exact, and it computes in the order of the engine: with the same mathematical library,
        the very bits. Activations may be functions of your own. ValueError for a name that C does not
        take, and for a parameter that is no finite number.

        >>> model = MLP(2, [1])
        >>> model.load_named({"W1": [[0.5, -3]], "b1": [1]})
        >>> print("\\n".join(model.to_c().splitlines()[-9:]))
        void predict(const double *x, double *y) {
            // Layer 1
            for (int i = 0; i < 1; i++) {
                double z = W1[i][0] * x[0];
                for (int j = 1; j < 2; j++) z += W1[i][j] * x[j];
                z += b1[i];
                y[i] = z;
            }
        }
        """
        self._check_finite("to_c")
        shape = self.architecture()
        about = f"A {'fully connected ' if shape else ''}network, written by chalkgrad: {shape or repr(self)}; "
        about += f"{len(self.parameters())} parameters."
        return jit(self).to_c(path, name, [[0.0] * len(self._inputs)], about)

    def _as_numbers(self, what: str) -> Plain:
        """The network as it is written down.

        ValueError, which begins with `what`, where it is more than layers of weighted sums with
        activations known by name, or where a parameter is no finite number.
        """
        architecture = self.architecture()
        if architecture is None:
            raise ValueError(
                f"{what}: {type(self).__name__} is a class of its own, which may do more than the layers of an MLP; "
                "expected an MLP itself"
            )
        self._check_finite(what)
        layers: list[Dense] = []
        for number, (layer, name) in enumerate(zip(self.layers, architecture.activations, strict=True), start=1):
            width = len(layers[-1].weights) if layers else architecture.inputs
            layers.append(layer._as_numbers(what, number, width, name))
        return Plain(layers, f"{architecture}; {len(self.parameters())} parameters", repr(self))

    def _check_finite(self, what: str) -> None:
        strange = [f"{name} = {number}" for name, number in self.state_dict().items() if not math.isfinite(number)]
        if strange:
            raise ValueError(f"{what}: expected finite parameters, got {listing(strange)}")

    def architecture(self) -> Architecture | None:
        """Sizes and names of activations, which `nn.load` rebuilds it from; None for a subclass, which may do more."""
        if type(self) is not MLP:
            return None
        names = tuple(f if isinstance(f, str) else None for f in self._activations())
        return Architecture(len(self._inputs), tuple(len(layer.neurons) for layer in self.layers), names)

    def _activations(self) -> list[Activation]:
        return [layer.neurons[0].activation for layer in self.layers]

    def __repr__(self) -> str:
        sizes = [len(layer.neurons) for layer in self.layers]
        *hidden, output = map(spelled, self._activations())
        shown = hidden[0] if len(set(hidden)) == 1 else f"[{', '.join(hidden)}]"
        return f"{type(self).__name__}({len(self._inputs)}, {sizes}, {shown}, {output})"


def load(path: Path) -> MLP:
    """The network that `MLP.save` wrote to a file: its sizes, activations and parameters.

    A file that is damaged or is not of an `MLP` is a ValueError that names it. Where an activation
    was given as a function, the file does not hold it: build the model with that function, and
    take the parameters by `model.load(path)`.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.json")
    ...     MLP(2, [3, 1], "tanh").save(path)
    ...     load(path)
    MLP(2, [3, 1], 'tanh', 'linear')
    """
    network, parameters = read(path)
    by_hand = "build the model as it was, and take the parameters by its load(path)"
    if network is None:
        raise ValueError(f"{path}: the file is of a module that is no MLP: {by_hand}")
    names = [name for name in network.activations if name is not None]
    if len(names) < len(network.sizes):
        raise ValueError(f"{path}: an activation is a function, which the file does not hold: {by_hand}")
    count = network.n_parameters()
    if count != len(parameters):  # found before anything of such sizes is built
        raise ValueError(f"{path}: {network} have {count} parameters, but {len(parameters)} are in the file")
    *hidden, output = names
    try:
        model = MLP(network.inputs, network.sizes, hidden, output, init=_zero)
        model.load_state_dict(parameters)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return model


def _zero(rng: Any, n_inputs: int, n_outputs: int) -> float:
    return 0.0


def _sample(x: Any, count: int) -> Any:
    """The inputs as a list; a single number is the list of one."""
    items = entries(x)
    if items is None and (count > 1 or not isinstance(x, (Value, Symbol, float, int))):
        raise TypeError(f"expected a list of {count} inputs, got {type(x).__name__}: {x!r}")
    return [x] if items is None else items


def _is_sample(x: Any) -> bool:
    """Whether what stands where a number might is a sample of its own."""
    return type(x) is not float and (isinstance(x, (list, tuple)) or getattr(x, "shape", ()) != ())


def _input(x: Any, name: str) -> Any:
    if isinstance(x, (Value, Symbol)):
        x.label = x.label or name
        return x
    if isinstance(x, (list, tuple)) or getattr(x, "shape", ()) != ():
        raise TypeError(
            f"expected a number for {name}, got {type(x).__name__}: {reprlib.repr(x)}; expected one sample, a list "
            "of numbers, or a list of samples"
        )
    return Value(x, name)


def _size(name: str, size: Any) -> int:
    try:
        count = operator.index(size)
    except TypeError:
        count = 0
    if count < 1:
        raise ValueError(f"{name}: expected a whole number from 1 on, got {size!r}")
    return count
