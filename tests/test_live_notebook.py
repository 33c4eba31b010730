"""The live page in a JupyterLab with its kernel: numbers both ways, and what is left when it is gone."""

import importlib.util
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from autograd import Value, explore
from autograd.exploration import widget
from tests.jupyterlab import READY, Lab, lab

CHROMIUM = os.environ.get("CHALKGRAD_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""

NETWORK = """from autograd import explore
from nn import MLP, bce
import random
model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=random.Random(1))
X, y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [1.0, 1.0, 0.0]
page = explore(model, X, y, loss=bce)
page"""
ASKED = "print({p.label: p.data.hex() for p in model.parameters()})"
GIVEN = """model.load_named({"w5": 0.1 + 0.2, "b1": -0.0})
page.refresh()"""
SLOPES = """loss = bce(model(X[0]), y[0])
loss.backward()
print({p.label: p.grad for p in model.parameters()})"""
AGAIN = "page"
WIDGET = "page.live.widget"


def parabola() -> tuple[Value, Value, Any]:
    w, x = Value(0.5, "w"), Value(3.0, "x")
    return w, x, explore((w * x - 1.0) ** 2)


def test_without_the_package_a_page_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALKGRAD_LIVE", "0")
    assert not widget.available()
    w, _, page = parabola()
    assert set(page._repr_mimebundle_()) == {"text/html", "text/plain"}
    assert page._repr_mimebundle_()["text/html"] == page._repr_html_()
    assert "name=" not in page._repr_html_()[:100]
    w.data = 0.125
    page.refresh()
    assert '"start":[0.125,3.0]' in page.html
    w.data = math.inf
    page.refresh()
    assert '"start":["inf",3.0]' in page.html


@pytest.mark.skipif(not widget.available(), reason="needs anywidget: pip install 'chalkgrad[live]'")
def test_what_the_page_moves_is_moved_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    w, x, page = parabola()
    x.data = 5.0  # the page does not know, and leaves it
    page.live.widget.numbers = struct.pack("2d", -0.0, 3.0)
    assert math.copysign(1.0, w.data) == -1.0 and x.data == 5.0
    w.data = math.nan
    page.refresh()
    found = struct.unpack("2d", page.live.widget.numbers)
    assert math.isnan(found[0]) and found[1] == 5.0
    shown = page._repr_mimebundle_()
    assert shown["text/plain"] == repr(page) and page.live.name in shown["text/html"]
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"] == page.live.widget.model_id
    monkeypatch.setenv("JPY_SESSION_NAME", "mine.ipynb")
    assert set(page._repr_mimebundle_()) == {"text/html", "text/plain"}


# ---------------------------------------------------------------- JupyterLab


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    if importlib.util.find_spec("jupyterlab") is None:
        pytest.skip("needs JupyterLab: pip install 'chalkgrad[notebook]'")
    with lab(tmp_path_factory.mktemp("lab"), [NETWORK, ASKED, GIVEN, SLOPES, AGAIN, ASKED, WIDGET]) as running:
        yield running


@pytest.fixture
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'chalkgrad[browser]'")
    if not CHROMIUM:
        pytest.skip("needs a Chromium on the PATH: apt-get install chromium")
    with playwright.sync_playwright() as engines:
        started = engines.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


class Book:
    """The notebook as it is open in a browser."""

    def __init__(self, browser: Any, url: str) -> None:
        self.context = browser.new_context(viewport={"width": 1300, "height": 1400})
        self.tab = self.context.new_page()
        self.tab.goto(url)
        self.tab.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=120_000)

    def do(self, command: str) -> None:
        self.tab.evaluate("command => jupyterapp.commands.execute(command)", command)

    def run(self) -> str:
        """Run the next cell; what it printed."""
        self.tab.wait_for_function(READY, timeout=120_000)
        place = self.tab.evaluate("() => jupyterapp.shell.currentWidget.content.activeCellIndex")
        self.do("notebook:run-cell-and-select-next")
        self.tab.wait_for_function(READY, timeout=60_000)
        done = "place => jupyterapp.shell.currentWidget.content.widgets[place].model.executionCount"
        self.tab.wait_for_function(done, arg=place, timeout=60_000)
        output = self.tab.locator(".jp-Notebook .jp-CodeCell").nth(place).locator(".jp-OutputArea-output")
        return str(output.first.inner_text()) if output.count() else ""

    def frame(self, place: int = 0) -> Any:
        """The page below a cell."""
        self.tab.evaluate("place => jupyterapp.shell.currentWidget.content.scrollToItem(place)", place)
        element = self.tab.locator(f'[data-windowed-list-index="{place}"] .jp-OutputArea-output iframe')
        element.wait_for(timeout=60_000)
        frame = element.element_handle().content_frame()
        frame.wait_for_function("() => globalThis.chalkgrad")
        return frame


def state(frame: Any) -> tuple[dict[str, float], dict[str, float]]:
    """By label the numbers of a page, and its gradients."""
    found = frame.evaluate("() => chalkgrad.get()")
    named = [(label, x, g) for label, x, g in zip(found["labels"], found["values"], found["gradients"], strict=True)]
    return {label: x for label, x, _ in named if label}, {label: g for label, _, g in named if label}


def leaf(frame: Any, label: str) -> Any:
    """The number of this name, to be changed."""
    place = frame.evaluate("() => chalkgrad.get().labels").index(label)
    return frame.locator(f'[role=spinbutton][data-n="{place}"]').first


def eventually(ask: Any, wanted: Any) -> None:
    until = time.monotonic() + 20
    while ask() != wanted:
        assert time.monotonic() < until, (ask(), wanted)
        time.sleep(0.1)


@pytest.mark.skipif(not widget.available(), reason="needs anywidget: pip install 'chalkgrad[live]'")
def test_numbers_go_both_ways(browser: Any, notebook: Lab) -> None:
    book = Book(browser, notebook.url)
    book.run()
    frame = book.frame()
    before, _ = state(frame)

    # From the page to Python: by keys, by the mouse, by training.
    w5 = leaf(frame, "w5")
    w5.focus()
    w5.press("ArrowUp")
    box = leaf(frame, "w1").bounding_box()
    book.tab.mouse.move(box["x"] + 20, box["y"] + 10)
    book.tab.mouse.down()
    book.tab.mouse.move(box["x"] + 70, box["y"] + 10, steps=5)
    book.tab.mouse.up()
    frame.locator("#step").click()
    moved, _ = state(frame)
    assert moved["w5"] != before["w5"] and abs(moved["w1"] - before["w1"]) > 0.3
    names = [name for name in moved if name[0] in "wb" and name[1:].isdigit()]
    assert len(names) == 9 and all(moved[name] != before[name] for name in names)
    assert json.loads(book.run().replace("'", '"')) == {name: moved[name].hex() for name in names}

    # From Python to the page.
    book.run()
    eventually(lambda: [state(frame)[0][name].hex() for name in ("w5", "b1")], [(0.1 + 0.2).hex(), (-0.0).hex()])
    slopes = json.loads(book.run().replace("'", '"'))
    assert {name: state(frame)[1][name] for name in names} == pytest.approx(slopes, rel=1e-13)

    # Shown twice, the two follow one another.
    book.run()
    second = book.frame(4)
    eventually(lambda: state(second)[0], state(frame)[0])
    leaf(second, "b3").press("ArrowDown")
    now, _ = state(second)
    eventually(lambda: state(frame)[0], now)
    assert json.loads(book.run().replace("'", '"')) == {name: now[name].hex() for name in names}
    frame.locator("#back").click()
    eventually(lambda: state(second)[0], state(frame)[0])

    # As a widget, as it is shown where there is no Jupyter server.
    book.run()
    third = book.frame(6)
    eventually(lambda: state(third)[0], state(frame)[0])
    leaf(third, "b2").press("ArrowUp")
    eventually(lambda: state(frame)[0], state(third)[0])
    book.do("docmanager:save")
    eventually(lambda: "iframe" in notebook.path.read_text(), True)
    now, _ = state(frame)
    book.context.close()

    # Opened again beside its kernel, the page goes on.
    book = Book(browser, notebook.url)
    frame = book.frame()
    eventually(lambda: state(frame)[0], now)
    book.tab.evaluate("() => jupyterapp.serviceManager.sessions.shutdownAll()")
    book.context.close()

    # Without its kernel the page is still there, and works.
    saved = json.loads(notebook.path.read_text())
    saved["metadata"]["kernelspec"] = {"name": "gone", "display_name": "gone"}
    notebook.path.write_text(json.dumps(saved))
    home = str(notebook.path.parents[1])
    trust = [sys.executable, "-c", "from nbformat.sign import TrustNotebookApp as App; App.launch_instance()"]
    subprocess.run([*trust, str(notebook.path)], env=os.environ | {"HOME": home, "JUPYTER_DATA_DIR": home}, check=True)
    alone = Book(browser, notebook.url)
    frame = alone.frame()
    assert "Error" not in alone.tab.locator(".jp-Notebook").inner_text()
    assert state(frame)[0] == before
    leaf(frame, "w5").press("ArrowUp")
    assert state(frame)[0]["w5"] == pytest.approx(before["w5"] + 0.1)
    alone.context.close()
