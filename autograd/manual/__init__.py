"""Derivations by hand: `to_manual` writes them out, `exercise` leaves gaps in them and marks what is filled in."""

from collections.abc import Sequence
from typing import Any

from autograd.manual.exercises import Exercise as Exercise
from autograd.manual.result import Answer as Answer
from autograd.manual.result import Manual as Manual
from autograd.value import Value


def to_manual(
    loss: Value, model: Any = None, *, style: str = "python", mistake: str | None = None, lr: float = 0.1
) -> Manual:
    r"""The derivation of all gradients of a loss by hand, as a program that stands alone, or in LaTeX.

    model    where names of parameters are found, if they are not to be the labels in the graph
    style    "python" (with `math` only), "numpy" (matrices, one row per sample), or "latex"
    mistake  the code of a mistake of the catalogue to be planted: `.answer` is then the key
    lr       the learning rate of the update at the end

    Of a network it is the textbook's: z and h neuron by neuron, the loss, δ = ∂L/∂z from the last layer
    to the first, gradients, update; a loop over the samples of a batch. Running it defines z1, h1,
    delta1, grad_w1 ... by the labels in ASCII. A large network is written layer by layer, with lists
    W1, b1 and grad_W1; any other graph operation by operation.

    A number that it gives is within 4 ulp of the engine's (8 where sigmoid is written out with exp), a sum in
    units of the last place of the sum of the magnitudes of its terms, since it may be added in another order
    (and of a hundred samples it is some more; of more than 2,000 weights, a thousand at most). Where a textbook form
    (ŷ - y, h(1 - h), 1 - h²) would lose more at these numbers, one that does not takes its place and
    says so. NumPy's functions and matrix products round otherwise: of its programs, that holds for every
    operation.

    A mistake that has no room in this graph, or changes no number, is a ValueError that says why
    and names those that have.

    >>> w, x = Value(0.5, "w"), Value(3.0, "x")
    >>> print(to_manual((w * x - 1) ** 2).split("\n\n", 1)[1])
    # What is given
    w = 0.5; x = 3
    <BLANKLINE>
    # Forward: one operation a line
    v1 = w * x
    v2 = v1 - 1
    L = v2**2
    <BLANKLINE>
    # Backward, from the last to the first: grad_v is ∂L/∂v
    grad_L = 1
    grad_v2 = grad_L * 2 * v2
    grad_v1 = grad_v2
    grad_w = grad_v1 * x
    grad_x = grad_v1 * w
    <BLANKLINE>
    """
    from autograd.manual.writing import written  # what it needs takes a while to import

    return written(loss, model, style, mistake, lr, "to_manual")


def exercise(
    loss: Value,
    model: Any = None,
    *,
    blanks: int | str | Sequence[str] = 3,
    mistake: str | None = None,
    seed: int | None = 0,
    lr: float = 0.1,
) -> Exercise:
    """The program of `to_manual` with gaps `____` to be filled in, and what marks them.

    blanks   how many gaps, or the name or names whose formulas are left out; "backward" (or "forward") for all there
    mistake  the code of a mistake that is planted besides, to be found
    seed     for which formulas are left out: the same in every run; with None, others in every call

    `.mark` takes numbers or formulas by name, or the text of the filled program, which it runs in a process of its
    own; `.fill` puts formulas into the gaps; `.gaps`, `.solution` and `.answer` are the key. A program with a gap left
    in it stops there with a NameError about `____`.

    >>> w, x = Value(0.5, "w"), Value(3.0, "x")
    >>> task = exercise((w * x - 1) ** 2, blanks=["grad_w"])
    >>> task.gaps
    {'grad_w': 'grad_v1 * x'}
    >>> task.mark({"grad_w": 3.0}).ok, task.mark({"grad_w": 0.5}).ok
    (True, False)
    >>> task.mark({"grad_w": "grad_v1 * w"}).summary
    '1 of 2 gradients differ: grad_w'
    """
    from autograd.manual.gaps import with_gaps  # what it needs takes a while to import

    return with_gaps(loss, model, blanks, mistake, seed, lr)
