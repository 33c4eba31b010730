"""What the code of a function names, and whether it can tell a number from an unknown."""

import dis
import types
from collections.abc import Iterator
from importlib.util import resolve_name
from typing import Final

ASKING: Final = frozenset(
    (
        "isinstance", "issubclass", "type", "callable", "hasattr", "str", "repr", "format", "ascii", "print",
        "__class__", "get", "setdefault", "pop", "index", "count", "op", "args", "apply", "dtype", "kind",
    )
)  # fmt: skip
"""Names by which code may do something else with an unknown, and nobody is told."""

DECIDING: Final = ("CHECK_EXC_MATCH", "PUSH_EXC_INFO", "MATCH", "CONTAINS_OP", "IS_OP", "FORMAT", "GET_LEN")
"""How the operations begin that do so: of `try`, `match`, `in`, `is` and formatted texts (`%` too)."""


def names(code: types.CodeType, package: str) -> Iterator[tuple[str, str]]:
    """The names that code uses, and as what: "global", "attribute" or "module"; ("", "asks") if it may tell.

    `package` is the one that the code is in, for what it imports from there.
    """
    instructions = [one for one in dis.get_instructions(code) if one.opname != "EXTENDED_ARG"]
    for k, instruction in enumerate(instructions):
        operation, name = instruction.opname, instruction.argval
        if operation.startswith(DECIDING) or (operation == "BINARY_OP" and instruction.argrepr.startswith("%")):
            yield "", "asks"
        if instruction.opcode not in dis.hasname or not isinstance(name, str):
            continue
        if name in ASKING:
            yield "", "asks"
        if operation == "IMPORT_NAME":
            level = instructions[k - 2].argval
            yield resolve_name("." * level + name, package) if level else name, "module"
        elif "ATTR" in operation or "METHOD" in operation or operation == "IMPORT_FROM":
            yield name, "attribute"
        else:
            yield name, "global"


def words(code: types.CodeType) -> Iterator[str]:
    """All names in code and in the functions inside of it, whatever they are used as."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from words(constant)
