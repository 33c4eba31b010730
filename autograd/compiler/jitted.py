"""`Jitted`: a function that is traced once for every structure of its arguments, and compiled."""

import math
import sys
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import update_wrapper
from typing import Any

from autograd.compiler import ieee, portable
from autograd.compiler.c_source import write_c
from autograd.compiler.data_block import Data, data
from autograd.compiler.lock import Lock
from autograd.compiler.native import MISSING, available
from autograd.compiler.portable import Graph, Key
from autograd.compiler.structure import NUMBER, Structure, flattened, float_array, is_column
from autograd.compiler.tracing import Trace, trace
from autograd.compiler.version import Version
from autograd.files import FilePath
from autograd.names import nearest
from autograd.primitive import real
from autograd.symbol import Symbol, is_tracing
from autograd.value import Value

BACKENDS = ("auto", "python", "llvm")


class Jitted:
    """A compiled function; see `jit`. It may be called by several threads at once, copied and pickled.

    backend   "python" or "llvm"
    source    the Python source of the last version that was compiled
    llvm_ir   its LLVM code, "" for the Python backend
    """

    def __init__(self, f: Callable[..., Any], backend: str = "auto") -> None:
        if not callable(f):
            raise TypeError(f"jit: expected a function, got {type(f).__name__}: {f!r}")
        if backend not in BACKENDS:
            raise ValueError(f"backend: {nearest(str(backend), list(BACKENDS))}; got {backend!r}")
        if backend == "llvm" and not available():
            raise ImportError(MISSING)
        self._asked = backend
        self.backend = ("llvm" if available() else "python") if backend == "auto" else backend
        self._f = f
        self._versions: dict[Any, Version] = {}
        self._last: Version | None = None
        self._fast: dict[int, Callable[..., Any]] = {}  # by the number of arguments, what suited last
        self._lock = Lock()
        self._bound: dict[int, tuple[Any, _Own]] = {}  # by the id of an instance that is alive
        update_wrapper(self, f, assigned=("__module__", "__name__", "__qualname__", "__doc__"), updated=())

    def __call__(self, *args: Any, **named: Any) -> Any:
        """The result of f at the arguments."""
        fast = self._fast.get(len(args))
        if fast is not None and not named:
            try:
                found = fast(*args)
            except (ValueError, ArithmeticError, LookupError, AttributeError):
                found = NotImplemented
            if found is not NotImplemented:
                return found
        pairs = [flattened(arg) for arg in (*args, *named.values())]
        numbers = [number for _, own in pairs for number in own]
        if is_tracing() or any(isinstance(number, (Value, Symbol)) for number in numbers):
            return self._f(*args, **named)  # part of a larger graph
        version = self.version([structure for structure, _ in pairs], tuple(named))
        if any(value.live for value in version.inputs):
            return self._f(*args, **named)
        if version.trace.asks and version.untried(kinds := tuple(_kinds([*args, *named.values()]))):
            self._try(version, kinds, args, named)
        return version(numbers)

    def _try(self, version: Version, kinds: tuple[Any, ...], args: Sequence[Any], named: Mapping[str, Any]) -> None:
        """TypeError where f itself gives something else than its code: it looks at the kind of its arguments."""
        traced, numbers = version.trace, [number for arg in (*args, *named.values()) for number in flattened(arg)[1]]
        version.tried.add(kinds)
        try:
            structure, expected = flattened(self._f(*args, **named))
        except Exception:  # f has no numbers here, or none that are real; its code follows IEEE 754
            return
        found = traced.program.run([*numbers, *[value.data for value in traced.captured]], ieee.evaluate)
        plain = [y.data if isinstance(y, Value) else y for y in expected]
        if structure.size != traced.result.size or not all(map(_near, found, plain)):
            name = getattr(self._f, "__name__", "the function")
            self._forget(version)
            raise TypeError(
                f"{name} cannot be traced: it does something else with plain numbers than with unknowns (by "
                "isinstance, type, try): give what it depends on by a closure, or call it uncompiled"
            )

    def _forget(self, version: Version) -> None:
        with self._lock:
            self._versions = {key: own for key, own in self._versions.items() if own is not version}
            self._fast = {}

    def __get__(self, instance: Any, owner: type | None = None) -> "Jitted":
        """As a method: the function of one instance, compiled for that instance alone, as long as that lives."""
        if instance is None or not hasattr(self._f, "__get__"):
            return self
        place, bound = id(instance), self._bound
        with self._lock:
            if place not in bound:
                try:
                    reference = weakref.ref(instance, lambda _: bound.pop(place, None))
                except TypeError:  # it has slots, and none for references
                    return Jitted(self._f.__get__(instance, owner), self._asked)
                bound[place] = reference, _Own(self._f, reference, owner, self._asked)
            return _Method(bound[place][1], instance)

    def __reduce__(self) -> Any:
        """Its name, where it is found by that, as functions are; else what it was made of: a copy compiles anew."""
        found: Any = sys.modules.get(getattr(self, "__module__", ""))
        for name in getattr(self, "__qualname__", "").split("."):
            found = getattr(found, name, None)
        return self.__qualname__ if found is self else (Jitted, (self._f, self._asked))

    def version(self, structures: Sequence[Structure], names: tuple[str, ...] = ()) -> Version:
        """The function compiled for arguments of these structures."""
        key = (names, *structures)
        found = self._versions.get(key)
        if found is None or found.changed():
            with self._lock:
                found = self._versions.get(key)
                if found is None or found.changed():
                    found = self._compiled(self._trace(structures, names), structures)
                    self._versions[key] = found
        self._last = found
        if not names and not found.untried(found.floats) and (fast := found.fast()) is not None:
            self._fast[len(structures)] = fast
        return found

    def _compiled(self, traced: Trace, structures: Sequence[Structure]) -> Version:
        """The version, in Python where an operation says nothing about native code and nobody insists on that."""
        try:
            return Version(traced, structures, self.backend)
        except NotImplementedError:
            if self._asked == "llvm":
                raise
            return Version(traced, structures, "python")

    def map(self, *args: Any, rows: Collection[int] | None = None) -> Any:
        """The sum of f's results over the rows of a data set: of losses and gradients, say.

        Arguments whose places are in `rows` are lists or arrays with one entry per row; without
        `rows` all are but the first; a last one that stands in a column, [[1], [0]], is taken for the
        numbers in it, unless f takes it as it is. Native code takes several rows at a time: the sums are those
        of f to rounding, exp and the like to 4 units in the last place.

        >>> from autograd import jit, value_and_grad
        >>> step = jit(value_and_grad(lambda w, x, y: (w * x - y) ** 2), backend="python")
        >>> step.map(1.0, [1.0, 2.0], [2.0, 4.0])
        (5.0, -10.0)
        """
        given = range(1, len(args)) if rows is None else (rows,) if isinstance(rows, int) else rows
        places = sorted(given)
        if not places or places[0] < 0 or places[-1] >= len(args):
            meant = "the places of the arguments that have one entry per row (all but the first if left out)"
            raise ValueError(f"map: expected rows=(0, 1), say, {meant}; got {places} for {len(args)} arguments")
        columns = data([args[place] for place in places])
        pairs = [None if place in places else flattened(arg) for place, arg in enumerate(args)]
        numbers = [real(x) for pair in pairs if pair for x in pair[1]]
        row_structures = iter(columns.structures)
        structures = [next(row_structures) if pair is None else pair[0] for pair in pairs]
        version = self._for_rows(structures, places[-1])
        if version.untried(version.floats):
            self._try(version, version.floats, _first(structures, places, numbers, columns), {})
        return version.summed(numbers, columns, places)

    def _for_rows(self, structures: list[Structure], last: int) -> Version:
        """The version for rows; where f does not take the last of a row as a list of one, as the number itself."""
        try:
            return self.version(structures)
        except TypeError:
            if not is_column(structures[last]):
                raise
            with suppress(TypeError):
                return self.version([*structures[:last], NUMBER, *structures[last + 1 :]])
            raise

    def save(self, path: FilePath) -> None:
        """Write what was traced, for every structure of arguments so far, to a JSON file: the graph, and no code.

        `load_traced` makes it a function again, without the one that was traced. Numbers that f
        reached by itself, such as the parameters of a model, are saved as they are now. The file is
        replaced as a whole: an error leaves the one that was there. ValueError before the first
        call, and where f does what a file cannot hold, such as operations of your own.

        >>> import os, tempfile
        >>> from autograd import jit, load_traced
        >>> square = jit(lambda x: x * x)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "square.json")
        ...     _ = square(3.0)
        ...     square.save(path)
        ...     load_traced(path)(4.0)
        16.0
        """
        portable.write(path, getattr(self._f, "__name__", type(self._f).__name__), self._traces())

    def to_c(
        self, path: FilePath | None = None, name: str = "compute", at: Sequence[Any] | None = None, about: str = ""
    ) -> str:
        """The function as a file of C99 that stands alone, with `void name(const double *x, double *y)` in it.

        x are the numbers of all arguments, y those of the result; layers are matrices and loops, all else
        line by line. The text is returned, and written if a path is given. `at` are arguments such as f
        will be given, those of the last call if left out; `about` stands at the head.

        >>> print(Jitted(lambda x: 3.0 * x[0] + x[1]).to_c(at=[[1.0, 2.0]])[-75:-1])
        void compute(const double *x, double *y) {
            y[0] = 3.0 * x[0] + x[1];
        }
        """
        traced = self._used().trace if at is None else self._trace([flattened(x)[0] for x in at], ())
        return write_c(traced, path, name, about)

    def _trace(self, structures: Sequence[Structure], names: Sequence[str]) -> Trace:
        return trace(self._f, structures, names)

    def _traces(self) -> dict[Key, Trace]:
        with self._lock:
            return {key: version.trace for key, version in self._versions.items()}

    @property
    def source(self) -> str:
        """The Python source of the version used last."""
        return self._used().source

    @property
    def llvm_ir(self) -> str:
        """The LLVM code of the version used last, "" for the Python backend."""
        tier = self._used().tier
        return tier.text if tier else ""

    def _used(self) -> Version:
        if self._last is None:
            raise RuntimeError(f"{self!r} has not been called yet: it is compiled when the arguments are known")
        return self._last

    def __repr__(self) -> str:
        return f"<jit of {getattr(self._f, '__name__', repr(self._f))}, {self.backend}>"


class _Own(Jitted):
    """The compiled function of an instance, to which it refers weakly."""

    def __init__(self, f: Any, reference: Callable[[], Any], owner: type | None, backend: str) -> None:
        self._parts = f, reference, owner
        super().__init__(self._f, backend)
        del self.__wrapped__  # type: ignore[attr-defined]

    @property
    def _f(self) -> Any:
        f, reference, owner = self._parts
        return f.__get__(reference(), owner)

    @_f.setter
    def _f(self, f: Any) -> None:
        """It is made when it is asked for."""


class _Method(_Own):
    """The same, which keeps the instance alive as a method does."""

    __slots__ = ("_instance",)

    def __init__(self, function: _Own, instance: Any) -> None:
        self.__dict__, self._instance = function.__dict__, instance

    def __reduce__(self) -> Any:
        return getattr, (self._instance, vars(self)["__name__"])


class Loaded(Jitted):
    """A function from a file that `Jitted.save` wrote; see `load_traced`."""

    _f: Graph

    def __init__(self, path: FilePath, backend: str = "auto") -> None:
        super().__init__(portable.read(path), backend)

    def _trace(self, structures: Sequence[Structure], names: Sequence[str]) -> Trace:
        return self._f.trace(structures, names)

    def _traces(self) -> dict[Key, Trace]:
        return self._f.traces

    def __get__(self, instance: Any, owner: type | None = None) -> Jitted:
        return self

    def __reduce__(self) -> Any:
        return _loaded, (self._f, self._asked)

    def __repr__(self) -> str:
        return f"<traced {self._f.__name__}, {self.backend}>"


def _loaded(graph: Graph, backend: str) -> Loaded:
    made = Loaded.__new__(Loaded)
    Jitted.__init__(made, graph, backend)
    return made


def _first(structures: Sequence[Structure], places: Sequence[int], numbers: Sequence[float], rows: Data) -> list[Any]:
    """The arguments of f in the first row."""
    own: Iterator[float] = iter(numbers)
    row: Iterator[float] = iter(rows.numbers.view[: rows.width].tolist())
    return [one.rebuilt(row if place in places else own, float_array) for place, one in enumerate(structures)]


def _kinds(x: Any) -> Iterator[Any]:
    """The classes of the numbers in a nest; of arrays those of their entries."""
    if isinstance(x, (list, tuple, dict)):
        for item in x.values() if isinstance(x, dict) else x:
            yield from _kinds(item)
    else:
        yield getattr(x, "dtype", type(x))


def _near(a: float, b: float) -> bool:
    """Whether a number is that of f, to rounding; where f has none, IEEE 754 says what it is."""
    return not math.isfinite(b) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
