"""Slips of one token, found by `check`: the line, what stands there, and what belongs there.

`python -m tests.programs.slips` counts all of them; here is a sample. CHALKGRAD_DOCUMENTS names a folder with two
course documents whose slips are looked at as well.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import slips
from tests.programs import count
from tests.programs import slips as counted

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]  # the search of the whole sample counts as one test
STEPS = {"26_gru_like.py": 20}
STEP = 8
"""One slip of so many is looked at: of the recurrent net fewer, since its search takes ten seconds."""

LINES, WORDS = 0.95, 0.95
"""The least shares of slips whose line is blamed, and for which the line before the slip is given."""


@pytest.fixture(scope="module")
def found() -> list[counted.Told]:
    every = counted.every()
    names = dict.fromkeys(case for case, _ in every)
    groups = [[pair for pair in every if pair[0] == name][:: STEPS.get(name, STEP)] for name in names]
    return [counted.told(pair) for group in groups for pair in group]


def missed(found: Sequence[counted.Told]) -> str:
    return "\n".join(filter(None, map(counted.row, found)))


def test_no_slip_is_called_right(found: Sequence[counted.Told]) -> None:
    assert len(found) >= 30 and {told.case for told in found} >= {case.file for case in slips.CASES}
    assert not any(told.false for told in found), missed(found)


def test_the_line_of_a_slip_and_the_word_that_belongs_there(found: Sequence[counted.Told]) -> None:
    assert count.share((sum(told.line for told in found), len(found))) >= LINES, missed(found)
    assert count.share((sum(told.word for told in found), len(found))) >= WORDS, missed(found)


def test_the_line_before_is_told_from_another() -> None:
    source = "w = 1.0\ngrad = delta * x1\n"
    (slip,) = slips.slips(source, [2], [["x1", "x2"]])
    finding = {"line": 2, "stands": "grad = delta * x2", "right": "grad = x1 * delta", "also": [], "proved": True}
    report = {"verdict": "wrong", "why": "", "findings": [finding]}
    assert slip.source.endswith("delta * x2\n")
    assert counted.Told("a case", slip, report).word
    for change in ({"right": "grad = delta * x3"}, {"stands": "grad = delta"}, {"proved": False}):
        other = counted.Told("a case", slip, {**report, "findings": [{**finding, **change}]})
        assert other.line and not other.word
    assert counted.Told("a case", slip, {**report, "verdict": "right"}).false


def test_documents_are_found_by_their_names(tmp_path: Path) -> None:
    assert not list(counted.documents("")) and not list(counted.documents(str(tmp_path)))
