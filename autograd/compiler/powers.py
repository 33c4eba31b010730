"""x to the power n of `Lanes`: products where n is a small whole number, else exp(n ln x) in double length.

A number of double length is a pair, high + low, of which low is less than the last digit of high.
"""

import math

from autograd import ops
from autograd.compiler.exponentials import BIAS, LN2_HIGH, LN2_LOW, SMALLEST, parts_of, power_of_e, unbiased
from autograd.compiler.lanes import Lanes
from autograd.compiler.polynomials import fused, guarded, polynomial

TWO_THIRDS_LOW = float.fromhex("0x1.5555555555555p-55")
"""2/3 less what its double is."""

LOG_TAIL = (
    0.40000000000002256, 0.28571428570099555, 0.2222222251992916, 0.1818178436639785, 0.15386757372099982,
    0.13256816622786535, 0.13196340730204825,
)
"""(ln((1+s)/(1-s)) - 2s - 2s³/3)/s⁵ as a function of s² <= (√2-1)⁴, to 2⁻⁶⁶ of the logarithm."""


def product(a: Lanes, b: Lanes | float) -> tuple[Lanes, Lanes]:
    """a·b in double length."""
    b = b if isinstance(b, Lanes) else a.code.number(b)
    high = a * b
    return high, a.code.call("llvm.fma", [a, b, -high])


def total(a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """a + b in double length, where a is 0 or the larger."""
    high = a + b
    return high, (a - high) + b


def log_in_double_length(x: Lanes) -> tuple[Lanes, Lanes]:
    """ln x = k ln 2 + 2s + 2s³/3 + s⁵·(a polynomial in s²), s = f/(2 + f), for SMALLEST <= x < infinity."""
    exponent, _, fraction = parts_of(x)
    k = unbiased(exponent, BIAS)
    f = fraction - 1.0
    below = 2.0 + f
    inverse = 1.0 / below
    s = f * inverse
    whole, rest = product(s, below)
    s_low = ((f - whole) - rest - s * (f - (below - 2.0))) * inverse
    square, square_low = product(s, s)
    square_low = square_low + 2.0 * s * s_low
    cube, cube_low = product(square, s)
    cube_low = cube_low + (square * s_low + square_low * s)
    third, third_low = product(cube, 2.0 / 3.0)
    third_low = third_low + (cube * TWO_THIRDS_LOW + cube_low * (2.0 / 3.0))
    tail = fused(cube * square, polynomial(square, *LOG_TAIL), third_low)
    near, lost = total(2.0 * s, third)
    high, low = total(k * LN2_HIGH, near)  # the product is exact
    return total(high, low + fused(k, LN2_LOW, 2.0 * s_low + (lost + tail)))


def usual_power(x: Lanes, n: Lanes) -> tuple[Lanes, Lanes]:
    """xⁿ, and where that is wrong: x not positive and finite, a result too large or too small."""
    log, log_low = log_in_double_length(x)
    high, low = product(n, log)
    low = fused(n, log_low, low)
    rare = x.compare("ult", SMALLEST).integer("or", x.compare("oeq", math.inf))
    return power_of_e(high, low).value(), rare.integer("or", abs(high).compare("uge", 700.0))


def root(x: Lanes) -> Lanes:
    """√x as the power 1/2: 0 for -0, infinity for -infinity."""
    return x.compare("oeq", -math.inf).choose(math.inf, ops.sqrt(x + 0.0))


def power(x: Lanes, n: Lanes) -> Lanes:
    """xⁿ."""
    match n.literal:
        case 0.0:
            return x.code.number(1.0)
        case 1.0:
            return x
        case 2.0:
            return x * x
        case 3.0:
            return x * x * x
        case 4.0:
            return (x * x) * (x * x)
        case 0.5:
            return root(x)
        case -1.0:
            return 1.0 / x
        case -2.0:
            return (1.0 / x) * (1.0 / x)
        case -3.0:
            return (1.0 / x) * (1.0 / x) * (1.0 / x)
        case -0.5:
            return 1.0 / root(x)
    return guarded("pow", usual_power, x, n)
