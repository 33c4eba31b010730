"""Lists, tuples, arrays, tables and generators, in one another, read as plain nested lists."""

from typing import Any

from autograd import Symbol, Value, entries


def nested(x: Any, depth: int = 0) -> Any:
    """`x` as nested lists of floats and Values; a single number as it is.

    What is neither a number nor a collection in an order (see `autograd.entries`) is a TypeError.

    >>> nested(((1, 2), range(2)))
    [[1.0, 2.0], [0.0, 1.0]]
    """
    if isinstance(x, (Value, Symbol)):
        return x
    items = None if isinstance(x, float) else entries(x, depth)
    if items is not None:
        return [nested(item, depth + 1) for item in items]
    if hasattr(x, "tolist"):  # an array of no dimension
        x = x.tolist()
    return x if isinstance(x, (Value, Symbol)) else Value(x).data


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
