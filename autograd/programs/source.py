"""What a program is made of: its cells, each as it stands and as the Python in it, line for line."""

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook, or a whole script.

    number  which code cell it is, counted from 1; None for a script
    text    its Python: what is none is blanked, every line in its place; "" where nothing of it is run
    shown   the lines as they stand in the file
    """

    number: int | None
    text: str
    shown: str


@dataclass(frozen=True)
class Source:
    """A program as it was read.

    name    what it is called in reports
    folder  where its data and modules lie, None where it has no place
    cells   in order
    notes   what was left out, in sentences
    why     why it cannot be checked, in one sentence; "" where it can
    given   of a function: its name, its arguments and what it uses, fit for JSON
    """

    name: str
    folder: str | None = None
    cells: tuple[Cell, ...] = ()
    notes: tuple[str, ...] = ()
    why: str = ""
    given: tuple[tuple[str, Any], ...] = ()

    def request(self, seconds: float) -> dict[str, Any]:
        """What the process that runs it is told, as plain data."""
        cells = [{"number": cell.number, "text": cell.text} for cell in self.cells if cell.text.strip()]
        return {"name": self.name, "folder": self.folder, "cells": cells, "seconds": seconds, **dict(self.given)}

    def lines(self, cell: int | None) -> list[str]:
        """The lines of a cell as they stand, [] where there is no such cell."""
        return next((found.shown.split("\n") for found in self.cells if found.number == cell), [])


def tree(text: str) -> ast.Module | SyntaxError:
    """The program as a syntax tree, or why it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes such as "\d", which concern the author
        try:
            return ast.parse(text)
        except SyntaxError as error:
            return error
        except (ValueError, RecursionError, MemoryError) as error:  # a zero byte; nested too deeply
            return SyntaxError(str(error) or "it is nested too deeply")


_OLD = re.compile(
    r"""^\s*(?:print\s+[^\s(=]|print\s*$|exec\s+["']|raise\s+\w+\s*,|except\s+[\w.]+\s*,\s*\w+\s*:)|<>|\bur["']""",
    re.MULTILINE,
)


def problem(text: str, error: SyntaxError) -> str:
    """Why a text is no Python: "line 12 does not parse: ... (Python 2)"."""
    line = error.lineno or 1
    stands = text.split("\n")[line - 1 : line]
    if isinstance(error, TabError):
        return f"line {line} does not parse: it is indented by tabs where others are by spaces; use spaces alone"
    reason = error.msg.partition(". Did you mean")[0].strip()
    old = any(map(_OLD.search, stands)) or reason.startswith("Missing parentheses in call to 'print'")
    hint = " (Python 2; 2to3 turns it into Python 3)" if old else ""
    return f"line {line} does not parse: {reason}{hint}"


# ---------------------------------------------------------------- what of a cell is Python

ELSEWHERE = (
    *("bash", "cmd", "cython", "file", "html", "html5", "HTML", "javascript", "js", "latex", "markdown", "perl"),
    *("powershell", "pypy", "python2", "R", "ruby", "script", "sh", "skip", "sql", "svg", "SVG", "sx", "system"),
    "writefile",
)
"""Cell magics whose cell is not Python, or is not run."""

_CELL_MAGIC = re.compile(r"%%(\w*)")
_TIMED = re.compile(r"(\s*)%(?:time|timeit|prun|memit|lprun|mprun)\b(?:\s+-\w+(?:\s+\d+)?)*\s*(.*)")
_LINE = re.compile(r"(\s*)(?:[%!](?!\[)|get_ipython\(\)\.(?!user_ns)|(?:pip3?|conda)\s+install\s)")
_HELP = re.compile(r"(\s*)(?:\?{1,2}\s*[%\w.*]+|[%\w.*]+\?{1,2})\s*;?\s*")
_ASSIGNED = re.compile(r"(\s*[\w.,\s]+=\s*)[!%].*")


def python_of(shown: str) -> str:
    """The Python of a notebook's cell: shell lines, magics and questions blanked, other languages left out."""
    lines = shown.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    magic = _CELL_MAGIC.match(lines[first])
    if magic:
        if magic[1] in ELSEWHERE or not magic[1]:
            return ""
        lines[first] = ""
    text = "\n".join(lines)
    if "get_ipython" not in text and isinstance(tree(text), ast.Module):
        return text
    scan = Scan()
    for i, line in enumerate(lines):
        plain = _without_magic(line) if scan.outside else None
        if plain is None:
            scan.over(line)
        else:
            lines[i] = plain
    return "\n".join(lines)


def _without_magic(line: str) -> str | None:
    """What stays of a line that is no Python; None for any other line."""
    timed = _TIMED.fullmatch(line)
    if timed and timed[2] and isinstance(tree(timed[2]), ast.Module):
        return timed[1] + timed[2]
    found = _LINE.match(line) or _HELP.fullmatch(line)
    if found:
        return f"{found[1]}pass" if found[1] else ""  # an indented block must not become empty
    assigned = _ASSIGNED.fullmatch(line)
    return f"{assigned[1]}None" if assigned else None


class Scan:
    """Goes over lines and knows whether the next one begins outside of any string and bracket."""

    _piece = re.compile(
        r"""(?P<comment>\#.*)|(?P<long>\"{3}|'{3})|(?P<short>"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)"""
        r"""|(?P<opens>[(\[{])|(?P<closes>[)\]}])|(?P<goes_on>\\$)"""
    )

    def __init__(self) -> None:
        self.quote, self.depth, self.goes_on = "", 0, False

    @property
    def outside(self) -> bool:
        """Whether a statement can begin here."""
        return not self.quote and self.depth <= 0 and not self.goes_on

    def over(self, line: str) -> None:
        """Go over a line."""
        self.goes_on = False
        place = 0
        while place < len(line):
            if self.quote:
                ends = re.compile(rf"(?:\\.|[^\\])*?{self.quote}").match(line, place)
                if ends is None:
                    return
                self.quote, place = "", ends.end()
                continue
            found = self._piece.search(line, place)
            if found is None:
                return
            place = found.end()
            kind = found.lastgroup
            self.quote = found[0] if kind == "long" else ""
            self.depth += (kind == "opens") - (kind == "closes")
            self.goes_on = kind == "goes_on"
