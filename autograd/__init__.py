"""For understanding backpropagation: `Value` builds the graph, `backward()` walks it, `check` looks at your own."""

import os as _os

if _os.path.isdir(_os.path.join(_os.path.dirname(__file__), "numpy")):
    raise ImportError(
        "HIPS autograd and chalkgrad are installed over each other: both use the import name 'autograd'. "
        "Run: pip uninstall autograd chalkgrad, then install chalkgrad alone (or use another virtual environment)."
    )

from autograd.arrays import values
from autograd.comparison import Comparison, compare
from autograd.comparison.checking import check_step, gradcheck
from autograd.compilation import jit, load_traced, reach, training, watched_training
from autograd.composed import clip, elu, gelu, log_softmax, mean, prod, silu, softmax, softsign
from autograd.drawing import draw
from autograd.entries import entries
from autograd.explanation import explain
from autograd.exploration import explore, step_through
from autograd.files import write_file
from autograd.graph import topological_order
from autograd.manual import Exercise, Manual, exercise, to_manual
from autograd.names import Names, listing, nearest
from autograd.ops import (
    absolute,
    acos,
    asin,
    atan,
    atan2,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cos,
    cosh,
    dot,
    erf,
    exp,
    expm1,
    hypot,
    identity,
    leaky_relu,
    log,
    log1p,
    log_sum_exp,
    maximum,
    minimum,
    nonzero,
    power,
    relu,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
    total,
    where,
)
from autograd.primitive import Primitive
from autograd.programs import check
from autograd.programs import load_ipython_extension as load_ipython_extension
from autograd.recording import is_recording, no_grad
from autograd.slips import missing
from autograd.symbol import Symbol
from autograd.tracebacks import install as _install
from autograd.transforms import grad, hessian, jacobian, jvp, value_and_grad, vjp
from autograd.value import Value

_install()

__all__ = [
    "Comparison",
    "Exercise",
    "Manual",
    "Names",
    "Primitive",
    "Symbol",
    "Value",
    "absolute",
    "acos",
    "asin",
    "atan",
    "atan2",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "check",
    "check_step",
    "clip",
    "compare",
    "cos",
    "cosh",
    "dot",
    "draw",
    "elu",
    "entries",
    "erf",
    "exercise",
    "exp",
    "explain",
    "explore",
    "expm1",
    "gelu",
    "grad",
    "gradcheck",
    "hessian",
    "hypot",
    "identity",
    "is_recording",
    "jacobian",
    "jit",
    "jvp",
    "leaky_relu",
    "listing",
    "load_traced",
    "log",
    "log1p",
    "log_softmax",
    "log_sum_exp",
    "maximum",
    "mean",
    "minimum",
    "missing",
    "nearest",
    "no_grad",
    "nonzero",
    "power",
    "prod",
    "reach",
    "relu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "softsign",
    "sqrt",
    "step",
    "step_through",
    "tan",
    "tanh",
    "to_manual",
    "topological_order",
    "total",
    "training",
    "value_and_grad",
    "values",
    "vjp",
    "watched_training",
    "where",
    "write_file",
]


def __dir__() -> list[str]:
    return __all__
