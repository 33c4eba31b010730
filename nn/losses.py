"""Losses `(prediction, target)`: of one prediction, or averaged over lists of them.

Predictions and targets are numbers, or lists, tuples, arrays or generators of the same shape, where
a list of one number is as good as the number: a column [[1], [0]] of targets goes with a flat list
of predictions. Other shapes are a ValueError; nothing is broadcast.

`reduction="mean"` averages, "sum" adds up, and "none" gives the losses of all predictions, in lists
as the predictions are. `weights`, finite numbers from 0 on, one for each sample (or prediction),
count its loss so many times: the mean is then Σwℓ/Σw.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autograd import (
    Symbol,
    Value,
    absolute,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    log_sum_exp,
    nonzero,
    relu,
    step,
    total,
    where,
)
from nn.nested import nested, shape


def mse(prediction: Any, target: Any, *, reduction: str = "mean", weights: Any = None) -> Any:
    """(ŷ - y)², averaged over all predictions (or as `reduction` says).

    >>> mse([0.0, 0.0, 0.0, 0.0], [1, 0, 0, 1])
    0.5
    """
    return _reduced(lambda p, y: (p - y) ** 2, prediction, target, reduction, weights)


def half_squared_error(prediction: Any, target: Any, *, reduction: str = "mean", weights: Any = None) -> Any:
    """½(ŷ - y)², averaged over all predictions (or as `reduction` says).

    >>> half_squared_error(0.5, 1)
    0.125
    """
    return _reduced(lambda p, y: 0.5 * (p - y) ** 2, prediction, target, reduction, weights)


def l1(prediction: Any, target: Any, *, reduction: str = "mean", weights: Any = None) -> Any:
    """|ŷ - y|, averaged over all predictions.

    >>> l1([0.5, -1.0], [1, 1])
    1.25
    """
    return _reduced(lambda p, y: absolute(p - y), prediction, target, reduction, weights)


def huber(
    prediction: Any, target: Any, *, delta: float = 1.0, reduction: str = "mean", weights: Any = None
) -> Any:
    """½e² of e = ŷ - y up to |e| = δ, and a straight line δ(|e| - ½δ) from there on, averaged over all predictions.

    >>> huber(0.5, 1), huber(3.0, 1)
    (0.125, 1.5)
    """
    width = Value(delta).data
    if not 0.0 < width < math.inf:
        raise ValueError(f"huber: expected a finite delta above 0, got {delta!r}")

    def term(p: Any, y: Any) -> Any:
        e = p - y
        return where(step(absolute(e) - width), width * (absolute(e) - 0.5 * width), 0.5 * e * e)

    return _reduced(term, prediction, target, reduction, weights)


def bce(prediction: Any, target: Any, *, reduction: str = "mean", weights: Any = None) -> Any:
    """-(y ln ŷ + (1 - y) ln(1 - ŷ)) of probabilities ŷ in (0, 1) and labels y in [0, 1], averaged.

    A label outside [0, 1] is a ValueError, as is a ŷ of exactly 0 or 1 that its label contradicts:
    `bce_with_logits` takes the weighted sum z instead and is right for any. The value is that of ŷ as it
    was rounded, as on paper: where a sigmoid is certain and wrong, 1 - ŷ has few digits left (z = 30 and
    label 0 give 30.001). The gradient is that of σ(z) before rounding, where ŷ is the result of `sigmoid`.

    >>> bce(0.5, 1)
    0.6931471805599453
    """
    return _reduced(binary_cross_entropy, prediction, target, reduction, weights, _label)


def bce_with_logits(logit: Any, target: Any, *, reduction: str = "mean", weights: Any = None) -> Any:
    """The binary cross-entropy of σ(z) for any weighted sum z, and labels y in [0, 1], averaged.

    >>> bce_with_logits(-1000.0, 1)
    1000.0
    """
    return _reduced(binary_cross_entropy_with_logits, logit, target, reduction, weights, _label)


def hinge(score: Any, target: Any, *, reduction: str = "mean", weights: Any = None) -> Any:
    """max(0, 1 - y·s) of scores s and classes y, -1 or 1 (ValueError otherwise), averaged.

    >>> hinge([0.5, 2.0], [1, 1])
    0.25
    """
    return _reduced(lambda s, y: relu(1.0 - y * s), score, target, reduction, weights, _sign)


def cross_entropy(logits: Any, class_number: Any, *, reduction: str = "mean", weights: Any = None) -> Any:
    """-ln softmax(z)ᵤ = ln Σ exp(zᵢ - zᵤ) of the logits z of one sample and its class u, averaged over samples.

    One sample is a list of at least two logits (weighted sums, one per class) and the number of
    its class, counted from 0; several are a list of such lists and a list of class numbers. What
    is no such number is a ValueError.

    >>> round(cross_entropy([2.0, 1.0, 0.0], 0), 6)
    0.407606
    >>> cross_entropy([[0.0, 1000.0], [1000.0, 0.0]], [0, 0])
    500.0
    """
    return _reduced(_class_entropy, logits, class_number, reduction, weights, one=_is_sample, mismatch=CLASSES)


def l2_penalty(parameters: Iterable[Any], strength: float) -> Any:
    """λ·Σp² of all parameters p, to be added to a loss; the strength λ is a finite number from 0 on.

    >>> l2_penalty([Value(3.0, "w1"), Value(4.0, "w2")], 0.1).data
    2.5
    """
    factor = Value(strength).data
    if not 0.0 <= factor < math.inf:
        raise ValueError(f"l2_penalty: expected a finite strength from 0 on, got {strength!r}")
    squares = [p * p for p in nested(iter(parameters))]
    if not squares:
        raise ValueError("l2_penalty: expected at least one parameter, such as model.parameters(), got none")
    return factor * total(squares)


TARGETS = "predictions and targets of different shapes: {}; expected one target for every prediction"
CLASSES = "logits and class numbers that do not go together: {}; expected one class number for every list of logits"


def _reduced(
    term: Callable[[Any, Any], Any],
    prediction: Any,
    target: Any,
    reduction: str,
    weights: Any = None,
    check: Callable[[Any], Any] | None = None,
    *,
    one: Callable[[Any], bool] = lambda prediction: not isinstance(prediction, list),
    mismatch: str = TARGETS,
) -> Any:
    """`term(prediction, target)` of all pairs, reduced, labelled L; `one` tells a single prediction.

    A `check` of targets says that these are something else than predictions.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction: expected 'mean', 'sum' or 'none', got {reduction!r}")
    if isinstance(prediction, Value) and isinstance(target, (int, float)) and weights is None:
        loss = term(prediction, check(float(target)) if check else float(target))  # the common case, without detours
    else:
        predictions, targets = nested(prediction), nested(target)
        if (check is not None or one is _is_sample) and _exchanged(predictions, targets):
            raise ValueError(
                "prediction and target are exchanged: the first argument is plain numbers, the second was computed; "
                "a loss is called (prediction, target), such as bce(model(x), y)"
            )
        pairs = _pairs(predictions, targets, one, mismatch)
        if not pairs:
            raise ValueError("a loss of no predictions: expected at least one prediction and its target")
        terms = [term(p, check(y) if check else y) for p, y in pairs]
        shares = [1.0] * len(terms) if weights is None else _shares(predictions, nested(weights), one)
        if weights is not None:
            terms = [w * each for w, each in zip(shares, terms, strict=True)]
        if reduction == "none":
            return _shaped(predictions, iter(terms), one)
        n = math.fsum(shares)
        loss = terms[0] if len(terms) == 1 else total(terms)
        loss = loss if reduction == "sum" or n == 1.0 else loss / n
    if isinstance(loss, Value):
        loss.label = "L"
    return loss


def _exchanged(predictions: Any, targets: Any) -> bool:
    """Whether what should be predictions are plain numbers, and targets were computed."""
    given, wanted = list(_flat(predictions)), list(_flat(targets))
    computed = any(isinstance(y, Value) and y.op is not None for y in wanted)
    return computed and all(isinstance(p, float) for p in given)


def _flat(x: Any) -> Iterator[Any]:
    if isinstance(x, list):
        for item in x:
            yield from _flat(item)
    else:
        yield x


def _shaped(predictions: Any, terms: Iterator[Any], one: Callable[[Any], bool]) -> Any:
    """The terms in lists as the predictions are."""
    return next(terms) if one(predictions) else [_shaped(p, terms, one) for p in predictions]


def _shares(predictions: Any, weights: Any, one: Callable[[Any], bool]) -> list[float]:
    """The weight of every prediction; that of a sample is the weight of all its predictions."""
    found = list(_spread(predictions, weights, one))
    if not all(isinstance(w, float) and 0.0 <= w < math.inf for w in found) or not any(found):
        raise ValueError(f"weights: expected finite numbers from 0 on, not all of them 0, got {weights!r}")
    return found


def _spread(p: Any, w: Any, one: Callable[[Any], bool]) -> Iterator[Any]:
    if one(p):
        yield w
    elif not isinstance(w, list):
        for each in p:
            yield from _spread(each, w, one)
    elif len(w) == len(p):
        for each, own in zip(p, w, strict=True):
            yield from _spread(each, own, one)
    else:
        raise ValueError(f"weights: expected one for each of {len(p)} predictions, got {shape(w)}")


class _MisfitError(ValueError):
    """Raised with the place where predictions and targets part."""


def _pairs(predictions: Any, targets: Any, one: Callable[[Any], bool], mismatch: str) -> list[tuple[Any, Any]]:
    """Predictions with their targets out of lists of the same shape, in which [y] is as good as y."""
    try:
        return list(_walk(predictions, targets, one, ()))
    except _MisfitError as misfit:
        raise ValueError(mismatch.format(f"{shape(predictions)} against {shape(targets)}{misfit}")) from None


def _walk(p: Any, y: Any, one: Callable[[Any], bool], place: tuple[int, ...]) -> Iterator[tuple[Any, Any]]:
    if one(p):
        while isinstance(y, list) and len(y) == 1:
            y = y[0]
        if not isinstance(y, list):
            yield p, y
            return
    elif isinstance(p, list) and isinstance(y, list) and len(p) == len(y):
        for i, (a, b) in enumerate(zip(p, y, strict=True)):
            yield from _walk(a, b, one, (*place, i))
        return
    elif isinstance(p, list) and len(p) == 1 and not isinstance(y, list):
        yield from _walk(p[0], y, one, place)
        return
    raise _MisfitError(f" (at {list(place)}: {shape(p)} against {shape(y)})" if place else "")


def _is_sample(logits: Any) -> bool:
    return isinstance(logits, list) and bool(logits) and not any(isinstance(z, list) for z in logits)


def _class_entropy(logits: list[Any], number: Any) -> Any:
    if not isinstance(logits, list) or len(logits) < 2:
        raise ValueError("cross_entropy: expected a list of at least two logits, got one; see bce_with_logits")
    if isinstance(number, Symbol):
        return _traced_entropy(logits, number)
    if not isinstance(number, float):
        raise TypeError(f"cross_entropy: expected a class number, got {type(number).__name__}: {number!r}")
    if not (number.is_integer() and 0 <= number < len(logits)):
        raise ValueError(f"cross_entropy: expected a class number from 0 to {len(logits) - 1}, got {number:g}")
    own = logits[int(number)]
    # The difference of the class with itself is 0 whatever it is: a literal, and not differentiated.
    return log_sum_exp(*(0.0 if place == number else z - own for place, z in enumerate(logits)))


def _traced_entropy(logits: list[Any], number: Symbol) -> Any:
    """The same where the class is not known yet."""
    others = [nonzero(number - float(place)) for place in range(len(logits))]
    own = total([where(other, 0.0, z) for other, z in zip(others, logits, strict=True)])
    return log_sum_exp(*(where(other, z - own, 0.0) for other, z in zip(others, logits, strict=True)))


def _label(y: Any) -> Any:
    if not isinstance(y, Symbol) and not 0.0 <= y <= 1.0:
        raise ValueError(f"expected a label from 0 to 1, got {y!r}")
    return y


def _sign(y: Any) -> Any:
    if not isinstance(y, Symbol) and (y.data if isinstance(y, Value) else y) not in (-1.0, 1.0):
        raise ValueError(f"hinge: expected a class of -1 or 1, got {y!r} (for 0/1 labels write 2*y - 1)")
    return y
