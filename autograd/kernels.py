"""The rules of an operation, read with symbols and written out as one Python function of floats.

`Value.backward` is as fast as these: a kernel unpacks a node, evaluates every rule that is needed
with plain float arithmetic, and adds the results to the gradients of the arguments. It computes
what `graph.cotangents` defines, to the last bit.
"""

import keyword
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from autograd.graph import topological_order
from autograd.ops import LOOKS_BEHIND, add, div, identity, mul, neg, power, sub
from autograd.primitive import Notation, Primitive
from autograd.symbol import Symbol, exactly, write

OPERATORS = frozenset({add, sub, mul, div, neg, power, identity})
"""What Python writes with signs."""

LONGEST = 80
"""With more arguments than this, a loop takes the place of a line for each."""


class Kernel:
    """One operation at one pattern of arguments, for floats.

    The pattern has a 1 in front and then, last argument first, a 1 where an argument is a literal.

    arity     the number of arguments
    evaluate  the value `y = evaluate(*xs)`
    sweep     `sweep(node)` adds the node's shares to the gradients of its arguments
    maker     the operation whose result the first argument may be known to be (`ops.LOOKS_BEHIND`), else None
    """

    __slots__ = ("arity", "evaluate", "maker", "op", "pattern", "sweep")

    def __init__(self, op: Primitive, pattern: int) -> None:
        self.op, self.pattern = op, pattern
        self.arity = n = pattern.bit_length() - 1
        op.check_count(n)
        self.evaluate: Callable[..., float] = _unrolled(op, n) if op.pullback and n <= LONGEST else op.function
        self.sweep: Callable[[Any], None] = _compiled(op, pattern) if n <= LONGEST else _looped(op, pattern)
        self.maker = None if pattern & 1 else LOOKS_BEHIND.get(op)
        if self.maker is not None:
            self.sweep = _looking(self.maker, self.sweep, _compiled(op, pattern, self.maker))

    def __reduce__(self) -> tuple[Any, ...]:
        return kernel, (self.op, self.pattern)


def kernel(op: Primitive, pattern: int) -> Kernel:
    """The kernel of an operation for a pattern of arguments, made when it is first asked for."""
    if pattern not in op.kernels:
        op.kernels[pattern] = Kernel(op, pattern)
    return op.kernels[pattern]  # type: ignore[no-any-return]


def source(op: Primitive, pattern: int, maker: Primitive | None = None) -> tuple[str, dict[str, Any]]:
    """The text of a sweep, and what its names stand for; with a maker, of a node whose first argument that made."""
    n = pattern.bit_length() - 1
    names = _Names()
    g, y, *xs = (Symbol(name) for name in ("g", "y", *(f"x{i}" for i in range(n))))
    if maker is not None:
        xs[0] = maker(Symbol("z"))
        names.nodes[xs[0]] = "x0"
    rules = [(i, rule) for i, rule in enumerate(op.pullbacks) if not pattern >> i & 1]
    try:
        with exactly():
            shares = {i: rule(g, y, *xs) for i, rule in rules} or dict(enumerate(op.cotangents(g, y, xs)))
    except TypeError as error:
        error.args = (f"a rule of {op.name} is no formula: {error}",)
        raise
    wanted = {i: share for i, share in shares.items() if not pattern >> i & 1}
    lines = [f"    {names.keep(node)}" for node in _repeated(wanted.values()) if node not in names.nodes]
    texts = {i: names.write(share) for i, share in wanted.items()}
    if len(texts) > 1 and names.known.keys() - {"inf", "nan"}:  # one of them may fail: before anything is added
        lines += [f"    s{i} = {text}" for i, text in texts.items()]
        texts = {i: f"s{i}" for i in texts}
    lines += [f"    a{i}.grad += {text}" for i, text in texts.items()]
    operands, numbers = ", ".join(f"a{i}" for i in range(n)), ", ".join(f"x{i}" for i in range(n))
    kept = ("node._a", "node._x") if n != 2 else ("node._a, node._b", "node._x, node._z")
    unpack = [f"    {operands} = {kept[0]}", f"    {numbers} = {kept[1]}", "    g, y = node.grad, node._data"]
    unpack += ["    z = a0._x"] if maker is not None else []
    return "\n".join(["def sweep(node):", *unpack, *lines]), names.known


def _repeated(expressions: Iterable[Any]) -> list[Any]:
    """The nodes that occur more than once in some expressions, each after its operands; unknowns left out."""
    roots = [each for each in expressions if type(each) is not float]
    order = topological_order(*roots)
    uses = Counter([*roots, *(arg for node in order for arg in node.args if type(arg) is not float)])
    return [node for node in order if node.op is not None and uses[node] > 1]


_TAKEN = re.compile(r"g|y|z|[afstx]\d+|node|sweep|" + "|".join(keyword.kwlist))


class _Names:
    """Writes expressions for Python to run: operators as such, other operations by a name of their own."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {"inf": math.inf, "nan": math.nan}
        self.nodes: dict[Any, str] = {}
        self._calls: dict[Primitive, Notation] = {}

    def write(self, expression: Any) -> str:
        """The text, its operations being known by name from then on."""
        return write(expression, self._notation, self.nodes)

    def keep(self, node: Any) -> str:
        """The line that computes a node once; it goes by the name of the result from then on."""
        text, name = self.write(node), f"t{len(self.nodes)}"
        self.nodes[node] = name
        return f"{name} = {text}"

    def _notation(self, op: Primitive) -> Notation:
        if op in OPERATORS:
            return op.text
        if op not in self._calls:
            # Two operations may bear one name, and a user's may bear any.
            free = op.name.isidentifier() and not _TAKEN.fullmatch(op.name) and op.name not in self.known
            name = op.name if free else f"f{len(self._calls)}"
            self.known[name] = op.function
            self._calls[op] = Notation(name + "({})")
        return self._calls[op]


def _unrolled(op: Primitive, n: int) -> Callable[..., float]:
    """The function of an operation of any number of arguments, written out for n of them where it can be."""
    xs, names = [Symbol(f"x{i}") for i in range(n)], _Names()
    try:
        with exactly():
            text = names.write(op.function(*xs))
    except (TypeError, ValueError):  # it does more than arithmetic
        return op.function
    return eval(f"lambda {', '.join(x.label for x in xs)}: {text}", names.known)  # type: ignore[no-any-return]


def _compiled(op: Primitive, pattern: int, maker: Primitive | None = None) -> Callable[[Any], None]:
    text, names = source(op, pattern, maker)
    exec(text, names)
    return names["sweep"]  # type: ignore[no-any-return]


def _looped(op: Primitive, pattern: int) -> Callable[[Any], None]:
    """The sweep of an operation of many arguments: one loop over all of them."""
    pullback: Any = op.pullback

    def sweep(node: Any) -> None:
        for arg, share in zip(node._a, pullback(node.grad, node._data, *node._x), strict=True):
            arg.grad += share

    literals = pattern.bit_count() > 1
    return one_by_one if literals else sweep


def _looking(maker: Primitive, plain: Callable[[Any], None], behind: Callable[[Any], None]) -> Callable[[Any], None]:
    """The sweep of an operation that looks behind its first argument, `behind` where `maker` made that."""

    def sweep(node: Any) -> None:
        below = node._a._kernel
        (behind if below is not None and below.op is maker else plain)(node)

    return sweep


def one_by_one(node: Any) -> None:
    """The sweep of any node, without a kernel."""
    y, *xs = node.primals
    for arg, share in node.op.shares(node.grad, y, xs, node.args):
        arg.grad += share


def partly(node: Any) -> bool:
    """Whether one of the operands has a slope, where the kernel found that another has none; these are then added."""
    try:
        one_by_one(node)
    except (ValueError, ArithmeticError):
        return False
    return True
