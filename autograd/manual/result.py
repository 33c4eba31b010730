"""What `to_manual` returns: text that knows its answer key and can be run."""

from collections.abc import Mapping
from typing import Any, NamedTuple

BLANK = "____"
"""What stands where a student is to write."""


WHOLE, SEEN = 70, 36
"""Of a program of more lines than WHOLE, a notebook shows about the first SEEN, and the others when they are asked for.
"""


class Answer(NamedTuple):
    """The key to a planted mistake.

    code      its code in the catalogue
    line      the number of the first line that is wrong, counted from 1
    wrong     the lines that are wrong, by number
    right     the lines that should stand there
    sentence  what to do instead
    """

    code: str
    line: int
    wrong: dict[int, str]
    right: list[str]
    sentence: str

    def __str__(self) -> str:
        shown = "; ".join(f"line {number}: {bare(text)}" for number, text in list(self.wrong.items())[:3])
        should = "; ".join(bare(text) for text in self.right[:3]) or "nothing"
        more = f" (and {len(self.wrong) - 3} more)" if len(self.wrong) > 3 else ""
        return f"{self.code}: {shown}{more}. There should be: {should}{more}. In words: {self.sentence}."


class Manual(str):
    """The text of a derivation by hand.

    style   the one it is written in
    answer  the key to the mistake planted in it, None where there is none
    keys    its names for numbers that `compare` knows, with the names that `compare` has for them
    """

    style: str
    answer: Answer | None
    keys: dict[str, str]

    def __new__(
        cls, text: str, style: str = "python", answer: Answer | None = None, keys: Mapping[str, str] = {}
    ) -> "Manual":
        """The text with what belongs to it."""
        self = super().__new__(cls, text)
        self.style, self.answer, self.keys = style, answer, dict(keys)
        return self

    def __dir__(self) -> list[str]:
        return own(self)

    def run(self) -> dict[str, Any]:
        """The numbers that this program gives, ready for `compare`: it is run as it is, in a fresh namespace.

        After a loop over samples, z, h and δ are those of the last one, δ before the mean is taken.
        """
        if self.style == "latex":
            raise ValueError("run: LaTeX cannot be run; write the same with style='python' or style='numpy'")
        return picked(executed(self), self.keys)

    def _repr_markdown_(self) -> str:
        return in_markdown(self, self.style)


def in_markdown(text: str, style: str = "python") -> str:
    """A program or its LaTeX for a notebook, folded where it is long: where a part of it ends."""
    lines, before, after = text.splitlines(), "```python\n", "\n```"
    if style == "latex":
        lines, before, after = lines[1:-1], f"$$\n{lines[0]}\n", f"\n{lines[-1]}\n$$"
    cut = len(lines)
    if cut > WHOLE:
        cut = min(range(SEEN // 2, WHOLE), key=lambda i: (_goes_on(lines[i]), abs(i - SEEN)))
    parts = ("\n".join(part).strip("\n").removesuffix(r" \\") for part in (lines[:cut], lines[cut:]))
    first, rest = (f"{before}{part}{after}" for part in parts)
    folded = f"\n\n<details><summary>{len(lines) - cut} lines more</summary>\n\n{rest}\n\n</details>\n"
    return first + folded if cut < len(lines) else first


def _goes_on(line: str) -> int:
    """How much a line belongs to those above: 0 where a part ends, 1 where a statement begins."""
    return 0 if not line or line.startswith(r"&\text") else 1 if line[0].isalpha() else 2


def own(text: str) -> list[str]:
    """What a text has beside what every text has."""
    return [name for name in object.__dir__(text) if name not in vars(str) or name[0] == "_"]


def bare(line: str) -> str:
    """A line without its comment."""
    return line.partition("  #")[0].strip()


def executed(source: str) -> dict[str, Any]:
    """The namespace that a program of ours leaves behind; one of somebody else is run by `autograd.isolation`."""
    namespace: dict[str, Any] = {"__name__": "manual"}
    exec(compile(source, "<manual>", "exec"), namespace)
    return namespace


def picked(namespace: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    """What of a namespace `compare` knows, by the names that it has for it."""
    return {key: namespace[name] for name, key in keys.items() if name in namespace}
