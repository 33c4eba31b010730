"""Derivatives of functions: `grad`, `value_and_grad`, `jvp`, `hessian`, nested, on structures, over closures."""

import math
import random
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd import Value, dot, grad, hessian, jvp, no_grad, ops, value_and_grad
from tests.helpers import REFERENCES, mp


def reference(f: Any, x: float, n: int) -> float:
    """The n-th derivative by Taylor coefficients at 50 digits."""
    return float(mp.taylor(f, mp.mpf(x), n)[n] * mp.factorial(n))


def nth(f: Any, n: int) -> Any:
    for _ in range(n):
        f = grad(f)
    return f


# ---------------------------------------------------------------- nesting

FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "polynomial": (lambda x: 3 * x**5 - x**3 / 7 + 2, lambda x: 3 * x**5 - x**3 / 7 + 2),
    "quotient": (lambda x: (x * x + 1) / (x**3 + 2), lambda x: (x * x + 1) / (x**3 + 2)),
    "composed": (lambda x: ops.exp(ops.sin(x)) * ops.tanh(x), lambda x: mp.exp(mp.sin(x)) * mp.tanh(x)),
    "self-power": (lambda x: x**x, lambda x: x**x),
    "exponential": (lambda x: 2**x * x, lambda x: mp.mpf(2) ** x * x),
    "bell": (lambda x: ops.exp(-x * x / 2), lambda x: mp.exp(-x * x / 2)),
    "root": (lambda x: ops.sqrt(1 + x * x), lambda x: mp.sqrt(1 + x * x)),
    "softplus": (lambda x: ops.softplus(3 * x - 1), lambda x: mp.log1p(mp.exp(3 * x - 1))),
    "sigmoid of log": (lambda x: ops.sigmoid(ops.log(x) * x), lambda x: 1 / (1 + mp.exp(-mp.log(x) * x))),
    "dot": (lambda x: dot([x, x * x, 2.0], [x, 3.0, x], x), lambda x: x * x + 3 * x * x + 2 * x + x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_nested_to_the_4th_order(name: str, n: int) -> None:
    f, exactly = FUNCTIONS[name]
    for x in (0.3, 0.9, 1.7, 2.4):
        expected = reference(exactly, x, n)
        found = nth(f, n)(x)
        assert type(found) is float
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12 * max(1.0, abs(reference(exactly, x, n - 1))))


SMOOTH = [
    row for row in ops.TABLE
    if len(row.domain) == 1 and row.name not in ("step", "sign", "nonzero", "above", "absolute", "relu")
]  # fmt: skip


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
@pytest.mark.parametrize("n", [3, 4])
def test_each_smooth_operation_to_the_4th_order(row: Any, n: int) -> None:
    low, high = max(row.domain[0][0], -8.0), min(row.domain[0][1], 8.0)  # farther out the differences have no digits
    for part in (0.23, 0.61, 0.87):
        x = low + part * (high - low)
        series = [reference(REFERENCES[row.name], x, k) for k in range(n + 1)]
        assert nth(row, n)(x) == pytest.approx(series[n], rel=1e-11, abs=1e-12 * max(map(abs, series)))


def test_forward_over_reverse_over_forward() -> None:
    def f(x: Any) -> Any:
        return ops.exp(ops.sin(x)) * x

    def along(g: Any) -> Any:
        return lambda x: jvp(g, (x,), (1.0,))[1]

    expected = reference(lambda x: mp.exp(mp.sin(x)) * x, 0.7, 3)
    for third in (along(grad(along(f))), grad(along(grad(f))), along(along(along(f))), along(grad(grad(f)))):
        assert third(0.7) == pytest.approx(expected, rel=1e-13)


def test_jvp_of_grad_and_grad_of_jvp() -> None:
    def f(p: Any) -> Any:
        return p[0] ** 3 * p[1] + ops.sin(p[0] * p[1])

    p, v = [0.7, -1.2], [0.3, 0.9]
    second = hessian(f)(p)
    product = [sum(second[i][j] * v[j] for j in range(2)) for i in range(2)]
    slope, change = jvp(grad(f), (p,), (v,))
    assert slope == grad(f)(p)
    assert change == pytest.approx(product, rel=1e-13)
    assert grad(lambda q: jvp(f, (q,), (v,))[1])(p) == pytest.approx(product, rel=1e-13)


# ---------------------------------------------------------------- closures and perturbation confusion


def along(f: Any, x: Any, t: Any = 1.0) -> Any:
    return jvp(f, (x,), (t,))[1]


@pytest.mark.parametrize("d", [lambda f: grad(f), lambda f: lambda x: along(f, x)], ids=["reverse", "forward"])
@pytest.mark.parametrize("e", [lambda f: grad(f), lambda f: lambda x: along(f, x)], ids=["reverse", "forward"])
def test_no_perturbation_confusion(d: Any, e: Any) -> None:
    assert d(lambda x: x * e(lambda y: x + y)(1.0))(1.0) == 1.0
    assert d(lambda x: x * e(lambda y: x * y)(2.0))(3.0) == 6.0
    assert d(lambda x: x * e(lambda y: y * x)(x))(3.0) == 6.0
    assert d(lambda x: e(lambda y: x**2 * y**3)(x))(2.0) == 12 * 2.0**3
    assert d(lambda x: e(lambda y: x)(5.0) + 2 * x)(3.0) == 2.0
    assert d(lambda x: d(lambda y: e(lambda z: x * y * z)(y))(x))(3.0) == 1.0


def test_an_inner_name_that_hides_an_outer_one() -> None:
    def f(x: Any) -> Any:
        return x * grad(lambda x: x**3)(x + 1)

    assert f(2.0) == 54.0
    assert grad(f)(2.0) == 3 * 9 + 2 * 6 * 3.0


def test_a_closure_over_a_value_is_constant_and_can_be_differentiated_later() -> None:
    w = Value(3.0, "w")
    slope = grad(lambda x: w * w * x)(2.0)
    assert isinstance(slope, Value)
    assert slope.data == 9.0
    assert not w.has_grad
    slope.backward()
    assert w.grad == 6.0
    value, slope = value_and_grad(lambda x: w * x)(2.0)
    assert (value.data, slope.data) == (6.0, 3.0)


def test_a_value_as_argument() -> None:
    x = Value(2.0, "x")
    slope = grad(lambda v: v**3)(x)
    assert slope.data == 12.0
    slope.backward()
    assert x.grad == 12.0
    assert hessian(lambda v: v**3)(x).data == 12.0
    value, change = jvp(lambda v: v**3, (x,), (2.0,))
    assert (value.data, change.data) == (8.0, 24.0)


def test_a_value_as_tangent() -> None:
    t = Value(5.0, "t")
    _, change = jvp(lambda v: v**3, (2.0,), (t,))
    assert change.data == 60.0
    change.backward()
    assert t.grad == 12.0


def test_what_reaches_x_by_another_way_is_no_part_of_f() -> None:
    x = Value(2.0)
    square = x * x
    assert grad(lambda v: v * square)(x).data == 4.0


def test_arguments_are_not_touched() -> None:
    x, p = Value(2.0, "x"), [1.0, 2.0]
    grad(lambda v: v * v)(x)
    hessian(lambda q: q[0] * q[1])(p)
    assert (x.grad, x.has_grad, x.label, p) == (0.0, False, "x", [1.0, 2.0])


# ---------------------------------------------------------------- constants and errors


@pytest.mark.parametrize("constant", [5, 5.0, True, np.float64(5), np.float32(5), np.int64(5), Value(5.0)], ids=repr)
def test_constant_functions_have_slope_0(constant: Any) -> None:
    assert grad(lambda x: constant)(2.0) == 0.0
    assert grad(lambda p: constant)([1.0, (2.0, 3.0)]) == [0.0, (0.0, 0.0)]
    assert hessian(lambda p: constant)([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert jvp(lambda x: constant, (2.0,), (1.0,))[1] == 0.0
    value, slope = value_and_grad(lambda x: constant)(2.0)
    assert value is constant or value == constant
    assert slope == 0.0


def test_partly_constant() -> None:
    assert grad(lambda p: p[1] ** 2)([1.0, 3.0]) == [0.0, 6.0]
    assert hessian(lambda p: p[0] + p[1] ** 2)([1.0, 3.0]) == [[0.0, 0.0], [0.0, 2.0]]
    assert grad(grad(lambda x: 3 * x))(2.0) == 0.0
    assert nth(lambda x: x**2, 4)(1.5) == 0.0


@pytest.mark.parametrize("f", [lambda x: None, lambda x: "a", lambda x: [x], lambda x: (x, x), lambda x: {"y": x},
                               lambda x: 1j, lambda x: lambda: x, lambda x: [], lambda x: [1.0, 2.0],
                               lambda x: np.array([x, x])])  # fmt: skip
def test_a_function_that_returns_no_number_is_a_type_error(f: Any) -> None:
    for transform in (grad, value_and_grad, hessian):
        with pytest.raises(TypeError, match="number"):
            transform(f)(2.0)


def test_a_list_as_result_says_what_to_do() -> None:
    with pytest.raises(TypeError, match="one number, got list; add its results up"):
        grad(lambda x: [x, x])(2.0)


@pytest.mark.parametrize("argument", ["2", None, 1j, [1.0, "a"], {"a": None}])
def test_an_argument_that_is_no_number_is_a_type_error(argument: Any) -> None:
    with pytest.raises(TypeError, match="real number"):
        grad(lambda x: x)(argument)


@pytest.mark.parametrize("argnum", [1, 5, -1])
def test_an_argument_that_is_not_there(argnum: int) -> None:
    with pytest.raises(TypeError, match=f"no argument {argnum} .* 1 were given"):
        grad(lambda x: x, argnum)(2.0)


def test_errors_inside_a_function_come_out() -> None:
    with pytest.raises(ValueError, match="log"):
        grad(lambda x: ops.log(x))(-1.0)
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: ops.sqrt(x))(0.0)
    with pytest.raises(KeyError):
        grad(lambda p: p["b"])({"a": 1.0})


# ---------------------------------------------------------------- structures


class Point(NamedTuple):
    x: float
    y: Any


def test_gradients_have_the_structure_of_the_argument() -> None:
    def f(p: Any) -> Any:
        return p["a"] * p["b"][0] ** 2 + p["b"][1][0] * p["c"].x * p["c"].y["d"]

    p = {"a": 2.0, "b": [3.0, (4.0, 5.0)], "c": Point(6.0, {"d": 7.0})}
    slope = grad(f)(p)
    assert slope == {"a": 9.0, "b": [12.0, (42.0, 0.0)], "c": Point(28.0, {"d": 24.0})}
    assert type(slope["b"][1]) is tuple and type(slope["c"]) is Point
    value, again = value_and_grad(f)(p)
    assert (value, again) == (18.0 + 4 * 42, slope)
    assert p == {"a": 2.0, "b": [3.0, (4.0, 5.0)], "c": Point(6.0, {"d": 7.0})}


def test_empty_and_ordered_structures() -> None:
    assert grad(lambda p: 3.0)([]) == []
    assert list(grad(lambda p: p["z"] * p["a"])(OrderedDict(z=2.0, a=3.0)).items()) == [("z", 3.0), ("a", 2.0)]


def test_integers_are_numbers() -> None:
    assert grad(lambda x: x**3)(2) == 12.0
    assert grad(lambda p: p[0] * p[1])([np.float32(2), np.int64(3)]) == [3.0, 2.0]


def test_argnum_and_the_other_arguments() -> None:
    def f(a: Any, b: Any, c: Any = 1.0, *, scale: Any = 1.0) -> Any:
        return scale * a**2 * b[0] * c

    assert grad(f)(3.0, [5.0]) == 30.0
    assert grad(f, 1)(3.0, [5.0]) == [9.0]
    assert grad(f, argnum=2)(3.0, [5.0], 2.0, scale=10) == 450.0
    assert value_and_grad(f, 1)(3.0, [5.0], scale=2) == (90.0, [18.0])
    assert hessian(f)(3.0, [5.0], 2.0) == 20.0
    assert grad(f, 2)(3.0, [5.0], 2) == 45.0
    seen = []
    grad(lambda x, note: seen.append(note) or x)(1.0, "kept as it is")
    assert seen == ["kept as it is"]


def test_hessians_against_50_digits_and_their_symmetry() -> None:
    def f(p: Any) -> Any:
        x, y, z = p
        return ops.exp(x * y) + ops.sin(z) * x**3 + ops.sigmoid(y - z) / x

    def exactly(x: Any, y: Any, z: Any) -> Any:
        return mp.exp(x * y) + mp.sin(z) * x**3 + 1 / (1 + mp.exp(z - y)) / x

    at = [0.8, -0.4, 1.1]
    found = hessian(f)(at)
    for i in range(3):
        for j in range(3):
            order = tuple((k == i) + (k == j) for k in range(3))
            assert found[i][j] == pytest.approx(float(mp.diff(exactly, tuple(map(mp.mpf, at)), order)), rel=1e-13)
            assert found[i][j] == pytest.approx(found[j][i], rel=1e-14)


def test_hessian_of_structures() -> None:
    second = hessian(lambda p: p["a"] ** 2 * p["b"][0])({"a": 3.0, "b": [5.0]})
    assert second == {"a": {"a": 10.0, "b": [6.0]}, "b": [{"a": 6.0, "b": [0.0]}]}


def test_hessian_of_a_hessian() -> None:
    assert hessian(hessian(lambda x: x**5))(2.0) == 240.0
    assert hessian(lambda p: hessian(lambda q: q**3 * p)(2.0) * p)(5.0) == 24.0


# ---------------------------------------------------------------- jvp


def test_jvp_of_many_results_and_arguments() -> None:
    def f(x: Any, p: Any) -> Any:
        return {"sum": x + p[0], "products": [x * p[0], p[1] ** 2, 7.0]}

    value, change = jvp(f, (2.0, [3.0, 4.0]), (1.0, [10.0, 0.5]))
    assert value == {"sum": 5.0, "products": [6.0, 16.0, 7.0]}
    assert change == {"sum": 11.0, "products": [23.0, 4.0, 0.0]}
    assert type(value["sum"]) is type(change["sum"]) is float


def test_jvp_is_the_gradient_along_a_direction() -> None:
    rng = random.Random(0)

    def f(p: Any) -> Any:
        return ops.tanh(dot(p, [0.3, -0.7, 1.1], p[0] * p[2])) * ops.exp(p[1])

    for _ in range(20):
        p, v = ([rng.uniform(-1, 1) for _ in range(3)] for _ in range(2))
        value, change = jvp(f, (p,), (v,))
        both = value_and_grad(f)(p)
        assert value == both[0]
        assert change == pytest.approx(math.fsum(map(float.__mul__, both[1], v)), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize(
    ("primals", "tangents"),
    [((1.0,), (1.0, 2.0)), ((1.0, [2.0]), (1.0, 2.0)), (([1.0, 2.0],), ([1.0],)), (({"a": 1.0},), ({"b": 1.0},))],
)
def test_tangents_of_another_structure_are_refused(primals: Any, tangents: Any) -> None:
    with pytest.raises(ValueError, match="structure"):
        jvp(lambda *args: 1.0, primals, tangents)


def test_jvp_wants_tuples() -> None:
    with pytest.raises(TypeError, match="tuples"):
        jvp(lambda x: x, 1.0, 1.0)  # type: ignore[arg-type]


# ---------------------------------------------------------------- inside no_grad


def test_inside_no_grad_derivatives_are_right_and_nothing_is_recorded() -> None:
    w = Value(3.0, "w")

    def cube(x: Any) -> Any:
        return w * x**3

    with no_grad():
        assert grad(cube)(2.0) == 36.0
        assert grad(grad(cube))(2.0) == 36.0
        assert value_and_grad(cube)(2.0) == (24.0, 36.0)
        assert jvp(cube, (2.0,), (1.0,)) == (24.0, 36.0)
        assert hessian(cube)(2.0) == 36.0
        assert hessian(lambda p: p[0] ** 2 * p[1])([3.0, 4.0]) == [[8.0, 6.0], [6.0, 0.0]]
        assert grad(lambda x: hessian(lambda y: x * y**3)(x))(2.0) == 24.0
        x = Value(2.0)
        slope = grad(cube)(x)
        assert getattr(slope, "data", slope) == 36.0
        assert not getattr(slope, "args", ())
        assert not (w * 2).args
    assert (w * 2).args


def test_no_grad_inside_a_function_makes_a_constant() -> None:
    def f(x: Any) -> Any:
        with no_grad():
            frozen = x * x
        return frozen * x

    assert grad(f)(3.0).data == 9.0  # a Value, as where any other Value was used inside


# ---------------------------------------------------------------- the look of the transformed function


def test_transformed_functions_are_documented() -> None:
    def loss(w: Any) -> Any:
        """The loss."""
        return w * w

    assert "loss" in str(grad(loss).__doc__)
    assert grad(loss).__wrapped__ is loss  # type: ignore[attr-defined]


def test_with_numpy_inside() -> None:
    assert grad(lambda p: np.array(p) @ np.array([1.0, 2.0]))([3.0, 4.0]) == [1.0, 2.0]
    assert hessian(lambda p: np.sum(np.array(p) ** 2))([3.0, 4.0]) == [[2.0, 0.0], [0.0, 2.0]]
    assert grad(lambda x: np.exp(x) * np.float64(2))(0.0) == 2.0
