"""What is wrong in a program, line by line, each proved by mending it and running the program again."""

import ast
import re
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from autograd.programs.agreement import Judged, explains, fit
from autograd.programs.allowance import Allowance
from autograd.programs.bench import Bench
from autograd.programs.context import Context, Roles
from autograd.programs.describing import stale_words
from autograd.programs.edits import Edit, applied, line_of
from autograd.programs.instrumenting import Statement
from autograd.programs.mending import Backward, Prober, Search, Slopes, stale_nodes
from autograd.programs.mistake_names import SAYS, named
from autograd.programs.replay import again
from autograd.programs.traced_run import Program, run
from autograd.programs.understanding import NotCheckedError, View, alike, same
from autograd.programs.updates import RATE
from autograd.programs.verdicts import Verdict, starts

MISTAKES: Final = 4
"""How many changes are looked for at most."""


class Mender:
    """Looks for changes that make a program right, one after the other."""

    def __init__(self, program: Program, first: View, verdict: Verdict, allowance: Allowance) -> None:
        self.program, self.first, self.verdict, self.allowance = program, first, verdict, allowance
        self.everything = frozenset(verdict.fits)
        self.start = starts(first, 0)
        self.until: tuple[int, int] | None = None
        self.most = 1
        self.loss: float | None = None
        self.flat: frozenset[str] = frozenset()
        self._look: tuple[View, Bench, Backward, Prober] | None = None
        self._ran: Any = None

    def right(self, program: Program, seed: int = 0, most: int = 0) -> frozenset[str] | None:
        """The parameters whose gradients are right at a starting point; None where that cannot be told."""
        begin = self.start if seed == 0 else starts(self.first, seed)
        until = None if most else self.until
        most = most or self.most
        try:
            ran = run(program, seconds=3.0, rounds=2 + most, starts=begin, until=until)
            return self._right(alike(ran, self.first), most, None if seed else self.loss)
        except (NotCheckedError, ValueError, ArithmeticError, TypeError, LookupError):  # of an edit that does not fit
            return None

    def _right(self, view: View, most: int, loss: float | None) -> frozenset[str] | None:
        """The parameters whose gradients are right in the first steps of a run, which must begin with this loss."""
        objective = same(self.verdict.objective, view)
        if objective is None:
            return None
        one = view.judged(objective, self.verdict.memory, most)
        constant = self.verdict.constant if self.verdict.right else one.constant
        if loss is not None and abs(one.benches[0].loss - loss) > 1e-9 * abs(loss) + 1e-300:
            return frozenset()  # the forward pass is another one
        if constant is None or constant <= 0.0:
            return frozenset()
        return frozenset(
            view.names[p]
            for p, fits in one.fits.items()
            if explains(fits, constant) or (all(f.zero for f in fits) and view.names[p] in self.flat)
        )

    def confirmed(self, program: Program, right: frozenset[str]) -> int:
        """At how many points these are right, 0 where they are not at one."""
        points = 0
        for seed in range(1, 5):
            if points and self.allowance.over:
                break
            found = self.right(program, seed, self.most + 2)
            if found is None or not found >= right:
                return 0
            points += 1
        return points + 1

    def found(self) -> list[dict[str, Any]]:
        """The findings."""
        made: list[dict[str, Any]] = []
        current, right, pending, origin = self.program, self.verdict.right, 0, None
        while len(made) < MISTAKES and right < self.everything and not self.allowance.over:
            try:
                better = self._next(current, right)
            except NotCheckedError:  # a program may only run as it stands
                break
            if better is None and self._look is not None and pending < 2:
                origin = origin or (current, right, self._look)
                better = self._tentative(current, right)
                pending += 1
            if better is None:
                made = [one for one in made if one["parameters"]]
                if origin is not None:
                    current, right, self._look = origin
                made += self._rest(current, right)
                break
            edit, fixed, finding = better
            made.append(finding)
            current = Program(current.name, applied(current, edit).cells, current.folder, current.given)
            right = fixed
        if right >= self.everything:
            for one in made:
                one["parameters"] = one["parameters"] or sorted(self.everything - self.verdict.right)
        return _joined([one for one in made if one["parameters"]])

    def _tentative(self, program: Program, right: frozenset[str]) -> tuple[Edit, frozenset[str], dict[str, Any]] | None:
        """The likeliest edit that makes the first wrong line compute a slope, though it mends no gradient alone."""
        assert self._look is not None
        view, bench, backward, prober = self._look
        for key in [key for level in backward.suspects() for key in level if key in backward.keys[True]]:
            edits = [c.edit for c in prober.found.get(key, ()) if c.fits and c.edit.cost < 1.6]
            if prober.fitting.get(key) is False and edits and program.statements[key].kind != "change":
                edit = min(edits, key=prober.merit)
                finding = self._finding(program, view, bench, self._ran, prober, edit, right, right, 1, ())
                return edit, right, finding
        return None

    def _next(self, program: Program, right: frozenset[str]) -> tuple[Edit, frozenset[str], dict[str, Any]] | None:
        """The likeliest edit that makes more parameters right, with its finding."""
        view = alike(run(program, seconds=5.0, rounds=6, starts=self.start), self.first)
        objective = same(self.verdict.objective, view)
        if objective is None:
            return None
        wrong = self.everything - right
        judged_now = view.judged(objective, self.verdict.memory, 6)
        self.loss = judged_now.benches[0].loss
        constant = self.verdict.constant if self.verdict.right else judged_now.constant
        place = next((k for k in range(len(judged_now.benches)) if not self._agrees(view, judged_now, k, constant)), 0)
        bench = judged_now.benches[place]
        self.flat = frozenset(
            view.names[p] for p, fits in judged_now.fits.items() if all(f.flat for f in fits[: place + 1])
        )
        self.most, self.until = objective.steps.index(bench.step) + 1, _end(view, bench)
        backward = Backward(view, bench, wrong)
        levels = backward.suspects()
        settings = settings_of(view, bench)
        constants = {1.0, *settings.values(), *(1.0 / c for c in settings.values() if c)}
        prober = Prober(program, settings, Slopes(bench, constants), stale_nodes(view, bench))
        ran = run(
            program,
            seconds=10.0,
            rounds=2 + self.most,
            starts=self.start,
            until=self.until,
            probes={backward.first(key): prober.probe(key) for level in levels for key in level},
        )
        self._look, self._ran = (view, bench, backward, prober), ran
        search = Search(program, prober, self.right, right, self.allowance)
        for fits in (True, False):
            better = []
            for keys in levels:
                better += search.found(keys, self.everything, fits)
                if any(fixed >= self.everything for _, fixed in better) or self.allowance.over:
                    break
            ranked = sorted(better, key=lambda pair: (-len(pair[1]), prober.merit(pair[0])))
            for edit, fixed in ranked[:8]:
                points = self.confirmed(applied(program, edit), fixed)
                if points:
                    also = [
                        e
                        for e, f in ranked
                        if f == fixed and e is not edit and e.cost < edit.cost + 0.3 and e.kind != "stale"
                    ]
                    return (
                        edit,
                        fixed,
                        self._finding(program, view, bench, ran, prober, edit, fixed, right, points, also),
                    )
        return None

    def _rest(self, program: Program, right: frozenset[str]) -> list[dict[str, Any]]:
        """Where no edit helps: the first line that computes no slope of the loss though what enters it is right."""
        if self._look is None:
            return []
        view, bench, backward, prober = self._look
        wrong = self.everything - right
        lost = [name for name in wrong if _nothing(view, bench, name)]
        if lost:
            return self._lost(program, view, lost)
        for key in [key for level in backward.suspects() for key in level if key in backward.keys[True]]:
            if prober.fitting.get(key) is not False:
                continue
            statement = program.statements[key]
            node = statement.value
            text = "what this line computes is no slope of the loss, and what enters it is right"
            one = self._unmended(program, statement, text, sorted(wrong))
            span = [node.lineno, node.col_offset, node.end_lineno, node.end_col_offset]
            return [{**one, "proved": self._substituted(view, bench, key), "span": span}]
        return []

    def _unmended(self, program: Program, statement: Statement, text: str, parameters: list[str]) -> dict[str, Any]:
        """A finding without an edit that would put it right."""
        return {
            "code": None,
            "cell": program.cell_of(statement.file),
            "line": statement.line,
            "right": "",
            "text": text,
            "parameters": parameters,
            "proved": False,
            "points": 1,
            "stands": line_of(self.program, statement.key),
            "remedy": "",
            "edit": "",
            "span": None,
            "also": [],
        }

    def _lost(self, program: Program, view: View, names: Sequence[str]) -> list[dict[str, Any]]:
        """Parameters whose gradient is 0: the statement that should have added to it."""
        found = []
        for p in view.parameters:
            if p.name not in names:
                continue
            update = program.statements[p.updates[0].key]
            used = {n.id for n in ast.walk(update.value) if isinstance(n, ast.Name)} | {
                n.attr for n in ast.walk(update.value) if isinstance(n, ast.Attribute)
            }
            adding = [
                s
                for s in program.statements
                if (s.kind == "change" or (s.kind == "bind" and "[" in s.target))
                and s.file == update.file
                and re.split(r"[.\[]", s.target.removeprefix("self."))[0] in used
                and s.key != update.key
            ]
            statement = adding[0] if adding else update
            one = self._unmended(program, statement, SAYS["no-gradient"], [p.name])
            found.append({**one, "code": "bias-zero" if re.search(r"(^|\.)b", p.name) else "no-gradient"})
        return found

    def _substituted(self, view: View, bench: Bench, key: int) -> bool:
        """Whether a slope of the loss in the place of what a statement computes makes all gradients right."""
        recorder = view.run.recorder
        events = [e for e in recorder.events if e.key == key and bench.since < e.time]
        nodes = [n for e in events[:1] for n in e.nodes.values()]
        if len(nodes) != 1 or nodes[0] not in bench.values:
            return False
        node = nodes[0]
        names = recorder.names()
        by = bench.rates(names)
        for slope in bench.slopes.values():
            for shaped in (slope, np.transpose(slope)):
                if np.shape(shaped) != node.shape:
                    continue
                for constant in {1.0, *(r.value for r in by.values())}:
                    values = again(
                        bench.outputs,
                        {node: constant * shaped},
                        cut=bench.cut,
                        since=bench.since,
                        kind=bench.kind,
                        known=bench.values,
                    )
                    hand, engine = bench.by_hand(values), bench.by_engine()
                    fits = {k: fit([hand[k] / by[k].value], [engine[k]], bench.exact) for k in hand}
                    if all(
                        one.zero
                        or (
                            one.constant is not None
                            and self.verdict.constant is not None
                            and abs(one.constant / self.verdict.constant - 1.0) < 1e-5
                        )
                        for one in fits.values()
                    ):
                        return True
        return False

    def _agrees(self, view: View, one: Judged, place: int, constant: float | None) -> bool:
        """Whether all gradients are right in one step."""
        return all(
            explains([fits[place]], constant) or fits[place].zero for fits in one.fits.values() if place < len(fits)
        )

    def _finding(
        self,
        program: Program,
        view: View,
        bench: Bench,
        ran: Any,
        prober: Prober,
        edit: Edit,
        fixed: frozenset[str],
        right: frozenset[str],
        points: int,
        also: Sequence[Edit],
    ) -> dict[str, Any]:
        statement = program.statements[edit.key]
        seen = alike(ran, self.first)
        objective = same(self.verdict.objective, seen)
        try:
            benches = seen.judged(objective, self.verdict.memory, self.most).benches if objective is not None else []
        except ValueError:  # the run with probes came to its limit in the middle of a step
            benches = []
        seen, inside = (seen, benches[-1]) if benches else (view, bench)
        stands = line_of(self.program, edit.key)
        context = Context(
            Roles(seen, inside),
            prober.scenes[edit.key],
            statement,
            stands,
            fixed - right,
            self.everything - right,
            right,
            prober.settings,
            edit.key in prober.local,
        )
        code = named(edit, context)
        belongs = line_of(program, edit.key, edit)
        text = SAYS.get(code or "", f"{edit.new} belongs in the place of {edit.old}")
        if edit.kind == "stale":
            text, belongs = self._stale(program, seen, edit), ""
            also = ()
        return {
            "code": code,
            "cell": program.cell_of(statement.file),
            "line": edit.start[0],
            "text": text,
            "right": belongs,
            "parameters": sorted(fixed - right),
            "proved": True,
            "points": points,
            "stands": stands,
            "remedy": "",
            "edit": edit.kind,
            "span": [edit.start[0], edit.start[1], edit.end[0], edit.end[1]],
            "also": [line_of(program, e.key, e) for e in also[:3]],
        }

    def _stale(self, program: Program, view: View, edit: Edit) -> str:
        """What to do where a weight is used after its update."""
        name = edit.old.removesuffix(".T")
        places = {p.name: p.updates[0].key for p in view.parameters if p.updates}
        key = places.get(name, next((k for n, k in places.items() if n.split("[")[0] == name.split("[")[0]), None))
        if key is None:
            key = max((k for k in places.values() if k < edit.key), default=edit.key)
        last = max(program.statements[k].line for k in (*places.values(), edit.key))
        return stale_words(name, program.statements[key], last)


def findings(program: Program, first: View, verdict: Verdict, allowance: Allowance) -> list[dict[str, Any]]:
    """What is wrong in a program, the first in its order first."""
    return Mender(program, first, verdict, allowance).found()


def _end(view: View, bench: Bench) -> tuple[int, int] | None:
    """The last update of a step, as (statement, count)."""
    end = max(node.time for node in bench.end.values())
    events = [e for p in view.parameters for e in p.updates if e.time <= end]
    last = max(events, key=lambda event: event.time, default=None)
    return (last.key, last.turn) if last is not None else None


def _nothing(view: View, bench: Bench, name: str) -> bool:
    """Whether nothing of a gradient arrives at a parameter."""
    hand = bench.by_hand()
    own = [k for k in hand if view.names[view.origins.parameter[k]] == name]
    return bool(own) and not any(np.any(hand[k]) for k in own)


def settings_of(view: View, bench: Bench) -> dict[str, float]:
    """Numbers that gradients are scaled by: learning rate, how many samples there are, strength of a penalty."""
    recorder = view.run.recorder
    names = recorder.names()
    found = {r.name: r.value for r in bench.rates(names).values() if r.name and r.value != 1.0}
    sizes = {
        n for term in bench.step.terms[:3] for node in (term.node, term.target) if node is not None for n in node.shape
    }
    sizes.add(len(bench.step.terms))
    for name, value in view.run.namespace.items():
        if (type(value) is int and value > 1 and value in sizes and name not in view.run.loops) or (
            RATE.search(name) and isinstance(value, float) and value not in (0.0, 1.0)
        ):
            found[name] = float(value)
    return found


def _joined(made: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same mistake in several lines as one finding, at the first of them."""
    found: list[dict[str, Any]] = []
    for one in made:
        twin = next((f for f in found if f["code"] == one["code"] == "updated-weight"), None)
        if twin is None:
            found.append(one)
            continue
        first, second = sorted((twin, one), key=lambda f: (f["cell"] or 0, f["line"]))
        first["parameters"] = sorted({*first["parameters"], *second["parameters"]})
        found[found.index(twin)] = first
    return sorted(found, key=lambda f: (f["cell"] or 0, f["line"]))
