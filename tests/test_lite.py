"""The site to try it on, opened in Chromium without a network: the package loads there, and draws."""

import functools
import http.server
import threading
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests import browsing

pytest.importorskip("jupyterlite_core", reason="needs JupyterLite: pip install 'chalkgrad[lite]'")
from tests import lite

pytestmark = [pytest.mark.online, pytest.mark.timeout(900), browsing.NEEDED]

DRAWN = """from autograd import Value, compare, draw
w, x = Value(0.5, "w"), Value(3.0, "x")
loss = (w * x - 1) ** 2
print(compare(loss, {"dw": 3.0, "dx": -0.5}).findings[0].cause)
draw(loss)"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: object) -> None: ...


def test_the_package_loads_and_draws(tmp_path: Path) -> None:
    assert lite.build(tmp_path, whole=True) == 0
    for name in lite.NOTEBOOKS:
        assert (tmp_path / "files" / f"{name}.ipynb").exists()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cells = urlencode({"kernel": "python", "code": [lite.FIRST, DRAWN], "execute": 1}, doseq=True)
    here = f"http://127.0.0.1:{server.server_port}/"
    asked: list[str] = []
    with browsing.playwright.sync_playwright() as engines:
        browser = engines.chromium.launch(executable_path=browsing.CHROMIUM, args=list(browsing.FLAGS))
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{here}repl/index.html?{cells}")
        picture = page.locator(".jp-OutputArea svg .node >> nth=0")
        picture.wait_for(timeout=240_000)
        said = page.locator(".jp-CodeConsole-content").inner_text()
        page.screenshot(path=str(tmp_path / "seen.png"))
        browser.close()
    server.shutdown()
    server.server_close()
    assert "sign" in said and "Error" not in said
    assert [url for url in asked if not url.startswith((here, "data:", "blob:"))] == []
