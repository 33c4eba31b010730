"""What people write around `fit`: penalties, losses, optimisers, schedules, callbacks, layers, as a table.

Every row makes a training anew, so that it can be run in several ways. `auto` and `explicit` are
what the backend "auto" and every other one do with it: "" where they compile it, else what they say.
"""

import functools
import itertools
import math
import operator
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter, methodcaller
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import Primitive, Symbol, Value, exp, log, maximum, no_grad, sigmoid, tanh, total, where
from nn import MLP, SGD, Adam, AdamW, Layer, Module, Neuron, bce, cosine_lr, hinge, mse, step_lr
from nn.clipping import clip_gradients
from nn.losses import l2_penalty
from nn.optim import Optimizer

OWN = "not one of nn's own"
BRANCH = "cannot branch on it"
UNKNOWN = "is not known here"

DATA = random.Random(3)
X = [[DATA.uniform(-1, 1), DATA.uniform(-1, 1)] for _ in range(9)]
Y = [float(a * b > 0) for a, b in X]


class Row(NamedTuple):
    make: Callable[[], dict[str, Any]]
    auto: str
    explicit: str
    native: str | None = None  # what "llvm" says, if something else


ROWS: dict[str, Row] = {}


def row(auto: str = "", explicit: str | None = None, native: str | None = None) -> Callable[[Callable[[], Any]], Any]:
    """Enter a training into the table."""

    def enter(make: Callable[[], dict[str, Any]]) -> Any:
        assert make.__name__ not in ROWS
        ROWS[make.__name__] = Row(make, auto, auto if explicit is None else explicit, native)
        return make

    return enter


def network(sizes: Any = (3, 1), hidden: Any = "tanh", output: Any = "sigmoid") -> MLP:
    return MLP(2, list(sizes), hidden, output, rng=random.Random(1))


def setup(model: Any = None, optimizer: Any = None, **options: Any) -> dict[str, Any]:
    """The arguments of fit, sample by sample with bce unless said otherwise."""
    model = network() if model is None else model
    made = optimizer(getattr(model, "parameters", list)()) if optimizer else SGD(model.parameters(), lr=0.3)
    return {"model": model, "X": X, "y": Y, "loss": bce, "optimizer": made, "epochs": 8, "batch_size": 3, **options}


def penalised(penalty: Callable[[Any], Any], **options: Any) -> dict[str, Any]:
    return setup(penalty=penalty, **options)


# ---------------------------------------------------------------- penalties


@row()
def penalty_l2() -> Any:
    return penalised(lambda m: l2_penalty(m.parameters(), 1e-2))


@row()
def penalty_by_name() -> Any:
    def penalty(model):
        return 0.01 * total([p * p for p in model.parameters()]) + 0.1 * model.parameters()[0]

    return penalised(penalty)


@row()
def penalty_partial() -> Any:
    return penalised(functools.partial(lambda m, strength: l2_penalty(m.parameters(), strength), strength=0.02))


@row()
def penalty_maximum() -> Any:
    return penalised(lambda m: 0.01 * total([maximum(p, -p) for p in m.parameters()]))


@row()
def penalty_absolute() -> Any:
    return penalised(lambda m: 0.01 * sum(abs(p) for p in m.parameters()))


@row()
def penalty_of_none() -> Any:
    return penalised(lambda m: sum(p * p for p in m.parameters() if p.label.startswith("v")))


def _spread(**options: Any) -> dict[str, Any]:
    """Thirteen parameters, all positive, which fill no register."""
    made = setup(**options)
    for p in made["model"].parameters():
        p.data = 0.1 + abs(p.data)
    return made


@row()
def penalty_with_a_slope_at_0() -> Any:
    return _spread(penalty=lambda m: 0.1 * total([p * exp(p) for p in m.parameters()]))


@row()
def penalty_without_a_number_at_0() -> Any:
    return _spread(penalty=lambda m: 1e-3 * total([log(p * p) + 1.0 / (p * p) for p in m.parameters()]))


@row()
def penalty_beside_an_update_that_moves_0() -> Any:
    return _spread(penalty=lambda m: l2_penalty(m.parameters(), 0.1), optimizer=lambda ps: Drifting(ps, lr=0.1))


@row()
def penalty_of_some_by_label() -> Any:
    return penalised(lambda m: 0.1 * total([p * p for p in m.parameters() if p.label.startswith("w")]))


@row()
def penalty_of_layers_by_index() -> Any:
    return penalised(lambda m: sum(0.01 * (k + 1) * total([w * w for n in layer.neurons for w in n.w])
                                   for k, layer in enumerate(m.layers)))  # fmt: skip


@row()
def penalty_numpy() -> Any:
    return penalised(lambda m: 0.01 * np.sum(np.array(m.parameters()) ** 2))


@row(BRANCH)
def penalty_branches() -> Any:
    return penalised(lambda m: 0.05 * total([p if p > 0 else -p for p in m.parameters()]))


@row(BRANCH)
def penalty_takes_the_largest() -> Any:
    return penalised(lambda m: 0.2 * max(m.parameters()))


@row(BRANCH)
def penalty_sorts() -> Any:
    return penalised(lambda m: 0.2 * sorted(m.parameters())[0])


@row(BRANCH)
def penalty_by_truth() -> Any:
    return penalised(lambda m: 0.1 * total([p * p if p else p for p in m.parameters()]))


@row(UNKNOWN)
def penalty_of_data() -> Any:
    return penalised(lambda m: 0.1 * total([p * p.data for p in m.parameters()]))


@row(UNKNOWN)
def penalty_reads_hidden_data() -> Any:
    return penalised(lambda m: 0.1 * total([p * p._data for p in m.parameters()]))


@row(UNKNOWN)
def penalty_through_text() -> Any:
    return penalised(lambda m: 0.1 * total([p * float(f"{p:.6f}") for p in m.parameters()]))


@row("getattr")
def penalty_getattr() -> Any:
    return penalised(lambda m: 0.1 * total([p * getattr(p, "data", p) for p in m.parameters()]))


@row(BRANCH)
def penalty_catches_errors() -> Any:
    def penalty(m):
        try:
            return 0.1 * total([p for p in m.parameters() if p > 0])
        except TypeError:
            return Value(0.0)

    return penalised(penalty)


@row("no_grad")
def penalty_cut_off() -> Any:
    def penalty(m):
        with no_grad():
            size = total([p * p for p in m.parameters()])
        return 0.1 * size * m.parameters()[0]

    return penalised(penalty)


@row(UNKNOWN)
def penalty_of_gradients() -> Any:
    return penalised(lambda m: 0.1 * total([p * p.grad for p in m.parameters()]))


@row(UNKNOWN)
def penalty_clips_in_place() -> Any:
    def penalty(m):
        for p in m.parameters():
            p.data = max(-0.5, min(0.5, p.data))
        return l2_penalty(m.parameters(), 0.01)

    return penalised(penalty)


@row("another number|plain numbers")
def penalty_asks_for_the_kind() -> Any:
    return penalised(lambda m: total([p * p if type(p * 1.5) is Value else 3.0 * p for p in m.parameters()]) * 0.01)


@row("calls")
def penalty_counts() -> Any:
    calls = [0]

    def penalty(m):
        calls[0] += 1
        return l2_penalty(m.parameters(), 0.5) / calls[0]

    return penalised(penalty, log=calls)


STEPS = 0


@row("STEPS")
def penalty_counts_globally() -> Any:
    global STEPS
    STEPS = 0

    def penalty(m):
        global STEPS
        STEPS += 1
        return l2_penalty(m.parameters(), 0.5 / STEPS)

    return penalised(penalty)


@row("n")
def penalty_counts_in_a_cell() -> Any:
    n = 0

    def penalty(m):
        nonlocal n
        n += 1
        return l2_penalty(m.parameters(), 0.5 / n)

    return penalised(penalty)


@row("penalty.calls")
def penalty_counts_on_itself() -> Any:
    def penalty(m):
        penalty.calls += 1
        return l2_penalty(m.parameters(), 0.5 / penalty.calls)

    penalty.calls = 0
    return penalised(penalty)


class Annealed:
    """A penalty that is an object, weaker at every call."""

    def __init__(self, strength: float, factor: float) -> None:
        self.strength, self.factor = strength, factor

    def __call__(self, model: Any) -> Any:
        self.strength *= self.factor
        return l2_penalty(model.parameters(), self.strength)


@row("strength")
def penalty_anneals() -> Any:
    return penalised(Annealed(0.5, 0.9))


@row()
def penalty_is_an_object() -> Any:
    return penalised(Steady(0.1))


class Steady:
    def __init__(self, strength: float) -> None:
        self.strength = strength

    def __call__(self, model: Any) -> Any:
        return l2_penalty(model.parameters(), self.strength)

    def weaker(self) -> None:
        self.strength *= 0.5


@row("itertools.count")
def penalty_takes_the_next() -> Any:
    counter = itertools.count(1)
    return penalised(lambda m: l2_penalty(m.parameters(), 0.5 / next(counter)))


@row("generator")
def penalty_takes_from_a_generator() -> Any:
    strengths = (0.5 / k for k in range(1, 1000))
    return penalised(lambda m: l2_penalty(m.parameters(), next(strengths)))


@row("random")
def penalty_random() -> Any:
    return penalised(lambda m: l2_penalty(m.parameters(), 0.1 * random.random()))


@row("rng.*random")
def penalty_random_of_its_own() -> Any:
    rng = random.Random(4)
    return penalised(lambda m: l2_penalty(m.parameters(), rng.uniform(0, 0.1)))


@row("random")
def penalty_random_numpy() -> Any:
    return penalised(lambda m: l2_penalty(m.parameters(), 0.1 * float(np.random.rand())))


@row("random")
def penalty_random_generator() -> Any:
    generator = np.random.default_rng(2)
    return penalised(lambda m: l2_penalty(m.parameters(), 0.1 * float(generator.random())))


@row("random")
def penalty_draws_weights() -> Any:
    return penalised(lambda m: 0.1 * m.parameters()[0] * Neuron(2)([0.5, 0.5]).data)


@row("lru_cache")
def penalty_remembers() -> Any:
    calls = itertools.count(1)

    @functools.cache
    def strength(place):
        return 0.1 / next(calls)

    return penalised(lambda m: total([p * p * strength(k) for k, p in enumerate(m.parameters())]))


@row("pool")
def penalty_pops() -> Any:
    pool = [0.5 / k for k in range(1, 1000)]
    return penalised(lambda m: l2_penalty(m.parameters(), pool.pop()), log=pool)


@row("prints", "")
def penalty_prints() -> Any:
    def penalty(m):
        print(end="")
        return l2_penalty(m.parameters(), 0.1)

    return penalised(penalty)


@row("lines")
def penalty_logs() -> Any:
    lines: list[int] = []

    def penalty(m):
        lines.append(1)
        return l2_penalty(m.parameters(), 0.1)

    return penalised(penalty, log=lines)


@row("seen")
def penalty_memoises() -> Any:
    seen: dict[int, float] = {}
    return penalised(lambda m: l2_penalty(m.parameters(), seen.setdefault(len(seen), 0.1 / (1 + len(seen)))))


@row("matrix")
def penalty_writes_an_array() -> Any:
    matrix = np.ones(2)

    def penalty(m):
        matrix[0] *= 0.9
        return l2_penalty(m.parameters(), 0.1 * float(matrix[0]))

    return penalised(penalty)


@row()
def penalty_of_an_array() -> Any:
    strengths = np.array([0.1, 0.2])
    return penalised(lambda m: l2_penalty(m.parameters()[:2], float(strengths[1])))


@row("division by zero")
def penalty_raises() -> Any:
    return penalised(lambda m: l2_penalty(m.parameters(), 0.1) / 0)


# ---------------------------------------------------------------- what on_epoch changes


@row()
def epoch_changes_the_rate() -> Any:
    made = setup()
    return made | {"on_epoch": lambda e, h: setattr(made["optimizer"], "lr", 0.3 / (1 + e))}


@row()
def epoch_changes_weight_decay_once() -> Any:
    made = setup()

    def on_epoch(e, h):
        if e == 3:
            made["optimizer"].weight_decay = 0.5

    return made | {"on_epoch": on_epoch}


@row("again and again", "")
def epoch_changes_weight_decay_always() -> Any:
    made = setup(optimizer=lambda ps: Adam(ps, lr=0.05))
    return made | {"on_epoch": lambda e, h: setattr(made["optimizer"], "weight_decay", 0.1 * e)}


@row()
def epoch_sets_the_same() -> Any:
    made = setup(optimizer=lambda ps: SGD(ps, lr=0.1, weight_decay=0.25))
    return made | {"on_epoch": lambda e, h: setattr(made["optimizer"], "weight_decay", 0.5 / (2.0 + 0 * e))}


@row()
def epoch_turns_momentum_on() -> Any:
    made = setup()
    return made | {"on_epoch": lambda e, h: setattr(made["optimizer"], "momentum", 0.0 if e < 3 else 0.9)}


@row()
def epoch_turns_momentum_off() -> Any:
    made = setup(optimizer=lambda ps: SGD(ps, lr=0.1, momentum=0.9))
    return made | {"on_epoch": lambda e, h: setattr(made["optimizer"], "momentum", 0.9 if e < 3 else 0.0)}


@row()
def epoch_changes_betas() -> Any:
    made = setup(optimizer=lambda ps: AdamW(ps, lr=0.05))
    return made | {"on_epoch": lambda e, h: setattr(made["optimizer"], "betas", (0.9, 0.999) if e < 2 else (0.5, 0.9))}


@row("other parameters")
def epoch_freezes_parameters() -> Any:
    made = setup(optimizer=lambda ps: SGD(ps, lr=0.1))

    def on_epoch(e, h):
        if e == 2:
            made["optimizer"].parameters = made["optimizer"].parameters[:4]

    return made | {"on_epoch": on_epoch}


@row("other parameters")
def epoch_freezes_parameters_in_place() -> Any:
    made = setup(optimizer=lambda ps: SGD(ps, lr=0.1))

    def on_epoch(e, h):
        if e == 2:
            del made["optimizer"].parameters[4:]

    return made | {"on_epoch": on_epoch}


@row("w.0. was changed: the loss does not depend on the parameter 'w1'")
def epoch_replaces_a_weight() -> Any:
    made = setup()

    def on_epoch(e, h):
        if e == 2:
            made["model"].layers[0].neurons[0].w[0] = Value(0.125, "w1")

    return made | {"on_epoch": on_epoch}


@row()
def epoch_changes_weights() -> Any:
    made = setup()

    def on_epoch(e, h):
        for p in made["model"].parameters():
            p.data = max(-0.5, min(0.5, p.data))

    return made | {"on_epoch": on_epoch}


@row()
def epoch_resets_the_memories() -> Any:
    made = setup(optimizer=lambda ps: Adam(ps, lr=0.05))

    def on_epoch(e, h):
        if e == 3:
            Adam.__init__(made["optimizer"], made["optimizer"].parameters, lr=0.02)

    return made | {"on_epoch": on_epoch}


@row()
def epoch_changes_an_activation() -> Any:
    made = setup()

    def on_epoch(e, h):
        if e == 3:
            for neuron in made["model"].layers[0].neurons:
                neuron._function = sigmoid

    return made | {"on_epoch": on_epoch}


@row("nn's own", "")
def epoch_sets_an_activation_of_its_own() -> Any:
    made = setup()

    def on_epoch(e, h):
        if e == 3:
            for neuron in made["model"].layers[0].neurons:
                neuron._function = lambda z: tanh(0.5 * z)

    return made | {"on_epoch": on_epoch}


@row()
def epoch_appends_a_layer() -> Any:
    made = setup(model=network((3, 1), "tanh", "linear"), loss=mse)

    def on_epoch(e, h):
        if e == 2:
            made["model"].layers.append(Layer(1, 1, "tanh", init=lambda *_: 0.5))

    return made | {"on_epoch": on_epoch}


@row()
def epoch_weakens_a_penalty() -> Any:
    steady = Steady(0.2)

    def on_epoch(e, h):
        if e in (1, 4):
            steady.weaker()

    return penalised(steady, on_epoch=on_epoch)


@row()
def epoch_changes_a_strength_in_a_value() -> Any:
    strength = Value(0.2)

    def on_epoch(e, h):
        if e in (1, 4):
            strength.data *= 0.5

    return penalised(lambda m: strength * total([p * p for p in m.parameters()]), on_epoch=on_epoch)


@row("again and again", "")
def epoch_anneals_a_strength() -> Any:
    strength = [0.2]

    def on_epoch(e, h):
        strength[0] *= 0.9

    return penalised(lambda m: l2_penalty(m.parameters(), strength[0]), on_epoch=on_epoch)


@row()
def epoch_branches_on_a_constant_value() -> Any:
    gate = Value(1.0)

    def on_epoch(e, h):
        if e == 3:
            gate.data = -1.0

    return penalised(lambda m: l2_penalty(m.parameters(), 0.1 if gate > 0 else 0.01), on_epoch=on_epoch)


@row()
def epoch_reads_the_losses() -> Any:
    made = setup()

    def on_epoch(e, h):
        if len(h.losses) > 1 and h.losses[-1] > 0.99 * h.losses[-2]:
            made["optimizer"].lr *= 0.5

    return made | {"on_epoch": on_epoch}


@row("grad")
def epoch_reads_gradients() -> Any:
    made = setup()
    norms: list[float] = []
    on_epoch = lambda e, h: norms.append(math.hypot(*(p.grad for p in made["model"].parameters())))  # noqa: E731
    return made | {"on_epoch": on_epoch, "log": norms}


@row("grad")
def epoch_clips_gradients() -> Any:
    made = setup()
    found: list[float] = []
    return made | {"on_epoch": lambda e, h: found.append(clip_gradients(made["model"].parameters(), 0.1)), "log": found}


@row("step")
def epoch_makes_a_step() -> Any:
    made = setup()
    return made | {"on_epoch": lambda e, h: made["optimizer"].step()}


@row()
def epoch_draws_random_numbers() -> Any:
    made = setup()

    def on_epoch(e, h):
        made["model"].parameters()[0].data += random.gauss(0, 0.1)

    return made | {"on_epoch": on_epoch}


@row("step of its own")
def epoch_replaces_the_step() -> Any:
    made = setup()

    def on_epoch(e, h):
        if e == 2:
            made["optimizer"].__dict__["st" + "ep"] = lambda: None

    return made | {"on_epoch": on_epoch}


# ---------------------------------------------------------------- schedules


@row()
def schedule_of_the_library() -> Any:
    return setup(schedule=step_lr(0.3, every=3, factor=0.5), epochs=12)


@row()
def schedule_cosine() -> Any:
    return setup(schedule=cosine_lr(0.3, epochs=8))


@row()
def schedule_of_the_epoch() -> Any:
    asked: list[int] = []
    return setup(schedule=lambda e: 0.3 / (1 + e), log=asked)


@row()
def schedule_counts_its_calls() -> Any:
    asked: list[int] = []

    def schedule(e):
        asked.append(e)
        return 0.3 / len(asked)

    return setup(schedule=schedule, log=asked)


@row()
def schedule_looks_at_the_model() -> Any:
    made = setup()
    return made | {"schedule": lambda e: 0.1 / (1 + abs(made["model"].parameters()[0].data))}


@row()
def schedule_looks_at_the_losses() -> Any:
    seen: list[float] = []

    def schedule(e):
        return 0.3 if len(seen) < 2 or seen[-1] < seen[-2] else 0.1

    return setup(schedule=schedule, on_epoch=lambda e, h: seen.append(h.losses[-1]))


@row()
def schedule_looks_at_the_optimizer() -> Any:
    made = setup()
    return made | {"schedule": lambda e: made["optimizer"].lr * 0.9}


@row()
def schedule_is_random() -> Any:
    return setup(schedule=lambda e: random.uniform(0.1, 0.3))


@row("again and again", "")
def schedule_changes_weight_decay() -> Any:
    made = setup(optimizer=lambda ps: SGD(ps, lr=0.1, weight_decay=0.1))

    def schedule(e):
        made["optimizer"].weight_decay = 0.1 * (1 + e)
        return 0.1

    return made | {"schedule": schedule}


# ---------------------------------------------------------------- optimisers


class Sign(Optimizer):
    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        return p - self.lr * autograd.sign(g), memory


class Warm(Optimizer):
    """Nothing in the second step."""

    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        lr = 0 if t == 2 else self.lr
        return p - lr * g, memory


class First(Optimizer):
    memory = (0.0,)

    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        v = g if t <= 1 else 0.5 * memory[0] + g
        return p - self.lr * v, (v,)


class Drifting(Optimizer):
    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        return p - self.lr * (g - 0.5), memory


class Fixed(Optimizer):
    """At a fixed rate after the first step: the number that is the place of lr among the arguments of an update."""

    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        return p - (self.lr if t == 1 else 2.0) * g * 0.01, memory


class Numbered(Optimizer):
    """Remembers the number of the step before, a whole one."""

    memory = (0,)

    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        return p - self.lr * g / (1 + memory[0]), (t,)


class Bias(Optimizer):
    memory = (0.0,)

    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        m = 0.9 * memory[0] + 0.1 * g
        return p - self.lr * m / (1.0 - 0.9**t), (m,)


class Counting(Optimizer):
    count = 0

    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        self.count += 1
        return p - self.lr / self.count * g, memory


class Branching(Optimizer):
    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        return (p - self.lr * g if g > 0 else p - 2 * self.lr * g), memory


class Noisy(Optimizer):
    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        return p - self.lr * g + random.gauss(0, 0.01), memory


class Timed(Optimizer):
    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        return p - self.lr * g * (1.0 if time.time() > 0 else 2.0), memory


class Stepping(Optimizer):
    def step(self) -> None:
        for p in self.parameters:
            p.data -= 0.1 * p.grad


class Zeroing(SGD):
    def zero_grad(self) -> None:
        super().zero_grad()
        self.lr *= 0.99


class Rated(SGD):
    @property
    def lr(self) -> float:
        return self._lr * 0.5

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = lr


class Kind(Optimizer):
    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        return p - self.lr * (g if isinstance(g, float) else 2 * g), memory


class Tried(Optimizer):
    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        try:
            return p - self.lr * (g if abs(g) < 0.1 else 0.1 * g / abs(g)), memory
        except TypeError:
            return p - self.lr * g, memory


class Looking(Optimizer):
    table = {0.0: 0.0}  # noqa: RUF012

    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        return p - self.lr * g * self.table.get(t, 0.5), memory


class Summing(Optimizer):
    """Remembers all it has moved, in a list of its own."""

    def __init__(self, parameters: Any, lr: float) -> None:
        super().__init__(parameters, lr)
        self.moved: list[Any] = []

    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        self.moved.append(1)
        return p - self.lr / len(self.moved) * g, memory


class Tuned(SGD):
    """SGD with a constant of its own."""

    sharpness = 2.0

    def update(self, p: Any, g: Any, memory: Any, t: Any) -> Any:
        return super().update(p, self.sharpness * g, memory, t)


def descending(kind: Any, **options: Any) -> dict[str, Any]:
    return setup(optimizer=lambda ps: kind(ps, lr=0.1), **options)


for _name, _kind, _auto in (
    ("sign", Sign, ""), ("first_step", First, ""), ("fixed", Fixed, ""), ("numbered", Numbered, ""), ("bias", Bias, ""),
    ("second_step", Warm, BRANCH),
    ("counting", Counting, "count"), ("branching", Branching, BRANCH), ("noisy", Noisy, "random"),
    ("timed", Timed, "time"), ("stepping", Stepping, "step of its own"), ("zeroing", Zeroing, "zero_grad of its own"),
    ("rated", Rated, "lr of its own"), ("kind", Kind, "plain numbers"), ("tried", Tried, BRANCH),
    ("looking_up", Looking, "looked up"), ("summing", Summing, "moved"),
):  # fmt: skip
    ROWS[f"optimizer_{_name}"] = Row(functools.partial(descending, _kind), _auto, _auto)


@row()
def optimizer_tuned_by_its_class() -> Any:
    kind = type("Own", (Tuned,), {})

    def on_epoch(e, h):
        if e == 2:
            kind.sharpness = 0.5

    return setup(optimizer=lambda ps: kind(ps, lr=0.1, momentum=0.5), on_epoch=on_epoch)


@row()
def optimizer_tuned_without_momentum() -> Any:
    return setup(optimizer=lambda ps: Tuned(ps, lr=0.1))


@row()
def optimizer_sgd_updated_by_a_lambda() -> Any:
    made = setup()
    made["optimizer"].update = lambda p, g, memory, t: (p - 0.1 * (g + memory[0]), (g,))
    return made


@row("step of its own")
def optimizer_patched() -> Any:
    made = setup()
    plain = made["optimizer"].step

    def step():
        plain()
        made["model"].parameters()[0].data *= 0.5

    made["optimizer"].step = step
    return made


@row()
def optimizer_updated_by_a_lambda() -> Any:
    made = setup(optimizer=lambda ps: Adam(ps, lr=0.1))
    made["optimizer"].update = lambda p, g, memory, t: (p - 0.1 * g, memory)
    return made


# ---------------------------------------------------------------- losses


class Box:
    """Holds a number where only the code of others looks."""

    def __init__(self) -> None:
        self.inner = SimpleNamespace(k=1.0)
        self.proxy = MappingProxyType(vars(self.inner))

    def inside(self) -> float:
        return float(self.inner.k)


def scored(loss: Callable[[Any, Any], Any], **options: Any) -> dict[str, Any]:
    return setup(loss=loss, batch_size=1, **options)


@row(OWN, "")
def loss_plain() -> Any:
    return scored(lambda p, y: (p - y) ** 2)


@row(OWN, "")
def loss_where() -> Any:
    return scored(lambda p, y: where(y, (p - y) ** 2, 2.0 * (p - y) ** 2))


@row(OWN, BRANCH)
def loss_branches() -> Any:
    return scored(lambda p, y: (p - y) ** 2 if y == 1 else 2.0 * (p - y) ** 2)


@row(OWN, BRANCH)
def loss_branches_on_the_prediction() -> Any:
    return scored(lambda p, y: (p - y) ** 2 if p > 0.5 else 2.0 * (p - y) ** 2)


@row(OWN, "looked up")
def loss_weights_by_class() -> Any:
    weights = {0.0: 3.0}
    return scored(lambda p, y: weights.get(y, 1.0) * (p - y) ** 2)


@row(OWN, "plain numbers")
def loss_weights_by_sign() -> Any:
    weights = {-1.0: 3.0}
    return scored(lambda p, y: weights.get(2.0 * y - 1.0, 1.0) * (p - y) ** 2)


@row(OWN, "plain numbers")
def loss_is_among() -> Any:
    return scored(lambda p, y: (3.0 if 2.0 * y - 1.0 in {1.0} else 1.0) * (p - y) ** 2)


@row(OWN, "plain numbers")
def loss_by_text() -> Any:
    return scored(lambda p, y: (3.0 if f"{2.0 * y}" == "2.0" else 1.0) * (p - y) ** 2)


@row(OWN, "plain numbers")
def loss_by_old_text() -> Any:
    return scored(lambda p, y: (3.0 if "%s" % (2.0 * y) == "2.0" else 1.0) * (p - y) ** 2)


@row(OWN, "plain numbers")
def loss_asks_for_whole_targets() -> Any:
    return scored(lambda p, y: (p - y) ** 2 * (2.0 if isinstance(y, int) else 1.0), y=[*Y[:-1], int(Y[-1])])


@row(OWN, "plain numbers")
def loss_weights_by_the_text_of_a_class() -> Any:
    weights = {"1": 5.0}
    return scored(lambda p, y: weights.get(str(y), 1.0) * (p - y) ** 2, y=np.array(Y, int))


@row(OWN, "looked into")
def loss_dispatches() -> Any:
    weight = functools.singledispatch(lambda y: 2.0)
    weight.register(float, lambda y: 1.0)
    return scored(lambda p, y: weight(y) * (p - y) ** 2)


@row(OWN, "plain numbers")
def loss_asks_for_the_kind() -> Any:
    return scored(lambda p, y: (p - y) ** 2 if isinstance(y, float) else p)


@row(OWN, "plain numbers")
def loss_asks_for_values() -> Any:
    return scored(lambda p, y: (p - y) ** 2 * (1.0 if isinstance(p, Value) else 2.0))


@row(OWN, "plain numbers")
def loss_asks_for_symbols() -> Any:
    return scored(lambda p, y: (p - y) ** 2 * (2.0 if isinstance(p, Symbol) else 1.0))


@row(OWN, "data")
def loss_detaches() -> Any:
    return scored(lambda p, y: (p - y) ** 2 * p.data)


@row(OWN, "count")
def loss_counts() -> Any:
    count = [0]

    def loss(p, y):
        count[0] += 1
        return (p - y) ** 2 / count[0]

    return scored(loss, log=count)


@row(OWN, "random")
def loss_smooths_labels_at_random() -> Any:
    return scored(lambda p, y: (p - y + 0.1 * random.random()) ** 2)


def _late(box: Any) -> Any:
    import colorsys

    return colorsys.ONE_THIRD


for _name, _read, _explicit in (
    ("attrgetter", attrgetter("inner.k"), "cannot be seen beforehand"),
    ("operator", lambda box: operator.attrgetter("inner.k")(box), "cannot be seen beforehand"),
    ("methodcaller", methodcaller("inside"), "cannot be seen beforehand"),
    ("dict", lambda box: box.__dict__["inner"].k, "cannot be seen beforehand"),
    ("getattribute", lambda box: object.__getattribute__(box, "inner").k, "cannot be seen beforehand"),
    ("proxy", lambda box: box.proxy["k"], "mappingproxy"), ("import", _late, "imported there for the first time"),
):  # fmt: skip
    def _hidden(read: Any = _read) -> Any:
        sys.modules.pop("colorsys", None)
        box = Box()

        def on_epoch(e, h):
            box.inner.k = 2.0

        return scored(lambda p, y: read(box) * (p - y) ** 2, on_epoch=on_epoch)

    ROWS[f"loss_reads_by_{_name}"] = Row(_hidden, OWN, _explicit)


@row(OWN, "mean of the losses")
def loss_of_a_batch() -> Any:
    return setup(loss=lambda ps, ys: total([(p - y) ** 2 for p, y in zip(ps, ys, strict=True)]), batch_size=3)


@row(OWN, "mean of the losses")
def loss_of_a_batch_of_one() -> Any:
    """It gets a list of one list, of two numbers."""
    return setup(model=network((2,)), loss=lambda ps, ys: mse(ps, ys) / len(ps), X=X[:1], y=[[1.0, 0.0]])


@row(OWN, "mean of the losses")
def loss_sums() -> Any:
    return setup(loss=functools.partial(mse, reduction="sum"), batch_size=3)


# ---------------------------------------------------------------- models, layers, activations


class Line(Module):
    def __init__(self) -> None:
        self.w, self.b = [Value(0.5, "w1"), Value(-0.25, "w2")], Value(0.0, "b")

    def __call__(self, x: Any) -> Any:
        return sigmoid(self.w[0] * x[0] + self.w[1] * x[1] + self.b)


class Drop(Line):
    """Every other call without the second input."""

    calls = 0

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        return super().__call__([x[0], x[1] if self.calls % 2 else 0.0])


class Dropout(Line):
    def __call__(self, x: Any) -> Any:
        return super().__call__([x[0], x[1] if random.random() < 0.5 else 0.0])


class Norm(Line):
    """Keeps a running mean of its first input."""

    mean = 0.0

    def __call__(self, x: Any) -> Any:
        self.mean = 0.9 * self.mean + 0.1 * x[0]
        return super().__call__([x[0] - self.mean, x[1]])


class Gate(Line):
    def __call__(self, x: Any) -> Any:
        return super().__call__(x) if x[0] > 0 else super().__call__([x[1], x[0]])


class Mode(Line):
    training = True

    def __call__(self, x: Any) -> Any:
        return super().__call__([x[0], x[1] * (1.0 if self.training else 0.25)])


class Whole(Line):
    def __call__(self, x: Any) -> Any:
        return super().__call__(x) * (0.5 if isinstance(x[0], int) else 1.0)


class Doubled(Value):
    """A weight that counts twice."""

    @classmethod
    def apply(cls, op: Any, args: Any) -> Any:
        return Value.apply(op, args) * 2.0


class Labelled(Value):
    """A weight that is equal to others of its name."""

    def __eq__(self, other: object) -> bool:
        return other.label == self.label  # type: ignore[attr-defined]

    __hash__ = Value.__hash__


class Twice(Layer):
    def __call__(self, x: Any) -> Any:
        return [2.0 * h for h in super().__call__(x)]


class Loud(Neuron):
    calls = 0

    def __call__(self, x: Any) -> Any:
        Loud.calls += 1
        return super().__call__([x_ * (1.0 + 0.1 * (Loud.calls % 3)) for x_ in x])


def modelled(model: Any, **options: Any) -> dict[str, Any]:
    return setup(model=model, **options)


for _name, _make, _explicit in (
    ("line", Line, ""), ("drop", Drop, "calls"), ("dropout", Dropout, "random"), ("norm", Norm, "mean"),
    ("gate", Gate, BRANCH), ("mode", Mode, ""),
):  # fmt: skip
    ROWS[f"model_{_name}"] = Row(lambda make=_make: modelled(make()), OWN, _explicit)


@row(OWN, "an apply of its own")
def model_weights_have_operators_of_their_own() -> Any:
    model = Line()
    model.w[0] = Doubled(0.5, "w1")
    return modelled(model)


@row(OWN, "an __eq__ of its own")
def model_weights_are_equal_by_name() -> Any:
    w, b = Labelled(0.5, "w"), Labelled(0.25, "w")
    model = lambda x: sigmoid(w * x[0] * (3.0 if w == b else 1.0) + b)  # noqa: E731
    return setup(model=model, optimizer=lambda ps: SGD([w, b], 0.1))


@row(OWN, "plain numbers")
def model_asks_for_whole_inputs() -> Any:
    return modelled(Whole(), X=[*X[:-1], [1, 0.5]])


@row(OWN, "")
def model_mode_is_switched() -> Any:
    model = Mode()

    def on_epoch(e, h):
        if e == 3:
            model.training = False

    return modelled(model, on_epoch=on_epoch)


@row(OWN, "")
def model_input_is_set_to_a_number() -> Any:
    """To the number that is the input's place among those that go in: w, b, then x."""
    w, b, given = Value(0.5, "w"), Value(0.0, "b"), [True]

    def on_epoch(e, h):
        given[0] = e < 2

    return {"model": lambda x: w * (x if given[0] else 2.0) + b, "X": [3.0, 0.5], "y": Y[:2], "loss": mse,
            "optimizer": SGD([w, b], lr=0.01), "epochs": 5, "batch_size": 1, "on_epoch": on_epoch}  # fmt: skip


@row(OWN, "")
def model_with_a_layer_of_its_own() -> Any:
    model = network()
    model.layers[0] = Twice(2, 3, "tanh", rng=random.Random(2))
    return modelled(model)


@row(OWN, "Loud.calls")
def model_with_a_neuron_of_its_own() -> Any:
    Loud.calls = 0
    model = network()
    model.layers[0].neurons[1] = Loud(2, "tanh", rng=random.Random(2))
    return modelled(model)


@row(OWN, "")
def model_is_a_function() -> Any:
    w = Value(0.5, "w")
    return {"model": lambda x: sigmoid(w * x[0]), "X": X, "y": Y, "loss": bce, "optimizer": SGD([w], lr=0.1),
            "epochs": 5, "batch_size": 2}  # fmt: skip


@row(OWN, "")
def activation_of_its_own() -> Any:
    return modelled(network(hidden=lambda z: z * sigmoid(z)))


@row(OWN, BRANCH)
def activation_branches() -> Any:
    return modelled(network(hidden=lambda z: z if z > 0 else 0.1 * z))


@row(OWN, "scale")
def activation_grows() -> Any:
    scale = [1.0]

    def grow(z):
        scale[0] *= 1.001
        return tanh(scale[0] * z)

    return modelled(network(hidden=grow))


@row(OWN, "random")
def activation_is_noisy() -> Any:
    return modelled(network(hidden=lambda z: tanh(z + random.gauss(0, 0.1))))


@row(OWN, "")
def operation_of_its_own() -> Any:
    own = Primitive("own", lambda x: x * x, [lambda g, y, x: 2.0 * g * x], domain=[(-2, 2)], lower=lambda x: x * x)
    return modelled(network(hidden=own))


@row(OWN, "", "own")
def operation_without_code() -> Any:
    return modelled(network(hidden=Primitive("own", math.tanh, [lambda g, y, x: g * (1 - y * y)], domain=[(-2, 2)])))


@row(OWN, "")
def operations_of_one_name() -> Any:
    """Called what a variable of the generated code is called, too."""
    one, two = (
        Primitive("loss", lambda x, k=k: k * x * x, [lambda g, y, x, k=k: 2.0 * k * g * x], domain=[(-2, 2)],
                  lower=lambda x, k=k: k * x * x)
        for k in (1.0, 0.5)
    )  # fmt: skip
    return modelled(network(hidden=one), penalty=lambda m: 0.1 * total([two(p) for p in m.parameters()]))


@row(OWN, "random")
def operation_that_is_noisy() -> Any:
    noisy = lambda x: x * random.random()  # noqa: E731
    return modelled(network(hidden=Primitive("own", noisy, [lambda g, y, x: g], domain=[(-2, 2)], lower=lambda x: x)))


# ---------------------------------------------------------------- data


@dataclass
class Table:
    """Rows that count how often they are read."""

    rows: Any
    reads: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: Any) -> Any:
        self.reads.append(1)
        return self.rows[place]


@row()
def data_arrays() -> Any:
    return setup(X=np.array(X), y=np.array(Y, int))


@row()
def data_changed_by_an_epoch() -> Any:
    rows, targets = [list(x) for x in X], list(Y)

    def on_epoch(e, h):
        rows[0][0] = targets[0] = 1000.0 * e

    return setup(X=rows, y=targets, on_epoch=on_epoch)


@row()
def data_array_changed_by_an_epoch() -> Any:
    rows = np.array(X)

    def on_epoch(e, h):
        rows[:] = 7.0

    return setup(X=rows, on_epoch=on_epoch)


@row("a target is not one that the loss takes")
def data_targets_that_do_not_fit() -> Any:
    return setup(y=[*Y[:-1], 2.0])


@row("a target is not one that the loss takes")
def data_classes_for_hinge() -> Any:
    return setup(model=network(output="linear"), loss=hinge)


# ---------------------------------------------------------------- the rest


@row("metrics")
def metrics() -> Any:
    seen: list[float] = []

    def metric(predictions, targets):
        seen.append(predictions[0])
        return predictions[0]

    return setup(metrics={"first": metric}, log=seen)


@row()
def validation_and_patience() -> Any:
    return setup(validation=(X[:4], Y[:4]), patience=2, epochs=15, min_delta=0.05)


@row()
def restore_best() -> Any:
    return setup(batch_size=None, restore_best=True, schedule=lambda e: 0.3 if e < 4 else 5.0)


@row()
def shuffled() -> Any:
    return setup(shuffle=True, seed=3)


@row()
def some_parameters() -> Any:
    model = network()
    return setup(model=model, optimizer=lambda ps: SGD(ps[-4:], lr=0.3))


@row()
def frozen_weights_are_changed() -> Any:
    made = setup(optimizer=lambda ps: SGD(ps[-4:], lr=0.3))

    def on_epoch(e, h):
        if e == 3:
            made["model"].parameters()[0].data = 1.5

    return made | {"on_epoch": on_epoch}
