"""The peers written in C, compiled once a run with `cc -O3 -march=native` and called through ctypes."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.harness import NotInstalledError

SOURCES = Path(__file__).parent


def compiler() -> str | None:
    """The C compiler's path: `$CC` or `cc`."""
    return shutil.which(os.environ.get("CC", "cc"))


def compiler_version() -> str:
    """What the C compiler says it is, or "" without one."""
    path = compiler()
    if path is None:
        return ""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.partition("\n")[0]


def load(source: str = "peers.c", **sizes: int) -> ctypes.CDLL:
    """A file of C as a library, with the sizes of the problem as compile-time constants."""
    path = compiler()
    if path is None:
        raise NotInstalledError("a C compiler (cc)")
    constants = [f"-D{name}={size}" for name, size in sizes.items()]
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "peers.so"
        options = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run([path, *options, *constants, SOURCES / source, "-lm", "-o", library], check=True)
        return ctypes.CDLL(str(library))  # stays mapped when the file is gone


def doubles(numbers: Sequence[float]) -> ctypes.Array[ctypes.c_double]:
    """A C array of doubles."""
    return (ctypes.c_double * len(numbers))(*numbers)
