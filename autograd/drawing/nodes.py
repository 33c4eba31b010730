"""The graph view: every value a card, every use of it an edge."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import graphviz

from autograd.drawing import style
from autograd.drawing.engine import Drawing
from autograd.graph import topological_order
from autograd.primitive import Rule
from autograd.value import Value

LARGE = 800
"""Above so many cards the layout takes short cuts."""

LIMIT = 2000
"""So many cards a picture can have."""

_WEIGHT = re.compile(r"[wW](?![^\W\d_])")
_BIAS = re.compile(r"[bB](?![^\W\d_])")


Shown = dict[Value, list[tuple[int, Value | float]]]
"""For each value the arguments that get an edge, with their positions."""


class Item(NamedTuple):
    """A card or an edge to be: its ends in the DOT source (one for a card) and its attributes."""

    ends: tuple[str, ...]
    attributes: dict[str, str]


def graph_view(root: Value) -> Drawing:
    """The picture of all values that `root` was computed from, arguments on the left of results."""
    order: list[Value] = topological_order(root)
    shown: Shown = {node: shown_args(node) for node in order}
    cards = len(order) + sum(type(arg) is float for args in shown.values() for _, arg in args)
    if cards > LIMIT:
        raise ValueError(
            f"the graph has {cards:,} values and constants, a picture shows at most {LIMIT:,}; draw a "
            f"smaller part, such as the loss of one sample, or one of its arguments: draw(loss.args[0])"
        )
    items = list(_items(root, order, shown))
    return _drawing(items, large=cards > LARGE, fan=max(map(len, shown.values())))


def shown_args(node: Value) -> list[tuple[int, Value | float]]:
    """The arguments that get an edge, with their positions, in order.

    Left out are literals that the card already says: the exponent of a power, the absent bias of a
    weighted sum.
    """
    args: list[tuple[int, Value | float]] = list(enumerate(node.args))
    if node.op is None or not args or type(args[-1][1]) is not float:
        return args
    exponent = node.op.name == "power"
    no_bias = node.op.name == "weighted_sum" and len(args) % 2 == 1 and args[-1][1] == 0.0
    return args[:-1] if exponent or no_bias else args


def slopes(node: Value) -> list[float | None]:
    """d node / d argument for each argument, where the node was evaluated; None for literals.

    None also where there is no slope: the picture of a computation is there even if its gradient is not.
    """
    if node.op is None:
        return []
    try:
        # Rules of single arguments are asked one by one, for one that has no answer must not hide the others.
        shares = node.op.cotangents(1.0, node.primals[0], node.primals[1:]) if node.op.pullback else []
    except (ValueError, ArithmeticError):
        shares = [math.nan] * len(node.args)
    found = [*shares, *(_share(rule, node) for rule in node.op.pullbacks)]
    known = [
        type(arg) is not float and not math.isnan(slope) for arg, slope in zip(node.args, found, strict=True)
    ]
    return [slope if is_known else None for slope, is_known in zip(found, known, strict=True)]


def _share(rule: Rule, node: Value) -> float:
    """What one pullback answers, nan where it has no answer."""
    try:
        return float(rule(1.0, *node.primals))
    except (ValueError, ArithmeticError):
        return math.nan


def roles(root: Value, order: Sequence[Value]) -> dict[Value, style.Role]:
    """What each value is: a parameter or an input by its label, the loss, or something in between.

    A leaf named b is a bias only where the graph also has weights.
    """
    leaves = [node for node in order if node.op is None]
    weights = {node for node in leaves if _WEIGHT.match(node.label)}
    biases = {node for node in leaves if weights and _BIAS.match(node.label)}
    found = dict.fromkeys(order, style.INTERMEDIATE)
    found[root] = style.LOSS
    for leaf in leaves:
        found[leaf] = style.PARAMETER if leaf in weights or leaf in biases else style.INPUT
    return found


def _items(root: Value, order: Sequence[Value], shown: Shown) -> Iterator[Item]:
    """Every card, and behind the card of a result the edges from its arguments."""
    names = {node: f"v{position}" for position, node in enumerate(order)}
    role = roles(root, order)
    slope = {node: slopes(node) for node in order}
    uses = Counter(arg for args in shown.values() for _, arg in args if type(arg) is not float)
    largest = _largest(root, order, slope)
    literals = 0
    for node in order:
        pinned = len(shown[node]) > 1 and all(type(arg) is float or uses[arg] == 1 for _, arg in shown[node])
        yield Item((names[node],), _value_card(node, role[node], largest, pinned))
        for position, arg in shown[node]:
            if isinstance(arg, Value):
                tail = names[arg]
            else:
                tail = f"c{literals}"
                literals += 1
                yield Item((tail,), _literal_card(arg))
            yield Item((tail, names[node]), _edge(node, arg, slope[node][position], largest))


def _largest(root: Value, order: Sequence[Value], slope: dict[Value, list[float | None]]) -> float:
    """The largest gradient on a card or an edge; that of the root is given and does not count."""
    grads = [node.grad for node in order if node.has_grad and node is not root]
    flows = [_flow(node, s) for node in order for s in slope[node]]
    sizes = [abs(g) for g in (*grads, *flows) if g is not None and math.isfinite(g)]
    return max(sizes, default=0.0)


def _flow(node: Value, slope: float | None) -> float | None:
    """The gradient that flows back along an edge, where it is known."""
    return node.grad * slope if node.has_grad and slope is not None else None


# ---------------------------------------------------------------- cards and edges


def _value_card(node: Value, role: style.Role, largest: float, pinned: bool) -> dict[str, str]:
    grad = node.grad if node.has_grad else None
    shown_grad = style.NOT_COMPUTED if grad is None else style.number(grad)
    rows = [_row("data", style.number(node.data)), _row("grad", shown_grad, style.pill(grad, largest))]
    corner = _chip(role.chip) if node.op is None else _badge(node.op.badge(node.args))
    full = style.shortened(style.clean(node.label), style.TOOLTIP_COLUMNS)
    exact = f"data {node.data!r}, grad {style.NOT_COMPUTED if grad is None else repr(grad)}"
    attributes = _card(role, style.display(node.label), corner, rows)
    attributes["tooltip"] = _tooltip(f"{full}: {exact}" if full else exact)
    if pinned:  # operands one above the other in their order; where they are shared that would cost crossings
        attributes["ordering"] = "in"
    return attributes


def _literal_card(x: float) -> dict[str, str]:
    attributes = _card(style.CONSTANT, "", _chip(style.CONSTANT.chip), [_row("data", style.number(x))])
    return attributes | {"tooltip": _tooltip(f"constant {x!r}")}


def _card(role: style.Role, label: str, corner: str, rows: Sequence[str]) -> dict[str, str]:
    """A card as attributes of a DOT node: header with label and corner, below it the rows."""
    text = style.shortened(label)
    gap = "&#160;" if len(text) > 8 else ""  # between a long label and the corner
    title = f"<B>{style.escaped(text)}{gap}</B>" if text else ""
    # Engines without the font take a Chinese character for narrower than it is.
    wide = sum(map(style.columns, text)) if any(style.columns(char) == 2 for char in text) else 0
    width = f' WIDTH="{6 * wide + 8}"' if wide else ""
    header = f'<TR><TD COLSPAN="2" ALIGN="LEFT" HEIGHT="17"{width}>{title}</TD>{corner}</TR>'
    body = header + "".join(rows)
    share = {1: "0.52", 2: "0.36"}[len(rows)]
    return {
        "label": f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{body}</TABLE>>',
        "fillcolor": f"{role.header};{share}:{style.PAPER}",
        "color": role.border,
        "penwidth": f"{role.width}",
        "style": role.style,
    }


def _row(key: str, value: str, background: str = "") -> str:
    ground = f' BGCOLOR="{background}" STYLE="ROUNDED"' if background else ""
    return (
        f'<TR><TD ALIGN="LEFT" HEIGHT="17"><FONT COLOR="{style.QUIET_INK}" POINT-SIZE="10">{key}</FONT></TD>'
        f'<TD COLSPAN="2" ALIGN="RIGHT" WIDTH="58"{ground}>{value}</TD></TR>'
    )


def _chip(text: str) -> str:
    return f'<TD ALIGN="RIGHT" VALIGN="TOP"><FONT COLOR="{style.CHIP_INK}" POINT-SIZE="9">{text}</FONT></TD>'


def _badge(sign: str) -> str:
    text = style.escaped(style.shortened(style.clean(sign), 16)) or "?"
    return (
        f'<TD WIDTH="22" VALIGN="TOP" BGCOLOR="{style.BADGE}" STYLE="ROUNDED">'
        f'<FONT COLOR="{style.BADGE_INK}" POINT-SIZE="10">{text}</FONT></TD>'
    )


def _edge(node: Value, arg: Value | float, slope: float | None, largest: float) -> dict[str, str]:
    """The attributes of the edge from an argument to its result."""
    flow = _flow(node, slope)
    attributes = style.line(flow, largest)
    if isinstance(arg, Value):
        if arg.op is not None:
            attributes["weight"] = "4"  # the way through the results is kept straight, leaves stand beside it
        text = f"∂{_name(node, 'result')}/∂{_name(arg, 'operand')}"
        text += " does not exist" if slope is None else f" = {style.number(slope)}"
        if flow is not None and slope is not None:
            text += f", gradient {style.number(node.grad)} × {style.number(slope)} = {style.number(flow)}"
        attributes["tooltip"] = _tooltip(text)
    return attributes


def _name(node: Value, otherwise: str) -> str:
    return style.shortened(style.display(node.label)) or otherwise


def _tooltip(text: str) -> str:
    """The text as an attribute in which DOT's escapes mean nothing; in tooltips they are replaced twice."""
    return graphviz.escape(text.replace("&", "&amp;").replace("\\", "\\\\"))


# ---------------------------------------------------------------- the whole


def _drawing(items: Sequence[Item], *, large: bool, fan: int) -> Drawing:
    """The items as one DOT graph; ids begin with a hash of them, so that pictures can share a page."""
    picture_id = "g" + hashlib.sha256(repr(items).encode()).hexdigest()[:10]
    graph = {
        "id": picture_id,
        "rankdir": "LR",
        "bgcolor": "transparent",
        "nodesep": "0.2",
        "ranksep": f"{min(0.55 + 0.1 * max(fan - 2, 0), 2.0):.2f}",  # room for many edges into one card
        "pad": "0.12",
        "fontname": style.FONT,
    }
    if large:
        graph |= {"nslimit": "2", "nslimit1": "2", "mclimit": "0.5", "splines": "line"}
    card = {
        "shape": "box",
        "style": "rounded,filled",
        "gradientangle": "270",
        "fontname": style.FONT,
        "fontsize": "11",
        "fontcolor": style.INK,
        "margin": "0.07,0.03",
    }
    picture: Drawing = Drawing("computation", format="svg", graph_attr=graph, node_attr=card)
    edges = 0
    for ends, attributes in items:
        if len(ends) == 1:
            picture.node(ends[0], id=f"{picture_id}_{ends[0]}", **attributes)
        else:
            picture.edge(*ends, id=f"{picture_id}_e{edges}", **attributes)
            edges += 1
    return picture
