"""`Reports`: many programs at once, as a table for the teacher, and how often each mistake was made."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from autograd.names.shown import columns_of, shortened
from autograd.programs.found import UNCHECKED, VERDICTS, WRONG, place
from autograd.programs.marked import folded, in_notebook, page, saved, table
from autograd.programs.report import Report
from autograd.programs.wording import NAMELESS, count


class Reports(Sequence[Report]):
    """The reports on several programs, in order: `len`, `[i]`, `for`.

    >>> Reports([Report("a.py", "not checked", "it is empty")]).ok
    False
    """

    def __init__(self, reports: Sequence[Report]) -> None:
        self._reports = tuple(reports)

    def __getitem__(self, i: Any) -> Any:
        """A report by its place; of a slice the reports in it; by the file's name."""
        if isinstance(i, str):
            found = [report for report in self._reports if report.file == i]
            if not found:
                raise KeyError(f"no report on {i!r}; there are {count(len(self), 'report')}")
            return found[0]
        return Reports(self._reports[i]) if isinstance(i, slice) else self._reports[i]

    def __len__(self) -> int:
        return len(self._reports)

    def __iter__(self) -> Iterator[Report]:
        return iter(self._reports)

    @property
    def ok(self) -> bool:
        """Whether every program is right, or right up to a constant."""
        return all(report.ok for report in self)

    def assert_ok(self) -> None:
        """For a test suite: an AssertionError with the table and the reports on what is not `ok`, unless all are."""
        bad = [str(report) for report in self if not report.ok]
        if bad:
            raise AssertionError("\n\n".join([str(self), *bad]))

    @property
    def counts(self) -> dict[str, int]:
        """How many programs have each verdict, without those that none has."""
        found = Counter(report.verdict for report in self)
        return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}

    @property
    def mistakes(self) -> dict[str, int]:
        """In how many programs each mistake was made, the most frequent first."""
        codes = Counter(code for report in self for code in {finding.code or NAMELESS for finding in report.findings})
        return dict(sorted(codes.items(), key=lambda item: (-item[1], item[0])))

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        """(file, verdict, mistakes, lines) for each program."""
        return [(report.file, report.verdict, *_told(report)) for report in self]

    def to_dict(self) -> list[dict[str, Any]]:
        """One dictionary for each program."""
        return [report.to_dict() for report in self]

    def json(self) -> str:
        """The reports as a JSON list."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)

    def __str__(self) -> str:
        head = ("file", "verdict", "mistake", "line")
        shown = [(*row[:2], shortened(row[2], 70), shortened(row[3], 40)) for row in self.rows]
        widths = [max(map(columns_of, column)) for column in zip(head, *shown, strict=True)]
        lines = [_padded(row, widths) for row in (head, *shown)]
        lines += ["", summary(self)]
        if self.mistakes:
            width = max(map(len, self.mistakes))
            lines += ["", *(f"  {code:{width}}  {n:>4}" for code, n in self.mistakes.items())]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<{summary(self)}; print them>"

    def _repr_html_(self) -> str:
        return in_notebook(self._table())

    def _table(self) -> str:
        return table(summary(self), self, self.rows, self.mistakes)

    @property
    def html(self) -> str:
        """The table as a page that needs nothing else, each report folded below it."""
        return page(summary(self), "\n".join([self._table(), *map(folded, self)]))

    def save(self, filename: Any) -> str:
        """Write the page to a file, `class.html`; its path."""
        return saved(filename, self.html)


def summary(reports: Reports) -> str:
    """How many programs there are and how many have each verdict: "3 programs: 1 right, 2 wrong"."""
    told = ", ".join(f"{n:,} {verdict}" for verdict, n in reports.counts.items())
    return f"{count(len(reports), 'program')}{f': {told}' if told else ''}"


def _told(report: Report) -> tuple[str, str]:
    """What goes into the columns for mistakes and lines; why, where it was not checked."""
    if report.verdict == UNCHECKED:
        return report.why.replace("\n", " "), ""
    codes = dict.fromkeys(finding.code or NAMELESS for finding in report.findings)
    bad = ", ".join(each.name for each in report.parameters if each.verdict == WRONG)
    mistakes = ", ".join(codes) or (f"not found out ({bad})" if report.verdict == WRONG else "")
    lines = dict.fromkeys(place(finding.cell, finding.line) for finding in report.findings)
    return mistakes, ", ".join(filter(None, lines))


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell + " " * (width - columns_of(cell)) for cell, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip()
