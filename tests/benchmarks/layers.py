"""Wide layers: a hidden layer of relu, cross-entropy, epochs in small batches; and how soon the first is done."""

import ctypes
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, pairwise
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

    sizes: tuple[int, ...]
    samples: int
    batch: int
    lr: float = 0.05

    def data(self) -> tuple[list[list[float]], list[int]]:
        """The samples, and the class of each, which depends on where its numbers are large."""
        rng = random.Random(1337)
        n, classes = self.sizes[0], self.sizes[-1]
        inputs = [[max(0.0, rng.uniform(-1, 1)) for _ in range(n)] for _ in range(self.samples)]
        share = n // classes
        parts = [[sum(x[k * share : (k + 1) * share]) for k in range(classes)] for x in inputs]
        return inputs, [own.index(max(own)) for own in parts]

    def start(self) -> list[float]:
        """Parameters that all peers start from, neuron by neuron."""
        rng = random.Random(7)
        return [
            rng.uniform(-1, 1) / width**0.5
            for width, units in pairwise(self.sizes)
            for _ in range(units)
            for _ in range(width + 1)
        ]


WORKS = {
    "digits": Wide((64, 32, 10), samples=1797, batch=32),
    "mnist": Wide((784, 30, 10), samples=1000, batch=10),
}
FIRST = WORKS | {"mnist, ten times as wide": Wide((784, 300, 10), samples=1000, batch=10)}
"""Works whose first epoch is measured."""


def descents(problem: Wide, batch: int | None, backend: str = "llvm") -> Descents:
    """Our training in native code, or by NumPy."""
    from autograd import training
    from nn import MLP, cross_entropy

    model = MLP(problem.sizes[0], list(problem.sizes[1:]))

    def loss(x: Any, y: Any) -> Any:
        return cross_entropy(model(x), y)

    return Descents(training(loss, model.parameters(), *problem.data(), batch_size=batch, backend=backend))


def ours(problem: Wide, backend: str = "llvm") -> Runner:
    """Ours."""
    own = descents(problem, problem.batch, backend)
    own.push()
    own.settle()
    return with_all_gradients(epochs_of(own, problem.lr), problem, own, backend)


def with_all_gradients(found: Runner, problem: Wide, own: Descents, backend: str = "llvm") -> Runner:
    """The same with gradients of all samples, which are those of a training in one step."""
    whole = descents(problem, None, backend)

    def gradients() -> tuple[float, list[float]]:
        whole.put(own.numbers())
        return whole.gradients()

    return replace(found, gradients=gradients)


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


@peer("JAX jit", "jax")
def with_jax(problem: Wide) -> Runner:
    """An epoch is one compiled function, a scan over the batches in double precision; the last, smaller one behind."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    inputs, targets = (jnp.array(column) for column in problem.data())
    layers: list[Any] = []

    def loss_of(layers: list[Any], x: Any, y: Any) -> Any:
        (w1, b1), (w2, b2) = layers
        z = jnp.maximum(x @ w1.T + b1, 0) @ w2.T + b2
        return (jax.nn.logsumexp(z, axis=1) - jnp.take_along_axis(z, y[:, None], axis=1)[:, 0]).mean()

    def step(layers: list[Any], batch: Any) -> tuple[list[Any], None]:
        slopes = jax.grad(loss_of)(layers, *batch)
        return jax.tree.map(lambda p, slope: p - problem.lr * slope, layers, slopes), None

    @jax.jit
    def epoch(layers: list[Any], inputs: Any, targets: Any) -> list[Any]:
        whole = len(inputs) // problem.batch * problem.batch
        batches = inputs[:whole].reshape(-1, problem.batch, inputs.shape[1]), targets[:whole].reshape(-1, problem.batch)
        layers, _ = jax.lax.scan(step, layers, batches)
        return step(layers, (inputs[whole:], targets[whole:]))[0] if whole < len(inputs) else layers

    def run(epochs: int) -> None:
        for _ in range(epochs):
            layers[:] = jax.block_until_ready(epoch(list(layers), inputs, targets))

    def put(numbers: Sequence[float]) -> None:
        layers[:] = [(jnp.array(w), jnp.array(b)) for w, b in split(numbers, problem.sizes)]

    def gradients() -> tuple[float, list[float]]:
        loss, slopes = jax.value_and_grad(loss_of)(list(layers), inputs, targets)
        return float(loss), join(slopes)

    return Runner(put, run, gradients, lambda: join(layers))


@peer("PyTorch eager", "torch")
def with_torch(problem: Wide) -> Runner:
    """Functional layers in double precision, one thread; the update of all parameters is one call."""
    import torch

    torch.set_num_threads(1)
    data, classes = problem.data()
    inputs, targets = torch.tensor(data, dtype=torch.float64), torch.tensor(classes)
    parameters: list[Any] = []

    def compute(x: Any, y: Any) -> tuple[Any, Any]:
        w1, b1, w2, b2 = parameters
        h = torch.relu(torch.nn.functional.linear(x, w1, b1))
        loss = torch.nn.functional.cross_entropy(torch.nn.functional.linear(h, w2, b2), y)
        return loss, torch.autograd.grad(loss, parameters)

    def run(epochs: int) -> None:
        for _ in range(epochs):
            for x, y in zip(inputs.split(problem.batch), targets.split(problem.batch), strict=True):
                _, slopes = compute(x, y)
                with torch.no_grad():
                    torch._foreach_add_(parameters, slopes, alpha=-problem.lr)

    def put(numbers: Sequence[float]) -> None:
        parameters[:] = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for layer in split(
            numbers, problem.sizes) for p in layer]  # fmt: skip

    def gradients() -> tuple[float, list[float]]:
        loss, slopes = compute(inputs, targets)
        return float(loss.detach()), join(zip(slopes[::2], slopes[1::2], strict=True))

    return Runner(put, run, gradients, lambda: join(zip(parameters[::2], parameters[1::2], strict=True)))


@peer("scikit-learn", "sklearn")
def with_sklearn(problem: Wide) -> Runner:
    """`MLPClassifier` by plain descent: an epoch is one `partial_fit`."""
    import numpy as np
    from sklearn.neural_network import MLPClassifier

    data, classes = problem.data()
    inputs, targets = np.array(data), np.array(classes)

    def made(batch: int, lr: float) -> Any:
        found = MLPClassifier(problem.sizes[1:-1], solver="sgd", batch_size=batch, learning_rate_init=lr, momentum=0.0,
                              nesterovs_momentum=False, alpha=0.0, shuffle=False)  # fmt: skip
        return found.partial_fit(inputs, targets, classes=range(problem.sizes[-1]))

    step, whole = made(problem.batch, problem.lr), made(len(inputs), FAR)

    def put(numbers: Sequence[float], model: Any = step) -> None:
        for k, (w, b) in enumerate(split(numbers, problem.sizes)):
            model.coefs_[k][...], model.intercepts_[k][...] = np.array(w).T, b

    def read(model: Any = step) -> list[float]:
        return join((w.T, b) for w, b in zip(model.coefs_, model.intercepts_, strict=True))

    def run(epochs: int) -> None:
        for _ in range(epochs):
            step.partial_fit(inputs, targets)

    def gradients() -> tuple[float, list[float]]:
        before = read()
        put(before, whole)
        loss = whole.partial_fit(inputs, targets).loss_
        return float(loss), [(p - after) / FAR for p, after in zip(before, read(whole), strict=True)]

    return Runner(put, run, gradients, read)


@peer("C by hand, -O3")
def with_c(problem: Wide) -> Runner:
    """The loops of `layers.c`."""
    return in_c(problem.sizes, *problem.data(), problem.batch, problem.lr)


def in_c(
    sizes: Sequence[int], data: Sequence[Sequence[float]], targets: Sequence[int], batch: int, lr: float, **defined: Any
) -> Runner:
    """The loops of `layers.c`, sizes known to the compiler; rows are filled up as they are there."""
    widths = [-(-(n + 1) // 16) * 16 for n in sizes]
    rows = [(units, width, n + 1) for units, width, n in zip(sizes[1:], widths, sizes, strict=False)]
    n_parameters = sum(units * width for units, width, _ in rows)
    defined |= {"SIZES": ",".join(map(str, sizes)), "SPACE": sum(widths), "PARAMETERS": n_parameters}
    step, whole = (native.load("layers.c", **defined, BATCH=size) for size in (batch, len(data)))
    step.layers_epoch.restype = whole.layers_epoch.restype = ctypes.c_double
    inputs = native.doubles([p for x in data for p in (*x, 1.0, *[0.0] * (widths[0] - sizes[0] - 1))])
    numbers = (ctypes.c_int * len(targets))(*map(int, targets))
    state = native.doubles([0.0] * n_parameters)

    def put(parameters: Sequence[float]) -> None:
        found = iter(parameters)
        state[:] = [next(found) if k < used else 0.0 for units, width, used in rows for _ in range(units)
                    for k in range(width)]  # fmt: skip

    def read() -> list[float]:
        found = iter(state)
        return [p for units, width, used in rows for _ in range(units) for p in list(islice(found, width))[:used]]

    def epoch(library: Any, rate: float) -> float:
        loss: float = library.layers_epoch(state, inputs, numbers, len(data), ctypes.c_double(rate))
        return loss

    def run(epochs: int) -> None:
        for _ in range(epochs):
            epoch(step, lr)

    def gradients() -> tuple[float, list[float]]:
        before = read()
        loss = epoch(whole, FAR)
        slopes = [(p - after) / FAR for p, after in zip(before, read(), strict=True)]
        put(before)
        return loss, slopes

    return Runner(put, run, gradients, read)


OTHERS = [with_numpy, with_jax, with_torch, with_sklearn, with_c]
PYTHON = Peer("chalkgrad, python", partial(ours, backend="python"), ("numpy",))
PEERS = [Peer("chalkgrad, llvm", ours, NEEDS["llvm"]), PYTHON, *OTHERS]


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
    for name, problem in FIRST.items():
        if name in WORKS:
            rows += measure_work(Work(name, problem, problem.start(), PEERS, check_steps=2), effort)
        seconds = median(answer("layers", name)["seconds"] for _ in range(1 if quick else 3))
        rows.append(Row(f"{name}, first epoch", PEERS[0].name, duration(seconds), data={"seconds": seconds}))
    return rows


if __name__ == "__main__":
    print(json.dumps({"seconds": first_epoch(sys.argv[1])}))
