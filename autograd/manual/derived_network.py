"""What there is to teach in a graph: a network with its samples, its loss, names for everything, the forms to write."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autograd.graph import numbers, topological_order
from autograd.manual.forms import SOFTMAX, Activation, Form, Loss, activation, chosen, matched, plain_softmax, unified
from autograd.manual.network_names import Words, find_words
from autograd.network import Network, find_network
from autograd.ops import log_sum_exp
from autograd.symbol import Symbol
from autograd.value import Value

ROOMS = tuple(share * 2.0**-52 for share in (16, 6, 4, 3, 2, 1, 0))
"""What textbook forms may move a gradient by, as shares of it, tried one after the other."""


class Lesson(NamedTuple):
    """A network and a loss as they are taught.

    inputs, targets  by sample; the target of a softmax has a 1 at its class
    loss             None for the cross-entropy of a softmax
    divisor          what the sum of all terms is divided by
    data             the loss without a penalty
    penalty          λ and the parameters whose squares are added to the loss
    slopes           by layer, the form of f'(z) in `z` and `h`
    top              the form of ∂L/∂z of an output in `z`, `p` and `y`, or None for ∂L/∂ŷ · f'(z)
    by_output        the form of ∂L/∂ŷ in `p` and `y`
    value            the form of one term of the loss
    plain            whether the softmax is written as e^z / Σ e^z
    point            the numbers of all nodes, as evaluated
    strict           whether everything is rounded as the engine does it, as far as that goes
    """

    network: Network
    activations: list[Activation]
    inputs: list[list[float]]
    targets: list[list[float]]
    loss: Loss | None
    divisor: float
    data: Value
    penalty: tuple[float, frozenset[Value]]
    words: Words
    slopes: list[Form]
    top: Form | None
    by_output: Form
    value: Form
    plain: bool
    point: dict[Any, float]
    strict: bool

    @property
    def samples(self) -> int:
        """How many there are."""
        return len(self.inputs)

    @property
    def outputs(self) -> int:
        """How many there are in one sample."""
        return len(self.network.layers[-1][0])

    @property
    def squared(self) -> bool:
        """Whether the loss takes squares."""
        return self.loss is not None and "squared" in self.loss.name

    @property
    def layers(self) -> int:
        """How many there are."""
        return len(self.activations)

    @property
    def shape(self) -> list[int]:
        """Inputs, and the units of every layer."""
        return [len(self.inputs[0]), *(len(layer[0]) for layer in self.network.layers)]

    def gradients(self, whole: bool) -> dict[str, Any]:
        """The nodes that grad_w1 ... are the gradients of; `whole` for grad_W1 ..., in nested lists."""
        if whole:
            return {f"grad_{name}": nodes for name, nodes in self.network.matrices().items()}
        found: dict[str, Any] = {}
        for layer, ws, bs in zip(self.network.layers, self.words.w, self.words.b, strict=True):
            for unit, names, bias in zip(layer[0], ws, bs, strict=True):
                found |= {f"grad_{name}": w for name, w in zip(names, unit.weights, strict=True)}
                if bias:
                    found[f"grad_{bias}"] = unit.bias
        return found

    def signals(self) -> dict[str, tuple[Any, str]]:
        """Of the first sample, the nodes that z1, h1, delta1 ... are of, and "value" or "gradient"."""
        found: dict[str, tuple[Any, str]] = {}
        for layer, zs, hs, ds in zip(self.network.layers, self.words.z, self.words.h, self.words.delta, strict=True):
            for unit, z, h, d in zip(layer[0], zs, hs, ds, strict=True):
                found |= {z: (unit.z, "value"), h: (unit.h, "value"), d: (unit.z, "gradient")}
        return found

    @property
    def title(self) -> str:
        """The network in a line."""
        kinds = [f.name for f in self.activations]
        hidden = f"{', then '.join(dict.fromkeys(kinds[:-1]))} hidden units, " if kinds[:-1] else ""
        many = "outputs" if self.outputs > 1 else "output"
        loss = self.loss.name if self.loss else SOFTMAX
        return f"a {'-'.join(map(str, self.shape))} network ({hidden}{kinds[-1]} {many}), {loss}"


WHOLE = 1e-9
"""How near to a whole number a count is."""

Z, H, P, Y = Symbol("z"), Symbol("h"), Symbol("p"), Symbol("y")
"""A weighted sum, an activation, a prediction and a target, in forms."""


def find_lesson(loss: Value, labels: Mapping[Any, str] = {}, room: float = ROOMS[-1]) -> Lesson | None:
    """The lesson in the graph of a loss; None where it is no network, or holds more than is taught of one.

    labels  other names for some nodes
    room    the share of itself by which all textbook forms on one path may move a gradient together
    """
    network = find_network(loss)
    if network is None or not _plain(network):
        return None
    activations = []
    for layer, f in zip(network.layers, network.activations, strict=True):
        found = [activation(unit.z, unit.h, f.name) for row in layer for unit in row]
        first = found[0]
        if first is None or any(other is None for other in found) or not _alike(layer, first):
            return None
        activations.append(first)
    data, penalty = _without_penalty(loss, network)
    read = _terms(data, network)
    if read is None:
        return None
    kind, targets, divisor = read
    point = numbers(topological_order(loss))
    inputs = [[point.get(x, x) for x in row[0].inputs] for row in network.layers[0]]
    wanted = [[point.get(y, y) for y in row] for row in targets]
    words = find_words(loss, data, network, targets, labels)
    forms = _forms(network, activations, kind, wanted, room)
    return Lesson(
        network, activations, inputs, wanted, kind, divisor, data, penalty, words, *forms, point, room == 0.0
    )


def _parameters(network: Network) -> list[Value]:
    """All weights and biases."""
    units = [unit for layer in network.layers for unit in layer[0]]
    return [p for unit in units for p in (*unit.weights, unit.bias) if p is not None]


def _plain(network: Network) -> bool:
    """Whether inputs are leaves, and every parameter has one place."""
    parameters = _parameters(network)
    inputs = [x for row in network.layers[0] for x in row[0].inputs if type(x) is not float]
    return (
        len(set(parameters)) == len(parameters)
        and all(x.op is None for x in inputs)
        and set(inputs).isdisjoint(parameters)
        and all(len({unit.bias is None for unit in layer[0]}) == 1 for layer in network.layers)
    )


def _alike(layer: Sequence[Sequence[Any]], first: Activation) -> bool:
    """Whether every unit has the first one's activation, to the last bit."""
    try:
        return all(unit.h is unit.z or first.value(unit.z.data) == unit.h.data for row in layer for unit in row)
    except (ValueError, ArithmeticError):
        return False


# ---------------------------------------------------------------- the loss


def _without_penalty(loss: Value, network: Network) -> tuple[Value, tuple[float, frozenset[Value]]]:
    """The loss without a sum of squares of parameters added to it, and that."""
    parameters = set(_parameters(network))
    if loss.op is not None and loss.op.name == "add":
        for data, extra in (loss.args, loss.args[::-1]):
            squared = _squares(extra)
            if squared is not None and squared[1] <= parameters and type(data) is not float:
                return data, squared
    return loss, (0.0, frozenset())


def _squares(node: Any) -> tuple[float, frozenset[Value]] | None:
    """λ and the parameters of λ·Σp²; None for anything else."""
    if type(node) is float or node.op is None or node.op.name != "mul":
        return None
    for factor, total in (node.args, node.args[::-1]):
        if type(factor) is float and type(total) is not float:
            squares = [_root(term) for term in _added(total)]
            found = frozenset(p for p in squares if p is not None)
            if len(found) == len(squares):
                return factor, found
    return None


def _root(square: Any) -> Value | None:
    p = Symbol("p")
    for pattern in (p * p, p**2.0):
        found = unified(pattern, square, {})
        if found is not None and type(found[p]) is not float and found[p].op is None:
            return found[p]  # type: ignore[no-any-return]
    return None


def _added(node: Any) -> list[Any]:
    """The terms of a sum."""
    terms, stack = [], [node]
    while stack:
        term = stack.pop()
        if type(term) is not float and term.op is not None and term.op.name in ("sum_of", "add"):
            stack += reversed(term.args)
        elif type(term) is not float or term != 0.0:
            terms.append(term)
    return terms


def _terms(data: Value, network: Network) -> tuple[Loss | None, list[list[Any]], float] | None:
    """The kind of loss, the targets by sample, and what the sum is divided by."""
    top, divisor = _mean(data)
    outputs = {unit.h: (s, k) for s, row in enumerate(network.layers[-1]) for k, unit in enumerate(row)}
    width = len(network.layers[-1][0])
    single: dict[tuple[int, int], Any] = {}
    classes: dict[int, int] = {}
    kinds: set[Loss | None] = set()
    for term in _added(top):
        used = _used(term, outputs)
        places = [outputs[node] for node in used]
        if len(used) == 1:
            match = matched(term, used[0])
            if match is None or places[0] in single:
                return None
            single[places[0]] = match[1]
            kinds.add(match[0])
        else:
            number = _class(term, network, places)
            if number is None or places[0][0] in classes:
                return None
            classes[places[0][0]] = number
            kinds.add(None)
    if len(kinds) != 1 or len(single) + len(classes) * width != len(outputs) or len(outputs) != network.samples * width:
        return None
    if classes:
        return None, [[float(k == classes[s]) for k in range(width)] for s in range(network.samples)], divisor
    return kinds.pop(), [[single[s, k] for k in range(width)] for s in range(network.samples)], divisor


def _mean(data: Value) -> tuple[Any, float]:
    """The sum that a mean is taken of, and what it is divided by."""
    if data.op is not None and data.op.name == "div" and type(data.args[1]) is float:
        return data.args
    if data.op is not None and data.op.name == "mul":
        for factor, total in (data.args, data.args[::-1]):
            inside = type(total) is not float and total.op is not None and total.op.name in ("add", "sum_of")
            if type(factor) is float and factor and inside and abs(1.0 / factor - round(1.0 / factor)) < WHOLE:
                return total, float(round(1.0 / factor))
    return data, 1.0


def _used(term: Any, outputs: Mapping[Any, Any]) -> list[Any]:
    """The outputs that a term depends on, in order."""
    found: dict[Any, None] = {}
    seen, stack = set(), [term]
    while stack:
        node = stack.pop()
        if type(node) is float or node in seen:
            continue
        seen.add(node)
        if node in outputs:
            found[node] = None
        else:
            stack += node.args
    return sorted(found, key=lambda node: outputs[node])


def _class(term: Any, network: Network, places: Sequence[tuple[int, int]]) -> int | None:
    """The class number of a cross-entropy of all outputs of one sample, which are linear; None for anything else."""
    row = network.layers[-1][places[0][0]] if places else []
    if len({s for s, _ in places}) != 1 or len(places) != len(row) or type(term) is float or term.op is not log_sum_exp:
        return None
    own = [k for k, arg in enumerate(term.args) if type(arg) is float and arg == 0.0]
    if len(own) != 1 or len(term.args) != len(row):
        return None
    for k, arg in enumerate(term.args):
        if k != own[0] and (
            type(arg) is float
            or arg.op is None
            or arg.op.name != "sub"
            or arg.args[0] is not row[k].h
            or arg.args[1] is not row[own[0]].h
        ):
            return None
    return own[0]


# ---------------------------------------------------------------- forms


def _forms(
    network: Network,
    activations: Sequence[Activation],
    kind: Loss | None,
    targets: Sequence[Sequence[float]],
    room: float,
) -> tuple[list[Form], Form | None, Form, Form, bool]:
    """The forms to write: the textbook's, as long as all on one path move no gradient by more than the room."""
    plain, top = True, None
    by_output, value = Form(1.0), Form(1.0)
    rows = list(zip(network.layers[-1], targets, strict=True))
    last = activations[-1]
    if kind is not None:
        outputs = [{Z: u.z.data, P: u.h.data, Y: y} for row, ys in rows for u, y in zip(row, ys, strict=True)]
        value, _ = chosen(kind.values(P, Y), outputs, 2 * ROOMS[-1])
        by_output, taken = chosen(kind.slopes(P, Y), outputs, room)
        crossed = kind.cross(P, Y, Z).get(last.name)
        if crossed:
            top, taken = chosen(crossed, outputs, room)
    else:
        taken = max(plain_softmax([unit.h.data for unit in row], ys, room) for row, ys in rows)
        plain, taken = taken <= room, taken if taken <= room else 0.0
    room -= taken
    slopes: list[Form] = []
    for layer, f in reversed(list(zip(network.layers, activations, strict=True))):
        points = [{Z: unit.z.data, H: unit.h.data} for row in layer for unit in row]
        cancels = top is not None and not slopes
        form, taken = chosen(f.slopes(Z, H), points, 0.0 if cancels else room)
        room -= 0.0 if cancels else taken
        slopes.insert(0, form)
    return slopes, top, by_output, value, plain


def calm(loss: Value, limit: float) -> bool:
    """Whether no number of a graph is so large that its exponential would not fit a float."""
    return all(math.isfinite(node.data) and abs(node.data) < limit for node in topological_order(loss))
