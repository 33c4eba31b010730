"""Code that people write around `fit`: compiled it computes what the graph would, or says why it is not compiled."""

import random
import re
from typing import Any

import numpy as np
import pytest

from autograd.compiler.native import available
from autograd.compiler.watch import Watch
from nn import compiled, fit
from tests.user_code import ROWS

EXPLICIT = ("python", "llvm") if available() else ("python",)
TOLERANCE = 1e-9


@pytest.fixture(autouse=True)
def long_enough(monkeypatch):
    """As if every training were long enough to be compiled."""
    monkeypatch.setattr(compiled, "SHORT", 0.0)
    monkeypatch.setattr(compiled.Compiled, "choose", lambda self, rows: True)


class Outcome:
    """What a training came to: losses, parameters, what its functions noted, where the random numbers are."""

    def __init__(self, name: str, backend: str) -> None:
        random.seed(7)
        np.random.seed(7)
        made = ROWS[name].make()
        log = made.pop("log", [])
        self.error: Exception | None = None
        self.backend = self.why = ""
        try:
            history = fit(**made, backend=backend, progress=False)
            self.losses, self.backend, self.why = history.losses, history.backend, history.why
        except Exception as error:
            self.error, self.losses = error, []
        self.numbers = [p.data for p in made["optimizer"].parameters]
        self.noted = [float(x) for x in log]
        self.drawn = [random.random(), float(np.random.rand())]

    def same(self, other: "Outcome") -> bool:
        pairs = ((self.losses, other.losses), (self.numbers, other.numbers), (self.noted, other.noted))
        alike = all(len(a) == len(b) and np.allclose(a, b, TOLERANCE, TOLERANCE, equal_nan=True) for a, b in pairs)
        return alike and type(self.error) is type(other.error) and self.drawn == other.drawn


def faults(name: str) -> list[str]:
    """What is wrong with a row of the table; nothing, where all backends do what it says."""
    graph, found = Outcome(name, "eager"), []
    auto = Outcome(name, "auto")
    if not auto.same(graph):
        found.append(f"auto differs ({auto.backend}, {auto.why}): {auto.losses} {graph.losses} {auto.error!r}")
    expected = ROWS[name].auto
    if graph.error is None and (auto.backend == "eager") != bool(expected):
        found.append(f"auto: {auto.backend}, {auto.why}")
    if graph.error is None and not re.search(expected, auto.why):
        found.append(f"auto says {auto.why!r}, not {expected!r}")
    for backend in EXPLICIT:
        other, expected = Outcome(name, backend), ROWS[name].explicit
        if backend == "llvm" and ROWS[name].native is not None:
            expected = str(ROWS[name].native)
        if expected:
            if not (isinstance(other.error, ValueError) and re.search(expected, str(other.error))):
                found.append(f"{backend}: expected {expected!r}, got {other.error!r} ({other.backend})")
        elif not other.same(graph) or other.backend != backend:
            found.append(f"{backend} differs: {other.losses} {graph.losses} {other.error!r} {other.backend}")
    return found


def test_there_are_many():
    assert len(ROWS) >= 100


@pytest.mark.parametrize("name", ROWS)
def test_never_silently_another_function(name):
    assert faults(name) == []
