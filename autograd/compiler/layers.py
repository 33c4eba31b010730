"""Layers found in a program: weighted sums of the same operands are one matrix product, z = W·x + b."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

from autograd.compiler.program import Place, Program, Step, cancelled, program
from autograd.graph import cotangents
from autograd.ops import add, mul, sum_of, weighted_sum
from autograd.symbol import Symbol, exactly


class Layer(NamedTuple):
    """Weighted sums over the same inputs, by unit.

    weights  for every unit, the parameter beside every input
    biases   for every unit, the parameter that is added; empty where none is
    """

    weights: tuple[tuple[int, ...], ...]
    biases: tuple[int, ...]

    @property
    def n_inputs(self) -> int:
        """How many inputs there are."""
        return len(self.weights[0])

    @property
    def n_units(self) -> int:
        """How many sums there are."""
        return len(self.weights)


class Layers(NamedTuple):
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
    def size(self) -> int:
        """How many operands the weighted sums of a row have, forward and back, and the slopes of their weights."""
        return sum(6 * layer.n_units * layer.n_inputs for layer in self.layers)


class _Sum(NamedTuple):
    """A weighted sum: its operands in order, the weight of each, and the parameter that is added, if one is."""

    inputs: tuple[int, ...]
    weights: tuple[int, ...]
    bias: int | None


def layers_in(loss: Program, n_parameters: int) -> Layers | None:
    """The layers that a loss is made of, with all slopes; None where it is more, or something else."""
    found = forward_layers(loss, n_parameters)
    if found is None:
        return None
    ended = _with_slopes(found.head, found.layers[-1].n_units)
    activations = [_with_slope(activation) for activation in found.activations]
    if ended is None or any(one is None for one in activations):
        return None
    return found._replace(activations=tuple(a for a in activations if a is not None), head=ended)


def forward_layers(function: Program, n_parameters: int) -> Layers | None:
    """The layers that a function is made of, found from its end on, without any slopes; None where it is more.

    Every parameter must be a weight or a bias once, and what is between two layers must be the same
    function of one unit everywhere.
    """
    sums, head = _down_to_sums(function, n_parameters, function.outputs)
    found: list[Layer] = []
    between: list[Program] = []
    while True:
        layer, inputs = _joined(list(sums.values()))
        if layer is None:
            return None
        found.append(layer)
        if inputs[-1] < function.n_inputs:
            break
        sums, activation = _units(function, n_parameters, inputs)
        if activation is None:
            return None
        between.append(activation)
    used = list(chain.from_iterable(row for layer in found for row in (layer.biases, *layer.weights)))
    if not len(used) == n_parameters == len(set(used)):
        return None
    first, *_, last = (place - n_parameters for place in (*inputs, inputs[-1]))
    if last - first != len(inputs) - 1:
        return None
    return Layers(range(first, last + 1), tuple(reversed(found)), tuple(reversed(between)), head)


def _joined(sums: Sequence[_Sum]) -> tuple[Layer | None, Sequence[int]]:
    """Sums as one layer, where their operands are the same; and these, in order."""
    if not sums or not sums[0].weights:
        return None, []
    inputs = sums[0].inputs
    if any(one.inputs != inputs for one in sums):
        return None, []
    biases = tuple(one.bias for one in sums if one.bias is not None)
    if len(biases) not in (0, len(sums)):
        return None, []
    return Layer(tuple(one.weights for one in sums), biases), inputs


def _units(loss: Program, n_parameters: int, places: Sequence[int]) -> tuple[dict[int, _Sum], Program | None]:
    """For every one of these places the sum that it is a function of, and that function; None where they differ."""
    found: dict[int, _Sum] = {}
    activation: Program | None = None
    for place in places:
        own, function = _down_to_sums(loss, n_parameters, [place])
        if len(own) != 1 or function.n_inputs != 1 or function != (activation or function):
            return {}, None
        activation = function
        found.update(own)
    return found, activation if len(found) == len(places) else None


def _down_to_sums(loss: Program, n_parameters: int, outputs: Sequence[Place]) -> tuple[dict[int, _Sum], Program]:
    """The weighted sums that some places are computed from, and how, of these sums and then of the columns.

    All columns are inputs where one is used. A parameter that is met outside of a sum is taken for a
    sum without operands, which is no layer.
    """
    sums: dict[int, _Sum] = {}
    steps: list[int] = []
    columns = False
    stack, seen = [place for place in outputs if type(place) is int], set()
    while stack:
        place = stack.pop()
        if place in seen:
            continue
        seen.add(place)
        if n_parameters <= place < loss.n_inputs:
            columns = True
            continue
        own = _weighted(loss, n_parameters, place)
        if own is not None:
            sums[place] = own
            continue
        steps.append(place)
        stack += [arg for arg in loss.steps[place - loss.n_inputs].args if type(arg) is int]
    sums = {place: sums[place] for place in sorted(sums)}
    outside = range(n_parameters, loss.n_inputs) if columns else range(0)
    places: dict[int, int] = {place: k for k, place in enumerate((*sums, *outside, *sorted(steps)))}

    def moved(args: Sequence[Place]) -> tuple[Place, ...]:
        return tuple(places[arg] if type(arg) is int else arg for arg in args)

    own_steps = [loss.steps[place - loss.n_inputs] for place in sorted(steps)]
    made = tuple(Step(op, moved(args)) for op, args in own_steps)
    return sums, Program(len(sums) + len(outside), made, moved(outputs))


def _weighted(loss: Program, n_parameters: int, place: int) -> _Sum | None:
    """A place as a weighted sum: one step, or products and additions written out; None where it is something else."""
    weights, inputs, alone = _terms(loss, place)
    if float in map(type, chain(weights, inputs)):
        return None
    if weights and (max(weights) >= n_parameters or inputs != sorted(inputs)):  # x·w, or another order
        pairs = sorted((max(pair), min(pair)) for pair in zip(weights, inputs, strict=True))
        inputs, weights = map(list, zip(*pairs, strict=True))
    if weights and not max(weights) < n_parameters <= inputs[0]:
        return None
    biases = [term for term in alone if type(term) is int or term != 0.0]  # Python's sum begins with 0
    if len(set(inputs)) < len(inputs) or len(biases) > 1 or any(type(b) is float or b >= n_parameters for b in biases):
        return None
    return _Sum(tuple(inputs), tuple(weights), *biases or [None]) if weights or place < n_parameters else None


def _terms(loss: Program, place: Place) -> tuple[list[Any], list[Any], list[Any]]:
    """The terms of a sum, however it was written: of the products, the factors; and those that are no products."""
    left: list[Any] = []
    right: list[Any] = []
    alone: list[Any] = []
    stack = [place]
    while stack:
        here = stack.pop()
        op, args = loss.steps[here - loss.n_inputs] if type(here) is int and here >= loss.n_inputs else (None, ())
        if op is add or op is sum_of:
            stack += reversed(args)
        elif op is weighted_sum or op is mul:
            n = len(args) // 2
            left += args[:n]
            right += args[n : 2 * n]
            stack += args[2 * n :]
        else:
            alone.append(here)
    return left, right, alone


def _with_slope(function: Program) -> Program | None:
    """f(z) and f'(z) of a function of one number."""
    with exactly():
        z = Symbol("z")
        y = function.run([z], lambda op, args: Symbol.apply(op, tuple(args)))[0]
        slope = cotangents(y, [z]).get(z) if isinstance(y, Symbol) else None
        return None if slope is None else program([y, slope], [z])


def _with_slopes(head: Program, n_units: int) -> Program | None:
    """Of numbers z, of what else goes in, and of a weight: the weighted result and its slopes in every z."""
    with exactly():
        inputs = [Symbol(f"v{k}") for k in range(head.n_inputs)]
        weight = Symbol("weight")
        y = head.run(inputs, lambda op, args: Symbol.apply(op, tuple(args)))[0]
        slopes = cotangents(y, inputs[:n_units], seed=weight) if isinstance(y, Symbol) else {}
        if any(z not in slopes for z in inputs[:n_units]):
            return None
        ended = program([*(slopes[z] for z in inputs[:n_units]), y * weight], [*inputs, weight])
    return cancelled(ended._replace(outputs=(ended.outputs[-1], *ended.outputs[:-1])))
