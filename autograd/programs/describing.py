"""A program in a few words: its network, its loss, what a constant means, how far a gradient is off."""

from typing import Any

import numpy as np

from autograd import ops
from autograd.comparison.in_words import apart
from autograd.programs.agreement import Fit, Judged, fit
from autograd.programs.bench import Bench
from autograd.programs.instrumenting import Statement
from autograd.programs.objectives import implied_objectives
from autograd.programs.operations import Einsum
from autograd.programs.replay import before
from autograd.programs.traced import Elementwise, Node

NAMES = {
    "half squared error": {1.0: "half squared error", 2.0: "squared error"},
    "binary cross-entropy": {1.0: "binary cross-entropy"},
    "cross-entropy": {1.0: "cross-entropy"},
}


class Standard:
    """Which standard loss of which prediction a loss is.

    kind   its name in words, such as "mean squared error"; "" for another loss
    base   the standard loss it is a multiple of
    count  how many samples it is taken over
    """

    def __init__(self, view: Any, one: Judged) -> None:
        self.kind, self.base, self.count, self.outputs = "", "", 1, 1
        bench = one.benches[0]
        for other in implied_objectives(view.origins):
            step = other.steps[0]
            terms = [
                t for t in step.terms if t.node in bench.slopes and t.target in bench.values and t.kind is not None
            ]
            if not terms or sum(t.node.size for t in terms) < 1:
                continue
            constants = [fit([bench.slopes[t.node]], [bench.slope_of(t)], bench.exact).constant for t in terms]
            known = [c for c in constants if c is not None]
            if len(known) == len(terms) and max(known) - min(known) <= 1e-6 * abs(max(known)) and known[0] > 0:
                self._named(other.kind, known[0], terms)
                if self.kind:
                    break

    def _named(self, base: str, constant: float, terms: Any) -> None:
        shape = terms[0].node.shape
        size = sum(t.node.size for t in terms)
        samples = len(terms) if len(terms) > 1 or not shape else max(shape)
        self.base, self.count, self.outputs = base, samples, max(1, size // max(1, samples))
        for n, mean in ((1, ""), (samples, "mean "), (size, "mean ")):
            for factor, name in NAMES[base].items():
                if abs(constant * n - factor) < 1e-5 * factor:
                    self.kind = mean + name if n > 1 or not mean else name
                    return


def meaning(constant: float, standard: Standard) -> tuple[str, str]:
    """(code, words) for what a constant between the gradients by hand and those of the loss comes from."""
    n, k = standard.count, standard.outputs
    for value, code, words in (
        (float(n), "summed-not-averaged", f"sums where the loss is a mean over N = {n}"),
        (1.0 / n, "averaged-twice", f"averaged over N = {n} once more than the loss"),
        (
            n / 2.0 if "squared" in standard.base else 1.0,
            "summed-not-averaged",
            f"sums without the 2 of the square, where the loss is a mean over N = {n}",
        ),
        (2.0, "factor-two", "twice as large: the 1/2 of the loss is not in them"),
        (0.5, "factor-two", "half as large: the 2 of the square is not in them"),
        (
            float(n * k) / 2.0 if "squared" in standard.base else 1.0,
            "summed-not-averaged",
            f"sums without the 2 of the square, where the loss is a mean over {n} x {k} numbers",
        ),
        (1.0 / max(k, 2), "divided-by-outputs", f"divided by the number of outputs, {k}"),
        (float(n * k), "summed-not-averaged", f"sums where the loss is a mean over {n} x {k} numbers"),
    ):
        sizes = n > 1 or code in ("factor-two", "divided-by-outputs")
        if sizes and value != 1.0 and abs(constant / value - 1.0) < 1e-5:
            return code, words
    return "", f"{constant:.6g} times as large, which a learning rate makes up for"


def off(fits: list[Fit], constant: float | None) -> str:
    """How far a gradient is off, in words."""
    ratios = np.concatenate([np.ravel(one.ratios) for one in fits]) if fits else np.array([])
    ratios = ratios[np.isfinite(ratios)] / (constant or 1.0)
    if not ratios.size:
        return "0 where it should not be" if any(not one.zero for one in fits) else ""
    middle = float(np.median(ratios))
    if np.all(np.abs(ratios) < 1e-12):
        return "0 where it should not be"
    if np.all(np.abs(ratios / middle - 1.0) < 1e-6):
        turned = abs(middle + 1.0) < 1e-6
        return (
            "the right one with its sign turned" if turned else f"{apart(middle, 1.0, digits=4)[0]} times the right one"
        )
    if np.all(np.abs(ratios - 1.0) < 0.5):
        low, high = sorted(abs(float(r) - 1.0) * 100.0 for r in (ratios.min(), ratios.max()))
        much = "too large" if middle > 1.0 else "too small"
        return f"{high:.2g} % {much}" if low > 0.6 * high else f"up to {high:.2g} % off"
    least, most = apart(float(ratios.min()), float(ratios.max()), digits=3)
    return f"from {least} to {most} times the right one"


def network(view: Any, bench: Bench) -> str:
    """The network in words, such as "sigmoid network 2-3-1"; "" where its layers cannot be told."""
    sizes: list[int] = []
    nodes = before([t.node for t in bench.step.terms], bench.cut, bench.since)
    weights = {content for content in bench.start.values() if len(content.shape) == 2}
    activation = _activation(nodes)
    for node in nodes:
        if isinstance(node.op, Einsum) and len(node.args) == 2 and node.time > bench.since:
            flat = [_root(arg) for arg in node.args]
            for own in (0, 1):
                if flat[own] in weights and flat[1 - own] not in weights:
                    a, b = flat[own].shape
                    other = node.args[1 - own].shape
                    inner = a if a in other and (b not in other or not sizes or sizes[-1] == a) else b
                    pair = (inner, b if inner == a else a)
                    if not sizes:
                        sizes += pair
                    elif sizes[-1] == pair[0] and flat[own] is not None:
                        sizes.append(pair[1])
                    weights.discard(flat[own])
    if len(sizes) < 2:
        return ""
    return f"{activation} network {'-'.join(map(str, sizes))}".strip()


def _root(node: Node) -> Node:
    while node.op is not None and type(node.op).__mro__[-3].__name__ == "Gather":
        node = node.args[0]
    return node


def _activation(nodes: list[Node]) -> str:
    rows = [node.op.row for node in nodes if isinstance(node.op, Elementwise)]
    for row, name in ((ops.tanh, "tanh"), (ops.maximum, "relu"), (ops.sigmoid, "sigmoid")):
        if row in rows:
            return name
    return "sigmoid" if ops.exp in rows else ""


def stale_words(name: str, updated: Statement, last: int) -> str:
    """What to do where a weight is used after its update."""
    return (
        f"uses {name} after its update in line {updated.line}; the prediction was made with the old one. "
        f"Move line {updated.line} below line {last}, or keep a copy."
    )
