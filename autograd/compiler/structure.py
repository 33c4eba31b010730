"""The structure of what a function takes and gives: nests of lists, tuples, dicts and arrays of numbers."""

import reprlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from autograd.entries import check_depth, is_array
from autograd.primitive import real
from autograd.symbol import Symbol
from autograd.value import Value


class Structure(NamedTuple):
    """A nest without its numbers.

    kind   float, list, tuple, dict or a named tuple; "array" for an array of NumPy
    keys   of a dict; the shape of an array
    parts  the structures inside
    """

    kind: Any
    keys: tuple[Any, ...] = ()
    parts: "tuple[Structure, ...]" = ()

    @property
    def size(self) -> int:
        """How many numbers there are."""
        if self.kind == "array":
            n = 1
            for length in self.keys:
                n *= length
            return n
        return 1 if self.kind is float else sum(part.size for part in self.parts)

    def rebuilt(self, items: Iterator[Any], array: Callable[[list[Any], tuple[int, ...]], Any]) -> Any:
        """The nest with other items in it; `array(items, shape)` makes the arrays."""
        if self.kind is float:
            return next(items)
        if self.kind == "array":
            return array([next(items) for _ in range(self.size)], self.keys)
        parts = [part.rebuilt(items, array) for part in self.parts]
        if self.kind is dict:
            return dict(zip(self.keys, parts, strict=True))
        return parts if self.kind is list else self.kind(*parts) if hasattr(self.kind, "_fields") else tuple(parts)

    def __str__(self) -> str:
        if self.kind is float:
            return "a number"
        if self.kind == "array":
            return f"an array {' x '.join(map(str, self.keys)) or 'of no dimension'}"
        if self.kind is dict:
            return "{" + ", ".join(f"{key!r}: {part}" for key, part in zip(self.keys, self.parts, strict=True)) + "}"
        alike = len(set(self.parts)) == 1 and len(self.parts) > 2
        inside = f"{len(self.parts)} times {self.parts[0]}" if alike else ", ".join(map(str, self.parts))
        return f"[{inside}]" if self.kind is list else f"({inside})"


NUMBER = Structure(float)


def is_column(structure: Structure) -> bool:
    """Whether an entry is a list, tuple or array of one number."""
    return structure in (Structure("array", (1,)), Structure(list, (), (NUMBER,)), Structure(tuple, (), (NUMBER,)))


def flattened(x: Any) -> tuple[Structure, list[Any]]:
    """A nest as its structure and its numbers in order: floats, Values, Symbols; TypeError for what is no number."""
    numbers: list[Any] = []
    return _walk(x, numbers, 0), numbers


def _walk(x: Any, numbers: list[Any], depth: int) -> Structure:
    kind = type(x)
    if kind is float or isinstance(x, (Value, Symbol)):
        numbers.append(x)
        return NUMBER
    if isinstance(x, (list, tuple, dict)):
        check_depth(depth)
        if kind is list and set(map(type, x)) == {float}:  # the common case, without looking at each
            numbers += x
            return Structure(list, (), (NUMBER,) * len(x))
        parts = tuple([_walk(item, numbers, depth + 1) for item in (x.values() if isinstance(x, dict) else x)])
        if isinstance(x, dict):
            return Structure(dict, tuple(x), parts)
        exact = kind if kind is list or hasattr(kind, "_fields") else list if isinstance(x, list) else tuple
        return Structure(exact, (), parts)
    if is_array(x):
        return _array(x, numbers)
    if getattr(getattr(x, "dtype", None), "kind", "") == "O" and hasattr(x, "item"):
        return _walk(x.item(), numbers, depth)  # an array of no dimension
    numbers.append(real(x))
    return NUMBER


def _array(x: Any, numbers: list[Any]) -> Structure:
    kind = getattr(x.dtype, "kind", "")
    if kind == "O":
        numbers += [item if isinstance(item, (Value, Symbol)) else real(item) for item in x.ravel().tolist()]
    elif kind in "biuf" and kind:
        numbers += x.ravel().astype("float64").tolist()
    else:
        raise TypeError(f"expected an array of real numbers, got one of {x.dtype}: {reprlib.repr(x)}")
    return Structure("array", tuple(x.shape))


def float_array(items: list[Any], shape: tuple[int, ...]) -> Any:
    """An array of floats."""
    import numpy

    return numpy.array(items, dtype=float).reshape(shape)


def object_array(items: list[Any], shape: tuple[int, ...]) -> Any:
    """An array of Symbols."""
    import numpy

    made = numpy.empty(len(items), dtype=object)
    made[:] = items
    return made.reshape(shape)
