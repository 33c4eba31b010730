"""How programs are written to be run: in Python to the last bit, in JavaScript, in C, in arrays of NumPy.

A language is data: a program is written in any of them by `statements.Text`.
"""

from collections.abc import Callable, Mapping, Sequence

from autograd import ops
from autograd.compiler.rolled import one_of
from autograd.languages import MATH, NUMPY, Args, Language, Statements, products, terms
from autograd.ops import TABLE
from autograd.primitive import ANY, ATOM, PRODUCT, SUM, Notation, Primitive

_ARITHMETIC: Mapping[Primitive, Notation | Callable[[Args], Notation]] = {
    **{op: op.text for op in (ops.identity, ops.add, ops.sub, ops.mul, ops.div, ops.neg)},
    ops.weighted_sum: products("{} * {}"),
    ops.sum_of: terms,
}
"""What is the same to the last bit in all that follow IEEE 754."""

EXACT_PYTHON = Language(
    {
        **_ARITHMETIC,
        ops.power: ops.power.text,
        ops.where: Notation("({1} if {0} else {2})", ATOM, (ANY, ANY, ANY)),
        ops.step: Notation("(1.0 if {0} > 0.0 else 0.0 if {0} <= 0.0 else {0})", ATOM, (ANY,)),
        ops.relu: Notation("(0.0 if {0} <= 0.0 else {0})", ATOM, (ANY,)),
    },
    lambda op: Notation(op.name + "({})"),
)
"""Python to be run rather than read: every bit is that of the rows; the rest are calls."""

JAVASCRIPT_FUNCTIONS: Mapping[Primitive, str] = {
    # x to the power n - k: what is lost where that is rounded costs the slope ln x times as much. And 1 to the power of
    # inf or nan is 1, as is -1 to that of inf, where Math.pow says nan.
    ops.power: """(x, n, k = 0) => {
  const m = n - k, back = m - n, lost = n - (m - back) - (k + back);
  const y = x === 1 || (x === -1 && Math.abs(m) === Infinity) ? 1 : Math.pow(x, m);
  return lost && Math.abs(lost) < 1 && x > 0 && x < Infinity ? y * Math.pow(x, lost) : y;
}""",
    ops.step: "(x) => (x > 0 ? 1 : x <= 0 ? 0 : x)",
    ops.nonzero: "(x) => (x !== 0 ? 1 : 0)",
    ops.above: "(a, b) => (a > b ? 1 : a < b ? 0 : a === b ? 0.5 : NaN)",
    ops.maximum: "(a, b) => (a >= b || a !== a ? a : b)",
    ops.minimum: "(a, b) => (a <= b || a !== a ? a : b)",
    ops.relu: "(x) => (x <= 0 ? 0 : x)",
    # Of x - top, rounded, is kept what was lost: the logarithm may be as small as that.
    ops.log_sum_exp: """(...xs) => {
  const top = xs.reduce((a, b) => (a >= b || a !== a ? a : b));
  if (!Number.isFinite(top)) return top;
  xs.splice(xs.indexOf(top), 1);
  let sum = 0;
  for (const x of xs) {
    const d = x - top, back = d - x, lost = x - (d - back) - (top + back), power = Math.exp(d);
    sum += power === 0 ? 0 : power + power * lost;
  }
  return top + Math.log1p(sum);
}""",
    # Up to 1 a power series of positive terms, beyond it 1 - erfc(x), and that as a continued fraction; with 2/√π.
    ops.erf: """(x) => {
  const a = Math.abs(x), bell = 1.1283791670955126 * Math.exp(-a * a);
  let s = 0;
  if (a < 1) {
    for (let k = 41; k > 1; k -= 2) s = (2 * a * a * (1 + s)) / k;
    return x * bell * (1 + s);
  }
  for (let k = 200; k > 0; k--) s = k / 2 / (a + s);
  return a < 6 ? Math.sign(x) * (1 - bell / 2 / (a + s)) : Math.sign(x);
}""",
}
"""What JavaScript has no word for, and no composition of words that is as good, as a function."""


MATH_OF_C = "acosh asinh atanh cbrt ceil erfc exp2 floor lgamma log10 log2 round tgamma trunc"
MATH_OF_JAVASCRIPT = "acosh asinh atan2 atanh cbrt ceil floor hypot log10 log2 sqrt trunc"
MATH_OF_NUMPY = "acosh asinh atanh cbrt ceil exp2 floor log10 log2 trunc"
"""What they have besides the operations, under the names of C."""


def _arrow(name: str, parameters: Sequence[str], lines: Sequence[str], result: str) -> str:
    body = f"{{ {' '.join([*lines, f'return {result};'])} }}" if lines else result
    return f"const {name} = ({', '.join(parameters)}) => {body};"


JAVASCRIPT = Language(
    {
        **_ARITHMETIC,
        **{op: Notation(f"Math.{op.name}({{}})") for op in TABLE if op.name in (*MATH, "sign")},
        ops.absolute: Notation("Math.abs({})"),
        ops.where: Notation("({} !== 0 ? {} : {})", ATOM, (SUM, ANY, ANY)),
    },
    lambda op: Notation(op.name + "({})"),
    statements=Statements(
        "JavaScript",
        "const {} = {};",
        _arrow,
        {op: f"const {op.name} = {text};" for op, text in JAVASCRIPT_FUNCTIONS.items()},
        {name: f"Math.{name}" for name in MATH_OF_JAVASCRIPT.split()},
        ("Infinity", "NaN"),
        whole="",
    ),
)
"""With `Math`; what it has no word for is a function, one of `JAVASCRIPT_FUNCTIONS` or composed."""


def _static(name: str, parameters: Sequence[str], lines: Sequence[str], result: str) -> str:
    body = " ".join([*lines, f"return {result};"])
    return f"static double {name}({', '.join(f'double {x}' for x in parameters)}) {{ {body} }}"


C_FUNCTIONS: Mapping[Primitive, str] = {
    ops.relu: "static double relu(double z) { return z <= 0.0 ? 0.0 : z; }",
    ops.leaky_relu: "static double leaky_relu(double z, double slope) { return z <= 0.0 ? slope * z : z; }",
    ops.sigmoid: "static double sigmoid(double z) { return z > -709.0 ? 1.0 / (1.0 + exp(-z)) : exp(z); }",
    ops.softplus: "static double softplus(double z) { return z <= 0.0 ? log1p(exp(z)) : z + log1p(exp(-z)); }",
    ops.step: "static double step(double x) { return x > 0.0 ? 1.0 : x <= 0.0 ? 0.0 : x; }",
    ops.sign: "static double sign(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x; }",
    ops.nonzero: "static double nonzero(double x) { return x != 0.0 ? 1.0 : 0.0; }",
    ops.above: "static double above(double a, double b) { return a > b ? 1.0 : a < b ? 0.0 : a == b ? 0.5 : NAN; }",
    ops.maximum: "static double maximum(double a, double b) { return a >= b || a != a ? a : b; }",
    ops.minimum: "static double minimum(double a, double b) { return a <= b || a != a ? a : b; }",
}
"""What C has no word for, as a function: the very bits of the rows."""

C = Language(
    {
        **_ARITHMETIC,
        **{op: Notation(op.name + "({})") for op in TABLE if op.name in (*MATH, "erf")},
        ops.power: Notation("pow({})"),
        ops.absolute: Notation("fabs({})"),
        ops.where: Notation("({} != 0.0 ? {} : {})", ATOM, (SUM, ANY, ANY)),
    },
    lambda op: Notation(op.name + "({})"),
    statements=Statements(
        "C",
        "double {} = {};",
        _static,
        C_FUNCTIONS,
        {name: name for name in MATH_OF_C.split()},
        ("INFINITY", "NAN"),
    ),
)
"""C99 with `math.h`."""


def _def(name: str, parameters: Sequence[str], lines: Sequence[str], result: str) -> str:
    return "\n    ".join([f"def {name}({', '.join(parameters)}):", *lines, f"return {result}"])


def _side_by_side(args: Args) -> Notation:
    """The sum over the units where they are one operand: a column for each, a row for every sample."""
    return Notation("{}.sum(axis=1, keepdims=True)", ATOM, (ATOM,)) if len(args) == 1 else terms(args)


def _column(args: Args) -> Notation:
    """Of the numbers of all units, those of one."""
    return Notation(f"{{}}[:, {int(args[1])}:{int(args[1]) + 1}]", ATOM, (ATOM,))


NUMPY_FUNCTIONS: Mapping[Primitive, str] = {
    ops.sigmoid: """def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))""",
    ops.softplus: """def softplus(z):
    return np.logaddexp(0.0, z)""",
    ops.log_sum_exp: """def log_sum_exp(*zs):
    z = np.concatenate(np.broadcast_arrays(*zs), axis=1) if len(zs) > 1 else zs[0]
    top = z.max(axis=1, keepdims=True)
    return top + np.log(np.exp(z - top).sum(axis=1, keepdims=True))""",
    ops.largest: """def largest(*zs):
    z = np.concatenate(np.broadcast_arrays(*zs), axis=1) if len(zs) > 1 else zs[0]
    return z.max(axis=1, keepdims=True)""",
    ops.smallest: """def smallest(*zs):
    z = np.concatenate(np.broadcast_arrays(*zs), axis=1) if len(zs) > 1 else zs[0]
    return z.min(axis=1, keepdims=True)""",
    ops.erf: "erf = np.vectorize(math.erf, otypes=[float])",
}
"""What NumPy has no word for, as a function of arrays that have a row for every sample."""

ARRAYS = NUMPY._replace(
    own={
        **{op: form for op, form in NUMPY.own.items() if op not in (ops.largest, ops.smallest)},
        **_ARITHMETIC,
        ops.power: ops.power.text,
        ops.sum_of: _side_by_side,
        one_of: _column,
        ops.step: Notation("1.0 * ({} > 0.0)", PRODUCT, (SUM,)),
        ops.nonzero: Notation("1.0 * ({} != 0.0)", PRODUCT, (SUM,)),
    },
    statements=Statements(
        "NumPy",
        "{} = {}",
        _def,
        NUMPY_FUNCTIONS,
        {name: f"np.{name.replace('a', 'arc', name[0] == 'a')}" for name in MATH_OF_NUMPY.split()},
        ("np.inf", "np.nan"),
        outside="{0} = np.vectorize({1}, otypes=[float])",
    ),
)
"""NumPy to be run rather than read, with a row for every sample and a column for every unit."""
