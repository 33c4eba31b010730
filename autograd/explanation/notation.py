"""How a formula is written: one expression as Unicode text or as LaTeX, in names or in numbers."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from autograd.drawing import style
from autograd.explanation.figures import DIGITS, MOST, figure
from autograd.names import canonical
from autograd.primitive import ANY, ATOM, POWER, PRODUCT, SIGN, SUM, Notation, Primitive
from autograd.symbol import Symbol, pieces


class Name(NamedTuple):
    """What something is called, as text and as LaTeX, and how tightly that holds together."""

    text: str
    latex: str
    holds: int = ATOM

    def of_sample(self, sample: str) -> "Name":
        """The same of one sample of a batch: z₁⁽²⁾."""
        raised = "".join(_RAISED.get(char, char) for char in sample)
        return Name(f"{self.text}⁽{raised}⁾", f"{self.latex}^{{({sample})}}", min(self.holds, POWER))


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


# What is written otherwise by hand than in Python.
_BY_HAND = {
    "mul": Notation("{}·{}", PRODUCT, (PRODUCT, SIGN)),
    "neg": Notation("−{}", SUM, (PRODUCT,)),
    "power": Notation("{}^{}", POWER, (ATOM, ATOM)),
    "absolute": Notation("|{}|", ATOM, (ANY,)),
    "step": Notation("[{} > 0]", ATOM, (ANY,)),
    "above": Notation("[{} > {}]", ATOM, (ANY, ANY)),
    "nonzero": Notation("[{} ≠ 0]", ATOM, (ANY,)),
    "sigmoid": Notation("σ({})"),
    "log": Notation("ln({})"),
    "sqrt": Notation("√({})"),
    "maximum": Notation("max({})"),
    "minimum": Notation("min({})"),
    "binary_cross_entropy": Notation("−({1}·ln({0}) + (1 − {1})·ln(1 − {0}))", SUM, (ATOM, ATOM)),
    "binary_cross_entropy_with_logits": Notation("{1}·softplus(−{0}) + (1 − {1})·softplus({0})", SUM, (ATOM, ATOM)),
}
_IN_LATEX = {
    "neg": Notation("-{}", SUM, (PRODUCT,)),
    "binary_cross_entropy": Notation(
        r"-\left({1} \cdot \ln {0} + \left(1 - {1}\right) \cdot \ln\left(1 - {0}\right)\right)", SUM, (ATOM, ATOM)
    ),
    "binary_cross_entropy_with_logits": Notation(
        r"{1} \cdot \operatorname{{softplus}}\left(-{0}\right)"
        r" + \left(1 - {1}\right) \cdot \operatorname{{softplus}}\left({0}\right)",
        SUM,
        (ATOM, ATOM),
    ),
}
_RAISED = dict(zip("0123456789-s", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ˢ", strict=True))

over_samples = Primitive(
    "over_samples", lambda x: x, [lambda g, y, x: g], domain=[(-4, 4)], text=Notation("Σₛ {}", PRODUCT, (PRODUCT,)),
    latex=Notation(r"\sum_{{s}} {}", PRODUCT, (PRODUCT,)), doc="The sum over all samples s.",
)  # fmt: skip


class Style(NamedTuple):
    """One way of writing: which notation, name and number, and what brackets."""

    notation: Callable[[Primitive, tuple[Any, ...]], Notation]
    name: Callable[[Name], str]
    number: Callable[[float, int], str]
    brackets: tuple[str, str]

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

        return "".join(pieces(expression, self.notation, atom, self.brackets))

    def _figure(self, x: float, digits: int) -> tuple[str, int]:
        shown = figure(x, digits)
        return self.number(x, digits), SUM if shown.negative else PRODUCT if shown.scientific else ATOM


def _plain(x: float) -> int:
    """How many digits a literal of a formula is written with: all, where these are few."""
    return MOST if len(repr(x)) <= 9 else DIGITS


def _by_hand(op: Primitive, args: tuple[Any, ...]) -> Notation:
    if op.name == "power" and type(args[1]) is float and args[1].is_integer() and abs(args[1]) < 1e6:
        raised = "".join(_RAISED[digit] for digit in str(int(args[1])))
        return Notation("{}" + raised, POWER, (ATOM,))
    if op.name == "weighted_sum":
        return _spelled_out(len(args), "{}·{}")
    if op.name == "sum_of" and args:
        return _sum_of(len(args))
    if op.name == "log_sum_exp":
        return Notation(f"ln({' + '.join(['exp({})'] * len(args))})", ATOM, (ANY,) * len(args))
    given = _BY_HAND.get(op.name, op.text)
    return given._replace(template=given.template.replace(" - ", " − ").replace(" / ", "/"))


def _in_latex(op: Primitive, args: tuple[Any, ...]) -> Notation:
    if op.name == "weighted_sum":
        return _spelled_out(len(args), r"{} \cdot {}")
    if op.name == "sum_of" and args:
        return _sum_of(len(args))
    if op.name == "log_sum_exp":
        return Notation(r"\ln\left(" + " + ".join(["e^{{{}}}"] * len(args)) + r"\right)", ATOM, (ANY,) * len(args))
    return _IN_LATEX.get(op.name, op.latex)


def _spelled_out(count: int, product: str) -> Notation:
    """w₁·x₁ + ... + wₙ·xₙ + b."""
    n = count // 2
    terms = [product.replace("{}", "{{{}}}").format(i, n + i) for i in range(n)]
    if count % 2:
        terms.append(f"{{{count - 1}}}")
    return Notation(" + ".join(terms), SUM, (*(PRODUCT,) * n, *(SIGN,) * n, *(PRODUCT,) * (count % 2)))


def _sum_of(count: int) -> Notation:
    return Notation(" + ".join(["{}"] * count), SUM, (SUM, *(PRODUCT,) * (count - 1)))


TEXT = Style(_by_hand, lambda name: name.text, lambda x, digits: figure(x, digits).text, ("(", ")"))
LATEX = Style(_in_latex, lambda name: name.latex, lambda x, digits: figure(x, digits).latex, (r"\left(", r"\right)"))


def named(label: str) -> Name:
    """A user's label as a name: w1 is w₁; whatever else it holds is text and nothing more."""
    text = style.name(label)
    holds = ATOM if re.fullmatch(rf"\w+({_PLACE.pattern})?", text) or len(text) == 1 else SUM
    return Name(text, latex_of(text), holds)


_PLACE = re.compile(r"\[\d+(?:, \d+)*\]")
_SYMBOL = re.compile(r"([^\W\d_])(?:_?([0-9]+))?")
_LETTERS = {"δ": r"\delta", "σ": r"\sigma", "η": r"\eta", "λ": r"\lambda", "μ": r"\mu", "θ": r"\theta",
            "α": r"\alpha", "β": r"\beta", "ŷ": r"\hat{y}", "ε": r"\varepsilon"}  # fmt: skip
_SAFE = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "_": r"\_", "%": r"\%", "#": r"\#", "&": r"\&",
    "^": r"\wedge ", "~": r"\sim ", "<": r"\lt ", ">": r"\gt ", " ": r"\ ", "|": r"\vert ", "`": r"\backprime ",
    "*": r"\ast ", "'": r"\prime ", "-": r"\text{-}",
}  # fmt: skip


def latex_of(label: str) -> str:
    """A label in LaTeX: letters with their indices in italics, anything else upright and escaped.

    >>> latex_of("w₁"), latex_of("ŷ"), latex_of("learning_rate"), latex_of("W1[0, 1]")
    ('w_{1}', '\\\\hat{y}', '\\\\mathrm{learning\\\\_rate}', 'W_{1}[0, 1]')
    """
    stem, _, place = label.partition("[")
    if stem and _PLACE.fullmatch(f"[{place}"):  # an element of an array
        return f"{latex_of(stem)}[{place}"
    plain = unicodedata.normalize("NFC", canonical(label))
    parts = _SYMBOL.findall(plain)
    if parts and "".join(letter + index for letter, index in parts) == plain and (len(parts) == 1 or _indexed(parts)):
        return "".join(_LETTERS.get(letter, letter) + (f"_{{{index}}}" if index else "") for letter, index in parts)
    return r"\mathrm{" + "".join(_SAFE.get(char, _LETTERS.get(char, char)) for char in label) + "}"


def _indexed(parts: list[tuple[str, str]]) -> bool:
    return all(index for _, index in parts)


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
