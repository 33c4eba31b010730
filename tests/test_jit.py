"""`jit`: compiled functions against the engine and against Python's own floats, whatever they are given."""

import ctypes
import enum
import itertools
import math
import operator
import random
import subprocess
import sys
import threading
from collections import OrderedDict
from contextlib import suppress
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd import Value, dot, grad, hessian, jit, jvp, maximum, ops, total, value_and_grad, where
from autograd.compiler import lanes
from autograd.compiler.native import available
from autograd.compiler.program import Program, Step
from autograd.compiler.recompiling import Tiered
from tests.helpers import SPECIAL, bits

LLVM = pytest.param("llvm", marks=pytest.mark.skipif(not available(), reason="llvmlite is missing"))
needs_llvm = pytest.mark.skipif(not available(), reason="llvmlite is missing")


@pytest.fixture(params=["python", LLVM])
def backend(request):
    return request.param


class Point(NamedTuple):
    x: float
    y: float


def flat(nest: Any) -> list[float]:
    parts = nest.values() if isinstance(nest, dict) else nest
    return [x for part in parts for x in flat(part)] if isinstance(nest, (list, tuple, dict)) else [nest]


def same(a: Any, b: Any) -> bool:
    return list(map(bits, flat([a]))) == list(map(bits, flat([b])))


def rosenbrock(p):
    return (1.0 - p[0]) ** 2 + 100.0 * (p[1] - p[0] ** 2) ** 2


# ---------------------------------------------------------------- what it computes


def test_transformations_compose(backend):
    p = [0.3, -1.2]
    for made in (value_and_grad(rosenbrock), grad(rosenbrock), hessian(rosenbrock)):
        assert same(jit(made, backend)(p), made(p))
    assert grad(jit(rosenbrock, backend))(p) == grad(rosenbrock)(p)
    assert hessian(jit(rosenbrock, backend))(p) == hessian(rosenbrock)(p)
    along = jit(lambda p, t: jvp(rosenbrock, (p,), (t,)), backend)
    assert along(p, [1.0, 2.0]) == jvp(rosenbrock, (p,), ([1.0, 2.0],)) == jvp(jit(rosenbrock), (p,), ([1.0, 2.0],))
    cube = jit(grad(grad(lambda x: x**3)), backend)
    assert cube(2.0) == 12.0
    assert jit(grad(jit(lambda x: jit(ops.exp, backend)(x) * x, backend)), backend)(0.5) == 1.5 * math.exp(0.5)


def test_a_value_among_the_arguments_makes_a_graph(backend):
    f, x = jit(rosenbrock, backend), Value(0.5)
    f([0.5, 1.0])
    f([x, 1.0]).backward()
    assert x.grad == grad(rosenbrock)([0.5, 1.0])[0]


def test_values_of_a_closure_are_read_anew(backend):
    w = Value(2.0, "w")
    f = jit(lambda x: w * x + w, backend)
    assert f(3.0) == 8.0
    w.data = -1.0
    assert f(3.0) == -4.0
    assert jit(grad(lambda x: w * x * x), backend)(3.0) == -6.0


def test_closures_inside_other_functions(backend):
    assert grad(lambda x: jit(lambda y: x * y, backend)(2.0))(3.0) == 2.0
    assert jit(lambda x: jit(lambda y: x * y, backend)(2.0), backend)(3.0) == 6.0
    assert jit(lambda x: x * grad(lambda y: y * y * x)(2.0), backend)(3.0) == 36.0


@pytest.mark.parametrize("op", ops.TABLE, ids=lambda op: op.name)
def test_special_values(op):
    """Backends agree with one another everywhere, and with the engine wherever that has a value."""
    n = len(op.domain) if op.pullback is None else 3
    numbers = (*SPECIAL, 1e-310, 709.9, -709.0, -709.5, 745.2, -745.2, 3.0, 2.5, 1e-3)
    rng = random.Random(op.name)
    points = list(itertools.product(numbers, repeat=n)) if n < 3 else [rng.choices(numbers, k=n) for _ in range(300)]
    if op is ops.binary_cross_entropy:
        points = [(p, y) for p, y in points if 0.0 <= p <= 1.0]
    for made in (lambda xs: op(*xs), value_and_grad(lambda xs: op(*xs))):
        compiled = [jit(made, name) for name in ("python", "llvm") if name == "python" or available()]
        for point in points:
            found = [f(list(point)) for f in compiled]
            with suppress(ArithmeticError, ValueError):
                found.append(made(list(point)))
            if op is ops.log_sum_exp:
                first = flat([found[0]])
                for other in found[1:]:
                    for a, b in zip(first, flat([other]), strict=True):
                        assert bits(a) == bits(b) or abs(a - b) <= 4 * math.ulp(b), (point, found)
            else:
                assert same(found[0], found[len(compiled) - 1]), (point, found)
                for a, b in zip(flat([found[0]]), flat([found[-1]]), strict=True):
                    # A slope that does not exist beside one that does is nan in the graph, here nan or infinite.
                    assert bits(a) == bits(b) or (math.isnan(b) and not math.isfinite(a)), (point, found)


@needs_llvm
@pytest.mark.parametrize(("p", "y"), [(2.0, 1.0), (-0.5, 0.0), (math.inf, 1.0)])
def test_entropy_of_what_is_no_probability(p, y):
    assert math.isnan(jit(lambda p, y: ops.binary_cross_entropy(p, y), "llvm")(p, y))


def test_infinities_instead_of_errors(backend):
    f = jit(lambda x, y: [ops.log(x), x / y, x**y, ops.exp(x), ops.sqrt(x), x ** (1 / 3), ops.sin(y)], backend)
    nan = math.nan
    assert same(f(0.0, 0.0), [-math.inf, nan, 1.0, 1.0, 0.0, 0.0, 0.0])
    assert same(f(-8.0, math.inf), [nan, -0.0, math.inf, math.exp(-8.0), nan, nan, nan])
    assert same(f(1e308, 2.0), [math.log(1e308), 5e307, math.inf, math.inf, 1e154, 1e308 ** (1 / 3), math.sin(2.0)])
    assert same(f(-1e308, 3.0)[2], -math.inf)
    assert same(jit(lambda x, n: x**n, backend)(-8.0, 1 / 3), nan)


def test_log_sum_exp_of_equal_and_of_large_numbers(backend):
    f = jit(lambda xs: ops.log_sum_exp(*xs), backend)
    assert math.isclose(f([1000.0, 1000.0, -1000.0]), 1000.0 + math.log(2.0), rel_tol=1e-15)
    rng = random.Random(1)
    for _ in range(200):
        xs = [rng.choice((rng.uniform(-3, 3), 1.0)) for _ in range(3)]
        assert abs(f(xs) - ops.log_sum_exp(*xs)) <= 4 * math.ulp(3.0)


# ---------------------------------------------------------------- what it is given, and gives back


@pytest.mark.parametrize("x", [3, True, np.float32(1.5), np.float64(1.5), np.int64(-2), np.array(2.5), np.bool_(True)])
def test_other_numbers_are_converted(backend, x):
    f = jit(lambda x: x * x + 1.0, backend)
    for _ in range(3):
        result = f(x)
        assert type(result) is float and result == float(x) ** 2 + 1.0
        f(2.0)


@pytest.mark.parametrize("x", [None, "3", np.str_("3"), 1j, np.complex128(1 + 2j), object(), {1.0}, np.array("a")])
def test_what_is_no_number_is_refused(backend, x):
    f = jit(lambda x: x * x, backend)
    for _ in range(2):
        with pytest.raises(TypeError, match=r"expected a real number|expected an array of real numbers"):
            f(x)
        f(2.0)


@pytest.mark.parametrize(
    "nest",
    [
        [], (), {}, [[]], [1.0], (1.0, [2.0, (3.0,)]), {"a": 1.0, "b": [2.0]}, Point(1.0, 2.0), [Point(0.0, 1.0)] * 2,
        {1: 0.5, (1, 2): 1.5, None: 2.5}, {"it's\n\\": 1.0}, OrderedDict(z=1.0, a=2.0), [1.0] * 600,
        {enum.Enum("Colour", "RED").RED: 1.0, np.int64(3): 2.0, math.inf: 3.0},  # keys that are no literals
    ],
)  # fmt: skip
def test_structures_come_back(backend, nest):
    def twice(x):
        if isinstance(x, dict):
            return {key: twice(part) for key, part in x.items()}
        if isinstance(x, (list, tuple)):
            parts = [twice(part) for part in x]
            return Point(*parts) if isinstance(x, Point) else type(x)(parts)
        return 2.0 * x

    f = jit(twice, backend)
    for _ in range(2):  # the second time is another way in
        result = f(nest)
        assert result == twice(nest)
        assert type(result) is (dict if isinstance(nest, dict) else type(nest))


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3), np.arange(24.0).reshape(4, 6)[::-2, 1::2], np.arange(4), np.zeros((0, 3)),
        np.arange(3, dtype=np.float32), np.asfortranarray(np.arange(6.0).reshape(3, 2)), np.array([True, False]),
        np.arange(3, dtype=">f8"), np.arange(3, dtype=np.float16), np.broadcast_to(1.5, (2, 2)),
    ],
)  # fmt: skip
def test_arrays(backend, array):
    result = jit(lambda a: a * 2.0 + 1.0, backend)(array)
    assert isinstance(result, np.ndarray) and result.dtype == float
    assert np.array_equal(result, array.astype(float) * 2.0 + 1.0)
    assert np.array_equal(jit(lambda a: a.T, backend)(array), array.T)


def test_arrays_of_other_kinds(backend):
    f = jit(lambda a: a * a, backend)
    for bad in (np.zeros(2, complex), np.array(["a"]), np.array(["2020-01-01"], "M8[D]")):
        with pytest.raises(TypeError, match=r"expected an array of real numbers, got one of"):
            f(bad)
    with pytest.raises(TypeError, match="expected an ordinary array, got a matrix"), pytest.warns(Warning):
        f(np.matrix([[1.0, 2.0], [3.0, 4.0]]))  # whose product with itself is another one
    assert jit(lambda a: np.array(a[0] + 1.0), backend)(np.array([2.0])) == 3.0
    assert np.array_equal(jit(lambda a: np.exp(a), backend)(np.array([0.0, 1.0])), [1.0, math.exp(1.0)])


def test_every_structure_has_its_own_code(backend):
    def f(x):
        return total(flat(x)) if not isinstance(x, np.ndarray) else x.sum()

    g = jit(f, backend)
    given = [[1.0, 2.0], (1.0, 2.0), [1.0, 2.0, 3.0], [[1.0], 2.0], {"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}, 1.0]
    given += [np.array([1.0, 2.0]), np.array([[1.0], [2.0]]), [], [4.0, 5.0]]
    for _ in range(3):
        assert [g(x) for x in given] == [sum(x.ravel() if isinstance(x, np.ndarray) else flat([x])) for x in given]
    assert len(g._versions) == len(given) - 1
    assert jit(lambda d: list(d.values()), backend)({"b": 1.0, "a": 2.0}) == [1.0, 2.0]


def test_arguments(backend):
    f = jit(lambda x, y=2.0, *, z=1.0: x * y - z, backend)
    assert (f(3.0), f(3.0, 4.0), f(3.0, y=4.0), f(3.0, z=5.0), f(x=1.0, z=2.0)) == (5.0, 11.0, 11.0, 1.0, 0.0)
    assert f(3.0, z=0, y=1) == 3.0
    for args, named in [((), {}), ((1.0, 2.0, 3.0), {}), ((1.0,), {"q": 1.0})]:
        with pytest.raises(TypeError, match="cannot be traced"):
            f(*args, **named)
    assert f(3.0) == 5.0


def test_results(backend):
    f = jit(lambda x: [x, 3, (x, {"c": -0.0, "y": x + x}), np.float64(2.0), True], backend)
    assert f(1.5) == f(1.5) == [1.5, 3.0, (1.5, {"c": 0.0, "y": 3.0}), 2.0, 1.0]
    with pytest.raises(TypeError, match="cannot be traced: it returned None: is a `return` missing"):
        jit(lambda x: None, backend)(1.0)


@pytest.mark.parametrize(
    ("f", "hint"),
    [
        (lambda x: x if x > 0 else -x, "where"), (lambda x: max(x, 0.0), "maximum"), (math.exp, "autograd"),
        (lambda x: x.data, "traced"), (lambda x: 1.0 if x else 0.0, "where"), (lambda x: float(x), "autograd"),
    ],
)  # fmt: skip
def test_python_cannot_see_the_numbers(backend, f, hint):
    with pytest.raises((TypeError, AttributeError), match=hint):
        jit(f, backend)(1.0)


def test_branches_that_can_be_traced(backend):
    f = jit(lambda x: where(ops.step(x), maximum(x, 1.0), -x), backend)
    assert [f(x) for x in (-2.0, 0.5, 3.0)] == [2.0, 1.0, 3.0]


def test_construction_and_text(backend):
    f = jit(rosenbrock, backend)
    assert f.backend == backend and "rosenbrock" in repr(f) and f.__name__ == "rosenbrock"
    with pytest.raises(RuntimeError, match="not been called"):
        print(f.source)
    f([1.0, 2.0])
    assert "def compute" in f.source and ("define void @call" in f.llvm_ir) == (backend == "llvm")
    for bad, error in ((3.0, TypeError), (None, TypeError)):
        with pytest.raises(error, match="expected a function"):
            jit(bad)
    with pytest.raises(ValueError, match="'llwm'"):
        jit(rosenbrock, "llwm")


# ---------------------------------------------------------------- long programs


def long_chain(n, f):
    def chain(x):
        for i in range(n):
            x = f(x, i)
        return x

    return chain


@pytest.mark.parametrize(
    "f",
    [
        lambda x, i: (x + 1.0) * 0.5, lambda x, i: 1.0 / (1.0 + x), lambda x, i: -x, lambda x, i: x + 0.1,
        lambda x, i: ops.sin(x) if i % 3 else x - 0.25, lambda x, i: x * 0.5 + x,
    ],
)  # fmt: skip
def test_chains(backend, f):
    """Brackets in brackets, and expressions in expressions, have their limits in Python."""
    for n in (190, 3000):
        assert jit(long_chain(n, f), backend)(0.3) == long_chain(n, f)(0.3)


@pytest.mark.parametrize("n", [399, 401, 5000])
def test_wide_sums(backend, n):
    rng = random.Random(n)
    w, x = ([rng.uniform(-1, 1) for _ in range(n)] for _ in "wx")
    assert jit(dot, backend)(w, x) == dot(w, x)
    assert jit(total, backend)(w) == total(w)


    def f(w):  # sum() of plain floats is another sum from Python 3.12 on
        return reduce(operator.add, w) - total(w) * 0.5

    assert jit(f, backend)(w) == f(w)


def test_a_long_program_is_cut(backend):
    f = value_and_grad(long_chain(9000, lambda x, i: ops.sin(x) + 0.5))
    assert jit(f, backend)(0.3) == f(0.3)


# ---------------------------------------------------------------- threads


def test_threads_share_a_function(backend):
    f = jit(value_and_grad(lambda p, k=1.0: total([x * x * k for x in flat(p)])), backend)
    before, errors = sys.getswitchinterval(), []

    def work(seed):
        rng = random.Random(seed)
        try:
            for _ in range(200):
                n = rng.randint(1, 6)
                xs = [rng.uniform(-1, 1) for _ in range(n)]
                args = (xs, 2.0) if rng.random() < 0.5 else (tuple(xs),)
                value, slopes = f(*args)
                k = args[1] if len(args) > 1 else 1.0
                assert value == total([x * x * k for x in xs])
                assert list(slopes) == [x * k + x * k for x in xs] and len(slopes) == n
        except BaseException as error:
            errors.append(error)

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    finally:
        sys.setswitchinterval(before)
    assert not errors, errors[0]


@needs_llvm
def test_native_code_releases_the_lock():
    """A function that waits in native code until another thread of Python has run."""
    flag = ctypes.c_int32(0)
    address = ctypes.addressof(flag)
    text = f"""define i32 @wait(ptr %unused) {{
entry:
  br label %again
again:
  %k = phi i64 [0, %entry], [%k_next, %again]
  %seen = load volatile i32, ptr inttoptr (i64 {address} to ptr)
  %k_next = add i64 %k, 1
  %late = icmp sgt i64 %k_next, 10000000000
  %some = icmp ne i32 %seen, 0
  %done = or i1 %late, %some
  br i1 %done, label %end, label %again
end:
  ret i32 %seen
}}"""
    tier = Tiered(text, "wait", ctypes.c_void_p, result=ctypes.c_int32)
    seen: list[int] = []
    waiting = threading.Thread(target=lambda: seen.append(tier.run(None)))
    waiting.start()
    flag.value = 1
    waiting.join()
    assert seen == [1]


# ---------------------------------------------------------------- without llvmlite


def test_without_llvmlite():
    code = """
import sys
sys.modules["llvmlite"] = None
import random
from autograd import Value, jit, training, value_and_grad
from nn import MLP, SGD, fit, mse
f = jit(value_and_grad(lambda x: x**3))
assert f(2.0) == (8.0, 12.0) and f.backend == "python" and f.llvm_ir == ""
w = Value(0.0)
run = training(lambda x: (w - x) ** 2, [w], [1.0, 2.0])
assert run.backend == "python" and len(run.run([0.1])) == 1
model = MLP(1, [2, 1], "tanh", rng=random.Random(0))
def go(backend):
    opt = SGD(model.parameters(), lr=0.01)
    return fit(model, [[0.1], [0.2]], [0.0, 1.0], loss=mse, optimizer=opt, epochs=3, backend=backend, progress=False)
history = go("python")
assert history.backend == "python" and "pip install llvmlite" in history.why, history.why
native = lambda: training(lambda x: w * x, [w], [1.0], backend="llvm")
for call in (lambda: jit(abs, "llvm"), native, lambda: go("llvm")):
    try:
        call()
    except ImportError as error:
        assert "pip install llvmlite" in str(error)
    else:
        raise AssertionError("no error")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_loads_no_compiler():
    heavy = "('llvm', 'numpy', 'autograd.compiler')"
    code = f"import autograd, nn, sys; print([name for name in sys.modules if name.startswith({heavy})])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# ---------------------------------------------------------------- that these tests would notice


@needs_llvm
def test_a_swapped_operand_is_found(monkeypatch):
    right = lanes.INSTRUCTIONS
    swapped = right | {ops.sub: lambda a, b: right[ops.sub](b, a)}
    monkeypatch.setattr(lanes, "INSTRUCTIONS", swapped)
    f = grad(rosenbrock)
    assert jit(f, "llvm")([0.3, -1.2]) != f([0.3, -1.2])


def test_a_program_prints_itself():
    steps = (Step(ops.sub, (0, 1)), Step(ops.mul, (2, 2.0)))
    assert str(Program(2, steps, (3, 0))) == "v2 = sub(v0, v1)\nv3 = mul(v2, 2.0)\nreturn v3, v0"


# ---------------------------------------------------------------- what Python would decide, and methods


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 1.0 if x == 0 else x,
        lambda x: 1.0 if x != 0 else 2.0,
        lambda x: 1.0 if x in (1.0, 2.0) else x,
        lambda x: [1.0, 2.0].count(x) * x,
        lambda x: 1.0 if x > 0 else x,
    ],
)
def test_no_choice_is_made_for_an_unknown_number(backend, f):
    with pytest.raises(TypeError, match=r"behind x is not known here, so that Python cannot branch.*nonzero\(x - y\)"):
        jit(f, backend)(0.0)


@pytest.mark.parametrize("f", [lambda n: range(n), lambda n: [1.0, 2.0][n], lambda n: int(n), lambda n: round(n)])
def test_nothing_is_counted_with_an_unknown_number(backend, f):
    with pytest.raises(TypeError, match="the number behind n is not known here"):
        jit(f, backend)(1.0)


def test_a_method_is_compiled_for_its_instance(backend):
    class Line:
        def __init__(self, slope):
            self.slope = Value(slope, "m")

        at = jit(lambda self, x: self.slope * x, backend)

    steep, flat = Line(3.0), Line(0.5)
    assert (steep.at(2.0), flat.at(2.0)) == (6.0, 1.0)
    steep.slope.data = 5.0
    assert (steep.at(2.0), flat.at(2.0)) == (10.0, 1.0)


def test_derivatives_of_arrays(backend):
    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    for f in (lambda w: (w**3).sum(), lambda w: (w @ w).sum()):
        plain, compiled = grad(f)(w), jit(grad(f), backend)(w)
        assert plain.dtype == float and plain.shape == (2, 2) and (plain == compiled).all()
    assert (grad(lambda w: (w**3).sum())(w) == 3 * w * w).all()


@pytest.mark.parametrize("kind", [int, float])
def test_every_kind_of_number_is_tried(backend, kind):
    """A function that tells int from float is refused for those that it treats otherwise than unknowns."""
    f = jit(lambda x: x[0] * (2.0 if isinstance(x[0], kind) else 3.0), backend)
    same, other = ([1.0], [1]) if kind is int else ([1], [1.0])
    assert f(same) == f(same) == 3.0
    with pytest.raises(TypeError, match="plain numbers"):
        f(other)
    assert f(same) == 3.0
