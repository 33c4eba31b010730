"""NumPy's functions of single elements on Values: by their operators and methods, or by operations of the table."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd import ops
from autograd.arrays.elements import Plain, floats, operand

BY_THEMSELVES = frozenset(
    {"add", "subtract", "multiply", "divide", "power", "negative", "positive", "absolute", "square", "reciprocal"}
    | {"exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan"}
    | {"sinh", "cosh", "tanh"}
)
"""What NumPy does right on arrays of objects: it calls their operators, and their methods of these names."""

LN_2, LN_10 = float(np.log(2.0)), float(np.log(10.0))

COMPOSED: Mapping[str, Callable[..., Any]] = {
    "sign": ops.sign,
    "maximum": ops.maximum,
    "minimum": ops.minimum,
    "fmax": ops.maximum,
    "fmin": ops.minimum,
    "clip": lambda x, low, high: ops.minimum(ops.maximum(x, low), high),
    "fabs": ops.absolute,
    "float_power": ops.power,
    "conjugate": lambda x: x,
    "exp2": lambda x: ops.power(2.0, x),
    "log2": lambda x: ops.log(x) / LN_2,
    "log10": lambda x: ops.log(x) / LN_10,
    "logaddexp": ops.log_sum_exp,
    "hypot": ops.hypot,
    "arctan2": ops.atan2,
    "heaviside": lambda x, at_0: ops.where(ops.nonzero(x), ops.step(x), at_0),
    "degrees": lambda x: x * (180.0 / np.pi),
    "rad2deg": lambda x: x * (180.0 / np.pi),
    "radians": lambda x: x * (np.pi / 180.0),
    "deg2rad": lambda x: x * (np.pi / 180.0),
}
"""What it does not, in operations; element by element."""

OF_SCIPY: Mapping[str, Callable[..., Any]] = {
    "expit": ops.sigmoid,
    "log_expit": lambda x: -ops.softplus(-x),
    "logit": lambda p: ops.log(p / (1.0 - p)),
    "erf": ops.erf,
    "erfc": lambda x: 1.0 - ops.erf(x),
    "xlogy": lambda x, y: x * ops.log(y) if x != 0.0 else 0.0 * y,
}
"""The same of `scipy.special`."""

OF_NUMBERS = frozenset(
    {"greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "isfinite", "isinf", "isnan", "signbit"}
    | {"logical_and", "logical_or", "logical_xor", "logical_not"}
)
"""What looks at the numbers, and gives true or false."""


def elementwise(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Any:
    """The function of all elements, as a plain array (of objects, or of bools), or one result; TypeError where the
    gradient would be lost."""
    name = ufunc.__name__
    if getattr(np, name, None) is ufunc or name == "clip":
        if name in OF_NUMBERS:
            return ufunc(*map(floats, inputs))
        if name in BY_THEMSELVES:
            return ufunc(*map(operand, inputs))
        if name in COMPOSED:
            return _each(COMPOSED[name], inputs)
    elif name in OF_SCIPY and type(ufunc).__module__ == "numpy":
        return _each(OF_SCIPY[name], inputs)
    elif ufunc.types == ["O" * ufunc.nin + "->" + "O" * ufunc.nout]:  # made by frompyfunc or vectorize of any function
        return ufunc(*map(operand, inputs))
    raise TypeError(without_gradient(f"np.{name}"))


def _each(function: Callable[..., Any], inputs: tuple[Any, ...]) -> Any:
    return np.frompyfunc(function, len(inputs), 1)(*map(operand, inputs))


def accumulated(ufunc: np.ufunc, array: Plain, axis: int) -> Any:
    """The running sums, products, maxima or minima along an axis."""
    names = {"add": ops.add, "multiply": ops.mul, "maximum": ops.maximum, "minimum": ops.minimum}
    if ufunc.__name__ not in names:
        raise TypeError(without_gradient(f"np.{ufunc.__name__}.accumulate"))
    made = np.frompyfunc(names[ufunc.__name__], 2, 1).accumulate(array, axis=axis, dtype=object)
    first = np.moveaxis(made, axis, 0)[:1]
    first[...] = np.frompyfunc(ops.identity, 1, 1)(first)  # a node of its own, as the others are
    return made


def without_gradient(name: str) -> str:
    """What to say of a function that is not for Values."""
    return f"{name} is not known for arrays of Values, and would lose the gradient: for plain numbers pass W.numbers"
