"""Reports of `check` in a real browser: as a page, and in a JupyterLab with its kernel, light and dark."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd.programs.reading import read
from autograd.programs.report import Report, report
from autograd.programs.several import Reports
from tests import browsing
from tests.fake_check import examine
from tests.jupyterlab import READY, Lab, lab

ROOT = Path(__file__).resolve().parents[1]
SHOTS = os.environ.get("CHALKGRAD_SHOTS", "")
"""A folder for screenshots to look at."""

pytestmark = browsing.NEEDED
browser = browsing.browser

SETUP = "lr = 0.1\ng = 2.0\nw, b = 1.0, 0.5"
TRAINING = """# one step
loss = (w * 3 + b) ** 2  # loss
w -= lr * g * 3  # wrong: sign
b -= lr * g
print("step done, <b>not bold</b>")"""
HOSTILE = ("<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "</style><script>alert(3)</script>", "\u202er")
GROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 20, 24)"}
MARKED = {"light": "rgb(245, 184, 206)", "dark": "rgb(122, 37, 73)"}


def reported(text: str) -> Report:
    source = read(text)
    return report(source, examine(source.request(1.0)))


def shot(tab: Any, name: str) -> None:
    if SHOTS:
        tab.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_marks_the_wrong_lines_and_asks_for_nothing(browser: Any, tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "report.html"
    path.write_text(reported(f"{SETUP}\n{TRAINING}").html, encoding="utf-8")
    context = browser.new_context(color_scheme=scheme)
    tab = context.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(path.as_uri())
    shot(tab, f"page-{scheme}")
    assert asked == [path.as_uri()]
    assert tab.text_content(".source .off") == "   6 1 w -= lr * g * 3  # wrong: sign"
    assert tab.locator(".source .off mark").inner_text() == "lr * g * 3"
    card = tab.locator(".chalkgrad-check")
    assert card.evaluate("e => getComputedStyle(e).backgroundColor") == GROUND[scheme]
    assert tab.locator(".source .fine").count() == 1
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(browser: Any, tmp_path: Path, text: str) -> None:
    said = reported(f'w -= 2  # wrong: sign\nx = "{text}"')
    finding = said.findings[0]
    spoilt = {
        "name": text, "text": text, "right": text, "remedy": text, "also": [text], "stands": text, "code": text,
        "parameters": [text], "says": text, "note": text,
    }  # fmt: skip
    answer: dict[str, Any] = said.to_dict()
    answer["findings"] = [{**answer["findings"][0], **spoilt}]
    answer["parameters"] = [{**answer["parameters"][0], **spoilt}]
    answer |= {"network": text, "optimizer": text, "notes": [text]}
    again = report(said.source, answer)
    assert again.verdict == "wrong" and finding.line == 1
    path = tmp_path / "report.html"
    path.write_text(Reports([again, again]).html, encoding="utf-8")
    tab = browser.new_page()
    complaints: list[str] = []
    tab.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(path.as_uri())
    assert complaints == [] and asked == [path.as_uri()]
    assert tab.evaluate("document.scripts.length + document.images.length") == 0
    shown = text.removeprefix("\u202e")
    assert tab.evaluate("document.body.textContent").count(shown) >= 10
    tab.close()


def test_lines_far_from_any_mark_are_folded(browser: Any, tmp_path: Path) -> None:
    filler = "\n".join(f"a{i} = {i}" for i in range(200))
    path = tmp_path / "report.html"
    path.write_text(reported(f"{filler}\n{TRAINING}\n{filler}").html, encoding="utf-8")
    tab = browser.new_page()
    tab.goto(path.as_uri())
    assert tab.locator(".source summary").all_inner_texts() == ["199 lines", "198 lines"]
    assert not tab.get_by_text("a100 = 100").first.is_visible()
    tab.locator(".source summary").first.click()
    assert tab.get_by_text("a100 = 100").first.is_visible()
    tab.close()


# ---------------------------------------------------------------- JupyterLab


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    if importlib.util.find_spec("jupyterlab") is None:
        pytest.skip("needs JupyterLab: pip install 'chalkgrad[notebook]'")
    cells = ["import tests.fake_check; tests.fake_check.install()", "%load_ext autograd", SETUP, f"%%check\n{TRAINING}"]
    with lab(tmp_path_factory.mktemp("lab"), [*cells, "%check"]) as running:
        yield running


def test_a_checked_cell_in_jupyterlab_shows_its_marked_source_in_light_and_dark(browser: Any, notebook: Lab) -> None:
    context = browser.new_context(color_scheme="light", viewport={"width": 1200, "height": 1300})
    tab = context.new_page()
    dialogs: list[str] = []
    tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    tab.goto(notebook.url)
    tab.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=120_000)
    tab.wait_for_function(READY, timeout=120_000)
    tab.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    tab.wait_for_function("() => document.querySelectorAll('.chalkgrad-check').length === 2", timeout=120_000)
    card = tab.locator(".chalkgrad-check").first
    assert card.locator(".source .off mark").inner_text() == "lr * g * 3"
    assert "cell 4 line 4" in card.inner_text()
    assert "was run as usual" in card.inner_text()
    outputs = tab.locator(".jp-Cell").nth(3).locator(".jp-OutputArea-output")
    assert outputs.first.inner_text().strip() == "step done, <b>not bold</b>"
    assert "cell 3 line" not in tab.locator(".chalkgrad-check").nth(1).locator(".head").inner_text()
    for scheme, theme in (("light", "JupyterLab Light"), ("dark", "JupyterLab Dark")):
        other = "dark" if scheme == "light" else "light"
        tab.emulate_media(color_scheme=other)  # the notebook's theme goes before that of the system
        tab.evaluate("theme => { jupyterapp.commands.execute('apputils:change-theme', { theme }); }", theme)
        tab.wait_for_function(
            "dark => document.body.dataset.jpThemeLight === String(!dark)", arg=scheme == "dark", timeout=60_000
        )
        tab.wait_for_timeout(500)
        card.scroll_into_view_if_needed()
        shot(tab, f"lab-{scheme}")
        assert card.evaluate("e => getComputedStyle(e).backgroundColor") == GROUND[scheme]
        mark = card.locator(".source .off mark")
        assert mark.evaluate("e => getComputedStyle(e).backgroundColor") == MARKED[scheme]
    assert dialogs == []
    context.close()
