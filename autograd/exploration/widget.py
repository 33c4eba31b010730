"""The live page in a notebook that runs: its numbers are those of the Values it was made from, both ways."""

import os
import secrets
import sys
from array import array
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from autograd.value import Value


def available() -> bool:
    """Whether the package anywidget is there, which all live notebooks have in common; $CHALKGRAD_LIVE=0 says no."""
    return os.environ.get("CHALKGRAD_LIVE") != "0" and find_spec("anywidget") is not None


class Live:
    """What is moved on a page is moved in the Values, and `refresh` moves the page to what these have become.

    values  those behind the leaves of the page, in their order
    name    of the frames that the page is in
    widget  the other end of it, an `anywidget.AnyWidget`, which may stand in layouts of ipywidgets or marimo
    """

    def __init__(self, frame: Callable[[str], str], values: Sequence[Value], start: Sequence[float]) -> None:
        self.values, self.name = values, f"chalkgrad-{secrets.token_hex(8)}"
        self._frame = frame(self.name)
        traits: Any = import_module("traitlets")
        shared: dict[str, Any] = {name: traits.Unicode().tag(sync=True) for name in ("name", "frame")}
        shared["numbers"] = traits.Bytes().tag(sync=True, from_json=lambda sent, widget: bytes(sent))
        shared["_esm"] = (files("autograd.exploration") / "client" / "widget.js").read_text(encoding="utf-8")
        kind: Any = type("LivePage", (import_module("anywidget").AnyWidget,), shared)
        self.widget = kind(name=self.name, frame=self._frame, numbers=_packed(start))
        self.widget.observe(self._moved, "numbers")

    def refresh(self) -> None:
        """Show the numbers that the Values have now."""
        self.widget.numbers = _packed([value.data for value in self.values])

    def bundle(self) -> dict[str, Any]:
        """What a notebook shows, by kinds.

        Jupyter shows the frame, which the widget finds by its name: saved and opened again without its
        kernel, a frame is still there, and of a widget an error. Elsewhere it is the widget.
        """
        jupyter = "JPY_SESSION_NAME" in os.environ and "google.colab" not in sys.modules
        data: dict[str, Any] = {} if jupyter else self.widget._repr_mimebundle_()[0]
        return data | {"text/html": self._frame}

    def _moved(self, change: Any) -> None:
        """What the page has moved is moved in the Values; those it has not are left as they are."""
        before, after = (array("d", change[key]) for key in ("old", "new"))
        for value, old, new in zip(self.values, before, after, strict=True):
            if old.hex() != new.hex():
                value.data = new


def _packed(numbers: Sequence[float]) -> bytes:
    """Numbers to the last bit, for which JSON has no -0, inf and nan."""
    return array("d", numbers).tobytes()
