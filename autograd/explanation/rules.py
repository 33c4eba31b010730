"""Local derivatives as formulas: the rule of an operation's row, read on symbols and tidied as one does by hand."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd import ops
from autograd.explanation.notation import Name, Unknown
from autograd.graph import topological_order
from autograd.primitive import SIGN, Primitive
from autograd.symbol import Symbol, evaluate

# By operation: the slope as it is learned, where the row has an equal one that loses no digits; the
# part of it that would lose them, and that part's number from (y, x).
Form = Callable[[Any, Any], tuple[Any, Any]]
TEXTBOOK: Mapping[str, Form] = {
    "sigmoid": lambda g, y: (g * y * (rest := 1.0 - y), rest),
    "tanh": lambda g, y: (g * (rest := 1.0 - y**2.0), rest),
}
STABLE: Mapping[str, Callable[[float], float]] = {
    "sigmoid": lambda x: ops.sigmoid.function(-x),
    "tanh": lambda x: float(ops.tanh.cotangents(1.0, math.tanh(x), [x])[0]),
}

HALF = Unknown(Name("½", r"\frac{1}{2}", SIGN), 0.5)
"""What each operand of maximum and minimum gets of the gradient where both are equal; [a > b] would be 0 there."""

LARGE = 1e6
TIE = "½: at a tie, where max and min have no slope, by convention each operand gets half of the gradient"


def textbook(name: str, g: Any, y: Any, x: float) -> tuple[Any, dict[Any, float]]:
    """g times the slope of the activation `name`, as it is learned; and the number of 1 - y or 1 - y² in it."""
    formula, rest = TEXTBOOK[name](g, y)
    return formula, {rest: STABLE[name](x)}


def share(op: Primitive, place: int, g: Any, y: Any, xs: Sequence[Any]) -> Any:
    """What operand number `place` of an operation gets of the cotangent g: the rule of the row, run on symbols."""
    return op.paper.pullbacks[place](g, y, *xs) if op.pullbacks else shares(op, g, y, xs)[place]


def shares(op: Primitive, g: Any, y: Any, xs: Sequence[Any]) -> Sequence[Any]:
    """What all operands get of the cotangent g.

    Of log_sum_exp it is the softmax, exp(x − y); the row divides that by a sum that is 1 but for
    the rounding of y, which no printed digit shows unless y is very large.
    """
    if op.name == "log_sum_exp" and isinstance(y, Symbol) and abs(amount(y)) < LARGE:
        return [g * (x - y).exp() for x in xs]
    return op.paper.cotangents(g, y, xs)


def amount(expression: Any) -> float:
    """The number of an expression of unknowns that have one."""
    if type(expression) is float:
        return expression
    return evaluate(expression, {node: node.number for node in topological_order(expression) if node.op is None})


def tidied(expression: Any, number: Callable[[Any], float]) -> Any:
    """The expression without what has no effect at this point, with signs and literals in front.

    x·1, x + 0, x⁰ and double signs go; `nonzero` of a number is 1 or 0; of `where` the branch taken
    stays; [a > b] of equal numbers is ½. Nothing else is rearranged, so that the rule is still seen.
    """
    if not isinstance(expression, Symbol):
        return expression
    found: dict[Any, Any] = {}
    for node in topological_order(expression):
        if node.op is None:
            found[node] = node
            continue
        args = [arg if type(arg) is float else found[arg] for arg in node.args]
        if node.op.name == "above" and number(node.args[0]) == number(node.args[1]):
            found[node] = HALF
        elif node.op.name == "nonzero":
            found[node] = float(number(node.args[0]) != 0.0)
        elif node.op.name == "where":
            found[node] = args[1] if number(node.args[0]) else args[2]
        elif all(type(arg) is float for arg in args):
            found[node] = node.op.evaluate(args)
        elif node.op.name in _TIDY:
            made = _TIDY[node.op.name](*args)
            found[node] = node if _same(made, node) else made
        elif any(a is not b for a, b in zip(args, node.args, strict=True)):
            found[node] = Symbol.apply(node.op, tuple(args))
        else:
            found[node] = node
    return found[expression]


def _same(made: Any, node: Any) -> bool:
    """Whether nothing was changed; the node itself then stays, by which its parts are known."""
    return (
        isinstance(made, Symbol)
        and made.op is node.op
        and all(a is b or (type(a) is type(b) is float and a == b) for a, b in zip(made.args, node.args, strict=True))
    )


def _parts(x: Any, name: str) -> tuple[Any, ...]:
    """The operands of x where it is that operation, else nothing."""
    return tuple(x.args) if isinstance(x, Symbol) and x.op is not None and x.op.name == name else ()


def _neg(x: Any) -> Any:
    if type(x) is float:
        return -x
    inner = _parts(x, "neg")
    if inner:
        return inner[0]
    difference = _parts(x, "sub")
    if difference:
        return difference[1] - difference[0]
    factors, fraction = _parts(x, "mul"), _parts(x, "div")
    if factors and type(factors[0]) is float and factors[0] < 0.0:
        return -factors[0] * factors[1]
    if fraction and type(fraction[0]) is float and fraction[0] < 0.0:
        return -fraction[0] / fraction[1]
    return -x


def _mul(a: Any, b: Any) -> Any:
    if any(type(x) is float and x == 0.0 for x in (a, b)):
        return 0.0
    if type(b) is float:
        a, b = b, a
    if type(a) is float:
        factors, inner = _parts(b, "mul"), _parts(b, "neg")
        if factors and type(factors[0]) is float:
            return _mul(a * factors[0], factors[1])
        if a < 0.0 or inner:
            return _neg(_mul(-a, b)) if a < 0.0 else _neg(_mul(a, inner[0]))
        return b if a == 1.0 else _leading(a, b)
    for first, second in ((a, b), (b, a)):
        inner = _parts(first, "neg")
        if inner:
            return _neg(_mul(*((inner[0], second) if first is a else (second, inner[0]))))
    fraction = _parts(b, "div")
    if fraction:
        return _div(_mul(a, fraction[0]), fraction[1])
    factors = _parts(b, "mul")
    return _mul(_mul(a, factors[0]), factors[1]) if factors else a * b


def _leading(a: float, b: Any) -> Any:
    """a·b with the literal in front of a product, where it needs no brackets."""
    factors, fraction = _parts(b, "mul"), _parts(b, "div")
    if fraction:
        return _div(_mul(a, fraction[0]), fraction[1])
    return _leading(a, factors[0]) * factors[1] if factors else a * b


def _div(a: Any, b: Any) -> Any:
    if type(a) is float and a == 0.0:
        return 0.0
    if type(b) is float and b == 1.0:
        return a
    inner = _parts(a, "neg")
    if inner:
        return _neg(_div(inner[0], b))
    fraction = _parts(a, "div")
    return fraction[0] / b**2.0 if fraction and fraction[1] is b else a / b


def _add(a: Any, b: Any) -> Any:
    for first, second in ((a, b), (b, a)):
        if type(first) is float and first == 0.0:
            return second
    inner = _parts(b, "neg")
    return a - inner[0] if inner else a + b


def _sub(a: Any, b: Any) -> Any:
    if type(b) is float and b == 0.0:
        return a
    inner = _parts(b, "neg")
    return _add(a, inner[0]) if inner else a - b


def _power(x: Any, n: Any) -> Any:
    if type(n) is float and n in (0.0, 1.0):
        return x if n else 1.0
    return x**n


_TIDY: Mapping[str, Callable[..., Any]] = {
    "neg": _neg, "mul": _mul, "div": _div, "add": _add, "sub": _sub, "power": _power,
}  # fmt: skip
