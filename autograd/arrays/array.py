"""`Array`: a NumPy array of Values."""

import inspect
from collections import Counter
from collections.abc import Callable
from operator import is_
from typing import Any

import numpy as np

from autograd import ops
from autograd.arrays import functions, sums
from autograd.arrays.elements import Plain, filled, floats, gradients, operand, plain, recorded
from autograd.arrays.elementwise import OF_NUMBERS, accumulated, elementwise, without_gradient
from autograd.primitive import real
from autograd.recording import is_recording
from autograd.value import Value


def _by(function: Callable[..., Any]) -> Callable[..., Any]:
    """The method that does what a function of NumPy does."""

    def method(self: Any, *args: Any, **options: Any) -> Any:
        return function(self, *args, **options)

    method.__doc__ = f"As `numpy.{function.__name__}`."
    return method


class Array(np.ndarray[Any, np.dtype[Any]]):
    """A NumPy array whose elements are Values; see `autograd.values`, which makes one.

    numbers  their numbers as a plain array; those of leaves can be set: `W.numbers -= 0.1 * W.grads`
    grads    their gradients as a plain array, 0 where none was computed
    """

    _own = False  # whether the elements were computed for this array, and are not those of another

    def __new__(cls, array: Any) -> "Array":
        """The Values of an array or of nested lists, and new ones for its numbers."""
        return recorded(operand(array)).copy().view(cls)

    def __array_finalize__(self, obj: Any) -> None:
        self._own = False

    @property
    def numbers(self) -> Plain:
        """The numbers as a plain array of floats, which does not change when these do."""
        return floats(self)

    @numbers.setter
    def numbers(self, given: Any) -> None:
        for node, number in zip(self.flat, np.broadcast_to(floats(given), self.shape).flat, strict=True):
            node.data = float(number)

    @property
    def grads(self) -> Plain:
        """The gradients as a plain array of floats, after `backward()` of what was computed."""
        return gradients(self.view(np.ndarray))

    def zero_grad(self) -> None:
        """Forget the gradients, which then read 0."""
        for node in self.flat:
            node.zero_grad()

    # ---------------------------------------------------------------- what NumPy asks

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        (out,) = options.pop("out", (None,))
        if options.pop("where", True) is not True or options.pop("initial", None) is not None:
            raise TypeError(f"np.{ufunc.__name__} of Values: where= and initial= are not known; use numpy.where")
        if method == "__call__":
            result = sums.matmul(*inputs) if ufunc is np.matmul else elementwise(ufunc, inputs)
        elif method == "outer":
            a, b = map(plain, inputs)
            result = elementwise(ufunc, (a.reshape(a.shape + (1,) * b.ndim), b))
        elif method == "reduce":
            result = _reduction(ufunc)(*inputs, axis=options.get("axis", 0), keepdims=options.get("keepdims", False))
        elif method == "accumulate":
            result = accumulated(ufunc, operand(inputs[0]), options.get("axis", 0))
        elif method == "at":
            return _at(ufunc, *inputs)
        else:
            raise TypeError(without_gradient(f"np.{ufunc.__name__}.{method}"))
        return _made(result, own=ufunc not in (np.positive, np.conjugate)) if out is None else _written(out, result)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        for table in (functions.COMPUTED, functions.CHOSEN):
            if function in table:
                try:
                    inspect.signature(table[function]).bind(*args, **options)
                except TypeError as error:
                    raise TypeError(f"np.{function.__name__} of Values: {error}") from None
                return _made(table[function](*args, **options), own=table is functions.COMPUTED)
        if function in functions.WRITING:
            functions.check_target(args[0], function.__name__)
        if function in functions.MOVING or function in functions.IN_OPERATIONS:
            result = super().__array_function__(function, (Array,), args, options)
            if function in functions.WRITING:
                functions.record_in(args[0])
            return _each_made(result)
        if function in functions.OF_NUMBERS:
            return functions.of_numbers(function)(*args, **options)
        if function in functions.OF_SHAPES:
            return super().__array_function__(function, (Array,), args, options)
        module = function.__module__.replace("numpy", "np", 1)
        raise TypeError(without_gradient(f"{module}.{function.__name__}"))

    def __setitem__(self, key: Any, given: Any) -> None:
        """The Values given, or new ones for numbers, in these places."""
        mine = self.view(np.ndarray)
        place = mine[key]
        if isinstance(place, np.ndarray):
            mine[key] = recorded(np.broadcast_to(_fitting(operand(given), place.shape), place.shape))
        else:
            mine[key] = _one(given)
        self._own = False

    # ---------------------------------------------------------------- methods that go by NumPy's functions

    sum = _by(np.sum)
    mean = _by(np.mean)
    prod = _by(np.prod)
    var = _by(np.var)
    std = _by(np.std)
    max = _by(np.max)
    min = _by(np.min)
    argmax = _by(np.argmax)
    argmin = _by(np.argmin)
    any = _by(np.any)
    all = _by(np.all)
    nonzero = _by(np.nonzero)
    argsort = _by(np.argsort)
    searchsorted = _by(np.searchsorted)
    cumsum = _by(np.cumsum)
    cumprod = _by(np.cumprod)
    trace = _by(np.trace)
    dot = _by(np.dot)
    clip = _by(np.clip)
    round = _by(np.round)

    def sort(self, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
        """In place, by the numbers."""
        self[...] = np.sort(self, axis)

    def fill(self, value: Any) -> None:
        """One number in all places, each a Value of its own."""
        self[...] = value

    def put(self, indices: Any, values: Any, mode: Any = "raise") -> None:
        """In place, counted through all elements."""
        self.view(np.ndarray).put(indices, recorded(operand(values)), mode)
        self._own = False

    def astype(self, dtype: Any, *args: Any, **options: Any) -> Any:
        """A copy; as true or false, of the numbers. As floats or integers it would lose the gradient."""
        if np.dtype(dtype) == object:
            return self.copy()
        if np.dtype(dtype) == bool:
            return self.numbers.astype(bool)
        raise TypeError(f"astype({np.dtype(dtype)}) would lose the gradient: for plain numbers take W.numbers")

    def __repr__(self) -> str:
        return "Array" + repr(self.numbers).removeprefix("array")

    def __str__(self) -> str:
        return str(self.numbers)


def _made(result: Any, own: bool = False) -> Any:
    """A plain result as an Array, or as one Value; arrays of truth values and places are left as they are."""
    if not isinstance(result, np.ndarray):
        return Value(result) if type(result) is float else result
    if result.dtype != object:
        return result
    made: Any = recorded(result).view(Array)
    made._own = own
    return made if made.ndim else made[()]


def _each_made(result: Any) -> Any:
    """One result, or several."""
    if isinstance(result, (list, tuple)):
        return type(result)(map(_made, result))
    return _made(result)


def _one(x: Any) -> Value:
    """A Value, or a number as a new one; of an array with a single element, this."""
    if isinstance(x, np.ndarray) and x.size == 1:
        x = x.reshape(-1).view(np.ndarray)[0]
    return x if isinstance(x, Value) else Value(real(x))


def _fitting(given: Plain, shape: tuple[int, ...]) -> Plain:
    """Without leading axes of length 1 that are too many, as NumPy assigns."""
    while given.ndim > len(shape) and given.shape[0] == 1:
        given = given[0]
    return given


def _written(out: Any, result: Any) -> Any:
    """A result in the array of an in-place operator; names are kept where nothing is recorded, as in PyTorch."""
    if isinstance(result, np.ndarray) and result.dtype != object and not isinstance(out, Array):
        out[...] = result
        return out
    if not isinstance(out, Array):
        kind = "of plain objects" if out.dtype == object else f"of {out.dtype}"
        raise TypeError(
            f"an in-place operation would put Values into an array {kind}, and lose the gradient: write x = x + W, "
            "or make x an array of Values with values(x)"
        )
    if np.broadcast_shapes(np.shape(result), out.shape) != out.shape:
        raise ValueError(f"a result of shape {np.shape(result)} does not fit in place into one of shape {out.shape}")
    before = list(out.flat)
    out[...] = result
    out._own = True
    if not is_recording():
        for old, new in zip(before, out.flat, strict=True):
            new.label = new.label or old.label
    return out


def _reduction(ufunc: np.ufunc) -> Callable[..., Any]:
    """What reduces as a function of single elements does."""
    known: dict[Any, Callable[..., Any]] = {
        np.add: sums.total, np.multiply: sums.product, np.maximum: sums.largest, np.minimum: sums.smallest,
    }  # fmt: skip
    if ufunc.__name__ in OF_NUMBERS:
        return functions.of_numbers(ufunc.reduce)
    if ufunc not in known:
        raise TypeError(without_gradient(f"np.{ufunc.__name__}.reduce"))
    return known[ufunc]


def _at(ufunc: np.ufunc, target: Any, places: Any, *given: Any) -> None:
    """np.add.at and the like: in place, once for every place."""
    if not isinstance(target, Array):
        raise TypeError(
            f"np.{ufunc.__name__}.at would lose the gradient: make the array an array of Values first, with values(x)"
        )
    ufunc.at(target.view(np.ndarray), places, *map(operand, given))
    target._own = False


# ---------------------------------------------------------------- names


def labelled(given: Any, label: str) -> Any:
    """See `autograd.values`."""
    if not isinstance(label, str):
        raise TypeError(f"values: expected a label of type str, got {type(label).__name__}: {label!r}")
    if isinstance(given, Value):
        return _named(given, label, foreign=False)
    if not isinstance(given, np.ndarray) and np.ndim(given) == 0:
        return Value(given, label)
    array = operand(given)
    foreign = isinstance(given, Array) and not given._own
    uses = Counter(map(id, array.flat))
    nodes = []
    for place, node in np.ndenumerate(array):
        name = f"{label}[{', '.join(map(str, place))}]" if label and place else label
        shared = foreign or uses[id(node)] > 1
        nodes.append(_named(node, name, shared) if isinstance(node, Value) else Value(node, name))
    if isinstance(given, Array) and all(map(is_, nodes, given.flat)):
        return given
    made: Any = filled(array.shape, nodes).view(Array)
    made._own = True
    return made if made.ndim else made[()]


def _named(node: Value, label: str, foreign: bool) -> Value:
    """The node under this name: itself where it is free to bear it, else one of its own."""
    if node.label == label or not label:
        return node
    if node.label or (foreign and node.op is not None):
        node = ops.identity(node)
    node.label = label
    return node
