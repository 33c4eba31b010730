"""The textbook's backward pass beside the engine's; every row of the table of mistakes planted, found, told apart."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from autograd import Symbol, Value, compare
from autograd.graph import as_evaluated, cotangents
from autograd.network import find_network
from autograd.textbook.backward import EQUATIONS, Change, Figures, Step, backward, figures
from autograd.textbook.grid import Grid
from autograd.textbook.mistake import FACTOR, Way
from autograd.textbook.mistakes import CODES, MISTAKES, ROWS
from autograd.textbook.mistakes.elsewhere import ELSEWHERE
from nn import MLP, bce, cross_entropy, mse

SHAPES = [((2, 2, 1), "sigmoid", "mse", 3), ((3, 3, 2), "relu", "cross-entropy", 4), ((2, 3, 2, 1), "tanh", "bce", 2)]
RATE = {FACTOR: 3.0}


def network(shape: tuple[int, ...], kind: str, loss: str, samples: int, seed: int = 0) -> tuple[Value, MLP]:
    rng = random.Random(f"{shape} {seed}")
    model = MLP(shape[0], list(shape[1:]), kind, "linear" if loss == "cross-entropy" else "sigmoid", rng=rng)
    for p in model.parameters():
        p.data += rng.gauss(0, 0.3)
    outputs = [model([rng.gauss(0, 1) for _ in range(shape[0])]) for _ in range(samples)]
    if loss == "cross-entropy":
        return cross_entropy(outputs, [rng.randrange(shape[-1]) for _ in outputs]), model
    return {"bce": bce, "mse": mse}[loss](outputs, [rng.randrange(2) for _ in outputs]), model


def numbers(loss: Value) -> Figures:
    found = find_network(loss)
    assert found is not None
    slopes = cotangents(loss, point=as_evaluated)
    values = {node: node.data for node in loss.named().values()}
    return figures(found, _Data(values), slopes)


class _Data(dict[Any, float]):
    """The numbers of nodes, those without a label too."""

    def __missing__(self, node: Any) -> float:
        return float(node.data)


def gradients(fig: Figures, model: MLP, change: Change = (), rate: float = 0.0) -> dict[str, float]:
    """By name, what the textbook's pass gives."""
    found = {}
    for q in backward(fig, change, rate):
        for neuron, dw, db in zip(model.layers[q.m].neurons, q.dw.rows, q.db.rows[0], strict=True):
            found |= {w.label: g for w, g in zip(neuron.w, dw, strict=True)} | {neuron.b.label: db}
    return found


@pytest.mark.parametrize("case", SHAPES, ids=str)
def test_the_right_pass_is_the_engine_s(case: Any) -> None:
    loss, model = network(*case)
    loss.backward()
    found = gradients(numbers(loss), model)
    assert found == pytest.approx({name: p.grad for name, p in model.named_parameters().items()}, rel=1e-12, abs=1e-300)


def planted(code: str) -> Iterator[tuple[Value, str, dict[str, float], dict[str, float]]]:
    """(loss, formula, gradients with the mistake, without), for several ways in several networks."""
    row = MISTAKES[code]
    for case in SHAPES:
        loss, model = network(*case)
        fig = numbers(loss)
        right = gradients(fig, model)
        for h in [h for h in row.hypotheses(fig) if not h.alone][:6]:
            yield loss, f"{h.formula}, {h.place}", gradients(fig, model, h.change, RATE.get(row.unknown, 0.1)), right


@pytest.mark.parametrize("code", CODES)
def test_every_row_is_found_where_it_is_planted(code: str) -> None:
    count = 0
    for loss, formula, wrong, right in planted(code):
        if all(abs(wrong[name] - g) <= 1e-8 * abs(g) for name, g in right.items()) or not any(wrong.values()):
            continue  # it changes no number, or leaves none
        count += 1
        causes = [finding.cause for finding in compare(loss, wrong).findings]
        assert code in causes, (formula, causes)
    elsewhere = {row.code for row in ELSEWHERE} | {"wrong-operand", "exp-derivative"}
    assert bool(count) == (code not in elsewhere)


def test_every_row_says_where_it_has_room() -> None:
    loss, _ = network(*SHAPES[0])
    fig = numbers(loss)
    assert len(ROWS) == len(MISTAKES)
    for row in ROWS:
        places = row.room(fig)
        assert places
        assert all(h.remedy and h.formula and h.place for h in row.hypotheses(fig))


def test_an_equation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(AssertionError, match="no equation is called"):
        Way("δ", delat=lambda q: q.delta)
    assert {"delta", "top", "dw"} <= EQUATIONS


def test_names_give_formulas() -> None:
    """The same pass on Symbols."""
    x, z, h, w, y = (Symbol(name) for name in ("x1", "z1", "h1", "w2", "y"))
    out, slope = Symbol("p"), h * (1.0 - h)
    fig = Figures(
        [Grid([[x]]), Grid([[h]])], [Grid([[z]]), Grid([[out]])], [Grid([[h]]), Grid([[out]])],
        [Grid([[slope]]), Grid([[1.0]])], [Grid([[Symbol("w1")]]), Grid([[w]])], Grid([[out - y]]), Grid([[out - y]]),
        [], 1, True,
    )  # fmt: skip
    last, first = backward(fig)
    assert str(last.dw.rows[0][0]) == "(p - y) * h1"
    assert str(first.delta.rows[0][0]) == "(p - y) * w2 * (h1 * (1 - h1))"
    _, without = backward(fig, (Step("slope", lambda q: 1.0),))
    assert str(without.dw.rows[0][0]) == "(p - y) * w2 * x1"
