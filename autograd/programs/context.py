"""What stands where in a program that was mended, as the naming of mistakes asks for it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd import ops
from autograd.programs.bench import Bench
from autograd.programs.instrumenting import Statement
from autograd.programs.objectives import implied_objectives
from autograd.programs.operations import Gather
from autograd.programs.replay import before
from autograd.programs.scenes import Scene
from autograd.programs.traced import Elementwise, Node


class Roles:
    """What the numbers of a step are: weights, biases, inputs, activations, sums, predictions, targets."""

    def __init__(self, view: Any, bench: Bench) -> None:
        self.view, self.bench = view, bench
        origins = view.origins
        terms = [t.node for t in bench.step.terms]
        self.forward = {n for n in before(terms, bench.cut, bench.since) if n.time > bench.since}
        pairs = [t for o in implied_objectives(origins) for step in o.steps[:2] for t in step.terms]
        self.predictions = {t.node for t in pairs if t.node in self.forward and _varied(t.target)} | {
            t.node for t in bench.step.terms if t.kind is not None
        }
        self.targets = {t.target for t in pairs if t.target is not None and _varied(t.target)}
        self.biases: set[int] = set()
        consumers: dict[int, list[Node]] = {}
        for node in self.forward:
            for arg in node.args:
                owner = self.owner(arg)
                if owner is not None:
                    consumers.setdefault(owner, []).append(node)
        for k, nodes in consumers.items():
            real = [n for n in nodes if not isinstance(n.op, Gather)]
            if real and all(isinstance(n.op, Elementwise) and n.op.row is ops.add for n in real):
                self.biases.add(k)
        self.times = {k: max(n.time for n in nodes) for k, nodes in consumers.items()}

    def owner(self, node: Node | None) -> int | None:
        """The lineage whose content a node is, or shows a part of; None for another number."""
        while node is not None and isinstance(node.op, Gather) and node not in self.view.origins.cut:
            node = node.args[0]
        for k, content in self.bench.start.items():
            if node is content or (node in self.view.origins.cut and node in self.view.origins.lineages[k].contents):
                return k
        return None

    def role(self, node: Node | None) -> str:
        """In one word."""
        if node is None:
            return "number"
        own = self.owner(node)
        if own is not None:
            return "bias" if own in self.biases else "weight"
        seen = node
        while isinstance(seen.op, Gather) and seen.args:
            if seen in self.predictions or (seen in self.forward and seen in self.bench.slopes):
                break
            seen = seen.args[0]
        if seen in self.predictions:
            return "prediction"
        if seen in self.targets:
            return "target"
        if not self.view.origins(seen):
            return "setting" if seen.size == 1 else "input"
        if seen in self.forward:
            return "sum" if self._linear(seen) else "activation"
        return "gradient"

    def _linear(self, node: Node) -> bool:
        """Whether a number of the forward pass is a weighted sum: parameters enter it directly."""
        stack, steps = [node], 40
        while stack and steps:
            part = stack.pop()
            steps -= 1
            if self.owner(part) is not None:
                return True
            linear = not isinstance(part.op, Elementwise) or part.op.row in (ops.add, ops.sub, ops.identity, ops.mul)
            if part.op is not None and linear and part in self.forward:
                stack += part.args
        return False

    def outputs(self) -> set[str]:
        """The parameters of the last layer, by name."""
        weights = {k: t for k, t in self.times.items() if k not in self.biases}
        found = set()
        for k in self.times:
            content = self.bench.start[k]
            later = False
            reached = {content}
            for node in sorted(self.forward, key=lambda n: n.time):
                if not reached.isdisjoint(node.args):
                    reached.add(node)
                    owners = {self.owner(arg) for arg in node.args} & set(weights)
                    flowing = any(arg in reached and self.owner(arg) is None for arg in node.args)
                    later = later or bool(owners - {k} and flowing)
            if not later:
                found.add(self.view.parameters[self.view.origins.parameter[k]].name)
        return found


def _varied(target: Node | None) -> bool:
    """Whether numbers are data rather than the 1 of 1 - a."""
    return target is not None and (
        target.size > 1
        or target.op is not None
        or float(np.ravel(target.data)[0]) not in (1.0, 2.0)
        or bool(target.site and target.label)
    )


class Context(NamedTuple):
    """What a mending is judged by."""

    roles: Roles
    scene: Scene
    statement: Statement
    text: str
    fixed: frozenset[str]
    wrong: frozenset[str]
    right: frozenset[str]
    settings: Mapping[str, float]
    local: bool
