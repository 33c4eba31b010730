"""How pictures look: colours and their meaning, number formats, labels made fit to be shown."""

import html
import math
import re
import unicodedata
from typing import NamedTuple

from autograd.names import canonical

# Blue and orange mean the sign of a gradient and nothing else.
POSITIVE = "#1B7FC2"
NEGATIVE = "#E0780B"
NEUTRAL = "#9AA5B1"

INK = "#1F2933"
QUIET_INK = "#616E7C"
CHIP_INK = "#3E4C59"
PAPER = "#FCFDFE"
NEUTRAL_PILL = "#EDF0F3"
BADGE = "#3E4C59"
BADGE_INK = "#FFFFFF"
FRAME = "#8C96A31F"
FRAME_LINE = "#8C96A388"
FONT = "Helvetica"

NOT_COMPUTED = "–"
LABEL_COLUMNS = 24
TOOLTIP_COLUMNS = 120


class Role(NamedTuple):
    """What a value is in the computation, and how its card shows it besides the hue."""

    chip: str
    header: str
    border: str
    width: float
    style: str = "rounded,filled"


INPUT = Role("input", "#A9DFCF", "#0B8A6A", 1.4)
PARAMETER = Role("param", "#D3C7F3", "#6F56C0", 1.4)
CONSTANT = Role("const", "#D5DBE1", "#7B8794", 1.2, "rounded,filled,dashed")
INTERMEDIATE = Role("", "#E4E9EF", "#9AA5B1", 1.0)
LOSS = Role("", "#F5B8CE", "#B3356B", 2.4)
FOLDED = Role("folded", "#D5DBE1", "#7B8794", 1.2, "rounded,filled,dashed")


def number(x: float) -> str:
    """`x` with four decimals; in short scientific form where these would be all zeros or too many digits."""
    if x == 0.0:
        return "0.0000"  # and not -0.0000, which reads as a small negative number
    if not math.isfinite(x) or 1e-3 <= abs(x) < 1e5:
        return f"{x:.4f}"
    mantissa, exponent = f"{x:.4e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"


def strength(x: float, largest: float) -> float:
    """How strongly a gradient is shown, from 0 to 1: the root of its share of the largest one.

    The root keeps gradients visible that are a hundred or a thousand times smaller.
    """
    if not math.isfinite(x) or abs(x) >= largest:
        return 1.0
    return math.sqrt(abs(x) / largest)


def sign_colour(x: float | None) -> str:
    """The colour of a gradient's sign; neutral where it is zero or unknown."""
    if x is None or x == 0.0 or math.isnan(x):
        return NEUTRAL
    return POSITIVE if x > 0.0 else NEGATIVE


def pill(grad: float | None, largest: float) -> str:
    """The background of a gradient's number: a light tint of its sign, deeper where it is larger."""
    colour = sign_colour(grad)
    if grad is None or colour == NEUTRAL:
        return NEUTRAL_PILL
    return tint(colour, 0.08 + 0.33 * strength(grad, largest))


def tint(colour: str, share: float) -> str:
    """The colour thinned with white, of which `share` is left."""
    channels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (channel - 255) * share):02X}" for channel in channels)


def fill(x: float | None, largest: float) -> str:
    """The colour of a shape by a number of which ink stays readable: sign as hue, size as depth."""
    colour = sign_colour(x)
    return NEUTRAL_PILL if x is None or colour == NEUTRAL else tint(colour, 0.08 + 0.62 * strength(x, largest))


def line(flow: float | None, largest: float) -> dict[str, str]:
    """The attributes of an edge by the gradient that flows along it; dashed where it is zero."""
    colour = sign_colour(flow)
    if flow is None or colour == NEUTRAL:
        style = "dashed" if flow == 0.0 else "solid"
        return {"color": NEUTRAL, "penwidth": "1.00", "arrowsize": "0.50", "style": style}
    share = strength(flow, largest)
    width = 1.0 + 2.6 * share
    alpha = round(255 * (0.65 + 0.35 * share))
    return {
        "color": f"{colour}{alpha:02X}",
        "penwidth": f"{width:.2f}",
        "arrowsize": f"{0.47 + 0.042 * width:.2f}",
    }


_JOINERS = "\u200c\u200d"
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_INDEXED = re.compile(r"(?<!\w)(?:[^\W\d_]+_?[0-9]+)+(?!\w)")
_SPELLED = re.compile(r"(?:y_?(?:hat|pred)|delta)(?:_?[0-9]+)?")


def display(label: str) -> str:
    """The label as textbooks print it: w1 is w₁, x1w1 is x₁w₁, delta_3 is δ₃, y_hat is ŷ."""
    text = clean(label)
    if _SPELLED.fullmatch(text):
        text = canonical(text)
    return _INDEXED.sub(lambda found: found[0].replace("_", "").translate(_SUBSCRIPTS), text)


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


def escaped(text: str) -> str:
    """The text for use inside an HTML-like label, where backslashes mean something too."""
    return html.escape(text.replace("\\", "\\\\"))


def columns_of(text: str) -> int:
    """How wide a text is, in letters."""
    return sum(map(columns, text))
