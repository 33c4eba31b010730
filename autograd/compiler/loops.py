"""Training of layers as LLVM code: loops over samples, units and inputs, whose text does not grow with their number."""

from collections.abc import Callable, Iterator, Sequence

from autograd.compiler.descent import Recipe, steps, updated
from autograd.compiler.lanes import Code, Lanes, Lowering
from autograd.compiler.layers import Layer, Layers
from autograd.compiler.loss_code import LossCode
from autograd.compiler.matrices import AT_ONCE, Memory, Stage, Table
from autograd.compiler.matrix_loops import combined, dotted, gradient, together
from autograd.compiler.nest import Nest
from autograd.compiler.penalty_code import Alike, alike, keeps_zero
from autograd.compiler.program import Program
from autograd.compiler.sections import results_of
from autograd.compiler.single import tree_sum
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
    """
    return n_parameters >= max(FEWEST, min(A_SAMPLE * batch, ENOUGH))


def suits(penalty: Program | None, updates: Sequence[Program]) -> bool:
    """Whether all parameters are treated alike, and one that is 0 stays 0: what rows are filled up with must."""
    return (penalty is None or alike(penalty) is not None) and all(map(keeps_zero, updates))


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
        self.memory = memory = Memory(layers, lanes, batch)
        self._samples = together(memory.chunk, lanes)
        filled = min(lanes, 1 << (batch - 1).bit_length())  # lanes that have a sample
        self._loss = LossCode(layers, memory.stages[-1], recipe.n_columns, filled, functions)
        self.padded, self.order = memory.padded, memory.order
        self._slopes = memory.take(0 if memory.whole else memory.padded)
        self._frame = memory.take(self._loss.work_size)
        self._penalty = None if recipe.penalty is None else alike(recipe.penalty)
        self._declared: dict[str, str] = {}

    def work_size(self, n: int) -> int:
        """How many doubles of memory `train` needs for itself, however many rows there are."""
        return self.memory.size

    def text(self) -> tuple[list[str], dict[str, str]]:
        """The functions, `train` last, and what they declare."""
        functions = [self._taken(), *self._forward(), *self._loss.text(self._frame), *self._back(), self._batch()]
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
        return functions, self._declared | self._loss.declared

    def _ended(self, code: Nest, name: str, arguments: str, once: Nest | None = None) -> str:
        """The text of a function that gives nothing back, what is done `once` in front."""
        code.do("ret void")
        if once is not None:
            code.lines[:0] = once.lines
            self._declared |= once.declared
        self._declared |= code.declared
        return code.function(name, arguments)

    def _nest(self) -> Nest:
        return Nest(self.lanes, self.functions)

    def _taken(self) -> str:
        """What goes into the first layer: where it lies in the data, or side by side with the 1 behind it."""
        code, first, columns = self._nest(), self.memory.stages[0], self.layers.columns
        with code.loop("%count") as s:
            at = code.result(f"load i64, ptr {code.emit(f'getelementptr i64, ptr %order, i64 {s.index}')}, align 8")
            row = code.at(code.at("%data", code.times(at, self.recipe.n_columns)), columns[0])
            own = code.at(code.at("%work", code.times(s.index, first.given.width)), first.given.start)
            if first.given.elsewhere:
                code.do(f"store ptr {row}, ptr {own}, align 8")
            else:
                self._copied(code, row, own, len(columns))
                self._filled_up(code, own, first.given, first.layer, 1.0)
        if first.given.elsewhere:  # samples that fill the last block are the last one again
            with code.loop(self._samples) as k:
                code.do(f"store ptr {row}, ptr {code.at(code.at(own, 1), k.index)}, align 8")
        return self._ended(code, "taken", f"ptr noalias %data, ptr noalias %order, {WITHIN}")

    def _copied(self, code: Nest, row: str, own: str, n: int) -> None:
        """n numbers."""
        whole = n // self.lanes * self.lanes
        if whole:
            with code.loop(whole, self.lanes) as k:
                code.store(code.load(code.at(row, k.index)), code.at(own, k.index))
        for j in range(whole, n):
            number = code.result(f"load double, ptr {code.at(row, j)}, align 8")
            code.do(f"store double {number}, ptr {code.at(own, j)}, align 8")

    def _filled_up(self, code: Nest, own: str, table: Table, layer: Layer, one: float) -> None:
        """Behind the numbers that go into a layer, what stands beside the weight that is added, and zeros."""
        for k in range(layer.n_inputs, table.width):
            number = one if k == layer.n_inputs and layer.biases else 0.0
            code.do(f"store double {number}, ptr {code.at(own, k)}, align 8")

    def _forward(self) -> Iterator[str]:
        """From what goes into a layer its sums, and from these what goes into the next."""
        stages = self.memory.stages
        for k, (stage, after) in enumerate(zip(stages, [*stages[1:], None], strict=True)):
            code, matrix = self._nest(), stage.matrix
            if matrix.by_input:
                combined(code, self._samples, stage.given, matrix, stage.z, None, bool(stage.layer.biases))
            else:
                dotted(code, self._samples, stage.given, matrix, stage.z, None, matrix.rows)
            yield self._ended(code, f"sums_{k}", BESIDE)
            if after is not None and after.slope is not None:
                yield self._units(k, stage, after, after.slope)

    def _units(self, number: int, stage: Stage, after: Stage, slope: Table) -> str:
        """Of every sum, what the activation makes of it, and its slope there."""
        code, activation = self._nest(), self.layers.activations[number]
        with code.loop("%count") as s:
            row = code.at("%work", code.times(s.index, stage.z.width))
            places = [code.at(row, table.start) for table in (after.given, slope)]
            with code.loop(stage.layer.n_units, self.lanes) as j:
                z = code.load(code.at(code.at(row, stage.z.start), j.index))
                for result, place in zip(results_of(code, activation, [z]), places, strict=True):
                    code.store(result, code.at(place, j.index))
            self._filled_up(code, places[0], after.given, after.layer, 1.0)
            self._filled_up(code, places[1], slope, after.layer, 0.0)
        return self._ended(code, f"units_{number}", WITHIN)

    def _back(self) -> Iterator[str]:
        """From the δ of a layer that of the layer before, and the gradient."""
        for k, stage in enumerate(self.memory.stages):
            matrix = stage.matrix
            if k:
                code, below = self._nest(), self.memory.stages[k - 1].delta
                if matrix.by_input:
                    dotted(code, self._samples, stage.delta, matrix, below, stage.slope, stage.layer.n_inputs)
                else:
                    combined(code, self._samples, stage.delta, matrix, below, stage.slope, False)
                yield self._ended(code, f"back_{k}", BESIDE)
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
        return self._ended(code, f"gradient_{number}", f"{MOVING}, i64 %count", once)

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
        numbers = range(len(self.memory.stages))
        rows, within = "ptr %data, ptr %here", "ptr %work, i64 %some"
        calls = [f"call void @taken({rows}, {within})"]
        for k in numbers:
            calls.append(f"call void @sums_{k}(ptr %params, {within})")
            calls += [f"call void @units_{k}({within})"] if k < numbers[-1] else []
        calls.append(f"%part = call double @loss({rows}, {within}, double %weight)")
        for k in reversed(numbers):
            calls += [f"call void @back_{k}(ptr %params, {within})"] if k else []
            moving = "ptr %params, ptr %memory, ptr %work, double %rate, double %time, i64 %some"
            calls.append(f"call void @gradient_{k}({moving})")
        body = "\n  ".join(calls)
        arguments = f"{MOVING}, ptr noalias %data, ptr noalias %order, i64 %count"
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

