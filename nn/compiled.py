"""Training in compiled code: whether it can be done and pays, and keeping it in step with model and optimizer."""

import copy
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from autograd import no_grad, training
from nn import losses
from nn.data import Sample
from nn.layers import MLP, Layer, Neuron
from nn.optim import SGD, Optimizer
from nn.trainer import Trainer

MEANS = (losses.mse, losses.half_squared_error, losses.bce, losses.bce_with_logits, losses.hinge, losses.cross_entropy)
"""Losses whose value for a batch is known to be the mean of those of its samples."""

SHORT = 0.3
"""Seconds that a training with the graph may take before another way is looked at."""

SAMPLE, WEIGHT = 5e-5, 5e-7
"""Seconds for a sample in the graph, and for a parameter of it."""

EAGER, TRACED, COMPILED = 1e-7, 3e-5, 1e-4
"""Seconds for an operand: in the graph of a sample, until Python source is ready, until native code is."""

FASTER = {"python": 6.0, "llvm": 1000.0}
"""About how many times as fast as the graph a backend is."""

LOADING = 0.15
"""Seconds until llvmlite is ready."""


class Compiled:
    """A training in compiled code beside the model and optimizer that it is of."""

    def __init__(self, trainer: Trainer, samples: Sequence[Sample], backend: str) -> None:
        optimizer: Optimizer = trainer.optimizer
        self._optimizer, self._parameters = optimizer, trainer.parameters
        self._plain = type(optimizer) is SGD and not optimizer.momentum and not optimizer.weight_decay
        twin = copy.copy(optimizer)

        def update(p: Any, g: Any, memory: Any, lr: Any, t: Any) -> Any:
            twin._lr = lr
            return twin.update(p, g, memory, t)

        added = trainer.penalty
        penalty = None if added is None else (lambda: added(trainer.model))
        arguments = [sample.x for sample in samples], [sample.y for sample in samples]
        memory = () if self._plain else optimizer.memory
        own: dict[str, Any] = {"update": update, "memory": memory, "penalty": penalty, "batch_size": trainer.size}
        loss: Callable[[Any, Any], Any] = lambda x, y: trainer.loss(trainer.model(x), y)  # noqa: E731
        self._training = training(loss, self._parameters, *arguments, backend=backend, **own)
        self._epochs = 0
        self._reached: list[float] | None = None  # the parameters as they were pulled last
        self._last: tuple[Any, ...] = ()

    @property
    def backend(self) -> str:
        """What computes: "python" or "llvm"."""
        return self._training.backend

    def choose(self, rows: int) -> bool:
        """Take the backend that will be done first with so many rows; False where the graph will be."""
        size = self._training.size
        eager = (SAMPLE + EAGER * size) * rows
        seconds = {"": eager, "python": TRACED * size + eager / FASTER["python"]}
        if find_spec("llvmlite"):
            seconds["llvm"] = LOADING + COMPILED * size + eager / FASTER["llvm"]
        best = min(seconds, key=lambda name: seconds[name])
        self._training.backend = best or "python"
        return bool(best)

    def run(self, rates: Sequence[float], orders: Sequence[Sequence[int]] | None) -> Sequence[float]:
        """One epoch for every learning rate, as `Training.run`; parameters that were changed in between are noticed."""
        numbers = [p.data for p in self._parameters]
        if self._reached is not None and numbers != self._reached:
            self.push()
        state = numbers, self._optimizer._memories, self._optimizer._steps
        self._last = self._epochs, rates, orders, state
        losses = self._training.run(rates, orders)
        self._epochs += len(losses)
        return losses

    def settle(self, epochs: int) -> None:
        """After an interrupt: everything as it was after so many epochs, where the last run went further."""
        if epochs >= self._epochs:
            return
        start, rates, orders, (numbers, memories, steps) = self._last
        for p, number in zip(self._parameters, numbers, strict=True):
            p.data = number
        self._optimizer._memories, self._optimizer._steps = memories, steps
        self.push()
        if epochs > start:
            self._training.run(rates[: epochs - start], orders and orders[: epochs - start])
            self.pull()
        self._epochs = epochs

    def push(self) -> None:
        """Go on from the parameters and the state of the optimizer as they are."""
        plain = [()] * len(self._parameters)
        self._training.push(plain if self._plain else self._optimizer._memories, self._optimizer._steps[0])

    def pull(self) -> None:
        """Give the parameters and the optimizer what was reached."""
        self._training.pull()
        self._reached = [p.data for p in self._parameters]
        if not self._plain:
            self._optimizer._memories = self._training.memories()
            self._optimizer._steps = [self._training.steps] * len(self._parameters)


def compiled(
    trainer: Trainer, samples: Sequence[Sample], backend: str, epochs: int, eager: str
) -> tuple[Compiled | None, str]:
    """The training in compiled code, or None, and why the graph is built instead.

    `eager` says which wish needs the graph of every step, "" for none. With the backend "auto" a
    training that cannot be compiled, or would be over sooner without, is left to the graph, as is a
    model or loss that the user wrote: it might note or draw something at every step. With another
    backend it is a ValueError that says why it cannot be compiled.
    """
    if backend == "eager":
        return None, "asked for"
    if backend == "auto" and epochs * len(samples) * (SAMPLE + WEIGHT * len(trainer.parameters)) < SHORT:
        return None, "a short training"
    if backend == "auto" and not _known(trainer):
        return None, "the model or the loss is not one of nn's own, and might do more than compute"
    if not _targets_fit(trainer, samples):
        return None, "a target is not one that the loss takes"
    try:
        _check(trainer, samples, eager)
        found = Compiled(trainer, samples, "python" if backend == "auto" else backend)
        if backend == "auto" and not found.choose(epochs * len(samples)):
            return None, "a short training"
        found.push()
    except (TypeError, ValueError, ArithmeticError, NotImplementedError, AttributeError, ImportError) as error:
        if isinstance(error, ImportError) and backend != "auto":
            raise
        if backend == "auto":
            return None, str(error)
        raise ValueError(f"backend={backend!r}: {error}") from None
    hint = "" if find_spec("llvmlite") else "pip install 'chalkgrad[jit]' for native code, which is faster still"
    return found, hint


def _check(trainer: Trainer, samples: Sequence[Sample], eager: str) -> None:
    """ValueError where the compiled code would not compute what the graph does."""
    if eager:
        raise ValueError(f"{eager} needs the graph of every step")
    if trainer.size != 1 and len(samples) > 1 and trainer.loss not in MEANS:
        name = getattr(trainer.loss, "__name__", repr(trainer.loss))
        raise ValueError(f"{name} is not known to be the mean of the losses of single samples")
    if type(trainer.optimizer).step not in (Optimizer.step, SGD.step):
        raise ValueError(f"{type(trainer.optimizer).__name__} has a step of its own")
    if len(set(trainer.optimizer._steps)) > 1:
        raise ValueError("the parameters have made different numbers of steps")


def _known(trainer: Trainer) -> bool:
    """Whether model and loss are such that calling them once is as good as at every step."""
    known = type(trainer.model) in (MLP, Layer, Neuron)
    model = trainer.model
    activations = model._activations() if type(model) is MLP else [getattr(model, "activation", "")]
    return known and trainer.loss in MEANS and all(isinstance(name, str) for name in activations)


def _targets_fit(trainer: Trainer, samples: Sequence[Sample]) -> bool:
    """Whether the loss takes every target; compiled code, to which they are unknowns, does not ask."""
    with no_grad(), suppress(ArithmeticError):
        try:
            prediction = trainer.model(samples[0].x)
            for sample in samples:
                trainer.loss(prediction, sample.y)
        except (TypeError, ValueError):
            return False
    return True
