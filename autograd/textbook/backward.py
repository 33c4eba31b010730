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

RIGHT: dict[str, Equation] = {
    "handed": lambda q: q.above and q.above.delta,
    "carry": lambda q: q.above and q.above.w,
    "g": lambda q: q.handed.along(q.carry) if q.above else q.fig.out,
    "slope": lambda q: q.fig.slope[q.m],
    "delta": lambda q: q.g * q.slope if q.above else q.fig.top,
    "summed": lambda q: q.delta,
    "taken": lambda q: q.x,
    "shares": lambda q: q.summed,
    "dw": lambda q: q.summed.turned().along(q.taken),
    "db": lambda q: q.shares.summed(),
    "dx": lambda q: q.delta.along(q.w),
}
"""The equations of a layer without a mistake, each of quantities that stand before it."""

EQUATIONS = RIGHT.keys() | {"top"}
"""What a mistake may change; `top` is the δ of the outputs."""

NAMES = list(RIGHT)
ORDER = {name: place for place, name in enumerate(NAMES)} | {"top": NAMES.index("delta")}
BELOW = ("handed", "carry", "g", "slope", "delta")
SIGNALS = (*BELOW, "top")
"""What is handed down; `BELOW` what the outputs do not have, as their δ is given."""

MADE_OF = {
    "h": ("handed", "carry", "g"),
    "z": SIGNALS,
    "x": (*SIGNALS, "dx"),
    "w": (*SIGNALS, "summed", "taken", "dw"),
    "b": (*SIGNALS, "summed", "shares", "db"),
}
"""By what a gradient is by, the equations of its layer that it is made of."""


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
        return (self.layers is None or m in self.layers) and (m < last or self.name not in BELOW)


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
    """The quantities of one layer in the backward pass, under the names of the textbook, computed when asked for.

    fig, m, lr    the network, the number of the layer, the learning rate
    above         the same of the layer above, None at the outputs
    x z h w       of this layer as in the forward pass
    """

    fig: Figures
    m: int
    x: Grid
    z: Grid
    h: Grid
    w: Grid
    handed: Grid
    carry: Grid
    g: Grid
    slope: Grid
    delta: Grid
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
        self._steps = steps
        self._otherwise = ["delta" if step.name == "top" else step.name for step in steps]

    def changed(self, above: "Quantities | None", steps: Change, lr: float) -> "Quantities":
        """The same with something done otherwise; what the equations have before that is not computed again."""
        q = Quantities(self.fig, self.m, above, steps, lr)
        if above is None or above.delta is self.above.delta:
            first = min([ORDER[step.name] for step in steps])
            q.__dict__ |= {name: getattr(self, name) for name in NAMES[: first + 1]}
            q._mistake(NAMES[first])
        return q

    def __getattr__(self, name: str) -> Grid:
        if name not in RIGHT:
            raise AttributeError(name)
        self.__dict__[name] = RIGHT[name](self)
        if name in self._otherwise:
            self._mistake(name)
        return self.__dict__[name]  # type: ignore[no-any-return]

    def _mistake(self, name: str) -> None:
        """Put what the steps make of a quantity in its place, one after the other."""
        for own, step in zip(self._otherwise, self._steps, strict=True):
            if own == name:
                value, new = self.__dict__[name], step.new(self)
                if step.unit is not None:  # a neuron has a row of dw, and a column of everything else
                    new = value.replaced(new, *((step.unit, step.entry) if name == "dw" else (None, step.unit)))
                self.__dict__[name] = value.like(new, value)

    def at(self, kind: str, *where: int) -> Any:
        """One gradient: ("w", layer, neuron, input), ("b", layer, neuron), ("z", layer, sample, unit), ("h", layer,
        sample, unit), ("x", sample, input)."""
        if kind == "b":
            return self.db.rows[0][where[-1]]
        row, column = where[-2:]
        if kind == "w" and "dw" not in self._otherwise:  # it alone
            return dot([each[row] for each in self.summed.rows], [each[column] for each in self.taken.rows])
        of = self.dw if kind == "w" else self.delta if kind == "z" else self.g if kind == "h" else self.dx
        return of.rows[row][column]


def backward(fig: Figures, change: Change = (), lr: float = 0.0) -> Iterator[Quantities]:
    """The quantities of every layer from the last to the first, under a change; what it leaves as it is, is not
    computed again."""
    above: Quantities | None = None
    for right in fig.right:
        here = tuple([step for step in change if step.is_in(right.m, fig.last)])
        if here or (above is not None and above.delta is not right.above.delta):
            above = right.changed(above, here, lr)
        else:
            above = right
        yield above
