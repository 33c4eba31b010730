"""Numbers worked out from intermediates of a few digits: whether rounding these explains them, and where most was lost.

Every line of a calculation on paper, a value or a gradient, is taken to be rounded to the digits that the numbers by
hand are written with: so many significant ones, or so many decimals. What that may do to a number is the sum of what
each line alone does to it, found by changing that line and computing all that follows once more.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autograd.diagnosis.digits import CUT_OFF, ENOUGH, MOST, written
from autograd.diagnosis.rows import Row

LEAST = 3
"""So many digits some number has at least; what fewer explain is too much."""

WORK = 400_000
"""How many operations are computed once more at most; half a second or so."""

BELIEVED = 0.2
"""The share of a number up to which rounding is believed: no lost sign, factor or slope can hide in it."""

STATE = "intermediates"
"""The state of a row that is right but for the rounding of what it was worked out from."""

Rounding = Callable[[float], float]
"""By how much a number is changed at most when it is written down."""


class Lost(NamedTuple):
    """What rounding the lines may do to a number.

    most   all together
    where  the line that does most of it, in words
    """

    most: float
    where: str


def worked_out(rows: Sequence[Row], order: Sequence[Any], values: Mapping[Any, float]) -> tuple[list[Row], list[float]]:
    """(rows, rooms): with those that rounded intermediates explain told so; and by how much these may change each, []
    where that is not known. They are right where some others were rounded too; few numbers prove no rounding."""
    short = [row for row in rows if 0 < written(row.by_hand)[0] <= MOST]
    lines = sum(node.op is not None for node in order)
    few = not any(written(row.by_hand)[0] >= LEAST for row in short)
    if all(row.ok for row in rows) or few or 3 * lines * len(order) > WORK:
        return list(rows), []
    rounding, digits = _rounding(short)
    lost = _losses(rows, order, values, rounding)
    rooms = [one.most + rounding(row.exact) for row, one in zip(rows, lost, strict=True)]
    explained = [
        not row.ok and one.most <= BELIEVED * abs(row.exact) and abs(row.by_hand - row.exact) <= room
        for row, one, room in zip(rows, lost, rooms, strict=True)
    ]
    enough = sum(row.state == "rounded" or own for row, own in zip(rows, explained, strict=True)) >= ENOUGH
    found = []
    for row, one, own in zip(rows, lost, explained, strict=True):
        if own and enough:
            note = f"right, from intermediates of {digits}; {one.where} lost most"
            row = row._replace(state=STATE, note=note)
        elif own:
            row = row._replace(note=f"as rounding intermediates to {digits} may make it")
        found.append(row)
    return found, rooms


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


def _losses(rows: Sequence[Row], order: Sequence[Any], values: Mapping[Any, float], rounding: Rounding) -> list[Lost]:
    """By row, what rounding does to it."""
    base = _slopes(order, values)
    changes: list[dict[str, float]] = [{} for _ in rows]

    def add(line: str, point: Mapping[Any, float], slopes: Mapping[Any, float]) -> None:
        for row, own in zip(rows, changes, strict=True):
            after, before = (point, values) if row.what == "value" else (slopes, base)
            change = abs(after.get(row.node, 0.0) - before.get(row.node, 0.0))
            if change and line != row.name:
                own[line] = own.get(line, 0.0) + change

    names = {row.node: row.name for row in rows if row.what == "gradient"}
    cancelled = {
        arg for node in order if node.op is not None and node.op.name == "binary_cross_entropy" for arg in node.args
    }
    for place, node in enumerate(order):
        if node.op is None or node is order[-1]:
            continue
        name = node.label or node.op.name
        point = _moved(order, values, place, values[node] + rounding(values[node]))
        add(name, point, _slopes(order, point))
        if node in cancelled:  # ŷ - y is written down at once, without ∂L/∂ŷ
            continue
        for share in _shares(node, base.get(node, 0.0), values, rounding):
            label = names.get(node, f"the gradient of {name}")
            add(label, values, _slopes(order, values, node, 1.0 + share))
    terms = _terms(order, values, base, rounding)
    for row, own in zip(rows, changes, strict=True):
        if row.what == "gradient" and row.node in terms:
            own[f"the terms of {row.name}"] = terms[row.node]
    return [Lost(sum(own.values()), max(own, key=lambda line: own[line], default="")) for own in changes]


def _terms(
    order: Sequence[Any], values: Mapping[Any, float], slopes: Mapping[Any, float], rounding: Rounding
) -> dict[Any, float]:
    """By leaf whose gradient is a sum, what is lost when each of its terms is rounded."""
    found: dict[Any, list[float]] = {}
    for node in order:
        if node.op is not None and node in slopes:
            for arg, share in _by_textbook(node, slopes[node], values):
                if arg.op is None and share:
                    found.setdefault(arg, []).append(rounding(share))
    return {leaf: sum(lost) for leaf, lost in found.items() if len(lost) > 1}


def _shares(node: Any, g: float, values: Mapping[Any, float], rounding: Rounding) -> Iterator[float]:
    """By what share a gradient changes when it is rounded, and the slope that it is multiplied by."""
    if not g:
        return
    yield rounding(g) / abs(g)
    if sum(type(arg) is not float for arg in node.args) == 1:
        ((_, slope),) = _by_textbook(node, 1.0, values)
        if abs(slope) not in (0.0, 1.0):
            yield rounding(slope) / abs(slope)


def _moved(order: Sequence[Any], values: Mapping[Any, float], place: int, number: float) -> dict[Any, float]:
    """The values with another number at one node, and what follows from it."""
    found = dict(values) | {order[place]: number}
    moved = {order[place]}
    for node in order[place + 1 :]:
        if not moved.isdisjoint(node.args):
            found[node] = node.op.evaluate([arg if type(arg) is float else found[arg] for arg in node.args])
            moved.add(node)
    return found


def _slopes(order: Sequence[Any], values: Mapping[Any, float], at: Any = None, factor: float = 1.0) -> dict[Any, float]:
    """d output / d node; what one node hands on times a factor."""
    found: dict[Any, float] = {order[-1]: 1.0}
    for node in reversed(order):
        if node.op is not None and node in found:
            g = found[node] * factor if node is at else found[node]
            for arg, share in _by_textbook(node, g, values):
                found[arg] = found[arg] + share if arg in found else share
    return found


def _by_textbook(node: Any, g: float, values: Mapping[Any, float]) -> Sequence[tuple[Any, float]]:
    """The shares of a node's operands, the slopes of σ and tanh by what these have given."""
    y = values[node]
    if node.op.name in ("sigmoid", "tanh"):
        return [(node.args[0], g * (y * (1.0 - y) if node.op.name == "sigmoid" else 1.0 - y * y))]
    xs = [arg if type(arg) is float else values[arg] for arg in node.args]
    return list(node.op.shares(g, y, xs, node.args))
