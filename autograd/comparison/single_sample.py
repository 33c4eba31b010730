"""Numbers by hand that belong to one sample: which of them it is, and whether its loss was taken without the mean.

What a loop over the samples leaves behind (z1, h1, delta1 ...) is of one and the same sample, for all
names together. Its δ may be the slope of the mean of all losses, or of the loss of this sample
alone, which is as many times as large as there are losses: the mean is then taken later. Both are
right; which it is, and of which sample, is what most of these numbers agree with.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from autograd.comparison.few_digits import half_unit, is_rounded
from autograd.comparison.given import Entry
from autograd.comparison.rounding import OPERATION, UNIT, Bounded, Reference
from autograd.comparison.rows import Row
from autograd.graph import topological_order
from autograd.network import Network
from autograd.value import Value

ALONE = "right for the loss of"
"""Begins the note of what is right before the mean is taken."""

NEAR = Decimal("1e-5")
"""The relative difference up to which a number, perhaps in single precision, may be meant for another."""


class Settled(NamedTuple):
    """The numbers by hand, each with the node of the sample that it belongs to.

    entries  with these nodes
    sample   the one of those that may be of any, counted from 0
    times    by how much the slopes are larger than those of the mean: 1, or the number of losses
    """

    entries: list[Entry]
    sample: int
    times: int

    def of_the_mean(self, times: int) -> list[Entry]:
        """The entries with all slopes as those of the mean, if they are so many times as large."""
        return [e._replace(number=e.number / times) if is_signal(e) else e for e in self.entries]


def settled(entries: Sequence[Entry], found: Reference, network: Network | None, last: bool) -> Settled:
    """One sample for all numbers that may be of any, and one convention for all slopes: those that most agree with.

    Where several are as good, slopes of the mean, and the last sample or the first.
    """
    signals = [entry for entry in entries if entry.among or is_signal(entry)]
    chosen: dict[int, int] = {}
    times = 1
    for count in sorted({len(entry.among) for entry in signals}, reverse=True):
        here = [entry for entry in signals if len(entry.among) in (0, count)]
        samples = range(max(1, count))[::-1] if last else range(max(1, count))
        options = [(s, c) for c in (conventions(network) if not chosen else [times]) for s in samples]
        chosen[count], times = max(options, key=partial(_agreement, here, found))
    count = network.samples if network is not None else 1
    sample = chosen.get(count, count - 1 if last else 0)
    return Settled([_of_sample(entry, chosen.get(len(entry.among), 0)) for entry in entries], sample, times)


def _of_sample(entry: Entry, s: int) -> Entry:
    return entry._replace(node=entry.among[s]) if entry.among else entry


def is_signal(entry: Entry) -> bool:
    """Whether it is a slope inside the network, δ or ∂L/∂h, one for every sample."""
    return entry.what == "gradient" and (entry.node.op is not None or bool(entry.among))


def conventions(network: Network | None) -> list[int]:
    """How many times the slope of the mean that of a single loss may be: 1, the samples, the terms of the mean."""
    if network is None or network.terms == 1:
        return [1]
    whole = [network.samples] if network.terms % network.samples == 0 else []
    return list(dict.fromkeys([1, *whole, network.terms]))


def _agreement(entries: Sequence[Entry], found: Reference, option: tuple[int, int]) -> tuple[int, int, int]:
    """How many numbers agree with those of a sample, by a convention, to within rounding; how many nearly do; how
    many would with another sign."""
    s, times = option
    exactly = nearly = unsigned = 0
    for entry in entries:
        mine, factor = number_of(found, _of_sample(entry, s)), times if is_signal(entry) else 1
        apart = abs(Decimal(entry.number) - factor * mine.number)
        exactly += apart <= factor * mine.bound
        room = max(factor * mine.bound, NEAR * abs(factor * mine.number), half_unit(entry.number))
        nearly += apart <= room
        unsigned += abs(abs(Decimal(entry.number)) - abs(factor * mine.number)) <= room
    return exactly, nearly, unsigned


def number_of(found: Reference, entry: Entry) -> Bounded:
    """The exact number that an entry is about; the gradient of what the loss does not depend on is 0."""
    numbers = found.values if entry.what == "value" else found.gradients
    return numbers.get(entry.node, Bounded(Decimal(0), Decimal(0)))


# ---------------------------------------------------------------- what is said about it


class Places:
    """In words, the sample that a node belongs to."""

    def __init__(self, loss: Value, network: Network | None) -> None:
        self._samples = network.sample_of() if network is not None else {}
        self._keys = {node: key for key, node in loss.named().items()}

    def __call__(self, node: Value) -> str:
        """The number of the sample, or where there are none, which of the nodes with its label it is."""
        if node in self._samples:
            return f"sample {self._samples[node] + 1}"
        return self._keys.get(node, "one sample")


def noted(rows: Sequence[Row], entries: Sequence[Entry], places: Places) -> list[Row]:
    """The rows that might have been of any sample, with the one that they were judged by."""
    return [
        row._replace(note=", ".join(filter(None, (places(entry.node), row.note))))
        if entry.among and ALONE not in row.note
        else row
        for row, entry in zip(rows, entries, strict=True)
    ]


def before_the_mean(
    rows: Sequence[Row], given: Settled, found: Reference, loss: Value, network: Network, places: Places, coarse: int
) -> list[Row]:
    """The rows with slopes and losses of one sample alone recognised: right where gradients of parameters are given,
    which tell that the mean is taken. `coarse` is how much coarser than double precision the numbers are."""
    told = any(entry.what == "gradient" and not is_signal(entry) for entry in given.entries)
    own = losses_alone(loss, found, network, given.sample) if len(conventions(network)) > 1 else []
    judged = []
    for row, entry in zip(rows, given.entries, strict=True):
        candidates: list[tuple[int, Bounded]] = []
        if is_signal(entry) and given.times > 1:
            candidates = [(given.times, _times(given.times, number_of(found, entry)))]
        elif entry.node is loss and entry.what == "value":
            candidates = own
        x = row.by_hand
        count = next((c for c, mine in candidates if mine.explains(Decimal(x), coarse) or is_rounded(x, mine)), 0)
        if count and not row.ok:
            place = f"sample {given.sample + 1}" if entry.node is loss else places(entry.node)
            note = f"{ALONE} {place} alone, 1/{count} still to come"
            row = row._replace(state="later" if told else "differs", note=note)
        judged.append(row)
    return judged


def _times(count: int, x: Bounded) -> Bounded:
    """So many times a number, with its bounds."""
    bounds = {name: count * getattr(x, name) for name in ("number", "error", "naive", "grown", "size")}
    return x._replace(**bounds)


def losses_alone(loss: Value, found: Reference, network: Network, s: int) -> list[tuple[int, Bounded]]:
    """The loss of one sample, by how many times its share in that of all it is; [] where that is no sum of such."""
    of = network.sample_of()
    reach: dict[Any, frozenset[bool]] = {}  # whether it is made of this sample, of others, or of both
    for node in topological_order(loss):
        below = {reach[arg] for arg in node.args if type(arg) is not float}
        reach[node] = frozenset([of[node] == s]) if node in of else frozenset[bool]().union(*below)
    number = bound = Decimal(0)
    stack = [(loss, Decimal(1))]
    while stack:
        node, factor = stack.pop()
        if reach[node] == {True}:
            number += factor * found.values[node].number
            bound += abs(factor) * found.values[node].bound
        elif True in reach[node]:
            parts = _linear(node)
            if not parts:
                return []
            stack += [(arg, factor * slope) for arg, slope in parts]
    bound += OPERATION * UNIT * abs(number)
    return [(c, _times(c, Bounded(number, bound))) for c in conventions(network)[1:]]


def _linear(node: Value) -> list[tuple[Value, Decimal]]:
    """The terms that a node is the sum of, each with its factor; [] where it is none."""
    name, args = node.op.name if node.op is not None else "", node.args
    slopes: list[Decimal] = []
    if name in ("add", "sum_of"):
        slopes = [Decimal(1)] * len(args)
    elif name == "sub":
        slopes = [Decimal(1), Decimal(-1)]
    elif name == "neg":
        slopes = [Decimal(-1)]
    elif name == "mul" and float in map(type, args):
        slopes = [Decimal(arg) if type(arg) is float else Decimal(1) for arg in reversed(args)]
    elif name == "div" and type(args[1]) is float:
        slopes = [1 / Decimal(args[1]), Decimal(0)]
    return [(arg, slope) for arg, slope in zip(args, slopes, strict=False) if type(arg) is not float]
