"""`examine`: the verdict on a program, with the line to mend where it is wrong. Runs inside the isolated process."""

import ast
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from autograd import ops
from autograd.programs.judging import (
    LOSS, Bench, Fit, Judged, Objective, common, explains, fit, implied_objectives, judged, own_objectives,
)  # fmt: skip
from autograd.programs.editing import applied, line_of
from autograd.programs.mending import Backward, Prober, Search, Slopes
from autograd.programs.roles import Parameter, Reach, forgotten, memory_inputs, parameters
from autograd.programs.running import Cell, Program, Run, run
from autograd.programs.traced import Elementwise, before

POINTS: Final = 5
"""At how many other starting points a program is looked at."""


class NotChecked(Exception):
    """Why a program could not be checked, in a sentence."""


class View(NamedTuple):
    """A run with what is what in it."""

    run: Run
    parameters: list[Parameter]
    reach: Reach

    @property
    def names(self) -> list[str]:
        """Of the parameters."""
        return [p.name for p in self.parameters]

    def judged(self, objective: Objective, with_memory: bool, most: int = 6) -> Judged:
        """How an objective explains the steps."""
        names = self.run.recorder.names()
        if not with_memory:
            return judged(objective, self.reach, names, most=most)

        def inputs(step: Any) -> Any:
            lineages = self.reach.lineages
            start = {k: lineages[k].contents[i] for k, i in step.start.items()}
            end = {k: lineages[k].contents[i] for k, i in step.end.items()}
            return memory_inputs(self.run, self.reach, start, end)

        return judged(objective, self.reach, names, inputs, most)


def viewed(ran: Run, more: Sequence[Parameter] = ()) -> View:
    """What is what in a run; NotChecked where nothing is trained in it."""
    found = [*parameters(ran), *more]
    if not found:
        raise NotChecked(_nothing(ran))
    return View(ran, found, Reach(ran.recorder, found))


def _nothing(ran: Run) -> str:
    if ran.error:
        return f"it ended before anything was trained: {ran.error}"
    return "no number in it is updated by something that depends on it"


class Verdict(NamedTuple):
    """What was found out about all parameters by one objective.

    constant  what the gradients by hand have in common, over the engine's, the learning rate taken off
    wrong     the parameters, by name, that differ
    fits      by parameter, one `Fit` for every step looked at
    """

    objective: Objective
    memory: bool
    constant: float | None
    wrong: frozenset[str]
    right: frozenset[str]
    fits: dict[str, list[Fit]]
    points: int
    bench: Bench


def understood(ran: Run) -> tuple[View, Judged, bool]:
    """A run with its parameters, and the objective that explains most of what it does."""
    view = viewed(ran)
    best, memory = chosen(view)
    for _ in range(3):
        read = {view.reach.parameter[k] for step in best.objective.steps for k in step.start}
        forward = before([t.node for step in best.objective.steps[:1] for t in step.terms], view.reach.cut)
        kept = [p for k, p in enumerate(view.parameters) if k in read]
        more = forgotten(ran, kept, forward)
        if len(kept) == len(view.parameters) and not more:
            break
        view = View(ran, [*kept, *more], Reach(ran.recorder, [*kept, *more]))
        best, memory = chosen(view)
        if more:
            break
    return view, best, memory


def chosen(view: View) -> tuple[Judged, bool]:
    """The objective that explains most of what the program does, and whether by what enters an optimiser's memory."""
    own, implied = own_objectives(view.run, view.reach), implied_objectives(view.reach)
    own.sort(key=lambda o: (not LOSS.search(o.name), not o.stored))
    if not own and not implied:
        raise NotChecked("no loss was found in it, nor a prediction that is compared with a target")
    n = len(view.parameters)
    found = None
    for memory in (True, False) if _uses_memory(view, [*own, *implied]) else (False,):
        mine = [view.judged(o, memory, 3) for o in own[:60]]
        other = [view.judged(o, memory, 3) for o in implied[:60]]
        best = preferred(mine, other, n)
        if best is not None and (found is None or len(best.explained) > len(found[0].explained)):
            found = best, memory
        if found is not None and len(found[0].explained) == n:
            break
    if found is None:
        raise NotChecked("the steps of the training could not be told apart")
    return found


def preferred(own: Sequence[Judged], implied: Sequence[Judged], n: int) -> Judged | None:
    """Of the program's own losses and those that it implies, the one to judge it by.

    A loss that the program stores at every step is what it means to minimise, also where another
    one explains its gradients; one that it prints now and then is a report.
    """
    mine, other = (max(pool, key=_merit, default=None) for pool in (own, implied))
    if mine is None or other is None:
        return mine or other
    full = len(other.explained) == n
    if len(mine.explained) == n:
        return other if full and mine.objective.running and not _near_one(mine.constant) else _with_penalty(mine, own)
    named = [one for one in own if LOSS.search(one.objective.name)]
    for one in named:
        o = one.objective
        if o.stored and not o.running and len(o.steps) + 1 >= len(other.objective.steps):
            kind = kind_of(one, implied)
            if kind is not None and (kind != other.objective.kind or not full):
                return max((other for other in named if other.objective.site == o.site), key=_merit)
    best = max(named, key=_merit, default=None)
    return best if best is not None and len(best.explained) >= len(other.explained) and not full else other


def _with_penalty(one: Judged, own: Sequence[Judged]) -> Judged:
    """The loss that is this one and a penalty of the parameters alone, where the program has such."""
    inner = {term.node for step in one.objective.steps for term in step.terms}
    for other in own:
        outer = other.objective.steps[0].terms[-1].node
        while isinstance(outer.op, Elementwise) and outer.op.row is ops.identity:
            outer = outer.args[0]
        if isinstance(outer.op, Elementwise) and outer.op.row is ops.add and other.objective.stored:
            rest = [arg for arg in outer.args if arg not in inner]
            if len(rest) == 1 and one.benches[0].reach(rest[0]) and not other.objective.running:
                reach = one.benches[0].reach
                path = before(rest, reach.cut)
                if not any(isinstance(node.op, Elementwise) and node.op.row in (ops.exp, ops.log, ops.tanh) for node in path):
                    return other
    return one


def _merit(j: Judged) -> Any:
    o = j.objective
    covered = len({k for step in o.steps for k in step.start})
    return len(j.explained), covered, _near_one(j.constant), bool(LOSS.search(o.name)), o.stored, bool(j.constant)


def kind_of(one: Judged, implied: Sequence[Judged]) -> str | None:
    """Which standard loss a loss of the program is, up to a constant, by its slope in a prediction; None for no known one."""
    for other in implied:
        constants, numbers = [], 0
        for bench, step in zip(one.benches, other.objective.steps, strict=False):
            for term in step.terms[:3]:
                if term.node in bench.slopes and term.target in bench.values:
                    constants.append(fit([bench.slopes[term.node]], [bench.slope_of(term)], bench.exact).constant)
                    numbers += term.node.size
        known = [c for c in constants if c is not None]
        if numbers > 1 and len(known) == len(constants) and max(known) / min(known) - 1.0 < 1e-6 and min(known) > 0:
            return other.objective.kind
    return None


def _near_one(constant: float | None) -> bool:
    return constant is not None and abs(constant - 1.0) < 1e-5


def _uses_memory(view: View, objectives: Sequence[Objective]) -> bool:
    for objective in objectives[:10]:
        for step in objective.steps[1:3]:
            lineages = view.reach.lineages
            start = {k: lineages[k].contents[i] for k, i in step.start.items()}
            end = {k: lineages[k].contents[i] for k, i in step.end.items()}
            if memory_inputs(view.run, view.reach, start, end):
                return True
    return False


def same(objective: Objective, view: View) -> Objective | None:
    """The same objective in another run."""
    only = objective.site
    pool = implied_objectives(view.reach, only) if objective.implied else own_objectives(view.run, view.reach, only)
    several = any(len(step.terms) > 1 for step in objective.steps)
    for other in pool:
        alike = other.site == objective.site and other.kind == objective.kind
        if alike and any(len(step.terms) > 1 for step in other.steps) == several:
            return other
    return None


def alike(ran: Run, first: View) -> View:
    """Another run of the same program, with the same parameters."""
    found = parameters(ran)
    names = set(first.names)
    known = [p for p in found if p.name in names]
    missing = names - {p.name for p in known}
    if missing:
        known += [p for p in forgotten(ran, known, ()) if p.name in missing]
    if not known:
        raise NotChecked(_nothing(ran))
    return View(ran, known, Reach(ran.recorder, known))


def starts(view: View, seed: int) -> dict[Any, Any]:
    """Other numbers for all parameters to start with, of a size at which nothing is saturated."""
    rng = np.random.default_rng(seed)
    found = {}
    for lineage in view.reach.lineages:
        if lineage.born is not None:
            shape = lineage.root.shape
            scale = min(0.8, 1.5 / np.sqrt(max(shape, default=1)))
            numbers = rng.uniform(0.3, 1.0, shape) * rng.choice([-1.0, 1.0], shape) * scale
            found[lineage.born] = numbers if shape else float(numbers)
    return found


def examine(request: Mapping[str, Any]) -> dict[str, Any]:
    """The report on a program, as JSON; see PROGRAMS for its fields."""
    begin = time.monotonic()
    cells = tuple(
        Cell(cell["number"], cell["text"], f"<cell {cell['number']}>" if cell["number"] is not None else request["name"])
        for cell in request["cells"]
    )
    report: dict[str, Any] = {
        "file": request["name"], "verdict": "not checked", "why": "", "loss": None, "lr": None, "optimizer": "",
        "points": 0, "parameters": [], "findings": [], "network": "", "notes": [], "seconds": 0.0,
    }  # fmt: skip
    seconds = float(request.get("seconds", 20.0))
    try:
        _parse(cells)
        report.update(_examined(Program(request["name"], cells, request.get("folder")), seconds, begin))
    except NotChecked as why:
        report["why"] = str(why)
    report["seconds"] = round(time.monotonic() - begin, 3)
    return report


def _parse(cells: Sequence[Cell]) -> None:
    for cell in cells:
        try:
            ast.parse(cell.text)
        except SyntaxError as error:
            where = f"cell {cell.number} " if cell.number is not None else ""
            old = " (Python 2?)" if "print" in str(error.msg) else ""
            raise NotChecked(f"{where}line {error.lineno} does not parse: {error.msg}{old}") from None


def _examined(program: Program, seconds: float, begin: float) -> dict[str, Any]:
    first, best, memory = understood(run(program, seconds=seconds / 4, rounds=5))
    verdict = verdict_of(program, first, best, memory, seconds / 4)
    report = told(program, first, verdict)
    if verdict.wrong:
        report["findings"] = [f for f in mended(program, first, verdict, begin + 0.9 * seconds)]
    return report


def mended(program: Program, first: View, verdict: Verdict, deadline: float) -> list[dict[str, Any]]:
    """What is wrong, line by line, each proved by mending it."""
    findings: list[dict[str, Any]] = []
    start = starts(first, 0)
    names = frozenset(first.names)
    everything = frozenset(verdict.fits)

    def tried(changed: Program, most: int = 1, begin: Mapping[Any, Any] = start) -> frozenset[str] | None:
        try:
            view = alike(run(changed, seconds=3.0, rounds=2, starts=begin, until=until), first)
        except NotChecked:
            return None
        other = same(verdict.objective, view)
        if other is None:
            return None
        one = view.judged(other, verdict.memory, most)
        constant = verdict.constant if verdict.right else one.constant
        return frozenset(view.names[p] for p, fits in one.fits.items() if explains(fits, constant))

    until = None
    view = alike(run(program, seconds=5.0, rounds=3, starts=start), first)
    right, wrong = verdict.right, verdict.wrong
    current = program
    for _ in range(3):
        other = same(verdict.objective, view)
        if other is None:
            break
        judged_now = view.judged(other, verdict.memory, 1)
        bench = judged_now.benches[0]
        last = max((event for p in view.parameters for event in p.updates if event.nodes and event.time <= _end_of(bench)),
                   key=lambda e: e.time, default=None)
        until = (last.key, last.count) if last is not None else None
        backward = Backward(view, bench, wrong)
        statements = view.run.recorder.statements
        settings = _settings(view, bench)
        levels = backward.suspects()
        constants = {1.0, *settings.values(), *(1.0 / c for c in settings.values())}
        prober = Prober(current, settings, Slopes(bench, constants))
        run(current, seconds=10.0, rounds=2, starts=start, until=until,
            probes={key: prober.probe(key) for level in levels for key in level})  # fmt: skip
        search = Search(current, prober, tried, right, deadline)
        better: list[tuple[Any, frozenset[str]]] = []
        for fits in (True, False):
            for keys in levels:
                better += search.found(keys, everything, fits)
                if any(r >= everything for _, r in better) or time.monotonic() > deadline:
                    break
            if better:
                break
        if not better:
            break
        edit, fixed = max(better, key=lambda pair: (len(pair[1]), -pair[0].cost))
        statement = statements[edit.key]
        findings.append({
            "code": edit.kind, "cell": cell_of(statement.file, program), "line": edit.start[0], "text": f"{edit.old} -> {edit.new} ({search.count} tries)",
            "right": line_of(current, edit.key, edit), "parameters": sorted(fixed - right), "proved": True,
        })
        current = Program(current.name, applied(current, edit).cells, current.folder)
        right, wrong = fixed, everything - fixed
        if not wrong:
            break
        view = alike(run(current, seconds=5.0, rounds=3, starts=start), first)
    return findings


def _end_of(bench: Bench) -> int:
    return max(node.time for node in bench.end.values())


def _settings(view: View, bench: Bench) -> dict[str, float]:
    """Numbers by which gradients are scaled: the learning rate, and how many samples there are."""
    found = {r.name: r.value for r in bench.rates(view.run.recorder.names()).values() if r.name.isidentifier()}
    for term in bench.step.terms[:1]:
        for name, value in view.run.namespace.items():
            if type(value) is int and value > 1 and name.isidentifier() and value in (*term.node.shape, len(bench.step.terms)):
                found[name] = float(value)
    return found


def verdict_of(program: Program, first: View, best: Judged, memory: bool, seconds: float) -> Verdict:
    """The verdict at other starting points than the program's own, by which chance and kinks are left behind."""
    objective = best.objective
    fits: dict[str, list[Fit]] = {}
    points = 0
    deadline = time.monotonic() + seconds
    for seed in range(POINTS):
        if points and time.monotonic() > deadline:
            break
        try:
            view = alike(run(program, seconds=seconds, rounds=3, starts=starts(first, seed)), first)
        except NotChecked:
            continue
        other = same(objective, view)
        if other is None:
            continue
        one = view.judged(other, memory, 4)
        points += 1
        for p, own in one.fits.items():
            smooth = [f for f, bench in zip(own, one.benches, strict=False) if bench.smooth]
            fits.setdefault(view.names[p], []).extend(smooth)
    if not points:
        fits = {first.names[p]: own for p, own in best.fits.items()}
        points = 1
    constant = common([one.constant for own in fits.values() for one in own if one.constant is not None])
    constant = constant if constant is None or constant > 0.0 else None
    right = frozenset(name for name, own in fits.items() if explains(own, constant))
    return Verdict(objective, memory, constant, frozenset(fits) - right, right, fits, points, best.benches[0])


def told(program: Program, view: View, verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON."""
    objective = verdict.objective
    constant = verdict.constant
    scaled = constant is not None and not objective.implied and not _near_one(constant)
    word = "wrong" if verdict.wrong else "right up to a constant" if scaled else "right"
    found = []
    for parameter in view.parameters:
        name = parameter.name
        own = "wrong" if name in verdict.wrong else word if name in verdict.right and word != "wrong" else "right"
        statement = view.run.recorder.statements[parameter.updates[0].key]
        found.append({
            "name": name, "cell": cell_of(statement.file, program), "line": statement.line, "verdict": own,
            "constant": constant if scaled and own != "wrong" else None, "says": "",
        })  # fmt: skip
    bench = verdict.bench
    found_rates = bench.rates(view.run.recorder.names()).values()
    rates = [r for r in found_rates if r.value != 1.0] or list(found_rates)
    return {
        "verdict": word, "lr": rates[0].value, "points": verdict.points, "parameters": found,
        "optimizer": "with memory" if verdict.memory else "SGD", "loss": _loss(program, view, objective),
        "notes": view.run.notes,
    }  # fmt: skip


def cell_of(file: str, program: Program) -> int | None:
    """The number of the cell that a file of the traceback is."""
    return next((cell.number for cell in program.cells if cell.file == file), None)


def _loss(program: Program, view: View, objective: Objective) -> dict[str, Any]:
    if isinstance(objective.site[0], str):
        place = objective.site[1]
        file, line = place.file, place.line
    else:
        statement = view.run.recorder.statements[objective.site[0]]
        file, line = statement.file, statement.line
    return {"name": objective.name, "cell": cell_of(file, program), "line": line, "kind": objective.kind,
            "implied": objective.implied, "note": ""}  # fmt: skip
