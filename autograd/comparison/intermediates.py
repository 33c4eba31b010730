"""Numbers worked out from intermediates of a few digits: whether rounding these explains them, and where most was lost.

Every line of a calculation on paper, a value or a gradient, is taken to be rounded to the digits that the numbers by
hand are written with: so many significant ones, or so many decimals. What that may do to a number is the sum of what
each line alone does to it, found by changing that line and computing all that follows once more. Lines that are given
by hand are gone on from as they are written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autograd.comparison.few_digits import CUT_OFF, ENOUGH, MOST, written
from autograd.comparison.rows import Row

LEAST = 3
"""So many digits some number has at least; what fewer explain is too much."""

WORK = 400_000
"""How many operations are computed once more at most; half a second or so."""

BELIEVED = 0.2
"""The share of a number up to which rounding is believed: no lost sign, factor or slope can hide in it."""

SMALL = 0.01
"""The share up to which it is believed of a number that does not follow from the lines above it as they are written:
more digits of these may have been at hand."""

PASSES = 4
"""How often numbers are judged again, without going on from those that turned out wrong."""

STATE = "intermediates"
"""The state of a row that is right but for the rounding of what it was worked out from."""

Rounding = Callable[[float], float]
"""By how much a number is changed at most when it is written down."""


class Lost(NamedTuple):
    """What becomes of a number when lines are rounded.

    made   what it is worked out to be from the lines that are given by hand, the others exactly
    most   by how much rounding these others may change it, all together
    where  the line that does most of it, in words
    """

    made: float
    most: float
    where: str


def worked_out(rows: Sequence[Row], order: Sequence[Any], values: Mapping[Any, float]) -> tuple[list[Row], list[float]]:
    """(rows, rooms): with those that rounded intermediates explain told so; and by how much these may change each, []
    where that is not known. They are right where some others were rounded too; few numbers prove no rounding."""
    short = [row for row in rows if 0 < written(row.by_hand)[0] <= MOST]
    lines = sum(node.op is not None for node in order)
    few = not any(written(row.by_hand)[0] >= LEAST for row in short)
    if all(row.ok for row in rows) or few or 6 * lines * len(order) > WORK:
        return list(rows), []
    rounding, digits = _rounding(short)
    try:
        lost = _Paper(order, values, rounding).lost(rows)
        loosely = [not row.ok and _explains(one, row, rounding, BELIEVED) for row, one in zip(rows, lost, strict=True)]
        own = loosely
        for _ in range(PASSES):
            given = [row for row, is_own in zip(rows, own, strict=True) if is_own or row.state == "rounded"]
            carried = _Paper(order, values, rounding, given).lost(rows)
            before, own = (
                own,
                [
                    fits and (_explains(strictly, row, rounding, BELIEVED) or _explains(one, row, rounding, SMALL))
                    for fits, row, one, strictly in zip(loosely, rows, lost, carried, strict=True)
                ],
            )
            if own == before:
                break
    except (ValueError, ArithmeticError):  # a rounded number where there is no value or slope, such as ŷ = 1
        return list(rows), []
    enough = sum(is_own or row.state == "rounded" for row, is_own in zip(rows, own, strict=True)) >= ENOUGH
    judged = [
        _told(row, one, digits, enough) if is_own else row for row, one, is_own in zip(rows, lost, own, strict=True)
    ]
    return judged, [one.most + rounding(row.exact) for row, one in zip(rows, lost, strict=True)]


def _told(row: Row, lost: Lost, digits: str, enough: bool) -> Row:
    """The row of a number that rounding explains."""
    if enough:
        return row._replace(state=STATE, note=f"right, from intermediates of {digits}; {lost.where} lost most")
    return row._replace(note=f"as rounding intermediates to {digits} may make it")


def _explains(lost: Lost, row: Row, rounding: Rounding, believed: float) -> bool:
    """Whether a number is what rounding makes of it, which is only believed up to a share of it."""
    near = abs(row.by_hand - lost.made) <= lost.most + rounding(row.exact)
    return near and lost.most <= believed * abs(row.exact)


def _rounding(short: Sequence[Row]) -> tuple[Rounding, str]:
    """How the numbers by hand were rounded, and in words: to decimals, where most have as many, else to digits."""
    counts, units = zip(*(written(row.by_hand) for row in short), strict=True)
    digits, unit = max(counts), min(units)
    share = 1.0 if any(CUT_OFF in row.note for row in short) else 0.5
    if 2 * units.count(unit) > len(short) > 2 * counts.count(digits):
        decimals = -unit.adjusted()
        return lambda x: share * float(unit), f"{decimals} decimals"
    return lambda x: share * 10.0 ** (_exponent(x) - digits + 1), f"{digits} digits"


def _exponent(x: float) -> int:
    """That of the first digit of a number, as in 2.5e-3."""
    return int(f"{x:e}".partition("e")[2])


class _Paper:
    """A graph as it is worked out on paper, line by line; what is `given` by hand is gone on from as it is written."""

    def __init__(
        self, order: Sequence[Any], values: Mapping[Any, float], rounding: Rounding, given: Sequence[Row] = ()
    ) -> None:
        self.order, self.rounding = order, rounding
        self.leaves = {node: values[node] for node in order if node.op is None}
        self.values = {row.node: row.by_hand for row in given if row.what == "value" and row.node.op is not None}
        self.slopes = {row.node: row.by_hand for row in given if row.what == "gradient" and row.node.op is not None}

    def lost(self, rows: Sequence[Row]) -> list[Lost]:
        """By row, what rounding makes of it."""
        point = self._forward()
        base = self._backward(point)
        changes: list[dict[str, float]] = [{} for _ in rows]

        def add(line: str, after: Mapping[Any, float], slopes: Mapping[Any, float]) -> None:
            for row, own in zip(rows, changes, strict=True):
                new, old = (after, point) if row.what == "value" else (slopes, base)
                change = abs(new.get(row.node, 0.0) - old.get(row.node, 0.0))
                if change and line != row.name:
                    own[line] = own.get(line, 0.0) + change

        for line, after, slopes in self._rounded(rows, point, base):
            add(line, after, slopes)
        terms = self._terms(point, base)
        found = []
        for row, own in zip(rows, changes, strict=True):
            if row.what == "gradient" and row.node in terms:
                own[f"the terms of {row.name}"] = terms[row.node]
            made = (point if row.what == "value" else base).get(row.node, 0.0)
            found.append(Lost(made, sum(own.values()), max(own, key=own.__getitem__, default="")))
        return found

    def _rounded(
        self, rows: Sequence[Row], point: Mapping[Any, float], base: Mapping[Any, float]
    ) -> Iterator[tuple[str, Mapping[Any, float], Mapping[Any, float]]]:
        """(line, values, slopes) with one line after the other rounded that is not given."""
        names = {row.node: row.name for row in rows if row.what == "gradient"}
        crossed = (node for node in self.order if node.op is not None and node.op.name == "binary_cross_entropy")
        cancelled = {arg for node in crossed for arg in node.args}
        for node in self.order[:-1]:
            if node.op is None:
                continue
            name = node.label or node.op.name
            if node not in self.values:
                after = self._forward(node, self.rounding(point[node]))
                yield name, after, self._backward(after)
            if node not in cancelled and node not in self.slopes:  # ŷ - y is written down at once, without ∂L/∂ŷ
                for share in self._shares(node, base.get(node, 0.0), point):
                    yield names.get(node, f"the gradient of {name}"), point, self._backward(point, node, 1.0 + share)

    def _shares(self, node: Any, g: float, point: Mapping[Any, float]) -> Iterator[float]:
        """By what share a gradient changes when it is rounded, and the slope that it is multiplied by."""
        if not g:
            return
        yield self.rounding(g) / abs(g)
        if sum(type(arg) is not float for arg in node.args) == 1:
            ((_, slope),) = self._handed_on(node, 1.0, point)
            if abs(slope) not in (0.0, 1.0):
                yield self.rounding(slope) / abs(slope)

    def _terms(self, point: Mapping[Any, float], slopes: Mapping[Any, float]) -> dict[Any, float]:
        """By leaf whose gradient is a sum, what is lost when each of its terms is rounded."""
        found: dict[Any, list[float]] = {}
        for node in self.order:
            if node.op is not None and node in slopes:
                for arg, share in self._handed_on(node, self.slopes.get(node, slopes[node]), point):
                    if arg.op is None and share:
                        found.setdefault(arg, []).append(self.rounding(share))
        return {leaf: sum(lost) for leaf, lost in found.items() if len(lost) > 1}

    def _forward(self, at: Any = None, change: float = 0.0) -> dict[Any, float]:
        """The values, that of one node changed."""
        found: dict[Any, float] = dict(self.leaves)
        for node in self.order:
            if node.op is not None:
                xs = [arg if type(arg) is float else self.values.get(arg, found[arg]) for arg in node.args]
                found[node] = node.op.evaluate(xs) + (change if node is at else 0.0)
        return found

    def _backward(self, point: Mapping[Any, float], at: Any = None, factor: float = 1.0) -> dict[Any, float]:
        """d output / d node; what one node hands on times a factor."""
        found: dict[Any, float] = {self.order[-1]: 1.0}
        for node in reversed(self.order):
            if node.op is not None and node in found:
                g = self.slopes.get(node, found[node]) * (factor if node is at else 1.0)
                for arg, share in self._handed_on(node, g, point):
                    found[arg] = found[arg] + share if arg in found else share
        return found

    def _handed_on(self, node: Any, g: float, point: Mapping[Any, float]) -> Sequence[tuple[Any, float]]:
        """The shares of a node's operands, as textbooks write the slopes of σ and tanh: y(1 - y), 1 - y²."""
        y = self.values.get(node, point[node])
        if node.op.name in ("sigmoid", "tanh"):
            return [(node.args[0], g * (y * (1.0 - y) if node.op.name == "sigmoid" else 1.0 - y * y))]
        xs = [arg if type(arg) is float else self.values.get(arg, point[arg]) for arg in node.args]
        return list(node.op.shares(g, y, xs, node.args))
