"""A mistake of the table in a program: the same row on the names of quantities, and on their numbers."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from autograd.manual.accuracy import pairs
from autograd.manual.derived_network import Lesson
from autograd.manual.equations import RIGHT
from autograd.manual.matrix import RATE
from autograd.textbook.backward import Change, Figures, backward, entries, figures
from autograd.textbook.mistake import FACTOR, Course, Hypothesis, Mistake
from autograd.textbook.operands import exchanges
from autograd.value import Value

CONSTANT = 2.0
"""The number that is put in for one that is solved for, where it is no learning rate."""

CLOSE = 1e-9
"""How near the numbers of a program are to those of the row, or it is not what the row means."""


MOST = 20
"""What cannot be made in any of so many ways has no room."""


class Candidate(NamedTuple):
    """One way to make a mistake in a program: around its equations, or in them."""

    course: Course
    change: Change
    rate: Any


def candidates(row: Mistake, numbers: Figures) -> Iterator[Candidate]:
    """Every way to make a mistake of the table, simplest first."""
    if row.course is not None:
        yield Candidate(row.course, (), RATE)
    for change in changes(row, numbers):
        yield Candidate(RIGHT, change, CONSTANT if row.unknown == FACTOR else RATE)


def changes(row: Mistake, numbers: Figures) -> Iterator[Change]:
    """The changes that a row makes in the equations."""
    if row.code == "wrong-operand":
        yield from (exchange.change for exchange in exchanges(numbers, 0, 0))
    yield from (_alone(h, numbers.last) for h in row.hypotheses(numbers))


def _alone(h: Hypothesis, last: int) -> Change:
    """The change; of one that is made in a single number, in the first weight of the output."""
    return h.in_one(last, 0, 0, "").change if h.alone else h.change


def predicted(lesson: Lesson, numbers: Figures, change: Change, lr: float) -> dict[Any, float]:
    """The gradients of the parameters under a change; a penalty has its share in them."""
    factor, members = lesson.penalty
    found: dict[Any, float] = {}
    for q in backward(numbers, change, lr):
        for unit, dw, db in zip(lesson.network.layers[q.m][0], q.dw.rows, q.db.rows[0], strict=True):
            found |= dict(zip((*unit.weights, unit.bias), (*dw, db), strict=True))
    return {p: g + (2.0 * factor * lesson.point[p] if p in members else 0.0) for p, g in found.items() if p is not None}


def planted(
    row: Mistake, lesson: Lesson, slopes: Mapping[Value, float], lr: float, written: Callable[[Candidate], Any],
    run: Callable[[Any], Mapping[str, Any] | None], nodes: Mapping[str, Any],
) -> Any:  # fmt: skip
    """The first program with a mistake of the table that computes what the row does; else why there is none.

    written  the program by a candidate
    run      what a program leaves behind; None where it cannot be run
    nodes    the parameters that its gradients are of, by their names in it
    """
    numbers = replace(figures(lesson.network, lesson.point, slopes), square=lesson.squared)  # without the penalty's
    rate = CONSTANT if row.unknown == FACTOR else lr
    meant = [predicted(lesson, numbers, change, rate) for change in islice(changes(row, numbers), MOST)]
    right = predicted(lesson, numbers, (), rate)
    if meant and all(wanted == right for wanted in meant):
        return "it changes no number"
    for candidate in islice(candidates(row, numbers), MOST):
        try:
            program = written(candidate)
            found = run(program)
        except (ArithmeticError, ValueError, TypeError, AttributeError, LookupError, AssertionError):
            continue  # this change has no words in this style
        if found is not None and _is_turned(found, nodes, slopes):
            continue
        if found is None or any(_same(found, nodes, wanted, numbers) for wanted in meant):
            return program
    why = row.room(numbers)
    return why if isinstance(why, str) else "no line of this program can be written so"


def _is_turned(found: Mapping[str, Any], nodes: Mapping[str, Any], right: Mapping[Any, float]) -> bool:
    """Whether a square matrix is the transpose of the right one: that is right too, with a column for each neuron."""

    def agree(numbers: Any, of: Any) -> bool:
        return all(math.isclose(x, right[node]) for x, node in pairs(numbers, of))

    square = [(found[name], of) for name, of in nodes.items() if isinstance(of, list) and isinstance(of[0], list)]
    square = [(mine, of) for mine, of in square if len(of) == len(of[0])]
    return any(agree(zip(*mine, strict=True), of) and not agree(mine, of) for mine, of in square)


def _same(found: Mapping[str, Any], nodes: Mapping[str, Any], wanted: Mapping[Any, float], numbers: Figures) -> bool:
    """Whether a program has left these gradients behind, and not only 0 where the right ones are not."""
    mine = [(x, wanted[node]) for name, of in nodes.items() for x, node in pairs(found[name], of)]
    same = all(abs(x - g) <= CLOSE * abs(g) for x, g in mine)
    return same and (any(g for _, g in mine) or not any(entries(numbers.top)))
