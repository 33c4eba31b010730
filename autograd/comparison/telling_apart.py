"""A point at which mistakes that explain the same numbers would differ, in numbers that can be worked out on paper."""

import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autograd.comparison.causes import Fit
from autograd.comparison.node_by_node import evaluated, sweep
from autograd.comparison.question import Spot, at
from autograd.graph import topological_order
from autograd.network import Network
from autograd.textbook.backward import Change, Figures, backward, figures
from autograd.textbook.mistakes import hypotheses
from autograd.value import Value

READABLE = (0.5, -0.5, 0.25, -0.25, 1.0, -1.0, 0.75, -0.75, 1.5, -1.5, 2.0, -2.0)
TRIES = 40
APART = 1e-3


class Probe(NamedTuple):
    """A point, and what every mistake gives there.

    point        the numbers to put in, by name
    alone        whether the first sample alone is to be taken
    predictions  by cause ("right" first), gradients by name
    apart        pairs of causes that differ there
    same         pairs that do not; where they do at no point, other runs or the code itself must tell
    """

    point: dict[str, float]
    alone: bool
    predictions: dict[str, dict[str, float]]
    apart: list[tuple[str, str]]
    same: list[tuple[str, str]]

    def __str__(self) -> str:
        shown = ", ".join(f"{name} = {x:g}" for name, x in self.point.items())
        lines = [f"take {'the first sample alone and ' if self.alone else ''}{shown}"]
        names = self._telling()
        for cause, numbers in self.predictions.items():
            lines.append(f"  {cause}: " + ", ".join(f"∂L/∂{name} = {numbers[name]:.6g}" for name in names))
        lines += [f"  no point tells {a} from {b}" for a, b in self.same]
        return "\n".join(lines)

    def _telling(self) -> list[str]:
        """Up to four names whose gradients differ most between the causes."""
        causes = list(self.predictions.values())

        def spread(name: str) -> float:
            numbers = [c[name] for c in causes]
            return (max(numbers) - min(numbers)) / (max(map(abs, numbers)) or 1.0)

        return sorted(causes[0], key=lambda name: -spread(name))[:4]


def find_probe(loss: Value, network: Network, fits: Sequence[Fit]) -> Probe:
    """The first readable point, of some, at which most of the mistakes that fit now differ."""
    order = topological_order(loss)
    rng = random.Random(0)
    best: Probe | None = None
    for attempt in range(TRIES):
        leaves = {node: rng.choice(READABLE) for node in order if node.op is None and _is_inner(network, node)}
        try:
            values = evaluated(order, leaves)
            slopes = sweep(order, values, None)
        except (ValueError, ArithmeticError):
            continue
        whole = figures(network, values, slopes)
        for alone, fig in ((False, whole), (True, whole.first_sample())) if network.samples > 1 else ((False, whole),):
            probe = _probe(network, fig, fits, {node.label: x for node, x in leaves.items() if node.label}, alone)
            if best is None or len(probe.apart) > len(best.apart):
                best = probe
        if best is not None and not best.same and attempt > 2:
            break
    if best is None:
        raise ValueError("probe: the loss could not be evaluated at any of the points tried")
    return best


def _is_inner(network: Network, node: Value) -> bool:
    """Whether a leaf is a parameter or an input of the network; targets stay as they are."""
    layers = network.layers
    own = [x for layer in layers for unit in layer[0] for x in (*unit.weights, unit.bias)]
    return any(node is x for x in (*own, *(x for row in layers[0] for x in row[0].inputs)))


def _probe(network: Network, fig: Figures, fits: Sequence[Fit], point: dict[str, float], alone: bool) -> Probe:
    known = {(h.cause, h.formula, h.place): h for h in hypotheses(fig)}
    # A mistake that this sample or size cannot show leaves the gradients right.
    predictions = {"right": _gradients(network, fig, (), 0.0)}
    for fit in fits:
        change: Change = ()
        for part in fit.parts:
            here = known.get((part.cause, part.formula, part.place))
            change = change + here.change if here is not None else change
        predictions[" + ".join(part.cause for part in fit.parts)] = _gradients(network, fig, change, fit.lr)
    causes = list(predictions)[1:]
    pairs = [(a, b) for i, a in enumerate(causes) for b in causes[i + 1 :]]
    apart = [(a, b) for a, b in pairs if _differ(predictions[a], predictions[b])]
    return Probe(point, alone, predictions, apart, [pair for pair in pairs if pair not in apart])


def _gradients(network: Network, fig: Figures, change: Change, lr: float) -> dict[str, float]:
    """The gradients of all parameters by name under a change."""
    layers = {slopes.m: slopes for slopes in backward(fig, change, lr)}
    found = {}
    for m, layer in enumerate(network.layers):
        for j, unit in enumerate(layer[0]):
            places: list[tuple[Any, Spot]] = [(w, ("w", m, j, i)) for i, w in enumerate(unit.weights)]
            places += [(unit.bias, ("b", m, j))] if unit.bias is not None else []
            for node, place in places:
                found[node.label or f"{place}"] = at(layers[m], place)
    return found


def _differ(a: Mapping[str, float], b: Mapping[str, float]) -> bool:
    return any(abs(a[name] - b[name]) > APART * max(abs(a[name]), abs(b[name])) for name in a)
