"""What is believed of what the process says that ran a program: that which has the form agreed upon, and no more.

It ran foreign code, so every entry is looked at, and texts are stripped of what a terminal obeys.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from autograd.programs.found import (
    CONSTANT,
    NEVER,
    RIGHT,
    STATES,
    UNCHECKED,
    VERDICTS,
    WRONG,
    Finding,
    LossFound,
    ParameterFound,
    Span,
    cleaned,
)

MOST = 10_000
"""Parameters or findings that are kept."""


class RefusedError(ValueError):
    """What the process said has not the form that is agreed upon."""


def believed(said: Any) -> dict[str, Any]:
    """The fields of a report, from the JSON that a process wrote; RefusedError where it is none."""
    said = _Taken(said, "the report")
    loss = said.content.get("loss")
    found = {
        "verdict": said.among("verdict", VERDICTS),
        "why": said.line("why"),
        "loss": None if loss is None else _loss(_Taken(loss, "the loss")),
        "lr": said.number("lr"),
        "optimizer": said.line("optimizer"),
        "points": said.count("points"),
        "parameters": tuple(_parameter(_Taken(each, "a parameter")) for each in said.several("parameters")),
        "findings": tuple(_finding(_Taken(each, "a finding")) for each in said.several("findings")),
        "network": said.line("network", ""),
        "notes": said.texts("notes"),
        "seconds": said.number("seconds", 0.0) or 0.0,
    }
    _agrees(**found)
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


def _agrees(
    verdict: str, why: str, parameters: Sequence[ParameterFound], findings: Sequence[Finding], **others: Any
) -> None:
    """Refuse a report whose verdict is not what its parameters say."""
    states = {parameter.verdict for parameter in parameters}
    if verdict in (RIGHT, CONSTANT):
        if not states:
            raise RefusedError(f"it says {verdict!r} of no parameter at all")
        off = states & {WRONG, NEVER}
        if off:
            raise RefusedError(f"it says {verdict!r} of the program and {min(off)!r} of a parameter")
    if verdict == WRONG and not (states & {WRONG, NEVER} or findings):
        raise RefusedError("it says 'wrong' and not of what")
    if verdict == UNCHECKED and not why:
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
        fine = type(given) in (int, float) and abs(given) < 1e300  # which nan is not either
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
