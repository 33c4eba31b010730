"""What a statement of the program can see when it is run: its names, and the numbers and arrays that these lead to."""

import ast
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from autograd.programs.arrays import Array
from autograd.programs.instrumenting import RECORDER
from autograd.programs.traced import Node


class Quantity(NamedTuple):
    """A number or an array that a statement could have used: what it is called there, its shape and node."""

    text: str
    shape: tuple[int, ...]
    node: Node | None
    value: Any


class Scene(NamedTuple):
    """What a statement sees when it is run: its names, and all quantities these lead to."""

    locals: dict[str, Any]
    globals: dict[str, Any]
    quantities: list[Quantity]
    impure: frozenset[str] = frozenset()

    def shape(self, node: ast.AST) -> tuple[int, ...] | None:
        """The shape of a name, attribute or item, None for what has none or cannot be had without a call."""
        found = self.value(node)
        return shape_of(found)

    def shape_of_value(self, node: ast.AST) -> tuple[int, ...] | None:
        """The shape of what an expression is here and now, calls included."""
        return shape_of(self.evaluated(node))

    def evaluated(self, node: ast.AST) -> Any:
        """What an expression of the program is here and now; None where it fails, or would change something."""
        for part in ast.walk(node):
            if isinstance(part, ast.Call):
                called = ast.unparse(part.func)
                if "random" in called or called.rpartition(".")[2] in self.impure:
                    return None
        recorder = self.globals.get(RECORDER)
        if recorder is not None:
            recorder.paused = True
        try:
            return eval(compile(ast.Expression(node), "<scene>", "eval"), self.globals, self.locals)  # type: ignore[arg-type]
        except Exception:
            return None
        finally:
            if recorder is not None:
                recorder.paused = False

    def value(self, node: ast.AST) -> Any:
        """What a name, attribute or item is, None for anything else."""
        if any(isinstance(part, (ast.Call, ast.NamedExpr, ast.Await)) for part in ast.walk(node)):
            names = [p.func for p in ast.walk(node) if isinstance(p, ast.Call)]
            if not all(isinstance(f, ast.Name) and f.id in ("str", "len", "int", "range") for f in names):
                return None
        try:
            return eval(compile(ast.Expression(node), "<scene>", "eval"), self.globals, self.locals)  # type: ignore[arg-type]
        except Exception:
            return None


CHANGING: Final = frozenset(
    [
        "append",
        "pop",
        "extend",
        "insert",
        "remove",
        "sort",
        "reverse",
        "update",
        "clear",
        "fill",
        "next",
        "shuffle",
        "seed",
        "setattr",
        "print",
        "input",
        "open",
    ]
)
"""What changes something when it is called, or should not be called for nothing."""


def impure(tree: ast.AST) -> frozenset[str]:
    """The functions of a program that store to attributes, items or outer names, or call such functions."""
    bodies = [(n.name, n) for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    classes = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    found = set(CHANGING) | classes
    for name, body in bodies:
        stores = (
            isinstance(part, (ast.Global, ast.Nonlocal))
            or (isinstance(part, (ast.Attribute, ast.Subscript)) and isinstance(part.ctx, ast.Store))
            for part in ast.walk(body)
        )
        if any(stores):
            found.add(name)
    while True:
        more = {
            name
            for name, body in bodies
            if name not in found
            and any(isinstance(part, ast.Call) and _called(part) in found for part in ast.walk(body))
        }
        if not more:
            return frozenset(found)
        found |= more


def scene(frame: Any, changing: frozenset[str] = CHANGING) -> Scene:
    """What can be seen from a frame of the program."""
    inner, outer = dict(frame.f_locals), frame.f_globals
    found: dict[str, Quantity] = {}
    names = {**{n: v for n, v in outer.items() if not n.startswith("__")}, **inner}
    for name, x in names.items():
        for text, item in _expanded(name, x):
            shape = shape_of(item)
            if shape is not None and text not in found:
                node = item.node if isinstance(item, Array) else None
                found[text] = Quantity(text, shape, node, item)
    return Scene(inner, outer, list(found.values()), changing)


def _expanded(text: str, x: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    yield text, x
    if depth >= 3:
        return
    if isinstance(x, dict) and len(x) <= 40:
        for key, item in x.items():
            if isinstance(key, (str, int)):
                yield from _expanded(f"{text}[{key!r}]", item, depth + 1)
    elif isinstance(x, (list, tuple)) and 0 < len(x) <= 8 and not all(isinstance(i, (int, str)) for i in x):
        for i, item in enumerate(x):
            yield from _expanded(f"{text}[{i}]", item, depth + 1)
    elif type(x).__module__ == "__main__" and hasattr(x, "__dict__"):
        for name, item in vars(x).items():
            yield from _expanded(f"{text}.{name}", item, depth + 1)


def _called(node: ast.Call) -> str:
    """The last name of what is called."""
    return ast.unparse(node.func).rpartition(".")[2]


def shape_of(x: Any) -> tuple[int, ...] | None:
    """The shape of a number or an array, None for anything else."""
    if isinstance(x, bool) or x is None or isinstance(x, str):
        return None
    if isinstance(x, (int, float, np.number)):
        return ()
    shape = getattr(x, "shape", None)
    return tuple(shape) if isinstance(x, (Array, np.ndarray)) and shape is not None else None
