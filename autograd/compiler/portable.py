"""Traced functions as files: JSON that holds the graph, and no code.

A file is an object of four entries: `format` and `version` say what it is, `name` is what the
function is called, `versions` has an object for every structure of arguments that was traced:

arguments   their structures: "number", {"list": [...]}, {"tuple": [...]}, {"dict": [[key, structure], ...]} or
            {"array": [3, 2]} for the shape of an array
names       of the arguments that are passed by name, the last ones
result      the structure of the result
constants   the numbers that the function reached by itself
labels      what the places are called, "" for most: the numbers of the arguments in order, the constants, the steps
steps       the operations, such as ["mul", 0, "2.5"]; an operand is a place before, or a number as a text
outputs     the places or numbers that the result is made of

Numbers are texts that Python reads back to the last bit ("0.1", "-inf", "nan"). Operations are
looked up by their names in `autograd.ops.TABLE`; nothing in a file is executed.

That is version 1. A function with matrices of weights is written as version 2, in which

constants   may be lists of numbers, and lists of these, such as a row of weights for every unit: each number has a
            place; those that are finite are numbers
labels      are an object, {"0": "x1"}, of those that are called something, without the constants
operands    may be runs of places: "784:1568" for 784 to 1567, "784:1568:2" for every second of them
"""

import json
import math
import os
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from autograd import ops
from autograd.compiler.compact import Compact, compact, short_entries, spelled_out
from autograd.compiler.program import Place, Program, Step
from autograd.compiler.structure import NUMBER, Structure, flattened, float_array, object_array
from autograd.compiler.tracing import Trace
from autograd.files import FilePath, write_file
from autograd.primitive import Primitive

FORMAT, VERSION, COMPACT = "chalkgrad traced function", 1, 2
"""What a file begins with; the second version is that with matrices."""

OPERATIONS: Mapping[str, Primitive] = {op.name: op for op in ops.TABLE}
"""What a file may name."""

MANY = 100
"""Numbers in matrices, from which on these are written as such."""

DEEPEST = 100
"""Levels of lists in lists, at most."""

LARGEST = 2**40
"""Entries of an array, at most."""


Key = tuple[Any, ...]
"""What the arguments of a function must be like: the names of those that are passed by name, then all structures."""


class Graph:
    """A function that was traced: the graph for every structure of arguments, without the function it was made from.

    Called, it does the operations on whatever numbers it is given: floats, Values, Symbols.
    """

    def __init__(self, name: str, traces: Mapping[Key, Trace]) -> None:
        self.__name__ = self.__qualname__ = name
        self.traces: dict[Key, Trace] = dict(traces)

    def trace(self, structures: Sequence[Structure], names: Sequence[str] = ()) -> Trace:
        """The graph for arguments of these structures; TypeError, with those that are known, for others."""
        found = self.traces.get((tuple(names), *structures))
        if found is None:
            known = "; ".join(described(key) for key in list(self.traces)[:10])
            more = f"; and {len(self.traces) - 10} more" if len(self.traces) > 10 else ""
            raise TypeError(
                f"{self.__name__} was not traced with arguments {described((tuple(names), *structures))}; "
                f"the file has it for {known}{more}: call the function itself so before it is saved"
            )
        return found

    def __call__(self, *args: Any, **named: Any) -> Any:
        """The result, by the operations themselves."""
        pairs = [flattened(arg) for arg in (*args, *named.values())]
        found = self.trace([structure for structure, _ in pairs], tuple(named))
        results = found.program.run([number for _, own in pairs for number in own], lambda op, xs: op(*xs))
        plain = all(type(number) is float for number in results)
        return found.result.rebuilt(iter(results), float_array if plain else object_array)


def described(key: Key) -> str:
    """The arguments of a function in words.

    >>> described((("rate",), Structure(list, (), (NUMBER, NUMBER)), NUMBER))
    '([a number, a number], rate=a number)'
    """
    names, *structures = key
    texts = [text if len(text) <= 200 else text[:197] + "..." for text in map(str, structures)]
    first = len(texts) - len(names)
    return f"({', '.join(texts[:first] + [f'{n}={t}' for n, t in zip(names, texts[first:], strict=True)])})"


# ---------------------------------------------------------------- writing


def write(path: FilePath, name: str, traces: Mapping[Key, Trace]) -> None:
    """Put a traced function into a file, whole or not at all.

    ValueError where it does what a file cannot hold: an operation that is none of autograd's own, a
    named tuple, a dict whose keys are no texts, whole numbers, True, False or None.
    """
    if not traces:
        raise ValueError(f"{path}: {name} has not been called yet: call it with arguments such as it will be given")
    short = {key: compact(trace.program, [value.data for value in trace.captured]) for key, trace in traces.items()}
    large = any(one.inside >= MANY for one in short.values())
    number = COMPACT if large else VERSION
    try:
        versions = ",\n".join(_version(key, trace, short[key] if large else None) for key, trace in traces.items())
    except ValueError as error:
        raise ValueError(f"{path}: not written: {name}: {error}") from None
    head = f'{{\n "format": "{FORMAT}",\n "version": {number},\n "name": {json.dumps(name)},\n "versions": ['
    write_file(path, f"{head}\n{versions}\n ]\n}}\n".encode("ascii"))


def _version(key: Key, trace: Trace, short: Compact | None) -> str:
    names, *structures = key
    program = trace.program
    for op, _ in program.steps:
        if OPERATIONS.get(op.name) is not op:
            raise ValueError(
                f"the operation {op.name} is none of autograd.ops.TABLE, and a file holds no code; "
                "expected operations of autograd only: compose it from these, and trace the function anew"
            )
    places = range(program.n_inputs + len(program.steps))
    entries = {
        "arguments": [json.dumps(_packed(structure)) for structure in structures],
        "names": [json.dumps(name) for name in names],
        "constants": [json.dumps(_text(value.data)) for value in trace.captured],
        "labels": [json.dumps(program.label(place)) for place in places],
        "steps": [json.dumps([op.name, *map(_operand, args)]) for op, args in program.steps],
        "outputs": [json.dumps(_operand(place)) for place in program.outputs],
    }
    if short is not None:
        entries |= short_entries(program, short)
    lines = [f'   "result": {json.dumps(_packed(trace.result))}']
    for name, items in entries.items():
        opening, closing = "{}" if short is not None and name == "labels" else "[]"
        inside = f"{opening}\n    {_wrapped(items, name == 'steps')}\n   {closing}" if items else opening + closing
        lines.append(f'   "{name}": {inside}')
    return "  {\n" + ",\n".join(lines) + "\n  }"


def _wrapped(items: list[str], each: bool) -> str:
    """Items of a list, one or several to a line."""
    lines = [""]
    for item in items:
        if lines[-1] and (each or len(lines[-1]) + len(item) > 100):
            lines.append("")
        lines[-1] += f", {item}" if lines[-1] else item
    return ",\n    ".join(lines)


def _text(x: float) -> str:
    return repr(float(x))


def _operand(place: Place) -> int | str:
    return place if type(place) is int else _text(place)


def _packed(structure: Structure, depth: int = 0) -> Any:
    """A structure as JSON has it."""
    if depth > DEEPEST:
        raise ValueError(f"lists are nested more than {DEEPEST} levels deep; expected flatter arguments and results")
    kind = structure.kind
    if kind is float:
        return "number"
    if kind == "array":
        return {"array": list(map(int, structure.keys))}
    parts = [_packed(part, depth + 1) for part in structure.parts]
    if kind in (list, tuple):
        return {kind.__name__: parts}
    if kind is not dict:
        raise ValueError(f"a file holds no classes such as {kind.__name__}; expected a tuple or a dict instead")
    for name in structure.keys:
        if name is not None and type(name) not in (str, int, bool):
            raise ValueError(
                f"the key {_short(name)} of a dict is of type {type(name).__name__}; "
                "expected texts, whole numbers, True, False or None"
            )
    return {"dict": [list(pair) for pair in zip(structure.keys, parts, strict=True)]}


# ---------------------------------------------------------------- reading


def read(path: FilePath) -> Graph:
    """What `write` put into a file; ValueError that says what is wrong with it, OSError where it cannot be read."""
    with open(os.fspath(path), "rb") as file:
        raw = file.read()
    try:
        content = json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_number)
        return _graph(content)
    except RecursionError:
        raise ValueError(f"{path}: no traced function could be read: lists are nested too deep") from None
    except ValueError as error:
        raise ValueError(f"{path}: no traced function could be read: {error}") from None


def _graph(content: Any) -> Graph:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f'expected a file that the save() of a compiled function wrote, with "format": "{FORMAT}"')
    version = content.get("version")
    if type(version) is not int or version not in (VERSION, COMPACT):
        raise ValueError(
            f"its format has the version {_short(version)}, this chalkgrad reads versions {VERSION} and {COMPACT}"
        )
    read_version = _read_version if version == VERSION else _read_compact
    _, _, name, versions = _entries("the file", content, ("format", "version", "name", "versions"))
    found: dict[Key, Trace] = {}
    for number, version in enumerate(_list("versions", versions), start=1):
        try:
            key, trace = read_version(version)
        except ValueError as error:
            raise ValueError(f"version {number}: {error}") from None
        if key in found:
            raise ValueError(f"version {number}: the arguments {described(key)} are there twice")
        found[key] = trace
    if not found:
        raise ValueError("expected at least one version")
    return Graph(_string("name", name), found)


FIELDS = ("arguments", "names", "result", "constants", "labels", "steps", "outputs")
"""What there is to every structure of arguments."""


def _read_compact(given: Any) -> tuple[Key, Trace]:
    """What is written with matrices, read as if it were written without."""
    arguments, names, result, constants, labels, steps, outputs = _entries("a version", given, FIELDS)
    n_arguments = sum(_structure(item).size for item in _list("arguments", arguments))
    if not isinstance(labels, dict):
        raise ValueError(f"labels: expected an object, got {_short(labels)}")
    lists = _list("constants", constants), _list("steps", steps), _list("outputs", outputs)
    numbers, texts, made, ends = spelled_out(n_arguments, labels, *lists)
    return _read_version(dict(zip(FIELDS, (arguments, names, result, numbers, texts, made, ends), strict=True)))


def _read_version(given: Any) -> tuple[Key, Trace]:
    arguments, names, result, constants, labels, steps, outputs = _entries("a version", given, FIELDS)
    structures = [_structure(item) for item in _list("arguments", arguments)]
    keywords = tuple(_string("names", name) for name in _list("names", names))
    if len(keywords) > len(structures) or len(set(keywords)) < len(keywords):
        raise ValueError(f"names: expected different names of some of {len(structures)} arguments, got {_short(names)}")
    numbers = [_number(text) for text in _list("constants", constants)]
    texts = [_string("labels", label) for label in _list("labels", labels)]
    n_inputs = sum(structure.size for structure in structures)
    n_steps = len(_list("steps", steps))
    # Compared before anything of such a size is built.
    if len(texts) != n_inputs + len(numbers) + n_steps:
        counts = f"{n_inputs} numbers of arguments, {len(numbers)} constants and {n_steps} steps"
        raise ValueError(f"labels: expected one for each of {counts}, got {len(texts)}")
    moved: list[Place] = [*range(n_inputs), *numbers]
    made = []
    for number, step in enumerate(steps):
        made.append(_step(step, moved))
        moved.append(n_inputs + number)
    shape = _structure(result)
    results = tuple(_place(place, moved) for place in _list("outputs", outputs))
    if len(results) != shape.size:
        raise ValueError(f"outputs: expected {shape.size} for {shape}, got {len(results)}")
    kept = (*texts[:n_inputs], *texts[n_inputs + len(numbers) :])
    return (keywords, *structures), Trace(Program(n_inputs, tuple(made), results, kept), shape, ())


def _step(given: Any, moved: Sequence[Place]) -> Step:
    """One operation; `moved` are the places before it, constants as the numbers that they are."""
    name, *operands = _list("a step", given) or [None]
    op = OPERATIONS.get(name) if isinstance(name, str) else None
    if op is None:
        raise ValueError(f"steps: expected the name of an operation first, got {_short(given)}")
    try:
        if not operands:
            raise ValueError("expected at least one operand")
        op.check_count(len(operands))
        return Step(op, tuple(_place(operand, moved) for operand in operands))
    except (TypeError, ValueError) as error:
        raise ValueError(f"step {_short(given)}: {error}") from None


def _place(given: Any, moved: Sequence[Place]) -> Place:
    if type(given) is not int:
        return _number(given)
    if not 0 <= given < len(moved):
        raise ValueError(f"expected a place before, from 0 to {len(moved) - 1}, or a text with a number, got {given}")
    return moved[given]


def _number(given: Any) -> float:
    """The number of a text, which must be the one that is written for it."""
    if isinstance(given, str) and len(given) <= 32:
        with suppress(ValueError):
            if _text(float(given)) == given:
                return float(given)
    raise ValueError(f'expected a number as a text, such as "0.5", "-inf" or "nan", got {_short(given)}')


def _structure(given: Any, depth: int = 0) -> Structure:
    if depth > DEEPEST:
        raise ValueError(f"structures are nested more than {DEEPEST} levels deep")
    if given == "number":
        return NUMBER
    if not isinstance(given, dict) or len(given) != 1:
        raise ValueError(f'expected a structure, such as "number" or {{"list": ["number"]}}, got {_short(given)}')
    ((kind, inside),) = given.items()
    items = _list("a structure", inside)
    if kind == "array":
        return Structure("array", _shape(items))
    if kind in ("list", "tuple"):
        return Structure(list if kind == "list" else tuple, (), tuple(_structure(part, depth + 1) for part in items))
    if kind != "dict":
        raise ValueError(f"expected a list, tuple, dict or array, got {_short(kind)}")
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in items):
        raise ValueError(f"dict: expected pairs of key and structure, got {_short(items)}")
    keys = tuple(key for key, _ in items)
    if not all(key is None or type(key) in (str, int, bool) for key in keys) or len(set(keys)) < len(keys):
        raise ValueError(f"dict: expected different keys, texts or whole numbers, got {_short(keys)}")
    return Structure(dict, keys, tuple(_structure(part, depth + 1) for _, part in items))


def _shape(given: list[Any]) -> tuple[int, ...]:
    whole = all(type(n) is int and 0 <= n <= LARGEST for n in given)
    if not given or len(given) > 32 or not whole or math.prod(max(n, 1) for n in given) > LARGEST:
        raise ValueError(f"array: expected the lengths of its 1 to 32 dimensions, got {_short(given)}")
    return tuple(given)


def _list(what: str, given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise ValueError(f"{what}: expected a list, got {_short(given)}")
    return given


def _string(what: str, given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError(f"{what}: expected a text, got {_short(given)}")
    return given


def _entries(what: str, given: Any, names: tuple[str, ...]) -> list[Any]:
    """The entries of an object that has just these."""
    if not isinstance(given, dict) or set(given) != set(names):
        got = f"entries {', '.join(map(_short, given))}" if isinstance(given, dict) else _short(given)
        raise ValueError(f"{what}: expected the entries {', '.join(names)}, got {got}")
    return [given[name] for name in names]


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in pairs:
        if key in found:
            raise ValueError(f"the entry {_short(key)} is there twice")
        found[key] = item
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _short(x: Any) -> str:
    text = reprlib.repr(x)
    return text if len(text) <= 60 else text[:57] + "..."
