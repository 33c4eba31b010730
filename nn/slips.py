"""What people write who come from other frameworks, where networks are meant, and what is written here instead."""

from collections.abc import Mapping
from typing import Any, Final

NO_MODE: Final = "a model computes the same in training and afterwards: leave it out"

OF_MODULES: Final[Mapping[str, str]] = {
    "forward": "write model(x)",
    "predict": "write model(x), or [model(x) for x in X] under no_grad()",
    **dict.fromkeys(("train", "eval"), NO_MODE),
    **dict.fromkeys(("to", "cuda", "double", "float"), "numbers are floats of 64 bits on the processor: leave it out"),
    **dict.fromkeys(("fit", "compile"), "write fit(model, X, y, loss=..., optimizer=..., epochs=...)"),
    **dict.fromkeys(("weights", "params", "coefs_"), "write model.parameters(), or model.state_dict()"),
    "backward": "call backward() on the loss: loss = mse(model(x), y); loss.backward()",
    "step": "it is the optimizer that makes steps: SGD(model.parameters(), lr=0.1).step()",
}
"""What a model does not have, by name."""

OF_NN: Final[Mapping[str, str]] = {
    "Linear": 'write Layer(n_inputs, n_outputs, "linear")',
    "Sequential": 'write MLP(2, [16, 16, 1], activation="tanh"), or call layers one after the other in a Module',
    **dict.fromkeys(("ReLU", "Tanh", "Sigmoid", "GELU", "SiLU", "ELU"), 'name it: MLP(2, [16, 1], activation="tanh")'),
    "MSELoss": "write mse(prediction, target)",
    "L1Loss": "write l1(prediction, target)",
    "HuberLoss": "write huber(prediction, target)",
    "BCELoss": "write bce(prediction, target)",
    "BCEWithLogitsLoss": "write bce_with_logits(logit, target)",
    "CrossEntropyLoss": "write cross_entropy(logits, class_number)",
    "Parameter": 'write Value(0.5, "w")',
}
"""What the package nn does not have, by name."""


def not_listed(x: Any, more: tuple[Any, ...]) -> TypeError:
    """The error for a model that is given its inputs one by one."""
    inputs = ", ".join(repr(getattr(each, "data", each)) for each in (x, *more))
    return TypeError(f"a model takes one list of inputs: write model([{inputs}])")
