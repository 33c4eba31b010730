"""`Value`: a number that remembers how it was computed, and the reverse sweep over what it remembers."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from operator import attrgetter
from typing import Any, Final, Self

from autograd.arithmetic import Arithmetic
from autograd.graph import topological_order
from autograd.names import Names
from autograd.primitive import Primitive, real

PENDING: Final[float] = float("0.0")
"""The gradient before it is computed: reads 0.0, is told apart by identity and shown as –."""

_recording: ContextVar[bool] = ContextVar("recording", default=True)
_written_alone: ContextVar[frozenset[int]] = ContextVar("written_alone", default=frozenset())

primals = attrgetter("primals")
"""`(y, *xs)` of a node as floats: the point at which it was evaluated."""


class Value(Arithmetic):
    """A real number in a computation graph: `data`, and after `backward()` the `grad` of the output by it.

    data    a float; any real number is converted, anything else is a TypeError
    label   its name in tables and pictures, "" for none
    grad    d output / d self; reads 0.0 until computed (see `has_grad`)
    op      the operation that made it, None for a leaf
    args    the operands in order: Values, and plain floats for literals
    primals the numbers (y, *xs) as they were when it was computed; derivatives are taken there

    >>> x = Value(3.0, "x")
    >>> y = x * x * x
    >>> y.backward()
    >>> x.grad
    27.0
    """

    __slots__ = ("__weakref__", "_data", "args", "grad", "label", "op", "primals")

    _data: float
    grad: float
    label: str
    op: Primitive | None
    args: tuple[Any, ...]
    primals: tuple[float, ...]

    def __init__(self, data: Any, label: str = "") -> None:
        if not isinstance(label, str):
            raise TypeError(f"expected a label of type str, got {type(label).__name__}: {label!r}")
        self._data = real(data)
        self.grad = PENDING
        self.label = label
        self.op = None
        self.args = ()
        self.primals = ()

    def _set_data(self, data: Any) -> None:
        self._data = data if type(data) is float else real(data)

    # attrgetter rather than a method: reading is then as quick as Python lets a property be.
    data = property(attrgetter("_data"), _set_data, doc="The number itself, a float.")

    @staticmethod
    def apply(op: Primitive, args: tuple[Any, ...]) -> Any:
        """The Value of `op` at `args`, recorded unless under `no_grad`; NotImplemented for a foreign kind."""
        xs = []
        for arg in args:
            kind = type(arg)
            if kind is Value:
                xs.append(arg._data)
            elif kind is float:
                xs.append(arg)
            elif isinstance(arg, Value):
                xs.append(arg._data)
            else:
                literals = _literals(args)
                return NotImplemented if literals is None else Value.apply(op, literals)
        try:
            y = op.function(*xs)
        except (ValueError, ArithmeticError) as error:
            raise op.failure(error, xs, _labels(args), "") from None
        result = _new(Value)
        result._data = y
        result.grad = PENDING
        result.label = ""
        if _recording.get():
            result.op = op
            result.args = args
            result.primals = (y, *xs)
        else:
            result.op = None
            result.args = result.primals = ()
        return result

    def backward(self, seed: float = 1.0) -> None:
        """d self / d v into `v.grad` of every node v that self was computed from, times `seed`.

        Leaves accumulate: a second call adds to their gradient, as in PyTorch. Other nodes hold the
        gradient of this call. If a derivative does not exist (sqrt at 0), the error names the
        operation, and the gradients of the leaves are as before. The definition of this sweep is
        `graph.cotangents`; here it runs on floats and is split by the number of arguments for speed.
        """
        order = topological_order(self)
        leaves = [(node, node.grad) for node in order if not node.args]
        for node in order:
            node.grad = 0.0
        self.grad = real(seed)
        node = self
        try:
            for node in reversed(order):
                args = node.args
                if not args:
                    continue
                rules = node.op.pullbacks
                if len(rules) == 1:
                    args[0].grad += rules[0](node.grad, *node.primals)
                elif len(rules) == 2:
                    first, second = args
                    if type(first) is not float:
                        first.grad += rules[0](node.grad, *node.primals)
                    if type(second) is not float:
                        second.grad += rules[1](node.grad, *node.primals)
                elif rules:
                    for arg, rule in zip(args, rules, strict=True):
                        if type(arg) is not float:
                            arg.grad += rule(node.grad, *node.primals)
                else:
                    for arg, share in zip(args, node.op.pullback(node.grad, *node.primals), strict=True):
                        if type(arg) is not float:
                            arg.grad += share
        except (ValueError, ArithmeticError) as error:
            for other in order:
                other.grad = PENDING
            for leaf, before in leaves:
                leaf.grad = before
            what = "no derivative at "
            raise node.op.failure(error, node.primals[1:], _labels(node.args), what) from None
        for leaf, before in leaves:
            if before is not PENDING:
                leaf.grad += before

    def zero_grad(self) -> None:
        """Forget the gradient: it reads 0.0 and counts as not computed."""
        self.grad = PENDING

    @property
    def has_grad(self) -> bool:
        """Whether a gradient was computed; until then `grad` reads 0.0."""
        return self.grad is not PENDING

    def named(self) -> Names["Value"]:
        """The labelled nodes of this graph by label, in the order of computation.

        Where several bear one label (the samples of a batch), the second is found as `z1[2]`, the
        third as `z1[3]`. Names can be looked up in ASCII: `y_hat` for ŷ.
        """
        found: Names[Value] = Names()
        for node in topological_order(self):
            if node.label:
                found.insert(node.label, node)
        return found

    # Comparisons look at the number; == and hash are identity, so that values can be keys of a dict.
    def __lt__(self, other: Any) -> bool:
        return self._data < _number(other)

    def __le__(self, other: Any) -> bool:
        return self._data <= _number(other)

    def __gt__(self, other: Any) -> bool:
        return self._data > _number(other)

    def __ge__(self, other: Any) -> bool:
        return self._data >= _number(other)

    def __bool__(self) -> bool:
        return self._data != 0.0

    def __float__(self) -> float:
        raise TypeError(
            f"float({self!r}) would lose the gradient: write x.data for the bare number, "
            "or x.exp(), autograd.exp(x) and so on for the functions of math"
        )

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else str(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data!r}, grad={self.grad if self.has_grad else '–'}{label})"

    def __copy__(self) -> Self:
        return _restore(type(self), self._data, self.has_grad, self.grad, self.label, self.op, self.args, self.primals)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        for node in topological_order(self):  # arguments first, so that nothing recurses
            if id(node) not in memo:
                twin = node.__copy__()
                twin.args = tuple(arg if type(arg) is float else memo[id(arg)] for arg in node.args)
                memo[id(node)] = twin
        return memo[id(self)]  # type: ignore[no-any-return]

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        if self.args and id(self) not in _written_alone.get():
            # The whole graph, arguments first: every node then has its arguments behind it, and nothing recurses.
            order = topological_order(self)
            return _root, ([_Alone(frozenset(map(id, order))), *order, _Alone(frozenset())],)
        fields = (self._data, self.has_grad, self.grad, self.label, self.op, self.args, self.primals)
        return _restore, (type(self), *fields)


_new = object.__new__


def _literals(args: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The arguments with every number as a float, or None where one is of a foreign kind."""
    try:
        return tuple(arg if isinstance(arg, Value) else real(arg) for arg in args)
    except TypeError:
        return None


def _labels(args: tuple[Any, ...]) -> list[str]:
    return ["" if type(arg) is float else arg.label for arg in args]


def _number(x: Any) -> float:
    return x._data if isinstance(x, Value) else real(x)


def _restore(kind: Any, data: float, has_grad: bool, grad: float, *rest: Any) -> Any:
    """A copy of a value, field by field; the gradient that is not computed stays so."""
    value = _new(kind)
    value._data = data
    value.grad = grad if has_grad else PENDING
    value.label, value.op, value.args, value.primals = rest
    return value


class _Alone:
    """Met by pickle before and after the nodes of a graph: from here on, nodes are written alone, or not."""

    def __init__(self, nodes: frozenset[int]) -> None:
        self.nodes = nodes

    def __reduce__(self) -> tuple[Any, ...]:
        _written_alone.set(self.nodes)
        return _Alone, (frozenset(),)


def _root(graph: list[Any]) -> Any:
    return graph[-2]


@contextmanager
def recording(enabled: bool) -> Iterator[None]:
    """Inside, operations are recorded or not, in this thread and task only."""
    token = _recording.set(enabled)
    try:
        yield
    finally:
        _recording.reset(token)


def is_recording() -> bool:
    """Whether operations are recorded here and now."""
    return _recording.get()


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside `with no_grad():`, or in a function decorated with `@no_grad()`, nothing is recorded.

    It can be nested, and holds for the thread or task that entered it only.
    """
    with recording(False):
        yield
