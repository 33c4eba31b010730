"""`Reach`: what a function can read besides its arguments, found without running it."""

import builtins
import functools
import sys
import types
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from autograd.compiler.code import names, words
from autograd.compiler.known import (
    BARRED,
    BASES,
    COMPARING,
    COMPUTING,
    DESCRIPTORS,
    FIXED,
    GRADIENTS,
    INSIDE,
    LABELS,
    MAPPINGS,
    PLAIN,
    REACHING,
    REMEMBERING,
    SEQUENCES,
    UNCALLED,
    WRAPPED,
    computes,
    file_of,
    home,
    is_installed,
    is_native,
    is_ours,
)
from autograd.compiler.watch import Watch
from autograd.primitive import Primitive
from autograd.symbol import Symbol
from autograd.value import Value

MOST = 200_000
"""How many objects are looked at."""

class Reach:
    """Functions, and all that their code names, reaches through closures, defaults and attributes.

    watch     what of it may change
    values    the Values among it
    faults    of which root, and in words, what may give another result at every call, or cannot be looked into
    asks      whether the code could tell a number from an unknown
    prints    the root whose code prints, "" for none
    names     of all attributes that the code names
    ours      the names in functions of ours that it calls
    further   a function of ours that does more than compute, "" for none
    """

    def __init__(self, roots: Iterable[tuple[str, Any]], apart: Mapping[int, Collection[str]] = {}) -> None:
        self.watch = Watch()
        self.values: list[Value] = []
        self.faults: list[tuple[str, str]] = []
        self.prints = ""
        self.asks = False
        self.further = ""
        self.ours: set[str] = set()
        self.names: set[str] = set()
        self._apart = apart
        self._seen: dict[tuple[int, bool], Any] = {}
        self._codes: set[types.CodeType] = set()
        self._globals: dict[int, tuple[dict[str, Any], set[str]]] = {}
        self._spaces: list[tuple[Mapping[str, Any], str]] = []
        self._special: set[str] = set()
        self._modules: list[types.ModuleType] = []
        self._classes: list[tuple[type, type]] = []
        self._stack: list[tuple[Any, str, bool]] = []
        self._root = ""
        for self._root, root in roots:
            self._push(root, self._root)
            while self._stack and len(self._seen) <= MOST:
                self._look(*self._stack.pop())
        if self._stack:
            self.faults.append((self._root, "reaches more objects than can be looked at"))
        self._finish()

    def meets(self, kind: type) -> bool:
        """Whether an object of this kind is reached."""
        return any(isinstance(x, kind) for x in self._seen.values())

    @property
    def gradients(self) -> list[str]:
        """What of gradients the code reads or changes: .grad, .backward and the like."""
        return [f".{name}" for name in sorted((self.names | self.ours) & GRADIENTS)]

    def hold(self, known: Iterable[Value]) -> None:
        """Watch the numbers of Values that are taken as they are; their gradients too, where code looks at them."""
        values = dict.fromkeys(known)
        self.watch.slot(values, "_data")
        if not GRADIENTS.isdisjoint(self.names):
            self.watch.slot(values, "grad")

    def _finish(self) -> None:
        """Watch the names that the code uses, now that all are known."""
        for space, used in self._globals.values():
            self.watch.variables(space, sorted(used))
        for module in self._modules:
            space, prefix = vars(module), f"{module.__name__}."
            self.watch.variables(space, sorted(self.names & space.keys()), prefix)
        for kind, heir in self._classes:
            known = {name for base in heir.__mro__ for name in vars(base)}
            self.watch.attributes(kind, sorted((self.names | self._special) & known), kind.__name__)
        if not LABELS.isdisjoint(self.names):
            self.watch.slot(dict.fromkeys(self.values), "label")

    def _push(self, x: Any, path: str, named: bool = True) -> None:
        """Look at something later; `named` if the code may call it, rather than only meet it as a class."""
        if type(x) not in PLAIN and not isinstance(x, Symbol):
            self._stack.append((x, path, named))

    def _look(self, x: Any, path: str, named: bool) -> None:
        key = id(x), named
        if key in self._seen:
            return
        self._seen[key] = x
        kind = type(x)
        if isinstance(x, Value):
            self.values.append(x)
            if not is_ours(kind.__module__):
                self._object(x, path)
        elif kind in SEQUENCES:
            self.watch.sequence(x, path)
            self._all(x, path)
        elif kind in (tuple, frozenset):
            self._all(x, path)
        elif kind in MAPPINGS:
            self.watch.mapping(x, path)
            self._all(x, path)
            self._all(x.values(), path)
        elif kind is types.FunctionType:
            self._function(x, path)
        elif kind is types.MethodType:
            self._push(x.__func__, path)
            self._push(x.__self__, path.rpartition(".")[0] or path)
        elif kind is functools.partial:
            for part in (x.func, x.args, x.keywords):
                self._push(part, path)
        elif kind in WRAPPED:
            for function in ("fget", "fset", "func", "__func__"):
                self._push(getattr(x, function, None), path)
        elif isinstance(x, types.ModuleType):
            self._module(x)
        elif isinstance(x, type):
            self._class(x, path, named)
        elif kind is REMEMBERING:
            self._fault(path, "which remembers what it gave (lru_cache)")
        elif kind in DESCRIPTORS:
            pass
        elif kind in (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType):
            self._builtin(x, path)
        else:
            self._object(x, path)

    def _all(self, items: Iterable[Any], path: str) -> None:
        if set(map(type, items)) == {Value}:
            self.values += items
            return
        for item in items:
            if type(item) is Value:
                self.values.append(item)
            else:
                self._push(item, path)

    # ------------------------------------------------------------ code

    def _function(self, f: types.FunctionType, path: str) -> None:
        module = home(f)
        for cell, name in zip(f.__closure__ or (), f.__code__.co_freevars, strict=True):
            try:
                self._push(cell.cell_contents, name)
            except ValueError:
                continue
        if is_ours(module):
            self.ours.update(words(f.__code__))
            if module not in COMPUTING:
                self.further = path
                self._fault(path, "which may do more than compute")
            return
        if computes(module):
            self.asks = True  # functools.singledispatch does, for one
            return
        if is_installed(f.__code__.co_filename):
            own = (
                "draws random numbers" if module == "random" else f"is of the module {module}, which is not looked into"
            )
            self._fault(path, f"which {own}")
            return
        for default in (f.__defaults__, f.__kwdefaults__):
            self._push(default, f"the defaults of {path}")
        if f.__closure__:
            self.watch.cells(f.__closure__, f.__code__.co_freevars)
        if f.__kwdefaults__:
            self.watch.mapping(f.__kwdefaults__, path)
        if f.__dict__:
            self.watch.mapping(f.__dict__, path, holder=f)
            self._all(f.__dict__.values(), path)
        self.watch.attributes(f, ["__code__"] if f.__defaults__ is None else ["__code__", "__defaults__"], path)
        self._code(f.__code__, f.__globals__)

    def _code(self, code: types.CodeType, space: dict[str, Any]) -> None:
        """The names in code, and in the functions inside of it."""
        if code in self._codes:
            return
        self._codes.add(code)
        watched = self._globals.setdefault(id(space), (space, set()))[1]
        for name, use in names(code, space.get("__package__") or ""):
            if use == "asks":
                self.asks = True
            elif use == "attribute":
                self._name(name)
                if name in INSIDE:
                    self._fault(name, REACHING)
            elif use == "module" and name in sys.modules:
                self._push(sys.modules[name], name)
            elif use == "module":
                self._fault(name, "which is imported there for the first time: import it before")
            elif name in space:
                watched.add(name)
                self._push(space[name], name)
            elif hasattr(builtins, name):
                watched.add(name)
                self._push(getattr(builtins, name), name)
            else:
                watched.add(name)
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._code(constant, space)

    def _name(self, name: str) -> None:
        """An attribute that code names: of which objects, nobody knows."""
        if name in self.names:
            return
        self.names.add(name)
        for space, path in self._spaces:
            if name in space:
                self._push(space[name], f"{path}.{name}")

    def _builtin(self, x: Any, path: str) -> None:
        """A function that is written in C."""
        name, bound = getattr(x, "__name__", ""), getattr(x, "__self__", None)
        if isinstance(bound, types.ModuleType) or bound is None:
            if x is print:
                self.prints = self._root
            elif home(x) == "builtins" and name in BARRED:
                self._fault(path, REACHING)
            elif not computes(home(x) or getattr(getattr(x, "__objclass__", None), "__module__", "")):
                self._fault(path, "which may give something else at every call")
        elif not isinstance(bound, type):
            self._push(bound, path.rpartition(".")[0] or path)
        elif not computes(bound.__module__):
            self._fault(path, "which may give something else at every call")

    def _fault(self, path: str, why: str) -> None:
        self.faults.append((self._root, f"uses {path}, {why}"))

    # ------------------------------------------------------------ what has attributes

    def _module(self, module: types.ModuleType) -> None:
        name = module.__name__
        if name in ("random", "numpy.random", "time", "builtins", "operator"):
            return self._space(vars(module), name)
        if computes(name) and name != "numpy":
            self.asks = self.asks or name not in ("math", "itertools")
            return None
        self._modules.append(module)
        return self._space(vars(module), name)

    def _space(self, space: Mapping[str, Any], path: str) -> None:
        """Attributes that matter if code names them."""
        self._spaces.append((space, path))
        for name in self.names & space.keys():
            self._push(space[name], f"{path}.{name}")

    def _class(self, kind: type, path: str, named: bool) -> None:
        """A class; if it is `named`, objects of it may be made."""
        if kind in BASES:
            return
        if is_ours(kind.__module__):
            self._own(kind)
            return
        if computes(kind.__module__):
            self.asks = self.asks or kind.__module__ != "builtins"
            if kind.__module__ in ("builtins", "operator") and kind.__name__ in BARRED:
                self._fault(path, REACHING)
            return
        for base in kind.__mro__:
            if is_ours(base.__module__) or computes(base.__module__):
                continue
            if is_native(base):
                what = "draws random numbers" if base.__module__ == "_random" else "is written in C"
                self._fault(path, f"which {what}")
                return
            self._classes.append((base, kind))
            if home(type(base)) in sys.modules:  # Cython has classes of classes of no module
                self._push(type(base), type(base).__name__)
            self._space(vars(base), base.__name__)
            for name, item in vars(base).items():
                special = name.startswith("__") and callable(item) and not isinstance(item, type)
                generated = name in COMPARING and "__dataclass_fields__" in vars(base)
                if special and not generated and (named or name not in UNCALLED):
                    self._special.add(name)
                    self._push(item, f"{base.__name__}.{name}")

    def _own(self, kind: type) -> None:
        """A class of ours, of which somebody may replace a method."""
        for base in kind.__mro__:
            if is_ours(base.__module__):
                methods = {name: item for name, item in vars(base).items() if isinstance(item, types.FunctionType)}
                self.watch.attributes(base, list(methods), base.__name__)
                for name, item in methods.items():
                    if not is_ours(home(item)):
                        self._push(item, f"{base.__name__}.{name}")

    def _object(self, x: Any, path: str) -> None:
        """An object of a class."""
        kind = type(x)
        module = kind.__module__
        if module.partition(".")[0] == "numpy":
            self._numpy(x, path)
            return
        if isinstance(x, Primitive):
            if not is_ours(home(x)):
                self.watch.mapping(vars(x), x.name, ("kernels",), x)
                for part in (x.function, x.pullbacks, x.pullback, x.lower):
                    self._push(part, x.name)
            return
        if (module, kind.__qualname__) in FIXED or module in ("typing", "_typing"):
            return
        if module == "autograd.compiler.jitted":
            self._push(x._f, path)
            return
        if any(map(is_native, kind.__mro__)):
            draws = any(base.__module__ == "_random" for base in kind.__mro__)
            self._fault(path, "which draws random numbers" if draws else _unseen(kind))
            return
        if is_installed(file_of(module)) and not is_ours(module) and not computes(module):
            self._fault(path, f"of the module {module}, which is not looked into")
            return
        self._push(kind, kind.__name__, named=False)
        if isinstance(x, (list, set)):
            self.watch.sequence(x, path)
            self._all(x, path)
        elif isinstance(x, dict):
            self.watch.mapping(x, path)
            self._all(x, path)
            self._all(x.values(), path)
        elif isinstance(x, (tuple, frozenset)):
            self._all(x, path)
        slots = [name for base in kind.__mro__ if not is_ours(base.__module__) for name in _slots(base)]
        if slots:
            self.watch.attributes(x, slots, path)
            for name in slots:
                self._push(getattr(x, name, None), f"{path}.{name}")
        if hasattr(x, "__dict__"):
            self._attributes(x, path)

    def _attributes(self, x: Any, path: str) -> None:
        space = vars(x)
        self.watch.mapping(space, path, self._apart.get(id(x), ()), x)
        if any(is_ours(base.__module__) for base in type(x).__mro__):  # our own code may read any of them
            for name, item in space.items():
                if name not in self._apart.get(id(x), ()):
                    self._push(item, f"{path}.{name}")
            return
        self._space(space, path)
        for name, item in space.items():
            if isinstance(item, (Value, *SEQUENCES, *MAPPINGS, tuple)):
                self._push(item, f"{path}.{name}")

    def _numpy(self, x: Any, path: str) -> None:
        import numpy
        self.asks = True
        if isinstance(x, numpy.ndarray):
            if x.dtype.kind == "O":
                self.watch.array(x, path)
                self._all(x.ravel().tolist(), path)
            elif x.flags.writeable or x.base is not None:
                self.watch.array(x, path)
        elif type(x).__module__.startswith("numpy.random"):
            self._fault(path, "which draws random numbers")
        elif not isinstance(x, (numpy.generic, numpy.ufunc, numpy.dtype)) and not callable(x):
            self._fault(path, _unseen(type(x)))


def _unseen(kind: type) -> str:
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"of the kind {name}, whose state cannot be seen"


def _slots(kind: type) -> list[str]:
    slots = vars(kind).get("__slots__", ())
    names = (slots,) if isinstance(slots, str) else tuple(slots)
    return [name for name in names if isinstance(vars(kind).get(name), types.MemberDescriptorType)]
