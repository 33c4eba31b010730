"""The sign of 0, logarithms of numbers near the largest, and binary cross-entropy where a sigmoid is certain."""

import math
from typing import Any

import mpmath
import pytest

from autograd import Primitive, Value, binary_cross_entropy, grad, hessian, jit, log1p, sigmoid, value_and_grad
from autograd.graph import as_evaluated, cotangents
from nn import bce

BACKENDS = ("python", "llvm")
ZEROS = (0.0, -0.0)


def signed(x: float) -> tuple[float, float]:
    return x, math.copysign(1.0, x)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x + 0.0,
        lambda x: 0.0 + x,
        lambda x: x - 0.0,
        lambda x: x + -0.0,
        lambda x: 1.0 * x,
        lambda x: sum([x, x]),
        lambda x: x - x,
        lambda x: -x,
        lambda x: 0.0 * x,
    ],
)
def test_the_sign_of_zero_is_that_of_floats(f: Any, backend: str) -> None:
    compiled = jit(f, backend)
    for zero in ZEROS:
        assert signed(compiled(zero)) == signed(f(Value(zero)).data) == signed(float(f(zero)))


def test_a_rule_that_adds_zero_is_computed_as_it_is_written() -> None:
    odd = Primitive("odd", lambda x: x, [lambda g, y, x: g * x + 0.0], domain=[(-1, 1)])
    for zero in ZEROS:
        y = odd(x := Value(zero))
        y.backward()
        assert signed(x.grad) == (0.0, 1.0) == signed(cotangents(y, [x], point=as_evaluated)[x])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("x", [1.2e308, 1.27e308, 1.28e308, 1.5e308, 1.7976931348623157e308, 2.0**60, 2.0**61, 1e300])
def test_log1p_of_the_largest_numbers(x: float, backend: str) -> None:
    exact = float(mpmath.log1p(mpmath.mpf(x)))
    for found in (jit(lambda x: log1p(x), backend).map([x] * 8, rows=(0,)) / 8.0, log1p(x)):
        assert abs(found - exact) <= 4 * math.ulp(exact)


@pytest.mark.parametrize(("p", "label"), [(0.0, 0.0), (1.0, 1.0)])
def test_bce_of_a_certain_and_right_probability_is_zero_without_a_sign(p: float, label: float) -> None:
    assert signed(bce(p, label)) == (0.0, 1.0) == signed(bce(Value(p), label).data)
    for backend in BACKENDS:
        assert signed(jit(binary_cross_entropy, backend)(p, label)) == (0.0, 1.0)


@pytest.mark.parametrize(("p", "label", "slope"), [(0.0, 0.0, 1.0), (1.0, 1.0, -1.0)])
def test_the_slope_of_bce_at_its_label_is_that_of_its_one_logarithm(p: float, label: float, slope: float) -> None:
    # The other term has the weight 0: d/dp -ln(1 - p) = 1/(1 - p), d/dp -ln p = -1/p.
    bce(x := Value(p), label).backward()
    assert x.grad == slope
    for backend in BACKENDS:
        assert jit(grad(binary_cross_entropy), backend)(p, label) == slope


@pytest.mark.parametrize("z", [30.0, 36.0, 40.0, 100.0, 709.0, 720.0, 745.0, 746.0, 800.0, 1e6])
def test_bce_behind_a_saturated_sigmoid(z: float) -> None:
    """The slope by z is σ(z) - y, for y = 1 -σ(-z), to 50 digits; far out, 0 as in PyTorch."""
    with mpmath.workdps(50):
        exact = float(1 / (1 + mpmath.exp(mpmath.mpf(z))))
    for logit, label, slope in ((z, 1.0, -exact), (-z, 0.0, exact)):
        loss = bce(sigmoid(x := Value(logit)), label)
        loss.backward()
        assert abs(loss.data - exact) <= 2.0**-53
        assert abs(x.grad - slope) <= 4 * math.ulp(exact)
        for backend in BACKENDS:
            assert jit(value_and_grad(behind), backend)(logit, label) == (loss.data, x.grad)
        assert 0.0 <= hessian(behind)(logit, label) <= 1.01 * exact


def behind(z: Any, label: Any) -> Any:
    return binary_cross_entropy(sigmoid(z), label)


def test_bce_behind_a_sigmoid_that_is_certain_and_wrong_says_so() -> None:
    with pytest.raises(ValueError, match="bce_with_logits takes any z"):
        bce(Value(800.0).sigmoid(), 0)
    assert jit(behind)(800.0, 0.0) == math.inf
