"""Arrays of the graph by name: those that a person passes, and those whose elements are labelled `W1[0, 1]`."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from autograd.names import canonical
from autograd.value import Value

Place = tuple[int, ...]
"""The indices of an element."""

_LABEL = re.compile(r"(?P<array>.+)\[(?P<place>\d+(?:, ?\d+)*)\]", re.DOTALL)


class NamedArray(NamedTuple):
    """The nodes of an array by their places.

    name    what it is called
    shape   as it is known: of one that only its labels tell of, as far as these reach
    nodes   those that are in the graph, or all where it was passed
    passed  whether the array itself was passed, so that its shape is sure
    """

    name: str
    shape: Place
    nodes: Mapping[Place, Value]
    passed: bool

    @property
    def what(self) -> str:
        """What its bare name stands for: the gradient of parameters and inputs, the value of what is computed."""
        return "gradient" if all(node.op is None for node in self.nodes.values()) else "value"

    def placed(self, name: str, given: Any) -> list[tuple[Place, Any]]:
        """The numbers given by the places that they are about; a ValueError in words where the shapes differ."""
        numbers, shape = flattened(name, given)
        if shape != self.shape and _plainly(shape) != _plainly(self.shape):
            more = len(shape) == len(self.shape) and all(n >= m for n, m in zip(shape, self.shape, strict=True))
            if self.passed or not more:
                raise ValueError(self._misfit(name, shape))
            return list(zip(places(shape), numbers, strict=True))
        return list(zip(places(self.shape), numbers, strict=True))

    def _misfit(self, name: str, shape: Place) -> str:
        if shape == self.shape[::-1]:
            return f"compare: {name} is {_by(shape)}, but {self.name} is {_by(self.shape)}: transposed; give {name}.T"
        at_least = "" if self.passed else "at least "
        hint = "" if self.passed else f"; pass names={{{self.name!r}: ...}} with the array, to have its shape sure"
        return f"compare: {name} is {_by(shape)}, but {self.name} is {at_least}{_by(self.shape)}{hint}"


def _plainly(shape: Place) -> Place:
    """A shape without axes of length 1."""
    return tuple(n for n in shape if n != 1)


def _by(shape: Place) -> str:
    return " x ".join(map(str, shape)) or "a single number"


def places(shape: Place) -> Iterator[Place]:
    """All places, the last index fastest."""
    return product(*map(range, shape))


def placed_name(name: str, place: Place) -> str:
    """W1[0, 1], as elements are labelled."""
    return f"{name}[{', '.join(map(str, place))}]" if place else name


def flattened(name: str, given: Any) -> tuple[list[Any], Place]:
    """Nested lists or an array as one list, and the shape; a ValueError where lists are not equally long."""
    given = given.tolist() if hasattr(given, "tolist") else given
    if not isinstance(given, (list, tuple)):
        return [given], ()
    parts = [flattened(name, item) for item in given]
    shapes = {shape for _, shape in parts}
    if len(shapes) > 1:
        raise ValueError(f"compare: {name} holds lists of different lengths, {' and '.join(map(_by, sorted(shapes)))}")
    return [item for items, _ in parts for item in items], (len(given), *(shapes.pop() if shapes else ()))


def holds_values(given: Any) -> bool:
    """Whether it is an array of Values, of which each is there once."""
    if getattr(getattr(given, "dtype", None), "kind", "") != "O":
        return False
    nodes = list(given.flat)
    return bool(nodes) and all(isinstance(node, Value) for node in nodes) and len(set(nodes)) == len(nodes)


def passed_array(name: str, given: Any, inside: set[Any]) -> NamedArray:
    """An array, nested lists, or a single Value of the graph under a name."""
    nodes, shape = flattened(name, given)
    for node in nodes:
        if not isinstance(node, Value):
            raise TypeError(f"compare: names: expected Values for {name!r}, got {type(node).__name__}: {node!r:.60}")
    found = dict(zip(places(shape), nodes, strict=True))
    first: dict[Value, Place] = {}
    for place, node in found.items():
        if (before := first.setdefault(node, place)) != place:
            raise ValueError(
                f"compare: names: {placed_name(name, before)} and {placed_name(name, place)} are one and the same Value"
                f"{f', {node.label}' if node.label else ''}, which has one gradient for all its uses; go on with "
                f"{name} = values({name}, {name!r}), where each has its own"
            )
    if inside.isdisjoint(nodes):
        raise ValueError(
            f"compare: names: nothing of {name!r} is in the graph of this loss; was the loss computed from another "
            f"array? What values({name}, {name!r}) returns is the one to go on with"
        )
    return NamedArray(name, shape, found, True)


def labelled_arrays(order: Sequence[Value]) -> tuple[dict[str, NamedArray], set[str]]:
    """The arrays that the labels of a graph tell of, by canonical name, and the names that have a label twice."""
    found: dict[str, dict[Place, Value]] = {}
    mixed: set[str] = set()
    for node in order:
        match = _LABEL.fullmatch(node.label) if node.label[-1:] == "]" else None
        if match is None:
            continue
        place = tuple(map(int, match["place"].split(",")))
        nodes = found.setdefault(match["array"], {})
        if place in nodes or (nodes and len(place) != len(next(iter(nodes)))):
            mixed.add(match["array"])
        nodes[place] = node
    arrays = {
        canonical(name): NamedArray(name, tuple(max(column) + 1 for column in zip(*nodes, strict=True)), nodes, False)
        for name, nodes in found.items()
        if name not in mixed
    }
    return arrays, set(map(canonical, mixed))


def transposed_fits(numbers: Mapping[Place, float], slopes: Mapping[Place, float]) -> bool:
    """Whether numbers of a square that differ from the right ones are these when rows and columns change places."""
    if any(len(place) != 2 or place[::-1] not in slopes for place in numbers):
        return False
    pairs = [(x, slopes[place], slopes[place[::-1]]) for place, x in numbers.items()]
    return any(not _near(x, right) for x, right, _ in pairs) and all(_near(x, other) for x, _, other in pairs)


def _near(x: float, y: float) -> bool:
    return math.isclose(x, y, rel_tol=1e-6, abs_tol=1e-300)
