"""Mistakes in the δ of the outputs, and in what is handed on of it."""

from collections.abc import Callable, Iterator
from functools import reduce

from autograd.ops import maximum, step
from autograd.textbook.backward import Equation, Figures, Quantities, entries
from autograd.textbook.grid import Grid
from autograd.textbook.mistake import ONE_LAYER, Mistake, Place, Way, always, sloped_output, the_output


def _extra(fig: Figures, place: Place) -> Iterator[Way]:
    """Of a linear output it is the slope of what the loss hides: σ or softmax."""
    if fig.activations[-1].name != "identity":
        yield Way(f"δ times {fig.activations[-1].name}'(z)", top=lambda q: q.delta * q.slope)
        return
    for k, name in zip(range(len(fig.probabilities)), ("σ", "softmax"), strict=False):
        yield Way(f"δ times ŷ(1 - ŷ) with ŷ = {name}(z)", top=_times_slope(k))


def _times_slope(k: int) -> Equation:
    """δ·p(1 - p) of the probabilities in place k."""
    return lambda q: q.delta * (q.fig.probabilities[k] * (1.0 - q.fig.probabilities[k]))


def _classes(fig: Figures) -> list[Place] | str:
    several = fig.outputs > 1 and fig.activations[-1].name == "identity"
    return the_output(fig) if several else "there is no softmax"


def _deep_slopes(fig: Figures) -> list[Place] | str:
    if fig.last and fig.square and fig.activations[-1].name != "identity":
        return [Place(None, "every slope", ONE_LAYER)]
    return "there are no slopes both at the outputs and below"


def _below_the_output(fig: Figures) -> list[Place] | str:
    if fig.last and fig.activations[-1].name != "identity":
        return [Place([fig.last - 1], "below the output")]
    return "there are no slopes both at the outputs and below"


def _both_signs(fig: Figures) -> list[Place] | str:
    signs = {x > 0.0 if type(x) is float else x for x in entries(fig.top)}  # of names, they are not known
    return the_output(fig) if signs - {True, False} or len(signs) > 1 else "all errors have one sign, and would turn it"


def _with_targets(fig: Figures) -> list[Place] | str:
    return the_output(fig) if fig.targets is not None else "the loss does not tell its targets"


def _target_for_one(fig: Figures, place: Place) -> Iterator[Way]:
    if fig.activations[-1].name == "sigmoid":
        yield Way("ŷ(y - ŷ) for ŷ(1 - ŷ)", paired=False, top=lambda q: q.g * (q.h * (q.fig.targets - q.h)))
    elif fig.activations[-1].name == "tanh":
        yield Way("y - ŷ² for 1 - ŷ²", paired=False, top=lambda q: q.g * (q.fig.targets - q.h * q.h))


def _hard(fig: Figures, place: Place) -> Iterator[Way]:
    at = place._replace(rank=ONE_LAYER)
    for k, p in enumerate(fig.probabilities):
        told = "1 for ŷ > ½ and 0 elsewhere, in the place of ŷ"
        yield Way(told, place=at, paired=False, top=_rounded(k, lambda p: step(p - 0.5)))
        if p.width > 1:
            yield Way("1 for the largest ŷ, in the place of ŷ", place=at, paired=False, top=_rounded(k, _largest))


def _rounded(k: int, rounding: Callable[[Grid], Grid]) -> Equation:
    """The error of rounded probabilities, those in place k."""

    def error(q: Quantities) -> Grid:
        p, y = q.fig.probabilities[k], q.fig.targets
        assert y is not None
        return q.delta * ((rounding(p) - y) / (p - y))

    return error


def _largest(p: Grid) -> Grid:
    """1 where a row is largest, else 0."""
    return Grid([[1.0 - step(reduce(maximum, row) - x) for x in row] for row in p.rows])


OUTPUTS = (
    Mistake(
        "missing-output-derivative",
        "the slope of the output's activation is missing",
        "multiply ∂L/∂ŷ by the slope of the output's activation",
        sloped_output,
        always(Way("δ = ∂L/∂ŷ", top=lambda q: q.g)),
        seen="Bot-Academy PR#3",
    ),
    Mistake(
        "extra-output-derivative",
        "the slope of the output is multiplied in although it cancels against that of the loss",
        "cross-entropy and σ or softmax together give ŷ - y: the slope cancels, leave it out",
        the_output,
        _extra,
        seen="hunkim PR#113, rasbt pml-2nd#54",
    ),
    Mistake(
        "softmax-diagonal",
        "softmax under cross-entropy has the slope p − y alone; nothing is multiplied in",
        "cross-entropy and softmax together give p - y: leave out p(1 - p), the diagonal of its slopes",
        _classes,
        always(Way("δ·p(1 - p), p = softmax(z)", paired=False, top=_times_slope(1))),
    ),
    Mistake(
        "absolute-error",
        "the error has lost its sign",
        "keep the sign of ŷ - y: it says which way to go; the absolute value is for looking at",
        _both_signs,
        always(Way("|δ| for δ", paired=False, top=lambda q: abs(q.delta))),
    ),
    Mistake(
        "missing-output-derivative-below",
        "the raw error is carried down instead of δ: the slope of the output is missing",
        "carry down δ = ∂L/∂ŷ · f'(z), with the slope of the output in it",
        _below_the_output,
        always(Way("∂L/∂ŷ carried down for δ", handed=lambda q: q.above.g)),
    ),
    Mistake(
        "missing-output-derivative-in-weights",
        "the slope of the output is missing in the gradient of its weights",
        "take the same δ = ∂L/∂ŷ · f'(z) for the gradients of the outputs' weights as for the layer below",
        sloped_output,
        always(Way("∂L/∂ŷ · h for δ · h", summed=lambda q: q.g)),
    ),
    Mistake(
        "shared-derivative-sign",
        "the helper for the slope has the wrong sign",
        "the one function that gives all slopes has its sign turned: h(1 - h), not h(h - 1)",
        _deep_slopes,
        always(Way("-f'(z) for f'(z) in all layers", paired=False, slope=lambda q: -q.slope, top=lambda q: -q.delta)),
    ),
    Mistake(
        "squared-error-for-error",
        "the squared error stands where the error belongs",
        "δ begins with the slope of the loss, ŷ - y; its square is the loss",
        _with_targets,
        lambda fig, place: [Way("(ŷ - y)² for ŷ - y", paired=False, top=lambda q: q.delta * (q.h - q.fig.targets))],
    ),
    Mistake(
        "target-for-one",
        "the target stands where 1 belongs: a(1 − a)",
        "the slope of σ is ŷ(1 - ŷ): with the number 1, not the target",
        _with_targets,
        _target_for_one,
    ),
    Mistake(
        "hard-prediction",
        "the prediction is rounded to a class before it enters the gradient; take the probability",
        "put ŷ itself into the gradient, and round it only to count what is right",
        _with_targets,
        _hard,
    ),
)
