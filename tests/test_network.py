"""The network in a graph: the one finder that pictures, explanation, hand-style code and diagnosis look through."""

import math
import random
import re
from collections.abc import Callable, Sequence
from typing import Any, cast
from xml.etree import ElementTree

import numpy as np
import pytest

from autograd import (
    Value,
    compare,
    dot,
    draw,
    exp,
    explain,
    log,
    relu,
    sigmoid,
    step_through,
    tanh,
    to_manual,
    total,
    values,
)
from autograd.graph import topological_order
from autograd.network import Network, find_network, network_of, network_of_model
from nn import MLP, Layer, Neuron, bce, cross_entropy, mse

START = {"w1": 0.5, "w2": -1.2, "b1": 0.3, "w3": 0.8, "w4": 0.4, "b2": -0.6, "w5": 1.5, "w6": -0.9, "b3": 0.2}
X = (0.1, 0.7)


def spelled(z: Value) -> Value:
    return cast(Value, 1.0 / (1.0 + exp(-z)))


def by_hand(
    f: Callable[[Any], Any] = sigmoid, *, named: bool = True, turned: bool = False, loss: str = "bce", y: float = 1.0
) -> Value:
    """The 2-2-1 network with * and +; `turned` with inputs before weights, `named` with labels on leaves and nodes."""

    def leaf(name: str, x: float) -> Value:
        return Value(x, name if named else "")

    p = {name: leaf(name, x) for name, x in START.items()}
    x1, x2, target = leaf("x1", X[0]), leaf("x2", X[1]), leaf("y", y)

    def neuron(number: int, pairs: Sequence[tuple[str, Value]], output: str) -> Value:
        products = [x * p[w] if turned else p[w] * x for w, x in pairs]
        z = products[0] + products[1] + p[f"b{number}"]
        h = cast(Value, f(z))
        if named:
            z.label, h.label = f"z{number}", output
        return h

    h1 = neuron(1, [("w1", x1), ("w2", x2)], "h1")
    h2 = neuron(2, [("w3", x1), ("w4", x2)], "h2")
    p_hat = neuron(3, [("w5", h1), ("w6", h2)], "ŷ")
    result = {
        "bce": lambda: -(target * log(p_hat) + (1 - target) * log(1 - p_hat)),
        "half": lambda: (target - p_hat) ** 2 / 2,
        "square": lambda: (p_hat - target) * (p_hat - target),
    }[loss]()
    result.backward()
    return cast(Value, result)


def figures(y: float = 1.0, loss: str = "bce") -> dict[str, float]:
    """z, h, δ and all gradients of the 2-2-1 network in plain floats, by the textbook."""
    w, (x1, x2) = START, X

    def s(z: float) -> float:
        return 1 / (1 + math.exp(-z))

    z1, z2 = w["w1"] * x1 + w["w2"] * x2 + w["b1"], w["w3"] * x1 + w["w4"] * x2 + w["b2"]
    h1, h2 = s(z1), s(z2)
    z3 = w["w5"] * h1 + w["w6"] * h2 + w["b3"]
    p = s(z3)
    d3 = {"bce": p - y, "half": (p - y) * p * (1 - p), "square": 2 * (p - y) * p * (1 - p)}[loss]
    d1, d2 = d3 * w["w5"] * h1 * (1 - h1), d3 * w["w6"] * h2 * (1 - h2)
    slopes = {"w1": d1 * x1, "w2": d1 * x2, "b1": d1, "w3": d2 * x1, "w4": d2 * x2, "b2": d2}
    slopes |= {"w5": d3 * h1, "w6": d3 * h2, "b3": d3}
    found = {"z1": z1, "z2": z2, "z3": z3, "h1": h1, "h2": h2, "y_hat": p, "delta1": d1, "delta2": d2, "delta3": d3}
    return found | {f"grad_{name}": slope for name, slope in slopes.items()}


RNN = {"wh": 0.5, "wx": 1.2, "b": 0.1, "v": 0.8, "c": -0.2}
SERIES = (-0.2, 0.1, 0.4)


def recurrent(samples: int = 1, *, named: bool = True, output: str = "hand", start: Any = 0.0) -> Value:
    """h = tanh(wh h + wx x + b) over three steps, and a linear output; the mean of squares over the samples."""
    wh, wx, b, v, c = (Value(x, name if named else "") for name, x in RNN.items())
    neuron = Neuron(1, "linear")
    neuron.load_named({"w1": RNN["v"], "b1": RNN["c"]})
    loss: Any = 0.0
    for s in range(samples):
        h = start
        for t, x in enumerate(SERIES, start=1):
            h = tanh(wh * h + wx * Value(x + 0.1 * s, f"x{t}" if named else "") + b)
            if named and samples == 1:
                h.label = f"h{t}"
        y = neuron([h]) if output == "nn" else v * h + c
        loss = loss + (y - 0.7) ** 2
    loss = loss / samples
    loss.backward()
    return cast(Value, loss)


def network(loss: Value) -> Network:
    found = network_of(loss)
    assert found is not None
    return found


def sizes(loss: Value) -> list[int]:
    return [len(row) for row in network(loss).rows()]


def texts(loss: Value, view: str) -> list[list[str]]:
    """The words of every node of a picture."""
    root = ElementTree.fromstring(draw(loss, view).pipe("svg"))
    svg = "{http://www.w3.org/2000/svg}"
    nodes = [group for group in root.iter(f"{svg}g") if group.get("class") == "node"]
    return [["".join(t.itertext()).replace("\xa0", " ").strip() for t in node.iter(f"{svg}text")] for node in nodes]


def run(loss: Value, **options: Any) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(str(to_manual(loss, **options)), space)
    return space


# ---------------------------------------------------------------- neurons with * and +


@pytest.mark.parametrize("f", [sigmoid, spelled])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("turned", [True, False])
def test_a_network_of_products_and_sums_is_that_of_dot(f: Callable[[Any], Any], named: bool, turned: bool) -> None:
    found = find_network(by_hand(f, named=named, turned=turned))
    assert found is not None and found.samples == 1
    weights = [[[w.data for w in unit.weights] for unit in row] for row in found.rows()]
    assert weights == [[[0.5, -1.2], [0.8, 0.4]], [[1.5, -0.9]]]
    assert [[unit.bias and unit.bias.data for unit in row] for row in found.rows()] == [[0.3, -0.6], [0.2]]
    expected = figures()
    units = [unit for row in found.rows() for unit in row]
    assert [unit.z.data for unit in units] == pytest.approx([expected[f"z{i}"] for i in (1, 2, 3)], rel=1e-15)
    assert [unit.h.data for unit in units] == pytest.approx([expected[n] for n in ("h1", "h2", "y_hat")], rel=1e-15)
    assert [f.name for f in found.activations] == ["sigmoid", "sigmoid"]
    assert [f.sign for f in found.activations] == ["σ", "σ"]


def spelled_tanh(z: Value) -> Value:
    return cast(Value, (exp(z) - exp(-z)) / (exp(z) + exp(-z)))


def test_an_activation_that_takes_z_several_times() -> None:
    found = network(by_hand(spelled_tanh, loss="square"))
    assert [f.name for f in found.activations] == ["tanh", "tanh"]
    head = found.head(0, 0)
    assert head is not None and (head.kind, head.slope, head.y) == ("output", True, 1.0)


def test_an_output_is_what_all_of_the_loss_goes_through() -> None:
    """σ(z) is taken twice here, and neither is all that the loss has of z."""
    z = Value(0.5, "w1") * Value(0.3, "x1") + Value(0.1, "b1")
    loss = -(1.0 * log(sigmoid(z)) + 0.0 * log(1.0 - sigmoid(z)))
    found = network(loss)
    assert found.outputs[0][0].h is z
    head = found.head(0, 0)
    assert head is not None and (head.kind, head.y, head.slope) == ("sigmoid", 1.0, False)


@pytest.mark.parametrize("loss", ["bce", "half", "square"])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_the_loss_is_recognised_in_whatever_way_it_is_written(loss: str, y: float) -> None:
    found = network(by_hand(loss=loss, y=y))
    head = found.head(0, 0)
    assert head is not None and head.source is not None
    assert (head.y, head.source.label, head.slope) == (y, "y", loss != "bce")
    assert head.c == pytest.approx({"bce": 1.0, "half": 1.0, "square": 2.0}[loss], rel=1e-9)


@pytest.mark.parametrize("f", [sigmoid, spelled])
@pytest.mark.parametrize("named", [True, False])
def test_its_neurons_are_drawn_with_their_numbers(f: Callable[[Any], Any], named: bool) -> None:
    cards = texts(by_hand(f, named=named), "neurons")
    expected = figures()
    h1 = next(card for card in cards if card[0] == "h₁")
    rows = {"w₁": "grad_w1", "w₂": "grad_w2", "b₁": "grad_b1"}
    assert h1[:5] == ["h₁", "layer 1", "σ", "value", "gradient"]
    for name, key in rows.items():
        assert float(h1[h1.index(name) + 2]) == pytest.approx(expected[key], abs=6e-5)
    assert float(h1[h1.index("z₁") + 1]) == pytest.approx(expected["z1"], abs=6e-5)
    assert float(h1[h1.index("z₁") + 2].removeprefix("δ ")) == pytest.approx(expected["delta1"], abs=6e-5)
    output = next(card for card in cards if card[0] == "ŷ")
    assert {"w₅", "w₆", "b₃", "z₃"} <= set(output)
    assert next(card for card in cards if card[0] == "L")[2:4] == ["y", "1.0000"]
    circles = texts(by_hand(f, named=named), "network")
    assert ["hidden 1", "2 × σ"] in circles and ["output", "1 × σ"] in circles


def test_the_target_beside_a_hand_written_cross_entropy_is_the_target() -> None:
    """1 - ŷ is the first that stands beside the output, and its 1 is no target."""
    p = sigmoid(Value(0.5, "w1") * Value(0.3, "x1") + Value(0.1, "b1"))
    loss = -(0.0 * log(p) + 1.0 * log(1.0 - p))
    assert next(card for card in texts(loss, "neurons") if card[0] == "L")[2:4] == ["y", "0.0000"]


@pytest.mark.parametrize("f", [sigmoid, spelled])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("loss", ["bce", "half", "square"])
def test_it_is_written_by_hand_with_the_names_of_the_textbook(f: Callable[[Any], Any], named: bool, loss: str) -> None:
    space = run(by_hand(f, named=named, loss=loss))
    expected = figures(loss=loss)
    assert {name: space[name] for name in expected} == pytest.approx(expected, rel=1e-12)


def test_a_spelled_out_sigmoid_has_the_slope_of_the_textbook() -> None:
    text = str(to_manual(by_hand(spelled)))
    assert "delta3 = y_hat - y" in text
    assert "delta1 = delta3 * w5 * (h1 * (1 - h1))" in text
    assert "v1" not in text


def test_what_lost_its_digits_in_the_graph_is_written_operation_by_operation() -> None:
    """log(1 - p) knows only few digits of 1 - p where p is near 1: the textbook's program would give others."""
    w, b = Value(20.0, "w1"), Value(3.3, "b1")
    p = spelled(w * Value(1.0, "x1") + b)
    loss = -(0.0 * log(p) + 1.0 * log(1.0 - p))
    loss.backward()
    space = run(loss)
    assert space["grad_w1"] == pytest.approx(w.grad, rel=1e-15)


@pytest.mark.parametrize("named", [True, False])
def test_the_page_of_steps_has_the_names_of_the_textbook(named: bool) -> None:
    names = [step.name for step in step_through(by_hand(named=named, loss="half")).steps if step.phase == "forward"]
    assert names == ["z₁", "h₁", "z₂", "h₂", "z₃", "ŷ", "L"]
    lines = [step.text for step in step_through(by_hand(named=named)).steps]
    assert any(line.startswith("δ₃ = ŷ − y = ") for line in lines)


def test_explanation_is_the_same_for_dot_and_for_products() -> None:
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    model.load_named(START)
    lines = [line for line in explain(bce(model(list(X)), 1), "w1").text.splitlines() if line.startswith(("δ", "∂"))]
    assert [re.sub(r"\s+", "", line) for line in lines] == [
        re.sub(r"\s+", "", line) for line in explain(by_hand(), "w1").text.splitlines() if line.startswith(("δ", "∂"))
    ]


# ---------------------------------------------------------------- what is a neuron, and what is not


def test_sums_are_found_however_they_are_added() -> None:
    w, x, b = [Value(0.1 * i, f"w{i}") for i in range(1, 4)], [Value(0.3), Value(-0.2), Value(0.5)], Value(0.4, "b1")
    ways: list[Any] = [
        w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b,
        b + (w[0] * x[0] + (w[1] * x[1] + w[2] * x[2])),
        sum(a * c for a, c in zip(w, x, strict=True)) + b,
        sum((a * c for a, c in zip(w, x, strict=True)), b),
        total([a * c for a, c in zip(w, x, strict=True)]) + b,
        dot(w, x) + b,
        dot(w[:2], x[:2]) + w[2] * x[2] + b,
        dot(w[:2], x[:2]) + dot(w[2:], x[2:]) + b,
        dot(w, x, b),
    ]
    for z in ways:
        found = find_network((z.tanh() - 1) ** 2)
        assert found is not None
        ((unit,),) = found.rows()
        assert unit.z is z and unit.bias is b
        assert dict(zip(unit.weights, unit.inputs, strict=True)) == dict(zip(w, x, strict=True))


@pytest.mark.parametrize("names", [("x", "y"), ("t", "y1")])
def test_inputs_may_be_called_as_targets_are(names: tuple[str, str]) -> None:
    x, w, b = [Value(0.3, name) for name in names], [Value(0.1, "w1"), Value(0.2, "w2")], Value(0.4, "b1")
    ((unit,),) = network(sigmoid(w[0] * x[0] + w[1] * x[1] + b)).rows()
    assert (unit.weights, unit.inputs) == (tuple(w), tuple(x))


def test_two_neurons_added_up_are_two() -> None:
    a, b = Neuron(2, "linear"), Neuron(2, "linear")
    assert sizes((a([1.0, 2.0]) + b([1.0, 2.0]) - 1) ** 2) == [2]
    w, x = [Value(0.1 * i, f"w{i}") for i in range(1, 5)], [Value(0.3, "x1"), Value(0.4, "x2")]
    z = [w[0] * x[0] + w[1] * x[1], w[2] * x[0] + w[3] * x[1]]
    z[0].label, z[1].label = "z1", "z2"
    assert sizes(z[0] + z[1]) == [2]


def test_an_activation_of_ones_own_whose_value_is_0() -> None:
    z = Value(0.0, "w1") * Value(0.5, "x1") + Value(0.0, "b1")
    h = z * sigmoid(z)
    found = network((Value(0.7, "w2") * h + Value(0.1, "b2") - 1) ** 2)
    assert [unit.h for unit in found.rows()[0]] == [h] and h.data == 0.0
    assert found.activations[0].sign == "SiLU"


def test_what_is_no_neuron_is_not_found() -> None:
    a, b, c = Value(2.0, "a"), Value(3.0, "b"), Value(4.0, "c")
    p = sigmoid(a)
    for root in (a * b + c**2, a * a + b, a * b * c, a + b + c, -(Value(1.0, "y") * log(p) + Value(0.0) * log(1 - p))):
        assert network_of(cast(Value, root)) is None
    assert find_network(a * b + c) is not None and not network(a * b + c).evident  # nobody calls it a neuron


def test_a_number_in_the_place_of_the_bias() -> None:
    found = network(mse(dot([Value(1.0)], [dot([Value(2.0)], [0.5], 0.25).tanh()]), 1.0))
    assert [[(unit.bias, unit.constant) for unit in row] for row in found.rows()] == [[(None, 0.25)], [(None, None)]]
    assert not found.full


def test_outputs_stand_in_the_order_of_their_numbers() -> None:
    w = [Value(0.1 * i, f"w{i}") for i in range(1, 5)]
    x = [Value(0.3, "x1"), Value(0.4, "x2")]
    z = [w[0] * x[0] + w[1] * x[1], w[2] * x[0] + w[3] * x[1]]
    z[0].label, z[1].label = "z1", "z2"
    loss = z[1] - z[0]
    assert [unit.z.label for unit in network(loss).rows()[0]] == ["z1", "z2"]


def test_softmax_written_out_over_neurons_written_out() -> None:
    w = [[Value(0.2 * i - 0.3 * j, f"w{i}{j}") for j in range(2)] for i in range(3)]
    x, b = [Value(0.5, "x1"), Value(-0.3, "x2")], [Value(0.1 * i, f"b{i}") for i in range(3)]
    y = [Value(float(i == 1), f"y{i}") for i in range(3)]
    z = [row[0] * x[0] + row[1] * x[1] + c for row, c in zip(w, b, strict=True)]
    e = [exp(q) for q in z]
    p = [q / sum(e) for q in e]
    loss = -(y[0] * log(p[0]) + y[1] * log(p[1]) + y[2] * log(p[2]))
    loss.backward()
    found = find_network(loss)
    assert found is not None and [len(row) for row in found.rows()] == [3]
    heads = [found.head(0, k) for k in range(3)]
    assert [(head.kind, head.y) for head in heads if head] == [("softmax", 0.0), ("softmax", 1.0), ("softmax", 0.0)]
    assert [node.grad for node in z] == pytest.approx([p[0].data, p[1].data - 1, p[2].data], rel=1e-12)


# ---------------------------------------------------------------- samples


@pytest.mark.parametrize("n", [1, 2, 5])
def test_samples_of_a_network_without_labels(n: int) -> None:
    rng = random.Random(n)
    w = [[Value(rng.uniform(-1, 1)) for _ in range(2)] for _ in range(3)]
    b, v, c = [Value(rng.uniform(-1, 1)) for _ in range(3)], [Value(rng.uniform(-1, 1)) for _ in range(3)], Value(0.1)
    points = [[Value(rng.uniform(-1, 1)) for _ in range(2)] for _ in range(n)]
    losses = []
    for x in points:
        h = [relu(x[0] * row[0] + x[1] * row[1] + bias) for row, bias in zip(w, b, strict=True)]  # inputs first
        losses.append((sum(a * k for a, k in zip(v, h, strict=True)) + c - 1.0) ** 2)
    found = find_network(cast(Value, sum(losses) / n))
    assert found is not None
    assert (found.samples, found.terms if n > 1 else 1) == (n, n)
    assert found.matrices() == {"W1": w, "b1": b, "W2": [v], "b2": [c]}
    assert [list(row[0].inputs) for row in found.layers[0]] == points


def test_samples_of_several_outputs_that_nothing_joins() -> None:
    model = MLP(3, [4])
    points = [[0.1, 0.2, 0.3], [0.4, -0.5, 0.6]]
    found = find_network(cross_entropy([model(x) for x in points], [0, 2]))
    assert found is not None
    assert [[len(row) for row in layer] for layer in found.layers] == [[4, 4]]
    assert [row[0].inputs[0].data for row in found.layers[0]] == [0.1, 0.4]


def test_arrays_of_values() -> None:
    x = values(np.array([[0.1, 0.2], [0.3, -0.4]]), "X")
    w, b = values(np.array([[0.5, 0.6], [0.7, -0.8]]), "W1"), values(np.array([0.1, 0.2]), "b1")
    h = np.tanh(x @ w + b)
    loss = ((h @ values(np.array([[0.5], [0.6]]), "W2") + values(np.array([0.1]), "b2") - 1.0) ** 2).mean()
    found = find_network(loss)
    assert found is not None and found.samples == 2
    assert found.matrices()["W1"] == [list(column) for column in w.T]
    assert "W₁[0, 0]" in {text for card in texts(loss, "neurons") for text in card}


# ---------------------------------------------------------------- several times


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("samples", [1, 2, 3])
@pytest.mark.parametrize("output", ["hand", "nn"])
def test_a_neuron_used_at_several_times_is_a_unit_at_each(named: bool, samples: int, output: str) -> None:
    found = network(recurrent(samples, named=named, output=output))
    assert found.samples == samples and not found.full and find_network(recurrent(samples)) is None
    for s in range(samples):
        rows = found.rows(s)
        assert [len(row) for row in rows] == [1, 1, 1, 1]
        state = 0.0
        for t, (row, x) in enumerate(zip(rows, SERIES, strict=False), start=1):
            state = math.tanh(RNN["wh"] * state + RNN["wx"] * (x + 0.1 * s) + RNN["b"])
            assert row[0].h.data == pytest.approx(state, rel=1e-14)
            assert found.times[row[0].z] == t
        assert rows[3][0].z not in found.times
        assert found.outputs[s] == rows[3]
        assert [found.source(row[0].inputs[0]) for row in rows[1:]] == [row[0] for row in rows[:3]]


def test_a_recurrent_network_is_drawn_step_by_step() -> None:
    loss = recurrent()
    cards = texts(loss, "neurons")
    assert [card[:3] for card in cards if "step" in " ".join(card[:2])] == [
        [f"h{'₁₂₃'[t]}", f"step {t + 1}", "tanh"] for t in range(3)
    ]
    assert {card[0] for card in cards} == {"h₀", "x₁", "x₂", "x₃", "h₁", "h₂", "h₃", "ŷ", "L"}
    named = loss.named()
    first = next(card for card in cards if card[0] == "h₁")
    assert float(first[first.index("wh") + 2]) == pytest.approx(named["wh"].grad, abs=6e-5)
    assert "all steps" in draw(loss, "neurons").source
    circles = texts(loss, "network")
    assert [circle for circle in circles if circle[:1] in (["step 1"], ["step 2"], ["step 3"], ["output"])] == [
        ["step 1", "1 × tanh"],
        ["step 2", "1 × tanh"],
        ["step 3", "1 × tanh"],
        ["output", "1 × linear"],
    ]


def test_names_without_labels_are_those_of_unrolled_networks() -> None:
    cards = texts(recurrent(2, named=False), "neurons")
    assert {card[0] for card in cards} == {"h₀", "x₁", "x₂", "x₃", "h₁", "h₂", "h₃", "ŷ", "L"} | {
        card[0] for card in cards if card[0].startswith("lines")
    }
    assert "sample 1 of 2" in draw(recurrent(2), "neurons").source


def test_a_first_step_without_a_state_is_the_same_neuron() -> None:
    wh, wx, b = Value(0.5, "wh"), Value(1.2, "wx"), Value(0.1, "b")
    h = tanh(wx * 0.3 + b)
    for x in (0.1, 0.2):
        h = tanh(wh * h + wx * x + b)
    found = network((Value(0.8, "v") * h + Value(-0.2, "c") - 0.5) ** 2)
    assert [found.times.get(row[0].z) for row in found.rows()] == [1, 2, 3, None]


@pytest.mark.parametrize("make", ["hand", "layer", "arrays"])
@pytest.mark.parametrize("samples", [1, 2])
def test_several_recurrent_units(make: str, samples: int) -> None:
    rng = random.Random(4)
    layer, out = Layer(3, 2, "tanh", rng=rng), Neuron(2, "linear", rng=rng)
    if make == "arrays":
        wx, wh = values(np.array([[0.1, 0.2]]), "Wx"), values(np.array([[0.3, 0.1], [-0.2, 0.4]]), "Wh")
        b, state = values(np.array([0.1, 0.2]), "b"), np.zeros((samples, 2))
        for x in SERIES:
            state = np.tanh(np.full((samples, 1), x) @ wx + state @ wh + b)
        loss = ((state @ values(np.array([[0.5], [0.6]]), "Wo") + values(np.array([0.1]), "c") - 0.5) ** 2).sum()
    else:
        loss = Value(0.0)
        neurons = layer.neurons
        for s in range(samples):
            h: list[Any] = [0.0, 0.0]
            for x in SERIES:
                given = [*h, x + s]
                h = list(layer(given)) if make == "layer" else [
                    tanh(sum(w * k for w, k in zip(n.w, given, strict=True)) + n.b) for n in neurons
                ]  # fmt: skip
            loss = loss + (out(h) - 0.3) ** 2
    loss.backward()
    found = network(cast(Value, loss))
    assert (found.samples, [len(row) for row in found.rows()]) == (samples, [2, 2, 2, 1])
    assert [{found.times[unit.z] for unit in row} for row in found.rows()[:3]] == [{1}, {2}, {3}]
    for view in ("neurons", "network"):
        shown = texts(cast(Value, loss), view)
        assert sum("step" in " ".join(card) for card in shown) == (6 if view == "neurons" else 3)


def test_backpropagation_through_time_is_derived_with_the_delta_of_every_step() -> None:
    h = [0.0]
    for x in SERIES:
        h.append(math.tanh(RNN["wh"] * h[-1] + RNN["wx"] * x + RNN["b"]))
    delta = {4: 2 * (RNN["v"] * h[3] + RNN["c"] - 0.7)}
    delta[3] = delta[4] * RNN["v"] * (1 - h[3] ** 2)
    for t in (2, 1):
        delta[t] = delta[t + 1] * RNN["wh"] * (1 - h[t] ** 2)
    explanation = explain(recurrent(), ["wh", "wx", "b"])
    rows = [line for line in explanation.text.splitlines() if line.startswith("δ")]
    found = {int("0₁₂₃₄".index(line[1])): float(line.rsplit("= ", 1)[1].replace("−", "-")) for line in rows}
    assert found == pytest.approx(delta, rel=1e-4)
    formulas = {line.split(" = ")[0]: line.split(" = ")[1] for line in explanation.text.splitlines() if " = " in line}
    assert formulas["δ₂"] == "δ₃·wh·(1 − h₂²)"
    assert formulas["∂L/∂wh"] == "δ₂·h₁ + δ₃·h₂"
    assert formulas["∂L/∂wx"] == "δ₁·x₁ + δ₂·x₂ + δ₃·x₃"
    assert explanation.value["wh"] == pytest.approx(delta[2] * h[1] + delta[3] * h[2], rel=1e-12)


def test_a_delta_has_a_name_of_its_own_where_neurons_have_the_same() -> None:
    text = explain(recurrent(output="nn")).text  # its output is called z1 by nn, and so might be the first step
    lefts = re.findall(r"^([^=\n ]+) = ", text, re.MULTILINE)
    assert len(set(lefts)) == len(lefts)


def test_an_output_at_every_step() -> None:
    wh, wx, b, v, c = (Value(x, name) for name, x in RNN.items())
    h, loss = Value(0.0, "h0"), Value(0.0)
    for x in SERIES:
        h = tanh(wh * h + wx * x + b)
        loss = loss + (v * h + c - 0.5) ** 2
    found = network(cast(Value, loss))
    assert len(found.outputs[0]) == 3 and found.samples == 1
    assert {"ŷ₁", "ŷ₂", "ŷ₃"} <= {card[0] for card in texts(cast(Value, loss), "neurons")}
    titles = [card[0] for card in texts(cast(Value, loss), "network") if card[1:] in (["1 × tanh"], ["1 × linear"])]
    assert titles == ["step 1", "step 2", "step 3", "output"]


def test_of_many_steps_some_are_left_out_and_the_others_stand_in_their_order() -> None:
    state: Any = 0.0
    wh, wx, b = Value(0.5, "wh"), Value(1.2, "wx"), Value(0.1, "b")
    for t in range(20):
        state = tanh(wh * state + wx * (0.1 * t) + b)
    source = draw(state, "neurons").source
    assert "8 of 20 layers folded" in source and "… 8 layers" in source
    assert re.search(r"n6_0 -> n7_0 \[.*style=dashed", source)


def test_a_filter_used_at_several_places_is_not_at_several_times() -> None:
    k, b = [Value(0.3, "w1"), Value(-0.2, "w2")], Value(0.1, "b1")
    x = [Value(0.1 * i, f"x{i}") for i in range(4)]
    h = [relu(k[0] * x[i] + k[1] * x[i + 1] + b) for i in range(3)]
    loss = (dot([Value(0.1, "w3"), Value(0.2, "w4"), Value(0.3, "w5")], h, Value(0.2, "b2")) - 1) ** 2
    found = network(cast(Value, loss))
    assert (found.samples, [len(row) for row in found.rows()], found.times, found.full) == (1, [3, 1], {}, False)
    assert "those of all places" in draw(cast(Value, loss), "neurons").source


def test_compare_keeps_working_on_recurrent_networks() -> None:
    loss = recurrent()
    named = loss.named()
    right = {name: named[name].grad for name in RNN}
    assert compare(loss, right).ok
    wrong = compare(loss, right | {"wh": 2 * right["wh"]})
    assert not wrong.ok and [row.name for row in wrong.rows if not row.ok] == ["wh"]


# ---------------------------------------------------------------- full layers, and whole networks


def test_weights_in_two_places_are_no_full_layers() -> None:
    a, b, x = Value(0.3, "w1"), Value(0.4, "w2"), [Value(0.5, "x1"), Value(-0.3, "x2")]
    h = tanh(a * x[0] + b * x[1] + Value(0.1, "b1"))
    loss = (a * h + Value(0.2, "b2") - x[0]) ** 2 + (b * h + Value(0.3, "b3") - x[1]) ** 2
    assert sizes(cast(Value, loss)) == [1, 2] and find_network(cast(Value, loss)) is None


@pytest.mark.parametrize("shape", [[3, 1], [4, 3, 2], [2, 2, 2, 2]])
def test_networks_of_nn_are_full(shape: list[int]) -> None:
    model = MLP(3, shape, "tanh", rng=random.Random(1))
    outputs = [model([0.1 * i, 0.2, -0.3]) for i in range(4)]
    loss = mse(outputs, [1.0] * 4 if shape[-1] == 1 else [[1.0] * shape[-1]] * 4)
    found = find_network(loss)
    assert found is not None and found.samples == 4
    assert [len(layer[0]) for layer in found.layers] == shape
    assert found.matrices() == model.matrices()


def test_every_node_of_a_neuron_and_no_other_is_its_own() -> None:
    loss = by_hand(spelled)
    found = network(loss)
    of = {node: found.units[z].h.label for node, z in found.members().items()}
    outside = {node.label for node in topological_order(loss) if node not in of}
    assert {"x1", "x2", "y"} <= outside and not outside & {"w1", "b3", "z2", "h1", "ŷ"}
    assert {of[node] for node in found.rows()[0][0].weights} == {"h1"}
    assert sum(owner == "h1" for owner in of.values()) == 3 + 2 + 2 + 4  # leaves, products, sums, what σ is made of


def test_what_is_used_at_several_times_is_part_of_no_one_neuron() -> None:
    found = network(recurrent())
    inside = {node.label for node in found.members()}
    assert {"h1", "h2", "h3", "v", "c"} <= inside and not inside & {"wh", "wx", "b", "x1"}


def test_a_model_without_data() -> None:
    model = MLP(3, [4, 2], activation="relu", output="sigmoid")
    found = network_of_model(model)
    assert found is not None and not found.has_data
    assert found.matrices() == model.matrices()
    assert [[found.activation(unit) for unit in row] for row in found.rows()] == [["relu"] * 4, ["sigmoid"] * 2]
    assert [found.source(x) for x in found.rows()[1][0].inputs] == found.rows()[0]
    assert network_of_model(object()) is None
    assert [len(row) for row in cast(Network, network_of_model(Layer(2, 3))).rows()] == [3]
    assert [len(row) for row in cast(Network, network_of_model(Neuron(2))).rows()] == [1]
