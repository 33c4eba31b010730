"""One name for another of its kind, in one equation of one neuron: w5 for w6, x2 for x1, δ1 for δ2, h1 for h2."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from autograd.ops import step
from autograd.textbook.backward import Change, Equation, Figures, Quantities, Step
from autograd.textbook.grid import Grid

MOST = 100
"""Networks with more weights have no names that could be mistaken for each other: they are written with matrices."""

Spot = tuple[Any, ...]
"""Where a quantity is: ("w", layer, neuron, input), ("x", 0, input), ("h", layer, unit), ("δ", layer, unit)."""


class Exchange(NamedTuple):
    """What stands in the place of what, in words, and the change that computes it."""

    formula: str
    change: Change


def exchanges(fig: Figures, m: int, j: int) -> Iterator[Exchange]:
    """Every exchange of one operand in the equations of neuron j of layer m: those of its δ, its weights, its bias."""
    return _Neuron(fig, m, j).exchanges()


class _Neuron:
    """The quantities of a network by kind, and the equations of one neuron with each exchanged for all of its kind."""

    def __init__(self, fig: Figures, m: int, j: int) -> None:
        self.fig, self.m, self.j = fig, m, j
        units: list[Spot] = [(layer, unit) for layer, h in enumerate(fig.h) for unit in range(h.width)]
        self.activations: list[Spot] = [("h", *unit) for unit in units]
        self.deltas: list[Spot] = [("δ", *unit) for unit in units if unit[0] >= m]
        self.inputs: list[Spot] = [("x", 0, i) for i in range(fig.x[0].width)]
        self.weights: list[Spot] = [("w", layer, unit, i) for layer, unit in units for i in range(fig.w[layer].width)]

    def exchanges(self) -> Iterator[Exchange]:
        """All of them; first what is nearest to the numbers."""
        own: Spot = ("δ", self.m, self.j)
        for i in range(self.fig.w[self.m].width):
            where = "∂L/∂" + self.fig.named("w", self.m, self.j, i)
            taken: Spot = ("h", self.m - 1, i) if self.m else ("x", 0, i)
            yield from self._each(self.activations if self.m else self.inputs, taken, where, "dw", self._product, i)
            yield from self._each(self.deltas, own, where, "dw", self._product_by, i)
        yield from self._each(self.deltas, own, "∂L/∂" + self.fig.named("b", self.m, self.j), "db", self._sum)
        where = self.fig.named(*own)
        if self.m == self.fig.last:
            if self.fig.targets is not None:
                yield from self._each(self.activations, ("h", self.m, self.j), where, "top", self._error)
            return
        for k in range(self.fig.h[self.m + 1].width):
            yield from self._each(self.weights, ("w", self.m + 1, k, self.j), where, "carry", partial(self._weight, k))
            there = [d for d in self.deltas if d[1] > self.m or d[2] < self.j]
            yield from self._each(there, ("δ", self.m + 1, k), where, "g", partial(self._path, k))
        for form in _forms(self.fig.activations[self.m].name):
            yield from self._each(self.activations, ("h", self.m, self.j), where, "slope", partial(self._slope, form))

    def _each(
        self, kind: list[Spot], right: Spot, where: str, name: str, new: Callable[[Spot, Quantities], Any],
        entry: int | None = None,
    ) -> Iterator[Exchange]:  # fmt: skip
        """An operand exchanged for each other one of its kind."""
        belongs = self.fig.named(*right)
        for other in kind:
            if other != right:
                equation: Equation = partial(new, other)
                told = f"{self.fig.named(*other)} in the place of {belongs} in {where}"
                yield Exchange(told, (Step(name, equation, (self.m,), self.j, entry),))

    def _column(self, spot: Spot, q: Quantities) -> Grid:
        """A quantity by sample, as it is in the pass that q belongs to."""
        kind, m, unit = spot
        if kind == "δ":
            while q.m < m:
                q = q.above
            return q.delta.picked([unit])
        return (q.fig.h[m] if kind == "h" else q.fig.x[0]).picked([unit])

    # ------------------------------------------------------------ the equations, with another operand

    def _product(self, other: Spot, q: Quantities) -> Grid:
        return q.summed.turned().along(self._column(other, q))

    def _product_by(self, other: Spot, q: Quantities) -> Grid:
        return self._column(other, q).turned().along(q.taken)

    def _sum(self, other: Spot, q: Quantities) -> Grid:
        return self._column(other, q).summed()

    def _error(self, other: Spot, q: Quantities) -> Grid:
        """ŷ - y with another activation for ŷ."""
        assert q.fig.targets is not None
        y = q.fig.targets.picked([self.j])
        instead: Grid = (self._column(other, q) - y) / (q.h.picked([self.j]) - y)
        return q.delta.picked([self.j]) * instead

    def _weight(self, k: int, other: Spot, q: Quantities) -> Grid:
        _, m, unit, i = other
        return q.carry.replaced(q.fig.w[m].chosen([unit]).picked([i]), row=k)

    def _path(self, k: int, other: Spot, q: Quantities) -> Grid:
        """Σ δₖ wₖⱼ with another δ on one path; one of this layer is there already, and right."""
        right = q.fig.right[q.fig.last - self.m] if other[1] == self.m else q
        change: Grid = self._column(other, right) - q.handed.picked([k])
        return q.g.picked([self.j]) + change * q.carry.chosen([k]).picked([self.j])

    def _slope(self, form: "Form", other: Spot, q: Quantities) -> Grid:
        return form(q.h.picked([self.j]), self._column(other, q))


Form = Callable[[Grid, Grid], Grid]


def _forms(name: str) -> list[Form]:
    """The slope by h, with another one in each place where h stands."""
    if name == "sigmoid":
        return [lambda h, other: other * (1.0 - h), lambda h, other: h * (1.0 - other)]
    if name == "tanh":
        return [lambda h, other: 1.0 - other * other, lambda h, other: 1.0 - other * h]
    return [lambda h, other: step(other)] if name == "relu" else []
