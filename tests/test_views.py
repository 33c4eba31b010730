"""The views of a network, what is folded, opened up and compared in pictures, and the page of steps."""

import math
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import graphviz
import pytest

from autograd import Value, compare, dot, draw, ops, step_through
from autograd.comparison.rows import Row
from autograd.drawing import cards, comparison_marks, engine, style
from autograd.drawing.comparison_marks import Verdicts
from autograd.drawing.graph_view import READABLE, USES
from autograd.drawing.plan import Drawn, Plan, columns, plan_of
from autograd.graph import topological_order
from autograd.network import network_of, network_of_model
from nn import MLP, Layer, Neuron, bce, bce_with_logits, cross_entropy, mse
from tests.pictures import batch, chain, classes, document, micrograd, moons, small, unrolled

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
Box = tuple[float, float, float, float]


def svg(picture: engine.Drawing) -> Element:
    return ElementTree.fromstring(picture.pipe("svg"))


def groups(root: Element, kind: str) -> dict[str, Element]:
    """The `node`, `edge` or `cluster` groups by title."""
    found = {group.findtext(f"{SVG}title", ""): group for group in root.iter(f"{SVG}g") if group.get("class") == kind}
    assert len(found) == sum(group.get("class") == kind for group in root.iter(f"{SVG}g")) or kind == "edge"
    return found


def edges(root: Element) -> Counter[str]:
    found = (group.findtext(f"{SVG}title", "") for group in root.iter(f"{SVG}g") if group.get("class") == "edge")
    return Counter(re.sub(r":\w+", "", title) for title in found)


def texts(element: Element) -> list[str]:
    return ["".join(text.itertext()).replace("\xa0", " ").strip() for text in element.iter(f"{SVG}text")]


def told(picture: engine.Drawing) -> str:
    return " | ".join(texts(svg(picture)))


def card(root: Element, label: str) -> list[str]:
    return next(texts(group) for group in groups(root, "node").values() if texts(group)[:1] == [label])


def box(group: Element) -> Box:
    """(left, top, right, bottom) of the outline of a card, a circle or a plate."""
    for shape in group.iter() if isinstance(group, Element) else group:
        if shape.tag == f"{SVG}ellipse":
            x, y, rx, ry = (float(shape.get(name, "0")) for name in ("cx", "cy", "rx", "ry"))
            return x - rx, y - ry, x + rx, y + ry
        if shape.tag in (f"{SVG}path", f"{SVG}polygon"):
            numbers = [float(n) for n in re.findall(r"-?[\d.]+", shape.get("d") or shape.get("points") or "")]
            return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
    raise AssertionError("a card without an outline")


def apart(a: Box, b: Box) -> bool:
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


PICTURES: dict[str, Callable[[], engine.Drawing]] = {
    "graph": lambda: draw(document(), "graph"),
    "expanded": lambda: draw(document(), expand=True, local=True),
    "neurons": lambda: draw(document(), "neurons"),
    "network": lambda: draw(document(), "network"),
    "compared": lambda: draw(document(), "neurons", comparison=compare(document_loss(), {"w1": 1.0, "delta2": 2.0})),
    "micrograd": lambda: draw(micrograd()),
    "micrograd, folded": lambda: draw(micrograd(), depth=3),
    "moons, graph": lambda: draw(moons(), "graph"),
    "moons, neurons": lambda: draw(moons(3), "neurons"),
    "moons, network": lambda: draw(moons()),
    "wide model": lambda: draw(MLP(40, [30, 3])),
    "model, neurons": lambda: draw(MLP(3, [4, 2]), "neurons"),
    "recurrent": lambda: draw(unrolled(5), "neurons"),
    "recurrent, graph": lambda: draw(unrolled(3), "graph", local=True),
    "recurrent, network": lambda: draw(unrolled(5), "network"),
    "downwards": lambda: draw(classes(), "neurons", direction="TB"),
    "classes": lambda: draw(classes(), "graph", local=True),
    "batch, twice": lambda: draw(batch(2)),
    "batch, graph": lambda: draw(batch(), "graph"),
    "compared, network": lambda: draw(document(), "network", comparison=compare(document(), {"w1": 1.0, "b3": 2.0})),
}


def document_loss() -> Value:
    return document()


@pytest.mark.parametrize("name", PICTURES)
def test_no_two_nodes_overlap(name: str) -> None:
    boxes = {
        title: box(group)
        for title, group in groups(svg(PICTURES[name]()), "node").items()
        if texts(group) or title[0] in "nvb"
    }
    assert len(boxes) > 4
    for a, b in combinations(boxes, 2):
        own = {a[0], b[0]} in ({"b", "n"}, {"m", "n"}) and a[1:] == b[1:]  # bias and mark in the corners of a neuron
        assert own or apart(boxes[a], boxes[b]), f"{a} and {b}"


# ---------------------------------------------------------------- the network in a graph


def planned(loss: Value) -> Plan:
    found = network_of(loss)
    assert found is not None
    return plan_of(found)


def test_a_network_is_found_by_its_weighted_sums() -> None:
    loss = document()
    named = loss.named()
    found = planned(loss)
    assert [[unit.name for unit in column] for column in found.columns] == [["x1", "x2"], ["h1", "h2"], ["ŷ"]]
    h1, h2 = found.columns[1]
    (output,) = found.columns[2]
    assert [(weight.node, source) for weight, source in output.weights] == [(named["w5"], h1), (named["w6"], h2)]
    assert (h1.z.node if h1.z else None, h1.h.node if h1.h else None) == (named["z1"], named["h1"])
    assert output.bias is not None and output.bias.node is named["b3"]
    assert (output.activation, found.samples, found.loss, found.outputs) == ("σ", 1, loss, [output])
    assert found.target is not None and found.target.data == 1.0
    assert network_of(micrograd()) is None


@pytest.mark.parametrize("loss", [bce_with_logits, mse])
def test_a_linear_output_is_told_from_the_loss(loss: Callable[..., Value]) -> None:
    model = MLP(2, [3, 1], "tanh")
    found = planned(loss(model([1.0, 2.0]), 1.0))
    assert [unit.activation for unit in found.columns[-1]] == ["linear"]
    assert found.target is not None and found.target.data == 1.0


def test_weighted_sums_alone_are_neurons_too() -> None:
    w, x = [Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]
    hidden = [dot(w, x), dot([Value(0.5), 0.25 * Value(1.0)], x)]  # the second has a weight that was computed
    loss = bce_with_logits(dot([Value(1.0)], [hidden[0].leaky_relu()], 0.5), 0)
    found = planned(loss)
    assert [[unit.name for unit in column] for column in found.columns] == [["x1", "x2"], ["h1"], ["ŷ"]]
    assert found.columns[1][0].activation == "leaky"
    assert found.columns[2][0].bias is not None and found.columns[2][0].bias.data == 0.5
    assert "h₁" in told(draw(loss, "neurons"))


def test_a_custom_activation_and_a_class_loss() -> None:
    model = MLP(2, [3, 4], activation=lambda z: z * z.tanh())
    loss = cross_entropy(model([0.5, -1.0]), 2)
    loss.backward()
    found = planned(loss)
    assert [len(column) for column in found.columns] == [2, 3, 4]
    assert {unit.activation for unit in found.columns[1]} == {"f(z)"}
    assert edges(svg(draw(loss, "neurons"))).total() == 6 + 12 + 4


def recurrent() -> Value:
    w, state = [Value(0.5, "w1"), Value(-0.2, "w2")], Value(0.0, "h0")
    for moment in range(4):
        state = dot(w, [Value(0.1 * moment), state], 0.1).tanh()
    return state


def mixed() -> Value:
    """A neuron with an input that was computed from two others, and one input twice."""
    x = Value(1.0, "x")
    a = dot([Value(1.0, "w1"), Value(2.0, "w2")], [x, x], Value(0.1, "b1")).relu()
    b = dot([Value(1.0)], [x]).sigmoid()
    return dot([Value(1.0), Value(2.0), Value(3.0)], [a / (a + b), a, x], Value(0.0))


def extreme() -> Value:
    loss: Value = mse(MLP(2, [2, 1], "tanh")([math.inf, 1e200]), 1.0)
    return loss


@pytest.mark.parametrize("make", [recurrent, mixed, extreme])
def test_unusual_networks_are_drawn_in_every_view(make: Callable[[], Value]) -> None:
    root = make()
    root.backward()
    for view in ("auto", "graph", "neurons", "network"):
        assert groups(svg(draw(root, view)), "node")
    for options in ({"expand": True, "local": True}, {"max_nodes": 7}, {"depth": 2}):
        assert groups(svg(draw(root, "graph", **cast(Any, options))), "node")
    assert step_through(root).html


def test_inputs_computed_from_several_neurons_are_called_so() -> None:
    assert "computed" in told(draw(mixed(), "neurons"))
    found = told(draw(recurrent(), "neurons"))
    assert "step 4" in found and "sample" not in found


def test_of_a_batch_the_first_sample_is_shown_and_said_so() -> None:
    model = MLP(2, [2, 1], "sigmoid", "sigmoid")
    points = [[0.1, 0.7], [0.4, 0.9], [0.3, 0.2]]
    loss = bce([model(point) for point in points], [1, 1, 0])
    for view in ("neurons", "network"):
        picture = draw(loss, view)
        assert "sample 1 of 3" in told(picture)
        assert "0.1000" in told(picture) or "+0.10" in told(picture)
        assert "0.4000" not in told(picture)


# ---------------------------------------------------------------- neurons


def test_a_neuron_shows_weights_values_gradients_and_delta() -> None:
    loss = small()
    n = loss.named()
    shown = card(svg(draw(loss, "neurons")), "h₁")
    number = style.number
    assert shown == [
        *("h₁", "layer 1", "σ", "value", "gradient"),
        *("w₁", number(n["w1"].data), number(n["w1"].grad)),
        *("w₂", number(n["w2"].data), number(n["w2"].grad)),
        *("b₁", number(n["b1"].data), number(n["b1"].grad)),
        *("z₁", number(n["z1"].data), f"δ {number(n['z1'].grad)}"),
        *("h₁", number(n["h1"].data), number(n["h1"].grad)),
    ]
    assert card(svg(draw(loss, "neurons")), "L") == [
        "L",
        "BCE",
        "y",
        "1.0000",
        "loss",
        number(loss.data),
        "grad",
        "1.0000",
    ]


def test_every_weight_of_a_neuron_is_a_line_of_its_sign() -> None:
    root = svg(draw(small(), "neurons"))
    assert edges(root) == Counter(
        ["n0_0->n1_0", "n0_1->n1_0", "n0_0->n1_1", "n0_1->n1_1", "n1_0->n2_0", "n1_1->n2_0", "n2_0->loss"]
    )
    colours = {
        re.sub(r":\w+", "", title): next(group.iter(f"{SVG}path")).get("stroke")
        for title, group in groups(root, "edge").items()
    }
    assert colours["n0_1->n1_0"] == style.NEGATIVE.lower()  # w2 = -1.2
    assert colours["n1_0->n2_0"] == style.POSITIVE.lower()  # w5 = 1.5


def test_before_backward_the_gradients_are_dashes() -> None:
    loss = bce(MLP(2, [2, 1], "sigmoid", "sigmoid")([0.1, 0.7]), 1)
    assert card(svg(draw(loss, "neurons")), "h₁")[7::3] == ["–", "–", "–", "δ –", "–"]


def test_neurons_stand_in_their_order() -> None:
    cards_of = groups(svg(draw(MLP(3, [5, 4, 2]), "neurons")), "node")
    for layer, size in enumerate((3, 5, 4, 2)):
        tops = [box(cards_of[f"n{layer}_{row}"])[1] for row in range(size)]
        assert tops == sorted(tops)


# ---------------------------------------------------------------- network


def test_every_weight_is_a_line_and_every_bias_a_square() -> None:
    root = svg(draw(moons(), "network"))
    lines = edges(root)
    weights = [title for title in lines if title.startswith("n")]
    assert len(weights) == lines.total() - 6 == 2 * 16 + 16 * 16 + 16
    assert sum(title.startswith("b") for title in groups(root, "node")) == 33
    assert {"hidden 1", "16 × ReLU", "sample 1 of 100"} <= set(texts(root))


def test_circles_hold_activations_and_lines_grow_with_weights() -> None:
    loss = small()
    root = svg(draw(loss, "network"))
    circle = groups(root, "node")["n1_0"]
    assert texts(circle) == [f"{loss.named()['h1'].data:+.2f}"]
    width = {
        title: float(next(group.iter(f"{SVG}path")).get("stroke-width", "1"))
        for title, group in groups(root, "edge").items()
    }
    assert width["n1_0->n2_0"] > width["n0_1->n1_0"] > width["n1_1->n2_0"] > width["n0_1->n1_1"]


def test_layers_that_are_too_wide_or_too_many_are_shortened_and_it_is_said() -> None:
    picture = draw(MLP(40, [30, 3]))
    found = told(picture)
    assert "23 of 40 inputs folded" in found and "13 of 30 neurons of layer 1 folded" in found
    assert "+ 23" in found and "+ 13" in found
    deep = MLP(2, [3] * 40)
    assert "28 of 40 layers folded" in told(draw(deep))
    assert "36 of 40 layers folded" in told(draw(deep, depth=4))
    assert "folded" in told(draw(MLP(9, [9, 9]), max_nodes=12))
    assert "folded" not in told(draw(MLP(18, [18, 18])))
    found_neurons = told(draw(MLP(40, [3, 1]), "neurons"))
    assert "… 23 more weights" in found_neurons and "… 23 more inputs" in found_neurons


def test_columns_keep_first_and_last() -> None:
    network = network_of_model(MLP(100, [1]))
    assert network is not None
    (inputs, _), notes = columns(plan_of(network), 10, 5)
    names = [unit.name if isinstance(unit, Drawn) else unit for unit in inputs]
    assert names == ["x1", "x2", "x3", "x4", "x5", "x6", 91, "x98", "x99", "x100"]
    assert notes == ["91 of 100 inputs folded"]


def test_models_are_drawn_without_data() -> None:
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    model.load_named({"w1": 0.5, "b1": 0.25})
    assert draw(model).name == "network"
    shown = card(svg(draw(model, "neurons")), "h₁")
    assert shown[:3] == ["h₁", "layer 1", "sigmoid"] and shown[3:5] == ["w₁", "0.5000"]
    assert edges(svg(draw(Layer(2, 3), "neurons"))).total() == 6
    assert edges(svg(draw(Neuron(4), "neurons"))).total() == 4
    with pytest.raises(ValueError, match=r"view='graph' and a MLP; .*draw\(model\(x\)\)"):
        draw(model, "graph")


# ---------------------------------------------------------------- which view


def test_auto_picks_what_reads_best() -> None:
    assert draw(document()).name == "neurons"
    assert draw(micrograd()).name == "computation"
    inputs = [1.0, 2.0, 3.0]
    assert draw(MLP(3, [6, 5, 1])(inputs)).name == "neurons"
    assert draw(MLP(3, [6, 6, 1])(inputs)).name == "network"
    assert draw(mse(Neuron(3)(inputs), 1.0)).name == "neurons"
    x, w, b = Value(1.0, "x"), Value(2.0, "w"), Value(0.5, "b")
    assert draw((w * x + b).tanh()).name == "computation"  # one neuron, as it was written
    assert draw(mse([(w * x + b).tanh() for _ in range(20)], [0.0] * 20)).name == "neurons"
    assert draw(moons()).name == "network"
    assert draw(MLP(2, [2])).name == "network"
    assert draw(moons(), local=True, max_nodes=40).name == "computation"


def test_views_that_do_not_fit_say_why() -> None:
    with pytest.raises(ValueError, match=r"view='neurons', but there is no neuron.*dot\(w, x, b\)"):
        draw(micrograd(), "neurons")
    with pytest.raises(ValueError, match="local or expand"):
        draw(document(), "network", expand=True)
    for wrong in (0, -1, 2.5, "3", True):
        with pytest.raises(ValueError, match=r"max_nodes=.*expected a whole number"):
            draw(document(), max_nodes=cast(Any, wrong))
    with pytest.raises(TypeError, match=r"got a object; expected a Value, such as the loss, or a model"):
        draw(object())


# ---------------------------------------------------------------- opened up, local derivatives, frames


def test_weighted_sums_open_up_into_products_and_sums() -> None:
    loss = small()
    n = loss.named()
    root = svg(draw(loss, expand=True))
    shown = [texts(group) for group in groups(root, "node").values()]
    assert sum("×" in card for card in shown) == 6 and sum("+" in card for card in shown) == 6
    assert not any("Σw·x" in card for card in shown)
    assert card(root, "z₁") == ["z₁", "+", "data", style.number(n["z1"].data), "grad", style.number(n["z1"].grad)]
    product = style.number(n["w1"].data * n["x1"].data)
    assert ["×", "data", product, "grad", style.number(n["z1"].grad)] in shown
    assert edges(root).total() == 6 * 2 + 6 * 2 + 3 + 2


def test_one_product_without_bias_opens_up_into_itself() -> None:
    w, x = Value(2.0, "w"), Value(3.0, "x")
    z = dot([w], [x], 0.0)
    z.label = "z"
    z.backward()
    assert card(svg(draw(z, expand=True)), "z") == ["z", "×", "data", "6.0000", "grad", "1.0000"]


def test_local_derivatives_stand_on_the_edges() -> None:
    x, y = Value(3.0, "x"), Value(-2.0, "y")
    root = svg(draw(x * y + x, local=True))
    lines = {title: next(group.iter(f"{SVG}path")) for title, group in groups(root, "edge").items()}
    plates = {title: group for title, group in groups(root, "node").items() if title.startswith("d")}
    told = {}
    for title, group in plates.items():
        (tail,) = (line.split("->")[0] for line in lines if line.endswith(f"->{title}"))
        (head,) = (line.split("->")[1] for line in lines if line.startswith(f"{title}->"))
        told[tail, head] = texts(group)
        ends = [re.findall(r"-?[\d.]+,-?[\d.]+", lines[f"{tail}->{title}"].get("d", ""))[-1]]
        ends.append(re.findall(r"-?[\d.]+,-?[\d.]+", lines[f"{title}->{head}"].get("d", ""))[0])
        left, top, right, bottom = box(group)
        for x_, y_ in (map(float, end.split(",")) for end in ends):  # the line goes through its number
            assert left - 6 <= x_ <= right + 6 and top - 6 <= y_ <= bottom + 6
    assert told == {
        ("v0", "v2"): ["-2.0000"],
        ("v1", "v2"): ["3.0000"],
        ("v2", "v3"): ["1.0000"],
        ("v0", "v3"): ["1.0000"],
    }
    assert "local derivative" in " ".join(texts(root))


def test_opened_neurons_of_a_network_are_framed() -> None:
    loss = document()
    root = svg(draw(loss, expand=True))
    assert not groups(svg(draw(loss, "graph")), "cluster")
    frames = {texts(group)[0]: box(group) for group in groups(root, "cluster").values()}
    assert {" ".join(title.split()) for title in frames} == {"h₁ · layer 1", "h₂ · layer 1", "ŷ · layer 2"}
    inside = frames[next(title for title in frames if title.startswith("h₁"))]
    members = {
        texts(group)[0]
        for group in groups(root, "node").values()
        if inside[0] < box(group)[0]
        and box(group)[2] < inside[2]
        and inside[1] < box(group)[1] < box(group)[3] < inside[3]
    }
    assert members >= {"w₁", "w₂", "b₁", "z₁", "h₁"}
    assert not members & {"w₃", "w₄", "b₂", "z₂", "h₂", "x₁", "x₂"}
    assert not groups(svg(draw(micrograd(), expand=True)), "cluster")


# ---------------------------------------------------------------- folding


def test_samples_of_a_batch_are_folded_into_one_card() -> None:
    picture = draw(moons(), "graph")
    found = told(picture)
    assert "99 more samples" in found and "99 of 100 samples folded into one card; the first is shown" in found
    assert len(groups(svg(picture), "node")) <= READABLE + 10


def test_samples_added_with_sum_are_folded_too() -> None:
    model = MLP(2, [4, 1], "tanh")
    losses = [(model([0.1 * i, 1.0]) - 1.0) ** 2 for i in range(30)]
    loss = sum(losses) / 30.0
    picture = draw(loss, "graph", max_nodes=60)
    assert "29 of 30 samples folded" in told(picture)
    assert edges(svg(picture))


def test_layers_are_folded_where_samples_are_not_enough() -> None:
    picture = draw(moons(), "graph", max_nodes=30)
    root = svg(picture)
    assert {"layer 1", "layer 2", "layer 3", "16 × ReLU, 272 parameters"} <= set(texts(root))
    assert "the neurons of each of 3 layers folded into one card" in texts(root)
    assert len(groups(root, "node")) <= 30


@pytest.mark.parametrize("most", [1, 2, 5, 50])
def test_what_is_far_away_is_folded(most: int) -> None:
    root = svg(draw(chain(1000), max_nodes=most))
    assert most <= len(groups(root, "node")) <= most + 1
    assert f"… {1001 - most:,} more" in texts(root)
    assert f"{1000 - most:,} operations and 1 leaves" in texts(root)


def test_long_sums_and_wide_graphs_are_folded_at_once() -> None:
    x = Value(0.5, "x")
    total: Any = x
    for place in range(100_000):
        total = total + (1.0 if place % 2 else x)
    assert "folded" in told(draw(total))
    many = [Value(float(i)).tanh() * (i % 7) for i in range(20_000)]
    assert "19,999 more terms" in told(draw(ops.total(many)))


def test_depth_counts_steps_from_the_result() -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    root = svg(draw(((a * b) + b).tanh(), depth=1))
    assert [texts(group)[0] for group in groups(root, "node").values()] == ["… 3 more", "z₁", "ŷ"]
    assert "1 operations and 2 leaves farther than 1 step from the result folded into one card" in texts(root)
    everything = draw(((a * b) + b).tanh(), depth=9)
    assert "folded" not in everything.source


def test_many_lines_into_a_folded_card_are_left_out() -> None:
    w = [Value(float(i), f"w{i}") for i in range(USES + 5)]
    terms = [ops.total([v + float(k) for v in w]).tanh() for k in range(200)]
    root = svg(draw(ops.total(terms), max_nodes=80))
    fold = next(title for title, group in groups(root, "node").items() if "199 more terms" in texts(group))
    assert not [title for title in edges(root) if title.endswith(f"->{fold}")]
    assert [title for title in edges(root) if title.startswith(f"{fold}->")]


# ---------------------------------------------------------------- with a comparison


def as_compared(loss: Value) -> Any:
    """Rows of each verdict about the document's network, and one about a value that is not in its graph."""
    n = loss.named()

    def row(name: str, node: Value, state: str, what: str = "gradient") -> Row:
        return Row(name, what, 0.5, 0.25, 0.0, 0.0, state=state, node=node)

    rows = [
        row("w5", n["w5"], "agrees"),
        row("delta3", n["z3"], "differs"),
        row("dL_dw1", n["w1"], "carried"),
        row("h1", n["h1"], "agrees", "value"),
        row("nowhere", Value(1.0, "nowhere"), "agrees"),
    ]
    return type("C", (), {"rows": rows})


@pytest.mark.parametrize("view", ["graph", "neurons", "network"])
def test_a_comparison_marks_right_wrong_and_right_given_yours(view: str) -> None:
    loss = document()
    picture = draw(loss, view, comparison=as_compared(loss))
    found = told(picture)
    assert "by hand: = right, ≈ right given yours, ≠ wrong" in found
    assert "1 of the numbers by hand are not in this picture" in found
    signs = [len(re.findall(rf"(?:^|[\d|]) {sign}(?: \||$)", found)) for sign in "=≈≠"]
    assert signs == ([2, 1, 1] if view != "network" else [0, 1, 1])  # a circle has one sign, its worst
    grounds = {path.get("fill", "").upper() for path in svg(picture).iter(f"{SVG}path")}
    assert style.MARKER in grounds and style.PALE_MARKER in grounds


def test_the_colours_of_verdicts_are_not_those_of_roles_or_signs() -> None:
    roles = (style.INPUT, style.PARAMETER, style.CONSTANT, style.TARGET, style.INTERMEDIATE, style.LOSS)
    of_roles = {colour for role in roles for colour in (role.header, role.border)} | {style.POSITIVE, style.NEGATIVE}
    grounds = [verdict.ground for verdict in comparison_marks.ORDER if verdict.ground]
    assert len(grounds) == len({verdict.sign for verdict in comparison_marks.ORDER}) - 1
    for ground, far in zip(grounds, (60, 40), strict=True):  # the paler one is near to all that is pale
        assert min(distance(ground, colour) for colour in of_roles) > far
    loss = document()
    plain, compared = (draw(loss, "graph", comparison=given) for given in (None, as_compared(loss)))
    border = {
        picture: {t: next(g.iter(f"{SVG}path")).get("stroke") for t, g in groups(svg(picture), "node").items()}
        for picture in (plain, compared)
    }
    assert border[plain] == border[compared]  # a parameter stays violet, whatever was derived for it


def distance(a: str, b: str) -> float:
    return math.dist(*([int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (a, b)))


def test_the_numbers_by_hand_stand_beside_those_they_are_about() -> None:
    loss = document()
    picture = draw(loss, "graph", comparison=compare(loss, {"h1": 0.25, "grad_h1": 0.125}))
    shown = card(svg(picture), "h₁")
    assert shown == [
        *("h₁", "σ", "data", "4.3828e-08", "by hand", "2.5000e-01 ≠", "grad", "5.0641", "by hand", "0.1250 ≠"),
    ]


def test_a_comparison_of_another_evaluation_is_found_by_its_labels() -> None:
    picture = draw(document(), comparison=compare(document(), {"h1": 0.25}))
    assert "2.5000e-01 ≠" in told(picture) and "in this picture" not in told(picture)


@pytest.mark.parametrize("view", ["graph", "neurons"])
def test_numbers_called_different_are_shown_with_the_digits_that_differ(view: str) -> None:
    loss = small()
    n = loss.named()
    given = {"w3": n["w3"].grad * (1 + 1e-9), "delta1": n["z1"].grad + 1e-7, "w5": n["w5"].grad}
    found = told(draw(loss, view, comparison=compare(loss, given)))
    pairs = re.findall(r"(?:δ )?(-?[\d.]+) \| (?:by hand \| )?(-?[\d.]+) ([≠=])", found)
    assert sorted(sign for *_, sign in pairs) == ["=", "≠", "≠"]
    for engine_, by_hand, sign in pairs:
        assert (engine_ == by_hand) == (sign == "=")
        assert len(engine_.split(".")[1]) == len(by_hand.split(".")[1])


def test_a_comparison_fills_in_the_gradients_where_backward_was_not_called() -> None:
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=random.Random(2))
    fresh, done = (bce(model([0.1, 0.7]), 1) for _ in range(2))
    comparison = compare(fresh, {"delta3": 0.5})
    assert "–" in told(draw(fresh))
    found = told(draw(fresh, comparison=comparison))
    assert not fresh.has_grad and "–" not in found
    done.backward()
    for label in ("z1", "w5", "b1", "h2"):
        assert f"{done.named()[label].grad:.4f}" in found


@pytest.mark.parametrize("across", [False, True])
def test_entries_of_matrices_are_found_in_either_orientation(across: bool) -> None:
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    model.load_named({f"w{i}": 0.1 * i for i in range(1, 7)})
    loss = bce(model([0.1, 0.7]), 1)
    loss.backward()
    rows = [[w.grad for w in row] for row in model.matrices()["W1"]]
    given = {"dW1": [list(column) for column in zip(*rows, strict=True)] if across else rows, "db2": [0.5]}
    comparison = compare(loss, given, model)
    shown = Verdicts(comparison, topological_order(loss))
    n = loss.named()
    assert {node.label for node in shown.rows} == {"w1", "w2", "w3", "w4", "b3"}
    assert [shown.of(n[name])[0][0].by_hand for name in ("w1", "w2", "w3", "w4")] == [g for row in rows for g in row]
    assert "in this picture" not in told(draw(loss, "neurons", comparison=comparison))


def test_the_worst_of_several_verdicts_counts() -> None:
    loss = document()
    found = Verdicts(as_compared(loss), topological_order(loss))
    n = loss.named()
    assert found.worst([n["w5"], n["z3"]]) is comparison_marks.WRONG
    assert found.worst([n["w5"], n["w1"], None]) is comparison_marks.GIVEN
    assert found.worst([n["b1"]]) is None
    assert not Verdicts()


# ---------------------------------------------------------------- colours


def luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_stands_out_from_what_is_behind_it() -> None:
    pills = [style.pill(sign * share, 1.0) for sign in (1, -1) for share in (1e-9, 0.01, 0.3, 1.0)]
    fills = [style.fill(sign * share, 1.0) for sign in (1, -1) for share in (1e-9, 0.01, 0.3, 1.0)]
    headers = [role.header for role in (style.INPUT, style.PARAMETER, style.CONSTANT, style.INTERMEDIATE, style.LOSS)]
    pairs = [(style.INK, ground) for ground in (*pills, *fills, *headers, style.PAPER, style.NEUTRAL_PILL)]
    pairs += [(style.CHIP_INK, ground) for ground in (*headers, "#D5DDE6", style.FOLDED.header)]
    pairs += [(style.QUIET_INK, style.PAPER), (style.BADGE_INK, style.BADGE)]
    pairs += [(style.INK, verdict.ground or style.PAPER) for verdict in comparison_marks.ORDER]
    assert {pair: round(contrast(*pair), 2) for pair in pairs if contrast(*pair) < 4.5} == {}
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21.0)


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_stands_on_the_page_itself(name: str) -> None:
    """Pages are light or dark; text is readable on both because every one has a ground of its own."""
    root = svg(PICTURES[name]())
    plates = [box(cast(Any, [path])) for path in root.iter(f"{SVG}path") if path.get("fill", "").upper() == style.PAPER]
    seen = 0
    for group in root.iter(f"{SVG}g"):
        loose = group.get("class") in ("cluster", "graph", "edge")
        below = [
            text
            for child in group
            if child.tag != f"{SVG}g" or group.get("class") != "graph"
            for text in child.iter(f"{SVG}text")
        ]
        for text in below if loose else ():
            x, y = float(text.get("x", "")), float(text.get("y", "")) - 3
            seen += 1
            assert any(a <= x <= c and b <= y <= d for a, b, c, d in plates), text.text
    assert seen or name in ("graph", "micrograd", "batch, graph", "wide model") or name.endswith("network")


# ---------------------------------------------------------------- the same every time, and without an engine


def test_the_same_network_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "import sys; from tests.pictures import *;"
        "l = small(); m = moons(5);"
        "p = [draw(l, 'neurons'), draw(l, 'network'), draw(l, expand=True), draw(m, 'graph', max_nodes=50), draw(m)];"
        "sys.stdout.buffer.write(b''.join(x.source.encode() + x.pipe('svg') for x in p));"
        "sys.stdout.buffer.write(step_through(l).html.encode())"
    )
    root = Path(__file__).parent.parent
    outputs = set()
    for seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop()) > 100_000


@pytest.mark.parametrize("view", ["neurons", "network"])
def test_without_an_engine_there_is_the_source(view: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(engine.VARIABLE, raising=False)
    loss = document()
    assert draw(loss, view).pipe("svg").startswith(b"<?xml")
    assert draw(loss, view).pipe("png").startswith(b"\x89PNG")
    monkeypatch.setattr(engine, "_pure_program", lambda: None)
    assert "digraph" in draw(loss, view).source
    with pytest.raises(graphviz.ExecutableNotFound, match="pip install graphviz-pure"):
        draw(loss, view).pipe("svg")
    with pytest.raises(graphviz.ExecutableNotFound, match="pip install graphviz-pure"):
        step_through(loss, view="graph").save(tmp_path / "page.html")


def test_two_views_share_no_ids() -> None:
    loss = document()
    seen: list[str] = []
    for picture in (*(draw(loss, view) for view in ("graph", "neurons", "network")), draw(loss, "graph", depth=3)):
        seen += [element.get("id", "") for element in svg(picture).iter() if element.get("id")]
    assert len(seen) == len(set(seen))


def test_plates_have_a_ground() -> None:
    assert style.PAPER in cards.plate(["text"]) and "<script" not in cards.plate(["<script>"])
