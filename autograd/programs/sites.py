"""From an instruction back to the expression of the source that it computes."""

from functools import lru_cache
from typing import Any, NamedTuple


class Position(NamedTuple):
    """A stretch of source: lines counted from 1, columns in bytes from 0."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@lru_cache(maxsize=2000)
def _positions(code: Any) -> list[Any]:
    return list(code.co_positions())


def position(code: Any, instruction: int) -> Position:
    """Where the expression stands that an instruction computes."""
    line, end_line, column, end_column = _positions(code)[instruction // 2]
    return Position(code.co_filename, line or 0, column or 0, end_line or 0, end_column or 0)


def positions(site: Any) -> list[Position]:
    """The expressions of a site, from the innermost to the outermost frame."""
    return [position(code, instruction) for code, instruction in site or ()]
