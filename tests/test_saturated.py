"""Where a sigmoid is certain, right or wrong: gradients to their last digits, and what `compare` says there."""

import copy
import math
import pickle
from typing import Any

import pytest

from autograd import Symbol, Value, binary_cross_entropy, compare, exp, log, log_sum_exp, sigmoid
from autograd.graph import as_evaluated, cotangents, tangents, topological_order
from autograd.symbol import evaluate
from nn import MLP, bce, cross_entropy
from tests.helpers import mp, ulps

FAR = [*range(-700, -36, 60), *(x / 4 for x in range(-146, 147)), 36.7]
CERTAIN = [*range(37, 700, 60), 40.0, 300.5]
"""Where σ(z) rounds to 1: with the label 1 the loss is 0, and has a slope."""


def sigma(z: Any) -> Any:
    return 1 / (1 + mp.exp(-mp.mpf(z)))


def off(found: float, exact: Any, scale: Any = None) -> float:
    """How many units in the last place of the exact number, or of a larger one, the two are apart."""
    return ulps(found, exact) if scale is None else float(abs(mp.mpf(found) - exact)) / math.ulp(float(scale))


# ---------------------------------------------------------------- the cross-entropy behind a sigmoid


@pytest.mark.parametrize("loss", [bce, binary_cross_entropy])
@pytest.mark.parametrize("label", [0.0, 0.3, 1.0])
def test_the_gradient_is_right_however_certain_the_sigmoid(loss: Any, label: float) -> None:
    for number in [*FAR, *(CERTAIN if label == 1.0 else [])]:
        z = Value(number, "z")
        p = sigmoid(z)
        loss(p, label).backward()
        # σ(z) - y, written so that it keeps its digits in 50 of them too
        exact = (1 - mp.mpf(label)) * sigma(number) - label * sigma(-number)
        soft = None if label in (0.0, 1.0) else label
        assert off(z.grad, exact, soft) <= 4, f"∂L/∂z at {number} is {z.grad}, not {exact}"
        slope = exact / (sigma(number) * sigma(-number))
        assert off(p.grad, slope, soft and max(abs(slope), 1)) <= 4, f"∂L/∂ŷ at {number} is {p.grad}, not {slope}"


@pytest.mark.parametrize("label", [0.0, 0.3, 1.0])
def test_its_second_and_third_derivatives_are_right(label: float) -> None:
    for number in FAR:
        if abs(number) > 300:
            continue
        z = Value(number)
        loss = binary_cross_entropy(sigmoid(z), label)
        first = cotangents(loss, [z])[z]
        second = cotangents(first, [z])[z]
        third = cotangents(second, [z])[z]
        s, q = sigma(number), sigma(-number)
        # Sums in which terms of the size of the slope cancel: it is the slope that has 16 digits.
        scale = max(abs((1 - mp.mpf(label)) * s - label * q), s * q)
        assert abs(second.data - s * q) <= 1e-14 * scale, number
        assert abs(third.data - s * q * (q - s)) <= 1e-13 * scale, number


def test_forward_mode_symbols_and_copies_agree_with_backward() -> None:
    for number in (-30.0, 0.5, 30.0, 36.0):
        z = Value(number)
        loss = binary_cross_entropy(sigmoid(z), 0.0)
        loss.backward()
        assert tangents(topological_order(loss), {z: 1.0}, point=as_evaluated)[loss] == z.grad
        assert cotangents(loss, point=as_evaluated)[z] == cotangents(loss)[z].data == z.grad
        for twin in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
            leaf = topological_order(twin)[0]
            leaf.zero_grad()
            twin.backward()
            assert leaf.grad == z.grad
        x = Symbol("x")
        formula = cotangents(binary_cross_entropy(sigmoid(x), 0.0))[x]
        assert evaluate(formula, {x: number}) == z.grad


def test_the_gradient_is_that_of_the_point_of_evaluation() -> None:
    z = Value(36.0)
    loss = binary_cross_entropy(sigmoid(z), 0.0)
    z.data = -1.0
    loss.backward()
    assert z.grad == pytest.approx(1.0, rel=1e-15)


def test_the_slope_by_the_label_is_minus_z() -> None:
    for number in (-36.0, -1.0, 30.0, 36.5):
        y = Value(0.25)
        binary_cross_entropy(sigmoid(Value(number)), y).backward()
        assert y.grad == -number


def test_the_prediction_stays_a_node_and_the_loss_that_of_paper() -> None:
    z = Value(30.0, "z")
    p = sigmoid(z)
    loss = bce(p, 0)
    assert loss.args == (p, 0.0)
    assert len(topological_order(loss)) == 3
    assert loss.data == -math.log(1.0 - p.data)
    assert loss.primals == (loss.data, p.data, 0.0)
    with pytest.raises(ValueError, match=r"binary_cross_entropy\(1.0, 0.0\).*bce_with_logits takes any z"):
        bce(sigmoid(Value(37.0)), 0)


def test_a_probability_of_its_own_has_the_slope_of_paper() -> None:
    for p, y in ((0.3, 1.0), (1.0 - 1e-13, 0.0), (0.25, 0.26)):
        x = Value(p)
        binary_cross_entropy(x, y).backward()
        assert x.grad == (p - y) / (p * (1.0 - p))


# ---------------------------------------------------------------- softmax of large logits


@pytest.mark.parametrize("at", [0.0, 700.0, 1000.0, -1000.0, 1e6, -1e6, 123456.78])
def test_softmax_and_its_slopes_of_large_logits(at: float) -> None:
    for apart in ([0.0, 1.0, -0.5], [2.0, 0.0, 3.5, -3.0], [0.0, 20.0, 5.0], [0.0] * 5):
        logits = [Value(at + d) for d in apart]
        exactly = [mp.exp(mp.mpf(x.data) - mp.mpf(logits[0].data)) for x in logits]
        softmax = [e / mp.fsum(exactly) for e in exactly]
        loss = log_sum_exp(*logits)
        loss.backward()
        slopes = cotangents(loss, logits)
        for i, x in enumerate(logits):
            assert ulps(x.grad, softmax[i]) <= 4, (at, apart)
            for j, second in enumerate(cotangents(slopes[x], logits)[other] for other in logits):
                exact = softmax[i] * ((i == j) - softmax[j])
                assert abs(second.data - exact) <= 1e-15 * softmax[i], (at, apart, i, j)


def test_cross_entropy_of_large_logits() -> None:
    logits = [Value(1e6), Value(1e6 + 2.0), Value(1e6 - 1.0)]
    loss = cross_entropy(logits, 1)
    loss.backward()
    exactly = [mp.exp(d) for d in (-2, 0, -3)]
    for i, x in enumerate(logits):
        rest = mp.fsum(exactly[:1] + exactly[2:])
        assert ulps(x.grad, (-rest if i == 1 else exactly[i]) / mp.fsum(exactly)) <= 8


# ---------------------------------------------------------------- compare


def certain(z: float, y: float) -> Value:
    """The loss of a 2-2-1 network whose output is certain; δ₃ is 1 to rounding where y is 0."""
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    hidden = {"w1": 1.0, "w2": 1.0, "b1": 0.0, "w3": 1.0, "w4": 1.0, "b2": 0.0}
    model.load_named(hidden | {"w5": 0.1, "w6": 0.1, "b3": z})
    return bce(model([3.0, 3.0]), y)  # type: ignore[no-any-return]


@pytest.mark.parametrize("z", [20.0, 25.0, 30.0, 33.0, 35.0, 36.0, 36.3])
def test_a_wrong_delta_is_wrong_however_certain_the_output(z: float) -> None:
    loss = certain(z, 0.0)
    for wrong in (-1.0, 0.0, 0.5, 2.0, -0.5, 4.0):
        assert not compare(loss, {"delta3": wrong}).ok, wrong
        assert not compare(loss, {"dw5": wrong}).ok, wrong
    named = loss.named()
    loss.backward()
    for name, factors in {"ŷ": (-1.0, 0.0), "w1": (-1.0, 0.0, 0.5, 2.0), "z1": (-1.0, 0.5, 2.0)}.items():
        for factor in factors:
            assert not compare(loss, {f"grad_{name}": named[name].grad * factor}).ok, (name, factor)


@pytest.mark.parametrize("z", [1.0, 10.0, 20.0, 25.0, 30.0, 33.0, 35.0, 36.0, 36.3])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_a_right_delta_step_by_step_is_right(z: float, y: float) -> None:
    loss = certain(z, y)
    n = {name: node.data for name, node in loss.named().items()}
    p = n["ŷ"]
    by_output = (p - y) / (p * (1 - p))
    slopes = [p * (1 - p), math.exp(-n["z3"]) / (1 + math.exp(-n["z3"])) ** 2]
    for delta in (p - y, *(by_output * slope for slope in slopes)):
        by_hand = {"dL_dy_hat": by_output, "delta3": delta, "dw5": delta * n["h1"], "db3": delta}
        by_hand["delta1"] = delta * n["w5"] * n["h1"] * (1 - n["h1"])
        assert compare(loss, by_hand).ok, str(compare(loss, by_hand))
    loss.backward()
    assert compare(loss, {f"d{name}": node.grad for name, node in loss.named().items() if name[0] in "wb"}).ok


def test_a_confident_right_output_may_lose_all_digits_but_not_its_sign() -> None:
    loss = certain(36.0, 1.0)
    lost = loss.named()["ŷ"].data - 1.0
    assert compare(loss, {"delta3": lost}).rows[0].state == "digits"
    assert compare(loss, {"delta3": 0.0}).ok
    assert not compare(loss, {"delta3": -lost}).ok


def test_formulas_written_out_are_believed_where_they_are_right_only() -> None:
    for number in (20.0, 30.0, 36.0):
        w = Value(1.0, "w")
        p = 1 / (1 + exp(-(w * number)))
        loss = -log(1 - p)
        loss.backward()
        right = float(number * sigma(number))
        assert compare(loss, {"w": w.grad}).ok
        assert compare(loss, {"w": right}).ok
        for wrong in (-right, 0.0, right / 2, right * 2):
            assert not compare(loss, {"w": wrong}).ok


@pytest.mark.parametrize("factor", [-1.0, 0.5, 2.0, 0.0])
def test_no_more_causes_fit_a_certain_output_than_another(factor: float) -> None:
    found = []
    for z in (5.0, 36.0):
        loss = certain(z, 0.0)
        loss.backward()
        by_hand = {f"d{name}": node.grad * factor for name, node in loss.named().items() if name[0] in "wb"}
        found.append({finding.cause for finding in compare(loss, by_hand).findings})
    also = {"wrong-activation-derivative", "extra-output-derivative"}  # relu'(z), and 0
    also.add("learning-rate-twice")  # of hidden gradients that have no digits left, a rate and its square are alike
    assert found[1] <= found[0] | also
