"""Traced functions in files: the same results to the last bit without the function, and nothing else is read as one."""

import copy
import itertools
import json
import math
import os
import random
import re
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from autograd import (
    Value,
    exp,
    grad,
    hessian,
    jit,
    load_traced,
    log,
    no_grad,
    ops,
    power,
    sigmoid,
    softplus,
    value_and_grad,
)
from autograd.compiler.portable import DEEPEST, FORMAT
from autograd.primitive import Primitive
from nn import MLP, bce, mse
from tests.helpers import SPECIAL, points

BACKENDS = ["python", *(["llvm"] if find_spec("llvmlite") else [])]

both = pytest.mark.parametrize("backend", BACKENDS)


def reloaded(f: Any, path: Path, backend: str = "python") -> Any:
    """A compiled function after a way through a file."""
    f.save(path)
    return load_traced(path, backend)


def same(a: Any, b: Any) -> bool:
    """Whether two results are alike to the last bit, in structure too; all NaNs are one."""
    return repr(a) == repr(b) and type(a) is type(b)


# ---------------------------------------------------------------- the same results


@both
@pytest.mark.parametrize("row", ops.TABLE, ids=lambda row: row.name)
def test_every_operation_comes_back_to_the_last_bit(tmp_path: Path, row: Primitive, backend: str) -> None:
    f = jit(lambda xs: row(*xs), backend)
    at = points(row, 20)
    f(list(at[0]))
    g = reloaded(f, tmp_path / "f", backend)
    for xs in at:
        assert same(g(list(xs)), row(*xs)), xs
    for xs in itertools.product(SPECIAL, repeat=len(at[0])) if len(at[0]) < 3 else ():
        assert same(g(list(xs)), f(list(xs))), xs


@both
@pytest.mark.parametrize("row", ops.TABLE, ids=lambda row: row.name)
def test_captured_numbers_are_as_good_as_arguments(tmp_path: Path, row: Primitive, backend: str) -> None:
    """Operands that become literals in the code, whatever they are: also infinite, NaN and -0."""
    rng = random.Random(3)
    for xs in [tuple(rng.choice(SPECIAL) for _ in points(row, 1)[0]) for _ in range(4)]:
        kept, able = [Value(x) for x in xs], False
        with suppress(ArithmeticError, ValueError):  # whether the numbers alone can be computed
            able = row(*kept) is not None

        def mixed(x: Any, kept: list[Value] = kept, able: bool = able) -> list[Any]:
            found = [row(*kept[:place], x, *kept[place + 1 :]) for place in range(len(kept))]
            return [*found, row(*kept) + x] if able else found

        f = jit(mixed, backend)
        expected = f(0.75)
        assert same(reloaded(f, tmp_path / "f", backend)(0.75), expected), xs


@both
def test_random_functions_of_many_operations(tmp_path: Path, backend: str) -> None:
    table = [row for row in ops.TABLE if row not in (ops.power, ops.identity)]
    for seed in range(20):
        rng = random.Random(seed)
        kept = [Value(rng.choice([rng.gauss(0, 2), *SPECIAL]), f"k{i}") for i in range(3)]

        rows = [rng.choice(table) for _ in range(30)]
        picks = [(rng.randrange(2 + k), [rng.randrange(6 + k) for _ in row.domain[1:]]) for k, row in enumerate(rows)]

        def f(x: Any, y: Any, rows: Any = rows, picks: Any = picks, kept: Any = kept) -> Any:
            found = [x, y]
            for row, (first, others) in zip(rows, picks, strict=True):
                found.append(row(found[first], *[[*found, *kept, 0.5][place] for place in others]))
            return {"all": found[2:], "last": (found[-1], x)}

        traced = jit(f, backend)
        traced(0.25, -1.5)
        again = reloaded(traced, tmp_path / "f", backend)
        for x, y in [(0.25, -1.5), (3.0, 0.0), (-1e10, math.inf), (rng.random(), rng.random())]:
            assert same(again(x, y), traced(x, y)), (seed, x, y)


@both
def test_a_model_and_its_gradient_with_the_parameters_of_now(tmp_path: Path, backend: str) -> None:
    model = MLP(2, [5, 3, 1], ["tanh", "softplus"], "sigmoid", rng=random.Random(2))
    plain = value_and_grad(lambda x: bce(model(x), 1.0))
    f = jit(plain, backend)
    f([0.5, 0.25])
    for p in model.parameters():
        p.data += 0.125
    g = reloaded(f, tmp_path / "f", backend)
    rng = random.Random(4)
    at = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(20)]
    with no_grad():
        expected = [plain(x) for x in at]
    model.load_state_dict(dict.fromkeys(model.state_dict(), 0.0))  # later changes are not seen
    assert [g(x) for x in at] == expected
    assert f(at[0]) != expected[0]


def test_all_structures_of_arguments_and_results(tmp_path: Path) -> None:
    def f(x: Any, scale: Any = 2.0) -> Any:
        if isinstance(x, dict):
            return {key: (item * scale, [1.5, item]) for key, item in x.items()}
        return [x, [], (scale * x[0],), math.inf] if isinstance(x, (list, tuple)) else x + scale

    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        ((3.0,), {}),
        ((3.0, 4.0), {}),
        ((3,), {"scale": -0.0}),
        (([1.0, 2.0],), {}),
        (((1.0, [2.0, {}]),), {"scale": 3.0}),
        (({"a": 1.0, "ŷ\ud800'\n": 2.0, 3: 4.0, None: 5.0, False: 0.5},), {}),
        ((), {"x": 1.0, "scale": 2.0}),
    ]
    traced = jit(f, "python")
    expected = [traced(*args, **named) for args, named in calls]
    again = reloaded(traced, tmp_path / "f")
    for (args, named), result in zip(calls, expected, strict=True):
        assert same(again(*args, **named), result)
        assert same(again(*args, **named), f(*args, **named))


@both
def test_arrays(tmp_path: Path, backend: str) -> None:
    np = pytest.importorskip("numpy")
    x, y = np.array([[1.0, 2.0], [3.0, 4.5]]), np.zeros((0, 3))
    f = jit(lambda x, y: [x @ x, exp(x[0, 1]) * x[1], y], backend)
    expected = f(x, y)
    found = reloaded(f, tmp_path / "f", backend)(x, y)
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    with pytest.raises(TypeError, match=r"\(an array 3 x 2, .* has it for \(an array 2 x 2, an array 0 x 3\)"):
        load_traced(tmp_path / "f", backend)(np.zeros((3, 2)), y)


@both
def test_map_adds_up_over_rows(tmp_path: Path, backend: str) -> None:
    scale = Value(0.5)
    f = jit(value_and_grad(lambda w, x, y: (sigmoid(w[0] * x + w[1]) * scale - y) ** 2), backend)
    rng = random.Random(1)
    xs, ys = ([rng.random() for _ in range(37)] for _ in range(2))
    expected = f.map([0.3, -0.2], xs, ys)
    assert same(reloaded(f, tmp_path / "f", backend).map([0.3, -0.2], xs, ys), expected)


@both
def test_without_arguments_and_without_operations(tmp_path: Path, backend: str) -> None:
    w = Value(0.1, "w")
    for f in (lambda: w * 2.0, lambda: [w, 0.1, -0.0, math.nan]):
        traced = jit(f, backend)
        expected = traced()
        assert same(reloaded(traced, tmp_path / "f", backend)(), expected)


def test_of_values_it_makes_a_graph(tmp_path: Path) -> None:
    def f(p: Any) -> Any:
        return bce(sigmoid(p[0] * p[1] + power(p[1], 3.0)), 1.0)

    traced = jit(f, "python")
    traced([1.0, 2.0])
    again = reloaded(traced, tmp_path / "f")
    at = [0.3, -0.7]
    assert same(grad(again)(at), grad(f)(at))
    assert same(hessian(again)(at), hessian(f)(at))
    assert same(jit(grad(again), "python")(at), jit(grad(f), "python")(at))
    a, b = Value(0.3, "a"), Value(-0.7, "b")
    y = again([a, b])
    y.backward()
    assert [a.grad, b.grad] == grad(f)(at)


def test_another_process_needs_the_file_alone(tmp_path: Path) -> None:
    model = MLP(2, [3, 1], "tanh", rng=random.Random(3))
    f = jit(grad(lambda x: mse(model(x), 0.5)))
    expected = f([0.1, 0.2])
    f.save(tmp_path / "f")
    program = f"from autograd import load_traced\nprint(load_traced({os.fspath(tmp_path / 'f')!r})([0.1, 0.2]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == f"{expected}\n"


def test_what_was_loaded_can_be_saved_again_to_the_same_results(tmp_path: Path) -> None:
    w = Value(-0.0, "w")
    f = jit(lambda x: (x * w + 0.1) ** 2, "python")
    expected = [f(2.0), f(-2.0)]
    again = reloaded(f, tmp_path / "a")
    third = reloaded(again, tmp_path / "b")  # not called yet: the versions are those of the file
    assert same([third(2.0), third(-2.0)], expected)
    third.save(tmp_path / "c")
    assert (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()
    assert repr(third) == "<traced <lambda>, python>"
    assert "def compute" in third.source


def test_places_keep_their_names(tmp_path: Path) -> None:
    def f(x: Any) -> Any:
        z = x * w + 1.0
        z.label = "z1"
        return z * z

    w = Value(0.5, "w1")
    traced = jit(f, "python")
    traced(3.0)
    again = reloaded(traced, tmp_path / "f")
    assert again(3.0) == 6.25
    assert "z1 = arg0 * 0.5 + 1.0\n" in again.source


# ---------------------------------------------------------------- what the file is


def test_the_file_is_a_graph_that_can_be_read(tmp_path: Path) -> None:
    def loss(p: Any) -> Any:
        y = p["w"] * 0.1
        y.label = "ŷ"
        return (y - w) ** 2

    w = Value(1 / 3, "b")
    f = jit(loss, "python")
    f({"w": 2.0})
    f.save(tmp_path / "f")
    raw = (tmp_path / "f").read_bytes()
    assert raw.isascii()
    assert json.loads(raw) == {
        "format": FORMAT,
        "version": 1,
        "name": "loss",
        "versions": [
            {
                "arguments": [{"dict": [["w", "number"]]}],
                "names": [],
                "result": "number",
                "constants": ["0.3333333333333333"],
                "labels": ["p0", "b", "ŷ", "", ""],
                "steps": [["mul", 0, "0.1"], ["sub", 2, 1], ["power", 3, "2.0"]],
                "outputs": [4],
            }
        ],
    }
    assert b'\n    ["sub", 2, 1],\n' in raw


def test_arguments_that_were_not_traced(tmp_path: Path) -> None:
    f = jit(lambda x, scale=1.0: x[0] * scale, "python")
    f([1.0, 2.0])
    f([1.0], scale=3.0)
    g = reloaded(f, tmp_path / "f")
    calls: list[Any] = [((2.0,), {}), (([1.0], 2.0), {}), (([1.0] * 3,), {}), (([1.0, 2.0],), {"scale": 1.0}), ((), {})]
    for args, named in calls:
        with pytest.raises(TypeError, match=r"was not traced with arguments \(.*\); the file has it for") as caught:
            g(*args, **named)
        assert "([a number, a number]); ([a number], scale=a number): call the function itself" in str(caught.value)
        with pytest.raises(TypeError, match="was not traced"):
            g(*[[Value(1.0)] * 5 for _ in args], **named)


def test_what_a_file_cannot_hold(tmp_path: Path) -> None:
    own = Primitive("sigmoid", lambda x: x, [lambda g, y, x: g], domain=[(0, 1)])  # a name as one of the table
    with pytest.raises(ValueError, match=r"f: not written: .*operation sigmoid is none of autograd\.ops\.TABLE") as e:
        f = jit(lambda x: own(x), "python")
        f(1.0)
        f.save(tmp_path / "f")
    assert "compose it" in str(e.value)
    with pytest.raises(ValueError, match=r"has not been called yet: call it with arguments"):
        jit(lambda x: x, "python").save(tmp_path / "f")
    point = namedtuple("point", "x y")
    for x in (point(1.0, 2.0), [point(1.0, 2.0)]):
        f = jit(lambda x: 1.0, "python")
        f(x)
        with pytest.raises(ValueError, match=r"holds no classes such as point; expected a tuple or a dict"):
            f.save(tmp_path / "f")
    for key in (0.5, (1, 2), b"x"):
        f = jit(lambda x: 1.0, "python")
        f({key: 2.0})
        with pytest.raises(ValueError, match=r"the key .* of a dict is of type .*; expected texts"):
            f.save(tmp_path / "f")
    deep: Any = 1.0
    for _ in range(DEEPEST + 1):
        deep = [deep]
    f = jit(lambda x: 1.0, "python")
    f(deep[0])
    assert reloaded(f, tmp_path / "deep")(deep[0]) == 1.0
    f(deep)
    with pytest.raises(ValueError, match="nested more than 100 levels"):
        f.save(tmp_path / "f")
    assert os.listdir(tmp_path) == ["deep"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f"
    f = jit(lambda x: x + 1.0, "python")
    f(1.0)
    f.save(path)
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left") as caught:
            f.save(path)
    assert caught.value.filename == os.fspath(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["f"]
    for broken in (tmp_path / "missing" / "f", tmp_path):
        with pytest.raises(OSError):
            f.save(broken)
    with pytest.raises(OSError):
        load_traced(tmp_path / "none")
    with pytest.raises(ValueError, match="backend: "):
        load_traced(path, "fortran")


# ---------------------------------------------------------------- damaged files


def content(tmp_path: Path) -> Any:
    """What a file of one version holds: two inputs, two constants, steps from place 4 on."""
    w = [Value(0.5, "w1"), Value(math.inf, "w2")]
    f = jit(lambda x, y: {"a": [x[0] * w[0] + y, w[1]], "b": softplus(exp(y) + log(x[0]))}, "python")
    f([1.0], y=2.0)
    f.save(tmp_path / "good")
    return json.loads((tmp_path / "good").read_bytes())


def put(tmp_path: Path, raw: str | bytes) -> Path:
    path = tmp_path / "bad"
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    return path


def refused(tmp_path: Path, raw: str | bytes, text: str = "") -> None:
    path = put(tmp_path, raw)
    named = re.escape(os.fspath(path))
    with pytest.raises(ValueError, match=rf"(?s)^{named}: no traced function could be read: .*{text}"):
        load_traced(path)


def test_a_truncated_file(tmp_path: Path) -> None:
    content(tmp_path)
    raw = (tmp_path / "good").read_bytes()
    for end in range(len(raw) - 2):
        refused(tmp_path, raw[:end])
    refused(tmp_path, raw + b"}")
    refused(tmp_path, b"\xff" + raw)
    refused(tmp_path, b"\0" * 100)


Change = Callable[[Any], Any]

CHANGES: list[tuple[Change, str]] = [
    (lambda f: f.update(format="chalkgrad model"), "expected a file that the save"),
    (lambda f: f.update(version=3), "has the version 3, this chalkgrad reads versions 1 and 2"),
    (lambda f: f.update(version=2), "labels: expected an object"),
    (lambda f: f.update(version=True), "has the version True"),
    (lambda f: f.update(version="1"), "has the version '1'"),
    (lambda f: f.update(more=1), "the file: expected the entries format, version, name, versions, got"),
    (lambda f: f.update(name=3), "name: expected a text, got 3"),
    (lambda f: f.update(versions=[]), "at least one version"),
    (lambda f: f.update(versions={}), "versions: expected a list"),
    (lambda f: f["versions"].append(3), "version 2: a version: expected the entries"),
    (lambda f: f["versions"].append(copy.deepcopy(f["versions"][0])), r"version 2: .*\(.*\) are there twice"),
]

NUMBER = 'expected a number as a text, such as "0.5", "-inf" or "nan", got'

IN_VERSION: list[tuple[Change, str]] = [
    (lambda v: v.pop("steps"), "version 1: a version: expected the entries arguments, names"),
    (lambda v: v.update(arguments="number"), "arguments: expected a list"),
    (lambda v: v.update(arguments=[]), "names: expected different names of some of 0 arguments"),
    (lambda v: v.update(names=["y", "y"]), "names: expected different names"),
    (lambda v: v.update(names=[0]), "names: expected a text"),
    (lambda v: v.update(arguments=[{"list": ["number", "number"]}, "number"]), "labels: expected one for each of 3"),
    (lambda v: v.update(arguments=[{"array": [2**39]}, "number"]), "labels: expected one for each of 549"),
    (lambda v: v.update(arguments=[{"array": [2**30, 2**30]}, "number"]), "array: expected the lengths of its"),
    (lambda v: v.update(arguments=[{"array": [0, 10**30]}, "number"]), "array: expected the lengths of its"),
    (lambda v: v.update(arguments=[{"array": [0, *[2**20] * 30]}, "number"]), "array: expected the lengths of its"),
    (lambda v: v.update(arguments=[{"array": [-1]}, "number"]), "array: expected the lengths of its"),
    (lambda v: v.update(arguments=[{"array": [1.0]}, "number"]), "array: expected the lengths of its"),
    (lambda v: v.update(arguments=[{"array": [True]}, "number"]), "array: expected the lengths of its"),
    (lambda v: v.update(arguments=[{"array": []}, "number"]), "array: expected the lengths of its"),
    (lambda v: v.update(arguments=[{"set": []}, "number"]), "expected a list, tuple, dict or array, got 'set'"),
    (lambda v: v.update(arguments=[{"list": [], "tuple": []}, "number"]), "expected a structure"),
    (lambda v: v.update(arguments=["Number", "number"]), "expected a structure"),
    (lambda v: v.update(result=None), "expected a structure"),
    (lambda v: v.update(result={"dict": [["a", "number"], ["a", "number"]]}), "dict: expected different"),
    (lambda v: v.update(result={"dict": [[["a"], "number"]]}), "dict: expected different"),
    (lambda v: v.update(result={"dict": [["a"]]}), "dict: expected pairs"),
    (lambda v: v.update(result={"dict": {"a": "number"}}), "a structure: expected a list"),
    (lambda v: v.update(result={"list": ["number"]}), "outputs: expected 1 for .*, got 3"),
    (lambda v: v["outputs"].pop(), "outputs: expected 3"),
    (lambda v: v["outputs"].append(0), "outputs: expected 3 for .*, got 4"),
    (lambda v: v["outputs"].__setitem__(0, 99), "expected a place before, from 0 to 9, or a text with.*99"),
    (lambda v: v["outputs"].__setitem__(0, -1), "expected a place before, from 0 to 9.*got -1"),
    (lambda v: v["outputs"].__setitem__(0, 0.5), NUMBER),
    (lambda v: v["outputs"].__setitem__(0, True), NUMBER),
    (lambda v: v["outputs"].__setitem__(0, None), NUMBER),
    (lambda v: v["labels"].append(""), "labels: expected one for each"),
    (lambda v: v["labels"].__setitem__(0, 7), "labels: expected a text"),
    (lambda v: v["constants"].append("1.0"), "labels: expected one for each of 2 numbers of arguments, 3 constants"),
    *[
        (lambda v, x=x: v["constants"].__setitem__(0, x), NUMBER)
        for x in ("NaN", "Infinity", "1", "1.00", " 1.0", "1_0.0", "1e400", "0x1p0", "", "١.٠", "9" * 99, 0.5, None)
    ],
    (lambda v: v["steps"].append(["neg", 0]), "labels: expected one for each"),
    (lambda v: v.update(steps="mul"), "labels: expected one for each|steps: expected a list"),
    (lambda v: v["steps"].__setitem__(0, "mul"), "a step: expected a list"),
    (lambda v: v["steps"].__setitem__(0, []), "steps: expected the name of an operation first"),
    (lambda v: v["steps"].__setitem__(0, ["eval", "0.5"]), "steps: expected the name of an operation first"),
    (lambda v: v["steps"].__setitem__(0, ["__import__", 0]), "steps: expected the name of an operation first"),
    (lambda v: v["steps"].__setitem__(0, [["mul"], 0, 0]), "steps: expected the name of an operation first"),
    (lambda v: v["steps"].__setitem__(0, ["mul", 0]), "mul: expected 2 arguments, got 1"),
    (lambda v: v["steps"].__setitem__(0, ["exp", 0, 0]), "exp: expected 1 arguments, got 2"),
    *[
        (lambda v, op=op: v["steps"].__setitem__(0, [op]), "expected at least one operand")
        for op in ("log_sum_exp", "sum_of", "weighted_sum", "exp")
    ],
    (lambda v: v["steps"].__setitem__(0, ["exp", 4]), "expected a place before, from 0 to 3, or a text.*got 4"),
    (lambda v: v["steps"].__setitem__(0, ["exp", 8]), "expected a place before, from 0 to 3, or a text.*got 8"),
    (lambda v: v["steps"].__setitem__(0, ["exp", -1]), "expected a place before.*got -1"),
    (lambda v: v["steps"].__setitem__(0, ["exp", 10**30]), "expected a place before"),
    (lambda v: v["steps"].__setitem__(0, ["exp", True]), NUMBER),
    (lambda v: v["steps"].__setitem__(0, ["exp", 0.5]), NUMBER),
    (lambda v: v["steps"].__setitem__(0, ["exp", "NaN"]), NUMBER),
    (lambda v: v["steps"].__setitem__(0, ["exp", [0]]), NUMBER),
]


@pytest.mark.parametrize(
    ("change", "text"), [*CHANGES, *[(lambda f, c=c: c(f["versions"][0]), text) for c, text in IN_VERSION]]
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, change: Change, text: str) -> None:
    damaged = content(tmp_path)
    change(damaged)
    refused(tmp_path, json.dumps(damaged), text)


def test_what_json_itself_lets_through(tmp_path: Path) -> None:
    text = json.dumps(content(tmp_path))
    refused(tmp_path, text.replace('"0.5"', "NaN"), "NaN is no number of JSON")
    refused(tmp_path, text.replace('"0.5"', "-Infinity"), "-Infinity is no number of JSON")
    refused(tmp_path, text.replace('"version": 1', '"version": 1, "version": 1'), "the entry 'version' is there twice")
    refused(tmp_path, text.replace('"version": 1', f'"version": {"9" * 5000}'))
    for whole in ("", "[]", "null", "3", '"x"', "{}"):
        refused(tmp_path, whole)
    for opening, closing in ("[]", ('{"list": [', "]}"), ('{"a":', "}")):
        for depth in (DEEPEST + 2, 900, 5000, 200_000):
            nest = opening * depth + ('"number"' if opening != '{"a":' else "1") + closing * depth
            refused(tmp_path, nest)
            refused(tmp_path, text.replace('"number"', nest))
            refused(tmp_path, text.replace('"0.5"', nest))


def test_labels_are_never_code(tmp_path: Path) -> None:
    good = content(tmp_path)
    x: Any = [3.0], 0.5
    expected = load_traced(tmp_path / "good", "python")(x[0], y=x[1])
    for label in ("import os", "a\nb", "exp", "log", "inf", "nan", "v", "compute", "a0", "_", "lambda", "f0", "\0"):
        good["versions"][0]["labels"] = [label] * len(good["versions"][0]["labels"])
        path = put(tmp_path, json.dumps(good))
        for backend in BACKENDS:
            g = load_traced(path, backend)
            assert [same(g(x[0], y=x[1]), expected) for _ in range(2)] == [True, True], label


@both
def test_random_damage_is_refused_or_harmless(tmp_path: Path, backend: str) -> None:
    """Entries exchanged for others at random: an error that names the file, or a function that can be called."""
    rng = random.Random(11)
    good = content(tmp_path)
    strange: list[Any] = [None, True, 0, 1, 4, 8, 99, -1, 0.5, "0.5", "nan", "mul", "exp", "number", [], {}, 2**64]
    called = 0
    for _ in range(1200 if backend == "python" else 500):
        damaged = copy.deepcopy(good)
        for _ in range(rng.choice([1, 1, 2, 3])):
            spots = list(_spots(damaged["versions"]))
            holder, key = rng.choice(spots)
            other, from_key = rng.choice(spots)
            holder[key] = copy.deepcopy(rng.choice([*strange, other[from_key]]))
        path = put(tmp_path, json.dumps(damaged))
        try:
            g = load_traced(path, backend)
        except ValueError as error:
            assert str(error).startswith(os.fspath(path))
            continue
        for structures in g._f.traces:
            names, *shapes = structures
            numbers = iter([0.5, 2.0] * 50)
            args = [shape.rebuilt(numbers, lambda items, shape: items) for shape in shapes]
            first = len(args) - len(names)
            try:
                g(*args[:first], **dict(zip(names, args[first:], strict=True)))
                called += 1
            except TypeError as error:
                assert "was not traced" in str(error)
    assert called > 20


def _spots(nest: Any) -> Any:
    """Every place in nested lists and dicts, as what holds it and its key."""
    for key, item in list(nest.items() if isinstance(nest, dict) else enumerate(nest)):
        yield nest, key
        if isinstance(item, (list, dict)):
            yield from _spots(item)
