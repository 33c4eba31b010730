"""`Array` and `Scalar`: what a program computes with in place of `numpy.ndarray` and `float` while it is run traced.

All numbers are computed by NumPy and by Python themselves, so they are those of the plain program
to the last bit; what is added is the `Node` of each. Arrays share memory with their views, and are
written into, as in NumPy (see `memory`). Whole numbers and truth values are not traced.
"""

import operator
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.programs.memory import JOIN, Buffer, Laid, Layout, View, as_type, compact, layout_in, strided
from autograd.programs.traced import Elementwise, Gather, Node, Numbers, Operation, Scatter, Unknown, node

NUMBERS: Final = (float, int, np.floating, np.integer, np.bool_)
"""What is a constant beside traced numbers."""


# ---------------------------------------------------------------- the operators


def quietly(exact: Callable[..., Any], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """Python's own function, but NumPy's where that raises or the numbers are others: for computing once more."""

    def function(*xs: Any) -> Any:
        if all(type(x) is float or type(x) is int for x in xs):
            try:
                y = exact(*xs)
            except (ArithmeticError, ValueError):
                return otherwise(*xs)
            if type(y) is float:
                return y
        return otherwise(*xs)

    return function


def _power(x: Numbers, n: Numbers) -> Numbers:
    return x**n if isinstance(x, (np.ndarray, np.generic)) else np.power(x, n)


ADD: Final = Elementwise(ops.add, operator.add)
SUB: Final = Elementwise(ops.sub, operator.sub)
MUL: Final = Elementwise(ops.mul, operator.mul)
DIV: Final = Elementwise(ops.div, quietly(operator.truediv, np.true_divide))
POW: Final = Elementwise(ops.power, quietly(operator.pow, _power))
NEG: Final = Elementwise(ops.neg, operator.neg)
POS: Final = Elementwise(ops.identity, operator.pos)
ABS: Final = Elementwise(ops.absolute, operator.abs)
FLOORDIV: Final = Unknown("//", operator.floordiv)
MOD: Final = Unknown("%", operator.mod)


class InPlace:
    """`a += b` as a function of both: its result has the type and the layout of a."""

    def __init__(self, exact: Callable[[Any, Any], Any]) -> None:
        self._exact = exact

    def __call__(self, a: Numbers, b: Numbers) -> Numbers:
        """What a becomes."""
        if not isinstance(a, np.ndarray) or (np.result_type(b) == np.longdouble != a.dtype):
            a = np.asarray(a, dtype=np.result_type(a, b))
        return self._exact(a.copy(order="K"), b)


def _binary(op: Operation, exact: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """(`a + b`, `b + a`) of arrays."""

    def forward(self: "Array", other: Any) -> Any:
        b = operand(other)
        return NotImplemented if b is None else result(op, (self.node, b), exact(self.now, b.data))

    def backward(self: "Array", other: Any) -> Any:
        a = operand(other)
        return NotImplemented if a is None else result(op, (a, self.node), exact(a.data, self.now))

    return forward, backward


def _in_place(row: Any, exact: Callable[[Any, Any], Any]) -> Any:
    """`a += b` of arrays."""
    op = Elementwise(row, InPlace(exact))

    def method(self: "Array", other: Any) -> Any:
        b = operand(other)
        if b is None:
            return NotImplemented
        self.write(node(op, (self.node, b), op(self.now, b.data)))
        return self

    return method


def _single(op: Operation, exact: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """(`a + b`, `b + a`) of single numbers: the most frequent of all, and therefore short."""

    def forward(self: "Scalar", other: Any) -> Any:
        kind = type(other)
        b = other._node if kind is Scalar else Node(None, (), other) if kind is float else operand(other)
        if b is None:
            return NotImplemented
        a = self._node
        data = exact(a.data, b.data)
        if type(data) is float or type(data) is np.float64:
            return Scalar(node(op, (a, b), data))
        return result(op, (a, b), data)

    def backward(self: "Scalar", other: Any) -> Any:
        a = operand(other)
        if a is None:
            return NotImplemented
        b = self._node
        return result(op, (a, b), exact(a.data, b.data))

    return forward, backward


def _unary(op: Operation, exact: Callable[[Any], Any]) -> Any:
    def method(self: "Array") -> Any:
        return result(op, (self.node,), exact(self.now))

    return method


def _compared(exact: Callable[[Any, Any], Any]) -> Any:
    def method(self: "Array", other: Any) -> Any:
        return untraced(exact(self.now, plain(other)))

    return method


# ---------------------------------------------------------------- arrays


class Array:
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
            self._node = node(View(self.where, whole.data, self._view), (whole,), data)
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
        """The places in the buffer that it shows."""
        return self.buffer.places if self._view is None else strided(self.buffer.places, self._view)

    def shown(self, by: Callable[[Any], Any]) -> Any:
        """What an operation of NumPy that moves elements about shows of it: a view, a copy or one element."""
        buffer = self.buffer
        found = by(self.sample)
        if isinstance(found, np.generic):
            return Scalar(buffer.element(int(by(self.where))))
        if found.size and np.may_share_memory(found, buffer.sample):
            return Array(buffer, layout_in(found, buffer.sample))
        whole = buffer.node
        return Array(Buffer(node(Gather(by(self.where)), (whole,), compact(by(self.now)))))

    def __getitem__(self, key: Any) -> Any:
        key = index(key)
        return self.shown(lambda x: x[key])

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        return len(self.sample)

    def __contains__(self, x: Any) -> bool:
        return plain(x) in self.now

    def copy(self, order: Any = "C") -> Any:
        """The same numbers, in memory of their own."""
        now = self.now
        data = now.copy(order=order)
        if data.strides == now.strides:
            return Array(Buffer(self.node))
        return Array(Buffer(node(Laid(np.arange(data.size).reshape(data.shape), order), (self.node,), data)))

    # ------------------------------------------------ writing

    def write(self, new: Node) -> None:
        """Put these numbers, of its own shape, type and layout, in the place of all that it shows."""
        if self._view is None:
            self.buffer.node = new
        else:
            self.buffer.node  # noqa: B018  what was written before comes before
            self.buffer.scatter(self.where, new)

    def __setitem__(self, key: Any, value: Any) -> None:
        key, buffer = index(key), self.buffer
        places = self.where[key]
        new = operand(value)
        if new is None:
            raise TypeError(f"an array of floats cannot hold a {type(value).__name__}")
        if isinstance(places, np.generic) and np.ndim(new.data) == 0:
            buffer.put(int(places), new)
        elif type(value) is Array and value.buffer is buffer and np.array_equal(value.where, places):
            pass  # the end of `a[key] -= b`, which has been written
        else:
            data = self.sample.copy()
            data[key] = new.data  # NumPy's own errors
            new = as_type(_within(new, np.ndim(places)), data.dtype)
            if places.size == buffer.sample.size and type(key) in (slice, type(...)):
                new = _laid_as(new, buffer.sample)
                self.write(new)
            else:
                buffer.node  # noqa: B018
                buffer.scatter(places, new)

    # ------------------------------------------------ operators

    __add__, __radd__ = _binary(ADD, operator.add)
    __sub__, __rsub__ = _binary(SUB, operator.sub)
    __mul__, __rmul__ = _binary(MUL, operator.mul)
    __truediv__, __rtruediv__ = _binary(DIV, operator.truediv)
    __pow__, __rpow__ = _binary(POW, operator.pow)
    __floordiv__, __rfloordiv__ = _binary(FLOORDIV, operator.floordiv)
    __mod__, __rmod__ = _binary(MOD, operator.mod)
    __iadd__ = _in_place(ops.add, operator.iadd)
    __isub__ = _in_place(ops.sub, operator.isub)
    __imul__ = _in_place(ops.mul, operator.imul)
    __itruediv__ = _in_place(ops.div, operator.itruediv)
    __ipow__ = _in_place(ops.power, operator.ipow)
    __neg__, __pos__, __abs__ = _unary(NEG, operator.neg), _unary(POS, operator.pos), _unary(ABS, operator.abs)
    __lt__, __le__ = _compared(operator.lt), _compared(operator.le)
    __gt__, __ge__ = _compared(operator.gt), _compared(operator.ge)
    __eq__, __ne__ = _compared(operator.eq), _compared(operator.ne)

    def __matmul__(self, other: Any) -> Any:
        return functions().apply_ufunc(np.matmul, "__call__", (self, other), {})

    def __rmatmul__(self, other: Any) -> Any:
        return functions().apply_ufunc(np.matmul, "__call__", (other, self), {})

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        return functions().apply_ufunc(ufunc, method, inputs, named)

    def __array_function__(self, function: Any, types: Any, args: Any, named: Any) -> Any:
        return functions().apply_function(function, args, named)

    # ------------------------------------------------ what it looks like

    @property
    def __class__(self) -> Any:
        return np.ndarray

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
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
        return int(self.now)

    def __float__(self) -> float:
        return float(self.now)

    def __copy__(self) -> Any:
        return self.copy("K")

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy("K")

    def __reduce_ex__(self, protocol: Any) -> Any:
        return source, (np.array(self.now),)

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


class Flat:
    """`a.flat`: the numbers of an array in order, whatever its shape."""

    def __init__(self, of: Array) -> None:
        self._of = of

    def __iter__(self) -> Iterator[Any]:
        return iter(self._of.shown(lambda x: x.flatten()))

    def __len__(self) -> int:
        return self._of.size

    def __getitem__(self, key: Any) -> Any:
        return self._of.shown(lambda x: x.flat[index(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        whole = Array(self._of.buffer)
        whole[np.unravel_index(self._of.where.flat[index(key)], whole.shape)] = value


class Scalar(Array):
    """A stand-in for `float` and `numpy.float64`: one number, which never changes."""

    __slots__ = ()
    __iter__ = __len__ = __contains__ = None  # type: ignore[assignment]

    def __init__(self, of: Node) -> None:
        self._node = of

    @property
    def node(self) -> Node:
        """The node of the number."""
        return self._node  # type: ignore[no-any-return]

    @property
    def now(self) -> Any:
        """The number: a Python float or NumPy's."""
        return self._node.data

    sample = now

    def shown(self, by: Callable[[Any], Any]) -> Any:
        """What an operation of NumPy that moves elements about makes of it."""
        found = by(np.asarray(self.now))
        where = by(np.zeros((), dtype=np.intp))
        if isinstance(found, np.generic) or (found.ndim == 0):
            return self
        return Array(Buffer(node(Gather(where), (self._node,), compact(found))))

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(f"'{type(self.now).__name__}' object does not support item assignment")

    def copy(self, order: Any = "C") -> Any:
        """Itself."""
        return self

    __add__, __radd__ = _single(ADD, operator.add)
    __sub__, __rsub__ = _single(SUB, operator.sub)
    __mul__, __rmul__ = _single(MUL, operator.mul)
    __truediv__, __rtruediv__ = _single(DIV, operator.truediv)
    __pow__, __rpow__ = _single(POW, operator.pow)
    __floordiv__, __rfloordiv__ = _single(FLOORDIV, operator.floordiv)
    __mod__, __rmod__ = _single(MOD, operator.mod)
    __iadd__, __isub__, __imul__, __itruediv__, __ipow__ = __add__, __sub__, __mul__, __truediv__, __pow__

    @property
    def __class__(self) -> Any:
        return type(self._node.data)

    def __hash__(self) -> int:
        return hash(self.now)

    def __round__(self, digits: int | None = None) -> Any:
        return functions().rounded(self, digits)

    def __trunc__(self) -> int:
        return int(self.now)

    def __floor__(self) -> int:
        return operator.index(np.floor(self.now).astype(int))

    def __ceil__(self) -> int:
        return operator.index(np.ceil(self.now).astype(int))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return source, (self.now,)

    @property
    def shape(self) -> tuple[int, ...]:
        """None: ()."""
        return ()

    @property
    def ndim(self) -> int:
        """0."""
        return 0

    @property
    def size(self) -> int:
        """1."""
        return 1

    @property
    def dtype(self) -> Any:
        """The type of the number."""
        return np.result_type(self.now)

    @property
    def T(self) -> Any:  # noqa: N802
        """Itself."""
        return self


class Whole(np.ndarray):
    """An array of whole numbers or truth values: NumPy's own, but floats that are computed from it are Arrays."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        return functions().apply_ufunc(ufunc, method, inputs, named)

    def __array_function__(self, function: Any, types: Any, args: Any, named: Any) -> Any:
        return functions().apply_function(function, args, named)

    def dot(self, other: Any, out: Any = None) -> Any:
        """As `numpy.dot`."""
        return functions().apply_function(np.dot, (self, other), {})

    def astype(self, dtype: Any, *args: Any, **named: Any) -> Any:
        """As in NumPy; floats are numbers that come from nowhere else."""
        return untraced(plain(self).astype(dtype, *args, **named))

    def mean(self, *args: Any, **named: Any) -> Any:
        """As in NumPy."""
        return untraced(plain(self).mean(*args, **named))

    def std(self, *args: Any, **named: Any) -> Any:
        """As in NumPy."""
        return untraced(plain(self).std(*args, **named))

    def var(self, *args: Any, **named: Any) -> Any:
        """As in NumPy."""
        return untraced(plain(self).var(*args, **named))

    def __repr__(self) -> str:
        return repr(plain(self))


Whole.__name__ = Whole.__qualname__ = "ndarray"


def functions() -> Any:
    """The module of NumPy's functions on arrays, which is built on this one."""
    from autograd.programs import functions as module

    return module


# ---------------------------------------------------------------- from and to plain numbers


def result(op: Operation, args: tuple[Node, ...], data: Numbers) -> Any:
    """The outcome of an operation: traced where it is made of floats, plain otherwise."""
    if isinstance(data, np.ndarray):
        return Array(Buffer(node(op, args, compact(data)))) if data.dtype.kind == "f" else untraced(data)
    return Scalar(node(op, args, data)) if isinstance(data, (float, np.floating)) else data


def source(value: Any, label: str = "") -> Any:
    """Floats that come from nowhere else, as a Scalar, an Array, or a list of these; anything else as it is."""
    kind = type(value)
    if kind is Scalar or kind is Array:
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and not isinstance(value, np.ma.MaskedArray):
        made = node(None, (), compact(np.array(value, order="K")))
        made.label = label
        return Array(Buffer(made))
    if isinstance(value, (float, np.floating)):
        made = node(None, (), value)
        made.label = label
        return Scalar(made)
    if kind is list or kind is tuple:
        return kind(source(x, label) for x in value)
    return value


def untraced(value: Any) -> Any:
    """What NumPy gave: floats as a source, whole numbers and truth values as they are."""
    kind = type(value)
    if kind is np.ndarray:
        if value.dtype.kind in "biu":
            return value.view(Whole)
        return source(value)
    if kind is tuple or kind is list:
        return kind([untraced(x) for x in value])
    return source(value) if isinstance(value, np.floating) else value


def node_of(x: Any) -> Node | None:
    """The node of an Array or a Scalar; None for all else."""
    return x.node if type(x) is Array or type(x) is Scalar else None


def plain(x: Any) -> Any:
    """x without any trace, looked for in lists, tuples and dictionaries too."""
    kind = type(x)
    if kind is Array or kind is Scalar:
        return x.now
    if kind is Whole:
        return x.view(np.ndarray)
    if kind is list or kind is tuple or kind is set:
        return kind([plain(y) for y in x])
    if kind is dict:
        return {key: plain(y) for key, y in x.items()}
    if kind is slice:
        return slice(plain(x.start), plain(x.stop), plain(x.step))
    if isinstance(x, np.ndarray) and x.dtype == object:
        return np.array(plain(x.tolist()), dtype=object)
    return x


def index(key: Any) -> Any:
    """An index without any trace."""
    return key if type(key) is int or type(key) is slice else plain(key)


def operand(x: Any) -> Node | None:
    """The node of an operand, a new one for a constant; None for what is no numbers."""
    kind = type(x)
    if kind is Array or kind is Scalar:
        return x.node  # type: ignore[no-any-return]
    if isinstance(x, NUMBERS):
        return Node(None, (), x)
    if isinstance(x, np.ndarray):
        return Node(None, (), np.array(x, order="K")) if x.dtype.kind in "biuf" else None
    if kind is list or kind is tuple:
        made = array(x)
        return None if made is x else operand(made)
    return None


def is_traced(x: Any) -> bool:
    """Whether there is a traced number in it."""
    kind = type(x)
    if kind is Array or kind is Scalar:
        return True
    return (kind is list or kind is tuple) and any(map(is_traced, x))


def array(x: Any, dtype: Any = None) -> Any:
    """Nested lists as an array, traced where there are traced numbers in them."""
    if not is_traced(x):
        return untraced(np.array(x, dtype=dtype))
    if dtype is object:
        return objects(x)
    nodes: list[Node] = []
    size = 0

    def places(part: Any) -> Any:
        nonlocal size
        if type(part) is list or type(part) is tuple:
            return [places(one) for one in part]
        leaf = operand(part)
        if leaf is None:
            raise TypeError(f"expected numbers, got {type(part).__name__}")
        start, size = size, size + np.size(leaf.data)
        nodes.append(leaf)
        return start if np.ndim(leaf.data) == 0 else np.arange(start, size).reshape(np.shape(leaf.data))

    if type(x) is Array or type(x) is Scalar:
        made = x.node
    else:
        data = np.array(plain(x), dtype=dtype)
        if data.dtype.kind != "f":
            return objects(x) if data.dtype == object else untraced(data)
        where = np.array(places(x))
        made = node(JOIN, tuple(nodes), JOIN(*[n.data for n in nodes]))
        if where.ndim != 1 or not np.array_equal(where, np.arange(size)):
            made = node(Gather(where), (made,), made.data[where])
    kind = np.dtype(dtype if dtype is not None else np.result_type(made.data))
    if kind.kind != "f":
        return untraced(np.array(made.data, dtype=kind))
    made = as_type(made, kind)
    if np.ndim(made.data) == 0 and not isinstance(made.data, np.ndarray):
        made = node(POS, (made,), np.array(made.data))
    return Array(Buffer(made))


def objects(x: Any) -> Any:
    """A sequence as an array of objects, in which arrays stay whole where they differ in shape."""
    if type(x) is Array:
        found = np.empty(x.shape, dtype=object)
        for at in np.ndindex(x.shape):
            found[at] = x[at]
        return found
    shapes = {np.shape(plain(one)) for one in x} if all(is_traced(one) for one in x) else {()}
    if len(shapes) == 1 and shapes != {()}:
        return np.array([objects(one if type(one) is Array else array(one)) for one in x], dtype=object)
    found = np.empty(len(x), dtype=object)
    for i, one in enumerate(x):
        found[i] = one
    return found


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
    places = np.arange(np.size(new.data)).reshape(np.shape(new.data))
    return node(Gather(np.broadcast_to(places, sample.shape)), (new,), data)
