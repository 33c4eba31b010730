"""`Node`: an array or a number that remembers how it was computed.

A program works with whole arrays, so here an operation is one of arrays: a row of the table of
operations taken element by element, or one of the few of `operations` that move elements about and
add them up. The rules of the table run unchanged (on `Floats`), and the chain rule is that of `graph`.
"""

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.arithmetic import Arithmetic
from autograd.primitive import Primitive

Numbers = Any
"""A float, a NumPy scalar, or an array of floats."""


class Node:
    """The result of `op` at `args`, or a source (`op` is None): numbers that come from nowhere else.

    data   the numbers; never changed once they are here
    site   where in the program it was computed, as the recorder notes it
    time   its place in the order of computation
    readers  how many operations have taken it as an operand
    """

    __slots__ = ("args", "data", "label", "op", "readers", "site", "time")

    def __init__(self, op: "Operation | None", args: "tuple[Node, ...]", data: Numbers, site: Any = None) -> None:
        self.op, self.args, self.data, self.site = op, args, data, site
        self.label = ""
        self.time: float = 0
        self.readers = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the numbers, () for a single one."""
        return self.data.shape if isinstance(self.data, np.ndarray) else ()

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self.data.size if isinstance(self.data, np.ndarray) else 1

    def __repr__(self) -> str:
        return f"<{self.op or 'source'} {self.label} {'x'.join(map(str, self.shape)) or self.data}>"


class Trace:
    """One run of a program: counts what is computed, and knows where in the program that is.

    files  the files (as `compile` was told them) whose lines are the program's own
    limit  how many operations there may be; RuntimeError after that
    lost   where an array was taken for a plain one, and what is computed with it is not traced
    """

    def __init__(self, files: Collection[str] = (), limit: int = 2_000_000) -> None:
        self.files, self.limit = frozenset(files), limit
        self._time = 0
        self.floor: FrameType | None = None  # whose frames below are not the program's
        self.lost: list[Site] = []

    def now(self) -> int:
        """The time of the last node."""
        return self._time

    def node(self, op: "Operation | None", args: "tuple[Node, ...]", data: Numbers) -> Node:
        """A new node, with its time and its site."""
        made = Node(op, args, data, self.site())
        self._time += 1
        made.time = self._time
        for arg in args:
            arg.readers += 1
        if made.time > self.limit:
            raise RuntimeError(f"more than {self.limit:,} operations")
        return made

    def site(self) -> "Site":
        """Where in the program this is being computed: (code, instruction) of its frames, the innermost first."""
        found = []
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame is not self.floor:
            if frame.f_code.co_filename in self.files:
                found.append((frame.f_code, frame.f_lasti))
            frame = frame.f_back
        return tuple(found)


Site = tuple[tuple[Any, int], ...]

_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def tracing(trace: Trace | None) -> Iterator[Trace | None]:
    """Inside, arrays note what is done to them; with None they do not."""
    token = _trace.set(trace)
    if trace is not None:
        trace.floor = sys._getframe(2)  # the one that says `with`
    try:
        yield trace
    finally:
        if trace is not None:
            trace.floor = None
        _trace.reset(token)


def lost() -> None:
    """Note that here an array loses its trace."""
    trace = _trace.get()
    if trace is not None:
        trace.lost.append(trace.site())


def node(op: "Operation | None", args: "tuple[Node, ...]", data: Numbers) -> Node:
    """A new node of the trace that is open; outside of any, one without time and site."""
    trace = _trace.get()
    if trace is not None:
        return trace.node(op, args, data)
    made = Node(op, args, data)
    made.time = max([arg.time for arg in args], default=0) + 0.5  # after its operands, whatever else comes when
    return made


class Operation:
    """From arrays to an array: how it is evaluated, and the cotangents of its operands."""

    name = ""
    pullback = None

    def __call__(self, *xs: Numbers) -> Numbers:
        """The result at numbers."""
        raise NotImplementedError

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """The cotangent of operand k, of its shape or one that is broadcast to it."""
        raise NotImplementedError

    def shares(self, g: Numbers, y: Numbers, xs: Sequence[Numbers], args: Sequence[Any]) -> list[tuple[Any, Numbers]]:
        """(operand, its cotangent) for every operand that is wanted; 0.0 stands for one that is not."""
        wanted = [(k, arg) for k, arg in enumerate(args) if type(arg) is not float]
        return [(arg, summed_to(self.cotangent(k, g, y, xs), np.shape(xs[k]))) for k, arg in wanted]

    def failure(self, error: Exception, *_: Any) -> Exception:
        """What is raised where a cotangent has no value: the error as it is."""
        return error

    def __repr__(self) -> str:
        return self.name


def summed_to(g: Numbers, shape: tuple[int, ...]) -> Numbers:
    """g with the axes added up along which an operand of this shape was broadcast."""
    if np.shape(g) == shape:
        return g
    g = np.asarray(g)
    extra = g.ndim - len(shape)
    if extra > 0:
        g = g.sum(axis=tuple(range(extra)))
    stretched = tuple(axis for axis, n in enumerate(shape) if n == 1 and g.shape[axis] != 1)
    g = g.sum(axis=stretched, keepdims=True) if stretched else g
    return np.broadcast_to(g, shape) if g.shape != shape else g if shape else g[()]


# ---------------------------------------------------------------- element by element


def _sigmoid(x: Numbers) -> Numbers:
    e = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1.0, e) / (1.0 + e)


BY_NUMPY: Final[dict[Primitive, Callable[..., Numbers]]] = {
    ops.identity: np.positive,
    ops.add: np.add,
    ops.sub: np.subtract,
    ops.mul: np.multiply,
    ops.div: np.divide,
    ops.neg: np.negative,
    ops.power: np.power,
    ops.where: lambda c, a, b: np.where(np.asarray(c) != 0.0, a, b),
    ops.step: lambda x: np.heaviside(x, 0.0),
    ops.sign: np.sign,
    ops.nonzero: lambda x: np.where(np.asarray(x) != 0.0, 1.0, 0.0),
    ops.above: lambda a, b: np.heaviside(np.subtract(a, b), 0.5),
    ops.absolute: np.abs,
    ops.maximum: np.maximum,
    ops.minimum: np.minimum,
    ops.exp: np.exp,
    ops.expm1: np.expm1,
    ops.log: np.log,
    ops.log1p: np.log1p,
    ops.sqrt: np.sqrt,
    ops.sin: np.sin,
    ops.cos: np.cos,
    ops.tan: np.tan,
    ops.asin: np.arcsin,
    ops.acos: np.arccos,
    ops.atan: np.arctan,
    ops.sinh: np.sinh,
    ops.cosh: np.cosh,
    ops.tanh: np.tanh,
    ops.sigmoid: _sigmoid,
    ops.softplus: lambda x: np.logaddexp(0.0, x),
}
"""What NumPy calls a row of the table."""


class Floats(Arithmetic):
    """Arrays of floats as a kind of operand, so that the rules of the table run on them, all elements at once."""

    __slots__ = ("data",)

    def __init__(self, data: Numbers) -> None:
        self.data = data

    @classmethod
    def apply(cls, op: Primitive, args: tuple[Any, ...]) -> "Floats":
        """The result, element by element."""
        return cls(BY_NUMPY[op](*(arg.data if isinstance(arg, Floats) else arg for arg in args)))


class Elementwise(Operation):
    """A row of the table, element by element; operands are broadcast as NumPy does it."""

    def __init__(self, row: Primitive, function: Callable[..., Numbers] | None = None) -> None:
        self.row, self.name = row, row.name
        self._function = function or BY_NUMPY[row]

    def __call__(self, *xs: Numbers) -> Numbers:
        """The result."""
        return self._function(*xs)

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """By the rule of the row."""
        found = self.row.pullbacks[k](Floats(g), Floats(y), *map(Floats, xs))
        return found.data if isinstance(found, Floats) else np.broadcast_to(found, np.shape(y))


ELEMENTWISE: Final[dict[Primitive, Elementwise]] = {row: Elementwise(row) for row in BY_NUMPY}
