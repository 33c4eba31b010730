"""Training of layers by NumPy: the numbers of the graph, in a few lines that do not grow with the network."""

import math
import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from autograd import Value, absolute, dot, exp, maximum, ops, tanh, total, training
from autograd.compiler import numpy_training, task
from autograd.compiler.machine_languages import ARRAYS
from autograd.compiler.program import Program, Step
from autograd.compiler.pythonic import compiled
from autograd.compiler.rolled import one_of, rolled
from autograd.compiler.statements import Text
from autograd.primitive import Primitive
from nn import MLP, SGD, Adam, bce, bce_with_logits, cross_entropy, fit, half_squared_error, hinge, huber, l1, mse
from nn import compiled as nn_compiled
from nn.activations import ACTIVATIONS
from nn.losses import l2_penalty
from tests.helpers import points
from tests.test_compiled_training import OPTIMIZERS, near


@pytest.fixture(autouse=True)
def by_numpy(monkeypatch):
    """Networks of any size."""
    monkeypatch.setattr(task, "numpy_pays", lambda n_parameters, batch: True)


def apart(sizes: list[int], loss: Any, *, n: int, size: int | None, epochs: int, hidden: Any = "tanh",
          output: str = "linear", optimizer: Any = lambda ps: SGD(ps, lr=0.05), start: int = 1, **options: Any
          ) -> float:  # fmt: skip
    """How far NumPy and graph are apart after as many epochs, relative to 1 or the number."""
    found = []
    for backend in ("python", "eager"):
        rng = random.Random(start)
        own = MLP(sizes[0], sizes[1:], hidden, output, rng=rng)
        xs = [[rng.uniform(-1, 1) for _ in range(sizes[0])] for _ in range(n)]
        signs = (-1, 1) if loss is hinge else (0, 1)
        ys: list[Any] = [[rng.choice(signs) for _ in range(sizes[-1])] for _ in range(n)]
        ys = [rng.randrange(sizes[-1]) for _ in range(n)] if loss is cross_entropy else ys
        history = fit(own, xs, ys, loss=loss, optimizer=optimizer(own.parameters()), epochs=epochs, batch_size=size,
                      backend=backend, progress=False, **options)  # fmt: skip
        found.append([*history.losses, *(p.data for p in own.parameters())])
    return max(abs(a - b) / max(1.0, abs(b)) for a, b in zip(*found, strict=True))


# ---------------------------------------------------------------- numbers


LOSSES = {mse: "linear", half_squared_error: "linear", l1: "linear", huber: "linear", bce: "sigmoid",
          bce_with_logits: "linear", hinge: "linear", cross_entropy: "linear"}  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("size", [1, 4, None])
def test_losses_over_100_steps(loss, size):
    """Of several outputs; of one, other activations and optimisers are in test_compiled_training."""
    assert apart([3, 4, 3], loss, n=8, size=size, epochs=-(-100 // -(-8 // (size or 8))), output=LOSSES[loss]) < 1e-9


@pytest.mark.parametrize("size", [1, 5, None])
def test_penalties(size):
    penalty = lambda own: l2_penalty(own.parameters(), 0.01)  # noqa: E731
    assert apart([3, 5, 2], mse, n=11, size=size, epochs=9, penalty=penalty) < 1e-12


def test_random_trainings():
    """Not of hinge, whose slopes may cancel to nothing or to a rounding error, and Adam divides these by themselves."""
    rng = random.Random(4)
    for seed in range(25):
        loss = rng.choice([loss for loss in LOSSES if loss is not hinge])
        sizes = [rng.randint(1, 9) for _ in range(rng.randint(2, 4))]
        sizes[-1] += loss is cross_entropy
        hidden = [rng.choice(sorted(ACTIVATIONS)) for _ in sizes[2:]]
        assert apart(sizes, loss, n=rng.randint(1, 13), size=rng.choice([1, 2, 5, None]), epochs=3, start=seed,
                     hidden=hidden or "relu", output=LOSSES[loss], shuffle=True, seed=7, optimizer=OPTIMIZERS[
                         rng.choice(list(OPTIMIZERS))]) < 1e-9, seed  # fmt: skip


def by_hand(loss: Any, outputs: int, backend: str) -> Any:
    """A training of 3 inputs, 4 units of tanh and some outputs, of which, and of 2 columns, a loss is made."""
    rng = random.Random(2)
    w, v = ([[Value(rng.uniform(-1, 1)) for _ in range(n)] for _ in range(m)] for n, m in ((3, 4), (4, outputs)))
    xs, ys = ([[rng.uniform(-1, 1) for _ in range(n)] for _ in range(7)] for n in (3, 2))
    own = training(lambda y, x: loss([dot(row, [tanh(dot(row, x)) for row in w]) for row in v], y),
                   [p for row in (*w, *v) for p in row], ys, xs, batch_size=3, backend=backend)  # fmt: skip
    return [*own.run([0.1] * 30), *own._engine.numbers()], own


floor = Primitive("floor", lambda x: float(math.floor(x)), [lambda g, y, x: 0.0], domain=[(-3, 3)])

BY_HAND = {
    "units unlike": lambda z, y: (z[0] - y[0]) ** 2 + exp(z[1] * y[1]) + absolute(z[2]),
    "in another order": lambda z, y: sum((one - y[0]) ** 2 for one in reversed(z)) * y[1],
    "beside the next": lambda z, y: z[0] * z[1] + z[1] * z[2] + z[2] * y[0],
    "in pairs": lambda z, y: sum((a - b) ** 2 for a, b in pairwise(z)),
    "the largest": lambda z, y: maximum(*z) - y[0] * z[1] + ops.smallest(*z),
    "without a row": lambda z, y: z[0] + 2.0 * z[1] + z[2],
    "by steps": lambda z, y: (z[0] + z[1] * floor(3.0 * y[0]) + z[2]) ** 2,
}


@pytest.mark.parametrize("which", BY_HAND)
def test_losses_written_by_hand(which, monkeypatch):
    found, own = by_hand(BY_HAND[which], 3, "python")
    assert own.recipe.layers is not None and "@ W2.T" in own.source
    monkeypatch.setattr(task, "numpy_pays", lambda n_parameters, batch: False)
    expected, own = by_hand(BY_HAND[which], 3, "python")
    assert own.recipe.layers is None and near(found, expected, 1e-12)


@pytest.mark.parametrize("row", ops.TABLE, ids=lambda row: row.name)
def test_every_operation(row):
    text = Text(ARRAYS)
    n = len(row.domain)
    lines, (result,) = text.body(Program(n, (Step(row, tuple(range(n))),), (n,)), [f"x[{k}]" for k in range(n)])
    source = "\n\n".join([*text.functions, "\n    ".join(["def compute(x):", *lines, f"return {result}"])])
    at = points(row, 40)
    columns = [np.array([own[k] for own in at])[:, None] for k in range(n)]
    found = compiled(source, {"np": np, "math": math, **text.known}, "compute")(columns)
    expected = np.array([[row(*own)] for own in at])
    assert found.shape == expected.shape and np.allclose(found, expected, rtol=1e-13, atol=1e-15)


def test_the_same_bits_again():
    def once() -> list[float]:
        own = MLP(5, [6, 3], "relu", rng=random.Random(3))
        history = fit(own, [[0.1 * i, 0.2, -0.3 * i, 1, i] for i in range(9)], [i % 3 for i in range(9)], epochs=5,
                      loss=cross_entropy, optimizer=Adam(own.parameters(), lr=0.1), batch_size=4, shuffle=True, seed=1,
                      backend="python", progress=False)  # fmt: skip
        return [*history.losses, *(p.data for p in own.parameters())]

    assert once() == once()


def test_wrong_code_is_found(monkeypatch):
    """Such that forgets the slope of the activation."""
    wrong = numpy_training.NumPyDescent._back
    assert apart([3, 4, 2], mse, n=8, size=4, epochs=2) < 1e-13
    monkeypatch.setattr(numpy_training.NumPyDescent, "_back", lambda self: (
        line.replace(" * S1", "") for line in wrong(self)))  # fmt: skip
    assert apart([3, 4, 2], mse, n=8, size=4, epochs=2) > 1e-4


# ---------------------------------------------------------------- the code


def descent(*sizes: int, loss: Any = cross_entropy, n: int = 6, size: int = 3, backend: str = "python") -> Any:
    own = MLP(sizes[0], list(sizes[1:]), "relu", rng=random.Random(0))
    return training(lambda x, y: loss(own(x), y), own.parameters(), [[0.5] * sizes[0]] * n, [1] * n, batch_size=size,
                    backend=backend)  # fmt: skip


def test_it_reads_like_the_textbook():
    source = descent(6, 5, 3).source
    lines = [line.strip() for line in source.splitlines()]
    assert all(line in lines for line in (
        "Z1 = H0 @ W1.T + b1", "H1 = np.maximum(0, Z1)", "S1 = 1.0 * (Z1 > 0.0)", "Z2 = H1 @ W2.T + b2",
        "np.matmul(D2.T, H1, out=dW2)", "D2.sum(axis=0, out=db2)", "D1 = D2 @ W2 * S1", "P -= lr * G",
    ))  # fmt: skip
    assert len(lines) < 60 and max(map(len, lines)) < 120


def test_code_does_not_grow_with_width():
    assert descent(6, 5, 3).source.count("\n") == descent(100, 90, 80).source.count("\n")


def test_only_where_it_pays_and_numpy_is_there(monkeypatch):
    monkeypatch.undo()
    assert "np." in descent(6, 50, 3, n=12, size=12).source
    assert "np." not in descent(2, 3, 2).source
    assert descent(6, 50, 3, n=12, size=12).recipe.layers is not None
    monkeypatch.setattr(numpy_training, "find_spec", lambda name: None)
    assert "np." not in descent(6, 50, 3, n=12, size=12).source


def test_fit_takes_it_where_there_is_no_native_code(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(nn_compiled, "find_spec", lambda name: None)
    own = MLP(20, [50, 3], rng=random.Random(1))
    xs = [[0.1 * (i + k) for k in range(20)] for i in range(50)]
    history = fit(own, xs, [i % 3 for i in range(50)], epochs=200, loss=cross_entropy,
                  optimizer=SGD(own.parameters(), lr=0.01), batch_size=10, progress=False)  # fmt: skip
    assert history.backend == "python" and history.epochs == 200 and history.losses[-1] < history.losses[0]


# ---------------------------------------------------------------- what is alike


def backwards(z: Any, y: Any) -> Any:
    return total([a * b for a, b in zip(z, y, strict=True)]) * total([tanh(a) for a in reversed(z)])


@pytest.mark.parametrize("loss", [mse, huber, bce_with_logits, cross_entropy, backwards])
def test_a_loss_of_many_outputs_is_rolled_up(loss):
    """As many steps for 30 outputs as for 3, and no unit is looked at by itself."""
    lengths = []
    for outputs in (3, 30):
        own = MLP(2, [2, outputs])
        y = 1 if loss is cross_entropy else [0.5] * outputs
        head = training(lambda x, y, own=own: loss(own(x), y), own.parameters(), [[0.5, 1.0]] * 2, [y] * 2,
                        batch_size=2, backend="python").recipe.chain.head  # fmt: skip
        found = rolled(head, [head.outputs[0], head.outputs[1:]], outputs)
        assert all(step.op is not one_of for step in found.program.steps) and len(found.program.outputs) == 2
        lengths.append(len(found.program.steps))
    assert lengths[0] == lengths[1]
