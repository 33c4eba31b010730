"""NumPy's functions, methods and ufuncs on traced arrays, by name."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from autograd.programs.arrays import Array, Scalar, index, is_traced, operand, plain, result, untraced
from autograd.programs.buffers import Buffer, as_type, places_of
from autograd.programs.choices import along, chosen, clipped, median, ordered, piecewise, rounded, without_nan
from autograd.programs.moves import along_axis, many_moved, one_moved, shown, written
from autograd.programs.nested_arrays import array, objects
from autograd.programs.operations import Unknown
from autograd.programs.products import (
    convolved,
    dot,
    einsum,
    inner,
    kron,
    multi_dot,
    norm,
    outer,
    product,
    tensordot,
    trace,
)
from autograd.programs.traced import Numbers, Operation, node
from autograd.programs.traced_sums import (
    accumulated,
    accumulated_product,
    average,
    deviation,
    maximum_of,
    mean,
    minimum_of,
    product_of,
    summed,
    variance,
)
from autograd.programs.ufuncs import COMPARISONS, as_array, elementwise, followed_not, into

OBSERVERS: Final = frozenset(
    [
        "argmax",
        "argmin",
        "argsort",
        "count_nonzero",
        "any",
        "all",
        "allclose",
        "isclose",
        "array_equal",
        "array_equiv",
        "searchsorted",
        "digitize",
        "nonzero",
        "flatnonzero",
        "argwhere",
        "shape",
        "ndim",
        "size",
        "isin",
        "in1d",
        "result_type",
        "may_share_memory",
        "shares_memory",
        "array_repr",
        "array_str",
        "array2string",
        "savetxt",
        "save",
        "savez",
        "savez_compressed",
        "histogram",
        "bincount",
        "unravel_index",
        "isscalar",
        "zeros_like",
        "ones_like",
        "full_like",
        "empty_like",
        "min_scalar_type",
        "can_cast",
        "common_type",
        "iscomplexobj",
        "isrealobj",
        "isreal",
        "iscomplex",
        "lexsort",
        "argpartition",
        "tril_indices_from",
        "triu_indices_from",
        "diag_indices_from",
        "isneginf",
        "isposinf",
    ]
)
"""Functions that look at numbers, and give none that would have a slope."""


# ---------------------------------------------------------------- ufuncs


def apply_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], named: dict[str, Any]) -> Any:
    """What a ufunc gives, or one of its methods."""
    out = named.pop("out", None)
    if method == "__call__" and len(inputs) > ufunc.nin:
        inputs, out = inputs[: ufunc.nin], inputs[ufunc.nin]
    inputs = [array(x) if type(x) in (list, tuple) and is_traced(x) else x for x in inputs]
    if any(isinstance(x, np.ndarray) and x.dtype == object for x in inputs):
        return getattr(ufunc, method)(*[objects(x) if type(x) is Array else x for x in inputs], **named)
    if method == "at":
        return _at(ufunc, *inputs)
    if not any(type(x) is Array or type(x) is Scalar for x in inputs) or ufunc.__name__ in COMPARISONS:
        found = untraced(getattr(ufunc, method)(*plain(inputs), **plain(named)))
    elif ufunc is np.matmul:
        found = product(inputs[0], inputs[1], np.matmul)
    elif method == "__call__":
        found = _masked(ufunc, inputs, out, **named) if "where" in named else elementwise(ufunc, *inputs, **named)
    elif method == "outer":
        a, b = (as_array(x) for x in inputs)
        found = elementwise(ufunc, a[(..., *[None] * b.ndim)] if type(a) is Array else a, b, **named)
    else:
        found = _along(ufunc, method, *inputs, **named)
    return into(out[0] if type(out) is tuple else out, found)


def _masked(ufunc: Any, inputs: Sequence[Any], out: Any, where: Any, **named: Any) -> Any:
    """`ufunc(..., where=mask, out=out)`: elsewhere what is in `out`."""
    with np.errstate(all="ignore"):
        found = elementwise(ufunc, *inputs, **named)
    out = out[0] if type(out) is tuple else out
    return found if out is None else chosen(where, found, out)


def _along(ufunc: Any, method: str, x: Any, *args: Any, **named: Any) -> Any:
    """`ufunc.reduce` and `ufunc.accumulate`."""
    x = as_array(x)
    names = ("axis", "dtype", "out", "keepdims", "initial", "where") if method == "reduce" else ("axis", "dtype", "out")
    given = dict(zip(names, args, strict=False)) | named
    given.setdefault("axis", 0)
    handler = REDUCED.get((ufunc.__name__, method))
    if handler is not None:
        return handler(x, **given)
    function = partial(getattr(ufunc, method), **plain(given))
    data = function(x.now)
    return result(Unknown(f"{ufunc.__name__}.{method}", function), (x.node,), data)


def _at(ufunc: Any, a: Any, key: Any, *b: Any) -> Any:
    """`ufunc.at(a, key, b)`: b into a, one element after the other."""
    key = index(key)
    if type(a) is not Array:
        return ufunc.at(plain(a), key, *plain(b))
    data = a.now.copy(order="K")
    args = [arg for arg in map(operand, b) if arg is not None]
    ufunc.at(data, key, *[arg.data for arg in args])

    def again(x: Numbers, *ys: Numbers) -> Numbers:
        x = np.array(x, dtype=np.result_type(x, *ys))
        ufunc.at(x, key, *ys)
        return x

    if ufunc in (np.add, np.subtract):
        op: Operation = AddAt(places_of(data)[key], -1.0 if ufunc is np.subtract else 1.0, again)
    else:
        op = Unknown(f"{ufunc.__name__}.at", again)
    return a.write(node(op, (a.node, *args), data))


class AddAt(Operation):
    """The first operand, and at these flat places of it the second one added, as often as a place occurs."""

    name = "add.at"

    def __init__(self, where: Any, sign: float, by: Callable[..., Numbers]) -> None:
        self.where, self.sign, self._by = np.asarray(where), sign, by

    def __call__(self, *xs: Numbers) -> Numbers:
        """The sums."""
        return self._by(*xs)

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """That of the place."""
        return self.sign * np.ravel(np.broadcast_to(g, np.shape(y)))[self.where] if k else g


# ---------------------------------------------------------------- functions

REDUCED: Final[dict[tuple[str, str], Callable[..., Any]]] = {
    ("add", "reduce"): partial(summed, by=np.add.reduce),
    ("multiply", "reduce"): product_of,
    ("maximum", "reduce"): maximum_of,
    ("minimum", "reduce"): minimum_of,
    ("add", "accumulate"): accumulated,
    ("multiply", "accumulate"): accumulated_product,
}

MOVED: Final = (
    "reshape", "ravel", "transpose", "moveaxis", "swapaxes", "rollaxis", "expand_dims", "squeeze", "diagonal", "flip",
    "fliplr", "flipud", "rot90", "roll", "repeat", "take", "tile", "broadcast_to", "split", "array_split", "vsplit",
    "hsplit", "dsplit", "delete", "permute_dims", "matrix_transpose", "resize", "trim_zeros",
)  # fmt: skip

JOINED: Final[dict[str, tuple[tuple[int, ...], tuple[str, ...]]]] = {
    "concatenate": ((0,), ("arrays",)), "concat": ((0,), ()), "stack": ((0,), ("arrays",)), "vstack": ((0,), ("tup",)),
    "hstack": ((0,), ("tup",)), "dstack": ((0,), ("tup",)), "column_stack": ((0,), ("tup",)),
    "row_stack": ((0,), ("tup",)), "block": ((0,), ()), "append": ((0, 1), ("arr", "values")),
    "insert": ((0, 2), ("values",)), "pad": ((0,), ("constant_values",)), "select": ((1, 2), ("default",)),
    "choose": ((1,), ("choices",)), "tril": ((0,), ()), "triu": ((0,), ()), "diag": ((0,), ()), "diagflat": ((0,), ()),
    "compress": ((1,), ()), "extract": ((1,), ()), "meshgrid": (tuple(range(9)), ()),
    "broadcast_arrays": (tuple(range(9)), ()), "ediff1d": ((), ()),
}  # fmt: skip

WRITTEN: Final[dict[str, tuple[int, ...]]] = {
    "copyto": (1,), "put": (2,), "place": (2,), "putmask": (2,), "put_along_axis": (2,), "fill_diagonal": (1,),
}  # fmt: skip

FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    **{name: one_moved(getattr(np, name)) for name in MOVED if hasattr(np, name)},
    **{name: many_moved(getattr(np, name), *spec) for name, spec in JOINED.items() if hasattr(np, name)},
    **{name: written(getattr(np, name), spec) for name, spec in WRITTEN.items()},
    "sum": summed, "mean": mean, "average": average, "var": variance, "std": deviation, "prod": product_of,
    "cumsum": accumulated, "cumprod": accumulated_product, "max": maximum_of, "amax": maximum_of, "min": minimum_of,
    "amin": minimum_of, "ptp": lambda x, axis=None, out=None, keepdims=False: (
        maximum_of(x, axis, None, keepdims) - minimum_of(x, axis, None, keepdims)),
    "dot": dot, "vdot": lambda a, b: dot(array(a).ravel(), array(b).ravel(), by=np.vdot), "inner": inner,
    "outer": outer, "tensordot": tensordot, "einsum": einsum, "kron": kron, "trace": trace, "norm": norm,
    "multi_dot": multi_dot, "convolve": convolved(np.convolve), "correlate": convolved(np.correlate),
    "where": chosen, "clip": clipped, "nan_to_num": without_nan, "sort": ordered, "take_along_axis": along,
    "median": median, "round": rounded, "around": rounded, "round_": rounded, "apply_along_axis": along_axis,
    "asfortranarray": lambda x, dtype=None, like=None: x if x.now.flags.f_contiguous else x.copy("F"),
    "ascontiguousarray": lambda x, dtype=None, like=None: x if x.now.flags.c_contiguous else x.copy("C"),
    "copy": lambda x, order="K", subok=False: array(x).copy(order),
    "atleast_1d": lambda *xs: _each(xs, lambda x: x.reshape(1) if x.ndim == 0 else x),
    "atleast_2d": lambda *xs: _each(xs, lambda x: x[None, :] if x.ndim == 1 else x.reshape(1, 1) if x.ndim == 0 else x),
    "sliding_window_view": one_moved(np.lib.stride_tricks.sliding_window_view),
    "as_strided": one_moved(np.lib.stride_tricks.as_strided),
    "real": lambda x: x, "real_if_close": lambda x, tol=100: x,
    "piecewise": piecewise, "nansum": lambda x, *a, **k: summed(without_nan(x), *a, **k),
    "diff": lambda x, n=1, axis=-1, **k: _differences(array(x), n, axis),
}  # fmt: skip


def _each(xs: Sequence[Any], by: Callable[[Any], Any]) -> Any:
    found = [by(as_array(x)) for x in xs]
    return found[0] if len(found) == 1 else tuple(found)


def _differences(x: Any, n: int, axis: int) -> Any:
    for _ in range(n):
        later = shown(x, lambda a: np.moveaxis(np.moveaxis(a, axis, 0)[1:], 0, axis))
        sooner = shown(x, lambda a: np.moveaxis(np.moveaxis(a, axis, 0)[:-1], 0, axis))
        x = later - sooner
    return x


FIRST: Final = ("condition", "a", "arr", "ary", "array", "arrays", "tup", "m", "v", "x", "x1", "b", "x2", "y")
"""What NumPy calls the arguments that are arrays, in their order."""


def apply_function(function: Any, args: Any, named: Any) -> Any:
    """What a function of NumPy gives at these arguments."""
    if not any(map(is_traced, args)) and not any(map(is_traced, named.values())):
        return untraced(function(*plain(args), **plain(named)))
    if not args:  # given by name
        args = tuple(named.pop(name) for name in FIRST if name in named)
    name = function.__name__
    handler = FUNCTIONS.get(name)
    if handler is not None:
        return handler(*args, **named)
    if name in OBSERVERS:
        return untraced(function(*plain(args), **plain(named)))
    at = [i for i, x in enumerate(args) if is_traced(x)]
    named = plain(named)

    def by(*xs: Any) -> Any:
        given = list(plain(args))
        for i, x in zip(at, xs, strict=True):
            given[i] = x
        return function(*given, **named)

    return followed_not(name, by, [args[i] for i in at])


# ---------------------------------------------------------------- methods


def _method(function: Any) -> Callable[..., Any]:
    """A function of NumPy as a method."""
    return lambda self, *args, **named: apply_function(function, (self, *args), named)


def _shaped(self: Any, *shape: Any, **named: Any) -> Any:
    shape = plain(shape[0] if len(shape) == 1 else shape)
    return shown(self, lambda a: a.reshape(shape, **named))


def _transposed(self: Any, *axes: Any) -> Any:
    axes = plain(axes)
    return shown(self, lambda a: a.transpose(*axes))


def _typed(self: Any, dtype: Any, *args: Any, copy: Any = True, **named: Any) -> Any:
    kind = np.dtype(plain(dtype))
    if kind.kind != "f":
        return objects(self) if kind.kind == "O" else untraced(np.asarray(self.now).astype(kind)[()])
    if kind == self.dtype:
        return self.copy("K") if copy else self
    made = as_type(self.node, kind)
    return Array(Buffer(made)) if isinstance(made.data, np.ndarray) else Scalar(made)


def _listed(self: Any) -> Any:
    if type(self) is Scalar:
        return Scalar(as_type(self.node, float))
    if self.ndim == 0:
        return _item(self)
    return [_listed(x) for x in self]


def _item(self: Any, *at: Any) -> Any:
    if type(self) is Scalar:
        return Scalar(as_type(self.node, float))
    self.sample.item(*at)
    place = int(self.where.item(*at))
    return Scalar(as_type(self.buffer.element(place), float))


def _sorted_in_place(self: Any, axis: int = -1, **named: Any) -> None:
    self[...] = ordered(self, axis)


def _filled(self: Any, value: Any) -> None:
    self[...] = value


NUMPY_METHODS: Final = (
    "sum", "mean", "std", "var", "prod", "cumsum", "cumprod", "max", "min", "ptp", "dot", "trace", "diagonal",
    "repeat", "take", "squeeze", "swapaxes", "round", "clip", "argmax", "argmin", "argsort", "nonzero", "any", "all",
    "searchsorted", "choose", "compress", "put",
)  # fmt: skip
"""Methods that take what the function of the same name takes after the array."""

METHODS: Final[dict[str, Callable[..., Any]]] = {
    **{name: _method(getattr(np, name)) for name in NUMPY_METHODS},
    "reshape": _shaped, "transpose": _transposed, "astype": _typed, "tolist": _listed, "item": _item,
    "ravel": lambda self, order="C": shown(self, lambda a: a.ravel(order)),
    "flatten": lambda self, order="C": shown(self, lambda a: a.flatten(order)),
    "conj": lambda self: self, "conjugate": lambda self: self, "sort": _sorted_in_place, "fill": _filled,
    "view": lambda self, *args: self.shown(lambda a: a.view()),
}  # fmt: skip
