"""The loss as LLVM code, from the sums of the last layer: straight-line code, several samples side by side."""

from collections.abc import Sequence

from autograd.compiler.lanes import Code, Lanes, Lowering
from autograd.compiler.layers import Layers
from autograd.compiler.matrices import Stage
from autograd.compiler.nest import Nest
from autograd.compiler.program import narrowed
from autograd.compiler.row_sums import following
from autograd.compiler.sections import Section, Store, loaded, stored
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
        self._outputs: dict[int, list[int]] = {}  # by place of a step, which outputs it is
        for k, place in enumerate(program.outputs):
            if type(place) is int and place >= n:
                self._outputs.setdefault(place, []).append(k)
        places = range(n, n + len(program.steps))
        self.section = Section(program, places, [self._given], [*self._outputs], self._keep, "%frame", functions)
        self.declared: dict[str, str] = {}

    @property
    def work_size(self) -> int:
        """How many doubles of memory it needs for itself."""
        return self.lanes * sum(self._sizes())

    def _sizes(self) -> tuple[int, int, int]:
        """Of the parts of that memory: what goes in, what comes out, what passes between pieces of the program."""
        return self.program.n_inputs, len(self.program.outputs), len(self.section.crossing.at)

    def _keep(self, code: Code, place: int, numbers: Lanes) -> None:
        for k in self._outputs[place]:
            stored(code, "%results", k, numbers)

    def text(self, frame: int) -> list[str]:
        """The function, after those that it is cut into."""
        code = Nest(self.lanes, self.functions)
        start = frame
        for name, size in zip(self.POINTERS, self._sizes(), strict=True):
            code.do(f"{name} = getelementptr double, ptr %work, i64 {start}")
            start += size * self.lanes
        code.do("%top = sub i64 %count, 1")
        with code.loop("%count", self.lanes, code.zeros(1)) as s:
            sums, deltas, rows, there = self._samples(code, s.index)
            self._read(code, sums, rows, there)
            parts = self.section.text(code, "loss_part", self.POINTERS)
            self._rest(code)
            self._written(code, deltas)
            s.after = [s.carried[0] + code.load("%results")]
        code.do(f"ret double {code.total(s.after[0])}")
        self.declared |= code.declared | self.section.declared
        arguments = "ptr noalias %data, ptr noalias %order, ptr %work, i64 %count, double %weight"
        return [*parts, code.function("loss", arguments, "double")]

    def _samples(self, code: Nest, index: str) -> tuple[list[str], list[str], list[str], Lanes]:
        """Of the next samples the sums, where δ goes, the rows of the data; and which are there."""
        z, delta = self.stage.z, self.stage.delta
        found, there = following(code, index)
        rows = [code.at("%data", code.times(row.at, self.width)) for row in found]
        sums = [code.at(code.at("%work", z.start), code.times(row.safe, z.width)) for row in found]
        deltas = [code.at(code.at("%work", delta.start), code.times(row.number, delta.width)) for row in found]
        return sums, deltas, rows, there

    def _read(self, code: Nest, sums: Sequence[str], rows: Sequence[str], there: Lanes) -> None:
        """What goes into the program, side by side: sums, columns from the first to the last that it uses, weight."""
        n, units = self.program.n_inputs, self.stage.layer.n_units
        weight = there.choose(code.splat("%weight"), 0.0)
        code.store(weight, code.at("%given", (n - 1) * self.lanes))
        used = [arg for step in self.program.steps for arg in step.args if type(arg) is int and units <= arg < n - 1]
        _turned(code, sums, "%given", units)
        if used:
            first, last = min(used), max(used)
            pointers = [code.at(row, first - units) for row in rows]
            _turned(code, pointers, code.at("%given", first * self.lanes), last - first + 1)

    def _rest(self, code: Nest) -> None:
        """Outputs that no step computes."""
        for k, place in enumerate(self.program.outputs):
            if type(place) is float:
                stored(code, "%results", k, code.number(place))
            elif place < self.program.n_inputs:
                stored(code, "%results", k, loaded(code, self._given, int(place)))

    def _written(self, code: Nest, deltas: Sequence[str]) -> None:
        """δ of every unit goes to its sample."""
        with code.loop(self.stage.layer.n_units) as u:
            slope = code.load(code.at(code.at("%results", self.lanes), code.times(u.index, self.lanes)))
            for lane, delta in enumerate(deltas):
                one = slope.register
                if self.lanes > 1:
                    one = code.emit(f"extractelement {slope.type} {slope.register}, i64 {lane}")
                code.do(f"store double {one}, ptr {code.at(delta, u.index)}, align 8")


def _turned(code: Nest, pointers: Sequence[str], place: str, n: int) -> None:
    """So many numbers behind each of these addresses, those of one index side by side."""
    with code.loop(n) as k:
        found = "poison"
        for lane, pointer in enumerate(pointers):
            one = code.result(f"load double, ptr {code.at(pointer, k.index)}, align 8")
            text = f"insertelement {code.type_of('double')} {found}, double {one}, i64 {lane}"
            found = one if code.lanes == 1 else code.emit(text)
        code.store(Lanes(code, found), code.at(place, code.times(k.index, code.lanes)))
