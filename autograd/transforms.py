"""Derivatives of functions: `grad`, `value_and_grad`, `jvp`, `hessian`, nested to any order."""

import reprlib
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

from autograd import ops
from autograd.entries import check_depth, is_array
from autograd.graph import Point, as_evaluated, cotangents, itself, tangents, topological_order
from autograd.primitive import real
from autograd.symbol import Symbol, is_tracing
from autograd.value import Value, is_recording, recording


def grad(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """∂f/∂x, x the argument number `argnum` of f: a function with f's arguments.

    f takes floats, or nested lists, tuples, dicts and arrays of floats, and returns one number; the
    gradient has the structure of x. It can be taken again: `grad(grad(f))` is f″. The entries are
    floats, or Values where Values were given or used inside f, so that those can be differentiated
    in turn. A result that is not one number is a TypeError.

    >>> grad(lambda x: x**3)(2.0), grad(grad(lambda x: x**3))(2.0)
    (12.0, 12.0)
    >>> grad(lambda p: p[0] * p[1])([3.0, 4.0])
    [4.0, 3.0]
    """
    both = value_and_grad(_checked("grad", f, argnum), argnum)

    @wraps(f, assigned=("__module__",))
    def gradient(*args: Any, **options: Any) -> Any:
        return both(*args, **options)[1]

    gradient.__doc__ = f"The gradient of {getattr(f, '__name__', 'f')} by its argument {argnum}."
    return gradient


def value_and_grad(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """(f, ∂f/∂x), x the argument number `argnum` of f: `grad` with the value beside it.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """

    _checked("value_and_grad", f, argnum)

    def both(*args: Any, **options: Any) -> tuple[Any, Any]:
        trace = _Trace(f, args, argnum, options)
        found = trace.slopes(trace.point)
        slopes = [trace.plain(found.get(x, 0.0)) for x in trace.inputs]
        return trace.plain(trace.output), _rebuilt(args[argnum], iter(slopes))

    return both


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """(f(*primals), its derivative along `tangents`), in forward mode.

    `tangents` has the structure of `primals`: one entry per argument, numbers for numbers.
    A function of many results has a tangent for each.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.5))
    (6.0, 4.0)
    """
    _checked("jvp", f, 0)
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError("jvp(f, primals, tangents): expected tuples with one entry per argument of f")
    trace = _Trace(lambda *args: f(*args), (tuple(primals),), 0, {}, spread=True)
    directions = list(_numbers(tuple(tangents)))
    if len(directions) != len(trace.inputs) or not _same(tuple(primals), tuple(tangents)):
        raise ValueError(f"jvp: tangents of another structure than the primals: {tangents!r} for {primals!r}")
    return trace.forward(directions)


def hessian(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """∂²f/∂x², x the argument number `argnum` of f: a float for a float, rows for a list, an array for an array.

    >>> hessian(lambda p: p[0] ** 2 * p[1])([3.0, 4.0])
    [[8.0, 6.0], [6.0, 0.0]]
    """

    _checked("hessian", f, argnum)

    def second(*args: Any, **options: Any) -> Any:
        trace = _Trace(f, args, argnum, options)
        with recording(True):
            first = trace.slopes(itself)
        rows = []
        for x in trace.inputs:
            slope = first.get(x, 0.0)
            curved = isinstance(slope, (Value, Symbol))
            found = cotangents(slope, trace.inputs, point=trace.point) if curved else {}
            slopes = [trace.plain(found.get(other, 0.0)) for other in trace.inputs]
            rows.append(_rebuilt(args[argnum], iter(slopes)))
        return _rebuilt(args[argnum], iter(rows))

    return second


def _checked(name: str, f: Any, argnum: Any) -> Any:
    """f, where it is a function and `argnum` a whole number; else a TypeError that says what was meant."""
    if not callable(f):
        value = isinstance(f, Value)
        called = "jvp(f, (x,), (1.0,))" if name == "jvp" else f"{name}(f)(x)"
        meant = "of a Value y that was computed, call y.backward() and read x.grad" if value else f"write {called}"
        raise TypeError(f"{name}: expected a function, got {type(f).__name__}: {reprlib.repr(f)}; {meant}")
    if not hasattr(argnum, "__index__"):
        raise TypeError(
            f"{name}: expected argnum as the number of an argument, counted from 0, got {type(argnum).__name__}: "
            f"{reprlib.repr(argnum)}; {name}(f) is a function of the numbers to differentiate by. Of Values that f "
            "reaches by itself, call f(...).backward() and read their grad"
        )
    return f


class _Input(Value):
    """A leaf made of a float given to a transformed function: once that has run, nothing is differentiated by it."""

    __slots__ = ("live",)

    def __init__(self, data: float) -> None:
        super().__init__(data)
        self.live = True


def _fresh(x: Any) -> Any:
    """A node that stands for the input x and nothing else."""
    if is_tracing():
        return Symbol.apply(ops.identity, (x,))
    return ops.identity(x) if isinstance(x, Value) else _Input(x)


class _Trace:
    """One evaluation of a function at fresh nodes, and what its results are to be handed out as."""

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], argnum: int, options: dict[str, Any], spread: bool = False
    ) -> None:
        if not 0 <= argnum < len(args):
            raise TypeError(f"there is no argument {argnum} to differentiate by: {len(args)} were given")
        given = list(_numbers(args[argnum]))
        nested = any(isinstance(x, Value) for x in given)
        with recording(True):
            # A node of its own for every input: what reaches x by another way (a closure) is no part of f.
            self.inputs = [_fresh(x) for x in given]
            argument = _rebuilt(args[argnum], iter(self.inputs))
            arguments = argument if spread else [*args[:argnum], argument, *args[argnum + 1 :]]
            self.output = f(*arguments, **options)
        self._results = [y for y in _numbers(self.output) if isinstance(y, (Value, Symbol))]
        self._order = topological_order(*self._results)
        for x in self.inputs:
            if isinstance(x, _Input):
                x.live = False
        foreign = nested or any(node.op is None and getattr(node, "live", True) for node in self._order)
        traced = any(isinstance(node, Symbol) for node in self._order)
        self.floats = not traced and not (foreign and is_recording())
        self.point: Point = as_evaluated if self.floats else itself

    def slopes(self, point: Point) -> dict[Any, Any]:
        """The cotangents of the result, which must be one number; of a constant, none."""
        if isinstance(self.output, (Value, Symbol)):
            return cotangents(self.output, self.inputs, point=point)
        try:
            real(self.output)
        except TypeError:
            raise TypeError(
                f"expected a function that returns one number, got {type(self.output).__name__}; "
                "add its results up, or differentiate them one by one"
            ) from None
        return {}

    def plain(self, x: Any) -> Any:
        """A result as it is handed out: a float where only floats went in."""
        if not self.floats:
            return x
        return x.data if isinstance(x, Value) else x

    def forward(self, directions: list[Any]) -> tuple[Any, Any]:
        """The results and their tangents along the directions of the inputs."""
        floats = self.floats and not any(isinstance(t, (Value, Symbol)) for t in directions)
        with recording(True):
            seeds = dict(zip(self.inputs, directions, strict=True))
            found = tangents(self._order, seeds, point=as_evaluated if floats else itself)
        slopes = [found.get(y, 0.0) if isinstance(y, (Value, Symbol)) else 0.0 for y in _numbers(self.output)]
        values = [y.data if floats and isinstance(y, Value) else y for y in _numbers(self.output)]
        return _rebuilt(self.output, iter(values)), _rebuilt(self.output, iter(slopes))


def _numbers(structure: Any, depth: int = 0) -> Iterator[Any]:
    """The numbers in nested lists, tuples, dicts and arrays, in order; floats and Values."""
    if isinstance(structure, (list, tuple, dict)):
        check_depth(depth)
        for item in structure.values() if isinstance(structure, dict) else structure:
            yield from _numbers(item, depth + 1)
    elif is_array(structure):
        yield from _numbers(structure.ravel().tolist(), depth)
    else:
        yield structure if isinstance(structure, (Value, Symbol)) else real(structure)


def _rebuilt(structure: Any, items: Iterator[Any]) -> Any:
    """The same nest of lists, tuples and dicts with other items in it."""
    if isinstance(structure, (list, tuple)):
        parts = [_rebuilt(item, items) for item in structure]
        return type(structure)(*parts) if hasattr(structure, "_fields") else type(structure)(parts)
    if isinstance(structure, dict):
        return {key: _rebuilt(item, items) for key, item in structure.items()}
    if is_array(structure):
        return _array([next(items) for _ in range(structure.size)], structure.shape)
    return next(items)


def _array(items: list[Any], shape: tuple[int, ...]) -> Any:
    """An array of NumPy of these items, of floats where they all are; of nests of one structure, a nest of arrays."""
    import numpy

    first: Any = items[0] if items else None
    if isinstance(first, dict):
        return {key: _array([item[key] for item in items], shape) for key in first}
    if isinstance(first, (list, tuple)):
        parts = [_array(list(column), shape) for column in zip(*items, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else type(first)(parts)
    if hasattr(first, "shape"):
        return numpy.stack(items).reshape(*shape, *first.shape)
    made = numpy.empty(len(items), dtype=float if all(type(item) is float for item in items) else object)
    made[:] = items
    return made.reshape(shape)


def _same(a: Any, b: Any) -> bool:
    """Whether two nests have one structure."""
    if isinstance(a, (list, tuple)):
        return isinstance(b, (list, tuple)) and len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(map(_same, a.values(), b.values()))
    if is_array(a) or is_array(b):
        return getattr(a, "shape", ()) == getattr(b, "shape", ())
    return not isinstance(b, (list, tuple, dict))
