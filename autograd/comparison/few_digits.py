"""Numbers written with a few digits, as off a calculator: whether they are the exact ones, rounded or cut off."""

import math
import struct
from collections.abc import Sequence
from decimal import Decimal

from autograd.comparison.rounding import Bounded
from autograd.comparison.rows import Row

FEWEST, MOST = 2, 12
"""How many significant digits a number has that may have been rounded; with more of them it is taken as it is."""

SINGLE_DIGITS = 6
"""The digits that every number in single precision keeps."""

ENOUGH = 3
"""So many rounded numbers tell how the others were rounded, whose last digits are zeros that a float does not keep."""

CUT_OFF = "cut off after"
"""Stands in the note of a number that is the exact one but for the digits left away."""


def text(x: float) -> str:
    """A number as it was written; one in single precision, which has more digits as a double, with its own.

    >>> text(0.3083), text(0.30829998850822449)
    ('0.3083', '0.3083')
    """
    if len(repr(x)) <= MOST or not in_single_precision(x):
        return repr(x)
    shorter = (f"{x:.{digits}g}" for digits in range(1, SINGLE_DIGITS + 1))
    return next((short for short in shorter if _single(float(short)) == x), repr(x))


def in_single_precision(x: float) -> bool:
    """Whether a double is a number in single precision."""
    return _single(x) == x


def _single(x: float) -> float:
    """The nearest number in single precision; NaN beyond the largest."""
    try:
        return float(struct.unpack("f", struct.pack("f", x))[0])
    except OverflowError:
        return math.nan


def written(x: float) -> tuple[int, Decimal]:
    """How many significant digits a number is written with, and the unit of the last of them; of 0 none, and 1."""
    _, digits, exponent = Decimal(text(x)).normalize().as_tuple()
    return (len(digits) if x else 0), Decimal(1).scaleb(int(exponent))


def half_unit(x: float) -> Decimal:
    """What rounding to the digits that it is written with may have taken off a number; 0 where it has too many."""
    count, unit = written(x)
    return unit / 2 if FEWEST <= count <= MOST else Decimal(0)


def is_rounded(x: float, mine: Bounded) -> bool:
    """Whether x is the exact number, rightly rounded to the digits that x is written with."""
    half = half_unit(x)
    # A number halfway between two may have gone either way.
    return bool(half) and abs(Decimal(text(x)) - mine.number) <= half + mine.bound.min(half / 1000)


def is_cut_off(x: float, mine: Bounded) -> bool:
    """Whether x is the exact number with what follows its digits left away: .6666 of 2/3."""
    unit, number = 2 * half_unit(x), Decimal(text(x))
    left = mine.number.copy_abs() - abs(number)
    return bool(unit) and number * mine.number > 0 and 0 <= left < unit


def rounded(rows: Sequence[Row], numbers: Sequence[Bounded]) -> list[Row]:
    """The rows, with right numbers of a few digits recognised; those that were cut off where most show it that differ
    from rounded ones."""
    pairs = list(zip(rows, numbers, strict=True))
    short = [(is_rounded(row.by_hand, mine), is_cut_off(row.by_hand, mine)) for row, mine in pairs if not row.ok]
    by_cutting = short.count((False, True)) > short.count((True, False))
    found = [row if row.ok else _short(row, mine, by_cutting) for row, mine in pairs]
    told = [written(row.by_hand) for row in found if row.state == "rounded"]
    if len(told) < ENOUGH:
        return found
    digits, unit = max(count for count, _ in told), min(unit for _, unit in told)
    share = Decimal(1 if by_cutting else 0.5)
    return [
        _as_others(row, x, digits, unit, share) if not row.ok and written(row.by_hand)[0] < FEWEST else row
        for row, x in zip(found, numbers, strict=True)
    ]


def cut_off(rows: Sequence[Row], numbers: Sequence[Bounded]) -> list[Row]:
    """The rows, with every number recognised that is the exact one cut off."""
    return [row if row.ok else _cut(row, mine) for row, mine in zip(rows, numbers, strict=True)]


def _short(row: Row, mine: Bounded, by_cutting: bool) -> Row:
    """The row of a number of a few digits, where it is the exact one rounded, or by cutting."""
    cut = _cut(row, mine) if by_cutting else row
    if not cut.ok and is_rounded(row.by_hand, mine):
        return row._replace(state="rounded", note=f"right to the {written(row.by_hand)[0]} digits given")
    return cut


def _cut(row: Row, mine: Bounded) -> Row:
    note = f"right, {CUT_OFF} {written(row.by_hand)[0]} digits"
    return row._replace(state="rounded", note=note) if is_cut_off(row.by_hand, mine) else row


def _as_others(row: Row, mine: Bounded, digits: int, unit: Decimal, share: Decimal) -> Row:
    """A number of one digit or none, where the exact one has zeros behind it as far as the others were rounded."""
    units = [unit, *([Decimal(1).scaleb(mine.number.adjusted() - digits + 1)] if mine.number and row.by_hand else [])]
    if any(abs(Decimal(text(row.by_hand)) - mine.number) <= step * share for step in units):
        return row._replace(state="rounded", note="right to the digits of the others")
    return row
