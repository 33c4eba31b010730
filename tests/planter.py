"""A second planter of the catalogue's mistakes: backpropagation in plain loops, sample by sample, as people write it.

It was written from the catalogue alone and shares nothing with the package's own textbook pass, nor with the
matrices of `tests.diagnosis`, which counts how often the diagnosis names what is planted here.
"""

import math
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from operator import mul
from typing import Any

Rows = list[list[float]]
Slope = Callable[[float, float], float]
"""From z and h = f(z)."""


def squash(z: float) -> float:
    return 1 / (1 + math.exp(-z))


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sigmoid": squash, "tanh": math.tanh, "relu": lambda z: z if z > 0 else 0.0, "linear": lambda z: z,
}  # fmt: skip
SLOPES: dict[str, Slope] = {
    "sigmoid": lambda z, h: h * (1 - h), "tanh": lambda z, h: 1 - h * h, "relu": lambda z, h: 1.0 * (z > 0),
    "linear": lambda z, h: 1.0,
}  # fmt: skip


class Net:
    """A network, its samples and what it computes: `a[s][m]` goes into layer m, `z[s][m]` is its weighted sum."""

    def __init__(self, sizes: tuple[int, ...], kind: str, loss: str, samples: int, rng: random.Random) -> None:
        self.sizes, self.kind, self.loss, self.rng, self.lr = sizes, kind, loss, rng, 0.1
        self.top = "linear" if loss == "cross-entropy" else "sigmoid"
        self.w = [[[rng.gauss(0, 1) for _ in range(n)] for _ in range(m)] for n, m in pairwise(sizes)]
        self.b = [[rng.gauss(0, 0.5) for _ in range(m)] for m in sizes[1:]]
        self.x = [[rng.gauss(0, 1) for _ in range(sizes[0])] for _ in range(samples)]
        self.y = [[float(rng.random() < 0.5) for _ in range(sizes[-1])] for _ in range(samples)]
        if loss == "cross-entropy":
            chosen = [rng.randrange(sizes[-1]) for _ in range(samples)]
            self.y = [[float(k == c) for k in range(sizes[-1])] for c in chosen]
        self.last = len(self.w) - 1
        self.mean = samples * (1 if loss == "cross-entropy" else sizes[-1])
        self.forward()

    def kind_of(self, m: int) -> str:
        return self.top if m == self.last else self.kind

    def forward(self) -> None:
        self.z: list[Rows] = []
        self.a: list[Rows] = []
        for x in self.x:
            zs, hs = [], [x]
            for m in range(len(self.w)):
                zs.append([sum(map(mul, row, hs[-1])) + c for row, c in zip(self.w[m], self.b[m], strict=True)])
                hs.append([FUNCTIONS[self.kind_of(m)](z) for z in zs[-1]])
            self.z.append(zs)
            self.a.append(hs)

    def softmax(self, s: int) -> list[float]:
        e = [math.exp(z - max(self.z[s][-1])) for z in self.z[s][-1]]
        return [part / sum(e) for part in e]


def moved(rows: Rows, by: Rows, times: float = 1.0) -> Rows:
    """Numbers plus so many times others."""
    return [[x + times * y for x, y in zip(*pair, strict=True)] for pair in zip(rows, by, strict=True)]


class Pass:
    """One backward pass; a mistake replaces a step of it."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.output: Callable[[int, int], float] = self.right_output
        self.slope: Callable[[int, int, int, float], float] = self.right_slope
        self.weight: Callable[[int, int, int], float] = lambda m, k, j: self.old[m][k][j]
        self.handed: Callable[[int, int, Rows], list[float]] = lambda s, m, deltas: deltas[s]
        self.used: Callable[[int, int, int, float], float] = lambda s, m, j, d: d
        self.paths: Callable[[int, list[float]], float] = lambda m, terms: sum(terms)
        self.input: Callable[[int, int, int, int], float] = lambda s, m, j, i: net.a[s][m][i]
        self.bias: Callable[[int, int, int, float], float] = lambda s, m, j, d: d
        self.counts: Callable[[int, int], bool] = lambda s, m: True
        self.share: Callable[[int, bool], float] = lambda m, bias: 1.0
        self.update = False

    def right_output(self, s: int, k: int) -> float:
        net = self.net
        if net.loss == "cross-entropy":
            return (net.softmax(s)[k] - net.y[s][k]) / net.mean
        if net.loss == "bce":
            return (net.a[s][-1][k] - net.y[s][k]) / net.mean
        return self.by_prediction(s, k) * SLOPES["sigmoid"](net.z[s][-1][k], net.a[s][-1][k])

    def by_prediction(self, s: int, k: int) -> float:
        """∂L/∂ŷ of a squared error."""
        return (2 if self.net.loss == "mse" else 1) * (self.net.a[s][-1][k] - self.net.y[s][k]) / self.net.mean

    def right_slope(self, s: int, m: int, j: int, g: float) -> float:
        return SLOPES[self.net.kind](self.net.z[s][m][j], self.net.a[s][m + 1][j])

    def run(self) -> tuple[list[Rows], Rows]:
        """The gradients of weights and biases, layer by layer from the top."""
        net = self.net
        self.old = [[list(row) for row in w] for w in net.w]
        self.dw: list[Any] = [None] * len(net.w)
        self.db: list[Any] = [None] * len(net.w)
        self.delta: list[Rows] = [[] for _ in net.w]
        delta: Rows = [[self.output(s, k) for k in range(net.sizes[-1])] for s in range(len(net.x))]
        for m in range(net.last, -1, -1):
            if m < net.last:
                delta = [self.down(s, m, self.handed(s, m, self.delta[m + 1])) for s in range(len(net.x))]
            self.delta[m] = delta
            used = [s for s in range(len(net.x)) if self.counts(s, m)]
            inputs, units = range(net.sizes[m]), range(net.sizes[m + 1])
            mine = [[self.used(s, m, j, delta[s][j]) for j in units] for s in range(len(net.x))]
            dw = [[sum(mine[s][j] * self.input(s, m, j, i) for s in used) for i in inputs] for j in units]
            db = [sum(self.bias(s, m, j, mine[s][j]) for s in used) for j in units]
            self.dw[m] = [[self.share(m, False) * d for d in row] for row in dw]
            self.db[m] = [self.share(m, True) * d for d in db]
            if self.update:
                self.old[m] = moved(net.w[m], self.dw[m], -net.lr)
        return self.dw, self.db

    def down(self, s: int, m: int, above: list[float]) -> list[float]:
        """δ of the units of layer m in one sample."""
        found = []
        for j in range(self.net.sizes[m + 1]):
            g = self.paths(m, [d * self.weight(m + 1, k, j) for k, d in enumerate(above)])
            found.append(g * self.slope(s, m, j, g))
        return found


# ---------------------------------------------------------------- the mistakes; False where there is no room for one

Plant = Callable[[Pass, Net, random.Random], Any]


def layers(net: Net, rng: random.Random, last: int) -> set[int]:
    """All layers up to one, or one of them."""
    return {rng.randrange(last)} if last > 1 and rng.random() < 0.4 else set(range(last))


def shares(factor: Callable[[Net], float], where: str = "all") -> Plant:
    def plant(p: Pass, net: Net, rng: random.Random) -> Any:
        c = factor(net)
        side = rng.random() < 0.5
        hits = {"all": lambda m, bias: True, "sides": lambda m, bias: bias == side, "low": lambda m, bias: m < net.last}
        p.share = lambda m, bias: c if hits[where](m, bias) else 1.0
        return c != 1

    return plant


def slopes(choose: Callable[[Net, random.Random], Slope | None], output: bool = True) -> Plant:
    """Another slope in hidden layers, or at the output of a squared error."""

    def plant(p: Pass, net: Net, rng: random.Random) -> Any:
        squared = output and net.loss in ("mse", "half") and rng.random() < 0.3
        if squared:
            kind, net.kind = net.kind, "sigmoid"
            at = choose(net, rng)
            net.kind = kind
            p.output = lambda s, k: p.by_prediction(s, k) * at(net.z[s][-1][k], net.a[s][-1][k]) if at else 0.0
            return at
        at = choose(net, rng)
        on = layers(net, rng, net.last)
        unit = rng.randrange(net.sizes[1]) if rng.random() < 0.2 and len(on) == net.last == 1 else None

        def slope(s: int, m: int, j: int, g: float) -> float:
            hit = m in on and unit in (None, j)
            return at(net.z[s][m][j], net.a[s][m + 1][j]) if hit and at else p.right_slope(s, m, j, g)

        p.slope = slope
        return at

    return plant


def half(net: Net, rng: random.Random) -> Slope | None:
    options: dict[str, list[Slope]] = {
        "sigmoid": [lambda z, h: h, lambda z, h: 1 - h], "tanh": [lambda z, h: 1 - h, lambda z, h: 1 + h], "relu": [],
    }  # fmt: skip
    return rng.choice(options[net.kind]) if options[net.kind] else None


def other(net: Net, rng: random.Random) -> Slope:
    return SLOPES[rng.choice([kind for kind in ("sigmoid", "tanh", "relu") if kind != net.kind])]


def fed_z(net: Net, rng: random.Random) -> Slope | None:
    return {"sigmoid": lambda z, h: z * (1 - z), "tanh": lambda z, h: 1 - z * z}.get(net.kind)


def fed_h(net: Net, rng: random.Random) -> Slope:
    kind = net.kind
    return lambda z, h: SLOPES[kind](h, FUNCTIONS[kind](h))


def exp_as_x(net: Net, rng: random.Random) -> Slope | None:
    # h = 1/(1 + e^u) with u = -z: dh/dz = -h² · exp'(u) · (-1)
    rule = rng.choice([lambda u: u, lambda u: u * math.exp(u - 1)])
    return (lambda z, h: h * h * rule(-z)) if net.kind == "sigmoid" else None


def sign(p: Pass, net: Net, rng: random.Random) -> Any:
    choice = rng.randrange(3)
    if choice == 0:
        right = p.output
        p.output = lambda s, k: -right(s, k)
    elif choice == 1:  # a minus lost on the way into the layers below
        at = rng.randrange(net.last)
        p.slope = lambda s, m, j, g: (-1 if m == at else 1) * p.right_slope(s, m, j, g)
    else:  # or behind one node
        unit = rng.randrange(net.sizes[1])
        p.slope = lambda s, m, j, g: (-1 if (m, j) == (0, unit) else 1) * p.right_slope(s, m, j, g)
    return True


def updated(p: Pass, net: Net, rng: random.Random) -> Any:
    p.update, net.lr = True, rng.choice([1.0, 0.5, 0.1, 0.02, 0.01])
    return True


def missing_output(p: Pass, net: Net, rng: random.Random) -> Any:
    p.output = p.by_prediction
    return net.loss in ("mse", "half")


def extra_output(p: Pass, net: Net, rng: random.Random) -> Any:
    def output(s: int, k: int) -> float:
        y = net.softmax(s)[k] if net.loss == "cross-entropy" else net.a[s][-1][k]
        return p.right_output(s, k) * y * (1 - y)

    p.output = output
    return net.loss in ("bce", "cross-entropy")


def elsewhere(p: Pass, net: Net, rng: random.Random) -> Any:
    choice = rng.randrange(3)
    if choice == 0:  # the slope of the neighbour
        p.slope = lambda s, m, j, g: p.right_slope(s, m, (j + 1) % net.sizes[1] if m == 0 else j, g)
    elif choice == 1:  # the slope of the first unit for all
        p.slope = lambda s, m, j, g: p.right_slope(s, m, 0 if m == 0 else j, g)
    else:  # the inputs of the layer below
        p.input = lambda s, m, j, i: net.a[s][0 if m == 1 else m][i]
        return net.sizes[0] == net.sizes[1]
    return True


def gradient_for_weight(p: Pass, net: Net, rng: random.Random) -> Any:
    on = layers(net, rng, net.last)
    p.weight = lambda m, k, j: p.dw[m][k][j] if m - 1 in on else net.w[m][k][j]
    return True


def missing_weight(p: Pass, net: Net, rng: random.Random) -> Any:
    on = layers(net, rng, net.last)
    p.weight = lambda m, k, j: 1.0 if m - 1 in on else net.w[m][k][j]
    return True


def two(n: int, rng: random.Random) -> Callable[[int], int]:
    a, b = rng.sample(range(n), 2)
    return lambda i: b if i == a else a if i == b else i


def swapped_weights(p: Pass, net: Net, rng: random.Random) -> Any:
    at = rng.randrange(net.last)
    swap = two(net.sizes[at + 1], rng)
    p.weight = lambda m, k, j: net.w[m][k][swap(j) if m - 1 == at else j]
    return True


def swapped_inputs(p: Pass, net: Net, rng: random.Random) -> Any:
    at = rng.randrange(net.last + 1)
    swap = two(net.sizes[at], rng)
    p.input = lambda s, m, j, i: net.a[s][m][swap(i) if m == at else i]
    return True


def transposed(p: Pass, net: Net, rng: random.Random) -> Any:
    square = [m for m in range(net.last + 1) if net.sizes[m] == net.sizes[m + 1] > 1]
    if not square:
        return False
    at = rng.choice(square)
    if at and rng.random() < 0.5:  # δ carried down by W for its transpose
        p.weight = lambda m, k, j: net.w[m][j][k] if m == at else net.w[m][k][j]
        return True
    run = p.run

    def turned() -> tuple[list[Rows], Rows]:
        dw, db = run()
        dw[at] = [list(column) for column in zip(*dw[at], strict=True)]
        return dw, db

    p.run = turned  # type: ignore[method-assign]
    return True


def preactivation(p: Pass, net: Net, rng: random.Random) -> Any:
    on = {m + 1 for m in layers(net, rng, net.last)}
    p.input = lambda s, m, j, i: net.z[s][m - 1][i] if m in on else net.a[s][m][i]
    return True


def bias(kind: str) -> Plant:
    def plant(p: Pass, net: Net, rng: random.Random) -> Any:
        on, i, own = layers(net, rng, net.last + 1), rng.randrange(2), rng.random() < 0.3

        def share(s: int, m: int, j: int, d: float) -> float:
            if m not in on:
                return d
            activation = net.a[s][m + 1][j] if own else net.a[s][m][i]
            return {"zero": 0.0, "one": 1.0 / len(net.x), "input": d * activation}[kind]

        p.bias = share
        return True

    return plant


def last(p: Pass, net: Net, rng: random.Random) -> Any:
    n, choice = len(net.x), rng.randrange(4)
    if choice == 0:  # the last path only
        at = rng.randrange(net.last)
        p.paths = lambda m, terms: terms[-1] if m == at else sum(terms)
        return net.sizes[at + 2] > 1
    on = layers(net, rng, net.last + 1)
    p.counts = lambda s, m: s == n - 1 or m not in on
    if choice == 1:  # and never divided
        p.share = lambda m, bias: float(n) if m in on else 1.0
    return n > 1


def not_zeroed(p: Pass, net: Net, rng: random.Random) -> Any:
    """Steps before this one, each with all gradients so far in the sum; the network is left at the last of them."""
    passes, lr = rng.choice([2, 3, 4]), rng.choice([0.5, 0.3, 0.1, 0.05, 0.01])
    run, kept = p.run, None
    for _ in range(passes - 1):
        kept = added(kept, run())
        net.w = [moved(w, dw, -lr) for w, dw in zip(net.w, kept[0], strict=True)]
        net.b = moved(net.b, kept[1], -lr)
        net.forward()
    p.run = lambda: added(kept, run())  # type: ignore[method-assign]
    return True


def added(kept: Any, new: tuple[list[Rows], Rows]) -> tuple[list[Rows], Rows]:
    if kept is None:
        return new
    return [moved(*pair) for pair in zip(kept[0], new[0], strict=True)], moved(kept[1], new[1])


def mask(p: Pass, net: Net, rng: random.Random) -> Any:
    forms: list[Slope] = [lambda z, g: 1.0, lambda z, g: 1.0 * (g > 0), lambda z, g: 1.0 * (g > 0 and z > 0)]
    form, on = rng.choice(forms), layers(net, rng, net.last)
    p.slope = lambda s, m, j, g: form(net.z[s][m][j], g) if m in on else p.right_slope(s, m, j, g)
    return net.kind == "relu"


def folded(p: Pass, net: Net, rng: random.Random) -> Any:
    lr = rng.choice([0.5, 0.1, 0.05, 0.01, 0.001])
    p.share = lambda m, bias: lr
    return True


# ---------------------------------------------------------------- found in programs


def squared(net: Net) -> bool:
    return net.loss in ("mse", "half")


def raw_below(p: Pass, net: Net, rng: random.Random) -> Any:
    raw = [[p.by_prediction(s, k) for k in range(net.sizes[-1])] for s in range(len(net.x))]
    p.handed = lambda s, m, deltas: raw[s] if m == net.last - 1 else deltas[s]
    return squared(net)


def raw_in_weights(p: Pass, net: Net, rng: random.Random) -> Any:
    p.used = lambda s, m, j, d: p.by_prediction(s, j) if m == net.last else d
    return squared(net)


def rate_twice(p: Pass, net: Net, rng: random.Random) -> Any:
    lr, all_of_it = rng.choice([0.5, 0.3, 0.1, 0.05, 0.01]), rng.random() < 0.5
    p.handed = lambda s, m, deltas: [lr * d for d in deltas[s]]
    if all_of_it:
        p.share = lambda m, bias: lr
    return True


def turned_helper(p: Pass, net: Net, rng: random.Random) -> Any:
    right = p.output
    p.output = lambda s, k: -right(s, k)
    p.slope = lambda s, m, j, g: -p.right_slope(s, m, j, g)
    return squared(net)


def target_for_one(p: Pass, net: Net, rng: random.Random) -> Any:
    p.output = lambda s, k: p.by_prediction(s, k) * net.a[s][-1][k] * (net.y[s][k] - net.a[s][-1][k])
    return squared(net)


def hard(p: Pass, net: Net, rng: random.Random) -> Any:
    def prediction(s: int, k: int) -> float:
        if net.loss == "cross-entropy":
            return float(net.softmax(s)[k] == max(net.softmax(s)))
        return float(net.a[s][-1][k] > 0.5)

    def output(s: int, k: int) -> float:
        error = (prediction(s, k) - net.y[s][k]) / net.mean
        if not squared(net):
            return error
        return (2 if net.loss == "mse" else 1) * error * SLOPES["sigmoid"](net.z[s][-1][k], net.a[s][-1][k])

    p.output = output
    # Where all classes are right all gradients are 0, as if nothing had been computed.
    return any(output(s, k) for s in range(len(net.x)) for k in range(net.sizes[-1]))


def diagonal(p: Pass, net: Net, rng: random.Random) -> Any:
    p.output = lambda s, k: p.right_output(s, k) * net.softmax(s)[k] * (1 - net.softmax(s)[k])
    return net.loss == "cross-entropy"


def averaged_delta(p: Pass, net: Net, rng: random.Random) -> Any:
    parts = len(net.x) if rng.random() < 0.7 else 1
    at = layers(net, rng, net.last)
    p.handed = lambda s, m, deltas: [sum(d) / parts for d in zip(*deltas, strict=True)] if m in at else deltas[s]
    return len(net.x) > 1


def last_activation(p: Pass, net: Net, rng: random.Random) -> Any:
    on = layers(net, rng, net.last + 1)
    p.input = lambda s, m, j, i: net.a[-1 if m in on else s][m][i]
    return len(net.x) > 1


def weight_for_activation(p: Pass, net: Net, rng: random.Random) -> Any:
    at = rng.randrange(net.last + 1)
    p.input = lambda s, m, j, i: net.w[m][j][i] if m == at else net.a[s][m][i]
    return True


def bias_without_weight(p: Pass, net: Net, rng: random.Random) -> Any:
    at = rng.randrange(net.last)
    p.bias = lambda s, m, j, d: sum(p.delta[m + 1][s]) * p.right_slope(s, m, j, 0.0) if m == at else d
    return True


def finished(change: Callable[[Pass, Net, random.Random, list[Rows], Rows], Any]) -> Plant:
    """Something done to the gradients when they are there."""

    def plant(p: Pass, net: Net, rng: random.Random) -> Any:
        run = p.run

        def changed() -> tuple[list[Rows], Rows]:
            dw, db = run()
            change(p, net, rng, dw, db)
            return dw, db

        p.run = changed  # type: ignore[method-assign]
        return True

    return plant


def one_for_all(p: Pass, net: Net, rng: random.Random, dw: list[Rows], db: Rows) -> None:
    for m in layers(net, rng, net.last + 1):
        db[m] = [sum(db[m])] * len(db[m])


def constant(p: Pass, net: Net, rng: random.Random, dw: list[Rows], db: Rows) -> None:
    c, m, whole = rng.choice([2.0, 0.5, 3.0, 0.1, 4.0, 10.0]), rng.randrange(net.last + 1), rng.random() < 0.5
    j, i = rng.randrange(len(db[m])), rng.randrange(len(dw[m][0]) + 1)
    if i == len(dw[m][0]):
        db[m] = [c * d if whole or k == j else d for k, d in enumerate(db[m])]
    else:
        dw[m] = [[c * d if whole or (k, n) == (j, i) else d for n, d in enumerate(row)] for k, row in enumerate(dw[m])]


def nothing(p: Pass, net: Net, rng: random.Random) -> Any:
    at = rng.randrange(net.last + 1)
    if at < net.last and rng.random() < 0.5:
        p.slope = lambda s, m, j, g: 0.0 if m == at else p.right_slope(s, m, j, g)
    else:
        p.share = lambda m, bias: 0.0 if m == at else 1.0
    return True


def left_out(p: Pass, net: Net, rng: random.Random) -> Any:
    n, first = len(net.x), rng.random() < 0.5
    p.counts = lambda s, m: (s == 0) if first else (s != n - 1)
    return n > 1 and (first or n > 2)  # of two, all but the last is the first alone


def wrong_operand(p: Pass, net: Net, rng: random.Random) -> Any:
    """One name for another of its kind in one line."""
    at = rng.randrange(net.last + 1)
    unit, kind = rng.randrange(net.sizes[at + 1]), rng.choice(["input", "bias", "delta", "weight", "slope", "path"])
    if kind == "input":
        i = rng.randrange(net.sizes[at])
        other = rng.choice([k for k in range(net.sizes[at]) if k != i])
        p.input = lambda s, m, j, k: net.a[s][m][other if (m, j, k) == (at, unit, i) else k]
        return True
    if kind in ("bias", "delta"):
        units = [k for k in range(net.sizes[at + 1]) if k != unit]
        if not units:
            return False
        other, i = rng.choice(units), rng.randrange(net.sizes[at])
        if kind == "bias":
            p.bias = lambda s, m, j, d: p.delta[m][s][other] if (m, j) == (at, unit) else d
            return True
        return finished(
            lambda p, net, rng, dw, db: dw[at][unit].__setitem__(
                i, sum(p.delta[at][s][other] * net.a[s][at][i] for s in range(len(net.x)))
            )
        )(p, net, rng)
    if at == net.last:
        return False
    k = rng.randrange(net.sizes[at + 2])
    if kind == "weight":
        m2 = rng.randrange(net.last + 1)
        number = rng.choice(rng.choice(net.w[m2]))
        p.weight = lambda m, row, j: number if (m, row, j) == (at + 1, k, unit) else net.w[m][row][j]
        return True
    if kind == "slope":
        others = [j for j in range(net.sizes[at + 1]) if j != unit]
        other, which = rng.choice(others), rng.randrange(2)

        def slope(s: int, m: int, j: int, g: float) -> float:
            if (m, j) != (at, unit):
                return p.right_slope(s, m, j, g)
            h, its = net.a[s][at + 1][unit], net.a[s][at + 1][other]
            pair = (h, its) if which else (its, h)
            forms = {"sigmoid": pair[0] * (1 - pair[1]), "tanh": 1 - its * its, "relu": 1.0 * (its > 0)}
            return forms[net.kind]

        p.slope = slope
        return True
    others = [n for n in range(net.sizes[at + 2]) if n != k]
    if not others:
        return False
    other = rng.choice(others)
    right = p.down

    def down(s: int, m: int, above: list[float]) -> list[float]:
        found = right(s, m, above)
        if m == at:
            exchanged = [above[other] if n == k else d for n, d in enumerate(above)]
            found[unit] = right(s, m, exchanged)[unit]
        return found

    p.down = down  # type: ignore[method-assign]
    return True


def either(*plants: Plant) -> Plant:
    return lambda p, net, rng: rng.choice(plants)(p, net, rng)


MISTAKES: dict[str, Plant] = {
    "summed-not-averaged": shares(lambda net: net.mean),
    "averaged-twice": either(shares(lambda net: 1 / len(net.x)), shares(lambda net: 1 / len(net.x), "low")),
    "bias-averaged-differently": either(
        shares(lambda net: len(net.x), "sides"), shares(lambda net: 1 / len(net.x), "sides")
    ),
    "factor-two": shares(lambda net: {"mse": 0.5, "half": 2.0}.get(net.loss, 1.0)),
    "sign": sign,
    "updated-weight": updated,
    "missing-output-derivative": missing_output,
    "extra-output-derivative": extra_output,
    "missing-hidden-derivative": slopes(lambda net, rng: lambda z, h: 1.0, output=False),
    "derivative-at-activation": slopes(fed_h),
    "shortcut-at-preactivation": slopes(fed_z),
    "half-derivative": slopes(half),
    "wrong-activation-derivative": slopes(other),
    "wrong-layer-activation": elsewhere,
    "gradient-for-weight": gradient_for_weight,
    "missing-weight": missing_weight,
    "swapped-weights": swapped_weights,
    "transposed": transposed,
    "swapped-inputs": swapped_inputs,
    "preactivation-for-activation": preactivation,
    "bias-zero": bias("zero"),
    "bias-one": bias("one"),
    "bias-with-input": bias("input"),
    "last-sample-only": last,
    "not-zeroed": not_zeroed,
    "learning-rate-folded-in": folded,
    "divided-by-outputs": shares(lambda net: 1 / net.sizes[-1]),
    "exp-derivative": slopes(exp_as_x, output=False),
    "relu-mask": mask,
    "missing-output-derivative-below": raw_below,
    "missing-output-derivative-in-weights": raw_in_weights,
    "learning-rate-twice": rate_twice,
    "shared-derivative-sign": turned_helper,
    "target-for-one": target_for_one,
    "hard-prediction": hard,
    "softmax-diagonal": diagonal,
    "averaged-delta": averaged_delta,
    "last-activation": last_activation,
    "weight-for-activation": weight_for_activation,
    "bias-without-weight": bias_without_weight,
    "bias-summed-over-units": finished(one_for_all),
    "constant-factor": finished(constant),
    "no-gradient": nothing,
    "share-left-out": left_out,
    "wrong-operand": wrong_operand,
}
"""How every mistake of the catalogue is made here."""


def by_name(dw: list[Rows], db: Rows) -> Iterator[tuple[str, float]]:
    """The gradients by the textbook's names: w1 w2 ... neuron by neuron, b1 b2 ..."""
    yield from ((f"dw{i}", x) for i, x in enumerate((x for rows in dw for row in rows for x in row), 1))
    yield from ((f"db{i}", x) for i, x in enumerate((x for row in db for x in row), 1))


def planted(code: str, net: Net) -> tuple[dict[str, float], dict[str, float]] | None:
    """The gradients by name with a mistake, and without; None where the network has no room for it."""
    p = Pass(net)
    if not MISTAKES[code](p, net, net.rng):
        return None
    wrong = dict(by_name(*p.run()))
    return wrong, dict(by_name(*Pass(net).run()))
