"""Clipping: gradients that are too large are made smaller before a step."""

import math
from collections.abc import Iterable

from autograd import Value
from nn.module import leaves
from nn.settings import LIMIT, checked


def clip_gradients(parameters: Iterable[Value], max_norm: float) -> float:
    """‖g‖ = √Σg² of all gradients; where it is larger than `max_norm`, they are all scaled down to it.

    As in PyTorch, the factor is max_norm/(‖g‖ + 1e-6). The norm returned is the one before. A
    gradient that is no finite number is a ValueError; then none has changed.

    >>> a, b = Value(3.0, "a"), Value(4.0, "b")
    >>> (a * a / 2 + b * b / 2).backward()
    >>> clip_gradients([a, b], max_norm=1.0)
    5.0
    >>> round(a.grad, 6), round(b.grad, 6)
    (0.6, 0.8)
    """
    max_norm = checked("max_norm", max_norm, LIMIT)
    moving = _with_gradient(parameters)
    norm: float = math.hypot(*(p.grad for p in moving))
    scale = max_norm / (norm + 1e-6)
    if scale < 1.0:
        for p in moving:
            p.grad *= scale
    return norm


def clip_gradient_values(parameters: Iterable[Value], limit: float) -> None:
    """Every gradient below -limit is set to -limit, every one above limit to limit.

    A gradient that is no finite number is a ValueError; then none has changed.

    >>> w = Value(3.0, "w")
    >>> (w * w).backward()
    >>> clip_gradient_values([w], 0.5)
    >>> w.grad
    0.5
    """
    limit = checked("limit", limit, LIMIT)
    for p in _with_gradient(parameters):
        p.grad = min(max(p.grad, -limit), limit)


def _with_gradient(parameters: Iterable[Value]) -> list[Value]:
    """The parameters whose gradient was computed; ValueError where one is no finite number."""
    moving = [p for p in leaves(parameters) if p.has_grad]
    for p in moving:
        if not math.isfinite(p.grad):
            raise ValueError(f"expected finite gradients, got {p!r}: look where the loss became so")
    return moving
