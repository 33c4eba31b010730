"""Where weights start: initialisations, each a function `(rng, n_inputs, n_outputs)` that draws one weight."""

import math
import random
from collections.abc import Callable
from typing import Any

from autograd import leaky_relu, nearest, relu

Initialisation = str | Callable[[Any, int, int], float]


def uniform(rng: Any, n_inputs: int, n_outputs: int) -> float:
    """uniform(-1, 1), whatever the size of the layer: micrograd's.

    >>> import random
    >>> uniform(random.Random(1337), 2, 16)
    0.23550571390294128
    """
    return float(rng.uniform(-1, 1))


def normal(rng: Any, n_inputs: int, n_outputs: int) -> float:
    """normal(0, 1), whatever the size of the layer.

    >>> import random
    >>> normal(random.Random(1337), 2, 16)
    -0.9117532932976627
    """
    return float(rng.gauss(0.0, 1.0))


def xavier(rng: Any, n_inputs: int, n_outputs: int) -> float:
    """uniform(-a, a) with a = √(6/(n_inputs + n_outputs)): signals and gradients keep their size.

    For tanh and sigmoid. Source: Glorot and Bengio, Understanding the difficulty of training deep
    feedforward neural networks, 2010, equation 16.

    >>> import random
    >>> xavier(random.Random(1337), 3, 3)
    0.23550571390294128
    """
    bound = math.sqrt(6.0 / (n_inputs + n_outputs))
    return float(rng.uniform(-bound, bound))


def he(rng: Any, n_inputs: int, n_outputs: int) -> float:
    """normal(0, s) with the standard deviation s = √(2/n_inputs): for relu, which halves the variance.

    Source: He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015, equation 10.

    >>> import random
    >>> he(random.Random(1337), 2, 16)
    -0.9117532932976627
    """
    return float(rng.gauss(0.0, math.sqrt(2.0 / n_inputs)))


INITIALISATIONS: dict[str, Callable[[Any, int, int], float]] = {
    "uniform": uniform,
    "normal": normal,
    "xavier": xavier,
    "glorot": xavier,
    "he": he,
    "kaiming": he,
}
"""The initialisations that can be given by name, besides "auto"."""


def initialisation(given: Initialisation, activation: Callable[[Any], Any]) -> Callable[[Any, int, int], float]:
    """The function that a name means; "auto" is `he` for relu and leaky_relu, `xavier` for any other activation.

    >>> initialisation("auto", relu).__name__
    'he'
    """
    if callable(given):
        return given
    if given == "auto":
        return he if activation in (relu, leaky_relu) else xavier
    if not isinstance(given, str) or given not in INITIALISATIONS:
        hint = nearest(str(given), ["auto", *INITIALISATIONS])
        raise ValueError(f"unknown initialisation {given!r}; {hint}; or give a function (rng, n_inputs, n_outputs)")
    return INITIALISATIONS[given]


def generator(rng: Any) -> Any:
    """What weights are drawn with: Python's `random` for None, a `random.Random`, or a generator of NumPy.

    >>> import random
    >>> generator(random.Random(1337)).uniform(-1, 1)
    0.23550571390294128
    """
    source = random if rng is None else rng
    if hasattr(source, "uniform") and hasattr(source, "normal"):
        return _OfNumpy(source)
    if not (hasattr(source, "uniform") and hasattr(source, "gauss")):
        raise TypeError(
            "rng: expected a random.Random, such as random.Random(7), or numpy.random.default_rng(7), got "
            f"{type(rng).__name__}: {rng!r}"
        )
    return source


class _OfNumpy:
    """A generator of NumPy with the names of Python's."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def uniform(self, low: float, high: float) -> float:
        return float(self._source.uniform(low, high))

    def gauss(self, mean: float, deviation: float) -> float:
        return float(self._source.normal(mean, deviation))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)
