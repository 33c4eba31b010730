"""pandas for a traced program: itself where it is installed; tables that do not exist are made up, column by column."""

from typing import Any

import numpy as np

from autograd.programs import made_up
from autograd.programs.arrays import plain
from autograd.programs.for_data import real_module
from autograd.programs.frame import Frame
from autograd.programs.modules import Kind, Module, adopting


def pandas_module(notes: list[str]) -> Any:
    """pandas."""
    real = real_module("pandas")

    def missing(path: Any, *args: Any, names: Any = None, **named: Any) -> Any:
        name = str(path).rpartition("/")[2] or str(path)
        made_up.note(notes, f"{name} was not there: a table of {made_up.ROWS} rows was made up")
        x, y = made_up.table(name)
        first = "mnist" in name.lower() or "digit" in name.lower()
        columns: dict[Any, Any] = {}
        keys: Any = list(names) if names else [*range(x.shape[1] + 1)] if "header" in named else None
        parts = [y, *x.T] if first else [*x.T, y]
        if keys is None:
            keys = ["label", *[f"pixel{k}" for k in range(x.shape[1])]] if first else [*[f"x{k}" for k in range(x.shape[1])], "y"]
        for k, key in enumerate(keys):
            columns[key] = parts[k] if k < len(parts) else made_up.samples(made_up.ROWS, 1, seed=k)[0][:, 0]
        return Frame(columns)

    if real is None:
        return Module(None, {
            "DataFrame": Frame, "Series": lambda x, *args, **named: np.array(plain(x)), "read_csv": missing,
            "read_excel": missing, "read_table": missing, "get_dummies": Frame.dummies, "set_option": lambda *a, **k: None,
            "concat": Frame.beside, "options": made_up, "factorize": lambda x: np.unique(plain(x), return_inverse=True)[::-1],
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
