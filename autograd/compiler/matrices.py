"""Where the numbers of layers lie in memory: weights as matrices, and what is known of a few samples as tables."""

from itertools import count
from typing import NamedTuple

from autograd.compiler.costs import filled, lies_by_input
from autograd.compiler.layers import Layer, Layers

CHUNK = 128
"""So many samples go through the layers at a time: what is known of them stays in the cache."""

AT_ONCE = 4
"""So many registers of parameters are added up side by side, where all are."""


class Matrix(NamedTuple):
    """The weights of a layer in memory.

    A row has the weights of all units for one input (`by_input`), or of one unit for all inputs;
    those that are added, as weights of one input more that is 1. Rows are filled up with zeros, to
    whole registers. The next register of a row is `right` doubles on, the same of the next row `down`.
    By input, all that belongs to the first units comes first, then what belongs to the next: a core
    fetches ahead, and would take from another what that writes close by.
    """

    start: int
    rows: int
    width: int
    by_input: bool
    right: int
    down: int


class Table(NamedTuple):
    """Numbers of the samples of a chunk, a row for each, and where they begin.

    Where they are `elsewhere`, in the data, a row is their address.
    """

    start: int
    width: int
    elsewhere: bool = False


class Stage(NamedTuple):
    """A layer, and its numbers for the samples of a chunk.

    given   what goes in, and then 1, unless it lies in the data
    z       its sums
    delta   the slopes of the loss in z
    slope   those of what goes in, in the sums before; None for the first layer
    """

    layer: Layer
    matrix: Matrix
    given: Table
    z: Table
    delta: Table
    slope: Table | None


class Memory:
    """The matrices and tables of layers for steps of `batch` samples.

    stages  the layers, from the first to the last
    chunk   how many samples go through them at a time; the whole batch where it is `whole`
    padded  how many doubles the matrices are together
    size    how many doubles were given out for tables and the like
    """

    def __init__(self, layers: Layers, lanes: int, batch: int) -> None:
        self.lanes = lanes
        self.chunk, self.whole = min(batch, CHUNK), batch <= CHUNK
        self.size = 0
        self.stages = self._staged(layers)
        last = self.stages[-1].matrix
        self.padded = filled(last.start + last.rows * last.width, AT_ONCE * lanes)

    def take(self, n: int) -> int:
        """Where n doubles more begin, that nobody else uses."""
        start = self.size
        self.size += filled(n, 8)
        return start

    def _table(self, width: int) -> Table:
        return Table(self.take(width * (self.chunk + 8)), width)

    def _staged(self, layers: Layers) -> list[Stage]:
        """The layers with their places in memory."""
        found: list[Stage] = []
        start, lanes = 0, self.lanes
        given, slope = self._table(filled(layers.layers[0].n_inputs + 1, lanes)), None
        for layer in layers.layers:
            inputs = layer.n_inputs + bool(layer.biases)
            matrix = _laid(start, inputs, layer.n_units, lanes, slope is None, self.chunk)
            if slope is None and matrix.by_input:
                given = Table(self.take(self.chunk + 8), 1, elsewhere=True)
            start += matrix.rows * matrix.width
            width = filled(layer.n_units + 1, lanes)
            z, delta = self._table(width), self._table(width)
            found.append(Stage(layer, matrix, given, z, delta, slope))
            given, slope = self._table(width), self._table(width)
        return found

    @property
    def order(self) -> list[int]:
        """For every place among the matrices, the parameter that lies there; -1 where none does."""
        found = [-1] * self.padded
        for layer, matrix, *_ in self.stages:
            rows = [*zip(*layer.weights, strict=True), layer.biases] if matrix.by_input else None
            if rows is None:
                rows = [(*row, *layer.biases[k : k + 1]) for k, row in enumerate(layer.weights)]
            for start, row in zip(count(matrix.start, matrix.down), rows, strict=False):
                for k in range(0, len(row), self.lanes):
                    here, numbers = start + k // self.lanes * matrix.right, row[k : k + self.lanes]
                    found[here : here + len(numbers)] = numbers
        return found


def _laid(start: int, inputs: int, units: int, lanes: int, first: bool, samples: int) -> Matrix:
    """The matrix of a layer as it is less work."""
    high, wide = filled(inputs, lanes), filled(units, lanes)
    if lies_by_input(inputs, units, lanes, first, samples):
        return Matrix(start, inputs, wide, True, inputs * lanes, lanes)
    return Matrix(start, units, high, False, lanes, high)
