"""Traced functions as C: a C compiler's numbers against the engine's, operation by operation and for whole layers."""

import ctypes
import math
import random
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, dot, jit, load_traced, log_softmax, ops, softmax, tanh, total, value_and_grad
from autograd.compiler import ieee
from autograd.compiler.structure import flattened
from autograd.primitive import Primitive
from nn import MLP, bce_with_logits, cross_entropy, mse
from tests.helpers import SPECIAL, points, ulps

CC = shutil.which("cc") or ""
pytestmark = pytest.mark.skipif(not CC, reason="no C compiler")


def in_c(f: Any, folder: Path, rows: Sequence[Sequence[Any]]) -> list[list[float]]:
    """What the C of a function writes for the arguments in each of these rows."""
    text = jit(f).to_c(folder / "f.c", at=rows[0])
    assert (folder / "f.c").read_text() == text
    strict = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-ffp-contract=off"]
    library = folder / f"{len(list(folder.iterdir()))}.so"
    subprocess.run([CC, *strict, "-shared", "-fPIC", folder / "f.c", "-o", library, "-lm"], check=True)
    compute = ctypes.CDLL(str(library)).compute
    count = len(flattened(f(*rows[0]))[1])
    found = []
    for row in rows:
        x = [float(number) for arg in row for number in flattened(arg)[1]]
        y = (ctypes.c_double * (count + 1))(*[math.pi] * (count + 1))
        compute((ctypes.c_double * len(x))(*x), y)
        assert y[count] == math.pi  # nothing behind the results is touched
        found.append(y[:count])
    return found


def numbers(y: Any) -> list[float]:
    return [one.data if isinstance(one, Value) else one for one in flattened(y)[1]]


def agree(f: Any, folder: Path, rows: Sequence[Sequence[Any]]) -> None:
    for own, row in zip(in_c(f, folder, rows), rows, strict=True):
        assert own == pytest.approx(numbers(f(*row)), rel=1e-12, abs=1e-12)


# ---------------------------------------------------------------- every operation


def test_every_operation_and_its_slopes(tmp_path: Path) -> None:
    """All rows of the table in one function; also where Python raises, as IEEE 754 has it."""
    rows = [row for row in ops.TABLE if row is not ops.identity]
    at = [[points(row, 12)[k] for row in rows] for k in range(12)]
    xs = [tuple(map(list, one)) for one in at]
    found = in_c(lambda *args: [row(*own) for row, own in zip(rows, args, strict=True)], tmp_path, xs)
    for row_of_results, given in zip(found, at, strict=True):
        for row, y, own in zip(rows, row_of_results, given, strict=True):
            assert ulps(y, row(*own)) <= 4, (row, own)


def test_special_values(tmp_path: Path) -> None:
    rows = [row for row in ops.TABLE if len(row.domain) == 1 and row is not ops.identity]
    found = in_c(lambda x: [row(x) for row in rows], tmp_path, [[0.5], *([x] for x in SPECIAL)])
    for x, own in zip(SPECIAL, found[1:], strict=True):
        for row, y in zip(rows, own, strict=True):
            expected = ieee.evaluate(row, [x])
            assert repr(y) == repr(expected) or ulps(y, expected) <= 4, (row, x)


def test_an_operation_of_ones_own(tmp_path: Path) -> None:
    root = Primitive("root", lambda x: x**0.25, [lambda g, y, x: g * y / (4.0 * x)], domain=[(1, 9)],
                     lower=lambda x: ops.sqrt(ops.sqrt(x)))  # fmt: skip
    third = Primitive("third", lambda x: x ** (1 / 3), [lambda g, y, x: g * y / (3.0 * x)], domain=[(1, 9)],
                      lower="cbrt")  # fmt: skip
    agree(lambda x: [root(x), third(x)], tmp_path, [[2.0], [5.0]])
    none = Primitive("none", lambda x: math.floor(x) * 1.0, [lambda g, y, x: 0.0], domain=[(1, 9)])
    with pytest.raises(ValueError, match=r"the operation none cannot be written in C: .*lower="):
        jit(lambda x: none(x)).to_c(at=[2.0])


# ---------------------------------------------------------------- layers


@pytest.mark.parametrize("outputs", [1, 5])
@pytest.mark.parametrize("which", ["softmax", "a factor in front", "a loss", "a loss of a class", "written by hand"])
def test_what_is_made_of_layers(tmp_path: Path, which: str, outputs: int) -> None:
    rng = random.Random(outputs)
    model = MLP(3, [4, outputs], "tanh", "linear", rng=rng)

    def all_of(x: Any) -> Any:
        return model(x) if outputs > 1 else [model(x)]

    w = [[Value(rng.uniform(-1, 1)) for _ in range(3)] for _ in range(outputs)]
    f: Any = {
        "softmax": lambda x: softmax(all_of(x)),
        "a factor in front": lambda s, x: [s * y for y in log_softmax(all_of(x))],
        "a loss": lambda x, y: mse(all_of(x), y),
        "a loss of a class": lambda x, k: cross_entropy([*all_of(x), 0.5], k),
        "written by hand": lambda x: (lambda h: [*h, sum(tanh(z) for z in h), max(1.0, 2.0), x[2]])(
            [dot(row, x) for row in w]),
    }[which]  # fmt: skip
    xs = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(4)]
    rows: dict[str, list[list[Any]]] = {
        "a factor in front": [[rng.random(), x] for x in xs],
        "a loss": [[x, [rng.random() for _ in range(outputs)]] for x in xs],
        "a loss of a class": [[x, float(rng.randrange(outputs))] for x in xs],
    }
    agree(f, tmp_path, rows.get(which, [[x] for x in xs]))


def test_softmax_of_layers_is_in_loops(tmp_path: Path) -> None:
    def code(*sizes: int) -> str:
        model = MLP(sizes[0], list(sizes[1:]))
        text = jit(lambda x: softmax(model(x))).to_c(at=[[0.0] * sizes[0]])
        return text[text.index("void compute(const double *x, double *y) {") :]

    assert code(3, 4, 5) == re.sub(r"\b9\b", "3", code(9, 20, 30)).replace("20", "4").replace("30", "5")


def test_weights_that_are_plain_numbers(tmp_path: Path) -> None:
    """Of a network whose weights are no Values, and of one that was read from a file."""
    rng = random.Random(6)
    w, v = ([[rng.gauss(0, 1) for _ in range(n)] for _ in range(m)] for n, m in ((3, 5), (5, 2)))
    model = MLP(3, [5, 2], "tanh", rng=rng)
    traced = jit(model)
    traced([0.0, 0.0, 0.0])
    traced.save(tmp_path / "model.json")
    for f in (lambda x: [dot(row, [tanh(dot(row, x, 0.5)) for row in w]) for row in v],
              load_traced(tmp_path / "model.json")):  # fmt: skip
        agree(f, tmp_path, [[[0.1, -0.2, 0.3]], [[1.0, 2.0, -3.0]]])
        assert "static const double W2[2][5]" in jit(f).to_c(at=[[0.0] * 3])


def test_a_gradient_is_written_line_by_line(tmp_path: Path) -> None:
    model = MLP(3, [2, 1], "gelu", "elu", rng=random.Random(3))
    f = value_and_grad(lambda x, y: bce_with_logits(model(x), y))
    agree(f, tmp_path, [[[0.1, -0.2, 0.3], 1.0], [[1.0, 2.0, -3.0], 0.0]])


def test_results_that_are_arguments_or_numbers(tmp_path: Path) -> None:
    agree(lambda x: {"a": x["b"], "c": [3.0, x["b"] * 2, -x["d"], total([x["b"], x["d"]])]}, tmp_path,
          [[{"b": 1.5, "d": -0.0}], [{"b": -1e300, "d": 1e300}]])  # fmt: skip
    assert in_c(lambda x: [3.0, 4.0], tmp_path, [[2.0]]) == [[3.0, 4.0]]
    assert in_c(lambda x: [math.inf * x, -math.inf, math.nan], tmp_path, [[2.0]])[0][:2] == [math.inf, -math.inf]


def test_names_that_mean_something_in_the_file() -> None:
    f = jit(lambda x: ops.relu(x) * 0.5)
    for name in ("sigmoid", "relu", "y", "int"):
        with pytest.raises(ValueError, match="means something else in C or in the file"):
            f.to_c(name=name, at=[1.0])
    w = Value(0.5, "w1")
    with pytest.raises(ValueError, match="means something else in C or in the file"):
        jit(lambda x: x * w).to_c(name="c0", at=[1.0])
    with pytest.raises(RuntimeError, match="has not been called yet"):
        f.to_c()
