"""A function object as a program: its own lines, what of its surroundings it uses, the arguments it is tried with."""

import ast
import inspect
import linecache
import os
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from autograd.programs.plain import packed
from autograd.programs.source import Cell, Source, tree


def read_function(function: Any, args: Sequence[Any]) -> Source:
    """The program that a function is: it and what it uses, in the lines of the file where they stand.

    Whatever else that file does is left out. Numbers, texts and arrays that the function finds outside of itself
    are given along with the arguments.
    """
    function = inspect.unwrap(function)
    name = getattr(function, "__qualname__", function.__name__)
    if isinstance(function, type) or inspect.ismethod(function):
        kind = "class" if isinstance(function, type) else "method"
        raise TypeError(f"check: {name} is a {kind}; give a function, or the file in which its object is trained")
    if not isinstance(function, FunctionType) or function.__name__ == "<lambda>":
        raise TypeError(f"check: expected a function written with def, got {function!r:.80}")
    try:
        arguments = [packed(arg) for arg in args]
    except TypeError as error:
        raise TypeError(f"check: the arguments of {name}: {error}") from None
    file = function.__code__.co_filename
    folder = str(Path(file).resolve().parent) if os.path.exists(file) else os.getcwd()
    surroundings = Surroundings(function)
    given = (("function", function.__name__), ("arguments", arguments), ("globals", surroundings.values))
    if not surroundings.kept:
        why = "its source is not at hand; write it into a file or a notebook's cell, or give its text"
        return Source(function.__name__, folder, why=why, given=given)
    return Source(function.__name__, folder, surroundings.cells(), given=given)


class Surroundings:
    """What a function uses of the places where it and its helpers were written.

    kept     by file its lines, those that are not needed blank
    values   numbers, texts, lists and arrays by name, packed
    imports  statements for modules and library functions whose import stands elsewhere
    """

    def __init__(self, function: FunctionType) -> None:
        self.kept: dict[str, list[str]] = {}
        self.values: dict[str, Any] = {}
        self.imports: list[str] = []
        self._taken: set[Any] = set()
        self._take(function)

    def cells(self) -> tuple[Cell, ...]:
        """A cell for each file, helpers' first; what must be imported before them is cell 0."""
        prelude = [Cell(0, "\n".join(dict.fromkeys(self.imports)), "")] if self.imports else []
        files = list(reversed(self.kept.items()))
        numbers = range(1, len(files) + 1) if len(files) > 1 else [None]
        found = zip(numbers, files, strict=True)
        return (*prelude, *(Cell(number, "\n".join(kept), "\n".join(_lines(file))) for number, (file, kept) in found))

    def _take(self, function: FunctionType) -> None:
        """A function, with all that it uses."""
        file, first = function.__code__.co_filename, function.__code__.co_firstlineno
        if function in self._taken or not _lines(file):
            return
        self._taken.add(function)
        block = inspect.getblock([f"{line}\n" for line in _lines(file)[first - 1 :]])
        text = textwrap.dedent("".join(block)).rstrip("\n")
        scope = dict(function.__globals__)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                scope[name] = cell.cell_contents
            except ValueError:  # what it names is assigned later
                continue
        self._keep(file, first, text, scope)

    def _keep(self, file: str, first: int, text: str, scope: Mapping[str, Any]) -> None:
        """The lines of a statement, and what their names mean."""
        lines = text.split("\n")
        kept = self.kept.setdefault(file, [""] * len(_lines(file)))
        kept[first - 1 : first - 1 + len(lines)] = lines
        loaded = {node.id for node in ast.walk(tree_of(text)) if isinstance(node, ast.Name)}
        for name in sorted(loaded & scope.keys()):
            if (name, file) not in self._taken:
                self._taken.add((name, file))
                self._use(name, scope[name], file, scope)

    def _use(self, name: str, value: Any, file: str, scope: Mapping[str, Any]) -> None:
        """What a name means where a function was written."""
        own = isinstance(value, FunctionType) and value.__name__ == name
        if own and _same_author(value.__code__.co_filename, file):
            self._take(value)
        elif isinstance(value, ModuleType):
            if not self._bind(name, file, scope):
                called = "" if name == value.__name__ else f" as {name}"
                self.imports.append(f"import {value.__name__}{called}")
        elif self._pack(name, value) or self._bind(name, file, scope):
            return
        elif str(getattr(value, "__name__", "")).isidentifier() and getattr(value, "__module__", None):
            self.imports.append(f"from {value.__module__} import {value.__name__} as {name}")

    def _pack(self, name: str, value: Any) -> bool:
        try:
            self.values[name] = packed(value)
        except TypeError:
            return False
        return True

    def _bind(self, name: str, file: str, scope: Mapping[str, Any]) -> bool:
        """Keep the statements at the top of a file that give a name its meaning; whether there are any."""
        found = [node for node in tree_of("\n".join(_lines(file))).body if name in _bound(node)]
        for node in found:
            first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
            self._keep(file, first, "\n".join(_lines(file)[first - 1 : node.end_lineno]), scope)
        return bool(found)


def tree_of(text: str) -> ast.Module:
    """The program as a syntax tree, an empty one where it does not parse."""
    parsed = tree(text)
    return parsed if isinstance(parsed, ast.Module) else ast.Module([], [])


def _lines(file: str) -> list[str]:
    return [line.rstrip("\r\n") for line in linecache.getlines(file)]


def _same_author(one: str, other: str) -> bool:
    """Whether two files are the same, or both cells of a session, which are no files."""
    return one == other or not (os.path.exists(one) or os.path.exists(other))


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names to which a statement gives a meaning."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name
        return
    for node in ast.walk(statement):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
