"""What a person gives to be compared, read as single numbers: names in any spelling, lists, arrays, namespaces."""

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from autograd.comparison.array_names import (
    NamedArray,
    holds_values,
    labelled_arrays,
    passed_array,
    placed_name,
    transposed_fits,
)
from autograd.comparison.rounding import Bounded
from autograd.graph import topological_order
from autograd.names import Names, canonical, nearest
from autograd.names.meant import gradient_of, readings
from autograd.network import Network
from autograd.primitive import real
from autograd.value import Value


class Entry(NamedTuple):
    """One number by hand.

    name    as it was given, with its place for an entry of a matrix
    node    what it is about
    what    "gradient" or "value"
    number  the number given
    among   what the node may be in any sample, where the name does not say in which; () where there is one only
    """

    name: str
    node: Value
    what: str
    number: float
    among: tuple[Value, ...] = ()


TRANSPOSED = " was read transposed"
"""Stands in the note on a matrix with one column per neuron, behind its name."""


class Given(NamedTuple):
    """All numbers by hand, what is to be said about how they were read, and whether they are from a namespace."""

    entries: list[Entry]
    notes: list[str]
    namespace: bool


def read(
    loss: Value, by_hand: Any, network: Network | None, model: Any, gradients: Mapping[Value, Bounded],
    names: Mapping[str, Any] = {},
) -> Given:  # fmt: skip
    """The numbers of a dict or namespace with the nodes that they are about; see `compare` for names and errors."""
    if not isinstance(by_hand, Mapping):
        kind = type(by_hand).__name__
        raise TypeError(
            f'compare: expected a dict of numbers by name such as {{"w1": 0.25, "delta3": -0.99}}, got {kind}'
        )
    for name in by_hand:
        if not isinstance(name, str):
            kind = type(name).__name__
            raise TypeError(f'compare: expected names of numbers such as "w1" or "delta3", got {kind}: {name!r}')
    namespace = "__name__" in by_hand or "__builtins__" in by_hand
    if namespace:
        names = {name: given for name, given in by_hand.items() if name[0] != "_" and holds_values(given)} | dict(names)
    reader = _Reader(loss, network, model, gradients, names, lenient=namespace)
    if namespace:
        by_hand = reader.known_among(by_hand)
    reader.settle_orientation(by_hand)
    entries = [entry for name, number in by_hand.items() for entry in reader.entries(name, number)]
    if not entries:
        raise ValueError('compare: no numbers were given; expected a dict such as {"w1": 0.25, "delta3": -0.99}')
    return Given(entries, reader.notes, namespace)


class _Reader:
    """Names of one graph, and the matrices and whole layers of its network."""

    def __init__(
        self, loss: Value, network: Network | None, model: Any, gradients: Mapping[Value, Bounded],
        names: Mapping[str, Any], lenient: bool,
    ) -> None:  # fmt: skip
        self.gradients = gradients
        self.inside = set(order := topological_order(loss))
        self.arrays, self.twice = labelled_arrays(order)
        for name, given in names.items():
            try:
                self.arrays[canonical(name)] = passed_array(name, given, self.inside)
            except ValueError:
                if not lenient:
                    raise
        self.named: Names[Value] = loss.named()
        self.known = {canonical(label): node for label, node in self.named.items()}
        self.alike: dict[str, list[Value]] = {}  # by label, all that bear it
        for node in self.named.values():
            self.alike.setdefault(node.label, []).append(node)
        self.matrices: dict[str, list[Any]] = model.matrices() if model is not None else {}
        if not self.matrices and network is not None:
            self.matrices = network.matrices()
        self.signals = network.signals() if network is not None else {}
        self.samples = network.samples if network is not None else 1
        self.across = network.across() if network is not None else {}
        self.notes: list[str] = []
        self.columns: bool | None = None  # whether matrices have one column per neuron, where that is sure

    def known_among(self, namespace: Mapping[str, Any]) -> dict[str, Any]:
        """What of a namespace is about this graph: gradients and computed numbers, not parameters or inputs as such."""
        found = {}
        for name, given in namespace.items():
            listed = hasattr(given, "tolist") or isinstance(given, (list, tuple))
            if name.startswith("_") or not (listed or _is_number(given)):
                continue
            try:
                if listed and (array := self._array(name)):
                    if not self._is_by_hand(name, given, *array):
                        continue
                elif listed:
                    key = self._key(name)
                    if key is None or (key == name and key in self.matrices) or not self._fits(name, given):
                        continue
                elif (meant := self._meant(name)) is None or (meant[0].op is None and canonical(name) in self.known):
                    continue  # w5 in a notebook is the weight itself
            except KeyError:
                continue
            found[name] = given
        self.notes.append(f"taken from the namespace: {', '.join(found) or 'nothing'}")
        return found

    def _fits(self, name: str, given: Any) -> bool:
        try:
            return bool(list(self.entries(name, given)))
        except (ValueError, TypeError, KeyError):
            return False

    def _is_by_hand(self, name: str, given: Any, array: NamedArray, what: str) -> bool:
        """Whether an array of a namespace is about one of the graph, and not that one itself, or a parameter; where its
        shape is another, a note says so."""
        if getattr(getattr(given, "dtype", None), "kind", "") == "O" or (what == "gradient" and self._is_bare(name)):
            return False
        try:
            return bool(list(self._placed(name, array, what, given)))
        except (ValueError, TypeError) as error:
            self.notes.append(f"left out: {str(error).removeprefix('compare: ')}")
            return False

    def _is_bare(self, name: str) -> bool:
        """Whether a name is that of an array, and not of its gradient."""
        return canonical(name) in self.arrays

    def settle_orientation(self, by_hand: Mapping[str, Any]) -> None:
        """Whether matrices have one column per neuron, from one that is not square."""
        for name, given in by_hand.items():
            mine, plain = self.matrices.get(self._key(name) or ""), _plain(given)
            if not mine or not isinstance(mine[0], list) or not isinstance(plain, (list, tuple)) or not plain:
                continue
            lines = _lines(plain)
            expected, got = (len(mine), len(mine[0])), (len(lines), len(lines[0]))
            if (
                isinstance(_plain(plain[0]), (list, tuple))
                and expected[0] != expected[1]
                and got in (expected, expected[::-1])
            ):
                self.columns = got != expected
                return

    def entries(self, name: str, given: Any) -> Iterator[Entry]:
        """The entries of one name: one for a number, one for each number of a list."""
        if array := self._array(name):
            yield from self._placed(name, *array, given)
            return
        given = _plain(given)
        if isinstance(given, (list, tuple)):
            yield from self._list(name, given)
            return
        if not _is_number(given) and not isinstance(given, Value):
            raise TypeError(
                f"compare: {name}: expected a real number or lists of them, got {type(given).__name__}: {given!r}"
            )
        node, what = self._find(name)
        yield Entry(name, node, what, _finite(name, given), () if "[" in name else self._among(node))

    def _among(self, node: Value) -> tuple[Value, ...]:
        """What a node is in all samples; where the network does not tell, the computed nodes of its label."""
        if node in self.across or node.op is None:
            return self.across.get(node, ())
        alike = [other for other in self.alike[node.label] if other.op is not None]
        return tuple(alike) if len(alike) > 1 and (not self.signals or len(alike) == self.samples) else ()

    def _meant(self, name: str) -> tuple[Value, str] | None:
        """The node that a name means, and whether its gradient or its value is meant; None where it means none."""
        for spelling, of_gradient in readings(name):
            if spelling in self.known:
                node = self.known[spelling]
                return node, "gradient" if of_gradient or node.op is None else "value"
        return None

    def _find(self, name: str) -> tuple[Value, str]:
        """The same, with a KeyError where it means none."""
        found = self._meant(name)
        if found is None:
            raise KeyError(f"compare: no {name!r} in the graph of this loss; {nearest(name, self._names())}")
        return found

    def _names(self) -> list[str]:
        """The labels of the graph, of arrays the name alone."""
        whole = {node for array in self.arrays.values() for node in array.nodes.values()}
        return [
            *(array.name for array in self.arrays.values()),
            *(key for key, node in self.named.items() if node not in whole),
        ]

    def _array(self, name: str) -> tuple[NamedArray, str] | None:
        """The array that a name means, and whether its gradients or its values are meant."""
        for spelling, of_gradient in readings(name) if self.arrays or self.twice else ():
            if spelling in self.arrays:
                array = self.arrays[spelling]
                return array, "gradient" if of_gradient else array.what
            if spelling in self.twice:
                raise ValueError(
                    f"compare: {spelling}[...] is the label of several nodes of this graph; say which are meant with "
                    f"names={{{spelling!r}: ...}}"
                )
        return None

    def _placed(self, name: str, array: NamedArray, what: str, given: Any) -> Iterator[Entry]:
        """The entries of an array; what is not in the graph has gradient 0."""
        placed = [(place, _finite(placed_name(name, place), x)) for place, x in array.placed(name, given)]
        nodes = {
            place: array.nodes[place] if place in array.nodes else Value(0.0, placed_name(array.name, place))
            for place, _ in placed
        }
        outside = [place for place, node in nodes.items() if node not in self.inside]
        if outside:
            first = placed_name(array.name, outside[0])
            if what == "value":
                raise ValueError(f"compare: {name}: {first} is not in the graph of this loss, and cannot be compared")
            rest = f" and {len(outside) - 1} more" if len(outside) > 1 else ""
            self.notes.append(f"{first}{rest} {'are' if rest else 'is'} not in the graph of this loss: gradient 0")
        if what == "gradient":
            slopes = {p: float(g.number) if (g := self.gradients.get(node)) else 0.0 for p, node in nodes.items()}
            if transposed_fits(dict(placed), slopes):
                self.notes.append(f"{name} is right when rows and columns change places: give {name}.T")
        for place, x in placed:
            yield Entry(placed_name(name, place), nodes[place], what, x)

    def _key(self, name: str) -> str | None:
        """The matrix or whole layer that a name means."""
        wanted = canonical(name)
        whole = wanted.capitalize() if wanted[:1] in ("z", "h", "a") else wanted
        return next(
            (key for key in (wanted, name, gradient_of(name), whole) if key in self.matrices or key in self.signals),
            None,
        )

    def _list(self, name: str, given: Any) -> Iterator[Entry]:
        """The entries of a list: the samples of one node, a matrix, or all units of a layer in all samples."""
        flat = not any(isinstance(item, (list, tuple)) for item in given)
        samples = self._samples(name) if flat else []
        key = self._key(name)
        if key in self.matrices:
            yield from self._matrix(name, self.matrices[key], given)
        elif flat and len(samples) > 1 and len(samples) == len(given):
            what = self._find(name)[1]
            yield from (
                Entry(f"{name}[{s}]", node, what, _finite(name, x))
                for s, (node, x) in enumerate(zip(samples, given, strict=True))
            )
        elif key in self.signals and flat and self._is_row(self.signals[key][0], given):
            nodes, what = self.signals[key]
            for j, x in enumerate(given):
                yield Entry(f"{name}[{j}]", nodes[0][j], what, _finite(name, x), tuple(row[j] for row in nodes))
        elif key in self.signals:
            nodes, what = self.signals[key]
            yield from self._entries(name, nodes, given, what, "one row per sample")
        else:
            known = [*(array.name for array in self.arrays.values()), *self.matrices, *self.signals]
            hint = nearest(name.lstrip("d"), known) if known else "pass model=, where W1, b1 ... are found"
            raise KeyError(f"compare: {name!r} is a list, but no matrix of that name is known; {hint}")

    def _is_row(self, nodes: list[list[Value]], given: Any) -> bool:
        """Whether a list has the units of a layer in one sample, and cannot have one unit in all samples."""
        return self.samples > 1 and len(given) == len(nodes[0]) and not len(nodes[0]) == 1 < len(given)

    def _samples(self, name: str) -> list[Value]:
        """The nodes of one name in all samples."""
        found = self._meant(name)
        return [] if found is None else self.alike[found[0].label]

    def _matrix(self, name: str, mine: list[Any], given: Any) -> Iterator[Entry]:
        rows = mine if isinstance(mine[0], list) else [mine]
        yield from self._entries(name, rows, given, "gradient", "one row per neuron" if rows is mine else "")

    def _entries(self, name: str, mine: list[list[Value]], given: Any, what: str, rows: str) -> Iterator[Entry]:
        lines = _lines(given)
        shape, other = (len(mine), len(mine[0])), (len(lines), len(lines[0]) if lines else 0)
        deep = any(isinstance(x, (list, tuple)) for line in lines for x in line)
        if deep or any(len(line) != other[1] for line in lines) or shape not in (other, other[::-1]):
            expected = f"expected {shape[0]} x {shape[1]} or transposed"
            raise ValueError(f"compare: {name} is {other[0]} x {other[1]}, {expected}")
        numbers = [[_finite(f"{name}[{i}][{j}]", x) for j, x in enumerate(line)] for i, line in enumerate(lines)]
        across, guessed = shape != other, False
        if shape[0] == shape[1] and shape[0] > 1 and rows == "one row per neuron":
            guessed = self.columns is None
            across = self._columns_fit(mine, numbers) if self.columns is None else self.columns
        if across and guessed:
            self.notes.append(f"{name}{TRANSPOSED}, with {rows.replace('row', 'column')}")
        for i, line in enumerate(numbers):
            for j, x in enumerate(line):
                yield Entry(f"{name}[{i}][{j}]", mine[j][i] if across else mine[i][j], what, x)

    def _columns_fit(self, mine: list[list[Value]], numbers: list[list[float]]) -> bool:
        """Whether a square matrix fits better with one column per neuron: more right entries, else an evener ratio."""

        def misfit(rows: list[list[Value]]) -> tuple[int, float]:
            pairs = [
                (x, self.gradients[node])
                for line, row in zip(numbers, rows, strict=True)
                for x, node in zip(line, row, strict=True)
            ]
            ratios = [x / float(g.number) for x, g in pairs if float(g.number)]
            wrong = sum(abs(Decimal(x) - g.number) > g.bound for x, g in pairs)
            return wrong, max(ratios, default=1.0) - min(ratios, default=1.0)

        return misfit([list(column) for column in zip(*mine, strict=True)]) < misfit(mine)


def _plain(given: Any) -> Any:
    return given.tolist() if hasattr(given, "tolist") else given


def _lines(given: Any) -> list[Any]:
    """A list of lists; a flat one as a single line."""
    given = _plain(given)
    if not isinstance(given, (list, tuple)):
        return []
    given = [_plain(line) for line in given]
    return given if given and all(isinstance(line, (list, tuple)) for line in given) else [given]


def _is_number(x: Any) -> bool:
    try:
        real(x)
    except TypeError:
        return False
    return True


def _finite(name: str, x: Any) -> float:
    try:
        number = x.data if isinstance(x, Value) else real(x)
    except TypeError as error:
        raise TypeError(f"compare: {name}: {error}") from None
    if not math.isfinite(number):
        raise ValueError(f"compare: {name} = {number} is no number to compare; look where it became so")
    return number
