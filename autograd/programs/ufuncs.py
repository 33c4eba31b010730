"""NumPy's functions of single numbers, taken element by element: which row of the table each of them is."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.primitive import Primitive
from autograd.programs.arrays import Array, Scalar, operand, plain, result
from autograd.programs.nested_arrays import array
from autograd.programs.operations import Unknown
from autograd.programs.traced import Elementwise, Numbers

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
logaddexp = Primitive(
    "logaddexp", lambda a, b: math.log(math.exp(a) + math.exp(b)),
    [lambda g, y, a, b: g * ops.exp(a - y), lambda g, y, a, b: g * ops.exp(b - y)], domain=[(-4, 4), (-4, 4)],
)  # fmt: skip
heaviside = Primitive(
    "heaviside", lambda x, h: ops.step(x) if x else h, [lambda g, y, x, h: 0.0, lambda g, y, x, h: 0.0],
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
    "cosh": ops.cosh, "tanh": ops.tanh, "arcsinh": asinh, "arccosh": acosh, "arctanh": atanh, "hypot": ops.hypot,
    "logaddexp": logaddexp, "heaviside": heaviside, "arctan2": ops.atan2,
}  # fmt: skip
"""By the name of the ufunc, the row of the table that it is."""

ELEMENTWISE: Final = {
    getattr(np, name): Elementwise(row, getattr(np, name)) for name, row in ROWS.items() if hasattr(np, name)
}

BY_MATH: Final[dict[Primitive, Callable[..., Numbers]]] = {
    **{row: getattr(np, name) for name, row in ROWS.items() if hasattr(np, name)},
    ops.power: np.power,
    ops.erf: np.vectorize(math.erf, otypes=[float]),
}
"""What computes a row of numbers that are no Python floats."""


COMPARISONS: Final = frozenset(
    [
        "isnan",
        "isfinite",
        "isinf",
        "signbit",
        "greater",
        "greater_equal",
        "less",
        "less_equal",
        "equal",
        "not_equal",
        "logical_and",
        "logical_or",
        "logical_xor",
        "logical_not",
    ]
)


def as_array(x: Any) -> Any:
    """x as an Array or a Scalar; itself where it is one."""
    return x if type(x) is Array or type(x) is Scalar else array(x)


def elementwise(ufunc: Any, *xs: Any, **named: Any) -> Any:
    """A ufunc at traced operands; NotImplemented where one is no numbers."""
    found = [operand(x) for x in xs]
    args = tuple([arg for arg in found if arg is not None])
    if len(args) < len(found):
        return NotImplemented
    named = plain(named)
    data = ufunc(*[arg.data for arg in args], **named)
    by: Callable[..., Numbers] = partial(ufunc, **named) if named else ufunc
    if type(data) is tuple:  # divmod, modf, frexp
        each = [Unknown(ufunc.__name__, lambda *ys, i=i: by(*ys)[i]) for i in range(len(data))]
        return tuple(result(op, args, y) for op, y in zip(each, data, strict=True))
    op = ELEMENTWISE.get(ufunc)
    if op is None:
        return result(Unknown(ufunc.__name__, by), args, data)
    return result(Elementwise(op.row, by) if named else op, args, data)


def into(out: Any, found: Any) -> Any:
    """What `out=` is given; an array that cannot hold a trace is written into, and the traced one given back."""
    if out is None:
        return found
    if type(out) is Array:
        out[...] = found
        return out
    np.copyto(plain(out), plain(found), casting="same_kind")
    return found if type(found) is Array else out


def followed_not(name: str, by: Any, xs: Sequence[Any]) -> Any:
    """A function whose slopes are not known here."""
    nodes: Any = tuple(operand(x) for x in xs)
    data = by(*[n.data for n in nodes])
    if type(data) in (tuple, list):
        return type(data)(result(Unknown(name, lambda *ys, i=i: by(*ys)[i]), nodes, d) for i, d in enumerate(data))
    return result(Unknown(name, by), nodes, data)
