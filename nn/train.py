"""`fit`: training step by step, with a record of what happened, `History`."""

import math
import random
import reprlib
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograd import Value
from nn.clipping import clip_gradient_values, clip_gradients
from nn.compiled import Compiled, Foreseen, LostError, compiled
from nn.data import Sample, labelled
from nn.history import History, Recording
from nn.optim import Optimizer
from nn.settings import LIMIT, checked
from nn.trainer import Loss, Pass, Trainer

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
    clip_norm: float | None = None,
    clip_value: float | None = None,
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
    shuffle       whether every epoch takes the samples in a new order, drawn with the `seed`; without
                  one, with that of Python's `random` (so that `random.seed` repeats the run)
    backend       "eager" builds the graph of every step. "python" and "llvm" call the model and the loss
                  once, with Symbols, and train in code generated from that: Python source, or
                  native code (needs llvmlite: pip install llvmlite); their losses agree with
                  the graph's to rounding. "auto" takes what will be done first, and the graph where
                  the training cannot be compiled; `History.backend` says which, `History.why` why.
                  Code of your own is compiled where it is known to be the same at every step
    progress      whether to show a bar; there is none where nobody would see it, or without tqdm
    penalty       a function of the model to a Value that is added to the loss of every step, such as
                  `lambda model: l2_penalty(model.parameters(), 1e-4)`
    clip_norm     before every step, the gradients are scaled down to this norm where theirs is larger
    clip_value    before every step, every gradient is cut off at this size
    schedule      a function of the epoch (from 0 on) to the learning rate
    metrics       by name, functions (predictions, targets), such as {"accuracy": accuracy}
    validation    (X, y) that are evaluated after every epoch
    patience      stop after so many epochs in a row without a loss (of validation where there is
                  one) lower by more than `min_delta`
    restore_best  whether to put back, at the end, the parameters of the lowest loss: those that it was
                  computed with, or of several batches those after the epoch
    record_parameters  whether the history keeps the parameters after every epoch; after some fifty of
                  them it does so in any case, for `history.explore()`
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
    samples = labelled(X, y, shared=True)
    held_out = None if validation is None else labelled(*validation, of="validation ")
    trainer = Trainer(model, loss, optimizer, penalty, batch_size, _clipping(clip_norm, clip_value))
    if backend not in BACKENDS:
        raise ValueError(f"backend: expected one of {', '.join(map(repr, BACKENDS))}, got {backend!r}")
    whole = held_out is None and (batch_size is None or batch_size >= len(samples))
    graph_for = "metrics" if metrics else "clipping" if trainer.clip else ""
    course = _Course(trainer, samples, epochs, schedule, _generator(seed) if shuffle else None, backend)
    stepwise = any((held_out, patience, restore_best, record_parameters, on_epoch))
    recording = Recording(trainer, samples, epochs)
    history, code = History(recording=recording), None
    lowest, best = math.inf, trainer.before
    mark, since = math.inf, 0  # the loss to fall below by `min_delta`, and the epoch that did so last
    with _Bar(epochs, progress) as bar:
        try:
            watching = {"on_epoch": on_epoch, "schedule": schedule}
            code, history.why = compiled(trainer, samples, backend, epochs, graph_for, watching)
            samples.part(code.inputs if code else None)
            history.backend = code.backend if code else "eager"
            passes = course.by_graph() if code is None else course.in_code(code, stepwise, recording)
            for epoch, now in enumerate(passes):
                if code is not None and code.lost:
                    history.backend, history.why, code = "eager", f"from epoch {epoch} on: {code.lost}", None
                then = None if held_out is None else trainer.evaluate(held_out, epoch)
                _note(history, now, then, metrics or {}, trainer.named() if record_parameters else None)
                recording.note(epoch + 1)
                watched = now.loss if then is None else then.loss
                if watched < lowest:
                    lowest, history.best_epoch = watched, epoch
                    if restore_best:
                        best = trainer.before if whole else trainer.numbers()
                if watched < mark - min_delta:
                    mark, since = watched, epoch
                if on_epoch is not None:
                    on_epoch(epoch, history)
                bar.advance(history)
                if patience is not None and epoch - since >= patience:
                    history.stopped = True
                    break
        except KeyboardInterrupt:
            history.interrupted = True
            history._drop_unfinished()
            if code is not None:
                code.settle(history.epochs)
    recording.end(history.epochs)
    if restore_best and history.losses:
        trainer.put(best)
    return history


class _Course:
    """The epochs of a training one after the other, each as its pass: learning rates, orders, steps."""

    def __init__(
        self,
        trainer: Trainer,
        samples: Sequence[Sample],
        epochs: int,
        schedule: Callable[[int], float] | None,
        rng: random.Random | None,
        backend: str,
    ) -> None:
        self._backend = backend
        self._trainer, self._samples, self._epochs = trainer, samples, epochs
        self._schedule, self._rng = schedule, rng
        self._order = list(range(len(samples)))

    def by_graph(self) -> Iterator[Pass]:
        """A graph for every step."""
        for epoch in range(self._epochs):
            self._set_rate(epoch)
            yield self._trainer.train(self._taken(self._next_order()), epoch)

    def in_code(self, code: Compiled, stepwise: bool, recording: Recording) -> Iterator[Pass]:
        """In compiled code: one epoch at a time, or as many as take about `SECONDS`, to the next that is recorded.

        An epoch that does not end with finite numbers is gone through again with the graph, which
        says where it began.
        """
        epoch, ahead = 0, 1
        rates: list[float] = []
        orders: list[list[int]] = []
        foreseen = Foreseen(self._schedule)
        while epoch < self._epochs:
            ahead = 1 if stepwise or not foreseen.holds() else min(ahead, self._epochs - epoch, recording.until(epoch))
            failed: Exception | None = None
            for e in range(epoch + len(rates), epoch + ahead):
                try:
                    rates.append(self._set_rate(e))
                except Exception as error:  # comes when its epoch does
                    ahead, failed = len(rates), error
                    break
                orders.append(self._next_order())
            if failed is not None and not rates:
                raise failed
            if stepwise:
                self._trainer.before = self._trainer.numbers()
            begin = time.perf_counter()
            try:
                losses = code.run(rates[:ahead], orders[:ahead] if self._rng else None)
            except LostError as lost:
                if self._backend != "auto":
                    raise ValueError(f"backend={self._backend!r}: epoch {epoch}: {lost}") from lost
                code.lost = str(lost)
                yield from self._by_graph_from(epoch, rates, orders)
                return
            code.pull()
            seconds = time.perf_counter() - begin
            yield from (Pass(loss, [], []) for loss in losses)
            epoch += len(losses)
            rates, orders = rates[len(losses) :], orders[len(losses) :]
            if len(losses) < ahead:
                yield self._pass(epoch, rates.pop(0), orders.pop(0))
                epoch += 1
                code.push()
            ahead = max(1, min(20 * ahead, int(ahead * SECONDS / max(seconds, 1e-9))))

    def _by_graph_from(self, epoch: int, rates: list[float], orders: list[list[int]]) -> Iterator[Pass]:
        """The rest of the epochs with graphs; rates and orders of the next ones are known already."""
        for e, (rate, order) in enumerate(zip(rates, orders, strict=True), start=epoch):
            yield self._pass(e, rate, order)
        for e in range(epoch + len(rates), self._epochs):
            yield self._pass(e, self._set_rate(e), self._next_order())

    def _pass(self, epoch: int, rate: float, order: list[int]) -> Pass:
        self._trainer.optimizer.lr = rate
        return self._trainer.train(self._taken(order), epoch)

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

    def _taken(self, order: list[int]) -> Sequence[Sample]:
        return self._samples if self._rng is None else [self._samples[place] for place in order]


def _generator(seed: int | None) -> random.Random:
    """The generator of the orders; one that `random.seed` determines, where no seed is given."""
    return random.Random(random.getrandbits(64) if seed is None else seed)


def _clipping(norm: float | None, value: float | None) -> Callable[[Sequence[Value]], None] | None:
    """What is done to the gradients before a step; None for nothing."""
    if norm is None and value is None:
        return None
    checked("clip_norm", 0.0 if norm is None else norm, LIMIT)
    checked("clip_value", 0.0 if value is None else value, LIMIT)

    def clip(parameters: Sequence[Value]) -> None:
        if value is not None:
            clip_gradient_values(parameters, value)
        if norm is not None:
            clip_gradients(parameters, norm)

    return clip


def _note(
    history: History, now: Pass, then: Pass | None, metrics: Mapping[str, Metric], parameters: dict[str, float] | None
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


# ---------------------------------------------------------------- the bar


class _Bar:
    """tqdm's progress bar with the loss beside it, or nothing."""

    def __init__(self, epochs: int, wanted: bool) -> None:
        self._bar: Any = None
        notebook = "IPython" in sys.modules and hasattr(sys.modules["IPython"].get_ipython(), "kernel")
        if wanted and (notebook or (sys.stderr is not None and sys.stderr.isatty())):  # or nobody sees it
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # that a notebook has no widgets: the bar is then of text
                    import tqdm.auto
            except ModuleNotFoundError:
                return
            bar: Any = tqdm.auto.tqdm
            # Without widgets it is a line of text, which notebooks print on red where it goes to stderr.
            self._bar = bar(total=epochs, unit="epoch", file=sys.stdout if notebook else sys.stderr)

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
