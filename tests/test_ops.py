"""The table of operations, row by row: numbers, slopes, errors, print, all against independent sources."""

import math
import operator
import random
import re
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd import Symbol, Value, dot, ops, total
from autograd.graph import as_evaluated, cotangents, tangents, topological_order
from autograd.primitive import ATOM, Notation, Primitive
from autograd.symbol import evaluate, write
from tests.helpers import REFERENCES, SPECIAL, check, derivative, mp, namespace, outcome, points, quietly, ulps

rows = pytest.mark.parametrize("row", ops.TABLE, ids=lambda row: row.name)
ONE = [row for row in ops.TABLE if len(row.domain) == 1]
TWO = [row for row in ops.TABLE if len(row.domain) == 2]
special = st.sampled_from(SPECIAL) | st.floats() | st.integers(-40, 40).map(float)


def test_every_row_has_a_reference_and_every_reference_a_row() -> None:
    assert {row.name for row in ops.TABLE} == set(REFERENCES)
    assert len({row.name for row in ops.TABLE}) == len(ops.TABLE)


@rows
def test_value_and_slopes_within_4_ulp_of_50_digits(row: Primitive) -> None:
    check(row, REFERENCES[row.name], points(row, 1000))


@rows
def test_second_derivatives(row: Primitive) -> None:
    for xs in points(row, 60):
        leaves = [Value(x) for x in xs]
        first = cotangents(row(*leaves), leaves)
        exactly = [mp.mpf(x) for x in xs]
        for i, slope in enumerate(first[leaf] for leaf in leaves):
            second = cotangents(slope, leaves) if isinstance(slope, Value) else {}
            for j, leaf in enumerate(leaves):
                found = second.get(leaf, 0.0)
                found = found.data if isinstance(found, Value) else found
                exact = derivative(row, REFERENCES[row.name], exactly, i, j)
                # Where f″ passes through 0 no digit of it can be right: there the scale is that of f′.
                scale = max(abs(exact), abs(float(derivative(row, REFERENCES[row.name], exactly, i))))
                assert abs(found - exact) <= 1e-10 * scale, f"{row.name}: d²/dx{i}dx{j} at {xs}: {found}, not {exact}"


@rows
def test_forward_mode_equals_reverse_mode(row: Primitive) -> None:
    rng = random.Random(1)
    for xs in points(row, 50):
        leaves = [Value(x) for x in xs]
        y = row(*leaves)
        order = topological_order(y)
        reverse = cotangents(y, point=as_evaluated)
        for leaf in leaves:
            assert tangents(order, {leaf: 1.0}, point=as_evaluated)[y] == reverse[leaf]
        directions = {leaf: rng.uniform(-1, 1) for leaf in leaves}
        shares = [reverse[leaf] * t for leaf, t in directions.items()]
        forward = tangents(order, directions, point=as_evaluated)[y]
        assert forward == pytest.approx(math.fsum(shares), rel=0, abs=1e-14 * math.fsum(map(abs, shares)))


@rows
def test_forward_mode_of_values_equals_forward_mode_of_floats(row: Primitive) -> None:
    for xs in points(row, 20):
        leaves = [Value(x) for x in xs]
        y = row(*leaves)
        order = topological_order(y)
        directions = dict(zip(leaves, (0.7, -0.3, 0.9, 0.1, -0.5), strict=False))
        expression = tangents(order, directions)[y]
        found = expression.data if isinstance(expression, Value) else expression
        assert found == tangents(order, directions, point=as_evaluated)[y]


# ---------------------------------------------------------------- evaluation


@rows
def test_a_value_is_bit_for_bit_the_float_call(row: Primitive) -> None:
    for xs in points(row, 200):
        assert outcome(row, *map(Value, xs)) == outcome(row, *xs)
        for place in range(len(xs)):  # one Value among literals
            assert outcome(row, *xs[:place], Value(xs[place]), *xs[place + 1 :]) == outcome(row, *xs)


@pytest.mark.parametrize("row", ONE, ids=lambda row: row.name)
def test_one_argument_raises_exactly_when_the_float_call_does(row: Primitive) -> None:
    for x in (*SPECIAL, 710.0, -710.0, 1e10, -1e-300):
        assert outcome(row, Value(x)) == outcome(row, x)


@pytest.mark.parametrize("row", TWO, ids=lambda row: row.name)
def test_two_arguments_raise_exactly_when_the_float_call_does(row: Primitive) -> None:
    for a, b in product(SPECIAL, repeat=2):
        expected = outcome(row, a, b)
        assert outcome(row, Value(a), Value(b)) == expected
        assert outcome(row, Value(a), b) == expected
        assert outcome(row, a, Value(b)) == expected


OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.__name__)
@given(a=special, b=special)
@example(a=-8.0, b=1 / 3)
@example(a=0.0, b=-1.0)
@example(a=1e308, b=2.0)
@example(a=-1.0, b=math.inf)
@quietly
def test_operators_do_what_they_do_on_floats(op: Any, a: float, b: float) -> None:
    expected = outcome(op, a, b)
    assert outcome(op, Value(a), Value(b)) == expected
    assert outcome(op, Value(a), b) == expected
    assert outcome(op, a, Value(b)) == expected


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.__name__)
def test_operators_do_what_they_do_on_floats_at_all_pairs_of_special_numbers(op: Any) -> None:
    for a, b in product(SPECIAL, repeat=2):
        assert outcome(op, Value(a), Value(b)) == outcome(op, a, b)


@pytest.mark.parametrize("op", [operator.neg, operator.pos, abs], ids=lambda op: op.__name__)
@given(a=special)
@quietly
def test_signs_do_what_they_do_on_floats(op: Any, a: float) -> None:
    assert outcome(op, Value(a)) == outcome(op, a)


OF_MATH = [row for row in ops.TABLE if hasattr(math, row.name) and row is not ops.hypot]


def test_hypot_is_that_of_c() -> None:
    for a, b in [*points(ops.hypot, 300), *product(SPECIAL, repeat=2)]:
        found = outcome(ops.hypot, a, b)
        assert found == outcome(lambda a, b: abs(complex(a, b)), a, b)
        assert not isinstance(found, float) or ulps(found, mp.hypot(a, b)) <= 1.0


def test_math_has_these() -> None:
    assert len(OF_MATH) >= 15


@pytest.mark.parametrize("row", OF_MATH, ids=lambda row: row.name)
@given(a=special, b=special)
@example(a=709.9, b=1.0)
@example(a=-1.0, b=0.0)
@example(a=0.0, b=0.0)
@quietly
def test_functions_do_what_they_do_in_math(row: Primitive, a: float, b: float) -> None:
    xs = (a, b)[: len(row.domain)]
    expected = outcome(getattr(math, row.name), *xs)
    assert outcome(row, *map(Value, xs)) == expected
    assert outcome(row, *xs) == expected
    if hasattr(Value, row.name):
        assert outcome(getattr(Value(a), row.name)) == expected


@pytest.mark.parametrize("row", [row for row in ops.TABLE if hasattr(Value, row.name)], ids=lambda row: row.name)
def test_the_method_is_the_function(row: Primitive) -> None:
    for x, *rest in points(row, 20):
        method = getattr(Value(x), row.name)(*rest)
        assert method.op is row
        assert method.data == row(x, *rest)


def test_a_fractional_power_of_a_negative_number_raises_instead_of_turning_complex() -> None:
    for call in (lambda: Value(-8.0) ** (1 / 3), lambda: (-8.0) ** Value(1 / 3), lambda: ops.power(-8.0, 1 / 3)):
        with pytest.raises(ValueError, match=r"power\(-8.0, 0.333"):
            call()


@pytest.mark.parametrize(
    ("call", "error", "parts"),
    [
        (lambda: Value(-1.0, "x").log(), ValueError, ["log(x = -1.0)", "positive"]),
        (lambda: Value(1.0, "a") / Value(0.0, "b"), ZeroDivisionError, ["div(a = 1.0, b = 0.0)", "divisor"]),
        (lambda: Value(1.0, "a") / 0, ZeroDivisionError, ["div(a = 1.0, 0.0)"]),
        (lambda: 2 ** Value(5000.0, "n"), OverflowError, ["power(2.0, n = 5000.0)"]),
        (lambda: Value(0.0, "x") ** -1, ZeroDivisionError, ["power(x = 0.0, -1.0)", "base"]),
        (lambda: Value(800.0, "z").exp(), OverflowError, ["exp(z = 800.0)", "709.78"]),
        (lambda: Value(-2.0, "s").sqrt(), ValueError, ["sqrt(s = -2.0)"]),
        (lambda: Value(-1.0, "u").log1p(), ValueError, ["log1p(u = -1.0)"]),
        (lambda: Value(1.5, "v").asin(), ValueError, ["asin(v = 1.5)"]),
        (lambda: Value(math.inf, "t").sin(), ValueError, ["sin(t = inf)", "finite"]),
        (lambda: ops.binary_cross_entropy(Value(0.0, "ŷ"), 1.0), ValueError, ["binary_cross_entropy(ŷ = 0.0, 1.0)"]),
        (lambda: ops.log(-1.0), ValueError, ["log(-1.0)"]),
        (lambda: Value(-1.0).log(), ValueError, ["log(-1.0)"]),
    ],
)
def test_an_error_names_operation_operands_and_labels(call: Any, error: type[Exception], parts: list[str]) -> None:
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    for part in parts:
        assert part in str(caught.value)


# ---------------------------------------------------------------- stable forms

FAR = [random.Random(2).uniform(-1000, 1000) for _ in range(200)]
WHOLE = [*map(float, range(-1000, 1001, 40)), -745.0, -709.5, -36.8, 36.8, 709.5, 745.0]
TINY = [sign * 10.0**-k for k in (1, 4, 8, 16, 100, 300) for sign in (-1, 1)]


def sigma(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def softplus(x: Any) -> Any:
    return mp.log1p(mp.exp(x))


STABLE: dict[str, tuple[Any, Any, Any, Any]] = {  # operation, value, slope, where
    "sigmoid": (ops.sigmoid, sigma, lambda x: sigma(x) * sigma(-x), [*FAR, *WHOLE, *TINY]),
    "softplus": (ops.softplus, softplus, sigma, [*FAR, *WHOLE, *TINY]),
    "tanh": (ops.tanh, mp.tanh, lambda x: mp.sech(x) ** 2, [*FAR, *WHOLE, *TINY]),
    "log1p": (ops.log1p, mp.log1p, lambda x: 1 / (1 + x), [abs(x) for x in FAR] + TINY + [2.0**-53 - 1.0]),
    "expm1": (ops.expm1, mp.expm1, mp.exp, [x for x in FAR + WHOLE if x < 709.7] + TINY),
    "bce_with_logits of 1": (
        lambda z: ops.binary_cross_entropy_with_logits(z, 1.0),
        lambda z: softplus(-z),
        lambda z: -sigma(-z),
        [*FAR, *WHOLE, *TINY],
    ),
    "bce_with_logits of 0": (
        lambda z: ops.binary_cross_entropy_with_logits(z, 0.0),
        softplus,
        sigma,
        [*FAR, *WHOLE, *TINY],
    ),
}


@pytest.mark.parametrize("name", STABLE)
def test_stable_forms_are_right_from_minus_1000_to_1000(name: str) -> None:
    op, value, slope, where = STABLE[name]
    for number in where:
        x = Value(number)
        y = op(x)
        y.backward()
        assert ulps(y.data, value(mp.mpf(number))) <= 4, f"{name}({number}) = {y.data}"
        assert ulps(x.grad, slope(mp.mpf(number))) <= 4, f"the slope of {name} at {number} = {x.grad}"


@pytest.mark.parametrize("label", [0.0, 0.3, 1.0])
def test_second_order_stays_finite_far_out(label: float) -> None:
    for number in (-1000.0, -745.0, -40.0, 40.0, 745.0, 1000.0):
        z = Value(number)
        for y in (z.sigmoid(), z.softplus(), z.tanh(), ops.binary_cross_entropy_with_logits(z, label)):
            second = cotangents(cotangents(y, [z])[z], [z])[z]
            assert math.isfinite(second.data)
            assert abs(second.data) < 1e-15


# ---------------------------------------------------------------- variadic rows


def in_a_loop(w: list[float], x: list[float], b: float | None) -> float:
    z = 0.0
    for i, (wi, xi) in enumerate(zip(w, x, strict=True)):
        z = wi * xi if i == 0 else z + wi * xi
    return z if b is None else z + b


@pytest.mark.parametrize("n", [0, 1, 2, 3, 39, 40, 41, 200])
@pytest.mark.parametrize("bias", [None, 0.25])
def test_dot_is_the_sum_from_left_to_right(n: int, bias: float | None) -> None:
    rng = random.Random(n)
    w, x = ([rng.uniform(-2, 2) for _ in range(n)] for _ in range(2))
    expected = in_a_loop(w, x, bias)
    assert dot(w, x, bias) == expected
    ws, xs, b = [Value(v) for v in w], [Value(v) for v in x], None if bias is None else Value(bias)
    z = dot(ws, xs, b)
    if n == 0 and bias is None:
        assert z == 0.0
        return
    assert z.data == expected
    z.backward(3.0)
    assert [v.grad for v in ws] == [3.0 * v for v in x]
    assert [v.grad for v in xs] == [3.0 * v for v in w]
    assert b is None or b.grad == 3.0


def test_dot_refuses_unequal_lengths() -> None:
    with pytest.raises(ValueError, match="2 weights but 3 inputs"):
        dot([Value(1.0), 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("n", [1, 2, 80, 81, 300])
def test_total_is_the_sum_from_left_to_right(n: int) -> None:
    rng = random.Random(n)
    numbers = [rng.uniform(-2, 2) for _ in range(n)]
    leaves = [Value(v) for v in numbers]
    y = total(leaves)
    running = numbers[0]
    for v in numbers[1:]:
        running += v
    assert y.data == running == total(numbers)
    y.backward()
    assert [leaf.grad for leaf in leaves] == [1.0] * n


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda: ops.maximum([Value(1.0), 2.0]), r"^maximum: .* got list: .*of a list xs write maximum\(\*xs\)"),
        (lambda: ops.log_sum_exp([1.0, 2.0]), r"^log_sum_exp: .*write log_sum_exp\(\*xs\), to spread it$"),
        (lambda: ops.exp([1.0, 2.0]), r"^exp: .*; of a list xs write \[exp\(x\) for x in xs\]$"),
        (lambda: ops.maximum(1.0, "a"), r"^maximum: expected a real number .* got str: 'a'$"),
    ],
)
def test_a_list_for_a_number_is_to_be_spread(call: Any, hint: str) -> None:
    with pytest.raises(TypeError, match=hint):
        call()


def test_total_of_nothing() -> None:
    assert total([]) == 0.0


# ---------------------------------------------------------------- the same row on symbols, and in print


@rows
def test_the_operation_prints_as_python_that_gives_the_same_number(row: Primitive) -> None:
    symbols = [Symbol(f"x{i}") for i in range(len(row.domain))]
    expression = row(*symbols)
    code = compile(str(expression), row.name, "eval")
    for xs in points(row, 20):
        names = dict(zip((s.label for s in symbols), xs, strict=True))
        assert eval(code, dict(namespace()), names) == row(*xs)
        assert evaluate(expression, dict(zip(symbols, xs, strict=True))) == row(*xs)


@rows
def test_each_rule_runs_on_symbols_and_prints_as_python_that_gives_the_same_number(row: Primitive) -> None:
    names = ["g", "y", *(f"x{i}" for i in range(len(row.domain)))]
    g, y, *xs = (Symbol(name) for name in names)
    shares = row.cotangents(g, y, xs)
    assert len(shares) == len(row.domain)
    codes = [compile(write(share), row.name, "eval") for share in shares]
    for at in points(row, 20):
        numbers = [0.7, row(*at), *at]
        expected = row.cotangents(numbers[0], numbers[1], numbers[2:])
        found = [eval(code, dict(namespace()), dict(zip(names, numbers, strict=True))) for code in codes]
        assert found == list(expected)


@rows
def test_latex_is_complete(row: Primitive) -> None:
    x, *_ = symbols = [Symbol(f"x_{i}") for i in range(len(row.domain))]
    expression = row(*symbols)
    nested = ops.div(expression, ops.power(ops.sub(x, expression), -2.0))
    for each in (expression, nested, *row.cotangents(Symbol("g"), expression, symbols)):
        text = write(each, lambda op: op.latex)
        bare = re.sub(r"\\[{}]", "", text)
        assert bare.count("{") == bare.count("}")
        assert text.count(r"\left") == text.count(r"\right")
        assert "{}" not in bare.replace(r"\begin{cases}", "").replace(r"\end{cases}", "")
    if row.name not in ("where", "sum_of", "weighted_sum"):
        assert all(symbol.label in write(expression, lambda op: op.latex) for symbol in symbols)


LEAVES = [Symbol("a"), Symbol("b"), 2.0, -3.0, 0.5, -0.25, 1.0]
PRINTED = [ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.power, ops.absolute, ops.identity, ops.sin, ops.where]


def tree(rng: random.Random, depth: int) -> Any:
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(LEAVES)
    op = rng.choice(PRINTED)
    args = [tree(rng, depth - 1) for _ in op.domain]
    if all(isinstance(arg, float) for arg in args):
        args[0] = LEAVES[0]
    return op(*args)


@pytest.mark.parametrize("seed", range(8))
def test_brackets_stand_where_python_needs_them(seed: int) -> None:
    rng = random.Random(seed)
    compared = 0
    while compared < 100:
        expression = tree(rng, 5)
        at = {LEAVES[0]: rng.uniform(0.5, 2), LEAVES[1]: rng.uniform(-2, -0.5)}
        expected = outcome(evaluate, expression, at)
        if isinstance(expression, Symbol) and isinstance(expected, bytes):
            names = {**namespace(), "a": at[LEAVES[0]], "b": at[LEAVES[1]]}
            assert outcome(eval, str(expression), names) == expected, str(expression)
            compared += 1


def test_how_expressions_look() -> None:
    x, y = Symbol("x"), Symbol("y")
    assert str((-x) ** 2) == "(-x)**2"
    assert str(-(x**2)) == "-x**2"
    assert str(x - (y - x)) == "x - (y - x)"
    assert str((x / y) / (x * y)) == "x / y / (x * y)"
    assert str(x**-2) == "x**(-2)"
    assert str((x**y) ** 2) == "(x**y)**2"
    assert str(2 * (x + 1)) == "2 * (x + 1)"
    assert str(ops.log(abs(x)) * 0.5) == "log(abs(x)) * 0.5"
    assert write(ops.sqrt(x / y), lambda op: op.latex) == r"\sqrt{\frac{x}{y}}"
    assert write((x + y) ** 2, lambda op: op.latex) == "(x + y)^{2}"


# ---------------------------------------------------------------- making a row


def test_a_row_has_either_pullbacks_or_one_pullback() -> None:
    with pytest.raises(ValueError, match="either pullbacks"):
        Primitive("f", math.sin, domain=[(0, 1)])
    with pytest.raises(ValueError, match="2 pullbacks but 1 domains"):
        Primitive("f", math.sin, [lambda g, y, x: g, lambda g, y, x: g], domain=[(0, 1)])


def test_a_row_of_ones_own() -> None:
    cube = Primitive(
        "cube",
        lambda x: x * x * x,
        [lambda g, y, x: 3.0 * g * x**2.0],
        domain=[(-4, 4)],
        latex=Notation("{}^3", ATOM, (ATOM,)),
    )
    check(cube, lambda x: x**3, points(cube, 200))
    assert cube(2.0) == 8.0
    assert str(cube(Symbol("x") + 1)) == "cube(x + 1)"


def test_a_symbol_does_not_branch() -> None:
    x = Symbol("x")
    for attempt in (lambda: bool(x), lambda: x < 1, lambda: max(x, 0.0), lambda: math.exp(x)):
        with pytest.raises(TypeError):
            attempt()


def test_an_unknown_without_a_number_is_named() -> None:
    x = Symbol("x")
    with pytest.raises(ValueError, match="unknown y"):
        evaluate(x * Symbol("y"), {x: 1.0})


@pytest.mark.parametrize("row", ops.TABLE, ids=lambda row: row.name)
def test_rows_are_documented(row: Primitive) -> None:
    assert row.__doc__
    assert not row.__doc__.startswith("The operation ")
    assert row.badge(tuple(Symbol("x") for _ in row.domain))
