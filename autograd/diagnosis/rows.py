"""What a comparison comes to: a row for every number, findings, a table as text and in a notebook."""

import html
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

NOTHING = 1e-6
"""The share of a unit in the last place below which a distance is written as 0."""


NOT_COMPUTED = "not-computed"
"""The code of gradients that are all 0, which is no mistake of a derivation."""


class Finding(NamedTuple):
    """One mistake that explains the numbers.

    cause     its code in the catalogue of mistakes
    names     the numbers it explains
    evidence  how, with numbers
    place     where in the network
    remedy    how it is put right
    together  the other mistake, where it takes two to explain the numbers
    rank      how particular it is: 0 everywhere, 1 in one layer, 2 in one place; findings of one rank are tied
    """

    cause: str
    names: list[str]
    evidence: str
    place: str
    remedy: str
    together: str = ""
    rank: int = 0

    def __str__(self) -> str:
        beside = f" (together with {self.together})" if self.together else ""
        stop = "" if self.evidence.endswith("?") else "."
        return f"{self.cause}{beside}, {self.place}: {self.evidence}{stop} To put it right: {self.remedy}."


class Row(NamedTuple):
    """One number by hand beside the exact one, and the engine's.

    name     as it was given, with its place for an entry of a matrix
    what     "gradient" or "value"
    by_hand  the number given
    engine   the engine's number, as `backward()` finds it
    ulps     how far by_hand is from that, in units in its last place
    bound    how far from the exact number rounding may take it, in the same units
    exact    the same graph in higher precision, rounded once
    off      how far by_hand is from the exact number, in units in the last place of that
    state    "agrees"; right but for digits: "digits", "single", "rounded" (to those given); "later" (right before
             the mean is taken); "carried" (right given an earlier wrong number); "differs"
    note     the rest of the verdict
    node     the Value it is about
    """

    name: str
    what: str
    by_hand: float
    engine: float
    ulps: float
    bound: float
    exact: float = math.nan
    off: float = 0.0
    state: str = "agrees"
    note: str = ""
    node: Any = None

    @property
    def ok(self) -> bool:
        """Whether the number is right, if need be with digits lost."""
        return self.state not in ("differs", "carried")

    @property
    def verdict(self) -> str:
        """In words."""
        words = {
            "agrees": "agrees",
            "digits": "right",
            "single": "right",
            "carried": "right",
            "rounded": "",
            "later": "",
        }
        return ", ".join(filter(None, (words.get(self.state, "DIFFERS"), self.note)))


class Comparison:
    """The outcome of `compare`: `rows`, one per number; `ok`; `findings`, the mistakes that explain what is wrong.

    rows      one per number by hand
    findings  the mistakes of the catalogue that explain all numbers, simplest first
    notes     what else is to be said, such as that a matrix was read transposed
    first     the names of the numbers that are wrong though what they were computed from is right
    """

    def __init__(
        self,
        rows: list[Row],
        findings: Sequence[Finding] = (),
        notes: Sequence[str] = (),
        first: Sequence[str] = (),
        probing: Any = None,
    ) -> None:
        self.rows, self.findings, self.notes, self.first = rows, list(findings), list(notes), list(first)
        self._probing = probing

    @property
    def ok(self) -> bool:
        """Whether all numbers are right."""
        return all(row.ok for row in self.rows)

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        kinds = {row.what for row in self.rows}
        noun = f"{kinds.pop()}s" if len(kinds) == 1 else "numbers"
        wrong = [row.name for row in self.rows if not row.ok]
        if not wrong:
            return f"all {len(self.rows)} {noun} agree{self._rounded}"
        shown = ", ".join(wrong[:12]) + (f" and {len(wrong) - 12} more" if len(wrong) > 12 else "")
        if len(wrong) > 12 and any("[" in name for name in wrong):
            shown = grouped(wrong)
        return f"{len(wrong)} of {len(self.rows)} {noun} differ: {shown}"

    @property
    def _rounded(self) -> str:
        """How many of the numbers were rounded, and to how many digits."""
        short = [row for row in self.rows if row.state == "rounded"]
        if not short:
            return ""
        counts = [int(found[0]) for row in short if (found := re.findall(r"(\d+) digits", row.note))]
        digits = f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else f"{max(counts)}"
        how = "cut off after" if any("cut off" in row.note for row in short) else "rounded to"
        return f", {'' if len(short) == len(self.rows) else f'{len(short)} of them '}{how} {digits} digits"

    @property
    def lines(self) -> list[str]:
        """What follows the table: the first wrong step, the causes that fit, notes."""
        lines = []
        if not self.ok:
            begin = f"differences begin at {grouped(self.first)}"
            lines = [f"{number}. {finding}" for number, finding in enumerate(self.findings, start=1)]
            none = (
                [] if any(row.what == "derivative" for row in self.rows) else ["no known mistake explains all numbers"]
            )
            lines = [begin, *(lines or none)]
            if len({f.cause for f in self.findings if not f.together} - {NOT_COMPUTED}) > 1:
                lines.append("several mistakes fit these numbers: probe() finds a point at which they differ")
        return [*lines, *self.notes]

    def probe(self) -> Any:
        """A point in readable numbers at which the mistakes that fit now would differ, and what each gives there.

        ValueError where fewer than two mistakes of a network fit.
        """
        if self._probing is None:
            raise ValueError(
                "probe: expected at least two mistakes of a network that fit; there is nothing to tell apart"
            )
        return self._probing()

    def assert_ok(self) -> None:
        """For a test suite: an AssertionError with the table unless all numbers agree."""
        if not self.ok:
            raise AssertionError(f"{self.summary}\n{self}")

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain types, for JSON."""
        return {
            "ok": self.ok,
            "summary": self.summary,
            "rows": [_plainly(row) for row in self.rows],
            "findings": [finding._asdict() for finding in self.findings],
            "first": self.first,
            "notes": self.notes,
        }

    def __str__(self) -> str:
        head = ("name", "by hand", "exact", "off by", "rounding", "verdict")
        lines = [head, *(cells for _, cells in _shown(self.rows))]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        padded = (map(str.ljust, line, widths) for line in lines)
        return "\n".join([*("  ".join(cells).rstrip() for cells in padded), self.summary, *self.lines])

    def __repr__(self) -> str:
        return f"<Comparison: {self.summary}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{text}</th>" for text in ("", "name", "by hand", "exact", "off by", "rounding", "verdict"))
        body = ""
        for ok, texts in _shown(self.rows):
            mark, colour = ("✓", "#0B8A6A") if ok else ("✗", "#B3356B")
            cells = "".join(f"<td>{html.escape(text)}</td>" for text in texts)
            weight = "" if ok else "font-weight:bold;"
            body += f'<tr style="{weight}"><td style="color:{colour}">{mark}</td>{cells}</tr>'
        caption = f'<caption style="caption-side:bottom;text-align:left">{html.escape(self.summary)}</caption>'
        after = "".join(f"<p>{html.escape(line)}</p>" for line in self.lines)
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{after}"


LONG, MANY, FIRST = 60, 8, 3
"""A table of more lines than LONG has one for an array of more numbers than MANY, and its FIRST that differ."""


def _shown(rows: Sequence[Row]) -> Iterator[tuple[bool, tuple[str, ...]]]:
    """The lines of a table, each with whether it is right."""
    for stem, group in groupby(rows, lambda row: row.name.partition("[")[0]):
        mine = list(group)
        if len(rows) <= LONG or len(mine) <= MANY:
            yield from ((row.ok, _cells(row)) for row in mine)
            continue
        wrong = [row for row in mine if row.state == "differs"]
        yield from ((False, _cells(row)) for row in wrong[:FIRST])
        yield all(row.ok for row in mine), (f"{stem}[...]", "", "", "", "", _told(mine, len(wrong)))


def _told(rows: Sequence[Row], differ: int) -> str:
    """The verdict of many numbers in one."""
    carried = sum(row.state == "carried" for row in rows)
    parts = [f"{differ} of {len(rows)} DIFFER"] if differ else []
    parts += [f"{carried} of {len(rows)} are right, given your own earlier ones"] if carried else []
    return ", ".join(parts) or _all_right(rows)


def _all_right(rows: Sequence[Row]) -> str:
    """The verdict of numbers of which none differs."""
    notes = Counter(row.note for row in rows if row.note)
    if not notes:
        return f"all {len(rows)} agree"
    note, count = notes.most_common(1)[0]
    return f"all {len(rows)} are right, {note}" + (f" in {count}" if count < len(rows) else "")


def _cells(row: Row) -> tuple[str, ...]:
    return row.name, repr(row.by_hand), repr(row.exact), _in_ulp(row.off), _in_ulp(row.bound), row.verdict


def _in_ulp(x: float) -> str:
    """A distance in units in the last place; "-" where there is no telling.

    >>> _in_ulp(1.36e-26), _in_ulp(0.4142), _in_ulp(math.inf)
    ('0 ulp', '0.414 ulp', '-')
    """
    return f"{x if x >= NOTHING else 0:.3g} ulp" if math.isfinite(x) else "-"


def _plainly(row: Row) -> dict[str, Any]:
    """A row in plain types, without its node."""
    return {name: x for name, x in row._asdict().items() if name != "node"} | {"ok": row.ok, "verdict": row.verdict}


def grouped(names: Iterable[str], most: int = 8) -> str:
    """Names without their places: dW1, db1."""
    short = list(dict.fromkeys(name.partition("[")[0] for name in names))
    return ", ".join(short[:most]) + (f" and {len(short) - most} more" if len(short) > most else "")
