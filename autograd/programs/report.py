"""`Report`: what was found out about one program, as text, HTML and JSON."""

import json
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from typing import Any

from autograd.points import Graded
from autograd.programs.believed import RefusedError, believed
from autograd.programs.found import CONSTANT, RIGHT, UNCHECKED, Found, cleaned, place
from autograd.programs.found import Finding as Finding
from autograd.programs.found import LossFound as LossFound
from autograd.programs.found import ParameterFound as ParameterFound
from autograd.programs.graphs import graph_of
from autograd.programs.marked import in_notebook, page, reported, saved
from autograd.programs.source import Source
from autograd.programs.wording import text
from autograd.value import Value


@dataclass(frozen=True)
class Report(Found, Graded):
    """What was found out about a program; `Found` says which fields there are.

    A notebook shows the source with its wrong lines marked, print() the same in words.
    """

    @property
    def ok(self) -> bool:
        """Whether every gradient is right, or right up to a constant, which the learning rate can take up."""
        return self.verdict in (RIGHT, CONSTANT)

    @property
    def share(self) -> Fraction:
        """How many of its parameters have a gradient that is right, or right up to a constant."""
        right = sum(each.verdict in (RIGHT, CONSTANT) for each in self.parameters)
        return Fraction(right, max(len(self.parameters), 1))

    def graph(self) -> Value:
        """The loss as a Value, in the program's own names, for `draw`, `explain` and `step_through`.

        The program is run once more for it. ValueError where that does not give a loss.
        """
        return graph_of(self)

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain types, as `--json` writes it."""
        left_out = ("source", "budget")
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self) if each.name not in left_out}

    def json(self) -> str:
        """The report as one JSON object."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2)

    def __str__(self) -> str:
        return text(self)

    def __repr__(self) -> str:
        lines = ", ".join(place(each.cell, each.line) for each in self.findings[:3])
        return f"<report on {self.file}: {self.verdict}{f' ({lines})' if lines else ''}; print it>"

    def _repr_html_(self) -> str:
        return in_notebook(reported(self))

    @property
    def html(self) -> str:
        """The report as a page that needs nothing else."""
        return page(self.file, reported(self))

    def save(self, filename: Any) -> str:
        """Write the page to a file, `report.html`; its path."""
        return saved(filename, self.html)


def _plain(x: Any) -> Any:
    """Lists for tuples, dictionaries for dataclasses."""
    if isinstance(x, tuple):
        return [_plain(item) for item in x]
    return {name: _plain(item) for name, item in asdict(x).items()} if hasattr(x, "__dataclass_fields__") else x


def unchecked(source: Source, why: str, budget: float = 60.0) -> Report:
    """The report on a program that could not be checked."""
    return Report(cleaned(source.name), UNCHECKED, cleaned(why), notes=source.notes, source=source, budget=budget)


def report(source: Source, said: Any, budget: float = 60.0) -> Report:
    """The report that the process wrote, once everything in it was looked at; "not checked" where it is no report."""
    try:
        taken = believed(said)
    except RefusedError as error:
        why = f"what the program's process reported is no report ({error}), so nothing of it is believed"
        return unchecked(source, why, budget)
    taken["notes"] = (*source.notes, *taken["notes"])
    return Report(cleaned(source.name), source=source, budget=budget, **taken)
