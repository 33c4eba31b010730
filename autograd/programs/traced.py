"""`Node`: an array or a number that remembers how it was computed; its gradient, and the same with other numbers.

A program works with whole arrays, so here an operation is one of arrays: a row of the table of
operations taken element by element, or one of the few below that move elements about and add them
up. The rules of the table run unchanged (on `Floats`), and the chain rule is that of `graph`.
"""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.arithmetic import Arithmetic
from autograd.graph import cotangents
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
        return np.shape(self.data)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(np.size(self.data))

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


# ---------------------------------------------------------------- moving elements about, and adding them up


class Gather(Operation):
    """The elements at these flat places of the operand, in the shape of `where`: all indexing and reshaping."""

    name = "gather"

    def __init__(self, where: Any) -> None:
        self.where = np.asarray(where)

    def __call__(self, x: Numbers) -> Numbers:
        """The elements, in memory in the order of the places: that is the order in which they are added up."""
        found = np.ravel(x)[self.where]
        if found.ndim < 2 or found.strides == tuple(s // 8 * found.itemsize for s in self.where.strides):
            return found
        laid = np.empty_like(self.where, dtype=found.dtype)
        laid[...] = found
        return laid

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """Every element's share back at its place."""
        found = np.zeros(np.size(xs[0]), dtype=np.result_type(g, float))
        np.add.at(found, self.where.ravel(), np.ravel(np.broadcast_to(g, self.where.shape)))
        return found.reshape(np.shape(xs[0]))


class Scatter(Operation):
    """The first operand with the elements at these flat places replaced by the second: every way of writing into it."""

    name = "scatter"

    def __init__(self, where: Any) -> None:
        self.where = np.asarray(where)

    def __call__(self, x: Numbers, new: Numbers) -> Numbers:
        """The array with its new elements; of several for one place the last stays."""
        wider = np.result_type(x, new)  # as in a repetition with wider floats; an array in memory keeps its own type
        found = np.array(x, dtype=wider if wider == np.longdouble or wider.kind == "c" else np.result_type(x))
        np.put(found, self.where, np.broadcast_to(new, self.where.shape))
        return found

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """What was replaced does not count; what is new counts at its place, the last for one place."""
        g = np.array(np.broadcast_to(g, np.shape(y)), order="C")
        if k == 0:
            g.reshape(-1)[self.where.ravel()] = 0.0
            return g
        taken = np.full(g.size, -1)
        taken[self.where.ravel()] = np.arange(self.where.size)
        kept = taken[self.where.ravel()] == np.arange(self.where.size)
        return np.where(kept, g.reshape(-1)[self.where.ravel()], 0.0).reshape(self.where.shape)


class Join(Operation):
    """All elements of all operands one after the other: stacking and concatenating are this and a `Gather`."""

    name = "join"

    def __call__(self, *xs: Numbers) -> Numbers:
        """The vector."""
        return np.concatenate([np.ravel(x) for x in xs]) if xs else np.zeros(0)

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """The piece of operand k."""
        start = sum(int(np.size(x)) for x in xs[:k])
        return np.reshape(g[start : start + int(np.size(xs[k]))], np.shape(xs[k]))


class Sum(Operation):
    """The sum along axes, of all elements where `axis` is None."""

    name = "sum"

    def __init__(self, axis: Any = None, keepdims: bool = False, by: Callable[..., Numbers] | None = None) -> None:
        self.axis, self.keepdims, self._by = axis, keepdims, by

    def __call__(self, x: Numbers) -> Numbers:
        """The sum; as the program computes it, where that is another way than NumPy's."""
        return self._by(x) if self._by else np.sum(x, axis=self.axis, keepdims=self.keepdims)

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """The same for every term."""
        if self.axis is not None and not self.keepdims:
            g = np.expand_dims(g, self.axis)
        return np.broadcast_to(g, np.shape(xs[0]))


class Einsum(Operation):
    """A sum of products of two operands' elements, with letters for axes: ij,jk->ik is the product of two matrices.

    `by` is what the program called for it (`numpy.dot`): another order of additions would be other bits.
    """

    name = "einsum"

    def __init__(self, letters: str, by: Callable[..., Numbers] | None = None) -> None:
        self.letters = letters
        inputs, self._output = letters.split("->")
        self._inputs = inputs.split(",")
        self._by = by

    def __call__(self, *xs: Numbers) -> Numbers:
        """The sums."""
        return self._by(*xs) if self._by else np.einsum(self.letters, *xs, optimize=len(xs) > 2)

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """The same sum with g in the place of operand k, whose letters become the result's."""
        own = self._inputs[k]
        others = [(letters, x) for j, (letters, x) in enumerate(zip(self._inputs, xs, strict=True)) if j != k]
        known = set(self._output).union(*(letters for letters, _ in others))
        kept = "".join(letter for letter in own if letter in known)
        letters = ",".join([self._output, *(letters for letters, _ in others)]) + "->" + kept
        found = product(letters, [g, *(x for _, x in others)])
        if kept != own:  # an axis that only this operand has was added up
            shape = [n if letter in kept else 1 for letter, n in zip(own, np.shape(xs[k]), strict=True)]
            found = np.broadcast_to(np.reshape(found, shape), np.shape(xs[k]))
        return found


def product(letters: str, xs: Sequence[Numbers]) -> Numbers:
    """`numpy.einsum`, products of matrices by the quicker way where the numbers are doubles."""
    if letters in MATRICES and all(np.ndim(x) == 2 for x in xs):
        return MATRICES[letters](*xs)
    return np.einsum(letters, *xs)


MATRICES: Final[dict[str, Callable[..., Numbers]]] = {
    "ij,jk->ik": lambda a, b: a @ b,
    "ik,jk->ij": lambda a, b: a @ b.T,
    "ik,ij->jk": lambda a, b: b.T @ a,
}


class Total(Operation):
    """The sum of numbers whose cotangents are known: what several terms of a loss add up to."""

    name = "total"

    def __init__(self, seeds: Sequence[Numbers]) -> None:
        self.seeds = seeds

    def __call__(self, *xs: Numbers) -> Numbers:
        """Nothing that is needed."""
        return 0.0

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """The one that is known."""
        return self.seeds[k]


class Unknown(Operation):
    """A function that is not followed: its result is a constant of the run, and no gradient goes through it."""

    name = "unknown"

    def __init__(self, name: str, function: Callable[..., Numbers]) -> None:
        self.name, self._function = name, function

    def __call__(self, *xs: Numbers) -> Numbers:
        """The result; in doubles where the function knows no wider numbers."""
        try:
            return self._function(*xs)
        except TypeError:
            narrow = [np.asarray(x, dtype=float) if np.result_type(x) == np.longdouble else x for x in xs]
            return self._function(*narrow)

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """None that is known: nan."""
        return np.full(np.shape(xs[k]), np.nan)


# ---------------------------------------------------------------- gradients, and the same once more


def before(outputs: Iterable[Node], cut: Collection[Node] = (), since: float = -1) -> list[Node]:
    """Every node that the outputs depend on, each after its operands, else in the order of computation.

    Nothing is looked for behind the nodes of `cut`, nor behind those that are no younger than `since`.
    """
    found: dict[int, Node] = {}
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if id(node) not in found:
            found[id(node)] = node
            if node.time > since and node not in cut:
                stack += node.args
    order = sorted(found.values(), key=lambda node: node.time)
    placed: set[int] = set()
    late = False
    for node in order:
        late = late or (node.time > since and node not in cut and any(id(arg) not in placed for arg in node.args))
        placed.add(id(node))
    return _sorted(order, cut, since) if late else order


def _sorted(nodes: Sequence[Node], cut: Collection[Node], since: float) -> list[Node]:
    """The nodes, each after its operands: of those that were made outside of a trace, times do not tell."""
    order: list[Node] = []
    placed: set[int] = set()
    stack = list(reversed(nodes))
    while stack:
        node = stack[-1]
        inner = node.time > since and node not in cut
        missing = [arg for arg in node.args if id(arg) not in placed] if inner and id(node) not in placed else []
        if missing:
            stack += missing
            continue
        stack.pop()
        if id(node) not in placed:
            placed.add(id(node))
            order.append(node)
    return order


def numbers_of(node: Node) -> list[Numbers]:
    """(y, *xs), what the rules are evaluated at."""
    return [node.data, *(arg.data for arg in node.args)]


def gradients(
    output: Node, wrt: Collection[Node], *, cut: Collection[Node] = (), since: float = -1, seed: Numbers = 1.0,
    at: Mapping[Node, Numbers] | None = None,
) -> dict[Node, Numbers]:  # fmt: skip
    """∂output/∂node for every node on the way from `wrt` to the output; `cut` and `since` as for `before`.

    `at` gives the nodes other numbers than they were computed with, see `again`.
    """
    point: Any = numbers_of if at is None else lambda node: [at[node], *(at.get(arg, 0.0) for arg in node.args)]
    with np.errstate(all="ignore"):
        order = before([output], cut, since)
        ends = {node for node in order if node in cut or node.time <= since}
        return cotangents(output, {*wrt} & {*order}, seed=seed, point=point, order=order, ends=ends)


def again(
    outputs: Sequence[Node], instead: Mapping[Node, Numbers] = {}, *, cut: Collection[Node] = (), since: float = -1,
    kind: Any = None, known: Mapping[Node, Numbers] = {},
) -> dict[Node, Numbers]:  # fmt: skip
    """The numbers of all that the outputs depend on, computed once more with other numbers for some nodes.

    Of what does not depend on these, the numbers stay (those of `known`, where they are there).
    `kind` is another type of float, such as `numpy.longdouble`: then everything is computed anew
    from the sources, `cut` and what is no younger than `since`.
    """
    found: dict[Node, Numbers] = {}
    changed: set[Node] = set()
    with np.errstate(all="ignore"):
        for node in before(outputs, cut, since):
            if node in instead:
                found[node] = instead[node]
                changed.add(node)
            elif node.op is None or node in cut or node.time <= since:
                found[node] = node.data if kind is None else _as(node.data, kind)
            elif not changed.isdisjoint(node.args):
                found[node] = node.op(*(found[arg] for arg in node.args))
                changed.add(node)
            elif node in known:
                found[node] = known[node]
            elif kind is not None:
                found[node] = node.op(*(found[arg] for arg in node.args))
            else:
                found[node] = node.data
    return found


def _as(x: Numbers, kind: Any) -> Numbers:
    return np.asarray(x).astype(kind)[()] if np.asarray(x).dtype.kind == "f" else x
