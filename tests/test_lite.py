"""The site to try it on, opened in Chromium without a network: its notebooks run there as far as that goes."""

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests import browsing

pytest.importorskip("jupyterlite_core", reason="needs JupyterLite: pip install 'chalkgrad[lite]'")
from tests import jupyterlab, lite
from tests.test_notebooks import numbers

pytestmark = [pytest.mark.online, pytest.mark.timeout(900), browsing.NEEDED]

SEEN = 240_000
"""So many milliseconds Pyodide may take to begin."""

DRAWN = """from autograd import Value, compare, draw
w, x = Value(0.5, "w"), Value(3.0, "x")
loss = (w * x - 1) ** 2
print(compare(loss, {"dw": 3.0, "dx": -0.5}).findings[0].cause)
draw(loss)"""

PLOTS = """import sys
from unittest.mock import MagicMock
axes = lambda rows=1, columns=1, **_: (MagicMock(), [MagicMock()] * columns if columns > 1 else MagicMock())
plots = MagicMock(**{"subplots.side_effect": axes})
sys.modules |= {"matplotlib.pyplot": plots, "matplotlib": MagicMock(pyplot=plots), "matplotlib.colors": MagicMock()}"""
"""Stands in for matplotlib, which is not among the packages of Pyodide that can be had here."""

RUN = """async () => {
  const notebook = jupyterapp.shell.currentWidget.content, found = [];
  for (let place = 0; place < notebook.widgets.length; place++) {
    notebook.activeCellIndex = place;
    const model = notebook.activeCell.model;
    if (model.type !== "code") continue;
    await jupyterapp.commands.execute("notebook:run-cell");
    found.push([model.sharedModel.source, model.outputs.toJSON()]);
  }
  return found;
}"""
"""Runs every cell, whatever becomes of those before it: its text, and its outputs."""

Outputs = list[dict[str, Any]]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The site with Pyodide in it, and its address here; its pages hand out the application that they are."""
    folder = tmp_path_factory.mktemp("site")
    assert lite.build(folder, whole=True) == 0
    path = folder / "jupyter-lite.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["jupyter-config-data"]["exposeAppInBrowser"] = True
    path.write_text(json.dumps(settings), encoding="utf-8")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(site: tuple[Path, str], browser: Any) -> Iterator[Any]:
    """A page that asks for nothing from elsewhere."""
    asked: list[str] = []
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.on("request", lambda request: asked.append(request.url))
    yield page
    page.close()
    assert [url for url in asked if not url.startswith((site[1], "data:", "blob:"))] == []


browser = browsing.browser


def test_the_package_loads_and_draws(site: tuple[Path, str], page: Any) -> None:
    cells = urlencode({"kernel": "python", "code": [lite.FIRST, DRAWN], "execute": 1}, doseq=True)
    page.goto(f"{site[1]}repl/index.html?{cells}")
    page.locator(".jp-OutputArea svg .node >> nth=0").wait_for(timeout=SEEN)
    said = page.locator(".jp-CodeConsole-content").inner_text()
    assert "sign" in said and "Traceback" not in said


def outcomes(site: tuple[Path, str], page: Any, name: str) -> list[tuple[str, Outputs]]:
    """What the cells of a notebook of the site say, after its first: the text of each, and its outputs."""
    folder, here = site
    path = folder / "files" / f"{name}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["cells"][0]["source"] == lite.FIRST
    notebook["cells"][0]["source"] += f"\n{PLOTS}"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    page.goto(f"{here}notebooks/index.html?path={name}.ipynb")
    page.wait_for_function("() => globalThis.jupyterapp?.shell.currentWidget", timeout=SEEN)
    page.wait_for_function(jupyterlab.READY, timeout=SEEN)
    (_, first), *others = page.evaluate(RUN)
    assert not errors(first)
    return [(source, outputs) for source, outputs in others]


def errors(outputs: Outputs) -> list[str]:
    return [f"{output['ename']}: {output['evalue']}" for output in outputs if output["output_type"] == "error"]


def printed(outputs: Any) -> list[float]:
    return [x for output in outputs if output["output_type"] == "stream" for x in numbers("".join(output["text"]))]


def test_the_first_notebook_runs_as_it_is_stored(site: tuple[Path, str], page: Any) -> None:
    name = lite.NOTEBOOKS[0]
    stored = json.loads((lite.ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    kept = [cell["outputs"] for cell in stored["cells"] if cell["cell_type"] == "code"]
    found = outcomes(site, page, name)
    pictures = []
    for (source, outputs), before in zip(found, kept, strict=True):
        assert not errors(outputs), source
        assert printed(outputs) == pytest.approx(printed(before), rel=1e-9), source
        pictures += [output["data"]["image/svg+xml"] for output in outputs if "draw(" in source]
    assert len(pictures) == 2 and all("<svg" in picture for picture in pictures)
    assert any("all 12 gradients agree" in str(outputs) for _, outputs in found)


@pytest.mark.parametrize("name", lite.NOTEBOOKS[1:])
def test_notebooks_that_need_numpy_say_so(site: tuple[Path, str], page: Any, name: str) -> None:
    told = [each for _, outputs in outcomes(site, page, name) for each in errors(outputs)]
    assert "No module named 'numpy'" in told[0]
    assert all("numpy" in each or "NameError" in each for each in told), told
