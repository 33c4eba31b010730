"""The update audited: what gradient and learning rate a step tells of, and what was done instead of the right one."""

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from autograd.comparison.comparing import diagnosed_gradients, that_matter
from autograd.comparison.few_digits import CUT_OFF, cut_off, half_unit, rounded, written
from autograd.comparison.given import Entry, read
from autograd.comparison.in_words import apart, how_far, times
from autograd.comparison.question import readable
from autograd.comparison.rounding import Bounded, reference
from autograd.comparison.rows import Comparison, Finding, Row, grouped
from autograd.names import listing
from autograd.network import find_network
from autograd.textbook.mistakes import MISTAKES
from autograd.value import Value

UNIT = 2.0**-52

DOWNHILL = "subtract: w - lr·∂L/∂w goes down, w + lr·∂L/∂w goes up"
"""How the sign of an update is put right."""


class _Move(NamedTuple):
    """One parameter in a step.

    slope    ∂L/∂w as it should be
    implied  the gradient that the step tells of, (before - after)/lr
    error    by how much rounding may have moved that
    """

    entry: Entry
    before: float
    after: float
    expected: float
    slope: Bounded
    implied: float
    error: float


def audited(
    loss: Value, before: Mapping[str, Any], after: Mapping[str, Any], lr: float | None, model: Any, optimizer: Any
) -> Comparison:
    """What `check_step` returns."""
    found, network = reference(loss), find_network(loss)
    given = read(loss, after, network, model, found.gradients)
    starts = {e.name: e for e in read(loss, before, network, model, found.gradients).entries}
    _check_names(starts, given.entries)
    slopes = [found.gradients.get(e.node, Bounded(Decimal(0), Decimal(0))) for e in given.entries]
    pairs = [(starts[e.name].number, e.number, float(g.number)) for e, g in zip(given.entries, slopes, strict=True)]
    notes, rate = list(given.notes), lr
    if optimizer is not None:
        rate = float(optimizer.lr)
    elif rate is None:
        rate = _common_rate(pairs)
        notes.append(f"the learning rate of the step is {rate:.6g}")
    moves = [_move(e, starts[e.name].number, g, rate, optimizer) for e, g in zip(given.entries, slopes, strict=True)]
    numbers = [Bounded(Decimal(m.expected), Decimal(rate * m.error)) for m in moves]
    rows = rounded([_step_row(move, rate) for move in moves], numbers)
    rows = _still(moves, cut_off(rows, numbers))
    notes = that_matter(notes, rows)
    if all(row.ok for row in rows):
        return Comparison(rows, notes=notes)
    findings = list(_update_findings(moves, rows, rate, optimizer))
    if optimizer is None and (not findings or findings[0].cause == "learning-rate"):
        gradients = [_implied_row(m, row.ok) for m, row in zip(moves, rows, strict=True)]
        findings = diagnosed_gradients(loss, gradients, [m.entry for m in moves], found, network, rate) + findings
    return Comparison(rows, findings, notes, [row.name for row in rows if not row.ok])


def _check_names(starts: Mapping[str, Entry], ends: Sequence[Entry]) -> None:
    missing = set(starts) ^ {e.name for e in ends}
    if missing:
        raise ValueError(f"check_step: before and after differ in {listing(sorted(missing))}; expected the same names")
    for start in starts.values():
        if start.node.op is not None:
            raise ValueError(f"check_step: {start.name} is computed, no parameter; expected parameters by name")
        if start.number != start.node.data:
            raise ValueError(
                f"check_step: {start.name} is {start.number!r} before the step, but the loss was evaluated at "
                f"{start.node.data!r}; put the parameters from before in, and evaluate the loss there"
            )


def _common_rate(pairs: Sequence[tuple[float, float, float]], short: bool = False) -> float:
    """The learning rate that most of the moves have, to their rounding; of these the surest one.

    short  the roundest one that all have to the digits that parameters are written with; 0 where there is none
    """
    rates = []
    for before, after, slope in pairs:
        if slope and before != after:
            rate = (before - after) / slope
            room = 2.0 * UNIT * (abs(before) + abs(after)) + (float(half_unit(after)) if short else 0.0)
            rates.append((rate, room / abs(slope) + 1e-9 * abs(rate)))
    if not rates:
        raise ValueError("check_step: no parameter has moved, so that no learning rate can be recovered; give lr")
    support = [sum(abs(r - other) <= e + more for other, more in rates) for r, e in rates]
    if max(support) < len(rates) and not short:  # the numbers may be rounded to the digits that they are written with
        coarse = _common_rate(pairs, short=True)
        if coarse:
            return coarse
    best = min((e / abs(r), r) for (r, e), n in zip(rates, support, strict=True) if n == max(support))[1]
    if short:
        plain = (float(f"{best:.{digits}g}") for digits in (1, 2, 3))
        near = (x for x in plain if all(abs(x - r) <= e for r, e in rates))
        return abs(next(near, 0.0))
    return abs(readable(best) or best)


def _move(entry: Entry, before: float, slope: Bounded, lr: float, optimizer: Any) -> _Move:
    after = entry.number
    g = float(slope.number)
    expected = before - lr * g if optimizer is None else _optimized(optimizer, entry.node, before, g)
    rounding = 4.0 * UNIT * max(abs(before), abs(after), abs(expected)) + lr * float(slope.bound)
    return _Move(entry, before, after, expected, slope, (before - after) / lr, rounding / lr)


def _optimized(optimizer: Any, node: Value, before: float, g: float) -> float:
    """Where an optimiser takes a parameter, from what it remembers."""
    place = next(
        (i for i, p in enumerate(optimizer.parameters) if p is node or (p.label and p.label == node.label)), None
    )
    if place is None:
        raise ValueError(
            f"check_step: the optimizer has no parameter {node.label or node!r}; build it with the model's"
        )
    memory, steps = optimizer._memories[place], optimizer._steps[place]
    return float(optimizer.update(before, g, memory, steps + 1)[0])


def _step_row(move: _Move, lr: float) -> Row:
    unit = math.ulp(move.expected)
    off, bound = abs(move.after - move.expected) / unit, lr * move.error / unit
    name, x, right, node = move.entry.name, move.after, move.expected, move.entry.node
    state, note = "agrees" if off <= bound else "differs", ""
    if state == "differs":  # of the parameter it may be a small share
        note = f"its step: {how_far(move.before - move.after, move.before - move.expected)}"
    return Row(name, "parameter", x, right, off, bound, right, off, state, note, node)


def _still(moves: Sequence[_Move], rows: Sequence[Row]) -> list[Row]:
    """The rows, with what never moved told so: wrong, unless the step is too small for the digits of those that did."""
    units = [written(m.after)[1] for m in moves if m.after != m.before]
    share = Decimal(1 if any(CUT_OFF in row.note for row in rows) else 0.5)
    found = []
    for move, row in zip(moves, rows, strict=True):
        if move.after == move.before and row.state in ("rounded", "differs"):
            step = abs(Decimal(move.before) - Decimal(move.expected))
            if units and step <= share * min(units):
                row = row._replace(state="rounded", note="it did not move: the step is too small for the digits given")
            else:
                row = row._replace(state="differs", note="it never moved")
        found.append(row)
    return found


def _implied_row(move: _Move, ok: bool) -> Row:
    """The gradient that a step tells of, as a row of a comparison of gradients."""
    exact = float(move.slope.number)
    unit = math.ulp(exact)
    off = abs(move.implied - exact) / unit
    state = "agrees" if ok else "differs"
    return Row(
        move.entry.name, "gradient", move.implied, exact, off, move.error / unit, exact, off, state, "", move.entry.node
    )


def _update_findings(moves: Sequence[_Move], rows: Sequence[Row], lr: float, optimizer: Any) -> Iterator[Finding]:
    """The mistakes of the update itself that explain all parameters."""
    wrong = [m for m, row in zip(moves, rows, strict=True) if not row.ok]
    names = [m.entry.name for m in wrong]
    still = [m for m in wrong if m.after == m.before]
    if len(still) == len(wrong):
        told = (
            f"{grouped(names)} did not move, though lr·∂L/∂w = {lr * float(wrong[0].slope.number):.6g} for {names[0]}"
        )
        yield Finding("not-updated", names, told, "the update", MISTAKES["not-updated"].remedy)
        return
    moved = [m for m in wrong if m.after != m.before]
    ratio = _ratio(moves)
    if ratio is not None and abs(ratio + 1.0) <= 1e-6:
        told = f"every step goes the other way: {names[0]} + lr·∂L/∂w = {wrong[0].after:.10g}, as you have it"
        yield Finding("sign", names, told, "the update", DOWNHILL)
    elif ratio is not None and f"{ratio:.6g}" != "1":
        taken, meant = apart(lr * ratio, lr)
        told = f"every step is {times(ratio)} of the right one: lr = {taken} for {meant}"
        yield Finding("learning-rate", names, told, "the update", MISTAKES["learning-rate"].remedy)
    elif ratio is None and optimizer is None:
        yield from _varying(moves, moved, names, lr)


def _ratio(moves: Sequence[_Move]) -> float | None:
    """By what all moves are to be multiplied, where that is one number."""
    found = [(m.before - m.after, m.before - m.expected, m) for m in moves if m.before != m.expected]
    if not found:
        return None
    best = max(found, key=lambda f: abs(f[1]) / (abs(f[2].before) + 1e-300))
    ratio = best[0] / best[1]
    room = [4.0 * UNIT * (abs(m.before) + abs(m.after)) * (1.0 + abs(ratio)) + 1e-9 * abs(a) for a, _, m in found]
    fits = all(abs(a - ratio * b) <= r for (a, b, _), r in zip(found, room, strict=True))
    return ratio if fits and ratio else None


def _varying(moves: Sequence[_Move], moved: Sequence[_Move], names: list[str], lr: float) -> Iterator[Finding]:
    """Groups of parameters (weights, biases, matrices, neurons) that each have a learning rate of their own."""
    groups: dict[str, list[_Move]] = {}
    for m in moves:
        groups.setdefault(m.entry.name.partition("[")[0].rstrip("0123456789"), []).append(m)
    if len(groups) < 2 or len(moves) < 2 * len(groups):  # a single number has a rate of its own whatever was done
        return
    ratios = {name: _ratio(group) for name, group in groups.items()}
    if all(r is not None for r in ratios.values()) and len({f"{lr * (r or 0.0):.6g}" for r in ratios.values()}) > 1:
        told = listing(f"{name}: lr = {lr * (r or 0.0):.6g}" for name, r in ratios.items())
        yield Finding("learning-rate-varies", names, told, "the update", MISTAKES["learning-rate-varies"].remedy)
