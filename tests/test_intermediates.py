"""Numbers worked out line by line with 4 or 5 digits, as printed examples are: right, and no mistake hidden in them.

The derivation here is by hand, in decimals that are rounded or cut off after every line.
"""

import random
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from math import exp
from typing import Any, NamedTuple

import pytest

from autograd import Value, compare
from autograd.comparison.rows import Comparison
from nn import MLP, bce, half_squared_error

Line = Callable[[float], float]

SLIPS = {
    "sign of δ3": {"sign"}, "sign of δ1": {"sign"}, "sign of δ2": {"sign"}, "twice": {"factor-two"},
    "no slope": {"missing-hidden-derivative"}, "no slope in δ1": {"missing-hidden-derivative"},
    "h for the slope": {"half-derivative"}, "1 - h for the slope": {"half-derivative"},
    "output slope": {"missing-output-derivative", "extra-output-derivative"}, "w5, w6 exchanged": {"swapped-weights"},
    "no w5": {"missing-weight"}, "z for h": {"preactivation-for-activation"},
}  # fmt: skip
"""Signs, factors, slopes and operands, and what they are called."""


def line(kind: str, digits: int) -> Line:
    """A number as it is written down: with so many significant digits or decimals, rounded or cut off."""

    def written(x: float) -> float:
        exact = Decimal(repr(round(x, 12))) if abs(x) > 1e-3 else Decimal(x)
        if not exact:
            return 0.0
        last = -digits if kind == "decimals" else exact.adjusted() - digits + 1
        return float(exact.quantize(Decimal(1).scaleb(last), ROUND_DOWN if kind == "cut" else ROUND_HALF_EVEN))

    return written


class Case(NamedTuple):
    """A 2-2-1 network, one sample, its loss."""

    p: dict[str, float]
    x: tuple[float, float]
    y: int
    loss: Value
    cross: bool


def case(seed: int) -> Case:
    rng = random.Random(seed)
    p = {name: round(rng.gauss(0, 1), 2) for name in ("w1", "w2", "w3", "w4", "w5", "w6", "b1", "b2", "b3")}
    x, y, cross = (round(rng.random(), 2), round(rng.random(), 2)), rng.randint(0, 1), rng.random() < 0.5
    model = MLP(2, [2, 1], "sigmoid", "sigmoid")
    model.load_named(p)
    return Case(p, x, y, (bce if cross else half_squared_error)(model(list(x)), y), cross)


def derived(c: Case, w: Line, slip: str = "") -> tuple[dict[str, float], dict[str, float]]:
    """Values, and δ with all gradients, every line written down by `w`."""
    p, (x1, x2) = c.p, c.x

    def sigma(z: float) -> float:
        return 1 / (1 + exp(-z))

    z1, z2 = w(p["w1"] * x1 + p["w2"] * x2 + p["b1"]), w(p["w3"] * x1 + p["w4"] * x2 + p["b2"])
    h1, h2 = w(sigma(z1)), w(sigma(z2))
    z3 = w(p["w5"] * h1 + p["w6"] * h2 + p["b3"])
    y_hat = w(sigma(z3))
    slope = 1.0 if c.cross else y_hat * (1 - y_hat)
    if slip == "output slope":
        slope = y_hat * (1 - y_hat) if c.cross else 1.0
    d3 = w((y_hat - c.y) * slope) * (-1 if slip == "sign of δ3" else 2 if slip == "twice" else 1)
    f1, f2 = h1 * (1 - h1), h2 * (1 - h2)
    if slip in ("no slope", "h for the slope", "1 - h for the slope"):
        f1, f2 = {"no slope": (1.0, 1.0), "h for the slope": (h1, h2), "1 - h for the slope": (1 - h1, 1 - h2)}[slip]
    f1 = 1.0 if slip == "no slope in δ1" else f1
    w5, w6 = (p["w6"], p["w5"]) if slip == "w5, w6 exchanged" else (p["w5"], p["w6"])
    d1 = w(d3 * (1.0 if slip == "no w5" else w5) * f1) * (-1 if slip == "sign of δ1" else 1)
    d2 = w(d3 * w6 * f2) * (-1 if slip == "sign of δ2" else 1)
    above = (z1, z2) if slip == "z for h" else (h1, h2)
    values = {"z1": z1, "z2": z2, "h1": h1, "h2": h2, "z3": z3, "y_hat": y_hat}
    gradients = {"delta3": d3, "delta1": d1, "delta2": d2, "b3": d3, "b1": d1, "b2": d2}
    gradients |= {"w5": w(d3 * above[0]), "w6": w(d3 * above[1])}
    return values, gradients | {"w1": w(d1 * x1), "w2": w(d1 * x2), "w3": w(d2 * x1), "w4": w(d2 * x2)}


def exactly(x: float) -> float:
    return x


@pytest.mark.parametrize("digits", [4, 5])
@pytest.mark.parametrize("kind", ["digits", "cut", "decimals"])
def test_numbers_from_rounded_intermediates_are_right(kind: str, digits: int) -> None:
    total = right = told = 0
    for seed in range(16):
        c = case(seed)
        values, gradients = derived(c, line(kind, digits))
        rows = compare(c.loss, gradients if seed % 2 else {**values, **gradients}).rows
        total, right = total + len(rows), right + sum(row.ok for row in rows)
        told += sum("right, from intermediates of" in row.verdict for row in rows)
    assert right >= 0.98 * total, (right, total)
    assert told > total / (30 if kind == "decimals" else 6)


@pytest.mark.parametrize("digits", [4, 5])
@pytest.mark.parametrize("kind", ["digits", "cut", "decimals"])
def test_no_mistake_is_called_right(kind: str, digits: int) -> None:
    """What a slip makes other by more than the last digits; and most slips are named though every line was rounded."""
    named = tried = 0
    for place, (slip, codes) in enumerate(SLIPS.items()):
        for seed in (place, place + 100):
            c = case(seed)
            right, wrong = derived(c, exactly)[1], derived(c, exactly, slip)[1]
            values, gradients = derived(c, line(kind, digits), slip)
            comparison = compare(c.loss, gradients if seed % 2 else {**values, **gradients})
            rows = {row.name: row for row in comparison.rows}
            room = 10.0**-digits if kind == "decimals" else 0.0
            for name, x in right.items():
                if abs(wrong[name] - x) > 0.02 * abs(x) + room:
                    assert not rows[name].ok, (slip, seed, name, str(comparison))
            tried += 1
            named += bool(codes & {finding.cause for finding in comparison.findings})
    assert named >= 0.75 * tried, (named, tried)


def test_the_line_that_lost_most_is_named() -> None:
    """h2 = 0.9932 keeps two digits of 1 - h2: δ2 = δ3·w6·h2·(1 - h2) loses by it what no other line costs."""
    p = {"w1": 0.3, "w2": -0.2, "w3": 2.0, "w4": 4.1, "w5": 0.7, "w6": -1.3, "b1": 0.1, "b2": 1.9, "b3": 0.4}
    model = MLP(2, [2, 1], "sigmoid", "sigmoid")
    model.load_named(p)
    c = Case(p, (0.4, 0.5555), 1, bce(model([0.4, 0.5555]), 1), True)
    values, gradients = derived(c, line("digits", 4))
    right = derived(c, exactly)
    delta2 = right[1]["delta3"] * p["w6"] * values["h2"] * (1 - values["h2"])  # only h2 is rounded
    assert abs(delta2 - right[1]["delta2"]) > 0.5 * abs(gradients["delta2"] - right[1]["delta2"])
    comparison = compare(c.loss, {**values, **gradients})
    verdicts = {row.name: row.verdict for row in comparison.rows}
    assert comparison.ok and verdicts["delta2"] == "right, from intermediates of 4 digits; h2 lost most"


def test_what_is_lost_above_hides_no_mistake_below() -> None:
    """ŷ = 0.9993 leaves one digit of δ3, and with it 5 % of all below; but δ1 and δ2 must follow from δ3 as written."""
    p = {"w1": 0.12, "w2": 2.95, "w3": 2.44, "w4": 3.95, "w5": 0.37, "w6": 3.15, "b1": 2.25, "b2": -1.12, "b3": 3.97}
    x = 0.55, 0.63
    model = MLP(2, [2, 1], "sigmoid", "sigmoid")
    model.load_named(p)
    c = Case(p, x, 1, half_squared_error(model(list(x)), 1), False)
    gradients = derived(c, line("digits", 4), "1 - h for the slope")[1]
    rows = {row.name: row for row in compare(c.loss, gradients).rows}
    assert abs(gradients["delta3"] / rows["delta3"].exact - 1) > 0.04
    assert {name for name, row in rows.items() if row.ok} == {"delta3", "w5", "w6", "b3"}
    right = compare(c.loss, derived(c, line("digits", 4))[1])
    assert right.ok, str(right)


def wrong_by(comparison: Comparison) -> list[Any]:
    return [(row.state, row.note) for row in comparison.rows if not row.ok]


def test_two_numbers_prove_no_rounding() -> None:
    """One that is off in its last digit differs, and it is said what may have made it so."""
    c = case(3)
    right = derived(c, exactly)[1]
    off = float(f"{right['w1'] * (1 + 1e-4):.5g}")
    assert off != float(f"{right['w1']:.5g}")
    comparison = compare(c.loss, {"w1": off})
    assert wrong_by(comparison) == [("differs", "as rounding intermediates to 5 digits may make it")]
    assert not compare(c.loss, {"w1": 1.3 * off}).ok
