"""Lists, tuples, arrays and generators, in one another, read as plain nested lists."""

from collections.abc import Iterator, Sequence
from typing import Any

from autograd import Symbol, Value


def nested(x: Any) -> Any:
    """`x` as nested lists of floats and Values; a single number as it is.

    Anything that is neither a number nor a list, tuple, array or generator is a TypeError.

    >>> nested(((1, 2), range(2)))
    [[1.0, 2.0], [0.0, 1.0]]
    """
    if isinstance(x, (Value, Symbol)):
        return x
    if hasattr(x, "tolist"):  # an array of NumPy or another library
        x = x.tolist()
    if isinstance(x, (Sequence, Iterator)) and not isinstance(x, (str, bytes)):
        return [nested(item) for item in x]
    return x if isinstance(x, Value) else Value(x).data


def shape(x: Any) -> str:
    """The shape of nested lists in words, as far as their first items show it.

    >>> shape([[1.0, 2.0], [3.0, 4.0]]), shape([1.0]), shape(1.0)
    ('2 x 2', 'a list of 1', 'one number')
    """
    sizes = []
    while isinstance(x, list):
        sizes.append(str(len(x)))
        x = x[0] if x else None
    return "one number" if not sizes else f"a list of {sizes[0]}" if len(sizes) == 1 else " x ".join(sizes)
