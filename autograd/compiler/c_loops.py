"""A program rolled up as C: a loop over the units for what is done alike for all, and lines for the rest."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from autograd import ops
from autograd.compiler.program import Place, Program, Step
from autograd.compiler.rolled import OF_ALL, Rolled, one_of
from autograd.compiler.statements import Text, number

STEP_OF_ALL = {
    ops.sum_of: "{0} += {1}[i];",
    ops.largest: "if ({1}[i] > {0}) {0} = {1}[i];",
    ops.smallest: "if ({1}[i] < {0}) {0} = {1}[i];",
}
"""How the number of one more unit goes into the result of an operation on all of them."""

LOG_SUM_EXP = """static double log_sum_exp(const double *z, int n) {
    int top = 0;
    double sum = 0.0;
    for (int i = 1; i < n; i++) top = z[i] > z[top] ? i : top;
    for (int i = 0; i < n; i++) sum += i == top ? 0.0 : exp(z[i] - z[top]);
    return z[top] + log1p(sum);
}"""


class UnitLoops:
    """The lines that write the outputs of a rolled program into y.

    Inputs are arrays by their names, each a number for every unit or one number at an index; `functions` are those
    of arrays that the lines call.
    """

    def __init__(self, text: Text, found: Rolled, n_units: int, arrays: Sequence[tuple[str, int]]) -> None:
        self._text, self._found, self._n = text, found, n_units
        self._arrays = arrays
        self.functions: list[str] = []
        self._steps = dict(enumerate(found.program.steps, start=found.program.n_inputs))
        self._stage = [0] * found.program.n_inputs
        self._users: dict[int, list[int]] = {}
        for place, step in self._steps.items():
            self._stage.append(max((self._after(place, arg) for arg in _places(step.args)), default=0))
            for arg in _places(step.args):
                self._users.setdefault(arg, []).append(place)
        sizes = [n_units if self._is_wide(place) else 1 for place in found.program.outputs]
        self._outputs = [*zip(found.program.outputs, accumulate([0, *sizes]), strict=False)]
        ends = [place for place in _places(found.program.outputs) if place in self._steps and not self._of_all(place)]
        # What is written where it is computed.
        self._direct = {end: at for end, at in self._outputs if type(end) is int and ends.count(end) == 1}

    def _is_wide(self, place: Place) -> bool:
        return type(place) is int and self._found.wide[place]

    def _of_all(self, place: int) -> bool:
        """Whether it is one number, made of those of all units."""
        args = self._steps[place].args if place in self._steps else ()
        return not self._found.wide[place] and any(map(self._is_wide, args))

    def _after(self, place: int, arg: int) -> int:
        """The loop before which a place can be computed, if an operand is computed in or before one."""
        return self._stage[arg] + (self._of_all(place) and arg in self._steps and self._found.wide[arg])

    def lines(self) -> Iterator[str]:
        """Loops one after the other; before each the numbers that it needs and that all units have in common."""
        for stage in range(max(self._stage, default=0) + 1):
            own = [place for place in self._steps if self._stage[place] == stage]
            for place in own:
                yield from self._taken(place) if self._of_all(place) else ()
            common = [place for place in own if not (self._found.wide[place] or self._of_all(place))]
            yield from self._part(common, self._single, "double v{} = {};", f"s{stage}_")
            inside = [place for place in own if self._found.wide[place]]
            yield from (f"double v{place}[{self._n}];" for place in self._used(inside))
            if inside:
                yield from self._loop(self._part(inside, self._each, "v{}[i] = {};", f"u{stage}_"))
        for end, at in self._outputs:
            if type(end) is float or end not in self._direct:
                text = self._each(end) if type(end) is int else number(end, self._text.statements)[0]
                line = f"{self._result(at, self._is_wide(end))} = {text};"
                yield from self._loop([line]) if self._is_wide(end) else [line]

    def _result(self, at: int, wide: bool) -> str:
        return f"y[{at} + i]" if wide and at else "y[i]" if wide else f"y[{at}]"

    def _loop(self, lines: Iterable[str]) -> Iterator[str]:
        yield f"for (int i = 0; i < {self._n}; i++) {{"
        yield from (f"    {line}" for line in lines)
        yield "}"

    def _used(self, part: Sequence[int]) -> list[int]:
        """The places of a part of the program that are operands outside of it."""
        own = {*part}
        return [place for place in part if not own.issuperset(self._users.get(place, ()))]

    def _part(self, part: Sequence[int], name: Callable[[int], str], line: str, prefix: str) -> Iterator[str]:
        """Some steps, of which those are kept that are used elsewhere."""
        operands, own = [arg for place in part for arg in _places(self._steps[place].args)], {*part}
        given = list(dict.fromkeys(arg for arg in operands if arg not in own))
        places = {place: k for k, place in enumerate([*given, *part])}
        steps = [Step(op, tuple(places[arg] if type(arg) is int else arg for arg in args))
                 for op, args in (self._steps[place] for place in part)]  # fmt: skip
        used = self._used(part)
        ends = [place for place in part if place in self._direct]
        program = Program(len(given), tuple(steps), tuple(places[place] for place in [*used, *ends]))
        lines, results = self._text.body(program, [name(place) for place in given], prefix)
        yield from lines
        yield from (line.format(place, result) for place, result in zip(used, results, strict=False))
        for place, text in zip(ends, results[len(used) :], strict=True):
            yield f"{self._result(self._direct[place], self._found.wide[place])} = {text};"

    def _array(self, place: int) -> str:
        """The name of what has a number for every unit."""
        if place in self._steps:
            return f"v{place}"
        name, start = self._arrays[place]
        return f"({name} + {start})" if start else name

    def _single(self, place: int) -> str:
        """One number."""
        return f"v{place}" if place in self._steps else "{}[{}]".format(*self._arrays[place])

    def _each(self, place: int) -> str:
        """One number, or that of unit i."""
        if not self._found.wide[place]:
            return self._single(place)
        if place in self._steps:
            return f"v{place}[i]"
        name, start = self._arrays[place]
        return f"{name}[{start} + i]" if start else f"{name}[i]"

    def _taken(self, place: int) -> Iterator[str]:
        """A number of one unit, or one that all units go into."""
        op, args = self._steps[place]
        array = self._array(_places(args)[0])
        if op is one_of:
            yield f"double v{place} = {array}[{int(args[1])}];"
        elif op is ops.log_sum_exp:
            self.functions = [LOG_SUM_EXP]
            yield f"double v{place} = log_sum_exp({array}, {self._n});"
        else:
            assert op in OF_ALL
            yield f"double v{place} = {array}[0];"
            yield f"for (int i = 1; i < {self._n}; i++) " + STEP_OF_ALL[op].format(f"v{place}", array)


def _places(args: Sequence[Place]) -> list[int]:
    return [arg for arg in args if type(arg) is int]
