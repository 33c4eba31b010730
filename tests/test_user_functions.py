"""Functions that people hand to `jit`, `grad`, `training`: compiled they stay what they are, or the error says why."""

import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Value, grad, hessian, jit, jvp, training, value_and_grad
from autograd.compiler.native import available
from autograd.compiler.watch import Watch
from tests.user_functions import ROWS, Made

BACKENDS = ("python", "llvm") if available() else ("python",)
POINTS = (0.75, 2.0, -1.25)

WAYS: dict[str, Callable[[Any], Any]] = {
    "jit": lambda f: f,
    "grad": grad,
    "value_and_grad": value_and_grad,
    "hessian": hessian,
    "jvp": lambda f: lambda x: jvp(f, (x,), (0.5,)),
}
"""What is compiled of a function."""


def plain(y: Any) -> Any:
    """Numbers without their graphs."""
    return tuple(map(plain, y)) if isinstance(y, tuple) else y.data if isinstance(y, Value) else y


def course(made: Made, f: Callable[[Any], Any]) -> list[Any]:
    """What f gives before and after the change, more than once, so that all ways into compiled code are taken."""
    found = [plain(f(x)) for x in POINTS for _ in range(6)]
    made.change()
    return found + [plain(f(x)) for x in POINTS for _ in range(2)]


def outcome(calls: Callable[[Made], list[Any]], name: str) -> list[Any] | Exception:
    random.seed(5)
    np.random.seed(5)
    try:
        return calls(ROWS[name][0]())
    except Exception as error:
        return error


def judged(found: Any, expected: Any, says: str, able: bool = False) -> str:
    """What is wrong; nothing, where the numbers are the same, or the error says why there are none.

    One that is `able` may also give the right numbers where an error is expected: a function that
    looks a float up does not find it, compiled or not, where its derivative is taken by a Value.
    """
    if isinstance(found, Exception):
        fine = isinstance(found, (TypeError, ValueError)) and says and re.search(says, str(found))
        return "" if fine or type(found) is type(expected) else f"expected {says!r}, got {found!r}"
    if (says and not able) or isinstance(expected, Exception):
        return f"expected {says or expected!r}, got {found}"
    return "" if np.allclose(found, expected, 1e-12, 1e-12) else f"{found} instead of {expected}"


@pytest.mark.parametrize("name", ROWS)
def test_jit_of_functions_and_derivatives(name):
    for way, transform in WAYS.items():
        expected = outcome(lambda made, t=transform: course(made, t(made.f)), name)
        for backend in BACKENDS if way in ("jit", "value_and_grad") else ("python",):
            compiled = lambda made, t=transform, b=backend: course(made, jit(t(made.f), b))  # noqa: E731
            assert judged(outcome(compiled, name), expected, ROWS[name][1], way != "jit") == "", (way, backend)


def summed(made: Made, backend: str | None) -> list[Any]:
    """Sums over rows, before and after the change."""
    own = made.f
    f = lambda k, x: k * own(x)  # noqa: E731
    rows = list(POINTS)
    one = (lambda: sum(plain(f(1.5, x)) for x in rows)) if backend is None else None
    code = None if backend is None else jit(f, backend)
    call = one or (lambda: code.map(1.5, rows))
    found = [call(), call()]
    made.change()
    return [*found, call()]


def trained(made: Made, backend: str | None) -> list[Any]:
    """Losses of gradient descent, before and after the change."""
    w, rates, own = Value(0.5, "w"), [0.01, 0.02], made.f
    loss = lambda x, y: (w * own(x) - y) ** 2  # noqa: E731
    ys = [1.0, 2.0, 3.0]

    def by_graph() -> list[float]:
        losses = []
        for rate in rates:
            w.zero_grad()
            mean = sum(loss(x, y) for x, y in zip(POINTS, ys, strict=True)) / 3.0
            mean.backward()
            w.data -= rate * w.grad
            losses.append(mean.data)
        return losses

    code = None if backend is None else training(loss, [w], list(POINTS), ys, backend=backend)
    call = by_graph if code is None else lambda: list(code.run(rates))
    found = call() + call()
    made.change()
    return found + call()


@pytest.mark.parametrize("work", [summed, trained])
@pytest.mark.parametrize("name", ROWS)
def test_rows_of_data(name, work):
    expected = outcome(lambda made: work(made, None), name)
    for backend in BACKENDS:
        found = outcome(lambda made, b=backend: work(made, b), name)
        # To a training a Value that it does not train is a number, which may be looked at.
        assert judged(found, expected, ROWS[name][1], work is trained) == "", backend


def test_the_table_can_fail(monkeypatch):
    """With the watch asleep, code is what it was when it was read, and the rows that change something are wrong."""
    names = ("a_cell", "a_list", "an_attribute", "a_number_of_a_class", "an_array", "a_model_whose_weight_is_replaced")
    monkeypatch.setattr(Watch, "changed", lambda self: "")
    for name in names:
        expected = outcome(lambda made: course(made, made.f), name)
        assert judged(outcome(lambda made: course(made, jit(made.f, "python")), name), expected, ""), name
        expected = outcome(lambda made: trained(made, None), name)
        assert judged(outcome(lambda made: trained(made, "python"), name), expected, ""), name
