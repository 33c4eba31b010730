"""Python's operators on traced arrays and numbers: the same operators on their numbers, and the node of each."""

import operator
from collections.abc import Callable
from typing import Any, ClassVar, Final

import numpy as np

from autograd import ops
from autograd.programs.operations import Unknown
from autograd.programs.traced import Elementwise, Node, Numbers, Operation, node

NARROW: Final = (float, int, np.float64, np.float32)
"""Numbers that Python's own functions take without loss."""


def quietly(exact: Callable[..., Any], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """Python's own function, but NumPy's where that raises or the numbers are others: for computing once more."""

    def function(*xs: Any) -> Any:
        if all(type(x) in NARROW for x in xs):
            try:
                y = exact(*xs)
            except (ArithmeticError, ValueError):
                return otherwise(*xs)
            if type(y) is float:
                return y
        return otherwise(*xs)

    return function


def _power(x: Numbers, n: Numbers) -> Numbers:
    return x**n if any(isinstance(z, (np.ndarray, np.generic)) for z in (x, n)) else np.power(x, n)


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

    def forward(self: Any, other: Any) -> Any:
        b = self.operand(other)
        return NotImplemented if b is None else self.result(op, (self.node, b), exact(self.now, b.data))

    def backward(self: Any, other: Any) -> Any:
        a = self.operand(other)
        return NotImplemented if a is None else self.result(op, (a, self.node), exact(a.data, self.now))

    return forward, backward


def _in_place(row: Any, exact: Callable[[Any, Any], Any]) -> Any:
    """`a += b` of arrays."""
    op = Elementwise(row, InPlace(exact))

    def method(self: Any, other: Any) -> Any:
        b = self.operand(other)
        if b is None:
            return NotImplemented
        self.write(node(op, (self.node, b), op(self.now, b.data)))
        return self

    return method


def _single(op: Operation, exact: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """(`a + b`, `b + a`) of single numbers: the most frequent of all, and therefore short."""

    def forward(self: Any, other: Any) -> Any:
        kind = type(other)
        b = other._node if kind is type(self) else Node(None, (), other) if kind is float else self.operand(other)
        if b is None:
            return NotImplemented
        a = self._node
        data = exact(a.data, b.data)
        if type(data) is float or type(data) is np.float64:
            return type(self)(node(op, (a, b), data))
        return self.result(op, (a, b), data)

    def backward(self: Any, other: Any) -> Any:
        a = self.operand(other)
        if a is None:
            return NotImplemented
        b = self._node
        return self.result(op, (a, b), exact(a.data, b.data))

    return forward, backward


def _unary(op: Operation, exact: Callable[[Any], Any]) -> Any:
    def method(self: Any) -> Any:
        return self.result(op, (self.node,), exact(self.now))

    return method


def _compared(exact: Callable[[Any, Any], Any]) -> Any:
    def method(self: Any, other: Any) -> Any:
        return self.untraced(exact(self.now, self.plain(other)))

    return method


class Operators:
    """The operators of arrays, for a class that has `node`, `now`, `write` and the conversions below."""

    __slots__ = ()
    operand: ClassVar[Any]
    result: ClassVar[Any]
    single: ClassVar[Any]
    plain: ClassVar[Any]
    source: ClassVar[Any]
    untraced: ClassVar[Any]

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

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other


class SingleOperators:
    """The operators of single numbers, which never change."""

    __slots__ = ()

    __add__, __radd__ = _single(ADD, operator.add)
    __sub__, __rsub__ = _single(SUB, operator.sub)
    __mul__, __rmul__ = _single(MUL, operator.mul)
    __truediv__, __rtruediv__ = _single(DIV, operator.truediv)
    __pow__, __rpow__ = _single(POW, operator.pow)
    __floordiv__, __rfloordiv__ = _single(FLOORDIV, operator.floordiv)
    __mod__, __rmod__ = _single(MOD, operator.mod)
    __iadd__, __isub__, __imul__, __itruediv__, __ipow__ = __add__, __sub__, __mul__, __truediv__, __pow__
