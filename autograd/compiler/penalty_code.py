"""A penalty as LLVM code: what is added to the loss of every batch, and to the slopes of the parameters."""

from collections.abc import Sequence
from typing import NamedTuple

from autograd import ops
from autograd.compiler import ieee
from autograd.compiler.lanes import Code, Lanes, Lowering
from autograd.compiler.program import Place, Program, Step, narrowed, needed, used
from autograd.compiler.sections import Section, Store, address, results_of, stored
from autograd.primitive import Primitive


class Alike(NamedTuple):
    """A penalty that treats all parameters alike, such as λ·Σp², as programs.

    term   of p: what p contributes to the sum
    slope  of p: the slope
    rest   of the sum: the penalty
    """

    term: Program
    slope: Program
    rest: Program


class Penalty:
    """The function `penalty(params, sums, frame)`: adds a program's outputs, the penalty and its slopes, to the sums.

    One that treats all parameters alike takes as many at once as there are lanes.
    """

    def __init__(
        self,
        program: Program,
        updates: Sequence[Program],
        lanes: int,
        padded: int,
        functions: dict[Primitive, Lowering],
    ) -> None:
        self.lanes, self.padded, self.functions = lanes, padded, functions
        self.alike = alike(program) if all(map(keeps_zero, updates)) else None
        self.program = program = narrowed(program)
        self._entries: dict[int, list[int]] = {}
        for k, place in enumerate(program.outputs):
            if type(place) is int:
                self._entries.setdefault(place, []).append(k)
        self._params = Store("%params", {k: k for k in range(program.n_inputs)}, scalar=True)
        places = sorted(needed(program, program.outputs))
        self._section = Section(
            program, places, [self._params], list(self._entries), self._add, "%frame", functions
        )

    @property
    def work_size(self) -> int:
        """How many doubles of memory it needs for itself."""
        return 0 if self.alike else len(self._section.crossing.at)

    def text(self) -> tuple[list[str], dict[str, str]]:
        """The functions, `penalty` last, and what they declare."""
        functions, lines, declared = self._together() if self.alike else self._one_by_one()
        taken = "ptr noalias %params, ptr noalias %sums, ptr noalias %frame"
        body = "\n".join(lines)
        return [*functions, f"define internal void @penalty({taken}) noinline {{\n{body}\n  ret void\n}}"], declared

    def _one_by_one(self) -> tuple[list[str], list[str], dict[str, str]]:
        code = Code(1, self.functions)
        functions = self._section.text(code, "penalty_part", ("%params", "%sums", "%frame"))
        for k, place in enumerate(self.program.outputs):
            if type(place) is float:
                _increase(code, k, code.number(place))
            elif place < self.program.n_inputs:
                own = address(code, "%params", int(place), 1)
                _increase(code, k, Lanes(code, code.result(f"load double, ptr {own}, align 8")))
        return functions, ["entry:", *code.lines], code.declared | self._section.declared

    def _add(self, code: Code, place: int, number: Lanes) -> None:
        for k in self._entries[place]:
            _increase(code, k, number)

    def _together(self) -> tuple[list[str], list[str], dict[str, str]]:
        assert self.alike is not None
        code, end = Code(self.lanes, self.functions), Code(1, self.functions, "e")
        vector, zero = code.type_of("double"), code.number(0.0).register
        own = code.emit("getelementptr double, ptr %params, i64 %k")
        p = Lanes(code, code.result(f"load {vector}, ptr {own}, align 8"))
        slot = code.emit("getelementptr double, ptr %slopes, i64 %k")
        before = Lanes(code, code.result(f"load {vector}, ptr {slot}, align 8"))
        slope = before + results_of(code, self.alike.slope, [p])[0]
        code.do(f"store {vector} {slope.register}, ptr {slot}, align 8")
        sum_next = Lanes(code, "%sum") + results_of(code, self.alike.term, [p])[0]
        parts = [sum_next.register]
        if self.lanes > 1:
            parts = [end.emit(f"extractelement {vector} {sum_next.register}, i64 {lane}") for lane in range(self.lanes)]
        total = Lanes(end, parts[0])
        for part in parts[1:]:
            total = total + Lanes(end, part)
        _increase(end, 0, results_of(end, self.alike.rest, [total])[0])
        lines = [
            "entry:",
            "  %slopes = getelementptr double, ptr %sums, i64 1",
            "  br label %each",
            "each:",
            "  %k = phi i64 [0, %entry], [%k_next, %each]",
            f"  %sum = phi {vector} [{zero}, %entry], [{sum_next.register}, %each]",
            *code.lines,
            f"  %k_next = add i64 %k, {self.lanes}",
            f"  %k_more = icmp slt i64 %k_next, {self.padded}",
            "  br i1 %k_more, label %each, label %end",
            "end:",
            *end.lines,
        ]
        return [], lines, code.declared | end.declared


def _increase(code: Code, k: int, number: Lanes) -> None:
    """Add a number to an entry of the sums."""
    where = address(code, "%sums", k, 1)
    stored(code, "%sums", k, Lanes(code, code.result(f"load double, ptr {where}, align 8")) + number)


def alike(given: Program) -> Alike | None:
    """The penalty in parts if it is one sum of equal terms, one of each parameter, 0 at 0 as its slope is; else None.

    (A register that the parameters do not fill is filled up with zeros, which must stay so.)
    """
    shapes, owners = _shapes(given)
    n = given.n_inputs
    value, *slopes = given.outputs
    sums = [place for place, (op, args) in enumerate(given.steps, start=n) if op is ops.sum_of and len(args) == n]
    if len(sums) != 1 or n < 2 or any(type(place) is not int for place in (value, *slopes)):
        return None
    terms = given.steps[sums[0] - n].args
    for places in (terms, slopes):
        if [owners[place] if type(place) is int else None for place in places] != list(range(n)):
            return None
        if len({shapes[int(place)] for place in places}) != 1:
            return None
    rest = _after(given, sums[0], value)
    term, slope = (_of_first(given, places[0]) for places in (terms, slopes))
    at_zero = [part.run([0.0], ieee.evaluate)[0] for part in (term, slope)]
    return Alike(term, slope, rest) if rest is not None and at_zero == [0.0, 0.0] else None


def keeps_zero(update: Program) -> bool:
    """Whether a parameter that is 0 stays 0 where its slopes are."""
    for lr, t in ((0.0625, 1.0), (1.5, 2.0), (1e-3, 100.0)):
        inputs = [0.0, 0.0, lr, t, *[0.0] * (update.n_inputs - 4)]
        if any(update.run(inputs, ieee.evaluate)):
            return False
    return True


def _shapes(given: Program) -> tuple[list[int], list[int | None]]:
    """Of every place a number for its expression, equal where only the parameter differs; and which parameter it is of.

    The owner is None where there is none or several.
    """
    shapes: list[int] = [0] * given.n_inputs
    owners: list[int | None] = list(range(given.n_inputs))
    known: dict[tuple[object, ...], int] = {}
    for op, args in given.steps:
        key = (op, *(shapes[arg] if type(arg) is int else float(arg).hex() for arg in args))
        shapes.append(known.setdefault(key, len(known) + 1))
        own = {owners[arg] for arg in args if type(arg) is int}
        owners.append(own.pop() if len(own) == 1 else None)
    return shapes, owners


def _of_first(given: Program, place: Place) -> Program:
    """The program of a place that depends on the first parameter alone, as one of one input."""
    kept = sorted(needed(given, [place]))
    moved = {0: 0} | {own: 1 + k for k, own in enumerate(kept)}
    steps = (given.steps[own - given.n_inputs] for own in kept)
    moves = tuple(Step(op, tuple(moved[arg] if type(arg) is int else arg for arg in args)) for op, args in steps)
    return Program(1, moves, (moved[int(place)],))


def _after(given: Program, total: int, value: Place) -> Program | None:
    """The program from a sum to the value; None where the value depends on the parameters by another way too."""
    n = given.n_inputs
    moved: dict[int, int] = {total: 0}
    steps: list[Step] = []
    for place in sorted(needed(given, [value])):
        op, args = given.steps[place - n]
        if place > total and all(type(arg) is float or arg in moved for arg in args):
            moved[place] = 1 + len(steps)
            steps.append(Step(op, tuple(moved[arg] if type(arg) is int else arg for arg in args)))
    return used(Program(1, tuple(steps), (moved[int(value)],))) if value in moved else None
