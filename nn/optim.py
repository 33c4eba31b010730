"""Optimisers, from the gradients of the parameters to their next values; learning-rate schedules; clipping.

The updates are PyTorch's, step for step. As there, a parameter whose gradient was not computed
since `zero_grad()` stays as it is.
"""

import html
import math
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from autograd import Names, Symbol, Value, sqrt
from nn.module import leaves
from nn.shown import FEW, parameter_table

Memory = tuple[Any, ...]
"""What an optimiser remembers of a parameter from step to step."""

Schedule = Callable[[int], float]
"""From the number of an epoch, counted from 0, to its learning rate."""

Rule = tuple[str, Callable[[float], bool]]

FROM_ZERO: Rule = "a finite number from 0 on", lambda x: 0.0 <= x < math.inf
POSITIVE: Rule = "a finite number above 0", lambda x: 0.0 < x < math.inf
FRACTION: Rule = "a number from 0 on and below 1", lambda x: 0.0 <= x < 1.0
LIMIT: Rule = "a number from 0 on", lambda x: x >= 0.0


class Optimizer:
    """The base: a subclass has an `update` of one parameter, and the `memory` that it starts with.

    parameters  the Values that are moved, such as `model.parameters()`
    lr          the learning rate; may be set between steps

    >>> import autograd
    >>> class SignDescent(Optimizer):
    ...     def update(self, p, g, memory, t):
    ...         return p - self.lr * autograd.sign(g), memory
    >>> w = Value(1.0, "w")
    >>> optimizer = SignDescent([w], lr=0.5)
    >>> ((w - 3.0) ** 2).backward()
    >>> optimizer.step()
    >>> w.data
    1.5
    """

    memory: Memory = ()

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = leaves(parameters)
        self.lr = lr
        self._steps = [0] * len(self.parameters)
        self._memories = [self.memory] * len(self.parameters)

    @property
    def lr(self) -> float:
        """The learning rate, a finite number from 0 on."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = _checked("lr", lr, FROM_ZERO)

    def update(self, p: Any, g: Any, memory: Memory, t: Any) -> tuple[Any, Memory]:
        """The next value and memory of a parameter p with the gradient g, in its t-th step (from 1 on).

        Written in operators and operations, so that it is a formula for Symbols as well.
        """
        raise NotImplementedError

    def step(self) -> None:
        """Move every parameter one step."""
        for place, p in enumerate(self.parameters):
            if p.has_grad:
                self._steps[place] += 1
                p.data, self._memories[place] = self.update(p.data, p.grad, self._memories[place], self._steps[place])

    def zero_grad(self) -> None:
        """Forget the gradients, before the next `backward()`."""
        for p in self.parameters:
            p.zero_grad()

    def __repr__(self) -> str:
        settings = {"lr": self.lr, **{name: x for name, x in vars(self).items() if name[0] != "_"}}
        del settings["parameters"]
        count = len(self.parameters)
        shown = [f"{count} parameter{'s' * (count != 1)}", *(f"{name}={x!r}" for name, x in settings.items() if x)]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_html_(self) -> str:
        """The parameters with their gradients, and what the next step would make of them."""
        named: Names[Value] = Names()
        for place, p in enumerate(self.parameters, start=1):
            named.insert(p.label or f"p{place}", p)
        after: list[float | None] = []
        states = zip(self.parameters, self._memories, self._steps, strict=True)
        for p, memory, steps in islice(states, FEW):  # the others are not shown
            after.append(self.update(p.data, p.grad, memory, steps + 1)[0] if p.has_grad else p.data)
        return f"<div>{html.escape(repr(self))}</div>{parameter_table(named, after)}"


class SGD(Optimizer):
    """Gradient descent, p ← p - lr·g with g = ∂L/∂p.

    With `momentum` μ, dampening d and weight decay λ: g ← g + λp, v ← μv + (1 - d)g (v ← g in the
    first step), and p ← p - lr·v, or with `nesterov` p ← p - lr·(g + μv).

    >>> w = Value(1.0, "w")
    >>> optimizer = SGD([w], lr=0.1)
    >>> ((w - 3.0) ** 2).backward()
    >>> optimizer.step()
    >>> w.data
    1.4
    """

    memory = (0.0,)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        momentum: float = 0.0,
        dampening: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = _checked("momentum", momentum, FRACTION)
        self.dampening = _checked("dampening", dampening, FRACTION)
        self.weight_decay = _checked("weight_decay", weight_decay, FROM_ZERO)
        self.nesterov = nesterov
        if nesterov and (not self.momentum or self.dampening):
            raise ValueError(
                f"nesterov: expected a momentum above 0 and no dampening, got momentum={momentum!r}, "
                f"dampening={dampening!r}"
            )

    def update(self, p: Any, g: Any, memory: Memory, t: Any) -> tuple[Any, Memory]:
        """One step of the formulas above."""
        if self.weight_decay:
            g = g + self.weight_decay * p
        if not self.momentum:
            return p - self.lr * g, memory
        first = not isinstance(t, Symbol) and t == 1  # a step that is not known yet is a later one
        v = g if first else self.momentum * memory[0] + (1.0 - self.dampening) * g
        return p - self.lr * (g + self.momentum * v if self.nesterov else v), (v,)

    def step(self) -> None:
        """Move every parameter one step down its gradient."""
        if self.momentum or self.weight_decay:
            super().step()
            return
        lr = self.lr
        for p in self.parameters:  # the update above at its plainest, without the detour
            if p.grad is not None:
                p.data -= lr * p.grad


class Adam(Optimizer):
    """p ← p - lr·m̂/(√v̂ + ε): a step of about lr, whatever the size of the gradient g.

    m ← β₁m + (1 - β₁)g and v ← β₂v + (1 - β₂)g² are running means, m̂ = m/(1 - β₁ᵗ) and
    v̂ = v/(1 - β₂ᵗ) in step t make up for their start at 0. `weight_decay` λ adds λp to g (see
    `AdamW`). Source: Kingma and Ba, Adam: a method for stochastic optimization, 2015, algorithm 1.

    >>> w = Value(1.0, "w")
    >>> optimizer = Adam([w], lr=0.1)
    >>> ((w - 3.0) ** 2).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    1.1
    """

    memory = (0.0, 0.0)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise ValueError(f"betas: expected a pair of numbers such as (0.9, 0.999), got {betas!r}")
        self.betas = _checked("betas", betas[0], FRACTION), _checked("betas", betas[1], FRACTION)
        self.eps = _checked("eps", eps, POSITIVE)
        self.weight_decay = _checked("weight_decay", weight_decay, FROM_ZERO)

    def update(self, p: Any, g: Any, memory: Memory, t: Any) -> tuple[Any, Memory]:
        """One step of the formulas above."""
        return self._moved(p, g + self.weight_decay * p if self.weight_decay else g, memory, t)

    def _moved(self, p: Any, g: Any, memory: Memory, t: Any) -> tuple[Any, Memory]:
        (m, v), (beta1, beta2) = memory, self.betas
        m = beta1 * m + (1.0 - beta1) * g
        v = beta2 * v + (1.0 - beta2) * g * g
        rate = self.lr / (1.0 - beta1**t)
        return p - rate * m / (sqrt(v) / sqrt(1.0 - beta2**t) + self.eps), (m, v)


class AdamW(Adam):
    """Adam with the weights shrunk by themselves: p ← p - lr·λp, then the step of `Adam` by g alone.

    Source: Loshchilov and Hutter, Decoupled weight decay regularization, 2019, algorithm 2.

    >>> w = Value(1.0, "w")
    >>> optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> ((w - 3.0) ** 2).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    1.05
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def update(self, p: Any, g: Any, memory: Memory, t: Any) -> tuple[Any, Memory]:
        """One step of the formulas above."""
        return self._moved(p * (1.0 - self.lr * self.weight_decay), g, memory, t)


def step_lr(lr: float, every: int, factor: float = 0.1) -> Schedule:
    """lr · factor^⌊epoch/every⌋: the rate drops by a factor every few epochs.

    Schedules take the number of an epoch, counted from 0: `optimizer.lr = schedule(epoch)`.

    >>> schedule = step_lr(0.5, every=10, factor=0.5)
    >>> [schedule(epoch) for epoch in (0, 9, 10, 20)]
    [0.5, 0.5, 0.25, 0.125]
    """
    lr, factor = _checked("lr", lr, FROM_ZERO), _checked("factor", factor, POSITIVE)
    every = _epochs("every", every)
    return lambda epoch: float(lr * factor ** (epoch // every))


def exponential_lr(lr: float, factor: float) -> Schedule:
    """lr · factor^epoch.

    >>> exponential_lr(1.0, 0.5)(3)
    0.125
    """
    lr, factor = _checked("lr", lr, FROM_ZERO), _checked("factor", factor, POSITIVE)
    return lambda epoch: float(lr * factor**epoch)


def cosine_lr(lr: float, epochs: int, lowest: float = 0.0) -> Schedule:
    """lowest + (lr - lowest)(1 + cos(π·epoch/epochs))/2: half a wave, from lr down to `lowest` at `epochs`.

    Source: Loshchilov and Hutter, SGDR, 2017, equation 5, without restarts.

    >>> round(cosine_lr(1.0, epochs=100)(50), 6)
    0.5
    """
    lr, lowest = _checked("lr", lr, FROM_ZERO), _checked("lowest", lowest, FROM_ZERO)
    epochs = _epochs("epochs", epochs)
    return lambda epoch: lowest + (lr - lowest) * (1.0 + math.cos(math.pi * epoch / epochs)) / 2.0


def linear_lr(lr: float, epochs: int, start: float = 1 / 3, end: float = 1.0) -> Schedule:
    """lr · (start + (end - start)·epoch/epochs) up to `epochs`, then lr · end: a warm-up, or a decay to end < start.

    >>> schedule = linear_lr(1.0, epochs=4, start=0.0)
    >>> [schedule(epoch) for epoch in (0, 1, 4, 9)]
    [0.0, 0.25, 1.0, 1.0]
    """
    lr, epochs = _checked("lr", lr, FROM_ZERO), _epochs("epochs", epochs)
    start, end = _checked("start", start, FROM_ZERO), _checked("end", end, FROM_ZERO)
    return lambda epoch: float(lr * (start + (end - start) * min(epoch, epochs) / epochs))


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
    max_norm = _checked("max_norm", max_norm, LIMIT)
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
    limit = _checked("limit", limit, LIMIT)
    for p in _with_gradient(parameters):
        p.grad = min(max(p.grad, -limit), limit)


def _with_gradient(parameters: Iterable[Value]) -> list[Value]:
    """The parameters whose gradient was computed; ValueError where one is no finite number."""
    moving = [p for p in leaves(parameters) if p.has_grad]
    for p in moving:
        if not math.isfinite(p.grad):
            raise ValueError(f"expected finite gradients, got {p!r}: look where the loss became so")
    return moving


def _checked(name: str, given: Any, rule: Rule) -> float:
    """A setting as a float; ValueError where it breaks the rule, TypeError where it is no number."""
    wanted, holds = rule
    try:
        number: float = Value(given).data
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None
    if not holds(number):
        raise ValueError(f"{name}: expected {wanted}, got {given!r}")
    return number


def _epochs(name: str, given: Any) -> int:
    if not isinstance(given, int) or given < 1:
        raise ValueError(f"{name}: expected a whole number of epochs from 1 on, got {given!r}")
    return given
