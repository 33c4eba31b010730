"""A data set as one block of memory: the numbers of a row side by side, row after row."""

import reprlib
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd.compiler.aligned_memory import Doubles
from autograd.compiler.structure import NUMBER, Structure, flattened, float_array
from autograd.entries import entries


class Data(NamedTuple):
    """The rows of some arguments.

    structures  of one row of every argument
    n           how many rows there are
    width       how many numbers a row has
    numbers     n times width of them
    """

    structures: tuple[Structure, ...]
    n: int
    width: int
    numbers: Doubles


class Column(Sequence[Any]):
    """The rows of an argument as they were put into a block, each made anew when it is looked at."""

    def __init__(self, block: Data, place: int) -> None:
        self._block, self._structure = block, block.structures[place]
        self._start = sum(structure.size for structure in block.structures[:place])
        self._flat = self._structure == Structure(list, (), (NUMBER,) * self._structure.size)

    def __len__(self) -> int:
        return self._block.n

    def __getitem__(self, place: Any) -> Any:
        start = range(self._block.n)[place] * self._block.width + self._start
        numbers = self._block.numbers.view[start : start + self._structure.size].tolist()
        return numbers if self._flat else self._structure.rebuilt(iter(numbers), float_array)


def data(columns: Sequence[Any]) -> Data:
    """Arguments that have one entry per row each, lists or arrays, as one block.

    ValueError where they are of different lengths, or a row has another structure than the first.
    """
    columns = [_column(column, place) for place, column in enumerate(columns)]
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1:
        raise ValueError(f"data of different lengths: {', '.join(map(str, lengths))} rows; expected equally many")
    n = lengths[0] if lengths else 0
    if n == 0:
        raise ValueError("data without rows: expected at least one")
    firsts = [_first(column, place) for place, column in enumerate(columns)]
    structures = tuple(structure for structure, _ in firsts)
    width = sum(structure.size for structure in structures)
    numbers, start = Doubles(n * width), 0
    for place, (column, first) in enumerate(zip(columns, firsts, strict=True)):
        _write(numbers.view, column, place, first, start, width)
        start += first[0].size
    return Data(structures, n, width, numbers)


def _column(given: Any, place: int) -> Any:
    """An argument as something with one entry per row: an array of numbers as it is, anything else as a list."""
    try:
        rows = given if _of_numbers(given) or _is_sequence(given) else entries(given)
    except TypeError as error:
        raise TypeError(f"data {place}: {error}") from None
    if rows is None:
        got = "an array of no dimension" if getattr(given, "shape", None) == () else type(given).__name__
        raise TypeError(f"data {place}: expected a list or array with one entry per row, got {got}")
    return rows


def _is_sequence(x: Any) -> bool:
    """Whether x can be read row by row, and need not be made a list."""
    return isinstance(x, Sequence) and not isinstance(x, (str, bytes, bytearray, memoryview))


def _of_numbers(x: Any) -> bool:
    """Whether x is an array of NumPy that can be taken as a block."""
    shape, kind = getattr(x, "shape", ()), getattr(getattr(x, "dtype", None), "kind", "O")
    return shape != () and kind in "biuf" and not hasattr(x, "filled") and not hasattr(x, "to_numpy")


def _first(column: Any, place: int) -> "tuple[Structure, array[float]]":
    """The structure of the first row, which is that of all, and its numbers, unless they lie in an array."""
    if _of_numbers(column):
        return Structure("array", tuple(column.shape[1:])) if column.ndim > 1 else NUMBER, array("d")
    return _read(column[0], place, 0)


def _read(entry: Any, place: int, row: int) -> "tuple[Structure, array[float]]":
    """The structure and the numbers of a row."""
    try:
        structure, own = flattened(entry if isinstance(entry, dict) else _row(entry))
    except (TypeError, ValueError) as error:
        error.args = (f"data {place}, row {row}: {error}",)
        raise
    try:
        return structure, array("d", own)
    except TypeError:
        raise TypeError(f"data {place}, row {row}: expected plain numbers, got a Value: give its .data") from None


def _write(
    view: memoryview, column: Any, place: int, first: "tuple[Structure, array[float]]", start: int, width: int
) -> None:
    """Put the numbers of a column into all rows, from `start` on in each: no other copy is made."""
    n, own, expected = len(column), first[0].size, first[0]
    if _of_numbers(column):
        import numpy

        if own:
            numpy.frombuffer(view).reshape(n, width)[:, start : start + own] = column.reshape(n, own)
        return
    for row, entry in enumerate(column):
        structure, numbers = _read(entry, place, row) if row else first
        if structure != expected and not (_is_flat(structure) and _is_flat(expected) and structure.size == own):
            raise ValueError(f"data {place}, row {row}: expected {expected} as in row 0, got {structure}")
        view[row * width + start : row * width + start + own] = numbers


def _is_flat(structure: Structure) -> bool:
    """Whether it is a list, tuple or array of numbers: within a column, one is as good as another."""
    if structure.kind == "array":
        return len(structure.keys) == 1
    return structure.kind in (list, tuple) and all(part.kind is float for part in structure.parts)


def _row(given: Any) -> Any:
    """An entry of a column: a generator, a range or the like as the list of what is in it."""
    read = type(given) is float or isinstance(given, (list, tuple)) or hasattr(given, "ravel")
    found = None if read else entries(given)
    return given if found is None else found


def ordered(orders: Sequence[Sequence[int]], n: int) -> "array[int]":
    """Orders of the n rows one after the other; ValueError where one is no order of them all."""
    found = array("q")
    for order in orders:
        own = array("q", order)
        if len(own) != n or sorted(own) != list(range(n)):
            shown = reprlib.repr(list(own))
            raise ValueError(f"expected an order of the rows 0 to {n - 1}, each once, got {len(own)}: {shown}")
        found.extend(own)
    return found
