"""An edit: a stretch of a program's source and what might belong there, and the program with it made."""

import ast
from collections.abc import Sequence
from typing import NamedTuple

from autograd.programs.traced_run import Program


class Edit(NamedTuple):
    """A stretch of a file replaced by other text.

    key    of the statement that is changed
    kind   "operand" (another name), "one" (1 for a name), "drop" (a factor less), "factor" (one more), "constant",
           "sign", "axis" (of a sum, or a mean for it), "transpose", "call" (another function, or one less or more),
           "swap" (of two operands), "term" (one more or less), "store" (= for +=), "stale" (a weight as it was
           before its update)
    old    what stands there
    new    what would stand there
    start  where it begins: (line from 1, column in bytes from 0)
    end    where it ends
    cost   how far-fetched it is
    part   of a factor or term that is dropped or added: that alone
    """

    key: int
    kind: str
    old: str
    new: str
    start: tuple[int, int]
    end: tuple[int, int]
    cost: float
    part: str = ""


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The source of a file with edits made."""
    lines = text.encode().split(b"\n")
    for edit in sorted(edits, key=lambda e: e.start, reverse=True):
        (line, column), (end_line, end_column) = edit.start, edit.end
        rest = lines[end_line - 1][end_column:]
        lines[line - 1 : end_line] = (lines[line - 1][:column] + edit.new.encode() + rest).split(b"\n")
    return b"\n".join(lines).decode()


def applied(program: Program, edit: Edit) -> Program:
    """The program with an edit made."""
    text = program.text_of(program.statements[edit.key].file)
    if text is None:
        raise ValueError("a statement of another file")
    return program.with_statement(edit.key, edited(text, [edit]))


def line_of(program: Program, key: int, edit: Edit | None = None) -> str:
    """The source of a statement, as it stands or with an edit made, on one line."""
    statement = program.statements[key]
    text = program.text_of(statement.file)
    if text is None:
        return ast.unparse(statement.node)
    lines = (text if edit is None else edited(text, [edit])).split("\n")
    return " ".join(part.strip() for part in lines[statement.node.lineno - 1 : statement.node.end_lineno])
