"""`Value`: a number that remembers how it was computed, and the reverse sweep over what it remembers."""

import operator
from collections.abc import Callable
from contextvars import ContextVar
from numbers import Real
from typing import Any, ClassVar, Final
from weakref import ref

from autograd.arithmetic import Arithmetic
from autograd.graph import topological_order
from autograd.kernels import kernel, partly
from autograd.names import Names
from autograd.names.meant import Nodes
from autograd.ops import Made
from autograd.primitive import Primitive, real
from autograd.recording import is_recording
from autograd.slips import OF_VALUES, missing


class _NoFunction(float):
    """A gradient that says so when it is called."""

    __slots__ = ()

    def __call__(self, *args: Any) -> Any:
        raise TypeError(
            "grad is a number: call loss.backward() first, then read w.grad, without (); "
            "the function is autograd.grad(f), of a function f"
        )


PENDING: Final[float] = _NoFunction("0.0")
"""The gradient before it is computed: reads 0.0, is told apart by identity and shown as –."""

NO_GRAPH: Final = "no graph"
"""What stands for the operands of a result that was computed under `no_grad`."""

VALUE, VALUE_VALUE, FLOAT_VALUE, VALUE_FLOAT = 0b10, 0b100, 0b101, 0b110
"""The patterns of one and two arguments, as `Kernel` counts them."""

_pickled: "ContextVar[Callable[[], _Alone | None]]" = ContextVar("pickled", default=lambda: None)


class Value(Arithmetic):
    """A real number in a computation graph: `data`, and after `backward()` the `grad` of the output by it.

    data    a float; any real number is converted, anything else is a TypeError
    label   its name in tables and pictures, "" for none
    grad    d output / d self; reads 0.0 until computed (see `has_grad`)
    op      the operation that made it, None for a leaf
    args    the operands in order: Values, and plain floats for literals; () for a leaf
    primals the numbers (y, *xs) as they were when it was computed; derivatives are taken there

    Only the data of a leaf can be set. What was computed from it before keeps the old number.

    >>> x = Value(3.0, "x")
    >>> y = x * x * x
    >>> y.backward()
    >>> x.grad
    27.0
    """

    # Memory is what limits the size of a graph, so up to two operands and their numbers have slots of
    # their own; of more, _a is the tuple of operands and _x that of numbers. A leaf leaves these empty (but _a, which
    # is NO_GRAPH, if it is a result whose graph was not recorded).
    __slots__ = ("_a", "_b", "_data", "_kernel", "_x", "_z", "grad", "label")

    _a: Any
    _b: Any
    _x: Any
    _z: float
    _data: float
    _kernel: Any  # a Kernel, None for a leaf
    grad: float
    label: str
    _known: ClassVar[Any] = None
    """What a copy is of, where that is no copy of the class itself; see `compiler.unknown`."""
    _repr_mimebundle_: ClassVar[Callable[..., dict[str, Any]]]
    """What a notebook shows of it; set by those who can draw."""

    def __init__(self, data: Any, label: str = "") -> None:
        if not isinstance(label, str):
            raise TypeError(f"expected a label of type str, got {type(label).__name__}: {label!r}")
        self._data = real(data)
        self.grad = PENDING
        self.label = label
        self._kernel = None

    @property
    def op(self) -> Primitive | None:
        """The operation that made it, None for a leaf."""
        return None if self._kernel is None else self._kernel.op

    @property
    def args(self) -> tuple[Any, ...]:
        """The operands in order: Values, and plain floats for literals."""
        if self._kernel is None:
            return ()
        arity = self._kernel.arity
        return (self._a,) if arity == 1 else (self._a, self._b) if arity == 2 else self._a

    @property
    def primals(self) -> tuple[float, ...]:
        """(y, *xs): the result and the operands as they were when it was computed."""
        if self._kernel is None:
            return (self._data,)
        arity, maker = self._kernel.arity, self._kernel.maker
        numbers = (self._x,) if arity == 1 else (self._x, self._z) if arity == 2 else self._x
        if maker is not None and self._a.op is maker:
            return (self._data, Made(self._x, maker, *self._a.primals[1:]), self._z)
        return (self._data, *numbers)

    def _set_data(self, data: Any) -> None:
        if self._kernel is not None:
            raise AttributeError(
                f"the data of {self!r} was computed by {self.op} and stays what it is; "
                "set the data of a leaf and compute again, or start anew with Value(data)"
            )
        self._data = data if type(data) is float else real(data)

    # attrgetter rather than a method: reading is then as quick as Python lets a property be.
    data = property(operator.attrgetter("_data"), _set_data, doc="The number itself, a float.")

    @classmethod
    def apply(cls, op: Primitive, args: tuple[Any, ...]) -> Any:
        """The Value of `op` at `args`, recorded unless under `no_grad`; NotImplemented for a foreign kind."""
        arity = len(args)
        xs: tuple[float, ...]
        try:
            if arity == 1:
                (a,) = args
                pattern, xs = VALUE, (a._data,)
            elif arity == 2:
                a, b = args
                if type(a) is float:
                    pattern, xs = FLOAT_VALUE, (a, b._data)
                elif type(b) is float:
                    pattern, xs = VALUE_FLOAT, (a._data, b)
                else:
                    pattern, xs = VALUE_VALUE, (a._data, b._data)
            else:
                pattern, xs = _operands(args)
        except AttributeError:  # a number that is no float yet, or something foreign
            literals = _literals(args)
            return NotImplemented if literals is None else Value.apply(op, literals)
        step = op.kernels.get(pattern) or kernel(op, pattern)
        try:
            y = step.evaluate(*xs)
        except (ValueError, ArithmeticError) as error:
            raise op.failure(error, xs, _labels(args), "") from None
        result = _new(Value)
        result._data = y if type(y) is float else real(y)
        result.grad = PENDING
        result.label = ""
        if not is_recording():
            result._kernel, result._a = None, NO_GRAPH
            return result
        result._kernel = step
        if arity == 1:
            result._a, result._x = a, xs[0]
        elif arity == 2:
            result._a, result._b = args
            result._x, result._z = xs
        else:
            result._a, result._x = args, xs
        return result

    def backward(self, seed: float = 1.0) -> None:
        """d self / d v into `v.grad` of every node v that self was computed from, times `seed`.

        Leaves accumulate: a second call adds to their gradient, as in PyTorch. Other nodes hold the
        gradient of this call. If a derivative does not exist (sqrt at 0), the error names the
        operation, and the gradients of the leaves are as before; if it does by another operand, it is
        nan, as by the exponent of (-2)². What was computed under `no_grad` is a RuntimeError. The
        definition of this sweep is `graph.cotangents`; here it runs on floats and is split by the
        number of arguments for speed.
        """
        if self._kernel is None:
            if getattr(self, "_a", None) == NO_GRAPH:
                raise RuntimeError(
                    f"{self!r} was computed under no_grad(), which keeps no graph, so that backward() would reach "
                    "nothing: compute it outside"
                )
            self.grad = (self.grad or 0.0) + real(seed)
            return
        order, fresh, leaves = self._reached()
        node = self
        try:
            self.grad = _NoFunction(real(seed))
            for node in reversed(order):
                try:
                    node._kernel.sweep(node)
                except (ValueError, ArithmeticError):
                    if not partly(node):
                        raise
        except BaseException as error:
            for other in (*order, *fresh):
                other.grad = PENDING
            for leaf, before in leaves:
                leaf.grad = before
            if not isinstance(error, (ValueError, ArithmeticError)):
                raise
            raise node._kernel.op.failure(error, node.primals[1:], _labels(node.args), "no derivative at ") from None
        for leaf, before in leaves:
            leaf.grad += before

    def _reached(self) -> "tuple[list[Value], list[Value], list[tuple[Value, float]]]":
        """The computed nodes of this graph in `graph.topological_order`, the leaves, and those with their gradients.

        All gradients are set to 0: to one zero made for this call, by which a node is known to be seen.
        """
        zero = float("0.0")
        order: list[Value] = []
        fresh: list[Value] = []
        leaves: list[tuple[Value, float]] = []
        stack: list[Any] = [self]
        while stack:
            node = stack.pop()
            if node is None:
                order.append(stack.pop())
            elif node.grad is not zero:
                node.grad = zero
                stack += (node, None)
                arity = node._kernel.arity
                for arg in (node._a,) if arity == 1 else (node._b, node._a) if arity == 2 else node._a[::-1]:
                    if type(arg) is not float and arg.grad is not zero:
                        if arg._kernel is not None:
                            stack.append(arg)
                            continue
                        if arg.grad is not PENDING and arg.grad is not None:
                            leaves.append((arg, arg.grad))
                        else:
                            fresh.append(arg)
                        arg.grad = zero
        return order, fresh, leaves

    def detach(self) -> "Value":
        """The number alone: a new leaf with this data and label, that keeps no graph and passes nothing back.

        >>> x = Value(3.0)
        >>> (x * x.detach()).backward()
        >>> x.grad
        3.0
        """
        return _Detached(self.data, self.label)

    def zero_grad(self) -> None:
        """Forget the gradient: it reads 0.0 and counts as not computed."""
        self.grad = PENDING

    @property
    def has_grad(self) -> bool:
        """Whether a gradient was computed; until then `grad` reads 0.0 (or None, where it was set so)."""
        return self.grad is not PENDING and self.grad is not None

    def named(self) -> Names["Value"]:
        """The labelled nodes of this graph by label, in the order of computation.

        Where several bear one label (the samples of a batch), the second is found as `z1[2]`, the
        third as `z1[3]`. Names can be looked up in ASCII: `y_hat` for ŷ; the error for `delta1` says whose
        `.grad` to read.
        """
        found: Names[Value] = Nodes()
        for node in topological_order(self):
            if node.label:
                found.insert(node.label, node)
        return found

    # Comparisons look at the number, == only beside a plain one: two Values are equal if they are one,
    # and hash is identity, so that values can be keys of a dict.
    def __eq__(self, other: object) -> bool:
        if isinstance(other, Value):
            return self is other
        return self._data == other if isinstance(other, Real) else NotImplemented

    __hash__ = object.__hash__

    def __lt__(self, other: Any) -> Any:
        return _compared(operator.lt, self, other)

    def __le__(self, other: Any) -> Any:
        return _compared(operator.le, self, other)

    def __gt__(self, other: Any) -> Any:
        return _compared(operator.gt, self, other)

    def __ge__(self, other: Any) -> Any:
        return _compared(operator.ge, self, other)

    def __bool__(self) -> bool:
        return self._data != 0.0

    def __float__(self) -> float:
        raise TypeError(
            f"float({self!r}) would lose the gradient: write x.data for the bare number, "
            "or x.exp(), autograd.exp(x) and so on for the functions of math"
        )

    def __round__(self, digits: Any = None) -> Any:
        raise TypeError(f"round({self!r}) would lose the gradient: write round(x.data, 3), or f'{{x:.3f}}' to print it")

    def __int__(self) -> int:
        raise TypeError(f"int({self!r}) would lose the gradient: write int(x.data)")

    def __dir__(self) -> list[str]:
        return [name for name in object.__dir__(self) if name not in OF_VALUES]

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else str(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data!r}, grad={self.grad if self.has_grad else '–'}{label})"

    def __copy__(self) -> Any:
        kind = type(self)
        twin = _new(kind._known or kind)
        twin.__setstate__(self.__getstate__())
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        for node in topological_order(self):  # arguments first, so that nothing recurses
            if id(node) not in memo:
                memo[id(node)] = twin = node.__copy__()
                copies = [arg if type(arg) is float else memo[id(arg)] for arg in node.args]
                if len(copies) > 2:
                    twin._a = tuple(copies)
                else:
                    for slot, arg in zip(("_a", "_b"), copies, strict=False):
                        setattr(twin, slot, arg)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        pickled = _pickled.get()()
        if self._kernel is None or (pickled is not None and id(self) in pickled.nodes):
            kind = type(self)
            return _new, (kind._known or kind,), self.__getstate__()
        # The whole graph, arguments first: every node then has its arguments behind it, and nothing recurses.
        order = topological_order(self)
        return _root, ([_Alone(frozenset(map(id, order))), *order, _Alone(frozenset())],)

    def __getstate__(self) -> dict[str, Any]:
        """The slots that are set; a gradient that is not computed is not among them."""
        slots = [slot for kind in type(self).__mro__ for slot in getattr(kind, "__slots__", ())]
        state = {slot: getattr(self, slot) for slot in slots if hasattr(self, slot)}
        if not self.has_grad:
            del state["grad"]
        return state | getattr(self, "__dict__", {})

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.grad = PENDING
        for slot, content in state.items():
            setattr(self, slot, content)


class _Absent:
    """An attribute that numbers of other frameworks have: what is written here instead."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, x: Any, kind: Any) -> Any:
        raise missing("a Value", self._name, list, OF_VALUES)


# Not by __getattr__, which NumPy would call for every element of an array.
for _name in OF_VALUES:
    setattr(Value, _name, _Absent(_name))


class _Detached(Value):
    """A leaf that nothing is differentiated by; see `transforms`."""

    __slots__ = ()

    live = False


_new = object.__new__


def _operands(args: tuple[Any, ...]) -> tuple[int, tuple[float, ...]]:
    """The pattern of many arguments (see `Kernel`) and their numbers; AttributeError where one is neither kind."""
    try:
        return 1 << len(args), tuple([arg._data for arg in args])
    except AttributeError:
        literals = sum(1 << i for i, arg in enumerate(args) if type(arg) is float)
        return 1 << len(args) | literals, tuple([arg if type(arg) is float else arg._data for arg in args])


def _literals(args: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The arguments with every number as a float, or None where one is of a foreign kind."""
    try:
        # A Value that stands for an unknown while a function is traced has no _data: it is of a foreign kind.
        return tuple(arg if isinstance(arg, Value) and hasattr(arg, "_data") else real(arg) for arg in args)
    except (TypeError, AttributeError):
        return None


def _labels(args: tuple[Any, ...]) -> list[str]:
    return ["" if type(arg) is float else arg.label for arg in args]


def _compared(relation: Callable[[Any, Any], Any], x: Value, other: Any) -> Any:
    """Whether the relation holds between the numbers; NotImplemented for an array, which asks each of its entries."""
    if isinstance(other, Value):
        return relation(x._data, other._data)
    if getattr(other, "shape", ()) != ():
        return NotImplemented
    return bool(relation(x._data, other if isinstance(other, Real) else real(other)))


class _Alone:
    """Met by pickle before and after the nodes of a graph: these are written alone from here on, while it lasts."""

    def __init__(self, nodes: frozenset[int]) -> None:
        self.nodes = nodes

    def __reduce__(self) -> tuple[Any, ...]:
        _pickled.set(ref(self))  # the pickler keeps this alive; if it fails, nothing of it remains
        return _Alone, (frozenset(),)


def _root(graph: list[Any]) -> Any:
    return graph[-2]
