"""Names and languages: one spelling in each script, and every operation in each language."""

import math
import random

import pytest

from autograd import Value, explain, ops
from autograd.languages import LATEX, NUMPY, PYTHON, TEXT, Language
from autograd.names import raised
from autograd.names.identifiers import Namer, identifier
from autograd.names.latex import identifier_in_latex, in_latex
from autograd.names.shown import name, output_name
from autograd.primitive import ATOM, Primitive
from autograd.symbol import Symbol, atom_of

SPELLINGS = {  # label: (as it is shown, in a program, in LaTeX)
    "w1": ("w₁", "w1", "w_{1}"),
    "w_12": ("w₁₂", "w12", "w_{12}"),
    "y_hat": ("ŷ", "y_hat", r"\hat{y}"),
    "ŷ2": ("ŷ₂", "y_hat2", r"\hat{y}_{2}"),
    "delta_3": ("δ₃", "delta3", r"\delta_{3}"),
    "θ1": ("θ₁", "theta1", r"\theta_{1}"),
    "γ": ("γ", "gamma", r"\gamma"),
    "π": ("π", "pi", r"\pi"),
    "W1[0, 2]": ("W₁[0, 2]", "W1_0_2", "W_{1}[0, 2]"),
    "learning_rate": ("learning_rate", "learning_rate", r"\mathrm{learning\_rate}"),
    "cost2": ("cost₂", "cost2", r"\mathrm{cost}_{2}"),
}


@pytest.mark.parametrize("label", SPELLINGS)
def test_a_label_is_spelled_alike_wherever_it_is_read(label: str) -> None:
    shown, program, typeset = SPELLINGS[label]
    assert name(label) == shown
    assert identifier(label) == program
    assert in_latex(label) == identifier_in_latex(program) == typeset


def test_outputs_exponents_and_names_given_out() -> None:
    assert [output_name(place, 2) for place in (1, 2)] == ["ŷ1", "ŷ2"]
    assert output_name(1, 1) == "ŷ"
    assert raised("-1.5") == "⁻¹·⁵"
    namer = Namer()
    given = [namer.name(label, "x") for label in ("w", "w", "w_2", "", "lr", "lr", "lr", "w")]
    assert given == ["w", "w_2", "w2", "x", "lr_", "lr_3", "lr_4", "w_3"]


@pytest.mark.parametrize("spelling", ["w1", "w_1", "w₁", "dw1", "dL_dw1", "grad_w1", "w1.grad", "d_loss_d_w1"])
def test_what_is_asked_for_is_found_by_any_name_that_a_gradient_has(spelling: str) -> None:
    w, x = Value(0.5, "w1"), Value(3.0, "x1")
    assert explain((w * x - 1) ** 2, spelling).value == 3.0


def test_a_label_goes_before_what_else_a_name_may_mean() -> None:
    odd, w = Value(2.0, "dw1"), Value(3.0, "w1")
    assert explain(odd * w, "dw1").value == 3.0
    assert explain(odd * w, "grad_w1").value == 2.0


LANGUAGES: dict[str, Language] = {"text": TEXT, "latex": LATEX, "python": PYTHON, "numpy": NUMPY}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("op", ops.TABLE, ids=lambda op: op.name)
def test_every_operation_is_written_in_every_language(op: Primitive, language: str) -> None:
    xs = tuple(Symbol(f"x{i}") for i in range(len(op.domain)))
    text = LANGUAGES[language].write(Symbol.apply(op, xs), lambda x: atom_of({}, x))
    assert all(x.label in text for x in xs)
    assert text.count("{") == text.count("}") and text.count("(") == text.count(")")


@pytest.mark.parametrize("op", [op for op in ops.TABLE if op in PYTHON.own], ids=lambda op: op.name)
def test_what_python_writes_is_what_the_operation_computes(op: Primitive) -> None:
    rng = random.Random(3)
    xs = tuple(Symbol(f"x{i}") for i in range(len(op.domain)))
    text = PYTHON.write(Symbol.apply(op, xs), lambda x: atom_of({}, x))
    for _ in range(20):
        ends = [sorted(where) for where in op.domain]
        at = [
            rng.choice(end) if isinstance(w, frozenset) else rng.uniform(*end)
            for w, end in zip(op.domain, ends, strict=True)
        ]
        found = eval(text, {"math": math}, {x.label: number for x, number in zip(xs, at, strict=True)})
        assert found == pytest.approx(op.function(*at), rel=1e-15)


def test_brackets_stand_where_they_are_needed_and_nowhere_else() -> None:
    a, b = Symbol("a"), Symbol("b")

    def written(language: Language, expression: Symbol) -> str:
        return language.write(expression, lambda x: (f"x{len(x.label)}", ATOM) if x is a else atom_of({}, x))

    assert written(LATEX, b * ops.log(a)) == r"b \cdot \ln x1"
    assert written(LATEX, (a + b) * -a) == r"\left(x1 + b\right) \cdot \left(-x1\right)"
    assert written(TEXT, (a - b) ** 2.0 / b) == "(x1 − b)²/b"
    assert written(PYTHON, (a - b) ** 2.0 / b) == "(x1 - b)**2 / b"
    assert written(TEXT.but({ops.mul: TEXT.row(ops.mul)}), a * b) == "x1 * b"
