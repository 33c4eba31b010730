"""Gradients derived as on paper: `explain` writes the chain rule of a graph as formula = numbers = value."""

from typing import TYPE_CHECKING, Any

from autograd.value import Value

if TYPE_CHECKING:  # what it needs takes a while to import
    from autograd.explanation.explanation import Explanation

__all__ = ["Explanation", "explain"]


def explain(loss: Value, wrt: Any = None, *, order: int = 1) -> "Explanation":
    """How ∂loss/∂wrt comes about: the chain rule along the graph, as formula = numbers = value.

    wrt    a Value of the graph, its label (`"w1"`; `"delta3"` is the weighted sum z3), or a list of
           such; when left out, all weights and biases of a network, else every labelled leaf
    order  2 for the second derivative: by `wrt` twice, or by the two values of a pair

    Where the graph is a network, the steps are the δ of its neurons (of a recurrent one, those of each
    time), and known closed forms are used: of the sigmoid with binary cross-entropy ŷ - y, with squared
    error (ŷ - y)·ŷ(1 - ŷ), of softmax with cross-entropy p - y. Each is compared with the engine's
    gradient first. In a batch a gradient is the sum over the samples. Numbers are rounded for reading, in
    such a way that each line follows from the numbers it shows.

    >>> w, x = Value(0.5, "w"), Value(3.0, "x")
    >>> print(explain((w * x - 1) ** 2, "w").text, end="")
    ∂L/∂w = 2·(w·x − 1)·x = 2·(0.5·3 − 1)·3 = 3
    """
    from autograd.explanation.explaining import explained

    return explained(loss, wrt, order)


def __getattr__(name: str) -> Any:
    if name == "Explanation":
        from autograd.explanation.explanation import Explanation

        return Explanation
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
