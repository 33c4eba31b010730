"""What `explain` is asked for: the values among those of a graph, and gradients of gradients."""

from collections.abc import Sequence
from typing import Any

from autograd.explanation.derivation import Derivation, Line
from autograd.explanation.explanation import Explanation
from autograd.explanation.notation import Name, twice_name
from autograd.graph import topological_order
from autograd.names import Names, listing, nearest, shown
from autograd.names.meant import readings
from autograd.network import Network, network_of
from autograd.ops import identity
from autograd.recording import recording
from autograd.symbol import Symbol
from autograd.value import Value


def explained(loss: Any, wrt: Any, order: int) -> Explanation:
    """The explanation of the first or second derivative of a loss."""
    if isinstance(loss, (list, tuple)):
        kind = type(loss).__name__
        raise TypeError(f"explain: expected one loss as a Value, got a {kind} of {len(loss)}; pass one of them, as in "
                        "explain(losses[0]), or what they come to, as in explain(sum(losses))")  # fmt: skip
    if not isinstance(loss, Value):
        raise TypeError(f"explain: expected the loss as a Value, got {type(loss).__name__}: {loss!r:.60}; pass the "
                        "result of the computation itself, not its .data")  # fmt: skip
    if order not in (1, 2):
        raise ValueError(f"explain: expected order=1 or order=2, got order={order!r}")
    nodes = topological_order(loss)
    network = _network(loss, nodes)
    asked = _asked(loss, nodes, network, wrt)
    try:
        if order == 2:
            return _second(loss, network, asked)
        derivation = Derivation(loss, list(asked.values()), network)
    except (ValueError, ArithmeticError) as error:
        found = _without_derivative(nodes)
        if found is None:
            raise
        raise ValueError(f"explain() needs a derivative everywhere: {found}") from error
    return Explanation(derivation, derivation.naming.name(loss).text, list(asked))


def _without_derivative(nodes: Sequence[Value]) -> Exception | None:
    """What the operation says that has no derivative at its operands; None where all have one."""
    slopes: dict[Any, float] = {nodes[-1]: 1.0}
    for node in reversed(nodes):
        if node.op is None or node not in slopes:
            continue
        y, *xs = node.primals
        try:
            for arg, share in node.op.shares(slopes[node], y, xs, node.args):
                slopes[arg] = slopes.get(arg, 0.0) + share
        except (ValueError, ArithmeticError) as found:
            labels = ["" if type(arg) is float else arg.label for arg in node.args]
            return node.op.failure(found, xs, labels, "no derivative at ")
    return None


def _network(loss: Value, nodes: Sequence[Value]) -> Network | None:
    """The network that a graph is; None for none, and for a lone sum of products that nobody calls a neuron."""
    network = network_of(loss, nodes)
    return network if network is not None and network.evident and network.alike else None


def _second(loss: Value, network: Network | None, asked: dict[str, Value]) -> Explanation:
    """The derivative of ∂loss/∂a by b: the derivation of the first one is itself a graph, and explained."""
    if len(asked) > 2:
        raise ValueError(f"explain: order=2 takes one value or a pair, got {len(asked)}: {listing(asked)}")
    first, (name, second) = next(iter(asked.values())), list(asked.items())[-1]
    derivation = Derivation(loss, [first], network, terms=len(loss.named()) + 10**6)
    naming = derivation.naming
    with recording(True):
        slope, given, behind = _as_graph(derivation)
        constant = not isinstance(slope, Value) or second not in set(topological_order(slope))
        if constant:
            slope = slope + second * 0.0
            given[slope], behind[slope] = naming.gradient(first).name, first
    whole = twice_name(naming.name(loss), naming.name(first), naming.name(second), first is second)
    final = Derivation(slope, [second], given=given, whole={second: whole}, before=derivation, behind=behind)
    explanation = Explanation(final, given[slope].text, [name])
    if constant:
        note = f"{given[slope].text} does not depend on {naming.name(second).text}"
        explanation.steps = [step._replace(note=note) for step in explanation.steps]
    return explanation


def _as_graph(derivation: Derivation) -> tuple[Any, dict[Any, Name], dict[Any, Any]]:
    """The gradient computed once more, as its derivation says, in Values; the names of nodes; what it is the slope of.

    Nodes that are called v3 in the derivation are not among the names.
    """
    naming = derivation.naming
    made: dict[Any, Any] = {naming.value(node): node for node in derivation.order}
    given: dict[Any, Name] = {node: naming.name(node) for node in derivation.order if naming.is_labelled(node)}
    behind: dict[Any, Any] = {}
    own = set(derivation.order)
    steps = derivation.steps()
    made |= derivation.written()
    softmax = [Line(p, formula, x, {}) for p, formula, x in derivation.outputs.definitions()]
    result: Any = 0.0
    for line in [*softmax, *(line for step in steps for line in step.lines)]:
        for node in topological_order(line.formula) if isinstance(line.formula, Symbol) else []:
            if node not in made:
                args = [arg if type(arg) is float else made[arg] for arg in node.args]
                made[node] = node.number if node.op is None else node.op(*args)
        found = made[line.formula] if isinstance(line.formula, Symbol) else line.formula
        known = isinstance(found, Value) and (found in given or found in own)
        result = made[line.left] = identity(found) if known else found
        if isinstance(result, Value):
            given[result] = line.left.name
            if line.left.gradient is not None:
                behind[result] = line.left.gradient
    return result, given, behind


def _asked(loss: Value, nodes: Sequence[Value], network: Network | None, wrt: Any) -> Names[Value]:
    """By name, the nodes asked for."""
    inside = set(nodes)
    labelled = loss.named()
    given = wrt if isinstance(wrt, (list, tuple)) else [wrt]
    if wrt is None:
        given = _everything(nodes, network)
    if not given:
        raise ValueError("explain: expected a value or label to explain the gradient of, got an empty list")
    found: Names[Value] = Names()
    taken: set[Value] = set()
    place = {node: number for number, node in enumerate(nodes)}
    names = {node: key for key, node in labelled.items()}
    for one in given:
        node = _looked_up(one, labelled) if isinstance(one, str) else one
        if not isinstance(node, Value):
            kind = type(node).__name__
            raise TypeError(f"explain: expected wrt as a Value or a label such as 'w1', got {kind}: {node!r:.60}")
        if node not in inside:
            known = ", ".join(list(labelled)[:20]) or "none is labelled"
            raise ValueError(
                f"explain: {node!r} is not in the graph of the loss, so the loss does not depend on it; pass a value "
                f"that the loss was computed from, or one of the labels: {known}"
            )
        if node not in taken:
            taken.add(node)
            found.insert(shown.name(names.get(node, "")) or shown.name(f"v{place[node]}"), node)
    return found


def _everything(nodes: Sequence[Value], network: Network | None) -> list[Any]:
    """The weights and biases of the network that a graph is; else its labelled leaves, or all there are."""
    leaves = [node for node in nodes if node.op is None]
    if network is not None:
        units = [unit for layer in network.layers for unit in layer[0]]
        mine = {leaf for unit in units for leaf in (*unit.weights, unit.bias)}
        return [leaf for leaf in leaves if leaf in mine]
    return [leaf for leaf in leaves if leaf.label] or leaves


def _looked_up(label: str, labelled: Names[Value]) -> Value:
    """The node of a label, or of what else may be meant by it: `delta3` is z3, `dw1` is w1."""
    for reading, _ in readings(label):
        node = labelled.find(reading)
        if node is not None:
            return node
    raise KeyError(f"explain: no {label!r} in the graph of the loss; {nearest(label, list(labelled))}")
