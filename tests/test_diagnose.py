"""Which mistake it was: the documents' own, every one of the catalogue planted, two at once, and none invented."""

import itertools
import json
import math
import random
from typing import Any

import numpy as np
import pytest

from autograd import Value, check_step, compare, exp, log, relu, sigmoid, tanh, total
from autograd.textbook.mistakes import CODES
from autograd.textbook.mistakes.elsewhere import ELSEWHERE
from nn import MLP, bce, cross_entropy, hinge, mse
from tests.diagnosis import COMPATIBLE_PAIRS, PLANTS, Case, diagnose, diagnose_loops
from tests.planter import MISTAKES
from tests.test_comparison import GOLDEN, document_000, document_001, document_002


def test_document_001_used_a_weight_after_its_update() -> None:
    loss, model = document_001()
    by_hand = {name: m for name, m in GOLDEN["001"]["first_epoch_by_hand"].items() if name.startswith("d")}
    for comparison in (compare(loss, by_hand, model), compare(loss, by_hand), compare(loss, by_hand, lr=0.1)):
        first = comparison.findings[0]
        assert (first.cause, first.together) == ("updated-weight", "")
        assert "lr = 0.1:" in first.evidence
        assert {row.name.partition("[")[0] for row in comparison.rows if not row.ok} == {"dW1", "db1"}


def test_document_002_took_sums_for_means() -> None:
    loss, _ = document_002()
    comparison = compare(loss, GOLDEN["002"]["gradients_by_hand"])
    causes = [finding.cause for finding in comparison.findings]
    assert causes[0] == "summed-not-averaged"
    assert "not-zeroed" in causes  # N = 2: this fits as well
    assert "factor-two" not in causes  # there is no square in it
    assert "×2.000 in all 9 numbers; gradients are sums, the loss is a mean over 2" in str(comparison)
    probe = comparison.probe()
    assert ("summed-not-averaged", "not-zeroed") in probe.apart
    assert probe.alone


def test_document_000_agrees_in_all_rows() -> None:
    g = GOLDEN["000"]
    comparison = compare(document_000(), {**g["values"], **g["gradients"]})
    assert comparison.ok
    assert not comparison.findings
    assert {row.verdict for row in comparison.rows} == {"agrees"}


LIGHT = [
    Case((2, 2, 1), "sigmoid", "bce", 4, 0),
    Case((2, 3, 1), "tanh", "half", 2, 1),
    Case((3, 4, 2), "relu", "cross-entropy", 4, 2),
    Case((2, 3, 2, 1), "sigmoid", "mse", 7, 3),
    Case((3, 3, 3, 2), "tanh", "bce", 1, 4),
    Case((4, 8, 3), "relu", "mse", 2, 5),
]


@pytest.mark.parametrize("code", PLANTS)
def test_a_planted_mistake_is_named(code: str) -> None:
    outcomes = [o for case in LIGHT if (o := diagnose((code,), case)) is not None and o.changed]
    assert outcomes
    for outcome in outcomes:
        assert outcome.named, outcome
        assert outcome.first, outcome


@pytest.mark.parametrize("code", MISTAKES)
def test_a_mistake_planted_from_the_catalogue_alone_is_named(code: str) -> None:
    cases = [*LIGHT, *(Case((2, 2, 1), kind, loss, 3, 6) for kind in ("sigmoid", "tanh") for loss in ("bce", "mse"))]
    random.Random(code).shuffle(cases)
    found = (o for case in cases if (o := diagnose_loops(code, case)) is not None and o.changed)
    outcomes = list(itertools.islice(found, 5))  # in other networks for every mistake
    assert outcomes
    for outcome in outcomes:
        assert outcome.named, outcome


def test_every_code_of_the_catalogue_is_planted() -> None:
    """Here, in loops, or, as for every row of the table, by `to_manual`."""
    assert set(PLANTS) <= set(MISTAKES) <= set(CODES) - {row.code for row in ELSEWHERE}


def test_two_mistakes_at_once_are_named_mostly() -> None:
    rng = random.Random(5)
    outcomes = []
    while len(outcomes) < 15:
        outcome = diagnose(rng.choice(COMPATIBLE_PAIRS), rng.choice(LIGHT[:5]))
        if outcome is not None and outcome.changed:
            outcomes.append(outcome)
    assert sum(outcome.named for outcome in outcomes) >= 0.8 * len(outcomes)


def test_a_derivative_of_exp_is_found_in_a_written_out_network() -> None:
    def slow_sigmoid(z: Value) -> Value:
        return 1 / (1 + exp(-z))

    rng = random.Random(3)
    model = MLP(2, [2, 1], slow_sigmoid, slow_sigmoid, rng=rng)
    p = bce(model([0.5, -0.25]), 1)
    n = {name: node.data for name, node in p.named().items()}
    slope = {j: n[f"h{j}"] ** 2 * -n[f"z{j}"] for j in (1, 2)}  # exp'(-z) taken as -z
    delta = -1 / n["ŷ"] * n["ŷ"] ** 2 * -n["z3"]
    by_hand = {"dw5": delta * n["h1"], "dw6": delta * n["h2"], "db3": delta}
    for j, w in ((1, "w5"), (2, "w6")):
        d = delta * n[w] * slope[j]
        by_hand |= {f"dw{2 * j - 1}": d * 0.5, f"dw{2 * j}": d * -0.25, f"db{j}": d}
    comparison = compare(p, by_hand)
    assert [finding.cause for finding in comparison.findings] == ["exp-derivative"]


def not_zeroed(lr: float, passes: int) -> tuple[Value, MLP, dict[str, float], dict[str, float]]:
    """A loss after steps in which gradients were added up: with model, the sums, and the parameters before the last."""
    model = MLP(2, [2, 1], "tanh", "sigmoid", rng=random.Random(4))
    named, before = model.named_parameters(), {}
    for number in range(passes):
        loss = mse([model(x) for x in ([0.5, -1.0], [1.5, 0.25], [-0.5, 2.0])], [0, 1, 1])
        loss.backward()
        if number < passes - 1:
            before = {name: p.data for name, p in named.items()}
            for p in named.values():
                p.data -= lr * p.grad
    return loss, model, {f"d{name}": p.grad for name, p in named.items()}, before


@pytest.mark.parametrize(("lr", "passes"), [(0.1, 2), (0.5, 3), (0.3, 5), (0.001, 4)])
def test_gradients_of_earlier_steps_in_the_sum_are_found(lr: float, passes: int) -> None:
    loss, _, sums, _ = not_zeroed(lr, passes)
    comparison = compare(loss, sums)
    assert [finding.cause for finding in comparison.findings] == ["not-zeroed"]
    steps = f"{passes - 1} earlier step{'s' * (passes > 2)}"
    assert f"the gradients of {steps} w - lr·∂L/∂w still in the sum with lr = {lr:.6g}:" in str(comparison)


def test_an_odd_learning_rate_has_to_be_given_to_find_them() -> None:
    loss, model, sums, before = not_zeroed(0.1234567, 3)
    assert "not-zeroed" not in [finding.cause for finding in compare(loss, sums).findings]
    assert [finding.cause for finding in compare(loss, sums, lr=0.1234567).findings] == ["not-zeroed"]
    after = {name: p.data for name, p in model.named_parameters().items()}
    model.load_named(before)
    loss = mse([model(x) for x in ([0.5, -1.0], [1.5, 0.25], [-0.5, 2.0])], [0, 1, 1])
    assert "not-zeroed" in [finding.cause for finding in check_step(loss, before, after, 0.1234567).findings]


def test_squares_of_negative_numbers_are_no_hindrance() -> None:
    a, b = Value(0.5, "a"), Value(-1.5, "b")
    h = math.tanh(-0.75)
    comparison = compare((tanh(a * b) - 2.0) ** 2, {"a": 2 * (h - 2) * -1.5, "b": 2 * (h - 2) * 0.5})
    assert "missing-hidden-derivative" in [finding.cause for finding in comparison.findings]


def test_graphs_that_are_no_network() -> None:
    a, b = Value(0.5, "a"), Value(-1.5, "b")
    loss = tanh(a * b) + a
    right = {"a": 1 + (1 - math.tanh(-0.75) ** 2) * -1.5, "b": (1 - math.tanh(-0.75) ** 2) * 0.5}
    assert compare(loss, right).ok
    lost = compare(loss, {**right, "a": 1.0})
    assert "share-left-out" in [finding.cause for finding in lost.findings]
    bare = compare(loss, {"a": 1 - 1.5, "b": 0.5})
    assert "missing-hidden-derivative" in [finding.cause for finding in bare.findings]
    mask = compare(relu(a * b) + a * a, {"a": 1.0 + -1.5, "b": 0.5})
    assert "relu-mask" in [finding.cause for finding in mask.findings]


def test_no_cause_is_invented() -> None:
    rng = random.Random(0)
    for document in (document_000, lambda: document_001()[0], lambda: document_002()[0]):
        loss = document()
        loss.backward()
        right = {name: node.grad for name, node in loss.named().items() if name[0] in "wb"}
        for _ in range(3):
            wrong = {name: g * rng.uniform(0.5, 1.5) for name, g in right.items()}
            comparison = compare(loss, wrong)
            assert not comparison.findings, str(comparison)
            assert "no known mistake explains all numbers" in str(comparison)
            name = rng.choice(list(right))
            comparison = compare(loss, {**right, name: right[name] * rng.uniform(0.5, 0.9)})
            assert not comparison.findings, str(comparison)
            assert f"differences begin at {name}" in str(comparison)


def test_the_first_wrong_step_and_what_is_right_given_it() -> None:
    g = GOLDEN["000"]
    v, p = g["values"], g["parameters"]
    h1 = v["h1"] * 1.5
    z3 = p["w5"] * h1 + p["w6"] * v["h2"] + p["b3"]
    y = 1 / (1 + math.exp(-z3))
    by_hand = {"z1": v["z1"], "h1": h1, "z3": z3, "y_pred": y, "delta3": y - 1, "dw5": (y - 1) * h1, "dw6": 5.0}
    states = {row.name: row.state for row in compare(document_000(), by_hand).rows}
    assert states == {"z1": "agrees", "h1": "differs", "z3": "carried", "y_pred": "carried", "delta3": "carried",
                      "dw5": "carried", "dw6": "differs"}  # fmt: skip
    wrong = 0.25
    comparison = compare(
        document_000(), {"delta3": -0.9988421217877943, "delta1": wrong, "dw1": wrong * 0.1, "db1": wrong}
    )
    assert [row.state for row in comparison.rows] == ["agrees", "differs", "carried", "carried"]
    assert comparison.first == ["delta1"]
    assert comparison.rows[2].verdict == "right, given your own delta1"
    assert not comparison.ok


def test_right_rows_are_not_blamed_beside_wrong_ones() -> None:
    rng = random.Random(11)
    for _ in range(25):
        model = MLP(2, [3, 1], "tanh", "sigmoid", rng=rng)
        loss = mse([model([rng.gauss(0, 3), rng.gauss(0, 3)]) for _ in range(3)], [0, 1, 1])
        loss.backward()
        right = {name: node.grad for name, node in model.named_parameters().items()}
        wrong = {name: g for name, g in right.items() if rng.random() < 0.4 and g}
        rows = compare(loss, {**right, **{name: g * -1.25 for name, g in wrong.items()}}).rows
        assert {row.name for row in rows if not row.ok} == set(wrong)


def test_lost_digits_are_not_called_wrong_and_the_place_is_named() -> None:
    w, z = Value(1.0, "w"), Value(30.0, "x")
    for f, slope, form in ((sigmoid, lambda h: h * (1 - h), "1 - h"), (tanh, lambda h: 1 - h * h, "1 - h²")):
        h = f(w * z * (0.5 if f is tanh else 1.0))
        h.label = "h"
        by_hand = 30.0 * (0.5 if f is tanh else 1.0) * slope(h.data)
        row = compare(h * 2.0, {"w": 2 * by_hand}).rows[0]
        assert (row.ok, row.state) == (True, "digits"), row
        assert row.verdict.endswith(f"digits lost to cancellation in {form}")
        assert not compare(h * 2.0, {"w": 2.5 * by_hand}).ok
    w = Value(1.0, "w")
    gone = compare(tanh(w * 25.0), {"w": 0.0}).rows[0]
    assert (gone.ok, gone.verdict.startswith("right, all digits lost")) == (True, True)


@pytest.mark.parametrize("kind", ["sigmoid", "tanh", "relu"])
def test_no_false_alarm(kind: str) -> None:
    assert right_gradients(kind, 8) == 8 * 26


def right_gradients(kind: str, turns: int) -> int:
    """How many right gradients passed: in shuffled order, saturated down to 1e-300, in single precision."""
    rng = np.random.default_rng(len(kind))
    checked = 0
    for turn in range(turns):
        n, spread = 1 + turn % 4, [1.0, 10.0, 100.0, 600.0][turn % 4]
        model = MLP(2, [3, 1], kind, rng=random.Random(turn))
        x = rng.normal(0, spread, (n, 2))
        y = rng.normal(0, 1, n)
        predictions = [model(list(row)) for row in x]
        loss = mse(predictions, y.tolist())
        m = model.matrices()
        w1, b1 = (np.array([[p.data for p in row] for row in m["W1"]]), np.array([p.data for p in m["b1"]]))
        w2, b2 = np.array([p.data for p in m["W2"][0]]), m["b2"][0].data
        order = rng.permutation(n)
        z = (x[order][:, ::-1] @ w1[:, ::-1].T) + b1
        h = {"sigmoid": lambda z: np.where(z > 0, 1 / (1 + np.exp(-abs(z))), np.exp(-abs(z)) / (1 + np.exp(-abs(z)))),
             "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}[kind](z)  # fmt: skip
        s = {"sigmoid": lambda h: h * (1 - h), "tanh": lambda h: 1 - h * h, "relu": lambda h: (h > 0) * 1.0}[kind](h)
        d = 2 * (h[:, ::-1] @ w2[::-1] + b2 - y[order]) / n
        hidden = d[:, None] * w2 * s
        by_hand = {"dW2": (d @ h)[None], "db2": [d.sum()], "dW1": hidden.T @ x[order], "db1": hidden.sum(0)}
        comparison = compare(loss, by_hand, model)
        assert comparison.ok, str(comparison)
        single = compare(loss, {name: np.asarray(g, dtype=np.float32) for name, g in by_hand.items()}, model)
        assert single.ok, str(single)
        assert {row.state for row in single.rows} <= {"single", "agrees", "digits"}
        checked += len(comparison.rows) + len(single.rows)
    return checked


@pytest.mark.parametrize("exponent", range(-300, 301, 50))
def test_one_part_in_1e9_is_wrong_at_any_scale(exponent: int) -> None:
    rng = random.Random(exponent)
    for _ in range(10):
        w, x = Value(rng.uniform(0.1, 2), "w"), rng.uniform(0.1, 2)
        loss = sigmoid(w * x) * 10.0**exponent
        right = 10.0**exponent * x / (math.exp(w.data * x) + 2 + math.exp(-w.data * x))
        assert compare(loss, {"w": right}).ok
        for sign in (1e-9, -1e-9):
            assert not compare(loss, {"w": right * (1 + sign)}).ok
    z = -exponent * math.log(10.0)
    if exponent < 0:  # the same by saturation
        w = Value(-z, "w")
        right = compare(sigmoid(w * 1.0), {"w": 1.0}).rows[0].exact
        assert right == pytest.approx(10.0**exponent, rel=1e-9)
        assert not compare(sigmoid(w * 1.0), {"w": right * (1 + 1e-9)}).ok


def test_the_mean_may_be_taken_later() -> None:
    loss, model = document_002()
    loss.backward()
    n = loss.named()
    parameters = {f"d{name}": p.grad for name, p in model.named_parameters().items()}
    deltas = {"delta3": [n["z3"].grad * 2, n["z3[2]"].grad * 2]}
    comparison = compare(loss, {**parameters, **deltas})
    assert comparison.ok, str(comparison)
    assert comparison.rows[-1].verdict == "right for the loss of sample 2 alone, 1/2 still to come"
    assert not compare(loss, deltas).ok


def test_a_namespace_gives_what_is_known() -> None:
    g = GOLDEN["000"]
    space: dict[str, Any] = {"__name__": "x", **g["parameters"], "math": math, "text": "w5", "x1": 0.1, "epochs": 7}
    space |= {f"grad_{name}": number for name, number in g["gradients"].items()} | g["values"]
    comparison = compare(document_000(), space)
    assert comparison.ok
    assert {row.name for row in comparison.rows} == {*g["values"], *(f"grad_{name}" for name in g["gradients"])}
    arrays = {name: np.array(m) for name, m in GOLDEN["002"]["gradients_by_hand"].items()}
    comparison = compare(document_002()[0], {"__name__": "x", **arrays, "W1": np.ones((2, 2)), "X": np.ones((9, 2))})
    assert comparison.findings[0].cause == "summed-not-averaged"
    assert len(comparison.rows) == 9


def test_whole_layers_and_samples() -> None:
    loss, _ = document_002()
    loss.backward()
    n = loss.named()
    hs = [[n["h1"].data, n["h2"].data], [n["h1[2]"].data, n["h2[2]"].data]]
    ds = [[n["z1"].grad, n["z2"].grad], [n["z1[2]"].grad, n["z2[2]"].grad]]
    comparison = compare(loss, {"A1": hs, "delta1": np.array(ds), "y_pred": [n["ŷ"].data, n["ŷ[2]"].data]})
    assert comparison.ok, str(comparison)
    assert len(comparison.rows) == 10
    turned = compare(loss, {"dW2": np.array(GOLDEN["002"]["gradients_by_hand"]["dW2"]) / 2})
    assert turned.ok
    assert turned.notes == []  # that is the only way to read its shape
    right = np.array(GOLDEN["002"]["gradients_by_hand"]["dW1"]) / 2
    assert compare(loss, {"dW1": right}).notes == []  # how it was read matters where something in it is wrong
    wrong = compare(loss, {"dW1": right + np.array([[0.0, 0.0], [0.1, 0.0]])})
    assert not wrong.ok and wrong.notes == ["dW1 was read transposed, with one column per neuron"]


def test_the_outcome_as_dict_text_and_page() -> None:
    loss, _ = document_001()
    by_hand = {name: m for name, m in GOLDEN["001"]["first_epoch_by_hand"].items() if name.startswith("d")}
    comparison = compare(loss, by_hand)
    found = json.loads(json.dumps(comparison.to_dict()))
    assert found["findings"][0]["cause"] == "updated-weight"
    assert len(found["rows"]) == 9
    assert "updated-weight" in str(comparison)
    assert "updated-weight" in comparison._repr_html_()
    with pytest.raises(AssertionError, match="updated-weight"):
        comparison.assert_ok()
    with pytest.raises(ValueError, match="at least two mistakes"):
        comparison.probe()


def test_a_large_network_with_many_samples() -> None:
    rng = random.Random(1)
    large = MLP(2, [16, 16, 1], rng=rng)
    loss = hinge(
        [large([rng.gauss(0, 1), rng.gauss(0, 1)]) for _ in range(40)], [rng.choice([-1, 1]) for _ in range(40)]
    )
    loss.backward()
    wrong = {name: g.grad * 40 for name, g in large.named_parameters().items()}
    assert compare(loss, wrong).findings[0].cause == "summed-not-averaged"
    odd = {name: g.grad * (1 + 0.3 * math.sin(i)) for i, (name, g) in enumerate(large.named_parameters().items())}
    lower = {name: odd[name] if name in list(odd)[:48] else g.grad for name, g in large.named_parameters().items()}
    assert not compare(loss, lower).findings  # no mistake fits: all are tried


def test_cross_entropy_written_out_is_compared_too() -> None:
    z = [Value(x, f"z{i}") for i, x in enumerate((0.5, -1.0, 2.0), 1)]
    loss = log(total([exp(x) for x in z])) - z[0]
    s = sum(math.exp(x.data) for x in z)
    right = {f"z{i}": math.exp(x.data) / s - (i == 1) for i, x in enumerate(z, 1)}
    assert compare(loss, right).ok
    assert compare(cross_entropy(z, 0), right).ok
    assert not compare(loss, {**right, "z2": right["z2"] * (1 + 1e-9)}).ok
