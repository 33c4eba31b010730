"""A program as JavaScript: numbers in, numbers out, written as `machine_languages.JAVASCRIPT` and the rows have it.

What a page needs of a graph, and of a loss that is to be trained, are two programs:

    of_graph = javascript(graph_program(loss), {"x": n_leaves}, {"values": n_nodes, "gradients": n_nodes})
    of_sample = javascript(sample_program(f, parameters, X, y), {"p": n, "x": n_x, "y": n_y}, {"gradient": n})

Each text is an expression, to stand behind `const compute = ` or `export const compute = `: a function
of these arrays (lists of numbers or Float64Arrays) that reads the first ones, writes the others, and
returns the first output of the program, here the loss. So `compute(x, values, gradients)` takes the
leaves and gives every node, `compute(p, x, y, gradient)` takes one sample and gives the slopes.
Results are those of IEEE 754: inf and nan where Python raises an error.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd.compiler.data_block import data
from autograd.compiler.machine_languages import JAVASCRIPT
from autograd.compiler.program import Place, Program, Step, program, used
from autograd.compiler.statements import Text
from autograd.compiler.task import Task, descend, traced
from autograd.graph import cotangents, topological_order
from autograd.ops import nonzero, power, sub
from autograd.primitive import Primitive
from autograd.symbol import Symbol, exactly
from autograd.value import Value


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
    script, uses = Text(JAVASCRIPT), given.uses()
    lines, texts = script.body(with_differences(given), [f"v{place}" for place in range(given.n_inputs)])
    lines = [
        *(f"const v{place} = {text};" for place, text in enumerate(read) if uses[place]),
        *lines,
        *(f"{where} = {text};" for where, text in zip(written, texts[1:], strict=True)),
        f"return {texts[0]};",
    ]
    head = f"return ({', '.join([*inputs, *outputs])}) => {{"
    return "\n".join(["(() => {", *script.functions, head, *lines, "};", "})()"])


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
