"""The textbook's network: 2-2-1, sigmoid, binary cross-entropy, one step of descent on one sample."""

import ctypes
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Any

from tests.benchmarks import native
from tests.benchmarks.harness import OURS, Runner, peer

START = [-7.16, -9.21, -9.78, -7.46, -9.45, -6.35, -5.07, -6.58, -6.76]  # w1 w2 b1 w3 w4 b2 w5 w6 b3
SAMPLES = [
    (0.1, 0.7, 1.0),
    (0.4, 0.9, 1.0),
    (0.3, 0.2, 0.0),
    (0.8, 0.4, 0.0),
    (0.9, 0.8, 1.0),
    (0.2, 0.1, 0.0),
    (0.5, 0.5, 1.0),
    (0.6, 0.3, 0.0),
    (0.7, 0.9, 1.0),
    (0.2, 0.8, 1.0),
]


@dataclass(frozen=True)
class Seed:
    """The problem: samples (x1, x2, y), which the steps take in turn, and the learning rate."""

    samples: Sequence[tuple[float, float, float]] = tuple(SAMPLES)
    lr: float = 0.01

    def pairs(self) -> list[tuple[list[float], float]]:
        """The samples as ([x1, x2], y)."""
        return [([x1, x2], y) for x1, x2, y in self.samples]


def scalar_runner(
    problem: Seed,
    parameters: Sequence[Any],
    backward: Callable[[list[float], float], Any],
    update: Callable[[], object],
) -> Runner:
    """The runner of an engine of scalars; `backward(x, y)` returns the loss of one sample."""
    pairs = problem.pairs()

    def put(numbers: Sequence[float]) -> None:
        for p, number in zip(parameters, numbers, strict=True):
            p.data = number

    def gradients() -> tuple[float, list[float]]:
        loss = float(backward(*pairs[0]).data)
        return loss, [float(p.grad) for p in parameters]

    def run(steps: int) -> None:
        for x, y in islice(cycle(pairs), steps):
            backward(x, y)
            update()

    return Runner(put, run, gradients, lambda: [float(p.data) for p in parameters])


@peer("chalkgrad, nn.MLP", *OURS)
def with_network(problem: Seed) -> Runner:
    """Ours as a user writes it, through `nn`."""
    from autograd import Value
    from nn import MLP, SGD, bce

    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    optimizer = SGD(model.parameters(), lr=problem.lr)

    def backward(x: list[float], y: float) -> Value:
        loss = bce(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        return loss

    return scalar_runner(problem, model.parameters(), backward, optimizer.step)


@peer("micrograd", "micrograd")
def with_micrograd(problem: Seed) -> Runner:
    """micrograd, extended by exp and log in the style of its own operations."""
    from micrograd.engine import Value
    from micrograd.nn import Neuron

    def exp(x: Value) -> Value:
        out = Value(math.exp(x.data), (x,), "exp")

        def _backward() -> None:
            x.grad += out.data * out.grad

        out._backward = _backward
        return out

    def log(x: Value) -> Value:
        out = Value(math.log(x.data), (x,), "log")

        def _backward() -> None:
            x.grad += out.grad / x.data

        out._backward = _backward
        return out

    def sigmoid(z: Value) -> Value:
        return 1 / (1 + exp(-z))

    hidden1, hidden2, output = neurons = [Neuron(2, nonlin=False) for _ in range(3)]
    parameters = [p for neuron in neurons for p in neuron.parameters()]

    def backward(x: list[float], y: float) -> Value:
        inputs = list(map(Value, x))
        y_hat = sigmoid(output([sigmoid(hidden1(inputs)), sigmoid(hidden2(inputs))]))
        loss = -(y * log(y_hat) + (1 - y) * log(1 - y_hat))
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        return loss

    def update() -> None:
        for p in parameters:
            p.data -= problem.lr * p.grad

    return scalar_runner(problem, parameters, backward, update)


def sigmoid(z: float) -> float:
    """1 / (1 + e^-z)."""
    return 1 / (1 + math.exp(-z))


def by_hand(p: Sequence[float], x1: float, x2: float, y: float) -> tuple[float, tuple[float, ...]]:
    """Loss and gradients as derived on the blackboard, with δ3, δ1 and δ2."""
    w1, w2, b1, w3, w4, b2, w5, w6, b3 = p
    h1 = sigmoid(w1 * x1 + w2 * x2 + b1)
    h2 = sigmoid(w3 * x1 + w4 * x2 + b2)
    y_hat = sigmoid(w5 * h1 + w6 * h2 + b3)
    loss = -(y * math.log(y_hat) + (1 - y) * math.log(1 - y_hat))
    delta3 = y_hat - y
    delta1 = delta3 * w5 * h1 * (1 - h1)
    delta2 = delta3 * w6 * h2 * (1 - h2)
    first = (delta1 * x1, delta1 * x2, delta1)
    second = (delta2 * x1, delta2 * x2, delta2)
    return loss, (*first, *second, delta3 * h1, delta3 * h2, delta3)


@peer("Python by hand")
def with_floats(problem: Seed) -> Runner:
    """Floats, `math` and the gradients derived by hand."""
    state = list(START)
    lr = problem.lr

    def put(numbers: Sequence[float]) -> None:
        state[:] = numbers

    def run(steps: int) -> None:
        p = tuple(state)
        for x1, x2, y in islice(cycle(problem.samples), steps):
            w1, w2, b1, w3, w4, b2, w5, w6, b3 = p
            _, (dw1, dw2, db1, dw3, dw4, db2, dw5, dw6, db3) = by_hand(p, x1, x2, y)
            p = (
                w1 - lr * dw1,
                w2 - lr * dw2,
                b1 - lr * db1,
                w3 - lr * dw3,
                w4 - lr * dw4,
                b2 - lr * db2,
                w5 - lr * dw5,
                w6 - lr * dw6,
                b3 - lr * db3,
            )
        state[:] = p

    def gradients() -> tuple[float, list[float]]:
        loss, slopes = by_hand(state, *problem.samples[0])
        return loss, list(slopes)

    return Runner(put, run, gradients, lambda: list(state))


def matrices(p: Sequence[Any]) -> tuple[Any, Any, Any, Any]:
    """W1, b1, W2, b2 as nested lists, from the flat list."""
    w1, w2, b1, w3, w4, b2, w5, w6, b3 = p
    return [[w1, w2], [w3, w4]], [b1, b2], [[w5, w6]], [b3]


def flat(w1: Any, b1: Any, w2: Any, b2: Any) -> list[float]:
    """The inverse of `matrices`, from arrays or tensors."""
    (first, second), (output,) = w1.tolist(), w2.tolist()
    bias1, bias2 = b1.tolist()
    return [*first, bias1, *second, bias2, *output, *b2.tolist()]


@peer("PyTorch eager", "torch")
def with_torch(problem: Seed) -> Runner:
    """PyTorch's modules, loss and optimiser, in double precision."""
    import torch

    torch.set_num_threads(1)
    hidden, output = torch.nn.Linear(2, 2, dtype=torch.double), torch.nn.Linear(2, 1, dtype=torch.double)
    model = torch.nn.Sequential(hidden, torch.nn.Sigmoid(), output, torch.nn.Sigmoid())
    parameters = list(model.parameters())
    optimizer = torch.optim.SGD(parameters, lr=problem.lr)
    double = partial(torch.tensor, dtype=torch.double)
    pairs = [(double(x), double([y])) for x, y in problem.pairs()]

    def backward(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy(model(x), y)
        loss.backward()
        return loss

    def run(steps: int) -> None:
        for x, y in islice(cycle(pairs), steps):
            backward(x, y)
            optimizer.step()

    def put(numbers: Sequence[float]) -> None:
        with torch.no_grad():
            for p, values in zip(parameters, matrices(numbers), strict=True):
                p.copy_(double(values))

    def gradients() -> tuple[float, list[float]]:
        loss = backward(*pairs[0]).item()
        return loss, flat(*(p.grad for p in parameters))

    return Runner(put, run, gradients, lambda: flat(*parameters))


def jax_step(problem: Seed) -> Callable[[Any, Any], tuple[tuple[Any, Any], Any]]:
    """(parameters, sample) to ((loss, gradients), updated parameters), still to be compiled."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def loss_of(p: Any, sample: Any) -> Any:
        w1, w2, b1, w3, w4, b2, w5, w6, b3 = p
        x1, x2, y = sample
        h1 = 1 / (1 + jnp.exp(-(w1 * x1 + w2 * x2 + b1)))
        h2 = 1 / (1 + jnp.exp(-(w3 * x1 + w4 * x2 + b2)))
        y_hat = 1 / (1 + jnp.exp(-(w5 * h1 + w6 * h2 + b3)))
        return -(y * jnp.log(y_hat) + (1 - y) * jnp.log(1 - y_hat))

    def step(p: Any, sample: Any) -> tuple[tuple[Any, Any], Any]:
        loss, slopes = jax.value_and_grad(loss_of)(p, sample)
        return (loss, slopes), p - problem.lr * slopes

    return step


@peer("JAX jit, a call a step", "jax")
def with_jax(problem: Seed) -> Runner:
    """Loss, gradients and update in one compiled function, called once a step."""
    import jax
    import jax.numpy as jnp

    step = jax.jit(jax_step(problem))
    samples = [jnp.array(sample) for sample in problem.samples]
    state = [jnp.array(START)]

    def put(numbers: Sequence[float]) -> None:
        state[0] = jnp.array(numbers)

    def run(steps: int) -> None:
        p = state[0]
        for sample in islice(cycle(samples), steps):
            _, p = jax.block_until_ready(step(p, sample))
        state[0] = p

    def gradients() -> tuple[float, list[float]]:
        (loss, slopes), _ = step(state[0], samples[0])
        return float(loss), slopes.tolist()

    return Runner(put, run, gradients, lambda: state[0].tolist())


@peer("JAX jit, one scan", "jax")
def with_jax_scan(problem: Seed) -> Runner:
    """All the steps of a run in one compiled `lax.scan`."""
    import jax
    import jax.numpy as jnp

    step = jax_step(problem)
    samples = jnp.array(problem.samples)
    state = [jnp.array(START)]

    @partial(jax.jit, static_argnames="steps")
    def scan(p: Any, samples: Any, steps: int) -> tuple[Any, Any]:
        def body(p: Any, i: Any) -> tuple[Any, Any]:
            (loss, _), p = step(p, samples[i % len(samples)])
            return p, loss

        return jax.lax.scan(body, p, jnp.arange(steps))

    def put(numbers: Sequence[float]) -> None:
        state[0] = jnp.array(numbers)

    def run(steps: int) -> None:
        state[0], _ = jax.block_until_ready(scan(state[0], samples, steps))

    def gradients() -> tuple[float, list[float]]:
        (loss, slopes), _ = step(state[0], samples[0])
        return float(loss), slopes.tolist()

    return Runner(put, run, gradients, lambda: state[0].tolist())


@peer("C by hand, -O3")
def with_c(problem: Seed) -> Runner:
    """The loop of `peers.c`."""
    library = native.load()
    library.seed_gradients.restype = library.seed_run.restype = ctypes.c_double
    inputs = native.doubles([number for x, _ in problem.pairs() for number in x])
    targets = native.doubles([y for _, y in problem.pairs()])
    lr = ctypes.c_double(problem.lr)
    parameters, slopes = native.doubles(START), native.doubles(START)

    def put(numbers: Sequence[float]) -> None:
        parameters[:] = numbers

    def run(steps: int) -> None:
        library.seed_run(parameters, inputs, targets, len(problem.samples), lr, steps)

    def gradients() -> tuple[float, list[float]]:
        loss = library.seed_gradients(parameters, inputs, ctypes.c_double(targets[0]), slopes)
        return loss, list(slopes)

    return Runner(put, run, gradients, lambda: list(parameters))
