"""The graph view: every value a card, every use of it an edge."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autograd import ops
from autograd.drawing import cards, style
from autograd.drawing.cards import Item
from autograd.drawing.comparison_marks import RIGHT, Verdicts
from autograd.drawing.drawn_nodes import Fold, count, names, parts
from autograd.drawing.engine import Drawing
from autograd.drawing.folding import Folded, fold
from autograd.drawing.gradients import Gradients
from autograd.drawing.loss_name import parameters, targets, told
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
    direction   "LR" for results on the right of their operands, "TB" for below them
    """

    max_nodes: int | None = None
    depth: int | None = None
    local: bool = False
    expand: bool = False
    direction: str = "LR"


def graph_view(
    root: Value, order: Sequence[Value], network: Network | None, options: Options, verdicts: Verdicts,
    gradients: Gradients,
) -> Drawing:  # fmt: skip
    """The picture of all values that `root` was computed from, arguments on the left of results."""
    folded = Folded({}, [])
    if count(order) > (options.max_nodes or LIMIT) or options.depth is not None:
        folded = fold(root, order, network, options.max_nodes or READABLE, options.depth)
    opened = parts(root, order, folded.folds, expand=options.expand)
    for part in opened.order:
        if part.owner is not None:
            part.grad = gradients.of(part.owner)
    labels = names(order, network, {part.value for part in opened.order})
    scene = _Scene(opened.by_value[root], opened.order, options, verdicts, network, labels, gradients.summed)
    notes = [*folded.notes, *verdicts.legend()]
    if options.local:
        notes.append("on each line: the local derivative of its result by its operand")
    if any(part.value in gradients.summed for part in opened.order if part.value is not None):
        notes.append(style.SUMMED)
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
    known = [type(arg) is not float and not math.isnan(slope) for arg, slope in zip(node.args, found, strict=True)]
    return [slope if is_known else None for slope, is_known in zip(found, known, strict=True)]


def _share(rule: Rule, node: Any) -> float:
    """What one pullback answers, nan where it has no answer."""
    try:
        return float(rule(1.0, *node.primals))
    except (ValueError, ArithmeticError):
        return math.nan


def roles(
    root: Any, order: Sequence[Any], network: Network | None = None, compared: Collection[Any] = ()
) -> dict[Any, style.Role]:
    """What each value is: a parameter, a target or an input, the loss, or something in between.

    The network knows its parameters; elsewhere the labels tell. A leaf named b is a bias only where the graph also has
    weights. Targets are those leaves that are `compared` with.
    """
    leaves = [node for node in order if node.op is None]
    weights = {node for node in leaves if _WEIGHT.match(node.label)}
    biases = {node for node in leaves if weights and _BIAS.match(node.label)}
    known = parameters(network) if network is not None else set()
    found = dict.fromkeys(order, style.INTERMEDIATE)
    found[root] = style.LOSS
    for leaf in leaves:
        value = getattr(leaf, "value", leaf)
        is_parameter = leaf in weights or leaf in biases or value in known
        found[leaf] = style.PARAMETER if is_parameter else style.TARGET if value in compared else style.INPUT
    return found


class _Scene:
    """What the cards and lines of one graph share.

    labels  names of values that have no label
    summed  the values whose gradient holds more than this graph gives
    """

    def __init__(
        self, root: Any, order: Sequence[Any], options: Options, verdicts: Verdicts, network: Network | None,
        labels: Mapping[Value, str], summed: frozenset[Value],
    ) -> None:  # fmt: skip
        self.order, self.options, self.verdicts, self.labels = order, options, verdicts, labels
        self.root, self.network, self.summed = root, network, summed
        framed = network is not None and options.expand and len(order) <= LARGE
        self.members = plan_of(network).members if network is not None and framed else {}
        self.ids = {node: f"v{position}" for position, node in enumerate(order)}
        self.shown = {node: _lines_into(node) for node in order}
        self.targets = targets(network) if network is not None else set()
        self.role = roles(root, order, network, self.targets)
        self.loss = told(network, []).name if network is not None else ""
        self.slope = {node: slopes(node) for node in order}
        self.largest = _largest(root, order, self.slope)
        self.groups = self._groups()
        self.ranks = self._ranks()

    def _groups(self) -> dict[Drawn, str]:
        """A name for the frame of every neuron of which more than one card is shown."""
        found = Counter(unit for unit in (self._unit(node) for node in self.order) if unit is not None)
        several = [unit for unit, size in found.items() if size > 1]
        return {unit: f"u{place}" for place, unit in enumerate(several)} if len(several) > 1 else {}

    def _unit(self, node: Any) -> Drawn | None:
        return self.members.get(node.owner) if node.owner is not None else None

    def _ranks(self) -> list[list[str]]:
        """The cards that stand in a row of their own order: the leaves of each layer, its sums, the outputs."""
        network, ids = self.network, {node.value: name for node, name in self.ids.items() if node.value is not None}
        folded = any(isinstance(node, Fold) for node in self.order)
        if network is None or folded or len(self.order) > LARGE or not network.full:
            return []
        if self.options.expand:  # the rest stands in frames
            inputs = dict.fromkeys(x for row in network.layers[0] for x in row[0].inputs if x in ids)
            return [[ids[x] for x in inputs]]
        columns: list[list[Any]] = []
        for layer in network.layers:
            units = [unit for row in layer for unit in row]
            if all(unit.z.op is ops.weighted_sum for unit in units):
                columns.append(_beside_inputs(layer))
            columns.append([unit.z for unit in units])
        columns.append([unit.h for row in network.outputs for unit in row])
        return [[ids[node] for node in dict.fromkeys(column) if node in ids] for column in columns]

    def items(self) -> Iterator[Item]:
        """Every card, and behind the card of a result the edges from its arguments."""
        uses = Counter(arg for args in self.shown.values() for _, arg in args if type(arg) is not float)
        pinned = {name for names in self.ranks for name in names}
        literals = 0
        for node in self.order:
            unit = self._unit(node)
            group = self.groups.get(unit, "") if unit is not None else ""
            if isinstance(node, Fold):
                yield Item((self.ids[node],), _fold_card(node))
            else:
                into = [arg for _, arg in self.shown[node]]
                free = self.ids[node] not in pinned and len(into) > 1
                in_order = free and all(type(arg) is float or uses[arg] == 1 for arg in into)
                # Operands stand in their order; where they are shared that would cost crossings.
                yield Item((self.ids[node],), self._card(node) | ({"ordering": "in"} if in_order else {}), group)
            for position, arg in self.shown[node]:
                if type(arg) is float:
                    tail = f"c{literals}"
                    literals += 1
                    role = style.TARGET if (node.value, position) in self.targets else style.CONSTANT
                    yield Item((tail,), _literal_card(arg, role), group)
                else:
                    tail = self.ids[arg]
                yield from self._edge(tail, node, arg, position, group)

    def drawing(self, notes: Sequence[str]) -> Drawing:
        """The picture, with the notes below it."""
        fan = max(map(len, self.shown.values()))
        room = min(0.55 + 0.1 * max(fan - 2, 0), 2.0)  # more for many edges into one card
        room /= 2 if self.options.local else 1
        graph = {"rankdir": self.options.direction, "nodesep": "0.2", "ranksep": f"{room:.2f}"}
        items = list(self.items())
        if sum(len(item.ends) == 1 for item in items) > LARGE:
            graph |= {"nslimit": "2", "nslimit1": "2", "mclimit": "0.5", "splines": "line"}
        groups = {key: f"{shown.name(unit.name)}  ·  layer {unit.column}" for unit, key in self.groups.items()}
        return cards.assemble("computation", items, graph, groups=groups, caption=notes, ranks=self.ranks)

    def _card(self, node: Any) -> dict[str, str]:
        """The card of a value: its name, data and gradient, and what was derived by hand."""
        role, grad = self.role[node], node.grad
        key = "Σ grad" if node.value in self.summed else "grad"
        rows = [*self._rows(node, "data", node.data), *self._rows(node, key, grad, style.pill(grad, self.largest))]
        sign = node.op.badge(node.args) if node.op is not None else ""
        corner = cards.badge((self.loss if node is self.root else "") or sign) if sign else cards.chip(role.chip)
        own = shown.display(node.label)
        attributes = _card(role, own or self.labels.get(node.value, ""), corner, rows, given=bool(own))
        full = shown.shortened(shown.clean(node.label), shown.TOOLTIP_COLUMNS)
        exact = f"data {node.data!r}, grad {style.NOT_COMPUTED if grad is None else repr(grad)}"
        return attributes | {"tooltip": cards.tooltip(f"{full}: {exact}" if full else exact)}

    def _rows(self, node: Any, key: str, x: float | None, ground: str = "") -> Iterator[str]:
        """The row of a number, and those of what was derived by hand for it, all in one form."""
        marks = self.verdicts.of(node.value, "value" if key == "data" else "gradient")
        if not marks:
            yield cards.row(key, style.number(x), ground, columns=2)
            return
        apart = [(x, row.by_hand) for row, v in marks if v is not RIGHT and x is not None]
        form = style.form([x, *(row.by_hand for row, _ in marks)], apart)
        yield cards.row(key, form(x), ground, columns=2)
        for row, v in marks:
            yield cards.row("by hand", f"{form(row.by_hand)} {v.sign}", v.ground, columns=2)

    def _edge(self, tail: str, node: Any, arg: Any, position: int, group: str) -> Iterator[Item]:
        """The edge from an argument to its result; where its slope stands on it, through the plate of that."""
        head = self.ids[node]
        if isinstance(node, Fold) or isinstance(arg, Fold):
            yield Item((tail, head), style.line(None, self.largest))
            return
        slope = self.slope[node][position]
        line = self._line(node, arg, slope)
        if not self.options.local or slope is None:
            yield Item((tail, head), line)
            return
        plate = {"shape": "plaintext", "style": "", "margin": "0", "width": "0", "height": "0"}
        plate |= {"label": cards.plate([style.number(slope)], 9), "tooltip": line["tooltip"]}
        middle = f"d{head[1:]}_{position}"
        inside = type(arg) is float or self._unit(arg) is self._unit(node)
        yield Item((middle,), plate, group if inside else "")
        yield Item((tail, middle), line | {"arrowhead": "none"})
        yield Item((middle, head), line)

    def _line(self, node: Any, arg: Any, slope: float | None) -> dict[str, str]:
        """The attributes of the edge from an argument to its result."""
        flow = _flow(node, slope)
        attributes = style.line(flow, self.largest)
        if type(arg) is not float:
            if arg.op is not None:
                attributes["weight"] = "4"  # the way through the results is kept straight, leaves stand beside it
            text = f"∂{self._name(node, 'result')}/∂{self._name(arg, 'operand')}"
            text += " does not exist" if slope is None else f" = {style.number(slope)}"
            if flow is not None and slope is not None:
                text += f", gradient {style.number(node.grad)} × {style.number(slope)} = {style.number(flow)}"
            attributes["tooltip"] = cards.tooltip(text)
        return attributes

    def _name(self, node: Any, otherwise: str) -> str:
        return shown.name(node.label) or self.labels.get(node.value, otherwise)


def _beside_inputs(layer: Sequence[Sequence[Any]]) -> list[Any]:
    """The weights and biases of a layer neuron by neuron, one half above its inputs and the other below."""
    blocks = [[*unit.weights, *([unit.bias] if unit.bias is not None else [])] for unit in layer[0]]
    inputs = [x for row in layer for x in row[0].inputs if type(x) is not float]
    if len(blocks) == 1:
        half = len(layer[0][0].weights)
        return [*blocks[0][:half], *inputs, *blocks[0][half:]]
    half = (len(blocks) + 1) // 2
    above, below = ([leaf for block in part for leaf in block] for part in (blocks[:half], blocks[half:]))
    return [*above, *inputs, *below]


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
    grads = [node.grad for node in values if node is not root]
    flows = [_flow(node, s) for node in values for s in slope[node]]
    return style.largest((*grads, *flows))


def _flow(node: Any, slope: float | None) -> float | None:
    """The gradient that flows back along an edge, where it is known."""
    return node.grad * slope if node.grad is not None and slope is not None else None


# ---------------------------------------------------------------- cards and edges


def _literal_card(x: float, role: style.Role) -> dict[str, str]:
    row = cards.row("data", style.number(x), columns=2)
    name = "y" if role is style.TARGET else ""
    attributes = _card(role, name, cards.chip(role.chip), [row], given=False)
    return attributes | {"tooltip": cards.tooltip(f"{role.chip} {x!r}")}


def _fold_card(fold: Fold) -> dict[str, str]:
    told = [f'<TR><TD COLSPAN="3" ALIGN="LEFT">{cards.quiet(style.escaped(line))}</TD></TR>' for line in fold.lines]
    head = f'<TR><TD COLSPAN="2" ALIGN="LEFT" HEIGHT="17"><B>{style.escaped(fold.title)}</B></TD>'
    label = cards.table(f"{head}{cards.chip(style.FOLDED.chip)}</TR>{''.join(told)}")
    words = f"{fold.title}: {', '.join(fold.lines)}"
    share = "0.52" if len(fold.lines) == 1 else "0.36"
    return cards.card(style.FOLDED, label, share) | {"tooltip": cards.tooltip(words)}


def _card(role: style.Role, label: str, corner: str, rows: Sequence[str], given: bool = True) -> dict[str, str]:
    """A card as attributes of a DOT node: header with label and corner, below it the rows."""
    header = cards.header(label, corner, columns=2, given=given)
    return cards.card(role, cards.table(header + "".join(rows)), {1: "0.52", 2: "0.36"}.get(len(rows), "0.27"))
