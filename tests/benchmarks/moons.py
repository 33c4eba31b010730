"""Two moons: a relu network with hinge loss and L2, one full-batch step of gradient descent."""

import ctypes
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tests.benchmarks import native
from tests.benchmarks.harness import OURS, Runner, peer

Matrix = list[list[float]]


@dataclass(frozen=True)
class Moons:
    """The problem: sizes of the layers, samples with targets -1 and +1, strength of L2, learning rate."""

    sizes: tuple[int, ...]
    inputs: list[tuple[float, float]]
    targets: list[float]
    l2: float = 1e-4
    lr: float = 0.1


def moons(
    sizes: tuple[int, ...] = (2, 16, 16, 1),
    samples: int = 100,
    noise: float = 0.1,
    seed: int = 1337,
) -> Moons:
    """The problem with its samples drawn: two half circles that reach into each other."""
    rng = random.Random(seed)
    inputs, targets = [], []
    for i in range(samples):
        t = rng.uniform(0, math.pi)
        x, y = (math.cos(t), math.sin(t)) if i % 2 else (1 - math.cos(t), 0.5 - math.sin(t))
        inputs.append((x + rng.gauss(0, noise), y + rng.gauss(0, noise)))
        targets.append(1.0 if i % 2 else -1.0)
    return Moons(sizes, inputs, targets)


def start(problem: Moons, seed: int = 1337) -> list[float]:
    """Parameters that all peers start from: weights uniform in -1 .. 1, biases 0, neuron by neuron."""
    rng = random.Random(seed)
    layers = pairwise(problem.sizes)
    return [p for m, n in layers for _ in range(n) for p in (*(rng.uniform(-1, 1) for _ in range(m)), 0.0)]


def split(flat: Iterable[float], sizes: Sequence[int]) -> list[tuple[Matrix, list[float]]]:
    """The flat parameters as one (weights, biases) a layer; a row of weights a neuron."""
    numbers = iter(flat)
    layers = []
    for m, n in pairwise(sizes):
        rows = [[float(next(numbers)) for _ in range(m + 1)] for _ in range(n)]
        layers.append(([row[:-1] for row in rows], [row[-1] for row in rows]))
    return layers


def join(layers: Iterable[tuple[Any, Any]]) -> list[float]:
    """The inverse of `split`; takes arrays and tensors as well as lists."""
    return [
        float(p)
        for weights, biases in layers
        for row, bias in zip(as_list(weights), as_list(biases), strict=True)
        for p in (*row, bias)
    ]


def as_list(array: Any) -> Any:
    """Nested lists from an array, a tensor or a list."""
    return array if isinstance(array, list) else array.tolist()


@peer("chalkgrad, nn.MLP", *OURS)
def with_network(problem: Moons) -> Runner:
    """Ours as a user writes it, through `nn`."""
    from autograd import Value, total
    from nn import MLP, SGD, hinge

    model = MLP(problem.sizes[0], list(problem.sizes[1:]))
    parameters = model.parameters()
    optimizer = SGD(parameters, lr=problem.lr)

    def backward() -> Value:
        optimizer.zero_grad()
        scores = [model(x) for x in problem.inputs]
        loss = hinge(scores, problem.targets) + problem.l2 * total([p * p for p in parameters])
        loss.backward()
        return loss

    def run(steps: int) -> None:
        for _ in range(steps):
            backward()
            optimizer.step()

    return scalar_runner(parameters, backward, run)


def scalar_runner(parameters: Sequence[Any], backward: Any, run: Any) -> Runner:
    """The runner of an engine of scalars with `.data` and `.grad`; `backward` returns the loss."""

    def put(numbers: Sequence[float]) -> None:
        for p, number in zip(parameters, numbers, strict=True):
            p.data = number

    def gradients() -> tuple[float, list[float]]:
        loss = float(backward().data)
        return loss, [float(p.grad) for p in parameters]

    return Runner(put, run, gradients, lambda: [float(p.data) for p in parameters])


def written_out(problem: Moons, parameters: Sequence[Any], scores: Sequence[Any]) -> Any:
    """Hinge loss and L2 with operators only, as in micrograd's demo."""
    losses = [(1 + -y * score).relu() for y, score in zip(problem.targets, scores, strict=True)]
    return sum(losses) * (1.0 / len(losses)) + problem.l2 * sum(p * p for p in parameters)


def descend(problem: Moons, parameters: Sequence[Any], forward: Any) -> Runner:
    """The runner of an engine of scalars whose zeroing and update are loops, as in micrograd's demo."""

    def backward() -> Any:
        for p in parameters:
            p.grad = 0.0
        loss = forward()
        loss.backward()
        return loss

    def run(steps: int) -> None:
        for _ in range(steps):
            backward()
            for p in parameters:
                p.data -= problem.lr * p.grad

    return scalar_runner(parameters, backward, run)


@peer("chalkgrad, written out", *OURS)
def with_operators(problem: Moons) -> Runner:
    """Ours with nothing but the operators of `Value`: a node for every product and every sum."""
    from autograd import Value

    layers = [
        [([Value(w) for w in row], Value(b)) for row, b in zip(weights, biases, strict=True)]
        for weights, biases in split(start(problem), problem.sizes)
    ]
    parameters = [p for layer in layers for weights, bias in layer for p in (*weights, bias)]

    def score(x: Sequence[Any]) -> Value:
        for layer in layers:
            z = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for w, b in layer]
            x = z if layer is layers[-1] else [zi.relu() for zi in z]
        return x[0]

    def forward() -> Value:
        return written_out(problem, parameters, [score(x) for x in problem.inputs])

    return descend(problem, parameters, forward)


@peer("micrograd", "micrograd")
def with_micrograd(problem: Moons) -> Runner:
    """micrograd's own network and the loop of its demo."""
    from micrograd.engine import Value
    from micrograd.nn import MLP

    model = MLP(problem.sizes[0], list(problem.sizes[1:]))
    parameters = model.parameters()

    def forward() -> Value:
        scores = [model(list(map(Value, x))) for x in problem.inputs]
        return written_out(problem, parameters, scores)

    return descend(problem, parameters, forward)


@peer("PyTorch eager", "torch")
def with_torch(problem: Moons) -> Runner:
    """PyTorch's modules and optimiser, in double precision."""
    import torch

    torch.set_num_threads(1)
    shapes = pairwise(problem.sizes)
    linear = [torch.nn.Linear(m, n, dtype=torch.double) for m, n in shapes]
    hidden = [module for layer in linear[:-1] for module in (layer, torch.nn.ReLU())]
    model = torch.nn.Sequential(*hidden, linear[-1])
    parameters = list(model.parameters())
    optimizer = torch.optim.SGD(parameters, lr=problem.lr)
    inputs = torch.tensor(problem.inputs, dtype=torch.double)
    targets = torch.tensor(problem.targets, dtype=torch.double)

    def backward() -> torch.Tensor:
        optimizer.zero_grad()
        scores = model(inputs)[:, 0]
        loss = (1 - targets * scores).relu().mean() + problem.l2 * sum((p * p).sum() for p in parameters)
        loss.backward()
        return loss

    def run(steps: int) -> None:
        for _ in range(steps):
            backward()
            optimizer.step()

    def put(numbers: Sequence[float]) -> None:
        with torch.no_grad():
            for layer, (weights, biases) in zip(linear, split(numbers, problem.sizes), strict=True):
                layer.weight.copy_(torch.tensor(weights, dtype=torch.double))
                layer.bias.copy_(torch.tensor(biases, dtype=torch.double))

    def gradients() -> tuple[float, list[float]]:
        loss = backward().item()
        return loss, join((layer.weight.grad, layer.bias.grad) for layer in linear)

    return Runner(put, run, gradients, lambda: join((layer.weight, layer.bias) for layer in linear))


@peer("NumPy by hand", "numpy")
def with_numpy(problem: Moons) -> Runner:
    """The gradients derived by hand, one matrix product a layer and direction."""
    import numpy as np

    inputs, targets = np.array(problem.inputs), np.array(problem.targets)[:, None]
    layers: list[list[Any]] = []

    def compute() -> tuple[Any, list[tuple[Any, Any]]]:
        activations = [inputs]
        for w, b in layers[:-1]:
            activations.append(np.maximum(activations[-1] @ w.T + b, 0))
        w, b = layers[-1]
        margins = 1 - targets * (activations[-1] @ w.T + b)
        squares = sum((w * w).sum() + (b * b).sum() for w, b in layers)
        loss = np.maximum(margins, 0).mean() + problem.l2 * squares
        delta = np.where(margins > 0, -targets / len(targets), 0)
        gradients = []
        for (w, b), h in zip(reversed(layers), reversed(activations), strict=True):
            gradients.append((delta.T @ h + 2 * problem.l2 * w, delta.sum(axis=0) + 2 * problem.l2 * b))
            if h is not inputs:
                delta = (delta @ w) * (h > 0)
        return loss, gradients[::-1]

    def run(steps: int) -> None:
        for _ in range(steps):
            _, gradients = compute()
            for layer, (dw, db) in zip(layers, gradients, strict=True):
                layer[0] -= problem.lr * dw
                layer[1] -= problem.lr * db

    def put(numbers: Sequence[float]) -> None:
        layers[:] = [[np.array(w), np.array(b)] for w, b in split(numbers, problem.sizes)]

    def gradients() -> tuple[float, list[float]]:
        loss, found = compute()
        return float(loss), join(found)

    return Runner(put, run, gradients, lambda: join((w, b) for w, b in layers))


@peer("JAX jit", "jax")
def with_jax(problem: Moons) -> Runner:
    """Loss, gradients and update in one compiled function, in double precision."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    inputs, targets = jnp.array(problem.inputs), jnp.array(problem.targets)
    layers: list[Any] = []

    def loss_of(layers: list[Any], inputs: Any, targets: Any) -> Any:
        x = inputs
        for w, b in layers[:-1]:
            x = jnp.maximum(x @ w.T + b, 0)
        w, b = layers[-1]
        scores = (x @ w.T + b)[:, 0]
        squares = sum((w * w).sum() + (b * b).sum() for w, b in layers)
        return jnp.maximum(1 - targets * scores, 0).mean() + problem.l2 * squares

    @jax.jit
    def step(layers: list[Any], inputs: Any, targets: Any) -> tuple[Any, list[Any]]:
        loss, gradients = jax.value_and_grad(loss_of)(layers, inputs, targets)
        return loss, jax.tree.map(lambda p, g: p - problem.lr * g, layers, gradients)

    def run(steps: int) -> None:
        state = list(layers)
        for _ in range(steps):
            _, state = jax.block_until_ready(step(state, inputs, targets))
        layers[:] = state

    def put(numbers: Sequence[float]) -> None:
        layers[:] = [(jnp.array(w), jnp.array(b)) for w, b in split(numbers, problem.sizes)]

    def gradients() -> tuple[float, list[float]]:
        loss, found = jax.value_and_grad(loss_of)(layers, inputs, targets)
        return float(loss), join(found)

    return Runner(put, run, gradients, lambda: join(layers))


@peer("C by hand, -O3")
def with_c(problem: Moons) -> Runner:
    """The loops of `peers.c`, sizes known to the compiler."""
    n_inputs, hidden1, hidden2, _ = problem.sizes
    library = native.load(INPUTS=n_inputs, HIDDEN1=hidden1, HIDDEN2=hidden2, SAMPLES=len(problem.inputs))
    library.moons_gradients.restype = library.moons_run.restype = ctypes.c_double
    inputs = native.doubles([number for x in problem.inputs for number in x])
    targets = native.doubles(problem.targets)
    l2, lr = ctypes.c_double(problem.l2), ctypes.c_double(problem.lr)
    parameters, slopes = native.doubles(start(problem)), native.doubles(start(problem))

    def put(numbers: Sequence[float]) -> None:
        layers = split(numbers, problem.sizes)
        parameters[:] = [p for w, b in layers for column in (*zip(*w, strict=True), b) for p in column]

    def neuron_by_neuron(numbers: Sequence[float]) -> list[float]:
        rest, layers = iter(numbers), []
        for m, n in pairwise(problem.sizes):
            columns = [[next(rest) for _ in range(n)] for _ in range(m + 1)]
            layers.append(([list(row) for row in zip(*columns[:-1], strict=True)], columns[-1]))
        return join(layers)

    def gradients() -> tuple[float, list[float]]:
        loss = library.moons_gradients(parameters, inputs, targets, l2, slopes)
        return loss, neuron_by_neuron(slopes)

    def run(steps: int) -> None:
        library.moons_run(parameters, inputs, targets, l2, lr, steps)

    return Runner(put, run, gradients, lambda: neuron_by_neuron(parameters))
