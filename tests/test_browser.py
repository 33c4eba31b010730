"""The pictures and the page of steps in a real browser: Chromium, without a window and without a network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, compare, dot, draw, step_through
from nn import MLP, SGD, fit, mse
from tests import browsing
from tests.browsing import Tab
from tests.pictures import document, micrograd, moons

pytestmark = browsing.NEEDED
browser, tab = browsing.browser, browsing.tab


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> str:
    return step_through(document()).save(tmp_path_factory.mktemp("page") / "page.html")


# ---------------------------------------------------------------- pictures

OVERFLOW = """
() => {
  const found = [];
  let texts = 0;
  const shapes = "path, polygon, ellipse";
  for (const group of document.querySelectorAll("g.node, g.cluster, g.edge, g.graph")) {
    const own = group.classList.contains("graph")
      ? [...group.children].filter((child) => child.tagName !== "g") : [...group.querySelectorAll(`${shapes}, text`)];
    const boxes = own.filter((e) => e.matches(shapes) && e.getAttribute("fill") !== "none").map((e) => e.getBBox());
    for (const text of own.filter((e) => e.tagName === "text")) {
      const t = text.getBBox();
      texts += 1;
      const inside = boxes.some((b) => b.x - 0.6 <= t.x && t.x + t.width <= b.x + b.width + 0.6
        && b.y - 1.5 <= t.y && t.y + t.height <= b.y + b.height + 1.5);
      if (!inside) found.push(`${group.id}: ${text.textContent} (${t.x}, ${t.y}, ${t.width}, ${t.height})`);
    }
  }
  return { texts, found };
}
"""


def awkward(label: str) -> Value:
    """A network with a label everywhere, and numbers that are long."""
    model = MLP(2, [2, 1], "tanh")
    loss = model([Value(-1.23456e-300, label), Value(99999.99994, label)])
    for node in loss.named().values():
        node.label = label
    loss.backward()
    return loss


def views(loss: Value, *names: str, **options: Any) -> list[Callable[[], Any]]:
    return [lambda name=name: draw(loss, name, **options) for name in names]


SHOWN: dict[str, Callable[[], list[Callable[[], Any]]]] = {
    "2-2-1": lambda: views(document(), "graph", "neurons", "network"),
    "2-2-1, opened up": lambda: views(document(), "graph", expand=True, local=True),
    "2-2-1, compared": lambda: views(
        document(), "graph", "neurons", comparison=compare(document(), {"w1": -1e-300, "delta2": 12345.67891})
    ),
    "moons": lambda: views(moons(), "graph", "neurons", "network"),
    "moons, folded": lambda: views(moons(), "graph", max_nodes=30),
    "micrograd": lambda: views(micrograd(), "graph"),
    "models": lambda: [lambda: draw(MLP(40, [30, 3])), lambda: draw(MLP(3, [4, 2]), "neurons")],
    **{
        f"label {label[:6]!r}": lambda label=label: views(awkward(label), "graph", "neurons", "network")
        for label in (
            "WWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
            "学习率学习率学习率学习率学习率",
            "🧑‍🏫 chalk 🧑‍🏫 chalk",
            "שלום עולם",
            "@%&" * 9,
        )
    },
}


@pytest.mark.parametrize("name", SHOWN)
def test_no_text_is_wider_than_its_box(tab: Tab, name: str) -> None:
    for make in SHOWN[name]():
        tab.show(make().pipe("svg", encoding="utf-8"))
        measured = tab.page.evaluate(OVERFLOW)
        assert measured["texts"] > 5
        assert measured["found"] == []


HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    "<!--<script x",
    '"quotes" {a|b} \\N \\G',
    "line\nbreak\x00\x07",
    "\u202ertl \u05e9\u05dc\u05d5\u05dd",
    "🧑‍🏫 ]]> --> <!--",
    "x" * 10_000,
]


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_are_shown_as_text_and_run_nothing(tab: Tab, label: str, tmp_path: Path) -> None:
    w, x = Value(2.0, label), Value(3.0, label)
    loss = dot([w], [x], 0.5).tanh()
    loss.label = label
    loss.backward()
    for view in ("graph", "neurons", "network"):
        tab.show(draw(loss, view).pipe("svg", encoding="utf-8"))
        start = "".join(tab.page.text_content("svg").split())
        assert "".join(label.split())[:5].strip("\x00\u202e") in start
    tab.open(step_through(loss).save(tmp_path / "page.html"))
    tab.key("End")
    assert "".join(label.split())[:5].strip("\x00\u202e") in "".join(tab.text("h1").split())
    assert tab.page.evaluate("document.scripts.length") == 2
    assert tab.page.evaluate("document.images.length") == 0


# ---------------------------------------------------------------- the page of steps


def test_the_keyboard_alone_goes_to_the_loss_and_back_to_w1(tab: Tab, steps: str) -> None:
    loss = document()
    named = loss.named()
    tab.open(steps)
    assert tab.exact("L", "data") == "" and tab.exact("w₁", "data") == "-7.16"
    tab.key("ArrowRight", 7)
    assert tab.text("#where") == "forward · step 7 of 27"
    assert tab.exact("L", "data") == repr(loss.data)
    assert tab.exact("z₁", "grad") == ""
    pressed = 0
    while tab.text("#title") != "From z₁ to w₁":
        tab.key("ArrowRight")
        pressed += 1
        assert pressed < 30
    assert tab.text("#lines").startswith("∂L/∂w₁ = δ₁ · ∂z₁/∂w₁")
    assert tab.exact("z₁", "grad") == repr(named["z1"].grad)
    assert tab.exact("w₁", "grad") == repr(named["w1"].grad)
    assert tab.exact("b₁", "grad") == ""
    tab.key("End")
    for name, node in named.items():
        shown = {"ŷ": "ŷ"}.get(name, name[0] + "₀₁₂₃₄₅₆₇₈₉"[int(name[1])] if name[1:].isdigit() else name)
        assert tab.exact(shown, "grad") == repr(node.grad), name


def test_the_card_in_the_picture_shows_delta_as_the_engine_has_it(tab: Tab, steps: str) -> None:
    from autograd.drawing import style

    tab.open(steps)
    read = """() => [...document.querySelectorAll('g.node')]
        .map((g) => [...g.querySelectorAll('text')].map((t) => t.textContent))"""
    z1 = document().named()["z1"]
    before = next(card for card in tab.page.evaluate(read) if card[0].startswith("z₁"))
    assert before[-3] == before[-1] == "–"
    tab.key("End")
    after = next(card for card in tab.page.evaluate(read) if card[0].startswith("z₁"))
    assert (after[-3], after[-1]) == (style.number(z1.data), style.number(z1.grad))


def test_what_is_lit_flows_and_is_said(tab: Tab, steps: str) -> None:
    tab.open(steps)
    tab.key("ArrowRight", 5)  # z3 from its five operands
    assert tab.page.locator("g.node.now").count() == 1
    assert tab.page.locator("g.edge.now").count() == 5
    assert tab.page.locator(".flow text").all_text_contents() == [
        "-5.0700",
        "-6.5800",
        "4.3828e-08",
        "1.1102e-06",
        "-6.7600",
    ]
    assert tab.page.locator("g.node.later").count() == 2
    assert tab.text("#say").startswith("Forward: z₃ is w₅·h₁ + w₆·h₂ + b₃")
    tab.key("ArrowRight", 5)
    assert tab.page.locator("g.node.now").count() == 2
    assert tab.page.locator("g.edge.now.minus").count() == 1
    assert tab.page.locator(".pill.unknown").count() == 15


def test_the_running_sum_is_shown_where_paths_meet(tab: Tab, steps: str) -> None:
    tab.open(steps)
    seen = []
    for _ in range(28):
        line = tab.text("#lines")
        if "sum at x₁" in line:
            seen.append((line.split("sum at x₁: ")[1], tab.page.locator(".pill.partial").count()))
        tab.key("ArrowRight")
    assert seen == [
        ("-5.4431e-05   (path 1 of 2)", 1),
        ("-5.4431e-05 + (-1.5892e-06) = -5.602e-05   (path 2 of 2)", 1),
    ]


def test_buttons_slider_and_play(tab: Tab, steps: str) -> None:
    tab.page.clock.install()
    tab.open(steps)
    assert tab.page.is_disabled("#previous") and tab.page.is_enabled("#next")
    tab.page.click("#next")
    tab.page.click("#last")
    assert tab.text("#where").endswith("step 27 of 27") and tab.page.is_disabled("#next")
    tab.page.click("#previous")
    assert tab.text("#where").endswith("step 26 of 27")
    tab.page.click("#first")
    tab.page.focus("#slider")
    tab.key("ArrowRight", 3)  # the slider's own keys move it by one, not by two
    assert tab.text("#where") == "forward · step 3 of 27"
    assert "Compute z₂" in str(tab.page.get_attribute("#slider", "aria-valuetext"))
    tab.page.evaluate("document.activeElement.blur()")
    tab.key(" ")
    assert tab.text("#play") == "pause"
    tab.page.clock.run_for(3500)
    assert tab.text("#where") == "forward · step 5 of 27"
    tab.key(" ")
    tab.page.clock.run_for(3500)
    assert tab.text("#where") == "forward · step 5 of 27"
    tab.page.focus("#next")
    tab.key(" ")  # presses the button, and does not play
    assert tab.text("#where") == "forward · step 6 of 27" and tab.text("#play") == "play"


def test_everything_can_be_reached_by_tab_and_has_a_name(tab: Tab, steps: str) -> None:
    tab.open(steps)
    reached = []
    for _ in range(7):
        tab.key("Tab")
        reached.append(tab.page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert reached == ["play", "next", "last", "slider", "Numbers so far", "All steps in words", reached[-1]]
    assert tab.page.get_attribute("#told", "aria-live") == "polite"
    assert tab.page.get_by_role("button", name="next").count() == 1
    assert tab.page.get_by_role("slider", name="step").count() == 1
    assert tab.page.get_by_role("img").count() == 1


def test_it_fits_the_window_and_follows_in_a_large_picture(tab: Tab, steps: str, tmp_path: Path) -> None:
    tab.open(steps)
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.open(step_through(moons(1)).save(tmp_path / "large.html"))
    tab.key("ArrowRight", 12)
    lit = tab.page.locator("g.node.now").bounding_box()
    frame = tab.page.locator("#picture svg").bounding_box()
    assert frame["x"] <= lit["x"] and lit["x"] + lit["width"] <= frame["x"] + frame["width"]
    assert frame["y"] <= lit["y"] and lit["y"] + lit["height"] <= frame["y"] + frame["height"]
    assert lit["width"] > 80
    spill = "() => [...document.querySelectorAll('g.node.now')].map((g) => g.getBBox().width)"
    assert max(tab.page.evaluate(spill)) < 110


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_colours_and_motion_of_the_reader(browser: Any, steps: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, reduced_motion="no-preference")
    tab = Tab(context)
    tab.open(steps)
    ground = tab.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 20, 24)"}[scheme]
    tab.key("ArrowRight")
    assert tab.page.locator(".bead").count() == 5
    assert tab.page.locator(".bead").first.is_visible()
    tab.page.emulate_media(reduced_motion="reduce")
    assert not tab.page.locator(".bead").first.is_visible()
    assert tab.complaints == []
    context.close()


def test_it_prints_the_whole_picture_and_all_steps(tab: Tab, steps: str) -> None:
    tab.open(steps)
    tab.page.emulate_media(media="print", color_scheme="dark")
    tab.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.page.locator("#all li").count() == 28
    assert tab.page.locator("#all li").last.is_visible()
    assert not tab.page.locator("#controls").is_visible()
    outline = tab.page.locator("g.node.now path").first.evaluate("e => getComputedStyle(e).stroke")
    assert outline == "rgb(0, 0, 0)"
    assert tab.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.exact("w₁", "grad") != ""
    tab.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.text("#where").endswith("step 0 of 27")
    assert tab.page.pdf().startswith(b"%PDF")


def test_it_works_inside_a_notebook(tab: Tab) -> None:
    page = step_through(document())
    tab.page.set_content(f"<body>{page._repr_html_()}{page._repr_html_()}</body>")
    frames = tab.page.frames[1:]
    assert len(frames) == 2
    for frame in frames:
        frame.wait_for_selector("#where")
        frame.click("#last")
        assert frame.text_content("#where") == "backward · step 27 of 27"


def test_without_scripts_the_steps_can_be_read(browser: Any, steps: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(Path(steps).as_uri())
    page.click("#all summary")
    assert "∂L/∂w₁ = δ₁ · ∂z₁/∂w₁" in page.inner_text("#all")
    assert "steps are listed below" in page.inner_text("main")
    context.close()


def test_a_training_run_moves_weights_and_boundary(tab: Tab, tmp_path: Path) -> None:
    model = MLP(2, [3, 1], "tanh")
    samples, targets = [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]], [0.0, 1.0, 1.0]
    optimizer = SGD(model.parameters(), lr=0.5)
    run = fit(model, samples, targets, loss=mse, optimizer=optimizer, epochs=9, record_parameters=True, progress=False)
    tab.open(step_through(run, model, samples, targets).save(tmp_path / "run.html"))

    def seen() -> tuple[Any, ...]:
        lines = tab.page.eval_on_selector_all("g.edge path", "all => all.map((e) => e.getAttribute('stroke-width'))")
        fields = tab.page.eval_on_selector_all("rect.field", "all => all.map((e) => e.getAttribute('fill'))")
        return lines, fields, tab.page.get_attribute("#now", "cx")

    first = seen()
    assert tab.text("#where") == "epoch · step 0 of 8"
    tab.key("End")
    assert all(a != b for a, b in zip(first, seen(), strict=True))
    assert tab.exact("w₁", "data") == repr(model.named_parameters()["w1"].data)
    tab.key("Home")
    assert seen() == first
