"""How collections are read: as the list of their entries, where these have an order, or refused in words."""

import reprlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

DEEPEST: Final = 200
"""How deep lists may be nested: no data is, and what goes on is a list that contains itself."""

CHARACTERS: Final = "if the numbers of its characters are meant, give list(x)"

ADVICE: Final[Mapping[type, str]] = {
    Mapping: "give a list, such as [*x.values()]",
    set: "a set has no order: give a list, such as sorted(x)",
    frozenset: "a set has no order: give a list, such as sorted(x)",
    str: "text is no number: write float(x), if it says one",
    bytes: CHARACTERS,
    bytearray: CHARACTERS,
    memoryview: "give x.tolist()",
}
"""What is no list of numbers though it looks like one, and what to do."""


def entries(x: Any, depth: int = 0) -> Any:
    """The entries of a collection in order, as a list; None for a number, and what else has no entries.

    Lists and tuples are returned as they are. Of arrays and tables (a DataFrame) the entries are the
    rows; ranges, generators, zip and the like are read to their end. A set, a dict, text, bytes and
    an array with masked entries are a TypeError that says what to give instead, and a collection
    inside of `DEEPEST` others is a ValueError.

    >>> entries(range(3)), entries(zip([1.0], [2.0])), entries(3.0)
    ([0, 1, 2], [(1.0, 2.0)], None)
    """
    if type(x) is float or type(x) is int:
        return None
    if not isinstance(x, (list, tuple)):
        advice = next((advice for kind, advice in ADVICE.items() if isinstance(x, kind)), None)
        if advice is not None:
            what = f"{type(x).__name__}: {reprlib.repr(x)}"
            raise TypeError(f"expected a real number or a list or array of such, got {what}; {advice}")
        if getattr(x, "shape", None) == ():
            return None
        if hasattr(x, "tolist") or hasattr(x, "to_numpy"):
            x = _of_array(x)
        else:
            x = list(x) if isinstance(x, Iterable) else None
    if x is not None:
        check_depth(depth)
    return x


def _of_array(x: Any) -> Any:
    """The rows of an array or a table, nested lists where it has more than one dimension."""
    if hasattr(x, "to_numpy"):  # of pandas or polars
        x = x.to_numpy()
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    if kind and kind in "mM":
        raise TypeError(f"expected numbers, got an array of {x.dtype}: divide by the unit that is meant")
    hidden = int(x.mask.sum()) if hasattr(x, "filled") else 0
    if hidden:
        raise TypeError(
            f"expected numbers, got a {type(x).__name__} in which {hidden} of {x.size} are masked: "
            "give x.filled(number), or leave these out"
        )
    return x.tolist()


def check_depth(depth: int) -> None:
    """ValueError for a collection inside of so many others that it must be one that contains itself."""
    if depth >= DEEPEST:
        raise ValueError(f"lists nested more than {DEEPEST} deep: does one contain itself?")


def is_array(x: Any) -> bool:
    """Whether x is an ordinary array with entries; TypeError for one that is more than that, or less.

    A function would be given another kind of array than was meant: of a matrix, * is another product.
    """
    if getattr(x, "shape", ()) == () or not (hasattr(x, "ravel") or hasattr(x, "to_numpy")):
        return False
    if hasattr(x, "to_numpy"):
        raise TypeError(f"expected an ordinary array, got a {type(x).__name__}: pass x.to_numpy() instead")
    if type(x).__name__ in ("matrix", "MaskedArray"):
        raise TypeError(f"expected an ordinary array, got a {type(x).__name__}: pass numpy.array(x) instead")
    return True
