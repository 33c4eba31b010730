"""`Exact`: numbers of as many digits as a graph needs, on which the rules of the table run unchanged.

The reference of every comparison is the graph evaluated once more, and differentiated by the same
sweep, in decimal arithmetic of the standard library: its exponents do not overflow, and its digits
are chosen so that what is left of 1 - h has 40 of them.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, DivisionByZero, InvalidOperation, localcontext
from typing import Any, Self

from autograd import ops
from autograd.arithmetic import Arithmetic
from autograd.comparison.elementary import exp, expm1, log, log1p
from autograd.graph import cotangents
from autograd.primitive import Primitive

DIGITS = 40
"""What is left where 1 is taken from a number that is 1 to within rounding."""

EXPONENTIAL = frozenset(
    {"sigmoid", "softplus", "tanh", "exp", "expm1", "log_sum_exp", "binary_cross_entropy_with_logits", "cosh", "sinh"}
)
"""Operations that make numbers as small as e to the power of their argument."""

KINKS = frozenset({"relu", "leaky_relu", "absolute", "step", "sign", "nonzero", "where"})
"""Operations whose slope jumps at 0."""


class Exact(Arithmetic):
    """A decimal number as a kind of operand: operations on it keep all digits of the context."""

    __slots__ = ("number",)

    def __init__(self, number: Decimal) -> None:
        self.number = number

    @classmethod
    def apply(cls, op: Primitive, args: tuple[Any, ...]) -> Self:
        """The result of `op` at Exact numbers and floats."""
        numbers = [arg.number if type(arg) is cls else Decimal(arg) for arg in args]
        return cls(function(op)(*numbers))

    # What a sweep does most, without the way through the table.
    def __add__(self, other: Any) -> Self:
        return type(self)(self.number + (other.number if type(other) is type(self) else Decimal(other)))

    def __mul__(self, other: Any) -> Self:
        return type(self)(self.number * (other.number if type(other) is type(self) else Decimal(other)))

    def __float__(self) -> float:
        return float(self.number)

    def __repr__(self) -> str:
        return f"Exact({self.number})"


def function(op: Primitive) -> Callable[..., Decimal]:
    """The function of an operation on decimals; of one not in the table below, its own, as accurate as that is."""
    if op.name in FUNCTIONS and vars(ops).get(op.name) is op:
        return FUNCTIONS[op.name]

    def own(*xs: Decimal) -> Decimal:
        try:
            return Decimal(op.function(*xs))
        except TypeError:  # it mixes decimals with floats of its own
            return Decimal(op.function(*map(float, xs)))

    return own


@contextmanager
def digits_for(order: Sequence[Any], extra: int = 0) -> Iterator[None]:
    """Inside, decimals have the digits that the nodes of a topological order ask for, and some more."""
    growing = (node for node in order if node.op is not None and node.op.name in EXPONENTIAL)
    deepest = max((abs(x) for node in growing for x in node.primals[1:] if math.isfinite(x)), default=0.0)
    # 1 ± e^(-2x) must keep DIGITS of the small part; beyond 1000 digits it is below every float.
    extra += min(1000, math.ceil(2.0 * deepest / math.log(10.0)))
    traps = [DivisionByZero, InvalidOperation]
    context = Context(prec=DIGITS + extra, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=traps)
    with localcontext(context):
        yield


def exact_values(order: Sequence[Any], given: Mapping[Any, Decimal] = {}) -> dict[Any, Exact]:
    """The number of every node of a topological order; leaves are exact, nodes that are `given` are taken as such.

    Where the floats are infinite or nan, or there is no exact number, a ValueError says at which operation.
    """
    found: dict[Any, Exact] = {}
    for node in order:
        if not math.isfinite(node.primals[0]):
            raise _infinite(node)
        if node in given:
            found[node] = Exact(given[node])
        elif node.op is None:
            found[node] = Exact(Decimal(node.primals[0]))
        else:
            xs = operands(node, found, as_evaluated=not given)
            try:
                found[node] = Exact.apply(node.op, xs)
            except (ValueError, ArithmeticError):
                beside = " so close to the point given; take one further inside" if given else ""
                raise _failure(node, ValueError(f"no real number{beside}"), [float(x) for x in xs]) from None
    return found


def _infinite(node: Any) -> Exception:
    """The error that a number of the graph is infinite or nan."""
    y = node.primals[0]
    advice = "nothing can be compared with that: take smaller numbers, or look where they grow"
    if node.op is None:
        return ValueError(f"{node.label or 'a number that was put in'} is {y}; {advice}")
    return _failure(node, ValueError(f"the result is {y}; {advice}"), node.primals[1:])


def _failure(node: Any, error: Exception, xs: Sequence[float], what: str = "") -> Exception:
    """The error with the operation of a node, its operands and their labels."""
    labels = ["" if type(arg) is float else arg.label for arg in node.args]
    return node.op.failure(error, xs, labels, what)  # type: ignore[no-any-return]


def operands(node: Any, numbers: Mapping[Any, Exact], as_evaluated: bool = True) -> tuple[Exact, ...]:
    """The operands of a node as Exact numbers, where the nodes have these; at kinks on the side of the floats."""
    pairs = zip(node.args, node.primals[1:], strict=True)
    kink = as_evaluated and node.op.name in KINKS
    return tuple(
        [
            Exact(Decimal(x)) if type(arg) is float or _was_another(numbers[arg], arg, x, kink) else numbers[arg]
            for arg, x in pairs
        ]
    )


def _was_another(number: Exact, arg: Any, x: float, kink: bool) -> bool:
    """Whether an operand's number is not that of its node: that of a leaf is what it was when it was used, whatever has
    been put in since; at a kink, to which side of 0 it lies is decided by the float."""
    across = kink and (number.number > 0, number.number < 0) != (x > 0.0, x < 0.0)
    return across or (arg.data != x and arg.op is None)


def exact_gradients(output: Any, numbers: Mapping[Any, Exact], as_evaluated: bool = True) -> dict[Any, Exact]:
    """d output / d node by node, where the nodes have these numbers; ZeroDivisionError where there is no slope."""
    reached: list[Any] = [output]

    def point(node: Any) -> tuple[Exact, ...]:
        reached.append(node)
        return numbers[node], *operands(node, numbers, as_evaluated)

    try:
        found = cotangents(output, seed=Exact(Decimal(1)), point=point, paper=True)
    except (ValueError, ArithmeticError):
        error = ZeroDivisionError("the slope there is infinite or does not exist; take another point")
        raise _failure(reached[-1], error, reached[-1].primals[1:], "no derivative at ") from None
    return {node: g if isinstance(g, Exact) else Exact(Decimal(g)) for node, g in found.items()}


def as_float(name: str, number: Decimal) -> float:
    """The nearest float to a number of this name; ValueError where it is too large for one."""
    if math.isinf(found := float(number)):
        raise ValueError(f"{name} is {number:.3g}, which no float can hold; take smaller numbers")
    return found


# ---------------------------------------------------------------- functions on decimals


def _sigmoid(x: Decimal) -> Decimal:
    small = exp(-abs(x))
    return (small if x < 0 else 1) / (1 + small)


def _softplus(x: Decimal) -> Decimal:
    return log1p(exp(-abs(x))) + max(x, Decimal(0))


def _tanh(x: Decimal) -> Decimal:
    small = expm1(-2 * abs(x))
    return (-small / (small + 2)).copy_sign(x)


def _log_sum_exp(*xs: Decimal) -> Decimal:
    top = max(xs)
    return top + log(sum((exp(x - top) for x in xs), Decimal(0)))


def _bce(p: Decimal, y: Decimal) -> Decimal:
    hit = y * log(p) if y else Decimal(0)
    return -(hit + (1 - y) * log(1 - p)) if y != 1 else -hit


def _bce_with_logits(z: Decimal, y: Decimal) -> Decimal:
    return y * _softplus(-z) + (1 - y) * _softplus(z)


def _power(x: Decimal, n: Decimal) -> Decimal:
    if not x and n < 0:
        raise ZeroDivisionError("0 to a negative power")
    return Decimal(1) if not n else Decimal(x**n)


def _series(first: Decimal, factor: Callable[[int], Decimal]) -> Decimal:
    """t₀ + t₁ + ..., t₀ = first and tₖ = tₖ₋₁ · factor(k), until terms no longer count."""
    total, term, k = first, first, 0
    while True:
        k += 1
        term *= factor(k)
        total, last = total + term, total
        if total == last:
            return total


def _pi() -> Decimal:
    # Machin: π/4 = 4 arctan(1/5) - arctan(1/239)
    return 4 * (4 * _arctan_small(Decimal(1) / 5) - _arctan_small(Decimal(1) / 239))


def _arctan_small(x: Decimal) -> Decimal:
    power, total, last, k = x, x, Decimal(0), 1
    while total != last:
        k += 2
        power *= -x * x
        total, last = total + power / k, total
    return total


def _atan(x: Decimal) -> Decimal:
    halvings = 0
    while abs(x) > Decimal("0.1"):
        x /= 1 + (1 + x * x).sqrt()
        halvings += 1
    return _arctan_small(x) * Decimal(2) ** halvings


def _asin(x: Decimal) -> Decimal:
    return _atan(x / ((1 - x) * (1 + x)).sqrt()) if abs(x) != 1 else (_pi() / 2).copy_sign(x)


def _atan2(y: Decimal, x: Decimal) -> Decimal:
    if not x:
        return (_pi() / 2).copy_sign(y) if y else y
    angle = _atan(y / x)
    return angle if x > 0 else angle + _pi().copy_sign(y)


def _circular(x: Decimal, first: int) -> Decimal:
    """sin x (first = 1) or cos x (first = 0) by the series at x less a multiple of 2π."""
    with localcontext() as context:
        context.prec += 20 + max(0, x.adjusted())
        x -= 2 * _pi() * (x / (2 * _pi())).to_integral_value()
        start = x if first else Decimal(1)
        y = _series(start, lambda k: -x * x / ((2 * k + first) * (2 * k + first - 1))) if x else start
    return +y


def _sin(x: Decimal) -> Decimal:
    return _circular(x, 1)


def _cos(x: Decimal) -> Decimal:
    return _circular(x, 0)


def _erf(x: Decimal) -> Decimal:
    if not x:
        return x
    series = _series(x, lambda k: 2 * x * x / (2 * k + 1))
    return 2 * series * exp(-x * x) / _pi().sqrt()


FUNCTIONS: Mapping[str, Callable[..., Decimal]] = {
    "power": _power,
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "sqrt": Decimal.sqrt,
    "sin": _sin,
    "cos": _cos,
    "tan": lambda x: _sin(x) / _cos(x),
    "asin": _asin,
    "acos": lambda x: _pi() / 2 - _asin(x),
    "atan": _atan,
    "atan2": _atan2,
    "hypot": lambda a, b: (a * a + b * b).sqrt(),
    "sinh": lambda x: (expm1(x) - expm1(-x)) / 2,
    "cosh": lambda x: (exp(x) + exp(-x)) / 2,
    "tanh": _tanh,
    "erf": _erf,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "log_sum_exp": _log_sum_exp,
    "binary_cross_entropy": _bce,
    "binary_cross_entropy_with_logits": _bce_with_logits,
}
"""The operations that are more than arithmetic, by name, to the digits of the context."""
