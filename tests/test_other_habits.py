"""What people write who come from other frameworks is answered by what is written here."""

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import nn
from autograd import Value
from autograd.slips import OF_VALUES
from nn import MLP, Layer, Module, bce
from nn.slips import OF_MODULES, OF_NN

SLIPS: list[tuple[Callable[[Any, Any], Any], type[Exception], str]] = [
    (lambda x, m: x.item(), AttributeError, r"no item: it is one number, write x\.data"),
    (lambda x, m: x.detach().numpy(), AttributeError, r"no numpy.*write x\.data"),
    (lambda x, m: round(x, 3), TypeError, r"write round\(x\.data, 3\)"),
    (lambda x, m: int(x), TypeError, r"write int\(x\.data\)"),
    (lambda x, m: math.exp(x), TypeError, r"x\.exp\(\)"),
    (lambda x, m: x.grad(), TypeError, r"grad is a number: call loss\.backward\(\) first"),
    (lambda x, m: computed(x).grad(), TypeError, r"the function is autograd\.grad\(f\)"),
    (lambda x, m: bce(m([1, 2]), 1).named()["delta3"], KeyError, r"the gradient of z3: write \['z3'\]\.grad"),
    (lambda x, m: bce(m([1, 2]), 1).named()["dL_dw5"], KeyError, r"the gradient of w5: write \['w5'\]\.grad"),
    (lambda x, m: bce(m([1, 2]), 1).named()["delta4"], KeyError, r"no 'delta4' here; known: "),
    (lambda x, m: bce(1, m([1, 2])), ValueError, r"prediction and target are exchanged"),
    (lambda x, m: bce([1], [m([1, 2])]), ValueError, r"exchanged: .* such as bce\(model\(x\), y\)"),
    (lambda x, m: m.load_named({"__name__": "mine", "q": 1.0}), KeyError, r"none .* is that of a parameter; known: w1"),
    (lambda x, m: x.gradient, AttributeError, r"x\.grad"),
    (lambda x, m: x.backwards(), AttributeError, r"'backwards'"),
    (lambda x, m: x.pow(2), AttributeError, r"x\*\*2"),
    (lambda x, m: x.requires_grad, AttributeError, r"every Value is differentiated"),
    (lambda x, m: x.shape, AttributeError, r"one number"),
    (lambda x, m: x.sum(), AttributeError, r"total\(xs\)"),
    (lambda x, m: m(0.1, 0.2), TypeError, r"one list of inputs: write model\(\[0\.1, 0\.2\]\)"),
    (lambda x, m: m(x, 0.2), TypeError, r"write model\(\[1\.0, 0\.2\]\)"),
    (lambda x, m: MLP([2, 2, 1]), TypeError, r"write MLP\(2, \[2, 1\]\)"),  # type: ignore[arg-type]
    (lambda x, m: MLP(2, 2), ValueError, r"sizes: expected a list"),  # type: ignore[arg-type]
    (lambda x, m: MLP(2), ValueError, r"sizes: expected a list"),
    (lambda x, m: MLP(2, [2], "ReLU"), ValueError, r"unknown activation 'ReLU'; nearest: relu"),
    (lambda x, m: m.forward([1, 2]), AttributeError, r"write model\(x\)"),
    (lambda x, m: m.train(), AttributeError, r"leave it out"),
    (lambda x, m: m.fit(), AttributeError, r"write fit\(model, X, y"),
    (lambda x, m: m.paramters(), AttributeError, r"MLP has no paramters: nearest: parameters"),
    (lambda x, m: nn.Linear(2, 1), AttributeError, r"write Layer\("),  # type: ignore[attr-defined]
    (lambda x, m: nn.MSELoss(), AttributeError, r"write mse\("),  # type: ignore[attr-defined]
    (lambda x, m: nn.SDG, AttributeError, r"nn has no SDG: nearest: SGD"),  # type: ignore[attr-defined]
]


def computed(x: Value) -> Value:
    """A result of x after backward()."""
    y = x * x
    y.backward()
    assert (y.grad, x.grad) == (1.0, 2.0) and type(x.grad) is float and y.grad == pickle.loads(pickle.dumps(y)).grad
    return y


@pytest.mark.parametrize(("slip", "error", "words"), SLIPS)
def test_a_slip_is_answered_by_what_is_meant(
    slip: Callable[[Any, Any], Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        slip(Value(1.0, "x"), MLP(2, [2, 1], "sigmoid", "sigmoid"))


def test_what_is_listed_is_not_there() -> None:
    for name in OF_VALUES:
        assert not hasattr(Value, name) and not hasattr(Value(1.0), name) and name not in dir(Value(1.0))
    for name in OF_MODULES:
        assert not hasattr(Module, name) and not hasattr(MLP(2, [1]), name)
    for name in OF_NN:
        assert not hasattr(nn, name)


def test_what_is_not_there_is_not_there() -> None:
    x, model = Value(1.0), MLP(1, [1])
    assert getattr(x, "shape", None) is None
    assert not hasattr(x, "_repr_html") and not hasattr(model, "__array__")
    for twin in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.state_dict() == model.state_dict()
    assert copy.deepcopy(x).data == pickle.loads(pickle.dumps(x)).data == 1.0


class Own(Module):
    def __init__(self) -> None:
        self.layer = Layer(1, 1)

    def forward(self, x: Any) -> Any:
        return self.layer(x)


def test_a_module_may_have_what_ours_do_not() -> None:
    assert len(Own().forward([1.0])) == 1
    with pytest.raises(AttributeError, match=r"Own has no layers: nearest: layer"):
        Own().layers  # type: ignore[attr-defined]  # noqa: B018
