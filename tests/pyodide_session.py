"""A session of everything, the same in CPython and in Pyodide: `session()`, which needs the packages alone."""

import contextlib
import io
import random
import tempfile
from pathlib import Path
from typing import Any

from autograd import Value, check, compare, draw, exercise, exp, explain, explore, jit, to_manual
from autograd.__main__ import main
from nn import MLP, SGD, bce, fit

PROGRAM = """
import math
w, x, lr = 0.5, 2.0, 0.1
for _ in range(3):
    y = math.tanh(w * x)
    loss = (y - 0.2) ** 2
    w -= lr * 2 * (y - 0.2) * (1 - y) * x
"""
"""With a slope that is none: 1 - y for 1 - y²."""

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]


def session() -> dict[str, Any]:
    """Numbers, texts and pictures by name."""
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    model.load_named({"w1": -7.16, "w2": -9.21, "b1": -9.78, "w3": -7.46, "w4": -9.45, "b2": -6.35})
    model.load_named({"w5": -5.07, "w6": -6.58, "b3": -6.76})
    loss = bce(model([0.1, 0.7]), 1)
    loss.backward()
    wrong = {name: -p.grad if name == "w5" else p.grad for name, p in model.named_parameters().items()}
    x, y = Value(0.5, "x"), Value(2.0, "y")
    curve = x * y + exp(x)
    task = exercise(loss)
    with contextlib.redirect_stdout(io.StringIO()) as said, tempfile.TemporaryDirectory() as folder:
        code = main(["example", "--out", folder])
        files = [path.name for path in Path(folder).iterdir()]
    return {
        "numbers": {name: [node.data, node.grad] for name, node in loss.named().items()},
        "compared": str(compare(loss, wrong)),
        "explained": explain(loss, "w1").text,
        "by hand": to_manual(loss),
        "marked": str(task.mark(task.solution.run())),
        "program marked": str(task.mark(task.fill(task.gaps))),
        "endless": task.mark("while True:\n    pass\n", seconds=2).why,
        "jitted": jit(lambda a, b: a * b + exp(a), backend="python")(0.5, 2.0),
        "fitted": [_losses("python"), _losses("auto")],
        "example": [code, files, said.getvalue().replace(folder, "FOLDER")],
        "drawn": [draw(loss, view).pipe("svg", encoding="utf-8") for view in ("graph", "neurons", "network")],
        "live": explore(loss).html,
        "live graph": explore(curve).html,
        "checked": str(check(PROGRAM)),
    }


def _losses(backend: str) -> list[float]:
    """Of a short training."""
    model = MLP(2, [3, 1], activation="tanh", output="sigmoid", rng=random.Random(7))
    optimizer = SGD(model.parameters(), lr=0.5)
    history = fit(model, *XOR, loss=bce, optimizer=optimizer, epochs=20, seed=1, backend=backend, progress=False)
    return list(history.losses)
