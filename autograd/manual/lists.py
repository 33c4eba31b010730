"""A large network layer by layer in plain Python: lists of neurons, and loops."""

from typing import Any

from autograd.manual.by_entry import SAFE_ERROR, comprehension, is_made, number_of, product
from autograd.manual.derived_network import P, Y
from autograd.manual.dialects import number
from autograd.manual.equations import Equations
from autograd.manual.forms import replaced, simplified
from autograd.manual.lines import UPDATE, Block, Line, Program
from autograd.manual.matrices import matrix
from autograd.manual.matrix import Matrix, Word
from autograd.ops import log_sum_exp
from autograd.symbol import Symbol
from autograd.textbook.backward import Quantities

DOT = '''def dot(a, b):
    """a1 b1 + a2 b2 + ..., from left to right."""
    total = 0.0
    for x, y in zip(a, b):
        total += x * y
    return total'''


class Lists(Equations):
    """Writes a lesson with a list for every layer, sample by sample."""

    def __init__(self, *how: Any) -> None:
        super().__init__(*how)
        shape, last = self._lesson.shape, self._lesson.layers
        self._z = [f"z{m}" for m in range(1, last + 1)]
        self._h = [*(f"h{m}" for m in range(1, last)), "y_hat"]
        x, y, p = (Matrix(Symbol(name), 1, shape[at]) for name, at in (("x", 0), ("y", -1), ("p", -1)))
        z, h = ([Matrix(Symbol(v), 1, n) for v, n in zip(row, shape[1:], strict=True)] for row in (self._z, self._h))
        w = [Matrix(Symbol(f"W{m}"), shape[m], shape[m - 1]) for m in range(1, last + 1)]
        safe = Matrix(Symbol(SAFE_ERROR), 1, shape[-1])
        self._name(x, y, w, z, h, p, p - y if self._lesson.plain else safe)

    def program(self) -> Program:
        """All of it."""
        lesson = self._lesson
        blocks = [*self._data(), *(self._forward(m) for m in range(lesson.layers)), self._loss_block()]
        q: Quantities | None = None
        for m in reversed(range(lesson.layers)):
            block, q = self._backward(m, q)
            blocks.append(block)
            if m and not self._course.late:
                blocks.append(Block(UPDATE, text=self._update(m), inside=True))
        blocks += [*self._means(), *self._penalty()]
        late = range(lesson.layers if self._course.late else 1)
        blocks.append(Block(UPDATE, text="\n".join(map(self._update, late))))
        return Program(f"Backpropagation by hand: {lesson.title}.", blocks, "for x, y in zip(X, Y):", (DOT,))

    def _data(self) -> list[Block]:
        lesson, words = self._lesson, self._lesson.words
        what = "the targets Y" if lesson.loss else "Y with a 1 at the class"
        lines = [matrix(name, rows, "", "", plain=True) for name, rows in (("X", lesson.inputs), ("Y", lesson.targets))]
        lines.append("N = len(X)")
        given, start = [], [f"{words.loss} = 0.0"]
        for m, layer in enumerate(lesson.network.layers, start=1):
            weights = [unit.weights for unit in layer[0]]
            given.append(matrix(f"W{m}", [[lesson.point[w] for w in row] for row in weights], "", ""))
            start.append(self._zeros(f"grad_W{m}", f"[[0.0] * {len(weights[0])} for _ in W{m}]", weights))
            if self._biased[m - 1]:
                biases = [unit.bias for unit in layer[0] if unit.bias is not None]
                given.append(matrix(f"b{m}", [lesson.point[b] for b in biases], "", ""))
                start.append(self._zeros(f"grad_b{m}", f"[0.0] * {len(biases)}", biases))
        heading = "Sums over the samples, from zero"
        if not self._course.zeroed:
            heading = "The gradients so far"
        return [
            Block(f"The samples, one in a row: inputs X, {what}", text="\n".join(lines)),
            Block("The parameters, one neuron in a row", text="\n".join([*given, f"lr = {number(self._lr)}"])),
            Block(heading, text="\n".join(start)),
        ]

    def _zeros(self, name: str, zeros: str, nodes: Any) -> str:
        """The start of a sum."""
        if self._course.zeroed:
            return f"{name} = {zeros}"
        scale = self._lesson.divisor
        deep = isinstance(nodes[0], tuple)
        rows = [[scale * self._slopes[w] for w in row] for row in nodes] if deep else None
        return matrix(name, rows or [scale * self._slopes[b] for b in nodes], "", "")

    def _forward(self, m: int) -> Block:
        below = "x" if m == 0 else self._h[m - 1]
        row = f"dot(row, {below})"
        rows = f"[{row} for row in W{m + 1}]"
        if self._biased[m]:
            rows = f"[{row} + b for row, b in zip(W{m + 1}, b{m + 1})]"
        f, z = self._lesson.activations[m], self._z[m]
        each = z if f.name == "linear" else (f"[{{}} for z in {z}]", f.value(Symbol("z")))
        lines = [Line(z, rows), Line(self._h[m], each)]
        return Block(f"{'Forward. ' if m == 0 else ''}Layer {m + 1}: weighted sums z, activation {f.name}", lines, True)

    def _loss_block(self) -> Block:
        lesson, name = self._lesson, self._lesson.words.loss
        if lesson.loss is not None:
            term = replaced(lesson.value.expression, {P: Symbol("p"), Y: Symbol("t")})
            line = Line(name, ("sum({} for p, t in zip(y_hat, y))", term), "+=")
            return Block(f"Loss: {lesson.loss.name}", [line], True)
        if lesson.plain:
            lines = [
                Line("e", "[math.exp(z) for z in y_hat]"),
                Line("p", "[x / sum(e) for x in e]", note="the softmax"),
                Line(name, "-math.log(dot(y, p))", "+="),
            ]
        else:
            lines = [
                Line("d", "[z - dot(y, y_hat) for z in y_hat]", note="measured from z of the class"),
                Line("term", log_sum_exp(Symbol("*d")), note="-ln of the probability of the class"),
                Line("e", "[math.exp(x - term) for x in d]"),
                Line("p", "[x / sum(e) for x in e]", note="the softmax"),
                Line(name, "term", "+="),
            ]
        return Block("Loss: minus the logarithm of the probability of the class", lines, True)

    def _backward(self, m: int, above: Quantities | None) -> tuple[Block, Quantities]:
        """δ of a layer and its gradients, and what the layer below finds of them: their names."""
        q: Any = self._quantities(m, above)
        n, last = m + 1, above is None
        what = "delta is ∂L/∂z, of this sample" if last else "what comes down, times the slope of the activation"
        lines = [Line(f"delta{n}", comprehension(simplified(q.delta.expression)), note=self._note(m, q))]
        q.delta = Matrix(Symbol(f"delta{n}"), 1, q.delta.width)
        gradients = self._gradients(m, q)
        q.dw = Matrix(Symbol(f"grad_W{n}"), q.dw.height, q.dw.width)
        heading = f"{'Backward. ' if last else ''}Layer {n}: {what}"
        return Block(heading, lines, True, after=gradients), q

    def _gradients(self, m: int, q: Any) -> str:
        n, sign = m + 1, "+=" if self._course.added else "="
        weights, place = q.dw.expression, f"grad_W{n}[j][i]"
        if is_made(weights, Word.FOLDED):  # the transpose, in the order of its entries
            weights = weights.args[0].args[0]
            rows, columns = self._lesson.shape[n], self._lesson.shape[m]
            place = f"grad_W{n}[(i * {rows} + j) // {columns}][(i * {rows} + j) % {columns}]"
        delta, inputs, share = product(weights)
        lines = [f"for j, d in enumerate({delta}):"]
        if self._biased[m]:
            lines.append(f"    grad_b{n}[j] {sign} {number_of(q.db.expression, delta)}")
        return "\n".join([*lines, f"    for i, a in enumerate({inputs}):", f"        {place} {sign} {share}"])

    def _means(self) -> list[Block]:
        lesson, course = self._lesson, self._course
        if lesson.divisor == 1.0:
            return []
        n = "N" if lesson.divisor == lesson.samples else number(lesson.divisor)
        lines = [f"{lesson.words.loss} /= {n}"]
        for m in range(1, lesson.layers + 1):
            lines += [f"grad_W{m} = [[g / {n} for g in row] for row in grad_W{m}]"] * course.weights
            if self._biased[m - 1]:
                lines += [f"grad_b{m} = [g / {n} for g in grad_b{m}]"] * course.biases
        return [Block("The loss is a mean, and so is every gradient", text="\n".join(lines))]

    def _penalty(self) -> list[Block]:
        factor, members = self._lesson.penalty
        words = self._lesson.words
        name, lines = words.total, [f"{words.total} = {words.loss}"]
        for m, layer in enumerate(self._lesson.network.layers if members else (), start=1):
            twice = number(2.0 * factor)
            if all(w in members for unit in layer[0] for w in unit.weights):
                lines.append(f"{name} += {number(factor)} * sum(dot(row, row) for row in W{m})")
                pairs = f"zip(row, grads)] for row, grads in zip(W{m}, grad_W{m})]"
                lines.append(f"grad_W{m} = [[g + {twice} * w for w, g in {pairs}")
            if all(unit.bias in members for unit in layer[0]):
                lines.append(f"{name} += {number(factor)} * dot(b{m}, b{m})")
                lines.append(f"grad_b{m} = [g + {twice} * b for b, g in zip(b{m}, grad_b{m})]")
        heading = "Penalty: squares of the parameters, added to the loss"
        return [Block(heading, text="\n".join(lines))] if members else []

    def _update(self, m: int) -> str:
        n = m + 1
        pairs = f"zip(row, grads)] for row, grads in zip(W{n}, grad_W{n})]"
        lines = [f"W{n} = [[w - lr * g for w, g in {pairs}"]
        if self._biased[m]:
            lines.append(f"b{n} = [b - lr * g for b, g in zip(b{n}, grad_b{n})]")
        return "\n".join(lines)
