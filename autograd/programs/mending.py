"""Which line is wrong: found by mending it and running the program again, which is the proof."""

import ast
import math
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.programs.allowance import Allowance
from autograd.programs.arrays import Array
from autograd.programs.bench import Bench
from autograd.programs.editing import Editor
from autograd.programs.edits import Edit, applied, edited
from autograd.programs.expressions import names_of
from autograd.programs.instrumenting import RECORDER
from autograd.programs.recording import base
from autograd.programs.replay import before
from autograd.programs.scenes import Scene, scene
from autograd.programs.stand_ins import plain
from autograd.programs.traced import Elementwise, Node
from autograd.programs.traced_run import Program

Try = Callable[[Program], "frozenset[str] | None"]
"""From a changed program to the parameters whose gradients are then right; None where it cannot be told."""


class Backward:
    """The statements of a step that come after the forward pass, by the parameters whose update they lead to."""

    def __init__(self, view: Any, bench: Bench, wrong: frozenset[str]) -> None:
        self.view, self.bench = view, bench
        recorder = view.run.recorder
        origins = view.origins
        self.forward = {
            node
            for node in before([t.node for t in bench.step.terms], bench.cut, bench.since)
            if node.time > bench.since
        }
        self.cones: dict[bool, set[Node]] = {True: set(), False: set()}
        for k, end in bench.end.items():
            name = view.parameters[origins.parameter[k]].name
            nodes = before([bench.inputs.get(k, end)], bench.cut, bench.since)
            self.cones[name in wrong].update(n for n in nodes if n.time > bench.since and n not in self.forward)
        self.last = max((node.time for cone in self.cones.values() for node in cone), default=0)
        self.keys: dict[bool, list[int]] = {True: [], False: []}
        self._first: dict[int, int] = {}
        for event in recorder.events:
            if bench.since < event.time <= self.last:
                self._first.setdefault(event.key, event.turn)
                for bad, cone in self.cones.items():
                    if event.key not in self.keys[bad] and any(node in cone for node in event.nodes.values()):
                        self.keys[bad].append(event.key)

    def _constants(self, keys: Sequence[int]) -> list[int]:
        """Statements that give a name that these read, and a number that nothing in this step was traced to."""
        statements = self.view.run.recorder.statements
        events = self.view.run.recorder.events
        traced = {e.key for e in events} - {e.key for e in events if self._left_over(e)}
        found = []
        for key in keys:
            own = statements[key]
            read = names_of(own.value)
            for other in statements:
                near = other.file == own.file and other.function == own.function and other.kind in ("bind", "change")
                if near and other.target in read and other.key not in traced and other.key not in found:
                    found.append(other.key)
        return found

    def _left_over(self, event: Any) -> bool:
        """Whether a number of an earlier step was only given a name in this one."""
        inside = self.bench.since < event.time <= self.last
        return inside and all(node.time <= self.bench.since for node in event.nodes.values())

    def first(self, key: int) -> tuple[int, int]:
        """A statement, and how often it had been run when the step began."""
        return key, self._first.get(key, 0)

    def suspects(self) -> list[list[int]]:
        """Statements by how suspicious they are: those that only wrong gradients are made by, then those of both."""
        only = [key for key in self.keys[True] if key not in self.keys[False]]
        both = [key for key in self.keys[True] if key in self.keys[False]]
        statements = self.view.run.recorder.statements
        read = {name for key in only for name in names_of(statements[key].value)}
        names = [k for k in both if isinstance(statements[k].value, ast.Name) and statements[k].target in read]
        only = [*self._constants(only), *names, *only]
        return [only, [key for key in both if key not in names]]


def stale_nodes(view: Any, bench: Bench) -> Callable[[Any, Any], bool]:
    """Whether an array of the running program is a parameter that was updated since the forward pass of the step."""
    begun = {view.origins.lineages[k].born: i for k, i in bench.step.start.items()}

    def stale(x: Any, recorder: Any) -> bool:
        own = base(x) if isinstance(x, Array) else None
        return any(
            own in lineage.contents and lineage.contents.index(own) > begun.get(lineage.born, len(lineage.contents))
            for lineage in recorder.lineages
        )

    return stale


# ---------------------------------------------------------------- by trying


class Slopes:
    """All ∂L/∂(number of the forward pass) of a step: what a right backward pass computes, up to a constant."""

    def __init__(self, bench: Bench, constants: Iterable[float]) -> None:
        self._known: dict[int, list[Any]] = {}
        self._constants = {c * sign for c in constants for sign in (1.0, -1.0)}
        for g in (*bench.slopes.values(), *bench.partial_slopes()):
            g = np.asarray(g, dtype=float)
            for flat in (g.ravel(), g.T.ravel()) if g.ndim > 1 else (g.ravel(),):
                if flat.size == 1:
                    self._known.setdefault(1, []).extend(float(flat[0]) * c for c in self._constants)
                else:
                    self._known.setdefault(flat.size, []).append(_direction(flat))
        self._single = np.sort(np.array(self._known.pop(1, [])))
        self._local = [np.ravel(x) for x in _local_slopes(bench)]

    def has_local(self, x: Any) -> bool:
        """Whether these numbers are the slope of an activation, sign and size included."""
        try:
            flat = np.ravel(np.asarray(plain(x), dtype=float))
        except (TypeError, ValueError):
            return False
        return any(
            flat.size == other.size and bool(np.all(np.abs(flat - other) <= 1e-9 * np.abs(other) + 1e-15))
            for other in self._local
        )

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


def _local_slopes(bench: Bench) -> Iterator[Any]:
    """∂a/∂z of all activations a of the forward pass and the numbers z that they are made of element by element."""
    with np.errstate(all="ignore"):
        for node, g in bench.slopes.items():
            inner, steps = node, 8
            while isinstance(inner.op, Elementwise) and steps:
                steps -= 1
                same = [arg for arg in inner.args if arg in bench.slopes and arg.shape == node.shape]
                if len(same) != 1:
                    break
                inner = same[0]
                ratio = np.asarray(bench.slopes[inner] / g, dtype=float)
                if np.all(np.isfinite(ratio)) and np.any(ratio != 1.0):
                    yield ratio


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

    def __init__(
        self, program: Program, settings: Mapping[str, float], slopes: Slopes, stale: Callable[[Any, Any], bool]
    ) -> None:
        self.program, self.settings, self.slopes, self._stale = program, settings, slopes, stale
        self.found: dict[int, list[Candidate]] = {}
        self.fitting: dict[int, bool] = {}
        self.local: set[int] = set()
        self.scenes: dict[int, Scene] = {}
        self._places: dict[int, int] = {}

    def merit(self, edit: Edit) -> Any:
        """How likely an edit is: one of a statement that computes no slope as it stands, simple, early."""
        alias = isinstance(self.program.statements[edit.key].value, (ast.Name, ast.Attribute, ast.Subscript))
        return edit.cost + (0.6 if self.fitting.get(edit.key) and not alias else 0.0), self._places.get(edit.key, 0)

    def probe(self, key: int) -> Callable[[Any], None]:
        """What the recorder calls when a statement is first run."""
        return lambda frame: self._look(key, frame)

    def _look(self, key: int, frame: Any) -> None:
        statement = self.program.statements[key]
        text = self.program.text_of(statement.file)
        if text is None:
            return
        seen = self.scenes[key] = scene(frame, self.program.impure)
        self._places[key] = len(self._places)
        before = seen.evaluated(statement.value)
        self.fitting[key] = self.slopes.has(before)
        recorder = frame.f_globals[RECORDER]
        stale = lambda x: self._stale(x, recorder)  # noqa: E731
        lines = text.split("\n")
        first, last = statement.node.lineno, statement.node.end_lineno
        own = "\n".join(lines[first - 1 : last])
        self.found[key] = []
        for edit in Editor(statement, seen, text, self.settings, stale).all():
            fits = False
            if edit.kind != "store":
                moved = edit._replace(
                    start=(edit.start[0] - first + 1, edit.start[1]), end=(edit.end[0] - first + 1, edit.end[1])
                )
                try:
                    tree: Any = ast.parse(textwrap.dedent(edited(own, [moved]))).body[0]
                except SyntaxError:
                    continue
                now = seen.evaluated(tree.value)
                fits = self.slopes.has(now)
                if not fits and self.slopes.has_local(now) and not self.slopes.has_local(before):
                    fits = True
                    self.local.add(key)
            self.found[key].append(Candidate(edit, fits))


class Search:
    """The search for an edit that makes a program right, within a time."""

    def __init__(
        self, program: Program, prober: Prober, tried: Try, right: frozenset[str], allowance: Allowance
    ) -> None:
        self.program, self.prober, self.tried, self.right, self.allowance = program, prober, tried, right, allowance
        self.count = 0

    def found(self, keys: Sequence[int], everything: frozenset[str], fits: bool) -> list[tuple[Edit, frozenset[str]]]:
        """Edits (those that compute a slope, or the others) that make more parameters right and none wrong.

        The likeliest are tried first; those that make all right end the search soon.
        """
        better: list[tuple[Edit, frozenset[str]]] = []
        best = 99.0
        edits = [c.edit for key in keys for c in self.prober.found.get(key, ()) if c.fits == fits]
        for edit in sorted(edits, key=self.prober.merit):
            if self.allowance.over or self.prober.merit(edit)[0] > best + 0.7:
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
                best = min(best, self.prober.merit(edit)[0])
        return better
