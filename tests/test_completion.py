"""What the tab key offers: what is meant, and neither our imports nor what every text has."""

import pytest

import autograd
import nn
from autograd import Value, draw, exercise, to_manual
from tests.pictures import small

LOSS = small()
SPACE = {
    "data": nn.data, "plot": nn.plot, "nn": nn, "autograd": autograd,
    "picture": draw(LOSS), "task": exercise(LOSS), "program": to_manual(LOSS), "x": Value(1.0),
}  # fmt: skip
OFFERED = {
    "data": "circles gaussians moons normalise one_sample people spiral split ten_points two_samples xor",
    "plot": "activation boundary losses parameters",
    "picture": "pipe render save source timeout view",
    "task": "answer fill gaps loss lr mark solution",
    "program": "answer keys run style",
}


def completed(name: str) -> list[str]:
    """What is offered behind the dot, by what Jupyter asks."""
    jedi = pytest.importorskip("jedi")
    found = jedi.Interpreter(f"{name}.", [SPACE]).complete()
    return sorted(each.name for each in found if not each.name.startswith("_"))


@pytest.mark.parametrize("name", OFFERED)
def test_what_is_meant_is_offered(name: str) -> None:
    assert completed(name) == OFFERED[name].split()
    assert sorted(each for each in dir(SPACE[name]) if each[0] != "_") == OFFERED[name].split()


@pytest.mark.parametrize("package", [autograd, nn])
def test_the_packages_offer_their_public_names(package: object) -> None:
    assert completed(package.__name__) == sorted(package.__all__)  # type: ignore[attr-defined]


def test_what_is_left_out_is_still_there() -> None:
    picture, task = SPACE["picture"], SPACE["task"]
    picture.attr(rankdir="TB")  # type: ignore[attr-defined]
    assert "rankdir=TB" in picture.source and task.splitlines()[0] in task.solution  # type: ignore[attr-defined]
    assert "item" not in completed("x") and "backward" in completed("x")


def test_a_star_brings_data_and_plot() -> None:
    space: dict[str, object] = {}
    exec("from nn import *", space)
    assert space["data"] is nn.data and space["plot"] is nn.plot
