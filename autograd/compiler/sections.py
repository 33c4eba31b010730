"""A program as LLVM code: its operations in order, cut into functions where there are many.

One block of code costs the compiler more than in proportion to its length, so that no function here
is longer than about `LONGEST` operands; numbers that a later function needs are kept in a frame in
memory. Time to compile then grows with the length of the program, and no faster.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from autograd.compiler.lanes import Code, Lanes, Lowering, lowered
from autograd.compiler.program import Program
from autograd.primitive import Primitive

LONGEST = 600
"""How many operands the operations of one function have together, about four instructions each."""


class Store(NamedTuple):
    """Where the numbers of places are kept in memory.

    pointer   the name of the array, such as %shared
    at        from the place to its index there
    scalar    whether one number is held for all lanes
    """

    pointer: str
    at: dict[int, int]
    scalar: bool


def address(code: Code, pointer: str, index: int, lanes: int) -> str:
    """The register of the address of an entry, each being `lanes` doubles."""
    return code.emit(f"getelementptr double, ptr {pointer}, i64 {index * lanes}") if index else pointer


def loaded(code: Code, store: Store, place: int) -> Lanes:
    """The numbers of a place, read from where they are kept."""
    lanes = 1 if store.scalar else code.lanes
    where = address(code, store.pointer, store.at[place], lanes)
    if store.scalar:
        return code.splat(code.result(f"load double, ptr {where}, align 8"))
    return Lanes(code, code.result(f"load {code.type_of('double')}, ptr {where}, align 8"))


def stored(code: Code, pointer: str, index: int, numbers: Lanes) -> None:
    """Write the numbers of all lanes into memory."""
    code.do(f"store {numbers.type} {numbers.register}, ptr {address(code, pointer, index, code.lanes)}, align 8")


def results_of(code: Code, given: Program, inputs: Sequence[Lanes]) -> list[Lanes]:
    """The outputs of a short program of these numbers."""

    def number(x: Lanes | float) -> Lanes:
        return x if isinstance(x, Lanes) else code.number(x)

    return [number(x) for x in given.run(inputs, lambda op, args: lowered(code, op, [*map(number, args)]))]


class Section:
    """Some steps of a program, to be done one after the other with the same number of lanes.

    program   whose steps they are
    places    of the steps, in order
    stores    where the numbers that come from outside are kept; pointers are arguments of every function
    results   the places whose numbers are wanted, and `keep(code, place, numbers)` that is told them
    frame     the pointer to memory for numbers that pass from one function to the next
    """

    def __init__(
        self,
        program: Program,
        places: Sequence[int],
        stores: Sequence[Store],
        results: Sequence[int],
        keep: Callable[[Code, int, Lanes], None],
        frame: str,
        functions: dict[Primitive, Lowering],
    ) -> None:
        self.program, self.stores, self.keep, self.functions = program, stores, keep, functions
        self.frame = frame
        self.wanted = frozenset(results)
        self.parts = list(_cut(program, places))
        self.crossing = Store(frame, _crossing(program, self.parts), scalar=False)
        self.declared: dict[str, str] = {}

    @property
    def whole(self) -> bool:
        """Whether it is short enough to stay in one piece."""
        return len(self.parts) <= 1

    def text(self, code: Code, name: str, pointers: Sequence[str], given: Mapping[int, Lanes] = {}) -> list[str]:
        """Put the section into `code`, whole or as calls of functions, and return the text of these.

        `given` are numbers at hand in registers, of which only a whole section has a use.
        """
        if self.whole:
            for part in self.parts:
                self._emit(code, part, given)
            return []
        functions: list[str] = []
        arguments = ", ".join(f"ptr {pointer}" for pointer in pointers)
        for number, part in enumerate(self.parts):
            own = Code(code.lanes, self.functions)
            self._emit(own, part, {})
            self.declared |= own.declared
            body = "\n".join(own.lines)
            taken = ", ".join(f"ptr noalias {pointer}" for pointer in pointers)
            functions.append(f"define internal void @{name}_{number}({taken}) noinline {{\n{body}\n  ret void\n}}")
            code.do(f"call void @{name}_{number}({arguments})")
        code.forget()
        return functions

    def _emit(self, code: Code, part: Sequence[int], given: Mapping[int, Lanes]) -> None:
        found = dict(given)
        for place in part:
            op, args = self.program.steps[place - self.program.n_inputs]
            for arg in args:
                if type(arg) is int and arg not in found:
                    found[arg] = self._read(code, arg)
            y = lowered(code, op, [found[arg] if type(arg) is int else code.number(arg) for arg in args])
            found[place] = y
            if place in self.wanted:
                self.keep(code, place, y)
            if place in self.crossing.at:
                stored(code, self.frame, self.crossing.at[place], y)

    def _read(self, code: Code, place: int) -> Lanes:
        store = next(store for store in (*self.stores, self.crossing) if place in store.at)
        return loaded(code, store, place)


def _cut(program: Program, places: Sequence[int]) -> Iterator[list[int]]:
    """The places in pieces of at most `LONGEST` operands."""
    part: list[int] = []
    weight = 0
    for place in places:
        more = len(program.steps[place - program.n_inputs].args)
        if part and weight + more > LONGEST:
            yield part
            part, weight = [], 0
        part.append(place)
        weight += more
    if part:
        yield part


def _crossing(program: Program, parts: Sequence[Sequence[int]]) -> dict[int, int]:
    """The places that a later part needs, each with its index in the frame."""
    home = {place: number for number, part in enumerate(parts) for place in part}
    found: dict[int, int] = {}
    for number, part in enumerate(parts):
        for place in part:
            for arg in program.steps[place - program.n_inputs].args:
                if type(arg) is int and home.get(arg, number) != number:
                    found.setdefault(arg, len(found))
    return found


def function(name: str, arguments: str, code: Code, result: str = "void") -> str:
    """The text of a function with this body, which ends it by itself."""
    body = "\n".join(code.lines)
    return f"define {result} @{name}({arguments}) {{\n{body}\n}}"
