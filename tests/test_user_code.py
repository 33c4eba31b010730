"""Code that people write around `fit`: compiled it computes what the graph would, or says why it is not compiled."""

import random
import re
from typing import Any

import numpy as np
import pytest

from autograd.compiler.native import available
from autograd.compiler.watch import Watch
from nn import MLP, SGD, Adam, AdamW, Layer, Neuron, compiled, cosine_lr, fit, losses, step_lr
from nn.losses import l2_penalty
from nn.schedules import exponential_lr, linear_lr
from tests.user_code import ROWS

EXPLICIT = ("python", "llvm") if available() else ("python",)
TOLERANCE = 1e-9


@pytest.fixture(autouse=True)
def long_enough(monkeypatch):
    """As if every training were long enough to be compiled."""
    monkeypatch.setattr(compiled, "SHORT", 0.0)
    monkeypatch.setattr(compiled.Compiled, "choose", lambda self, rows: True)


class Outcome:
    """What a training came to: losses, parameters, what its functions noted, where the random numbers are."""

    def __init__(self, name: str, backend: str) -> None:
        random.seed(7)
        np.random.seed(7)
        made = ROWS[name].make()
        log = made.pop("log", [])
        self.error: Exception | None = None
        self.backend = self.why = ""
        try:
            history = fit(**made, backend=backend, progress=False)
            self.losses, self.backend, self.why = history.losses, history.backend, history.why
        except Exception as error:
            self.error, self.losses = error, []
        self.numbers = [p.data for p in made["optimizer"].parameters]
        self.noted = [float(x) for x in log]
        self.drawn = [random.random(), float(np.random.rand())]

    def same(self, other: "Outcome") -> bool:
        pairs = ((self.losses, other.losses), (self.numbers, other.numbers), (self.noted, other.noted))
        alike = all(len(a) == len(b) and np.allclose(a, b, TOLERANCE, TOLERANCE, equal_nan=True) for a, b in pairs)
        return alike and type(self.error) is type(other.error) and self.drawn == other.drawn


def faults(name: str) -> list[str]:
    """What is wrong with a row of the table; nothing, where all backends do what it says."""
    graph, found = Outcome(name, "eager"), []
    auto = Outcome(name, "auto")
    if not auto.same(graph):
        found.append(f"auto differs ({auto.backend}, {auto.why}): {auto.losses} {graph.losses} {auto.error!r}")
    expected = ROWS[name].auto
    if graph.error is None and (auto.backend == "eager") != bool(expected):
        found.append(f"auto: {auto.backend}, {auto.why}")
    if graph.error is None and not re.search(expected, auto.why):
        found.append(f"auto says {auto.why!r}, not {expected!r}")
    for backend in EXPLICIT:
        other, expected = Outcome(name, backend), ROWS[name].explicit
        if backend == "llvm" and ROWS[name].native is not None:
            expected = str(ROWS[name].native)
        if expected:
            if not (isinstance(other.error, ValueError) and re.search(expected, str(other.error))):
                found.append(f"{backend}: expected {expected!r}, got {other.error!r} ({other.backend})")
        elif not other.same(graph) or other.backend != backend:
            found.append(f"{backend} differs: {other.losses} {graph.losses} {other.error!r} {other.backend}")
    return found


def test_there_are_many():
    assert len(ROWS) >= 100


@pytest.mark.parametrize("name", ROWS)
def test_never_silently_another_function(name):
    assert faults(name) == []


# ---------------------------------------------------------------- the table can fail

CHANGING = (
    "epoch_changes_weight_decay_once", "epoch_changes_betas", "epoch_weakens_a_penalty", "epoch_changes_an_activation",
    "epoch_changes_a_strength_in_a_value", "epoch_branches_on_a_constant_value", "epoch_replaces_a_weight",
    "optimizer_tuned_by_its_class", "model_mode_is_switched", "epoch_freezes_parameters_in_place",
)  # fmt: skip


def test_a_frozen_attribute_is_found(monkeypatch):
    assert faults("epoch_changes_weight_decay_once") == []
    monkeypatch.setattr(compiled, "STATE", (*compiled.STATE, "weight_decay"))
    assert len(faults("epoch_changes_weight_decay_once")) == 1 + len(EXPLICIT)
    assert faults("epoch_changes_betas") == []


def test_a_watch_that_sleeps_is_found(monkeypatch):
    monkeypatch.setattr(Watch, "changed", lambda self: "")
    missed = [name for name in CHANGING if faults(name) == []]
    assert missed == ["epoch_freezes_parameters_in_place"]  # of which the list is compared by itself, too


# ---------------------------------------------------------------- what is nn's own is compiled as before

MODELS: dict[str, Any] = {
    "MLP": lambda n: MLP(2, [3, n], "tanh", rng=random.Random(0)),
    "MLP, deep": lambda n: MLP(2, [3, 2, n], ["relu", "softplus"], "linear", rng=random.Random(0)),
    "Layer": lambda n: Layer(2, n, "linear", rng=random.Random(0)),
    "Neuron": lambda n: Neuron(2, "linear", rng=random.Random(0)),
}
OPTIMIZERS: dict[str, Any] = {
    "SGD": lambda ps: SGD(ps, lr=0.01),
    "momentum": lambda ps: SGD(ps, lr=0.01, momentum=0.9, dampening=0.1, weight_decay=0.01),
    "nesterov": lambda ps: SGD(ps, lr=0.01, momentum=0.9, nesterov=True),
    "Adam": lambda ps: Adam(ps, lr=0.01, weight_decay=0.1),
    "AdamW": lambda ps: AdamW(ps, lr=0.01),
}
PENALTIES: dict[str, Any] = {
    "none": None,
    "l2": lambda m: l2_penalty(m.parameters(), 1e-4),
    "written out": lambda m: 1e-4 * sum(p * p for p in m.parameters()),
    "some": lambda m: 0.5 * l2_penalty([p for p in m.parameters() if p.label.startswith("w")], 1e-3),
}
SCHEDULES: dict[str, Any] = {
    "none": None,
    "step": step_lr(0.1, every=2),
    "exponential": exponential_lr(0.1, 0.9),
    "cosine": cosine_lr(0.1, epochs=4),
    "linear": linear_lr(0.1, epochs=4),
    "own": lambda epoch: 0.1 / (1 + epoch),
}


def training(
    model: str = "MLP", loss: Any = losses.mse, optimizer: str = "SGD", penalty: str = "none", schedule: str = "none",
    size: int | None = 2, **options: Any,
) -> Any:  # fmt: skip
    """The history of a short training on "auto" of nothing but nn's own."""
    rng = random.Random(1)
    xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(5)]
    y = [(1 if loss is losses.hinge else k % 2) if k % 2 else (-1 if loss is losses.hinge else 0) for k in range(5)]
    made = MODELS[model](2 if loss is losses.cross_entropy else 1)
    if loss is losses.bce:
        made = MLP(2, [2, 1], "tanh", "sigmoid", rng=rng) if model == "MLP" else Neuron(2, "sigmoid", rng=rng)
    return fit(
        made, xs, y, loss=loss, optimizer=OPTIMIZERS[optimizer](made.parameters()), epochs=3, batch_size=size,
        penalty=PENALTIES[penalty], schedule=SCHEDULES[schedule], progress=False, **options,
    )  # fmt: skip


@pytest.mark.parametrize("loss", compiled.MEANS)
@pytest.mark.parametrize("model", MODELS)
def test_models_and_losses_of_nn_are_compiled(model, loss):
    if loss is losses.cross_entropy and model == "Neuron":
        pytest.skip("a neuron has one output")
    for size in (1, 2, None):
        history = training(model, loss, size=size)
        assert history.backend == "python", history.why


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers_penalties_and_schedules_are_compiled(optimizer):
    for penalty in PENALTIES:
        for schedule in SCHEDULES if penalty in ("none", "l2") else ("none",):
            history = training(
                optimizer=optimizer, penalty=penalty, schedule=schedule, shuffle=schedule == "step", seed=1
            )
            assert history.backend == "python", (penalty, schedule, history.why)


def test_what_is_watched_between_epochs_is_compiled():
    lines: list[str] = []
    for options in (
        {"on_epoch": lambda epoch, history: lines.append(f"{epoch}: {history.losses[-1]:.3f}")},
        {"on_epoch": lambda epoch, history: print(end="")},
        {"validation": ([[0.5, 0.5]], [1.0]), "patience": 2},
        {"record_parameters": True, "restore_best": True, "size": None},
    ):
        history = training(**options)
        assert history.backend == "python", history.why
    assert len(lines) == 3
