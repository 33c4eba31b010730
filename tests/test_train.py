"""`fit`: the numbers of the worked examples, what goes wrong and how it is told, and nothing left half done."""

import json
import math
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograd import Value, exp, no_grad, sqrt
from nn import (
    MLP,
    SGD,
    Adam,
    History,
    Module,
    accuracy,
    bce,
    bce_with_logits,
    cross_entropy,
    data,
    fit,
    half_squared_error,
    hinge,
    l2_penalty,
    mse,
)

ROOT = Path(__file__).parent.parent
GOLDEN = json.loads(Path(__file__).with_name("data").joinpath("golden.json").read_text())


class Line(Module):
    """y = w x + b, of a sample [x]."""

    def __init__(self, w: float = 0.0, b: float = 0.0) -> None:
        self.w, self.b = Value(w, "w"), Value(b, "b")

    def __call__(self, x: Any) -> Value:
        return self.w * x[0] + self.b


X, Y = [[1.0], [2.0], [3.0], [4.0], [5.0]], [3.0, 5.0, 7.0, 9.0, 12.0]


def network(numbers: dict[str, float] | None = None, seed: int = 0) -> MLP:
    """A 2-2-1 network of sigmoids."""
    model = MLP(2, [2, 1], "sigmoid", "sigmoid", rng=random.Random(seed))
    model.load_named(numbers or {})
    return model


def from_columns(W1: Any, b1: Any, W2: Any, b2: Any) -> dict[str, float]:  # noqa: N803
    """The parameters by name, out of matrices with one column per neuron."""
    weights = {"w1": W1[0][0], "w2": W1[1][0], "w3": W1[0][1], "w4": W1[1][1], "w5": W2[0][0], "w6": W2[1][0]}
    return weights | {"b1": b1[0][0], "b2": b1[0][1], "b3": b2[0][0]}


def numbers(model: Any) -> list[float]:
    return [p.data for p in model.parameters()]


def train(model: Any, *, lr: float = 0.01, **options: Any) -> History:
    """Full batches of the line's data, unless told otherwise."""
    given: dict[str, Any] = {"loss": mse, "optimizer": SGD(model.parameters(), lr), "epochs": 1, "X": X, "y": Y}
    return fit(model, **(given | options))


def close(found: float, expected: float, relative: float) -> bool:
    return abs(found - expected) <= relative * abs(expected)


# ---------------------------------------------------------------- the worked examples


def test_an_epoch_sample_by_sample_gives_the_printed_losses_and_parameters() -> None:
    golden = GOLDEN["000"]["epoch"]
    model = network(golden["start"])
    losses: list[float] = []
    after: list[dict[str, float]] = []

    def noted(prediction: Any, target: Any) -> Any:
        after.append({name: p.data for name, p in model.named_parameters().items()})  # of the step before
        loss = bce(prediction, target)
        losses.append(loss.data)
        return loss

    rows = GOLDEN["000"]["data"]
    optimizer = SGD(model.parameters(), golden["lr"])
    history = fit(model, [row[:2] for row in rows], [row[2] for row in rows], loss=noted, optimizer=optimizer,
                  epochs=1, batch_size=1, record_parameters=True)  # fmt: skip
    after.append(history.parameters[0])
    assert len(losses) == len(golden["samples"]) == 10
    for loss, before, sample in zip(losses, after[1:], golden["samples"], strict=True):
        assert close(loss, sample["loss"], 1e-14)
        for name, number in sample["after"].items():
            assert close(before[name], number, 1e-14), name
    assert close(history.losses[0], math.fsum(losses) / 10, 1e-15)


def test_one_sample_gives_the_losses_without_the_mistake() -> None:
    golden = GOLDEN["001"]
    model = network(from_columns(golden["W1"], golden["b1"], golden["W2"], golden["b2"]))
    optimizer = SGD(model.parameters(), golden["lr"])
    history = fit(model, golden["X"], golden["y"], loss=half_squared_error, optimizer=optimizer, epochs=100)
    for loss, true, printed in zip(
        history.losses[9::10], golden["true_losses_every_10"], golden["printed_losses_every_10"], strict=True
    ):
        assert close(loss, true, 1e-12)
        assert not close(loss, printed, 1e-6)


def test_summed_gradients_give_the_printed_means() -> None:
    golden = GOLDEN["002"]
    model = network(from_columns(**golden["updated"]))
    history = fit(model, golden["X"], golden["y"], loss=lambda p, t: bce(p, t, reduction="sum"),
                  optimizer=SGD(model.parameters(), golden["lr"]), epochs=1000, metrics={"mean": bce})  # fmt: skip
    for loss, mean, printed in zip(
        history.losses[::100], history.metrics["mean"][::100], golden["losses_every_100"], strict=True
    ):
        assert close(loss / 2, printed, 1e-12)
        assert close(mean, printed, 1e-12)


def test_the_gradients_of_the_mean_do_not() -> None:
    golden = GOLDEN["002"]
    model = network(from_columns(**golden["updated"]))
    history = fit(model, golden["X"], golden["y"], loss=bce, optimizer=SGD(model.parameters(), 0.1), epochs=101)
    assert close(history.losses[0], golden["losses_every_100"][0], 1e-12)
    assert not close(history.losses[100], golden["losses_every_100"][1], 1e-3)


def test_four_people_are_told_apart_and_two_more() -> None:
    samples, labels = data.people()
    model = MLP(2, [2, 1], "sigmoid", "sigmoid", init="normal", rng=random.Random(2))
    fit(model, samples, labels, loss=mse, optimizer=SGD(model.parameters(), 0.1), epochs=1000, batch_size=1)
    for person in GOLDEN["003"]["predictions"].values():
        assert abs(model(person["x"]).data - person["about"]) < 0.02


# ---------------------------------------------------------------- the recipes of the data sets


def learned(model: MLP, samples: data.Samples, optimizer: Any, epochs: int, **options: Any) -> float:
    """The accuracy after training with probabilities."""
    points, labels = samples
    fit(model, points, labels, loss=bce, optimizer=optimizer, epochs=epochs, **options)
    return accuracy([model(x).data for x in points], labels)


def test_moons_are_learned_as_in_the_demo_of_micrograd() -> None:
    points, labels = data.moons()
    signs = [2 * label - 1 for label in labels]
    model = MLP(2, [16, 16, 1], rng=random.Random(1))
    history = fit(model, points, signs, loss=hinge, optimizer=SGD(model.parameters(), 1.0), epochs=50,
                  schedule=lambda epoch: 1.0 - 0.9 * epoch / 100,
                  penalty=lambda model: l2_penalty(model.parameters(), 1e-4))  # fmt: skip
    assert accuracy([model(x).data for x in points], signs, threshold=0) == 1.0
    assert history.losses[-1] < 0.05


@pytest.mark.parametrize("name", ["xor", "circles", "gaussians"])
def test_other_data_sets_are_learned(name: str) -> None:
    model = MLP(2, [8, 1], "tanh", "sigmoid", rng=random.Random(0))
    assert learned(model, getattr(data, name)(), Adam(model.parameters(), 0.1), 60) >= 0.99


def test_a_spiral_is_learned() -> None:
    model = MLP(2, [12, 12, 1], "tanh", "sigmoid", rng=random.Random(1))
    optimizer = Adam(model.parameters(), 0.05)
    assert learned(model, data.spiral(), optimizer, 120, batch_size=20, shuffle=True, seed=0) >= 0.95


def test_ten_points_are_learned() -> None:
    model = network(seed=1)
    assert learned(model, data.ten_points(), SGD(model.parameters(), 0.5), 100, batch_size=1) == 1.0


# ---------------------------------------------------------------- what a step is


@pytest.mark.parametrize("size", [None, 1, 2, 3, 5, 9])
def test_fit_is_the_loop_that_one_writes(size: int | None) -> None:
    samples, labels = data.ten_points()
    samples, labels = samples[:5], labels[:5]
    ours, theirs = network(seed=3), network(seed=3)
    history = fit(ours, samples, labels, loss=bce, optimizer=Adam(ours.parameters(), 0.1), epochs=7, batch_size=size)
    optimizer = Adam(theirs.parameters(), 0.1)
    for epoch in range(7):
        losses = 0.0
        for start in range(0, 5, size or 5):
            batch = range(start, min(start + (size or 5), 5))
            loss = bce([theirs(samples[i]) for i in batch], [labels[i] for i in batch])
            losses += loss.data * len(batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert close(history.losses[epoch], losses / 5, 1e-15)
    assert numbers(ours) == numbers(theirs)


def test_the_loss_gets_lists_for_batches_and_single_numbers_for_single_samples() -> None:
    seen: list[tuple[Any, Any]] = []

    def noted(prediction: Any, target: Any) -> Any:
        seen.append((prediction, target))
        return mse(prediction, target)

    train(Line(), loss=noted, batch_size=2)
    assert [target for _, target in seen] == [[3.0, 5.0], [7.0, 9.0], [12.0]]
    assert all(isinstance(prediction, list) for prediction, _ in seen)
    seen.clear()
    train(Line(), loss=noted, batch_size=1)
    assert [target for _, target in seen] == Y
    assert all(isinstance(prediction, Value) for prediction, _ in seen)


def test_arrays_and_columns_are_as_good_as_lists() -> None:
    expected = Line()
    train(expected, epochs=3, batch_size=2)
    for samples, targets in [
        (np.array(X), np.array(Y)),
        (np.array(X), np.array(Y).reshape(-1, 1)),
        ([np.array(x) for x in X], [np.float64(y) for y in Y]),
        (tuple(map(tuple, X)), tuple(Y)),
    ]:
        model = Line()
        train(model, X=samples, y=targets, epochs=3, batch_size=2, metrics={"accuracy": accuracy})
        assert numbers(model) == numbers(expected)


def test_class_numbers_stay_whole() -> None:
    points, labels = data.gaussians(20)
    model = MLP(2, [2], rng=random.Random(0))
    history = fit(model, np.array(points), np.array(labels), loss=cross_entropy, metrics={"accuracy": accuracy},
                  optimizer=SGD(model.parameters(), 0.5), epochs=20)  # fmt: skip
    assert history.metrics["accuracy"][-1] == 1.0


def test_any_function_of_a_sample_can_be_a_model() -> None:
    w = Value(0.0)
    history = fit(lambda x: w * x, [1.0, 2.0], [2.0, 4.0], loss=mse, optimizer=SGD([w], 0.1), epochs=60,
                  record_parameters=True)  # fmt: skip
    assert abs(w.data - 2.0) < 1e-9
    assert history.parameters[-1] == {"p1": w.data}


def test_shuffling_has_a_generator_of_its_own() -> None:
    def orders(**options: Any) -> list[list[float]]:
        seen: list[float] = []

        def noted(prediction: Any, target: Any) -> Any:
            seen.append(target)
            return mse(prediction, target)

        train(Line(), loss=noted, batch_size=1, epochs=4, **options)
        return [seen[i : i + 5] for i in range(0, 20, 5)]

    random.seed(0)
    state = random.getstate()
    first = orders(shuffle=True, seed=7)
    assert random.getstate() == state
    assert first == orders(shuffle=True, seed=7) != orders(shuffle=True, seed=8)
    assert all(sorted(order) == Y for order in first)
    assert len({tuple(order) for order in first}) > 1
    assert orders(seed=7) == [Y] * 4


def test_the_learning_rate_follows_the_schedule() -> None:
    rates: list[float] = []
    model = Line()
    optimizer = SGD(model.parameters(), 5.0)
    train(model, optimizer=optimizer, epochs=3, schedule=lambda epoch: 0.01 / (epoch + 1),
          on_epoch=lambda epoch, history: rates.append(optimizer.lr))  # fmt: skip
    assert rates == [0.01, 0.005, 0.01 / 3]


def test_the_penalty_is_in_the_training_loss_and_its_gradient_only() -> None:
    plain, fined = Line(1.0, 2.0), Line(1.0, 2.0)
    without = train(plain, validation=(X, Y), lr=0.0)
    history = train(fined, validation=(X, Y), penalty=lambda model: 0.5 * model.w * model.w, lr=0.0)
    assert history.losses[0] == without.losses[0] + 0.5
    assert history.validation_losses == without.validation_losses
    assert close(fined.w.grad, plain.w.grad + 1.0, 1e-15)


# ---------------------------------------------------------------- the record


def test_metrics_see_plain_predictions_in_the_order_of_the_data() -> None:
    seen: list[Any] = []

    def metric(predictions: list[Any], targets: list[Any]) -> float:
        seen.append((predictions, targets))
        return len(seen) / 10

    model = Line(2.0, 1.0)
    history = train(model, epochs=2, batch_size=2, shuffle=True, seed=1, metrics={"own": metric}, lr=0.0)
    assert history.metrics == {"own": [0.1, 0.2]}
    assert seen == [([3.0, 5.0, 7.0, 9.0, 11.0], Y)] * 2


def test_validation_is_evaluated_after_each_epoch_without_a_graph() -> None:
    model = Line()
    kinds: list[Any] = []

    def noted(prediction: Any, target: Any) -> Any:
        loss = mse(prediction, target)
        kinds.append(loss.op)
        return loss

    other = [[6.0], [7.0]], [13.0, 15.0]
    expected: list[float] = []

    def by_hand(epoch: int, history: History) -> None:
        expected.append(mse(list(map(model, other[0])), other[1]).data)

    sizes = {"n": lambda predictions, targets: len(predictions)}
    history = train(model, epochs=3, loss=noted, validation=other, metrics=sizes, on_epoch=by_hand)
    assert history.validation_losses == expected
    assert history.validation_metrics == {"n": [2, 2, 2]}
    assert history.metrics == {"n": [5, 5, 5]}
    assert [kind is None for kind in kinds] == [False, True] * 3


def test_parameters_are_recorded_after_each_epoch() -> None:
    model = Line()
    seen: list[dict[str, float]] = []
    history = train(model, epochs=3, record_parameters=True,
                    on_epoch=lambda epoch, history: seen.append({"w": model.w.data, "b": model.b.data}))  # fmt: skip
    assert history.parameters == seen
    assert seen[0] != seen[2]
    assert train(Line()).parameters == []


def test_on_epoch_sees_the_epoch_in_the_history() -> None:
    seen: list[tuple[int, int]] = []
    history = train(Line(), epochs=3, on_epoch=lambda epoch, history: seen.append((epoch, history.epochs)))
    assert seen == [(0, 1), (1, 2), (2, 3)]
    assert history.epochs == 3


def test_a_history_prints_where_it_began_and_ended() -> None:
    history = train(Line(), epochs=2, validation=(X, Y), metrics={"accuracy": accuracy}, lr=0.0)
    loss = "61.6"
    assert repr(history) == (
        f"<History: 2 epochs, loss {loss} to {loss}, accuracy 0 to 0, validation loss {loss} to {loss}, "
        "validation accuracy 0 to 0>"
    )
    assert repr(History()) == "<History: 0 epochs>"
    assert repr(History(losses=[1.0], interrupted=True)) == "<History: 1 epoch, loss 1 to 1, interrupted>"


def test_accuracy_counts_sides_and_maxima() -> None:
    assert accuracy([0.4, 0.6, 0.6], [0, 1, 0]) == 2 / 3
    assert accuracy([-2.0, 0.2], [-1, 1], threshold=0) == 1.0
    assert accuracy([Value(0.9)], [1]) == 1.0
    assert accuracy([[0.1, 0.7, 0.2], [3.0, 1.0, 2.0]], [1, 2]) == 0.5
    for wrong in ([], []), ([0.5], [1, 0]):
        with pytest.raises(ValueError, match="accuracy"):
            accuracy(*wrong)


# ---------------------------------------------------------------- stopping


def bouncing() -> dict[str, Any]:
    """A rate that is right for two epochs and too large afterwards: the loss falls, then grows."""
    return {"schedule": lambda epoch: 0.01 if epoch < 2 else 0.1, "epochs": 20}


def test_training_stops_when_nothing_improves() -> None:
    history = train(Line(), patience=3, **bouncing())
    assert history.stopped
    assert history.best_epoch == min(range(history.epochs), key=history.losses.__getitem__)
    assert history.epochs == history.best_epoch + 4 < 20
    assert not train(Line(), **bouncing()).stopped


def test_min_delta_says_what_counts_as_better() -> None:
    slow: dict[str, Any] = {"epochs": 30, "patience": 2, "lr": 1e-4}
    assert not train(Line(), **slow).stopped
    history = train(Line(), min_delta=100.0, **slow)
    assert history.stopped
    assert (history.epochs, history.best_epoch) == (3, 2)  # it stops for lack of progress; the last is the lowest


@pytest.mark.parametrize("patience", [None, 2])
def test_the_best_parameters_of_full_batches_are_those_the_lowest_loss_was_computed_with(patience: int | None) -> None:
    model = Line()
    history = train(model, patience=patience, restore_best=True, **bouncing())
    assert mse(list(map(model, X)), Y).data == min(history.losses) < history.losses[-1]


def test_the_best_parameters_for_validation_are_those_after_the_epoch() -> None:
    model = Line()
    other = [[6.0], [7.0]], [13.0, 15.0]
    history = train(model, validation=other, patience=2, restore_best=True, record_parameters=True, **bouncing())
    assert mse(list(map(model, other[0])), other[1]).data == min(history.validation_losses)
    assert history.parameters[history.best_epoch] == {"w": model.w.data, "b": model.b.data}
    assert history.best_epoch < history.epochs - 1


@pytest.mark.parametrize("backend", ["eager", "python", "llvm"])
def test_the_best_parameters_of_several_batches_are_those_after_the_epoch(backend: str) -> None:
    model = Line()
    options: dict[str, Any] = bouncing() | {"batch_size": 2, "backend": backend}
    history = train(model, restore_best=True, record_parameters=True, **options)
    assert history.backend == backend
    assert history.best_epoch == history.losses.index(min(history.losses)) < history.epochs - 1
    assert history.parameters[history.best_epoch] == {"w": model.w.data, "b": model.b.data}


def test_the_best_epoch_is_the_lowest_however_small_the_progress() -> None:
    model = Line()
    history = train(model, restore_best=True, min_delta=1e9, epochs=20, lr=1e-3)
    assert history.best_epoch == 19 and history.losses[19] == min(history.losses)
    assert mse(list(map(model, X)), Y).data == history.losses[19]


@pytest.mark.parametrize("backend", ["eager", "python", "llvm"])
def test_orders_without_a_seed_follow_random_seed(backend: str) -> None:
    def run(seed: int) -> list[float]:
        random.seed(seed)
        return train(Line(), shuffle=True, batch_size=2, epochs=5, backend=backend).losses

    assert run(3) == run(3) != run(4)
    random.seed(3)
    first, second = (train(Line(), shuffle=True, batch_size=2, epochs=5).losses for _ in range(2))
    assert first != second  # one run moves the generator on
    given = [train(Line(), shuffle=True, seed=7, batch_size=2, epochs=5).losses for _ in range(2)]
    assert given[0] == given[1]


# ---------------------------------------------------------------- interrupts


class Halting(Adam):
    """Adam that calls something before every update of a parameter."""

    def __init__(self, parameters: Any, lr: float, before: Callable[[], Any]) -> None:
        super().__init__(parameters, lr)
        self.before = before

    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        self.before()
        return super().update(p, g, memory, t)


def interrupt(*_: Any) -> Any:
    """Ctrl-C, here and now; heard too where the tests were started with it ignored, as in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name == "nt", reason="signals are another matter there")
def test_the_tests_of_interrupts_pass_where_ctrl_c_is_ignored() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "an_interrupt", __file__]
    ignored = 'trap "" INT; exec "$@"'
    done = subprocess.run(["sh", "-c", ignored, "sh", *command], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_every_test_has_a_limit_of_time(pytestconfig: pytest.Config) -> None:
    assert 60 <= float(pytestconfig.getini("timeout")) <= 600
    assert pytestconfig.pluginmanager.hasplugin("timeout")


def test_an_interrupt_in_a_step_takes_it_back() -> None:
    # Five steps of two parameters are complete, the sixth is half done.
    calls: list[Callable[[], Any]] = [lambda: None] * 11 + [interrupt]
    model, whole = Line(), Line()
    optimizer = Halting(model.parameters(), 0.1, lambda: calls.pop(0)() if calls else None)
    history = train(model, optimizer=optimizer, epochs=9, batch_size=1, record_parameters=True)
    assert history.interrupted
    assert history.epochs == len(history.losses) == len(history.parameters) == 1
    ours = Adam(whole.parameters(), 0.1)
    train(whole, optimizer=ours, epochs=1, batch_size=1)
    assert numbers(model) == numbers(whole)
    for _ in range(3):  # and the moments of the optimiser too: both go on alike
        train(model, optimizer=optimizer, batch_size=1)
        train(whole, optimizer=ours, batch_size=1)
        assert numbers(model) == numbers(whole)


def test_an_interrupt_between_steps_leaves_whole_steps() -> None:
    model, whole = Line(), Line()
    losses = iter([mse] * 7 + [interrupt])
    history = train(model, loss=lambda p, t: next(losses)(p, t), epochs=9, batch_size=1)
    assert history.interrupted
    assert history.epochs == 1
    train(whole, batch_size=1)
    train(whole, batch_size=1, X=X[:2], y=Y[:2])
    assert numbers(model) == numbers(whole)


@pytest.mark.parametrize("where", ["on_epoch", "metric", "validation metric"])
def test_an_interrupt_at_the_end_of_an_epoch_keeps_the_lists_equally_long(where: str) -> None:
    calls = {"on_epoch": [0], "metric": [0], "validation metric": [0]}

    def count(name: str) -> float:
        calls[name][0] += 1
        return interrupt() if name == where and calls[name][0] == 3 else 1.0

    def metric(predictions: list[Any], targets: list[Any]) -> float:
        return count("metric" if len(targets) == 5 else "validation metric")

    history = train(Line(), epochs=9, validation=(X[:2], Y[:2]), metrics={"a": accuracy, "b": metric},
                    record_parameters=True, on_epoch=lambda epoch, history: count("on_epoch"))  # fmt: skip
    assert history.interrupted
    done = 3 if where == "on_epoch" else 2
    columns = [history.losses, history.validation_losses, history.parameters, *history.metrics.values()]
    columns += history.validation_metrics.values()
    assert [len(column) for column in columns] == [done] * 7


# ---------------------------------------------------------------- numbers that are none


def fails(model: Any, kind: type[Exception], *parts: str, **options: Any) -> None:
    """Training raises exactly this kind of error with these parts in its message."""
    with pytest.raises(kind) as caught:
        train(model, **options)
    assert type(caught.value) is kind
    for part in parts:
        assert part in str(caught.value)


def growing(n: int) -> Callable[[Any, Any], Any]:
    """A loss that multiplies the error of the n-th target it sees by numbers that overflow."""
    return lambda p, t: (p - t) * (p - t) * (1e308 if t == Y[n] else 1.0) * 1e10


def test_a_loss_that_is_not_finite_names_epoch_sample_and_operation() -> None:
    model, expected = Line(), Line()
    train(expected, batch_size=1, X=X[:3], y=Y[:3], loss=growing(4), lr=1e-13)
    fails(model, FloatingPointError, "epoch 0, sample 3 (x = [4.0], y = 9.0)", "mul(...) became inf",
          batch_size=1, loss=growing(3), lr=1e-13)  # fmt: skip
    assert numbers(model) == numbers(expected)  # three steps, and none of the fourth


def test_in_a_batch_the_sample_is_found_too() -> None:
    model = Line(0.5, 0.5)

    def loss(predictions: Any, targets: Any) -> Any:
        return sum((growing(4)(p, t) for p, t in zip(predictions, targets, strict=True)), Value(0.0))

    before = numbers(model)
    fails(model, FloatingPointError, "sample 4 (x = [5.0], y = 12.0): ", "mul(...) became inf", loss=loss)
    assert numbers(model) == before


def test_the_epoch_and_the_place_in_the_data_are_named_in_spite_of_shuffling() -> None:
    epochs = iter([1.0] * 10 + [1e308] * 5)
    fails(Line(), FloatingPointError, "epoch 2, sample ", "became -inf", batch_size=1, epochs=3, shuffle=True, seed=0,
          loss=lambda p, t: (p - t) * next(epochs) * 1e10, lr=1e-12)  # fmt: skip
    fails(Line(), FloatingPointError, "sample 3 (x = [4.0]", batch_size=2, shuffle=True, seed=3,
          loss=lambda p, t: growing(3)(p[-1], t[-1]) + growing(3)(p[0], t[0]))  # fmt: skip


def test_the_operation_named_is_the_first_one() -> None:
    def loss(p: Any, t: Any) -> Any:
        big = p * 1e200
        big.label = "big"
        bigger = big * big
        bigger.label = "bigger"
        return (bigger - bigger) * 2.0

    fails(Line(1.0), FloatingPointError, "bigger = mul(...) became inf; its operands: big = 1e+200, big = 1e+200",
          loss=loss, batch_size=1)  # fmt: skip


def test_of_several_first_operations_the_one_computed_first_is_named() -> None:
    def loss(p: Any, t: Any) -> Any:
        return (p * 1e200) * 1e200 - (p * 1e201) * 1e201

    fails(Line(1.0), FloatingPointError, "became inf; its operands: 1e+200, 1e+200", loss=loss, batch_size=1)


def test_the_largest_operands_of_a_long_sum_are_shown() -> None:
    model = MLP(6, [1], rng=random.Random(0))
    model.load_named({"w3": 1e200, "w5": 1e-5})
    sample = [1.0, 2.0, 1e200, 4.0, 5.0, 6.0]
    with pytest.raises(FloatingPointError) as caught:
        fit(model, [sample], [1.0], loss=lambda p, t: p[0], optimizer=SGD(model.parameters(), 0.1), epochs=1)
    message = "z1 = weighted_sum(...) became inf; its largest operands, of 13: w3 = 1e+200, x3 = 1e+200"
    assert message in str(caught.value)
    assert "w5" not in str(caught.value)


def test_a_sum_over_the_batch_that_overflows_blames_no_sample() -> None:
    fails(Line(), FloatingPointError, "sample 0 (x = [0.1], y = 3.0) and 4 more in its batch: ", "became inf",
          X=[[0.1]] * 5, loss=lambda p, t: sum(((q + 1.0) * 4e307 for q in p), Value(0.0)))  # fmt: skip


def test_a_penalty_that_overflows_blames_no_single_sample() -> None:
    before = Line(1.0)
    fails(before, FloatingPointError, "2 more in its batch", "became inf", batch_size=3,
          penalty=lambda model: model.w * 1e308 * 10.0)  # fmt: skip
    assert numbers(before) == [1.0, 0.0]


def test_a_gradient_that_is_not_finite_names_the_operation_and_nothing_moves() -> None:
    model = Line(1e-300)
    fails(model, FloatingPointError, "sample 0", "the gradient of ", "in a result = sqrt(...)",
          loss=lambda p, t: sqrt(p * 1e-20) * 1e150, batch_size=1)  # fmt: skip
    assert numbers(model) == [1e-300, 0.0]


def test_a_parameter_that_is_not_finite_goes_back() -> None:
    model = Line(-1.7e308)
    optimizer = Adam(model.parameters(), 1.7e308)
    fails(model, FloatingPointError, "epoch 0, sample 0", "w = -1.7e+308 became -inf in the step", "lr 1.7e+308",
          loss=lambda p, t: model.w * 1e-300 + p * 0.0, batch_size=1, optimizer=optimizer)  # fmt: skip
    assert numbers(model) == [-1.7e308, 0.0]
    assert vars(optimizer) == vars(Adam(model.parameters(), 1.7e308))


@pytest.mark.parametrize("size", [None, 1, 2])
def test_an_error_of_an_operation_keeps_its_class_and_names_the_sample(size: int | None) -> None:
    model = Line(1.0, 0.5)
    before = numbers(model)
    values = [[1.0], [2.0], [3.0], [800.0], [5.0]]
    fails(model, OverflowError, "epoch 0, sample 3 (x = [800.0], y = 9.0): exp(800.5): the result is too large",
          X=values, loss=lambda p, t: sum(map(exp, p)) if isinstance(p, list) else exp(p), batch_size=size,
          lr=0.0)  # fmt: skip
    assert numbers(model) == before


def test_an_error_of_the_model_or_of_backward_names_the_sample() -> None:
    fails(Line(1.0), ZeroDivisionError, "sample 1 (x = [0.0], y = 1.0): no derivative at sqrt(0.0)",
          X=[[1.0], [0.0]], y=[1.0, 1.0], loss=lambda p, t: sum(sqrt(q * q) for q in p))  # fmt: skip
    model = MLP(1, [1], rng=random.Random(0))
    message = r"epoch 0, sample 1 \(x = \[2.0, 1.0\], y = 0\): expected a list of 1 inputs, got 2"
    with pytest.raises(ValueError, match=message):
        fit(model, [[1.0], [2.0, 1.0]], [1, 0], loss=mse, optimizer=SGD(model.parameters(), 0.1), epochs=1)


def test_a_label_that_the_loss_refuses_names_the_sample() -> None:
    model = MLP(1, [1], rng=random.Random(0))
    message = r"epoch 0, sample 1 \(x = \[2.0\], y = 0\): hinge: expected a class of -1 or 1"
    with pytest.raises(ValueError, match=message):
        fit(model, [[1.0], [2.0]], [1, 0], loss=hinge, optimizer=SGD(model.parameters(), 0.1), epochs=1)


def test_validation_samples_are_named_as_such() -> None:
    fails(Line(1.0), OverflowError, "epoch 0, validation sample 1 (x = [900.0], y = 0.0): exp(",
          loss=lambda p, t: exp(p * t - p * t + (p if t == 0.0 else 0.0)), batch_size=1, lr=0.0,
          validation=([[1.0], [900.0]], [0.0, 0.0]))  # fmt: skip
    fails(Line(1.0), FloatingPointError, "epoch 0, validation sample 1 (x = [1e+300], y = 0.0): ", "became inf",
          loss=lambda p, t: p * p * 1e-300, batch_size=1, lr=0.0,
          validation=([[1.0], [1e300]], [0.0, 0.0]))  # fmt: skip


# ---------------------------------------------------------------- what is given


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y": Y[:3]}, "X has 5 samples but y has 3 targets"),
        ({"validation": (X, Y[:2])}, "validation X has 5 samples but validation y has 2 targets"),
        ({"X": [], "y": []}, "X and y are empty; expected at least one sample"),
        ({"X": [[1.0], [math.nan]], "y": [1.0, 2.0]}, r"X\[1\]\[0\] is nan; expected finite numbers"),
        ({"X": np.array([[1.0], [np.inf]]), "y": [1.0, 2.0]}, r"X\[1\]\[0\] is inf"),
        ({"y": [*Y[:4], -math.inf]}, r"y\[4\] is -inf"),
        ({"validation": (X[:1], [math.nan])}, r"validation y\[0\] is nan"),
        ({"epochs": 0}, "epochs: expected a whole number from 1 on, got 0"),
        ({"epochs": None}, "epochs: expected a whole number from 1 on, got None"),
        ({"epochs": 2.0}, "epochs: expected a whole number from 1 on, got 2.0"),
        ({"epochs": True}, "epochs: expected a whole number"),
        ({"batch_size": 0}, "batch_size: expected a whole number from 1 on or None, got 0"),
        ({"batch_size": 2.5}, "batch_size: expected"),
        ({"patience": 0}, "patience: expected a whole number from 1 on or None"),
        ({"backend": "gpu"}, "backend: expected one of 'auto', 'eager', 'python', 'llvm', got 'gpu'"),
        ({"optimizer": SGD([Value(1.0)], 0.1)}, "none of the model's parameters"),
    ],
)
def test_what_cannot_be_trained_with_is_a_value_error(options: dict[str, Any], message: str) -> None:
    model = Line()
    with pytest.raises(ValueError, match=message):
        train(model, **options)
    assert numbers(model) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"X": "abcde"}, "X: expected a real number or a list or array of such, got str"),
        ({"X": [["1"], [2.0], [3.0], [4.0], [5.0]]}, r"X\[0\]\[0\]: expected a real number .* got str: '1'"),
        ({"y": 3.0}, "y: expected a list or an array, got float"),
        ({"y": [None] * 5}, r"y\[0\]: expected a real number"),
        ({"loss": "mse"}, "loss: expected a function or a callable object, got 'mse'"),
        ({"loss": lambda p, t: 0.5}, "expected the loss as a Value, got float: 0.5"),
        ({"loss": lambda p, t: p}, r"expected the loss as a Value, got list"),
    ],
)
def test_what_is_of_another_kind_is_a_type_error(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        train(Line(), **options)


def test_a_loss_without_a_graph_is_told() -> None:
    with pytest.raises(RuntimeError, match=r"the loss has no graph: it was computed under no_grad\(\)"), no_grad():
        train(Line())
    with pytest.raises(RuntimeError, match="the loss has no graph"):
        train(Line(), loss=lambda p, t: Value(1.0))


def test_counts_may_be_of_numpy() -> None:
    assert train(Line(), epochs=np.int64(2), batch_size=np.int64(2)).epochs == 2


def test_a_model_must_be_callable_and_finite() -> None:
    line = Line()
    with pytest.raises(TypeError, match="model: expected a function"):
        fit(3, X, Y, loss=mse, optimizer=SGD(line.parameters(), 0.1), epochs=1)
    with pytest.raises(ValueError, match="the parameter w is nan before the training"):
        train(Line(math.nan))


def test_the_backend_that_ran_is_told() -> None:
    assert train(Line()).backend == train(Line(), backend="eager").backend == "eager"


# ---------------------------------------------------------------- the bar


class Terminal(StringIO):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A watched stream in the place of stderr; pytest puts its own there before every test."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    history = train(Line(), epochs=3)
    assert "3/3" in shown.getvalue()
    assert f"loss {history.losses[-1]:.4g}" in shown.getvalue()


def test_a_notebook_without_widgets_shows_a_line_that_is_not_red(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, red = Terminal(), terminal(monkeypatch)
    monkeypatch.setattr(sys, "stdout", shown)
    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel="one"))
    monkeypatch.setitem(sys.modules, "IPython", kernel)  # type: ignore[arg-type]
    train(Line(), epochs=3)
    assert "3/3" in shown.getvalue() and red.getvalue() == ""


def test_there_is_no_bar_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    train(Line(), epochs=3, progress=False)
    assert shown.getvalue() == ""


def test_there_is_no_bar_without_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    for name in ("tqdm", "tqdm.auto"):
        monkeypatch.setitem(sys.modules, name, None)
    assert train(Line(), epochs=3).epochs == 3
    assert shown.getvalue() == ""


def test_there_is_no_bar_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    train(Line(), epochs=3)
    assert stream.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", None)
    train(Line(), epochs=3)


def test_the_bar_is_closed_after_an_interrupt_and_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    train(Line(), epochs=3, on_epoch=interrupt)
    fails(Line(), FloatingPointError, loss=growing(0), batch_size=1)
    train(Line(), epochs=1)
    assert shown.getvalue().count("\n") == 3


def test_importing_nn_needs_the_standard_library_only() -> None:
    heavy = "{'numpy', 'matplotlib', 'tqdm', 'graphviz', 'IPython'}"
    program = f"import sys, nn; found = {heavy} & set(sys.modules); assert not found, found"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_logits_far_away_are_no_trouble() -> None:
    model = MLP(1, [1], rng=random.Random(0))
    optimizer = SGD(model.parameters(), 0.1)
    history = fit(model, [[1e4], [-1e4]], [1, 0], loss=bce_with_logits, optimizer=optimizer, epochs=5)
    assert math.isfinite(history.losses[-1])


# ---------------------------------------------------------------- clipping


def by_hand_clipped(model: MLP, norm: float | None, value: float | None, steps: int) -> list[float]:
    optimizer = SGD(model.parameters(), 0.5)
    for _ in range(steps):
        optimizer.zero_grad()
        mse([model(x) for x in CLIPPED[0]], CLIPPED[1]).backward()
        for p in model.parameters() if value is not None else ():
            p.grad = max(-value, min(value, p.grad))
        size = math.sqrt(math.fsum(p.grad**2 for p in model.parameters()))
        for p in model.parameters() if norm is not None and size > norm else ():
            p.grad *= norm / (size + 1e-6)
        optimizer.step()
    return [p.data for p in model.parameters()]


CLIPPED = [[1.0, -2.0], [0.5, 3.0], [-1.0, 1.0]], [5.0, -4.0, 2.0]


@pytest.mark.parametrize(("norm", "value"), [(0.7, None), (None, 0.3), (0.4, 0.2), (1e9, None)])
def test_gradients_are_clipped_before_every_step(norm: float | None, value: float | None) -> None:
    model, twin = (MLP(2, [3, 1], "tanh", rng=random.Random(2)) for _ in range(2))
    history = fit(model, *CLIPPED, loss=mse, optimizer=SGD(model.parameters(), 0.5), epochs=20, progress=False,
                  clip_norm=norm, clip_value=value)  # fmt: skip
    expected = by_hand_clipped(twin, norm, value, 20)
    assert [p.data for p in model.parameters()] == pytest.approx(expected, rel=1e-12)
    assert history.backend == "eager"


def test_limits_that_make_no_sense_are_refused() -> None:
    model = MLP(2, [1])
    for options in ({"clip_norm": -1.0}, {"clip_value": math.nan}):
        with pytest.raises(ValueError, match=next(iter(options))):
            fit(model, *CLIPPED, loss=mse, optimizer=SGD(model.parameters(), 0.5), epochs=1, **options)  # type: ignore
    with pytest.raises(ValueError, match="clipping needs the graph of every step"):
        fit(model, *CLIPPED, loss=mse, optimizer=SGD(model.parameters(), 0.5), epochs=1, clip_norm=1.0,
            backend="python")  # fmt: skip
