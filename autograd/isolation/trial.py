"""Runs a program given as text, without any analysis: `run`."""

from typing import Any


def run(request: dict[str, Any]) -> dict[str, Any]:
    """The text of every wanted name after the program `source` has run."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(request["source"], "<program>", "exec"), namespace)
    return {name: repr(namespace[name]) for name in request.get("names", ()) if name in namespace}
