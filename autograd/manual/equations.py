"""A large network in LaTeX: matrices, one row per sample."""

from collections.abc import Mapping

from autograd.manual.changed_steps import Recipe
from autograd.manual.delta_and_slope import error, hidden_slope
from autograd.manual.derived_network import Lesson, P, Y
from autograd.manual.dialects import formula
from autograd.manual.forms import replaced
from autograd.manual.lines import Block, Line, Program
from autograd.symbol import Symbol
from autograd.value import Value


class MatrixEquations:
    """Writes the lesson of a network by one recipe; values are LaTeX already."""

    def __init__(self, lesson: Lesson, recipe: Recipe, lr: float, slopes: Mapping[Value, float]) -> None:
        self._lesson, self._recipe = lesson, recipe
        self._z = [Symbol(f"Z{m}") for m in range(1, lesson.layers + 1)]
        self._a = [*(Symbol(f"A{m}") for m in range(1, lesson.layers)), Symbol("Y_hat")]

    def program(self) -> Program:
        """All of it."""
        lesson = self._lesson
        forward = []
        for m, f in enumerate(lesson.activations):
            below = "X" if m == 0 else self._name(self._a[m - 1])
            bias = f" + b_{{{m + 1}}}" if any(lesson.words.b[m]) else ""
            forward.append(Line(f"Z{m + 1}", rf"{below} W_{{{m + 1}}}^{{\top}}{bias}"))
            forward.append(Line(self._a[m].label, formula(f.value(self._z[m]), _written)))
        blocks = [Block("Forward: one sample in a row, f entry by entry", forward), self._loss()]
        blocks += [self._backward(m) for m in reversed(range(lesson.layers))]
        return Program(lesson.title, blocks)

    def _name(self, symbol: Symbol) -> str:
        return _written(symbol.label)

    def _mean(self, times: int) -> str:
        divisor = self._lesson.divisor
        return rf"\frac{{1}}{{{divisor:g}}} " * times if divisor != 1.0 else ""

    def _loss(self) -> Block:
        lesson = self._lesson
        if lesson.loss is None:
            lines = [Line("P", rf"\operatorname{{softmax}}\left({self._name(self._a[-1])}\right)")]
            total = r"-\sum Y \odot \ln P"
        else:
            lines = []
            total = rf"\sum {formula(replaced(lesson.value.expression, {P: self._a[-1], Y: Symbol('Y')}), _written)}"
        return Block("Loss", [*lines, Line(lesson.words.loss, self._mean(1) + total)])

    def _backward(self, m: int) -> Block:
        lesson, recipe, n = self._lesson, self._recipe, m + 1
        if n == lesson.layers:
            q = Symbol("P")
            value, _ = error(lesson, recipe.top, self._z[m], self._a[m], Symbol("Y"), (q, q - Symbol("Y")))
            delta = formula(value, _written)
        else:
            slope, _ = hidden_slope(lesson, recipe, m, self._z[m], self._a[m])
            delta = rf"\left(\delta_{{{n + 1}}} W_{{{n + 1}}}\right) \odot \left({formula(slope, _written)}\right)"
        below = "X" if m == 0 else self._name((self._z if recipe.taken == "preactivations" else self._a)[m - 1])
        lines = [
            Line(f"delta{n}", delta),
            Line(f"grad_W{n}", rf"{self._mean(recipe.weights_mean)}\delta_{{{n}}}^{{\top}} {below}"),
        ]
        if any(lesson.words.b[m]):
            lines.append(Line(f"grad_b{n}", rf"{self._mean(recipe.biases_mean)}\sum_{{\text{{rows}}}} \delta_{{{n}}}"))
        return Block("Backward" if n == lesson.layers else "", lines)


def _written(name: str) -> str:
    return r"\hat{Y}" if name == "Y_hat" else f"{name[0]}_{{{name[1:]}}}" if name[1:] else name
