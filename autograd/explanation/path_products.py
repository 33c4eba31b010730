"""Paths as they are read: by the names of their nodes, as a product of slopes, each with its share of the gradient."""

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from autograd.explanation import rules
from autograd.explanation.derivation import Derivation, Line, unknowns
from autograd.explanation.figures import DIGITS, figure, settled
from autograd.explanation.layout import sides
from autograd.explanation.notation import LATEX, TEXT, Name, Style, Unknown
from autograd.explanation.paths import count, largest
from autograd.value import Value

SHOWN = 6
"""So many paths are shown one by one, the largest; up to twice as many where these are all."""

LONG = 12
"""Of a path of more steps than these only its ends and the share are given."""

ENDS = 3
"""So many names at either end of a long path are shown."""


class Trail(NamedTuple):
    """One path.

    nodes    the names along it, from the value to the loss
    factors  the slopes along it, from the loss to the value; their product is the share
    share    its part of the gradient
    sides    product in names, in numbers, and the share, as text
    latex    the same in LaTeX
    left     what it is a part of, in LaTeX
    beside   which operand, where a node goes into the next one several times
    about    the nodes that are named
    """

    nodes: tuple[str, ...]
    factors: tuple[float, ...]
    share: float
    sides: tuple[str, ...]
    latex: tuple[str, ...]
    left: str
    beside: str = ""
    about: tuple[Any, ...] = ()

    @property
    def route(self) -> str:
        """The way in names, as it is shown."""
        names = list(self.nodes)
        if len(names) > LONG + 1:
            names[ENDS:-ENDS] = [f"⟨{len(names) - 2 * ENDS:,} more⟩"]
        return " → ".join(names) + (f" ({self.beside})" if self.beside else "")


class Paths:
    """The largest paths, to be iterated over.

    count  of all paths
    value  the gradient, what all make up together
    rest   what is made up by those that are not among them

    Their shares and the rest add up to the gradient exactly (with `math.fsum`); the rest holds what
    rounding makes of the sum, too.
    """

    def __init__(self, shown: Sequence[Trail], count: int, value: float, left: str) -> None:
        self._shown = list(shown)
        self.count, self.value, self.left = count, value, left
        parts = [value, *(-trail.share for trail in shown)]
        self.rest = math.fsum(parts) if all(map(math.isfinite, parts)) else math.nan

    def __iter__(self) -> Iterator[Trail]:
        return iter(self._shown)

    def __len__(self) -> int:
        return len(self._shown)

    def __getitem__(self, place: int) -> Trail:
        return self._shown[place]

    def __repr__(self) -> str:
        return f"<{len(self)} of {self.count:,} paths to {figure(self.value).text}>"

    def total(self, style: Style) -> list[str]:
        """share + share + ... = gradient."""
        terms: list[Any] = [Unknown(Name("share", r"\mathrm{share}"), trail.share) for trail in self]
        if self.count > len(self):
            terms.append(Unknown(Name("rest", r"\mathrm{rest}"), self.rest))
        whole = terms[0]
        for term in terms[1:]:
            whole = whole + term
        found = settled(whole, self.value, {})
        numbers = [style.write(whole, digits=found[0])] if found else []
        if numbers and self.count > len(self):
            others = f"{self.count - len(self):,}"
            tag = f" ({others} others)" if style is TEXT else rf"\ ({others}\ \mathrm{{others}})"
            numbers[0] += tag
        return [*numbers, style.number(self.value, DIGITS)]


def trails(derivation: Derivation, target: Value, local: dict[Any, Any]) -> Paths:
    """The paths of a target, largest first; from the δ of an output on where that has a closed form."""
    root = derivation.root
    for z in derivation.outputs.closed():
        if z in derivation.active and z is not target:
            local[z] = [(root, -1, derivation.slopes[z])]
    value = derivation.slopes.get(target, 0.0)
    name = derivation.naming.gradient(target).name
    if target is root:
        return Paths([], 1, 1.0, name.latex)
    number = count(root, target, derivation.order, local)
    limit = number if number <= 2 * SHOWN else SHOWN
    found = islice(largest(root, target, derivation.order, local), limit)
    return Paths([_trail(derivation, target, path.edges, path.factors) for path in found], number, value, name.latex)


def _trail(
    derivation: Derivation, target: Value, edges: Sequence[tuple[Value, int]], factors: Sequence[float]
) -> Trail:
    naming = derivation.naming
    along = [target, *(user for user, _ in edges)]
    nodes = [naming.name(node).text for node in along]
    shown = set(along if len(edges) <= LONG else [*along[:ENDS], *along[-ENDS:]])
    beside = [
        f"operand {place + 1} of {naming.name(user).text}"
        for (user, place), node in zip(edges, along, strict=False)
        if user in shown and sum(arg is node for arg in user.args) > 1 and place >= 0
    ]
    share = math.prod(reversed(factors))  # as backward() multiplies: from the loss on
    texts = []
    formula, exact = _product(derivation, target, edges) if len(edges) <= LONG else (share, {})
    for style in (TEXT, LATEX):
        line = Line(naming.gradient(target), formula, share, exact)
        texts.append(tuple(sides(line, style)))
    used = [naming.unlabelled(part) for part in unknowns(formula)]
    named = dict.fromkeys([*(node for node in shown if node is not derivation.root), *used])
    about = tuple(node for node in named if node in naming.generated)
    return Trail(
        tuple(nodes), tuple(reversed(factors)), share, texts[0], texts[1], r"\text{share}", ", ".join(beside), about
    )


def _product(derivation: Derivation, target: Value, edges: Sequence[tuple[Value, int]]) -> tuple[Any, dict[Any, float]]:
    """The slopes along a path, multiplied; and the numbers of parts that rounding would spoil."""
    naming = derivation.naming
    below = [target, *(user for user, _ in edges)]
    product: Any = 1.0
    exact: dict[Any, float] = {}
    for (user, place), node in zip(reversed(edges), reversed(below[:-1]), strict=True):
        if place < 0:
            product = naming.gradient(node)
            continue
        op = user.op
        assert op is not None
        y = naming.value(user)
        if op.name in rules.TEXTBOOK:
            product, rest = rules.textbook(op.name, product, y, user.primals[1])
            exact |= rest
        else:
            xs = [derivation.value(arg) for arg in user.args]
            product = rules.tidied(rules.share(op, place, product, derivation.result(user), xs), rules.amount)
    return product, exact
