"""Functions that are composed of the operations of the table, and have all that those have."""

import math
from collections.abc import Sequence
from typing import Any

from autograd.ops import absolute, erf, exp, expm1, log_sum_exp, maximum, minimum, sigmoid, step, total, where


def mean(xs: Sequence[Any]) -> Any:
    """(x₁ + ... + xₙ)/n.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    return total(xs) / float(_at_least_one("mean", xs))


def prod(xs: Sequence[Any]) -> Any:
    """x₁ · ... · xₙ, from left to right; 1.0 for none.

    >>> prod([2.0, 3.0, 4.0])
    24.0
    """
    result: Any = 1.0
    for place, x in enumerate(xs):
        result = x if place == 0 else result * x
    return result


def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    """x, but not below `low` nor above `high`; at a bound, half of the gradient.

    >>> clip(-2.0, 0.0, 1.0), clip(0.5, high=1.0)
    (0.0, 0.5)
    """
    raised = x if low is None else maximum(x, low)
    return raised if high is None else minimum(raised, high)


def softmax(zs: Sequence[Any]) -> list[Any]:
    """pᵢ = exp(zᵢ)/Σⱼ exp(zⱼ), without overflow: positive numbers that add up to 1.

    Rounding adds up to as many units in the last place as zᵢ lies below the largest.

    >>> softmax([0.0, 1000.0, 1000.0])
    [0.0, 0.5, 0.5]
    """
    top = maximum(*zs) if _at_least_one("softmax", zs) > 1 else zs[0]
    parts = [exp(z - top) for z in zs]
    whole = total(parts)
    return [part / whole for part in parts]


def log_softmax(zs: Sequence[Any]) -> list[Any]:
    """ln pᵢ = -ln Σⱼ exp(zⱼ - zᵢ), exact where pᵢ is near 1 too.

    >>> log_softmax([0.0, 50.0])
    [-50.0, -1.9287498479639178e-22]
    """
    _at_least_one("log_softmax", zs)
    return [-log_sum_exp(*(0.0 if j == i else z - own for j, z in enumerate(zs))) for i, own in enumerate(zs)]


def softsign(x: Any) -> Any:
    """x/(1 + |x|).

    >>> softsign(3.0)
    0.75
    """
    return x / (1.0 + absolute(x))


def silu(x: Any) -> Any:
    """x·σ(x), also called swish.

    >>> silu(0.0)
    0.0
    """
    return x * sigmoid(x)


def gelu(x: Any) -> Any:
    """x·Φ(x) = ½x(1 + erf(x/√2)), Φ the distribution function of the standard normal distribution.

    >>> gelu(0.0), round(gelu(1.0), 6)
    (0.0, 0.841345)
    """
    return 0.5 * x * (1.0 + erf(x / math.sqrt(2.0)))


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """x where x > 0, else α(eˣ - 1).

    >>> elu(2.0), elu(-1.0)
    (2.0, -0.6321205588285577)
    """
    positive = step(x)
    return where(positive, x, alpha * expm1(where(positive, 0.0, x)))  # both are evaluated: large x must not reach eˣ


def _at_least_one(name: str, xs: Sequence[Any]) -> int:
    if not len(xs):
        raise ValueError(f"{name} of no numbers: expected at least one")
    return len(xs)
