"""Everything that a notebook shows, in a real JupyterLab: nothing is cut off, wide or narrow, light or dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import browsing, jupyterlab

pytest.importorskip("jupyterlab", reason="needs JupyterLab: pip install 'chalkgrad[notebook]'")
pytestmark = browsing.NEEDED
browser = browsing.browser

PROGRAMS = Path(__file__).parent / "programs"

START = """\
from autograd import *
from nn import *
from tests.pictures import micrograd, moons, small
import random
random.seed(5)
loss = small()
n = loss.named()
X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
model = MLP(2, [3, 1], "tanh", "sigmoid")
optimizer = Adam(model.parameters(), lr=0.1)
large, (points, labels) = MLP(2, [16, 16, 1], "tanh", "sigmoid"), data.moons(10)
history = fit(model, X, y, loss=bce, optimizer=optimizer, epochs=30, progress=False)
wrong = {"delta3": n["z3"].grad, "w5": n["w5"].grad, "delta1": -n["z1"].grad, "w1": -n["w1"].grad, "b1": 0.25}
"""

SHOWN = {
    "a loss": "loss",
    "a leaf": "Value(1.0, 'x')",
    "an expression": "micrograd()",
    "a large graph": "moons()",
    "a model": "MLP(2, [16, 16, 1])",
    "a wide model": "MLP(784, [30, 10])",
    "a layer": "Layer(3, 2, 'tanh')",
    "a neuron": "Neuron(3)",
    "a history": "history",
    "an optimiser": "optimizer",
    "the graph": "draw(loss, 'graph')",
    "opened up": "draw(loss, expand=True, local=True)",
    "compared": "draw(loss, comparison=compare(loss, wrong))",
    "the graph, compared": "draw(loss, 'graph', comparison=compare(loss, wrong))",
    "a batch": "draw(mse([model(x) for x in X], y))",
    "a deep model": "draw(MLP(2, [3] * 20))",
    "losses": "history.plot()",
    "an activation": "plot.activation('tanh');",
    "a boundary": "plot.boundary(model, X, y);",
    "a comparison": "compare(loss, wrong)",
    "a step": "check_step(loss, {'w5': n['w5'].data}, {'w5': 1.0}, 0.1)",
    "a derivation": "explain(loss)",
    "one step of it": "explain(loss).why('h1')",
    "derivation of a batch": "explain(mse([model(x) for x in X], y), 'w1')",
    "derivation of three": "m = MLP(2, [3, 1], 'tanh', 'sigmoid'); explain(mse([m(x) for x in X[1:]], y[1:]), 'w1')",
    "derivation of classes": "explain(cross_entropy(MLP(2, [3, 3], 'tanh')([0.123456, -0.7]), 1))",
    "second derivative": "explain(loss, ('w5', 'w1'), order=2)",
    "a long derivation": "explain(bce([large(x) for x in points], labels))",
    "a program": "to_manual(loss)",
    "a long program": "to_manual(bce([large(x) for x in points], labels))",
    "the same in LaTeX": "to_manual(bce(MLP(2, [6, 1], 'tanh', 'sigmoid')([0.1, 0.2]), 1), style='latex')",
    "an exercise": "exercise(loss, seed=1)",
    "its mark": "exercise(loss, seed=1).mark({'z2': -0.24, 'grad_w5': 1.0})",
    "a program checked": f"check({str(PROGRAMS / '41_updated_weight_class.py')!r})",
    "many checked": f"check([{str(PROGRAMS / '53_weight_for_activation.py')!r}] * 2)",
}
"""What is at the end of a cell, one after the other."""

MEASURED = """
() => {
  const cells = jupyterapp.shell.currentWidget.content.widgets;
  const found = { seen: 0, pictures: 0, cut: [], empty: [] };
  cells.forEach((cell, place) => {
    for (const area of cell.node.querySelectorAll(".jp-OutputArea-output")) {
      found.seen += 1;
      const inside = area.getBoundingClientRect();
      const shapes = area.querySelectorAll(
        "svg, svg g.node, svg g.graph > path, img, table, td, th, div, p, pre, math, mjx-container, mjx-math");
      let visible = 0;
      for (const shape of shapes) {
        const box = shape.getBoundingClientRect();
        if (!box.width || !box.height) continue;
        visible += 1;
        const tag = shape.tagName.toLowerCase();
        if (tag === "svg" || tag === "img") found.pictures += 1;
        const out = box.right > inside.right + 1 || box.left < inside.left - 1;
        if (out) found.cut.push(`${place} ${tag}: ${box.left} to ${box.right} in ${inside.right}`);
        if (["div", "pre", "table", "details"].includes(tag) && shape.scrollWidth > shape.clientWidth + 1
          && getComputedStyle(shape).overflowX !== "visible")
          found.cut.push(`${place} ${tag}: ${shape.scrollWidth} scrolls in ${shape.clientWidth}`);
      }
      if (!visible || inside.height < 10) found.empty.push(`${place}: ${area.textContent.slice(0, 60)}`);
    }
  });
  return found;
}
"""


@pytest.fixture(scope="module")
def tab(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A notebook that has been run in JupyterLab, alone in the window."""
    with jupyterlab.lab(tmp_path_factory.mktemp("lab"), [START, *SHOWN.values()]) as lab:
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(lab.url.replace("/lab/tree/", "/doc/tree/"))
        jupyterlab.run_all(page)
        assert page.evaluate("document.querySelectorAll('[data-mime-type*=stderr]').length") == 0
        yield page
        assert complaints == []
        page.close()


def settled(page: Any, width: int) -> None:
    """The window so wide, and everything laid out: no cell of the notebook waits until it is scrolled to."""
    page.set_viewport_size({"width": width, "height": 24_000})
    count = len(SHOWN)
    page.wait_for_function(f"document.querySelectorAll('.jp-OutputArea-output').length >= {count}", timeout=20_000)
    page.wait_for_function("document.querySelectorAll('mjx-container').length > 0", timeout=20_000)
    page.wait_for_function("[...document.images].every(image => image.complete)", timeout=20_000)
    page.wait_for_timeout(500)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1200, 800])
def test_nothing_is_cut_off(tab: Any, width: int, dark: bool) -> None:
    jupyterlab.in_theme(tab, dark)
    settled(tab, width)
    found = tab.evaluate(MEASURED)
    names = ["the start", *SHOWN]
    cut = [f"{names[int(text.split()[0])]}, {text.partition(' ')[2]}" for text in found["cut"]]
    assert found["seen"] >= len(SHOWN) and found["pictures"] >= 18
    assert (cut, found["empty"]) == ([], [])


def test_a_picture_is_scaled_down_and_opens_at_its_full_size(tab: Any) -> None:
    settled(tab, 800)
    place = 1 + list(SHOWN).index("opened up")
    cell = f"jupyterapp.shell.currentWidget.content.widgets[{place}].node"
    size = f"(() => {{ const b = {cell}.querySelector('svg').getBoundingClientRect(); return [b.width, b.height]; }})()"
    whole = f"{cell}.querySelector('svg').width.baseVal.value"
    before = tab.evaluate(size)
    assert before[0] < 700 < 1500 < tab.evaluate(whole)
    tab.evaluate(f"{cell}.querySelector('summary').click()")
    after = tab.evaluate(size)
    assert after[0] == pytest.approx(tab.evaluate(whole), abs=1)
    assert after[0] / after[1] == pytest.approx(before[0] / before[1], rel=0.01)
    assert tab.evaluate(f"{cell}.querySelector('details').scrollWidth > 1500")  # in a box that scrolls
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.evaluate(f"{cell}.querySelector('summary').click()")
    assert tab.evaluate(size) == before


@pytest.mark.parametrize("name", ["a long derivation", "a long program", "the same in LaTeX"])
def test_what_is_long_is_folded(tab: Any, name: str) -> None:
    settled(tab, 1000)
    cell = f"jupyterapp.shell.currentWidget.content.widgets[{1 + list(SHOWN).index(name)}].node"
    height = f"{cell}.querySelector('.jp-OutputArea-output').getBoundingClientRect().height"
    before = tab.evaluate(height)
    assert 300 < before < 1600
    tab.evaluate(f"{cell}.querySelectorAll('details').forEach(details => details.open = true)")
    assert tab.evaluate(height) > 2 * before
    tab.evaluate(f"{cell}.querySelectorAll('details').forEach(details => details.open = false)")


def test_a_line_of_a_picture_tells_its_numbers(tab: Any) -> None:
    place = 1 + list(SHOWN).index("the graph")
    titles = tab.evaluate(
        f"[...jupyterapp.shell.currentWidget.content.widgets[{place}].node.querySelectorAll('svg a')]"
        ".map(a => a.getAttribute('xlink:title'))"
    )
    assert any(title.startswith("∂z₁/∂w₁ = 0.1000, gradient") for title in titles)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_shines_through_pictures(tab: Any, dark: bool) -> None:
    jupyterlab.in_theme(tab, dark)
    settled(tab, 1200)
    for name in ("losses", "an activation", "a history", "a model"):
        place = 1 + list(SHOWN).index(name)
        grounds = tab.evaluate(
            f"[...jupyterapp.shell.currentWidget.content.widgets[{place}].node.querySelectorAll("
            "'.jp-OutputArea-output, .jp-OutputArea-output :is(img, svg, div, details, summary)')]"
            ".map(e => getComputedStyle(e).backgroundColor)"
        )
        assert set(grounds) == {"rgba(0, 0, 0, 0)"}, name
    assert "<Axes" not in tab.evaluate("document.body.innerText")


def test_without_trust_there_is_the_picture_and_no_text_of_it(tab: Any) -> None:
    kept = tab.evaluate(
        "(() => { const all = jupyterapp.shell.currentWidget.content.widgets;"
        " all.forEach(cell => { if (cell.model.type === 'code') cell.model.trusted = false; }); return all.length; })()"
    )
    assert kept == len(SHOWN) + 1
    place = 1 + list(SHOWN).index("a loss")
    node = f"jupyterapp.shell.currentWidget.content.widgets[{place}].node"
    tab.wait_for_function(f"{node}.querySelector('.jp-OutputArea-output img')?.complete", timeout=20_000)
    assert tab.evaluate(f"{node}.querySelectorAll('.jp-OutputArea-output svg').length") == 0
    image = tab.evaluate(
        f"(() => {{ const b = {node}.querySelector('img').getBoundingClientRect(),"
        f" a = {node}.querySelector('.jp-OutputArea-output').getBoundingClientRect();"
        " return [b.width, b.right <= a.right + 1]; })()"
    )
    assert image[0] > 500 and image[1]
    assert tab.evaluate(f"{node}.querySelector('.jp-OutputArea-output').innerText.trim()") == ""
    place = 1 + list(SHOWN).index("a derivation")  # as text, once
    text = tab.evaluate(f"jupyterapp.shell.currentWidget.content.widgets[{place}].node.innerText")
    assert text.count("∂L/∂w₁ = δ₁·x₁") == 1 and text.count("0.084958") == 0
