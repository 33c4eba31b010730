"""What can be done otherwise in a derivation, so that a mistake is a few words."""

from collections.abc import Callable
from typing import Any, NamedTuple

Slope = Callable[[Any, Any], Any]
"""f'(z) as somebody writes it, of z and h."""


class Recipe(NamedTuple):
    """A derivation; as it stands, the right one.

    top       δ of an output: "", "sign", "missing" or "extra" slope, "twice" or "half", divided by "outputs"
    slope     the slope of hidden units in z and h, None for the right one
    layers    the hidden layers that `slope` is for, None for all
    exchanged whether the slopes of the units of the first layer are those of others
    carry     what carries δ down: "weights", "gradients", "ones", "swapped", "updated"
    paths     whether all paths down are added, or the last alone counts
    taken     what δ is multiplied by: "inputs", "swapped", "preactivations"
    order     whether the gradients of the first layer's weights are in their order, or "transposed"
    bias      what a sample adds to the gradient of a bias: "delta", "zero", "one", "input"
    weights_mean, biases_mean   how often the gradients are divided by the divisor of the loss
    share     "all" samples, or the "last"
    zeroed    whether the gradients start from 0
    folded    whether the learning rate is in the gradients
    """

    top: str = ""
    slope: Slope | None = None
    layers: frozenset[int] | None = None
    exchanged: bool = False
    carry: str = "weights"
    paths: str = "all"
    taken: str = "inputs"
    order: str = "right"
    bias: str = "delta"
    weights_mean: int = 1
    biases_mean: int = 1
    share: str = "all"
    zeroed: bool = True
    folded: bool = False

    @property
    def structural(self) -> bool:
        """Whether it is about more than the equations of one sample: sums, means, passes, the order of steps, y - ŷ."""
        plain = (self.weights_mean, self.biases_mean, self.share, self.zeroed) == (1, 1, "all", True)
        return not plain or self.carry == "updated" or self.top in ("sign", "twice", "half", "outputs")


RIGHT = Recipe()
