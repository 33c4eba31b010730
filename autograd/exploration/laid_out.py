"""The picture of any graph as SVG: every value a card, where the layout engine puts it."""

import html
from collections.abc import Sequence
from typing import Any

from autograd.drawing.engine import Drawing
from autograd.drawing.graph_view import LARGE, roles, shown_args
from autograd.exploration.picture import ROW, Scene, number, svg
from autograd.names import shown
from autograd.value import Value

WIDTH, HEIGHT, LITERAL = 138, 88, 64
"""Of a card, and how wide that of a literal is."""

DOTS = 72
"""Points to the inch of the layout."""


def graph(order: Sequence[Value], scene: Scene) -> tuple[str, list[tuple[int, int]]]:
    """The picture, and for each edge in it the node it leads to and the place among its operands."""
    root = order[-1]
    sizes = {"width": f"{WIDTH / DOTS:.3f}", "height": f"{HEIGHT / DOTS:.3f}"}
    attributes = {"rankdir": "LR", "nodesep": "0.22", "ranksep": "0.6", "pad": "0.1"}
    if len(order) > LARGE:
        attributes |= {"nslimit": "2", "nslimit1": "2", "mclimit": "0.5", "splines": "line"}
    boxes = {"shape": "box", "fixedsize": "true", "label": ""} | sizes
    picture: Drawing = Drawing("live", graph_attr=attributes, node_attr=boxes, edge_attr={"dir": "none"})
    edges: list[tuple[int, int]] = []
    literals: dict[str, float] = {}
    for place, node in enumerate(order):
        picture.node(f"v{place}")
        for operand, arg in shown_args(node):
            if type(arg) is float:
                tail = f"c{len(literals)}"
                literals[tail] = arg
                picture.node(tail, width=f"{LITERAL / DOTS:.3f}", height=f"{28 / DOTS:.3f}")
            else:
                tail = f"v{scene.ids[arg]}"
            edges.append((place, operand))
            picture.edge(tail, f"v{place}")
    width, height, places, lines = _positions(picture.pipe("plain", encoding="utf-8"))
    role = roles(root, order)
    body = []
    seen: dict[tuple[str, str], int] = {}
    ends: dict[tuple[str, str], list[int]] = {}
    for count, (place, operand) in enumerate(edges):
        arg = order[place].args[operand]
        tail = f"v{scene.ids[arg]}" if type(arg) is not float else ""
        ends.setdefault((tail, f"v{place}"), []).append(count)
    for tail, head, path in lines:
        key = (tail if tail[0] == "v" else "", head)
        use = seen.get(key, 0)
        seen[key] = use + 1
        of = f' data-n="{tail[1:]}" data-k="g"' if tail[0] == "v" else ""
        grip = f'<path class="grip" d="{path}"/>' if of else ""
        body.append(f'<g class="edge flow" data-e="{ends[key][use]}"{of}>{grip}<path class="line" d="{path}"/></g>')
    for name, x in literals.items():
        body.append(_literal(x, *places[name]))
    for place, node in enumerate(order):
        body.append(_card(node, place, scene, role[node].chip, node is root, *places[f"v{place}"]))
    told = f"The graph of {len(order)} values. Every number can be chosen; leaves can be changed with the arrow keys."
    return svg("".join(body), width, height, told, "graph"), edges


def _positions(plain: str) -> tuple[float, float, dict[str, tuple[float, float]], list[tuple[str, str, str]]]:
    """Size, middles of cards and lines, of a layout in the format plain, with y downwards."""
    height = width = 0.0
    places: dict[str, tuple[float, float]] = {}
    lines = []
    for line in plain.splitlines():
        kind, *fields = line.split(" ")
        if kind == "graph":
            width, height = float(fields[1]) * DOTS + 12, float(fields[2]) * DOTS + 12
        elif kind == "node":
            places[fields[0]] = float(fields[1]) * DOTS + 6, height - 6 - float(fields[2]) * DOTS
        elif kind == "edge":
            count = int(fields[2])
            numbers = [float(field) * DOTS for field in fields[3 : 3 + 2 * count]]
            points = [f"{x + 6:.1f} {height - 6 - y:.1f}" for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
            lines.append((fields[0], fields[1], f"M{points[0]}C{' '.join(points[1:])}"))
    return width, height, places, lines


def _literal(x: float, middle: float, y: float) -> str:
    left, top = middle - LITERAL / 2, y - 14
    return (
        f'<g class="card literal"><rect class="ground" x="{left:.1f}" y="{top:.1f}" width="{LITERAL}" height="28" '
        f'rx="8"/><text class="figure" x="{middle:.1f}" y="{y + 5:.1f}" text-anchor="middle">{x:.6g}</text></g>'
    )


def _card(node: Value, place: int, scene: Scene, chip: str, is_root: bool, x: float, y: float) -> str:
    """The card of a value: name and operation, its number, its gradient."""
    corner = chip if node.op is None else node.op.badge(node.args)
    kind = "loss" if is_root else chip if node.op is None else "step"
    name: Any = html.escape(shown.shortened(scene.names[place]["v"], 10))
    sign = html.escape(shown.shortened(shown.clean(corner), 8))
    body = (
        f'<text class="title" x="12" y="21">{name}</text>'
        f'<text class="quiet" x="{WIDTH - 11}" y="20" text-anchor="end">{sign}</text>'
        f"{number(scene, place, 'v', 8, 34, WIDTH - 16)}{number(scene, place, 'g', 8, 34 + ROW, WIDTH - 16, '∂')}"
    )
    head = f"M0 30V12Q0 0 12 0H{WIDTH - 12}Q{WIDTH} 0 {WIDTH} 12V30Z"
    return (
        f'<g class="card {kind}" transform="translate({x - WIDTH / 2:.1f} {y - HEIGHT / 2:.1f})">'
        f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="12"/><path class="head" d="{head}"/>{body}</g>'
    )
