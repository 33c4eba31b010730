"""A network neuron by neuron: every weight by its own name, as on paper."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd.manual.changed_steps import Recipe
from autograd.manual.delta_and_slope import error
from autograd.manual.derived_network import Lesson, P, Y
from autograd.manual.dialects import number, numbers
from autograd.manual.forms import products, replaced, summed
from autograd.manual.lines import UPDATE, Block, Line, Program
from autograd.manual.planted import RATE, on_names
from autograd.ops import exp, log, log_sum_exp
from autograd.symbol import Symbol
from autograd.textbook.backward import Change, Quantities
from autograd.textbook.grid import Grid
from autograd.value import Value

WIDEST = 116
"""Where lines of numbers are broken."""

ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh")


class Neurons:
    """Writes the lesson of a network by one recipe, with a change of the table in its equations.

    rate  what stands for a number that the change has in it: the learning rate, or a constant
    """

    def __init__(
        self, lesson: Lesson, recipe: Recipe, lr: float, slopes: Mapping[Value, float], change: Change = (),
        rate: Any = RATE,
    ) -> None:  # fmt: skip
        self._lesson, self._recipe, self._lr, self._slopes = lesson, recipe, lr, slopes
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
        self._change, self._rate = change, rate
        known = {"x": self._x, "y": self._y, "w": self._w, "z": self._z, "h": self._h, "p": self._p}
        self.names = on_names(lesson, known, [self._error(k)[0] for k in range(lesson.outputs)])

    def program(self) -> Program:
        """All of it."""
        lesson, recipe = self._lesson, self._recipe
        blocks = [*self._data(), *self._start()]
        blocks += [self._forward(m) for m in range(lesson.layers)]
        blocks.append(self._loss_block())
        q: Quantities | None = None
        for m in reversed(range(lesson.layers)):
            block, q = self._backward(m, q)
            blocks.append(block)
            if recipe.carry == "updated" and m:
                blocks.append(self._update([m]))
        blocks += [*self._means(), *self._penalty()]
        blocks.append(self._update([0] if recipe.carry == "updated" else range(lesson.layers)))
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
        lesson, recipe = self._lesson, self._recipe
        if not self._batch and recipe.zeroed:
            return []
        lines = [Line(self._words.loss, 0.0, step=False)] if self._batch else []
        for m, layer in enumerate(lesson.network.layers):
            for j, unit in enumerate(layer[0]):
                names = [f"grad_{name}" for name in self._parameters(m, j)]
                if recipe.zeroed:
                    lines.append(Line(" = ".join(names), "0", step=False))
                    continue
                parameters = [*unit.weights, *([unit.bias] if unit.bias is not None else [])]
                scale = lesson.divisor if self._batch else 1.0
                lines.append(Line(", ".join(names), numbers(scale * self._slopes[p] for p in parameters), step=False))
        heading = "Sums over the samples, from zero" if recipe.zeroed else "The gradients so far"
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
        steps = tuple(step for step in self._change if step.is_in(m, self._lesson.layers - 1))
        q = Quantities(self.names, m, above, steps, self._rate)
        what = "delta is ∂L/∂z" if last else "what comes down, times the slope of the activation"
        note = " (of one sample)" if last and self._batch else ""
        said = self._note(m) if q.slope is self.names.slope[m] else ""
        pairs = zip(words.delta[m], q.delta.rows[0], strict=True)
        lines = [Line(name, value, note="" if j else said) for j, (name, value) in enumerate(pairs)]
        q.delta = Grid([self._delta[m]])
        sign = "+=" if (self._batch or not self._recipe.zeroed) and self._recipe.share == "all" else "="
        for ws, b, slopes, slope in zip(words.w[m], words.b[m], q.dw.rows, q.db.rows[0], strict=True):
            lines += [Line(f"grad_{w}", g, sign) for w, g in zip(ws, slopes, strict=True)]
            lines += [Line(f"grad_{b}", slope, sign)] if b else []
        q.dw = Grid([_symbols([f"grad_{w}" for w in ws]) for ws in words.w[m]])
        q.db = Grid([_symbols([f"grad_{b}" for b in words.b[m]])])
        return Block(f"{'Backward. ' if last else ''}{self._layer(m)}: {what}{note}", lines, self._batch), q

    def _note(self, m: int) -> str:
        """What is said about δ of a layer."""
        return self._error(0)[1] if m == self._lesson.layers - 1 else self._lesson.slopes[m].note

    def _error(self, k: int) -> tuple[Any, str]:
        """δ of an output, and what is said about it."""
        p, y = self._p[k], self._y[k]
        others = [q for i, q in enumerate(self._p) if i != k]
        rest = p - y if self._lesson.plain or not others else (1.0 - y) * p - y * summed(others)
        value, note = error(self._lesson, self._recipe.top, self._z[-1][k], self._h[-1][k], y, (p, rest))
        return (value if self._batch else self._averaged(value, self._recipe.weights_mean)), note

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
                    times = self._recipe.biases_mean if bias else self._recipe.weights_mean
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
            Line(name, Symbol("lr") * Symbol(f"grad_{name}"), "-=")
            for m in layers
            for j in range(len(self._z[m]))
            for name in self._parameters(m, j)
        ]
        return Block(UPDATE, lines)


def _symbols(names: Sequence[str]) -> list[Any]:
    return [Symbol(name) for name in names]
