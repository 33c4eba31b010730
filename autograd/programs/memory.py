"""`Buffer`: the memory of arrays, shared by their views, and the nodes that it has had; how views are laid out in it."""

from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.programs.traced import Elementwise, Gather, Join, Node, Numbers, Scatter, node

Layout = tuple[tuple[int, ...], tuple[int, ...], int]
"""Shape, strides and start of a view, the latter two counted in elements of the memory."""


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
    if type(data) is float if kind is float else getattr(data, "dtype", None) == kind:
        return of
    cast = Cast(kind)
    return node(Elementwise(ops.identity, cast), (of,), cast(data))


def strided(x: Any, layout: Layout) -> Any:
    """What a view of this layout shows of x, whose memory has no gaps."""
    shape, strides, start = layout
    n = x.itemsize
    return np.ndarray(shape, x.dtype, x.ravel(order="K"), start * n, tuple([s * n for s in strides]))


def layout_in(view: Any, memory: Any) -> Layout:
    """The layout of an array that shows some of the memory of another."""
    n = memory.itemsize
    start = view.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    return view.shape, tuple([s // n for s in view.strides]), start // n


def compact(x: Any) -> Any:
    """x, or a copy where its memory has gaps or shows an element more than once."""
    if x.flags.c_contiguous or x.flags.f_contiguous or np.may_share_memory(x.ravel(order="K"), x):
        return x
    return x.copy(order="K")


class View(Gather):
    """A `Gather` that shows memory of its operand without copying it."""

    def __init__(self, where: Any, memory: Any, layout: Layout) -> None:
        super().__init__(where)
        self._strides, self._layout = tuple([s // memory.itemsize for s in memory.strides]), layout

    def __call__(self, x: Numbers) -> Numbers:
        """The elements, laid out as in the program: sums are added up in the order of memory."""
        if type(x) is np.ndarray and tuple([s // x.itemsize for s in x.strides]) == self._strides:
            return strided(x, self._layout)
        return super().__call__(x)


class Laid(Gather):
    """All elements in their order, in another order in memory."""

    def __init__(self, where: Any, order: Any) -> None:
        super().__init__(where)
        self._order = order

    def __call__(self, x: Numbers) -> Numbers:
        """The same numbers."""
        return np.array(x, order=self._order)


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
            where = np.array(list(written), dtype=np.intp)
            nodes = tuple(written.values())
            new = nodes[0] if len(nodes) == 1 else node(JOIN, nodes, np.array([n.data for n in nodes]))
            self.scatter(where if len(nodes) > 1 else where[0], new)
        return self._node

    @node.setter
    def node(self, new: Node) -> None:
        self._written = {}
        self._node = new

    def scatter(self, where: Any, new: Node) -> None:
        """Write `new` at these places."""
        old = self._node
        data = old.data.copy(order="K")
        data.flat[where] = new.data
        self._node = node(Scatter(where), (old, new), data)

    @property
    def sample(self) -> Any:
        """An array of the memory's shape, type and layout; its numbers may be old."""
        return self._node.data

    @property
    def places(self) -> Any:
        """0, 1, 2, ... in the shape and the layout of the memory: where every element is."""
        if self._places is None:
            self._places = places_of(self._node.data)
        return self._places

    def element(self, place: int) -> Node:
        """The element at this place."""
        return self._written.get(place) or node(Gather(place), (self._node,), self._node.data.flat[place])

    def put(self, place: int, new: Node) -> None:
        """Write one element."""
        self._written[place] = as_type(new, self._node.data.dtype)


JOIN: Final = Join()


def places_of(x: Any, start: int = 0) -> Any:
    """start, start + 1, ... in the shape and the layout of x."""
    places = np.empty_like(x, dtype=np.intp, subok=False)
    places[...] = np.arange(start, start + x.size).reshape(x.shape)
    return places
