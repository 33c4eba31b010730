"""Functions that return a loss and its gradients, or gradients alone: what is returned for which argument.

Course exercises have no update. What such a function returns is taken for the step of one: then all
that is said of programs that train holds for them.
"""

import ast
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.programs.lineages import Event, Lineage
from autograd.programs.operations import Sum
from autograd.programs.recording import Recorder
from autograd.programs.replay import before
from autograd.programs.spellings import bare, is_gradient_name, is_weight_name
from autograd.programs.traced import Elementwise, Node

LAST: Final = 12
"""So many of the last returns are looked at."""

WEIGHED: Final = ("Σ out·dout",)
"""Where the number is noted that a function which is given dout has the gradients of."""


def returned(recorder: Recorder) -> list[Lineage]:
    """The arguments whose gradients a function returns, each as if it were moved by that gradient at the rate 1."""
    names = recorder.names()
    events = [e for e in recorder.events if recorder.statements[e.key].kind == "return" and e.nodes]
    for place, event in list(enumerate(events))[: -LAST - 1 : -1]:
        losses = [
            node
            for path, node in event.nodes.items()
            if node.size == 1 and node.op is not None and not is_gradient_name(_called(recorder, event, path))
        ]
        loss = losses[0] if losses and len(event.nodes) > 1 else None
        loss = loss or _beside(events, event) or _through(events[:place], event, recorder)
        if loss is None:
            continue
        found = _paired(recorder, event, loss, names)
        if found:
            return found
    return []


def _beside(events: list[Event], event: Event) -> Node | None:
    """The loss that another function returned for the arguments of one that returns gradients alone."""
    own = {node for node in before(event.nodes.values()) if not node.args}
    for other in events:
        nodes = list(other.nodes.values())
        if other.key != event.key and len(nodes) == 1 and nodes[0].size == 1 and nodes[0].op is not None:
            shared = {node for node in before(nodes) if not node.args} & own
            if len(shared) > 1:
                return nodes[0]
    return None


def _through(earlier: list[Event], event: Event, recorder: Recorder) -> Node | None:
    """Σ out·dout for a function that is given dout, the slope in what an earlier function returned, out.

    The gradients that it returns are those of this number.
    A dout that comes from nowhere else is likelier than one that was computed.
    """
    ancestors = before(event.nodes.values())
    latest = {other.key: other for other in earlier}.values()
    for sources in ([n for n in ancestors if n.op is None], ancestors):
        for other in sorted(latest, key=lambda e: -e.time):
            for out in other.nodes.values():
                own = set(before([out]))
                given = [n for n in sources if n.shape == out.shape and n not in own and np.any(n.data)]
                if out.size > 1 and out.op is not None and given and own.intersection(ancestors):
                    return _weighed(out, min(given, key=lambda n: n.time), other, event, recorder)
    return None


def _weighed(out: Node, dout: Node, other: Event, event: Event, recorder: Recorder) -> Node:
    """Σ out·dout, noted as if the program had computed it."""
    times = Node(Elementwise(ops.mul), (out, dout), out.data * dout.data)
    loss = Node(Sum(), (times,), np.sum(times.data))
    times.time, loss.time = max(out.time, dout.time) + 0.25, max(out.time, dout.time) + 0.5
    recorder.events.append(Event(other.key, other.turn, {WEIGHED: loss}, event.time, {}))
    return loss


def _paired(recorder: Recorder, event: Event, loss: Node, names: dict[Node, str]) -> list[Lineage]:
    """What is returned beside the loss, with the arguments that it is the gradient by."""
    inputs = [node for node in before([loss]) if node in names and node is not loss and _float(node)]
    taken: set[Node] = set()
    found = []
    for path, gradient in event.nodes.items():
        if gradient is loss or gradient in inputs:
            continue
        called = _called(recorder, event, path)
        alike = [s for s in inputs if s.shape == gradient.shape and s not in taken]
        best = [s for s in alike if bare(names[s]) == bare(called)] or (alike if len(alike) == 1 else [])
        if not best:
            continue
        taken.add(best[0])
        found.append(_stepped(recorder, best[0], gradient, event, event.time))
    return found


def _stepped(recorder: Recorder, root: Node, gradient: Node, event: Event, time: float) -> Lineage:
    """An argument as if it had been moved by its gradient at the rate 1."""
    one = Lineage(root, recorder.names()[root], recorder.born(root))
    moved = Node(Elementwise(ops.sub), (root, gradient), root.data - gradient.data)
    moved.time = max(root.time, gradient.time, time) + 0.75
    one.contents.append(moved)
    one.updates.append(event)
    return one


def worked_out(recorder: Recorder) -> list[Lineage]:
    """The weights of a script that works out gradients and moves nothing by them, as if they were moved.

    What is called as a gradient, dW1, dL_db2 or grad_w5, is that of the weight of this name and shape.
    """
    made: dict[str, Event] = {}
    for event in recorder.events:
        statement = recorder.statements[event.key]
        if not statement.function and statement.kind != "do" and is_gradient_name(statement.target):
            made[statement.target] = event
    weights = {name: node for node, name in recorder.names().items() if node.op is None and _float(node)}
    weights = {bare(name): node for name, node in weights.items() if is_weight_name(name)}
    end = max((event.time for event in made.values()), default=0)
    found = []
    for name, event in made.items():
        gradient, root = event.nodes.get(()), weights.get(bare(name))
        if gradient is not None and gradient.op is not None and root is not None and root.shape == gradient.shape:
            found.append(_stepped(recorder, root, gradient, event, end))
    return found


def _float(node: Node) -> bool:
    return np.asarray(node.data).dtype.kind == "f"


def _called(recorder: Recorder, event: Event, path: tuple[Any, ...]) -> str:
    """What the function calls a part of what it returns."""
    value = recorder.statements[event.key].value
    for step in path:
        if isinstance(value, (ast.Tuple, ast.List)) and isinstance(step, int) and step < len(value.elts):
            value = value.elts[step]
        elif isinstance(step, str):
            return step
    return ast.unparse(value)
