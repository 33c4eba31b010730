"""A derivation typeset: LaTeX in Markdown, and MathML in HTML, which needs no network and folds what is long."""

import html
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from itertools import groupby, islice
from typing import NamedTuple

from autograd.explanation.derivation import Derivation, Step
from autograd.explanation.layout import Equation, aligned, environment, equations, in_lines
from autograd.explanation.mathml import mathml
from autograd.explanation.notation import LATEX
from autograd.explanation.path_products import Paths
from autograd.explanation.reasons import plain_markdown

ROWS = 30
"""So many equations of one layer stand in one block."""

WHOLE, SEEN = 26, 12
"""Of more equations than WHOLE, a notebook shows the first SEEN, and the others where they are asked for."""

MANY = 1000
"""Of more steps than these there is no Markdown, which folds nothing."""

MOST = 60
"""Of one layer's so many are to be had, and then it says how many there are more."""

TEXT_LINES = 200
"""So many lines of text stand in for it."""


class Block(NamedTuple):
    """Equations that stand together.

    kind   "names", "errors", "gradients" or "paths"
    title  what stands above the first of the kind, "" for nothing
    lead   what stands above these
    note   what stands below
    """

    kind: str
    equations: list[Equation]
    title: str = ""
    lead: str = ""
    note: str = ""


def blocks(
    derivation: Derivation, definitions: Sequence[Step], steps: Sequence[Step], paths: Iterable[tuple[str, str, Paths]]
) -> Iterator[Block]:
    """What is derived, in order; `paths` are (from, to, paths) of the values that several lead from."""
    defined = [equation for step in definitions for equation in equations(step, LATEX)]
    if defined:
        yield Block("names", defined)
    block = Block("", [])
    for step in steps:
        kind = "errors" if derivation.naming.delta(step.lines[0].left.gradient) else "gradients"
        if block.equations and (kind != block.kind or block.note or len(block.equations) >= ROWS):
            yield block
            block = Block("", [])
        block = block._replace(kind=kind, equations=block.equations + equations(step, LATEX), note=step.note)
    if block.equations:
        yield block
    for start, end, found in paths:
        title = f"{found.count:,} paths from {start} to {end}"
        for trail in found:
            yield Block("paths", [Equation(trail.left, list(trail.latex))], title, trail.route)
            title = ""
        yield Block("paths", [Equation(found.left, found.total(LATEX))])


# ---------------------------------------------------------------- Markdown


def markdown(found: Iterable[Block]) -> Iterator[str]:
    """The paragraphs, with MathJax."""
    for block in found:
        if block.title:
            yield f"**{plain_markdown(block.title)}**"
        if block.lead:
            yield f"- {plain_markdown(block.lead)}"
        yield f"$$\n{environment([aligned(equation) for equation in block.equations])}\n$$"
        if block.note:
            yield f"*{plain_markdown(block.note)}*"


# ---------------------------------------------------------------- HTML


def card(found: Iterable[Block], text: Iterable[str]) -> str:
    """The derivation in HTML; a notebook that is not trusted leaves out style and formulas, and shows it as text."""
    style = (files("autograd.explanation") / "typeset.css").read_text(encoding="utf-8")
    parts = [[*some] for _, some in groupby(found, key=lambda block: block.kind)]
    count = sum(len(block.equations) for some in parts for block in some)
    left, inside = count if count <= WHOLE else SEEN, ""
    for some in parts:
        every = [equation for block in some for equation in block.equations]
        rows = list(islice((row for block in some for row in _rows(block)), left + MOST))
        inside += _table(rows[:left]) + _folded(every[left:], rows[left:])
        left = max(left - len(rows), 0)
    plain = html.escape("\n".join(islice(text, TEXT_LINES)))
    return (
        f'<div class="chalkgrad-derivation"><style>{style}</style><div class="typeset" hidden="hidden">{inside}</div>'
        f"<pre>{plain}</pre></div>"
    )


def _table(rows: Sequence[str]) -> str:
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _folded(every: Sequence[Equation], rows: Sequence[str]) -> str:
    """Equations that are shown when they are asked for, by the names of the first and the last; the rows of the first.
    """
    if not every:
        return ""
    names = " … ".join(mathml(left) for left in dict.fromkeys((every[0].left, every[-1].left)))
    more = f"{len(every):,} equation{'s' * (len(every) > 1)} more"
    left = len(every) - len(rows)
    others = f"<div class=note>and {left:,} more: print it</div>" if left else ""
    return f"<details><summary>{names} <span class=note>{more}</span></summary>{_table(rows)}{others}</details>"


def _rows(block: Block) -> Iterator[str]:
    """A row for each equation; what stands above and below goes with the first and the last."""
    last = len(block.equations) - 1
    for place, equation in enumerate(block.equations):
        lead = [(look, text) for look, text in (("title", block.title), ("lead", block.lead)) if text and not place]
        above = "".join(f"<div class={look}>{html.escape(text)}</div>" for look, text in lead)
        below = block.note if place == last else ""
        if above:
            yield f"<tr><td colspan=2>{above}</td></tr>{row(equation, below, block.kind == 'errors')}"
        else:
            yield row(equation, below, block.kind == "errors")


def row(equation: Equation, note: str = "", marked: bool = False, valued: bool = True, sign: str = "=") -> str:
    """An equation as a row of a table: formula, numbers and, where it is `valued`, its value; a note below them."""
    spans = []
    for place, right in enumerate(equation.rights):
        last = valued and len(equation.rights) > 1 and place == len(equation.rights) - 1
        look = "side value" if last else "side numbers" if place else "side"
        first, *more = in_lines(right)
        lines = [f"{sign if not place else '='} {first}", *(f"{{}} {line}" for line in more)]
        spans += [f'<span class="{look}">{mathml(line)}</span>' for line in lines]
    below = f"<div class=note>{html.escape(note)}</div>" if note else ""
    kind = "step delta" if marked else "step"
    left = f"<td class=left>{mathml(equation.left)}</td>"
    return f'<tr class="{kind}">{left}<td class=right>{"".join(spans)}{below}</td></tr>'
