"""Names as textbooks write them, looked up in whatever spelling a keyboard gives."""

import re
from typing import TypeVar

V = TypeVar("V")

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SPELLINGS = (
    (re.compile(r"y_?(hat|pred)"), "ŷ"),
    (re.compile("y\u0302"), "ŷ"),
    (re.compile(r"delta(?=_?\d|$)"), "δ"),
    (re.compile(r"(?<=[^\W\d_])_(?=\d+$)"), ""),
    (re.compile(r"(?<=\d),\s*(?=\d)"), ", "),
)


def canonical(name: str) -> str:
    """The one spelling of a name: `y_hat` and `y_pred` are ŷ, `delta_3` is δ3, `w₁` and `w_1` w1, `W[0,1]` W[0, 1]."""
    name = name.translate(_SUBSCRIPTS)
    for pattern, spelling in _SPELLINGS:
        name = pattern.sub(spelling, name)
    return name


def nearest(name: str, known: list[str]) -> str:
    """A hint for an unknown name: the known ones that look like it, else all (at most 20)."""
    import difflib  # slow to import, and for messages only

    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    shown = close or known[:20]
    more = "" if close or len(known) <= 20 else f" and {len(known) - 20} more"
    return f"{'nearest' if close else 'known'}: {', '.join(shown)}{more}" if shown else "there are no names"


class Names(dict[str, V]):
    """A dict by label that also finds other spellings of it; an unknown name is a KeyError with the nearest."""

    def insert(self, label: str, item: V) -> None:
        """Add an item; the second of one label becomes `label[2]`, the third `label[3]`."""
        count, key = 1, label
        while key in self:
            count += 1
            key = f"{label}[{count}]"
        self[key] = item

    def __missing__(self, name: str) -> V:
        wanted = canonical(name)
        for key, item in self.items():
            if canonical(key) == wanted:
                return item
        raise KeyError(f"no {name!r} here; {nearest(name, list(self))}")
