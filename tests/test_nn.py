"""Networks against numbers derived by hand in four notebooks (`data/golden.json`), names, losses, shapes, errors."""

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, ops, total
from nn import MLP, SGD, Layer, Module, Neuron, bce, bce_with_logits, half_squared_error, hinge, mse
from tests.helpers import log1pexp, mp, ulps

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "golden.json").read_text(encoding="utf-8"))


def numbers(parameters: Any) -> Any:
    """Nested Values as nested floats."""
    return parameters.data if isinstance(parameters, Value) else [numbers(part) for part in parameters]


def gradients(parameters: Any) -> Any:
    return parameters.grad if isinstance(parameters, Value) else [gradients(part) for part in parameters]


def transposed(matrix: list[list[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*matrix, strict=True)]


def flat(nest: Any) -> list[float]:
    return [x for part in nest for x in flat(part)] if isinstance(nest, list) else [nest]


def close(found: Any, expected: Any, rel: float = 1e-14) -> None:
    """Fails unless two nests have equal lengths and every number is right relative to itself."""
    assert flat(found) == pytest.approx(flat(expected), rel=rel, abs=0)


# ---------------------------------------------------------------- document 000


@pytest.fixture
def network() -> MLP:
    """The 2-2-1 network of document 000 with its parameters."""
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    model.load_named(GOLDEN["000"]["parameters"])
    return model


def test_document_000_forward_and_deltas(network: MLP) -> None:
    golden = GOLDEN["000"]
    *x, y = golden["sample"]
    loss = bce(network(x), y)
    loss.backward()
    named = loss.named()
    for name in ("z1", "z2", "h1", "h2", "z3", "L", "y_pred"):
        close([named[name].data], [golden["values"][name]])
    for k in (1, 2, 3):
        close([named[f"z{k}"].grad], [golden["values"][f"delta{k}"]])


def test_document_000_with_logits_gives_the_same_delta(network: MLP) -> None:
    golden = GOLDEN["000"]
    *x, y = golden["sample"]
    named = bce(network(x), y).named()
    loss = bce_with_logits(named["z3"], y)
    loss.backward()
    close([loss.data, named["z3"].grad], [golden["values"]["L"], golden["values"]["delta3"]])


def test_document_000_gradients_and_update(network: MLP) -> None:
    golden = GOLDEN["000"]
    *x, y = golden["sample"]
    bce(network(x), y).backward()
    parameters = network.named_parameters()
    assert set(parameters) == set(golden["gradients"])
    for name, expected in golden["gradients"].items():
        close([parameters[name].grad], [expected])
    SGD(network.parameters(), lr=golden["lr"]).step()
    for name, expected in golden["updated"].items():
        close([parameters[name].data], [expected])


def test_document_000_epoch(network: MLP) -> None:
    golden = GOLDEN["000"]
    epoch = golden["epoch"]
    network.load_named(epoch["start"])
    optimizer = SGD(network.parameters(), lr=epoch["lr"])
    assert len(epoch["samples"]) == len(golden["data"]) == 10
    for (*x, y), expected in zip(golden["data"], epoch["samples"], strict=True):
        assert y == expected["y"]
        prediction = network(x)
        loss = bce(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        close([prediction.data], [expected["y_pred"]])
        # The notebook's ln(1 - ŷ) is as good as the rounding of 1 - ŷ: half a unit of 2⁻⁵³ beside a small ŷ.
        close([loss.data], [expected["loss"]], rel=1e-14 if y else 2**-53 / expected["y_pred"])
        for name, parameter in network.named_parameters().items():
            close([parameter.data], [expected["after"][name]])


def test_document_000_from_the_first_step_to_the_epoch(network: MLP) -> None:
    """One step, then three epochs at lr 0.01, lead to the start of the epoch above."""
    golden = GOLDEN["000"]
    optimizer = SGD(network.parameters(), lr=golden["lr"])
    for *x, y in [golden["sample"], *golden["data"] * 3]:
        optimizer.zero_grad()
        bce(network(x), y).backward()
        optimizer.step()
    for name, expected in golden["epoch"]["start"].items():
        close([network.named_parameters()[name].data], [expected])


# ---------------------------------------------------------------- documents 001, 002, 003


def with_columns(golden: dict[str, Any], activation: str = "sigmoid") -> MLP:
    """A 2-2-1 network with the weights of a notebook that computes X @ W: one column per neuron."""
    model = MLP(2, [2, 1], activation, "sigmoid")
    own = model.matrices()
    for name in ("W1", "W2"):
        weights = golden[name] if isinstance(golden[name][0], list) else [[w] for w in golden[name]]
        for row, given in zip(own[name], transposed(weights), strict=True):
            for w, number in zip(row, given, strict=True):
                w.data = number
    for name in ("b1", "b2"):
        biases = golden[name] if isinstance(golden[name], list) else [golden[name]]
        for b, number in zip(own[name], flat(biases), strict=True):
            b.data = number
    return model


def test_document_001_first_step_and_losses() -> None:
    golden = GOLDEN["001"]
    model = with_columns(golden)
    (x,), ((y,),) = golden["X"], golden["y"]
    optimizer = SGD(model.parameters(), lr=golden["lr"])
    first, losses = golden["first_epoch_true"], []
    for epoch in range(golden["epochs"]):
        output = model(x)
        loss = half_squared_error(output, y)
        optimizer.zero_grad()
        loss.backward()
        if epoch == 0:
            close([loss.data, output.data], [first["loss"], first["output"]])
            own = model.matrices()
            for name in ("W1", "W2"):
                close(transposed(gradients(own[name])), first[f"d{name}"])
            for name in ("b1", "b2"):
                close(gradients(own[name]), first[f"d{name}"])
            by_hand = golden["first_epoch_by_hand"]
            assert flat(transposed(gradients(own["W1"]))) != pytest.approx(flat(by_hand["dW1"]), rel=1e-3)
        losses.append(loss.data)
        optimizer.step()
    close(losses[9::10], golden["true_losses_every_10"])


def test_document_002_the_gradients_by_hand_are_twice_those_of_the_mean() -> None:
    golden = GOLDEN["002"]
    model = with_columns(golden["parameters"])
    targets = [y for (y,) in golden["y"]]
    loss = bce([model(x) for x in golden["X"]], targets)
    loss.backward()
    close([loss.data], [golden["loss"]])
    by_hand, own = golden["gradients_by_hand"], model.matrices()
    for name in ("W1", "W2"):
        close(transposed([[2 * g for g in row] for row in gradients(own[name])]), by_hand[f"d{name}"], rel=1e-13)
    for name in ("b1", "b2"):
        close([2 * g for g in gradients(own[name])], by_hand[f"d{name}"], rel=1e-13)


def test_document_002_its_training_is_that_of_the_summed_loss() -> None:
    golden = GOLDEN["002"]
    model = with_columns(golden["parameters"])
    targets = [y for (y,) in golden["y"]]
    optimizer = SGD(model.parameters(), lr=golden["lr"])
    means = []
    for step in range(902):
        loss = bce([model(x) for x in golden["X"]], targets, reduction="sum")
        means.append(loss.data / 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step == 0:
            updated, own = golden["updated"], model.matrices()
            for name in ("W1", "W2"):
                close(transposed(numbers(own[name])), updated[name], rel=1e-13)  # w - lr·g nearly cancels once
            for name in ("b1", "b2"):
                close(numbers(own[name]), updated[name])
    close(means[1::100], golden["losses_every_100"])


def test_document_002_forward_with_relu() -> None:
    golden = GOLDEN["002"]["forward_relu"]
    model = with_columns(golden, "relu")
    close([model(x).data for x in golden["X"]], golden["outputs"])


def test_document_003() -> None:
    golden = GOLDEN["003"]
    given = golden["feedforward"]
    h1, h2 = (Neuron(2, "sigmoid") for _ in range(2))
    out = Neuron(2, "sigmoid")
    for neuron in (h1, h2, out):
        for w, number in zip(neuron.w, given["weights"], strict=True):
            w.data = number
        neuron.b.data = given["bias"]
    close([out([h1(given["x"]), h2(given["x"])]).data], [given["output"]])
    assert mse(golden["mse"]["y_pred"], golden["mse"]["y_true"]) == golden["mse"]["value"]


def test_document_003_training_separates_the_two() -> None:
    golden = GOLDEN["003"]
    model = MLP(2, [2, 1], "sigmoid", "sigmoid", rng=random.Random(1))
    rng = random.Random(1)
    for p in model.parameters():
        p.data = rng.gauss(0, 1)
    optimizer = SGD(model.parameters(), lr=0.1)
    for _ in range(1000):
        for x, y in zip(golden["data"], golden["labels"], strict=True):
            optimizer.zero_grad()
            mse(model(x), y).backward()
            optimizer.step()
    emily, frank = (model(golden["predictions"][name]["x"]).data for name in ("Emily", "Frank"))
    assert emily > 0.9
    assert frank < 0.1


# ---------------------------------------------------------------- names


def test_parameters_are_named_neuron_by_neuron_and_layer_by_layer(network: MLP) -> None:
    assert list(network.named_parameters()) == ["w1", "w2", "b1", "w3", "w4", "b2", "w5", "w6", "b3"]
    assert [p.label for p in network.parameters()] == list(network.named_parameters())
    loss = bce(network([0.1, 0.7]), 1)
    nodes = {"x1", "x2", "z1", "z2", "z3", "h1", "h2", "ŷ", "L"} | set(network.named_parameters())
    assert set(loss.named()) == nodes
    assert loss.label == "L"


def test_names_of_wider_networks() -> None:
    model = MLP(3, [4, 2, 2], "tanh")
    names = list(model.named_parameters())
    assert len(names) == 3 * 4 + 4 * 2 + 2 * 2 + 8
    assert names[:8] == ["w1", "w2", "w3", "b1", "w4", "w5", "w6", "b2"]
    assert names[-3:] == ["w23", "w24", "b8"]
    first, second = model([1.0, 2.0, 3.0])
    assert (first.label, second.label) == ("ŷ1", "ŷ2")
    assert set(total([first, second]).named()) >= {f"z{k}" for k in range(1, 9)} | {f"h{k}" for k in range(1, 7)}


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("w_1", "w1"), ("w₁", "w1"), ("b_3", "b3"), ("z₂", "z2"), ("y_hat", "ŷ"), ("y_pred", "ŷ"), ("yhat", "ŷ")],
)
def test_ascii_and_other_spellings(network: MLP, spelling: str, name: str) -> None:
    named = bce(network([0.1, 0.7]), 1).named()
    assert named[spelling] is named[name]


def test_inputs_given_as_values_keep_their_labels(network: MLP) -> None:
    a, b = Value(0.1), Value(0.7, "height")
    loss = bce(network([a, b]), 1)
    assert (a.label, b.label) == ("x1", "height")
    loss.backward()
    values, w = GOLDEN["000"]["values"], GOLDEN["000"]["parameters"]
    close([a.grad, b.grad], [values["delta1"] * w["w1"] + values["delta2"] * w["w3"],
                             values["delta1"] * w["w2"] + values["delta2"] * w["w4"]], rel=1e-13)  # fmt: skip


def test_samples_of_a_batch_are_told_apart(network: MLP) -> None:
    named = bce([network([0.1, 0.7]), network([0.4, 0.9])], [1, 0]).named()
    assert named["z1"] is not named["z1[2]"]
    assert list(named).count("w1") == 1
    assert "w1[2]" not in named


def test_load_named_in_other_spellings(network: MLP) -> None:
    network.load_named({"w_1": 1, "b₃": np.float64(2)})
    assert network.named_parameters()["w1"].data == 1.0
    assert network.named_parameters()["b3"].data == 2.0
    assert network.named_parameters()["w2"].data == -9.21


def test_load_named_takes_a_program_s_own_names(network: MLP) -> None:
    program = "import math\nw_1 = 0.5\nW2 = [[1.0, 2.0]]\nlr = 0.1\nW7 = [3.0]\ndef w2_of(x): return x\n_w3 = 4.0"
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(program, namespace)
    before = network.state_dict()
    network.load_named(namespace)
    assert network.state_dict() == before | {"w1": 0.5, "w5": 1.0, "w6": 2.0}


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"w1": 1.0, "w7": 2.0}, KeyError, "no 'w7' here; nearest: w"),
        ({"w1": 1.0, "bias3": 2.0}, KeyError, "no 'bias3' here"),
        ({"w1": 1.0, "w2": "2"}, TypeError, "real number"),
        ({"w1": 1.0, "w2": None}, TypeError, "real number"),
    ],
)
def test_load_named_changes_all_or_nothing(
    network: MLP, given: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        network.load_named(given)
    assert network.named_parameters()["w1"].data == -7.16


def test_matrices_have_one_row_per_neuron(network: MLP) -> None:
    w = GOLDEN["000"]["parameters"]
    matrices = network.matrices()
    assert list(matrices) == ["W1", "b1", "W2", "b2"]
    assert numbers(list(matrices.values())) == [
        [[w["w1"], w["w2"]], [w["w3"], w["w4"]]], [w["b1"], w["b2"]], [[w["w5"], w["w6"]]], [w["b3"]],
    ]  # fmt: skip
    matrices["W1"][1][0].data = 0.5
    assert network.named_parameters()["w3"].data == 0.5


def test_the_neuron_is_one_node_and_its_gradient_is_delta(network: MLP) -> None:
    z = bce(network([0.1, 0.7]), 1).named()["z1"]
    assert [arg.label for arg in z.args] == ["w1", "w2", "x1", "x2", "b1"]


# ---------------------------------------------------------------- shapes and construction


def test_outputs() -> None:
    assert isinstance(MLP(2, [1])([1.0, 2.0]), Value)
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
    assert [type(y) for y in MLP(2, [3, 2])([1.0, 2.0])] == [Value, Value]
    assert [type(h) for h in Layer(2, 1)([1.0, 2.0])] == [Value]
    assert isinstance(Neuron(2)([1.0, 2.0]), Value)


def test_one_unit_layers() -> None:
    model = MLP(1, [1, 1, 1], activation="tanh", output="sigmoid")
    model.load_named({"w1": 0.5, "b1": -0.1, "w2": 2.0, "b2": 0.3, "w3": -1.5, "b3": 0.2})
    y = model([0.7])
    h = math.tanh(2.0 * math.tanh(0.5 * 0.7 - 0.1) + 0.3)
    assert y.data == pytest.approx(1 / (1 + math.exp(1.5 * h - 0.2)), rel=1e-15)
    assert list(model.matrices()) == ["W1", "b1", "W2", "b2", "W3", "b3"]
    y.backward()
    assert model.named_parameters()["w3"].grad == pytest.approx(y.data * (1 - y.data) * h, rel=1e-14)


def test_defaults_are_relu_and_a_linear_output() -> None:
    model = MLP(1, [1, 1])
    model.load_named({"w1": 1.0, "b1": 0.0, "w2": -3.0, "b2": 0.5})
    assert [model([x]).data for x in (-2.0, 0.0, 2.0)] == [0.5, 0.5, -5.5]


@pytest.mark.parametrize("activation", ["linear", "relu", "leaky_relu", "tanh", "sigmoid", "softplus"])
def test_activations_by_name_and_as_functions(activation: str) -> None:
    f = {"linear": ops.identity}.get(activation, getattr(ops, activation, None))
    assert f is not None
    for given in (activation, f, lambda z: f(z)):
        neuron = Neuron(2, given)
        neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, -1.0, 0.25
        h = neuron([1.0, 2.0])
        assert h.data == f(0.5 - 2.0 + 0.25)
        assert (h.label, set(h.named()) >= {"z1", "h1"}) == ("h1", True)


def test_an_unknown_activation_is_told_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"'sigmoyd'.*sigmoid"):
        MLP(2, [2, 1], activation="sigmoyd")


@pytest.mark.parametrize("x", [[], [1.0], [1.0, 2.0, 3.0]])
def test_inputs_of_the_wrong_length_name_both(x: list[float]) -> None:
    with pytest.raises(ValueError, match=rf"\b2\b.*\b{len(x)}\b"):
        MLP(2, [1])(x)
    for part in (Neuron(2), Layer(2, 3)):
        with pytest.raises(ValueError, match=rf"\b2\b.*\b{len(x)}\b"):
            part(x)


@pytest.mark.parametrize("x", [1.0, None, Value(1.0)])
def test_an_input_that_is_no_list(x: Any) -> None:
    with pytest.raises(TypeError, match=type(x).__name__):
        MLP(2, [1])(x)


def test_a_number_is_as_good_as_a_list_of_one() -> None:
    for part in (MLP(1, [3, 1]), Neuron(1), Layer(1, 2)):
        for x in (0.5, 2, Value(0.5), np.float64(0.5)):
            one, other = part(x), part([x])
            pairs = zip(one, other, strict=True) if isinstance(one, list) else [(one, other)]
            assert all(a.data == b.data for a, b in pairs)


def test_an_input_that_is_no_number() -> None:
    with pytest.raises(TypeError, match="real number"):
        MLP(2, [1])([1.0, "2"])


@pytest.mark.parametrize("x", [np.array([1.0, 2.0]), (1, 2), np.array([1, 2]), [Value(1.0), np.float32(2)]])
def test_inputs_of_any_kind(x: Any) -> None:
    model = MLP(2, [3, 1], "tanh", rng=random.Random(0))
    assert model(x).data == model([1.0, 2.0]).data


@pytest.mark.parametrize("build", [lambda: MLP(2, []), lambda: MLP(2, 3), lambda: MLP(0, [1]), lambda: MLP(2, [2, 0]),
                                   lambda: Neuron(0), lambda: Layer(2, 0), lambda: Neuron(1.5)])  # fmt: skip
def test_impossible_sizes(build: Any) -> None:
    with pytest.raises(ValueError, match="got"):
        build()


def test_weights_come_from_random_or_from_the_given_generator() -> None:
    random.seed(1337)
    expected = [random.uniform(-1, 1) for _ in range(2 * 3 + 3)]
    random.seed(1337)
    by_seed = MLP(2, [3, 1])
    state = random.getstate()
    by_rng = MLP(2, [3, 1], rng=random.Random(1337))
    assert random.getstate() == state
    for model in (by_seed, by_rng):
        assert [p.data for p in model.parameters() if p.label.startswith("w")] == expected
        assert [p.data for p in model.parameters() if p.label.startswith("b")] == [0.0] * 4


def test_a_module_of_ones_own() -> None:
    class Twins(Module):
        def __init__(self) -> None:
            self.scale = Value(2.0)
            self.parts = {"a": Neuron(1, "linear"), "b": [Neuron(1, "linear")]}
            self.again = self.scale
            self.name = "twins"

        def __call__(self, x: float) -> Value:
            return self.scale * self.parts["a"]([x]) + self.parts["b"][0]([x])  # type: ignore[operator,index]

    model = Twins()
    assert len(model.parameters()) == 5
    assert list(model.named_parameters()) == ["p1", "w1", "b1", "w1[2]", "b1[2]"]
    model(3.0).backward()
    assert model.named_parameters()["w1"].grad == 6.0
    model.zero_grad()
    assert not any(p.has_grad for p in model.parameters())


# ---------------------------------------------------------------- losses

LOGITS = [-1000.0, -40.0, -3.2, -0.1, 0.0, 0.7, 5.5, 36.9, 800.0, 1000.0]
PROBABILITIES = [1e-300, 1e-9, 0.1, 0.5, 0.7, 0.999]


LOSSES: dict[str, tuple[Any, Any, list[float], list[float]]] = {
    "mse": (mse, lambda p, y: (p - y) ** 2, [-3.0, 0.25, 7.5], [0.0, 1.0, -2.5]),
    "half_squared_error": (half_squared_error, lambda p, y: (p - y) ** 2 / 2, [-3.0, 0.25, 7.5], [0.0, 1.0, -2.5]),
    "bce": (bce, lambda p, y: -(y * mp.log(p) + (1 - y) * mp.log1p(-p)), PROBABILITIES, [0.0, 0.25, 1.0]),
    "bce_with_logits": (
        bce_with_logits, lambda z, y: y * log1pexp(-z) + (1 - y) * log1pexp(z), LOGITS, [0.0, 0.25, 1.0],
    ),
    "hinge": (hinge, lambda s, y: max(mp.mpf(0), 1 - y * s), [-3.0, 0.25, 7.5], [-1.0, 1.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_losses_against_50_digits(name: str) -> None:
    loss, exactly, predictions, targets = LOSSES[name]
    for y in targets:
        for p in predictions:
            assert ulps(loss(Value(p), y).data, exactly(mp.mpf(p), mp.mpf(y))) <= 8
            assert loss(p, y) == loss(Value(p), y).data


SLOPES: dict[str, Any] = {
    "mse": lambda p, y: 2 * (p - y),
    "half_squared_error": lambda p, y: p - y,
    "bce": lambda p, y: (p - y) / (p * (1 - p)),
    "bce_with_logits": lambda z, y: (1 - y) / (1 + mp.exp(-z)) - y / (1 + mp.exp(z)),
    "hinge": lambda s, y: -y if y * s < 1 else mp.mpf(0),
}


@pytest.mark.parametrize("name", LOSSES)
def test_slopes_of_losses_against_50_digits(name: str) -> None:
    loss, _, predictions, targets = LOSSES[name]
    for y in targets:
        for number in predictions:
            p = Value(number)
            loss(p, y).backward()
            assert ulps(p.grad, SLOPES[name](mp.mpf(number), mp.mpf(y))) <= 8, f"{name}({number}, {y})"


@pytest.mark.parametrize("name", LOSSES)
def test_reductions(name: str) -> None:
    loss, exactly, predictions, targets = LOSSES[name]
    p, y = predictions[1:3] * 3, [targets[i % len(targets)] for i in range(6)]
    exact = mp.fsum(exactly(mp.mpf(a), mp.mpf(b)) for a, b in zip(p, y, strict=True))
    assert loss(p, y) == pytest.approx(float(exact / 6), rel=1e-14)
    assert loss(p, y, reduction="mean") == loss(p, y)
    assert loss(p, y, reduction="sum") == pytest.approx(float(exact), rel=1e-14)
    values = [Value(number) for number in p]
    mean = loss(values, y)
    assert (mean.data, mean.label) == (loss(p, y), "L")
    mean.backward()
    for value, target in zip(values, y, strict=True):
        slope = SLOPES[name](mp.mpf(value.data), mp.mpf(target)) / 6
        assert value.grad == pytest.approx(float(slope), rel=1e-14)
    with pytest.raises(ValueError, match="'sum' or 'none', got 'median'"):
        loss(p, y, reduction="median")


@pytest.mark.parametrize("loss", [mse, half_squared_error, bce, bce_with_logits])
def test_lists_of_one_and_lists_of_lists(loss: Any) -> None:
    p = [Value(0.3), Value(0.6), Value(0.2), Value(0.9)]
    assert loss(p[0], 1).data == loss([p[0]], [1]).data == loss(p[:1], np.array([1.0])).data
    assert loss([p[:2], p[2:]], [[1, 0], [0, 1]]).data == loss(p, [1, 0, 0, 1]).data
    assert loss(np.array(p), np.array([1, 0, 0, 1])).data == loss(tuple(p), (1, 0, 0, 1)).data


@pytest.mark.parametrize("loss", [mse, half_squared_error, bce, bce_with_logits, hinge])
@pytest.mark.parametrize(
    ("predictions", "targets", "sizes"),
    [([0.5, 0.5, 0.5], [1, 1], "3.*2"), ([0.5, 0.5], [1, 1, 1], "2.*3"), (0.5, [1, 1], "one number.*2"),
     ([0.5, 0.5], 1, "2.*one number")],
)  # fmt: skip
def test_shapes_that_do_not_fit_name_both(loss: Any, predictions: Any, targets: Any, sizes: str) -> None:
    with pytest.raises(ValueError, match=sizes):
        loss(predictions, targets)


@pytest.mark.parametrize("loss", [mse, half_squared_error, bce, bce_with_logits, hinge])
def test_a_loss_of_nothing_is_refused(loss: Any) -> None:
    with pytest.raises(ValueError, match="at least one"):
        loss([], [])


@pytest.mark.parametrize("loss", [bce, bce_with_logits])
@pytest.mark.parametrize("label", [-1, 2, 1.0000001, math.nan, -1e-9])
def test_labels_outside_0_and_1_are_refused(loss: Any, label: float) -> None:
    with pytest.raises(ValueError, match="label from 0 to 1"):
        loss(Value(0.5), label)
    with pytest.raises(ValueError, match="label from 0 to 1"):
        loss([Value(0.5), Value(0.5)], [1, label])


@pytest.mark.parametrize("label", [0, 0.5, 2, math.nan])
def test_hinge_wants_classes_of_1_and_minus_1(label: float) -> None:
    with pytest.raises(ValueError, match="-1 or 1"):
        hinge(Value(0.5), label)


def test_bce_at_its_ends() -> None:
    assert bce(1.0, 1) == bce(0.0, 0) == 0.0
    for p, y in ((0.0, 1), (1.0, 0), (0.0, 0.5)):
        with pytest.raises(ValueError, match="bce_with_logits"):
            bce(Value(p), y)


def test_a_target_may_be_a_value() -> None:
    p, y = Value(0.25), Value(0.75)
    mse(p, y).backward()
    assert (p.grad, y.grad) == (-1.0, 1.0)


def test_hinge_at_its_kink_has_slope_0() -> None:
    s = Value(1.0)
    hinge(s, 1).backward()
    assert s.grad == 0.0


# ---------------------------------------------------------------- SGD


def test_sgd_moves_down_the_gradient() -> None:
    w, b = Value(1.0, "w"), Value(-2.0, "b")
    optimizer = SGD([w, b], lr=0.25)
    (w * w * b).backward()
    optimizer.step()
    assert (w.data, b.data) == (1.0 + 0.25 * 4.0, -2.0 - 0.25 * 1.0)
    optimizer.zero_grad()
    assert not w.has_grad and not b.has_grad
    with pytest.warns(UserWarning, match="no parameter has a gradient"):
        optimizer.step()
    assert (w.data, b.data) == (2.0, -2.25)


def test_without_zero_grad_gradients_add_up() -> None:
    w = Value(1.0)
    optimizer = SGD([w], lr=1.0)
    (3 * w).backward()
    (4 * w).backward()
    optimizer.step()
    assert w.data == -6.0


def test_sgd_takes_any_iterable_and_keeps_its_own_list(network: MLP) -> None:
    parameters = iter(network.parameters())
    optimizer = SGD(parameters, lr=np.float64(0.1))
    assert len(optimizer.parameters) == 9
    assert type(optimizer.lr) is float


@pytest.mark.parametrize("parameters", [[], [1.0], ["w"], [Value(1.0), None]])
def test_sgd_refuses_what_are_no_parameters(parameters: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"Value|model\.parameters|parameter"):
        SGD(parameters, lr=0.1)


@pytest.mark.parametrize("lr", ["0.1", None, [0.1]])
def test_sgd_refuses_a_rate_that_is_no_number(lr: Any) -> None:
    with pytest.raises(TypeError, match="real number"):
        SGD([Value(1.0)], lr=lr)


def test_a_training_ends_where_a_second_implementation_does() -> None:
    """Moons-like data, full batches, hinge loss with decay: against the same in NumPy."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(12, 2))
    y = np.where(x[:, 0] * x[:, 1] > 0, 1.0, -1.0)
    model = MLP(2, [5, 1], "tanh", rng=random.Random(4))
    own = model.matrices()
    w1, b1, w2, b2 = (np.array(numbers(own[name])) for name in ("W1", "b1", "W2", "b2"))
    optimizer = SGD(model.parameters(), lr=0.3)
    for _ in range(25):
        loss = hinge([model(row) for row in x], y) + 1e-2 * total([p * p for p in model.parameters()])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

        h = np.tanh(x @ w1.T + b1)
        score = h @ w2[0] + b2[0]
        expected = np.maximum(0, 1 - y * score).mean() + 1e-2 * sum((p * p).sum() for p in (w1, b1, w2, b2))
        assert loss.data == pytest.approx(expected, rel=1e-12)
        d2 = np.where(y * score < 1, -y, 0.0) / len(y)
        d1 = np.outer(d2, w2[0]) * (1 - h * h)
        steps = [d1.T @ x, d1.sum(0), (d2 @ h)[None], np.array([d2.sum()])]
        w1, b1, w2, b2 = (p - 0.3 * (g + 2e-2 * p) for p, g in zip((w1, b1, w2, b2), steps, strict=True))
    for name, expected in zip(("W1", "b1", "W2", "b2"), (w1, b1, w2, b2), strict=True):
        assert np.array(numbers(own[name])) == pytest.approx(expected, rel=1e-11)


def test_the_public_names() -> None:
    assert {"MLP", "SGD", "Layer", "Module", "Neuron", "bce", "bce_with_logits", "half_squared_error", "hinge",
            "mse"} <= set(nn.__all__)  # fmt: skip
