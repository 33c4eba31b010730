"""Derivatives of functions: `grad`, `value_and_grad`, `jacobian`, `hessian`, `jvp`, `vjp`, nested to any order."""

import reprlib
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from autograd import ops
from autograd.graph import Point, as_evaluated, cotangents, itself, tangents, topological_order
from autograd.nests import filled, has_model, numbers, rebuilt, same, within
from autograd.primitive import real
from autograd.recording import is_recording, recording
from autograd.symbol import Symbol, is_tracing
from autograd.value import Value

Argument = int | str
"""An argument of a function by its number, counted from 0, or by its name."""


def grad(f: Callable[..., Any], argnum: Argument | Sequence[Argument] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """∂f/∂x, x the argument `argnum` of f, by number or by name: a function with f's arguments.

    f takes floats, or nested lists, tuples, dicts, dataclasses and arrays of floats, and returns one
    number; the gradient has the structure of x. It can be taken again: `grad(grad(f))` is f″. The
    entries are floats, or Values where Values were given or used inside f, so that those can be
    differentiated in turn. A result that is not one number is a TypeError.

    Of several arguments, `argnum=(0, 1)` or `argnum=("w", "b")`, it is a tuple of gradients. A model
    is an argument too: f is then called with a copy of it, and the gradient is a dict of floats by
    the names of its parameters. With `has_aux`, f returns a pair (number, anything else), and what is else is
    handed out beside the gradient.

    >>> grad(lambda x: x**3)(2.0), grad(grad(lambda x: x**3))(2.0)
    (12.0, 12.0)
    >>> grad(lambda p: p[0] * p[1])([3.0, 4.0])
    [4.0, 3.0]
    >>> grad(lambda w, b: (w * 2 + b, "as it is"), argnum=("w", "b"), has_aux=True)(3.0, b=1.0)
    ((2.0, 1.0), 'as it is')
    """
    both = value_and_grad(_checked("grad", f, argnum), argnum, has_aux)

    @wraps(f, assigned=("__module__",))
    def gradient(*args: Any, **options: Any) -> Any:
        value, slopes = both(*args, **options)
        return (slopes, value[1]) if has_aux else slopes

    gradient.__doc__ = f"The gradient of {getattr(f, '__name__', 'f')} by its argument {argnum}."
    return gradient


def value_and_grad(
    f: Callable[..., Any], argnum: Argument | Sequence[Argument] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """(f, ∂f/∂x), x the argument `argnum` of f: `grad` with the value beside it, ((f, aux), ∂f/∂x) with `has_aux`.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """

    _checked("value_and_grad", f, argnum)

    def both(*args: Any, **options: Any) -> tuple[Any, Any]:
        trace = _Trace(f, args, argnum, options, has_aux=has_aux)
        found = trace.slopes(trace.point)
        slopes = trace.like_inputs([found.get(x, 0.0) for x in trace.inputs])
        value = trace.plain(trace.output)
        return (value, trace.plain_aux()) if has_aux else value, slopes

    return both


def jacobian(f: Callable[..., Any], argnum: Argument | Sequence[Argument] = 0) -> Callable[..., Any]:
    """∂f/∂x of an f with many results: the structure of the results, with one of x in each place.

    Rows for lists, an array for arrays, [results, inputs]. One reverse sweep a result.

    >>> jacobian(lambda p: [p[0] * p[1], p[0] ** 2])([3.0, 4.0])
    [[4.0, 3.0], [6.0, 0.0]]
    """

    _checked("jacobian", f, argnum)

    def rows(*args: Any, **options: Any) -> Any:
        trace = _Trace(f, args, argnum, options)
        made = []
        for y in numbers(trace.output):
            found = cotangents(y, trace.inputs, point=trace.point) if isinstance(y, (Value, Symbol)) else {}
            made.append(trace.like_inputs([found.get(x, 0.0) for x in trace.inputs]))
        return rebuilt(trace.output, iter(made))

    return rows


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
    trace = _Trace(f, primals, tuple(range(len(primals))), {})
    directions = list(numbers(tuple(tangents)))
    if len(directions) != len(trace.inputs) or not same(tuple(primals), tuple(tangents)):
        raise ValueError(f"jvp: tangents of another structure than the primals: {tangents!r} for {primals!r}")
    return trace.forward(directions)


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], Any]]:
    """(f(*primals), its pullback): from the cotangents of the results to a tuple of those of the arguments.

    The cotangents have the structure of the results. It is what `backward(seed)` does, for functions.

    >>> y, pullback = vjp(lambda x, w: [x * w, x + w], 2.0, 3.0)
    >>> y, pullback([1.0, 0.0]), pullback([0.0, 10.0])
    ([6.0, 5.0], (3.0, 2.0), (10.0, 10.0))
    """
    _checked("vjp", f, 0)
    trace = _Trace(f, primals, tuple(range(len(primals))), {})
    result = rebuilt(trace.output, map(trace.plain, numbers(trace.output)))

    def pullback(given: Any) -> Any:
        seeds = list(numbers(given))
        if not same(trace.output, given):
            raise ValueError(f"vjp: cotangents of another structure than the results: {given!r} for {result!r}")
        floats = trace.floats and not any(isinstance(g, (Value, Symbol)) for g in seeds)
        with recording(True):  # one number that has these slopes in the results
            along = ops.dot(seeds, list(numbers(trace.output)))
            known = isinstance(along, (Value, Symbol))
            found = cotangents(along, trace.inputs, point=as_evaluated if floats else itself) if known else {}
        return trace.like_inputs([found.get(x, 0.0) for x in trace.inputs])

    return result, pullback


def hessian(f: Callable[..., Any], argnum: Argument | Sequence[Argument] = 0) -> Callable[..., Any]:
    """∂²f/∂x², x the argument `argnum` of f: a float for a float, rows for a list, an array for an array.

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
            rows.append(trace.like_inputs([found.get(other, 0.0) for other in trace.inputs]))
        return rebuilt(trace.given, iter(rows))

    return second


def _checked(name: str, f: Any, argnum: Any) -> Any:
    """f, where it is a function and `argnum` says which of its arguments; else a TypeError that says what was meant."""
    if not callable(f):
        value = isinstance(f, Value)
        called = "jvp(f, (x,), (1.0,))" if name == "jvp" else f"{name}(f)(x)"
        meant = "of a Value y that was computed, call y.backward() and read x.grad" if value else f"write {called}"
        raise TypeError(f"{name}: expected a function, got {type(f).__name__}: {reprlib.repr(f)}; {meant}")
    several = isinstance(argnum, (tuple, list)) and bool(argnum)
    if not all(isinstance(each, str) or hasattr(each, "__index__") for each in (argnum if several else [argnum])):
        raise TypeError(
            f"{name}: expected argnum as the number of an argument, counted from 0, its name, or a tuple of such, got "
            f"{type(argnum).__name__}: {reprlib.repr(argnum)}; {name}(f) is a function of the numbers to differentiate "
            "by. Of Values that f reaches by itself, call f(...).backward() and read their grad"
        )
    return f


def _place(f: Any, wanted: Any, args: Sequence[Any], options: dict[str, Any]) -> Any:
    """Where an argument was given: its number, or its name among the options."""
    if not isinstance(wanted, str):
        if 0 <= wanted < len(args):
            return wanted
    elif wanted in options:
        return wanted
    else:
        from inspect import signature  # slow to import

        names = list(signature(f).parameters)
        if wanted in names[: len(args)]:
            return names.index(wanted)
    by_name = f" and {', '.join(options)}" if options else ""
    raise TypeError(f"there is no argument {wanted} to differentiate by: {len(args)} were given{by_name}")


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
        self, f: Callable[..., Any], args: Sequence[Any], argnum: Any, options: dict[str, Any], has_aux: bool = False
    ) -> None:
        several = isinstance(argnum, (tuple, list))
        places = [_place(f, each, args, options) for each in (argnum if several else [argnum])]
        chosen = tuple([options[place] if isinstance(place, str) else args[place] for place in places])
        self.given = chosen if several else chosen[0]
        given = list(numbers(self.given))
        nested = any(isinstance(x, Value) for x in given)
        with recording(True):
            # A node of its own for every input: what reaches x by another way (a closure) is no part of f.
            self.inputs = [_fresh(x) for x in given]
            fresh = dict(zip(places, filled(chosen, iter(self.inputs)), strict=True))
            arguments = [fresh.get(place, arg) for place, arg in enumerate(args)]
            self.output = f(*arguments, **{name: fresh.get(name, option) for name, option in options.items()})
        self._aux = None
        if has_aux:
            self.output, self._aux = _pair(self.output)
        self._results = [y for y in numbers(self.output) if isinstance(y, (Value, Symbol))]
        self._order = topological_order(*self._results)
        for x in self.inputs:
            if isinstance(x, _Input):
                x.live = False
        outer = not has_model(self.given)  # a model makes Values of its own, which nobody differentiates by
        foreign = nested or any(node.op is None and getattr(node, "live", outer) for node in self._order)
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

    def plain_aux(self) -> Any:
        """What the function returned beside its result, as it is handed out."""
        return within(self._aux, self.plain)

    def like_inputs(self, slopes: list[Any]) -> Any:
        """One number for each input, in the structure of the arguments."""
        return rebuilt(self.given, map(self.plain, slopes))

    def forward(self, directions: list[Any]) -> tuple[Any, Any]:
        """The results and their tangents along the directions of the inputs."""
        floats = self.floats and not any(isinstance(t, (Value, Symbol)) for t in directions)
        with recording(True):
            seeds = dict(zip(self.inputs, directions, strict=True))
            found = tangents(self._order, seeds, point=as_evaluated if floats else itself)
        slopes = [found.get(y, 0.0) if isinstance(y, (Value, Symbol)) else 0.0 for y in numbers(self.output)]
        values = [y.data if floats and isinstance(y, Value) else y for y in numbers(self.output)]
        return rebuilt(self.output, iter(values)), rebuilt(self.output, iter(slopes))


def _pair(output: Any) -> tuple[Any, Any]:
    """What a function with `has_aux` returned; TypeError where that is no pair."""
    if not isinstance(output, tuple) or len(output) != 2:
        got = f"{type(output).__name__}: {reprlib.repr(output)}"
        raise TypeError(f"has_aux: expected a function that returns a pair (number, anything else), got {got}")
    return output
