"""Numbers rounded to a few digits, as off a calculator, and gradients that were never computed."""

import random
import struct
from decimal import ROUND_DOWN, Decimal

import pytest

from autograd import Value, check_step, compare
from autograd.comparison.rows import Comparison
from nn import MLP, bce


def network() -> tuple[Value, dict[str, Value], dict[str, float]]:
    """A loss, parameters by name, their gradients."""
    model = MLP(2, [2, 1], "sigmoid", output="sigmoid", rng=random.Random(1))
    loss = bce(model([0.1, 0.7]), 1)
    loss.backward()
    named = model.named_parameters()
    return loss, named, {name: p.grad for name, p in named.items()}


def single(x: float) -> float:
    return float(struct.unpack("f", struct.pack("f", x))[0])


def short(x: float, digits: int) -> float:
    return float(f"{x:.{digits}g}")


def cut_off(x: float, digits: int) -> float:
    """x with so many significant digits and nothing rounded, by the decimals of the standard library."""
    exact = Decimal(x)
    return float(exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), ROUND_DOWN))


@pytest.mark.parametrize("digits", range(2, 13))
def test_gradients_rounded_to_significant_digits_are_right(digits: int) -> None:
    loss, _, slopes = network()
    comparison = compare(loss, {name: short(g, digits) for name, g in slopes.items()})
    assert comparison.ok, str(comparison)
    assert comparison.summary.startswith("all 9 gradients agree, rounded to")
    assert f"right to the {digits} digits given" in {row.verdict for row in comparison.rows}
    if digits <= 6:
        assert compare(loss, {name: single(short(g, digits)) for name, g in slopes.items()}).ok
        assert not compare(loss, {"b3": single(short(slopes["b3"], digits) * 1.04)}).ok


@pytest.mark.parametrize("decimals", [3, 4, 5, 8])
def test_gradients_rounded_to_decimals_are_right(decimals: int) -> None:
    """Also where nothing or a single digit is left of a small one: the others tell how it was rounded."""
    loss, _, slopes = network()
    comparison = compare(loss, {name: round(g, decimals) for name, g in slopes.items()})
    assert comparison.ok, str(comparison)


@pytest.mark.parametrize("digits", range(2, 14))
def test_a_last_digit_that_is_wrong_differs(digits: int) -> None:
    """One or more in the last digit that is written, unless the rest was cut off."""
    loss, _, slopes = network()
    for name, g in slopes.items():
        for step in (-1.0, 1.0):
            wrong = f"{short(g, digits) + step * 10.0 ** (int(f'{g:e}'.split('e')[1]) - digits + 1):.{digits}g}"
            if wrong.rstrip("0") != wrong or len(wrong.lstrip("-0.").replace(".", "")) < digits:
                continue  # written with less digits
            right = float(wrong) == cut_off(g, digits) and digits < 13
            assert compare(loss, {name: float(wrong)}).ok is right, (name, wrong, g)


@pytest.mark.parametrize("digits", range(2, 13))
def test_digits_that_are_cut_off_are_right(digits: int) -> None:
    loss, _, slopes = network()
    comparison = compare(loss, {name: cut_off(g, digits) for name, g in slopes.items()})
    assert comparison.ok, str(comparison)
    assert f"right, cut off after {digits} digits" in {row.verdict for row in comparison.rows}
    assert ", cut off after " in comparison.summary
    wrong = compare(loss, {name: -cut_off(g, digits) for name, g in slopes.items()})
    assert causes(wrong)[0] == "sign"


def test_two_thirds_cut_off() -> None:
    w = Value(1 / 3, "w")
    comparison = compare(w * w, {"w": 0.6666})
    assert comparison.rows[0].verdict == "right, cut off after 4 digits"
    assert compare(w * w, {"w": 0.6667}).rows[0].verdict == "right to the 4 digits given"
    for wrong in (0.6665, 0.6668, -0.6666, 0.666, 0.66665):
        assert compare(w * w, {"w": wrong}).ok is (wrong == 0.666)


def test_mistakes_keep_their_names_in_a_few_digits() -> None:
    """A sign in 6 digits; two signs, two slopes left out in 4; and what so few digits are worth is said."""
    loss, named, slopes = network()
    nodes = loss.named()
    chance = "in all: what fits may fit by chance"
    for digits in range(1, 7):
        one = compare(loss, {"delta3": -short(slopes["b3"], digits)})
        assert causes(one)[0] == "sign", str(one)
        assert f"the wrong numbers have {digits} digit{'s' * (digits > 1)} {chance}" in str(one)
    assert causes(compare(loss, {"delta3": -slopes["b3"]})) == ["sign"]
    two = compare(loss, {"delta1": -short(slopes["b1"], 4), "delta2": -short(slopes["b2"], 4)})
    assert causes(two)[0] == "sign" and chance in str(two)
    bare = {f"delta{i}": slopes["b3"] * named[w].data for i, w in ((1, "w5"), (2, "w6"))}  # δ₃·w without h(1 - h)
    assert bare["delta1"] == pytest.approx(nodes["h1"].grad, rel=1e-12)
    for find in (short, cut_off):
        some = compare(loss, {name: find(x, 4) for name, x in bare.items()})
        assert causes(some)[0] == "missing-hidden-derivative" and chance in str(some)
    many = compare(loss, {name: -short(g, 4) for name, g in slopes.items()})
    assert causes(many)[0] == "sign" and chance not in str(many)


def test_signs_and_single_digits_are_no_rounding() -> None:
    loss, _, slopes = network()
    assert not compare(loss, {"b3": -short(slopes["b3"], 4)}).ok
    assert not compare(loss, {"b3": -0.5}).ok and not compare(loss, {"b3": 0.5}).ok  # one digit is no evidence
    assert not compare(loss, {"b3": -0.5, "w5": 0.0}).ok
    assert compare(loss, {"b3": -0.51218}).rows[0].note == "right to the 5 digits given"
    comparison = compare(loss, {"b3": -0.5122, "w5": -0.31})
    assert comparison.rows[1].verdict == "right to the 2 digits given"
    assert comparison.summary == "all 2 gradients agree, rounded to 2 to 4 digits"
    comparison = compare(loss, {"b3": slopes["b3"], "w5": -0.31})
    assert comparison.summary == "all 2 gradients agree, 1 of them rounded to 2 digits"
    assert comparison.to_dict()["rows"][1]["state"] == "rounded"


def test_mistakes_are_found_in_rounded_numbers() -> None:
    loss, _, slopes = network()
    wrong = compare(loss, {name: -short(g, 4) for name, g in slopes.items()})
    assert wrong.findings[0].cause == "sign"
    half = compare(loss, {name: short(g, 4) * (-1 if name == "b2" else 1) for name, g in slopes.items()})
    assert [row.name for row in half.rows if not row.ok] == ["b2"]


def causes(comparison: Comparison) -> list[str]:
    return [finding.cause for finding in comparison.findings]


def test_no_finding_has_a_ratio_of_one() -> None:
    loss, _, slopes = network()
    for off in (1e-10, 4e-10, 3e-9):
        comparison = compare(loss, {"b3": slopes["b3"] * (1 + off)})
        assert not comparison.ok
        assert not comparison.findings, str(comparison)
        comparison = check_step(loss, {"b3": 0.0}, {"b3": -0.1 * slopes["b3"] * (1 + off)}, 0.1)
        assert not comparison.ok
        assert not comparison.findings, str(comparison)


def test_a_rounded_step_is_right() -> None:
    loss, named, slopes = network()
    comparison = check_step(loss, {"b3": 0.0}, {"b3": 0.05121794337}, 0.1)
    assert comparison.ok and comparison.rows[0].verdict == "right to the 10 digits given"
    before = {name: p.data for name, p in named.items()}
    for decimals in (4, 5, 6, 9):
        after = {name: round(w - 0.1 * slopes[name], decimals) for name, w in before.items()}
        assert check_step(loss, before, after, 0.1).ok
    assert check_step(loss, before, after).notes == ["the learning rate of the step is 0.1"]
    after = {name: round(w + 0.1 * slopes[name], 5) for name, w in before.items()}
    assert not check_step(loss, before, after, 0.1).ok


def test_gradients_that_were_never_computed() -> None:
    loss, named, slopes = network()
    comparison = compare(loss, dict.fromkeys(slopes, 0.0))
    assert causes(comparison)[0] == "not-computed"
    assert "all 9 are 0: was backward() called?\n   To put it right" in str(comparison)
    assert not any("probe()" in line for line in comparison.lines)
    biases = {name: 0.0 if name[0] == "b" else g for name, g in slopes.items()}
    assert causes(compare(loss, biases))[0] == "bias-zero"
    assert "not-computed" not in causes(compare(loss, {name: 0.0 for name in named if name[0] == "b"}))
    x, y = Value(2.0, "x"), Value(3.0, "y")
    assert causes(compare(x * y, {"x": 0.0, "y": 0.0})) == ["not-computed"]
    assert compare(Value(0.0, "a") * Value(0.0, "b"), {"a": 0.0, "b": 0.0}).ok
