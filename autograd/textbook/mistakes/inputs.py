"""Mistakes in the gradients of weights: in what δ is multiplied with, and where the product is put."""

from collections.abc import Iterator

from autograd.textbook.backward import Equation, Figures
from autograd.textbook.mistake import (
    EVERYWHERE,
    ONE_LAYER,
    Mistake,
    Place,
    Way,
    always,
    each_layer,
    permutations,
    sampled,
)


def _several(fig: Figures) -> list[Place] | str:
    return [at for at in each_layer(fig) for m in at.layers or () if fig.x[m].width > 1] or "there is one input only"


def _matrices(fig: Figures) -> list[Place] | str:
    wide = [at for at in each_layer(fig) for m in at.layers or () if min(fig.w[m].height, fig.w[m].width) > 1]
    return wide or "all weights are in a single row or column"


def _exchanged(fig: Figures, place: Place) -> Iterator[Way]:
    for order, simple in permutations(fig.x[min(place.layers or (0,))].width):
        yield Way("δ times another input of the layer", local=True, paired=simple, taken=_picked(order))


def _picked(order: list[int]) -> Equation:
    return lambda q: q.taken.picked(order)


def _preactivations(fig: Figures) -> list[Place] | str:
    if not fig.last:
        return "the network has no hidden layer"
    rank = EVERYWHERE if fig.layers == 2 else ONE_LAYER
    all_of_them = [Place(range(1, fig.layers))] if fig.layers > 2 else []
    return [*(Place([m], f"layer {m + 1}", rank) for m in range(1, fig.layers)), *all_of_them]


def _transposed(fig: Figures, place: Place) -> Iterator[Way]:
    (m,) = place.layers or ()
    rows, columns = fig.w[m].height, fig.w[m].width
    told = "rows and columns of dW exchanged"
    if rows != columns:
        yield Way(told, dw=lambda q: q.dw.turned().folded(columns))
    yield Way(told, dw=lambda q: q.dw.folded(rows).turned())
    if m and rows == columns:
        rank = EVERYWHERE if fig.layers == 2 else ONE_LAYER
        at = Place([m - 1], f"layer {m}", rank)
        yield Way("δ carried down by W for its transpose", place=at, carry=lambda q: q.carry.turned())


INPUTS = (
    Mistake(
        "transposed",
        "rows and columns are exchanged",
        "entry (neuron, input) of dW belongs to the weight from that input to that neuron",
        _matrices,
        _transposed,
        seen="makeyourownneuralnetwork#59",
    ),
    Mistake(
        "swapped-inputs",
        "the inputs are exchanged",
        "∂L/∂w is δ times the input that w multiplies",
        _several,
        _exchanged,
        rules={"mul": [("∂(ab)/∂a = a", lambda i, g, y, xs, share: g * xs[i])]},
    ),
    Mistake(
        "preactivation-for-activation",
        "the weighted sum stands where the activation belongs",
        "the input of the next layer is h, not z",
        _preactivations,
        always(Way("δ·z for δ·h", local=True, taken=lambda q: q.fig.z[q.m - 1])),
        seen="Grokking-Deep-Learning#9",
    ),
    Mistake(
        "weight-for-activation",
        "the weight stands where the activation belongs",
        "∂L/∂w is δ times the activation that w multiplies, not times w",
        each_layer,
        always(Way("δ·w for δ·h", local=True, dw=lambda q: q.summed.summed().turned() * q.w)),
    ),
    Mistake(
        "last-activation",
        "the sum of the δs is multiplied with the last sample's activation; add up δ times activation",
        "multiply δ and activation sample by sample, and add up the products",
        sampled,
        always(Way("(Σ δ)·h of the last sample for Σ δ·h", taken=lambda q: q.taken.chosen([q.taken.height - 1]))),
    ),
)
