"""Layers: activations per layer, where weights start, and numbers put in by name and as matrices."""

import math
import random
import statistics
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from nn import MLP, Layer, Module, Neuron, mse
from nn.activations import ACTIVATIONS
from nn.initial import INITIALISATIONS, he, initialisation, xavier

FORMULAS: dict[str, Callable[[float], float]] = {
    "linear": lambda z: z,
    "relu": lambda z: max(0.0, z),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "tanh": math.tanh,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "softsign": lambda z: z / (1 + abs(z)),
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "silu": lambda z: z / (1 + math.exp(-z)),
    "gelu": lambda z: z * statistics.NormalDist().cdf(z),
}


def numbers(model: Module) -> list[float]:
    return [p.data for p in model.parameters()]


def swish(z: Value) -> Value:
    return z * z.sigmoid()


def unchanged(model: Module, error: type[Exception], text: str, given: dict[str, Any], **options: Any) -> None:
    before = numbers(model)
    with pytest.raises(error, match=text):
        model.load_named(given, **options)
    assert numbers(model) == before


# ---------------------------------------------------------------- activations


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("z", [-1.5, 0.75])
def test_activations_by_name(name: str, z: float) -> None:
    neuron = Neuron(1, name)
    neuron.load_named({"w1": z})
    assert neuron([1.0]).data == pytest.approx(FORMULAS[name](z), rel=1e-15)


def test_every_hidden_layer_has_its_own_activation() -> None:
    model = MLP(1, [1, 1, 1, 1], activation=["tanh", swish, "softplus"], output="sigmoid")
    model.load_named({"w1": 0.3, "w2": -2.0, "w3": 0.7, "w4": 1.1})
    h1 = math.tanh(0.3 * 0.5)
    h2 = -2.0 * h1 * FORMULAS["sigmoid"](-2.0 * h1)
    h3 = FORMULAS["softplus"](0.7 * h2)
    out = model([0.5])
    assert out.data == pytest.approx(FORMULAS["sigmoid"](1.1 * h3), rel=1e-14)
    named = out.named()
    assert [named[f"h{i}"].data for i in (1, 2, 3)] == pytest.approx([h1, h2, h3], rel=1e-14)
    assert named["ŷ"] is out
    assert repr(model) == "MLP(1, [1, 1, 1, 1], ['tanh', swish, 'softplus'], 'sigmoid')"


def test_one_activation_is_that_of_all_hidden_layers() -> None:
    assert repr(MLP(2, [4, 4, 1], "tanh")) == "MLP(2, [4, 4, 1], 'tanh', 'linear')"
    assert repr(MLP(2, [4, 4, 1], ("tanh", "tanh"))) == "MLP(2, [4, 4, 1], 'tanh', 'linear')"
    assert repr(MLP(2, [1], [], "sigmoid")) == repr(MLP(2, [1], output="sigmoid")) == "MLP(2, [1], [], 'sigmoid')"


def test_a_function_with_a_name_is_known_by_it() -> None:
    assert (
        MLP(2, [2, 1], autograd.tanh, autograd.sigmoid).architecture()
        == MLP(2, [2, 1], "tanh", "sigmoid").architecture()
    )
    assert Neuron(2, autograd.relu).activation == "relu"
    assert Neuron(2, swish).activation is swish


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: MLP(2, [3, 3, 1], ["tanh"]), r"activation: .* each of 2 hidden layers, got \['tanh'\]"),
        (lambda: MLP(2, [3, 1], ["tanh", "sigmoid"]), r"1 hidden layers.*output="),
        (lambda: MLP(2, [3, 1], None), "activation"),  # type: ignore[arg-type]
        (lambda: MLP(2, [3, 1], 3), "activation"),  # type: ignore[arg-type]
        (lambda: MLP(2, [3, 1], [None]), "unknown activation None"),  # type: ignore[list-item]
        (lambda: MLP(2, [3, 1], [["tanh"]]), "unknown activation"),  # type: ignore[list-item]
        (lambda: MLP(2, [3, 1], "tahn"), "unknown activation 'tahn'; nearest: tanh"),
        (lambda: MLP(2, [3, 1], output="softmax"), "unknown activation 'softmax'.*or give a function"),
        (lambda: Neuron(2, "relu6"), "nearest: relu"),
        (lambda: Layer(2, 2, ""), "unknown activation ''"),
        (lambda: MLP(0, [1]), "n_inputs: expected a whole number from 1 on, got 0"),
        (lambda: MLP(2, [3, 0]), "sizes: expected a whole number from 1 on, got 0"),
        (lambda: MLP(2, [3, 1.5]), "sizes.*1.5"),  # type: ignore[list-item]
        (lambda: MLP(2, 3), "sizes: expected a list"),  # type: ignore[arg-type]
        (lambda: MLP(2, []), "sizes: expected a list"),
        (lambda: Layer(2, -1), "n_outputs"),
        (lambda: Neuron(0), "n_inputs"),
        (lambda: MLP(2, [3, 1], init="xaver"), "unknown initialisation 'xaver'; nearest: xavier"),
        (lambda: MLP(2, [3, 1], init=None), "unknown initialisation None"),  # type: ignore[arg-type]
    ],
)
def test_what_makes_no_sense_is_refused_before_a_number_is_drawn(build: Callable[[], Any], text: str) -> None:
    state = random.getstate()
    with pytest.raises(ValueError, match=text):
        build()
    assert random.getstate() == state


def test_an_activation_must_stay_in_the_graph() -> None:
    model = MLP(1, [1], output=lambda z: math.tanh(z.data))  # type: ignore[arg-type, return-value]
    with pytest.raises(TypeError, match=r"the activation <lambda> gave float 0\.0, expected a Value"):
        model([0.0])


def test_whole_numbers_of_numpy_are_sizes() -> None:
    assert repr(MLP(np.int64(2), [np.int32(3), 1])) == "MLP(2, [3, 1], 'relu', 'linear')"  # type: ignore[arg-type, list-item]


# ---------------------------------------------------------------- where weights start


def test_the_default_repeats_micrograds_numbers() -> None:
    random.seed(1337)
    expected = [random.uniform(-1, 1) for _ in range(2 * 16 + 16)]
    random.seed(1337)
    model = MLP(2, [16, 1])
    assert [w.data for layer in model.layers for neuron in layer.neurons for w in neuron.w] == expected


@pytest.mark.parametrize("init", [*INITIALISATIONS, "auto"])
def test_a_seed_repeats_a_network_and_biases_start_at_zero(init: str) -> None:
    random.seed(3)
    first = MLP(3, [4, 2], init=init)
    random.seed(3)
    assert numbers(MLP(3, [4, 2], init=init)) == numbers(first)
    state = random.getstate()
    assert numbers(MLP(3, [4, 2], init=init, rng=random.Random(3))) == numbers(first)
    assert random.getstate() == state
    assert all(p.data == 0.0 for name, p in first.named_parameters().items() if name.startswith("b"))


@pytest.mark.parametrize(
    ("init", "deviation", "bound"),
    [
        ("uniform", math.sqrt(1 / 3), 1.0),
        ("normal", 1.0, math.inf),
        ("xavier", math.sqrt(2 / 140), math.sqrt(6 / 140)),
        ("glorot", math.sqrt(2 / 140), math.sqrt(6 / 140)),
        ("he", math.sqrt(2 / 40), math.inf),
        ("kaiming", math.sqrt(2 / 40), math.inf),
    ],
)
def test_the_spread_of_an_initialisation(init: str, deviation: float, bound: float) -> None:
    layer = Layer(40, 100, init=init, rng=random.Random(11))
    weights = [w.data for neuron in layer.neurons for w in neuron.w]
    assert statistics.fmean(weights) == pytest.approx(0.0, abs=4 * deviation / math.sqrt(4000))
    assert statistics.pstdev(weights) == pytest.approx(deviation, rel=0.05)
    largest = max(map(abs, weights))
    assert 0.99 * bound < largest <= bound if math.isfinite(bound) else largest > 3 * deviation


def test_auto_chooses_by_the_activation() -> None:
    chosen = {name: initialisation("auto", function) for name, function in ACTIVATIONS.items()}
    assert {name for name, function in chosen.items() if function is he} == {"relu", "leaky_relu"}
    assert {name for name, function in chosen.items() if function is xavier} == chosen.keys() - {"relu", "leaky_relu"}
    assert initialisation("auto", swish) is xavier
    mixed = MLP(3, [4, 2, 1], ["relu", "tanh"], init="auto", rng=random.Random(1))
    rng = random.Random(1)
    expected = (
        [he(rng, 3, 4) for _ in range(12)]
        + [xavier(rng, 4, 2) for _ in range(8)]
        + [xavier(rng, 2, 1) for _ in range(2)]
    )
    assert [w.data for layer in mixed.layers for neuron in layer.neurons for w in neuron.w] == expected


def test_a_function_is_told_the_generator_and_the_size_of_the_layer() -> None:
    calls = []

    def init(rng: random.Random, n_inputs: int, n_outputs: int) -> float:
        calls.append((rng, n_inputs, n_outputs))
        return len(calls)

    rng = random.Random(1)
    model = MLP(2, [3, 1], init=init, rng=rng)
    assert calls == [(rng, 2, 3)] * 6 + [(rng, 3, 1)] * 3
    assert [w.data for w in model.layers[1].neurons[0].w] == [7.0, 8.0, 9.0]
    calls.clear()
    Neuron(4, init=init)
    assert calls == [(random, 4, 1)] * 4


@pytest.mark.parametrize("rng", [42, "seed", np.random.bit_generator])
def test_a_generator_that_is_none_is_refused(rng: Any) -> None:
    with pytest.raises(TypeError, match=r"rng: expected a random\.Random, .*, got"):
        MLP(2, [1], rng=rng)


# ---------------------------------------------------------------- numbers by name


def test_matrices_as_a_notebook_has_them() -> None:
    """X @ W1 + b1 in NumPy, one column per neuron: the network gives the same."""
    rng = np.random.default_rng(5)
    shapes = {"W1": (3, 3), "b1": (1, 3), "W2": (3, 2), "b2": (1, 2), "W3": (2, 1), "b3": (1, 1)}
    given = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x = rng.normal(size=3)
    h1 = np.tanh(x @ given["W1"] + given["b1"])
    h2 = np.tanh(h1 @ given["W2"] + given["b2"])
    expected = h2 @ given["W3"] + given["b3"]
    model = MLP(3, [3, 2, 1], "tanh")
    for columns in (True, None):  # None: the square one is read as the others are
        model.load_named(given, columns=columns)
        assert model(x).data == pytest.approx(expected.item(), rel=1e-14)
    model.load_named(given, columns=False)  # the square one is then read by rows, the others as they fit
    assert [[w.data for w in row] for row in model.matrices()["W1"]] == given["W1"].tolist()
    assert [[w.data for w in row] for row in model.matrices()["W2"]] == given["W2"].T.tolist()


W = {"W1": [[1, 2], [3, 4], [5, 6]], "b1": [7, 8, 9], "W2": [[10, 11, 12]], "b2": [13]}
TRANSPOSED = {"W1": [[1, 3, 5], [2, 4, 6]], "b1": [[7], [8], [9]], "W2": [[10], [11], [12]], "b2": [[13]]}


@pytest.mark.parametrize("columns", [False, True])
@pytest.mark.parametrize("kind", [list, tuple, np.array, lambda x: np.array(x, dtype=np.float32)])
@pytest.mark.parametrize(
    "given",
    [W, TRANSPOSED, {**W, "b1": [[7, 8, 9]], "b2": [[13]], "W2": [10, 11, 12]}],
    ids=["rows", "columns", "mixed"],
)
def test_both_orientations_of_what_is_not_square(
    given: dict[str, Any], kind: Callable[[Any], Any], columns: bool
) -> None:
    model = MLP(2, [3, 1])
    model.load_named({name: kind(matrix) for name, matrix in given.items()}, columns=columns)
    assert {name: p.data for name, p in model.named_parameters().items()} == {
        **{f"w{i}": float(i) for i in range(1, 7)}, **{f"b{i}": 6.0 + i for i in (1, 2, 3)},
        "w7": 10.0, "w8": 11.0, "w9": 12.0, "b4": 13.0,
    }  # fmt: skip


def test_a_square_matrix_has_a_row_per_neuron_unless_told() -> None:
    model = MLP(2, [2, 1])
    square = {"W1": [[1, 2], [3, 4]]}
    model.load_named({"W2": [[5], [6]]})
    model.load_named(square)
    assert [model.named_parameters()[f"w{i}"].data for i in range(1, 7)] == [1, 2, 3, 4, 5, 6]
    model.load_named(square, columns=True)
    assert [model.named_parameters()[f"w{i}"].data for i in range(1, 7)] == [1, 3, 2, 4, 5, 6]


def test_one_name_for_a_vector_and_for_the_bias_of_a_neuron() -> None:
    model = MLP(2, [2, 2])
    model.load_named({"b1": [1.0, 2.0], "b2": [3.0, 4.0]})
    assert [model.named_parameters()[f"b{i}"].data for i in range(1, 5)] == [1, 2, 3, 4]
    model.load_named({"b1": 5.0, "b2": np.float64(6.0)})
    assert [model.named_parameters()[f"b{i}"].data for i in range(1, 5)] == [5, 6, 3, 4]
    model.load_named({"b1": np.array(7.0), "W_1": np.eye(2), "w₅": 8, "b_4": True})
    assert numbers(model) == [1, 0, 7, 0, 1, 6, 8, *numbers(model)[7:11], 1.0]


def test_the_parameters_of_another_model_are_numbers_too() -> None:
    one, two = MLP(2, [3, 1]), MLP(2, [3, 1])
    two.load_named(one.matrices())
    assert numbers(two) == numbers(one)
    two.load_named({"w1": Value(3.0)})
    assert two.named_parameters()["w1"].data == 3.0
    assert two.named_parameters()["w1"] is two.layers[0].neurons[0].w[0]


@pytest.mark.parametrize(
    ("error", "text", "given"),
    [
        (ValueError, r"W1: expected 3 x 2 \(one row per neuron\), or transposed, got 2 x 2", {"W1": [[1, 2], [3, 4]]}),
        (ValueError, r"W1: expected 3 x 2.*got 6 x 1", {"W1": [[1]] * 6}),
        (ValueError, r"W1: expected 3 x 2.*got a list of 6", {"W1": [1, 2, 3, 4, 5, 6]}),
        (ValueError, r"W1: expected 3 x 2.*different lengths or depths", {"W1": [[1, 2], [3, 4], [5]]}),
        (ValueError, r"W1: expected 3 x 2.*different lengths or depths", {"W1": np.zeros((3, 2, 1))}),
        (ValueError, r"W1: expected 3 x 2.*different lengths or depths", {"W1": [[1, 2], 3]}),
        (ValueError, r"W1: expected 3 x 2.*got a list of 0", {"W1": []}),
        (ValueError, r"W1: expected 3 x 2.*got 2 x 0", {"W1": [[], []]}),
        (ValueError, "W1: expected 3 x 2, got one number", {"W1": 1.0}),
        (ValueError, "b1: expected a list of 3, got a list of 2", {"b1": [1, 2]}),
        (ValueError, "b1: expected a list of 3, got 3 x 3", {"b1": np.zeros((3, 3))}),
        (ValueError, "b2: expected a list of 1, got a list of 2", {"b2": [1, 2]}),
        (ValueError, "b3: expected one number, got a list of 1", {"b3": [1]}),
        (ValueError, "w1: expected one number, got 1 x 1", {"w1": [[1]]}),
        (ValueError, "w2: w2 was given before, by another name", {"W1": np.zeros((3, 2)), "w2": 1}),
        (ValueError, "w_1: w1 was given before", {"w1": 1, "w_1": 2}),
        (KeyError, "no 'W3' here; nearest: W2, W1", {"W3": [[1]]}),
        (KeyError, "no 'v' here", {"v": 1.0}),
        (KeyError, "no 'b9' here", {"b9": [1.0]}),
        (TypeError, "w1: expected a real number.*got str", {"w1": "3.5"}),
        (TypeError, "w1: expected a real number.*got NoneType", {"w1": None}),
        (TypeError, "W1: expected a real number.*got complex", {"W1": [[1, 2], [3, 4], [5, 6j]]}),
        (TypeError, "W1: expected a real number.*got str", {"W1": "identity"}),
        (TypeError, "b1: expected a real number.*got dict", {"b1": {}}),
    ],
)
@pytest.mark.parametrize("columns", [False, True])
def test_numbers_that_do_not_fit_change_nothing(
    error: type[Exception], text: str, given: dict[str, Any], columns: bool
) -> None:
    unchanged(MLP(2, [3, 1]), error, text, {"b4": 1.0, **given}, columns=columns)


def test_a_module_without_matrices_has_single_numbers_only() -> None:
    unchanged(Neuron(2), ValueError, "b1: expected one number, got a list of 1", {"b1": [1.0]})
    unchanged(Neuron(2), KeyError, "no 'W1' here; nearest: w1|known", {"W1": [[1.0, 2.0]]})


def test_square_matrices_are_read_as_the_others_given_with_them() -> None:
    by_columns = {"W1": [[1, 2], [3, 4]], "b1": [[5, 6]], "W2": [[7], [8]], "b2": [[9]]}  # as X @ W1 + b1 has them
    by_rows = {"W1": [[1, 3], [2, 4]], "b1": [5, 6], "W2": [[7, 8]], "b2": [9]}
    expected = {"w1": 1, "w2": 3, "b1": 5, "w3": 2, "w4": 4, "b2": 6, "w5": 7, "w6": 8, "b3": 9}
    for given in (by_columns, by_rows):
        model = MLP(2, [2, 1])
        model.load_named(given)
        assert model.state_dict() == expected
    model.load_named(by_columns, columns=False)
    assert model.state_dict()["w2"] == 2.0


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("kind", [list, tuple, np.array, iter, lambda rows: [np.array(x) for x in rows]])
def test_a_whole_batch_at_once(outputs: int, kind: Callable[[Any], Any]) -> None:
    model = MLP(2, [3, outputs], "tanh")
    X = [[0.5, -1.0], [2.0, 0.25], [0.0, 1.0]]  # noqa: N806
    for found, x in zip(model(kind(X)), X, strict=True):
        expected = model(x)
        if outputs == 1:
            assert found.data == expected.data
        else:
            assert [y.data for y in found] == [y.data for y in expected]
    loss, y = mse(model(X), [[0.0] * outputs] * 3), mse([model(x) for x in X], [[0.0] * outputs] * 3)
    assert loss.data == y.data
    assert MLP(1, [1])([[1.0], [2.0]])[1].op is not None


def test_a_batch_of_other_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a list of 2 inputs, got 3"):
        MLP(2, [1])([[1, 2, 3], [3, 4, 5]])
    with pytest.raises(TypeError, match=r"x2, got list: .*; expected one sample, a list of numbers"):
        MLP(2, [1])([1.0, [3, 4]])


def test_generators_of_numpy_draw_weights() -> None:
    for init in ("uniform", "normal", "he", "xavier"):
        one, two, other = (numbers(MLP(3, [4, 2], init=init, rng=np.random.default_rng(k))) for k in (5, 5, 6))
        assert one == two != other
    drawn, rng = numbers(MLP(2, [1], rng=np.random.default_rng(3))), np.random.default_rng(3)
    assert drawn == [rng.uniform(-1, 1), rng.uniform(-1, 1), 0.0]
    assert len(numbers(MLP(2, [1], rng=np.random.RandomState(3)))) == 3
    assert all(type(p.data) is float for p in MLP(2, [1], rng=np.random.default_rng(3)).parameters())


# ---------------------------------------------------------------- to PyTorch and back


def test_parameters_of_linear_modules_are_taken_in_order() -> None:
    model = MLP(2, [2, 1], "tanh", "sigmoid")
    state = {"fc1.weight": np.array([[1.0, 2.0], [3.0, 4.0]]), "fc1.bias": np.array([5.0, 6.0]),
             "out.bias": [9.0], "out.weight": [[7.0, 8.0]]}  # fmt: skip
    model.from_torch(state)
    assert list(model.state_dict().values()) == [1.0, 2.0, 5.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0]
    before = numbers(model)
    wrong_ones: list[dict[str, Any]] = [
        {}, {"0.weight": [[1.0, 2.0]], "0.bias": [0.0]}, dict(list(state.items())[:3]),
        {**state, "bn.running_mean": [1.0]}, {**state, "fc1.weight": [[1.0, 2.0, 3.0]] * 2},
    ]  # fmt: skip
    for wrong in wrong_ones:
        with pytest.raises(ValueError, match="expected"):
            model.from_torch(wrong)
    assert numbers(model) == before


def test_the_same_numbers_in_pytorch() -> None:
    torch = pytest.importorskip("torch")
    model = MLP(3, [4, 4, 2], ["tanh", "linear"], "sigmoid")
    layers = torch.nn
    twin = layers.Sequential(
        layers.Linear(3, 4), layers.Tanh(), layers.Linear(4, 4), layers.Linear(4, 2), layers.Sigmoid()
    ).double()
    twin.load_state_dict(model.to_torch())
    x = [0.3, -1.0, 2.0]
    assert [y.data for y in model(x)] == pytest.approx(twin(torch.tensor(x, dtype=torch.float64)).tolist(), rel=1e-14)
    other = MLP(3, [4, 4, 2])
    other.from_torch(twin.state_dict())
    assert numbers(other) == numbers(model)
    assert list(model.to_torch(["a", "b", "c"]))[:2] == ["a.weight", "a.bias"]
    with pytest.raises(ValueError, match="one for each of 3 layers, got 1"):
        model.to_torch(["a"])


def test_without_torch_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="pip install torch"):
        MLP(2, [1]).to_torch()
