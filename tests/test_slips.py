"""Slips of one token: that they are what they are called, and that a slip makes a program wrong."""

import ast

import pytest

from tests import slips
from tests.programs import verify

KEYS = {key["file"]: key for key in verify.every_key()}


def test_one_name_for_another_and_nothing_else() -> None:
    source = "a = w5 * h1 + self.w5\nw5 -= lr * p['w5'] * h1\n"
    found = list(slips.slips(source, [1, 2], [["w5", "w6"], ["self.w5", "self.w6"], ["p['w5']", "p['w6']"]]))
    assert [slip.source.split("\n")[slip.line - 1] for slip in found] == [
        "a = w6 * h1 + self.w5", "a = w5 * h1 + self.w6", "w5 -= lr * p['w6'] * h1",
    ]  # fmt: skip
    assert [(slip.stands, slip.belongs) for slip in found][:2] == [("w6", "w5"), ("self.w6", "self.w5")]


def test_a_slip_that_changes_no_number_is_left_out() -> None:
    source = "w, u, v = 2.0, 2.0, 3.0\nw = w - 0.1 * u\n"
    assert [slip.stands for slip in slips.telling(source, [2], [["u", "v", "w"]], ["w"])] == ["v", "v"]


def test_there_are_several_hundred() -> None:
    assert sum(len(case.slips()) for case in slips.CASES) > 250
    for case in slips.CASES:
        source = case.source()
        for slip in slips.slips(source, case.lines, case.kinds):
            ast.parse(slip.source)
            assert slip.line in case.lines and slip.source != source


@pytest.mark.parametrize("case", slips.CASES, ids=lambda case: case.file)
def test_differences_call_a_program_with_a_slip_wrong(case: slips.Case) -> None:
    key = KEYS[case.file]
    for slip in case.slips()[::30]:
        source = verify.render(key, code=[slip.source.split("\n")])
        assert verify.judge_source(key, source, thorough=False)[0] == verify.WRONG, slip
