"""Programs handed to processes of their own, and what came back: the only place that runs anything."""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

EXAMINE = "autograd.programs.examine:examine"
"""What runs in the other process."""

SECONDS = 60.0
"""For one program, unless said otherwise."""

LACKING = "check needs NumPy, which is not installed here: pip install numpy"


def limits(seconds: float) -> Any:
    """What a process may use: more time than the examination is told to take, so that it can say what it has."""
    return import_module("autograd.isolation").Limits(seconds=1.25 * seconds + 5)


def ask(request: dict[str, Any], seconds: float) -> tuple[Any, str]:
    """What the process says of one request, and why where it says nothing."""
    if not find_spec("numpy"):
        return None, LACKING
    isolation = import_module("autograd.isolation")
    outcome = isolation.isolated(EXAMINE, request, limits(seconds), request["folder"])
    return outcome.result, outcome.why


def ask_many(
    requests: Sequence[dict[str, Any]], seconds: float, jobs: int | None, done: Callable[..., None]
) -> list[tuple[Any, str]]:
    """The same for many requests, `jobs` at a time; `done` is called after each."""
    if not find_spec("numpy"):
        return [(None, LACKING)] * len(requests)
    isolation = import_module("autograd.isolation")
    outcomes = isolation.isolated_many(EXAMINE, requests, limits(seconds), jobs, done=done)
    return [(outcome.result, outcome.why) for outcome in outcomes]
