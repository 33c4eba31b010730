"""Mistakes in the slopes of activations, of hidden layers and of outputs."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd.ops import relu, sigmoid, softplus, step, tanh
from autograd.textbook.backward import Equation, Figures
from autograd.textbook.grid import Grid
from autograd.textbook.mistake import (
    ANY,
    EVERYWHERE,
    ONE_LAYER,
    PERMUTED_AT_MOST,
    Mistake,
    Place,
    Rule,
    Way,
    Ways,
    always,
    each_layer,
    hidden,
    permutations,
)

Slope = Callable[[Any, Any, Any], Any]
"""f'(z) as somebody writes it, of z, h and f."""

Forms = Callable[[Any], Iterator[tuple[str, Slope]]]
"""(formula, slope) for every wrong slope of an activation."""


def at_h(f: Any) -> Iterator[tuple[str, Slope]]:
    """f' fed the activation."""
    yield f"{f.name}'(h)", lambda z, h, f: each(f.slope, h)


def at_z(f: Any) -> Iterator[tuple[str, Slope]]:
    """The shortcut by h fed the weighted sum."""
    if f.name == "tanh":
        yield "1 - z²", lambda z, h, f: 1.0 - z * z
    else:
        yield "z(1 - z)", lambda z, h, f: z * (1.0 - z)


def half(f: Any) -> Iterator[tuple[str, Slope]]:
    """One factor of two."""
    if f.name == "tanh":
        yield "1 - h", lambda z, h, f: 1.0 - h
        yield "1 + h", lambda z, h, f: 1.0 + h
        yield "h²", lambda z, h, f: h * h
    yield "h", lambda z, h, f: h
    if f.name == "sigmoid":
        yield "1 - h", lambda z, h, f: 1.0 - h


def others(f: Any) -> Iterator[tuple[str, Slope]]:
    """The slopes of other activations."""
    if f.name != "sigmoid":
        yield "h(1 - h), the slope of σ by h,", lambda z, h, f: h * (1.0 - h)
        yield "σ'(z)", lambda z, h, f: sigmoid(z) * sigmoid(-z)
    if f.name != "tanh":
        yield "1 - h², the slope of tanh by h,", lambda z, h, f: 1.0 - h * h
        yield "tanh'(z)", lambda z, h, f: 4.0 * sigmoid(2.0 * z) * sigmoid(-2.0 * z)
    if f.name != "relu":
        yield "relu'(z)", lambda z, h, f: step(z)
        yield "relu'(h)", lambda z, h, f: step(h)


AS_X = {"exp": lambda x, y: x}
AS_POWER = {"exp": lambda x, y: x * y / math.e}
"""The slope of y = eˣ taken as x, or as that of a power."""


def exponentials(f: Any) -> Iterator[tuple[str, Slope]]:
    """The slope of eˣ as somebody writes it, in an activation that has one in it."""
    if "exp" in f.operations:
        yield "exp'(x) = x", lambda z, h, f: each(lambda x: f.slope(x, AS_X), z)
        yield "exp'(x) = x·exp(x - 1)", lambda z, h, f: each(lambda x: f.slope(x, AS_POWER), z)


def each(f: Callable[[Any], Any], x: Any) -> Any:
    """f of a number, or of every entry of a grid."""
    return x.map(f) if isinstance(x, Grid) else f(x)


def by(form: Slope) -> Equation:
    """A slope, of the z and h of its layer."""
    return lambda q: form(q.z, q.h, q.fig.activations[q.m])


def in_hidden(forms: Forms) -> Ways:
    """Wrong slopes in hidden layers that are alike."""

    def ways(fig: Figures, place: Place) -> Iterator[Way]:
        layers = list(place.layers or ())
        alike = len({fig.activations[m].name for m in layers}) == 1
        for formula, form in forms(fig.activations[layers[0]]) if alike else ():
            yield Way(f"{formula} for f'(z)", local=True, slope=by(form))

    return ways


def anywhere(forms: Forms) -> Ways:
    """The same, and at the outputs, and in all layers."""
    below = in_hidden(forms)

    def ways(fig: Figures, place: Place) -> Iterator[Way]:
        if place.words != OUTPUT:
            yield from below(fig, place)
            return
        for formula, form in forms(fig.activations[-1]):
            top = _at_output(form)
            yield Way(f"{formula} for the slope at the output", top=top)
            if fig.last:
                everywhere = Place(range(fig.last), "all layers", ONE_LAYER)
                yield Way(f"{formula} for every slope", place=everywhere, slope=by(form), top=top)

    return ways


def _at_output(form: Slope) -> Equation:
    return lambda q: q.g * form(q.z, q.h, q.fig.activations[q.m])


OUTPUT = "the output"


def sloped(fig: Figures) -> list[Place] | str:
    """In hidden layers, and at outputs that are not linear."""
    inside = hidden(fig) if fig.last else []
    output = [Place([fig.last], OUTPUT, ONE_LAYER)] if fig.activations[-1].name != "identity" else []
    return [*inside, *output] or "there is no slope other than 1"


# ---------------------------------------------------------------- slopes of other units


def _elsewhere(fig: Figures, place: Place) -> Iterator[Way]:
    (m,) = place.layers or ()
    for other in range(fig.layers):
        if other != m and fig.x[other].width == fig.x[m].width:
            yield Way(f"δ times the inputs of layer {other + 1}", local=True, taken=_inputs_of(other))
    if m < fig.last:
        yield from _slopes_elsewhere(fig, place._replace(rank=EVERYWHERE if fig.layers == 2 else ONE_LAYER))


def _slopes_elsewhere(fig: Figures, at: Place) -> Iterator[Way]:
    (m,) = at.layers or ()
    size = fig.h[m].width
    for order, simple in permutations(size):
        yield Way("f'(z) of another unit of the layer", place=at, paired=simple, slope=_picked(order))
    for unit in range(size if size <= PERMUTED_AT_MOST else 0):
        told = f"f'(z) of unit {unit + 1} for all units"
        yield Way(told, place=at, local=True, paired=False, slope=_picked([unit]))
    for other in range(fig.layers):
        if other != m and fig.h[other].width in (1, size):
            yield Way(f"the slope of layer {other + 1}", place=at, local=True, slope=_of_layer(other))
            told = f"the slope by the activations of layer {other + 1}"
            yield Way(told, place=at, local=True, slope=_by_layer(fig.activations[m].name, other))


def _picked(order: Sequence[int]) -> Equation:
    return lambda q: q.slope.picked(order)


def _inputs_of(other: int) -> Equation:
    return lambda q: q.fig.x[other]


def _of_layer(other: int) -> Equation:
    return lambda q: q.fig.slope[other]


def _by_layer(name: str, other: int) -> Equation:
    forms: dict[str, Callable[[Any], Any]] = {"tanh": lambda h: 1.0 - h * h, "sigmoid": lambda h: h * (1.0 - h)}
    return lambda q: forms.get(name, step)(q.fig.h[other])


# ---------------------------------------------------------------- relu


def _masks(fig: Figures, place: Place) -> Iterator[Way]:
    if fig.activations[min(place.layers or (0,))].name in ("relu", "leaky_relu"):
        yield Way("the gradient passed whole, without the mask z > 0", local=True, slope=lambda q: 1.0)
        yield Way("the mask taken of the gradient: Σ δ·w > 0", local=True, slope=lambda q: step(q.g))
        yield Way("the mask taken of the gradient too", local=True, slope=lambda q: q.slope * step(q.g))


def rules(forms: Forms, *names: str) -> dict[str, list[tuple[str, Rule]]]:
    """The wrong slopes of operations in graphs that are no network."""

    def rule(form: Slope, f: Named) -> Rule:
        return lambda i, g, y, xs, share: g * form(xs[0], y, f)

    operations = [Named(name) for name in names]
    return {f.name: [(f"{told} for the slope", rule(form, f)) for told, form in forms(f)] for f in operations}


class Named:
    """An operation of one argument as the forms want an activation."""

    def __init__(self, name: str) -> None:
        self.name, self.operations = name, frozenset([name])

    def slope(self, x: Any, rules: Any = None) -> Any:
        """f'(x)."""
        op = OPERATIONS[self.name]
        return op.pullbacks[0](1.0, op(x), x)


OPERATIONS = {op.name: op for op in (relu, sigmoid, softplus, tanh)}
KNOWN = tuple(OPERATIONS)


SLOPES = (
    Mistake(
        "missing-hidden-derivative",
        "the slope of the hidden activation is missing",
        "multiply Σ δ·w by the slope f'(z) of the hidden unit's activation",
        hidden,
        always(Way("δ = Σ δ·w without f'(z)", local=True, slope=lambda q: 1.0)),
        rules={ANY: [("{}'(x) left out", lambda i, g, y, xs, share: g)]},
        seen="makeyourownneuralnetwork#88",
    ),
    Mistake(
        "hidden-derivative-twice",
        "the slope of the hidden activation is multiplied in twice",
        "multiply by f'(z) once: the gradients are taken of δ, which has it already",
        hidden,
        always(Way("δ = Σ δ·w · f'(z)²", local=True, slope=lambda q: q.slope * q.slope)),
    ),
    Mistake(
        "derivative-at-activation",
        "the slope is taken at the activation instead of the weighted sum",
        "take f' at z, not at h = f(z)",
        sloped,
        anywhere(at_h),
        rules=rules(at_h, *KNOWN),
        seen="libBrain#78",
    ),
    Mistake(
        "shortcut-at-preactivation",
        "a(1 − a) is the slope where a is the activation, not the weighted sum",
        "h(1 - h) and 1 - h² take the activation h, not the weighted sum z",
        sloped,
        anywhere(at_z),
        rules=rules(at_z, *KNOWN),
        seen="iamtrask#12",
    ),
    Mistake(
        "half-derivative",
        "one factor of a(1 − a) is missing",
        "the slope of σ is h times (1 - h), of tanh (1 - h) times (1 + h): keep both factors",
        sloped,
        anywhere(half),
        rules=rules(half, *KNOWN),
    ),
    Mistake(
        "wrong-activation-derivative",
        "it is the slope of another activation",
        "take the slope of the activation that the layer has",
        sloped,
        anywhere(others),
        rules=rules(others, *KNOWN),
    ),
    Mistake(
        "wrong-layer-activation",
        "the activation of another layer stands there",
        "take slope and activation of the very unit whose δ it is",
        each_layer,
        _elsewhere,
        seen="nn-from-scratch PR#3",
    ),
    Mistake(
        "exp-derivative",
        "the slope of eˣ is eˣ itself",
        "the slope of exp(x) is exp(x) itself",
        sloped,
        anywhere(exponentials),
        rules={
            "exp": [
                ("exp'(x) = x", lambda i, g, y, xs, share: g * xs[0]),
                ("exp'(x) = x·exp(x - 1)", lambda i, g, y, xs, share: g * (xs[0] * y / math.e)),
            ]
        },
        seen="nn-zero-to-hero#52",
    ),
    Mistake(
        "relu-mask",
        "the slope of relu is 1 where its operand is above 0, and 0 elsewhere",
        "relu lets the gradient through where z > 0, whatever the sign of the gradient, and nowhere else",
        hidden,
        _masks,
        rules=dict.fromkeys(
            ("relu", "leaky_relu"),
            (
                ("the gradient passed whole", lambda i, g, y, xs, share: g if i == 0 else share),
                ("the mask taken of the gradient", lambda i, g, y, xs, share: g * step(g) if i == 0 else share),
                ("the mask taken of the gradient too", lambda i, g, y, xs, share: share * step(g)),
            ),
        ),
        seen="smile#528",
    ),
)
