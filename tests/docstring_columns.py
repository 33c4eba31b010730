"""For the site: docstrings as Markdown has them; columns (name, spaces, what it is) as lists, examples as code."""

import re
from typing import Any

import griffe

NAMES = r"(?P<names>[\w.*]+(?:, [\w.*]+)*)"
FIRST = re.compile(NAMES + r" {2,}(?P<text>\S.*)")
NEXT = re.compile(NAMES + r" +(?P<text>\S.*)")


class Columns(griffe.Extension):
    """Rewrites every docstring when it has been read."""

    def on_object(self, *, obj: griffe.Object, **rest: Any) -> None:
        """Put Markdown in the place of what is a docstring's own."""
        if obj.docstring is not None:
            obj.docstring.value = marked_up(obj.docstring.value)


def marked_up(text: str) -> str:
    """The text with a list for each block of columns, and with examples fenced.

    >>> print(marked_up("What it is.\\n\\nseed    for what is drawn,\\n        of an int\\nfurther what else"))
    What it is.
    <BLANKLINE>
    - `seed`: for what is drawn, of an int
    - `further`: what else
    """
    return "\n\n".join(_paragraph(part) for part in re.split(r"\n\n+", text))


def _paragraph(text: str) -> str:
    lines = text.split("\n")
    if lines[0].startswith(">>>"):
        return f"```pycon\n{text}\n```"
    column = FIRST.match(lines[0])
    if column is None:
        return text
    start = column.start("text")
    entries: list[str] = []
    for line in lines:
        entry = NEXT.match(line)
        if entry and entry.start("text") == start:
            entries.append(f"- `{entry['names']}`: {entry['text']}")
        else:
            entries[-1] += " " + line.strip()
    return "\n".join(entries)
