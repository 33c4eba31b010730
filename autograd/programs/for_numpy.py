"""NumPy for a traced program: itself, with arrays that remember how they were computed."""

import types
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from autograd.programs import made_up, numpy_functions
from autograd.programs.arrays import Array, Scalar, adopt, is_traced, plain, untraced
from autograd.programs.modules import Module, taken_in
from autograd.programs.moves import broadcast, shown
from autograd.programs.nested_arrays import array, objects


class Function:
    """A function of NumPy: lists with traced numbers in them become arrays, and floats that it gives are traced."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.__name__ = getattr(real, "__name__", "function")
        self.__doc__ = getattr(real, "__doc__", None)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """What the function gives."""
        if isinstance(self._real, np.ufunc):
            return numpy_functions.apply_ufunc(self._real, "__call__", args, named)
        return numpy_functions.apply_function(self._real, args, named)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if isinstance(self._real, np.ufunc) and name in ("reduce", "accumulate", "outer", "at", "reduceat"):
            return lambda *args, **named: numpy_functions.apply_ufunc(self._real, name, args, named)
        return found

    def __repr__(self) -> str:
        return repr(self._real)


class Rows:
    """`numpy.r_` and `numpy.c_`: what stands in the brackets, one after the other or as columns."""

    def __init__(self, real: Any, columns: bool) -> None:
        self._real, self._columns = real, columns

    def __getitem__(self, key: Any) -> Any:
        parts = key if type(key) is tuple else (key,)
        if not is_traced(parts):
            return untraced(self._real[plain(key)])
        arrays = [self._real[x] if type(x) is slice else x if type(x) is Array else array([x]) for x in parts]
        if self._columns:
            arrays = [x if np.ndim(plain(x)) > 1 else x.reshape(-1, 1) for x in arrays]
        return numpy_functions.apply_function(np.concatenate, (arrays,), {"axis": -1 if self._columns else 0})


class Generator:
    """A generator of random numbers: the real one's numbers, as sources."""

    def __init__(self, real: Any) -> None:
        self.__dict__["_real"] = real

    def __getattr__(self, name: str) -> Any:
        return drawn(name, getattr(self._real, name))


def drawn(name: str, real: Any) -> Any:
    """A function that draws random numbers."""
    if name in REARRANGING:
        return lambda *args, **named: _rearranged(real, *args, **named)
    if name in ("RandomState", "default_rng", "Generator"):
        return lambda *args, **named: Generator(real(*[getattr(x, "_real", x) for x in args], **named))
    if not callable(real) or isinstance(real, type):
        return real
    return lambda *args, **named: untraced(real(*plain(args), **plain(named)))


REARRANGING: Final = ("shuffle", "permutation", "choice", "permuted")


def _rearranged(real: Any, x: Any, *args: Any, **named: Any) -> Any:
    """The elements of x in another order, or some of them; a function that gives nothing rearranges x itself."""
    args, named = plain(args), plain(named)
    if type(x) is list:
        return untraced(real(x, *args, **named))
    if type(x) is not Array:
        return untraced(real(plain(x), *args, **named))
    places = np.arange(x.size).reshape(x.shape)
    found = real(places, *args, **named)
    moved = shown(x, lambda a: np.ravel(a)[places if found is None else found])
    if found is not None:
        return moved
    x[...] = moved
    return None


class _Float(type):
    """The class of `numpy.float64` for programs: instances are the real one's, and calls keep the trace."""

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, cls.__mro__[1])

    def __subclasscheck__(cls, kind: Any) -> bool:
        return issubclass(kind, cls.__mro__[1])

    def __eq__(cls, other: Any) -> Any:
        return other is cls or other is cls.__mro__[1] if isinstance(other, type) else NotImplemented

    def __hash__(cls) -> int:
        return hash(cls.__mro__[1])

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
    if copy is False and type(x) is Array:
        return _as_array(x, dtype)
    if not isinstance(x, (str, bytes, np.ndarray, list, tuple)) and hasattr(x, "__iter__") and is_traced([*x]):
        x = [*x]  # such as the values of a dictionary
    try:
        if not is_traced(x):
            return untraced(np.array(plain(x), dtype, copy=copy or None, order=order, ndmin=ndmin, **named))
        made = array(x, dtype)
    except ValueError:
        if dtype is not None or type(x) is not list:
            raise
        return objects(x)  # of different lengths, as in older versions of NumPy
    axes = (1,) * (ndmin - np.ndim(plain(made)))
    return made.reshape(axes + made.shape) if axes else made


def _as_array(x: Any, dtype: Any = None, order: Any = None, **named: Any) -> Any:
    """`numpy.asarray`: an array itself, where it has the type."""
    if type(x) is Array:
        return x if dtype is None or np.dtype(dtype) == x.dtype else x.astype(dtype)
    if isinstance(x, np.ndarray):
        return adopt(np.asarray(plain(x), dtype, order))
    return _made_array(x, dtype)


def _vectorized(function: Any, otypes: Any = None, **options: Any) -> Any:
    """`numpy.vectorize`: the function at every element; the first result says of what type all are."""

    def call(*args: Any, **named: Any) -> Any:
        xs = [array(x) if type(x) is list or type(x) is tuple else x for x in args]
        shape = np.broadcast_shapes(*[np.shape(plain(x)) for x in xs])
        xs = [broadcast(x, shape) if np.ndim(plain(x)) else x for x in xs]
        at = [*np.ndindex(shape)]
        kind = otypes[0] if otypes else None
        if kind is None:
            kind = np.asarray(plain(function(*[x[at[0]] if np.ndim(plain(x)) else x for x in xs], **named))).dtype
        found = [function(*[x[i] if np.ndim(plain(x)) else x for x in xs], **named) for i in at]
        return _made_array(found, kind).reshape(shape)

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
        return untraced(np.full(plain(shape), plain(value), dtype, **named))
    return broadcast(array(value, dtype), plain(shape)).copy()


def _enumerated(x: Any) -> Iterable[Any]:
    """`numpy.ndenumerate`."""
    return ((at, x[at]) for at in np.ndindex(np.shape(plain(x))))


def _iterated(x: Any, *args: Any, **named: Any) -> Any:
    """`numpy.nditer`: for its indices; what is written through it is lost."""
    return np.nditer(np.array(plain(x)), *args, **named)


def _loaded(name: str, real: Any, notes: list[str]) -> Any:
    """A function that reads numbers from a file; made-up ones where there is none."""

    def load(file: Any, *args: Any, **named: Any) -> Any:
        try:
            return taken_in(real(file, *args, **named))
        except OSError:
            return taken_in(made_up.numbers_of_file(str(file), notes, named))

    return load


def numpy_module(notes: list[str]) -> Module:
    """NumPy for a traced program."""

    def other(name: str, x: Any) -> Any:
        if isinstance(x, types.ModuleType):
            return Module(x, {}, other)
        return x if isinstance(x, type) or not callable(x) else Function(x)

    return Module(np, {
        **LEGACY, **FLOAT_TYPES,
        **{old: Function(getattr(np, new)) for old, new in RENAMED.items() if hasattr(np, new)},
        **{name: _like(getattr(np, name)) for name in ("zeros_like", "ones_like", "empty_like")},
        **{name: _loaded(name, getattr(np, name), notes) for name in ("loadtxt", "genfromtxt", "load", "fromfile")},
        "random": Module(np.random, {}, drawn), "array": _made_array, "asarray": _as_array, "asanyarray": _as_array,
        "asfarray": lambda x, dtype=float: _as_array(x, dtype), "vectorize": _vectorized, "fromiter": _from_iterable,
        "full": _full, "r_": Rows(np.r_, False), "c_": Rows(np.c_, True), "sum": _sum, "ndenumerate": _enumerated,
        "nditer": _iterated, "frompyfunc": lambda function, nin, nout: _vectorized(function),
    }, other)  # fmt: skip


def _sum(*args: Any, **named: Any) -> Any:
    """`numpy.sum`; of a generator Python's own, as in older versions."""
    generated = args and isinstance(args[0], types.GeneratorType)
    return sum(args[0]) if generated else numpy_functions.apply_function(np.sum, args, named)
