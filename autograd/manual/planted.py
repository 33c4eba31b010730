"""A mistake of the table in the program of a network: the same row on the names of quantities, and on their numbers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from autograd.manual.derived_network import H, Lesson, P, Y, Z
from autograd.manual.forms import Activation, replaced
from autograd.ops import sigmoid
from autograd.symbol import Symbol
from autograd.textbook.backward import Change, Figures, backward, entries, figures
from autograd.textbook.grid import Grid
from autograd.textbook.mistake import FACTOR, Hypothesis, Mistake
from autograd.textbook.operands import exchanges
from autograd.value import Value

CONSTANT = 2.0
"""The number that is put in for one that is solved for, where it is no learning rate."""

CLOSE = 1e-9
"""How near the numbers of a program are to those of the row, or it is not what the row means."""


class Candidate(NamedTuple):
    """One way to make a mistake: on names, and on numbers, with the number in the place of what is solved for."""

    written: Change
    computed: Change
    constant: float | None


class Kind:
    """An activation of a lesson as the rows want one, on names."""

    def __init__(self, f: Activation) -> None:
        self._f = f
        self.name = {"linear": "identity", "leaky relu": "leaky_relu"}.get(f.name, f.name)
        self.operations: frozenset[str] = frozenset()

    def slope(self, x: Any, rules: Any = None) -> Any:
        """f'(x)."""
        return self._f.slopes(x, self._f.value(x))[0].expression


def on_names(lesson: Lesson, symbols: Mapping[str, list[Any]], top: list[Any]) -> Figures:
    """The quantities of one sample by their names; `top` has ∂L/∂z of the outputs."""
    x, y, w, z, h = (symbols[name] for name in "xywzh")
    slopes = [
        [replaced(form.expression, {Z: a, H: b}) for a, b in zip(*layer, strict=True)]
        for form, *layer in zip(lesson.slopes, z, h, strict=True)
    ]
    out = [replaced(lesson.by_output.expression, {P: p, Y: t}) for p, t in zip(h[-1], y, strict=True)]
    square = lesson.loss is not None and "squared" in lesson.loss.name
    below, zs, hs, fs = ([Grid([row]) for row in rows] for rows in ([x, *h[:-1]], z, h, slopes))
    kinds = [Kind(f) for f in lesson.activations]
    fig = Figures(below, zs, hs, fs, [Grid(rows) for rows in w], Grid([top]), Grid([out]), kinds, 1, square)
    fig.__dict__["targets"] = Grid([y])
    outputs, softmax = Grid([h[-1]]), [Grid([symbols["p"]])] if lesson.loss is None else []
    fig.__dict__["probabilities"] = [sigmoid(outputs), *softmax] if kinds[-1].name == "identity" else [outputs]
    return fig


def candidates(row: Mistake, numbers: Figures, names: Figures) -> Iterator[Candidate]:
    """Every way to make a mistake of the table, simplest first."""
    if row.code == "wrong-operand":
        for computed, written in zip(exchanges(numbers, 0, 0), exchanges(names, 0, 0), strict=False):
            yield Candidate(written.change, computed.change, None)
        return
    constant = CONSTANT if row.unknown == FACTOR else None
    known = {(h.formula, h.place): h for h in row.hypotheses(names)}
    for h in row.hypotheses(numbers):
        other = known.get((h.formula, h.place))
        if other is not None:
            yield Candidate(_alone(other, numbers.last), _alone(h, numbers.last), constant)


def _alone(h: Hypothesis, last: int) -> Change:
    """The change; of one that is made in a single number, in the first weight of the output."""
    return h.in_one(last, 0, 0, "").change if h.alone else h.change


def is_meant(found: Mapping[str, Any], lesson: Lesson, numbers: Figures, candidate: Candidate, lr: float) -> bool:
    """Whether a program computes what the row does on numbers, and not only 0; a penalty has its share in both."""
    factor, members = lesson.penalty
    expected: dict[str, float] = {}
    for q in backward(numbers, candidate.computed, lr if candidate.constant is None else candidate.constant):
        for unit, ws, b, dw, db in zip(
            lesson.network.layers[q.m][0],
            lesson.words.w[q.m],
            lesson.words.b[q.m],
            q.dw.rows,
            q.db.rows[0],
            strict=True,
        ):
            for node, name, slope in zip((*unit.weights, unit.bias), (*ws, b), (*dw, db), strict=True):
                expected[name] = slope + (2.0 * factor * lesson.point[node] if node in members else 0.0)
    same = all(abs(found[f"grad_{name}"] - g) <= CLOSE * abs(g) for name, g in expected.items() if name)
    return same and (any(expected.values()) or not any(entries(numbers.top)))


def planted(
    row: Mistake, lesson: Lesson, slopes: Mapping[Value, float], lr: float, written: Callable[[Any], Any],
    run: Callable[[Any], Mapping[str, Any]], names: Figures,
) -> Any:  # fmt: skip
    """The first program with a mistake of the table that computes what the row does; else why there is none.

    written  the program by a candidate
    run      what a program leaves behind
    """
    numbers = figures(lesson.network, lesson.point, slopes)
    for candidate in candidates(row, numbers, names):
        try:
            program = written(candidate)
            if is_meant(run(program), lesson, numbers, candidate, lr):
                return program
        except (ArithmeticError, ValueError, TypeError, AssertionError):
            continue
    why = row.room(numbers)
    return why if isinstance(why, str) else "it has no room in lines about one sample"


RATE = Symbol("lr")
"""The name of the learning rate in programs."""
