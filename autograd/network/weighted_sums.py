"""The weighted sums in a graph: which nodes are a neuron's z, as one node, as products added up, or as x @ w + b."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import is_
from typing import Any, NamedTuple

from autograd.names import canonical
from autograd.value import Value

LOSSES_BEGIN = frozenset({"log", "log1p"})
"""Products with results of these are part of a cross-entropy, and of no neuron."""

_SUM = re.compile(r"z\d*")
_WEIGHT = re.compile(r"[wW]")
_INPUT = re.compile(r"[xX]_?\d*")
_TARGET = re.compile(r"[yt]\d*|targets?\d*")


class Sum(NamedTuple):
    """What a neuron's z is the sum of.

    weights   the leaves, in the order of the inputs
    inputs    nodes or plain numbers
    bias      a leaf, or None
    constant  a plain number in the place of a bias, or None
    """

    weights: tuple[Value, ...]
    inputs: tuple[Any, ...]
    bias: Value | None
    constant: float | None


class Terms(NamedTuple):
    """A sum before it is known which factors are the weights.

    left, right  the factors of its products
    rest         what else it adds
    parts        weighted sums that it adds up
    spelled      whether it is written with * and +, where a product may be that of anything
    """

    left: list[Any]
    right: list[Any]
    rest: list[Any]
    parts: list[Value]
    spelled: bool


def weighted_sums(order: Sequence[Value]) -> dict[Value, Sum]:
    """By node that is a neuron's z, what it is the sum of; in topological order."""
    leaves = {node for node in order if node.op is None}
    inner = _inside_sums(order)
    found: dict[Value, Terms] = {}
    for node in order:
        terms = _terms_of(node, inner)
        if terms is not None and _may_be_a_neuron(terms, leaves):
            for part in terms.parts:
                found.pop(part, None)
            found[node] = terms
    return _with_weights(found, leaves)


def _inside_sums(order: Sequence[Value]) -> set[Value]:
    """The nodes that are used once, in a longer sum, and are not called a z themselves."""
    sums = [node for node in order if node.op is not None and node.op.name == "add"]
    terms = {arg for node in sums for arg in node.args if type(arg) is not float and arg.op is not None}
    uses = Counter(arg for node in order if terms for arg in node.args if arg in terms)
    return {term for term in terms if uses[term] == 1 and not _is_called_z(term)}


def _terms_of(node: Value, inner: set[Value]) -> Terms | None:
    """The products that a node adds up, and what else it adds; None where it adds nothing up."""
    name = "" if node.op is None else node.op.name
    if name == "weighted_sum":
        n = len(node.args) // 2
        return Terms(list(node.args[:n]), list(node.args[n : 2 * n]), list(node.args[2 * n :]), [], False)
    if name == "mul":
        return Terms([node.args[0]], [node.args[1]], [], [], True) if _is_called_z(node) else None
    if name not in ("add", "sum_of") or node in inner:
        return None
    found = Terms([], [], [], [], True)
    for term in _added(node, inner):
        name = "" if type(term) is float or term.op is None else term.op.name
        if name == "mul":
            found.left.append(term.args[0])
            found.right.append(term.args[1])
        elif name == "weighted_sum" and term in inner:
            n = len(term.args) // 2
            found.left.extend(term.args[:n])
            found.right.extend(term.args[n : 2 * n])
            found.rest.extend(term.args[2 * n :])
            found.parts.append(term)
        elif type(term) is not float or term != 0.0:  # with which sum() begins
            found.rest.append(term)
            if len(found.rest) > 1:
                return None
    named = any(part.label for part in found.parts)
    return None if len(found.parts) > 1 and named else found


def _pairs(terms: Terms) -> Iterator[tuple[Any, Any]]:
    return zip(terms.left, terms.right, strict=True)


def _added(node: Value, inner: set[Value]) -> Iterator[Any]:
    """The terms of a sum of sums, from left to right."""
    stack = list(reversed(node.args))
    while stack:
        term = stack.pop()
        if type(term) is not float and term in inner and term.op is not None and term.op.name in ("add", "sum_of"):
            stack += reversed(term.args)
        else:
            yield term


def _may_be_a_neuron(terms: Terms, leaves: set[Value]) -> bool:
    """Whether every product has a leaf that may be a weight, and what else there is may be the bias."""
    return (
        bool(terms.left)
        and len(terms.rest) <= 1
        and all(x in leaves or (type(x) is float and not terms.spelled) for x in terms.rest)
        and (leaves.issuperset(terms.left) or all(a in leaves or b in leaves for a, b in _pairs(terms)))
        and not any(map(is_, terms.left, terms.right))
        and not (terms.spelled and any(map(_is_of_a_loss, terms.left + terms.right)))
    )


def _is_called_z(node: Any) -> bool:
    return bool(node.label) and _SUM.fullmatch(canonical(node.label)) is not None


def may_be_target(node: Any) -> bool:
    """Whether a node is a number or a leaf, and has no other name than that of a target."""
    return type(node) is float or (node.op is None and (not node.label or _is_called_target(node)))


def _is_called_target(leaf: Value) -> bool:
    return _TARGET.fullmatch(canonical(leaf.label)) is not None


def _is_of_a_loss(factor: Any) -> bool:
    """Whether a factor is a target or a logarithm."""
    if type(factor) is float:
        return False
    return _is_called_target(factor) if factor.op is None else factor.op.name in LOSSES_BEGIN


# ---------------------------------------------------------------- which factor is the weight


def _with_weights(found: Mapping[Value, Terms], leaves: set[Value]) -> dict[Value, Sum]:
    """The sums, the weight of each product told from the input: by name, by what it is beside elsewhere, by place."""
    known: set[Value] | None = None
    shared: set[tuple[Any, ...]] = set()
    sums: dict[Value, Sum] = {}
    for node, terms in found.items():
        weights, inputs = tuple(terms.left), tuple(terms.right)
        if not (leaves.issuperset(weights) and leaves.isdisjoint(inputs)):
            pairs = []
            for a, b in _pairs(terms):
                turned = _is_turned((a, b), leaves)
                if turned is None:
                    if known is None:
                        known, shared = _beside_computed(found, leaves), _first_of_several(found)
                    turned = weights in shared if (a in known) == (b in known) else b in known
                pairs.append((b, a) if turned else (a, b))
            weights, inputs = zip(*pairs, strict=True)
        rest = terms.rest[0] if terms.rest else None
        bias, constant = (None, rest) if type(rest) is float else (rest, None)
        sums[node] = Sum(weights, inputs, bias, constant)
    return sums


def _is_turned(pair: tuple[Any, Any], leaves: set[Value]) -> bool | None:
    """Whether the second factor is the weight; None where both are leaves, and their names do not tell."""
    a, b = pair
    if a not in leaves or b not in leaves:
        return a not in leaves
    mine, other = _named(a), _named(b)
    return None if mine == other else other > mine


def _named(leaf: Value) -> int:
    """1 for what has the name of a weight, -1 for that of an input, else 0."""
    return bool(_WEIGHT.match(leaf.label)) - bool(_INPUT.fullmatch(leaf.label))


def _beside_computed(found: Mapping[Value, Terms], leaves: set[Value]) -> set[Value]:
    """The leaves that are weights somewhere, as what they are multiplied by is computed."""
    pairs = [pair for terms in found.values() for a, b in _pairs(terms) for pair in ((a, b), (b, a))]
    return {leaf for leaf, other in pairs if leaf in leaves and type(other) is not float and other not in leaves}


def _first_of_several(found: Mapping[Value, Terms]) -> set[tuple[Any, ...]]:
    """The first factors of sums that go with several biases, as inputs do and weights do not."""
    biases: dict[tuple[Any, ...], set[Any]] = {}
    for terms in found.values():
        biases.setdefault(tuple(terms.left), set()).update(terms.rest)
    return {firsts for firsts, several in biases.items() if len(several) > 1}
