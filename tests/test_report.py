"""Reports of `check`: as text, HTML and JSON, from the command, in IPython; and what of a process is believed."""

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import autograd
from autograd import Value, check
from autograd.__main__ import main
from autograd.programs import asking
from autograd.programs.found import cleaned
from autograd.programs.graphs import built
from autograd.programs.magics import Entry, so_far
from autograd.programs.reading import read
from autograd.programs.report import Finding, Report, report
from autograd.programs.several import Reports
from autograd.programs.wording import text
from tests import fake_check

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = json.loads((ROOT / "tests" / "data" / "check.schema.json").read_text(encoding="utf-8"))

GOOD = "w = 1.0\nloss = w**2  # loss\nw -= 0.1 * 2 * w\n"
BAD = """import numpy as np
for epoch in range(9):
    loss = 0.5 * np.sum((p - y) ** 2)  # loss
    weights_out -= lr * np.dot(h.T, d)
    weights_in -= lr * np.dot(x.T, d)  # wrong: updated-weight
    b -= lr * d.sum()
"""
SUMMED = "w = 1.0\nw -= 0.1 * g  # constant 2\n"
DEAD = "w = 1.0\nw -= 1  # crash\n"


@pytest.fixture(autouse=True)
def faked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ask", fake_check.ask)
    monkeypatch.setattr(asking, "ask_many", fake_check.ask_many)


def one(program: Any) -> Report:
    found = check(program)
    assert isinstance(found, Report)
    return found


def answer(program: str = BAD) -> dict[str, Any]:
    return fake_check.examine(read(program).request(1.0))


# ---------------------------------------------------------------- text


def test_a_report_as_text() -> None:
    assert (
        str(one(BAD))
        == """\
program: 3 parameters, sigmoid network 2-2-1, half squared error (`loss`, line 3), SGD with lr = 0.1

  weights_out   line 4   right
  weights_in    line 5   WRONG   2.6 % too large
  b             line 6   right

1. updated-weight, line 5:
     weights_in -= lr * np.dot(x.T, d)  # wrong: updated-weight
                   ^^^^^^^^^^^^^^^^^^^
   weights_in goes the wrong way.
   Right would be: -lr * np.dot(x.T, d)
   Mend line 5. With that, all three gradients are right (checked at 5 points).
   Here: weights_in 2.6 % too large.

one of three gradients is wrong (checked at 5 points)"""
    )


def test_right_and_nearly_right_as_text() -> None:
    assert str(one(GOOD)).endswith("\n\n  w   line 3   right\n\nthe gradient is right (checked at 5 points)")
    nearly = one(SUMMED)
    assert nearly.ok and nearly.verdict == "right up to a constant" and nearly.parameters[0].constant == 2.0
    assert "right up to a constant: 2 x the gradient" in str(nearly)
    assert str(nearly).endswith("the gradient is right up to the constant 2 (checked at 5 points)")


def test_what_could_not_be_checked_says_why() -> None:
    dead = one(DEAD)
    assert str(dead) == "program: not checked: its process was killed" and not dead.ok
    assert str(one("x = 1\nprint 'x'\n")).startswith("program: not checked: line 2 does not parse: ")
    assert "no parameter is updated" in one("x = 1\n").why


def test_a_wide_line_keeps_what_is_underlined_in_view() -> None:
    names = [f"a_rather_long_name_{i}" for i in range(12)]
    line = f"w -= {' * '.join(names)}"
    for name in names:
        said = answer("w = 1\n" + line + "  # wrong: sign")
        begin = line.index(name)
        said["findings"][0]["span"] = [2, begin, 2, begin + len(name)]
        shown = text(report(read("w = 1\n" + line), said)).split("\n")
        (place,) = [i for i, row in enumerate(shown) if row.strip().startswith("^")]
        marks, code = shown[place], shown[place - 1]
        assert len(code) <= 120
        assert code[marks.index("^") : len(marks)] == name


def test_columns_of_wide_letters_line_up() -> None:
    said = answer("学习率 -= 步长  # wrong: sign")
    shown = text(report(read("学习率 -= 步长"), said)).split("\n")
    place = next(i for i, row in enumerate(shown) if row.strip().startswith("^"))
    assert (shown[place - 1], shown[place]) == ("     学习率 -= 步长", " " * 15 + "^^^^")


def test_tabs_do_not_shift_what_is_underlined() -> None:
    said = answer("if 1:\n\tw -=\tg*h  # wrong: sign")
    said["findings"] = [answer("w -= 2  # wrong: sign")["findings"][0] | {"line": 2, "span": [2, 6, 2, 9]}]
    said |= {"verdict": "wrong", "parameters": answer("w -= 2  # wrong: sign")["parameters"]}
    found = report(read("if 1:\n\tw -=\tg*h\n"), said)
    lines = str(found).split("\n")
    place = next(i for i, row in enumerate(lines) if row.strip().startswith("^"))
    assert (lines[place - 1], lines[place]) == ("     w -=    g*h", " " * 13 + "^^^")
    assert "<mark>g*h</mark>" in found.html


def test_a_statement_over_several_lines_is_underlined_in_each() -> None:
    program = "w = 1\nw -= (lr *\n      h *\n      d)\n"
    said = answer("w -= 2  # wrong: sign")
    said["findings"][0] |= {"line": 2, "span": [2, 6, 4, 7], "stands": "w -= (lr *\n      h *\n      d)"}
    shown = text(report(read(program), said)).split("\n")
    quoted = shown[shown.index("1. sign, line 2:") + 1 :][:6]
    right = " " * 11
    assert quoted == ["     w -= (lr *", f"{right}^^^^", f"{right}h *", f"{right}^^^", f"{right}d)", f"{right}^"]


def test_a_finding_says_no_more_than_is_known() -> None:
    said = answer()
    said["findings"][0] |= {"proved": False, "also": ["a sum for a mean"], "code": None, "right": ""}
    shown = text(report(read(BAD), said))
    assert "1. no known name, line 5:" in shown and "Right would be" not in shown
    assert "Mend line 5. This fits the numbers at 5 points; it is not proved." in shown
    assert "This fits, but so does: a sum for a mean." in shown
    two = copy.deepcopy(answer())
    two["findings"] *= 2
    assert text(report(read(BAD), two)).count("With that and the other, all three gradients are right") == 2
    none = answer()
    none["findings"] = []
    assert text(report(read(BAD), none)).endswith("(checked at 5 points); which line it is could not be found out")


def test_many_parameters_are_counted() -> None:
    program = "\n".join(f"w{i} -= 1{'  # wrong: sign' if i == 50 else ''}" for i in range(200))
    shown = str(one(program))
    assert "w50   line 51   WRONG" in shown and "... 199 more are right" in shown
    assert shown.count("\n") < 20


def test_a_loss_that_is_implied_or_another() -> None:
    said = answer(GOOD)
    said["loss"] |= {"implied": True, "name": "", "note": "the loss that it prints is another"}
    assert "half squared error (implied by its gradients; the loss that it prints is another)" in text(
        report(read(GOOD), said)
    ).replace("\n    ", " ")


# ---------------------------------------------------------------- what is believed


@pytest.mark.parametrize(
    "spoil",
    [
        lambda said: said.update(verdict="perfect"),
        lambda said: said.update(verdict=["right"]),
        lambda said: said.pop("verdict"),
        lambda said: said.pop("parameters"),
        lambda said: said.update(parameters="W1"),
        lambda said: said.update(parameters=[]) or said.update(verdict="right"),
        lambda said: said.update(verdict="right"),
        lambda said: said.update(verdict="right up to a constant"),
        lambda said: said.update(verdict="not checked", why=""),
        lambda said: said.update(parameters=said["parameters"][:1], findings=[]),
        lambda said: said["parameters"][0].update(verdict="fine"),
        lambda said: said["parameters"][0].update(constant="2"),
        lambda said: said["parameters"][0].update(constant=float("nan")),
        lambda said: said["parameters"][0].update(name=3),
        lambda said: said["parameters"].append(None),
        lambda said: said.update(lr=float("inf")),
        lambda said: said.update(lr=10**400),
        lambda said: said.update(lr=True),
        lambda said: said.update(points=-1),
        lambda said: said.update(points=True),
        lambda said: said.update(points=2.5),
        lambda said: said.update(why=None),
        lambda said: said.update(notes="a note"),
        lambda said: said.update(loss=[]),
        lambda said: said["loss"].update(implied=0),
        lambda said: said["loss"].update(line=0),
        lambda said: said["loss"].update(cell="3"),
        lambda said: said["findings"][0].update(proved="yes"),
        lambda said: said["findings"][0].update(code=5),
        lambda said: said["findings"][0].update(span=[1, 2, 3]),
        lambda said: said["findings"][0].update(span=[3, 5, 3, 5]),
        lambda said: said["findings"][0].update(span=[5, 0, 4, 9]),
        lambda said: said["findings"][0].update(span="abcd"),
        lambda said: said["findings"][0].update(line=True),
        lambda said: said["findings"][0].update(also=[None]),
        lambda said: said["findings"][0].pop("parameters") and said["findings"][0].update(parameters={}),
        lambda said: said.update({"findings": {}}),
    ],
)
def test_what_is_no_report_is_not_believed(spoil: Any) -> None:
    said = answer()
    spoil(said)
    found = report(read(BAD), said)
    assert found.verdict == "not checked" and found.why.startswith("what the program's process reported is no report (")
    assert not found.ok and found.parameters == () and str(found) and found.html


@pytest.mark.parametrize("said", [None, [], "right", 5, {}, {1: 2}, {"verdict": "right"}])
def test_anything_else_is_not_believed(said: Any) -> None:
    assert report(read(BAD), said).verdict == "not checked"


def test_fields_may_be_added() -> None:
    said = answer() | {"later": 1}
    said["findings"][0]["later"] = [2]
    assert report(read(BAD), said).verdict == "wrong"


def test_texts_cannot_command_a_terminal() -> None:
    said = answer()
    evil = "\x1b[2J\x1b]0;title\x07\u202egnorw\x00\ud800 \x9b31m"
    said["findings"][0] |= {"text": evil, "remedy": evil, "stands": evil}
    said["parameters"][0] |= {"name": f"w\n{evil}", "says": evil}
    said |= {"network": evil, "notes": [evil], "optimizer": "S\nGD"}
    found = report(read(BAD + f"# {evil[:5]}"), said)
    shown = str(found) + repr(found) + found.json() + str(Reports([found])) + found.html
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", shown)
    assert "S GD" in shown
    assert cleaned("a\tb\r\nc" + "x" * 9000).startswith("a    b\nc") and len(cleaned("x" * 9000)) < 5000


# ---------------------------------------------------------------- JSON


@pytest.mark.parametrize("program", [GOOD, BAD, SUMMED, DEAD, "print 'x'\n"])
def test_json_validates(program: str) -> None:
    found = one(program)
    content = json.loads(found.json())
    jsonschema.validate(content, SCHEMA)
    assert content == found.to_dict()
    jsonschema.validate(json.loads(Reports([found, found]).json()), SCHEMA)
    if found.verdict != "not checked":
        assert content == answer(program)


def test_the_schema_refuses_what_it_should() -> None:
    fine = one(BAD).to_dict()
    for name in fine:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({key: x for key, x in fine.items() if key != name}, SCHEMA)
    for spoilt in ({"verdict": "right"}, {"verdict": "not checked"}, {"points": -1}, {"lr": "0.1"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(fine | spoilt, SCHEMA)
    jsonschema.validate(fine | {"later": 1}, SCHEMA)


# ---------------------------------------------------------------- the object


def test_a_report_is_frozen_and_asserts() -> None:
    good, bad = one(GOOD), one(BAD)
    good.assert_ok()
    with pytest.raises(AssertionError, match="updated-weight, line 5"):
        bad.assert_ok()
    with pytest.raises(AttributeError):
        good.verdict = "wrong"  # type: ignore[misc]
    assert repr(bad) == "<report on program: wrong (line 5); print it>" and isinstance(bad.findings[0], Finding)


def test_the_graph_of_a_program_is_a_value() -> None:
    loss = one(GOOD).graph()
    assert isinstance(loss, Value) and (loss.data, loss.label) == (18.0, "loss")
    loss.backward()
    assert loss.named()["w"].grad == 12.0
    with pytest.raises(ValueError, match="could not be checked, so there is no graph"):
        one(DEAD).graph()


@pytest.mark.parametrize(
    "graph",
    [
        {}, [], {"nodes": [], "out": 0}, {"nodes": [[None, [1.0], ""]], "out": 1},
        {"nodes": [[None, [1.0], ""]], "out": -1},
        {"nodes": [["mul", [0, 1], ""]], "out": 0}, {"nodes": [[None, [1.0], ""], ["system", [0], ""]], "out": 1},
        {"nodes": [[None, [1.0], ""], ["neg", [-1], ""]], "out": 1},
        {"nodes": [[None, ["x"], ""]], "out": 0}, {"nodes": [[None, [1.0], ""], ["log", [0, 0, 0], ""]], "out": 1},
        {"nodes": [[None, [-1.0], ""], ["log", [0], ""]], "out": 1}, {"nodes": [[None, [1.0], 5]], "out": 0},
    ],
)  # fmt: skip
def test_what_is_no_graph_is_told(graph: Any) -> None:
    with pytest.raises(ValueError, match="the graph of the program cannot be built"):
        built(graph)


def test_a_long_graph_is_built() -> None:
    nodes: list[Any] = [[None, [1.0], "x"]] + [["mul", [i, 1.0], ""] for i in range(50_000)]
    loss = built({"nodes": nodes, "out": 50_000})
    loss.backward()
    assert loss.named()["x"].grad == 1.0


# ---------------------------------------------------------------- several


def test_the_table_of_a_class(tmp_path: Path) -> None:
    programs = {"ann": GOOD, "bob": BAD, "cy/x": BAD, "dee": DEAD, "eve": SUMMED, "fay": "print 'x'"}
    for name, program in programs.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.py").write_text(program, encoding="utf-8")
    found = check(tmp_path)
    assert isinstance(found, Reports) and not found.ok
    assert [(row[0], row[1]) for row in found.rows] == [
        ("ann.py", "right"), ("bob.py", "wrong"), ("cy/x.py", "wrong"), ("dee.py", "not checked"),
        ("eve.py", "right up to a constant"), ("fay.py", "not checked"),
    ]  # fmt: skip
    assert found.rows[1][2:] == ("updated-weight", "line 5")
    assert found.mistakes == {"updated-weight": 2}
    assert found.counts == {"right": 1, "right up to a constant": 1, "wrong": 2, "not checked": 2}
    shown = str(found)
    assert "6 programs: 1 right, 1 right up to a constant, 2 wrong, 2 not checked" in shown
    assert shown.endswith("  updated-weight     2")
    assert re.search(r"^dee\.py +not checked +its process was killed$", shown, re.MULTILINE)
    with pytest.raises(AssertionError, match="weights_in goes the wrong way"):
        found.assert_ok()
    assert found["bob.py"].verdict == "wrong" and found[0].ok and len(found[1:3]) == 2 and found[:1].ok
    assert "<b>6 programs: 1 right" in found._repr_html_() and found.html.count("<details class") == 6


def test_a_mistake_made_twice_counts_for_one_program() -> None:
    found = check(["w -= 1  # wrong: sign\nb -= 1  # wrong: sign\n", "w -= 1  # wrong: sign\n", GOOD])
    assert isinstance(found, Reports) and found.mistakes == {"sign": 2}
    assert found.rows[0][2:] == ("sign", "line 1, line 2")


def test_check_takes_no_nonsense() -> None:
    for seconds in (0, -1, "3", float("nan")):
        with pytest.raises(ValueError, match="expected seconds above 0"):
            check(GOOD, seconds=seconds)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected jobs as a whole number from 1 on"):
        check([GOOD], jobs=0)
    with pytest.raises(TypeError, match="example arguments are for one function"):
        check([GOOD], 1.0)
    assert str(check([])).startswith("file  verdict")


# ---------------------------------------------------------------- HTML


def test_html_marks_the_span_and_nothing_else() -> None:
    shown = one(BAD)._repr_html_()
    assert re.findall("<mark>(.*?)</mark>", shown) == ["lr * np.dot(x.T, d)"] * 2
    assert shown.count('class="row off"') == 1 and shown.count('class="row fine"') == 2
    assert 'data-jp-theme-light="false"' in shown and "prefers-color-scheme: dark" in shown
    assert not re.search(r"<script|https?:|url\(|@import|src=|onclick", shown)


def test_text_in_html_is_escaped() -> None:
    said = answer()
    evil = "</style><img src=x onerror=alert(1)>"
    said["findings"][0] |= dict.fromkeys(("code", "text", "right", "remedy", "stands"), evil) | {"also": [evil]}
    said["parameters"][0] |= {"name": evil, "says": evil}
    said |= {"network": evil, "optimizer": evil, "notes": [evil], "loss": said["loss"] | {"name": evil, "kind": evil}}
    found = report(read(f"{BAD}# {evil}\n"), said)
    for shown in (found._repr_html_(), found.html, Reports([found]).html, Reports([found])._repr_html_()):
        assert "<img" not in shown and "&lt;img" in shown and shown.count("</style>") == 1


def test_cells_without_a_mark_are_left_out() -> None:
    cells = [{"cell_type": "code", "source": text} for text in ("secret = 1", BAD)]
    shown = one(json.dumps({"nbformat": 4, "cells": cells}))._repr_html_()
    assert "secret" not in shown and "cell 2 line 5" in shown


# ---------------------------------------------------------------- the command


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["check", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    programs = {"good": GOOD, "bad": BAD, "summed": SUMMED, "dead": DEAD}
    for name, program in programs.items():
        (tmp_path / f"{name}.py").write_text(program, encoding="utf-8")
    paths = {name: str(tmp_path / f"{name}.py") for name in (*programs, "none")}
    return paths | {"folder": str(tmp_path)}


@pytest.mark.parametrize(
    ("names", "status"),
    [
        ("good", 0), ("summed", 0), ("bad", 1), ("dead", 2), ("none", 2), ("good summed", 0), ("good bad", 1),
        ("good dead", 2), ("dead bad", 1), ("none bad good", 1), ("folder", 1), ("good none", 2),
    ],
)  # fmt: skip
def test_exit_statuses(files: dict[str, str], capsys: pytest.CaptureFixture[str], names: str, status: int) -> None:
    code, out, err = run(capsys, *(files[name] for name in names.split()))
    assert (code, err) == (status, "")
    if names in ("dead", "none"):
        assert re.fullmatch(r"\w+\.py: not checked: .*\n", out)


def test_the_command_prints_what_print_prints(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, files["bad"])[1] == f"{check(files['bad'])}\n"
    assert run(capsys, files["folder"])[1] == f"{check(files['folder'])}\n"


def test_json_of_the_command(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    single = json.loads(run(capsys, "--json", files["bad"])[1])
    several = json.loads(run(capsys, files["bad"], "--json", files["none"])[1])
    folder = json.loads(run(capsys, "--json", files["folder"])[1])
    for content in (single, several, folder):
        jsonschema.validate(content, SCHEMA)
    assert isinstance(single, dict) and (single["file"], len(several), len(folder)) == ("bad.py", 2, 4)
    assert several[0]["file"] == files["bad"]


def test_the_page_of_the_command(files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new" / "page.html"
    assert run(capsys, files["bad"], "--html", str(target))[0] == 1
    assert "updated-weight" in target.read_text(encoding="utf-8")
    assert run(capsys, files["folder"], "--html", str(target))[0] == 1
    assert "4 programs" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: FILE"),
        (["a.py", "--jobs", "0"], "--jobs 0: expected a whole number from 1 on"),
        (["a.py", "--seconds", "-3"], "--seconds -3: expected a number above 0"),
        (["a.py", "--nonsense"], "unrecognized arguments: --nonsense"),
        (["--html", "a.ipynb", "b.ipynb"], "--html a.ipynb: expected the name of a page that ends in .html"),
    ],
)
def test_usage_errors(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "") and err.startswith(f"python -m autograd check: {message}")


def test_a_program_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "program.html"
    program.write_text(GOOD, encoding="utf-8")
    assert run(capsys, str(program), "--html", str(program))[0] == 2
    assert program.read_text(encoding="utf-8") == GOOD
    empty = tmp_path / "empty"
    empty.mkdir()
    status, _, err = run(capsys, str(empty))
    assert status == 2 and "there are no .py and .ipynb files" in err


def test_progress_is_for_terminals(files: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    err = run(capsys, files["folder"])[2]
    assert err.endswith("\rchecked 4 of 4\n") and err.count("\r") == 4


def test_it_can_be_interrupted(files: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def ask(request: Any, seconds: float) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(asking, "ask", ask)
    assert run(capsys, files["bad"])[0] == 130


def test_whoever_reads_may_stop_reading(files: dict[str, str]) -> None:
    """As in `python -m autograd check FILE | head -1`."""
    code = (
        "from tests.fake_check import install; install(); import sys; from autograd.__main__ import main;"
        f"sys.exit(main(['check', '--json', *[{files['bad']!r}] * 200]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(60)


def test_importing_autograd_imports_none_of_it() -> None:
    code = "import sys, autograd; autograd.check; print(*(m for m in sys.modules if m.startswith('autograd.programs')))"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["autograd.programs"]
    assert autograd.check is check


# ---------------------------------------------------------------- IPython


def cells(*said: tuple[str, str]) -> list[str]:
    entries = [Entry(number, text, mark) for number, (text, mark) in enumerate(said, start=1)]
    return [f"{entry.number}:{entry.text}" for entry in so_far(entries)]


def test_a_notebook_so_far_holds_every_cell_once() -> None:
    assert cells(("a = 1", "x"), ("b = a", "y"), ("a = 2", "x")) == ["3:a = 2", "2:b = a"]
    assert cells(("a = 1", "x"), ("a = 2", "y")) == ["1:a = 1", "2:a = 2"]
    step = "z = w*x\nw -= {}*(z - y)*x\nprint(z)"
    assert cells((step.format(0.1), ""), ("b = 1", ""), (step.format(0.2), "")) == [f"3:{step.format(0.2)}", "2:b = 1"]
    assert cells((step, ""), (step, ""), ("%%check\n" + step, "")) == [f"3:%%check\n{step}"]
    assert cells(("x = 1", ""), ("x = 'something else entirely, of another kind'", "")) == [
        "1:x = 1",
        "2:x = 'something else entirely, of another kind'",
    ]
    assert cells(("x = (", ""), ("y = (", "")) == ["1:x = (", "2:y = ("]


SESSION = """
import sys
from IPython.core.interactiveshell import InteractiveShell
from tests.fake_check import install
install()
shell = InteractiveShell.instance()
def go(text):
    shell.run_cell(text, store_history=True)
    return shell.user_ns["_"]
go("%load_ext autograd")
go("w = 1.0")
first = go("%%check\\nloss = w**2  # loss\\nw -= 0.5  # wrong: sign\\nprint('ran', w)")
print(first); print(shell.user_ns["w"])
second = go("%%check --no-run --seconds 9\\nloss = w**2  # loss\\nw -= 0.5")
print(second.verdict, second.file, second.budget, shell.user_ns["w"], [c.number for c in second.source.cells])
third = go("%check")
print(third.verdict, [c.number for c in third.source.cells])
fourth = go("%%check\\nw -= 1/0")
print(fourth.notes)
go("%%check --quick\\nw -= 1")
go("from autograd import exercise; from nn import MLP, bce; import random")
go("task = exercise(bce(MLP(2, [1], 'sigmoid', 'sigmoid', rng=random.Random(1))([0.5, 2.0]), 1), blanks='backward')")
shell.set_next_input = lambda text: print("next:", text.split("\\n")[0], text.count("= ____"))
go("%mark task")
filled = "delta1 = y - y_hat  # not so\\ngrad_w1 = delta1*x1\\ngrad_w2 = delta1*x2\\ngrad_b1 = delta1"
print(go(f"%%mark\\n{filled}").summary)
task = shell.user_ns["task"]
print(go("%%mark task --seconds 9\\n" + task.fill(task.gaps)).summary)
go("%%mark loss\\nx = 1")
"""


def test_the_commands_of_ipython(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{SESSION}"]
    environment = os.environ | {"IPYTHONDIR": str(tmp_path), "NO_COLOR": "1"}
    process = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    said = process.stdout
    assert process.returncode == 0, process.stderr
    assert said.startswith("ran 0.5\n")
    assert "1. sign, cell 3 line 3:\n     w -= 0.5  # wrong: sign" in said
    assert "run as usual; it was checked with the 1 cell before it in a process of its own\n0.5\n" in said
    assert "right cell 4 9.0 0.5 [2, 4]" in said
    assert "right [2, 4]" in said
    assert "was run as usual, which ended in the error above" in said and "ZeroDivisionError" in said
    assert "there is no option --quick; there are --no-run and --seconds S" in said
    assert "next: %%mark task 4" in said
    assert "\n4 of 7 numbers differ: delta1, grad_w1, grad_w2, grad_b1\n" in said
    assert "\nall 7 numbers agree\n" in said
    assert "%mark: expected the name of an exercise such as %%mark task, got 'loss'; there are: task" in said
