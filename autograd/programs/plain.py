"""Arguments as plain data that JSON can carry, and back again: arrays, tuples, dictionaries with any keys."""

import math
from typing import Any

DEEPEST = 40
"""Levels of lists in lists; more is taken for a list that holds itself."""


def packed(x: Any, depth: int = 0) -> Any:
    """A number, text, list, tuple, dictionary or array as JSON; TypeError for anything else.

    What JSON does not have stands in a dictionary with a word that says what it is: {"tuple": [...]},
    {"dict": [[key, value], ...]}, {"number": "nan"}, {"array": [1.0, 2.0], "shape": [1, 2], "dtype": "float64"}.

    >>> packed((1, [2.5, None]))
    {'tuple': [1, [2.5, None]]}
    """
    if depth > DEEPEST:
        raise TypeError("expected numbers, lists and arrays; this is nested too deeply")
    if x is None or type(x) in (bool, int, str):
        return x
    if type(x) is float:
        return x if math.isfinite(x) else {"number": repr(x)}
    if type(x) is list:
        return [packed(item, depth + 1) for item in x]
    if type(x) is tuple:
        return {"tuple": [packed(item, depth + 1) for item in x]}
    if type(x) is dict:
        return {"dict": [[packed(key, depth + 1), packed(item, depth + 1)] for key, item in x.items()]}
    if getattr(getattr(x, "dtype", None), "kind", "?") in "biufU":
        flat = x.reshape(-1).tolist()
        return {"array": packed(flat, depth + 1), "shape": list(x.shape), "dtype": str(x.dtype)}
    raise TypeError(f"expected numbers, text, lists, tuples, dictionaries or arrays, got {type(x).__name__}")


def unpacked(x: Any) -> Any:
    """What `packed` was given.

    >>> unpacked(packed({1: (2.5, float("-inf"))}))
    {1: (2.5, -inf)}
    """
    if isinstance(x, list):
        return [unpacked(item) for item in x]
    if not isinstance(x, dict):
        return x
    if "number" in x:
        return float(x["number"])
    if "tuple" in x:
        return tuple(map(unpacked, x["tuple"]))
    if "dict" in x:
        return {unpacked(key): unpacked(item) for key, item in x["dict"]}
    import numpy as np  # only who gives arrays has them

    return np.array(unpacked(x["array"]), dtype=x["dtype"]).reshape(x["shape"])[()]
