"""A JupyterLab of its own for tests: a server with one notebook, and nothing of the user's."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]

READY = """() => {
  const context = jupyterapp.shell.currentWidget?.sessionContext;
  return context?.isReady && context.session?.kernel?.status === "idle";
}"""
"""Whether the kernel of the notebook waits for what there is to do."""

DONE = """() => {
  const widget = jupyterapp.shell.currentWidget, session = widget.sessionContext?.session;
  const cells = [...widget.content.widgets].filter((cell) => cell.model.type === "code");
  const failed = cells.flatMap((cell) => cell.model.outputs.toJSON()).find((output) => output.output_type === "error");
  if (failed) return failed.traceback.join("\\n");
  return session?.kernel?.status === "idle" && cells.every((cell) => cell.model.executionCount !== null) && "done";
}"""
"""Whether all cells have run, or what went wrong in one of them."""

PATIENCE = 120_000
"""So many milliseconds a notebook may take."""


class Lab(NamedTuple):
    """A server that runs, and the notebook in it."""

    url: str
    path: Path


@contextmanager
def lab(home: Path, sources: Sequence[str]) -> Iterator[Lab]:
    """A server in a folder of its own, with a notebook of these cells."""
    (home / "work").mkdir()
    (home / "labconfig").mkdir()
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (home / "labconfig" / "page_config.json").write_text(json.dumps(quiet), encoding="utf-8")
    notebook = {
        "nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [
            {"cell_type": "code", "id": f"c{i}", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
            for i, text in enumerate(sources)
        ],
    }  # fmt: skip
    path = home / "work" / "mine.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    folders = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    environment = os.environ | dict.fromkeys(folders, str(home)) | {"PYTHONPATH": str(ROOT), "JUPYTER_TOKEN": token}
    log = (home / "log").open("w")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
            *("--expose-app-in-browser", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={home / 'work'}"),
        ],
        cwd=home, env=environment, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        _wait_for(f"http://127.0.0.1:{port}/api?token={token}", process, home / "log")
        yield Lab(f"http://127.0.0.1:{port}/lab/tree/mine.ipynb?token={token}", path)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.3)


def run_all(page: Any) -> None:
    """Runs all cells of the notebook that is open; an error in one is an AssertionError here."""
    page.wait_for_function(READY, timeout=PATIENCE)
    page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
    told = page.wait_for_function(DONE, timeout=PATIENCE).json_value()
    assert told == "done", told


def in_theme(page: Any, dark: bool) -> None:
    """Changes the theme of JupyterLab."""
    theme = "JupyterLab Dark" if dark else "JupyterLab Light"
    page.evaluate(f"jupyterapp.commands.execute('apputils:change-theme', {{theme: '{theme}'}})")
    page.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(not dark).lower()}'", timeout=PATIENCE)
