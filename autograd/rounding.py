"""How far two correct computations of one gradient can be apart: a running bound on rounding errors.

Every operation is taken to be wrong by at most `OPERATION` units in the last place, more than any
row of the table and any usual math library is. Such an error is carried on by the slopes of what
follows, forward through the values and then backward through the rules, which are differentiated
for it by the engine itself. The bound is first-order and holds for the gradient as the graph
computes it (Linnainmaa 1976).
"""

import math
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from autograd.graph import topological_order
from autograd.value import Value, recording

OPERATION = 4.0
"""Units in the last place by which one operation may be wrong."""

UNIT = sys.float_info.epsilon / 2
SMALLEST = 5e-324


class Bounded(NamedTuple):
    """A number, and by how much rounding may have moved it."""

    number: float
    error: float


def rounding(y: float) -> float:
    """The error of one operation with the result y."""
    return OPERATION * UNIT * abs(y) + SMALLEST


def bounded_gradients(output: Value) -> dict[Value, Bounded]:
    """d output / d node with its rounding bound, for every node; taken where the graph was evaluated."""
    order = topological_order(output)
    errors = bounded_values(order)
    found = {output: Bounded(1.0, 0.0)}
    with recording(True):
        for node in reversed(order):
            if node.op is None:
                continue
            g, y = Value(found[node].number), Value(node.primals[0])
            xs = [arg if type(arg) is float else Value(x) for arg, x in zip(node.args, node.primals[1:], strict=True)]
            known = {g: found[node].error, y: errors[node]}
            known |= {x: errors[arg] for x, arg in zip(xs, node.args, strict=True) if isinstance(x, Value)}
            for arg, share in node.op.shares(g, y, xs, node.args):
                found[arg] = _sum(found.get(arg), _error_of(share, known))
    return found


def bounded_values(order: list[Value]) -> dict[Value, float]:
    """The rounding bound of every node of a topological order; leaves are exact."""
    return _carried_on(order, {node: 0.0 for node in order if node.op is None})


def _carried_on(order: list[Value], known: Mapping[Value, float]) -> dict[Value, float]:
    """The bounds of all nodes, from those that are known."""
    errors = dict(known)
    for node in order:
        if node not in errors:
            y, *xs = node.primals
            slopes = node.op.shares(1.0, y, xs, node.args) if node.op else []
            errors[node] = sum(abs(slope) * errors[arg] for arg, slope in slopes if errors[arg]) + rounding(y)
    return errors


def _error_of(expression: Any, known: Mapping[Value, float]) -> Bounded:
    """The number of a small expression with its bound, from those of its leaves."""
    if not isinstance(expression, Value):
        return Bounded(float(expression), 0.0)
    return Bounded(expression.data, _carried_on(topological_order(expression), known)[expression])


def _sum(a: Bounded | None, b: Bounded) -> Bounded:
    if a is None:
        return b
    number = a.number + b.number
    return Bounded(number, a.error + b.error + rounding(number))


def ulps(a: float, b: float) -> float:
    """How far a is from b, in units of the last place of b."""
    if a == b:
        return 0.0
    return abs(a - b) / math.ulp(b) if math.isfinite(a) and math.isfinite(b) else math.inf
