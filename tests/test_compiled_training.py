"""Training in compiled code against training with graphs: the same losses, parameters, memories, histories, errors."""

import ctypes
import itertools
import math
import os
import random
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
import pytest

from autograd import Value, total, training
from autograd.compiler import descent, native, native_training, recompiling, row_sums, task
from autograd.compiler.native import available
from nn import (
    MLP,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    RMSprop,
    bce,
    bce_with_logits,
    cross_entropy,
    fit,
    half_squared_error,
    hinge,
    huber,
    l1,
    mse,
    train,
)
from nn.activations import ACTIVATIONS
from nn.losses import l2_penalty

TOLERANCE = 1e-9
"""Relative, of losses and parameters over 50 epochs of smooth networks."""

needs_llvm = pytest.mark.skipif(not available(), reason="llvmlite is missing")
LLVM = pytest.param("llvm", marks=needs_llvm)

OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "plain": lambda ps: SGD(ps, lr=0.1),
    "decay": lambda ps: SGD(ps, lr=0.1, weight_decay=0.01),
    "momentum": lambda ps: SGD(ps, lr=0.05, momentum=0.9),
    "dampening": lambda ps: SGD(ps, lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.01),
    "nesterov": lambda ps: SGD(ps, lr=0.05, momentum=0.7, nesterov=True),
    "Adam": lambda ps: Adam(ps, lr=0.02),
    "Adam, decay": lambda ps: Adam(ps, lr=0.02, betas=(0.8, 0.9), weight_decay=0.01),
    "AdamW": lambda ps: AdamW(ps, lr=0.02, weight_decay=0.1),
    "RMSprop": lambda ps: RMSprop(ps, lr=0.01, weight_decay=0.01),
    "RMSprop, centered": lambda ps: RMSprop(ps, lr=0.005, alpha=0.9, momentum=0.5, centered=True),
    "Adagrad": lambda ps: Adagrad(ps, lr=0.1, lr_decay=0.01, initial_accumulator_value=0.1),
}


IN_LAYERS = pytest.mark.parametrize(
    "backend", ["python", "numpy", LLVM, pytest.param("loops", marks=needs_llvm)], indirect=True
)
"""Tests that always run in NumPy and in loops as well, as only large networks do."""

LONG = [pytest.param("numpy", marks=pytest.mark.long), pytest.param("loops", marks=[needs_llvm, pytest.mark.long])]
"""Of all others, where there is time: test_numpy_training and test_loops have the numbers."""


@pytest.fixture(params=["python", LLVM, *LONG])
def backend(request, monkeypatch):
    """Python and native code as they are for small networks, NumPy and the loops that only large ones would have."""
    monkeypatch.setattr(task, "numpy_pays", lambda n_parameters, batch: request.param == "numpy")
    if request.param == "numpy":
        return "python"
    if request.param == "loops":
        monkeypatch.setattr(task, "pays", lambda n_parameters, batch: True)
        return "llvm"
    return request.param


def points(n: int, seed: int = 0) -> tuple[list[list[float]], list[float]]:
    rng = random.Random(seed)
    xs = [[rng.uniform(-1, 1) for _ in range(2)] for _ in range(n)]
    return xs, [float(a * b > 0) for a, b in xs]


def model(sizes=(3, 1), hidden="tanh", output="sigmoid", seed=0) -> MLP:
    return MLP(2, list(sizes), hidden, output, rng=random.Random(seed))


def run(own: MLP, backend: str, *, n=11, data=None, loss=bce, optimizer="plain", epochs=50, **options: Any) -> Any:
    """The history, and the optimizer."""
    made = OPTIMIZERS[optimizer](own.parameters()) if isinstance(optimizer, str) else optimizer
    xs, y = data or points(n)
    history = fit(own, xs, y, loss=loss, optimizer=made, epochs=epochs, backend=backend, progress=False, **options)
    assert history.backend == backend, history.why
    return history, made


def near(a: Any, b: Any, tolerance: float = TOLERANCE) -> bool:
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(near(x, y, tolerance) for x, y in zip(a, b, strict=True))
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def numbers(own: MLP) -> list[float]:
    return [p.data for p in own.parameters()]


def compare(backend: str, *, made: Callable[[], MLP] = model, tolerance: float = TOLERANCE, **options: Any) -> Any:
    """Train both ways; losses, parameters, memories and steps must agree."""
    ours, theirs = made(), made()
    start = numbers(ours)
    (a, one), (b, other) = run(ours, backend, **options), run(theirs, "eager", **options)
    assert near(a.losses, b.losses, tolerance), (a.losses, b.losses)
    assert near(numbers(ours), numbers(theirs), tolerance) and numbers(ours) != start
    assert near(one._memories, other._memories, tolerance) and one._steps == other._steps
    return a, b


# ---------------------------------------------------------------- the same as with graphs


@IN_LAYERS
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers_and_batch_sizes(backend, optimizer):
    for size in (1, 3, 8, 11, None, 50) if optimizer in ("plain", "Adam") else (1, 3, None):
        compare(backend, optimizer=optimizer, batch_size=size, epochs=50 if size == 3 else 10)


@pytest.mark.parametrize("hidden", sorted(ACTIVATIONS))
def test_activations(backend, hidden):
    for size in (1, 4):
        compare(backend, made=lambda: model((4, 2, 1), hidden), optimizer="momentum", batch_size=size, epochs=10)
        compare(backend, made=lambda: model((3, 1), "tanh", hidden), loss=mse, batch_size=size, epochs=10)


@pytest.mark.parametrize("size", [1, 4, None])
@pytest.mark.parametrize("loss", [mse, half_squared_error, l1, huber, bce, bce_with_logits, hinge, cross_entropy])
def test_losses(backend, loss, size):
    xs, y = points(13)
    output = "sigmoid" if loss is bce else "linear"
    width = 3 if loss is cross_entropy else 1
    y = [2 * t - 1 for t in y] if loss is hinge else [i % 3 for i in range(13)] if width == 3 else y
    made = lambda: model((4, width), "tanh", output)  # noqa: E731
    compare(backend, made=made, loss=loss, data=(xs, y), batch_size=size, optimizer="Adam", epochs=25)


@IN_LAYERS
@pytest.mark.parametrize("size", [1, 5, None])
def test_everything_at_once(backend, size):
    seen: dict[str, list[Any]] = {backend: [], "eager": []}
    options = {
        "shuffle": True, "seed": 3, "schedule": lambda epoch: 0.3 / (1 + epoch), "validation": points(7, seed=1),
        "penalty": lambda own: l2_penalty(own.parameters(), 1e-3), "record_parameters": True, "restore_best": True,
        "patience": 40, "batch_size": size, "optimizer": "nesterov",
    }  # fmt: skip
    histories = []
    for name, calls in seen.items():
        own = model()
        note = lambda epoch, history, calls=calls: calls.append((epoch, history.epochs))  # noqa: E731
        history, _ = run(own, name, on_epoch=note, **options)
        histories.append((history, numbers(own)))
    (a, ours), (b, theirs) = histories
    assert near(a.losses, b.losses) and near(ours, theirs) and near(a.validation_losses, b.validation_losses)
    assert (a.best_epoch, a.stopped, a.epochs) == (b.best_epoch, b.stopped, b.epochs)
    assert all(near([*p.values()], [*q.values()]) for p, q in zip(a.parameters, b.parameters, strict=True))
    assert seen[backend] == seen["eager"]


def test_several_outputs_and_arrays(backend):
    xs, y = points(9)
    pairs = [[a, 1 - a] for a in y]
    made = lambda: model((3, 2), "sigmoid", "sigmoid")  # noqa: E731
    for data in ((xs, pairs), (np.array(xs, np.float32), np.array(pairs)), (np.array(xs)[::-1], np.array(pairs, int))):
        compare(backend, made=made, data=data, batch_size=4, epochs=10)
    compare(backend, data=(xs, np.array(y).reshape(-1, 1)), batch_size=4, epochs=10)


@pytest.mark.parametrize("n", [1, 2, 17])
def test_few_samples(backend, n):
    for size in (1, 2, None):
        compare(backend, n=n, batch_size=size, optimizer="AdamW", epochs=10)


def test_more_numbers_than_registers_hold(backend):
    """Sample by sample, small networks and larger ones are compiled by different means."""
    for sizes in ((3, 1), (11, 1), (12, 12, 1)):
        compare(backend, made=lambda sizes=sizes: model(sizes), batch_size=1, optimizer="Adam", epochs=8)


@needs_llvm
def test_many_rows():
    compare("llvm", made=lambda: model((1,)), n=10_000, batch_size=None, epochs=1, tolerance=1e-12)


@pytest.mark.parametrize("sizes", [(3, 1), (18, 18, 1)])
def test_penalties(backend, sizes):
    for size in (1, 4, None):
        penalty = lambda own: l2_penalty(own.parameters(), 1e-2) + own.parameters()[0] * 0.5  # noqa: E731
        compare(backend, made=lambda: model(sizes), batch_size=size, optimizer="Adam", epochs=3, penalty=penalty)


def test_a_single_parameter(backend):
    for size in (1, 2, None):
        w = [Value(0.5, "w"), Value(0.5, "w")]
        found = [
            fit(lambda x, p=p: p * x[0], [[1.0], [2.0], [-1.0]], [2.0, 4.0, -2.0], loss=mse, optimizer=SGD([p], lr=0.1),
                epochs=9, batch_size=size, backend=name, progress=False).losses
            for p, name in zip(w, (backend, "eager"), strict=True)
        ]  # fmt: skip
        assert near(*found) and near(w[0].data, w[1].data) and abs(w[0].data - 2.0) < 0.2


def test_frozen_parameters(backend):
    results = []
    for name in (backend, "eager"):
        own = model((4, 1))
        before = numbers(own)
        part = own.parameters()[-5:]
        history, _ = run(own, name, optimizer=Adam(part, lr=0.05), batch_size=3)
        assert numbers(own)[:-5] == before[:-5] and numbers(own)[-5:] != before[-5:]
        results.append([*history.losses, *numbers(own)])
    assert near(*results)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_training_is_continued(backend, optimizer):
    """With graphs, in code, with graphs again: one training of so many epochs."""
    mixed, whole = model(), model()
    made = OPTIMIZERS[optimizer](mixed.parameters())
    losses = []
    for name in ("eager", backend, backend, "eager", backend):
        history, _ = run(mixed, name, optimizer=made, batch_size=4, epochs=4)
        losses += history.losses
    once, other = run(whole, "eager", optimizer=optimizer, batch_size=4, epochs=20)
    assert near(losses, once.losses) and near(numbers(mixed), numbers(whole))
    assert near(made._memories, other._memories) and made._steps == other._steps


def test_what_on_epoch_changes_is_noticed(backend):
    results = []
    for name in (backend, "eager"):
        own = model()
        made = SGD(own.parameters(), lr=0.1, momentum=0.5)

        def clip(epoch, history, own=own, made=made):
            made.lr = 0.1 / (1 + epoch)
            for p in own.parameters():
                p.data = max(-0.5, min(0.5, p.data))

        history, _ = run(own, name, optimizer=made, on_epoch=clip, epochs=12)
        results.append([*history.losses, *numbers(own)])
    assert near(*results)


# ---------------------------------------------------------------- when it goes wrong


@pytest.mark.parametrize("size", [1, 3, None])
@pytest.mark.parametrize("case", ["the data", "the rate", "a probability"])
def test_errors_are_those_of_the_graph(backend, size, case):
    xs, y = points(10)
    options: dict[str, Any] = {"data": (xs, y), "batch_size": size, "epochs": 30, "optimizer": "momentum"}
    made = model
    if case == "the data":
        xs[7] = [1e308, 1e308]
        made = lambda: model((3, 1), "relu", "linear", seed=2)  # noqa: E731
        options["loss"] = mse
    elif case == "the rate":
        made = lambda: model((3, 1), "relu", "linear", seed=2)  # noqa: E731
        options |= {"loss": mse, "schedule": lambda epoch: 0.01 if epoch < 4 else 1e200}
    else:
        made = lambda: model((3, 1), "tanh", "linear", seed=1)  # noqa: E731
        options["data"] = xs, [1.0 - t for t in y]
    found = []
    for name in (backend, "eager"):
        own = made()
        with pytest.raises((ArithmeticError, ValueError)) as raised:
            run(own, name, **options)
        found.append((type(raised.value), str(raised.value), numbers(own)))
    (ours, text, at), (theirs, expected, there) = found
    assert ours is theirs and near(at, there, 1e-6)
    assert rounded(text) == rounded(expected)


def rounded(text: str) -> str:
    """A message without the last digits of its numbers."""
    return re.sub(r"(\d\.\d{6})\d+", r"\1", text)


def test_what_cannot_be_compiled_says_why(backend):
    xs, y = points(6)
    own = model()
    other: dict[str, Any] = {
        "a number": {"loss": lambda p, t: bce(p, t) * (1.0 if p.data > 0.5 else 2.0)},
        "several": {"loss": lambda p, t: bce(p, t), "batch_size": 2},
        "the graph": {"metrics": {"n": lambda p, t: 0.0}},
    }
    for options in other.values():
        with pytest.raises(ValueError, match=f"backend='{backend}': "):
            fit(own, xs, y, **{"loss": bce, "optimizer": SGD(own.parameters(), 0.1), "epochs": 2, "progress": False,
                              "backend": backend, **options})  # fmt: skip


@contextmanager
def interrupt(seconds: float) -> Iterator[None]:
    """Ctrl-C after a while; heard too where the tests were started with it ignored, as in the background.

    Pressed once more where it fell into a callback of the collector: an error raised there is lost.
    """
    heard, over = threading.Event(), threading.Event()

    def hear(number: int, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code.co_name == "gc_callback":
                return
            frame = frame.f_back
        if not heard.is_set() and not over.is_set():
            heard.set()
            raise KeyboardInterrupt

    def press() -> None:
        time.sleep(seconds)
        while not (heard.is_set() or over.is_set()):
            os.kill(os.getpid(), signal.SIGINT)
            heard.wait(0.01)

    before = signal.signal(signal.SIGINT, hear)
    presser = threading.Thread(target=press)
    presser.start()
    try:
        yield
    finally:
        over.set()
        presser.join()
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter there")
@pytest.mark.parametrize("stepwise", [False, True])
def test_an_interrupt(backend, stepwise):
    options: dict[str, Any] = {"n": 4, "batch_size": 1, "optimizer": "Adam", "shuffle": True, "seed": 1}
    if stepwise:
        options["on_epoch"] = lambda epoch, history: None
    run(model((2, 1)), backend, epochs=1, **options)  # the code is compiled now
    for wait in (0.04, 0.06):
        own = model((2, 1))
        with interrupt(wait):
            history, made = run(own, backend, epochs=10**8, **options)
        assert history.interrupted and history.epochs > 0
        assert_as_after(history, own, made, backend, options)


@pytest.mark.parametrize("notes", [1, 30, 999])
def test_an_interrupt_while_epochs_are_noted(monkeypatch, backend, notes):
    options: dict[str, Any] = {"n": 4, "batch_size": 2, "optimizer": "nesterov", "shuffle": True, "seed": 1}
    note, count = train._note, itertools.count(1)

    def interrupted(*args: Any) -> None:
        if next(count) == notes:
            raise KeyboardInterrupt
        note(*args)

    own = model((2, 1))
    with monkeypatch.context() as patch:
        patch.setattr(train, "_note", interrupted)
        history, made = run(own, backend, epochs=10**6, **options)
    assert history.interrupted and history.epochs == notes - 1
    assert_as_after(history, own, made, backend, options)


def assert_as_after(history: Any, own: MLP, made: Any, backend: str, options: dict[str, Any]) -> None:
    """Parameters and optimizer are those after the last epoch of the history."""
    again = model((2, 1))
    other = OPTIMIZERS[options["optimizer"]](again.parameters())
    if history.epochs:
        run(again, backend, **options | {"epochs": history.epochs, "optimizer": other})
    assert numbers(own) == numbers(again)
    assert made._memories == other._memories and made._steps == other._steps


# ---------------------------------------------------------------- autograd.training


def line(backend: str, w: list[Value], **options: Any) -> Any:
    def loss(x, y):
        return (w[0] * x + w[1] - y) ** 2

    return training(loss, w, [1.0, 2.0, 3.0], [2.0, 4.0, 5.0], backend=backend, **options)


def by_hand(w: list[float], rates: list[float], orders: list[list[int]], size: int, decay: float) -> list[float]:
    """The same descent in floats, with decay·(w² + b²) added to the loss of a batch."""
    xs, ys, losses = [1.0, 2.0, 3.0], [2.0, 4.0, 5.0], []
    for rate, order in zip(rates, orders, strict=True):
        mean = 0.0
        for start in range(0, 3, size):
            rows = order[start : start + size]
            off = [w[0] * xs[i] + w[1] - ys[i] for i in rows]
            loss = sum(e * e for e in off) / len(rows) + decay * (w[0] ** 2 + w[1] ** 2)
            slopes = [2 * sum(e * xs[i] for e, i in zip(off, rows, strict=True)), 2 * sum(off)]
            w[:] = [p - rate * (g / len(rows) + 2 * decay * p) for p, g in zip(w, slopes, strict=True)]
            mean += loss * len(rows) / 3
        losses.append(mean)
    return losses


@pytest.mark.parametrize("size", [1, 2, 3])
def test_training_by_hand(backend, size):
    w = [Value(0.1, "w"), Value(-0.2, "b")]
    found = line(backend, w, batch_size=size, penalty=lambda: 0.01 * total([p * p for p in w]))
    rates, orders = [0.1, 0.01, 0.05], [[2, 0, 1], [0, 1, 2], [1, 2, 0]]
    expected = [0.1, -0.2]
    losses = by_hand(expected, rates, orders, size, 0.01)
    assert near(list(found.run(rates, orders)), losses, 1e-14)
    assert [p.data for p in w] == [0.1, -0.2]  # until they are pulled
    found.pull()
    assert near([p.data for p in w], expected, 1e-14) and found.steps == 3 * -(-3 // size)


def test_training_refuses_what_does_not_fit(backend):
    w = [Value(0.1, "w"), Value(-0.2, "b")]
    found = line(backend, w, batch_size=2)
    assert len(found.run([])) == len(found.run([], [])) == found.steps == 0
    for rates, orders in (([0.1] * 3, [[0, 1, 2]]), ([0.1], [[0, 1]]), ([0.1], [[0, 1, 3]]), ([0.1], [[-1, 0, 1]])):
        with pytest.raises(ValueError, match="expected an order"):
            found.run(rates, orders)
    for size in (0, -1, 2.5, True, "2"):
        with pytest.raises(ValueError, match="batch_size: expected a whole number"):
            line(backend, w, batch_size=size)
    loss = lambda x: w[0] * x  # noqa: E731
    for error, text, parameters, columns in [
        (ValueError, "each once", [w[0], w[0]], [[1.0]]), (ValueError, "at least one", [], [[1.0]]),
        (TypeError, "expected Values", [1.0], [[1.0]]), (ValueError, "not computed", [w[0] * 2], [[1.0]]),
        (ValueError, "does not depend on the parameter 'b'", w, [[1.0]]), (ValueError, "without rows", w[:1], [[]]),
        (TypeError, "no dimension", w[:1], [np.array(1.0)]), (TypeError, "got dict", w[:1], [{}]),
        (TypeError, "real number", w[:1], [["a"]]), (ValueError, "row 1: expected a number", w[:1], [[1.0, [2.0]]]),
        (ValueError, "different lengths: 2, 1", w[:1], [[1.0, 2.0], [1.0]]),
    ]:  # fmt: skip
        with pytest.raises(error, match=text):
            training(loss, parameters, *columns, backend=backend)
    with pytest.raises(ValueError, match="memory of 0 numbers"):
        line(backend, w, update=lambda p, g, memory, lr, t: (p, (g,)))


def test_an_epoch_that_does_not_stay_finite(backend):
    w = [Value(0.1, "w"), Value(-0.2, "b")]
    for bad in (1e300, math.inf, math.nan):
        found = line(backend, w, batch_size=2)
        done = found.run([0.01, 0.01, bad, 0.01])
        alone = line(backend, w, batch_size=2)
        assert done == alone.run([0.01, 0.01]) and found.steps == 4
        assert found._engine.numbers() == alone._engine.numbers()


# ---------------------------------------------------------------- lanes


@needs_llvm
@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
def test_any_number_of_lanes(monkeypatch, lanes):
    monkeypatch.setattr(native.host(), "lanes", lanes)
    for n in (1, 5, 8, 19):
        for size in (1, 4, None):
            compare("llvm", n=n, batch_size=size, optimizer="momentum", epochs=3, tolerance=1e-12)


def all_rows_are_there(self, code):
    pointers, mask = ROWS(self, code)
    return pointers, mask.integer("or", mask.integer("xor", mask).integer("xor", true(mask)))


def true(mask):
    one = "true" if mask.code.lanes == 1 else f"<{', '.join(['i1 true'] * mask.code.lanes)}>"
    return type(mask)(mask.code, one, "flag")


def other_slopes(self):
    functions, declared = TEXT(self)
    return [text.replace("ptr %sums, i64 1\n", "ptr %sums, i64 2\n") for text in functions], declared


ROWS, TEXT = row_sums.Sums._rows, descent.Descent.text


@needs_llvm
@pytest.mark.parametrize(
    ("owner", "name", "wrong"), [(row_sums.Sums, "_rows", all_rows_are_there), (descent.Descent, "text", other_slopes)]
)
def test_broken_code_is_found(monkeypatch, owner, name, wrong):
    """Rows behind the last one that count; an update of every parameter by the slope of the next."""
    compare("llvm", batch_size=3, epochs=2)
    monkeypatch.setattr(owner, name, wrong)
    with pytest.raises(AssertionError):
        compare("llvm", batch_size=3, epochs=2)


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter there")
def test_a_long_run_can_be_interrupted(backend):
    w = Value(0.25, "w")
    descent = training(lambda x, y: (w * x - y) ** 2, [w], [1.0, 2.0] * 50, [2.0, 4.0] * 50, backend=backend)
    descent.run([1e-3])
    descent.pull()
    before, steps = w.data, descent.steps
    with interrupt(0.1), pytest.raises(KeyboardInterrupt):
        descent.run([1e-9] * 10_000_000)
    descent.pull()
    assert (w.data, descent.steps) == (before, steps)


@needs_llvm
@pytest.mark.skipif(os.name == "nt", reason="signals are another matter there")
def test_threads_can_be_interrupted(monkeypatch):
    monkeypatch.setattr(native_training, "workers", lambda layers, batch, threads: threads)
    own = model((40, 40, 1), output="linear")
    xs = [[0.1 * k, 0.5] for k in range(8)]
    descent = training(lambda x, y: mse(own(x), y), own.parameters(), xs, [0.0] * 8, backend="llvm", threads=2)
    assert descent.recipe.layers is not None
    descent.run([1e-3])
    before, steps = descent._engine.numbers(), descent.steps
    with interrupt(0.1), pytest.raises(KeyboardInterrupt):
        descent.run([1e-9] * 10_000_000)
    assert (descent._engine.numbers(), descent.steps) == (before, steps)
    assert len(descent.run([1e-3])) == 1


@needs_llvm
@pytest.mark.parametrize(("loss", "hidden"), [(hinge, "relu"), (mse, "tanh"), (bce_with_logits, "sigmoid")])
def test_quick_and_better_code_compute_the_same_bits(loss, hidden):
    xs, y = points(21)
    targets = [2 * t - 1 for t in y] if loss is hinge else y
    found = []
    for better in (False, True):
        own = MLP(2, [9, 9, 1], hidden, rng=random.Random(4))
        options: dict[str, Any] = {"batch_size": 6, "penalty": lambda own=own: l2_penalty(own.parameters(), 1e-3)}
        one = lambda x, t, own=own: loss(own(x), t)  # noqa: E731
        descent = training(one, own.parameters(), xs, targets, backend="llvm", **options)
        engine = descent._engine
        tier = recompiling.Tiered(engine.text, "train", *engine._tier._types, result=ctypes.c_int64)
        tier.run = tier._compiled(native.OPTIMISED if better else native.QUICK)
        tier.optimised = True  # as it is, from now on
        engine._tier = tier
        losses = descent.run([0.1] * 15)
        descent.pull()
        found.append((list(losses), numbers(own)))
    assert found[0] == found[1]
