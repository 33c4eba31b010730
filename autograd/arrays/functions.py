"""NumPy's functions of whole arrays on Values: what is computed, what only moves elements, what looks at numbers."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd.arrays import sums
from autograd.arrays.elements import floats, operand, recorded
from autograd.arrays.elementwise import without_gradient
from autograd.value import Value


def where(condition: Any, *choices: Any) -> Any:
    """np.where: elements of one or of the other, as they are; of a condition alone, the places where it holds."""
    holds = floats(condition) != 0.0
    if not choices:
        return np.where(holds)
    return np.where(holds, *map(operand, choices))


def clip(x: Any, low: Any = None, high: Any = None, **bounds: Any) -> Any:
    """np.clip: at a bound, half of the gradient."""
    low, high = bounds.pop("min", low), bounds.pop("max", high)
    if bounds:
        raise TypeError(f"np.clip of Values: unexpected {', '.join(bounds)}")
    above = x if low is None else np.maximum(x, low)
    return above if high is None else np.minimum(above, high)


def cumulative(ufunc: np.ufunc) -> Callable[..., Any]:
    """np.cumsum and the like."""

    def running(x: Any, axis: int | None = None, dtype: Any = None) -> Any:
        return ufunc.accumulate(x.ravel() if axis is None else x, axis=0 if axis is None else axis)

    return running


def sort(x: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    """np.sort: the elements in the order of their numbers."""
    array, axis = (x.ravel(), 0) if axis is None else (x, axis)
    return np.take_along_axis(array, np.argsort(floats(array), axis=axis, kind="stable"), axis)


def like(number: float | None) -> Callable[..., Any]:
    """np.zeros_like and the like: constants as Values; with a dtype of numbers, plain ones."""

    def made(x: Any, *given: Any, dtype: Any = None, shape: Any = None, **rest: Any) -> Any:
        (value,) = given if number is None else (number,)
        if dtype is not None and np.dtype(dtype) != object:
            return np.full(np.shape(x) if shape is None else shape, value, dtype=dtype)
        return np.full(np.shape(x) if shape is None else shape, value, dtype=object)

    return made


def pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    """np.pad, in the modes that only move elements, or fill in constants."""
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap", "empty"):
        raise TypeError(without_gradient(f"np.pad with mode={mode!r}"))
    if mode == "empty" or options.get("reflect_type", "even") != "even":
        raise TypeError(f"np.pad of Values: mode={mode!r} with {options} is not known; write it in operations")
    return np.pad(operand(array), pad_width, mode=mode, **options)


def average(x: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    """np.average without, or with weights of the same shape."""
    if weights is None:
        return sums.mean(x, axis, keepdims)
    return sums.total(np.multiply(x, weights), axis, keepdims) / sums.total(weights, axis, keepdims)


def of_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is told the bare numbers."""

    def told(*args: Any, **options: Any) -> Any:
        return function(*_bare(args), **{name: _bare(each) for name, each in options.items()})

    return told


def _bare(x: Any) -> Any:
    """The same with numbers for Values."""
    if isinstance(x, Value):
        return x.data
    if isinstance(x, np.ndarray):
        return floats(x) if x.dtype.kind == "O" else x
    return type(x)(map(_bare, x)) if type(x) in (list, tuple) else x


def into(out: Any, result: Any) -> Any:
    """The result, written into the array that is given for it."""
    if out is None:
        return result
    if out.dtype != object:
        raise TypeError(f"out: an array of {out.dtype} would lose the gradient; expected an array of Values")
    out[...] = result
    return out


def summing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction with the arguments of np.sum."""

    def reduced(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        return into(out, function(a, axis, keepdims))

    return reduced


def spread(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction with the arguments of np.var."""

    def reduced(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: bool = False,
        *, correction: float | None = None,
    ) -> Any:  # fmt: skip
        return into(out, function(a, axis, keepdims, ddof if correction is None else correction))

    return reduced


def choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction with the arguments of np.max."""

    def reduced(a: Any, axis: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        return into(out, function(a, axis, keepdims))

    return reduced


def of_two(function: Callable[..., Any]) -> Callable[..., Any]:
    """A product of two arrays with the arguments of np.dot."""

    def product(a: Any, b: Any, out: Any = None) -> Any:
        return into(out, function(a, b))

    return product


def einsum(*operands: Any, out: Any = None, optimize: Any = False) -> Any:
    """np.einsum."""
    return into(out, sums.einsum(*operands))


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    """np.trace."""
    return into(out, sums.trace(a, offset, axis1, axis2))


COMPUTED: Mapping[Any, Callable[..., Any]] = {
    np.sum: summing(sums.total),
    np.mean: summing(sums.mean),
    np.prod: summing(sums.product),
    np.var: spread(sums.variance),
    np.std: spread(sums.deviation),
    np.max: choosing(sums.largest),
    np.min: choosing(sums.smallest),
    np.amax: choosing(sums.largest),
    np.amin: choosing(sums.smallest),
    np.ptp: choosing(lambda a, axis, keepdims: sums.largest(a, axis, keepdims) - sums.smallest(a, axis, keepdims)),
    np.average: average,
    np.trace: trace,
    np.linalg.norm: sums.norm,
    np.cumsum: cumulative(np.add),
    np.cumprod: cumulative(np.multiply),
    np.dot: of_two(sums.dot),
    np.inner: sums.inner,
    np.vdot: sums.vdot,
    np.outer: of_two(sums.outer),
    np.tensordot: sums.tensordot,
    np.einsum: einsum,
    np.clip: clip,
    np.zeros_like: like(0.0),
    np.ones_like: like(1.0),
    np.empty_like: like(0.0),
    np.full_like: like(None),
}
"""What is computed here, with nodes or constants of its own for every result."""

CHOSEN: Mapping[Any, Callable[..., Any]] = {np.where: where, np.sort: sort, np.pad: pad}
"""What is written here to move elements, or fill in constants."""


def _named(words: str) -> frozenset[Any]:
    """The functions of NumPy by these names, those that this version has."""
    return frozenset(getattr(np, word) for word in words.split() if hasattr(np, word))


WRITING = _named("put_along_axis fill_diagonal copyto putmask place put")
"""What writes into the array that it is given first."""

MOVING = _named(
    """
    concatenate stack vstack hstack dstack column_stack block append insert delete reshape ravel transpose swapaxes
    moveaxis rollaxis matrix_transpose squeeze expand_dims atleast_1d atleast_2d atleast_3d broadcast_to
    broadcast_arrays resize roll rot90 flip fliplr flipud tile repeat split array_split hsplit vsplit dsplit unstack
    diag diagonal diagflat triu tril take take_along_axis compress extract select choose copy
    """
) | WRITING | {np.lib.stride_tricks.sliding_window_view, np.linalg.diagonal}
"""What only moves elements, or fills in constants: NumPy does it."""

IN_OPERATIONS = _named("diff ediff1d kron cross")
"""What NumPy itself writes in the functions of this room."""

OF_NUMBERS = _named(
    """
    argmax argmin argsort any all nonzero argwhere flatnonzero count_nonzero isclose allclose array_equal array_equiv
    unique searchsorted digitize isposinf isneginf array_repr array_str array2string histogram lexsort isin
    """
)
"""What looks at the numbers, and gives places, counts, or true and false."""

OF_SHAPES = _named("shape ndim size may_share_memory shares_memory result_type can_cast iscomplexobj isrealobj")
"""What looks at no element."""


def check_target(array: Any, name: str) -> None:
    """TypeError where Values would be written into an array of numbers."""
    if not isinstance(array, np.ndarray) or array.dtype != object:
        raise TypeError(f"np.{name} would lose the gradient: make the array one of Values first, with values(x)")


def record_in(array: Any) -> None:
    """The numbers that were written into an array as Values."""
    mine = array.view(np.ndarray)
    mine[...] = recorded(mine)
