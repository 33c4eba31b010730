"""Losses `(prediction, target)`: of one prediction, or averaged over a list of them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd import Value, binary_cross_entropy, binary_cross_entropy_with_logits, relu, total


def mse(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """(ŷ - y)², averaged over all predictions (added up with `reduction="sum"`).

    >>> mse([0.0, 0.0, 0.0, 0.0], [1, 0, 0, 1])
    0.5
    """
    return _reduced(lambda p, y: (p - y) ** 2, prediction, target, reduction)


def half_squared_error(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """½(ŷ - y)², averaged over all predictions (added up with `reduction="sum"`).

    >>> half_squared_error(0.5, 1)
    0.125
    """
    return _reduced(lambda p, y: 0.5 * (p - y) ** 2, prediction, target, reduction)


def bce(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """-(y ln ŷ + (1 - y) ln(1 - ŷ)) of probabilities ŷ in (0, 1) and labels y in [0, 1], averaged.

    A label outside [0, 1] is a ValueError, as is a ŷ of exactly 0 or 1 that its label contradicts:
    `bce_with_logits` takes the weighted sum z instead and is right for any.

    >>> bce(0.5, 1)
    0.6931471805599453
    """
    return _reduced(binary_cross_entropy, prediction, target, reduction, _label)


def bce_with_logits(logit: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The binary cross-entropy of σ(z) for any weighted sum z, and labels y in [0, 1], averaged.

    >>> bce_with_logits(-1000.0, 1)
    1000.0
    """
    return _reduced(binary_cross_entropy_with_logits, logit, target, reduction, _label)


def hinge(score: Any, target: Any, *, reduction: str = "mean") -> Any:
    """max(0, 1 - y·s) of scores s and classes y, -1 or 1 (ValueError otherwise), averaged.

    >>> hinge([0.5, 2.0], [1, 1])
    0.25
    """
    return _reduced(lambda s, y: relu(1.0 - y * s), score, target, reduction, _sign)


def _reduced(
    term: Callable[[Any, Any], Any],
    prediction: Any,
    target: Any,
    reduction: str,
    check: Callable[[Any], Any] = lambda y: y,
) -> Any:
    """The mean or sum of `term(prediction, target)` over all pairs, labelled L."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction: expected 'mean' or 'sum', got {reduction!r}")
    if isinstance(prediction, Value) and isinstance(target, (int, float)):  # the common case, without detours
        terms = [term(prediction, check(target))]
    else:
        terms = [term(p, check(y)) for p, y in _pairs(prediction, target)]
    if not terms:
        raise ValueError("a loss of no predictions: expected at least one prediction and its target")
    loss = terms[0] if len(terms) == 1 else total(terms) if reduction == "sum" else total(terms) / len(terms)
    if isinstance(loss, Value):
        loss.label = "L"
    return loss


def _pairs(prediction: Any, target: Any) -> Iterator[tuple[Any, Any]]:
    """Predictions with their targets, one by one, out of lists of the same shape."""
    if not _is_list(prediction) and not _is_list(target):
        yield prediction, target
    elif _is_list(prediction) and _is_list(target) and len(prediction) == len(target):
        for p, y in zip(prediction, target, strict=True):
            yield from _pairs(p, y)
    else:
        raise ValueError(
            f"predictions and targets of different shapes: {_size(prediction)} against {_size(target)}; "
            "expected one target for every prediction"
        )


def _is_list(x: Any) -> bool:
    return isinstance(x, Sequence) or getattr(x, "shape", ()) != ()


def _size(x: Any) -> str:
    return f"a list of {len(x)}" if _is_list(x) else "one number"


def _label(y: Any) -> Any:
    if not 0 <= y <= 1:
        raise ValueError(f"expected a label from 0 to 1, got {y!r}")
    return float(y) if isinstance(y, int) else y


def _sign(y: Any) -> Any:
    if y not in (-1, 1) and getattr(y, "data", y) not in (-1, 1):
        raise ValueError(f"hinge: expected a class of -1 or 1, got {y!r} (for 0/1 labels write 2*y - 1)")
    return y
