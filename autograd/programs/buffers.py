"""`Buffer`: the memory of arrays, shared by their views, and the node of what is in it; layouts of views."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.programs.operations import Gather, Join, Scatter
from autograd.programs.traced import Elementwise, Node, Numbers, node

Layout = tuple[tuple[int, ...], tuple[int, ...], int]
"""Shape, strides and start of a view, the latter two counted in elements of the memory."""

JOIN: Final = Join()


class Cast:
    """x as floats of another type; wider ones, with which a run is repeated, stay as they are."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def __call__(self, x: Numbers) -> Numbers:
        """The numbers, rounded where the type is narrower."""
        given = np.result_type(x)
        if given.kind == "c" or given == np.longdouble:
            return x
        return float(x) if self._kind is float else np.asarray(x).astype(self._kind)[()]


def as_type(of: Node, kind: Any) -> Node:
    """The same numbers as floats of another type; `float` is Python's own."""
    data = of.data
    if type(data) is float if kind is float else hasattr(data, "dtype") and data.dtype == kind:
        return of
    cast = Cast(kind)
    return node(Elementwise(ops.identity, cast), (of,), cast(data))


# ---------------------------------------------------------------- layouts


def strides_of(x: Any) -> tuple[int, ...]:
    """The strides of an array, counted in elements."""
    n = x.itemsize
    return tuple([s // n for s in x.strides])


def strided(x: Any, layout: Layout) -> Any:
    """What a view of this layout shows of x, whose memory has no gaps."""
    shape, strides, start = layout
    n = x.itemsize
    return np.ndarray(shape, x.dtype, x.ravel(order="K"), start * n, tuple([s * n for s in strides]))


def layout_in(view: Any, memory: Any) -> Layout:
    """The layout of an array that shows some of the memory of another."""
    start = view.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    return view.shape, strides_of(view), start // memory.itemsize


def compact(x: Any) -> Any:
    """x, or a copy where its memory has gaps or shows an element more than once."""
    if x.flags.c_contiguous or x.flags.f_contiguous or np.may_share_memory(x.ravel(order="K"), x):
        return x
    return x.copy(order="K")


def places_of(x: Any, start: int = 0) -> Any:
    """start, start + 1, ... in the shape and the layout of x: the place of every element."""
    places = np.empty_like(x, dtype=np.intp, subok=False)
    places[...] = np.arange(start, start + x.size).reshape(x.shape)
    return places


def places_in(layout: Layout, shape: Sequence[int], strides: Sequence[int]) -> Any:
    """The places of a view's elements, in memory of this shape and these strides."""
    sizes, steps, start = layout
    found = np.full((1,) * len(sizes), start)
    for axis, (size, step) in enumerate(zip(sizes, steps, strict=True)):
        found = found + (np.arange(size) * step).reshape([-1 if k == axis else 1 for k in range(len(sizes))])
    found = np.broadcast_to(found, sizes)
    order = sorted((k for k, n in enumerate(shape) if n > 1), key=lambda k: -strides[k])
    if order == sorted(order):  # rows one after the other: places count through the memory
        return found
    at = np.unravel_index(found, [shape[k] for k in order])
    return np.ravel_multi_index([at[order.index(k)] for k in sorted(order)], [shape[k] for k in sorted(order)])


# ---------------------------------------------------------------- gathering without lists of places


class View(Gather):
    """A `Gather` that shows memory of its operand without copying it."""

    def __init__(self, memory: Any, layout: Layout) -> None:
        self._memory, self._layout = (memory.shape, strides_of(memory)), layout

    @property
    def where(self) -> Any:  # type: ignore[override]
        """The places, counted only when they are asked for."""
        return places_in(self._layout, *self._memory)

    def __call__(self, x: Numbers) -> Numbers:
        """The elements, laid out as in the program: sums are added up in the order of memory."""
        if type(x) is np.ndarray and strides_of(x) == self._memory[1]:
            return strided(x, self._layout)
        return super().__call__(x)

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """Every element's share back at its place; by a view again, where no element is shown twice."""
        x = xs[0]
        if type(x) is not np.ndarray or strides_of(x) != self._memory[1] or np.size(y) > x.size:
            return super().cotangent(k, g, y, xs)
        seen = np.zeros_like(x, dtype=bool)
        strided(seen, self._layout)[...] = True
        if np.count_nonzero(seen) != np.size(y):
            return super().cotangent(k, g, y, xs)
        found = np.zeros_like(x, dtype=np.result_type(g, float))
        strided(found, self._layout)[...] = g
        return found


class Rows(Gather):
    """A `Gather` of whole rows, or of whatever else the first axis counts."""

    def __init__(self, rows: Any, shape: tuple[int, ...]) -> None:
        self._rows, self._shape = rows, shape

    @property
    def where(self) -> Any:  # type: ignore[override]
        """The places, counted only when they are asked for."""
        return np.arange(int(np.prod(self._shape))).reshape(self._shape)[self._rows]

    def __call__(self, x: Numbers) -> Numbers:
        """The rows."""
        return x[self._rows]

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """Every row's share back at its place."""
        found = np.zeros(self._shape, dtype=np.result_type(g, float))
        np.add.at(found, self._rows, g)
        return found


class Laid(Gather):
    """All elements, in another order in memory."""

    def __init__(self, shape: tuple[int, ...], order: Any) -> None:
        super().__init__(np.arange(int(np.prod(shape))).reshape(shape))
        self._order = order

    def __call__(self, x: Numbers) -> Numbers:
        """The same numbers."""
        return np.array(x, order=self._order)


# ---------------------------------------------------------------- memory


class Buffer:
    """Memory of arrays: the node of its numbers, another one after every write.

    Single elements that were written are kept aside until all of it is wanted: a program that fills
    an array one by one would otherwise make as many copies of it.
    """

    __slots__ = ("_node", "_places", "_written")

    def __init__(self, of: Node) -> None:
        self._node = of
        self._places: Any = None
        self._written: dict[int, Node] = {}

    @property
    def node(self) -> Node:
        """The node of all of it."""
        if self._written:
            written, self._written = self._written, {}
            nodes = tuple(written.values())
            new = nodes[0] if len(nodes) == 1 else node(JOIN, nodes, np.array([n.data for n in nodes]))
            where = np.array(list(written), dtype=np.intp)
            self.scatter(where if len(nodes) > 1 else where[0], new)
        return self._node

    @node.setter
    def node(self, new: Node) -> None:
        self._written = {}
        self._node = new

    def scatter(self, where: Any, new: Node) -> None:
        """Write `new` at these places."""
        old = self.node
        data = old.data.copy(order="K")
        np.put(data, where, np.broadcast_to(new.data, np.shape(where)))
        self._node = node(Scatter(where), (old, new), data)

    @property
    def sample(self) -> Any:
        """An array of the memory's shape, type and layout; its numbers may be old."""
        return self._node.data

    @property
    def places(self) -> Any:
        """0, 1, 2, ... in the shape and the layout of the memory: the place of every element."""
        if self._places is None:
            self._places = places_of(self._node.data)
        return self._places

    def element(self, place: int) -> Node:
        """The element at this place."""
        return self._written.get(place) or node(Gather(place), (self._node,), self._node.data.flat[place])

    def put(self, place: int, new: Node) -> None:
        """Write one element."""
        self._written[place] = as_type(new, self._node.data.dtype)
