"""The loss of a program as a Value: its graph, handed over by the process that traced it, built up again."""

from typing import Any

from autograd.ops import TABLE
from autograd.programs import asking
from autograd.programs.found import UNCHECKED, Found, cleaned
from autograd.value import Value

LARGEST = 2_000_000
"""Nodes of a graph that are built."""


def graph_of(report: Found) -> Value:
    """The loss that a program's gradients were judged by; the program is run once more for it."""
    if report.verdict == UNCHECKED:
        raise ValueError(f"{report.file} could not be checked, so there is no graph: {report.why}")
    said, why = asking.ask(report.source.request(report.budget) | {"want": "graph"}, report.budget)
    if said is None:
        raise ValueError(f"{report.file} gave no graph: {why}")
    if not isinstance(said, dict) or said.get("graph") is None:
        raise ValueError(f"{report.file} gave no graph: its loss was not found")
    return built(said["graph"])


def built(graph: Any) -> Value:
    """A graph from plain data: {"nodes": [[operation, arguments, label], ...], "out": which node}.

    A leaf has None for an operation and its number as the only argument. Of other arguments a whole number is the
    place of an earlier node, and a float is a literal. ValueError where that is not so.
    """
    known = {row.name: row for row in TABLE}
    nodes: list[Value] = []
    try:
        if len(graph["nodes"]) > LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} nodes")
        for name, args, label in graph["nodes"]:
            if name is None:
                (data,) = args
                node = Value(data, cleaned(label))
            else:
                node = Value.apply(known[name], tuple(_argument(arg, nodes) for arg in args))
                node.label = cleaned(label)
            nodes.append(node)
        if type(graph["out"]) is not int or graph["out"] < 0:
            raise ValueError("it does not say which node is the loss")
        return nodes[graph["out"]]
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, ArithmeticError) as error:
        raise ValueError(f"the graph of the program cannot be built: {type(error).__name__}: {error}") from None


def _argument(arg: Any, nodes: list[Value]) -> Any:
    if type(arg) is int and 0 <= arg < len(nodes):
        return nodes[arg]
    if type(arg) is float:
        return arg
    raise ValueError(f"an argument is {arg!r:.40}, neither an earlier node nor a float")
