"""Programs written as JavaScript, run by Node and in Chromium: against 50 digits, IEEE 754, and the engine."""

import base64
import json
import math
import os
import random
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any

import pytest

from autograd import Value, dot, ops, total
from autograd.compiler import ieee, javascript
from autograd.compiler.javascript import graph_program, sample_program
from autograd.compiler.machine_languages import JAVASCRIPT, JAVASCRIPT_FUNCTIONS
from autograd.compiler.program import Program, Step
from autograd.graph import topological_order
from autograd.primitive import Notation, Primitive
from nn import MLP, bce, cross_entropy, half_squared_error, mse
from tests.helpers import REFERENCES, SPECIAL, derivative, mp, outcome, points, ulps
from tests.pictures import document
from tests.test_random_graphs import graphs

CHROMIUM = os.environ.get("CHALKGRAD_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
NODE = shutil.which("node") or ""

rows = pytest.mark.parametrize("row", ops.TABLE, ids=lambda row: row.name)

HARNESS = """(cases) => {
  const read = (text) => new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const write = (numbers) => btoa(Array.from(new Uint8Array(numbers.buffer), (b) => String.fromCharCode(b)).join(""));
  return cases.map(([text, numbers, width, count]) => {
    const compute = (0, eval)(text), x = read(numbers), n = x.length / width;
    const out = new Float64Array(n * (1 + count)), own = new Float64Array(count);
    for (let row = 0; row < n; row++) {
      out[row * (1 + count)] = compute(x.subarray(row * width, (row + 1) * width), own);
      out.set(own, row * (1 + count) + 1);
    }
    return write(out);
  });
}"""

Case = tuple[Program, Sequence[Sequence[float]]]
Engine = Callable[[Sequence[Case]], list[list[list[float]]]]
"""From programs and points to the outputs of each program at each of its points."""


def in_node(cases: Any) -> Any:
    code = f"console.log(JSON.stringify(({HARNESS})(JSON.parse(require('fs').readFileSync(0, 'utf8')))))"
    done = subprocess.run([NODE, "-e", code], input=json.dumps(cases), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module", params=["node", "chromium"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "node":
        if not NODE:
            pytest.skip("needs Node.js on the PATH")
        yield lambda cases: run(in_node, cases)
        return
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'chalkgrad[browser]'")
    if not CHROMIUM:
        pytest.skip("needs a Chromium on the PATH: apt-get install chromium")
    with playwright.sync_playwright() as engines:
        browser = engines.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        yield lambda cases: run(lambda packed: page.evaluate(HARNESS, packed), cases)
        browser.close()


def run(evaluate: Callable[[Any], Any], cases: Sequence[Case]) -> list[list[list[float]]]:
    packed = []
    for program, at in cases:
        count = len(program.outputs) - 1
        text = javascript.javascript(program, {"x": program.n_inputs}, {"out": count})
        numbers = base64.b64encode(b"".join(struct.pack(f"<{len(xs)}d", *xs) for xs in at)).decode()
        packed.append([text, numbers, program.n_inputs, count])
    found = []
    for (program, _), text in zip(cases, evaluate(packed), strict=True):
        width = len(program.outputs)
        flat = [x for (x,) in struct.iter_unpack("<d", base64.b64decode(text))]
        found.append([flat[k : k + width] for k in range(0, len(flat), width)])
    return found


def row_program(row: Primitive) -> Program:
    """The value of a row and its slope in every operand."""
    n = len(row.domain)
    leaves = [Value(x, f"x{i}") for i, x in enumerate(points(row, 1)[0])]
    found = graph_program(row(*leaves))
    return found._replace(outputs=(found.outputs[0], *found.outputs[-1 - n : -1]))


# ---------------------------------------------------------------- every operation of the table


@cache
def exact(row: Primitive) -> list[list[Any]]:
    """The value and the slopes at 1,000 points, to 50 digits."""
    f, found = REFERENCES[row.name], []
    for xs in points(row, 1000):
        exactly = [mp.mpf(x) for x in xs]
        found.append([f(*exactly), *(derivative(row, f, exactly, i) for i in range(len(xs)))])
    return found


def check(row: Primitive, found: Sequence[Sequence[float]]) -> None:
    names = ["value", *(f"d/dx{i}" for i in range(len(row.domain)))]
    for xs, numbers, references in zip(points(row, 1000), found, exact(row), strict=True):
        for name, number, reference in zip(names, numbers, references, strict=True):
            assert ulps(number, reference) <= 4, f"{row.name}: {name} at {xs} is {number!r}, not {reference}"


@pytest.fixture(scope="module")
def found(engine: Engine) -> dict[Primitive, list[list[float]]]:
    cases = [(row_program(row), points(row, 1000)) for row in ops.TABLE]
    return dict(zip(ops.TABLE, engine(cases), strict=True))


@rows
def test_value_and_slopes_within_4_ulp_of_50_digits(row: Primitive, found: Any) -> None:
    check(row, found[row])


WRONG = {
    ops.exp: JAVASCRIPT.but({ops.exp: Notation("(Math.exp({}) * (1 + 2e-15))")}),
    ops.sub: JAVASCRIPT.but({ops.sub: Notation("{1} - {0}", ops.sub.text.precedence, ops.sub.text.operands)}),
    ops.tanh: JAVASCRIPT.but({ops.tanh: Notation("(1 - 2 / (Math.exp(2 * {}) + 1))", operands=(5,))}),
}


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row.name)
def test_a_wrong_notation_is_found(row: Primitive, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(javascript, "JAVASCRIPT", WRONG[row])
    with pytest.raises(AssertionError, match=row.name):
        check(row, engine([(row_program(row), points(row, 1000))])[0])


def test_a_wrong_function_is_found(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = JAVASCRIPT_FUNCTIONS[ops.erf].replace("41", "21")
    functions = {**JAVASCRIPT.statements.functions, ops.erf: f"const erf = {wrong};"}
    monkeypatch.setattr(javascript, "JAVASCRIPT", JAVASCRIPT._replace(
        statements=JAVASCRIPT.statements._replace(functions=functions)))  # fmt: skip
    with pytest.raises(AssertionError, match="erf"):
        check(ops.erf, engine([(row_program(ops.erf), points(ops.erf, 1000))])[0])


def test_powers_anywhere(engine: Engine) -> None:
    """Whole exponents of any base, and any exponents of positive ones."""
    rng = random.Random(1)
    at = [(rng.uniform(-100, 100), float(rng.randint(-40, 40))) for _ in range(500)]
    at += [(math.exp(rng.uniform(-40, 40)), rng.uniform(-12, 12)) for _ in range(500)]
    for xs, (y, *_) in zip(at, engine([(row_program(ops.power), at)])[0], strict=True):
        assert ulps(y, mp.power(*map(mp.mpf, xs))) <= 4, xs


# ---------------------------------------------------------------- special values


def alike(a: float, b: float, limit: float) -> bool:
    """Both nan, or the same bits where one of them is special, else within so many units in the last place."""
    if a != a or b != b:
        return a != a and b != b
    if math.isinf(a) or math.isinf(b) or a == 0.0 or b == 0.0:
        return a == b and math.copysign(1.0, a) == math.copysign(1.0, b)
    return abs(a - b) <= limit * math.ulp(b)


FAR = (*SPECIAL, -5e-324, 1e-310, 709.0, 709.9, -709.5, -745.2, 3.0, 2.5, -3.0, 0.3)


def far_points(row: Primitive) -> list[Any]:
    n = len(row.domain)
    at: list[Any] = list(product(FAR, repeat=n)) if n < 3 else random.Random(1).sample([*product(FAR, repeat=3)], 300)
    at = [xs if n < 4 else (xs * 2)[:n] for xs in at]
    return [xs for xs in at if row is not ops.binary_cross_entropy or 0.0 <= xs[0] <= 1.0]


@pytest.fixture(scope="module")
def found_far(engine: Engine) -> dict[Primitive, list[list[float]]]:
    cases = [(row_program(row), far_points(row)) for row in ops.TABLE]
    return dict(zip(ops.TABLE, engine(cases), strict=True))


@rows
def test_special_values_are_those_of_ieee(row: Primitive, found_far: Any) -> None:
    program = row_program(row)
    limit = 8 if row is not ops.power else 1500  # where Python rounds n - 1, 1e308 to that power loses as much
    for xs, numbers in zip(far_points(row), found_far[row], strict=True):
        expected = program.run(xs, ieee.evaluate)
        for a, b in zip(numbers, expected, strict=True):
            assert alike(a, b, limit), f"{row.name}{xs}: {numbers}, not {expected}"
        value = outcome(row, *xs)
        if isinstance(value, bytes) and value != b"nan":
            assert alike(numbers[0], struct.unpack("<d", value)[0], 4)


def test_powers_that_javascript_has_otherwise(engine: Engine) -> None:
    at = [(1.0, math.nan), (1.0, math.inf), (-1.0, math.inf), (-1.0, -math.inf), (math.nan, 0.0), (-8.0, 1 / 3)]
    assert [y for y, *_ in engine([(row_program(ops.power), at)])[0]] == pytest.approx(
        [1, 1, 1, 1, 1, math.nan], nan_ok=True
    )


# ---------------------------------------------------------------- graphs

EXACT = {
    *(ops.identity, ops.add, ops.sub, ops.mul, ops.div, ops.neg, ops.where, ops.step, ops.sign, ops.nonzero),
    *(ops.above, ops.absolute, ops.maximum, ops.minimum, ops.relu, ops.leaky_relu, ops.sqrt, ops.weighted_sum),
    ops.sum_of,
}
"""Operations of which IEEE 754 says every bit, and so do their slopes."""


def by_hand(rng: random.Random) -> Value:
    """A graph of exact operations, with literals, values that are used several times, and numbers near 1."""
    nodes = [Value(rng.uniform(0.5, 2.0), f"x{i}") for i in range(4)]
    for _ in range(30):
        a, b, c = (rng.choice([*nodes, rng.uniform(0.5, 2.0)]) for _ in range(3))
        own = rng.choice(nodes[-6:])
        makers = [
            lambda own, a, b, c: own * a - b, lambda own, a, b, c: own / (abs(a) + 1.0), lambda own, a, b, c: -own + a,
            lambda own, a, b, c: ops.where(ops.step(own - a), b, own), lambda own, a, b, c: ops.maximum(own, a),
            lambda own, a, b, c: ops.minimum(a, own), lambda own, a, b, c: ops.relu(own) + ops.leaky_relu(own - a),
            lambda own, a, b, c: ops.sqrt(abs(own) + 0.5), lambda own, a, b, c: dot([own, a], [b, c], own),
            lambda own, a, b, c: total([own, a, b, own]), lambda own, a, b, c: ops.sign(own) * own * 0.5,
            lambda own, a, b, c: ops.above(a, own) * b + ops.nonzero(own) * c,
        ]  # fmt: skip
        nodes.append(rng.choice(makers)(own, a, b, c))
    return total(nodes[4:])


def all_numbers(engine: Engine, roots: Sequence[Value]) -> list[list[float]]:
    """The loss, the values and the gradients that JavaScript finds for some graphs."""
    cases = []
    for root in roots:
        leaves = [node for node in topological_order(root) if node.op is None]
        cases.append((graph_program(root), [[leaf.data for leaf in leaves]]))
    return [found for (found,) in engine(cases)]


def test_graphs_of_exact_operations_to_the_last_bit(engine: Engine) -> None:
    roots = [by_hand(random.Random(seed)) for seed in range(40)]
    assert {node.op for root in roots for node in topological_order(root)} - {None} == EXACT - {ops.identity}
    for root, (y, *found) in zip(roots, all_numbers(engine, roots), strict=True):
        root.backward()
        order = topological_order(root)
        assert y == root.data
        assert found[: len(order)] == [node.data for node in order]
        assert found[len(order) :] == [node.grad for node in order]


def test_random_graphs_node_by_node(engine: Engine) -> None:
    """Every number is that of the engine at the numbers before it, every gradient at those behind it."""
    roots = [f([Value(x) for x in xs]) for f, xs in graphs("javascript", 300, 60)]
    roots = [root for root in roots if isinstance(root, Value)]
    assert len({node.op for root in roots for node in topological_order(root)} - {None}) == len(ops.TABLE)
    for root, (_, *found) in zip(roots, all_numbers(engine, roots), strict=True):
        order = topological_order(root)
        value = dict(zip(order, found, strict=False))
        slope = dict(zip(order, found[len(order) :], strict=True))
        shares: dict[Any, list[float]] = {node: [] for node in order}
        shares[root].append(1.0)
        for node in (node for node in order if node.op is not None):
            xs = [arg if type(arg) is float else made(arg, value) for arg in node.args]
            expected = node.op.evaluate(xs)
            slack = 1e-14 if node.op is ops.log_sum_exp else 0.0  # whose terms can cancel
            assert abs(value[node] - expected) <= 4 * math.ulp(expected) + slack, node.op
            for arg, share in node.op.shares(slope[node], value[node], xs, node.args):
                shares[arg].append(share)
        for node in order:
            size = math.fsum(map(abs, shares[node]))
            assert abs(slope[node] - math.fsum(shares[node])) <= 1e-14 * size, (node.op, slope[node], shares[node])


def made(node: Value, value: dict[Any, float]) -> float:
    """A number that knows how it was made, as rules want it that look behind their operands."""
    if node.op is None:
        return value[node]
    return ops.Made(value[node], node.op, *[arg if type(arg) is float else value[arg] for arg in node.args])


def losses() -> dict[str, Value]:
    rng = random.Random(3)
    models = [MLP(2, [3, 1], activation=name, rng=rng) for name in ("tanh", "relu", "sigmoid")]
    two = MLP(3, [4, 3], activation="tanh", rng=rng)
    return {
        "document": document(),
        "mean": mse([models[0]([0.3, -0.2]), models[0]([1.0, 2.0])], [0.5, -1.0]),
        "half": half_squared_error(models[1]([0.3, -0.2]), 0.4),
        "bce": bce(ops.sigmoid(models[2]([5.0, -3.0])), 1.0),
        "classes": cross_entropy(two([0.1, 0.2, 0.3]), 2),
    }


def test_networks_are_those_of_python(engine: Engine) -> None:
    made = losses()
    for (name, root), (y, *found) in zip(made.items(), all_numbers(engine, [*made.values()]), strict=True):
        for node in topological_order(root):
            node.zero_grad()
        root.backward()
        order = topological_order(root)
        assert y == pytest.approx(root.data, rel=1e-14), name
        assert found == pytest.approx([n.data for n in order] + [n.grad for n in order], rel=1e-13, abs=1e-16), name


def test_gradients_of_a_sample(engine: Engine) -> None:
    rng = random.Random(5)
    model = MLP(2, [16, 16, 1], activation="tanh", rng=rng)
    p = model.parameters()
    rows = [[rng.uniform(-1, 1) for _ in range(2)] for _ in range(20)]
    y = [rng.choice([-1.0, 1.0]) for _ in rows]
    program = sample_program(lambda x, t: half_squared_error(model(x), t), p, rows, y)
    assert program.n_inputs == len(p) + 3
    numbers = [v.data for v in p]
    for x, t, (loss, *slopes) in zip(
        rows, y, engine([(program, [[*numbers, *x, t] for x, t in zip(rows, y, strict=True)])])[0], strict=True
    ):
        for v in p:
            v.zero_grad()
        exact = half_squared_error(model(x), t)
        exact.backward()
        assert loss == pytest.approx(exact.data, rel=1e-13)
        assert slopes == pytest.approx([v.grad for v in p], rel=1e-12, abs=1e-16)


def test_an_exponent_of_ones_own_is_as_it_was_rounded(engine: Engine) -> None:
    x, a, b = Value(1e200, "x"), Value(0.3, "a"), Value(1.1, "b")
    root = x ** (a - b)
    ((y, *_),) = all_numbers(engine, [root])
    assert abs(y - root.data) <= 4 * math.ulp(root.data)


def test_long_and_wide_graphs(engine: Engine) -> None:
    x = Value(0.5, "x")
    long = x
    for k in range(5000):
        long = long * 0.999 + x / (k + 1.0)
    wide = total([dot([Value(0.1 * i) for i in range(2000)], [x] * 2000), *[x * float(k) for k in range(3000)]])
    for root, (y, *found) in zip((long, wide), all_numbers(engine, [long, wide]), strict=True):
        x.zero_grad()
        root.backward()
        order = topological_order(root)
        assert y == root.data
        assert found == [n.data for n in order] + [n.grad for n in order]


# ---------------------------------------------------------------- operations of one's own


def test_operations_of_ones_own(engine: Engine) -> None:
    cube = Primitive("½x³", lambda x: 0.5 * x * x * x, [lambda g, y, x: g * 1.5 * x * x], domain=[(-1, 1)])
    swish = Primitive(
        "function", lambda x: x / (1 + math.exp(-x)), [lambda g, y, x: g * (ops.sigmoid(x) + y * ops.sigmoid(-x))],
        lower=lambda x: x * ops.sigmoid(x), domain=[(-4, 4)],
    )  # fmt: skip
    root3 = Primitive("cbrt", math.cbrt, [lambda g, y, x: g / (3.0 * y * y)], lower="cbrt", domain=[(0.1, 4)])
    other = Primitive("exp", math.tanh, [lambda g, y, x: g * (1.0 - y * y)], lower="tanh", domain=[(0.1, 4)])
    squares = Primitive(
        "relu", lambda *xs: sum(x * x for x in xs), pullback=lambda g, y, *xs: [g * 2.0 * x for x in xs],
        domain=[(0.1, 4)] * 2,
    )  # fmt: skip
    nested = Primitive("return", lambda x: cube(swish(x)) + ops.relu(x), [lambda g, y, x: g], domain=[(0, 1)])
    x, z = Value(0.7, "x"), Value(-0.4, "z")
    root = total([cube(x), swish(z), root3(x), other(z), squares(x, z), squares(x, z, x), nested(x), ops.relu(z)])
    ((y, *found),) = all_numbers(engine, [root])
    root.backward()
    order = topological_order(root)
    assert y == pytest.approx(root.data, rel=1e-15)
    assert found == pytest.approx([n.data for n in order] + [n.grad for n in order], rel=1e-14)


@pytest.mark.parametrize(
    "function",
    [math.gamma, lambda x: float(str(x)), lambda x: x if x > 0 else 0.0, lambda x: x.hex()],
    ids=["math", "str", "if", "method"],
)
def test_what_cannot_be_written_is_named(function: Any) -> None:
    own = Primitive("mine", function, [lambda g, y, x: g], domain=[(0, 1)])
    program = Program(1, (Step(own, (0,)),), (1,))
    with pytest.raises(ValueError, match=r"^the operation mine cannot be written in JavaScript: .*lower="):
        javascript.javascript(program, {"x": 1}, {})


def test_a_function_of_c_that_javascript_has_not_is_named() -> None:
    own = Primitive("mine", math.gamma, [lambda g, y, x: g], lower="tgamma", domain=[(0.5, 1)])
    with pytest.raises(ValueError, match="the operation mine cannot be written"):
        javascript.javascript(Program(1, (Step(own, (0,)),), (1,)), {"x": 1}, {})


def test_arrays_must_be_as_long_as_the_program_says() -> None:
    program = graph_program(Value(1.0) * Value(2.0))
    with pytest.raises(ValueError, match=r"expected arrays for 2 inputs and 6 outputs beside the one .*got 3 and 5"):
        javascript.javascript(program, {"x": 3}, {"values": 3, "gradients": 2})


def test_nothing_of_the_users_gets_into_the_text() -> None:
    own = Primitive("x) { alert(1)", lambda x: 2.0 * x, [lambda g, y, x: g], domain=[(0, 1)])
    root = own(Value(1.0, "</script><script>alert(1)")) * Value(math.inf, "`${alert(1)}`")
    text = javascript.javascript(graph_program(root), {"x": 2}, {"values": 4, "gradients": 4})
    assert "alert" not in text
    assert text.isascii()


def test_the_same_graph_gives_the_same_text() -> None:
    first, second = (
        javascript.javascript(graph_program(losses()["bce"]), {"x": n}, {"out": m})
        for n, m in [(lambda p: (p.n_inputs, len(p.outputs) - 1))(graph_program(losses()["bce"]))] * 2
    )
    assert first == second
