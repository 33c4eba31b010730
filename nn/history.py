"""`History`: what happened in a training, epoch by epoch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # matplotlib is imported when something is drawn, not before
    from matplotlib.axes import Axes


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

    @property
    def epochs(self) -> int:
        """How many epochs were completed."""
        return len(self.losses)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """The losses over the epochs; see `nn.plot.losses`."""
        from nn import plot

        return plot.losses(self, ax)

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
        ends = {"stopped early": self.stopped, "interrupted": self.interrupted}
        return f"<History: {', '.join(parts + [end for end, came in ends.items() if came])}>"


def accuracy(predictions: Sequence[Any], targets: Sequence[Any], *, threshold: float = 0.5) -> float:
    """The share of predictions on the same side of the threshold as their targets; of lists, with the right maximum.

    The threshold is 0.5 for probabilities of the classes 0 and 1, and 0 for logits and for the
    scores of `hinge`. Where a prediction is a list, its target is the number of the class.

    >>> accuracy([0.2, 0.7, 0.9], [0, 0, 1])
    0.6666666666666666
    >>> accuracy([[0.1, 2.0], [1.5, 0.3]], [1, 1])
    0.5
    """
    if len(predictions) != len(targets) or not len(targets):
        counts = f"{len(predictions)} predictions and {len(targets)} targets"
        raise ValueError(f"accuracy: expected one target for every prediction, and at least one; got {counts}")
    hits = 0
    for prediction, target in zip(predictions, targets, strict=True):
        if isinstance(prediction, (list, tuple)):
            hits += max(range(len(prediction)), key=prediction.__getitem__) == target
        else:
            hits += (prediction > threshold) == (target > threshold)
    return hits / len(targets)
