"""The textbook's equations of a network on names, right or with a mistake: what every way of writing it shares."""

from collections.abc import Mapping, Sequence
from typing import Any

from autograd.manual.derived_network import H, Lesson, P, Y, Z
from autograd.manual.forms import CANCELS, Activation, replaced
from autograd.manual.matrix import RATE
from autograd.ops import sigmoid
from autograd.textbook.backward import Change, Figures, Quantities
from autograd.textbook.grid import Grid
from autograd.textbook.mistake import Course
from autograd.value import Value

RIGHT = Course()

SAFE = "this is p - y, with all its digits where p is near 1"


class Kind:
    """An activation of a lesson as the rows of the table want one, on names."""

    def __init__(self, f: Activation) -> None:
        self._f = f
        self.name = {"linear": "identity", "leaky relu": "leaky_relu"}.get(f.name, f.name)
        self.operations: frozenset[str] = frozenset()

    def slope(self, x: Any, rules: Any = None) -> Any:
        """f'(x)."""
        return self._f.slopes(x, self._f.value(x))[0].expression


class Equations:
    """A lesson to be written, with what a mistake changes in its equations and in its course.

    lr      the learning rate of the update
    slopes  the right gradients of the parameters
    rate    what stands for a number that the change has in it: the learning rate, or a constant
    """

    def __init__(
        self, lesson: Lesson, lr: float, slopes: Mapping[Value, float], course: Course = RIGHT, change: Change = (),
        rate: Any = RATE,
    ) -> None:  # fmt: skip
        self._lesson, self._lr, self._slopes = lesson, lr, slopes
        self._course, self._change, self._rate = course, change, rate
        self._biased = [any(row) for row in lesson.words.b]
        self._figures: Figures

    def _name(
        self, x: Grid, y: Grid, w: Sequence[Grid], z: Sequence[Grid], h: Sequence[Grid], p: Grid, error: Grid,
    ) -> None:  # fmt: skip
        """The names of all quantities; of a softmax, p are its probabilities and `error` is p - y."""
        lesson, kinds = self._lesson, [Kind(f) for f in self._lesson.activations]
        slopes = [
            z[0].like(replaced(form.expression, {Z: a, H: b}), b)
            for form, a, b in zip(lesson.slopes, z, h, strict=True)
        ]
        at = {Z: z[-1], P: h[-1], H: h[-1], Y: y}
        out = y.like(replaced(lesson.by_output.expression, at), y)
        top = out * slopes[-1]
        if lesson.loss is None:
            top = error
        elif lesson.top is not None:
            top = replaced(lesson.top.expression, at)
        self._figures = Figures([x, *h[:-1]], [*z], [*h], slopes, [*w], top, out, kinds, 1, lesson.squared)
        softmax = [p] if lesson.loss is None else []
        linear = kinds[-1].name == "identity"
        self._figures.__dict__.update(targets=y, probabilities=[sigmoid(h[-1]), *softmax] if linear else [h[-1]])

    def _quantities(self, m: int, above: Quantities | None) -> Quantities:
        """The quantities of a layer, which the one below finds by the names that they are given."""
        steps = tuple(step for step in self._change if step.is_in(m, self._lesson.layers - 1))
        return Quantities(self._figures, m, above, steps, self._rate)

    def _note(self, m: int, q: Quantities) -> str:
        """What is said about δ of a layer, as far as it is the right one."""
        lesson = self._lesson
        if m < lesson.layers - 1:
            return lesson.slopes[m].note if q.slope is self._figures.slope[m] else ""
        if q.delta is not self._figures.top:
            return ""
        if lesson.loss is None:
            return CANCELS.replace("sigmoid", "the softmax") if lesson.plain else SAFE
        return lesson.top.note if lesson.top is not None else lesson.slopes[m].note or lesson.by_output.note
