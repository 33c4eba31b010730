"""What `python -m autograd check FILE` takes as a whole: a process started, a program run, its wrong line found."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.benchmarks.harness import Task, interleave
from tests.benchmarks.processes import ROOT
from tests.benchmarks.table import Row, duration

PROGRAMS = ROOT / "tests" / "programs"


class Work(NamedTuple):
    """A program to be checked as it stands, and with a mistake: `stands` in the place of `belongs`, in one line."""

    name: str
    file: str
    belongs: str
    stands: str


SMALL = Work(
    "check, 2-2-1 in scalars", "02_scalar_2_2_1.py", "d1 = d3 * v1 * a1 * (1 - a1)", "d1 = d3 * v2 * a1 * (1 - a1)"
)
LARGE = Work(
    "check, 784-30-10 in minibatches", "22_digits_784_30_10.py", "dZ1 = dA1 * A1 * (1 - A1)", "dZ1 = dA1 * (1 - A1)"
)
RIGHT, WRONG = "a right program", "with one mistake"


def check(path: Path, _steps: int = 1) -> tuple[int, str]:
    """The exit status of the command, and what it prints."""
    command = [sys.executable, "-m", "autograd", "check", "--json", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout or done.stderr


def fault(path: Path, line: int | None) -> str:
    """What is wrong with the answer on a program, whose mistake is in that line; "" where nothing is."""
    status, printed = check(path)
    if status not in (0, 1):
        return f"exit status {status}: {printed.strip()[-200:]}"
    report = json.loads(printed)
    verdict, lines = report["verdict"], [finding["line"] for finding in report["findings"]]
    expected = ("right", []) if line is None else ("wrong", [line])
    return "" if (verdict, lines) == expected else f"{verdict} {lines}, expected {expected[0]} {expected[1]}"


def measure(rounds: int, works: tuple[Work, ...] = (SMALL, LARGE)) -> list[Row]:
    """Two rows a work, the program as it stands and with its mistake; the answers are looked at before."""
    rows = []
    for work in works:
        print(work.name, file=sys.stderr)
        text = (PROGRAMS / work.file).read_text(encoding="utf-8")
        line = text[: text.index(work.belongs)].count("\n") + 1
        with TemporaryDirectory() as folder:
            tasks = {}
            for name, source, place in ((RIGHT, text, None), (WRONG, text.replace(work.belongs, work.stands), line)):
                path = Path(folder, f"{name.split()[1]}.py")
                path.write_text(source, encoding="utf-8")
                row = Row(work.name, name)
                rows.append(row)
                wrong = fault(path, place)  # the first run also writes the compiled files
                if wrong:
                    row.fail(wrong)
                    continue
                row.agrees = "right" if place is None else f"line {place}"
                tasks[name] = row, Task(partial(check, path))
            interleave([task for _, task in tasks.values()], rounds)
        for row, task in tasks.values():
            row.measured = duration(median(task.rounds))
            row.data = {"seconds": median(task.rounds), "rounds": task.rounds}
    return rows
