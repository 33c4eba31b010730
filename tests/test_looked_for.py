"""What people look for who come from other frameworks, against PyTorch's numbers in tests/data/functions.json."""

import json
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, clip, elu, exp, grad, jacobian, jit, jvp, maximum, tanh, total, value_and_grad, vjp
from nn import MLP, bce, bce_with_logits, cross_entropy, hinge, mse
from nn.losses import huber, l1
from tests.helpers import mp

RECORDED = json.loads((Path(__file__).parent / "data" / "functions.json").read_text(encoding="utf-8"))
FUNCTIONS = RECORDED["functions"]
CLOSE = 1e-13


def flat(x: Any) -> Iterator[float]:
    if isinstance(x, (list, tuple)):
        for item in x:
            yield from flat(item)
    else:
        yield x.data if isinstance(x, Value) else x


def close(mine: Any, theirs: Any, within: float = CLOSE) -> bool:
    return list(flat(mine)) == pytest.approx(list(flat(theirs)), rel=within, abs=1e-300)


# ---------------------------------------------------------------- functions

EACH: dict[str, Callable[[Any], Any]] = {
    "elu, alpha 0.3": lambda x: elu(x, 0.3),
    "clip from -1 to 0.5": lambda x: clip(x, -1.0, 0.5),
}


@pytest.mark.parametrize("name", FUNCTIONS["each"])
def test_functions_of_a_number_are_those_of_pytorch(name: str) -> None:
    f, known = EACH.get(name) or getattr(autograd, name), FUNCTIONS["each"][name]
    # Of the normal distribution far out PyTorch has no digits left, as we have not: 1 + erf(-21) is 0.
    assert close([f(x) for x in known["x"]], known["y"], 1e-12)
    assert [grad(f)(x) for x in known["x"]] == pytest.approx(known["slope"], rel=1e-12, abs=1e-15)


def test_clip_shares_at_a_bound_as_maximum_does() -> None:
    assert [grad(lambda x: clip(x, -1.0, 1.0))(x) for x in (-2.0, -1.0, 0.0, 1.0, 2.0)] == [0.0, 0.5, 1.0, 0.5, 0.0]
    assert (clip(3.0), clip(3.0, high=2.0), clip(3.0, low=4.0)) == (3.0, 2.0, 4.0)


@pytest.mark.parametrize("x", [-700.0, 1e5, 800.0])
def test_activations_far_out_do_not_overflow(x: float) -> None:
    for f in (elu, autograd.silu, autograd.gelu, autograd.softsign):
        assert math.isfinite(f(x))
        assert math.isfinite(grad(f)(x))


@pytest.mark.parametrize("name", FUNCTIONS["of two"])
def test_functions_of_two_numbers_are_those_of_pytorch(name: str) -> None:
    f = getattr(autograd, name)
    for known in FUNCTIONS["of two"][name]:
        assert close(f(*known["x"]), known["y"])
        assert close(grad(f, (0, 1))(*known["x"]), known["slope"])


def test_there_are_no_slopes_at_the_origin() -> None:
    assert grad(autograd.hypot)(3e-200, 4e-200) == pytest.approx(0.6)
    for f in (autograd.atan2, autograd.hypot):
        with pytest.raises(ZeroDivisionError, match="origin"):
            grad(f)(0.0, 0.0)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "mean", "prod"])
def test_functions_of_a_list_are_those_of_pytorch(name: str) -> None:
    f = getattr(autograd, name)
    for known in FUNCTIONS["of many"][name]:
        assert list(flat(f(known["x"]))) == pytest.approx(list(flat(known["y"])), rel=1e-12, abs=1e-15)
        found = jacobian(f)(known["x"])
        assert list(flat(found)) == pytest.approx(list(flat(known["jacobian"])), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_all_that_tie_share_the_gradient_evenly(name: str) -> None:
    for known in FUNCTIONS["of many"][name]:
        xs = [Value(x) for x in known["x"]]
        y = getattr(autograd, name)(*xs)
        y.backward()
        assert y.data == known["y"]
        assert close([x.grad for x in xs], known["slope"])


def test_elements_of_an_array_that_tie_share_evenly() -> None:
    for count in (3, 100):  # written out, and in a loop
        x = autograd.values(np.full(count, 2.0), "x")
        x.max().backward()
        assert x.grads.tolist() == pytest.approx([1.0 / count] * count, rel=1e-15)
    y = autograd.values(np.array([[0.0, -1.0], [-2.0, -2.0]]), "y")
    y.min(axis=1).sum().backward()
    assert y.grads.tolist() == [[0.0, 1.0], [0.5, 0.5]]


def test_arrays_have_angles_and_hypotenuses() -> None:
    x = autograd.values(np.array([3.0, -4.0]), "x")
    (np.hypot(x, 4.0) + np.arctan2(x, 2.0)).sum().backward()
    assert x.grads.tolist() == pytest.approx([0.6 + 2.0 / 13.0, -4.0 / math.sqrt(32.0) + 0.1], rel=1e-14)


def test_the_largest_of_many_is_one_node_and_compiles() -> None:
    xs = [Value(3.0), Value(1.0), Value(3.0)]
    assert maximum(*xs).args == tuple(xs)
    compiled = jit(value_and_grad(lambda xs: maximum(*xs) ** 2), backend="python")
    assert compiled([3.0, 1.0, 3.0]) == (9.0, [3.0, 0.0, 3.0])


@pytest.mark.parametrize("zs", [[1.0, 2.0, 3.0], [0.0, 60.0], [-300.0, 5.0, 5.5, 60.0]])
def test_softmax_against_50_digits(zs: list[float]) -> None:
    whole = mp.fsum(mp.exp(z) for z in zs)
    for z, p, q in zip(zs, autograd.softmax(zs), autograd.log_softmax(zs), strict=True):
        exact = mp.exp(z) / whole
        assert abs(p / exact - 1) <= (4 + max(zs) - z) * 2.0**-52
        assert abs(q / mp.log(exact) - 1) <= 4 * 2.0**-52


def test_log_softmax_is_the_cross_entropy_of_every_class() -> None:
    zs = [0.3, -1.2, 2.0]
    assert autograd.log_softmax(zs) == [-cross_entropy(zs, place) for place in range(3)]


def test_there_is_no_mean_and_no_softmax_of_nothing() -> None:
    for f in (autograd.mean, autograd.softmax, autograd.log_softmax):
        with pytest.raises(ValueError, match="of no numbers"):
            f([])


# ---------------------------------------------------------------- losses


@pytest.mark.parametrize(
    "known", RECORDED["losses"], ids=lambda k: f"{k['loss']}-{k['settings']}-{bool(k['weights'])}-{k['reduction']}"
)
def test_losses_are_those_of_pytorch(known: dict[str, Any]) -> None:
    loss = getattr(nn, known["loss"])

    def value(given: Any) -> Any:
        options = {"reduction": known["reduction"], **known["settings"]}
        return loss(given, known["target"], weights=known["weights"], **options)

    assert close(value(known["given"]), known["value"])
    slopes = grad(lambda given: total(list(value(given))) if known["reduction"] == "none" else value(given))
    assert close(slopes(known["given"]), known["slope"])


def test_losses_one_by_one_come_as_the_predictions_do() -> None:
    predictions = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    found = mse(predictions, [[0, 0], [0, 0]], reduction="none")
    assert [[each.data for each in row] for row in found] == [[1.0, 4.0], [9.0, 16.0]]
    assert mse(3.0, 1.0, reduction="none") == 4.0
    assert mse([[1.0, 2.0], [3.0, 4.0]], [[0, 0], [0, 0]], weights=[1, 0]) == 2.5  # a weight for a sample


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [0.0, 0.0], [1.0, math.nan], [[1.0, 2.0], 1.0]])
def test_weights_that_make_no_sense_are_refused(weights: Any) -> None:
    with pytest.raises(ValueError, match="weights"):
        mse([1.0, 2.0], [0.0, 0.0], weights=weights)


@pytest.mark.parametrize("delta", [0.0, -1.0, math.inf])
def test_a_width_that_makes_no_sense_is_refused(delta: float) -> None:
    with pytest.raises(ValueError, match="delta"):
        huber(1.0, 0.0, delta=delta)


def test_l1_at_its_kink() -> None:
    p = Value(1.0)
    l1(p, 1.0).backward()
    assert p.grad == 0.0


@pytest.mark.parametrize("loss", [bce, bce_with_logits, hinge])
def test_prediction_and_target_exchanged_are_called_so(loss: Any) -> None:
    p = Value(0.3).sigmoid()
    for prediction, target in ((1.0, p), ([1, 0], [p, p]), (np.array([1.0, 0.0]), [p, p])):
        with pytest.raises(ValueError, match="exchanged"):
            loss(prediction, target)
    loss(0.5, Value(1.0))  # a label that was not computed is a label


def test_logits_and_classes_exchanged_are_called_so() -> None:
    with pytest.raises(ValueError, match="exchanged"):
        cross_entropy(0, MLP(2, [3])([1.0, 2.0]))


# ---------------------------------------------------------------- derivatives


def f(w: Any, x: Any) -> list[Any]:
    return [tanh(w[0] * x[0] + w[1] * x[1]), (w[0] * x[0] + w[1] * x[1]) ** 2, exp(w[0]) * x[1]]


KNOWN = RECORDED["derivatives"]
W, X, G = KNOWN["w"], KNOWN["x"], KNOWN["g"]


def test_vjp_is_that_of_pytorch() -> None:
    y, pullback = vjp(f, W, X)
    assert close(y, KNOWN["y"])
    assert type(y[0]) is float
    found = pullback(G)
    assert isinstance(found, tuple)
    assert close(found, KNOWN["vjp"])
    assert close(jit(lambda w, x, g: vjp(f, w, x)[1](g), backend="python")(W, X, G), KNOWN["vjp"])


def test_jacobian_is_that_of_pytorch() -> None:
    first, second = zip(*jacobian(f, (0, 1))(W, X), strict=True)
    assert close([list(first), list(second)], KNOWN["jacobian"])
    assert close(jacobian(f)(W, X), KNOWN["jacobian"][0])
    assert close(jacobian(f, "x")(W, x=X), KNOWN["jacobian"][1])
    assert close(jit(jacobian(f), backend="python")(W, X), KNOWN["jacobian"][0])


def test_jacobians_of_arrays_and_dicts() -> None:
    found = jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    assert found.tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert jacobian(lambda p: {"a": p["x"] * p["y"], "b": 7.0})({"x": 2.0, "y": 3.0}) == {
        "a": {"x": 3.0, "y": 2.0}, "b": {"x": 0.0, "y": 0.0},
    }  # fmt: skip
    assert jacobian(jacobian(lambda x: [x**3]))(2.0) == [12.0]


def test_gradients_by_several_arguments_with_something_beside_are_those_of_pytorch() -> None:
    def scalar(w: Any, x: Any) -> Any:
        y = f(w, x)
        return total(y), y

    for argnum, args, options in (((0, 1), (W, X), {}), (("w", "x"), (W,), {"x": X}), (("w", 1), (W, X), {})):
        slopes, aux = grad(scalar, argnum, has_aux=True)(*args, **options)
        assert close(slopes, KNOWN["grad"])
        assert isinstance(slopes, tuple)
        assert close(aux, KNOWN["aux"])
        assert type(aux[0]) is float
    (value, aux), slopes = value_and_grad(scalar, (1, 0), has_aux=True)(W, X)
    assert close(slopes, KNOWN["grad"][::-1])
    assert value == pytest.approx(math.fsum(KNOWN["y"]))


def test_what_is_beside_the_number_stays_what_it_is() -> None:
    note = object()
    assert grad(lambda x: (x * x, {"note": note, "text": "a", "twice": 2 * x}), has_aux=True)(3.0) == (
        6.0, {"note": note, "text": "a", "twice": 6.0},
    )  # fmt: skip
    with pytest.raises(TypeError, match="has_aux: expected a function that returns a pair"):
        grad(lambda x: x * x, has_aux=True)(3.0)


@pytest.mark.parametrize("argnum", ["c", ("a", 2), (), 1.5, ("a", None)])
def test_arguments_that_are_not_there(argnum: Any) -> None:
    with pytest.raises(TypeError, match=r"there is no argument|expected argnum"):
        grad(lambda a, b: a * b, argnum)(1.0, 2.0)


def test_cotangents_of_another_structure_are_refused() -> None:
    _, pullback = vjp(f, W, X)
    for wrong in (1.0, [1.0, 2.0], {"a": 1.0}):
        with pytest.raises(ValueError, match="structure"):
            pullback(wrong)


def test_derivatives_of_pullbacks() -> None:
    assert grad(lambda t: vjp(lambda x: x**3, t)[1](1.0)[0])(2.0) == 12.0
    x = Value(2.0)
    _, pullback = vjp(lambda t: t**3, x)
    pullback(1.0)[0].backward()
    assert x.grad == 12.0
    assert vjp(lambda t: 5.0, 2.0)[1](1.0) == (0.0,)


@dataclass(frozen=True)
class Line:
    m: float
    c: float

    def at(self, x: float) -> Any:
        return self.m * x + self.c


class Pair(NamedTuple):
    a: Any
    b: Any


def test_dataclasses_as_arguments() -> None:
    assert grad(lambda line: line.at(3.0) ** 2)(Line(2.0, 1.0)) == Line(42.0, 14.0)
    assert grad(lambda p: p.a.at(p.b))(Pair(Line(2.0, 1.0), 5.0)) == Pair(Line(5.0, 1.0), 2.0)
    assert jvp(lambda line: line.at(3.0), (Line(2.0, 1.0),), (Line(1.0, 0.5),)) == (7.0, 3.5)
    second = autograd.hessian(lambda line: line.at(3.0) ** 2)(Line(2.0, 1.0))
    assert second == Line(Line(18.0, 6.0), Line(6.0, 2.0))  # type: ignore[arg-type]


def test_models_as_arguments() -> None:
    model = MLP(2, [3, 1], "tanh", "sigmoid")
    x, y = [0.3, -0.8], 1.0
    before = model.state_dict()
    found = grad(lambda model: bce(model(x), y))(model)
    loss = bce(model(x), y)
    loss.backward()
    assert found == {name: p.grad for name, p in model.named_parameters().items()}
    assert all(type(slope) is float for slope in found.values())
    assert model.state_dict() == before
    model.zero_grad()
    value, (slopes, inputs) = value_and_grad(lambda model, x: bce(model(x), y), (0, 1))(model, x)
    assert value == loss.data
    assert slopes == found
    assert len(inputs) == 2
    assert not any(p.has_grad for p in model.parameters())


def test_derivatives_along_a_model_and_of_its_gradient() -> None:
    model = MLP(1, [1], output="sigmoid")
    model.load_named({"w1": 0.5, "b1": -0.25})

    def size(model: Any) -> Any:
        slopes = grad(lambda model: model([2.0]) ** 2)(model)
        return total([slope**2 for slope in slopes.values()])

    def by_hand(w: Any, b: Any) -> Any:
        y = autograd.sigmoid(2.0 * w + b)
        return (2.0 * y * y * (1.0 - y)) ** 2 * (2.0**2 + 1.0)

    expected = grad(by_hand, ("w", "b"))(0.5, -0.25)
    assert list(grad(size)(model).values()) == pytest.approx(list(expected), rel=1e-12)
    _, change = jvp(size, (model,), ({"w1": 1.0, "b1": 2.0},))
    assert change == pytest.approx(expected[0] + 2.0 * expected[1], rel=1e-12)
    outer = grad(lambda t: grad(lambda m: t * m([2.0]))(model)["b1"])(3.0)
    assert outer == pytest.approx(grad(lambda b: autograd.sigmoid(1.0 + b))(-0.25), rel=1e-14)
    assert vjp(lambda m: [m([1.0]), 3.0], model)[1]([0.0, 1.0]) == ({"w1": 0.0, "b1": 0.0},)


# ---------------------------------------------------------------- detach


def test_nothing_flows_through_what_is_detached() -> None:
    x = Value(3.0, "x")
    y = x * x
    alone = y.detach()
    assert (alone.data, alone.label, alone.args, alone.has_grad) == (9.0, "", (), False)
    (alone * x).backward()
    assert x.grad == 9.0
    assert x.detach().label == "x"
    alone.data = 4.0
    assert y.data == 9.0


def test_a_detached_number_is_a_constant_of_functions() -> None:
    found = grad(lambda x: x * x.detach())(3.0)
    assert found == 3.0
    assert type(found) is float
    assert grad(grad(lambda x: x**2 * x.detach()))(3.0) == 6.0
    with pytest.raises(TypeError, match="leave detach"):
        jit(lambda x: x * x.detach(), backend="python")(3.0)


# ---------------------------------------------------------------- what is composed is told as what it is

COMPOSED = {"elu": "ELU", "silu": "SiLU", "gelu": "GELU", "softsign": "softsign"}


@pytest.mark.parametrize("name", COMPOSED)
def test_composed_activations_are_known_by_name_everywhere(name: str) -> None:
    model = MLP(2, [2, 1], name, "sigmoid", rng=random.Random(1))
    loss = bce(model([0.3, -0.7]), 1)
    loss.backward()
    slope = model.named_parameters()["w1"].grad
    assert f">{COMPOSED[name]}<" in autograd.draw(loss, view="neurons").source
    for style in ("python", "numpy"):
        namespace: dict[str, Any] = {}
        text = str(autograd.to_manual(loss, style=style))
        exec(text, namespace)
        assert f"{name} hidden units" in text
        found = namespace["grad_w1"] if style == "python" else namespace["grad_W1"][0, 0]
        assert found == pytest.approx(slope, rel=1e-12)
    assert name in autograd.to_manual(loss, style="latex")
    assert autograd.explain(loss, "w1").value == pytest.approx(slope, rel=1e-12)
    assert autograd.compare(loss, {"w1": slope}, model).ok
    assert not autograd.compare(loss, {"w1": 2 * slope}, model).ok


def test_the_largest_of_many_is_written_as_one() -> None:
    a, b, c = Value(2.0, "a"), Value(3.0, "b"), Value(3.0, "c")
    loss = maximum(a, b, c) ** 2
    assert "max(a, b, c)" in autograd.explain(loss, "b").text
    assert autograd.explain(loss, "b").value == 3.0
    assert "max(a, b, c)" in autograd.to_manual(loss)
    assert autograd.compare(loss, {"b": 3.0, "a": 0.0, "c": 3.0}).ok
