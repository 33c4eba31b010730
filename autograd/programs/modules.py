"""What a module is replaced with: itself, with some of its members others, and the results of the rest taken in."""

import types
from collections.abc import Callable
from typing import Any

from autograd.programs.arrays import adopt, plain


class Module(types.ModuleType):
    """A module with some of its members replaced, the rest passed through `other`."""

    def __init__(
        self, real: Any, members: dict[str, Any], other: Callable[[str, Any], Any] = lambda name, x: x
    ) -> None:
        super().__init__(getattr(real, "__name__", "module"), getattr(real, "__doc__", None))
        self.__dict__.update(members)
        self.__dict__["_real"], self.__dict__["_other"] = real, other
        if hasattr(real, "__all__"):
            self.__all__ = list(real.__all__)
        elif real is not None:
            self.__all__ = [name for name in vars(real) if not name.startswith("_")]

    def __getattr__(self, name: str) -> Any:
        found = self._other(name, getattr(self._real, name))
        self.__dict__[name] = found
        return found


class Kind:
    """A class that is called with plain numbers, such as `pandas.DataFrame`; `isinstance` and members are its own."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __call__(self, *args: Any, **named: Any) -> Any:
        """An instance."""
        return self._real(*plain(args), **plain(named))

    def __instancecheck__(self, x: Any) -> bool:
        return isinstance(x, self._real)

    def __getattr__(self, name: str) -> Any:
        return adopting(getattr(self._real, name))


class Adopting:
    """An object that is called with plain numbers, and of whose results arrays are taken in."""

    def __init__(self, real: Any) -> None:
        self.__dict__["_real"] = real

    def __getattr__(self, name: str) -> Any:
        return adopting(getattr(self._real, name), self)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, plain(value))


def adopting(real: Any, owner: Any = None) -> Any:
    """A function called with plain numbers, of whose results arrays are taken in; `owner` is what it is a method of."""
    if not callable(real) or isinstance(real, type):
        return taken_in(real)

    def function(*args: Any, **named: Any) -> Any:
        found = real(*plain(args), **plain(named))
        return owner if owner is not None and found is owner._real else taken_in(found)

    return function


def taken_in(value: Any) -> Any:
    """Arrays as a traced program works with them, looked for in tuples, lists and dictionaries too."""
    if type(value) is tuple or type(value) is list:
        return type(value)([taken_in(x) for x in value])
    if isinstance(value, dict):
        for key, x in value.items():
            value[key] = taken_in(x)
    return adopt(value)
