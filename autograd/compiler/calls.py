"""One evaluation of a program as LLVM code: numbers in, numbers out, with the bits that Python's floats would have."""

from autograd.compiler.lanes import Code, Lanes
from autograd.compiler.program import Program, narrowed
from autograd.compiler.sections import Section, Store, loaded, stored

POINTERS = ("%in", "%out", "%work")


class Call:
    """The function `call(in, out, work)`: the outputs of a program at the numbers `in`."""

    def __init__(self, program: Program) -> None:
        self.program = program = narrowed(program)
        self._inputs = Store("%in", {place: place for place in range(program.n_inputs)}, scalar=True)
        self._outputs: dict[int, list[int]] = {}
        for k, place in enumerate(program.outputs):
            if type(place) is int:
                self._outputs.setdefault(place, []).append(k)
        places = range(program.n_inputs, program.n_inputs + len(program.steps))
        self._section = Section(program, places, [self._inputs], list(self._outputs), self._keep, "%work", {})

    @property
    def work_size(self) -> int:
        """How many doubles of memory `call` needs for itself."""
        return len(self._section.crossing.at)

    def text(self) -> tuple[list[str], dict[str, str]]:
        """The functions, `call` last, and what they declare."""
        code = Code(1)
        for k, place in enumerate(self.program.outputs):
            if type(place) is float:
                stored(code, "%out", k, code.number(place))
            elif place < self.program.n_inputs:
                stored(code, "%out", k, loaded(code, self._inputs, int(place)))
        functions = self._section.text(code, "part", POINTERS)
        lines = "\n".join([*code.lines, "  ret void"])
        taken = ", ".join(f"ptr noalias {pointer}" for pointer in POINTERS)
        return [*functions, f"define void @call({taken}) {{\n{lines}\n}}"], code.declared | self._section.declared

    def _keep(self, code: Code, place: int, number: Lanes) -> None:
        for k in self._outputs[place]:
            stored(code, "%out", k, number)
