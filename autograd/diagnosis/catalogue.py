"""The mistakes people make when they derive backpropagation by hand, each as a change to the textbook's pass."""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from autograd.diagnosis.textbook import Change, Figures, Slopes, backward

EVERYWHERE, ONE_LAYER, ONE_PLACE = range(3)
"""How particular a mistake is: simpler ones come first."""

PERMUTED_AT_MOST = 8
"""With more units than this, only neighbours are exchanged."""


class Hypothesis(NamedTuple):
    """One mistake at one place.

    cause    its code
    formula  what is computed with it, in textbook notation
    change   the same for `textbook.backward`
    rank     EVERYWHERE, ONE_LAYER or ONE_PLACE
    place    where, in words
    unknown  whether it has a learning rate to be solved for
    local    whether it can be made in a single neuron
    paired   whether it is tried together with another
    """

    cause: str
    formula: str
    change: Change
    rank: int = EVERYWHERE
    place: str = "everywhere"
    unknown: bool = False
    local: bool = False
    paired: bool = True


REMEDIES = {
    "summed-not-averaged": "divide by the number of terms that the loss averages, once",
    "averaged-twice": "divide by the number of terms once: either in δ or in the gradients",
    "bias-averaged-differently": "average the gradients of weights and biases alike",
    "factor-two": "(ŷ - y)² has the slope 2(ŷ - y), and ½(ŷ - y)² has ŷ - y",
    "sign": "take ŷ - y, not y - ŷ, and keep every minus on the way",
    "updated-weight": "compute all gradients with the old weights first, then update them all",
    "missing-output-derivative": "multiply ∂L/∂ŷ by the slope of the output's activation",
    "extra-output-derivative": "cross-entropy and σ or softmax together give ŷ - y: the slope cancels, leave it out",
    "missing-hidden-derivative": "multiply Σ δ·w by the slope f'(z) of the hidden unit's activation",
    "derivative-at-activation": "take f' at z, not at h = f(z)",
    "shortcut-at-preactivation": "h(1 - h) and 1 - h² take the activation h, not the weighted sum z",
    "half-derivative": "the slope of σ is h times (1 - h), of tanh (1 - h) times (1 + h): keep both factors",
    "wrong-activation-derivative": "take the slope of the activation that the layer has",
    "wrong-layer-activation": "take slope and activation of the very unit whose δ it is",
    "gradient-for-weight": "carry δ down by the weights W, not by their gradients dW",
    "missing-weight": "multiply the δ above by the weight that it comes through",
    "swapped-weights": "carry δ down to a unit by the weight that goes out of that unit",
    "transposed": "entry (neuron, input) of dW belongs to the weight from that input to that neuron",
    "swapped-inputs": "∂L/∂w is δ times the input that w multiplies",
    "preactivation-for-activation": "the input of the next layer is h, not z",
    "bias-zero": "a bias has a gradient too: δ",
    "bias-one": "the gradient of a bias is δ · 1, not 1",
    "bias-with-input": "the gradient of a bias is δ alone: its input is 1",
    "last-sample-only": "add the shares of all samples and paths up: += where = stands",
    "not-zeroed": "set the gradients to 0 before each backward pass",
    "learning-rate-folded-in": "the learning rate belongs into the update, not into the gradient",
    "divided-by-outputs": "cross-entropy is a sum over classes: do not divide by their number",
    "exp-derivative": "the slope of exp(x) is exp(x) itself",
    "relu-mask": "relu lets the gradient through where z > 0, whatever the sign of the gradient, and nowhere else",
}
"""How each mistake is put right."""

CODES = tuple(REMEDIES)
"""The codes of all mistakes, simplest first where two explain the same numbers."""


def hypotheses(fig: Figures, lr: float | None) -> list[Hypothesis]:
    """Every mistake of the catalogue that can be made in this network, simplest first."""
    families = (_scales, _outputs, _slopes, _other_units, _carried, _taken, _biases, _sums, _signs)
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
        everywhere = _slope_change(range(last), fig, at).joined(change)
        if last:
            yield Hypothesis(cause, f"{formula} for every slope", everywhere, ONE_LAYER, "all layers")


def _logits(fig: Figures) -> Iterator[Hypothesis]:
    """σ or softmax hidden in the loss: their slope ŷ(1 - ŷ) has no place in δ."""
    z = fig.z[-1]
    yield Hypothesis(
        "extra-output-derivative",
        "δ times ŷ(1 - ŷ) with ŷ = σ(z)",
        Change(top=(lambda d, s, k: d * _sigma(z[s][k]) * _sigma(-z[s][k]),)),
        place="the output",
    )
    if len(z[0]) > 1:

        def softmax(s: int, k: int) -> float:
            return 1.0 / sum(_exp(other - z[s][k]) for other in z[s])

        extra = Change(top=(lambda d, s, k: d * softmax(s, k) * (1.0 - softmax(s, k)),))
        yield Hypothesis("extra-output-derivative", "δ times ŷ(1 - ŷ) with ŷ = softmax(z)", extra, place="the output")


# ---------------------------------------------------------------- slopes of activations


def wrong_slopes(f: Any) -> Iterator[tuple[str, str, Callable[[float, float], float]]]:
    """(cause, formula, function of z and h) for every wrong slope of an activation."""
    yield "derivative-at-activation", f"{f.name}'(h)", lambda z, h: f.slope(h)
    if f.name == "sigmoid":
        yield "shortcut-at-preactivation", "z(1 - z)", lambda z, h: z * (1.0 - z)
        yield "half-derivative", "h", lambda z, h: h
        yield "half-derivative", "1 - h", lambda z, h: 1.0 - h
    elif f.name == "tanh":
        yield "shortcut-at-preactivation", "1 - z²", lambda z, h: 1.0 - z * z
        yield "half-derivative", "1 - h", lambda z, h: 1.0 - h
        yield "half-derivative", "1 + h", lambda z, h: 1.0 + h
        yield "half-derivative", "h", lambda z, h: h
        yield "half-derivative", "h²", lambda z, h: h * h
    else:
        yield "shortcut-at-preactivation", "z(1 - z)", lambda z, h: z * (1.0 - z)
        yield "half-derivative", "h", lambda z, h: h
    if f.name != "sigmoid":
        yield "wrong-activation-derivative", "h(1 - h), the slope of σ by h,", lambda z, h: h * (1.0 - h)
        yield "wrong-activation-derivative", "σ'(z)", lambda z, h: _sigma(z) * _sigma(-z)
    if f.name != "tanh":
        yield "wrong-activation-derivative", "1 - h², the slope of tanh by h,", lambda z, h: 1.0 - h * h
        yield "wrong-activation-derivative", "tanh'(z)", lambda z, h: 4.0 * _sigma(2.0 * z) * _sigma(-2.0 * z)
    if f.name != "relu":
        yield "wrong-activation-derivative", "relu'(z)", lambda z, h: float(z > 0.0)
        yield "wrong-activation-derivative", "relu'(h)", lambda z, h: float(h > 0.0)


def _slope_change(layers: Iterable[int], fig: Figures, at: Callable[[float, float], float]) -> Change:
    chosen = set(layers)
    return Change(slope=(lambda f, m, s, j, g: at(fig.z[m][s][j], fig.h[m][s][j]) if m in chosen else f,))


def _slopes(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    for layers, rank, place in hidden(fig):
        chosen = set(layers)
        f = fig.activations[layers[0]]
        one = Change(slope=(lambda f, m, s, j, g, on=chosen: 1.0 if m in on else f,))
        yield Hypothesis("missing-hidden-derivative", "δ = Σ δ·w without f'(z)", one, rank, place, local=True)
        if f.name in ("relu", "leaky_relu"):
            yield Hypothesis(
                "relu-mask", "the gradient passed whole, without the mask z > 0", one, rank, place, local=True
            )
            signed = Change(slope=(lambda f, m, s, j, g, on=chosen: float(g > 0.0) if m in on else f,))
            yield Hypothesis("relu-mask", "the mask taken of the gradient: Σ δ·w > 0", signed, rank, place, local=True)
            both = Change(slope=(lambda f, m, s, j, g, on=chosen: f * (g > 0.0) if m in on else f,))
            yield Hypothesis("relu-mask", "the mask taken of the gradient too", both, rank, place, local=True)
        if all(fig.activations[m].name == f.name for m in layers):
            for cause, formula, at in wrong_slopes(f):
                yield Hypothesis(cause, f"{formula} for f'(z)", _slope_change(layers, fig, at), rank, place, local=True)


def hidden(fig: Figures) -> Iterator[tuple[Sequence[int], int, str]]:
    """(layers, rank, place) for all hidden layers together, and for each where there are several."""
    layers = range(fig.layers - 1)
    if len(layers) >= 1:
        yield layers, EVERYWHERE, "the hidden layer" if len(layers) == 1 else "all hidden layers"
    if len(layers) > 1:
        for layer in layers:
            yield [layer], ONE_LAYER, f"layer {layer + 1}"


def _other_units(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    for layer in range(fig.layers - 1):
        size = len(fig.h[layer][0])
        rank = EVERYWHERE if fig.layers == 2 else ONE_LAYER
        place = f"layer {layer + 1}"
        for order, simple in permutations(size):
            change = Change(slope=(lambda f, m, s, j, g, at=layer, to=order: fig.slope[m][s][to[j]] if m == at else f,))
            yield Hypothesis(
                "wrong-layer-activation", "f'(z) of another unit of the layer", change, rank, place, paired=simple
            )
        for unit in range(size if size <= PERMUTED_AT_MOST else 0):
            change = Change(slope=(lambda f, m, s, j, g, at=layer, k=unit: fig.slope[m][s][k] if m == at else f,))
            yield Hypothesis(
                "wrong-layer-activation",
                f"f'(z) of unit {unit + 1} for all units",
                change,
                rank,
                place,
                local=True,
                paired=False,
            )
        for other in range(fig.layers):
            if other == layer:
                continue
            units = len(fig.h[other][0])
            if units == 1 or units == size:
                change = Change(
                    slope=(
                        lambda f, m, s, j, g, at=layer, o=other, one=units == 1: (
                            fig.slope[o][s][0 if one else j] if m == at else f
                        ),
                    )
                )
                yield Hypothesis(
                    "wrong-layer-activation", f"the slope of layer {other + 1}", change, rank, place, local=True
                )
                by_own = _shortcut(fig, layer, other, units == 1)
                yield Hypothesis(
                    "wrong-layer-activation",
                    f"the slope by the activations of layer {other + 1}",
                    by_own,
                    rank,
                    place,
                    local=True,
                )


def _shortcut(fig: Figures, layer: int, other: int, one: bool) -> Change:
    """The slope of a layer's own activation, by h of another layer."""
    name = fig.activations[layer].name
    form = (
        (lambda h: 1.0 - h * h)
        if name == "tanh"
        else (lambda h: h * (1.0 - h))
        if name == "sigmoid"
        else (lambda h: float(h > 0.0))
    )
    return Change(slope=(lambda f, m, s, j, g: form(fig.h[other][s][0 if one else j]) if m == layer else f,))


def permutations(size: int) -> Iterator[tuple[list[int], bool]]:
    """(order, whether it is tried in pairs): exchanges of two, the reverse, rotations."""
    seen = set()
    plain = list(range(size))
    firsts = [plain[::-1], plain[1:] + plain[:1], plain[-1:] + plain[:-1]]
    swaps = []
    for a in range(size):
        for b in range(a + 1, size if size <= PERMUTED_AT_MOST else min(a + 2, size)):
            order = list(plain)
            order[a], order[b] = b, a
            swaps.append(order)
    for number, order in enumerate(firsts + swaps):
        if order != plain and tuple(order) not in seen:
            seen.add(tuple(order))
            yield order, number < len(firsts) or size <= 4


# ---------------------------------------------------------------- weights that carry δ down


def _carried(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    if fig.layers > 1:
        updated = Change(carry=(lambda w, m, k, j, dw, lr: w - lr * dw[k][j],))
        yield Hypothesis(
            "updated-weight",
            "δ carried down by w - lr·∂L/∂w, the weight after its update, for w",
            updated,
            unknown=True,
            local=True,
        )
    for layers, rank, place in hidden(fig):
        on = set(layers)
        gradient = Change(carry=(lambda w, m, k, j, dw, lr, on=on: dw[k][j] if m in on else w,))
        yield Hypothesis("gradient-for-weight", "δ carried down by dW for W", gradient, rank, place, local=True)
        without = Change(carry=(lambda w, m, k, j, dw, lr, on=on: 1.0 if m in on else w,))
        yield Hypothesis("missing-weight", "δ = Σ δ·f'(z) without w", without, rank, place, local=True)
    for layer in range(fig.layers - 1):
        rank = EVERYWHERE if fig.layers == 2 else ONE_LAYER
        size, w = len(fig.h[layer][0]), fig.w[layer + 1]
        for order, simple in permutations(size):
            change = Change(
                carry=(lambda x, m, k, j, dw, lr, at=layer, to=order: fig.w[m + 1][k][to[j]] if m == at else x,)
            )
            yield Hypothesis(
                "swapped-weights",
                "the outgoing weights of other units",
                change,
                rank,
                f"layer {layer + 1}",
                paired=simple,
            )
        if len(w) > 1:
            for order, _ in permutations(len(w)):
                change = Change(
                    carry=(lambda x, m, k, j, dw, lr, at=layer, to=order: fig.w[m + 1][to[k]][j] if m == at else x,)
                )
                yield Hypothesis(
                    "swapped-weights",
                    "the weights of the units above exchanged",
                    change,
                    ONE_LAYER,
                    f"layer {layer + 1}",
                    paired=False,
                )
            if len(w) == size:
                change = Change(carry=(lambda x, m, k, j, dw, lr, at=layer: fig.w[m + 1][j][k] if m == at else x,))
                yield Hypothesis(
                    "transposed", "δ carried down by W for its transpose", change, rank, f"layer {layer + 1}"
                )
        above = len(fig.top[0]) if layer == fig.layers - 2 else len(fig.h[layer + 1][0])
        if above > 1:
            last = Change(terms=(lambda terms, m, at=layer: terms[-1:] if m == at else terms,))
            yield Hypothesis(
                "last-sample-only", "only the last path: δ·w of the last unit above", last, rank, f"layer {layer + 1}"
            )


# ---------------------------------------------------------------- what δ is multiplied by


def _taken(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    for layer in range(fig.layers):
        inputs, place = len(fig.x[layer][0]), f"layer {layer + 1}"
        for order, simple in permutations(inputs):
            change = Change(taken=(lambda x, m, s, j, i, at=layer, to=order: fig.x[m][s][to[i]] if m == at else x,))
            yield Hypothesis(
                "swapped-inputs",
                "δ times another input of the layer",
                change,
                EVERYWHERE,
                place,
                local=True,
                paired=simple,
            )
        if layer:
            change = Change(taken=(lambda x, m, s, j, i, at=layer: fig.z[m - 1][s][i] if m == at else x,))
            rank = EVERYWHERE if fig.layers == 2 else ONE_LAYER
            yield Hypothesis("preactivation-for-activation", "δ·z for δ·h", change, rank, place, local=True)
        for other in range(fig.layers):
            if other != layer and len(fig.x[other][0]) == inputs:
                change = Change(taken=(lambda x, m, s, j, i, at=layer, o=other: fig.x[o][s][i] if m == at else x,))
                yield Hypothesis(
                    "wrong-layer-activation",
                    f"δ times the inputs of layer {other + 1}",
                    change,
                    EVERYWHERE,
                    place,
                    local=True,
                )
        yield from _transposed(fig, layer)
    if fig.layers > 2:
        change = Change(taken=(lambda x, m, s, j, i: fig.z[m - 1][s][i] if m else x,))
        yield Hypothesis("preactivation-for-activation", "δ·z for δ·h", change)


def _transposed(fig: Figures, layer: int) -> Iterator[Hypothesis]:
    rows, columns = len(fig.w[layer]), len(fig.w[layer][0])
    if min(rows, columns) < 2:
        return

    def by_columns(dw: Any, db: Any, m: int, lr: float) -> tuple[Any, Any]:
        flat = [d for column in zip(*dw, strict=True) for d in column]
        return ([flat[j * columns : (j + 1) * columns] for j in range(rows)] if m == layer else dw), db

    def by_rows(dw: Any, db: Any, m: int, lr: float) -> tuple[Any, Any]:
        flat = [d for row in dw for d in row]
        return ([[flat[i * rows + j] for i in range(columns)] for j in range(rows)] if m == layer else dw), db

    for final in (by_columns, by_rows) if rows != columns else (by_rows,):
        yield Hypothesis(
            "transposed", "rows and columns of dW exchanged", Change(final=(final,)), EVERYWHERE, f"layer {layer + 1}"
        )


def _biases(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    n = fig.terms if fig.terms > 1 else 1
    kinds: list[tuple[str, str, Callable[[float, int, int, int], float]]] = [
        ("bias-zero", "∂L/∂b = 0", lambda d, m, s, j: 0.0),
        ("bias-one", "∂L/∂b = 1", lambda d, m, s, j: 1.0 / fig.samples),
    ]
    if fig.samples > 1:
        kinds.append(("bias-one", f"∂L/∂b = {fig.samples}, 1 for every sample", lambda d, m, s, j: 1.0))
        if n not in (1, fig.samples):
            kinds.append(("bias-one", f"∂L/∂b = 1/{n} for every sample", lambda d, m, s, j: 1.0 / n))
    most = max(len(rows[0]) for rows in fig.x)
    kinds += [
        (
            "bias-with-input",
            f"∂L/∂b = δ·x{i + 1}",
            partial(_times_input, fig, i),
        )
        for i in range(most if most <= PERMUTED_AT_MOST else 2)
    ]
    kinds.append(("bias-with-input", "∂L/∂b = δ·h", lambda d, m, s, j: d * fig.h[m][s][j]))
    kinds.append(("bias-with-input", "∂L/∂b = δ·Σx", lambda d, m, s, j: d * sum(fig.x[m][s])))
    for cause, formula, share in kinds:
        yield Hypothesis(cause, formula, Change(bias=(share,)), place="all biases", local=True)
        for layer in range(fig.layers) if fig.layers > 1 else ():
            change = Change(bias=(lambda d, m, s, j, at=layer, share=share: share(d, m, s, j) if m == at else d,))
            yield Hypothesis(cause, formula, change, EVERYWHERE, f"the biases of layer {layer + 1}")


# ---------------------------------------------------------------- sums over samples


def _times_input(fig: Figures, i: int, d: float, m: int, s: int, j: int) -> float:
    inputs = fig.x[m][s]
    return d * inputs[min(i, len(inputs) - 1)]


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


def _exp(x: float) -> float:
    return math.exp(x) if x < 709.0 else math.inf


def _sigma(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > -709.0 else math.exp(x)
