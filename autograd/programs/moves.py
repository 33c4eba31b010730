"""NumPy's functions that only move elements about: what goes where is found by doing the same to their places."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.programs.arrays import Array, Scalar, operand, plain, result, untraced
from autograd.programs.buffers import JOIN, places_of
from autograd.programs.nested_arrays import array
from autograd.programs.operations import Gather
from autograd.programs.traced import Node, node
from autograd.programs.ufuncs import as_array


def shown(x: Any, by: Callable[[Any], Any]) -> Any:
    """What an operation of NumPy that moves elements about shows of an array, traced or not."""
    return x.shown(by) if type(x) is Array or type(x) is Scalar else untraced(by(x))


def broadcast(x: Any, shape: Any) -> Any:
    """`numpy.broadcast_to`."""
    return shown(array(x), lambda a: np.broadcast_to(a, shape))


def one_moved(function: Any) -> Callable[..., Any]:
    """A function that shows the elements of its first argument otherwise, as a view or a copy."""

    def moved(x: Any, *args: Any, **named: Any) -> Any:
        x = as_array(x)
        args, named = plain(args), plain(named)
        probe = function(x.sample, *args, **named)

        def part(i: int) -> Callable[[Any], Any]:
            return lambda a: function(a, *args, **named)[i]

        if type(probe) in (list, tuple):
            return type(probe)([shown(x, part(i)) for i in range(len(probe))])
        return shown(x, lambda a: function(a, *args, **named))

    return moved


class Places:
    """Operands one after the other in a vector, and the places of their elements in it."""

    def __init__(self, first: Node) -> None:
        self._nodes, self._size = [first], first.size

    def of(self, x: Any) -> Any:
        """The places of an operand's elements, in its shape; of a list's operands as a list."""
        if type(x) is list or type(x) is tuple:
            return [self.of(one) for one in x]
        new = operand(x)
        if new is None:
            raise TypeError(f"expected numbers, got {type(x).__name__}")
        start, self._size = self._size, self._size + new.size
        self._nodes.append(new)
        return start if np.ndim(new.data) == 0 else places_of(np.asarray(new.data), start)

    def joined(self) -> Node:
        """The vector."""
        return node(JOIN, tuple(self._nodes), JOIN(*[x.data for x in self._nodes]))


def many_moved(function: Any, positions: tuple[int, ...], names: tuple[str, ...] = ()) -> Callable[..., Any]:
    """A function that puts together the elements of the arguments at these positions, or of these names."""

    def moved(*args: Any, **named: Any) -> Any:
        data = function(*plain(list(args)), **plain(named))
        places = Places(Node(None, (), 0.0))  # what is filled up with zeros has this as its place
        marks = [places.of(x) if i in positions else plain(x) for i, x in enumerate(args)]
        where = function(*marks, **{
            name: places.of(x) if name in names else plain(x) for name, x in named.items() if name != "dtype"
        })  # fmt: skip
        vector = places.joined()
        if type(data) is list or type(data) is tuple:
            return type(data)([result(Gather(w), (vector,), y) for w, y in zip(where, data, strict=True)])
        return result(Gather(where), (vector,), data)

    return moved


def written(function: Any, positions: tuple[int, ...]) -> Callable[..., None]:
    """A function that writes into its first argument the elements of the arguments at these positions."""

    def write(target: Any, *args: Any, **named: Any) -> None:
        if type(target) is not Array:
            function(plain(target), *plain(args), **plain(named))
            return
        data = target.now.copy(order="K")
        function(data, *plain(args), **plain(named))
        places = Places(target.node)
        where = places_of(data)
        marks = [places.of(x) if i in positions else plain(x) for i, x in enumerate(args, 1)]
        function(where, *marks, **plain(named))
        target.write(node(Gather(where), (places.joined(),), data))

    return write


def along_axis(function: Any, axis: int, x: Any, *args: Any, **named: Any) -> Any:
    """`numpy.apply_along_axis`."""
    x = array(x)
    rest = [n for k, n in enumerate(x.shape) if k != axis % x.ndim]
    rows = shown(x, lambda a: np.moveaxis(a, axis, -1).reshape(-1, a.shape[axis]))
    found = array([function(row, *args, **named) for row in rows])
    if found.ndim == 1:
        return found.reshape(rest)
    back = found.reshape([*rest, *found.shape[1:]])
    return shown(back, lambda a: np.moveaxis(a, -1, axis)) if type(back) is Array else np.moveaxis(back, -1, axis)
