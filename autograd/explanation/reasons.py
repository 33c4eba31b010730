"""Why a slope is what it is: the row of the operation, read on the names of its operands."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from autograd.explanation import rules
from autograd.explanation.derivation import Derivation
from autograd.explanation.figures import DIGITS, settled
from autograd.explanation.notation import LATEX, TEXT, Unknown, named, slope_name
from autograd.names import Names, nearest
from autograd.primitive import Primitive
from autograd.symbol import Symbol
from autograd.value import Value

NAMES = {
    "weighted_sum": ["y", "w1", "w2", "x1", "x2", "b"],
    "binary_cross_entropy": ["L", "p", "y"],
    "binary_cross_entropy_with_logits": ["L", "z", "y"],
    "power": ["y", "x", "n"],
}
"""By operation, names for its result and arguments, where y and x1, x2 ... would not do."""

SHOWN = 8
"""Of more operands the first are told."""


def why(derivation: Derivation, loss: str, name: str) -> str:
    """What a node was computed by, the slope by each operand from the operation's row, and the row's own words."""
    node = find(derivation, name)
    shown = derivation.naming.name(node)
    if node.op is None:
        users = dict.fromkeys(derivation.naming.name(user).text for user, _ in derivation.edges.get(node, []))
        return f"{shown.text} is given, not computed; it goes into {', '.join(users) or 'nothing'}"
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


def rules_of(operations: Iterable[Primitive]) -> list[Rule]:
    """The rules of some operations, each once, typeset from the rows of the table."""
    return [rule(op) for op in dict.fromkeys(operations)]


def rule(op: Primitive) -> Rule:
    """The rule of an operation of the table, as its row says it, and where it differs, as it is learned.

    >>> from autograd.ops import exp, sigmoid
    >>> rule(exp).latex[1]
    ('\\\\frac{\\\\partial y}{\\\\partial x}', 'y')
    >>> rule(sigmoid).latex[1][1]
    'y \\\\cdot \\\\sigma\\\\left(-x\\\\right) = y \\\\cdot \\\\left(1 - y\\\\right)'
    """
    count = len(op.domain)
    result, *labels = NAMES.get(op.name, ["y", "x"] if count == 1 else ["y", *(f"x{i + 1}" for i in range(count))])
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
