"""Arrays of Values against NumPy on floats, function by function: the numbers, and the gradients by differences."""

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, no_grad, topological_order, values
from autograd.arrays.array import Array
from autograd.arrays.elements import floats
from tests.helpers import quietly

# ---------------------------------------------------------------- the table of functions

A, B, V, U = (3, 4), (4, 2), (5,), (4,)
S = (2, 3, 4)
MASK = np.array([[True, False, True, False], [False, False, True, True], [True, True, False, False]])
C = np.linspace(-1.0, 1.0, 12).reshape(3, 4)
POSITIVE = {"log", "log2", "log10", "sqrt", "power", "float_power", "divide", "reciprocal", "prod", "cumprod", "log1p"}


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def masked(x: Any) -> Any:
    x = x * 1.0
    x[x <= 0] = 0
    return x


def filled(x: Any) -> Any:
    out = np.zeros_like(x)
    for i in range(x.shape[0]):
        out[i] = x[i] * (i + 1)
    out[:, 1] += 2.0
    out[0] *= x[1]
    return out


def counted(x: Any) -> Any:
    out = np.zeros_like(x)
    np.add.at(out, [0, 0, 2], x * 2.0)
    return out


def filled_diagonal(x: Any) -> Any:
    x = x.copy()
    np.fill_diagonal(x, 1.5)
    return x * x


def put_along(x: Any) -> Any:
    x = x.copy()
    np.put_along_axis(x, np.array([[0], [1], [2]]), 7.0, axis=1)
    return x * x


def copied(x: Any) -> Any:
    out = x * 1.0
    np.copyto(out, x[::-1])
    return out * x


Case = tuple[str, Callable[..., Any], tuple[tuple[int, ...], ...]]

UNARY = (
    np.negative, np.positive, np.absolute, np.fabs, np.square, np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10,
    np.log1p, np.sqrt, np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh, np.reciprocal, np.sign, np.degrees,
    np.radians, np.rad2deg, np.deg2rad, np.conjugate,
)  # fmt: skip
BINARY = (
    np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power, np.maximum, np.minimum, np.fmax, np.fmin,
    np.logaddexp, np.hypot, np.arctan2,
)  # fmt: skip
REDUCTIONS = (np.sum, np.mean, np.var, np.std, np.prod, np.max, np.min, np.ptp, np.amax, np.amin)

CASES: list[Case] = [
    *((f.__name__, f, (A,)) for f in UNARY),
    *((f.__name__, f, (A, A)) for f in BINARY),
    *((f"{f.__name__}, broadcast", f, (A, U)) for f in BINARY),
    *((f"{f.__name__}, plain left", lambda x, f=f: f(np.abs(C) + 0.5, x), (A,)) for f in BINARY),
    *((f"{f.__name__}, plain right", lambda x, f=f: f(x, np.abs(C) + 0.5), (A,)) for f in BINARY),
    ("arcsin", lambda x: np.arcsin(x / 4), (A,)),
    ("arccos", lambda x: np.arccos(x / 4), (A,)),
    ("arctan", np.arctan, (A,)),
    ("heaviside", lambda x: np.heaviside(x, 0.5) * x, (A,)),
    ("operators", lambda x, y: (2.0 * x - y / 3.0 + 1) ** 2 - abs(x) + -y + (1 - x) * (y @ C.T[:, :1]), (A, A)),
    ("floats of NumPy", lambda x: np.float64(2) * x + x * np.float32(0.5) - np.int64(3), (A,)),
    ("lists", lambda x: [1.0, 2.0, 3.0, 4.0] * x + [[1.0], [2.0], [3.0]], (A,)),
    ("booleans", lambda x: x * (x > 0) + MASK * x, (A,)),
    # reductions
    *(
        (f"{f.__name__} {options}", lambda x, f=f, o=options: f(x, **o), (shape,))
        for f in REDUCTIONS
        for shape, options in (
            (A, {}), (A, {"axis": 0}), (A, {"axis": -1, "keepdims": True}), (S, {"axis": (0, 2)}),
            (S, {"axis": 1}), (S, {"axis": None, "keepdims": True}),
        )
    ),
    ("var ddof", lambda x: np.var(x, axis=1, ddof=1), (A,)),
    ("std ddof", lambda x: x.std(0, ddof=1, keepdims=True), (A,)),
    ("average", lambda x: np.average(x, axis=0), (A,)),
    ("average weights", lambda x: np.average(x, axis=0, weights=np.abs(C)), (A,)),
    *((f"{f.__name__} {axis}", lambda x, f=f, a=axis: f(x, axis=a), (A,))
      for f in (np.cumsum, np.cumprod) for axis in (None, 0, 1)),
    ("accumulate", lambda x: np.maximum.accumulate(x, axis=1) + np.add.accumulate(x), (A,)),
    ("add.reduce", lambda x: np.add.reduce(x, axis=1), (A,)),
    ("multiply.outer", np.multiply.outer, (V, U)),
    ("subtract.outer", lambda x: np.subtract.outer(x, np.arange(3.0)), (V,)),
    ("power.outer", lambda x: np.power.outer(np.arange(1.0, 4.0), x), (A,)),
    ("methods", lambda x: x.sum() + x.mean(0) + x.max(axis=0) * x.min() + x.var(axis=0) + x.std() + x.prod(), (A,)),
    ("methods 2", lambda x: x.cumsum(1).dot(np.ones(4)) + x.trace() + x.clip(-0.4, 0.6).T[0], (A,)),
    ("one element", lambda x: x.sum(axis=1) + x.max(1) + x.mean(1), ((3, 1),)),
    # weighted sums
    ("dot", np.dot, (A, B)),
    ("dot of vectors", np.dot, (U, U)),
    ("dot with number", lambda x: np.dot(2.0, x), (A,)),
    ("dot deep", np.dot, (S, (2, 4, 3))),
    ("dot plain", lambda x: np.dot(C.T, x).dot(np.ones((4, 2))), (A,)),
    ("matmul", np.matmul, (A, B)),
    ("@ vectors", lambda x, y: x @ y, (U, U)),
    ("@ vector", lambda x, y: x @ y, (A, U)),
    ("vector @", lambda x, y: x @ y, (U, B)),
    ("stacks @", lambda x, y: x @ y, (S, (2, 4, 3))),
    ("stacks @ broadcast", lambda x, y: x @ y, (S, B)),
    ("vector @ stacks", lambda x, y: x @ y, ((3,), S)),
    ("plain @", lambda x: C.T @ x, (A,)),
    ("@ plain", lambda x: x @ C.T, (A,)),
    ("outer", np.outer, (V, U)),
    ("inner", np.inner, (A, (2, 4))),
    ("inner number", lambda x: np.inner(x, 3.0), (V,)),
    ("vdot", np.vdot, (A, A)),
    ("tensordot", np.tensordot, (S, (3, 4, 2))),
    ("tensordot axes", lambda x, y: np.tensordot(x, y, axes=([0, 2], [1, 0])), (S, (4, 2, 3))),
    ("tensordot 0", lambda x, y: np.tensordot(x, y, axes=0), (U, (2,))),
    *((f"einsum {text}", lambda *xs, t=text: np.einsum(t, *xs), shapes) for text, shapes in (
        ("ij,jk->ik", (A, B)), ("ij,jk", (A, B)), ("ij->ji", (A,)), ("ij->", (A,)), ("ij->j", (A,)), ("ii", ((3, 3),)),
        ("ii->i", ((3, 3),)), ("i,i", (V, V)), ("i,j->ij", (V, U)), ("ij,ij->i", (A, A)),
        ("bij,bjk->bik", (S, (2, 4, 2))),
        ("ij,j,jk->ik", (A, U, B)), ("...ij,jk->...ik", (S, B)), ("...i->...", (S,)), ("ij,kj->ik", (A, (2, 4))),
        ("bi, bj -> ij", ((3, 2), (3, 4))), ("...,...", (A, U)), ("ijj->i", ((2, 3, 3),)), ("ji", (A,)),
    )),
    ("trace", np.trace, ((4, 4),)),
    ("trace offset", lambda x: np.trace(x, offset=1), ((4, 4),)),
    *((f"norm {options}", lambda x, o=options: np.linalg.norm(x, **o), (shape,)) for shape, options in (
        (V, {}), (A, {}), (A, {"axis": 1}), (A, {"axis": 0, "keepdims": True}), (V, {"ord": 1}), (V, {"ord": np.inf}),
        (V, {"ord": -np.inf}), (V, {"ord": 3}), (A, {"ord": "fro"}), (S, {"axis": 2, "ord": 2}), (S, {"axis": (0, 1)}),
    )),
    ("kron", np.kron, ((2, 2), (2, 3))),
    ("cross", np.cross, ((3,), (3,))),
    ("diff", lambda x: np.diff(x, axis=1), (A,)),
    ("ediff1d", np.ediff1d, (V,)),
    # moving
    ("concatenate", lambda x, y: np.concatenate([x, C, y], axis=0), (A, A)),
    ("concatenate 1", lambda x: np.concatenate((x, np.ones((3, 1))), axis=1) ** 2, (A,)),
    ("stack", lambda x, y: np.stack([x, y], axis=1), (A, A)),
    ("vstack", lambda x: np.vstack([x, np.ones(4)]), (A,)),
    ("hstack", lambda x: np.hstack([np.ones((3, 1)), x]), (A,)),
    ("dstack", lambda x: np.dstack([x, C]), (A,)),
    ("column_stack", lambda x: np.column_stack([x, np.arange(5.0)]), (V,)),
    ("block", lambda x: np.block([[x, x], [x, C]]), (A,)),
    ("append", lambda x: np.append(x, 1.0), (V,)),
    ("insert", lambda x: np.insert(x, 0, 1.0, axis=1), (A,)),
    ("delete", lambda x: np.delete(x, 1, axis=0), (A,)),
    ("reshape", lambda x: np.reshape(x, (2, 6)) @ np.ones(6), (A,)),
    ("reshape method", lambda x: x.reshape(4, -1), (A,)),
    ("ravel", lambda x: np.ravel(x) + x.ravel() + x.flatten(), (A,)),
    ("transpose", lambda x: np.transpose(x, (2, 0, 1)), (S,)),
    ("T", lambda x: x.T @ x, (A,)),
    ("swapaxes", lambda x: np.swapaxes(x, 0, 2), (S,)),
    ("moveaxis", lambda x: np.moveaxis(x, 0, -1), (S,)),
    ("squeeze", lambda x: np.squeeze(np.expand_dims(x, 1)), (A,)),
    ("newaxis", lambda x: x[:, None] * x[None, :], (V,)),
    ("atleast_1d", np.atleast_1d, (V,)),
    ("atleast_2d", np.atleast_2d, (V,)),
    ("atleast_3d", np.atleast_3d, (V,)),
    ("empty_like", lambda x: np.empty_like(x) * 0.0 + x, (A,)),
    ("broadcast_to", lambda x: np.broadcast_to(x, (3, 4)) * C, (U,)),
    ("broadcast_arrays", lambda x, y: np.broadcast_arrays(x, y)[1], (A, U)),
    ("pad", lambda x: np.pad(x, ((1, 0), (0, 2))), (A,)),
    ("pad constant", lambda x: np.pad(x, 1, constant_values=3.0), (A,)),
    ("pad edge", lambda x: np.pad(x, 1, mode="edge"), (A,)),
    ("pad reflect", lambda x: np.pad(x, 1, mode="reflect"), (A,)),
    ("roll", lambda x: np.roll(x, 1, axis=1), (A,)),
    ("rot90", np.rot90, (A,)),
    ("tile", lambda x: np.tile(x, (2, 1)), (A,)),
    ("repeat", lambda x: np.repeat(x, 2, axis=1), (A,)),
    ("repeat method", lambda x: x.repeat(3), (V,)),
    ("flip", lambda x: np.flip(x, axis=1), (A,)),
    ("fliplr", np.fliplr, (A,)),
    ("split", lambda x: np.split(x, 2, axis=1)[1], (A,)),
    ("array_split", lambda x: np.array_split(x, 3)[0], (V,)),
    ("dsplit", lambda x: np.dsplit(x, 2)[1], (S,)),
    ("unstack", lambda x: getattr(np, "unstack", list)(x)[1], (A,)),
    ("matrix_transpose", getattr(np, "matrix_transpose", np.transpose), (A,)),
    ("diag", np.diag, ((4, 4),)),
    ("diag of vector", np.diag, (U,)),
    ("diagonal", lambda x: x.diagonal(), ((4, 4),)),
    ("diagflat", np.diagflat, (U,)),
    ("triu", np.triu, ((4, 4),)),
    ("tril", lambda x: np.tril(x, -1), ((4, 4),)),
    ("take", lambda x: np.take(x, [0, 0, 2], axis=0), (A,)),
    ("take_along_axis", lambda x: np.take_along_axis(x, np.array([[1], [0], [3]]), axis=1), (A,)),
    ("compress", lambda x: np.compress([True, False, True], x, axis=0), (A,)),
    ("select", lambda x: np.select([MASK], [x * 2.0], 0.5), (A,)),
    ("sort", lambda x: np.sort(x, axis=0), (A,)),
    ("sort method", lambda x: (x.sort(), x)[1] * 2.0, (A,)),
    ("where", lambda x: np.where(MASK, x, 0.0), (A,)),
    ("where leaky", lambda x: np.where(x > 0, x, 0.01 * x), (A,)),
    ("where two", lambda x, y: np.where(x > y, x, y), (A, A)),
    ("clip", lambda x: np.clip(x, -0.4, 0.6), (A,)),
    ("clip min", lambda x: np.clip(x, 0.1, None), (A,)),
    ("relu", lambda x: np.maximum(0, x), (A,)),
    ("zeros_like", lambda x: np.zeros_like(x) + x, (A,)),
    ("ones_like", lambda x: np.ones_like(x) * x, (A,)),
    ("full_like", lambda x: np.full_like(x, 2.5) * x, (A,)),
    ("windows", lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 2)).sum(axis=(2, 3)), (A,)),
    # indexing
    ("slice", lambda x: x[1:, ::2] * x[:2, 1::2], (A,)),
    ("integers", lambda x: x[[0, 2, 0]], (A,)),
    ("pairs", lambda x: -np.log(x[range(3), [1, 0, 3]] ** 2).mean(), (A,)),
    ("mask", lambda x: x[MASK], (A,)),
    ("negative", lambda x: x[-1, ..., None], (A,)),
    ("one-hot", lambda x: np.eye(3)[[0, 2, 1, 1]] @ x, (A,)),
    ("lookup", lambda x: x[np.array([[0, 1], [2, 0]])].reshape(2, -1), (A,)),
    # writing
    ("masked", masked, (A,)),
    ("filled", filled, (A,)),
    ("add.at", counted, (A,)),
    ("fill_diagonal", filled_diagonal, ((3, 3),)),
    ("put_along_axis", put_along, (A,)),
    ("copyto", copied, (A,)),
    # code as people write it
    ("softmax", softmax, (A,)),
    ("log-softmax", lambda z: z - np.log(np.exp(z).sum(1, keepdims=True)), (A,)),
    ("sigmoid", lambda z: 1 / (1 + np.exp(-z)), (A,)),
    ("cross entropy", lambda z: -np.log(softmax(z)[np.arange(3), [3, 0, 1]]).mean() + 0.1 * np.sum(z**2), (A,)),
    ("batch norm", lambda x: (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-5), (A,)),
    ("norm of rows", lambda x: x / np.linalg.norm(x, axis=1, keepdims=True), (A,)),
    ("two layers", lambda w, v: np.tanh(C @ w.T) @ v[:3, :], (A, B)),
    ("vectorize", lambda x: np.vectorize(lambda z: z * z + 1.0)(x), (A,)),
    ("loops", lambda x: sum(row[j] * (j + 1) for row in x for j in range(4)), (A,)),
    ("nested sums", lambda x: np.sum([xi**2 for xi in x.ravel()]), (A,)),
]  # fmt: skip


def inputs(name: str, shapes: tuple[tuple[int, ...], ...]) -> list[np.ndarray]:
    """Numbers between -2 and 2, of which no two are close to each other; above 0 where the function asks for it."""
    rng = np.random.default_rng(len(name))
    made = []
    for shape in shapes:
        size = int(np.prod(shape))
        spread = rng.permutation(np.linspace(-2.0, 2.0, size + 2)[:size] + 0.037) + rng.uniform(0, 0.05)
        made.append(spread.reshape(shape))
    return [np.abs(x) + 0.3 for x in made] if name.split(",")[0].partition(" ")[0] in POSITIVE else made


def numbers(x: Any) -> np.ndarray:
    return x.numbers if isinstance(x, Array) else np.asarray(x.data if isinstance(x, Value) else x, dtype=float)


def differences(f: Callable[..., Any], xs: list[np.ndarray], weights: np.ndarray) -> list[np.ndarray]:
    """The gradient of the weighted sum of all results, by central differences in floats."""
    step, found = 1e-5, []
    for i, x in enumerate(xs):
        slope = np.zeros(x.shape)
        for place in np.ndindex(x.shape):
            results = []
            for sign in (1.0, -1.0):
                moved = [each.copy() for each in xs]
                moved[i][place] += sign * step
                results.append(np.sum(weights * f(*moved)))
            slope[place] = (results[0] - results[1]) / (2 * step)
        found.append(slope)
    return found


@pytest.mark.parametrize(("name", "f", "shapes"), CASES, ids=[case[0] for case in CASES])
def test_numbers_and_gradients(name: str, f: Callable[..., Any], shapes: tuple[tuple[int, ...], ...]) -> None:
    xs = inputs(name, shapes)
    expected = np.asarray(f(*[x.copy() for x in xs]))
    leaves = [values(x, f"x{i}") for i, x in enumerate(xs)]
    result = f(*[leaf.copy() for leaf in leaves])
    assert type(result) is (Array if expected.shape else Value)
    if expected.shape:
        assert all(isinstance(item, Value) for item in result.flat)
    assert numbers(result).shape == expected.shape
    np.testing.assert_allclose(numbers(result), expected, rtol=1e-12, atol=1e-13)
    weights = np.cos(np.arange(expected.size) + 1.0).reshape(expected.shape)
    loss = (result * weights).sum() if expected.shape else result * float(weights)
    loss.backward()
    for leaf, slope in zip(leaves, differences(f, xs, weights), strict=True):
        np.testing.assert_allclose(leaf.grads, slope, rtol=1e-6, atol=2e-8)


def test_every_function_that_is_known_is_in_the_table() -> None:
    """What is said to be known must have been tried: a function is looked for by its name in the cases above."""
    from pathlib import Path

    from autograd.arrays import elementwise, functions

    source = Path(__file__).read_text(encoding="utf-8")
    known = {*elementwise.BY_THEMSELVES, *elementwise.COMPOSED, *elementwise.OF_NUMBERS}
    groups = (functions.COMPUTED, functions.CHOSEN, functions.MOVING, functions.IN_OPERATIONS, functions.OF_NUMBERS)
    for group in groups:
        known |= {function.__name__ for function in group}
    assert sorted(name for name in known if name not in source) == []


# ---------------------------------------------------------------- aliasing, in place

PROGRAMS = """
y = x[0]; y += 1
y = x.T; y[0] *= 2
y = x.reshape(-1); y[3] = 5
y = x[:, 1]; x -= 1
y = x[[0, 1]]; y += 1
y = x[x > 0]; y[:] = 0
y = x.copy(); y[0] = 0
y = x; y = y + 1
y = x.ravel(); y *= 0.5
y = x.flatten(); y *= 0.5
y = x[x < 0] = 0
x[x < 0] = 0; y = x
y = np.split(x, 2, axis=1)[0]; y += 1
x[0], x[1] = x[1], x[0]; y = x
y = np.flip(x); y[0] = 9
y = x[::-1]; x[:] = y
x[1:] = x[:-1]; y = x
np.maximum(x, 0, out=x); y = x
y = x[1]; np.add(y, 1.0, out=y)
x **= 2; y = x
x /= 3; x -= x; y = x
x @= np.eye(4); y = x
x[:, 0] += x[:, 1]; y = x
x[[0, 0]] += 1; y = x
x[np.arange(3), [0, 1, 2]] -= 1; y = x
x[MASK] *= -1; y = x
y = x.sum(axis=0); y += 1
y = np.zeros_like(x); y[...] = x; y[0] = 1
x.fill(2.0); y = x
y = np.transpose(x); y += x.T
y = np.squeeze(x[:, :1]); y -= 1
y = np.expand_dims(x, 0); y *= 2
y = np.swapaxes(x, 0, 1); y[1] = 0
y = np.atleast_2d(x); y[0, 0] = 3
y = np.array_split(x, 2)[1]; y[:] = [1, 2, 3, 4]
y = x.view(); y[0] = x[1] * 2
x[0] = x[:1]; y = x
x[..., 1] = 7; y = x
x[:, 1] = x.sum(axis=1); y = x
y = np.vsplit(x, 3)[2]; y += 1
y = np.hsplit(x, 2)[1]; y += 1
y = x.T.copy(); y += 1; x = x + y.T
z = x[0:2]; z = z + 1; y = z
z = x[0:2]; z += 1; y = x[0]
np.place(x, x > 0, 1.5); y = x
np.putmask(x, MASK, 2.5); y = x
np.put(x, [0, 3], 8.0); y = x
x.put([1, 2], [4.0, 5.0]); y = x
y = np.resize(x, (2, 3)); y += 1
y = np.copy(x); y += 1
np.subtract.at(x, ([0, 0], [1, 1]), 1.0); y = x
x.sort(axis=0); y = x
y = np.rollaxis(x, 1); y[0] = 0
y = np.choose([0, 1, 0, 1], [x[0], x[1]]); y = y + 1
y = np.extract(MASK, x); y += 1
y = np.flipud(x); y[0] += 1
""".strip().splitlines()


@pytest.mark.parametrize("program", PROGRAMS)
def test_memory_is_shared_as_in_numpy(program: str) -> None:
    (start,) = inputs("", (A,))
    plain, traced = ({"x": x, "np": np, "MASK": MASK} for x in (start.copy(), values(start, "x") * 1.0))
    exec(program, plain)
    exec(program, traced)
    for name in ("x", "y"):
        np.testing.assert_allclose(numbers(traced[name]), plain[name], rtol=1e-15)
    assert isinstance(traced["x"], Array)
    assert all(isinstance(item, Value) for item in traced["x"].flat)


def test_what_is_written_over_has_no_part_in_the_gradient() -> None:
    w = values([1.0, 2.0, 3.0], "w")
    x = w * w
    view = x[1:]
    view[0] = 10.0
    x[2] *= w[0]
    x.sum().backward()
    assert w.grads.tolist() == [2.0 + 9.0, 0.0, 6.0]  # w0² + 10 + w2² w0


def test_in_place_keeps_names_where_nothing_is_recorded() -> None:
    w = values([1.0, 2.0], "w")
    (w * w).sum().backward()
    with no_grad():
        w -= 0.1 * w.grads
    assert w.numbers.tolist() == [0.8, 1.6]
    assert [(node.label, node.op, node.has_grad) for node in w] == [("w[0]", None, False), ("w[1]", None, False)]


def test_numbers_of_leaves_can_be_set() -> None:
    w = values([[1.0, 2.0]], "w")
    first = w[0, 0]
    (w * 3.0).sum().backward()
    w.numbers -= 0.5 * w.grads
    assert w[0, 0] is first
    assert w.numbers.tolist() == [[-0.5, 0.5]]
    w.zero_grad()
    assert not first.has_grad
    assert w.grads.tolist() == [[0.0, 0.0]]
    with pytest.raises(AttributeError, match="was computed by <operation mul> and stays"):
        (w * 3.0).numbers = 0.0


# ---------------------------------------------------------------- what looks at numbers, what is refused

LOOKING: list[Callable[..., Any]] = [
    lambda x: x > 0, lambda x: x <= np.zeros(4), lambda x: x == x.T.T, lambda x: x != 0.0, lambda x: x >= 0.1,
    lambda x: np.greater_equal(x, x), lambda x: np.less(x, 0.2), lambda x: np.equal(x, x), lambda x: np.not_equal(x, 1),
    np.isnan, np.isfinite, np.isinf, np.signbit, np.logical_not, lambda x: np.logical_and(x, x > 0),
    lambda x: np.logical_or(x > 0, x), lambda x: np.logical_xor(x, 0), lambda x: np.less_equal(x, 0.2),
    np.argmax, lambda x: np.argmax(x, axis=1), lambda x: x.argmin(0), np.argmin, np.argsort,
    lambda x: x.argsort(axis=0), np.any, np.all, lambda x: np.all(x > -3, axis=0), lambda x: x.any(axis=1),
    lambda x: x.all(), np.count_nonzero, lambda x: np.nonzero(x > 0), np.argwhere, np.flatnonzero,
    lambda x: x.nonzero(), lambda x: np.where(x > 0), lambda x: np.allclose(x, x), lambda x: np.isclose(x, 0.0),
    lambda x: np.array_equal(x, x), lambda x: np.array_equiv(x, x), np.unique, np.shape, np.ndim, np.size, len,
    lambda x: np.searchsorted(np.sort(x.ravel()), 0.5), lambda x: np.digitize(x, np.arange(3.0)), np.isposinf,
    np.isneginf, lambda x: np.histogram(x, bins=3), lambda x: np.lexsort((x[0], x[1])), lambda x: np.isin(x, x[0]),
    lambda x: np.array2string(x), np.array_str, str, lambda x: x.astype(bool), lambda x: x.shape, lambda x: 0.5 in x,
    lambda x: np.array_repr(x * 1.0).replace("Array", "array").split(), lambda x: (x > 0).astype(float).mean(),
    lambda x: (np.argmax(x, axis=1) == [0, 1, 2]).sum(), lambda x: bool(x[0, 0] > 0), lambda x: f"{x[0, 0]:.3f}",
    lambda x: np.logical_and.reduce(x, axis=0), lambda x: np.equal.outer(x[0], x[0]),
]  # fmt: skip


@pytest.mark.parametrize("f", LOOKING)
def test_what_looks_at_numbers_gives_what_numpy_gives(f: Callable[..., Any]) -> None:
    (x,) = inputs("", (A,))
    expected, found = f(x), f(values(x, "x"))
    pairs = zip(expected, found, strict=True) if isinstance(expected, tuple) else [(expected, found)]
    for mine, theirs in pairs:
        assert not isinstance(theirs, (Array, Value))
        assert type(theirs) is type(mine)
        assert np.array_equal(theirs, mine)


REFUSED: dict[str, Callable[[Any], Any]] = {
    "np.round is not known": np.round,
    "np.floor is not known": np.floor,
    "np.floor_divide is not known": lambda x: x // 2,
    "np.remainder is not known": lambda x: x % 2,
    "np.divmod is not known": lambda x: divmod(x, 2),
    "np.median is not known": np.median,
    "np.linalg.inv is not known": lambda x: np.linalg.inv(x[:, :3]),
    "np.fft.fft is not known": np.fft.fft,
    "np.interp is not known": lambda x: np.interp(x, [0, 1], [0, 1]),
    "np.multiply.reduceat is not known": lambda x: np.multiply.reduceat(x, [0, 1]),
    "np.subtract.reduce is not known": lambda x: np.subtract.reduce(x),
    "np.subtract.accumulate is not known": lambda x: np.subtract.accumulate(x),
    "np.sum of Values: got an unexpected keyword argument 'where'": lambda x: np.sum(x, where=MASK),
    "where= and initial= are not known": lambda x: np.add(x, 1, where=MASK),
    r"astype\(float64\) would lose the gradient": lambda x: x.astype(float),
    r"astype\(int64\) would lose the gradient": lambda x: x.astype(np.int64),
    r"float\(Value.* would lose the gradient": lambda x: np.asarray(x, dtype=float),
    "into an array of float64": lambda x: np.ones(A).__iadd__(x),
    "np.add.at would lose the gradient": lambda x: np.add.at(np.ones(4), [0], x[0, 0:1]),
    "np.copyto would lose the gradient": lambda x: np.copyto(np.ones(A), x),
    "out: an array of float64 would lose the gradient": lambda x: np.sum(x, axis=0, out=np.ones(4)),
    "with mode='mean'": lambda x: np.pad(x, 1, mode="mean"),
    "expected an array of real numbers or Values, got one of dtype complex128": lambda x: x * np.array([1j]),
    "expected a real number": lambda x: x + np.array([None]),
    "np.linalg.norm with ord='nuc'": lambda x: np.linalg.norm(x, "nuc"),
    "ord=0 counts": lambda x: np.linalg.norm(x[0], 0),
    "expected subscripts as text": lambda x: np.einsum(x, [0, 1], [1, 0]),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_would_lose_the_gradient_is_refused(message: str) -> None:
    with pytest.raises(TypeError, match=message):
        REFUSED[message](values(inputs("", (A,))[0], "x"))


def test_floats_that_values_are_written_into_refuse() -> None:
    x, plain = values([1.0, 2.0], "x"), np.zeros(2)
    for write in (lambda: plain.__setitem__(0, x[0]), lambda: plain.__setitem__(slice(None), x)):
        with pytest.raises(TypeError, match="would lose the gradient"):
            write()
    assert plain.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x + np.ones(3), lambda x: x @ np.ones(3), lambda x: x.reshape(5, 5), lambda x: x[7],
        lambda x: np.concatenate([x, np.ones(3)]), lambda x: np.einsum("ij,jk->ik", x, np.ones((3, 2))),
        lambda x: np.sum(x, axis=5), lambda x: x.mean(axis=(0, 0)), lambda x: np.max(x[:0]), lambda x: x[0].__iadd__(x),
        lambda x: x[0].__iadd__(x[:1]), lambda x: x[:, :1].__imul__(x),
        lambda x: np.tensordot(x, x, axes=1), lambda x: np.einsum("ii", x), lambda x: np.dot(x, np.ones(3)),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit_raise_what_numpy_raises(f: Callable[..., Any]) -> None:
    (x,) = inputs("", (A,))
    with pytest.raises(Exception) as expected:
        f(x)
    with pytest.raises(expected.type):
        f(values(x, "x"))


def test_reductions_of_nothing() -> None:
    empty = values(np.zeros((2, 0)), "x")
    assert empty.sum(axis=1).numbers.tolist() == [0.0, 0.0]
    assert empty.prod(axis=1).numbers.tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="mean: expected at least one number"):
        empty.mean(axis=1)
    with pytest.raises(ValueError, match="var: 1 numbers less ddof = 1 leave nothing"):
        np.var(values([2.0]), ddof=1)


# ---------------------------------------------------------------- scipy, kinks, errors of operations


def test_functions_of_scipy_by_their_names() -> None:
    from autograd.arrays.elementwise import OF_SCIPY

    special = pytest.importorskip("scipy.special")
    x = values([-1.0, 0.5], "x")
    for name in OF_SCIPY:
        args = (np.array([0.3, 0.6]),) if name == "logit" else (x.numbers,) * (2 if name == "xlogy" else 1)
        np.testing.assert_allclose(getattr(special, name)(*map(values, args)).numbers, getattr(special, name)(*args))


def test_ties_share_the_gradient_and_errors_name_elements() -> None:
    x = values([2.0, 2.0, 1.0], "x")
    x.max().backward()
    assert x.grads.tolist() == [0.5, 0.5, 0.0]
    with pytest.raises(ValueError, match=r"log\(x\[1\] = -1.0\)"):
        np.log(values([1.0, -1.0], "x"))
    with pytest.raises(ZeroDivisionError, match=r"div\(1.0, x\[0\] = 0.0\)"):
        1 / values([0.0], "x")


# ---------------------------------------------------------------- graphs


def test_weighted_sums_and_sums_are_one_node_each() -> None:
    w, x = values(np.ones((4, 3)), "w"), np.ones((5, 4))
    z = x @ w
    loss = z.sum()
    assert len(topological_order(loss)) == 12 + 15 + 1
    assert {node.op.name for node in z.flat} == {"weighted_sum"}
    assert all(type(arg) is float for arg in z[0, 0].args[4:])  # data are literals, and no nodes
    assert [arg.label for arg in z[0, 1].args[:4]] == ["w[0, 1]", "w[1, 1]", "w[2, 1]", "w[3, 1]"]
    assert len(topological_order(np.einsum("ij,jk->ik", x, w).mean())) == 12 + 15 + 2
    assert [len(topological_order(np.sum(f(w)))) for f in (np.linalg.norm, np.mean, np.trace)] == [14, 14, 4]


def test_copies_and_pickles_are_arrays_with_gradients_of_their_own() -> None:
    w = values([[1.0, 2.0]], "w")
    z = w * w
    for twin in (copy.deepcopy(z), pickle.loads(pickle.dumps(z))):
        assert type(twin) is Array
        twin.sum().backward()
        leaves = [node for node in topological_order(twin.sum()) if node.label]
        assert [(leaf.label, leaf.grad) for leaf in leaves] == [("w[0, 0]", 2.0), ("w[0, 1]", 4.0)]
    assert w.grads.tolist() == [[0.0, 0.0]]
    both = pickle.loads(pickle.dumps((w, z)))
    both[1].sum().backward()
    assert both[0].grads.tolist() == [[2.0, 4.0]]


def test_importing_the_package_leaves_numpy_alone() -> None:
    code = "import sys, autograd; autograd.values; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# ---------------------------------------------------------------- names


def test_names_of_elements() -> None:
    labels = ["W1[0, 0]", "W1[0, 1]", "W1[1, 0]", "W1[1, 1]"]
    assert [node.label for node in values(np.zeros((2, 2)), "W1").flat] == labels
    assert [node.label for node in values([1, True], "b")] == ["b[0]", "b[1]"]
    assert values(np.zeros((1, 1, 2)), "t")[0, 0, 1].label == "t[0, 0, 1]"
    for single in (0.5, np.float32(0.5), np.array(0.5), Value(0.5)):
        named = values(single, "b")
        assert (type(named), named.data, named.label) == (Value, 0.5, "b")
    assert [node.label for node in values([1.0])] == [""]
    mixed = values([[Value(1.0), 2.0]], "m")
    assert [(node.label, node.op) for node in mixed.flat] == [("m[0, 0]", None), ("m[0, 1]", None)]


def test_what_is_computed_is_named_in_place() -> None:
    w = values(np.ones((2, 2)), "w")
    z = w @ w
    assert values(z, "z") is z
    assert z[0, 1].label == "z[0, 1]"
    assert values(z, "z") is z
    loss = z.sum()
    assert values(loss, "L") is loss
    assert list(loss.named())[-2:] == ["z[1, 1]", "L"]
    assert loss.named()["z[1,1]"] is z[1, 1]
    listed = [[each * 2.0 for each in row] for row in w]
    assert values(listed, "h")[1, 0] is listed[1][0]


def test_what_belongs_to_another_array_gets_nodes_of_its_own() -> None:
    c = values([[1.0, 2.0], [3.0, 4.0]], "C")
    emb = values(c[[0, 1, 0]], "emb")
    flat = values(emb.reshape(-1), "flat")
    turned = values(np.tanh(c).T, "t")
    loss = (flat * np.arange(1.0, 7.0)).sum() + turned.sum()
    loss.backward()
    assert c[0, 1].label == "C[0, 1]"
    assert emb.grads.tolist() == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert flat.grads.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert c.grads[0, 0] == pytest.approx(1.0 + 5.0 + 1.0 - np.tanh(1.0) ** 2)
    assert emb[2, 0].op.name == "identity"


def written_into(h: Any) -> Any:
    x = h * 2.0
    x[0] = h[0]
    return x


OF_OTHERS: list[Callable[[Any], Any]] = [
    lambda h: h[0], lambda h: h.T, lambda h: h[[0, 1]], lambda h: np.where(h > -9.0, h, 0.0), lambda h: np.positive(h),
    lambda h: np.pad(h, 1), lambda h: np.concatenate([h, h]),
    lambda h: np.cumsum(h, axis=0), lambda h: h[:1].max(axis=0),
    lambda h: np.sort(h), written_into, lambda h: [[h[0, 0], h[0, 0]]], lambda h: np.einsum("ij->ji", h),
    lambda h: np.clip(h, -9.0, 9.0), lambda h: h[:, :1].prod(axis=1), lambda h: np.conjugate(h),
]  # fmt: skip


@pytest.mark.parametrize("f", OF_OTHERS)
def test_gradients_of_a_named_array_are_its_own(f: Callable[[Any], Any]) -> None:
    """What its elements are used for elsewhere does not count, though nothing there has a name."""
    h = np.tanh(values([[0.1, 0.2], [0.3, 0.4]], "w"))
    named = values(f(h), "named")
    ((named * 3.0).sum() + h.sum() * 10.0).backward()
    assert np.all(named.grads == 3.0)
    assert [node.label for node in h.flat] == [""] * 4


def test_at_the_kink_and_with_numbers_for_conditions() -> None:
    x = values([-1.0, 0.0, 2.0], "x")
    assert np.heaviside(x, 0.5).numbers.tolist() == [0.0, 0.5, 1.0]
    assert np.where(x, x + 5.0, 0.0).numbers.tolist() == [4.0, 0.0, 7.0]
    assert np.where(np.array([-1.0, 0.0, 1.0]), x + 5.0, 0.0).numbers.tolist() == [4.0, 0.0, 7.0]


def test_names_that_are_none() -> None:
    with pytest.raises(TypeError, match="values: expected a label of type str, got int: 3"):
        values([1.0], 3)  # type: ignore[arg-type]
    for nothing in ("abc", None, [None], [1j], ["a"], [[1.0], ["b"]]):
        with pytest.raises(TypeError, match="expected a"):
            values(nothing, "x")


# ---------------------------------------------------------------- any shapes

SHAPES = st.sampled_from([(), (1,), (3,), (2, 3), (1, 3), (2, 1), (4, 2, 3), (4, 1, 1), (2,), (4, 2, 1)])


@quietly
@given(SHAPES, SHAPES, st.sampled_from(["add", "multiply", "divide", "subtract", "maximum", "matmul"]), st.booleans())
def test_broadcasting_of_any_shapes(a: tuple[int, ...], b: tuple[int, ...], name: str, plain: bool) -> None:
    f = getattr(np, name)
    x, y = (np.random.default_rng(i).uniform(0.5, 2.0, shape) for i, shape in enumerate((a, b)))
    left, right = values(x, "x"), y if plain else values(y, "y")
    try:
        expected = f(x, y)
    except ValueError:
        with pytest.raises((ValueError, TypeError)):
            f(left, right)
        return
    result = f(left, right)
    assert np.shape(result) == expected.shape
    np.testing.assert_allclose(floats(result), expected, rtol=1e-14)  # of a Value and plain ones, NumPy makes an array
    loss = np.sum(result)
    loss.backward()
    (slope,) = differences(lambda moved: f(moved, y), [x], np.ones(expected.shape))
    grads = left.grads if isinstance(left, Array) else left.grad
    np.testing.assert_allclose(grads, slope, rtol=1e-6)


@quietly
@given(
    st.sampled_from(["sum", "mean", "max", "min", "var", "prod", "std"]),
    st.sampled_from([None, 0, 1, 2, -1, (0, 1), (2, 0), (0, 1, 2)]),
    st.booleans(),
)
def test_reductions_along_any_axes(name: str, axis: Any, keepdims: bool) -> None:
    x = np.random.default_rng(7).uniform(0.5, 2.0, S)
    f = getattr(np, name)
    expected, traced = f(x, axis=axis, keepdims=keepdims), values(x, "x")
    result = f(traced, axis=axis, keepdims=keepdims)
    assert np.shape(result) == expected.shape
    np.testing.assert_allclose(numbers(result), expected, rtol=1e-13)
    np.sum(result).backward()
    (slope,) = differences(lambda moved: f(moved, axis=axis, keepdims=keepdims), [x], np.ones(expected.shape))
    np.testing.assert_allclose(traced.grads, slope, rtol=1e-5, atol=1e-8)
