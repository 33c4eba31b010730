"""Mistakes in a graph that is no network: one rule or one path of the chain rule done otherwise, node by node."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograd.textbook.mistake import ANY, Hypothesis, Rule
from autograd.textbook.mistakes import MISTAKES
from autograd.textbook.mistakes.factors import KEPT

MOST = 120
"""In graphs with more nodes, mistakes at single nodes are not tried."""

MOST_OPERANDS = 16
"""Of operations with more operands, the way to each is not looked at by itself."""

Tweak = Callable[[Any, int, float, float, Sequence[float], float], float]
"""From a node, the place of an operand, g, y, the operands and the right share: the share of that operand."""


def graph_hypotheses(
    numbers: Sequence[Any],
    order: Sequence[Any],
    values: Mapping[Any, float],
    explains: Callable[[int, float], bool],
    network: bool,
) -> Iterator[tuple[Hypothesis, list[float]]]:
    """The mistakes that explain all numbers, each with what it predicts; of a network, those it has no words for."""
    causes: set[str] = set()
    asked: dict[Any, list[int]] = {}
    for i, number in enumerate(numbers):
        asked.setdefault(number.node, []).append(i)

    def check(node: Any, g: float) -> None:
        if not all(explains(i, g) for i in asked.get(node, ())):
            raise ValueError("a number that it does not explain ends the sweep")

    for cause, formula, place, rank, tweak, keep in _tweaks(order, values, numbers):
        if cause in causes or (network and len(order) > MOST and cause != "exp-derivative"):
            continue
        try:
            slopes = sweep(order, values, tweak, keep, check)
        except (ValueError, ArithmeticError):
            continue
        predicted = [slopes.get(number.node, 0.0) for number in numbers]
        if all(explains(i, p) for i, p in enumerate(predicted)):
            causes.add(cause)
            yield Hypothesis(cause, formula, (), rank, place, _remedy(cause, place)), predicted


def evaluated(order: Sequence[Any], leaves: Mapping[Any, float]) -> dict[Any, float]:
    """The nodes of a topological order in floats, leaves as given."""
    found: dict[Any, float] = {}
    for node in order:
        if node.op is None:
            found[node] = leaves.get(node, node.data)
        else:
            found[node] = node.op.evaluate([arg if type(arg) is float else found[arg] for arg in node.args])
    return found


def sweep(
    order: Sequence[Any], values: Mapping[Any, float], tweak: Tweak | None, keep: str = "",
    check: Callable[[Any, float], None] = lambda node, g: None,
) -> dict[Any, float]:  # fmt: skip
    """d output / d node in floats, with shares altered; `keep` "last" or "first" writes = for +=. What `check` raises
    of a node and its gradient ends it."""
    found: dict[Any, float] = {order[-1]: 1.0}
    for node in reversed(order):
        if node.op is None or node not in found:
            continue
        g, y = found[node], values[node]
        check(node, g)
        xs = [arg if type(arg) is float else values[arg] for arg in node.args]
        places = [i for i, arg in enumerate(node.args) if type(arg) is not float]
        for i, (arg, share) in zip(places, node.op.shares(g, y, xs, node.args), strict=True):
            share = tweak(node, i, g, y, xs, share) if tweak else share
            if arg not in found or keep == "last":
                found[arg] = share
            elif keep != "first":
                found[arg] += share
    return found


Told = tuple[str, str, str, int, Tweak | None, str]
"""(cause, formula, place, rank, tweak, keep) of a mistake."""


def _remedy(cause: str, place: str) -> str:
    """How it is put right: a sign that is lost at one place has nothing to do with ŷ - y."""
    return KEPT if cause == "sign" and place != EVERYWHERE else MISTAKES[cause].remedy


EVERYWHERE = "everywhere"


def _tweaks(order: Sequence[Any], values: Mapping[Any, float], numbers: Sequence[Any]) -> Iterator[Told]:
    """Every mistake, simplest first."""
    square = any(node.op is not None and node.op.name == "power" for node in order)
    yield from _factors(order, numbers, square)
    nodes = [node for node in order if node.op is not None]
    for name in dict.fromkeys(node.op.name for node in nodes):
        for cause, formula, rule in _rules(next(node.op for node in nodes if node.op.name == name)):
            yield cause, formula, f"every {name}", 0, _rule_at(name, None, rule), ""
    for keep, cause in (("last", "last-sample-only"), ("first", "share-left-out")):
        told = f"= for += where paths meet: the {keep} one counts"
        yield cause, told, "wherever paths meet", 0, None, keep
    for node in nodes if len(order) <= MOST else []:
        yield from _at_node(node, "factor-two" if square else "constant-factor")


def _factors(order: Sequence[Any], numbers: Sequence[Any], square: bool) -> Iterator[Told]:
    """What changes all gradients alike."""
    top = order[-1]
    twice = "factor-two" if square else "constant-factor"
    for cause, formula, factor in (
        ("sign", "a minus lost", -1.0),
        (twice, "twice the gradient", 2.0),
        (twice, "half the gradient", 0.5),
        *[("not-zeroed", f"the gradient of {k} passes", float(k)) for k in range(2, 11)],
    ):
        yield cause, formula, EVERYWHERE, 0, _scaled_at(top, factor), ""
    for count, place in _means(order):
        told = f"gradients are sums, the loss is a mean over {count:g}"
        yield "summed-not-averaged", told, place, 0, _scaled_at(top, count), ""
        yield "averaged-twice", f"divided by {count:g} twice", place, 0, _scaled_at(top, 1 / count), ""
    ratios = {n.by_hand / n.right for n in numbers if n.right}
    if len(numbers) > 1 and ratios and max(ratios) - min(ratios) <= 1e-9 * abs(max(ratios)) and 0 < max(ratios) < 1:
        rate = float(f"{max(ratios):.3g}")
        if abs(rate - max(ratios)) <= 1e-7 * rate:
            told = f"lr·gradient with lr = {rate:g}"
            yield "learning-rate-folded-in", told, EVERYWHERE, 0, _scaled_at(top, rate), ""


def _at_node(node: Any, twice: str) -> Iterator[Told]:
    """What can go wrong at one operation."""
    place = _named(node)
    for cause, formula, factor in (
        ("sign", "a minus lost", -1.0), (twice, "twice the gradient", 2.0), (twice, "half the gradient", 0.5),
    ):  # fmt: skip
        yield cause, formula, place, 2, _scaled_at(node, factor), ""
    for cause, formula, rule in _rules(node.op):
        yield cause, formula, place, 2, _rule_at(node.op.name, node, rule), ""
    for i, arg in enumerate(node.args) if len(node.args) <= MOST_OPERANDS else ():
        if type(arg) is not float:
            yield "sign", f"a minus lost on the way to {_named(arg)}", place, 2, _edge(node, i, -1.0), ""
            yield "share-left-out", f"the path to {_named(arg)} forgotten", place, 2, _edge(node, i, 0.0), ""


def _rules(op: Any) -> Iterator[tuple[str, str, Rule]]:
    """(cause, formula, rule) for an operation, from the table."""
    alone = op.pullbacks and len(op.domain) == 1 and op.name not in ("add", "sub", "neg", "identity", "sum_of")
    for cause, row in MISTAKES.items():
        for formula, rule in (*row.rules.get(op.name, ()), *(row.rules.get(ANY, ()) if alone else ())):
            yield cause, formula.format(op.name), rule


def _means(order: Sequence[Any]) -> Iterator[tuple[float, str]]:
    for node in reversed(order):
        if node.op is not None and node.op.name == "div" and type(node.args[1]) is float and node.args[1] > 1.0:
            yield node.args[1], _named(node)


def _scaled_at(at: Any, factor: float) -> Tweak:
    return lambda node, i, g, y, xs, share: factor * share if node is at else share


def _edge(at: Any, place: int, factor: float) -> Tweak:
    return lambda node, i, g, y, xs, share: factor * share if node is at and i == place else share


def _rule_at(name: str, at: Any, rule: Rule) -> Tweak:
    def tweak(node: Any, i: int, g: float, y: float, xs: Sequence[float], share: float) -> float:
        return float(rule(i, g, y, xs, share)) if node.op.name == name and (at is None or node is at) else share

    return tweak


def _named(node: Any) -> str:
    """A node in words: its label, else its operation and the labels of its operands."""
    if node.label:
        return str(node.label)
    if node.op is None:
        return f"{node.data:g}"
    operands = [f"{arg:g}" if type(arg) is float else arg.label or "·" for arg in node.args[:3]]
    return f"{node.op.name}({', '.join(operands)}{', ...' if len(node.args) > 3 else ''})"
