"""The walk through a graph: forward to the loss, back to every gradient, and the update."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from autograd.exploration.subject import Subject
from autograd.network import Network
from autograd.value import Value


class Step(NamedTuple):
    """A step of the walk.

    phase  "given", "forward", "backward" or "update"
    name   what is computed, as it is printed
    text   name = formula = numbers = value
    """

    phase: str
    name: str
    text: str


Item = tuple[str, str, int]
"""(phase, what, node): what is "v" for a value, "g" for a gradient, "u" for an update."""


def walk_of(subject: Subject, view: str, ids: Mapping[Value, int], inputs: bool) -> Iterator[Item]:
    """The steps; `inputs` says whether the gradients by the inputs are among them."""
    yield "given", "", -1
    if subject.network is None or view == "graph":
        yield from (("forward", "v", place) for node, place in ids.items() if node.op is not None)
        for node in reversed(subject.order):
            if inputs or not (node in subject.inputs or node in subject.targets):
                yield "backward", "g", ids[node]
    else:
        yield from _through(subject.network, subject.root, ids)
        if inputs:
            yield from (("backward", "g", ids[x]) for x in subject.inputs)
    yield from (("update", "u", ids[p]) for p in subject.parameters)


def _through(network: Network, root: Value, ids: Mapping[Value, int]) -> Iterator[Item]:
    """Neuron by neuron: z and h forward; back δ, and with it the gradients of weights and bias."""
    for row in network.rows():
        for unit in row:
            yield "forward", "v", ids[unit.z]
            if unit.h is not unit.z:
                yield "forward", "v", ids[unit.h]
    if network.loss is not None:
        yield "forward", "v", ids[root]
    done: set[Value] = set()
    for row in reversed(network.rows()):
        for unit in row:
            yield "backward", "g", ids[unit.z]
            for p in (*unit.weights, unit.bias):
                if p is not None and p not in done:
                    done.add(p)
                    yield "backward", "g", ids[p]
