"""Which line is wrong, and what belongs there: found by mending it and running the program again, which is the proof."""

import ast
import math
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.programs.editing import Edit, Editor, applied, edited
from autograd.programs.instrumenting import Statement
from autograd.programs.judging import Bench
from autograd.programs.roles import spine
from autograd.programs.running import Program
from autograd.programs.scenes import scene
from autograd.programs.stand_ins import plain
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


class Slopes:
    """All ∂L/∂(number of the forward pass) of a step: what a right backward pass computes, up to a constant."""

    def __init__(self, bench: Bench, constants: Iterable[float]) -> None:
        self._known: dict[int, list[Any]] = {}
        self._constants = {c * sign for c in constants for sign in (1.0, -1.0)}
        for g in bench.slopes.values():
            g = np.asarray(g, dtype=float)
            for flat in (g.ravel(), g.T.ravel()) if g.ndim > 1 else (g.ravel(),):
                if flat.size == 1:
                    self._known.setdefault(1, []).extend(float(flat[0]) * c for c in self._constants)
                else:
                    self._known.setdefault(flat.size, []).append(_direction(flat))
        self._single = np.sort(np.array(self._known.pop(1, [])))

    def has(self, x: Any) -> bool:
        """Whether these numbers are a constant times one of the slopes."""
        if isinstance(x, (list, tuple, dict)) or x is None:
            return False
        try:
            flat = np.ravel(np.asarray(plain(x), dtype=float))
        except (TypeError, ValueError):
            return False
        if flat.size == 1:
            value = float(flat[0])
            if not self._single.size or not math.isfinite(value) or value == 0.0:
                return False
            k = int(np.searchsorted(self._single, value))
            near = self._single[max(0, k - 1) : k + 1]
            return bool(np.any(np.abs(near - value) <= 1e-9 * abs(value)))
        direction = _direction(flat)
        return any(np.max(np.abs(direction - other)) < 1e-8 for other in self._known.get(flat.size, ()))


def _direction(flat: Any) -> Any:
    """A vector scaled to length 1, its largest entry positive."""
    size = float(np.sqrt(np.sum(flat * flat)))
    return flat / (size if flat[int(np.argmax(np.abs(flat)))] > 0.0 else -size) if size else flat


class Candidate(NamedTuple):
    """An edit, and whether it makes its statement compute a slope of the loss."""

    edit: Edit
    fits: bool


class Prober:
    """Collects the edits of statements while the program runs, each with what it would compute there and then."""

    def __init__(self, program: Program, settings: Mapping[str, float], slopes: Slopes) -> None:
        self.program, self.settings, self.slopes = program, settings, slopes
        self.found: dict[int, list[Candidate]] = {}
        self.fitting: dict[int, bool] = {}

    def probe(self, key: int) -> Callable[[Any], None]:
        """What the recorder calls when a statement is first run."""
        return lambda frame: self._look(key, frame)

    def _look(self, key: int, frame: Any) -> None:
        statement = self.program.statements[key]
        text = self.program.text_of(statement.file)
        if text is None:
            return
        seen = scene(frame)
        self.fitting[key] = self.slopes.has(seen.evaluated(statement.value))
        lines = text.split("\n")
        first, last = statement.node.lineno, statement.node.end_lineno
        own = "\n".join(lines[first - 1 : last])
        self.found[key] = []
        for edit in Editor(statement, seen, text, self.settings).all():
            fits = False
            if edit.kind != "store":
                moved = edit._replace(start=(edit.start[0] - first + 1, edit.start[1]),
                                      end=(edit.end[0] - first + 1, edit.end[1]))  # fmt: skip
                try:
                    tree: Any = ast.parse(textwrap.dedent(edited(own, [moved]))).body[0]
                except SyntaxError:
                    continue
                fits = self.slopes.has(seen.evaluated(tree.value))
            self.found[key].append(Candidate(edit, fits))


class Search:
    """The search for an edit that makes a program right, within a time."""

    def __init__(self, program: Program, prober: Prober, tried: Try, right: frozenset[str], deadline: float) -> None:
        self.program, self.prober, self.tried, self.right, self.deadline = program, prober, tried, right, deadline
        self.count = 0

    def found(self, keys: Sequence[int], everything: frozenset[str], fits: bool) -> list[tuple[Edit, frozenset[str]]]:
        """Edits (those that compute a slope, or the others) that make more parameters right and none wrong.

        The likeliest are tried first; those that make all right end the search soon.
        """
        better: list[tuple[Edit, frozenset[str]]] = []
        best = 99.0
        edits = [
            c.edit._replace(cost=c.edit.cost + 0.001 * place)
            for place, key in enumerate(keys) for c in self.prober.found.get(key, ()) if c.fits == fits
        ]  # fmt: skip
        for edit in sorted(edits, key=lambda edit: edit.cost):
            if time.monotonic() > self.deadline or edit.cost > best + 0.45:
                break
            self.count += 1
            try:
                right = self.tried(applied(self.program, edit))
            except (SyntaxError, ValueError):
                continue
            if right is None or not right > self.right:
                continue
            better.append((edit, right))
            if right >= everything:
                best = min(best, edit.cost)
        return better
