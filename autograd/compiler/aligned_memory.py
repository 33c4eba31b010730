"""Memory for native code: doubles at addresses that suit its registers, taken and given back."""

import ctypes
from array import array
from collections.abc import Iterable
from typing import Any

ALIGNMENT = 64
"""Bytes: a cache line, and the longest register."""


class Doubles:
    """n doubles at an aligned address, zero at first."""

    __slots__ = ("_bytes", "address", "view")

    def __init__(self, n: int) -> None:
        self._bytes = bytearray(8 * n + ALIGNMENT)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self._bytes))
        skip = -start % ALIGNMENT
        self.address = start + skip
        self.view: Any = memoryview(self._bytes)[skip : skip + 8 * n].cast("d")

    def put(self, numbers: Iterable[float], start: int = 0) -> None:
        """Write numbers, from an index on."""
        data = numbers if isinstance(numbers, array) else array("d", numbers)
        self.view[start : start + len(data)] = data


class Pool:
    """Pieces of memory of one size that are used again; each by one thread at a time."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._free: list[Doubles] = []

    def take(self) -> Doubles:
        """A piece that nobody uses; its contents are arbitrary."""
        try:
            return self._free.pop()
        except IndexError:
            return Doubles(self._n)

    def give(self, piece: Doubles) -> None:
        """Put a piece back."""
        self._free.append(piece)
