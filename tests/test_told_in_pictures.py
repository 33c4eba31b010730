"""What pictures tell besides numbers: the name of a loss, targets, parameters, whose gradient it is, the order."""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Primitive, Value, dot, draw, explain, log, ops, relu, sigmoid
from autograd.drawing import style
from autograd.drawing.gradients import MANY, held, of_this_result
from autograd.drawing.graph_view import roles
from autograd.drawing.loss_name import targets
from autograd.graph import topological_order
from autograd.network import network_of
from nn import (
    MLP,
    SGD,
    Layer,
    bce,
    bce_with_logits,
    cross_entropy,
    half_squared_error,
    hinge,
    l2_penalty,
    mse,
)
from tests.pictures import document, micrograd, moons, small, unrolled
from tests.test_views import box, card, groups, svg, texts, told

OTHERS = [[0.1, 0.7], [0.4, -0.9], [-0.3, 0.2], [0.8, 0.5]]
POINTS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def model(outputs: int = 1, output: str = "sigmoid") -> MLP:
    return MLP(2, [2, outputs], "tanh", output, rng=random.Random(3))


# ---------------------------------------------------------------- the loss and its target


def by_hand(m: Any) -> Value:
    p, y = m([0.5, 1.0]), Value(1.0, "y")
    return -(y * log(p) + (1.0 - y) * log(1.0 - p))


LOSSES: dict[str, Callable[[], Value]] = {
    "BCE": lambda: bce(model()([0.5, 1.0]), 1),
    "squared error": lambda: mse(model()([0.5, 1.0]), 1),
    "½ squared error": lambda: half_squared_error(model(output="linear")([0.5, 1.0]), 1),
    "mean squared error": lambda: mse([model()(x) for x in POINTS[:1] * 2], [0, 1]),
    "½ mean squared error": lambda: half_squared_error([m(x) for m in [model()] for x in POINTS], [0, 1, 1, 0]),
    "mean BCE": lambda: bce([m(x) for m in [model()] for x in POINTS], [0, 1, 1, 0]),
    "Σ BCE": lambda: bce([m(x) for m in [model()] for x in POINTS], [0, 1, 1, 0], reduction="sum"),
    "cross-entropy": lambda: cross_entropy(model(3, "linear")([0.5, 1.0]), 2),
    "mean cross-entropy": lambda: cross_entropy([m(x) for m in [model(3, "linear")] for x in POINTS], [0, 1, 2, 0]),
    "hinge": lambda: hinge(model(output="linear")([0.5, 1.0]), 1),
    "mean hinge": lambda: hinge([m(x) for m in [model(output="linear")] for x in POINTS], [1, -1, -1, 1]),
    "BCE + penalty": lambda: next(bce(m([0.5, 1.0]), 1) + l2_penalty(m.parameters(), 0.1) for m in [model()]),
    "mean of 4": lambda: ops.total([abs(m(x) - 0.5) for m in [model()] for x in POINTS]) / 4.0,
}


@pytest.mark.parametrize("view", ["graph", "neurons"])
@pytest.mark.parametrize("name", LOSSES)
def test_the_badge_of_a_loss_names_the_loss(name: str, view: str) -> None:
    loss = LOSSES[name]()
    loss.label = "J"
    assert card(svg(draw(loss, view)), "J")[1] == name


def test_the_same_loss_written_out_has_the_same_name() -> None:
    loss = by_hand(model())
    assert card(svg(draw(loss, "neurons")), "L")[1:4] == ["BCE", "y", "1.0000"]
    assert "input" not in {role.chip for node, role in roles_of(loss).items() if node.label == "y"}


def test_a_loss_of_another_kind_keeps_the_sign_of_its_operation() -> None:
    assert card(svg(draw(micrograd(), "graph")), "L")[1] == "+"
    loss = model()([0.5, 1.0]).exp()
    assert card(svg(draw(loss, "neurons")), "L")[1] == "exp"


def test_the_card_of_a_cross_entropy_says_the_class_and_its_probability() -> None:
    m = model(3, "linear")
    zs = [z.data for z in m([0.5, 1.0])]
    p = ops.exp(zs[2]) / sum(map(ops.exp, zs))
    shown = card(svg(draw(cross_entropy(m([0.5, 1.0]), 2), "neurons")), "L")
    assert shown[2:6] == ["class", "ŷ₃", "p", f"{p:.4f}"]
    z = model(output="linear")([0.5, 1.0])
    shown = card(svg(draw(bce_with_logits(z, 1), "neurons")), "L")
    assert shown[2:6] == ["y", "1.0000", "p", f"{sigmoid(z.data):.4f}"]


def roles_of(loss: Value) -> dict[Any, style.Role]:
    order = topological_order(loss)
    network = network_of(loss, order)
    assert network is not None
    return roles(loss, order, network, targets(network))


@pytest.mark.parametrize("make", [LOSSES[name] for name in ("BCE", "squared error", "½ squared error", "hinge")])
def test_a_target_that_is_a_number_is_called_so(make: Callable[[], Value]) -> None:
    cards = [texts(group) for group in groups(svg(draw(make(), "graph")), "node").values()]
    assert [shown for shown in cards if "target" in shown] == [["y", "target", "data", "1.0000"]]
    constants = [shown[-1] for shown in cards if "const" in shown]
    assert "0.5000" in constants or constants in ([], ["1.0000"])  # the ½, the 1 of a hinge


def test_a_target_that_is_a_value_is_called_so_in_every_sample() -> None:
    ys = [Value(1.0, "y"), Value(0.0), Value(0.5, "t")]
    m = model()
    found = roles_of(mse([m(x) for x in POINTS[:3]], ys))
    assert [found[y] for y in ys] == [style.TARGET] * 3
    assert [role for node, role in found.items() if node in m.parameters()] == [style.PARAMETER] * 9


def test_parameters_of_a_network_written_by_hand_are_parameters() -> None:
    loss = unrolled()
    chips = {texts(group)[0]: texts(group)[1] for group in groups(svg(draw(loss, "graph")), "node").values()}
    assert {name: chips[name] for name in ("wx", "wh", "wy", "by", "b")} == dict.fromkeys(
        ("wx", "wh", "wy", "by", "b"), "param"
    )
    assert (chips["x₁"], chips["h₀"], chips["y"]) == ("input", "input", "target")


# ---------------------------------------------------------------- whose gradient it is


def test_gradients_of_several_calls_are_marked_and_those_of_one_are_not() -> None:
    m = model()
    losses = [bce(m(x), y) for x, y in zip(OTHERS, (0, 1, 1, 0), strict=True)]
    losses[0].backward()
    assert "Σ" not in (told(draw(losses[0])) + told(draw(losses[0], "graph"))).replace("Σw·x", "")
    losses[3].backward()
    assert style.SUMMED in told(draw(losses[3], "network"))
    assert "gradient Σ" in draw(losses[3], "network").source
    for view in ("neurons", "graph"):
        found = told(draw(losses[3], view))
        assert style.SUMMED in found
        w1 = next(p for p in m.parameters() if p.label == "w5")
        assert re.search(rf"w₅ \|.*?Σ (?:grad \| )?{w1.grad:.4f}", found)
        assert f"δ {losses[3].named()['z3'].grad:.4f}" in found or view == "graph"
    assert "Σ grad" not in card(svg(draw(losses[3], "graph")), "x₁")  # which is there for this loss only
    m.zero_grad()
    anew = bce(m(OTHERS[3]), 0)
    anew.backward()
    assert "Σ" not in told(draw(anew))
    anew.backward()
    assert "Σ grad" in card(svg(draw(anew, "graph")), "x₁")


def test_gradients_left_from_earlier_are_marked_before_backward() -> None:
    m = model()
    bce(m(OTHERS[1]), 1).backward()
    assert held(topological_order(bce(m(OTHERS[2]), 1))).summed == set(m.parameters())


def test_of_a_large_graph_a_few_leaves_are_asked_first() -> None:
    loss = moons(100)
    order = topological_order(loss)
    assert len(order) > MANY
    assert not held(order).summed
    loss.backward()
    parameters = {node for node in order if node.op is None and node.label[:1] in "wb" and node.grad != 0.0}
    assert len(parameters) > 200
    assert held(order).summed >= parameters


def test_gradients_of_a_comparison_are_those_of_this_loss_alone() -> None:
    loss, again = small(), small()
    again.backward()
    own = of_this_result(topological_order(again))
    assert not own.summed
    assert own.worked is not None
    assert {node.label: g for node, g in own.worked.items()} == {n.label: n.grad for n in topological_order(loss)}
    x = Value(0.0, "x")
    assert of_this_result(topological_order(x.sqrt())).of(x) is None  # there is no slope


def test_of_a_batch_it_is_said_whose_delta_it_is() -> None:
    m = model()
    loss = mse([m(x) for x in POINTS], [0, 1, 1, 0])
    loss.backward()
    shown = card(svg(draw(loss, "neurons")), "h₁")
    assert shown[3:5] == ["value", "gradient of all 4"]
    place = shown.index("of sample 1")
    assert shown.index("b₁") < place < shown.index("z₁")
    assert "of sample 1 of 4" in told(draw(loss, "neurons"))
    assert "of sample 1" not in told(draw(small(), "neurons"))
    assert "y of sample 1" in card(svg(draw(loss, "neurons")), "L")


# ---------------------------------------------------------------- numbers and names


def test_numbers_of_a_column_have_one_form() -> None:
    form = style.form
    assert [form([0.25, -3.0])(x) for x in (0.25, -3.0, 0.0, None)] == ["0.2500", "-3.0000", "0.0000", "–"]
    assert [form([0.0088, 8.8355e-4])(x) for x in (0.0088, 8.8355e-4)] == ["0.008800", "0.000884"]
    assert [form([2.2e-7, 5.0])(x) for x in (2.2e-7, 5.0, 0.0)] == ["2.2000e-07", "5.0000e+00", "0"]
    assert form([float("inf"), 1.0])(float("inf")) == "inf"
    near = form([-0.0011, -0.0011000001], [(-0.0011, -0.0011000001)])
    assert near(-0.0011) == "-0.0011000000" and near(-0.0011000001) == "-0.0011000001"
    assert form([1.0], [(1.0, 1.0 + 2**-52)]).decimals <= 17


@pytest.mark.parametrize("make", [document, small, lambda: moons(1)])
def test_in_a_picture_the_numbers_of_a_column_have_one_form(make: Callable[[], Value]) -> None:
    for title, group in groups(svg(draw(make(), "neurons")), "node").items():
        rows: dict[float, list[Any]] = {}
        for text in group.iter("{http://www.w3.org/2000/svg}text"):
            rows.setdefault(float(text.get("y", "0")), []).append("".join(text.itertext()).strip("δ \xa0"))
        table = [cells for _, cells in sorted(rows.items()) if len(cells) == 3 and cells[1][-1:].isdigit()]
        weights = [cells for cells in table if cells[0][0] in "wb"]
        for part in (weights, [cells for cells in table if cells not in weights]) if title[0] == "n" else ():
            for column in (1, 2):
                shapes = {re.sub(r"\d+(?=\.)|-", "", re.sub(r"\d", "0", cells[column])) for cells in part}
                shapes = {re.sub(r"e.*", "e", shape) for shape in shapes} - {"0"}
                assert len(shapes) <= 1, (title, shapes)


def test_values_without_a_label_have_the_names_of_the_derivation() -> None:
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c = a * b
    for root in ((c + a) * c, (c + a).tanh() ** 2, dot([a], [b], 0.5).tanh()):
        root.backward()
        shown = {
            texts(group)[0] for title, group in groups(svg(draw(root, "graph")), "node").items() if title[0] == "v"
        }
        text = explain(root).text
        assert all(re.search(rf"(?<![\w₀-₉]){re.escape(name)}(?![₀-₉])", text) for name in shown), (shown, text)
    unnamed = draw((c + a) * c, "graph")
    assert "v₂" in told(unnamed) and "<B>v" not in unnamed.source  # less loud than names that were given


@pytest.mark.parametrize("name", ["f{x}", "{", "}{", "{0}", "%s{{"])
def test_an_operation_whose_name_has_braces_is_drawn(name: str) -> None:
    f = Primitive(name, lambda x: 2.0 * x, [lambda g, y, x: 2.0 * g], domain=[(0.0, 1.0)])
    loss = mse(MLP(2, [2, 1], activation=f, rng=random.Random(3))([0.5, 1.0]), 1.0)
    loss.backward()
    for view in ("graph", "neurons", "network"):
        assert name in told(draw(loss, view))
    assert name in told(draw(loss, expand=True, local=True))


# ---------------------------------------------------------------- order and direction


def tops(root: Any) -> dict[str, tuple[float, float]]:
    """(left, top) of the cards with a bold or quiet name, by this name; of several the first."""
    found: dict[str, tuple[float, float]] = {}
    for group in groups(root, "node").values():
        found.setdefault((texts(group) or [""])[0], box(group)[:2])
    return found


@pytest.mark.parametrize("sizes", [(3, [4, 2]), (2, [2, 1]), (2, [5, 3, 2])])
def test_the_order_inside_a_layer_is_that_of_the_names(sizes: tuple[int, list[int]]) -> None:
    m = MLP(*sizes, "tanh", rng=random.Random(1))
    outputs = m([0.1 * (i + 1) for i in range(sizes[0])])
    loss = mse(outputs, [0.0] * len(outputs) if isinstance(outputs, list) else 0.0)
    loss.backward()
    at = {
        name.translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")): y
        for name, (_, y) in tops(svg(draw(loss, "graph"))).items()
    }
    count, weight = 0, 0
    for layer, width in zip(m.layers, sizes[1], strict=True):
        zs = [f"z{count + i + 1}" for i in range(width)]
        assert [at[z] for z in zs] == sorted(at[z] for z in zs)
        leaves = []
        for neuron in layer.neurons:
            leaves += [w.label for w in neuron.w] + [neuron.b.label]
        assert [at[leaf] for leaf in leaves] == sorted(at[leaf] for leaf in leaves)
        count, weight = count + width, weight + len(leaves)
    inputs = [f"x{i + 1}" for i in range(sizes[0])]
    assert [at[x] for x in inputs] == sorted(at[x] for x in inputs)


def size(picture: Any) -> tuple[float, float]:
    root = svg(picture)
    return float(root.get("width", "0pt")[:-2]), float(root.get("height", "0pt")[:-2])


@pytest.mark.parametrize("view", ["graph", "neurons"])
def test_a_recurrent_network_goes_down_unless_told_otherwise(view: str) -> None:
    loss = unrolled(5)
    wide, high = size(draw(loss, view))
    assert high > wide
    assert size(draw(loss, view, direction="TB")) == (wide, high)
    across = size(draw(loss, view, direction="LR"))
    assert across[0] > 2 * across[1] and across[0] > 1.5 * wide
    assert (
        draw(small(), view).source
        == draw(small(), view, direction="LR").source
        != draw(small(), view, direction="TB").source
    )
    with pytest.raises(ValueError, match="direction='up'; there are 'auto', 'LR', 'TB'"):
        draw(loss, direction="up")


def test_steps_stand_below_one_another_each_with_its_input() -> None:
    root = svg(draw(unrolled(5), "neurons"))
    at = {texts(group)[0]: box(group) for group in groups(root, "node").values()}
    for step, later in zip("₁₂₃₄", "₂₃₄₅", strict=True):
        assert at[f"h{step}"][3] < at[f"h{later}"][1]
        assert at[f"x{later}"][2] < at[f"h{later}"][0]  # on its left, at the same height
        assert at[f"h{later}"][1] < at[f"x{later}"][1] and at[f"x{later}"][3] < at[f"h{later}"][3]


def test_a_linear_neuron_has_one_row_for_z_and_h() -> None:
    z = dot([Value(2.0, "w")], [Value(3.0, "x")], Value(0.5, "b"))
    loss = (z - 1.0) ** 2 + relu(z)
    loss.backward()
    shown = [cell for cell in card(svg(draw(loss, "neurons")), "ŷ") if cell.startswith(("δ", "z", "ŷ"))]
    assert shown == ["ŷ", "z₁", "δ 12.0000"] or shown == ["ŷ", "ŷ", "δ 12.0000"]


def test_models_keep_their_gradients_in_tooltips() -> None:
    layer = Layer(2, 1, "tanh")
    mse(layer([1.0, 2.0])[0], 0.0).backward()
    SGD(layer.parameters(), 0.1)
    assert f"gradient {style.number(layer.neurons[0].w[0].grad)}" in draw(layer).source
