"""A network layer by layer with matrices of NumPy: one row per sample, one row of weights per neuron."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from autograd.manual.changed_steps import Recipe
from autograd.manual.delta_and_slope import error, hidden_slope
from autograd.manual.derived_network import Lesson, P, Y
from autograd.manual.dialects import number, numbers
from autograd.manual.forms import replaced
from autograd.manual.lines import UPDATE, Block, Line, Program
from autograd.ops import log_sum_exp
from autograd.symbol import Symbol
from autograd.value import Value


class Matrices:
    """Writes the lesson of a network by one recipe, with matrices."""

    def __init__(self, lesson: Lesson, recipe: Recipe, lr: float, slopes: Mapping[Value, float]) -> None:
        self._lesson, self._recipe, self._lr, self._slopes = lesson, recipe, lr, slopes
        self._biased = [any(row) for row in lesson.words.b]
        last = lesson.layers
        self._z = [Symbol(f"Z{m}") for m in range(1, last + 1)]
        self._a = [Symbol(f"A{m}") if m < last else Symbol("Y_hat") for m in range(1, last + 1)]

    def program(self) -> Program:
        """All of it."""
        lesson, recipe = self._lesson, self._recipe
        blocks = [*self._data(), *(self._forward(m) for m in range(lesson.layers)), self._loss_block()]
        for m in reversed(range(lesson.layers)):
            blocks.append(self._backward(m))
            if recipe.carry == "updated" and m:
                blocks.append(self._update([m]))
        blocks += self._penalty()
        layers = [0] if recipe.carry == "updated" else list(range(lesson.layers))
        blocks.append(self._update(layers))
        return Program(f"Backpropagation by hand: {lesson.title}.", blocks)

    def _data(self) -> list[Block]:
        lesson, recipe = self._lesson, self._recipe
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
        if not recipe.zeroed:
            blocks.append(Block("The gradients so far", text="\n".join(left)))
        return blocks

    def _forward(self, m: int) -> Block:
        below = "X" if m == 0 else self._a[m - 1].label
        bias = f" + b{m + 1}" if self._biased[m] else ""
        f = self._lesson.activations[m]
        lines = [
            Line(self._z[m].label, f"{below} @ W{m + 1}.T{bias}"),
            Line(self._a[m].label, f.value(self._z[m])),
        ]
        return Block(f"{'Forward. ' if m == 0 else ''}Layer {m + 1}: weighted sums Z, activation {f.name}", lines)

    def _loss_block(self) -> Block:
        lesson, p = self._lesson, self._a[-1]
        lines: list[Line] = []
        if lesson.loss is not None:
            value: Any = replaced(lesson.value.expression, {P: p, Y: Symbol("Y")})
            heading, total = f"Loss: {lesson.loss.name}", _call("np.sum({})", value)
        elif lesson.plain:
            lines = [
                Line("E", f"np.exp({p})"),
                Line("P", "E / E.sum(axis=1, keepdims=True)", note="the softmax"),
            ]
            heading, total = "Loss: minus the logarithm of the probability of the class", "-np.sum(Y * np.log(P))"
        else:
            lines = [
                Line("D", f"{p} - (Y * {p}).sum(axis=1, keepdims=True)", note="measured from z of the class"),
                Line("T", log_sum_exp(Symbol("D")), note="-ln of the probability of the class"),
                Line("E", "np.exp(D - T)"),
                Line("P", "E / E.sum(axis=1, keepdims=True)", note="the softmax"),
            ]
            heading, total = "Loss: minus the logarithm of the probability of the class", "np.sum(T)"
        return Block(heading, [*lines, Line(lesson.words.loss, self._mean(total, 1))])

    def _mean(self, value: Any, times: int) -> Any:
        """A value divided by N, so often."""
        if self._lesson.divisor == 1.0:
            return value
        whole = (self._lesson.samples, self._lesson.samples * self._lesson.outputs)
        divisor = "N" if self._lesson.divisor in whole else number(self._lesson.divisor)
        return _call("{}" + f" / {divisor}" * times, value)

    def _backward(self, m: int) -> Block:
        lesson, recipe = self._lesson, self._recipe
        last = m == lesson.layers - 1
        if last:
            rest = Symbol("P") - Symbol("Y")
            if not lesson.plain:
                rest = Symbol("np.where(Y == 1, -(P * (1 - Y)).sum(axis=1, keepdims=True), P)")
            value, note = error(lesson, recipe.top, self._z[m], self._a[m], Symbol("Y"), (Symbol("P"), rest))
        else:
            flip = "[:, ::-1]" if recipe.exchanged and m == 0 else ""
            z, a = Symbol(self._z[m].label + flip), Symbol(self._a[m].label + flip)
            slope, note = hidden_slope(lesson, recipe, m, z, a)
            value = Symbol(self._carried(m)) * slope
        what = "delta is ∂L/∂Z, of each sample alone" if last else "what comes down, times the slope of the activation"
        lines = [Line(f"delta{m + 1}", value, note=note)]
        lines += self._gradients(m)
        return Block(f"{'Backward. ' if last else ''}Layer {m + 1}: {what}", lines)

    def _carried(self, m: int) -> str:
        """Σ δ·w of the layer above."""
        recipe, delta, w = self._recipe, f"delta{m + 2}", f"W{m + 2}"
        if recipe.paths == "last" and m == 0:
            return f"({delta}[:, -1:] @ {w}[-1:])"
        if recipe.carry == "swapped" and m == 0:
            return f"({delta} @ {w}[:, ::-1])"
        carrier = {"gradients": f"grad_{w}", "ones": f"np.ones_like({w})"}.get(recipe.carry, w)
        return f"({delta} @ {carrier})"

    def _gradients(self, m: int) -> list[Line]:
        recipe, delta = self._recipe, f"delta{m + 1}"
        below = "X" if m == 0 else (self._z if recipe.taken == "preactivations" else self._a)[m - 1].label
        if recipe.taken == "swapped" and m == 0:
            below += "[:, ::-1]"
        rows = "[-1:]" if recipe.share == "last" else ""
        product = f"{delta}{rows}.T @ {below}{rows}"
        if recipe.order == "transposed" and m == 0:
            product = f"({below}.T @ {delta}).reshape(W{m + 1}.shape)"
        total = f"{delta}{rows}.sum(axis=0)"
        if recipe.bias != "delta":
            total = {
                "zero": f"np.zeros_like(b{m + 1})",
                "one": f"np.ones({delta}.shape).sum(axis=0)",
                "input": f"({delta} * {below}[:, :1]).sum(axis=0)",
            }[recipe.bias]
        sign = "=" if recipe.zeroed else "+="
        lr = "lr * " if recipe.folded else ""
        lines = [Line(f"grad_W{m + 1}", self._mean(f"{lr}{product}", recipe.weights_mean), sign)]
        if self._biased[m]:
            lines.append(Line(f"grad_b{m + 1}", self._mean(f"{lr}{total}", recipe.biases_mean), sign))
        return lines

    def _penalty(self) -> list[Block]:
        factor, members = self._lesson.penalty
        words = self._lesson.words
        lines = [Line(words.total, Symbol(words.loss))]
        for m, layer in enumerate(self._lesson.network.layers if members else (), start=1):
            for name, parameters in (
                (f"W{m}", [w for unit in layer[0] for w in unit.weights]),
                (f"b{m}", [unit.bias for unit in layer[0] if unit.bias is not None]),
            ):
                inside = [p in members for p in parameters]
                if any(inside):
                    mask = "" if all(inside) else f" * np.reshape({[int(x) for x in inside]}, {name}.shape)"
                    lines += [
                        Line(words.total, f"{number(factor)} * np.sum({name}**2{mask})", "+="),
                        Line(f"grad_{name}", f"{number(2.0 * factor)} * {name}{mask}", "+="),
                    ]
        return [Block("Penalty: squares of the parameters, added to the loss", lines)] if members else []

    def _update(self, layers: Sequence[int]) -> Block:
        names = [f"{kind}{m + 1}" for m in layers for kind in ("W", "b") if kind == "W" or self._biased[m]]
        return Block(UPDATE, [Line(name, f"lr * grad_{name}", "-=") for name in names])


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


def _call(template: str, value: Any) -> Any:
    """Text around a value: at once where that is text, else when the expression is written."""
    return (template, value) if not isinstance(value, str) else template.format(value)
