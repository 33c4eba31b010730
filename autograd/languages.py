"""How operations are written: for readers as text and in LaTeX, for machines in Python, with `math` or with NumPy.

A language is data: what it writes in a way of its own stands here, all else as the row of the operation has it.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from autograd import ops
from autograd.names import raised
from autograd.ops import TABLE
from autograd.primitive import ANY, ATOM, POWER, PRODUCT, SIGN, SUM, Notation, Primitive
from autograd.symbol import pieces

Args = tuple[Any, ...]


class Language(NamedTuple):
    """One way of writing.

    own       by operation, the notation where the row's will not do, or a function from the operands to it
    row       the notation of all others
    brackets  what is put around an operand that holds too loosely
    """

    own: Mapping[Any, Notation | Callable[[Args], Notation]]
    row: Callable[[Primitive], Notation]
    brackets: tuple[str, str] = ("(", ")")

    def write(self, expression: Any, atom: Callable[[Any], tuple[str, int] | None]) -> str:
        """An expression; `atom` writes literals, unknowns and whatever else has a name (see `symbol.pieces`)."""
        return "".join(pieces(expression, self.notation, atom, self.brackets))

    def notation(self, op: Primitive, args: Args) -> Notation:
        """How an operation is written with these operands."""
        own = self.own.get(op) or self.row(op)
        return own if isinstance(own, Notation) else own(args)

    def but(self, own: Mapping[Any, Notation | Callable[[Args], Notation]]) -> "Language":
        """The same with some operations written otherwise."""
        return self._replace(own={**self.own, **own})


# ---------------------------------------------------------------- sums, written out


def _products(product: str) -> Callable[[Args], Notation]:
    """w₁·x₁ + ... + wₙ·xₙ + b."""

    def spelled_out(args: Args) -> Notation:
        n, bias = divmod(len(args), 2)
        terms = [product.replace("{}", "{{{}}}").format(i, n + i) for i in range(n)]
        terms += [f"{{{2 * n}}}"] * bias
        return Notation(" + ".join(terms), SUM, (*(PRODUCT,) * n, *(SIGN,) * n, *(PRODUCT,) * bias))

    return spelled_out


def _terms(args: Args) -> Notation:
    """x₁ + ... + xₙ."""
    if not args:
        return ops.sum_of.text
    return Notation(" + ".join(["{}"] * len(args)), SUM, (SUM, *(PRODUCT,) * (len(args) - 1)))


def _exponentials(opening: str, term: str, closing: str) -> Callable[[Args], Notation]:
    """ln(e^z₁ + ... + e^zₙ)."""
    return lambda args: Notation(opening + " + ".join([term] * len(args)) + closing, ATOM, (ANY,) * len(args))


# ---------------------------------------------------------------- for readers


def _power(args: Args) -> Notation:
    """x², and x^n where n is no whole number."""
    n = args[1]
    if type(n) is float and n.is_integer() and abs(n) < 1e6:
        return Notation("{}" + raised(str(int(n))), POWER, (ATOM,))
    return Notation("{}^{}", POWER, (ATOM, ATOM))


def _with_signs(op: Primitive) -> Notation:
    """The notation of Python with the minus and the fraction bar of print."""
    return op.text._replace(template=op.text.template.replace(" - ", " − ").replace(" / ", "/"))


TEXT = Language(
    {
        ops.mul: Notation("{}·{}", PRODUCT, (PRODUCT, SIGN)),
        ops.neg: Notation("−{}", SUM, (PRODUCT,)),
        ops.power: _power,
        ops.absolute: Notation("|{}|", ATOM, (ANY,)),
        ops.step: Notation("[{} > 0]", ATOM, (ANY,)),
        ops.above: Notation("[{} > {}]", ATOM, (ANY, ANY)),
        ops.nonzero: Notation("[{} ≠ 0]", ATOM, (ANY,)),
        ops.sigmoid: Notation("σ({})"),
        ops.log: Notation("ln({})"),
        ops.sqrt: Notation("√({})"),
        **dict.fromkeys((ops.maximum, ops.largest), Notation("max({})")),
        **dict.fromkeys((ops.minimum, ops.smallest), Notation("min({})")),
        ops.weighted_sum: _products("{}·{}"),
        ops.sum_of: _terms,
        ops.log_sum_exp: _exponentials("ln(", "exp({})", ")"),
        ops.binary_cross_entropy: Notation("−({1}·ln({0}) + (1 − {1})·ln(1 − {0}))", SUM, (ATOM, ATOM)),
        ops.binary_cross_entropy_with_logits: Notation(
            "{1}·softplus(−{0}) + (1 − {1})·softplus({0})", SUM, (ATOM, ATOM)
        ),
    },
    _with_signs,
)

LATEX = Language(
    {
        ops.neg: Notation("-{}", SUM, (PRODUCT,)),
        ops.weighted_sum: _products(r"{} \cdot {}"),
        ops.sum_of: _terms,
        ops.log_sum_exp: _exponentials(r"\ln\left(", "e^{{{}}}", r"\right)"),
        ops.binary_cross_entropy: Notation(
            r"-\left({1} \cdot \ln {0} + \left(1 - {1}\right) \cdot \ln\left(1 - {0}\right)\right)", SUM, (ATOM, ATOM)
        ),
        ops.binary_cross_entropy_with_logits: Notation(
            r"{1} \cdot \operatorname{{softplus}}\left(-{0}\right)"
            r" + \left(1 - {1}\right) \cdot \operatorname{{softplus}}\left({0}\right)",
            SUM,
            (ATOM, ATOM),
        ),
    },
    lambda op: op.latex,
    (r"\left(", r"\right)"),
)

ON_PAPER = LATEX.but(
    {ops.mul: Notation(r"{} \, {}", PRODUCT, (PRODUCT, SIGN)), ops.relu: Notation(r"\max\left(0, {}\right)")}
)
"""The LaTeX of derivations in full, where most signs are products."""

# ---------------------------------------------------------------- for machines

MATH = (
    "exp", "expm1", "log", "log1p", "sqrt", "hypot",
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh",
)  # fmt: skip
"""Operations that both `math` and `numpy` have, under these names or those of `NUMPY_NAMES`."""

NUMPY_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2"}

_IS_POSITIVE = Notation("({} > 0)", ATOM, (SUM,))
_IS_NOT_ZERO = Notation("({} != 0)", ATOM, (SUM,))

PYTHON = Language(
    {
        **{op: Notation(f"math.{op.name}({{}})") for op in TABLE if op.name in (*MATH, "erf")},
        ops.step: _IS_POSITIVE,
        ops.nonzero: _IS_NOT_ZERO,
        ops.where: Notation("({1} if {0} else {2})", ATOM, (ATOM, ATOM, ATOM)),
        ops.absolute: Notation("abs({})"),
        ops.hypot: Notation("abs(complex({}, {}))", ATOM, (ANY, ANY)),  # math.hypot is another in the last bit
        ops.relu: Notation("max(0, {})"),
        **dict.fromkeys((ops.maximum, ops.largest), Notation("max({})")),
        **dict.fromkeys((ops.minimum, ops.smallest), Notation("min({})")),
    },
    lambda op: op.text,
)
"""With `math`; what it has no word for is called by the operation's name."""

NUMPY = Language(
    {
        **{op: Notation(f"np.{NUMPY_NAMES.get(op.name, op.name)}({{}})") for op in TABLE if op.name in MATH},
        ops.step: _IS_POSITIVE,
        ops.nonzero: _IS_NOT_ZERO,
        ops.where: Notation("np.where({})"),
        ops.absolute: Notation("np.abs({})"),
        ops.sign: Notation("np.sign({})"),
        ops.relu: Notation("np.maximum(0, {})"),
        ops.maximum: Notation("np.maximum({})"),
        ops.minimum: Notation("np.minimum({})"),
        ops.largest: Notation("np.max(np.broadcast_arrays({}), axis=0)"),
        ops.smallest: Notation("np.min(np.broadcast_arrays({}), axis=0)"),
    },
    lambda op: op.text,
)
"""With arrays; what NumPy has no word for is called by the operation's name."""

_ARITHMETIC: Mapping[Primitive, Notation | Callable[[Args], Notation]] = {
    **{op: op.text for op in (ops.identity, ops.add, ops.sub, ops.mul, ops.div, ops.neg)},
    ops.weighted_sum: _products("{} * {}"),
    ops.sum_of: _terms,
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

JAVASCRIPT = Language(
    {
        **_ARITHMETIC,
        **{op: Notation(f"Math.{op.name}({{}})") for op in TABLE if op.name in (*MATH, "sign")},
        ops.absolute: Notation("Math.abs({})"),
        ops.where: Notation("({} !== 0 ? {} : {})", ATOM, (SUM, ANY, ANY)),
    },
    lambda op: Notation(op.name + "({})"),
)
"""With `Math`; what it has no word for is a function, one of `JAVASCRIPT_FUNCTIONS` or composed."""

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
