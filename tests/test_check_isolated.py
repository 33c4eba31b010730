"""`check` on programs that mean harm or only do it, and on a folder of many: a sentence each, nothing else changes."""

import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from autograd import check
from autograd.programs.report import Report
from autograd.programs.several import Reports

SCHEMA = json.loads((Path(__file__).parent / "data" / "check.schema.json").read_text(encoding="utf-8"))
TRAINING = """
w, b = 0.5, 0.1
lr = 0.1
for epoch in range(3):
    for x, y in [(1.0, 2.0), (2.0, 0.5), (0.5, 1.5)]:
        p = w * x + b
        loss = 0.5 * (p - y) ** 2
        w -= lr * (p - y) * x
        b -= lr * (p - y)
"""
REFUSED = {
    "while True: pass": "",
    "while input('go on? ') != 'no': pass": "",
    "while True: print('x' * 1000)": "",
    "import os; os._exit(0)": "it ended the process itself",
    "import sys; sys.exit(3)": "",
    "raise KeyboardInterrupt": "it interrupts itself",
    "def f(n):\n    return f(n + 1)\nf(0)": "RecursionError",
    "a = bytearray(10**11)": "MemoryError",
    "import os\nwhile True: os.fork()": "starts no processes",
    "import subprocess; subprocess.run(['touch', {canary!r} + '/new'])": "starts no processes",
    "import os, signal; os.kill(os.getppid(), signal.SIGKILL)": "sends no signals",
    "import shutil; shutil.rmtree({canary!r})": "its own folder only",
    "open({canary!r} + '/key.txt', 'w').write('x')": "scratch folder only",
    "key = open({canary!r} + '/key.txt').read()": "its own folder only",
    "import socket; socket.create_connection(('127.0.0.1', 9), 1)": "no network",
    "import autograd.programs.agreement as j; j.explains = lambda *a, **k: True": "it changed what judges it",
    "import builtins; builtins.sum = max": "it changed what judges it",
    "import gc\nfor o in gc.get_objects():\n    if isinstance(o, dict) and 'verdict' in o: o['verdict'] = 'right'":
        "leaves alone what watches over it",
}  # fmt: skip
"""What stands before a training that is right, and a part of the sentence that says why it is not checked."""

HARMLESS = [
    "n = int(input('how many epochs? '))",
    "for i in range(3000): print('x' * 1000)",
    "open('mine.txt', 'w').write('x'); text = open('mine.txt').read()",
    "import shutil; shutil.rmtree({canary!r}, ignore_errors=True)",
    "import os; os.mkdir('a'); os.chdir('a'); os.environ['A'] = 'b'",
    "import sys, random; sys.setrecursionlimit(60); random.seed(5)",
]


def state(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    every = [folder, *sorted(folder.rglob("*"))]
    return {str(p): (p.stat().st_mode, p.stat().st_mtime_ns, p.read_bytes() if p.is_file() else b"") for p in every}


def caller() -> tuple[Any, ...]:
    """What a program could change in the process that has it checked; joblib sets a variable when it is loaded."""
    environment = {name: value for name, value in os.environ.items() if name != "KMP_INIT_AT_FORK"}
    return os.getcwd(), environment, sys.getrecursionlimit(), random.getstate()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Report]:
    """Reports on all of them, two at a time; the folder beside them, and whoever calls, are as before."""
    canary = tmp_path_factory.mktemp("elsewhere")
    (canary / "key.txt").write_text("the solution", encoding="utf-8")
    programs = [begin.replace("{canary!r}", repr(str(canary))) + TRAINING for begin in [*REFUSED, *HARMLESS]]
    before = state(canary), caller()
    endless = [program for program in programs if program.startswith("while")]  # these take all their time
    others = [program for program in programs if program not in endless]
    found = check(endless, seconds=0.5, jobs=2), check(others, seconds=2.0, jobs=2)
    assert (state(canary), caller()) == before
    assert all(isinstance(each, Reports) for each in found)
    by_program = dict(zip([*endless, *others], [*found[0], *found[1]], strict=True))
    return [by_program[program] for program in programs]


@pytest.mark.parametrize("place", range(len(REFUSED)), ids=list(REFUSED))
def test_what_means_harm_is_not_checked(place: int, reports: list[Report]) -> None:
    report: Report = reports[place]
    assert report.verdict == "not checked" and not report.parameters and not report.findings
    assert len(report.why) > 10 and list(REFUSED.values())[place] in report.why
    assert report.why in str(report)


@pytest.mark.parametrize("place", range(len(HARMLESS)), ids=HARMLESS)
def test_what_does_no_harm_is_checked(place: int, reports: list[Report]) -> None:
    report: Report = reports[len(REFUSED) + place]
    assert report.verdict == "right", report.why
    assert {each.name for each in report.parameters} == {"w", "b"}


# ---------------------------------------------------------------- a class


RIGHT = "import random\nrandom.seed({seed})\n" + TRAINING.replace("0.5, 0.1", "random.random(), 0.1")
TEMPLATES = [
    (RIGHT, "right"),
    (RIGHT.replace("w -= lr * (p - y) * x", "w -= lr * (p - y)"), "wrong"),
    (RIGHT.replace("loss = 0.5", "loss = 1.0"), "right up to a constant"),
    ("import os\n" + RIGHT + "    if epoch == 0: os._exit({seed} % 200)\n", "not checked"),
    ("w = {seed}\nfor epoch in range(3:\n    w -= 1\n", "not checked"),
]
"""What 200 students may hand in, and what is said of it."""


def written(folder: Path, count: int) -> list[str]:
    """So many programs, every other one a notebook; their verdicts in the order of their names."""
    verdicts = []
    for n in range(count):
        text, verdict = TEMPLATES[n % len(TEMPLATES)]
        text = text.replace("{seed}", str(n))
        verdicts.append(verdict)
        if n % 2:
            (folder / f"{n:03}.py").write_text(text, encoding="utf-8")
            continue
        begin, _, rest = text.partition("\nlr = ")
        sources = [begin, f"lr = {rest}"] if rest else [text]
        cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": [source]}
                 for source in sources]  # fmt: skip
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"{n:03}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return verdicts


COUNT = int(os.environ.get("CHALKGRAD_CLASS", "10"))
"""How many hand something in; 200 take minutes."""


@pytest.mark.timeout(1200)
def test_a_folder_of_many_survives_those_that_die(tmp_path: Path, record_property: Any) -> None:
    verdicts = written(tmp_path, COUNT)
    begin = time.perf_counter()
    reports = check(tmp_path, seconds=20.0, jobs=2)
    record_property("seconds", time.perf_counter() - begin)
    assert isinstance(reports, Reports)
    assert [report.verdict for report in reports] == verdicts
    assert [report.file for report in reports] == sorted(path.name for path in tmp_path.iterdir())
    jsonschema.validate(json.loads(reports.json()), SCHEMA)
    table = str(reports).split("\n")
    assert len(table) > COUNT and all(report.file in line for report, line in zip(reports, table[1:], strict=False))
    assert all(report.why for report in reports if report.verdict == "not checked")
    assert all(report.findings[0].line for report in reports if report.verdict == "wrong")
