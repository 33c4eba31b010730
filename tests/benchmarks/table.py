"""The rows of the benchmark's table, as GitHub Markdown and as plain data."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

HEADINGS = ("work", "peer", "measured", "relative to ours", "agrees within")


@dataclass
class Row:
    """One peer at one work; `wrong` says what must not be, and is empty when all is well."""

    work: str
    peer: str
    measured: str = "–"
    relative: str = "–"
    agrees: str = "–"
    ratio: float | None = None
    wrong: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    table: str = ""  # the name of a table of its own

    def fail(self, what: str) -> None:
        """Mark the row as wrong; it then says so in the table and the run ends with exit code 1."""
        self.wrong = what
        self.agrees = f"**WRONG: {what}**"


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a table."""
    return grid(HEADINGS, [(r.work, r.peer, r.measured, r.relative, r.agrees) for r in rows])


def grid(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Cells as a table of GitHub Markdown, padded so that it reads in a terminal too."""
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in (headings, *lines)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(headings))]
    padded = [[c.ljust(w) for c, w in zip(line, widths, strict=True)] for line in cells]
    shown = ["| " + " | ".join(line) + " |" for line in padded]
    rule = "|" + "|".join("-" * (w + 2) for w in widths) + "|"
    return "\n".join([shown[0], rule, *shown[1:]])


def as_data(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as dictionaries, for JSON."""
    return [asdict(row) for row in rows]


def significant(number: float, digits: int = 3) -> str:
    """A number to three significant digits, without an exponent.

    >>> significant(1234.5), significant(0.012345), significant(1.5)
    ('1,230', '0.0123', '1.50')
    """
    if number == 0:
        return "0"
    exponent = int(f"{number:.{digits - 1}e}".split("e")[1])
    decimals = digits - 1 - exponent
    return f"{round(number, decimals):,.{max(0, decimals)}f}"


def duration(seconds: float) -> str:
    """A time in the unit that suits it.

    >>> duration(1.07), duration(0.028), duration(5.5e-8)
    ('1.07 s', '28.0 ms', '55.0 ns')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{significant(seconds / size)} {unit}"
    return f"{significant(seconds / 1e-9)} ns"


def relative(ratio: float) -> str:
    """A ratio as a multiple.

    >>> relative(38.21), relative(0.00082)
    ('38.2×', '0.000820×')
    """
    return f"{significant(ratio)}×"
