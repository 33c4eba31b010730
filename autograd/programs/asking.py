"""Programs handed to processes of their own, and what came back: the only place that runs anything."""

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from autograd.programs.report import Report, report, unchecked
from autograd.programs.source import Source

EXAMINE = "autograd.programs.examine:examine"
"""What runs in the other process."""

SECONDS = 60.0
"""For one program, unless said otherwise."""


def limits(seconds: float) -> Any:
    """What a process may use: more time than the examination is told to take, so that it can say what it has."""
    return import_module("autograd.isolation").Limits(seconds=1.25 * seconds + 5)


def ask(request: dict[str, Any], seconds: float) -> tuple[Any, str]:
    """What the process says of one request, and why where it says nothing."""
    isolation = import_module("autograd.isolation")
    outcome = isolation.isolated(EXAMINE, request, limits(seconds), request["folder"])
    return outcome.result, outcome.why


def ask_many(
    requests: Sequence[dict[str, Any]], seconds: float, jobs: int, done: Callable[..., None]
) -> list[tuple[Any, str]]:
    """The same for many requests, `jobs` at a time; `done` is called after each."""
    isolation = import_module("autograd.isolation")
    outcomes = isolation.isolated_many(EXAMINE, requests, limits(seconds), jobs, done=done)
    return [(outcome.result, outcome.why) for outcome in outcomes]


def checked(source: Source, seconds: float) -> Report:
    """The report on a program."""
    if source.why:
        return unchecked(source, source.why, seconds)
    return _told(source, *ask(source.request(seconds), seconds), seconds)


def checked_many(
    sources: Sequence[Source], seconds: float, jobs: int | None = None, done: Callable[[], None] = lambda: None
) -> list[Report]:
    """The reports on several programs in their order, `jobs` at a time, as many as there are cores if not said."""
    readable = [source for source in sources if not source.why]
    for _ in range(len(sources) - len(readable)):
        done()
    requests = [source.request(seconds) for source in readable]
    answers = iter(ask_many(requests, seconds, jobs or _cores(), lambda *_: done()) if requests else ())
    return [
        unchecked(source, source.why, seconds) if source.why else _told(source, *next(answers), seconds)
        for source in sources
    ]


def _cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _told(source: Source, said: Any, why: str, seconds: float) -> Report:
    if said is None:
        reason = why or "its process ended without a word"
        left_out = f" ({'; '.join(source.notes)})" if source.notes else ""
        return unchecked(source, f"{reason}{left_out}", seconds)
    return report(source, said, seconds)
