"""What `exercise` returns: a program with gaps, which knows its solution and marks what is filled in."""

import functools
import html
import math
import re
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from autograd.comparison.rows import Comparison, Finding, Row, share
from autograd.graph import topological_order
from autograd.manual.result import BLANK, Answer, Manual, bare, in_markdown, own
from autograd.names.identifiers import identifier
from autograd.primitive import real
from autograd.symbol import Symbol, atom_of
from autograd.value import Value

NUMBERS = "autograd.manual.run_filled:numbers"
"""What runs in the other process."""

MEMORY = 2 * 2**30
"""Bytes that an answer may use."""


class Mark(Comparison):
    """A `Comparison` of the numbers that there are, which also says what is missing.

    missing  what there is in the place of a gap's number, by the name that is computed there
    why      why a program gave no numbers at all, "" where it did
    asked    the names that points are for, where there are numbers besides; none for all

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
        asked: Collection[str] = (),
    ) -> None:
        super().__init__(rows, findings, notes, first, probing)
        self.missing, self.why, self.asked = dict(missing), why, asked

    @classmethod
    def of(cls, found: Comparison, missing: Mapping[str, str], asked: Collection[str] = ()) -> "Mark":
        """A comparison as a mark."""
        return cls(found.rows, found.findings, found.notes, found.first, found._probing, missing, asked=asked)

    @property
    def ok(self) -> bool:
        """Whether every gap has been filled, and every number is right."""
        return bool(self.rows) and not self.missing and not self.why and super().ok

    @property
    def share(self) -> Fraction:
        """How much is right of what was asked for; a gap without a number is wrong."""
        asked = [row for row in self.rows if not self.asked or row.name.partition("[")[0] in self.asked]
        return share(asked, self.missing)

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


class Exercise(str):
    """A program with gaps, `____`, to be filled in; print it, or give `str(exercise)` away.

    solution  the same without gaps, a `Manual`
    gaps      what belongs into each gap, by the name that is computed there
    answer    the key to the mistake that is planted besides, None where there is none
    loss, lr  what the numbers are those of
    """

    solution: Manual
    gaps: dict[str, str]
    answer: Answer | None
    loss: Value
    lr: float

    def __new__(cls, text: str, solution: Manual, gaps: Mapping[str, str], loss: Value, lr: float) -> "Exercise":
        """The text with its key."""
        self = super().__new__(cls, text)
        self.solution, self.gaps, self.answer = solution, dict(gaps), solution.answer
        self.loss, self.lr = loss, lr
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        return str(self), self.solution, self.gaps, self.loss, self.lr

    def __dir__(self) -> list[str]:
        return own(self)

    def fill(self, answers: Mapping[str, str | Symbol]) -> str:
        """The program with formulas in the gaps, as `{"delta3": "y_hat - y"}`; nothing is run.

        A formula is text, or an expression of Symbols. Gaps without an answer stay; a name without a gap is a KeyError.
        """
        lines = self.splitlines()
        if not isinstance(answers, Mapping):
            kind = type(answers).__name__
            raise TypeError(f'fill: expected formulas by name such as {{"delta3": "y_hat - y"}}, got {kind}')
        for name, formula in answers.items():
            if not _is_formula(formula):
                raise TypeError(
                    f'fill: {name}: expected a formula as text such as "y_hat - y", got {type(formula).__name__}: '
                    f"{formula!r}; numbers go to mark"
                )
            place = next((i for i, line in enumerate(lines) if gap_of(line) == name), None)
            if place is None:
                raise KeyError(f"fill: there is no gap for {name!r}; the gaps are {', '.join(self.gaps)}")
            lines[place] = lines[place].replace(BLANK, _in_python(formula), 1)
        return "\n".join(lines) + "\n"

    def mark(self, answers: Mapping[str, Any] | str, *, seconds: float = 10.0) -> Mark:
        """The answers beside the engine's numbers, with the mistakes that explain what is wrong, as by `compare`.

        answers  numbers by name, `{"delta3": -0.99}`; formulas as `fill` takes them, `{"delta3": "y_hat - y"}`; or
                 the whole program with its gaps filled in, as text
        seconds  how long a program may run

        The mark is `.ok` when every gap was filled and every number is right; `.missing` has the gaps without a
        number, `.why` the reason why a program gave none. A program is run in a process of its own
        (`autograd.isolation` says what that protects from), which knows neither the loss nor the solution and hands
        back numbers only, so that it can be marked in a loop over a class: nothing in it raises here, or stops the
        next. By name there are errors as in `compare` and `fill`: a KeyError for an unknown name; a gap whose number
        `compare` has no name for is not asked for among numbers.
        """
        if isinstance(answers, Mapping) and any(map(_is_formula, answers.values())):
            answers = self.fill({name: x if _is_formula(x) else _literal(x) for name, x in answers.items()})
        return _marked(self, answers, seconds)

    @functools.cached_property
    def _entries(self) -> dict[str, list[tuple[tuple[Value, ...], str]]]:
        """By gap, the nodes that each of its numbers may be about, and whether it is a "value" or a "gradient"."""
        from autograd.comparison.given import read  # what it needs takes a while to import
        from autograd.comparison.rounding import reference
        from autograd.network import find_network

        numbers, gradients, network = self.solution.run(), reference(self.loss).gradients, find_network(self.loss)
        found = {}
        for name in self.gaps:
            key = self.solution.keys.get(name)
            if key in numbers:
                given = read(self.loss, {key: numbers[key]}, network, None, gradients)
                found[name] = [((entry.node, *entry.among), entry.what) for entry in given.entries]
        return found

    def _repr_markdown_(self) -> str:
        return in_markdown(self)


def _is_formula(given: Any) -> bool:
    return isinstance(given, (str, Symbol))


def _literal(number: Any) -> str:
    return repr(number.data if isinstance(number, Value) else real(number))


def _in_python(formula: Any) -> str:
    """A formula as a program has it; ŷ and δ3 are y_hat and delta3 there."""
    from autograd.languages import PYTHON  # what it needs takes a while to import

    if isinstance(formula, str):
        return formula
    unknowns = (x for x in topological_order(formula) if x.op is None)
    return PYTHON.write(formula, functools.partial(atom_of, {x: identifier(x.label) for x in unknowns}))


def _marked(task: Exercise, answers: Mapping[str, Any] | str, seconds: float) -> Mark:
    """The mark of numbers by name, or of a program."""
    if isinstance(answers, str):
        return _program(task, answers, seconds)
    found = _judged(task, answers, {})
    there = {(row.node, row.what) for row in found.rows}
    missing = [
        name
        for name, entries in task._entries.items()
        if not all(any((node, what) in there for node in nodes) for nodes, what in entries)
    ]
    return Mark.of(found, dict.fromkeys(missing, ""))


def _program(task: Exercise, answers: str, seconds: float) -> Mark:
    """The mark of a whole program, which is run elsewhere."""
    lines = re.split(r"\r\n|\r|\n", answers)  # what Python counts as lines
    left = {name: f"still to be filled in, line {n}" for n, line in enumerate(lines, start=1) if (name := gap_of(line))}
    if left:
        return Mark([], [], [], [], missing=left)
    from autograd.isolation import Limits, isolated  # starts processes, which few need

    keys, names = task.solution.keys, [*task.gaps, *task.solution.keys]
    known = sorted(set(re.findall(r"[^\W\d]\w*", task)))  # of what the student was given: nothing of the solution
    request = {"source": answers, "names": names, "known": known}
    outcome = isolated(NUMBERS, request, Limits(seconds, MEMORY))
    if outcome.result is None:
        return Mark([], [], [], [], why=outcome.why + _place(task, lines, outcome.line))
    numbers, strange, others = _claimed(outcome.result, names)
    missing = {name: "" for name in task.gaps if name not in numbers} | strange
    others = others if missing else []
    notes = [f"not asked for, but there: {', '.join(others)}"] if others else []
    place = {name: i for i, name in enumerate(re.findall(r"^ *(\w+) \+?= ", task, re.MULTILINE))}
    in_order = sorted(numbers, key=lambda name: place.get(name, -1))  # as they are computed
    given = {keys[name]: numbers[name] for name in in_order if name in keys}
    if not given:
        return Mark([], [], notes, [], missing=missing)
    try:
        found = _judged(task, given, {key: name for name, key in keys.items()})
    except (ValueError, TypeError, ArithmeticError) as error:
        _judged(task, task.solution.run(), {})  # raises where it is the exercise that cannot be judged
        return Mark([], [], notes, [], missing=missing, why=str(error))
    found.notes += notes
    return Mark.of(found, missing, task.gaps)


def _claimed(result: Mapping[str, Any], names: Sequence[str]) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """Numbers, what is strange, and new names, as far as they are such: the program might have written all of it."""
    numbers, strange, others = (result.get(key) for key in ("numbers", "strange", "others"))
    numbers = numbers if isinstance(numbers, dict) else {}
    strange = strange if isinstance(strange, dict) else {}
    return (
        {name: numbers[name] for name in names if name in numbers and _is_listed(numbers[name])},
        {name: str(strange[name]) for name in names if name in strange},
        [str(name) for name in others] if isinstance(others, list) else [],
    )


def _is_listed(x: Any, depth: int = 3) -> bool:
    """Whether something is a finite number, or a list, of lists, of lists of them."""
    if isinstance(x, list):
        return depth > 0 and all(_is_listed(item, depth - 1) for item in x)
    return isinstance(x, float) and math.isfinite(x)


def _judged(task: Exercise, numbers: Mapping[str, Any], names: Mapping[str, str]) -> Comparison:
    from autograd.comparison.comparing import judged  # what it needs takes a while to import
    from autograd.comparison.progress_bar import watched

    with watched(True):
        return judged(task.loss, numbers, None, task.lr, names)


def _place(task: Exercise, lines: Sequence[str], number: int | None) -> str:
    """What stands in a line of a program, and in which gap, to follow a sentence that names the line."""
    if number is None or not 0 < number <= len(lines):
        return ""
    line = bare(lines[number - 1])
    target = line.partition("=")[0].strip(" +")
    return f" (the gap {target}: {line})" if target in task.gaps else f" ({line})"


def gap_of(line: str) -> str:
    """The name that a line with a gap computes, "" for any other line."""
    target, _, value = line.partition("=")
    return target.strip(" +") if value.strip().startswith(BLANK) else ""
