"""Nothing grows faster than the graph: twice the samples are twice the work, in lines of Python run and in memory.

Work is counted, never timed: of every function the lines that it runs, at a size and at twice that. What is linear runs
twice as many at most, what is quadratic nearly four times as many.
"""

import random
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

import autograd
from autograd import Names, Symbol, Value, compare, draw, explain, ops, to_manual
from autograd.names import canonical
from nn import MLP, bce, mse
from nn.saving import Architecture

HERE = str(Path(autograd.__file__).parent.parent)
SIZES, WIDE = (24, 48), (48, 96)
"""Sizes at which what is quadratic shows; of wide sums such as have no code of their own, by number of terms."""

FEW = 200
"""Lines that do not count: caches that fill, digits that one number needs and another does not."""


def mean_of_samples(n: int) -> Value:
    draws = random.Random(5)
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", rng=draws)
    return bce([model([draws.random(), draws.random()]) for _ in range(n)], [float(i % 2) for i in range(n)])


def added_up(n: int) -> Value:
    """The mean of squares, added in a loop, of a line written with * and +."""
    draws = random.Random(6)
    w, b = Value(0.5, "w"), Value(0.1, "b")
    total = Value(0.0)
    for _ in range(n):
        total = total + (w * draws.random() + b - draws.random()) ** 2
    return total / n


def chain(n: int) -> Value:
    y = Value(0.5, "x")
    for i in range(n):
        y = (y * 1.01).tanh() if i % 2 else y - Value(0.01, "a")
    return y


def wide(n: int) -> Value:
    draws = random.Random(7)
    model = MLP(n, [2, 1], activation="tanh", rng=draws)
    return mse([model([draws.random() for _ in range(n)]) for _ in range(2)], [0.5, 0.25])


def gradients(loss: Value) -> dict[str, float]:
    loss.backward()
    return {name: node.grad for name, node in loss.named().items() if node.op is None}


USES: dict[str, Callable[[Value], Any]] = {
    "named": lambda loss: loss.named(),
    "compare": lambda loss: str(compare(loss, gradients(loss))),
    "explain one": lambda loss: explain(loss, next(iter(loss.named()))).text,
    "explain all": lambda loss: explain(loss).text,
    "to_manual": lambda loss: to_manual(loss),
    "latex": lambda loss: to_manual(loss, style="latex"),
    "draw": lambda loss: draw(loss, view="graph").source,
}


def lines_run(use: Callable[[], Any]) -> Counter[str]:
    """How many lines each function of the packages runs."""
    counts: dict[CodeType, list[int]] = {}

    def entered(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(HERE):
            return None
        count = counts.setdefault(frame.f_code, [0])

        def ran(frame: FrameType, event: str, _: Any) -> Any:
            count[0] += event == "line"
            return ran

        return ran

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        use()
    finally:
        sys.settrace(before)
    found: Counter[str] = Counter()
    for code, (count,) in counts.items():
        found[f"{code.co_filename[len(HERE) + 1 :]}:{code.co_firstlineno} {code.co_name}"] += count
    return found


def faster_than_the_graph(middle: Counter[str], large: Counter[str]) -> list[str]:
    return [f"{name}: {middle[name]}, {many}" for name, many in large.items() if many > 2.5 * middle[name] + FEW]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("make", [mean_of_samples, added_up, chain, wide])
def test_no_function_runs_more_lines_than_the_graph_grows(make: Callable[[int], Value], use: str) -> None:
    USES[use](make(4))  # what is read once, such as the rules of operations
    middle, large = (lines_run(partial(USES[use], make(n))) for n in (WIDE if make is wide else SIZES))
    assert not faster_than_the_graph(middle, large)


def test_that_counting_finds_what_is_quadratic() -> None:
    def times(count: Callable[[int], int], n: int) -> Counter[str]:
        return lines_run(lambda: [canonical("w_1") for _ in range(count(n))])

    assert not faster_than_the_graph(*(times(lambda n: 3 * n, n) for n in SIZES))
    assert faster_than_the_graph(*(times(lambda n: n * n, n) for n in SIZES))


def peak(use: Callable[[], Any]) -> int:
    """How many bytes are held at most while it runs."""
    tracemalloc.start()
    try:
        use()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("use", ["compare", "explain one", "to_manual"])
@pytest.mark.parametrize("make", [mean_of_samples, added_up, chain])
def test_memory_grows_as_the_graph(make: Callable[[int], Value], use: str) -> None:
    USES[use](make(4))
    middle, large = (peak(partial(USES[use], make(n))) for n in (60, 120))
    assert large < 2.5 * middle


def test_text_of_a_long_chain_takes_no_more_room_than_it_is_long() -> None:
    def text(n: int) -> str:
        x = y = Symbol("x")
        for i in range(n):
            y = (y * 2.0 + 1.0) / x if i % 2 else -y
        return str(y)

    assert text(4) == "-((-x * 2 + 1) / x) * 2 + 1) / x".replace("-((", "(-((")  # as Python reads it
    short, long = (peak(partial(text, n)) for n in (1000, 2000))
    assert len(text(2000)) < 2.1 * len(text(1000))
    assert long < 2.5 * short


def test_message_about_an_expression_whose_text_would_never_end() -> None:
    x = Symbol("x")
    for _ in range(100):
        x = x * x + 1.0  # in full 2**100 x
    with pytest.raises(TypeError, match=r"^the number behind \(.{56}\.\.\. is not known here"):
        bool(x)


def test_long_sum_is_written_in_steps_that_run() -> None:
    loss = ops.sum_of(*[Value(0.5 * i, "a") for i in range(5000)])
    program = to_manual(loss)
    found: dict[str, Any] = {}
    exec(program, found)
    assert found["L"] == pytest.approx(0.5 * 4999 * 5000 / 2, rel=1e-12)
    assert found["grad_a_5000"] == 1.0
    assert max(map(len, program.splitlines())) < 130


def test_names_of_one_label_are_counted_past_those_that_are_taken() -> None:
    names = Names[int]({"w[2]": 20})
    for i in (1, 2, 3):
        names.insert("w", i)
    assert names == {"w[2]": 20, "w": 1, "w[3]": 2, "w[4]": 3}


def test_spellings_are_those_of_the_names_there_are() -> None:
    names = Names[int]({"y_hat": 1, "ŷ": 2, "w1": 3})
    assert names["y_pred"] == 1  # of several the first
    assert names["w_1"] == 3
    del names["w1"]
    assert names.find("w_1") is None
    names["w2"] = 4
    assert names["w₂"] == 4


def test_messages_about_many_layers_are_short() -> None:
    many = Architecture(2, (3,) * 100_000, ("tanh",) * 100_000)
    assert str(many) == f"2 inputs, layers of {', '.join(['3 tanh'] * 10)} and 99990 more"


def test_file_of_another_model_tells_where_they_part(tmp_path: Path) -> None:
    MLP(1, [2] * 12 + [1]).save(tmp_path / "model")
    with pytest.raises(ValueError, match=r"\(layer 12 is 2 relu, not 3 relu\)$"):
        MLP(1, [2] * 11 + [3, 1]).load(tmp_path / "model")
