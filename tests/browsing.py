"""A real browser for tests: Chromium, without a window and without a network."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("CHALKGRAD_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

try:
    from playwright import sync_api as playwright
except ImportError:  # where only the extra `test` is installed
    playwright = None

NEEDED = pytest.mark.skipif(
    playwright is None or not CHROMIUM,
    reason="needs playwright, pip install 'chalkgrad[browser]', and a Chromium on the PATH, apt-get install chromium",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as engines:
        started = engines.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


class Tab:
    """A page in the browser that notes what it complains of, asks for and is made to do."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def show(self, svg: str) -> None:
        self.page.set_content(f"<body>{svg}</body>")

    def open(self, path: str | Path) -> None:
        self.page.goto(Path(path).resolve().as_uri())

    def key(self, name: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(name)

    def text(self, selector: str) -> str:
        return str(self.page.text_content(selector))

    def exact(self, name: str, kind: str) -> str:
        """A number of the page as it was computed, "" where it is not known yet."""
        return str(self.page.get_attribute(f'tr[data-name="{name}"] td[data-of="{kind}"]', "data-exact"))


@pytest.fixture
def tab(browser: Any) -> Iterator[Tab]:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    tab = Tab(context)
    yield tab
    assert tab.complaints == []
    assert [url for url in tab.requests if not url.startswith(("file:", "data:", "about:"))] == []
    context.close()
