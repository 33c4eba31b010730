"""Sums of a program's outputs over rows of data, in native code or in Python."""

import ctypes
from array import array
from collections.abc import Sequence

from autograd.compiler import ieee
from autograd.compiler.aligned_memory import Doubles, Pool
from autograd.compiler.data_block import Data
from autograd.compiler.native import host, module
from autograd.compiler.program import Program
from autograd.compiler.pythonic import compiled, straight
from autograd.compiler.recompiling import Tiered
from autograd.compiler.row_sums import Split, Sums
from autograd.compiler.vectors import FUNCTIONS


class NativeSums:
    """Called with the shared numbers and the rows, it returns the sums; rows are taken side by side."""

    def __init__(self, program: Program, split: Split) -> None:
        sums = Sums(program, split, host().lanes, FUNCTIONS)
        functions, declared = sums.text()
        pointer = ctypes.c_void_p
        types = [pointer, pointer, pointer, ctypes.c_int64, ctypes.c_double, pointer, pointer]
        self._tier = Tiered(module(functions, declared), "rows", *types)
        self._n = len(program.outputs)
        self._work = Pool(sums.work_size + sums.n_sums)
        self._behind = 8 * sums.n_sums
        self._orders: dict[int, array[int]] = {}

    def __call__(self, shared: Sequence[float], rows: Data) -> Sequence[float]:
        """The sums."""
        order = self._orders.setdefault(rows.n, array("q", range(rows.n)))
        own = Doubles(len(shared))
        own.put(shared)
        work = self._work.take()
        address = order.buffer_info()[0]
        sums = work.address
        self._tier.timed(own.address, rows.numbers.address, address, rows.n, 1.0, sums, sums + self._behind)
        found: list[float] = work.view[: self._n].tolist()
        self._work.give(work)
        return found


class PythonSums:
    """The same, row by row."""

    def __init__(self, program: Program, split: Split) -> None:
        self._program, self._split = program, split
        text, known = straight(program)
        self._compute = compiled(text, known, "compute")

    def __call__(self, shared: Sequence[float], rows: Data) -> Sequence[float]:
        """The sums."""
        inputs = [0.0] * self._program.n_inputs
        for place, number in zip(self._split.shared, shared, strict=True):
            inputs[place] = number
        totals = [0.0] * len(self._program.outputs)
        for start in range(0, rows.n * rows.width, rows.width):
            for place, number in zip(self._split.columns, rows.numbers.view[start : start + rows.width], strict=True):
                inputs[place] = number
            totals = [a + b for a, b in zip(totals, self._row(inputs), strict=True)]
        return totals

    def _row(self, inputs: Sequence[float]) -> Sequence[float]:
        try:
            return self._compute(*inputs)  # type: ignore[no-any-return]
        except (ValueError, ArithmeticError):
            return self._program.run(inputs, ieee.evaluate)
