"""Training in native code: which code it is, its memory, and the way into it."""

import ctypes
from array import array
from typing import Any

from autograd.compiler.aligned_memory import Doubles
from autograd.compiler.costs import workers
from autograd.compiler.data_block import Data
from autograd.compiler.descent import Descent, Recipe
from autograd.compiler.lock import Lock
from autograd.compiler.loops import LoopDescent
from autograd.compiler.native import host, module
from autograd.compiler.recompiling import Tiered
from autograd.compiler.single import SingleDescent
from autograd.compiler.threads import at_once, shares
from autograd.compiler.vectors import FUNCTIONS


class NativeTraining:
    """The training in native code."""

    def __init__(self, recipe: Recipe, rows: Data, batch: int, threads: int) -> None:
        lanes, self._shares = host().lanes, shares(1)
        self._rows, self._batch = rows, batch
        self._n, self._remembered = recipe.n_parameters, recipe.n_memories
        descent: Any
        if recipe.layers is not None:
            self._shares = shares(workers(recipe.layers, batch, threads))
            descent = LoopDescent(recipe, recipe.layers, lanes, batch, FUNCTIONS, len(self._shares) > 1)
        elif batch == 1 and SingleDescent.suits(recipe):
            descent = SingleDescent(recipe, min(lanes, 4), FUNCTIONS)
        else:
            while lanes > 1 and lanes // 2 >= batch:
                lanes //= 2
            descent = Descent(recipe, lanes, FUNCTIONS)
        functions, declared = descent.text()
        self.text = module(functions, declared)
        self._tier = _compiled(self.text)
        self._padded = descent.padded
        self._order = [*descent.order, *[-1] * (self._padded - len(descent.order))]
        self._slots = [0] * (self._n + 1)  # where every parameter lies, and behind the last what is for none
        for place, p in enumerate(self._order):
            self._slots[p] = place
        del self._slots[-1]
        self._state = Doubles(self._padded * (1 + self._remembered))
        if isinstance(descent, LoopDescent):
            self._state = Doubles(descent.memory.end)
            for place, number in descent.memory.fixed.items():
                self._state.view[place] = number
        self._work = Doubles(descent.work_size(rows.n))
        self._identity = array("q", range(rows.n))

    def put(self, numbers: list[float], columns: list[list[float]]) -> None:
        """Go on from these parameters, and what is remembered of them."""
        for k, column in enumerate([numbers, *columns]):
            own = array("d", [*column, 0.0])
            self._state.put(map(own.__getitem__, self._order), k * self._padded)

    def numbers(self) -> list[float]:
        """The parameters."""
        return self._column(0)

    def memories(self) -> list[list[float]]:
        """What is remembered of them, one list after the other."""
        return [self._column(1 + j) for j in range(self._remembered)]

    def _column(self, k: int) -> list[float]:
        """What is held of every parameter: its number, or one that is remembered."""
        found = array("d", bytes(self._state.view[k * self._padded : (k + 1) * self._padded]))
        return list(map(found.__getitem__, self._slots))

    def copy(self) -> Any:
        """All that changes, as it is."""
        return bytes(self._state.view)

    def restore(self, state: Any) -> None:
        """Make it what it was."""
        self._state.view[:] = memoryview(state).cast("d")

    def run(self, rates: "array[float]", order: "array[int] | None", steps: int) -> "array[float]":
        """The losses of epochs at these rates, up to the first that does not end with finite numbers."""
        losses = Doubles(len(rates))
        own = self._identity if order is None else order
        arguments = (
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

        def enter(thread: int) -> int:
            call = self._tier.run if thread else self._tier.timed
            return int(call(*arguments, *self._shares[thread]))

        done = at_once(len(self._shares), enter)
        return array("d", bytes(losses.view[:done]))


_LIBRARIES: dict[str, Tiered] = {}
_LOCK = Lock()


def _compiled(text: str) -> Tiered:
    """The function `train` of a module; the same text is compiled once."""
    with _LOCK:
        if text not in _LIBRARIES:
            pointer, whole = ctypes.c_void_p, ctypes.c_int64
            types = [pointer] * 4 + [whole] * 4 + [pointer, whole, pointer, pointer, *[whole] * 3]
            _LIBRARIES[text] = Tiered(text, "train", *types, result=whole)
        return _LIBRARIES[text]
