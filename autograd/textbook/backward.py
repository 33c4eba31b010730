"""Backpropagation as textbooks write it, layer by layer: named equations, each of which a mistake may change.

    δ = ∂L/∂z        at the outputs        handed   δ of the layer above      carry    what carries it down: W above
    g = handed·carry                       slope    f'(z)                     delta    g · slope
    summed   δ as it goes into the sums    taken    what it is multiplied by: x, the inputs
    dw = summedᵀ·taken                     shares   what a sample gives to the bias: summed      db = Σ shares

The quantities are grids of anything the operators run on: floats give numbers, Symbols formulas. A `Change` computes
some of them otherwise, and two can be joined.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from autograd.names import canonical
from autograd.network import Network
from autograd.ops import exp, log_sum_exp, sigmoid
from autograd.textbook.grid import Grid, dot


@dataclass(frozen=True)
class Figures:
    """The quantities of a network at one point, by layer: rows are samples, columns units; of weights, neurons, inputs.

    x, z, h      inputs, weighted sums and activations of the layer
    slope        f'(z)
    w            weights
    top          ∂L/∂z of the outputs
    out          ∂L/∂ŷ
    activations  by layer; each has a `name`, `operations` and `slope(x)`
    terms        how many terms the loss is the mean of
    square       whether the loss takes squares
    network      where the names are found
    """

    x: list[Grid]
    z: list[Grid]
    h: list[Grid]
    slope: list[Grid]
    w: list[Grid]
    top: Grid
    out: Grid
    activations: Sequence[Any]
    terms: int
    square: bool
    network: Any = None

    def named(self, kind: str, m: int, j: int, i: int = 0) -> str:
        """The label of "x", "h", "δ", "w" or "b" in layer m; where there is none, the textbook's."""
        if self.network is None:
            return f"{kind}{j + 1}"
        unit = self.network.layers[m][0][0 if kind == "x" else j]
        if kind == "δ":
            label = canonical(unit.z.label) or f"unit {j + 1} of layer {m + 1}"
            return label.replace("z", "δ", 1) if label[0] == "z" else f"δ of {label}"
        node = {"x": unit.inputs[j:], "w": unit.weights[i:], "b": [unit.bias], "h": [unit.h]}[kind][0]
        return canonical(getattr(node, "label", "")) or f"{kind}{j + 1} of layer {m + 1}"

    @property
    def samples(self) -> int:
        """How many there are."""
        return self.top.height

    @property
    def outputs(self) -> int:
        """How many there are in one sample."""
        return self.top.width

    @property
    def layers(self) -> int:
        """How many there are."""
        return len(self.w)

    @property
    def last(self) -> int:
        """The layer of the outputs, counted from 0."""
        return len(self.w) - 1

    def first_sample(self) -> "Figures":
        """The same with the first sample alone; the loss is then of that."""
        share = self.samples if self.terms > 1 and self.terms % self.samples == 0 else 1
        x, z, h, slope = ([Grid(layer.rows[:1]) for layer in part] for part in (self.x, self.z, self.h, self.slope))
        top, out = (float(share) * Grid(part.rows[:1]) for part in (self.top, self.out))
        terms = self.terms // share
        return Figures(x, z, h, slope, self.w, top, out, self.activations, terms, self.square, self.network)

    @cached_property
    def right(self) -> "list[Quantities]":
        """The backward pass without a mistake, from the last layer to the first."""
        found: list[Quantities] = []
        for m in reversed(range(self.layers)):
            found.append(Quantities(self, m, found[-1] if found else None, (), 0.0))
        return found

    @cached_property
    def targets(self) -> Grid | None:
        """y, where ∂L/∂ŷ or δ tell of them: a mean of (ŷ - y)², of ½(ŷ - y)², a cross-entropy of σ or softmax."""
        h, n = self.h[-1], float(self.terms)
        if self.square:
            guesses = [h - self.out * (n / factor) for factor in (2.0, 1.0)]
        else:
            guesses = [p - self.top * n for p in self.probabilities]
        return next((guess.map(_written) for guess in guesses if all(map(_is_written, entries(guess)))), None)

    @cached_property
    def probabilities(self) -> list[Grid]:
        """What the outputs say of the classes: ŷ, or of linear outputs σ(z) and softmax(z)."""
        z = self.z[-1]
        if self.activations[-1].name != "identity":
            return [self.h[-1]]
        softmax = Grid([[exp(x - log_sum_exp(*row)) for x in row] for row in z.rows])
        return [sigmoid(z), softmax] if z.width > 1 else [sigmoid(z)]


def entries(grid: Grid) -> Iterator[float]:
    """The numbers of a grid, row by row."""
    return (x for row in grid.rows for x in row)


def _written(y: float) -> float:
    """A target as somebody writes one: with a few decimals."""
    return round(y, 3)


def _is_written(y: float) -> bool:
    return abs(y - _written(y)) <= 1e-9


def figures(network: Network, values: Mapping[Any, float], gradients: Mapping[Any, float]) -> Figures:
    """The numbers of a network, where nodes have these values and the loss these slopes by them."""

    def value(x: Any) -> float:
        return x if type(x) is float else values[x]

    def each(layer: list[Any], number: Callable[[Any], float]) -> Grid:
        return Grid([[number(unit) for unit in row] for row in layer])

    layers = network.layers
    x = [Grid([[value(node) for node in row[0].inputs] for row in layer]) for layer in layers]
    z = [each(layer, lambda unit: value(unit.z)) for layer in layers]
    h = [each(layer, lambda unit: value(unit.h)) for layer in layers]
    slope = [part.map(f.slope) for f, part in zip(network.activations, z, strict=True)]
    w = [Grid([[value(weight) for weight in unit.weights] for unit in layer[0]]) for layer in layers]
    top = each(layers[-1], lambda unit: gradients.get(unit.z, 0.0))
    out = each(layers[-1], lambda unit: gradients.get(unit.h, 0.0))
    return Figures(x, z, h, slope, w, top, out, network.activations, network.terms, network.square, network)


# ---------------------------------------------------------------- what is done otherwise

Equation = Callable[["Quantities"], Any]
"""A quantity computed from the others of its layer; under its own name it finds what it has been so far."""

EQUATIONS = {"handed", "carry", "g", "slope", "delta", "top", "summed", "taken", "shares", "dw", "db"}
"""What a mistake may change; `top` is the δ of the outputs."""


class Step(NamedTuple):
    """One equation written otherwise.

    name    which
    new     what it is then
    layers  where, None for all
    unit    the neuron, where it is one only
    entry   the weight of this neuron, where it is one only
    """

    name: str
    new: Equation
    layers: Collection[int] | None = None
    unit: int | None = None
    entry: int | None = None

    def is_in(self, m: int, last: int) -> bool:
        """Whether the equation of layer m is meant."""
        if self.name == "top":
            return m == last
        return self.layers is None or m in self.layers


Change = tuple[Step, ...]
"""Steps, one after the other."""

ONE_UNIT = ("slope", "delta", "carry", "summed", "shares", "dw", "db")
"""The equations of mistakes that can be made in a single neuron."""


def in_one_neuron(change: Change, layer: int, unit: int) -> Change:
    """The same in one neuron only."""

    def alone(step: Step) -> Step:
        if step.name == "taken":
            return Step("dw", lambda q: q.summed.turned().along(step.new(q)), (layer,), unit)
        return step._replace(layers=(layer,), unit=unit) if step.name in ONE_UNIT else step

    return tuple(map(alone, change))


class Quantities:
    """The quantities of one layer in the backward pass, under the names of the textbook.

    fig, m, lr    the network, the number of the layer, the learning rate
    above         the same of the layer above, None at the outputs
    x z h w       of this layer as in the forward pass

    What belongs to parameters and inputs (summed, taken, shares, dw, db, dx) is computed when it is asked for.
    """

    summed: Grid
    taken: Grid
    shares: Grid
    dw: Grid
    db: Grid
    dx: Grid

    def __init__(self, fig: Figures, m: int, above: "Quantities | None", steps: Change, lr: float) -> None:
        self.fig, self.m, self.lr = fig, m, lr
        self.above: Any = above
        self.x, self.z, self.h, self.w = fig.x[m], fig.z[m], fig.h[m], fig.w[m]
        self.slope, self.g, self.delta = fig.slope[m], fig.out, fig.top
        self._steps = steps
        self._otherwise = {step.name for step in steps}
        if above is None:
            self._settle("top", fig.top)
            return
        self._settle("handed", above.delta)
        self._settle("carry", above.w)
        self._settle("g", self.handed.along(self.carry))
        self._settle("slope", self.slope)
        self._settle("delta", self.g * self.slope)

    def with_parameters(self, steps: Change, lr: float) -> "Quantities":
        """The same signals, with something done otherwise behind δ."""
        q = object.__new__(Quantities)
        q.__dict__ |= {name: x for name, x in self.__dict__.items() if name not in LATER}
        q._steps, q._otherwise, q.lr = steps, {step.name for step in steps}, lr
        return q

    def _settle(self, name: str, value: Grid) -> Grid:
        """A quantity as the change has it, one step after the other."""
        own = "delta" if name == "top" else name
        setattr(self, own, value)
        if name in self._otherwise:
            for step in self._steps:
                if step.name == name:
                    new = step.new(self)
                    if step.unit is not None:  # a neuron has a row of dw, and a column of everything else
                        new = value.replaced(new, *((step.unit, step.entry) if name == "dw" else (None, step.unit)))
                    value = value.like(new, value)
                    setattr(self, own, value)
        return value

    def __getattr__(self, name: str) -> Grid:
        compute = LATER.get(name)
        if compute is None:
            raise AttributeError(name)
        return self._settle(name, compute(self))

    def at(self, kind: str, where: Sequence[int]) -> Any:
        """One gradient: ("w", neuron, input), ("b", neuron), ("z", sample, unit), ("h", sample, unit), ("x", sample,
        input)."""
        if kind == "w":
            if "dw" in self._otherwise:
                return self.dw.rows[where[0]][where[1]]
            return dot([row[where[0]] for row in self.summed.rows], [row[where[1]] for row in self.taken.rows])
        if kind == "b":
            return self.db.rows[0][where[0]]
        signals = self.delta if kind == "z" else self.g if kind == "h" else self.dx
        return signals.rows[where[0]][where[1]]


LATER: dict[str, Equation] = {
    "summed": lambda q: q.delta,
    "taken": lambda q: q.x,
    "shares": lambda q: q.summed,
    "dw": lambda q: q.summed.turned().along(q.taken),
    "db": lambda q: q.shares.summed(),
    "dx": lambda q: q.delta.along(q.w),
}
"""The equations of what is behind δ."""


def backward(fig: Figures, change: Change = (), lr: float = 0.0) -> Iterator[Quantities]:
    """The quantities of every layer from the last to the first, under a change; what it leaves as it is, is not
    computed again."""
    previous: Quantities | None = None
    same = True
    for right in fig.right:
        here = tuple([step for step in change if step.is_in(right.m, fig.last)])
        if same and not here:
            above = right
        elif same and all(step.name in LATER for step in here):
            above = right.with_parameters(here, lr)
            above.above = previous
        else:
            above, same = Quantities(fig, right.m, previous, here, lr), False
        previous = above
        yield above
