"""Where a number exists, it is given: beside one that does not, at kinks, of arrays, without native code, in copies."""

import copy
import gc
import math
import os
import pickle
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import pytest

from autograd import Primitive, Value, erf, grad, hessian, jit, jvp, log_sum_exp, no_grad, sigmoid, sqrt, training
from autograd.graph import as_evaluated, cotangents
from autograd.ops import identity
from nn import MLP, SGD, bce, fit, mse

BACKENDS = ("python", "llvm")

# ---------------------------------------------------------------- slopes


def test_a_power_of_a_negative_base_has_a_slope_in_the_base() -> None:
    # d/da aᵇ = b aᵇ⁻¹ = 2·(-2) = -4; aᵇ is real at whole b alone, and d/db is nan, as in PyTorch.
    a, b = Value(-2.0, "a"), Value(2.0, "b")
    (a**b).backward()
    assert a.grad == -4.0 and math.isnan(b.grad)
    assert grad(lambda a, b: a**b)(-2.0, 2.0) == -4.0
    found = grad(lambda p: p[0] ** p[1])([-2.0, 3.0])
    assert found[0] == 12.0 and math.isnan(found[1])
    y = (a := Value(-2.0)) ** (b := Value(2.0))
    slopes = cotangents(y, point=as_evaluated)
    assert slopes[a] == -4.0 and math.isnan(slopes[b])
    shared = Value(-2.0)  # what was added before the rule failed is there once
    (shared**b + shared).backward()
    assert shared.grad == -3.0
    with pytest.raises(ValueError, match=r"no derivative at power\(-2.0, b = 2.0\): math domain"):
        ((-2.0) ** Value(2.0, "b")).backward()
    for backend in BACKENDS:
        found = jit(grad(lambda p: p[0] ** p[1]), backend)([-2.0, 2.0])
        assert found[0] == -4.0 and math.isnan(found[1])


@pytest.mark.parametrize(
    "call",
    [
        lambda: sqrt(Value(0.0)).backward(),
        lambda: grad(sqrt)(0.0),
        lambda: grad(lambda x: 2.0 * sqrt(x))(0.0),
        lambda: jvp(sqrt, (0.0,), (1.0,)),
        lambda: hessian(lambda x: sqrt(x))(0.0),
        lambda: grad(grad(sqrt))(0.0),
    ],
)
def test_where_there_is_no_slope_operation_and_operand_are_named(call: Callable[[], Any]) -> None:
    with pytest.raises(ZeroDivisionError, match=r"no derivative at sqrt\(0.0\): .*sqrt needs an argument >= 0"):
        call()


def test_labels_are_named_too() -> None:
    x = Value(0.0, "x")
    with pytest.raises(ZeroDivisionError, match=r"no derivative at sqrt\(x = 0.0\)"):
        cotangents(sqrt(x), [x], point=as_evaluated)


# ---------------------------------------------------------------- far out


@pytest.mark.parametrize("x", [0.0, 0.5, 2.0, 4.8, 5.5, 6.0, 10.0, 20.0, 26.0, 30.0, 1e300, math.inf])
def test_the_slopes_of_erf_far_out(x: float) -> None:
    """2/√π exp(-x²) and -4x/√π exp(-x²), to 50 digits."""
    with mpmath.workdps(50):
        slope = 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(mpmath.mpf(x) ** 2))
        curve = mpmath.mpf(0) if math.isinf(x) else -2 * mpmath.mpf(x) * slope
    for sign in (1.0, -1.0):
        assert abs(grad(erf)(sign * x) - slope) <= 4 * math.ulp(float(slope))
        if x < 27.0:
            assert abs(hessian(erf)(sign * x) - sign * curve) <= 1e-15 * abs(curve)


LOGITS = [
    [100.0, 0.0, 0.0], [40.0, 0.0, 1.0], [1000.0, 990.0, 0.0], [300.25, -211.7, 12.3], [-300.5, -120.1, 99.9],
    [1e5, 1e5 - 3.0, 1e5 - 20.0], [0.1, 0.2, 0.3], [-700.0, 0.0, 3.0],
]  # fmt: skip


@pytest.mark.parametrize("logits", LOGITS, ids=str)
def test_the_derivatives_of_log_sum_exp_of_large_logits(logits: list[float]) -> None:
    """pᵢ, and pᵢ(δᵢⱼ - pⱼ) as pᵢ Σ pₖ over the others, to 400 digits."""
    with mpmath.workdps(400):
        powers = [mpmath.exp(mpmath.mpf(x)) for x in logits]
        p = [power / sum(powers) for power in powers]
        curves = [[p[i] * (sum(p) - p[i]) if i == j else -p[i] * p[j] for j in range(3)] for i in range(3)]
    f: Any = lambda xs: log_sum_exp(*xs)  # noqa: E731
    for first, second in [(grad(f), hessian(f)), *((jit(grad(f), b), jit(hessian(f), b)) for b in BACKENDS)]:
        slopes, rows = first(logits), second(logits)
        for i in range(3):
            assert abs(slopes[i] - p[i]) <= max(4 * math.ulp(float(p[i])), 5e-324)
            for j in range(3):
                assert abs(rows[i][j] - curves[i][j]) <= max(1e-14 * abs(curves[i][j]), 1e-300)


# ---------------------------------------------------------------- arrays


def test_the_hessian_of_an_array_is_an_array_of_floats() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])

    def f(x: Any) -> Any:
        return (x**3).sum() + x[0, 0] * x[1, 1]

    expected = np.zeros((2, 2, 2, 2))  # 6x on the diagonal, and the mixed term
    for i in range(2):
        for j in range(2):
            expected[i, j, i, j] = 6.0 * x[i, j]
    expected[0, 0, 1, 1] += 1.0
    expected[1, 1, 0, 0] += 1.0
    for second in (hessian(f), *(jit(hessian(f), backend) for backend in BACKENDS)):
        found = second(x)
        assert found.dtype == float and found.shape == (2, 2, 2, 2) and (found == expected).all()
    flat = hessian(lambda p: p[0] ** 2 * p[1])(np.array([3.0, 4.0]))
    assert flat.dtype == float and flat.tolist() == [[8.0, 6.0], [6.0, 0.0]]


def test_the_hessian_of_arrays_in_a_dict_is_arrays_in_dicts() -> None:
    found = hessian(lambda p: (p["w"] ** 2).sum() * p["b"])({"w": np.array([1.0, 3.0]), "b": 2.0})
    assert found["w"]["w"].tolist() == [[4.0, 0.0], [0.0, 4.0]] and found["w"]["b"].tolist() == [2.0, 6.0]
    assert found["b"]["w"].tolist() == [2.0, 6.0] and found["b"]["b"] == 0.0
    assert all(part.dtype == float for part in (found["w"]["w"], found["w"]["b"], found["b"]["w"]))


STATISTICS: dict[str, Callable[[Any], Any]] = {
    "std": lambda a: np.std(a),
    "std of columns": lambda a: np.std(a, axis=0).sum(),
    "var": lambda a: np.var(a),
    "var with ddof": lambda a: np.var(a, ddof=1),
    "vdot": lambda a: np.vdot(a, a),
    "norm": lambda a: np.linalg.norm(a),
    "norm of columns": lambda a: np.linalg.norm(a, axis=0).sum(),
    "norm of rows": lambda a: np.linalg.norm(a, axis=1).sum(),
    "greatest": lambda a: np.linalg.norm(a, axis=0, ord=np.inf).sum(),
    "conj": lambda a: a.conj().sum(),
}


@pytest.mark.parametrize("name", STATISTICS)
def test_numpys_statistics_of_arrays_of_values(name: str) -> None:
    """The number is NumPy's of floats, the gradient that of differences of these."""
    f = STATISTICS[name]
    numbers = np.array([[1.0, -2.5], [4.0, 0.5], [3.0, 7.0]])
    values = np.array([[Value(x) for x in row] for row in numbers])
    y = f(values)
    assert isinstance(y, Value) and abs(y.data - f(numbers)) <= 1e-15 * abs(f(numbers))
    y.backward()
    for place in np.ndindex(*numbers.shape):
        step = np.zeros_like(numbers)
        step[place] = 1e-6
        slope = (f(numbers + step) - f(numbers - step)) / 2e-6
        assert abs(values[place].grad - slope) <= 1e-8


def test_a_value_beside_an_array_is_compared_with_each_entry() -> None:
    a, x = np.array([1.0, 2.0, 3.0]), Value(2.0)
    for array in (a, np.array([Value(n) for n in a])):
        assert (x < array).tolist() == [False, False, True] == (array > x).tolist()
        assert (x <= array).tolist() == [False, True, True] == (array >= x).tolist()
        assert (x > array).tolist() == [True, False, False] == (array < x).tolist()
    assert (x == a).tolist() == [False, True, False] == (a == x).tolist()
    assert np.where(a < x, a, 0.0).tolist() == [1.0, 0.0, 0.0]
    with pytest.raises(TypeError, match="expected a real number"):
        assert x < "2"


# ---------------------------------------------------------------- without a graph, without native code


def test_backward_of_what_was_computed_under_no_grad_says_so() -> None:
    w = Value(3.0, "w")
    with no_grad():
        y, z = w * w, sigmoid(w)
        parameter = Value(2.0)
    for result in (y, z, copy.copy(y), copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        with pytest.raises(RuntimeError, match=r"under no_grad\(\), which keeps no graph"):
            result.backward()
    assert not w.has_grad and not y.has_grad
    (parameter * y).backward()  # as a number of a graph it is as good as any
    assert parameter.grad == 9.0
    parameter.backward()
    assert parameter.grad == 10.0


def swish() -> Primitive:
    return Primitive(
        "swish",
        lambda x: x / (1 + math.exp(-x)),
        [lambda g, y, x: g * (y + sigmoid(x) * (1 - y))],
        domain=[(-1, 4)],
    )


def test_jit_of_an_operation_of_ones_own_falls_back_to_python() -> None:
    own = swish()
    f = jit(lambda x: own(2.0 * x))
    by_hand = [2.0 * x / (1.0 + math.exp(-2.0 * x)) for x in (1.0, -0.5)]
    assert [f(1.0), f(-0.5)] == by_hand and f.llvm_ir == "" and "swish" in f.source
    assert f.map([1.0, -0.5], rows=(0,)) == sum(by_hand)
    assert jit(grad(lambda x: own(x)))(1.0) == grad(own)(1.0)
    assert jit(lambda x: identity(x))(2.0) == 2.0
    with pytest.raises(NotImplementedError, match=r"swish says nothing about how it is compiled: .*lower=lambda x"):
        jit(lambda x: own(x), "llvm")(1.0)


def test_training_with_an_operation_of_ones_own_falls_back_to_python() -> None:
    own, losses = swish(), []
    for backend in ("auto", "python"):
        w = Value(0.5, "w")
        descent = training(lambda x, y, w=w: (own(w * x) - y) ** 2, [w], [1.0, 2.0], [2.0, 4.0], backend=backend)
        losses.append(list(descent.run([0.1] * 5)))
        assert descent.backend == "python"
    assert losses[0] == losses[1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_training_by_an_update_that_changes_nothing(backend: str) -> None:
    # (1·1 - 2)² and (1·2 - 4)² in the mean: 2.5, in every epoch.
    for memory in ((), (0.0,)):
        w = Value(1.0, "w")
        loss: Any = lambda x, y, w=w: (w * x - y) ** 2  # noqa: E731
        still: Any = lambda p, g, memory, lr, t: (p, memory)  # noqa: E731
        for size in (1, None):
            options: dict[str, Any] = {"update": still, "memory": memory, "batch_size": size, "backend": backend}
            descent = training(loss, [w], [1.0, 2.0], [2.0, 4.0], **options)
            assert list(descent.run([0.1] * 3)) == [2.5] * 3
            descent.pull()
            assert w.data == 1.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_fit_with_a_backend_never_runs_on_the_graph_silently(backend: str) -> None:
    for y in ([0.0, 1.0, 2.0], [0.5, -1.0, 1.0]):
        model = MLP(1, [1], output="sigmoid")
        with pytest.raises(ValueError):
            fit(model, [1.0, 2.0, 3.0], y, loss=bce, optimizer=SGD(model.parameters(), 0.1), epochs=1, backend=backend)

    def refuses(p: Any, y: Any) -> Any:  # takes every target but the second, of which the code would not know
        if y == 1.0 and not isinstance(y, Value) and type(y) is float:
            raise ValueError("not this one")
        return mse(p, y)

    model = MLP(1, [1])
    with pytest.raises(ValueError):
        fit(model, [1.0, 2.0], [0.0, 1.0], loss=refuses, optimizer=SGD(model.parameters(), 0.1), epochs=1,
            batch_size=1, backend=backend)  # fmt: skip


def test_plain_descent_leaves_a_parameter_with_a_gradient_of_none() -> None:
    # As in PyTorch, where a gradient of None means that there is nothing to do.
    for momentum in (0.0, 0.9):
        p, q = Value(1.0), Value(1.0)
        p.grad, q.grad = None, 2.0  # type: ignore[assignment]
        SGD([p, q], lr=0.25, momentum=momentum).step()
        assert (p.data, q.data) == (1.0, 0.5)


# ---------------------------------------------------------------- jit: methods, copies, forks


@dataclass(frozen=True)
class Equal:
    """Instances that compare equal, and are not alike."""

    kind: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "slope", Value(0.0))
        object.__setattr__(self, "power", [1.0])

    slope: Any = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)

    def __hash__(self) -> int:
        return 7

    @jit
    def at(self, x: Any) -> Any:
        return self.slope * x ** self.power[0]


class Unhashable:
    __hash__: Any = None

    def __init__(self, slope: float) -> None:
        self.slope = slope

    def __eq__(self, other: object) -> bool:
        return True

    @jit
    def at(self, x: Any) -> Any:
        return self.slope * x


class Slotted:
    __slots__ = ("slope",)

    def __init__(self, slope: float) -> None:
        self.slope = slope

    @jit
    def at(self, x: Any) -> Any:
        return self.slope * x


def test_instances_that_compare_equal_do_not_share_code() -> None:
    one, other = Equal(), Equal()
    one.slope.data, other.slope.data = 2.0, 3.0
    other.power[0] = 2.0
    assert one == other and hash(one) == hash(other)
    assert (one.at(5.0), other.at(5.0)) == (10.0, 75.0)
    for kind in (Unhashable, Slotted):
        a, b = kind(2.0), kind(3.0)
        assert (a.at(5.0), b.at(5.0), a.at(7.0)) == (10.0, 15.0, 14.0)


def test_a_method_is_compiled_once_and_forgotten_with_its_instance() -> None:
    class Line:
        @jit
        def at(self, x: Any) -> Any:
            return 2.0 * x

    line = Line()
    assert [line.at(1.0), line.at(2.0)] == [2.0, 4.0] and "2.0 * " in line.at.source
    assert len(line.at._versions) == 1 and len(vars(Line)["at"]._bound) == 1
    method, alive = line.at, weakref.ref(line)
    del line
    gc.collect()
    assert method(4.0) == 8.0 and alive() is not None  # a method keeps its instance
    del method
    gc.collect()
    assert alive() is None and not vars(Line)["at"]._bound
    assert [Line().at(float(k)) for k in range(20)] == [2.0 * k for k in range(20)]  # though ids are used again


def doubled(x: Any) -> Any:
    return 2.0 * x


@jit
def tripled(x: Any) -> Any:
    return 3.0 * x


quadrupled = jit(lambda x: 4.0 * x)
twice = jit(doubled)


@pytest.mark.parametrize("called", [False, True])
def test_a_compiled_function_is_copied_and_pickled(called: bool) -> None:
    line = Equal()
    line.slope.data = 5.0
    if called:
        assert (twice(1.0), tripled(1.0), line.at(1.0)) == (2.0, 3.0, 5.0)
    for f, y in ((twice, 14.0), (tripled, 21.0)):
        for made in (copy.copy(f), copy.deepcopy(f), *(pickle.loads(pickle.dumps(f, k)) for k in range(6))):
            assert made(7.0) == y and made.backend == f.backend and made.__name__ == f.__name__
    assert copy.deepcopy(tripled) is tripled is pickle.loads(pickle.dumps(tripled))  # as of any function
    assert copy.deepcopy([quadrupled])[0](7.0) == 28.0
    assert copy.deepcopy(line.at)(7.0) == 35.0
    assert pickle.loads(pickle.dumps(jit(doubled, "python"))).backend == "python"
    with pytest.raises((pickle.PicklingError, AttributeError)):  # as of any lambda
        pickle.dumps(quadrupled)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks there")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_compiled_function_works_in_a_forked_process() -> None:
    f = jit(lambda x, y: x * y)
    assert f(2.0, 3.0) == 6.0
    held, ready = threading.Event(), threading.Event()

    def compiling() -> None:  # another thread is in the middle of it
        with f._lock:
            ready.set()
            held.wait(60.0)

    thread = threading.Thread(target=compiling)
    thread.start()
    ready.wait(60.0)
    try:
        child = os.fork()
        if child == 0:
            good = f(4.0, 5.0) == 20.0 and f([1.0, 2.0][0], 7) == 7.0 and jit(lambda x: x + 1.0)(1.0) == 2.0
            os._exit(0 if good and f(2, np.float64(8.0)) == 16.0 else 1)
        _, status = os.waitpid(child, 0)
    finally:
        held.set()
        thread.join()
    assert os.waitstatus_to_exitcode(status) == 0
    assert f(2.0, 5.0) == 10.0


# ---------------------------------------------------------------- what was computed before


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_function_reaches_is_read_at_the_call(backend: str) -> None:
    """As the function itself: the data of now, other Values in their place, and what was computed stays what it was."""
    w = Value(2.0, "w")
    kept, tripled = [w], w * 3.0

    def f(x: Any) -> Any:
        return kept[0] * x + tripled

    compiled = jit(f, backend)
    assert compiled(1.0) == 8.0
    w.data = 5.0
    assert compiled(1.0) == 11.0 == f(1.0).data  # 5 + 6: what was tripled is the 2
    kept[0] = Value(7.0)
    assert compiled(1.0) == 13.0 == f(1.0).data
    w = Value(1.0)
    tripled = w * 3.0
    assert compiled(1.0) == 10.0 == f(1.0).data


@pytest.mark.parametrize("backend", ["auto", *BACKENDS])
def test_a_weight_computed_before_fit_is_left_to_the_graph_or_refused(backend: str) -> None:
    def run(name: str) -> list[float]:
        w = Value(0.5, "w")
        doubled = 2.0 * w  # keeps its number while w moves
        options: dict[str, Any] = {"loss": mse, "epochs": 5, "batch_size": 1, "backend": name}
        history = fit(lambda x: doubled * x[0], [[1.0], [2.0]], [1.0, 2.5], optimizer=SGD([w], 0.1), **options)
        return [*history.losses, w.data]

    # By hand: the prediction of x stays 1·x, the gradient 2·(x - y)·x·2, and w moves by a tenth of that.
    by_hand, w = [], 0.5
    for _ in range(5):
        by_hand.append(((1.0 - 1.0) ** 2 + (2.0 - 2.5) ** 2) / 2.0)
        w -= 0.1 * 2.0 * (2.0 - 2.5) * 2.0 * 2.0
    if backend == "auto":
        assert run(backend) == pytest.approx([*by_hand, w], rel=1e-15)
    else:
        with pytest.raises(ValueError, match="was computed from w before, and keeps the number it has"):
            run(backend)
