"""What the functions on `Lanes` are made of: polynomials, bits and signs, a way out for rare arguments."""

from collections.abc import Callable

from autograd import ops
from autograd.compiler.lanes import Code, Lanes
from autograd.compiler.native import host

WHOLE = 1.5 * 2.0**52
"""A double of this size ends in the units: added to another, it rounds that to a whole number."""


def fused(a: Lanes, b: Lanes | float, c: Lanes | float) -> Lanes:
    """a·b + c, rounded once on processors that can; the formulas here are right with two roundings as well."""
    # Not llvm.fmuladd, which is rounded once or twice as the code generator likes: every tier has the same bits.
    if not host().fuses:
        return a * b + c
    return a.code.call("llvm.fma", [x if isinstance(x, Lanes) else a.code.number(x) for x in (a, b, c)])


def polynomial(x: Lanes, *coefficients: float) -> Lanes:
    """c₀ + c₁x + c₂x² + ..., by Estrin's scheme: a chain of multiplications as short as can be.

    Neighbours are joined, c₀ + c₁x, c₂ + c₃x, ...: the coefficients of a polynomial in x² of half the degree.
    """
    terms: list[Lanes] = [x.code.number(c) for c in coefficients]
    while True:
        last = terms[len(terms) & ~1 :]
        terms = [fused(b, x, a) for a, b in zip(terms[::2], terms[1::2], strict=False)] + last
        if len(terms) == 1:
            return terms[0]
        x = x * x


def magnitude(x: Lanes) -> Lanes:
    """|x|, in the same register for x and -x, and as c·|x| for c·x and -c·x: what is computed of it, is once."""
    op, args = x.code.origins.get(x.register, (None, ()))
    if op is ops.neg:
        return magnitude(args[0])
    if op is ops.mul:
        for factor, other in (args, args[::-1]):
            if factor.literal is not None:
                return abs(factor.literal) * magnitude(other)
    return abs(x)


def signed(size: Lanes, x: Lanes) -> Lanes:
    """The size with the sign of x, that of ±0 too."""
    return x.code.call("llvm.copysign", [size, x])


def as_bits(x: Lanes) -> Lanes:
    """The 64 bits of a double: sign, 11 of the exponent, 52 of the fraction."""
    return x.cast("bitcast", "bits")


def as_double(bits: Lanes) -> Lanes:
    """The double of these bits."""
    return bits.cast("bitcast", "double")


def guarded(name: str, usual: Callable[..., tuple[Lanes, Lanes]], *args: Lanes) -> Lanes:
    """A function that computes `usual(*args)`, a result and where it is wrong; if anywhere, C's `name`, lane by lane.

    It stands by itself in the module, for the sake of the branch.
    """
    code = args[0].code
    full = f"lanes_{name}." + ("f64" if code.lanes == 1 else f"v{code.lanes}f64")
    text = code.declared.get(full) or _guarded(code, full, name, usual, [f"%x{k}" for k in range(len(args))])
    found = code.call(full, args, suffix=False)
    code.declared[full] = text
    return found


def _guarded(code: Code, full: str, name: str, usual: Callable[..., tuple[Lanes, Lanes]], params: list[str]) -> str:
    own = Code(code.lanes, code.functions)
    inputs = [Lanes(own, register) for register in params]
    result, wrong = usual(*inputs)
    some = wrong.register
    if code.lanes > 1:
        mask = own.emit(f"bitcast {wrong.type} {some} to i{code.lanes}")
        some = own.emit(f"icmp ne i{code.lanes} {mask}, 0")
    own.do(f"br i1 {some}, label %rare, label %common")
    own.block("common")
    own.do(f"ret {result.type} {result.register}")
    own.block("rare")
    result = wrong.choose(own.each(name, inputs), result)  # the other lanes do not depend on their neighbours
    own.do(f"ret {result.type} {result.register}")
    code.declared.update(own.declared)
    head = f"define internal {result.type} @{full}({', '.join(f'{x.type} {x.register}' for x in inputs)}) noinline {{"
    return "\n".join([head, "entry:", *own.lines, "}"])
