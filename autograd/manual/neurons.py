"""A network neuron by neuron: every weight by its own name, as on paper."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from autograd.manual.derived_network import P, Y
from autograd.manual.dialects import number, numbers
from autograd.manual.equations import Equations
from autograd.manual.forms import products, replaced, simplified, summed
from autograd.manual.lines import UPDATE, Block, Line, Program
from autograd.manual.matrix import RATE
from autograd.ops import exp, log, log_sum_exp
from autograd.symbol import Symbol
from autograd.textbook.backward import Quantities
from autograd.textbook.grid import Grid

WIDEST = 116
"""Where lines of numbers are broken."""

ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh")


class Neurons(Equations):
    """Writes a lesson with a name for every number."""

    def __init__(self, *how: Any) -> None:
        super().__init__(*how)
        lesson = self._lesson
        self._words = words = lesson.words
        self._batch = lesson.samples > 1
        self._x = _symbols(words.x)
        self._y = _symbols(words.y)
        self._w = [[_symbols(row) for row in layer] for layer in words.w]
        self._z = [_symbols(row) for row in words.z]
        self._h = [_symbols(row) for row in words.h]
        self._delta = [_symbols(row) for row in words.delta]
        self._loss = Symbol(words.loss)
        self._p = _symbols([f"p{z[1:]}" if z[1:].isdigit() else f"p_{z}" for z in words.z[-1]])
        x, y, p, error = (Grid([row]) for row in (self._x, self._y, self._p, self._softmax_error()))
        z, h = ([Grid([row]) for row in rows] for rows in (self._z, self._h))
        self._name(x, y, [Grid(rows) for rows in self._w], z, h, p, error)

    def program(self) -> Program:
        """All of it."""
        lesson, late = self._lesson, self._course.late
        blocks = [*self._data(), *self._start()]
        blocks += [self._forward(m) for m in range(lesson.layers)]
        blocks.append(self._loss_block())
        q: Quantities | None = None
        for m in reversed(range(lesson.layers)):
            block, q = self._backward(m, q)
            blocks.append(block)
            if m and not late:
                blocks.append(self._update([m]))
        blocks += [*self._means(), *self._penalty()]
        blocks.append(self._update(range(lesson.layers if late else 1)))
        loop = f"for {', '.join([*self._words.x, *self._words.y])} in samples:"
        return Program(f"Backpropagation by hand: {lesson.title}.", blocks, loop)

    # ------------------------------------------------------------ what is given

    def _data(self) -> list[Block]:
        lesson, words = self._lesson, self._words
        names = ", ".join([*words.x, *words.y])
        rows = [numbers([*x, *y]) for x, y in zip(lesson.inputs, lesson.targets, strict=True)]
        what = "inputs and target" if len(words.y) == 1 else "inputs and targets"
        if lesson.loss is None:
            what = "inputs, and a 1 for the class"
        if self._batch:
            text = "\n".join([f"samples = [  # {names}", *(f"    ({row})," for row in rows), "]", "N = len(samples)"])
            sample = Block(f"The samples: {what}", text=text)
        else:
            sample = Block(f"The sample: {what}", text=f"{names} = {rows[0]}")
        lines = []
        for m, layer in enumerate(lesson.network.layers):
            for j, unit in enumerate(layer[0]):
                parameters = [*unit.weights, *([unit.bias] if unit.bias is not None else [])]
                own = ", ".join(self._parameters(m, j))
                given = numbers(lesson.point[p] for p in parameters)
                line = f"{own} = {given}  # into {words.h[m][j]}"
                if len(line) > WIDEST:
                    inside = textwrap.fill(given, WIDEST, initial_indent="    ", subsequent_indent="    ")
                    line = f"{own} = (  # into {words.h[m][j]}\n{inside}\n)"
                lines.append(line)
        return [sample, Block("Weights and bias of every neuron", text="\n".join([*lines, f"lr = {number(self._lr)}"]))]

    def _parameters(self, m: int, j: int) -> list[str]:
        """The names of a neuron's weights and bias."""
        bias = self._words.b[m][j]
        return [*self._words.w[m][j], *([bias] if bias else [])]

    def _start(self) -> list[Block]:
        """What the sums over the samples start from."""
        lesson, zeroed = self._lesson, self._course.zeroed
        if not self._batch and zeroed:
            return []
        lines = [Line(self._words.loss, 0.0, step=False)] if self._batch else []
        for m, layer in enumerate(lesson.network.layers):
            for j, unit in enumerate(layer[0]):
                names = [f"grad_{name}" for name in self._parameters(m, j)]
                if zeroed:
                    lines.append(Line(" = ".join(names), "0", step=False))
                    continue
                parameters = [*unit.weights, *([unit.bias] if unit.bias is not None else [])]
                scale = lesson.divisor if self._batch else 1.0
                lines.append(Line(", ".join(names), numbers(scale * self._slopes[p] for p in parameters), step=False))
        heading = "Sums over the samples, from zero" if zeroed else "The gradients so far"
        return [Block(heading, lines)]

    # ------------------------------------------------------------ forward

    def _forward(self, m: int) -> Block:
        lesson, words = self._lesson, self._words
        lines = []
        below: Sequence[Any] = self._x if m == 0 else self._h[m - 1]
        for j, z in enumerate(self._z[m]):
            terms = products(self._w[m][j], below)
            bias = words.b[m][j]
            lines.append(Line(z.label, summed([*terms, *([Symbol(bias)] if bias else [])])))
            if self._h[m][j].label != z.label:
                lines.append(Line(self._h[m][j].label, lesson.activations[m].value(z)))
        f = lesson.activations[m].name
        what = "weighted sum z" if f == "linear" else f"weighted sum z, activation {f}"
        return Block(f"{'' if m else 'Forward. '}{self._layer(m)}: {what}", lines, self._batch)

    def _layer(self, m: int) -> str:
        last = self._lesson.layers - 1
        if m == last:
            return "Output layer" if last else "The neurons"
        return "Hidden layer" if last == 1 else f"{ORDINALS[m] if m < len(ORDINALS) else m + 1} hidden layer"

    def _loss_block(self) -> Block:
        lesson, name = self._lesson, self._words.loss
        if lesson.loss is None:
            lines, terms = self._softmax()
            heading = "Loss: minus the logarithm of the probability p of the class, by the softmax"
        else:
            pairs = zip(self._h[-1], self._y, strict=True)
            lines, terms = [], [replaced(lesson.value.expression, {P: p, Y: y}) for p, y in pairs]
            heading = f"Loss: {lesson.loss.name}"
        first = "+=" if self._batch else "="
        lines += [Line(name, term, "+=" if i else first) for i, term in enumerate(terms)]
        if not self._batch and lesson.divisor != 1.0:
            lines.append(Line(name, lesson.divisor, "/="))
        return Block(heading, lines, self._batch)

    def _averaged(self, value: Any, times: int) -> Any:
        """A slope of the sum as one of the mean."""
        divisor = self._lesson.divisor
        for _ in range(times if divisor != 1.0 else 0):  # the engine multiplies by 1/N
            value = Symbol("1") / divisor * value if self._lesson.strict else value / divisor
        return value

    def _softmax(self) -> tuple[list[Line], list[Any]]:
        """The lines of the probabilities, and the only term of the loss."""
        z, y, p = self._h[-1], self._y, self._p
        if self._lesson.plain:
            total = Symbol("e_sum")
            lines = [Line("e_sum", summed([exp(x) for x in z]))]
            lines += [Line(q.label, exp(x) / total) for q, x in zip(p, z, strict=True)]
            return lines, [-summed(products(y, [log(q) for q in p]))]
        own, term, total = Symbol("z_own"), Symbol("term"), Symbol("e_sum")
        parts = _symbols([f"e{name.label[1:]}" for name in p])
        lines = [
            Line("z_own", summed(products(y, z)), note="z of the class"),
            Line("term", log_sum_exp(*(x - own for x in z)), note="-ln p of the class, safe for any z"),
        ]
        lines += [Line(e.label, exp(x - own - term)) for e, x in zip(parts, z, strict=True)]
        lines.append(Line("e_sum", summed(parts), note="1 but for rounding"))
        lines += [Line(q.label, e / total) for q, e in zip(p, parts, strict=True)]
        return lines, [term]

    # ------------------------------------------------------------ backward

    def _backward(self, m: int, above: Quantities | None) -> tuple[Block, Quantities]:
        """δ of a layer and its gradients, and what the layer below finds of them: their names."""
        words, last = self._words, above is None
        q = self._quantities(m, above)
        what = "delta is ∂L/∂z" if last else "what comes down, times the slope of the activation"
        note = " (of one sample)" if last and self._batch else ""
        said, once = self._note(m, q), self._course.weights if last and not self._batch else 0
        values = [self._averaged(simplified(d), once) for d in q.delta.rows[0]]
        notes = [said] + [""] * len(values)
        lines = [Line(d, value, note=note) for d, value, note in zip(words.delta[m], values, notes, strict=False)]
        q.delta = Grid([self._delta[m]])
        sign = "+=" if (self._batch and self._course.added) or not self._course.zeroed else "="
        for ws, b, slopes, slope in zip(words.w[m], words.b[m], q.dw.rows, q.db.rows[0], strict=True):
            lines += [Line(f"grad_{w}", simplified(g), sign) for w, g in zip(ws, slopes, strict=True)]
            lines += [Line(f"grad_{b}", simplified(slope), sign)] if b else []
        q.dw = Grid([_symbols([f"grad_{w}" for w in ws]) for ws in words.w[m]])
        q.db = Grid([_symbols([f"grad_{b}" for b in words.b[m]])])
        return Block(f"{'Backward. ' if last else ''}{self._layer(m)}: {what}{note}", lines, self._batch), q

    def _softmax_error(self) -> list[Any]:
        """p - y of a softmax."""
        rest = [[q for q in self._p if q is not p] for p in self._p]
        return [
            p - y if self._lesson.plain or not others else (1.0 - y) * p - y * summed(others)
            for p, y, others in zip(self._p, self._y, rest, strict=True)
        ]

    # ------------------------------------------------------------ when all samples are done

    def _means(self) -> list[Block]:
        lesson = self._lesson
        if lesson.divisor == 1.0 or not self._batch:
            return []
        lines = [Line(self._words.loss, self._divisor(), "/=")]
        for m in range(lesson.layers):
            for j in range(len(self._z[m])):
                for name in self._parameters(m, j):
                    bias = name == self._words.b[m][j]
                    times = self._course.biases if bias else self._course.weights
                    lines += [Line(f"grad_{name}", self._divisor(), "/=")] * times
        return [Block("The loss is a mean, and so is every gradient", lines)]

    def _penalty(self) -> list[Block]:
        """λ·Σp², when everything else is done."""
        factor, members = self._lesson.penalty
        if not members:
            return []
        names = [
            name
            for layer, rows, biases in zip(self._lesson.network.layers, self._words.w, self._words.b, strict=True)
            for unit, ws, b in zip(layer[0], rows, biases, strict=True)
            for p, name in zip((*unit.weights, unit.bias), (*ws, b), strict=True)
            if p in members
        ]
        squares = summed([Symbol(name) ** 2.0 for name in names])
        lines = [Line(self._words.total, Symbol(self._words.loss) + factor * squares)]
        lines += [Line(f"grad_{name}", 2.0 * factor * Symbol(name), "+=") for name in names]
        return [Block("Penalty: squares of the parameters, added to the loss", lines)]

    def _divisor(self) -> Any:
        lesson, n = self._lesson, Symbol("N")
        if lesson.divisor not in (lesson.samples, lesson.samples * lesson.outputs):
            return lesson.divisor
        return n if lesson.divisor == lesson.samples else n * float(lesson.outputs)

    def _update(self, layers: Iterable[int]) -> Block:
        lines = [
            Line(name, RATE * Symbol(f"grad_{name}"), "-=")
            for m in layers
            for j in range(len(self._z[m]))
            for name in self._parameters(m, j)
        ]
        return Block(UPDATE, lines)


def _symbols(names: Sequence[str]) -> list[Any]:
    return [Symbol(name) for name in names]
