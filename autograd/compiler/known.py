"""What is known of code that nobody here wrote: which functions of Python and NumPy only compute."""

import os
import sys
import sysconfig
import types
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Any, Final

OURS: Final = ("autograd", "nn")
"""The packages whose code is known."""

COMPUTING: Final = frozenset(
    {
        *(f"autograd.{name}" for name in (
            "arithmetic", "compilation", "compiler.jitted", "compiler.task", "graph", "kernels",
            "names", "ops", "primitive", "symbol", "transforms", "value",
        )),
        *(f"nn.{name}" for name in ("compiled", "layers", "losses", "module", "nested", "optim", "history")),
    }
)  # fmt: skip
"""Modules of ours whose functions compute, and do nothing else."""

PURE: Final = frozenset(
    [
        "math",
        "cmath",
        "operator",
        "_operator",
        "itertools",
        "functools",
        "_functools",
        "collections",
        "_collections",
        "numbers",
        "typing",
        "abc",
        "_abc",
        "dataclasses",
        "enum",
        "types",
        "builtins",
        "collections.abc",
        "contextlib",
        "fractions",
        "decimal",
        "re",
    ]
)
"""Modules whose functions and classes depend on their arguments alone."""

BARRED: Final = frozenset(
    [
        "breakpoint",
        "compile",
        "delattr",
        "dir",
        "eval",
        "exec",
        "getattr",
        "globals",
        "hash",
        "id",
        "input",
        "locals",
        "memoryview",
        "open",
        "setattr",
        "vars",
        "__import__",
        "help",
        "exit",
        "quit",
    ]
)
"""Builtins that look at, or change, what is not among their arguments."""

PLAIN: Final = (type(None), bool, int, float, complex, str, bytes, range, slice, type(...), type(NotImplemented))
"""Kinds that cannot change."""

FIXED: Final = frozenset(
    {("operator", "itemgetter"), ("operator", "attrgetter"), ("operator", "methodcaller"), ("re", "Pattern"),
     ("decimal", "Decimal"), ("datetime", "datetime"), ("datetime", "timedelta"), ("builtins", "mappingproxy"),
     ("types", "GenericAlias"), ("types", "UnionType"), ("builtins", "object")}
)  # fmt: skip
"""Kinds, by module and name, whose objects cannot change either."""

BASES: Final = (object, list, dict, tuple, set, frozenset, int, float, str, BaseException, types.SimpleNamespace)
"""Kinds written in C that a class may be built on: all they hold can be looked at."""


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
    file = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
    compiled = kind.__module__ in sys.builtin_module_names or file.endswith(tuple(EXTENSION_SUFFIXES))
    return compiled or not kind.__flags__ & HEAP


def is_installed(code: types.CodeType) -> bool:
    """Whether code is of Python's own library or of a package that was installed, rather than the user's."""
    return code.co_filename.startswith(_installed())


@cache
def _installed() -> tuple[str, ...]:
    found = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return ("<frozen", *(path + os.sep for path in found if path))
