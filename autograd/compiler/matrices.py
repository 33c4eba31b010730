"""Where the numbers of layers lie in memory: weights as matrices, and what is known of a few samples as tables."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

from autograd.compiler.between import Run, Shapes, extracted
from autograd.compiler.layers import Layer, Layers
from autograd.compiler.program import Place

CHUNK = 128
"""So many samples go through the layers at a time: what is known of them stays in the cache."""

AT_ONCE = 4
"""So many registers of parameters are added up side by side, where all are."""


class Matrix(NamedTuple):
    """The weights of a layer in memory, row after row.

    A row has the weights of all units for one input (`by_input`), or of one unit for all inputs;
    those that are added, as weights of one input more that is 1. Rows are filled up with zeros.
    """

    start: int
    rows: int
    width: int
    by_input: bool


class Table(NamedTuple):
    """Numbers of the samples of a chunk, a row for each, and where they begin.

    Where they are `elsewhere`, in the data, a row is their address.
    """

    start: int
    width: int
    elsewhere: bool = False


class Piece(NamedTuple):
    """Some of what goes into a layer, unit by unit, and of every operand the slopes in it, None where not needed."""

    run: Run
    slopes: list[Table | None]


class Stage(NamedTuple):
    """A layer, and its numbers for the samples of a chunk.

    given     what goes in, and then 1, unless it lies in the data
    pieces    what that is, unit by unit; None where it is straight-line code
    z         its sums
    delta     the slopes of the loss in z
    live      whether they are needed
    returned  those in what goes in; None where they are not needed, or become δ of a layer before at once
    before    that layer: what goes in is one function of all its sums, which are needed nowhere else
    """

    layer: Layer
    matrix: Matrix
    given: Table
    pieces: list[Piece] | None
    z: Table
    delta: Table
    live: bool
    returned: Table | None
    before: int | None


class Memory:
    """The matrices and tables of layers for steps of `batch` samples.

    stages   the layers, in order
    chunk    how many samples go through them at a time
    whole    whether they are a step, whose gradient is that of a matrix with one use
    outside  where the parameters lie that are outside of the matrices, or needed there too
    padded   how many doubles the trained matrices, and what is outside of them, are together
    fixed    by place, the numbers that are not trained, behind all that is remembered of the parameters
    end      how many doubles all that is
    size     how many doubles were given out for tables and the like
    """

    def __init__(self, layers: Layers, lanes: int, batch: int, n_memories: int) -> None:
        self.layers, self.lanes = layers, lanes
        self.chunk = min(batch, CHUNK)
        self.size = 0
        self._live, self._back = _trained(layers)
        self._shapes = Shapes(layers.between, layers.kinds)
        self._rows: list[tuple[int, Sequence[Place]]] = []
        matrices, end = self._matrices()
        at: dict[Place, int] = {}
        for start, row in self._rows if layers.outside else ():
            at.update(zip(row, count(start), strict=False))
        apart = tuple(p for p in layers.outside if p not in at)
        at.update(zip(apart, count(end), strict=False))
        self.outside = [at[p] for p in layers.outside]
        self._rows.append((end, apart))
        end += len(apart)
        self.padded = _filled(end, AT_ONCE * lanes)
        trained = [layer.weights[0][0] for layer in layers.layers if layer.trained]
        self.whole = batch <= CHUNK and len(set(trained)) == len(trained) and not layers.outside
        self.fixed: dict[int, float] = {}
        end = self.padded * (1 + n_memories)
        for k, (layer, matrix) in enumerate(zip(layers.layers, matrices, strict=True)):
            if not layer.trained:
                matrices[k] = matrix._replace(start=end)
                for start, row in _placed(layer, matrices[k]):
                    self.fixed.update(zip(count(start), map(float, row), strict=False))
                end += matrix.rows * matrix.width
        self.end = end + lanes  # the last are read by whole registers
        self._reads = [set(extracted(layers.between, places)[0]) for places in layers.given]
        self.read_last = set(extracted(layers.between, layers.results)[0])
        self.stages = [self._staged(k, matrix) for k, matrix in enumerate(matrices)]

    def take(self, n: int) -> int:
        """Where n doubles more begin, that nobody else uses."""
        start = self.size
        self.size += _filled(n, 8)
        return start

    def _table(self, width: int) -> Table:
        return Table(self.take(width * (self.chunk + 8)), width)

    @property
    def order(self) -> list[int]:
        """For every place among the matrices, the parameter that lies there; -1 where none does."""
        found: list[Any] = [-1] * self.padded
        for start, row in self._rows:
            found[start : start + len(row)] = row
        return found

    def live(self, place: int) -> bool:
        """Whether slopes are needed in something that what is between layers is computed from."""
        return place in self._live

    def sums_of(self, place: int) -> tuple[Stage, int] | None:
        """Whose sum that is, and which; None where it is none."""
        for stage, own in zip(self.stages, self.layers.kinds[2:], strict=False):
            if place in own:
                return stage, place - own.start
        return None

    def _matrices(self) -> tuple[list[Matrix], int]:
        """The matrix of every layer, one where the weights are the same; and where the trained ones end."""
        found: list[Matrix] = []
        homes: dict[Place, tuple[Layer, Matrix]] = {}
        end = 0
        for layer, back in zip(self.layers.layers, self._back, strict=True):
            home = homes.get(layer.weights[0][0]) if layer.trained else None
            if home is not None:
                same = home[0].weights == layer.weights
                found.append(home[1] if same else home[1]._replace(by_input=not home[1].by_input))
                continue
            matrix = _laid(end, layer.n_inputs + bool(layer.biases), layer.n_units, self.lanes, first=not back)
            found.append(matrix)
            if layer.trained:
                homes[layer.weights[0][0]] = layer, matrix
                self._rows += _placed(layer, matrix)
                end += matrix.rows * matrix.width
        return found, end

    def _staged(self, number: int, matrix: Matrix) -> Stage:
        """A layer with its places in memory."""
        layer, places, back = self.layers.layers[number], self.layers.given[number], self._back[number]
        _, columns, *sums = self.layers.kinds
        runs = self._shapes.runs(places)
        if runs is not None and any(map(self._crosses, runs)):
            runs = None
        one = runs[0] if runs and runs[0].n == layer.n_inputs and len(runs[0].operands) == 1 else None
        elsewhere = one is not None and matrix.by_input and one.operands[0] in columns
        width, units = (_filled(n + 1, self.lanes) for n in (layer.n_inputs, layer.n_units))
        given = Table(self.take(self.chunk + 8), 1, elsewhere=True) if elsewhere else self._table(width)
        before = self._all_of(number, one.operands[0]) if one is not None and back else None
        pieces = None
        if runs is not None:
            tables = [[self._table(width) if back and x in self._live else None for x in run.operands] for run in runs]
            pieces = list(map(Piece, runs, tables))
        returned = self._table(width) if back and before is None else None
        live = sums[number].start in self._live
        return Stage(layer, matrix, given, pieces, self._table(units), self._table(units), live, returned, before)

    def _all_of(self, number: int, place: int) -> int | None:
        """The layer whose sums begin at a place, where all go into the layer of this number, and nowhere else."""
        elsewhere = self.read_last.union(*self._reads[:number], *self._reads[number + 1 :])
        for k, own in enumerate(self.layers.kinds[2:]):
            if own.start == place and len(own) == self.layers.layers[number].n_inputs and elsewhere.isdisjoint(own):
                return k
        return None

    def _crosses(self, run: Run) -> bool:
        """Whether a run reads columns other than to copy them, or parameters that do not lie side by side."""
        parameters, columns, *_ = self.layers.kinds
        own = [[*range(x, x + run.n)] for x in run.operands]
        at = self.outside
        apart = any(x[0] in parameters and at[x[0]] + run.n - 1 != at[x[-1]] for x in own)
        return apart or (any(x[0] in columns for x in own) and bool(run.function.steps))


def _trained(layers: Layers) -> tuple[set[int], list[bool]]:
    """What `between` is computed from that slopes are needed in; and for every layer, whether in what goes into it."""
    parameters, _, *sums = layers.kinds
    live, back = set(parameters), []
    for layer, places, own in zip(layers.layers, layers.given, sums, strict=True):
        varying = layers.between.depends_on(live)
        back.append(any(type(x) is int and varying[x] for x in places))
        live.update(own if layer.trained or back[-1] else ())
    return live, back


def _placed(layer: Layer, matrix: Matrix) -> Iterator[tuple[int, Sequence[Place]]]:
    """The rows of a layer's matrix, each with its place in memory."""
    if matrix.by_input:
        rows: Iterable[Sequence[Place]] = (*layer.turned, layer.biases)
    else:
        rows = ((*row, *layer.biases[k : k + 1]) for k, row in enumerate(layer.weights))
    return zip(count(matrix.start, matrix.width), rows, strict=False)


def _laid(start: int, inputs: int, units: int, lanes: int, first: bool) -> Matrix:
    """The matrix of a layer as it is less work: where few zeros are multiplied, and few sums are taken across lanes.

    The first layer goes forward only, and has none of these sums if it lies by inputs.
    """
    wide, high = inputs * _filled(units, lanes), units * _filled(inputs, lanes)
    by_input = wide + (0 if first else lanes * inputs) <= high + lanes * units
    if by_input:
        return Matrix(start, inputs, _filled(units, lanes), True)
    return Matrix(start, units, _filled(inputs, lanes), False)


def _filled(n: int, lanes: int) -> int:
    return -(-n // lanes) * lanes
