"""Any graph, node by node: values in order, then gradients in reverse order, by the rules of the operations."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd.graph import topological_order
from autograd.manual.dialects import number
from autograd.manual.forms import applied, products, simplified, summed
from autograd.manual.lines import Block, Line, Program
from autograd.names.identifiers import Namer
from autograd.ops import LOOKS_BEHIND, TABLE
from autograd.symbol import Symbol
from autograd.value import Value

Rule = Callable[[int, Any, Any, Sequence[Any], Any], Any]
"""From the place of an operand, g, y, the operands and the right share, what is written for the share."""

PER_LINE = 6
"""How many given numbers stand in one line."""

TERMS = 100
"""Longer sums are written in steps, as Python reads no formula that is thousands of terms deep."""


class Nodes:
    """Writes a graph; `rule` alters the shares of one kind of operation, `last` forgets all paths but the last.

    seed  what ∂L/∂L is taken to be
    """

    def __init__(
        self,
        loss: Value,
        point: Mapping[Any, float],
        labels: Mapping[Any, str] = {},
        rules: Mapping[Any, Rule] = {},
        seed: float = 1.0,
        last: bool = False,
    ) -> None:
        self._order = topological_order(loss)
        self._loss, self._point, self._rules, self._seed, self._last = loss, point, rules, seed, last
        self.namer = Namer()
        count = 0
        self._symbols: dict[Any, Symbol] = {}
        for node in self._order:
            default = "L" if node is loss else f"x{len(self._symbols) + 1}"
            if node.op is not None and node is not loss:
                count += 1
                default = f"v{count}"
            self._symbols[node] = Symbol(self.namer.name(labels.get(node, node.label), default))

    @property
    def loss_name(self) -> str:
        """How the loss is called."""
        return self._symbols[self._loss].label

    def gradients(self) -> dict[str, Any]:
        """The nodes that grad_... are the gradients of."""
        return {f"grad_{name}": node for name, (node, _) in self.signals().items()}

    def signals(self) -> dict[str, tuple[Any, str]]:
        """The computed nodes by name."""
        return {symbol.label: (node, "value") for node, symbol in self._symbols.items()}

    def program(self) -> Program:
        """All of it."""
        leaves = [node for node in self._order if node.op is None]
        given = [f"{self._symbols[node].label} = {number(self._point[node])}" for node in leaves]
        text = "\n".join("; ".join(given[i : i + PER_LINE]) for i in range(0, len(given), PER_LINE))
        forward = [line for node in self._order if node.op is not None for line in self._computed(node)]
        return Program(
            f"Backpropagation by hand: {self.loss_name}, operation by operation.",
            [
                Block("What is given", text=text),
                Block("Forward: one operation a line", forward),
                Block("Backward, from the last to the first: grad_v is ∂L/∂v", self._backward()),
            ],
            namer=self.namer,
        )

    def _operands(self, node: Any) -> list[Any]:
        return [arg if type(arg) is float else self._symbols[arg] for arg in node.args]

    def _computed(self, node: Any) -> list[Line]:
        """The operation on symbols; weighted sums and sums as they stand on paper, long ones in several steps."""
        name, xs = self._symbols[node].label, self._operands(node)
        terms: list[Any] = []
        if node.op.name == "weighted_sum" and node.op in TABLE and len(xs) > 1:
            n = len(xs) // 2
            terms = [*_plain(xs[:n], xs[n : 2 * n]), *xs[2 * n :]]
        elif node.op.name == "sum_of" and node.op in TABLE:
            terms = xs
        parts = [_kept(summed(terms[i : i + TERMS])) for i in range(0, len(terms), TERMS)]
        return [Line(name, part, "+=" if i else "=") for i, part in enumerate(parts or [applied(node.op, xs)])]

    def _backward(self) -> list[Line]:
        lines = [Line(f"grad_{self.loss_name}", self._seed)]
        reached = {self._loss}
        for node in reversed(self._order):
            if node.op is None or node not in reached:
                continue
            for arg, share in self._shares(node):
                again = arg in reached and not self._last
                reached.add(arg)
                lines.append(Line(f"grad_{self._symbols[arg].label}", share, "+=" if again else "="))
        return lines

    def _shares(self, node: Any) -> list[tuple[Any, Any]]:
        """(operand, its share of the gradient) as expressions, from the rules."""
        g = self._seed_of(node)
        y, xs = self._symbols[node], self._operands(node)
        if node.op in LOOKS_BEHIND:
            xs[0] = self._made(node.args[0], LOOKS_BEHIND[node.op])
        pairs = node.op.paper.shares(g, y, xs, node.args)
        rule = self._rules.get(node.op)
        if rule is None:
            return [(arg, simplified(share)) for arg, share in pairs]
        places = [i for i, arg in enumerate(node.args) if type(arg) is not float]
        return [(arg, rule(i, g, y, xs, share)) for i, (arg, share) in zip(places, pairs, strict=True)]

    def _made(self, arg: Any, op: Any) -> Any:
        """An operand by name, which shows to a rule that asks for it what it is the result of."""
        if type(arg) is float or arg.op is not op:
            return arg if type(arg) is float else self._symbols[arg]
        seen = Symbol(self._symbols[arg].label)
        seen.op, seen.args = op, tuple(self._operands(arg))
        return seen

    def _seed_of(self, node: Any) -> Symbol:
        return Symbol(f"grad_{self._symbols[node].label}")


def _plain(ws: Sequence[Any], xs: Sequence[Any]) -> list[Any]:
    return products([_kept(w) for w in ws], xs)


def _kept(x: Any) -> Any:
    """A number as text, so that nothing is computed ahead."""
    return Symbol(f"({number(x)})" if x < 0 else number(x)) if type(x) is float else x
