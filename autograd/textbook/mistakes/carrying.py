"""Mistakes in what carries δ down from layer to layer."""

from collections.abc import Iterator

from autograd.textbook.backward import Equation, Figures
from autograd.textbook.mistake import (
    BELOW,
    ONE_LAYER,
    Course,
    Mistake,
    Place,
    Way,
    always,
    below,
    each_hidden,
    hidden,
    hidden_of_samples,
    permutations,
)


def _several(fig: Figures) -> list[Place] | str:
    if max(layer.width for layer in fig.h[:-1] or fig.h) > 1:
        return each_hidden(fig)
    return "there are no two hidden units to confuse"


def _exchanged(fig: Figures, place: Place) -> Iterator[Way]:
    (m,) = place.layers or ()
    for order, simple in permutations(fig.h[m].width):
        yield Way("the outgoing weights of other units", paired=simple, carry=_columns(order))
    above = fig.h[m + 1].width
    for order, _ in permutations(above) if above > 1 else ():
        exchanged = "the weights of the units above exchanged"
        yield Way(exchanged, place=place._replace(rank=ONE_LAYER), paired=False, carry=_rows(order))


def _columns(order: list[int]) -> Equation:
    return lambda q: q.carry.picked(order)


def _rows(order: list[int]) -> Equation:
    return lambda q: q.carry.chosen(order)


CARRYING = (
    Mistake(
        "updated-weight",
        "it uses the weight after its update; the prediction was made with the old one",
        "compute all gradients with the old weights first, then update them all",
        below,
        lambda fig, place: [
            Way(
                "δ carried down by w - lr·∂L/∂w, the weight after its update, for w",
                place=Place(range(fig.last)),
                local=True,
                carry=lambda q: q.carry - q.lr * q.above.dw,
            )
        ],
        unknown=BELOW,
        course=Course(late=False),
        seen="joelgrus/data-science-from-scratch#31, Toy-Neural-Network-JS#72",
    ),
    Mistake(
        "gradient-for-weight",
        "the gradient stands in the place of the weight that carries the error down",
        "carry δ down by the weights W, not by their gradients dW",
        hidden,
        always(Way("δ carried down by dW for W", local=True, carry=lambda q: q.above.dw)),
    ),
    Mistake(
        "missing-weight",
        "the weight on the path is missing",
        "multiply the δ above by the weight that it comes through",
        hidden,
        always(Way("δ = Σ δ·f'(z) without w", local=True, carry=lambda q: 1.0)),
    ),
    Mistake(
        "swapped-weights",
        "the outgoing weights of the units are exchanged",
        "carry δ down to a unit by the weight that goes out of that unit",
        _several,
        _exchanged,
    ),
    Mistake(
        "averaged-delta",
        "the averaged gradient of the bias is handed down as δ; hand down δ itself",
        "hand down the δ of each sample, not the gradient of the bias, which is their sum",
        hidden_of_samples,
        always(
            Way("db/N handed down for δ", paired=False, handed=lambda q: q.above.db * (1 / q.fig.samples)),
            Way("db handed down for δ", paired=False, handed=lambda q: q.above.db),
        ),
    ),
)
