"""Training sample by sample as LLVM code, with the parameters in registers all the time."""

from collections.abc import Sequence

from autograd import ops
from autograd.compiler import quick_sigmoid
from autograd.compiler.descent import ARGUMENTS, Recipe, updated
from autograd.compiler.lanes import Code, Lanes, Lowering, lowered
from autograd.compiler.program import Place, Program, Step, needed
from autograd.primitive import Primitive

MOST = 48
"""With more numbers to hold than this, registers do not suffice."""


class SingleDescent:
    """The function `train` of `Descent`, for small networks and batches of one sample.

    The next sample waits for the parameters and not for the loss. So what only the loss needs is
    put off: the numbers it is made of are written down, and at the end of an epoch the losses of
    several samples are computed side by side.
    """

    def __init__(self, recipe: Recipe, lanes: int, functions: dict[Primitive, Lowering]) -> None:
        self.recipe, self.lanes, self.functions = recipe, lanes, functions
        self.padded = recipe.n_parameters
        self._held = recipe.n_parameters * (1 + recipe.n_memories)
        self._chain = needed(recipe.term, recipe.term.outputs[1:])
        self._noted, self._tail = _put_off(recipe, self._chain)

    @staticmethod
    def suits(recipe: Recipe) -> bool:
        """Whether the parameters, and what is remembered of them, are few enough."""
        return recipe.n_parameters * (1 + recipe.n_memories) <= MOST and len(recipe.term.steps) <= 8 * MOST

    @property
    def order(self) -> range:
        """The parameters as they lie in memory."""
        return range(self.recipe.n_parameters)

    def work_size(self, n: int) -> int:
        """How many doubles of memory `train` needs for itself, for n rows: a column for every number noted."""
        return self._tail.n_inputs * (n + self.lanes)

    def text(self) -> tuple[list[str], dict[str, str]]:
        """The function, and what it declares."""
        code = Code(1, self.functions | {ops.sigmoid: quick_sigmoid.sigmoid})
        losses = Code(self.lanes, self.functions, "n")
        close = Code(1, prefix="f")
        results = self._step(code)
        loss = self._losses(losses)
        fine = self._close(close, loss, [Lanes(close, result.register) for result in results])
        places, addresses = self._addresses()
        columns = range(self._tail.n_inputs)
        lines = [
            f"define i64 @train({ARGUMENTS}) {{",
            "entry:",
            f"  %padded = add i64 %n, {self.lanes - 1}",
            f"  %height = and i64 %padded, {-self.lanes}",
            *(f"  %column{k}_at = mul i64 %height, {k}" for k in columns),
            *(f"  %column{k} = getelementptr double, ptr %work, i64 %column{k}_at" for k in columns),
            *places,
            *(f"  %b{k} = load double, ptr {at}, align 8" for k, at in enumerate(addresses)),
            "  %total = sitofp i64 %n to double",
            "  br label %epoch",
            "epoch:",
            "  %e = phi i64 [0, %entry], [%e_next, %close]",
            *(f"  %e{k} = phi double [%b{k}, %entry], [{x.register}, %close]" for k, x in enumerate(results)),
            "  %made_here = mul i64 %e, %n",
            "  %made = add i64 %made_here, %t",
            "  %order_at = mul i64 %e, %stride",
            "  %order_e = getelementptr i64, ptr %order, i64 %order_at",
            "  %rate_at = getelementptr double, ptr %rates, i64 %e",
            "  %rate = load double, ptr %rate_at, align 8",
            "  br label %step",
            "step:",
            "  %s = phi i64 [0, %epoch], [%s_next, %step]",
            *(f"  %p{k} = phi double [%e{k}, %epoch], [{x.register}, %step]" for k, x in enumerate(results)),
            *code.lines,
            "  %s_next = add i64 %s, 1",
            "  %more = icmp slt i64 %s_next, %n",
            "  br i1 %more, label %step, label %sums",
            "sums:",
            "  %i = phi i64 [0, %step], [%i_next, %sums]",
            f"  %sum = phi {loss.type} [{losses.number(0.0).register}, %step], [{loss.register}, %sums]",
            *losses.lines,
            f"  %i_next = add i64 %i, {self.lanes}",
            "  %i_more = icmp slt i64 %i_next, %n",
            "  br i1 %i_more, label %sums, label %close",
            "close:",
            *close.lines,
            "  %e_next = add i64 %e, 1",
            "  %some = icmp slt i64 %e_next, %epochs",
            f"  %again = and i1 {fine.register}, %some",
            "  br i1 %again, label %epoch, label %end",
            "end:",
            *(f"  store double {x.register}, ptr {at}, align 8" for x, at in zip(results, addresses, strict=True)),
            f"  %good = select i1 {fine.register}, i64 %e_next, i64 %e",
            "  ret i64 %good",
            "}",
        ]
        return ["\n".join(lines)], code.declared | losses.declared

    def _losses(self, code: Code) -> Lanes:
        """The sum of the losses so far, and of the next ones side by side."""
        pointers = [code.emit(f"getelementptr double, ptr %column{k}, i64 %i") for k in range(self._tail.n_inputs)]
        kind = code.type_of("double")
        inputs = [Lanes(code, code.result(f"load {kind}, ptr {pointer}, align 8")) for pointer in pointers]
        found = _run(code, self._tail, inputs, needed(self._tail, self._tail.outputs))
        loss = _at(code, found, self._tail.outputs[0])
        left = code.result("sub i64 %n, %i")
        there = [code.emit(f"icmp sgt i64 {left}, {lane}") for lane in range(self.lanes)]
        mask = there[0]
        if self.lanes > 1:
            mask = "poison"
            for lane, flag in enumerate(there):
                mask = code.emit(f"insertelement {code.type_of('flag')} {mask}, i1 {flag}, i64 {lane}")
        return Lanes(code, "%sum") + Lanes(code, mask, "flag").choose(loss, 0.0)

    def _close(self, code: Code, loss: Lanes, results: Sequence[Lanes]) -> Lanes:
        """The mean loss of an epoch is written; and whether it and the parameters are finite."""
        parts = [loss.register]
        if self.lanes > 1:
            parts = [code.emit(f"extractelement {loss.type} {loss.register}, i64 {k}") for k in range(self.lanes)]
        mean = tree_sum([Lanes(code, part) for part in parts]) / Lanes(code, "%total")
        where = code.emit("getelementptr double, ptr %losses, i64 %e")
        code.do(f"store double {mean.register}, ptr {where}, align 8")
        return tree_sum([number - number for number in (mean, *results)]).compare("oeq", 0.0)

    def _addresses(self) -> tuple[list[str], list[str]]:
        """The address of every number that is held: the instructions that compute them, and the registers."""
        n = self.recipe.n_parameters
        lines, registers = [], []
        for k in range(self._held):
            base, index = ("%params", k) if k < n else ("%memory", k - n)
            registers.append(f"%at{k}")
            lines.append(f"  {registers[-1]} = getelementptr double, ptr {base}, i64 {index}")
        return lines, registers

    def _step(self, code: Code) -> list[Lanes]:
        """The numbers to hold after the next sample; what its loss is made of is noted."""
        recipe, n = self.recipe, self.recipe.n_parameters
        held = [Lanes(code, f"%p{k}") for k in range(self._held)]
        inputs = [*held[:n], *self._columns(code), code.number(1.0)]
        found = _run(code, recipe.term, inputs, self._chain)
        slopes = [_at(code, found, place) for place in recipe.term.outputs[1:]]
        penalty: list[Lanes] = []
        if recipe.penalty is not None:
            own = _run(code, recipe.penalty, held[:n], needed(recipe.penalty, recipe.penalty.outputs))
            penalty = [_at(code, own, place) for place in recipe.penalty.outputs]
            slopes = [a + b for a, b in zip(slopes, penalty[1:], strict=True)]
        made = code.emit(f"add i64 {code.emit('add i64 %made, %s')}, 1")
        settings = Lanes(code, "%rate"), Lanes(code, code.emit(f"sitofp i64 {made} to double"))
        results = [updated(recipe, code, [held[k], slopes[k], *held[n + k :: n]], settings, code) for k in range(n)]
        for k, number in enumerate([*(_at(code, found, place) for place in self._noted), *penalty[:1]]):
            where = code.emit(f"getelementptr double, ptr %column{k}, i64 %s")
            code.do(f"store double {number.register}, ptr {where}, align 8")
        return [parts[j] for j in range(1 + recipe.n_memories) for parts in results]

    def _columns(self, code: Code) -> list[Lanes]:
        """The numbers of the next row."""
        at = code.result(f"load i64, ptr {code.emit('getelementptr i64, ptr %order_e, i64 %s')}, align 8")
        row = code.emit(f"mul i64 {at}, {self.recipe.n_columns}")
        pointer = code.emit(f"getelementptr double, ptr %data, i64 {row}")
        places = [code.emit(f"getelementptr double, ptr {pointer}, i64 {k}") for k in range(self.recipe.n_columns)]
        return [Lanes(code, code.result(f"load double, ptr {place}, align 8")) for place in places]


def tree_sum(numbers: Sequence[Lanes]) -> Lanes:
    """The sum of numbers in pairs, so that few additions wait for one another."""
    rest = list(numbers)
    while len(rest) > 1:
        rest = [a + b for a, b in zip(rest[::2], rest[1::2], strict=False)] + rest[len(rest) & ~1 :]
    return rest[0]


def _put_off(recipe: Recipe, chain: frozenset[int]) -> tuple[list[Place], Program]:
    """The places of `term` that its loss is made of and the slopes are not; and the loss of these numbers.

    The penalty, where there is one, is one more number, and is added.
    """
    term = recipe.term
    loss = term.outputs[0]
    tail = sorted(needed(term, [loss]) - chain)
    operands = [arg for place in tail for arg in term.steps[place - term.n_inputs].args if type(arg) is int]
    noted = list(dict.fromkeys(arg for arg in operands if arg not in tail))
    if not tail:
        noted = [loss] if type(loss) is int else []
    extra = recipe.penalty is not None
    n = len(noted) + extra
    moved: dict[int, Place] = {place: k for k, place in enumerate(noted)}
    moved |= {place: n + k for k, place in enumerate(tail)}
    steps = []
    for place in tail:
        op, args = term.steps[place - term.n_inputs]
        steps.append(Step(op, tuple(moved[arg] if type(arg) is int else arg for arg in args)))
    result = moved[loss] if type(loss) is int else loss
    if extra:
        steps.append(Step(ops.add, (result, n - 1)))
        result = n + len(tail)
    return list(noted), Program(n, tuple(steps), (result,))


def _run(code: Code, given: Program, inputs: Sequence[Lanes], places: frozenset[int]) -> dict[int, Lanes]:
    """The numbers of these places of a program, and of its inputs."""
    found = dict(enumerate(inputs))
    for place in sorted(places):
        op, args = given.steps[place - given.n_inputs]
        found[place] = lowered(code, op, [_at(code, found, arg) for arg in args])
    return found


def _at(code: Code, found: dict[int, Lanes], place: Place) -> Lanes:
    return found[place] if type(place) is int else code.number(place)
