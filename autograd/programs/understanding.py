"""What a run is about: its parameters, and the loss by which their updates are judged."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd import ops
from autograd.programs.agreement import Judged, fit, judged
from autograd.programs.objectives import LOSS, Objective, implied_objectives, own_objectives
from autograd.programs.rates import memory_inputs
from autograd.programs.replay import before
from autograd.programs.roles import Origins, Parameter, forgotten, gradients_returned, parameters
from autograd.programs.traced import Elementwise
from autograd.programs.traced_run import Run


class NotCheckedError(Exception):
    """Why a program could not be checked, in a sentence."""


class View(NamedTuple):
    """A run with what is what in it."""

    run: Run
    parameters: list[Parameter]
    origins: Origins

    @property
    def names(self) -> list[str]:
        """Of the parameters."""
        return [p.name for p in self.parameters]

    @property
    def exercise(self) -> bool:
        """Whether gradients are worked out and nothing is moved by them."""
        moved = {node for one in self.origins.lineages for node in one.contents[1:]}
        return all(moved.isdisjoint(event.nodes.values()) for p in self.parameters for event in p.updates)

    def judged(self, objective: Objective, with_memory: bool, most: int = 6) -> Judged:
        """How an objective explains the steps."""
        names = self.run.recorder.names()
        if not with_memory:
            return judged(objective, self.origins, names, most=most)

        def inputs(step: Any) -> Any:
            lineages = self.origins.lineages
            start = {k: lineages[k].contents[i] for k, i in step.start.items()}
            end = {k: lineages[k].contents[i] for k, i in step.end.items()}
            return memory_inputs(self.run, self.origins, start, end)

        return judged(objective, self.origins, names, inputs, most)


def viewed(ran: Run, more: Sequence[Parameter] = ()) -> View:
    """What is what in a run; NotCheckedError where nothing is trained in it."""
    found = [*parameters(ran), *more]
    if not found:
        raise NotCheckedError(_nothing(ran))
    return View(ran, found, Origins(ran.recorder, found))


def _nothing(ran: Run) -> str:
    if ran.error:
        return f"it ended before anything was trained: {ran.error}"
    if ran.recorder.late:
        return "its time was over before anything was trained; give it more seconds, or less data"
    return "no number in it is updated by something that depends on it"


def understood(ran: Run) -> tuple[View, Judged, bool]:
    """A run with its parameters, and the objective that explains most of what it does."""
    view = viewed(ran)
    try:
        best, memory = chosen(view)
    except NotCheckedError:
        exercise = gradients_returned(ran)
        if not exercise:
            raise
        view = View(ran, exercise, Origins(ran.recorder, exercise))
        best, memory = chosen(view)
    for _ in range(3):
        read = {view.origins.parameter[k] for step in best.objective.steps for k in step.start}
        forward = before([t.node for step in best.objective.steps[:1] for t in step.terms], view.origins.cut)
        kept = [p for k, p in enumerate(view.parameters) if k in read]
        more = forgotten(ran, kept, forward)
        if len(kept) == len(view.parameters) and not more:
            break
        view = View(ran, [*kept, *more], Origins(ran.recorder, [*kept, *more]))
        best, memory = chosen(view)
        if more:
            break
    return view, best, memory


def chosen(view: View) -> tuple[Judged, bool]:
    """The objective that explains most of what the program does, and whether by what enters an optimiser's memory."""
    own, implied = own_objectives(view.run, view.origins), implied_objectives(view.origins)
    own.sort(key=lambda o: (not LOSS.search(o.name), not o.stored))
    statements = view.run.recorder.statements
    if all(statements[event.key].kind == "return" for p in view.parameters for event in p.updates):
        # The loss of an exercise is what is returned too, and no part of it.
        returned = [o for o in own if statements[o.site[0]].kind == "return"]
        own, implied = (returned, []) if returned else (own, implied)
    if not own and not implied:
        raise NotCheckedError("no loss was found in it, nor a prediction that is compared with a target")
    n = len(view.parameters)
    found = None
    for memory in (True, False) if _uses_memory(view, [*own, *implied]) else (False,):
        mine = [view.judged(o, memory, 3) for o in own[:60] if LOSS.search(o.name) or not _predicts(o, implied)]
        other = [view.judged(o, memory, 3) for o in implied[:60]]
        best = preferred(mine, other, n)
        if best is not None and (found is None or len(best.explained) > len(found[0].explained)):
            found = best, memory
        if found is not None and len(found[0].explained) == n:
            break
    if found is None:
        raise NotCheckedError("the steps of the training could not be told apart")
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
    if (len(mine.explained) == n and (mine.constant or 0.0) > 0.0) or (
        mine.objective.stored and len(mine.explained) == n
    ):
        return other if full and mine.objective.running and not _near_one(mine.constant) else _with_penalty(mine, own)
    named = sorted(
        (one for one in own if LOSS.search(one.objective.name)),
        key=lambda one: (len(one.objective.steps) > 1, _merit(one)),
        reverse=True,
    )
    for one in named:
        o = one.objective
        if o.stored and not o.running and len(o.steps) + 1 >= len(other.objective.steps):
            kind = kind_of(one, implied)
            if kind is not None and (kind != other.objective.kind or not full):
                meant = max((twin for twin in named if twin.objective.site == o.site), key=_merit)
                return meant._replace(instead=other.objective.kind if full else "")
    best = named[0] if named else None
    if best is None or full:
        return other
    wider = best.objective.stored and _covered(best) > _covered(other) and (other.constant or 0.0) <= 0.0
    return best if wider or len(best.explained) >= len(other.explained) else other


def _predicts(o: Objective, implied: Sequence[Objective]) -> bool:
    """Whether what might be a loss is what the program compares with a target."""
    compared = {term.node for other in implied for step in other.steps for term in step.terms}
    return any(term.node in compared for step in o.steps for term in step.terms)


def _with_penalty(one: Judged, own: Sequence[Judged]) -> Judged:
    """The loss that is this one and a penalty of the parameters alone, where the program has such."""
    inner = {term.node for step in one.objective.steps for term in step.terms}
    for other in own:
        outer = other.objective.steps[0].terms[-1].node
        while isinstance(outer.op, Elementwise) and outer.op.row is ops.identity:
            outer = outer.args[0]
        if isinstance(outer.op, Elementwise) and outer.op.row is ops.add and other.objective.stored:
            rest = [arg for arg in outer.args if arg not in inner]
            if len(rest) == 1 and one.benches[0].origins(rest[0]) and not other.objective.running:
                origins = one.benches[0].origins
                path = before(rest, origins.cut)
                if not any(
                    isinstance(node.op, Elementwise) and node.op.row in (ops.exp, ops.log, ops.tanh) for node in path
                ):
                    return other
    return one


def _covered(j: Judged) -> int:
    """How many parameters it reads."""
    return len({k for step in j.objective.steps for k in step.start})


def _merit(j: Judged) -> Any:
    o = j.objective
    return (
        len(j.explained),
        bool(j.explained) and (j.constant or 0.0) > 0.0,
        _covered(j),
        _near_one(j.constant),
        bool(LOSS.search(o.name)),
        o.stored,
        bool(j.constant),
    )


def kind_of(one: Judged, implied: Sequence[Judged]) -> str | None:
    """Which standard loss a loss of the program is, up to a constant, by its slope in a prediction; None for others."""
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
            lineages = view.origins.lineages
            start = {k: lineages[k].contents[i] for k, i in step.start.items()}
            end = {k: lineages[k].contents[i] for k, i in step.end.items()}
            if memory_inputs(view.run, view.origins, start, end):
                return True
    return False


def same(objective: Objective, view: View) -> Objective | None:
    """The same objective in another run."""
    only = objective.site
    pool = implied_objectives(view.origins, only) if objective.implied else own_objectives(view.run, view.origins, only)
    several = any(len(step.terms) > 1 for step in objective.steps)
    found = [
        other
        for other in pool
        if other.kind == objective.kind and any(len(step.terms) > 1 for step in other.steps) == several
    ]
    if objective.implied:
        return min(found, key=lambda o: abs(o.site[1].column - objective.site[1].column), default=None)
    return next((other for other in found if other.site == objective.site), None)


def alike(ran: Run, first: View) -> View:
    """Another run of the same program, with the same parameters."""
    found = parameters(ran)
    names = set(first.names)
    if not names & {p.name for p in found}:
        found = gradients_returned(ran)
    known = [p for p in found if p.name in names]
    missing = names - {p.name for p in known}
    if missing:
        known += [p for p in forgotten(ran, known, ()) if p.name in missing]
    if not known:
        raise NotCheckedError(_nothing(ran))
    return View(ran, known, Origins(ran.recorder, known))
