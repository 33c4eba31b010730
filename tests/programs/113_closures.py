from dataclasses import dataclass
from typing import Callable, Iterator, Tuple

import numpy as np


@dataclass
class Affine:
    w: np.ndarray
    b: np.ndarray


Back = Callable[[np.ndarray], np.ndarray]


def affine(layer: Affine, x: np.ndarray) -> Tuple[np.ndarray, Back]:
    def back(d: np.ndarray) -> np.ndarray:
        dx = d @ layer.w.T
        layer.w -= 0.1 * x.T @ d
        layer.b -= 0.1 * d.sum(axis=0)
        return dx
    return x @ layer.w + layer.b, back


def elu(x: np.ndarray) -> Tuple[np.ndarray, Back]:
    y = np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)
    return y, lambda d: d * np.where(x > 0, 1.0, y + 1)


def huber(p: np.ndarray, t: np.ndarray) -> Tuple[float, np.ndarray]:
    r = p - t
    small = np.abs(r) <= 1
    value = np.where(small, 0.5 * r ** 2, np.abs(r) - 0.5).mean()
    return value, np.where(small, r, np.sign(r)) / r.size


def batches(x: np.ndarray, t: np.ndarray, size: int) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    for i in range(0, len(x), size):
        yield x[i:i + size], t[i:i + size]


rng = np.random.default_rng(17)
layers = [Affine(rng.normal(0, 0.7, (2, 8)), np.zeros(8)), Affine(rng.normal(0, 0.4, (8, 1)), np.zeros(1))]
x = rng.uniform(-2, 2, (30, 2))
t = 2 * x[:, :1] * np.sin(x[:, 1:])
for epoch in range(10):
    for xb, tb in batches(x, t, 10):
        h, back1 = affine(layers[0], xb)
        a, back2 = elu(h)
        out, back3 = affine(layers[1], a)
        loss, grad = huber(out, tb)
        back1(back2(back3(grad)))
    print(f"epoch {epoch}: {loss:.4f}")
