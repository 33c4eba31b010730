"""Two more questions to a graph: was that step right (`check_step`), and are the rules themselves (`gradcheck`)?"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from autograd.comparison.rows import Comparison
from autograd.value import Value


def check_step(
    loss: Value,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    lr: float | None = None,
    model: Any = None,
    *,
    optimizer: Any = None,
) -> Comparison:
    """The parameters after a step w ← w - lr·∂L/∂w beside what they should be, and what was done instead.

    before, after  parameters by name, or matrices W1 b1 ...; the loss is to be evaluated at `before`
    lr             the learning rate; None to recover it from the step
    optimizer      as it was before the step (`copy.deepcopy` it): what `SGD` with momentum, `Adam` ...
                   would have done is then what is right

    From each parameter the gradient is recovered that the step tells of, (before - after)/lr, with
    the rounding of the update, which is much coarser than that of a gradient. Parameters rounded to
    2 to 12 digits are right where the exact ones round to them; of one that never moved it is said.
    Findings have the codes of the catalogue (`sign` is ascent for descent, `updated-weight`,
    `summed-not-averaged` ...) and of the update: `learning-rate`, `learning-rate-varies`, `not-updated`.
    Names of `before` that are not in `after` (or the reverse), and parameters at which the loss was not
    evaluated, are a ValueError.

    >>> w = Value(0.5, "w")
    >>> comparison = check_step((w * 3 - 1) ** 2, {"w": 0.5}, {"w": 0.8}, lr=0.1)
    >>> comparison.findings[0].cause, round(comparison.rows[0].exact, 9)
    ('sign', 0.2)
    """
    if not isinstance(loss, Value):
        raise TypeError(f"check_step: expected the loss as a Value, got {type(loss).__name__}")
    if lr is not None and not (isinstance(lr, (int, float)) and 0.0 < lr < math.inf):
        raise ValueError(f"check_step: lr: expected a finite number above 0, or None to recover it, got {lr!r}")
    from autograd.comparison.stepping import audited  # what it needs takes a while to import

    return audited(loss, before, after, lr, model, optimizer)


def gradcheck(f: Callable[..., Any], *args: Any, order: int = 2) -> Comparison:
    """The derivatives of f at `args`, by backward and by forward mode, beside differences in higher precision.

    f      a function of floats, or of nested lists of them, that returns one number
    order  1 for first derivatives only, 2 for second ones too

    The graph of f is evaluated in decimals of the standard library at points 1e-15 apart, with more
    digits than that costs: what differences give is then good to about 30 digits, has nothing to do
    with the rules that are checked, and needs no package. Where f has an operation that is defined
    on floats only, differences are extrapolated from coarser steps, and their error is added to the
    bound. At a kink, any slope between those on both sides is right.

    >>> gradcheck(lambda x, y: (x * y).tanh() / y, 0.5, 2.0).ok
    True
    """
    if not callable(f):
        raise TypeError(
            f"gradcheck: f: expected a function of the numbers at which to check, got {type(f).__name__}: {f!r}"
        )
    if order not in (1, 2):
        raise ValueError(f"gradcheck: order: expected 1 or 2, got {order!r}")
    from autograd.comparison.differences import checked  # what it needs takes a while to import

    return checked(f, args, order)
