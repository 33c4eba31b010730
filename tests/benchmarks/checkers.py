"""24 mistakes planted in the gradients of the textbook's network, and which checkers let them pass.

Run `python -m tests.benchmarks.checkers`. All are asked the same: is this gradient right at this point? Ours, torch's,
jax's with their own tolerances; NumPy's `allclose` beside the right numbers.
"""

import argparse
import importlib.util
import math
import random
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from autograd import Value, compare
from nn import MLP, bce, hinge

START = {
    "w1": -7.16, "w2": -9.21, "w3": -7.46, "w4": -9.45, "w5": -5.07, "w6": -6.58, "b1": -9.78, "b2": -6.35, "b3": -6.76,
}  # fmt: skip
SAMPLE = (0.1, 0.7, 1.0)

Numbers = dict[str, float]


class Steps(NamedTuple):
    """What a derivation by hand goes through; a mistake alters one step."""

    p: Numbers
    x: tuple[float, float]
    y: float
    z: tuple[float, float, float]
    h: tuple[float, float]
    out: float


def forward(p: Numbers) -> Steps:
    """The values of the network on its sample."""
    x1, x2, y = SAMPLE
    z1, z2 = p["w1"] * x1 + p["w2"] * x2 + p["b1"], p["w3"] * x1 + p["w4"] * x2 + p["b2"]
    h1, h2 = sigma(z1), sigma(z2)
    z3 = p["w5"] * h1 + p["w6"] * h2 + p["b3"]
    return Steps(p, (x1, x2), y, (z1, z2, z3), (h1, h2), sigma(z3))


def sigma(z: float) -> float:
    """1/(1 + e⁻ᶻ)."""
    return 1 / (1 + math.exp(-z))


def slope(z: float) -> float:
    """σ'(z)."""
    return sigma(z) * sigma(-z)


def derive(
    s: Steps,
    delta: float | None = None,
    slopes: Sequence[float] | None = None,
    down: Sequence[float] | None = None,
    x: Sequence[float] | None = None,
    h: Sequence[float] | None = None,
    biases: Mapping[str, float] | None = None,
    factor: float = 1.0,
) -> Numbers:
    """The nine gradients, with steps replaced."""
    d3 = s.out - s.y if delta is None else delta
    w = (s.p["w5"], s.p["w6"]) if down is None else down
    f = (slope(s.z[0]), slope(s.z[1])) if slopes is None else slopes
    d1, d2 = d3 * w[0] * f[0], d3 * w[1] * f[1]
    (a, b), (u, v) = x or s.x, h or s.h
    found = {"w1": d1 * a, "w2": d1 * b, "w3": d2 * a, "w4": d2 * b, "w5": d3 * u, "w6": d3 * v}
    found |= {"b1": d1, "b2": d2, "b3": d3, **(biases or {})}
    return {name: factor * g for name, g in found.items()}


def _transposed(s: Steps) -> Numbers:
    g = derive(s)
    return {**g, "w2": g["w3"], "w3": g["w2"]}


def _updated(s: Steps) -> Numbers:
    g = derive(s)
    return derive(s, down=(s.p["w5"] - 0.1 * g["w5"], s.p["w6"] - 0.1 * g["w6"]))


def _hidden_sign(s: Steps) -> Numbers:
    return derive(s, slopes=(-slope(s.z[0]), -slope(s.z[1])))


MISTAKES: Mapping[str, Callable[[Steps], Numbers]] = {
    "twice the gradient": lambda s: derive(s, factor=2.0),
    "half the gradient": lambda s: derive(s, factor=0.5),
    "sign everywhere": lambda s: derive(s, factor=-1.0),
    "sign of σ′ in the hidden layer": _hidden_sign,
    "weight after its update": _updated,
    "σ′(z) of the output multiplied in": lambda s: derive(s, delta=(s.out - s.y) * slope(s.z[2])),
    "∂L/∂ŷ for δ₃": lambda s: derive(s, delta=(s.out - s.y) / slope(s.z[2])),
    "σ′ of the hidden layer left out": lambda s: derive(s, slopes=(1.0, 1.0)),
    "σ′(h) for σ′(z)": lambda s: derive(s, slopes=(slope(s.h[0]), slope(s.h[1]))),
    "z(1 − z) for h(1 − h)": lambda s: derive(s, slopes=(s.z[0] * (1 - s.z[0]), s.z[1] * (1 - s.z[1]))),
    "h for h(1 − h)": lambda s: derive(s, slopes=s.h),
    "1 − h for h(1 − h)": lambda s: derive(s, slopes=(1 - s.h[0], 1 - s.h[1])),
    "1 − h² for h(1 − h)": lambda s: derive(s, slopes=(1 - s.h[0] ** 2, 1 - s.h[1] ** 2)),
    "slopes of the hidden units exchanged": lambda s: derive(s, slopes=(slope(s.z[1]), slope(s.z[0]))),
    "slope of the output for the hidden units": lambda s: derive(s, slopes=(slope(s.z[2]), slope(s.z[2]))),
    "gradients for weights": lambda s: derive(s, down=((s.out - s.y) * s.h[0], (s.out - s.y) * s.h[1])),
    "weight left out": lambda s: derive(s, down=(1.0, 1.0)),
    "weights exchanged": lambda s: derive(s, down=(s.p["w6"], s.p["w5"])),
    "w2 and w3 exchanged": _transposed,
    "inputs exchanged": lambda s: derive(s, x=(s.x[1], s.x[0])),
    "z for h": lambda s: derive(s, h=s.z[:2]),
    "hidden biases forgotten": lambda s: derive(s, biases={"b1": 0.0, "b2": 0.0}),
    "gradient of a bias is 1": lambda s: derive(s, biases={"b3": 1.0}),
    "learning rate folded in": lambda s: derive(s, factor=0.01),
}
"""24 mistakes of the catalogue, as they come out here."""


def ours(mistake: Callable[[Steps], Numbers]) -> bool:
    """Whether `compare` lets the gradients of a mistake pass."""
    return compare(_loss(), mistake(forward(START))).ok


def named(mistake: Callable[[Steps], Numbers]) -> str:
    """The first cause that `compare` names."""
    findings = compare(_loss(), mistake(forward(START))).findings
    return findings[0].cause if findings else ""


def _loss() -> Value:
    model = MLP(2, [2, 1], "sigmoid", "sigmoid")
    model.load_named(START)
    loss: Value = bce(model(list(SAMPLE[:2])), SAMPLE[2])
    return loss


def torch_gradcheck(mistake: Callable[[Steps], Numbers]) -> bool:
    """Whether `torch.autograd.gradcheck` lets it pass, with its own tolerances (eps 1e-6, atol 1e-5, rtol 1e-3)."""
    import torch

    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, p: Any) -> Any:
            ctx.save_for_backward(p)
            return p.new_tensor(_number(p.tolist()))

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (p,) = ctx.saved_tensors
            found = mistake(forward(dict(zip(START, p.tolist(), strict=True))))
            return g * p.new_tensor([found[name] for name in START])

    p = torch.tensor(list(START.values()), dtype=torch.float64, requires_grad=True)
    return bool(torch.autograd.gradcheck(Loss.apply, (p,), raise_exception=False))


def jax_check_grads(mistake: Callable[[Steps], Numbers]) -> bool:
    """Whether `jax.test_util.check_grads` lets it pass in double precision, reverse mode, with its own tolerances."""
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp

    def plain(p: Any) -> Any:
        w = dict(zip(START, p, strict=True))
        x1, x2, y = SAMPLE
        h1 = jax.nn.sigmoid(w["w1"] * x1 + w["w2"] * x2 + w["b1"])
        h2 = jax.nn.sigmoid(w["w3"] * x1 + w["w4"] * x2 + w["b2"])
        out = jax.nn.sigmoid(w["w5"] * h1 + w["w6"] * h2 + w["b3"])
        return -(y * jnp.log(out) + (1 - y) * jnp.log(1 - out))

    f = jax.custom_vjp(plain)

    def there(p: Any) -> Any:
        return plain(p), p

    def back(p: Any, g: Any) -> Any:
        found = mistake(forward(dict(zip(START, map(float, p), strict=True))))
        return (g * jnp.array([found[name] for name in START]),)

    f.defvjp(there, back)
    try:
        check_grads(f, (jnp.array(list(START.values())),), order=1, modes=["rev"])
    except AssertionError:
        return False
    return True


def numpy_allclose(mistake: Callable[[Steps], Numbers]) -> bool:
    """Whether `np.allclose` lets the wrong numbers pass beside the right ones."""
    import numpy as np

    right, wrong = derive(forward(START)), mistake(forward(START))
    return bool(np.allclose([wrong[name] for name in START], [right[name] for name in START]))


def _number(numbers: Sequence[float]) -> float:
    out = forward(dict(zip(START, numbers, strict=True))).out
    return -(SAMPLE[2] * math.log(out) + (1 - SAMPLE[2]) * math.log(1 - out))


CHECKERS: Mapping[str, tuple[str, Callable[[Callable[[Steps], Numbers]], bool]]] = {
    "chalkgrad compare": ("autograd", ours),
    "torch.autograd.gradcheck": ("torch", torch_gradcheck),
    "jax.test_util.check_grads": ("jax", jax_check_grads),
    "np.allclose": ("numpy", numpy_allclose),
}
"""By name, what a checker needs, and whether it lets a mistake pass."""


def table() -> list[list[str]]:
    """A row for every mistake: found or passed by each checker, and what ours calls it; counts in the last."""
    present = {name: check for name, (needs, check) in CHECKERS.items() if importlib.util.find_spec(needs)}
    rows = [["mistake", *present, "named"]]
    counts = dict.fromkeys(present, 0)
    for what, mistake in MISTAKES.items():
        row = [what]
        for name, check in present.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                passed = check(mistake)
            counts[name] += not passed
            row.append("**passed**" if passed else "found")
        rows.append([*row, f"`{named(mistake)}`"])
    rights = [str(check(derive_right)) for check in present.values()]
    rows.append(["right gradients pass", *("yes" if right == "True" else "no" for right in rights), ""])
    return [*rows, ["found", *(f"{counts[name]} of {len(MISTAKES)}" for name in present), ""]]


def derive_right(s: Steps) -> Numbers:
    """No mistake."""
    return derive(s)


def times() -> list[tuple[str, float]]:
    """Seconds for one `compare` that is asked why: of this network, right and with every mistake, and of 2-16-16-1 with
    100 samples where no mistake fits."""
    small, s = _loss(), forward(START)
    rng = random.Random(1)
    model = MLP(2, [16, 16, 1], rng=rng)
    scores = [model([rng.gauss(0, 1), rng.gauss(0, 1)]) for _ in range(100)]
    large = hinge(scores, [rng.choice([-1, 1]) for _ in scores])
    large.backward()
    odd = {name: p.grad * (1 + 0.3 * math.sin(i)) for i, (name, p) in enumerate(model.named_parameters().items())}
    each = sorted(taken(small, mistake(s)) for mistake in MISTAKES.values())
    return [
        ("2-2-1, right", taken(small, derive(s))),
        (f"2-2-1, one mistake, the median of {len(each)}", median(each)),
        ("2-2-1, one mistake, the slowest", each[-1]),
        ("2-16-16-1, 100 samples, no known mistake", taken(large, odd, rounds=1)),
    ]


def taken(loss: Value, given: Numbers, rounds: int = 15) -> float:
    """Seconds of computing until a comparison and its findings are there, the median of rounds."""

    def once() -> float:
        start = time.process_time()
        str(compare(loss, given))
        return time.process_time() - start

    return median(once() for _ in range(rounds))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table as Markdown; 1 where ours lets a mistake pass or leaves one unnamed."""
    argparse.ArgumentParser(prog="python -m tests.benchmarks.checkers", description=__doc__).parse_args(argv)
    rows = table()
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for row in rows[1:]:
        print("| " + " | ".join(row) + " |")
    for name, seconds in times():
        print(f"\ncompare on {name}: {1e3 * seconds:.3g} ms")
    return 0 if all(row[1] == "found" and row[-1] != "``" for row in rows[1:-2]) else 1


if __name__ == "__main__":
    sys.exit(main())
