"""Numbers for reading: rounded to significant digits, written as −4.3777×10⁻⁸, and never contradicting each other."""

import math
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from autograd.graph import topological_order
from autograd.names import raised

DIGITS = 5
"""Significant digits of a result; operands get as many more as it takes for the result to follow from them."""

MOST = 17
"""With so many digits a float is told apart from all others."""

_EXACTLY = Context(prec=60, Emin=-(10**6), Emax=10**6)


class Figure(NamedTuple):
    """A rounded number: its sign and significant digits without trailing zeros, and the power of ten of the first.

    >>> figure(-4.377694215929239e-08).text, figure(0.25).text, figure(1234567.0, 3).latex
    ('−4.3777×10⁻⁸', '0.25', '1.23 \\\\times 10^{6}')
    """

    negative: bool
    digits: str
    exponent: int

    @property
    def exact(self) -> Fraction:
        """The number that is written."""
        size = Fraction(int(self.digits or "0")) * Fraction(10) ** (self.exponent + 1 - len(self.digits))
        return -size if self.negative else size

    @property
    def scientific(self) -> bool:
        """Whether it is written with a power of ten."""
        return not -4 < self.exponent < 6

    @property
    def text(self) -> str:
        """As plain text."""
        plain = self._plain().replace("-", "−")
        return f"{plain}×10{raised(str(self.exponent))}" if self.scientific else plain

    @property
    def latex(self) -> str:
        """As LaTeX."""
        plain = self._plain().replace("∞", r"\infty").replace("nan", r"\mathrm{nan}")
        return f"{plain} \\times 10^{{{self.exponent}}}" if self.scientific else plain

    def _plain(self) -> str:
        """The number, or its mantissa, in decimals."""
        digits, point = self.digits or "0", 1 if self.scientific else self.exponent + 1
        if not digits.isdecimal():
            return ("-" if self.negative else "") + digits
        if point <= 0:
            text = "0." + "0" * -point + digits
        elif len(digits) <= point:
            text = digits + "0" * (point - len(digits))
        else:
            text = f"{digits[:point]}.{digits[point:]}"
        return "-" + text if self.negative else text


ZERO = Figure(False, "", 0)


def figure(x: Any, digits: int = DIGITS) -> Figure:
    """A float, or a Fraction, rounded to so many significant digits; of a float never more than Python prints."""
    if not x:
        return ZERO
    if isinstance(x, float) and not math.isfinite(x):
        return Figure(x < 0, "∞" if x == x else "nan", 0)
    if isinstance(x, float) and digits >= 16 and len(digits_of := _repr_digits(x)) <= digits:
        return Figure(x < 0, digits_of, math.floor(Decimal(repr(x)).adjusted()))
    exact = Fraction(x)
    number = _EXACTLY.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    mantissa, exponent = f"{number:.{digits - 1}e}".lower().split("e")
    return Figure(x < 0, mantissa.lstrip("-").replace(".", "").rstrip("0"), int(exponent))


def shortest(x: float) -> Figure:
    """The float in as few digits as tell it apart from all others.

    >>> shortest(0.1).text
    '0.1'
    """
    return figure(x, MOST)


def _repr_digits(x: float) -> str:
    """The significant digits that `repr` prints."""
    return "".join(map(str, Decimal(repr(x)).as_tuple().digits)).rstrip("0")


def recomputed(expression: Any, digits: int, known: dict[Any, float]) -> Fraction:
    """What an expression comes to when its numbers are first rounded, as the reader finds them; exact arithmetic.

    `known` gives parts of the expression a number of their own. Raises where there is no result.
    """
    if type(expression) is float:
        return figure(expression, digits).exact
    found: dict[Any, Fraction] = {node: figure(x, digits).exact for node, x in known.items()}
    for node in topological_order(expression):
        if node in found:
            continue
        if node.op is None:
            found[node] = figure(node.number, digits).exact
        else:
            xs = [figure(arg, digits).exact if type(arg) is float else found[arg] for arg in node.args]
            if node.op.name == "power" and xs[1].denominator == 1 and abs(xs[1]) > 64:
                raise OverflowError("a power too high to be worked out exactly")
            whole = node.op.name == "power" and xs[1].denominator == 1  # as a float the power may be too small
            found[node] = xs[0] ** int(xs[1]) if whole else Fraction(node.op.function(*xs))
    return found[expression]


def settled(
    expression: Any, value: float, exact: dict[Any, float], shown: int = DIGITS
) -> tuple[int, dict[Any, float]] | None:
    """How many digits the operands need, and which parts need a number of their own, for `value` to follow.

    The value is shown with DIGITS digits, or so many as `shown` says.

    Where 1 - h is small, h would need many digits; then the difference is given instead. None where
    the value does not follow however many digits are given (the product is too small for a float).
    """
    if not math.isfinite(value):
        return None
    wanted = figure(value, shown)
    for digits, known in ((9, {}), (MOST, exact), (MOST, {})):
        for few in range(DIGITS, digits + 1):
            try:
                if figure(recomputed(expression, few, known), shown) == wanted:
                    return few, known
            except (ValueError, ArithmeticError):
                continue
    return None
