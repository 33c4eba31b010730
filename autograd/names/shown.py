"""Names as they are shown to readers: w₁, ŷ, δ₃; of a user's label whatever fits into a line, and nothing else."""

import re
import unicodedata

from autograd.names import canonical

LABEL_COLUMNS = 24
"""So wide a name may be."""

TOOLTIP_COLUMNS = 120
"""So wide it may be where there is room."""

_JOINERS = "\u200c\u200d"
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_INDEXED = re.compile(r"(?<!\w)(?:[^\W\d_]+_?[0-9]+)+(?!\w)")
_SPELLED = re.compile(r"(?:y_?(?:hat|pred)|delta)(?:_?[0-9]+)?")


def display(label: str) -> str:
    """The label as textbooks print it: w1 is w₁, x1w1 is x₁w₁, delta_3 is δ₃, y_hat is ŷ."""
    text = clean(label)
    if _SPELLED.fullmatch(text):
        text = canonical(text)
    return _INDEXED.sub(lambda found: found[0].replace("_", "").translate(_LOWERED), text)


def clean(text: str) -> str:
    """One line of text that every format can hold.

    Left out are control characters, lone surrogates and the invisible marks that reorder the text
    around them; the joiners of Arabic, Indic scripts and emoji stay.
    """
    kept = []
    for char in unicodedata.normalize("NFC", text):
        if char.isspace():
            kept.append(" ")
        elif ord(char) & 0xFFFE == 0xFFFE:  # not a character, and not allowed in XML
            continue
        elif char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs"):
            kept.append(char)
    return " ".join("".join(kept).split())


def columns(char: str) -> int:
    """How wide a character is, in letters: 2 for Chinese and emoji, 0 for what is put on another one."""
    if unicodedata.combining(char) or char in _JOINERS or char == "\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shortened(text: str, limit: int = LABEL_COLUMNS) -> str:
    """The text, cut to `limit` columns with … at the end where it is longer.

    Accents have no width, so characters are counted as well: not more than two to a column.
    """
    used, ends = 0, 0
    for position, char in enumerate(text):
        used += columns(char)
        if used > limit or position == 2 * limit:
            return text[:ends].rstrip(" \u200d") + "…"
        if used < limit:
            ends = position + 1
    return text


def name(label: str, limit: int = LABEL_COLUMNS) -> str:
    """The label as it is printed, at most `limit` columns long."""
    return shortened(display(clipped(label)), limit)


def clipped(label: str) -> str:
    """As much of a label as can come to be shown: of very long ones the beginning."""
    return label[: 20 * TOOLTIP_COLUMNS]


def columns_of(text: str) -> int:
    """How wide a text is, in letters."""
    return sum(map(columns, text))


def output_name(place: int, count: int) -> str:
    """What output number `place` of so many is called: ŷ where there is one, else ŷ1, ŷ2 ..."""
    return "ŷ" if count == 1 else f"ŷ{place}"
