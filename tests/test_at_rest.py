"""What a cell shows that ends in a value, a model, a history or an optimiser; and text elsewhere."""

import base64
import random
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import autograd.drawing
from autograd import Value, draw
from nn import MLP, SGD, Adam, AdamW, History, Layer, Module, Neuron, fit, mse, shown
from tests.pictures import chain, document, micrograd, moons, small


class Line(Module):
    def __init__(self) -> None:
        self.m, self.c = Value(2.0, "<b>m</b>"), Value(1.0)


class Cells(HTMLParser):
    """The texts of a table, row by row, and the images beside it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.images: list[str] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True
        elif tag == "img":
            self.images.append(dict(attributes)["src"] or "")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


def trained() -> tuple[MLP, Adam, History]:
    model = MLP(2, [3, 1], "tanh", rng=random.Random(0))
    optimizer = Adam(model.parameters(), lr=0.1)
    points = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    history = fit(model, points, [0, 1, 1, 0], loss=mse, optimizer=optimizer, epochs=12, progress=False)
    return model, optimizer, history


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize("make", [small, document, micrograd, lambda: Value(1.5, "x"), lambda: moons(20)])
def test_a_value_is_its_picture_and_its_text(make: Any) -> None:
    value = make()
    bundle = value._repr_mimebundle_()
    assert bundle["text/plain"] == repr(value) and len(repr(value)) < 80
    picture = bundle["image/svg+xml"]
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert picture == draw(value, max_nodes=autograd.drawing.FEW_CARDS).pipe("svg", encoding="utf-8")


def test_the_picture_in_a_cell_is_the_picture_and_an_image_of_it() -> None:
    bundle = draw(small())._repr_mimebundle_()
    page, picture = bundle["text/html"], bundle["image/svg+xml"]
    assert picture[picture.index("<svg ") + 5 :] in page
    (image,) = Cells(page).images
    assert base64.b64decode(image.removeprefix("data:image/svg+xml;base64,")).decode() == picture
    assert 'hidden="hidden"' in page.split("<svg")[0] and "max-width: 100%" in page
    assert "<script" not in page and "http" not in re.sub(r'(xmlns(:xlink)?)="http://www.w3.org/[\w/]+"', "", page)
    assert draw(small())._repr_mimebundle_()["text/html"] == page
    only = draw(small())._repr_mimebundle_(include=["image/png"])
    assert set(only) == {"image/png", "text/plain"}


@pytest.mark.parametrize(
    "make",
    [
        lambda: MLP(2, [2, 1]), lambda: MLP(784, [30, 10]), lambda: MLP(2, [3] * 50), lambda: Layer(3, 2),
        lambda: Layer(100, 200), lambda: Neuron(3), lambda: Neuron(1000),
    ],
)  # fmt: skip
def test_a_model_is_a_picture_that_is_no_wall(make: Any) -> None:
    model = make()
    bundle = model._repr_mimebundle_()
    assert bundle["text/plain"] == repr(model)
    assert f": {len(model.parameters()):,} parameters</div>" in bundle["text/html"]
    assert len(bundle["image/svg+xml"]) < 90_000
    size = ElementTree.fromstring(bundle["image/svg+xml"]).get("height", "")
    assert float(size.removesuffix("pt")) < 800


def test_of_very_many_values_there_is_a_text_at_once() -> None:
    value = chain(1_000_000)
    bundle = value._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert re.search(r"more than 10,000 values; draw\(x, depth=3\)", bundle["text/plain"])
    assert len(chain(9_000)._repr_mimebundle_()["image/svg+xml"]) < 200_000  # folded


def test_without_graphviz_there_is_a_text_or_a_table() -> None:
    program = (
        "import sys; sys.modules['graphviz'] = None\n"
        "from autograd import Value; from nn import MLP\n"
        "print(Value(2.0, 'x')._repr_mimebundle_())\n"
        "b = MLP(1, [1])._repr_mimebundle_(); print(sorted(b), '<td>w1</td>' in b['text/html'])"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.splitlines() == [
        "{'text/plain': \"Value(data=2.0, grad=–, label='x')\"}",
        "['text/html', 'text/plain'] True",
    ]


# ---------------------------------------------------------------- tables


def test_a_module_of_ones_own_is_a_table_of_its_parameters() -> None:
    line = Line()
    (line.m * 3.0).backward()
    page = line._repr_mimebundle_()["text/html"]
    assert Cells(page).rows == [
        ["", "data", "grad"],
        ["<b>m</b>", "2.000000", "3.000000"],
        ["p2", "1.000000", "–"],
    ]
    assert "<b>" not in page
    assert repr(line) == "<Line: 2 parameters>"


@pytest.mark.parametrize("kind", [SGD, Adam, AdamW])
def test_an_optimiser_shows_what_its_next_step_will_do(kind: Any) -> None:
    model = MLP(2, [3, 1], "tanh", rng=random.Random(1))
    options = {"momentum": 0.9} if kind is SGD else {}
    optimizer = kind(model.parameters(), lr=0.1, **options)
    for target in (1.0, 0.5):
        optimizer.zero_grad()
        mse(model([0.5, -1.0]), target).backward()
        page = optimizer._repr_html_()
        before = model.state_dict()
        rows = Cells(page).rows
        assert rows[0] == ["", "data", "grad", "after step()"]
        assert [row[0] for row in rows[1:]] == list(before)[: shown.FEW]
        optimizer.step()
        after = model.state_dict()
        for name, data, _, then in rows[1:]:
            assert float(data) == pytest.approx(before[name], abs=1e-6)
            assert float(then) == pytest.approx(after[name], abs=1e-6)
        assert "… and 3 more" in page
        assert any(abs(before[name] - after[name]) > 1e-3 for name in before)


def test_optimisers_say_how_they_are_set() -> None:
    w = [Value(1.0, "w")]
    assert repr(SGD(w, 0.1)) == "SGD(1 parameter, lr=0.1)"
    assert repr(SGD(w, 0.1, momentum=0.9, nesterov=True)) == "SGD(1 parameter, lr=0.1, momentum=0.9, nesterov=True)"
    assert repr(AdamW(w)) == "AdamW(1 parameter, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01)"


def test_a_history_shows_its_numbers_and_its_curve() -> None:
    _, _, history = trained()
    page = history._repr_html_()
    cells = Cells(page)
    first, best, last = history.losses[0], min(history.losses), history.losses[-1]
    assert cells.rows[0] == ["", "first epoch", f"best, epoch {history.best_epoch}", "last epoch"]
    assert [float(x) for x in cells.rows[1][1:]] == pytest.approx([first, best, last], abs=1e-6)
    assert "12 epochs" in page
    (image,) = cells.images
    svg = ElementTree.fromstring(base64.b64decode(image.partition(",")[2]))
    line = svg.findall("{http://www.w3.org/2000/svg}polyline")[-1]
    points = [tuple(map(float, point.split(","))) for point in line.get("points", "").split()]
    assert len(points) == 12
    assert max(points, key=lambda p: p[1])[0] == points[history.losses.index(best)][0]  # y goes down
    assert History()._repr_html_() == "<div>History: 0 epochs, backend eager</div>"


@pytest.mark.parametrize("losses", [[1.0], [float("nan"), 1.0, float("inf")], [1.0, 1e-9], [0.0, 0.0], [2.0] * 10_000])
def test_any_losses_have_a_curve(losses: list[float]) -> None:
    page = History(losses=losses, validation_losses=losses[:1])._repr_html_()
    (image,) = Cells(page).images
    drawn = base64.b64decode(image.partition(",")[2]).decode()
    assert len(drawn) < 10_000 and "nan" not in drawn and "inf" not in drawn
    assert ("log scale" in drawn) == (losses == [1.0, 1e-9])
    ElementTree.fromstring(drawn)
