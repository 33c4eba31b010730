"""`Nest`: the text of a function with loops in loops, and vectors that are loaded, stored and multiplied in them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from autograd.compiler.lanes import Code, Lanes
from autograd.compiler.polynomials import fused
from autograd.compiler.row_sums import across
from autograd.compiler.threads import PARTS


class Loop:
    """A loop: its index, and what goes from one turn to the next; `after` is set in it, and holds behind it."""

    def __init__(self, index: str, carried: list[Lanes]) -> None:
        self.index, self.carried = index, carried
        self.after: list[Lanes] = []


class Nest(Code):
    """The text of a function, that knows which basic block it is in; and whether threads share its work."""

    here, shared = "entry", False

    @contextmanager
    def loop(
        self, stop: int | str, stride: int = 1, carried: Sequence[Lanes] = (), start: int | str = 0
    ) -> Iterator[Loop]:
        """Once at least, and as long as the index, `start` at first and `stride` more every time, is below `stop`."""
        before, name = self.here, self.fresh()[1:]
        self.do(f"br label %{name}")
        self.enter(name)
        place = len(self.lines)
        found = Loop(f"%{name}_k", [Lanes(self, f"%{name}_{j}") for j in range(len(carried))])
        found.after = found.carried
        yield found
        self.do(f"%{name}_next = add i64 %{name}_k, {stride}")
        self.do(f"%{name}_more = icmp slt i64 %{name}_next, {stop}")
        self.do(f"br i1 %{name}_more, label %{name}, label %{name}_end")
        phis = [f"  %{name}_k = phi i64 [{start}, %{before}], [%{name}_next, %{self.here}]"]
        for own, first, last in zip(found.carried, carried, found.after, strict=True):
            pair = f"[{first.register}, %{before}], [{last.register}, %{self.here}]"
            phis.append(f"  {own.register} = phi {own.type} {pair}")
        self.lines[place:place] = phis
        self.enter(f"{name}_end")

    @contextmanager
    def share(self, n: int | str, before: int = 0, total: int | None = None) -> Iterator[tuple[str, str]]:
        """Of n things the first and the end of those that are for this thread, if there are any.

        They may be some of a `total` that the threads share, so many of them `before` these.
        """
        if not self.shared:
            yield "0", str(n)
            return
        ends = [self.emit(f"lshr i64 {self.times(end, total or n)}, {PARTS}") for end in ("%from", "%to")]
        if total is not None:
            moved = [self.emit(f"sub i64 {end}, {before}") for end in ends]
            above = [self.emit(f"select i1 {self.emit(f'icmp sgt i64 {x}, 0')}, i64 {x}, i64 0") for x in moved]
            ends = [self.least(x, n) for x in above]
        name = self.fresh()[1:]
        some = self.emit(f"icmp slt i64 {ends[0]}, {ends[1]}")
        self.do(f"br i1 {some}, label %{name}_some, label %{name}_none")
        self.enter(f"{name}_some")
        yield ends[0], ends[1]
        self.do(f"br label %{name}_none")
        self.enter(f"{name}_none")

    @contextmanager
    def samples(self, within: bool = True) -> Iterator[Loop]:
        """The samples of this thread; where what is written is not `within` a sample's row, one thread has all."""
        with self.share("%count" if within else 1) as (first, stop):
            ends = (first, stop) if within else (0, "%count")
            with self.loop(ends[1], start=ends[0]) as s:
                yield s

    def least(self, a: int | str, b: int | str) -> str:
        """The smaller of two indices."""
        return self.emit(f"select i1 {self.emit(f'icmp slt i64 {a}, {b}')}, i64 {a}, i64 {b}")

    def enter(self, label: str) -> None:
        """Begin the block of this label."""
        self.block(label)
        self.here = label

    def times(self, index: str, n: int | str) -> str:
        """index · n."""
        return self.emit(f"mul i64 {index}, {n}")

    def at(self, pointer: str, offset: int | str) -> str:
        """The address of an entry behind another."""
        return pointer if offset == 0 else self.emit(f"getelementptr double, ptr {pointer}, i64 {offset}")

    def load(self, pointer: str) -> Lanes:
        """As many numbers as there are lanes."""
        return Lanes(self, self.result(f"load {self.type_of('double')}, ptr {pointer}, align 8"))

    def spread(self, pointer: str) -> Lanes:
        """One number, in all lanes."""
        return self.splat(self.result(f"load double, ptr {pointer}, align 8"))

    def store(self, numbers: Lanes, pointer: str, lanes: int | None = None) -> None:
        """Write the numbers of all lanes, or of the first."""
        kind, register = numbers.type, numbers.register
        if lanes is not None and lanes < self.lanes:
            picked = ", ".join(f"i32 {lane}" for lane in range(lanes))
            register = self.emit(f"shufflevector {kind} {register}, {kind} poison, <{lanes} x i32> <{picked}>")
            kind = f"<{lanes} x double>"
        self.do(f"store {kind} {register}, ptr {pointer}, align 8")

    def zeros(self, n: int) -> list[Lanes]:
        """Sums to begin with."""
        return [self.number(0.0)] * n

    def added(self, found: Sequence[Lanes], a: Sequence[Lanes], b: Sequence[Lanes]) -> list[Lanes]:
        """Sums with aᵢ·bⱼ added, those of the first a in front."""
        products = [(x, y) for x in a for y in b]
        return [fused(x, y, own) for (x, y), own in zip(products, found, strict=True)]

    def total(self, numbers: Lanes) -> str:
        """The sum over the lanes, a plain double."""
        if self.lanes == 1:
            return numbers.register
        sums = across(self, [numbers.register, *[self.number(0.0).register] * (self.lanes - 1)])
        return self.emit(f"extractelement {numbers.type} {sums}, i64 0")

    def function(self, name: str, arguments: str, result: str = "void") -> str:
        """The text of the function, which ends it by itself."""
        body = "\n".join(self.lines)
        return f"define internal {result} @{name}({arguments}) noinline {{\nentry:\n{body}\n}}"
