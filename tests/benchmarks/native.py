"""The peers written in C, compiled once a run with `cc -O3 -march=native -ffast-math` and called through ctypes."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.harness import NotInstalledError

SOURCES = Path(__file__).parent
OPTIONS = ("-O3", "-march=native", "-ffast-math")


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


def load(source: str = "peers.c", **constants: object) -> ctypes.CDLL:
    """A file of C as a library, with the sizes of the problem as compile-time constants.

    It is linked apart: linked with -ffast-math, it would make the whole process take small numbers for 0.
    """
    path = compiler()
    if path is None:
        raise NotInstalledError("a C compiler (cc)")
    defined = [f"-D{name}={constant}" for name, constant in constants.items()]
    with tempfile.TemporaryDirectory() as folder:
        made, library = Path(folder) / "peers.o", Path(folder) / "peers.so"
        subprocess.run([path, *OPTIONS, "-fPIC", *defined, "-c", SOURCES / source, "-o", made], check=True)
        subprocess.run([path, "-shared", made, "-lm", "-o", library], check=True)
        return ctypes.CDLL(str(library))  # stays mapped when the file is gone


def doubles(numbers: Sequence[float]) -> ctypes.Array[ctypes.c_double]:
    """A C array of doubles that begins with a line of the cache."""
    memory = ctypes.create_string_buffer(8 * len(numbers) + 64)
    found = (ctypes.c_double * len(numbers)).from_buffer(memory, -ctypes.addressof(memory) % 64)
    found[:] = numbers
    return found
