"""The mistakes of the catalogue as recipes, and where each has no room."""

from collections.abc import Callable

from autograd.manual.changed_steps import Recipe, Slope
from autograd.manual.derived_network import Lesson
from autograd.ops import sigmoid, tanh

Planting = Callable[[Lesson], Recipe | str]
"""The recipe of a mistake in a lesson, or why there is none."""


def recipe(code: str, lesson: Lesson) -> Recipe | str:
    """A derivation with one mistake, or why it has no room here."""
    planting = PLANTINGS.get(code)
    return planting(lesson) if planting is not None else SMALL


SMALL = "it is written neuron by neuron only: in a small network, and not with style='numpy'"


def _if(room: Callable[[Lesson], bool], why: str, made: Recipe) -> Planting:
    return lambda lesson: made if room(lesson) else why


def _mean(lesson: Lesson) -> bool:
    return lesson.divisor != 1.0


def _hidden(lesson: Lesson) -> bool:
    return lesson.layers > 1


def _squared(lesson: Lesson) -> bool:
    return lesson.loss is not None and "squared" in lesson.loss.name


def _sloped(kinds: dict[str, Slope], others: Slope | None, why: str) -> Planting:
    """A slope by the name of the activation, in all hidden layers if these are alike, else in the last of them."""

    def plant(lesson: Lesson) -> Recipe | str:
        names = [f.name for f in lesson.activations[:-1]]
        for m in reversed(range(len(names))):
            slope = kinds.get(names[m], others if names[m] not in ("linear", *kinds) else None)
            if slope is not None:
                return Recipe(slope=slope, layers=None if len(set(names)) == 1 else frozenset([m]))
        return why

    return plant


def _factor(lesson: Lesson) -> Recipe | str:
    if not _squared(lesson):
        return "the loss has no square"
    assert lesson.loss is not None
    return Recipe(top="twice" if lesson.loss.name.startswith("half") else "half")


def _missing_output(lesson: Lesson) -> Recipe | str:
    if lesson.loss is None or lesson.activations[-1].name == "linear":
        return "the outputs are linear: their slope is 1"
    return Recipe(top="missing")


def _extra_output(lesson: Lesson) -> Recipe | str:
    crossed = lesson.loss is None or lesson.top is not None or "sigmoid(z)" in lesson.loss.name
    return Recipe(top="extra") if crossed else "no slope cancels against this loss"


NO_HIDDEN = "the network has no hidden layer"
NO_MEAN = "the loss is no mean"

PLANTINGS: dict[str, Planting] = {
    "summed-not-averaged": _if(_mean, NO_MEAN, Recipe(weights_mean=0, biases_mean=0)),
    "averaged-twice": _if(_mean, NO_MEAN, Recipe(weights_mean=2, biases_mean=2)),
    "bias-averaged-differently": _if(
        lambda lesson: _mean(lesson) and lesson.samples > 1, "the loss is no mean over samples", Recipe(biases_mean=0)
    ),
    "factor-two": _factor,
    "sign": lambda lesson: Recipe(top="sign"),
    "updated-weight": _if(_hidden, NO_HIDDEN, Recipe(carry="updated")),
    "missing-output-derivative": _missing_output,
    "extra-output-derivative": _extra_output,
    "missing-hidden-derivative": _sloped({}, lambda z, h: 1.0, "no hidden unit has a slope other than 1"),
    "derivative-at-activation": _sloped(
        {
            "sigmoid": lambda z, h: sigmoid(h) * (1.0 - sigmoid(h)),
            "tanh": lambda z, h: 1.0 - tanh(h) ** 2.0,
            "softplus": lambda z, h: sigmoid(h),
        },
        None,
        "no hidden unit has an activation whose slope at h differs from that at z",
    ),
    "shortcut-at-preactivation": _sloped(
        {"sigmoid": lambda z, h: z * (1.0 - z), "tanh": lambda z, h: 1.0 - z**2.0},
        None,
        "no hidden unit is a sigmoid or tanh, whose slope is written with h",
    ),
    "half-derivative": _sloped(
        {"sigmoid": lambda z, h: h, "tanh": lambda z, h: 1.0 - h},
        None,
        "no hidden unit is a sigmoid or tanh, whose slope is a product",
    ),
    "wrong-activation-derivative": _sloped(
        {"tanh": lambda z, h: h * (1.0 - h)}, lambda z, h: 1.0 - h**2.0, "no hidden unit has a slope other than 1"
    ),
    "wrong-layer-activation": _if(
        lambda lesson: _hidden(lesson) and lesson.shape[1] > 1 and lesson.activations[0].name != "linear",
        "there are no two hidden units with slopes to confuse",
        Recipe(exchanged=True),
    ),
    "gradient-for-weight": _if(_hidden, NO_HIDDEN, Recipe(carry="gradients")),
    "missing-weight": _if(_hidden, NO_HIDDEN, Recipe(carry="ones")),
    "swapped-weights": _if(
        lambda lesson: _hidden(lesson) and lesson.shape[1] > 1,
        "there are no two hidden units to confuse",
        Recipe(carry="swapped"),
    ),
    "transposed": _if(
        lambda lesson: min(lesson.shape[:2]) > 1,
        "the weights of the first layer are a single row or column",
        Recipe(order="transposed"),
    ),
    "swapped-inputs": _if(lambda lesson: lesson.shape[0] > 1, "there is one input only", Recipe(taken="swapped")),
    "preactivation-for-activation": _if(
        lambda lesson: any(f.name != "linear" for f in lesson.activations[:-1]),
        "no hidden layer has an activation",
        Recipe(taken="preactivations"),
    ),
    "bias-zero": lambda lesson: _biased(lesson, "zero"),
    "bias-one": lambda lesson: _biased(lesson, "one"),
    "bias-with-input": lambda lesson: _biased(lesson, "input"),
    "last-sample-only": lambda lesson: _last(lesson),
    "not-zeroed": lambda lesson: Recipe(zeroed=False),
    "learning-rate-folded-in": lambda lesson: Recipe(folded=True),
    "divided-by-outputs": _if(lambda lesson: lesson.outputs > 1, "there is one output only", Recipe(top="outputs")),
    "exp-derivative": lambda lesson: "no exp is differentiated",
    "relu-mask": lambda lesson: _mask(lesson),
}
"""What each code does to a derivation."""


def _biased(lesson: Lesson, kind: str) -> Recipe | str:
    return Recipe(bias=kind) if any(any(layer) for layer in lesson.words.b) else "no neuron has a bias"


def _last(lesson: Lesson) -> Recipe | str:
    if lesson.samples > 1:
        return Recipe(share="last")
    if lesson.layers > 1 and lesson.shape[2] > 1:
        return Recipe(paths="last")
    return "there is one sample only, and one path from each hidden unit"


def _mask(lesson: Lesson) -> Recipe | str:
    names = [f.name for f in lesson.activations[:-1]]
    layers = frozenset(m for m, name in enumerate(names) if name in ("relu", "leaky relu"))
    if not layers:
        return "no hidden unit is a relu"
    alike = len(layers) == len(names)
    return Recipe(slope=lambda z, h: 1.0, layers=None if alike else frozenset([max(layers)]))
