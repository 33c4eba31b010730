"""`gradcheck`: right rules pass, to second order and in both modes; a planted wrong one does not."""

import math
import random
from typing import Any

import pytest

from autograd import Primitive, gradcheck, sigmoid, sqrt
from autograd.comparison.exact import digits_for, function
from autograd.ops import TABLE
from tests.helpers import REFERENCES, mp, points

DISCRETE = {"step", "sign", "nonzero", "above", "where", "absolute", "maximum", "minimum", "relu", "leaky_relu"}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_rows_of_the_table_pass(row: Primitive) -> None:
    for xs in points(row, 3):
        if row.name in DISCRETE and 0.0 in xs:
            continue
        comparison = gradcheck(lambda *xs: row(*xs), *xs, order=1 if len(xs) > 2 else 2)
        comparison.assert_ok()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_functions_on_decimals_have_forty_digits(row: Primitive) -> None:
    from decimal import Decimal

    with digits_for([]):
        for xs in points(row, 20):
            found = function(row)(*map(Decimal, xs))
            exact = REFERENCES[row.name](*map(mp.mpf, xs))
            assert abs(mp.mpf(str(found)) - exact) <= abs(exact) * mp.mpf(10) ** -36, xs


def wrong(factor: float, fine: bool) -> Primitive:
    """x/(1 + e⁻ˣ) with a wrong slope; in floats only, or with x² to be evaluated in any arithmetic."""
    if fine:
        return Primitive("square", lambda x: x * x, [lambda g, y, x: g * (2.0 * factor) * x], domain=[(-4, 4)])
    slope = [lambda g, y, x: g * factor * (y + sigmoid(x) * (1 - y))]
    return Primitive("swish", lambda x: x / (1 + math.exp(-x)), slope, domain=[(-4, 4)])


@pytest.mark.parametrize("fine", [True, False])
@pytest.mark.parametrize("factor", [-1.0, 1 + 1e-7, 2.0, 0.0])
def test_a_planted_wrong_rule_is_found(factor: float, fine: bool) -> None:
    for x in (1.0, -2.5, 1e-3):
        gradcheck(wrong(1.0, fine), x).assert_ok()
        comparison = gradcheck(wrong(factor, fine), x)
        assert not comparison.ok
        assert {row.name for row in comparison.rows if not row.ok} >= {"∂f/∂x1, backward", "∂f/∂x1, forward"}


def test_functions_of_several_arguments_and_lists() -> None:
    rng = random.Random(0)
    w = [rng.gauss(0, 1) for _ in range(3)]

    def f(w: list[Any], b: Any) -> Any:
        return sigmoid(w[0] * w[1] / w[2] + b) ** 2 * b

    comparison = gradcheck(f, w, 0.5)
    comparison.assert_ok()
    assert len(comparison.rows) == 2 * 4 + 10


def test_small_and_large_slopes_are_judged_alike() -> None:
    for scale in (1e-200, 1.0, 1e200):
        gradcheck(lambda x, scale=scale: x.exp() * scale, 0.5).assert_ok()
    bad = Primitive("square", lambda x: x * x, [lambda g, y, x: g * -2.0 * x], domain=[(-4, 4)])
    assert not gradcheck(lambda x: bad(x) * 1e-200, 0.5).ok


def test_at_a_kink_any_slope_between_is_right() -> None:
    comparison = gradcheck(lambda x: x.relu(), 0.0)
    comparison.assert_ok()
    assert comparison.rows[0].note == "at a kink, slopes 0 and 1"


def test_errors() -> None:
    with pytest.raises(TypeError, match=r"gradcheck: f: expected a function .* got int: 3"):
        gradcheck(3, 1.0)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError, match=r"no derivative at sqrt\(x1 = 0\.0\): the slope there is infinite"):
        gradcheck(sqrt, 0.0)
    with pytest.raises(ValueError, match=r"power\(x1 = -1e-15, 1\.5\): no real number so close to the point given"):
        gradcheck(lambda x: x**1.5, 0.0)
    with pytest.raises(ValueError, match=r"mul\(x1 = 1e\+200, x1 = 1e\+200\): the result is inf"):
        gradcheck(lambda x: x * x, 1e200)
    with pytest.raises(ValueError, match="order: expected 1 or 2"):
        gradcheck(lambda x: x, 1.0, order=3)
    with pytest.raises(TypeError, match="returns one Value"):
        gradcheck(lambda x: [x], 1.0)
