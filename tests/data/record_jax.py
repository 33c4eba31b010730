"""Writes jax.json beside it: what JAX computes for functions and derivatives that are here as well.

Run as `python tests/data/record_jax.py`, with jax installed; in double precision, on the CPU. The tests read the file.
"""

import json
import platform
from pathlib import Path
from typing import Any

POINTS = [-30.0, -1.5, -1.0, -1e-3, 0.0, 1e-9, 0.5, 2.5, 30.0]
PAIRS = [[1.0, 2.0], [-1.5, 0.3], [-2.0, -2.0], [0.0, -4.0]]
LISTS = [[1.0, 2.0, 3.0], [0.0, 0.0], [2.0, 2.0, 2.0], [-1.0, 0.5, 0.5, 0.5, -3.0], [-700.0, 0.0, 650.0]]

W, X, G = [0.5, -1.0], [2.0, 0.3], [1.0, -2.0, 0.5]
"""The arguments of `f` in the tests, and cotangents of its three results."""


def plain(x: Any) -> Any:
    """Lists and dicts of floats, of what holds arrays."""
    if isinstance(x, dict):
        return {name: plain(part) for name, part in x.items()}
    return [plain(part) for part in x] if isinstance(x, (list, tuple)) else x.tolist()


def functions() -> dict[str, Any]:
    """Functions by our names: value, gradient, and the derivative of that."""
    import jax
    from jax import nn
    from jax import numpy as jnp
    from jax.scipy.special import erf, logsumexp

    one = {
        "absolute": jnp.abs, "relu": nn.relu, "leaky_relu": nn.leaky_relu, "softplus": nn.softplus, "erf": erf,
        "sigmoid": nn.sigmoid, "tanh": jnp.tanh, "softsign": nn.soft_sign, "silu": nn.silu, "elu": nn.elu,
        "gelu": lambda x: nn.gelu(x, approximate=False), "clip from -1 to 0.5": lambda x: jnp.clip(x, -1.0, 0.5),
    }  # fmt: skip
    two = {"atan2": jnp.arctan2, "hypot": jnp.hypot, "maximum": jnp.maximum, "minimum": jnp.minimum}
    many = {
        "softmax": nn.softmax, "log_softmax": nn.log_softmax, "mean": jnp.mean, "prod": jnp.prod, "maximum": jnp.max,
        "minimum": jnp.min, "log_sum_exp": logsumexp,
    }  # fmt: skip

    def of_one(f: Any, x: float) -> list[float]:
        return [float(g(x)) for g in (f, jax.grad(f), jax.grad(jax.grad(f)))]

    def of_two(f: Any, pair: list[float]) -> list[Any]:
        return plain([f(*map(jnp.float64, pair)), jax.grad(f, (0, 1))(*pair)])

    def of_many(f: Any, xs: list[float]) -> list[Any]:
        given = jnp.array(xs)
        return plain([f(given), jax.jacrev(f)(given)])

    return {
        "of one": {name: [of_one(f, x) for x in POINTS] for name, f in one.items()},
        "of two": {name: [of_two(f, pair) for pair in PAIRS] for name, f in two.items()},
        "of many": {name: [of_many(f, xs) for xs in LISTS] for name, f in many.items()},
    }


def derivatives() -> dict[str, Any]:
    """The transformations of a function of two arguments, with numbers in lists and in a dict."""
    import jax
    from jax import numpy as jnp

    def f(w: Any, x: Any) -> Any:
        sum_ = w[0] * x[0] + w[1] * x[1]
        return [jnp.tanh(sum_), sum_**2, jnp.exp(w[0]) * x[1]]

    def scalar(w: Any, x: Any) -> Any:
        y = f(w, x)
        return y[0] + y[1] + y[2], y

    def alone(w: Any, x: Any) -> Any:
        return scalar(w, x)[0]

    def named(p: Any) -> Any:
        return p["w"] ** 2 * jnp.exp(p["b"])

    y, pullback = jax.vjp(f, W, X)
    return {
        "y": plain(y),
        "vjp": plain(pullback([jnp.float64(g) for g in G])),
        "jvp": plain(jax.jvp(f, (W, X), ([1.0, 0.5], [-0.25, 2.0]))[1]),
        "jacobian": plain(jax.jacrev(f, (0, 1))(W, X)),
        "forward jacobian": plain(jax.jacfwd(f, (0, 1))(W, X)),
        "grad": plain(jax.grad(alone, 0)(W, X)),
        "grad by both": plain(jax.grad(alone, (0, 1))(W, X)),
        "grad, aux": plain(jax.grad(scalar, (1, 0), has_aux=True)(W, X)),
        "value, aux, grad": plain(jax.value_and_grad(scalar, (0, 1), has_aux=True)(W, X)),
        "hessian": plain(jax.hessian(alone, 0)(W, X)),
        "hessian by both": plain(jax.hessian(alone, (0, 1))(W, X)),
        "hessian of a dict": plain(jax.hessian(named)({"w": 1.5, "b": -0.5})),
        "jacobian of the gradient": plain(jax.jacrev(jax.grad(alone, 0), 1)(W, X)),
    }


def main() -> None:
    """Record everything."""
    import jax

    jax.config.update("jax_enable_x64", True)
    made = {"made by": "tests/data/record_jax.py", "jax": jax.__version__, "python": platform.python_version()}
    parts = {**made, "given": {"of one": POINTS, "of two": PAIRS, "of many": LISTS}, **functions(), **derivatives()}
    # A line for each, with its numbers in a row.
    lines = ",\n".join(f'"{name}": {json.dumps(part)}' for name, part in parts.items())
    Path(__file__).with_name("jax.json").write_text("{" + lines + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
