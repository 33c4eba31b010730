"""What is meant by a name that a person writes: `dw1` and `dL_dw1` the gradient of w1, `delta3` that of z3."""

import re
from collections.abc import Iterator

from autograd.names import Names, V, canonical

_LOSS = r"(?:L|E|J|C|loss|Loss|cost|Cost|error|Error)"
_GRADIENT = re.compile(
    rf"^(?:(?:gradient|grad)_?(?:of_?)?|[d∂]_?{_LOSS}_?/?_?(?:by_)?[d∂]_?|[d∂]_?)(?P<of>.+)$|^(?P<before>.+?)[._](?:gradient|grad)$"
)
_ALIASES = {
    **dict.fromkeys(("loss", "Loss", "cost"), "L"),
    **dict.fromkeys(("output", "out", "pred", "prediction", "yhat", "ypred"), "ŷ"),
}


def readings(name: str) -> Iterator[tuple[str, bool]]:
    """The labels that a name may stand for, and whether for the gradient; the likeliest first.

    >>> list(dict.fromkeys(readings("dw1"))), list(dict.fromkeys(readings("out")))
    ([('dw1', False), ('w1', True)], [('out', False), ('ŷ', False)])
    """
    wanted = canonical(name)
    yield from ((spelling, False) for spelling in _spellings(wanted))
    if wanted.startswith("δ"):
        yield re.sub(r"^δ_?[zha]?", "z", wanted), True
    of = gradient_of(name)
    if of:
        yield from ((spelling, True) for spelling in _spellings(canonical(of)))


class Nodes(Names[V]):
    """The nodes of a graph by label; the error for the name of a gradient, such as `delta3`, says what to write."""

    def __missing__(self, name: str) -> V:
        of = (label for label, gradient in readings(name) if gradient and self.find(label) is not None)
        label = next(of, "") if self.find(name) is None else ""
        if label:
            raise KeyError(f"no {name!r} here; it is the gradient of {label}: write [{label!r}].grad, after backward()")
        return super().__missing__(name)


def gradient_of(name: str) -> str:
    """What a name is the gradient of, if it is one: w1 for `dw1`, W1 for `grad_W1`; "" for any other."""
    match = _GRADIENT.match(canonical(name))
    return (match["of"] or match["before"]) if match else ""


def _spellings(label: str) -> tuple[str, ...]:
    return label, _ALIASES.get(label, label), re.sub(r"^a(?=\d)", "h", label)
