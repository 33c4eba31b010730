"""What the loss of a network is called in pictures, and what its card tells: the target, the class with its p."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from autograd.names import shown
from autograd.network import Head, Network, may_be_target
from autograd.ops import sigmoid
from autograd.value import Value

MOST = 12
"""Of so many outputs the one is looked for that is the class of the sample."""

ENTROPIES = ("binary_cross_entropy", "binary_cross_entropy_with_logits")


class Told(NamedTuple):
    """What is said of a loss: its name, "" for one without, and rows of a name and a number or a word each."""

    name: str = ""
    rows: tuple[tuple[str, float | str], ...] = ()


def told(network: Network, outputs: list[str]) -> Told:
    """What is said of the loss of a network whose outputs have these names; the rows are those of the first sample."""
    if network.loss is None:
        return Told()
    head = network.head(0, 0)
    name = _name(network, head) if head else _of_the_last_operation(network)
    if name and _penalised(network):
        name += " + penalty"
    if head is not None and head.kind == "softmax" and len(outputs) <= MOST:
        heads = [network.head(0, place) for place in range(len(outputs))]
        ones = [place for place, each in enumerate(heads) if each and abs(each.y - 1.0) < 1e-7]
        if len(ones) == 1:
            zs = [unit.z.data for unit in network.outputs[0]]
            p = 1.0 / math.fsum(math.exp(min(z - zs[ones[0]], 700.0)) for z in zs)
            return Told(name, (("class", shown.display(outputs[ones[0]])), ("p", p)))
    if head is not None and head.kind == "sigmoid" and len(outputs) == 1:
        return Told(name, (("p", sigmoid.function(network.outputs[0][0].z.data)),))
    return Told(name)


def _name(network: Network, head: Head) -> str:
    """The name by the closed form of δ = c·(p - y): c says how the loss is scaled, p which one it is."""
    activation = network.activations[-1].name
    factor, terms = head.coefficient(network.terms)
    if head.kind == "softmax":
        name = "cross-entropy"
    elif head.kind == "sigmoid" or (activation == "sigmoid" and not head.slope):
        name = "BCE"
    elif head.slope or activation == "identity":
        name, factor = "squared error", factor / 2.0
    else:
        return ""
    scale = {1.0: "", 0.5: "½ "}.get(factor, f"{factor:g} × ")
    many = network.samples * (1 if head.kind == "softmax" else len(network.outputs[0])) > 1
    return f"{scale}{'mean ' if terms > 1 else 'Σ ' if many else ''}{name}"


def _of_the_last_operation(network: Network) -> str:
    """Hinge, where it is, or the mean of how many terms it is; else nothing."""
    hinges = any(_is_hinge(user, network) for user in network.users.get(network.outputs[0][0].h, ()))
    if network.terms > 1:
        return "mean hinge" if hinges else f"mean of {network.terms}"
    return "hinge" if hinges and network.samples == 1 else "Σ hinge" if hinges else ""


def _is_hinge(product: Value, network: Network) -> bool:
    """Whether relu(1 - y·ŷ) is made of a product."""
    differences = [n for n in network.users.get(product, ()) if n.op and n.op.name == "sub" and n.args[0] == 1.0]
    return any(n.op and n.op.name == "relu" for d in differences for n in network.users.get(d, ()))


def _penalised(network: Network) -> bool:
    """Whether the loss has weights of its own, besides those inside the outputs."""
    own = parameters(network)
    seen: set[Any] = {node for row in network.outputs for unit in row for node in (unit.z, unit.h)}
    stack: list[Any] = [network.loss]
    while stack:
        node = stack.pop()
        if node in own:
            return True
        if node not in seen:
            seen.add(node)
            stack += [arg for arg in node.args if type(arg) is not float]
    return False


def parameters(network: Network) -> set[Value]:
    """The weights and biases: all of them are in the first sample, which is that of every neuron."""
    return {p for row in network.rows() for unit in row for p in (*unit.weights, unit.bias) if p is not None}


def targets(network: Network) -> set[Any]:
    """What the outputs are compared with: leaves, and (node, place) for the literal operands of a node."""
    head = network.head(0, 0) if network.loss is not None else None
    entropy = head is not None and not head.slope and network.activations[-1].name == "sigmoid"
    found: set[Any] = {head.source} if head is not None and head.source is not None else set()
    for row in network.outputs if network.loss is not None else ():
        for unit in row:
            for node, of in _compared(unit.h, network, entropy):
                others = [(place, arg) for place, arg in enumerate(node.args) if arg is not of]
                if len(others) == 1 and len(node.args) == 2 and may_be_target(others[0][1]):
                    place, arg = others[0]
                    found.add((node, place) if type(arg) is float else arg)
    return found


def _compared(h: Value, network: Network, entropy: bool) -> Iterator[tuple[Value, Value]]:
    """The nodes in which an output, or of a cross-entropy its logarithm, meets a target, and what it is in them."""
    for node in network.users.get(h, ()):
        name = node.op.name if node.op else ""
        if name in ENTROPIES or (name == "sub" and not entropy) or (name == "mul" and _is_hinge(node, network)):
            yield node, h
        elif name == "log" and entropy:
            yield from ((user, node) for user in network.users.get(node, ()) if user.op and user.op.name == "mul")
