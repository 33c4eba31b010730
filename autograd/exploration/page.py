"""The live page as one HTML file that needs nothing else, and asks nothing of the network."""

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from autograd.exploration.subject import Subject
from autograd.files import FilePath, write_file

SUFFIXES = (".html", ".htm")

SCRIPTS = (
    *("numbers", "engine", "state", "formulas", "picture", "editing", "derivation"),
    *("plots", "walk", "sharing", "main"),
)
"""The client, file by file; each uses what stands before it."""


class Page:
    """A live page; a notebook shows it, `.save("page.html")` writes it to a file.

    subject  the graph that it shows; `subject.origin` says of which Value each of its leaves is a copy
    steps    of the walk, each with phase, name and text; of very many none
    """

    def __init__(self, content: dict[str, Any], subject: Subject) -> None:
        self.content, self.subject, self.steps = content, subject, content["steps"]
        self._html = ""

    @property
    def html(self) -> str:
        """The whole page."""
        if not self._html:
            folder = files("autograd.exploration") / "client"
            css = (folder / "page.css").read_text(encoding="utf-8")
            client = "".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
            script = f'"use strict";\n(() => {{\n{_programs(self.content["code"])}{client}}})();\n'
            parts = {
                "title": html.escape(self.content["title"]),
                "css": css,
                "svg": self.content["svg"],
                "data": _json(self.content["data"]),
                "told": "".join(f"<li>{html.escape(step.text)}</li>" for step in self.steps),
                "script": script,
                "style_hash": _hash("\n" + css),
                "script_hash": _hash("\n" + script),
            }
            text = (folder / "page.html").read_text(encoding="utf-8")
            self._html = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], text)
        return self._html

    def save(self, filename: FilePath) -> str:
        """The path of the file written; missing folders are made, and the file appears whole or not at all."""
        path = Path(filename)
        if path.suffix.lower() not in SUFFIXES:
            raise ValueError(
                f"cannot save a page as {str(path)!r}: its suffix is {path.suffix!r}, expected {' or '.join(SUFFIXES)}"
            )
        write_file(path, self.html.encode(), folders=True)
        return str(path)

    def _repr_html_(self) -> str:
        """The page in a frame of its own, which shares neither names nor styles with the notebook."""
        source, title = html.escape(self.html), html.escape(self.content["title"])
        return (
            f'<iframe srcdoc="{source}" title="{title}" sandbox="allow-scripts allow-downloads" '
            'style="width:100%;height:860px;border:0;border-radius:8px"></iframe>'
        )

    def __repr__(self) -> str:
        count = len(self.content["data"]["leaves"])
        return f'<live page of {count} numbers to change: .save("page.html"), or show it in a notebook>'


def _programs(code: dict[str, Any]) -> str:
    """The engine's programs as constants of the client."""
    forms = ",\n".join(f"[{_json(mathml)}, {text or 'null'}]" for mathml, text in code["forms"])
    named = "".join(f"  {name}: {text},\n" for name, text in code.items() if name != "forms")
    text = f"const programs = {{\n{named}}};\nconst forms = [\n{forms},\n];\n"
    if "</" in text or "<!--" in text:  # nothing in it comes from a label, and so nothing can end the script
        raise ValueError("a program that would end the script it stands in")
    return text


def _hash(text: str) -> str:
    """What a Content-Security-Policy knows an element by."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _json(content: Any) -> str:
    """JSON that can stand inside a <script> element whatever is in it."""
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
