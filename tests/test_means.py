"""Means taken wrongly: divided by N - 1, or held constant in a normalisation; each worked out with arrays."""

import random
from typing import Any

import numpy as np
import pytest

from autograd import Value, check_step, compare
from autograd.comparison.rows import Comparison
from nn import MLP, bce, mse


def causes(comparison: Comparison) -> list[str]:
    return [finding.cause for finding in comparison.findings]


# ---------------------------------------------------------------- N - 1


@pytest.mark.parametrize("loss", [bce, mse])
@pytest.mark.parametrize("count", [3, 4, 7, 10, 20])
def test_a_division_by_n_minus_one_is_one_finding(loss: Any, count: int) -> None:
    """With sums over the samples added up here, one sample at a time, and divided by N - 1."""
    rng = random.Random(count)
    model = MLP(2, [2, 1], "sigmoid", "sigmoid", rng=rng)
    xs, ys = [[rng.random(), rng.random()] for _ in range(count)], [i % 2 for i in range(count)]
    sums = dict.fromkeys(model.named_parameters(), 0.0)
    for x, y in zip(xs, ys, strict=True):
        for p in model.parameters():
            p.zero_grad()
        loss(model(x), y).backward()
        sums = {name: sums[name] + p.grad for name, p in model.named_parameters().items()}
    mean = loss([model(x) for x in xs], ys)
    assert compare(mean, {name: total / count for name, total in sums.items()}).ok
    for wrong in (
        {name: total / (count - 1) for name, total in sums.items()},
        {name: float(f"{total / (count - 1):.4g}") for name, total in sums.items()},
    ):
        comparison = compare(mean, wrong)
        assert causes(comparison) == ["divided-by-n-minus-one"], str(comparison)
        assert f"divided by N - 1 = {count - 1}, where the mean is over N = {count}" in str(comparison)


@pytest.mark.parametrize("written", ["sum over n", "1/n times sum"])
def test_a_variance_divided_by_n_minus_one(written: str) -> None:
    numbers = np.array([0.3, -1.2, 0.8, 2.5, 0.1])
    xs = [Value(x, f"x{i}") for i, x in enumerate(numbers, 1)]
    mean = sum(xs[1:], xs[0]) / 5
    squares = [(x - mean) ** 2 for x in xs]
    total = sum(squares[1:], squares[0])
    variance = total / 5 if written == "sum over n" else total * (1 / 5)
    right = 2 * (numbers - numbers.mean()) / 5
    assert compare(variance, {f"x{i}": g for i, g in enumerate(right, 1)}).ok
    comparison = compare(variance, {f"x{i}": g * 5 / 4 for i, g in enumerate(right, 1)})
    assert causes(comparison) == ["divided-by-n-minus-one"]


def test_other_factors_are_not_taken_for_it() -> None:
    x = [Value(0.5 * i, f"x{i}") for i in range(1, 5)]
    loss = sum((a * a for a in x[1:]), x[0] * x[0]) / 4
    for factor in (4 / 5, 1.3, 1.25, 5 / 3, 2.0):
        comparison = compare(loss, {f"x{i}": 0.25 * i * factor for i in range(1, 5)})
        assert "divided-by-n-minus-one" not in causes(comparison), factor


# ---------------------------------------------------------------- statistics held constant


class Normalised:
    """γ·(z - μ)/√(σ² + ε) + β of z = a·x + b·x², half squared errors; γ, β, a, b and all z are asked for."""

    def __init__(self, count: int, seed: int, labels: bool) -> None:
        rng = np.random.default_rng(seed)
        self.x, self.t = rng.normal(size=count), rng.normal(size=count)
        self.a, self.b, self.gamma, self.beta, self.eps = 0.7, -0.4, 1.3, 0.2, 1e-5
        a, b, gamma, beta = (Value(getattr(self, n), n) for n in ("a", "b", "gamma", "beta"))
        zs = [a * x + b * (x * x) for x in self.x.tolist()]
        for i, z in enumerate(zs, 1):
            z.label = f"z{i}"
        mean = sum(zs[1:], zs[0]) / count
        squares = [(z - mean) ** 2 for z in zs]
        variance = sum(squares[1:], squares[0]) * (1 / count)
        if labels:
            mean.label, variance.label = "mu", "var"
        root = (variance + self.eps) ** 0.5
        errors = [(gamma * ((z - mean) / root) + beta - t) ** 2 for z, t in zip(zs, self.t.tolist(), strict=True)]
        self.loss = sum(errors[1:], errors[0]) / (2 * count)

    def by_hand(self, constant: str) -> dict[str, float]:
        """The gradients with arrays; `constant` says whether μ, σ² or both are differentiated as if they were fixed."""
        n = len(self.x)
        z = self.a * self.x + self.b * self.x**2
        centred, root = z - z.mean(), np.sqrt(z.var() + self.eps)
        hat = centred / root
        dy = (self.gamma * hat + self.beta - self.t) / n
        dhat = dy * self.gamma
        dvar = 0.0 if "var" in constant else -0.5 * np.sum(dhat * centred) / root**3
        dz = dhat / root + dvar * 2 * centred / n
        if "mu" not in constant:
            dz = dz - np.sum(dhat) / root / n
        found = {"gamma": np.sum(dy * hat), "beta": np.sum(dy), "a": np.sum(dz * self.x), "b": np.sum(dz * self.x**2)}
        return {name: float(g) for name, g in (found | {f"grad_z{i}": g for i, g in enumerate(dz, 1)}).items()}


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("count", [3, 4, 8])
@pytest.mark.parametrize("constant", ["mu", "var", "mu, var"])
def test_statistics_held_constant_are_called_so(constant: str, count: int, labels: bool) -> None:
    for seed in range(3):
        case = Normalised(count, seed, labels)
        assert compare(case.loss, case.by_hand("")).ok
        wrong = case.by_hand(constant)
        for asked in (wrong, {name: wrong[name] for name in ("gamma", "beta", "a", "b")}):
            comparison = compare(case.loss, asked)
            assert causes(comparison) == ["held-constant"], str(comparison)
            assert comparison.findings[0].place == constant or not labels
            assert "gamma" not in comparison.findings[0].names


def test_a_step_with_constant_statistics_is_called_so() -> None:
    case = Normalised(4, 1, True)
    wrong = case.by_hand("mu, var")
    before = {name: getattr(case, name) for name in ("a", "b", "gamma", "beta")}
    after = {name: x - 0.1 * wrong[name] for name, x in before.items()}
    assert "held-constant" in [f.cause for f in check_step(case.loss, before, after, 0.1).findings]
