"""Draws the pictures of the README: `python -m tests.pictures`; with `--times`, says how long each takes."""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd import Value, draw, step_through
from nn import MLP, bce, cross_entropy, hinge

FOLDER = Path(__file__).parent.parent / "notebooks" / "pictures"
START = {"w1": 0.5, "w2": -1.2, "b1": 0.3, "w3": 0.8, "w4": 0.4, "b2": -0.6, "w5": 1.5, "w6": -0.9, "b3": 0.2}
DOCUMENT = {
    "w1": -7.16, "w2": -9.21, "w3": -7.46, "w4": -9.45, "w5": -5.07, "w6": -6.58,
    "b1": -9.78, "b2": -6.35, "b3": -6.76,
}  # fmt: skip


def small(start: dict[str, float] = START) -> Value:
    """The loss of a 2-2-1 network for one sample."""
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    model.load_named(start)
    loss: Value = bce(model([0.1, 0.7]), 1)
    loss.backward()
    return loss


def document() -> Value:
    """The network of the worked example, whose gradients are nearly 0."""
    return small(DOCUMENT)


def moons(samples: int = 100) -> Value:
    """The loss of a 2-16-16-1 network for two half-moons of points."""
    rng = random.Random(1337)
    model = MLP(2, [16, 16, 1], rng=rng)
    for number, parameter in enumerate(model.parameters()):
        if parameter.label.startswith("b"):
            parameter.data = 0.1 * (number % 7 - 3)
    points = [[rng.uniform(-1, 2), rng.uniform(-0.5, 1)] for _ in range(samples)]
    loss: Value = hinge([model(point) for point in points], [rng.choice([-1, 1]) for _ in points])
    loss.backward()
    return loss


def micrograd() -> Value:
    """The expression in the README of micrograd."""
    a, b = Value(-4.0, "a"), Value(2.0, "b")
    c, d = a + b, a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return g


START_OF_RECURRENT = {"wx": 0.5, "wh": -0.8, "b": 0.1, "wy": 1.2, "by": -0.3}


def unrolled(steps: int = 3) -> Value:
    """The loss of a recurrent network that is written by hand, with the names of programs."""
    wx, wh, b, wy, by = (Value(x, name) for name, x in START_OF_RECURRENT.items())
    h = Value(0.0, "h0")
    for t in range(1, steps + 1):
        h = (wx * Value(0.3 * t, f"x{t}") + wh * h + b).tanh()
        h.label = f"h{t}"
    loss: Value = 0.5 * (wy * h + by - Value(1.0, "y")) ** 2
    loss.label = "L"
    loss.backward()
    return loss


def batch(calls: int = 1) -> Value:
    """The mean loss of four samples, after so many calls of `backward()`."""
    model = MLP(2, [2, 1], "tanh", "sigmoid", rng=random.Random(3))
    points = [[0.1, 0.7], [0.4, -0.9], [-0.3, 0.2], [0.8, 0.5]]
    loss: Value = bce([model(point) for point in points], [0, 1, 1, 0])
    for _ in range(calls):
        loss.backward()
    return loss


def classes() -> Value:
    """The cross-entropy of a sample of three inputs and two classes."""
    loss: Value = cross_entropy(MLP(3, [4, 2], "tanh", rng=random.Random(3))([0.1, -0.4, 0.7]), 1)
    loss.backward()
    return loss


def chain(n: int) -> Value:
    """n operations one after another."""
    x = Value(0.5, "x")
    for _ in range(n):
        x = x.tanh()
    return x


def main() -> None:
    """Write every picture anew."""
    loss = small()
    for view in ("graph", "neurons", "network"):
        draw(loss, view).save(FOLDER / f"{view}.svg")
    draw(moons(), "network").save(FOLDER / "moons.svg")


def times() -> None:
    """How long the pictures take, the best of five."""
    loss, many, long = document(), moons(), chain(100_000)
    work: dict[str, Callable[[], Any]] = {
        **{
            f"2-2-1, {view}": lambda view=view: draw(loss, view).pipe("svg") for view in ("graph", "neurons", "network")
        },
        "2-2-1, step through": lambda: step_through(loss).html,
        "2-16-16-1, 100 samples, network": lambda: draw(many, "network").pipe("svg"),
        "2-16-16-1, 100 samples, graph": lambda: draw(many, "graph").pipe("svg"),
        "100,000 operations": lambda: draw(long).pipe("svg"),
    }
    for name, f in work.items():
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            f()
            seconds.append(time.perf_counter() - start)
        print(f"{name:34}{1000 * min(seconds):8.0f} ms")


if __name__ == "__main__":
    times() if "--times" in sys.argv else main()
