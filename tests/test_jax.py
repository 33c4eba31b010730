"""Functions and derivatives against JAX's numbers in tests/data/jax.json, at ordinary points, ties and kinks."""

import json
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import exp, grad, hessian, jacobian, jvp, leaky_relu, tanh, total, value_and_grad, vjp
from tests.data.record_jax import G, W, X
from tests.test_looked_for import f, flat

KNOWN = json.loads((Path(__file__).parent / "data" / "jax.json").read_text(encoding="utf-8"))
GIVEN = KNOWN["given"]

SETTINGS = {
    "leaky_relu": lambda x: leaky_relu(x, 0.01),
    "clip from -1 to 0.5": lambda x: autograd.clip(x, -1.0, 0.5),
}

ELSEWHERE = {
    ("absolute", 0.0): ([1.0, 0.0], [0.0, 0.0]),
    ("leaky_relu", 0.0): ([1.0, 0.0], [0.01, 0.0]),
    ("softsign", 0.0): ([1.0, -2.0], [1.0, 0.0]),  # of x/(1 + |x|), from the slope of |x|
}
"""At these kinks JAX takes the slopes from the right, the first; we take those of PyTorch, the second.

At a bound of clip, which has half of the gradient here and in JAX, PyTorch takes the whole.
"""


def close(mine: Any, theirs: Any) -> bool:
    return list(flat(mine)) == pytest.approx(list(flat(theirs)), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", KNOWN["of one"])
def test_functions_of_a_number_and_two_derivatives_are_those_of_jax(name: str) -> None:
    g = SETTINGS.get(name) or getattr(autograd, name)
    for x, (y, *slopes) in zip(GIVEN["of one"], KNOWN["of one"][name], strict=True):
        if (name, x) in ELSEWHERE:
            jaxs, ours = ELSEWHERE[name, x]
            assert slopes == jaxs
            slopes = ours
        found = [g(x), grad(g)(x), grad(grad(g))(x)]
        assert found == pytest.approx([y, *slopes], rel=1e-12, abs=1e-14), x  # JAX adds up what all but cancels


@pytest.mark.parametrize("name", KNOWN["of two"])
def test_functions_of_two_numbers_are_those_of_jax(name: str) -> None:
    """Of equal numbers, each has half of the gradient; PyTorch's maximum and minimum of two do the same."""
    g = getattr(autograd, name)
    for pair, (y, slopes) in zip(GIVEN["of two"], KNOWN["of two"][name], strict=True):
        assert close([g(*pair), *grad(g, (0, 1))(*pair)], [y, *slopes]), pair


@pytest.mark.parametrize("name", KNOWN["of many"])
def test_functions_of_a_list_are_those_of_jax(name: str) -> None:
    """All that tie share evenly; so do PyTorch's amax and amin, while its max and min along an axis take one place."""
    named = getattr(autograd, name)
    g = (lambda xs: named(*xs)) if name in ("maximum", "minimum", "log_sum_exp") else named
    for xs, (y, slopes) in zip(GIVEN["of many"], KNOWN["of many"][name], strict=True):
        assert close(g(xs), y), xs
        assert close(jacobian(g)(xs), slopes), xs


# ---------------------------------------------------------------- of f, the function of two lists in test_looked_for


def both(w: Any, x: Any) -> Any:
    y = f(w, x)
    return total(y), y


def alone(w: Any, x: Any) -> Any:
    return total(f(w, x))


def test_forward_and_backward_are_those_of_jax() -> None:
    y, pullback = vjp(f, W, X)
    assert close(y, KNOWN["y"])
    assert close(pullback(G), KNOWN["vjp"])
    assert close(jvp(f, (W, X), ([1.0, 0.5], [-0.25, 2.0])), [KNOWN["y"], KNOWN["jvp"]])
    assert close(jacobian(f, (0, 1))(W, X), KNOWN["jacobian"])
    assert close(KNOWN["jacobian"], KNOWN["forward jacobian"])


def test_gradients_by_arguments_with_something_beside_are_those_of_jax() -> None:
    assert close(grad(alone)(W, X), KNOWN["grad"])
    assert close(grad(alone, (0, 1))(W, X), KNOWN["grad by both"])
    assert close(grad(both, (1, 0), has_aux=True)(W, X), KNOWN["grad, aux"])
    assert close(value_and_grad(both, (0, 1), has_aux=True)(W, X), KNOWN["value, aux, grad"])


def test_second_derivatives_are_those_of_jax() -> None:
    assert close(hessian(alone)(W, X), KNOWN["hessian"])
    mixed = jacobian(grad(alone), 1)(W, X)
    assert close(mixed, KNOWN["jacobian of the gradient"])
    assert close(hessian(alone, (0, 1))(W, X), KNOWN["hessian by both"])
    found = hessian(lambda p: p["w"] ** 2 * exp(p["b"]))({"b": -0.5, "w": 1.5})
    known = KNOWN["hessian of a dict"]
    assert close([found[a][b] for a in "bw" for b in "bw"], [known[a][b] for a in "bw" for b in "bw"])


def test_names_of_arguments_do_what_their_numbers_do() -> None:
    assert close(grad(alone, ("w", "x"))(W, x=X), KNOWN["grad by both"])
    assert close(grad(lambda w, x: tanh(w[0] * x[0] + w[1] * x[1]), "x")(W, X), KNOWN["jacobian"][0][1])
