"""Derivations written out: they run, give the engine's gradients, and their planted mistakes are found."""

import ast
import copy
import functools
import itertools
import math
import random
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd import (
    Manual,
    Primitive,
    Symbol,
    Value,
    compare,
    exercise,
    log,
    ops,
    relu,
    sigmoid,
    tanh,
    to_manual,
    topological_order,
    total,
    where,
)
from autograd.isolation import in_process
from autograd.manual.accuracy import magnitudes
from autograd.manual.derived_network import find_lesson
from autograd.manual.dialects import HELPERS, Dialect
from autograd.names.identifiers import FUNCTIONS, identifier
from autograd.names.latex import identifier_in_latex
from autograd.textbook.mistakes import CODES
from autograd.textbook.mistakes.elsewhere import ELSEWHERE
from nn import MLP, bce, bce_with_logits, cross_entropy, half_squared_error, hinge, l2_penalty, mse
from tests.helpers import with_room
from tests.test_comparison import document_000

ULPS = 4
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "softplus", "linear")
LOSSES = {
    "bce": (bce, "sigmoid"),
    "logits": (bce_with_logits, "linear"),
    "mse": (mse, "linear"),
    "half": (half_squared_error, "sigmoid"),
    "cross-entropy": (cross_entropy, "linear"),
    "hinge": (hinge, "tanh"),
}


class Case(NamedTuple):
    """A network to be written."""

    activation: str
    loss: str
    samples: int
    depth: int
    outputs: int
    seed: int


def build(case: Case, scale: float = 0.0) -> Value:
    rng = random.Random(f"{case}")
    function, output = LOSSES[case.loss]
    outputs = max(2, case.outputs) if case.loss == "cross-entropy" else case.outputs
    sizes = [rng.randint(1, 4) for _ in range(case.depth - 1)] + [outputs]
    model = MLP(rng.randint(1, 3), sizes, case.activation, output, rng=rng)
    for p in model.parameters():
        p.data = p.data * scale if scale else p.data + rng.gauss(0, 0.5)
    x = [[round(rng.gauss(0, 1), 2) for _ in model._inputs] for _ in range(case.samples)]
    values = (-1, 1) if case.loss == "hinge" else (0, 1)
    y: list[Any] = [[rng.choice(values) for _ in range(outputs)] for _ in x]
    if case.loss == "cross-entropy":
        y = [rng.randrange(outputs) for _ in x]
    predictions = [model(row) for row in x]
    if case.samples == 1:
        return function(predictions[0], y[0] if outputs > 1 else np.ravel(y)[0].item())  # type: ignore[operator,no-any-return]
    return function(predictions, y)  # type: ignore[operator,no-any-return]


def cases() -> Iterator[Case]:
    """108 of all combinations, every activation beside every loss three times."""
    rng = random.Random(12)
    for seed, (activation, loss) in zip(range(108), itertools.cycle(itertools.product(ACTIVATIONS, LOSSES))):
        yield Case(activation, loss, rng.choice((1, 2, 4, 7)), rng.randint(1, 3), rng.choice((1, 1, 2, 3)), seed)


CASES = list(cases())


@functools.cache
def right(loss: Value) -> tuple[dict[Value, float], dict[Value, float]]:
    """The engine's gradients, and the magnitudes that rounding is measured by."""
    order = topological_order(loss)
    for node in order:
        node.zero_grad()
    loss.backward()
    return {node: node.grad for node in order}, magnitudes(loss)


def distance(loss: Value, manual: Manual) -> float:
    """The largest distance of value and gradients, in units in the last place."""
    namespace: dict[str, Any] = {}
    exec(str(manual), namespace)
    gradients, sizes = right(loss)
    lesson = find_lesson(loss)
    assert lesson is not None
    worst = abs(namespace[lesson.words.total] - loss.data) / math.ulp(loss.data or 1e-300)
    nodes = lesson.gradients(manual.style == "numpy" or "grad_W1" in namespace)
    for name, of in nodes.items():
        flat = np.ravel(np.array(namespace[name], dtype=float))
        for x, node in zip(flat, np.ravel(np.array(of, dtype=object)), strict=True):
            worst = max(worst, abs(x - gradients[node]) / math.ulp(max(sizes[node], abs(gradients[node]))))
    return worst


@pytest.mark.parametrize("part", range(4))
def test_networks_give_the_engines_numbers(part: int) -> None:
    for case in CASES[part::4]:
        loss = build(case)
        manual = to_manual(loss)
        assert distance(loss, manual) <= ULPS, case
        assert compare(loss, manual.run()).ok, case


def test_networks_give_the_engines_numbers_in_numpy() -> None:
    distances = []
    for case in CASES:
        loss = build(case)
        manual = to_manual(loss, style="numpy")
        if case.seed % 4 == 0:  # what rounding can do, if every operation is within 4 ulp
            comparison = compare(loss, manual.run())
            assert comparison.ok, (case, str(comparison))
        distances.append(distance(loss, manual))
    # NumPy's exp, tanh and matrix products are not those of `math` and of a loop to the last bit.
    assert sum(d <= ULPS for d in distances) >= 0.95 * len(distances)
    assert max(distances) <= 4 * ULPS


@pytest.mark.parametrize("scale", [3.0, 8.0])
def test_saturated_networks(scale: float) -> None:
    careful = 0
    for case in CASES[::4]:
        try:
            loss = build(case, scale)
        except ValueError:  # a probability of 1 that its label contradicts
            continue
        manual = to_manual(loss)
        careful += "all its digits" in manual
        assert distance(loss, manual) <= ULPS, case
    assert careful > 5


def test_overflow_is_guarded_against() -> None:
    model = MLP(1, [2, 1], "sigmoid")
    model.load_named({"w1": 900.0, "w2": -900.0})
    loss = bce_with_logits(model([1.0]), 1)
    for style in ("python", "numpy"):
        assert compare(loss, to_manual(loss, style=style).run()).ok
    classes = cross_entropy([[Value(0.0, "a") * 1.0, Value(1000.0, "b") * 1.0]], [0])
    assert to_manual(classes).run()["grad_b"] == 1.0


DOCUMENT = """z1 = w1 * x1 + w2 * x2 + b1
h1 = sigmoid(z1)
z3 = w5 * h1 + w6 * h2 + b3
y_hat = sigmoid(z3)
L = -(y * math.log(y_hat) + (1 - y) * math.log(1 - y_hat))
delta3 = y_hat - y
grad_w5 = delta3 * h1
grad_b3 = delta3
delta1 = delta3 * w5 * (h1 * (1 - h1))
grad_w2 = delta1 * x2
w1 -= lr * grad_w1"""


def test_the_network_of_the_documents_reads_as_on_paper() -> None:
    loss = document_000()
    manual = to_manual(loss)
    lines = [line.partition("  #")[0] for line in manual.splitlines()]
    for line in DOCUMENT.splitlines():
        assert line in lines
    assert distance(loss, manual) <= 2
    names = set(manual.run())
    assert {"z1", "h2", "ŷ", "L", "grad_z3", "grad_w1", "grad_b3"} <= names
    namespace: dict[str, Any] = {}
    exec(manual, namespace)
    assert compare(loss, namespace).ok
    assert namespace["w1"] == pytest.approx(-7.16 - 0.1 * namespace["grad_w1"])
    assert set(manual.keys) >= {"delta1", "delta2", "delta3"}


def test_lines_are_short() -> None:
    for case in CASES[::6]:
        for style in ("python", "numpy"):
            long = [line for line in to_manual(build(case), style=style).splitlines() if len(line) > 120]
            assert not long, (case, long)


def test_a_program_stands_alone() -> None:
    loss = build(CASES[0])
    for style, module in (("python", "math"), ("numpy", "numpy")):
        tree = ast.parse(to_manual(loss, style=style))
        imported = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
        assert imported <= {module}
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def test_the_same_graph_gives_the_same_text() -> None:
    for case in CASES[:6]:
        assert str(to_manual(build(case))) == str(to_manual(build(case)))


def test_large_networks_are_loops() -> None:
    rng = random.Random(4)
    model = MLP(2, [16, 16, 1], rng=rng)
    x = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(100)]
    y = [rng.choice((-1, 1)) for _ in x]
    for style, penalty in (("python", 0.0), ("numpy", 1e-4)):
        loss = hinge([model(row) for row in x], y)
        loss = loss + l2_penalty(model.parameters(), penalty) if penalty else loss
        manual = to_manual(loss, style=style)
        assert len(manual.splitlines()) < 400
        assert all(len(line) <= 120 for line in manual.splitlines())
        assert distance(loss, manual) <= len(x) / 8  # two sums of a hundred terms round otherwise
        assert len(to_manual(loss, style="latex").splitlines()) < 50
    wide = MLP(9, [10, 3], "tanh", rng=rng)
    for reduction in ("mean", "sum"):
        logits = [wide([rng.gauss(0, 3) for _ in range(9)]) for _ in range(3)]
        loss = cross_entropy(logits, [0, 1, 2], reduction=reduction)
        assert distance(loss, to_manual(loss)) <= ULPS


def test_a_loss_as_in_micrograds_demo() -> None:
    rng = random.Random(3)
    model = MLP(2, [16, 16, 1], rng=rng)
    x = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(8)]
    y = [rng.choice((-1.0, 1.0)) for _ in x]
    scores = [model(row) for row in x]
    losses = [(1 + -t * s).relu() for t, s in zip(y, scores, strict=True)]
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
    manual = to_manual(loss)
    assert "for x, y in zip(X, Y):" in manual
    assert distance(loss, manual) <= ULPS


def test_a_penalty_is_added() -> None:
    rng = random.Random(9)
    model = MLP(2, [2, 1], "tanh", "sigmoid", rng=rng)
    loss = bce([model([0.5, 1.0]), model([1.5, -1.0])], [1, 0]) + l2_penalty(model.parameters(), 0.01)
    for style in ("python", "numpy"):
        manual = to_manual(loss, style=style)
        assert "Penalty" in manual
        assert distance(loss, manual) <= ULPS


@pytest.mark.parametrize("units", [3, 20])
@pytest.mark.parametrize("style", ["python", "numpy"])
@pytest.mark.parametrize("label", ["", "L", "J", "total"])
def test_a_loss_with_a_penalty_has_a_name_of_its_own(style: str, units: int, label: str) -> None:
    model = MLP(2, [units, 1], "tanh", rng=random.Random(2))
    loss = mse(model([1.0, 0.5]), 1) + l2_penalty(model.parameters(), 0.1)
    loss.label = label
    manual = to_manual(loss, style=style)
    namespace: dict[str, Any] = {}
    exec(manual, namespace)
    assert label in ("", "L") or namespace[label] == pytest.approx(loss.data, rel=1e-12)
    if label != "L":  # two nodes of one name
        assert compare(loss, namespace, model).ok, str(compare(loss, namespace, model))
        assert compare(loss, manual.run(), model).ok
    assert "J" not in to_manual(mse(model([1.0, 0.5]), 1), style=style)


def test_the_point_is_that_of_the_evaluation() -> None:
    model = MLP(1, [1], output="sigmoid")
    loss = mse(model([2.0]), 1)
    manual = to_manual(loss)
    for p in model.parameters():
        p.data += 1.0
    assert str(to_manual(loss)) == str(manual)


# ---------------------------------------------------------------- any graph


def expression(seed: int) -> tuple[Value, list[Value]]:
    """A random expression in all operations of the table."""
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(0.3, 1.5), f"x{i}") for i in range(3)]
    pool: list[Any] = list(leaves)
    for _ in range(rng.randint(3, 12)):
        op = rng.choice(ops.TABLE)
        args = [rng.choice(pool) if rng.random() < 0.8 else rng.uniform(0.2, 0.9) for _ in op.domain]
        try:
            made = op(*args)
        except (ValueError, ArithmeticError):
            continue
        if isinstance(made, Value):
            pool.append(made)
    return total(pool[-3:]) * 1.5, leaves


def has_slopes(seed: int) -> bool:
    try:
        expression(seed)[0].backward()
    except (ValueError, ArithmeticError):
        return False
    return True


SLOPING = [seed for seed in range(60) if has_slopes(seed)][:40]
"""Seeds of expressions that can be differentiated where they are."""


def test_expressions_give_the_engines_numbers() -> None:
    used: set[Any] = set()
    for seed in range(250):
        loss, leaves = expression(seed)
        try:
            loss.backward()
        except (ValueError, ArithmeticError):
            continue
        namespace: dict[str, Any] = {}
        exec(to_manual(loss), namespace)
        used |= {node.op for node in topological_order(loss)}
        sizes = magnitudes(loss)
        assert namespace["L"] == loss.data
        for leaf in leaves:
            if leaf in sizes:
                right = leaf.grad
                off = abs(namespace[f"grad_{leaf.label}"] - right) / math.ulp(max(abs(right), sizes[leaf]))
                assert off <= ULPS, seed
    assert set(ops.TABLE) <= used


def test_functions_of_a_program_are_those_of_the_table() -> None:
    assert {op.name for op in HELPERS} | {"dot"} == FUNCTIONS
    rng = random.Random(2)
    for op in HELPERS:
        dialect = Dialect()
        text = dialect.text(op(*(Symbol(f"x{i}") for i in range(len(op.domain)))))
        source = f"{dialect.header('math.')}\ndef f({', '.join(f'x{i}' for i in range(len(op.domain)))}): return {text}"
        namespace: dict[str, Any] = {}
        exec(source, namespace)
        for _ in range(50):
            xs = [rng.choice(sorted(d)) if isinstance(d, frozenset) else rng.uniform(*d) for d in op.domain]
            assert namespace["f"](*xs) == op.function(*xs), (op, xs)


def test_operations_of_a_user() -> None:
    x = Value(0.5, "x")
    cube = Primitive("cube", lambda x: x * x * x, [lambda g, y, x: g * 3.0 * x * x], domain=[(-1, 1)])
    manual = to_manual(cube(x) + 1.0)
    assert "def cube(x1):" in manual
    assert manual.run() == {"grad_x": 0.75}
    gamma = Primitive("gamma", math.gamma, [lambda g, y, x: g * x], domain=[(0.1, 1)])
    assert "math.gamma(x)" in to_manual(gamma(x))
    for name in ("exp", "lambda", "math"):  # one that bears the name of another thing
        other = Primitive(name, lambda x: 2.0 * x, [lambda g, y, x: g * 2.0], domain=[(-1, 1)])
        assert to_manual(other(x).exp()).run()["grad_x"] == pytest.approx(2.0 * math.e)
    floats = Primitive("floats", lambda x: float(str(x)), [lambda g, y, x: g], domain=[(-1, 1)])
    with pytest.raises(ValueError, match="the function of the operation floats cannot be written as source"):
        to_manual(floats(x))


def test_long_graphs() -> None:
    y = Value(0.5, "x")
    for _ in range(5_000):
        y = y * 1.0001
    y.label = "out"
    manual = to_manual(y)
    assert manual.run()["grad_x"] == pytest.approx(1.0001**5_000)
    leaf = Value(2.0, "a")
    assert to_manual(leaf).run() == {"grad_a": 1.0}


# ---------------------------------------------------------------- names


LABELS = [
    "import os", "a'b", 'a"b', "a\nb", "a\\b", "x\u2028y", "class", "print", "math", "grad_w1", "1st", "ŷ", "δ3", "θ",
    "w_1", "w₁", "", "é", "名", "a" * 500, '"""', "'); __import__('os').system('true') #", "L", "lr", "N", "samples",
    "{}", "{x}", "%s", "$x$", "\\end{aligned}", "True", "sigmoid", "e_sum", "_", "\r\nimport os",
]  # fmt: skip


def test_labels_become_names_and_nothing_else() -> None:
    rng = random.Random(1)
    for _ in range(60):
        a, b, c = (Value(rng.uniform(0.5, 1.0), rng.choice(LABELS)) for _ in range(3))
        loss = sigmoid(a * b) * c + log(a)
        loss.label = rng.choice(LABELS)
        loss.backward()
        manual = to_manual(loss)
        tree = ast.parse(manual)
        calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert calls <= {"math.exp", "math.log", "sigmoid"}
        assert all(ord(c) < 128 or c in "∂δ" for c in manual)
        namespace: dict[str, Any] = {}
        exec(manual, namespace)
        gradients = [value for name, value in namespace.items() if name.startswith("grad_")]
        assert {a.grad, b.grad, c.grad} <= set(gradients)
        assert "\\end{aligned}" not in to_manual(loss, style="latex")[:-15]


def test_labels_of_a_network_become_names() -> None:
    rng = random.Random(5)
    for _ in range(30):
        model = MLP(2, [2, 1], "tanh", "sigmoid", rng=rng)
        loss = bce(model([0.5, -0.25]), 1)
        for node in topological_order(loss):
            if rng.random() < 0.5:
                node.label = rng.choice(LABELS)
        for style in ("python", "numpy"):
            manual = to_manual(loss, style=style)
            ast.parse(manual)
            assert distance(loss, manual) <= ULPS


@pytest.mark.parametrize(
    ("label", "name"),
    [("ŷ", "y_hat"), ("y\u0302", "y_hat"), ("δ₃", "delta3"), ("w_1", "w1"), ("λ", "lambda"), ("", "")],
)
def test_identifiers(label: str, name: str) -> None:
    assert identifier(label) == name


def test_names_of_a_model() -> None:
    a, x = Value(0.5), Value(2.0, "x")

    class Model:
        def named_parameters(self) -> dict[str, Value]:
            return {"slope": a}

    assert "grad_slope = " in to_manual(sigmoid(ops.dot([a], [x])), Model())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a Module, got int"):
        to_manual(a * x, 3)


# ---------------------------------------------------------------- mistakes


PLANTED = [
    Case("sigmoid", "bce", 1, 2, 1, 1),
    Case("tanh", "half", 2, 2, 2, 3),
    Case("relu", "cross-entropy", 4, 2, 3, 4),
    Case("relu", "mse", 1, 3, 2, 5),
    Case("softplus", "logits", 2, 3, 1, 6),
    Case("sigmoid", "hinge", 4, 2, 1, 8),
]


NOT_WRITTEN = {
    "exp-derivative",  # of a network with an exp in it, which is written operation by operation
    "last-activation",  # of all samples at once, with a single row of inputs
    *(row.code for row in ELSEWHERE),
}


@functools.cache
def written_in(case: Case, style: str) -> tuple[Value, list[str]]:
    """A network, and the mistakes that have room in it."""
    loss = build(case)
    return loss, with_room(loss, style)


@pytest.mark.parametrize("code", CODES)
def test_a_planted_mistake_is_named(code: str) -> None:
    every = [(case, style) for case in PLANTED for style in ("python", "numpy") if code in written_in(case, style)[1]]
    assert bool(every) == (code not in NOT_WRITTEN)
    for case, style in every[list(CODES).index(code) % 3 :: 3] or every:  # of many a third, in both styles
        loss = written_in(case, style)[0]
        manual = to_manual(loss, style=style, mistake=code)
        comparison = compare(loss, manual.run(), lr=0.1)
        assert not comparison.ok
        first = comparison.findings[0].rank
        assert code in [f.cause for f in comparison.findings if f.rank == first], (case, style)
        answer = manual.answer
        assert answer is not None
        assert answer.code == code
        assert manual.splitlines()[answer.line - 1] == answer.wrong[answer.line]
        assert code in str(answer)


def test_a_wide_network_is_written_in_layers_even_where_its_softmax_has_lost_digits() -> None:
    """Operation by operation it has thousands of lines."""
    rng = random.Random(3)
    model = MLP(250, [10, 10], rng=rng)
    outputs = model([rng.uniform(0, 1) for _ in range(250)])
    loss = cross_entropy(outputs, min(range(10), key=lambda k: outputs[k].data))
    loss.backward()
    assert loss.data > 20
    text = to_manual(loss)
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    assert len(text.splitlines()) < 800
    for name, rows in model.matrices().items():
        found, expected = np.array(namespace[f"grad_{name}"]), np.vectorize(lambda p: p.grad)(np.array(rows))
        assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max()
        assert found == pytest.approx(expected, rel=1e-10)


def test_mistakes_in_a_large_network() -> None:
    rng = random.Random(2)
    model = MLP(2, [9, 3, 2], "tanh", "sigmoid", rng=rng)
    x = [[rng.gauss(0, 1) for _ in range(2)] for _ in range(2)]
    loss = half_squared_error([model(row) for row in x], [[1, 0]] * 2)
    for code in with_room(loss):
        manual = to_manual(loss, mistake=code)
        assert code in [f.cause for f in compare(loss, manual.run(), lr=0.1).findings]
        if manual.answer is not None and code not in ("transposed", "not-zeroed"):
            assert len(manual.answer.wrong) <= 10


def test_the_answer_puts_it_right() -> None:
    loss = document_000()
    right = to_manual(loss).splitlines()
    for code in with_room(loss):
        manual = to_manual(loss, mistake=code)
        assert manual.answer is not None
        assert all(line in right for line in manual.answer.right)
        assert str(manual) != "\n".join(right) + "\n"


def test_the_key_of_a_sign() -> None:
    answer = to_manual(document_000(), mistake="sign").answer
    assert answer is not None
    assert (answer.code, list(answer.wrong)) == ("sign", [answer.line])
    assert answer.wrong[answer.line].startswith("delta3 = y - y_hat")
    assert answer.right[0].startswith("delta3 = y_hat - y")
    assert "take ŷ - y, not y - ŷ" in answer.sentence


def test_mistakes_in_any_graph() -> None:
    a, b = Value(0.5, "a"), Value(-1.5, "b")
    graphs = {
        "exp-derivative": 1 / (1 + ops.exp(-(a * b))),
        "swapped-inputs": tanh(a * b) + 1.0,
        "relu-mask": relu(a * b) + relu(a - b) * a,
        "last-sample-only": tanh(a * b) + a,
        "sign": log(a * a) * b,
        "half-derivative": sigmoid(a + b) * 2.0,
    }
    for code, loss in graphs.items():
        manual = to_manual(loss, mistake=code)
        comparison = compare(loss, manual.run())
        assert code in [f.cause for f in comparison.findings], code
    network = bce(MLP(2, [2, 1], "tanh", lambda z: 1 / (1 + ops.exp(-z)))([0.5, 1.0]), 1)
    manual = to_manual(network, mistake="exp-derivative")
    assert compare(network, manual.run()).findings[0].cause == "exp-derivative"


def test_a_mistake_without_room() -> None:
    loss = document_000()
    with pytest.raises(ValueError, match="divided-by-outputs has no room here: there is one output only") as error:
        to_manual(loss, mistake="divided-by-outputs")
    assert re.search("Those that have: sign, .*updated-weight", str(error.value))
    with pytest.raises(ValueError, match="summed-not-averaged has no room here: the loss is no mean"):
        to_manual(loss, mistake="summed-not-averaged")
    dead = mse(MLP(1, [1])([0.0]), 1)  # w has no gradient, and its input is 0
    with pytest.raises(ValueError, match="there is one input only"):
        to_manual(dead, mistake="swapped-inputs")
    same = MLP(2, [1])
    same.load_named({"w1": 0.5, "w2": 0.5})
    with pytest.raises(ValueError, match="it changes no number"):
        to_manual(mse(same([1.0, 1.0]), 1), mistake="swapped-inputs")


def test_errors_say_what_to_give() -> None:
    loss = document_000()
    with pytest.raises(TypeError, match="to_manual: expected the loss as a Value, got float"):
        to_manual(3.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown style 'nunpy'; nearest: numpy"):
        to_manual(loss, style="nunpy")
    with pytest.raises(ValueError, match="unknown mistake 'updated-weights'; nearest: updated-weight"):
        to_manual(loss, mistake="updated-weights")
    with pytest.raises(ValueError, match="lr: expected a finite number above 0, got 0"):
        to_manual(loss, lr=0)
    with pytest.raises(ValueError, match="style='numpy' needs a network"):
        to_manual(where(loss, loss, 1.0) * 2.0, style="numpy")
    with pytest.raises(ValueError, match="LaTeX cannot be run"):
        to_manual(loss, style="latex").run()


# ---------------------------------------------------------------- LaTeX


def test_latex_is_balanced() -> None:
    losses = [build(case) for case in CASES[:40]] + [expression(seed)[0] for seed in SLOPING]
    for loss in losses:
        text = to_manual(loss, style="latex")
        assert text.startswith("\\begin{aligned}\n")
        assert text.endswith("\\end{aligned}\n")
        assert text.count("{") == text.count("}")
        assert text.count("\\left") - text.count("\\leftarrow") == text.count("\\right")
        assert all(row.count("&") in (1, 2, 3) for row in text.splitlines()[1:-1])
        assert text.isascii() or "′" in text


def test_names_in_latex() -> None:
    assert identifier_in_latex("y_hat2") == r"\hat{y}_{2}"
    assert identifier_in_latex("grad_w1") == r"\frac{\partial L}{\partial w_{1}}"
    assert identifier_in_latex("some_name") == r"\mathrm{some\_name}"
    assert r"\delta_{3} &= \hat{y} - y" in to_manual(document_000(), style="latex")


# ---------------------------------------------------------------- exercises


def test_an_exercise_marks_numbers_and_programs() -> None:
    loss = document_000()
    task = exercise(loss, blanks=["delta3", "grad_w5", "delta1"], seed=1)
    assert task.gaps == {"delta3": "y_hat - y", "grad_w5": "delta3 * h1", "delta1": "delta3 * w5 * (h1 * (1 - h1))"}
    assert task.count("= ____") == 3
    half = task.mark({"delta3": -0.9988421217877943})
    assert not half.ok and list(half.missing) == ["grad_w5", "delta1"] and half.rows[0].ok
    assert task.mark({"dw5": -4.377694215929231e-8, "δ3": -0.9988421217877943, "delta1": 2.21949087e-7}).ok
    assert task.mark({"delta3": 0.9988421217877943}).findings[0].cause == "sign"
    assert task.mark(task.fill(task.gaps)).ok
    assert task.mark(task.solution).ok
    wrong = task.fill({**task.gaps, "delta1": "delta3 * w5"})
    assert "missing-hidden-derivative" in [f.cause for f in task.mark(wrong).findings]
    left = task.mark(task.fill({"grad_w5": "delta3 * h1"}))
    assert not left.ok and list(left.missing) == ["delta3", "delta1"]
    assert left.summary.startswith("missing: delta3 (still to be filled in, line 34), delta1 (")
    with pytest.raises(NameError, match="____"):
        exec(str(task), {})
    with pytest.raises(KeyError, match="no gap for 'w9'; the gaps are delta3, grad_w5, delta1"):
        task.fill({"w9": "1"})


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers run here, as in a browser: a process for each would cost more than all else."""
    monkeypatch.setattr(in_process, "IN_A_BROWSER", True)


def test_gaps_are_drawn_with_a_seed(in_this_process: None) -> None:
    loss = document_000()
    assert str(exercise(loss, blanks=4, seed=3)) == str(exercise(loss, blanks=4, seed=3))
    assert {tuple(exercise(loss, blanks=4, seed=seed).gaps) for seed in range(9)} != {()}
    for case in CASES[:12]:
        batch = build(case)
        task = exercise(batch, blanks=2, seed=case.seed)
        assert task.mark(task.fill(task.gaps)).ok
    copied = copy.copy(exercise(loss, blanks=1, seed=2))
    assert copied.mark(copied.fill(copied.gaps)).ok
    with pytest.raises(ValueError, match="blanks: expected a number from 0 to"):
        exercise(loss, blanks=500)
    with pytest.raises(ValueError, match="no formula for 'delta9' can be left out; nearest: delta"):
        exercise(loss, blanks=["delta9"])
    with pytest.raises(TypeError, match="exercise: expected the loss as a Value"):
        exercise(3.0)  # type: ignore[arg-type]


def marked_networks() -> dict[str, Value]:
    rng = random.Random(3)
    model = MLP(2, [2, 2, 1], "softplus", rng=rng)
    x = [[rng.gauss(0, 1) for _ in range(2)] for _ in range(3)]
    return {
        "document": document_000(),
        "softmax": cross_entropy(MLP(2, [3, 2], "tanh", rng=rng)([0.3, 0.8]), 1),
        "batch": mse([model(row) for row in x], [0.5, 1, -1]),
    }


@pytest.mark.parametrize("network", ["document", "softmax", "batch"])
def test_marking_names_the_place(network: str, in_this_process: None) -> None:
    loss = marked_networks()[network]
    seen: set[str] = set()
    for seed in range(20):
        task = exercise(loss, blanks=3, seed=seed)
        assert seed % 5 or task.mark(task.fill(task.gaps)).ok
        for place in task.gaps.keys() - seen:
            seen.add(place)
            wrong = task.fill({**task.gaps, place: f"-({task.gaps[place]})"})
            comparison = task.mark(wrong)
            assert not comparison.ok
            if comparison.why:  # ln of a probability below 0
                assert "log" in comparison.why and place in ("y_hat", "p3", "p4", "p5")
                continue
            assert comparison.first[0] == place, str(comparison)
    assert len(seen) > 15


def test_an_error_in_an_answer_says_in_which_line() -> None:
    task = exercise(document_000(), blanks=["delta3"])
    line = task[: task.index("delta3 =")].count("\n") + 1
    for formula, told in (
        ("y_hat - t", "NameError in line {}: name 't' is not defined"),
        ("y_hat -", "SyntaxError in line {}: invalid syntax"),
        ("1 / 0", "ZeroDivisionError in line {}: division by zero"),
        ("math.log(-1)", "ValueError in line {}: "),
        ("exit()", "it ended itself in line {} by exit()"),
        ("quit(3)", "it ended itself in line {} by exit()"),
    ):
        mark = task.mark(task.fill({"delta3": formula}))
        assert not mark.ok and not mark.rows
        assert told.format(line) in mark.why and mark.why.endswith(f" (the gap delta3: delta3 = {formula})")
        assert mark.why in mark.summary == str(mark)


def test_what_an_answer_prints_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    task = exercise(document_000(), blanks="delta3")
    assert task.mark(task.fill({"delta3": "print('well') or y_hat - y"})).ok
    assert capsys.readouterr().out == ""


def test_marking_names_numbers_as_the_program_does() -> None:
    task = exercise(document_000(), blanks=["delta1", "y_hat"])
    comparison = task.mark(task.fill({**task.gaps, "delta1": "delta3 * w5"}))
    assert comparison.first == ["delta1"]
    assert {"delta1", "y_hat", "grad_w1"} <= {row.name for row in comparison.rows}
    assert "grad_z1" not in str(comparison) and "grad_b1" in comparison.findings[0].names
    assert "given your own delta1" in str(comparison)


def test_a_pass_is_left_out_as_a_whole() -> None:
    loss = document_000()
    backward, forward = (exercise(loss, blanks=which).gaps for which in ("backward", "forward"))
    gradients = [f"grad_{name}" for name in ("w1", "w2", "b1", "w3", "w4", "b2", "w5", "w6", "b3")]
    assert sorted(backward) == sorted(["delta1", "delta2", "delta3", *gradients])
    assert list(forward) == ["z1", "h1", "z2", "h2", "z3", "y_hat", "L"]
    assert exercise(loss, blanks="backward") == exercise(loss, blanks="backward")
    batch = mse([MLP(2, [9, 9, 2], rng=random.Random(0))([0.5, -0.5])], [[1.0, 0.0]])
    assert not {"W1", "b1", "y_hat"} & set(exercise(batch, blanks="backward").gaps)  # neither update nor forward


def test_blanks_and_answers_of_other_kinds_are_errors() -> None:
    loss = document_000()
    assert list(exercise(loss, blanks="delta1").gaps) == ["delta1"]
    assert list(exercise(loss, blanks=("delta1", "delta1")).gaps) == ["delta1"]
    for blanks in (1.5, True, None, [1], {"delta1": 2}.items()):
        with pytest.raises(TypeError, match="exercise: blanks: expected how many, the names of formulas"):
            exercise(loss, blanks=blanks)  # type: ignore[arg-type]
    task = exercise(loss, blanks="delta1")
    with pytest.raises(TypeError, match=r"fill: delta1: expected a formula as text .* got float: 3.0"):
        task.fill({"delta1": 3.0})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="fill: expected formulas by name"):
        task.fill("delta1")  # type: ignore[arg-type]


def test_an_exercise_with_a_mistake_to_be_found() -> None:
    loss = document_000()
    task = exercise(loss, blanks=0, mistake="missing-weight")
    assert task.answer is not None
    assert "There is a mistake in it" in task
    assert task.splitlines()[task.answer.line - 1] == task.answer.wrong[task.answer.line]
    assert task.mark(str(task)).findings[0].cause == "missing-weight"


def test_a_long_program_is_folded_in_a_notebook() -> None:
    model = MLP(2, [16, 16, 1], "tanh", "sigmoid", rng=random.Random(0))
    loss = bce(model([0.5, -0.5]), 1)
    for text in (to_manual(loss), to_manual(loss, style="numpy"), exercise(loss)):
        shown = text._repr_markdown_()
        rest = shown.split("\n\n<details><summary>")[1]
        parts = re.findall(r"```python\n(.*?)\n```", shown, re.DOTALL)
        assert "\n".join(parts).split() == text.split() and 17 <= parts[0].count("\n") < 70
        assert parts[1][0] not in " ])"  # a statement is not torn
        assert re.match(r"\d+ lines more</summary>\n\n```python\n", rest)
    latex = to_manual(bce(MLP(2, [6, 1], "tanh", "sigmoid", rng=random.Random(0))([0.5, -0.5]), 1), style="latex")
    parts = re.findall(r"begin{aligned}\n(.*?)\n.end", latex._repr_markdown_(), re.DOTALL)
    assert " \\\\\n".join(parts).splitlines() == latex.splitlines()[1:-1]
    assert latex._repr_markdown_().count("$$") == 4
    assert "<details" not in to_manual(document_000())._repr_markdown_()
