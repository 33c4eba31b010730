"""The derivation of gradients as steps: the chain rule over a graph, in as few named steps as one writes by hand."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from autograd.explanation import rules
from autograd.explanation.closed_forms import Outputs
from autograd.explanation.figures import figure
from autograd.explanation.long_sums import TERMS, Uses, added, others_as_one, shortened
from autograd.explanation.naming import Naming
from autograd.explanation.notation import Name, Unknown, over_samples
from autograd.graph import as_evaluated, cotangents, numbers, topological_order
from autograd.network import Activation, Network
from autograd.symbol import Symbol, evaluate
from autograd.value import Value

DEPTH = 6
SIZE = 24
"""So many operations without a name are taken together in one step, if the formula has no more parts than these."""


class Line(NamedTuple):
    """One equation: left = formula, which comes to `value`.

    exact  the numbers of parts of the formula that rounding would spoil
    """

    left: Unknown
    formula: Any
    value: float
    exact: dict[Any, float]


class Step(NamedTuple):
    """One step of a derivation.

    lines    the equation; of a neuron in a batch, one for each sample that is shown
    general  the same for any sample, or the sum over all; None where the line says it all
    note     what was recognised, or a word on what is shown
    """

    lines: list[Line]
    general: Any
    note: str


class Derivation:
    """Everything that is asked about the graph of `root`, and the steps that lead to some nodes' gradients."""

    def __init__(
        self, root: Value, targets: Sequence[Value], network: Network | None = None, *,
        given: Mapping[Any, Name] = {}, whole: Mapping[Any, Name] = {},
        terms: int = TERMS, before: "Derivation | None" = None, behind: Mapping[Any, Any] = {},
    ) -> None:  # fmt: skip
        """`before` is the derivation that `root` was made by, `behind` says which of its nodes a gradient is of."""
        self.root, self.targets, self._wanted = root, targets, set(targets)
        self.order: list[Value] = topological_order(root)
        self.data = numbers(self.order)
        self.slopes: dict[Any, float] = cotangents(root, point=as_evaluated)
        self.network = network
        self.before, self.behind = before, behind
        kept: dict[Any, Name] = {}
        if before is not None:
            kept = {node: before.naming.name(node) for node in before.naming.generated}
        first = 0 if before is None else len(before.order)
        self.naming: Naming = Naming(self.order, self.network, self.data, self.slopes, given, whole, kept, first)
        self.place = {node: number for number, node in enumerate(self.order)}
        self.uses = Uses(self.order, self.slopes, self.naming, terms)
        self.active = _ancestors(targets, self.uses.edges)
        self.outputs = Outputs(self.network, self.naming, self.data, self.slopes)
        self._given = given
        self._written: dict[Any, Any] = {}
        self._ruled: dict[tuple[Any, int], tuple[Sequence[Any], dict[Any, float]]] = {}
        self._activations = self._spelled_out()

    # ---------------------------------------------------------------- the steps

    def steps(self) -> list[Step]:
        """The equations for all targets, each after those that it uses."""
        found: dict[Any, tuple[Line, Any]] = {}
        waiting = list(self.targets)
        while waiting:
            node = waiting.pop()
            if node not in found:
                found[node] = self._equation(node)
                waiting += [part.gradient for part in unknowns(found[node][0].formula) if part.gradient is not None]
        levels: dict[Any, int] = {}
        for node in sorted(found, key=self.place.__getitem__, reverse=True):
            uses = [part.gradient for part in unknowns(found[node][0].formula) if part.gradient is not None]
            levels[node] = max((levels[use] + 1 for use in uses), default=0)
        groups: dict[Any, list[Value]] = {}
        for node in sorted(found, key=self.place.__getitem__):
            alike = self.naming.gradient(node).general.text if node in self.naming.samples else node
            groups.setdefault(alike, []).append(node)
        steps = sorted(groups.values(), key=lambda nodes: (levels[nodes[0]], nodes[0].op is not None))
        return _said_once([self._step([found[node] for node in nodes]) for nodes in steps])

    def _step(self, lines: Sequence[tuple[Line, Any]]) -> Step:
        first, general = lines[0]
        node = first.left.gradient
        if node in self.naming.samples and general is None:
            general = _typical([line.formula for line, _ in lines])
        return Step([line for line, _ in lines], general, self._note(node, [line.formula for line, _ in lines]))

    def _note(self, node: Value, formulas: Sequence[Any]) -> str:
        note = self.outputs.note(node)
        edges, shown = len(self.uses.of(node)), len(self.uses.shown(node))
        if not note and shown < edges:
            note = f"{edges} terms; {shown} of the larger ones are shown, the others added up"
        if any(rules.HALF in set(unknowns(formula)) for formula in formulas):
            note = f"{note}; {rules.TIE}" if note else rules.TIE
        return note

    def equation(self, node: Value) -> Line:
        """∂root/∂node = formula = numbers = value."""
        return self._equation(node)[0]

    def _equation(self, node: Value) -> tuple[Line, Any]:
        value = self.slopes.get(node, 0.0)
        left = self.naming.gradient(node)
        formula, exact, general = self._formula(node, 0)
        if not _agree(formula, value, exact):  # never print what the engine does not confirm
            self.outputs.forget(node)
            self._ruled.clear()
            formula, exact, general = self._formula(node, 0)
        return Line(left, formula, value, exact), general

    # ---------------------------------------------------------------- formulas

    def _formula(self, node: Value, depth: int) -> tuple[Any, dict[Any, float], Any]:
        """∂root/∂node in terms of gradients that have steps of their own; exact parts; the same over all samples."""
        if node is self.root:
            return 1.0, {}, None
        known = self.outputs.formula(node)
        if known is not None:
            return *known, None
        if node in self._activations:
            name, h = self._activations[node]
            arriving, exact = self._arriving(h, depth)
            formula, rest = rules.textbook(name, arriving, self.naming.value(h), self.data[node])
            return formula, exact | rest, None
        shown = self.uses.shown(node)
        placed = set(shown)
        exact = {}
        terms = []
        for user, place in shown:
            term, more = self._share(user, place, depth)
            terms.append(term)
            exact |= more
        others = [self.uses.amount(edge) for edge in self.uses.of(node) if edge not in placed]
        general = self._over_samples(node, shown, terms)
        if others:
            terms.append(others_as_one(len(others), math.fsum(others)))
        return self._tidied(added(terms)), exact, general

    def _share(self, user: Value, place: int, depth: int) -> tuple[Any, dict[Any, float]]:
        """What reaches operand number `place` of a node through that node."""
        op = user.op
        assert op is not None
        if op.pullback is not None:
            shares, exact = self._all_shares(user, depth)
            return self._tidied(shares[place]), exact
        arriving, exact = self._arriving(user, depth)
        if op.name in rules.TEXTBOOK:
            y = self.naming.value(user) if self.naming.is_labelled(user) else self.value(user)
            formula, rest = rules.textbook(op.name, arriving, y, user.primals[1])
            return formula, exact | rest
        xs = [arg if type(arg) is float else self.value(arg) for arg in user.args]
        return self._tidied(rules.share(op, place, arriving, self.result(user), xs)), exact

    def _all_shares(self, user: Value, depth: int) -> tuple[Sequence[Any], dict[Any, float]]:
        """What reaches all operands of an operation that has one rule for them, which is run but once."""
        if (user, depth) not in self._ruled:
            assert user.op is not None
            arriving, exact = self._arriving(user, depth)
            xs = [arg if type(arg) is float else self.value(arg) for arg in user.args]
            self._ruled[user, depth] = rules.shares(user.op, arriving, self.result(user), xs), exact
        return self._ruled[user, depth]

    def _arriving(self, user: Value, depth: int) -> tuple[Any, dict[Any, float]]:
        """The gradient of a node: the symbol of its own step, or the formula where that is short."""
        if user is self.root:
            return 1.0, {}
        constant = self._constant(user)
        if constant is not None:
            return constant, {}
        if depth >= DEPTH or self._has_step(user):
            return self.naming.gradient(user), {}
        formula, exact, _ = self._formula(user, depth + 1)
        if isinstance(formula, Symbol) and len(topological_order(formula)) > SIZE:
            return self.naming.gradient(user), {}
        return formula, exact

    def _constant(self, node: Value) -> float | None:
        """The gradient of a node without a name, where it is a number whatever the values are; else None."""
        factor = 1.0
        for _ in range(DEPTH):
            if node is self.root:
                return factor
            used = self.uses.of(node)
            if node in self._wanted or node in self.naming.units or self.naming.is_labelled(node) or len(used) != 1:
                return None
            node, place = used[0]
            assert node.op is not None
            if node.op.name in ("neg", "sub") and (node.op.name == "neg" or place == 1):
                factor = -factor
            elif node.op.name == "mul" and type(node.args[1 - place]) is float:
                factor *= node.args[1 - place]
            elif not self._passes_on(node, place):
                return None
        return None

    def _has_step(self, node: Value) -> bool:
        if node in self._wanted or self.naming.delta(node):
            return True
        if node in self.naming.units:
            return len(self.uses.of(node)) > self.uses.terms or node in self.outputs.nodes
        if self.naming.is_labelled(node) and not self._given:
            return True
        if len(self.uses.of(node)) == 1 and self._passes_on(*self.uses.of(node)[0]):
            return False
        return sum(arg in self.active for arg in node.args if type(arg) is not float) > 1

    def _passes_on(self, user: Value, place: int) -> bool:
        """Whether the gradient of a node goes to its operand as it is, or with its sign changed."""
        assert user.op is not None
        return user.op.name in ("add", "sub", "neg", "identity", "sum_of")

    def value(self, node: Any, depth: int = 2) -> Any:
        """A node's value in a formula, everywhere the same: its name, or the expression where that has no name."""
        if type(node) is float or isinstance(node, Symbol):
            return node
        if node not in self._written:
            self._written[node] = self._expression(node, depth)
        return self._written[node]

    def result(self, user: Any) -> Any:
        """The value of a node in the formula of its own slopes: of log_sum_exp the name, as that is long."""
        assert user.op is not None
        return self.naming.value(user) if user.op.name == "log_sum_exp" else self.value(user)

    def written(self) -> dict[Any, Any]:
        """By expression, the node whose value it is, as far as formulas hold such."""
        return {made: node for node, made in self._written.items() if isinstance(made, Symbol) and made.op is not None}

    def _expression(self, node: Any, depth: int) -> Any:
        """What a node without a name is made of, where that is short and it is used once; else a symbol for it."""
        if self.naming.is_labelled(node) or node.op is None or len(node.args) > 3 or len(self.uses.of(node)) > 1:
            return self.naming.value(node)
        if depth == 0 and not all(type(arg) is float or arg.op is None for arg in node.args):
            return self.naming.value(node)
        if self._is_tie(node):
            return rules.HALF
        args = tuple(self.value(arg, depth - 1) for arg in self.outputs.operands(node))
        made = Symbol.apply(node.op, args) if any(isinstance(arg, Symbol) for arg in args) else NotImplemented
        return self.naming.value(node) if made is NotImplemented else made

    def _is_tie(self, node: Any) -> bool:
        """Whether a node is [a > b] of equal numbers, which is ½."""
        return bool(node.op.name == "above") and node.primals[1] == node.primals[2]

    def definition(self, node: Any, named: Collection[Any] = ()) -> Line:
        """A node's own equation: what was computed, from what; operands that are `named` stand by their names."""
        if node.op is None:
            return Line(self.naming.value(node), self.data[node], self.data[node], {})
        operands = self.outputs.operands(node)
        args = tuple(self.naming.value(arg) if arg in named else self.value(arg) for arg in operands)
        formula = rules.HALF if self._is_tie(node) else shortened(node.op.name, args)
        if formula is None:
            formula = Symbol.apply(node.op, args)
        return Line(self.naming.value(node), formula, self.data[node], {})

    def _tidied(self, expression: Any) -> Any:
        return rules.tidied(expression, rules.amount)

    def _over_samples(self, node: Value, shown: Sequence[tuple[Value, int]], terms: Sequence[Any]) -> Any:
        """Σₛ of one term, plus what reaches the node outside the samples; None where there is one sample or none."""
        samples = self.naming.samples
        inside = [term for (user, _), term in zip(shown, terms, strict=True) if user in samples]
        if node in samples or len(inside) < 2 or not isinstance(inside[0], Symbol):
            return None
        outside = [term for (user, _), term in zip(shown, terms, strict=True) if user not in samples]
        return self._tidied(added([Symbol.apply(over_samples, (_typical(inside),)), *outside]))

    def _spelled_out(self) -> dict[Any, tuple[str, Value]]:
        """By z, the name of its activation and h, where σ or tanh is written out in other operations."""
        found: dict[Any, tuple[str, Value]] = {}
        for unit in () if self.network is None else self.network.units.values():
            if unit.h is not unit.z and not any(arg is unit.z for arg in unit.h.args):
                f = Activation(unit.z, unit.h)
                found |= {unit.z: (f.name, unit.h)} if f.name in rules.TEXTBOOK else {}
        return found


def _typical(formulas: Sequence[Any]) -> Any:
    """The first of the formulas of several samples, at no tie where there is such a one."""
    return next((formula for formula in formulas if rules.HALF not in set(unknowns(formula))), formulas[0])


def _said_once(steps: Sequence[Step]) -> list[Step]:
    """The steps, a note that holds for several only at the first."""
    said = {""}
    found = []
    for step in steps:
        found.append(step._replace(note="") if step.note in said else step)
        said.add(step.note)
    return found


def _agree(formula: Any, value: float, exact: Mapping[Any, float]) -> bool:
    """Whether a formula comes to the engine's gradient, in all digits that are printed or nearly all there are."""
    try:
        found = evaluate(formula, {part: part.number for part in unknowns(formula)} | dict(exact))
    except (ValueError, ArithmeticError):
        return False
    return found == value or math.isclose(found, value, rel_tol=1e-9) or _figure(found) == _figure(value)


def _figure(x: float) -> Any:
    return figure(x) if math.isfinite(x) else None


def unknowns(expression: Any) -> list[Unknown]:
    """The symbols in an expression, those of gradients included."""
    if not isinstance(expression, Symbol):
        return []
    return [node for node in topological_order(expression) if isinstance(node, Unknown)]


def _ancestors(targets: Sequence[Value], edges: Mapping[Any, Sequence[tuple[Value, int]]]) -> set[Any]:
    """Every node that depends on a target, and these themselves."""
    found: set[Any] = set()
    stack: list[Any] = list(targets)
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack += [user for user, _ in edges.get(node, ())]
    return found
