"""Arrays of Values that behave as NumPy's do: `values`."""

from typing import Any

__all__ = ["values"]


def values(array: Any, label: str = "") -> Any:
    """The numbers of an array as an array of Values, labelled `W1[0, 1]`; a single number as one Value, labelled `b`.

    array  an array or nested lists of real numbers or Values, or one of these
    label  the name of the whole; "" for none

    What comes back (`autograd.arrays.array.Array`) is a `numpy.ndarray` and does what NumPy does, from broadcasting,
    views and in-place operators to `axis`, `keepdims` and `einsum`, beside plain arrays too. `.numbers` are its
    numbers, `.grads` the gradients after `backward()`; its elements, and the results of reductions to a single
    number, are Values. A weighted sum (`@`, `dot`, `einsum`) and a sum are one node each. Comparisons and `argmax`
    give plain arrays, and what would lose the gradient is a TypeError.

    Values are given names in place where they were computed for this array and have none. Those that belong to
    another array, as the rows that C[i] picks, get a node of their own each, with a gradient of its own; so go on
    with what comes back: `emb = values(C[i], "emb")`.

    >>> import numpy as np
    >>> W = values(np.array([[0.5, -1.0], [2.0, 0.0]]), "W")
    >>> loss = (np.array([1.0, 3.0]) @ W).sum()
    >>> loss.backward()
    >>> W.grads
    array([[1., 1.],
           [3., 3.]])
    >>> W[0, 1]
    Value(data=-1.0, grad=1.0, label='W[0, 1]')
    """
    try:
        from autograd.arrays.array import labelled
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"values needs NumPy ({error}): pip install numpy") from None
    return labelled(array, label)
