"""Layers found in a traced loss, and their training in loops: the numbers of the graph, in code that does not grow."""

import random
import sys
import tracemalloc
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from autograd import Value, dot, exp, relu, tanh, total, training
from autograd.compiler import matrix_loops, native, task
from autograd.compiler.layers import Layers
from autograd.compiler.native import available
from nn import MLP, SGD, Adam, AdamW, bce, bce_with_logits, cross_entropy, fit, half_squared_error, hinge, mse
from nn.layers import ACTIVATIONS
from nn.losses import l2_penalty

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is missing")


@pytest.fixture(autouse=True)
def rolled(monkeypatch):
    """Layers of any size are done in loops."""
    monkeypatch.setattr(task, "pays", lambda n_parameters, batch: True)


def rows(n: int, width: int, seed: int = 5) -> list[list[float]]:
    rng = random.Random(seed)
    return [[rng.uniform(-1, 1) for _ in range(width)] for _ in range(n)]


def targets(loss: Any, n: int, width: int) -> list[Any]:
    if loss is cross_entropy:
        return [i * i % width for i in range(n)]
    signs = (-1, 1) if loss is hinge else (0, 1)
    return [[signs[i * (k + 1) % 3 % 2] for k in range(width)] for i in range(n)]


def both(sizes: Sequence[int], loss: Any, *, n: int, size: int | None, epochs: int, hidden="tanh", output="linear",
         optimizer: Any = lambda ps: SGD(ps, lr=0.05)) -> float:  # fmt: skip
    """How far loops and graph are apart after as many epochs, relative to 1 or the number."""
    found = []
    for backend in ("llvm", "eager"):
        own = MLP(sizes[0], sizes[1:], hidden, output, rng=random.Random(1))
        history = fit(own, rows(n, sizes[0]), targets(loss, n, sizes[-1]), loss=loss, optimizer=optimizer(
            own.parameters()), epochs=epochs, batch_size=size, backend=backend, progress=False)  # fmt: skip
        found.append([*history.losses, *(p.data for p in own.parameters())])
    return max(abs(a - b) / max(1.0, abs(b)) for a, b in zip(*found, strict=True))


# ---------------------------------------------------------------- numbers


LOSSES = {mse: "linear", half_squared_error: "linear", bce: "sigmoid", bce_with_logits: "linear", hinge: "linear",
          cross_entropy: "linear"}  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("size", [1, 10, None])
def test_losses_over_100_steps(loss, size):
    steps = -(-23 // (size or 23))
    assert both([5, 9, 3], loss, n=23, size=size, epochs=-(-100 // steps), output=LOSSES[loss]) < 1e-9


@pytest.mark.parametrize("hidden", sorted(ACTIVATIONS))
def test_activations_over_100_steps(hidden):
    assert both([4, 11, 6, 2], mse, n=12, size=4, epochs=34, hidden=hidden) < 1e-9


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda ps: SGD(ps, lr=0.1, weight_decay=0.01),
        lambda ps: SGD(ps, lr=0.05, momentum=0.8, nesterov=True),
        lambda ps: Adam(ps, lr=0.02, weight_decay=0.01),
        lambda ps: AdamW(ps, lr=0.02, weight_decay=0.1),
    ],
)
@pytest.mark.parametrize("size", [1, 5, None])
def test_optimizers_over_100_steps(optimizer, size):
    assert both([3, 10, 4], cross_entropy, n=10, size=size, epochs=100 // (-(-10 // (size or 10))),
                optimizer=optimizer) < 1e-9  # fmt: skip


@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
def test_any_number_of_lanes(monkeypatch, lanes):
    monkeypatch.setattr(native.host(), "lanes", lanes)
    every = {(1, 1, 1): (1, None), (7, 8, 1): (2, 7), (9, 17, 16, 3): (1, 2, 3, 7, None), (30, 2, 25, 4): (3, None)}
    for sizes, batches in every.items():
        for size in batches:
            assert both(sizes, mse, n=15, size=size, epochs=3, hidden="sigmoid") < 1e-13


@pytest.mark.parametrize("size", [127, 128, 129, 300, None])
def test_batches_of_many_chunks(size):
    for optimizer in (SGD, Adam):
        assert both([3, 9, 2], mse, n=301, size=size, epochs=2, optimizer=lambda ps, kind=optimizer: kind(ps, lr=0.05)
                    ) < 1e-12  # fmt: skip


@pytest.mark.parametrize("size", [1, 5, 150])
@pytest.mark.parametrize("kind", [SGD, Adam])
def test_penalties(size, kind):
    found = []
    for backend in ("llvm", "eager"):
        own = MLP(3, [9, 2], "tanh", rng=random.Random(1))
        history = fit(own, rows(151, 3), targets(mse, 151, 2), loss=mse, optimizer=kind(own.parameters(), lr=0.05),
                      epochs=2, batch_size=size, backend=backend, progress=False,
                      penalty=lambda own: l2_penalty(own.parameters(), 0.01))  # fmt: skip
        found.append([*history.losses, *(p.data for p in own.parameters())])
    assert max(abs(a - b) for a, b in zip(*found, strict=True)) < 1e-12


@pytest.mark.parametrize("loss", [mse, cross_entropy])
def test_a_loss_of_many_outputs(loss):
    assert both([6, 9, 150], loss, n=11, size=5, epochs=2) < 1e-13


def test_the_same_bits_again():
    def once() -> list[float]:
        own = MLP(20, [30, 10], "relu", rng=random.Random(3))
        history = fit(own, rows(50, 20), targets(cross_entropy, 50, 10), loss=cross_entropy, epochs=5, batch_size=8,
                      optimizer=SGD(own.parameters(), lr=0.1), shuffle=True, seed=1, backend="llvm",
                      progress=False)  # fmt: skip
        return [*history.losses, *(p.data for p in own.parameters())]

    assert once() == once()


def test_wrong_loops_are_found(monkeypatch):
    """Such that leave out the smaller ones of the blocks that a matrix is cut into."""
    assert both([29, 13, 3], mse, n=8, size=4, epochs=2) < 1e-13
    pieces = matrix_loops._pieces
    monkeypatch.setattr(matrix_loops, "_pieces", lambda n, most: list(pieces(n, most))[:1])
    assert both([29, 13, 3], mse, n=8, size=4, epochs=2) > 1e-6


# ---------------------------------------------------------------- which programs are layers


def net(how: str, p: list[Value]) -> Any:
    """A loss of 2 inputs, 3 hidden units and 1 output, written in different ways; 13 parameters."""
    w, b, v, c = [p[0:2], p[2:4], p[4:6]], p[6:9], p[9:12], p[12]
    if how == "dot":
        return lambda x, y: (dot(v, [tanh(dot(row, x, own)) for row, own in zip(w, b, strict=True)], c) - y) ** 2
    if how == "operators":
        return lambda x, y: (
            sum(q * tanh(own + x[1] * row[1] + row[0] * x[0]) for q, row, own in zip(v, w, b, strict=True)) + c - y
        ) ** 2
    if how == "total":

        def hidden(x: Any) -> list[Any]:
            return [1 / (1 + exp(-(total([r * s for r, s in zip(row, x, strict=True)]) + own)))
                    for row, own in zip(w, b, strict=True)]  # fmt: skip

        return lambda x, y: (total([q * h for q, h in zip(v, hidden(x), strict=True)]) + c - y) ** 2
    if how == "one weight for two inputs":
        return lambda x, y: (dot(v, [relu(dot([row[0], row[0]], x, own) + row[1]) for row, own in zip(
            w, b, strict=True)], c) - y) ** 2  # fmt: skip
    if how == "past a layer":
        return lambda x, y: (dot(v, [tanh(dot(row, x, own)) for row, own in zip(w, b, strict=True)], c) - y) ** 2 + (
            dot(w[0], x, b[0]) ** 2)  # fmt: skip
    assert how == "other activations"
    kinds = (tanh, relu, tanh)
    return lambda x, y: (
        dot(v, [f(dot(row, x, own)) for f, row, own in zip(kinds, w, b, strict=True)], c) - y
    ) ** 2


@pytest.mark.parametrize("how", ["dot", "operators", "total"])
def test_layers_are_found_however_they_are_written(how):
    assert isinstance(trained(how, "llvm")[1], Layers)


def test_a_layer_with_a_weight_in_two_places_is_written_out():
    found = trained("one weight for two inputs", "llvm")[1]
    assert [layer.n_units for layer in found.layers] == [1]  # the last is left
    assert len(found.outside) == 9


@pytest.mark.parametrize("how", ["dot", "operators", "total", "one weight for two inputs", "past a layer",
                                 "other activations"])  # fmt: skip
def test_written_by_hand(how):
    found, expected = trained(how, "llvm")[0], trained(how, "python")[0]
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) < 1e-13


def trained(how: str, backend: str) -> Any:
    rng = random.Random(2)
    p = [Value(rng.uniform(-1, 1), f"p{k}") for k in range(13)]
    own = training(net(how, p), p, rows(7, 2), [0.1 * k for k in range(7)], batch_size=3, backend=backend)
    losses = list(own.run([0.1] * 20))
    own.pull()
    return [*losses, *(q.data for q in p)], own.recipe.layers


def test_without_biases():
    found = []
    for backend in ("llvm", "python"):
        rng = random.Random(2)
        p = [Value(rng.uniform(-1, 1)) for _ in range(24)]
        w, v = [p[3 * k : 3 * k + 3] for k in range(6)], p[18:]
        loss = lambda x, y, w=w, v=v: (dot(v, [tanh(dot(row, x)) for row in w]) - y) ** 2  # noqa: E731
        own = training(loss, p, rows(7, 3), [0.1 * k for k in range(7)], batch_size=3, backend=backend)
        losses = list(own.run([0.1] * 20))
        own.pull()
        found.append([*losses, *(q.data for q in p)])
        assert (own.recipe.layers is not None) is (backend == "llvm")
    assert max(abs(a - b) for a, b in zip(*found, strict=True)) < 1e-13


@pytest.mark.parametrize("used", [(0, 1, 2), (1, 2), (0, 2), (2, 0)])
def test_some_columns(used):
    found = []
    for backend in ("llvm", "python"):
        rng = random.Random(2)
        p = [Value(rng.uniform(-1, 1)) for _ in range(len(used) * 3 + 3)]
        w, v = [p[len(used) * k : len(used) * (k + 1)] for k in range(3)], p[-3:]
        loss = lambda x, y, w=w, v=v: (dot(v, [tanh(dot(row, [x[k] for k in used])) for row in w]) - y) ** 2  # noqa: E731
        own = training(loss, p, rows(7, 3), [0.1 * k for k in range(7)], batch_size=3, backend=backend)
        found.append(list(own.run([0.1] * 20)))
        assert backend == "python" or len(own.recipe.layers.layers) == 2
    assert max(abs(a - b) for a, b in zip(*found, strict=True)) < 1e-13


def test_an_update_that_moves_zeros_is_written_out():
    """Rows are filled up with zeros, which must stay so."""
    p = [Value(0.1 * k, f"p{k}") for k in range(13)]
    data = rows(5, 2), [1.0] * 5
    for moved, inside in ((0.0, True), (0.01, False)):
        own = training(net("dot", p), p, *data, update=lambda p, g, memory, lr, t, moved=moved: (
            p - lr * g + moved, memory), backend="llvm")  # fmt: skip
        assert (own.recipe.layers is not None) is inside


@pytest.mark.parametrize("term", [lambda w, x: w * x, lambda w, x: x * w], ids=["w * x", "x * w"])
def test_products_in_any_order_and_a_bias_that_is_the_first_parameter(term):
    own = [Value(0.1 * k, f"p{k}") for k in range(1, 10)]

    def loss(x, y):
        units = (own[0:3], own[3:6], own[6:9])
        orders = (x, x[::-1], x)
        h = [b + sum(map(term, ws, xs)) for (b, *ws), xs in zip(units, orders, strict=True)]
        return (tanh(h[0]) + tanh(h[1])) ** 2 + (h[2] - y) ** 2

    layers = training(loss, own, rows(5, 2), [1.0] * 5, backend="llvm").recipe.layers
    assert layers is not None
    assert layers.layers == ((((1, 2), (5, 4), (7, 8)), (0, 3, 6)),)


# ---------------------------------------------------------------- size


def length(*sizes: int, batch: int = 10) -> int:
    own = MLP(sizes[0], list(sizes[1:]), "relu", rng=random.Random(0))
    descent = training(lambda x, y: mse(own(x), y), own.parameters(), rows(20, sizes[0]), targets(
        mse, 20, sizes[-1]), batch_size=batch, backend="llvm")  # fmt: skip
    return descent.llvm_ir.count("\n")


def test_code_does_not_grow_with_width():
    assert length(200, 256, 2) < 1.5 * length(64, 64, 2)  # of 12 times as many weights


def calls(inputs: int, units: int) -> int:
    """How many Python functions the first epoch of a net calls, but for those that forget a gradient each."""
    own, found = MLP(inputs, [units, 3]), 0
    optimizer, data = SGD(own.parameters(), lr=0.1), (rows(4, inputs), targets(cross_entropy, 4, 3))

    def count(frame: Any, event: str, arg: Any) -> None:
        nonlocal found
        found += event == "call" and frame.f_code.co_name != "zero_grad"

    sys.setprofile(count)
    try:
        fit(own, *data, loss=cross_entropy, optimizer=optimizer, epochs=1, batch_size=2, backend="llvm", progress=False)
    finally:
        sys.setprofile(None)
    return found


def test_a_wide_net_is_read_without_python_for_every_weight():
    calls(16, 16)  # what is made once, such as kernels
    few, many = (calls(inputs, 64) - calls(inputs, 16) for inputs in (16, 416))
    assert many - few < 0.5 * (416 - 16) * (64 - 16)  # the text of the code is some thousand calls longer or shorter


def test_an_array_of_samples_is_copied_once():
    x = np.linspace(-1.0, 1.0, 600 * 300).reshape(600, 300)
    own = MLP(300, [2, 2])
    options: dict[str, Any] = {"loss": cross_entropy, "optimizer": SGD(own.parameters(), lr=0.1), "epochs": 2,
                               "batch_size": 10, "backend": "llvm", "progress": False}  # fmt: skip

    def peak(n: int) -> int:
        tracemalloc.start()
        try:
            fit(own, x[:n], [0, 1] * (n // 2), **options)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(20)  # what is loaded once
    assert peak(600) - peak(20) < 1.3 * x.nbytes


def test_what_is_small_beside_its_batch_is_written_out(monkeypatch):
    monkeypatch.undo()
    own = MLP(2, [16, 16, 1], "relu")
    for batch, inside in ((100, False), (10, True)):
        descent = training(lambda x, y: hinge(own(x), y), own.parameters(), rows(100, 2), [1.0] * 100,
                           batch_size=batch, backend="llvm")  # fmt: skip
        assert (descent.recipe.layers is not None) is inside
