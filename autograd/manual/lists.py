"""A large network layer by layer in plain Python: lists of neurons, and loops."""

from collections.abc import Mapping
from typing import Any

from autograd.manual.changed_steps import Recipe
from autograd.manual.delta_and_slope import error, hidden_slope
from autograd.manual.derived_network import Lesson, P, Y
from autograd.manual.dialects import number
from autograd.manual.forms import replaced
from autograd.manual.lines import UPDATE, Block, Line, Program
from autograd.manual.matrices import matrix
from autograd.ops import log_sum_exp
from autograd.symbol import Symbol
from autograd.value import Value

DOT = '''def dot(a, b):
    """a1 b1 + a2 b2 + ..., from left to right."""
    total = 0.0
    for x, y in zip(a, b):
        total += x * y
    return total'''


class Lists:
    """Writes the lesson of a network by one recipe, with a list for every layer."""

    def __init__(self, lesson: Lesson, recipe: Recipe, lr: float, slopes: Mapping[Value, float]) -> None:
        self._lesson, self._recipe, self._lr, self._slopes = lesson, recipe, lr, slopes
        self._biased = [any(row) for row in lesson.words.b]
        self._z = [f"z{m}" for m in range(1, lesson.layers + 1)]
        self._h = [*(f"h{m}" for m in range(1, lesson.layers)), "y_hat"]

    def program(self) -> Program:
        """All of it."""
        lesson, recipe = self._lesson, self._recipe
        blocks = [*self._data(), *(self._forward(m) for m in range(lesson.layers)), self._loss_block()]
        late = []
        for m in reversed(range(lesson.layers)):
            blocks.append(self._backward(m))
            if recipe.carry == "updated" and m:
                blocks.append(Block(UPDATE, text=self._update(m), inside=True))
            else:
                late.append(self._update(m))
        blocks += [*self._means(), *self._penalty()]
        blocks.append(Block(UPDATE, text="\n".join(late[::-1])))
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
        if not self._recipe.zeroed:
            heading = "The gradients so far"
        return [
            Block(f"The samples, one in a row: inputs X, {what}", text="\n".join(lines)),
            Block("The parameters, one neuron in a row", text="\n".join([*given, f"lr = {number(self._lr)}"])),
            Block(heading, text="\n".join(start)),
        ]

    def _zeros(self, name: str, zeros: str, nodes: Any) -> str:
        """The start of a sum."""
        if self._recipe.zeroed:
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

    def _backward(self, m: int) -> Block:
        lesson, recipe = self._lesson, self._recipe
        last = m == lesson.layers - 1
        what = "delta is ∂L/∂z, of this sample" if last else "what comes down, times the slope of the activation"
        if last:
            value, note = self._error()
        else:
            flip = "[::-1]" if recipe.exchanged and m == 0 else ""
            slope, note = hidden_slope(lesson, recipe, m, Symbol("z"), Symbol("h"))
            weighted = Symbol(self._carried(m)) * slope
            signals = f"{self._z[m]}{flip}, {self._h[m]}{flip}"
            value = f"[{{}} for column, z, h in zip({self._columns(m)}, {signals})]", weighted
        lines = [Line(f"delta{m + 1}", value, note=note)]
        heading = f"{'Backward. ' if last else ''}Layer {m + 1}: {what}"
        return Block(heading, lines, True, after=self._gradients(m))

    def _error(self) -> tuple[Any, str]:
        lesson, top = self._lesson, self._recipe.top
        p, q, t = Symbol("p"), Symbol("q"), Symbol("t")
        if lesson.loss is None:
            value, note = error(lesson, top, q, q, t, (q, q - t if lesson.plain else Symbol(SAFE_ERROR)))
            return ("[{} for q, t in zip(p, y)]", value), note
        value, note = error(lesson, top, Symbol("z"), p, t, (p, p - t))
        return (f"[{{}} for z, p, t in zip({self._z[-1]}, y_hat, y)]", value), note

    def _columns(self, m: int) -> str:
        w = f"W{m + 2}"
        if self._recipe.carry == "gradients":
            w = f"grad_{w}"
        return f"list(zip(*{w}))[::-1]" if self._recipe.carry == "swapped" and m == 0 else f"zip(*{w})"

    def _carried(self, m: int) -> str:
        """Σ δ·w of the layer above, for one neuron."""
        above = f"delta{m + 2}"
        if self._recipe.paths == "last" and m == 0:
            return f"{above}[-1] * column[-1]"
        return f"sum({above})" if self._recipe.carry == "ones" else f"dot({above}, column)"

    def _gradients(self, m: int) -> str:
        recipe, n = self._recipe, m + 1
        below = "x" if m == 0 else (self._z if recipe.taken == "preactivations" else self._h)[m - 1]
        sign = "+=" if recipe.share == "all" else "="
        lr = "lr * " if recipe.folded else ""
        inputs = f"{below}[::-1]" if recipe.taken == "swapped" and m == 0 else below
        share = {"zero": "0", "one": "1", "input": f"d * {below}[0]"}.get(recipe.bias, "d")
        lines = [f"for j, d in enumerate(delta{n}):"]
        if self._biased[m]:
            lines.append(f"    grad_b{n}[j] {sign} {lr}{share}")
        entry = f"grad_W{n}[j][i]"
        if recipe.order == "transposed" and m == 0:
            rows, columns = self._lesson.shape[1], self._lesson.shape[0]
            entry = f"grad_W{n}[(i * {rows} + j) // {columns}][(i * {rows} + j) % {columns}]"
        lines += [f"    for i, a in enumerate({inputs}):", f"        {entry} {sign} {lr}d * a"]
        return "\n".join(lines)

    def _means(self) -> list[Block]:
        lesson, recipe = self._lesson, self._recipe
        if lesson.divisor == 1.0:
            return []
        n = "N" if lesson.divisor == lesson.samples else number(lesson.divisor)
        lines = [f"{lesson.words.loss} /= {n}"]
        for m in range(1, lesson.layers + 1):
            lines += [f"grad_W{m} = [[g / {n} for g in row] for row in grad_W{m}]"] * recipe.weights_mean
            if self._biased[m - 1]:
                lines += [f"grad_b{m} = [g / {n} for g in grad_b{m}]"] * recipe.biases_mean
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


SAFE_ERROR = "(-dot(p, [1 - c for c in y]) if t else q)"
"""q - t of a softmax, with all digits where q is near 1."""
