"""Is the gradient by hand, which is the update, that of a loss of the program; and of which one."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np

from autograd import ops
from autograd.programs.roles import Rate, Reach, rates
from autograd.programs.running import Run
from autograd.programs.sites import position
from autograd.programs.traced import Einsum, Elementwise, Node, Numbers, Total, Unknown, again, before, gradients

LOSS: Final = re.compile(
    r"(^|[^a-z])(loss|losses|cost|costs|error|err|e|j|l|mse|ce|bce|nll|objective|total\w*|sum_?error|fehler|verlust|"
    r"perdida|coste?|perte)($|[^a-z])",
    re.IGNORECASE,
)
"""What losses are called."""

LITERAL: Final = re.compile(r"\(*\s*\d+(\.\d*)?\s*-")
"""How 1 - a begins, in which nothing is compared."""

GUARD: Final = 1e-6
"""What is added to keep a logarithm or a quotient off 0 is no more than this."""

EXACT: Final = 3e7
"""Up to so many multiplications a step is computed once more with longer floats, so that rounding is no question."""


# ---------------------------------------------------------------- losses


class Kind(NamedTuple):
    """A loss of a prediction a and its target t, all numbers added up, with its slope ∂L/∂a.

    fits  whether a prediction can be meant for it
    """

    name: str
    value: Callable[[Numbers, Numbers], Numbers]
    slope: Callable[[Numbers, Numbers], Numbers]
    fits: Callable[[Numbers], bool]


def _probabilities(a: Numbers) -> bool:
    return bool(np.all((np.asarray(a) > 0.0) & (np.asarray(a) < 1.0)))


def _distribution(a: Numbers) -> bool:
    a = np.asarray(a)
    return _probabilities(a) and (
        a.ndim == 0 or any(np.allclose(a.sum(axis=k), 1.0) for k in range(a.ndim)) or a.size < 1000
    )


KINDS: Final = (
    Kind("half squared error", lambda a, t: 0.5 * (a - t) ** 2, lambda a, t: a - t, lambda a: True),
    Kind(
        "binary cross-entropy",
        lambda a, t: -(t * np.log(a) + (1.0 - t) * np.log(1.0 - a)),
        lambda a, t: (a - t) / (a * (1.0 - a)),
        _probabilities,
    ),
    Kind("cross-entropy", lambda a, t: -t * np.log(a), lambda a, t: -t / a, _distribution),
)


class Term(NamedTuple):
    """A part of a loss: a node, and ∂L/∂node where the loss is not the node itself."""

    node: Node
    kind: Kind | None = None
    target: Node | None = None


class Step(NamedTuple):
    """From one reading of the parameters to the next: terms of the loss; by lineage the contents before and after."""

    terms: tuple[Term, ...]
    start: dict[int, int]
    end: dict[int, int]


class Objective(NamedTuple):
    """What a program may be minimising.

    kind     what it is in words, "" where that is not known
    name     what the program calls it
    site     the statement that stores it, by its key, or the instruction that computes it
    implied  whether the program does not compute it
    running  whether it adds up over several steps
    """

    kind: str
    name: str
    site: Any
    implied: bool
    steps: tuple[Step, ...]
    running: bool = False

    @property
    def stored(self) -> bool:
        """Whether the program gives it a name, or returns it."""
        return not isinstance(self.site[0], str)


def own_objectives(run: Run, reach: Reach, only: Any = None) -> list[Objective]:
    """Every single number that the program stores, prints or returns and that depends on parameters; or of one site."""
    recorder = run.recorder
    sites: dict[Any, list[Node]] = {}
    names: dict[Any, str] = {}
    for event in recorder.events:
        for path, node in event.nodes.items():
            if node.size == 1 and reach(node) and len(event.nodes) <= 8 and node not in reach.cut:
                statement = recorder.statements[event.key]
                site = (event.key, path)
                if only is not None and site != only:
                    continue
                sites.setdefault(site, []).append(node)
                names[site] = statement.target if statement.kind != "return" else ""
    seen = {id(node) for nodes in sites.values() for node in nodes}
    for node in reach.nodes:
        if node.size == 1 and not node.readers and id(node) not in seen and reach(node) and node.site:
            at = ("at", position(*node.site[0]))
            if only is None or at == only:
                sites.setdefault(at, []).append(node)
    found = []
    for site, nodes in sites.items():
        for together in (False, True):
            steps = steps_of([Term(node) for node in _unique(nodes)], reach, together)
            if steps and (not together or any(len(step.terms) > 1 for step in steps)):
                running = any(reach.several(term.node) for step in steps for term in step.terms)
                found.append(Objective("", names.get(site, ""), site, False, steps, running))
    return found


def _unique(nodes: Iterable[Node]) -> list[Node]:
    return sorted({id(node): node for node in nodes}.values(), key=lambda node: node.time)


def implied_objectives(reach: Reach, only: Any = None) -> list[Objective]:
    """Standard losses of whatever the program compares with numbers that do not depend on parameters."""
    sites: dict[Any, list[tuple[Node, Node]]] = {}
    for node in reach.nodes:
        if not isinstance(node.op, Elementwise) or node.op.row not in (ops.sub, ops.add, ops.div) or not node.site:
            continue
        a, t = node.args
        place = position(*node.site[0])
        if bool(reach(a)) == bool(reach(t)) or (only is not None and place[:2] != only[1][:2]):
            continue
        prediction, target = (a, t) if reach(a) else (t, a)
        if prediction is t and not target.shape and LITERAL.match(reach.text(place)):
            continue
        if node.op.row is ops.add:  # y + (-prediction), and sums that compare nothing
            if not (isinstance(prediction.op, Elementwise) and prediction.op.row is ops.neg):
                continue
            prediction = prediction.args[0]
        while isinstance(prediction.op, Elementwise) and prediction.op.row is ops.identity:
            prediction = prediction.args[0]
        if np.broadcast_shapes(prediction.shape, target.shape) == prediction.shape and prediction not in reach.cut:
            sites.setdefault((node.op.row.name, place), []).append((prediction, target))
    found = []
    for site, pairs in sites.items():
        for kind in KINDS:
            if (site[0] == "div") != (kind.name != "half squared error") and site[0] == "div":
                continue
            if all(kind.fits(prediction.data) for prediction, _ in pairs):
                terms = {(id(p), id(t)): Term(p, kind, t) for p, t in pairs}
                steps = steps_of(sorted(terms.values(), key=lambda term: term.node.time), reach, True)
                if steps:
                    found.append(Objective(kind.name, "", ("at", site[1]), True, steps))
    return found


def steps_of(terms: Sequence[Term], reach: Reach, together: bool) -> tuple[Step, ...]:
    """The steps between changes of what the terms read; with `together` all terms of a step count, else its last."""
    groups: list[tuple[dict[int, int], list[Term]]] = []
    for term in terms:
        latest = reach.latest(term.node)
        if not latest:
            continue
        if groups and all(groups[-1][0].get(k, i) == i for k, i in latest.items()):
            groups[-1][0].update(latest)
            groups[-1][1].append(term)
        else:
            groups.append((dict(latest), [term]))
    found = []
    for place, (start, members) in enumerate(groups):
        last = place + 1 == len(groups)
        following = {} if last else groups[place + 1][0]
        end = {}
        for k, i in start.items():
            contents = reach.lineages[k].contents
            end[k] = following.get(k, len(contents) - 1 if last else _until(contents, i, groups[place + 1][1][0].node))
        if any(end[k] > i for k, i in start.items()) and (not last or not place or reach.complete):
            found.append(Step(tuple(members if together else members[-1:]), start, end))
    return tuple(found)


def _until(contents: Sequence[Node], i: int, node: Node) -> int:
    """The last content before a node was computed."""
    while i + 1 < len(contents) and contents[i + 1].time < node.time:
        i += 1
    return i


# ---------------------------------------------------------------- one step, looked at closely


class Bench:
    """A step with its numbers: the gradient by the engine and the one by hand, also with other numbers put in.

    exact  whether everything is computed with longer floats than the program's
    """

    def __init__(self, step: Step, reach: Reach, inputs: Mapping[int, Node] = {}) -> None:
        self.step, self.reach = step, reach
        self.start = {k: reach.lineages[k].contents[i] for k, i in step.start.items()}
        self.end = {k: reach.lineages[k].contents[step.end[k]] for k in step.start}
        self.inputs = dict(inputs)
        self.since = max((node.time for node in self.start.values()), default=-1)
        self.cut = set(self.start.values())
        self.outputs = [
            *self.start.values(),
            *self.end.values(),
            *self.inputs.values(),
            *(term.node for term in step.terms),
        ]
        self.outputs += [term.target for term in step.terms if term.target is not None]
        self.exact = _work(before(self.outputs, self.cut, self.since)) < EXACT
        self.kind = np.longdouble if self.exact else None
        self.values = again(self.outputs, cut=self.cut, since=self.since, kind=self.kind)

    @cached_property
    def slopes(self) -> dict[Node, Numbers]:
        """∂L/∂node for every node of the forward pass."""
        nodes = tuple(term.node for term in self.step.terms)
        whole = Node(Total([self.slope_of(term) for term in self.step.terms]), nodes, 0.0)
        whole.time = max(node.time for node in nodes) + 1
        values = {**self.values, whole: 0.0}
        return gradients(whole, self.cut, cut=self.cut, since=self.since, at=values)

    def slope_of(self, term: Term) -> Numbers:
        """∂L/∂(the term's node)."""
        if term.kind is None or term.target is None:
            return np.ones(term.node.shape, dtype=self.kind or float)[()]
        a, t = self.values[term.node], np.multiply(self.values[term.target], 1.0)
        return np.broadcast_to(term.kind.slope(a, t), term.node.shape)

    @property
    def loss(self) -> float:
        """The loss of the step, of an implied one all terms added up."""
        with np.errstate(all="ignore"):
            return float(
                sum(
                    np.sum(
                        self.values[t.node]
                        if t.kind is None or t.target is None
                        else t.kind.value(self.values[t.node], self.values[t.target])
                    )
                    for t in self.step.terms
                )
            )

    @property
    def unknown(self) -> "Node | None":
        """A number of the forward pass that a function made which is not followed; None where there is none."""
        for node in before([term.node for term in self.step.terms], self.cut, self.since):
            if isinstance(node.op, Unknown) and node.time > self.since and any(self.reach(arg) for arg in node.args):
                return node
        return None

    def by_hand(self, values: Mapping[Node, Numbers] | None = None) -> dict[int, Numbers]:
        """By lineage, how far it was moved, old less new; or what entered the optimiser's memory."""
        values = values or self.values
        found: dict[int, Numbers] = {}
        for k, node in self.start.items():
            found[k] = values[self.inputs[k]] if k in self.inputs else values[node] - values[self.end[k]]
        return found

    def by_engine(self) -> dict[int, Numbers]:
        """By lineage, ∂L/∂parameter."""
        return {k: self.slopes.get(node, np.zeros(node.shape)) for k, node in self.start.items()}

    def rates(self, names: Mapping[Node, str]) -> dict[int, Rate]:
        """By lineage, the learning rate of its update; 1 where the gradient is what enters a memory."""
        moves = {}
        for k, i in self.step.start.items():
            contents = self.reach.lineages[k].contents
            if k not in self.inputs and i + 1 < len(contents):
                moves[k] = contents[i + 1], contents[i]
        return {k: Rate(1.0, "") for k in self.start} | rates(moves, names, self.reach)

    @cached_property
    def guard(self) -> float:
        """The largest number that only keeps a logarithm or a quotient off 0, such as the 1e-12 of log(p + 1e-12)."""
        found = [
            abs(float(np.ravel(arg.data)[0]))
            for node in before([term.node for term in self.step.terms], self.cut, self.since)
            if isinstance(node.op, Elementwise) and node.op.row in (ops.add, ops.sub)
            for arg in node.args
            if arg.op is None and arg.size == 1 and arg not in self.cut
        ]
        return max((x for x in found if x <= GUARD), default=0.0)

    @property
    def smooth(self) -> bool:
        """Whether no kink is hit exactly: there every slope between the two sides is right."""
        for node in before([term.node for term in self.step.terms], self.cut, self.since):
            if isinstance(node.op, Elementwise) and node.time > self.since:
                xs = [self.values[arg] for arg in node.args]
                row = node.op.row
                if row in (ops.maximum, ops.minimum) and np.any(np.equal(*xs)) and self.reach(node):
                    return False
                if row is ops.absolute and np.any(np.equal(xs[0], 0.0)):
                    return False
        return True


def _work(nodes: Iterable[Node]) -> float:
    """About how many multiplications these nodes are."""
    total = 0.0
    for node in nodes:
        if isinstance(node.op, Einsum):
            letters: dict[str, int] = {}
            for part, arg in zip(node.op.letters.split("->")[0].split(","), node.args, strict=True):
                letters.update(zip(part, arg.shape, strict=False))
            total += float(np.prod([float(n) for n in letters.values()]))
        else:
            total += node.size
    return total


class Fit(NamedTuple):
    """How a gradient by hand lies to the engine's: `constant` times it, or not (None); `ratios` where that is not 0."""

    constant: float | None
    ratios: Any
    zero: bool = False


def fit(hand: Sequence[Numbers], engine: Sequence[Numbers], exact: bool, scale: float = 0.0, guard: float = 0.0) -> Fit:
    """The constant that makes one the other, number by number; what is nothing beside `scale` is 0.

    A `guard` in the loss, which no gradient by hand knows of, may differ by a hundred times its size.
    """
    h = np.concatenate([np.ravel(x) for x in hand]).astype(np.longdouble)
    g = np.concatenate([np.ravel(x) for x in engine]).astype(np.longdouble)
    if h.shape != g.shape:
        return Fit(None, np.array([]))
    with np.errstate(all="ignore"):
        size, big = float(np.max(np.abs(g), initial=0.0)), float(np.max(np.abs(h), initial=0.0))
        if not (np.isfinite(size) and np.isfinite(big)):
            return Fit(None, np.array([]))
        nothing = (1e-17 if exact else 1e-13) * scale
        if size <= nothing or big <= nothing:
            return Fit(None, np.array([]), zero=size <= nothing and big <= nothing)
        keep = np.abs(g) > 1e-14 * size
        ratios = (h[keep] / g[keep]).astype(float)
        constant = float((h @ g) / (g @ g))
        relative, absolute = (1e-7, 1e-13) if exact else (2e-5, 1e-9)
        relative, absolute = max(relative, 100.0 * guard), max(absolute, 100.0 * guard)
        off = np.abs(h - constant * g)
        fits = bool(np.all(off <= relative * np.abs(constant * g) + absolute * abs(constant) * size))
        return Fit(constant if fits and constant else None, ratios)


class Judged(NamedTuple):
    """An objective with how it explains the steps.

    fits      by parameter, one `Fit` for every bench
    constant  what nearly all gradients have in common, by-hand over engine; None where there is nothing, below 0
              where the steps go uphill
    explained the parameters whose gradients are that constant times the engine's, at all benches
    instead   another standard loss that explains all of them, "" for none
    """

    objective: Objective
    benches: list[Bench]
    fits: dict[int, list[Fit]]
    constant: float | None
    explained: frozenset[int]
    instead: str = ""


def judged(objective: Objective, reach: Reach, names: Mapping[Node, str], inputs: Any = None, most: int = 6) -> Judged:
    """How an objective explains the first steps."""
    benches = [Bench(step, reach, inputs(step) if inputs else {}) for step in objective.steps[:most]]
    remembered = {k for bench in benches for k in bench.inputs}
    benches = [bench for bench in benches if remembered <= set(bench.inputs)] or benches
    fits: dict[int, list[Fit]] = {}
    for bench in benches:
        hand, engine, by = bench.by_hand(), bench.by_engine(), bench.rates(names)
        scale = max((float(np.max(np.abs(g), initial=0.0)) for g in engine.values()), default=0.0)
        members: dict[int, list[int]] = {}
        for k in bench.start:
            members.setdefault(reach.parameter[k], []).append(k)
        for p, own in members.items():
            with np.errstate(all="ignore"):
                steps = [np.asarray(hand[k]) / by[k].value for k in own]
            one = fit(steps, [engine[k] for k in own], bench.exact, scale, bench.guard)
            fits.setdefault(p, []).append(one)
    constant = common([one.constant for own in fits.values() for one in own if one.constant is not None])
    explained = frozenset(p for p, own in fits.items() if explains(own, constant))
    return Judged(objective, benches, fits, constant, explained)


def explains(fits: Sequence[Fit], constant: float | None) -> bool:
    """Whether all gradients are this constant times the engine's (some may be 0, as behind a relu)."""
    told = [one for one in fits if not one.zero]
    return (
        bool(told)
        and constant is not None
        and all(one.constant is not None and abs(one.constant / constant - 1.0) < 1e-5 for one in told)
    )


def common(constants: Sequence[float]) -> float | None:
    """The constant that most have; 1 where that is among the likeliest."""
    best, most = None, 0
    for c in sorted(constants, key=lambda c: (abs(c - 1.0) > 1e-6, c < 0, abs(np.log(abs(c))))):
        n = sum(abs(other / c - 1.0) < 1e-5 for other in constants)
        if n > most:
            best, most = c, n
    return best
