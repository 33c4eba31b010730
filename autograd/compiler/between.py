"""What is between layers: places of a program that are one function of operands side by side, and slopes of them."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from autograd.compiler.program import Place, Program, Step, cancelled, needed, program
from autograd.graph import cotangents
from autograd.ops import weighted_sum
from autograd.symbol import Symbol, exactly

FEW = 4
"""So many operands, or so many functions, at most are done unit by unit; what has more, as straight-line code."""


class Run(NamedTuple):
    """So many places in a row that are one function, each of the operands behind those of the place before.

    start     which place is the first
    n         how many there are
    function  of one number of every operand
    operands  those of the first
    """

    start: int
    n: int
    function: Program
    operands: tuple[int, ...]


class Shapes:
    """What the places of a program are functions of; `kinds` are ranges of its inputs, all of them."""

    def __init__(self, given: Program, kinds: Sequence[range]) -> None:
        self._given = given
        self._found: list[tuple[int, tuple[int, ...]]] = []
        for kind, own in enumerate(kinds):
            self._found += [(kind, (place,)) for place in own]
        known: dict[object, int] = {}
        for op, args in given.steps:
            parts = [self.of(arg) for arg in args]
            leaves = tuple(dict.fromkeys(chain.from_iterable(own for _, own in parts)))
            if len(leaves) > FEW or -1 in leaves:
                self._found.append((-1, (-1,)))
                continue
            key = op, *((shape, tuple(map(leaves.index, own))) for shape, own in parts)
            self._found.append((known.setdefault(key, len(kinds) + len(known)), leaves))

    def of(self, place: Place) -> tuple[object, tuple[int, ...]]:
        """What a place is, equal where only the operands differ; and these, -1 where they are too many."""
        return self._found[place] if type(place) is int else (float(place).hex(), ())

    def runs(self, places: Sequence[Place]) -> list[Run] | None:
        """The places as few runs; None where they are too many, or of too many operands."""
        found: list[Run] = []
        shape: object = None
        for k, place in enumerate(places):
            now, leaves = self.of(place)
            if -1 in leaves:
                return None
            last = found[-1] if found else None
            if last and now == shape and leaves == tuple(x + k - last.start for x in last.operands):
                found[-1] = last._replace(n=last.n + 1)
                continue
            if len(found) == FEW:
                return None
            own, function = extracted(self._given, [place])
            order = [leaves.index(x) for x in own]
            shape = now
            found.append(Run(k, 1, moved_inputs(function, order, len(leaves)), leaves))
        return found


def extracted(given: Program, outputs: Sequence[Place]) -> tuple[list[int], Program]:
    """Which inputs of a program some places are computed from, and how."""
    steps = sorted(needed(given, [place for place in outputs if type(place) is int]))
    args = chain(outputs, *(given.steps[place - given.n_inputs].args for place in steps))
    leaves = sorted({arg for arg in args if type(arg) is int and arg < given.n_inputs})
    places = {place: k for k, place in enumerate((*leaves, *steps))}

    def moved(args: Sequence[Place]) -> tuple[Place, ...]:
        return tuple(places[arg] if type(arg) is int else arg for arg in args)

    own = (given.steps[place - given.n_inputs] for place in steps)
    return leaves, Program(len(leaves), tuple(Step(op, moved(args)) for op, args in own), moved(outputs))


def moved_inputs(given: Program, to: Sequence[int], n: int) -> Program:
    """The program with n inputs, of which it takes these instead of its own."""
    places = [*to, *range(n, n + len(given.steps))]

    def moved(args: Sequence[Place]) -> tuple[Place, ...]:
        return tuple(places[arg] if type(arg) is int else arg for arg in args)

    return Program(n, tuple(Step(op, moved(args)) for op, args in given.steps), moved(given.outputs))


def with_slopes(function: Program, wrt: Sequence[int]) -> Program:
    """f and its slopes in some of its inputs."""
    with exactly():
        inputs, (y,) = _symbols(function)
        slopes = cotangents(y, inputs) if isinstance(y, Symbol) else {}
        return program([y, *(slopes.get(inputs[k], 0.0) for k in wrt)], inputs)


def weighted_with_slopes(function: Program, wrt: Sequence[int]) -> Program:
    """Of the inputs and a weight: the weighted number, and its slopes in some inputs."""
    with exactly():
        inputs, (y,) = _symbols(function)
        weight = Symbol("weight")
        slopes = cotangents(y, inputs, seed=weight) if isinstance(y, Symbol) else {}
        ended = program([*(slopes.get(inputs[k], 0.0) for k in wrt), y * weight], [*inputs, weight])
    return cancelled(ended._replace(outputs=(ended.outputs[-1], *ended.outputs[:-1])))


def returned(function: Program, wrt: Sequence[int]) -> Program:
    """Of the inputs and a number for every output: for some inputs, the sum of these numbers times the slopes in it."""
    with exactly():
        inputs, outputs = _symbols(function)
        seeds = [Symbol(f"g{k}") for k in range(len(outputs))]
        pairs = [(y, seed) for y, seed in zip(outputs, seeds, strict=True) if isinstance(y, Symbol)]
        total = Symbol.apply(weighted_sum, (*(y for y, _ in pairs), *(seed for _, seed in pairs)))
        slopes = cotangents(total, inputs)
        return cancelled(program([slopes.get(inputs[k], 0.0) for k in wrt], [*inputs, *seeds]))


def _symbols(function: Program) -> tuple[list[Symbol], list[Symbol | float]]:
    inputs = [Symbol(f"v{k}") for k in range(function.n_inputs)]
    return inputs, function.run(inputs, lambda op, args: Symbol.apply(op, tuple(args)))
