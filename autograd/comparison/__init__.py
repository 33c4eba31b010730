"""Numbers derived by hand, set beside the exact ones: `compare`."""

from collections.abc import Mapping
from typing import Any

from autograd.comparison.rows import Comparison as Comparison
from autograd.value import Value


def compare(
    loss: Value, by_hand: Mapping[str, Any], model: Any = None, *, lr: float | None = None, progress: bool = True,
    names: Mapping[str, Any] = {},
) -> Comparison:  # fmt: skip
    """The numbers derived by hand beside the exact ones, for one loss, and the mistakes that explain what is wrong.

    by_hand  numbers by name. A parameter or input stands for its gradient: `w5`, `grad_w5`, `dw5`,
             `dL_dw5`, `d_L_d_w5` all mean ∂L/∂w5; `delta3` or `δ3` is ∂L/∂z3. A computed node
             (`h1`, `z3`, `y_hat`, `L`) stands for its value, `grad_h1` for its gradient. `W1`,
             `dW1`, `db1` ... take nested lists or arrays of gradients, one row per neuron or one
             column per neuron; `Z1`, `H1`, `delta1` whole layers, one row per sample; a list for
             one node its samples. Of `globals()` what is about this graph is taken, parameters
             (`w5` is then the weight itself) left out.
             Single numbers for what is there once per sample (`z1`, `delta1` after a loop) are all taken to be
             of one sample, that which most of them agree with, and the row says which; their δ may be those of
             the loss of this sample alone where gradients of the mean are given beside them.
             Arrays of Values (`autograd.values`) are known by the name in their labels, W1[0, 1], or by that in
             `names`: `dW1`, `dlogits` or `grad_hpreact` takes all gradients of one, in its shape, and a finding
             speaks of dW1[0, 1]; among `globals()`, arrays of Values are themselves the names.
    model    where the matrices are found if they are not to be those of the graph itself
    lr       the learning rate, where it is known; else it is solved for
    progress whether to show a bar after a second; there is none where nobody would see it, or without tqdm
    names    by name, arrays or nested lists of Values, or single ones, of the graph: parameters, and what is computed

    A number agrees when rounding can explain how far it is from the exact one, which is that of the
    same graph evaluated in decimals of 40 digits and more; the bound is derived for every number
    (`autograd.comparison.rounding`) and shown, in units in the last place (ulp); a wrong number says how it is
    wrong: × −1, ×2.000, +2.6 %. One with 2 to 12 digits is right too where it is the exact one rounded to them, as
    off a calculator, or cut off after them; and, among others that are right, where it was worked out from lines that
    were: "right, from intermediates of 5 digits; z3 lost most". The verdict says so. Wrong numbers of a few digits
    keep the names of their mistakes; where they are so few that a mistake may fit by chance, a note says that too.

    An unknown name is a KeyError with the nearest known ones, a matrix of another shape or a number
    that is not finite a ValueError, what is no real number a TypeError. A graph with an infinite number
    in it is a ValueError, one without a slope a ZeroDivisionError. Gradients are taken where the loss
    was evaluated; no `.grad` is touched. Mistakes are looked for when one asks for the findings, or prints them, and at
    the same numbers, whatever has become of the parameters since.

    Gradients that were not zeroed (`not-zeroed`) are found where they are the right ones several times
    over, or a sum over earlier steps w - lr·∂L/∂w of this very loss: the steps are taken back, for
    which all parameters that moved must be given, and an `lr` that is no round number. Sums over steps
    on other samples cannot be found: nothing here knows of these.

    >>> w, x = Value(0.5, "w"), Value(3.0, "x")
    >>> comparison = compare((w * x - 1) ** 2, {"dw": 3.0, "dx": -0.5})
    >>> comparison.summary, comparison.findings[0].cause
    ('1 of 2 gradients differ: dx', 'sign')
    """
    if not isinstance(loss, Value):
        raise TypeError(f"compare: expected the loss as a Value, got {type(loss).__name__}")
    from autograd.comparison.comparing import judged  # what it needs takes a while to import
    from autograd.comparison.progress_bar import watched

    found = watched(progress)(judged)(loss, by_hand, model, lr, names=names)
    found.diagnosis = watched(progress)(found.diagnosis)
    return found
