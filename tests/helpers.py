"""What several tests need: 50-digit references for the table of operations, sample points, exact comparison."""

import math
import random
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
import pytest
from hypothesis import settings

from autograd import Value, ops, to_manual
from autograd.primitive import Primitive
from autograd.textbook.mistakes import CODES
from autograd.textbook.mistakes.elsewhere import ELSEWHERE

mp = mpmath.MPContext()  # a context of our own: the precision of mpmath.mp belongs to everyone
mp.dps = 50

Reference = Callable[..., Any]

SPECIAL = (0.0, -0.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, 1.0, -1.0, 2.0, 0.5, -8.0, 1 / 3)

quietly = settings(derandomize=True, database=None, deadline=None, max_examples=150)
"""Hypothesis without a clock, and with the same examples in every run."""


def log1pexp(x: Any) -> Any:
    return mp.log1p(mp.exp(x))


def weighted_sum(*args: Any) -> Any:
    n = len(args) // 2
    products = [w * x for w, x in zip(args[:n], args[n : 2 * n], strict=True)]
    return mp.fsum([*products, *args[2 * n :]])


REFERENCES: dict[str, Reference] = {
    "identity": lambda x: x,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda x: -x,
    "power": lambda x, n: mp.power(x, n),
    "where": lambda condition, a, b: a if condition else b,
    "step": lambda x: mp.mpf(x > 0),
    "sign": mp.sign,
    "nonzero": lambda x: mp.mpf(x != 0),
    "above": lambda a, b: mp.mpf(a > b),
    "absolute": abs,
    "maximum": max,
    "minimum": min,
    "largest": max,
    "smallest": min,
    "relu": lambda x: max(x, mp.mpf(0)),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "hypot": mp.hypot,
    "atan2": mp.atan2,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "erf": mp.erf,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": log1pexp,
    "weighted_sum": weighted_sum,
    "sum_of": lambda *xs: mp.fsum(xs),
    "log_sum_exp": lambda *xs: mp.log(mp.fsum(mp.exp(x) for x in xs)),
    "binary_cross_entropy": lambda p, y: -(y * mp.log(p) + (1 - y) * mp.log(1 - p)),
    "binary_cross_entropy_with_logits": lambda z, y: y * log1pexp(-z) + (1 - y) * log1pexp(z),
}
"""Every operation of the table, written down a second time; a row that is missing here fails its tests."""

def sigma(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def softmax(i: int) -> Reference:
    return lambda *xs: mp.exp(xs[i]) / mp.fsum(mp.exp(x) for x in xs)


SLOPES: dict[str, dict[int, Reference]] = {
    "where": {0: lambda condition, a, b: mp.mpf(0)},  # a condition jumps; its slope is 0 by convention
    # Far out, a difference quotient of what is nearly constant has no digits: these are of any textbook.
    "expm1": {0: mp.exp},
    "tanh": {0: lambda x: mp.sech(x) ** 2},
    "erf": {0: lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)},
    "sigmoid": {0: lambda x: sigma(x) * sigma(-x)},
    "softplus": {0: sigma},
    "log_sum_exp": {i: softmax(i) for i in range(3)},
    "binary_cross_entropy_with_logits": {0: lambda z, y: (1 - y) * sigma(z) - y * sigma(-z), 1: lambda z, y: -z},
}
"""The derivative by argument number, where it is not the limit of difference quotients, or that is hard to find."""


def points(row: Primitive, count: int) -> list[tuple[float, ...]]:
    """`count` points of the row's domain, the same in every run: one half spread evenly, the other
    half close to an end of an interval or to 0, where digits get lost."""
    rng = random.Random(row.name)

    def anywhere(domain: Any) -> float:
        return rng.choice(sorted(domain)) if isinstance(domain, frozenset) else rng.uniform(*domain)

    def near(domain: Any) -> float:
        if isinstance(domain, frozenset):
            return anywhere(domain)
        low, high = domain
        base = rng.choice([end for end in (low, 0.0, high) if low <= end <= high])
        other = rng.choice([end for end in (low, high) if end != base])
        return base + (other - base) * rng.random() * 2.0 ** -rng.randrange(40)

    return [tuple(map((anywhere, near)[i % 2], row.domain)) for i in range(count)]


def derivative(row: Primitive, f: Reference, xs: Sequence[Any], i: int, j: int | None = None) -> Any:
    """∂f/∂xᵢ, or ∂²f/∂xᵢ∂xⱼ, to about 50 digits."""
    known = SLOPES.get(row.name, {})
    if j is None and i in known:
        return known[i](*xs)
    if j is not None and (i in known or j in known):
        slope, by = (known[i], j) if i in known else (known[j], i)
        return mp.diff(lambda t: slope(*xs[:by], t, *xs[by + 1 :]), xs[by])

    def moved(*ts: Any) -> Any:
        moving = list(xs)
        for place, t in zip((i, j), ts, strict=False):
            moving[place] = t
        return f(*moving)

    if j is None:
        return mp.diff(moved, xs[i])
    return mp.diff(moved, xs[i], 2) if i == j else mp.diff(moved, (xs[i], xs[j]), (1, 1))


def ulps(found: float, exact: Any) -> float:
    """How many units in the last place of the exact number lie between it and what was found."""
    if not math.isfinite(found):
        return math.inf
    return float(abs(mp.mpf(found) - exact) / mp.mpf(math.ulp(float(exact))))


def worst(row: Primitive, f: Reference, at: Sequence[Sequence[float]]) -> dict[str, tuple[float, Sequence[float]]]:
    """The largest error in ulp, and where: of the value, and of the derivative by each argument."""
    found = dict.fromkeys(("value", *(f"d/dx{i}" for i in range(len(at[0])))), (0.0, at[0]))
    for xs in at:
        leaves = [Value(x) for x in xs]
        y = row(*leaves)
        y.backward()
        exactly = [mp.mpf(x) for x in xs]
        exact = [f(*exactly), *(derivative(row, f, exactly, i) for i in range(len(xs)))]
        for name, number, reference in zip(found, [y.data, *(leaf.grad for leaf in leaves)], exact, strict=True):
            error = ulps(number, reference)
            if error > found[name][0]:
                found[name] = error, xs
    return found


def check(row: Primitive, f: Reference, at: Sequence[Sequence[float]], limit: float = 4.0) -> None:
    """Fails unless value and derivatives of a row are within `limit` ulp of the reference at all points."""
    for name, (error, xs) in worst(row, f, at).items():
        assert error <= limit, f"{row.name}: {name} is {error:.3g} ulp off at {xs}"


def bits(x: float) -> bytes:
    """The bits of a float; the two zeros are one number, and all NaNs are."""
    return b"nan" if x != x else struct.pack("<d", x + 0.0)


def outcome(f: Callable[..., Any], *args: Any) -> Any:
    """What a call comes to: the bits of its number (signed zeros told apart), or the class of its error."""
    try:
        y = f(*args)
    except (ArithmeticError, ValueError) as error:
        return type(error)
    if isinstance(y, complex):  # what Python makes of (-8.0) ** (1/3); here it is an error
        return ValueError
    number = y.data if isinstance(y, Value) else y
    return b"nan" if number != number else struct.pack("<d", number)


def namespace() -> Mapping[str, Any]:
    """What printed expressions are evaluated with: the operations on floats, by name."""
    return {row.name: row.function for row in ops.TABLE} | {"inf": math.inf, "nan": math.nan}


NOWHERE = ELSEWHERE[0].code


def with_room(loss: Value, style: str = "python") -> list[str]:
    """The mistakes that can be planted, as they are told of where one has no room."""
    with pytest.raises(ValueError, match=f"^to_manual: {NOWHERE} has no room here: ") as raised:
        to_manual(loss, style=style, mistake=NOWHERE)
    told = str(raised.value).rpartition("Those that have: ")[2].split(", ")
    assert told == [code for code in CODES if code in told]
    return told
