"""What is between layers, and the loss, as LLVM code: straight-line code, several samples side by side."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd.compiler.lanes import Code, Lanes, Lowering
from autograd.compiler.matrices import Memory, Table
from autograd.compiler.nest import Nest
from autograd.compiler.program import Program, narrowed
from autograd.compiler.row_sums import Following, following
from autograd.compiler.sections import Section, Store, loaded, stored
from autograd.primitive import Primitive


class Cell(NamedTuple):
    """Where a number of a sample is read or written.

    what   a table; or "column", "parameter" or its slope, "weight" of the sample, or "sum", which the function returns
    at     which of these
    adds   whether a number is added to what is there
    """

    what: Table | str
    at: int = 0
    adds: bool = False


ARGUMENTS = "ptr noalias %params, ptr noalias %data, ptr noalias %order, ptr %work, i64 %count, double %weight"


class StraightCode:
    """The function `name(params, data, order, work, count, weight)`: a program of numbers of every sample.

    `work` is the memory of the layers, of which `work_size` doubles are for this. Slopes of parameters
    are added to those of all, from `slopes` on there. It returns the sum of what goes there.
    """

    POINTERS = ("%given", "%results", "%frame", "%params")

    def __init__(
        self, program: Program, reads: Sequence[Cell], writes: Sequence[Cell], lanes: int,
        functions: dict[Primitive, Lowering],
    ) -> None:  # fmt: skip
        self.program = program = narrowed(program)
        self.reads, self.writes, self.lanes, self.functions = reads, writes, lanes, functions
        n = program.n_inputs
        parameters = {k: cell.at for k, cell in enumerate(reads) if cell.what == "parameter"}
        self._given = Store("%given", {k: k for k in range(n) if k not in parameters}, scalar=False)
        self._params = Store("%params", parameters, scalar=True)
        self._outputs: dict[int, list[int]] = {}  # by place of a step, which outputs it is
        for k, place in enumerate(program.outputs):
            if type(place) is int and place >= n:
                self._outputs.setdefault(place, []).append(k)
        places, stores = range(n, n + len(program.steps)), [self._given, self._params]
        self.section = Section(program, places, stores, [*self._outputs], self._keep, "%frame", functions)
        self.declared: dict[str, str] = {}

    @property
    def work_size(self) -> int:
        """How many doubles of memory it needs for itself."""
        return self.lanes * sum(self._sizes())

    def _sizes(self) -> tuple[int, int, int, int]:
        """Of the parts of that memory: what goes in, what comes out, what passes between pieces, sums over samples."""
        summed = len(self.writes) if any(cell.what == "parameter" for cell in self.writes) else 0
        return self.program.n_inputs, len(self.program.outputs), len(self.section.crossing.at), summed

    def _keep(self, code: Code, place: int, numbers: Lanes) -> None:
        for k in self._outputs[place]:
            stored(code, "%results", k, numbers)

    def text(self, name: str, frame: int, columns: int, slopes: int) -> list[str]:
        """The function, after those that it is cut into; `columns` is how many numbers a row has."""
        code = Nest(self.lanes, self.functions)
        start = frame
        for pointer, size in zip(("%given", "%results", "%frame", "%sums"), self._sizes(), strict=True):
            code.do(f"{pointer} = getelementptr double, ptr %work, i64 {start}")
            start += size * self.lanes
        code.do("%top = sub i64 %count, 1")
        summed = [group for group in _groups(self.writes) if self.writes[group.start].what == "parameter"]
        for group in summed:
            with code.loop(len(group)) as u:
                code.store(code.number(0.0), self._number(code, "%sums", group, u.index))
        with code.loop("%count", self.lanes, code.zeros(1)) as s:
            samples, there = following(code, s.index)
            rows = [code.at("%data", code.times(sample.at, columns)) for sample in samples]
            self._read(code, samples, rows, there)
            parts = self.section.text(code, f"{name}_part", self.POINTERS)
            self._rest(code)
            s.after = s.carried
            for group in _groups(self.writes):
                what = self.writes[group.start].what
                if what == "sum":
                    s.after = [s.carried[0] + code.load(code.at("%results", group.start * self.lanes))]
                elif what == "parameter":
                    with code.loop(len(group)) as u:
                        own = code.load(self._number(code, "%results", group, u.index))
                        own = there.choose(own, 0.0)
                        at = self._number(code, "%sums", group, u.index)
                        code.store(code.load(at) + own, at)
                else:
                    self._written(code, group, samples)
        for group in summed:
            with code.loop(len(group)) as u:
                found = code.total(code.load(self._number(code, "%sums", group, u.index)))
                at = code.at(code.at("%work", u.index), slopes + self.writes[group.start].at)
                before = code.result(f"load double, ptr {at}, align 8")
                code.do(f"store double {code.emit(f'fadd double {before}, {found}')}, ptr {at}, align 8")
        code.do(f"ret double {code.total(s.after[0])}")
        self.declared |= code.declared | self.section.declared
        return [*parts, code.function(name, ARGUMENTS, "double")]

    def _number(self, code: Nest, pointer: str, group: range, index: str) -> str:
        """The address of one of a group of outputs."""
        return code.at(code.at(pointer, group.start * self.lanes), code.times(index, self.lanes))

    def _read(self, code: Nest, samples: Sequence[Following], rows: Sequence[str], there: Lanes) -> None:
        """What goes into the program, side by side."""
        for group in _groups(self.reads):
            what, at, _ = self.reads[group.start]
            place = code.at("%given", group.start * self.lanes)
            if what == "weight":
                code.store(there.choose(code.splat("%weight"), 0.0), place)
            elif what == "column":
                _turned(code, [code.at(row, at) for row in rows], place, len(group))
            elif isinstance(what, Table):
                starts = [code.times(sample.safe, what.width) for sample in samples]
                base = code.at("%work", what.start + at)
                _turned(code, [code.at(base, start) for start in starts], place, len(group))

    def _rest(self, code: Nest) -> None:
        """Outputs that no step computes."""
        for k, place in enumerate(self.program.outputs):
            if type(place) is float:
                stored(code, "%results", k, code.number(place))
            elif place < self.program.n_inputs:
                store = self._params if place in self._params.at else self._given
                stored(code, "%results", k, loaded(code, store, int(place)))

    def _written(self, code: Nest, group: range, samples: Sequence[Following]) -> None:
        """Numbers go to their samples."""
        table, at, adds = self.writes[group.start]
        assert isinstance(table, Table)
        base = code.at("%work", table.start + at)
        places = [code.at(base, code.times(sample.number, table.width)) for sample in samples]
        with code.loop(len(group)) as u:
            numbers = code.load(self._number(code, "%results", group, u.index))
            for lane, place in enumerate(places):
                one = numbers.register
                if self.lanes > 1:
                    one = code.emit(f"extractelement {numbers.type} {numbers.register}, i64 {lane}")
                own = code.at(place, u.index)
                if adds:
                    before = code.result(f"load double, ptr {own}, align 8")
                    one = code.emit(f"fadd double {before}, {one}")
                code.do(f"store double {one}, ptr {own}, align 8")


def _groups(cells: Sequence[Cell]) -> Iterator[range]:
    """The cells in as few pieces as lie side by side."""
    start = 0
    for k in range(1, len(cells) + 1):
        if k == len(cells) or cells[k] != cells[k - 1]._replace(at=cells[k - 1].at + 1):
            yield range(start, k)
            start = k


def _turned(code: Nest, pointers: Sequence[str], place: str, n: int) -> None:
    """So many numbers behind each of these addresses, those of one index side by side."""
    with code.loop(n) as k:
        found = "poison"
        for lane, pointer in enumerate(pointers):
            one = code.result(f"load double, ptr {code.at(pointer, k.index)}, align 8")
            text = f"insertelement {code.type_of('double')} {found}, double {one}, i64 {lane}"
            found = one if code.lanes == 1 else code.emit(text)
        code.store(Lanes(code, found), code.at(place, code.times(k.index, code.lanes)))


def cells_of(memory: Memory, places: Sequence[int]) -> list[Cell]:
    """Where these are that what is between layers is computed from."""
    columns = memory.layers.kinds[1]
    found = []
    for place in places:
        own = memory.sums_of(place)
        if own is not None:
            found.append(Cell(own[0].z, own[1]))
        elif place in columns:
            found.append(Cell("column", place - columns.start))
        else:
            found.append(Cell("parameter", memory.outside[place]))
    return found


def slopes_of(memory: Memory, places: Sequence[int], stored: Sequence[int] = ()) -> list[Cell]:
    """Where the slopes of the loss in these go: to what is there already, save where a layer's are `stored`."""
    found = []
    for place in places:
        own = memory.sums_of(place)
        if own is None:
            found.append(Cell("parameter", memory.outside[place]))
        else:
            found.append(Cell(own[0].delta, own[1], adds=memory.stages.index(own[0]) not in stored))
    return found
