"""Networks that are more than layers one after the other, written by hand, each as a loss of one row."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value, dot, exp, relu, sigmoid, tanh, total

Net = Callable[[Any, Any], Any]


class Made:
    """Parameters as they are asked for, numbers for what is not trained, and the width of everything."""

    def __init__(self, n: int, seed: int = 3) -> None:
        self.n, self.rng = n, random.Random(seed)
        self.parameters: list[Value] = []

    def number(self, size: int) -> float:
        return self.rng.uniform(-1, 1) / size**0.5

    def vector(self, n: int) -> list[Value]:
        found = [Value(self.number(n), f"p{len(self.parameters) + k}") for k in range(n)]
        self.parameters += found
        return found

    def matrix(self, units: int, inputs: int) -> list[list[Value]]:
        return [self.vector(inputs) for _ in range(units)]

    def dense(self, units: int, inputs: int) -> tuple[list[list[Value]], list[Value]]:
        return self.matrix(units, inputs), self.vector(units)

    def numbers(self, units: int, inputs: int) -> list[list[float]]:
        return [[self.number(inputs) for _ in range(inputs)] for _ in range(units)]


def sums(w: Sequence[Any], b: Sequence[Any] | None, x: Sequence[Any]) -> list[Any]:
    return [dot(row, x) for row in w] if b is None else [dot(row, x, own) for row, own in zip(w, b, strict=True)]


def turned(w: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*w, strict=True)]


def each(f: Callable[..., Any], *xs: Sequence[Any]) -> list[Any]:
    return [f(*own) for own in zip(*xs, strict=True)]


def squares(found: Sequence[Any], wanted: Sequence[Any]) -> Any:
    return total([(a - b) ** 2 for a, b in zip(found, wanted, strict=True)]) / len(found)


def plus(a: Any, b: Any) -> Any:
    return a + b


STRUCTURES: dict[str, Callable[[Made], Net]] = {}
"""By name, the loss of n columns x and a number y, made of the parameters that are asked for."""


def structure(make: Callable[[Made], Net]) -> Callable[[Made], Net]:
    STRUCTURES[make.__name__.replace("_", " ")] = make
    return make


def ended(own: Made, inputs: int) -> Callable[[Sequence[Any], Any], Any]:
    """A last layer of one unit, and half the square of what it is off."""
    (v,), (c,) = own.dense(1, inputs)
    return lambda h, y: (dot(v, h, c) - y) ** 2 / 2


@structure
def plain(own: Made) -> Net:
    (w, b), (u, c), last = own.dense(own.n, own.n), own.dense(own.n, own.n), ended(own, own.n)
    return lambda x, y: last(each(relu, sums(u, c, each(tanh, sums(w, b, x)))), y)


@structure
def one_layer_twice(own: Made) -> Net:
    (w, b), last = own.dense(own.n, own.n), ended(own, own.n)
    return lambda x, y: last(each(tanh, sums(w, b, each(tanh, sums(w, b, x)))), y)


@structure
def two_parts_through_one_layer(own: Made) -> Net:
    m = own.n // 2
    (w, b), last = own.dense(own.n, m), ended(own, own.n)

    def loss(x: Any, y: Any) -> Any:
        h, g = (each(tanh, sums(w, b, part)) for part in (x[:m], x[m : 2 * m]))
        return last(each(lambda p, q: (p - q) ** 2, h, g), y)

    return loss


@structure
def weights_turned(own: Made) -> Net:
    w, b, c = own.matrix(own.n - 1, own.n), own.vector(own.n - 1), own.vector(own.n)
    return lambda x, y: squares(sums(turned(w), c, each(sigmoid, sums(w, b, x))), x)


@structure
def weights_turned_without_biases(own: Made) -> Net:
    w = own.matrix(own.n - 1, own.n)
    return lambda x, y: squares(sums(turned(w), None, each(tanh, sums(w, None, x))), x)


@structure
def past_a_layer(own: Made) -> Net:
    (w, b), (u, c), last = own.dense(own.n, own.n), own.dense(own.n, own.n), ended(own, own.n)

    def loss(x: Any, y: Any) -> Any:
        h = each(relu, sums(w, b, x))
        return last(each(plus, each(relu, sums(u, c, h)), h), y)

    return loss


@structure
def past_two_layers(own: Made) -> Net:
    layers, last = [own.dense(own.n, own.n) for _ in range(4)], ended(own, own.n)

    def loss(x: Any, y: Any) -> Any:
        h = x
        for k, (w, b) in enumerate(layers):
            z = sums(w, b, h)
            h = each(tanh, each(plus, z, h) if k % 2 else z)
        return last(h, y)

    return loss


@structure
def inputs_beside_units(own: Made) -> Net:
    (w, b), (u, c) = own.dense(own.n, own.n), own.dense(own.n, 2 * own.n)
    last = ended(own, 3 * own.n)

    def loss(x: Any, y: Any) -> Any:
        h = each(relu, sums(w, b, x))
        return last([*each(tanh, sums(u, c, [*h, *x])), *x, *h], y)

    return loss


@structure
def first_layer_not_trained(own: Made) -> Net:
    w, b, (u, c), last = own.numbers(own.n, own.n), own.numbers(1, own.n)[0], own.dense(own.n, own.n), ended(own, own.n)
    return lambda x, y: last(each(relu, sums(u, c, each(tanh, sums(w, b, x)))), y)


@structure
def middle_layer_not_trained(own: Made) -> Net:
    (w, b), u, last = own.dense(own.n, own.n), [[Value(z) for z in row] for row in own.numbers(own.n, own.n)], ended(
        own, own.n)  # fmt: skip
    return lambda x, y: last(each(tanh, sums(u, None, each(tanh, sums(w, b, x)))), y)


@structure
def biases_not_trained(own: Made) -> Net:
    w, b, last = own.matrix(own.n, own.n), own.numbers(1, own.n)[0], ended(own, own.n)
    return lambda x, y: last(each(tanh, sums(w, b, x)), y)


@structure
def biases_as_values_not_trained(own: Made) -> Net:
    w, b, last = own.matrix(own.n, own.n), [Value(z) for z in own.numbers(1, own.n)[0]], ended(own, own.n)
    return lambda x, y: last(each(tanh, sums(w, b, x)), y)


@structure
def two_activations_in_turn(own: Made) -> Net:
    (w, b), last = own.dense(own.n, own.n), ended(own, own.n)
    kinds = [(tanh, relu, sigmoid)[k % 3] for k in range(own.n)]
    return lambda x, y: last([f(z) for f, z in zip(kinds, sums(w, b, x), strict=True)], y)


@structure
def two_activations_by_halves(own: Made) -> Net:
    (w, b), last = own.dense(own.n, own.n), ended(own, own.n)
    kinds = [(tanh, relu)[k < own.n // 2] for k in range(own.n)]
    return lambda x, y: last([f(z) for f, z in zip(kinds, sums(w, b, x), strict=True)], y)


@structure
def gates(own: Made) -> Net:
    (w, b), (u, c), last = own.dense(own.n, own.n), own.dense(own.n, own.n), ended(own, own.n)
    return lambda x, y: last(each(lambda p, q: tanh(p) * sigmoid(q), sums(w, b, x), sums(u, c, x)), y)


@structure
def two_heads(own: Made) -> Net:
    (w, b), (u, c), (v, d) = own.dense(own.n, own.n), own.dense(own.n, own.n), own.dense(3, own.n)
    last = ended(own, own.n)

    def loss(x: Any, y: Any) -> Any:
        h = each(tanh, sums(w, b, x))
        z = sums(v, d, h)
        return last(each(relu, sums(u, c, h)), y) + squares(z, [y, 1.0, x[0]])

    return loss


@structure
def parts_of_a_row(own: Made) -> Net:
    m = own.n // 2
    (w, b), (u, c), last = own.dense(own.n, m), own.dense(own.n, own.n - m - 1), ended(own, own.n)
    return lambda x, y: last(
        each(lambda p, q: relu(p) + tanh(q), sums(w, b, x[:m]), sums(u, c, x[m + 1 :])), y) + x[m] ** 2  # fmt: skip


@structure
def numbers_among_the_inputs(own: Made) -> Net:
    fixed = own.numbers(1, own.n)[0]
    (w, b), (u, c), last = own.dense(own.n, 2 * own.n), own.dense(own.n, own.n), ended(own, own.n)
    return lambda x, y: last(each(relu, sums(u, c, each(tanh, sums(w, b, [*fixed, *x])))), y)


@structure
def numbers_added_to_the_inputs(own: Made) -> Net:
    fixed = own.numbers(1, own.n)[0]
    (w, b), last = own.dense(own.n, own.n), ended(own, own.n)
    return lambda x, y: last(each(relu, sums(w, b, each(plus, x, fixed))), y)


@structure
def a_gain_for_every_unit(own: Made) -> Net:
    (w, b), gains, shifts, last = own.dense(own.n, own.n), own.vector(own.n), own.vector(own.n), ended(own, own.n)
    return lambda x, y: last(each(lambda z, g, s: g * tanh(z) + s, sums(w, b, x), gains, shifts), y)


@structure
def one_parameter_for_all_units(own: Made) -> Net:
    (w, b), (slope,), last = own.dense(own.n, own.n), own.vector(1), ended(own, own.n)
    return lambda x, y: last(each(lambda z: relu(z) - slope * relu(-z), sums(w, b, x)), y) + slope**2


@structure
def softmax_between(own: Made) -> Net:
    (w, b), (u, c), last = own.dense(own.n, own.n), own.dense(own.n, own.n), ended(own, own.n)

    def loss(x: Any, y: Any) -> Any:
        powers = each(exp, sums(w, b, x))
        whole = total(powers)
        return last(each(tanh, sums(u, c, [p / whole for p in powers])), y)

    return loss


@structure
def units_normalised(own: Made) -> Net:
    (w, b), (u, c), last = own.dense(own.n, own.n), own.dense(own.n, own.n), ended(own, own.n)
    gains = own.vector(own.n)

    def loss(x: Any, y: Any) -> Any:
        z = sums(w, b, x)
        mean = total(z) / own.n
        spread = (total([(one - mean) ** 2 for one in z]) / own.n + 0.01) ** 0.5
        return last(each(relu, sums(u, c, [g * (one - mean) / spread for g, one in zip(gains, z, strict=True)])), y)

    return loss


@structure
def step_after_step(own: Made) -> Net:
    m = own.n // 3
    w, u, b, last = own.matrix(own.n, m), own.matrix(own.n, own.n), own.vector(own.n), ended(own, own.n)

    def loss(x: Any, y: Any) -> Any:
        h = each(tanh, sums(w, b, x[:m]))
        for t in (1, 2):
            h = [tanh(dot(r, h) + dot(s, x[t * m : (t + 1) * m], c)) for r, s, c in zip(u, w, b, strict=True)]
        return last(h, y)

    return loss


@structure
def steps_from_zero(own: Made) -> Net:
    m = own.n // 3
    (w, b), last = own.dense(own.n, m + own.n), ended(own, own.n)

    def loss(x: Any, y: Any) -> Any:
        h: list[Any] = [0.0] * own.n
        for t in range(3):
            h = each(tanh, sums(w, b, [*x[t * m : (t + 1) * m], *h]))
        return last(h, y)

    return loss


@structure
def without_activations(own: Made) -> Net:
    (w, b), (u, c), last = own.dense(own.n, own.n), own.dense(own.n, own.n), ended(own, own.n)
    return lambda x, y: last(sums(u, c, sums(w, b, x)), y)


@structure
def a_kernel_that_moves(own: Made) -> Net:
    kernel, last = own.vector(3), ended(own, own.n - 2)
    return lambda x, y: last([tanh(dot(kernel, x[k : k + 3])) for k in range(own.n - 2)], y)


@structure
def a_weight_in_two_places(own: Made) -> Net:
    (w, b), (u, c), last = own.dense(own.n, own.n), own.dense(own.n, own.n), ended(own, own.n)
    u[0][0] = w[0][0]
    c[1] = b[1]
    used = {*b, *c, *own.parameters[-own.n - 1 :], *(p for row in (*w, *u) for p in row)}
    own.parameters = [p for p in own.parameters if p in used]
    return lambda x, y: last(each(relu, sums(u, c, each(tanh, sums(w, b, x)))), y) + w[1][1] ** 2


@structure
def sums_in_the_loss(own: Made) -> Net:
    (w, b), last = own.dense(own.n, own.n), ended(own, own.n)

    def loss(x: Any, y: Any) -> Any:
        z = sums(w, b, x)
        return last(each(relu, z), y) + squares(z, x) + dot(w[0], x, b[0]) ** 2

    return loss


@structure
def with_operators(own: Made) -> Net:
    (w, b), last = own.dense(own.n, own.n), ended(own, own.n)
    return lambda x, y: last(
        [relu(sum(p * q for p, q in zip(row, x, strict=True)) + x[k] + c + 0.25) for k, (row, c) in enumerate(
            zip(w, b, strict=True))], y)  # fmt: skip


def composed(own: Made, seed: int) -> Net:
    """A network put together at random: what goes into its layers, through which matrix, and what comes out of them."""
    rng, n = random.Random(seed), own.n
    shapes, plans = [n], []  # of every vector so far; and how each was made
    matrices: list[list[list[Any]]] = []
    for _ in range(rng.randint(2, 6)):
        source, other = rng.randrange(len(shapes)), rng.randrange(len(shapes))
        kind = rng.choice(["new", "new", "new", "again", "turned", "fixed", "beside", "sum", "gate", "softmax", "each"])
        fits = [m for m in matrices if len(m[0] if kind == "again" else m) == shapes[source]]
        if kind in ("again", "turned") and fits:
            found = rng.choice(fits)
            w = found if kind == "again" else turned(found)
        elif kind in ("sum", "gate") and shapes[source] == shapes[other]:
            plans.append((kind, source, other, None, None, tanh))
            shapes.append(shapes[source])
            continue
        elif kind == "beside":
            plans.append((kind, source, other, None, None, tanh))
            shapes.append(shapes[source] + shapes[other])
            continue
        elif kind in ("softmax", "each"):
            extra = own.vector(shapes[source]) if kind == "each" else None
            plans.append((kind, source, other, extra, None, tanh))
            shapes.append(shapes[source])
            continue
        else:
            make = own.numbers if kind == "fixed" else own.matrix
            w = make(rng.randint(2, 2 * n), shapes[source])
            matrices += [] if kind == "fixed" else [w]
        b = own.vector(len(w)) if rng.random() < 0.6 else None
        plans.append(("dense", source, other, w, b, rng.choice([tanh, sigmoid, relu, lambda z: z])))
        shapes.append(len(w))
    last, also = ended(own, shapes[-1]), rng.randrange(len(shapes))

    def loss(x: Any, y: Any) -> Any:
        vectors = [list(x)]
        for kind, source, other, w, b, f in plans:
            a, c = vectors[source], vectors[other]
            if kind == "dense":
                made = each(f, sums(w, b, a))
            elif kind == "softmax":
                powers = each(exp, a)
                made = [p / total(powers) for p in powers]
            elif kind == "each":
                made = each(lambda p, q: p * q, w, a)
            else:
                made = [*a, *c] if kind == "beside" else each(plus if kind == "sum" else lambda p, q: p * tanh(q), a, c)
            vectors.append(made)
        return last(vectors[-1], y) + 0.1 * total([z * z for z in vectors[also]])

    unused = {p.label for p in own.parameters}
    stack = [loss([0.1 * k for k in range(n)], 0.5)]
    seen: set[Any] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, Value) and node not in seen:
            seen.add(node)
            unused.discard(node.label)
            stack += node.args
    own.parameters = [p for p in own.parameters if p.label not in unused]
    return loss
