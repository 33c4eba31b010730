"""Several threads in native code: the bits of one, whatever they share, and none where that does not pay."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from autograd import training
from autograd.compiler import costs, native, native_training, task, threads
from autograd.compiler.layers import Layer, Layers
from autograd.compiler.native import available
from autograd.compiler.program import Program
from nn import MLP, SGD, Adam, cross_entropy, fit, mse
from nn.losses import l2_penalty
from tests.structures import STRUCTURES, Made

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is missing")


@pytest.fixture
def forced(monkeypatch):
    """Layers of any size are done in loops, by as many threads as are asked for."""
    monkeypatch.setattr(task, "pays", lambda n_parameters, batch: True)
    monkeypatch.setattr(native_training, "workers", lambda layers, batch, n: n)


def trained(n_threads: int, sizes: list[int], n: int, batch: int, epochs: int, kind: Any, penalty: bool) -> list[float]:
    rng = random.Random(4)
    own = MLP(sizes[0], sizes[1:], "tanh", rng=rng)
    inputs = [[rng.uniform(-1, 1) for _ in range(sizes[0])] for _ in range(n)]
    outputs = [k % sizes[-1] for k in range(n)] if sizes[-1] > 1 else [rng.uniform(-1, 1) for _ in range(n)]
    history = fit(
        own, inputs, outputs, loss=cross_entropy if sizes[-1] > 1 else mse, optimizer=kind(own.parameters(), lr=0.05),
        epochs=epochs, batch_size=batch, shuffle=True, seed=3, backend="llvm", threads=n_threads, progress=False,
        penalty=(lambda model: l2_penalty(model.parameters(), 0.01)) if penalty else None,
    )  # fmt: skip
    return [*history.losses, *(p.data for p in own.parameters())]


SHAPES = [
    ([5, 9, 3], 10, 4, 4),
    ([1, 1, 1], 7, 3, 3),
    ([30, 2, 25, 4], 23, 7, 2),
    ([3, 33, 40, 1], 300, 150, 2),
    ([70, 50, 10], 24, 1, 1),
    ([70, 50, 10], 40, 10, 3),
    ([9, 4], 40, 40, 5),
]


@pytest.mark.parametrize(("sizes", "n", "batch", "epochs"), SHAPES)
@pytest.mark.parametrize(("kind", "penalty"), [(SGD, False), (Adam, True)])
def test_the_bits_are_those_of_one_thread(forced, sizes, n, batch, epochs, kind, penalty):
    one, two, three = (trained(k, sizes, n, batch, epochs, kind, penalty) for k in (1, 2, 3))
    assert one == two == three


@pytest.mark.parametrize("name", STRUCTURES)
def test_the_bits_of_more_than_chains(forced, name):
    found = []
    for n in (1, 2, 3):
        made, rng = Made(11), random.Random(1)
        rows = [[rng.uniform(-1, 1) for _ in range(11)] for _ in range(13)]
        descent = training(STRUCTURES[name](made), made.parameters, rows, [0.1 * k for k in range(13)], batch_size=5,
                           backend="llvm", threads=n)  # fmt: skip
        losses = list(descent.run([0.02] * 60))
        descent.pull()
        found.append([*losses, *(p.data for p in made.parameters)])
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("lanes", [1, 2, 4])
def test_the_bits_with_other_lanes(forced, monkeypatch, lanes):
    monkeypatch.setattr(native.host(), "lanes", lanes)
    one, two = (trained(k, [9, 17, 3], 20, 6, 3, SGD, False) for k in (1, 2))
    assert one == two


def test_threads_that_share_wrongly_are_found(forced, monkeypatch):
    """Such that both do the first half."""
    half = threads.shares(2)[0]
    one = trained(1, [70, 5, 2], 40, 10, 1, SGD, False)
    monkeypatch.setattr(native_training, "shares", lambda n: threads.shares(1) if n == 1 else [half] * n)
    assert trained(2, [70, 5, 2], 40, 10, 1, SGD, False) != one


def test_all_threads_end_where_a_number_is_not_finite(forced):
    found = []
    for n in (1, 2, 3):
        own = MLP(6, [20, 1], rng=random.Random(0))
        xs = [[0.1 * k, 1.0, -1.0, 2.0, 0.5, 0.3] for k in range(8)]
        descent = training(lambda x, y, own=own: mse(own(x), y), own.parameters(), xs, [1.0] * 8, batch_size=4,
                           backend="llvm", threads=n)  # fmt: skip
        losses = list(descent.run([0.1] * 2 + [50.0] * 60))
        descent.pull()
        found.append([*losses, *(p.data for p in own.parameters())])
    assert len(found[0]) - len(own.parameters()) < 62
    assert found[0] == found[1] == found[2]


def layers_of(*sizes: int) -> Layers:
    shapes = pairwise(sizes)
    layers = tuple(Layer(((0,) * inputs,) * units, (0,) * units) for inputs, units in shapes)
    return Layers(layers, Program(0, (), ()), ())


def test_threads_are_few_where_they_would_wait(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    found = [
        costs.workers(layers_of(*sizes), batch, 8)
        for sizes, batch in (
            ((784, 300, 10), 100), ((784, 300, 10), 10), ((784, 300, 10), 1), ((784, 100, 10), 100),
            ((2, 256, 256, 1), 100), ((2, 128, 128, 1), 1000), ((784, 30, 10), 1000), ((64, 32, 10), 32),
        )
    ]  # fmt: skip
    assert found == [7, 4, 1, 2, 2, 1, 1, 1]
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1}, raising=False)
    assert costs.workers(layers_of(784, 300, 10), 100, 8) == 2
    assert costs.workers(layers_of(784, 300, 10), 100, 1) == 1


def test_one_thread_does_not_wait():
    own = MLP(70, [40, 2], rng=random.Random(0))
    descent = training(lambda x, y: mse(own(x), y), own.parameters(), [[0.5] * 70] * 8, [[0.0, 1.0]] * 8, threads=2,
                       batch_size=4, backend="llvm")  # fmt: skip
    assert "@wait" not in descent.llvm_ir
    assert descent.recipe.layers is not None


def test_all_threads_begin_or_none(monkeypatch):
    begun = []
    submit = ThreadPoolExecutor.submit

    def refused(pool: Any, function: Any, k: int) -> Any:
        if k == 2:
            raise RuntimeError("can't start new thread")
        return submit(pool, function, k)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", refused)
    with pytest.raises(RuntimeError, match="can't start"):
        threads.at_once(3, lambda k: begun.append(k))
    assert begun == []
    assert threads.at_once(2, lambda k: [10, 20][k]) == 10


def test_an_error_in_a_thread_is_raised():
    with pytest.raises(ZeroDivisionError):
        threads.at_once(2, lambda k: k // (1 - k))


@pytest.mark.parametrize("given", [0, -1, True, "two", 1.5, None])
def test_bad_numbers_of_threads(given):
    own = MLP(1, [1], rng=random.Random(0))
    message = f"threads: expected a whole number from 1 on, got {given!r}"
    with pytest.raises(ValueError, match=message):
        fit(own, [[1.0]], [1.0], loss=mse, optimizer=SGD(own.parameters(), lr=0.1), epochs=1, threads=given)
    with pytest.raises(ValueError, match=message):
        training(lambda x, y: mse(own(x), y), own.parameters(), [[1.0]], [1.0], threads=given)


@pytest.mark.parametrize("backend", ["auto", "eager", "python", "llvm"])
def test_threads_are_no_matter_elsewhere(backend):
    found = []
    for n in (1, 2):
        own = MLP(2, [3, 1], "tanh", rng=random.Random(1))
        history = fit(own, [[0.1, 0.2], [0.3, -0.4]], [0.5, 1.0], loss=mse, optimizer=SGD(own.parameters(), lr=0.1),
                      epochs=3, backend=backend, threads=n, progress=False)  # fmt: skip
        found.append(history.losses)
    assert found[0] == found[1]
