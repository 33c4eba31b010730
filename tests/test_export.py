"""Networks for programs without Python, run there: ONNX files by onnxruntime, C by a C compiler."""

import ctypes
import itertools
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, no_grad
from autograd.compiler.machine_languages import C_FUNCTIONS
from nn import MLP
from nn.activations import ACTIVATIONS

NAMES = list(ACTIVATIONS)
IN_ONNX = [name for name in NAMES if name != "gelu"]
SHAPES = [(1, [1]), (2, [3, 1]), (3, [4, 5, 2]), (4, [16, 16, 3]), (1, [7, 1, 1, 2])]

CC = shutil.which("cc")
needs_cc = pytest.mark.skipif(CC is None, reason="no C compiler")


def networks(seed: int, names: list[str]) -> list[MLP]:
    """Networks of all sizes above, each activation in every layer of some, with biases and weights of many sizes."""
    rng = random.Random(seed)
    found = []
    for (n, sizes), name, output in itertools.product(SHAPES, names, names):
        hidden = [name, *(rng.choice(names) for _ in sizes[2:])][: len(sizes) - 1]
        model = MLP(n, sizes, hidden, output, init="auto", rng=rng)
        for p in model.parameters():
            p.data = p.data * rng.choice([1.0, 1.0, 3.0]) + (0.5 if p.label.startswith("b") else 0.0)
        found.append(model)
    return found


def samples(n: int, rng: random.Random, count: int = 8) -> list[list[float]]:
    return [[0.0] * n] + [[rng.gauss(0, 2) for _ in range(n)] for _ in range(count - 1)]


def outputs(model: MLP, x: Sequence[float]) -> list[float]:
    with no_grad():
        y = model(list(x))
    return [y.data] if isinstance(y, Value) else [each.data for each in y]


def bits(numbers: Sequence[float]) -> list[int]:
    """Whole numbers that count the floats in order, so that their differences are units in the last place."""
    raw = [struct.unpack("<q", struct.pack("<d", x))[0] for x in numbers]
    return [i if i >= 0 else -(i & (2**63 - 1)) for i in raw]


def swish(z: Value) -> Value:
    return z * z.sigmoid()


def line(activation: Any, w: float = 1.0, b: float = 0.0) -> MLP:
    """One neuron of one input."""
    model = MLP(1, [1], output=activation)
    model.load_named({"w1": w, "b1": [b]})
    return model


# ---------------------------------------------------------------- ONNX


def session(model: MLP, path: Path) -> Any:
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    model.to_onnx(path)
    return runtime.InferenceSession(os.fspath(path), providers=["CPUExecutionProvider"])


def run(loaded: Any, rows: Sequence[Sequence[float]]) -> list[list[float]]:
    import numpy as np

    found: list[list[float]] = loaded.run(None, {"x": np.array(rows, dtype=np.float64)})[0].tolist()
    return found


def test_onnxruntime_computes_the_numbers_of_the_engine(tmp_path: Path) -> None:
    rng = random.Random(2)
    for model in networks(1, IN_ONNX):
        rows = samples(len(model._inputs), rng)
        for x, found in zip(rows, run(session(model, tmp_path / "m.onnx"), rows), strict=True):
            assert found == pytest.approx(outputs(model, x), rel=1e-12, abs=0), (model, x)


@pytest.mark.parametrize("name", IN_ONNX)
def test_activations_keep_their_digits_everywhere(tmp_path: Path, name: str) -> None:
    sizes = [10.0**k * c for k in range(-20, 3) for c in (1.0, 3.7, 7.0)]
    rows = [[s] for z in sizes for s in (z, -z)] + [[0.0]]
    model = line(name)
    for (x,), (y,) in zip(rows, run(session(model, tmp_path / "m.onnx"), rows), strict=True):
        # tanh is the runtime's own, a polynomial that is right to a few units of 1e-16
        assert y == pytest.approx(outputs(model, [x])[0], rel=1e-14 if name != "tanh" else 2e-15, abs=1e-300), x


def test_what_runtimes_lack_is_not_written(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    with pytest.raises(ValueError, match="gelu needs the error function"):
        line("gelu").to_onnx(tmp_path / "m")
    assert os.listdir(tmp_path) == []


def test_the_onnx_file_says_what_it_is(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    model, path = MLP(2, [3, 1], "tanh", "sigmoid", rng=random.Random(4)), tmp_path / "m.onnx"
    model.to_onnx(os.fspath(path))
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    assert proto.producer_name == "chalkgrad"
    assert "2 inputs, layers of 3 tanh, 1 sigmoid; 13 parameters" in proto.doc_string
    properties = {each.key: each.value for each in proto.metadata_props}
    assert properties == {"model": repr(model), "sizes": "2 3 1", "activations": "tanh sigmoid"}
    (x,), (y,) = proto.graph.input, proto.graph.output
    shapes = [[d.dim_param or d.dim_value for d in each.type.tensor_type.shape.dim] for each in (x, y)]
    assert (x.name, y.name, shapes) == ("x", "y", [["N", 2], ["N", 1]])
    assert {each.type.tensor_type.elem_type for each in (x, y)} == {onnx.TensorProto.DOUBLE}
    tensors = {t.name: onnx.numpy_helper.to_array(t).tolist() for t in proto.graph.initializer}
    for name, values in model.matrices().items():
        plain = [[w.data for w in row] if isinstance(row, list) else row.data for row in values]
        assert tensors.pop(name) == plain
    assert tensors == {"one": 1.0}
    assert all(node.doc_string for node in proto.graph.node)
    first = path.read_bytes()
    model.to_onnx(path)
    assert path.read_bytes() == first


def test_without_onnx_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install onnx"):
        line("tanh").to_onnx(tmp_path / "m")
    assert os.listdir(tmp_path) == []
    assert "void predict" in line("tanh").to_c()


# ---------------------------------------------------------------- C


def compiled(model: MLP, folder: Path, *flags: str, name: str = "predict") -> Callable[[Sequence[float]], list[float]]:
    """The network's C, as a function from Python."""
    source, library = folder / f"{name}.c", folder / f"{len(os.listdir(folder))}.so"
    text = model.to_c(source, name)
    assert source.read_text(encoding="ascii") == text
    strict = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-O2"]
    assert CC is not None
    done = subprocess.run(
        [CC, *strict, *flags, "-shared", "-fPIC", str(source), "-o", str(library), "-lm"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    function = getattr(ctypes.CDLL(os.fspath(library)), name)
    function.restype = None
    n, m = len(model._inputs), len(model.layers[-1].neurons)

    def call(x: Sequence[float]) -> list[float]:
        y = (ctypes.c_double * (m + 1))(*[math.pi] * (m + 1))
        function((ctypes.c_double * n)(*x), y)
        assert y[m] == math.pi  # nothing behind the outputs is touched
        return y[:m]

    return call


@needs_cc
def test_c_computes_the_bits_of_the_engine(tmp_path: Path) -> None:
    rng = random.Random(5)
    for model in networks(3, NAMES)[:: len(NAMES) * 2 + 1]:  # every activation, above and below others, and all shapes
        names = {str(name) for name in model._activations()}
        predict = compiled(model, tmp_path, "-ffp-contract=off")
        for x in samples(len(model._inputs), rng):
            found, expected = bits(predict(x)), bits(outputs(model, x))
            if names <= {"relu", "linear", "leaky_relu"}:
                assert found == expected, (model, x)
            assert all(abs(a - b) <= 4 for a, b in zip(found, expected, strict=True)), (model, x)


@needs_cc
@pytest.mark.parametrize("name", NAMES)
def test_c_activations_at_all_sizes(tmp_path: Path, name: str) -> None:
    model = line(name)
    predict = compiled(model, tmp_path, "-ffp-contract=off")
    sizes = [0.0, 5e-324, *(10.0**k * c for k in range(-20, 4) for c in (1.0, 7.1)), 1e308]
    for x in [s for z in sizes for s in (z, -z)]:
        (found,), (expected,) = bits(predict([x])), bits(outputs(model, [x]))
        assert abs(found - expected) <= 4, x
    assert math.isnan(predict([math.nan])[0])


@needs_cc
def test_every_weight_comes_through_exactly(tmp_path: Path) -> None:
    numbers = [0.1, -1 / 3, 5e-324, -2.2250738585072014e-308, 1.7976931348623157e308, -0.0, 0.0, 2.0**-1074, 1.0, 1e22]
    model = MLP(1, [len(numbers)])
    model.load_named({"W1": [[number] for number in numbers], "b1": [0.0] * len(numbers)})
    assert bits(compiled(model, tmp_path, "-ffp-contract=off")([1.0])) == bits([x * 1.0 + 0.0 for x in numbers])
    model.load_named({"W1": [[0.0]] * len(numbers), "b1": numbers})
    assert compiled(model, tmp_path, "-ffp-contract=off")([1.0]) == numbers


def test_c_reads_well_and_has_only_what_it_needs() -> None:
    text = MLP(2, [3, 1], "tanh", "sigmoid", rng=random.Random(4)).to_c()
    assert text.isascii()
    assert text.startswith("// A fully connected network, written by chalkgrad: 2 inputs, layers of 3 tanh, 1 sigmoid;")
    assert re.findall("#.*", text) == ["#include <math.h>"]
    assert [op.name for op in C_FUNCTIONS if f"double {op.name}(" in text] == ["sigmoid"]
    assert "// Layer 2: 3 inputs, 1 neuron. One row of weights per neuron." in text
    assert "static const double W1[3][2] = {" in text and "static const double b2[1] = {" in text
    assert max(map(len, MLP(9, [5]).to_c().splitlines())) < 170


@needs_cc
def test_a_name_for_the_function(tmp_path: Path) -> None:
    model = line("tanh")
    assert bits(compiled(model, tmp_path, name="price_2")([0.3])) == bits(outputs(model, [0.3]))


@pytest.mark.parametrize(
    "name",
    ["", "2d", "a b", "a-b", "ŷ", "x\n", "_x", "a;b", "f(", "double", "int", "main", "tanh", "sinf", "expl", "W1", "b2",
     "relu", "y", "h1", "M_PI", "class", None, 3],
)  # fmt: skip
def test_names_that_c_does_not_take(tmp_path: Path, name: Any) -> None:
    with pytest.raises(ValueError, match=r"^name: "):
        line("relu").to_c(tmp_path / "m", name=name)
    assert os.listdir(tmp_path) == []


class Scaled(MLP):
    def __call__(self, x: Any) -> Any:
        return [2 * y for y in super().__call__(x)]


@needs_cc
def test_c_of_any_network_that_can_be_traced(tmp_path: Path) -> None:
    """An activation that is a function, a class of one's own, activations that differ within a layer."""
    mixed = MLP(2, [2, 2], "tanh")
    mixed.layers[0].neurons[1]._function = ACTIVATIONS["relu"]
    for model in (MLP(2, [3, 2], swish, swish), Scaled(2, [3, 2], "tanh"), mixed):
        predict = compiled(model, tmp_path)
        for x in samples(2, random.Random(1)):
            assert predict(x) == pytest.approx(outputs(model, x), rel=1e-12, abs=0)


# ---------------------------------------------------------------- what neither takes


def writers() -> list[Any]:
    return [pytest.param(lambda model, path: model.to_onnx(path), id="onnx"),
            pytest.param(lambda model, path: model.to_c(path), id="c")]  # fmt: skip


@pytest.mark.parametrize("write", writers())
def test_what_is_not_finite_is_refused(tmp_path: Path, write: Callable[[MLP, Path], None]) -> None:
    with pytest.raises(ValueError, match=r"expected finite parameters, got w1 = inf"):
        write(line("relu", math.inf), tmp_path / "m")
    assert os.listdir(tmp_path) == []


def test_what_is_no_plain_network_has_no_onnx(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    path = tmp_path / "m"

    def write(model: MLP, path: Path) -> None:
        model.to_onnx(path)

    with pytest.raises(ValueError, match=r"activation of layer 1 is a function, swish.*expected one of linear, relu"):
        write(MLP(2, [3, 1], swish), path)
    with pytest.raises(ValueError, match=r"Scaled is a class of its own.*expected an MLP itself"):
        write(Scaled(2, [1]), path)
    mixed = MLP(2, [2])
    mixed.layers[0].neurons[1]._function = ACTIVATIONS["tanh"]
    with pytest.raises(ValueError, match="the same in the whole layer"):
        write(mixed, path)
    longer = MLP(2, [2])
    longer.layers[0].neurons[1].w.append(Value(1.0))
    with pytest.raises(ValueError, match="a neuron of layer 1 has 3 weights, expected 2"):
        write(longer, path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("write", writers())
def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[MLP, Path], None]
) -> None:
    pytest.importorskip("onnx")
    path = tmp_path / "m"
    write(line("relu"), path)
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left") as caught:
            write(line("tanh"), path)
    assert caught.value.filename == os.fspath(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["m"]
    with pytest.raises(OSError):
        write(line("tanh"), tmp_path / "missing" / "m")
