"""Mistakes in a graph that is no network: one rule or one path of the chain rule done otherwise, node by node."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograd.diagnosis.hypothesis import Hypothesis
from autograd.diagnosis.layers import exp_as_power, exp_as_x, wrong_slopes
from autograd.diagnosis.textbook import Change

MOST = 120
"""In graphs with more nodes, mistakes at single nodes are not tried."""

Tweak = Callable[[Any, int, float, float, Sequence[float], float], float]
"""From a node, the place of an operand, g, y, the operands and the right share: the share of that operand."""


class _Slope:
    """An operation of one argument as `wrong_slopes` wants an activation."""

    operations: frozenset[str] = frozenset()

    def __init__(self, op: Any) -> None:
        self.name = op.name
        self._op = op

    def slope(self, x: float) -> float:
        """f'(x)."""
        return float(self._op.cotangents(1.0, self._op.function(x), [x])[0])


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
            yield Hypothesis(cause, formula, Change(), rank, place), predicted


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


def _tweaks(
    order: Sequence[Any], values: Mapping[Any, float], numbers: Sequence[Any]
) -> Iterator[tuple[str, str, str, int, Tweak | None, str]]:
    """(cause, formula, place, rank, tweak, keep) of every mistake, simplest first."""
    top = order[-1]
    for cause, formula, factor in (
        ("sign", "a minus lost", -1.0),
        ("factor-two", "twice the gradient", 2.0),
        ("factor-two", "half the gradient", 0.5),
        *[("not-zeroed", f"the gradient of {k} passes", float(k)) for k in range(2, 11)],
    ):
        yield cause, formula, "everywhere", 0, _scaled_at(top, factor), ""
    for count, place in _means(order):
        yield (
            "summed-not-averaged",
            f"gradients are sums, the loss is a mean over {count:g}",
            place,
            0,
            _scaled_at(top, count),
            "",
        )
        yield "averaged-twice", f"divided by {count:g} twice", place, 0, _scaled_at(top, 1 / count), ""
    ratios = {n.by_hand / n.right for n in numbers if n.right}
    if ratios and max(ratios) - min(ratios) <= 1e-9 * abs(max(ratios)) and 0 < max(ratios) < 1:
        rate = float(f"{max(ratios):.3g}")
        if len(numbers) > 1 and abs(rate - max(ratios)) <= 1e-7 * rate:
            yield (
                "learning-rate-folded-in",
                f"lr·gradient with lr = {rate:g}",
                "everywhere",
                0,
                _scaled_at(top, rate),
                "",
            )
    nodes = [node for node in order if node.op is not None]
    for name in dict.fromkeys(node.op.name for node in nodes):
        for cause, formula, rule in _rules(next(node.op for node in nodes if node.op.name == name)):
            yield cause, formula, f"every {name}", 0, _rule_at(name, None, rule), ""
    for keep in ("last", "first"):
        yield (
            "last-sample-only",
            f"= for += where paths meet: the {keep} one counts",
            "wherever paths meet",
            0,
            None,
            keep,
        )
    for node in nodes if len(order) <= MOST else []:
        place = _named(node)
        yield "sign", "a minus lost", place, 2, _scaled_at(node, -1.0), ""
        yield "factor-two", "twice the gradient", place, 2, _scaled_at(node, 2.0), ""
        yield "factor-two", "half the gradient", place, 2, _scaled_at(node, 0.5), ""
        for cause, formula, rule in _rules(node.op):
            yield cause, formula, place, 2, _rule_at(node.op.name, node, rule), ""
        for i, arg in enumerate(node.args):
            if type(arg) is not float and len(node.args) <= 8:
                yield (
                    "sign",
                    f"a minus lost on the way to {_named(arg)}",
                    place,
                    2,
                    _edge(node, i, lambda share: -share),
                    "",
                )
                yield (
                    "last-sample-only",
                    f"the path to {_named(arg)} forgotten",
                    place,
                    2,
                    _edge(node, i, lambda share: 0.0),
                    "",
                )


def _rules(op: Any) -> Iterator[tuple[str, str, Callable[..., float]]]:
    """(cause, formula, rule of (i, g, y, xs, share)) for an operation."""
    if op.name == "exp":
        yield "exp-derivative", "exp'(x) = x", lambda i, g, y, xs, share: g * exp_as_x(xs[0], y)
        yield "exp-derivative", "exp'(x) = x·exp(x - 1)", lambda i, g, y, xs, share: g * exp_as_power(xs[0], y)
    if op.name in ("relu", "leaky_relu"):
        yield "relu-mask", "the gradient passed whole", lambda i, g, y, xs, share: g if i == 0 else share
        yield (
            "relu-mask",
            "the mask taken of the gradient",
            lambda i, g, y, xs, share: g * (g > 0.0) if i == 0 else share,
        )
        yield "relu-mask", "the mask taken of the gradient too", lambda i, g, y, xs, share: share * (g > 0.0)
    if op.name == "mul":
        yield "swapped-inputs", "∂(ab)/∂a = a", lambda i, g, y, xs, share: g * xs[i]
    if op.name in ("add", "sub", "neg", "identity", "sum_of") or not op.pullbacks or len(op.domain) != 1:
        return
    yield "missing-hidden-derivative", f"{op.name}'(x) left out", lambda i, g, y, xs, share: g
    if op.name in ("sigmoid", "tanh", "relu", "softplus"):
        for cause, formula, at in wrong_slopes(_Slope(op)):
            yield cause, f"{formula} for the slope", lambda i, g, y, xs, share, at=at: g * at(xs[0], y)


def _means(order: Sequence[Any]) -> Iterator[tuple[float, str]]:
    for node in reversed(order):
        if node.op is not None and node.op.name == "div" and type(node.args[1]) is float and node.args[1] > 1.0:
            yield node.args[1], _named(node)


def _scaled_at(at: Any, factor: float) -> Tweak:
    return lambda node, i, g, y, xs, share: factor * share if node is at else share


def _edge(at: Any, place: int, change: Callable[[float], float]) -> Tweak:
    return lambda node, i, g, y, xs, share: change(share) if node is at and i == place else share


def _rule_at(name: str, at: Any, rule: Callable[..., float]) -> Tweak:
    def tweak(node: Any, i: int, g: float, y: float, xs: Sequence[float], share: float) -> float:
        return rule(i, g, y, xs, share) if node.op.name == name and (at is None or node is at) else share

    return tweak


def _named(node: Any) -> str:
    """A node in words: its label, else its operation and the labels of its operands."""
    if node.label:
        return str(node.label)
    if node.op is None:
        return f"{node.data:g}"
    operands = [f"{arg:g}" if type(arg) is float else arg.label or "·" for arg in node.args[:3]]
    return f"{node.op.name}({', '.join(operands)}{', ...' if len(node.args) > 3 else ''})"
