"""Networks that are more than a chain of layers, trained in loops: the numbers of the graph, in short code."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from autograd import Value, training
from autograd.compiler import native, task
from autograd.compiler.chain import chain_of
from autograd.compiler.native import available
from nn.losses import l2_penalty
from tests.structures import STRUCTURES, Made, composed

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is missing")

WRITTEN_OUT = "a kernel that moves"
"""Every sum is over other inputs, and all of the same three parameters: no two are in a layer."""


@pytest.fixture(autouse=True)
def rolled(monkeypatch):
    """Layers of any size are done in loops."""
    monkeypatch.setattr(task, "pays", lambda n_parameters, batch: True)


def rows(n: int, width: int) -> tuple[list[list[float]], list[float]]:
    rng = random.Random(1)
    return [[rng.uniform(-1, 1) for _ in range(width)] for _ in range(n)], [rng.uniform(-1, 1) for _ in range(n)]


def adam(p: Any, g: Any, memory: Sequence[Any], lr: Any, t: Any) -> tuple[Any, Any]:
    m, v = 0.9 * memory[0] + 0.1 * g, 0.99 * memory[1] + 0.01 * g * g
    return p - lr * (m / (1 - 0.9**t)) / ((v / (1 - 0.99**t)) ** 0.5 + 1e-8), (m, v)


def read(name: str | int, width: int, n: int, batch: int, backend: str = "llvm", kind: str = "") -> Any:
    made = Made(width)
    loss = composed(made, name) if isinstance(name, int) else STRUCTURES[name](made)
    own: dict[str, Any] = {"update": adam, "memory": (0.0, 0.0)} if kind == "adam" else {}
    if kind == "penalty":
        own["penalty"] = lambda: l2_penalty(made.parameters, 0.01)
    return training(loss, made.parameters, *rows(n, width), batch_size=batch, backend=backend, **own)


def trained(name: str | int, width: int, n: int, batch: int, steps: int, backend: str, kind: str = "") -> list[float]:
    """Losses of epochs, and parameters after so many steps."""
    own = read(name, width, n, batch, backend, kind)
    losses = list(own.run([0.02] * -(-steps // -(-n // batch))))
    own.pull()
    return [*losses, *(p.data for p in own.parameters)]


def by_graph(name: str, width: int, n: int, batch: int, steps: int) -> list[float]:
    """The same by the graph of every step."""
    made = Made(width)
    loss = STRUCTURES[name](made)
    data, losses = list(zip(*rows(n, width), strict=True)), []
    for _ in range(-(-steps // -(-n // batch))):
        losses.append(0.0)
        for start in range(0, n, batch):
            part = data[start : start + batch]
            mean: Value = sum((loss(x, y) for x, y in part), Value(0.0)) / len(part)
            for p in made.parameters:
                p.zero_grad()
            mean.backward()
            losses[-1] += mean.data * len(part) / n
            for p in made.parameters:
                p.data -= 0.02 * p.grad
    return [*losses, *(p.data for p in made.parameters)]


def apart(a: Sequence[float], b: Sequence[float]) -> float:
    return max(abs(x - y) / max(1.0, abs(y)) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("name", STRUCTURES)
def test_100_steps_are_those_of_the_program_written_out(name):
    size = {"width": 7, "n": 9, "batch": 4, "steps": 100}
    assert apart(trained(name, **size, backend="llvm"), trained(name, **size, backend="python")) < 1e-11


def test_a_matrix_with_two_uses_is_moved_once():
    """By Adam, whose step of a sum is not the sum of its steps."""
    size = {"width": 7, "n": 9, "batch": 4, "steps": 20, "kind": "adam"}
    a, b = (trained("weights turned without biases", **size, backend=backend) for backend in ("llvm", "python"))
    assert apart(a, b) < 1e-11


@pytest.mark.parametrize("name", ["weights turned", "step after step", "gates", "softmax between"])
def test_steps_are_those_of_the_graph(name):
    size = {"width": 6, "n": 5, "batch": 2, "steps": 20}
    assert apart(trained(name, **size, backend="llvm"), by_graph(name, **size)) < 1e-12


@pytest.mark.long
@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("size", [(7, 11, 1), (9, 12, 5), (16, 140, 130), (19, 12, 4), (33, 20, 10)])
def test_100_steps_are_those_of_the_graph(name, size):
    width, n, batch = size
    own = {"width": width, "n": n, "batch": batch, "steps": 100 if n < 100 else 4}
    assert apart(trained(name, **own, backend="llvm"), by_graph(name, **own)) < 1e-9


@pytest.mark.long
@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("kind", ["adam", "penalty"])
@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
def test_any_update_in_any_number_of_lanes(monkeypatch, name, kind, lanes):
    monkeypatch.setattr(native.host(), "lanes", lanes)
    for width, batch in ((7, 3), (18, 40)):
        size = {"width": width, "n": 41, "batch": batch, "steps": 100, "kind": kind}
        assert apart(trained(name, **size, backend="llvm"), trained(name, **size, backend="python")) < 1e-9


@pytest.mark.parametrize("seed", [*range(12), *(pytest.param(k, marks=pytest.mark.long) for k in range(12, 300))])
def test_networks_put_together_at_random(seed):
    rng = random.Random(seed)
    size = {"width": rng.randint(2, 12), "n": 9, "batch": rng.choice([1, 2, 4, 9]), "steps": 100, "kind": rng.choice(
        ["", "adam", "penalty"])}  # fmt: skip
    a, b = (trained(seed, **size, backend=backend) for backend in ("llvm", "python"))
    assert len(a) == len(b) and apart(a, b) < 1e-9


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize("name", [name for name in STRUCTURES if name != WRITTEN_OUT])
def test_no_weight_is_written_out(name):
    """Layers are found, and what is between them has at most a few parameters a unit."""
    if name == "a weight in two places":
        pytest.skip("a layer that shares some of its weights with another is written out")
    layers = read(name, 12, 8, 4).recipe.layers
    assert layers is not None
    assert len(layers.outside) <= 3 * 12
    assert sum(len(step.args) for step in layers.between.steps) < 30 * 12


def test_units_that_are_alike_are_side_by_side():
    for name in ("gates", "two activations in turn"):
        own = read(name, 24, 8, 4)
        assert "into_" not in own.llvm_ir
        assert "units_1" in own.llvm_ir


@pytest.mark.parametrize("name", ["one layer twice", "weights turned", "step after step", "first layer not trained"])
def test_matrices_with_two_uses_lie_in_memory_once(name):
    own = read(name, 21, 8, 4)
    assert own._engine._padded < 1.6 * len(own.parameters) + 100


@pytest.mark.parametrize("name", ["past two layers", "inputs beside units", "middle layer not trained"])
def test_code_does_not_grow_with_width(name):
    lengths = [read(name, width, 16, 8).llvm_ir.count("\n") for width in (24, 72)]
    assert lengths[1] < 1.4 * lengths[0]  # of nine times as many weights


def test_numbers_that_change_are_read_anew():
    """A layer that is not trained is what it is in every run."""
    made = Made(9)
    w, last = made.matrix(9, 9), made.vector(9)
    fixed = [[Value(x) for x in row] for row in made.numbers(9, 9)]

    def loss(x: Any, y: Any) -> Any:
        from autograd import dot, tanh

        h = [tanh(dot(row, [tanh(dot(r, x)) for r in w])) for row in fixed]
        return (dot(last, h) - y) ** 2

    data = rows(8, 9)
    found = []
    for backend in ("llvm", "python"):
        for p, x in zip(made.parameters, Made(9).vector(90), strict=True):
            p.data = x.data
        own = training(loss, made.parameters, *data, batch_size=4, backend=backend)
        fixed[3][4].data = 0.5
        losses = list(own.run([0.1]))
        fixed[3][4].data = -2.0
        found.append([*losses, *own.run([0.1])])
    assert apart(*found) < 1e-13
    assert abs(found[0][0] - found[0][1]) > 1e-6


# ---------------------------------------------------------------- layers one after the other


def test_a_chain_is_the_loss_in_fewer_words():
    own = read("plain", 6, 4, 2)
    found = chain_of(own.recipe.layers)
    assert found is not None
    numbers = [p.data for p in own.parameters]
    x, y = [0.1 * k - 0.2 for k in range(6)], 0.7
    h = x
    for k, layer in enumerate(found.layers):
        z = [numbers[b] + sum(numbers[p] * a for p, a in zip(row, h, strict=True)) for row, b in zip(
            layer.weights, layer.biases, strict=True)]  # fmt: skip
        if k < len(found.activations):
            h = [found.activations[k].run([one], lambda op, xs: op.function(*xs))[0] for one in z]
    inputs = [*z, *x, y]
    (loss,) = found.head.run(inputs, lambda op, xs: op.function(*xs))
    weighted, slope = found.with_slopes.head.run([*inputs, 2.0], lambda op, xs: op.function(*xs))
    expected = own.recipe.term.run([*numbers, *x, y, 1.0], lambda op, xs: op.function(*xs))[0]
    assert apart([loss, weighted, slope], [expected, 2 * expected, 2 * (z[0] - y)]) < 1e-15


def test_what_goes_past_a_layer_is_no_chain():
    chains = [name for name in STRUCTURES if name != WRITTEN_OUT and chain_of(read(name, 6, 4, 2).recipe.layers)]
    assert chains == ["plain", "without activations"]
