"""How a program may write the slope of an activation, in its own names."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.programs.arrays import Array
from autograd.programs.scenes import Quantity, Scene


def slope_texts(scene: Scene, quantities: Sequence[Quantity], source: str) -> list[tuple[str, tuple[int, ...]]]:
    """Slopes of activations, spelled with these quantities, and their shapes: h * (1 - h), 1 - h ** 2, (z > 0)."""
    found: list[tuple[str, tuple[int, ...]]] = []
    helpers = [n for n, f in {**scene.globals, **scene.locals}.items() if takes_one_argument(f) and _slopish(n)]
    flags = [n for n, f in {**scene.globals, **scene.locals}.items() if _flagged(f)]
    for q in quantities:
        if not isinstance(q.value, Array) or q.node is None or q.node.op is None:
            continue
        x = np.asarray(q.node.data)
        found += [(f"{name}({q.text})", q.shape) for name in helpers]
        found += [(f"{name}({q.text}, True)", q.shape) for name in flags]
        if np.all((x > 0.0) & (x < 1.0)):
            found.append((f"{q.text} * (1 - {q.text})", q.shape))
        if np.all(np.abs(x) < 1.0):
            found.append((f"(1 - {q.text} ** 2)", q.shape))
        for tanh in ("np.tanh", "math.tanh"):
            if f"{tanh}({q.text}" in source:
                found.append((f"(1 - {tanh}({q.text}) ** 2)", q.shape))
        if np.any(x <= 0.0) and np.any(x > 0.0):
            found.append((f"({q.text} > 0)", q.shape))
    return found


def takes_one_argument(f: Any) -> bool:
    """Whether it is a function of the program that can be called with one number."""
    code: Any = getattr(f, "__code__", None)
    return (
        bool(code)
        and f.__module__ == "__main__"
        and code.co_argcount - len(f.__defaults__ or ()) == 1
        and (code.co_varnames[:1] != ("self",))
    )


def _flagged(f: Any) -> bool:
    """Whether a function has a switch for its derivative, as in sigmoid(x, deriv=False)."""
    return takes_one_argument(f) and (f.__defaults__ or ()) == (False,)


def _slopish(name: str) -> bool:
    return bool(re.search(r"deriv|prime|grad|slope|_d$|^d_?|ableitung|diff|backward", name, re.IGNORECASE))
