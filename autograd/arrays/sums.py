"""Sums, weighted sums and other reductions of arrays, each result one node of the graph where the engine has one."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import ops
from autograd.arrays.elements import Plain, filled, operand

Axis = int | tuple[int, ...] | None


def reduced(x: Any, axis: Axis, keepdims: bool, function: Callable[[list[Any]], Any]) -> Any:
    """A function of the list of all elements along one axis, several, or all."""
    array = operand(x)
    axes = _axes(axis, array.ndim)
    kept = [i for i in range(array.ndim) if i not in axes]
    shape = tuple(array.shape[i] for i in kept)
    count = int(np.prod([array.shape[i] for i in axes], dtype=int))
    lines = array.transpose(*kept, *axes).reshape(int(np.prod(shape, dtype=int)), count)
    made = filled(shape, map(function, lines.tolist()))
    if keepdims:
        return made.reshape([1 if i in axes else n for i, n in enumerate(array.shape)])
    return made if shape else made[()]


def _axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """The axes counted from 0."""
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(each + ndim if each < 0 else each for each in given)
    for before, each in zip(given, axes, strict=True):
        if not 0 <= each < ndim:
            raise np.exceptions.AxisError(before, ndim)
    if len(set(axes)) != len(axes):
        raise ValueError(f"the same axis is given twice: {axis}")
    return axes


def length(x: Any, axis: Axis) -> int:
    """How many elements are reduced to one."""
    shape = np.shape(x)
    return int(np.prod([shape[i] for i in _axes(axis, len(shape))], dtype=int))


def total(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum, one node each."""
    return reduced(x, axis, keepdims, ops.total)


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The sum over the number."""
    count = _some(length(x, axis), "mean")
    return reduced(x, axis, keepdims, lambda xs: ops.total(xs) / count)


def variance(x: Any, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Any:
    """Σ (x - mean)² / (n - ddof), the sum of squares one node."""
    count = _some(length(x, axis), "var")
    if count <= ddof:
        raise ValueError(f"var: {count} numbers less ddof = {ddof} leave nothing to divide by")

    def of_one(xs: list[Any]) -> Any:
        middle = ops.total(xs) / count
        apart = [each - middle for each in xs]
        return ops.dot(apart, apart) / (count - ddof)

    return reduced(x, axis, keepdims, of_one)


def _some(count: int, name: str) -> int:
    if not count:
        raise ValueError(f"{name}: expected at least one number, got an empty array")
    return count


def deviation(x: Any, axis: Axis = None, keepdims: bool = False, ddof: float = 0) -> Any:
    """The root of the variance."""
    return _each(ops.sqrt, variance(x, axis, keepdims, ddof))


def product(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """All multiplied, from left to right."""
    return reduced(x, axis, keepdims, lambda xs: _folded(ops.mul, xs) if xs else 1.0)


def largest(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest; all that tie share the gradient evenly."""
    return reduced(x, axis, keepdims, lambda xs: _extreme(ops.maximum, xs))


def smallest(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The smallest."""
    return reduced(x, axis, keepdims, lambda xs: _extreme(ops.minimum, xs))


def _folded(op: Any, xs: list[Any]) -> Any:
    """op(op(x₁, x₂), x₃) ...; of a single x a node of its own."""
    if not xs:
        raise ValueError("expected at least one number, got an empty array")
    result = ops.identity(xs[0]) if len(xs) == 1 else xs[0]
    for x in xs[1:]:
        result = op(result, x)
    return result


def _extreme(op: Any, xs: list[Any]) -> Any:
    """maximum or minimum of all at once."""
    return op(*xs) if len(xs) > 1 else _folded(op, xs)


def norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    """The norm of vectors; of matrices, the root of the sum of squares."""
    of_matrix = len(_axes(axis, np.ndim(x))) == 2
    if ord is None or (ord == 2 and not of_matrix) or (ord == "fro" and of_matrix):
        return reduced(x, axis, keepdims, lambda xs: ops.sqrt(ops.dot(xs, xs)))
    if of_matrix or (np.ndim(x) > 2 and axis is None) or not isinstance(ord, (int, float)):
        raise TypeError(f"np.linalg.norm with ord={ord!r} is not known for arrays of Values: write it in operations")
    if np.isinf(ord):
        pick = ops.maximum if ord > 0 else ops.minimum
        return reduced(x, axis, keepdims, lambda xs: _extreme(pick, [ops.absolute(each) for each in xs]))
    if ord == 0:
        raise TypeError("np.linalg.norm with ord=0 counts, and has no gradient: pass W.numbers")
    if ord == 1:
        return reduced(x, axis, keepdims, lambda xs: ops.total([ops.absolute(each) for each in xs]))
    return reduced(x, axis, keepdims, lambda xs: ops.total([abs(each) ** ord for each in xs]) ** (1.0 / ord))


def _each(function: Callable[..., Any], x: Any) -> Any:
    return np.frompyfunc(function, 1, 1)(x)


# ---------------------------------------------------------------- weighted sums


def contracted(a: Plain, b: Plain) -> Plain:
    """Σₖ aᵢₖ bₖⱼ, each a weighted sum of one node; weights, which are leaves, stand before their inputs."""
    rows, columns = a.tolist(), b.T.tolist()
    weights_last = _are_leaves(b) and not _are_leaves(a)
    pairs = ((column, row) if weights_last else (row, column) for row in rows for column in columns)
    return filled((len(rows), len(columns)), [ops.dot(first, second) for first, second in pairs])


def _are_leaves(array: Plain) -> bool:
    return all(type(x) is not float and x.op is None for x in array.flat)


def matmul(x: Any, y: Any) -> Any:
    """x @ y: of vectors, matrices, and stacks of matrices."""
    a, b = operand(x), operand(y)
    if not a.ndim or not b.ndim:
        raise ValueError("matmul: expected arrays of at least one dimension, got a single number; write a * b")
    wide, high = a[None, :] if a.ndim == 1 else a, b[:, None] if b.ndim == 1 else b
    if wide.shape[-1] != high.shape[-2]:
        raise ValueError(f"matmul: the shapes {a.shape} and {b.shape} do not fit: {wide.shape[-1]} != {high.shape[-2]}")
    stack = np.broadcast_shapes(wide.shape[:-2], high.shape[:-2])
    wide = np.broadcast_to(wide, stack + wide.shape[-2:])
    high = np.broadcast_to(high, stack + high.shape[-2:])
    made = np.empty((*stack, wide.shape[-2], high.shape[-1]), dtype=object)
    for place in np.ndindex(stack):
        made[place] = contracted(wide[place], high[place])
    made = made[..., 0] if b.ndim == 1 else made
    made = made[..., 0, :] if a.ndim == 1 and b.ndim > 1 else made[..., 0] if a.ndim == 1 else made
    return made if made.ndim else made[()]


def tensordot(x: Any, y: Any, axes: Any = 2) -> Any:
    """The sum over pairs of axes."""
    a, b = operand(x), operand(y)
    if isinstance(axes, (int, np.integer)):
        over_a, over_b = list(range(a.ndim - int(axes), a.ndim)), list(range(int(axes)))
    else:
        over_a, over_b = (list(each) if isinstance(each, (list, tuple)) else [each] for each in axes)
    over_a, over_b = list(_axes(tuple(over_a), a.ndim)), list(_axes(tuple(over_b), b.ndim))
    if [a.shape[i] for i in over_a] != [b.shape[i] for i in over_b]:
        raise ValueError(f"tensordot: the shapes {a.shape} and {b.shape} do not fit along the axes {axes}")
    rest_a = [i for i in range(a.ndim) if i not in over_a]
    rest_b = [i for i in range(b.ndim) if i not in over_b]
    shape = tuple(a.shape[i] for i in rest_a) + tuple(b.shape[i] for i in rest_b)
    count = int(np.prod([a.shape[i] for i in over_a], dtype=int))
    left = a.transpose(*rest_a, *over_a).reshape(int(np.prod([a.shape[i] for i in rest_a], dtype=int)), count)
    right = b.transpose(*over_b, *rest_b).reshape(count, int(np.prod([b.shape[i] for i in rest_b], dtype=int)))
    made = contracted(left, right).reshape(shape)
    return made if shape else made[()]


def dot(x: Any, y: Any) -> Any:
    """np.dot: over the last axis of x and the last but one of y; with a single number, the product."""
    a, b = operand(x), operand(y)
    if not a.ndim or not b.ndim:
        return np.multiply(a, b)
    return tensordot(a, b, ([a.ndim - 1], [max(0, b.ndim - 2)]))


def inner(x: Any, y: Any) -> Any:
    """np.inner: over the last axes of both; with a single number, the product."""
    a, b = operand(x), operand(y)
    if not a.ndim or not b.ndim:
        return np.multiply(a, b)
    return tensordot(a, b, ([a.ndim - 1], [b.ndim - 1]))


def vdot(x: Any, y: Any) -> Any:
    """The sum of the products of all elements."""
    return dot(operand(x).ravel(), operand(y).ravel())


def outer(x: Any, y: Any) -> Any:
    """All products of an element of one with one of the other."""
    return np.multiply(operand(x).reshape(-1, 1), operand(y).reshape(1, -1))


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal, one node."""
    return total(operand(x).diagonal(offset, axis1, axis2), axis=-1)


# ---------------------------------------------------------------- einsum


def einsum(subscripts: Any, *operands: Any) -> Any:
    """np.einsum, in letters: every result one node, a sum, or a weighted sum of two factors."""
    if not isinstance(subscripts, str):
        raise TypeError("np.einsum of Values: expected subscripts as text, such as 'ij,jk->ik'")
    arrays = [operand(each) for each in operands]
    terms, output = _subscripts(subscripts, [array.ndim for array in arrays])
    arrays, terms = _without_repeats(arrays, terms)
    sizes: dict[str, int] = {}
    for array, term in zip(arrays, terms, strict=True):
        for letter, size in zip(term, array.shape, strict=True):
            if size != sizes.setdefault(letter, size) and 1 not in (size, sizes[letter]):
                raise ValueError(f"einsum: {letter} is {sizes[letter]} in one operand and {size} in another")
            sizes[letter] = max(size, sizes[letter])
    summed = [letter for letter in sizes if letter not in output]
    shape = tuple(sizes[letter] for letter in output)
    whole = shape + tuple(sizes[letter] for letter in summed)
    full = [_spread(array, term, [*output, *summed], whole) for array, term in zip(arrays, terms, strict=True)]
    lines = [each.reshape(int(np.prod(shape, dtype=int)), -1 if each.size else 0).tolist() for each in full]
    made = filled(shape, map(_sum_of_products if summed else _product, zip(*lines, strict=True)))
    return made if shape else made[()]


def _subscripts(text: str, dimensions: Sequence[int]) -> tuple[list[str], str]:
    """The letters of every operand and of the result, an ellipsis spelled out in letters of its own."""
    left, arrow, output = text.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(dimensions):
        raise ValueError(f"einsum: {text!r} has {len(terms)} operands, but {len(dimensions)} were given")
    free = [letter for letter in map(chr, range(0x3B1, 0x3B1 + 32)) if letter not in text]
    spread = [n - len(term.replace("...", "")) for term, n in zip(terms, dimensions, strict=True) if "..." in term]
    letters = "".join(free[: max(spread, default=0)])

    def spelled(term: str, count: int) -> str:
        return term.replace("...", letters[len(letters) - count :] if count else "")

    full = [spelled(term, n - len(term.replace("...", ""))) for term, n in zip(terms, dimensions, strict=True)]
    if not arrow:
        plain = sorted(letter for letter in set(left) - set(",.") if left.count(letter) == 1)
        return full, letters + "".join(plain)
    return full, spelled(output, len(letters))


def _without_repeats(arrays: list[Plain], terms: list[str]) -> tuple[list[Plain], list[str]]:
    """Where a letter occurs twice in an operand, its diagonal."""
    made, left = [], []
    for array, term in zip(arrays, terms, strict=True):
        if len(term) != array.ndim:
            raise ValueError(f"einsum: {term!r} names {len(term)} axes of an operand that has {array.ndim}")
        while twice := next((letter for letter in term if term.count(letter) > 1), ""):
            first, second = term.index(twice), term.rindex(twice)
            if array.shape[first] != array.shape[second]:
                raise ValueError(f"einsum: {twice} is {array.shape[first]} and {array.shape[second]} in one operand")
            array = array.diagonal(axis1=first, axis2=second)
            term = "".join(letter for i, letter in enumerate(term) if i not in (first, second)) + twice
        made.append(array)
        left.append(term)
    return made, left


def _spread(array: Plain, term: str, letters: Sequence[str], shape: tuple[int, ...]) -> Plain:
    """An operand over all letters, in their order."""
    places = [term.index(letter) for letter in letters if letter in term]
    view = array.transpose(places)
    return np.broadcast_to(view[tuple(slice(None) if letter in term else None for letter in letters)], shape)


def _product(factors: Sequence[Sequence[Any]]) -> Any:
    return _folded(ops.mul, [each[0] for each in factors])


def _sum_of_products(factors: Sequence[Sequence[Any]]) -> Any:
    """Σ aₖ bₖ ... in one node, of three factors and more after the first were multiplied."""
    *others, last = factors
    if not others:
        return ops.total(last)
    return ops.dot([_folded(ops.mul, list(each)) if len(each) > 1 else each[0] for each in zip(*others, strict=True)],
                   last)  # fmt: skip
