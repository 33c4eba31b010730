"""Sums over the rows of a data set, as LLVM code: several rows side by side in the lanes of a register."""

from collections.abc import Sequence
from typing import NamedTuple

from autograd.compiler.lanes import Code, Lanes, Lowering
from autograd.compiler.program import Program, narrowed
from autograd.compiler.sections import Section, Store, address, loaded, stored
from autograd.primitive import Primitive


class Split(NamedTuple):
    """Which inputs of a program are the same for all rows, which are a column of the data, and which is the weight.

    shared   inputs that do not change from row to row
    columns  inputs that a row of the data has, in the order of the row
    weight   the input that is the weight of a row in the sums, if there is one
    """

    shared: tuple[int, ...]
    columns: tuple[int, ...]
    weight: int | None = None


class Sums:
    """The function `rows(shared, data, order, n, weight, sums, work)`: sums of a program's outputs over n rows.

    The rows are those at the places that `order` lists; `data` holds them one after the other.
    What does not depend on the row is computed once. `work` is memory for `work_size` doubles.
    """

    POINTERS = ("%shared", "%once", "%columns", "%acc", "%frame")

    def __init__(self, program: Program, split: Split, lanes: int, functions: dict[Primitive, Lowering]) -> None:
        self.program = program = narrowed(program)
        self.split, self.lanes, self.functions = split, lanes, functions
        n = program.n_inputs
        varying = program.depends_on([*split.columns, *([] if split.weight is None else [split.weight])])
        steps = range(n, n + len(program.steps))
        inside = [place for place in steps if varying[place]]
        self._places = [place if type(place) is int and varying[place] else None for place in program.outputs]
        self._fixed = {k: place for k, place in enumerate(program.outputs) if self._places[k] is None}
        operands = {arg for place in inside for arg in program.steps[place - n].args if type(arg) is int}
        operands.update(place for place in self._fixed.values() if type(place) is int)
        once = [place for place in steps if not varying[place] and place in operands]
        shared = Store("%shared", {place: index for index, place in enumerate(split.shared)}, scalar=True)
        self._once = Store("%once", {place: index for index, place in enumerate(once)}, scalar=True)
        rows = [*split.columns, *([] if split.weight is None else [split.weight])]
        self._columns = Store("%columns", {place: index for index, place in enumerate(rows)}, scalar=False)
        self._mask = len(rows)
        before = [place for place in steps if not varying[place]]
        self.before = Section(program, before, [shared], once, self._keep_once, "%frame", functions)
        stores = [shared, self._once, self._columns]
        self._sums_of: dict[int, list[int]] = {}
        for k, found in enumerate(self._places):
            if found is not None:
                self._sums_of.setdefault(found, []).append(k)
        results = list(self._sums_of)
        self.inside = Section(program, inside, stores, results, self._add, "%frame", functions)
        self.width = len(split.columns)
        self.n_sums = -(-len(program.outputs) // lanes) * lanes

    @property
    def work_size(self) -> int:
        """How many doubles of memory are needed beside the sums."""
        return sum(self._sizes().values())

    def _sizes(self) -> dict[str, int]:
        """The parts of that memory, in order."""
        frame = max(len(self.inside.crossing.at) * self.lanes, len(self.before.crossing.at))
        return {
            "%acc": self.n_sums * self.lanes,
            "%columns": (self._mask + 1) * self.lanes,
            "%frame": frame,
            "%once": len(self._once.at),
        }

    def text(self, name: str = "rows") -> tuple[list[str], dict[str, str]]:
        """The functions, the one called `name` last, and what they declare."""
        entry = Code(1, self.functions, "e")
        offset = 0
        for pointer, size in self._sizes().items():
            entry.do(f"{pointer} = getelementptr double, ptr %work, i64 {offset}")
            offset += size
        functions = self.before.text(entry, f"{name}_before", self.POINTERS)
        body = Code(self.lanes, self.functions)
        functions += self._body(body, name)
        end = Code(self.lanes, prefix="r")
        _reduce(end)
        last = Code(1, self.functions, "l")
        self._fixed_sums(last)
        arguments = (
            "ptr noalias %shared, ptr noalias %data, ptr noalias %order, i64 %n, double %weight, "
            "ptr noalias %sums, ptr noalias %work"
        )
        lines = [
            f"define void @{name}({arguments}) {{",
            "entry:",
            *entry.lines,
            "  %top = sub i64 %n, 1",
            *_loop("clear", "entry", self.n_sums * self.lanes, self.lanes, _clear(self.lanes), "rows"),
            "rows:",
            "  %i = phi i64 [0, %clear], [%i_next, %rows]",
            *body.lines,
            f"  %i_next = add i64 %i, {self.lanes}",
            "  %i_more = icmp slt i64 %i_next, %n",
            "  br i1 %i_more, label %rows, label %reduce",
            *_loop("reduce", "rows", self.n_sums, self.lanes, end.lines, "last"),
            "last:",
            *last.lines,
            "  ret void",
            "}",
        ]
        declared = entry.declared | body.declared | last.declared | self.before.declared | self.inside.declared
        return [*functions, "\n".join(lines)], declared

    def _body(self, code: Code, name: str) -> list[str]:
        """The numbers of the next rows, and the section."""
        given: dict[int, Lanes] = {}
        pointers, mask = self._rows(code)
        for column, place in enumerate(self.split.columns):
            given[place] = _gathered(code, pointers, column)
        if self.split.weight is not None:
            given[self.split.weight] = mask.choose(code.splat("%weight"), 0.0)
        ones = mask.choose(1.0, 0.0)
        if not self.inside.whole or self.split.weight is None:
            for place, index in self._columns.at.items():
                stored(code, "%columns", index, given[place])
            stored(code, "%columns", self._mask, ones)
        for place in (p for p in self._sums_of if p < self.program.n_inputs):
            self._add(code, place, given[place])
        return self.inside.text(code, f"{name}_inside", self.POINTERS, given)

    def _rows(self, code: Code) -> tuple[list[str], Lanes]:
        """The addresses of the next rows, and which are there."""
        rows, there = following(code, "%i")
        places = [code.emit(f"mul i64 {row.at}, {self.width}") for row in rows]
        return [code.emit(f"getelementptr double, ptr %data, i64 {place}") for place in places], there

    def _keep_once(self, code: Code, place: int, numbers: Lanes) -> None:
        stored(code, "%once", self._once.at[place], numbers)

    def _add(self, code: Code, place: int, numbers: Lanes) -> None:
        """Add the numbers of a place to its sums; rows that are not there have weight 0, or are left out."""
        if self.split.weight is None:
            where = address(code, "%columns", self._mask, code.lanes)
            mask = Lanes(code, code.result(f"load {numbers.type}, ptr {where}, align 8"))
            numbers = mask.compare("une", 0.0).choose(numbers, 0.0)
        for k in self._sums_of[place]:
            where = address(code, "%acc", k, code.lanes)
            before = Lanes(code, code.result(f"load {numbers.type}, ptr {where}, align 8"))
            stored(code, "%acc", k, before + numbers)

    def _fixed_sums(self, code: Code) -> None:
        """The sums of outputs that are the same for all rows: n times the number."""
        n = Lanes(code, code.result("sitofp i64 %n to double")) if self._fixed else code.number(0.0)
        shared = Store("%shared", {place: index for index, place in enumerate(self.split.shared)}, scalar=True)
        for k, place in self._fixed.items():
            store = shared if place in shared.at else self._once
            number = code.number(place) if type(place) is float else loaded(code, store, int(place))
            stored(code, "%sums", k, n * number)


class Following(NamedTuple):
    """A row to come, in registers: its number; that of the last one where there are no more; its place in the data."""

    number: str
    safe: str
    at: str


def following(code: Code, index: str) -> tuple[list[Following], Lanes]:
    """As many rows as there are lanes, from `index` on in `%order`, whose last is number `%top`; which are there."""
    rows = []
    there = Lanes(code, "poison", "flag")
    for lane in range(code.lanes):
        number = code.emit(f"add i64 {index}, {lane}")
        flag = code.emit(f"icmp sle i64 {number}, %top")
        safe = code.emit(f"select i1 {flag}, i64 {number}, i64 %top")
        at = code.result(f"load i64, ptr {code.emit(f'getelementptr i64, ptr %order, i64 {safe}')}, align 8")
        rows.append(Following(number, safe, at))
        text = f"insertelement {there.type} {there.register}, i1 {flag}, i64 {lane}"
        there = Lanes(code, flag if code.lanes == 1 else code.emit(text), "flag")
    return rows, there


def _gathered(code: Code, pointers: Sequence[str], column: int) -> Lanes:
    """A column of the rows at these addresses."""
    found = "poison"
    for lane, pointer in enumerate(pointers):
        where = address(code, pointer, column, 1)
        one = code.result(f"load double, ptr {where}, align 8")
        if code.lanes == 1:
            return Lanes(code, one)
        found = code.emit(f"insertelement {code.type_of('double')} {found}, double {one}, i64 {lane}")
    return Lanes(code, found)


def _clear(lanes: int) -> list[str]:
    zero = "double 0.0" if lanes == 1 else f"<{lanes} x double> zeroinitializer"
    return [
        "  %clear_at = getelementptr double, ptr %acc, i64 %clear_k",
        f"  store {zero}, ptr %clear_at, align 8",
    ]


def _reduce(code: Code) -> None:
    """The sums over the lanes of as many registers as there are lanes, side by side in one register."""
    first = code.emit(f"mul i64 %reduce_k, {code.lanes}")
    vector = code.type_of("double")
    base = code.emit(f"getelementptr double, ptr %acc, i64 {first}")
    registers = [
        code.result(f"load {vector}, ptr {address(code, base, k, code.lanes)}, align 8") for k in range(code.lanes)
    ]
    found = across(code, registers)
    where = code.emit("getelementptr double, ptr %sums, i64 %reduce_k")
    code.do(f"store {vector} {found}, ptr {where}, align 8")


def across(code: Code, registers: Sequence[str]) -> str:
    """The register that holds, side by side, the sums over the lanes of as many registers as there are lanes."""
    vector = code.type_of("double")
    width = 1
    while len(registers) > 1:
        masks = []
        for shift in (0, width):
            entries = []
            for start in range(0, code.lanes, 2 * width):
                own = [start + shift + part for part in range(width)]
                entries += own + [place + code.lanes for place in own]
            masks.append(f"<{code.lanes} x i32> <{', '.join(f'i32 {entry}' for entry in entries)}>")
        pairs = zip(registers[::2], registers[1::2], strict=True)
        registers = [
            (
                Lanes(code, code.emit(f"shufflevector {vector} {a}, {vector} {b}, {masks[0]}"))
                + Lanes(code, code.emit(f"shufflevector {vector} {a}, {vector} {b}, {masks[1]}"))
            ).register
            for a, b in pairs
        ]
        width *= 2
    return registers[0]


def _loop(name: str, before: str, n: int, stride: int, body: list[str], after: str) -> list[str]:
    """The text of a loop of `%name_k` from 0 below n."""
    return [
        f"  br label %{name}" if name == "clear" else "",
        f"{name}:",
        f"  %{name}_k = phi i64 [0, %{before}], [%{name}_next, %{name}]",
        *body,
        f"  %{name}_next = add i64 %{name}_k, {stride}",
        f"  %{name}_more = icmp slt i64 %{name}_next, {n}",
        f"  br i1 %{name}_more, label %{name}, label %{after}",
    ]
