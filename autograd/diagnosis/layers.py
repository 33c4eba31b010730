"""The mistakes that are made inside the layers: in slopes, in the weights that carry δ, in what δ is multiplied by."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from autograd.diagnosis.hypothesis import EVERYWHERE, ONE_LAYER, PERMUTED_AT_MOST, Hypothesis
from autograd.diagnosis.textbook import Change, Figures

# ---------------------------------------------------------------- slopes of activations


def exp_as_x(x: float, y: float) -> float:
    """The slope of y = eˣ taken as x."""
    return x


def exp_as_power(x: float, y: float) -> float:
    """The slope of y = eˣ taken as that of a power, x·eˣ⁻¹."""
    return x * y / math.e


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
    if "exp" in f.operations:
        yield "exp-derivative", "exp'(x) = x", lambda z, h: f.slope(z, {"exp": exp_as_x})
        yield "exp-derivative", "exp'(x) = x·exp(x - 1)", lambda z, h: f.slope(z, {"exp": exp_as_power})
    if f.name != "sigmoid":
        yield "wrong-activation-derivative", "h(1 - h), the slope of σ by h,", lambda z, h: h * (1.0 - h)
        yield "wrong-activation-derivative", "σ'(z)", lambda z, h: logistic(z) * logistic(-z)
    if f.name != "tanh":
        yield "wrong-activation-derivative", "1 - h², the slope of tanh by h,", lambda z, h: 1.0 - h * h
        yield "wrong-activation-derivative", "tanh'(z)", lambda z, h: 4.0 * logistic(2.0 * z) * logistic(-2.0 * z)
    if f.name != "relu":
        yield "wrong-activation-derivative", "relu'(z)", lambda z, h: float(z > 0.0)
        yield "wrong-activation-derivative", "relu'(h)", lambda z, h: float(h > 0.0)


def slope_change(layers: Iterable[int], fig: Figures, at: Callable[[float, float], float]) -> Change:
    """In the chosen layers, f'(z) computed as `at(z, h)`."""
    chosen = set(layers)
    return Change(slope=(lambda f, m, s, j, g: at(fig.z[m][s][j], fig.h[m][s][j]) if m in chosen else f,))


def slope_mistakes(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    """Wrong slopes of the hidden activations."""
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
                yield Hypothesis(cause, f"{formula} for f'(z)", slope_change(layers, fig, at), rank, place, local=True)


def hidden(fig: Figures) -> Iterator[tuple[Sequence[int], int, str]]:
    """(layers, rank, place) for all hidden layers together, and for each where there are several."""
    layers = range(fig.layers - 1)
    if len(layers) >= 1:
        yield layers, EVERYWHERE, "the hidden layer" if len(layers) == 1 else "all hidden layers"
    if len(layers) > 1:
        for layer in layers:
            yield [layer], ONE_LAYER, f"layer {layer + 1}"


def unit_mistakes(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    """Slopes taken from another unit or another layer."""
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


def carrying_mistakes(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    """Other weights than W of the forward pass carrying δ down."""
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


def input_mistakes(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    """Something else than the input of the layer multiplied with δ."""
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


def bias_mistakes(fig: Figures, lr: float | None) -> Iterator[Hypothesis]:
    """Gradients of biases that are not the sum of δ over the samples."""
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


def _times_input(fig: Figures, i: int, d: float, m: int, s: int, j: int) -> float:
    inputs = fig.x[m][s]
    return d * inputs[min(i, len(inputs) - 1)]


def exponential(x: float) -> float:
    """eˣ, infinite where it is too large for a float."""
    return math.exp(x) if x < 709.0 else math.inf


def logistic(x: float) -> float:
    """1/(1 + e⁻ˣ) of any x."""
    return 1.0 / (1.0 + math.exp(-x)) if x > -709.0 else math.exp(x)
