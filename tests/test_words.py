"""What a pupil reads of a comparison: how a wrong number is wrong, findings in parts, as text and as HTML."""

import html
import io
import math
import re
from contextlib import redirect_stdout

import numpy as np
import pytest

import autograd.__main__ as command
from autograd import Value, check_step, compare
from autograd.comparison.in_words import apart, formulas, how_far, times, typeset
from autograd.programs.agreement import Fit
from autograd.programs.describing import off
from autograd.programs.wording import number
from nn import MLP, bce
from tests.test_comparison import GOLDEN, document_000

SLOPES = GOLDEN["000"]["gradients"]


def cells(line: str) -> list[str]:
    return re.split(r" {2,}", line.strip())


def words(page: str) -> str:
    """The text of HTML, its style left out."""
    return html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)))


def sloped() -> tuple[Value, dict[str, float]]:
    """A 2-2-1 network at mild weights, and its δ without h(1 - h)."""
    model = MLP(2, [2, 1], "sigmoid", "sigmoid")
    model.load_named({"w1": 0.15, "w2": -0.2, "w3": 0.25, "w4": 0.3, "w5": 0.4, "w6": -0.45, "b1": 0.35, "b2": -0.35})
    loss = bce(model([0.1, 0.7]), 1)
    loss.backward()
    nodes = loss.named()
    return loss, {"delta1": nodes["h1"].grad, "delta2": nodes["h2"].grad}


# ---------------------------------------------------------------- how far a number is off


@pytest.mark.parametrize(
    ("x", "right", "told"),
    [
        (4.0, 2.0, "×2.000"), (0.5, 2.0, "×0.250"), (-0.3, 0.3, "× −1"), (-0.6, 0.3, "× −2.000"),
        (1.026, 1.0, "+2.6 %"), (0.9, 1.0, "−10 %"), (0.0, 0.3, "is 0"), (0.3, 0.0, "is not 0"),
        (0.4724457, 0.4724458, "from the 7th digit on"), (1.00000000002, 1.0, "from the 12th digit on"),
        (3e8, 1.0, "×3e+08"), (1.0, math.nan, "-"), (math.inf, 1.0, "-"),
    ],
)  # fmt: skip
def test_how_a_number_is_wrong(x: float, right: float, told: str) -> None:
    assert how_far(x, right) == told


def test_ulps_stand_only_where_numbers_agree() -> None:
    wrong = dict(SLOPES) | {"w5": -SLOPES["w5"], "b3": 2 * SLOPES["b3"], "w6": 0.0}
    comparison = compare(document_000(), wrong)
    table = {cells(line)[0]: line for line in str(comparison).splitlines()[1:10]}
    assert all(("ulp" in line) == (name not in ("w5", "b3", "w6")) for name, line in table.items())
    assert [cells(table[name])[3:] for name in ("w5", "b3", "w6")] == [
        ["× −1", "DIFFERS"], ["×2.000", "DIFFERS"], ["is 0", "DIFFERS"],
    ]  # fmt: skip
    short = compare(document_000(), {"b3": -0.9988, "w1": 2.219e-08})
    assert short.ok and "ulp" not in str(short)


def test_the_command_and_the_notebook_tell_the_same_ulps() -> None:
    with redirect_stdout(io.StringIO()) as out:
        command.show_derivation(training := command.Training(), command.DATA[0], 0.01)
    assert training.agreeing == 12
    printed = dict(re.findall(r"(?m)^   (?:∂L/∂)?(\S+) += .* (\S+ ulp)$", out.getvalue()))
    comparison = compare(document_000(), command.by_hand(GOLDEN["000"]["parameters"], 0.1, 0.7, 1))
    shown = re.findall(
        r"<td>[✓✗]</td><td>(\S+?)</td><td>[^<]*</td><td>[^<]*</td><td>(\S+ ulp)</td>", comparison._repr_html_()
    )
    assert printed == dict(shown) and len(printed) == 12


def test_numbers_that_differ_are_shown_with_digits_enough() -> None:
    assert apart(0.25, 0.5) == ["0.25", "0.5"]
    for power in range(1, 16):
        one, other = apart(0.123, 0.123 * (1 + 10.0**-power))
        assert one != other and float(one) != float(other)
    assert times(1.0000002) == "×1.0000002" and times(2.0) == "×2.000"
    assert [number(x) for x in (2.0, 1 / 3, 1.0, 1.000001)] == ["2", "0.3333", "1", "1.000001"]
    loss, _ = sloped()
    exact = compare(loss, {"delta3": 0.0}).rows[0].exact
    told = str(compare(loss, {"delta3": 3 * exact, "b3": 3 * exact * (1 + 1e-12)}))
    assert told.count(repr(3 * exact)) == 1 and repr(3 * exact * (1 + 1e-12)) in told


@pytest.mark.parametrize(
    ("ratio", "told"),
    [(2.0, "2 times the right one"), (-1.0, "the right one with its sign turned"), (1.00002, "1.00002 times"),
     (1.026, "1.026 times the right one")],
)  # fmt: skip
def test_check_says_a_factor_with_digits_enough(ratio: float, told: str) -> None:
    fit = Fit(*[None] * len(Fit._fields))._replace(ratios=np.array([ratio, ratio]), zero=False)
    assert off([fit], None).startswith(told)


def test_of_a_step_the_move_is_told() -> None:
    before = GOLDEN["000"]["parameters"]
    after = {name: w - 0.02 * SLOPES[name] for name, w in before.items()}
    comparison = check_step(document_000(), before, after, 0.01)
    assert {row.note for row in comparison.rows} == {"its step: ×2.000"}
    assert "every step is ×2.000 of the right one: lr = 0.02 for 0.01" in str(comparison)


# ---------------------------------------------------------------- findings


def test_a_finding_is_headline_formulas_evidence_remedy() -> None:
    loss, wrong = sloped()
    comparison = compare(loss, wrong)
    finding = comparison.findings[0]
    assert (finding.computed, finding.right) == ("δ = Σ δ·w", "δ = Σ δ·w·f'(z)")
    lines = str(finding).splitlines()
    assert lines[0] == "missing-hidden-derivative, the hidden layer"
    assert [cells(line)[0] for line in lines[1:3]] == ["you computed:", "right is:"]
    assert lines[3].strip().startswith("delta1, delta2: from ×4") and lines[3].endswith(").")
    assert lines[4].strip().startswith("To put it right: multiply")
    page = comparison._repr_html_()
    assert '<td>you computed</td><td class="formula"><i>δ</i> = Σ <i>δ</i>·<i>w</i></td>' in page
    said = words(page)
    assert [said.index(part) for part in (finding.headline, "right is", finding.evidence, finding.remedy)] == sorted(
        said.index(part) for part in (finding.headline, "right is", finding.evidence, finding.remedy)
    )
    assert set(comparison.to_dict()["findings"][0]) >= {"cause", "evidence", "remedy", "computed", "right"}


def test_text_and_page_say_the_same() -> None:
    loss, wrong = sloped()
    for comparison in (compare(loss, wrong), compare(loss, {"delta3": 0.123}), compare(document_000(), SLOPES)):
        said = " ".join(words(comparison._repr_html_()).split())
        for row in comparison.rows:
            assert f"{row.name} {row.by_hand!r} {row.exact!r} {row.distance}".strip() in said
        for text in (comparison.summary, *comparison._around()[0], *comparison._around()[1]):
            assert text in said


def test_of_values_alone_no_mistakes_are_told() -> None:
    loss, _ = sloped()
    assert str(compare(loss, {"z1": 0.28})).splitlines()[3:] == [
        "differences begin at z1", "no known mistake explains all numbers",
    ]  # fmt: skip


def test_names_are_escaped() -> None:
    w = Value(0.5, "<script>x")
    page = compare(w * 3, {"<script>x": 6.0})._repr_html_()
    assert "<script>" not in page and "&lt;script&gt;x" in page


def test_what_is_a_formula_and_what_is_none() -> None:
    assert formulas("tanh'(z) for f'(z)") == ("tanh'(z)", "f'(z)")
    assert formulas("δ times ŷ(1 - ŷ) with ŷ = σ(z)") == ("δ·ŷ(1 - ŷ) with ŷ = σ(z)", "δ")
    for told in ("a minus lost in δ", "f'(z) of unit 1 for all units", "δ carried down by dW for W", "L"):
        assert formulas(told) == ("", "")
    assert typeset("h²(1 - <h1>)") == "<i>h</i>²(1 − &lt;<i>h</i><sub>1</sub>&gt;)"
    assert typeset("tanh'(z)") == "tanh′(<i>z</i>)"


def test_of_wrong_numbers_the_culprit_is_set_in_bold() -> None:
    loss, _ = sloped()
    nodes = loss.named()
    given = {"delta3": nodes["z3"].grad, "delta1": -nodes["z1"].grad, "dw1": -nodes["w1"].grad}
    page = compare(loss, given)._repr_html_()
    kinds = dict(re.findall(r'<tr class="(\w+)"><td>(.)</td>', page))
    assert kinds == {"right": "✓", "wrong": "✗", "carried": "✗"}
    bold = re.findall(r"([^{}]*){ font-weight: bold; }", page)
    assert any("tr.wrong" in rule for rule in bold) and not any("carried" in rule for rule in bold)
