"""Graphviz compiled to WebAssembly, for Python in a browser, where no program can be started: `load_graphviz`."""

import sys
from importlib import import_module
from typing import Any

import graphviz

IN_A_BROWSER = sys.platform == "emscripten"
"""Whether this Python is one compiled to WebAssembly itself: Pyodide, as in JupyterLite."""

MODULE = "graphviz_wasm"
"""The name by which Pyodide knows the JavaScript object that lays pictures out."""

PACKAGES = "@viz-js/viz or @hpcc-js/wasm-graphviz"


async def load_graphviz(module: Any) -> None:
    """Has pictures laid out by a JavaScript module from now on: `@viz-js/viz` or `@hpcc-js/wasm-graphviz`.

    module  its address, such as `viz.js` beside the page; or the module itself, as JavaScript's `import()` gives it

    In a notebook of JupyterLite, before the first picture: `await load_graphviz("https://.../viz.js")`. A page that
    has Pyodide in it does the same by `pyodide.registerJsModule("graphviz_wasm", await Viz.instance())`.
    """
    if not IN_A_BROWSER:
        raise RuntimeError("load_graphviz: this Python is in no browser; pip install graphviz-pure is what it needs")
    if isinstance(module, str):
        module = await import_module("pyodide.code").run_js("address => import(address)")(module)
    if hasattr(module, "instance"):
        engine = await module.instance()
    elif hasattr(module, "Graphviz"):
        engine = await module.Graphviz.load()
    else:
        raise TypeError(f"load_graphviz: expected the module {PACKAGES}, got {module}")
    import_module("pyodide_js").registerJsModule(MODULE, engine)


def find_module() -> Any:
    """The JavaScript object that was loaded; None for none."""
    try:
        return import_module(MODULE)
    except ModuleNotFoundError:
        return None


def lay_out(module: Any, source: str, format: str, engine: str) -> bytes:
    """The picture of a DOT source; it is waited for however long it takes, since nothing here can stop it."""
    ffi = import_module("pyodide.ffi")
    try:
        if hasattr(module, "renderString"):  # as @viz-js/viz has it
            return str(module.renderString(source, format=format, engine=engine)).encode()
        return str(module.layout(source, format, engine)).encode()
    except ffi.JsException as error:
        raise graphviz.CalledProcessError(1, [MODULE], stderr=str(error)) from None
