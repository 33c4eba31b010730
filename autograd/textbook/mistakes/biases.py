"""Mistakes in the gradients of biases."""

from collections.abc import Iterator

from autograd.textbook.backward import Equation, Figures
from autograd.textbook.mistake import PERMUTED_AT_MOST, Mistake, Place, Way, always, biases, each_hidden


def _zero(fig: Figures, place: Place) -> Iterator[Way]:
    yield Way("∂L/∂b = 0", local=place.layers is None, shares=lambda q: 0.0)


def _one(fig: Figures, place: Place) -> Iterator[Way]:
    n, local = fig.terms, place.layers is None
    yield Way("∂L/∂b = 1", local=local, shares=lambda q: 1.0 / q.fig.samples)
    if fig.samples > 1:
        yield Way(f"∂L/∂b = {fig.samples}, 1 for every sample", local=local, shares=lambda q: 1.0)
    if n not in (1, fig.samples):
        yield Way(f"∂L/∂b = 1/{n} for every sample", local=local, shares=lambda q: 1.0 / n)


def _with_input(fig: Figures, place: Place) -> Iterator[Way]:
    local, most = place.layers is None, max(layer.width for layer in fig.x)
    for i in range(most if most <= PERMUTED_AT_MOST else 2):
        yield Way(f"∂L/∂b = δ·x{i + 1}", local=local, shares=_times_input(i))
    yield Way("∂L/∂b = δ·h", local=local, shares=lambda q: q.shares * q.h)
    yield Way("∂L/∂b = δ·Σx", local=local, shares=lambda q: q.shares * q.x.totals())


def _times_input(i: int) -> Equation:
    return lambda q: q.shares * q.x.picked([min(i, q.x.width - 1)])


BIASES = (
    Mistake(
        "bias-zero",
        "the gradient of a bias is δ, not 0",
        "a bias has a gradient too: δ",
        biases,
        _zero,
        seen="simple-neural-network PR#10",
    ),
    Mistake("bias-one", "the gradient of a bias is δ, not 1", "the gradient of a bias is δ · 1, not 1", biases, _one),
    Mistake(
        "bias-with-input",
        "the gradient of a bias is δ alone, without an activation",
        "the gradient of a bias is δ alone: its input is 1",
        biases,
        _with_input,
    ),
    Mistake(
        "bias-without-weight",
        "the bias's δ lacks the weight on the path; it is the δ that the weights have",
        "take the same δ for a bias as for the weights of its neuron, with the weight on the path in it",
        each_hidden,
        always(
            Way(
                "∂L/∂b = Σ δ·f'(z) without w",
                shares=lambda q: q.handed.totals() * q.slope,
            )
        ),
    ),
    Mistake(
        "bias-summed-over-units",
        "a sum without axis gives every bias of the layer one number; add over the samples alone",
        "add δ up over the samples, not over the units of the layer",
        biases,
        always(Way("∂L/∂b = Σ δ over all units", db=lambda q: q.db.totals())),
    ),
)
