"""`Trainer`: the steps of a training, one graph each, and what they need."""

import copy
import math
import reprlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd import Value, no_grad, topological_order
from nn.data import Sample
from nn.optim import Optimizer

Loss = Callable[[Any, Any], Any]
"""`(prediction, target)`, or lists of them, to a Value: `mse`, `bce`, ... or any other."""


class Pass(NamedTuple):
    """One pass through the samples: the mean loss, and the predictions and targets in the order of the data."""

    loss: float
    predictions: list[Any]
    targets: list[Any]


class Trainer:
    """The steps of a training, and what they need."""

    def __init__(
        self,
        model: Any,
        loss: Loss,
        optimizer: Optimizer,
        penalty: Callable[[Any], Any] | None,
        size: int | None,
        clip: Callable[[Sequence[Value]], None] | None = None,
    ) -> None:
        for name, given in (("model", model), ("loss", loss)):
            if not callable(given):
                raise TypeError(f"{name}: expected a function or a callable object, got {given!r}")
        self.model, self.loss, self.optimizer, self.penalty, self.size = model, loss, optimizer, penalty, size
        self.parameters, self.clip = optimizer.parameters, clip
        own = list(model.parameters()) if hasattr(model, "parameters") else self.parameters
        if own != self.parameters and set(self.parameters).isdisjoint(own):
            raise ValueError("the optimizer has none of the model's parameters: build it with model.parameters()")
        self.before = self.numbers()
        finite = _finite(self.before) and (own == self.parameters or _finite([p.data for p in own]))
        for name, number in () if finite else self.named().items():
            if not math.isfinite(number):
                raise ValueError(f"the parameter {name} is {number} before the training")

    def train(self, samples: Sequence[Sample], epoch: int) -> Pass:
        """One epoch: a step for every batch."""
        return self._through(samples, epoch, self._step)

    def evaluate(self, samples: Sequence[Sample], epoch: int) -> Pass:
        """The loss and the predictions of other samples, in batches of the same size."""
        return self._through(samples, epoch, self._look)

    def _through(
        self, samples: Sequence[Sample], epoch: int, work: Callable[[Sequence[Sample]], tuple[float, list[Any]]]
    ) -> Pass:
        found = Pass(0.0, [None] * len(samples), [None] * len(samples))
        shares = []
        size = self.size or len(samples)
        for start in range(0, len(samples), size):
            batch = samples[start : start + size]
            try:
                loss, predictions = work(batch)
            except (ValueError, ArithmeticError) as error:
                error.args = (f"epoch {epoch}, {self._where(error, batch)}",)
                raise
            shares.append(loss * (len(batch) / len(samples)))
            for sample, prediction in zip(batch, predictions, strict=True):
                found.targets[sample.place] = sample.y
                found.predictions[sample.place] = _plain(prediction)
        return found._replace(loss=math.fsum(shares))

    def _forward(self, batch: Sequence[Sample]) -> tuple[Value, list[Any]]:
        """The loss of a batch without the penalty, and the predictions."""
        predictions = [self.model(sample.x) for sample in batch]
        targets = [sample.y for sample in batch]
        loss = self.loss(predictions[0], targets[0]) if self.size == 1 else self.loss(predictions, targets)
        if not isinstance(loss, Value):
            raise TypeError(f"expected the loss as a Value, got {type(loss).__name__}: {reprlib.repr(loss)}")
        return loss, predictions

    def _look(self, batch: Sequence[Sample]) -> tuple[float, list[Any]]:
        """The loss and the predictions, without a graph."""
        with no_grad():
            loss, predictions = self._forward(batch)
        if not math.isfinite(loss.data):
            raise FloatingPointError(f"the loss is {loss.data}")
        return loss.data, predictions

    def _gradients(
        self, batch: Sequence[Sample], penalty: Callable[[Any], Any] | None = None
    ) -> tuple[float, list[Any]]:
        """The loss and the predictions, and the gradients in the parameters; all finite, or an error."""
        self.optimizer.zero_grad()
        loss, predictions = self._forward(batch)
        if loss.op is None:
            raise RuntimeError("the loss has no graph: it was computed under no_grad(), or of bare numbers (.data)")
        if penalty is not None:
            loss = loss + penalty(self.model)
        if not math.isfinite(loss.data):
            raise FloatingPointError(_origin(loss))
        loss.backward()
        if not _finite([p.grad for p in self.parameters]):
            raise FloatingPointError(_origin_backward(loss))
        return loss.data, predictions

    def _step(self, batch: Sequence[Sample]) -> tuple[float, list[Any]]:
        """One update of the parameters, all of it or nothing."""
        found = self._gradients(batch, self.penalty)
        if self.clip is not None:
            self.clip(self.parameters)
        self.before = self.numbers()
        own = {name: copy.copy(part) for name, part in vars(self.optimizer).items()}
        try:
            self.optimizer.step()
            if not _finite(self.numbers()):
                raise FloatingPointError(self._moved_too_far())
        except BaseException:  # an interrupt too
            self.put(self.before)
            vars(self.optimizer).update(own)
            raise
        return found

    def _moved_too_far(self) -> str:
        """In words, the parameter that is not finite after a step."""
        moves = zip(self.parameters, self.before, strict=True)
        p, number = next((p, number) for p, number in moves if not math.isfinite(p.data))
        became = f"{p.label or 'a parameter'} = {number} became {p.data} in the step"
        return f"{became} (gradient {p.grad}, lr {self.optimizer.lr})"

    def _where(self, error: Exception, batch: Sequence[Sample]) -> str:
        """The sample in which an error arose, found by taking them one by one, and what it says then."""
        for sample in batch:
            try:
                self._gradients([sample])
            except type(error) as again:
                return f"{sample}: {again}"
            except Exception:  # a loss that is none of a single sample
                break
        others = f" and {len(batch) - 1} more in its batch" if len(batch) > 1 else ""
        return f"{batch[0]}{others}: {error}"

    def numbers(self) -> list[float]:
        """The parameters as they are now."""
        return [p.data for p in self.parameters]

    def named(self) -> dict[str, float]:
        """The parameters by name."""
        if hasattr(self.model, "named_parameters"):
            return {name: p.data for name, p in self.model.named_parameters().items()}
        return {p.label or f"p{place}": p.data for place, p in enumerate(self.parameters, start=1)}

    def put(self, numbers: Sequence[float]) -> None:
        """The parameters as they were."""
        for p, number in zip(self.parameters, numbers, strict=True):
            p.data = number


def _plain(prediction: Any) -> Any:
    """A prediction without its graph; a list of one number is that number."""
    if isinstance(prediction, (list, tuple)):
        return _plain(prediction[0]) if len(prediction) == 1 else [_plain(item) for item in prediction]
    return prediction.data if isinstance(prediction, Value) else prediction


# ---------------------------------------------------------------- where a number stopped being finite


def _finite(numbers: Sequence[float]) -> bool:
    return all(map(math.isfinite, numbers))


def _origin(loss: Value) -> str:
    """In words, the operation that made a number that is not finite of finite ones."""
    for node in topological_order(loss):
        if not math.isfinite(node.data) and node.op is not None and _finite(node.primals[1:]):
            return f"{node.label or 'a result'} = {node.op.name}(...) became {node.data}; {_operands(node)}"
    return f"the loss is {loss.data}"


def _origin_backward(loss: Value) -> str:
    """In words, the operation whose derivative made a gradient that is not finite of a finite one."""
    for node in reversed(topological_order(loss)):
        for arg in node.args if math.isfinite(node.grad) else ():
            if isinstance(arg, Value) and not math.isfinite(arg.grad):
                of = f"{node.label or 'a result'} = {node.op.name if node.op else ''}(...)"
                return f"the gradient of {arg.label or 'an operand'} became {arg.grad} in {of}; {_operands(node)}"
    return "a gradient is not finite"


def _operands(node: Value) -> str:
    """The operands of a node, the largest ones where there are many."""
    labels = [arg.label if isinstance(arg, Value) else "" for arg in node.args]
    pairs = sorted(zip(labels, node.primals[1:], strict=True), key=lambda pair: -abs(pair[1]))
    shown = ", ".join(f"{label} = {x!r}" if label else repr(x) for label, x in pairs[:4])
    return f"its {'operands' if len(pairs) <= 4 else f'largest operands, of {len(pairs)}'}: {shown}"
