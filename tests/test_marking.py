"""Answers to exercises from students who try anything: they get a mark, and the teacher's process stays as it is."""

import json
import os
import random
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd.isolation
from autograd import Exercise, Symbol, compare, exercise, log
from autograd.manual.exercises import Mark
from nn import MLP, bce, mse


def model_and_task() -> tuple[MLP, Exercise]:
    model = MLP(2, [2, 1], "sigmoid", "sigmoid", rng=random.Random(5))
    loss = bce(model([0.1, 0.7]), 1)
    return model, exercise(loss, blanks=["delta3", "grad_w5", "delta1"])


def solved(task: Exercise, before: str = "", after: str = "") -> str:
    return before + task.fill(task.gaps) + after


def test_right_and_wrong_answers() -> None:
    _, task = model_and_task()
    right = task.mark(solved(task))
    assert isinstance(right, Mark) and right.ok and not right.missing and right.why == ""
    assert right.summary == "all 19 numbers agree"
    assert right.assert_ok() is None  # type: ignore[func-returns-value]
    wrong = task.mark(task.fill({**task.gaps, "delta3": "y - y_hat"}))
    assert not wrong.ok and wrong.first == ["delta3"] and wrong.findings[0].cause == "sign"
    json.dumps(wrong.to_dict())
    with pytest.raises(AssertionError, match="sign"):
        wrong.assert_ok()


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (lambda task: "delta3 = -0.5", ["grad_w5", "delta1"]),
        (lambda task: "x = 1", ["delta3", "grad_w5", "delta1"]),
        (lambda task: "", ["delta3", "grad_w5", "delta1"]),
        (lambda task: solved(task).replace("grad_w5", "grad_w_5"), ["grad_w5"]),
        (lambda task: solved(task, after="del delta1\n"), ["delta1"]),
        (lambda task: str(task), ["delta3", "grad_w5", "delta1"]),
        (lambda task: task.fill({"delta1": "1.0"}), ["delta3", "grad_w5"]),
        (lambda task: task.fill({**task.gaps, "grad_w5": "'a word'"}).partition("# Update")[0], ["grad_w5"]),
        (lambda task: task.fill({**task.gaps, "grad_w5": "float('inf')"}).partition("# Update")[0], ["grad_w5"]),
        (lambda task: task.fill({**task.gaps, "grad_w5": "10**400"}).partition("# Update")[0], ["grad_w5"]),
        (lambda task: task.fill({**task.gaps, "grad_w5": "1j"}).partition("# Update")[0], ["grad_w5"]),
    ],
)
def test_half_an_answer_is_none(change: Any, missing: list[str]) -> None:
    _, task = model_and_task()
    mark = task.mark(change(task))
    assert not mark.ok
    assert list(mark.missing) == missing
    assert "missing: " in mark.summary and all(name in str(mark) and name in mark._repr_html_() for name in missing)
    assert mark.to_dict()["missing"].keys() == set(missing)


def test_numbers_by_name_are_asked_for_too() -> None:
    _, task = model_and_task()
    numbers = task.solution.run()
    right = {name: numbers[task.solution.keys[name]] for name in task.gaps}
    assert task.mark(right).ok
    for name in task.gaps:
        half = task.mark({other: x for other, x in right.items() if other != name})
        assert not half.ok and list(half.missing) == [name] and half.summary.startswith(f"missing: {name}; all 2 ")
    with pytest.raises(KeyError, match="delta33"):
        task.mark({"delta33": 1.0})


def test_a_name_that_was_changed_is_told() -> None:
    _, task = model_and_task()
    mark = task.mark(solved(task).replace("grad_w5", "grad_w_5"))
    assert mark.notes == ["not asked for, but there: grad_w_5"] and len(mark.rows) == 18


def test_lists_of_another_shape_are_told() -> None:
    model = MLP(8, [9, 2], rng=random.Random(0))
    task = exercise(mse([model([0.1 * i for i in range(8)])], [[1.0, -1.0]]), blanks=0)
    assert "grad_W1" in task.solution.keys
    assert task.mark(str(task)).ok
    mark = task.mark(f"{task}\ngrad_W1 = grad_W1[:2]\n")
    assert not mark.ok and not mark.rows and "W1" in mark.why and mark.summary.startswith("no numbers: ")


def test_the_solution_is_nowhere_to_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that the process is told is the answer itself and names that the student was given."""
    _, task = model_and_task()
    sent: list[dict[str, Any]] = []
    real = autograd.isolation.isolated

    def listening(function: str, request: dict[str, Any], *more: Any) -> Any:
        sent.append(request)
        return real(function, request, *more)

    monkeypatch.setattr(autograd.isolation, "isolated", listening)
    program = task.fill(dict.fromkeys(task.gaps, "1.0"))
    assert not task.mark(program).ok
    letter = sent[0]
    assert letter.keys() == {"source", "names", "known"} and letter["source"] == program
    assert letter["known"] == sorted(set(re.findall(r"[A-Za-z_]\w*", task)))  # in no order that says anything
    assert set(letter["names"]) == {*task.gaps, *task.solution.keys}
    assert not any(formula in json.dumps(letter) for formula in task.gaps.values())


ATTACKS = {
    "a loop without end": "while True: pass\n",
    "patching what judges": "import autograd.comparison.comparing as j\nj.judged = lambda *a, **k: print\n",
    "an interrupt": "raise KeyboardInterrupt\n",
    "an exit": "import os; os._exit(0)\n",
    "writing files": "open('FOLDER/evil.txt', 'w')\n",
    "removing files": "import shutil; shutil.rmtree('FOLDER')\n",
    "all memory": "x = [0] * 10**10\n",
    "recursion": "def f(): f()\nf()\n",
    "input": "delta3 = float(input())\n",
    "processes": "import os\nwhile True: os.fork()\n",
    "the model through the garbage collector": "import gc\nfor x in gc.get_objects(): x.data = 0.0\n",
    "a forged answer": "import os\nfor fd in (1, 3, 4): os.write(fd, b'{\"result\": {}}')\nos._exit(0)\n",
    "an error whose text is one": "class E(Exception):\n    def __str__(self): raise self\nraise E\n",
    "a number that is none": "class F(float):\n    def __float__(self): raise KeyboardInterrupt\nz1 = F(1)\n",
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("place", ["before", "after"])
def test_attacks(attack: str, place: str, tmp_path: Path) -> None:
    model, task = model_and_task()
    (tmp_path / "keep.txt").write_text("kept", encoding="utf-8")
    text = ATTACKS[attack].replace("FOLDER", tmp_path.as_posix())
    wrong = task.fill({**task.gaps, "delta3": "y - y_hat"})
    before = state(model)
    seconds = 0.5 if attack == "a loop without end" else 1.0
    mark = task.mark(text + wrong if place == "before" else wrong + text, seconds=seconds)
    assert not mark.ok and mark.summary and (mark.why or mark.rows)
    assert state(model) == before
    assert [path.name for path in tmp_path.iterdir()] == ["keep.txt"]
    if attack in ("a loop without end", "an interrupt") or place == "after":
        assert task.mark(solved(task)).ok  # the next student


def state(model: MLP) -> tuple[Any, ...]:
    numbers = {name: p.data for name, p in model.named_parameters().items()}
    return numbers, os.getcwd(), sys.getrecursionlimit(), random.getstate(), dict(os.environ)


def test_nothing_persists() -> None:
    model, task = model_and_task()
    before = state(model)
    text = "import os, sys, random\nos.chdir('/'); sys.setrecursionlimit(77); random.seed(1); os.environ['A'] = 'b'\n"
    assert task.mark(solved(task, before=text)).ok and task.mark(solved(task, after=text)).ok
    assert state(model) == before


@pytest.mark.parametrize(
    "claim",
    [
        {},
        {"numbers": 3, "strange": [], "others": {}},
        {"numbers": {"delta3": "0.5", "grad_w5": [[[[1.0]]]], "delta1": None, "z1": float("nan")}},
        {"numbers": {"x": 1.0}, "strange": {"delta3": {"a": 1}, "evil": "<b>"}, "others": [1, None]},
        {"numbers": {"delta3": 1e308, "grad_w5": -1e308, "delta1": 5e-324, "y_hat": 0.0, "h1": [1.0, 2.0]}},
    ],
)
def test_whatever_a_process_claims_is_looked_at(claim: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    _, task = model_and_task()
    monkeypatch.setattr(autograd.isolation, "isolated", lambda *a: autograd.isolation.Outcome(claim))
    mark = task.mark(solved(task))
    assert not mark.ok and mark.summary and str(mark) and mark._repr_html_()
    json.dumps(mark.to_dict())


def test_answers_at_which_the_graph_has_no_value() -> None:
    """A prediction of 0 or 1 by hand, where the loss has none: the rows say what is wrong, and nothing raises."""
    _, task = model_and_task()
    for number in (0.0, 1.0):
        mark = task.mark(solved(task, after=f"y_hat = {number}; delta3 = 1.0\n"))
        assert {"y_hat", "delta3"} <= set(mark.first) and not mark.ok


def test_formulas_are_marked_in_their_gaps() -> None:
    _, task = model_and_task()
    assert task.mark(task.gaps).ok
    y_hat, y, delta3, h1 = map(Symbol, ("ŷ", "y", "δ3", "h1"))
    assert task.mark({**task.gaps, "delta3": y_hat - y, "grad_w5": delta3 * h1}).ok
    assert task.mark({**task.gaps, "delta3": np.float64(task.solution.run()["grad_z3"])}).ok
    assert task.fill({"delta3": -log(y_hat) / 2}) == task.fill({"delta3": "-math.log(y_hat) / 2"})
    wrong = task.mark({**task.gaps, "delta3": y - y_hat})
    assert wrong.first == ["delta3"] and wrong.findings[0].computed == "y - ŷ"
    assert list(task.mark({"delta3": "y_hat - y"}).missing) == ["grad_w5", "delta1"]
    assert "(the gap delta3: delta3 = y_hat -)" in task.mark({**task.gaps, "delta3": "y_hat -"}).why
    with pytest.raises(KeyError, match="no gap for 'delta2'"):
        task.mark({"delta2": "y_hat - y"})


def test_the_culprit_comes_before_its_consequences() -> None:
    _, task = model_and_task()
    task.loss.backward()
    wrong = task.mark({**task.gaps, "delta3": "y - y_hat"})
    order = "delta3, grad_w5, grad_w6, grad_b3, delta1, delta2, grad_w1, grad_w2"
    assert wrong.summary.startswith(f"12 of 19 numbers differ: {order}")
    assert wrong.findings[0].names[0] == "delta3" and wrong.findings[0].evidence.startswith(order)
    names = [row.name for row in wrong.rows]
    assert names.index("h1") < names.index("L") < names.index("delta3") < names.index("grad_w5")
    nodes = task.loss.named()
    lost = {name: -nodes[label].grad for name, label in {"dw1": "w1", "db1": "b1", "delta1": "z1"}.items()}
    given = compare(task.loss, lost)
    assert [row.name for row in given.rows] == ["dw1", "db1", "delta1"]  # as they were given
    assert given.summary == "3 of 3 gradients differ: delta1, dw1, db1"
    assert given.findings[0].names == ["delta1", "dw1", "db1"]
    assert given.findings[0].evidence.startswith("delta1, dw1, db1: × −1")
