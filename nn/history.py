"""`History`: what happened in a training, epoch by epoch."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograd import Value, explore, step_through
from nn import plot
from nn.data import Labelled
from nn.nested import nested, shape
from nn.shown import curve, table
from nn.trainer import Trainer

if TYPE_CHECKING:  # matplotlib is imported when something is drawn, not before
    from matplotlib.axes import Axes

FRAMES = 50
"""The parameters of so many epochs are kept of every training."""

NUMBERS = 200_000
"""Of large models those of fewer epochs, so many numbers in all."""


class Recording:
    """A training as it can be gone through again: with what it was done, and the parameters now and then.

    model, X, y        as they were given to `fit`
    loss               of one sample, the penalty included: its mean over the samples is what was minimised
    parameters         the Values that were trained
    lr                 the learning rate at the beginning
    one_by_one         whether every sample made a step of its own
    frames             (epochs done, the numbers of the parameters then), the first before the training
    """

    def __init__(self, trainer: Trainer, samples: Labelled, epochs: int) -> None:
        self.model, self.loss, self.lr = trainer.model, _with_penalty(trainer), float(trainer.optimizer.lr)
        self._samples = samples
        self.parameters: list[Value] = list(trainer.optimizer.parameters)
        self.one_by_one = trainer.size == 1 and len(samples) > 1
        count = max(2, min(FRAMES, NUMBERS // max(len(self.parameters), 1)))
        self._wanted = sorted({round(epochs * k / (count - 1)) for k in range(count)})
        self.frames: list[tuple[int, array[float]]] = []
        self.note(0)

    @property
    def X(self) -> list[Any]:  # noqa: N802
        """The samples that it was trained on."""
        return list(self._samples.xs)

    @property
    def y(self) -> list[Any]:
        """Their targets."""
        return list(self._samples.ys)

    def note(self, epochs: int) -> None:
        """Keep the parameters as they are after so many epochs, where this is one of those that are kept."""
        if self._wanted and self._wanted[0] <= epochs:
            while self._wanted and self._wanted[0] <= epochs:
                del self._wanted[0]
            self.frames.append((epochs, array("d", [p.data for p in self.parameters])))

    def until(self, epochs: int) -> int:
        """How many more epochs there are until the parameters are to be kept again."""
        return max(self._wanted[0] - epochs, 1) if self._wanted else 1

    def end(self, epochs: int) -> None:
        """Keep what there is in the end, after so many epochs, and nothing later."""
        self.frames = [frame for frame in self.frames if frame[0] <= epochs]
        if self.frames[-1][0] < epochs:
            self.frames.append((epochs, array("d", [p.data for p in self.parameters])))


def _with_penalty(trainer: Trainer) -> Callable[[Any, Any], Any]:
    """The loss of one sample, and the penalty."""
    model, loss, penalty = trainer.model, trainer.loss, trainer.penalty
    return loss if penalty is None else lambda prediction, y: loss(prediction, y) + penalty(model)


@dataclass(repr=False)
class History:
    """What `fit` went through, one entry per epoch in every list; epochs are counted from 0.

    losses              the mean over the samples of the loss that was minimised (the penalty
                        included), as it was while the parameters moved
    metrics             by name, what the metrics made of the predictions of the same passes
    validation_losses   the loss of the validation samples after the epoch, without the penalty
    validation_metrics  the metrics of the same
    parameters          by name after the epoch, where `record_parameters` asked for them
    best_epoch          the one with the lowest loss so far (of validation where there is one)
    stopped             whether it ended early for lack of progress
    interrupted         whether the user ended it
    backend             what computed the gradients: "llvm", "python" or "eager"
    why                 why not another, in words
    recording           what `explore` needs to go through it again; left out where it is copied or pickled

    >>> History(losses=[0.5, 0.25])
    <History: 2 epochs, loss 0.5 to 0.25>
    """

    losses: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    validation_losses: list[float] = field(default_factory=list)
    validation_metrics: dict[str, list[float]] = field(default_factory=dict)
    parameters: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    stopped: bool = False
    interrupted: bool = False
    backend: str = "eager"
    why: str = ""
    recording: Recording | None = field(default=None, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"recording": None}

    @property
    def epochs(self) -> int:
        """How many epochs were completed."""
        return len(self.losses)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """The losses over the epochs; see `nn.plot.losses`."""
        return plot.losses(self, ax)

    def step_through(self) -> Any:
        """The live page of the training, as by `explore`: epoch by epoch, and from any of them step by step."""
        return step_through(self)

    def explore(self) -> Any:
        """The live page of the training: a slider over its epochs, and on by hand from any; see `autograd.explore`."""
        return explore(self)

    def _drop_unfinished(self) -> None:
        """Cut what was noted of an epoch that was not completed."""
        columns: list[list[Any]] = [*self._columns().values(), self.parameters]
        for column in columns:
            del column[self.epochs :]

    def _columns(self) -> dict[str, list[float]]:
        """Every list of numbers, by the name it is shown under."""
        columns = {"loss": self.losses, **self.metrics, "validation loss": self.validation_losses}
        return columns | {f"validation {name}": numbers for name, numbers in self.validation_metrics.items()}

    def __repr__(self) -> str:
        parts = [f"{self.epochs} epoch{'' if self.epochs == 1 else 's'}"]
        columns = [(name, numbers) for name, numbers in self._columns().items() if numbers]
        parts += [f"{name} {numbers[0]:.4g} to {numbers[-1]:.4g}" for name, numbers in columns]
        return f"<History: {', '.join(parts + self._ends)}>"

    def _repr_html_(self) -> str:
        """The losses as a curve, and every column of numbers at the first, the best and the last epoch."""
        columns = {name: numbers for name, numbers in self._columns().items() if numbers}
        said = [f"{self.epochs:,} epoch{'' if self.epochs == 1 else 's'}", *self._ends, f"backend {self.backend}"]
        at = {"first epoch": 0, f"best, epoch {self.best_epoch}": self.best_epoch, "last epoch": self.epochs - 1}
        picked = {when: [numbers[min(i, len(numbers) - 1)] for numbers in columns.values()] for when, i in at.items()}
        told = table(list(columns), picked) if columns else ""
        return f"<div>History: {', '.join(said)}</div>{told}{curve(self.losses, self.validation_losses)}"

    @property
    def _ends(self) -> list[str]:
        """How it ended, where not after the last epoch."""
        ends = {"stopped early": self.stopped, "interrupted": self.interrupted}
        return [end for end, came in ends.items() if came]


def accuracy(predictions: Any, targets: Any, *, threshold: float = 0.5) -> float:
    """The share of predictions on the same side of the threshold as their targets; of lists, with the right maximum.

    The threshold is 0.5 for probabilities of the classes 0 and 1, and 0 for logits and for the
    scores of `hinge`. Where a prediction is a list, its target is the number of the class, or a list
    as long: one-hot (a single 1 in each, of all samples), or else every entry counts by itself. Lists,
    arrays and tables are read as losses read them: a list of one number is the number. What is nan
    is never right. ValueError for shapes that do not go together, and for no predictions.

    >>> accuracy([0.2, 0.7, 0.9], [0, 0, 1])
    0.6666666666666666
    >>> accuracy([[0.1, 2.0], [1.5, 0.3]], [1, 1]), accuracy([[0.1, 2.0], [1.5, 0.3]], [[0, 1], [0, 1]])
    (0.5, 0.5)
    """
    given, wanted = nested(predictions), nested(targets)
    if not isinstance(wanted, list):
        given, wanted = [given], [wanted]
    if not isinstance(given, list) or len(given) != len(wanted) or not wanted:
        counts = f"{shape(given)} against {shape(wanted)}"
        raise ValueError(f"accuracy: expected one target for every prediction, and at least one; got {counts}")
    pairs = [(_single(p), _single(y)) for p, y in zip(given, wanted, strict=True)]
    one_hot = all(_is_one_hot(y) for _, y in pairs)
    hits = [hit for p, y in pairs for hit in _hits(p, y, threshold, one_hot)]
    return sum(hits) / len(hits)


def _hits(p: Any, y: Any, threshold: float, one_hot: bool) -> Iterator[bool]:
    """Whether each prediction in p is right."""
    flat = isinstance(p, list) and not any(isinstance(item, list) for item in p)
    if not isinstance(p, list) and not isinstance(y, list):
        yield p == p and y == y and (p > threshold) == (y > threshold)
    elif flat and not isinstance(y, list):
        if not (y != y or (y.is_integer() and 0 <= y < len(p))):
            raise ValueError(f"accuracy: expected a class number from 0 to {len(p) - 1}, got {y:g}")
        yield all(item == item for item in p) and p.index(max(p)) == y
    elif flat and one_hot and len(p) == len(y):
        yield all(item == item for item in p) and p.index(max(p)) == y.index(1.0)
    elif isinstance(p, list) and isinstance(y, list) and len(p) == len(y):
        for a, b in zip(p, y, strict=True):
            yield from _hits(_single(a), _single(b), threshold, one_hot=False)
    else:
        raise ValueError(f"accuracy: predictions and targets of different shapes: {shape(p)} against {shape(y)}")


def _is_one_hot(y: Any) -> bool:
    """Whether a target is a list with a single 1 among 0s (or, for scores, among -1s)."""
    if not isinstance(y, list) or len(y) < 2 or any(isinstance(item, list) for item in y):
        return False
    return y.count(1.0) == 1 and len(y) - 1 in (y.count(0.0), y.count(-1.0))


def _single(x: Any) -> Any:
    """A number as a float, also out of lists of one."""
    while isinstance(x, list) and len(x) == 1:
        x = x[0]
    if isinstance(x, list):
        return [_single(item) for item in x]
    return x.data if isinstance(x, Value) else x
