"""Optimisers, from the gradients of the parameters to their next values.

The updates are PyTorch's, step for step. As there, a parameter whose gradient was not computed
since `zero_grad()` stays as it is.
"""

import html
import warnings
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from autograd import Names, Symbol, Value, sqrt
from nn.module import leaves
from nn.settings import FRACTION, FROM_ZERO, POSITIVE, checked
from nn.shown import FEW, parameter_table

Memory = tuple[Any, ...]
"""What an optimiser remembers of a parameter from step to step."""


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
        self._looked = 0  # in how many steps it was looked whether gradients are zeroed
        self._stood = False  # whether it was said that nothing moves

    @property
    def lr(self) -> float:
        """The learning rate, a finite number from 0 on."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = checked("lr", lr, FROM_ZERO)

    def update(self, p: Any, g: Any, memory: Memory, t: Any) -> tuple[Any, Memory]:
        """The next value and memory of a parameter p with the gradient g, in its t-th step (from 1 on).

        Written in operators and operations, so that it is a formula for Symbols as well.
        """
        raise NotImplementedError

    def step(self) -> None:
        """Move every parameter one step.

        A UserWarning says where nothing moves since no gradient was computed, and in the second step where it was added
        to that of the first.
        """
        self._look()
        self._move()

    def _move(self) -> None:
        for place, p in enumerate(self.parameters):
            if p.has_grad:
                self._steps[place] += 1
                p.data, self._memories[place] = self.update(p.data, p.grad, self._memories[place], self._steps[place])

    def zero_grad(self) -> None:
        """Forget the gradients, before the next `backward()`."""
        for p in self.parameters:
            p.zero_grad()

    def _look(self) -> None:
        """Warn of the two mistakes that a loop of steps shows: no backward(), and no zero_grad()."""
        moving = (p for p in self.parameters if p.has_grad)
        first = next(moving, None)
        if first is None and not self._stood:
            self._stood = True
            _warn("no parameter has a gradient, so that nothing moves: call loss.backward() before step()")
        elif first is not None and self._looked < 2:
            self._looked += 1
            for p in (first, *moving):
                if type(p.grad) is _Added:
                    self._looked = 2
                    _warn(
                        "backward() has added to the gradients of the step before, which are still there: call "
                        "zero_grad() of the optimizer or the model before backward()"
                    )
                    break
                if self._looked == 1:
                    p.grad = _Used(p.grad)

    def settings(self) -> dict[str, Any]:
        """The learning rate and what else it was built with, by name."""
        return {"lr": self.lr} | {name: x for name, x in vars(self).items() if name[0] != "_" and name != "parameters"}

    def state_dict(self) -> dict[str, Any]:
        """All that another optimiser of this kind needs to go on: settings, and by parameter its steps and memory.

        >>> optimizer = SGD([Value(1.0, "w")], lr=0.1, momentum=0.9)
        >>> optimizer.state_dict()["settings"]["momentum"], optimizer.state_dict()["steps"]
        (0.9, [0])
        """
        memories = [list(memory) for memory in self._memories]
        kind = type(self).__name__
        return {"optimizer": kind, "settings": self.settings(), "steps": list(self._steps), "memories": memories}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave; ValueError where that is of another kind, or of other parameters."""
        kind, count = type(self).__name__, len(self.parameters)
        expected = f"expected the state of {kind} of {count} parameter{'s' * (count != 1)}"
        if set(state) != set(self.state_dict()) or state["optimizer"] != kind:
            raise ValueError(f"{expected}, got {state.get('optimizer', 'something else')}")
        if set(state["settings"]) != set(self.settings()):
            raise ValueError(f"{expected}, got settings {', '.join(map(str, state['settings']))}")
        memories = [tuple([Value(x).data for x in memory]) for memory in state["memories"]]
        width = len(self._memories[0])
        if len(state["steps"]) != count or len(memories) != count or any(len(memory) != width for memory in memories):
            raise ValueError(f"{expected}, got that of {len(memories)}")
        for name, setting in state["settings"].items():
            setattr(self, name, tuple(setting) if isinstance(setting, list) else setting)
        self._steps, self._memories = list(state["steps"]), memories

    def __repr__(self) -> str:
        count = len(self.parameters)
        settings = [f"{name}={x!r}" for name, x in self.settings().items() if x]
        shown = [f"{count} parameter{'s' * (count != 1)}", *settings]
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


class _Used(float):
    """A gradient that a step was made with; what backward() adds to it shows that it was not zeroed."""

    def __radd__(self, other: float) -> float:
        return _Added(float(self) + other)


class _Added(float):
    """A gradient that was added to one of an earlier step."""


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=4)


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
        self.momentum = checked("momentum", momentum, FRACTION)
        self.dampening = checked("dampening", dampening, FRACTION)
        self.weight_decay = checked("weight_decay", weight_decay, FROM_ZERO)
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

    @property
    def _plain(self) -> bool:
        """Whether a step is p - lr·g and nothing else: nobody has written another update."""
        own = getattr(self.update, "__func__", None) is SGD.update
        return own and not (self.momentum or self.weight_decay)

    def _move(self) -> None:
        if not self._plain:
            super()._move()
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
        self.betas = checked("betas", betas[0], FRACTION), checked("betas", betas[1], FRACTION)
        self.eps = checked("eps", eps, POSITIVE)
        self.weight_decay = checked("weight_decay", weight_decay, FROM_ZERO)

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


class RMSprop(Optimizer):
    """p ← p - lr·g/(√v + ε), v ← αv + (1 - α)g² a running mean: every parameter at a pace of its own.

    `centered` takes v - ḡ² for v, ḡ the running mean of g; with `momentum` μ, s ← μs + g/(√v + ε) and
    p ← p - lr·s; `weight_decay` λ adds λp to g. Source: Tieleman and Hinton, lecture 6.5 of Neural
    networks for machine learning, 2012.

    >>> w = Value(1.0, "w")
    >>> optimizer = RMSprop([w], lr=0.1)
    >>> ((w - 3.0) ** 2).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    2.0
    """

    memory = (0.0, 0.0, 0.0)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(parameters, lr)
        self.alpha, self.eps = checked("alpha", alpha, FRACTION), checked("eps", eps, POSITIVE)
        self.weight_decay = checked("weight_decay", weight_decay, FROM_ZERO)
        self.momentum, self.centered = checked("momentum", momentum, FRACTION), centered

    def update(self, p: Any, g: Any, memory: Memory, t: Any) -> tuple[Any, Memory]:
        """One step of the formulas above."""
        v, mean, s = memory
        g = g + self.weight_decay * p if self.weight_decay else g
        v = self.alpha * v + (1.0 - self.alpha) * g * g
        mean = self.alpha * mean + (1.0 - self.alpha) * g if self.centered else mean
        move = g / (sqrt(v - mean * mean if self.centered else v) + self.eps)
        s = self.momentum * s + move if self.momentum else s
        return p - self.lr * (s if self.momentum else move), (v, mean, s)


class Adagrad(Optimizer):
    """p ← p - lr/(1 + (t - 1)η)·g/(√v + ε), v ← v + g²: the longer a way a parameter has gone, the smaller its steps.

    η is `lr_decay`, v starts at `initial_accumulator_value`; `weight_decay` λ adds λp to g. Source:
    Duchi, Hazan and Singer, Adaptive subgradient methods, 2011.

    >>> w = Value(1.0, "w")
    >>> optimizer = Adagrad([w], lr=0.1)
    >>> ((w - 3.0) ** 2).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    1.1
    """

    memory = (0.0,)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        super().__init__(parameters, lr)
        self.lr_decay, self.eps = checked("lr_decay", lr_decay, FROM_ZERO), checked("eps", eps, POSITIVE)
        self.weight_decay = checked("weight_decay", weight_decay, FROM_ZERO)
        start = checked("initial_accumulator_value", initial_accumulator_value, FROM_ZERO)
        self._memories = [(start,)] * len(self.parameters)

    def update(self, p: Any, g: Any, memory: Memory, t: Any) -> tuple[Any, Memory]:
        """One step of the formulas above."""
        g = g + self.weight_decay * p if self.weight_decay else g
        v = memory[0] + g * g
        rate = self.lr / (1.0 + (t - 1.0) * self.lr_decay) if self.lr_decay else self.lr
        return p - rate * g / (sqrt(v) + self.eps), (v,)
