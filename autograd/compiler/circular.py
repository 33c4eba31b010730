"""Circular functions of `Lanes` and their inverses: an angle near 0 is left to a polynomial.

Every error named here is relative.
"""

import math

from autograd import ops
from autograd.compiler.lanes import Lanes
from autograd.compiler.polynomials import WHOLE, as_bits, as_double, fused, guarded, magnitude, polynomial, signed

HALF_PI, HALF_PI_LOW = math.pi / 2, float.fromhex("0x1.1a62633145c07p-54")
"""π/2 and what its rounding left out."""

HALF_PI_PARTS = (
    float.fromhex("0x1.921fb54400000p+0"), float.fromhex("0x1.0b4611a600000p-34"),
    float.fromhex("0x1.3198a2e000000p-69"), float.fromhex("0x1.b839a252049c1p-104"),
)
"""π/2 in four parts to 152 digits; the first three of 33, so that products with whole numbers to 2²⁰ are exact."""

FAR = 2.0**20
"""From here on an angle is left to C's library."""

SIN = (
    -0.16666666666666632, 0.00833333333332237, -0.00019841269829770657, 2.7557313678504906e-06,
    -2.5050755936954073e-08, 1.589666509580005e-10,
)
"""(sin r - r)/r³ as a function of r² <= (π/4)², to 2⁻⁵⁸."""

COS = (
    0.0416666666666666, -0.0013888888888874062, 2.4801587289441988e-05, -2.755731434022891e-07,
    2.0875721565494092e-09, -1.1359556331471948e-11,
)
"""(cos r - 1 + r²/2)/r⁴ as a function of r² <= (π/4)², to 2⁻⁶³."""

ATAN = (
    -0.3333333333333021, 0.19999999999103707, -0.1428571419644643, 0.11111106700263573, -0.09090783451980085,
    0.07690082276169133, -0.06641236891366108, 0.056931159017586594, -0.04360684225096874, 0.021278413892543237,
)
"""(atan t - t)/t³ as a function of t² <= (√2-1)², to 2⁻⁵⁴."""

ASIN = (
    0.16666666666665375, 0.07500000000344766, 0.04464285682200516, 0.03038195939419905, 0.02237175197043815,
    0.017359795128625795, 0.013884355607506818, 0.012174908713238888, 0.006503662566311863, 0.01959396194839137,
    -0.016326114528226195, 0.03198130452901325,
)
"""(asin s - s)/s³ as a function of s² <= 1/4, to 2⁻⁵⁵."""


def turned(a: Lanes) -> tuple[Lanes, Lanes, Lanes]:
    """sin r, cos r and k, in its last bits, of a = k π/2 + r with |r| <= π/4, for 0 <= a < FAR."""
    shifted = fused(a, 2.0 / math.pi, WHOLE)
    k = shifted - WHOLE
    first, second, third, fourth = HALF_PI_PARTS
    r1 = fused(k, -first, a)  # exact
    part = k * second
    r2 = r1 - part
    lost = (r1 - r2) - part
    part = k * third
    r3 = r2 - part
    low = fused(k, -fourth, lost + ((r2 - r3) - part))
    r = r3 + low
    low = (r3 - r) + low  # what the sum lost: sin(r + low) = sin r + low, nearly
    square = r * r
    sine = r + fused(r * square, polynomial(square, *SIN), low)
    rest = fused(square * square, polynomial(square, *COS), -0.5 * square)
    return sine, 1.0 + (rest - r * low), as_bits(shifted)


def flipped(y: Lanes, where: Lanes) -> Lanes:
    """-y where the second last bit is set, else y."""
    return as_double(as_bits(y).integer("xor", where.integer("and", 2).integer("shl", 62)))


def usual_sin(x: Lanes) -> tuple[Lanes, Lanes]:
    """sin x, and where |x| is too large; of the quarter turns of |x|, odd ones swap sine and cosine."""
    a = magnitude(x)
    sine, cosine, k = turned(a)
    size = flipped(k.cast("trunc", "flag").choose(cosine, sine), k)
    return flipped(size, as_bits(x).integer("lshr", 62)), a.compare("oge", FAR)


def usual_cos(x: Lanes) -> tuple[Lanes, Lanes]:
    """cos x, and where |x| is too large."""
    a = magnitude(x)
    sine, cosine, k = turned(a)
    return flipped(k.cast("trunc", "flag").choose(sine, cosine), k.integer("add", 1)), a.compare("oge", FAR)


def usual_tan(x: Lanes) -> tuple[Lanes, Lanes]:
    """tan x, and where |x| is too large."""
    a = magnitude(x)
    sine, cosine, k = turned(a)
    odd = k.cast("trunc", "flag")
    size = odd.choose(-cosine, sine) / odd.choose(sine, cosine)
    return flipped(size, as_bits(x).integer("lshr", 62)), a.compare("oge", FAR)


def sin(x: Lanes) -> Lanes:
    """The sine."""
    return guarded("sin", usual_sin, x)


def cos(x: Lanes) -> Lanes:
    """The cosine."""
    return guarded("cos", usual_cos, x)


def tan(x: Lanes) -> Lanes:
    """The tangent."""
    return guarded("tan", usual_tan, x)


def atan(x: Lanes) -> Lanes:
    """atan |x| = π/2 - atan 1/|x|, π/4 + atan((|x| - 1)/(|x| + 1)), or itself: the angle left is at most π/8."""
    a = magnitude(x)
    middle, large = a.compare("ogt", math.sqrt(2.0) - 1.0), a.compare("ogt", math.sqrt(2.0) + 1.0)

    def among(far: Lanes | float, between: Lanes | float, near: Lanes | float) -> Lanes:
        return large.choose(far, middle.choose(between, near))

    t = among(-1.0, a - 1.0, a) / among(a, a + 1.0, 1.0)
    low = among(HALF_PI_LOW, HALF_PI_LOW / 2.0, 0.0)
    rest = fused(t * (t * t), polynomial(t * t, *ATAN), low)
    return signed(among(HALF_PI, HALF_PI / 2.0, 0.0) + (t + rest), x)


def half_or_all(a: Lanes) -> tuple[Lanes, Lanes, Lanes]:
    """Whether a > 1/2; s = sin(acos(a)/2) where it is, else s = a; asin s - s."""
    large = a.compare("ogt", 0.5)
    square = large.choose(0.5 - 0.5 * a, a * a)
    s = large.choose(ops.sqrt(square), a)
    return large, s, s * square * polynomial(square, *ASIN)


def asin(x: Lanes) -> Lanes:
    """asin |x| up to 1/2, beyond it π/2 - 2 asin √((1 - |x|)/2)."""
    large, s, rest = half_or_all(magnitude(x))
    return signed(large.choose(HALF_PI - (2.0 * s + (2.0 * rest - HALF_PI_LOW)), s + rest), x)


def acos(x: Lanes) -> Lanes:
    """π/2 - asin x for |x| up to 1/2, beyond it 2 asin √((1 - x)/2), or π less that of -x."""
    large, s, rest = half_or_all(magnitude(x))
    near = HALF_PI - (signed(s, x) + (signed(rest, x) - HALF_PI_LOW))
    right = 2.0 * (s + rest)
    left = 2.0 * (HALF_PI - (s + (rest - HALF_PI_LOW)))
    return large.choose(x.compare("ogt", 0.0).choose(right, left), near)
