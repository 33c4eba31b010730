"""σ for training sample by sample, where every step waits for the one before: soon ready rather than cheap."""

import math

from autograd.compiler.exponentials import BIAS, EXP
from autograd.compiler.lanes import Lanes
from autograd.compiler.polynomials import WHOLE, as_bits, as_double, fused, magnitude, polynomial

LN2 = math.log(2.0)
LN2_REST = 2.3190468138462996e-17
"""ln 2 less the double next to it."""


def sigmoid(x: Lanes) -> Lanes:
    """σ(x), the quotient of e⁻ᵃ or 1 and 1 + e⁻ᵃ for a = |x|: σ(x) and σ(-x) divide without waiting for one another."""
    e = decay(magnitude(x))
    return x.compare("ogt", 0.0).choose(1.0, e) / (1.0 + e)


def decay(a: Lanes) -> Lanes:
    """e⁻ᵃ for a >= 0, and 0 where that is no normal double, a > 708.

    -a = k ln 2 + r: the polynomial begins with an r of 53 digits, while the rest of ln 2 is still
    being taken off; it is summed from both ends, so that the longest chain is a third shorter than
    that of `exponentials.exp`.
    """
    shifted = fused(a, -1.0 / LN2, WHOLE + BIAS)
    k = shifted - (WHOLE + BIAS)
    rough = a.code.call("llvm.fma", [k, a.code.number(-LN2), -a])
    r = fused(k, -LN2_REST, rough)
    square = rough * rough
    low = fused(r * r, fused(rough, EXP[1], EXP[0]), r)
    rest = fused(square * square, polynomial(rough, *EXP[2:]), low)
    scale = as_double(as_bits(shifted).integer("shl", 52))
    return a.compare("ogt", 708.0).choose(0.0, fused(scale, rest, scale))
