"""Programs read, handed over and reported on: one, or many side by side."""

from collections.abc import Callable, Sequence
from typing import Any

from autograd.programs import asking
from autograd.programs.reading import read, read_several
from autograd.programs.report import Report, report, unchecked
from autograd.programs.several import Reports
from autograd.programs.source import Source


def answered(given: Any, args: Sequence[Any], seconds: float, jobs: int | None = None) -> Report | Reports:
    """The report on a program, or on all in a folder or a list."""
    programs = read_several(given)
    if programs is None:
        return checked(read(given, args), seconds)
    if args:
        raise TypeError("check: example arguments are for one function, not for several programs")
    return Reports(checked_many(programs, seconds, jobs))


def checked(source: Source, seconds: float) -> Report:
    """The report on a program."""
    if source.why:
        return unchecked(source, source.why, seconds)
    return _told(source, *asking.ask(source.request(seconds), seconds), seconds)


def checked_many(
    sources: Sequence[Source], seconds: float, jobs: int | None = None, done: Callable[[], None] = lambda: None
) -> list[Report]:
    """The reports on several programs in their order, `jobs` at a time, as many as there are cores if not said."""
    readable = [source for source in sources if not source.why]
    for _ in range(len(sources) - len(readable)):
        done()
    requests = [source.request(seconds) for source in readable]
    answers = iter(asking.ask_many(requests, seconds, jobs, lambda *_: done()) if requests else ())
    return [
        unchecked(source, source.why, seconds) if source.why else _told(source, *next(answers), seconds)
        for source in sources
    ]


def _told(source: Source, said: Any, why: str, seconds: float) -> Report:
    if said is None:
        reason = why or "its process ended without a word"
        left_out = f" ({'; '.join(source.notes)})" if source.notes else ""
        return unchecked(source, f"{reason}{left_out}", seconds)
    return report(source, said, seconds)
