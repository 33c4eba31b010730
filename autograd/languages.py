"""How operations are written: for readers as text and in LaTeX, for machines in Python, with `math` or with NumPy.

A language is data: what it writes in a way of its own stands here, all else as the row of the operation has it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from autograd import ops
from autograd.names import raised
from autograd.ops import TABLE
from autograd.primitive import ANY, ATOM, POWER, PRODUCT, SIGN, SUM, Notation, Primitive
from autograd.symbol import pieces

Args = tuple[Any, ...]


class Statements(NamedTuple):
    """How a language is written line by line (by `compiler.statements`).

    name       what it is called
    line       how a number gets a name: that, and the expression, put in
    define     from name, parameters, lines and result to the text of a function
    functions  by operation, the text of a function of its name, for what the language has no word
    library    by name of a function in C's mathematical library, what it is called; besides the operations
    infinite   how inf and nan are written
    whole      how whole numbers end
    outside    where the language can call Python: the text of a function, from its name and that of Python's for floats
    """

    name: str
    line: str
    define: Callable[[str, Sequence[str], Sequence[str], str], str]
    functions: Mapping[Primitive, str]
    library: Mapping[str, str]
    infinite: tuple[str, str]
    whole: str = ".0"
    outside: str = ""


class Language(NamedTuple):
    """One way of writing.

    own         by operation, the notation where the row's will not do, or a function from the operands to it
    row         the notation of all others
    brackets    what is put around an operand that holds too loosely
    statements  how lines and functions are written, for programs to be run
    """

    own: Mapping[Any, Notation | Callable[[Args], Notation]]
    row: Callable[[Primitive], Notation]
    brackets: tuple[str, str] = ("(", ")")
    statements: Statements | None = None

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


def products(product: str) -> Callable[[Args], Notation]:
    """w₁·x₁ + ... + wₙ·xₙ + b."""

    def spelled_out(args: Args) -> Notation:
        n, bias = divmod(len(args), 2)
        written = [product.replace("{}", "{{{}}}").format(i, n + i) for i in range(n)]
        written += [f"{{{2 * n}}}"] * bias
        return Notation(" + ".join(written), SUM, (*(PRODUCT,) * n, *(SIGN,) * n, *(PRODUCT,) * bias))

    return spelled_out


def terms(args: Args) -> Notation:
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
        ops.weighted_sum: products("{}·{}"),
        ops.sum_of: terms,
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
        ops.weighted_sum: products(r"{} \cdot {}"),
        ops.sum_of: terms,
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
