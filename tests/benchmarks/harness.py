"""Peers timed in turn, checked against one another, and turned into rows of the table."""

import gc
import importlib.metadata
import importlib.util
import math
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from types import ModuleType
from typing import Any

from tests.benchmarks.table import Row, duration, relative

OURS = ("autograd", "nn")
TOLERANCE = 1e-9
FLOOR = 1e-4


class NotInstalledError(Exception):
    """A peer needs something this machine lacks; the message says what."""


@dataclass(frozen=True)
class Runner:
    """One peer made ready; parameters travel as one flat list, neuron by neuron, weights then bias."""

    put: Callable[[Sequence[float]], None]
    run: Callable[[int], object]
    gradients: Callable[[], tuple[float, list[float]]]
    parameters: Callable[[], list[float]]


@dataclass(frozen=True)
class Peer:
    """A way to do the work: what it is called, what must be importable, and how it is made ready."""

    name: str
    prepare: Callable[[Any], Runner]
    needs: tuple[str, ...] = ()


def peer(name: str, *needs: str) -> Callable[[Callable[[Any], Runner]], Peer]:
    """Decorator: a function from a problem to a `Runner` becomes a peer; `needs` are modules it imports."""
    return lambda prepare: Peer(name, prepare, needs)


def peers_in(module: ModuleType) -> list[Peer]:
    """Every peer defined in a module, in order; the others are held against the first."""
    return [thing for thing in vars(module).values() if isinstance(thing, Peer)]


@dataclass(frozen=True)
class Work:
    """One work for all peers: the problem, the parameters they start from, how near the results must be."""

    name: str
    problem: Any
    start: Sequence[float]
    peers: Sequence[Peer]
    check_steps: int = 10
    tolerance: float = TOLERANCE


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds, and seconds that each peer runs in a round."""

    rounds: int = 9
    seconds: float = 0.1


@dataclass
class Task:
    """Something to be timed: `run(steps)` on the clock, after `ready()` off the clock."""

    run: Callable[[int], object]
    ready: Callable[[], object] = lambda: None
    steps: int = 1
    rounds: list[float] = field(default_factory=list)  # seconds a step

    def once(self, clock: Callable[[], float]) -> float:
        """Seconds that `run(steps)` takes in the course of work.

        A tenth as many steps come first, off the clock: an engine whose graphs are cyclic garbage is
        slowed by the garbage of the steps before, and would look twice as fast from a clean heap.
        """
        gc.collect()  # nobody pays for another's garbage
        self.run(max(1, self.steps // 10))
        self.ready()
        begin = clock()
        self.run(self.steps)
        return clock() - begin


def calibrate(task: Task, seconds: float, clock: Callable[[], float] = time.perf_counter) -> None:
    """Raise `task.steps` until a run takes about `seconds`; each length is run once before it is timed."""
    while True:
        task.once(clock)
        taken = task.once(clock)
        if taken >= 0.6 * seconds:
            return
        task.steps = math.ceil(task.steps * min(20.0, max(1.5, seconds / max(taken, 1e-9))))


def interleave(tasks: Iterable[Task], rounds: int, clock: Callable[[], float] = time.perf_counter) -> None:
    """Time every task once in every round, A B C A B C ..., so that a slow spell hits them all."""
    tasks = list(tasks)
    for _ in range(rounds):
        for task in tasks:
            task.rounds.append(task.once(clock) / task.steps)


def ratio(task: Task, reference: Task) -> float:
    """The median over the rounds of a task's time by the reference's time in the same round."""
    return median(a / b for a, b in zip(task.rounds, reference.rounds, strict=True))


@dataclass(frozen=True)
class Numbers:
    """What a peer computes: loss and gradients at the start, and the parameters after some steps."""

    loss: float
    gradients: list[float]
    parameters: list[float]


def numbers(runner: Runner, work: Work) -> Numbers:
    """The numbers of one peer, the parameters coming from the very function that is timed."""
    runner.put(work.start)
    loss, gradients = runner.gradients()
    runner.put(work.start)
    runner.run(work.check_steps)
    return Numbers(loss, gradients, runner.parameters())


def disagreement(theirs: Numbers, ours: Numbers) -> tuple[float, str]:
    """The largest relative difference between two peers' numbers, and where it is.

    A difference |a - b| is taken relative to max(|a|, |b|), or to `FLOOR` times the largest number of its
    list if that is more: a gradient whose terms cancel to 0 is 1e-17 in another order of summation.
    """
    worst, where = 0.0, ""
    for what in ("loss", "gradients", "parameters"):
        a, b = as_list(getattr(theirs, what)), as_list(getattr(ours, what))
        if len(a) != len(b):
            return math.inf, f"{len(a)} {what}, expected {len(b)}"
        floor = FLOOR * max(map(abs, b), default=0.0)
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            apart = 0.0 if x == y else abs(x - y) / max(abs(x), abs(y), floor)
            apart = math.inf if math.isnan(apart) else apart
            if apart > worst:
                worst, where = apart, f"{what}[{i}] is {x!r}, expected {y!r}"
    return worst, where


def as_list(numbers: float | list[float]) -> list[float]:
    """A list of one, if it is not a list."""
    return numbers if isinstance(numbers, list) else [numbers]


def make_ready(peer: Peer, problem: Any) -> Runner:
    """The peer's runner, or `NotInstalledError` where a module it needs cannot be found."""
    for module in peer.needs:
        if importlib.util.find_spec(module) is None:
            raise NotInstalledError(module)
    return peer.prepare(problem)


def measure(work: Work, effort: Effort, clock: Callable[[], float] = time.perf_counter) -> list[Row]:
    """One row a peer: its time for a step, relative to the first peer's, and how near its numbers are."""
    rows: dict[str, Row] = {}
    tasks: dict[str, Task] = {}
    expected: Numbers | None = None
    for one in work.peers:
        row = rows[one.name] = Row(work.name, one.name)
        print(f"{work.name}: {one.name}", file=sys.stderr)
        try:
            runner = make_ready(one, work.problem)
            found = numbers(runner, work)
            if expected is None:
                expected, row.agrees = found, "taken as right"
            else:
                check(row, found, expected, work.tolerance)
            task = Task(runner.run, ready=partial(runner.put, work.start))
            calibrate(task, effort.seconds, clock)
            tasks[one.name] = task
        except NotInstalledError:
            row.measured = "not installed"
        except Exception as error:  # a broken peer is a row of its own and must not hide the others
            row.fail(f"{type(error).__name__}: {error}")
    frozen = gc.get_freeze_count()
    gc.collect()
    gc.freeze()  # what one peer keeps alive must not slow the collector for another
    interleave(tasks.values(), effort.rounds, clock)
    if not frozen:
        gc.unfreeze()
    fill_in(rows, tasks)
    return list(rows.values())


def check(row: Row, found: Numbers, expected: Numbers, tolerance: float) -> None:
    """Write into the row how near a peer's numbers are to the expected ones, loudly if they are too far."""
    apart, where = disagreement(found, expected)
    row.data["difference"] = apart
    if apart <= tolerance:
        row.agrees = f"{apart:.0e}"
    else:
        row.fail(f"{where} (differs by {apart:.0e})")


def fill_in(rows: Mapping[str, Row], tasks: Mapping[str, Task]) -> None:
    """Write the times into the rows, relative to the first of the tasks."""
    reference = next(iter(tasks.values()), None)
    for name, task in tasks.items():
        assert reference is not None
        rows[name].measured = duration(median(task.rounds))
        rows[name].ratio = ratio(task, reference)
        rows[name].relative = relative(rows[name].ratio)
        times = {"seconds": median(task.rounds), "rounds": task.rounds, "steps_a_round": task.steps}
        rows[name].data |= times


def versions(peers: Iterable[Peer]) -> dict[str, str]:
    """Version of every installed distribution that the peers need, by name."""
    found = {}
    for module in sorted({module for peer in peers for module in peer.needs} - set(OURS)):
        try:
            found[module] = importlib.metadata.version(module)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
