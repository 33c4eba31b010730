"""`check` on the corpus: no false word about any program, lines and names of mistakes, and each repair made in earnest.

`python -m tests.programs.count` prints the count.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from autograd.programs.examine import examine
from autograd.programs.findings import Mender
from autograd.programs.mending import Search
from autograd.programs.reading import read
from autograd.programs.report import report
from tests.programs import count, verify

KEYS = verify.every_key()
MISTAKEN = [key for key in KEYS if key["findings"]]
LINES, CODES, DOUBLES = 0.90, 0.85, 0.75
"""The least shares of mistakes whose line is blamed, which are called by their name, and of doubles found whole."""


def searching(test: Any) -> Any:
    """Marks a test of what is found in all programs, whose search counts as one test."""
    return pytest.mark.long(pytest.mark.timeout(1200)(test))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a program writes is written where nobody minds."""
    monkeypatch.chdir(tmp_path)


SLOW = ("17", "18", "19", "22", "26", "48", "49", "54", "56", "58", "79", "110", "111")
"""Programs that take more than a quarter of a second each: recurrent, by loops, large."""

EVERY = [pytest.param(key, marks=pytest.mark.long if key["file"].split("_")[0] in SLOW else ()) for key in KEYS]


@pytest.mark.parametrize("key", EVERY, ids=lambda key: key["file"])
def test_no_word_is_false(key: verify.Key) -> None:
    told = count.told(key, findings=False)
    assert not told.false, told.report
    assert not told.mixed_up
    assert told.silent == (key["file"] in count.GAPS), told.report["why"]
    assert (told.report["verdict"] == verify.UNCHECKED) == bool(told.report["why"])


@pytest.fixture(scope="module")
def found() -> list[count.Told]:
    """What is found in all programs with mistakes, one after the other."""
    return [count.told(key) for key in MISTAKEN]


@searching
def test_lines_and_names_of_mistakes(found: Sequence[count.Told]) -> None:
    sums = count.sums(found)
    missed = "\n".join(filter(None, map(count.row, found)))
    assert len(found) >= 25 and sums.doubles[1] >= 4
    assert count.share(sums.lines) >= LINES, missed
    assert count.share(sums.codes) >= CODES, missed
    assert count.share(sums.doubles) >= DOUBLES, missed


@searching
def test_what_is_found_is_told_of_wrong_programs_only(found: Sequence[count.Told]) -> None:
    for told in found:
        for finding in told.report["findings"]:
            assert told.report["verdict"] == verify.WRONG and finding["text"] and finding["parameters"]
            assert finding["points"] >= 1 and set(finding["parameters"]) <= names(told.report)


def names(report: dict[str, Any]) -> set[str]:
    return {each["name"] for each in report["parameters"]}


def mended(request: dict[str, Any], finding: dict[str, Any]) -> dict[str, Any]:
    """The request with what is right in the place of the statement that is blamed, as a reader would type it."""
    cells = json.loads(json.dumps(request["cells"]))
    cell = next(cell for cell in cells if cell["number"] == finding["cell"])
    rows = cell["text"].split("\n")
    first, last = extent(cell["text"], finding)
    old = rows[first - 1]
    rows[first - 1 : last] = [old[: len(old) - len(old.lstrip())] + finding["right"]]
    return {**request, "cells": [{**each, "text": "\n".join(rows)} if each is cell else each for each in cells]}


def extent(text: str, finding: dict[str, Any]) -> tuple[int, int]:
    """The first and the last line of the statement that is blamed."""
    rows = [row.strip() for row in text.split("\n")]
    line = finding["line"]
    return next(
        (first, last)
        for first in range(line, 0, -1)
        for last in range(line, min(line + 30, len(rows)) + 1)
        if " ".join(rows[first - 1 : last]) == finding["stands"]
    )


@searching
def test_what_is_said_to_be_right_is_right_in_its_place(found: Sequence[count.Told]) -> None:
    tried = 0
    for told in found:
        findings = told.report["findings"]
        if len(told.key["findings"]) == len(findings) == 1 and findings[0]["right"]:
            assert findings[0]["proved"] == ("With that, " in words(told))
            request = mended(count.source_of(told.key).request(count.SECONDS), findings[0])
            again = examine({**request, "findings": False})
            assert again["verdict"] in (verify.RIGHT, verify.CONSTANT), (told.key["file"], findings[0], again)
            tried += 1
    assert tried >= 40


REPAIRED = [key for key in KEYS if key["file"] in ("42_raw_error_handed_down.py", "71_layer_off_by_one.py")]


@pytest.mark.parametrize("key", REPAIRED, ids=lambda key: key["file"])
def test_where_no_repair_is_found_less_is_claimed(key: verify.Key, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = count.told(key)
    assert [(f["proved"], bool(f["right"])) for f in whole.report["findings"]] == [(True, True)]
    assert "With that, " in words(whole)
    monkeypatch.setattr(Search, "found", lambda *_: [])
    less = count.told(key)
    assert less.report["verdict"] == verify.WRONG and not less.mixed_up
    assert not any(finding["right"] for finding in less.report["findings"])
    monkeypatch.setattr(Mender, "_substituted", lambda *_: False)
    least = count.told(key)
    assert least.report["verdict"] == verify.WRONG and not least.mixed_up
    assert not any(finding["proved"] or finding["right"] for finding in least.report["findings"])
    assert "With that, " not in words(least) and "Right would be" not in words(least)


def words(told: count.Told) -> str:
    return str(report(count.source_of(told.key), told.report))


def test_one_mistake_beside_a_guarded_logarithm() -> None:
    key = next(key for key in KEYS if key["file"] == "22_digits_784_30_10.py")
    request = count.source_of(key).request(count.SECONDS)
    (cell,) = request["cells"]
    cell["text"] = cell["text"].replace("db1 = np.sum(dZ1", "db1 = np.mean(dZ1")
    said = examine({**request, "findings": False})
    assert {each["name"] for each in said["parameters"] if each["verdict"] == verify.WRONG} == {"b1"}


@pytest.mark.parametrize(
    ("step", "constant", "rate"),
    [
        ("0.01 * 2 * (y - 3.0) * 2.0", None, 0.01),  # Python makes 0.02 of 0.01 * 2
        ("2 * 0.01 * (y - 3.0) * 2.0", None, 0.01),
        ("4 * (y - 3.0) * 0.01", None, 0.01),
        ("0.02 * (y - 3.0) * 2.0", 0.5, 0.02),
        ("0.01 * (y - 3.0)", 0.25, 0.01),
    ],
)
def test_a_rate_that_is_written_out_beside_other_numbers(step: str, constant: float | None, rate: float) -> None:
    """The loss is (2w - 3)²: its slope is 2·(y - 3)·2."""
    program = f"w = 1.0\nfor i in range(9):\n    y = w * 2.0\n    loss = (y - 3.0) ** 2\n    w -= {step}\n"
    said = examine(read(program).request(count.SECONDS))
    assert (said["constant"], said["lr"]) == (constant, rate)
    assert said["verdict"] == ("right" if constant is None else "right up to a constant")


@pytest.mark.parametrize(("power", "verdict"), [(3, "right up to a constant"), (200, "not checked")])
def test_a_constant_that_no_rate_makes_up_for(power: int, verdict: str) -> None:
    loss = f"(y - 3.0) ** 2 / 1e{power}"
    program = f"w = 1.0\nfor i in range(9):\n    y = w * 2.0\n    loss = {loss}\n    w -= 0.1 * (y - 3.0)\n"
    said = examine(read(program).request(count.SECONDS))
    assert said["verdict"] == verdict, said["why"]
    assert not said["parameters"] or verdict != "not checked"


@pytest.mark.parametrize("update", ["W1 = W2 - lr * dW1", "b3 = b1 - lr * db3"])
def test_a_new_number_that_is_made_from_another_parameter(update: str) -> None:
    key = next(key for key in KEYS if key["file"] == "106_four_layers_of_one_width.py")
    request = count.source_of(key).request(count.SECONDS)
    (cell,) = request["cells"]
    name = update[:2]
    right = f"{name} = {name} - lr * d{name}"
    assert right in cell["text"]
    cell["text"] = cell["text"].replace(right, update)
    said = examine(request)
    assert {each["name"] for each in said["parameters"] if each["verdict"] == verify.WRONG} == {name}
    assert [(found["stands"], found["right"]) for found in said["findings"]] == [(update, right)]
