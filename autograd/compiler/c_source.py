"""A traced function as a file of C99: layers as loops over units and inputs, all else line by line."""

import math
import re
from collections.abc import Iterator, Sequence
from textwrap import indent, wrap
from typing import Any

from autograd import ops
from autograd.compiler.c_loops import UnitLoops
from autograd.compiler.chain import chain_of
from autograd.compiler.layers import Layer, layers_in
from autograd.compiler.machine_languages import C
from autograd.compiler.program import Program, program
from autograd.compiler.rolled import rolled
from autograd.compiler.statements import Text
from autograd.compiler.tracing import Trace
from autograd.files import FilePath, write_file
from autograd.primitive import Primitive
from autograd.symbol import Symbol, exactly

RESERVED = """
auto break case char const continue default do double else enum extern float for goto if inline int long register
restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
alignas alignof and asm bool catch class concept constexpr decltype delete dynamic_cast explicit export false
friend mutable namespace new noexcept not nullptr operator or private protected public requires static_assert
template this thread_local throw true try typeid typename typeof using virtual wchar_t xor
main gamma j0 j1 jn y0 y1 yn signgam
double_t float_t NAN INFINITY linux unix
abort calloc exit free malloc printf puts
acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor fma fmax
fmin fmod frexp hypot ilogb isfinite isinf isnan isnormal ldexp lgamma llrint llround log log10 log1p log2 logb
lrint lround modf nan nearbyint nextafter nexttoward pow remainder remquo rint round scalbln scalbn signbit sin sinh
sqrt tan tanh tgamma trunc
"""
"""What a function may not be called: words of C and C++, names of math.h; besides the names of operations."""

ABOUT = """\
void {name}(const double *x, double *y) reads {n} from x and writes {m} to y, which may not overlap x. It needs no \
memory but the stack, and may be called by several threads at once.

C99; with warnings: cc -std=c99 -O2 -Wall -c {name}.c, and -lm where it is linked. Weights are written in \
hexadecimal, which is exact, with their decimals beside. For the very bits that chalkgrad computes, add \
-ffp-contract=off, so that no product and sum are rounded as one."""

FEWEST = 3
"""Parameters that are worth a loop."""

WIDTH = 4
"""How many numbers there are on a line."""


def write_c(traced: Trace, path: FilePath | None, name: str, about: str) -> str:
    """The text of the file of a traced function, which is written if a path is given."""
    text = c_source(traced, name, about)
    if path is not None:
        write_file(path, text.encode("ascii"))
    return text


def c_source(traced: Trace, name: str, about: str = "") -> str:
    """A traced function as the text of a file with `void name(const double *x, double *y)`."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(f"name: expected a name of C, letters, digits and _, such as 'predict', got {name!r}")
    taken = {name, name.removesuffix("f"), name.removesuffix("l")} & {*RESERVED.split(), *(op.name for op in ops.TABLE)}
    file = _File(traced)
    if taken or re.fullmatch(r"[Wbhxyz]\d*|(FP|HUGE|M|MATH)_\w+", name) or re.search(rf"\b{name}\b", file.code):
        raise ValueError(f"name: {name!r} means something else in C or in the file; expected a name such as 'predict'")
    return file.text(name, about)


class _File:
    """The parts of the file: constants, functions, and the lines of the one that is called."""

    def __init__(self, traced: Trace) -> None:
        self._n_inputs = traced.program.n_inputs - len(traced.captured)
        self._program, self._numbers = _numbers_first(traced)
        self._text = Text(C)
        self._constants: list[str] = []
        self._functions: list[str] = []
        lines = [*(self._layers() or self._line_by_line())]
        unused = [name for name in "xy" if not re.search(rf"\b{name}\b", "".join(lines))]
        self._lines = [*(f"(void){name};" for name in unused), *lines]

    @property
    def code(self) -> str:
        """All but what the function is called."""
        functions = [*self._functions, *self._text.functions]
        return "\n\n".join([*self._constants, "\n".join(functions), "\n".join(self._lines)])

    def text(self, name: str, about: str) -> str:
        """The whole file."""
        n, m = _many(self._n_inputs, "number"), _many(len(self._program.outputs), "number")
        about = about or f"The function {name}, written by chalkgrad."
        head = _comment(f"{about}\n\n" + ABOUT.format(name=name, n=n, m=m))
        functions = "\n".join([*self._functions, *self._text.functions])
        body = [f"void {name}(const double *x, double *y) {{", *(f"    {line}" for line in self._lines), "}", ""]
        parts = [head, "#include <math.h>", *self._constants, functions, "\n".join(body)]
        return "\n\n".join(part for part in parts if part)

    def _line_by_line(self) -> Iterator[str]:
        """All operations one after the other."""
        n = len(self._numbers)
        lines = []
        for place, count in enumerate(self._program.uses()[:n]):
            label = self._program.label(place)
            called = f"{label} = " if label.isascii() and label.isprintable() else ""
            if count:
                own = self._numbers[place]
                lines.append(f"static const double c{place} = {_exact(own)};  // {called}{own:.6g}")
        self._constants += ["\n".join(lines)] if lines else []
        names = [*(f"c{k}" for k in range(n)), *(f"x[{k}]" for k in range(self._n_inputs))]
        lines, results = self._text.body(self._program, names)
        yield from (*lines, *(f"y[{k}] = {text};" for k, text in enumerate(results)))

    def _layers(self) -> list[str]:
        """The layers, each a loop, and what is made of the last sums; nothing where the function is more than these."""
        layers = layers_in(self._program, len(self._numbers)) if len(self._numbers) >= FEWEST else None
        found = None if layers is None else chain_of(layers)
        if found is None:
            return []
        n, head = found.layers[-1].n_units, found.head
        last = rolled(head, [head.outputs] if len(head.outputs) == n > 1 else head.outputs, n)
        each = last.inputs == (range(n),) and len(last.program.outputs) == 1 and not last.constants
        each = each and (n == 1 or all(last.wide))  # every result is a function of one sum
        signal, lines = "x", []
        if found.columns.start:
            signal, lines = "h0", [f"const double *h0 = x + {found.columns.start};"]
        ends: list[Program | None] = [*found.activations, last.program if each else None]
        for k, (layer, end) in enumerate(zip(found.layers, ends, strict=True), start=1):
            self._weights(k, layer)
            result = f"h{k}" if k < len(ends) else "y" if each else f"z{k}"
            lines += [f"// Layer {k}"] + [f"double {result}[{layer.n_units}];"] * (result != "y")
            lines += self._loop(k, layer, signal, result, end)
            signal = result
        if not each:
            arrays = [(signal, own.start) if own.start < n else ("x", own.start - n) for own in last.inputs]
            arrays += [(self._array(f"C{k}", numbers), 0) for k, numbers in enumerate(last.constants)]
            rest = UnitLoops(self._text, last, n, arrays)
            lines += ["// The results", *rest.lines()]
            self._functions += rest.functions
        return lines

    def _weights(self, k: int, layer: Layer) -> None:
        """The arrays of a layer."""
        n, m = layer.n_units, layer.n_inputs
        rows = ["{" + _numbers([self._numbers[int(p)] for p in row], "},") for row in layer.weights]
        title = f"// Layer {k}: {_many(m, 'input')}, {_many(n, 'neuron')}. One row of weights per neuron."
        weights = indent("\n".join(rows), " " * 4)
        self._constants.append(f"{title}\nstatic const double W{k}[{n}][{m}] = {{\n{weights}\n}};")
        if layer.biases:
            self._array(f"b{k}", [self._numbers[int(p)] for p in layer.biases])

    def _array(self, name: str, numbers: Sequence[float]) -> str:
        """The name of a constant that is several numbers."""
        own = indent(_numbers(numbers, ""), " " * 4)
        self._constants.append(f"static const double {name}[{len(numbers)}] = {{\n{own}\n}};")
        return name

    def _loop(self, k: int, layer: Layer, signal: str, result: str, activation: Program | None) -> Iterator[str]:
        """The sums of a layer, and what is made of each."""
        yield f"for (int i = 0; i < {layer.n_units}; i++) {{"
        yield f"    double z = W{k}[i][0] * {signal}[0];"
        if layer.n_inputs > 1:
            yield f"    for (int j = 1; j < {layer.n_inputs}; j++) z += W{k}[i][j] * {signal}[j];"
        if layer.biases:
            yield f"    z += b{k}[i];"
        lines, (text,) = self._text.body(activation, ["z"]) if activation else ([], ["z"])
        yield from (f"    {line}" for line in [*lines, f"{result}[i] = {text};"])
        yield "}"


def _numbers_first(traced: Trace) -> tuple[Program, list[float]]:
    """The program whose first inputs are what was captured and the weights that are plain numbers; and all of these."""
    given, numbers = traced.program, [value.data for value in traced.captured]
    lifted: list[Symbol] = []

    def lift(arg: Any) -> Any:
        if type(arg) is not float:
            return arg
        numbers.append(arg)
        lifted.append(Symbol(""))
        return lifted[-1]

    def applied(op: Primitive, args: Sequence[Any]) -> Any:
        n = len(args) // 2
        if op is ops.weighted_sum and all(type(arg) is float for arg in args[:n]):
            args = [*map(lift, args[:n]), *args[n : 2 * n], *map(lift, args[2 * n :])]
        return Symbol.apply(op, tuple(args))

    with exactly():
        inputs = [Symbol(given.label(place)) for place in range(given.n_inputs)]
        outputs = given.run(inputs, applied)
        n_arguments = given.n_inputs - len(traced.captured)
        return program(outputs, [*inputs[n_arguments:], *lifted, *inputs[:n_arguments]]), numbers


def _comment(text: str) -> str:
    text = text.encode("ascii", "replace").decode().replace("\\", "/").replace("??", "?")
    parts = [wrap(" ".join(part.split()), 112, break_on_hyphens=False) for part in text.strip().split("\n\n")]
    return "\n//\n".join("\n".join(f"// {line}" for line in part) for part in parts)


def _many(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _numbers(numbers: Sequence[float], end: str) -> str:
    """Literals, a few on a line with their decimals beside; `end` comes after the last."""
    lines = []
    for start in range(0, len(numbers), WIDTH):
        some = numbers[start : start + WIDTH]
        sign = end if start + WIDTH >= len(numbers) else ","
        lines.append(f"{', '.join(map(_exact, some))}{sign}  // {', '.join(f'{x:.6g}' for x in some)}")
    return "\n ".join(lines) if end else "\n".join(lines)


def _exact(x: float) -> str:
    """A double as C reads it, to the last bit.

    >>> _exact(-0.75)
    '-0x1.8p-1'
    """
    if math.isfinite(x):
        return re.sub(r"\.?0+p", "p", x.hex()) if x else repr(x)
    return "NAN" if x != x else "INFINITY" if x > 0 else "-INFINITY"
