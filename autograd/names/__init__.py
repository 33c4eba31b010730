"""Names as textbooks write them, looked up in whatever spelling a keyboard gives."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

V = TypeVar("V")

_RAISED = str.maketrans("0123456789-.s", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·ˢ")
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


def raised(text: str) -> str:
    """A number, or the s of any sample, as a superscript.

    >>> raised("-12")
    '⁻¹²'
    """
    return text.translate(_RAISED)


def nearest(name: str, known: list[str]) -> str:
    """A hint for an unknown name: the known ones that look like it, else all (at most 20)."""
    import difflib  # slow to import, and for messages only

    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    shown = close or known[:20]
    more = "" if close or len(known) <= 20 else f" and {len(known) - 20} more"
    return f"{'nearest' if close else 'known'}: {', '.join(shown)}{more}" if shown else "there are no names"


def listing(texts: Iterable[str]) -> str:
    """The first ten of many, and how many more there are.

    >>> listing(["w1", "b1"])
    'w1, b1'
    """
    listed = list(texts)
    more = f" and {len(listed) - 10} more" if len(listed) > 10 else ""
    return (", ".join(listed[:10]) or "none") + more


class Names(dict[str, V]):
    """A dict by label that also finds other spellings of it; an unknown name is a KeyError with the nearest."""

    def __init__(self, items: Mapping[str, V] | Iterable[tuple[str, V]] = ()) -> None:
        super().__init__(items)
        self._bearers: dict[str, int] = {}  # by label, how many were inserted under it
        self._keys: dict[str, str] = {}  # by canonical spelling, the first key of it
        self._read = 0  # how many keys there were when these were read

    def insert(self, label: str, item: V) -> None:
        """Add an item; the second of one label becomes `label[2]`, the third `label[3]`."""
        count = self._bearers.get(label, 0) + 1
        while (key := label if count == 1 else f"{label}[{count}]") in self:
            count += 1
        self._bearers[label] = count
        self[key] = item

    def find(self, name: str) -> V | None:
        """The item of a name in any spelling, None where there is none."""
        if name in self:
            return self[name]
        key = self._keys.get(wanted := canonical(name))
        if self._read != len(self) or (key is not None and key not in self):
            self._keys, self._read = {canonical(key): key for key in reversed(self)}, len(self)
            key = self._keys.get(wanted)
        return None if key is None else self[key]

    def __missing__(self, name: str) -> V:
        found = self.find(name)
        if found is None:
            raise KeyError(f"no {name!r} here; {nearest(name, list(self))}")
        return found
