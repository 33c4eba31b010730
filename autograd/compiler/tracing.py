"""Tracing: a function is called once with Symbols, and what it did with them becomes a `Program`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from inspect import signature
from typing import Any, NamedTuple

from autograd.compiler.program import Program, program
from autograd.compiler.structure import Structure, flattened, object_array
from autograd.graph import topological_order
from autograd.ops import identity
from autograd.symbol import Symbol, capturing
from autograd.value import Value


class Trace(NamedTuple):
    """A function at one structure of its arguments.

    program   from the numbers of all arguments, then those of `captured`, to the numbers of the result
    result    the structure of the result
    captured  the Values that the function reached by itself, such as the parameters of a model
    """

    program: Program
    result: Structure
    captured: tuple[Value, ...]


class Capture:
    """Replaces a Value by a Symbol, back to the leaves it was computed from; the same leaf by the same Symbol.

    With `unknown`, only these leaves are unknowns, and any other is the number that it is now.
    """

    def __init__(self, unknown: Collection[Value] | None = None) -> None:
        self.leaves: dict[Value, Symbol] = {}
        self._unknown = unknown
        self._found: dict[Value, Any] = {}

    def __call__(self, x: Any) -> Any:
        """The Symbol for a Value, None for anything else."""
        if not isinstance(x, Value):
            return None
        for node in topological_order(x) if x not in self._found else ():
            if node in self._found:
                continue
            if node.op is None and self._unknown is not None and node not in self._unknown:
                self._found[node] = Symbol.apply(identity, (node.data,))
            elif node.op is None:
                self._found[node] = self.leaves[node] = Symbol(node.label or f"c{len(self.leaves)}")
            else:
                args = tuple(arg if type(arg) is float else self._found[arg] for arg in node.args)
                self._found[node] = Symbol.apply(node.op, args)
        return self._found[x]


def symbols(structure: Structure, name: str) -> tuple[Any, list[Symbol]]:
    """A nest of this structure with a Symbol for every number, called x for a number x, else x0, x1, ...; and these."""
    single = structure.kind is float
    made = [Symbol(name if single else f"{name}{i}") for i in range(structure.size)]
    return structure.rebuilt(iter(made), object_array), made


def argument_names(f: Callable[..., Any], count: int, named: Sequence[str]) -> list[str]:
    """What f calls its arguments, the last of them passed by name; a, b, c where that cannot be known."""
    try:
        parameters = list(signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    found = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    positional = count - len(named)
    found = found[:positional] if len(found) >= positional else [chr(97 + k % 26) for k in range(positional)]
    return [*found, *named]


def trace(f: Callable[..., Any], structures: Sequence[Structure], names: Sequence[str] = ()) -> Trace:
    """What f does with arguments of these structures; `names` are of those that are passed by name, the last ones.

    TypeError where f branches on a number that is not known, or turns it into a float.
    """
    inputs: list[Symbol] = []
    args = []
    for name, structure in zip(argument_names(f, len(structures), names), structures, strict=True):
        nest, made = symbols(structure, name)
        args.append(nest)
        inputs += made
    capture = Capture()
    positional = len(args) - len(names)
    named: Mapping[str, Any] = dict(zip(names, args[positional:], strict=True))
    with capturing(capture):
        try:
            returned = f(*args[:positional], **named)
            if returned is None:
                raise TypeError("it returned None: is a `return` missing?")
            result, outputs = flattened(returned)
        except TypeError as error:
            error.args = (f"{getattr(f, '__name__', 'the function')} cannot be traced: {error}",)
            raise
        outputs = [capture(y) if isinstance(y, Value) else y for y in outputs]
    return Trace(program(outputs, [*inputs, *capture.leaves.values()]), result, tuple(capture.leaves))
