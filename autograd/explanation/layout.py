"""Equations as they are laid out: formula = numbers = value, in lines of text and in rows of LaTeX."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd.explanation.derivation import Line, Step
from autograd.explanation.figures import DIGITS, settled
from autograd.explanation.notation import Style

WIDTH = 96
"""Columns of the text; a longer equation goes on in a new line at its equals sign."""


WIDE = 66
"""About so many signs a line of LaTeX may have, to fit into a narrow column of a notebook."""


class Equation(NamedTuple):
    """left = rights[0] = rights[1] = ..., each side written in one style."""

    left: str
    rights: list[str]


def equations(step: Step, style: Style) -> list[Equation]:
    """The equations of a step: formula = numbers = value; of a neuron in a batch, for every sample shown."""
    first = step.lines[0]
    if step.general is None:
        return [Equation(style.write(line.left), sides(line, style)) for line in step.lines]
    head = Equation(style.write(first.left, general=True), [style.write(step.general, general=True)])
    if first.left.name == first.left.general:  # a sum over the samples, which goes on as it is
        head.rights.extend(sides(first, style))
        return [head]
    found = [head]
    for line in step.lines:
        rights = sides(line, style)
        alike = style.write(line.formula, general=True) == head.rights[0]
        found.append(Equation(style.write(line.left), rights[1:] if alike and len(rights) > 1 else rights))
    return found


def sides(line: Line, style: Style, digits: int = DIGITS) -> list[str]:
    """formula, numbers, value; what would repeat itself is left out."""
    formula, value = style.write(line.formula), style.number(line.value, digits)
    found = settled(line.formula, line.value, line.exact, digits) if not isinstance(line.formula, float) else None
    numbers = [style.write(line.formula, digits=found[0], known=found[1])] if found else []
    written = [formula, *numbers, value]
    return [side for place, side in enumerate(written) if place == len(written) - 1 or side not in written[place + 1 :]]


def laid_out(equation: Equation, indent: str = "") -> Iterator[str]:
    """An equation in one line, or where that is too long in one line per equals sign."""
    whole = indent + " = ".join([equation.left, *equation.rights])
    if len(whole) <= WIDTH:
        yield whole
        return
    margin = " " * (len(indent) + len(equation.left))
    yield f"{indent}{equation.left} = {equation.rights[0]}"
    for right in equation.rights[1:]:
        yield f"{margin} = {right}"


def aligned(equation: Equation) -> str:
    """An equation as rows of the LaTeX environment aligned."""
    first, *others = equation.rights
    if _visible(" ".join([equation.left, *equation.rights])) + 1.7 * len(others) <= WIDE:
        return " = ".join([f"{equation.left} &= {first}", *others])
    rows: list[str] = []
    for right in equation.rights:
        begin, *more = in_lines(right)
        rows += [f"&= {begin}", *(rf"&\quad{line}" for line in more)]
    return " \\\\\n".join([f"{equation.left} {rows[0]}", *rows[1:]])


_PLACES = re.compile(r"\\[{}]|\\left|\\right|[{}]| (?=\\cdot |\+ |- )")


def in_lines(right: str) -> list[str]:
    """A side in lines that fit, broken before a product or sum sign outside of all brackets."""
    found, begin, last, depth = [], 0, 0, 0
    for place in [*_PLACES.finditer(right), None]:
        if place is not None and place[0] != " ":
            depth += {"{": 1, r"\left": 1, "}": -1, r"\right": -1}.get(place[0], 0)
        elif place is None or depth == 0:
            end = len(right) if place is None else place.start()
            if last > begin and _visible(right[begin:end]) > WIDE:
                found.append(right[begin:last])
                begin = last
            last = end
    return [*found, right[begin:]]


def _visible(latex: str) -> float:
    """About how many signs wide a formula is, with the room beside + and =; of a fraction both parts count."""
    signs = re.sub(r"\\(?:cdot|times|delta|sigma|hat|sum|eta)\b", "·", latex)
    room = 0.4 * signs.count("·") + 1.2 * (signs.count("+") + signs.count("-")) + 1.7 * signs.count("=")
    shown = re.sub(r"\\(?:left|right|frac|mathrm|operatorname|text|partial)\b|[{}_^ ]|\\(?=[a-z])", "", signs)
    return room + len(shown)


def environment(rows: Sequence[str]) -> str:
    """The LaTeX environment of some rows."""
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
