"""`Version`: a function compiled for one structure of its arguments."""

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler import ieee
from autograd.compiler.aligned_memory import Pool
from autograd.compiler.callers import native_caller, python_caller, suits
from autograd.compiler.calls import Call
from autograd.compiler.data_block import Data
from autograd.compiler.mapping import NativeSums, PythonSums
from autograd.compiler.native import module
from autograd.compiler.pythonic import compiled, straight
from autograd.compiler.recompiling import Tiered
from autograd.compiler.row_sums import Split
from autograd.compiler.structure import Structure, float_array
from autograd.compiler.tracing import Trace


class Version:
    """A function compiled for one structure of its arguments."""

    def __init__(self, traced: Trace, structures: Sequence[Structure], backend: str) -> None:
        self.trace, self._structures = traced, structures
        self.changed: Callable[[], Any] = traced.watch.changed if traced.watch else lambda: ""
        self.tried: set[tuple[Any, ...]] = set()  # the kinds of numbers for which f itself was asked
        self.floats = (float,) * sum(structure.size for structure in structures)
        # Unknowns of a function outside that is being differentiated, reached by closure.
        self.inputs: list[Any] = [value for value in traced.sources if hasattr(value, "live")]
        self._sums: dict[tuple[int, ...], Any] = {}
        self.tier: Tiered | None = None
        self._caller: Callable[[], tuple[Callable[..., Any], str]] | None = None
        self.source, known = straight(traced.program)
        if backend == "llvm":
            call = Call(traced.program)
            functions, declared = call.text()
            self.tier = tier = Tiered(
                module(functions, declared), "call", ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p
            )
            self._work = Pool(call.work_size)
            if suits(structures, traced) and not call.work_size:
                self._caller = lambda: native_caller(structures, traced, tier)
        else:
            self._compute = compiled(self.source, known, "compute")
            if suits(structures, traced):
                self._caller = lambda: python_caller(structures, traced)
        self._fast: tuple[int, Callable[..., Any] | None] = -1, None  # and which state of the watch it was made for
        self.fast()

    def untried(self, kinds: tuple[Any, ...]) -> bool:
        """Whether f may do something else with numbers of these kinds than with unknowns, and was not asked yet."""
        return self.trace.asks and kinds not in self.tried

    def fast(self) -> Callable[..., Any] | None:
        """The shortest way from Python into the code, None where there is none."""
        renewed = self.trace.watch.renewed if self.trace.watch is not None else 0
        if self._caller is not None and self._fast[0] != renewed:
            function, source = self._caller()
            self._fast = renewed, function
            if self.tier is None:
                self.source = source
        return self._fast[1]

    def __call__(self, numbers: Sequence[float]) -> Any:
        """The result at these numbers, put together."""
        numbers = [*numbers, *[value.data for value in self.trace.captured]]
        results = self._native(numbers) if self.tier else self._python(numbers)
        return self.trace.result.rebuilt(iter(results), float_array)

    def summed(self, numbers: Sequence[float], rows: Data, places: Sequence[int]) -> Any:
        """The results added up over rows, for shared arguments with these numbers."""
        shared = [*numbers, *[value.data for value in self.trace.captured]]
        key = tuple(places)
        if key not in self._sums:
            self._sums[key] = (NativeSums if self.tier else PythonSums)(self.trace.program, self._split(places))
        return self.trace.result.rebuilt(iter(self._sums[key](shared, rows)), float_array)

    def _split(self, places: Sequence[int]) -> Split:
        """The inputs of the program by whether they change from row to row."""
        own: list[int] = []
        columns: list[int] = []
        start = 0
        for place, structure in enumerate(self._structures):
            (columns if place in places else own).extend(range(start, start + structure.size))
            start += structure.size
        return Split((*own, *range(start, self.trace.program.n_inputs)), tuple(columns))

    def _python(self, numbers: Sequence[float]) -> Sequence[float]:
        try:
            return self._compute(*numbers)  # type: ignore[no-any-return]
        except (ValueError, ArithmeticError):
            return self.trace.program.run(numbers, ieee.evaluate)

    def _native(self, numbers: Sequence[float]) -> Sequence[float]:
        assert self.tier is not None
        inputs = (ctypes.c_double * len(numbers))(*numbers)
        results = (ctypes.c_double * len(self.trace.program.outputs))()
        work = self._work.take()
        self.tier.timed(bytes(inputs), results, work.address)
        self._work.give(work)
        return results[:]
