"""The wheel in Pyodide, under Node and in Chromium: the same session as here, pictures by Graphviz in WebAssembly."""

import base64
import functools
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests import browsing
from tests.pyodide_session import session

ROOT = Path(__file__).parents[1]
NODE, NPM = shutil.which("node") or "", shutil.which("npm") or ""

pytestmark = [
    pytest.mark.online,
    pytest.mark.timeout(900),  # Pyodide takes half a minute to start where others use the machine
    pytest.mark.skipif(not (NODE and NPM), reason="needs Node.js with npm on the PATH"),
]

ENGINES = {"@viz-js/viz": "dist/viz.js", "@hpcc-js/wasm-graphviz": "dist/index.js"}
"""What lays out pictures in a browser: packages of npm, and the module in each."""

NPM_PACKAGES = ("pyodide@314", "@viz-js/viz@3", "@hpcc-js/wasm-graphviz@1")

INSTALLER, INSTALLED = ("micropip", "packaging"), ("graphviz", "chalkgrad")
"""Wheels that are unpacked; and those that these install, as a user does: dependencies and markers are looked at."""

SET_UP = """
import json, micropip, sys, types
sys.modules["fcntl"] = types.ModuleType("fcntl")  # empty, as in the kernel of JupyterLite
for name in WHEELS:
    await micropip.install(f"emfs:/tmp/{name}")
import autograd, nn
from autograd.drawing.webassembly import load_graphviz
picture = autograd.draw(autograd.Value(1.0))
without = picture._repr_mimebundle_()
await load_graphviz(ENGINE)
found = {"without": without, "platform": sys.platform}
try:
    picture.pipe("png")
except RuntimeError as error:
    found["png"] = str(error)
try:
    picture.body.append("a -> ;")
    picture.pipe("svg")
except Exception as error:
    found["broken"] = [str(kind) for kind in type(error).__mro__] + [str(error)]
"""

HARNESS = """async (loadPyodide, wheels, installed, code) => {
  const pyodide = await loadPyodide();
  for (const [name, text] of Object.entries(wheels)) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    if (installed.includes(name)) pyodide.FS.writeFile("/tmp/" + name, bytes);
    else pyodide.unpackArchive(bytes, "wheel");
  }
  return await pyodide.runPythonAsync(code);
}"""


def run(*command: str, **options: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        pytest.fail(f"{' '.join(command)[:200]}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `node_modules` and `wheels`."""
    folder = tmp_path_factory.mktemp("pyodide")
    (folder / "package.json").write_text("{}")
    run(NPM, "install", "--silent", "--no-audit", "--no-fund", *NPM_PACKAGES, cwd=folder)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q")
    for_314 = ("--no-deps", "--only-binary=:all:", "--python-version=3.14")
    run(*pip, "download", *for_314, "-d", str(folder / "wheels"), *INSTALLER, "graphviz")
    run(*pip, "wheel", "--no-deps", "-w", str(folder / "wheels"), str(ROOT))
    return folder


Python = Callable[[str, str], Any]
"""From an engine for pictures and code to what it leaves in `found`."""


@pytest.fixture(scope="module", params=["node", "chromium"])
def python(request: pytest.FixtureRequest, folder: Path) -> Iterator[Python]:
    """Python in the browser, or in Node; with the wheels installed."""
    evaluate: Callable[..., str]
    if request.param == "node":
        evaluate, address = functools.partial(in_node, folder), folder.as_uri()
        yield functools.partial(in_pyodide, evaluate, folder, address)
        return
    if browsing.playwright is None or not browsing.CHROMIUM:
        pytest.skip("needs playwright and a Chromium on the PATH")
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    with browsing.playwright.sync_playwright() as engines:
        browser = engines.chromium.launch(executable_path=browsing.CHROMIUM, args=list(browsing.FLAGS))
        page = browser.new_page()
        page.goto(f"{address}/package.json")
        yield functools.partial(in_pyodide, functools.partial(in_a_page, page), folder, address)
        browser.close()
    server.shutdown()
    server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: Any) -> None: ...


def in_node(folder: Path, given: str) -> str:
    script = folder / "session.mjs"
    script.write_text(
        'import { loadPyodide } from "pyodide";\nimport { readFileSync, writeFileSync } from "node:fs";\n'
        f"const given = JSON.parse(readFileSync(0, 'utf8')), harness = {HARNESS};\n"
        "try { writeFileSync('said.json', await harness(loadPyodide, ...given)); }\n"
        "catch (error) { console.error(String(error.message)); process.exit(1); }\n"
    )
    run(NODE, "session.mjs", cwd=folder, input=given)
    return (folder / "said.json").read_text(encoding="utf-8")


def in_a_page(page: Any, given: str) -> str:
    load = "(await import('/node_modules/pyodide/pyodide.mjs')).loadPyodide"
    return str(page.evaluate(f"async (given) => await ({HARNESS})({load}, ...JSON.parse(given))", given))


def in_pyodide(evaluate: Callable[[str], str], folder: Path, address: str, engine: str, code: str) -> Any:
    wheels = {path.name: path for path in (folder / "wheels").iterdir()}
    installed = [name for stem in INSTALLED for name in wheels if name.startswith(f"{stem}-")]
    module = f"{address}/node_modules/{engine}/{ENGINES[engine]}"
    known = f"WHEELS, ENGINE = {installed!r}, {module!r}\n"
    given = [
        {name: base64.b64encode(path.read_bytes()).decode() for name, path in wheels.items()},
        installed,
        f"{known}{SET_UP}{code}\njson.dumps(found)",
    ]
    return json.loads(evaluate(json.dumps(given)))


@pytest.fixture(scope="module")
def there(python: Python) -> Any:
    """What the session gives in Pyodide."""
    code = (ROOT / "tests" / "pyodide_session.py").read_text(encoding="utf-8")
    return python("@viz-js/viz", f"{code}\nfound |= session()")


@pytest.fixture(scope="module")
def here() -> dict[str, Any]:
    """What it gives in this Python, as it is after a journey as JSON."""
    found: dict[str, Any] = json.loads(json.dumps(session()))
    return found


def test_the_numbers_and_texts_are_those_of_this_python(here: Any, there: Any) -> None:
    assert there["platform"] == "emscripten"
    same = ("numbers", "compared", "explained", "by hand", "marked", "program marked", "endless")
    for name in (*same, "jitted", "example", "live"):
        assert there[name] == here[name], name
    for losses, wanted in zip(there["fitted"], here["fitted"], strict=True):
        assert losses == pytest.approx(wanted, rel=1e-14)  # through 320 steps: its tanh differs in the last bit


def written(svg: str) -> list[str | None]:
    """The texts of a picture, and how many shapes of which kind are in it."""
    tree = ElementTree.fromstring(svg)
    return [element.text for element in tree.iter() if element.tag.endswith("}text") or element.tag.endswith("}title")]


def test_pictures_say_what_those_laid_out_here_say(here: Any, there: Any) -> None:
    for mine, theirs in zip(here["drawn"], there["drawn"], strict=True):
        assert written(theirs) == written(mine) != []
        assert theirs.count("<path") == mine.count("<path")
        assert theirs.count("<linearGradient") == mine.count("<linearGradient")
    assert re.sub(r"[\d.]+", "#", there["live graph"]) == re.sub(r"[\d.]+", "#", here["live graph"])


def test_the_same_graph_is_the_same_picture_each_time(python: Python) -> None:
    code = "x = autograd.Value(2.0); found['drawn'] = [autograd.draw(x * x).pipe('svg').decode() for _ in range(2)]"
    first, second = python("@hpcc-js/wasm-graphviz", code)["drawn"]
    assert first == second
    assert "l_0" in first
    assert ElementTree.fromstring(first).tag == "{http://www.w3.org/2000/svg}svg"


def test_what_cannot_be_had_is_said(there: Any) -> None:
    assert list(there["without"]) == ["text/plain"]
    assert "await load_graphviz(" in there["without"]["text/plain"]
    assert there["png"] == "format='png' is not to be had in a browser: save the picture as .svg or .dot"
    assert "CalledProcessError" in there["broken"][0] and "syntax error" in there["broken"][-1]
    assert "check needs NumPy, which is not installed here" in there["checked"]
