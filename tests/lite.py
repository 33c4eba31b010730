"""A site to try it on, without a server: `python -m tests.lite FOLDER` builds a JupyterLite there (extra `lite`; npm).

With `--whole`, Pyodide itself is in it, so that it opens offline.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]

NOTEBOOKS = ("1_by_hand_and_by_engine", "2_an_update_too_early", "7_check_your_own")

BESIDE = ("by_hand.py",)
"""Files that notebooks read."""

VIZ = "@viz-js/viz@3", "dist/viz.js"
"""What lays out pictures there, a package of npm, and the module in it."""

PYODIDE = "pyodide@314"

KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"

FIRST = """%pip install -q chalkgrad
import contextlib

import js
from autograd.drawing.webassembly import load_graphviz

await load_graphviz(js.location.href.split("/extensions/")[0] + "/files/viz.js")
with contextlib.suppress(ModuleNotFoundError):  # the kernel fetches what is imported here, where there is a network
    import matplotlib
    import numpy"""
"""The first cell of each notebook: the package, what lays out its pictures, and what programs import that it runs."""


def contents(folder: Path) -> None:
    """Puts the notebooks, what they read, and Graphviz into a folder."""
    for name in NOTEBOOKS:
        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(FIRST, id="first"))
        # Not by nbformat, which would write texts as lists of lines: JupyterLite does not read these everywhere.
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    for name in BESIDE:
        shutil.copyfile(ROOT / "notebooks" / name, folder / name)
    package, module = VIZ
    fetched(package, folder, module)


def wheels(folder: Path) -> list[Path]:
    """The wheels of this package and of what it and the kernel need, beyond what the kernel brings."""
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder)]
    subprocess.run([*pip, str(ROOT), "graphviz>=0.20.3,<1", "comm"], check=True)
    return sorted(folder.glob("*.whl"))


def with_pyodide(site: Path) -> None:
    """Puts Pyodide itself into the site, with the packages of the kernel, which then needs nothing from elsewhere.

    What else a notebook imports, NumPy and matplotlib, is not there: Pyodide says so where it is asked for.
    """
    there = site / "pyodide"
    fetched(PYODIDE, there)
    path = there / "pyodide-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    known, needed = lock["packages"], ["micropip", "ipython", "jedi"]
    for name in needed:  # which grows
        needed += [more for more in map(_plain, known[name]["depends"]) if more not in needed]
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "--python-version=3.14"]
    subprocess.run([*pip, "-d", str(there), *(f"{name}=={known[name]['version']}" for name in needed)], check=True)
    for wheel in there.glob("*.whl"):
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        known[_plain(wheel.name.partition("-")[0])] |= {"file_name": wheel.name, "sha256": digest}
    path.write_text(json.dumps(lock), encoding="utf-8")
    path = site / "jupyter-lite.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["jupyter-config-data"]["litePluginSettings"][KERNEL]["pyodideUrl"] = "./pyodide/pyodide.mjs"
    path.write_text(json.dumps(settings), encoding="utf-8")


def _plain(name: str) -> str:
    """The name of a package as Pyodide lists it."""
    return name.lower().replace("_", "-")


def fetched(package: str, folder: Path, module: str = "") -> None:
    """Puts a package of npm, or one file of it, into a folder."""
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch, "package.json").write_text("{}")
        npm = shutil.which("npm") or "npm"
        subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund", package], cwd=scratch, check=True)
        source = Path(scratch, "node_modules", package.rpartition("@")[0])
        if module:
            shutil.copyfile(source / module, folder / Path(module).name)
        else:
            shutil.copytree(source, folder)


def build(site: Path, *, whole: bool = False) -> int:
    """The exit status of JupyterLite; `whole` with Pyodide in it, which the kernel else loads from elsewhere."""
    with tempfile.TemporaryDirectory() as scratch:
        there, packed = Path(scratch, "contents"), Path(scratch, "wheels")
        there.mkdir()
        contents(there)
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--contents", str(there)]
        command += ["--output-dir", str(site.resolve())]
        for wheel in wheels(packed):
            command += ["--piplite-wheels", str(wheel)]
        code = subprocess.run(command, cwd=scratch).returncode
    if whole and not code:
        with_pyodide(site)
    return code


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]), whole="--whole" in sys.argv[2:]))
