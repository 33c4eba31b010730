"""Error carried forward: which number by hand is the first wrong step, and which later ones are right given it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from autograd.comparison.exact import Exact, digits_for, operands
from autograd.comparison.given import Entry

CLOSE, LOST = Decimal("1e-9"), Decimal("1e-14")
"""How far a number by hand may be from what it is made of: of itself, and of the shares that it is the sum of."""

_Mark = tuple[int, list[str], bool]
"""The place of a wrong number, the wrong ones that it depends on, and whether it is right given these."""


class Marked(NamedTuple):
    """The wrong numbers in the order in which they are computed.

    wrong    the places (in the list of entries) of numbers that are wrong though what they were computed from is right
    carried  those that are right given earlier ones by hand, with the names of these
    values   what the nodes are with the values by hand in the place of the right ones
    slopes   the same for gradients
    """

    wrong: list[int]
    carried: dict[int, list[str]]
    values: dict[Any, Exact]
    slopes: dict[Any, Exact]


def mark(order: Sequence[Any], numbers: Mapping[Any, Exact], entries: Sequence[Entry], wrong: Sequence[int]) -> Marked:
    """The graph once more, forward and backward, going on from every wrong number as it was given."""
    given: dict[tuple[Any, str], int] = {}
    for i in wrong:
        given.setdefault((entries[i].node, entries[i].what), i)
    marks: list[_Mark] = []
    with digits_for(order):
        values, spoilt = _forward(order, numbers, entries, given, marks)
        slopes = _backward(order, values, entries, given, marks, spoilt)
    # What wrong numbers of one sample make of a sum over all of them is not known: it is no first wrong step.
    single = {entry.name for entry in entries if entry.among}
    own = [i for i, names, fits in marks if not fits and (entries[i].among or single.isdisjoint(names))]
    return Marked(own, {i: names for i, names, fits in marks if fits}, values, slopes)


def _close(number: float, computed: Exact, size: Decimal = Decimal(0)) -> bool:
    return abs(Decimal(number) - computed.number) <= CLOSE * abs(computed.number) + LOST * size


def _forward(
    order: Sequence[Any], numbers: Mapping[Any, Exact], entries: Sequence[Entry],
    given: Mapping[tuple[Any, str], int], marks: list[_Mark],
) -> tuple[dict[Any, Exact], dict[Any, list[str]]]:  # fmt: skip
    """The values, and by node the names of wrong values by hand that it depends on."""
    values: dict[Any, Exact] = {}
    spoilt: dict[Any, list[str]] = {}
    for node in order:
        sources = _union([spoilt[arg] for arg in node.args if type(arg) is not float and arg in spoilt])
        values[node] = Exact.apply(node.op, operands(node, values, as_evaluated=False)) if sources else numbers[node]
        i = given.get((node, "value"))
        if i is not None:
            fits = bool(sources) and _close(entries[i].number, values[node])
            marks.append((i, sources, fits))
            values[node] = Exact(Decimal(entries[i].number))
            sources = [entries[i].name]
        if sources:
            spoilt[node] = sources
    return values, spoilt


def _backward(
    order: Sequence[Any], values: Mapping[Any, Exact], entries: Sequence[Entry],
    given: Mapping[tuple[Any, str], int], marks: list[_Mark], spoilt: Mapping[Any, list[str]],
) -> dict[Any, Exact]:  # fmt: skip
    """The gradients, the wrong ones by hand handed on as they are."""
    found: dict[Any, Exact] = {order[-1]: Exact(Decimal(1))}
    behind: dict[Any, list[str]] = {}
    sizes: dict[Any, Decimal] = {}
    for node in reversed(order):
        if node not in found:
            continue
        i = given.get((node, "gradient"))
        if i is not None:
            sources = behind.get(node, [])
            fits = bool(sources) and _close(entries[i].number, found[node], sizes[node])
            marks.append((i, sources, fits))
            found[node] = Exact(Decimal(entries[i].number))
            behind[node] = [entries[i].name]
        if node.op is None:
            continue
        xs = operands(node, values, as_evaluated=not spoilt)
        touched = _union([behind.get(node, []), spoilt.get(node, []), *(spoilt.get(arg, []) for arg in node.args)])
        for arg, share in node.op.shares(found[node], values[node], xs, node.args):
            share = share if isinstance(share, Exact) else Exact(Decimal(share))
            found[arg] = found[arg] + share if arg in found else share
            sizes[arg] = sizes.get(arg, Decimal(0)) + abs(share.number)
            if touched:
                behind[arg] = _union([behind.get(arg, []), touched])
    return found


def _union(lists: Sequence[list[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in lists for name in names))
