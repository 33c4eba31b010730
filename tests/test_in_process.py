"""Programs in the process of the caller, as in a browser, where there is no other: their reports, and what is left."""

import builtins
import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import check
from autograd.isolation import Limits, Outcome, in_process, isolated, isolated_many

ROOT = Path(__file__).parents[1]
RUN = "autograd.manual.run_filled:numbers"


@pytest.fixture(autouse=True)
def in_a_browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process is started, and what the caller has is the caller's afterwards."""
    monkeypatch.setattr(in_process, "IN_A_BROWSER", True)
    monkeypatch.setattr("subprocess.Popen", None)
    random.seed(3)
    np.random.seed(4)
    before = state()
    yield
    assert state() == before


def state() -> Any:
    main, streams = sys.modules["__main__"], (sys.stdin, sys.stdout, sys.stderr, builtins.input)
    numbers = random.getstate(), str(np.random.get_state())
    environment = {name: x for name, x in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return main, streams, numbers, os.getcwd(), list(sys.path), environment, sys.getrecursionlimit()


def run(source: str, **more: Any) -> Outcome:
    return isolated(RUN, {"source": source, "names": ["x"], "known": []}, Limits(seconds=20), **more)


def test_numbers_come_back() -> None:
    assert run("x = 2").result == {"numbers": {"x": 2.0}, "strange": {}, "others": []}


@pytest.mark.parametrize(
    ("source", "kind", "why"),
    [
        ("1 / 0", "error", "it ended with ZeroDivisionError in line 1"),
        ("x = (", "error", "SyntaxError in line 1"),
        ("def f(): f()\nf()", "recursion", "a function calls itself without end"),
        ("\nx = input()", "input", "it asked for input in line 2"),
        ("import sys; x = sys.stdin.read() or input()", "input", "it asked for input"),
        ("exit()", "exit", "it ended itself in line 1 by exit()"),
    ],
)
def test_what_goes_wrong_is_told(source: str, kind: str, why: str) -> None:
    outcome = run(source)
    assert outcome.result is None and outcome.kind == kind and why in outcome.why


def test_what_it_changes_is_changed_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data.txt").write_text("7")
    source = (
        "import builtins, os, random, sys, numpy\nrandom.seed(1); numpy.random.seed(1); os.environ['A'] = 'b'\n"
        "x = float(open('data.txt').read()); open('data.txt', 'w').write('8'); print('hello')\n"
        "sys.path.insert(0, 'x'); os.chdir('/'); sys.setrecursionlimit(5000); builtins.input = None; sys.stdin = None\n"
    )
    outcome = run(source, folder=str(tmp_path))
    assert outcome.result is not None and outcome.result["numbers"] == {"x": 7.0}
    assert (tmp_path / "data.txt").read_text() == "7"
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs sys.monitoring, which every browser's Python has")
@pytest.mark.parametrize("inside", ["pass", "try: 1 / 0\n  except BaseException: pass"])
def test_an_endless_loop_ends(inside: str) -> None:
    request = {"source": f"while True:\n  {inside}\n", "names": [], "known": []}
    outcome = isolated(RUN, request, Limits(seconds=0.5))
    assert (outcome.kind, outcome.why) == ("time", "it ran longer than 0.5 s") and outcome.seconds < 20


def test_many_come_one_after_the_other() -> None:
    seen: list[Outcome] = []
    requests = [{"source": f"x = {i}", "names": ["x"], "known": []} for i in range(3)]
    found = isolated_many(RUN, requests, done=seen.append)
    assert [outcome.result["numbers"]["x"] for outcome in found if outcome.result] == [0, 1, 2]
    assert seen == found


def test_a_program_has_the_report_that_it_has_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    path = ROOT / "notebooks" / "by_hand.py"
    here = json.loads(check(path).json())
    monkeypatch.undo()
    there = json.loads(check(path).json())
    assert here.pop("seconds") > 0 and there.pop("seconds") > 0
    assert here == there and here["verdict"] == "wrong"
