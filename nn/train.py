"""`fit`: training step by step, with a record of what happened, `History`."""

import copy
import math
import random
import reprlib
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autograd import Value, no_grad, topological_order
from nn.compiled import Compiled, compiled
from nn.data import Sample, labelled
from nn.history import History
from nn.optim import Optimizer

Loss = Callable[[Any, Any], Any]
"""`(prediction, target)`, or lists of them, to a Value: `mse`, `bce`, ... or any other."""

Metric = Callable[[list[Any], list[Any]], float]
"""(predictions, targets) of all samples, as plain numbers, to a number."""

BACKENDS = ("auto", "eager", "python", "llvm")

SECONDS = 0.05
"""About how long compiled code runs at a stretch, so that Ctrl-C and the bar need not wait."""


def fit(
    model: Any,
    X: Any,  # noqa: N803
    y: Any,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int | None = None,
    shuffle: bool = False,
    seed: int | None = None,
    backend: str = "auto",
    progress: bool = True,
    penalty: Callable[[Any], Any] | None = None,
    schedule: Callable[[int], float] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    validation: tuple[Any, Any] | None = None,
    patience: int | None = None,
    min_delta: float = 0.0,
    restore_best: bool = False,
    record_parameters: bool = False,
    on_epoch: Callable[[int, History], Any] | None = None,
) -> History:
    """Train the model on the samples X and their targets y, and return what happened.

    model         called with one sample, a list of floats; a `Module`
    X, y          lists or arrays, one target per sample
    loss          a function `(prediction, target)`; for batches it gets lists of both
    optimizer     such as `SGD(model.parameters(), lr=0.1)`
    epochs        how many times to go through all samples
    batch_size    how many samples to a step: None all, 1 one by one, k so many (the last step the rest)
    shuffle       whether every epoch takes the samples in a new order, drawn with the `seed`
    backend       "eager" builds the graph of every step. "python" and "llvm" call the model and the loss
                  once, with Symbols, and train in code generated from that: Python source, or
                  native code (needs llvmlite: pip install 'chalkgrad[jit]'); their losses agree with
                  the graph's to rounding. "auto" takes what will be done first, and the graph where
                  the training cannot be compiled; `History.backend` says which, `History.why` why
    progress      whether to show a bar; there is none where nobody would see it, or without tqdm
    penalty       a function of the model to a Value that is added to the loss of every step, such as
                  `lambda model: l2_penalty(model.parameters(), 1e-4)`
    schedule      a function of the epoch (from 0 on) to the learning rate
    metrics       by name, functions (predictions, targets), such as {"accuracy": accuracy}
    validation    (X, y) that are evaluated after every epoch
    patience      stop after so many epochs in a row without a loss (of validation where there is
                  one) lower by more than `min_delta`
    restore_best  whether to put back, at the end, the parameters that the lowest loss was computed with
    record_parameters  whether the history keeps the parameters after every epoch
    on_epoch      called as `on_epoch(epoch, history)` after every epoch

    An interrupt (Ctrl-C) ends the training between two steps and returns the history so far. Where
    a loss, a gradient or a parameter becomes inf or nan, a FloatingPointError names the epoch, the
    sample and the operation in which it began; an error raised by an operation keeps its class and
    gets the same in front. Both leave the parameters as they were before the step.

    >>> from nn import MLP, SGD, bce, data
    >>> model = MLP(2, [2, 1], "sigmoid", "sigmoid", rng=random.Random(0))
    >>> X, y = data.ten_points()
    >>> history = fit(model, X, y, loss=bce, optimizer=SGD(model.parameters(), lr=0.5), epochs=300, batch_size=1)
    >>> history.epochs, history.losses[-1] < 0.1
    (300, True)
    """
    _check_counts(epochs=epochs, batch_size=batch_size, patience=patience)
    _check_parts(optimizer, validation)
    samples = labelled(X, y)
    held_out = None if validation is None else labelled(*validation, of="validation ")
    trainer = _Trainer(model, loss, optimizer, penalty, batch_size)
    if backend not in BACKENDS:
        raise ValueError(f"backend: expected one of {', '.join(map(repr, BACKENDS))}, got {backend!r}")
    several = batch_size is not None and batch_size < len(samples)
    wishes = {"metrics": metrics, "restore_best": restore_best and several and held_out is None}
    graph_for = next((name for name, wish in wishes.items() if wish), "")
    course = _Course(trainer, samples, epochs, schedule, random.Random(seed) if shuffle else None)
    stepwise = any((held_out, patience, restore_best, record_parameters, on_epoch))
    history, code = History(), None
    lowest, best = math.inf, trainer.numbers()
    with _Bar(epochs, progress) as bar:
        try:
            code, history.why = compiled(trainer, samples, backend, epochs, graph_for)
            history.backend = code.backend if code else "eager"
            passes = course.by_graph() if code is None else course.in_code(code, stepwise)
            for epoch, now in enumerate(passes):
                then = None if held_out is None else trainer.evaluate(held_out, epoch)
                _note(history, now, then, metrics or {}, trainer.named() if record_parameters else None)
                watched = now.loss if then is None else then.loss
                if watched < lowest - min_delta:
                    lowest, history.best_epoch = watched, epoch
                    best = trainer.before if then is None else trainer.numbers()
                if on_epoch is not None:
                    on_epoch(epoch, history)
                bar.advance(history)
                if patience is not None and epoch - history.best_epoch >= patience:
                    history.stopped = True
                    break
        except KeyboardInterrupt:
            history.interrupted = True
            history._drop_unfinished()
            if code is not None:
                code.settle(history.epochs)
    if restore_best and history.losses:
        trainer.put(best)
    return history


class _Pass(NamedTuple):
    """One pass through the samples: the mean loss, and the predictions and targets in the order of the data."""

    loss: float
    predictions: list[Any]
    targets: list[Any]


class _Trainer:
    """The steps of a training, and what they need."""

    def __init__(
        self, model: Any, loss: Loss, optimizer: Optimizer, penalty: Callable[[Any], Any] | None, size: int | None
    ) -> None:
        for name, given in (("model", model), ("loss", loss)):
            if not callable(given):
                raise TypeError(f"{name}: expected a function or a callable object, got {given!r}")
        self.model, self.loss, self.optimizer, self.penalty, self.size = model, loss, optimizer, penalty, size
        self.parameters = optimizer.parameters
        if hasattr(model, "parameters") and set(self.parameters).isdisjoint(model.parameters()):
            raise ValueError("the optimizer has none of the model's parameters: build it with model.parameters()")
        for name, number in self.named().items():
            if not math.isfinite(number):
                raise ValueError(f"the parameter {name} is {number} before the training")
        self.before = self.numbers()

    def train(self, samples: Sequence[Sample], epoch: int) -> _Pass:
        """One epoch: a step for every batch."""
        return self._through(samples, epoch, self._step)

    def evaluate(self, samples: Sequence[Sample], epoch: int) -> _Pass:
        """The loss and the predictions of other samples, in batches of the same size."""
        return self._through(samples, epoch, self._look)

    def _through(
        self, samples: Sequence[Sample], epoch: int, work: Callable[[Sequence[Sample]], tuple[float, list[Any]]]
    ) -> _Pass:
        found = _Pass(0.0, [None] * len(samples), [None] * len(samples))
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


class _Course:
    """The epochs of a training one after the other, each as its pass: learning rates, orders, steps."""

    def __init__(
        self,
        trainer: _Trainer,
        samples: list[Sample],
        epochs: int,
        schedule: Callable[[int], float] | None,
        rng: random.Random | None,
    ) -> None:
        self._trainer, self._samples, self._epochs = trainer, samples, epochs
        self._schedule, self._rng = schedule, rng
        self._order = list(range(len(samples)))

    def by_graph(self) -> Iterator[_Pass]:
        """A graph for every step."""
        for epoch in range(self._epochs):
            self._set_rate(epoch)
            yield self._trainer.train(self._taken(self._next_order()), epoch)

    def in_code(self, code: Compiled, stepwise: bool) -> Iterator[_Pass]:
        """In compiled code: one epoch at a time, or as many as take about `SECONDS`.

        An epoch that does not end with finite numbers is gone through again with the graph, which
        says where it began.
        """
        epoch, ahead = 0, 1
        rates: list[float] = []
        orders: list[list[int]] = []
        while epoch < self._epochs:
            ahead = 1 if stepwise else min(ahead, self._epochs - epoch)
            for e in range(epoch + len(rates), epoch + ahead):
                rates.append(self._set_rate(e))
                orders.append(self._next_order())
            if stepwise:
                self._trainer.before = self._trainer.numbers()
            begin = time.perf_counter()
            losses = code.run(rates[:ahead], orders[:ahead] if self._rng else None)
            code.pull()
            seconds = time.perf_counter() - begin
            yield from (_Pass(loss, [], []) for loss in losses)
            epoch += len(losses)
            rates, orders = rates[len(losses) :], orders[len(losses) :]
            if len(losses) < ahead:
                self._trainer.optimizer.lr = rates.pop(0)
                yield self._trainer.train(self._taken(orders.pop(0)), epoch)
                epoch += 1
                code.push()
            ahead = max(1, min(20 * ahead, int(ahead * SECONDS / max(seconds, 1e-9))))

    def _set_rate(self, epoch: int) -> float:
        if self._schedule is not None:
            try:
                self._trainer.optimizer.lr = Value(self._schedule(epoch)).data
            except TypeError as error:
                raise TypeError(f"schedule({epoch}): {error}") from None
        return self._trainer.optimizer.lr

    def _next_order(self) -> list[int]:
        """The order of the samples in the next epoch; each is drawn from the one before."""
        if self._rng is None:
            return self._order
        self._rng.shuffle(self._order)
        return list(self._order)

    def _taken(self, order: list[int]) -> list[Sample]:
        return [self._samples[place] for place in order]


def _note(
    history: History, now: _Pass, then: _Pass | None, metrics: Mapping[str, Metric], parameters: dict[str, float] | None
) -> None:
    """Write an epoch into the history; the loss last, as it counts the epochs."""
    for name, metric in metrics.items():
        history.metrics.setdefault(name, []).append(metric(now.predictions, now.targets))
        if then is not None:
            history.validation_metrics.setdefault(name, []).append(metric(then.predictions, then.targets))
    if then is not None:
        history.validation_losses.append(then.loss)
    if parameters is not None:
        history.parameters.append(parameters)
    history.losses.append(now.loss)


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


# ---------------------------------------------------------------- what is given to fit


def _check_parts(optimizer: Any, validation: Any) -> None:
    """TypeError for an optimizer or validation data of another kind."""
    if not (hasattr(optimizer, "parameters") and hasattr(optimizer, "step")):
        raise TypeError(f"optimizer: expected one such as SGD(model.parameters(), lr=0.1), got {optimizer!r}")
    if validation is not None and not (isinstance(validation, (tuple, list)) and len(validation) == 2):
        shown = reprlib.repr(validation)
        raise TypeError(f"validation: expected a pair (X, y), got {type(validation).__name__}: {shown}")


def _check_counts(**counts: Any) -> None:
    """ValueError unless every count is a whole number from 1 on, or None where it may be left out."""
    for name, count in counts.items():
        optional = " or None" if name != "epochs" else ""
        whole = hasattr(count, "__index__") and not isinstance(count, bool)
        if (count is None and optional) or (whole and count >= 1):
            continue
        raise ValueError(f"{name}: expected a whole number from 1 on{optional}, got {count!r}")


def _plain(prediction: Any) -> Any:
    """A prediction without its graph; a list of one number is that number."""
    if isinstance(prediction, (list, tuple)):
        return _plain(prediction[0]) if len(prediction) == 1 else [_plain(item) for item in prediction]
    return prediction.data if isinstance(prediction, Value) else prediction


# ---------------------------------------------------------------- the bar


class _Bar:
    """tqdm's progress bar with the loss beside it, or nothing."""

    def __init__(self, epochs: int, wanted: bool) -> None:
        self._bar: Any = None
        if wanted and _watched():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # that a notebook has no widgets: the bar is then of text
                    import tqdm.auto
            except ModuleNotFoundError:
                return
            bar: Any = tqdm.auto.tqdm
            self._bar = bar(total=epochs, unit="epoch")

    def advance(self, history: History) -> None:
        """One epoch more."""
        if self._bar is not None:
            self._bar.set_postfix_str(f"loss {history.losses[-1]:.4g}", refresh=False)
            self._bar.update()

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _watched() -> bool:
    """Whether somebody sees the bar: on a terminal, or in a notebook."""
    notebook = "IPython" in sys.modules and hasattr(sys.modules["IPython"].get_ipython(), "kernel")
    return notebook or (sys.stderr is not None and sys.stderr.isatty())
