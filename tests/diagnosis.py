"""Every mistake of the catalogue planted in networks of many shapes, and how often the diagnosis names it.

The derivations here are written with matrices, apart from the package's own textbook pass; those of
`tests.planter` with loops, from the catalogue alone. Run `python -m tests.diagnosis` for the full count
(`--seeds 5` for a first look).
"""

import argparse
import itertools
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import compare, exp
from autograd.value import Value
from nn import MLP, bce, cross_entropy, half_squared_error, mse
from tests import planter

SHAPES = ((2, 2, 1), (2, 3, 1), (3, 4, 2), (2, 3, 2, 1), (3, 3, 3, 2), (4, 8, 3))
ACTIVATIONS = ("sigmoid", "tanh", "relu")
LOSSES = ("bce", "mse", "half", "cross-entropy")
SAMPLES = (1, 2, 4, 7)

Array = Any
Step = Callable[..., Any]


class Case(NamedTuple):
    """One network at one point, with its samples."""

    shape: tuple[int, ...]
    activation: str
    loss: str
    samples: int
    seed: int


class Problem:
    """The numbers of a case: matrices with one column per neuron."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.rng = np.random.default_rng(
            [case.seed, *case.shape, case.samples, ACTIVATIONS.index(case.activation), LOSSES.index(case.loss)]
        )
        sizes = case.shape
        self.w = [self.rng.normal(0, 1, (n, m)) for n, m in itertools.pairwise(sizes)]
        self.b = [self.rng.normal(0, 0.5, m) for m in sizes[1:]]
        self.x = self.rng.normal(0, 1, (case.samples, sizes[0]))
        self.k = sizes[-1]
        if case.loss == "cross-entropy":
            self.y: Array = self.rng.integers(0, self.k, case.samples)
        else:
            self.y = self.rng.integers(0, 2, (case.samples, self.k)).astype(float)
        self.output = "linear" if case.loss == "cross-entropy" else "sigmoid"
        self.terms = case.samples if case.loss == "cross-entropy" else case.samples * self.k
        self.z: list[Array] = []
        self.a: list[Array] = [self.x]
        for number, (w, b) in enumerate(zip(self.w, self.b, strict=True)):
            self.z.append(self.a[-1] @ w + b)
            kind = self.output if number == len(self.w) - 1 else case.activation
            self.a.append(activation(kind, self.z[-1]))

    def model(self, activation: Any = None) -> MLP:
        """The same as a network of the package."""
        model = MLP(self.case.shape[0], list(self.case.shape[1:]), activation or self.case.activation, self.output)
        for layer, w, b in zip(model.layers, self.w, self.b, strict=True):
            for neuron, weights, bias in zip(layer.neurons, w.T, b, strict=True):
                neuron.b.data = bias
                for parameter, number in zip(neuron.w, weights, strict=True):
                    parameter.data = number
        return model

    def graph(self, model: MLP) -> Value:
        """The loss."""
        predictions = [model(list(x)) for x in self.x]
        if self.case.loss == "cross-entropy":
            loss: Value = cross_entropy(predictions, [int(y) for y in self.y])
            return loss
        function = {"bce": bce, "mse": mse, "half": half_squared_error}[self.case.loss]
        return function(predictions, self.y.tolist())  # type: ignore[no-any-return]


def activation(kind: str, z: Array) -> Array:
    if kind == "sigmoid":
        return 1 / (1 + np.exp(-z))
    return {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0), "linear": lambda z: z}[kind](z)


def slope(kind: str, z: Array) -> Array:
    if kind == "sigmoid":
        return np.exp(-z) / (1 + np.exp(-z)) ** 2
    if kind == "tanh":
        return 1 / np.cosh(z) ** 2
    return (z > 0).astype(float) if kind == "relu" else np.ones_like(z)


class Hand:
    """A derivation by hand; a mistake replaces one of these methods or options."""

    def __init__(self, p: Problem) -> None:
        self.p = p
        self.lr = 0.1
        self.update_first = False
        self.slopes: Callable[[int, Array], Array] = lambda layer, g: slope(p.case.activation, p.z[layer])
        self.output: Callable[[], Array] = self.error
        self.down: Callable[[int, Array, Array], Array] = lambda layer, d, dw: d @ p.w[layer + 1].T
        self.inputs: Callable[[int], Array] = lambda layer: p.a[layer]
        self.bias: Callable[[int, Array], Array] = lambda layer, d: d.sum(0)
        self.sum: Callable[[int, Array], Array] = lambda layer, d: d
        self.after: list[Callable[[int, Array, Array], tuple[Array, Array]]] = []

    def by_output(self) -> Array:
        """∂L/∂ŷ, for losses of ŷ."""
        p = self.p
        y_hat = p.a[-1]
        if p.case.loss == "bce":
            return (y_hat - p.y) / (y_hat * (1 - y_hat)) / p.terms
        return (2 if p.case.loss == "mse" else 1) * (y_hat - p.y) / p.terms

    def error(self) -> Array:
        """δ of the outputs."""
        p = self.p
        if p.case.loss == "cross-entropy":
            e = np.exp(p.z[-1] - p.z[-1].max(1, keepdims=True))
            return (e / e.sum(1, keepdims=True) - np.eye(p.k)[p.y]) / p.terms
        if p.case.loss == "bce":
            return (p.a[-1] - p.y) / p.terms
        return self.by_output() * slope("sigmoid", p.z[-1])

    def gradients(self) -> tuple[list[Array], list[Array]]:
        """dW and db of all layers."""
        dw: list[Array] = [None] * len(self.p.w)
        db: list[Array] = [None] * len(self.p.w)
        w = self.p.w
        self.p.w = [m.copy() for m in w]
        delta = self.output()
        for layer in reversed(range(len(w))):
            if layer < len(w) - 1:
                g = self.down(layer, delta, dw[layer + 1])
                delta = g * self.slopes(layer, g)
            used = self.sum(layer, delta)
            dw[layer], db[layer] = self.inputs(layer).T @ used, self.bias(layer, used)
            for change in self.after:
                dw[layer], db[layer] = change(layer, dw[layer], db[layer])
            if self.update_first:
                self.p.w[layer] = self.p.w[layer] - self.lr * dw[layer]
        self.p.w = w
        return dw, db


Plant = Callable[[Hand, Problem, Any], Any]


def everywhere(
    factor: float, weights: bool = True, biases: bool = True, layers: Any = None
) -> Callable[[int, Array, Array], tuple[Array, Array]]:
    def after(layer: int, dw: Array, db: Array) -> tuple[Array, Array]:
        hit = layers is None or layer in layers
        return dw * (factor if weights and hit else 1), db * (factor if biases and hit else 1)

    return after


def plant_factor(choose: Callable[[Problem, Any], Any]) -> Plant:
    def plant(hand: Hand, p: Problem, rng: Any) -> Any:
        change = choose(p, rng)
        if change is None:
            return False
        hand.after.append(change)
        return True

    return plant


def at_hidden(formula: Callable[[Problem, int, Any], Callable[[Array], Array] | None]) -> Plant:
    """The slope of all hidden layers by a formula of the layer."""

    def plant(hand: Hand, p: Problem, rng: Any) -> Any:
        made = [formula(p, layer, rng) for layer in range(len(p.w) - 1)]
        if any(m is None for m in made):
            return False
        hand.slopes = lambda layer, g: made[layer](g)  # type: ignore[misc]
        return True

    return plant


def by_choice(count: int, state: dict[str, int] | None = None) -> Callable[[Any], int]:
    return lambda rng: int(rng.integers(count))


def plant_output_missing(hand: Hand, p: Problem, rng: Any) -> Any:
    if p.case.loss == "cross-entropy":
        return False
    hand.output = hand.by_output
    return True


def plant_output_extra(hand: Hand, p: Problem, rng: Any) -> Any:
    right = hand.error
    if p.case.loss == "cross-entropy":
        e = np.exp(p.z[-1] - p.z[-1].max(1, keepdims=True))
        s = e / e.sum(1, keepdims=True)
        hand.output = lambda: right() * s * (1 - s)
    else:
        hand.output = lambda: right() * slope("sigmoid", p.z[-1])
    return True


def plant_half(p: Problem, layer: int, rng: Any) -> Callable[[Array], Array] | None:
    h = p.a[layer + 1]
    kind = p.case.activation
    if kind == "relu":
        return None
    options = {"sigmoid": [h, 1 - h], "tanh": [1 - h, 1 + h]}[kind]
    chosen = options[p.case.seed % 2]
    return lambda g: chosen


def plant_wrong_activation(p: Problem, layer: int, rng: Any) -> Callable[[Array], Array]:
    z, h = p.z[layer], p.a[layer + 1]
    options: dict[str, list[Array]] = {
        "sigmoid": [slope("tanh", z), 1 - h**2, slope("relu", z)],
        "tanh": [slope("sigmoid", z), h * (1 - h), slope("relu", z)],
        "relu": [slope("sigmoid", z), slope("tanh", z), 1 - h**2, h * (1 - h)],
    }
    chosen = options[p.case.activation][p.case.seed % 3]
    return lambda g: chosen


def plant_wrong_layer(hand: Hand, p: Problem, rng: Any) -> Any:
    right = hand.slopes
    choice = p.case.seed % 3
    size = p.case.shape[1]
    if choice == 0:  # the units of the first layer exchanged
        hand.slopes = lambda layer, g: right(layer, g)[:, ::-1] if layer == 0 else right(layer, g)
    elif choice == 1:
        if len(p.w) == 2 and p.k != 1:
            return False
        other = 1
        if p.case.shape[2] not in (1, size):
            return False
        kind = p.output if other == len(p.w) - 1 else p.case.activation
        hand.slopes = lambda layer, g: slope(kind, p.z[other]) * np.ones_like(g) if layer == 0 else right(layer, g)
    else:  # δ times the inputs of another layer
        if p.case.shape[0] != size:
            return False
        hand.inputs = lambda layer: p.a[0] if layer == 1 else p.a[layer]
    return True


def plant_updated(hand: Hand, p: Problem, rng: Any) -> Any:
    hand.update_first = True
    hand.lr = float(rng.choice([0.5, 0.1, 0.05, 0.01, 0.001]))
    return True


def plant_gradient_for_weight(hand: Hand, p: Problem, rng: Any) -> Any:
    hand.down = lambda layer, d, dw: d @ dw.T
    return True


def plant_missing_weight(hand: Hand, p: Problem, rng: Any) -> Any:
    hand.down = lambda layer, d, dw: d @ np.ones_like(p.w[layer + 1]).T
    return True


def plant_swapped_weights(hand: Hand, p: Problem, rng: Any) -> Any:
    order = list(range(p.case.shape[1]))
    a, b = rng.choice(len(order), 2, replace=False)
    order[a], order[b] = order[b], order[a]
    hand.down = lambda layer, d, dw: d @ (p.w[layer + 1][order] if layer == 0 else p.w[layer + 1]).T
    return True


def plant_transposed(p: Problem, rng: Any) -> Any:
    n, m = p.w[0].shape
    return lambda layer, dw, db: (dw.reshape(-1, order="F").reshape(n, m) if layer == 0 else dw, db)


def plant_swapped_inputs(hand: Hand, p: Problem, rng: Any) -> Any:
    at = int(rng.integers(len(p.w)))
    order = list(range(p.case.shape[at]))
    a, b = rng.choice(len(order), 2, replace=False)
    order[a], order[b] = order[b], order[a]
    hand.inputs = lambda layer: p.a[layer][:, order] if layer == at else p.a[layer]
    return True


def plant_preactivation(hand: Hand, p: Problem, rng: Any) -> Any:
    hand.inputs = lambda layer: p.z[layer - 1] if layer else p.a[0]
    return True


def plant_bias(kind: str) -> Plant:
    def plant(hand: Hand, p: Problem, rng: Any) -> Any:
        right = hand.bias
        layers = list(range(len(p.w))) if p.case.seed % 2 else [int(rng.integers(len(p.w)))]
        i = int(rng.integers(2))

        def bias(layer: int, d: Array) -> Array:
            if layer not in layers:
                return right(layer, d)
            if kind == "zero":
                return 0 * d.sum(0)
            if kind == "one":
                return np.ones(d.shape[1])
            return (d * p.a[layer][:, i : i + 1]).sum(0)

        hand.bias = bias
        return True

    return plant


def plant_last(hand: Hand, p: Problem, rng: Any) -> Any:
    if p.case.seed % 3 == 2:
        if p.case.shape[2] < 2:
            return False
        right = hand.down
        hand.down = lambda layer, d, dw: np.outer(d[:, -1], p.w[1][:, -1]) if layer == 0 else right(layer, d, dw)
        return True
    if p.case.samples == 1:
        return False
    factor = p.case.samples if p.case.seed % 3 else 1
    hand.sum = lambda layer, d: factor * np.vstack([0 * d[:-1], d[-1:]])
    return True


def plant_mask(p: Problem, layer: int, rng: Any) -> Callable[[Array], Array] | None:
    if p.case.activation != "relu":
        return None
    mask = slope("relu", p.z[layer])
    return [lambda g: np.ones_like(g), lambda g: (g > 0) * 1.0, lambda g: mask * (g > 0)][p.case.seed % 3]


def written_out(z: Value) -> Value:
    """σ(z) with an exp in it, whose derivative one can get wrong."""
    return 1 / (1 + exp(-z))


def plant_exp(p: Problem, layer: int, rng: Any) -> Callable[[Array], Array] | None:
    if p.case.activation != "sigmoid":
        return None
    slope = p.a[layer + 1] ** 2 * -p.z[layer]  # exp'(-z) taken as -z
    return lambda g: slope


def choose_sign(p: Problem, rng: Any) -> Any:
    if p.case.seed % 2:
        return everywhere(-1.0)
    return everywhere(-1.0, layers=range(len(p.w) - 1))


def choose_averaged(p: Problem, rng: Any) -> Any:
    if p.terms == 1:
        return None
    return everywhere(1 / p.terms, layers=None if p.case.seed % 2 else range(len(p.w) - 1))


def choose_bias(p: Problem, rng: Any) -> Any:
    return None if p.terms == 1 else everywhere(p.terms, weights=bool(p.case.seed % 2), biases=not p.case.seed % 2)


PLANTS: dict[str, Plant] = {
    "summed-not-averaged": plant_factor(lambda p, rng: everywhere(p.terms) if p.terms > 1 else None),
    "averaged-twice": plant_factor(choose_averaged),
    "bias-averaged-differently": plant_factor(choose_bias),
    "factor-two": plant_factor(
        lambda p, rng: everywhere([2.0, 0.5][p.case.seed % 2]) if p.case.loss in ("mse", "half") else None
    ),
    "sign": plant_factor(choose_sign),
    "updated-weight": plant_updated,
    "missing-output-derivative": plant_output_missing,
    "extra-output-derivative": plant_output_extra,
    "missing-hidden-derivative": at_hidden(lambda p, layer, rng: lambda g: np.ones_like(g)),
    "derivative-at-activation": at_hidden(lambda p, layer, rng: lambda g: slope(p.case.activation, p.a[layer + 1])),
    "shortcut-at-preactivation": at_hidden(
        lambda p, layer, rng: {
            "sigmoid": lambda g: p.z[layer] * (1 - p.z[layer]),
            "tanh": lambda g: 1 - p.z[layer] ** 2,
        }.get(p.case.activation)
    ),
    "half-derivative": at_hidden(plant_half),
    "wrong-activation-derivative": at_hidden(plant_wrong_activation),
    "wrong-layer-activation": plant_wrong_layer,
    "gradient-for-weight": plant_gradient_for_weight,
    "missing-weight": plant_missing_weight,
    "swapped-weights": plant_swapped_weights,
    "transposed": plant_factor(plant_transposed),
    "swapped-inputs": plant_swapped_inputs,
    "preactivation-for-activation": plant_preactivation,
    "bias-zero": plant_bias("zero"),
    "bias-one": plant_bias("one"),
    "bias-with-input": plant_bias("input"),
    "last-sample-only": plant_last,
    "not-zeroed": plant_factor(lambda p, rng: everywhere(float(rng.integers(2, 5)))),
    "learning-rate-folded-in": plant_factor(lambda p, rng: everywhere(float(rng.choice([0.1, 0.05, 0.01, 0.3])))),
    "divided-by-outputs": plant_factor(lambda p, rng: everywhere(1 / p.k) if p.k > 1 else None),
    "exp-derivative": at_hidden(plant_exp),
    "relu-mask": at_hidden(plant_mask),
}
"""How every mistake is made; False where a network has no room for it."""


class Outcome(NamedTuple):
    """What the diagnosis said of one case: whether the mistake changes a number, is named, is first or tied."""

    changed: bool
    named: bool = False
    first: bool = False
    causes: tuple[str, ...] = ()


def given(p: Problem, dw: Sequence[Array], db: Sequence[Array], model: MLP, by_name: bool) -> dict[str, Any]:
    """The gradients as somebody would give them: matrices with one column per neuron, or by name."""
    if not by_name:
        return {**{f"dW{i}": m for i, m in enumerate(dw, 1)}, **{f"db{i}": m for i, m in enumerate(db, 1)}}
    found = {}
    for layer, w, b in zip(model.layers, dw, db, strict=True):
        for neuron, weights, bias in zip(layer.neurons, w.T, b, strict=True):
            found |= {f"d{q.label}": float(x) for q, x in zip(neuron.w, weights, strict=True)}
            found[f"d{neuron.b.label}"] = float(bias)
    return found


def differ(a: Sequence[Array], b: Sequence[Array]) -> bool:
    return any(bool(np.any(np.abs(x - y) > 1e-8 * np.abs(y))) for x, y in zip(a, b, strict=True))


def diagnose(codes: Sequence[str], case: Case) -> Outcome | None:
    """One case with these mistakes planted; None where there is no room for them."""
    p = Problem(case)
    right = Hand(p).gradients()
    hand = Hand(p)
    if not all(PLANTS[code](hand, p, draws(code, codes, p)) for code in codes):
        return None
    dw, db = hand.gradients()
    if not differ([*dw, *db], [*right[0], *right[1]]):
        return Outcome(False)
    for code in codes if len(codes) > 1 else ():  # of two, each must matter beside the other
        alone = Hand(p)
        for other in codes:
            if other != code:
                PLANTS[other](alone, p, draws(other, codes, p))
        if not differ([*dw, *db], [m for part in alone.gradients() for m in part]):
            return Outcome(False)
    model = p.model(written_out if "exp-derivative" in codes else None)
    comparison = compare(p.graph(model), given(p, dw, db, model, "transposed" in codes or bool(case.seed % 2)))
    return outcome(codes, comparison)


def draws(code: str, codes: Sequence[str], p: Problem) -> Any:
    """What a mistake is drawn from: of two, each from its own, so that it is the same beside the other and alone."""
    return p.rng if len(codes) == 1 else np.random.default_rng([p.case.seed, *code.encode()])


def outcome(codes: Sequence[str], comparison: Any) -> Outcome:
    """What a comparison says of mistakes that change its numbers."""
    causes = [f.cause for f in comparison.findings]
    tied = {f.cause for f in comparison.findings if f.rank == comparison.findings[0].rank}
    return Outcome(True, set(codes) <= set(causes), set(codes) <= tied, tuple(causes))


def diagnose_loops(code: str, case: Case) -> Outcome | None:
    """One case with a mistake planted by `tests.planter`; None where there is no room for it."""
    net = planter.Net(case.shape, case.activation, case.loss, case.samples, random.Random(f"{code} {case}"))
    made = planter.planted(code, net)
    if made is None:
        return None
    wrong, right = made
    if not any(abs(wrong[name] - x) > 1e-8 * abs(x) for name, x in right.items()):
        return Outcome(False)
    kind = written_out if code == "exp-derivative" else case.activation
    model = MLP(case.shape[0], list(case.shape[1:]), kind, net.top)
    for layer, w, b in zip(model.layers, net.w, net.b, strict=True):
        for neuron, weights, bias in zip(layer.neurons, w, b, strict=True):
            neuron.b.data = bias
            for parameter, number in zip(neuron.w, weights, strict=True):
                parameter.data = number
    predictions = [model(x) for x in net.x]
    if case.loss == "cross-entropy":
        loss = cross_entropy(predictions, [y.index(1.0) for y in net.y])
    else:
        loss = {"bce": bce, "mse": mse, "half": half_squared_error}[case.loss](predictions, net.y)
    return outcome((code,), compare(loss, wrong))


SPOILT = ("none", "one number", "one layer", "all")
"""Which numbers are taken at random, where nothing may be called by the name of a mistake."""


def alarmed(task: tuple[str, Case]) -> tuple[str, bool, tuple[str, ...]]:
    """Whether right numbers, some of them times factors that nobody would write, are called right, and what mistakes
    are told of them."""
    spoilt, case = task
    p = Problem(case)
    dw, db = Hand(p).gradients()
    layer, slopes = int(p.rng.integers(len(dw))), [*dw, *db]
    for place, array in enumerate(slopes):
        if spoilt == "all" or (spoilt == "one layer" and place % len(dw) == layer):
            array *= p.rng.uniform(0.3, 3.0, array.shape)
    if spoilt == "one number":
        dw[layer].flat[p.rng.integers(dw[layer].size)] *= p.rng.uniform(1.1, 3.0)
    model = p.model(None)
    comparison = compare(p.graph(model), given(p, dw, db, model, bool(case.seed % 2)))
    return spoilt, comparison.ok, tuple(finding.cause for finding in comparison.findings)


def alarms(count: int, processes: int) -> int:
    """Count false alarms and print them; 1 where there are any."""
    start = time.time()
    pool_of_cases = cases(1 + count // sum(1 for _ in cases(1)))
    tasks = [(SPOILT[i % len(SPOILT)], case) for i, case in zip(range(count), pool_of_cases, strict=False)]
    tried: Counter[str] = Counter()
    false = 0
    with multiprocessing.Pool(processes) as pool:
        for (spoilt, ok, causes), (_, case) in zip(pool.imap(alarmed, tasks, chunksize=20), tasks, strict=True):
            tried[spoilt] += 1
            if causes or (spoilt == "none" and not ok):
                false += 1
                print(f"false: {spoilt} {case} -> {causes[:4]}", file=sys.stderr)
    for spoilt in SPOILT:
        print(f"wrong at random: {spoilt:12} {tried[spoilt]:7} cases")
    print(f"{false} false alarms, {time.time() - start:.0f} s")
    return 1 if false else 0


def cases(seeds: int) -> Iterator[Case]:
    for shape, kind, loss, n in itertools.product(SHAPES, ACTIVATIONS, LOSSES, SAMPLES):
        if loss == "cross-entropy" and shape[-1] == 1:
            continue
        for seed in range(seeds):
            yield Case(shape, kind, loss, n, seed)


def work(task: tuple[tuple[str, ...], Case]) -> tuple[tuple[str, ...], Case, Outcome | None]:
    codes, case = task
    if codes[-1] == LOOPS:
        return codes, case, diagnose_loops(codes[0], case)
    return codes, case, diagnose(codes, case)


LOOPS = "in loops"
"""Beside a code: planted by `tests.planter`."""

COMPATIBLE_PAIRS = tuple(itertools.combinations([code for code in PLANTS if code != "exp-derivative"], 2))


def main(argv: Sequence[str] | None = None) -> int:
    """Count and print; 1 where a share is below what is asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.diagnosis", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--pairs", type=int, default=4000, help="how many pairs of mistakes")
    parser.add_argument("--only", nargs="*", default=None, help="these codes only")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--loops", action="store_true", help="those of tests.planter only")
    parser.add_argument("--alarms", type=int, metavar="N", help="count false alarms in N cases without a mistake only")
    asked = parser.parse_args(argv)
    if asked.alarms is not None:
        return alarms(asked.alarms, asked.processes)
    start = time.time()
    planters = [(LOOPS,)] if asked.loops else [(), (LOOPS,)]
    kinds = [
        (code, *how) for how in planters for code in asked.only or planter.MISTAKES if how == (LOOPS,) or code in PLANTS
    ]
    tasks: list[Any] = [(codes, case) for codes in kinds for case in cases(asked.seeds)]
    rng = np.random.default_rng(0)
    pool_of_cases = list(cases(3))
    for _ in range(asked.pairs):
        pair = COMPATIBLE_PAIRS[rng.integers(len(COMPATIBLE_PAIRS))]
        tasks.append((pair, pool_of_cases[rng.integers(len(pool_of_cases))]))
    counts: Counter[tuple[str, str]] = Counter()
    shown: Counter[str] = Counter()
    with multiprocessing.Pool(asked.processes) as pool:
        for codes, case, outcome in pool.imap_unordered(work, tasks, chunksize=20):
            if outcome is None or not outcome.changed:
                continue
            key = " ".join(codes) if codes in kinds else "two at once"
            counts[key, "cases"] += 1
            counts[key, "named"] += outcome.named
            counts[key, "first"] += outcome.first
            if not outcome.named and shown[key] < 3:
                shown[key] += 1
                print(f"missed: {codes} {case} -> {outcome.causes[:4]}", file=sys.stderr)
    good = True
    for key in [*map(" ".join, kinds), "two at once"]:
        n = counts[key, "cases"]
        named, first = (counts[key, what] / n if n else 1.0 for what in ("named", "first"))
        enough = named >= 0.8 if key == "two at once" else named >= 0.99 and first >= 0.95
        good &= enough
        print(f"{key:38} {n:7} cases  named {named:7.2%}  first or tied {first:7.2%}{'' if enough else '  BELOW'}")
    print(f"{time.time() - start:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
