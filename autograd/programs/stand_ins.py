"""What a program gets for its imports and for some builtins while it is run traced: the same, keeping the trace.

NumPy, `math` and `random` are themselves underneath, so numbers are those of the plain program.
"""

import builtins
import math
import types
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.primitive import Primitive
from autograd.programs import functions, ufuncs
from autograd.programs.arrays import (
    Array,
    Scalar,
    is_traced,
    node_of,
    operand,
    plain,
    result,
    source,
    untraced,
)
from autograd.programs.choices import rounded
from autograd.programs.memory import JOIN, as_type
from autograd.programs.moves import broadcast
from autograd.programs.nested import array
from autograd.programs.observers import OBSERVERS, observer
from autograd.programs.operators import quietly
from autograd.programs.traced import Elementwise, Sum, node

__all__ = ["BUILTINS", "node_of", "plain", "source", "stand_in"]


# ---------------------------------------------------------------- modules


class Module(types.ModuleType):
    """A module with some of its members replaced, the rest passed through `other`."""

    def __init__(
        self, real: Any, members: dict[str, Any], other: Callable[[str, Any], Any] = lambda name, x: x
    ) -> None:
        super().__init__(getattr(real, "__name__", "module"), getattr(real, "__doc__", None))
        self.__dict__.update(members)
        self.__dict__["_real"], self.__dict__["_other"] = real, other
        if hasattr(real, "__all__"):
            self.__all__ = list(real.__all__)
        elif real is not None:
            self.__all__ = [name for name in vars(real) if not name.startswith("_")]

    def __getattr__(self, name: str) -> Any:
        found = self._other(name, getattr(self._real, name))
        self.__dict__[name] = found
        return found


class Function:
    """A function of NumPy: lists with traced numbers in them become arrays, and floats that it gives are traced."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.__name__ = getattr(real, "__name__", "function")
        self.__doc__ = getattr(real, "__doc__", None)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """What the function gives."""
        if isinstance(self._real, np.ufunc):
            return functions.apply_ufunc(self._real, "__call__", args, named)
        return functions.apply_function(self._real, args, named)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if isinstance(self._real, np.ufunc) and name in ("reduce", "accumulate", "outer", "at", "reduceat"):
            return lambda *args, **named: functions.apply_ufunc(self._real, name, args, named)
        return found

    def __repr__(self) -> str:
        return repr(self._real)


class Generator:
    """A generator of random numbers: the real one's numbers, as sources."""

    def __init__(self, real: Any) -> None:
        self.__dict__["_real"] = real

    def __getattr__(self, name: str) -> Any:
        return drawn(name, getattr(self._real, name))


def drawn(name: str, real: Any) -> Any:
    """A function that draws random numbers."""
    if name == "shuffle":
        return partial(_shuffled, real)
    if name in ("permutation", "choice", "permuted"):

        def rearranged(x: Any, *args: Any, **named: Any) -> Any:
            x = array(x) if type(x) in (list, tuple) and is_traced(x) else x
            args, named = plain(args), plain(named)
            if type(x) is not Array:
                return untraced(real(plain(x), *args, **named))
            where = real(x.where, *args, **named)
            return x.shown(
                lambda a: a.flat[np.ravel(np.argsort(x.where.ravel())[0:0])] if False else _taken(x, a, where)
            )

        return rearranged
    if name in ("RandomState", "default_rng", "Generator"):
        return lambda *args, **named: Generator(real(*[getattr(x, "_real", x) for x in args], **named))
    if not callable(real) or isinstance(real, type):
        return real
    return lambda *args, **named: untraced(real(*plain(args), **plain(named)))


def _taken(x: Array, a: Any, where: Any) -> Any:
    """The elements of `a` (which has the shape of x) that x has at these places of its buffer."""
    back = np.zeros(x.buffer.sample.size, dtype=np.intp)
    back[x.where.ravel()] = np.arange(x.size)
    return np.ravel(a)[back[where]]


def _shuffled(real: Any, x: Any, *args: Any) -> None:
    if type(x) is Array:
        local = np.arange(x.size).reshape(x.shape)
        real(local)
        x[...] = x.shown(lambda a: np.ravel(a)[local])
    else:
        real(x, *args)


# ---------------------------------------------------------------- numpy


class _Float(type):
    """The class of `numpy.float64` for programs: instances are the real one's, and calls keep the trace."""

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, cls.__mro__[1])

    def __call__(cls, x: Any = 0.0) -> Any:
        kind = cls.__mro__[1]
        if is_traced(x):
            x = x if type(x) in (Array, Scalar) else array(x)
            return x.astype(kind)
        return untraced(kind(x))


class Float64(np.float64, metaclass=_Float):
    """`numpy.float64`."""


class Float32(np.float32, metaclass=_Float):
    """`numpy.float32`."""


class Float16(np.float16, metaclass=_Float):
    """`numpy.float16`."""


FLOAT_TYPES: Final[dict[str, Any]] = {
    "float64": Float64, "double": Float64, "float_": Float64, "float32": Float32, "single": Float32,
    "float16": Float16, "half": Float16,
}  # fmt: skip

LEGACY: Final[dict[str, Any]] = {
    "float": float, "int": int, "bool": bool, "object": object, "str": str, "Inf": np.inf, "Infinity": np.inf,
    "NaN": np.nan, "NAN": np.nan, "PINF": np.inf, "NINF": -np.inf, "complex": complex,
    "asscalar": lambda x: x.item(), "infty": np.inf, "long": int,
}  # fmt: skip
"""Names that older programs use and NumPy has no more."""

RENAMED: Final = {
    "product": "prod", "cumproduct": "cumprod", "alltrue": "all", "sometrue": "any", "row_stack": "vstack",
    "in1d": "isin", "trapz": "trapezoid", "round_": "round", "msort": "sort",
}  # fmt: skip


def _made_array(x: Any, dtype: Any = None, *, copy: Any = True, order: Any = "K", ndmin: int = 0, **named: Any) -> Any:
    """`numpy.array`."""
    if type(x) in (list, tuple, Array, Scalar) and is_traced(x):
        made = array(x, dtype=dtype)
        return (
            functions.FUNCTIONS["reshape"](made, (1,) * (ndmin - made.ndim) + made.shape) if ndmin > made.ndim else made
        )
    if isinstance(x, np.ndarray) or not _holds_traced(x):
        return untraced(np.array(plain(x), dtype=dtype, copy=copy, order=order, ndmin=ndmin, **named))
    return array(list(x), dtype=dtype)


def _holds_traced(x: Any) -> bool:
    """Whether there is a traced number in something that is no list, such as the values of a dictionary."""
    return (
        not isinstance(x, (str, bytes, int, float, np.ndarray, range, list, tuple))
        and hasattr(x, "__iter__")
        and (is_traced(list(x)))
    )


def _as_array(x: Any, dtype: Any = None, order: Any = None, **named: Any) -> Any:
    """`numpy.asarray`: an array itself, where it has the type."""
    if type(x) is Array:
        return x if dtype is None or np.dtype(dtype) == x.dtype else x.astype(dtype)
    if isinstance(x, np.ndarray) and x.dtype.kind != "f":
        found = np.asarray(plain(x), dtype=dtype, order=order)
        return untraced(found)
    return _made_array(x, dtype)


def _vectorized(function: Any, otypes: Any = None, **named: Any) -> Any:
    """`numpy.vectorize`: the function at every element."""

    def call(*args: Any, **by_name: Any) -> Any:
        xs = [array(x) if type(x) in (list, tuple) else x for x in args]
        shape = np.broadcast_shapes(*[np.shape(plain(x)) for x in xs])
        if not any(is_traced(x) for x in xs):
            return untraced(np.vectorize(lambda *ys: plain(function(*ys, **by_name)), otypes)(*plain(xs)))
        xs = [broadcast(x, shape) if type(x) in (Array, Scalar) else np.broadcast_to(x, shape) for x in xs]
        found = [function(*[x[at] if np.ndim(plain(x)) else x for x in xs], **by_name) for at in np.ndindex(shape)]
        made = array(found, dtype=None if otypes is None else np.dtype(otypes[0]))
        return made.reshape(shape)

    return call


def _from_iterable(xs: Iterable[Any], dtype: Any, count: int = -1, **named: Any) -> Any:
    """`numpy.fromiter`."""
    return _made_array(list(xs), dtype)


def _like(real: Any) -> Any:
    """`numpy.zeros_like` and its kind, of the shape, type and layout of the array."""

    def function(x: Any, *args: Any, **named: Any) -> Any:
        return untraced(real(plain(x), *plain(args), **plain(named)))

    return function


def _full(shape: Any, value: Any, dtype: Any = None, **named: Any) -> Any:
    """`numpy.full`."""
    if not is_traced(value):
        return untraced(np.full(plain(shape), value, dtype, **named))
    made = array(value, dtype)
    return broadcast(made, plain(shape)).copy()


def numpy_module(notes: list[str]) -> Module:
    """NumPy for a traced program."""

    def other(name: str, x: Any) -> Any:
        if isinstance(x, types.ModuleType):
            return Module(x, {}, other)
        if isinstance(x, type) or not callable(x):
            return x
        return Function(x)

    random = Module(np.random, {}, drawn)
    linalg = Module(np.linalg, {}, other)
    members: dict[str, Any] = {
        "random": random, "linalg": linalg, "array": _made_array, "asarray": _as_array, "asanyarray": _as_array,
         "asfarray": lambda x, dtype=float: _as_array(x, dtype),
        "vectorize": _vectorized, "fromiter": _from_iterable, "full": _full,
        **{name: _like(getattr(np, name)) for name in ("zeros_like", "ones_like", "empty_like")},
        **{name: kind for name, kind in FLOAT_TYPES.items() if name != "float_"}, "float_": Float64, **LEGACY,
        **{old: Function(getattr(np, new)) for old, new in RENAMED.items() if hasattr(np, new)},
        "frompyfunc": lambda function, nin, nout: _vectorized(function),
        "exp": _quick(np.exp), "tanh": _quick(np.tanh), "bool": bool, "int": int, "float": float,
    }  # fmt: skip
    return Module(np, members, other)


def _quick(ufunc: Any) -> Any:
    return Function(ufunc)


# ---------------------------------------------------------------- math


def _of_math(name: str, row: Any) -> Any:
    """A function of `math`, with Python's own errors."""
    exact = getattr(math, name)
    op = Elementwise(row, quietly(exact, ufuncs.BY_MATH[row]))

    def function(*xs: Any) -> Any:
        if not any(type(x) is Scalar or type(x) is Array for x in xs):
            return exact(*xs)
        nodes: Any = tuple(operand(x) for x in xs)
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
    "expm1": ops.expm1, "hypot": ufuncs.hypot, "atan2": ufuncs.atan2, "asinh": ufuncs.asinh,
    "acosh": ufuncs.acosh, "atanh": ufuncs.atanh, "erf": ops.erf, "exp2": ufuncs.exp2,
}  # fmt: skip

_LOG: Final = _of_math("log", ops.log)


def _fsum(xs: Iterable[Any]) -> Any:
    """`math.fsum`."""
    xs = list(xs)
    return _total(xs, lambda v: math.fsum(v)) if is_traced(xs) else math.fsum(xs)


def _total(xs: list[Any], by: Callable[[Any], Any]) -> Any:
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


# ---------------------------------------------------------------- random


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


# ---------------------------------------------------------------- builtins


def to_float(x: Any = 0.0) -> Any:
    """`float(x)`: a traced number as Python's own float; another one as a source."""
    if type(x) is Scalar:
        return Scalar(as_type(x.node, float))
    if type(x) is Array:
        float(x.now)  # Python's own error where there are several
        return x.item() if x.size == 1 else None
    return source(float(x))


def to_sum(xs: Iterable[Any], /, start: Any = 0) -> Any:
    """`sum(xs)`, in the order of Python's own additions."""
    if type(xs) is Array:
        return builtins.sum(iter(xs), start)
    xs = list(xs)
    if len(xs) > 2 and all(type(x) is Scalar and type(x.now) is float for x in xs) and type(start) in (int, float):
        if start:
            xs.insert(0, start)
        return _total(xs, lambda v: builtins.sum(v if type(v) is list else v.tolist()))
    return builtins.sum(xs, start)


def to_round(x: Any, digits: Any = None) -> Any:
    """`round(x, digits)`."""
    if type(x) is Array:
        return rounded(x, 0 if digits is None else digits)
    return round(x, plain(digits))


def to_type(*args: Any) -> Any:
    """`type(x)`, of a stand-in the type of what it stands for."""
    return args[0].__class__ if len(args) == 1 and type(args[0]) in (Array, Scalar) else type(*args)


def to_pow(x: Any, n: Any, mod: Any = None) -> Any:
    """`pow(x, n)`."""
    return x**n if mod is None else pow(x, n, mod)


BUILTINS: Final[dict[str, Callable[..., Any]]] = {
    "float": to_float,
    "sum": to_sum,
    "round": to_round,
    "type": to_type,
    "pow": to_pow,
    "input": lambda prompt="": "1",
}
"""What calls of builtins by name are replaced with; all others know the stand-ins' own methods."""


# ---------------------------------------------------------------- by name

MODULES: Final[dict[str, Callable[[list[str]], Any]]] = {
    "numpy": numpy_module,
    "math": math_module,
    "random": random_module,
}


def stand_in(name: str, notes: list[str]) -> Any:
    """What `import name` gives a traced program; None where the real module serves. What is made up is noted."""
    first, _, rest = name.partition(".")
    if first in OBSERVERS:
        return observer(name)
    if first not in MODULES:
        return None
    found = MODULES[first](notes)
    for part in rest.split(".") if rest else ():
        found = getattr(found, part)
    return found
