"""A program's syntax tree, rewritten so that everything it stores passes through a recorder; the file is not touched.

Positions stay those of the original, so that an operation's instruction tells which expression of
the source it belongs to.
"""

import ast
from collections.abc import Iterable, Sequence
from types import CodeType
from typing import Any, Final, NamedTuple

RECORDER: Final = "__recorder__"
"""What the recorder is called in the program's namespace."""


class Statement(NamedTuple):
    """A statement that stores or returns a number, or changes one.

    key     its number in the program
    file    the cell or module it stands in, as tracebacks call it
    kind    "bind", "change" (x += e), "return", "do" (an expression alone)
    target  what is stored to, as it is written
    node    its syntax tree as it was
    function  the names of the functions and classes around it
    """

    key: int
    file: str
    kind: str
    target: str
    node: Any
    function: tuple[str, ...]

    @property
    def line(self) -> int:
        """The first line, counted from 1."""
        return int(self.node.lineno)

    @property
    def value(self) -> Any:
        """The syntax tree of what is stored."""
        return self.node.value


class Instrumented:
    """A file rewritten; one statement at a time can be put in another form.

    tree        the rewritten file
    statements  of all files of the program; a statement's key is its place in it
    """

    def __init__(self, text: str, file: str, statements: list[Statement], builtins: Iterable[str]) -> None:
        tree = ast.parse(text)
        tree.body = [s for s in tree.body if not (isinstance(s, ast.ImportFrom) and s.module == "__future__")]
        self.file, self.statements = file, statements
        self._builtins = frozenset(builtins) - _defined(tree)
        self._writer = _Writer(file, statements, self._builtins)
        body = self._writer.block(tree.body)
        self.tree = ast.fix_missing_locations(ast.Module(body=body, type_ignores=[]))
        self.loops = _loops(tree)

    def code(self) -> CodeType:
        """What the interpreter runs."""
        return compile(self.tree, self.file, "exec", dont_inherit=True)

    def code_with(self, key: int, text: str) -> CodeType:
        """The same with one statement as it stands in `text`, the source of the file in which only that is changed."""
        block, start, count = self._writer.places[key]
        old = self.statements[key]
        first, last, indent = old.node.lineno, old.node.end_lineno, old.node.col_offset
        lines = text.split("\n")[first - 1 : last]
        head = "\n" * (first - 1) if not indent else "\n" * (first - 2) + "if 1:\n"
        parsed: Any = ast.parse(head + "\n".join(lines)).body[0]
        statement = parsed.body[0] if indent else parsed
        again = list(self.statements)
        writer = _Writer(self.file, again, self._builtins)
        writer.first_key = min(k for k, place in self._writer.places.items() if place == (block, start, count))
        made = [ast.fix_missing_locations(node) for node in writer.block([statement])]
        kept = block[start : start + count]
        block[start : start + count] = made
        try:
            return self.code()
        finally:
            block[start : start + len(made)] = kept


def _loops(tree: ast.AST) -> frozenset[str]:
    """The names that loops run with."""
    targets = [node.target for node in ast.walk(tree) if isinstance(node, ast.For)]
    return frozenset(part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))


def _defined(tree: ast.AST) -> frozenset[str]:
    """The names that a program gives a meaning of its own."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
    return frozenset(found)


class _Writer(ast.NodeTransformer):
    """Rewrites statement by statement."""

    def __init__(self, file: str, statements: list[Statement], builtins: frozenset[str]) -> None:
        self.file, self.statements, self.builtins = file, statements, builtins
        self._around: tuple[str, ...] = ()
        self._class = ""
        self.places: dict[int, tuple[list[ast.stmt], int, int]] = {}
        self.first_key: int | None = None

    def block(self, body: Sequence[ast.stmt], first: Sequence[ast.stmt] = ()) -> list[ast.stmt]:
        """A list of statements, each with what it has become."""
        found: list[ast.stmt] = [*first]
        for statement in body:
            known = len(self.statements)
            made: Any = self.visit(statement)
            parts = made if isinstance(made, list) else [made]
            if isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)):
                place = found, len(found), len(parts)
                self.places.update(dict.fromkeys(range(known, len(self.statements)), place))
            found += parts
        return found

    def _new(self, kind: str, target: str, node: ast.AST) -> ast.expr:
        if self.first_key is not None:
            self.first_key += 1
            return ast.Constant(self.first_key - 1)
        key = len(self.statements)
        self.statements.append(Statement(key, self.file, kind, target, node, self._around))
        return ast.Constant(key)

    def _call(self, method: str, at: ast.AST, *args: ast.expr) -> ast.expr:
        function = ast.Attribute(ast.Name(RECORDER, ast.Load()), method, ast.Load())
        made = ast.Call(function, list(args), [])
        for node in (function, function.value, made, *args):
            if not hasattr(node, "lineno"):
                ast.copy_location(node, at)
        return ast.copy_location(made, at)

    # ------------------------------------------------------------ what stores

    def visit_Assign(self, node: ast.Assign) -> Any:
        """x = e, also to attributes, items and several targets."""
        value = self.visit(_copy(node.value))
        if len(node.targets) == 1:
            return self._stored(node, node.targets[0], value)
        passed = ast.Name("__passed__", ast.Store())
        first = ast.copy_location(ast.Assign([passed], value), node)
        found: list[ast.stmt] = [ast.copy_location(first, node)]
        for target in node.targets:
            load = ast.copy_location(ast.Name("__passed__", ast.Load()), node.value)
            found += self._stored(node, target, load)
        return found

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """x: float = e."""
        if node.value is None:
            return node
        return self._stored(node, node.target, self.visit(_copy(node.value)))

    def _stored(self, node: Any, target: ast.expr, value: ast.expr) -> list[ast.stmt]:
        """What stores a value to one target."""
        text = ast.unparse(target)
        if isinstance(target, ast.Name):
            key = self._new("bind", text, node)
            wrapped = self._call("bind", node.value, key, ast.Constant(text), value)
            return [ast.copy_location(ast.Assign([target], wrapped), node)]
        if isinstance(target, ast.Attribute):
            key = self._new("bind", text, node)
            owner, name = self.visit(_copy(target.value)), ast.Constant(self._mangled(target.attr))
            return [_alone(self._call("set_attribute", node.value, key, value, owner, name), node)]
        if isinstance(target, ast.Subscript):
            key = self._new("bind", text, node)
            owner, index = self.visit(_copy(target.value)), self._index(target.slice)
            return [_alone(self._call("set_item", node.value, key, value, owner, index), node)]
        found: list[ast.stmt] = [ast.copy_location(ast.Assign([target], value), node)]
        for part in _parts(target):
            again = _copy(part)
            again.ctx = ast.Load()
            found += self._stored(node, _copy(part), self.visit(again))
        return found

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """x += e and its relatives."""
        text = ast.unparse(node.target)
        key = self._new("change", text, node)
        sign = ast.Constant(type(node.op).__name__)
        value = self.visit(_copy(node.value))
        target = node.target
        if isinstance(target, ast.Name):
            load = ast.copy_location(ast.Name(target.id, ast.Load()), target)
            changed = self._call("change", node, key, ast.Constant(text), sign, load, value)
            return ast.copy_location(ast.Assign([target], changed), node)
        owner = self.visit(_copy(target.value))
        if isinstance(target, ast.Attribute):
            name = ast.Constant(self._mangled(target.attr))
            return _alone(self._call("change_attribute", node, key, sign, owner, name, value), node)
        return _alone(self._call("change_item", node, key, sign, owner, self._index(target.slice), value), node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        """(x := e)."""
        key = self._new("bind", ast.unparse(node.target), node)
        value = self.visit(_copy(node.value))
        wrapped = self._call("bind", node.value, key, ast.Constant(node.target.id), value)
        return ast.copy_location(ast.NamedExpr(node.target, wrapped), node)

    def visit_Return(self, node: ast.Return) -> Any:
        """return e."""
        if node.value is None:
            return node
        key = self._new("return", "return", node)
        value = self._call("returned", node.value, key, self.visit(_copy(node.value)))
        return ast.copy_location(ast.Return(value), node)

    def visit_Expr(self, node: ast.Expr) -> Any:
        """An expression alone: what it changes is noted as its doing."""
        if isinstance(node.value, (ast.Constant, ast.Yield, ast.YieldFrom, ast.Await)):
            return self.generic_visit(node)
        key = self._new("do", "", node)
        value = self.visit(_copy(node.value))
        return _alone(self._call("done", node.value, key, value), node)

    def _index(self, node: ast.expr) -> ast.expr:
        """An index as an expression: slices are written out."""
        if isinstance(node, ast.Slice):
            parts = [part and self.visit(_copy(part)) for part in (node.lower, node.upper, node.step)]
            args = [part or ast.copy_location(ast.Constant(None), node) for part in parts]
            return self._call("slice", node, *args)
        if isinstance(node, ast.Tuple):
            return ast.copy_location(ast.Tuple([self._index(part) for part in node.elts], ast.Load()), node)
        return self.visit(_copy(node))  # type: ignore[no-any-return]

    def _mangled(self, name: str) -> str:
        private = self._class and name.startswith("__") and not name.endswith("__")
        return f"_{self._class.lstrip('_')}{name}" if private else name

    # ------------------------------------------------------------ what is around

    def visit_Call(self, node: ast.Call) -> Any:
        """Calls of float, sum and the like go through the recorder."""
        if isinstance(node.func, ast.Name) and node.func.id == "setattr" and len(node.args) == 3:
            key = self._new("bind", ast.unparse(node), ast.copy_location(ast.Expr(node.args[2]), node))
            owner, name, value = (self.visit(_copy(arg)) for arg in node.args)
            return self._call("set_attribute", node, key, value, owner, name)
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in self.builtins:
            name = ast.copy_location(ast.Constant(node.func.id), node.func)
            node.func = self._call("builtin", node.func, name)
        return node

    def visit_FunctionDef(self, node: Any) -> Any:
        """A function: its body, in which recursion is watched."""
        before, self._around = self._around, (*self._around, node.name)
        node.args = self.visit(node.args)
        node.decorator_list = [self.visit(d) for d in node.decorator_list if not _compiles(d)]
        node.body = self._watched(node.body)
        self._around = before
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - as ast calls it

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        """A class: private names in it are mangled."""
        before = self._around, self._class
        self._around, self._class = (*self._around, node.name), node.name
        kept = [s if isinstance(s, (ast.Assign, ast.AnnAssign)) else self.block([s]) for s in node.body]
        node.body = [s for part in kept for s in (part if isinstance(part, list) else [part])]
        self._around, self._class = before
        return node

    def visit_For(self, node: Any) -> Any:
        """A loop is interrupted where the run has gone on for long enough."""
        node.iter = self.visit(node.iter)
        node.body, node.orelse = self._watched(node.body), self.block(node.orelse)
        return node

    def visit_While(self, node: ast.While) -> Any:
        """A loop likewise."""
        node.test = self.visit(node.test)
        node.body, node.orelse = self._watched(node.body), self.block(node.orelse)
        return node

    def _watched(self, body: list[ast.stmt]) -> list[ast.stmt]:
        if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1:
            return self.block(body[1:], [body[0], _alone(self._call("tick", body[1]), body[1])])
        return self.block(body, [_alone(self._call("tick", body[0]), body[0])])

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Blocks are rewritten as blocks."""
        for field, old in ast.iter_fields(node):
            if isinstance(old, list) and old and isinstance(old[0], ast.stmt):
                setattr(node, field, self.block(old))
            elif isinstance(old, list):
                old[:] = [self.visit(item) if isinstance(item, ast.AST) else item for item in old]
            elif isinstance(old, ast.AST):
                setattr(node, field, self.visit(old))
        return node


def _compiles(decorator: ast.expr) -> bool:
    """Whether a decorator only makes a function faster, as numba's do."""
    return any(word in ast.unparse(decorator) for word in ("jit", "njit", "lru_cache", "cache"))


def _parts(target: ast.expr) -> list[Any]:
    """The single targets inside one of several."""
    if isinstance(target, ast.Starred):
        return _parts(target.value)
    if isinstance(target, (ast.Tuple, ast.List)):
        return [part for item in target.elts for part in _parts(item)]
    return [target]


def _alone(value: ast.expr, at: ast.AST) -> ast.Expr:
    return ast.copy_location(ast.Expr(value), at)


def _copy(node: Any) -> Any:
    """A syntax tree of its own, so that what a statement was stays."""
    if isinstance(node, ast.AST):
        made = type(node)(**{field: _copy(value) for field, value in ast.iter_fields(node)})
        return ast.copy_location(made, node) if hasattr(node, "lineno") else made
    return [_copy(item) for item in node] if isinstance(node, list) else node
