"""The mistakes people make when they derive backpropagation by hand, each as a change to the textbook's pass."""

import math
from collections.abc import Callable, Collection, Iterator
from typing import Any

from autograd.diagnosis.hypothesis import CODES, EVERYWHERE, ONE_LAYER, Hypothesis
from autograd.diagnosis.layers import (
    bias_mistakes,
    carrying_mistakes,
    exponential,
    input_mistakes,
    logistic,
    slope_change,
    slope_mistakes,
    unit_mistakes,
    wrong_slopes,
)
from autograd.diagnosis.textbook import Change, Figures, Slopes, backward


def hypotheses(fig: Figures, lr: float | None) -> list[Hypothesis]:
    """Every mistake of the catalogue that can be made in this network, simplest first."""
    inside = (slope_mistakes, unit_mistakes, carrying_mistakes, input_mistakes, bias_mistakes)
    families = (_scales, _outputs, *inside, _sums, _signs)
    found = [hypothesis for family in families for hypothesis in family(fig, lr)]
    return sorted(found, key=lambda h: (h.rank, CODES.index(h.cause)))


# ---------------------------------------------------------------- factors


def scaled(factor: float, weights: bool = True, biases: bool = True, layers: Collection[int] | None = None) -> Change:
    """The gradients of some layers times a factor."""

    def final(dw: Any, db: Any, layer: int, lr: float) -> tuple[Any, Any]:
        if layers is not None and layer not in layers:
            return dw, db
        return [[factor * d for d in row] if weights else row for row in dw], [factor * d if biases else d for d in db]

    return Change(final=(final,))


def top_scaled(factor: float) -> Change:
    """The δ of the outputs times a factor, and so everything."""
    return Change(top=(lambda d, s, k: factor * d,))


def both_ways(factor: float) -> tuple[Change, Change]:
    """A factor in δ, and one in the gradients when they are done: alone the same, beside another mistake not."""
    return top_scaled(factor), scaled(factor)


def folded(rate: float) -> Hypothesis:
    """A learning rate folded into the gradients, where it is known."""
    return Hypothesis("learning-rate-folded-in", f"lr·∂L/∂w for ∂L/∂w with lr = {rate:g}", scaled(rate))


def _scales(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    n, outputs, last = fig.terms, len(fig.top[0]), fig.layers - 1
    for count in dict.fromkeys(c for c in (n, fig.samples, outputs) if c > 1 and n % c == 0):
        rank = EVERYWHERE if count in (n, fig.samples) else ONE_LAYER
        for change in both_ways(count):
            yield Hypothesis("summed-not-averaged", f"gradients are sums, the loss is a mean over {n}", change, rank)
        for change in both_ways(1 / count):
            yield Hypothesis("averaged-twice", f"1/{count} once in δ and once more in the gradients", change, rank)
        if last:
            below = scaled(1 / count, layers=range(last))
            yield Hypothesis(
                "averaged-twice", f"1/{count} once more in the hidden layers", below, rank, "the hidden layers"
            )
            if last > 1:
                again = Change(
                    final=(
                        lambda dw, db, m, lr, c=count: (
                            [[d / c ** (last - m) for d in row] for row in dw],
                            [d / c ** (last - m) for d in db],
                        ),
                    )
                )
                yield Hypothesis(
                    "averaged-twice", f"1/{count} once more in every layer", again, ONE_LAYER, "layer by layer"
                )
        for weights, what in ((True, "weights"), (False, "biases")):
            for factor, how in ((float(count), "summed"), (1.0 / count, "averaged twice")):
                change = scaled(factor, weights=weights, biases=not weights)
                yield Hypothesis(
                    "bias-averaged-differently", f"the gradients of {what} alone are {how}", change, rank, what
                )
    rank = EVERYWHERE if fig.square else ONE_LAYER
    for factor, formula in ((2.0, "2(ŷ - y) for ŷ - y"), (0.5, "ŷ - y for 2(ŷ - y)")):
        for change in both_ways(factor):
            yield Hypothesis("factor-two", formula, change, rank)
    for times in range(2, 11):
        change = scaled(times)
        yield Hypothesis("not-zeroed", f"the gradient added up in {times} passes", change, paired=times <= 4)
    for change in both_ways(1 / outputs) if outputs > 1 else ():
        yield Hypothesis("divided-by-outputs", f"divided by the {outputs} outputs", change)
    folded = Change(final=(lambda dw, db, m, lr: ([[lr * d for d in row] for row in dw], [lr * d for d in db]),))
    yield Hypothesis("learning-rate-folded-in", "lr·∂L/∂w for ∂L/∂w", folded, unknown=True, paired=False)


def _signs(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    for change in both_ways(-1.0):
        yield Hypothesis("sign", "y - ŷ for ŷ - y", change)
    for layer in reversed(range(fig.layers - 1)):
        rank = EVERYWHERE if layer == fig.layers - 2 else ONE_LAYER
        down = Change(slope=(lambda f, m, s, j, g, at=layer: -f if m == at else f,))
        yield Hypothesis("sign", "a minus lost in δ", down, rank, f"layer {layer + 1} and below", local=True)
    for layer in range(fig.layers) if fig.layers > 1 else ():
        alone = scaled(-1.0, layers=[layer])
        yield Hypothesis("sign", "a minus lost in the gradients", alone, ONE_LAYER, f"layer {layer + 1} alone")
    yield Hypothesis(
        "sign", "a minus lost in the gradients of biases", scaled(-1.0, weights=False), ONE_LAYER, "biases"
    )
    yield Hypothesis(
        "sign", "a minus lost in the gradients of weights", scaled(-1.0, biases=False), ONE_LAYER, "weights"
    )


# ---------------------------------------------------------------- outputs


def _outputs(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    f, last = fig.activations[-1], fig.layers - 1
    z, h = fig.z[last], fig.h[last]
    if f.name == "identity":
        yield from _logits(fig)
        return
    slope = fig.slope[last]
    missing = Change(top=(lambda d, s, k: fig.out[s][k],))
    yield Hypothesis("missing-output-derivative", "δ = ∂L/∂ŷ", missing, place="the output")
    extra = Change(top=(lambda d, s, k: d * slope[s][k],))
    yield Hypothesis("extra-output-derivative", f"δ times {f.name}'(z)", extra, place="the output")
    for cause, formula, at in wrong_slopes(f):
        change = Change(top=(lambda d, s, k, at=at: fig.out[s][k] * at(z[s][k], h[s][k]),))
        yield Hypothesis(cause, f"{formula} for the slope at the output", change, ONE_LAYER, "the output")
        everywhere = slope_change(range(last), fig, at).joined(change)
        if last:
            yield Hypothesis(cause, f"{formula} for every slope", everywhere, ONE_LAYER, "all layers")


def _logits(fig: Figures) -> Iterator[Hypothesis]:
    """σ or softmax hidden in the loss: their slope ŷ(1 - ŷ) has no place in δ."""
    z = fig.z[-1]
    yield Hypothesis(
        "extra-output-derivative",
        "δ times ŷ(1 - ŷ) with ŷ = σ(z)",
        Change(top=(lambda d, s, k: d * logistic(z[s][k]) * logistic(-z[s][k]),)),
        place="the output",
    )
    if len(z[0]) > 1:

        def softmax(s: int, k: int) -> float:
            return 1.0 / sum(exponential(other - z[s][k]) for other in z[s])

        extra = Change(top=(lambda d, s, k: d * softmax(s, k) * (1.0 - softmax(s, k)),))
        yield Hypothesis("extra-output-derivative", "δ times ŷ(1 - ŷ) with ŷ = softmax(z)", extra, place="the output")


# ---------------------------------------------------------------- sums over samples


def _sums(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    last = fig.samples - 1
    if not last:
        return
    whole = fig.samples if fig.terms % fig.samples == 0 else 1
    for factor, how in {1.0: "", float(whole): ", without the mean's 1/N"}.items():
        change = Change(share=(lambda x, m, s, factor=factor: factor * x if s == last else 0.0,))
        yield Hypothesis("last-sample-only", f"only the last of {last + 1} samples{how}", change)
        for layer in range(fig.layers) if fig.layers > 1 else ():
            change = Change(
                share=(lambda x, m, s, at=layer, factor=factor: x if m != at else factor * x if s == last else 0.0,)
            )
            yield Hypothesis(
                "last-sample-only", f"only the last of {last + 1} samples{how}", change, ONE_LAYER, f"layer {layer + 1}"
            )


def solve(fig: Figures, change: Change, read: Callable[[list[Slopes]], float], wanted: float) -> float | None:
    """The learning rate at which an entry of the gradients, `read`, is the number wanted; None where there is none."""

    def miss(lr: float) -> float:
        return read(list(backward(fig, change, lr))) - wanted

    a, b = 0.0, 1.0
    at_a, at_b = miss(a), miss(b)
    for _ in range(20):  # the secant's steps; it is linear in most cases
        if at_b == at_a or not math.isfinite(at_b):
            return None
        step = -at_b * (b - a) / (at_b - at_a)
        a, b, at_a = b, b + step, at_b
        if not math.isfinite(b):
            return None
        if abs(step) <= 1e-10 * abs(b):
            return b
        at_b = miss(b)
        if at_b == 0.0 or at_b == at_a:
            return b
    return None
