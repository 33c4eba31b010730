"""`Grid`: the quantities of a layer in rows and columns, on which the operators work entry by entry."""

from collections.abc import Callable, Iterable, Sequence
from operator import add, mul, sub
from typing import Any, Self

from autograd.arithmetic import Arithmetic
from autograd.primitive import Primitive


class Grid(Arithmetic):
    """Rows (samples, or neurons) of anything the operators run on: floats, Symbols.

    Beside a number, or a grid with one row or one column, that one is taken for all.
    """

    __slots__ = ("rows",)

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self.rows = rows

    @classmethod
    def apply(cls, op: Primitive, args: tuple[Any, ...]) -> Self:
        """An operation on every entry."""
        like = max((arg for arg in args if isinstance(arg, Grid)), key=lambda grid: grid.height * grid.width)
        spread = [cls.like(arg, like).rows for arg in args]
        return cls([[op(*entries) for entries in zip(*rows, strict=True)] for rows in zip(*spread, strict=True)])

    @classmethod
    def like(cls, x: Any, other: "Grid") -> Self:
        """A number, a row or a column as a grid of another's shape."""
        if not isinstance(x, Grid):
            return cls([[x] * other.width] * other.height)
        if len(x.rows) == len(other.rows) and len(x.rows[0]) == len(other.rows[0]):
            return x  # type: ignore[return-value]
        rows = x.rows if x.width == other.width else [list(row) * other.width for row in x.rows]
        return cls(rows if x.height == other.height else list(rows) * other.height)

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(self.rows)

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.rows[0])

    @property
    def columns(self) -> list[tuple[Any, ...]]:
        """The entries by column."""
        return list(zip(*self.rows, strict=True))

    def __add__(self, other: Any) -> Self:
        return self._entrywise(add, other)

    def __sub__(self, other: Any) -> Self:
        return self._entrywise(sub, other)

    def __mul__(self, other: Any) -> Self:
        return self._entrywise(mul, other)

    def __radd__(self, other: Any) -> Self:
        return self._entrywise(lambda mine, its: its + mine, other)

    def __rsub__(self, other: Any) -> Self:
        return self._entrywise(lambda mine, its: its - mine, other)

    def __rmul__(self, other: Any) -> Self:
        return self._entrywise(lambda mine, its: its * mine, other)

    def __neg__(self) -> Self:
        return type(self)([[-x for x in row] for row in self.rows])

    def _entrywise(self, f: Callable[[Any, Any], Any], other: Any) -> Self:
        """What most is done with, without the way through the table."""
        if not isinstance(other, Grid):
            return type(self)([[f(x, other) for x in row] for row in self.rows])
        mine: Grid = self
        if len(mine.rows) != len(other.rows) or len(mine.rows[0]) != len(other.rows[0]):
            high, wide = max(mine.height, other.height), max(mine.width, other.width)
            shape = Grid([[None] * wide] * high)
            mine, other = Grid.like(mine, shape), Grid.like(other, shape)
        return type(self)([list(map(f, a, b)) for a, b in zip(mine.rows, other.rows, strict=True)])

    def map(self, f: Callable[[Any], Any]) -> Self:
        """f of every entry."""
        return type(self)([[f(x) for x in row] for row in self.rows])

    def picked(self, columns: Iterable[int]) -> Self:
        """The columns with these numbers, in this order."""
        order = list(columns)
        return type(self)([[row[k] for k in order] for row in self.rows])

    def chosen(self, rows: Iterable[int]) -> Self:
        """The rows with these numbers, in this order."""
        return type(self)([self.rows[i] for i in rows])

    def only(self, row: int) -> Self:
        """One row kept, 0 everywhere else."""
        return type(self)([mine if i == row else [0.0] * self.width for i, mine in enumerate(self.rows)])

    def replaced(self, other: Any, row: int | None = None, column: int | None = None) -> Self:
        """One row, one column or one entry taken from another grid, or from a number."""
        its = Grid.like(other, self).rows
        return type(self)(
            [
                [its[i][k] if row in (None, i) and column in (None, k) else x for k, x in enumerate(mine)]
                for i, mine in enumerate(self.rows)
            ]
        )

    def turned(self) -> Self:
        """Rows and columns exchanged."""
        return type(self)(self.columns)

    def along(self, other: "Grid") -> Self:
        """The matrix product."""
        columns = other.columns
        return type(self)([[dot(row, column) for column in columns] for row in self.rows])

    def summed(self) -> Self:
        """One row: each column added up."""
        return type(self)([[total(column) for column in self.columns]])

    def totals(self) -> Self:
        """One column: each row added up."""
        return type(self)([[total(row)] for row in self.rows])

    def folded(self, width: int) -> Self:
        """The entries one after the other, in rows of another width."""
        flat = [x for row in self.rows for x in row]
        return type(self)([flat[i : i + width] for i in range(0, len(flat), width)])


def dot(a: Iterable[Any], b: Iterable[Any]) -> Any:
    """a₁b₁ + a₂b₂ + ..., from left to right."""
    terms = map(mul, a, b)
    return sum(terms, next(terms))


def total(terms: Iterable[Any]) -> Any:
    """Terms added up, from left to right."""
    rest = iter(terms)
    return sum(rest, next(rest))
