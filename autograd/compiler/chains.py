"""Layers one after the other, each of all that the one before gives: most networks, and those of textbooks."""

from typing import NamedTuple

from autograd.compiler.between import Shapes, extracted, moved_inputs, weighted_with_slopes, with_slopes
from autograd.compiler.layers import Layer, Layers
from autograd.compiler.program import Program


class Chain(NamedTuple):
    """A function of a row, a loss mostly, as layers one after the other.

    columns      the columns of the row that go into the first layer, side by side
    layers       from the first to the last
    activations  of z, between a layer and the next: h = f(z) and, with slopes, f'(z), the same for all units
    head         of the last layer's z and all columns: the results; with slopes, also of the row's weight: the
                 weighted loss, and δ, its slope in every z
    """

    columns: range
    layers: tuple[Layer, ...]
    activations: tuple[Program, ...]
    head: Program

    @property
    def with_slopes(self) -> "Chain":
        """The same with all slopes."""
        activations = tuple(with_slopes(activation, [0]) for activation in self.activations)
        return self._replace(
            activations=activations, head=weighted_with_slopes(self.head, range(self.layers[-1].n_units))
        )


def chain(found: Layers) -> Chain | None:
    """Layers as a chain, None where they are none: every parameter must be in one of them, and once."""
    _, columns, *sums = found.kinds
    shapes = Shapes(found.between, found.kinds)
    runs = [own[0] for own in map(shapes.runs, found.given) if own is not None and len(own) == 1]
    used = {p for layer in found.layers for row in (layer.biases, *layer.weights) for p in row}
    if (
        found.outside or len(runs) < len(found.layers) or not all(layer.trained for layer in found.layers)
        or len(used) < found.n_weights or runs[0].function.steps
    ):  # fmt: skip
        return None
    begins = [run.operands for run in runs]
    if begins[1:] != [(own.start,) for own in sums[:-1]] or len(begins[0]) != 1 or begins[0][0] not in columns:
        return None
    if any(len(own) != layer.n_inputs for own, layer in zip(sums, found.layers[1:], strict=False)):
        return None
    results = found.between.outputs[sum(layer.n_inputs for layer in found.layers) :]
    leaves, head = extracted(found.between, results)
    inputs = [*sums[-1], *columns]
    if not {*inputs}.issuperset(leaves):
        return None
    first = begins[0][0] - columns.start
    head = moved_inputs(head, list(map(inputs.index, leaves)), len(inputs))
    activations = tuple(run.function for run in runs[1:])
    return Chain(range(first, first + found.layers[0].n_inputs), found.layers, activations, head)
