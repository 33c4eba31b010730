"""Operations as IEEE 754 has them: inf and nan where Python raises an error."""

import math
from collections.abc import Sequence

from autograd import ops
from autograd.primitive import Primitive


def evaluate(op: Primitive, xs: Sequence[float]) -> float:
    """The value of an operation, inf where it is too large or has a pole, nan where it does not exist."""
    try:
        return float(op.function(*xs))
    except OverflowError:
        return _too_large(op, xs)
    except ZeroDivisionError:
        return _pole(op, xs)
    except ValueError:
        return _undefined(op, xs)


def _too_large(op: Primitive, xs: Sequence[float]) -> float:
    """The infinity of the right sign: of sinh that of x, of a negative base with an odd exponent -inf."""
    x = xs[0]
    if op is ops.power and x < 0.0 and not xs[1].is_integer():
        return math.nan
    odd = op is ops.sinh or (op is ops.power and math.fmod(xs[1], 2.0) != 0.0)
    return -math.inf if odd and x < 0.0 else math.inf


def _pole(op: Primitive, xs: Sequence[float]) -> float:
    """a/0 and 0**n for n < 0."""
    a, b = xs
    if op is ops.power:
        odd = math.fmod(b, 2.0) in (1.0, -1.0)
        return math.copysign(math.inf, a) if odd else math.inf
    return math.nan if a == 0.0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


def _undefined(op: Primitive, xs: Sequence[float]) -> float:
    """The poles of the logarithms and of the cross-entropy; anything else is nan."""
    x = xs[0]
    if (op is ops.log and x == 0.0) or (op is ops.log1p and x == -1.0):
        return -math.inf
    if op is ops.binary_cross_entropy and x in (0.0, 1.0):
        y = xs[1]
        hit = y * (0.0 if x else -math.inf) if y else 0.0
        miss = (1.0 - y) * (-math.inf if x else -0.0) if y != 1.0 else 0.0
        return -(hit + miss)
    return math.nan
