"""Networks on top of `Value`: neurons, layers, losses and optimisers, with the names of the textbooks."""

import autograd as _autograd

if not hasattr(_autograd, "Value"):
    raise ImportError(
        f"the package 'autograd' found at {getattr(_autograd, '__file__', None)} is not chalkgrad's: HIPS autograd "
        "has the same import name. Run: pip uninstall autograd, then pip install --force-reinstall chalkgrad."
    )

from nn.layers import MLP, Layer, Neuron
from nn.losses import bce, bce_with_logits, half_squared_error, hinge, mse
from nn.module import Module
from nn.optim import SGD

__all__ = ["MLP", "SGD", "Layer", "Module", "Neuron", "bce", "bce_with_logits", "half_squared_error", "hinge", "mse"]
