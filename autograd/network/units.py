"""A neuron in one sample, at one time; and its activation, read off the nodes that lead from z to h."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from autograd.composed import elu, gelu, silu, softsign
from autograd.ops import sigmoid, tanh
from autograd.value import Value

COMPOSED: Mapping[str, tuple[str, Callable[[float], float]]] = {
    "elu": ("ELU", elu), "gelu": ("GELU", gelu), "silu": ("SiLU", silu), "softsign": ("softsign", softsign),
}  # fmt: skip
"""Activations of several nodes by name: how pictures show them, and what they compute."""


class Unit(NamedTuple):
    """One neuron in one sample, at one time.

    weights   the leaves, in the order of the inputs
    bias      a leaf, or None
    inputs    nodes or plain numbers
    z         the weighted sum
    h         what the activation makes of it; z itself where there is none
    constant  a plain number in the place of the bias, or None
    """

    weights: tuple[Value, ...]
    bias: Value | None
    inputs: tuple[Any, ...]
    z: Value
    h: Value
    constant: float | None = None

    @property
    def neuron(self) -> Any:
        """What it has in common with itself at other times, of which the first may be without a state."""
        return self.weights if self.bias is None else self.bias


class Activation:
    """The function from a z to its h, read off the nodes between them."""

    def __init__(self, z: Value, h: Value) -> None:
        self._z, self._h, self._order = z, h, _between(z, h)
        self.operations = frozenset(node.op.name for node in self._order if node.op)
        self._alone = h.op if len(self._order) == 1 and h.op and h.args[0] is z else None
        single = h.op.name if len(self._order) == 1 and h.op else "activation"
        written_out = next((f.name for f in (sigmoid, tanh) if self._is(f.function)), single)
        if written_out == "activation":
            written_out = next((name for name, (_, f) in COMPOSED.items() if self._is(f)), written_out)
        self.name = "identity" if h is z else written_out

    @property
    def is_spelled_out(self) -> bool:
        """Whether it is sigmoid or tanh, written in other operations."""
        return self.name in (sigmoid.name, tanh.name) and self.operations != {self.name}

    @property
    def sign(self) -> str:
        """How pictures show it: σ, ReLU ..., linear where there is none, f(z) where it has no name."""
        if self.name == "identity":
            return "linear"
        if self.name in COMPOSED:
            return COMPOSED[self.name][0]
        known = next((f for f in (sigmoid, tanh) if f.name == self.name), self._alone)
        return known.badge(self._h.args) if known else "f(z)"

    def value(self, x: float) -> float:
        """f(x)."""
        return self._at(x)[0]

    def slope(self, x: float, rules: Mapping[str, Callable[[float, float], float]] = {}) -> float:
        """f'(x); with other slopes than the right ones, of (x, y), for operations of one argument by name."""
        return self._at(x, rules)[1]

    def _is(self, f: Callable[[float], float]) -> bool:
        try:
            return all(math.isclose(self.value(x), f(x), rel_tol=1e-14) for x in (-1.25, 0.375, 0.75))
        except (ValueError, ArithmeticError):
            return False

    def _at(self, x: float, rules: Mapping[str, Callable[[float, float], float]] = {}) -> tuple[float, float]:
        found: dict[Any, tuple[float, float]] = {self._z: (x, 1.0)}
        for node in self._order:
            assert node.op is not None
            parts = [(arg, 0.0) if type(arg) is float else found.get(arg, (arg.data, 0.0)) for arg in node.args]
            xs = [number for number, _ in parts]
            y = node.op.evaluate(xs)
            rule = rules.get(node.op.name)
            slopes = [rule(xs[0], y)] if rule else node.op.cotangents(1.0, y, xs)
            found[node] = y, sum(slope * t for slope, (_, t) in zip(slopes, parts, strict=True) if t)
        return found[self._h]


def _between(z: Value, h: Value) -> list[Value]:
    """The nodes that lead from z to h, in order, h included."""
    if h is z:
        return []
    return [node for node in topological_order_above(h, z) if node.op is not None]


def topological_order_above(output: Any, bottom: Any) -> list[Any]:
    """The nodes of a graph down to `bottom`, which is left out, each after its arguments."""
    order: list[Any] = []
    seen, stack = {bottom}, [output]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            stack += (node, None, *(arg for arg in reversed(node.args) if type(arg) is not float and arg not in seen))
    return order
