"""Layers one after the other, and nothing else: what many networks are, and what can be told of in fewer words."""

from typing import NamedTuple

from autograd.compiler.between import Shapes, extracted, moved_inputs, weighted_with_slopes, with_slopes
from autograd.compiler.layers import Layer, Layers
from autograd.compiler.program import Program


class Chain(NamedTuple):
    """A function of a row, a loss mostly, as layers one after the other.

    columns      the columns of the row that go into the first layer, side by side
    layers       from the first to the last
    activations  of z, between a layer and the next: h = f(z) and, with slopes, f'(z), the same for all units
    head         of the last layer's z and, where one is used, all columns: the results; with slopes, also of the
                 row's weight: the weighted loss, and δ, its slope in every z
    """

    columns: range
    layers: tuple[Layer, ...]
    activations: tuple[Program, ...]
    head: Program

    @property
    def with_slopes(self) -> "Chain":
        """The same with f'(z) and δ, of a loss."""
        activations = tuple(with_slopes(activation, [0]) for activation in self.activations)
        return self._replace(
            activations=activations, head=weighted_with_slopes(self.head, range(self.layers[-1].n_units))
        )


def chain_of(found: Layers) -> Chain | None:
    """Layers as a chain; None where a matrix has two uses, or is not trained, or something goes past a layer."""
    _, columns, *sums = found.kinds
    first, *others = found.given
    matrices = {layer.weights[0][0] for layer in found.layers if layer.trained}
    if found.outside or len(matrices) < len(found.layers):
        return None
    shapes = Shapes(found.between, found.kinds)
    begins = [(run.function.steps, run.operands) for run in shapes.runs(first) or ()]
    if begins != [((), first[:1])] or first[0] not in columns:
        return None
    activations = []
    for places, before in zip(others, sums, strict=False):
        runs = shapes.runs(places) or []
        if [(run.n, run.operands) for run in runs] != [(len(before), (before.start,))]:
            return None
        activations.append(runs[0].function)
    leaves, head = extracted(found.between, found.results)
    outside = columns if not sums[-1].start <= min(leaves, default=0) else range(0)
    inputs = {place: k for k, place in enumerate((*sums[-1], *outside))}
    if not inputs.keys() >= set(leaves):
        return None
    start = int(first[0]) - columns.start
    widened = moved_inputs(head, [inputs[place] for place in leaves], len(inputs))
    return Chain(range(start, start + len(first)), found.layers, tuple(activations), widened)
