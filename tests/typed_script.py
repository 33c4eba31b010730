"""A user's script, typed: `mypy --strict` and pyright find no fault in it; run by the tests as well."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autograd import (
    Value,
    check_step,
    compare,
    dot,
    exp,
    explain,
    grad,
    hessian,
    jacobian,
    jit,
    jvp,
    maximum,
    mean,
    no_grad,
    sigmoid,
    softmax,
    total,
    value_and_grad,
    vjp,
)
from nn import MLP, SGD, Adam, History, Module, bce, clip_gradients, cosine_lr, cross_entropy, fit, l2_penalty, mse


@dataclass
class Line:
    m: float
    c: float


class Parabola(Module):
    def __init__(self) -> None:
        self.a, self.b = Value(1.0, "a"), Value(0.5, "b")

    def __call__(self, x: Sequence[float]) -> Value:
        return self.a * x[0] ** 2 + self.b * x[0]


def slope(line: Line) -> Value | float:
    return (line.m * 3.0 + line.c) ** 2


def cube(x: Value) -> Value:
    return x**3


def area(q: list[Value]) -> Value:
    return q[0] ** 2 * q[1]


def both_ways(q: list[Value]) -> list[Value]:
    return [q[0] * q[1], q[1]]


w, b = Value(0.5, "w"), Value(-1.0, label="b")
y: Value = sigmoid(w * 2 + b) - 1 / (1 + exp(-w)) + abs(b) + 2**w + maximum(w, b)
z: Value = dot([w, b], [1.0, 2.0], b) + total([w, b]) + mean([w, b])
p: list[Value] = softmax([w, b])
y.backward()
number: float = w.grad + y.data
w.data -= 0.1 * w.grad
if w > 0 and b <= 1.0 and y.detach() != 0.0:
    number += round(w.data, 2)
names: list[str] = [f"{name} {value:.3f}" for name, value in (y + z).named().items()]

derivative: Callable[..., float] = grad(cube)
fast = jit(value_and_grad(cube, argnum=0))
both: tuple[float, float] = fast(2.0)
rows: list[list[float]] = hessian(area)([1.0, 2.0])
other: list[list[float]] = jacobian(both_ways)([1.0, 2.0])
tangent = jvp(cube, (2.0,), (1.0,))[1]
result, pullback = vjp(cube, 2.0)
at_line: Line = grad(slope)(Line(1.0, 2.0))

model = MLP(2, [3, 1], activation="tanh", output="sigmoid", rng=random.Random(1))
X, targets = [[0.0, 1.0], [1.0, 0.0]], [1.0, 0.0]
optimizer = Adam(model.parameters(), lr=0.05)
for epoch in range(3):
    optimizer.zero_grad()
    loss: Value = bce(model(X), targets) + l2_penalty(model.parameters(), 1e-3)
    loss.backward()
    norm: float = clip_gradients(model.parameters(), 1.0)
    optimizer.lr = cosine_lr(0.05, epochs=3)(epoch)
    optimizer.step()
with no_grad():
    outputs: list[Value] = model(X)
history: History = fit(
    model, X, targets, loss=bce, optimizer=SGD(model.parameters(), lr=0.1, momentum=0.9), epochs=2, progress=False
)
last: float = history.losses[-1]
own = Parabola()
own_loss: Value = mse([own([x]) for x in (1.0, 2.0)], [1.0, 4.0]) + cross_entropy([own.a, own.b], 0)
own_loss.backward()
own.load_state_dict({"a": 1.0, "b": 2.0})
agrees: bool = compare(own_loss, {"a": own.a.grad}, own).ok
text: str = explain(own_loss, "a").text
before, after = model.state_dict(), model.state_dict()
audit = str(check_step(own_loss, own.state_dict(), own.state_dict(), 0.1, own))
