"""`Lanes`: numbers side by side in a SIMD register, whose operations write LLVM code.

One `Code` holds the text of one function as it grows. Arithmetic is IEEE's, without shortcuts, so
that every lane holds the very bits that Python's floats would.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any

from autograd import ops
from autograd.arithmetic import Arithmetic
from autograd.primitive import Primitive

TYPES = {"double": "double", "bits": "i64", "flag": "i1"}
"""What a lane holds: a number, a whole number of 64 bits, a truth."""


class Code:
    """The text of a function, instruction by instruction; the same instruction is written once in a block.

    lanes      how many numbers a register holds; 1 for plain doubles
    declared   the signatures of the functions that are called
    functions  how operations that are no single instruction are written, by operation
    prefix     what its registers are called, for several texts in one function
    """

    def __init__(self, lanes: int, functions: "dict[Primitive, Lowering] | None" = None, prefix: str = "t") -> None:
        self.lanes, self._prefix = lanes, prefix
        self.lines: list[str] = []
        self.declared: dict[str, str] = {}
        self.functions = functions or {}
        self.literals: dict[str, float] = {}  # what the text of a constant stands for
        self.origins: dict[str, tuple[Primitive, Sequence[Lanes]]] = {}  # which operation a register is the result of
        self._known: dict[str, str] = {}
        self._count = 0

    def type_of(self, kind: str, lanes: int | None = None) -> str:
        """The LLVM type of a register that holds so many lanes of this kind."""
        lanes = lanes or self.lanes
        return TYPES[kind] if lanes == 1 else f"<{lanes} x {TYPES[kind]}>"

    def fresh(self) -> str:
        """A new register."""
        self._count += 1
        return f"%{self._prefix}{self._count}"

    def emit(self, text: str) -> str:
        """The register that holds the result of an instruction without effects; one known already is not repeated."""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self.fresh()
            self.lines.append(f"  {found} = {text}")
        return found

    def do(self, text: str) -> None:
        """An instruction with an effect."""
        self.lines.append(f"  {text}")

    def result(self, text: str) -> str:
        """The register that holds the result of an instruction that depends on more than its text."""
        register = self.fresh()
        self.lines.append(f"  {register} = {text}")
        return register

    def block(self, label: str) -> None:
        """Begin a basic block: registers of blocks before are not reused."""
        self.lines.append(f"{label}:")
        self._known.clear()

    def forget(self) -> None:
        """Write instructions anew from here on, where the registers so far cannot be seen."""
        self._known.clear()

    def number(self, x: float) -> "Lanes":
        """The same number in every lane."""
        register = self._constant(f"double {literal(x)}")
        self.literals[register] = x
        return Lanes(self, register)

    def bits(self, n: int) -> "Lanes":
        """The same whole number in every lane."""
        return Lanes(self, self._constant(f"i64 {n}"), "bits")

    def _constant(self, typed: str) -> str:
        return typed.split(" ", 1)[1] if self.lanes == 1 else f"<{', '.join([typed] * self.lanes)}>"

    def splat(self, register: str) -> "Lanes":
        """A double in every lane."""
        if self.lanes == 1:
            return Lanes(self, register)
        vector = self.type_of("double")
        one = self.emit(f"insertelement {vector} poison, double {register}, i64 0")
        spread = f"<{self.lanes} x i32> zeroinitializer"
        return Lanes(self, self.emit(f"shufflevector {vector} {one}, {vector} poison, {spread}"))

    def call(self, name: str, args: "Sequence[Lanes]", result: str = "double", suffix: bool = True) -> "Lanes":
        """An intrinsic of LLVM that works on all lanes at once, such as llvm.fma."""
        types = [arg.type for arg in args]
        if suffix:
            name += "." + ("f64" if self.lanes == 1 else f"v{self.lanes}f64")
        kind = self.type_of(result)
        self.declared[name] = f"declare {kind} @{name}({', '.join(types)})"
        passed = ", ".join(f"{arg.type} {arg.register}" for arg in args)
        return Lanes(self, self.emit(f"call {kind} @{name}({passed})"), result)

    def each(self, name: str, args: "Sequence[Lanes]") -> "Lanes":
        """A function of C's mathematical library, called for one lane after the other."""
        self.declared[name] = f"declare double @{name}({', '.join(['double'] * len(args))})"
        if self.lanes == 1:
            passed = ", ".join(f"double {arg.register}" for arg in args)
            return Lanes(self, self.emit(f"call double @{name}({passed})"))
        vector, found = self.type_of("double"), "poison"
        for lane in range(self.lanes):
            parts = [self.emit(f"extractelement {vector} {arg.register}, i64 {lane}") for arg in args]
            one = self.emit(f"call double @{name}({', '.join(f'double {part}' for part in parts)})")
            found = self.emit(f"insertelement {vector} {found}, double {one}, i64 {lane}")
        return Lanes(self, found)


class Lanes(Arithmetic):
    """A register: `lanes` numbers (or bits, or flags) side by side."""

    __slots__ = ("code", "kind", "register")

    def __init__(self, code: Code, register: str, kind: str = "double") -> None:
        self.code, self.register, self.kind = code, register, kind

    @property
    def type(self) -> str:
        """Its LLVM type."""
        return self.code.type_of(self.kind)

    @property
    def literal(self) -> float | None:
        """The number it is known to be, in every lane."""
        return self.code.literals.get(self.register)

    @classmethod
    def apply(cls, op: Primitive, args: tuple[Any, ...]) -> Any:
        """The register that holds `op` of registers and numbers."""
        code = next(arg.code for arg in args if isinstance(arg, Lanes))
        lanes = [arg if isinstance(arg, Lanes) else code.number(float(arg)) for arg in args]
        return lowered(code, op, lanes)

    def compare(self, how: str, other: "Lanes | float") -> "Lanes":
        """A flag in every lane: `olt`, `ole`, `oeq`, ... are false beside nan, `ult`, `une`, ... true."""
        other = other if isinstance(other, Lanes) else self.code.number(other)
        return Lanes(self.code, self.code.emit(f"fcmp {how} {self.type} {self.register}, {other.register}"), "flag")

    def choose(self, a: "Lanes | float", b: "Lanes | float") -> "Lanes":
        """Of flags: a where it holds, b elsewhere."""
        code = self.code
        a, b = (x if isinstance(x, Lanes) else code.number(x) for x in (a, b))
        text = f"select {self.type} {self.register}, {a.type} {a.register}, {b.type} {b.register}"
        return Lanes(code, code.emit(text), a.kind)

    def integer(self, instruction: str, other: "Lanes | int") -> "Lanes":
        """Arithmetic of whole numbers: add, sub, shl, lshr, ashr, and, or, xor."""
        other = other if isinstance(other, Lanes) else self.code.bits(other)
        text = f"{instruction} {self.type} {self.register}, {other.register}"
        return Lanes(self.code, self.code.emit(text), self.kind)

    def cast(self, instruction: str, kind: str) -> "Lanes":
        """Another kind of the same lanes: bitcast, sitofp, fptosi, ..."""
        text = f"{instruction} {self.type} {self.register} to {self.code.type_of(kind)}"
        return Lanes(self.code, self.code.emit(text), kind)


Lowering = Callable[..., Lanes]
"""From the registers of the operands to that of the result."""


def literal(x: float) -> str:
    """A double as LLVM reads it: its bits."""
    return "0x" + struct.pack(">d", x).hex().upper()


def _binary(instruction: str) -> Lowering:
    def lower(a: Lanes, b: Lanes) -> Lanes:
        return Lanes(a.code, a.code.emit(f"{instruction} {a.type} {a.register}, {b.register}"))

    return lower


def _intrinsic(name: str) -> Lowering:
    return lambda *args: args[0].code.call(name, args)


def _neg(x: Lanes) -> Lanes:
    return Lanes(x.code, x.code.emit(f"fneg {x.type} {x.register}"))


def _step(x: Lanes) -> Lanes:
    return x.compare("ogt", 0.0).choose(1.0, x.compare("ole", 0.0).choose(0.0, x))


def _sign(x: Lanes) -> Lanes:
    return x.compare("ogt", 0.0).choose(1.0, x.compare("olt", 0.0).choose(-1.0, x))


def _above(a: Lanes, b: Lanes) -> Lanes:
    tie = a.compare("oeq", b).choose(0.5, float("nan"))
    return a.compare("ogt", b).choose(1.0, a.compare("olt", b).choose(0.0, tie))


def _larger(how: str) -> Lowering:
    def lower(a: Lanes, b: Lanes) -> Lanes:
        return a.compare(how, b).choose(a, a.compare("uno", a).choose(a, b))

    return lower


INSTRUCTIONS: dict[Primitive, Lowering] = {
    ops.add: _binary("fadd"),
    ops.sub: _binary("fsub"),
    ops.mul: _binary("fmul"),
    ops.div: _binary("fdiv"),
    ops.neg: _neg,
    ops.identity: lambda x: x,
    ops.absolute: _intrinsic("llvm.fabs"),
    ops.sqrt: _intrinsic("llvm.sqrt"),
    ops.where: lambda condition, a, b: condition.compare("une", 0.0).choose(a, b),
    ops.step: _step,
    ops.sign: _sign,
    ops.nonzero: lambda x: x.compare("une", 0.0).choose(1.0, 0.0),
    ops.above: _above,
    ops.maximum: _larger("oge"),
    ops.minimum: _larger("ole"),
    ops.relu: lambda x: x.compare("ole", 0.0).choose(0.0, x),
}
"""Operations that are a few instructions, exact to the last bit."""


def lowered(code: Code, op: Primitive, args: Sequence[Lanes]) -> Lanes:
    """The operation at these registers: by its instructions, by a form of its own for lanes, by its row."""
    lower = INSTRUCTIONS.get(op) or code.functions.get(op)
    if lower is not None:
        done = lower(*args)
        code.origins.setdefault(done.register, (op, args))
        return done
    if op.lower is None:
        hint = "write it in other operations, lower=lambda x: ..., or take backend='python'"
        raise NotImplementedError(f"the operation {op.name} says nothing about how it is compiled: {hint}")
    if isinstance(op.lower, str):
        return code.each(op.lower, args)
    found = op.lower(*args)
    return found if isinstance(found, Lanes) else code.number(float(found))
