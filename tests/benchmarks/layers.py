"""Wide layers: a hidden layer of relu, cross-entropy, epochs in small batches; and how soon the first is done."""

import ctypes
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any

from tests.benchmarks import native
from tests.benchmarks.compiled import FAR, NEEDS, Descents, epochs_of
from tests.benchmarks.harness import Effort, Peer, Runner, Work, peer
from tests.benchmarks.harness import measure as measure_work
from tests.benchmarks.moons import join, split
from tests.benchmarks.processes import answer
from tests.benchmarks.table import Row, duration


@dataclass(frozen=True)
class Wide:
    """The problem: inputs, hidden units, classes; how many samples, how many to a step; the learning rate.

    A number of the samples is as likely to be 0 as not, as most of a picture is.
    """

    sizes: tuple[int, int, int]
    samples: int
    batch: int
    lr: float = 0.05

    def data(self) -> tuple[list[list[float]], list[int]]:
        """The samples, and the class of each, which depends on where its numbers are large."""
        rng = random.Random(1337)
        n, _, classes = self.sizes
        inputs = [[max(0.0, rng.uniform(-1, 1)) for _ in range(n)] for _ in range(self.samples)]
        share = n // classes
        parts = [[sum(x[k * share : (k + 1) * share]) for k in range(classes)] for x in inputs]
        return inputs, [own.index(max(own)) for own in parts]

    def start(self) -> list[float]:
        """Parameters that all peers start from, neuron by neuron."""
        rng = random.Random(7)
        n, hidden, classes = self.sizes
        return [
            rng.uniform(-1, 1) / width**0.5
            for width, units in ((n, hidden), (hidden, classes))
            for _ in range(units)
            for _ in range(width + 1)
        ]


WORKS = {
    "digits": Wide((64, 32, 10), samples=1797, batch=32),
    "mnist": Wide((784, 30, 10), samples=1000, batch=10),
}
FIRST = WORKS | {"mnist, ten times as wide": Wide((784, 300, 10), samples=1000, batch=10)}
"""Works whose first epoch is measured."""


def descents(problem: Wide, batch: int | None, backend: str) -> Descents:
    """Our training in native code, or by NumPy."""
    from autograd import training
    from nn import MLP, cross_entropy

    model = MLP(problem.sizes[0], list(problem.sizes[1:]))

    def loss(x: Any, y: Any) -> Any:
        return cross_entropy(model(x), y)

    return Descents(training(loss, model.parameters(), *problem.data(), batch_size=batch, backend=backend))


def ours(problem: Wide, backend: str = "llvm") -> Runner:
    """Ours; gradients of all samples are those of a training in one step."""
    own, whole = descents(problem, problem.batch, backend), descents(problem, None, backend)
    for one in (own, whole):
        one.push()
        one.settle()

    def gradients() -> tuple[float, list[float]]:
        whole.put(own.numbers())
        return whole.gradients()

    return replace(epochs_of(own, problem.lr), gradients=gradients)


@peer("NumPy by hand", "numpy")
def with_numpy(problem: Wide) -> Runner:
    """The gradients derived by hand, matrix products for every layer and direction, in place where that is faster."""
    import numpy as np

    data, classes = problem.data()
    inputs, targets = np.array(data), np.array(classes)
    layers: list[list[Any]] = []

    def compute(x: Any, y: Any) -> tuple[float, list[tuple[Any, Any]]]:
        (w1, b1), (w2, b2) = layers
        h = x @ w1.T
        h += b1
        np.maximum(h, 0, out=h)
        z = h @ w2.T
        z += b2
        z -= z.max(axis=1, keepdims=True)
        rows = np.arange(len(y))
        right = z[rows, y]
        np.exp(z, out=z)
        total = z.sum(axis=1, keepdims=True)
        loss = float((np.log(total[:, 0]) - right).mean())
        z /= total
        z[rows, y] -= 1
        z /= len(y)
        delta = z @ w2
        delta *= h > 0
        return loss, [(delta.T @ x, delta.sum(axis=0)), (z.T @ h, z.sum(axis=0))]

    def run(epochs: int) -> None:
        for _ in range(epochs):
            for k in range(0, len(inputs), problem.batch):
                _, slopes = compute(inputs[k : k + problem.batch], targets[k : k + problem.batch])
                for own, found in zip(layers, slopes, strict=True):
                    for p, slope in zip(own, found, strict=True):
                        slope *= problem.lr
                        p -= slope

    def put(numbers: Sequence[float]) -> None:
        layers[:] = [[np.array(w), np.array(b)] for w, b in split(numbers, problem.sizes)]

    def gradients() -> tuple[float, list[float]]:
        loss, slopes = compute(inputs, targets)
        return loss, join(slopes)

    return Runner(put, run, gradients, lambda: join((w, b) for w, b in layers))


@peer("C by hand, -O3")
def with_c(problem: Wide) -> Runner:
    """The loops of `layers.c`, sizes known to the compiler."""
    n, hidden, classes = problem.sizes
    sizes = {"INPUTS": n, "HIDDEN": hidden, "CLASSES": classes}
    step = native.load("layers.c", **sizes, BATCH=problem.batch)
    whole = native.load("layers.c", **sizes, BATCH=problem.samples)
    for library in (step, whole):
        library.layers_epoch.restype = ctypes.c_double
    widths = [-(-(width + 1) // 16) * 16 for width in (n, hidden)]
    data, targets = problem.data()
    inputs = native.doubles([p for x in data for p in (*x, 1.0, *[0.0] * (widths[0] - n - 1))])
    numbers = (ctypes.c_int * len(targets))(*targets)
    state = native.doubles([0.0] * (hidden * widths[0] + classes * widths[1]))

    def put(parameters: Sequence[float]) -> None:
        layers = zip(split(parameters, problem.sizes), widths, strict=True)
        rows = ((*row, b, *[0.0] * (width - len(row) - 1)) for (w, bs), width in layers for row, b in zip(
            w, bs, strict=True))  # fmt: skip
        state[:] = [p for row in rows for p in row]

    def read() -> list[float]:
        found, at = [], 0
        for units, width, used in ((hidden, widths[0], n + 1), (classes, widths[1], hidden + 1)):
            for _ in range(units):
                found += state[at : at + used]
                at += width
        return found

    def epoch(library: Any, lr: float) -> float:
        loss: float = library.layers_epoch(state, inputs, numbers, problem.samples, ctypes.c_double(lr))
        return loss

    def run(epochs: int) -> None:
        for _ in range(epochs):
            epoch(step, problem.lr)

    def gradients() -> tuple[float, list[float]]:
        before = read()
        loss = epoch(whole, FAR)
        slopes = [(p - after) / FAR for p, after in zip(before, read(), strict=True)]
        put(before)
        return loss, slopes

    return Runner(put, run, gradients, read)


PEERS = [
    Peer("chalkgrad, llvm", ours, NEEDS["llvm"]),
    Peer("chalkgrad, python", partial(ours, backend="python"), ("numpy",)),
    with_numpy,
    with_c,
]


def first_epoch(name: str) -> float:
    """Seconds of `fit` for one epoch: reading the data, tracing, compiling, training."""
    from nn import MLP, SGD, cross_entropy, fit
    from tests.benchmarks.compiling import load

    load("llvm")
    problem = FIRST[name]
    model = MLP(problem.sizes[0], list(problem.sizes[1:]))
    optimizer, data = SGD(model.parameters(), lr=problem.lr), problem.data()
    begin = time.perf_counter()
    fit(model, *data, loss=cross_entropy, optimizer=optimizer, epochs=1, batch_size=problem.batch, backend="llvm",
        progress=False)  # fmt: skip
    return time.perf_counter() - begin


def measure(effort: Effort, quick: bool) -> list[Row]:
    """A row a peer for every work, and one for the first epoch."""
    rows: list[Row] = []
    for name, problem in WORKS.items():
        rows += measure_work(Work(name, problem, problem.start(), PEERS, check_steps=2), effort)
    for name in FIRST:
        seconds = median(answer("layers", name)["seconds"] for _ in range(1 if quick else 3))
        rows.append(Row(f"{name}, first epoch", PEERS[0].name, duration(seconds), data={"seconds": seconds}))
    return rows


if __name__ == "__main__":
    print(json.dumps({"seconds": first_epoch(sys.argv[1])}))
