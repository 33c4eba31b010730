"""Losses: their numbers and slopes, every way to pass predictions and targets, and what is refused."""

import gc
import itertools
import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
import pytest

from autograd import Symbol, Value, jvp
from autograd.symbol import evaluate
from nn import MLP, bce, bce_with_logits, cross_entropy, half_squared_error, hinge, l2_penalty, mse

mp = mpmath.MPContext()
mp.dps = 400  # so that 1 + exp(-900) is told from 1

Loss = Callable[..., Any]

# Each loss with its textbook formula, and predictions and targets for it.
CASES: dict[Loss, tuple[Callable[[float, float], float], list[float], list[float]]] = {
    mse: (lambda p, y: (p - y) ** 2, [0.5, -1.0, 2.0, 0.25], [1.0, 0.0, 0.5, -2.0]),
    half_squared_error: (lambda p, y: (p - y) ** 2 / 2, [0.5, -1.0, 2.0, 0.25], [1.0, 0.0, 0.5, -2.0]),
    bce: (lambda p, y: -(y * math.log(p) + (1 - y) * math.log(1 - p)), [0.5, 0.9, 0.2, 0.7], [1.0, 0.0, 0.0, 0.25]),
    bce_with_logits: (lambda z, y: math.log(1 + math.exp(z)) - y * z, [0.5, -1.0, 2.0, 0.25], [1.0, 0.0, 0.5, 0.25]),
    hinge: (lambda s, y: max(0.0, 1 - y * s), [0.5, -1.0, 2.0, 0.25], [1.0, 1.0, 1.0, -1.0]),
}
EVERY = pytest.mark.parametrize("loss", CASES, ids=lambda loss: loss.__name__)


def values(numbers: Sequence[float]) -> list[Value]:
    return [Value(number) for number in numbers]


# ---------------------------------------------------------------- numbers


@EVERY
def test_the_formula_averaged_or_added_up(loss: Loss) -> None:
    formula, predictions, targets = CASES[loss]
    terms = [formula(p, y) for p, y in zip(predictions, targets, strict=True)]
    assert loss(predictions, targets) == pytest.approx(math.fsum(terms) / 4, rel=1e-15)
    assert loss(predictions, targets, reduction="sum") == pytest.approx(math.fsum(terms), rel=1e-15)
    for p, y, term in zip(predictions, targets, terms, strict=True):
        assert loss(p, y) == pytest.approx(term, rel=1e-15)
        assert loss(p, y, reduction="sum") == loss(p, y)
        assert loss([p], [y]) == loss(p, y)


@EVERY
def test_slopes_are_those_of_the_formula(loss: Loss) -> None:
    formula, predictions, targets = CASES[loss]
    ps = values(predictions)
    loss(ps, targets).backward()
    for p, y in zip(ps, targets, strict=True):
        rise = (formula(p.data + 1e-6, y) - formula(p.data - 1e-6, y)) / 2e-6
        assert p.grad == pytest.approx(rise / 4, rel=1e-8)


@EVERY
def test_the_result_is_labelled_and_of_the_kind_of_the_predictions(loss: Loss) -> None:
    _, predictions, targets = CASES[loss]
    assert type(loss(predictions, targets)) is float
    for result in (loss(values(predictions), targets), loss(Value(predictions[0]), 1), loss([Value(0.5)], [1])):
        assert isinstance(result, Value)
        assert result.label == "L"


def test_one_sum_for_all_terms() -> None:
    loss = mse(values([1.0] * 500), [0.0] * 500)
    assert loss.op is not None
    assert loss.args[0].op.name == "sum_of"
    assert len(loss.args[0].args) == 500


# ---------------------------------------------------------------- ways to pass them


def column(xs: Sequence[Any]) -> list[list[Any]]:
    return [[x] for x in xs]


KINDS: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "deque": deque,
    "array": np.array,
    "column": column,
    "column array": lambda xs: np.array(column(xs)),
    "generator": lambda xs: (x for x in xs),
    "iterator": iter,
    "generator of columns": lambda xs: ([x] for x in xs),
}


@EVERY
@pytest.mark.parametrize(("kind", "other"), list(itertools.product(KINDS, KINDS)), ids="-".join)
def test_every_kind_of_list(loss: Loss, kind: str, other: str) -> None:
    _, predictions, targets = CASES[loss]
    expected = loss(predictions, targets)
    assert loss(KINDS[kind](predictions), KINDS[other](targets)) == expected
    ps = values(predictions)
    assert loss(KINDS[kind](list(ps)), KINDS[other](targets)).data == expected


@EVERY
@pytest.mark.parametrize(
    "target",
    [1, 1.0, True, np.float64(1), np.float32(1), np.int64(1), np.array(1), [1], [[1]], np.array([1])],
    ids=repr,
)
def test_every_kind_of_number(loss: Loss, target: Any) -> None:
    for prediction in (Value(0.25), 0.25, np.float64(0.25), [Value(0.25)], np.array([[0.25]])):
        result = loss(prediction, target)
        assert (result.data if isinstance(result, Value) else result) == loss(0.25, 1.0)


@EVERY
def test_arrays_of_several_outputs_are_averaged_over_all(loss: Loss) -> None:
    _, predictions, targets = CASES[loss]
    pairs = np.array(predictions).reshape(2, 2), np.array(targets).reshape(2, 2)
    assert loss(*pairs) == loss(predictions, targets)
    assert loss(np.array(values(predictions)).reshape(2, 2), pairs[1].tolist()).data == loss(predictions, targets)


@EVERY
def test_targets_can_be_values(loss: Loss) -> None:
    _, predictions, targets = CASES[loss]
    assert loss(values(predictions), values(targets)).data == loss(predictions, targets)
    p, y = Value(0.25), Value(1.0)
    result = loss(p, y)
    result.backward()
    assert result.data == loss(0.25, 1.0)
    assert y.has_grad


@EVERY
def test_symbols_give_the_formula(loss: Loss) -> None:
    p, y = Symbol("p"), Symbol("y")
    assert evaluate(loss(p, y), {p: 0.25, y: 1.0}) == loss(0.25, 1.0)
    assert evaluate(loss([p, 0.5], [1, y]), {p: 0.25, y: 1.0}) == loss([0.25, 0.5], [1, 1])


def test_the_outputs_of_a_network() -> None:
    model = MLP(2, [3, 2], rng=random.Random(1))
    xs, ys = [[0.1, 0.2], [0.3, 0.4]], [[0, 1], [1, 0]]
    outputs = [[h.data for h in model(x)] for x in xs]
    assert mse((model(x) for x in xs), np.array(ys)).data == mse(outputs, ys)


def test_losses_leave_nothing_to_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        for loss, (_, predictions, targets) in CASES.items():
            loss(values(predictions), targets).backward()
        cross_entropy([values([0.1, 0.2]), values([0.3, 0.4])], [0, 1]).backward()
        assert gc.collect() == 0
    finally:
        gc.enable()


MISFITS: list[tuple[Any, Any, str]] = [
    ([0.5, 0.5], [1], "a list of 2 against a list of 1"),
    ([0.5, 0.5], 1, "a list of 2 against one number"),
    (0.5, [1, 0], "one number against a list of 2"),
    ([0.5, 0.5], [[1, 0]], "a list of 2 against 1 x 2"),
    ([[0.5, 0.5]], [1, 0], "1 x 2 against a list of 2"),
    (np.full((3, 1), 0.5), np.ones((1, 3)), "3 x 1 against 1 x 3"),
    (np.full((3, 2), 0.5), np.ones(3), r"3 x 2 against a list of 3 \(at \[0\]: a list of 2 against one number\)"),
    (np.full((2, 2), 0.5), np.ones((2, 1)), r"2 x 2 against 2 x 1 \(at \[0\]: .*\)"),
    ([[0.5], [0.5, 0.5]], [[1], [1]], r"2 x 1 against 2 x 1 \(at \[1\]: a list of 2 against a list of 1\)"),
    ([], [1], "a list of 0 against a list of 1"),
    ((p for p in ()), 1, "a list of 0 against one number"),
]


@EVERY
@pytest.mark.parametrize(("predictions", "targets", "text"), MISFITS, ids=[text for *_, text in MISFITS])
def test_other_shapes_are_refused_by_name(loss: Loss, predictions: Any, targets: Any, text: str) -> None:
    with pytest.raises(ValueError, match=f"^predictions and targets of different shapes: {text}; expected one target"):
        loss(predictions, targets)


@EVERY
@pytest.mark.parametrize("nothing", [[], (), np.array([]), [[]]], ids=repr)
def test_a_loss_of_nothing_is_refused(loss: Loss, nothing: Any) -> None:
    with pytest.raises(ValueError, match="expected at least one prediction"):
        loss(nothing, nothing)


@EVERY
@pytest.mark.parametrize("strange", ["1", None, 1j, {}, {0.5}, b"1", object()], ids=lambda x: type(x).__name__)
def test_what_is_no_number_is_refused(loss: Loss, strange: Any) -> None:
    for prediction, target in (
        (0.5, strange),
        (Value(0.5), strange),
        ([0.5], [strange]),
        (strange, 1),
        ([strange], [1]),
    ):
        with pytest.raises(TypeError, match=f"expected a real number.* got {type(strange).__name__}"):
            loss(prediction, target)


@EVERY
def test_other_reductions_are_refused(loss: Loss) -> None:
    for reduction in ("batchmean", "", None):
        with pytest.raises(ValueError, match="reduction: expected 'mean', 'sum' or 'none', got"):
            loss(Value(0.5), 1, reduction=reduction)


@pytest.mark.parametrize("loss", [bce, bce_with_logits])
@pytest.mark.parametrize("label", [-0.1, 1.1, 2, -1, math.nan, math.inf, Value(1.5)], ids=repr)
def test_labels_are_from_0_to_1(loss: Loss, label: Any) -> None:
    for prediction in (0.5, Value(0.5), [0.5]):
        with pytest.raises(ValueError, match="expected a label from 0 to 1, got"):
            loss(prediction, label if not isinstance(prediction, list) else [label])


@pytest.mark.parametrize("label", [0, 0.5, 2, math.nan, Value(0.0)], ids=repr)
def test_the_classes_of_hinge_are_signs(label: Any) -> None:
    with pytest.raises(ValueError, match=r"hinge: expected a class of -1 or 1, got .*write 2\*y - 1"):
        hinge(Value(0.5), label)


# ---------------------------------------------------------------- cross-entropy


def exact(logits: Sequence[float], number: int) -> tuple[Any, list[Any]]:
    """The cross-entropy and its slopes, to hundreds of digits."""
    powers = [mp.exp(mp.mpf(z) - mp.mpf(logits[number])) for z in logits]
    others = [power for place, power in enumerate(powers) if place != number]
    slopes = [power / mp.fsum(powers) for power in powers]
    slopes[number] = -mp.fsum(others) / mp.fsum(powers)
    return mp.log1p(mp.fsum(others)), slopes


@pytest.mark.parametrize("span", [1, 30, 300, 1000])
def test_cross_entropy_is_right_from_minus_to_plus_a_thousand(span: int) -> None:
    """Within 1e-12, relative: what the rounding of the differences of logits of 1000 leaves."""
    rng = random.Random(span)
    for _ in range(40):
        numbers = [rng.uniform(-span, span) for _ in range(rng.randint(2, 5))]
        number = rng.randrange(len(numbers))
        logits = values(numbers)
        loss = cross_entropy(logits, number)
        loss.backward()
        value, slopes = exact(numbers, number)
        assert loss.data == pytest.approx(float(value), rel=1e-12, abs=1e-300)
        assert [z.grad for z in logits] == pytest.approx([float(slope) for slope in slopes], rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("logits", "number", "value", "slopes"),
    [
        ([1000.0, -1000.0], 0, 0.0, [0.0, 0.0]),
        ([1000.0, -1000.0], 1, 2000.0, [1.0, -1.0]),
        ([-1000.0, -1000.0], 0, math.log(2), [-0.5, 0.5]),
        ([1000.0, 1000.0, 1000.0, 1000.0], 2, math.log(4), [0.25, 0.25, -0.75, 0.25]),
        ([40.0, 0.0], 0, 4.248354255291589e-18, [-4.248354255291589e-18, 4.248354255291589e-18]),
        ([700.0, 0.0], 0, math.exp(-700), [-math.exp(-700), math.exp(-700)]),
    ],
)
def test_cross_entropy_at_the_ends(logits: list[float], number: int, value: float, slopes: list[float]) -> None:
    zs = values(logits)
    loss = cross_entropy(zs, number)
    loss.backward()
    assert loss.data == pytest.approx(value, rel=4e-16)
    assert [z.grad for z in zs] == pytest.approx(slopes, rel=4e-16)


def test_cross_entropy_of_two_classes_is_that_of_the_difference() -> None:
    for z in (-3.0, 0.5, 20.0):
        assert cross_entropy([0.0, z], 1) == pytest.approx(bce_with_logits(z, 1), rel=1e-15)


def test_cross_entropy_forward_and_reverse_agree() -> None:
    def f(a: Any, b: Any, c: Any) -> Any:
        return cross_entropy([a, b, c], 1)

    zs = values([0.3, -1.2, 2.0])
    f(*zs).backward()
    for place, z in enumerate(zs):
        direction = tuple(1.0 if place == i else 0.0 for i in range(3))
        assert jvp(f, (0.3, -1.2, 2.0), direction)[1] == pytest.approx(z.grad, rel=1e-14)


SAMPLES = [[0.5, -1.0, 2.0], [0.1, 0.2, 0.3], [3.0, 0.0, -3.0]]
NUMBERS = [2, 0, 1]


def test_samples_of_cross_entropy_are_averaged_or_added_up() -> None:
    terms = [cross_entropy(sample, number) for sample, number in zip(SAMPLES, NUMBERS, strict=True)]
    assert cross_entropy(SAMPLES, NUMBERS) == sum(terms) / 3
    assert cross_entropy(SAMPLES, NUMBERS, reduction="sum") == sum(terms)
    assert cross_entropy(SAMPLES[:1], NUMBERS[:1]) == terms[0]


@pytest.mark.parametrize("kind", ["list", "tuple", "array", "column", "column array", "generator"])
@pytest.mark.parametrize("convert", [int, float, np.int64, np.float32], ids=lambda kind: kind.__name__)
def test_every_kind_of_class_numbers(kind: str, convert: Callable[[int], Any]) -> None:
    numbers = KINDS[kind]([convert(number) for number in NUMBERS])
    expected = cross_entropy(SAMPLES, NUMBERS)
    for samples in (np.array(SAMPLES), (tuple(map(Value, sample)) for sample in SAMPLES)):
        numbers = KINDS[kind]([convert(number) for number in NUMBERS])
        result = cross_entropy(samples, numbers)
        assert (result.data if isinstance(result, Value) else result) == expected


def test_the_class_of_one_sample() -> None:
    expected = cross_entropy([0.5, -1.0], 1)
    for number in (True, 1.0, np.int8(1), [1], np.array([[1]])):
        assert cross_entropy([0.5, -1.0], number) == expected
        assert cross_entropy([[0.5, -1.0]], number) == expected


def test_cross_entropy_of_symbols() -> None:
    a, b = Symbol("a"), Symbol("b")
    assert evaluate(cross_entropy([a, b, 0.5], 0), {a: 0.2, b: -0.7}) == cross_entropy([0.2, -0.7, 0.5], 0)


@pytest.mark.parametrize(
    ("logits", "numbers", "error", "text"),
    [
        ([0.1, 0.2, 0.3], 3, ValueError, "expected a class number from 0 to 2, got 3"),
        ([0.1, 0.2, 0.3], -1, ValueError, "expected a class number from 0 to 2, got -1"),
        ([0.1, 0.2, 0.3], 1.5, ValueError, "expected a class number from 0 to 2, got 1.5"),
        ([0.1, 0.2, 0.3], math.nan, ValueError, "got nan"),
        ([0.1, 0.2, 0.3], math.inf, ValueError, "got inf"),
        ([0.1, 0.2, 0.3], 2**70, ValueError, "got 1.18059e"),
        ([0.1, 0.2], Value(1.0), TypeError, "expected a class number, got Value"),
        ([0.1, 0.2], "1", TypeError, "expected a real number.*got str"),
        ([0.1, 0.2], None, TypeError, "expected a real number.*got NoneType"),
        ([0.1], 0, ValueError, "expected a list of at least two logits, got one; see bce_with_logits"),
        (Value(0.1), 0, ValueError, "expected a list of at least two logits"),
        (0.1, 0, ValueError, "one number against one number; expected one class number for every list of logits"),
        ([], 0, ValueError, "a list of 0 against one number"),
        ([], [], ValueError, "at least one prediction"),
        ([0.1, 0.2, 0.3], [0, 0, 1], ValueError, "a list of 3 against a list of 3; expected one class number"),
        (SAMPLES, [0, 1], ValueError, "3 x 3 against a list of 2"),
        (SAMPLES, np.eye(3), ValueError, r"3 x 3 against 3 x 3 \(at \[0\]: a list of 3 against a list of 3\)"),
        (SAMPLES, 1, ValueError, "3 x 3 against one number"),
        ([[0.1, 0.2], 0.3], [0, 0], ValueError, "do not go together"),
    ],
)
def test_what_is_no_class_number_is_refused(logits: Any, numbers: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        cross_entropy(logits, numbers)


# ---------------------------------------------------------------- the penalty


def test_l2_penalty_is_one_sum_with_slope_2_strength_p() -> None:
    model = MLP(3, [4, 1], rng=random.Random(2))
    ps = model.parameters()
    penalty = l2_penalty(ps, 0.25)
    penalty.backward()
    assert penalty.data == pytest.approx(0.25 * math.fsum(p.data**2 for p in ps), rel=1e-15)
    assert [p.grad for p in ps] == [0.5 * p.data for p in ps]
    assert [len(arg.args) for arg in penalty.args if isinstance(arg, Value)] == [len(ps)]


def test_l2_penalty_takes_any_list_of_parameters() -> None:
    ps = values([3.0, 4.0])
    for given in (ps, tuple(ps), iter(ps), {"w1": ps[0], "w2": ps[1]}.values()):
        assert l2_penalty(given, 1).data == 25.0
    assert l2_penalty(ps, 0).data == 0.0


@pytest.mark.parametrize(
    ("parameters", "strength", "error", "text"),
    [
        ([Value(1.0)], -0.1, ValueError, "expected a finite strength from 0 on, got -0.1"),
        ([Value(1.0)], math.nan, ValueError, "strength"),
        ([Value(1.0)], math.inf, ValueError, "strength"),
        ([Value(1.0)], "1", TypeError, "expected a real number"),
        ([], 0.1, ValueError, "at least one parameter"),
        (["w1"], 0.1, TypeError, "expected a real number.*got str"),
        (MLP(2, [1]), 0.1, TypeError, "MLP"),
    ],
)
def test_penalties_that_make_no_sense(parameters: Any, strength: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        l2_penalty(parameters, strength)
