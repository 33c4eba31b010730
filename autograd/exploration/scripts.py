"""The engine's programs of a subject in JavaScript: its graph, what its neurons say, and the flow along edges."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograd.compiler.javascript import graph_program, javascript
from autograd.compiler.program import Place, Program, Step, program
from autograd.exploration.subject import Subject
from autograd.graph import cotangents
from autograd.symbol import Symbol, exactly
from autograd.value import Value


def graphs(subject: Subject) -> list[str]:
    """(x, values, gradients) => loss, from the leaves all numbers of the graph; one for each class, where there are."""
    count, leaves = len(subject.order), sum(node.op is None for node in subject.order)
    arrays = {"x": leaves}, {"values": count, "gradients": count}
    if not subject.classes:
        return [javascript(graph_program(subject.root), *arrays)]
    return [javascript(_aligned(subject, other), *arrays) for other in subject.classes.values()]


def alike(subject: Subject, other: Subject) -> dict[Value, Value]:
    """By node of the graph of one class, the same in that of another: leaves, neurons and the loss."""
    origin = {node: copy for copy, node in other.origin.items()}
    found = {leaf: origin[node] for leaf, node in subject.origin.items() if node in origin}
    found |= dict(zip(subject.inputs, other.inputs, strict=False))
    if subject.network is not None and other.network is not None:
        for row, twins in zip(subject.network.rows(), other.network.rows(), strict=True):
            for unit, twin in zip(row, twins, strict=True):
                found |= {unit.z: twin.z, unit.h: twin.h}
    return found | {subject.root: other.root}


def _aligned(subject: Subject, other: Subject) -> Program:
    """The program of another class with the leaves and nodes of the first in their places; nan for what it has not."""
    if subject is other:
        return graph_program(subject.root)
    twins = alike(subject, other)
    own = {node: place for place, node in enumerate(other.order)}
    given = graph_program(other.root)
    leaves = [node for node in subject.order if node.op is None]
    places = {twins[leaf]: place for place, leaf in enumerate(leaves) if leaf in twins}
    moved: list[Place] = [places[node] for node in other.order if node.op is None]
    shift = len(leaves) - given.n_inputs

    def at(place: Place) -> Place:
        if type(place) is not int:
            return place
        return moved[place] if place < given.n_inputs else place + shift

    steps = tuple(Step(op, tuple(map(at, args))) for op, args in given.steps)
    count = len(other.order)
    known = [own.get(twins[node]) if node in twins else None for node in subject.order]
    values = [math.nan if k is None else at(given.outputs[1 + k]) for k in known]
    slopes = [math.nan if k is None else at(given.outputs[1 + count + k]) for k in known]
    return Program(len(leaves), steps, (at(given.outputs[0]), *values, *slopes))


def forward(subject: Subject, nodes: Sequence[Value]) -> str:
    """(x, said) => 0, from the leaves the numbers of some nodes."""
    twins, leaves = _twins(subject)
    with exactly():
        return javascript(
            program([0.0, *(twins[node] for node in nodes)], leaves), {"x": len(leaves)}, {"said": len(nodes)}
        )


def flows(subject: Subject, edges: Sequence[tuple[int, int]]) -> str:
    """(x, flows) => 0, by edge how much gradient flows back along it; an edge is (node, place of the operand)."""
    twins, leaves = _twins(subject)
    shares: dict[int, list[Any]] = {}
    with exactly():
        slopes = cotangents(twins[subject.root])
        for place, _ in edges:
            if place not in shares:
                shares[place] = _shares(subject.order[place], twins, slopes)
        found = [shares[place][operand] for place, operand in edges]
        return javascript(program([0.0, *found], leaves), {"x": len(leaves)}, {"flows": len(found)})


def _shares(node: Value, twins: Mapping[Value, Any], slopes: Mapping[Any, Any]) -> list[Any]:
    """What reaches each operand of a node through it; 0 for literals."""
    assert node.op is not None
    twin = twins[node]
    named = [arg if type(arg) is float else (number,) for number, arg in enumerate(twin.args)]
    found = {key[0]: share for key, share in node.op.shares(slopes[twin], twin, twin.args, named)}
    return [found.get(number, 0.0) for number in range(len(twin.args))]


def _twins(subject: Subject) -> tuple[dict[Any, Any], list[Any]]:
    """By node the same as a Symbol, and those of the leaves."""
    twins: dict[Any, Any] = {}
    with exactly():
        for node in subject.order:
            args = tuple(arg if type(arg) is float else twins[arg] for arg in node.args)
            twins[node] = Symbol("") if node.op is None else Symbol.apply(node.op, args)
    return twins, [twins[node] for node in subject.order if node.op is None]
