"""How a `Value` behaves: construction, NumPy, backward, errors, copies, memory, and the house's own rules."""

import ast
import asyncio
import contextlib
import copy
import fractions
import functools
import gc
import io
import math
import operator
import os
import pickle
import random
import re
import shutil
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Primitive, Symbol, Value, dot, no_grad, ops
from autograd.graph import as_evaluated, cotangents, topological_order
from autograd.kernels import Kernel
from nn import MLP, bce

ROOT = Path(autograd.__file__).resolve().parent.parent


def python(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """A fresh interpreter, started."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def said(process: subprocess.Popen[str]) -> str:
    """What an interpreter printed, having ended well."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


# ---------------------------------------------------------------- construction


@pytest.mark.parametrize(
    "number",
    [3, 3.0, True, np.float64(3), np.float32(3), np.float16(3), np.int64(3), np.uint8(3), np.bool_(True),
     np.array(3.0), np.array(3), fractions.Fraction(1, 3), math.inf],
    ids=lambda number: f"{type(number).__name__}",
)  # fmt: skip
def test_any_real_number_becomes_a_float(number: Any) -> None:
    value = Value(number)
    assert type(value.data) is float
    assert value.data == float(number)
    assert (value.grad, value.label, value.op, value.args) == (0.0, "", None, ())


@pytest.mark.parametrize(
    "thing",
    ["3.5", b"3", None, [1.0], (1.0,), {}, 1j, object(), np.array([1.0]), np.array([[1.0, 2.0]]), np.complex128(1 + 2j),
     np.complex64(1j), np.array(1j), np.str_("3.5"), np.bytes_(b"3"), np.array("3.5"), np.datetime64("2020-01-01"),
     len, float],
    ids=lambda thing: f"{type(thing).__name__}",
)  # fmt: skip
def test_anything_else_is_a_type_error_that_says_what_came(thing: Any) -> None:
    with pytest.raises(TypeError, match=f"real number.*{type(thing).__name__}"):
        Value(thing)
    leaf = Value(1.0)
    with pytest.raises(TypeError):
        leaf.data = thing
    assert leaf.data == 1.0


@pytest.mark.parametrize("other", [Value(1.0), Symbol("x")], ids=["Value", "Symbol"])
def test_a_value_of_a_value_is_a_type_error(other: Any) -> None:
    with pytest.raises(TypeError):
        Value(other)


def test_a_label_is_text() -> None:
    assert Value(1.0, "ŷ").label == "ŷ"
    with pytest.raises(TypeError, match="label of type str, got int"):
        Value(1.0, 3)  # type: ignore[arg-type]


# ---------------------------------------------------------------- operators and comparisons


@pytest.mark.parametrize("other", [2, 2.0, np.float64(2), np.float32(2), np.int64(2), np.array(2.0), True])
def test_operators_work_both_ways_round_and_keep_the_gradient(other: Any) -> None:
    n = float(other)
    x = Value(3.0)
    y = (x + other) + (other + x) + (x - other) + (other - x) * 3 + x * other + other * x + x / other + other / x
    y = y + x**other + other**x
    assert isinstance(y, Value)
    assert y.data == pytest.approx(2 * (3 + n) + (3 - n) + 3 * (n - 3) + 6 * n + 3 / n + n / 3 + 3**n + n**3, rel=1e-15)
    y.backward()
    slope = 2 + 1 - 3 + 2 * n + 1 / n - n / 9 + n * 3 ** (n - 1) + n**3 * math.log(n)
    assert x.grad == pytest.approx(slope, rel=1e-15)


@pytest.mark.parametrize(
    "other", ["a", None, [1.0], 1j, np.complex128(1j), np.str_("a"), object()], ids=lambda x: type(x).__name__
)
def test_operators_refuse_what_is_no_number(other: Any) -> None:
    x = Value(3.0)
    attempts: list[Callable[[], Any]] = [
        lambda: x + other, lambda: other - x, lambda: other * x, lambda: x / other, lambda: x**other, lambda: x < other,
    ]  # fmt: skip
    for attempt in attempts:
        with pytest.raises(TypeError):
            attempt()


def test_comparisons_look_at_the_number_and_equality_at_the_node() -> None:
    x, y = Value(1.0), Value(2.0)
    one_and_a_half = 1.5
    assert x < y and x <= y and y > x and y >= x and x < 1.5 and one_and_a_half < y and x >= 1 and np.float64(3) > y
    assert not x > y
    assert operator.eq(x, x)
    assert x != Value(1.0) and x == 1.0 and x != 2.0
    assert {x: "x", y: "y"}[x] == "x"
    assert x in [y, x] and Value(1.0) not in [x]
    assert bool(x) and not Value(0.0) and not Value(-0.0) and Value(math.nan)
    assert max(x, y) is y and sorted([y, x]) == [x, y]


def test_sum_and_in_place_operators() -> None:
    x = Value(3.0)
    y = sum([x, x, 2 * x])
    y += 1
    y *= x
    assert y.data == 39.0
    y.backward()
    assert x.grad == 2 * 4 * 3.0 + 1


def test_unary_plus_and_minus() -> None:
    x = Value(3.0)
    (-x + +x * 4).backward()
    assert x.grad == 3.0


# ---------------------------------------------------------------- NumPy


def test_a_numpy_scalar_on_the_left_keeps_the_gradient() -> None:
    x = Value(3.0)
    for y in (np.float64(2) * x, np.float32(2) * x, np.int64(2) * x, np.float64(2) + 2 * x - 2):
        x.zero_grad()
        assert type(y) is Value
        y.backward()
        assert x.grad == 2.0


def test_numpy_functions_call_the_operations() -> None:
    x = Value(0.5)
    functions = ["exp", "log", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
                 "log1p", "expm1", "abs", "negative", "square"]  # fmt: skip
    for name in functions:
        f = getattr(np, name)
        (y,) = f(np.array([x]))
        assert type(y) is Value
        assert y.data == pytest.approx(float(f(0.5)), rel=4e-16)
        assert type(f(x)) is Value
        x.zero_grad()
        y.backward()
        assert x.grad == pytest.approx(float((f(0.5 + 1e-6) - f(0.5 - 1e-6)) / 2e-6), rel=1e-8)


def test_a_function_that_is_missing_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="log2"):
        np.log2(np.array([Value(1.0)]))


def test_object_arrays_and_matrix_products() -> None:
    w = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    x = np.array([Value(5.0), Value(6.0)])
    out = np.array([1.0, 10.0]) @ (w @ x + 0.5)
    assert out.data == 17.5 + 395.0
    out.backward()
    assert [[v.grad for v in row] for row in w] == [[5.0, 6.0], [50.0, 60.0]]
    assert [v.grad for v in x] == [31.0, 42.0]


def test_float_arrays_with_a_value_go_element_by_element() -> None:
    x = Value(3.0)
    for made in (np.array([1.0, 2.0]) * x, x * np.array([1.0, 2.0])):
        assert [v.data for v in made] == [3.0, 6.0]
    assert [v.data for v in x - np.array([1, 2])] == [2.0, 1.0]
    assert [v.data for v in np.array([6.0, 12.0]) / x] == [2.0, 4.0]
    np.sum(np.array([1.0, 2.0]) * x).backward()
    assert x.grad == 3.0
    assert np.mean(np.array([x, x * 3])).data == 6.0
    assert np.dot(np.array([x, x]), [1, 2]).data == 9.0


def test_a_complex_array_is_refused() -> None:
    with pytest.raises(TypeError):
        np.array([1j]) * Value(1.0)


# ---------------------------------------------------------------- leaving the graph


@pytest.mark.parametrize("leave", [float, math.exp, math.sqrt, complex, lambda x: np.array([x]).astype(float)])
def test_leaving_the_graph_names_the_right_call(leave: Any) -> None:
    with pytest.raises(TypeError, match=r"x\.data.*autograd\.exp"):
        leave(Value(2.0, "x"))


@pytest.mark.parametrize("leave", [int, round, math.floor])
def test_leaving_the_graph_for_whole_numbers_is_a_type_error_too(leave: Any) -> None:
    with pytest.raises(TypeError):
        leave(Value(2.0, "x"))


def test_formats() -> None:
    x = Value(2.0, "x")
    assert f"{x:.3f}" == "2.000"
    assert f"{x:8.1e}" == " 2.0e+00"
    assert f"{x}" == str(x) == repr(x) == "Value(data=2.0, grad=–, label='x')"
    with pytest.raises(ValueError, match="format"):
        f"{x:q}"


# ---------------------------------------------------------------- backward


def test_leaves_accumulate_and_interior_gradients_are_set_afresh() -> None:
    x = Value(3.0)
    square = x * x
    y = square * x
    y.backward()
    assert (x.grad, square.grad, y.grad) == (27.0, 3.0, 1.0)
    y.backward()
    assert (x.grad, square.grad, y.grad) == (54.0, 3.0, 1.0)
    x.zero_grad()
    y.backward()
    assert (x.grad, square.grad, y.grad) == (27.0, 3.0, 1.0)
    x.grad = 0  # as micrograd sets it
    y.backward()
    assert x.grad == 27.0


def test_two_outputs_add_up() -> None:
    x = Value(2.0)
    h = x * x
    (3 * h).backward()
    (5 * h).backward()
    assert (x.grad, h.grad) == (32.0, 5.0)


def test_a_seed_scales_the_gradient() -> None:
    x = Value(3.0)
    y = x * x
    y.backward(0.5)
    assert (x.grad, y.grad) == (3.0, 0.5)
    y.backward(np.float32(2))
    assert x.grad == 15.0
    with pytest.raises(TypeError):
        y.backward("1")  # type: ignore[arg-type]
    assert x.grad == 15.0


def test_backward_of_a_leaf() -> None:
    x = Value(3.0)
    x.backward()
    x.backward(2.0)
    assert x.grad == 3.0


def test_the_same_operand_twice_counts_twice() -> None:
    x = Value(3.0)
    (x * x + x**x / x).backward()
    assert x.grad == pytest.approx(6 + 9 * (math.log(3) + 2 / 3), rel=1e-15)  # x·x + x^(x-1)


def test_the_gradient_is_that_of_the_function_as_evaluated() -> None:
    x, w = Value(3.0), Value(2.0)
    y = (w * x) ** 2
    x.data, w.data = 100.0, -7.0
    y.backward()
    assert (y.data, x.grad, w.grad) == (36.0, 24.0, 36.0)
    assert y.primals == (36.0, 6.0, 2.0)
    z = (w * x) ** 2
    assert z.data == 490000.0


def test_in_a_training_loop_the_update_between_two_backwards_does_no_harm() -> None:
    w = Value(1.0)
    first, second = (w - 3) ** 2, (w - 5) ** 2
    first.backward()
    w.data -= 0.1 * w.grad
    w.zero_grad()
    second.backward()
    assert w.grad == 2 * (1.0 - 5)  # where it was evaluated, not where w is now


def test_the_data_of_a_computed_node_cannot_be_set() -> None:
    x = Value(3.0, "x")
    y = x * 2
    with pytest.raises(AttributeError, match="set the data of a leaf"):
        y.data = 7.0
    assert y.data == 6.0
    with pytest.raises(AttributeError):
        x.dta = 1.0  # type: ignore[attr-defined]


def test_not_computed_reads_zero_and_is_shown_as_a_dash() -> None:
    x, unused = Value(3.0), Value(4.0)
    assert (x.grad, x.has_grad) == (0.0, False)
    assert repr(x) == "Value(data=3.0, grad=–)"
    unused.data -= 0.1 * unused.grad
    y = x * 0
    y.backward()
    assert (x.grad, x.has_grad, y.has_grad, unused.has_grad) == (0.0, True, True, False)
    assert repr(x) == "Value(data=3.0, grad=0.0)"
    x.zero_grad()
    assert not x.has_grad
    assert repr(x) == "Value(data=3.0, grad=–)"
    x.grad += 0.0
    assert x.has_grad


def test_named_nodes_of_a_graph() -> None:
    x = Value(2.0, "x")
    a, b = x * 3, x * 4
    a.label = b.label = "h"
    y = a * b
    y.label = "ŷ"
    found = y.named()
    assert list(found) == ["x", "h", "h[2]", "ŷ"]
    assert found["h[2]"] is b
    assert found["y_hat"] is found["y_pred"] is y
    with pytest.raises(KeyError, match=r"no 'h\[3\]' here; nearest: h\[2\]"):
        found["h[3]"]


# ---------------------------------------------------------------- kinks and missing slopes


def slopes(f: Any, *at: float) -> list[float]:
    leaves = [Value(x) for x in at]
    f(*leaves).backward()
    return [leaf.grad for leaf in leaves]


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_kinks(zero: float) -> None:
    assert slopes(ops.relu, zero) == [0.0]
    assert slopes(abs, zero) == [0.0]
    assert slopes(lambda x: ops.leaky_relu(x, 0.2), zero) == [0.2]
    assert slopes(ops.leaky_relu, zero) == [0.01]
    assert slopes(ops.maximum, zero, zero) == slopes(ops.minimum, zero, zero) == [0.5, 0.5]
    assert slopes(ops.step, zero) == slopes(ops.sign, zero) == slopes(ops.nonzero, zero) == [0.0]


def test_ties_split_evenly_and_add_up() -> None:
    assert slopes(ops.maximum, 3.0, 3.0) == slopes(ops.minimum, 3.0, 3.0) == [0.5, 0.5]
    assert slopes(lambda x: ops.maximum(x, x), 3.0) == [1.0]
    assert slopes(lambda x: ops.maximum(x, 0.0), 0.0) == [0.5]
    assert slopes(ops.maximum, 3.0, 2.0) == slopes(ops.minimum, 2.0, 3.0) == [1.0, 0.0]


@pytest.mark.parametrize("x", [0.0, -0.0, 2.0, -2.0, 1e-300])
@pytest.mark.parametrize("zero", [0, 0.0, -0.0])
def test_x_to_the_0_has_slope_0(x: float, zero: float) -> None:
    assert slopes(lambda v: v**zero, x) == [0.0]


def test_powers_of_0() -> None:
    assert slopes(lambda v: v**1, 0.0) == [1.0]
    assert slopes(lambda v: v**2, 0.0) == [0.0]
    assert slopes(lambda v: v**3, -2.0) == [12.0]
    assert slopes(lambda v: v**-2, -2.0) == [0.25]
    assert slopes(lambda v: 0.0**v, 2.0) == [0.0]


NO_SLOPE: dict[str, tuple[Any, float, str]] = {
    "sqrt at 0": (lambda x: x.sqrt(), 0.0, "sqrt(x = 0.0)"),
    "square root as a power at 0": (lambda x: x**0.5, 0.0, "power(x = 0.0, 0.5)"),
    "asin at 1": (lambda x: x.asin(), 1.0, "asin(x = 1.0)"),
    "acos at -1": (lambda x: x.acos(), -1.0, "acos(x = -1.0)"),
    "exponent of a negative base": (lambda x: (-2.0) ** x, 2.0, "power(-2.0, x = 2.0)"),
    "exponent of 0 to the 0": (lambda x: 0.0**x, 0.0, "power(0.0, x = 0.0)"),
}


@pytest.mark.parametrize("name", NO_SLOPE)
def test_where_there_is_no_slope_backward_raises_and_changes_no_leaf(name: str) -> None:
    f, at, shown = NO_SLOPE[name]
    x, w, untouched = Value(at, "x"), Value(2.0, "w"), Value(1.0)
    (w * x * 5).backward()  # an earlier gradient, to be kept
    before = [x.grad, w.grad]
    fx = f(x)
    y = fx * w + w * x * untouched
    with pytest.raises((ValueError, ArithmeticError), match="no derivative at ") as caught:
        y.backward()
    assert shown in str(caught.value)
    assert [x.grad, w.grad, untouched.grad] == [*before, 0.0]
    assert not untouched.has_grad and not y.has_grad and not fx.has_grad
    (w * x).backward()
    assert [x.grad, w.grad] == [before[0] + 2.0, before[1] + at]


def test_a_slope_that_is_not_asked_for_does_not_raise() -> None:
    x = Value(-2.0)
    (x**2).backward()  # log(-2) would be the slope of the exponent
    assert x.grad == -4.0
    w = Value(3.0)
    with no_grad():
        root = Value(0.0).sqrt()
    (w * root).backward()
    assert w.grad == 0.0


# ---------------------------------------------------------------- no_grad


def records() -> bool:
    return bool((Value(1.0) * 2).args)


def test_no_grad_records_nothing_and_nests() -> None:
    assert records()
    with no_grad():
        y = Value(3.0) * 2
        assert (y.data, y.op, y.args) == (6.0, None, ())
        with no_grad():
            assert not records()
        assert not records()
    assert records()


def test_no_grad_ends_with_an_error() -> None:
    with pytest.raises(ZeroDivisionError), no_grad():
        Value(1.0) / 0
    assert records()


def test_no_grad_as_a_decorator() -> None:
    @no_grad()
    def predict(x: Value, depth: int = 2) -> bool:
        return records() or (depth > 0 and predict(x, depth - 1))

    assert not predict(Value(1.0))
    assert not predict(Value(1.0))  # a decorator works more than once
    assert records()


def test_a_result_of_no_grad_is_a_leaf() -> None:
    w = Value(3.0)
    with no_grad():
        constant = w * w
    (constant * w).backward()
    assert (w.grad, constant.grad) == (9.0, 3.0)
    constant.data = 1.0


def test_no_grad_holds_for_its_own_thread() -> None:
    inside, seen = threading.Event(), threading.Event()
    found: dict[str, bool] = {}

    def quiet() -> None:
        with no_grad():
            inside.set()
            assert seen.wait(10)
            found["quiet"] = records()
        found["after"] = records()

    def recording() -> None:
        assert inside.wait(10)
        found["recording"] = records()
        seen.set()

    threads = [threading.Thread(target=quiet), threading.Thread(target=recording)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"quiet": False, "recording": True, "after": True}


def test_no_grad_holds_for_its_own_task() -> None:
    async def quiet(turns: list[bool]) -> None:
        with no_grad():
            for _ in range(3):
                turns.append(records())
                await asyncio.sleep(0)

    async def recording(turns: list[bool]) -> None:
        for _ in range(3):
            turns.append(records())
            await asyncio.sleep(0)

    async def both() -> tuple[list[bool], list[bool]]:
        off: list[bool] = []
        on: list[bool] = []
        await asyncio.gather(quiet(off), recording(on))
        return off, on

    assert asyncio.run(both()) == ([False] * 3, [True] * 3)


def test_graphs_in_many_threads() -> None:
    results: list[float] = []

    def work(seed: int) -> None:
        x = Value(1.0 + seed)
        y = x
        for _ in range(2000):
            y = y * 1.0 + x * 0.5
        y.backward()
        results.append(x.grad)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1001.0] * 8


# ---------------------------------------------------------------- copies


def python_pickle(thing: Any, protocol: int | None = None) -> bytes:
    buffer = io.BytesIO()
    pickle._Pickler(buffer, protocol).dump(thing)  # type: ignore[attr-defined]
    return buffer.getvalue()


COPIES: dict[str, Callable[[Any], Any]] = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
    "pickle in Python": lambda thing: pickle.loads(python_pickle(thing)),
    "unpickle in Python": lambda thing: pickle._Unpickler(io.BytesIO(pickle.dumps(thing))).load(),  # type: ignore[attr-defined]
    **{f"protocol {p}": lambda thing, p=p: pickle.loads(pickle.dumps(thing, p)) for p in range(5)},
    **{f"protocol {p} in Python": lambda thing, p=p: pickle.loads(python_pickle(thing, p)) for p in range(5)},
}
copies = pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)


@copies
def test_a_copy_of_a_leaf(copied: Any) -> None:
    x = Value(0.1, "x")
    twin = copied(x)
    assert (twin.data, twin.label, twin.grad, twin.has_grad) == (0.1, "x", 0.0, False)
    x.grad = 0.25
    twin = copied(x)
    assert (twin.grad, twin.has_grad) == (0.25, True)


@copies
def test_a_copy_of_a_graph_has_its_own_gradients(copied: Any) -> None:
    x, w = Value(3.0, "x"), Value(2.0, "w")
    h = (w * x).tanh()
    y = dot([h, w], [x, 0.1], h) ** 2 + x / 7
    y.label = "y"
    twin = copied(y)
    y.backward()
    assert not twin.has_grad
    twin.backward()
    pairs = list(zip(topological_order(y), topological_order(twin), strict=True))
    assert len(pairs) == 8
    for a, b in pairs:
        assert a is not b
        assert (a.data, a.grad, a.label, a.op, a.primals) == (b.data, b.grad, b.label, b.op, b.primals)
    assert copied(twin).named()["x"].grad == x.grad


@copies
def test_a_list_of_values_with_a_shared_interior_stays_shared(copied: Any) -> None:
    x = Value(3.0)
    h = x * x
    ends = [h * 2, h * 5, h, x, {"deep": (h.exp(),)}]
    first, second, shared, leaf, deep = copied(ends)
    assert shared.args == (leaf, leaf)
    assert first.args[0] is second.args[0] is deep["deep"][0].args[0] is shared
    (first + second).backward()
    assert (leaf.grad, x.grad) == (42.0, 0.0)


@copies
def test_a_copy_of_a_model_trains_on_its_own(copied: Any) -> None:
    model = MLP(2, [3, 1], "tanh", "sigmoid", rng=random.Random(0))
    twin = copied(model)
    assert list(twin.named_parameters()) == list(model.named_parameters())
    for each in (model, twin):
        bce(each([0.5, -1.0]), 1).backward()
    assert [p.grad for p in twin.parameters()] == [p.grad for p in model.parameters()]
    assert not {id(p) for p in twin.parameters()} & {id(p) for p in model.parameters()}
    twin.parameters()[0].data = 7.0
    assert model.parameters()[0].data != 7.0
    assert twin([0.5, -1.0]).data != model([0.5, -1.0]).data


def test_a_loss_and_its_model_are_copied_together() -> None:
    model = MLP(2, [2, 1], "tanh", rng=random.Random(0))
    loss = model([1.0, 2.0]) ** 2
    twin, twin_loss = pickle.loads(pickle.dumps((model, loss)))
    twin_loss.backward()
    loss.backward()
    assert [p.grad for p in twin.parameters()] == [p.grad for p in model.parameters()]


def test_a_shallow_copy_shares_its_operands() -> None:
    x = Value(3.0)
    y = x * x
    twin = copy.copy(y)
    assert twin is not y and twin.args == (x, x)
    twin.backward()
    assert (x.grad, y.has_grad) == (6.0, False)


def chain(length: int) -> tuple[Value, Value]:
    """x and x + 0.5·x + 0.5·x + ..., the terms one below the other, each 2 operations."""
    x = Value(1.0)
    y = x
    for _ in range(length // 2):
        y = y + x * 0.5
    return x, y


@pytest.mark.parametrize("name", ["deepcopy", "pickle", "pickle in Python"])
def test_copies_of_20_000_operations(name: str) -> None:
    x, y = chain(20_000)
    twin = COPIES[name](y)
    twin.backward()
    leaf = topological_order(twin)[0]
    assert (twin.data, leaf.grad, x.grad) == (5001.0, 5001.0, 0.0)


def test_a_copy_that_failed_does_no_harm_to_the_next() -> None:
    _, y = chain(10_000)
    for dumps in (pickle.dumps, python_pickle):
        y.label = type("Text", (str,), {})("not to be pickled: its class is local")
        with pytest.raises((pickle.PicklingError, AttributeError)):
            dumps(y)
        y.label = ""
        twin = pickle.loads(dumps(y))
        assert twin.data == y.data


def test_the_operations_of_the_table_are_copied_as_themselves() -> None:
    for row in ops.TABLE:
        assert pickle.loads(pickle.dumps(row)) is copy.deepcopy(row) is row


# ---------------------------------------------------------------- memory and depth


@pytest.fixture
def collected() -> Iterator[None]:
    """The garbage collector at rest, having found all there was."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("collected")
def test_a_training_step_leaves_no_reference_cycles() -> None:
    model = MLP(2, [4, 4, 1], "tanh", "sigmoid", rng=random.Random(0))
    bce(model([0.1, 0.2]), 1).backward()  # kernels are made once and stay
    gc.collect()
    for _ in range(3):
        loss = bce([model([0.5, -1.0]), model([0.1, 0.2])], [1, 0])
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        loss.named()
        repr(loss)
    del loss
    assert gc.collect() == 0


@pytest.mark.usefixtures("collected")
def test_errors_leave_no_reference_cycles() -> None:
    def fail() -> None:
        x = Value(0.0, "x")
        for attempt in (x.log, (x.sqrt() * 2).backward, lambda: x / 0, lambda: math.exp(x), lambda: Value("a")):
            with contextlib.suppress(ValueError, ArithmeticError, TypeError):
                attempt()

    fail()
    gc.collect()
    fail()
    assert gc.collect() == 0


@pytest.mark.usefixtures("collected")
def test_higher_derivatives_leave_no_reference_cycles() -> None:
    def work() -> None:
        autograd.grad(autograd.grad(lambda x: x.tanh() * x))(0.5)
        autograd.hessian(lambda p: p[0] * p[1].exp())([1.0, 2.0])
        autograd.jvp(lambda x: x.sin(), (1.0,), (1.0,))
        copy.deepcopy(Value(1.0) * Value(2.0))

    work()
    gc.collect()
    work()
    assert gc.collect() == 0


def test_copying_makes_no_new_kernels() -> None:
    y = (Value(1.0) * Value(2.0)).sin()
    before = [dict(node.op.kernels) for node in (y, y.args[0])]
    made = []
    original = Kernel.__init__

    def counting(self: Any, *args: Any) -> None:
        made.append(args)
        original(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Kernel, "__init__", counting)
        copy.deepcopy(y)
        pickle.loads(pickle.dumps(y))
    assert made == []
    assert [dict(node.op.kernels) for node in (y, y.args[0])] == before


@pytest.mark.usefixtures("collected")
def test_a_graph_is_freed_when_its_last_name_goes() -> None:
    def values() -> int:
        return sum(type(thing) is Value for thing in gc.get_objects())

    before = values()
    x, y = chain(1000)
    assert values() == before + 1001
    y.backward()
    del x, y
    assert values() == before


def test_a_million_operations_in_a_chain_are_built_differentiated_and_freed() -> None:
    x, y = chain(1_000_000)
    y.backward()
    assert x.grad == y.data == 250_001.0
    del y
    assert x.grad == 250_001.0


def test_an_operation_takes_at_most_300_bytes_at_any_time() -> None:
    n = 60_000
    chain(10)[1].backward()  # kernels are made once and stay
    gc.collect()
    tracemalloc.start()
    try:
        start, _ = tracemalloc.get_traced_memory()
        x, y = chain(n)
        held, _ = tracemalloc.get_traced_memory()
        y.backward()
        _, peak = tracemalloc.get_traced_memory()
        del y
        freed, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert x.grad == 15_001.0
    assert (held - start) / n <= 300
    assert (peak - start) / n <= 300
    assert (freed - start) / n < 1


def test_a_deep_graph_is_swept_named_and_ordered_without_recursion() -> None:
    x, y = chain(100_000)
    assert len(topological_order(y)) == 100_001
    assert cotangents(y, point=as_evaluated)[x] == 25001.0
    x.label = "x"
    assert list(y.named()) == ["x"]
    assert repr(y) == "Value(data=25001.0, grad=–)"


def test_a_deep_graph_is_freed_after_an_error() -> None:
    x, y = chain(100_000)
    x0 = Value(0.0, "x0")
    with pytest.raises(ZeroDivisionError, match="sqrt"):
        (y * x0.sqrt()).backward()
    del y
    assert x.grad == 0.0


# ---------------------------------------------------------------- the same graph, the same bits

SAME = """
import random
from autograd import Value, draw, dot
from nn import MLP, bce
random.seed(5)
model = MLP(2, [4, 3, 1], activation="tanh", output="sigmoid")
loss = bce([model([0.1 * i, 1 - 0.3 * i]) for i in range(4)], [0, 1, 1, 0])
loss = loss + 1e-4 * sum(p * p for p in model.parameters())
loss.backward()
print([node.grad.hex() for node in loss.named().values()])
x = Value(0.3, "x")
for node in (y := dot([x, x.sin()], [x * x, x / 3], x.exp()) * x).args:
    node.label = node.label or "h"
y.backward()
print(x.grad.hex(), draw(y).source)
"""


def test_fresh_processes_give_the_same_bits() -> None:
    started = [python("-c", SAME, PYTHONHASHSEED=str(seed), PYTHONIOENCODING="utf-8") for seed in range(6)]
    outputs = {said(process) for process in started}
    assert len(outputs) == 1
    assert len(outputs.pop()) > 1000


# ---------------------------------------------------------------- the house


def test_import_needs_the_standard_library_only() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import autograd, nn; print(*sys.modules)"
    loaded = {name.partition(".")[0] for name in said(python("-I", "-S", "-c", code)).split()}
    assert {"autograd", "nn"} <= loaded
    assert loaded - {"autograd", "nn", "__main__"} <= sys.stdlib_module_names


FLOORS = [
    ("names", "primitive", "entries", "files", "points", "pytest_points", "tracebacks"),
    ("slips",),
    ("graph",),
    ("ops",),
    ("arithmetic", "composed"),
    ("symbol",),
    ("kernels", "languages"),
    ("recording",),
    ("value",),
    ("nests",),
    ("transforms", "arrays", "isolation"),
    ("compiler",),
    ("compilation",),
    ("network",),
    ("textbook",),
    ("comparison",),
    ("manual", "drawing"),
    ("explanation",),  # a report may show a picture
    ("programs", "exploration"),
    ("autograd",),
    ("nn",),
    ("__main__",),
]
"""The rooms from the ground up: each imports only from those on floors below its own."""


@functools.cache
def modules(package: str) -> dict[str, ast.Module]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def imports(tree: ast.Module, known: set[str]) -> set[tuple[str, str]]:
    """(module, name) for all that a file imports, wherever in it; `from a import b` of a module b is (a.b, "")."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add((inner, "") if inner in known else (str(node.module), alias.name))
    return {(module, name) for module, name in found if module.partition(".")[0] in ("autograd", "nn")}


def room(module: str) -> str:
    """The room that a module is in; the packages themselves are one each, and all of nn is one."""
    package, *inside = module.split(".")
    return inside[0] if inside and package == "autograd" else package


def floor(module: str) -> int:
    found = [number for number, rooms in enumerate(FLOORS) if room(module) in rooms]
    assert found, f"{module}: say in FLOORS where it stands"
    return found[0]


def test_imports_go_down_only() -> None:
    trees = modules("autograd") | modules("nn")
    graph = {}
    for module, tree in trees.items():
        targets = {target for target, _ in imports(tree, set(trees))} - {module}
        assert all(target in trees for target in targets), f"{module} imports {targets - set(trees)}"
        for target in targets:
            below = floor(target) < floor(module) or room(target) == room(module)
            assert below, f"{module} imports {target}, which is not below it"
        graph[module] = targets
    list(TopologicalSorter(graph).static_order())  # CycleError where modules import each other, wherever in them


def test_no_module_tells_of_a_higher_one() -> None:
    trees = modules("autograd") | modules("nn")
    for module in trees:
        path = ROOT.joinpath(*module.split("."))
        source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
        for text in told(source, trees[module]):
            named = set(re.findall(r"\bautograd(?:\.\w+)+|\bnn\b", text))
            named |= {f"autograd.{name}" for name in re.findall(r"\b(\w+)/(?:\w+\.py)?(?=[ `,;.])", text)}
            for name in named:
                known = [m for m in trees if m == name or (name.startswith(f"{m}.") and m != "autograd")]
                assert all(floor(m) <= floor(module) for m in known), f"{module} tells of {name}: {text}"


def told(source: str, tree: ast.Module) -> list[str]:
    """The comments and docstrings of a module, and what else stands behind a #."""
    alone = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    return re.findall("#.*", source) + [x.value for x in alone if isinstance(x, ast.Constant) and type(x.value) is str]


def test_nn_imports_public_names_of_autograd_only() -> None:
    trees = modules("nn")
    for module, tree in trees.items():
        for target, name in imports(tree, set(trees)):
            if target.partition(".")[0] == "autograd" and (module, target, name) != ("nn", "autograd", ""):
                assert target == "autograd", f"{module} imports from {target}"
                assert name in autograd.__all__, f"{module} imports {name!r}, which is not public"


def test_public_names_exist_and_are_sorted() -> None:
    import nn

    for package in (autograd, nn):
        assert len(set(package.__all__)) == len(package.__all__)
        for name in package.__all__:
            assert hasattr(package, name)
    for row in ops.TABLE:
        if row.name in autograd.__all__:
            assert getattr(autograd, row.name) is row


HIPS = {
    "autograd/__init__.py": "from .core import grad\n", "autograd/core.py": "grad = 0\n",
    "autograd/numpy/__init__.py": "", "autograd/util.py": "",
}  # fmt: skip
"""A package with the files of HIPS autograd that matter here."""

ENTRANCES = {"autograd": "import autograd", "nn": "import nn",
             "command": "import runpy; runpy.run_module('autograd', run_name='__main__')"}  # fmt: skip


def ours(folder: Path) -> None:
    for package in ("autograd", "nn"):
        shutil.copytree(ROOT / package, folder / package, dirs_exist_ok=True)


def theirs(folder: Path) -> None:
    for name, text in HIPS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def remove_theirs(folder: Path) -> None:
    """As pip uninstall does: every file that belongs to it, whoever wrote it last."""
    for name in HIPS:
        (folder / name).unlink()
    (folder / "autograd" / "numpy").rmdir()


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("steps", [[theirs, ours], [ours, theirs], [theirs, ours, remove_theirs], [ours]])
def test_an_installation_over_hips_autograd_is_told(tmp_path: Path, steps: list[Any], entrance: str) -> None:
    for step in steps:
        step(tmp_path)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.argv[1:] = ['--help']; {ENTRANCES[entrance]}"
    process = python("-I", "-S", "-c", code)  # without what the environment of the tests has installed
    _, err = process.communicate(timeout=60)
    if steps == [ours] or (entrance == "autograd" and steps[-1] is not ours):
        assert process.returncode == 0, err  # theirs is theirs: only what is ours can speak
    else:
        assert process.returncode == 1
        assert "ImportError" in err and "HIPS autograd" in err and "Run: pip " in err


# ---------------------------------------------------------------- what came up later


def test_no_grad_on_a_coroutine_function() -> None:
    x = Value(2.0, "x")

    @no_grad()
    async def square() -> Value:
        await asyncio.sleep(0)
        return x * x

    assert asyncio.run(square()).op is None
    assert (x * x).op is not None


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_keep_the_attributes_of_a_subclass(copied: Any) -> None:
    w = Noted(1.0, "w")
    w.note = "by hand"
    assert copied(w).note == "by hand"


class Noted(Value):
    note: str


def test_floats_only_and_floats_out() -> None:
    assert type(ops.relu(2)) is float
    twice = Primitive("twice", lambda x: int(2 * x), [lambda g, y, x: 2.0 * g], domain=[(0, 1)])
    assert type(twice(Value(3.0)).data) is float
    for call in (lambda: ops.total(["a", "b"]), lambda: ops.mul("a", 2), lambda: ops.where(1.0, [1], [2])):
        with pytest.raises(TypeError, match="expected a real number"):
            call()


def test_a_wrong_number_of_arguments_names_the_operation() -> None:
    for x in (1.0, Value(1.0)):
        with pytest.raises(TypeError, match="exp: expected 1 arguments, got 2"):
            ops.exp(x, 2.0)


def test_arguments_by_name() -> None:
    assert ops.leaky_relu(-2.0, slope=0.5) == -1.0
    assert ops.leaky_relu(Value(-2.0), slope=0.5).data == ops.leaky_relu(Value(-2.0), 0.5).data == -1.0
    with pytest.raises(TypeError, match="leaky_relu: unknown argument alpha"):
        ops.leaky_relu(-2.0, alpha=0.5)


@pytest.mark.parametrize("p", [-0.5, 1.5])
def test_bce_of_what_is_no_probability(p: float) -> None:
    with pytest.raises(ValueError, match=r"binary_cross_entropy.*strictly between 0 and 1"):
        ops.binary_cross_entropy(Value(p), 0.0)


def test_a_gradient_set_to_none_counts_as_not_computed() -> None:
    x, w = Value(3.0, "x"), Value(2.0, "w")
    x.grad, w.grad = 1.0, None  # type: ignore[assignment]
    assert not w.has_grad
    (x * w).backward()
    assert (x.grad, w.grad) == (3.0, 3.0)


def test_an_overflow_is_called_so() -> None:
    with pytest.raises(OverflowError, match=r"power\(1e\+200, 2\.0\): the result is too large for a float$"):
        Value(1e200) ** 2
