"""Networks on top of `Value`: neurons, layers, losses and optimisers, with the names of the textbooks."""

import typing as _typing

import autograd as _autograd

if not hasattr(_autograd, "Value"):
    _found = getattr(_autograd, "__file__", None)
    raise ImportError(
        (
            f"the package 'autograd' found at {_found} is not chalkgrad's: HIPS autograd has the same import name. "
            "Run: pip uninstall autograd, then pip install --force-reinstall chalkgrad."
        )
        if _found
        else "of the package 'autograd' only pieces are left: HIPS autograd, which has the same import name, was "
        "uninstalled over it. Run: pip install --force-reinstall chalkgrad."
    )

from nn import data as data
from nn import plot as plot
from nn.clipping import clip_gradient_values, clip_gradients
from nn.history import History, accuracy
from nn.layers import MLP, Layer, Neuron, load
from nn.losses import bce, bce_with_logits, cross_entropy, half_squared_error, hinge, huber, l1, l2_penalty, mse
from nn.module import Module
from nn.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from nn.schedules import cosine_lr, exponential_lr, linear_lr, step_lr
from nn.slips import OF_NN as _OF_NN
from nn.train import fit

__all__ = [
    "MLP",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "RMSprop",
    "accuracy",
    "bce",
    "bce_with_logits",
    "clip_gradient_values",
    "clip_gradients",
    "cosine_lr",
    "cross_entropy",
    "data",
    "exponential_lr",
    "fit",
    "half_squared_error",
    "hinge",
    "huber",
    "l1",
    "l2_penalty",
    "linear_lr",
    "load",
    "mse",
    "plot",
    "step_lr",
]


def __dir__() -> list[str]:
    return __all__


if not _typing.TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """What is written here instead of a name of another framework."""
        raise _autograd.missing("nn", name, lambda: __all__, _OF_NN)
