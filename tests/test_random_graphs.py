"""Random graphs over the whole table: compiled code against the engine, bit for bit, derivatives too."""

import itertools
import math
import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import pytest

from autograd import grad, hessian, jit, ops, value_and_grad
from autograd.compiler.native import available
from autograd.primitive import Primitive
from tests.helpers import SPECIAL, bits

BACKENDS = ("python", pytest.param("llvm", marks=pytest.mark.skipif(not available(), reason="llvmlite is missing")))
GRAPHS, GROUP = 2000, 125
OFTEN = 4
"""So many groups of graphs are tried in every run; the others take longer."""

GROUPS = [
    pytest.param(number, marks=[pytest.mark.long] if number >= OFTEN else []) for number in range(GRAPHS // GROUP)
]
UNLIKE = {ops.log_sum_exp, ops.binary_cross_entropy}  # to rounding; and of no probability, another story

needs_llvm = pytest.mark.skipif(not available(), reason="llvmlite is missing")


class Graph(NamedTuple):
    """A function of `n` numbers: operations with the places of their operands, or literals; the result is the sum
    of those that nothing else uses."""

    n: int
    steps: tuple[tuple[Primitive, tuple[int | float, ...]], ...]

    def __call__(self, xs: Sequence[Any]) -> Any:
        found = list(xs)
        for op, args in self.steps:
            found.append(op(*[found[arg] if type(arg) is int else arg for arg in args]))
        used = {arg for _, args in self.steps for arg in args if type(arg) is int}
        return ops.total([y for place, y in enumerate(found) if place >= self.n and place not in used])


def graph(rng: random.Random, n_inputs: int, n_steps: int) -> tuple[Graph, list[float]]:
    """A graph and a point at which every operand is in the domain of its operation."""
    values = [rng.uniform(-3.0, 3.0) for _ in range(n_inputs)]
    point = values[:]
    steps: list[tuple[Primitive, tuple[int | float, ...]]] = []

    def add(op: Primitive, *args: int | float) -> int:
        steps.append((op, args))
        values.append(op(*[values[arg] if type(arg) is int else arg for arg in args]))
        return len(values) - 1

    def operand(domain: Any) -> int | float:
        if isinstance(domain, frozenset):
            return rng.choice(sorted(domain))
        low, high = map(float, domain)
        if rng.random() < 0.1:
            return rng.choice([round(rng.uniform(low, high), 1), high])
        tries = [rng.randrange(len(values)) for _ in range(6)]
        for place in tries:
            if low <= values[place] <= high:
                return place
        scaled = add(ops.mul, add(ops.sigmoid, tries[0]), high - low)  # any number, squeezed into the domain
        return add(ops.add, scaled, low)

    while len(steps) < n_steps:
        op = rng.choice(ops.TABLE)
        domains = op.domain
        if op.pullback is not None and op is not ops.weighted_sum:
            domains = op.domain[:1] * rng.randint(1, 5)
        elif op is ops.weighted_sum:
            domains = op.domain[:1] * rng.randint(1, 7)
        add(op, *[operand(domain) for domain in domains])
    return Graph(n_inputs, tuple(steps)), point


@lru_cache
def graphs(seed: str, count: int, longest: int) -> list[tuple[Graph, list[float]]]:
    """The same ones in every run; most are short."""
    rng = random.Random(seed)
    return [graph(rng, rng.randint(1, 6), 3 + int((longest - 2) * rng.random() ** 6)) for _ in range(count)]


def together(transform: Callable[[Any], Any], group: Sequence[tuple[Graph, Any]]) -> Callable[[Any], Any]:
    """What a transformation makes of every function of a group, as one function of all their arguments."""
    return lambda points: [transform(f)(xs) for (f, _), xs in zip(group, points, strict=True)]


def flat(nest: Any) -> list[float]:
    return [x for part in nest for x in flat(part)] if isinstance(nest, (list, tuple)) else [nest]


def scales(f: Graph, xs: Sequence[float]) -> float:
    return max(1.0, *(abs(y) for y in flat(value_and_grad(f)(list(xs)))))


def assert_same(found: Any, expected: Any, group: Sequence[tuple[Graph, Any]], slack: float) -> None:
    """Bit for bit; with log_sum_exp in a graph, to `slack`."""
    for (f, xs), ours, theirs in zip(group, found, expected, strict=True):
        for a, b in zip(flat([ours]), flat([theirs]), strict=True):
            rough = slack and any(op is ops.log_sum_exp for op, _ in f.steps)
            near = rough and math.isclose(a, b, rel_tol=slack, abs_tol=slack * scales(f, xs))
            assert near or bits(a) == bits(b), f"{a!r} instead of {b!r} at {xs}: {f.steps}"


def slack(backend: str) -> float:
    return 1e-11 if backend == "llvm" else 0.0


@pytest.mark.parametrize("number", GROUPS)
def test_value_and_gradient(number):
    group = graphs(f"group {number}", GROUP, 60)
    points = [xs for _, xs in group]
    f = together(value_and_grad, group)
    expected = f(points)
    for backend in ("python", "llvm") if available() else ("python",):
        assert_same(jit(f, backend)(points), expected, group, slack(backend))


def test_the_groups_contain_everything():
    found = [f for number in range(GRAPHS // GROUP) for f, _ in graphs(f"group {number}", GROUP, 60)]
    counts = {op: sum(any(own is op for own, _ in f.steps) for f in found) for op in ops.TABLE}
    assert min(counts.values()) > 90
    assert {f.n for f in found} == {1, 2, 3, 4, 5, 6}
    assert max(len(f.steps) for f in found) >= 60


@pytest.mark.parametrize("backend", BACKENDS)
def test_second_derivatives(backend):
    group = graphs("hessians", 60, 20)
    points = [xs for _, xs in group]
    f = together(hessian, group)
    assert_same(jit(f, backend)(points), f(points), group, 100 * slack(backend))


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_by_one(backend):
    """Short programs are compiled by other means than long ones."""
    for f, xs in graphs("outside", 20, 30):
        assert_same([jit(f, backend)(xs)], [f(xs)], [(f, xs)], slack(backend))
        assert list(map(bits, grad(jit(f, backend))(xs))) == list(map(bits, grad(f)(xs)))


@needs_llvm
def test_away_from_the_domains():
    """Where the engine raises an error, both backends go on with the same infinities and nans."""
    numbers = (*SPECIAL, 1e-300, 800.0, -800.0, 3.0)
    rng = random.Random("away")
    group = [(f, xs) for f, xs in graphs("away", 150, 20) if not {op for op, _ in f.steps} & UNLIKE]
    f = together(value_and_grad, group)
    native, python = jit(f, "llvm"), jit(f, "python")
    for _ in range(15):
        points = [[rng.choice((rng.choice(numbers), x)) for x in xs] for _, xs in group]
        for (g, _), xs, a, b in zip(group, points, native(points), python(points), strict=True):
            assert list(map(bits, flat(a))) == list(map(bits, flat(b))), f"{a} and {b} at {xs}: {g.steps}"


@needs_llvm
def test_several_rows_at_a_time():
    """Sums over rows in the lanes of registers, with functions of their own: to 1e-11 of the largest number there."""
    group = graphs("lanes", 60, 20)
    f = together(value_and_grad, group)
    compiled, rng = jit(f, "llvm"), random.Random("rows")
    near = [[[x * (1.0 + 1e-3 * rng.random() * k) for x in xs] for _, xs in group] for k in range(40)]
    good = [points for points in near if not fails(f, points)]
    for rows in (1, 2, 7, 8, len(good)):
        found, single = compiled.map(good[:rows], rows=[0]), [f(points) for points in good[:rows]]
        for (g, _), own, *others in zip(group, found, *single, strict=True):
            columns = list(zip(*map(flat, others), strict=True))
            scale = max(1.0, *(abs(y) for column in columns for y in column))
            for ours, column in zip(flat(own), columns, strict=True):
                assert abs(ours - math.fsum(column)) <= 1e-11 * rows * scale, (ours, column, g.steps)
    assert len(good) > 10


def fails(f: Callable[[Any], Any], points: Any) -> bool:
    try:
        f(points)
    except (ArithmeticError, ValueError):
        return True
    return False


@needs_llvm
@pytest.mark.parametrize("op", [op for op in ops.TABLE if op not in UNLIKE], ids=lambda op: op.name)
def test_special_values_in_lanes(op):
    """Infinities and nans are those of single calls; numbers are near them."""
    n = len(op.domain) if op.pullback is None else 3
    numbers = (*SPECIAL, 1e-310, 709.0, -708.0, 745.2, -745.2, 3.0)
    pairs = list(itertools.product(numbers, repeat=n)) if n < 3 else []
    rng = random.Random(op.name)
    pairs = rng.sample(pairs, 60) if len(pairs) > 60 else pairs or [rng.choices(numbers, k=n) for _ in range(60)]
    f = value_and_grad(lambda xs: op(*xs))
    native, exact = jit(f, "llvm"), jit(f, "python")
    for point in pairs:
        for a, b in zip(flat(native.map([list(point)], rows=[0])), flat(exact(list(point))), strict=True):
            tiny = abs(a) <= 2.0**-1020 and abs(b) <= 2.0**-1020  # around the smallest normal number
            assert bits(a) == bits(b) or tiny or abs(a - b) <= 64 * math.ulp(b), (point, a, b)
