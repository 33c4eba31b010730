"""A trained network for programs without Python, as an ONNX file."""

from importlib import import_module
from typing import Any, NamedTuple

from autograd import leaky_relu, write_file
from nn.saving import Path

MISSING = "an ONNX file is written by the package onnx: pip install onnx"

OPSET, IR = 17, 8
"""The version of ONNX's operators, and of its files: of 2022, so that older programs read them too."""

SLOPE = leaky_relu.defaults["slope"]


class Dense(NamedTuple):
    """A layer as numbers: one row of weights per neuron, the biases, the name of the activation."""

    weights: list[list[float]]
    biases: list[float]
    activation: str

    @property
    def shape(self) -> tuple[int, int]:
        """How many neurons it has, and how many inputs."""
        return len(self.weights), len(self.weights[0])


class Plain(NamedTuple):
    """A network as it is written down: its layers, a line that says what it is, and how Python builds it."""

    layers: list[Dense]
    summary: str
    built: str


def write_onnx(network: Plain, path: Path) -> None:
    """Write a network as an ONNX file, whole or not at all."""
    try:
        onnx: Any = import_module("onnx")
    except ImportError:
        raise ImportError(MISSING) from None
    made = _Onnx(onnx)
    signal = "x"
    for number, layer in enumerate(network.layers, start=1):
        signal = made.layer(layer, number, signal, "y" if number == len(network.layers) else f"H{number}")
    proto = made.model(network)
    onnx.checker.check_model(proto, full_check=True)
    write_file(path, proto.SerializeToString(deterministic=True))


class _Onnx:
    """A graph of ONNX as it grows."""

    def __init__(self, onnx: Any) -> None:
        self._helper, self._double = onnx.helper, onnx.TensorProto.DOUBLE
        self._nodes: list[Any] = []
        self._tensors: dict[str, Any] = {}

    def layer(self, layer: Dense, number: int, signal: str, result: str) -> str:
        """Add a layer; the name of its result."""
        n, m = layer.shape
        rows = f"weights of layer {number}: one row per neuron, one column per input"
        self._tensor(f"W{number}", [n, m], [w for row in layer.weights for w in row], rows)
        self._tensor(f"b{number}", [n], layer.biases, f"biases of layer {number}")
        z = result if layer.activation == "linear" else f"Z{number}"
        about = f"weighted sums of layer {number}: W{number} x + b{number} for every row x"
        self._node("Gemm", [signal, f"W{number}", f"b{number}"], z, about, transB=1)
        if layer.activation != "linear":
            getattr(self, f"_{layer.activation}")(z, result, f"{layer.activation} of layer {number}")
        return result

    def model(self, network: Plain) -> Any:
        """The whole file."""
        tensor, helper, layers = self._helper.make_tensor_value_info, self._helper, network.layers
        n_inputs, n_outputs = layers[0].shape[1], layers[-1].shape[0]
        x = tensor("x", self._double, ["N", n_inputs], f"N samples of {n_inputs} inputs, a row each")
        y = tensor("y", self._double, ["N", n_outputs], f"{n_outputs} outputs for every sample")
        about = f"A fully connected network: {network.summary}"
        graph = helper.make_graph(self._nodes, "MLP", [x], [y], list(self._tensors.values()), about)
        proto = helper.make_model(
            graph, producer_name="chalkgrad", doc_string=about, ir_version=IR,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )  # fmt: skip
        activations = " ".join(layer.activation for layer in layers)
        sizes = " ".join(str(size) for size in (n_inputs, *(layer.shape[0] for layer in layers)))
        helper.set_model_props(proto, {"model": network.built, "sizes": sizes, "activations": activations})
        return proto

    def _relu(self, z: str, h: str, about: str) -> None:
        self._node("Relu", [z], h, about)

    def _tanh(self, z: str, h: str, about: str) -> None:
        self._node("Tanh", [z], h, about)

    def _leaky_relu(self, z: str, h: str, about: str) -> None:
        """The larger of z and slope · z: LeakyRelu would have the slope with the seven digits of a float32."""
        self._node("Mul", [z, self._number("slope", SLOPE)], f"{h}_leak", "slope · z")
        self._node("Max", [z, f"{h}_leak"], h, about)

    def _sigmoid(self, z: str, h: str, about: str) -> None:
        """1/(1 + e⁻ᶻ) in its parts: what runtimes have for Sigmoid may lose all digits where it is near 0."""
        self._node("Neg", [z], f"{h}_neg", "-z")
        self._node("Exp", [f"{h}_neg"], f"{h}_exp", "e⁻ᶻ")
        self._node("Add", [f"{h}_exp", self._number("one", 1.0)], f"{h}_sum", "1 + e⁻ᶻ")
        self._node("Reciprocal", [f"{h}_sum"], h, f"{about}: 1/(1 + e⁻ᶻ)")

    def _silu(self, z: str, h: str, about: str) -> None:
        self._sigmoid(z, f"{h}_sigmoid", "σ(z)")
        self._node("Mul", [z, f"{h}_sigmoid"], h, f"{about}: z · σ(z)")

    def _softsign(self, z: str, h: str, about: str) -> None:
        self._node("Abs", [z], f"{h}_abs", "|z|")
        self._node("Add", [f"{h}_abs", self._number("one", 1.0)], f"{h}_sum", "1 + |z|")
        self._node("Div", [z, f"{h}_sum"], h, f"{about}: z/(1 + |z|)")

    def _elu(self, z: str, h: str, about: str) -> None:
        """z or eᶻ - 1, as 2t/(1 - t) with t = tanh(z/2), which keeps its digits near 0: ONNX has no expm1."""
        self._node("Min", [z, self._number("zero", 0.0)], f"{h}_min", "min(z, 0)")
        self._node("Mul", [f"{h}_min", self._number("half", 0.5)], f"{h}_half", "min(z, 0)/2")
        self._node("Tanh", [f"{h}_half"], f"{h}_t", "t = tanh(min(z, 0)/2)")
        self._node("Add", [f"{h}_t", f"{h}_t"], f"{h}_twice", "2t")
        self._node("Sub", [self._number("one", 1.0), f"{h}_t"], f"{h}_rest", "1 - t")
        self._node("Div", [f"{h}_twice", f"{h}_rest"], f"{h}_below", "eᶻ - 1")
        self._node("Max", [z, f"{h}_below"], h, f"{about}: z where z > 0, else eᶻ - 1")

    def _gelu(self, z: str, h: str, about: str) -> None:
        raise ValueError(
            "to_onnx: gelu needs the error function, which runtimes of ONNX have in single precision only; "
            "to_c writes it"
        )

    def _softplus(self, z: str, h: str, about: str) -> None:
        """max(z, 0) + ln(1 + u), u = exp(-|z|), with what 1 + u was rounded by put back: ONNX has no log1p."""
        one = self._number("one", 1.0)
        self._node("Abs", [z], f"{h}_abs", "|z|")
        self._node("Neg", [f"{h}_abs"], f"{h}_neg", "-|z|")
        self._node("Exp", [f"{h}_neg"], f"{h}_u", "u = exp(-|z|)")
        self._node("Add", [f"{h}_u", one], f"{h}_w", "w = 1 + u, rounded")
        self._node("Log", [f"{h}_w"], f"{h}_log", "ln w")
        self._node("Sub", [f"{h}_w", one], f"{h}_kept", "w - 1")
        self._node("Sub", [f"{h}_u", f"{h}_kept"], f"{h}_lost", "u - (w - 1), what rounding lost")
        self._node("Div", [f"{h}_lost", f"{h}_w"], f"{h}_more", "what that adds to the logarithm")
        self._node("Add", [f"{h}_log", f"{h}_more"], f"{h}_log1p", "ln(1 + u)")
        self._node("Relu", [z], f"{h}_relu", "max(z, 0)")
        self._node("Add", [f"{h}_relu", f"{h}_log1p"], h, f"{about}: max(z, 0) + ln(1 + exp(-|z|))")

    def _node(self, op: str, inputs: list[str], result: str, about: str, **attributes: Any) -> None:
        node = self._helper.make_node(op, inputs, [result], name=result, doc_string=about, **attributes)
        self._nodes.append(node)

    def _tensor(self, name: str, shape: list[int], numbers: list[float], about: str) -> None:
        self._tensors[name] = self._helper.make_tensor(name, self._double, shape, numbers)
        self._tensors[name].doc_string = about

    def _number(self, name: str, number: float) -> str:
        """The name of a tensor that is one number."""
        if name not in self._tensors:
            self._tensor(name, [], [number], "a number that activations need")
        return name
