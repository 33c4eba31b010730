"""Updates: what is made from what by adding to it, and whether that came back from it through a forward pass."""

import math
import re
from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Final

import numpy as np

from autograd import ops
from autograd.programs.operations import Gather, Join, Scatter
from autograd.programs.traced import Elementwise, Node

RATE: Final = re.compile(
    r"(^|[^a-z])(lr|alpha|alfa|eta|\w*rate|learning_?rate|l_?rate|learn\w*|lernrate|tasa\w*|taux|step\w*|epsilon|eps|"
    r"mu|gamma|lambda_?lr|nu)($|[^a-z])",
    re.IGNORECASE,
)
"""What learning rates are called."""

ADDITIVE: Final = {ops.add: (0, 1), ops.sub: (0,), ops.identity: (0,), ops.maximum: (0, 1), ops.minimum: (0, 1)}
"""By operation, the operands that the result is made from by adding (or by keeping it within bounds)."""


def builds_on(new: Node, olds: Collection[Node], steps: int = 200) -> bool:
    """Whether `new` is one of others with something added to it: w - lr·g, and also (1 - lr·λ)·w - lr·g."""
    oldest = min((old.time for old in olds), default=math.inf)
    stack = [new]
    while stack and steps:
        node = max(stack, key=attrgetter("time"))
        stack.remove(node)
        steps -= 1
        if node in olds:
            return True
        if node.time < oldest or node.op is None:
            continue
        if isinstance(node.op, Elementwise):
            if node.op.row is ops.mul:
                stack += [a for a, b in (node.args, node.args[::-1]) if nearly_one(b) and a.shape == node.shape]
            else:
                stack += [node.args[k] for k in ADDITIVE.get(node.op.row, ())]
        elif isinstance(node.op, Gather) and node.size == node.args[0].size:
            stack.append(node.args[0])
        elif isinstance(node.op, Join):
            stack += [piece.args[0] if isinstance(piece.op, Gather) else piece for piece in map(_spine, node.args[:1])]
        elif isinstance(node.op, Scatter) and _renews(node):
            stack.append(node.args[0])
    return False


def nearly_one(node: Node) -> bool:
    """Whether a number shrinks what it is multiplied with a little, as weight decay does."""
    return node.size == 1 and 0.9 <= np.asarray(node.data).item() <= 1.0


def _renews(node: Node) -> bool:
    """Whether what a `Scatter` writes is made from what stood there."""
    held, new = node.args
    stack, steps = [new], 100
    while stack and steps:
        part = stack.pop()
        steps -= 1
        if part is held:
            return True
        if isinstance(part.op, Gather):
            stack.append(part.args[0])
        elif isinstance(part.op, Elementwise):
            stack += [part.args[k] for k in ADDITIVE.get(part.op.row, ())]
            stack += part.args if part.op.row is ops.mul else ()
    return False


def _spine(node: Node) -> Node:
    """What a number is made from by adding, as far as that is one thing after the other."""
    while isinstance(node.op, Elementwise) and node.op.row in ADDITIVE:
        node = node.args[0]
    return node


def feeds_back(new: Node, old: Node) -> bool:
    """Whether `new` was computed from `old` by another way than adding to it: through a forward pass, and back."""
    between = spine(new, old)
    seen, stack = set(), [new]
    while stack:
        node = stack.pop()
        if node in seen or node.time <= old.time:
            continue
        seen.add(node)
        if node not in between and any(arg is old for arg in node.args):
            return True
        stack += node.args
    return False


def spine(new: Node, old: Node) -> set[Node]:
    """The nodes by which `new` is made from `old` by adding to it, writing into it or picking from it."""
    leads: dict[Node, bool] = {old: True}
    stack = [new]
    while stack and len(leads) < 2000:
        node = stack[-1]
        if node in leads:
            stack.pop()
            continue
        kept = _kept(node) if node.time > old.time else ()
        missing = [arg for arg in kept if arg not in leads]
        if missing:
            stack += missing
        else:
            leads[node] = any(leads[arg] for arg in kept)
            stack.pop()
    return {node for node, leading in leads.items() if leading and node is not old}


def _kept(node: Node) -> Sequence[Node]:
    """The operands that a node is made from by adding, writing or picking."""
    if isinstance(node.op, (Scatter, Join)):
        return node.args
    if isinstance(node.op, Gather):
        return node.args[:1]
    if isinstance(node.op, Elementwise):
        if node.op.row is ops.mul:
            return [a for a, b in (node.args, node.args[::-1]) if nearly_one(b)]
        return [node.args[k] for k in ADDITIVE.get(node.op.row, ())]
    return ()


def added(new: Node, old: Node) -> list[Node]:
    """The terms that were added to `old` (or taken from it) to give `new`."""
    between = spine(new, old)
    found = []
    for node in between:
        if isinstance(node.op, Elementwise) and node.op.row in (ops.add, ops.sub):
            found += [arg for arg in node.args if arg not in between and arg is not old]
    return found
