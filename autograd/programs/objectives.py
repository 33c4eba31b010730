"""Losses: those that a program computes, and those that its predictions imply; and the steps between updates."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from autograd import ops
from autograd.programs.roles import Origins
from autograd.programs.sites import position
from autograd.programs.traced import Elementwise, Node, Numbers
from autograd.programs.traced_run import Run

LITERAL: Final = re.compile(r"\(*\s*\d+(\.\d*)?\s*-")
"""How 1 - a begins, in which nothing is compared."""

LOSS: Final = re.compile(
    r"(^|[^a-z])(loss|losses|cost|costs|error|err|e|j|l|mse|ce|bce|nll|objective|total\w*|sum_?error|fehler|verlust|"
    r"perdida|coste?|perte)($|[^a-z])",
    re.IGNORECASE,
)
"""What losses are called."""


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


def own_objectives(run: Run, origins: Origins, only: Any = None) -> list[Objective]:
    """Every single number that the program stores, prints or returns and that depends on parameters; or of one site."""
    recorder = run.recorder
    sites: dict[Any, list[Node]] = {}
    names: dict[Any, str] = {}
    for event in recorder.events:
        for path, node in event.nodes.items():
            if node.size == 1 and origins(node) and len(event.nodes) <= 8 and node not in origins.cut:
                statement = recorder.statements[event.key]
                site = (event.key, path)
                if only is not None and site != only:
                    continue
                sites.setdefault(site, []).append(node)
                names[site] = statement.target if statement.kind != "return" else ""
    seen = {id(node) for nodes in sites.values() for node in nodes}
    for node in origins.nodes:
        if node.size == 1 and not node.readers and id(node) not in seen and origins(node) and node.site:
            at = ("at", position(*node.site[0]))
            if only is None or at == only:
                sites.setdefault(at, []).append(node)
    found = []
    for site, nodes in sites.items():
        for together in (False, True):
            steps = steps_of([Term(node) for node in _unique(nodes)], origins, together)
            if steps and (not together or any(len(step.terms) > 1 for step in steps)):
                running = any(origins.several(term.node) for step in steps for term in step.terms)
                found.append(Objective("", names.get(site, ""), site, False, steps, running))
    return found


def _unique(nodes: Iterable[Node]) -> list[Node]:
    return sorted({id(node): node for node in nodes}.values(), key=lambda node: node.time)


def implied_objectives(origins: Origins, only: Any = None) -> list[Objective]:
    """Standard losses of whatever the program compares with numbers that do not depend on parameters."""
    sites: dict[Any, list[tuple[Node, Node]]] = {}
    for node in origins.nodes:
        if not isinstance(node.op, Elementwise) or node.op.row not in (ops.sub, ops.add, ops.div) or not node.site:
            continue
        a, t = node.args
        place = position(*node.site[0])
        if bool(origins(a)) == bool(origins(t)) or (only is not None and place[:2] != only[1][:2]):
            continue
        prediction, target = (a, t) if origins(a) else (t, a)
        if prediction is t and not target.shape and LITERAL.match(origins.text(place)):
            continue
        if node.op.row is ops.add:  # y + (-prediction), and sums that compare nothing
            if not (isinstance(prediction.op, Elementwise) and prediction.op.row is ops.neg):
                continue
            prediction = prediction.args[0]
        while isinstance(prediction.op, Elementwise) and prediction.op.row is ops.identity:
            prediction = prediction.args[0]
        if np.broadcast_shapes(prediction.shape, target.shape) == prediction.shape and prediction not in origins.cut:
            sites.setdefault((node.op.row.name, place), []).append((prediction, target))
    found = []
    for site, pairs in sites.items():
        for kind in KINDS:
            if (site[0] == "div") != (kind.name != "half squared error") and site[0] == "div":
                continue
            if all(kind.fits(prediction.data) for prediction, _ in pairs):
                terms = {(id(p), id(t)): Term(p, kind, t) for p, t in pairs}
                steps = steps_of(sorted(terms.values(), key=lambda term: term.node.time), origins, True)
                if steps:
                    found.append(Objective(kind.name, "", ("at", site[1]), True, steps))
    return found


def steps_of(terms: Sequence[Term], origins: Origins, together: bool) -> tuple[Step, ...]:
    """The steps between changes of what the terms read; with `together` all terms of a step count, else its last."""
    groups: list[tuple[dict[int, int], list[Term]]] = []
    for term in terms:
        latest = origins.latest(term.node)
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
            contents = origins.lineages[k].contents
            end[k] = following.get(k, len(contents) - 1 if last else _until(contents, i, groups[place + 1][1][0].node))
        if any(end[k] > i for k, i in start.items()) and (not last or not place or origins.complete):
            found.append(Step(tuple(members if together else members[-1:]), start, end))
    return tuple(found)


def _until(contents: Sequence[Node], i: int, node: Node) -> int:
    """The last content before a node was computed."""
    while i + 1 < len(contents) and contents[i + 1].time < node.time:
        i += 1
    return i
