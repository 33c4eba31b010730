"""What a page does again and again, in Node: an epoch of training, and all numbers of a graph after a drag."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

from autograd import Value, total
from autograd.compiler.javascript import graph_program, javascript, sample_program
from autograd.graph import topological_order
from nn import MLP, hinge
from tests.benchmarks.harness import TOLERANCE
from tests.benchmarks.moons import moons
from tests.benchmarks.table import Row, duration

NODES = 2000
EPOCH, DRAG = "training 2-16-16-1, 100 samples, an epoch", f"a graph of {NODES} nodes, all values and gradients"
LR, EPOCHS, DRAGS = 0.1, 300, 300

TRAINING = """
const p = Float64Array.from(start), X = inputs.map((x) => Float64Array.from(x)), T = targets.map((t) => [t]);
const own = new Float64Array(p.length), sums = new Float64Array(p.length), times = [], losses = [];
for (let epoch = 0; epoch < epochs; epoch++) {
  const begin = performance.now();
  let loss = 0;
  sums.fill(0);
  for (let k = 0; k < X.length; k++) {
    loss += compute(p, X[k], T[k], own);
    for (let j = 0; j < own.length; j++) sums[j] += own[j];
  }
  for (let j = 0; j < p.length; j++) p[j] -= (lr * sums[j]) / X.length;
  times.push((performance.now() - begin) / 1e3);
  losses.push(loss / X.length);
}
console.log(JSON.stringify([times, losses]));
"""

DRAGGING = """
const x = Float64Array.from(leaves), values = new Float64Array(nodes), gradients = new Float64Array(nodes), times = [];
const before = compute(x, values, gradients), found = Array.from(gradients);
for (let drag = 0; drag < drags; drag++) {
  x[drag % x.length] += 0.01;
  const begin = performance.now();
  compute(x, values, gradients);
  times.push((performance.now() - begin) / 1e3);
}
console.log(JSON.stringify([times, [before, ...found]]));
"""


def in_node(text: str, code: str, **constants: Any) -> tuple[list[float], list[float]]:
    """What a script reports of a function: its times, and its numbers."""
    known = [f"const {name} = {json.dumps(given)};" for name, given in constants.items()]
    script = "\n".join([f"const compute = {text};", *known, code])
    done = subprocess.run(["node", "-"], input=script, capture_output=True, text=True, check=True)
    times, numbers = json.loads(done.stdout)
    return times, numbers


def training(epochs: int) -> tuple[list[float], float, int]:
    """The time of every epoch, how far the first losses are from those of the graph, and the characters of the code."""
    problem = moons()
    model = MLP(2, [16, 16, 1], activation="tanh", rng=random.Random(1))
    parameters = model.parameters()
    start = [p.data for p in parameters]
    inputs = [list(x) for x in problem.inputs]
    program = sample_program(lambda x, t: hinge(model(x), t), parameters, inputs, problem.targets)
    text = javascript(program, {"p": len(start), "x": 2, "t": 1}, {"own": len(start)})
    own = {"start": start, "inputs": inputs, "targets": problem.targets, "epochs": epochs, "lr": LR}
    times, losses = in_node(text, TRAINING, **own)
    expected = []
    for _ in range(3):
        loss = total([hinge(model(x), t) for x, t in zip(inputs, problem.targets, strict=True)]) / len(inputs)
        expected.append(loss.data)
        for p in parameters:
            p.zero_grad()
        loss.backward()
        for p in parameters:
            p.data -= LR * p.grad
    return times, max(abs(a - b) / abs(b) for a, b in zip(losses, expected, strict=False)), len(text)


def graph(nodes: int, rng: random.Random) -> Value:
    """Products, sums and functions of what is near and of what is far, as many as this with the leaves and the sum."""
    found = [Value(rng.uniform(-1.0, 1.0)) for _ in range(50)]
    while len(found) < nodes - 1:
        a, b = rng.choice(found[-40:]), rng.choice(found)
        found.append(rng.choice([lambda a, b: a * b, lambda a, b: a - b, lambda a, b: a.tanh()])(a, b))
    return total(found)


def dragging(drags: int) -> tuple[list[float], float, int]:
    """The time of every drag, how far gradients are from those of the graph, and the characters of the code."""
    root = graph(NODES, random.Random(2))
    order = topological_order(root)
    leaves = [node.data for node in order if node.op is None]
    n = len(order)
    text = javascript(graph_program(root), {"x": len(leaves)}, {"values": n, "gradients": n})
    times, found = in_node(text, DRAGGING, leaves=leaves, nodes=n, drags=drags)
    root.backward()
    expected = [root.data, *(node.grad for node in order)]
    size = max(map(abs, expected))
    return times, max(abs(a - b) for a, b in zip(found, expected, strict=True)) / size, len(text)


def measure(rounds: int = 1) -> list[Row]:
    """A row for training and one for a drag, with the median and the first; none without Node."""
    if not shutil.which("node"):
        print("page: needs Node.js on the PATH", file=sys.stderr)
        return []
    return [_row(EPOCH, *training(EPOCHS * rounds)), _row(DRAG, *dragging(DRAGS * rounds))]


def _row(name: str, times: Sequence[float], apart: float, size: int) -> Row:
    print(f"page: {name}", file=sys.stderr)
    row = Row("page", name, agrees=f"{apart:.1e}")
    row.data = {"seconds": median(times), "first": times[0], "rounds": list(times), "characters": size}
    row.measured = f"{duration(median(times))}, the first {duration(times[0])}; {size / 1000:.0f} kB of JavaScript"
    if apart > TOLERANCE:
        row.fail(f"{apart:.1e} from the graph, expected {TOLERANCE:.0e}")
    return row
