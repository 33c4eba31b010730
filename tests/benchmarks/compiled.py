"""Our rows in compiled code, for moons and seed: trainings through llvm and through Python, and one call a step."""

from array import array
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import Any

from tests.benchmarks.harness import OURS, Peer, Runner
from tests.benchmarks.moons import Moons
from tests.benchmarks.seed import Seed, matrices

NEEDS = {"llvm": (*OURS, "llvmlite"), "python": OURS}
FAR = 2.0**20
"""A learning rate at which (p - p_next)/lr has all the digits of the gradient."""


class Descents:
    """A training in compiled code whose parameters travel through the Values of a model."""

    def __init__(self, descent: Any) -> None:
        self.descent = descent
        self.parameters = descent.parameters

    def put(self, numbers: Sequence[float]) -> None:
        """Go on from these parameters."""
        for p, number in zip(self.parameters, numbers, strict=True):
            p.data = number
        self.push()

    def push(self) -> None:
        """Go on from the parameters as they are."""
        self.descent.push([()] * len(self.parameters), 0)

    def run(self, rates: Sequence[float]) -> list[float]:
        """The losses of an epoch for every rate, all of them."""
        losses: list[float] = self.descent.run(rates)
        if len(losses) < len(rates):
            raise ArithmeticError(f"not finite after {len(losses)} of {len(rates)} epochs")
        return losses

    def numbers(self) -> list[float]:
        """The parameters that are reached."""
        self.descent.pull()
        return [float(p.data) for p in self.parameters]

    def gradients(self) -> tuple[float, list[float]]:
        """Loss and gradients, from one long step of the very code that is timed."""
        before = [p.data for p in self.parameters]
        self.push()
        (loss,) = self.run([FAR])
        slopes = [(p - after) / FAR for p, after in zip(before, self.numbers(), strict=True)]
        self.put(before)
        return loss, slopes

    @property
    def tier(self) -> Any:
        """The native code, None for Python."""
        return getattr(self.descent._engine, "_tier", None)

    def settle(self) -> bool:
        """Take the better code at once, which otherwise comes when the first has run for a while; whether there is."""
        if self.tier is None or self.tier.optimised:
            return False
        self.tier.optimise()
        return True


def rates(lr: float, epochs: int) -> "array[float]":
    """The same learning rate for every epoch."""
    return array("d", [lr]) * epochs


def moons_descents(problem: Moons, backend: str) -> Descents:
    """Full batches of the two moons, hinge and L2, nothing compiled yet."""
    from autograd import training
    from nn import MLP, hinge, l2_penalty

    model = MLP(problem.sizes[0], list(problem.sizes[1:]))
    parameters = model.parameters()

    def penalty() -> Any:
        return l2_penalty(parameters, problem.l2)

    def loss(x: Any, y: Any) -> Any:
        return hinge(model(x), y)

    data = problem.inputs, problem.targets
    return Descents(training(loss, parameters, *data, penalty=penalty, backend=backend))


def moons_runner(problem: Moons, backend: str) -> Runner:
    """The moons, a step an epoch."""
    ours = moons_descents(problem, backend)
    ours.settle()
    return epochs_of(ours, problem.lr)


def epochs_of(ours: Descents, lr: float) -> Runner:
    """A runner whose step is an epoch."""
    return Runner(ours.put, lambda steps: ours.run(rates(lr, steps)), ours.gradients, ours.numbers)


def seed_descents(problem: Seed, count: int, backend: str) -> Descents:
    """The first samples of the textbook's network, one to a step."""
    from autograd import training
    from nn import MLP, bce

    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    inputs, targets = zip(*problem.pairs()[:count], strict=True)

    def loss(x: Any, y: Any) -> Any:
        return bce(model(x), y)

    return Descents(training(loss, model.parameters(), inputs, targets, batch_size=1, backend=backend))


def seed_runner(problem: Seed, backend: str) -> Runner:
    """Whole epochs, and the rest of the steps through a training on the first samples only."""
    n = len(problem.samples)
    descents = {count: seed_descents(problem, count, backend) for count in range(1, n + 1)}
    for one in descents.values():
        one.settle()
    ours = descents[n]

    def run(steps: int) -> None:
        epochs, rest = divmod(steps, n)
        ours.run(rates(problem.lr, epochs))
        if rest:
            descents[rest].put(ours.numbers())
            descents[rest].run([problem.lr])
            ours.put(descents[rest].numbers())

    def gradients() -> tuple[float, list[float]]:
        descents[1].put(ours.numbers())
        return descents[1].gradients()

    return Runner(ours.put, run, gradients, ours.numbers)


def seed_calls(problem: Seed) -> Runner:
    """Loss and updated parameters by one compiled function, called from Python in every step."""
    from autograd import jit, sigmoid, value_and_grad
    from nn import bce

    def loss_of(p: Any, x: Any, y: Any) -> Any:
        (u1, u2), (c1, c2), (v,), (c3,) = matrices(p)
        h = [sigmoid(w1 * x[0] + w2 * x[1] + b) for (w1, w2), b in ((u1, c1), (u2, c2))]
        return bce(sigmoid(v[0] * h[0] + v[1] * h[1] + c3), y)

    both = value_and_grad(loss_of)

    def stepped(p: Any, x: Any, y: Any) -> Any:
        loss, slopes = both(p, x, y)
        return loss, [a - problem.lr * g for a, g in zip(p, slopes, strict=True)]

    step, compiled = jit(stepped), jit(both)
    state: list[float] = []
    pairs = problem.pairs()

    def put(numbers: Sequence[float]) -> None:
        state[:] = numbers

    def run(steps: int) -> None:
        p = list(state)
        for x, y in islice(cycle(pairs), steps):
            _, p = step(p, x, y)
        state[:] = p

    def gradients() -> tuple[float, list[float]]:
        loss, slopes = compiled(state, *pairs[0])
        return loss, list(slopes)

    return Runner(put, run, gradients, lambda: list(state))


def through(runner: Callable[[Any, str], Runner], backend: str) -> Peer:
    """The peer that trains in compiled code of one kind."""
    return Peer(f"chalkgrad, {backend}", lambda problem: runner(problem, backend), NEEDS[backend])


MOONS = [through(moons_runner, backend) for backend in NEEDS]
SEED = [
    *(through(seed_runner, backend) for backend in NEEDS),
    Peer("chalkgrad, one jitted step a call", seed_calls, NEEDS["llvm"]),
]


def with_compiled(peers: Sequence[Peer], compiled: Sequence[Peer]) -> list[Peer]:
    """All peers of a work, ours first: the graph, which is taken as right, then the compiled ones."""
    ours = [one for one in peers if one.name.startswith("chalkgrad")]
    return [*ours, *compiled, *(one for one in peers if one not in ours)]
