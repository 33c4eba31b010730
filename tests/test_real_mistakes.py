"""Mistakes found in programs people have written: their numbers, and one name for another in any line."""

import json
import math
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, compare
from autograd.textbook.mistakes import MISTAKES
from nn import MLP, bce, half_squared_error, mse
from tests.diagnosis import Case, diagnose_loops

CASES = json.loads((Path(__file__).parent / "data" / "real_mistakes.json").read_text(encoding="utf-8"))


def tied(comparison: Any) -> list[str]:
    """The causes that come first."""
    first = comparison.findings[0].rank if comparison.findings else 0
    return [finding.cause for finding in comparison.findings if finding.rank == first]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["code"])
def test_the_numbers_of_real_mistakes_are_named(case: dict[str, Any]) -> None:
    model = MLP(2, [2, 1], "sigmoid", "sigmoid")
    for layer, w, b in zip(model.layers, (case["W1"], case["W2"]), (case["b1"], case["b2"]), strict=True):
        for neuron, weights, bias in zip(layer.neurons, w, b, strict=True):
            neuron.b.data = bias
            for parameter, number in zip(neuron.w, weights, strict=True):
                parameter.data = number
    loss = (bce if "cross-entropy" in case["loss"] else half_squared_error)([model(x) for x in case["X"]], case["y"])
    for lr in (None, case["lr"]):
        assert case["code"] in tied(compare(loss, case["by_hand"], lr=lr))


SHAPES = [
    Case((2, 2, 1), "sigmoid", "half", 4, 0),
    Case((2, 3, 1), "tanh", "bce", 2, 1),
    Case((3, 4, 2), "relu", "cross-entropy", 4, 2),
    Case((2, 3, 2, 1), "sigmoid", "mse", 7, 3),
    Case((3, 3, 3, 2), "tanh", "mse", 1, 4),
    Case((4, 8, 3), "sigmoid", "cross-entropy", 3, 5),
]
FOUND = [
    *dict.fromkeys(case["code"] for case in CASES),
    *("hard-prediction", "softmax-diagonal", "constant-factor", "share-left-out", "wrong-operand"),
]


@pytest.mark.parametrize("code", FOUND)
def test_they_are_named_in_networks_of_six_shapes(code: str) -> None:
    cases = [case._replace(seed=case.seed + 10 * turn) for case in SHAPES for turn in range(3)]
    outcomes = [o for case in cases if (o := diagnose_loops(code, case)) is not None and o.changed]
    assert outcomes
    assert sum(outcome.first for outcome in outcomes) >= 0.95 * len(outcomes), outcomes


# ---------------------------------------------------------------- one name for another

LINES = """
delta3 = y_hat - y
grad_w5 = delta3 * h1
grad_w6 = delta3 * h2
grad_b3 = delta3
delta1 = delta3 * w5 * h1 * (1 - h1)
delta2 = delta3 * w6 * h2 * (1 - h2)
grad_w1 = delta1 * x1
grad_w2 = delta1 * x2
grad_w3 = delta2 * x1
grad_w4 = delta2 * x2
grad_b1 = delta1
grad_b2 = delta2
""".strip().splitlines()
KINDS = [["w5", "w6"], ["x1", "x2"], ["h1", "h2", "y_hat"], ["delta1", "delta2", "delta3"]]


def network(seed: int) -> tuple[Value, dict[str, float]]:
    """A 2-2-1 network at mild weights, and its numbers by name."""
    rng = random.Random(seed)
    model = MLP(2, [2, 1], "sigmoid", "sigmoid")
    numbers = {name: round(rng.uniform(0.2, 0.9) * rng.choice((-1, 1)), 2) for name in model.named_parameters()}
    model.load_named(numbers)
    x1, x2 = round(rng.uniform(0.2, 1), 2), round(-rng.uniform(1.1, 2), 2)
    loss = bce(model([x1, x2]), 1)
    named = {name.replace("ŷ", "y_hat"): node.data for name, node in loss.named().items()}
    return loss, named | {"x1": x1, "x2": x2, "y": 1}


def slips(numbers: dict[str, float]) -> Iterator[tuple[str, str, dict[str, float]]]:
    """(what stands there, what belongs there, all gradients) for every exchange that changes one."""
    right = derived(LINES, numbers)
    for place, line in enumerate(LINES):
        for match in re.finditer(r"\w+", line.partition("=")[2]):
            start = line.index("=") + 1
            for other in next((kind for kind in KINDS if match[0] in kind), []):
                wrong = line[: start + match.start()] + other + line[start + match.end() :]
                try:
                    found = derived([*LINES[:place], wrong, *LINES[place + 1 :]], numbers)
                except NameError:
                    continue  # a δ that is not there yet
                if other != match[0] and found != right:
                    yield other, match[0], found


def derived(lines: list[str], numbers: dict[str, float]) -> dict[str, float]:
    space = dict(numbers)
    exec("\n".join(lines), {}, space)
    return {name: x for name, x in space.items() if name.startswith("grad_")}


def spelt(name: str) -> str:
    return name.replace("delta", "δ").replace("y_hat", "ŷ")


@pytest.mark.parametrize("seed", range(4))
def test_one_name_for_another_is_found_in_every_line(seed: int) -> None:
    loss, numbers = network(seed)
    named = count = 0
    for stands, belongs, by_hand in slips(numbers):
        count += 1
        comparison = compare(loss, by_hand)
        causes = tied(comparison)
        assert causes and causes[0] == "wrong-operand", (stands, belongs, str(comparison))
        named += f"{spelt(stands)} in the place of {spelt(belongs)} in " in comparison.findings[0].evidence
    assert count == 33
    assert named >= 0.9 * count


# ---------------------------------------------------------------- constants, samples, places


@pytest.mark.parametrize("factor", [2.0, 0.5, 3.0, 0.1])
@pytest.mark.parametrize("name", ["w1", "w5", "b2", "b3"])
def test_a_constant_in_one_gradient_is_named(factor: float, name: str) -> None:
    loss, numbers = network(7)
    right = derived(LINES, numbers)
    comparison = compare(loss, {**right, f"grad_{name}": factor * right[f"grad_{name}"]})
    assert tied(comparison)[0] == "constant-factor"
    assert f"c = {factor:g}" in comparison.findings[0].evidence


def test_a_constant_in_one_matrix_is_named() -> None:
    rng = random.Random(3)
    model = MLP(2, [3, 2], "tanh", rng=rng)
    loss = mse([model([rng.gauss(0, 1), rng.gauss(0, 1)]) for _ in range(3)], [[0, 1], [1, 0], [0.5, 0.25]])
    loss.backward()
    slopes = {name: p.grad for name, p in model.named_parameters().items()}
    twice = {name: g * (2.0 if name in ("w7", "w8", "w9", "w10", "w11", "w12") else 1.0) for name, g in slopes.items()}
    third = {name: g * (4 / 3 if name in ("b1", "b2", "b3") else 1.0) for name, g in slopes.items()}
    for by_hand, where in ((twice, "the weights of layer 2"), (third, "the biases of layer 1")):
        found = compare(loss, by_hand).findings[0]
        assert (found.cause, found.place) == ("constant-factor", where)


def batch(n: int) -> tuple[MLP, list[list[float]], list[int]]:
    rng = random.Random(n)
    xs = [[round(rng.gauss(0, 1), 2) for _ in range(2)] for _ in range(n)]
    return MLP(2, [2, 1], "tanh", "sigmoid", rng=rng), xs, [rng.randrange(2) for _ in range(n)]


LEFT = {(0,): "only the first", (0, 1, 2): "all but the last", (0, 1, 3): "all but number 3", (3,): "only the last"}


@pytest.mark.parametrize(("kept", "told"), LEFT.items())
def test_samples_that_are_left_out(kept: tuple[int, ...], told: str) -> None:
    model, xs, ys = batch(4)
    part = bce([model(xs[s]) for s in kept], [ys[s] for s in kept], reduction="sum")
    part.backward()
    sums = {name: p.grad / 4 for name, p in model.named_parameters().items()}
    finding = compare(bce([model(x) for x in xs], ys), sums).findings[0]
    assert finding.cause == ("last-sample-only" if kept == (3,) else "share-left-out")
    assert told in finding.evidence
    assert kept != (0,) or "the last" not in finding.evidence


def test_a_loss_without_a_square_has_no_two_to_lose() -> None:
    model, xs, ys = batch(1)
    for loss, named in ((bce(model(xs[0]), ys[0]), False), (mse(model(xs[0]), ys[0]), True)):
        for p in model.parameters():
            p.grad = 0.0
        loss.backward()
        for factor in (2.0, 0.5):
            causes = tied(compare(loss, {n: factor * p.grad for n, p in model.named_parameters().items()}))
            assert ("factor-two" in causes) == named
            assert causes


def test_the_remedy_fits_the_place_of_a_sign() -> None:
    loss, numbers = network(5)
    right = derived(LINES, numbers)
    everywhere = compare(loss, {name: -g for name, g in right.items()}).findings[0]
    assert "take ŷ - y, not y - ŷ" in everywhere.remedy
    one_unit = {**right, **{name: -right[name] for name in ("grad_w1", "grad_w2", "grad_b1")}}
    for by_hand in (one_unit, {**right, "grad_w5": -right["grad_w5"]}):
        finding = compare(loss, by_hand).findings[0]
        assert finding.cause == "sign"
        assert "ŷ - y" not in finding.remedy


def test_a_step_that_is_lost_in_a_recurrent_net_has_a_name() -> None:
    wx, wh, b, v = (Value(x, name) for x, name in ((0.4, "wx"), (-0.7, "wh"), (0.1, "b"), (1.3, "v")))
    xs, states = [0.5, -1.0, 0.8], [0.25]
    h: Any = Value(0.25, "h0")
    for x in xs:
        h = (wh * h + wx * x + b).tanh()
        states.append(h.data)
    loss = (v * h - 0.5) ** 2
    delta = 2 * (v.data * states[-1] - 0.5) * v.data
    shares = []
    for t in (3, 2, 1):
        delta *= 1 - states[t] ** 2
        shares.append((delta * states[t - 1], delta * xs[t - 1], delta))
        delta *= wh.data
    by_hand = {name: math.fsum(share[i] for share in shares) for i, name in enumerate(("wh", "wx", "b"))}
    assert compare(loss, by_hand).ok
    for lost in range(3):
        wrong = {**by_hand, "wh": math.fsum(share[0] for t, share in enumerate(shares) if t != lost)}
        assert tied(compare(loss, wrong)) == ["share-left-out"]


def test_every_row_says_what_it_is() -> None:
    for code, row in MISTAKES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert row.says and row.remedy and not row.remedy.endswith(".")
