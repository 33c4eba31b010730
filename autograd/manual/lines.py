"""A derivation as lines under headings, before it is written in a language."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from autograd.languages import ON_PAPER, Language
from autograd.manual.dialects import Dialect, formula
from autograd.names.identifiers import Namer
from autograd.names.latex import identifier_in_latex

WIDTH = 100
"""Notes go behind a line that leaves room for them, else above it."""


LONGEST = 112
"""Longer formulas are broken into lines, in brackets."""

UPDATE = "Update: a step of length lr against the gradient"


class Line(NamedTuple):
    """`target = value`: an expression, or text.

    sign   what stands between, "=", "+=", "-=" or "/="
    note   what is said about it
    step   whether it is a step of the derivation, which LaTeX shows too, or bookkeeping of the program
    """

    target: str
    value: Any
    sign: str = "="
    note: str = ""
    step: bool = True


class Block(NamedTuple):
    """Lines under a heading, between text as it is; `inside` the loop over the samples."""

    heading: str
    lines: Sequence[Line] = ()
    inside: bool = False
    text: str = ""
    after: str = ""


class Program(NamedTuple):
    """Blocks under a title.

    loop     what opens the loop over the samples
    helpers  functions that it needs
    namer    knows the names that are taken
    paper    how it is written in LaTeX
    """

    title: str
    blocks: list[Block]
    loop: str = ""
    helpers: tuple[str, ...] = ()
    namer: Namer | None = None
    paper: Language = ON_PAPER


def python(program: Program, dialect: Dialect) -> str:
    """The program as source."""
    body: list[str] = []
    looping = False
    for block in program.blocks:
        indent = "    " if block.inside else ""
        if block.inside and not looping:
            body += ["", program.loop]
        elif block.heading:
            body.append("")
        looping = block.inside
        if block.heading:
            body.append(f"{indent}# {block.heading}")
        body += [indent + line if line else "" for line in block.text.splitlines()]
        for line in block.lines:
            body += [indent + text for text in _written(line, dialect)]
        body += [indent + line for line in block.after.splitlines()]
    text = "\n".join(body).strip("\n")
    header = dialect.header(text, program.helpers)
    gap = "\n\n\n" if "def " in header else "\n\n"
    return f'"""{program.title}"""\n\n' + (header + gap if header else "") + text + "\n"


def _written(line: Line, dialect: Dialect) -> Iterator[str]:
    value = dialect.text(line.value)
    text = f"{line.target} {line.sign} {value}"
    if len(text) > LONGEST:
        yield from [f"# {line.note}"] if line.note else []
        inside = textwrap.wrap(value, WIDTH, break_long_words=False, break_on_hyphens=False)
        yield from [f"{line.target} {line.sign} (", *(f"    {part}" for part in inside), ")"]
        return
    if line.note and len(text) + len(line.note) + 4 > WIDTH:
        yield f"# {line.note}"
    yield f"{text}  # {line.note}" if line.note and len(text) + len(line.note) + 4 <= WIDTH else text


def aligned(rows: Sequence[str]) -> str:
    """Rows in LaTeX's aligned."""
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n"


def equations(program: Program, loss: str) -> str:
    """The steps of a program in LaTeX."""
    rows = []
    looping = False
    for block in program.blocks:
        if block.inside and not looping:
            rows.append(r"&\text{For every sample}")
        looping = block.inside
        steps = [line for line in block.lines if line.step]
        if steps and block.heading:
            rows.append(rf"&\text{{{_prose(block.heading)}}}")
        for line in steps:
            target, value = (
                identifier_in_latex(line.target, loss),
                formula(line.value, lambda name: identifier_in_latex(name, loss), program.paper),
            )
            if line.sign in ("+=", "-=", "/="):
                rows.append(rf"{target} &\leftarrow {target} {line.sign[0]} {value}")
            else:
                rows.append(f"{target} &= {value}")
    return aligned(rows)


def _prose(text: str) -> str:
    """Words for \\text{}: what LaTeX takes for commands is left out."""
    plain = text.replace("∂", "d").replace("'", "′")
    return "".join(c if c not in "\\{}$&#^_%~" else " " for c in plain)
