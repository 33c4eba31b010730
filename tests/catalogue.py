"""The catalogues of mistakes and of slips, written from their tables: `python -m tests.catalogue`."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograd.slips import OF_VALUES
from autograd.textbook.mistakes import (
    BIASES,
    CARRYING,
    ELSEWHERE,
    FACTORS,
    INPUTS,
    OUTPUTS,
    SAMPLES,
    SLOPES,
)  # fmt: skip
from nn.slips import OF_MODULES, OF_NN

GUIDE = Path(__file__).parents[1] / "notebooks" / "guide"
PAGE, SLIPS_PAGE = GUIDE / "mistakes.md", GUIDE / "slips.md"

GROUPS = {
    "Factors, signs, means": FACTORS,
    "What carries δ down": CARRYING,
    "δ of the outputs": OUTPUTS,
    "Slopes of activations": SLOPES,
    "What δ is multiplied by": INPUTS,
    "Biases": BIASES,
    "Samples and passes": SAMPLES,
    "Elsewhere: programs, steps, time, penalties": ELSEWHERE,
}


def catalogue() -> str:
    """The page: every mistake with what was done, how it is put right, and where it was seen."""
    lines = [
        "# The mistakes",
        "",
        "All that have a name, by where they are made: what was done, and how it is put right. Each is a row of one",
        "[table](../../autograd/textbook/mistakes), and this page is written from it.",
    ]
    for heading, rows in GROUPS.items():
        lines += ["", f"## {heading}", "", "| code | what was done | to put it right | seen in |", "|---|---|---|---|"]
        lines += [f"| `{row.code}` | {_cell(row.says)} | {_cell(row.remedy)} | {row.seen} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


# ---------------------------------------------------------------- slips

START = """
import math
from autograd import *
from nn import *
model = MLP(2, [2, 1], "sigmoid", "sigmoid")
model.load_named({"w1": 0.15, "w2": -0.2, "w3": 0.25, "w4": 0.3, "w5": 0.4, "w6": -0.45, "b1": 0.35, "b2": -0.35})
loss = bce(model([0.1, 0.7]), 1)
loss.backward()
x = Value(0.5, "x")
optimizer = SGD(model.parameters(), lr=0.1)
"""

SLIPS = {
    "Numbers": ["loss.item()", "round(x, 3)", "math.exp(x)", "loss.grad()", 'Value("3")'],
    "Networks": [
        "model(0.1, 0.2)", "model([1, 2, 3])", "MLP([2, 2, 1])", 'MLP(2, [2, 1], "ReLU")', "model.forward([0.1, 0.7])",
    ],
    "Names": [
        'loss.named()["delta3"]', 'loss.named()["w7"]', 'compare(loss, {"dw7": 0.2})',
        'model.load_named({"W9": [1, 2]})',
    ],
    "Losses and steps": [
        "bce(1, model([0.1, 0.7]))", "bce(model([0.1, 0.7]), 5)", "SGD(model, lr=0.1)",
        "optimizer.zero_grad(); optimizer.step()",
        "for epoch in range(2): bce(model([0.1, 0.7]), 1).backward(); optimizer.step()",
        "fit(model, [[0.1, 0.7]], [1, 0], loss=bce, optimizer=optimizer, epochs=9)",
        "fit(model, [[0.1, 0.7]], [5], loss=bce, optimizer=optimizer, epochs=9)",
    ],
    "Exercises": ['exercise(loss, blanks="delta9")', 'exercise(loss, blanks="delta3").fill({"delta1": "y_hat - y"})'],
}  # fmt: skip
"""What is written now and then, by what it is about."""

LEAD = """\
# Slips, and the word for each

What is written now and then, above all by those who know another framework, and what comes of it: what was given, what
was expected, what to write. The word for it stands right below the line of the program, or of the cell, that it is
about: the frames of this package between them are not shown. In a notebook `%tb` and `%debug` have all of them,
elsewhere `pdb.pm()`; with the environment variable `CHALKGRAD_TRACEBACK=full` they are always shown, as is whatever
goes wrong in a line of ours that did not foresee it. This page is written by running its left column.
"""


def slips() -> str:
    """The page: every slip with the message that comes of it, and what has another name here."""
    lines = [LEAD]
    for heading, codes in SLIPS.items():
        lines += [f"## {heading}", "", "| what is written | what is said |", "|---|---|"]
        lines += [f"| `{code}` | {_cell(_word(code))} |" for code in codes] + [""]
    lines += ["## Names of other frameworks", "", "| there | here |", "|---|---|"]
    for stem, table in {"x.": OF_VALUES, "model.": OF_MODULES, "nn.": OF_NN}.items():
        lines += [f"| {names} | {_cell(told)} |" for told, names in _gathered(stem, table).items()]
    return "\n".join(lines) + "\n"


def _word(code: str) -> str:
    """What is said when a line is run after the start: the error, or the warning."""
    names: dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(START + code, names)
        except Exception as error:
            return f"{type(error).__name__}: {error.args[0]}"
    return f"{caught[0].category.__name__}: {caught[0].message}"


def _gathered(stem: str, table: Mapping[str, str]) -> dict[str, str]:
    """By what is said, the names that it is said of."""
    found: dict[str, str] = {}
    for name, told in table.items():
        found[told] = ", ".join(filter(None, (found.get(told), f"`{stem}{name}`")))
    return found


if __name__ == "__main__":
    PAGE.write_text(catalogue(), encoding="utf-8")
    SLIPS_PAGE.write_text(slips(), encoding="utf-8")
