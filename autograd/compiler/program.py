"""`Program`: a traced function as straight-line code, one operation after the other."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from autograd.ops import add, div, identity, mul, nonzero, sum_of, weighted_sum, where
from autograd.primitive import Primitive

Place = int | float
"""Where a number is found: an int counts the inputs and then the steps, a float is the number itself."""


class Step(NamedTuple):
    """One operation at its operands."""

    op: Primitive
    args: tuple[Place, ...]


class Program(NamedTuple):
    """What a traced function computes: `n_inputs` numbers go in, each step appends one, `outputs` come out.

    >>> from autograd import Symbol
    >>> x, y = Symbol("x"), Symbol("y")
    >>> print(program([x * y + x * y], [x, y]))
    v2 = mul(v0, v1)
    v3 = add(v2, v2)
    return v3
    """

    n_inputs: int
    steps: tuple[Step, ...]
    outputs: tuple[Place, ...]
    labels: tuple[str, ...] = ()  # what the places are called, "" for most; may be left out

    def run(self, inputs: Sequence[Any], evaluate: Callable[[Primitive, Sequence[Any]], Any]) -> list[Any]:
        """The outputs, every operation being done by `evaluate(op, args)`."""
        found = list(inputs)
        for op, args in self.steps:
            found.append(evaluate(op, [found[arg] if type(arg) is int else arg for arg in args]))
        return [found[place] if type(place) is int else place for place in self.outputs]

    def label(self, place: int) -> str:
        """What a place is called, "" where it has no name."""
        return self.labels[place] if self.labels else ""

    def __eq__(self, other: object) -> bool:
        """Whether it is the same to the bit: as tuples, the place 2 and the number 2.0 would be equal."""
        return isinstance(other, Program) and tuple.__eq__(self, other) and self._literals() == other._literals()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def _literals(self) -> list[tuple[int, str]]:
        """The numbers that are written in it, and where."""
        places = chain(chain.from_iterable(args for _, args in self.steps), self.outputs)
        return [(k, place.hex()) for k, place in enumerate(places) if type(place) is float]

    def uses(self) -> list[int]:
        """How often every place is an operand or an output."""
        counts = [0] * (self.n_inputs + len(self.steps))
        for args in (*(step.args for step in self.steps), self.outputs):
            for arg in args:
                if type(arg) is int:
                    counts[arg] += 1
        return counts

    def depends_on(self, inputs: Iterable[int]) -> list[bool]:
        """For every place, whether it depends on one of the given inputs."""
        found = [False] * self.n_inputs
        for place in inputs:
            found[place] = True
        for step in self.steps:
            found.append(any(type(arg) is int and found[arg] for arg in step.args))
        return found

    def __str__(self) -> str:
        lines = [f"v{self.n_inputs + i} = {op.name}({_listed(args)})" for i, (op, args) in enumerate(self.steps)]
        return "\n".join([*lines, f"return {_listed(self.outputs)}"])


def program(outputs: Sequence[Any], inputs: Sequence[Any]) -> Program:
    """The program that computes the outputs (Symbols or floats) from the inputs (Symbols).

    What is computed twice from the same operands is computed once; the order of every sum is kept.
    An unknown that is not among the inputs is a ValueError.
    """
    places: dict[Any, Place] = dict(zip(inputs, range(len(inputs)), strict=True))
    steps: list[Step] = []
    known: dict[tuple[Any, ...], int] = {}
    folded = False  # whether a node was found to be a number
    labels = [symbol.label for symbol in inputs]
    waiting = [y for y in reversed(outputs) if type(y) is not float]
    while waiting:  # in the order of `topological_order`, but for wide sums without a look at every operand
        node = waiting.pop()
        if node in places:
            continue
        if node.op is None:
            raise ValueError(f"no input stands for the unknown {node.label}")
        literal = False
        try:
            args = tuple(map(places.__getitem__, node.args))
        except KeyError:  # an operand is a literal, or comes first
            before = [arg for arg in reversed(node.args) if type(arg) is not float and arg not in places]
            if before:
                waiting += (node, *before)
                continue
            literal = True
            args = tuple([arg if type(arg) is float else places[arg] for arg in node.args])
        same = _unchanged(node.op, args)
        if same is not None:
            places[node] = args[same]
            folded = folded or type(args[same]) is float
            continue
        exact: tuple[Any, ...] = args
        if literal or (folded and float in map(type, args)):  # the number 2.0 is another operand than the place 2
            exact = tuple([arg.hex() if type(arg) is float else arg for arg in args])
        key = node.op, exact
        if key not in known:
            known[key] = len(inputs) + len(steps)
            steps.append(Step(node.op, args))
            labels.append(node.label)
        places[node] = known[key]
    results = tuple(y if type(y) is float else places[y] for y in outputs)
    return Program(len(inputs), tuple(steps), results, tuple(labels))


def _unchanged(op: Primitive, args: Sequence[Place]) -> int | None:
    """Which operand is the result as it stands: x of identity(x), x · 1 and x + (-0.0); None for other operations.

    x + 0.0 is not among them: of -0.0 it is 0.0.
    """
    if op is identity:
        return 0
    if op is mul or op is add:
        neutral = 1.0 if op is mul else -0.0
        for k, arg in enumerate(args):
            if type(arg) is float and arg == neutral and math.copysign(1.0, arg) == math.copysign(1.0, neutral):
                return 1 - k
    return None


def cancelled(given: Program) -> Program:
    """The program with (a/b)·b written as a, and (c·(a/b))·b as c·a: equal on paper, and without a division.

    It arises where the slope of a loss meets that of the activation before it, such as
    (ŷ - y)/(ŷ(1 - ŷ)) · ŷ(1 - ŷ). A `ratio` counts as a/b: where both are 0, and it has a limit instead, so is a.
    """
    moved: list[Place] = list(range(given.n_inputs))
    quotients: dict[int, tuple[Place, Place, int]] = {}  # by place: c, a and b
    steps: list[Step] = []
    labels = [given.label(place) for place in range(given.n_inputs)]
    for i, (op, args) in enumerate(given.steps):
        args = tuple(moved[arg] if type(arg) is int else arg for arg in args)
        pairs = [(q, b) for q, b in (args, args[::-1]) if type(q) is int and q in quotients] if op is mul else []
        whole = next((quotients[q] for q, b in pairs if type(b) is int and b == quotients[q][2]), None)
        if whole is not None and whole[0] == 1.0:
            moved.append(whole[1])
            continue
        place = given.n_inputs + len(steps)
        if whole is not None:
            args = whole[:2]
        elif op is div and type(args[1]) is int:
            a, b = _divided(steps, given.n_inputs, args)
            quotients[place] = (1.0, a, b)
        elif pairs and quotients[pairs[0][0]][0] == 1.0:
            quotients[place] = (pairs[0][1], *quotients[pairs[0][0]][1:])
        moved.append(place)
        steps.append(Step(op, args))
        labels.append(given.label(given.n_inputs + i))
    outputs = tuple(moved[place] if type(place) is int else place for place in given.outputs)
    return used(Program(given.n_inputs, tuple(steps), outputs, tuple(labels)))


def _divided(steps: Sequence[Step], n_inputs: int, args: tuple[Any, ...]) -> tuple[Place, int]:
    """a and b of a/b, b being a step; of `ratio(a, b, limit)`, as it was traced, those that were given to it."""

    def of(op: Primitive, place: Any) -> tuple[Place, ...]:
        found = steps[place - n_inputs] if type(place) is int and place >= n_inputs else None
        return found.args if found is not None and found.op is op else ()

    top, bottom = of(where, args[0]), of(where, args[1])
    if top and bottom and top[0] == bottom[0]:
        zeros = [of(nonzero, place) for place in of(add, top[0])]
        if zeros == [top[1:2], bottom[1:2]] and type(bottom[1]) is int:
            return top[1], bottom[1]
    return args[0], args[1]


def at_one(given: Program, place: int) -> Program:
    """The program with the number 1 for one of its inputs; what is multiplied by that is itself."""
    moved: list[Place] = [1.0 if k == place else k for k in range(given.n_inputs)]
    steps: list[Step] = []
    labels = [given.label(k) for k in range(given.n_inputs)]
    for i, (op, args) in enumerate(given.steps):
        args = tuple(moved[arg] if type(arg) is int else arg for arg in args)
        ones = [k for k, arg in enumerate(args) if type(arg) is float and arg == 1.0] if op is mul else []
        if ones:
            moved.append(args[1 - ones[0]])
            continue
        moved.append(given.n_inputs + len(steps))
        steps.append(Step(op, args))
        labels.append(given.label(given.n_inputs + i))
    outputs = tuple(moved[k] if type(k) is int else k for k in given.outputs)
    return Program(given.n_inputs, tuple(steps), outputs, tuple(labels))


MOST_OPERANDS = 200
"""Sums of more operands are made in stages for native code, which is compiled piece by piece."""


def narrowed(given: Program) -> Program:
    """The program with long sums taken in stages, one after the other: the same additions in the same order."""
    if all(len(args) <= MOST_OPERANDS for _, args in given.steps):
        return given
    moved: list[Place] = list(range(given.n_inputs))
    steps: list[Step] = []

    def appended(op: Primitive, args: Sequence[Place]) -> int:
        steps.append(Step(op, tuple(args)))
        return given.n_inputs + len(steps) - 1

    for op, args in given.steps:
        args = tuple(moved[arg] if type(arg) is int else arg for arg in args)
        if op is weighted_sum and len(args) > MOST_OPERANDS:
            n = len(args) // 2
            terms: list[Place] = [appended(mul, pair) for pair in zip(args[:n], args[n : 2 * n], strict=True)]
            op, args = sum_of, (*terms, *args[2 * n :])
        if op is sum_of:
            while len(args) > MOST_OPERANDS:
                args = (appended(sum_of, args[:MOST_OPERANDS]), *args[MOST_OPERANDS:])
        moved.append(appended(op, args))
    outputs = tuple(moved[place] if type(place) is int else place for place in given.outputs)
    return Program(given.n_inputs, tuple(steps), outputs)


def needed(given: Program, outputs: Sequence[Place]) -> frozenset[int]:
    """The steps, by place, that these places of a program depend on, themselves included."""
    found = {place for place in outputs if type(place) is int}
    for place in reversed(range(given.n_inputs, given.n_inputs + len(given.steps))):
        if place in found:
            found.update(arg for arg in given.steps[place - given.n_inputs].args if type(arg) is int)
    return frozenset(place for place in found if place >= given.n_inputs)


def used(given: Program) -> Program:
    """The program without the steps that no output needs."""
    kept = needed(given, given.outputs)
    moved: list[Place] = list(range(given.n_inputs))
    steps: list[Step] = []
    labels = [given.label(place) for place in range(given.n_inputs)]
    for place, (op, args) in enumerate(given.steps, start=given.n_inputs):
        moved.append(given.n_inputs + len(steps))
        if place in kept:
            steps.append(Step(op, tuple(moved[arg] if type(arg) is int else arg for arg in args)))
            labels.append(given.label(place))
    outputs = tuple(moved[place] if type(place) is int else place for place in given.outputs)
    return Program(given.n_inputs, tuple(steps), outputs, tuple(labels))


def _listed(places: Sequence[Place]) -> str:
    return ", ".join(f"v{place}" if type(place) is int else repr(place) for place in places)
