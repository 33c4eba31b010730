"""`math` and `random` for a traced program: Python's own numbers and errors, with the trace kept."""

import builtins
import math
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.primitive import Primitive
from autograd.programs import ufuncs
from autograd.programs.arrays import Array, Scalar, is_traced, operand, plain, result, source
from autograd.programs.buffers import JOIN
from autograd.programs.modules import Module
from autograd.programs.operations import Sum
from autograd.programs.operators import quietly
from autograd.programs.traced import Elementwise, node


def _of_math(name: str, row: Any) -> Any:
    """A function of `math`, with Python's own errors."""
    exact = getattr(math, name)
    op = Elementwise(row, quietly(exact, ufuncs.BY_MATH[row]))

    def function(*xs: Any) -> Any:
        if not any(type(x) is Scalar or type(x) is Array for x in xs):
            return exact(*xs)
        nodes: Any = tuple(operand(x.item() if type(x) is Array and x.size == 1 else x) for x in xs)
        return result(op, nodes, exact(*[float(n.data) for n in nodes]))

    function.__name__ = name
    return function


def _log(x: Any, base: Any = None) -> Any:
    """`math.log`."""
    if base is None:
        return _LOG(x)
    if not is_traced(x) and not is_traced(base):
        return math.log(x, base)
    return _LOG(x) / _LOG(base)


MATH_ROWS: Final[dict[str, Any]] = {
    "exp": ops.exp, "log": ops.log, "log2": ufuncs.log2, "log10": ufuncs.log10, "log1p": ops.log1p,
    "sqrt": ops.sqrt, "pow": ops.power, "tanh": ops.tanh, "sin": ops.sin, "cos": ops.cos, "tan": ops.tan,
    "asin": ops.asin, "acos": ops.acos, "atan": ops.atan, "sinh": ops.sinh, "cosh": ops.cosh, "fabs": ops.absolute,
    "expm1": ops.expm1, "hypot": ops.hypot, "atan2": ops.atan2, "asinh": ufuncs.asinh,
    "acosh": ufuncs.acosh, "atanh": ufuncs.atanh, "erf": ops.erf, "exp2": ufuncs.exp2,
}  # fmt: skip

_LOG: Final = _of_math("log", ops.log)


def _fsum(xs: Iterable[Any]) -> Any:
    """`math.fsum`."""
    xs = list(xs)
    return total(xs, lambda v: math.fsum(v)) if is_traced(xs) else math.fsum(xs)


def total(xs: list[Any], by: Callable[[Any], Any]) -> Any:
    """The sum of numbers as one node."""
    nodes: Any = tuple(operand(x) for x in xs)
    joined = node(JOIN, nodes, JOIN(*[n.data for n in nodes]))
    return result(Sum(None, False, by), (joined,), by(plain(xs)))


def _prod(xs: Iterable[Any], *, start: Any = 1) -> Any:
    """`math.prod`."""
    found = start
    for x in xs:
        found = found * x
    return found


def _hypot(*xs: Any) -> Any:
    """`math.hypot`, of any number of coordinates."""
    if not is_traced(xs):
        return math.hypot(*xs)
    slopes = [lambda g, y, *xs, k=k: g * (xs[k] / y) for k in range(len(xs))]
    row = Primitive("hypot", math.hypot, slopes, domain=[(0.1, 4)] * len(xs))
    op = Elementwise(row, quietly(math.hypot, lambda *ys: np.sqrt(builtins.sum(y * y for y in ys))))
    nodes: Any = tuple(operand(x) for x in xs)
    return result(op, nodes, math.hypot(*plain(xs)))


def _dist(p: Iterable[Any], q: Iterable[Any]) -> Any:
    """`math.dist`: the length of the difference."""
    return _hypot(*[a - b for a, b in zip(p, q, strict=True)])


def math_module(notes: list[str]) -> Module:
    """`math` for a traced program."""

    def other(name: str, x: Any) -> Any:
        return (lambda *args, **named: x(*plain(args), **plain(named))) if callable(x) else x

    members = {name: _of_math(name, row) for name, row in MATH_ROWS.items() if hasattr(math, name)}
    members |= {"log": _log, "fsum": _fsum, "prod": _prod, "dist": _dist, "hypot": _hypot}
    return Module(math, members, other)


def random_module(notes: list[str]) -> Module:
    """`random` for a traced program: its own numbers, as sources."""
    import random

    def other(name: str, x: Any) -> Any:
        if name in ("Random", "SystemRandom"):
            return lambda *args: Module(x(*args), {}, other)
        if name in ("shuffle", "choice", "choices", "sample"):
            return _plain_generator(x)
        return (lambda *args, **named: source(x(*plain(args), **plain(named)))) if callable(x) else x

    return Module(random, {}, other)


def _plain_generator(function: Any) -> Any:
    def call(*args: Any, **named: Any) -> Any:
        return function(*args, **plain(named))

    return call
