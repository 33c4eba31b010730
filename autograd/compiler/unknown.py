"""Values that stand for an unknown while a function is traced: what looks at their numbers is an error."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from numbers import Real
from typing import Any

from autograd.primitive import Primitive
from autograd.symbol import Symbol, is_tracing, unseen
from autograd.value import Value

_LOCK = threading.RLock()
"""Held while Values are unknown, so that none is made known again under a trace of another thread."""

_NUMBER: Any = vars(Value)["_data"]
_GRADIENT: Any = vars(Value)["grad"]
_DATA: Any = vars(Value)["data"]
_EQUALS: Any = vars(Value)["__eq__"]
_PRIMALS: Any = vars(Value)["primals"]


def _name_of(x: Any) -> str:
    return x.label or "a Value"


def _asked(x: Any) -> TypeError:
    return unseen(f"the number behind {_name_of(x)} is not known here", compared=False)


def _compared(x: Any) -> TypeError:
    return unseen(f"the number behind {_name_of(x)} is not known here")


class Unknown:
    """Put before the class of a Value. To the thread that traces it has no number; to others it is what it was."""

    __slots__ = ()

    @classmethod
    def apply(cls, op: Primitive, args: tuple[Any, ...]) -> Any:
        """The expression of `op` at `args`."""
        return Symbol.apply(op, args) if is_tracing() else Value.apply(op, args)

    @property
    def _data(self) -> Any:
        if is_tracing():  # what Value.apply looks for, to leave the operation to a Symbol
            raise AttributeError(f"the number behind {_name_of(self)} is not known here")
        return _NUMBER.__get__(self)

    @_data.setter
    def _data(self, number: float) -> None:
        if is_tracing():
            raise _asked(self)
        _NUMBER.__set__(self, number)

    @property
    def data(self) -> Any:
        """The number, where nothing is traced."""
        if is_tracing():
            raise _asked(self)
        return _NUMBER.__get__(self)

    @data.setter
    def data(self, number: Any) -> None:
        if is_tracing():
            raise _asked(self)
        _DATA.fset(self, number)

    @property
    def grad(self) -> Any:
        """The gradient, where nothing is traced."""
        if is_tracing():
            raise _asked(self)
        return _GRADIENT.__get__(self)

    @grad.setter
    def grad(self, number: Any) -> None:
        if is_tracing():
            raise _asked(self)
        _GRADIENT.__set__(self, number)

    @property
    def primals(self) -> Any:
        """The numbers it was computed from, where nothing is traced."""
        if is_tracing():
            raise _asked(self)
        return _PRIMALS.fget(self)

    def __eq__(self, other: object) -> bool:
        if is_tracing() and not isinstance(other, Value) and isinstance(other, (Real, Symbol)):
            raise _compared(self)
        return _EQUALS(self, other)  # type: ignore[no-any-return]

    __hash__ = object.__hash__


def _guarded(name: str, error: Callable[[Any], TypeError]) -> Any:
    """A method of Value, or of a class of the user's, that looks at the number."""

    def method(self: Any, *args: Any) -> Any:
        if is_tracing():
            raise error(self)
        return getattr(super(Unknown, self), name)(*args)

    return method


for _name in ("__lt__", "__le__", "__gt__", "__ge__", "__bool__"):
    setattr(Unknown, _name, _guarded(_name, _compared))
for _name in ("__format__", "__copy__", "__deepcopy__", "__reduce_ex__", "__getstate__", "backward"):
    setattr(Unknown, _name, _guarded(_name, _asked))


@cache
def kind_of_unknown(kind: Any) -> Any:
    """The class of unknown Values of this class; TypeError where that has methods of its own which it would hide."""
    if issubclass(kind, Unknown):
        return kind
    for name in ("apply", "__eq__", "__hash__"):
        if next(base for base in kind.__mro__ if name in vars(base)) is not Value:
            raise TypeError(f"{kind.__name__} has an {name} of its own, which is not known here")
    return type(kind.__name__, (Unknown, kind), {"__slots__": (), "__module__": kind.__module__, "_known": kind})


@contextmanager
def unknown(values: Sequence[Value]) -> Iterator[None]:
    """Inside, these Values stand for unknowns."""
    with _LOCK:
        kinds = set(map(type, values))
        own = {kind: [value for value in values if type(value) is kind] if len(kinds) > 1 else values for kind in kinds}
        try:
            _reclass(own, kind_of_unknown)
            yield
        finally:
            try:
                _reclass(own, lambda kind: kind)
            except BaseException:  # an interrupt in the middle comes after it
                _reclass(own, lambda kind: kind)
                raise


def _reclass(own: Mapping[Any, Sequence[Value]], other: Callable[[Any], Any]) -> None:
    """Give the Values of every class the other one."""
    for kind, values in own.items():
        theirs = other(kind)
        for value in values:
            value.__class__ = theirs
