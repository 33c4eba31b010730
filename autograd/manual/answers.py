"""What becomes of the answers to an exercise: `marked`."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.comparison import Comparison
from autograd.diagnosis.rows import Finding, Row
from autograd.manual.result import bare, gap_of

if TYPE_CHECKING:
    from autograd.manual.result import Exercise

NUMBERS = "autograd.manual.filled:numbers"
"""What runs in the other process."""

MEMORY = 2 * 2**30
"""Bytes that an answer may use."""


class Mark(Comparison):
    """A `Comparison` of the numbers that there are, which also says what is missing.

    missing  what there is in the place of a gap's number, by the name that is computed there
    why      why a program gave no numbers at all, "" where it did

    It is `ok` when every gap has been filled, and every number is right.
    """

    def __init__(
        self,
        rows: list[Row],
        findings: list[Finding],
        notes: list[str],
        first: list[str],
        probing: Any = None,
        missing: Mapping[str, str] = {},
        why: str = "",
    ) -> None:
        super().__init__(rows, findings, notes, first, probing)
        self.missing, self.why = dict(missing), why

    @classmethod
    def of(cls, found: Comparison, missing: Mapping[str, str]) -> "Mark":
        """A comparison as a mark."""
        return cls(found.rows, found.findings, found.notes, found.first, found._probing, missing)

    @property
    def ok(self) -> bool:
        """Whether every gap has been filled, and every number is right."""
        return bool(self.rows) and not self.missing and not self.why and super().ok

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        if self.why:
            return f"no numbers: {self.why}"
        lacks = ", ".join(f"{name} ({what})" if what else name for name, what in self.missing.items())
        told = [f"missing: {lacks}"] if lacks else []
        return "; ".join([*told, *([super().summary] if self.rows else [])])

    @property
    def lines(self) -> list[str]:
        """What follows the table."""
        return super().lines if any(not row.ok for row in self.rows) else self.notes

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain types, for JSON."""
        return super().to_dict() | {"missing": self.missing, "why": self.why}

    def __str__(self) -> str:
        return super().__str__() if self.rows else "\n".join([self.summary, *self.notes])

    def __repr__(self) -> str:
        return f"<Mark: {self.summary}>"

    def _repr_html_(self) -> str:
        lines = (f"<p>{html.escape(line)}</p>" for line in (self.summary, *self.notes))
        return super()._repr_html_() if self.rows else "".join(lines)


def marked(task: "Exercise", answers: Mapping[str, Any] | str, seconds: float) -> Mark:
    """What `Exercise.mark` returns."""
    if isinstance(answers, str):
        return _program(task, answers, seconds)
    found = _judged(task, answers, {})
    there = {(row.node, row.what) for row in found.rows}
    missing = [
        name
        for name, entries in task.entries.items()
        if not all(any((node, what) in there for node in nodes) for nodes, what in entries)
    ]
    return Mark.of(found, dict.fromkeys(missing, ""))


def _program(task: "Exercise", answers: str, seconds: float) -> Mark:
    """The mark of a whole program, which is run elsewhere."""
    lines = answers.splitlines()
    left = {name: f"still to be filled in, line {n}" for n, line in enumerate(lines, start=1) if (name := gap_of(line))}
    if left:
        return Mark([], [], [], [], missing=left)
    from autograd.isolation import Limits, isolated  # starts processes, which few need

    keys, names = task.solution.keys, [*task.gaps, *task.solution.keys]
    request = {"source": answers, "names": names, "known": re.findall(r"[^\W\d]\w*", task.solution)}
    outcome = isolated(NUMBERS, request, Limits(seconds, MEMORY))
    if outcome.result is None:
        return Mark([], [], [], [], why=outcome.why + _place(task, lines, outcome.line))
    numbers, strange = outcome.result["numbers"], outcome.result["strange"]
    missing = {name: "" for name in task.gaps if name not in numbers} | strange
    others = outcome.result["others"] if missing else []
    notes = [f"not asked for, but there: {', '.join(others)}"] if others else []
    given = {key: numbers[name] for name, key in keys.items() if name in numbers}
    if not given:
        return Mark([], [], notes, [], missing=missing)
    try:
        found = _judged(task, given, {key: name for name, key in keys.items()})
    except (ValueError, TypeError) as error:
        _judged(task, task.solution.run(), {})  # raises where it is the exercise that cannot be judged
        return Mark([], [], notes, [], missing=missing, why=str(error))
    found.notes += notes
    return Mark.of(found, missing)


def _judged(task: "Exercise", numbers: Mapping[str, Any], names: Mapping[str, str]) -> Comparison:
    from autograd.diagnosis.judging import judged  # what it needs takes a while to import
    from autograd.diagnosis.waiting import watched

    with watched(True):
        return judged(task.loss, numbers, None, task.lr, names)


def _place(task: "Exercise", lines: Sequence[str], number: int | None) -> str:
    """What stands in a line of a program, and in which gap, to follow a sentence that names the line."""
    if number is None or not 0 < number <= len(lines):
        return ""
    line = bare(lines[number - 1])
    target = line.partition("=")[0].strip(" +")
    return f" (the gap {target}: {line})" if target in task.gaps else f" ({line})"
