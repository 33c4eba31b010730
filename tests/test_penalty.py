"""Mistakes beside a penalty that is added to the loss, and in it."""

import random
from collections.abc import Callable

import pytest

from autograd import Value, check_step, compare, to_manual
from nn import MLP, bce, l2_penalty, mse
from tests.helpers import with_room

X, Y = [[0.3, 0.8], [-0.5, 1.2], [1.0, -0.4]], [1, 0, 1]


def build(kind: str) -> tuple[Value, MLP, dict[str, float], dict[str, float]]:
    """A loss with a penalty, its model, the gradients, and the share that the penalty has in them."""
    rng = random.Random(4)
    model = MLP(2, [3, 1], kind, output="sigmoid" if kind == "sigmoid" else "linear", rng=rng)
    for p in model.parameters():
        p.data += 0.1
    data = mse(model(X[0]), 1) if kind == "tanh" else (bce if kind == "sigmoid" else mse)([model(x) for x in X], Y)
    loss = data + l2_penalty(model.parameters(), 0.1)
    loss.backward()
    named = model.named_parameters()
    return loss, model, {k: p.grad for k, p in named.items()}, {k: 0.2 * p.data for k, p in named.items()}


def causes(kind: str, wrong: Callable[[str, float, float], float]) -> list[str]:
    loss, _, slopes, shares = build(kind)
    comparison = compare(loss, {name: wrong(name, g, shares[name]) for name, g in slopes.items()})
    return [finding.cause for finding in comparison.findings]


@pytest.mark.parametrize("kind", ["tanh", "sigmoid", "relu"])
def test_mistakes_in_the_penalty_are_named(kind: str) -> None:
    assert causes(kind, lambda name, g, share: g - share) == ["penalty-left-out"]
    assert causes(kind, lambda name, g, share: g - share * (name[0] == "b")) == ["penalty-left-out"]
    for factor in (0.5, 2.0, -1.0, 10.0):
        scaled = causes(kind, lambda name, g, share, factor=factor: g + (factor - 1) * share)  # type: ignore[misc]
        assert scaled == ["penalty-scaled"]
    assert causes(kind, lambda name, g, share: -g) == ["sign"]
    assert causes(kind, lambda name, g, share: 2 * share - g) == ["sign"]
    assert causes(kind, lambda name, g, share: 2 * g) == ["not-zeroed"]
    assert not causes(kind, lambda name, g, share: g + share * len(name) * (1 + ord(name[-1]) % 7))


@pytest.mark.parametrize("kind", ["tanh", "sigmoid", "relu"])
def test_mistakes_beside_a_penalty_are_named(kind: str) -> None:
    loss, model, _, _ = build(kind)
    named = tried = 0
    for code in with_room(loss):
        manual = to_manual(loss, mistake=code)
        comparison = compare(loss, manual.run(), model)
        tried += 1
        named += code in [finding.cause for finding in comparison.findings]
    assert tried > 15 and named >= tried - 1


def test_a_step_without_the_penalty() -> None:
    loss, model, slopes, shares = build("tanh")
    before = {name: p.data for name, p in model.named_parameters().items()}
    after = {name: w - 0.1 * (slopes[name] - shares[name]) for name, w in before.items()}
    assert [f.cause for f in check_step(loss, before, after, 0.1).findings] == ["penalty-left-out"]


def test_a_penalty_of_another_form() -> None:
    """Its share is taken off, whatever function of the parameters it is."""
    model = MLP(2, [2, 1], "tanh", rng=random.Random(5))
    loss = mse(model(X[0]), 1) + 0.3 * sum((abs(p + 0.5) for p in model.parameters()), Value(0.0))
    loss.backward()
    named = model.named_parameters()
    share = {name: 0.3 if p.data > -0.5 else -0.3 for name, p in named.items()}
    wrong = {name: 2 * share[name] - p.grad for name, p in named.items()}
    assert [f.cause for f in compare(loss, wrong).findings] == ["sign"]
    assert "all without the penalty's share" in str(compare(loss, wrong))
