"""Draws the pictures of the README: `python -m tests.pictures`."""

from pathlib import Path

from autograd import draw
from nn import MLP, bce

FOLDER = Path(__file__).parent.parent / "notebooks" / "pictures"
START = {"w1": 0.5, "w2": -1.2, "b1": 0.3, "w3": 0.8, "w4": 0.4, "b2": -0.6, "w5": 1.5, "w6": -0.9, "b3": 0.2}


def main() -> None:
    """Write every picture anew."""
    model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    model.load_named(START)
    loss = bce(model([0.1, 0.7]), 1)
    loss.backward()
    draw(loss).save(FOLDER / "graph.svg")


if __name__ == "__main__":
    main()
