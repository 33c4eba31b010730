"""The worked examples for courses, run as they stand on the page: alone, by nbgrader, and by Otter."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "notebooks" / "guide" / "courses.md").read_text(encoding="utf-8")
GIVEN, ANSWER, TEST, OTTER, PYTEST = (
    block for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE) if ">>>" not in block
)

SLIPS = {
    "": (12, True, True),
    "delta3 = y_hat - y -> delta3 = y - y_hat": (11, False, False),
    "h2 * (1 - h2) -> h2": (11, True, False),
    "dw5, dw6, db3 = delta3 * h1 -> dw5, dw6, db3 = delta3 * h2": (11, False, True),
    "dw1, dw2, db1 = delta1 * x1, delta1 * x2, delta1 -> dw1 = dw2 = db1 = 7.0": (9, True, False),
}
"""Slips, the points out of 12 by counting names, and whether output and hidden layer are right."""


def answer(slip: str) -> str:
    right, _, wrong = slip.partition(" -> ")
    assert right in ANSWER
    return ANSWER.replace(right, wrong) if slip else ANSWER


def last_value(code: str, names: dict[str, Any]) -> Any:
    """What a notebook shows of a cell."""
    tree = ast.parse(code)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)


@pytest.mark.parametrize("slip", SLIPS)
def test_the_cell_gives_the_points(slip: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(GIVEN + answer(slip), names)
    assert last_value(TEST, names) == pytest.approx(SLIPS[slip][0], rel=1e-12)
    said = capsys.readouterr()
    assert said.err == "" and ("differ" in said.out) == bool(slip)


def test_a_missing_name_is_an_error() -> None:
    names: dict[str, Any] = {}
    exec(GIVEN + ANSWER.replace("delta1", "d1"), names)
    with pytest.raises(NameError, match="delta1"):
        last_value(TEST, names)


@pytest.mark.parametrize("slip", SLIPS)
def test_nbgrader_gives_the_points(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    utils = pytest.importorskip("nbgrader.utils", reason="needs nbgrader, in an environment of its own")
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(text) for text in (GIVEN, answer(slip), TEST)]
    told = {"grade": True, "grade_id": "test", "locked": True, "points": 12, "schema_version": 3, "solution": False}
    notebook.cells[2].metadata["nbgrader"] = told | {"cell_type": "code", "task": False}
    nbclient.NotebookClient(notebook, timeout=120, allow_errors=True).execute()
    assert utils.determine_grade(notebook.cells[2]) == (pytest.approx(SLIPS[slip][0], rel=1e-12), 12)


@pytest.mark.parametrize("slip", SLIPS)
def test_otter_gives_the_points(slip: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    otter = pytest.importorskip("otter", reason="needs otter-grader, in an environment of its own")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "backward.py").write_text(OTTER, encoding="utf-8")
    names: dict[str, Any] = {}
    exec(GIVEN + answer(slip), names)
    found = otter.Notebook(tests_dir="tests").check("backward", global_env=names)
    _, *layers = SLIPS[slip]
    assert [result.passed for result in found.test_case_results] == layers
    assert found.score == 4 * layers[0] + 8 * layers[1]


pytest_plugins = ["pytester"]


def test_pytest_gives_the_points(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest('pytest_plugins = ["autograd.pytest_points"]')
    pytester.makepyfile(test_homework=PYTEST)
    (pytester.path / "homework.py").write_bytes((ROOT / "notebooks" / "by_hand.py").read_bytes())
    pytester.runpytest_subprocess("--points", "results.json").assert_outcomes(failed=1)
    (test,) = json.loads((pytester.path / "results.json").read_text(encoding="utf-8"))["tests"]
    assert (test["score"], test["max_score"]) == (3, 6)  # W2 and b2 are right, W1 and b1 are not
    assert "updated-weight, line 26" in test["output"]
