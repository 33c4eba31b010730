"""The shortest way from Python into compiled code: a function made for one structure of arguments.

It looks whether the arguments have that structure, takes their numbers apart, computes, and puts
the result together; for other arguments it returns NotImplemented.
"""

import ctypes
import struct
from collections.abc import Callable, Sequence
from typing import Any

from autograd.compiler.pythonic import MOST, Source, compiled
from autograd.compiler.recompiling import Tiered
from autograd.compiler.structure import Structure
from autograd.compiler.tracing import Trace
from autograd.compiler.watch import Watch

WIDEST = 512
"""With more numbers than this, taking them apart one by one is no shorter way."""


def suits(structures: Sequence[Structure], trace: Trace) -> bool:
    """Whether such a function can be made: for few numbers, and no arrays."""
    count = sum(structure.size for structure in structures) + len(trace.program.outputs)
    plain = all(_plain(structure) for structure in (*structures, trace.result))
    return plain and count <= WIDEST and not trace.captured and len(trace.program.steps) <= MOST // 10


def _plain(structure: Structure) -> bool:
    return structure.kind in (float, list, tuple, dict) and all(map(_plain, structure.parts))


def python_caller(structures: Sequence[Structure], trace: Trace) -> tuple[Callable[..., Any], str]:
    """The function that computes in Python, and its source."""
    apart = _Apart(structures)
    source = Source(trace.program, apart.names)
    lines = [*apart.lines, _all_floats(apart.names), *source.lines().values()]
    results = iter([source.text(place) for place in trace.program.outputs])
    lines.append(f"return {_together(trace.result, results, apart.keys)}")
    return _made(apart, lines, source.known, trace.watch)


def native_caller(structures: Sequence[Structure], trace: Trace, tier: Tiered) -> tuple[Callable[..., Any], str]:
    """The function that calls native code, and its source."""
    apart = _Apart(structures)
    n = len(trace.program.outputs)
    results = iter([f"y[{k}]" for k in range(n)])
    known = {
        "pack": struct.Struct(f"{len(apart.names)}d").pack,
        "Numbers": ctypes.c_double * n,
        "native": tier.run if tier.optimised else tier.timed,
    }
    lines = [
        *apart.lines,
        _all_floats(apart.names),  # pack alone would also take what only looks like a number
        f"x = pack({', '.join(apart.names)})",
        "y = Numbers()",
        "native(x, y, None)",
        f"return {_together(trace.result, results, apart.keys)}",
    ]
    return _made(apart, lines, known, trace.watch)


def _made(
    apart: "_Apart", lines: list[str], known: dict[str, Any], watch: Watch | None
) -> tuple[Callable[..., Any], str]:
    """The function, which looks first whether what the traced one reached is what it was."""
    tests, bound = watch.tests("seen_") if watch is not None else ([], {})
    for start in range(0, len(tests), 50):
        line = f"if not ({' and '.join(tests[start : start + 50])}): return NotImplemented"
        lines.insert(0, f"{line}  # what was reached is another now")
    known |= bound
    body = "\n".join(f"    {line}" for line in lines if line)
    text = f"def compute({', '.join(apart.arguments)}):\n{body}\n"
    return compiled(text, known | {"keys": apart.keys}, "compute"), text


class _Apart:
    """The lines that check the arguments and give every number a name."""

    def __init__(self, structures: Sequence[Structure]) -> None:
        self.arguments = [f"arg{k}" for k in range(len(structures))]
        self.names: list[str] = []
        self.lines: list[str] = []
        self.keys: list[list[Any]] = []
        for name, structure in zip(self.arguments, structures, strict=True):
            self._take(name, structure)

    def _take(self, name: str, structure: Structure) -> None:
        if structure.kind is float:
            self.names.append(name)
            return
        kind = structure.kind.__name__
        parts = [f"{name}_{k}" for k in range(len(structure.parts))]
        inside = name
        if structure.kind is dict:
            self.lines.append(f"if type({name}) is not dict or [*{name}] != keys[{len(self.keys)}]:")
            self.keys.append(list(structure.keys))
            inside = f"{name}.values()"
        else:
            self.lines.append(f"if type({name}) is not {kind} or len({name}) != {len(parts)}:")
        self.lines.append("    return NotImplemented")
        if parts:
            self.lines.append(f"{', '.join(parts)}, = {inside}")
        for part, own in zip(parts, structure.parts, strict=True):
            self._take(part, own)


def _all_floats(names: Sequence[str]) -> str:
    """The line that refuses what is no float, ten at a time."""
    groups = [names[start : start + 10] for start in range(0, len(names), 10)]
    checks = [" is ".join([*(f"type({name})" for name in group), "float"]) for group in groups]
    return f"if not ({' and '.join(checks)}): return NotImplemented" if checks else ""


def _together(structure: Structure, texts: Any, keys: list[list[Any]]) -> str:
    """The expression of the result; keys of dicts that are no literals are put into `keys`."""
    if structure.kind is float:
        return str(next(texts))
    parts = [_together(part, texts, keys) for part in structure.parts]
    if structure.kind is dict:
        names = [
            repr(key) if type(key) in (str, int) else f"keys[{len(keys)}][{k}]" for k, key in enumerate(structure.keys)
        ]
        keys.append(list(structure.keys))
        pairs = (f"{name}: {part}" for name, part in zip(names, parts, strict=True))
        return "{" + ", ".join(pairs) + "}"
    inside = ", ".join(parts)
    return f"[{inside}]" if structure.kind is list else f"({inside},)" if parts else "()"
