"""LaTeX that compiles: every operation, every rule and whole derivations, in MathJax and as MathML in Chromium."""

import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, explain, maximum, ops, to_manual, topological_order
from autograd.explanation.mathml import mathml
from autograd.explanation.reasons import rule
from autograd.explanation.worksheet import Worksheet
from autograd.ops import above, log_sum_exp
from nn import MLP, bce, cross_entropy, hinge, l2_penalty, mse
from tests.test_explanation import HOSTILE, document, equations
from tests.test_manual import LABELS, SLOPING, expression
from tests.test_micrograd import every_operator

FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
CHROMIUM = os.environ.get("CHALKGRAD_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""

RENDERED = """
texts => texts.map(text => {
  const found = MathJax.tex2svg(text, {display: true});
  const error = found.querySelector('[data-mml-node="merror"], mjx-merror, [data-mjx-error]');
  return error ? (error.getAttribute('data-mjx-error') || error.textContent || 'error') : '';
})
"""


def derivations() -> dict[str, Any]:
    rng = random.Random(5)
    classes = MLP(3, [4, 2], activation="tanh", rng=rng)
    batch = MLP(2, [2, 1], activation="relu", output="sigmoid", rng=rng)
    large = MLP(2, [8, 1], activation="softplus", output="sigmoid", rng=rng)
    xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(12)]
    a, b, c = Value(2.0, "a"), Value(3.0, "b"), Value(1.0)
    return {
        "document": explain(document()),
        "softmax": explain(cross_entropy(classes([0.1, 0.2, 0.3]), 1)),
        "batch": explain(mse([batch(x) for x in xs[:4]], [0, 1, 0, 1])),
        "large": explain(bce([large(x) for x in xs], [i % 2 for i in range(12)]), "w1"),
        "readme": explain(every_operator(Value(-4.0, "a"), Value(2.0, "b"))),
        "second": explain(document(), ("w5", "w1"), order=2),
        "names": explain((a * b + c) * a),
        "names in a second derivative": explain((a * b + c) * a, "a", order=2),
        "tie": explain(maximum(a, a * 1) * above(b, 3.0)),
        "sum of exponentials": explain(log_sum_exp(a, b, c)),
        "parallel edges": explain(a * a, a),
    }


def programs() -> dict[str, str]:
    """Derivations as `to_manual` writes them in LaTeX."""
    rng = random.Random(6)
    classes = MLP(3, [4, 3], activation="tanh", rng=rng)
    batch = MLP(2, [2, 1], activation="relu", output="sigmoid", rng=rng)
    large = MLP(2, [16, 16, 1], activation="leaky_relu", rng=rng)
    xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(30)]
    losses = {
        "document": document(),
        "softmax": cross_entropy(classes([0.1, 0.2, 0.3]), 1),
        "softmax of a batch": cross_entropy([classes([*x, 0.5]) for x in xs[:3]], [0, 1, 2]),
        "batch": bce([batch(x) for x in xs[:4]], [0, 1, 0, 1]),
        "sum": mse([batch(x) for x in xs[:4]], [0, 1, 0, 1], reduction="sum") + l2_penalty(batch.parameters(), 0.01),
        "large": hinge([large(x) for x in xs], [i % 2 * 2 - 1 for i in range(30)]),
        "readme": every_operator(Value(-4.0, "a"), Value(2.0, "b")),
    }
    losses |= {f"expression {seed}": expression(seed)[0] for seed in SLOPING}
    for number, label in enumerate(dict.fromkeys([*HOSTILE, *LABELS])):
        a = Value(2.0, label)
        losses[f"label {label!r}"] = a * a * 3.0 + a
        loss = mse(MLP(2, [2, 1], "tanh", rng=rng)([0.5, 1.0]), 1)
        for node in topological_order(loss)[number % 3 :: 3]:
            node.label = label
        losses[f"network with the label {label!r}"] = loss
    written = {f"program of {name}": to_manual(loss, style="latex") for name, loss in losses.items()}
    mistaken = {f"document with {code}": to_manual(document(), style="latex", mistake=code) for code in MISTAKES}
    return {name: text.strip() for name, text in (written | mistaken).items()}


MISTAKES = ("sign", "half-derivative", "missing-hidden-derivative", "transposed")


def operations() -> Iterator[tuple[str, str]]:
    """(name, LaTeX) of every row of the table: the operation and its slopes."""
    for op in ops.TABLE:
        for left, right in rule(op).latex:
            yield op.name, f"{left} = {right}"


def formulas(markdown: str) -> list[str]:
    """What stands between dollars."""
    shown = re.findall(r"\$\$\n(.*?)\n\$\$", markdown, re.DOTALL)
    rest = re.sub(r"\$\$\n.*?\n\$\$", "", markdown, flags=re.DOTALL)
    return [*shown, *re.findall(r"(?<!\\)\$([^$\n]+)\$", rest)]


def everything() -> dict[str, str]:
    found = {f"{name} {number}": text for number, (name, text) in enumerate(operations())}
    for name, explanation in derivations().items():
        found[name] = explanation.latex
        for number, text in enumerate(formulas(explanation._repr_markdown_())):
            found[f"{name}, formula {number} of its Markdown"] = text
    for number, text in enumerate(formulas(Worksheet(document(), 0.01).markdown)):
        found[f"worksheet {number}"] = text
    found |= programs()
    for label in HOSTILE:
        a = Value(2.0, label)
        found[f"label {label}"] = explain(a * a * 3.0 + a, a).latex
    return found


# ---------------------------------------------------------------- without a browser


def test_every_row_is_written_as_mathml() -> None:
    rows = list(operations())
    assert {name for name, _ in rows} == {op.name for op in ops.TABLE}
    for _, text in rows:
        assert mathml(text).startswith("<math")


def test_every_derivation_is_written_as_mathml() -> None:
    for name, explanation in derivations().items():
        page = explanation._repr_html_()
        assert page.count('<tr class="step') == len(equations(explanation.text)), name


@pytest.mark.parametrize("latex", [r"\frac{a}", r"\left(a", r"\unknown{a}", r"{a", r"\begin{matrix} a \end{matrix}"])
def test_mathml_refuses_what_it_cannot_read(latex: str) -> None:
    with pytest.raises(ValueError, match=r"formula|command|environment|name"):
        mathml(latex)


def test_the_gradients_of_a_layer_stand_in_one_block() -> None:
    blocks = formulas(explain(document())._repr_markdown_())
    assert [block.count(r" \\") + 1 for block in blocks][0::3] == [1, 6] and len(blocks) == 4
    assert all(rf"\partial {name}" in blocks[1] for name in ("w_{5}", "w_{6}", "b_{3}"))
    assert r"\frac{\partial L}{\partial b_{3}} &= \delta_{3} = -0.99884" in blocks[1].splitlines()


def test_mathml_escapes() -> None:
    assert "<script" not in mathml(explain(Value(1.0, "<script>") * 2.0).latex.split("\n")[1].replace("&", ""))


# ---------------------------------------------------------------- in a browser


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'chalkgrad[browser]'")
    if not CHROMIUM:
        pytest.skip("needs a Chromium on the PATH: apt-get install chromium")
    with playwright.sync_playwright() as engines:
        started = engines.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started.new_page()
        started.close()


@pytest.fixture(scope="module")
def mathjax(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of MathJax 3, from $CHALKGRAD_MATHJAX or fetched with npm."""
    given = os.environ.get("CHALKGRAD_MATHJAX")
    if given:
        return Path(given)
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm to fetch MathJax, or its tex-svg-full.js named by $CHALKGRAD_MATHJAX")
    folder = tmp_path_factory.mktemp("mathjax")
    command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "mathjax@3"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"npm could not fetch mathjax@3: {error}")
    return folder / "node_modules" / "mathjax" / "es5" / "tex-svg-full.js"


def test_everything_compiles_in_mathjax(page: Any, mathjax: Path) -> None:
    page.set_content("<script>window.MathJax = {startup: {typeset: false}}</script>")
    page.add_script_tag(path=str(mathjax))
    page.wait_for_function("!!(window.MathJax && MathJax.tex2svg)")
    assert page.evaluate(RENDERED, [r"\frac{1}", r"\nonsense"]) != ["", ""]  # errors are seen
    texts = everything()
    errors = page.evaluate(RENDERED, list(texts.values()))
    assert {name: (error, texts[name]) for name, error in zip(texts, errors, strict=True) if error} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_worksheet_stands_on_its_own(page: Any, tmp_path: Path, scheme: str) -> None:
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1000, "height": 900})
    path = next(path for path in Worksheet(document(), 0.01).save(tmp_path) if path.endswith(".html"))
    page.goto(Path(path).as_uri())
    assert [url for url in requests if not url.startswith(("file:", "data:", "about:"))] == [] and complaints == []
    assert page.evaluate("document.querySelectorAll('merror').length") == 0
    assert page.evaluate("document.querySelectorAll('math').length") > 80
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    wide = "[...document.querySelectorAll('.side')].filter(e => e.getBoundingClientRect().right > 1000).length"
    assert page.evaluate(wide) == 0
    page.set_viewport_size({"width": 480, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for wide in ("td", ".side", "span.rule", ".given span", "h1", "p"):
        outside = f"[...document.querySelectorAll('{wide}')].filter(e => e.getBoundingClientRect().right > 480).length"
        assert page.evaluate(outside) == 0
    back, ink = (page.evaluate(f"getComputedStyle(document.body).{name}") for name in ("backgroundColor", "color"))
    assert brightness(back) - brightness(ink) > 150 if scheme == "light" else brightness(ink) - brightness(back) > 150


def brightness(colour: str) -> float:
    return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3
