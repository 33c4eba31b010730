"""A network layer by layer with matrices: one row per sample, one row of weights per neuron."""

import math
import textwrap
from collections.abc import Sequence
from typing import Any

from autograd.manual.derived_network import P, Y
from autograd.manual.dialects import number, numbers
from autograd.manual.equations import Equations
from autograd.manual.forms import replaced, simplified
from autograd.manual.lines import UPDATE, Block, Line, Program
from autograd.manual.matrix import ON_PAPER_WHOLE, RATE, Matrix
from autograd.ops import exp, log, log_sum_exp
from autograd.symbol import Symbol
from autograd.textbook.backward import Quantities


class Matrices(Equations):
    """Writes a lesson with a name for every matrix."""

    def __init__(self, *how: Any) -> None:
        super().__init__(*how)
        lesson = self._lesson
        n, shape, last = lesson.samples, lesson.shape, lesson.layers
        self._x, self._y = Matrix(Symbol("X"), n, shape[0]), Matrix(Symbol("Y"), n, shape[-1])
        self._z = [Matrix(Symbol(f"Z{m}"), n, shape[m]) for m in range(1, last + 1)]
        self._a = [Matrix(Symbol(f"A{m}" if m < last else "Y_hat"), n, shape[m]) for m in range(1, last + 1)]
        self._w = [Matrix(Symbol(f"W{m}"), shape[m], shape[m - 1]) for m in range(1, last + 1)]
        p = Matrix(Symbol("P"), n, shape[-1])
        safe = Matrix(Symbol("np.where(Y == 1, -(P * (1 - Y)).sum(axis=1, keepdims=True), P)"), n, shape[-1])
        error = p - self._y if lesson.plain else safe
        self._name(self._x, self._y, self._w, self._z, self._a, p, error)

    def program(self) -> Program:
        """All of it."""
        lesson, late = self._lesson, self._course.late
        blocks = [*self._data(), *(self._forward(m) for m in range(lesson.layers)), self._loss_block()]
        q: Quantities | None = None
        for m in reversed(range(lesson.layers)):
            block, q = self._backward(m, q)
            blocks.append(block)
            if m and not late:
                blocks.append(self._update([m]))
        blocks += self._penalty()
        blocks.append(self._update(range(lesson.layers if late else 1)))
        return Program(f"Backpropagation by hand: {lesson.title}.", blocks, paper=ON_PAPER_WHOLE)

    def _data(self) -> list[Block]:
        lesson = self._lesson
        what = "the targets Y" if lesson.loss else "Y with a 1 at the class"
        lines = [matrix("X", lesson.inputs, plain=True), matrix("Y", lesson.targets, plain=True)]
        if lesson.divisor == lesson.samples:
            lines.append("N = len(X)")
        elif lesson.divisor == lesson.samples * lesson.outputs:
            lines.append("N = Y.size")
        given = Block(f"The samples, one in a row: inputs X, {what}", text="\n".join(lines))
        lines, left = [], []
        for m, layer in enumerate(lesson.network.layers, start=1):
            point, slopes = lesson.point, self._slopes
            lines.append(matrix(f"W{m}", [[point[w] for w in unit.weights] for unit in layer[0]]))
            left.append(matrix(f"grad_W{m}", [[slopes[w] for w in unit.weights] for unit in layer[0]]))
            if self._biased[m - 1]:
                biases = [unit.bias for unit in layer[0] if unit.bias is not None]
                lines.append(matrix(f"b{m}", [point[b] for b in biases]))
                left.append(matrix(f"grad_b{m}", [slopes[b] for b in biases]))
        lines.append(f"lr = {number(self._lr)}")
        blocks = [given, Block("The parameters, one neuron in a row", text="\n".join(lines))]
        if not self._course.zeroed:
            blocks.append(Block("The gradients so far", text="\n".join(left)))
        return blocks

    def _forward(self, m: int) -> Block:
        below = self._a[m - 1] if m else self._x
        z, f = below.along(self._w[m].turned()).expression, self._lesson.activations[m]
        lines = [
            Line(f"Z{m + 1}", z + Symbol(f"b{m + 1}") if self._biased[m] else z),
            Line(self._a[m].expression.label, f.value(self._z[m].expression)),
        ]
        return Block(f"{'' if m else 'Forward. '}Layer {m + 1}: weighted sums Z, activation {f.name}", lines)

    def _loss_block(self) -> Block:
        lesson, p, y = self._lesson, self._a[-1], self._y
        if lesson.loss is not None:
            total = replaced(lesson.value.expression, {P: p, Y: y}).whole()
            return Block(f"Loss: {lesson.loss.name}", [Line(lesson.words.loss, self._mean(total.expression, 1))])
        d, t, e, q = (Matrix(Symbol(name), p.height, p.width) for name in "DTEP")
        if lesson.plain:
            lines = [Line("E", exp(p).expression)]
            total = -(y * log(q)).whole()
        else:
            lines = [
                Line("D", (p - (y * p).totals()).expression, note="measured from z of the class"),
                Line("T", log_sum_exp(d.expression), note="-ln of the probability of the class"),
                Line("E", exp(d - t).expression),
            ]
            total = t.whole()
        lines.append(Line("P", (e / e.totals()).expression, note="the softmax"))
        lines.append(Line(lesson.words.loss, self._mean(total.expression, 1)))
        return Block("Loss: minus the logarithm of the probability of the class", lines)

    def _divisor(self) -> Any:
        """What the sum of all terms is divided by."""
        lesson = self._lesson
        whole = lesson.divisor in (lesson.samples, lesson.samples * lesson.outputs)
        return Symbol("N") if whole else lesson.divisor

    def _backward(self, m: int, above: Quantities | None) -> tuple[Block, Quantities]:
        """δ of a layer and its gradients, and what the layer below finds of them: their names."""
        q, n, last, course = self._quantities(m, above), m + 1, above is None, self._course
        what = "delta is ∂L/∂Z, of each sample alone" if last else "what comes down, times the slope of the activation"
        lines = [Line(f"delta{n}", self._filled(q.delta, self._z[m]), note=self._note(m, q))]
        q.delta = Matrix(Symbol(f"delta{n}"), q.delta.height, q.delta.width)
        if not course.added:
            last_row = [q.delta.height - 1]
            q.summed, q.taken = q.summed.chosen(last_row), q.taken.chosen(last_row)
        sign = "=" if course.zeroed else "+="
        lines.append(Line(f"grad_W{n}", self._mean(self._filled(q.dw, self._w[m]), course.weights), sign))
        if self._biased[m]:
            bias = Matrix(Symbol(f"b{n}"), 1, q.db.width)
            lines.append(Line(f"grad_b{n}", self._mean(self._filled(q.db, bias), course.biases), sign))
        q.dw = Matrix(Symbol(f"grad_W{n}"), q.dw.height, q.dw.width)
        q.db = Matrix(Symbol(f"grad_b{n}"), 1, q.db.width)
        return Block(f"{'Backward. ' if last else ''}Layer {n}: {what}", lines), q

    def _filled(self, q: Any, like: Matrix) -> Any:
        """The expression of a quantity; of one that is a number everywhere, a matrix of it."""
        value = simplified(q.expression)
        return Symbol(f"np.full_like({like.expression}, {number(value)})") if type(value) is float else value

    def _mean(self, value: Any, times: int) -> Any:
        """A value divided by N, so often."""
        for _ in range(times if self._lesson.divisor != 1.0 else 0):
            value = value / self._divisor()
        return value

    def _penalty(self) -> list[Block]:
        factor, members = self._lesson.penalty
        words = self._lesson.words
        lines: list[Line] = []
        total = Symbol(words.loss)
        for m, layer in enumerate(self._lesson.network.layers if members else (), start=1):
            for name, parameters in (
                (f"W{m}", [w for unit in layer[0] for w in unit.weights]),
                (f"b{m}", [unit.bias for unit in layer[0] if unit.bias is not None]),
            ):
                inside = [p in members for p in parameters]
                if any(inside):
                    p, mask = Symbol(name), Symbol(f"np.reshape({[int(x) for x in inside]}, {name}.shape)")
                    squares = p**2.0 if all(inside) else p**2.0 * mask
                    total = total + factor * Matrix(squares, 1, 1).whole().expression
                    slope = 2.0 * factor * p if all(inside) else 2.0 * factor * p * mask
                    lines.append(Line(f"grad_{name}", slope, "+="))
        heading = "Penalty: squares of the parameters, added to the loss"
        return [Block(heading, [Line(words.total, total), *lines])] if members else []

    def _update(self, layers: Sequence[int]) -> Block:
        names = [f"{kind}{m + 1}" for m in layers for kind in ("W", "b") if kind == "W" or self._biased[m]]
        return Block(UPDATE, [Line(name, RATE * Symbol(f"grad_{name}"), "-=") for name in names])


def matrix(name: str, rows: Sequence[Any], opening: str = "np.array(", closing: str = ")", plain: bool = False) -> str:
    """`name = np.array([[...], ...])`, or a flat one, a row in a line or more; `plain` writes 1 for 1.0."""

    def listed(row: Sequence[float]) -> str:
        return f"[{numbers(row) if plain else ', '.join(map(_decimal, row))}]"

    deep = bool(rows) and isinstance(rows[0], (list, tuple))
    whole = f"{name} = {opening}" + (f"[{', '.join(map(listed, rows))}]" if deep else listed(rows)) + closing
    if len(whole) <= SHORT:
        return whole
    lines = [f"{listed(row)}," for row in rows] if deep else [listed(rows)[1:-1] + ","]
    wrapped = [
        textwrap.fill(line, WIDTH, initial_indent="    ", subsequent_indent="     ", break_on_hyphens=False)
        for line in lines
    ]
    return "\n".join([f"{name} = {opening}[", *wrapped, f"]{closing}"])


SHORT, WIDTH = 80, 116
"""What fits one line, and where lines are wrapped."""


def _decimal(x: float) -> str:
    """A float as source that NumPy takes for a float."""
    return repr(x) if math.isfinite(x) else number(x).replace("math", "np")
