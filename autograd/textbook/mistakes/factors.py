"""Mistakes that are a factor: of means and squares, signs, constants."""

from collections.abc import Iterator
from typing import Any

from autograd.textbook.backward import Figures
from autograd.textbook.mistake import (
    EVERYWHERE,
    FACTOR,
    ONE_LAYER,
    RATE,
    SOLVED,
    Course,
    Mistake,
    Place,
    Way,
    always,
    averaged,
    below,
    both_ways,
    counts,
    everywhere,
    only_in,
    times,
)


def _summed(fig: Figures, place: Place) -> Iterator[Way]:
    for count, rank in counts(fig):
        yield from both_ways(
            f"gradients are sums, the loss is a mean over {fig.terms}", count, place._replace(rank=rank)
        )


def _averaged_twice(fig: Figures, place: Place) -> Iterator[Way]:
    for count, rank in counts(fig):
        formula = f"1/{count} once in δ and once more in the gradients"
        yield from both_ways(formula, 1 / count, place._replace(rank=rank))
        below = Place(range(fig.last), "the hidden layers", rank)
        if fig.last:
            yield Way(f"1/{count} once more in the hidden layers", place=below, **times(1 / count, "dw", "db"))
        if fig.last > 1:
            again = Place(None, "layer by layer", ONE_LAYER)
            yield Way(f"1/{count} once more in every layer", place=again, **_by_depth(1 / count))


def _by_depth(factor: float) -> dict[str, Any]:
    return {name: lambda q, name=name: factor ** (q.fig.last - q.m) * getattr(q, name) for name in ("dw", "db")}


def _one_side(fig: Figures, place: Place) -> Iterator[Way]:
    for count, rank in counts(fig):
        for name, what in (("dw", "weights"), ("db", "biases")):
            at = Place(None, what, rank)
            yield Way(f"the gradients of {what} alone are summed", place=at, **times(float(count), name))
            yield Way(f"the gradients of {what} alone are averaged twice", place=at, **times(1 / count, name))


def _squared(fig: Figures) -> list[Place] | str:
    return everywhere(fig) if fig.square else "the loss has no square"


def _several_outputs(fig: Figures) -> list[Place] | str:
    return everywhere(fig) if fig.outputs > 1 else "there is one output only"


def _twice(fig: Figures, place: Place) -> Iterator[Way]:
    told, once = "lr·δ handed down for δ", Place([fig.last - 1], "below the output", ONE_LAYER)
    for at in (place, once) if fig.last > 1 else (place,):
        yield Way(told, place=at, paired=False, **times(SOLVED, "handed"))
    yield Way("lr in every δ, once more in each layer", paired=False, **times(SOLVED, "top", "delta"))


def _constants(fig: Figures, place: Place) -> Iterator[Way]:
    told = "a constant times the gradient"
    yield Way(told, alone=True, **times(SOLVED, "dw", "db"))
    for m in range(fig.layers):
        for names, what in ((("dw",), "the weights"), (("db",), "the biases"), (("dw", "db"), "all gradients")):
            if names == ("db",) and fig.h[m].width == 1:
                continue  # that is a single number
            at = Place([m], f"{what} of layer {m + 1}", ONE_LAYER)
            yield Way(told, place=at, paired=False, **times(SOLVED, *names))
    for factor in (2.0, 0.5) if not fig.square else ():
        whole = Place(None, "everywhere", ONE_LAYER)
        yield Way(f"{factor:g} x the gradient", place=whole, paired=False, **times(factor, "dw", "db"))


KEPT = "keep every minus on the way: of the weights, of the slopes, of inner derivatives"


def _signs(fig: Figures, place: Place) -> Iterator[Way]:
    yield from both_ways("y - ŷ for ŷ - y", -1.0)
    yield Way("a minus lost", alone=True, remedy=KEPT, **times(-1.0, "dw", "db"))
    for m in reversed(range(fig.last)):
        at = Place([m], f"layer {m + 1} and below", EVERYWHERE if m == fig.last - 1 else ONE_LAYER)
        yield Way("a minus lost in δ", place=at, local=True, remedy=KEPT, **times(-1.0, "slope"))
    for m in range(fig.layers) if fig.last else ():
        at = Place([m], f"layer {m + 1} alone", ONE_LAYER)
        yield Way("a minus lost in the gradients", place=at, remedy=KEPT, **times(-1.0, "dw", "db"))
    for name, what in (("db", "biases"), ("dw", "weights")):
        at = Place(None, what, ONE_LAYER)
        yield Way(f"a minus lost in the gradients of {what}", place=at, remedy=KEPT, **times(-1.0, name))


FACTORS = (
    Mistake(
        "summed-not-averaged",
        "the loss is a mean, the gradient a sum",
        "divide by the number of terms that the loss averages, once",
        averaged,
        _summed,
        course=Course(weights=0, biases=0),
        seen="hunkim/DeepLearningZeroToAll#173",
    ),
    Mistake(
        "averaged-twice",
        "it is divided by the number of samples once more; divide once",
        "divide by the number of terms once: either in δ or in the gradients",
        averaged,
        _averaged_twice,
        course=Course(weights=2, biases=2),
    ),
    Mistake(
        "bias-averaged-differently",
        "weights and biases are averaged in different ways; do both alike",
        "average the gradients of weights and biases alike",
        averaged,
        _one_side,
        course=Course(biases=0),
        seen="kvfrans/notes#5",
    ),
    Mistake(
        "factor-two",
        "the 2 of the square, or its 1/2, is not that of the loss",
        "(ŷ - y)² has the slope 2(ŷ - y), and ½(ŷ - y)² has ŷ - y",
        _squared,
        always(*both_ways("2(ŷ - y) for ŷ - y", 2.0), *both_ways("ŷ - y for 2(ŷ - y)", 0.5)),
        seen="Open-Deep-ML#54",
    ),
    Mistake(
        "sign",
        "a sign is turned round",
        "take ŷ - y, not y - ŷ, and keep every minus on the way",
        everywhere,
        _signs,
        seen="Grokking-Deep-Learning#37, micrograd#57",
    ),
    Mistake(
        "divided-by-outputs",
        "it is divided by the number of classes; the loss is not",
        "cross-entropy is a sum over classes: do not divide by their number",
        _several_outputs,
        lambda fig, place: both_ways(f"divided by the {fig.outputs} outputs", 1 / fig.outputs),
        seen="simd_neuralnet#1",
    ),
    Mistake(
        "learning-rate-folded-in",
        "the learning rate is in the gradient as well as in the update",
        "the learning rate belongs into the update, not into the gradient",
        everywhere,
        always(Way("lr·∂L/∂w for ∂L/∂w", paired=False, **times(SOLVED, "dw", "db"))),
        unknown=RATE,
    ),
    Mistake(
        "learning-rate-twice",
        "the learning rate is in δ already, and in the update once more",
        "keep the learning rate out of δ: it belongs into the update, once",
        below,
        _twice,
        unknown=RATE,
    ),
    Mistake(
        "wrong-operand",
        "one name stands for another of its kind",
        "read the line once more, name by name: each belongs to the neuron and the weight whose line it is",
        only_in("one line, and looked for in all of them"),
    ),
    Mistake(
        "constant-factor",
        "a constant too many, or another one than the loss has, is multiplied in",
        "leave the constant out, or take the one that the loss has",
        everywhere,
        _constants,
        unknown=FACTOR,
    ),
)
