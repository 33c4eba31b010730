"""Exponentials and logarithms of `Lanes`: shift the binary exponent by bits, leave the rest to a polynomial.

The coefficients are minimax (Remez's algorithm at 60 digits); every error named here is relative.
"""

import math
from typing import NamedTuple

from autograd import ops
from autograd.compiler.lanes import Lanes
from autograd.compiler.polynomials import WHOLE, as_bits, as_double, fused, magnitude, polynomial, signed

# ln 2 in two parts; the first ends in zeros, so that its product with an exponent is exact.
LN2_HIGH, LN2_LOW = float.fromhex("0x1.62e42feep-1"), float.fromhex("0x1.a39ef35793c76p-33")

SMALLEST = 2.0**-1022
"""The smallest double with all its digits; those below are called denormal."""

BIAS = 1023  # what is added to a double's exponent before it is stored
FRACTION = (1 << 52) - 1  # the bits below the exponent
ONE = BIAS << 52  # the bits of 1.0
ROOT_HALF = 0x3FE6A09E00000000  # the bits of √½, nearly
TOP = 2 * BIAS << 52  # less the bits of 2ᵏ: the bits of 2⁻ᵏ

EXP = (
    0.5000000000000011, 0.16666666666666413, 0.04166666666653019, 0.008333333333494437, 0.0013888888943625643,
    0.00019841269506715699, 2.4801493101219713e-05, 2.755758619910488e-06, 2.763024814142468e-07,
    2.5000128825575105e-08,
)
"""(eʳ - 1 - r)/r² for |r| <= ln √2, to 2⁻⁵⁷ of eʳ."""

LOG = (
    0.6666666666666734, 0.39999999999414426, 0.28571428742452487, 0.2222219856562089, 0.1818356476495471,
    0.15314038219831447, 0.14796083491944237,
)
"""(ln((1+s)/(1-s)) - 2s)/s³ as a function of s² <= (√2-1)⁴, to 2⁻⁵⁹."""

ERF = (
    0.12837916709551256, -0.3761263890318355, 0.11283791670945253, -0.02686617064327622, 0.005223977607423468,
    -0.0008548325989696758, 0.00012055295320494294, -1.4924744663335489e-05, 1.6447517677871873e-06,
    -1.6209175911748696e-07, 1.3722976265924504e-08, -7.801188874097751e-10,
)
"""erf(x)/x - 1 as a function of x² <= 1, to 2⁻⁵⁶."""

ERFC = (
    -3.1289753271142063e-06, 0.5643772546007022, 1.1232701229013748, 2.0584137220712906, 1.8983158579576405,
    9.881955355375005, -41.08846807354885, 161.1215668460554, -510.5588548676543, 994.3167328611014,
    -1152.4707350395074, 747.6189542300615, -212.0051524319681,
)
"""erfc(x) e^x² as a function of 1/(2 + x) for 1 <= x <= 6, to 2⁻⁶⁰ of 1 in the product."""


class Power(NamedTuple):
    """eˣ = (1 + rest) · first · second: two powers of two, since 2¹⁰²⁴ and 2⁻¹⁰⁷⁴ fit no factor that is a double."""

    rest: Lanes
    first: Lanes
    second: Lanes

    def value(self) -> Lanes:
        """eˣ; the last product alone rounds a denormal."""
        return fused(self.first, self.rest, self.first) * self.second

    def halved(self) -> Lanes:
        """eˣ/2, which fits a double a little longer."""
        return fused(self.first, self.rest, self.first) * (0.5 * self.second)

    def minus_one(self) -> Lanes:
        """eˣ - 1, without cancellation: rest · first + (first - 1/second), times second."""
        inverse = as_double(self.second.code.bits(TOP).integer("sub", as_bits(self.second)))
        return fused(self.first, self.rest, self.first - inverse) * self.second


def power_of_e(x: Lanes, low: Lanes | None = None) -> Power:
    """e to x + low in parts, for -746 < x < 711: x = k ln 2 + r with a whole k and |r| <= ln √2."""
    shifted = fused(x, 1.0 / math.log(2.0), WHOLE + 2 * BIAS)
    k = shifted - (WHOLE + 2 * BIAS)
    r = fused(k, -LN2_LOW, fused(k, -LN2_HIGH, x))
    r = r if low is None else r + low
    rest = fused(r * r, polynomial(r, *EXP), r)
    both = as_bits(shifted)  # ends in k + 2·1023: two exponents that add up to k, each with its bias
    first = both.integer("lshr", 1)
    second = both.integer("sub", first)
    return Power(rest, as_double(first.integer("shl", 52)), as_double(second.integer("shl", 52)))


def bounded(y: Lanes, x: Lanes, below: float) -> Lanes:
    """y, for x < -746 `below`, for x > 711 infinity."""
    return x.compare("ogt", 711.0).choose(math.inf, x.compare("olt", -746.0).choose(below, y))


def exp(x: Lanes) -> Lanes:
    """eˣ."""
    return bounded(power_of_e(x).value(), x, 0.0)


def expm1(x: Lanes) -> Lanes:
    """eˣ - 1."""
    return signed(bounded(power_of_e(x).minus_one(), x, -1.0), x)


def decay(a: Lanes) -> Lanes:
    """e⁻ᵃ for a >= 0."""
    return a.compare("ogt", 746.0).choose(0.0, power_of_e(-a).value())


def sigmoid(x: Lanes) -> Lanes:
    """σ(x) = 1/(1 + e⁻ˣ) for x > 0, eˣ/(1 + eˣ) for others; of σ(-x), only the last choice is not shared."""
    e = decay(magnitude(x))
    upper = 1.0 / (1.0 + e)
    return x.compare("ogt", 0.0).choose(upper, e * upper)


def tanh(x: Lanes) -> Lanes:
    """tanh |x| = (1 - e)/(1 + e) with e = e⁻²ˣ, all of which but 1 - e is that of σ(2x)."""
    a = 2.0 * magnitude(x)
    size = -power_of_e(-a).minus_one() * (1.0 / (1.0 + decay(a)))
    return signed(a.compare("ogt", 746.0).choose(1.0, size), x)


def sinh(x: Lanes) -> Lanes:
    """sinh |x| = (m + m/(m + 1))/2 with m = e^|x| - 1; e^|x|/2, which fits where m does not, from 40 on."""
    a = magnitude(x)
    power = power_of_e(a)
    m = power.minus_one()
    size = a.compare("ogt", 40.0).choose(power.halved(), 0.5 * (m + m / (m + 1.0)))
    return signed(a.compare("ogt", 711.0).choose(math.inf, size), x)


def cosh(x: Lanes) -> Lanes:
    """cosh |x| = h + 1/(4h) with h = e^|x|/2."""
    a = magnitude(x)
    h = power_of_e(a).halved()
    return a.compare("ogt", 711.0).choose(math.inf, h + 0.25 / h)


def erf(x: Lanes) -> Lanes:
    """x times a polynomial in x² where |x| < 1, elsewhere 1 - erfc |x|, and e^-x² times a polynomial for that."""
    a = magnitude(x)
    center = fused(a, polynomial(x * x, *ERF), a)
    tail = decay(x * x) * polynomial(1.0 / (2.0 + a), *ERFC)
    return signed(a.compare("olt", 1.0).choose(center, 1.0 - tail), x)


def log_of_parts(k: Lanes, f: Lanes) -> Lanes:
    """ln(2ᵏ (1 + f)) for √½ <= 1 + f < √2.

    With s = f/(2+f), ln(1 + f) = ln((1+s)/(1-s)) = 2s + s³ L(s²), and 2s = f - f²/2 + s f²/2: f, which is
    exact, and small terms (the form of fdlibm).
    """
    s = f / (2.0 + f)
    half = 0.5 * f * f
    tail = fused(s, fused(s * s, polynomial(s * s, *LOG), half), k * LN2_LOW)
    return fused(k, LN2_HIGH, f - (half - tail))


class Parts(NamedTuple):
    """x = 2ᵏ · fraction with √½ <= fraction < √2."""

    exponent: Lanes  # k + 1023, as a whole number
    shrink: Lanes  # 2⁻ᵏ, from k = -1022 on
    fraction: Lanes


def parts_of(x: Lanes) -> Parts:
    """The parts of a positive, finite x that is not denormal."""
    bits = as_bits(x).integer("add", ONE - ROOT_HALF)
    power = bits.integer("and", ~FRACTION)
    fraction = bits.integer("and", FRACTION).integer("add", ROOT_HALF)
    return Parts(bits.integer("lshr", 52), as_double(x.code.bits(TOP).integer("sub", power)), as_double(fraction))


def unbiased(exponent: Lanes, bias: float | Lanes) -> Lanes:
    """exponent - bias, as a double: below the exponent of 2⁵², a whole number's bits are its value."""
    return as_double(exponent.integer("or", as_bits(exponent.code.number(2.0**52)))) - (2.0**52 + bias)


def of_positive(y: Lanes, x: Lanes) -> Lanes:
    """y, a logarithm of x; infinite for 0 and infinity, nan below."""
    y = x.compare("olt", math.inf).choose(y, x)
    return x.compare("ogt", 0.0).choose(y, x.compare("oeq", 0.0).choose(-math.inf, math.nan))


def log(x: Lanes) -> Lanes:
    """ln x = k ln 2 + ln(fraction); a denormal is multiplied by 2⁵⁴ before."""
    denormal = x.compare("olt", SMALLEST)
    parts = parts_of(denormal.choose(x * 2.0**54, x))
    k = unbiased(parts.exponent, denormal.choose(BIAS + 54.0, BIAS))
    return of_positive(log_of_parts(k, parts.fraction - 1.0), x)


def log1p(x: Lanes) -> Lanes:
    """ln(1 + x); what is lost when 1 + x is rounded, times 2⁻ᵏ, is added to the fraction's f."""
    u = 1.0 + x
    parts = parts_of(u)
    back = u - x
    lost = (x - (u - back)) + (1.0 - back)
    f = parts.fraction - 1.0
    f = u.compare("ogt", 2.0**60).choose(f, fused(lost, parts.shrink, f))  # 2⁻ᵏ ends at k = 1023
    return signed(of_positive(log_of_parts(unbiased(parts.exponent, BIAS), f), u), x)


def softplus(x: Lanes) -> Lanes:
    """max(x, 0) + ln(1 + e) with e = e^-|x| <= 1; where 1 + e >= √2 it is 2 (1 + (e - 1)/2)."""
    e = decay(magnitude(x))
    large = e.compare("ogt", math.sqrt(2.0) - 1.0)
    f = large.choose(0.5 * e - 0.5, e)
    return ops.relu(x) + log_of_parts(large.choose(1.0, 0.0), f)
