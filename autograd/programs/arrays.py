"""`Scalar`, a single traced number; and from plain numbers to traced ones and back.

Only floats are traced. Whole numbers and truth values stay NumPy's own (see `whole`).
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from autograd.programs.buffers import Buffer, compact
from autograd.programs.operations import Gather
from autograd.programs.operators import SingleOperators
from autograd.programs.traced import Node, Numbers, Operation, node
from autograd.programs.traced_array import Array
from autograd.programs.whole import Whole, functions

__all__ = [
    "Array", "Scalar", "adopt", "index", "is_traced", "node_of", "operand", "plain", "result", "source", "untraced",
]  # fmt: skip

NUMBERS: Final = (float, int, np.floating, np.integer, np.bool_)
"""What is a constant beside traced numbers."""


class Scalar(SingleOperators, Array):
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

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self._node.data)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(self.now)

    def __round__(self, digits: int | None = None) -> Any:
        return functions().rounded(self, digits)

    def __trunc__(self) -> Any:
        return math.trunc(self.now)

    def __floor__(self) -> Any:
        return math.floor(self.now)

    def __ceil__(self) -> Any:
        return math.ceil(self.now)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return source, (self.now,)

    @property  # type: ignore[misc]
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


def adopt(value: Any) -> Any:
    """A plain array of NumPy as what a traced program works with: floats as a source, whole numbers as `Whole`."""
    if type(value) is np.ndarray and value.dtype.kind in "biu":
        return value.view(Whole)
    return source(value) if type(value) is np.ndarray else value


def untraced(value: Any) -> Any:
    """What NumPy gave: floats as a source, whole numbers and truth values as they are."""
    kind = type(value)
    if kind is np.ndarray:
        if value.dtype.kind in "biu":
            return value.view(Whole)
        if value.dtype.kind == "f" and value.base is None:
            return Array(Buffer(node(None, (), compact(value))))  # nobody else has it
        return source(value)
    if kind is tuple or kind is list:
        return kind([untraced(x) for x in value])
    return source(value) if isinstance(value, (float, np.floating)) else value


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
        made = functions().array(x)
        return operand(made) if type(made) is not list else None
    return None


def is_traced(x: Any) -> bool:
    """Whether there is a traced number in it."""
    kind = type(x)
    if kind is Array or kind is Scalar:
        return True
    return (kind is list or kind is tuple) and any(map(is_traced, x))


Array.operand, Array.result, Array.plain = staticmethod(operand), staticmethod(result), staticmethod(plain)
Array.untraced, Array.single, Array.source = staticmethod(untraced), Scalar, staticmethod(source)
