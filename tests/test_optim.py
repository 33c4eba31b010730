"""Optimisers, schedules and clipping: step for step what PyTorch's recorded in tests/data/optimizers.json."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import nn
from autograd import Symbol, Value
from nn import MLP, SGD, Adagrad, Adam, AdamW, RMSprop, clip_gradient_values, clip_gradients, mse
from nn.optim import Optimizer

RECORDED = json.loads((Path(__file__).parent / "data" / "optimizers.json").read_text(encoding="utf-8"))
CLOSE = 1e-12


def title(entry: dict[str, Any]) -> str:
    results = ("losses", "parameters", "norms", "rates", "torch", "as")
    return "-".join(str(part) for name, part in entry.items() if name not in results)


def close(mine: Sequence[float], theirs: Sequence[float]) -> bool:
    return all(abs(a - b) <= CLOSE * abs(b) for a, b in zip(mine, theirs, strict=True))


def flat(matrices: dict[str, Any]) -> list[float]:
    rows = [row if isinstance(row, list) else [row] for matrix in matrices.values() for row in matrix]
    return [p.data if isinstance(p, Value) else p for row in rows for p in row]


def with_gradients(*gradients: float) -> list[Value]:
    parameters = [Value(1.0, f"w{place}") for place in range(1, len(gradients) + 1)]
    for p, gradient in zip(parameters, gradients, strict=True):
        p.grad = gradient
    return parameters


# ---------------------------------------------------------------- PyTorch's numbers


@pytest.mark.parametrize("run", RECORDED["runs"], ids=title)
def test_hundred_steps_are_those_of_pytorch(run: dict[str, Any]) -> None:
    model = MLP(2, [3, 1], "tanh")
    model.load_named(RECORDED["start"])
    optimizer = getattr(nn, run["optimizer"])(model.parameters(), **{"lr": 1e-3, **run["settings"]})
    losses, norms = [], []
    for step in range(1, 101):
        if step == 50 and "lr_from_step_50" in run:
            optimizer.lr = run["lr_from_step_50"]
        optimizer.zero_grad()
        loss = mse([model(x) for x in RECORDED["x"]], RECORDED["y"])
        loss.backward()
        losses.append(loss.data)
        if "without" in run and step % run["without"] == 0:
            model.layers[0].zero_grad()
        if "clip_norm" in run:
            norms.append(clip_gradients(model.parameters(), run["clip_norm"]))
        if "clip_value" in run:
            clip_gradient_values(model.parameters(), run["clip_value"])
        optimizer.step()
        if str(step) in run["parameters"]:
            assert close(flat(model.matrices()), flat(run["parameters"][str(step)])), f"after step {step}"
    assert close(losses, run["losses"])
    assert close(norms, run.get("norms", []))


def test_the_recorded_runs_differ_from_one_another() -> None:
    assert len({run["losses"][-1] for run in RECORDED["runs"]}) == len(RECORDED["runs"])
    clipped = [norm for run in RECORDED["runs"] for norm in run.get("norms", []) if norm > run["clip_norm"]]
    assert clipped
    assert len(clipped) < 100


@pytest.mark.parametrize("entry", RECORDED["schedules"], ids=title)
def test_schedules_are_those_of_pytorch(entry: dict[str, Any]) -> None:
    schedule = getattr(nn, entry["schedule"])(0.1, **entry["settings"])
    rates = [schedule(epoch) for epoch in range(len(entry["rates"]))]
    assert all(type(rate) is float for rate in rates)
    assert rates == pytest.approx(entry["rates"], rel=CLOSE, abs=1e-16)  # 0 at the end of a wave is not to the last bit


def test_adamw_has_a_weight_decay_unless_told() -> None:
    assert (SGD([Value(1.0)], 0.1).weight_decay, Adam([Value(1.0)]).weight_decay) == (0.0, 0.0)
    assert AdamW([Value(1.0)]).weight_decay == 1e-2
    assert (Adam([Value(1.0)]).lr, Adam([Value(1.0)]).betas, Adam([Value(1.0)]).eps) == (1e-3, (0.9, 0.999), 1e-8)


# ---------------------------------------------------------------- steps


def test_plain_steps_are_the_hand_written_ones_to_the_last_bit() -> None:
    lr, w, g = 0.01, -7.16, 2.2194908702009636e-07
    by_hand = w
    parameter = Value(w)
    optimizer = SGD([parameter], lr)
    for _ in range(1000):
        parameter.grad = g
        optimizer.step()
        by_hand -= lr * g
        g = g * -1.01 + 1e-9
    assert parameter.data == by_hand


MAKERS: list[Callable[[list[Value]], Optimizer]] = [
    lambda ps: SGD(ps, 0.1),
    lambda ps: SGD(ps, 0.1, momentum=0.9),
    lambda ps: SGD(ps, 0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    lambda ps: Adam(ps, 0.1, weight_decay=0.1),
    lambda ps: AdamW(ps, 0.1),
    lambda ps: RMSprop(ps, 0.01, momentum=0.5, centered=True),
    lambda ps: Adagrad(ps, 0.1, lr_decay=0.1),
]


@pytest.mark.parametrize("make", MAKERS)
def test_a_parameter_without_a_gradient_stays(make: Callable[[list[Value]], Optimizer]) -> None:
    moved, still = Value(2.0), Value(3.0)
    optimizer = make([moved, still])
    for _ in range(3):
        optimizer.zero_grad()
        (moved * moved).backward()
        optimizer.step()
    assert still.data == 3.0
    assert moved.data < 2.0


@pytest.mark.parametrize("make", MAKERS)
def test_a_rate_of_zero_moves_nothing(make: Callable[[list[Value]], Optimizer]) -> None:
    (parameter,) = with_gradients(5.0)
    optimizer = make([parameter])
    optimizer.lr = 0
    optimizer.step()
    assert parameter.data == 1.0
    assert type(optimizer.lr) is float


@pytest.mark.parametrize("make", MAKERS)
def test_an_update_is_a_formula_too(make: Callable[[list[Value]], Optimizer]) -> None:
    """Of symbols it gives expressions, and at the numbers of a step these are the step."""
    from autograd.symbol import evaluate

    (parameter,) = with_gradients(0.7)
    optimizer = make([parameter])
    optimizer.step()
    memory = optimizer._memories[0]
    parameter.grad = -0.3
    p, g, t = Symbol("p"), Symbol("g"), Symbol("t")
    kept = tuple(Symbol(f"m{place}") for place in range(len(memory)))
    at = {p: parameter.data, g: -0.3, t: 2.0, **dict(zip(kept, memory, strict=True))}
    after, kept_after = optimizer.update(p, g, kept, t)
    optimizer.step()
    assert evaluate(after, at) == pytest.approx(parameter.data, rel=1e-15)
    assert [evaluate(m, at) for m in kept_after] == pytest.approx(optimizer._memories[0], rel=1e-15)


def test_the_rate_can_be_set_between_steps() -> None:
    (parameter,) = with_gradients(1.0)
    optimizer = SGD([parameter], 0.5)
    optimizer.step()
    optimizer.lr = 0.25
    optimizer.step()
    assert parameter.data == 0.25


def test_adams_first_step_is_the_rate_whatever_the_gradient() -> None:
    for gradient in (1e-3, 1.0, 1e150):
        (parameter,) = with_gradients(gradient)
        Adam([parameter], lr=0.5).step()
        assert parameter.data == pytest.approx(0.5, rel=2e-5)


def test_gradients_are_forgotten() -> None:
    (parameter,) = with_gradients(1.0)
    Adam([parameter]).zero_grad()
    assert not parameter.has_grad


# ---------------------------------------------------------------- state


@pytest.mark.parametrize("make", MAKERS)
def test_an_optimizer_goes_on_from_its_state(make: Callable[[list[Value]], Optimizer]) -> None:
    def run(parameter: Value, optimizer: Optimizer, steps: range) -> None:
        for step in steps:
            optimizer.zero_grad()
            parameter.grad = math.cos(step)
            optimizer.step()

    one, other = Value(1.0), Value(1.0)
    whole, first = make([one]), make([other])
    whole.lr = first.lr = 0.037
    run(one, whole, range(7))
    run(other, first, range(3))
    second = make([other])
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert second.state_dict() == first.state_dict()
    run(other, second, range(3, 7))
    assert other.data == one.data


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (SGD([Value(1.0)], 0.1).state_dict(), "expected the state of Adam of 2 parameters, got SGD"),
        (Adam([Value(1.0)]).state_dict(), "got that of 1"),
        ({}, "got something else"),
        (Adam([Value(1.0), Value(2.0)]).state_dict() | {"settings": {"lr": 0.1}}, "got settings lr"),
    ],
)
def test_the_state_of_another_optimizer_is_refused(state: dict[str, Any], text: str) -> None:
    optimizer = Adam([Value(1.0), Value(2.0)])
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=text):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict() == before


# ---------------------------------------------------------------- loops with something left out


@pytest.mark.parametrize("make", MAKERS)
def test_steps_without_a_gradient_are_told_once(make: Callable[[list[Value]], Optimizer]) -> None:
    parameter = Value(1.0)
    optimizer = make([parameter])
    with pytest.warns(UserWarning, match=r"no parameter has a gradient.*call loss\.backward\(\)") as caught:
        for _ in range(3):
            optimizer.step()
    assert [each.filename for each in caught] == [__file__]
    assert parameter.data == 1.0


@pytest.mark.parametrize("make", MAKERS)
def test_gradients_that_pile_up_are_told_once(make: Callable[[list[Value]], Optimizer]) -> None:
    parameter = Value(1.0)
    optimizer = make([parameter])
    (parameter * parameter).backward()
    optimizer.step()
    with pytest.warns(UserWarning, match=r"has added to the gradients of the step before.*zero_grad") as caught:
        for _ in range(3):
            (parameter * parameter).backward()
            optimizer.step()
    assert len(caught) == 1
    assert caught[0].filename == __file__


@pytest.mark.parametrize("zero", ["optimizer", "model", "value", "number", "none"])
def test_gradients_that_are_forgotten_in_any_way_are_not_told(zero: str) -> None:
    model = MLP(1, [1])
    optimizer = SGD(model.parameters(), 0.1)
    for _ in range(4):
        if zero == "optimizer":
            optimizer.zero_grad()
        elif zero == "model":
            model.zero_grad()
        for p in model.parameters() if zero in ("value", "number", "none") else ():
            if zero == "value":
                p.zero_grad()
            else:
                p.grad = 0.0 if zero == "number" else None  # type: ignore[assignment]
        for _ in range(2):  # two batches to a step are added up on purpose
            mse(model([2.0]), 1.0).backward()
        optimizer.step()


def test_a_gradient_that_a_step_was_made_with_is_the_number_it_was() -> None:
    (parameter,) = with_gradients(0.3)
    SGD([parameter], 0.1).step()
    assert (parameter.grad, repr(parameter.grad), parameter.grad * 2, parameter.has_grad) == (0.3, "0.3", 0.6, True)


# ---------------------------------------------------------------- what is refused

W = Value(1.0, "w")
NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: SGD([W], -0.1), ValueError, "lr: expected a finite number from 0 on, got -0.1"),
        (lambda: SGD([W], NAN), ValueError, "lr"),
        (lambda: SGD([W], INF), ValueError, "lr"),
        (lambda: SGD([W], "0.1"), TypeError, "lr: expected a real number"),  # type: ignore[arg-type]
        (lambda: SGD([W], Value(0.1)), TypeError, r"lr: .*got Value"),  # type: ignore[arg-type]
        (lambda: SGD([W], 0.1, momentum=-0.9), ValueError, "momentum: expected a number from 0 on and below 1"),
        (lambda: SGD([W], 0.1, momentum=9), ValueError, "momentum"),
        (lambda: SGD([W], 0.1, 0.9, dampening=2), ValueError, "dampening"),
        (lambda: SGD([W], 0.1, weight_decay=-1), ValueError, "weight_decay"),
        (lambda: SGD([W], 0.1, nesterov=True), ValueError, "nesterov: expected a momentum above 0"),
        (lambda: SGD([W], 0.1, 0.9, 0.1, nesterov=True), ValueError, "nesterov.*no dampening"),
        (lambda: SGD([], 0.1), ValueError, "at least one parameter"),
        (lambda: SGD([W, W], 0.1), ValueError, "each once, got 2 of which only 1 differ"),
        (lambda: SGD([W * 2], 0.1), ValueError, "only leaves"),
        (lambda: SGD([1.0], 0.1), TypeError, "expected a list of Values.*got float"),  # type: ignore[list-item]
        (lambda: SGD(MLP(2, [1]), 0.1), TypeError, r"model\.parameters\(\)"),  # type: ignore[arg-type]
        (lambda: SGD(MLP(2, [1]).named_parameters(), 0.1), TypeError, "got str: 'w1'"),  # type: ignore[arg-type]
        (lambda: Adam([W], -1), ValueError, "lr"),
        (lambda: Adam([W], betas=(1.0, 0.9)), ValueError, "betas: expected a number from 0 on and below 1, got 1.0"),
        (lambda: Adam([W], betas=(0.9, -0.1)), ValueError, "betas"),
        (lambda: Adam([W], betas=0.9), ValueError, "betas: expected a pair"),  # type: ignore[arg-type]
        (lambda: Adam([W], betas=(0.9,)), ValueError, "betas: expected a pair"),  # type: ignore[arg-type]
        (lambda: Adam([W], eps=0), ValueError, "eps: expected a finite number above 0"),
        (lambda: Adam([W], weight_decay=NAN), ValueError, "weight_decay"),
        (lambda: AdamW([W], weight_decay=-0.1), ValueError, "weight_decay"),
        (lambda: AdamW([]), ValueError, "at least one"),
        (lambda: nn.step_lr(0.1, every=0), ValueError, "every: expected a whole number of epochs from 1 on, got 0"),
        (lambda: nn.step_lr(0.1, every=2.5), ValueError, "every"),  # type: ignore[arg-type]
        (lambda: nn.step_lr(-0.1, every=2), ValueError, "lr"),
        (lambda: nn.exponential_lr(0.1, 0.0), ValueError, "factor: expected a finite number above 0"),
        (lambda: nn.cosine_lr(0.1, 0), ValueError, "epochs"),
        (lambda: nn.cosine_lr(0.1, 5, lowest=-1), ValueError, "lowest"),
        (lambda: nn.linear_lr(0.1, 5, start=-1), ValueError, "start"),
        (lambda: clip_gradients([W], -1), ValueError, "max_norm: expected a number from 0 on"),
        (lambda: clip_gradients([], 1), ValueError, "at least one"),
        (lambda: clip_gradient_values([W], NAN), ValueError, "limit"),
    ],
)
def test_what_makes_no_sense_is_refused(make: Callable[[], Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make()


def test_a_rate_that_is_refused_leaves_the_old_one() -> None:
    optimizer = Adam([W], 0.5)
    with pytest.raises(ValueError, match="lr"):
        optimizer.lr = -1
    assert optimizer.lr == 0.5


# ---------------------------------------------------------------- clipping


def test_clipping_leaves_what_is_small_enough() -> None:
    parameters = [*with_gradients(3.0, -4.0), Value(0.0)]
    assert clip_gradients(parameters, 5.1) == 5.0
    clip_gradient_values(parameters, 4.0)
    assert [p.grad for p in parameters] == [3.0, -4.0, 0.0]
    assert not parameters[2].has_grad


def test_a_gradient_that_was_not_computed_stays_so() -> None:
    parameters = [*with_gradients(3.0, -4.0), Value(0.0)]
    clip_gradients(parameters, 1.0)
    clip_gradient_values(parameters, 0.1)
    assert [p.grad for p in parameters] == [0.1, -0.1, 0.0]
    assert [p.has_grad for p in parameters] == [True, True, False]


def test_an_infinite_limit_measures_only() -> None:
    parameters = with_gradients(3.0, -4.0)
    assert clip_gradients(parameters, INF) == 5.0
    assert [p.grad for p in parameters] == [3.0, -4.0]


def test_clipping_to_zero() -> None:
    parameters = with_gradients(3.0, -4.0)
    clip_gradients(parameters, 0)
    assert [p.grad for p in parameters] == [0.0, 0.0]


def test_huge_gradients_are_clipped_without_overflow() -> None:
    parameters = with_gradients(3e200, -4e200)
    assert clip_gradients(parameters, 1.0) == pytest.approx(5e200)
    assert [p.grad for p in parameters] == pytest.approx([0.6, -0.8])


@pytest.mark.parametrize("gradient", [NAN, INF, -INF])
@pytest.mark.parametrize("clip", [clip_gradients, clip_gradient_values])
def test_a_gradient_that_is_no_number_is_not_hidden(clip: Callable[[list[Value], float], Any], gradient: float) -> None:
    parameters = with_gradients(100.0, gradient)
    with pytest.raises(ValueError, match=r"expected finite gradients.*w2"):
        clip(parameters, 1.0)
    assert parameters[0].grad == 100.0
