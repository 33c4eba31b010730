"""The pictures and the page of steps in a real browser: Chromium, without a window and without a network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, compare, dot, draw
from nn import MLP
from tests import browsing
from tests.browsing import Tab
from tests.pictures import batch, classes, document, micrograd, moons, unrolled

pytestmark = browsing.NEEDED
browser, tab = browsing.browser, browsing.tab


# ---------------------------------------------------------------- pictures

OVERFLOW = """
() => {
  const found = [];
  let texts = 0;
  const shapes = "path, polygon, ellipse";
  for (const group of document.querySelectorAll("g.node, g.cluster, g.edge, g.graph")) {
    const own = group.classList.contains("graph")
      ? [...group.children].filter((child) => child.tagName !== "g") : [...group.querySelectorAll(`${shapes}, text`)];
    const boxes = own.filter((e) => e.matches(shapes) && e.getAttribute("fill") !== "none").map((e) => e.getBBox());
    for (const text of own.filter((e) => e.tagName === "text")) {
      const t = text.getBBox();
      texts += 1;
      const inside = boxes.some((b) => b.x - 0.6 <= t.x && t.x + t.width <= b.x + b.width + 0.6
        && b.y - 1.5 <= t.y && t.y + t.height <= b.y + b.height + 1.5);
      if (!inside) found.push(`${group.id}: ${text.textContent} (${t.x}, ${t.y}, ${t.width}, ${t.height})`);
    }
  }
  return { texts, found };
}
"""


def awkward(label: str) -> Value:
    """A network with a label everywhere, and numbers that are long."""
    model = MLP(2, [2, 1], "tanh")
    loss = model([Value(-1.23456e-300, label), Value(99999.99994, label)])
    for node in loss.named().values():
        node.label = label
    loss.backward()
    return loss


def views(loss: Value, *names: str, **options: Any) -> list[Callable[[], Any]]:
    return [lambda name=name: draw(loss, name, **options) for name in names]


SHOWN: dict[str, Callable[[], list[Callable[[], Any]]]] = {
    "2-2-1": lambda: views(document(), "graph", "neurons", "network"),
    "2-2-1, opened up": lambda: views(document(), "graph", expand=True, local=True),
    "2-2-1, compared": lambda: views(
        document(), "graph", "neurons", comparison=compare(document(), {"w1": -1e-300, "delta2": 12345.67891})
    ),
    "moons": lambda: views(moons(), "graph", "neurons", "network"),
    "moons, folded": lambda: views(moons(), "graph", max_nodes=30),
    "micrograd": lambda: views(micrograd(), "graph"),
    "recurrent": lambda: views(unrolled(5), "graph", "neurons", "network"),
    "classes": lambda: [*views(classes(), "graph", "neurons", "network"), *views(classes(), "neurons", direction="TB")],
    "a batch, twice": lambda: views(batch(2), "graph", "neurons", "network"),
    "models": lambda: [lambda: draw(MLP(40, [30, 3])), lambda: draw(MLP(3, [4, 2]), "neurons")],
    **{
        f"label {label[:6]!r}": lambda label=label: views(awkward(label), "graph", "neurons", "network")
        for label in (
            "WWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
            "学习率学习率学习率学习率学习率",
            "🧑‍🏫 chalk 🧑‍🏫 chalk",
            "שלום עולם",
            "@%&" * 9,
        )
    },
}


@pytest.mark.parametrize("name", SHOWN)
def test_no_text_is_wider_than_its_box(tab: Tab, name: str) -> None:
    for make in SHOWN[name]():
        tab.show(make().pipe("svg", encoding="utf-8"))
        measured = tab.page.evaluate(OVERFLOW)
        assert measured["texts"] > 5
        assert measured["found"] == []


HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "<!--<script x",
    '"quotes" {a|b} \\N \\G',
    "line\nbreak\x00\x07",
    "\u202ertl \u05e9\u05dc\u05d5\u05dd",
    "🧑‍🏫 ]]> --> <!--",
    "x" * 10_000,
]


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_are_shown_as_text_and_run_nothing(tab: Tab, label: str, tmp_path: Path) -> None:
    w, x = Value(2.0, label), Value(3.0, label)
    loss = dot([w], [x], 0.5).tanh()
    loss.label = label
    loss.backward()
    for view in ("graph", "neurons", "network"):
        tab.show(draw(loss, view).pipe("svg", encoding="utf-8"))
        start = "".join(tab.page.text_content("svg").split())
        assert "".join(label.split())[:5].strip("\x00\u202e") in start
