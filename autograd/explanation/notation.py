"""How a formula is written: one expression as Unicode text or as LaTeX, in names or in numbers."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from autograd import languages
from autograd.explanation.figures import DIGITS, MOST, figure
from autograd.languages import Language
from autograd.names import raised
from autograd.names.latex import PLACE, in_latex
from autograd.names.shown import name
from autograd.primitive import ATOM, POWER, PRODUCT, SIGN, SUM, Notation, Primitive
from autograd.symbol import Symbol


class Name(NamedTuple):
    """What something is called, as text and as LaTeX, and how tightly that holds together."""

    text: str
    latex: str
    holds: int = ATOM

    def of_sample(self, sample: str) -> "Name":
        """The same of one sample of a batch: z₁⁽²⁾."""
        return Name(f"{self.text}⁽{raised(sample)}⁾", f"{self.latex}^{{({sample})}}", min(self.holds, POWER))


class Unknown(Symbol):
    """A symbol with the number that it stands for.

    name      how it is written; `general` the same for any sample of a batch
    number    its value
    gradient  the node whose gradient it is, or None
    """

    __slots__ = ("general", "gradient", "name", "number")

    def __init__(self, name: Name, number: float, *, general: Name | None = None, gradient: Any = None) -> None:
        super().__init__(name.text)
        self.name, self.general, self.number, self.gradient = name, general or name, number, gradient


over_samples = Primitive(
    "over_samples", lambda x: x, [lambda g, y, x: g], domain=[(-4, 4)], text=Notation("Σₛ {}", PRODUCT, (PRODUCT,)),
    latex=Notation(r"\sum_{{s}} {}", PRODUCT, (PRODUCT,)), doc="The sum over all samples s.",
)  # fmt: skip


class Style(NamedTuple):
    """One way of writing: in which language, and how names and numbers are written in it."""

    language: Language
    name: Callable[[Name], str]
    number: Callable[[float, int], str]

    def write(self, expression: Any, *, digits: int = 0, known: Mapping[Any, float] = {}, general: bool = False) -> str:
        """The expression; with `digits` in numbers of so many, parts that are `known` as one number each."""
        if type(expression) is float:
            return self._figure(expression, digits or DIGITS)[0]

        def atom(x: Any) -> tuple[str, int] | None:
            if type(x) is float:
                return self._figure(x, digits or _plain(x))
            if x in known:
                return self._figure(known[x], digits)
            if x.op is not None:
                return None
            if digits:
                return self._figure(x.number, digits)
            name = x.general if general else x.name
            return self.name(name), name.holds

        return self.language.write(expression, atom)

    def _figure(self, x: float, digits: int) -> tuple[str, int]:
        shown = figure(x, digits)
        return self.number(x, digits), SUM if shown.negative else PRODUCT if shown.scientific else ATOM


def _plain(x: float) -> int:
    """How many digits a literal of a formula is written with: all, where these are few."""
    return MOST if len(repr(x)) <= 9 else DIGITS


TEXT = Style(languages.TEXT, lambda name: name.text, lambda x, digits: figure(x, digits).text)
LATEX = Style(languages.LATEX, lambda name: name.latex, lambda x, digits: figure(x, digits).latex)


def named(label: str) -> Name:
    """A user's label as a name: w1 is w₁; whatever else it holds is text and nothing more."""
    text = name(label)
    holds = ATOM if re.fullmatch(rf"\w+({PLACE.pattern})?", text) or len(text) == 1 else SUM
    return Name(text, in_latex(text), holds)


def slope_name(of: Name, by: Name) -> Name:
    """∂of/∂by."""

    def inner(name: Name) -> str:
        return f"({name.text})" if name.holds < POWER else name.text

    latex = rf"\frac{{\partial {of.latex}}}{{\partial {by.latex}}}"
    return Name(f"∂{inner(of)}/∂{inner(by)}", latex, SIGN)


def twice_name(of: Name, first: Name, second: Name, same: bool) -> Name:
    """∂²of/∂first∂second, or ∂²of/∂first²."""
    if same:
        below = Name(f"∂{first.text}²", rf"\partial {first.latex}^{{2}}")
    else:
        below = Name(f"∂{first.text}∂{second.text}", rf"\partial {first.latex} \partial {second.latex}")
    return Name(f"∂²{of.text}/{below.text}", rf"\frac{{\partial^{{2}} {of.latex}}}{{{below.latex}}}", SIGN)
