"""Training of layers as LLVM code: loops over samples, units and inputs, whose text does not grow with their number."""

from collections.abc import Callable, Iterator, Sequence

from autograd.compiler.between import extracted, returned, weighted_with_slopes
from autograd.compiler.descent import Recipe, steps, updated
from autograd.compiler.lanes import Code, Lanes, Lowering
from autograd.compiler.layers import Layers
from autograd.compiler.matrices import AT_ONCE, Memory, Stage
from autograd.compiler.matrix_loops import combined, dotted, gradient, together
from autograd.compiler.nest import Nest
from autograd.compiler.penalty_code import Alike, alike, keeps_zero
from autograd.compiler.program import Program
from autograd.compiler.sections import results_of
from autograd.compiler.single import tree_sum
from autograd.compiler.straight_code import Cell, StraightCode, cells_of, slopes_of
from autograd.compiler.unit_code import give_back, put_in, row
from autograd.primitive import Primitive

FEWEST, A_SAMPLE, ENOUGH = 50, 5, 500
"""Parameters: fewer are written out; so many for every sample of a step, or so many in all, go in loops."""


def pays(n_parameters: int, batch: int) -> bool:
    """Whether layers are better done in loops than written out.

    Loops fill their registers with units or inputs, code that is written out with samples, whose
    parameters it reads once for as many as there are lanes. Measured with 8 lanes, how many times
    as long as loops written-out code takes:

        parameters    batch 1    10     32     100    300
            17         0.7      1.0    0.6
            41         1.3      1.1    0.7
           105         5        1.8    1.1     0.9
           337         4        2.3    1.3     1.05   1.0
           697         9        2.8    1.6     1.4
         1,185        20        3.4    2.0     1.7

    More between the layers changes that little: a recurrent net of 331 parameters has 5, 2.2, 1.3 and
    1.5 at batches of 1 to 100, one of 496 with a softmax between its layers 3, 1.3, 1.1 and 0.95.
    """
    return n_parameters >= max(FEWEST, min(A_SAMPLE * batch, ENOUGH))


def suits(penalty: Program | None, updates: Sequence[Program]) -> bool:
    """Whether all parameters are treated alike, and one that is 0 stays 0: what rows are filled up with must."""
    return (penalty is None or alike(penalty) is not None) and all(map(keeps_zero, updates))


ROWS = "ptr noalias %data, ptr noalias %order"
WITHIN = "ptr noalias %work, i64 %count"
BESIDE = f"ptr noalias %params, {WITHIN}"
MOVING = "ptr noalias %params, ptr noalias %memory, ptr noalias %work, double %rate, double %time"


class LoopDescent:
    """The function `train` of `Descent`, for layers, as loops: code no longer for wide layers than for narrow ones.

    Every layer is one matrix, through which some samples go together. The update is part of the
    gradient's loops, which have it in registers, where all samples of a step go through at once.
    """

    def __init__(
        self, recipe: Recipe, layers: Layers, lanes: int, batch: int, functions: dict[Primitive, Lowering]
    ) -> None:
        self.recipe, self.layers, self.lanes, self.functions = recipe, layers, lanes, functions
        self.memory = memory = Memory(layers, lanes, batch, recipe.n_memories)
        self._samples = together(memory.chunk, lanes)
        self._filled = min(lanes, 1 << (batch - 1).bit_length())  # lanes that have a sample
        self.padded, self.order = memory.padded, memory.order
        self._slopes = memory.take(0 if memory.whole else memory.padded)
        self._penalty = None if recipe.penalty is None else alike(recipe.penalty)
        self._declared: dict[str, str] = {}
        self._calls: list[str] = []  # what is done with the samples of a chunk
        self._functions = [self._taken(), *self._forward(), *self._loss(), *self._back()]

    def work_size(self, n: int) -> int:
        """How many doubles of memory `train` needs for itself, however many rows there are."""
        return self.memory.size

    def text(self) -> tuple[list[str], dict[str, str]]:
        """The functions, `train` last, and what they declare."""
        functions = [*self._functions, self._batch()]
        lines = [
            "%own = call double @batch(ptr %params, ptr %memory, ptr %work, double %rate, double %time, "
            "ptr %data, ptr %at, i64 %count)"
        ]
        if not self.memory.whole:
            functions += [self._cleared(), self._moved_all()]
            lines.insert(0, "call void @clear(ptr %work)")
            lines.append("call void @update(ptr %params, ptr %memory, ptr %work, double %rate, double %time)")
        if self._penalty is not None:
            functions.append(self._added(self._penalty))
            lines.insert(0, "%extra = call double @penalty(ptr %params)")
            lines.append("%loss = fadd double %own, %extra")
        lines += [
            "%share = fdiv double %count_d, %total",
            f"%part = fmul double {'%own' if self._penalty is None else '%loss'}, %share",
            "%sum_next = fadd double %sum, %part",
        ]
        step = "\n".join(f"  {line}" for line in lines)
        functions += [self._finite(), steps("", step, self.padded)]
        return functions, self._declared

    def _ended(self, code: Nest, name: str, arguments: str, once: Nest | None = None) -> str:
        """The text of a function that gives nothing back, what is done `once` in front."""
        code.do("ret void")
        if once is not None:
            code.lines[:0] = once.lines
            self._declared |= once.declared
        self._declared |= code.declared
        return code.function(name, arguments)

    def _part(self, code: Nest, name: str, arguments: str, once: Nest | None = None) -> str:
        """The same for a part of what is done with the samples of a chunk, after those so far."""
        passed = arguments.replace("noalias ", "").replace("%order", "%here").replace("%count", "%some")
        self._calls.append(f"call void @{name}({passed})")
        return self._ended(code, name, arguments, once)

    def _nest(self) -> Nest:
        return Nest(self.lanes, self.functions)

    def _taken(self) -> str:
        """Where rows of the data go into a layer as they lie there; and zeros, to which slopes are added."""
        code, memory = self._nest(), self.memory
        first = self.layers.kinds[1].start
        taken = {stage.given: stage.pieces[0].run.operands[0] - first for stage in memory.stages if stage.pieces
                 and stage.given.elsewhere}  # fmt: skip
        zeros = [stage.delta for k, stage in enumerate(memory.stages) if stage.live and k not in self._stored]
        with code.loop("%count") as s:
            here = row(code, memory, s.index)
            for table, start in taken.items():
                own = code.at(code.at("%work", table.start), s.index)
                code.do(f"store ptr {code.at(here, start)}, ptr {own}, align 8")
            for table in zeros:
                own = code.at(code.at("%work", code.times(s.index, table.width)), table.start)
                with code.loop(table.width, self.lanes) as j:
                    code.store(code.number(0.0), code.at(own, j.index))
        for table, start in taken.items():  # samples that fill the last block are the last one again
            with code.loop(self._samples) as k:
                own = code.at(code.at("%work", code.emit(f"add i64 %count, {table.start}")), k.index)
                code.do(f"store ptr {code.at(here, start)}, ptr {own}, align 8")
        return self._part(code, "taken", f"{ROWS}, {WITHIN}")

    def _forward(self) -> Iterator[str]:
        """What goes into a layer, and from that its sums."""
        for k, stage in enumerate(self.memory.stages):
            code, matrix = self._nest(), stage.matrix
            if stage.pieces is None:
                leaves, function = extracted(self.layers.between, self.layers.given[k])
                writes = [Cell(stage.given, j) for j in range(stage.layer.n_inputs)]
                yield from self._straight(f"into_{k}", function, cells_of(self.memory, leaves), writes)
            if not stage.given.elsewhere:
                put_in(code, self.memory, stage)
                yield self._part(code, f"units_{k}", f"{ROWS}, {BESIDE}")
                code = self._nest()
            if matrix.by_input:
                combined(code, self._samples, stage.given, matrix, stage.z, None, bool(stage.layer.biases))
            else:
                dotted(code, self._samples, stage.given, matrix, stage.z, None, matrix.rows)
            yield self._part(code, f"sums_{k}", BESIDE)

    def _straight(self, name: str, program: Program, reads: Sequence[Cell], writes: Sequence[Cell]) -> list[str]:
        """The text of straight-line code between layers, or behind the last, whose number is the loss."""
        passed = "ptr %params, ptr %data, ptr %here, ptr %work, i64 %some, double %weight"
        self._calls.append(f"{'%part = ' if name == 'loss' else ''}call double @{name}({passed})")
        code = StraightCode(program, reads, writes, self._filled, self.functions)
        found = code.text(name, self.memory.take(code.work_size), self.recipe.n_columns, self._slopes)
        self._declared |= code.declared
        return found

    @property
    def _stored(self) -> list[int]:
        """The layers whose δ needs no zeros to begin with: all of it comes from the loss first, or at once."""
        _, _, *sums = self.layers.kinds
        found = [stage.before for stage in self.memory.stages if stage.before is not None]
        return found + [k for k, own in enumerate(sums) if self.memory.read_last.issuperset(own)]

    def _loss(self) -> list[str]:
        """The loss, from sums, and its slopes in them."""
        leaves, function = extracted(self.layers.between, self.layers.results)
        live = [k for k, place in enumerate(leaves) if self.memory.live(place)]
        program = weighted_with_slopes(function, live)
        writes = [Cell("sum"), *slopes_of(self.memory, [leaves[k] for k in live], self._stored)]
        return self._straight("loss", program, [*cells_of(self.memory, leaves), Cell("weight")], writes)

    def _back(self) -> Iterator[str]:
        """From the δ of a layer those of the layers before, and the gradient."""
        stages = self.memory.stages
        for k, stage in reversed([*enumerate(stages)]):
            if not stage.live:
                continue
            matrix, delta, below, factor = stage.matrix, stage.delta, stage.returned, None
            if stage.before is not None and stage.pieces:
                below, factor = stages[stage.before].delta, stage.pieces[0].slopes[0]
            if below is not None:
                code = self._nest()
                if matrix.by_input:
                    dotted(code, self._samples, delta, matrix, below, factor, stage.layer.n_inputs)
                else:
                    combined(code, self._samples, delta, matrix, below, factor, False)
                yield self._part(code, f"back_{k}", BESIDE)
            if stage.returned is not None and stage.pieces is not None:
                code = self._nest()
                give_back(code, self.memory, stage, self._slopes)
                yield self._part(code, f"return_{k}", WITHIN)
            elif stage.returned is not None:
                leaves, function = extracted(self.layers.between, self.layers.given[k])
                live = [j for j, place in enumerate(leaves) if self.memory.live(place)]
                seeds = [Cell(stage.returned, j) for j in range(stage.layer.n_inputs)]
                reads, writes = cells_of(self.memory, leaves), slopes_of(self.memory, [leaves[j] for j in live])
                yield from self._straight(f"return_{k}", returned(function, live), reads + seeds, writes)
            if stage.layer.trained:
                yield self._gradient(k, stage)

    def _gradient(self, number: int, stage: Stage) -> str:
        """The gradient of a layer's weights, added to what it is so far; or the update by it, where it is whole."""
        code, once = self._nest(), Nest(1, self.functions, "e")

        def begin(place: str, offsets: Sequence[int]) -> list[Lanes]:
            if self.memory.whole:
                return code.zeros(len(offsets))
            return [code.load(code.at(code.at("%work", place), self._slopes + offset)) for offset in offsets]

        def end(slopes: Lanes, place: str, offset: int) -> None:
            if self.memory.whole:
                self._moved(code, once, slopes, place, offset)
            else:
                code.store(slopes, code.at(code.at("%work", place), self._slopes + offset))

        gradient(code, stage, begin, end)
        return self._part(code, f"gradient_{number}", f"{MOVING}, i64 %count", once)

    def _moved(self, code: Nest, once: Nest, slopes: Lanes, place: str, offset: int) -> None:
        """The update of as many parameters as there are lanes."""
        at = [code.at(code.at("%params", place), offset)]
        memory = code.at("%memory", place)
        at += [code.at(memory, offset + j * self.padded) for j in range(self.recipe.n_memories)]
        p, *memories = [code.load(pointer) for pointer in at]
        if self._penalty is not None:
            slopes = slopes + results_of(code, self._penalty.slope, [p])[0]
        settings = Lanes(once, "%rate"), Lanes(once, "%time")
        results = updated(self.recipe, code, [p, slopes, *memories], settings, once)
        for result, pointer in zip(results, at, strict=True):
            code.store(result, pointer)

    def _batch(self) -> str:
        """The text of what goes through a batch chunk by chunk, forward and back, and returns the loss."""
        body = "\n  ".join(self._calls)
        arguments = f"{MOVING}, {ROWS}, i64 %count"
        return f"""define internal double @batch({arguments}) noinline {{
entry:
  %count_d = sitofp i64 %count to double
  %weight = fdiv double 1.0, %count_d
  br label %each
each:
  %k = phi i64 [0, %entry], [%k_next, %each]
  %sum = phi double [0.0, %entry], [%sum_next, %each]
  %left = sub i64 %count, %k
  %full = icmp sle i64 {self.memory.chunk}, %left
  %some = select i1 %full, i64 {self.memory.chunk}, i64 %left
  %here = getelementptr i64, ptr %order, i64 %k
  {body}
  %sum_next = fadd double %sum, %part
  %k_next = add i64 %k, {self.memory.chunk}
  %more = icmp slt i64 %k_next, %count
  br i1 %more, label %each, label %end
end:
  ret double %sum_next
}}"""

    def _summed(self, code: Nest, term: Callable[[Lanes], Lanes]) -> Lanes:
        """The sum of a term of every parameter, in parts side by side that do not wait for one another."""
        with code.loop(self.padded, AT_ONCE * self.lanes, code.zeros(AT_ONCE)) as k:
            own = code.at("%params", k.index)
            k.after = [sums + term(code.load(code.at(own, j * self.lanes))) for j, sums in enumerate(k.carried)]
        return tree_sum(k.after)

    def _finite(self) -> str:
        """Whether all parameters, and one number more, are finite: x - x is 0 then, and nan otherwise."""
        code = self._nest()
        off = code.total(self._summed(code, lambda p: p - p))
        own = code.emit("fsub double %start, %start")
        fine = code.emit(f"fcmp oeq double {code.emit(f'fadd double {off}, {own}')}, 0.0")
        code.do(f"ret i1 {fine}")
        return code.function("finite", "ptr noalias %params, i64 %n, double %start", "i1")

    def _added(self, penalty: Alike) -> str:
        """What is added to the loss of a batch."""
        code, end = self._nest(), Code(1, self.functions, "e")
        sums = self._summed(code, lambda p: results_of(code, penalty.term, [p])[0])
        result = results_of(end, penalty.rest, [Lanes(end, code.total(sums))])[0]
        code.lines += end.lines
        code.do(f"ret double {result.register}")
        self._declared |= code.declared | end.declared
        return code.function("penalty", "ptr noalias %params", "double")

    def _cleared(self) -> str:
        code = self._nest()
        with code.loop(self.padded, self.lanes) as k:
            code.store(code.number(0.0), code.at(code.at("%work", self._slopes), k.index))
        return self._ended(code, "clear", "ptr noalias %work")

    def _moved_all(self) -> str:
        """The update of all parameters by the gradients of a whole batch."""
        code, once = self._nest(), Nest(1, self.functions, "e")
        with code.loop(self.padded, self.lanes) as k:
            slopes = code.load(code.at(code.at("%work", self._slopes), k.index))
            self._moved(code, once, slopes, k.index, 0)
        return self._ended(code, "update", MOVING, once)

