"""What is shown of an error: the user's lines alone, all of ours where they are asked for, and nothing lost."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, compare, explain, grad, log
from autograd.tracebacks import VARIABLE, theirs, without_ours
from nn import MLP, SGD, bce, fit

ROOT = Path(__file__).parents[1]


def own_loss(prediction: Any, target: Any) -> Any:
    return log(prediction[0] - 5.0)


def network() -> MLP:
    return MLP(2, [2, 1], "sigmoid", "sigmoid")


def trained(loss: Any) -> Any:
    model = network()
    return fit(model, [[1, 2]], [5], loss=loss, optimizer=SGD(model.parameters(), lr=0.1), epochs=1, progress=False)


MISTAKES: list[tuple[Callable[[], Any], list[str]]] = [
    (lambda: log(Value(-1.0)), ["<lambda>"]),
    (lambda: Value(1.0).item(), ["<lambda>"]),  # type: ignore[attr-defined]
    (lambda: network()([1, 2, 3]), ["<lambda>"]),
    (lambda: bce(1, network()([1, 2])), ["<lambda>"]),
    (lambda: compare(bce(network()([1, 2]), 1), {"w77": 1.0}), ["<lambda>"]),
    (lambda: explain(bce(network()([1, 2]), 1), "w77"), ["<lambda>"]),
    (lambda: trained(bce), ["<lambda>", "trained"]),
    (lambda: trained(own_loss), ["<lambda>", "trained", "own_loss"]),
    (lambda: grad(lambda x: own_loss([x], 1))(1.0), ["<lambda>", "<lambda>", "own_loss"]),
]


def caught(mistake: Callable[[], Any]) -> BaseException:
    try:
        mistake()
    except Exception as error:
        return error
    raise AssertionError("there was no error")


@pytest.mark.parametrize(("mistake", "shown"), MISTAKES)
def test_the_lines_of_the_user_are_shown_and_none_of_ours(mistake: Callable[[], Any], shown: list[str]) -> None:
    error = caught(mistake)
    before = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    with without_ours(error):
        assert [frame.name for frame in traceback.extract_tb(error.__traceback__)] == ["caught", *shown]
        text = "".join(traceback.format_exception(error))
    assert str(ROOT / "autograd") not in text and str(ROOT / "nn") not in text
    assert [frame.name for frame in traceback.extract_tb(error.__traceback__)] == before and len(before) > len(shown)


def test_what_was_not_foreseen_is_shown_as_a_whole() -> None:
    error = caught(lambda: theirs(3))  # type: ignore[arg-type]
    assert [frame.name for frame in traceback.extract_tb(theirs(error.__traceback__))][-1] == "theirs"


def test_the_errors_behind_an_error_are_shown_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    def chained() -> None:
        try:
            log(Value(-1.0))
        except ValueError as error:
            raise KeyError("mine") from error

    error = caught(chained)
    assert error.__cause__ is not None
    with without_ours(error):
        assert len(traceback.extract_tb(error.__cause__.__traceback__)) == 1
    assert len(traceback.extract_tb(error.__cause__.__traceback__)) > 1
    monkeypatch.setenv(VARIABLE, "full")
    with without_ours(error):
        assert len(traceback.extract_tb(error.__cause__.__traceback__)) > 1


def test_pytest_shows_the_line_of_the_test() -> None:
    wrong = compare(bce(network()([1, 2]), 1), {"dw5": 77.0})
    with pytest.raises(AssertionError) as caught:
        wrong.assert_ok()
    assert [entry.name for entry in caught.traceback.filter(caught)] == ["test_pytest_shows_the_line_of_the_test"]
    assert len(caught.traceback) == 2


def said(code: str, **environment: str) -> str:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=120)
    return done.stdout + done.stderr


PROGRAM = """
from autograd import Value, log
def f(x):
    return log(x)
f(Value(-1.0, "x"))
"""


def test_a_program_ends_with_its_own_lines() -> None:
    word = "ValueError: log(x = -1.0): math domain error; log needs a positive argument"
    lines = [line.strip() for line in said(PROGRAM).splitlines()]
    places = [line.partition(", ")[2] for line in lines if line.startswith("File ")]
    assert places == ["line 6, in <module>", "line 5, in f"] and lines[-1] == word
    whole = said(PROGRAM, **{VARIABLE: "full"})
    assert "value.py" in whole and word in whole
    before = "import sys\nsys.excepthook = lambda kind, error, trace: print('theirs', kind.__name__)\n"
    assert said(before + PROGRAM) == "theirs ValueError\n"


SESSION = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("colors", "nocolor")
shell.run_cell("from autograd import Value, log")
shell.run_cell("log(Value(-1.0, 'x'))")
print("-- %tb")
shell.run_cell("%tb")
"""


def test_a_notebook_shows_the_cell_and_the_word(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    short, whole = said(SESSION, IPYTHONDIR=str(tmp_path)).split("-- %tb")
    assert "log(Value(-1.0, 'x'))" in short and "log needs a positive argument" in short
    assert "value.py" not in short and len(short.strip().splitlines()) == 6
    assert "value.py" in whole  # all of it, when asked for
