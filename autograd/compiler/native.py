"""LLVM at work: text in, functions of the machine out. Everything about llvmlite is here."""

import ctypes
import ctypes.util
import sys
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from autograd.compiler.lock import Lock

MISSING = "the compiled backend needs llvmlite: pip install llvmlite"

OLDEST = 16
"""The LLVM whose language is written here, in llvmlite 0.45 and later."""

QUICK, OPTIMISED = 0, 1
"""How hard the code generator tries: soon ready, or fast (2 and 3 take longer and yield nothing more here)."""


def available() -> bool:
    """Whether llvmlite is installed and works here."""
    try:
        host()
    except ImportError:
        return False
    return True


class Host:
    """This machine's processor: its name, what it can do, how many doubles a register of it holds.

    fuses   whether it multiplies and adds in one instruction
    """

    def __init__(self) -> None:
        try:
            llvm: Any = import_module("llvmlite.binding")
        except ImportError:
            raise ImportError(MISSING) from None
        if llvm.llvm_version_info[0] < OLDEST:
            raise ImportError(f"{MISSING} (this llvmlite has LLVM {llvm.llvm_version_info[0]}, too old)")
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.llvm = llvm
        self.target: Any = llvm.Target.from_default_triple()
        self.cpu: str = llvm.get_host_cpu_name()
        features = llvm.get_host_cpu_features()
        self.features: str = features.flatten()
        self.lanes = 8 if features.get("avx512f") else 4 if features.get("avx") else 2
        self.fuses = bool(features.get("fma")) or self.target.triple.startswith(("aarch64", "arm64"))
        self.lock = Lock()  # llvmlite's passes and its engine are not made for several threads at once

    def machine(self, effort: int) -> Any:
        """The code generator for this processor."""
        return self.target.create_target_machine(cpu=self.cpu, features=self.features, opt=effort, jit=True)


@lru_cache(maxsize=1)
def host() -> Host:
    """This machine; ImportError with what to install where llvmlite is missing."""
    return Host()


class Library:
    """Compiled code, kept as long as this object lives."""

    def __init__(self, text: str, effort: int = OPTIMISED) -> None:
        here = host()
        with here.lock:
            module = here.llvm.parse_assembly(text)
            for name in _called(text):
                here.llvm.add_symbol(name, _address(name))
            self._engine = here.llvm.create_mcjit_compiler(module, here.machine(effort))
            self._engine.finalize_object()

    def function(self, name: str, *types: Any, result: Any = None) -> Any:
        """A function of it, to be called with these types of ctypes; the GIL is released meanwhile."""
        found: Any = ctypes.CFUNCTYPE(result, *types)(self._engine.get_function_address(name))
        found.library = self  # its code must live as long as it can be called
        return found


def _called(text: str) -> list[str]:
    """The functions of C's mathematical library that a module declares."""
    names = (line.split("@", 1)[1].split("(", 1)[0] for line in text.splitlines() if line.startswith("declare "))
    return [name for name in names if not name.startswith("llvm.")]


@cache
def _address(name: str) -> int:
    """Where Python's own mathematical library has a function."""
    library = ctypes.CDLL("msvcrt" if sys.platform == "win32" else ctypes.util.find_library("m") or None)
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0


def module(functions: list[str], declared: dict[str, str]) -> str:
    """The text of a module."""
    return "\n\n".join([*functions, *declared.values()]) + "\n"
