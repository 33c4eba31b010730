"""Choosing, clipping, sorting and rounding the elements of traced arrays."""

from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.programs.arrays import Array, Scalar, is_traced, operand, plain, result, untraced
from autograd.programs.moves import shown
from autograd.programs.nested_arrays import array, objects
from autograd.programs.operations import Unknown
from autograd.programs.traced import Elementwise, Node
from autograd.programs.traced_sums import mean
from autograd.programs.ufuncs import as_array, elementwise, followed_not, into


def chosen(condition: Any, *choices: Any) -> Any:
    """`numpy.where`."""
    condition = plain(condition)
    if not choices:
        return untraced(np.where(condition))
    a, b = (operand(x) for x in choices)
    if a is None or b is None:
        return np.where(condition, *[objects(x) if type(x) is Array else x for x in choices])
    if not any(is_traced(x) for x in choices):
        return untraced(np.where(condition, a.data, b.data))
    mask = np.array(condition)
    return result(WHERE, (Node(None, (), mask), a, b), np.where(mask, a.data, b.data))


WHERE: Final = Elementwise(ops.where)


def clipped(x: Any, a_min: Any = None, a_max: Any = None, out: Any = None, **named: Any) -> Any:
    """`numpy.clip`."""
    low = named.pop("min", a_min)
    high = named.pop("max", a_max)
    x = as_array(x)
    found = x
    if low is not None and low is not np._NoValue:
        found = elementwise(np.maximum, found, low, **named)
    if high is not None and high is not np._NoValue:
        found = elementwise(np.minimum, found, high, **named)
    return into(out, found)


def without_nan(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """`numpy.nan_to_num`."""
    now = plain(x)
    data = np.nan_to_num(now, True, nan, posinf, neginf)
    found = chosen(np.isfinite(now), x, data)
    if copy or type(x) is not Array:
        return found
    x[...] = found
    return x


def ordered(x: Any, axis: Any = -1, kind: Any = None, order: Any = None, **named: Any) -> Any:
    """`numpy.sort`."""
    x = array(x)
    if axis is None:
        x, axis = x.ravel(), -1
    return along(x, np.argsort(x.now, axis, kind="stable"), axis)


def along(x: Any, places: Any, axis: Any) -> Any:
    """`numpy.take_along_axis`."""
    x, places = array(x), plain(places)
    return shown(x, lambda a: np.take_along_axis(a, places, axis))


def median(x: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """`numpy.median`: the mean of the two in the middle."""
    x = array(x)
    data = np.median(x.now, axis=axis, keepdims=keepdims)
    if isinstance(axis, tuple):
        return followed_not("median", lambda a: np.median(a, axis=axis, keepdims=keepdims), (x,))
    rows = shown(ordered(x, axis), lambda a: np.moveaxis(a, -1 if axis is None else axis, 0))
    n = len(rows)
    found = mean(rows[(n - 1) // 2 : n // 2 + 1], axis=0)
    return found.reshape(np.shape(data)) if np.shape(data) != np.shape(plain(found)) else found


def piecewise(x: Any, conditions: Any, functions: Any, *args: Any, **named: Any) -> Any:
    """`numpy.piecewise`: another function where another condition holds; one more is for where none does."""
    x, conditions = as_array(x), [np.asarray(plain(c)) for c in conditions]
    if len(functions) > len(conditions):
        conditions.append(~np.any(conditions, axis=0))
    found = array(np.zeros_like(x.now))
    for condition, function in zip(conditions, functions, strict=True):
        if condition.any():
            found[condition] = function(x[condition], *args, **named) if callable(function) else function
    return found


def rounded(x: Any, decimals: Any = 0, out: Any = None) -> Any:
    """`round(x, n)`: of numbers that come from nowhere else, these to so many places; else a function not followed."""
    decimals = plain(decimals)
    data: Any
    if type(x) is Scalar:
        if decimals is None:
            return round(x.now)
        by: Any = lambda y: round(y, decimals) if type(y) is float else np.round(y, decimals)  # noqa: E731
    else:
        by = lambda y: np.round(y, decimals)  # noqa: E731
    data = by(x.now)
    if x.node.op is None:
        return result(Elementwise(ops.identity, by), (x.node,), data)
    return result(Unknown("round", by), (x.node,), data)
