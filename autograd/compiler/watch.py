"""`Watch`: containers, variables and attributes as they were, so that any change is noticed and can be taken back."""

from collections.abc import Callable, Collection, Iterable, Sequence
from operator import attrgetter, is_
from typing import Any, NamedTuple
from weakref import ref

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "nothing"})()
"""What stands where a name has no object."""

FEW = 12
"""A dict of more entries is compared as a whole, not by one expression for each."""

OFTEN = 4
"""After so many looks an expression is compiled that only says whether anything has changed."""

Contents = Sequence[Any]
Bind = Callable[[Any], str]
"""Gives an object a name, in the expression that says whether all is as it was."""


class _Part(NamedTuple):
    """One thing that is watched: how it is read and put back, what its entries are called, and when it is the same."""

    read: Callable[[], Contents]
    write: Callable[[Contents], None]
    names: Callable[[int], str]
    same: Callable[[Bind, Contents], str]


class Watch:
    """What was added, as it was then.

    Contents are compared by identity, and numbers and texts that are others by their value, so that
    nothing runs that a user wrote.

    renewed  how often something was another object of the same value
    """

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._then: list[Contents] = []
        self._looks = 0
        self.renewed = 0
        self._same: Callable[[], bool] | None = None

    def _add(self, part: _Part) -> None:
        self._parts.append(part)
        self._then.append(part.read())

    def sequence(self, items: Any, name: str) -> None:
        """A list, a deque or a set."""

        def write(before: Contents) -> None:
            items.clear()
            (items.update if isinstance(items, set) else items.extend)(before)

        same = lambda bind, then: _each(bind(items), bind(then), len(then))  # noqa: E731
        self._add(_Part(lambda: tuple(items), write, lambda place: f"{name}[{place}]", same))

    def mapping(self, items: dict[Any, Any], name: str, apart: Collection[str] = (), holder: Any = None) -> None:
        """A dict with its keys, or the attributes and the class of its holder; entries of `apart` may change."""

        def read() -> Contents:
            kept = {key: item for key, item in items.items() if key not in apart} if apart else items
            return (*kept, *kept.values())

        def write(before: Contents) -> None:
            aside = {key: items[key] for key in apart if key in items}
            items.clear()
            half = len(before) // 2
            items.update(zip(before[:half], before[half:], strict=True))
            items.update(aside)

        attribute = holder is not None  # which is not kept alive by this

        def names(place: int) -> str:
            found = read()
            key = found[place % (len(found) // 2)] if found else "?"
            return f"{name}.{key}" if attribute else f"{name}[{key!r}]"

        def same(bind: Bind, then: Contents) -> str:
            half, own = len(then) // 2, bind(items)
            if half > FEW or not all(type(key) is str for key in then[:half]):
                whole = bind(read)
                return _each(f"{whole}()", bind(then), len(then))
            pairs = zip(then[:half], then[half:], strict=True)
            tests = [f"{own}[{key!r}] is {bind(item)}" for key, item in pairs]
            return " and ".join([f"len({own}) == {len(items)}", *tests])

        self._add(_Part(read, write, names, same))
        if holder is not None:
            self.attributes(holder, ["__class__"], name)

    def variables(self, space: dict[str, Any], names: Sequence[str], prefix: str = "") -> None:
        """Some names of a module or of the globals of a function."""

        def write(before: Contents) -> None:
            for name, item in zip(names, before, strict=True):
                if item is MISSING:
                    space.pop(name, None)
                elif space.get(name, MISSING) is not item:
                    space[name] = item

        same = lambda bind, then: _named(bind, space, names, then)  # noqa: E731
        read = lambda: [space.get(name, MISSING) for name in names]  # noqa: E731
        self._add(_Part(read, write, lambda place: prefix + names[place], same))

    def attributes(self, holder: Any, names: Sequence[str], path: str) -> None:
        """Some attributes of a class, or slots of an object, as they are kept there."""
        space, found = vars(holder) if isinstance(holder, type) else None, _weakly(holder)

        def read() -> Contents:
            if space is not None:
                return [space.get(name, MISSING) for name in names]
            return [getattr(found(), name, MISSING) for name in names]

        def write(before: Contents) -> None:
            for name, item, now in zip(names, before, read(), strict=True):
                if item is not now:
                    delattr(found(), name) if item is MISSING else setattr(found(), name, item)

        def same(bind: Bind, then: Contents) -> str:
            if space is not None:
                return _named(bind, space, names, then)
            if MISSING in then:
                return _each(f"{bind(read)}()", bind(then), len(then))
            own = f"{bind(found)}()"
            tests = [f"{own}.{name} is {bind(item)}" for name, item in zip(names, then, strict=True)]
            return " and ".join(tests) or "True"

        self._add(_Part(read, write, lambda place: f"{path}.{names[place]}", same))

    def cells(self, cells: Sequence[Any], names: Sequence[str]) -> None:
        """The variables that a function has from those around it."""

        def write(before: Contents) -> None:
            for cell, item in zip(cells, before, strict=True):
                if item is MISSING:
                    del cell.cell_contents
                else:
                    cell.cell_contents = item

        def same(bind: Bind, then: Contents) -> str:
            full = [(cell, item) for cell, item in zip(cells, then, strict=True) if item is not MISSING]
            return " and ".join(f"{bind(cell)}.cell_contents is {bind(item)}" for cell, item in full) or "True"

        read = lambda: [_content(cell) for cell in cells]  # noqa: E731
        self._add(_Part(read, write, lambda place: names[place], same))

    def array(self, array: Any, name: str) -> None:
        """The numbers of an array of NumPy."""
        copy = array.copy()
        same = [copy]  # one object as long as nothing differs, since contents are compared by identity

        def read() -> Contents:
            unchanged = array.shape == copy.shape and array.tobytes() == copy.tobytes()
            return same if unchanged else [array.copy()]

        def write(before: Contents) -> None:
            array[...] = before[0]

        text = lambda bind, then: f"{bind(read)}()[0] is {bind(copy)}"  # noqa: E731
        self._add(_Part(read, write, lambda place: f"the array {name}", text))

    def slot(self, values: Iterable[Any], name: str) -> None:
        """The numbers or labels of Values: `_data` or `label`."""
        found = list(values)
        if not found:
            return
        get = attrgetter(name)

        def write(before: Contents) -> None:
            for value, content in zip(found, before, strict=True):
                setattr(value, name, content)

        same = lambda bind, then: f"all(map({bind(is_)}, map({bind(get)}, {bind(found)}), {bind(then)}))"  # noqa: E731
        names = lambda place: found[place].label or "a Value"  # noqa: E731
        self._add(_Part(lambda: [*map(get, found)], write, names, same))

    def changed(self) -> str:
        """The name of something that is not what it was, "" where all is."""
        if self._same is not None:
            try:
                if self._same():
                    return ""
            except (LookupError, ValueError, AttributeError):
                pass
        elif self._looks < OFTEN:
            self._looks += 1
        else:
            self._same = self._expression()
        for k, (part, then) in enumerate(zip(self._parts, self._then, strict=True)):
            now = part.read()
            if len(now) != len(then):
                return part.names(max(len(now), 1) - 1)
            if not all(map(is_, now, then)):
                for place, (a, b) in enumerate(zip(now, then, strict=True)):
                    if a is not b and not _alike(a, b):
                        return part.names(place)
                self._then[k], self._same = now, None
                self.renewed += 1
        return ""

    def tests(self, prefix: str = "x") -> tuple[list[str], dict[str, Any]]:
        """Expressions that are all true where nothing has changed, and what their names stand for.

        They may raise a LookupError, ValueError or AttributeError where something has.
        """
        bound: dict[str, Any] = {"is_": is_}

        def bind(x: Any) -> str:
            name = f"{prefix}{len(bound)}"
            bound[name] = x
            return name

        tests = [part.same(bind, then) for part, then in zip(self._parts, self._then, strict=True)]
        return [test for test in tests if test != "True"], bound

    def _expression(self) -> Callable[[], bool]:
        tests, bound = self.tests()
        functions = [  # an expression of any length would be too deep for Python
            eval(f"lambda: {' and '.join(tests[start : start + 100])}", bound) for start in range(0, len(tests), 100)
        ]
        return functions[0] if len(functions) == 1 else lambda: all(test() for test in functions)

    def restore(self) -> None:
        """Put everything back that is not what it was."""
        for part, then in zip(self._parts, self._then, strict=True):
            now = part.read()
            if len(now) != len(then) or not all(map(is_, now, then)):
                part.write(then)


def _each(now: str, then: str, n: int) -> str:
    """The expression for n objects being the same ones as before."""
    return f"len({now}) == {n} and all(map(is_, {now}, {then}))"


def _named(bind: Bind, space: Any, names: Sequence[str], then: Contents) -> str:
    """The expression for some names of a space meaning what they did."""
    own = bind(space)
    tests = [
        f"{name!r} not in {own}" if item is MISSING else f"{own}[{name!r}] is {bind(item)}"
        for name, item in zip(names, then, strict=True)
    ]
    return " and ".join(tests) or "True"


def _weakly(x: Any) -> Callable[[], Any]:
    """A function that gives x, and does not keep it alive where that can be."""
    try:
        return ref(x)
    except TypeError:  # it has slots, and none for references
        return lambda: x


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it has none yet
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
