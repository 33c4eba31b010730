"""`Watch`: containers, variables and attributes as they were, so that any change is noticed and can be taken back."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter, is_
from typing import Any, NamedTuple

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "nothing"})()
"""What stands where a name has no object."""

Contents = Sequence[Any]
Read = Callable[[], Contents]
Write = Callable[[Contents], None]
Names = Callable[[int], str]


class _Part(NamedTuple):
    """One thing that is watched: how it is read and put back, and what its entries are called."""

    read: Read
    write: Write
    names: Names


class Watch:
    """What was added, as it was then.

    Contents are compared by identity, and numbers and texts that are others by their value, so that
    nothing runs that a user wrote.
    """

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._then: list[Contents] = []

    def _add(self, read: Read, write: Write, names: Names) -> None:
        self._parts.append(_Part(read, write, names))
        self._then.append(read())

    def sequence(self, items: Any, name: str) -> None:
        """A list, a deque or a set."""

        def write(before: Contents) -> None:
            items.clear()
            (items.update if isinstance(items, set) else items.extend)(before)

        self._add(lambda: tuple(items), write, lambda place: f"{name}[{place}]")

    def mapping(self, items: dict[Any, Any], name: str, apart: Collection[str] = (), attribute: bool = False) -> None:
        """A dict with its keys, or the attributes of an object; entries of `apart` may change."""

        def read() -> Contents:
            if apart:
                kept = {key: item for key, item in items.items() if key not in apart}
                return (*kept, *kept.values())
            return (*items, *items.values())

        def write(before: Contents) -> None:
            aside = {key: items[key] for key in apart if key in items}
            items.clear()
            half = len(before) // 2
            items.update(zip(before[:half], before[half:], strict=True))
            items.update(aside)

        def names(place: int) -> str:
            found = read()
            key = found[place % (len(found) // 2)] if found else "?"
            return f"{name}.{key}" if attribute else f"{name}[{key!r}]"

        self._add(read, write, names)

    def variables(self, space: dict[str, Any], names: Sequence[str], prefix: str = "") -> None:
        """Some names of a module or of the globals of a function."""

        def write(before: Contents) -> None:
            for name, item in zip(names, before, strict=True):
                if item is MISSING:
                    space.pop(name, None)
                elif space.get(name, MISSING) is not item:
                    space[name] = item

        get = space.get
        self._add(lambda: [get(name, MISSING) for name in names], write, lambda place: prefix + names[place])

    def attributes(self, holder: Any, names: Sequence[str], path: str) -> None:
        """Some attributes of a class, or slots of an object, as they are kept there."""
        space: Mapping[str, Any] | None = vars(holder) if isinstance(holder, type) else None

        def read() -> Contents:
            if space is not None:
                return [space.get(name, MISSING) for name in names]
            return [getattr(holder, name, MISSING) for name in names]

        def write(before: Contents) -> None:
            for name, item, now in zip(names, before, read(), strict=True):
                if item is not now:
                    delattr(holder, name) if item is MISSING else setattr(holder, name, item)

        self._add(read, write, lambda place: f"{path}.{names[place]}")

    def cells(self, cells: Sequence[Any], names: Sequence[str]) -> None:
        """The variables that a function has from those around it."""

        def read() -> Contents:
            try:
                return [cell.cell_contents for cell in cells]
            except ValueError:  # one that has no content yet
                return [_content(cell) for cell in cells]

        def write(before: Contents) -> None:
            for cell, item in zip(cells, before, strict=True):
                if item is MISSING:
                    del cell.cell_contents
                else:
                    cell.cell_contents = item

        self._add(read, write, lambda place: names[place])

    def array(self, array: Any, name: str) -> None:
        """The numbers of an array of NumPy."""

        def write(before: Contents) -> None:
            array[...] = before[0]

        copy = array.copy()
        same = [copy]  # one object as long as nothing differs, since contents are compared by identity

        def read() -> Contents:
            if array.shape != copy.shape or array.tobytes() != copy.tobytes():
                return [array.copy()]
            return same

        self._add(read, write, lambda place: f"the array {name}")

    def numbers(self, values: Iterable[Any]) -> None:
        """The data of Values."""
        found = list(values)
        if found:
            get = attrgetter("_data")

            def write(before: Contents) -> None:
                for value, number in zip(found, before, strict=True):
                    value._data = number

            self._add(lambda: [*map(get, found)], write, lambda place: found[place].label or "a Value")

    def changed(self) -> str:
        """The name of something that is not what it was, "" where all is."""
        for k, (part, then) in enumerate(zip(self._parts, self._then, strict=True)):
            now = part.read()
            if len(now) != len(then):
                return part.names(len(now) - 1) if len(now) > len(then) else part.names(max(len(now) - 1, 0))
            if not all(map(is_, now, then)):
                for place, (a, b) in enumerate(zip(now, then, strict=True)):
                    if a is not b and not _alike(a, b):
                        return part.names(place)
                self._then[k] = now
        return ""

    def restore(self) -> None:
        """Put everything back that is not what it was."""
        for part, then in zip(self._parts, self._then, strict=True):
            now = part.read()
            if len(now) != len(then) or not all(map(is_, now, then)):
                part.write(then)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def _alike(a: Any, b: Any) -> bool:
    """Whether two objects that are not one are the same number, text or tuple of such."""
    if type(a) is not type(b):
        return False
    if type(a) is float:
        return float.hex(a) == float.hex(b)
    if type(a) is tuple:
        return len(a) == len(b) and all(x is y or _alike(x, y) for x, y in zip(a, b, strict=True))
    return type(a) in (int, str, bytes, complex) and bool(a == b)
