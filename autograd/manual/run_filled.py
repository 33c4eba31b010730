"""Runs a filled-in program for its numbers, and nothing else: what marking does in a process of its own."""

import math
from typing import Any

MOST = 8
"""How many names that nobody asked for are told of."""


def numbers(request: dict[str, Any]) -> dict[str, Any]:
    """What a program defines under the names that are wanted, as finite floats or lists of them.

    request  `source`, the program; `names` that are wanted; `known`, the names of the program as it was given out
    returns  `numbers`; `strange`, by name what is there in the place of a number; `others`, new names of numbers
    """
    namespace: dict[str, Any] = {"__name__": "manual"}
    exec(compile(request["source"], "<program>", "exec"), namespace)
    found: dict[str, Any] = {}
    strange: dict[str, str] = {}
    for name in request["names"]:
        if name in namespace:
            try:
                found[name] = _plain(namespace[name])
            except (TypeError, ValueError, OverflowError) as error:
                strange[name] = str(error)
    known = {*request["names"], *request["known"]}
    others = [name for name, x in namespace.items() if type(x) is float and name not in known]
    return {"numbers": found, "strange": strange, "others": others[:MOST]}


def _plain(x: Any) -> Any:
    """A number as a float, a list or array of them as lists; an error that says what it is where it is neither."""
    if hasattr(x, "tolist"):
        x = x.tolist()
    if isinstance(x, (list, tuple)):
        return [_plain(item) for item in x]
    if not isinstance(x, (int, float)):
        raise TypeError(f"a {type(x).__name__}")
    if not math.isfinite(x):
        raise ValueError(f"{float(x)}")
    return float(x)
