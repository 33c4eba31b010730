"""The weighted sums in a graph: which nodes are a neuron's z, as one node, as products added up, or as x @ w + b."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
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

    left: Sequence[Any]
    right: Sequence[Any]
    rest: Sequence[Any]
    parts: Sequence[Value]
    spelled: bool


def weighted_sums(order: Sequence[Value]) -> dict[Value, Sum]:
    """By node that is a neuron's z, what it is the sum of; in topological order."""
    leaves = {node for node in order if node.op is None}
    called = {leaf for leaf in leaves if _WEIGHT.match(leaf.label)}
    inner = _inside_sums(order)
    found: dict[Value, Terms] = {}
    doubtful: set[Value] = set()
    for node in order:
        terms = _terms_of(node, inner) if node not in leaves else None
        if terms is not None and _is_complete(terms, leaves):
            if not (_on_the_left(terms, called) or _on_the_left(terms, leaves)):
                if not _has_weights(terms, leaves):
                    continue
                doubtful.add(node)
            for part in terms.parts:
                found.pop(part, None)
            found[node] = terms
    sides = _Sides(found, leaves, called)
    return {node: sides.told(terms) if node in doubtful else _sum(terms) for node, terms in found.items()}


def _sum(terms: Terms) -> Sum:
    """The sum, where the weights are the first factors."""
    rest = terms.rest[0] if terms.rest else None
    bias, constant = (None, rest) if type(rest) is float else (rest, None)
    return Sum(tuple(terms.left), tuple(terms.right), bias, constant)


def _inside_sums(order: Sequence[Value]) -> set[Value]:
    """The nodes that are used once, in a longer sum, and are not called a z themselves."""
    sums = [node for node in order if node.op is not None and node.op.name == "add"]
    terms = {arg for node in sums for arg in node.args if type(arg) is not float and arg.op is not None}
    uses = Counter(arg for node in order if terms for arg in node.args if arg in terms)
    return {term for term in terms if uses[term] == 1 and not _is_called_z(term)}


def _terms_of(node: Value, inner: set[Value]) -> Terms | None:
    """The products that a node adds up, and what else it adds; None where it adds nothing up."""
    assert node.op is not None
    name = node.op.name
    if name == "weighted_sum":
        return Terms(*_split(node), parts=(), spelled=False)
    if name == "mul":
        return Terms(node.args[:1], node.args[1:], (), (), True) if _is_called_z(node) else None
    if name not in ("add", "sum_of") or node in inner:
        return None
    left, right, rest, parts = list[Any](), list[Any](), list[Any](), list[Value]()
    for term in _added(node, inner):
        name = "" if type(term) is float or term.op is None else term.op.name
        if name == "mul":
            left.append(term.args[0])
            right.append(term.args[1])
        elif name == "weighted_sum" and term in inner:
            for found, more in zip((left, right, rest), _split(term), strict=True):
                found.extend(more)
            parts.append(term)
        elif type(term) is not float or term != 0.0:  # with which sum() begins
            rest.append(term)
            if len(rest) > 1:
                return None
    if len(parts) > 1 and any(part.label for part in parts):  # several neurons added up, not the parts of one
        return None
    return Terms(left, right, rest, parts, True)


def _split(node: Value) -> tuple[tuple[Any, ...], tuple[Any, ...], tuple[Any, ...]]:
    """The first factors of a weighted sum, the second ones, and its bias where it has one."""
    args, n = node.args, len(node.args) // 2
    return args[:n], args[n : 2 * n], args[2 * n :]


def _added(node: Value, inner: set[Value]) -> Iterator[Any]:
    """The terms of a sum of sums, from left to right."""
    stack = list(reversed(node.args))
    while stack:
        term = stack.pop()
        if type(term) is not float and term in inner and term.op is not None and term.op.name in ("add", "sum_of"):
            stack += reversed(term.args)
        else:
            yield term


def _is_complete(terms: Terms, leaves: set[Value]) -> bool:
    """Whether there are products, beside which there may be the bias, and none of them is part of a loss."""
    return (
        len(terms.left) > 0
        and len(terms.rest) <= 1
        and all(x in leaves or (type(x) is float and not terms.spelled) for x in terms.rest)
        and not (terms.spelled and any(map(_is_of_a_loss, terms.left, terms.right)))
    )


def _on_the_left(terms: Terms, known: set[Value]) -> bool:
    """Whether the first factors are among some leaves, and no second one is."""
    return all(map(known.__contains__, terms.left)) and known.isdisjoint(terms.right)


def _has_weights(terms: Terms, leaves: set[Value]) -> bool:
    """Whether every product has a leaf that may be a weight, and is no square."""
    return all((a in leaves or b in leaves) and a is not b for a, b in zip(terms.left, terms.right, strict=True))


def _is_called_z(node: Any) -> bool:
    return bool(node.label) and _SUM.fullmatch(canonical(node.label)) is not None


def may_be_target(node: Any) -> bool:
    """Whether a node is a number or a leaf, and has no other name than that of a target."""
    return type(node) is float or (node.op is None and (not node.label or _is_called_target(node)))


def _is_called_target(leaf: Value) -> bool:
    return _TARGET.fullmatch(canonical(leaf.label)) is not None


def _is_of_a_loss(a: Any, b: Any) -> bool:
    """Whether a product is that of a logarithm, or of a target and something computed."""
    leaves = [x for x in (a, b) if type(x) is not float and x.op is None]
    computed = [x for x in (a, b) if type(x) is not float and x.op is not None]
    return any(x.op.name in LOSSES_BEGIN for x in computed) or (bool(computed) and any(map(_is_called_target, leaves)))


# ---------------------------------------------------------------- which factor is the weight


class _Sides:
    """Which factor of a product is the weight."""

    def __init__(self, found: Mapping[Value, Terms], leaves: set[Value], called: set[Value]) -> None:
        self._found, self._leaves, self._called = found, leaves, called

    def told(self, terms: Terms) -> Sum:
        """The sum, with the weight of each product told by name, by what it is beside elsewhere, else by place."""
        several = tuple(terms.left) in self._first_of_several
        pairs = [
            (b, a) if self._is_turned(a, b, several) else (a, b) for a, b in zip(terms.left, terms.right, strict=True)
        ]
        left, right = zip(*pairs, strict=True)
        return _sum(terms._replace(left=left, right=right))

    def _is_turned(self, a: Any, b: Any, several: bool) -> bool:
        """Whether the second factor is the weight; `several` where the first ones look like inputs."""
        if a not in self._leaves or b not in self._leaves:
            return a not in self._leaves
        for mine, other in ((self._name(a), self._name(b)), (a in self._beside_computed, b in self._beside_computed)):
            if mine != other:
                return other > mine
        return several

    def _name(self, leaf: Value) -> int:
        """1 for what is called as a weight, -1 for an input, else 0."""
        return 1 if leaf in self._called else -bool(_INPUT.fullmatch(leaf.label))

    @cached_property
    def _beside_computed(self) -> set[Value]:
        """The leaves that are weights somewhere, as what they are multiplied by is computed."""
        leaves = self._leaves
        left = [x for terms in self._found.values() for x in terms.left]
        right = [x for terms in self._found.values() for x in terms.right]
        pairs = zip(left + right, right + left, strict=True)
        return {w for w, x in pairs if w in leaves and type(x) is not float and x not in leaves}

    @cached_property
    def _first_of_several(self) -> set[tuple[Any, ...]]:
        """The first factors of sums that go with several biases, as inputs do and weights do not."""
        biases: dict[tuple[Any, ...], set[Any]] = {}
        for terms in self._found.values():
            biases.setdefault(tuple(terms.left), set()).update(terms.rest)
        return {firsts for firsts, several in biases.items() if len(several) > 1}
