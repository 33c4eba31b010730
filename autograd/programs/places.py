"""Where numbers stand in a program: under a name, in a list, in the memory of an array."""

from collections.abc import Iterator
from typing import Any, Final

from autograd.programs.arrays import Array
from autograd.programs.traced import Node

MANY: Final = 20_000
"""Lists of more numbers than this are data, which stay as they are."""

Path = tuple[Any, ...]
"""The indices that lead from a nest of lists and dicts to a number."""

Place = tuple[Any, ...]
"""A name in its scope, an attribute or item of an object, or the memory of an array; a path may follow."""


def memory_of(x: Array) -> Place:
    """The memory of an array as a place."""
    return ("memory", id(x.buffer))


def scope_of(frame: Any, name: str) -> Place:
    """Where a name lives: in the code of its function, or in the module."""
    code = frame.f_code
    local = code.co_name != "<module>" and name in code.co_varnames + code.co_cellvars
    return ("name", code if local else code.co_filename, name)


def traced_in(value: Any, path: Path = (), depth: int = 0) -> Iterator[tuple[Path, Any]]:
    """The traced arrays and numbers in lists, tuples and dicts, with their paths."""
    if isinstance(value, Array):
        yield path, value
    elif depth < 5 and isinstance(value, (list, tuple)) and len(value) <= MANY:
        for i, item in enumerate(value):
            yield from traced_in(item, (*path, i), depth + 1)
    elif depth < 5 and isinstance(value, dict):
        for key, item in value.items():
            yield from traced_in(item, (*path, key), depth + 1)


def nodes_in(value: Any) -> dict[Path, Node]:
    """The nodes of the traced arrays and numbers in a nest, by their paths."""
    return {path: x.node for path, x in traced_in(value)}


def is_small(value: Any) -> bool:
    """Whether a nest has few numbers."""
    n, stack = 0, [value]
    while stack and n <= MANY:
        item = stack.pop()
        if isinstance(item, (list, tuple)):
            stack += item
            n += len(item)
        elif isinstance(item, dict):
            stack += item.values()
            n += len(item)
    return n <= MANY


def root_name(target: str) -> str:
    """The target without its last index: of weights[i], weights."""
    return target.partition("[")[0]


def named_at(target: str, path: Path) -> str:
    """The target with the indices of the path: weights and (0, 2), weights[0][2]."""
    return target + "".join(f"[{index!r}]" for index in path)
