"""The closed form of ∂L/∂z at the outputs of a network, recognised whichever way the loss is written.

The part of the graph between the weighted sums of the outputs and the loss is evaluated, with its
derivative, at several z. If ∂L/∂z is c·(p - y)·f'(z) at all of them, that is its closed form: both
sides are analytic in z (between kinks), and several points settle the two unknowns c and y many times over.

    p = σ(z) behind a sigmoid, f' = 1     binary cross-entropy: the factors ŷ(1 - ŷ) cancel
    p = softmax(z)ᵢ, f' = 1               cross-entropy of classes
    p = f(z), f' = the activation's slope squared error; c is 2, 1 or ½, over the number of terms
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from autograd.graph import numbers
from autograd.network.units import Activation, Unit
from autograd.ops import sigmoid
from autograd.value import Value

PROBES = (-1.3, -0.7, -0.2, 0.3, 0.8, 1.4, 2.1)
"""Where both sides are compared, on either side of 0."""


class Head(NamedTuple):
    """c·(p - y)·f'(z), the closed form of one output's δ.

    kind    what p is: "output" (the network's own), "sigmoid" or "softmax" of z
    slope   whether the activation's slope is a factor
    c       the factor in front
    y       the target
    source  the leaf of the graph that the target is, or None
    named   whether it is called y: not where the loss holds no target, as in -ln(1 - ŷ)
    """

    kind: str
    slope: bool
    c: float
    y: float
    source: Value | None
    named: bool

    def coefficient(self, terms: int) -> tuple[float, int]:
        """c as k/N: a small number k, and N terms that the loss is the mean of, where that fits."""
        for n in dict.fromkeys((terms, 1)):
            k = Fraction(self.c * n).limit_denominator(64)
            if math.isclose(float(k), self.c * n, rel_tol=1e-9):
                return float(k), n
        return self.c, 1


def recognised(row: Sequence[Unit], place: int, f: Activation, users: Mapping[Any, Sequence[Value]]) -> Head | None:
    """The closed form of ∂L/∂z of output `place` of one sample; None where it is none of these."""
    unit = row[place]
    above = above_of([each.z for each in row], users)
    data = numbers(above)
    probes = list(_probed(row, place, above, data)) if above else []
    if len(probes) < 5:
        return None
    for kind, p, slope in _candidates(row, place, f):
        fit = _fit([(p(zs), f.slope(zs[place]) if slope else 1.0, delta) for zs, delta in probes])
        if fit is None:
            continue
        c, y = fit
        found, source = _target(y, unit, above, data)
        if found:
            y = data[source] if source is not None else _literal(y, above)
            return Head(kind, slope, c, y, source, True)
        if not slope and (f.name if kind == "output" else kind) != "identity" and min(abs(y), abs(y - 1.0)) < 1e-7:
            return Head(kind, slope, c, float(round(y)), None, kind == "softmax")
    return None


Function = Callable[[Sequence[float]], float]


def _candidates(row: Sequence[Unit], place: int, f: Activation) -> Iterator[tuple[str, Function, bool]]:
    """(kind, p as a function of all z, whether the activation's slope is a factor)."""
    yield "output", lambda zs: f.value(zs[place]), False
    if f.name != "identity":
        yield "output", lambda zs: f.value(zs[place]), True
    else:
        yield "sigmoid", lambda zs: sigmoid.function(zs[place]), False
    if len(row) > 1:
        yield "softmax", lambda zs: math.exp(zs[place]) / math.fsum(map(math.exp, zs)), False


def _probed(
    row: Sequence[Unit], place: int, above: Sequence[Value], data: Mapping[Any, float]
) -> Iterator[tuple[list[float], float]]:
    """Points, as the z of all outputs, and the derivative there."""
    for number, probe in enumerate(PROBES):
        zs = [probe if i == place else PROBES[(number * (i + 2) + 3 * i) % 7] / 2 for i in range(len(row))]
        found = dict(zip([unit.z for unit in row], zs, strict=True))
        try:
            yield zs, _derivative(row[place].z, found, above, data)
        except (ValueError, ArithmeticError):
            continue


def _derivative(z: Value, at: dict[Any, float], above: Sequence[Value], data: Mapping[Any, float]) -> float:
    """The derivative of the last of the nodes above by z, where the outputs' sums are `at`."""
    values = dict(at)
    points = []
    for node in above:
        assert node.op is not None
        xs = [arg if type(arg) is float else values[arg] if arg in values else data[arg] for arg in node.args]
        values[node] = node.op.evaluate(xs)
        points.append(xs)
    slopes = {above[-1]: 1.0}
    for node, xs in zip(reversed(above), reversed(points), strict=True):
        assert node.op is not None
        if node not in slopes:
            continue
        wanted = [arg if type(arg) is not float and arg in values else 0.0 for arg in node.args]
        for arg, share in node.op.shares(slopes[node], values[node], xs, wanted):
            slopes[arg] = slopes.get(arg, 0.0) + share
    return slopes.get(z, 0.0)


def above_of(zs: Sequence[Value], users: Mapping[Any, Sequence[Value]]) -> list[Value]:
    """The nodes that depend on the sums, each after its operands."""
    order: list[Value] = []
    seen: set[Any] = set()
    stack: list[Any] = list(zs)
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            stack += (node, None, *(user for user in users.get(node, ()) if user not in seen))
    below = set(zs)
    return [node for node in reversed(order) if node not in below]


def _fit(points: Sequence[tuple[float, float, float]]) -> tuple[float, float] | None:
    """(c, y) with δ = c·(p - y)·slope at all points (p, slope, δ); None where there are none."""
    pairs = sorted((p, delta / slope) for p, slope, delta in points if abs(slope) > 1e-9)
    if len(pairs) < 3 or pairs[-1][0] - pairs[0][0] < 1e-9:
        return None
    (low, u), (high, v) = pairs[0], pairs[-1]
    c = (v - u) / (high - low)
    if not math.isfinite(c) or c == 0.0:
        return None
    y = low - u / c
    largest = max(abs(delta) for _, _, delta in points)
    fits = all(abs(c * (p - y) * slope - delta) <= 1e-8 * largest for p, slope, delta in points)
    return (c, y) if fits else None


def _target(y: float, unit: Unit, above: Sequence[Value], data: Mapping[Any, float]) -> tuple[bool, Value | None]:
    """Whether a number of the loss is the target that was found, and the leaf that it is, preferably one named y."""
    inside = set(above)
    leaves = dict.fromkeys(
        arg for node in above for arg in node.args if type(arg) is not float and arg not in inside and arg.op is None
    )
    fitting = [leaf for leaf in leaves if _close(data[leaf], y)]
    fitting.sort(key=lambda leaf: (leaf.label[:1] not in ("y", "t"), not leaf.label))
    if fitting:
        return True, fitting[0]
    return any(_close(x, y) for x in _literals(above)), None


def _literal(y: float, above: Sequence[Value]) -> float:
    """The literal of the loss that the number found is, up to rounding."""
    return min(_literals(above), key=lambda x: abs(x - y))


def _literals(above: Sequence[Value]) -> list[float]:
    return [arg for node in above for arg in node.args if type(arg) is float]


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-7 * max(1.0, abs(a))
