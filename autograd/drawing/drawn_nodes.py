"""What a graph is drawn from: its values, some opened up into finer ones or folded into one, and their names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from autograd import ops
from autograd.graph import topological_order
from autograd.names import canonical, raised, shown
from autograd.network import Network
from autograd.primitive import Primitive
from autograd.value import Value


class Part:
    """A value as it is drawn: a Value, or a product or sum inside one that was opened up.

    It has what a Value has, as far as pictures need it, and `grad` is None where there is none. `owner` is the Value
    it shows or is inside of, `value` the Value it shows, None inside one.
    """

    __slots__ = ("args", "data", "grad", "label", "op", "owner", "primals", "value")

    def __init__(
        self,
        op: Primitive | None,
        args: "tuple[Part | Fold | float, ...]",
        primals: tuple[float, ...],
        like: Value,
        *,
        itself: bool = True,
    ) -> None:
        self.op, self.args, self.primals = op, args, primals
        self.data = like.data if itself else primals[0]
        self.grad: float | None = None
        self.label = like.label if itself else ""
        self.owner = like
        self.value = like if itself else None


class Fold:
    """Many values that are drawn as one card, with words that say what they are."""

    op = value = owner = grad = None
    label = ""

    def __init__(self, title: str, lines: Sequence[str] = ()) -> None:
        self.title, self.lines = title, tuple(lines)
        self.args: tuple[Any, ...] = ()


class Opened(NamedTuple):
    """The parts of a picture in topological order, and those that stand for each Value."""

    order: list[Any]
    by_value: dict[Value, Any]


def parts(root: Value, order: Sequence[Value], folds: Mapping[Value, Fold], *, expand: bool) -> Opened:
    """Every value of the graph as a part; the folded ones as the fold that they are in."""
    found: dict[Value, Any] = dict(folds)
    needs: dict[Fold, dict[Any, None]] = {fold: {} for fold in folds.values()}
    for node in order:
        if node not in folds:
            args = tuple([arg if type(arg) is float else found[arg] for arg in node.args])
            found[node] = _opened(node, args) if expand and _can_open(node) else Part(node.op, args, node.primals, node)
    for node, fold in folds.items():
        for arg in node.args:
            if type(arg) is not float and found[arg] is not fold:
                needs[fold].setdefault(found[arg])
    for fold, wanted in needs.items():
        fold.args = tuple(wanted)
    return Opened(topological_order(found[root]), found)  # a cycle among folds is broken somewhere


def names(order: Sequence[Value], network: Network | None, wanted: Collection[Value]) -> dict[Value, str]:
    """What those without a label are called: z₁ h₁ of neurons where that is free, v₄ by their place, L the last."""
    given = {node: place for place, node in enumerate(order) if node in wanted and not shown.clean(node.label)}
    taken = {canonical(label) for label in {node.label for node in order}}
    found: dict[Value, str] = {}
    for sample in range(network.samples if network is not None and network.evident else 0):
        assert network is not None
        of = f"⁽{raised(str(sample + 1))}⁾" if network.samples > 1 else ""
        if any(unit.z in given or unit.h in given for row in network.rows(sample) for unit in row):
            for unit, z, h in network.named(sample):
                found |= {node: name + of for node, name in ((unit.h, h), (unit.z, z)) if name not in taken}
    root = next((name for name in ("L", "J") if name not in taken), "L")
    found = {order[-1]: root, **found}
    return {node: shown.display(found.get(node, f"v{place}")) for node, place in given.items()}


def _can_open(node: Value) -> bool:
    return node.op is ops.weighted_sum and len(node.args) > 1


def _opened(node: Value, args: tuple[Any, ...]) -> Part:
    """The weighted sum as products and sums, added from left to right as it was evaluated."""
    n = len(args) // 2
    y, *xs = node.primals
    factors = zip(args[:n], args[n : 2 * n], xs[:n], xs[n : 2 * n], strict=True)
    terms: list[Any] = [Part(ops.mul, (a, b), (u * v, u, v), node, itself=False) for a, b, u, v in factors]
    numbers = [term.primals[0] for term in terms]
    if len(args) % 2 and args[-1] != 0.0:
        terms.append(args[-1])
        numbers.append(xs[-1])
    sums = list(accumulate(numbers))
    whole = terms[0]
    for term, number, before, after in zip(terms[1:], numbers[1:], sums, sums[1:], strict=False):
        whole = Part(ops.add, (whole, term), (after, before, number), node, itself=False)
    return Part(whole.op, whole.args, (y, *whole.primals[1:]), node)


def count(order: Iterable[Any]) -> int:
    """How many cards the nodes and their literals would take."""
    return sum([1 + [*map(type, node.args)].count(float) for node in order])
