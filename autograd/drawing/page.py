"""The step-through page: the forward and backward pass of a graph, one step at a time, in one HTML file."""

import html
import json
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from autograd.drawing import style
from autograd.drawing.comparison_marks import Verdicts
from autograd.drawing.drawn_nodes import count, parts
from autograd.drawing.engine import Drawing
from autograd.drawing.graph_view import WHOLE, Scene, shown_args
from autograd.drawing.steps import Course, Step
from autograd.files import FilePath, write_file
from autograd.graph import topological_order
from autograd.names import canonical, shown
from autograd.network import network_of
from autograd.value import Value

LIMIT = 700
"""So many cards can be stepped through."""

SEEN = "The computation graph; every step is told in words below it"
"""What a screen reader says of the picture."""

SUFFIXES = (".html", ".htm")


class Page:
    """A self-contained HTML page; a notebook shows it, `.save("page.html")` writes it to a file.

    steps   what is shown, in order
    beside  more pictures, as SVG
    """

    def __init__(
        self, title: str, picture: Drawing, steps: Sequence[Step], names: Sequence[tuple[str, str]], beside: str = ""
    ) -> None:
        self.title, self.picture, self.steps, self.names = title, picture, list(steps), list(names)
        self.beside = beside
        self._html = ""

    @property
    def html(self) -> str:
        """The whole page."""
        if not self._html:
            folder = files("autograd.drawing")
            text = {name: (folder / f"page.{name}").read_text(encoding="utf-8") for name in ("html", "css", "js")}
            svg = self.picture.pipe("svg", encoding="utf-8")
            content = {
                "title": html.escape(self.title),
                "beside": self.beside,
                "css": text["css"],
                "svg": svg[svg.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{SEEN}" ', 1),
                "steps": _json([_filled(step) for step in self.steps]),
                "script": text["js"],
                "rows": "".join(_row(card, name) for card, name in self.names),
                "list": "".join(map(_entry, self.steps)),
            }
            self._html = re.sub(r"\{\{(\w+)\}\}", lambda found: content[found[1]], text["html"])
        return self._html

    def save(self, filename: FilePath) -> str:
        """The path of the file written; missing folders are made, and the file appears whole or not at all."""
        path = Path(filename)
        if path.suffix.lower() not in SUFFIXES:
            raise ValueError(
                f"cannot save a page as {str(path)!r}: its suffix is {path.suffix!r}, expected {' or '.join(SUFFIXES)}"
            )
        write_file(path, self.html.encode(), folders=True)
        return str(path)

    def _repr_html_(self) -> str:
        """The page in a frame of its own, which shares neither names nor styles with the notebook."""
        source, title = html.escape(self.html), html.escape(f"steps of {self.title}")
        return (
            f'<iframe srcdoc="{source}" title="{title}" sandbox="allow-scripts" '
            'style="width:100%;height:760px;border:0;border-radius:8px"></iframe>'
        )

    def __repr__(self) -> str:
        return f'<page of {len(self.steps)} steps: .save("page.html"), or show it in a notebook>'


def step_page(root: Value) -> Page:
    """The page for the graph of a value; ValueError where it is too large to be stepped through."""
    order: list[Value] = topological_order(root)
    cards = count(order)
    if cards > LIMIT:
        raise ValueError(
            f"step_through() got a graph of {cards:,} values and constants, expected at most {LIMIT}; take the loss "
            "of one sample, or a smaller network: draw() folds what is too large"
        )
    opened = parts(root, order, {}, expand=False)
    ids = {part.value: f"v{place}" for place, part in enumerate(opened.order)}
    unnamed = [(place, node) for place, node in enumerate(order) if not shown.clean(node.label)]
    textbook = _textbook(root, order)
    labels = {node: shown.display(textbook.get(node, f"v{place}")) for place, node in unnamed}
    if root in labels:
        labels[root] = "L"
    names = {node: labels.get(node) or shown.name(node.label) for node in order}
    edges = _edges(opened.order)
    course = Course(root, order, names, ids, edges)
    for part in opened.order:
        part.data = course.data[part.value]
        part.has_grad = part.value in course.grad
        part.grad = course.grad.get(part.value, 0.0)
    scene = Scene(opened.by_value[root], opened.order, WHOLE, Verdicts(), None, labels)
    picture = scene.drawing([], between=0.9)
    title = f"Forward and backward through {names[root]}"
    return Page(title, picture, course.steps(), [(ids[node], names[node]) for node in order])


def _textbook(root: Value, order: Sequence[Value]) -> dict[Value, str]:
    """z1 h1 z2 h2 ... of the neurons of a lone sample, as far as no label is the same."""
    network = network_of(root, order)
    if network is None or network.samples > 1 or not network.evident:
        return {}
    taken = {canonical(node.label) for node in order}
    names: dict[Value, str] = {}
    for unit, z, h in network.named():
        names |= {unit.h: h, unit.z: z}
    return {node: name for node, name in names.items() if name not in taken}


def _edges(order: Sequence[Any]) -> dict[Value, list[tuple[str, int]]]:
    """By node the ids of the edges into it, as the picture numbers them, and their places among its operands."""
    found: dict[Value, list[tuple[str, int]]] = {}
    count = 0
    for part in order:
        found[part.value] = []
        for place, _ in shown_args(part):
            found[part.value].append((f"e{count}", place))
            count += 1
    return found


def _filled(step: Step) -> dict[str, Any]:
    """What the page must know of a step."""
    seldom = ("looks", "levels", "curve")
    return {name: content for name, content in vars(step).items() if content or name not in seldom}


def _json(content: Any) -> str:
    """JSON that can stand inside a <script> element whatever is in it."""
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _row(card: str, name: str) -> str:
    shown = html.escape(name)
    cells = "".join(f'<td data-of="{kind}">{style.NOT_COMPUTED}</td>' for kind in ("data", "grad"))
    return f'<tr data-card="{card}" data-name="{shown}"><th scope="row">{shown}</th>{cells}</tr>'


def _entry(step: Step) -> str:
    lines = "<br>".join(map(html.escape, step.lines))
    return f"<li><b>{html.escape(step.title)}</b><br>{lines}</li>"
