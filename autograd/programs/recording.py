"""What a program stores as it runs: every number by statement and place, and which follow which in an update."""

import builtins
import operator
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from autograd.programs.allowance import Allowance
from autograd.programs.arrays import Array, Scalar
from autograd.programs.buffers import Buffer
from autograd.programs.instrumenting import Statement
from autograd.programs.lineages import Event, Lineage, Rebinding
from autograd.programs.operations import Scatter
from autograd.programs.places import (
    Path,
    Place,
    is_small,
    memory_of,
    named_at,
    nodes_in,
    root_name,
    scope_of,
    traced_in,
)
from autograd.programs.stand_ins import BUILTINS, adopt, source
from autograd.programs.traced import Node, node, tracing
from autograd.programs.updates import RATE, builds_on, feeds_back

CHANGES: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "Add": operator.iadd,
    "Sub": operator.isub,
    "Mult": operator.imul,
    "Div": operator.itruediv,
    "FloorDiv": operator.ifloordiv,
    "Mod": operator.imod,
    "Pow": operator.ipow,
    "MatMult": operator.imatmul,
    "BitAnd": operator.iand,
    "BitOr": operator.ior,
    "BitXor": operator.ixor,
    "LShift": operator.ilshift,
    "RShift": operator.irshift,
}


class Enough(BaseException):
    """The run has shown what there is to see, or has used up its time."""


class Recorder:
    """Notes what instrumented code tells it.

    statements  of all files, by key
    starts      by (statement, count, path): other numbers to start with
    counters    names whose whole numbers are followed too, since the program subtracts from them
    clock       the trace whose time it is
    probes      by (statement, count), what is called with the frame of the program then
    until       the (statement, count) after which the run may end
    """

    def __init__(
        self,
        statements: list[Statement],
        clock: Callable[[], int],
        *,
        seconds: float,
        rounds: int = 4,
        starts: Mapping[tuple[int, int, Path], Any] = {},
        counters: frozenset[str] = frozenset(),
        probes: Mapping[tuple[int, int], Callable[[Any], None]] = {},
        until: tuple[int, int] | None = None,
    ) -> None:
        self.statements, self.events = statements, list[Event]()
        self.lineages: list[Lineage] = []
        self._clock, self._starts, self._counters = clock, starts, counters
        self._counts: dict[int, int] = {}
        self._current: dict[Place, Any] = {}
        self._born: dict[Node, tuple[str, tuple[int, int, Path]]] = {}
        self._lineage: dict[Place, Lineage] = {}
        self._home: dict[Node, Place] = {}
        self.rebindings: list[Rebinding] = []
        self._alive: list[Any] = []  # ids are only good as long as their objects live
        self._allowance, self._rounds = Allowance(seconds), rounds
        self._ended = False
        self.late = False  # whether it was stopped since its time was over
        self.sources: dict[str, str] = {}
        self.paused = False  # while expressions are looked at that the program did not ask for
        self._probes, self.until = probes, until
        self._busy: dict[Lineage, int] = {}
        self._idle: set[Lineage] = set()
        self._contents: set[Node] = set()

    def names(self) -> dict[Node, str]:
        """By what name every number was stored first."""
        return {node: name for node, (name, _) in self._born.items()}

    def born(self, node: Node) -> tuple[int, int, Path] | None:
        """The (statement, count, path) that stored a number first."""
        return self._born[node][1] if node in self._born else None

    # ------------------------------------------------------------ called by the program

    def tick(self) -> None:
        """A loop goes round, or a function is entered."""
        if self.paused:
            return
        self.late = self.late or (not self._ended and self._allowance.over)
        if self._ended or self.late:
            self._ended = True
            raise Enough

    def slice(self, *parts: Any) -> slice:
        """A slice as an object."""
        return slice(*parts)

    def builtin(self, name: str) -> Any:
        """Python's function of this name, which keeps the trace."""
        return BUILTINS.get(name, getattr(builtins, name, None))

    def bind(self, key: int, name: str, value: Any) -> Any:
        """The value, as it is stored to a name."""
        return self._stored(key, value, scope_of(sys._getframe(1), name))

    def set_attribute(self, key: int, value: Any, owner: Any, name: str) -> None:
        """owner.name = value."""
        self._alive.append(owner)
        setattr(owner, name, self._stored(key, value, ("attribute", id(owner), name)))

    def set_item(self, key: int, value: Any, owner: Any, index: Any) -> None:
        """owner[index] = value."""
        if isinstance(owner, Array):
            before = base(owner)
            read = before.readers > 1
            owner[index] = value
            self._event(key, {(): base(owner)}, {(): before}, value)
            if builds_on(base(owner), [before]):
                self._follow(key, memory_of(owner), before, base(owner), read)
            return
        owner[index] = self._stored(key, value, self._item(owner, index))

    def change(self, key: int, name: str, sign: str, old: Any, value: Any) -> Any:
        """What x op= value stores."""
        return self._changed(key, CHANGES[sign], old, value, scope_of(sys._getframe(1), name))

    def change_attribute(self, key: int, sign: str, owner: Any, name: str, value: Any) -> None:
        """owner.name op= value."""
        self._alive.append(owner)
        place = ("attribute", id(owner), name)
        setattr(owner, name, self._changed(key, CHANGES[sign], getattr(owner, name), value, place))

    def change_item(self, key: int, sign: str, owner: Any, index: Any, value: Any) -> None:
        """owner[index] op= value."""
        if isinstance(owner, Array):
            before = base(owner)
            read = before.readers > 0
            owner[index] = CHANGES[sign](owner[index], value)
            self._event(key, {(): base(owner)}, {(): before}, value)
            self._follow(key, memory_of(owner), before, base(owner), read)
            return
        owner[index] = self._changed(key, CHANGES[sign], owner[index], value, self._item(owner, index))

    def returned(self, key: int, value: Any) -> Any:
        """The value that a function returns."""
        if self.paused:
            return value
        value = adopt(value)
        self._event(key, nodes_in(value), {}, value)
        return value

    def done(self, key: int, value: Any) -> None:
        """An expression that stands alone."""
        if self.paused:
            return
        found = nodes_in(value)
        if found:
            self._event(key, found, {}, value)

    def before(self, value: Any) -> Any:
        """A parameter as it was read last by a forward pass: before its update in this step."""
        own = base(value)
        for lineage in self.lineages:
            if lineage.contents[-1] is own and len(lineage.contents) > 1:
                earlier = lineage.contents[-2::-1]
                own_reads = 2 if isinstance(own.op, Scatter) else 1
                old = next((c for c in earlier if c.readers > own_reads), earlier[0])
                return renewed(value, old)
        return value

    # ------------------------------------------------------------ notes

    def _item(self, owner: Any, index: Any) -> Place:
        self._alive.append(owner)
        try:
            hash(index)
        except TypeError:
            index = repr(index)
        if isinstance(owner, list) and isinstance(index, int) and index < 0:
            index += len(owner)
        return ("item", id(owner), index)

    def _event(self, key: int, nodes: dict[Path, Node], before: dict[Path, Node], value: Any) -> int:
        count = self._counts.get(key, 0)
        self._counts[key] = count + 1
        if (key, count) in self._probes:
            with tracing(None):
                self._probes[key, count](_caller())
        if self.until is not None and self.until[0] == key and count >= self.until[1]:
            self._ended = True
        if nodes:
            self.events.append(Event(key, count, nodes, self._clock(), before))
        return count

    def _stored(self, key: int, value: Any, place: Place) -> Any:
        """The value with its numbers as sources, noted at its place."""
        if self.paused:
            return value
        target = self.statements[key].target
        value = self._sourced(value, whole=root_name(target) in self._counters or bool(RATE.search(target)))
        count = self._counts.get(key, 0)
        if self._starts:
            value = self._restarted(value, key, count)
        found = dict(traced_in(value))
        before = {path: self._before(place, path) for path in found}
        nodes = {path: base(x) for path, x in found.items()}
        self._event(key, nodes, {path: base(x) for path, x in before.items() if x is not None}, value)
        for path, x in found.items():
            old, own, spot = before[path], base(x), (*place, *path)
            alias = own in self._home
            self._born.setdefault(own, (named_at(target, path), (key, count, path)))
            self._home.setdefault(own, spot)
            if old is not None and base(old) is not own:
                if alias and self._home.get(base(old)) != spot and own in self._contents:
                    pass  # another name for numbers that were updated where they are at home
                elif builds_on(own, [base(old)]):
                    self._follow(key, spot, base(old), own, base(old).readers > 1)
                else:
                    self._lineage.pop(spot, None)
                    self.rebindings.append(Rebinding(named_at(target, path), base(old), own, self.events[-1]))
            self._note(place, path, x)
        self._holders(value)
        return value

    def _changed(self, key: int, by: Callable[[Any, Any], Any], old: Any, value: Any, place: Place) -> Any:
        if self.paused:
            return by(old, value)
        before = {path: base(x) for path, x in traced_in(old)}
        read = any(node.readers for node in before.values())
        made = self._sourced(by(old, value), whole=False)
        found = dict(traced_in(made))
        self._event(key, {path: base(x) for path, x in found.items()}, before, value)
        for path, x in found.items():
            own = base(x)
            home = (*place, *path) if isinstance(x, Scalar) else memory_of(x)
            self._home.setdefault(own, home)
            if path in before and before[path] is not own and builds_on(own, [before[path]]):
                self._follow(key, home, before[path], own, read)
            self._note(place, path, x)
        return made

    def _before(self, place: Place, path: Path) -> Any:
        found: Any = self._current.get((*place, *path))
        return found

    def _note(self, place: Place, path: Path, x: Any) -> None:
        self._current[(*place, *path)] = x

    def _holders(self, value: Any, depth: int = 0) -> None:
        """Note the items of lists and dicts at their own places as well, by which the program may reach them."""
        if depth > 4 or not isinstance(value, (list, dict)):
            return
        items = enumerate(value) if isinstance(value, list) else value.items()
        self._alive.append(value)
        for index, item in items:
            if isinstance(item, Array):
                self._current[("item", id(value), index)] = item
            else:
                self._holders(item, depth + 1)

    def _follow(self, key: int, place: Place, old: Node, new: Node, read: bool) -> None:
        """An update of a place, from one number to the next; `read` is whether others have read the old one."""
        lineage = self._lineage.get(place)
        if lineage is None or lineage.contents[-1] is not old:
            name, born = self._born.get(old, (self.statements[key].target, None))
            lineage = self._lineage[place] = Lineage(old, name, born)
            self.lineages.append(lineage)
        self._home[new] = place
        lineage.contents.append(new)
        self._contents.add(new)
        lineage.updates.append(self.events[-1])
        if read and lineage not in self._idle:
            self._busy[lineage] = self._busy.get(lineage, 0) + 1
            self._enough()

    def _enough(self) -> None:
        """End where every place that is read and updated has been so often enough."""
        updates = self._busy.values()
        several = [n for n in updates if n > 1]
        if not several or min(several) < self._rounds:
            return
        if len(several) < len(updates) and max(updates) < self._rounds + 3:
            return
        for lineage in list(self._busy):
            if not any(map(feeds_back, lineage.contents[1:], lineage.contents)):
                del self._busy[lineage]
                self._idle.add(lineage)
        counts = [n for n in self._busy.values() if n > 1]
        if counts and min(counts) >= self._rounds:
            self._ended = True

    # ------------------------------------------------------------ numbers

    def _sourced(self, value: Any, whole: bool) -> Any:
        """The value with its floats (and whole numbers, where these are followed) as sources."""
        if isinstance(value, Array) or value is None or isinstance(value, (bool, str)):
            return value
        if whole and type(value) is int:
            return Scalar(node(None, (), value))
        if isinstance(value, float):
            return source(value)
        if isinstance(value, (list, tuple, dict)):
            return self._sourced_nest(value, whole) if is_small(value) else value
        if type(value).__module__ == "numpy" and getattr(getattr(value, "dtype", None), "kind", "") == "f":
            return source(value)
        return adopt(value)

    def _sourced_nest(self, value: Any, whole: bool) -> Any:
        if isinstance(value, dict):
            for key, item in value.items():
                made = self._sourced(item, whole)
                if made is not item:
                    value[key] = made
            return value
        parts = [self._sourced(item, whole) for item in value]
        if all(a is b for a, b in zip(parts, value, strict=True)):
            return value
        if isinstance(value, list):
            value[:] = parts
            return value
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)

    def _restarted(self, value: Any, key: int, count: int, path: Path = ()) -> Any:
        """The value with the numbers that this run is to start with."""
        if isinstance(value, Array):
            start = self._starts.get((key, count, path))
            if start is None:
                return value
            if isinstance(value, Scalar):
                return source(type(value.node.data)(start) if not isinstance(value.node.data, int) else float(start))
            value[...] = start
            fresh(value)
            return value
        if isinstance(value, dict):
            for index, item in value.items():
                value[index] = self._restarted(item, key, count, (*path, index))
        elif isinstance(value, list):
            value[:] = [self._restarted(item, key, count, (*path, i)) for i, item in enumerate(value)]
        elif type(value) is tuple:
            return tuple(self._restarted(item, key, count, (*path, i)) for i, item in enumerate(value))
        return value


def base(x: Any) -> Node:
    """The node of all that an array's memory holds; of a number, its own."""
    found: Node = x.node if isinstance(x, Scalar) else x.buffer.node
    return found


def renewed(x: Array, old: Node) -> Array:
    """The same array, or view, of memory with other numbers."""
    return Scalar(old) if isinstance(x, Scalar) else Array(Buffer(old), x._view)


def fresh(x: Array) -> None:
    """The memory of an array as a source: where it came from is forgotten."""
    x.buffer.node = base(source(x.buffer.node.data))


def _caller() -> Any:
    """The frame of the program that called the recorder."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back  # type: ignore[assignment]
    return frame
