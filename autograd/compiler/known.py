"""What is known of code that nobody here wrote: which functions of Python and NumPy only compute."""

import functools
import os
import sys
import sysconfig
import types
from collections import Counter, OrderedDict, defaultdict, deque
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Any, Final, NamedTuple

OURS: Final = ("autograd", "nn")
"""The packages whose code is known."""

COMPUTING: Final = frozenset(
    {
        *(f"autograd.{name}" for name in (
            "arithmetic", "compilation", "compiler.jitted", "compiler.task", "composed", "graph", "kernels",
            "names", "nests", "ops", "primitive", "slips", "symbol", "transforms", "value",
        )),
        *(f"nn.{name}" for name in (
            "activations", "clipping", "compiled", "history", "layers", "losses", "module", "nested", "optim",
            "schedules", "settings", "slips",
        )),
    }
)  # fmt: skip
"""Modules of ours whose functions compute, and do nothing else."""

PURE: Final = frozenset(
    (
        "math", "cmath", "operator", "_operator", "itertools", "functools", "_functools", "collections", "_collections",
        "collections.abc", "numbers", "typing", "abc", "_abc", "dataclasses", "enum", "types", "builtins", "contextlib",
        "fractions", "re",
    )
)  # fmt: skip
"""Modules whose functions and classes depend on their arguments alone."""

BARRED: Final = frozenset(
    (
        "breakpoint", "compile", "delattr", "dir", "eval", "exec", "getattr", "globals", "hash", "id", "input",
        "locals", "memoryview", "open", "setattr", "vars", "__import__", "help", "exit", "quit",
        "attrgetter", "methodcaller",
    )
)  # fmt: skip
"""Builtins, and classes of operator, that look at, or change, what is not among their arguments."""

INSIDE: Final = frozenset(("__dict__", "__getattribute__", "__globals__", "__closure__"))
"""Attributes by which code does so, too."""

REACHING: Final = "which reaches what cannot be seen beforehand"
"""What is said of these."""

PLAIN: Final = (type(None), bool, int, float, complex, str, bytes, range, slice, type(...), type(NotImplemented))
"""Kinds that cannot change."""

FIXED: Final = frozenset(
    {("operator", "itemgetter"), ("re", "Pattern"), ("decimal", "Decimal"), ("datetime", "datetime"),
     ("datetime", "timedelta"), ("types", "GenericAlias"), ("types", "UnionType"), ("builtins", "object")}
)  # fmt: skip
"""Kinds, by module and name, whose objects cannot change either."""

BASES: Final = (object, list, dict, tuple, set, frozenset, int, float, str, BaseException, types.SimpleNamespace)
"""Kinds written in C that a class may be built on: all they hold can be looked at."""


SEQUENCES: Final = (list, set, deque)
MAPPINGS: Final = (dict, OrderedDict, defaultdict, Counter)
WRAPPED: Final = (classmethod, staticmethod, property, functools.cached_property)
REMEMBERING: Final = type(functools.cache(len))
FIELD: Final[Any] = type(vars(NamedTuple("Pair", [("x", int)]))["x"])
DESCRIPTORS: Final = (types.GetSetDescriptorType, types.MemberDescriptorType, types.CodeType, FIELD)

UNCALLED: Final = frozenset(
    f"__{name}__"
    for name in (
        "class_getitem", "copy", "deepcopy", "del", "delattr", "dir", "format", "getstate", "hash", "init",
        "init_subclass", "new", "post_init", "reduce", "reduce_ex", "repr", "setattr", "setstate", "sizeof", "str",
        "subclasshook",
    )
)  # fmt: skip
"""Methods that run when an object is made, changed, shown or stored, not when it is used."""

COMPARING: Final = frozenset(("__eq__", "__lt__", "__le__", "__gt__", "__ge__"))
"""Methods that a dataclass gets by itself, and that compare fields."""

LABELS: Final = frozenset(("label", "named", "named_parameters"))
"""Attributes that have to do with the labels of Values."""

GRADIENTS: Final = frozenset(("grad", "has_grad", "backward", "zero_grad"))
"""Attributes that have to do with the gradients of Values."""

HEAP: Final = 1 << 9
"""The flag of a class that was made while Python ran."""


def home(x: Any) -> str:
    """The module that a function, a class or the class of an object is of."""
    if isinstance(x, types.FunctionType):
        return str(x.__globals__.get("__name__", ""))
    return str(getattr(x, "__module__", "") or "")


def is_ours(module: str) -> bool:
    """Whether a module is of this package."""
    return module.partition(".")[0] in OURS


def computes(module: str) -> bool:
    """Whether all that a module of somebody else offers only computes."""
    root = module.partition(".")[0]
    return module in PURE or (root == "numpy" and not module.startswith("numpy.random"))


def is_native(kind: type) -> bool:
    """Whether a class is written in C, so that nobody can look into its objects, except for `BASES`."""
    if kind in BASES:
        return False
    file = file_of(kind.__module__) or ""
    compiled = kind.__module__ in sys.builtin_module_names or file.endswith(tuple(EXTENSION_SUFFIXES))
    return compiled or not kind.__flags__ & HEAP


def is_installed(file: str | None) -> bool:
    """Whether a file is of Python's own library or of a package that was installed, rather than the user's."""
    return file is not None and file.startswith(_installed())


def file_of(module: str) -> str | None:
    """The file that a module came from."""
    return getattr(sys.modules.get(module), "__file__", None)


@functools.cache
def _installed() -> tuple[str, ...]:
    found = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return ("<frozen", *(path + os.sep for path in found if path))
