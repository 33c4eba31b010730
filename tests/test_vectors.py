"""The transcendental functions of the compiler against mpmath, and against C's library at the special values."""

import ctypes
import itertools
import math
import random
import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest

pytest.importorskip("llvmlite")
import mpmath
import numpy as np

from autograd import ops
from autograd.compiler import exponentials
from autograd.compiler.lanes import Code, Lanes
from autograd.compiler.native import Library, module
from autograd.compiler.vectors import FUNCTIONS

mpmath.mp.dps = 50
UNARY = [op for op in FUNCTIONS if op is not ops.power]
LANES = (1, 2, 4, 8)
LIMIT = 4.0
LIMITS = {"exp": 1.0, "log": 1.0, "log1p": 1.5, "softplus": 1.6, "erf": 1.3, "sin": 1.3, "cos": 1.3, "cosh": 1.5}
EXACT: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
}
SPECIAL = (0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e-310, -1e-310, 2.0**-1022, -(2.0**-1022))
DOMAIN = {"log": (0.0, math.inf), "log1p": (-1.0, math.inf), "asin": (-1.0, 1.0), "acos": (-1.0, 1.0)}


def over_arrays(function: Callable[..., Any], n_args: int, lanes: int) -> Callable[..., Any]:
    """A compiled loop: arrays -> the array of `function` of their elements, for lengths that `lanes` divides."""
    code = Code(lanes, FUNCTIONS)
    vector = code.type_of("double")

    def at(name: str) -> str:
        return code.result(f"getelementptr double, ptr {name}, i64 %i")

    xs = [Lanes(code, code.result(f"load {vector}, ptr {at(f'%x{k}')}, align 8")) for k in range(n_args)]
    code.do(f"store {vector} {function(*xs).register}, ptr {at('%y')}, align 8")
    lines = [
        f"define void @f({', '.join(f'ptr %x{k}' for k in range(n_args))}, ptr %y, i64 %n) {{",
        "entry:",
        "  br label %loop",
        "loop:",
        "  %i = phi i64 [0, %entry], [%j, %loop]",
        *code.lines,
        f"  %j = add i64 %i, {lanes}",
        "  %more = icmp slt i64 %j, %n",
        "  br i1 %more, label %loop, label %done",
        "done:",
        "  ret void",
        "}",
    ]
    library = Library(module(["\n".join(lines)], code.declared))
    compiled = library.function("f", *[ctypes.c_void_p] * (n_args + 1), ctypes.c_int64)

    def run(*arrays: Sequence[float]) -> Any:
        n = len(arrays[0])
        padded = [np.concatenate([x, np.full(-n % lanes, x[-1])]).astype(float) for x in arrays]
        y = np.empty_like(padded[0])
        compiled(*[x.ctypes.data for x in (*padded, y)], len(y))
        return y[:n]

    return run


def bits(x: float) -> bytes:
    return b"nan" if math.isnan(x) else struct.pack(">d", x)


def points(name: str, seed: int = 1) -> list[float]:
    """Of the domain: all magnitudes, those of everyday use, the neighbourhoods of kinks and ends."""
    rng = random.Random(seed)
    low, high = DOMAIN.get(name, (-math.inf, math.inf))
    found = [rng.choice((-1, 1)) * math.ldexp(rng.uniform(1, 2), rng.randint(-1074, 1023)) for _ in range(100)]
    found += [rng.choice((-1, 1)) * math.ldexp(rng.uniform(1, 2), rng.randint(-60, 12)) for _ in range(300)]
    found += [rng.uniform(-1.5, 1.5) for _ in range(500)]
    found += [rng.uniform(-40, 40) for _ in range(200)] + [rng.uniform(-760, 720) for _ in range(200)]
    edges = (1.0, -1.0, 0.5, 0.34657359, 0.41421356, 2.41421356, math.pi / 2, math.pi, 709.78271, -708.396, -745.13)
    for edge in edges:
        found += [edge * (1 + rng.uniform(-1, 1) * 2.0 ** -rng.randint(10, 52)) for _ in range(10)]
    found += [1e5 * math.pi, 2.0**20 - 1, 710.4, -710.4, 711.1]
    return [x for x in found if low < x < high]


def ulps(y: float, exact: Any) -> float:
    """How far y is from the exact number, in units of its last digit; infinite where only one of them is."""
    nearest = float(exact)
    if not math.isfinite(y) or not math.isfinite(nearest):
        return 0.0 if y == nearest else math.inf
    return float(abs(mpmath.mpf(y) - exact) / math.ulp(nearest))


def worst(name: str, run: Callable[..., Any], xs: Sequence[float]) -> float:
    exact = EXACT.get(name) or getattr(mpmath, name)
    return max(ulps(float(y), exact(mpmath.mpf(x))) for x, y in zip(xs, run(xs), strict=True))


def libm(name: str, *xs: float) -> float:
    """What C's library gives: infinities and nan where Python raises."""
    try:
        return float(getattr(math, name)(*xs))
    except OverflowError:
        return math.copysign(math.inf, xs[0] if name == "sinh" else 1.0)
    except ValueError:
        return -math.inf if (name, *xs) in {("log", 0.0), ("log1p", -1.0)} else math.nan


@pytest.mark.parametrize("op", UNARY, ids=lambda op: op.name)
def test_error(op):
    xs = points(op.name)
    assert len(xs) > 500
    run = over_arrays(op, 1, 8)
    assert worst(op.name, run, xs) <= LIMITS.get(op.name, LIMIT)
    # The formulas are the same for any number of lanes, and so are the bits.
    for lanes in LANES[:-1]:
        same = over_arrays(op, 1, lanes)(xs)
        assert np.array_equal(same, run(xs), equal_nan=True)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("op", UNARY, ids=lambda op: op.name)
def test_special_values(op, lanes):
    xs = [*SPECIAL, 1.0, -1.0, 1.5, -1.5, 720.0, -800.0, 1e308, -1e308]
    for x, y in zip(xs, over_arrays(op, 1, lanes)(xs), strict=True):
        if op is ops.sigmoid:
            exact = float(EXACT["sigmoid"](mpmath.mpf(x))) if math.isfinite(x) else {math.inf: 1.0}.get(x, x - x)
            exact = 0.0 if x == -math.inf else exact
        elif op is ops.softplus:
            exact = float(EXACT["softplus"](mpmath.mpf(x))) if math.isfinite(x) else max(x, 0.0) if x == x else x
        else:
            exact = libm(op.name, x)
        if math.isfinite(exact) and abs(x) > 2.0**-1022 and exact not in (0.0, 1.0):
            assert abs(y - exact) <= LIMIT * math.ulp(exact), (x, y, exact)
        else:
            assert bits(y) == bits(exact), (x, y, exact)


@pytest.mark.parametrize("op", UNARY, ids=lambda op: op.name)
def test_many_points_against_numpy(op):
    """A large error between the points of mpmath would show: a million ulp is 1e-10."""
    low, high = op.domain[0]
    xs = np.linspace(low, high, 80_000)
    ours = over_arrays(op, 1, 8)(xs)
    theirs = np.array([op(float(x)) for x in xs])
    assert np.all(np.abs(ours - theirs) <= 8 * np.spacing(np.abs(theirs)))


@pytest.mark.parametrize("lanes", (1, 8))
def test_power(lanes):
    rng = random.Random(3)
    bases = [math.exp(rng.choice((rng.uniform(-700, 700), rng.uniform(-1, 1)))) for _ in range(600)]
    exponents = [rng.uniform(-1, 1) * 746 / abs(math.log(x)) for x in bases]
    bases += [float(rng.randint(-9, 9)) for _ in range(200)]
    exponents += [float(rng.randint(-9, 9)) for _ in range(200)]
    pairs = [(x, n) for x, n in zip(bases, exponents, strict=True) if x]
    run = over_arrays(ops.power, 2, lanes)
    results = run(*map(list, zip(*pairs, strict=True)))
    for (x, n), y in zip(pairs, results, strict=True):
        assert ulps(float(y), mpmath.power(mpmath.mpf(x), mpmath.mpf(n))) <= LIMIT, (x, n, y)


@pytest.mark.parametrize("lanes", LANES)
def test_power_special_values(lanes):
    xs, ns = (1e300, -1e300, 2.0, -2.0), (3.0, -3.0, 0.5, 1e9)
    pairs = list(itertools.product((*SPECIAL, 1.0, -1.0, *xs), (*SPECIAL, 1.0, -1.0, *ns)))
    results = over_arrays(ops.power, 2, lanes)(*map(list, zip(*pairs, strict=True)))
    for (x, n), y in zip(pairs, results, strict=True):
        assert bits(y) == bits(c_power(x, n)) or abs(y - c_power(x, n)) <= LIMIT * math.ulp(y), (x, n, y)


def c_power(x: float, n: float) -> float:
    """pow(x, n) with IEEE's infinities where Python raises."""
    odd = n % 2 == 1 if math.isfinite(n) else False
    try:
        return math.pow(x, n)
    except OverflowError:
        return -math.inf if x < 0 and odd else math.inf
    except ValueError:
        return math.copysign(math.inf, x if odd else 1.0) if x == 0 else math.nan


@pytest.mark.parametrize("n", (0.0, 1.0, 2.0, 3.0, 4.0, 0.5, -1.0, -2.0, -3.0, -0.5, 5.0))
def test_power_of_a_literal(n):
    rng = random.Random(4)
    xs = [rng.choice((-1, 1)) * math.ldexp(rng.uniform(1, 2), rng.randint(-600, 600)) for _ in range(300)]
    xs = [*SPECIAL, *(xs if n % 1 == 0 else map(abs, xs))]
    for x, y in zip(xs, over_arrays(lambda x: x**n, 1, 4)(xs), strict=True):
        exact = c_power(x, n)
        if exact and math.isfinite(exact) and math.isfinite(x):
            assert ulps(float(y), mpmath.power(mpmath.mpf(x), mpmath.mpf(n))) <= LIMIT, (x, y)
        else:
            assert bits(y) == bits(exact), (x, y)


@pytest.mark.parametrize(("name", "op"), [("EXP", ops.exp), ("LOG", ops.log), ("ERF", ops.erf), ("ERFC", ops.erf)])
def test_a_wrong_coefficient_is_found(monkeypatch, name, op):
    first, second, *others = getattr(exponentials, name)
    monkeypatch.setattr(exponentials, name, (first, second * (1 + 1e-11), *others))
    assert worst(op.name, over_arrays(op, 1, 8), points(op.name)) > LIMIT


def lines_of(function: Callable[..., Any]) -> list[str]:
    code = Code(8, FUNCTIONS)
    function(Lanes(code, "%x"))
    return code.lines


@pytest.mark.parametrize(
    "both",
    [
        lambda x: (ops.sigmoid(x), ops.sigmoid(-x)),
        lambda x: (ops.softplus(x), ops.softplus(-x)),
        lambda x: (ops.sigmoid(x * 2.0), ops.sigmoid(-2.0 * x)),
        lambda x: (ops.tanh(x), ops.sigmoid(2.0 * x), ops.sigmoid(-2.0 * x)),
        lambda x: (ops.sigmoid(x), ops.softplus(-x)),
        lambda x: (ops.erf(x), ops.exp(-(x * x))),
    ],
)
def test_a_value_and_its_slope_share_the_exponential(both):
    bits_of_k = [line for line in lines_of(both) if "lshr" in line]
    assert len(bits_of_k) == 1
