"""pandas for a traced program: itself where it is installed; tables that do not exist are made up, column by column."""

from typing import Any

import numpy as np

from autograd.programs import made_up
from autograd.programs.arrays import plain
from autograd.programs.for_data import real_module
from autograd.programs.frame import Frame, column
from autograd.programs.modules import Kind, Module, adopting
from autograd.programs.observers import Anything


def pandas_module(notes: list[str]) -> Any:
    """pandas."""
    real = real_module("pandas")

    def missing(path: Any, *args: Any, names: Any = None, **named: Any) -> Any:
        name = str(path).rpartition("/")[2] or str(path)
        made_up.note(notes, f"{name} was not there: a table of {made_up.ROWS} rows was made up")
        x, y = made_up.table(name)
        first = "mnist" in name.lower() or "digit" in name.lower()
        parts = [y, *x.T] if first else [*x.T, y]
        numbered = [f"pixel{k}" if first else f"x{k}" for k in range(x.shape[1])]
        keys: list[Any] = ["label", *numbered] if first else [*numbered, "y"]
        if names or "header" in named:
            keys = list(names) if names else [*range(len(parts))]
        more = [made_up.samples(len(x), 1, seed=k)[0][:, 0] for k in range(len(parts), len(keys))]
        return Frame(dict(zip(keys, [*parts, *more], strict=False)))

    if real is None:
        return Module(None, {
            "DataFrame": Frame, "Series": lambda x, *args, **named: column(x), "read_csv": missing,
            "read_excel": missing, "read_table": missing, "get_dummies": Frame.dummies, "concat": Frame.beside,
            "factorize": lambda x: np.unique(plain(x), return_inverse=True)[::-1],
            "set_option": lambda *args: None, "options": Anything("options"),
        })  # fmt: skip

    def reading(name: str, function: Any) -> Any:
        def read(path: Any, *args: Any, **named: Any) -> Any:
            if isinstance(path, str) and "://" in path:
                return missing(path, *args, **named)
            try:
                return function(path, *args, **named)
            except (FileNotFoundError, ImportError):
                return missing(path, *args, **named)

        return read

    def other(name: str, x: Any) -> Any:
        if name.startswith("read_"):
            return reading(name, x)
        return Kind(x) if isinstance(x, type) else adopting(x) if callable(x) else x

    return Module(real, {}, other)
