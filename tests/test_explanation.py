"""Derivations: the documents' formulas, every printed number recomputed, every path, whatever the graph."""

import copy
import html
import json
import math
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sympy

from autograd import Value, exp, explain, log, maximum, minimum, sigmoid, sqrt, tanh
from autograd.__main__ import START, main
from autograd.explanation import rules
from autograd.explanation.figures import figure
from autograd.explanation.typeset import SEEN
from autograd.network import network
from autograd.network.output_delta import recognised
from autograd.ops import above, log_sum_exp
from nn import MLP, bce, bce_with_logits, cross_entropy, half_squared_error, hinge, l2_penalty, mse
from tests.test_micrograd import every_operator

GOLDEN = json.loads((Path(__file__).parent / "data" / "golden.json").read_text(encoding="utf-8"))["000"]

BY_HAND = {
    "δ₃": "ŷ − y", "δ₁": "δ₃·w₅·h₁·(1 − h₁)", "δ₂": "δ₃·w₆·h₂·(1 − h₂)",
    "∂L/∂w₅": "δ₃·h₁", "∂L/∂w₆": "δ₃·h₂", "∂L/∂b₃": "δ₃",
    "∂L/∂w₁": "δ₁·x₁", "∂L/∂w₂": "δ₁·x₂", "∂L/∂b₁": "δ₁",
    "∂L/∂w₃": "δ₂·x₁", "∂L/∂w₄": "δ₂·x₂", "∂L/∂b₂": "δ₂",
}  # fmt: skip
"""What document 000 derives."""


def document() -> Value:
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    model.load_named(START)
    loss: Value = bce(model(GOLDEN["sample"][:2]), GOLDEN["sample"][2])
    return loss


# ---------------------------------------------------------------- reading what is printed

EQUALS = re.compile(r" = ")


def equations(text: str) -> list[tuple[str, list[str]]]:
    """(left, sides) of every equation of a text; lines that begin with = go on."""
    found: list[tuple[str, list[str]]] = []
    for line in re.sub(r"^    \((?:.*\n     )*.*\)$", "", text, flags=re.MULTILINE).splitlines():
        stripped = line.strip().removeprefix("where ")
        if stripped.startswith("= "):
            found[-1][1].append(stripped[2:])
        elif " = " in stripped and not stripped.startswith("("):
            left, *sides = EQUALS.split(stripped)
            found.append((left, sides))
    return found


def formulas(text: str) -> dict[str, str]:
    return {left: sides[0] for left, sides in reversed(equations(text))}


UPRIGHT = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "01234567890123456789--")


def python(side: str) -> str:
    """A printed expression as Python: 4.3828×10⁻⁸ is Fraction(4.3828)·10**-8, x² is x**2, [a > b] is 1 or 0."""
    side = re.sub(r"×10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", lambda m: "e" + m[1].translate(UPRIGHT), side)
    side = re.sub(r"(?<=[\w)])([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: "**" + m[1].translate(UPRIGHT), side)
    side = side.translate(UPRIGHT).replace("·", "*").replace("^", "**").replace("√", "sqrt").replace("σ", "sigmoid")
    side = re.sub(r" \([\d,]+ others\)", "", side)
    side = re.sub(r"\|([^|]+)\|", r"abs(\1)", side)
    side = re.sub(r"(?<![\w.])(\d[\d.]*(?:e-?\d+)?)", r"F('\1')", side)
    return re.sub(r"\[([^\[\]]* [>≠] [^\[\]]*)\]", lambda m: f"int({m[1].replace('≠', '!=')})", side)


FUNCTIONS: dict[str, Any] = {
    "F": Fraction, "int": int, "abs": abs, "relu": lambda x: max(x, 0), "exp": math.exp, "ln": math.log,
    "sqrt": math.sqrt, "sin": math.sin, "cos": math.cos, "tanh": math.tanh, "max": max, "min": min,
    "softplus": lambda x: math.log1p(math.exp(x)), "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
}  # fmt: skip


def contradictions(text: str) -> Iterator[str]:
    """Every equation whose printed numbers do not lead to the value printed behind them."""
    for left, sides in equations(text):
        for numbers, value in pairwise(sides):
            if re.search(r"[∂δ⟨½]|[a-zŷ]+[₀-₉⁽⟨]|\b[a-zŷ](?:\b|[²³])", numbers.replace("σ", "")):
                continue
            result = eval(python(numbers), FUNCTIONS)
            if figure(Fraction(result)).text != value:
                yield f"{left}: {numbers} is {float(result)!r}, not {value}"


def assert_consistent(text: str) -> int:
    """Nothing contradicts itself; how many equations were recomputed."""
    assert list(contradictions(text)) == []
    return sum(len(sides) > 1 for _, sides in equations(text))


def in_names(side: str) -> str:
    """A printed formula of names for SymPy."""
    side = re.sub(r"(?<=[\w)])([²³])", lambda m: "**" + m[1].translate(UPRIGHT), side).translate(UPRIGHT)
    side = re.sub(r"relu\(", "Max(0, ", side.replace("·", "*").replace("∂L/∂", "d"))
    return re.sub(r"\[(.*?) > 0\]", r"step(\1)", side)


def as_sympy(formula: str) -> Any:
    """A printed formula as an expression of SymPy."""
    text = in_names(formula).replace("ŷ", "yhat")
    names = {name: sympy.Symbol(name) for name in re.findall(r"[^\W\d]\w*", text)}
    return sympy.sympify(text, locals=names)


# ---------------------------------------------------------------- the documents' derivation


def test_document_000_is_derived_as_the_document_derives_it() -> None:
    found = formulas(explain(document()).text)
    assert found == BY_HAND
    for name, formula in BY_HAND.items():
        assert sympy.simplify(as_sympy(found[name]) - as_sympy(formula)) == 0


def test_document_000_has_the_documents_numbers() -> None:
    explanation = explain(document())
    printed = {left: sides[-1] for left, sides in equations(explanation.text)}
    for number in (1, 2, 3):
        assert printed[f"δ{'₀₁₂₃'[number]}"] == figure(GOLDEN["values"][f"delta{number}"]).text
    for name, value in GOLDEN["gradients"].items():
        assert math.isclose(explanation.value[name], value, rel_tol=1e-14)
    assert printed["∂L/∂w₁"] == "2.2195×10⁻⁸"
    assert assert_consistent(explanation.text) >= 12


def test_one_weight_needs_the_steps_to_it_only() -> None:
    text = explain(document(), "w1").text
    assert text == (
        "δ₃ = ŷ − y = 0.0011579 − 1 = −0.99884\n"
        "    (binary cross-entropy: ∂L/∂ŷ = (ŷ − y)/(ŷ·(1 − ŷ)), and ∂ŷ/∂z₃ = ŷ·(1 − ŷ) cancels)\n"
        "δ₁ = δ₃·w₅·h₁·(1 − h₁) = (−0.99884)·(−5.07)·(4.3828×10⁻⁸)·(1 − 4.3828×10⁻⁸) = 2.2195×10⁻⁷\n"
        "∂L/∂w₁ = δ₁·x₁ = 2.2195×10⁻⁷·0.1 = 2.2195×10⁻⁸\n"
    )


def test_a_parameter_is_found_by_value_label_and_other_spellings() -> None:
    loss = document()
    texts = {explain(loss, wrt).text for wrt in ("w1", "w_1", "w₁", loss.named()["w1"], ["w1"])}
    assert len(texts) == 1
    assert formulas(explain(loss, "delta1").text)["δ₁"] == BY_HAND["δ₁"]
    assert formulas(explain(loss, "x1").text)["∂L/∂x₁"] == "δ₁·w₁ + δ₂·w₃"
    assert formulas(explain(loss, "h1").text)["∂L/∂h₁"] == "δ₃·w₅"


# ---------------------------------------------------------------- other networks, other losses


def test_three_four_two_with_softmax() -> None:
    model = MLP(3, [4, 2], activation="sigmoid", rng=random.Random(1))
    loss = cross_entropy(model([0.1, 0.7, -0.4]), 1)
    text = explain(loss).text
    found = formulas(text)
    assert (found["δ₅"], found["δ₆"]) == ("p₁ − y₁", "p₂ − y₂")
    assert found["p₁"] == "exp(z₅)/(exp(z₅) + exp(z₆))"
    assert found["δ₁"] == "(δ₅·w₁₃ + δ₆·w₁₇)·h₁·(1 − h₁)"
    assert found["δ₄"] == "(δ₅·w₁₆ + δ₆·w₂₀)·h₄·(1 − h₄)"
    assert found["∂L/∂w₁₃"] == "δ₅·h₁" and found["∂L/∂w₁₂"] == "δ₄·x₃"
    assert "pⱼ cancels" in " ".join(text.split())
    assert_consistent(text)


@pytest.mark.parametrize(
    ("activation", "output", "loss", "delta3", "delta1"),
    [
        ("sigmoid", "sigmoid", bce, "ŷ − y", "δ₃·w₅·h₁·(1 − h₁)"),
        ("sigmoid", "sigmoid", mse, "2·(ŷ − y)·ŷ·(1 − ŷ)", "δ₃·w₅·h₁·(1 − h₁)"),
        ("sigmoid", "sigmoid", half_squared_error, "(ŷ − y)·ŷ·(1 − ŷ)", "δ₃·w₅·h₁·(1 − h₁)"),
        ("tanh", "tanh", mse, "2·(ŷ − y)·(1 − ŷ²)", "δ₃·w₅·(1 − h₁²)"),
        ("tanh", "linear", half_squared_error, "ŷ − y", "δ₃·w₅·(1 − h₁²)"),
        ("relu", "linear", mse, "2·(ŷ − y)", "δ₃·w₅·[z₁ > 0]"),
        ("relu", "relu", mse, "2·(ŷ − y)·[z₃ > 0]", "δ₃·w₅·[z₁ > 0]"),
        ("softplus", "softplus", mse, "2·(ŷ − y)·σ(z₃)", "δ₃·w₅·σ(z₁)"),
        ("sigmoid", "linear", bce_with_logits, "σ(z₃) − y", "δ₃·w₅·h₁·(1 − h₁)"),
    ],
)
def test_closed_forms(activation: str, output: str, loss: Callable[..., Value], delta3: str, delta1: str) -> None:
    model = MLP(2, [2, 1], activation=activation, output=output, rng=random.Random(4))
    model.load_named({name: 0.3 + 0.1 * i for i, name in enumerate(model.named_parameters())})
    value = loss(model([0.4, 0.7]), 1)
    explanation = explain(value)
    found = formulas(explanation.text)
    assert (found["δ₃"], found["δ₁"]) == (delta3, delta1)
    assert_consistent(explanation.text)
    value.backward()
    named = value.named()
    assert {name: explanation.value[name] for name in START} == {name: named[name].grad for name in START}
    assert any(delta3 in proof for proof in explanation.prove())


@pytest.mark.parametrize("change", [{"y": 0.5}, {"c": 2.0}, {"slope": True}])
def test_a_closed_form_that_the_engine_does_not_confirm_is_not_used(
    change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "recognised", lambda *args: recognised(*args)._replace(**change))
    explanation = explain(document(), "w1")
    assert formulas(explanation.text)["δ₃"] == "∂L/∂ŷ·ŷ·(1 − ŷ)"
    assert formulas(explanation.text)["δ₁"] == BY_HAND["δ₁"]
    assert_consistent(explanation.text)


def test_a_proof_can_fail() -> None:
    explanation = explain(document())
    found = explanation._derivation.outputs._found
    for z, closed in found.items():
        if closed is not None:
            found[z] = closed._replace(formula=closed.p + closed.y)
    with pytest.raises(ArithmeticError, match=re.escape("SymPy does not find δ₃ = ŷ + y")):
        explanation.prove()


def test_a_loss_written_out_in_operations_is_recognised_too() -> None:
    model = MLP(2, [2, 1], activation=lambda z: 1 / (1 + exp(-z)), output=lambda z: 1 / (1 + exp(-z)))
    prediction, y = model([0.3, 0.4]), Value(0.0, "y")
    loss = -(y * log(prediction) + (1 - y) * log(1 - prediction))
    explanation = explain(loss)
    assert formulas(explanation.text) == BY_HAND
    assert explanation.prove()


@pytest.mark.parametrize(
    ("loss", "delta"),
    [(lambda p: -log(p), "ŷ − 1"), (lambda p: -log(1 - p), "ŷ"), (lambda p: -log(1 - p) * 0.5, "0.5·ŷ")],
)
def test_one_side_of_the_cross_entropy(loss: Callable[[Value], Value], delta: str) -> None:
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=random.Random(2))
    explanation = explain(loss(model([0.3, 0.4])), "w1")
    assert formulas(explanation.text)["δ₃"] == delta
    assert_consistent(explanation.text)
    assert len(explanation.prove()) == 2


def test_an_unusual_loss_is_derived_by_the_chain_rule() -> None:
    model = MLP(2, [2, 1], activation="tanh", output="linear", rng=random.Random(2))
    for loss in (hinge(model([0.3, 0.4]), 1), (model([0.3, 0.4]) - 1.0) ** 4, exp(model([0.3, 0.4]))):
        explanation = explain(loss)
        model.zero_grad()
        loss.backward()
        assert explanation.value["w1"] == loss.named()["w1"].grad
        assert formulas(explanation.text)["δ₁"] == "δ₃·w₅·(1 − h₁²)"
        assert explanation.prove() == ["the slope of h = tanh(z) is 1 − h²: the difference is 0, simplified by SymPy"]
        assert_consistent(explanation.text)


def test_a_batch_of_four_is_a_sum_over_samples() -> None:
    model = MLP(2, [2, 1], activation="tanh", output="sigmoid", rng=random.Random(3))
    samples = [[0.1, 0.7], [0.4, 0.9], [0.3, 0.2], [0.8, 0.4]]
    text = explain(bce([model(x) for x in samples], [1, 1, 0, 0]), "w1").text
    found = formulas(text)
    assert found["δ₃⁽ˢ⁾"] == "(ŷ⁽ˢ⁾ − y⁽ˢ⁾)/4"
    assert found["δ₁⁽ˢ⁾"] == "δ₃⁽ˢ⁾·w₅·(1 − (h₁⁽ˢ⁾)²)"
    assert found["∂L/∂w₁"] == "Σₛ δ₁⁽ˢ⁾·x₁⁽ˢ⁾"
    assert "∂L/∂ŷ⁽ˢ⁾ = (ŷ⁽ˢ⁾ − y⁽ˢ⁾)/4/(ŷ⁽ˢ⁾·(1 − ŷ⁽ˢ⁾))" in text
    assert "δ₁⁽¹⁾·x₁⁽¹⁾ + δ₁⁽²⁾·x₁⁽²⁾ + δ₁⁽³⁾·x₁⁽³⁾ + δ₁⁽⁴⁾·x₁⁽⁴⁾" in text
    assert_consistent(text)


def test_a_penalty_is_added_to_the_sum() -> None:
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=random.Random(3))
    loss = bce(model([0.1, 0.7]), 1) + l2_penalty(model.parameters(), 0.01)
    explanation = explain(loss, "w1")
    assert formulas(explanation.text)["∂J/∂w₁"] == "δ₁·x₁ + 0.02·w₁"
    assert len(explanation.paths) == explanation.paths.count == 3
    assert_consistent(explanation.text)


def test_the_readme_of_micrograd() -> None:
    a, b = Value(-4.0, "a"), Value(2.0, "b")
    explanation = explain(every_operator(a, b))
    assert f"{explanation.value['a']:.4f} {explanation.value['b']:.4f}" == "138.8338 645.5773"
    text = explanation.text
    assert assert_consistent(text) > 20
    values = {"a": sympy.Integer(-4), "b": sympy.Integer(2)}
    for left, sides in equations(text.partition(" paths from ")[0]):
        found = sympy.sympify(in_names(sides[0]), locals={**values, "step": lambda x: 1 if x > 0 else 0})
        values[left.translate(UPRIGHT).replace("∂L/∂", "d")] = found
        assert figure(float(found)).text == sides[-1]
    assert f"{float(values['da']):.10f}" == f"{explanation.value['a']:.10f}"
    assert f"{float(values['db']):.10f}" == f"{explanation.value['b']:.10f}"


# ---------------------------------------------------------------- numbers


TASKS: list[tuple[str, Callable[..., Any]]] = [
    ("sigmoid", bce), ("sigmoid", mse), ("tanh", mse), ("linear", bce_with_logits), ("linear", half_squared_error),
    ("linear", cross_entropy), ("linear", hinge),
]  # fmt: skip


def random_loss(seed: int, scale: float) -> Value:
    rng = random.Random(seed)
    activation = rng.choice(["sigmoid", "tanh", "relu", "softplus", "leaky_relu"])
    output, loss = rng.choice(TASKS)
    outputs = rng.choice([2, 3]) if loss is cross_entropy else rng.choice([1, 1, 2])
    model = MLP(rng.choice([1, 2, 3]), [rng.choice([1, 2, 4]), outputs], activation=activation, output=output, rng=rng)
    for parameter in model.parameters():
        parameter.data = rng.uniform(-scale, scale)
    inputs = len(model.layers[0].neurons[0].w)
    batch = rng.choice([1, 1, 3])
    xs = [[rng.uniform(-1, 1) for _ in range(inputs)] for _ in range(batch)]
    if loss is cross_entropy:
        return loss([model(x) for x in xs], [rng.randrange(outputs) for _ in xs])  # type: ignore[no-any-return]
    classes = (-1, 1) if loss is hinge else (0, 1)
    ys = [[rng.choice(classes) for _ in range(outputs)] for _ in xs]
    return loss([model(x) for x in xs], ys if outputs > 1 else [y[0] for y in ys])  # type: ignore[no-any-return]


@pytest.mark.parametrize("scale", [1e-8, 0.1, 1.0, 5.0, 30.0])
def test_no_printed_number_contradicts_another(scale: float) -> None:
    lines = 0
    for seed in range(40):
        try:
            loss = random_loss(seed, scale)
            explanation = explain(loss)
        except (ValueError, ZeroDivisionError):  # ŷ of exactly 0 or 1, which bce refuses
            continue
        text = explanation.text
        lines += assert_consistent(text)
        loss.backward()
        assert all(loss.named()[name].grad == value for name, value in explanation.value.items())
    assert lines > 500


@pytest.mark.parametrize("tiny", [1e-8, 1e-150, 1e-300, 5e-324])
def test_tiny_numbers(tiny: float) -> None:
    x, w = Value(tiny, "x"), Value(3.0, "w")
    for loss in (x * w * w, (x * w) ** 2 + x, exp(-x) * w, x / w - x * x):
        assert_consistent(explain(loss).text)


@pytest.mark.parametrize("z", [20.0, 40.0, 200.0, 700.0, -700.0])
def test_saturated_neurons_show_the_difference_itself(z: float) -> None:
    x, w = Value(1.0, "x1"), Value(z, "w1")
    for f in (sigmoid, tanh):
        z1 = w * x
        z1.label = "z1"
        h = f(z1)
        h.label = "h1"
        loss = h * 3.0
        explanation = explain(loss, "w1")
        loss.backward()
        assert explanation.value == w.grad
        w.zero_grad()
        assert_consistent(explanation.text)
    exact = explain(bce_with_logits(MLP(1, [1], output="linear")([0.5]) + z, 1.0)).text
    assert_consistent(exact)


def test_a_value_that_follows_from_no_printed_digits_is_given_alone() -> None:
    a, b = Value(1e-200, "a"), Value(1e-200, "b")
    text = explain(a * b * b, "a").text
    assert equations(text)[0] == ("∂L/∂a", ["b·b", "0"])  # 1e-400 is no float


@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0])
def test_every_formula_comes_to_its_value(scale: float) -> None:
    losses = [random_loss(seed, scale) for seed in range(25)]
    a, b = Value(-4.0, "a"), Value(2.0, "b")
    losses += [
        every_operator(a, b),
        maximum(a, b) * abs(a - b) / b**a - log(b * b - a) / (1 - a),
        (a - b) / (a - a * b),
    ]
    for loss in losses:
        explanation = explain(loss)
        for step in [*explanation.definitions(), *explanation.steps]:
            for line in step.lines:
                if not line.exact:
                    assert math.isclose(rules.amount(line.formula), line.value, rel_tol=1e-9, abs_tol=1e-300)
        for name in explanation.value:
            for path in explanation.paths[name]:
                assert len(path.sides) == 3 or not re.search(r"[·/+(]|. −", path.sides[0]) or len(path.nodes) > 12


# ---------------------------------------------------------------- paths


def all_paths(root: Value, target: Value) -> list[list[float]]:
    """The local derivatives along every path, by depth-first search from the root and difference quotients' limit."""
    found: list[list[float]] = []
    stack: list[tuple[Any, list[float]]] = [(root, [])]
    while stack:
        node, slopes = stack.pop()
        if node is target:
            found.append(slopes)
            continue
        for place, arg in enumerate(node.args):
            if type(arg) is not float:
                y, *xs = node.primals
                rules = node.op.pullbacks
                slope = rules[place](1.0, y, *xs) if rules else node.op.cotangents(1.0, y, xs)[place]
                stack.append((arg, [*slopes, slope]))
    return found


def test_paths_are_all_there_and_sum_to_the_gradient() -> None:
    a, b = Value(-4.0, "a"), Value(2.0, "b")
    loss = every_operator(a, b)
    loss.backward()
    for leaf, name in ((a, "a"), (b, "b")):
        every = sorted((abs(math.prod(slopes)) for slopes in all_paths(loss, leaf)), reverse=True)
        paths = explain(loss, name).paths
        assert paths.count == len(every)
        assert [abs(path.share) for path in paths] == pytest.approx(every[: len(paths)])
        assert math.fsum([*(path.share for path in paths), paths.rest]) == leaf.grad == paths.value
        assert all(math.prod(path.factors) == path.share for path in paths)
        assert all(path.nodes[0] == name and path.nodes[-1] == "L" for path in paths)


def test_paths_of_a_network_are_told_by_its_neurons() -> None:
    model = MLP(2, [2, 2], activation="sigmoid", rng=random.Random(1))
    loss = cross_entropy(model([0.3, 0.4]), 0)
    paths = explain(loss, "w1").paths
    assert {path.nodes for path in paths} == {("w₁", "z₁", "h₁", "z₃", "L"), ("w₁", "z₁", "h₁", "z₄", "L")}
    assert {path.sides[0] for path in paths} == {"δ₃·w₅·h₁·(1 − h₁)·x₁", "δ₄·w₇·h₁·(1 − h₁)·x₁"}
    loss.backward()
    assert math.fsum([*(path.share for path in paths), paths.rest]) == loss.named()["w1"].grad


def test_a_number_of_paths_beyond_counting_one_by_one() -> None:
    x = Value(1.0, "x")
    y = x
    for _ in range(200):
        y = y + y * 0.5
    explanation = explain(y, "x")
    assert explanation.paths.count == 2**200
    assert math.fsum([*(path.share for path in explanation.paths), explanation.paths.rest]) == explanation.value


def test_a_long_chain_is_explained_without_recursion() -> None:
    x = Value(0.5, "x")
    y = x
    for _ in range(5_000):
        y = y * 1.0001
    explanation = explain(y, "x")
    y.backward()
    assert explanation.value == x.grad
    assert len(explanation.text.splitlines()) < 5_000


# ---------------------------------------------------------------- second derivatives


def test_second_derivatives_of_a_polynomial() -> None:
    a, b = Value(3.0, "a"), Value(2.0, "b")
    loss = a**3 * b
    assert explain(loss, "a", order=2).value == 36.0
    assert explain(loss, ("a", "b"), order=2).value == 27.0
    assert explain(loss, ("b", "a"), order=2).value == 27.0


def test_second_derivatives_of_the_document() -> None:
    loss = document()
    text = explain(loss, ("w5", "w6"), order=2).text
    assert formulas(text) == {"∂²L/∂w₅∂w₆": "h₁·ŷ·(1 − ŷ)·h₂"}
    assert formulas(explain(loss, "w5", order=2).text) == {"∂²L/∂w₅²": "h₁·ŷ·(1 − ŷ)·h₁"}
    values = GOLDEN["values"]
    expected = values["h1"] * values["h2"] * values["y_pred"] * (1 - values["y_pred"])
    assert math.isclose(explain(loss, ("w5", "w6"), order=2).value, expected, rel_tol=1e-12)
    assert_consistent(text)


def test_a_second_derivative_of_nothing_is_0() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    explanation = explain(a * 3, order=2)
    assert explanation.value == 0.0 and formulas(explanation.text) == {"∂²L/∂a²": "0"}
    assert "∂L/∂a does not depend on a" in explanation.text
    assert explain(a * b, "a", order=2).value == 0.0 and explain(a * b + a, ("b", "b"), order=2).value == 0.0


def test_names_of_nodes_stay_in_the_second_derivative() -> None:
    a, b, c = Value(2.0, "a"), Value(3.0, "b"), Value(1.0, "c")
    loss = (a * b + c) * a
    first, second = explain(loss).text, explain(loss, "a", order=2).text
    assert "where v₂ = a·b = 2·3 = 6\nwhere v₄ = v₂ + c = 6 + 1 = 7\n∂L/∂v₄ = a = 2\n" in first
    lines = {line for line in first.splitlines() if line.startswith("where")}
    assert lines <= set(second.splitlines()) and "a → v₂ → v₄ → ∂L/∂a" in second
    assert_defined(second)


@pytest.mark.parametrize("seed", range(6))
def test_second_derivatives_agree_with_the_engine(seed: int) -> None:
    from autograd.graph import cotangents

    rng = random.Random(seed)
    model = MLP(2, [2, 2], activation=rng.choice(["tanh", "sigmoid"]), rng=rng)
    loss = cross_entropy([model([0.3, -0.4]), model([0.9, 0.1])], [0, 1])
    named = loss.named()
    first, second = rng.choice(["w1", "w5", "b1"]), rng.choice(["w2", "w6", "w1"])
    explanation = explain(loss, (first, second), order=2)
    slope = cotangents(loss, [named[first]])[named[first]]
    expected = cotangents(slope, [named[second]])[named[second]].data
    assert math.isclose(explanation.value, expected, rel_tol=1e-9)
    assert_consistent(explanation.text)


def test_a_loss_built_from_gradients() -> None:
    from autograd import grad

    x = Value(1.5, "x")
    slope = grad(lambda t: t**3)(x)
    explanation = explain(slope * slope, "x")
    assert explanation.value == pytest.approx(4 * 9 * 1.5**3)  # d (3x²)² = 36x³


# ---------------------------------------------------------------- reasons


def test_why_gives_the_row_read_on_the_names() -> None:
    explanation = explain(document(), "w1")
    assert "∂h₁/∂z₁ = h₁·σ(−z₁) = h₁·(1 − h₁) = 4.3828×10⁻⁸·(1 − 4.3828×10⁻⁸) = 4.3828×10⁻⁸" in explanation.why("h1")
    assert "Its slope y(1 - y) is computed as y σ(-x)" in explanation.why("h1")
    assert "∂z₃/∂w₅ = h₁" in explanation.why("z3") and "cancels" in explanation.why("delta3")
    assert "is given, not computed" in explanation.why("w1")
    with pytest.raises(KeyError, match="no 'h7' in this graph; nearest: "):
        explanation.why("h7")


def test_why_of_a_delta_is_the_chain() -> None:
    explanation = explain(document(), "w1")
    reason = explanation.why("delta1")
    first, below, slope, rule = reason.splitlines()
    assert first.startswith("δ₁ = δ₃·w₅·h₁·(1 − h₁) = (−0.99884)·(−5.07)·") and first.endswith(" = 2.2195×10⁻⁷")
    assert below == "what comes down: ∂L/∂h₁ = δ₃·w₅ = (−0.99884)·(−5.07) = 5.0641"
    assert slope.startswith("times the slope of the activation, sigmoid: ∂h₁/∂z₁ = h₁·σ(−z₁) = h₁·(1 − h₁) = ")
    assert rule.startswith("sigmoid: σ(x) = ") and explanation.why("z1").startswith("z₁ = w₁·x₁")
    assert isinstance(reason, str) and repr(reason) == str(reason) == reason
    assert reason._repr_markdown_().count("\n\n") == 3
    assert explanation.why("δ₃").startswith("δ₃ = ŷ − y = ")


# ---------------------------------------------------------------- labels and errors

HOSTILE = [
    "a_b", "\\alpha", "$x$", "<script>alert(1)</script>", "x|y", "`code`", "a*b*c", "100%", "#1", "{", "~", "é 漢",
]  # fmt: skip


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_stay_text(label: str) -> None:
    a = Value(2.0, label)
    explanation = explain(a * a * 3.0 + a, a)
    assert explanation.value == 13.0
    markdown = explanation._repr_markdown_()
    assert "<script" not in markdown and "<script" not in explanation.latex
    blocks = re.findall(r"\$\$\n(.*?)\n\$\$", markdown, re.DOTALL)
    assert blocks and all(not re.search(r"(?<!\\)\$", block) for block in blocks)
    prose = re.sub(r"\$\$\n.*?\n\$\$", "", markdown, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)[`_$|]", prose)
    assert "alpha" not in label or r"\\alpha" in prose
    assert all(block.count("{") - block.count(r"\{") == block.count("}") - block.count(r"\}") for block in blocks)


def test_unlabelled_nodes_are_named_and_defined() -> None:
    x = Value(2.0)
    y = x * x
    text = explain(y * y + y, x).text
    assert "where v₁ = v₀·v₀ = 2·2 = 4" in text and formulas(text)["∂L/∂v₀"]


def assert_defined(text: str) -> None:
    """Every v₁ is on the left of an equation before it is anywhere else."""
    defined: set[str] = set()
    for line in text.splitlines():
        body = line.removeprefix("where ")
        left = body.partition(" = ")[0]
        used = set(re.findall(r"v[₀-₉]+", body))
        if line.startswith("where ") and re.fullmatch(r"v[₀-₉]+", left):
            defined.add(left)
        assert used <= defined, line


@pytest.mark.parametrize("seed", range(8))
def test_every_name_is_defined_before_it_is_used(seed: int) -> None:
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(0.5, 2.0), "a"), Value(rng.uniform(0.5, 2.0)), Value(rng.uniform(0.5, 2.0), "c")]
    for _ in range(8):
        p, q = rng.choice(nodes), rng.choice(nodes[-3:])
        nodes.append(rng.choice([p * q, p + q, p / (q + 9.0), tanh(p), p - q, maximum(p, q)]))
    loss = nodes[-1] + nodes[0] * nodes[1]
    for explanation in (explain(loss), explain(loss, nodes[seed % 2]), explain(loss, nodes[seed % 2], order=2)):
        assert_defined(explanation.text)
        assert_consistent(explanation.text)


def test_a_long_list_of_names_says_what_it_leaves_out() -> None:
    y = Value(1.0, "x")
    for _ in range(60):
        y = y + sigmoid(y * y)
    text = explain(y, "x").text
    assert "more names, of values further from L, are left out" in text and " more⟩ → " in text
    assert text.count("where ") == 30


@pytest.mark.parametrize("pick", [maximum, minimum])
def test_a_tie_is_a_half(pick: Callable[..., Value]) -> None:
    a = Value(2.0, "a")
    explanation = explain(pick(a, a * 1))
    assert explanation.value == 1.0 and formulas(explanation.text)["∂L/∂a"] == "2·½"
    assert ">" not in explanation.text and "by convention each operand gets half" in explanation.text
    assert all(path.sides == ("½", "0.5") for path in explanation.paths)
    assert_consistent(explanation.text)
    b = Value(2.0, "b")
    assert "∂L/∂c = ½ = 0.5" in explain(above(a, b) * Value(3.0, "c"), "c").text
    assert "∂L/∂b = 3·½ = 3·0.5 = 1.5" in explain(pick(a, b) * 3, "b").text
    assert "½ = 0.5" in explain(pick(a, b) * 3, "b").why("v2")


def test_a_tie_in_one_sample_is_not_said_of_all() -> None:
    model = MLP(1, [1], activation="linear", rng=random.Random(1))
    model.load_named({"w1": 1.0, "b1": 0.0})
    loss = sum((maximum(model([x]), 1.0) for x in (1.0, 2.0, 0.5)), start=Value(0.0))
    text = explain(loss, "w1").text
    assert_consistent(text)
    for line in text.splitlines():
        assert "½" not in line or "ˢ" not in line
    assert explain(loss, "w1").value == 2.5


def test_literals_are_written_as_python_writes_them() -> None:
    w = Value(0.3, "w")
    assert "∂L/∂w = 0.2·w = 0.2·0.3 = 0.06" in explain(0.1 * w**2).text
    assert "0.1·w" in explain(Value(1.0, "a") * (w * 0.1), "a").text
    rng = random.Random(1)
    for x in [rng.uniform(-1, 1) * 10.0 ** rng.randint(-20, 20) for _ in range(200)] + [0.1, 1e300, 5e-324]:
        assert float(figure(x, 17).exact) == x and len(figure(x, 17).digits) <= len(repr(x).replace(".", ""))
        assert float(figure(x, 16).exact) == float(f"{x:.15e}")


def test_parallel_edges_are_told_apart() -> None:
    z = Value(3.0)
    text = explain(z * z * 2.0, z).text
    assert "2 paths from v₀ to L" in text and "v₀ → v₁ → L (operand 1 of v₁)" in text
    assert "v₀ → v₁ → L (operand 2 of v₁)" in text and "where v₀ = 3\n" in text


def test_softmax_of_log_sum_exp() -> None:
    text = explain(log_sum_exp(Value(2.0, "a"), Value(3.0, "b"), Value(1.0, "c"))).text
    assert formulas(text)["∂L/∂a"] == "exp(a − L)" and "where L = ln(exp(a) + exp(b) + exp(c)) = " in text
    assert all(len(line) < 96 for line in text.splitlines())
    assert_consistent(text)
    huge = explain(log_sum_exp(Value(1e9, "a"), Value(1e9, "b")))
    assert huge.value["a"] == 0.5 and formulas(huge.text)["∂L/∂a"].startswith("exp(a − L)/(")


def test_names_of_the_textbook_are_defined_too() -> None:
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    text = explain(mse((w * x + b).tanh(), 1.0), "w").text
    assert "δ₁ = 2·(ŷ − y)·(1 − ŷ²)" in text and "where ŷ = tanh(" in text
    assert "δ" not in explain((w * x + b) ** 2, "w").text


def test_the_loss_itself_and_a_constant() -> None:
    loss = document()
    assert explain(loss, loss).text == "∂L/∂L = 1\n"
    assert explain(loss, loss).value == 1.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda loss: explain(loss.data, "w1"), TypeError, "expected the loss as a Value, got float"),
        (lambda loss: explain(loss, "w7"), KeyError, "no 'w7' in the graph of the loss; nearest: w"),
        (lambda loss: explain(loss, 3), TypeError, "expected wrt as a Value or a label such as 'w1', got int: 3"),
        (lambda loss: explain(loss, Value(1.0, "q")), ValueError, "is not in the graph of the loss"),
        (lambda loss: explain(loss, []), ValueError, "got an empty list"),
        (lambda loss: explain(loss, "w1", order=3), ValueError, "expected order=1 or order=2, got order=3"),
        (lambda loss: explain(loss, ["w1", "w2", "w3"], order=2), ValueError, "one value or a pair, got 3"),
    ],
)
def test_errors_say_what_to_do(call: Callable[[Value], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        call(document())


def test_infinite_numbers_are_shown() -> None:
    a, z = Value(1.0, "a"), Value(math.inf, "z")
    explanation = explain(z * a)
    assert equations(explanation.text)[:2] == [("∂L/∂z", ["a", "1"]), ("∂L/∂a", ["z", "∞"])]
    assert r"\infty" in explanation.latex


def test_no_derivative_no_explanation() -> None:
    x = Value(0.0, "x")
    with pytest.raises(ValueError, match="explain\\(\\) needs a derivative everywhere"):
        explain(x**0.5, "x")


def test_the_operation_without_a_derivative_is_named() -> None:
    for order in (1, 2):
        with pytest.raises(ValueError, match=r"no derivative at sqrt\(q = 0\.0\): .*; sqrt needs an argument >= 0"):
            explain(sqrt(Value(0.0, "q")) * Value(2.0, "a"), "q", order=order)
    with pytest.raises(TypeError, match=r"expected one loss as a Value, got a list of 1; .* explain\(losses\[0\]\)"):
        explain([Value(1.0)])  # type: ignore[arg-type]


def test_nothing_is_changed_by_explaining() -> None:
    loss = document()
    before = copy.deepcopy(loss)
    explain(loss).text  # noqa: B018
    assert all(not node.has_grad for node in loss.named().values())
    assert [n.data for n in loss.named().values()] == [n.data for n in before.named().values()]


# ---------------------------------------------------------------- size


def test_a_large_batch_is_explained_on_two_pages_in_two_seconds() -> None:
    model = MLP(2, [16, 16, 1], activation="relu", output="sigmoid", rng=random.Random(3))
    rng = random.Random(1)
    samples = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(100)]
    loss = bce([model(x) for x in samples], [int(x[0] > x[1]) for x in samples])
    start = time.process_time()
    explanation = explain(loss, "w1")
    text = explanation.text
    assert time.process_time() - start < 2.0
    assert len(text.splitlines()) <= 100
    assert "⟨97 more⟩" in text and "1,600 paths from w₁ to L" in text
    assert_consistent(text)
    loss.backward()
    assert explanation.value == loss.named()["w1"].grad


# ---------------------------------------------------------------- the worksheet


def test_the_worksheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--out", str(tmp_path / "new")]) == 0
    assert "written: " in capsys.readouterr().out
    markdown = (tmp_path / "new" / "worksheet.md").read_text(encoding="utf-8")
    page = (tmp_path / "new" / "worksheet.html").read_text(encoding="utf-8")
    assert "# Backpropagation by hand: a 2-2-1 network" in markdown
    for part in ("Given", "Forward pass", "Errors", "Gradients", "Update"):
        assert part in page and part in markdown
    assert r"\delta_{1} &= \delta_{3} \cdot w_{5} \cdot h_{1} \cdot \left(1 - h_{1}\right)" in markdown
    for name, value in GOLDEN["updated"].items():
        number = re.search(rf"{name[0]}_\{{{name[1]}\}} \\leftarrow &\\; .* = (-[\d.]+)", markdown)
        assert (
            rf"{name[0]}_{{{name[1]}}} - \eta \cdot \frac{{\partial L}}{{\partial {name[0]}_{{{name[1]}}}}}" in markdown
        )
        assert number and abs(float(number[1]) - value) < 1e-3 * abs(value - START[name])
    rules_said = markdown.partition("The rules behind it")[2]
    assert "`" not in rules_said and "flat" not in rules_said and "rounded" not in rules_said
    assert r"\partial y" not in rules_said and "between 0 and 1" in rules_said
    assert "http://www.w3.org" in page and "src=" not in page and "<script" not in page


def test_the_files_come_first_and_a_reader_may_stop(tmp_path: Path) -> None:
    for command in (["explain"], []):
        run = [sys.executable, "-u", "-m", "autograd", *command, "--out", str(tmp_path / "new")]
        with subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None and process.stderr is not None
            first = process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == b"" and process.wait() == 0
        assert not command or first.startswith(b"written: ")
    assert (tmp_path / "new" / "worksheet.html").exists()


def test_the_worksheet_of_other_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data.csv"
    data.write_text("x1,x2,y\n0.25,0.5,0\n", encoding="utf-8")
    assert main(["explain", "--data", str(data), "--out", str(tmp_path)]) == 0
    assert "x_{1} = 0.25" in (tmp_path / "worksheet.md").read_text(encoding="utf-8")
    assert main(["explain", "--data", str(tmp_path / "nothing.csv"), "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "--data: there is no file" in said and "nothing.csv" in said
    assert "expected a CSV file with lines x1,x2,y" in said


def test_a_side_that_is_too_long_is_broken_outside_of_brackets() -> None:
    from autograd.explanation.layout import WIDE, Equation, _visible, aligned

    bracket = r"\left(0.379894 \cdot 0.592324 + \frac{1 - 0.592324}{2}\right)"
    long = " ".join([bracket, *[rf"\cdot {bracket}"] * 3, "+ 0.25"])
    rows = aligned(Equation("y", ["a", long, "1"])).split(" \\\\\n")
    assert rows[0] == "y &= a" and rows[-1] == "&= 1" and len(rows) > 3
    assert all(_visible(row) <= WIDE + 6 for row in rows)
    assert " ".join(row.replace(r"&\quad", "").replace("&=", "").strip() for row in rows[1:-1]) == long
    for row in rows:
        assert row.count(r"\left") == row.count(r"\right") and row.count("{") == row.count("}")
    assert aligned(Equation("y", ["a", "1"])) == "y &= a = 1"


# ---------------------------------------------------------------- in a notebook


def test_it_is_typeset_without_a_network() -> None:
    page = explain(document())._repr_html_()
    rows = re.findall(r'<tr class="step( delta)?"><td class=left>(<math.*?</math>)</td>', page)
    assert len(rows) == len(BY_HAND) == 12 and sum(bool(delta) for delta, _ in rows) == 3
    assert "http" not in page and "$" not in page and "<details" not in page
    assert html.unescape(re.sub(r".*<pre>|</pre>.*", "", page, flags=re.DOTALL)) == explain(document()).text.strip()
    assert str(explain(document(), "w1")._repr_markdown_()).count("$$") == 6  # beside its LaTeX


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_stay_text_in_html(label: str) -> None:
    a = Value(2.0, label)
    page = explain(a * a * 3.0 + a, a)._repr_html_()
    assert "<script" not in page and page.count("<math") > 2
    assert html.escape(label.split("_")[0][:20]) in re.sub(r"<[^>]*>", "", page)


def test_what_is_long_is_folded() -> None:
    model = MLP(2, [16, 16, 1], "tanh", "sigmoid", rng=random.Random(1))
    samples = [[math.cos(i), math.sin(i)] for i in range(10)]
    explanation = explain(bce([model(x) for x in samples], [0, 1] * 5))
    page = explanation._repr_html_()
    seen, *folded = page.split("<details>")
    assert seen.count('<tr class="step') == SEEN
    told = [int(count.replace(",", "")) for count in re.findall(r"([\d,]+) equations? more<", page)]
    left = [int(count.replace(",", "")) for count in re.findall(r"and ([\d,]+) more: print it", page)]
    assert SEEN + sum(told) == len(equations(explanation.text))
    assert sum(told) - sum(left) == sum(part.count('<tr class="step') for part in folded)
    assert len(page) < 500_000 and explanation.text.count("\n") > 1000  # what is printed is all of it
