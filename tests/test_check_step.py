"""`check_step`: the update itself, from the numbers before and after it."""

import copy

import numpy as np
import pytest

from autograd import Value, check_step
from nn import SGD, Adam, bce
from nn.optim import Optimizer
from tests.test_comparison import GOLDEN, document_000, document_001, document_002, network

BEFORE, SLOPES = GOLDEN["000"]["parameters"], GOLDEN["000"]["gradients"]


def stepped(rate: dict[str, float] | float) -> dict[str, float]:
    """Document 000's parameters after a step, by rates of all or of each."""
    return {name: w - (rate if isinstance(rate, float) else rate[name]) * SLOPES[name] for name, w in BEFORE.items()}


def test_the_update_of_document_000_is_right_and_tells_its_learning_rate() -> None:
    comparison = check_step(document_000(), BEFORE, GOLDEN["000"]["updated"], 0.01)
    comparison.assert_ok()
    assert len(comparison.rows) == 9
    comparison = check_step(document_000(), BEFORE, GOLDEN["000"]["updated"])
    comparison.assert_ok()
    assert comparison.notes == ["the learning rate of the step is 0.01"]


def test_document_001_updated_too_early() -> None:
    loss, model = document_001()
    g = GOLDEN["001"]
    before = {name: np.array(g[name], dtype=float) for name in ("W1", "b1", "W2", "b2")}
    after = {name: w - 0.1 * np.array(g["first_epoch_by_hand"][f"d{name}"]) for name, w in before.items()}
    comparison = check_step(loss, before, after, 0.1, model)
    assert comparison.findings[0].cause == "updated-weight"
    assert {row.name[:2] for row in comparison.rows if not row.ok} == {"W1", "b1"}


def test_document_002_took_sums() -> None:
    loss, model = document_002()
    g = GOLDEN["002"]
    comparison = check_step(loss, g["parameters"], g["updated"], g["lr"], model)
    assert comparison.findings[0].cause == "summed-not-averaged"
    assert "learning-rate" in [finding.cause for finding in comparison.findings]


def test_mistakes_of_the_update() -> None:
    def causes(after: dict[str, float]) -> list[str]:
        return [finding.cause for finding in check_step(document_000(), BEFORE, after, 0.01).findings]

    assert causes(stepped(-0.01)) == ["sign"]
    assert causes({**stepped(0.01), "b3": BEFORE["b3"]}) == ["not-updated"]
    assert causes(stepped({name: 0.03 if name[0] == "w" else 0.01 for name in BEFORE})) == ["learning-rate-varies"]
    assert "learning-rate" in causes(stepped(0.037))
    assert not causes(stepped({name: 0.01 * (2 + place) for place, name in enumerate(BEFORE)}))


def test_a_parameter_that_never_moved_is_told_so() -> None:
    """Document 000's b1 = -9.78 has three digits, to which the right -9.7800000022 would round too."""
    for name in BEFORE:
        comparison = check_step(document_000(), BEFORE, {**stepped(0.01), name: BEFORE[name]}, 0.01)
        row = next(row for row in comparison.rows if row.name == name)
        assert not row.ok and "it never moved" in row.verdict
        assert [finding.cause for finding in comparison.findings] == ["not-updated"]
    comparison = check_step(document_000(), BEFORE, BEFORE, 0.01)
    assert not any(row.ok for row in comparison.rows)
    assert [finding.cause for finding in comparison.findings] == ["not-updated"]
    one = check_step(document_000(), {"w1": -7.16}, {"w1": -7.16}, 0.01)
    assert not one.ok and "it never moved" in str(one)


def test_a_step_too_small_for_the_digits_given_is_told_so() -> None:
    """Of document 000's step only b3's 0.00999 shows in four decimals."""
    comparison = check_step(document_000(), BEFORE, {name: round(w, 4) for name, w in stepped(0.01).items()}, 0.01)
    comparison.assert_ok()
    told = {row.name for row in comparison.rows if "the step is too small for the digits given" in row.verdict}
    assert told == set(BEFORE) - {"b3"}


@pytest.mark.parametrize("kind", [Adam, lambda p, lr: SGD(p, lr, momentum=0.9)])
def test_steps_of_optimisers(kind: type[Optimizer]) -> None:
    model = network()
    model.load_named(BEFORE)
    optimizer = kind(model.parameters(), 0.1)
    for turn in range(3):
        loss = bce(model([0.1, 0.7]), 1)
        optimizer.zero_grad()
        loss.backward()
        before, was = model.state_dict(), copy.deepcopy(optimizer)
        optimizer.step()
        after = model.state_dict()
        model.load_named(before)
        check_step(loss, before, after, optimizer=was).assert_ok()
        assert check_step(loss, before, after, 0.1).ok is (turn == 0 and kind is not Adam)
        wrong = {name: 2 * after[name] - w for name, w in before.items()}
        assert check_step(loss, before, wrong, optimizer=was).findings[0].cause == "learning-rate"
        model.load_named(after)


def test_errors_say_what_to_do() -> None:
    with pytest.raises(ValueError, match="differ in w9; expected"):
        check_step(Value(1.0, "w9") * Value(2.0, "w1"), {"w1": 2.0}, {"w1": 2.0, "w9": 1.0}, 0.1)
    with pytest.raises(ValueError, match=r"w1 is -7.0 before the step, but the loss was evaluated at -7.16"):
        check_step(document_000(), {"w1": -7.0}, {"w1": -7.1}, 0.1)
    with pytest.raises(ValueError, match="lr: expected a finite number above 0"):
        check_step(document_000(), BEFORE, BEFORE, 0.0)
    with pytest.raises(ValueError, match="no parameter has moved"):
        check_step(document_000(), BEFORE, BEFORE)
    with pytest.raises(ValueError, match="h1 is computed"):
        check_step(document_000(), {"h1": 1.0}, {"h1": 1.0}, 0.1)
    with pytest.raises(TypeError, match="expected the loss as a Value"):
        check_step(1.0, {}, {}, 0.1)  # type: ignore[arg-type]
