"""Products of traced arrays: sums of products of their elements, with letters for the axes."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np

from autograd import ops
from autograd.programs.arrays import Array, operand, plain, result
from autograd.programs.moves import shown
from autograd.programs.nested_arrays import array, objects
from autograd.programs.operations import Einsum
from autograd.programs.traced import Elementwise, Node
from autograd.programs.traced_sums import axes_of, maximum_of, minimum_of, summed
from autograd.programs.ufuncs import as_array, elementwise, followed_not, into


def _letters(a: Any, b: Any, axes: tuple[int, int]) -> str:
    """The letters of a product that adds up over one axis of each."""
    a_letters = list("abcdefghij"[: np.ndim(a)])
    b_letters = list("klmnopqrst"[: np.ndim(b)])
    b_letters[axes[1]] = a_letters[axes[0]]
    kept = [x for x in a_letters + b_letters if x != a_letters[axes[0]]]
    return f"{''.join(a_letters)},{''.join(b_letters)}->{''.join(kept)}"


def dot(a: Any, b: Any, out: Any = None, by: Any = np.dot) -> Any:
    """`numpy.dot`."""
    left, right = operand(a), operand(b)
    if left is None or right is None:
        return by(objects(a) if type(a) is Array else a, objects(b) if type(b) is Array else b)
    x, y = left.data, right.data
    data = by(x, y)
    if not np.ndim(x) or not np.ndim(y):
        return into(out, result(Elementwise(ops.mul, by), (left, right), data))
    letters = _letters(x, y, (-1, 0 if np.ndim(y) == 1 else -2))
    if letters in MATRIX_LETTERS:
        letters = MATRIX_LETTERS[letters]
    return into(out, result(Einsum(letters, by), (left, right), data))


MATRIX_LETTERS: Final = {"ab,bl->al": "ij,jk->ik"}


def product(a: Any, b: Any, by: Any) -> Any:
    """`a @ b`."""
    left, right = operand(a), operand(b)
    if left is None or right is None:
        return NotImplemented
    x, y = left.data, right.data
    if np.ndim(x) <= 2 and np.ndim(y) <= 2 and np.ndim(x) and np.ndim(y):
        return dot(a, b, by=by)
    data = by(x, y)
    batch = "abcdefgh"[-max(np.ndim(x), np.ndim(y)) + 2 :] if max(np.ndim(x), np.ndim(y)) > 2 else ""
    first = (batch[len(batch) - np.ndim(x) + 2 :] if np.ndim(x) > 2 else "") + ("ij" if np.ndim(x) > 1 else "j")
    second = (batch[len(batch) - np.ndim(y) + 2 :] if np.ndim(y) > 2 else "") + ("jk" if np.ndim(y) > 1 else "j")
    kept = batch + ("i" if np.ndim(x) > 1 else "") + ("k" if np.ndim(y) > 1 else "")
    return result(Einsum(f"{first},{second}->{kept}", by), (left, right), data)


def outer(a: Any, b: Any, out: Any = None) -> Any:
    """`numpy.outer`."""
    a, b = (array(x).ravel() for x in (a, b))
    return into(out, _product("i,j->ij", np.outer, a, b))


def _product(letters: str, by: Any, *xs: Any) -> Any:
    nodes: Any = tuple(operand(x) for x in xs)
    return result(Einsum(letters, by), nodes, by(*[n.data for n in nodes]))


def inner(a: Any, b: Any) -> Any:
    """`numpy.inner`."""
    if not np.ndim(plain(a)) or not np.ndim(plain(b)):
        return a * b
    a, b = array(a), array(b)
    return _product(_letters(a.now, b.now, (-1, -1)), np.inner, a, b)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """`numpy.tensordot`."""
    a, b = array(a), array(b)
    axes = plain(axes)
    if isinstance(axes, int):
        pairs = list(zip(range(a.ndim - axes, a.ndim), range(axes), strict=True))
    else:
        first, second = ([x] if isinstance(x, int) else list(x) for x in axes)
        pairs = [(i % a.ndim, j % b.ndim) for i, j in zip(first, second, strict=True)]
    left, right = list("abcdefghij"[: a.ndim]), list("klmnopqrst"[: b.ndim])
    for i, j in pairs:
        right[j] = left[i]
    kept = [x for x in left + right if (x in left) != (x in right)]
    by = partial(np.tensordot, axes=axes)
    return _product(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", by, a, b)


def einsum(letters: str, *xs: Any, **named: Any) -> Any:
    """`numpy.einsum`."""
    xs = tuple(as_array(x) for x in xs)
    by = lambda *ys: np.einsum(letters, *ys, **named)  # noqa: E731
    inputs, _, output = letters.replace(" ", "").partition("->")
    parts = inputs.split(",")
    if "->" not in letters:
        output = "".join(sorted(x for x in set(inputs) - {",", "."} if inputs.count(x) == 1))
        output = ("..." if "..." in inputs else "") + output
    spare = [x for x in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if x not in letters]
    longest = max((x.ndim - len(p) + 3 for p, x in zip(parts, xs, strict=True) if "..." in p), default=0)
    for k, (part, x) in enumerate(zip(parts, xs, strict=True)):
        if "..." in part:
            n = x.ndim - len(part) + 3
            parts[k] = part.replace("...", "".join(spare[longest - n : longest]))
    output = output.replace("...", "".join(spare[:longest]))
    if any(len(set(p)) < len(p) for p in parts):
        return followed_not("einsum", by, xs) if len(xs) > 1 else _diagonal_sum(parts[0], output, xs[0])
    return _product(f"{','.join(parts)}->{output}", by, *xs)


def _diagonal_sum(part: str, output: str, x: Any) -> Any:
    """`einsum("ii->i", x)` and the like, of which some letters come twice."""
    letters = sorted(set(part), key=part.index)
    lengths = dict(zip(part, x.shape, strict=True))
    grid = np.indices([lengths[letter] for letter in letters])
    taken = x[tuple(grid[letters.index(letter)] for letter in part)]
    return einsum(f"{''.join(letters)}->{output}", taken)


def convolved(by: Any) -> Callable[..., Any]:
    """`numpy.convolve` or `numpy.correlate`: a sum of products, with a 1 for each that counts."""

    def function(a: Any, v: Any, mode: str = "full" if by is np.convolve else "valid") -> Any:
        a, v = array(a), array(v)
        ones = [[by(x, y, mode) for y in np.eye(len(v))] for x in np.eye(len(a))]
        counted = Node(None, (), np.rint(np.array(ones)))
        calls = lambda x, y, t: by(x, y, mode)  # noqa: E731
        return result(Einsum("i,j,ijn->n", calls), (a.node, v.node, counted), by(a.now, v.now, mode))

    return function


def kron(a: Any, b: Any) -> Any:
    """`numpy.kron`."""
    a, b = array(a), array(b)
    if a.ndim != 2 or b.ndim != 2:
        if a.ndim == 1 and b.ndim == 1:
            return outer(a, b).ravel()
        return followed_not("kron", np.kron, (a, b))
    spread = _product("ij,kl->ikjl", lambda x, y: np.einsum("ij,kl->ikjl", x, y), a, b)
    return spread.reshape(a.shape[0] * b.shape[0], -1)


def multi_dot(arrays: Any, *, out: Any = None) -> Any:
    """`numpy.linalg.multi_dot`."""
    xs = [array(x) for x in arrays]
    letters = "abcdefghijklmnop"
    parts = [letters[i : i + 2] for i in range(len(xs))]
    if xs[0].ndim == 1:
        parts[0] = parts[0][1:]
    if xs[-1].ndim == 1:
        parts[-1] = parts[-1][:1]
    kept = ("" if xs[0].ndim == 1 else "a") + ("" if xs[-1].ndim == 1 else letters[len(xs)])
    return into(out, _product(f"{','.join(parts)}->{kept}", lambda *ys: np.linalg.multi_dot(ys), *xs))


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    """`numpy.trace`."""
    x = array(x)
    diagonal = shown(x, lambda a: np.diagonal(a, offset, axis1, axis2))
    return into(out, summed(diagonal, axis=-1))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """`numpy.linalg.norm`."""
    x, axis = array(x), axes_of(axis)
    by = partial(np.linalg.norm, ord=ord, axis=axis, keepdims=keepdims)
    if axis is None and (ord is None or (ord == 2 and x.ndim == 1) or (ord == "fro" and x.ndim == 2)):
        flat = x.ravel("K")
        found = elementwise(np.sqrt, dot(flat, flat))
        return found.reshape((1,) * x.ndim) if keepdims else found
    vectors = isinstance(axis, int) or (axis is not None and len(axis) == 1) or (axis is None and x.ndim == 1)
    if ord in (None, "fro") or (ord == 2 and vectors):
        return elementwise(np.sqrt, summed(x * x, axis, keepdims=keepdims, by=np.add.reduce))
    size = abs(x)
    if vectors and ord in (1, np.inf, -np.inf):
        return {1: summed, np.inf: maximum_of, -np.inf: minimum_of}[ord](size, axis=axis, keepdims=keepdims)
    if vectors and isinstance(ord, (int, float)) and ord != 0:
        return summed(size**ord, axis, keepdims=keepdims, by=np.add.reduce) ** np.reciprocal(float(ord))
    if not vectors and ord in (1, np.inf) and axis is None:
        return maximum_of(summed(size, axis=0 if ord == 1 else 1))
    return followed_not("norm", by, (x,))
