"""What a program gets for its imports and for some builtins while it is run traced, by name."""

import builtins
import os
from collections.abc import Callable, Iterable
from typing import Any, Final

from autograd.programs import made_up
from autograd.programs.arrays import Array, Scalar, adopt, node_of, plain, source
from autograd.programs.buffers import as_type
from autograd.programs.choices import rounded
from autograd.programs.for_data import (
    gzip_module,
    h5py_module,
    keras_module,
    mnist_module,
    sklearn_module,
    tensorflow_module,
    torchvision_module,
)
from autograd.programs.for_math import math_module, random_module, total
from autograd.programs.for_numpy import numpy_module
from autograd.programs.for_pandas import pandas_module
from autograd.programs.for_science import decimal_module, json_module, scipy_module, statistics_module, time_module
from autograd.programs.observers import OBSERVERS, observer

__all__ = ["BUILTINS", "adopt", "builtins_for", "node_of", "plain", "source", "stand_in"]


# ---------------------------------------------------------------- builtins


def to_float(x: Any = 0.0) -> Any:
    """`float(x)`: a traced number as Python's own float; another one as a source."""
    if type(x) is Scalar:
        return Scalar(as_type(x.node, float))
    if type(x) is Array:
        return x.item() if x.size == 1 else float(x)  # Python's own error
    return source(float(x))


def to_sum(xs: Iterable[Any], /, start: Any = 0) -> Any:
    """`sum(xs)`, in the order of Python's own additions."""
    if type(xs) is Array:
        return builtins.sum(iter(xs), start)
    xs = list(xs)
    if len(xs) > 2 and all(type(x) is Scalar and type(x.now) is float for x in xs) and type(start) in (int, float):
        if start:
            xs.insert(0, start)
        return total(xs, lambda v: builtins.sum(v if type(v) is list else v.tolist()))
    return builtins.sum(xs, start)


def to_round(x: Any, digits: Any = None) -> Any:
    """`round(x, digits)`."""
    if type(x) is Array:
        return rounded(x, 0 if digits is None else digits)
    return round(x, plain(digits))


def to_type(*args: Any) -> Any:
    """`type(x)`, of a stand-in the type of what it stands for."""
    return args[0].__class__ if len(args) == 1 and type(args[0]) in (Array, Scalar) else type(*args)


def to_pow(x: Any, n: Any, mod: Any = None) -> Any:
    """`pow(x, n)`."""
    return x**n if mod is None else pow(x, n, mod)


def opened(notes: list[str]) -> Any:
    """`open(path)`; a file to be read that does not exist is made up."""

    def function(path: Any, mode: str = "r", *args: Any, **named: Any) -> Any:
        try:
            return open(path, mode, *args, **named)
        except FileNotFoundError:
            if not isinstance(path, (str, os.PathLike)) or not set(mode) <= set("rbt"):
                raise
            return made_up.file(os.fspath(path), "b" in mode, notes)

    return function


def answered(notes: list[str]) -> Any:
    """`input()`: always 1."""

    def function(prompt: Any = "") -> str:
        print(prompt, end="")
        made_up.note(notes, "input() was answered with 1")
        return "1"

    return function


def builtins_for(notes: list[str]) -> dict[str, Callable[..., Any]]:
    """What calls of builtins by name are replaced with; all others know the stand-ins' own methods."""
    return {
        "float": to_float, "sum": to_sum, "round": to_round, "type": to_type, "pow": to_pow,
        "open": opened(notes), "input": answered(notes),
    }  # fmt: skip


BUILTINS: Final = builtins_for([])


# ---------------------------------------------------------------- by name

MODULES: Final[dict[str, Callable[[list[str]], Any]]] = {
    "numpy": numpy_module, "math": math_module, "random": random_module, "time": time_module, "json": json_module,
    "statistics": statistics_module, "scipy": scipy_module, "sklearn": sklearn_module, "pandas": pandas_module,
    "decimal": decimal_module, "gzip": gzip_module, "keras": keras_module, "tensorflow": tensorflow_module,
    "torchvision": torchvision_module, "mnist": mnist_module, "h5py": h5py_module,
}  # fmt: skip


def stand_in(name: str, notes: list[str]) -> Any:
    """What `import name` gives a traced program; None where the real module serves. What is made up is noted."""
    first, _, rest = name.partition(".")
    if first in OBSERVERS:
        return observer(name)
    if first not in MODULES:
        return None
    found = MODULES[first](notes)
    for part in rest.split(".") if rest else ():
        found = getattr(found, part, None)
    return found
