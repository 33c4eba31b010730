"""`Training`: epochs of descent inside compiled code."""

import ctypes
import math
import time
from array import array
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol

from autograd.compiler.data import Data, data, ordered
from autograd.compiler.descent import Descent, Recipe
from autograd.compiler.lock import Lock
from autograd.compiler.memory import Doubles
from autograd.compiler.native import MISSING, available, host, module
from autograd.compiler.program import Program, at_one, cancelled, program
from autograd.compiler.pythonic_training import PythonDescent
from autograd.compiler.single import SingleDescent
from autograd.compiler.tiers import Tiered
from autograd.compiler.tracing import Capture, symbols
from autograd.compiler.vectors import FUNCTIONS
from autograd.graph import cotangents
from autograd.primitive import real
from autograd.symbol import Symbol, capturing
from autograd.value import Value

Memory = tuple[Any, ...]

SECONDS_A_CALL = 0.05
"""How long native code runs at a stretch, so that Ctrl-C and progress need not wait."""


class Update(Protocol):
    """The next value and memory of a parameter p with the gradient g; lr is the learning rate, t the step (from 1)."""

    def __call__(self, p: Any, g: Any, memory: Memory, lr: Any, t: Any) -> tuple[Any, Memory]:
        """Written in operators and operations."""


class Training:
    """Gradient descent on a loss of one row of data, averaged over batches, in compiled code.

    The arguments are those of `autograd.training`. Losses and parameters agree with those of the
    graph built step by step to rounding: sums over rows are taken in another order.
    """

    def __init__(
        self,
        loss: Callable[..., Any],
        parameters: Sequence[Value],
        *columns: Any,
        update: Update | None = None,
        memory: Sequence[float] = (),
        penalty: Callable[[], Any] | None = None,
        batch_size: int | None = None,
        backend: str = "auto",
    ) -> None:
        if backend not in ("auto", "llvm", "python"):
            raise ValueError(f"backend: expected 'auto', 'llvm' or 'python', got {backend!r}")
        if backend == "llvm" and not available():
            raise ImportError(MISSING)
        self.backend = ("llvm" if available() else "python") if backend == "auto" else backend
        self._free = backend == "auto"
        self.parameters = _leaves(parameters)
        self.data = data(columns)
        self.batch_size = _size(batch_size, self.data.n)
        recipe = traced(loss, self.parameters, self.data, update or descend, len(memory), penalty)
        if self.batch_size == 1:
            recipe = recipe._replace(term=at_one(recipe.term, recipe.term.n_inputs - 1))
        self.recipe = recipe._replace(term=cancelled(recipe.term))
        self.steps = 0
        self._ahead = 1
        self._start = tuple(memory)

    @cached_property
    def _engine(self) -> Any:
        """What does the work, made when it is first needed."""
        parts = self.recipe, self.data, self.batch_size
        try:
            engine: Any = (_Native if self.backend == "llvm" else _Python)(*parts)
        except NotImplementedError:  # an operation that says nothing about native code
            if not self._free:
                raise
            self.backend, engine = "python", _Python(*parts)
        engine.put([p.data for p in self.parameters], [[x] * len(self.parameters) for x in self._start])
        return engine

    def push(self, memories: Sequence[Memory], steps: int) -> None:
        """Go on from the parameters' data as it is now, these memories, and so many steps."""
        columns = [list(map(real, column)) for column in zip(*memories, strict=True)]
        self._engine.put([p.data for p in self.parameters], columns)
        self.steps = steps

    def pull(self) -> None:
        """Give the parameters the numbers they have reached."""
        for p, number in zip(self.parameters, self._engine.numbers(), strict=True):
            p.data = number

    def memories(self) -> list[Memory]:
        """What is remembered of every parameter."""
        columns = self._engine.memories()
        return list(zip(*columns, strict=True)) if columns else [()] * len(self.parameters)

    def run(self, rates: Sequence[float], orders: Sequence[Sequence[int]] | None = None) -> "array[float]":
        """One epoch for every learning rate; returns the losses of those that were done, an array.

        `orders` lists, for every epoch, the rows in the order in which they are taken. Fewer losses
        than rates come back where the loss or a parameter ceased to be finite in the next epoch:
        everything is as it was before that. An interrupt leaves everything as before the call.
        """
        if isinstance(rates, (int, float)):
            raise TypeError(f"run: expected a learning rate for every epoch, such as [{rates}] * 10, got {rates}")
        rates = array("d", rates)
        if orders is not None and len(orders) != len(rates):
            raise ValueError(f"expected an order for every one of {len(rates)} learning rates, got {len(orders)}")
        order = ordered(orders, self.data.n) if orders is not None else None
        if not rates:
            return array("d")
        before, losses = self._engine.copy(), array("d")
        try:
            while len(losses) < len(rates):
                done, ahead = len(losses), self._ahead
                own = order and order[done * self.data.n : (done + ahead) * self.data.n]
                found = self._stretch(rates[done : done + ahead], own, self.steps + done * self._steps_an_epoch)
                losses.extend(found)
                if len(found) < min(ahead, len(rates) - done):
                    break
        except BaseException:  # an interrupt too
            self._engine.restore(before)
            raise
        self.steps += len(losses) * self._steps_an_epoch
        return losses

    @property
    def _steps_an_epoch(self) -> int:
        return -(-self.data.n // self.batch_size)

    def _stretch(self, rates: "array[float]", order: "array[int] | None", steps: int) -> "array[float]":
        """Epochs without a break, and how many make the next stretch; those that end with finite numbers are done."""
        state, begin = self._engine.copy(), time.perf_counter()
        losses: array[float] = self._engine.run(rates, order, steps)
        if len(losses) < len(rates):
            self._engine.restore(state)
            n = len(losses)
            if n:
                self._engine.run(rates[:n], order and order[: n * self.data.n], steps)
        seconds = max(time.perf_counter() - begin, 1e-9)
        self._ahead = max(1, min(20 * self._ahead, int(len(rates) * SECONDS_A_CALL / seconds)))
        return losses

    @property
    def size(self) -> int:
        """How many operands the operations of a row have together: what the work grows with."""
        return sum(len(step.args) for step in self.recipe.term.steps)

    @property
    def llvm_ir(self) -> str:
        """The LLVM code, "" for the Python backend."""
        return str(getattr(self._engine, "text", ""))

    @property
    def source(self) -> str:
        """The Python source, "" for native code."""
        return str(getattr(self._engine, "source", ""))


def _leaves(parameters: Sequence[Value]) -> list[Value]:
    """The parameters; TypeError where one is no Value, ValueError where there is none, or one twice, or no leaf."""
    if isinstance(parameters, Value):
        raise TypeError(f"parameters: expected a list of Values, got one: write [{parameters.label or 'w'}]")
    found = list(parameters)
    for p in found:
        if not isinstance(p, Value):
            raise TypeError(f"parameters: expected Values, got {type(p).__name__}: {p!r}")
        if p.op is not None:
            raise ValueError(f"parameters: expected Values that are not computed from others, got {p!r}")
    if not found or len(set(found)) < len(found):
        n, m = len(found), len(set(found))
        raise ValueError(f"parameters: expected at least one, each once; got {n}, {m} of them different")
    return found


def _size(given: int | None, n: int) -> int:
    """How many of n rows there are to a step; ValueError for what is no whole number from 1 on, or None."""
    if given is not None and (not hasattr(given, "__index__") or isinstance(given, bool) or given < 1):
        raise ValueError(f"batch_size: expected a whole number from 1 on or None, got {given!r}")
    return n if given is None else min(int(given), n)


def descend(p: Any, g: Any, memory: Memory, lr: Any, t: Any) -> tuple[Any, Memory]:
    """p - lr·g."""
    return p - lr * g, memory


def traced(
    loss: Callable[..., Any],
    parameters: Sequence[Value],
    rows: Data,
    update: Update,
    n_memories: int,
    penalty: Callable[[], Any] | None,
) -> Recipe:
    """What is trained and how, read with Symbols."""
    capture = Capture(unknown=set(parameters))
    nests, columns = [], []
    for structure, letter in zip(rows.structures, "xyuvw" * len(rows.structures), strict=False):
        nest, made = symbols(structure, letter)
        nests.append(nest)
        columns += made
    weight = Symbol("weight")
    with capturing(capture):
        own = [capture(p) for p in parameters]
        term, again = (_one_symbol(loss(*nests), capture, "the loss") for _ in range(2))
        if program([term], [*own, *columns]) != program([again], [*own, *columns]):
            raise TypeError("the loss is another function at every call (it draws random numbers, or has a state)")
        extra = 0.0 if penalty is None else _one_symbol(penalty(), capture, "the penalty")
        slopes = cotangents(term, own, seed=weight) if isinstance(term, Symbol) else {}
        more = cotangents(extra, own) if isinstance(extra, Symbol) else {}
        for p, symbol in zip(parameters, own, strict=True):
            if symbol not in slopes and symbol not in more:
                raise ValueError(f"the loss does not depend on the parameter {p.label or p!r}: leave it out")
        found = program([*(slopes.get(p, 0.0) for p in own), term * weight], [*own, *columns, weight])
        added = program([extra, *(more.get(p, 0.0) for p in own)], own) if penalty is not None else None
    later, first = (_update(update, n_memories, t) for t in (Symbol("t"), 1))
    term_program = found._replace(outputs=(found.outputs[-1], *found.outputs[:-1]))
    return Recipe(term_program, added, later, None if str(first) == str(later) else first)


def _one_symbol(x: Any, capture: Capture, what: str) -> Any:
    found = capture(x) if isinstance(x, Value) else x
    if not isinstance(found, (Symbol, float)):
        raise TypeError(f"expected {what} as one number, got {type(x).__name__}")
    return found


def _update(update: Update, n_memories: int, t: Any) -> Program:
    p, g, lr, time, *memory = (Symbol(name) for name in ("p", "g", "lr", "t", *(f"m{j}" for j in range(n_memories))))
    found = update(p, g, tuple(memory), lr, time if isinstance(t, Symbol) else t)
    if not (isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], (tuple, list))):
        raise TypeError(f"update: expected (p, memory), memory a tuple, got {found!r}")
    result, remembered = found
    if len(remembered) != n_memories:
        raise ValueError(f"update: expected a memory of {n_memories} numbers, as at the start, got {len(remembered)}")
    return program([result, *remembered], [p, g, lr, time, *memory])


class _Python:
    """The training in generated Python source."""

    def __init__(self, recipe: Recipe, rows: Data, batch: int) -> None:
        descent = PythonDescent(recipe, batch == 1)
        self.source, self._epoch = descent.source, descent.epoch
        view, width = rows.numbers.view, rows.width
        self._rows = [tuple(view[start : start + width]) for start in range(0, rows.n * width, width)]
        self._batch = batch
        self._parameters: list[float] = []
        self._memories: list[list[float]] = []

    def put(self, numbers: list[float], columns: list[list[float]]) -> None:
        self._parameters, self._memories = numbers, columns

    def numbers(self) -> list[float]:
        return list(self._parameters)

    def memories(self) -> list[list[float]]:
        return self._memories

    def copy(self) -> Any:
        return self._parameters, self._memories

    def restore(self, state: Any) -> None:
        self._parameters, self._memories = state

    def run(self, rates: "array[float]", order: "array[int] | None", steps: int) -> "array[float]":
        losses = array("d")
        n = len(self._rows)
        for e, rate in enumerate(rates):
            rows = self._rows if order is None else [self._rows[i] for i in order[e * n : (e + 1) * n]]
            try:
                found = self._epoch(self._parameters, self._memories, rows, self._batch, rate, steps)
            except (ValueError, ArithmeticError):
                return losses
            loss, parameters, memories = found
            if not (math.isfinite(loss) and all(map(math.isfinite, parameters))):
                return losses
            self._parameters, self._memories = parameters, memories
            losses.append(loss)
            steps += -(-n // self._batch)
        return losses


class _Native:
    """The training in native code."""

    def __init__(self, recipe: Recipe, rows: Data, batch: int) -> None:
        lanes = host().lanes
        self._rows, self._batch = rows, batch
        self._n, self._remembered = recipe.n_parameters, recipe.n_memories
        descent: Any
        if batch == 1 and SingleDescent.suits(recipe):
            descent = SingleDescent(recipe, min(lanes, 4), FUNCTIONS)
        else:
            while lanes > 1 and lanes // 2 >= batch:
                lanes //= 2
            descent = Descent(recipe, lanes, FUNCTIONS)
        functions, declared = descent.text()
        self.text = module(functions, declared)
        self._tier = _compiled(self.text)
        self._padded = descent.padded
        self._state = Doubles(self._padded * (1 + self._remembered))
        self._work = Doubles(descent.work_size(rows.n))
        self._identity = array("q", range(rows.n))

    def put(self, numbers: list[float], columns: list[list[float]]) -> None:
        for k, column in enumerate([numbers, *columns]):
            self._state.put(column, k * self._padded)

    def numbers(self) -> list[float]:
        found: list[float] = self._state.view[: self._n].tolist()
        return found

    def memories(self) -> list[list[float]]:
        starts = (self._padded * (1 + j) for j in range(self._remembered))
        return [self._state.view[start : start + self._n].tolist() for start in starts]

    def copy(self) -> Any:
        return array("d", self._state.view)

    def restore(self, state: Any) -> None:
        self._state.put(state)

    def run(self, rates: "array[float]", order: "array[int] | None", steps: int) -> "array[float]":
        losses = Doubles(len(rates))
        own = self._identity if order is None else order
        done = self._tier.timed(
            self._state.address,
            self._state.address + 8 * self._padded,
            self._rows.numbers.address,
            own.buffer_info()[0],
            0 if order is None else self._rows.n,
            self._rows.n,
            self._batch,
            len(rates),
            rates.buffer_info()[0],
            steps,
            losses.address,
            self._work.address,
        )
        return array("d", bytes(losses.view[:done]))


_LIBRARIES: dict[str, Tiered] = {}
_LOCK = Lock()


def _compiled(text: str) -> Tiered:
    """The function `train` of a module; the same text is compiled once."""
    with _LOCK:
        if text not in _LIBRARIES:
            pointer, whole = ctypes.c_void_p, ctypes.c_int64
            types = [pointer] * 4 + [whole] * 4 + [pointer, whole, pointer, pointer]
            _LIBRARIES[text] = Tiered(text, "train", *types, result=whole)
        return _LIBRARIES[text]
