"""What a program does alike for all units, found from its ends: one step for all of them at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from autograd import ops
from autograd.compiler.program import Place, Program, Step
from autograd.primitive import Primitive

OF_ALL = frozenset({ops.sum_of, ops.log_sum_exp, ops.largest, ops.smallest})
"""Operations of any number of operands, in any order: the numbers of all units may be one of them."""

one_of = Primitive(
    "one_of", lambda xs, k: xs, [lambda g, y, xs, k: g, lambda g, y, xs, k: 0.0],
    domain=[(0, 1)] * 2, doc="From the numbers of all units to that of unit k.",
)  # fmt: skip

Units = tuple[Place, ...]
"""Places of a program, one for every unit."""


class Rolled(NamedTuple):
    """A program in which a place may be wide: a number for every unit.

    program    with a wide operand an operation is done for every unit; one of `OF_ALL` that has no other takes them all
    wide       for every place, whether it is
    inputs     for every input, what it is in the given program: one input, or one for every unit
    constants  for every input after these, a number for every unit
    """

    program: Program
    wide: tuple[bool, ...]
    inputs: tuple[range, ...]
    constants: tuple[tuple[float, ...], ...]


def rolled(given: Program, outputs: Sequence[Place | Units], n_units: int) -> Rolled:
    """The program, of which the first inputs are those of the units, with these outputs.

    Places of all units are one output where they are alike, else one each.
    """
    found = _Alike(given, n_units)
    for end in (tuple(range(n_units)), *outputs):
        found.look(end)
    found.look_at_sums()
    ends: list[Place | Units] = []
    for end in outputs:
        ends += end if isinstance(end, tuple) and not found.alike(end) else [_simple(end)]
    return found.written(ends)


class _Alike:
    """Places of which each is the same function of the numbers of its unit, and of what all have in common."""

    def __init__(self, given: Program, n: int) -> None:
        self._given, self._n = given, n
        self._known: dict[str, bool] = {}
        self._taken: dict[int, Units] = {}  # by the place of an operation of all units, its operands
        self._member: dict[int, tuple[Units, int]] = {}  # by place, the units it is one of, and which

    def alike(self, node: Place | Units) -> bool:
        """Whether it is one place, or places that are alike."""
        node = _simple(node)
        return not isinstance(node, tuple) or self._known.get(repr(node), False)

    def look(self, node: Place | Units) -> None:
        """Find out whether places are alike, and those that they are computed from."""
        if isinstance(node, tuple) and len(node) == self._n > 1:
            for units in _bottom_up([_simple(node)], lambda one: self._operands(one) or []):
                if isinstance(units, tuple) and repr(units) not in self._known:
                    self._known[repr(units)] = self._are_alike(units)

    def look_at_sums(self) -> None:
        """Find the operations of all units, sums however they are written."""
        uses, first = self._given.uses(), self._given.n_inputs
        inside: set[int] = set()  # additions that are part of a sum
        for place in reversed(range(first, first + len(self._given.steps))):
            op, args = self._given.steps[place - first]
            if op is ops.add and place not in inside:
                terms: list[Place] = []
                stack: list[Place] = [place]
                while stack:
                    here = stack.pop()
                    if self._is_addition(here) and (here == place or uses[int(here)] == 1):
                        inside.add(int(here))
                        stack += self._given.steps[int(here) - first].args
                    elif type(here) is int or here:  # Python's sum begins with 0
                        terms.append(here)
                args = tuple(terms)
            elif op not in OF_ALL:
                continue
            units = [self._unit_of(arg) for arg in args] if len(args) == self._n > 1 else []
            if set(units) == {*range(self._n)}:
                self._taken[place] = tuple(arg for _, arg in sorted(zip(units, args, strict=True)))
                self.look(self._taken[place])

    def _is_addition(self, place: Place) -> bool:
        first = self._given.n_inputs
        return type(place) is int and place >= first and self._given.steps[place - first].op is ops.add

    def _unit_of(self, place: Place) -> int:
        """The unit whose numbers are nearest below a place; -1 for none."""
        queue, first = [place] if type(place) is int else [], self._given.n_inputs
        for here in queue:
            if here in self._member:
                return self._member[here][1]
            if here >= first:
                queue += [arg for arg in self._given.steps[here - first].args if type(arg) is int and arg not in queue]
        return -1

    def _are_alike(self, units: Units) -> bool:
        operands = self._operands(units)
        places = [place for place in units if type(place) is int]
        if operands is None or not all(map(self.alike, operands)) or any(place in self._member for place in places):
            return False
        self._member |= {place: (units, k) for k, place in enumerate(places)}
        return True

    def _operands(self, node: Place | Units) -> list[Place | Units] | None:
        """What places that may be alike are computed from, operand by operand; None where they cannot be."""
        n = self._given.n_inputs
        if not isinstance(node, tuple) or all(type(place) is float for place in node):
            return []
        places = [place for place in node if type(place) is int]
        if len(places) < len(node):
            return None
        if places[0] < n:
            return [] if places[-1] < n and places == [*range(places[0], places[0] + len(places))] else None
        steps = [self._given.steps[place - n] for place in places if place >= n]
        if len(steps) < len(node) or len({(step.op, len(step.args)) for step in steps}) > 1:
            return None
        return [_simple(column) for column in zip(*(step.args for step in steps), strict=True)]

    def _below(self, node: Place | Units) -> list[Place | Units]:
        """What a node of the program that is written is computed from."""
        if isinstance(node, tuple):
            return self._operands(node) or []
        if type(node) is int and node in self._member:
            return [self._member[node][0]]
        if type(node) is not int or node < self._given.n_inputs:
            return []
        taken = self._all_units(node)
        return [taken] if taken else list(self._given.steps[node - self._given.n_inputs].args)

    def _all_units(self, place: int) -> Units | None:
        """The operands of an operation that takes all units, where they are alike."""
        taken = self._taken.get(place)
        return taken if taken and self.alike(taken) else None

    def _step(self, node: Place | Units) -> Step:
        if type(node) is int and node in self._member:
            return Step(one_of, (0, float(self._member[node][1])))
        first = node[0] if isinstance(node, tuple) else node
        step = self._given.steps[int(first) - self._given.n_inputs]
        return Step(ops.sum_of, step.args) if step.op is ops.add and self._all_units(int(first)) else step

    def written(self, outputs: Sequence[Place | Units]) -> Rolled:
        """The program with these outputs."""
        nodes = [node for node in _bottom_up(outputs, self._below) if type(node) is not float]
        inputs = [node for node in nodes if self._kind(node) == "input"]
        constants = [node for node in nodes if self._kind(node) == "constant"]
        rest = [node for node in nodes if self._kind(node) == "step"]
        places = {repr(node): k for k, node in enumerate([*inputs, *constants, *rest])}

        def moved(some: Sequence[Place | Units]) -> tuple[Place, ...]:
            return tuple(node if type(node) is float else places[repr(node)] for node in some)

        steps = []
        for node in rest:
            op, args = self._step(node)
            own = moved(self._below(node))
            steps.append(Step(op, (*own, args[1]) if op is one_of else own))
        wide = tuple(isinstance(node, tuple) for node in (*inputs, *constants, *rest))
        made = Program(len(inputs) + len(constants), tuple(steps), moved(outputs))
        return Rolled(made, wide, tuple(map(_range, inputs)), tuple(map(_numbers, constants)))

    def _kind(self, node: Place | Units) -> str:
        first = node[0] if isinstance(node, tuple) else node
        is_input = type(first) is int and first < self._given.n_inputs and node not in self._member
        return "constant" if type(first) is float else "input" if is_input else "step"


def _range(node: Place | Units) -> range:
    places = node if isinstance(node, tuple) else (node,)
    return range(int(places[0]), int(places[-1]) + 1)


def _numbers(node: Place | Units) -> tuple[float, ...]:
    return tuple(map(float, node)) if isinstance(node, tuple) else (float(node),)


def _simple(node: Place | Units) -> Place | Units:
    """What is the same for all units is one place."""
    return node[0] if isinstance(node, tuple) and len(set(map(repr, node))) == 1 else node


def _bottom_up(
    starts: Sequence[Place | Units], below: Callable[[Place | Units], Sequence[Place | Units]]
) -> Iterator[Place | Units]:
    """All nodes, each after those below it, once."""
    seen: set[str] = set()
    stack = [(node, False) for node in reversed(starts)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif repr(node) not in seen:
            seen.add(repr(node))
            stack.append((node, True))
            stack += [(one, False) for one in reversed(below(node))]
