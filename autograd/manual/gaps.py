"""What `exercise` does: leaves formulas out of a program."""

import random
import re
from collections.abc import Iterable, Sequence
from typing import Any

from autograd.manual.exercises import Exercise
from autograd.manual.result import BLANK, Manual
from autograd.manual.writing import written
from autograd.names import nearest
from autograd.value import Value

SECTIONS = ("forward", "backward")
"""What may be left out as a whole."""

FORMULA = re.compile(r"(?P<indent> *)(?P<name>[A-Za-z_]\w*) (?P<sign>\+?=) (?P<value>[^#]*?)(?P<note>  #.*)?")
"""A line that computes something."""


def with_gaps(
    loss: Value, model: Any, blanks: int | str | Sequence[str], mistake: str | None, seed: int | None, lr: float
) -> Exercise:
    """What `exercise` returns."""
    solution = written(loss, model, "python", mistake, lr, "exercise")
    lines = solution.splitlines()
    found = _formulas(solution)
    if isinstance(blanks, str) and blanks in SECTIONS and blanks not in found:
        blanks = [name for name, place in found.items() if _section(lines, place) == blanks]
    chosen = _chosen(list(found), blanks, seed)
    gaps = {}
    for name in chosen:
        match = FORMULA.fullmatch(lines[found[name]])
        assert match is not None
        gaps[name] = match["value"]
        lines[found[name]] = f"{match['indent']}{name} {match['sign']} {BLANK}"
    count = f"{len(gaps)} formulas" if len(gaps) > 1 else "the formula"
    task = f" Fill in {count} where {BLANK} stands." if gaps else ""
    hunt = " There is a mistake in it to be found." if mistake else ""
    lines[1] = f"#{task}{hunt}" if task or hunt else ""  # in the place of an empty line: numbers of lines stay
    return Exercise("\n".join(lines) + "\n", solution, gaps, loss, lr)


def _formulas(solution: Manual) -> dict[str, int]:
    """The places of formulas that can be left out, by the name that they compute: not what the mistake is in."""
    lines = solution.splitlines()
    wrong = solution.answer.wrong if solution.answer else {}
    start = next((i for i, line in enumerate(lines) if line.strip().startswith("# Forward")), 0)
    found: dict[str, int] = {}
    for i, line in enumerate(lines):
        match = FORMULA.fullmatch(line)
        value = match["value"] if match else "("  # what is broken into lines is left as it is
        if match and value != "(" and i > start and i + 1 not in wrong and not value.replace(".", "").isdigit():
            found.setdefault(match["name"], i)
    return found


def _section(lines: Sequence[str], place: int) -> str:
    """Which of the sections a line stands in."""
    headings = (re.match(r" *# (Forward|Backward|Update)", line) for line in lines[place::-1])
    return next((heading[1].lower() for heading in headings if heading), "")


def _chosen(names: list[str], blanks: Any, seed: int | None) -> list[str]:
    """The names asked for, or so many at random, in the order of the program."""
    blanks = [blanks] if isinstance(blanks, str) else blanks
    blanks = list(blanks) if isinstance(blanks, Iterable) else blanks
    listed = isinstance(blanks, list) and all(isinstance(name, str) for name in blanks)
    if isinstance(blanks, bool) or not (listed or isinstance(blanks, int)):
        expected = 'how many, the names of formulas to leave out, or "backward"'
        raise TypeError(f"exercise: blanks: expected {expected}, got {blanks!r}")
    if isinstance(blanks, int):
        if not 0 <= blanks <= len(names):
            raise ValueError(f"exercise: blanks: expected a number from 0 to {len(names)}, got {blanks}")
        picked = set(random.Random(seed).sample(names, blanks))
        return [name for name in names if name in picked]
    for name in blanks:
        if name not in names:
            raise ValueError(f"exercise: blanks: no formula for {name!r} can be left out; {nearest(name, names)}")
    return list(dict.fromkeys(blanks))
