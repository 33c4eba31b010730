"""Tracing: a function is called once with Symbols, and what it did with them becomes a `Program`."""

import math
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import signature
from typing import Any, NamedTuple

from autograd.compiler.known import is_ours
from autograd.compiler.program import Program, program
from autograd.compiler.reach import Reach
from autograd.compiler.structure import Structure, flattened, object_array
from autograd.compiler.unknown import kind_of_unknown, unknown
from autograd.compiler.watch import Watch
from autograd.graph import topological_order
from autograd.ops import TABLE, identity
from autograd.primitive import Interval
from autograd.recording import recording
from autograd.symbol import Symbol, capturing, is_tracing, unseen
from autograd.value import Value


class Trace(NamedTuple):
    """A function at one structure of its arguments.

    program   from the numbers of all arguments, then those of `captured`, to the numbers of the result
    result    the structure of the result
    captured  the Values that the function reached by itself, such as the parameters of a model
    sources   the leaves that these are, or were computed from
    watch     what else it reached, which must be what it was
    asks      whether it could tell a number from an unknown
    """

    program: Program
    result: Structure
    captured: tuple[Value, ...]
    sources: tuple[Value, ...] = ()
    watch: Watch | None = None
    asks: bool = False


class Given(Symbol):
    """A Symbol in the place of a float. Nothing can be looked up by it, which would not be found."""

    __slots__ = ()

    def __hash__(self) -> int:
        if not is_ours(sys._getframe(1).f_globals.get("__name__", "")) and is_tracing():
            raise self._unseen(", so that nothing can be looked up by it: write where(...) instead")
        return object.__hash__(self)


class Capture:
    """Replaces a Value by a Symbol; the same Value by the same Symbol.

    captured  the Values, with their Symbols
    sources   the leaves that they are, or were computed from
    asked     what code asked of an unknown and was refused
    """

    def __init__(self) -> None:
        self.captured: dict[Value, Symbol] = {}
        self.sources: dict[Value, None] = {}
        self.asked: list[str] = []

    def __call__(self, x: Any) -> Any:
        """The Symbol for a Value, None for anything else."""
        if not isinstance(x, Value):
            return None
        if x not in self.captured:
            self.captured[x] = Symbol(x.label or f"c{len(self.captured)}")
            self.sources.update(dict.fromkeys(leaves_of(x)))
        return self.captured[x]


class Trained:
    """What Values are where a training is read: the leaves that are trained are unknowns, others the numbers they are.

    nodes  the kinds of what an expression is made of; a parameter is itself in it
    fixed  the Values that were taken as the numbers they are
    asked  what code asked of an unknown and was refused
    """

    def __init__(self, parameters: Sequence[Value]) -> None:
        self.parameters = frozenset(parameters)
        self.nodes = frozenset((float, Symbol, Given, *map(kind_of_unknown, set(map(type, parameters)))))
        self.fixed: dict[Value, Symbol] = {}
        self.asked: list[str] = []

    def __call__(self, x: Any) -> Any:
        """What stands for a Value in an expression, None for anything else."""
        if not isinstance(x, Value):
            return None
        if x in self.parameters:
            return x
        if x not in self.fixed:
            parts = [leaf.label or "a parameter" for leaf in leaves_of(x) if leaf in self.parameters]
            if parts:
                was = f"was computed from {', '.join(parts)} before, and keeps the number it has"
                raise unseen(f"{x.label or 'a Value'} {was}", False)
            self.fixed[x] = Symbol.apply(identity, (x.data,))
        return self.fixed[x]


def leaves_of(x: Value) -> list[Value]:
    """The leaves that a Value is, or was computed from."""
    return [node for node in topological_order(x) if node.op is None]


def symbols(structure: Structure, name: str) -> tuple[Any, list[Symbol]]:
    """A nest of this structure with a Symbol for every number, called x for a number x, else x0, x1, ...; and these."""
    single = structure.kind is float
    made: list[Symbol] = [Given(name if single else f"{name}{i}") for i in range(structure.size)]
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


class ImpureError(TypeError):
    """Raised where a function is not known to be the same at every call."""


@contextmanager
def unmoved(reach: Reach) -> Iterator[None]:
    """Inside, functions are called that must leave all they reach, and the random generators, as they are.

    ImpureError where they do not; everything is then put back.
    """
    generators, moved, drew = _Generators(), "", False
    try:
        try:
            yield
        finally:
            moved, drew = reach.watch.changed(), generators.moved()
            if moved:
                reach.watch.restore()
            generators.restore()
    except Exception:
        if not moved and not drew:
            raise
    if drew:
        raise ImpureError("it draws random numbers, others at every call")
    if moved:
        raise ImpureError(f"it changes {moved}, and is another function at every call")


class _Generators:
    """The random generators that everybody shares, as they were."""

    def __init__(self) -> None:
        self._numpy = sys.modules.get("numpy.random")
        self._own, self._drawn = random.getstate(), self._numpy and self._numpy.get_state()

    def moved(self) -> bool:
        """Whether somebody drew a number."""
        if random.getstate() != self._own:
            return True
        return self._numpy is not None and _comparable(self._numpy.get_state()) != _comparable(self._drawn)

    def restore(self) -> None:
        """Take it back."""
        if self.moved():
            random.setstate(self._own)
            if self._numpy is not None:
                self._numpy.set_state(self._drawn)


def _comparable(state: Any) -> tuple[Any, ...]:
    name, key, *rest = state
    return (name, key.tobytes(), *rest)


def faultless(reach: Reach) -> None:
    """ImpureError where something is reached of which nobody knows what it gives at the next call."""
    for _, fault in reach.faults:
        raise ImpureError(f"it {fault}")


def trace(f: Callable[..., Any], structures: Sequence[Structure], names: Sequence[str] = ()) -> Trace:
    """What f does with arguments of these structures; `names` are of those that are passed by name, the last ones.

    TypeError where f branches on a number that is not known, or turns it into a float; or changes
    something, or is not known to be the same function at every call.
    """
    name = getattr(f, "__name__", "the function")
    try:
        reach = Reach([(name, f)])
        faultless(reach)
        with unmoved(reach):
            return _traced(f, structures, names, reach)
    except TypeError as error:
        error.args = (f"{name} cannot be traced: {error}",)
        raise


def _traced(f: Callable[..., Any], structures: Sequence[Structure], names: Sequence[str], reach: Reach) -> Trace:
    inputs: list[Symbol] = []
    args = []
    for name, structure in zip(argument_names(f, len(structures), names), structures, strict=True):
        nest, made = symbols(structure, name)
        args.append(nest)
        inputs += made
    capture = Capture()
    positional = len(args) - len(names)
    named: Mapping[str, Any] = dict(zip(names, args[positional:], strict=True))
    with capturing(capture), recording(True), unknown(reach.values):
        returned = f(*args[:positional], **named)
        if returned is None:
            raise TypeError("it returned None: is a `return` missing?")
        result, outputs = flattened(returned)
        refuse(capture)
        outputs = [capture(y) if isinstance(y, Value) else y for y in outputs]
    found = program(outputs, [*inputs, *capture.captured.values()])
    sound(found)
    return Trace(found, result, tuple(capture.captured), tuple(capture.sources), reach.watch, reach.asks)


def sound(given: Program | None) -> None:
    """ImpureError where an operation of the user's is compiled to something else than what it computes."""
    for op in {step.op for step in given.steps} - set(TABLE) if given is not None else ():
        lower: Any = getattr(math, op.lower, None) if isinstance(op.lower, str) else op.lower
        for share in (0.25, 0.5, 0.8) if callable(lower) else ():
            xs = [_between(interval, share) for interval in op.domain]
            try:
                expected = op.evaluate(xs)
            except (ValueError, ArithmeticError):
                continue
            found = lower(*xs)
            if abs(found - expected) > 1e-9 * max(1.0, abs(expected)):
                raise ImpureError(f"{op.name} at {xs} is {expected!r}, but its `lower`, which is compiled, {found!r}")


def _between(interval: Interval, share: float) -> float:
    if isinstance(interval, frozenset):
        return sorted(interval)[int(share * len(interval))]
    low, high = interval
    return low + share * (high - low)


def refuse(capture: Capture | Trained) -> None:
    """TypeError where an unknown was asked for its number, though the code went on."""
    if capture.asked:
        raise TypeError(capture.asked[0])
