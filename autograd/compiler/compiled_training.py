"""`Training`: epochs of descent inside compiled code."""

import gc
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any

from autograd.compiler.data_block import Column, data, ordered
from autograd.compiler.descent import Recipe
from autograd.compiler.native import MISSING, available
from autograd.compiler.native_training import NativeTraining
from autograd.compiler.numpy_training import NumPyTraining
from autograd.compiler.program import at_one, cancelled
from autograd.compiler.pythonic_training import PythonTraining
from autograd.compiler.task import Memory, Task, Update, descend, in_layers, traced
from autograd.compiler.watch import Watch
from autograd.primitive import real
from autograd.value import Value

SECONDS_A_CALL = 0.05
"""How long native code runs at a stretch, so that Ctrl-C and progress need not wait."""


class Training:
    """Gradient descent on a loss of one row of data, averaged over batches, in compiled code.

    The arguments are those of `autograd.training`. Losses and parameters agree with those of the
    graph built step by step to rounding: sums over rows are taken in another order. What loss,
    penalty and update reach by themselves is looked at in every `run`, and where it is not what it
    was, they are read anew.
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
        threads: int = 1,
        task: Task | None = None,
    ) -> None:
        if backend not in ("auto", "llvm", "python"):
            raise ValueError(f"backend: expected 'auto', 'llvm' or 'python', got {backend!r}")
        if backend == "llvm" and not available():
            raise ImportError(MISSING)
        self.backend = ("llvm" if available() else "python") if backend == "auto" else backend
        self._free = backend == "auto"
        self.parameters = _leaves(parameters)
        self.data = data(columns)
        self.batch_size = self.data.n if batch_size is None else min(_count("batch_size", batch_size), self.data.n)
        self._threads = _count("threads", threads)
        self._task = task or Task(loss, update or descend, penalty)
        self._start = tuple(memory)
        self._traced, self._watch = self._read()
        self.steps = 0
        self._ahead = 1

    def _read(self) -> tuple[Recipe, Watch]:
        """What is trained and how, and what must stay as it is for that."""
        backends = ("llvm",) if self.backend == "llvm" else ("llvm", "python")  # fit may choose another
        sizes = len(self._start), self.batch_size
        with undisturbed():
            recipe, watch = traced(self._task, self.parameters, self.data, *sizes, backends)
        if self.batch_size == 1:
            recipe = recipe.simplified(lambda term: at_one(term, term.n_inputs - 1))
        return recipe.simplified(cancelled), watch

    @property
    def recipe(self) -> Recipe:
        """What is trained and how: layers only where the backend does them as such."""
        traced = self._traced
        if traced.layers is None or self._in_layers(self.backend):
            return traced
        return traced.written_out

    def _in_layers(self, backend: str) -> bool:
        """Whether a backend does layers as such: NumPy only those that are one after the other."""
        traced = self._traced
        if traced.layers is None or not in_layers(backend, traced.layers.n_weights, self.batch_size):
            return False
        return backend == "llvm" or traced.chain is not None

    def changed(self) -> str:
        """The name of something that loss, penalty and update reach and that is not what it was, "" where all is."""
        return self._watch.changed()

    def renew(self) -> bool:
        """Read loss, penalty and update anew, and go on from here with what they are now; whether they are others."""
        before = self.recipe
        self._traced, self._watch = self._read()
        if self.recipe == before:
            return False
        numbers, memories = self._engine.numbers(), [list(column) for column in zip(*self.memories(), strict=True)]
        del self.__dict__["_empty"]
        self._put(numbers, memories)
        return True

    def adopt(self, fresh: "Training") -> None:
        """Watch what a training read just now, of which the programs are the same, watches."""
        self._watch = fresh._watch

    @cached_property
    def _engine(self) -> Any:
        """What does the work, and begins with the parameters' data as it is."""
        return self._put([p.data for p in self.parameters], [[x] * len(self.parameters) for x in self._start])

    def _put(self, numbers: list[float], memories: list[list[float]]) -> Any:
        """What does the work, with these numbers in it."""
        self._empty.put(numbers, memories)
        self._engine = self._empty
        return self._engine

    @cached_property
    def _empty(self) -> Any:
        """What does the work, before there are numbers in it."""
        try:
            with undisturbed():
                return self._made()
        except NotImplementedError:  # an operation that says nothing about native code
            if not self._free:
                raise
            self.backend = "python"
            return self._made()

    def _made(self) -> Any:
        recipe, parts = self.recipe, (self.data, self.batch_size)
        if self.backend == "llvm":
            return NativeTraining(recipe, *parts, self._threads)
        return (PythonTraining if recipe.layers is None else NumPyTraining)(recipe, *parts)

    def push(self, memories: Sequence[Memory], steps: int) -> None:
        """Go on from the parameters' data as it is now, these memories, and so many steps."""
        n, m = len(self.parameters), len(memories)
        if m != n:
            raise ValueError(f"push: expected what is remembered of each of {n} parameters, got that of {m}")
        columns = [list(map(real, map(itemgetter(j), memories))) for j in range(len(self._start))]
        self._put([p.data for p in self.parameters], columns)
        self.steps = steps

    def pull(self) -> list[float]:
        """Give the parameters the numbers they have reached, and return these."""
        numbers: list[float] = self._engine.numbers()
        plain = set(map(type, self.parameters)) == {Value}
        for p, number in zip(self.parameters, numbers, strict=True):
            if plain:
                p._data = number  # known to be leaves, which need not be asked each
            else:
                p.data = number
        return numbers

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
        if self.changed():
            self.renew()
        return self.go_on(rates, orders)

    def go_on(self, rates: Sequence[float], orders: Sequence[Sequence[int]] | None = None) -> "array[float]":
        """The same where it is known that nothing has changed."""
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

    def column(self, place: int) -> Sequence[Any]:
        """The rows of an argument of the loss as they were copied in the beginning, all numbers as floats."""
        return Column(self.data, place)

    @property
    def size(self) -> int:
        """How many operands the operations of a row have together: what the work grows with."""
        return self._traced.size

    @property
    def by_numpy(self) -> bool:
        """Whether Python does whole layers at once."""
        return self._in_layers("python")

    @property
    def length(self) -> int:
        """How many of them are written out in native code: what compiling takes time for."""
        as_they_are = self._traced.layers is None or self._in_layers("llvm")
        return self._traced.length if as_they_are else self._traced.size

    @property
    def llvm_ir(self) -> str:
        """The LLVM code, "" for the Python backend."""
        return str(getattr(self._engine, "text", ""))

    @property
    def source(self) -> str:
        """The Python source, "" for native code."""
        return str(getattr(self._engine, "source", ""))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Inside, Python looks for no garbage: what is made there is kept, and looking through it takes as long."""
    before = gc.isenabled()
    try:
        gc.disable()
        yield
    finally:
        if before:
            gc.enable()


def _leaves(parameters: Sequence[Value]) -> list[Value]:
    """The parameters; TypeError where one is no Value, ValueError where there is none, or one twice, or no leaf."""
    if isinstance(parameters, Value):
        raise TypeError(f"parameters: expected a list of Values, got one: write [{parameters.label or 'w'}]")
    found = list(parameters)
    if set(map(type, found)) != {Value} or any(map(attrgetter("_kernel"), found)):
        for p in found:
            if not isinstance(p, Value):
                raise TypeError(f"parameters: expected Values, got {type(p).__name__}: {p!r}")
            if p.op is not None:
                raise ValueError(f"parameters: expected Values that are not computed from others, got {p!r}")
    if not found or len(set(found)) < len(found):
        n, m = len(found), len(set(found))
        raise ValueError(f"parameters: expected at least one, each once; got {n}, {m} of them different")
    return found


def _count(name: str, given: int) -> int:
    """A number of rows or threads; ValueError for what is no whole number from 1 on."""
    if not hasattr(given, "__index__") or isinstance(given, bool) or given < 1:
        optional = " or None" if name == "batch_size" else ""
        raise ValueError(f"{name}: expected a whole number from 1 on{optional}, got {given!r}")
    return int(given)
