"""Points for homework: shares counted by hand, and a pytest of its own that gives them."""

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, check, compare, exercise
from nn import MLP, bce
from tests.pyodide_session import PROGRAM

pytest_plugins = ["pytester"]


def loss_and_gradients() -> tuple[Value, dict[str, float]]:
    model = MLP(2, [2, 1], "sigmoid", "sigmoid", rng=random.Random(5))
    loss = bce(model([0.1, 0.7]), 1)
    loss.backward()
    return loss, {name: parameter.grad for name, parameter in model.named_parameters().items()}


def test_points_are_the_share_of_what_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    loss, right = loss_and_gradients()
    assert compare(loss, right).assert_ok(partial=3) == 3
    assert capsys.readouterr().out == ""
    found = compare(loss, right | {"w5": 7.0, "b3": 8.0, "w1": 9.0})
    assert found.share == Fraction(2, 3)
    assert found.score(3) == 2.0 and found.score() == pytest.approx(2 / 3, rel=1e-15)
    assert found.assert_ok(3) == 2.0
    assert "3 of 9 gradients differ: w1, w5, b3" in capsys.readouterr().out
    with pytest.raises(AssertionError, match="3 of 9 gradients differ"):
        found.assert_ok()
    with pytest.raises(AssertionError, match="1 of 1 gradients differ"):
        compare(loss, {"w5": 7.0}).assert_ok(3)


def test_what_is_right_given_an_earlier_mistake_has_its_points() -> None:
    loss, _ = loss_and_gradients()
    nodes = loss.named()
    delta3 = -nodes["z3"].grad
    by_hand = {"delta3": delta3, "dw5": delta3 * nodes["h1"].data, "dw6": delta3 * nodes["h2"].data, "db3": delta3}
    found = compare(loss, by_hand)
    assert found.first == ["delta3"] and [row.state for row in found.rows] == ["differs", *["carried"] * 3]
    assert found.score(4) == 3.0


def test_an_array_counts_like_a_number() -> None:
    loss, right = loss_and_gradients()
    rows = [[right["w1"], right["w2"]], [right["w3"], -right["w4"]]]
    assert compare(loss, {"dW1": rows, "dw5": right["w5"]}).share == (Fraction(3, 4) + 1) / 2


@pytest.mark.parametrize("points", [0, -1, float("nan"), float("inf")])
def test_points_that_are_none(points: float) -> None:
    loss, right = loss_and_gradients()
    with pytest.raises(ValueError, match="score: expected how many there are for all of it, above 0"):
        compare(loss, right).assert_ok(points)


def test_an_exercise_is_worth_its_gaps() -> None:
    loss, right = loss_and_gradients()
    task = exercise(loss, blanks=["delta3", "grad_w5", "delta1", "grad_b2"])
    assert task.mark(task.fill(task.gaps)).score(8) == 8
    assert task.mark(task.fill({**task.gaps, "grad_b2": "2 * delta2"})).score(8) == 6
    assert task.mark(str(task)).score(8) == 0
    assert task.mark({"grad_w5": right["w5"]}).score(8) == 2
    assert task.mark("1 / 0").score(8) == 0


def test_a_program_is_worth_its_parameters() -> None:
    assert check(PROGRAM.replace("(1 - y) * x", "(1 - y * y) * x")).assert_ok(partial=2) == 2
    found = check(PROGRAM)
    assert found.score(2) == 0
    with pytest.raises(AssertionError, match="WRONG"):
        found.assert_ok(partial=2)


HOMEWORK = """
import pytest
from autograd import Value, compare

def loss():
    w, x = Value(0.5, "w"), Value(3.0, "x")
    return (w * x - 1) ** 2

@pytest.mark.points(3)
def test_all(graded):
    graded(compare(loss(), {"dw": 3.0, "dx": 0.5}))

@pytest.mark.points(4)
def test_half(graded):
    graded(compare(loss(), {"dw": 3.0, "dx": 7.0}))

@pytest.mark.points(5)
def test_that_breaks_off(graded):
    1 / 0

@pytest.mark.points(1)
def test_of_another_kind():
    assert True

def test_without_points():
    assert True
"""


@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
def test_pytest_gives_points(
    workers: list[str], pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    pytester.makepyfile(test_homework=HOMEWORK)
    pytester.makeconftest('pytest_plugins = ["autograd.pytest_points"]')
    path = tmp_path / "results.json"
    done = pytester.runpytest_subprocess("--points", str(path), *workers)
    done.assert_outcomes(passed=3, failed=2)
    tests = {test["name"].partition("::")[2]: test for test in json.loads(path.read_text(encoding="utf-8"))["tests"]}
    scores: dict[str, Any] = {name: (test["score"], test["max_score"]) for name, test in tests.items()}
    assert scores == {
        "test_all": (3, 3), "test_half": (2, 4), "test_that_breaks_off": (0, 5), "test_of_another_kind": (1, 1),
    }  # fmt: skip
    assert "1 of 2 gradients differ: dx" in tests["test_half"]["output"]
    done.stdout.fnmatch_lines(["*= points =*", "      2 of 4 * test_homework.py::test_half", "      6 of 13    in all"])
