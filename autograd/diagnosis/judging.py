"""Numbers by hand judged: by rounding, in single precision, given earlier ones; what is wrong is diagnosed."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from autograd.diagnosis.digits import half_unit, in_single_precision, rounded, written
from autograd.diagnosis.exact import as_float, digits_for, exact_gradients, exact_values
from autograd.diagnosis.given import Entry, read
from autograd.diagnosis.marking import Marked, mark
from autograd.diagnosis.penalty import Penalty, aside, find_penalty, of_the_penalty, summed_up
from autograd.diagnosis.probing import find_probe
from autograd.diagnosis.rounding import Bounded, Reference, reference
from autograd.diagnosis.rows import NOT_COMPUTED, Comparison, Finding, Row
from autograd.diagnosis.samples import (
    Places,
    Settled,
    before_the_mean,
    conventions,
    is_signal,
    noted,
    number_of,
    settled,
)
from autograd.diagnosis.search import CLOSE, Number, Question, find_causes, findings
from autograd.diagnosis.textbook import figures
from autograd.graph import as_evaluated, cotangents, topological_order
from autograd.network import Network, find_network
from autograd.value import Value

FINE = Decimal("1e-12")
"""Beyond this relative difference, rounding that explains it is worth a word."""

SINGLE = 2**29
"""How much coarser single precision is."""

SINGLE_NEAR = 1e-5
"""The relative difference up to which a number alone is taken to be in single precision."""

DIGITS = 9
"""How many digits wrong numbers need together, if they were rounded, for a mistake to be told from them."""

SINGLE_CLOSE = 4e-6
"""What `CLOSE` is where all numbers are in single precision."""


def judged(
    loss: Value, by_hand: Mapping[str, Any], model: Any, lr: float | None, told_as: Mapping[str, str] = {},
    names: Mapping[str, Any] = {},
) -> Comparison:  # fmt: skip
    """What `compare` returns; `told_as` has other names for some numbers by hand, by which they are told of."""
    found, network = reference(loss), find_network(loss)
    given = read(loss, by_hand, network, model, found.gradients, names)
    entries = [entry._replace(name=_renamed(entry.name, told_as)) for entry in given.entries]
    meant = settled(entries, found, network, given.namespace)
    places = Places(loss, network)
    floats = engine_gradients(loss)
    numbers = [number_of(found, entry) for entry in meant.entries]
    rows = [_row(entry, mine, floats) for entry, mine in zip(meant.entries, numbers, strict=True)]
    if not all(row.ok for row in rows):
        rows, coarse = _coarser(rows, numbers)
        rows = rounded(rows, numbers)
        if network is not None:
            rows = before_the_mean(rows, meant, found, loss, network, places, coarse)
    if all(row.ok for row in rows):
        return Comparison(noted(rows, meant.entries, places), notes=given.notes)
    comparison = _diagnosed(loss, rows, meant, found, network, lr, given.notes)
    comparison.rows = noted(comparison.rows, meant.entries, places)
    return comparison


def _renamed(name: str, names: Mapping[str, str]) -> str:
    """A name, or that of a list with the place in it, by other names."""
    key = next((key for key in names if name == key or name.startswith(f"{key}[")), "") if name not in names else name
    return names[key] + name[len(key) :] if key else name


def engine_gradients(loss: Value) -> dict[Value, float]:
    """The gradients in floats; none where a rule has no float."""
    try:
        return cotangents(loss, point=as_evaluated)
    except (ValueError, ArithmeticError):
        return {}


def _row(entry: Entry, mine: Bounded, floats: Mapping[Value, float]) -> Row:
    """One row, its verdict by rounding alone."""
    exact = as_float(f"the {entry.what} of {entry.node.label or entry.name}", mine.number)
    unit = Decimal(math.ulp(exact))
    difference = abs(Decimal(entry.number) - mine.number)
    state, note = "differs", ""
    if mine.explains(Decimal(entry.number)):
        lossy = difference > mine.error or difference > FINE * abs(mine.number)
        state, note = ("digits", _lost(difference, mine)) if lossy else ("agrees", "")
    engine = entry.node.data if entry.what == "value" else floats.get(entry.node, exact)
    apart = math.inf
    if math.isfinite(engine):
        apart = float(abs(Decimal(entry.number) - Decimal(engine)) / Decimal(math.ulp(engine)))
    off, bound = float(difference / unit), float(mine.bound / unit)
    return Row(entry.name, entry.what, entry.number, engine, apart, bound, exact, off, state, note, entry.node)


def _lost(difference: Decimal, mine: Bounded) -> str:
    """How many digits were lost, and where."""
    share = difference / abs(mine.number) if mine.number else Decimal(1)
    lost = min(16, max(1, 16 + math.ceil(share.log10())))
    where = f" in {_form(mine.where)}" if mine.where is not None else ""
    return f"{'all' if lost == 16 else lost} digits lost to cancellation{where}"


def _form(node: Any) -> str:
    """The textbook form that loses digits at a node."""
    name = node.label or "h"
    if node.op is not None and node.op.name == "tanh":
        return f"1 - {name}²"
    return f"1 - {name}" if node.op is not None and node.op.name == "sigmoid" else "ŷ - y"


def _coarser(rows: list[Row], numbers: Sequence[Bounded]) -> tuple[list[Row], int]:
    """The rows with single precision recognised, and how much coarser than double precision they are."""
    if not (all(in_single_precision(row.by_hand) for row in rows) and any(row.by_hand for row in rows)):
        return rows, 1
    # Digits lost to cancellation are believed where most of the other numbers show single precision.
    near = [abs(row.by_hand - row.exact) <= SINGLE_NEAR * abs(row.exact) for row in rows]
    sure = 2 * sum(near) > len(rows) > 2
    rows = [_single(row, mine) if sure or close else row for row, mine, close in zip(rows, numbers, near, strict=True)]
    return rows, SINGLE if sure else 1


def _single(row: Row, mine: Bounded) -> Row:
    """A number that rounding in single precision explains."""
    if row.ok or not mine.explains(Decimal(row.by_hand), SINGLE):
        return row
    return row._replace(state="single", note="in single precision")


# ---------------------------------------------------------------- diagnosis


class _Point(NamedTuple):
    """Where mistakes are looked for: values and gradients in floats; `own` where values by hand are among them."""

    values: dict[Any, float]
    slopes: dict[Any, float]
    own: bool


def _diagnosed(
    loss: Value, rows: list[Row], meant: Settled, found: Reference,
    network: Network | None, lr: float | None, notes: Sequence[str],
) -> Comparison:  # fmt: skip
    """The comparison with the first wrong step marked and the causes looked for."""
    order, entries = topological_order(loss), meant.entries
    with digits_for(order):
        numbers = exact_values(order)
    wrong = [i for i, row in enumerate(rows) if not row.ok]
    counts = conventions(network) if meant.times == 1 and any(is_signal(entries[i]) for i in wrong) else [meant.times]
    try:
        marks = [mark(order, numbers, meant.of_the_mean(count), wrong) for count in counts]
        marked = min(marks, key=lambda marked: len(marked.wrong))
        point = _point(loss, order, rows, marked, found)
    except (ValueError, ArithmeticError):  # no value or no slope at the numbers by hand, such as ŷ = 0: each for itself
        marked = Marked(wrong, {}, {}, {})
        point = _floats(found.values, found.gradients, False)
    for i, names in marked.carried.items():
        rows[i] = rows[i]._replace(state="carried", note=f"given your own {', '.join(names[:3])}")
    first = [rows[i].name for i in marked.wrong]
    question = _question(rows, entries, network, point, lr)
    nothing = _nothing(question)
    penalty = find_penalty(loss, network) if network is not None and question.wrong else None
    shorter = _question(rows, entries, network, point, lr, short=True) if _short(question) else None
    if penalty is not None:
        for asked in filter(None, (question, shorter)):
            beside = _beside(asked, penalty, point)
            if beside:
                return Comparison(rows, beside, notes, first)
    fits = find_causes(question, order, point.values)
    if not fits and shorter is not None:
        question = shorter
        fits = find_causes(question, order, point.values)
    if nothing is not None:  # what gives 0 everywhere, as slopes that are 0 do, would look the same
        fits = [fit for fit in fits if not any(fit.predicted)]
    probing = partial(find_probe, loss, network, fits) if network is not None and len(fits) > 1 else None
    causes = [*([nothing] if nothing is not None else []), *findings(question, fits)]
    alike = [] if causes else _alike([rows[i] for i in marked.wrong])
    return Comparison(rows, causes, [*notes, *alike], first, probing)


def _alike(rows: Sequence[Row]) -> list[str]:
    """Of first wrong numbers that are all of one array's, whether they are the right ones times the same."""
    stems = {row.name.partition("[")[0] for row in rows}
    pairs = [(row.by_hand, row.exact) for row in rows]
    if len(stems) != 1 or len(rows) < 3 or not all(exact for _, exact in pairs):
        return []
    ratios = [x / exact for x, exact in pairs]
    ratio = Fraction(ratios[0]).limit_denominator(1000)
    if not ratio or any(abs(each - float(ratio)) > CLOSE * abs(each) for each in ratios):
        return []
    return [f"the {len(rows)} wrong numbers of {stems.pop()} are all {ratio} x the right ones"]


def _point(loss: Value, order: Sequence[Any], rows: Sequence[Row], marked: Marked, found: Reference) -> _Point:
    """Where the gradients are judged: at the values by hand, where some of these are wrong."""
    if all(row.ok for row in rows if row.what == "value"):
        return _floats(found.values, found.gradients, False)
    with digits_for(order):
        slopes = exact_gradients(loss, marked.values, as_evaluated=False)
    return _floats(marked.values, slopes, True)


def _nothing(question: Question) -> Finding | None:
    """Gradients that are all 0, also those of weights into the output, which no wrong slope reaches."""
    wrong = [question.numbers[i] for i in question.wrong]
    if len(question.numbers) < 2 or any(n.by_hand for n in question.numbers):
        return None
    top = question.fig.layers - 1 if question.fig is not None else None
    if not any(top is None or n.place is None or n.place[:2] == ("w", top) for n in wrong):
        return None
    told = f"all {len(question.numbers)} are 0: was backward() called?"
    return Finding(NOT_COMPUTED, [n.name for n in wrong], told, "everywhere", "call backward() of the loss first")


def _short(question: Question) -> bool:
    """Whether the wrong numbers were rounded, and have digits enough together to tell mistakes apart."""
    digits = [written(question.numbers[i].by_hand)[0] for i in question.wrong]
    return sum(digits) >= DIGITS and all(half_unit(question.numbers[i].by_hand) for i in question.wrong)


def diagnosed_gradients(
    loss: Value, rows: Sequence[Row], entries: Sequence[Entry], found: Reference,
    network: Network | None, lr: float | None,
) -> list[Finding]:  # fmt: skip
    """The mistakes that explain gradients which were recovered from something else, with bounds of their own."""
    point = _floats(found.values, found.gradients, False)
    question = _question(rows, entries, network, point, lr)
    penalty = find_penalty(loss, network) if network is not None and question.wrong else None
    beside = _beside(question, penalty, point) if penalty is not None else []
    return beside or findings(question, find_causes(question, topological_order(loss), point.values))


def _beside(question: Question, penalty: Penalty, point: _Point) -> list[Finding]:
    """The mistakes in the penalty, else those in what the gradients are without it."""
    own = of_the_penalty(question, penalty.shares) or summed_up(question)
    network = find_network(penalty.data)
    if own is not None or network is None:
        return [own] if own is not None else []
    fig = figures(network, point.values, point.slopes)
    rest = Question(aside(question, penalty.shares), fig, question.lr, question.close)
    fits = find_causes(rest, topological_order(penalty.data), point.values)
    return [f._replace(evidence=f"{f.evidence}, all without the penalty's share") for f in findings(rest, fits)]


def _floats(values: Mapping[Any, Any], slopes: Mapping[Any, Any], own: bool) -> _Point:
    """Exact numbers as floats."""
    return _Point({n: float(x.number) for n, x in values.items()}, {n: float(x.number) for n, x in slopes.items()}, own)


def _question(
    rows: Sequence[Row],
    entries: Sequence[Entry],
    network: Network | None,
    point: _Point,
    lr: float | None,
    short: bool = False,
) -> Question:
    """The gradients that are to be explained, at a point; `short` where wrong ones may be rounded to their digits."""
    places = _places(network) if network is not None else {}
    single = all(in_single_precision(row.by_hand) for row in rows) and not all(row.by_hand.is_integer() for row in rows)
    numbers = []
    for row, entry in zip(rows, entries, strict=True):
        if row.what == "gradient":
            right = point.slopes.get(entry.node, 0.0) if point.own else row.exact
            wrong = not row.ok and not (point.own and row.state == "carried")
            bound = row.bound * math.ulp(row.exact)
            if row.state == "rounded" or (short and wrong):
                bound = max(bound, float(half_unit(row.by_hand)))
            numbers.append(Number(row.name, entry.node, places.get(entry.node), row.by_hand, right, bound, wrong))
    fig = figures(network, point.values, point.slopes) if network is not None else None
    return Question(numbers, fig, lr, SINGLE_CLOSE if single else CLOSE)


def _places(network: Network) -> dict[Any, tuple[Any, ...]]:
    """Where in the network the gradient of a node is."""
    found: dict[Any, tuple[Any, ...]] = {}
    for s, row in enumerate(network.layers[0]):
        for i, x in enumerate(row[0].inputs):
            if type(x) is not float:
                found[x] = ("x", s, i)
    for m, layer in enumerate(network.layers):
        for s, units in enumerate(layer):
            for j, unit in enumerate(units):
                found[unit.h] = ("h", m, s, j)
                found[unit.z] = ("z", m, s, j)
                if unit.bias is not None:
                    found[unit.bias] = ("b", m, j)
                for i, w in enumerate(unit.weights):
                    found[w] = ("w", m, j, i)
    return found
