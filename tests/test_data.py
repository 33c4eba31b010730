"""The data sets are what they say, and the same for the same seed; splitting and scaling lose nothing."""

import json
import math
import random
import statistics
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Value
from nn import data

GOLDEN = json.loads(Path(__file__).with_name("data").joinpath("golden.json").read_text())

SETS: list[Callable[..., data.Samples]] = [data.moons, data.circles, data.spiral, data.xor, data.gaussians]


@pytest.mark.parametrize("make", SETS)
def test_a_data_set_depends_on_its_seed_alone(make: Callable[..., data.Samples]) -> None:
    random.seed(1)
    state = random.getstate()
    first = make(30, seed=3)
    assert random.getstate() == state
    random.seed(2)
    assert make(30, seed=3) == first
    assert make(30, seed=4) != first
    assert make() == make(100, seed=0)


@pytest.mark.parametrize("make", SETS)
@pytest.mark.parametrize("n", [2, 7, 40, 100])
def test_the_classes_are_0_and_1_and_equally_large(make: Callable[..., data.Samples], n: int) -> None:
    X, y = make(n)  # noqa: N806
    assert len(X) == len(y) == n
    assert set(y) == {0, 1}
    assert all(type(label) is int for label in y)
    assert sum(y) == n // 2
    assert all(len(x) == 2 and all(type(part) is float for part in x) for x in X)


@pytest.mark.parametrize("make", SETS)
def test_the_classes_are_mixed(make: Callable[..., data.Samples]) -> None:
    _, y = make(100)
    changes = sum(a != b for a, b in pairwise(y))
    assert 30 < changes < 70


@pytest.mark.parametrize("make", SETS)
def test_noise_is_the_standard_deviation_of_what_is_added(make: Callable[..., data.Samples]) -> None:
    # Both have the same points in the same order, for the shuffling follows equally many draws.
    clean, noisy = make(1000, noise=0.0), make(1000, noise=0.25)
    assert clean[1] == noisy[1]
    moves = [b - a for x, y in zip(clean[0], noisy[0], strict=True) for a, b in zip(x, y, strict=True)]
    assert abs(statistics.mean(moves)) < 0.03
    assert abs(statistics.stdev(moves) - 0.25) < 0.02


@pytest.mark.parametrize("make", SETS)
def test_what_no_data_set_can_be_made_of_is_a_value_error(make: Callable[..., data.Samples]) -> None:
    for n in (1, 0, -5, 2.5, "100"):
        with pytest.raises(ValueError, match=r"n: expected a whole number of points from 2 on, got"):
            make(n)
    for noise in (-0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match="noise: expected a standard deviation from 0 on, got"):
            make(10, noise=noise)


def test_moons_are_half_circles() -> None:
    for (a, b), label in zip(*data.moons(41, noise=0.0), strict=True):
        centre, side = ((0.0, 0.0), 1.0) if label == 0 else ((1.0, 0.5), -1.0)
        assert math.isclose(math.dist((a, b), centre), 1.0)
        assert (b - centre[1]) * side >= -1e-12
    xs = [x for x, label in zip(*data.moons(41, noise=0.0), strict=True) if label == 0]
    assert [min(xs)[0], max(xs)[0]] == [-1.0, 1.0]


def test_circles_are_whole_and_evenly_spread() -> None:
    X, y = data.circles(40, noise=0.0)  # noqa: N806
    for label, radius in ((0, 1.0), (1, 0.5)):
        points = [x for x, its in zip(X, y, strict=True) if its == label]
        assert all(math.isclose(math.hypot(*x), radius) for x in points)
        angles = sorted(math.atan2(x[1], x[0]) for x in points)
        gaps = [b - a for a, b in pairwise(angles)]
        assert all(math.isclose(gap, 2 * math.pi / 20, abs_tol=1e-9) for gap in gaps)


def test_the_arms_of_the_spiral_are_opposite_and_make_their_turns() -> None:
    X, y = data.spiral(200, noise=0.0, turns=2.0)  # noqa: N806
    first, second = ({tuple(x) for x, its in zip(X, y, strict=True) if its == label} for label in (0, 1))
    assert {(-a, -b) for a, b in first} == second
    arm = sorted(first, key=lambda x: math.hypot(*x))
    turned = sum(
        (math.atan2(b[1], b[0]) - math.atan2(a[1], a[0])) % (2 * math.pi) for a, b in pairwise(arm)
    )
    assert math.isclose(turned, 2.0 * 2 * math.pi)


def test_xor_and_gaussians_lie_where_they_should() -> None:
    for x, label in zip(*data.xor(200), strict=True):
        assert (round(x[0]) != round(x[1])) == bool(label)
    for x, label in zip(*data.gaussians(20, noise=0.0), strict=True):
        assert x == ([1.0, 1.0] if label else [-1.0, -1.0])


def test_the_tables_are_those_of_the_documents() -> None:
    assert [[*x, y] for x, y in zip(*data.ten_points(), strict=True)] == GOLDEN["000"]["data"]
    assert data.one_sample() == (GOLDEN["001"]["X"], GOLDEN["001"]["y"][0])
    assert data.two_samples() == (GOLDEN["002"]["X"], [row[0] for row in GOLDEN["002"]["y"]])
    assert data.people() == (GOLDEN["003"]["data"], GOLDEN["003"]["labels"])
    assert list(data.NAMES) == GOLDEN["003"]["names"]


def test_every_call_gives_lists_of_its_own() -> None:
    for make in (data.ten_points, data.one_sample, data.two_samples, data.people, data.moons):
        make()[0][0][0] = 99.0
        assert make()[0][0][0] != 99.0


# ---------------------------------------------------------------- split


@pytest.mark.parametrize(("n", "fraction", "count"), [(50, 0.8, 40), (10, 0.25, 2), (3, 0.5, 2), (2, 0.5, 1)])
def test_split_shares_the_samples_out_with_their_targets(n: int, fraction: float, count: int) -> None:
    X, y = [[float(i)] for i in range(n)], list(range(n))  # noqa: N806
    one, other = data.split(X, y, fraction, seed=1)
    assert len(one[0]) == len(one[1]) == count
    assert sorted(one[1] + other[1]) == y
    for xs, ys in (one, other):
        assert xs == [[float(label)] for label in ys]
    assert data.split(X, y, fraction, seed=1) == (one, other)


def test_split_depends_on_its_seed_and_takes_arrays() -> None:
    X, y = data.moons(20)  # noqa: N806
    assert data.split(X, y) == data.split(X, y, 0.8, 0) != data.split(X, y, 0.8, 1)
    (xs, ys), _ = data.split(np.array(X), np.array(y))
    assert [list(x) for x in xs] == data.split(X, y)[0][0]
    assert list(ys) == data.split(X, y)[0][1]


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, 1.5, math.nan, 0.01, 0.99])
def test_a_split_that_leaves_a_part_empty_is_a_value_error(fraction: float) -> None:
    with pytest.raises(ValueError, match="leaves one of the two parts empty"):
        data.split([[1.0]] * 10, [1] * 10, fraction)


def test_a_split_of_unequal_lengths_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="X has 3 samples but y has 2 targets"):
        data.split([[1.0]] * 3, [1, 2])


# ---------------------------------------------------------------- normalise


def test_z_scores_have_mean_0_and_deviation_1() -> None:
    X, _ = data.people()  # noqa: N806
    scaled = data.normalise(X)(X)
    for column in zip(*scaled, strict=True):
        assert abs(statistics.mean(column)) < 1e-15
        assert math.isclose(statistics.pstdev(column), 1.0)


def test_min_max_goes_from_0_to_1() -> None:
    X, _ = data.people()  # noqa: N806
    scale = data.normalise(X, "min-max")
    for column in zip(*scale(X), strict=True):
        assert (min(column), max(column)) == (0.0, 1.0)
    assert scale([65.0, 18.0]) == [2.0, 2.0]


def test_new_data_are_scaled_as_the_old_ones() -> None:
    X, _ = data.people()  # noqa: N806
    scale = data.normalise(np.array(X))
    assert scale(X)[2] == scale(X[2]) == scale(np.array(X))[2] == scale(np.array(X[2]))
    with pytest.raises(ValueError, match="expected a sample of 2 inputs, as there were in X, got 3"):
        scale([1.0, 2.0, 3.0])


@pytest.mark.parametrize("method", ["z-score", "min-max"])
def test_a_constant_column_becomes_0(method: str) -> None:
    X = [[0.1, 1.0], [0.1, 2.0], [0.1, 4.0]]  # noqa: N806  # 0.1 + 0.1 + 0.1 is not 0.3 in floats
    assert [row[0] for row in data.normalise(X, method)(X)] == [0.0, 0.0, 0.0]


def test_what_cannot_be_normalised_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"method: expected one of 'z-score', 'min-max', got 'log'"):
        data.normalise([[1.0]], "log")
    for wrong in ([], [[1.0], [1.0, 2.0]]):
        with pytest.raises(ValueError, match="at least one sample, all with the same number of inputs"):
            data.normalise(wrong)


# ---------------------------------------------------------------- labelled


def test_samples_come_in_python_kinds_with_their_places() -> None:
    given: Any = np.array([[1, 2], [3, 4]])
    samples = data.labelled(given, np.array([[0], [1]]), "validation ")
    assert [(s.x, s.y, s.place) for s in samples] == [([1, 2], 0, 0), ([3, 4], 1, 1)]
    assert all(type(part) is int for s in samples for part in (*s.x, s.y))
    assert str(samples[1]) == "validation sample 1 (x = [3, 4], y = 1)"


def test_arrays_are_shared_only_where_that_is_asked_for_and_until_they_part() -> None:
    for given, kind in ((np.array([[0.5, 2.0], [3.0, 4.0]]), float), (np.array([[1, 2], [3, 4]]), int)):
        before = given.tolist()
        own, shared, parted, copied = (data.labelled(given, [0, 1], shared=k > 0) for k in range(4))
        parted.part()
        copied.part(before)
        given[:] = 7
        assert list(own.xs) == list(parted.xs) == list(copied.xs) == before
        assert list(shared.xs) == ([[7.0, 7.0]] * 2 if kind is float else before)
        assert own[-1] == (before[1], 1, 1, "")
        assert own[:1] == [own[0]]
        assert type(own[0].x[0]) is kind


def test_numbers_that_are_none_are_named_by_their_row() -> None:
    with pytest.raises(ValueError, match=r"X\[1\]\[0\] is -?inf; expected finite numbers"):
        data.labelled(np.array([[1.0, 2.0], [-math.inf, math.nan]]), [0, 1])
    with pytest.raises(ValueError, match=r"X\[1\]\[1\] is inf; expected finite numbers"):
        data.labelled([[1e308, 1e308], [1.0, math.inf]], [0, 1])
    assert data.labelled([[1e308, 1e308]], [0])[0].x == [1e308, 1e308]  # though their sum is none
    with pytest.raises(ValueError, match=r"test X\[1\]\[0\] is nan; expected finite numbers"):
        data.labelled([[1.0, 2.0], [math.nan, 3.0]], [0, 1], "test ")
    with pytest.raises(TypeError, match=r"y\[0\]: expected a real number .* got str: 'yes'"):
        data.labelled([[1.0]], ["yes"])


def test_targets_of_several_numbers_and_values_stay() -> None:
    x = Value(2.0)
    (one, _) = data.labelled([[x], [3.0]], [[1.0, 2.0], [3.0, 4.0]])
    assert one.x[0] is x
    assert one.y == [1.0, 2.0]


def test_long_samples_are_cut_in_messages() -> None:
    assert str(data.Sample([0.5] * 784, 3, 7)) == "sample 7 (x = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, ...], y = 3)"
