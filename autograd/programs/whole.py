"""`Whole`: arrays of whole numbers and truth values, which are not traced, beside those that are; and `a.flat`."""

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np


@cache
def functions() -> Any:
    """The module of NumPy's functions on traced arrays: built on the arrays, whose operators and methods call it."""
    return import_module("autograd.programs.numpy_functions")


def _adopted(name: str) -> Callable[..., Any]:
    """A method of `numpy.ndarray`, of whose result floats are numbers that come from nowhere else."""

    def method(self: Any, *args: Any, **named: Any) -> Any:
        found = getattr(self.view(np.ndarray), name)(*functions().plain(args), **functions().plain(named))
        return functions().untraced(found)

    method.__name__, method.__doc__ = name, "As in NumPy."
    return method


class Whole(np.ndarray):
    """An array of whole numbers or truth values: NumPy's own, but floats that are computed from it are Arrays."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        return functions().apply_ufunc(ufunc, method, inputs, named)

    def __array_function__(self, function: Any, types: Any, args: Any, named: Any) -> Any:
        return functions().apply_function(function, args, named)

    def dot(self, other: Any, out: Any = None) -> Any:
        """As `numpy.dot`."""
        return functions().apply_function(np.dot, (self, other), {})

    astype, mean, std, var = _adopted("astype"), _adopted("mean"), _adopted("std"), _adopted("var")
    sum, max, min, any, all = (_adopted(name) for name in ("sum", "max", "min", "any", "all"))

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.view(np.ndarray).__reduce_ex__(protocol)


Whole.__name__ = Whole.__qualname__ = "ndarray"


class Flat:
    """`a.flat`: the numbers of a traced array in order, whatever its shape; to be read and written."""

    def __init__(self, of: Any) -> None:
        self._of = of

    def __iter__(self) -> Iterator[Any]:
        return iter(self._of.flatten())

    def __len__(self) -> int:
        return int(self._of.size)

    def __getitem__(self, key: Any) -> Any:
        key = functions().plain(key)
        return self._of.shown(lambda x: x.flat[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        at = np.unravel_index(np.arange(self._of.size)[functions().plain(key)], self._of.shape)
        self._of[at] = value
