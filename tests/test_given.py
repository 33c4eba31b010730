"""What is given as data: read as what it is, or refused in words; never silently something else."""

import array
import collections
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import (
    Value,
    entries,
    exp,
    grad,
    hessian,
    jit,
    jvp,
    maximum,
    training,
    value_and_grad,
)
from nn import MLP, SGD, Module, accuracy, bce, cross_entropy, data, fit, mse
from nn.data import labelled, normalise, split
from nn.nested import nested

ROWS = [[1.0, 3.0], [2.0, 4.0], [5.0, 0.5]]


class Frame:
    """As much of a DataFrame as is read: columns by name, over which it iterates, and `to_numpy`."""

    def __init__(self, **columns: list[Any]) -> None:
        self._columns = columns
        self.columns = list(columns)
        self.shape = (len(self), len(columns))

    def to_numpy(self) -> Any:
        return np.array(list(zip(*self._columns.values(), strict=True)))

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def __iter__(self) -> Any:
        return iter(self._columns)

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def apply(self, function: Any) -> Any:
        raise AssertionError("a table's apply is not that of a number")


READ: dict[str, Callable[[], Any]] = {
    "a list": lambda: [list(row) for row in ROWS],
    "tuples": lambda: tuple(map(tuple, ROWS)),
    "an array": lambda: np.array(ROWS),
    "an array of objects": lambda: np.array(ROWS, dtype=object),
    "a list of arrays": lambda: [np.array(row) for row in ROWS],
    "lists, tuples and arrays": lambda: [ROWS[0], tuple(ROWS[1]), np.array(ROWS[2])],
    "a Fortran array": lambda: np.asfortranarray(ROWS),
    "big-endian": lambda: np.array(ROWS, dtype=">f8"),
    "a matrix": lambda: np.array(ROWS).view(np.matrix),
    "an array without masked entries": lambda: np.ma.array(ROWS),
    "a table": lambda: Frame(b=[1.0, 2.0, 5.0], a=[3.0, 4.0, 0.5]),
    "a generator": lambda: (row for row in ROWS),
    "generators": lambda: [(x for x in row) for row in ROWS],
    "zip": lambda: zip([1.0, 2.0, 5.0], [3.0, 4.0, 0.5], strict=True),
    "map": lambda: map(list, ROWS),
    "a deque": lambda: collections.deque(ROWS),
    "the values of a dict": lambda: dict(enumerate(ROWS)).values(),
    "arrays of the standard library": lambda: [array.array("d", row) for row in ROWS],
}


@pytest.mark.parametrize("kind", READ)
def test_collections_in_an_order_are_read_as_the_rows_they_are(kind: str) -> None:
    made = READ[kind]
    assert [list(entries(row)) for row in entries(made())] == ROWS
    assert [sample.x for sample in labelled(made(), range(3))] == ROWS
    assert nested(made()) == ROWS
    assert mse(made(), ROWS) == 0.0
    assert normalise(made(), "min-max")(ROWS[0]) == normalise(ROWS, "min-max")(ROWS[0])
    assert [list(row) for row in split(made(), [0, 1, 1], 0.5)[0][0]] == split(ROWS, [0, 1, 1], 0.5)[0][0]
    # The sum of w·(x₀ + 2x₁) over the rows, by hand: w·23.
    for backend in ("python", "llvm"):
        assert jit(lambda w, x: w * (x[0] + 2.0 * x[1]), backend).map(2.0, made()) == 46.0


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("backend", ["eager", "python", "llvm"])
def test_fit_takes_all_of_them(kind: str, backend: str) -> None:
    losses = []
    for X in (READ[kind](), ROWS):  # noqa: N806
        model = MLP(2, [2, 1], "tanh", rng=random.Random(1))
        optimizer = SGD(model.parameters(), lr=0.1)
        history = fit(model, X, [0.0, 1.0, 1.0], loss=mse, optimizer=optimizer, epochs=3, backend=backend)
        losses.append(history.losses)
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    "targets",
    [
        [1.0, 0.0, 1.0],
        np.array([1, 0, 1]),
        np.array([True, False, True]),
        np.array([[1.0], [0.0], [1.0]]),
        [[1], [0], [1]],
        Frame(label=[1, 0, 1]),
        Frame(label=[True, False, True]),
        range(1, -2, -1),
        np.float32([1, 0, 1]),
    ],
    ids=lambda given: type(given).__name__,
)
def test_targets_and_what_map_adds_up(targets: Any) -> None:
    read = [[1.0, 0.0, -1.0], [1.0, 0.0, 1.0]][not isinstance(targets, range)]
    assert [float(sample.y) for sample in labelled(ROWS, targets)] == read
    by_hand = sum(2.0 * (2.0 * x[0] + x[1] - y) * x[0] for x, y in zip(ROWS, read, strict=True))
    for backend in ("python", "llvm"):
        step = jit(value_and_grad(lambda w, x, y: (w * x[0] + x[1] - y) ** 2), backend)
        assert step.map(2.0, ROWS, targets)[1] == by_hand


REFUSED: dict[str, tuple[Any, str]] = {
    "a set": ({(1.0, 2.0)}, "a set has no order"),
    "a frozen set": (frozenset([1.0, 2.0]), "a set has no order"),
    "a dict": ({"a": [1.0, 2.0], "b": [3.0, 4.0]}, r"give a list, such as \[\*x.values\(\)\]"),
    "a counter": (collections.Counter("aab"), r"give a list, such as \[\*x.values\(\)\]"),
    "bytes": (b"ab", "if the numbers of its characters are meant"),
    "a bytearray": (bytearray(b"ab"), "if the numbers of its characters are meant"),
    "a memoryview": (memoryview(b"ab"), r"give x.tolist\(\)"),
    "text": ("ab", "text is no number"),
    "a masked array": (np.ma.array(ROWS, mask=[[0, 1], [0, 0], [1, 0]]), "2 of 6 are masked: give x.filled"),
    "dates": (np.array(["2020-01-01"], dtype="datetime64[ns]"), "an array of datetime64"),
    "sets as rows": ([{1.0, 2.0}], "a set has no order"),
    "bytes as rows": ([bytearray(b"ab")], "if the numbers of its characters are meant"),
    "texts as rows": (["ab"], "text is no number|expected a real number"),
    "a table of texts": (Frame(a=["x"], b=["y"]), "expected a real number .*'x'"),
    "a masked row": ([np.ma.array([1.0, 2.0], mask=[0, 1])], "masked|MaskedArray"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_has_no_order_or_hides_numbers_is_refused(kind: str) -> None:
    given, words = REFUSED[kind]
    w = Value(1.0, "w")
    calls: list[Callable[[], Any]] = [
        lambda: labelled(given, [0]),
        lambda: labelled([[1.0]], given) if not isinstance(given, list) else labelled(given, [0]),
        lambda: mse(given, given),
        lambda: accuracy(given, given),
        lambda: jit(lambda w, x: w * 1.0).map(1.0, given),
        lambda: training(lambda x: (w - 1.0) ** 2, [w], given, backend="python"),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=words):
            call()
    for call in (lambda: split(given, [0, 1]), lambda: normalise(given), lambda: MLP(2, [1])(given)):
        with pytest.raises((TypeError, ValueError)):
            call()


OTHERS = [{1.0}, b"a", bytearray(b"a"), range(2), (x for x in [1.0]), "a"]


@pytest.mark.parametrize("given", OTHERS, ids=lambda x: type(x).__name__)
def test_arguments_of_functions_are_numbers_lists_dicts_and_arrays(given: Any) -> None:
    for call in (grad(lambda x: 1.0), value_and_grad(lambda x: 1.0), hessian(lambda x: 1.0), jit(lambda x: 1.0)):
        with pytest.raises(TypeError, match="expected a real number"):
            call(given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.array(ROWS).view(np.matrix), "got a matrix: pass numpy.array"),
        (np.ma.array(ROWS), "got a MaskedArray: pass numpy.array"),
        (Frame(a=[1.0]), r"got a Frame: pass x.to_numpy\(\)"),
    ],
    ids=["matrix", "masked", "table"],
)
def test_arrays_that_are_more_than_that_are_no_arguments(given: Any, words: str) -> None:
    for call in (grad(lambda x: 1.0), hessian(lambda x: 1.0), jit(lambda x: 1.0)):
        with pytest.raises(TypeError, match=words):
            call(given)


def test_a_table_is_no_number() -> None:
    table: Any = Frame(a=[1.0])
    for call in (lambda: exp(table), lambda: maximum(Value(1.0), table), lambda: Value(table)):
        with pytest.raises(TypeError, match=r"expected (a real number|real numbers)"):
            call()
    with pytest.raises(TypeError, match="expected a real number"):
        Value(np.ma.masked)


def test_real_tables() -> None:
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame({"a": [1, 2, 5], "b": [3.0, 4.0, 0.5]}, index=[7, 8, 9])  # noqa: N806
    y = pd.Series([True, False, True], index=[7, 8, 9])
    assert [sample.x for sample in labelled(X, y)] == ROWS
    assert [sample.y for sample in labelled(X, y)] == [sample.y for sample in labelled(X, y.to_frame())] == [1, 0, 1]
    assert mse(X, ROWS) == 0.0 and mse(X["b"], [3.0, 4.0, 0.5]) == 0.0 and accuracy(y, pd.Series([1, 0, 0])) == 2 / 3
    assert jit(lambda w, x, t: w * (x[0] + t)).map(2.0, X, y) == 20.0
    for missing in (pd.DataFrame({"a": [1.0, None]}), pd.DataFrame({"a": pd.array([1, None], dtype="Int64")})):
        with pytest.raises((TypeError, ValueError), match=r"X\[1\]\[0\]"):
            labelled(missing, [0, 1])
    with pytest.raises(TypeError, match=r"got Series|got a Series"):
        exp(pd.Series([1.0]))


# ---------------------------------------------------------------- deep, in a circle, too large


def deep(levels: int) -> Any:
    nest: Any = 1.0
    for _ in range(levels):
        nest = [nest]
    return nest


def circle() -> Any:
    nest: list[Any] = [1.0]
    nest.append(nest)
    return nest


CALLS: list[Callable[[Any], Any]] = [
    lambda x: labelled(x, [0] * len(x)),
    lambda x: labelled([[1.0]] * len(x), x),
    lambda x: mse(x, x),
    lambda x: cross_entropy(x, [0] * len(x)),
    lambda x: accuracy(x, x),
    lambda x: nested(x),
    lambda x: grad(lambda p: 1.0)(x),
    lambda x: hessian(lambda p: 1.0)(x),
    lambda x: jvp(lambda p: 1.0, (x,), (x,)),
    lambda x: jit(lambda p: 1.0)(x),
    lambda x: jit(lambda w, p: w * 1.0).map(1.0, x),
    lambda x: MLP(2, [1]).load_named({"W1": x}),
    lambda x: training(lambda p: Value(1.0), [Value(1.0)], x, backend="python"),
]


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
@pytest.mark.parametrize("nest", [deep(500), deep(100_000), circle()], ids=["500", "100000", "circle"])
def test_lists_too_deep_or_in_a_circle_are_refused_in_words(call: Callable[[Any], Any], nest: Any) -> None:
    with pytest.raises(ValueError, match=r"lists nested more than 200 deep: does one contain itself\?"):
        call(nest)


def test_a_module_with_a_list_in_a_circle() -> None:
    module = Module()
    module.weights = circle()  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="lists nested more than 200 deep"):
        module.parameters()


@pytest.mark.parametrize("nest", [deep(500), circle()], ids=["500", "circle"])
def test_a_model_shows_no_more_of_such_a_list_than_a_line(nest: Any) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        MLP(len(nest), [1])(nest)
    assert len(str(caught.value)) < 300


def test_a_number_too_large_for_a_float_is_named() -> None:
    calls: list[Callable[[], Any]] = [
        lambda: Value(10**400),
        lambda: Value(1.0) + 10**400,
        lambda: exp(10**400),
        lambda: mse(1.0, 10**400),
        lambda: labelled([[10**400]], [0]),
    ]
    for call in calls:
        with pytest.raises(OverflowError, match=r"too large for a float, which ends at 1.8e308: int 1.00000e\+400"):
            call()
    with pytest.raises(OverflowError, match=r"X\[0\]\[0\]"):
        labelled([[10**400]], [0])
    with pytest.raises(OverflowError, match=r"int 1.00000e\+10000"):
        Value(10**10000)
    assert Value(1.0) < 10**400 and not Value(1.0) > 10**400  # as of floats


# ---------------------------------------------------------------- one input, columns, one-hot


@pytest.mark.parametrize("backend", ["eager", "python", "llvm"])
def test_one_input_per_sample_as_a_flat_list(backend: str) -> None:
    losses = []
    for X in ([0.1, 0.2, 0.4], [[0.1], [0.2], [0.4]], np.array([0.1, 0.2, 0.4])):  # noqa: N806
        model = MLP(1, [2, 1], "tanh", rng=random.Random(0))
        optimizer = SGD(model.parameters(), lr=0.1)
        options: dict[str, Any] = {"loss": mse, "optimizer": optimizer, "epochs": 4, "backend": backend}
        losses.append(fit(model, X, [0.0, 1.0, 0.5], validation=(X, [0.0, 1.0, 0.5]), **options).losses)
    assert losses[0] == losses[1] == losses[2]


NAN = float("nan")
ACCURACIES: list[tuple[Any, Any, float]] = [
    ([0.2, 0.7, 0.9, 0.1], [0, 0, 1, 1], 0.5),
    ([[0.2], [0.7]], [[0], [1]], 1.0),
    ([[0.2], [0.7]], [0, 1], 1.0),
    ([0.2, 0.7], [[0], [1]], 1.0),
    (np.array([[0.2], [0.7]]), np.array([[1], [1]]), 0.5),
    (np.array([0.2, 0.7]), np.array([0, 1]), 1.0),
    ([Value(0.2), Value(0.7)], [0, 1], 1.0),
    ([[0.1, 2.0], [1.5, 0.3]], [1, 1], 0.5),
    ([[0.1, 2.0], [1.5, 0.3]], [[1], [1]], 0.5),
    ([[0.1, 2.0], [1.5, 0.3]], [[0, 1], [0, 1]], 0.5),
    ([[0.1, 0.2], [0.4, 0.3]], [[0, 1], [1, 0]], 1.0),  # one-hot: the larger one, though below the threshold
    ([[-0.1, -0.2, -3.0]], [[1, -1, -1]], 1.0),
    (np.array([[0.1, 2.0], [1.5, 0.3]]), np.array([[0, 1], [1, 0]]), 1.0),
    ([[0.2, 0.9, 0.4], [0.6, 0.7, 0.1]], [[0, 1, 0], [1, 1, 1]], 5 / 6),  # several at once: every entry by itself
    ([NAN, 0.9], [0, 1], 0.5),
    ([0.2, 0.9], [NAN, 1], 0.5),
    ([[NAN, 1.0], [0.0, 1.0]], [1, 1], 0.5),
    ([[1.0, NAN]], [[1, 0]], 0.0),
    ((p for p in [0.2, 0.7]), iter([0, 1]), 1.0),
    (0.7, 1, 1.0),
]


@pytest.mark.parametrize(("predictions", "targets", "share"), ACCURACIES)
def test_accuracy_reads_what_losses_read(predictions: Any, targets: Any, share: float) -> None:
    found = accuracy(predictions, targets)
    assert found == share and type(found) is float


@pytest.mark.parametrize(
    ("predictions", "targets", "words"),
    [
        ([[0.1, 0.2]], [2], "expected a class number from 0 to 1, got 2"),
        ([[0.1, 0.2]], [0.5], "expected a class number"),
        ([[0.1, 0.2]], [[1, 0, 0]], "different shapes: a list of 2 against a list of 3"),
        ([0.1, 0.2], [1], "a list of 2 against a list of 1"),
        ([], [], "at least one"),
    ],
)
def test_accuracy_of_what_does_not_go_together(predictions: Any, targets: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        accuracy(predictions, targets)


def test_accuracy_in_fit_counts_columns() -> None:
    X, y = data.ten_points()  # noqa: N806
    found = []
    for targets in (y, [[label] for label in y]):
        model = MLP(2, [2, 1], "sigmoid", "sigmoid", rng=random.Random(0))
        optimizer = SGD(model.parameters(), lr=0.5)
        found.append(fit(model, X, targets, loss=bce, optimizer=optimizer, epochs=5, metrics={"a": accuracy}).metrics)
    assert found[0] == found[1]


# ---------------------------------------------------------------- what was meant


MEANT: list[tuple[Callable[[], Any], str]] = [
    (lambda: grad(lambda: Value(1.0), [Value(1.0)]), r"grad: expected argnum .* got list: .*read their grad"),
    (lambda: grad(lambda: Value(1.0), Value(1.0)), "grad: expected argnum .* got Value"),
    (lambda: value_and_grad(lambda x: x, "y")(1.0), "there is no argument y to differentiate by: 1 were given"),
    (lambda: grad(3.0), r"grad: expected a function, got float: 3.0; write grad\(f\)\(x\)"),
    (lambda: grad(Value(1.0) * 2.0), r"grad: expected a function, got Value: .*call y.backward\(\)"),
    (lambda: hessian([1]), r"hessian: expected a function, got list: \[1\]; write hessian\(f\)\(x\)"),
    (lambda: value_and_grad(None), "value_and_grad: expected a function, got NoneType"),
    (lambda: jvp(3.0, (1.0,), (1.0,)), r"jvp: expected a function, got float: 3.0; write jvp\(f, "),
]


@pytest.mark.parametrize(("call", "words"), MEANT)
def test_what_is_no_function_or_no_place_is_said_at_once(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        call()
