"""Whether a program has put something of its own in the place of what judges it: `Integrity`, before and after."""

import builtins
import importlib.util
import sys
import types
from typing import Any

WATCHED = ("builtins", "json", "json.encoder", "math", "operator", "numpy")
"""Modules that are looked at besides those of autograd, where they are loaded."""


class Integrity:
    """What the functions of autograd, and of modules it builds on, are now; `changed()` names those that are others.

    Modules of autograd that are loaded later are compared with their files. Anything added is no change. What a
    program undoes before it is looked at, or does to objects rather than to names, is not seen.
    """

    def __init__(self) -> None:
        self._before = {name: _contents(sys.modules[name]) for name in _names()}

    def changed(self) -> list[str]:
        """The full names of what was replaced, taken away, or put in front of something else."""
        found = []
        for name, before in self._before.items():
            module = sys.modules.get(name)
            now = _contents(module) if module is not None else {}
            found += [f"{name}.{key}" for key, x in before.items() if not _same(x, now.get(key))]
            found += [f"{name}.{key}" for key in now.keys() - before.keys() if _ours(name) and _hides(key)]
        for name in _names() - self._before.keys():
            if _ours(name):
                now = _codes(_contents(sys.modules[name]))
                fresh = _codes(_contents(_loaded_anew(name)))
                found += [f"{name}.{key}" for key in now.keys() | fresh.keys() if now.get(key) != fresh.get(key)]
        whole = tuple(f"{name}." for name in found)
        return sorted(name for name in found if not name.startswith(whole))  # of a class not all that it holds


def _hides(key: str) -> bool:
    """Whether something added hides what was found before: in a class that of its parents, in a module a builtin."""
    return "." in key or hasattr(builtins, key)


def _ours(name: str) -> bool:
    return name.partition(".")[0] in ("autograd", "nn")


def _names() -> set[str]:
    """The modules that are looked at, as far as they are loaded."""
    return {name for name, module in sys.modules.items() if _ours(name) and module is not None} | {
        name for name in WATCHED if name in sys.modules
    }


def _contents(module: types.ModuleType) -> dict[str, tuple[Any, ...]]:
    """What a module holds by name, and what its own classes hold; of functions their code besides."""
    found = {}
    for key, x in vars(module).items():
        if key in ("__builtins__", "__warningregistry__", "_"):
            continue
        found[key] = _marks(x)
        if isinstance(x, type) and x.__module__ == module.__name__:
            inner = {f"{key}.{name}": _marks(y) for name, y in vars(x).items() if name not in _OF_PYTHON}
            found |= inner
    return found


_OF_PYTHON = ("__dict__", "__weakref__", "__abstractmethods__", "_abc_impl", "__doc__", "__annotations__")
"""What Python itself adds to classes, and changes."""


def _marks(x: Any) -> tuple[Any, ...]:
    """An object with what can be exchanged in it: of a function its code and its defaults."""
    function = getattr(x, "__func__", x) if isinstance(x, (staticmethod, classmethod)) else x
    if isinstance(function, property):
        return x, *(getattr(part, "__code__", None) for part in (function.fget, function.fset))
    if isinstance(function, types.FunctionType):
        return x, function.__code__, function.__defaults__, function.__closure__
    return (x,)


def _same(before: tuple[Any, ...], now: tuple[Any, ...] | None) -> bool:
    return now is not None and len(before) == len(now) and all(a is b for a, b in zip(before, now, strict=True))


def _codes(contents: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
    """The codes of functions, which are equal where the same text was compiled."""
    return {key: marks[1:2] for key, marks in contents.items() if len(marks) > 1}


def _loaded_anew(name: str) -> types.ModuleType:
    """A module once more from its file, beside the one in use."""
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
