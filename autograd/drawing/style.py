"""How pictures look: colours and their meaning, number formats, widths by size."""

import html
import math
from collections.abc import Iterable
from typing import NamedTuple

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
MARKER, PALE_MARKER = "#FFE45C", "#FFF6C9"  # what is wrong by hand, as with a text marker
FONT = "Helvetica"

NOT_COMPUTED = "–"
SUMMED = "Σ: added up over several backward() calls, not of this loss alone; zero_grad() starts anew"


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
TARGET = Role("target", "#D5DBE1", "#7B8794", 1.4)
INTERMEDIATE = Role("", "#E4E9EF", "#9AA5B1", 1.0)
LOSS = Role("", "#F5B8CE", "#B3356B", 2.4)
FOLDED = Role("folded", "#D5DBE1", "#7B8794", 1.2, "rounded,filled,dashed")


class Form(NamedTuple):
    """How all numbers of a column are written: fixed or scientific, with so many decimals."""

    decimals: int = 4
    scientific: bool = False

    def __call__(self, x: float | None) -> str:
        """The number in this form; a dash for one that is not known."""
        if x is None:
            return NOT_COMPUTED
        if x == 0.0:
            return "0" if self.scientific else f"{0:.{self.decimals}f}"  # and not -0, which reads as a small number
        return f"{x:.{self.decimals}{'e' if self.scientific else 'f'}}"


def form(xs: Iterable[float | None], different: Iterable[tuple[float, float]] = ()) -> Form:
    """The form in which all of some numbers can be read, and those of each pair that differ be told apart."""
    sizes = [abs(x) for x in xs if x and math.isfinite(x)]
    low, high = min(sizes, default=1.0), max(sizes, default=1.0)
    found = Form(4) if low >= 1e-3 and high < 1e5 else Form(6) if low >= 1e-5 and high < 1e3 else Form(4, True)
    pairs = [pair for pair in different if all(map(math.isfinite, pair)) and pair[0] != pair[1]]
    while found.decimals < 17 and any(found(a) == found(b) for a, b in pairs):
        found = found._replace(decimals=found.decimals + 1)
    return found


def number(x: float | None) -> str:
    """`x` with four decimals, in short scientific form where these would be all zeros or too many; a dash for None."""
    if x is None:
        return NOT_COMPUTED
    if x == 0.0:
        return "0.0000"  # and not -0.0000, which reads as a small negative number
    if not math.isfinite(x) or 1e-3 <= abs(x) < 1e5:
        return f"{x:.4f}"
    mantissa, exponent = f"{x:.4e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"


def largest(numbers: Iterable[float | None]) -> float:
    """The size of the largest finite one of some numbers, as far as they are known."""
    return max((abs(x) for x in numbers if x is not None and math.isfinite(x)), default=0.0)


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


def escaped(text: str) -> str:
    """The text for use inside an HTML-like label, where backslashes mean something too."""
    return html.escape(text.replace("\\", "\\\\"))
