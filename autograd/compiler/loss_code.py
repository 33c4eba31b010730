"""The loss as LLVM code, from the sums of the last layer: straight-line code, several samples side by side."""

from collections.abc import Sequence

from autograd.compiler.lanes import Code, Lanes, Lowering
from autograd.compiler.layers import Layers
from autograd.compiler.matrices import Stage
from autograd.compiler.nest import Nest
from autograd.compiler.program import Place, narrowed
from autograd.compiler.sections import Section, Store, stored
from autograd.primitive import Primitive


class LossCode:
    """The function `loss(data, order, work, count, weight)`: the loss, from the last sums; their δ is written.

    `work` is the memory of the layers, of which `work_size` doubles are for this.
    """

    POINTERS = ("%given", "%results", "%frame")

    def __init__(
        self, layers: Layers, stage: Stage, width: int, lanes: int, functions: dict[Primitive, Lowering]
    ) -> None:
        self.program = program = narrowed(layers.head)
        self.stage, self.lanes, self.functions = stage, lanes, functions
        self.width = width
        n = program.n_inputs
        self._given = Store("%given", {k: k for k in range(n)}, scalar=False)
        wanted = [place for place in dict.fromkeys(program.outputs) if type(place) is int and place >= n]
        self._results = Store("%results", {place: k for k, place in enumerate(wanted)}, scalar=False)
        places = range(n, n + len(program.steps))
        self.section = Section(program, places, [self._given], wanted, self._keep, "%frame", functions)
        self.declared: dict[str, str] = {}

    @property
    def work_size(self) -> int:
        """How many doubles of memory it needs for itself."""
        return self.lanes * sum(len(store.at) for store in (self._given, self._results, self.section.crossing))

    def _keep(self, code: Code, place: int, numbers: Lanes) -> None:
        stored(code, "%results", self._results.at[place], numbers)

    def text(self, frame: int) -> list[str]:
        """The function, after those that it is cut into."""
        code = Nest(self.lanes, self.functions)
        start = frame
        for name, size in (("%given", len(self._given.at)), ("%results", len(self._results.at)), ("%frame", 0)):
            code.do(f"{name} = getelementptr double, ptr %work, i64 {start}")
            start += size * self.lanes
        code.do("%top = sub i64 %count, 1")
        parts: list[str] = []
        with code.loop("%count", self.lanes, code.zeros(1)) as s:
            rows, deltas, pointers, there = self._samples(code, s.index)
            given = self._read(code, rows, pointers, there)
            for k, numbers in given.items():
                stored(code, "%given", k, numbers)
            parts = self.section.text(code, "loss_part", self.POINTERS, given)
            loss, *slopes = (self._found(code, place) for place in self.program.outputs)
            for u, slope in enumerate(slopes):
                for lane, delta in enumerate(deltas):
                    one = slope.register
                    if self.lanes > 1:
                        one = code.emit(f"extractelement {slope.type} {slope.register}, i64 {lane}")
                    code.do(f"store double {one}, ptr {code.at(delta, u)}, align 8")
            s.after = [s.carried[0] + loss]
        code.do(f"ret double {code.total(s.after[0])}")
        self.declared |= code.declared | self.section.declared
        arguments = "ptr noalias %data, ptr noalias %order, ptr %work, i64 %count, double %weight"
        return [*parts, code.function("loss", arguments, "double")]

    def _samples(self, code: Nest, index: str) -> tuple[list[str], list[str], list[str], Lanes]:
        """Of the next samples the sums, where δ goes, the rows of the data; and which are there.

        Where there are no more, the last one is taken again.
        """
        z, delta = self.stage.z, self.stage.delta
        sums, deltas, rows = [], [], []
        flags = Lanes(code, "poison", "flag")
        for lane in range(self.lanes):
            k = code.emit(f"add i64 {index}, {lane}")
            there = code.emit(f"icmp sle i64 {k}, %top")
            safe = code.emit(f"select i1 {there}, i64 {k}, i64 %top")
            at = code.result(f"load i64, ptr {code.emit(f'getelementptr i64, ptr %order, i64 {safe}')}, align 8")
            rows.append(code.at("%data", code.times(at, self.width)))
            sums.append(code.at(code.at("%work", z.start), code.times(safe, z.width)))
            deltas.append(code.at(code.at("%work", delta.start), code.times(k, delta.width)))
            text = f"insertelement {flags.type} {flags.register}, i1 {there}, i64 {lane}"
            flags = Lanes(code, there if self.lanes == 1 else code.emit(text), "flag")
        return sums, deltas, rows, flags

    def _read(self, code: Nest, sums: Sequence[str], rows: Sequence[str], there: Lanes) -> dict[int, Lanes]:
        """What goes into the program that is used in it: sums, columns, the weight."""
        n, units = self.program.n_inputs, self.stage.layer.n_units
        used = {arg for step in self.program.steps for arg in step.args} | set(self.program.outputs)
        found: dict[int, Lanes] = {}
        for k in range(n - 1):
            pointers, offset = (sums, k) if k < units else (rows, k - units)
            if k in used:
                found[k] = _collected(code, pointers, offset)
        found[n - 1] = there.choose(code.splat("%weight"), 0.0)
        return found

    def _found(self, code: Nest, place: Place) -> Lanes:
        if type(place) is float:
            return code.number(place)
        store = self._results if place in self._results.at else self._given
        return code.load(code.at(store.pointer, store.at[int(place)] * self.lanes))


def _collected(code: Nest, pointers: Sequence[str], offset: int) -> Lanes:
    """One number behind each of these addresses."""
    found = "poison"
    for lane, pointer in enumerate(pointers):
        one = code.result(f"load double, ptr {code.at(pointer, offset)}, align 8")
        if code.lanes == 1:
            return Lanes(code, one)
        found = code.emit(f"insertelement {code.type_of('double')} {found}, double {one}, i64 {lane}")
    return Lanes(code, found)
