"""The pictures: what they show, that they survive any label, and that they need no system Graphviz."""

import math
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import graphviz
import pytest

from autograd import ops
from autograd.drawing import draw, engine, style, webassembly
from autograd.drawing.graph_view import LARGE, LIMIT, roles, slopes
from autograd.graph import topological_order
from autograd.names import shown as shown_as
from autograd.value import Value

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="the stand-in for an engine is a script with a #! line")


def network(target: float = 1.0) -> Value:
    """The loss of a 2-2-1 network with its gradients."""
    w = [Value(v, f"w{i}") for i, v in enumerate((0.5, -0.3, 0.8, 0.2, -0.7, 0.9), 1)]
    b = [Value(v, f"b{i}") for i, v in enumerate((0.1, -0.2, 0.05), 1)]
    x = [Value(1.0, "x1"), Value(0.5, "x2")]
    z1, z2 = ops.dot(w[0:2], x, b[0]), ops.dot(w[2:4], x, b[1])
    h1, h2 = z1.sigmoid(), z2.sigmoid()
    z3 = ops.dot(w[4:6], [h1, h2], b[2])
    y = z3.sigmoid()
    loss: Value = ops.binary_cross_entropy(y, target)
    labels = ("z1", "z2", "h1", "h2", "z3", "ŷ", "L")
    for node, label in zip((z1, z2, h1, h2, z3, y, loss), labels, strict=True):
        node.label = label
    loss.backward()
    return loss


def svg(picture: engine.Drawing) -> Element:
    """The root of the picture as an XML document."""
    return ElementTree.fromstring(picture.pipe("svg"))


def groups(root: Element, kind: str) -> list[tuple[str, Element]]:
    """The `node` or `edge` groups of an SVG by title, in order."""
    found = [group for group in root.iter(f"{SVG}g") if group.get("class") == kind]
    return [(group.findtext(f"{SVG}title", ""), group) for group in found]


def texts(element: Element) -> list[str]:
    """All texts that are shown inside an element."""
    return ["".join(text.itertext()).replace("\xa0", " ").strip() for text in element.iter(f"{SVG}text")]


def tooltips(root: Element) -> list[str]:
    """What is shown when the mouse rests on a card or an edge."""
    return [anchor.get(f"{XLINK}title", "") for anchor in root.iter(f"{SVG}a")]


def line(group: Element, attribute: str) -> str:
    """An attribute of the outline of a card, or of the line of an edge."""
    return next(group.iter(f"{SVG}path")).get(attribute, "")


def card(root: Element, label: str) -> list[str]:
    """The texts of the card with a label."""
    return next(texts(group) for _, group in groups(root, "node") if texts(group)[0] == label)


def script(folder: Path, body: str) -> str:
    """An executable Python script, to stand in for a layout engine."""
    path = folder / "engine"
    path.write_text(f"#!{sys.executable}\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither graphviz-pure nor dot nor a variable that names one."""
    monkeypatch.delenv(engine.VARIABLE, raising=False)
    monkeypatch.setattr(engine, "_pure_program", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)


# ---------------------------------------------------------------- cards and edges


def test_every_value_is_a_card_and_every_use_an_edge() -> None:
    loss = network()
    order = topological_order(loss)
    names = {node: f"v{i}" for i, node in enumerate(order)}
    expected = Counter((names[arg], names[node]) for node in order for arg in node.args if type(arg) is not float)
    expected["c0", names[loss]] = 1  # the target
    root = svg(draw(loss, "graph"))
    assert sorted(title for title, _ in groups(root, "node")) == sorted([*names.values(), "c0"])
    assert Counter(tuple(title.split("->")) for title, _ in groups(root, "edge")) == expected


def test_a_card_shows_label_operation_data_and_gradient() -> None:
    loss = network()
    root = svg(draw(loss, "graph"))
    h1 = loss.named()["h1"]
    assert card(root, "h₁") == ["h₁", "σ", "data", f"{h1.data:.4f}", "grad", f"{h1.grad:.4f}"]
    assert card(root, "w₁")[1] == "param"
    assert card(root, "x₁")[1] == "input"
    assert card(root, "L")[-1] == "1.0000"


def test_x_times_x_has_two_edges() -> None:
    x = Value(3.0, "x")
    picture = draw(x * x)
    assert [title for title, _ in groups(svg(picture), "edge")] == ["v0->v1", "v0->v1"]


def test_edges_come_in_operand_order() -> None:
    a, b = Value(1.0, "a"), Value(2.0, "b")
    assert re.findall(r"(\w+) -> (\w+)", draw(b - a).source) == [("v0", "v2"), ("v1", "v2")]
    assert {title: texts(g)[0] for title, g in groups(svg(draw(b - a)), "node")} == {
        "v0": "b",
        "v1": "a",
        "v2": "L",
    }


def test_operands_stand_above_one_another_in_order() -> None:
    a = [Value(float(i), f"a{i}") for i in range(5)]
    root = (a[0] * a[1].tanh()).tanh() * ops.total(a[2:]).tanh().tanh()  # Graphviz alone would turn this over
    cards = dict(groups(svg(draw(root)), "node"))
    order = topological_order(root)
    height = {node: float(re.findall(r",(-?[\d.]+)", line(cards[f"v{i}"], "d"))[0]) for i, node in enumerate(order)}
    for node in order:
        assert [height[arg] for arg in node.args] == sorted(height[arg] for arg in node.args)


def test_literals_get_a_card_for_each_use() -> None:
    x = Value(3.0, "x")
    root = svg(draw(2.0 * x + 2.0))
    shown = [texts(group) for title, group in groups(root, "node") if title.startswith("c")]
    assert shown == [["const", "data", "2.0000"]] * 2


def test_a_literal_exponent_is_in_the_badge_and_has_no_card() -> None:
    x = Value(-3.0, "x")
    square = x**2
    square.backward()
    root = svg(draw(square))
    assert [texts(group)[:2] for _, group in groups(root, "node")] == [["x", "input"], ["L", "x²"]]
    assert slopes(square) == [-6.0, None]  # although the slope in the exponent does not exist here
    assert style.NEGATIVE.lower() in ElementTree.tostring(groups(root, "edge")[0][1]).decode()
    assert len(groups(svg(draw(2**x)), "node")) == 3


def test_the_absent_bias_of_a_weighted_sum_is_left_out_and_no_other_zero() -> None:
    w, x = Value(1.0, "w"), Value(2.0, "x")
    assert len(groups(svg(draw(ops.dot([w], [x], 0.0))), "node")) == 3
    assert len(groups(svg(draw(ops.dot([w], [x], 0.5))), "node")) == 4
    assert len(groups(svg(draw(ops.dot([w, w], [x, 0.0]))), "node")) == 4


def test_a_gradient_not_computed_is_a_dash_and_a_zero_is_a_zero() -> None:
    x, dead = Value(2.0, "x"), Value(-1.0, "dead")
    y = x * dead.relu()
    y.label = "y"
    before = svg(draw(y))
    assert card(before, "x")[-1] == card(before, "y")[-1] == "–"
    assert "0.0000" not in card(before, "x")
    assert {line(group, "stroke") for _, group in groups(before, "edge")} == {style.NEUTRAL.lower()}
    assert {line(group, "stroke-dasharray") for _, group in groups(before, "edge")} == {""}
    y.backward()
    after = svg(draw(y))
    assert card(after, "dead")[-1] == "0.0000"
    assert [bool(line(group, "stroke-dasharray")) for _, group in groups(after, "edge")].count(True) == 2


def test_roles_follow_the_labels() -> None:
    w, b, x, bias = Value(1.0, "w_1"), Value(2.0, "b2"), Value(3.0, "x"), Value(4.0, "bread")
    h = w * x + b
    root = h * bias
    found = roles(root, topological_order(root))
    assert (found[w], found[b], found[x], found[bias]) == (
        style.PARAMETER,
        style.PARAMETER,
        style.INPUT,
        style.INPUT,
    )
    assert (found[h], found[root]) == (style.INTERMEDIATE, style.LOSS)
    alone = Value(2.0, "b") * Value(3.0, "a")
    assert roles(alone, topological_order(alone))[alone.args[0]] is style.INPUT


def test_edges_carry_sign_and_size_of_the_flow() -> None:
    x, y, z = Value(2.0, "x"), Value(-3.0, "y"), Value(0.0, "z")
    s = ops.dot([100.0, 1.0, -4.0], [x, y, z])
    s.backward()
    edges = [group for title, group in groups(svg(draw(s)), "edge") if title.startswith("v")]
    colours = [style.POSITIVE.lower(), style.POSITIVE.lower(), style.NEGATIVE.lower()]
    assert [line(edge, "stroke") for edge in edges] == colours
    widths = [float(line(edge, "stroke-width")) for edge in edges]
    assert widths[0] > widths[2] > widths[1] > 1.0


def test_the_tooltip_of_an_edge_has_the_local_derivative() -> None:
    x, w = Value(2.0, "x1"), Value(-3.0, "w1")
    z = x * w
    z.label = "z"
    out = z * 5.0
    out.backward()
    titles = tooltips(svg(draw(out)))
    assert "∂z/∂x₁ = -3.0000, gradient 5.0000 × -3.0000 = -15.0000" in titles
    assert "w1: data -3.0, grad 10.0" in titles


def test_where_there_is_no_slope_the_edge_is_neutral() -> None:
    x = Value(0.0, "x")
    root = x.sqrt()
    document = svg(draw(root))
    assert line(groups(document, "edge")[0][1], "stroke") == style.NEUTRAL.lower()
    assert "∂L/∂x does not exist" in tooltips(document)


def test_a_lone_value_and_extreme_numbers_are_drawn() -> None:
    assert card(svg(draw(Value(1.5, "x"))), "x") == ["x", "input", "data", "1.5000", "grad", "–"]
    x = Value(math.inf, "x") * 0.5 + Value(math.nan, "n")
    x.backward()
    assert card(svg(draw(x)), "x")[3] == "inf"


@pytest.mark.parametrize("x", [-1.23456789e-300, -99999.12345, 1.7976931348623157e308])
@pytest.mark.parametrize("label", ["", "w1", "averyveryverylonglabelthatgoeson"])
def test_no_text_leaves_its_card(x: float, label: str) -> None:
    a = Value(x, label)
    y = a * 1.0
    y.label = label
    y.backward()
    a.grad = x
    for _, group in groups(svg(draw(y)), "node"):
        outline = [float(n) for n in re.findall(r"(-?[\d.]+),", line(group, "d"))]
        for text in group.iter(f"{SVG}text"):
            shown, left = text.text or "", float(text.get("x", ""))
            narrow = sum(shown.count(c) for c in ".-ijlft ")
            width = (0.56 * (len(shown) - narrow) + 0.28 * narrow) * float(text.get("font-size", ""))
            assert min(outline) < left and left + width < max(outline), shown


# ---------------------------------------------------------------- numbers and labels


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (0.0, "0.0000"),
        (-0.0, "0.0000"),
        (-1.00449, "-1.0045"),
        (2.2e-7, "2.2e-07"),
        (-4.38721e-8, "-4.3872e-08"),
        (0.00123, "0.0012"),
        (0.00099, "9.9e-04"),
        (99999.0, "99999.0000"),
        (1e6, "1e+06"),
        (-1.23456e-300, "-1.2346e-300"),
        (5e-324, "4.9407e-324"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
    ],
)
def test_numbers(x: float, shown: str) -> None:
    assert style.number(x) == shown


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("w1", "w₁"),
        ("w_12", "w₁₂"),
        ("x1w1", "x₁w₁"),
        ("x1*w1 + b", "x₁*w₁ + b"),
        ("h₂", "h₂"),
        ("ŷ", "ŷ"),
        ("y\u0302", "ŷ"),
        ("y_hat", "ŷ"),
        ("delta3", "δ₃"),
        ("δ3", "δ₃"),
        ("W1[0][1]", "W₁[0][1]"),
        ("conv2d", "conv2d"),
        ("1e5", "1e5"),
        ("my_hat", "my_hat"),
        ("two\n lines\t\x00", "two lines"),
        ("a\u202eb\ufffe\ud800", "ab"),
    ],
)
def test_labels(label: str, shown: str) -> None:
    assert shown_as.display(label) == shown


def test_long_labels_are_cut() -> None:
    assert shown_as.shortened("x" * 24) == "x" * 24
    assert shown_as.shortened("x" * 25) == "x" * 23 + "…"
    assert shown_as.shortened("学" * 13) == "学" * 11 + "…"
    assert len(shown_as.shortened("e" + "\u0301" * 5000)) < 60
    assert len(draw(Value(1.0, "long " * 100_000)).source) < 5000


HOSTILE = [
    "<script>x()</script>",
    '"quoted" \\N \\G \\',
    "{a|b} &lt; &amp;",
    "]]> --> <!--",
    "<b>bold</b>",
    "שלום",
    "学习率",
    "🧑‍🏫 chalk",
    "%s %(a)s {0}",
    "';--",
]


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_stay_text(label: str) -> None:
    a, b = Value(2.0, label), Value(3.0, label)
    y = a * b
    y.label = label
    y.backward()
    root = svg(draw(y))
    assert [texts(group)[0] for _, group in groups(root, "node")] == [label] * 3
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "g", "title", "a", "defs", "linearGradient", "stop", "path", "polygon", "text"),
    }
    titles = tooltips(root)
    assert titles.count(f"∂{label}/∂{label} = 3.0000, gradient 1.0000 × 3.0000 = 3.0000") == 1
    assert f"{label}: data 2.0, grad 3.0" in titles


# ---------------------------------------------------------------- the same picture every time


def test_two_pictures_share_no_ids() -> None:
    ids = []
    for target in (1.0, 0.0):
        ids += [element.get("id", "") for element in svg(draw(network(target), "graph")).iter() if element.get("id")]
    assert len(ids) > 60
    assert len(ids) == len(set(ids))
    assert {f"{ids[0]}_v0", f"{ids[0]}_c0", f"{ids[0]}_e0"} <= set(ids)
    assert {i.split("_")[0] for i in ids if not i.startswith("a_")} == {
        draw(network(target), "graph").graph_attr["id"] for target in (1.0, 0.0)
    }


def test_colour_gradients_of_older_graphviz_get_ids_of_their_own() -> None:
    old = b'<linearGradient id="l_0"/><path fill="url(#l_0)"/><text>fill=&quot;url(#l_0)</text>'
    new = b'<linearGradient id="g1_l_0"/><path fill="url(#g1_l_0)"/><text>fill=&quot;url(#l_0)</text>'
    assert engine.own_gradients(old, "g1") == new
    assert engine.own_gradients(new, "g1") == new
    later = new.replace(b'#g1_l_0)"', b'#g1_l_7)"').replace(b'="g1_l_0', b'="g1_l_7')
    assert b"l_7" in later and engine.own_gradients(later, "g1") == new


def test_the_same_graph_gives_the_same_bytes_in_every_process() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_drawing import network, draw;"
        "p = draw(network()); sys.stdout.buffer.write(p.source.encode() + p.pipe('svg'))"
    )
    outputs = set()
    for seed in ("0", "1", "4711"):
        command = [sys.executable, "-c", program, str(Path(__file__).parent)]
        done = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed})
        outputs.add(done.stdout)
    picture = draw(network())
    assert outputs == {picture.source.encode() + picture.pipe("svg")}


def test_importing_draw_does_not_import_graphviz() -> None:
    program = "import sys; from autograd.drawing import draw; sys.exit('graphviz' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# ---------------------------------------------------------------- size


def chain(n: int) -> Value:
    x = Value(0.5, "x")
    for _ in range(n):
        x = x.tanh()
    return x


def test_a_graph_too_large_is_folded_at_once_and_says_so() -> None:
    x = chain(100_000)
    picture = draw(x)
    root = svg(picture)
    assert len(groups(root, "node")) < 200
    shown = len(groups(root, "node")) - 1
    assert f"… {100_001 - shown:,} more" in texts(root)
    assert len(groups(svg(draw(chain(LIMIT - 1))), "node")) == LIMIT


def test_large_graphs_are_laid_out_with_short_cuts() -> None:
    assert "nslimit" not in draw(chain(LARGE - 1)).source
    assert {"nslimit", "nslimit1", "mclimit", "splines"} <= draw(chain(LARGE)).graph_attr.keys()


def test_a_long_chain_does_not_make_a_gigantic_png() -> None:
    header = draw(chain(300)).pipe("png")[16:24]
    assert 5000 < int.from_bytes(header[:4], "big") <= 10_000


# ---------------------------------------------------------------- what draw takes


@pytest.mark.parametrize("target", [3.0, "x", None, [Value(1.0)], object()])
def test_only_values_can_be_drawn(target: object) -> None:
    with pytest.raises(TypeError, match=rf"draw\(\) got .*{type(target).__name__}.*expected a Value"):
        draw(cast(Any, target))


def test_an_unknown_view_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"view='3d'; the views are 'auto', 'graph', 'neurons', 'network'"):
        draw(Value(1.0), view="3d")
    assert draw(Value(1.0)).source == draw(Value(1.0), view="graph").source


# ---------------------------------------------------------------- engines


def test_it_works_with_nothing_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(engine.VARIABLE, raising=False)
    assert draw(network()).pipe("svg").startswith(b"<?xml")


def test_without_an_engine_the_error_says_what_to_install(no_engine: None, tmp_path: Path) -> None:
    picture = draw(network(), "graph")
    with pytest.raises(graphviz.ExecutableNotFound) as caught:
        picture.pipe("svg")
    for words in ("CHALKGRAD_DOT", "graphviz-pure", "dot", "PATH", "pip install graphviz-pure", ".source"):
        assert words in str(caught.value)
    assert re.search(r"\tv0 -> v\d+ \[", picture.source)
    assert Path(picture.save(tmp_path / "x.dot")).read_text(encoding="utf-8") == picture.source
    with pytest.raises(engine.EngineNotFoundError):
        picture.save(tmp_path / "x.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["x.dot"]


def test_in_a_browser_the_error_says_what_to_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(webassembly, "IN_A_BROWSER", True)
    picture = draw(network(), "graph")
    with pytest.raises(engine.EngineNotFoundError, match=r"@viz-js/viz.*await load_graphviz.*\.source works"):
        picture.pipe("svg")
    with pytest.raises(engine.EngineNotFoundError, match=r"format='png' .* save the picture as \.svg or \.dot"):
        picture.save(tmp_path / "x.png")
    assert Path(picture.save(tmp_path / "x.dot")).read_text(encoding="utf-8") == picture.source


def test_a_notebook_in_a_browser_that_asks_for_png_is_shown_svg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webassembly, "IN_A_BROWSER", True)
    monkeypatch.setattr(webassembly, "find_module", object)
    monkeypatch.setattr(webassembly, "lay_out", lambda module, source, format, engine: f"<svg {format}/>".encode())
    picture = draw(network())
    monkeypatch.setattr(type(picture), "_jupyter_mimetype", "image/png")  # as graphviz.set_jupyter_format("png") does
    assert picture._repr_mimebundle_()["image/svg+xml"] == "<svg svg/>"


def test_a_system_without_users_has_an_engine_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_users(key: str) -> str:
        if key == "user":
            raise ValueError("'user' returned 'posix_user', which is not a valid scheme on this platform")
        return found(key)

    found = sysconfig.get_preferred_scheme
    monkeypatch.setattr(sysconfig, "get_preferred_scheme", without_users)
    assert b"<svg" in draw(network()).pipe("svg")


def test_a_notebook_gets_the_picture_or_else_a_text(no_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = draw(network())
    shown = picture._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert "pip install graphviz-pure" in shown["text/plain"]
    monkeypatch.undo()
    shown = picture._repr_mimebundle_(include=None, exclude=None)
    assert ElementTree.fromstring(shown["image/svg+xml"]).tag == f"{SVG}svg"
    assert shown["text/plain"] == repr(picture)
    assert picture._repr_mimebundle_(include=["image/png"])["image/png"] == picture.pipe("png")


@POSIX_ONLY
def test_the_variable_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(engine.VARIABLE, script(tmp_path, "import sys; print(sys.argv[1:], len(sys.stdin.read()) > 9)"))
    assert draw(Value(1.0)).pipe("pdf", encoding="utf-8") == "['-Kdot', '-Tpdf'] True\n"
    assert draw(Value(1.0)).pipe("svg", "cairo", engine="neato").startswith(b"['-Kneato', '-Tsvg:cairo']")
    monkeypatch.setenv(engine.VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(engine.EngineNotFoundError, match=r"CHALKGRAD_DOT is set to .*nowhere"):
        draw(Value(1.0)).pipe("svg")


@POSIX_ONLY
def test_an_engine_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(engine.VARIABLE, script(tmp_path, "import time; time.sleep(60)"))
    picture = draw(Value(1.0))
    picture.timeout = 0.2
    with pytest.raises(TimeoutError, match=r"longer than 0\.2 s.*smaller part.*timeout = 2"):
        picture.pipe("svg")
    assert "smaller part" in picture._repr_mimebundle_()["text/plain"]


@pytest.fixture(params=["crashes", "is too new", "answers nonsense", "cannot be started"])
def bad_package(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """graphviz-pure in a state in which it makes no pictures, and nothing else on the PATH."""
    body = {
        "crashes": "import os; os.abort()",
        "is too new": "import sys; sys.exit('graphviz-pure: error: unexpected argument -Kdot found')",
        "answers nonsense": "print('<!doctype html>')",
        "cannot be started": "",
    }[request.param]
    folder = tmp_path / "package"
    folder.mkdir()
    path = Path(script(folder, body)).rename(folder / "graphviz-pure")
    if not body:
        path.write_text("#!/lib/ld-musl-that-is-not-here\n")  # as a binary for another C library
    monkeypatch.delenv(engine.VARIABLE, raising=False)
    monkeypatch.setattr(engine, "_pure_program", lambda: str(path))
    monkeypatch.setattr(engine, "_version", lambda: "9.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    return str(path)


@POSIX_ONLY
def test_a_package_that_makes_no_pictures_is_named(bad_package: str, tmp_path: Path) -> None:
    picture = draw(network())
    with pytest.raises(engine.EngineNotFoundError) as caught:
        picture.save(tmp_path / "p.svg")
    advice = "pip install --force-reinstall 'graphviz-pure>=0.2.2,<0.3'"
    for words in (bad_package, "graphviz-pure 9.1", advice, ".source"):
        assert words in str(caught.value)
    assert not (tmp_path / "p.svg").exists()
    assert "graphviz-pure 9.1" in picture._repr_mimebundle_()["text/plain"]


@POSIX_ONLY
def test_windows_has_a_program_that_ends_in_exe_and_opens_no_window(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = Path(script(tmp_path, "")).rename(tmp_path / "graphviz-pure.exe")
    file = SimpleNamespace(name=program.name, locate=lambda: program)
    monkeypatch.delenv(engine.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(metadata, "files", lambda name: [SimpleNamespace(name="RECORD", locate=Path), file])
    monkeypatch.setattr(metadata, "version", lambda name: "0.2.2")
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 0x08000000, raising=False)
    assert engine.find_engine() == str(program)
    started: list[dict[str, Any]] = []

    def run(command: list[str], **options: Any) -> Any:
        started.append(options | {"command": command})
        if len(started) > 1:
            raise OSError(193, "%1 is not a valid Win32 application")  # of another processor, or cut off
        return SimpleNamespace(returncode=0, stdout=b"<svg/>", stderr=b"")

    monkeypatch.setattr(subprocess, "run", run)
    assert draw(Value(1.0)).pipe("svg") == b"<svg/>"
    assert (started[0]["command"][0], started[0]["creationflags"]) == (str(program), 0x08000000)
    with pytest.raises(engine.EngineNotFoundError, match=r"not a valid Win32 .* graphviz-pure 0\.2\.2\. To repair it"):
        draw(Value(1.0)).pipe("svg")


def test_a_package_whose_record_is_lost_is_found_among_the_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(engine.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "")
    expected = engine.find_engine()
    monkeypatch.setattr(metadata, "files", lambda name: None)
    assert Path(engine.find_engine()).samefile(expected)


@POSIX_ONLY
def test_the_systems_graphviz_takes_the_place_of_a_bad_package(bad_package: str, tmp_path: Path) -> None:
    Path(script(tmp_path, "print('<svg>by the system</svg>')")).rename(tmp_path / "dot")
    assert draw(network()).pipe("svg", encoding="utf-8") == "<svg>by the system</svg>\n"


def test_the_versions_that_are_known_are_those_that_are_installed() -> None:
    project = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    assert {line.strip().split(";")[0].strip('", ') for line in project.splitlines() if '"graphviz-pure' in line} == {
        engine.KNOWN
    }


def test_what_graphviz_pure_cannot_do_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv(engine.VARIABLE, raising=False)
    with pytest.raises(engine.EngineNotFoundError, match="format='pdf' needs the Graphviz of the system"):
        draw(Value(1.0)).pipe("pdf")
    with pytest.raises(engine.EngineNotFoundError, match="renderer='cairo' needs the Graphviz of the system"):
        draw(Value(1.0)).pipe(renderer="cairo")
    assert b"<svg" in draw(Value(1.0)).pipe("svg", engine="neato")


@pytest.mark.parametrize("options", [{"format": "gif89"}, {"engine": "dott"}, {"renderer": "x"}])
def test_options_unknown_to_graphviz_are_errors(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"unknown to Graphviz; it has .*"):
        draw(Value(1.0)).pipe(**options)


# ---------------------------------------------------------------- files


def test_save_goes_by_the_suffix(tmp_path: Path) -> None:
    picture = draw(network())
    assert ElementTree.parse(picture.save(tmp_path / "new" / "folder" / "p.SVG")).getroot().tag == f"{SVG}svg"
    assert Path(picture.save(str(tmp_path / "p.png"))).read_bytes().startswith(b"\x89PNG")
    assert Path(picture.save(tmp_path / "p.gv")).read_text(encoding="utf-8") == picture.source
    for name in ("p.pdf", "p", "p.jpeg", "png"):
        with pytest.raises(ValueError, match=r"\.svg, \.png, \.dot, \.gv"):
            picture.save(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "p.gv", "p.png"]


def test_save_is_still_that_of_graphviz(tmp_path: Path) -> None:
    picture = draw(network(), "graph")
    path = picture.save(directory=tmp_path)
    assert path == str(tmp_path / "computation.gv")
    Path(path).write_text("mine")
    assert picture.save("computation.gv", tmp_path, skip_existing=True) == path
    assert Path(path).read_text() == "mine"
    assert picture.save("other.dot", tmp_path) == str(tmp_path / "other.dot")
    assert picture.filepath == str(tmp_path / "other.dot")


@POSIX_ONLY
def test_a_failed_save_leaves_the_old_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    picture = draw(network())
    path = tmp_path / "p.svg"
    path.write_text("old")
    monkeypatch.setenv(engine.VARIABLE, script(tmp_path, "import sys; print('half'); sys.exit('no ink')"))
    with pytest.raises(graphviz.CalledProcessError, match="no ink"):
        picture.save(path)
    assert path.read_text() == "old"
    monkeypatch.delenv(engine.VARIABLE)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        picture.save(path)
    assert path.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["engine", "p.svg"]


def test_render_returns_the_path_of_the_picture(tmp_path: Path) -> None:
    picture = draw(network())
    assert picture.render("p", tmp_path, cleanup=True) == str(tmp_path / "p.svg")
    assert picture.render(outfile=tmp_path / "q.png") == str(tmp_path / "q.png")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.svg", "q.gv", "q.png"]
    with pytest.raises(graphviz.FileExistsError):
        picture.render("p", tmp_path, raise_if_result_exists=True)
    with pytest.raises(ValueError, match="overwrite its source"):
        picture.render("same.svg", outfile=tmp_path / "same.svg", directory=tmp_path)


def test_it_is_a_digraph_to_add_to() -> None:
    picture = draw(Value(1.0, "x"))
    picture.node("note", "mine")
    assert isinstance(picture, graphviz.Digraph)
    assert [title for title, _ in groups(svg(picture.copy()), "node")] == ["v0", "note"]
