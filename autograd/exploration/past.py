"""A training that was, epoch by epoch: its losses, and its parameters now and then."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.exploration.sampled import of_model
from autograd.exploration.subject import Subject
from autograd.value import Value

FRAMES = 120
"""So many epochs can be gone back to."""

LOSSES = 4000
"""So many points of the curve of losses are kept."""


class Past(NamedTuple):
    """What is known of a training.

    frames  (epochs done, the numbers of the parameters then)
    """

    subject: Subject
    parameters: Sequence[Value]
    frames: Sequence[tuple[int, Sequence[float]]]
    losses: Sequence[float]
    lr: float
    one_by_one: bool

    def content(self, subject: Subject) -> dict[str, Any]:
        """The same for the page: by frame the parameters in its order; the losses, every `stride`th of them."""
        place = {parameter: number for number, parameter in enumerate(self.parameters)}
        mine = [place[subject.origin[p]] for p in subject.parameters]
        stride = max(1, -(-len(self.losses) // LOSSES))
        return {
            "epochs": [epochs for epochs, _ in self.frames],
            "frames": [[_short(numbers[k]) for k in mine] for _, numbers in self.frames],
            "losses": [float(f"{x:.6g}") if math.isfinite(x) else None for x in self.losses[::stride]],
            "stride": stride,
            "one": self.one_by_one,
        }


def _short(x: float) -> Any:
    return x if math.isfinite(x) else repr(x)


def past_of(caller: str, history: Any, model: Any, xs: Any, ys: Any, loss: Any) -> Past:
    """What a history knows of its training; TypeError or ValueError where that is too little."""
    recording = getattr(history, "recording", None)
    if recording is not None:
        model = recording.model if model is None else model
        xs, ys = (recording.X, recording.y) if xs is None else (xs, ys)
        loss = recording.loss if loss is None else loss
    if model is None or loss is None:
        raise TypeError(
            f"{caller}() got a history that does not know what was trained, as one from a file: give the model, the "
            f"samples and the loss, {caller}(history, model, X, y, loss=...)"
        )
    subject = of_model(model, xs, ys, loss, caller)
    named = model.named_parameters() if hasattr(model, "named_parameters") else {}
    if history.parameters:
        if set(named) != set(history.parameters[0]):
            raise ValueError(f"{caller}() got a history of another model: their parameters have other names")
        parameters = list(named.values())
        every = [(epoch + 1, list(numbers.values())) for epoch, numbers in enumerate(history.parameters)]
        if recording is not None:
            every.insert(0, (0, list(_ordered(recording.frames[0][1], recording.parameters, parameters))))
    elif recording is not None:
        parameters, every = recording.parameters, list(recording.frames)
    else:
        raise ValueError(f"{caller}() got a history without parameters: train with fit(..., record_parameters=True)")
    origins = [subject.origin[p] for p in subject.parameters]
    missing = [p.label or "a parameter" for p in origins if p not in parameters]
    if missing:
        raise ValueError(f"{caller}() got a history that does not say what became of {missing[0]}")
    count = len(every)
    kept = sorted({round(i * (count - 1) / (FRAMES - 1)) for i in range(FRAMES)}) if count > FRAMES else range(count)
    rate, one = (recording.lr, recording.one_by_one) if recording is not None else (0.1, False)
    return Past(subject, parameters, [every[k] for k in kept], history.losses, rate, one)


def _ordered(numbers: Sequence[float], given: Sequence[Value], wanted: Sequence[Value]) -> Sequence[float]:
    """The numbers of Values in another order; those that are not among them as they are."""
    known = dict(zip(given, numbers, strict=True))
    return [known.get(p, p.data) for p in wanted]
