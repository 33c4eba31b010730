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
from autograd.exploration.widget import Live, available
from autograd.files import FilePath, write_file
from autograd.value import Value

SUFFIXES = (".html", ".htm")

SCRIPTS = (
    *("numbers", "engine", "state", "formulas", "picture", "editing", "derivation"),
    *("palette", "losses", "plane", "maps", "plots", "walk", "past", "sharing", "main"),
)
"""The client, file by file; each uses what stands before it."""


THEMES = (
    "<style>body[data-jp-theme-light=false],body.vscode-dark,html[theme=dark]{--chalkgrad-live:861px}"
    "body[data-jp-theme-light=true],body.vscode-light,html[theme=light]{--chalkgrad-live:862px}</style>"
)
"""Says the theme of a notebook (JupyterLab, VS Code, Colab) to the page in the frame, by the height of the frame."""


_UNSAFE = re.compile(r"<(?=!--|script)|[\ud800-\udfff\u2028\u2029]", re.IGNORECASE)
"""What could begin a script in a script, and what is no text in UTF-8 or ends a line of JavaScript."""


class Page:
    """A live page; a notebook shows it, `.save("page.html")` writes it to a file.

    In a notebook that runs, with the package anywidget, what is moved on the page is moved in the Values, and
    `refresh` moves the page to what these have become.

    subject  the graph that it shows; `subject.origin` says of which Value each of its leaves is a copy
    steps    of the walk, each with phase, name and text; of very many none
    """

    def __init__(self, content: dict[str, Any], subject: Subject) -> None:
        self.content, self.subject, self.steps = content, subject, content["steps"]
        self._html = ""
        self._live: Live | None = None

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
                "note": html.escape(self.content["note"]),
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

    @property
    def live(self) -> Live:
        """The page as a widget, whose numbers are those of the Values; needs anywidget."""
        if self._live is None:
            self._live = Live(self._frame, self._values(), list(map(float, self.content["data"]["start"])))
        return self._live

    def refresh(self) -> None:
        """Go on with the numbers that the Values have now: at once where a notebook shows the page, else when shown."""
        data = self.content["data"]
        data["start"] = [as_json(value.data) for value in self._values()]
        self._html = ""
        if self._live is not None:
            self._live.refresh()

    def _values(self) -> list[Value]:
        """The Values that the leaves are copies of."""
        leaves = [self.subject.order[place] for place in self.content["data"]["leaves"]]
        return [self.subject.origin.get(leaf, leaf) for leaf in leaves]

    def _repr_mimebundle_(self, **asked: Any) -> dict[str, Any]:
        """For notebooks: the page, with the Values behind it where that can be."""
        shown = self.live.bundle() if available() else {"text/html": self._repr_html_()}
        return {**shown, "text/plain": repr(self)}

    def _repr_html_(self) -> str:
        return self._frame()

    def _frame(self, name: str = "") -> str:
        """The page in a frame of its own, which shares neither names nor styles with the notebook."""
        source, title = html.escape(self.html), html.escape(self.content["title"])
        named = f' name="{name}"' if name else ""
        return (
            f'{THEMES}<iframe{named} class="chalkgrad-live" srcdoc="{source}" title="{title}" sandbox="allow-scripts" '
            'style="width:100%;height:var(--chalkgrad-live,860px);border:0;border-radius:8px"></iframe>'
        )

    def __repr__(self) -> str:
        count = len(self.content["data"]["leaves"])
        return f'<live page of {count} numbers to change: .save("page.html"), or show it in a notebook>'


def as_json(x: float) -> Any:
    """A number as JSON has it; what JSON has not, as text."""
    return x if x - x == 0.0 else repr(x)


def _programs(code: dict[str, Any]) -> str:
    """The engine's programs as constants of the client."""
    forms = ",\n".join(f"[{_json(mathml)}, {text or 'null'}]" for mathml, text in code["forms"])
    graphs = ",\n".join(code["graphs"])
    text = (
        f"const programs = {{\ngraphs: [\n{graphs}],\nforward: {code['forward'] or 'null'},\n"
        f"flows: {code['flows'] or 'null'} }};\nconst forms = [\n{forms},\n];\n"
    )
    if "</" in text or "<!--" in text:  # nothing in it comes from a label, and so nothing can end the script
        raise ValueError("a program that would end the script it stands in")
    return text


def _hash(text: str) -> str:
    """What a Content-Security-Policy knows an element by."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _json(content: Any) -> str:
    """JSON that can stand inside a <script> element whatever is in it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
