"""The live page in a real browser: its numbers are those of the engine, whatever is done with it."""

import math
import random
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, dot, explore, leaky_relu, step_through
from nn import MLP, SGD, bce, cross_entropy, fit, hinge
from tests import browsing
from tests.browsing import Tab
from tests.pictures import DOCUMENT, document, micrograd

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


# ---------------------------------------------------------------- what is told of a number


def told(tab: Tab) -> str:
    """The derivation as it stands beside the picture, without the spaces of its typesetting."""
    return "".join(tab.page.inner_text("#told").split())


def test_a_click_tells_where_a_number_comes_from_and_its_figures_move(tab: Tab, page: str) -> None:
    tab.open(page)
    tab.page.locator(".num[data-k=g]", has_text="2.219×10⁻⁸").click()
    assert "=2.2195×10⁻⁷·0.1=2.2195×10⁻⁸" in told(tab)
    x1 = tab.page.get_by_role("spinbutton", name="x₁", exact=True).first
    box = x1.bounding_box()
    tab.page.mouse.move(box["x"] + 20, box["y"] + 8)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + 40, box["y"] + 8, steps=4)
    assert tab.page.evaluate("document.body.classList.contains('dragging')")
    tab.page.mouse.up()
    assert state(tab)["x1"] == pytest.approx(0.3)
    assert "·0.3=" not in told(tab) and "0.3" in told(tab)  # what was dragged is now what is told about


def test_hovering_a_factor_lights_it_in_the_picture_and_the_reverse(tab: Tab, page: str) -> None:
    tab.open(page)
    places = tab.page.locator("#told .block").first.locator(".place[data-n]")
    node = places.first.get_attribute("data-n")
    places.first.hover()
    assert tab.page.locator("svg .num.lit").evaluate_all("all => all.map((e) => e.dataset.n)") == [node]
    tab.page.locator(f"svg .num[data-n='{node}'][data-k=v]").first.hover()
    assert tab.page.locator("#told .place.lit").count() >= 2  # in the formula, and in the numbers
    tab.page.locator("h1").hover()
    assert tab.page.locator(".lit").count() == 0


def test_each_line_follows_from_the_numbers_it_shows(tab: Tab, page: str) -> None:
    tab.open(page)
    tab.page.evaluate("(x) => chalkgrad.set({ x })", [0.5, -0.25, 4.0, 4.0, 1.0, 1.0, 3.75, 1.0, 2.0, 0.0, 0.0, 1.0])
    labels = tab.page.evaluate("() => chalkgrad.get().labels")
    tab.page.locator(f"svg .num[data-n='{labels.index('z1')}'][data-k=g]").click()
    numbers = told(tab).split("=")[2].replace("−", "-").replace("(", "").replace(")", "")  # δ₃·w₅·h₁·(1 − h₁)
    delta, w, h, rest = numbers.split("·")
    assert rest == f"1-{h}" and len(h) > 7  # as many digits of h as 1 - h needs
    value = float(delta) * float(w) * float(h) * (1 - float(h))
    shown = told(tab).split("=")[3].split("×10")[0].replace("−", "-")
    assert f"{value:.4e}".startswith(shown[:6])


def test_beyond_a_kink_no_formula_stands_that_does_not_hold(tab: Tab, tmp_path: Path) -> None:
    x = Value(2.0, "x")
    tab.open(explore(leaky_relu(x) * 3.0).save(tmp_path / "page.html"))
    place = tab.page.evaluate("() => chalkgrad.get().labels.indexOf('x')")
    tab.page.locator(f"svg .num[data-n='{place}'][data-k=g]").click()
    formula, kink = tab.page.locator("#told .formula").first, tab.page.locator("#told .kink").first
    assert formula.is_visible() and not kink.is_visible()
    tab.page.evaluate("() => chalkgrad.set({ x: [-2] })")
    settle(tab)
    assert not formula.is_visible() and kink.is_visible()
    assert tab.page.locator("#told .value").first.inner_text().split("=")[1].strip() == "0.03"


# ---------------------------------------------------------------- walking


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> str:
    return step_through(document()).save(tmp_path_factory.mktemp("walk") / "page.html")


def test_the_keyboard_walks_to_the_loss_back_and_through_the_update(tab: Tab, walk: str) -> None:
    tab.open(walk)
    assert tab.text("#where") == "what is given · 0 of 30"
    assert tab.page.locator("svg .figure", has_text="–").count() == 24
    tab.key("ArrowRight", 7)
    assert tab.text("#where") == "forward · 7 of 30" and "=6.7612" in told(tab)
    assert tab.page.locator("svg .num.from").count() == 2  # ŷ and y
    tab.key("ArrowRight")
    assert tab.text("#where") == "backward · 8 of 30"
    assert told(tab).endswith("cancels") and "=0.0011579−1=−0.99884" in told(tab)
    assert "δ₃ is −0.99884" in tab.text("#say")
    tab.key("End")
    assert tab.text("#where") == "the update · 30 of 30"
    b3 = tab.page.get_by_role("spinbutton", name="b₃", exact=True).first
    browsing.playwright.expect(b3).to_have_attribute("aria-valuetext", "−6.6601")
    assert state(tab)["b3"] == -6.76  # not before all of them are known
    tab.page.click("#next")
    assert state(tab)["b3"] == pytest.approx(-6.76 + 0.1 * 0.9988421217877943, rel=1e-15)
    assert tab.text("#where").endswith(" 0 of 30")
    tab.page.click("#to-play")
    tab.page.click("#back")
    assert state(tab)["b3"] == -6.76


def test_the_next_number_can_be_predicted(tab: Tab, walk: str) -> None:
    tab.open(walk)
    tab.page.check("#predict")
    tab.page.click("#next")
    value = tab.page.locator("#told .line > .value")
    assert not value.is_visible()
    z1 = tab.page.evaluate("() => chalkgrad.get().labels.indexOf('z1')")
    assert tab.page.locator(f"svg .num[data-n='{z1}'][data-k=v] .figure").text_content() == "–"
    tab.page.fill("#guess", "16.9")
    tab.key("Enter")
    assert tab.text(".verdict") == "Not quite: the sign is the other one." and value.is_visible()
    tab.page.click("#next")
    tab.page.fill("#guess", "4.38e-8")
    tab.page.click("#told button")
    assert tab.text(".verdict") == "Right."


def test_it_plays_at_the_pace_that_is_chosen(tab: Tab, walk: str) -> None:
    tab.page.clock.install(time=datetime(2026, 1, 1))
    tab.open(walk)
    tab.page.clock.pause_at(datetime(2026, 1, 2))  # from here on time passes only as it is told to
    tab.page.select_option("#pace", "700")
    tab.page.click("#run")
    assert tab.text("#run") == "Pause"
    tab.page.clock.run_for(2200)
    assert tab.text("#where") == "forward · 3 of 30"
    tab.page.click("#run")
    tab.page.clock.run_for(5000)
    assert tab.text("#where") == "forward · 3 of 30"
    tab.page.focus("#place")
    tab.key("ArrowRight", 2)
    assert tab.text("#where") == "forward · 5 of 30"


# ---------------------------------------------------------------- samples, classes, a training that was


def test_samples_are_chosen_and_wrong_ones_counted(tab: Tab, tmp_path: Path) -> None:
    points, targets = samples()
    model = MLP(2, [2, 1], "tanh", "sigmoid", rng=random.Random(5))
    tab.open(explore(model, points, targets, loss=bce).save(tmp_path / "page.html"))
    tab.page.select_option("#sample", "3")
    assert (state(tab)["x1"], state(tab)["x2"], state(tab)["y"]) == (*points[3], targets[3])
    right = sum((model(x).data > 0.5) == (y > 0.5) for x, y in zip(points, targets, strict=True))
    settle(tab)
    assert tab.text("#right").startswith(f"{right} of 12 right")
    assert tab.page.locator("#boundary canvas").is_visible() and tab.page.locator("#bent canvas").is_visible()
    tab.page.evaluate("() => chalkgrad.train(2000)")
    settle(tab)
    assert tab.text("#right") != f"{right} of 12 right"
    tab.page.locator("svg .map").first.hover()
    assert tab.page.locator("#lens").is_visible() and tab.text("#lens p") == "what h₁ says over x₁ and x₂"


COLOURS = """(places) => {
  const { width, height } = document.querySelector("#boundary canvas");
  const { data } = document.querySelector("#boundary canvas").getContext("2d").getImageData(0, 0, width, height);
  const at = ([across, down]) => 4 * (Math.floor(down * height) * width + Math.floor(across * width));
  return places.map((place) => data.slice(at(place), at(place) + 4).join());
}"""
"""Of the plane, where shares of its width and height are given."""


def test_of_many_classes_each_has_a_colour_where_the_network_says_it(tab: Tab, tmp_path: Path) -> None:
    rng = random.Random(6)
    points = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(9)]
    targets = [2 * (a > 0) + (b > 0) for a, b in points]
    model = MLP(2, [5, 4], "tanh", rng=rng)
    tab.open(explore(model, points, targets, loss=cross_entropy, lr=0.5).save(tmp_path / "page.html"))
    tab.page.evaluate("() => chalkgrad.train(300)")
    settle(tab)
    now = state(tab)
    model.load_named({name: now[name] for name in model.named_parameters()})
    (left, across), (low, down) = ((min(x) - 0.15 * (max(x) - min(x)), 1.3 * (max(x) - min(x)))
                                   for x in zip(*points, strict=True))  # fmt: skip
    places = [(a / 20, b / 20) for a in range(1, 20) for b in range(1, 20)]
    colours: dict[int, set[str]] = {}
    for (a, b), colour in zip(places, tab.page.evaluate(COLOURS, places), strict=True):
        near = [[left + (a + i) * across, low + (1 - b + j) * down] for i in (-0.04, 0.04) for j in (-0.04, 0.04)]
        said = {max(range(4), key=[z.data for z in model(point)].__getitem__) for point in near}
        if len(said) == 1 and min(math.dist(point, sample) for sample in points for point in near) > 0.12:
            colours.setdefault(said.pop(), set()).add(colour)  # not beside a line, nor a sample
    assert len(colours) >= 3 and all(len(own) == 1 for own in colours.values())
    assert len(set.union(*colours.values())) == len(colours)


def settle(tab: Tab) -> None:
    tab.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_every_class_has_the_engines_gradients(tab: Tab, tmp_path: Path) -> None:
    points = samples()[0]
    targets = [int(a > 0) + int(b > 0) for a, b in points]
    model = MLP(2, [3, 3], "tanh", rng=random.Random(5))
    tab.open(explore(model, points, targets, loss=cross_entropy, lr=0.2).save(tmp_path / "page.html"))
    for place, (x, y) in enumerate(zip(points, targets, strict=True)):
        tab.page.select_option("#sample", str(place))
        got = tab.page.evaluate(GET)
        loss = cross_entropy(model(x), y)
        for p in model.parameters():
            p.grad = 0.0
        loss.backward()
        found = dict(zip(got["labels"], zip(got["values"], got["gradients"], strict=True), strict=True))
        for name, node in loss.named().items():
            assert found[name] == pytest.approx((node.data, node.grad), rel=1e-12, abs=1e-18), name
    optimizer = SGD(model.parameters(), lr=0.2)
    fit(model, points, targets, loss=cross_entropy, optimizer=optimizer, epochs=50, backend="eager", progress=False)
    tab.page.evaluate("() => chalkgrad.train(50)")
    numbers = state(tab)
    for name, p in model.named_parameters().items():
        assert numbers[name] == pytest.approx(p.data, rel=1e-11)


def test_a_training_is_gone_through_and_gone_on_with_from_any_epoch(tab: Tab, tmp_path: Path) -> None:
    points, targets = samples()
    model = MLP(2, [2, 1], "tanh", "sigmoid", rng=random.Random(5))
    optimizer = SGD(model.parameters(), lr=0.5)
    history = fit(model, points, targets, loss=bce, optimizer=optimizer, epochs=98, progress=False)
    tab.open(history.step_through().save(tmp_path / "page.html"))
    end = state(tab)
    for name, parameter in model.named_parameters().items():
        assert end[name] == parameter.data
    tab.page.focus("#epoch")
    tab.key("Home")
    tab.key("ArrowRight", 20)
    assert tab.page.get_attribute("#epoch", "aria-valuetext") == "after 40 epochs"
    middle = tab.page.evaluate(GET)["x"]
    tab.page.evaluate("() => chalkgrad.train(58)")
    on = state(tab)
    for name, parameter in model.named_parameters().items():
        assert on[name] == pytest.approx(parameter.data, rel=1e-9)
    losses = tab.page.evaluate("() => chalkgrad.losses()")
    assert losses == pytest.approx(history.losses, rel=1e-5)
    tab.page.click("#back")
    assert tab.page.evaluate(GET)["x"] == middle
    tab.page.click("#reset")
    assert state(tab) == end


# ---------------------------------------------------------------- for every reader


def test_the_link_and_the_snippet_carry_the_numbers(tab: Tab, page: str) -> None:
    tab.open(page)
    rng = random.Random(8)
    x = [rng.gauss(0, 3) * 10 ** rng.randint(-9, 3) for _ in range(12)]
    tab.page.evaluate("(x) => chalkgrad.set({ x })", x)
    tab.page.evaluate("document.getElementById('sharing').open = true")
    tab.page.wait_for_function("document.getElementById('snippet').value")
    space: dict[str, Any] = {}
    exec(tab.page.input_value("#snippet"), space)
    assert space["parameters"]["w5"] == state(tab)["w5"] and set(space["parameters"]) == set(DOCUMENT)
    assert space["x"] == [state(tab)["x1"], state(tab)["x2"]] and space["y"] == state(tab)["y"]
    tab.page.click("#copy-link")
    link = tab.page.input_value("#snippet")
    before = tab.page.evaluate(GET)
    tab.page.goto("about:blank")
    tab.page.goto(link)
    assert tab.page.evaluate(GET) == before
    tab.page.goto("about:blank")
    tab.page.goto(link.partition("#")[0] + "#%7Bbroken")
    assert tab.text("#say") == "the link holds no numbers of this page"


@pytest.mark.parametrize(
    "label", ["</script><script>alert(1)</script>", '<img src="x" onerror="alert(1)">', "two\nlines"]
)
def test_hostile_labels_are_shown_as_text_and_run_nothing(tab: Tab, label: str, tmp_path: Path) -> None:
    w, x = Value(1.5, label), Value(2.0, "x1")
    loss = (dot([w], [x], Value(0.5, label + "b")).tanh() - 0.25) ** 2
    loss.label = label
    for view in ("graph", "neurons", "network"):
        tab.open(explore(loss, view=view).save(tmp_path / "page.html"))
        tab.page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
        for shape in tab.page.locator("svg [data-n]").all()[:12]:
            shape.dispatch_event("click")
        assert tab.page.evaluate("document.scripts.length") == 2
        assert tab.page.evaluate("document.images.length") == 0
        assert "".join(label.split())[:7] in "".join(tab.page.inner_text("#numbers").split())


def test_a_finger_drags_sideways(browser: Any, page: str) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 400, "height": 800})
    tab = Tab(context)
    tab.open(page)
    x1 = tab.page.get_by_role("spinbutton", name="x₁", exact=True).first
    box = x1.bounding_box()
    session = context.new_cdp_session(tab.page)
    y = box["y"] + 8
    for kind, dx in (("touchStart", 0), ("touchMove", 10), ("touchMove", 20), ("touchEnd", None)):
        at = [] if dx is None else [{"x": box["x"] + 20 + dx, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    assert state(tab)["x1"] == pytest.approx(0.3)
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.complaints == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_colours_of_the_system_and_of_the_notebook(browser: Any, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme)
    tab = Tab(context)
    shown = explore(document())._repr_html_()
    ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 20, 24)"}
    for attributes, wanted in (
        ("", scheme),
        ('data-jp-theme-light="false"', "dark"),
        ('data-jp-theme-light="true"', "light"),
        ('class="vscode-dark"', "dark"),
    ):
        tab.page.set_content(f"<body {attributes}>{shown}</body>")
        frame = tab.page.locator("iframe").element_handle().content_frame()
        frame.wait_for_function("() => globalThis.chalkgrad")
        found = frame.evaluate("getComputedStyle(document.body).backgroundColor")
        assert found == ground[wanted], attributes
    assert tab.complaints == []
    context.close()


def test_two_pages_in_a_notebook_answer_the_notebook(tab: Tab) -> None:
    shown = explore(document())._repr_html_()
    tab.page.set_content(f"<body>{shown}{shown}</body>")
    for frame in tab.page.frames[1:]:
        frame.wait_for_function("() => globalThis.chalkgrad")
    answer = tab.page.evaluate(
        """() => new Promise((done) => {
          addEventListener("message", (event) => event.data.chalkgrad === "state" && done(event.data.state.x));
          const frame = document.querySelectorAll("iframe")[1].contentWindow;
          frame.postMessage({ chalkgrad: "set", state: { x: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0.5] } }, "*");
          frame.postMessage({ chalkgrad: "get" }, "*");
        })"""
    )
    assert answer == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0.5]
    first = tab.page.frames[1].evaluate(GET)
    assert first["x"] != answer


def test_it_prints_the_picture_and_the_derivation(tab: Tab, page: str) -> None:
    tab.open(page)
    tab.page.emulate_media(media="print", color_scheme="dark")
    assert not tab.page.locator("#controls").is_visible() and tab.page.locator("#derivation").is_visible()
    assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.page.pdf().startswith(b"%PDF")


def test_without_scripts_the_steps_can_be_read(browser: Any, page: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto(Path(page).as_uri())
    assert "δ₃ = ŷ − y = 0.0011579 − 1 = −0.99884" in shown.inner_text("main")
    context.close()


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, which looks for what keeps readers out."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm, for axe-core")
    folder = tmp_path_factory.mktemp("axe")
    done = subprocess.run([npm, "install", "--prefix", str(folder), "axe-core@4"], capture_output=True, timeout=200)
    if done.returncode:
        pytest.skip("axe-core could not be fetched")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Any, axe: str, scheme: str, tmp_path: Path) -> None:
    points, targets = samples()
    pages = {
        "walk": step_through(document()),
        "play": explore(MLP(2, [2, 1], "tanh", "sigmoid"), points, targets, loss=bce),
        "large": explore(MLP(2, [16, 16, 1]), points, [2 * y - 1 for y in targets], loss=hinge),
        "graph": explore(micrograd()),
    }
    for name, shown in pages.items():
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        tab = Tab(context)
        tab.open(shown.save(tmp_path / f"{name}.html"))
        if name == "walk":
            tab.key("ArrowRight", 9)
        tab.page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
        settle(tab)
        tab.page.evaluate(axe)
        found = tab.page.evaluate("axe.run(document)")["violations"]
        assert [(name, one["id"], one["nodes"][0]["html"]) for one in found] == []
        context.close()


# ---------------------------------------------------------------- how quick it is


def test_times_are_printed(tab: Tab, tmp_path: Path) -> None:
    points, targets = samples(100)
    model = MLP(2, [16, 16, 1], rng=random.Random(1))
    tab.open(explore(model, points, [2 * y - 1 for y in targets], loss=hinge).save(tmp_path / "page.html"))
    moving = """async (steps) => {
      const { x } = chalkgrad.get();
      const times = [];
      for (let k = 0; k < steps; k++) {
        x[3] += 0.01;
        chalkgrad.set({ x });
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        times.push(chalkgrad.drawn());
      }
      return times.sort((a, b) => a - b)[steps >> 1];
    }"""
    drawn = tab.page.evaluate(moving, 60)
    epochs = (
        "() => { const begin = performance.now(); chalkgrad.train(300); return (performance.now() - begin) / 300; }"
    )
    tab.page.evaluate(epochs)
    print(f"\n2-16-16-1: redrawn in {drawn:.1f} ms, an epoch of 100 samples {tab.page.evaluate(epochs):.2f} ms")
    rng = random.Random(2)
    level = [Value(rng.gauss(0, 1), f"a{i}") for i in range(800)]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [a * b + a if i % 2 else a - b for i, (a, b) in enumerate(pairs)] + level[len(level) // 2 * 2 :]
    tab.open(explore(level[0], view="graph").save(tmp_path / "graph.html"))
    count = tab.page.evaluate("() => chalkgrad.get().values.length")
    print(f"a graph of {count:,} values: redrawn in {tab.page.evaluate(moving, 30):.1f} ms")
    assert count > 1900
