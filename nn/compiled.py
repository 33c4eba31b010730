"""Training in compiled code: whether it can be done and pays, and keeping it in step with model and optimizer."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from autograd import is_recording, no_grad, reach, watched_training
from nn import losses
from nn.activations import ACTIVATIONS
from nn.data import Labelled
from nn.layers import MLP, Layer, Neuron
from nn.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from nn.trainer import Trainer

MEANS = (
    losses.mse, losses.half_squared_error, losses.l1, losses.huber,
    losses.bce, losses.bce_with_logits, losses.hinge, losses.cross_entropy,
)  # fmt: skip
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
"""Seconds until llvmlite is ready, or NumPy."""

STEP, OPERAND = 1e-4, 1e-10
"""Seconds that NumPy takes for a step, and for an operand of a sample in it."""

RENEWALS = 3
"""How often "auto" compiles anew because something was changed, before the rest is left to the graph."""

STATE = ("_lr", "_memories", "_steps", "_looked")
"""What changes in an optimizer while it trains, and is handed to and fro."""


class LostError(Exception):
    """Raised where the rest of a training cannot be done in compiled code."""


class Compiled:
    """A training in compiled code beside the model and optimizer that it is of.

    lost  why the rest was left to the graph, "" while it was not
    """

    def __init__(self, trainer: Trainer, samples: Labelled, backend: str, auto: bool) -> None:
        self._trainer, self._samples, self._auto = trainer, samples, auto
        self._optimizer: Optimizer = trainer.optimizer
        self._parameters = list(trainer.parameters)
        self._training, self._plain = self._made(backend)
        self.lost = ""
        self._renewals = 0
        self._epochs = 0
        self._left: tuple[Any, ...] | None = None  # the parameters and the state of the optimizer as last pulled
        self._last: tuple[Any, ...] = ()

    def _made(self, backend: str) -> tuple[Any, bool]:
        """The training of model, loss, penalty and optimizer as they are now; whether its update remembers nothing."""
        trainer, optimizer = self._trainer, self._optimizer
        _check(trainer)
        if self._auto and not _known(trainer):
            raise ValueError(UNKNOWN)

        def update(p: Any, g: Any, memory: Any, lr: Any, t: Any) -> Any:
            before, optimizer._lr = optimizer._lr, lr
            try:
                return optimizer.update(p, g, memory, t)
            finally:
                optimizer._lr = before

        def loss(x: Any, y: Any) -> Any:
            return trainer.loss(trainer.model(x), y)

        added = trainer.penalty
        penalty = None if added is None else (lambda: added(trainer.model))
        roots = [
            ("the model", trainer.model), ("the loss", trainer.loss), ("the penalty", added),
            (type(optimizer).__name__, optimizer.update), (type(optimizer).__name__, optimizer),
        ]  # fmt: skip
        apart = {id(optimizer): STATE}
        plain = type(optimizer) is SGD and optimizer._plain
        memory = () if plain else optimizer.memory
        data = self._samples.xs, self._samples.ys
        own: dict[str, Any] = {"memory": memory, "batch_size": trainer.size, "backend": backend}
        own |= {"roots": roots, "apart": apart, "trusted": _trusted(trainer), "auto": self._auto}
        own["samples"] = self._samples.various
        return watched_training(loss, self._parameters, *data, update=update, penalty=penalty, **own), plain

    @property
    def inputs(self) -> Sequence[Any]:
        """The inputs of the samples as they were copied."""
        column: Sequence[Any] = self._training.column(0)
        return column

    @property
    def backend(self) -> str:
        """What computes: "python" or "llvm"."""
        return str(self._training.backend)

    def choose(self, rows: int) -> bool:
        """Take the backend that will be done first with so many rows; False where the graph will be."""
        size = self._training.size
        eager = (SAMPLE + EAGER * size) * rows
        seconds = {"": eager, "python": TRACED * size + eager / FASTER["python"]}
        if self._training.by_numpy:
            seconds["python"] = LOADING + (STEP / self._training.batch_size + OPERAND * size) * rows
        if find_spec("llvmlite"):
            seconds["llvm"] = LOADING + COMPILED * self._training.length + eager / FASTER["llvm"]
        best = min(seconds, key=lambda name: seconds[name])
        self._training.backend = best or "python"
        return bool(best)

    def run(self, rates: Sequence[float], orders: Sequence[Sequence[int]] | None) -> Sequence[float]:
        """One epoch for every learning rate, as `Training.run`; what was changed in between is noticed.

        LostError where the graph must go on.
        """
        what = self._training.changed()
        if what or self._optimizer.parameters != self._parameters:
            self._renew(what or "the list of parameters")
        numbers = [p.data for p in self._parameters]
        optimizer = self._optimizer
        if self._left is not None and self._left != (numbers, optimizer._memories, optimizer._steps):
            if len(set(optimizer._steps)) > 1 or len(optimizer._steps) != len(numbers):
                raise LostError("the parameters have made different numbers of steps")
            self.push()
        state = numbers, optimizer._memories, optimizer._steps
        self._last = self._epochs, rates, orders, state
        losses: Sequence[float] = self._training.go_on(rates, orders)
        self._epochs += len(losses)
        return losses

    def _renew(self, what: str) -> None:
        """Compile again what is another now; the graph goes on where that happens often, or cannot be."""
        self._renewals += 1
        if self._auto and self._renewals > RENEWALS:
            raise LostError(f"{what} is changed again and again")
        if self._optimizer.parameters != self._parameters:
            raise LostError(f"{what} was changed: the optimizer has other parameters now")
        try:
            fresh, plain = self._made(self.backend)
        except Exception as error:
            raise LostError(f"{what} was changed: {error}") from error
        if plain == self._plain and fresh.recipe == self._training.recipe:
            self._training.adopt(fresh)
            self._renewals -= 1
            return
        self._training, self._plain = fresh, plain
        self.push()

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
        """Give the parameters and the optimizer what was reached; gradients, which nobody computed, are forgotten."""
        numbers = self._training.pull()
        for p in self._parameters:
            p.zero_grad()
        if not self._plain:
            self._optimizer._memories = self._training.memories()
            self._optimizer._steps = [self._training.steps] * len(self._parameters)
        self._left = numbers, list(self._optimizer._memories), list(self._optimizer._steps)


def compiled(
    trainer: Trainer,
    samples: Labelled,
    backend: str,
    epochs: int,
    eager: str,
    watching: Mapping[str, Callable[..., Any] | None],
) -> tuple[Compiled | None, str]:
    """The training in compiled code, or None, and why the graph is built instead.

    `eager` says which wish needs the graph of every step, "" for none; `watching` what is called
    between epochs. With the backend "auto" a training that cannot be compiled, or would be over
    sooner without, is left to the graph, as is a model or loss that the user wrote: it might note or
    draw something at every step. With another backend it is a ValueError that says why it cannot
    be compiled.
    """
    if backend == "eager":
        return None, "asked for"
    auto = backend == "auto"
    if auto and epochs * len(samples) * (SAMPLE + WEIGHT * len(trainer.parameters)) < SHORT:
        return None, "a short training"
    if auto and not _known(trainer):
        return None, UNKNOWN
    try:
        _check_wishes(eager, watching)
        found = Compiled(trainer, samples, "python" if auto else backend, auto)
        _check_targets(trainer, samples)
        if auto and not found.choose(epochs * len(samples)):
            return None, "a short training"
        found.push()
    except ImportError as error:
        if not auto:
            raise
        return None, str(error)
    except Exception as error:  # whatever the user's own code raises when it meets Symbols
        words = str(error) if isinstance(error, EXPECTED) and error.args else f"{type(error).__name__}: {error}"
        if auto:
            return None, words
        raise ValueError(f"backend={backend!r}: {words}") from None
    hint = "" if find_spec("llvmlite") else "pip install llvmlite for native code, which is faster still"
    return found, hint


EXPECTED = (TypeError, ValueError, ArithmeticError, NotImplementedError, AttributeError)
UNKNOWN = "the model or the loss is not one of nn's own, and might do more than compute"


def _check_wishes(eager: str, watching: Mapping[str, Callable[..., Any] | None]) -> None:
    """ValueError where something needs the graph of every step."""
    if eager:
        raise ValueError(f"{eager} needs the graph of every step")
    if not is_recording():
        raise ValueError("under no_grad() there are no gradients")
    for name, function in watching.items():
        if function is None:
            continue
        met = reach([(name, function)])
        used = met.gradients
        used += [".step"] if "step" in met.names and met.meets(Optimizer) else []
        used.append(met.further)
        if used[0]:
            raise ValueError(f"{name} uses {used[0]}, and gradients are left behind by the graph of a step only")


def _check(trainer: Trainer) -> None:
    """ValueError where the compiled code would not compute what the graph does."""
    if trainer.size != 1 and trainer.loss not in MEANS:
        name = getattr(trainer.loss, "__name__", repr(trainer.loss))
        raise ValueError(f"{name} is not known to be the mean of the losses of single samples")
    optimizer = trainer.optimizer
    name = type(optimizer).__name__
    for part in ("step", "zero_grad"):
        if part in vars(optimizer) or not _intact(type(optimizer), part):
            raise ValueError(f"{name} has a {part} of its own")
    if getattr(type(optimizer), "lr", None) is not Optimizer.lr:
        raise ValueError(f"{name} has an lr of its own")
    if len(set(optimizer._steps)) > 1:
        raise ValueError("the parameters have made different numbers of steps")


def _check_targets(trainer: Trainer, samples: Labelled) -> None:
    """ValueError or TypeError where the loss does not take a target; to compiled code these are unknowns."""
    with no_grad(), suppress(ArithmeticError):
        prediction = trainer.model(samples[0].x)
        for place in _telling(samples.ys):
            try:
                trainer.loss(prediction, samples.ys[place])
            except (TypeError, ValueError) as error:
                error.args = (f"a target is not one that the loss takes: {samples[place]}: {error}",)
                raise


def _telling(targets: Sequence[Any]) -> list[int]:
    """The places of targets that differ: the first of every number, which may be a class, and all that are none."""
    found: dict[Any, int] = {}
    for place, y in enumerate(targets):
        found.setdefault((type(y), y if isinstance(y, (int, float)) else place), place)
    return list(found.values())


def _known(trainer: Trainer) -> bool:
    """Whether model and loss are such that calling them once is as good as at every step."""
    return trainer.loss in MEANS and _is_plain(trainer.model)


def _is_plain(model: Any) -> bool:
    """Whether a model is made of nn's own layers, neurons and activations, and nothing else."""
    if not all(_intact(kind, "__call__") for kind in (MLP, Layer, Neuron)):
        return False
    layers = model.layers if type(model) is MLP else [model]
    neurons = [neuron for layer in layers for neuron in (layer.neurons if type(layer) is Layer else [layer])]
    functions = ACTIVATIONS.values()
    return all(type(neuron) is Neuron and neuron._function in functions for neuron in neurons)


def _trusted(trainer: Trainer) -> frozenset[str]:
    """What of a training is nn's own, and known to be the same at every call."""
    optimizer = trainer.optimizer
    kind = type(optimizer)
    own = kind in (SGD, Adam, AdamW, RMSprop, Adagrad) and "update" not in vars(optimizer)
    found = {
        "the loss": _known(trainer),
        "the update": own and _intact(kind, "update") and _intact(Adam, "_moved"),
        "the penalty": trainer.penalty is None,
    }
    return frozenset(name for name, known in found.items() if known)


def _intact(kind: type, name: str) -> bool:
    """Whether a method is the one that was written here, inherited or not."""
    return str(getattr(getattr(kind, name), "__module__", "")).startswith("nn.")


class Foreseen:
    """Whether a schedule can be asked for the rates of epochs to come: it looks at nothing but the epoch."""

    def __init__(self, schedule: Callable[[int], float] | None) -> None:
        met = reach([] if schedule is None else [("schedule", schedule)])
        self._pure = not (met.faults or met.values or met.prints)
        self._watch = met.watch

    def holds(self) -> bool:
        """Whether that is so still: what it reaches is what it was."""
        self._pure = self._pure and not self._watch.changed()
        return self._pure
