"""Backpropagation as textbooks write it, layer by layer, with places where a mistake can be put in.

δ of an output is ∂L/∂z; δⱼ of a hidden unit is f'(zⱼ) · Σₖ δₖ wₖⱼ; ∂L/∂wⱼᵢ is Σ δⱼ xᵢ and ∂L/∂bⱼ is Σ δⱼ
over the samples. A `Change` alters one of these steps, and two can be joined.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import mul
from typing import Any, NamedTuple

from autograd.network import Activation, Network
from autograd.value import Value

Matrix = list[list[float]]


class Figures(NamedTuple):
    """The numbers of a network at one point, by layer, then sample, then unit.

    x, z, h     inputs, weighted sums and activations of the layer
    slope       f'(z)
    w           weights, by layer, neuron, input
    top         ∂L/∂z of the outputs, by sample
    out         ∂L/∂ŷ, by sample
    terms       how many terms the loss is the mean of
    square      whether the loss takes squares
    """

    x: list[Matrix]
    z: list[Matrix]
    h: list[Matrix]
    slope: list[Matrix]
    w: list[Matrix]
    top: Matrix
    out: Matrix
    activations: list[Activation]
    terms: int
    square: bool

    @property
    def samples(self) -> int:
        """How many there are."""
        return len(self.top)

    @property
    def layers(self) -> int:
        """How many there are."""
        return len(self.w)

    def first_sample(self) -> "Figures":
        """The same with the first sample alone; the loss is then of that."""
        share = self.samples if self.terms > 1 and self.terms % self.samples == 0 else 1
        cut = [[layer[:1] for layer in part] for part in (self.x, self.z, self.h, self.slope)]
        top, out = ([[d * share for d in row] for row in part[:1]] for part in (self.top, self.out))
        return self._replace(x=cut[0], z=cut[1], h=cut[2], slope=cut[3], top=top, out=out, terms=self.terms // share)


def figures(network: Network, values: Mapping[Any, float], gradients: Mapping[Any, float]) -> Figures:
    """The numbers of a network, where nodes have these values and the loss these slopes by them."""

    def value(x: Any) -> float:
        return x if type(x) is float else values[x]

    def slope(node: Value) -> float:
        return gradients.get(node, 0.0)

    layers = network.layers
    x = [[[value(node) for node in row[0].inputs] for row in layer] for layer in layers]
    z = [[[value(unit.z) for unit in row] for row in layer] for layer in layers]
    h = [[[value(unit.h) for unit in row] for row in layer] for layer in layers]
    slopes = [[[f.slope(number) for number in row] for row in zs] for f, zs in zip(network.activations, z, strict=True)]
    w = [[[value(weight) for weight in unit.weights] for unit in layer[0]] for layer in layers]
    top = [[slope(unit.z) for unit in row] for row in layers[-1]]
    out = [[slope(unit.h) for unit in row] for row in layers[-1]]
    return Figures(x, z, h, slopes, w, top, out, network.activations, network.terms, network.square)


Hook = Callable[..., Any]


class Change(NamedTuple):
    """What is done otherwise, each a tuple of functions applied one after the other; m counts layers, s samples.

    top     (δ, s, k)          the δ of output k
    slope   (f', m, s, j, g)   the slope of hidden unit j, g being ∂L/∂h
    carry   (w, m, k, j, dw, lr)  the weight that carries the δ of unit k of layer m + 1 down to unit j of layer m
    terms   (list, m)          the terms of Σₖ δₖ wₖⱼ
    taken   (x, m, s, j, i)    the input that δⱼ is multiplied by for the weight jᵢ
    bias    (δ, m, s, j)       the share of a sample in the gradient of the bias
    share   (1, m, s)          the weight of a sample in the sum over samples
    final   (dw, db, m, lr)    both gradients of a layer, when they are done
    """

    top: tuple[Hook, ...] = ()
    slope: tuple[Hook, ...] = ()
    carry: tuple[Hook, ...] = ()
    terms: tuple[Hook, ...] = ()
    taken: tuple[Hook, ...] = ()
    bias: tuple[Hook, ...] = ()
    share: tuple[Hook, ...] = ()
    final: tuple[Hook, ...] = ()

    def joined(self, other: "Change") -> "Change":
        """Both at once."""
        return Change(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def at(self, layer: int, unit: int) -> "Change":
        """The same in one neuron only."""

        def only(hook: Hook, place: Callable[..., tuple[int, int]]) -> Hook:
            return lambda x, *rest: hook(x, *rest) if place(*rest) == (layer, unit) else x

        return self._replace(
            slope=tuple(only(hook, lambda m, s, j, g: (m, j)) for hook in self.slope),
            carry=tuple(only(hook, lambda m, k, j, dw, lr: (m, j)) for hook in self.carry),
            taken=tuple(only(hook, lambda m, s, j, i: (m, j)) for hook in self.taken),
            bias=tuple(only(hook, lambda m, s, j: (m, j)) for hook in self.bias),
        )


class Slopes(NamedTuple):
    """The gradients of one layer: δ and ∂L/∂h by sample and unit, of weights by neuron and input, of biases; of the
    inputs of the first by sample."""

    layer: int
    delta: Matrix
    g: Matrix
    dw: Matrix
    db: list[float]
    dx: Matrix


UNCHANGED = Change()


def backward(fig: Figures, change: Change = UNCHANGED, lr: float = 0.0) -> Iterator[Slopes]:
    """The gradients of every layer from the last to the first, under a change."""
    above: Slopes | None = None
    for layer in reversed(range(fig.layers)):
        g = fig.out if above is None else carried_down(fig, change, layer, above, lr)
        above = _layer(fig, change, layer, g, lr, None)
        yield above


def one_neuron(fig: Figures, change: Change, lr: float, at: int, unit: int) -> Slopes:
    """The gradients of one neuron of a layer alone, with as little work as that takes; those of others are []."""
    above: Slopes | None = None
    for layer in reversed(range(at, fig.layers)):
        g = fig.out if above is None else carried_down(fig, change, layer, above, lr)
        above = _layer(
            fig, change, layer, g, lr, range(unit, unit + 1) if layer == at else None if change.carry else range(0)
        )
    assert above is not None
    return above


def carried_down(fig: Figures, change: Change, layer: int, above: Slopes, lr: float) -> Matrix:
    """∂L/∂h of the units of a layer: Σₖ δₖ wₖⱼ."""
    used = fig.w[layer + 1]
    for hook in change.carry:
        used = [[hook(w, layer, k, j, above.dw, lr) for j, w in enumerate(row)] for k, row in enumerate(used)]
    columns = list(zip(*used, strict=True))
    if not change.terms:
        return [[sum(map(mul, row, column)) for column in columns] for row in above.delta]
    found = []
    for row in above.delta:
        terms = [list(map(mul, row, column)) for column in columns]
        for hook in change.terms:
            terms = [hook(products, layer) for products in terms]
        found.append([sum(products) for products in terms])
    return found


def _layer(fig: Figures, change: Change, layer: int, g: Matrix, lr: float, units: range | None) -> Slopes:
    """The gradients of a layer; those of weights and biases for some units only, where these are given."""
    if layer == fig.layers - 1:
        delta = fig.top
        for hook in change.top:
            delta = [[hook(d, s, k) for k, d in enumerate(row)] for s, row in enumerate(delta)]
    else:
        slopes = fig.slope[layer]
        for hook in change.slope:
            slopes = [[hook(f, layer, s, j, g[s][j]) for j, f in enumerate(row)] for s, row in enumerate(slopes)]
        delta = [list(map(mul, upper, row)) for upper, row in zip(g, slopes, strict=True)]
    shares = [1.0] * len(delta)
    for hook in change.share:
        shares = [hook(share, layer, s) for s, share in enumerate(shares)]
    dw, db = _parameters(fig, change, layer, delta, shares, units)
    for hook in change.final if units is None else ():
        dw, db = hook(dw, db, layer, lr)
    columns = [] if layer or units is not None else list(zip(*fig.w[0], strict=True))
    dx = [[sum(map(mul, row, column)) for column in columns] for row in delta] if columns else []
    return Slopes(layer, delta, g, dw, db, dx)


def _parameters(
    fig: Figures, change: Change, layer: int, delta: Matrix, shares: Sequence[float], units: range | None
) -> tuple[Matrix, list[float]]:
    """Σ δⱼ xᵢ and Σ δⱼ over the samples."""
    rows = (
        [[share * d for d in row] for share, row in zip(shares, delta, strict=True)]
        if any(s != 1.0 for s in shares)
        else delta
    )
    inputs = list(zip(*fig.x[layer], strict=True))
    dw: Matrix = []
    db: list[float] = []
    for j, column in enumerate(zip(*rows, strict=True)):
        if units is not None and j not in units:
            dw.append([])
            db.append(0.0)
            continue
        taken: Sequence[Sequence[float]] = inputs
        for hook in change.taken:
            taken = [[hook(x, layer, s, j, i) for s, x in enumerate(xs)] for i, xs in enumerate(taken)]
        dw.append([sum(map(mul, column, xs)) for xs in taken])
        parts: Sequence[float] = column
        for hook in change.bias:
            parts = [hook(d, layer, s, j) for s, d in enumerate(parts)]
        db.append(sum(parts))
    return dw, db
