"""NumPy's functions and methods on traced arrays: what each is in operations of `traced`."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.primitive import Primitive
from autograd.programs.arrays import (
    POS,
    Array,
    Scalar,
    Whole,
    array,
    index,
    is_traced,
    objects,
    operand,
    plain,
    result,
    source,
    untraced,
)
from autograd.programs.memory import JOIN, Buffer, as_type, compact, layout_in, places_of
from autograd.programs.traced import Einsum, Elementwise, Gather, Node, Numbers, Operation, Sum, Unknown, node

# ---------------------------------------------------------------- element by element

LN2, LN10 = math.log(2.0), math.log(10.0)

log2 = Primitive("log2", math.log2, [lambda g, y, x: g / (x * LN2)], domain=[(0.1, 4)])
log10 = Primitive("log10", math.log10, [lambda g, y, x: g / (x * LN10)], domain=[(0.1, 4)])
exp2 = Primitive("exp2", math.exp2, [lambda g, y, x: g * y * LN2], domain=[(-4, 4)])
square = Primitive("square", lambda x: x * x, [lambda g, y, x: g * (2.0 * x)], domain=[(-4, 4)])
reciprocal = Primitive("reciprocal", lambda x: 1.0 / x, [lambda g, y, x: -(g * y * y)], domain=[(0.1, 4)])
cbrt = Primitive("cbrt", math.cbrt, [lambda g, y, x: g / (3.0 * y * y)], domain=[(0.1, 4)])
asinh = Primitive("asinh", math.asinh, [lambda g, y, x: g / ops.sqrt(1.0 + x * x)], domain=[(-4, 4)])
acosh = Primitive("acosh", math.acosh, [lambda g, y, x: g / ops.sqrt(x * x - 1.0)], domain=[(1.1, 4)])
atanh = Primitive("atanh", math.atanh, [lambda g, y, x: g / (1.0 - x * x)], domain=[(-0.9, 0.9)])
hypot = Primitive(
    "hypot", math.hypot, [lambda g, y, a, b: g * (a / y), lambda g, y, a, b: g * (b / y)],
    domain=[(0.1, 4), (0.1, 4)],
)  # fmt: skip
logaddexp = Primitive(
    "logaddexp", lambda a, b: math.log(math.exp(a) + math.exp(b)),
    [lambda g, y, a, b: g * ops.exp(a - y), lambda g, y, a, b: g * ops.exp(b - y)], domain=[(-4, 4), (-4, 4)],
)  # fmt: skip
atan2 = Primitive(
    "atan2", math.atan2,
    [lambda g, y, a, b: g * b / (a * a + b * b), lambda g, y, a, b: -(g * a / (a * a + b * b))],
    domain=[(0.1, 4), (0.1, 4)],
)  # fmt: skip

ROWS: Final[dict[str, Primitive]] = {
    "add": ops.add, "subtract": ops.sub, "multiply": ops.mul, "divide": ops.div, "true_divide": ops.div,
    "power": ops.power, "float_power": ops.power, "pow": ops.power, "negative": ops.neg, "positive": ops.identity,
    "conjugate": ops.identity, "absolute": ops.absolute, "abs": ops.absolute, "fabs": ops.absolute,
    "sign": ops.sign, "maximum": ops.maximum, "fmax": ops.maximum, "minimum": ops.minimum, "fmin": ops.minimum,
    "exp": ops.exp, "exp2": exp2, "expm1": ops.expm1, "log": ops.log, "log1p": ops.log1p, "log2": log2,
    "log10": log10, "sqrt": ops.sqrt, "square": square, "reciprocal": reciprocal, "cbrt": cbrt, "sin": ops.sin,
    "cos": ops.cos, "tan": ops.tan, "arcsin": ops.asin, "arccos": ops.acos, "arctan": ops.atan, "sinh": ops.sinh,
    "cosh": ops.cosh, "tanh": ops.tanh, "arcsinh": asinh, "arccosh": acosh, "arctanh": atanh, "hypot": hypot,
    "logaddexp": logaddexp, "arctan2": atan2,
}  # fmt: skip
"""By the name of the ufunc, the row of the table that it is."""

ELEMENTWISE: Final = {getattr(np, name): Elementwise(row, getattr(np, name)) for name, row in ROWS.items() if hasattr(np, name)}  # noqa: E501

BY_MATH: Final[dict[Primitive, Callable[..., Numbers]]] = {
    **{row: getattr(np, name) for name, row in ROWS.items() if hasattr(np, name)},
    ops.power: np.power,
    ops.erf: np.vectorize(math.erf, otypes=[float]),
}
"""What computes a row of numbers that are no Python floats."""

SLOPELESS: Final = frozenset(
    "isnan isfinite isinf signbit greater greater_equal less less_equal equal not_equal logical_and logical_or "
    "logical_xor logical_not argmax argmin argsort count_nonzero any all allclose isclose array_equal array_equiv "
    "searchsorted digitize nonzero flatnonzero argwhere shape ndim size isin in1d result_type may_share_memory "
    "shares_memory array_repr array_str array2string savetxt save savez savez_compressed histogram bincount unravel_index isscalar "  # noqa: E501
    "zeros_like ones_like full_like empty_like min_scalar_type can_cast common_type iscomplexobj isrealobj isreal "
    "iscomplex lexsort argpartition tril_indices_from triu_indices_from diag_indices_from isneginf isposinf".split()
)
"""Functions that look at numbers and give none that would have a slope."""


def apply_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], named: dict[str, Any]) -> Any:
    """What a ufunc gives, or one of its methods."""
    out = named.pop("out", None)
    inputs = [array(x) if is_traced(x) and type(x) in (list, tuple) else x for x in inputs]
    if any(isinstance(x, np.ndarray) and x.dtype == object for x in map(plain_array, inputs)):
        return getattr(ufunc, method)(*[objects(x) if type(x) is Array else plain_array(x) for x in inputs], **named)
    if method == "at":
        return _at(ufunc, *inputs)
    if not any(type(x) is Array or type(x) is Scalar for x in inputs):
        found = getattr(ufunc, method)(*map(plain, inputs), **plain(named))
        found = untraced(found)
    elif method == "__call__":
        found = _called(ufunc, inputs, named)
    elif method == "outer":
        a, b = (array(x) if type(x) is not Scalar else x for x in inputs)
        spread = a[(...,) + (None,) * b.ndim] if type(a) is Array else a
        found = _called(ufunc, [spread, b], named)
    else:
        found = _along(ufunc, method, *inputs, **named)
    return into(out[0] if isinstance(out, tuple) else out, found)


def plain_array(x: Any) -> Any:
    """x as it is, where an Array or a Scalar as nothing."""
    return None if type(x) is Array or type(x) is Scalar else x


def into(out: Any, found: Any) -> Any:
    """What `out=` is given; an array that cannot hold a trace is written into, and the traced one given back."""
    if out is None:
        return found
    if type(out) is Array:
        out[...] = found
        return out
    np.copyto(plain(out), plain(found), casting="same_kind")
    return found if type(found) is Array else out


def _called(ufunc: Any, inputs: Sequence[Any], named: dict[str, Any]) -> Any:
    nodes = [operand(x) for x in inputs]
    if ufunc is np.matmul:
        return product(*inputs, by=np.matmul)
    if None in nodes:
        return NotImplemented
    args: Any = nodes
    data = ufunc(*[n.data for n in args], **plain(named))
    if type(data) is tuple:  # divmod, modf, frexp
        return tuple(result(Unknown(ufunc.__name__, lambda *xs, i=i: ufunc(*xs)[i]), tuple(args), d) for i, d in enumerate(data))  # noqa: E501
    op: Operation | None = ELEMENTWISE.get(ufunc)
    if ufunc.__name__ in SLOPELESS:
        return untraced(data)
    if op is None:
        op = Unknown(ufunc.__name__, partial(ufunc, **plain(named)) if named else ufunc)
    elif named:
        op = Elementwise(op.row, partial(ufunc, **plain(named)))  # type: ignore[attr-defined]
    return result(op, tuple(args), data)


def _at(ufunc: Any, a: Any, key: Any, b: Any = None) -> None:
    """`ufunc.at(a, key, b)`: b into a, one element after the other."""
    if type(a) is not Array:
        ufunc.at(a, plain(key), *(() if b is None else (plain(b),)))
        return
    key = index(key)
    where = a.where[key]
    data = a.now.copy(order="K")
    args = () if b is None else (operand(b),)
    ufunc.at(data, key, *(n.data for n in args if n is not None))
    if ufunc not in (np.add, np.subtract) or args[0] is None:
        a.write(node(Unknown(ufunc.__name__ + ".at", _again_at(ufunc, key)), (a.node, *[n for n in args if n]), data))
        return
    local = places_of(data)[key]
    op = Elementwise(ROWS[ufunc.__name__], None)
    spread = node(Spread(local, data.shape), (args[0],), Spread(local, data.shape)(args[0].data))
    a.write(node(op, (a.node, spread), data))
    del where


def _again_at(ufunc: Any, key: Any) -> Callable[..., Any]:
    def function(a: Any, *b: Any) -> Any:
        a = np.array(a)
        ufunc.at(a, key, *b)
        return a

    return function


class Spread(Operation):
    """Zeros, and at these flat places the operand added: the other way round of `Gather`."""

    name = "spread"

    def __init__(self, where: Any, shape: tuple[int, ...]) -> None:
        self.where, self._shape = np.asarray(where), shape

    def __call__(self, x: Numbers) -> Numbers:
        """The sums."""
        found = np.zeros(self._shape, dtype=np.result_type(x))
        np.add.at(found.reshape(-1), self.where.ravel(), np.ravel(np.broadcast_to(x, self.where.shape)))
        return found

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """That of the place."""
        return np.ravel(g)[self.where]


# ---------------------------------------------------------------- sums and products


def _axis(axis: Any) -> Any:
    axis = plain(axis)
    return tuple(axis) if type(axis) is list else axis


def summed(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None,
           where: Any = None, by: Any = np.sum) -> Any:  # fmt: skip
    """`numpy.sum`."""
    x = array(x) if type(x) is not Scalar else x
    if where is not None:
        x = chosen(where, x, 0.0)
    axis, given = _axis(axis), {} if dtype is None else {"dtype": plain(dtype)}
    keepdims = bool(keepdims) if keepdims is not np._NoValue else False
    function = partial(by, axis=axis, keepdims=keepdims, **given)
    of = operand(x)
    found = result(Sum(axis, keepdims, function), (of,), function(of.data))  # type: ignore[arg-type,union-attr]
    return into(out, found if initial is None else found + initial)


def mean(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, **named: Any) -> Any:
    """`numpy.mean`: the sum over the number."""
    x = array(x) if type(x) is not Scalar else x
    total = summed(x, axis, dtype, None, keepdims, by=np.add.reduce, **named)
    n = x.size // max(total.size, 1)
    if named.get("where") is not None:
        n = np.sum(np.broadcast_to(plain(named["where"]), x.shape), axis=_axis(axis), keepdims=bool(keepdims))
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
    x = array(x) if type(x) is not Scalar else x
    ddof = named.pop("correction", ddof)
    away = x - mean(x, axis, dtype, None, True)
    total = summed(apply_ufunc(np.multiply, "__call__", (away, away), {}), axis, None, None, keepdims, by=np.add.reduce)
    return into(out, _divided(total, max(x.size // max(total.size, 1) - plain(ddof), 0)))


def deviation(x: Any, *args: Any, **named: Any) -> Any:
    """`numpy.std`."""
    return apply_ufunc(np.sqrt, "__call__", (variance(x, *args, **named),), {})


def average(x: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    """`numpy.average`."""
    if weights is None:
        return mean(x, axis, keepdims=keepdims)
    x, w = array(x), array(weights)
    if w.shape != x.shape:
        w = w[tuple(slice(None) if k == axis % x.ndim else None for k in range(x.ndim))]
        w = broadcast(w, x.shape)
    scale = _method(np.sum)(w, axis=axis, keepdims=keepdims)
    return _method(np.sum)(x * w, axis=axis, keepdims=keepdims) / scale


def _along(ufunc: Any, method: str, x: Any, *args: Any, **named: Any) -> Any:
    """`ufunc.reduce` and `ufunc.accumulate`."""
    x = array(x) if type(x) is not Scalar else x
    names = ("axis", "dtype", "out", "keepdims", "initial", "where") if method == "reduce" else ("axis", "dtype", "out")
    given = dict(zip(names, args, strict=False)) | named
    given.setdefault("axis", 0)
    handler = REDUCED.get((ufunc.__name__, method))
    if handler is not None:
        return handler(x, **given)
    function = partial(getattr(ufunc, method), **plain(given))
    data = function(x.now)
    return untraced(data) if ufunc.__name__ in SLOPELESS else result(Unknown(ufunc.__name__, function), (x.node,), data)


def extreme(by: Any, position: Any) -> Callable[..., Any]:
    """`numpy.max` or `numpy.min`: the element at the place where it is, the first of several."""

    def function(x: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None,
                 where: Any = None, dtype: Any = None) -> Any:  # fmt: skip
        x = array(x) if type(x) is not Scalar else x
        if type(x) is Scalar:
            return x
        axis = _axis(axis)
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
            found = apply_ufunc(np.maximum if by is np.max else np.minimum, "__call__", (found, initial), {})
        return into(out, found)

    return function


maximum_of: Final = extreme(np.max, np.argmax)
minimum_of: Final = extreme(np.min, np.argmin)


def product_of(x: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False,
               initial: Any = None, where: Any = None) -> Any:  # fmt: skip
    """`numpy.prod`: one factor after the other."""
    x = array(x) if type(x) is not Scalar else x
    axis = _axis(axis)
    data = np.prod(x.now, axis=axis, keepdims=bool(keepdims))
    rows = x.ravel() if axis is None else _shown(x, lambda a: np.moveaxis(a, axis, 0))
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
    rows = _shown(x, lambda a: np.moveaxis(a, axis, 0))
    found = [rows[0]]
    for i in range(1, len(rows)):
        found.append(found[-1] * rows[i])
    return into(out, apply_function(np.stack, (found,), {"axis": axis}))


def _letters(a: Any, b: Any, axes: tuple[int, int]) -> str:
    """The letters of a product that adds up over one axis of each."""
    a_letters = list("abcdefghij"[: np.ndim(a)])
    b_letters = list("klmnopqrst"[: np.ndim(b)])
    b_letters[axes[1]] = a_letters[axes[0]]
    kept = [x for x in a_letters + b_letters if x != a_letters[axes[0]]]
    return f"{''.join(a_letters)},{''.join(b_letters)}->{''.join(kept)}"


def dot(a: Any, b: Any, out: Any = None, by: Any = np.dot) -> Any:
    """`numpy.dot`."""
    left, right = operand(a), operand(b)
    if left is None or right is None:
        return by(objects(a) if type(a) is Array else a, objects(b) if type(b) is Array else b)
    x, y = left.data, right.data
    data = by(x, y)
    if not np.ndim(x) or not np.ndim(y):
        return into(out, result(Elementwise(ops.mul, by), (left, right), data))
    letters = _letters(x, y, (-1, 0 if np.ndim(y) == 1 else -2))
    if letters in MATRIX_LETTERS:
        letters = MATRIX_LETTERS[letters]
    return into(out, result(Einsum(letters, by), (left, right), data))


MATRIX_LETTERS: Final = {"ab,bl->al": "ij,jk->ik"}


def product(a: Any, b: Any, by: Any) -> Any:
    """`a @ b`."""
    left, right = operand(a), operand(b)
    if left is None or right is None:
        return NotImplemented
    x, y = left.data, right.data
    if np.ndim(x) <= 2 and np.ndim(y) <= 2 and np.ndim(x) and np.ndim(y):
        return dot(a, b, by=by)
    data = by(x, y)
    batch = "abcdefgh"[-max(np.ndim(x), np.ndim(y)) + 2 :] if max(np.ndim(x), np.ndim(y)) > 2 else ""
    first = (batch[len(batch) - np.ndim(x) + 2 :] if np.ndim(x) > 2 else "") + ("ij" if np.ndim(x) > 1 else "j")
    second = (batch[len(batch) - np.ndim(y) + 2 :] if np.ndim(y) > 2 else "") + ("jk" if np.ndim(y) > 1 else "j")
    kept = batch + ("i" if np.ndim(x) > 1 else "") + ("k" if np.ndim(y) > 1 else "")
    return result(Einsum(f"{first},{second}->{kept}", by), (left, right), data)


def outer(a: Any, b: Any, out: Any = None) -> Any:
    """`numpy.outer`."""
    a, b = (array(x).ravel() for x in (a, b))
    return into(out, _product("i,j->ij", np.outer, a, b))


def _product(letters: str, by: Any, *xs: Any) -> Any:
    nodes: Any = tuple(operand(x) for x in xs)
    return result(Einsum(letters, by), nodes, by(*[n.data for n in nodes]))


def inner(a: Any, b: Any) -> Any:
    """`numpy.inner`."""
    if not np.ndim(plain(a)) or not np.ndim(plain(b)):
        return a * b
    a, b = array(a), array(b)
    return _product(_letters(a.now, b.now, (-1, -1)), np.inner, a, b)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """`numpy.tensordot`."""
    a, b = array(a), array(b)
    axes = plain(axes)
    if isinstance(axes, int):
        pairs = list(zip(range(a.ndim - axes, a.ndim), range(axes), strict=True))
    else:
        first, second = ([x] if isinstance(x, int) else list(x) for x in axes)
        pairs = [(i % a.ndim, j % b.ndim) for i, j in zip(first, second, strict=True)]
    left, right = list("abcdefghij"[: a.ndim]), list("klmnopqrst"[: b.ndim])
    for i, j in pairs:
        right[j] = left[i]
    kept = [x for x in left + right if (x in left) != (x in right)]
    by = partial(np.tensordot, axes=axes)
    return _product(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", by, a, b)


def einsum(letters: str, *xs: Any, **named: Any) -> Any:
    """`numpy.einsum`."""
    xs = tuple(x if type(x) is Scalar else array(x) for x in xs)
    by = lambda *ys: np.einsum(letters, *ys, **named)  # noqa: E731
    inputs, _, output = letters.replace(" ", "").partition("->")
    parts = inputs.split(",")
    if "->" not in letters:
        output = "".join(sorted(x for x in set(inputs) - {",", "."} if inputs.count(x) == 1))
        output = ("..." if "..." in inputs else "") + output
    spare = [x for x in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if x not in letters]
    longest = max((x.ndim - len(p) + 3 for p, x in zip(parts, xs, strict=True) if "..." in p), default=0)
    for k, (part, x) in enumerate(zip(parts, xs, strict=True)):
        if "..." in part:
            n = x.ndim - len(part) + 3
            parts[k] = part.replace("...", "".join(spare[longest - n : longest]))
    output = output.replace("...", "".join(spare[:longest]))
    if any(len(set(p)) < len(p) for p in parts):
        return followed_not("einsum", by, xs) if len(xs) > 1 else _diagonal_sum(parts[0], output, xs[0])
    return _product(f"{','.join(parts)}->{output}", by, *xs)


def _diagonal_sum(part: str, output: str, x: Any) -> Any:
    """`einsum("ii->i", x)` and the like, of which some letters come twice."""
    letters = sorted(set(part), key=part.index)
    lengths = {letter: n for letter, n in zip(part, x.shape, strict=True)}
    grid = np.indices([lengths[letter] for letter in letters])
    taken = x[tuple(grid[letters.index(letter)] for letter in part)]
    return einsum(f"{''.join(letters)}->{output}", taken)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    """`numpy.trace`."""
    x = array(x)
    diagonal = _shown(x, lambda a: np.diagonal(a, offset, axis1, axis2))
    return into(out, summed(diagonal, axis=-1))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: A002
    """`numpy.linalg.norm`."""
    x, axis = array(x), _axis(axis)
    by = partial(np.linalg.norm, ord=ord, axis=axis, keepdims=keepdims)
    if axis is None and (ord is None or (ord == 2 and x.ndim == 1) or (ord == "fro" and x.ndim == 2)):
        flat = x.ravel("K")
        found = apply_ufunc(np.sqrt, "__call__", (dot(flat, flat),), {})
        return found.reshape((1,) * x.ndim) if keepdims else found
    vectors = isinstance(axis, int) or (axis is not None and len(axis) == 1) or (axis is None and x.ndim == 1)
    if ord in (None, "fro") or (ord == 2 and vectors):
        return apply_ufunc(np.sqrt, "__call__", (summed(x * x, axis, keepdims=keepdims, by=np.add.reduce),), {})
    size = abs(x)
    if vectors and ord in (1, np.inf, -np.inf):
        return {1: summed, np.inf: maximum_of, -np.inf: minimum_of}[ord](size, axis=axis, keepdims=keepdims)
    if vectors and isinstance(ord, (int, float)) and ord != 0:
        return summed(size**ord, axis, keepdims=keepdims, by=np.add.reduce) ** np.reciprocal(float(ord))
    if not vectors and ord in (1, np.inf) and axis is None:
        return maximum_of(summed(size, axis=0 if ord == 1 else 1))
    return followed_not("norm", by, (x,))


def convolved(by: Any) -> Callable[..., Any]:
    """`numpy.convolve` or `numpy.correlate`: a sum of products, with a 1 for each that counts."""

    def function(a: Any, v: Any, mode: str = "full" if by is np.convolve else "valid") -> Any:
        a, v = array(a), array(v)
        ones = [[by(x, y, mode) for y in np.eye(len(v))] for x in np.eye(len(a))]
        counted = Node(None, (), np.rint(np.array(ones)))
        calls = lambda x, y, t: by(x, y, mode)  # noqa: E731
        return result(Einsum("i,j,ijn->n", calls), (a.node, v.node, counted), by(a.now, v.now, mode))

    return function


def kron(a: Any, b: Any) -> Any:
    """`numpy.kron`."""
    a, b = array(a), array(b)
    if a.ndim != 2 or b.ndim != 2:
        if a.ndim == 1 and b.ndim == 1:
            return outer(a, b).ravel()
        return followed_not("kron", np.kron, (a, b))
    spread = _product("ij,kl->ikjl", lambda x, y: np.einsum("ij,kl->ikjl", x, y), a, b)
    return spread.reshape(a.shape[0] * b.shape[0], -1)


def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """`numpy.linalg.multi_dot`."""
    xs = [array(x) for x in arrays]
    letters = "abcdefghijklmnop"
    parts = [letters[i : i + 2] for i in range(len(xs))]
    if xs[0].ndim == 1:
        parts[0] = parts[0][1:]
    if xs[-1].ndim == 1:
        parts[-1] = parts[-1][:1]
    kept = ("" if xs[0].ndim == 1 else "a") + ("" if xs[-1].ndim == 1 else letters[len(xs)])
    return into(out, _product(f"{','.join(parts)}->{kept}", lambda *ys: np.linalg.multi_dot(ys), *xs))


# ---------------------------------------------------------------- choosing


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
    x = x if type(x) is Scalar else array(x)
    found = x
    if low is not None and low is not np._NoValue:
        found = apply_ufunc(np.maximum, "__call__", (found, low), dict(named))
    if high is not None and high is not np._NoValue:
        found = apply_ufunc(np.minimum, "__call__", (found, high), dict(named))
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
    return _shown(x, lambda a: np.take_along_axis(a, places, axis))


def median(x: Any, axis: Any = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
    """`numpy.median`: the mean of the two in the middle."""
    x = array(x)
    data = np.median(x.now, axis=axis, keepdims=keepdims)
    if isinstance(axis, tuple):
        return followed_not("median", lambda a: np.median(a, axis=axis, keepdims=keepdims), (x,))
    rows = _shown(ordered(x, axis), lambda a: np.moveaxis(a, -1 if axis is None else axis, 0))
    n = len(rows)
    found = mean(rows[(n - 1) // 2 : n // 2 + 1], axis=0)
    return found.reshape(np.shape(data)) if np.shape(data) != np.shape(plain(found)) else found


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


# ---------------------------------------------------------------- moving elements about


def _shown(x: Any, by: Callable[[Any], Any]) -> Any:
    return x.shown(by) if type(x) is Array or type(x) is Scalar else untraced(by(x))


def broadcast(x: Any, shape: Any) -> Any:
    """`numpy.broadcast_to`."""
    return _shown(array(x), lambda a: np.broadcast_to(a, shape))


def one_moved(function: Any) -> Callable[..., Any]:
    """A function that shows the elements of its first argument otherwise, as a view or a copy."""

    def moved(x: Any, *args: Any, **named: Any) -> Any:
        x = x if type(x) is Scalar else array(x)
        args, named = plain(args), plain(named)
        probe = function(x.sample, *args, **named)
        if type(probe) in (list, tuple):
            return type(probe)(
                _shown(x, lambda a, i=i: function(a, *args, **named)[i]) for i in range(len(probe))  # type: ignore[misc]
            )
        return _shown(x, lambda a: function(a, *args, **named))

    return moved


def many_moved(function: Any, positions: tuple[int, ...], names: tuple[str, ...] = ()) -> Callable[..., Any]:
    """A function that puts together the elements of several arguments: found by its doing the same to their places."""

    def moved(*args: Any, **named: Any) -> Any:
        nodes: list[Node] = [Node(None, (), 0.0)]
        size = 1

        def places(x: Any) -> Any:
            nonlocal size
            if type(x) in (list, tuple):
                return [places(one) for one in x]
            of = operand(x)
            if of is None:
                raise TypeError(f"{function.__name__}: expected numbers, got {type(x).__name__}")
            start, size = size, size + np.size(of.data)
            nodes.append(of)
            return start if np.ndim(of.data) == 0 else places_of(of.data, start)

        plainly = plain(list(args))
        data = function(*plainly, **plain(named))
        marked = [places(x) if i in positions else plain(x) for i, x in enumerate(args)]
        marks = {k: places(x) if k in names else plain(x) for k, x in named.items() if k != "dtype"}
        where = function(*marked, **marks)
        joined = node(JOIN, tuple(nodes), JOIN(*[n.data for n in nodes]))
        if type(data) in (list, tuple):
            return type(data)(result(Gather(w), (joined,), d) for w, d in zip(where, data, strict=True))
        found = result(Gather(where), (joined,), data)
        return found

    return moved


def written(function: Any, positions: tuple[int, ...]) -> Callable[..., None]:
    """A function that writes into its first argument."""

    def write(target: Any, *args: Any, **named: Any) -> None:
        if type(target) is not Array:
            function(target, *plain(args), **plain(named))
            return
        nodes: list[Node] = [target.node]
        size = target.size

        def places(x: Any) -> Any:
            nonlocal size
            of = operand(x)
            if of is None:
                raise TypeError(f"{function.__name__}: expected numbers, got {type(x).__name__}")
            start, size = size, size + np.size(of.data)
            nodes.append(of)
            return start if np.ndim(of.data) == 0 else places_of(of.data, start)

        data = target.now.copy(order="K")
        function(data, *plain(args), **plain(named))
        where = places_of(data)
        function(where, *[places(x) if i in positions else plain(x) for i, x in enumerate(args, 1)], **plain(named))
        joined = node(JOIN, tuple(nodes), JOIN(*[n.data for n in nodes]))
        target.write(node(Gather(where), (joined,), data))

    return write


def followed_not(name: str, by: Any, xs: Sequence[Any]) -> Any:
    """A function whose slopes are not known here."""
    nodes: Any = tuple(operand(x) for x in xs)
    data = by(*[n.data for n in nodes])
    if type(data) in (tuple, list):
        return type(data)(result(Unknown(name, lambda *ys, i=i: by(*ys)[i]), nodes, d) for i, d in enumerate(data))
    return result(Unknown(name, by), nodes, data)


def along_axis(function: Any, axis: int, x: Any, *args: Any, **named: Any) -> Any:
    """`numpy.apply_along_axis`."""
    x = array(x)
    rest = [n for k, n in enumerate(x.shape) if k != axis % x.ndim]
    rows = _shown(x, lambda a: np.moveaxis(a, axis, -1).reshape(-1, a.shape[axis]))
    found = array([function(row, *args, **named) for row in rows])
    if found.ndim == 1:
        return found.reshape(rest)
    back = found.reshape([*rest, *found.shape[1:]])
    return _shown(back, lambda a: np.moveaxis(a, -1, axis)) if type(back) is Array else np.moveaxis(back, -1, axis)


# ---------------------------------------------------------------- the tables

REDUCED: Final[dict[tuple[str, str], Callable[..., Any]]] = {
    ("add", "reduce"): partial(summed, by=np.add.reduce),
    ("multiply", "reduce"): product_of,
    ("maximum", "reduce"): maximum_of,
    ("minimum", "reduce"): minimum_of,
    ("add", "accumulate"): accumulated,
    ("multiply", "accumulate"): accumulated_product,
}

MOVED: Final = (
    "reshape ravel transpose moveaxis swapaxes rollaxis expand_dims squeeze diagonal flip fliplr flipud rot90 roll "
    "repeat take tile broadcast_to split array_split vsplit hsplit dsplit delete permute_dims matrix_transpose "
    "resize trim_zeros".split()
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
    "copy": lambda x, order="K", subok=False: array(x).copy(order),
    "atleast_1d": lambda *xs: _each(xs, lambda x: x.reshape(1) if x.ndim == 0 else x),
    "atleast_2d": lambda *xs: _each(xs, lambda x: x[None, :] if x.ndim == 1 else x.reshape(1, 1) if x.ndim == 0 else x),
    "sliding_window_view": one_moved(np.lib.stride_tricks.sliding_window_view),
    "real": lambda x: x, "real_if_close": lambda x, tol=100: x,
    "nansum": lambda x, *a, **k: summed(without_nan(x), *a, **k),
    "diff": lambda x, n=1, axis=-1, **k: _differences(array(x), n, axis),
}  # fmt: skip


def _each(xs: Sequence[Any], by: Callable[[Any], Any]) -> Any:
    found = [by(x if type(x) is Scalar else array(x)) for x in xs]
    return found[0] if len(found) == 1 else tuple(found)


def _differences(x: Any, n: int, axis: int) -> Any:
    for _ in range(n):
        later = _shown(x, lambda a: np.moveaxis(np.moveaxis(a, axis, 0)[1:], 0, axis))
        sooner = _shown(x, lambda a: np.moveaxis(np.moveaxis(a, axis, 0)[:-1], 0, axis))
        x = later - sooner
    return x


def apply_function(function: Any, args: Any, named: Any) -> Any:
    """What a function of NumPy gives at these arguments."""
    if not any(map(is_traced, args)) and not any(map(is_traced, named.values())):
        return untraced(function(*plain(args), **plain(named)))
    name = function.__name__
    handler = FUNCTIONS.get(name)
    if handler is not None:
        return handler(*args, **named)
    if name in SLOPELESS:
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
    return _shown(self, lambda a: a.reshape(shape, **named))


def _transposed(self: Any, *axes: Any) -> Any:
    axes = plain(axes)
    return _shown(self, lambda a: a.transpose(*axes))


def _typed(self: Any, dtype: Any, *args: Any, copy: Any = True, **named: Any) -> Any:
    kind = np.dtype(plain(dtype))
    if kind.kind != "f":
        return objects(self) if kind == object else untraced(np.asarray(self.now).astype(kind)[()])
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


METHODS: Final[dict[str, Callable[..., Any]]] = {
    **{
        name: _method(getattr(np, name))
        for name in "sum mean std var prod cumsum cumprod max min ptp dot trace diagonal repeat take squeeze "
        "swapaxes round clip argmax argmin argsort nonzero any all searchsorted choose compress put resize".split()
    },
    "reshape": _shaped, "transpose": _transposed, "astype": _typed, "tolist": _listed, "item": _item,
    "ravel": lambda self, order="C": _shown(self, lambda a: a.ravel(order)),
    "flatten": lambda self, order="C": _shown(self, lambda a: a.flatten(order)),
    "conj": lambda self: self, "conjugate": lambda self: self, "sort": _sorted_in_place, "fill": _filled,
    "view": lambda self, *args: self.shown(lambda a: a.view()), "__getnewargs__": None,
}  # fmt: skip

del METHODS["__getnewargs__"]
