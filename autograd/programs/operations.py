"""Operations on whole arrays that move elements about and add them up."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from autograd.programs.traced import Numbers, Operation

MATRICES: Final[dict[str, Callable[..., Numbers]]] = {
    "ij,jk->ik": lambda a, b: a @ b,
    "ik,jk->ij": lambda a, b: a @ b.T,
    "ik,ij->jk": lambda a, b: b.T @ a,
}
"""The contractions that are products of two matrices, which NumPy has faster ways for."""


class Gather(Operation):
    """The elements at these flat places of the operand, in the shape of `where`: all indexing and reshaping."""

    name = "gather"

    def __init__(self, where: Any) -> None:
        self.where = np.asarray(where)

    def __call__(self, x: Numbers) -> Numbers:
        """The elements, in memory in the order of the places: that is the order in which they are added up."""
        found = np.ravel(x)[self.where]
        if found.ndim < 2 or found.strides == tuple(s // 8 * found.itemsize for s in self.where.strides):
            return found
        laid = np.empty_like(self.where, dtype=found.dtype)
        laid[...] = found
        return laid

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """Every element's share back at its place."""
        found = np.zeros(np.size(xs[0]), dtype=np.result_type(g, float))
        np.add.at(found, self.where.ravel(), np.ravel(np.broadcast_to(g, self.where.shape)))
        return found.reshape(np.shape(xs[0]))


class Scatter(Operation):
    """The first operand with the elements at these flat places replaced by the second: every way of writing into it."""

    name = "scatter"

    def __init__(self, where: Any) -> None:
        self.where = np.asarray(where)

    def __call__(self, x: Numbers, new: Numbers) -> Numbers:
        """The array with its new elements; of several for one place the last stays."""
        wider = np.result_type(x, new)  # as in a repetition with wider floats; an array in memory keeps its own type
        found = np.array(x, dtype=wider if wider == np.longdouble or wider.kind == "c" else np.result_type(x))
        np.put(found, self.where, np.broadcast_to(new, self.where.shape))
        return found

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """What was replaced does not count; what is new counts at its place, the last for one place."""
        g = np.array(np.broadcast_to(g, np.shape(y)), order="C")
        if k == 0:
            g.reshape(-1)[self.where.ravel()] = 0.0
            return g
        taken = np.full(g.size, -1)
        taken[self.where.ravel()] = np.arange(self.where.size)
        kept = taken[self.where.ravel()] == np.arange(self.where.size)
        return np.where(kept, g.reshape(-1)[self.where.ravel()], 0.0).reshape(self.where.shape)


class Join(Operation):
    """All elements of all operands one after the other: stacking and concatenating are this and a `Gather`."""

    name = "join"

    def __call__(self, *xs: Numbers) -> Numbers:
        """The vector."""
        return np.concatenate([np.ravel(x) for x in xs]) if xs else np.zeros(0)

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """The piece of operand k."""
        start = sum(int(np.size(x)) for x in xs[:k])
        return np.reshape(g[start : start + int(np.size(xs[k]))], np.shape(xs[k]))


class Sum(Operation):
    """The sum along axes, of all elements where `axis` is None."""

    name = "sum"

    def __init__(self, axis: Any = None, keepdims: bool = False, by: Callable[..., Numbers] | None = None) -> None:
        self.axis, self.keepdims, self._by = axis, keepdims, by

    def __call__(self, x: Numbers) -> Numbers:
        """The sum; as the program computes it, where that is another way than NumPy's."""
        return self._by(x) if self._by else np.sum(x, axis=self.axis, keepdims=self.keepdims)

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """The same for every term."""
        if self.axis is not None and not self.keepdims:
            g = np.expand_dims(g, self.axis)
        return np.broadcast_to(g, np.shape(xs[0]))


class Einsum(Operation):
    """A sum of products of two operands' elements, with letters for axes: ij,jk->ik is the product of two matrices.

    `by` is what the program called for it (`numpy.dot`): another order of additions would be other bits.
    """

    name = "einsum"

    def __init__(self, letters: str, by: Callable[..., Numbers] | None = None) -> None:
        self.letters = letters
        inputs, self._output = letters.split("->")
        self._inputs = inputs.split(",")
        self._by = by

    def __call__(self, *xs: Numbers) -> Numbers:
        """The sums."""
        return self._by(*xs) if self._by else np.einsum(self.letters, *xs, optimize=len(xs) > 2)

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """The same sum with g in the place of operand k, whose letters become the result's."""
        own = self._inputs[k]
        others = [(letters, x) for j, (letters, x) in enumerate(zip(self._inputs, xs, strict=True)) if j != k]
        known = set(self._output).union(*(letters for letters, _ in others))
        kept = "".join(letter for letter in own if letter in known)
        letters = ",".join([self._output, *(letters for letters, _ in others)]) + "->" + kept
        found = product(letters, [g, *(x for _, x in others)])
        if kept != own:  # an axis that only this operand has was added up
            shape = [n if letter in kept else 1 for letter, n in zip(own, np.shape(xs[k]), strict=True)]
            found = np.broadcast_to(np.reshape(found, shape), np.shape(xs[k]))
        return found


def product(letters: str, xs: Sequence[Numbers]) -> Numbers:
    """`numpy.einsum`, products of matrices by the quicker way where the numbers are doubles."""
    if letters in MATRICES and all(np.ndim(x) == 2 for x in xs):
        return MATRICES[letters](*xs)
    return np.einsum(letters, *xs)


class Total(Operation):
    """The sum of numbers whose cotangents are known: what several terms of a loss add up to."""

    name = "total"

    def __init__(self, seeds: Sequence[Numbers]) -> None:
        self.seeds = seeds

    def __call__(self, *xs: Numbers) -> Numbers:
        """Nothing that is needed."""
        return 0.0

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """The one that is known."""
        return self.seeds[k]


class Unknown(Operation):
    """A function that is not followed: its result is a constant of the run, and no gradient goes through it."""

    name = "unknown"

    def __init__(self, name: str, function: Callable[..., Numbers]) -> None:
        self.name, self._function = name, function

    def __call__(self, *xs: Numbers) -> Numbers:
        """The result; in doubles where the function knows no wider numbers."""
        try:
            return self._function(*xs)
        except TypeError:
            narrow = [np.asarray(x, dtype=float) if np.result_type(x) == np.longdouble else x for x in xs]
            return self._function(*narrow)

    def cotangent(self, k: int, g: Numbers, y: Numbers, xs: Sequence[Numbers]) -> Numbers:
        """None that is known: nan."""
        return np.full(np.shape(xs[k]), np.nan)
