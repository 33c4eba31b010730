"""Graphs too large for a picture: samples of a batch, layers and what is far from the loss, folded into cards."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from autograd.drawing import style
from autograd.drawing.drawn_nodes import Fold, count
from autograd.drawing.plan import neurons, plan_of
from autograd.network import Network
from autograd.value import Value

TOGETHER = 3
"""So many equal terms of a sum are worth folding."""

ROUNDS = 20
"""So many sums are folded at most."""


class Folded(NamedTuple):
    """What is folded into what, and what to say of it."""

    folds: dict[Value, Fold]
    notes: list[str]


def fold(root: Value, order: Sequence[Value], network: Network | None, most: int, depth: int | None) -> Folded:
    """The folds that leave at most about `most` cards, none deeper than `depth` steps from the root."""
    folds: dict[Value, Fold] = {}
    notes: list[str] = []
    if count(order) > most:
        notes += _fold_samples(root, order, folds, most, network)
    if network is not None and _left(order, folds) > most:
        notes += _fold_layers(network, folds)
    if _left(order, folds) > most or depth is not None:
        notes += _fold_depth(root, order, folds, most, depth)
    return Folded(folds, notes)


def _left(order: Sequence[Value], folds: dict[Value, Fold]) -> int:
    """How many cards there are with these folds."""
    return count(node for node in order if node not in folds) + len(set(folds.values()))


# ---------------------------------------------------------------- samples


def _fold_samples(
    root: Value, order: Sequence[Value], folds: dict[Value, Fold], most: int, network: Network | None
) -> Iterator[str]:
    """In sums of terms that were computed alike, all terms but the first into one card; outer sums first."""
    form = _forms(order)
    replaced: dict[Value, list[Value]] = {}
    without: set[Value] = set()
    kept = set(order)
    inner: set[Value] = set()
    for node in reversed(order):
        if node in inner or node not in kept:
            continue
        terms, partial = _terms(node)
        inner.update(partial)
        alike = len(terms) >= TOGETHER and len({form[term] for term in terms}) == 1 and terms[0].op is not None
        if not alike:
            continue
        replaced[node] = terms[1:]
        without.update(terms[1:], partial)
        before, kept = kept, _reached(root, without, replaced)
        members = [part for part in order if part in before and part not in kept]
        kind = "samples" if network is not None and not network.units.keys().isdisjoint(members) else "terms"
        hidden = Fold(f"{len(terms) - 1:,} more {kind}", [f"{len(members):,} values, computed as the first"])
        folds.update(dict.fromkeys(members, hidden))
        yield f"{len(terms) - 1:,} of {len(terms):,} {kind} folded into one card; the first is shown"
        if _left(order, folds) <= most or len(replaced) == ROUNDS:
            return


def _forms(order: Sequence[Value]) -> dict[Value, int]:
    """A number for the way in which each node was computed: equal for equal operations on equal forms."""
    numbers: dict[Any, int] = {}
    form: dict[Value, int] = {}
    for node in order:
        args = [-1 if type(arg) is float else form[arg] for arg in node.args]
        form[node] = numbers.setdefault((node.op and node.op.name, *args), len(numbers))
    return form


def _terms(node: Value) -> tuple[list[Value], list[Value]]:
    """What a sum adds up, and the partial sums inside it; nothing for other nodes."""
    if node.op is None or node.op.name not in ("sum_of", "add"):
        return [], []
    if node.op.name == "sum_of":
        return [arg for arg in node.args if type(arg) is not float], []
    terms, partial = [], []
    left: Any = node
    while type(left) is not float and left.op is not None and left.op.name == "add":
        partial.append(left)
        if type(left.args[1]) is not float:
            terms.append(left.args[1])
        left = left.args[0]
    if type(left) is not float:
        terms.append(left)
    return terms[::-1], partial[1:]


def _reached(root: Value, without: set[Value], replaced: dict[Value, list[Value]]) -> set[Value]:
    """The nodes that remain when the folded terms are taken out."""
    found: set[Value] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node in found:
            continue
        found.add(node)
        args = [arg for arg in node.args if type(arg) is not float]
        if node in replaced:
            args += _terms(node)[0][:1]
        stack += [arg for arg in args if arg not in without]
    return found


# ---------------------------------------------------------------- layers


def _fold_layers(network: Network, folds: dict[Value, Fold]) -> Iterator[str]:
    """The neurons of every layer, with their weights, into one card."""
    plan = plan_of(network)
    layers = [neurons(column) for column in plan.columns[1:]]
    for place, layer in enumerate(layers, start=1):
        parameters = sum(len(unit.weights) + (unit.bias is not None) for unit in layer)
        sign = layer[0].activation
        heights = [unit.h.data for unit in layer if unit.h]
        lines = [f"{len(layer)} × {sign}, {parameters:,} parameters"]
        lines += [f"h from {style.number(min(heights))} to {style.number(max(heights))}"] if heights else []
        hidden = Fold(f"layer {place}", lines)
        folds.update({node: hidden for node, unit in plan.members.items() if unit.column == place})
    yield f"the neurons of each of {len(layers)} layers folded into one card"


# ---------------------------------------------------------------- depth


def _fold_depth(
    root: Value, order: Sequence[Value], folds: dict[Value, Fold], most: int, depth: int | None
) -> Iterator[str]:
    """All that is farther from the root than `depth` steps, or than `most` cards, into one card."""
    near: dict[Any, int] = {folds.get(root, root): 0}
    queue: list[Any] = list(near)
    cards = 1
    members: dict[Fold, list[Value]] = {}
    for node, hidden in folds.items():
        members.setdefault(hidden, []).append(node)
    for place in queue:  # which grows, nearest first
        cards += count([place]) - 1 if place not in members else 0
        for arg in (arg for node in members.get(place, [place]) for arg in node.args if type(arg) is not float):
            shown = folds.get(arg, arg)
            if shown not in near and (depth is None or near[place] < depth) and cards < most:
                near[shown] = near[place] + 1
                queue.append(shown)
                cards += 1
    far = [node for node in order if folds.get(node, node) not in near]
    if not far:
        return
    leaves = sum(node.op is None for node in far)
    told = f"{len(far) - leaves:,} operations and {leaves:,} leaves"
    hidden = Fold(f"… {len(far):,} more", [told])
    folds.update(dict.fromkeys(far, hidden))
    steps = max(near.values())
    yield f"{told} farther than {steps} step{'s' * (steps != 1)} from the result folded into one card"
