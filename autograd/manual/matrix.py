"""`Matrix`: a matrix by its name, on which the textbook's backward pass writes itself in the words of a language."""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Self

from autograd import ops
from autograd.languages import NUMPY, ON_PAPER
from autograd.manual.forms import applied
from autograd.primitive import ANY, ATOM, PRODUCT, SIGN, SUM, Notation, Primitive
from autograd.symbol import Symbol
from autograd.textbook.grid import Grid


class Word(Enum):
    """What is done with a matrix as a whole."""

    TIMES = "the matrix product"
    TURNED = "rows and columns exchanged"
    SUMMED = "each column added up"
    TOTALS = "each row added up"
    COLUMNS = "columns with these numbers"
    ROWS = "rows with these numbers"
    FOLDED = "the same entries in rows of this width"
    WHOLE = "all entries added up"
    INSTEAD = "where this holds, that one, else the other"


IN_NUMPY = NUMPY.but(
    {
        Word.TIMES: Notation("{} @ {}", SUM, (PRODUCT, SIGN)),  # brackets make it stand out from other products
        Word.TURNED: Notation("{}.T", ATOM, (ATOM,)),
        Word.SUMMED: Notation("{}.sum(axis=0)", ATOM, (ATOM,)),
        Word.TOTALS: Notation("{}.sum(axis=1, keepdims=True)", ATOM, (ATOM,)),
        Word.WHOLE: Notation("np.sum({})"),
        Word.COLUMNS: Notation("{}[:, {}]", ATOM, (ATOM, ANY)),
        Word.ROWS: Notation("{}[{}]", ATOM, (ATOM, ANY)),
        Word.FOLDED: Notation("{}.reshape(-1, {})", ATOM, (ATOM, ANY)),
        Word.INSTEAD: Notation("np.where({}, {}, {})", ATOM, (ANY, ANY, ANY)),
    }
)

RATE = Symbol("lr")
"""The name of the learning rate in programs."""


_NUMBER_TIMES = Notation(r"{} \, {}", PRODUCT, (PRODUCT, SIGN))
_ENTRYWISE = Notation(r"{} \odot {}", PRODUCT, (PRODUCT, SIGN))


def _is_number(x: Any) -> bool:
    """Whether an expression is one number, and no matrix."""
    return type(x) is float or x.label == RATE.label


ON_PAPER_WHOLE = ON_PAPER.but(
    {
        ops.mul: lambda args: _NUMBER_TIMES if _is_number(args[0]) else _ENTRYWISE,
        Word.TIMES: Notation(r"{} \, {}", SUM, (PRODUCT, SIGN)),
        Word.TURNED: Notation(r"{}^{{\top}}", ATOM, (ATOM,)),
        Word.SUMMED: Notation(r"\sum_{{\text{{rows}}}} {}", SUM, (PRODUCT,)),
        Word.TOTALS: Notation(r"\sum_{{\text{{columns}}}} {}", SUM, (PRODUCT,)),
        Word.WHOLE: Notation(r"\sum {}", SUM, (PRODUCT,)),
        Word.COLUMNS: Notation(r"{}_{{\text{{columns }} {}}}", ATOM, (ATOM, ANY)),
        Word.ROWS: Notation(r"{}_{{\text{{rows }} {}}}", ATOM, (ATOM, ANY)),
        Word.FOLDED: Notation(r"\operatorname{{reshape}}_{{{1}}}\left({0}\right)", ATOM, (ANY, ANY)),
    }
)
"""Matrices on paper: ⊙ is the product entry by entry."""


class Matrix(Grid):
    """An expression with the shape of what it stands for; nothing is known of its entries.

    >>> delta, w = Matrix(Symbol("delta"), 4, 2), Matrix(Symbol("W"), 2, 3)
    >>> g = delta.along(w)
    >>> g.height, g.width, g.expression.args == (delta.expression, w.expression)
    (4, 3, True)
    """

    __slots__ = ("_height", "_width", "expression")

    def __init__(self, expression: Any, height: int, width: int) -> None:
        self.expression, self._height, self._width = expression, height, width

    @classmethod
    def apply(cls, op: Primitive, args: tuple[Any, ...]) -> Self:
        """An operation on every entry."""
        of = [arg for arg in args if isinstance(arg, Matrix)]
        value = op(*(arg.expression if isinstance(arg, Matrix) else arg for arg in args))
        return cls(value, max(a.height for a in of), max(a.width for a in of))

    @classmethod
    def like(cls, x: Any, other: Grid) -> Self:
        """A number as it is: languages of arrays take it for every entry."""
        return cls(x.expression if isinstance(x, Matrix) else x, other.height, other.width)

    @property
    def height(self) -> int:
        """The number of rows."""
        return self._height

    @property
    def width(self) -> int:
        """The number of columns."""
        return self._width

    def _entrywise(self, f: Callable[[Any, Any], Any], other: Any) -> Self:
        if not isinstance(other, Matrix):
            return type(self)(f(self.expression, other), self.height, self.width)
        value = f(self.expression, other.expression)
        return type(self)(value, max(self.height, other.height), max(self.width, other.width))

    def __neg__(self) -> Self:
        return type(self)(-self.expression, self.height, self.width)

    def map(self, f: Callable[[Any], Any]) -> Self:
        """f of every entry."""
        return type(self)(f(self.expression), self.height, self.width)

    def _made(self, word: Word, height: int, width: int, *more: Any) -> Self:
        return type(self)(applied(word, [self.expression, *more]), height, width)

    def picked(self, columns: Iterable[int]) -> Self:
        """The columns with these numbers, in this order."""
        order = list(columns)
        index = Symbol(places(order, self.width))

        def pick(x: Any) -> Any:  # the columns of what it is made of, entry by entry
            if type(x) is float:
                return x
            inside = x.op is not None and not isinstance(x.op, Word)
            return applied(x.op, [pick(arg) for arg in x.args]) if inside else applied(Word.COLUMNS, [x, index])

        return type(self)(pick(self.expression), self.height, len(order))

    def chosen(self, rows: Iterable[int]) -> Self:
        """The rows with these numbers, in this order."""
        order = list(rows)
        return self._made(Word.ROWS, len(order), self.width, Symbol(places(order, self.height)))

    def only(self, row: int) -> Self:
        """One row kept, 0 everywhere else."""
        return type(self).like(0.0, self).replaced(self, row)

    def replaced(self, other: Any, row: int | None = None, column: int | None = None) -> Self:
        """One row, one column or one entry taken from another matrix, or from a number."""
        tests = [f"np.arange({self.height})[:, None] == {row}"] if row is not None else []
        tests += [f"np.arange({self.width}) == {column}"] if column is not None else []
        where = Symbol(tests[0] if len(tests) == 1 else f"({tests[0]}) & ({tests[1]})")
        new = other.expression if isinstance(other, Matrix) else other
        return type(self)(applied(Word.INSTEAD, [where, new, self.expression]), self.height, self.width)

    def turned(self) -> Self:
        """Rows and columns exchanged."""
        return self._made(Word.TURNED, self.width, self.height)

    def along(self, other: Grid) -> Self:
        """The matrix product."""
        assert isinstance(other, Matrix)
        if type(other.expression) is float and other.expression == 1.0:
            return self.totals()
        return self._made(Word.TIMES, self.height, other.width, other.expression)

    def summed(self) -> Self:
        """One row: each column added up."""
        if type(self.expression) is float:
            return type(self)(self.height * self.expression, 1, self.width)
        return self._made(Word.SUMMED, 1, self.width)

    def totals(self) -> Self:
        """One column: each row added up."""
        return self._made(Word.TOTALS, self.height, 1)

    def whole(self) -> Self:
        """All entries added up."""
        return self._made(Word.WHOLE, 1, 1)

    def folded(self, width: int) -> Self:
        """The entries one after the other, in rows of another width."""
        return self._made(Word.FOLDED, self.height * self.width // width, width, Symbol(str(width)))


def places(order: list[int], size: int) -> str:
    """Numbers of rows or columns as an index: a slice where that will do.

    >>> places([2, 1, 0], 3), places([2], 3), places([0], 3), places([1, 0, 2], 3)
    ('::-1', '-1:', ':1', '[1, 0, 2]')
    """
    if order == list(range(size))[::-1] and size > 1:
        return "::-1"
    if len(order) == 1:
        return "-1:" if order[0] == size - 1 else f"{order[0] or ''}:{order[0] + 1}"
    return str(order)
