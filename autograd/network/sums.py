"""The weighted sums in a graph: which nodes are a neuron's z, as one node, as products added up, or as x @ w + b."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autograd.names import canonical
from autograd.value import Value

LOSSES_BEGIN = frozenset({"log", "log1p"})
"""Products with results of these are part of a cross-entropy, and of no neuron."""

_SUM = re.compile(r"z\d*")
_WEIGHT = re.compile(r"[wW]")
_INPUT = re.compile(r"[xX]\d*")
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
    """A sum before it is known which factors are the weights; `parts` are weighted sums that it adds up."""

    pairs: list[tuple[Any, Any]]
    rest: list[Any]
    parts: list[Value]


def weighted_sums(order: Sequence[Value]) -> dict[Value, Sum]:
    """By node that is a neuron's z, what it is the sum of; in topological order."""
    inner = _inside_sums(order)
    found: dict[Value, Terms] = {}
    for node in order:
        terms = _terms_of(node, inner)
        if terms is not None and _may_be_a_neuron(node, terms):
            for part in terms.parts:
                found.pop(part, None)
            found[node] = terms
    return _with_weights(found)


def _inside_sums(order: Sequence[Value]) -> set[Value]:
    """The nodes that are used once, in a longer sum, and are not called a z themselves."""
    uses = Counter(arg for node in order for arg in node.args if type(arg) is not float)
    return {
        arg
        for node in order
        if node.op is not None and node.op.name == "add"
        for arg in node.args
        if type(arg) is not float and uses[arg] == 1 and not _is_called_z(arg)
    }


def _terms_of(node: Value, inner: set[Value]) -> Terms | None:
    """The products that a node adds up, and what else it adds; None where it adds nothing up."""
    name = "" if node.op is None else node.op.name
    if name == "weighted_sum":
        return Terms(*_split(node), [])
    if name == "mul":
        return Terms([node.args], [], []) if _is_called_z(node) else None
    if name not in ("add", "sum_of") or node in inner:
        return None
    found = Terms([], [], [])
    for term in _added(node, inner):
        name = "" if type(term) is float or term.op is None else term.op.name
        if name == "mul":
            found.pairs.append(term.args)
        elif name == "weighted_sum" and term in inner:
            pairs, rest = _split(term)
            found.pairs.extend(pairs)
            found.rest.extend(rest)
            found.parts.append(term)
        elif type(term) is not float or term != 0.0:  # with which sum() begins
            found.rest.append(term)
            if len(found.rest) > 1:
                return None
    named = any(part.label for part in found.parts)
    return None if len(found.parts) > 1 and named else found


def _split(node: Value) -> tuple[list[tuple[Any, Any]], list[Any]]:
    """The products of a weighted sum, and its bias as a list of one or none."""
    n = len(node.args) // 2
    return list(zip(node.args[:n], node.args[n : 2 * n], strict=True)), list(node.args[2 * n :])


def _added(node: Value, inner: set[Value]) -> Iterator[Any]:
    """The terms of a sum of sums, from left to right."""
    stack = list(reversed(node.args))
    while stack:
        term = stack.pop()
        if type(term) is not float and term in inner and term.op is not None and term.op.name in ("add", "sum_of"):
            stack += reversed(term.args)
        else:
            yield term


def _may_be_a_neuron(node: Value, terms: Terms) -> bool:
    """Whether every product has a leaf that may be a weight, and what else there is may be the bias."""
    numbers = node.op is not None and node.op.name == "weighted_sum"  # a number may stand in the place of the bias
    return (
        bool(terms.pairs)
        and len(terms.rest) <= 1
        and all(_is_leaf(x) or (numbers and type(x) is float) for x in terms.rest)
        and all(a is not b and (_is_leaf(a) or _is_leaf(b)) and not _is_of_a_loss(a, b) for a, b in terms.pairs)
    )


def _is_leaf(node: Any) -> bool:
    return type(node) is not float and node.op is None


def _is_called_z(node: Any) -> bool:
    return bool(node.label) and _SUM.fullmatch(canonical(node.label)) is not None


def may_be_target(node: Any) -> bool:
    """Whether a node is a number or a leaf, and has no other name than that of a target."""
    return type(node) is float or (node.op is None and (not node.label or _is_called_target(node)))


def _is_called_target(leaf: Value) -> bool:
    return _TARGET.fullmatch(canonical(leaf.label)) is not None


def _is_of_a_loss(a: Any, b: Any) -> bool:
    """Whether a product is that of a target, or of a logarithm."""
    return any(
        (_is_leaf(x) and _is_called_target(x))
        or (type(x) is not float and x.op is not None and x.op.name in LOSSES_BEGIN)
        for x in (a, b)
    )


# ---------------------------------------------------------------- which factor is the weight


def _with_weights(found: Mapping[Value, Terms]) -> dict[Value, Sum]:
    """The sums, the weight of each product told from the input: by name, by what it is beside, by place."""
    beside = [pair for terms in found.values() for a, b in terms.pairs for pair in ((a, b), (b, a))]
    known = {leaf for leaf, other in beside if _is_leaf(leaf) and type(other) is not float and other.op is not None}
    shared = _inputs_by_bias(found)
    sums: dict[Value, Sum] = {}
    for node, terms in found.items():
        firsts = tuple(a for a, _ in terms.pairs)
        pairs = [pair[::-1] if _is_turned(pair, known, firsts in shared) else pair for pair in terms.pairs]
        weights, inputs = zip(*pairs, strict=True)
        rest = terms.rest[0] if terms.rest else None
        bias, constant = (None, rest) if type(rest) is float else (rest, None)
        sums[node] = Sum(weights, inputs, bias, constant)
    return sums


def _inputs_by_bias(found: Mapping[Value, Terms]) -> set[tuple[Any, ...]]:
    """The first factors of sums that go with several biases, as inputs do and weights do not."""
    biases: dict[tuple[Any, ...], set[Any]] = {}
    for terms in found.values():
        if all(map(_is_leaf, terms.pairs[0])):  # else the weight is known
            biases.setdefault(tuple(a for a, _ in terms.pairs), set()).update(terms.rest)
    return {firsts for firsts, several in biases.items() if len(several) > 1}


def _is_turned(pair: tuple[Any, Any], known: set[Any], shared: bool) -> bool:
    """Whether the second factor is the weight; `shared` where the first ones look like inputs."""
    a, b = pair
    if not (_is_leaf(a) and _is_leaf(b)):
        return not _is_leaf(a)
    mine, other = ((_named(leaf), leaf in known) for leaf in pair)
    return shared if mine == other else other > mine


def _named(leaf: Value) -> int:
    """1 for what has the name of a weight, -1 for that of an input, else 0."""
    return bool(_WEIGHT.match(leaf.label)) - bool(_INPUT.fullmatch(canonical(leaf.label)))
