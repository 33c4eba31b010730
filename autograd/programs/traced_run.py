"""A program run traced, from its first line until every parameter has been updated often enough."""

import ast
import builtins
import copy
import importlib
import io
import os
import random
import sys
import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from autograd.programs.instrumenting import RECORDER, Instrumented, Statement
from autograd.programs.recording import Enough, Recorder
from autograd.programs.scenes import impure
from autograd.programs.stand_ins import BUILTINS, builtins_for, stand_in
from autograd.programs.traced import Trace, tracing

SEED = 0


class Cell(NamedTuple):
    """A piece of source: a cell of a notebook (counted from 1), or a script (number None); `file` as in tracebacks."""

    number: int | None
    text: str
    file: str


class Program:
    """What is to be run: its cells, and the folder that its own modules and data are in; rewritten once.

    given    names that it finds there when it begins
    """

    def __init__(
        self, name: str, cells: Sequence[Cell], folder: str | None = None, given: Mapping[str, Any] = {}
    ) -> None:
        self.name, self.cells, self.folder, self.given = name, tuple(cells), folder, given
        self.statements: list[Statement] = []
        self.files = [Instrumented(cell.text, cell.file, self.statements, BUILTINS) for cell in cells]
        self.counters = frozenset().union(*(_counters(ast.parse(cell.text)) for cell in cells))
        self.loops = frozenset().union(*(file.loops for file in self.files))
        self.codes = [file.code() for file in self.files]
        self.modules: dict[str, tuple[str, Instrumented, CodeType]] = {}
        self.impure = frozenset().union(*(impure(ast.parse(cell.text)) for cell in cells))

    def text_of(self, file: str) -> str | None:
        """The source of a cell, or of a module that it imports, by what tracebacks call it; None for another file."""
        own = next((cell.text for cell in self.cells if cell.file == file), None)
        return own if own is not None or file not in self.modules else self.modules[file][0]

    def cell_of(self, file: str) -> int | None:
        """The number of a cell, by what tracebacks call it; None in a script."""
        return next((cell.number for cell in self.cells if cell.file == file), None)

    def with_statement(self, key: int, text: str) -> "Program":
        """The program with one statement as it stands in `text`, the source of its cell with only that changed."""
        twin = object.__new__(Program)
        vars(twin).update(vars(self))
        file = self.statements[key].file
        if file in self.modules:
            tree = self.modules[file][1]
            twin.modules = {**self.modules, file: (text, tree, tree.code_with(key, text))}
            return twin
        place = next(i for i, cell in enumerate(self.cells) if cell.file == file)
        twin.codes = [*self.codes]
        twin.codes[place] = self.files[place].code_with(key, text)
        twin.cells = tuple(cell._replace(text=text) if i == place else cell for i, cell in enumerate(self.cells))
        return twin

    def module(self, path: str) -> CodeType:
        """The code of a module in the program's folder."""
        if path not in self.modules:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            tree = Instrumented(text, path, self.statements, BUILTINS)
            self.impure |= impure(ast.parse(text))
            self.modules[path] = text, tree, tree.code()
        return self.modules[path][2]


class Run(NamedTuple):
    """What a run has shown.

    recorder    what was stored
    error       how it ended, where that was not at its end, "" else
    notes       what was made up
    namespace   the program's names
    loops       those of them that only run through others, in loops
    """

    recorder: Recorder
    error: str
    notes: list[str]
    namespace: dict[str, Any]
    loops: frozenset[str] = frozenset()


def run(
    program: Program,
    *,
    seconds: float,
    rounds: int = 4,
    starts: Mapping[Any, Any] = {},
    seed: int = SEED,
    call: Any = None,
    probes: Mapping[tuple[int, int], Callable[[Any], None]] = {},
    until: tuple[int, int] | None = None,
) -> Run:
    """Run the program with the numbers of `starts` in the place of its own; `call` is done at the end."""
    trace = Trace([cell.file for cell in program.cells])
    recorder = Recorder(
        program.statements,
        trace.now,
        seconds=seconds,
        rounds=rounds,
        starts=starts,
        counters=program.counters,
        probes=probes,
        until=until,
    )
    recorder.sources = {cell.file: cell.text for cell in program.cells}
    notes: list[str] = []
    world = _World(program, trace, recorder, notes)
    random.seed(seed)
    np.random.seed(seed)
    error = ""
    before = list(sys.path), sys.argv
    system: Any = os
    folders = system.makedirs, system.mkdir
    system.makedirs, system.mkdir = map(_if_it_may, folders)
    sys.argv = [program.name]
    try:
        world.namespace.update(copy.deepcopy(dict(program.given)))
        with tracing(trace), warnings.catch_warnings(), redirect_stdout(_Nowhere()), redirect_stderr(_Nowhere()):
            warnings.simplefilter("ignore")
            for cell, code in zip(program.cells, program.codes, strict=True):
                try:
                    exec(code, world.namespace)
                except Enough:
                    break
                except SystemExit:
                    break
                except KeyboardInterrupt:
                    error = error or f"{_where(cell)}it interrupts itself"
                    break
                except BaseException as problem:
                    error = error or _told(problem, cell, program)
                    if cell.number is None:
                        break
            if call is not None:
                call(world.namespace)
    except Enough:
        pass
    finally:
        sys.path[:], sys.argv = before
        system.makedirs, system.mkdir = folders
        world.close()
    return Run(recorder, error, notes, world.namespace, program.loops)


class _Nowhere(io.TextIOBase):
    """Takes what is printed, and keeps none of it."""

    def write(self, text: str) -> int:
        return len(text)


def _if_it_may(make: Callable[..., None]) -> Callable[..., None]:
    """Folders for results, which nobody will look for, are made where that is allowed."""

    def made(*args: Any, **named: Any) -> None:
        with suppress(OSError):
            make(*args, **named)

    return made


class _World:
    """The namespace of a program, with stand-ins for what it imports, and its own modules instrumented."""

    def __init__(self, program: Program, trace: Trace, recorder: Recorder, notes: list[str]) -> None:
        self._program, self._trace, self._recorder, self._notes = program, trace, recorder, notes
        self._own: dict[str, types.ModuleType] = {}
        changed = {"__import__": self._import, "breakpoint": lambda *a, **k: None, **builtins_for(notes)}
        self._builtins = {**vars(builtins), **{k: v for k, v in changed.items() if k not in ("float", "type")}}
        main = types.ModuleType("__main__")
        self.namespace = self._prepared(vars(main), "__main__")
        self._main, self._before = main, sys.modules.get("__main__")
        sys.modules["__main__"] = main

    def close(self) -> None:
        """The interpreter as it was."""
        if self._before is not None:
            sys.modules["__main__"] = self._before

    def _prepared(self, namespace: dict[str, Any], name: str) -> dict[str, Any]:
        namespace.update({"__builtins__": self._builtins, "__name__": name, RECORDER: self._recorder})
        namespace.update({"display": lambda *a, **k: None, "get_ipython": lambda: None})
        namespace["__file__"] = self._program.name
        return namespace

    def _import(self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        """import name, or from name import ..."""
        own = self._found(name if not level else name or "__init__")
        if own is not None:
            return own
        top = name.partition(".")[0]
        made = stand_in(name if fromlist else top, self._notes)
        if made is not None:
            return made
        return builtins.__import__(name, None, None, fromlist, 0) if not level else importlib.import_module(name)

    def _found(self, name: str) -> types.ModuleType | None:
        """A module of the program's own folder, instrumented; None for any other."""
        if name in self._own:
            return self._own[name]
        folder = self._program.folder
        path = os.path.join(folder, *name.split(".")) + ".py" if folder else ""
        if not path or not os.path.isfile(path) or any(cell.file == path for cell in self._program.cells):
            return None
        module = self._own[name] = types.ModuleType(name)
        self._trace.files = self._trace.files | {path}
        exec(self._program.module(path), self._prepared(vars(module), name))
        return module


def _where(cell: Cell) -> str:
    return f"cell {cell.number}, " if cell.number is not None else ""


def _told(problem: BaseException, cell: Cell, program: Program) -> str:
    """An error of the program in one sentence, with its line."""
    files = {cell.file for cell in program.cells}
    line, trace = 0, problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in files:
            line = trace.tb_lineno
        trace = trace.tb_next
    text = " ".join(str(problem).split())[:200]
    return f"{_where(cell)}line {line}: {type(problem).__name__}: {text}"


def _counters(tree: ast.AST) -> frozenset[str]:
    """Names from which the program subtracts, or to which it adds, what is no whole number written out."""
    found = set()
    for node in ast.walk(tree):
        target: Any
        if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
            target, value = node.target, node.value
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            if not isinstance(value.op, (ast.Add, ast.Sub)) or ast.unparse(value.left) != ast.unparse(target):
                continue
            value = value.right
        else:
            continue
        parts = list(ast.walk(value))
        if isinstance(value, ast.Constant) or any(isinstance(part, ast.Compare) for part in parts):
            continue
        if any(isinstance(part, (ast.BinOp, ast.UnaryOp)) for part in parts):
            found.add(ast.unparse(target).partition("[")[0])
    return frozenset(found)
