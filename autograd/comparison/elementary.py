"""eˣ and ln x to the digits of the decimal context, many times as fast as the standard library's beyond 150 of them."""

from decimal import Decimal, getcontext, localcontext
from math import ceil, floor, isqrt, log2

LIBRARY = 150
"""Up to so many digits the functions of `decimal` are the faster ones."""

SERIES = 20
"""The terms up to which ln(1 + x) is their sum."""

LEAST = 100
"""The digits that e⁻ˣ keeps in any case; more only as far as 1 + e⁻ˣ has them."""

HUGE = 9
"""The power of ten from which on eˣ is beyond all exponents."""

GUARD = 10
"""Digits besides, for the rounding in between."""


def exp(x: Decimal) -> Decimal:
    """eˣ; where it is far below 1, with as many digits as 1 + eˣ keeps of it, but at least `LEAST`."""
    with localcontext() as context:
        below = min(0, int(max(x, Decimal(-(10**9))) / Decimal("2.302585")))
        context.prec = max(min(context.prec, LEAST), context.prec + below)
        wanted = context.prec
        context.prec += GUARD + max(0, x.adjusted())
        y = (+x).exp() if wanted <= LIBRARY or x.adjusted() > HUGE else _reduced(+x)
        context.prec = wanted
        return +y


def expm1(x: Decimal) -> Decimal:
    """eˣ - 1, with all digits where x is small."""
    if abs(x) > 1:
        return exp(x) - 1
    with localcontext() as context:
        context.prec += max(0, -x.adjusted()) if x else 0
        y = exp(x) - 1
    return +y


def log(x: Decimal) -> Decimal:
    """ln x: Halley's step, which triples the digits, from fewer of them."""
    if getcontext().prec <= LIBRARY or x <= 0 or x == 1 or not x.is_finite():
        return x.ln()
    beyond = -(x - 1).adjusted()
    if beyond > getcontext().prec / SERIES:
        return _power_series(x - 1)
    with localcontext() as context:
        context.prec += GUARD + max(0, beyond)
        wanted = context.prec
        context.prec = wanted // 3 + GUARD
        y = log(+x)
        context.prec = wanted
        power = exp(y) if y > 0 else 1 / exp(-y)
        y += 2 * (x - power) / (x + power)
    return +y


def log1p(x: Decimal) -> Decimal:
    """ln(1 + x), with all digits where x is small."""
    if x and -x.adjusted() > getcontext().prec / SERIES:
        return _power_series(x)
    with localcontext() as context:
        context.prec += max(0, -x.adjusted()) if x else 0
        y = log(1 + x)
    return +y


def _power_series(x: Decimal) -> Decimal:
    """x - x²/2 + x³/3 - ..., for a small x."""
    total, last, power, k = x, Decimal(0), x, 1
    while total != last:
        power, k = -power * x, k + 1
        total, last = total + power / k, total
    return total


def _reduced(x: Decimal) -> Decimal:
    """eˣ = 10ᵐ (e^(r/2ᵏ))^(2ᵏ) with r = x - m ln 10: the series at r/2ᵏ, in whole multiples of 2⁻ᵇ, and k squares."""
    ten = Decimal(10).ln()
    m = floor(x / ten)
    bits = ceil(getcontext().prec * log2(10.0))
    k = isqrt(bits)
    bits += 2 * k
    one = 1 << bits
    r = int((x - m * ten) * one) >> k
    total = term = one
    n = 1
    while term:
        term = (term * r >> bits) // n
        total, n = total + term, n + 1
    for _ in range(k):
        total = total * total >> bits
    return (Decimal(total) / one).scaleb(m)
