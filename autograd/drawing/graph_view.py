"""The graph view: every value a card, every use of it an edge."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from autograd.drawing import cards, style
from autograd.drawing.cards import Item
from autograd.drawing.comparison_marks import Verdicts
from autograd.drawing.drawn_nodes import Fold, count, parts
from autograd.drawing.engine import Drawing
from autograd.drawing.folding import Folded, fold
from autograd.drawing.plan import Drawn, plan_of
from autograd.names import shown
from autograd.network import Network
from autograd.primitive import Rule
from autograd.value import Value

LARGE = 800
"""Above so many cards the layout takes short cuts."""

LIMIT = 2000
"""So many cards a picture can have."""

READABLE = 120
"""To so many cards a graph above the limit is folded."""

USES = 12
"""The lines into a folded card are drawn up to so many."""

_WEIGHT = re.compile(r"[wW](?![^\W\d_])")
_BIAS = re.compile(r"[bB](?![^\W\d_])")


class Options(NamedTuple):
    """What can be wished of a picture.

    max_nodes   so many cards at most, the rest is folded
    depth       so many steps back from the result at most
    local       whether the local derivative stands on each edge
    expand      whether weighted sums are opened up into products and sums, a frame around each neuron
    """

    max_nodes: int | None = None
    depth: int | None = None
    local: bool = False
    expand: bool = False


WHOLE: Final = Options()


def graph_view(
    root: Value, order: Sequence[Value], network: Network | None, options: Options, verdicts: Verdicts
) -> Drawing:
    """The picture of all values that `root` was computed from, arguments on the left of results."""
    folded = Folded({}, [])
    if count(order) > (options.max_nodes or LIMIT) or options.depth is not None:
        folded = fold(root, order, network, options.max_nodes or READABLE, options.depth)
    opened = parts(root, order, folded.folds, expand=options.expand)
    scene = Scene(opened.by_value[root], opened.order, options, verdicts, network)
    notes = [*folded.notes, *scene.verdicts.legend()]
    if options.local:
        notes.append("on each line: the local derivative of its result by its operand")
    return scene.drawing(notes)


def shown_args(node: Any) -> list[tuple[int, Any]]:
    """The arguments that get an edge, with their positions, in order.

    Left out are literals that the card already says: the exponent of a power, the absent bias of a
    weighted sum.
    """
    args: list[tuple[int, Any]] = list(enumerate(node.args))
    if node.op is None or not args or type(args[-1][1]) is not float:
        return args
    exponent = node.op.name == "power"
    no_bias = node.op.name == "weighted_sum" and len(args) % 2 == 1 and args[-1][1] == 0.0
    return args[:-1] if exponent or no_bias else args


def slopes(node: Any) -> list[float | None]:
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


def _share(rule: Rule, node: Any) -> float:
    """What one pullback answers, nan where it has no answer."""
    try:
        return float(rule(1.0, *node.primals))
    except (ValueError, ArithmeticError):
        return math.nan


def roles(root: Any, order: Sequence[Any]) -> dict[Any, style.Role]:
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


class Scene:
    """What the cards and lines of one graph share; `labels` names values that have no label."""

    def __init__(
        self,
        root: Any,
        order: Sequence[Any],
        options: Options,
        verdicts: Verdicts,
        network: Network | None,
        labels: Mapping[Value, str] = {},
    ) -> None:
        self.order, self.options, self.verdicts, self.labels = order, options, verdicts, labels
        framed = network is not None and options.expand and len(order) <= LARGE
        self.members = plan_of(network).members if network is not None and framed else {}
        self.ids = {node: f"v{position}" for position, node in enumerate(order)}
        self.shown = {node: _lines_into(node) for node in order}
        self.role = roles(root, order)
        self.slope = {node: slopes(node) for node in order}
        self.largest = _largest(root, order, self.slope)
        self.groups = self._groups()

    def _groups(self) -> dict[Drawn, str]:
        """A name for the frame of every neuron of which more than one card is shown."""
        found = Counter(unit for unit in (self._unit(node) for node in self.order) if unit is not None)
        several = [unit for unit, size in found.items() if size > 1]
        return {unit: f"u{place}" for place, unit in enumerate(several)} if len(several) > 1 else {}

    def _unit(self, node: Any) -> Drawn | None:
        return self.members.get(node.owner) if node.owner is not None else None

    def items(self) -> Iterator[Item]:
        """Every card, and behind the card of a result the edges from its arguments."""
        uses = Counter(arg for args in self.shown.values() for _, arg in args if type(arg) is not float)
        literals = 0
        for node in self.order:
            unit = self._unit(node)
            group = self.groups.get(unit, "") if unit is not None else ""
            if isinstance(node, Fold):
                yield Item((self.ids[node],), _fold_card(node))
            else:
                into = self.shown[node]
                pinned = len(into) > 1 and all(type(arg) is float or uses[arg] == 1 for _, arg in into)
                yield Item((self.ids[node],), self._card(node, pinned), group)
            for position, arg in self.shown[node]:
                if type(arg) is float:
                    tail = f"c{literals}"
                    literals += 1
                    yield Item((tail,), _literal_card(arg), group)
                else:
                    tail = self.ids[arg]
                yield Item((tail, self.ids[node]), self._edge(node, arg, position))

    def drawing(self, notes: Sequence[str], between: float = 0.55) -> Drawing:
        """The picture, with the notes below it, and so many inches between results and their operands."""
        fan = max(map(len, self.shown.values()))
        room = between + 0.1 * max(fan - 2, 0)  # for many edges into one card
        graph = {"rankdir": "LR", "nodesep": "0.2", "ranksep": f"{min(room, 2.0):.2f}"}
        items = list(self.items())
        if sum(len(item.ends) == 1 for item in items) > LARGE:
            graph |= {"nslimit": "2", "nslimit1": "2", "mclimit": "0.5", "splines": "line"}
        groups = {key: f"{shown.name(unit.name)}  ·  layer {unit.column}" for unit, key in self.groups.items()}
        return cards.assemble("computation", items, graph, groups=groups, caption=notes)

    def _card(self, node: Any, pinned: bool) -> dict[str, str]:
        attributes = _value_card(node, self.role[node], self.largest, self.verdicts, self.labels.get(node.value, ""))
        if pinned:  # operands one above the other in their order; where they are shared that would cost crossings
            attributes["ordering"] = "in"
        return attributes

    def _edge(self, node: Any, arg: Any, position: int) -> dict[str, str]:
        if isinstance(node, Fold) or isinstance(arg, Fold):
            return style.line(None, self.largest)
        slope = self.slope[node][position]
        attributes = _edge(node, arg, slope, self.largest)
        if self.options.local and slope is not None:
            attributes["label"] = cards.plate([style.number(slope)], 9)
        return attributes


def _lines_into(node: Any) -> list[tuple[int, Any]]:
    """The arguments that get an edge, those in one fold once."""
    if isinstance(node, Fold):
        return [] if len(node.args) > USES else list(enumerate(node.args))
    found, seen = [], set()
    for position, arg in shown_args(node):
        if arg not in seen:
            found.append((position, arg))
        if isinstance(arg, Fold):
            seen.add(arg)
    return found


def _largest(root: Any, order: Sequence[Any], slope: Mapping[Any, Sequence[float | None]]) -> float:
    """The largest gradient on a card or an edge; that of the root is given and does not count."""
    values = [node for node in order if not isinstance(node, Fold)]
    grads = [node.grad for node in values if node.has_grad and node is not root]
    flows = [_flow(node, s) for node in values for s in slope[node]]
    sizes = [abs(g) for g in (*grads, *flows) if g is not None and math.isfinite(g)]
    return max(sizes, default=0.0)


def _flow(node: Any, slope: float | None) -> float | None:
    """The gradient that flows back along an edge, where it is known."""
    return node.grad * slope if node.has_grad and slope is not None else None


# ---------------------------------------------------------------- cards and edges


def _value_card(node: Any, role: style.Role, largest: float, verdicts: Verdicts, name: str) -> dict[str, str]:
    grad = node.grad if node.has_grad else None
    shown_grad = style.NOT_COMPUTED if grad is None else style.number(grad)
    rows = [_row("data", style.number(node.data)), *_by_hand(node, verdicts, "value")]
    rows += [_row("grad", shown_grad, style.pill(grad, largest)), *_by_hand(node, verdicts, "gradient")]
    corner = cards.chip(role.chip) if node.op is None else cards.badge(node.op.badge(node.args))
    full = shown.shortened(shown.clean(node.label), shown.TOOLTIP_COLUMNS)
    exact = f"data {node.data!r}, grad {style.NOT_COMPUTED if grad is None else repr(grad)}"
    attributes = _card(verdicts.role(role, [node.value]), shown.display(node.label) or name, corner, rows)
    attributes["tooltip"] = cards.tooltip(f"{full}: {exact}" if full else exact)
    return attributes


def _literal_card(x: float) -> dict[str, str]:
    chip = cards.chip(style.CONSTANT.chip)
    attributes = _card(style.CONSTANT, "", chip, [_row("data", style.number(x))])
    return attributes | {"tooltip": cards.tooltip(f"constant {x!r}")}


def _fold_card(fold: Fold) -> dict[str, str]:
    told = [f'<TR><TD COLSPAN="3" ALIGN="LEFT">{cards.quiet(style.escaped(line))}</TD></TR>' for line in fold.lines]
    head = f'<TR><TD COLSPAN="2" ALIGN="LEFT" HEIGHT="17"><B>{style.escaped(fold.title)}</B></TD>'
    label = cards.table(f"{head}{cards.chip(style.FOLDED.chip)}</TR>{''.join(told)}")
    words = f"{fold.title}: {', '.join(fold.lines)}"
    share = "0.52" if len(fold.lines) == 1 else "0.36"
    return cards.card(style.FOLDED, label, share) | {"tooltip": cards.tooltip(words)}


def _card(role: style.Role, label: str, corner: str, rows: Sequence[str]) -> dict[str, str]:
    """A card as attributes of a DOT node: header with label and corner, below it the rows."""
    text, width = cards.title(label)
    header = f'<TR><TD COLSPAN="2" ALIGN="LEFT" HEIGHT="17"{width}>{text}</TD>{corner}</TR>'
    return cards.card(role, cards.table(header + "".join(rows)), {1: "0.52", 2: "0.36"}.get(len(rows), "0.27"))


def _row(key: str, value: str, background: str = "") -> str:
    ground = f' BGCOLOR="{background}" STYLE="ROUNDED"' if background else ""
    return (
        f'<TR><TD ALIGN="LEFT" HEIGHT="17">{cards.quiet(key)}</TD>'
        f'<TD COLSPAN="2" ALIGN="RIGHT" WIDTH="58"{ground}>{value}</TD></TR>'
    )


def _by_hand(node: Any, verdicts: Verdicts, what: str) -> list[str]:
    """The rows of what was derived by hand for a value or its gradient."""
    told = [(row, v) for row, v in verdicts.of(node.value) if getattr(row, "what", "gradient") == what]
    ink = '<FONT COLOR="{}">{}</FONT>'
    return [_row("by hand", ink.format(v.colour, f"{style.number(row.by_hand)} {v.sign}")) for row, v in told]


def _edge(node: Any, arg: Any, slope: float | None, largest: float) -> dict[str, str]:
    """The attributes of the edge from an argument to its result."""
    flow = _flow(node, slope)
    attributes = style.line(flow, largest)
    if type(arg) is not float:
        if arg.op is not None:
            attributes["weight"] = "4"  # the way through the results is kept straight, leaves stand beside it
        text = f"∂{_name(node, 'result')}/∂{_name(arg, 'operand')}"
        text += " does not exist" if slope is None else f" = {style.number(slope)}"
        if flow is not None and slope is not None:
            text += f", gradient {style.number(node.grad)} × {style.number(slope)} = {style.number(flow)}"
        attributes["tooltip"] = cards.tooltip(text)
    return attributes


def _name(node: Any, otherwise: str) -> str:
    return shown.name(node.label) or otherwise
