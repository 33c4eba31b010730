"""Mistakes of the catalogue in a graph that is no network: one rule of the operations, or the sum, done otherwise."""

from typing import Any

from autograd import ops
from autograd.graph import topological_order
from autograd.ops import exp, power, relu, sigmoid, tanh
from autograd.value import Value

NETWORK = "the graph is no network of full layers"


def slip(code: str, loss: Value) -> dict[str, Any] | str:
    """What `Nodes` is given for a mistake, or why there is none."""
    used = {node.op for node in topological_order(loss) if node.op is not None}
    if code in FACTORS:
        return _factor(code, used, loss)
    if code == "last-sample-only":
        return {"last": True}
    for op, rule in RULES.get(code, ()):
        if op in used:
            return {"rules": {op: rule}}
    if code in RULES:
        names = ", ".join(op.name for op, _ in RULES[code])
        return f"none of these is in the graph: {names}" if "," in names else f"no {names} is in the graph"
    return NETWORK


FACTORS = {"sign": -1.0, "factor-two": 0.5, "not-zeroed": 2.0, "summed-not-averaged": 0.0, "averaged-twice": 0.0}


def _factor(code: str, used: set[Any], loss: Value) -> dict[str, Any] | str:
    """A factor in ∂L/∂L, which is in every gradient."""
    if code == "factor-two" and power not in used:
        return "no square is in the graph"
    if code in ("summed-not-averaged", "averaged-twice"):
        count = next((_divisor(node) for node in reversed(topological_order(loss)) if _divisor(node) > 1.0), 0.0)
        if not count:
            return "the loss is no mean"
        return {"seed": count if code == "summed-not-averaged" else 1.0 / count}
    return {"seed": FACTORS[code]}


def _divisor(node: Any) -> float:
    """What a node is divided by, where that is a number."""
    divided = node.op is ops.div and type(node.args[1]) is float
    return float(node.args[1]) if divided else 0.0


RULES: dict[str, list[tuple[Any, Any]]] = {
    "exp-derivative": [(exp, lambda i, g, y, xs, share: g * xs[0])],
    "missing-hidden-derivative": [(op, lambda i, g, y, xs, share: g) for op in (sigmoid, tanh, relu)],
    "derivative-at-activation": [
        (sigmoid, lambda i, g, y, xs, share: g * (sigmoid(y) * sigmoid(-y))),
        (tanh, lambda i, g, y, xs, share: g * (1.0 - tanh(y) ** 2.0)),
    ],
    "shortcut-at-preactivation": [
        (sigmoid, lambda i, g, y, xs, share: g * (xs[0] * (1.0 - xs[0]))),
        (tanh, lambda i, g, y, xs, share: g * (1.0 - xs[0] ** 2.0)),
    ],
    "half-derivative": [
        (sigmoid, lambda i, g, y, xs, share: g * y),
        (tanh, lambda i, g, y, xs, share: g * (1.0 - y)),
    ],
    "wrong-activation-derivative": [
        (sigmoid, lambda i, g, y, xs, share: g * (1.0 - y**2.0)),
        (tanh, lambda i, g, y, xs, share: g * (y * (1.0 - y))),
        (relu, lambda i, g, y, xs, share: g * (1.0 - y**2.0)),
    ],
    "relu-mask": [(relu, lambda i, g, y, xs, share: g)],
    "swapped-inputs": [(ops.mul, lambda i, g, y, xs, share: g * xs[i])],
}
"""By code, what is written for the share of an operand, for each operation it can be made in."""
