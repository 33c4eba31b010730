"""Slips of one token: one name for another of its kind, in the backward lines of a program.

    for slip in slips(source, range(20, 40), [["w5", "w6"], ["h1", "h2"], ["delta1", "delta2", "delta3"]]):
        slip.source, slip.line, slip.stands, slip.belongs

A name is a variable, `self.w1` or `params["W1"]`, as the program writes it; only names that are read are exchanged,
one at a time. `telling` leaves out the slips that change no number: x1 for x2 where the two are equal.
"""

import ast
import contextlib
import io
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.programs import verify


@dataclass(frozen=True)
class Slip:
    """A program with one name in the place of another."""

    source: str
    line: int
    column: int
    stands: str
    belongs: str


def names_read(source: str) -> Iterator[tuple[int, int, str]]:
    """(line, column, text) of every name, attribute and item that is read, the largest ones as well as their parts."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Load):
            text = ast.get_source_segment(source, node)
            if text and "\n" not in text:
                yield node.lineno, node.col_offset, text


def slips(source: str, lines: Iterable[int], kinds: Sequence[Sequence[str]]) -> Iterator[Slip]:
    """Every exchange of one name that is read in `lines` for another of its kind, in the order of the source."""
    wanted, rows = set(lines), source.split("\n")
    for line, column, text in sorted(set(names_read(source))):
        if line not in wanted:
            continue
        row = rows[line - 1].encode()
        for kind in kinds:
            for other in kind if text in kind else ():
                if other != text:
                    changed = row[:column] + other.encode() + row[column + len(text.encode()) :]
                    yield Slip(
                        "\n".join([*rows[: line - 1], changed.decode(), *rows[line:]]), line, column, other, text
                    )


def numbers_after(source: str, parameters: Sequence[str]) -> list[list[float]] | None:
    """The parameters when the program has run from fixed seeds; None where it does not run to its end."""
    names: dict[str, Any] = {"__name__": "__main__"}
    random.seed(0)
    np.random.seed(0)
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            exec(compile(source, "program.py", "exec"), names)
            return [verify.flat(eval(parameter, names)).tolist() for parameter in parameters]
    except (ArithmeticError, ValueError, LookupError, NameError, TypeError, AttributeError):
        return None


def telling(
    source: str, lines: Iterable[int], kinds: Sequence[Sequence[str]], parameters: Sequence[str]
) -> Iterator[Slip]:
    """The slips with which the program still runs, to other parameters than before."""
    before = numbers_after(source, parameters)
    assert before is not None, "the program does not run without a slip"
    for slip in slips(source, lines, kinds):
        if numbers_after(slip.source, parameters) not in (None, before):
            yield slip


@dataclass(frozen=True)
class Case:
    """A right program of the corpus: its backward lines, and which of its names are of one kind."""

    file: str
    lines: range
    kinds: list[list[str]]
    parameters: list[str]

    def source(self) -> str:
        return (verify.FOLDER / self.file).read_text(encoding="utf-8")

    def slips(self) -> list[Slip]:
        return list(telling(self.source(), self.lines, self.kinds, self.parameters))


CASES = [
    Case(
        "105_three_hidden_units_class.py",
        range(24, 41),
        [
            ["x1", "x2"],
            ["h1", "h2", "h3", "y"],
            ["e", "e1", "e2", "e3"],
            ["self.v1", "self.v2", "self.v3"],
        ],
        [f"net.{name}" for name in ("w1", "w2", "w3", "w4", "w5", "w6", "v1", "v2", "v3", "c1", "c2", "c3", "d")],
    ),
    Case(
        "106_four_layers_of_one_width.py",
        range(16, 34),
        [
            ["X", "A1", "A2", "A3"],
            ["W1", "W2", "W3"],
            ["dZ1", "dZ2", "dZ3"],
            ["dA1", "dA2"],
            ["dW1", "dW2", "dW3"],
            ["db1", "db2", "db3"],
            ["b1", "b2", "b3"],
        ],
        ["W1", "b1", "W2", "b2", "W3", "b3"],
    ),
    Case(
        "26_gru_like.py",
        range(31, 40),
        [
            ["h", "c", "z", "h_new"],
            ["dh", "dz", "dc", "carry"],
            ["self.Uz", "self.Uh"],
        ],
        [f"unit.{name}" for name in ("Wz", "Uz", "Wh", "Uh", "v")],
    ),
    Case(
        "20_netz_auf_deutsch.py",
        range(23, 30),
        [
            [f"gewicht{n}" for n in range(1, 7)],
            ["versteckt1", "versteckt2", "ausgabe"],
            ["eingabe1", "eingabe2"],
        ],
        [f"gewicht{n}" for n in range(1, 7)],
    ),
]
"""Attributes in scalars, matrices of one width, a recurrent net, and products inside the update."""


def between(source: str, first: str, last: str) -> range:
    """The lines from the last that begins with `first` to the last that begins with `last`."""
    rows = [row.strip() for row in source.split("\n")]
    ends = [max(number for number, row in enumerate(rows, 1) if row.startswith(text)) for text in (first, last)]
    return range(ends[0], ends[1] + 1)


def document_000(source: str) -> list[Slip]:
    """The slips in the loop over the samples; `source` is the document's code, cell after cell."""
    weights = [f"w{n}" for n in range(1, 7)]
    gradients = [f"grad_{name}" for name in (*weights, "b1", "b2", "b3")]
    kinds = [weights, ["x1", "x2"], ["h1", "h2", "y_pred"], ["delta1", "delta2", "delta3"], gradients]
    lines = between(source, "delta3 = ", "b3 -= ")
    return list(telling(source, lines, kinds, [*weights, "b1", "b2", "b3"]))


def document_001(source: str) -> list[Slip]:
    """The slips in the backward lines of the second; it has a mistake of its own, unless `source` was mended."""
    kinds = [
        ["weights_input_hidden", "weights_hidden_output"],
        ["X", "hidden_output", "predicted_output"],
        ["d_loss_d_output", "d_output_d_hidden", "d_hidden_d_input"],
    ]
    lines = between(source, "d_loss_d_output = ", "bias_hidden -= ")
    return list(
        telling(source, lines, kinds, ["weights_input_hidden", "weights_hidden_output", "bias_output", "bias_hidden"])
    )
