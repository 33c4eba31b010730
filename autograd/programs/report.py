"""`Report`: what was found out about one program, as text, HTML and JSON.

It is built from what the process that ran the program wrote. That process ran foreign code, so nothing of it is
trusted: what has not the form that is agreed upon is "not checked", and texts are stripped of what a terminal obeys.
"""

import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, NoReturn

from autograd.programs.source import Source

if TYPE_CHECKING:
    from autograd.value import Value

RIGHT, CONSTANT, WRONG, NEVER, UNCHECKED = (
    "right", "right up to a constant", "wrong", "never updated", "not checked"
)  # fmt: skip
VERDICTS = (RIGHT, CONSTANT, WRONG, UNCHECKED)
"""Of a program."""

STATES = (RIGHT, CONSTANT, WRONG, NEVER, UNCHECKED)
"""Of a parameter."""

Span = tuple[int, int, int, int]
"""line, column, last line, column after the last: lines count from 1, columns from 0, in characters."""

LONGEST = 4000
"""Letters of a text that are kept."""

MOST = 10_000
"""Parameters or findings that are kept."""


class RefusedError(ValueError):
    """What the process said has not the form that is agreed upon."""


@dataclass(frozen=True)
class LossFound:
    """The loss whose gradients the parameters were judged by.

    name     as the program names it, "" where it has none
    cell     where it is computed, None in a script
    kind     such as "half squared error"
    implied  whether the program computes no such loss, and its gradients say which they belong to
    note     what else is to be said of it
    """

    name: str
    cell: int | None
    line: int | None
    kind: str
    implied: bool
    note: str = ""


@dataclass(frozen=True)
class ParameterFound:
    """A parameter, as the program names it: where it is updated, the verdict on its gradient, and how far it is off.

    constant  by which the gradient is multiplied, where it is right up to one
    says      such as "2.6 % too large"
    """

    name: str
    cell: int | None
    line: int | None
    verdict: str
    constant: float | None
    says: str = ""


@dataclass(frozen=True)
class Finding:
    """A mistake: where, what stands there, what belongs there.

    code        its name in the catalogue, None where that has none
    text        what is wrong, in a sentence or two
    right       the expression that belongs there, "" where that is not known
    parameters  whose gradients it spoils
    proved      whether all gradients come out right once it is mended, tried at `points` points
    span        what is to be underlined, None for the whole line
    stands      the statement as it stands
    remedy      what to do
    also        other readings that fit the numbers as well
    """

    code: str | None
    cell: int | None
    line: int | None
    text: str
    right: str
    parameters: tuple[str, ...]
    proved: bool
    span: Span | None = None
    stands: str = ""
    remedy: str = ""
    points: int = 0
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What was found out about a program.

    file        what it is called
    verdict     right, right up to a constant, wrong, or not checked
    why         for "not checked": the reason, and what to do
    loss        what the gradients were judged by, None where none was found
    lr          the learning rate of its updates, None where there is none or several
    optimizer   such as "SGD"; "" where there is none
    points      at how many points it was tried
    parameters  each with its verdict
    findings    the mistakes, the first in the order of the program first
    network     such as "sigmoid network 2-2-1"
    notes       what else is to be known, such as data that had to be made up
    seconds     how long it took
    """

    file: str
    verdict: str
    why: str = ""
    loss: LossFound | None = None
    lr: float | None = None
    optimizer: str = ""
    points: int = 0
    parameters: tuple[ParameterFound, ...] = ()
    findings: tuple[Finding, ...] = ()
    network: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    source: Source = field(default=Source(""), repr=False, compare=False)
    budget: float = field(default=60.0, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether every gradient is right, or right up to a constant, which the learning rate can take up."""
        return self.verdict in (RIGHT, CONSTANT)

    def assert_ok(self) -> None:
        """For a test suite: an AssertionError with the report unless `ok`."""
        if not self.ok:
            raise AssertionError(str(self))

    def graph(self) -> "Value":
        """The loss as a Value, in the program's own names, for `draw`, `explain` and `step_through`.

        The program is run once more for it. ValueError where that does not give a loss.
        """
        from autograd.programs.graphs import graph_of

        return graph_of(self)

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain types, as `--json` writes it."""
        left_out = ("source", "budget")
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self) if each.name not in left_out}

    def json(self) -> str:
        """The report as one JSON object."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)

    def __str__(self) -> str:
        from autograd.programs.wording import text

        return text(self)

    def __repr__(self) -> str:
        lines = ", ".join(place(each.cell, each.line) for each in self.findings[:3])
        return f"<report on {self.file}: {self.verdict}{f' ({lines})' if lines else ''}; print it>"

    def _repr_html_(self) -> str:
        from autograd.programs.marked import html

        return html(self)


def _plain(x: Any) -> Any:
    """Lists for tuples, dictionaries for dataclasses."""
    if isinstance(x, tuple):
        return [_plain(item) for item in x]
    return {name: _plain(item) for name, item in asdict(x).items()} if hasattr(x, "__dataclass_fields__") else x


def place(cell: int | None, line: int | None) -> str:
    """Where something stands: "cell 3 line 41", in a script "line 41"."""
    parts = ([f"cell {cell}"] if cell is not None else []) + ([f"line {line}"] if line is not None else [])
    return " ".join(parts)


# ---------------------------------------------------------------- from what the process said


def unchecked(source: Source, why: str, budget: float = 60.0) -> Report:
    """The report on a program that could not be checked."""
    return Report(cleaned(source.name), UNCHECKED, cleaned(why), notes=source.notes, source=source, budget=budget)


def report(source: Source, said: Any, budget: float = 60.0) -> Report:
    """The report that the process wrote, once everything in it was looked at; "not checked" where it is no report."""
    try:
        return _report(source, said, budget)
    except RefusedError as error:
        why = f"what the program's process reported is no report ({error}), so nothing of it is believed"
        return unchecked(source, why, budget)


def _report(source: Source, said: Any, budget: float) -> Report:
    said = _Taken(said, "the report")
    verdict = said.among("verdict", VERDICTS)
    loss = said.content.get("loss")
    found = Report(
        file=cleaned(source.name),
        verdict=verdict,
        why=said.line("why"),
        loss=None if loss is None else _loss(_Taken(loss, "the loss")),
        lr=said.number("lr"),
        optimizer=said.line("optimizer"),
        points=said.count("points"),
        parameters=tuple(_parameter(_Taken(each, "a parameter")) for each in said.several("parameters")),
        findings=tuple(_finding(_Taken(each, "a finding")) for each in said.several("findings")),
        network=said.line("network", ""),
        notes=(*source.notes, *said.texts("notes")),
        seconds=said.number("seconds", 0.0) or 0.0,
        source=source,
        budget=budget,
    )
    _agrees(found)
    return found


def _loss(said: "_Taken") -> LossFound:
    return LossFound(
        said.line("name"), said.place("cell"), said.place("line"), said.line("kind"), said.truth("implied"),
        said.line("note", ""),
    )  # fmt: skip


def _parameter(said: "_Taken") -> ParameterFound:
    return ParameterFound(
        said.line("name"), said.place("cell"), said.place("line"), said.among("verdict", STATES),
        said.number("constant"), said.line("says", ""),
    )  # fmt: skip


def _finding(said: "_Taken") -> Finding:
    code = said.content.get("code")
    return Finding(
        None if code is None else said.line("code"), said.place("cell"), said.place("line"), said.text("text"),
        said.text("right"), said.texts("parameters"), said.truth("proved"), said.span("span"), said.text("stands", ""),
        said.text("remedy", ""), said.count("points", 0), said.texts("also"),
    )  # fmt: skip


def _agrees(found: Report) -> None:
    """Refuse a report whose verdict is not what its parameters say."""
    states = {parameter.verdict for parameter in found.parameters}
    if found.verdict in (RIGHT, CONSTANT):
        if not states:
            raise RefusedError(f"it says {found.verdict!r} of no parameter at all")
        off = states & {WRONG, NEVER}
        if off:
            raise RefusedError(f"it says {found.verdict!r} of the program and {min(off)!r} of a parameter")
    if found.verdict == WRONG and not (states & {WRONG, NEVER} or found.findings):
        raise RefusedError("it says 'wrong' and not of what")
    if found.verdict == UNCHECKED and not found.why:
        raise RefusedError("it says 'not checked' and not why")


class _Taken:
    """A dictionary that somebody sent, of which every entry is looked at before it is taken."""

    def __init__(self, content: Any, what: str) -> None:
        self.what = what
        if not isinstance(content, Mapping) or not all(isinstance(key, str) for key in content):
            raise RefusedError(f"{what} is no object")
        self.content = content

    def _entry(self, name: str, default: Any) -> Any:
        if name in self.content:
            return self.content[name]
        return self._refuse(name) if default is None else default

    def _refuse(self, name: str) -> NoReturn:
        given = self.content.get(name, "nothing")
        raise RefusedError(f"{name!r} of {self.what} is {cleaned(repr(given))[:60]}")

    def text(self, name: str, default: str | None = None) -> str:
        """A text, without what a terminal would obey."""
        given = self._entry(name, default)
        return cleaned(given) if isinstance(given, str) else self._refuse(name)

    def line(self, name: str, default: str | None = None) -> str:
        """A text on one line."""
        return " ".join(self.text(name, default).split())

    def texts(self, name: str) -> tuple[str, ...]:
        """Several texts of one line; none where nothing is said of them."""
        given = self._entry(name, [])
        if not isinstance(given, (list, tuple)) or not all(isinstance(each, str) for each in given):
            self._refuse(name)
        return tuple(" ".join(cleaned(each).split()) for each in given[:MOST])

    def several(self, name: str) -> Sequence[Any]:
        """A list of objects."""
        given = self._entry(name, None)
        return given if isinstance(given, list) and len(given) <= MOST else self._refuse(name)

    def among(self, name: str, known: Sequence[str]) -> str:
        """One of the words that are known."""
        given = self._entry(name, None)
        return given if isinstance(given, str) and given in known else self._refuse(name)

    def truth(self, name: str) -> bool:
        """True or false."""
        given = self._entry(name, None)
        return given if isinstance(given, bool) else self._refuse(name)

    def count(self, name: str, default: int | None = None) -> int:
        """A whole number from 0 on."""
        given = self._entry(name, default)
        return given if type(given) is int and 0 <= given < 10**9 else self._refuse(name)

    def place(self, name: str) -> int | None:
        """A cell or a line, counted from 1; None for no place."""
        given = self.content.get(name)
        return given if given is None or (type(given) is int and 1 <= given < 10**9) else self._refuse(name)

    def number(self, name: str, default: float | None = None) -> float | None:
        """A finite number, or None."""
        given = self.content.get(name, default)
        if given is None:
            return None
        fine = type(given) in (int, float) and abs(given) < 1e300 and math.isfinite(given)
        return float(given) if fine else self._refuse(name)

    def span(self, name: str) -> Span | None:
        """Where something begins and ends; None for the whole line."""
        given = self.content.get(name)
        if given is None:
            return None
        if not isinstance(given, (list, tuple)) or len(given) != 4 or not all(type(n) is int for n in given):
            self._refuse(name)
        first, column, last, end = given
        fine = 1 <= first <= last < 10**9 and 0 <= column < 10**9 and 0 <= end < 10**9 and (first, column) < (last, end)
        return (first, column, last, end) if fine else self._refuse(name)


def cleaned(text: str) -> str:
    """The text with its lines, without control characters and marks that reorder what stands around them."""
    kept = []
    for char in text[:LONGEST].replace("\r\n", "\n"):
        if char == "\t":
            kept.append("    ")
        elif char == "\n" or char in "\u200c\u200d" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn", "Co"):
            kept.append(char)
    return "".join(kept) + ("…" if len(text) > LONGEST else "")
