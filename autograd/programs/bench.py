"""One step of a training, looked at closely: the gradient by the engine beside the one by hand."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

import numpy as np

from autograd import ops
from autograd.programs.objectives import Step, Term
from autograd.programs.operations import Einsum, Total, Unknown
from autograd.programs.rates import Rate, rates
from autograd.programs.replay import again, before, gradients
from autograd.programs.roles import Origins
from autograd.programs.traced import Elementwise, Node, Numbers

GUARD: Final = 1e-6
"""What is added to keep a logarithm or a quotient off 0 is no more than this."""

EXACT: Final = 3e7
"""Up to so many multiplications a step is computed once more with longer floats, so that rounding is no question."""


class Bench:
    """A step with its numbers: the gradient by the engine and the one by hand, also with other numbers put in.

    exact  whether everything is computed with longer floats than the program's
    """

    def __init__(self, step: Step, origins: Origins, inputs: Mapping[int, Node] = {}) -> None:
        self.step, self.origins = step, origins
        self.start = {k: origins.lineages[k].contents[i] for k, i in step.start.items()}
        self.end = {k: origins.lineages[k].contents[step.end[k]] for k in step.start}
        self.inputs = dict(inputs)
        self.since = max((node.time for node in self.start.values()), default=-1)
        self.cut = set(self.start.values())
        self.outputs = [
            *self.start.values(),
            *self.end.values(),
            *self.inputs.values(),
            *(term.node for term in step.terms),
        ]
        self.outputs += [term.target for term in step.terms if term.target is not None]
        self.exact = _work(before(self.outputs, self.cut, self.since)) < EXACT
        self.kind = np.longdouble if self.exact else None
        self.values = again(self.outputs, cut=self.cut, since=self.since, kind=self.kind)

    @cached_property
    def slopes(self) -> dict[Node, Numbers]:
        """∂L/∂node for every node of the forward pass."""
        nodes = tuple(term.node for term in self.step.terms)
        whole = Node(Total([self.slope_of(term) for term in self.step.terms]), nodes, 0.0)
        whole.time = max(node.time for node in nodes) + 1
        values = {**self.values, whole: 0.0}
        return gradients(whole, self.cut, cut=self.cut, since=self.since, at=values)

    def partial_slopes(self) -> Iterator[Numbers]:
        """Where several ways lead on from a node, its slope along one of them, and along all but that one.

        A recurrent net carries such from step to step: all of ∂L/∂h but the part of that step's own output.
        Of a parameter, a part is never what is meant.
        """
        shares: dict[Node, list[Numbers]] = {}
        for node, g in self.slopes.items():
            if node.op is not None and node in self.values and node not in self.cut:
                xs = [self.values.get(arg, arg.data) for arg in node.args]
                wanted = [arg if arg in self.slopes else 0.0 for arg in node.args]
                for arg, share in node.op.shares(g, self.values[node], xs, wanted):
                    shares.setdefault(arg, []).append(share)
        for node, several in shares.items():
            for share in several if len(several) > 1 and node not in self.cut else ():
                yield share
                yield self.slopes[node] - share

    def slope_of(self, term: Term) -> Numbers:
        """∂L/∂(the term's node)."""
        if term.kind is None or term.target is None:
            return np.ones(term.node.shape, dtype=self.kind or float)[()]
        a, t = self.values[term.node], np.multiply(self.values[term.target], 1.0)
        return np.broadcast_to(term.kind.slope(a, t), term.node.shape)

    @property
    def loss(self) -> float:
        """The loss of the step, of an implied one all terms added up."""
        with np.errstate(all="ignore"):
            return float(
                sum(
                    np.sum(
                        self.values[t.node]
                        if t.kind is None or t.target is None
                        else t.kind.value(self.values[t.node], self.values[t.target])
                    )
                    for t in self.step.terms
                )
            )

    @property
    def unknown(self) -> "Node | None":
        """A number of the forward pass that a function made which is not followed; None where there is none."""
        for node in before([term.node for term in self.step.terms], self.cut, self.since):
            if isinstance(node.op, Unknown) and node.time > self.since and any(self.origins(arg) for arg in node.args):
                return node
        return None

    def by_hand(self, values: Mapping[Node, Numbers] | None = None) -> dict[int, Numbers]:
        """By lineage, how far it was moved, old less new; or what entered the optimiser's memory."""
        values = values or self.values
        found: dict[int, Numbers] = {}
        for k, node in self.start.items():
            found[k] = values[self.inputs[k]] if k in self.inputs else values[node] - values[self.end[k]]
        return found

    def by_engine(self) -> dict[int, Numbers]:
        """By lineage, ∂L/∂parameter."""
        return {k: self.slopes.get(node, np.zeros(node.shape)) for k, node in self.start.items()}

    def rates(self, names: Mapping[Node, str]) -> dict[int, Rate]:
        """By lineage, the learning rate of its update; 1 where the gradient is what enters a memory."""
        moves = {}
        for k, i in self.step.start.items():
            contents = self.origins.lineages[k].contents
            if k not in self.inputs and i + 1 < len(contents):
                moves[k] = contents[i + 1], contents[i]
        return {k: Rate(1.0, "") for k in self.start} | rates(moves, names, self.origins)

    @cached_property
    def guard(self) -> float:
        """The largest number that only keeps a logarithm or a quotient off 0, such as the 1e-12 of log(p + 1e-12)."""
        found = [
            abs(float(np.ravel(arg.data)[0]))
            for node in before([term.node for term in self.step.terms], self.cut, self.since)
            if isinstance(node.op, Elementwise) and node.op.row in (ops.add, ops.sub)
            for arg in node.args
            if arg.op is None and arg.size == 1 and arg not in self.cut
        ]
        return max((x for x in found if x <= GUARD), default=0.0)

    @property
    def smooth(self) -> bool:
        """Whether no kink is hit exactly: there every slope between the two sides is right."""
        for node in before([term.node for term in self.step.terms], self.cut, self.since):
            if isinstance(node.op, Elementwise) and node.time > self.since:
                xs = [self.values[arg] for arg in node.args]
                row = node.op.row
                if row in (ops.maximum, ops.minimum) and np.any(np.equal(*xs)) and self.origins(node):
                    return False
                if row is ops.absolute and np.any(np.equal(xs[0], 0.0)):
                    return False
        return True


def _work(nodes: Iterable[Node]) -> float:
    """About how many multiplications these nodes are."""
    total = 0.0
    for node in nodes:
        if isinstance(node.op, Einsum):
            letters: dict[str, int] = {}
            for part, arg in zip(node.op.letters.split("->")[0].split(","), node.args, strict=True):
                letters.update(zip(part, arg.shape, strict=False))
            total += float(np.prod([float(n) for n in letters.values()]))
        else:
            total += node.size
    return total
