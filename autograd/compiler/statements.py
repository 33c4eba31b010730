"""`Text`: a program line by line in one of `machine_languages`, with the functions that the language lacks."""

import math
from collections.abc import Sequence
from typing import Any

from autograd.compiler.program import Place, Program, program
from autograd.languages import Language, Statements
from autograd.ops import TABLE
from autograd.primitive import ATOM, SIGN, Notation, Primitive
from autograd.symbol import Symbol, exactly

LONGEST, DEEPEST = 2000, 40
"""Characters of an expression, and operations inside one another, before it gets a line of its own."""


class Text:
    """A text under construction.

    functions  those that are called in it, in the order in which they are defined
    known      for a language that runs here: what is called in them and stands for a function of Python
    """

    def __init__(self, language: Language) -> None:
        assert language.statements is not None
        self.language, self.statements = language, language.statements
        self.functions: list[str] = []
        self.known: dict[str, Any] = {}
        self._names: dict[tuple[Primitive, int], str] = {}

    def body(self, given: Program, inputs: Sequence[str], prefix: str = "v") -> tuple[list[str], list[str]]:
        """One line for every step that is not put in where it is used; and what then stands for the outputs."""
        uses = given.uses()
        known = [(name, ATOM) for name in inputs]
        depths = [0] * len(known)
        lines = []

        def operand(place: Place) -> tuple[str, int]:
            return known[place] if type(place) is int else number(place, self.statements)

        for place, (op, args) in enumerate(given.steps, start=given.n_inputs):
            form = self._notation(op, args)
            text, holds = form.write([operand(arg) for arg in args]), form.precedence
            depth = 1 + max((depths[arg] for arg in args if type(arg) is int), default=0)
            if uses[place] > 1 or len(text) > LONGEST or depth > DEEPEST:
                name = f"{prefix}{place}"
                lines.append(self.statements.line.format(name, text))
                text, holds, depth = name, ATOM, 0
            known.append((text, holds))
            depths.append(depth)
        return lines, [operand(place)[0] for place in given.outputs]

    def _notation(self, op: Primitive, args: Sequence[Place]) -> Notation:
        if isinstance(op.lower, str) and op not in TABLE:
            same = next((row for row in TABLE if row.lower == op.lower), None)
            if same is None and op.lower in self.statements.library:
                return Notation(self.statements.library[op.lower] + "({})")
            op = same or op
        return self.language.notation(op, tuple(args)) if op in self.language.own else self._call(op, len(args))

    def _call(self, op: Primitive, count: int) -> Notation:
        """How the function is called that does an operation at so many operands; it is defined where it was not."""
        text = self.statements.functions.get(op)
        key = op, count if text is None else 0
        if key not in self._names:
            own = text is not None or (op in TABLE and op.pullback is None)
            readable = op.name if op.name.isascii() and op.name.isidentifier() else "operation"
            name = op.name if own else f"{readable}_{len(self._names)}"
            self._names[key] = name
            self.functions.append(text or self._composed(op, name, count))
        return Notation(self._names[key] + "({})")

    def _composed(self, op: Primitive, name: str, count: int) -> str:
        """The function of an operation that is made of others."""
        xs = [Symbol(f"x{i}") for i in range(count)]
        names = [x.label for x in xs]
        try:
            made = composition(op, xs, self.statements.name)
        except ValueError:
            if not self.statements.outside:
                raise
            self.known[f"{name}_of_floats"] = op.function
            return self.statements.outside.format(name, f"{name}_of_floats")
        lines, (text,) = self.body(program([made], xs), names)
        return self.statements.define(name, names, lines, text)


def composition(op: Primitive, xs: Sequence[Symbol], language: str) -> Any:
    """The operation at these unknowns in other operations: by its `lower`, else by its function."""
    try:
        with exactly():
            return (op.lower if callable(op.lower) else op.function)(*xs)
    except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
        hint = "say how in other operations, Primitive(..., lower=lambda x: ...)"
        raise ValueError(f"the operation {op.name} cannot be written in {language}: {error}; {hint}") from None


def number(x: float, statements: Statements) -> tuple[str, int]:
    """A number as it can be read back exactly, and how tightly it holds together."""
    if not math.isfinite(x):
        inf, nan = statements.infinite
        return (nan, ATOM) if x != x else (inf, ATOM) if x > 0 else (f"-{inf}", SIGN)
    text = repr(x)
    text = text.removesuffix(".0") + statements.whole if text.endswith(".0") else text
    return text, SIGN if text.startswith("-") else ATOM
