"""Derivatives by the rules beside derivatives by differences in higher precision."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, getcontext
from typing import Any

from autograd import ops
from autograd.comparison.comparing import engine_gradients
from autograd.comparison.exact import as_float, digits_for, exact_values
from autograd.comparison.rounding import reference
from autograd.comparison.rows import Comparison, Row
from autograd.graph import as_evaluated, cotangents, tangents, topological_order
from autograd.recording import recording
from autograd.value import Value

UNIT = 2.0**-52

STEP = Decimal("1e-15")
"""How far differences reach, relative to the argument; what they neglect is about its square."""


def checked(f: Callable[..., Any], args: Sequence[Any], order: int) -> Comparison:
    """What `gradcheck` returns."""
    leaves: list[Value] = []
    with recording(True):
        output = f(*[_with_leaves(arg, leaves) for arg in args])
    if not isinstance(output, Value):
        raise TypeError(
            f"gradcheck: expected a function that returns one Value, got {type(output).__name__}: {output!r}"
        )
    nodes = topological_order(output)
    differences = _Differences(output, nodes, leaves)
    rows = list(_first_rows(output, nodes, leaves, differences))
    if order == 2:
        rows += _second_rows(output, leaves, differences)
    return Comparison(rows, first=[row.name for row in rows if not row.ok])


def _with_leaves(arg: Any, leaves: list[Value]) -> Any:
    """The argument with a Value, labelled x1 x2 ..., for every number in it."""
    if hasattr(arg, "tolist"):
        arg = arg.tolist()
    if isinstance(arg, (list, tuple)):
        return type(arg)([_with_leaves(item, leaves) for item in arg])
    leaves.append(Value(arg.data if isinstance(arg, Value) else arg, f"x{len(leaves) + 1}"))
    return leaves[-1]


class _Differences:
    """Difference quotients of a graph: (slope, its error), one and two leaves being moved."""

    def __init__(self, output: Value, order: Sequence[Value], leaves: Sequence[Value]) -> None:
        self.output, self.order, self.leaves = output, order, leaves
        known = vars(ops)
        self.kinks: set[Value] = set()
        self.fine = all(node.op is None or known.get(node.op.name) is node.op for node in order)

    def at(self, moves: Mapping[Value, Decimal]) -> Decimal:
        """The output with leaves moved."""
        given = {leaf: Decimal(leaf.data) + by for leaf, by in moves.items()}
        return exact_values(self.order, given)[self.output].number

    def first(self, leaf: Value) -> tuple[Decimal, Decimal, Decimal]:
        """(slope to the left, slope to the right, error)."""
        if not self.fine:
            slope, error = self._extrapolated(lambda h: (self.at({leaf: h}) - self.at({leaf: -h})) / (2 * h), leaf)
            return slope, slope, error
        with digits_for(self.order, extra=80):
            h = self._step(leaf)
            right, middle, left = self.at({leaf: h}), self.at({}), self.at({leaf: -h})
            central = (right - left) / (2 * h)
            sides = (middle - left) / h, (right - middle) / h
            if (
                abs(sides[0] - sides[1]) > abs(central) * Decimal("1e-9")
                and abs(sides[0] - sides[1]) > Decimal("1e-9") * h.sqrt()
            ):
                self.kinks.add(leaf)
                return (*sides, Decimal(0))
            return central, central, abs(central) * Decimal("1e-25") + self._noise() / h

    def second(self, a: Value, b: Value) -> tuple[Decimal, Decimal]:
        """(∂²/∂a∂b, its error)."""

        def quotient(h: Decimal, k: Decimal) -> Decimal:
            if a is b:
                return (self.at({a: h}) - 2 * self.at({}) + self.at({a: -h})) / (h * h)
            corners = (self.at({a: s * h, b: t * k}) * s * t for s in (1, -1) for t in (1, -1))
            return sum(corners, Decimal(0)) / (4 * h * k)

        if not self.fine:
            return self._extrapolated(lambda h: quotient(h, h), a, power=2)
        with digits_for(self.order, extra=80):
            h, k = self._step(a), self._step(b)
            slope = quotient(h, k)
            return slope, abs(slope) * Decimal("1e-25") + self._noise() / (h * k)

    def _noise(self) -> Decimal:
        """What rounding in the last of the digits makes of the output."""
        return (abs(self.at({})) + 1) * Decimal(10) ** (5 - getcontext().prec)

    def _step(self, leaf: Value) -> Decimal:
        return STEP * (abs(Decimal(leaf.data)) or 1)

    def _extrapolated(
        self, quotient: Callable[[Decimal], Decimal], leaf: Value, power: int = 1
    ) -> tuple[Decimal, Decimal]:
        """Richardson's extrapolation of quotients of floats (Ridders 1982): the entry whose neighbours differ least."""
        with digits_for(self.order):
            start = Decimal("0.1") * (abs(Decimal(leaf.data)) or 1)
            table = [[quotient(start)]]
            best, error = table[0][0], Decimal("Infinity")
            largest = abs(self.at({})) or Decimal(1)
            for row in range(1, 10):
                table.append([quotient(start / 2**row)])
                for column in range(1, row + 1):
                    factor = 4**column
                    old = table[row][column - 1]
                    new = (factor * old - table[row - 1][column - 1]) / (factor - 1)
                    table[row].append(new)
                    apart = max(abs(new - old), abs(new - table[row - 1][column - 1]))
                    rounded = 4 * Decimal(UNIT) * largest / (start / 2**row) ** power
                    if apart + rounded < error:
                        best, error = new, apart + rounded
            return best, 2 * error


def _first_rows(
    output: Value, nodes: Sequence[Value], leaves: Sequence[Value], differences: _Differences
) -> Iterator[Row]:
    """∂f/∂x by both modes."""
    bounds = reference(output).gradients
    backward = engine_gradients(output)
    for leaf in leaves:
        left, right, error = differences.first(leaf)
        forward = tangents(nodes, {leaf: 1.0}, point=as_evaluated).get(output, 0.0)
        bound = (bounds[leaf].bound if leaf in bounds else Decimal(0)) + error
        for mode, number in (("backward", backward.get(leaf, 0.0)), ("forward", forward)):
            yield _derivative(f"∂f/∂{leaf.label}, {mode}", leaf, float(number), (left, right), bound)


def _second_rows(output: Value, leaves: Sequence[Value], differences: _Differences) -> Iterator[Row]:
    """∂²f/∂x∂x', by differentiating the gradient."""
    with recording(True):
        slopes = cotangents(output, leaves)
    for i, a in enumerate(leaves):
        slope = slopes.get(a)
        inner = isinstance(slope, Value)
        bounds = reference(slope).gradients if isinstance(slope, Value) else {}
        found = engine_gradients(slope) if isinstance(slope, Value) and inner else {}
        for b in leaves[i:]:
            if a in differences.kinks or b in differences.kinks:
                continue
            exact, error = differences.second(a, b)
            bound = (bounds[b].bound if b in bounds else Decimal(0)) + error
            name = f"∂²f/∂{a.label}²" if a is b else f"∂²f/∂{a.label}∂{b.label}"
            yield _derivative(name, b, float(found.get(b, 0.0)), (exact, exact), bound)


def _derivative(name: str, leaf: Value, number: float, sides: tuple[Decimal, Decimal], bound: Decimal) -> Row:
    """One derivative by the rules beside one by differences; at a kink any number between the sides is right."""
    low, high = sorted(sides)
    exact = low if low == high else min(max(Decimal(number), low), high)
    unit = Decimal(math.ulp(as_float(name, exact)))
    off = abs(Decimal(number) - exact)
    state = "agrees" if off <= bound else "differs"
    note = "" if low == high else f"at a kink, slopes {float(sides[0]):g} and {float(sides[1]):g}"
    return Row(
        name,
        "derivative",
        number,
        number,
        float(off / unit),
        float(bound / unit),
        float(exact),
        float(off / unit),
        state,
        note,
        leaf,
    )
