"""scipy, statistics, time and json for a traced program."""

import decimal
import json
import statistics
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import ops
from autograd.programs.arrays import is_traced, operand, plain, result
from autograd.programs.choices import chosen
from autograd.programs.for_data import real_module
from autograd.programs.modules import Kind, Module, adopting
from autograd.programs.observers import Anything
from autograd.programs.operations import Einsum
from autograd.programs.traced import BY_NUMPY, Elementwise, Node
from autograd.programs.traced_sums import maximum_of, summed
from autograd.programs.ufuncs import BY_MATH, as_array, elementwise


def _row(name: str, row: Any, otherwise: Any, special: Any) -> Any:
    """A function of `scipy.special` that is a row of the table; without scipy, computed in another way."""
    by = getattr(special, name, None) or otherwise
    op = Elementwise(row, by)

    def function(x: Any) -> Any:
        of = operand(x)
        if of is None:
            raise TypeError(f"{name}: expected numbers, got {type(x).__name__}")
        return result(op, (of,), by(of.data))

    return function


def softmax(x: Any, axis: Any = None) -> Any:
    """`scipy.special.softmax`."""
    x = as_array(x)
    e = elementwise(np.exp, x - maximum_of(x, axis, keepdims=True))
    return e / summed(e, axis, keepdims=True)


def logsumexp(x: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """`scipy.special.logsumexp`."""
    x = as_array(x)
    top = np.max(x.now, axis=axis, keepdims=True)
    e = elementwise(np.exp, x - top)
    e = e if b is None else e * b
    found = elementwise(np.log, summed(e, axis, keepdims=keepdims))
    return found + (top if keepdims else np.squeeze(top, axis=axis))


def log_softmax(x: Any, axis: Any = None) -> Any:
    """`scipy.special.log_softmax`."""
    x = as_array(x)
    return x - logsumexp(x, axis, keepdims=True)


def xlogy(x: Any, y: Any) -> Any:
    """`scipy.special.xlogy`: x ln y, 0 where x is 0."""
    zero = np.asarray(plain(x)) == 0
    return chosen(zero, 0.0, x * elementwise(np.log, chosen(zero, 1.0, y)))


def scipy_module(notes: list[str]) -> Any:
    """scipy: what of `special` and `signal` programs use; of the rest what is installed, not followed."""
    real = real_module("scipy")
    special = real_module("scipy.special")
    found = Anything("scipy")
    if real is not None:
        for name in ("stats", "optimize", "ndimage", "io", "linalg", "spatial", "sparse", "interpolate", "integrate"):
            module = real_module(f"scipy.{name}")
            setattr(found, name, Module(module, {}, lambda name, x: adopting(x)))
    found.special = Module(special, {
        "expit": _row("expit", ops.sigmoid, BY_NUMPY[ops.sigmoid], special),
        "erf": _row("erf", ops.erf, BY_MATH[ops.erf], special), "logit": _logit, "softmax": softmax,
        "log_softmax": log_softmax, "logsumexp": logsumexp, "xlogy": xlogy,
        "log1p": lambda x: elementwise(np.log1p, x), "expm1": lambda x: elementwise(np.expm1, x),
        "exp2": lambda x: elementwise(np.exp2, x),
    }, lambda name, x: adopting(x))  # fmt: skip
    found.signal = Module(real_module("scipy.signal"), {
        "convolve2d": lambda a, b, mode="full", *args, **named: convolved(a, b, mode, True),
        "correlate2d": lambda a, b, mode="full", *args, **named: convolved(a, b, mode, False),
    }, lambda name, x: adopting(x))  # fmt: skip
    found.expit = found.special.expit
    found.__version__ = "1.11"
    return found


def _logit(x: Any) -> Any:
    """`scipy.special.logit`: ln(x/(1 - x))."""
    return elementwise(np.log, x) - elementwise(np.log1p, -x)


def convolved(a: Any, b: Any, mode: str, turned: bool) -> Any:
    """`scipy.signal.convolve2d`, and `correlate2d` where b is not turned round."""
    a, b = as_array(a), as_array(b)
    height, width = b.shape
    if mode == "valid":
        padded = a
    else:
        full = mode == "full"
        rows, columns = (height - 1, width - 1) if full else ((height - 1) // 2, (width - 1) // 2)
        more = (height - 1, width - 1) if full else (height - 1 - rows, width - 1 - columns)
        if not full and turned:
            (rows, columns), more = more, (rows, columns)
        padded = np.pad(a, ((rows, more[0]), (columns, more[1])))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width))
    kernel = b[::-1, ::-1] if turned else b
    nodes: tuple[Node, ...] = (windows.node, kernel.node)  # type: ignore[attr-defined]
    op = Einsum("ijkl,kl->ij")
    return result(op, nodes, op(nodes[0].data, nodes[1].data))


# ---------------------------------------------------------------- the standard library


def statistics_module(notes: list[str]) -> Any:
    """`statistics`: means are followed."""

    def mean(xs: Iterable[Any], *args: Any) -> Any:
        xs = list(xs)
        return sum(xs) / len(xs) if is_traced(xs) else statistics.mean(xs)

    return Module(statistics, {"mean": mean, "fmean": mean}, lambda name, x: adopting(x))


def decimal_module(notes: list[str]) -> Any:
    """`decimal`: numbers without their trace."""
    return Module(decimal, {"Decimal": Kind(decimal.Decimal)})


def time_module(notes: list[str]) -> Any:
    """`time`: nobody sleeps."""
    return Module(time, {"sleep": lambda seconds: None})


def json_module(notes: list[str]) -> Any:
    """`json`: numbers without their trace."""

    return Module(json, {
        "dump": lambda x, *args, **named: json.dump(_native(x), *args, **named),
        "dumps": lambda x, *args, **named: json.dumps(_native(x), *args, **named),
    })  # fmt: skip


def _native(x: Any) -> Any:
    """Nested lists and dictionaries with every number taken out of its stand-in; an array stays an error."""
    if type(x) is dict:
        return {key: _native(y) for key, y in x.items()}
    if type(x) in (list, tuple):
        return [_native(y) for y in x]
    return plain(x)
