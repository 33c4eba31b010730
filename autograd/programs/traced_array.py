"""`Array`: what a program computes with in place of `numpy.ndarray` while it is run traced.

All numbers are computed by NumPy and by Python themselves, so they are those of the plain program
to the last bit; what is added is the `Node` of each. Arrays share memory with their views, and are
written into, as in NumPy (see `buffers`).
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd.programs.buffers import (
    Buffer,
    Laid,
    Layout,
    Rows,
    View,
    as_type,
    compact,
    layout_in,
    places_in,
    strided,
    strides_of,
)
from autograd.programs.operations import Gather
from autograd.programs.operators import Operators
from autograd.programs.traced import Node, lost, node
from autograd.programs.whole import Flat, functions


class Array(Operators):
    """A stand-in for `numpy.ndarray`: all numbers of a buffer, or those that a view shows."""

    __slots__ = ("_at", "_data", "_node", "_view", "buffer")
    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment]
    _node: Any

    def __init__(self, buffer: Buffer, view: Layout | None = None) -> None:
        self.buffer, self._view = buffer, view
        self._at: Node | None = None

    # ------------------------------------------------ what it shows

    @property
    def node(self) -> Node:
        """The node of the numbers that it shows now."""
        whole = self.buffer.node
        if self._view is None:
            return whole
        data = self.now
        if self._node is None:
            self._node = node(View(whole.data, self._view), (whole,), data)
        return self._node  # type: ignore[no-any-return]

    @property
    def now(self) -> Any:
        """The numbers that it shows now, as a plain array; not to be written into."""
        whole = self.buffer.node
        if self._view is None:
            return whole.data
        if self._at is not whole:
            self._at, self._node, self._data = whole, None, strided(whole.data, self._view)
        return self._data

    @property
    def sample(self) -> Any:
        """A plain array of this shape, type and layout; its numbers may be old."""
        return self.buffer.sample if self._view is None else strided(self.buffer.sample, self._view)

    @property
    def where(self) -> Any:
        """The places in the buffer that it shows, in its layout."""
        if self._view is None:
            return self.buffer.places
        memory, shown = self.buffer.sample, self.sample
        places = np.empty_like(shown, dtype=np.intp)
        places[...] = places_in(self._view, memory.shape, strides_of(memory))
        return places

    def shown(self, by: Callable[[Any], Any]) -> Any:
        """What an operation of NumPy that moves elements about shows of it: a view, a copy or one element."""
        buffer = self.buffer
        found = by(self.sample)
        if isinstance(found, np.generic):
            return self.single(buffer.element(int(by(self.where))))
        if found.size and np.may_share_memory(found, buffer.sample):
            return Array(buffer, layout_in(found, buffer.sample))
        whole = buffer.node
        return Array(Buffer(node(Gather(by(self.where)), (whole,), compact(by(self.now)))))

    def place(self, key: Any) -> int | None:
        """The place of the element at this index; None where the index is not one whole number for each axis."""
        numbers = key if type(key) is tuple else (key,)
        sample = self.sample
        if len(numbers) != sample.ndim or not all(type(i) is int for i in numbers):
            return None
        sample[key]
        if not sample.flags.c_contiguous or self.buffer.sample.flags.c_contiguous is False:
            return int(self.where[key])
        place = 0 if self._view is None else self._view[2]
        for i, n, step in zip(numbers, sample.shape, strides_of(sample), strict=True):
            place += (i if i >= 0 else i + n) * step
        return place

    def __getitem__(self, key: Any) -> Any:
        key = key if type(key) in (int, slice) else self.plain(key)
        place = self.place(key)
        if place is not None:
            return self.single(self.buffer.element(place))
        if isinstance(key, np.ndarray) and self._view is None and key.ndim == 1 < self.buffer.sample.ndim:
            now = self.now
            return Array(Buffer(node(Rows(key, now.shape), (self.node,), compact(now[key]))))
        return self.shown(lambda x: x[key])

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        return len(self.sample)

    def __contains__(self, x: Any) -> bool:
        return self.plain(x) in self.now

    def copy(self, order: Any = "C") -> Any:
        """The same numbers, in memory of their own."""
        now = self.now
        data = now.copy(order=order)
        if data.strides == now.strides:
            return Array(Buffer(self.node))
        return Array(Buffer(node(Laid(data.shape, order), (self.node,), data)))

    # ------------------------------------------------ writing

    def write(self, new: Node) -> None:
        """Put these numbers, of its own shape, type and layout, in the place of all that it shows."""
        if self._view is None:
            self.buffer.node = new
        else:
            self.buffer.scatter(self.where, new)

    def __setitem__(self, key: Any, value: Any) -> None:
        key, buffer = key if type(key) in (int, slice) else self.plain(key), self.buffer
        if type(value) is Array and value.buffer is buffer and np.array_equal(value.where, self.where[key]):
            return  # the end of `a[key] -= b`, which has been written
        new = self.operand(value)
        if new is None:
            raise TypeError(f"an array of floats cannot hold a {type(value).__name__}")
        place = self.place(key)
        if place is not None and np.size(new.data) == 1:  # an array of one number too, as in older versions of NumPy
            buffer.put(place, new if np.ndim(new.data) == 0 else node(Gather(0), (new,), np.ravel(new.data)[0]))
            return
        places = self.where[key]
        data = np.empty_like(self.sample)
        data[key] = new.data  # NumPy's own errors
        new = as_type(_within(new, np.ndim(places)), data.dtype)
        forward = type(key) is slice and (key.step is None or key.step > 0)
        if self._view is None and (key is Ellipsis or (forward and places.size == data.size)):
            self.write(_laid_as(new, data))
        else:
            buffer.scatter(places, new)

    # ------------------------------------------------ NumPy's protocols

    def __matmul__(self, other: Any) -> Any:
        return functions().apply_ufunc(np.matmul, "__call__", (self, other), {})

    def __rmatmul__(self, other: Any) -> Any:
        return functions().apply_ufunc(np.matmul, "__call__", (other, self), {})

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        return functions().apply_ufunc(ufunc, method, inputs, named)

    def __array_function__(self, function: Any, types: Any, args: Any, named: Any) -> Any:
        return functions().apply_function(function, args, named)

    # ------------------------------------------------ what it looks like

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return np.ndarray

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        lost()
        return np.array(self.now, dtype=dtype)

    def __repr__(self) -> str:
        return repr(self.now)

    def __str__(self) -> str:
        return str(self.now)

    def __format__(self, spec: str) -> str:
        return format(self.now, spec)

    def __bool__(self) -> bool:
        return bool(self.now)

    def __int__(self) -> int:
        return int(_one(self.now))

    def __complex__(self) -> complex:
        return complex(self.now)

    def __float__(self) -> float:
        return float(_one(self.now))

    def __copy__(self) -> Any:
        return self.copy("K")

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy("K")

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.source, (np.array(self.now),)

    def __getattr__(self, name: str) -> Any:
        method = functions().METHODS.get(name)
        if method is None:
            if name.startswith("__"):  # NumPy would look at the memory itself
                raise AttributeError(name)
            return getattr(self.now, name)
        return lambda *args, **named: method(self, *args, **named)

    # ------------------------------------------------ attributes

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of its axes."""
        return self.sample.shape  # type: ignore[no-any-return]

    @shape.setter
    def shape(self, new: Any) -> None:
        view = self.shown(lambda x: x.reshape(new))
        if view.buffer is not self.buffer:
            raise AttributeError("Incompatible shape for in-place modification. Use `.reshape()` to make a copy.")
        self._view, self._at = view._view, None

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return self.sample.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self.sample.size  # type: ignore[no-any-return]

    @property
    def dtype(self) -> Any:
        """The type of its numbers."""
        return self.buffer.sample.dtype

    @property
    def base(self) -> Any:
        """None where the memory is its own."""
        return None if self._view is None else Array(self.buffer)

    @property
    def T(self) -> Any:  # noqa: N802
        """Its axes in the opposite order, as a view."""
        return self.shown(lambda x: x.T)

    @property
    def real(self) -> Any:
        """Itself."""
        return self

    @property
    def flat(self) -> Any:
        """All numbers one by one; to be read and written."""
        return Flat(self)

    @flat.setter
    def flat(self, new: Any) -> None:
        Flat(self)[:] = new


def _one(x: Any) -> Any:
    """The number in an array of one, which older versions of NumPy take for a number."""
    return x.item() if np.size(x) == 1 and np.ndim(x) else x


def _within(new: Node, axes: int) -> Node:
    """Without leading axes of length 1 beyond so many."""
    extra = np.ndim(new.data) - axes
    if extra <= 0:
        return new
    data = new.data.reshape(new.data.shape[extra:])
    return node(Gather(np.arange(data.size).reshape(data.shape)), (new,), data)


def _laid_as(new: Node, sample: Any) -> Node:
    """In the shape and the layout of a sample."""
    if np.shape(new.data) == sample.shape and getattr(new.data, "strides", ()) == sample.strides:
        return new
    data = np.empty_like(sample)
    data[...] = new.data
    places = np.empty_like(sample, dtype=np.intp)
    places[...] = np.arange(np.size(new.data)).reshape(np.shape(new.data))
    return node(Gather(places), (new,), data)
