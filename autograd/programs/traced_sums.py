"""Sums, means, extremes and products of traced arrays along axes, with NumPy's own order of additions."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.programs.arrays import Array, Scalar, plain, result, untraced
from autograd.programs.buffers import Buffer
from autograd.programs.moves import broadcast, many_moved, shown
from autograd.programs.nested_arrays import array
from autograd.programs.operations import Einsum, Gather, Sum
from autograd.programs.traced import Elementwise, Node, node
from autograd.programs.ufuncs import as_array, elementwise, into


def axes_of(axis: Any) -> Any:
    """An axis, or several as a tuple."""
    axis = plain(axis)
    return tuple(axis) if type(axis) is list else axis


def summed(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None,
           where: Any = None, by: Any = np.sum) -> Any:  # fmt: skip
    """`numpy.sum`."""
    x = as_array(x)
    if where is not None and where is not np._NoValue:
        x = elementwise(np.multiply, x, np.asarray(plain(where), dtype=x.dtype))
    axis, given = axes_of(axis), {} if dtype is None else {"dtype": plain(dtype)}
    keepdims = bool(keepdims) if keepdims is not np._NoValue else False
    function = partial(by, axis=axis, keepdims=keepdims, **given)
    found = result(Sum(axis, keepdims, function), (x.node,), function(x.now))
    return into(out, found if initial is None or initial is np._NoValue else found + initial)


def mean(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, **named: Any) -> Any:
    """`numpy.mean`: the sum over the number."""
    x = as_array(x)
    total = summed(x, axis, dtype, None, keepdims, by=np.add.reduce, **named)
    n = x.size // max(total.size, 1)
    if named.get("where") is not None:
        n = np.sum(np.broadcast_to(plain(named["where"]), x.shape), axis=axes_of(axis), keepdims=bool(keepdims))
    return into(out, _divided(total, n))


def _divided(total: Any, n: Any) -> Any:
    """`total / n` as NumPy's own means compute it."""
    of = total.node
    data = of.data
    function = np.true_divide
    found = function(data, n, dtype=data.dtype) if hasattr(data, "dtype") else function(data, n)
    return result(DIVIDE, (of, Node(None, (), n)), found)


DIVIDE: Final = Elementwise(ops.div, np.true_divide)


def variance(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False,
             **named: Any) -> Any:  # fmt: skip
    """`numpy.var`: the mean square of the distances from the mean."""
    x = as_array(x)
    ddof = named.pop("correction", ddof)
    away = x - mean(x, axis, dtype, None, True)
    total = summed(elementwise(np.multiply, away, away), axis, None, None, keepdims, by=np.add.reduce)
    return into(out, _divided(total, max(x.size // max(total.size, 1) - plain(ddof), 0)))


def deviation(x: Any, *args: Any, **named: Any) -> Any:
    """`numpy.std`."""
    return elementwise(np.sqrt, variance(x, *args, **named))


def average(x: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    """`numpy.average`."""
    if weights is None:
        return mean(x, axis, keepdims=keepdims)
    x, w = array(x), array(weights)
    if w.shape != x.shape:
        w = w[tuple(slice(None) if k == axis % x.ndim else None for k in range(x.ndim))]
        w = broadcast(w, x.shape)
    scale = summed(w, axis=axis, keepdims=keepdims)
    found = summed(x * w, axis=axis, keepdims=keepdims) / scale
    return (found, scale) if returned else found


def extreme(by: Any, position: Any) -> Callable[..., Any]:
    """`numpy.max` or `numpy.min`: the element at the place where it is, the first of several."""

    def function(x: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None,
                 where: Any = None, dtype: Any = None) -> Any:  # fmt: skip
        x = as_array(x)
        if type(x) is Scalar:
            return x
        axis = axes_of(axis)
        keepdims = bool(keepdims) if keepdims is not np._NoValue else False
        now = x.now if where in (None, np._NoValue) else np.where(plain(where), x.now, plain(initial))
        data = by(now, axis=axis, keepdims=keepdims)
        axes = tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis
        axes = tuple(k % x.ndim for k in axes)
        kept = [k for k in range(x.ndim) if k not in axes]
        last = np.transpose(now, [*kept, *axes]).reshape([x.shape[k] for k in kept] + [-1])
        places = np.transpose(np.arange(now.size).reshape(now.shape), [*kept, *axes]).reshape(last.shape)
        at = np.take_along_axis(places, position(last, axis=-1)[..., None], -1)[..., 0]
        found = result(Gather(np.reshape(at, np.shape(data))), (x.node,), data)
        if initial is not None and initial is not np._NoValue:
            found = elementwise(np.maximum if by is np.max else np.minimum, found, initial)
        return into(out, found)

    return function


maximum_of: Final = extreme(np.max, np.argmax)
minimum_of: Final = extreme(np.min, np.argmin)


def product_of(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False,
               initial: Any = None, where: Any = None) -> Any:  # fmt: skip
    """`numpy.prod`: one factor after the other."""
    x = as_array(x)
    axis = axes_of(axis)
    data = np.prod(x.now, axis=axis, keepdims=bool(keepdims))
    rows = x.ravel() if axis is None else shown(x, lambda a: np.moveaxis(a, axis, 0))
    if len(rows) == 0:
        return untraced(data)
    found = rows[0]
    for i in range(1, len(rows)):
        found = found * rows[i]
    made = node(Elementwise(ops.identity), (found.node,), np.reshape(data, np.shape(data)))
    if np.shape(data) != np.shape(found.now):
        made = node(Gather(np.arange(np.size(data)).reshape(np.shape(data))), (found.node,), data)
    found = Scalar(made) if not isinstance(data, np.ndarray) else Array(Buffer(made))
    return into(out, found if initial is None or initial is np._NoValue else found * initial)


def accumulated(x: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """`numpy.cumsum`: the product with a triangle of ones."""
    x = array(x)
    if axis is None:
        x, axis = x.ravel(), 0
    axis = axis % x.ndim
    n = x.shape[axis]
    letters = "abcdefgh"[: x.ndim]
    triangle = Node(None, (), np.tri(n).T)
    by = lambda x, t: np.cumsum(x, axis=axis)  # noqa: E731
    op = Einsum(f"{letters},{letters[axis]}z->{letters.replace(letters[axis], 'z')}", by)
    return into(out, result(op, (x.node, triangle), np.cumsum(x.now, axis=axis)))


def accumulated_product(x: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    """`numpy.cumprod`."""
    x = array(x)
    if axis is None:
        x, axis = x.ravel(), 0
    rows = shown(x, lambda a: np.moveaxis(a, axis, 0))
    found = [rows[0]]
    for i in range(1, len(rows)):
        found.append(found[-1] * rows[i])
    return into(out, many_moved(np.stack, (0,))(found, axis=axis))
