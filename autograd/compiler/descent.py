"""Training as LLVM code: epochs of steps, each the sums over a batch, a penalty, and the update of every parameter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from autograd.compiler.chain import Chain, chain_of
from autograd.compiler.lanes import Code, Lanes, Lowering, lowered
from autograd.compiler.layers import Layers
from autograd.compiler.penalty_code import Penalty
from autograd.compiler.program import Program
from autograd.compiler.row_sums import Split, Sums
from autograd.primitive import Primitive

ARGUMENTS = (
    "ptr noalias %params, ptr noalias %memory, ptr noalias %data, ptr noalias %order, i64 %stride, i64 %n, "
    "i64 %batch, i64 %epochs, ptr noalias %rates, i64 %t, ptr noalias %losses, ptr noalias %work"
)


@dataclass(frozen=True)
class Recipe:
    """What is trained and how, as programs over P parameters.

    n_parameters    P
    n_columns       how many numbers a row of the data has
    layers          what the loss of a row is made of, where it is done layer by layer; else None
    penalty         of the parameters: what is added to the loss of a batch, and its P slopes; None for nothing
    update          of p, g, lr, t and what is remembered of p: the next p, and what is then remembered
    first           the same in the first step, where t is 1; None where it is no other
    slopes          `term`; None with layers, which do without it
    differentiated  gives `term` if it is asked for all the same
    """

    n_parameters: int
    n_columns: int
    layers: Layers | None
    penalty: Program | None
    update: Program
    first: Program | None
    slopes: Program | None
    differentiated: Callable[[], Program] = field(compare=False, repr=False)

    @cached_property
    def term(self) -> Program:
        """Of the parameters, the columns of a row and its weight: the weighted loss, and its P slopes."""
        return self.slopes or self.differentiated()

    @cached_property
    def chain(self) -> Chain | None:
        """The layers with all slopes, where they are one after the other; else None."""
        found = None if self.layers is None else chain_of(self.layers)
        return None if found is None else found.with_slopes

    @cached_property
    def written_out(self) -> "Recipe":
        """The same, with `term` instead of layers."""
        return replace(self, layers=None, slopes=self.term)

    def simplified(self, change: Callable[[Program], Program]) -> "Recipe":
        """The same with another form of `term`."""
        before = self.differentiated
        now = self.slopes and change(self.slopes)
        return replace(self, slopes=now, differentiated=lambda: change(before()))

    @property
    def parts(self) -> tuple[Program, ...]:
        """The programs that are written out for a row."""
        return (self.term,) if self.layers is None else (self.layers.between,)

    @property
    def length(self) -> int:
        """How many operands the operations have that are written out: what compiling takes time for."""
        return sum(len(step.args) for part in self.parts for step in part.steps)

    @property
    def size(self) -> int:
        """How many the operations of a row have together: what the work grows with."""
        return self.length + (self.layers.size if self.layers else 0)

    @property
    def n_memories(self) -> int:
        """How many numbers are remembered of a parameter."""
        return len(self.update.outputs) - 1

    @property
    def updates(self) -> tuple[Program, ...]:
        """The update of every step there is."""
        return (self.update,) if self.first is None else (self.first, self.update)

    def split(self) -> Split:
        """The inputs of `term` by what they are."""
        n, last = self.n_parameters, self.term.n_inputs - 1
        return Split(tuple(range(n)), tuple(range(n, last)), last)


class Descent:
    """The function `train(params, memory, data, order, stride, n, batch, epochs, rates, t, losses, work)`.

    It goes `epochs` times through the n rows, in the order that `order` lists (that of the next
    epoch is `stride` entries further on), with a step for every `batch` rows, the rate of an epoch
    from `rates`, t steps having been made before. It writes the loss of every epoch, and returns
    how many epochs are done: it ends early with one after which the loss or a parameter is not finite.
    """

    def __init__(self, recipe: Recipe, lanes: int, functions: dict[Primitive, Lowering]) -> None:
        self.recipe, self.lanes, self.functions = recipe, lanes, functions
        self.sums = Sums(recipe.term, recipe.split(), lanes, functions)
        self.padded = -(-recipe.n_parameters // lanes) * lanes
        self.penalty = None
        if recipe.penalty is not None:
            self.penalty = Penalty(recipe.penalty, recipe.updates, lanes, self.padded, functions)

    @property
    def order(self) -> range:
        """The parameters as they lie in memory."""
        return range(self.recipe.n_parameters)

    def work_size(self, n: int) -> int:
        """How many doubles of memory `train` needs for itself, for n rows."""
        frame = self.penalty.work_size if self.penalty else 0
        return self._rest + max(self.sums.work_size, frame)

    @property
    def _rest(self) -> int:
        """Where the memory behind the sums begins."""
        return -(-(self.sums.n_sums + self.lanes) // 8) * 8

    def text(self) -> tuple[list[str], dict[str, str]]:
        """The functions, `train` last, and what they declare."""
        functions, declared = self.sums.text()
        penalty = ""
        if self.penalty is not None:
            more_functions, more = self.penalty.text()
            functions, declared = functions + more_functions, declared | more
            penalty = "call void @penalty(ptr %params, ptr %sums, ptr %rest)"
        update, more = self._update()
        step = f"""  %weight = fdiv double 1.0, %count_d
  call void @rows(ptr %params, ptr %data, ptr %at, i64 %count, double %weight, ptr %sums, ptr %rest)
  {penalty}
  call void @update(ptr %params, ptr %memory, ptr %sums, double %rate, double %time)
  %loss = load double, ptr %sums, align 8
  %share = fdiv double %count_d, %total
  %part = fmul double %loss, %share
  %sum_next = fadd double %sum, %part"""
        pointers = f"""  %sums = getelementptr double, ptr %work, i64 0
  %rest = getelementptr double, ptr %work, i64 {self._rest}"""
        return [*functions, update, FINITE, steps(pointers, step, self.recipe.n_parameters)], declared | more

    def _update(self) -> tuple[str, dict[str, str]]:
        """The function that moves all parameters, as many at once as there are lanes."""
        once, code = Code(1, self.functions, "e"), Code(self.lanes, self.functions)
        vector = code.type_of("double")
        pointers = ["%params", "%slopes", *(f"%memory{j}" for j in range(self.recipe.n_memories))]
        places = [code.emit(f"getelementptr double, ptr {pointer}, i64 %k") for pointer in pointers]
        own = [Lanes(code, code.result(f"load {vector}, ptr {place}, align 8")) for place in places]
        results = updated(self.recipe, code, own, (Lanes(once, "%rate"), Lanes(once, "%time")), once)
        for result, place in zip(results, [places[0], *places[2:]], strict=True):
            code.do(f"store {vector} {result.register}, ptr {place}, align 8")
        memories = range(self.recipe.n_memories)
        lines = [
            "define internal void @update(ptr noalias %params, ptr noalias %memory, ptr noalias %sums, "
            "double %rate, double %time) {",
            "entry:",
            *once.lines,
            "  %slopes = getelementptr double, ptr %sums, i64 1",
            *(f"  %memory{j} = getelementptr double, ptr %memory, i64 {j * self.padded}" for j in memories),
            "  br label %each",
            "each:",
            "  %k = phi i64 [0, %entry], [%k_next, %each]",
            *code.lines,
            f"  %k_next = add i64 %k, {self.lanes}",
            f"  %k_more = icmp slt i64 %k_next, {self.padded}",
            "  br i1 %k_more, label %each, label %end",
            "end:",
            "  ret void",
            "}",
        ]
        return "\n".join(lines), once.declared | code.declared


def updated(
    recipe: Recipe, code: Code, own: Sequence[Lanes], settings: tuple[Lanes, Lanes], once: Code
) -> list[Lanes]:
    """The next parameters and memories; `own` are p, g and the memories, `settings` are lr and t.

    What depends on the settings alone is written into `once`, as numbers without lanes.
    """

    def run(given: Program) -> list[Lanes]:
        varying = given.depends_on([0, 1, *range(4, given.n_inputs)])
        found: list[Lanes] = [own[0], own[1], *settings, *own[2:]]

        def operand(arg: int | float, home: Code) -> Lanes:
            if type(arg) is float:
                return home.number(arg)
            number = found[int(arg)]
            return number if number.code is home else home.splat(number.register)

        for step in given.steps:
            home = code if varying[len(found)] else once
            found.append(lowered(home, step.op, [operand(arg, home) for arg in step.args]))
        return [operand(place, code) for place in given.outputs]

    later = run(recipe.update)
    if recipe.first is None:
        return later
    begins = code.splat(settings[1].register).compare("oeq", 1.0)
    return [begins.choose(a, b) for a, b in zip(run(recipe.first), later, strict=True)]


FINITE = """define internal i1 @finite(ptr noalias %numbers, i64 %n, double %start) {
entry:
  %first = fsub double %start, %start
  br label %each
each:
  %k = phi i64 [0, %entry], [%k_next, %each]
  %sum = phi double [%first, %entry], [%sum_next, %each]
  %at = getelementptr double, ptr %numbers, i64 %k
  %x = load double, ptr %at, align 8
  %off = fsub double %x, %x
  %sum_next = fadd double %sum, %off
  %k_next = add i64 %k, 1
  %k_more = icmp slt i64 %k_next, %n
  br i1 %k_more, label %each, label %end
end:
  %fine = fcmp oeq double %sum_next, 0.0
  ret i1 %fine
}"""
"""Whether n numbers, and one more, are finite: x - x is 0 then, and nan otherwise."""


def steps(pointers: str, step: str, n_parameters: int) -> str:
    """The text of `train`: loops over epochs and batches around what computes and applies one step.

    `step` finds `%at`, `%count`, `%count_d`, `%total`, `%rate`, `%time`, `%sum`, and sets `%sum_next`.
    """
    return f"""define i64 @train({ARGUMENTS}) {{
entry:
{pointers}
  %total = sitofp i64 %n to double
  br label %epoch
epoch:
  %e = phi i64 [0, %entry], [%e_next, %close]
  %made = phi i64 [%t, %entry], [%made_next, %close]
  %order_at = mul i64 %e, %stride
  %order_e = getelementptr i64, ptr %order, i64 %order_at
  %rate_at = getelementptr double, ptr %rates, i64 %e
  %rate = load double, ptr %rate_at, align 8
  br label %step
step:
  %start = phi i64 [0, %epoch], [%start_next, %step]
  %done = phi i64 [%made, %epoch], [%made_next, %step]
  %sum = phi double [0.0, %epoch], [%sum_next, %step]
  %left = sub i64 %n, %start
  %full = icmp slt i64 %batch, %left
  %count = select i1 %full, i64 %batch, i64 %left
  %count_d = sitofp i64 %count to double
  %at = getelementptr i64, ptr %order_e, i64 %start
  %made_next = add i64 %done, 1
  %time = sitofp i64 %made_next to double
{step}
  %start_next = add i64 %start, %count
  %more = icmp slt i64 %start_next, %n
  br i1 %more, label %step, label %close
close:
  %loss_at = getelementptr double, ptr %losses, i64 %e
  store double %sum_next, ptr %loss_at, align 8
  %e_next = add i64 %e, 1
  %fine = call i1 @finite(ptr %params, i64 {n_parameters}, double %sum_next)
  %some = icmp slt i64 %e_next, %epochs
  %again = and i1 %fine, %some
  br i1 %again, label %epoch, label %end
end:
  %good = select i1 %fine, i64 %e_next, i64 %e
  ret i64 %good
}}"""
