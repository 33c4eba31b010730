r"""The table of operations: each one once, with everything that is known about it.

A rule (pullback) takes the cotangent g of the result, the result y and the operands, and returns
the cotangent of one operand: g times the partial derivative. Rules are written in operators and
operations only, so that the same row runs on floats, on `Value` (higher order) and on `Symbol`
(formulas). Where the textbook form of a slope would lose digits (h(1 - h) with h near 1), the row
has an equal form that does not; that of binary_cross_entropy looks at how its operand was made.

At kinks: relu'(0) = 0, leaky_relu'(0) = its slope, absolute'(0) = 0; ties of maximum and minimum
share the gradient evenly. Comparing operations (step, sign, above, nonzero) have slope 0.
"""

import math
import operator
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from autograd.names import raised
from autograd.primitive import ANY, ATOM, POWER, PRODUCT, SIGN, SUM, Interval, Notation, Primitive

LABELS: Interval = frozenset({0.0, 1.0})
"""The two classes, for losses that take a label."""

WIDE: Interval = (-1000.0, 1000.0)
"""What is fed to operations that are right everywhere."""

# ---------------------------------------------------------------- arithmetic

identity = Primitive(
    "identity", operator.pos, [lambda g, y, x: g], text=Notation("{}", ANY, (ANY,)),
    latex=Notation("{}", ANY, (ANY,)), badge="=", domain=[WIDE],
    doc="x itself, as a node of its own.",
)
add = Primitive(
    "add", operator.add, [lambda g, y, a, b: g, lambda g, y, a, b: g],
    text=Notation("{} + {}", SUM, (SUM, PRODUCT)), latex=Notation("{} + {}", SUM, (SUM, PRODUCT)), badge="+",
    domain=[WIDE, WIDE], doc="a + b.",
)
sub = Primitive(
    "sub", operator.sub, [lambda g, y, a, b: g, lambda g, y, a, b: -g],
    text=Notation("{} - {}", SUM, (SUM, PRODUCT)), latex=Notation("{} - {}", SUM, (SUM, PRODUCT)), badge="−",
    domain=[WIDE, WIDE], doc="a - b.",
)
mul = Primitive(
    "mul", operator.mul, [lambda g, y, a, b: g * b, lambda g, y, a, b: g * a],
    text=Notation("{} * {}", PRODUCT, (PRODUCT, SIGN)),
    latex=Notation(r"{} \cdot {}", PRODUCT, (PRODUCT, SIGN)), badge="×", domain=[WIDE, WIDE],
    doc="a · b.",
)
div = Primitive(
    "div", operator.truediv, [lambda g, y, a, b: g / b, lambda g, y, a, b: -(g * y / b)],
    text=Notation("{} / {}", PRODUCT, (PRODUCT, SIGN)), latex=Notation(r"\frac{{{}}}{{{}}}", SIGN, (ANY, ANY)),
    badge="÷", domain=[WIDE, (1e-3, 1e3)], requires="a divisor other than 0", doc="a / b.",
)
neg = Primitive(
    "neg", operator.neg, [lambda g, y, x: -g], text=Notation("-{}", SIGN, (POWER,)),
    latex=Notation("-{}", SIGN, (POWER,)), badge="−", domain=[WIDE], doc="-x.",
)


def _power(x: float, n: float) -> float:
    y: Any = x**n
    if isinstance(y, complex):
        raise ValueError("a negative number to a fractional power is not real")
    return float(y)


def _power_badge(args: tuple[Any, ...]) -> str:
    if type(args[1]) is not float:
        return "xʸ"
    exponent = raised(f"{args[1]:g}")
    return f"x{exponent}"


# x**0 is 1 for every x, 0 included, so its slope there is 0 and not 0/0: nonzero(n) keeps the
# exponent at 0. 0**n is 0 for every n > 0, so its slope in n is 0: the logarithm is taken of 1.
# The domain ends where n - 1, which is rounded if n is no whole number, costs the slope more than 4 ulp: ln x
# times what is lost. With a whole exponent any base is as good.
power = Primitive(
    "power", _power,
    [
        lambda g, y, x, n: g * n * x ** (n - nonzero(n)),
        lambda g, y, x, n: g * y * log(x + (1.0 - nonzero(x)) * nonzero(n)),
    ],
    text=Notation("{}**{}", POWER, (ATOM, POWER)), latex=Notation("{}^{{{}}}", POWER, (ATOM, ANY)),
    lower="pow", badge=_power_badge, domain=[(0.1, 8), (-3, 3)],
    requires="a base > 0, or a whole exponent (>= 0 where the base is 0)", doc="x to the power n.",
)

# ---------------------------------------------------------------- choices and kinks


def _choose(condition: float, a: float, b: float) -> float:
    return a if condition else b


def _step(x: float) -> float:
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else x


def _sign(x: float) -> float:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x


def _nonzero(x: float) -> float:
    return 1.0 if x else 0.0


def _above(a: float, b: float) -> float:
    return 1.0 if a > b else 0.0 if a < b else 0.5 if a == b else math.nan


where: Primitive = Primitive(
    "where", _choose,
    [
        lambda g, y, condition, a, b: 0.0,
        lambda g, y, condition, a, b: where(condition, g, 0.0),
        lambda g, y, condition, a, b: where(condition, 0.0, g),
    ],
    latex=Notation(
        r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}", SUM, (ANY, ANY, ANY)
    ),
    badge="if", domain=[LABELS, WIDE, WIDE],
    doc="a where the condition holds (is not 0), else b. Both are evaluated.",
)
step = Primitive(
    "step", _step, [lambda g, y, x: 0.0], latex=Notation(r"\left[{} \gt 0\right]", ATOM, (ANY,)), badge="step",
    domain=[WIDE], doc="1 where x > 0, else 0. Slope 0.",
)
sign = Primitive("sign", _sign, [lambda g, y, x: 0.0], domain=[WIDE], doc="1, 0 or -1 as x is. Slope 0.")
nonzero: Primitive = Primitive(
    "nonzero", _nonzero, [lambda g, y, x: 0.0], latex=Notation(r"\left[{} \neq 0\right]", ATOM, (ANY,)), badge="≠0",
    domain=[WIDE], doc="1 where x is not 0, else 0. Slope 0.",
)
above = Primitive(
    "above", _above, [lambda g, y, a, b: 0.0, lambda g, y, a, b: 0.0],
    latex=Notation(r"\left[{} \gt {}\right]", ATOM, (ANY, ANY)), badge=">", domain=[WIDE, WIDE],
    doc="1 where a > b, 1/2 where they are equal, else 0. Slope 0.",
)
absolute = Primitive(
    "absolute", abs, [lambda g, y, x: g * sign(x)], text="abs({})",
    latex=Notation(r"\left|{}\right|", ATOM, (ANY,)), badge="|x|", domain=[WIDE],
    doc="|x|. At the kink the slope is taken as 0.",
)


def _maximum(a: float, b: float) -> float:
    return a if a >= b or a != a else b


def _minimum(a: float, b: float) -> float:
    return a if a <= b or a != a else b


def _largest(*xs: float) -> float:
    return reduce(_maximum, xs)


def _smallest(*xs: float) -> float:
    return reduce(_minimum, xs)


def _shared(g: Any, parts: Sequence[Any]) -> list[Any]:
    """g in shares that are as large as these parts."""
    whole = sum_of(*parts)
    return [g * (part / whole) for part in parts]


def _hits(g: Any, y: Any, *xs: Any) -> list[Any]:
    return _shared(g, [1.0 - nonzero(x - y) for x in xs])


# (A difference of two infinities is no 0, which is why the rules beside those on paper compare.)
largest = Primitive(
    "largest", _largest, pullback=lambda g, y, *xs: _shared(g, [above(x, y) for x in xs]), paper=_hits,
    lower=lambda *xs: reduce(maximum, xs), latex=r"\max\left({}\right)", badge="max", domain=[WIDE] * 3,
    requires="at least one argument",
    doc="The largest of the arguments. All that tie share the gradient evenly; see `maximum`.",
)
smallest = Primitive(
    "smallest", _smallest, pullback=lambda g, y, *xs: _shared(g, [above(y, x) for x in xs]), paper=_hits,
    lower=lambda *xs: reduce(minimum, xs), latex=r"\min\left({}\right)", badge="min", domain=[WIDE] * 3,
    requires="at least one argument",
    doc="The smallest of the arguments. All that tie share the gradient evenly; see `minimum`.",
)
maximum: Primitive = Primitive(
    "maximum", _maximum, [lambda g, y, a, b: g * above(a, b), lambda g, y, a, b: g * above(b, a)],
    latex=r"\max\left({}\right)", badge="max", domain=[WIDE, WIDE], many=largest,
    doc="The larger of a and b, or the largest of more. Ties share the gradient evenly.",
)
minimum: Primitive = Primitive(
    "minimum", _minimum, [lambda g, y, a, b: g * above(b, a), lambda g, y, a, b: g * above(a, b)],
    latex=r"\min\left({}\right)", badge="min", domain=[WIDE, WIDE], many=smallest,
    doc="The smaller of a and b, or the smallest of more. Ties share the gradient evenly.",
)


def _relu(x: float) -> float:
    return 0.0 if x <= 0.0 else x


def _leaky_relu(x: float, slope: float) -> float:
    return slope * x if x <= 0.0 else x


relu = Primitive(
    "relu", _relu, [lambda g, y, x: g * step(x)], badge="ReLU", domain=[WIDE],
    doc="max(0, x). At the kink the slope is taken as 0.",
)
leaky_relu = Primitive(
    "leaky_relu", _leaky_relu,
    [lambda g, y, x, slope: where(step(x), g, g * slope), lambda g, y, x, slope: where(step(x), 0.0, g * x)],
    lower=lambda x, slope: where(step(x), x, slope * x), badge="leaky", domain=[WIDE, (0.01, 0.3)],
    defaults={"slope": 0.01}, doc="x where x > 0, else slope · x, with slope 0.01 unless given.",
)

# ---------------------------------------------------------------- exponentials and roots

exp = Primitive(
    "exp", math.exp, [lambda g, y, x: g * y], latex=Notation("e^{{{}}}", POWER, (ANY,)), lower="exp",
    domain=[(-700, 700)], requires="an argument up to 709.78, where the result still fits a float",
    doc="e to the power x.",
)
expm1 = Primitive(
    "expm1", math.expm1, [lambda g, y, x: g * exp(x)], latex=Notation("e^{{{}}} - 1", SUM, (ANY,)),
    lower="expm1", domain=[(-100, 100)], requires="an argument up to 709.78, where the result still fits a float",
    doc="e to the power x, minus 1, exact near 0 too.",
)
log: Primitive = Primitive(
    "log", math.log, [lambda g, y, x: g / x], latex=Notation(r"\ln {}", SIGN, (POWER,)), badge="ln",
    lower="log", domain=[(1e-12, 1e6)], requires="a positive argument", doc="The natural logarithm of x.",
)
log1p = Primitive(
    "log1p", math.log1p, [lambda g, y, x: g / (1.0 + x)], latex=r"\ln\left(1 + {}\right)",
    lower="log1p", domain=[(-0.999, 1e6)],
    requires="an argument above -1", doc="The natural logarithm of 1 + x, exact near 0 too.",
)
sqrt = Primitive(
    "sqrt", math.sqrt, [lambda g, y, x: g / (2.0 * y)], latex=Notation(r"\sqrt{{{}}}", ATOM, (ANY,)), badge="√",
    domain=[(1e-12, 1e6)], requires="an argument >= 0 (> 0 for a slope)", doc="The square root of x.",
)

# ---------------------------------------------------------------- circular and hyperbolic functions

ROUNDING = 1.5 * 2.0**31
"""Added and taken away again, it rounds a number to 21 binary digits behind the point, whose square is exact."""

FINITE = "a finite argument"
UNIT = "an argument from -1 to 1 (strictly between for a slope)"

sin = Primitive(
    "sin", math.sin, [lambda g, y, x: g * cos(x)], latex=r"\sin\left({}\right)",
    lower="sin", domain=[(-100, 100)], requires=FINITE,
    doc="The sine of x, in radians.",
)
cos: Primitive = Primitive(
    "cos", math.cos, [lambda g, y, x: -(g * sin(x))], latex=r"\cos\left({}\right)",
    lower="cos", domain=[(-100, 100)], requires=FINITE,
    doc="The cosine of x, in radians.",
)
tan = Primitive(
    "tan", math.tan, [lambda g, y, x: g * (1.0 + y * y)], latex=r"\tan\left({}\right)",
    lower="tan", domain=[(-100, 100)],
    requires=FINITE, doc="The tangent of x, in radians.",
)
asin = Primitive(
    "asin", math.asin, [lambda g, y, x: g / sqrt((1.0 - x) * (1.0 + x))], latex=r"\arcsin\left({}\right)",
    lower="asin", domain=[(-0.9999, 0.9999)], requires=UNIT, doc="The angle in [-π/2, π/2] whose sine is x.",
)
acos = Primitive(
    "acos", math.acos, [lambda g, y, x: -(g / sqrt((1.0 - x) * (1.0 + x)))], latex=r"\arccos\left({}\right)",
    lower="acos", domain=[(-0.9999, 0.9999)], requires=UNIT, doc="The angle in [0, π] whose cosine is x.",
)
atan = Primitive(
    "atan", math.atan, [lambda g, y, x: g / (1.0 + x * x)], latex=r"\arctan\left({}\right)",
    lower="atan", domain=[WIDE],
    doc="The angle in (-π/2, π/2) whose tangent is x.",
)


def _hypot(a: float, b: float) -> float:
    return abs(complex(a, b))  # by the function of C, as in compiled code; that of math is another in the last bit


hypot = Primitive(
    "hypot", _hypot, [lambda g, y, a, b: g * (a / y), lambda g, y, a, b: g * (b / y)],
    latex=Notation(r"\sqrt{{{0}^2 + {1}^2}}", ATOM, (ATOM, ATOM)), lower="hypot", domain=[WIDE, WIDE],
    requires="a point other than the origin for a slope", doc="√(a² + b²), without overflow.",
)
atan2 = Primitive(
    "atan2", math.atan2,
    [
        lambda g, angle, y, x: g * (x / (x * x + y * y)),
        lambda g, angle, y, x: -(g * (y / (x * x + y * y))),
    ],
    latex=r"\operatorname{{atan2}}\left({}\right)", lower="atan2", domain=[WIDE, WIDE],
    requires="a point other than the origin for a slope",
    doc="The angle in [-π, π] of the point (x, y) to the x axis, of y and x in this order.",
)
sinh = Primitive(
    "sinh", math.sinh, [lambda g, y, x: g * cosh(x)], latex=r"\sinh\left({}\right)", lower="sinh", domain=[(-100, 100)],
    requires="an argument from -710 to 710, where the result still fits a float", doc="The hyperbolic sine of x.",
)
cosh: Primitive = Primitive(
    "cosh", math.cosh, [lambda g, y, x: g * sinh(x)], latex=r"\cosh\left({}\right)", lower="cosh", domain=[(-100, 100)],
    requires="an argument from -710 to 710, where the result still fits a float", doc="The hyperbolic cosine of x.",
)
tanh = Primitive(
    "tanh", math.tanh, [lambda g, y, x: g * (4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x))],
    latex=r"\tanh\left({}\right)", lower="tanh", domain=[(-40, 40)],
    doc="The hyperbolic tangent of x. Its slope 1 - y² is computed as 4 σ(2x) σ(-2x), exact where y is near ±1.",
)


def _bell(x: Any) -> Any:
    """exp(-x²) as exp(-a²) exp(-(x - a)(x + a)): of x², rounded, too few digits are left behind the point."""
    x = minimum(absolute(x), 40.0)  # from 28 on it is 0
    a = (x + ROUNDING) - ROUNDING
    return exp(-(a * a)) * exp(-((x - a) * (x + a)))


erf = Primitive(
    "erf", math.erf, [lambda g, y, x: g * (2.0 / math.sqrt(math.pi) * _bell(x))],
    paper=[lambda g, y, x: g * (2.0 / math.sqrt(math.pi) * exp(-(x * x)))],
    latex=r"\operatorname{{erf}}\left({}\right)", lower="erf", domain=[(-6, 6)], doc="The error function of x.",
)

# ---------------------------------------------------------------- what networks are made of


def _sigmoid(x: float) -> float:
    # Below -709 exp(-x) is no longer a float; there 1 + exp(x) is 1, so the value is exp(x).
    return 1.0 / (1.0 + math.exp(-x)) if x > -709.0 else math.exp(x)


def _softplus(x: float) -> float:
    return math.log1p(math.exp(x)) if x <= 0.0 else x + math.log1p(math.exp(-x))


sigmoid: Primitive = Primitive(
    "sigmoid", _sigmoid, [lambda g, y, x: g * (y * sigmoid(-x))], latex=r"\sigma\left({}\right)", badge="σ",
    lower=lambda x: where(step(x + 709.0), 1.0 / (1.0 + exp(-x)), exp(x)), domain=[(-40, 40)],
    doc="σ(x) = 1/(1 + e⁻ˣ). Its slope y(1 - y) is computed as y σ(-x), exact where y is near 1.",
)
softplus = Primitive(
    "softplus", _softplus, [lambda g, y, x: g * sigmoid(x)], latex=r"\operatorname{{softplus}}\left({}\right)",
    lower=lambda x: where(step(x), x + log1p(exp(-x)), log1p(exp(x))), domain=[(-40, 40)],
    doc="ln(1 + eˣ), without overflow.",
)


def _dot(*args: float) -> float:
    n = len(args) // 2
    z = args[0] * args[n] if n else 0.0
    for w, x in zip(args[1:n], args[n + 1 : 2 * n], strict=True):
        z += w * x
    return z + args[-1] if len(args) % 2 else z


def _dot_pullback(g: Any, y: Any, *args: Any) -> list[Any]:
    n = len(args) // 2
    shares = [g * other for other in args[n : 2 * n] + args[:n]]  # the factor beside each argument
    if len(args) % 2:
        shares.append(g)
    return shares


def _total(*args: float) -> float:
    terms = iter(args)
    s = next(terms, 0.0)
    for term in terms:
        s += term
    return s


# Sampled with one sign: terms of both can cancel, and the digits of the sum with them, whatever its row does.
weighted_sum = Primitive(
    "weighted_sum", _dot, pullback=_dot_pullback, lower=_dot, badge="Σw·x", domain=[(0.01, 100)] * 5,
    doc="w₁x₁ + ... + wₙxₙ + b of the flat arguments w₁ ... wₙ, x₁ ... xₙ, b, added from left to right; see `dot`.",
)
sum_of = Primitive(
    "sum_of", _total, pullback=lambda g, y, *xs: [g] * len(xs), lower=_total, badge="Σ", domain=[(0.01, 100)] * 3,
    doc="x₁ + ... + xₙ, added from left to right; see `total`.",
)


def dot(w: Sequence[Any], x: Sequence[Any], b: Any = None) -> Any:
    """w₁x₁ + ... + wₙxₙ + b as one node, added from left to right; without b where it is left out.

    Its gradient is the δ of the textbook. `w` and `x` are sequences of equal length (ValueError
    otherwise) of floats, Values or Symbols.
    """
    if len(w) != len(x):
        raise ValueError(f"dot: {len(w)} weights but {len(x)} inputs; the two must be equally many")
    args = (*w, *x) if b is None else (*w, *x, b)
    apply = getattr(type(b), "apply", None)  # the shortest way where the bias is a Value
    result = NotImplemented if apply is None else apply(weighted_sum, args)
    return weighted_sum(*args) if result is NotImplemented else result


def total(xs: Sequence[Any]) -> Any:
    """x₁ + ... + xₙ as one node, added from left to right; 0.0 for none."""
    return sum_of(*xs)


# ---------------------------------------------------------------- losses with a closed form


def _log_sum_exp(*xs: float) -> float:
    top = max(xs)
    if math.isinf(top) or any(x != x for x in xs):
        return sum(xs) if any(x != x for x in xs) else top
    rest = sorted(xs)[:-1]
    if -1.0 < top < 1.0 and top:  # the sum is then of the size of the result, and its last digits count
        return top + math.log1p(math.fsum(_exp_of_difference(x, top) for x in rest))
    return top + math.log1p(math.fsum(math.exp(x - top) for x in rest))


def _log_sum_exp_pullback(g: Any, y: Any, *xs: Any) -> list[Any]:
    # y is rounded, and with it exp(x - y), by a factor that all have in common: their sum, which would be 1.
    return _shared(g, [_exp_of_difference(x, y) for x in xs])


def _exp_of_difference(a: Any, b: Any) -> Any:
    """exp(a - b), and what is lost where a - b is rounded (Knuth's two sums), which a large difference shows."""
    difference = a - b
    back = difference - a
    lost = (a - (difference - back)) - (b + back)
    power = exp(difference)
    return where(power, power + power * lost, 0.0)  # of an infinite difference nothing is lost


def _log_sum_exp_lowered(*xs: Any) -> Any:
    """`_log_sum_exp` in operations: the largest is left out of the sum once, as 1 inside log1p."""
    top = xs[0]
    for x in xs[1:]:
        top = maximum(top, x)
    parts, seen = [], 0.0
    for x in xs:
        smaller = nonzero(top - x)
        parts.append(where(smaller + seen, exp(x - top), 0.0))
        seen = seen + 1.0 - smaller
    rest = sum_of(*parts)
    return where(nonzero(top - top), top, top + log1p(rest))


# (Where the result is near 0, the largest argument and the logarithm cancel, as terms of a sum do.)
log_sum_exp = Primitive(
    "log_sum_exp", _log_sum_exp, lower=_log_sum_exp_lowered, pullback=_log_sum_exp_pullback,
    paper=lambda g, y, *xs: _shared(g, [exp(x - y) for x in xs]),
    latex=r"\ln\textstyle\sum\exp\left({}\right)", badge="ln Σeˣ", domain=[(-100, 100)] * 3,
    requires="at least one argument",
    doc="ln(exp(x₁) + ... + exp(xₙ)) of the arguments, without overflow; its slopes are the softmax.",
)


def _bce(p: float, y: float) -> float:
    if p < 0.0 or p > 1.0:
        raise ValueError("no probability")
    # A term with weight 0 is left out: 0 · ln 0 is 0 in the limit. ln(1 - p) is taken as it stands
    # on paper, to its last digit, unless 1 - p keeps too little of p.
    hit = y * math.log(p) if y else 0.0
    miss = (1.0 - y) * (math.log(1.0 - p) if p > 1e-3 else math.log1p(-p)) if y != 1.0 else 0.0
    return 0.0 - (hit + miss)  # at p = y = 0 and 1, 0 and not -0


def _bce_lowered(p: Any, y: Any) -> Any:
    """`_bce` in operations; nan where that raises."""
    hit = where(y, y * log(p), 0.0)
    miss = where(1.0 - y, (1.0 - y) * where(step(p - 1e-3), log(1.0 - p), log1p(-p)), 0.0)
    return where(step(-p) + step(p - 1.0), math.nan, 0.0 - (hit + miss))


def _bce_parts(p: Any, y: Any) -> tuple[Any, Any]:
    """p - y and p(1 - p). Of p = σ(z), 1 - p is σ(-z): p is rounded, and near 1 hardly a digit of 1 - p is left."""
    if getattr(p, "op", None) is not sigmoid:
        return p - y, p * (1.0 - p)
    q = sigmoid(-p.args[0])
    return (1.0 - y) * p - y * q, p * q


def _bce_slope(p: Any, y: Any) -> Any:
    """(p - y)/(p(1 - p)); where p is the label itself, 0 or 1, 1/(1 - p) or -1/p, which is 1 or -1."""
    return ratio(*_bce_parts(p, y), 1.0 - 2.0 * y)


def ratio(a: Any, b: Any, limit: Any) -> Any:
    """a/b, and `limit` where that is 0/0."""
    known = nonzero(a) + nonzero(b)
    return where(known, a, limit) / where(known, b, 1.0)


def _log_odds_against(p: Any) -> Any:
    """ln((1 - p)/p); of p = σ(z), -z."""
    return log1p((1.0 - 2.0 * p) / p) if getattr(p, "op", None) is not sigmoid else -p.args[0]


def _bce_with_logits(z: float, y: float) -> float:
    hit = y * _softplus(-z) if y else 0.0
    miss = (1.0 - y) * _softplus(z) if y != 1.0 else 0.0
    return hit + miss


# The domain of p is narrow since the value is to be that on paper, ln(1 - p) of 1 - p as it is rounded, which below 0.2
# is another function by more than 4 ulp; and above 0.8 the slope by the label loses digits that nobody asks for.
binary_cross_entropy = Primitive(
    "binary_cross_entropy", _bce,
    [
        lambda g, loss, p, y: g * _bce_slope(p, y),
        lambda g, loss, p, y: g * _log_odds_against(p),
    ],
    paper=[
        lambda g, loss, p, y: g * operator.truediv(*_bce_parts(p, y)),
        lambda g, loss, p, y: g * _log_odds_against(p),
    ],
    lower=_bce_lowered, badge="BCE", domain=[(0.2, 0.8), LABELS],
    requires="a probability strictly between 0 and 1 (bce_with_logits takes any z instead)",
    doc="-(y ln p + (1 - y) ln(1 - p)) of a probability p and a label y, as a function of p as it was rounded; its "
    "slope, where p is the result of sigmoid, is that of p before it was rounded.",
)
binary_cross_entropy_with_logits = Primitive(
    "binary_cross_entropy_with_logits", _bce_with_logits,
    [
        lambda g, loss, z, y: g * ((1.0 - y) * sigmoid(z) - y * sigmoid(-z)),
        lambda g, loss, z, y: -(g * z),
    ],
    lower=lambda z, y: where(y, y * softplus(-z), 0.0) + where(1.0 - y, (1.0 - y) * softplus(z), 0.0),
    badge="BCE∘σ", domain=[(-40, 40), LABELS],
    doc="The binary cross-entropy of σ(z) and a label y, right for any z; its slope in z is σ(z) - y.",
)


class Made(float):
    """A number that knows, as a `Value` or a `Symbol` does, the operation that made it and the operands of that."""

    __slots__ = ("args", "op")
    op: Primitive
    args: tuple[float, ...]

    def __new__(cls, y: float, op: Primitive, *args: float) -> "Made":
        """The number y = op(*args)."""
        number = super().__new__(cls, y)
        number.op, number.args = op, args
        return number


LOOKS_BEHIND: Mapping[Primitive, Primitive] = {binary_cross_entropy: sigmoid}
"""Operations of two operands whose rules ask whether the first is the result of another, and of which."""

TABLE: tuple[Primitive, ...] = tuple(row for row in list(globals().values()) if isinstance(row, Primitive))
"""Every operation of this module, in the order above."""
