"""Activations and losses as textbooks write them, their slopes, and forms of these that keep more digits."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from autograd.graph import cotangents, numbers, topological_order
from autograd.network import topological_order_above
from autograd.ops import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    log,
    log1p,
    log_sum_exp,
    mul,
    neg,
    power,
    relu,
    sigmoid,
    softplus,
    step,
    sub,
)
from autograd.symbol import Symbol, evaluate
from autograd.value import Value


class Form(NamedTuple):
    """A formula, and what is said about it."""

    expression: Any
    note: str = ""


class Activation(NamedTuple):
    """An activation f of one layer.

    name    how it is called
    value   z -> f(z)
    slopes  (z, h) -> the forms of f'(z), the textbook's first, the safest last
    """

    name: str
    value: Callable[[Any], Any]
    slopes: Callable[[Any, Any], list[Form]]


KEEPS = "sigmoid(-z) is 1 - h, with all its digits where h is near 1"

SLOPES: dict[str, Callable[[Any, Any], list[Form]]] = {
    "identity": lambda z, h: [Form(1.0)],
    "sigmoid": lambda z, h: [Form(h * (1.0 - h)), Form(h * sigmoid(-z), KEEPS)],
    "tanh": lambda z, h: [
        Form(1.0 - h**2.0),
        Form(4.0 * sigmoid(2.0 * z) * sigmoid(-2.0 * z), "this is 1 - h**2, with all its digits where h is near 1"),
    ],
    "relu": lambda z, h: [Form(step(z))],
    "softplus": lambda z, h: [Form(sigmoid(z))],
}
"""The slopes of activations that textbooks know."""

WORDS = {"identity": "linear"}


def activation(z: Value, h: Value, name: str) -> Activation | None:
    """The activation from a z to its h; None where it depends on anything else."""
    if h is z:
        return Activation("linear", lambda x: x, SLOPES["identity"])
    between = topological_order_above(h, z)
    if any(node.op is None for node in between):
        return None
    if len(between) == 1 and h.op is not None and h.op.name == name in SLOPES and h.args == (z,):
        return Activation(WORDS.get(name, name), h.op, SLOPES[name])

    def traced(x: Any) -> Any:
        found: dict[Any, Any] = {z: x}
        for node in between:
            assert node.op is not None
            found[node] = node.op(*(arg if type(arg) is float else found[arg] for arg in node.args))
        return found[h]

    def slopes(x: Any, y: Any) -> list[Form]:
        u = Symbol("u")
        rule = cotangents(traced(u), [u], paper=True).get(u, 0.0)
        own = Form(replaced(rule, {u: x}))
        return [SLOPES[name](x, y)[0], own] if name in ("sigmoid", "tanh") else [own]

    return Activation("leaky relu" if name == "leaky_relu" else WORDS.get(name, name), traced, slopes)


def replaced(expression: Any, by: Mapping[Any, Any]) -> Any:
    """An expression with unknowns replaced."""
    if type(expression) is float:
        return expression
    found: dict[Any, Any] = dict(by)
    for node in topological_order(expression):
        if node not in found:
            found[node] = (
                node if node.op is None else node.op(*(arg if type(arg) is float else found[arg] for arg in node.args))
            )
    return found[expression]


class Loss(NamedTuple):
    """One term of a loss, of a prediction p and its target y.

    name    in words
    term    the term as losses compute it: graphs are recognised by it
    values  forms of its value
    slopes  forms of its slope in p
    cross   by the name of the activation before it, forms of ∂L/∂z, where the two together are simpler
    """

    name: str
    term: Callable[[Any, Any], Any]
    values: Callable[[Any, Any], list[Form]]
    slopes: Callable[[Any, Any], list[Form]]
    cross: Callable[[Any, Any, Any], dict[str, list[Form]]] = lambda p, y, z: {}


CANCELS = "the slope of sigmoid cancels against that of the loss"
EXACT = "this is y_hat - y, with all its digits where y_hat is near 1"

LOSSES = (
    Loss(
        "binary cross-entropy",
        lambda p, y: binary_cross_entropy(p, y),
        lambda p, y: [
            Form(-(y * log(p) + (1.0 - y) * log(1.0 - p))),
            Form(-(y * log(p) + (1.0 - y) * log1p(-p))),
            Form(binary_cross_entropy(p, y)),
        ],
        lambda p, y: [Form((p - y) / (p * (1.0 - p)))],
        lambda p, y, z: {"sigmoid": [Form(p - y, CANCELS), Form((1.0 - y) * p - y * sigmoid(-z), EXACT)]},
    ),
    Loss(
        "binary cross-entropy of sigmoid(z)",
        lambda z, y: binary_cross_entropy_with_logits(z, y),
        lambda z, y: [
            Form(y * softplus(-z) + (1.0 - y) * softplus(z), "softplus(-z) is -ln sigmoid(z)"),
            Form(binary_cross_entropy_with_logits(z, y)),
        ],
        lambda z, y: [
            Form(sigmoid(z) - y, CANCELS),
            Form((1.0 - y) * sigmoid(z) - y * sigmoid(-z), "this is sigmoid(z) - y, with all its digits"),
        ],
    ),
    Loss(
        "squared error",
        lambda p, y: (p - y) ** 2.0,
        lambda p, y: [Form((p - y) ** 2.0)],
        lambda p, y: [Form(2.0 * (p - y))],
    ),
    Loss(
        "half the squared error",
        lambda p, y: 0.5 * (p - y) ** 2.0,
        lambda p, y: [Form(0.5 * (p - y) ** 2.0)],
        lambda p, y: [Form(p - y)],
    ),
    Loss(
        "hinge loss",
        lambda p, y: relu(1.0 - y * p),
        lambda p, y: [Form(relu(1.0 - y * p))],
        lambda p, y: [Form(-y * step(1.0 - y * p), "only inside the margin")],
    ),
    Loss(
        "hinge loss (y is minus the class)",
        lambda p, y: relu(1.0 + y * p),
        lambda p, y: [Form(relu(1.0 + y * p))],
        lambda p, y: [Form(y * step(1.0 + y * p), "only inside the margin")],
    ),
)
"""The losses of one prediction."""

SOFTMAX = "cross-entropy of the softmax"
"""The loss of all outputs of a sample together."""


def matched(term: Any, output: Value) -> tuple[Loss, Any] | None:
    """The loss that a node is of an output, and its target: a number or a leaf."""
    p, y = Symbol("p"), Symbol("y")
    for loss in LOSSES:
        found = unified(loss.term(p, y), term, {p: output})
        if found is not None and y in found:
            target = found[y]
            if type(target) is float or target.op is None:
                return loss, target
    return spelled_out(term, output)


PREDICTIONS = (0.15, 0.4, 0.7, 0.95, -1.5, 2.5)
"""Where a loss that is written in another way is compared with those known; at some, some have no value."""


def spelled_out(term: Any, output: Value) -> tuple[Loss, Any] | None:
    """The loss that a node is by its values, in whatever way it is written, and its target: a number or a leaf."""
    nodes = [] if type(term) is float else topological_order_above(term, output)
    point = numbers(nodes)

    def replayed(p: float) -> float:
        found: dict[Any, Any] = {**point, output: p}
        for node in nodes:
            if node.op is not None:
                found[node] = node.op.evaluate([arg if type(arg) is float else found[arg] for arg in node.args])
        return float(found[term])

    mine = [_attempted(replayed, p) for p in PREDICTIONS]
    leaves = [node for node in nodes if node.op is None]
    literals = [arg for node in nodes for arg in node.args if type(arg) is float]
    for target in dict.fromkeys([*leaves, *literals, 1.0, 0.0]) if nodes else ():
        for loss in LOSSES:
            theirs = [_attempted(loss.term, p, point.get(target, target)) for p in PREDICTIONS]
            if all(map(_close, mine, theirs)):
                return loss, target
    return None


def _attempted(f: Callable[..., Any], *xs: float) -> float:
    """f(xs), or nan where it has no value."""
    try:
        return float(f(*xs))
    except (ValueError, ArithmeticError):
        return math.nan


def _close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-15) or (math.isnan(a) and math.isnan(b))


def unified(pattern: Any, node: Any, bound: Mapping[Any, Any]) -> dict[Any, Any] | None:
    """What the unknowns of a pattern stand for in a graph; None where the two differ."""
    found = dict(bound)
    stack = [(pattern, node)]
    while stack:
        mine, theirs = stack.pop()
        if type(mine) is float:
            if mine != theirs or type(theirs) is not float:
                return None
        elif mine.op is None:
            if found.setdefault(mine, theirs) is not theirs and found[mine] != theirs:
                return None
        elif type(theirs) is float or theirs.op is not mine.op or len(theirs.args) != len(mine.args):
            return None
        else:
            stack += zip(mine.args, theirs.args, strict=True)
    return found


def apart(form: Any, exact: Any, points: Sequence[Mapping[Any, float]]) -> float:
    """How far a form is from the last, safest one at some points, as a share of it; infinite where it has no value."""
    worst = 0.0
    for at in points:
        right = evaluate(exact, at)
        try:
            off = abs(evaluate(form, at) - right)
        except (ValueError, ArithmeticError):
            return float("inf")
        worst = max(worst, off / abs(right) if right else float("inf") if off else 0.0)
    return worst


def chosen(forms: Sequence[Form], points: Sequence[Mapping[Any, float]], room: float) -> tuple[Form, float]:
    """The first form that is no farther from the safest than the room left, and the room it takes."""
    for form in forms[:-1]:
        taken = apart(form.expression, forms[-1].expression, points)
        if taken <= room:
            return form, taken
    return forms[-1], 0.0


def plain_softmax(z: Sequence[float], y: Sequence[float], room: float) -> float:
    """The room that p = e^z / Σ e^z and p - y take beside a form safe for any z and -Σ p of the others; or infinity."""
    own = sum(products(y, z))
    loss = log_sum_exp(*(x - own for x in z))
    parts = [math.exp(x - own - loss) for x in z]
    safe = [part / sum(parts) for part in parts]
    rest = sum(p for p, target in zip(safe, y, strict=True) if not target)
    try:
        e = [math.exp(x) for x in z]
        value = -math.log(sum(products(y, e)) / sum(e))
    except (ValueError, ArithmeticError):
        return math.inf
    worst = abs(value - loss) / loss / 2 if loss else float(value != 0.0)
    for x, p, target in zip(e, safe, y, strict=True):
        right = -rest if target else p
        off = abs(x / sum(e) - target - right)
        worst = max(worst, off / abs(right) if right else math.inf if off else 0.0)
    return worst if worst <= room else math.inf


def products(a: Sequence[Any], b: Sequence[Any]) -> list[Any]:
    """a₁b₁, a₂b₂ ..."""
    return [x * y for x, y in zip(a, b, strict=True)]


def summed(terms: Sequence[Any]) -> Any:
    """Terms added from left to right."""
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


def applied(op: Any, xs: Sequence[Any]) -> Any:
    """The expression `op(*xs)`, even where a 1 or 0 in it makes no difference."""
    result = Symbol("")
    result.op, result.args = op, tuple(xs)
    return result


def simplified(expression: Any) -> Any:
    """An expression without powers of 1, with a minus where it belongs, a number before a product once: the same bits.

    >>> y, p = Symbol("y"), Symbol("p")
    >>> print(simplified(-1.0 * (2.0 * (p - y))), simplified(0.5 * (2.0 * (p - y) * p)))
    2 * (y - p) (p - y) * p
    """
    if type(expression) is float:
        return expression
    found: dict[Any, Any] = {}
    for node in topological_order(expression):
        xs = [arg if type(arg) is float else found[arg] for arg in node.args]
        found[node] = node if node.op is None or node.label else _simpler(node.op, xs)
    return found[expression]


def _simpler(op: Any, xs: Sequence[Any]) -> Any:
    """The expression `op(*xs)` of simplified operands."""
    if op is power and type(xs[1]) is float and xs[1] == 1.0:
        return xs[0]
    if op is neg or (op is mul and type(xs[0]) is float and xs[0] == -1.0):
        return _negated(xs[-1])
    if op is mul and type(xs[0]) is float and math.frexp(xs[0])[0] == 0.5:
        scaled = _scaled(xs[0], xs[1])
        return applied(op, xs) if scaled is None else scaled
    return applied(op, xs)


def _negated(x: Any) -> Any:
    """-x, with the minus inside a difference where there is one."""
    if type(x) is float:
        return -x
    if x.label or x.op not in (sub, mul):
        return -x
    a, b = x.args
    if x.op is sub:
        return b - a
    turned = type(b) is not float and not b.label and b.op is sub
    return a * _negated(b) if turned else _negated(a) * b


def _scaled(factor: float, x: Any) -> Any:
    """A power of 2 times an expression that begins with a number; None for one that does not."""
    if type(x) is float:
        return factor * x
    if x.label or x.op is not mul:
        return None
    first = _scaled(factor, x.args[0])
    return None if first is None else first * x.args[1]
