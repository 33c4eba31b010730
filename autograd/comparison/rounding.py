"""How far a right computation of a gradient can be from the exact one: a running bound on rounding errors.

Every operation is taken to be wrong by at most `OPERATION` units in the last place, more than any
row of the table and any usual math library is; a sum, by that of all its terms in any order. Such
an error is carried on by the slopes of what follows, forward through the values and then backward
through the rules, whose own slopes are read off with symbols. The bound is first-order (Linnainmaa
1976), and evaluated at the exact numbers.

Where a value goes one way only, as ŷ does into the loss and back out of it, its error is followed
with its sign: (ŷ - y)/(ŷ(1 - ŷ)) · ŷ(1 - ŷ) is known to be as good as ŷ - y.

A second bound, `naive`, is for textbook forms that lose digits, h(1 - h), 1 - h² and ŷ - y with h
or ŷ near 1, where the rows of the table have forms that do not. A third, `grown`, is for what 1/x
makes of the rounding of a small x, 1/(1 - ŷ) with ŷ near 1: of a number it may be less than half, so
that no lost sign and no lost factor of two can hide in it.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from autograd import ops
from autograd.comparison.exact import Exact, digits_for, exact_gradients, exact_values, function, operands
from autograd.comparison.progress_bar import steps
from autograd.graph import cotangents, topological_order
from autograd.primitive import Primitive
from autograd.symbol import Symbol
from autograd.value import Value

OPERATION = 4
"""Units in the last place by which one operation may be wrong."""

ORDINARY = Decimal("1e-12")
"""The share of a number up to which what a slope makes of rounding is not counted as `grown`."""

BELIEVED = Decimal("1e-3")
"""The share of a number that mixed forms (1/(1 - ŷ) from ŷ, but σ'(z) from z) may lose whatever ŷ was rounded by."""

MOST = Decimal("0.49")
"""The share of a number that `grown` may be."""

UNIT = Decimal(sys.float_info.epsilon)
OWN = OPERATION * UNIT
SMALLEST = Decimal("5e-324")
ZERO = Decimal(0)
ENDLESS = Decimal("1e1000000")
SUMS = frozenset({"add", "sub"})


class Bounded(NamedTuple):
    """An exact number, and how far from it rounding may take a right computation.

    number  to many digits
    error   by good formulas
    naive   what textbook forms may lose besides
    where   the node whose digits are lost most by these, if any
    grown   what 1/x may make of the rounding of a small x
    size    the sum of the shares that the number is made of, without their signs
    flips   whether `naive` may change its sign; of 1 - h, 1 - h² and ŷ - 1 nothing may be left, but they do not
    """

    number: Decimal
    error: Decimal
    naive: Decimal = ZERO
    where: Any = None
    grown: Decimal = ZERO
    size: Decimal = ZERO
    flips: bool = False

    @property
    def bound(self) -> Decimal:
        """By any right formula."""
        return self.coarser(1)

    def coarser(self, times: int) -> Decimal:
        """By any right formula, in arithmetic so many times coarser."""
        return times * (self.error + self.naive) + min(times * self.grown, MOST * self.size)

    def explains(self, x: Decimal, times: int = 1) -> bool:
        """Whether x is the number to within rounding, in arithmetic so many times coarser."""
        flipped = x * self.number < 0 and not self.flips
        return abs(x - self.number) <= (times * self.error if flipped else self.coarser(times))


class _Partial(NamedTuple):
    """The share of an argument in the rule of an operation: its place, and its slopes in g, y and the operands."""

    place: int
    share: Any
    by_g: Any
    by_y: Any
    by_xs: dict[int, Any]


_INFIX = {ops.add: "{} + {}", ops.sub: "{} - {}", ops.mul: "{} * {}", ops.div: "{} / {}", ops.neg: "-{}"}
"""How the arithmetic of decimals is written in Python."""


def _shares(node: Any, g: Exact, y: Exact, xs: Sequence[Exact]) -> list[_Partial]:
    """The shares of a node's operands that are not literals, with their slopes, as numbers."""
    rule = _rule(node.op, tuple([type(arg) is float for arg in node.args]))
    return rule(g.number, y.number, *[x.number for x in xs])


@lru_cache(maxsize=1000)
def _rule(op: Primitive, literal: tuple[bool, ...]) -> Callable[..., list[_Partial]]:
    """The rule of an operation as a function of decimals, written once for every pattern of literals."""
    return _written(*_read(op, literal))


def _read(op: Primitive, literal: tuple[bool, ...]) -> tuple[list[_Partial], list[Symbol]]:
    """The shares and their slopes as formulas, and their unknowns: g, y and the operands."""
    g, y, *xs = unknowns = [Symbol(name) for name in ("g", "y", *(f"x{i}" for i in range(len(literal))))]
    known = [1.0 if fixed else x for x, fixed in zip(xs, literal, strict=True)]
    moving = {g, y, *(x for x in known if type(x) is not float)}
    places = {x: place for place, x in enumerate(xs)}
    partials = []
    for x, share in op.paper.shares(g, y, xs, known):
        slopes = cotangents(share, moving) if isinstance(share, Symbol) else {}
        by_xs = {places[other]: slope for other, slope in slopes.items() if other in places and other in moving}
        partials.append(_Partial(places[x], share, slopes.get(g, 0.0), slopes.get(y, 0.0), by_xs))
    return partials, unknowns


def _written(partials: list[_Partial], unknowns: list[Symbol]) -> Callable[..., list[_Partial]]:
    """Formulas as a Python function of decimals, one operation a line."""
    wanted = [x for p in partials for x in (p.share, p.by_g, p.by_y, *p.by_xs.values()) if type(x) is not float]
    names: dict[Any, str] = {unknown: unknown.label for unknown in unknowns}
    space: dict[str, Any] = {"Partial": _Partial, "ArithmeticError": ArithmeticError, "endless": ENDLESS}

    def name(x: Any) -> str:
        if type(x) is not float:
            return names[x]
        space[key := f"c{len(space)}"] = Decimal(x)
        return key

    lines = []
    for item in topological_order(*wanted):
        if item.op is None:
            continue
        space[f"f{len(names)}"] = function(item.op)
        args = [name(x) for x in item.args]
        text = _INFIX.get(item.op, f"f{len(names)}({', '.join(args)})").format(*args)
        names[item] = made = f"t{len(names)}"
        # A slope may have an infinite slope of its own, as that of x**1.5 at 0.
        lines.append(f"    try: {made} = {text}\n    except ArithmeticError: {made} = endless")
    told = [
        f"Partial({p.place}, {name(p.share)}, {name(p.by_g)}, {name(p.by_y)}, "
        f"{{{', '.join(f'{i}: {name(x)}' for i, x in p.by_xs.items())}}})"
        for p in partials
    ]
    head = f"def rule({', '.join(unknown.label for unknown in unknowns)}):"
    exec("\n".join([head, *lines, f"    return [{', '.join(told)}]"]), space)
    return space["rule"]  # type: ignore[no-any-return]


class Reference(NamedTuple):
    """The exact values and gradients of a graph by node, with what rounding may make of them."""

    values: dict[Value, Bounded]
    gradients: dict[Value, Bounded]


def reference(output: Value) -> Reference:
    """The values of the nodes of a graph and d output / d node, as it was evaluated, with their bounds."""
    order = topological_order(output)
    with digits_for(order):
        numbers = exact_values(order)
        slopes = exact_gradients(output, numbers)
        errors = _forward(order, numbers)
        tally = {node: _Tally() for node in slopes}
        for node in steps(order[::-1], "rounding of gradients"):
            if node.op is not None and node in tally:
                _carry_back(node, tally, numbers, slopes, errors)
        gradients = {
            node: entry.bounded(node, slopes[node].number, numbers[node].number, errors[node][0])
            for node, entry in tally.items()
        }
    return Reference({node: Bounded(numbers[node].number, error) for node, (error, _) in errors.items()}, gradients)


class _Tally:
    """What is known of the error of one cotangent: independent of its node's own error, and along with it (signed)."""

    __slots__ = ("along", "error", "flips", "grown", "naive", "shares", "signs", "size", "where")

    def __init__(self) -> None:
        self.error = self.along = self.naive = self.grown = self.size = ZERO
        self.shares = 0
        self.where: Any = None
        self.flips = False
        self.signs: set[bool] = set()

    def add(
        self, share: Decimal, error: Decimal, along: Decimal = ZERO, naive: Decimal = ZERO, grown: Decimal = ZERO,
        where: Any = None, flips: bool = False,
    ) -> None:  # fmt: skip
        """One share more."""
        if naive + grown > self.naive + self.grown:
            self.where = where
        self.error += error
        self.along += along
        self.size += abs(share)
        self.shares += 1
        self.naive += naive
        self.grown += grown
        self.flips |= flips
        if share:
            self.signs.add(share > 0)

    def bounded(self, node: Any, number: Decimal, y: Decimal, own: Decimal) -> Bounded:
        """The cotangent of a node with its bounds, y being its value and `own` the error of that."""
        added = UNIT * self.size * (self.shares - 1) if self.shares > 1 else ZERO  # shares may be added in any order
        error, grown = _parted(abs(self.along) * own, self.size)
        grown = min(grown, _mixed(node, y, abs(self.along), self.size))
        where = node if grown > self.naive + self.grown else self.where
        error += self.error + added
        flips = self.flips or len(self.signs) > 1
        return Bounded(number, error, self.naive, where, self.grown + grown, self.size, flips)


def _parted(lost: Decimal, size: Decimal) -> tuple[Decimal, Decimal]:
    """(ordinary, grown): what is lost of a number of some size is one or the other."""
    return (lost, ZERO) if lost <= ORDINARY * size else (ZERO, lost)


def _forward(order: Sequence[Any], numbers: Mapping[Any, Exact]) -> dict[Any, tuple[Decimal, Decimal]]:
    """By node, the bound of its value, and what its own operation has of that."""
    found: dict[Any, tuple[Decimal, Decimal]] = {}
    one = Exact(Decimal(1))
    for node in steps(order, "rounding of values"):
        if node.op is None:
            found[node] = ZERO, ZERO
            continue
        xs, args = operands(node, numbers), node.args
        carried = terms = ZERO
        for partial in _shares(node, one, numbers[node], xs):
            carried += abs(partial.share) * found[args[partial.place]][0]
            terms += abs(partial.share * xs[partial.place].number)
        own = OWN * abs(numbers[node].number) + SMALLEST
        if node.op.pullback is not None or _is_part_of_sum(node):
            own += UNIT * len(xs) * terms  # its terms may be added in any order
        found[node] = carried + own, own
    return found


def _is_part_of_sum(node: Any) -> bool:
    """Whether the node is a + b + c, which might as well be added as a + (b + c)."""
    return node.op.name in SUMS and any(type(arg) is not float and arg.op and arg.op.name in SUMS for arg in node.args)


def _carry_back(
    node: Any,
    tally: dict[Any, _Tally],
    numbers: Mapping[Any, Exact],
    slopes: Mapping[Any, Exact],
    values: Mapping[Any, tuple[Decimal, Decimal]],
) -> None:
    """The shares of a node's operands, with their errors, into the tally of these."""
    y, xs, mine, args = numbers[node], operands(node, numbers), tally[node], node.args
    g, (total, own) = slopes[node].number, values[node]
    moving = {arg for arg in args if type(arg) is not float and values[arg][0]}
    chain = len(moving) == 1 and sum(arg in moving for arg in args) == 1
    before = mine.bounded(node, g, y.number, ZERO if chain else total)
    for p in _shares(node, slopes[node], y, xs):
        arg, size = args[p.place], abs(p.by_g)
        error = size * before.error + OWN * abs(p.share) + SMALLEST
        naive, grown = size * before.naive if before.naive else ZERO, size * before.grown if before.grown else ZERO
        along, more, flips = ZERO, (ZERO, ZERO, ZERO), before.flips
        if chain and arg in moving:
            by_y = p.by_g * mine.along + p.by_y
            along = by_y * (p.share / g if g else ZERO) + p.by_xs.get(p.place, ZERO)
            more = _of_own_value(node, p, abs(by_y), abs(_by_textbook(node, p, by_y, mine.along, g, y.number)), y, own)
        else:
            error += abs(p.by_y) * total if p.by_y else ZERO
            for i, by_x in p.by_xs.items():
                if args[i] in moving:
                    error += abs(by_x) * values[args[i]][0]
        if node.op.name == "binary_cross_entropy_with_logits" and p.place == 0:
            more = ZERO, OWN * abs(g), ZERO  # σ(z) - y
            flips |= 0 < xs[1].number < 1
        where = node if more[1] + more[2] > naive + grown else before.where
        tally[arg].add(p.share, error + more[0], along, naive + more[1], grown + more[2], where, flips)
    if node.op.name == "log_sum_exp":
        _own_class(node, tally, OWN * abs(g))


def _of_own_value(
    node: Any, p: _Partial, by_y: Decimal, textbook: Decimal, y: Exact, own: Decimal
) -> tuple[Decimal, Decimal, Decimal]:
    """(error, naive, grown): what the rounding of a node's own value makes of a share, `by_y` in the form of its
    row and `textbook` in that of textbooks. In the better of these it is error; in the worse, if that is the
    textbook's, naive; else the two are mixed: what cancels in each of them has grown."""
    error, grown = _parted(min(by_y, textbook) * own, abs(p.share))
    if textbook >= by_y:
        return error, (textbook - by_y) * own, grown
    return error, ZERO, grown + min((by_y - textbook) * own, _mixed(node, y.number, by_y, abs(p.share)))


def _mixed(node: Any, y: Decimal, by_y: Decimal, share: Decimal) -> Decimal:
    """What a mixture of forms makes of the rounding of y, as it was rounded here; of less, a small share."""
    return max(BELIEVED * share, 2 * by_y * abs(Decimal(node.primals[0]) - y))


def _by_textbook(node: Any, p: _Partial, by_y: Decimal, along: Decimal, g: Decimal, y: Decimal) -> Decimal:
    """How the share changes with y where the textbook writes a slope by y alone, y(1 - y) or 1 - y²; else `by_y`."""
    if node.op.name not in ("sigmoid", "tanh"):
        return by_y
    change: Decimal = p.by_g * along + g * (1 - 2 * y if node.op.name == "sigmoid" else -2 * y)
    return change


def _own_class(node: Any, tally: dict[Any, _Tally], lost: Decimal) -> None:
    """ln Σ exp(zᵢ - zᵤ): the textbook takes 1 from softmax(z)ᵤ for its slope in zᵤ."""
    others = [
        arg.args[1] for arg in node.args if type(arg) is not float and arg.op is not None and arg.op.name == "sub"
    ]
    for own in {arg for arg in others if type(arg) is not float and all(other is arg for other in others)}:
        tally[own].add(ZERO, ZERO, naive=lost, where=node)
