"""What a comparison comes to: a row for every number, findings, a table as text and in a notebook."""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property, partial
from importlib.resources import files
from itertools import groupby
from math import nan
from typing import Any, NamedTuple

from autograd.comparison.in_words import how_far, in_ulp, typeset
from autograd.points import Graded

TO_ROUNDING = ("agrees", "digits")
"""The states of numbers that are the exact ones but for rounding in double precision."""

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
    computed  the formula as it was computed, "" where there is none
    right     the formula as it should be
    """

    cause: str
    names: list[str]
    evidence: str
    place: str
    remedy: str
    together: str = ""
    rank: int = 0
    computed: str = ""
    right: str = ""

    @property
    def headline(self) -> str:
        """What it is, and where."""
        beside = f" (together with {self.together})" if self.together else ""
        return f"{self.cause}{beside}, {self.place}"

    @property
    def told(self) -> list[str]:
        """The sentences below headline and formulas: the evidence, and what to do."""
        stop = "" if self.evidence.endswith("?") else "."
        return [f"{self.evidence}{stop}", f"To put it right: {self.remedy}."]

    def __str__(self) -> str:
        both = [f"you computed:  {self.computed}", f"right is:      {self.right}"] if self.right else []
        return "\n   ".join([self.headline, *both, *self.told])


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
    state    "agrees"; right but for digits: "digits", "single", "rounded" (to those given), "intermediates" (those of
             what it was worked out from); "later" (right before the mean is taken); "carried" (right given an earlier
             wrong number); "differs"
    note     the rest of the verdict
    node     the Value it is about
    """

    name: str
    what: str
    by_hand: float
    engine: float
    ulps: float
    bound: float
    exact: float = nan
    off: float = 0.0
    state: str = "agrees"
    note: str = ""
    node: Any = None

    @property
    def ok(self) -> bool:
        """Whether the number is right, if need be with digits lost."""
        return self.state not in ("differs", "carried")

    @property
    def distance(self) -> str:
        """How far it is off: in units in the last place where rounding explains it; of a wrong one, how it is wrong."""
        if self.state in TO_ROUNDING:
            return in_ulp(self.off)
        return "" if self.ok else how_far(self.by_hand, self.exact)

    @property
    def verdict(self) -> str:
        """In words."""
        words = {
            "agrees": "agrees",
            "digits": "right",
            "single": "right",
            "carried": "right",
            "rounded": "",
            "intermediates": "",
            "later": "",
        }
        return ", ".join(filter(None, (words.get(self.state, "DIFFERS"), self.note)))


class Diagnosis(NamedTuple):
    """Why numbers are wrong.

    findings  the mistakes of the catalogue that explain all numbers, simplest first
    notes     what else is to be said, such as that a matrix was read transposed
    probing   finds a point at which mistakes that fit would differ; None where there is nothing to tell apart
    """

    findings: list[Finding]
    notes: list[str]
    probing: Callable[[], Any] | None = None


def share(rows: Iterable[Row], missing: Iterable[str] = ()) -> Fraction:
    """How much is right, each name counting alike; what is missing counts as wrong."""
    verdicts: dict[str, list[bool]] = {name: [False] for name in missing}
    for row in rows:
        verdicts.setdefault(row.name.partition("[")[0], []).append(row.ok or row.state == "carried")
    shares = [Fraction(sum(right), len(right)) for right in verdicts.values()]
    return sum(shares, Fraction(0)) / max(len(shares), 1)


class Comparison(Graded):
    """The outcome of `compare`: `rows`, one per number; `ok`; `findings`, the mistakes that explain what is wrong.

    rows       one per number by hand
    first      the names of the numbers that are wrong though what they were computed from is right
    diagnosis  finds why they are wrong, when that is asked
    """

    def __init__(
        self,
        rows: list[Row],
        findings: Sequence[Finding] = (),
        notes: Sequence[str] = (),
        first: Sequence[str] = (),
        probing: Any = None,
        diagnosis: Callable[[], Diagnosis] | None = None,
    ) -> None:
        self.rows, self.first = rows, list(first)
        self.diagnosis = diagnosis or partial(Diagnosis, list(findings), list(notes), probing)

    @cached_property
    def _why(self) -> Diagnosis:
        return self.diagnosis()

    @cached_property
    def findings(self) -> list[Finding]:
        """The mistakes of the catalogue that explain all numbers, simplest first."""
        return self._why.findings

    @cached_property
    def notes(self) -> list[str]:
        """What else is to be said, such as that a matrix was read transposed."""
        return self._why.notes

    @cached_property
    def _probing(self) -> Callable[[], Any] | None:
        return self._why.probing

    @property
    def ok(self) -> bool:
        """Whether all numbers are right."""
        return all(row.ok for row in self.rows)

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        kinds = {row.what for row in self.rows}
        noun = f"{kinds.pop()}s" if len(kinds) == 1 else "numbers"
        culprits = sorted((row for row in self.rows if not row.ok), key=lambda row: row.state == "carried")
        wrong = [row.name for row in culprits]  # before their consequences
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
        before, after = self._around()
        return [*before, *(f"{n}. {finding}" for n, finding in enumerate(self.findings, start=1)), *after]

    def _around(self) -> tuple[list[str], list[str]]:
        """What is said before the findings, and after them."""
        if self.ok:
            return [], self.notes
        before = [f"differences begin at {grouped(self.first)}"]
        if not self.findings and all(row.what != "derivative" for row in self.rows):
            before.append("no known mistake explains all numbers")
        several = len({f.cause for f in self.findings if not f.together} - {NOT_COMPUTED}) > 1
        more = ["several mistakes fit these numbers: probe() finds a point at which they differ"] if several else []
        return before, [*more, *self.notes]

    def probe(self) -> Any:
        """A point in readable numbers at which the mistakes that fit now would differ, and what each gives there.

        ValueError where fewer than two mistakes of a network fit.
        """
        if self._probing is None:
            raise ValueError(
                "probe: expected at least two mistakes of a network that fit; there is nothing to tell apart"
            )
        return self._probing()

    @property
    def share(self) -> Fraction:
        """How much is right, each name counting alike, an array by its share; what is right given an earlier one is."""
        return share(self.rows)

    @property
    def _report(self) -> str:
        """Summary and table."""
        return f"{self.summary}\n{self}"

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
        lines = [HEAD, *(cells for _, cells in _shown(self.rows))]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        padded = (map(str.ljust, line, widths) for line in lines)
        return "\n".join([*("  ".join(cells).rstrip() for cells in padded), self.summary, *self.lines])

    def __repr__(self) -> str:
        return f"<Comparison: {self.summary}>"

    def _repr_html_(self) -> str:
        style = (files("autograd.comparison") / "comparison.css").read_text(encoding="utf-8")
        columns = "".join(f"<th>{text}</th>" for text in ("", *HEAD))
        body = "".join(_line(state, texts) for state, texts in _shown(self.rows))
        summary = f'<div class="{"right" if self.ok else "wrong"}">{html.escape(self.summary)}</div>'
        table = f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
        found = map(_marked, range(1, len(self.findings) + 1), self.findings)
        before, after = ("".join(f"<div>{html.escape(line)}</div>" for line in lines) for lines in self._around())
        inside = "".join([table, summary, before, *found, after])
        return f'<style>{style}</style><div class="chalkgrad-compare">{inside}</div>'


HEAD = ("name", "by hand", "exact", "off by", "rounding", "verdict")


def _line(state: str, texts: Sequence[str]) -> str:
    """A line of the table in HTML; the numbers that are wrong for nothing but an earlier one are not set in bold."""
    cells = "".join(f"<td>{html.escape(text)}</td>" for text in texts)
    return f'<tr class="{state}"><td>{"✓" if state == "right" else "✗"}</td>{cells}</tr>'


def _marked(number: int, finding: Finding) -> str:
    """A finding in HTML, its formulas one beside the other."""
    pair = (("you computed", finding.computed), ("right is", finding.right)) if finding.right else ()
    rows = "".join(f'<tr><td>{name}</td><td class="formula">{typeset(formula)}</td></tr>' for name, formula in pair)
    table = f'<table class="formulas">{rows}</table>' if rows else ""
    told = "".join(f"<div>{html.escape(line)}</div>" for line in finding.told)
    head = f'<div class="head">{number}. {html.escape(finding.headline)}</div>'
    return f'<div class="finding">{head}{table}{told}</div>'


LONG, MANY, FIRST = 60, 8, 3
"""A table of more lines than LONG has one for an array of more numbers than MANY, and its FIRST that differ."""


def _state(rows: Iterable[Row]) -> str:
    """What the rows of a line are: "right", "wrong", or "carried"."""
    states = {"right" if row.ok else "carried" if row.state == "carried" else "wrong" for row in rows}
    return next(state for state in ("wrong", "carried", "right") if state in states)


def _shown(rows: Sequence[Row]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The lines of a table, each with what it is."""
    for stem, group in groupby(rows, lambda row: row.name.partition("[")[0]):
        mine = list(group)
        if len(rows) <= LONG or len(mine) <= MANY:
            yield from ((_state([row]), _cells(row)) for row in mine)
            continue
        wrong = [row for row in mine if row.state == "differs"]
        yield from (("wrong", _cells(row)) for row in wrong[:FIRST])
        yield _state(mine), (f"{stem}[...]", "", "", "", "", _told(mine, len(wrong)))


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
    rounding = in_ulp(row.bound) if row.state in TO_ROUNDING else ""
    return row.name, repr(row.by_hand), repr(row.exact), row.distance, rounding, row.verdict


def _plainly(row: Row) -> dict[str, Any]:
    """A row in plain types, without its node."""
    return {name: x for name, x in row._asdict().items() if name != "node"} | {"ok": row.ok, "verdict": row.verdict}


def grouped(names: Iterable[str], most: int = 8) -> str:
    """Names without their places: dW1, db1."""
    short = list(dict.fromkeys(name.partition("[")[0] for name in names))
    return ", ".join(short[:most]) + (f" and {len(short) - most} more" if len(short) > most else "")
