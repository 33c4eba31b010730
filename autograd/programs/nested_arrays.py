"""Nested lists as arrays, the way `numpy.array` reads them."""

from typing import Any

import numpy as np

from autograd.programs.arrays import Array, Scalar, is_traced, operand, plain, untraced
from autograd.programs.buffers import JOIN, Buffer, as_type
from autograd.programs.operations import Gather
from autograd.programs.operators import POS
from autograd.programs.traced import Node, node


def array(x: Any, dtype: Any = None) -> Any:
    """Nested lists as an array, traced where there are traced numbers in them."""
    if not is_traced(x):
        return untraced(np.array(x, dtype=dtype))
    if dtype is object:
        return objects(x)
    nodes: list[Node] = []
    size = 0

    def places(part: Any) -> Any:
        nonlocal size
        if type(part) is list or type(part) is tuple:
            return [places(one) for one in part]
        leaf = operand(part)
        if leaf is None:
            raise TypeError(f"expected numbers, got {type(part).__name__}")
        start, size = size, size + np.size(leaf.data)
        nodes.append(leaf)
        return start if np.ndim(leaf.data) == 0 else np.arange(start, size).reshape(np.shape(leaf.data))

    if type(x) is Array or type(x) is Scalar:
        made = x.node
    else:
        data = np.array(plain(x), dtype=dtype)
        if data.dtype.kind != "f":
            return objects(x) if data.dtype == object else untraced(data)
        where = np.array(places(x))
        made = node(JOIN, tuple(nodes), JOIN(*[n.data for n in nodes]))
        if where.ndim != 1 or not np.array_equal(where, np.arange(size)):
            made = node(Gather(where), (made,), made.data[where])
    kind = np.dtype(dtype if dtype is not None else np.result_type(made.data))
    if kind.kind != "f":
        return untraced(np.array(made.data, dtype=kind))
    made = as_type(made, kind)
    if np.ndim(made.data) == 0 and not isinstance(made.data, np.ndarray):
        made = node(POS, (made,), np.array(made.data))
    return Array(Buffer(made))


def objects(x: Any) -> Any:
    """A sequence as an array of objects, in which arrays stay whole where they differ in shape."""
    if type(x) is Array:
        found = np.empty(x.shape, dtype=object)
        for at in np.ndindex(x.shape):
            found[at] = x[at]
        return found
    shapes = {np.shape(plain(one)) for one in x} if all(is_traced(one) for one in x) else {()}
    if len(shapes) == 1 and shapes != {()}:
        return np.array([objects(one if type(one) is Array else array(one)) for one in x], dtype=object)
    found = np.empty(len(x), dtype=object)
    for i, one in enumerate(x):
        found[i] = one
    return found
