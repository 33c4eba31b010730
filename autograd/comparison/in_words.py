"""How numbers and formulas are told: how far one is off, two that differ, a formula as print sets it."""

import html
import math
import re
from decimal import Decimal

NOTHING = 1e-6
"""The share of a unit in the last place below which a distance is written as 0."""

NEARLY = 1e-4
"""The relative difference below which the first wrong digit says more than a percentage."""

ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def in_ulp(x: float) -> str:
    """A distance in units in the last place; "-" where there is no telling.

    >>> in_ulp(1.36e-26), in_ulp(0.4142), in_ulp(math.inf)
    ('0 ulp', '0.414 ulp', '-')
    """
    return f"{x if x >= NOTHING else 0:.3g} ulp" if math.isfinite(x) else "-"


def times(ratio: float) -> str:
    """A factor: ×2.000, × −1; with as many digits as tell it from 1.

    >>> times(2.0), times(-1.0), times(0.0303), times(1.000001)
    ('×2.000', '× −1', '×0.0303', '×1.000001')
    """
    if abs(ratio + 1.0) < 5e-4:
        return "× −1"
    if abs(ratio - 1.0) < 5e-4:
        return next((f"×{text}" for n in range(4, 17) if float(text := f"{ratio:.{n}f}") != 1.0), "×1")
    text = f"{ratio:.3f}" if 0.1 <= abs(ratio) < 1000.0 else f"{ratio:.3g}"
    return f"× −{text[1:]}" if ratio < 0.0 else f"×{text}"


def how_far(x: float, right: float) -> str:
    """How a wrong number is wrong: a factor, a percentage where that is small, the first wrong digit where it is tiny.

    >>> how_far(4.0, 2.0), how_far(-0.3, 0.3), how_far(1.026, 1.0), how_far(0.4724457, 0.4724458), how_far(0.0, 0.3)
    ('×2.000', '× −1', '+2.6 %', 'from the 7th digit on', 'is 0')
    """
    if not (math.isfinite(x) and math.isfinite(right)):
        return "-"
    if not right or not x:
        return "is 0" if not x else "is not 0"
    off = x / right - 1.0
    if abs(off) < NEARLY:
        place = Decimal(right).adjusted() - (Decimal(x) - Decimal(right)).adjusted() + 1
        ending = "th" if 10 < place % 100 < 14 else ENDINGS.get(place % 10, "th")
        return f"from the {place}{ending} digit on"
    return f"{100.0 * off:+.2g} %".replace("-", "−") if -1 / 3 < off < 0.4999 else times(x / right)


def apart(*numbers: float, digits: int = 6) -> list[str]:
    """Numbers in so many digits, or as many more as tell apart those that differ.

    >>> apart(0.25, 0.5), apart(0.123456789, 0.123456788)
    (['0.25', '0.5'], ['0.123456789', '0.123456788'])
    """
    different = len(set(numbers))
    for count in range(digits, 18):
        texts = [f"{x:.{count}g}" for x in numbers]
        if len(set(texts)) == different:
            break
    return texts


# ---------------------------------------------------------------- formulas

_WORD = re.compile(r"(?<!\w)(?!(?:tanh|relu|exp|softmax|ln|max)(?!\w))[^\W\d_]{3,}")
"""What is no formula: three letters and more that are no function."""


def formulas(told: str) -> tuple[str, str]:
    """(as it was computed, as it should be) where a mistake is told so; else ("", "").

    >>> formulas("y - ŷ for ŷ - y"), formulas("δ = Σ δ·w without f'(z)"), formulas("a minus lost")
    (('y - ŷ', 'ŷ - y'), ('δ = Σ δ·w', "δ = Σ δ·w·f'(z)"), ('', ''))
    """
    for between, computed, right in (
        (" for ", "{0}", "{1}"),
        (" without ", "{0}", "{0}·{1}"),
        (" times ", "{0}·{1}", "{0}"),
    ):
        parts = told.split(between)
        if len(parts) == 2 and not _WORD.search("".join(parts).replace(" with ", " ")):
            return computed.format(*parts), right.format(*parts)
    return "", ""


_TOKEN = re.compile(
    r"(?P<function>tanh|relu|exp|softmax|ln)|(?P<name>[^\W\d_⁰¹²³⁻ₖⱼ])(?P<below>\d+)?|(?P<rest>.)", re.DOTALL
)


def typeset(formula: str) -> str:
    """A formula as HTML: names in italics, their numbers below the line.

    >>> typeset("δ3 - w5")
    '<i>δ</i><sub>3</sub> − <i>w</i><sub>5</sub>'
    """

    def piece(found: re.Match[str]) -> str:
        if found["name"] and found["name"] not in "Σσ":
            return f"<i>{found['name']}</i>" + (f"<sub>{found['below']}</sub>" if found["below"] else "")
        return html.escape(found[0].replace("-", "−").replace("'", "′"))

    words = re.split(r"( with )", formula)
    return "".join(part if part == " with " else _TOKEN.sub(piece, part) for part in words)
