"""`Frame`: a thin stand-in for a pandas table, with the columns that a program asks for."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.programs import made_up
from autograd.programs.arrays import adopt, plain


class Column(np.ndarray):
    """A column of a table: an array with the few methods of a pandas Series that programs use on it."""

    @property
    def values(self) -> Any:
        """The numbers."""
        return adopt(np.array(self))

    def to_numpy(self, *args: Any, **named: Any) -> Any:
        """The numbers."""
        return self.values

    def map(self, how: Any) -> Any:
        """Every element looked up, or given to a function."""
        get = how.get if isinstance(how, dict) else how
        return column(np.array([get(x) if get(x) is not None else i % 2 for i, x in enumerate(self.tolist())]))

    apply = map

    def replace(self, how: Any, *args: Any, **named: Any) -> Any:
        """Some elements replaced."""
        return column(np.array([how.get(x, x) for x in self.tolist()])) if isinstance(how, dict) else self

    def unique(self) -> Any:
        """Every value once."""
        return np.unique(np.array(self))

    def value_counts(self, *args: Any, **named: Any) -> Any:
        """How often every value occurs."""
        return dict(zip(*np.unique(np.array(self), return_counts=True), strict=True))

    def fillna(self, *args: Any, **named: Any) -> Any:
        """Itself: nothing is missing."""
        return self

    @property
    def iloc(self) -> Any:
        """Itself, by position."""
        return self

    @property
    def str(self) -> Any:
        """Not followed."""
        from autograd.programs.observers import Anything

        return Anything("str")


def column(x: Any) -> Any:
    """An array as a column."""
    return np.atleast_1d(np.asarray(plain(x))).view(Column)


class Frame:
    """A table: columns by name, and made-up ones where the program asks for others."""

    def __init__(self, columns: Any = None, index: Any = None, **named: Any) -> None:
        names = named.get("columns")
        if isinstance(columns, dict):
            made = {key: column(x) for key, x in columns.items()}
        else:
            x = np.asarray(plain([] if columns is None else columns))
            x = x[:, None] if x.ndim == 1 else x
            made = {key: column(x[:, k]) for k, key in enumerate(names if names is not None else range(x.shape[1]))}
        self.__dict__["_columns"] = made

    @property
    def columns(self) -> Any:
        """The names of the columns."""
        return list(self._columns)

    @columns.setter
    def columns(self, names: Any) -> None:
        values = list(self._columns.values())
        more = [made_up.samples(len(self), 1, seed=k)[0][:, 0] for k in range(len(values), len(names))]
        self.__dict__["_columns"] = dict(zip(names, [*values, *map(column, more)], strict=False))

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "columns":
            type(self).columns.fset(self, value)  # type: ignore[attr-defined]
        else:
            self[name] = value

    def _asked(self, name: Any) -> Any:
        if name not in self._columns and "y" in self._columns:
            self._columns[name] = self._columns.pop("y")  # what is asked for by name first is what is predicted
        if name not in self._columns:
            seed = sum(map(ord, str(name)))
            self._columns[name] = column(made_up.samples(len(self), 1, seed=seed)[0][:, 0])
        return self._columns[name]

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()))) if self._columns else made_up.ROWS

    def __iter__(self) -> Iterator[Any]:
        return iter(self._columns)

    def __contains__(self, name: Any) -> bool:
        return name in self._columns

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._asked(name)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, list):
            return Frame({name: self._asked(name) for name in key})
        if isinstance(key, (np.ndarray, slice)):
            return self._rows(plain(key))
        return self._asked(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._columns[key] = column(np.broadcast_to(plain(value), (len(self),)))

    def _rows(self, key: Any) -> "Frame":
        return Frame({name: x[key] for name, x in self._columns.items()})

    @property
    def values(self) -> Any:
        """All of it as an array."""
        return adopt(np.column_stack([np.asarray(x) for x in self._columns.values()]))

    def to_numpy(self, *args: Any, **named: Any) -> Any:
        """All of it as an array."""
        return self.values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(plain(self.values), dtype=dtype)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self), len(self._columns)

    @property
    def iloc(self) -> Any:
        """Rows and columns by position."""
        return Located(self)

    loc = iloc

    @property
    def index(self) -> Any:
        """0, 1, 2, ..."""
        return np.arange(len(self))

    @property
    def T(self) -> Any:  # noqa: N802
        """The numbers, rows as columns."""
        return self.values.T

    def drop(self, labels: Any = None, axis: Any = 0, columns: Any = None, **named: Any) -> Any:
        """Without some columns."""
        gone = columns if columns is not None else labels if axis in (1, "columns") else []
        gone = [gone] if not isinstance(gone, (list, tuple)) else gone
        left = {name: x for name, x in self._columns.items() if name not in gone}
        if named.get("inplace"):
            self.__dict__["_columns"] = left
            return None
        return Frame(left)

    def pop(self, name: Any) -> Any:
        """A column, which is taken out."""
        found = self._asked(name)
        del self._columns[name]
        return found

    def apply(self, function: Any, axis: int = 0, **named: Any) -> Any:
        """A function at every column."""
        return Frame({name: function(x) for name, x in self._columns.items()})

    def astype(self, dtype: Any, **named: Any) -> Any:
        """Of another type."""
        return Frame({name: np.asarray(x).astype(dtype) for name, x in self._columns.items()})

    def _same(self, *args: Any, **named: Any) -> Any:
        return None if named.get("inplace") else self

    dropna = fillna = reset_index = set_index = sort_values = rename = drop_duplicates = infer_objects = _same

    def copy(self, *args: Any, **named: Any) -> Any:
        """The same in memory of its own."""
        return Frame(dict(self._columns))

    def sample(self, n: Any = None, frac: Any = None, random_state: Any = None, **named: Any) -> Any:
        """Its rows in another order."""
        return self._rows(np.random.RandomState(random_state).permutation(len(self))[:n])

    def head(self, n: int = 5) -> Any:
        """The first rows."""
        return self._rows(slice(0, n))

    def tail(self, n: int = 5) -> Any:
        """The last rows."""
        return self._rows(slice(-n, None))

    def _of_columns(self, function: Any) -> Any:
        """A number for every column."""
        return Frame({name: function(np.asarray(x, dtype=float)) for name, x in self._columns.items()})

    def mean(self, axis: Any = 0, **named: Any) -> Any:
        """The mean of every column."""
        return self._of_columns(np.mean)

    def std(self, axis: Any = 0, **named: Any) -> Any:
        """The deviation of every column."""
        return self._of_columns(lambda x: np.std(x, ddof=1))

    def min(self, axis: Any = 0, **named: Any) -> Any:
        """The smallest of every column."""
        return self._of_columns(np.min)

    def max(self, axis: Any = 0, **named: Any) -> Any:
        """The largest of every column."""
        return self._of_columns(np.max)

    def _with(self, other: Any, function: Any) -> Any:
        """A calculation, column by column where the other is a table too."""
        other = other._columns if isinstance(other, Frame) else dict.fromkeys(self._columns, plain(other))
        return Frame({name: function(np.asarray(x), np.asarray(other[name])) for name, x in self._columns.items()})

    def __add__(self, other: Any) -> Any:
        return self._with(other, np.add)

    def __sub__(self, other: Any) -> Any:
        return self._with(other, np.subtract)

    def __mul__(self, other: Any) -> Any:
        return self._with(other, np.multiply)

    def __truediv__(self, other: Any) -> Any:
        return self._with(other, np.divide)

    def iterrows(self) -> Iterator[Any]:
        """Index and row."""
        names = list(self._columns)
        return ((i, dict(zip(names, row, strict=True))) for i, row in enumerate(self.values))

    def info(self, *args: Any, **named: Any) -> None:
        """Nothing."""

    describe = isnull = isna = corr = info

    def __repr__(self) -> str:
        return f"<made-up table of {len(self)} rows: {', '.join(map(str, self._columns))}>"

    @staticmethod
    def dummies(x: Any, *args: Any, **named: Any) -> "Frame":
        """`get_dummies`: a column of 0 and 1 for every class."""
        if isinstance(x, Frame):
            return x
        x = np.asarray(plain(x))
        return Frame({c: (x == c).astype(int) for c in np.unique(x).tolist()})

    @staticmethod
    def beside(frames: Any, axis: int = 0, **named: Any) -> "Frame":
        """`concat`."""
        if axis == 1:
            parts = [f._columns if isinstance(f, Frame) else {f"y{k}": f} for k, f in enumerate(frames)]
            return Frame({name: x for part in parts for name, x in part.items()})
        return Frame({name: np.concatenate([f[name] for f in frames]) for name in frames[0]})


class Located:
    """`iloc` and `loc` of a table."""

    def __init__(self, of: Frame) -> None:
        self._of = of

    def __getitem__(self, key: Any) -> Any:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        names = self._of.columns
        if isinstance(columns, str):
            return self._of[columns][rows]
        if isinstance(columns, list) and columns and isinstance(columns[0], str):
            return self._of[columns]._rows(rows)
        if isinstance(columns, int):
            while columns >= len(names):
                names = [*names, f"x{len(names)}"]
            return self._of[names[columns]][plain(rows)]
        if isinstance(columns, slice) and isinstance(columns.start, str | None) and isinstance(columns.stop, str):
            columns = slice(columns.start and names.index(columns.start), names.index(columns.stop) + 1)
        picked = [names[k] for k in columns] if isinstance(columns, list) else names[columns]
        rows = plain(rows)
        return self._of[picked]._rows(rows) if not isinstance(rows, int) else self._of[picked].values[rows]

    def __setitem__(self, key: Any, value: Any) -> None:
        rows, columns = key
        self._of[columns if isinstance(columns, str) else self._of.columns[columns]][rows] = value
