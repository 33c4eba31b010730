"""Mistakes of the catalogue in a graph that is no network: one rule of the operations, or the sum, done otherwise."""

from typing import Any

from autograd import ops
from autograd.graph import topological_order
from autograd.ops import power, relu, sigmoid, tanh
from autograd.textbook.mistake import ANY
from autograd.textbook.mistakes import MISTAKES
from autograd.value import Value

NETWORK = "the graph is no network of full layers"


def slip(code: str, loss: Value) -> dict[str, Any] | str:
    """What `Nodes` is given for a mistake, or why there is none."""
    used = [node.op for node in topological_order(loss) if node.op is not None]
    if code in FACTORS:
        return _factor(code, set(used), loss)
    if code == "last-sample-only":
        return {"last": True}
    rules = MISTAKES[code].rules
    for op in used:
        known = rules.get(op.name) or (rules.get(ANY) if op in SLOPED else None)
        if known:
            return {"rules": {op: known[0][1]}}
    if not rules:
        return NETWORK
    names = ", ".join(op.name for op in SLOPED) if ANY in rules else ", ".join(rules)
    return f"none of these is in the graph: {names}" if "," in names else f"no {names} is in the graph"


SLOPED = (sigmoid, tanh, relu)
"""The operations whose slope is left out where that of any may be."""

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
