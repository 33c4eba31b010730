"""Traced functions with many weights in files: matrices and runs of places, read back to the last bit."""

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, dot, jit, load_traced, value_and_grad
from autograd.compiler import compact, portable
from autograd.compiler.compact import runs
from nn import MLP, mse
from tests.helpers import SPECIAL
from tests.test_portable import put, refused, reloaded, same


def test_weights_are_matrices_and_come_back_to_the_last_bit(tmp_path: Path) -> None:
    """Whatever the sums are: of a network and its gradient, of weights in two sums, of literals, without biases."""
    model, rng = MLP(12, [7, 5], "tanh", rng=random.Random(2)), random.Random(3)
    shared = [Value(rng.choice([rng.gauss(0, 1), *SPECIAL[:4]])) for _ in range(140)]
    literals = [[rng.gauss(0, 1) for _ in range(11)] for _ in range(12)]
    x = [rng.gauss(0, 1) for _ in range(12)]
    functions: list[Callable[..., Any]] = [
        model,
        value_and_grad(lambda x: mse(model(x), [0.5] * 5)),
        lambda x: [dot(shared[k : k + 11], x[:11], x[11]) for k in range(0, 129, 7)],
        lambda x: [dot(row, [y * y for y in x[1:]]) for row in literals],
    ]
    for f in functions:
        traced = jit(f, "python")
        expected = traced(x)
        again = reloaded(traced, tmp_path / "f")
        assert json.loads((tmp_path / "f").read_bytes())["version"] == 2
        assert same(again(x), expected)
        assert same(reloaded(again, tmp_path / "g")(x), expected)


def test_a_wide_network_is_kept_short(tmp_path: Path) -> None:
    """Little more than its numbers."""
    model = MLP(100, [30, 10], rng=random.Random(1))
    traced = jit(model, "python")
    traced([0.5] * 100)
    traced.save(tmp_path / "f")
    written = json.loads((tmp_path / "f").read_text())["versions"][0]
    w, b, v, c = written["constants"]
    assert w == [[own.data for own in neuron.w] for neuron in model.layers[0].neurons] and len(b) == 30
    assert v == [[own.data for own in neuron.w] for neuron in model.layers[1].neurons] and len(c) == 10
    assert ["weighted_sum", "100:200", "0:100", 3100] in written["steps"]
    assert (tmp_path / "f").stat().st_size < 1.25 * sum(len(repr(p.data)) + 2 for p in model.parameters())


def test_what_is_small_is_written_as_ever(tmp_path: Path) -> None:
    traced = jit(MLP(4, [4, 2]), "python")
    traced([0.5] * 4)
    traced.save(tmp_path / "f")
    assert json.loads((tmp_path / "f").read_bytes())["version"] == 1


def test_runs() -> None:
    assert list(runs([3, 4, 5, 9, 7, 5, 3, 0.5, 2, 4, 6, 8, 8])) == ["3:6", 9, 7, 5, 3, 0.5, "2:9:2", 8]
    assert list(runs([1, 2, 2.0, 3, 4, 5])) == [1, 2, 2.0, "3:6"]
    assert list(runs([])) == []


# ---------------------------------------------------------------- damaged files


def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a small file with matrices holds: 2 inputs, 2 to 5 are a matrix, 6 and 7 beside it, then steps."""
    monkeypatch.setattr(portable, "MANY", 0)
    monkeypatch.setattr(compact, "MOST", 1000)
    w = [[Value(0.5), Value(-1.5)], [Value(2.5), Value(math.inf)]]
    biases = [Value(3.0), Value(4.0)]
    f = jit(lambda x: [dot(row, x, b) for row, b in zip(w, biases, strict=True)], "python")
    f([1.0, 2.0])
    f.save(tmp_path / "good")
    assert load_traced(tmp_path / "good")([1.0, 2.0]) == [0.5, math.inf]
    return json.loads((tmp_path / "good").read_bytes())


CHANGES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda v: v.update(labels=[]), "labels: expected an object"),
    (lambda v: v.update(constants={}), "constants: expected a list"),
    (lambda v: v["labels"].update({"2": "w"}), "labels: expected places of arguments and steps, got '2'"),
    (lambda v: v["labels"].update({"10": "w"}), "labels: expected places of arguments and steps, got '10'"),
    (lambda v: v["labels"].update({"-1": "w"}), "labels: expected places of arguments and steps, got '-1'"),
    (lambda v: v["labels"].update({"0": 3}), "labels: expected a text, got 3"),
    (lambda v: v.update(arguments=[{"array": [2**39]}]), "expected at most 1000 places and operands"),
    (lambda v: v["constants"][0][0].append([1.0]), "expected a number as a text"),
    (lambda v: v["constants"].append(None), "expected a number as a text"),
    (lambda v: v["constants"].append(1), "expected a number as a text"),
    (lambda v: v["steps"][0].__setitem__(1, "2:99"), "expected a run of places below 8"),
    (lambda v: v["steps"][0].__setitem__(1, "2:9"), "expected a run of places below 8"),
    (lambda v: v["steps"][0].__setitem__(1, "2:4:0"), "expected a run of places below 8"),
    (lambda v: v["steps"][0].__setitem__(1, "2:4:"), "expected a number as a text"),
    (lambda v: v["steps"][0].__setitem__(1, "-2:4"), "expected a number as a text"),
    (lambda v: v["steps"].__setitem__(0, ["weighted_sum"]), "expected at least one operand"),
    (lambda v: v["steps"].__setitem__(0, 3), "a step: expected a list"),
    (lambda v: v["outputs"].__setitem__(0, "0:11"), "expected a run of places below 10"),
    (lambda v: v.update(outputs=["0:10"]), "outputs: expected 2"),
    (lambda v: v["steps"].extend([["sum_of", *["0:8"] * 100]] * 2), "expected at most 1000 places and operands"),
]


@pytest.mark.parametrize(("change", "text"), CHANGES)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], Any], text: str
) -> None:
    damaged = content(tmp_path, monkeypatch)
    change(damaged["versions"][0])
    refused(tmp_path, json.dumps(damaged), text)


def test_runs_that_are_written_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = content(tmp_path, monkeypatch)
    given["versions"][0]["steps"][0] = ["sum_of", "0:6:4", "7:7", "5:6"]
    assert load_traced(put(tmp_path, json.dumps(given)))([1.0, 2.0])[0] == math.inf  # x0, 2.5 and inf
