"""What == means: of a Value beside a number the number, of two Values which they are, of a Symbol nothing."""

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd import Primitive, Symbol, Value, grad, jit, topological_order, training
from nn import SGD

NUMBERS = [0, 1, -1, True, 0.5, -0.0, math.inf, math.nan, 10**400, Fraction(1, 2), np.float32(0.5), np.int64(1)]


@pytest.mark.parametrize("data", [0.0, -0.0, 0.5, 1.0, math.inf, math.nan, 0.1])
@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_beside_a_number_it_is_what_it_is_of_floats(data: float, number: Any) -> None:
    for compared in (operator.eq, operator.ne):
        assert bool(compared(Value(data), number)) is bool(compared(data, number))
        assert bool(compared(number, Value(data))) is bool(compared(number, data))


def test_two_values_are_equal_if_they_are_one_and_nothing_else_is_equal_to_a_value() -> None:
    x, y = Value(1.0), Value(1.0)
    assert operator.eq(x, x) and x != y and hash(x) != hash(y) and len({x, y, x}) == 2
    assert x not in [y] and [y, x].index(x) == 1
    for other in (None, "1.0", [1.0], (1.0,), 1 + 0j, object()):
        assert x != other
        assert not operator.eq(x, other)


BRANCHING: list[Callable[[Any], Any]] = [
    lambda x: x * x if x == 2 else x,
    lambda x: x * x if x != 0 else x,
    lambda x: x * x if x in (0, 2) else x,
    lambda x: x * x if [0.0, 2.0].count(x) else x,
    lambda x: x ** [0.0, 5.0, 2.0].index(x),
    lambda x: np.where(x == 2.0, x * x, x).item(),
    lambda x: np.where(np.array([x]) == 2.0, np.array([x * x]), x)[0],
    lambda x: x * x if np.float64(2.0) == x else x,
]


@pytest.mark.parametrize("f", BRANCHING)
def test_a_function_that_asks_is_the_same_function_under_grad(f: Callable[[Any], Any]) -> None:
    assert f(2.0) == 4.0 or f(2.0) == 2.0
    expected = 2 * 2.0 if f(2.0) == 4.0 else 1.0
    assert grad(f)(2.0) == expected
    y = f(x := Value(2.0))
    y.backward()
    assert x.grad == expected and y.data == f(2.0)


COMPARED: list[Callable[[Symbol], Any]] = [
    lambda x: x == 1.0,
    lambda x: x != 1.0,
    lambda x: x == x,
    lambda x: x == Symbol("y"),
    lambda x: x == None,  # noqa: E711
    lambda x: 1.0 == x,  # noqa: SIM300
    lambda x: x == Value(1.0),
    lambda x: Value(1.0) == x,
    lambda x: np.float64(1.0) == x,
    lambda x: x in (0.0, 1.0),
    lambda x: [1.0].index(x),
    lambda x: (1.0, x) == (1.0, 2.0),
    lambda x: np.array([1.0, 2.0]) == x,
    lambda x: 1.0 if x == 1 else 2.0,
]


@pytest.mark.parametrize("compared", COMPARED)
def test_a_symbol_compared_with_anything_raises(compared: Callable[[Symbol], Any]) -> None:
    with pytest.raises(TypeError, match=r"the number behind .* is not known here"):
        compared(Symbol("x"))
    with pytest.raises(TypeError, match="is not known here"):
        jit(lambda x: compared(x) and x, backend="python")(1.0)


def test_symbols_are_still_found_by_what_they_are() -> None:
    x, y = Symbol("x"), Symbol("y")
    assert x in [x] and x in {x, y} and {x: 1, y: 2}[y] == 2 and topological_order(x * y)[:2] == [x, y]


def test_a_rule_that_compares_is_refused_whichever_way_it_is_run() -> None:
    choosy = Primitive("choosy", lambda x: x, [lambda g, y, x: g if x == 1.0 else 2.0 * g], domain=[(-1, 1)])
    with pytest.raises(TypeError, match=r"a rule of choosy is no formula: the number behind x0 is not known"):
        choosy(Value(1.0)).backward()
    with pytest.raises(TypeError, match="a rule of choosy is no formula"):
        grad(choosy)(1.0)


def test_an_update_that_compares_is_refused() -> None:
    w = Value(1.0, "w")

    def update(p: Any, g: Any, memory: Any, lr: Any, t: Any) -> Any:
        return (p if t == 2 else p - lr * g), memory

    with pytest.raises(TypeError, match="the number behind t is not known"):
        training(lambda x: (w - x) ** 2, [w], [1.0, 2.0], update=update, backend="python")


def test_the_first_step_of_momentum_is_still_told_from_the_later_ones() -> None:
    # v₁ = g, then v ← μv + (1 - d)g: by hand for g = 2, μ = 0.5, d = 0.25, lr = 1.
    optimizer = SGD([Value(0.0)], lr=1.0, momentum=0.5, dampening=0.25)
    moved, v = 0.0, 0.0
    for t in (1, 2, 3):
        v = 2.0 if t == 1 else 0.5 * v + 0.75 * 2.0
        moved -= v
        optimizer.parameters[0].grad = 2.0
        optimizer.step()
        assert optimizer.parameters[0].data == moved
