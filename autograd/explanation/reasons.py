"""Why a slope is what it is: the row of the operation, read on the names of its operands."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from autograd.explanation import rules
from autograd.explanation.derivation import Derivation, Line
from autograd.explanation.figures import DIGITS, settled
from autograd.explanation.layout import sides
from autograd.explanation.notation import LATEX, TEXT, Unknown, named, slope_name
from autograd.names import Names, canonical, listing, nearest
from autograd.primitive import Primitive
from autograd.symbol import Symbol
from autograd.value import Value

NAMES = {
    "weighted_sum": ["z", "w1", "w2", "x1", "x2", "b"],
    "binary_cross_entropy": ["L", "ŷ", "y"],
    "binary_cross_entropy_with_logits": ["L", "z", "y"],
    "power": ["u", "x", "n"],
    "sigmoid": ["h", "z"], "tanh": ["h", "z"], "relu": ["h", "z"], "softplus": ["h", "z"],
    "leaky_relu": ["h", "z", "a"],
}  # fmt: skip
"""By operation, names for its result and arguments, where u and x1, x2 ... would not do; y is the target."""

GIVEN = frozenset({("binary_cross_entropy", 1), ("binary_cross_entropy_with_logits", 1), ("leaky_relu", 1)})
"""(operation, place) of arguments that are given and not learned, such as targets: their slopes are not taught."""

TAUGHT: Mapping[str, str] = {
    "weighted_sum": "Each input times its weight, all added up, and the bias. The slope by a weight is its input.",
    "sum_of": "All terms added up. The slope by each term is 1.",
    "sigmoid": "σ(z) = 1/(1 + e⁻ᶻ): any number becomes one between 0 and 1. Its slope needs only its result h.",
    "tanh": "The hyperbolic tangent: any number becomes one between -1 and 1. Its slope needs only its result h.",
    "softplus": "A smooth form of max(0, z). Its slope is the sigmoid.",
    "binary_cross_entropy": "The loss: small where the prediction ŷ is near the target y, 0 or 1.",
    "binary_cross_entropy_with_logits": "The loss of the prediction σ(z): small where it is near the target y.",
    "log_sum_exp": "The logarithm of a sum of exponentials. Its slopes are the softmax: between 0 and 1, together 1.",
}
"""By operation, what a worksheet says of it, where the words of the row are for programmers."""

SHOWN = 8
"""Of more operands the first are told."""


class Reason(str):
    """A text that shows itself: the REPL prints its lines, a notebook as Markdown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_markdown_(self) -> str:
        """Each line as a paragraph of its own."""
        return "\n\n".join(map(plain_markdown, self.splitlines())) + "\n"


def plain_markdown(text: str) -> str:
    """The text as Markdown that shows just that."""
    escaped = re.sub(r"([\\`*_{}\[\]#+!|$~])", r"\\\1", text)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def why(derivation: Derivation, name: str) -> Reason:
    """What a node was computed by, the slope by each operand from the operation's row, and the row's own words.

    Of a δ: what comes down to the neuron, times the slope of its activation.
    """
    node = find(derivation, name)
    if re.fullmatch(r"δ\d+", canonical(name)) and derivation.naming.delta(node) and not _is_label(derivation, name):
        return Reason("\n".join(_chain(derivation, node)))
    return Reason(_computed(derivation, node))


def _is_label(derivation: Derivation, name: str) -> bool:
    """Whether the user gave a node this very label."""
    return any(canonical(node.label) == canonical(name) for node in derivation.order if node.label)


def _chain(derivation: Derivation, z: Value) -> Iterator[str]:
    """δ = closed form or chain = numbers = value, and the two factors it is made of."""
    line = derivation.equation(z)
    yield _equation(line)
    note = derivation.outputs.note(z)
    h = next((node for node in derivation.naming.units if _is_activation(derivation, z, node)), None)
    if note:
        yield note
    if h is None or h.op is None:
        return
    if not note and h is not derivation.root:
        yield f"what comes down: {_equation(derivation.equation(h))}"
    if z in h.args:
        opening = "the slope of the activation" if note else "times the slope of the activation"
        yield f"{opening}, {h.op.name}: {_slope(derivation, h, h.args.index(z))}"
        yield f"{h.op.name}: {h.op.__doc__}"


def _is_activation(derivation: Derivation, z: Value, h: Any) -> bool:
    """Whether h is the output of the neuron with the weighted sum z."""
    network = derivation.network
    if network is None:
        return False
    return h is not z and any(u.z is z and u.h is h for layer in network.layers for row in layer for u in row)


def _equation(line: Line) -> str:
    return " = ".join([TEXT.write(line.left), *sides(line, TEXT)])


def _computed(derivation: Derivation, node: Any) -> str:
    shown = derivation.naming.name(node)
    if node.op is None:
        users = dict.fromkeys(derivation.naming.name(user).text for user, _ in derivation.uses.edges.get(node, []))
        return f"{shown.text} is given, not computed; it goes into {listing(users) if users else 'nothing'}"
    definition = derivation.definition(node)
    lines = [f"{shown.text} = {TEXT.write(definition.formula)}, the operation {node.op.name}: {node.op.__doc__}"]
    places = [place for place, arg in enumerate(node.args) if type(arg) is not float]
    lines += [_slope(derivation, node, place) for place in places[:SHOWN]]
    if len(places) > SHOWN:
        lines.append(f"and {len(places) - SHOWN} more operands in the same way")
    note = derivation.outputs.note(node)
    if note:
        lines.append(note)
    return "\n".join(lines)


def _slope(derivation: Derivation, node: Value, place: int) -> str:
    """∂node/∂operand = the rule = as it is learned = numbers = value."""
    naming, op = derivation.naming, node.op
    assert op is not None
    y, *numbers = node.primals
    if op.pullbacks:
        value = float(op.pullbacks[place](1.0, y, *numbers))
    else:
        value = float(op.cotangents(1.0, y, numbers)[place])
    xs = [arg if type(arg) is float else naming.value(arg) for arg in node.args]
    sides = [rule := rules.tidied(rules.share(op, place, 1.0, naming.value(node), xs), rules.amount)]
    exact: dict[Any, float] = {}
    if op.name in rules.TEXTBOOK:
        learned, exact = rules.textbook(op.name, 1.0, naming.value(node), numbers[0])
        sides.append(rules.tidied(learned, rules.amount))
        rule = sides[-1]
    texts = [TEXT.write(side) for side in sides]
    found = None if type(rule) is float else settled(rule, value, exact)
    if found:
        texts.append(TEXT.write(rule, digits=found[0], known=found[1]))
    texts.append(TEXT.number(value, DIGITS))
    left = slope_name(naming.name(node), naming.name(node.args[place])).text
    return " = ".join([left, *dict.fromkeys(texts)])


class Rule(NamedTuple):
    """An operation's row in LaTeX.

    latex  (left, right): y = f(x), and the slope by each argument
    doc    what the row says of it
    """

    latex: list[tuple[str, str]]
    doc: str


def taught(operations: Iterable[Primitive]) -> list[Rule]:
    """The rules of some operations, each once, for pupils: slopes as they are learned, and a short sentence."""
    found = []
    for op in dict.fromkeys(operations):
        whole = rule(op)
        first, *slopes = whole.latex
        rows = [first]
        for place, (left, right) in enumerate(slopes):
            if (op.name, place) not in GIVEN:
                rows.append((left, right.rpartition(" = ")[2] if op.name in rules.TEXTBOOK else right))
        found.append(Rule(rows, TAUGHT.get(op.name, whole.doc)))
    return found


def rule(op: Primitive) -> Rule:
    """The rule of an operation of the table, as its row says it, and where it differs, as it is learned.

    >>> from autograd.ops import exp, sigmoid
    >>> rule(exp).latex[1]
    ('\\\\frac{\\\\partial u}{\\\\partial x}', 'u')
    >>> rule(sigmoid).latex[1][1]
    'h \\\\cdot \\\\sigma\\\\left(-z\\\\right) = h \\\\cdot \\\\left(1 - h\\\\right)'
    """
    count = len(op.domain)
    result, *labels = NAMES.get(op.name, ["u", "x"] if count == 1 else ["u", *(f"x{i + 1}" for i in range(count))])
    y, xs = Unknown(named(result), 1.0), [Unknown(named(label), 2.0) for label in labels]
    rows = [(y.name.latex, LATEX.write(Symbol.apply(op, tuple(xs))))]
    for place, x in enumerate(xs):
        slopes = [rules.share(op, place, 1.0, y, xs)]
        if op.name in rules.TEXTBOOK:
            slopes.append(rules.textbook(op.name, 1.0, y, 1.0)[0])
        written = " = ".join(LATEX.write(slope) for slope in slopes)
        rows.append((slope_name(y.name, x.name).latex, written))
    return Rule(rows, str(op.__doc__))


def find(derivation: Derivation, name: str) -> Any:
    """The node of a label or of a name that the derivation gave; KeyError with the nearest names."""
    known: Names[Any] = Names()
    for node in derivation.order:
        known.insert(node.label or derivation.naming.name(node).text, node)
    for node in derivation.order:
        number = derivation.naming.delta(node)
        if number:
            known.insert(f"δ{number}", node)
    try:
        return known[name]
    except KeyError:
        raise KeyError(f"no {name!r} in this graph; {nearest(name, list(known))}") from None
