"""The compiled sweep of `Value.backward` against its definition in `graph`; the checker against planted mistakes."""

import math
import random
from typing import Any

import pytest

from autograd import Value, ops
from autograd.graph import as_evaluated, cotangents, topological_order
from autograd.kernels import LONGEST, source
from autograd.primitive import Primitive
from tests.helpers import REFERENCES, bits, check, points

VARIADIC = [row for row in ops.TABLE if row.pullback is not None]


def inside(x: float, domain: Any) -> bool:
    return x in domain if isinstance(domain, frozenset) else domain[0] <= x <= domain[1]


def argument(rng: random.Random, domain: Any, nodes: list[Value]) -> Any:
    """A node with a number in the domain, a new leaf or a literal; nodes are used again and again."""
    fitting = [node for node in nodes[-60:] if inside(node.data, domain)]
    kind = rng.random()
    if fitting and kind < 0.7:
        return rng.choice(fitting)
    number = rng.choice(sorted(domain)) if isinstance(domain, frozenset) else rng.uniform(*domain)
    return Value(number) if kind < 0.85 else number


def graph(seed: int) -> Value:
    """A random graph over the whole table, ending in one weighted sum of some of its nodes."""
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-2, 2)) for _ in range(4)]
    for _ in range(rng.randrange(5, 60)):
        row = rng.choice(ops.TABLE)
        domains = list(row.domain)
        if row in VARIADIC:
            domains = [rng.choice(domains)] * rng.choice((1, 2, 3, 5, 8, 79, 80, 81, 82, 150))
        args = [argument(rng, domain, nodes) for domain in domains]
        if not any(isinstance(arg, Value) for arg in args):
            args[0] = Value(args[0])
        nodes.append(row(*args))
    ends = nodes[-12:]
    return ops.dot(ends, [rng.uniform(-1, 1) for _ in ends], rng.choice(nodes))  # type: ignore[no-any-return]


@pytest.mark.parametrize("part", range(6))
def test_backward_is_the_definition_to_the_last_bit(part: int) -> None:
    for seed in range(30 * part, 30 * part + 30):
        output = graph(seed)
        nodes = topological_order(output)
        output.backward()
        expected = cotangents(output, point=as_evaluated)
        assert set(expected) == set(nodes)
        for node in nodes:
            assert bits(node.grad) == bits(expected[node]), f"graph {seed}: {node} of {node.op}"


def test_the_random_graphs_hold_every_operation() -> None:
    found = {node.op for seed in range(180) for node in topological_order(graph(seed))}
    assert found >= set(ops.TABLE)


def test_backward_uses_the_numbers_of_the_forward_pass() -> None:
    output = graph(7)
    expected = cotangents(output, point=as_evaluated)
    leaves = [node for node in topological_order(output) if node.op is None]
    for leaf in leaves:
        leaf.data += 1.0
    output.backward()
    assert [bits(leaf.grad) for leaf in leaves] == [bits(expected[leaf]) for leaf in leaves]


@pytest.mark.parametrize("row", ops.TABLE, ids=lambda row: row.name)
def test_every_pattern_of_literals(row: Primitive) -> None:
    """A kernel is made for each choice of literal arguments; all of them give the shares of the rules."""
    n = len(row.domain)
    for xs in points(row, 5):
        expected = row.cotangents(0.7, row(*xs), xs)
        for pattern in range(2**n - 1):
            args = [x if pattern >> i & 1 else Value(x) for i, x in enumerate(xs)]
            row(*args).backward(0.7)
            for arg, share in zip(args, expected, strict=True):
                assert not isinstance(arg, Value) or bits(arg.grad) == bits(share)


@pytest.mark.parametrize("row", VARIADIC, ids=lambda row: row.name)
@pytest.mark.parametrize("n", [LONGEST - 1, LONGEST, LONGEST + 1, 3 * LONGEST])
def test_many_arguments_with_literals_among_them(row: Primitive, n: int) -> None:
    rng = random.Random(n)
    xs = [rng.uniform(*row.domain[0]) for _ in range(n)]
    args = [x if i % 3 == 0 else Value(x) for i, x in enumerate(xs)]
    y = row(*args)
    assert bits(y.data) == bits(row(*xs))
    y.backward()
    for arg, share in zip(args, row.cotangents(1.0, y.data, xs), strict=True):
        assert not isinstance(arg, Value) or bits(arg.grad) == bits(share)


def test_what_several_shares_have_in_common_is_computed_once() -> None:
    text, _ = source(ops.log_sum_exp, 0b100000)
    assert text.count("exp(") == 5
    assert text.count("sum_of(") == 1
    text, _ = source(ops.log_sum_exp, 0b100010)  # one a literal: its share is not computed
    assert text.count(".grad +=") == 4


def test_one_value_in_many_places() -> None:
    x = Value(1.5)
    ops.sum_of(*[x] * 100).backward()
    assert x.grad == 100.0
    x.zero_grad()
    ops.dot([x] * 50, [x] * 50, x).backward()
    assert x.grad == 1.0 + 100 * 1.5


# ---------------------------------------------------------------- operations of one's own


def test_two_operations_of_one_name_do_not_mix() -> None:
    """A rule may call another operation that bears the name of one in the table, or of a builtin."""
    double = Primitive("exp", lambda x: 2.0 * x, [lambda g, y, x: 2.0 * g], domain=[(-4, 4)])
    both = Primitive("abs", math.exp, [lambda g, y, x: g * ops.exp(x) + 0.0 * double(x)], domain=[(-4, 4)])
    x = Value(0.5)
    both(x).backward()
    assert x.grad == math.exp(0.5)


def test_a_name_that_is_no_identifier() -> None:
    halve = Primitive("½x", lambda x: 0.5 * x, [lambda g, y, x: g * 0.5], domain=[(-4, 4)])
    twice = Primitive("two halves", lambda x: x, [lambda g, y, x: halve(g) + halve(g)], domain=[(-4, 4)])
    x = Value(0.5)
    twice(halve(x)).backward()
    assert x.grad == 0.5


# ---------------------------------------------------------------- the checker is checked


def planted(row: Primitive, wrong: Any, place: int = 0, domain: Any = None) -> Primitive:
    """A row with one rule replaced."""
    rules = list(row.pullbacks)
    rules[place] = wrong(rules[place])
    return Primitive(row.name, row.function, rules, domain=domain or row.domain)


def off_by(factor: float) -> Any:
    return lambda rule: lambda *args: factor * rule(*args)


SLOPING = [
    (row, place)
    for row in ops.TABLE
    if row.pullbacks
    for place in range(len(row.domain))
    if row.name not in ("step", "sign", "nonzero", "above") and (row.name, place) != ("where", 0)
]


@pytest.mark.parametrize(("row", "place"), SLOPING, ids=lambda part: getattr(part, "name", str(part)))
def test_a_rule_that_is_off_by_one_percent_is_caught(row: Primitive, place: int) -> None:
    at = points(row, 20)
    check(planted(row, off_by(1.0), place), REFERENCES[row.name], at)
    with pytest.raises(AssertionError, match=rf"{row.name}: d/dx{place} is"):
        check(planted(row, off_by(1.01), place), REFERENCES[row.name], at)


@pytest.mark.parametrize(
    ("row", "low", "high"),
    [(ops.sigmoid, -19.0, -17.0), (ops.tanh, 9.0, 10.0), (ops.softplus, -19.0, -17.0), (ops.exp, -19.0, -18.0)],
    ids=lambda part: getattr(part, "name", str(part)),
)
def test_a_flipped_sign_is_caught_where_the_gradient_is_about_1e_8(row: Primitive, low: float, high: float) -> None:
    wrong = planted(row, off_by(-1.0), domain=[(low, high)])
    at = points(wrong, 20)
    x = Value(at[0][0])
    row(x).backward()
    assert 1e-9 < x.grad < 1e-7
    check(planted(row, off_by(1.0), domain=[(low, high)]), REFERENCES[row.name], at)
    with pytest.raises(AssertionError, match="d/dx0"):
        check(wrong, REFERENCES[row.name], at)


def test_a_rule_that_loses_digits_is_caught() -> None:
    textbook = planted(ops.sigmoid, lambda rule: lambda g, y, x: g * y * (1.0 - y), domain=[(0.0, 20.0)])
    with pytest.raises(AssertionError, match="d/dx0"):
        check(textbook, REFERENCES["sigmoid"], points(textbook, 50))


def test_a_wrong_function_is_caught() -> None:
    wrong = Primitive("exp", lambda x: math.exp(x) * (1 + 1e-15), [lambda g, y, x: g * ops.exp(x)], domain=[(-4, 4)])
    with pytest.raises(AssertionError, match="value"):
        check(wrong, REFERENCES["exp"], points(wrong, 50))


def test_a_rule_that_loses_one_of_many_arguments_is_caught() -> None:
    wrong = Primitive("sum_of", ops.sum_of.function, pullback=lambda g, y, *xs: [g] * 2 + [0.0], domain=[(0.1, 4)] * 3)
    with pytest.raises(AssertionError, match="d/dx2"):
        check(wrong, REFERENCES["sum_of"], points(wrong, 5))
