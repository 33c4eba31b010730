"""A program as JavaScript: numbers in, numbers out, each operation as its row and `languages.JAVASCRIPT` have it.

What a page needs of a graph, and of a loss that is to be trained, are two programs:

    of_graph = javascript(graph_program(loss), {"x": n_leaves}, {"values": n_nodes, "gradients": n_nodes})
    of_sample = javascript(sample_program(f, parameters, X, y), {"p": n, "x": n_x, "y": n_y}, {"gradient": n})

Each text is an expression, to stand behind `const compute = ` or `export const compute = `: a function
of these arrays (lists of numbers or Float64Arrays) that reads the first ones, writes the others, and
returns the first output of the program, here the loss. So `compute(x, values, gradients)` takes the
leaves and gives every node, `compute(p, x, y, gradient)` takes one sample and gives the slopes.
Results are those of IEEE 754: inf and nan where Python raises an error.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd.compiler.data_block import data
from autograd.compiler.program import Place, Program, Step, program, used
from autograd.compiler.task import Task, descend, traced
from autograd.graph import cotangents, topological_order
from autograd.languages import JAVASCRIPT, JAVASCRIPT_FUNCTIONS
from autograd.ops import TABLE, nonzero, power, sub
from autograd.primitive import ATOM, SIGN, Notation, Primitive
from autograd.symbol import Symbol, exactly
from autograd.value import Value

LONGEST, DEEPEST = 2000, 40
"""Characters of an expression, and operations inside one another, before it gets a line of its own."""

AS_IN_C = frozenset(
    ("acosh", "asinh", "atan2", "atanh", "cbrt", "ceil", "floor", "hypot", "log10", "log2", "sqrt", "trunc")
)
"""Functions of C's mathematical library that `Math` has under the same name, besides those of the table."""


def graph_program(root: Value) -> Program:
    """From the leaves of a graph to the number of `root`, then those of all nodes, then ∂root/∂node of all nodes.

    Leaves and nodes are in the order of `graph.topological_order(root)`.
    """
    order = topological_order(root)
    twins: dict[Any, Any] = {}
    with exactly():
        for node in order:
            args = tuple(arg if type(arg) is float else twins[arg] for arg in node.args)
            twins[node] = Symbol(node.label) if node.op is None else Symbol.apply(node.op, args)
        slopes = cotangents(twins[root])
    nodes = [twins[node] for node in order]
    return program([twins[root], *nodes, *(slopes[node] for node in nodes)], [x for x in nodes if x.op is None])


def sample_program(loss: Callable[..., Any], parameters: Sequence[Value], *columns: Any) -> Program:
    """From the parameters and the numbers of one row to `loss(*row)`, then its slope in every parameter.

    `columns` are arguments of the loss, one entry for every row, such as X and y. TypeError or
    ValueError where the loss is no function that could be compiled.
    """
    term = traced(Task(loss, descend, None), parameters, data(columns), 0)[0].term
    with exactly():
        inputs = [Symbol(term.label(place)) for place in range(term.n_inputs - 1)]
        return program(term.run([*inputs, 1.0], lambda op, xs: op(*xs)), inputs)


def javascript(given: Program, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> str:
    """The program as a function of arrays of these names and lengths, see above."""
    read = [f"{name}[{k}]" for name, n in inputs.items() for k in range(n)]
    written = [f"{name}[{k}]" for name, n in outputs.items() for k in range(n)]
    if (len(read), 1 + len(written)) != (given.n_inputs, len(given.outputs)):
        counts = f"{given.n_inputs} inputs and {len(given.outputs) - 1} outputs beside the one that is returned"
        raise ValueError(f"expected arrays for {counts}, got {len(read)} and {len(written)}")
    script, uses = Script(), given.uses()
    lines, texts = script.body(given, [f"v{place}" for place in range(given.n_inputs)])
    lines = [
        *(f"const v{place} = {text};" for place, text in enumerate(read) if uses[place]),
        *lines,
        *(f"{where} = {text};" for where, text in zip(written, texts[1:], strict=True)),
        f"return {texts[0]};",
    ]
    head = f"return ({', '.join([*inputs, *outputs])}) => {{"
    return "\n".join(["(() => {", *script.functions, head, *lines, "};", "})()"])


class Script:
    """A text under construction: the functions that are called in it, in the order in which they are defined."""

    def __init__(self) -> None:
        self.functions: list[str] = []
        self._names: dict[tuple[Primitive, int], str] = {}

    def body(self, given: Program, inputs: Sequence[str]) -> tuple[list[str], list[str]]:
        """One line for every step that is not put in where it is used; and what then stands for the outputs."""
        given = with_differences(given)
        uses = given.uses()
        known = [(name, ATOM) for name in inputs]
        depths = [0] * len(known)
        lines = []

        def operand(place: Place) -> tuple[str, int]:
            return known[place] if type(place) is int else number(place)

        for place, (op, args) in enumerate(given.steps, start=given.n_inputs):
            form = self._notation(op, args)
            text, holds = form.write([operand(arg) for arg in args]), form.precedence
            depth = 1 + max((depths[arg] for arg in args if type(arg) is int), default=0)
            if uses[place] > 1 or len(text) > LONGEST or depth > DEEPEST:
                lines.append(f"const v{place} = {text};")
                text, holds, depth = f"v{place}", ATOM, 0
            known.append((text, holds))
            depths.append(depth)
        return lines, [operand(place)[0] for place in given.outputs]

    def _notation(self, op: Primitive, args: Sequence[Place]) -> Notation:
        if isinstance(op.lower, str) and op not in TABLE:
            same = next((row for row in TABLE if row.lower == op.lower), None)
            if same is None and op.lower in AS_IN_C:
                return Notation(f"Math.{op.lower}({{}})")
            op = same or op
        return JAVASCRIPT.notation(op, tuple(args)) if op in JAVASCRIPT.own else self._call(op, len(args))

    def _call(self, op: Primitive, count: int) -> Notation:
        """How the function is called that does an operation at so many operands; it is defined where it was not."""
        known = JAVASCRIPT_FUNCTIONS.get(op)
        key = op, count if known is None else 0
        if key not in self._names:
            own = known is not None or (op in TABLE and op.pullback is None)
            readable = op.name if op.name.isascii() and op.name.isidentifier() else "operation"
            self._names[key] = op.name if own else f"{readable}_{len(self._names)}"
            text = known or self._composed(op, count)
            self.functions.append(f"const {self._names[key]} = {text};")
        return Notation(self._names[key] + "({})")

    def _composed(self, op: Primitive, count: int) -> str:
        """The function of an operation that is made of others."""
        xs = [Symbol(f"x{i}") for i in range(count)]
        names = [x.label for x in xs]
        lines, (text,) = self.body(program([composition(op, xs)], xs), names)
        body = f"{{ {' '.join([*lines, f'return {text};'])} }}" if lines else text
        return f"({', '.join(names)}) => {body}"


def with_differences(given: Program) -> Program:
    """The program with x**(n - nonzero(n)), which slopes are made of, as a power of x, n and what is taken away."""

    def of(op: Primitive, place: Place) -> tuple[Place, ...]:
        step = given.steps[place - given.n_inputs] if type(place) is int and place >= given.n_inputs else None
        return step.args if step is not None and step.op is op else ()

    steps = []
    for op, args in given.steps:
        less = of(sub, args[1]) if op is power else ()
        slope = less and of(nonzero, less[1]) == less[:1]
        steps.append(Step(op, (args[0], *less) if slope else args))
    return used(given._replace(steps=tuple(steps)))


def composition(op: Primitive, xs: Sequence[Symbol]) -> Any:
    """The operation at these unknowns in other operations: by its `lower`, else by its function."""
    try:
        with exactly():
            return (op.lower if callable(op.lower) else op.function)(*xs)
    except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
        hint = "say how in other operations, Primitive(..., lower=lambda x: ...)"
        raise ValueError(f"the operation {op.name} cannot be written in JavaScript: {error}; {hint}") from None


def number(x: float) -> tuple[str, int]:
    """A number as it can be read back exactly, and how tightly it holds together."""
    if not math.isfinite(x):
        return ("NaN" if x != x else "Infinity" if x > 0 else "-Infinity"), ATOM if x != x or x > 0 else SIGN
    text = repr(x).removesuffix(".0")
    return text, SIGN if text.startswith("-") else ATOM
