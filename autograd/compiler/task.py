"""What is to be trained: a loss, an update and a penalty, read with Symbols and held against their numbers."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import filterfalse
from numbers import Real
from typing import Any, NamedTuple, Protocol

from autograd.compiler import ieee
from autograd.compiler.costs import pays
from autograd.compiler.data_block import Data
from autograd.compiler.descent import Recipe
from autograd.compiler.layers import layers_in
from autograd.compiler.loops import suits
from autograd.compiler.numpy_training import pays as numpy_pays
from autograd.compiler.program import Program, program
from autograd.compiler.reach import Reach
from autograd.compiler.structure import Structure, flattened, float_array
from autograd.compiler.tracing import Given, ImpureError, Trained, refuse, sound, symbols, unmoved
from autograd.compiler.unknown import unknown
from autograd.compiler.watch import Watch
from autograd.graph import cotangents
from autograd.ops import identity
from autograd.primitive import real
from autograd.recording import recording
from autograd.symbol import Symbol, capturing
from autograd.value import Value

Memory = tuple[Any, ...]

NEAR = 1e-9
"""How far, relative to 1 or its size, a compiled number may be from that of the graph."""

CLASSES, FEW = 8, 3
"""How many rows are tried where the last number of a row is a class, and how many where it is not."""


STEPS = ((1, 0.75, -0.5), (1, -1.5, 0.25), (2, 0.5, 0.125), (3, -0.25, -2.0), (10, 0.0, 0.0), (100, 3.0, 1.5))
"""Where an update is tried: step, parameter and gradient."""


class Update(Protocol):
    """The next value and memory of a parameter p with the gradient g; lr is the learning rate, t the step (from 1)."""

    def __call__(self, p: Any, g: Any, memory: Memory, lr: Any, t: Any) -> tuple[Any, Memory]:
        """Written in operators and operations."""


def descend(p: Any, g: Any, memory: Memory, lr: Any, t: Any) -> tuple[Any, Memory]:
    """p - lr·g."""
    return p - lr * g, memory


class Task(NamedTuple):
    """What is trained.

    loss     of one row
    update   of one parameter
    penalty  what is added to the loss of a batch, None for nothing
    roots    by name, what these three reach; themselves if left out
    apart    by the identity of an object, its attributes that may change
    trusted  which of "the loss", "the update", "the penalty" are known to be the same at every call
    auto     whether code that prints is refused, since it would do so at every step
    samples  gives a few rows as the graph gets them, whole numbers not made floats; rows of the data if left out
    """

    loss: Callable[..., Any]
    update: Update
    penalty: Callable[[], Any] | None
    roots: Sequence[tuple[str, Any]] = ()
    apart: Mapping[int, Collection[str]] = {}
    trusted: frozenset[str] = frozenset()
    auto: bool = False
    samples: Callable[[], Iterable[Sequence[Any]]] | None = None

    def reach(self) -> Reach:
        """All that is reached; ImpureError where that cannot be known."""
        own = ("the loss", self.loss), ("the update", self.update), ("the penalty", self.penalty)
        found = Reach(self.roots or own, self.apart)
        for name, fault in found.faults:
            raise ImpureError(f"{name} {fault}")
        if self.auto and found.prints:
            raise ImpureError(f"{found.prints} prints, which compiled code would not")
        return found


class Later(Given):
    """The number of a step after the first: what only the first could answer is known."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return False if _whole(other) and other < 2 else Given.__eq__(self, other)  # type: ignore[operator]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        return False if _whole(other) and other <= 2 else bool(self)

    def __le__(self, other: Any) -> bool:
        return False if _whole(other) and other < 2 else bool(self)

    def __gt__(self, other: Any) -> bool:
        return not self <= other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    __hash__ = Given.__hash__


def _whole(x: object) -> bool:
    return type(x) in (int, float)


class _Formulas(NamedTuple):
    """What a task is for Symbols."""

    term: Any
    extra: Any
    later: Program
    first: Program
    penalised: bool


def traced(
    task: Task, parameters: Sequence[Value], rows: Data, n_memories: int, batch: int | None = None,
    backends: Sequence[str] = (),
) -> tuple[Recipe, Watch]:  # fmt: skip
    """The programs of a task, and what must stay as it is for them.

    With `batch`, the rows to a step, layers are found that one of these backends does better as such.

    A second trace must find the same; where the code could tell a number from an unknown, programs and
    functions must agree at some points, too. TypeError where the functions cannot be traced.
    """
    reach = task.reach()
    capture = Trained(parameters)
    known = set(filterfalse(capture.parameters.__contains__, reach.values))
    reach.hold(known)
    nests, columns = [], []
    for structure, letter in zip(rows.structures, "xyuvw" * len(rows.structures), strict=False):
        nest, made = symbols(structure, letter)
        nests.append(nest)
        columns += made

    def worth(n_weights: int) -> bool:
        return batch is not None and any(in_layers(backend, n_weights, batch) for backend in backends)

    with unmoved(reach), recording(True):
        with capturing(capture), unknown(parameters):
            found = _formulas(task, capture, nests, n_memories, again=False)
            if task.trusted != ALL:
                _same(task, found, _formulas(task, capture, nests, n_memories, again=True))
            for column in columns:  # nobody looks anything up by them from here on
                column.__class__ = Symbol
            recipe = _recipe(found, capture, parameters, columns, worth)
        for part in (*recipe.parts, recipe.penalty, recipe.update, found.first):
            sound(part)
        if reach.asks:
            _try(task, recipe, parameters, rows, found.first)
    reach.hold(value for value in capture.fixed if value not in known)
    return recipe, reach.watch


def in_layers(backend: str, n_parameters: int, batch: int) -> bool:
    """Whether layers are better done in loops or by NumPy than written out."""
    return (pays if backend == "llvm" else numpy_pays)(n_parameters, batch)


def _recipe(
    found: _Formulas, capture: Trained, own: Sequence[Value], columns: Sequence[Symbol],
    worth: Callable[[int], bool],
) -> Recipe:  # fmt: skip
    """The programs of the formulas of parameters and columns, the loss as layers if it has weights enough for them."""
    inputs, weight = [*own, *columns], Symbol("weight")
    added = cotangents(found.extra, own) if isinstance(found.extra, Symbol) else {}
    penalty = program([found.extra, *(added.get(p, 0.0) for p in own)], own) if found.penalised else None
    layers = None
    if worth(len(own) + len(capture.fixed)) and suits(penalty, (found.later, found.first)):
        layers = layers_in(program([found.term], inputs), len(own))
        layers = layers if layers is not None and worth(layers.n_weights) else None

    def differentiated() -> Program:
        with capturing(capture), unknown(own), recording(True):
            slopes = cotangents(found.term, own, seed=weight) if isinstance(found.term, Symbol) else {}
            for p in own:
                if p not in slopes and p not in added:
                    raise ValueError(f"the loss does not depend on the parameter {p.label or p!r}: leave it out")
            term = program([*(slopes.get(p, 0.0) for p in own), found.term * weight], [*inputs, weight])
            return term._replace(outputs=(term.outputs[-1], *term.outputs[:-1]))

    first = None if found.first == found.later else found.first
    at_once = None if layers else differentiated()
    return Recipe(len(own), len(columns), layers, penalty, found.later, first, at_once, differentiated)


ALL = frozenset(("the loss", "the update", "the penalty"))


def _formulas(task: Task, capture: Trained, nests: Sequence[Any], n_memories: int, again: bool) -> _Formulas:
    """What the functions of a task do with Symbols; `again`, only those that are not trusted."""

    def read(name: str, function: Callable[[], Any]) -> Any:
        if again and name in task.trusted:
            return None
        try:
            result = function()
            refuse(capture)
        except (TypeError, AttributeError) as error:
            error.args = (f"{name}: {capture.asked[0] if capture.asked else error}",)
            raise
        return result

    term = read("the loss", lambda: _one_symbol(task.loss(*nests), "the loss"))
    extra: Any = 0.0
    if task.penalty is not None:
        added = task.penalty
        extra = read("the penalty", lambda: _one_symbol(added(), "the penalty"))
    later, first = (read("the update", partial(_update, task.update, n_memories, t)) for t in (Later("t"), 1))
    return _Formulas(term, extra, later, first, task.penalty is not None)


def _same(task: Task, one: _Formulas, other: _Formulas) -> None:
    """ImpureError where two traces are not the same."""
    pairs = {
        "the loss": _alike(one.term, other.term),
        "the penalty": _alike(one.extra, other.extra),
        "the update": one.later == other.later and one.first == other.first,
    }
    for name, same in pairs.items():
        if name not in task.trusted and not same:
            raise ImpureError(
                f"{name} is another function at every call: it draws random numbers, has a state, or looks at numbers"
            )


def _alike(a: Any, b: Any) -> bool:
    """Whether two expressions are the same operations on the same unknowns and numbers."""
    if not (isinstance(a, Symbol) and isinstance(b, Symbol)):
        return type(a) is type(b) is float and a.hex() == b.hex()
    pairs: dict[Any, Any] = {}
    stack = [(a, b)]
    while stack:
        x, y = stack.pop()
        if x in pairs:
            if pairs[x] is not y:
                return False
            continue
        pairs[x] = y
        if x.op is not y.op or len(x.args) != len(y.args) or (x.op is None and x is not y):
            return False
        for one, other in zip(x.args, y.args, strict=True):
            if type(one) is float or type(other) is float:
                if type(one) is not type(other) or one.hex() != other.hex():
                    return False
            elif one is not other:
                stack.append((one, other))
    return True


def _one_symbol(x: Any, what: str) -> Any:
    found = Symbol.apply(identity, (x,)) if isinstance(x, Value) else real(x) if isinstance(x, Real) else x
    if not isinstance(found, (Symbol, float)):
        raise TypeError(f"expected {what} as one number, got {type(x).__name__}")
    return found


def _update(update: Update, n_memories: int, t: Any) -> Program:
    p, g, lr, time, *memory = (Given(name) for name in ("p", "g", "lr", "t", *(f"m{j}" for j in range(n_memories))))
    found = update(p, g, tuple(memory), lr, t)
    if not (isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], (tuple, list))):
        raise TypeError(f"update: expected (p, memory), memory a tuple, got {found!r}")
    result, remembered = found
    if len(remembered) != n_memories:
        raise ValueError(f"update: expected a memory of {n_memories} numbers, as at the start, got {len(remembered)}")
    outputs = [real(x) if isinstance(x, Real) else x for x in (result, *remembered)]
    return program(outputs, [p, g, lr, t if isinstance(t, Symbol) else time, *memory])


# ---------------------------------------------------------------- the same at numbers


def _try(task: Task, recipe: Recipe, parameters: Sequence[Value], rows: Data, first: Program) -> None:
    """ImpureError where a function gives other numbers than its program: it looks at the kind of its arguments."""
    if "the loss" not in task.trusted:
        for nests in _telling(rows) if task.samples is None else task.samples():
            own = [number for nest in nests for number in flattened(nest)[1]]
            inputs = [*(p.data for p in parameters), *own, 1.0]
            _hold("the loss", recipe.term, inputs, parameters, partial(task.loss, *nests))
    if recipe.penalty is not None and task.penalty is not None and "the penalty" not in task.trusted:
        _hold("the penalty", recipe.penalty, [p.data for p in parameters], parameters, task.penalty)
    if "the update" in task.trusted:
        return
    for t, p, g in STEPS:
        memory = [0.25 * (k + 1) for k in range(recipe.n_memories)]
        chosen = first if t == 1 else recipe.update

        def plain(t: int = t, p: float = p, g: float = g, memory: list[float] = memory) -> list[Any]:
            result, remembered = task.update(p, g, tuple(memory), 0.0625, t)
            return [result, *remembered]

        _agree("the update", chosen, [p, g, 0.0625, float(t), *memory], plain)


def _telling(rows: Data) -> list[list[Any]]:
    """A few rows: one for every class, where the last number of a row is one."""
    seen: dict[float, int] = {}
    for k in range(min(rows.n, 64)):
        seen.setdefault(rows.numbers.view[(k + 1) * rows.width - 1], k)
    places = list(seen.values())
    starts = [k * rows.width for k in (places if len(places) <= CLASSES else places[:FEW])]
    return [_nests(rows.structures, rows.numbers.view[start : start + rows.width].tolist()) for start in starts]


def _nests(structures: Iterable[Structure], numbers: Sequence[float]) -> list[Any]:
    items = iter(numbers)
    return [structure.rebuilt(items, float_array) for structure in structures]


def _hold(name: str, code: Program, inputs: Sequence[float], parameters: Sequence[Value], f: Callable[[], Any]) -> None:
    """Number and slopes of a graph beside those of its program."""

    def plain() -> list[Any]:
        y = f()
        if not isinstance(y, Value):
            return [y, *[0.0] * len(parameters)]
        before = [p.grad for p in parameters]
        try:
            for p in parameters:
                p.zero_grad()
            y.backward()
            return [y.data, *(p.grad for p in parameters)]
        finally:
            for p, slope in zip(parameters, before, strict=True):
                p.grad = slope

    _agree(name, code, inputs, plain)


def _agree(name: str, code: Program, inputs: Sequence[float], plain: Callable[[], list[Any]]) -> None:
    try:
        expected = plain()
    except ArithmeticError:
        return
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    try:
        found = code.run(inputs, lambda op, xs: op.function(*xs))
    except (ValueError, ArithmeticError):
        found = code.run(inputs, ieee.evaluate)
    for a, b in zip(found, expected, strict=True):
        if not isinstance(b, (int, float)) or not (math.isfinite(a) and math.isfinite(b)):
            continue
        if abs(a - b) > NEAR * max(1.0, abs(b)):
            raise ImpureError(
                f"{name} gives {b!r} where its formula gives {a!r}: it does something else with plain numbers or "
                "Values than with unknowns (by isinstance, type, try)"
            )
