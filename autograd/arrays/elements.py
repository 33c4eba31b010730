"""What an array of Values is made of: operands as plain arrays of Values or floats, and the numbers behind them."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.primitive import real
from autograd.value import Value

Plain = np.ndarray[Any, Any]
"""A plain array: of numbers, or of objects that are all Values or all floats."""

_number = np.frompyfunc(lambda x: x.data if isinstance(x, Value) else real(x), 1, 1)
_gradient = np.frompyfunc(lambda x: getattr(x, "grad", 0.0) or 0.0, 1, 1)
_recorded = np.frompyfunc(lambda x: x if isinstance(x, Value) else Value(x), 1, 1)


def operand(x: Any) -> Plain:
    """Real numbers, or Values beside them, as a plain array of objects: of floats, or of Values where one is there."""
    array = plain(x)
    if array.dtype.kind != "O":
        return floats(array).astype(object)
    return recorded(array) if any(isinstance(item, Value) for item in array.flat) else floats(array).astype(object)


def plain(x: Any) -> Plain:
    """An array, nested lists or a single number as a plain array."""
    if isinstance(x, Value):
        return filled((), [x])
    return x.view(np.ndarray) if isinstance(x, np.ndarray) else np.asarray(x)


def floats(x: Any) -> Plain:
    """The bare numbers; of booleans, 0 and 1."""
    array = plain(x)
    if array.dtype.kind == "O":
        return np.asarray(_number(array), dtype=float)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"expected an array of real numbers or Values, got one of dtype {array.dtype}")
    return array.astype(float)


def gradients(array: Plain) -> Plain:
    """The gradients of an array of Values."""
    return np.asarray(_gradient(array), dtype=float)


def recorded(array: Plain) -> Plain:
    """The same as Values: the array itself where all are, else one with a new Value for every number."""
    if all(isinstance(item, Value) for item in array.flat):
        return array
    return plain(_recorded(array))


def filled(shape: tuple[int, ...], items: Iterable[Any]) -> Plain:
    """An array of objects."""
    made = np.empty(shape, dtype=object)
    made.reshape(-1)[:] = list(items)
    return made
