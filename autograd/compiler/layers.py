"""Layers found in a program: weighted sums of the same operands are one matrix product, z = W·x + b."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, chain, pairwise
from typing import Any, NamedTuple

from autograd.compiler.between import Shapes, moved_inputs
from autograd.compiler.program import Place, Program, Step
from autograd.ops import add, mul, sum_of, weighted_sum
from autograd.primitive import Primitive

WORTH, MANY = 64, 12
"""Weights: layers of fewer are written out where there would be more layers than so many, and where none is trained."""


class Layer(NamedTuple):
    """Weighted sums over the same inputs, by unit.

    weights  for every unit, the parameter beside every input; numbers where the layer is not trained
    biases   for every unit, what is added, likewise; empty where nothing is, or what is elsewhere too
    """

    weights: tuple[tuple[Place, ...], ...]
    biases: tuple[Place, ...]

    @property
    def n_inputs(self) -> int:
        """How many inputs there are."""
        return len(self.weights[0])

    @property
    def n_units(self) -> int:
        """How many sums there are."""
        return len(self.weights)

    @property
    def trained(self) -> bool:
        """Whether its weights are parameters."""
        return type(self.weights[0][0]) is int

    @property
    def turned(self) -> tuple[tuple[Place, ...], ...]:
        """For every input, the parameter beside it in every unit."""
        return tuple(zip(*self.weights, strict=True))


class Layers(NamedTuple):
    """A loss of a row as layers, and what is between them.

    layers    each needs only sums of those before it; two may have the same weights, or one those of the other, turned
    between   what goes into every layer, one layer after the other, and the loss; from the parameters that are
              `outside` of all matrices or needed there too, the columns of the row, and the sums of all layers
    outside   these parameters
    """

    layers: tuple[Layer, ...]
    between: Program
    outside: tuple[int, ...]

    @property
    def n_weights(self) -> int:
        """How many weights are in their sums, those of a matrix with two uses twice, and what is added."""
        return sum(layer.n_units * layer.n_inputs + len(layer.biases) for layer in self.layers)

    @property
    def size(self) -> int:
        """How many operands the weighted sums of a row have, forward and back, and the slopes of their weights."""
        return sum(6 * layer.n_units * layer.n_inputs for layer in self.layers)

    @property
    def kinds(self) -> list[range]:
        """Which inputs of `between` are parameters, columns, and the sums of every layer."""
        n_sums = sum(layer.n_units for layer in self.layers)
        n_columns = self.between.n_inputs - len(self.outside) - n_sums
        return _ranges([len(self.outside), n_columns, *(layer.n_units for layer in self.layers)])

    @property
    def given(self) -> list[tuple[Place, ...]]:
        """What goes into every layer, as places of `between`."""
        outputs = self.between.outputs
        return [outputs[own.start : own.stop] for own in _ranges(layer.n_inputs for layer in self.layers)]

    @property
    def results(self) -> tuple[Place, ...]:
        """The loss, or whatever else is made of them, as places of `between`."""
        return self.between.outputs[sum(layer.n_inputs for layer in self.layers) :]


def _ranges(sizes: Iterable[int]) -> list[range]:
    """Ranges of these sizes, one after the other."""
    return [range(a, b) for a, b in pairwise(accumulate(sizes, initial=0))]


class _Sum(NamedTuple):
    """A weighted sum: its operands as written, the weight of each; what is added; further terms, as one or two factors.

    An operand is a place, or below 0 and stands for a number.
    """

    inputs: tuple[int, ...]
    weights: tuple[Place, ...]
    biases: list[Place]
    rest: list[tuple[Place, ...]]


class _Group(NamedTuple):
    """Weighted sums of the same operands, by place, in order."""

    sums: dict[int, _Sum]

    @property
    def inputs(self) -> tuple[int, ...]:
        """The operands, as the first is written."""
        return next(iter(self.sums.values())).inputs

    @property
    def layer(self) -> Layer:
        """The sums as a layer."""
        inputs, weights = self.inputs, []
        for one in self.sums.values():
            own = dict(zip(one.inputs, one.weights, strict=True)) if one.inputs != inputs else {}
            weights.append(tuple(own[x] for x in inputs) if own else one.weights)
        return Layer(tuple(weights), tuple(one.biases[0] for one in self.sums.values() if one.biases))


def layers_in(loss: Program, n_parameters: int) -> Layers | None:
    """The layers of a loss of parameters and columns; None where there is none.

    Every weighted sum is in a layer with all others of the same operands. A parameter is a weight of
    one layer, or of such as have the same matrix; where it is met elsewhere, it is in what is between.
    """
    reader = _Reader(loss, n_parameters)
    kept = sorted(_kept(reader.groups()), key=lambda one: max(one[0].inputs))  # sums come after their operands
    if not kept:
        return None
    numbers = {operand: float.fromhex(number) for (number, _), operand in reader.numbers.items()}
    layers, between = tuple(layer for _, layer in kept), _between(loss, kept, numbers)
    needed = {arg for step in between.steps for arg in step.args if type(arg) is int and arg < n_parameters}
    outside = tuple(sorted(needed | {p for p in between.outputs if type(p) is int and p < n_parameters}))
    trained = [row for layer in layers if layer.trained for row in (layer.biases, *layer.weights)]
    if not {*outside, *chain.from_iterable(trained)}.issuperset(range(n_parameters)):
        return None
    n_inputs = between.n_inputs - n_parameters + len(outside)
    moves = [*[-1] * n_parameters, *range(len(outside), n_inputs)]
    for k, p in enumerate(outside):
        moves[p] = k
    return _in_order(Layers(layers, moved_inputs(between, moves, n_inputs), outside))


def _in_order(found: Layers) -> Layers:
    """The same with equal functions side by side: units in the order in which they are needed, inputs in theirs.

    Layers of one matrix are left as they are.
    """
    uses = Counter(layer.weights[0][0] for layer in found.layers if layer.trained)
    free = [uses[layer.weights[0][0]] <= 1 for layer in found.layers]
    shapes = Shapes(found.between, found.kinds)
    needs: dict[int, tuple[Any, ...]] = {}  # of every operand, by what function it is needed first
    for number, places in enumerate(found.given):
        for shape, leaves in map(shapes.of, places):
            for slot, leaf in enumerate(leaves):
                needs.setdefault(leaf, (number, str(shape), slot, leaf))
    layers, to = [], list(range(found.between.n_inputs))
    for layer, own, moves in zip(found.layers, found.kinds[2:], free, strict=True):
        order = _order([needs.get(z, (len(free),)) for z in own]) if moves else range(len(own))
        biases = tuple(layer.biases[u] for u in order) if layer.biases else ()
        layers.append(Layer(tuple(layer.weights[u] for u in order), biases))
        for new, old in zip(own, order, strict=True):
            to[own[old]] = new
    found = found._replace(layers=tuple(layers), between=moved_inputs(found.between, to, found.between.n_inputs))
    shapes = Shapes(found.between, found.kinds)
    outputs: list[Place] = []
    for k, (places, moves) in enumerate(zip(found.given, free, strict=True)):
        order = _order([shapes.of(place)[1] for place in places]) if moves else range(len(places))
        if list(order) != list(range(len(order))):
            layers[k] = layers[k]._replace(weights=tuple(tuple(row[j] for j in order) for row in layers[k].weights))
        outputs += [places[j] for j in order]
    return found._replace(
        layers=tuple(layers), between=found.between._replace(outputs=(*outputs, *found.results))
    )


def _order(keys: Sequence[Any]) -> Sequence[int]:
    """The numbers of these, from the least to the greatest."""
    return sorted(range(len(keys)), key=keys.__getitem__)


def _kept(groups: Sequence[_Group]) -> Iterator[tuple[_Group, Layer]]:
    """The groups that are done as layers; what a matrix with several uses, or a bias with several, adds is left out."""
    sizes = [len(group.inputs) * len(group.sums) for group in groups]
    least = 2 if sum(size > 1 for size in sizes) <= MANY else WORTH
    matrices: list[tuple[tuple[Place, ...], ...]] = []
    chosen: list[tuple[_Group, Layer, int]] = []
    owned: set[Place] = set()
    for size, group in sorted(zip(sizes, groups, strict=True), key=lambda one: -one[0]):
        layer = group.layer
        if size < (least if layer.trained else WORTH):
            continue
        weights = {*chain.from_iterable(layer.weights)} if layer.trained else set()
        which = len(matrices)
        if layer.trained and (len(weights) < size or not owned.isdisjoint(weights)):
            either = layer.weights, layer.turned
            which = next((k for k, one in enumerate(matrices) if one in either), -1)
        if which == len(matrices):
            matrices.append(layer.weights)
        if which >= 0:
            owned |= weights
            chosen.append((group, layer, which))
    uses = Counter(which for *_, which in chosen)
    times = Counter(chain.from_iterable(layer.biases for _, layer, _ in chosen if layer.trained))
    for group, layer, which in chosen:
        apart = layer.trained and (uses[which] > 1 or any(times[b] > 1 or b in owned for b in layer.biases))
        yield group, layer._replace(biases=()) if apart else layer


def _between(loss: Program, kept: Sequence[tuple[_Group, Layer]], numbers: Mapping[int, float]) -> Program:
    """The loss with the sums of the layers among its inputs, and what goes into these among its outputs.

    numbers  what operands below 0 are
    """
    sums: dict[int, list[tuple[Place, ...]]] = {}
    for group, layer in kept:
        for place, one in group.sums.items():
            sums[place] = one.rest + [(b,) for b in one.biases if not layer.biases]
    moved: dict[int, Place] = dict(numbers)
    moved.update((place, loss.n_inputs + k) for k, place in enumerate(sums))
    inputs = [x for group, _ in kept for x in group.inputs]
    needed: set[int] = set()
    stack = [x for x in (*inputs, *loss.outputs) if type(x) is int]
    while stack:
        place = stack.pop()
        if place >= loss.n_inputs and place not in needed:
            needed.add(place)
            args = chain.from_iterable(sums[place]) if place in sums else loss.steps[place - loss.n_inputs].args
            stack += [x for x in args if type(x) is int]
    n_inputs = loss.n_inputs + len(sums)
    steps: list[Step] = []

    def now(x: Place) -> Place:
        return moved.get(x, x) if type(x) is int else x

    def appended(op: Primitive, args: Iterable[Place]) -> int:
        steps.append(Step(op, tuple(map(now, args))))
        return n_inputs + len(steps) - 1

    for place in sorted(needed):
        if place not in sums:
            moved[place] = appended(*loss.steps[place - loss.n_inputs])
        elif sums[place]:
            terms = [appended(mul, one) if len(one) == 2 else now(one[0]) for one in sums[place]]
            steps.append(Step(sum_of, (moved[place], *terms)))
            moved[place] = n_inputs + len(steps) - 1
    return Program(n_inputs, tuple(steps), tuple(map(now, (*inputs, *loss.outputs))))


class _Reader:
    """Reads the weighted sums of a loss from its end on.

    numbers  by number, and how many stood before it in its sum, the operand that stands for it
    """

    def __init__(self, loss: Program, n_parameters: int) -> None:
        self.loss, self.n = loss, n_parameters
        self.numbers: dict[tuple[str, int], int] = {}

    @cached_property
    def _uses(self) -> Counter[Place]:
        """How often every place is an operand or the end."""
        return Counter(chain(chain.from_iterable(step.args for step in self.loss.steps), self.loss.outputs))

    def groups(self) -> list[_Group]:
        """The weighted sums that the loss needs, those of the same operands together."""
        found: dict[tuple[bool, bool, tuple[int, ...]], dict[int, _Sum]] = {}
        stack, seen = [place for place in self.loss.outputs if type(place) is int], set()
        while stack:
            place = stack.pop()
            if place < self.loss.n_inputs or place in seen:
                continue
            seen.add(place)
            own = self._weighted(place)
            if own is None:
                stack += [arg for arg in self.loss.steps[place - self.loss.n_inputs].args if type(arg) is int]
                continue
            key = type(own.weights[0]) is int, bool(own.biases), tuple(sorted(own.inputs))
            if key not in found:
                found[key] = {}
                stack += own.inputs
            found[key][place] = own
            stack += [x for x in chain.from_iterable(own.rest) if type(x) is int]
        return [_Group(dict(sorted(sums.items()))) for sums in found.values()]

    def _weighted(self, place: int) -> _Sum | None:
        """A place as a weighted sum, however it was written; None where it is something else.

        The weights are the parameters in it that stand beside something else, or the numbers where there are none.
        """
        left, right, alone, pieces = self._terms(place)
        if not left or (pieces > 1 and self.loss.steps[place - self.loss.n_inputs].op is not weighted_sum):
            return None
        rest: list[tuple[Place, ...]] = []
        numbers = float in map(type, chain(left, right))
        if not numbers and max(left) >= self.n:  # x·w somewhere, rather than w·x
            left, right = map(list, zip(*map(sorted, zip(left, right, strict=True)), strict=True))
        if numbers or not max(left) < self.n <= min(right) or len(set(right)) < len(right):
            left, right, rest = self._sorted_out(left, right)
            if not left:
                return None
        rank = self._rank(left[0])
        alone = [term for term in alone if type(term) is int or term != 0.0]  # Python's sum begins with 0
        first = next((k for k, term in enumerate(alone) if self._rank(term) == rank), None)
        biases = [] if first is None else [alone.pop(first)]
        return _Sum(tuple(right), tuple(left), biases, rest + [(term,) for term in alone])

    def _sorted_out(self, left: Sequence[Place], right: Sequence[Place]) -> tuple[list[Any], list[Any], list[Any]]:
        """Of products the weights, what these stand beside, and the products that have none."""
        products: dict[int, Place] = {}
        numbers: dict[int, Place] = {}
        rest: list[tuple[Place, Place]] = []
        for pair in zip(left, right, strict=True):
            a, b = sorted(pair, key=self._rank)
            ranks = self._rank(a), self._rank(b)
            own = numbers if ranks == (1, 2) else products
            operand = b if type(b) is int else self._stand_in(float(b), len(own))
            if ranks in ((0, 1), (0, 2), (1, 2)) and operand not in own:
                own[operand] = a
            else:
                rest.append(pair)
        if products:
            rest += [(a, x) for x, a in numbers.items()]
        chosen = products or numbers
        return list(chosen.values()), list(chosen), rest

    def _stand_in(self, number: float, before: int) -> int:
        """The operand that stands for a number."""
        return self.numbers.setdefault((number.hex(), before), -1 - len(self.numbers))

    def _rank(self, place: Place) -> int:
        """0 for a parameter, 1 for a number, 2 for what differs from row to row."""
        return 1 if type(place) is float else 0 if place < self.n else 2

    def _terms(self, place: int) -> tuple[list[Any], list[Any], list[Place], int]:
        """The terms of a sum: factors of the products; those that are no products; in how many pieces it is written.

        A sum in it that is needed elsewhere too is a term as it is. Single products are a piece together.
        """
        pieces, single = 0, False
        left: list[Any] = []
        right: list[Any] = []
        alone: list[Place] = []
        stack: list[Place] = [place]
        while stack:
            here = stack.pop()
            inner = type(here) is int and here >= self.loss.n_inputs
            op, args = self.loss.steps[int(here) - self.loss.n_inputs] if inner else (None, ())
            if op not in (add, sum_of, weighted_sum, mul) or (here != place and self._uses[here] > 1):
                alone.append(here)
            elif op is add or op is sum_of:
                stack += reversed(args)
            else:
                n = len(args) // 2
                pieces, single = pieces + (op is weighted_sum), single or op is mul
                left += args[:n]
                right += args[n : 2 * n]
                stack += args[2 * n :]
        return left, right, alone, pieces + single
