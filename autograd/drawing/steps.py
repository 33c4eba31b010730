"""The forward and the backward pass of a graph as steps: what each computes, in formulas and numbers."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from autograd.drawing import style
from autograd.graph import as_evaluated, cotangents, numbers
from autograd.languages import TEXT
from autograd.names import canonical, shown
from autograd.ops import mul
from autograd.primitive import ATOM, PRODUCT, SUM
from autograd.symbol import Symbol, atom_of
from autograd.value import Value

SINGLE = 150
"""Up to so many edges, every edge is a step of the backward pass; above, every node."""

TERMS = 5
"""Sums are written out up to so many terms."""

_TEXTBOOK = {"sigmoid": "{0}·(1 - {0})", "tanh": "1 - {0}²"}


@dataclass
class Step:
    """One step of the page.

    phase   "given", "forward" or "backward"; "epoch" for a training run
    nodes   the ids of the cards that are lit
    edges   the edges along which something flows, what, and its sign
    lines   formula = numbers = value
    say     the same as a sentence, for those who listen
    sets    the numbers known from here on: (card, "data" or "grad", shown, exact, whether complete)
    looks   shapes of the picture that look different from here on: (id, attributes)
    levels  of a training run, the colours of the map of predictions, one digit for each field
    curve   of a training run, the place on the curve of losses
    """

    phase: str
    title: str
    nodes: list[str]
    lines: list[str]
    say: str = ""
    edges: list[tuple[str, str, int]] = field(default_factory=list)
    sets: list[tuple[str, str, str, str, bool]] = field(default_factory=list)
    looks: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    levels: str = ""
    curve: tuple[float, float] | None = None


@dataclass
class Course:
    """A graph with names, the numbers as they were evaluated, and the ids of its picture.

    edges   by node, its edges in the order of their operands: (id, place of the operand)
    """

    root: Value
    order: Sequence[Value]
    names: Mapping[Value, str]
    ids: Mapping[Value, str]
    edges: Mapping[Value, Sequence[tuple[str, int]]]

    def __post_init__(self) -> None:
        self.data = numbers(self.order)
        try:
            self.grad: dict[Value, float] = cotangents(self.root, point=as_evaluated)
        except (ValueError, ArithmeticError) as error:
            raise ValueError(f"step_through() needs a derivative everywhere, and here is none: {error}") from error

    def steps(self) -> list[Step]:
        """All steps, from what is given to the last gradient."""
        return [self._given(), *self._forward(), self._seed(), *self._backward()]

    def _given(self) -> Step:
        leaves = sorted((node for node in self.order if node.op is None), key=lambda leaf: _natural(self.names[leaf]))
        told = [f"{self.names[leaf]} = {_short(self.data[leaf])}" for leaf in leaves]
        shown = told if len(told) <= 12 else [*told[:11], f"… and {len(told) - 11} more"]
        step = Step("given", "What is given", [self.ids[leaf] for leaf in leaves], [",  ".join(shown)])
        step.say = f"Given are {', '.join(shown)}."
        step.sets = [self._known(leaf) for leaf in leaves]
        return step

    def _known(self, node: Value) -> tuple[str, str, str, str, bool]:
        return (self.ids[node], "data", style.number(self.data[node]), repr(self.data[node]), True)

    # ---------------------------------------------------------------- forward

    def _forward(self) -> Iterator[Step]:
        for node in self.order:
            if node.op is None:
                continue
            name, value = self.names[node], _short(self.data[node])
            formula = _formula(node, [self._name(arg) for arg in node.args])
            numbers = _formula(node, [_number(x) for x in node.primals[1:]])
            lines = [f"{name} = {formula}", f"= {numbers}", f"= {value}"]
            step = Step("forward", f"Compute {name}", [self.ids[node]], lines)
            step.say = f"Forward: {name} is {formula}, which is {value}."
            step.edges = [
                (edge, style.number(node.primals[1 + place]), _sign(node.primals[1 + place]))
                for edge, place in self.edges[node]
            ]
            step.sets = [self._known(node)]
            yield step

    def _name(self, arg: Any) -> tuple[str, int]:
        return _number(arg) if type(arg) is float else (self.names[arg], ATOM)

    # ---------------------------------------------------------------- backward

    def _seed(self) -> Step:
        name = self.names[self.root]
        step = Step("backward", f"Start at {name}", [self.ids[self.root]], [f"∂{name}/∂{name} = 1"])
        step.say = f"Backward: the gradient of {name} by itself is 1."
        step.sets = [(self.ids[self.root], "grad", "1.0000", "1.0", True)]
        return step

    def _backward(self) -> Iterator[Step]:
        """A step per edge, or per node where there are many edges; in the order in which the engine adds."""
        single = sum(map(len, self.edges.values())) <= SINGLE
        paths = Counter(arg for node in self.order for arg in node.args if type(arg) is not float)
        arrived: Counter[Value] = Counter()
        sums: dict[Value, float] = {}
        for node in reversed(self.order):
            if node.op is None or node not in self.grad:
                continue
            edge = {place: name for name, place in self.edges[node]}
            whole = Step("backward", f"From {self.names[node]} to its operands", [self.ids[node]], [])
            shares = _shares(node, self.grad[node])
            for place, arg in enumerate(node.args):
                if type(arg) is float:
                    continue
                before = sums.get(arg)
                sums[arg] = shares[place] if before is None else before + shares[place]
                arrived[arg] += 1
                step = self._share(node, place, shares[place], before, sums[arg], (arrived[arg], paths[arg]))
                step.edges = [(edge[place], style.number(shares[place]), _sign(shares[place]))]
                if single:
                    yield step
                else:
                    whole.lines.append(" ".join(step.lines[:2]))
                    whole.edges += step.edges
                    whole.sets += step.sets
            if not single and whole.sets:
                if len(whole.lines) > TERMS:
                    whole.lines = [*whole.lines[: TERMS - 1], f"… and {len(whole.lines) - TERMS + 1} more operands"]
                whole.say = f"Backward: {whole.title}."
                yield whole

    def _share(
        self, node: Value, place: int, share: float, before: float | None, after: float, paths: tuple[int, int]
    ) -> Step:
        """The chain rule along one edge, and the running sum at its end."""
        arg = node.args[place]
        of, by = self.names[node], self.names[arg]
        g = self.grad[node]
        slope, formula = _slope(node, place, [self._name(a)[0] for a in node.args], of)
        wanted, whole = self._gradient(arg), paths[1] == 1
        local = f"∂{of}/∂{by}" + (f" = {formula}" if formula else "")
        lines = [
            f"{wanted} {'=' if whole else '←'} {self._gradient(node)} · ∂{of}/∂{by}",
            f"= {_bracketed(*_number(g))} · {_bracketed(*_number(slope))} = {_short(share)}",
        ]
        if formula:
            lines.append(f"where {local} = {_short(slope)}")
        if not whole:
            running = f"{_short(before)} + {_bracketed(*_number(share))} = " if before is not None else ""
            lines.append(f"sum at {by}: {running}{_short(after)}   (path {paths[0]} of {paths[1]})")
        step = Step("backward", f"From {of} to {by}", [self.ids[node], self.ids[arg]], lines)
        step.say = f"Backward from {of} to {by}: {_short(g)} times {_short(slope)} is {_short(share)}."
        if not whole:
            step.say += f" Path {paths[0]} of {paths[1]}; the sum at {by} is now {_short(after)}."
        step.sets = [(self.ids[arg], "grad", style.number(after), repr(after), paths[0] == paths[1])]
        return step

    def _gradient(self, node: Value) -> str:
        """The name of a gradient: δ for that of a weighted sum z, as textbooks have it."""
        label = canonical(self.names[node])
        if label.startswith("z") and label[1:].isdigit():
            return shown.display(f"δ{label[1:]}")
        return f"∂{self.names[self.root]}/∂{self.names[node]}"


def _shares(node: Value, g: float) -> Sequence[float]:
    """What each operand gets of a gradient; nothing for literals, whose rules are not asked."""
    op, y, xs = node.op, node.primals[0], node.primals[1:]
    assert op is not None
    if op.pullback is not None:
        return list(op.pullback(g, y, *xs))
    return [
        0.0 if type(arg) is float else float(rule(g, y, *xs)) for rule, arg in zip(op.pullbacks, node.args, strict=True)
    ]


def _slope(node: Value, place: int, names: Sequence[str], result: str) -> tuple[float, str]:
    """d node / d operand, as a number and as a formula; "" where the formula is that number."""
    op, xs = node.op, node.primals[1:]
    assert op is not None
    slope = _shares(node, 1.0)[place]
    if op.name in _TEXTBOOK:
        return slope, _TEXTBOOK[op.name].format(result)
    if op.name in ("add", "sub", "neg", "sum_of", "identity"):
        return slope, ""
    if op.name == "weighted_sum":
        n = len(xs) // 2
        return slope, "" if place == 2 * n else names[(place + n) % (2 * n)]
    symbols: list[Any] = [
        arg if type(arg) is float else Symbol(name) for arg, name in zip(node.args, names, strict=True)
    ]
    op = op.paper
    rule = op.pullbacks[place] if op.pullbacks else None
    answer = rule(1.0, Symbol(result), *symbols) if rule else op.cotangents(1.0, Symbol(result), symbols)[place]
    return slope, _ascii(TEXT.write(answer, partial(atom_of, {}))) if isinstance(answer, Symbol) else ""


def _formula(node: Value, operands: Sequence[tuple[str, int]]) -> str:
    """The operation on its operands, as it is written on paper."""
    op = node.op
    assert op is not None
    if op.name == "weighted_sum":
        n = len(operands) // 2
        product = TEXT.notation(mul, ())
        terms = [product.write(pair) for pair in zip(operands[:n], operands[n : 2 * n], strict=True)]
        bias = operands[2 * n :]
        return _sum([*terms, *(_bracketed(*x) for x in bias if x[0] != "0")])
    if op.name == "sum_of":
        return _sum([_bracketed(*x) for x in operands])
    return _ascii(TEXT.notation(op, node.args).write(operands))


def _sum(terms: Sequence[str]) -> str:
    if len(terms) > TERMS:
        terms = [*terms[: TERMS - 2], "…", terms[-1]]
    return " + ".join(terms)


def _ascii(text: str) -> str:
    """A formula with the minus of numbers, as they stand on the cards."""
    return text.replace("−", "-")


def _number(x: float) -> tuple[str, int]:
    """A number as an operand."""
    return _short(x), SUM if x < 0.0 else ATOM


def _bracketed(text: str, holds: int) -> str:
    """An operand of a product or a sum."""
    return f"({text})" if holds < PRODUCT else text


def _short(x: float) -> str:
    """A number with five digits at most, as people write it."""
    return style.number(x) if not math.isfinite(x) else f"{x:.5g}"


def _natural(name: str) -> tuple[bool, list[tuple[int, str]]]:
    """Names in the order of a textbook: inputs first, then w2 before w10."""
    plain = canonical(name)
    parts = re.findall(r"\d+|\D+", plain)
    return not plain.startswith("x"), [(int(part) if part.isdecimal() else -1, part) for part in parts]


def _sign(x: float) -> int:
    return (x > 0) - (x < 0)
