"""The live page in a real browser: its numbers are those of the engine, whatever is done with it."""

import math
import random
from pathlib import Path

import pytest

from autograd import explore
from nn import MLP, SGD, bce
from tests import browsing
from tests.browsing import Tab
from tests.pictures import DOCUMENT, document

pytestmark = browsing.NEEDED
browser, tab = browsing.browser, browsing.tab

GET = "() => chalkgrad.get()"
NAMES = {"w1": "w₁", "w2": "w₂", "w3": "w₃", "w4": "w₄", "w5": "w₅", "w6": "w₆", "b1": "b₁", "b2": "b₂", "b3": "b₃"}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return explore(document()).save(tmp_path_factory.mktemp("live") / "page.html")


def network(numbers: dict[str, float], x: list[float], y: float) -> dict[str, float]:
    """Loss, δ and gradients of the 2-2-1 network, by the engine in Python."""
    model = MLP(2, [2, 1], "sigmoid", "sigmoid")
    model.load_named(numbers)
    loss = bce(model(x), y)
    loss.backward()
    named = loss.named()
    found = {shown: named[name].grad for name, shown in NAMES.items()}
    return found | {f"δ{i}": named[f"z{i}"].grad for i in (1, 2, 3)} | {"L": loss.data}


def read(tab: Tab) -> dict[str, float]:
    """The same numbers as they stand in the table of the page."""
    tab.page.evaluate("document.getElementById('numbers').open = true")
    frame = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    tab.page.evaluate(frame)
    rows = tab.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('#numbers tr[data-name]')].map((row) =>
        [row.dataset.name, [...row.querySelectorAll('td')].map((cell) => cell.dataset.exact)]))"""
    )
    found = {name: float(rows[name][1]) for name in NAMES.values()}
    return found | {f"δ{i}": float(rows[f"z{'₀₁₂₃'[i]}"][1]) for i in (1, 2, 3)} | {"L": float(rows["L"][0])}


def assert_equal(found: dict[str, float], wanted: dict[str, float], ulps: int = 4) -> None:
    assert found.keys() == wanted.keys()
    for name, x in wanted.items():
        assert abs(found[name] - x) <= ulps * math.ulp(x), f"{name}: {found[name]!r}, not {x!r}"


def state(tab: Tab) -> dict[str, float]:
    got = tab.page.evaluate(GET)
    return dict(zip(got["labels"], got["values"], strict=True))


def test_it_begins_with_the_numbers_of_the_graph(tab: Tab, page: str) -> None:
    tab.open(page)
    assert_equal(read(tab), network(DOCUMENT, [0.1, 0.7], 1.0))


def test_a_weight_is_moved_by_keys_mouse_wheel_and_typing(tab: Tab, page: str) -> None:
    tab.open(page)
    w5 = tab.page.get_by_role("spinbutton", name="w₅", exact=True).first
    moved = dict(DOCUMENT)

    def check(expected: float) -> None:
        moved["w5"] = state(tab)["w5"]
        assert moved["w5"] == pytest.approx(expected)
        assert_equal(read(tab), network(moved, [0.1, 0.7], 1.0))

    w5.focus()
    tab.key("ArrowUp", 3)
    check(-4.77)
    tab.key("Shift+ArrowDown", 2)
    check(-4.79)
    tab.key("PageUp")
    check(-3.79)
    box = w5.bounding_box()
    tab.page.mouse.move(box["x"] + 20, box["y"] + 8)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + 70, box["y"] + 8, steps=5)
    tab.page.mouse.up()
    check(-3.29)
    w5.focus()
    tab.page.mouse.wheel(0, -100)
    check(-3.19)
    tab.key("2")
    tab.page.keyboard.type("/4")
    tab.key("Enter")
    check(0.5)
    assert w5.get_attribute("aria-valuenow") == "0.5"
    for expected in (-3.19, -3.29, -3.79):
        tab.page.click("#back")
        check(expected)
    tab.page.click("#reset")
    check(-5.07)
    assert tab.page.is_disabled("#back")


def test_it_equals_the_engine_at_a_hundred_random_states(tab: Tab, page: str) -> None:
    tab.open(page)
    rng = random.Random(4)
    labels = tab.page.evaluate("() => chalkgrad.get().labels")
    for _ in range(100):
        numbers = {name: rng.gauss(0, 2) for name in DOCUMENT}
        x, y = [rng.gauss(0, 1), rng.gauss(0, 1)], rng.choice([0.0, 1.0])
        every = numbers | {"x1": x[0], "x2": x[1], "y": y}
        leaves = [every[label] for label in labels if label in every]
        assert tab.page.evaluate("(x) => chalkgrad.set({ x })", leaves)
        assert_equal(read(tab), network(numbers, x, y))


def samples(count: int = 12) -> tuple[list[list[float]], list[float]]:
    rng = random.Random(7)
    points = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(count)]
    return points, [1.0 if a * b > 0 else 0.0 for a, b in points]


@pytest.mark.parametrize("batch", ["all", "one"])
def test_training_on_the_page_is_training_in_python(tab: Tab, tmp_path: Path, batch: str) -> None:
    points, targets = samples()
    model = MLP(2, [2, 1], "tanh", "sigmoid", rng=random.Random(5))
    tab.open(explore(model, points, targets, loss=bce, lr=0.3).save(tmp_path / "page.html"))
    before = tab.page.evaluate(GET)
    tab.page.select_option("#batch", batch)
    optimizer = SGD(model.parameters(), lr=0.3)
    for step in range(200):
        tab.page.click("#step")
        chosen = range(len(points)) if batch == "all" else [step % len(points)]
        loss = bce([model(points[i]) for i in chosen], [targets[i] for i in chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found = tab.page.evaluate("() => chalkgrad.losses().at(-1)")
        assert found == pytest.approx(loss.data, rel=1e-12)
    numbers = state(tab)
    for name, parameter in model.named_parameters().items():
        assert numbers[name] == pytest.approx(parameter.data, rel=1e-10)
    for _ in range(200):
        tab.page.click("#back")
    after = tab.page.evaluate(GET)
    assert after["x"] == before["x"] and after["values"] == before["values"] and after["sample"] == 0
