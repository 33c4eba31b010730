"""How operations are written in the languages of a program: Python with `math`, NumPy, LaTeX."""

import inspect
import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from autograd import ops
from autograd.graph import topological_order
from autograd.kernels import OPERATORS
from autograd.languages import ON_PAPER, PYTHON, Language
from autograd.manual.matrix import IN_NUMPY
from autograd.names.identifiers import Namer
from autograd.primitive import Notation, Primitive
from autograd.symbol import Symbol, atom_of, write

CALM = 350.0
"""While no number is larger, a sigmoid needs no guard against overflow."""

HELPERS: dict[Primitive, str] = {
    ops.sigmoid: '''def sigmoid(z):
    """1 / (1 + e^-z)."""
    return 1 / (1 + {m}.exp(-z))''',
    ops.softplus: '''def softplus(z):
    """ln(1 + e^z), without overflow."""
    return math.log1p(math.exp(z)) if z <= 0 else z + math.log1p(math.exp(-z))''',
    ops.leaky_relu: '''def leaky_relu(z, slope):
    """z where z > 0, else slope * z."""
    return z if z > 0 else slope * z''',
    ops.sign: '''def sign(x):
    """1, 0 or -1, as x is."""
    return (x > 0) - (x < 0)''',
    ops.above: '''def above(a, b):
    """1 where a > b, 1/2 where they are equal, else 0."""
    return ((a > b) + (a >= b)) / 2''',
    ops.log_sum_exp: '''def log_sum_exp(*z):
    """ln(e^z1 + e^z2 + ...), without overflow."""
    top, *rest = sorted(z, reverse=True)
    return top + math.log1p(math.fsum(math.exp(x - top) for x in rest))''',
    ops.binary_cross_entropy: '''def binary_cross_entropy(p, y):
    """-(y ln p + (1 - y) ln(1 - p)); a term of weight 0 is left out, for ln 0 has no value."""
    hit = y * math.log(p) if y else 0.0
    miss = (1 - y) * (math.log(1 - p) if p > 1e-3 else math.log1p(-p)) if y != 1 else 0.0
    return -(hit + miss)''',
    ops.binary_cross_entropy_with_logits: '''def binary_cross_entropy_with_logits(z, y):
    """-(y ln p + (1 - y) ln(1 - p)) of p = sigmoid(z), for any z: ln(1 + e^z) = softplus(z)."""
    hit = y * softplus(-z) if y else 0.0
    miss = (1 - y) * softplus(z) if y != 1 else 0.0
    return hit + miss''',
    ops.weighted_sum: '''def weighted_sum(*args):
    """w1 x1 + ... + wn xn (+ b) of w1 ... wn, x1 ... xn (, b)."""
    n = len(args) // 2
    z = 0.0
    for w, x in zip(args[:n], args[n:]):
        z += w * x
    return z + args[-1] if len(args) % 2 else z''',
    ops.sum_of: '''def sum_of(*xs):
    """x1 + ... + xn, from left to right."""
    s = 0.0
    for x in xs:
        s += x
    return s''',
}
"""The functions of the table that neither has a word for, as a program defines them."""

GUARDED = '''def sigmoid(z):
    """1 / (1 + e^-z); below -709 e^-z is too large for a float, and the value is e^z."""
    return 1 / (1 + math.exp(-z)) if z > -709 else math.exp(z)'''

VECTORISED: dict[Primitive, str] = {
    ops.erf: '''def erf(x):
    """The error function of every element, which NumPy lacks."""
    import math
    return np.vectorize(math.erf, otypes=[float])(x)''',
    ops.softplus: '''def softplus(z):
    """ln(1 + e^z), without overflow."""
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))''',
    ops.above: '''def above(a, b):
    """1 where a > b, 1/2 where they are equal, else 0."""
    return (np.where(a > b, 1, 0) + np.where(a >= b, 1, 0)) / 2''',
    ops.leaky_relu: '''def leaky_relu(z, slope):
    """z where z > 0, else slope * z."""
    return np.where(z > 0, z, slope * z)''',
    ops.log_sum_exp: '''def log_sum_exp(Z):
    """ln(e^z1 + e^z2 + ...) of every row, without overflow."""
    Z = np.sort(Z, axis=1)
    return Z[:, -1:] + np.log1p(np.exp(Z[:, :-1] - Z[:, -1:]).sum(axis=1, keepdims=True))''',
    ops.binary_cross_entropy_with_logits: '''def binary_cross_entropy_with_logits(z, y):
    """-(y ln p + (1 - y) ln(1 - p)) of p = sigmoid(z), for any z: ln(1 + e^z) = softplus(z)."""
    return y * softplus(-z) + (1 - y) * softplus(z)''',
    ops.binary_cross_entropy: '''def binary_cross_entropy(p, y):
    """-(y ln p + (1 - y) ln(1 - p)); a term of weight 0 is left out, for ln 0 has no value."""
    with np.errstate(divide="ignore", invalid="ignore"):
        hit, miss = y * np.log(p), (1 - y) * np.where(p > 1e-3, np.log(1 - p), np.log1p(-p))
    return -(np.where(y == 0, 0, hit) + np.where(y == 1, 0, miss))''',
}
VECTORISED_GUARD = '''def sigmoid(z):
    """1 / (1 + e^-z); below -709 e^-z is too large for a float, and the value is e^z."""
    return np.where(z > -709, 1 / (1 + np.exp(-np.maximum(z, -709))), np.exp(np.minimum(z, 0)))'''

USES = {ops.binary_cross_entropy_with_logits: (ops.softplus,)}
"""The helpers that a helper calls."""


class Dialect:
    """Python with `math`, or NumPy: writes expressions, and collects the functions that they call.

    calm   whether no number is so large that an exponential could overflow
    """

    def __init__(self, numpy: bool = False, calm: bool = True, namer: Namer | None = None) -> None:
        self._numpy, self._calm, self._namer = numpy, calm, namer or Namer()
        self._needed: dict[Primitive, str] = {}
        self._names: dict[Primitive, str] = {}

    def text(self, expression: Any) -> str:
        """An expression; text as it is; (template, expression) put together."""
        if isinstance(expression, str):
            return expression
        if isinstance(expression, tuple):
            return str(expression[0]).format(self.text(expression[1]))
        if type(expression) is float and not math.isfinite(expression):
            return number(expression)
        return write(expression, self._notation, named(expression))

    def header(self, body: str, more: tuple[str, ...] = ()) -> str:
        """The import, and the definitions of the functions called."""
        helpers = "\n\n\n".join([*self._needed.values(), *more])
        module = "import numpy as np" if self._numpy else "import math"
        used = ("np." if self._numpy else "math.") in helpers + body
        return "\n\n\n".join(filter(None, [module if used else "", helpers]))

    def _notation(self, op: Primitive) -> Notation:
        if op in OPERATORS:
            return op.text
        language = IN_NUMPY if self._numpy else PYTHON
        if op in language.own:
            return language.notation(op, ())
        if op not in self._names:
            self._define(op)
        return Notation(self._names[op] + "({})")

    def _define(self, op: Primitive) -> None:
        if op in HELPERS or (self._numpy and op in VECTORISED):
            for other in USES.get(op, ()):
                self._notation(other)
            self._names[op], self._needed[op] = op.name, self._helper(op)
            return
        function = op.function
        if getattr(math, getattr(function, "__name__", ""), None) is function and not self._numpy:
            self._names[op] = f"math.{function.__name__}"
            return
        xs = [Symbol(f"x{i}") for i in range(1, 1 + _arity(op))]
        try:
            text = self.text(function(*xs))
        except (TypeError, ValueError, AttributeError):
            raise ValueError(
                f"to_manual: the function of the operation {op.name} cannot be written as source, since it computes "
                "on floats only; write it with operators and the operations of autograd instead of math"
            ) from None
        name = self._namer.name(op.name, "f")
        self._names[op] = name
        self._needed[op] = f"def {name}({', '.join(x.label for x in xs)}):\n    return {text}"

    def _helper(self, op: Primitive) -> str:
        if op is ops.sigmoid and not self._calm:
            return VECTORISED_GUARD if self._numpy else GUARDED
        source = VECTORISED[op] if self._numpy and op in VECTORISED else HELPERS[op]
        return source.replace("{m}", "np" if self._numpy else "math")


def _arity(op: Primitive) -> int:
    """How many operands an operation has."""
    if op.pullbacks:
        return len(op.pullbacks)
    try:
        return len(inspect.signature(op.function).parameters)
    except (TypeError, ValueError):
        return len(op.domain)


def formula(expression: Any, names: Callable[[str], str], paper: Language = ON_PAPER) -> str:
    """An expression in LaTeX; `names` writes its unknowns."""
    if type(expression) is float or isinstance(expression, str):
        return number(expression) if type(expression) is float else str(expression)
    labels = {node: names(name) for node, name in named(expression).items()}
    return paper.write(expression, partial(atom_of, labels))


def named(expression: Any) -> dict[Any, str]:
    """The unknowns of an expression, and what in it has a name though it is known how it was made."""
    if type(expression) is float:
        return {}
    return {node: node.label for node in topological_order(expression) if node.label}


def number(x: float) -> str:
    """A float as Python source, as short as it can be read back exactly.

    >>> number(1.0), number(0.1), number(math.inf)
    ('1', '0.1', 'math.inf')
    """
    if not math.isfinite(x):
        return "math.nan" if x != x else "math.inf" if x > 0 else "-math.inf"
    return write(float(x))


def numbers(xs: Iterable[float]) -> str:
    """Several floats, with commas."""
    return ", ".join(map(number, xs))
