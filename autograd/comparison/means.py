"""Means taken wrongly: divided by N - 1, or held constant though they are made of what is differentiated."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from autograd.comparison.causes import example
from autograd.comparison.node_by_node import sweep
from autograd.comparison.question import Question
from autograd.comparison.rows import Finding, grouped
from autograd.graph import topological_order
from autograd.textbook.mistakes import MISTAKES

FEWER, CONSTANT = "divided-by-n-minus-one", "held-constant"
"""The codes of these mistakes."""

MOST_MEANS, WORK = 100, 1_000_000
"""How many means are each taken to be divided by N - 1; how many nodes below means are looked at."""

SUMS = frozenset({"add", "sum_of", "weighted_sum"})
"""Operations that add up."""


def of_means(question: Question, order: Sequence[Any], values: Mapping[Any, float]) -> list[Finding]:
    """The mistake in a mean that explains all numbers; [] where there is none."""
    for cause, formula, place, tweak in _tweaks(order) if question.wrong else ():
        try:
            slopes = sweep(order, values, tweak)
        except (ValueError, ArithmeticError):
            continue
        predicted = [slopes.get(number.node, 0.0) for number in question.numbers]
        fits = all(question.explains(i, p) for i, p in enumerate(predicted))
        if fits and question.tells(predicted) and any(predicted):
            names = [question.numbers[i].name for i in question.wrong]
            told = f"{grouped(names)}: {formula}: {example(question, predicted)}"
            return [Finding(cause, names, told, place, MISTAKES[cause].remedy)]
    return []


def _tweaks(order: Sequence[Any]) -> Iterator[tuple[str, str, str, Callable[..., float]]]:
    """(cause, formula, place, tweak of a share) of every mistake."""
    means = {node: count for node in order if (count := _terms(node)) > 1}
    for node, n in means.items() if len(means) <= MOST_MEANS else ():
        if n > 2:  # of two terms, to divide by 1 is not to divide
            formula = f"divided by N - 1 = {n - 1}, where the mean is over N = {n}"
            yield FEWER, formula, node.label or "the mean", _scaled({node}, n / (n - 1))
    statistics = _statistics(order, means)
    behind = _made_of(order, statistics)
    first = {node for node in statistics if behind[node] == {node}}
    for chosen, what in (
        (statistics, "the means"), (statistics - first, "the means behind other means"), (first, "the first means"),
    ):  # fmt: skip
        if chosen:
            names = list(dict.fromkeys(node.label for node in order if node in chosen and node.label))
            place = ", ".join(names[:4]) or what
            yield CONSTANT, f"{place} taken for constant{'s' * (len(names) != 1)}", place, _scaled(chosen, 0.0)


def _terms(node: Any) -> int:
    """How many terms a node is the mean of: those of a sum that is divided by their number; else 0."""
    if node.op is None or node.op.name not in ("div", "mul"):
        return 0
    factor, divided = sorted(node.args, key=lambda arg: type(arg) is not float)
    if type(factor) is not float or not factor or (node.op.name == "div" and factor is node.args[0]):
        return 0
    exactly, terms = factor if node.op.name == "div" else 1.0 / factor, len(_summed(divided))
    count = round(exactly)
    if terms < 2 or count < 1 or abs(exactly - count) > 1e-9 * exactly:
        return 0
    if count <= terms:  # each of them may be a sum of its own
        return max(count, 2)
    return 0 if count % terms else terms


def _summed(node: Any) -> list[Any]:
    """The terms of a sum, however it is written; of products added up in one node, the factors."""
    found, stack = [], [node]
    while stack:
        inner = stack.pop()
        if type(inner) is not float and inner.op is not None and inner.op.name in SUMS:
            stack += inner.args
        elif inner is not node:
            found.append(inner)
    return found


def _statistics(order: Sequence[Any], means: Collection[Any]) -> set[Any]:
    """The means of what is used beside them too, as the numbers are that a mean is taken off."""
    if len(means) * len(order) > WORK:
        return set()
    users: dict[Any, set[Any]] = {}
    for node in order:
        for arg in node.args:
            users.setdefault(arg, set()).add(node)
    found = set()
    for mean in means:
        below = set(topological_order(mean))
        terms = {term for arg in mean.args if type(arg) is not float for term in _summed(arg)}
        inside = (node for node in below if node is not mean and (node.op is not None or node in terms))
        if any(not users[node] <= below for node in inside):
            found.add(mean)
    return found


def _made_of(order: Sequence[Any], means: Collection[Any]) -> dict[Any, frozenset[Any]]:
    """By node, the means that it is made of, itself among them."""
    found: dict[Any, frozenset[Any]] = {}
    for node in order:
        parts = {found[arg] for arg in node.args if type(arg) is not float}
        found[node] = frozenset[Any]().union(*parts, [node] if node in means else [])
    return found


def _scaled(nodes: Collection[Any], factor: float) -> Callable[..., float]:
    """What nodes hand on times a factor."""
    return lambda node, i, g, y, xs, share: factor * share if node in nodes else share
