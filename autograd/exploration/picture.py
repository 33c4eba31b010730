"""The picture of a network as SVG: its neurons as cards with all their numbers, or as squares joined by their weights.

What a shape shows is said in its attributes: data-n is the number of a node of the graph, data-k whether its
value ("v") or its gradient ("g"); the page finds by them what to draw anew.
"""

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autograd.drawing.plan import Drawn, Number, Plan
from autograd.names import shown
from autograd.value import Value

ROW, HEAD, GAP, LABELS = 25, 46, 22, 20
"""Heights: of a row of numbers, of the head of a card, between cards, of the words above the numbers."""

INPUT, NEURON, LOSS, BETWEEN = 118, 244, 112, 40
"""Widths: of the card of an input, of a neuron, of the loss, and between columns."""

SQUARE, ACROSS, DOWN = 38, 176, 47
"""Of the network view: the side of a square, and how far they stand from one another."""


class Scene(NamedTuple):
    """What pictures are drawn from: the numbers of the nodes, their names, and which of them can be changed."""

    ids: Mapping[Value, int]
    names: Sequence[Mapping[str, str]]
    leaves: frozenset[int]
    mapped: bool


def number(scene: Scene, node: int, kind: str, x: float, y: float, width: float, mark: str = "") -> str:
    """A number in its pill, whose upper left corner is at x, y."""
    changes = kind == "v" and node in scene.leaves
    name = html.escape(scene.names[node][kind])
    role = (
        f' role="spinbutton" tabindex="0" aria-label="{name}"'
        if changes
        else f' role="button" tabindex="-1" aria-label="{name}"'
    )
    sign = f'<text class="mark" x="{x + 8:g}" y="{y + 16:g}">{html.escape(mark)}</text>' if mark else ""
    return (
        f'<g class="num{" leaf" if changes else ""}" data-n="{node}" data-k="{kind}"{role} '
        f'transform="translate({x:g} {y:g})"><rect width="{width:g}" height="{ROW - 4}" rx="6"/>'
        f'<text class="figure" x="{width - 7:g}" y="15.5">–</text></g>{sign}'
    )


def svg(body: str, width: float, height: float, label: str, kind: str) -> str:
    """A picture of this size."""
    return (
        f'<svg class="{kind}" viewBox="0 0 {width:g} {height:g}" data-width="{width:g}" data-height="{height:g}" '
        f'role="group" aria-label="{html.escape(label)}">{body}</svg>'
    )


def _text(text: str, x: float, y: float, look: str, anchor: str = "") -> str:
    side = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{look}" x="{x:g}" y="{y:g}"{side}>{html.escape(text)}</text>'


def _edge(scene: Scene, weight: Number, x: float, y: float, x2: float, y2: float) -> str:
    """The line of a weight, broad enough to be taken hold of."""
    bend = (x2 - x) * 0.5
    path = f"M{x:g} {y:g}C{x + bend:g} {y:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
    if weight.node is None:
        return f'<g class="edge"><path class="line" d="{path}"/></g>'
    return (
        f'<g class="edge" data-n="{scene.ids[weight.node]}"><path class="grip" d="{path}"/>'
        f'<path class="line" d="{path}"/></g>'
    )


# ---------------------------------------------------------------- neurons as cards


def neurons(plan: Plan, scene: Scene) -> str:
    """Every neuron a card: weights, bias, z and h, with the gradient of each."""
    heights = [[_height(unit) for unit in column] for column in plan.columns]
    tallest = max(sum(column) + GAP * (len(column) - 1) for column in heights)
    places: dict[int, tuple[float, float]] = {}
    x = 3.0
    cards, top = [], 12.0
    for column, sizes in zip(plan.columns, heights, strict=True):
        width = NEURON if any(not unit.is_input for unit in column) else INPUT
        y = top + (tallest - sum(sizes) - GAP * (len(column) - 1)) / 2
        for unit, height in zip(column, sizes, strict=True):
            places[id(unit)] = x, y
            cards.append(_input(unit, scene, x, y) if unit.is_input else _neuron(unit, scene, x, y, height))
            y += height + GAP
        x += width + BETWEEN
    lines = [
        _edge(scene, weight, *_exit(source, places[id(source)]), *_entry(unit, row, places[id(unit)]))
        for column in plan.columns
        for unit in column
        for row, (weight, source) in enumerate(unit.weights)
    ]
    if plan.loss is not None:
        rows = [] if plan.target is None or plan.target.node is None else [("v", plan.target.node)]
        height = HEAD + ROW * (len(rows) + 1) + 12
        y = top + (tallest - height) / 2
        lines += [_plain_edge(*_exit(unit, places[id(unit)]), x, y + HEAD / 2) for unit in plan.outputs]
        cards.append(_loss(plan, scene, x, y, height))
        x += LOSS + BETWEEN
    return svg("".join((*lines, *cards)), x - BETWEEN + 3, top + tallest + 12, _told(plan), "neurons")


def _told(plan: Plan) -> str:
    counts = "-".join(str(len(column)) for column in plan.columns)
    return (
        f"A network with {counts} inputs and neurons. Every number can be chosen; weights, biases, inputs and "
        "target can be changed with the arrow keys."
    )


def _height(unit: Drawn) -> float:
    if unit.is_input:
        return 34 + 2 * ROW + 8
    rows = len(unit.weights) + (unit.bias is not None) + 2
    return HEAD + LABELS + ROW * rows + 17


def _exit(unit: Drawn, at: tuple[float, float]) -> tuple[float, float]:
    """Where what a unit gives leaves its card."""
    x, y = at
    if unit.is_input:
        return x + INPUT, y + 34 + ROW / 2
    return x + NEURON, y + _height(unit) - 9 - ROW / 2


def _entry(unit: Drawn, row: int, at: tuple[float, float]) -> tuple[float, float]:
    x, y = at
    return x, y + HEAD + LABELS + ROW * (row + 0.5)


def _plain_edge(x: float, y: float, x2: float, y2: float) -> str:
    bend = (x2 - x) * 0.5
    path = f"M{x:g} {y:g}C{x + bend:g} {y:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
    return f'<g class="edge plain"><path class="line" d="{path}"/></g>'


def _card(look: str, x: float, y: float, width: float, height: float, head: float, body: str, of: Any = None) -> str:
    """A card at x, y; what is inside is placed from its corner."""
    unit = "" if of is None else f' data-unit="{of}"'
    path = f"M0 {head:g}V12Q0 0 12 0H{width - 12:g}Q{width:g} 0 {width:g} 12V{head:g}Z"
    return (
        f'<g class="card {look}"{unit} transform="translate({x:g} {y:g})"><rect class="ground" width="{width:g}" '
        f'height="{height:g}" rx="12"/><path class="head" d="{path}"/>{body}</g>'
    )


def _input(unit: Drawn, scene: Scene, x: float, y: float) -> str:
    node = None if unit.h is None or unit.h.node is None else scene.ids[unit.h.node]
    body = _text(shown.name(unit.name, 12), 14, 23, "title") + _text("input", INPUT - 12, 22, "quiet", "end")
    if node is not None:
        body += number(scene, node, "v", 6, 37, INPUT - 12)
        body += number(scene, node, "g", 6, 37 + ROW, INPUT - 12, "∂")
    elif unit.h is not None:
        body += _text(f"{unit.h.data:g}", INPUT - 17, 53, "figure")
    return _card("input", x, y, INPUT, _height(unit), 34, body, node)


def _neuron(unit: Drawn, scene: Scene, x: float, y: float, height: float) -> str:
    body = _text(shown.name(unit.name, 12), 14, 30, "title")
    sign = shown.shortened(shown.clean(unit.activation), 14)
    right = NEURON - 54 if scene.mapped else NEURON - 12
    body += _text(f"layer {unit.column} · {sign}" if sign else f"layer {unit.column}", right, 28, "quiet", "end")
    own = scene.ids[unit.h.node] if unit.h is not None and unit.h.node is not None else None
    if scene.mapped and own is not None:
        body += _map(own, NEURON - 44, 4, 38)
    body += _text("value", 121, HEAD + 15, "label", "end") + _text("gradient", NEURON - 13, HEAD + 15, "label", "end")
    at = HEAD + LABELS
    for part in [*(weight for weight, _ in unit.weights), *([unit.bias] if unit.bias else [])]:
        body += _row(part, scene, at)
        at += ROW
    body += f'<path class="rule" d="M12 {at + 4}H{NEURON - 12}"/>'
    at += 8
    for own_part, delta in ((unit.z, True), (unit.h, False)):
        if own_part is not None:
            body += _row(own_part, scene, at, delta)
            at += ROW
    output = " output" if unit.h is not None and "ŷ" in unit.h.name else ""
    return _card(f"neuron{output}", x, y, NEURON, height, HEAD, body, own)


def _row(part: Number, scene: Scene, y: float, delta: bool = False) -> str:
    """The row of a number: name, value, gradient."""
    name = _text(shown.name(part.name, 8), 14, y + 17.5, "name")
    if part.node is None:
        return name + _text(f"{part.data:g}", 127, y + 17.5, "figure")
    node = scene.ids[part.node]
    mark = scene.names[node]["g"] if delta else ""
    mark = mark if len(mark) < 5 else ""
    return name + number(scene, node, "v", 40, y + 2, 88) + number(scene, node, "g", 131, y + 2, 107, mark)


def _map(node: int, x: float, y: float, side: float) -> str:
    """The place of what a neuron says over the plane."""
    return (
        f'<g class="map" data-map="{node}"><image x="{x:g}" y="{y:g}" width="{side:g}" height="{side:g}" '
        f'preserveAspectRatio="none"/><rect x="{x:g}" y="{y:g}" width="{side:g}" height="{side:g}" rx="5"/></g>'
    )


def _loss(plan: Plan, scene: Scene, x: float, y: float, height: float) -> str:
    assert plan.loss is not None
    node = scene.ids[plan.loss]
    body = _text(scene.names[node]["v"], 14, 30, "title") + _text("loss", LOSS - 12, 28, "quiet", "end")
    at = HEAD + 4
    if plan.target is not None and plan.target.node is not None:
        target = scene.ids[plan.target.node]
        body += _text(scene.names[target]["v"], 14, at + 17.5, "name")
        body += number(scene, target, "v", 32, at + 2, LOSS - 40)
        at += ROW
    body += _text(scene.names[node]["v"], 14, at + 17.5, "name")
    body += number(scene, node, "v", 32, at + 2, LOSS - 40)
    return _card("loss", x, y, LOSS, height, HEAD, body, node)


# ---------------------------------------------------------------- the whole network


def network(plan: Plan, scene: Scene) -> str:
    """Every neuron a square, every weight a line."""
    tallest = max(map(len, plan.columns))
    height = 46 + DOWN * tallest + 14
    places: dict[int, tuple[float, float]] = {}
    for place, column in enumerate(plan.columns):
        for row, unit in enumerate(column):
            x = 64.0 + place * ACROSS
            places[id(unit)] = x, 46 + DOWN * (tallest / 2 - len(column) / 2 + row + 0.5)
    half = SQUARE / 2
    lines = []
    for column in plan.columns:
        for unit in column:
            x, y = places[id(unit)]
            for weight, source in unit.weights:
                from_x, from_y = places[id(source)]
                lines.append(_edge(scene, weight, from_x + half, from_y, x - half, y))
    squares = [
        _square(unit, scene, *places[id(unit)], unit in plan.outputs) for column in plan.columns for unit in column
    ]
    width = 64 + ACROSS * (len(plan.columns) - 1) + 64
    if plan.loss is not None:
        y = 46 + DOWN * tallest / 2
        for unit in plan.outputs:
            x, from_y = places[id(unit)]
            lines.append(_plain_edge(x + half, from_y, width + 20, y))
        squares.append(_loss(plan, scene, width + 20, y - 54, HEAD + 2 * ROW + 12))
        width += LOSS + 34
    heads = "".join(_head(column, place, len(plan.columns)) for place, column in enumerate(plan.columns))
    return svg("".join((*lines, *squares, heads)), width, height, _told(plan), "network")


def _head(column: Sequence[Drawn], place: int, count: int) -> str:
    what = "input" if place == 0 else "output" if place == count - 1 else f"layer {place}"
    signs = {unit.activation for unit in column if not unit.is_input} - {""}
    told = f"{len(column)} {signs.pop()}" if len(signs) == 1 else f"{len(column)}"
    x = 64 + place * ACROSS
    return _text(what, x, 16, "quiet", "middle") + _text(told, x, 33, "label", "middle")


def _square(unit: Drawn, scene: Scene, x: float, y: float, output: bool) -> str:
    """The square of a neuron, which shows what it says; its number stands in it where there is no map."""
    node = scene.ids[unit.h.node] if unit.h is not None and unit.h.node is not None else None
    left, top = x - SQUARE / 2, y - SQUARE / 2
    look = "input" if unit.is_input else "output" if output else "hidden"
    name = shown.name(unit.name, 8)
    if node is None:
        return _text(name, x, y + 4, "name", "middle")
    inside = _map(node, left, top, SQUARE) if scene.mapped and not unit.is_input else ""
    label = html.escape(scene.names[node]["v"])
    changes = node in scene.leaves
    role = 'role="spinbutton"' if changes else 'role="button"'
    return (
        f'<g class="unit {look}{" leaf" if changes else ""}" data-n="{node}" data-k="v" data-unit="{node}" {role} '
        f'tabindex="0" aria-label="{label}"><rect class="ground" x="{left:g}" y="{top:g}" width="{SQUARE}" '
        f'height="{SQUARE}" rx="7"/>{inside}{_text(name, x, top + (13 if inside else 15), "name", "middle")}'
        f'<text class="figure" x="{x:g}" y="{y + 14:g}" text-anchor="middle"></text></g>'
    )


def units(plan: Plan, scene: Scene) -> Iterator[dict[str, Any]]:
    """By neuron the numbers that it has, as the page lists them."""
    for column in plan.columns:
        for unit in column:
            parts: Iterable[Number | None] = (*(weight for weight, _ in unit.weights), unit.bias, unit.z, unit.h)
            nodes = [scene.ids[part.node] for part in parts if part is not None and part.node is not None]
            if unit.h is not None and unit.h.node is not None:
                yield {"h": scene.ids[unit.h.node], "nodes": list(dict.fromkeys(nodes)), "layer": unit.column}
