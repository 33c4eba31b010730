"""What people write who come from other frameworks, and what is written here instead."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from autograd.names import nearest

NUMBER: Final = "it is one number, write x.data"
NO_FLAG: Final = "every Value is differentiated: leave it out, or cut a number off with x.detach()"

OF_VALUES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("item", "numpy", "tolist", "value", "val", "cpu", "float"), NUMBER),
    **dict.fromkeys(("requires_grad", "requires_grad_"), NO_FLAG),
    **dict.fromkeys(("gradient", "derivative", "dx"), "write x.grad, after loss.backward()"),
    **dict.fromkeys(("sum", "mean", "max", "min"), "of a list xs of Values write total(xs), mean(xs), maximum(*xs)"),
    **dict.fromkeys(("shape", "T", "size", "ndim"), "it is one number; for arrays of them see autograd.values"),
    **dict.fromkeys(("pow", "square"), "write x**2"),
    "matmul": "write dot(w, x, b)",
    "abs": "write abs(x)",
    "retain_grad": "the gradients of all nodes are kept: leave it out",
    "zero_": "write x.zero_grad()",
}
"""What a Value does not have, by name."""


def missing(what: str, name: str, known: Callable[[], Iterable[str]], table: Mapping[str, str]) -> AttributeError:
    """The error for an attribute that is not there: what is written instead, else the names nearest to it."""
    if name.startswith("_"):  # asked for by Python and NumPy all the time
        return AttributeError(f"{what} has no {name}")
    public = [each for each in known() if not each.startswith("_")]
    return AttributeError(f"{what} has no {name}: {table.get(name) or nearest(name, public)}")
