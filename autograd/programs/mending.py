"""Which line is wrong, and what belongs there: found by mending it and running the program again, which is the proof."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from autograd.programs.editing import Edit, Editor, applied
from autograd.programs.instrumenting import Statement
from autograd.programs.judging import Bench
from autograd.programs.roles import spine
from autograd.programs.running import Program, run
from autograd.programs.traced import Node, again, before

Try = Callable[[Program], "frozenset[str] | None"]
"""From a changed program to the parameters whose gradients are then right; None where it cannot be told."""


class Mending(NamedTuple):
    """A change that makes gradients right.

    statement  where
    edit       what stands and what belongs there; None where only the line is known
    fixed      the parameters that it makes right
    also       other edits that do the same
    stale      for a weight that is read after its update: the statement that updates it
    """

    statement: Statement
    edit: Edit | None
    fixed: frozenset[str]
    also: tuple[Edit, ...] = ()
    stale: Statement | None = None
    name: str = ""


class Backward:
    """The statements of a step that come after the forward pass, by the parameters whose update they lead to."""

    def __init__(self, view: Any, bench: Bench, wrong: frozenset[str]) -> None:
        self.view, self.bench = view, bench
        recorder = view.run.recorder
        reach = view.reach
        self.forward = {
            node for node in before([t.node for t in bench.step.terms], bench.cut, bench.since) if node.time > bench.since
        }
        self.cones: dict[bool, set[Node]] = {True: set(), False: set()}
        for k, end in bench.end.items():
            name = view.parameters[reach.parameter[k]].name
            nodes = before([bench.inputs.get(k, end)], bench.cut, bench.since)
            self.cones[name in wrong].update(n for n in nodes if n.time > bench.since and n not in self.forward)
        self.last = max((node.time for cone in self.cones.values() for node in cone), default=0)
        self.keys: dict[bool, list[int]] = {True: [], False: []}
        for event in recorder.events:
            if bench.since < event.time <= self.last:
                for bad, cone in self.cones.items():
                    if event.key not in self.keys[bad] and any(node in cone for node in event.nodes.values()):
                        self.keys[bad].append(event.key)

    def suspects(self) -> list[list[int]]:
        """Statements by how suspicious they are: those that only wrong gradients are made by, then those of both."""
        only = [key for key in self.keys[True] if key not in self.keys[False]]
        both = [key for key in self.keys[True] if key in self.keys[False]]
        return [only, both]


def stale_reads(view: Any, bench: Bench, wrong: frozenset[str]) -> list[tuple[int, Node, Node]]:
    """(lineage, its newer content, the node that reads it) where a backward pass reads what was updated before."""
    found = []
    reach = view.reach
    newer = {
        reach.lineages[k].contents[i]: k
        for k, first in bench.step.start.items()
        for i in range(first + 1, bench.step.end[k] + 1)
    }
    for k, end in bench.end.items():
        own = spine(end, bench.start[k])
        for node in before([end], bench.cut, bench.since):
            for arg in node.args if node.time > bench.since and node not in own else ():
                if arg in newer and (newer[arg], arg, node) not in found:
                    found.append((newer[arg], arg, node))
    return sorted(found, key=lambda item: item[2].time)


def with_old(bench: Bench, reads: Iterable[tuple[int, Node, Node]]) -> dict[int, Any]:
    """The gradients by hand where these reads see what the prediction was made with."""
    by_reader: dict[Node, dict[Node, Node]] = {}
    for k, content, reader in reads:
        by_reader.setdefault(reader, {})[content] = bench.start[k]
    values = dict(bench.values)
    for reader in sorted(by_reader, key=lambda node: node.time):
        swap = by_reader[reader]
        new = reader.op(*(values[swap.get(arg, arg)] for arg in reader.args))  # type: ignore[misc]
        instead = {reader: new, **{r: values[r] for r in by_reader if r.time < reader.time}}
        values.update(
            again(bench.outputs, instead, cut=bench.cut, since=bench.since, kind=bench.kind, known=values)
        )
    return bench.by_hand(values)


# ---------------------------------------------------------------- by trying


class Search:
    """The search for edits that make a program right, within a time."""

    def __init__(
        self, program: Program, statements: Sequence[Statement], scenes: Mapping[int, Any],
        settings: Mapping[str, float], tried: Try, right: frozenset[str], deadline: float,
    ) -> None:  # fmt: skip
        self.program, self.statements, self.scenes = program, statements, scenes
        self.settings, self.tried, self.right, self.deadline = settings, tried, right, deadline
        self.count = 0

    def edits(self, keys: Sequence[int]) -> list[Edit]:
        """All edits of these statements, the likeliest first; of equals that of the earlier statement."""
        found = []
        sources = {cell.file: cell.text for cell in self.program.cells}
        for place, key in enumerate(keys):
            statement = self.statements[key]
            if key in self.scenes and statement.file in sources:
                editor = Editor(statement, self.scenes[key], sources[statement.file], self.settings)
                found += [edit._replace(cost=edit.cost + 0.001 * place) for edit in editor.all()]
        return sorted(found, key=lambda edit: edit.cost)

    def found(self, keys: Sequence[int], everything: frozenset[str]) -> list[tuple[Edit, frozenset[str]]]:
        """Edits that make more parameters right and none wrong; those that make all right end the search soon."""
        better: list[tuple[Edit, frozenset[str]]] = []
        best = 99.0
        for edit in self.edits(keys):
            if time.monotonic() > self.deadline or edit.cost > best + 0.45:
                break
            self.count += 1
            try:
                changed = applied(self.program, {edit.key: self.statements[edit.key]}, [edit])
                right = self.tried(changed)
            except (SyntaxError, ValueError):
                continue
            if right is None or not right > self.right:
                continue
            better.append((edit, right))
            if right >= everything:
                best = min(best, edit.cost)
        return better


def scenes_of(program: Program, keys: Iterable[int], starts: Mapping[Any, Any], until: Any) -> dict[int, Any]:
    """What these statements see."""
    ran = run(program, seconds=5.0, rounds=2, starts=starts, probes=frozenset(keys), until=until)
    return ran.recorder.scenes
