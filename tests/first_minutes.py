"""The first minutes of a new user, by the stopwatch: `python -m tests.first_minutes [PYTHON ...]`.

For each Python, a new folder with nothing but a copy of this checkout, and a new environment, in which README.md is
followed from top to bottom: its commands and its sessions as they stand there. What comes out is a table of seconds,
and of the minutes that reading takes beside them, up to each of the first things one wants to see.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
KEPT = ("pip_", "ssl_", "http_proxy", "https_proxy", "no_proxy", "systemroot")
"""Beginnings of the variables that tell how packages are reached; nothing else of the environment is taken along."""

WORDS = 200.0
"""Read in a minute."""

FOLDERS = ("autograd", "nn", "notebooks", "tests", "pyproject.toml", "README.md", "LICENSE")

SESSION = """
import doctest, sys, time
text = sys.stdin.read()
names = {}
for block in text.split("\\0"):
    test = doctest.DocTestParser().get_doctest(block, names, "README.md", None, 0)
    began = time.perf_counter()
    failed, _ = doctest.DocTestRunner(verbose=False).run(test, out=sys.stderr.write, clear_globs=False)
    names.update(test.globs)
    print("failed" if failed else time.perf_counter() - began, flush=True)
"""
"""Runs the sessions that it is given, one after the other in one Python, and prints how long each took."""


class Moment(NamedTuple):
    """What was reached, after how many seconds of the machine more, and how many words of the page."""

    what: str
    seconds: float
    words: int


def blocks(text: str, language: str) -> list[tuple[int, str]]:
    """The fenced blocks of a language, with the number of words that are read before each has been."""
    found = re.finditer(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [(len(text[: match.end()].split()), match[1]) for match in found]


def followed(python: str, readme: str) -> Iterator[Moment]:
    """README.md followed by somebody who has this Python and a copy of the checkout."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch, "chalkgrad")
        home.mkdir()
        unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
        for name in FOLDERS:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, home / name, ignore=unwanted)
            else:
                shutil.copy(ROOT / name, home)
        scripts = home / ".venv" / ("Scripts" if os.name == "nt" else "bin")
        path = os.pathsep.join([str(scripts), str(Path(python).parent), *os.defpath.split(os.pathsep)])
        environment = {name: text for name, text in os.environ.items() if name.lower().startswith(KEPT)}
        environment |= {"HOME": scratch, "PATH": path}
        if shutil.which("dot", path=path):
            print("there is a Graphviz on the PATH: a new user may have none", file=sys.stderr)

        def ran(command: str, status: int = 0, given: str | None = None) -> tuple[float, str]:
            began = time.perf_counter()
            done = subprocess.run(
                command, shell=True, cwd=home, env=environment, input=given, capture_output=True, text=True
            )
            assert done.returncode == status, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            return time.perf_counter() - began, done.stdout

        ((words, first), *_), ((report_words, report), *_) = blocks(readme, "sh"), blocks(readme, "console")
        make, install, example = first.replace("python3", Path(python).name).split(" && ")
        yield Moment("an environment, and the package in it", ran(make)[0] + ran(install)[0], words)
        seconds, printed = ran(example)
        assert "∂L/∂w1" in printed and (home / "chalkgrad-out" / "graph.svg").exists()
        yield Moment("**first gradients**, by hand and by the engine; **first picture**", seconds, words)
        extras = re.search(r"`pip install '(\.\[check,jit\])'`", readme)
        assert extras is not None
        yield Moment("NumPy and a compiler beside it", ran(f"python -m pip install -q '{extras[1]}'")[0], words)
        command, _, shown = report.partition("\n")
        seconds, printed = ran(command.removeprefix("$ "), status=1)
        assert printed.strip() == shown.strip()
        yield Moment("**first mistake named**, in a program", seconds, max(words, report_words))
        sessions = blocks(readme, "python")
        (home / "session.py").write_text(SESSION, encoding="utf-8")
        _, printed = ran("python session.py", given="\0".join(text for _, text in sessions))
        named = ("first gradients of a network of one's own", "a mistake named in numbers from the paper",
                 "derivation, picture, live page, update", "**first training**")  # fmt: skip
        for (words, _), what, seconds_ in zip(sessions, named, printed.split(), strict=True):
            yield Moment(what, float(seconds_), words)


def table(pythons: list[str]) -> Iterator[str]:
    """The lines of the table, in Markdown."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    columns = [list(followed(python, readme)) for python in pythons]
    versions = [subprocess.run([python, "-V"], capture_output=True, text=True).stdout.strip() for python in pythons]
    yield "| | " + " | ".join(versions) + " | minutes so far, with reading |"
    yield "|---|" + "--:|" * (len(pythons) + 1)
    slowest = 0.0
    for row in zip(*columns, strict=True):
        slowest += max(moment.seconds for moment in row)
        minutes = slowest / 60 + row[0].words / WORDS
        yield f"| {row[0].what} | " + " | ".join(f"{moment.seconds:.1f} s" for moment in row) + f" | {minutes:.1f} |"


if __name__ == "__main__":
    for line in table([shutil.which(name) or name for name in sys.argv[1:]] or [sys.executable]):
        print(line, flush=True)
