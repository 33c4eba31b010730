"""A program as Python source: the standard library's floats, one line for every number that is used twice."""

import builtins
import keyword
import linecache
import math
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from autograd import ops
from autograd.compiler.machine_languages import EXACT_PYTHON
from autograd.compiler.program import Place, Program
from autograd.names import canonical
from autograd.primitive import ANY, ATOM, SUM, Notation, Primitive
from autograd.symbol import Symbol, write

ARITHMETIC = frozenset({ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.weighted_sum, ops.sum_of})
"""What is put into the expression where it is used, if it is used once."""

IN_PLACE = frozenset({ops.sigmoid, ops.softplus, ops.leaky_relu})
"""Operations written as what their row says they are compiled to, rather than as a call."""

POSITIVE = Notation("not {} <= 0.0", ANY, (SUM,))
"""The step of these: a condition."""

LONGEST = 4000
"""Characters that an expression may have before it gets a line of its own."""

DEEPEST = 60
"""Operations that may be put into one another: Python takes 200 brackets."""

WIDEST = 400
"""Terms that a sum may have, as Python's compiler recurses into it; with more, it is a call."""

MOST = 20_000
"""With more steps than this, the numbers are kept in a list, and the source is cut into several functions."""

_number = count()


class Source:
    """Python source under construction: lines, and what its names stand for.

    Sources that become one text share their `calls`, the names of operations.
    """

    def __init__(self, program: Program, names: Sequence[str] = (), calls: dict[Primitive, str] | None = None) -> None:
        self.program = program
        self.known: dict[str, Any] = {"inf": math.inf, "nan": math.nan}
        self._shared = calls is not None
        self._calls: dict[Primitive, str] = {} if calls is None else calls
        self._taken = {*keyword.kwlist, *dir(builtins), "inf", "nan", "keys", "compute", "v"}
        self.texts: list[tuple[str, int]] = []
        self._depths = [0] * program.n_inputs
        for place in range(program.n_inputs):
            name = names[place] if names else self._fresh(program.label(place), f"a{place}")
            self._taken.add(name)
            self.texts.append((name, ATOM))

    def lines(self, prefix: str = "v", names: Mapping[int, str] = {}) -> dict[int, str]:
        """By place, one line for every step that is not put in where it is used; some may have names given."""
        uses = self.program.uses()
        lines = {}
        for place, (op, args) in enumerate(self.program.steps, start=self.program.n_inputs):
            text, holds = self._written(op, args)
            depth = 1 + max((self._depths[arg] for arg in args if type(arg) is int), default=0)
            long = len(text) > LONGEST or depth > DEEPEST
            if place in names or uses[place] != 1 or op not in ARITHMETIC or long:
                depth = 0
                own = names.get(place) or self._fresh(self.program.label(place), f"{prefix}{place}")
                lines[place] = f"{own} = {text}"
                text, holds = own, ATOM
            self.texts.append((text, holds))
            self._depths.append(depth)
        return lines

    def text(self, place: Place) -> str:
        """What stands for a place, to be read anywhere."""
        return self._operand(place)[0]

    def _operand(self, place: Place) -> tuple[str, int]:
        if type(place) is int:
            return self.texts[place]
        text = repr(place)
        return text, ATOM if text[0] != "-" else SUM

    def _written(self, op: Primitive, args: Sequence[Place]) -> tuple[str, int]:
        """The expression of one operation, and how tightly it holds together."""
        operands = [self._operand(arg) for arg in args]
        if op in IN_PLACE and callable(op.lower):
            symbols = [Symbol(f"({text})" if holds != ATOM else text) for text, holds in operands]
            return write(op.lower(*symbols), lambda op: POSITIVE if op is ops.step else self._notation(op)), ANY
        form = self._notation(op, args)
        return form.write(operands), form.precedence

    def _notation(self, op: Primitive, args: Sequence[Place] = ()) -> Notation:
        if op not in EXACT_PYTHON.own or len(args) > WIDEST or (op is ops.power and not _is_real(*args)):
            return Notation(f"{self.call(op)}({{}})")
        return EXACT_PYTHON.notation(op, tuple(args))

    def call(self, op: Primitive) -> str:
        """The name by which an operation's function is called."""
        if op not in self._calls:
            own = self._shared and op not in ops.TABLE  # might be called what a variable of the text is called
            self._calls[op] = f"operation_{len(self._calls)}" if own else self._fresh(op.name, f"f{len(self._calls)}")
        self.known[self._calls[op]] = op.function
        return self._calls[op]

    def _fresh(self, wanted: str, otherwise: str) -> str:
        """A name that is free: the wanted one where it can be one, or the other."""
        name = canonical(wanted) if wanted else otherwise
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name.startswith("_"):
            name = otherwise
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def _is_real(x: Place, n: Place) -> bool:
    """Whether x**n cannot become complex: a literal base from 0 on, or a literal whole exponent."""
    return (type(x) is float and x >= 0.0) or (type(n) is float and n.is_integer())


def straight(program: Program) -> tuple[str, dict[str, Any]]:
    """The source of `compute(*inputs) -> tuple of outputs`, and what its names stand for."""
    if len(program.steps) > MOST:
        return _in_pieces(program)
    source = Source(program)
    taken = ", ".join(source.text(place) for place in range(program.n_inputs))
    lines = source.lines().values()
    results = "".join(f"{source.text(place)}, " for place in program.outputs)
    body = "\n".join(f"    {line}" for line in [*lines, f"return ({results})"])
    return f"def compute({taken}):\n{body}\n", source.known


def _in_pieces(program: Program) -> tuple[str, dict[str, Any]]:
    """The same for a long program: numbers are in a list v, and every so many steps a new function begins."""
    source = Source(program, [f"v[{place}]" for place in range(program.n_inputs)])
    places = range(program.n_inputs, program.n_inputs + len(program.steps))
    lines = [*source.lines(names={place: f"v[{place}]" for place in places}).values()]
    pieces = [lines[start : start + MOST // 4] for start in range(0, len(lines), MOST // 4)]
    texts = ["\n    ".join([f"def piece{i}(v):", *piece]) for i, piece in enumerate(pieces)]
    calls = [f"piece{i}(v)" for i in range(len(pieces))]
    results = "".join(f"{source.text(place)}, " for place in program.outputs)
    begin = f"v = [*inputs, *[0.0] * {len(program.steps)}]"
    texts.append("\n    ".join(["def compute(*inputs):", begin, *calls, f"return ({results})"]))
    return "\n\n".join(texts) + "\n", source.known


def compiled(text: str, known: dict[str, Any], name: str) -> Callable[..., Any]:
    """The function of this name that the source defines; tracebacks show its lines."""
    file = f"<chalkgrad {next(_number)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    space = dict(known)
    lines = 0
    for part in re.split(r"\n\n(?=def )", text):  # one by one, for the sake of memory
        exec(compile("\n" * lines + part, file, "exec"), space)
        lines += part.count("\n") + 2
    return space[name]  # type: ignore[no-any-return]
