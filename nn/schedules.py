"""Learning-rate schedules: from the number of an epoch, counted from 0, to its rate."""

import math
from collections.abc import Callable
from typing import Any

from nn.settings import FROM_ZERO, POSITIVE, checked

Schedule = Callable[[int], float]
"""From the number of an epoch, counted from 0, to its learning rate."""


def step_lr(lr: float, every: int, factor: float = 0.1) -> Schedule:
    """lr · factor^⌊epoch/every⌋: the rate drops by a factor every few epochs.

    Schedules take the number of an epoch, counted from 0: `optimizer.lr = schedule(epoch)`.

    >>> schedule = step_lr(0.5, every=10, factor=0.5)
    >>> [schedule(epoch) for epoch in (0, 9, 10, 20)]
    [0.5, 0.5, 0.25, 0.125]
    """
    lr, factor = checked("lr", lr, FROM_ZERO), checked("factor", factor, POSITIVE)
    every = _epochs("every", every)
    return lambda epoch: float(lr * factor ** (epoch // every))


def exponential_lr(lr: float, factor: float) -> Schedule:
    """lr · factor^epoch.

    >>> exponential_lr(1.0, 0.5)(3)
    0.125
    """
    lr, factor = checked("lr", lr, FROM_ZERO), checked("factor", factor, POSITIVE)
    return lambda epoch: float(lr * factor**epoch)


def cosine_lr(lr: float, epochs: int, lowest: float = 0.0) -> Schedule:
    """lowest + (lr - lowest)(1 + cos(π·epoch/epochs))/2: half a wave, from lr down to `lowest` at `epochs`.

    Source: Loshchilov and Hutter, SGDR, 2017, equation 5, without restarts.

    >>> round(cosine_lr(1.0, epochs=100)(50), 6)
    0.5
    """
    lr, lowest = checked("lr", lr, FROM_ZERO), checked("lowest", lowest, FROM_ZERO)
    epochs = _epochs("epochs", epochs)
    return lambda epoch: lowest + (lr - lowest) * (1.0 + math.cos(math.pi * epoch / epochs)) / 2.0


def linear_lr(lr: float, epochs: int, start: float = 1 / 3, end: float = 1.0) -> Schedule:
    """lr · (start + (end - start)·epoch/epochs) up to `epochs`, then lr · end: a warm-up, or a decay to end < start.

    >>> schedule = linear_lr(1.0, epochs=4, start=0.0)
    >>> [schedule(epoch) for epoch in (0, 1, 4, 9)]
    [0.0, 0.25, 1.0, 1.0]
    """
    lr, epochs = checked("lr", lr, FROM_ZERO), _epochs("epochs", epochs)
    start, end = checked("start", start, FROM_ZERO), checked("end", end, FROM_ZERO)
    return lambda epoch: float(lr * (start + (end - start) * min(epoch, epochs) / epochs))


def _epochs(name: str, given: Any) -> int:
    if not isinstance(given, int) or given < 1:
        raise ValueError(f"{name}: expected a whole number of epochs from 1 on, got {given!r}")
    return given
