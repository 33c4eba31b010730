"""Data sets to learn on: points of two classes, drawn with a seed, and the small tables of worked examples.

All are `(X, y)`: X a list of samples, each a list of floats, y a list of their targets. The classes
are 0 and 1; for `hinge`, which wants -1 and 1, take `[2 * label - 1 for label in y]`.
"""

import math
import random
import reprlib
import statistics
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, overload

from autograd import Value, entries

__all__ = [
    "circles", "gaussians", "moons", "normalise", "one_sample", "people", "spiral", "split", "ten_points",
    "two_samples", "xor",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__


Samples = tuple[list[list[float]], list[int]]
"""Samples and their classes."""

NAMES: Final = ("Alice", "Bob", "Charlie", "Diana")
"""Who the rows of `people` are."""

# ---------------------------------------------------------------- points of two classes


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> Samples:
    """Two half circles of radius 1 that interlock: (cos t, sin t) and (1 - cos t, ½ - sin t), t from 0 to π.

    n      how many points; half of each class (one more of class 0 where n is odd), in random order
    noise  the standard deviation of what is added to both coordinates
    seed   of a generator of their own: the same seed gives the same points

    >>> X, y = moons(100)
    >>> len(X), sum(y)
    (100, 50)
    """
    curves = [lambda s: (math.cos(math.pi * s), math.sin(math.pi * s))]
    curves += [lambda s: (1.0 - math.cos(math.pi * s), 0.5 - math.sin(math.pi * s))]
    return _along(curves, n, noise, seed)


def circles(n: int = 100, noise: float = 0.1, seed: int = 0) -> Samples:
    """A circle of radius 1 (class 0) around one of radius ½ (class 1); arguments as for `moons`.

    >>> X, y = circles(4, noise=0.0)
    >>> sorted((label, round(math.hypot(*x), 9)) for x, label in zip(X, y))
    [(0, 1.0), (0, 1.0), (1, 0.5), (1, 0.5)]
    """
    turn = 2.0 * math.pi
    curves = [lambda s: (math.cos(turn * s), math.sin(turn * s))]
    curves += [lambda s: (0.5 * math.cos(turn * s), 0.5 * math.sin(turn * s))]
    return _along(curves, n, noise, seed, closed=True)


def spiral(n: int = 100, noise: float = 0.02, seed: int = 0, turns: float = 1.5) -> Samples:
    """Two arms that wind out of the origin to radius 1 in so many turns; other arguments as for `moons`.

    >>> X, y = spiral(100)
    >>> max(math.hypot(*x) for x in X) < 1.1
    True
    """
    turn = 2.0 * math.pi * turns
    # The first tenth is left out: there the arms touch.
    radius = [lambda s: 0.1 + 0.9 * s, lambda s: -0.1 - 0.9 * s]
    curves = [lambda s, r=r: (r(s) * math.cos(turn * s), r(s) * math.sin(turn * s)) for r in radius]
    return _along(curves, n, noise, seed)


def xor(n: int = 100, noise: float = 0.1, seed: int = 0) -> Samples:
    """Points around the corners of a square; class x₁ xor x₂. Arguments as for `moons`.

    >>> X, y = xor(4, noise=0.0)  # the truth table, in random order
    >>> sorted(zip(X, y))
    [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]
    """
    corners = [((0.0, 0.0), 0), ((0.0, 1.0), 1), ((1.0, 1.0), 0), ((1.0, 0.0), 1)]
    return _scattered([corners[i % 4] for i in range(_count(n))], noise, seed)


def gaussians(n: int = 100, noise: float = 0.5, seed: int = 0) -> Samples:
    """Two round clouds with centres (-1, -1) and (1, 1); arguments as for `moons`.

    >>> X, y = gaussians(4, noise=0.0)
    >>> sorted(zip(X, y))
    [([-1.0, -1.0], 0), ([-1.0, -1.0], 0), ([1.0, 1.0], 1), ([1.0, 1.0], 1)]
    """
    centres = [((-1.0, -1.0), 0), ((1.0, 1.0), 1)]
    return _scattered([centres[i % 2] for i in range(_count(n))], noise, seed)


Point = tuple[float, float]


def _along(
    curves: Sequence[Callable[[float], Point]], n: int, noise: float, seed: int, closed: bool = False
) -> Samples:
    """Points spread evenly over one curve per class, each a function of 0 to 1, scattered."""
    points: list[tuple[Point, int]] = []
    for label, curve in enumerate(curves):
        count = (_count(n) + 1 - label) // 2
        last = count if closed else count - 1
        points += [(curve(i / max(last, 1)), label) for i in range(count)]
    return _scattered(points, noise, seed)


def _scattered(points: list[tuple[Point, int]], noise: float, seed: int) -> Samples:
    """The points with normal noise added, in random order."""
    if not 0.0 <= noise < math.inf:
        raise ValueError(f"noise: expected a standard deviation from 0 on, got {noise!r}")
    rng = random.Random(seed)
    moved = [([rng.gauss(x, noise) for x in point], label) for point, label in points]
    rng.shuffle(moved)
    return [x for x, _ in moved], [label for _, label in moved]


def _count(n: Any) -> int:
    if not hasattr(n, "__index__") or n < 2:
        raise ValueError(f"n: expected a whole number of points from 2 on, got {n!r}")
    return int(n)


# ---------------------------------------------------------------- tables of worked examples


def ten_points() -> Samples:
    """Ten points of the unit square with classes, the table of a 2-2-1 network trained by hand.

    >>> X, y = ten_points()
    >>> X[0], y[0]
    ([0.1, 0.7], 1)
    """
    X = [[0.1, 0.7], [0.4, 0.9], [0.3, 0.2], [0.8, 0.4], [0.9, 0.8]]  # noqa: N806
    X += [[0.2, 0.1], [0.5, 0.5], [0.6, 0.3], [0.7, 0.9], [0.2, 0.8]]  # noqa: N806
    return X, [1, 1, 0, 0, 1, 0, 1, 0, 1, 1]


def one_sample() -> tuple[list[list[float]], list[float]]:
    """One sample with the target 0.8, to be learned with ½(ŷ - y)².

    >>> one_sample()
    ([[0.5, 0.6]], [0.8])
    """
    return [[0.5, 0.6]], [0.8]


def two_samples() -> Samples:
    """Two samples, one of each class: the smallest batch whose mean is not its sum.

    >>> two_samples()
    ([[1.0, 2.0], [2.0, 3.0]], [1, 0])
    """
    return [[1.0, 2.0], [2.0, 3.0]], [1, 0]


def people() -> Samples:
    """Weight minus 135 (pounds) and height minus 66 (inches) of the four people in `NAMES`; class 1 for women.

    >>> X, y = people()
    >>> dict(zip(NAMES, X))["Alice"]
    [-2.0, -1.0]
    """
    return [[-2.0, -1.0], [25.0, 6.0], [17.0, 4.0], [-15.0, -6.0]], [1, 0, 0, 1]


# ---------------------------------------------------------------- preparing data


def split(X: Sequence[Any], y: Sequence[Any], fraction: float = 0.8, seed: int = 0) -> tuple[Any, Any]:  # noqa: N803
    """`(X, y)` twice: a random `fraction` of the samples, rounded, and the rest; neither is empty.

    ValueError where the lengths of X and y differ, or where one part would be empty.

    >>> training, validation = split(*moons(50), fraction=0.8)
    >>> len(training[0]), len(validation[1])
    (40, 10)
    """
    X, y = _listed("X", X), _listed("y", y)  # noqa: N806
    _check_lengths(X, y)
    count = round(fraction * len(X)) if 0.0 < fraction < 1.0 else 0
    if not 0 < count < len(X):
        raise ValueError(f"a fraction of {fraction!r} of {len(X)} samples leaves one of the two parts empty")
    order = list(range(len(X)))
    random.Random(seed).shuffle(order)
    parts = [([X[i] for i in part], [y[i] for i in part]) for part in (order[:count], order[count:])]
    return parts[0], parts[1]


METHODS: dict[str, Callable[[Sequence[float]], tuple[float, float]]] = {
    "z-score": lambda column: (statistics.mean(column), statistics.pstdev(column)),  # exact: 0 for a constant
    "min-max": lambda column: (min(column), max(column) - min(column)),
}
"""By name, what is subtracted from the numbers of a column and what the rest is divided by."""


def normalise(X: Sequence[Any], method: str = "z-score") -> Callable[[Sequence[Any]], Any]:  # noqa: N803
    """A function that brings the columns of X, and of any new data, to one scale: x → (x - a)/b.

    "z-score"  a the mean, b the standard deviation of the column (of the population: divided by n)
    "min-max"  a the minimum, b the maximum less the minimum, so that X lies from 0 to 1

    It takes one sample or a list of them. A constant column becomes 0. ValueError for no samples,
    for samples of different lengths, and for an unknown method.

    >>> scale = normalise([[1.0, 10.0], [3.0, 30.0]])
    >>> scale([[1.0, 10.0], [3.0, 30.0]]), scale([2.0, 40.0])
    ([[-1.0, -1.0], [1.0, 1.0]], [0.0, 2.0])
    """
    if method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(map(repr, METHODS))}, got {method!r}")
    rows = [[float(x) for x in _listed(f"X[{place}]", row)] for place, row in enumerate(_listed("X", X))]
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise ValueError("normalise: expected at least one sample, all with the same number of inputs")
    scales = [METHODS[method](column) for column in zip(*rows, strict=True)]

    def apply(samples: Sequence[Any]) -> Any:
        samples = _listed("X", samples)
        if len(samples) and hasattr(samples[0], "__len__"):
            return [apply(sample) for sample in samples]
        if len(samples) != len(scales):
            raise ValueError(f"expected a sample of {len(scales)} inputs, as there were in X, got {len(samples)}")
        return [(float(x) - a) / (b or 1.0) for x, (a, b) in zip(samples, scales, strict=True)]

    return apply


class Sample(NamedTuple):
    """One sample of a data set.

    x      its inputs: a list of numbers, or a single one
    y      its target
    place  its place in X
    of     what to put in front of its name in messages

    >>> print(Sample([0.5, 0.6], 0.8, 0))
    sample 0 (x = [0.5, 0.6], y = 0.8)
    """

    x: Any
    y: Any
    place: int
    of: str = ""

    def __str__(self) -> str:
        return f"{self.of}sample {self.place} (x = {reprlib.repr(self.x)}, y = {reprlib.repr(self.y)})"


FEW = 8
"""How many samples of the same kinds of numbers are looked at."""


class Labelled(Sequence[Sample]):
    """Samples one after the other, each put together when it is looked at.

    xs, ys  their inputs and their targets
    """

    def __init__(self, xs: Sequence[Any], ys: Sequence[Any], of: str = "") -> None:
        self.xs, self.ys, self._of = xs, ys, of

    def __len__(self) -> int:
        return len(self.ys)

    @overload
    def __getitem__(self, place: int) -> Sample: ...
    @overload
    def __getitem__(self, place: slice) -> list[Sample]: ...
    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[k] for k in range(*place.indices(len(self)))]
        return Sample(self.xs[place], self.ys[place], range(len(self))[place], self._of)

    def part(self, copied: Sequence[Any] | None = None) -> None:
        """Leave an array that is still the user's, who may change it: take this copy of its rows, or make one."""
        if isinstance(self.xs, Rows) and self.xs.shared:
            self.xs = Rows(self.xs.array.copy()) if copied is None else copied

    def various(self) -> list[tuple[Any, Any]]:
        """A few inputs with their targets: for all kinds of numbers that there are, of several classes."""
        found: dict[Any, dict[Any, int]] = {}
        alike = None if isinstance(self.xs, list) else _kinds(self.xs[0])
        for place, y in enumerate(self.ys):
            classes = found.setdefault((alike or _kinds(self.xs[place]), _kinds(y)), {})
            if len(classes) < FEW:
                classes.setdefault(place if isinstance(y, list) else y, place)
        return [(self.xs[place], self.ys[place]) for classes in found.values() for place in classes.values()]

    def __repr__(self) -> str:
        return repr(list(self))


class Rows(Sequence[Any]):
    """The rows of an array of finite numbers, each made a list when it is looked at: lists of all take much memory."""

    def __init__(self, array: Any, shared: bool = False) -> None:
        self.array, self.shared = array, shared

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, place: Any) -> Any:
        return self.array[place].tolist()


def labelled(X: Any, y: Any, of: str = "", shared: bool = False) -> Labelled:  # noqa: N803
    """The samples of X with their targets y, out of lists, arrays or tables, as Python's own numbers and lists.

    Targets that stand in a column, [[1], [0]], are taken for the numbers in it. All is copied, but for an
    array of floats where it may be `shared`, until the samples `part` from it. ValueError where
    there are none, where the lengths of X and y differ, and where a number is not finite;
    TypeError for what is no number. Messages call the data X and y, with `of` in front.

    >>> labelled([[0.5, 0.6]], [0.8])
    [Sample(x=[0.5, 0.6], y=0.8, place=0, of='')]
    """
    xs, ys = _rows(f"{of}X", X, shared), _rows(f"{of}y", y)
    _check_lengths(xs, ys, of)
    if not xs:
        raise ValueError(f"{of}X and {of}y are empty; expected at least one sample and its target")
    if all(isinstance(target, list) and len(target) == 1 for target in ys):
        ys = [target[0] for target in ys]
    return Labelled(xs, ys, of)


def _kinds(x: Any) -> Any:
    """The class of a number, or of all in a list."""
    return tuple(map(_kinds, x)) if isinstance(x, list) else type(x)


def _check_lengths(xs: Any, ys: Any, of: str = "") -> None:
    if len(xs) != len(ys):
        counts = f"{of}X has {len(xs)} samples but {of}y has {len(ys)} targets"
        raise ValueError(f"{counts}; expected one target for every sample")


def _rows(name: str, given: Any, shared: bool = False) -> Sequence[Any]:
    """The entries of a list, array, table or generator, checked one by one; of an array of finite numbers at once."""
    array = type(given).__name__ == "ndarray" and given.ndim > 1 and given.size and given.dtype.kind in "iuf"
    if array and math.isfinite(given.min()) and math.isfinite(given.max()):  # where one is nan, both are
        shared = shared and given.dtype.kind == "f"
        return Rows(given if shared else given.copy(), shared)
    return [_entry(f"{name}[{place}]", row, 1) for place, row in enumerate(_listed(name, given))]


def _listed(name: str, given: Any, depth: int = 0) -> Any:
    """The entries of what must have such; TypeError that says what is wrong with what has none."""
    items = _items(name, given, depth)
    if items is None:
        raise TypeError(f"{name}: expected a list or an array, got {type(given).__name__}")
    return items


def _items(name: str, given: Any, depth: int) -> Any:
    try:
        return entries(given, depth)
    except (TypeError, ValueError) as error:
        error.args = (f"{name if depth < 9 else name[:20] + '...'}: {error}",)
        raise


def _entry(name: str, given: Any, depth: int) -> Any:
    """A number or a list of numbers; whole numbers stay whole, as they may number classes."""
    if type(given) is float and math.isfinite(given):
        return given
    items = _items(name, given, depth)
    if items is not None:
        if set(map(type, items)) == {float} and math.isfinite(sum(items)):
            return list(items)  # the common case, a row of floats: the sum is finite only where all are
        return [_entry(f"{name}[{place}]", item, depth + 1) for place, item in enumerate(items)]
    if hasattr(given, "tolist"):
        given = given.tolist()
    try:
        number = given if isinstance(given, Value) else Value(given)
    except (TypeError, OverflowError) as error:
        error.args = (f"{name}: {error}",)
        raise
    if not math.isfinite(number.data):
        raise ValueError(f"{name} is {number.data}; expected finite numbers")
    return given if isinstance(given, (Value, int)) else number.data
