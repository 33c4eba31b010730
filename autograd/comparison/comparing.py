"""Numbers by hand judged: by rounding, in single precision, given earlier ones; what is wrong is diagnosed."""

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from autograd.comparison.carried_error import Marked, mark
from autograd.comparison.causes import Fit, find_causes, findings
from autograd.comparison.exact import Exact, as_float, digits_for, exact_gradients
from autograd.comparison.few_digits import MOST, cut_off, half_unit, in_single_precision, rounded, written
from autograd.comparison.given import TRANSPOSED, Entry, read
from autograd.comparison.intermediates import STATE as INTERMEDIATES
from autograd.comparison.intermediates import worked_out
from autograd.comparison.means import of_means
from autograd.comparison.penalised_loss import Penalty, aside, find_penalty, of_the_penalty, summed_up
from autograd.comparison.question import CLOSE, Number, Question
from autograd.comparison.rounding import Bounded, Reference, reference
from autograd.comparison.rows import NOT_COMPUTED, Comparison, Diagnosis, Finding, Row
from autograd.comparison.single_sample import (
    Places,
    Settled,
    before_the_mean,
    conventions,
    is_signal,
    noted,
    number_of,
    settled,
)
from autograd.comparison.telling_apart import find_probe
from autograd.graph import as_evaluated, cotangents, topological_order
from autograd.network import Network, find_network
from autograd.textbook.backward import figures
from autograd.value import Value

FINE = Decimal("1e-12")
"""Beyond this relative difference, rounding that explains it is worth a word."""

SINGLE = 2**29
"""How much coarser single precision is."""

SINGLE_NEAR = 1e-5
"""The relative difference up to which a number alone is taken to be in single precision."""

DIGITS = 9
"""How many digits wrong numbers need together, if they were rounded, for a mistake to be told from them."""

COARSEST = 0.2
"""The share of a wrong number that its digits may leave open at most: of a 1, they leave open half of it."""

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
    rooms: list[float] = []
    if not all(row.ok for row in rows):
        rows, coarse = _coarser(rows, numbers)
        rows = rounded(rows, numbers)
        if network is not None:
            rows = before_the_mean(rows, meant, found, loss, network, places, coarse)
    if not all(row.ok for row in rows):
        rows, rooms = worked_out(rows, topological_order(loss), {n: float(x.number) for n, x in found.values.items()})
        rows = cut_off(rows, numbers)
    notes = that_matter(given.notes, rows)
    if all(row.ok for row in rows):
        return Comparison(noted(rows, meant.entries, places), notes=notes)
    comparison = _diagnosed(loss, rows, rooms, meant, found, network, lr, notes)
    comparison.rows = noted(comparison.rows, meant.entries, places)
    return comparison


def _renamed(name: str, names: Mapping[str, str]) -> str:
    """A name, or that of a list with the place in it, by other names."""
    key = name
    while key not in names and key.endswith("]"):
        key = key.rpartition("[")[0]
    return names[key] + name[len(key) :] if key in names else name


def that_matter(notes: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """The notes without those on how matrices were read whose numbers are all right."""
    wrong = {row.name.partition("[")[0] for row in rows if not row.ok}
    return [note for note in notes if TRANSPOSED not in note or note.partition(TRANSPOSED)[0] in wrong]


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
    loss: Value, rows: list[Row], rooms: list[float], meant: Settled, found: Reference,
    network: Network | None, lr: float | None, notes: Sequence[str],
) -> Comparison:  # fmt: skip
    """The comparison with the first wrong step marked; why it is wrong is looked for when that is asked."""
    order, entries = topological_order(loss), meant.entries
    numbers = {node: Exact(x.number) for node, x in found.values.items()}
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
    asked = partial(_question, rows, entries, network, point, lr)
    penalty = find_penalty(loss, network) if network is not None else None
    alike = _alike([rows[i] for i in marked.wrong])
    why = partial(_why, loss, network, point, asked, rooms, penalty, notes, alike)
    return Comparison(rows, first=first, diagnosis=why)


def _why(
    loss: Value, network: Network | None, point: _Point, asked: Callable[..., Question], rooms: Sequence[float],
    penalty: Penalty | None, notes: Sequence[str], alike: Sequence[str],
) -> Diagnosis:  # fmt: skip
    """The mistakes that explain the wrong numbers; `asked` are these, by how they may have been rounded."""
    order, question = topological_order(loss), asked()
    nothing, rounds = _nothing(question), _few(question)
    readings = [question]
    if rounds:  # the wrong numbers may be rounded; else cut off
        readings += [asked(0.5), asked(1.0)]
    if rounds and rooms:  # the wrong ones too may come from rounded intermediates
        readings.append(asked(rooms=rooms))
    if penalty is not None and question.wrong:
        for question in readings:
            beside = _beside(question, penalty, point)
            if beside:
                return Diagnosis(beside, list(notes))
    fits: list[Fit] = []
    causes: list[Finding] = []
    few = [DIGITS, *map(_digits, readings[1:])]
    # One mistake, however the numbers were rounded, comes before two.
    tries = [(question, True) for question in readings] if rounds else []
    tries += [(question, False) for question, digits in zip(readings, few, strict=True) if digits >= DIGITS]
    for question, alone in tries:
        causes = of_means(question, order, point.values)
        fits = [] if causes else find_causes(question, order, point.values, alone)
        if causes or fits:
            break
    else:
        question = readings[min(1, len(readings) - 1)]
    digits = few[readings.index(question)]
    if nothing is not None:  # what gives 0 everywhere, as slopes that are 0 do, would look the same
        fits = [fit for fit in fits if not any(fit.predicted)]
        causes = [nothing]
    probing = partial(find_probe, loss, network, fits) if network is not None and len(fits) > 1 else None
    causes += findings(question, fits)
    more = [] if causes else [*alike]
    if digits < DIGITS:
        told = "what fits may fit by chance" if causes else "two mistakes at once cannot be told from them"
        more.append(f"the wrong numbers have {digits} digit{'s' * (digits != 1)} in all: {told}; give more digits")
    return Diagnosis(causes, [*notes, *more], probing)


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


def _few(question: Question) -> bool:
    """Whether there are wrong numbers, and all of them may have been rounded."""
    return bool(question.wrong) and all(0 < written(question.numbers[i].by_hand)[0] <= MOST for i in question.wrong)


def _digits(question: Question) -> int:
    """How many digits the wrong numbers have together that tell something."""
    wrong = [question.numbers[i] for i in question.wrong]
    shares = [abs(n.by_hand) / (2.0 * n.written) for n in wrong if n.written and n.by_hand]
    return sum(max(0, 1 + math.floor(math.log10(share))) for share in shares)


def diagnosed_gradients(
    loss: Value, rows: Sequence[Row], entries: Sequence[Entry], found: Reference,
    network: Network | None, lr: float | None,
) -> list[Finding]:  # fmt: skip
    """The mistakes that explain gradients which were recovered from something else, with bounds of their own."""
    point = _floats(found.values, found.gradients, False)
    question = _question(rows, entries, network, point, lr)
    penalty = find_penalty(loss, network) if network is not None and question.wrong else None
    beside = _beside(question, penalty, point) if penalty is not None else []
    order = topological_order(loss)
    beside = beside or of_means(question, order, point.values)
    return beside or findings(question, find_causes(question, order, point.values))


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
    units: float = 0.0,
    rooms: Sequence[float] = (),
) -> Question:
    """The gradients that are to be explained, at a point; wrong ones to so many units of their last digit, or to what
    rounded intermediates have made of each."""
    places = _places(network) if network is not None else {}
    single = all(in_single_precision(row.by_hand) for row in rows) and not all(row.by_hand.is_integer() for row in rows)
    numbers = []
    for row, entry, room in zip(rows, entries, rooms or [0.0] * len(rows), strict=True):
        if row.what == "gradient":
            right = point.slopes.get(entry.node, 0.0) if point.own else row.exact
            wrong = not row.ok and not (point.own and row.state == "carried")
            bound = row.bound * math.ulp(row.exact)
            short = min(units * float(written(row.by_hand)[1]), COARSEST * abs(row.by_hand)) if wrong else 0.0
            short = max(short, room * max(1.0, abs(row.by_hand / row.exact)) if row.exact else 0.0)
            if row.state in ("rounded", INTERMEDIATES):
                short = max(float(half_unit(row.by_hand)), 1.001 * abs(row.by_hand - row.exact))
            place = places.get(entry.node)
            carried = row.state == "carried"
            numbers.append(Number(row.name, entry.node, place, row.by_hand, right, bound, wrong, short, carried))
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
