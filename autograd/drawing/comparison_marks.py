"""What a comparison says of each Value in a picture: right, wrong, or right given the reader's own numbers."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from autograd.drawing import style
from autograd.names import canonical
from autograd.names.meant import readings
from autograd.network import Network
from autograd.value import Value


class Verdict(NamedTuple):
    """How a number by hand is shown: a sign and a colour, both of which mean the same."""

    sign: str
    words: str
    colour: str
    border: str = ""
    dashed: bool = False


RIGHT = Verdict("=", "right", "#087055", "#0B8A6A")
GIVEN = Verdict("≈", "right given yours", "#087055", "#0B8A6A", True)
WRONG = Verdict("≠", "wrong", "#B3356B", "#B3356B")
ORDER = (WRONG, GIVEN, RIGHT)
"""The worst first."""

_ENTRY = re.compile(r"(?P<kind>[Wb])(?P<layer>\d+)\[(?P<i>\d+)\]\[(?P<j>\d+)\]")


class Verdicts:
    """The rows of a comparison by the Value that each is about; false where there is no comparison.

    Entries of matrices (W1[0][1]) are looked up in the network.
    """

    def __init__(self, comparison: Any = None, nodes: Iterable[Value] = (), network: Network | None = None) -> None:
        self.rows: dict[Value, list[Any]] = {}
        self.lost = 0
        if comparison is None:
            return
        finder = _Finder(nodes, network)
        for row in getattr(comparison, "rows", comparison):
            node = getattr(row, "node", None) or finder.find(row)
            if node is None:
                self.lost += 1
            else:
                self.rows.setdefault(node, []).append(row)

    def __bool__(self) -> bool:
        return bool(self.rows) or self.lost > 0

    def of(self, node: Value | None) -> "list[tuple[Any, Verdict]]":
        """The rows about a Value, each with its verdict."""
        return [(row, verdict(row)) for row in self.rows.get(node, ())] if node is not None else []

    def cell(self, node: Value | None) -> str:
        """What was derived by hand for a Value, as HTML for a cell."""
        told = [f'<FONT COLOR="{v.colour}">{style.number(row.by_hand)} {v.sign}</FONT>' for row, v in self.of(node)]
        return "<BR/>".join(told)

    def role(self, role: style.Role, parts: Iterable[Any]) -> style.Role:
        """The role of a card whose numbers were compared: outlined by the worst verdict among them."""
        found = {v for part in parts for _, v in self.of(getattr(part, "node", part))}
        worst = next((v for v in ORDER if v in found), None)
        if worst is None:
            return role
        return role._replace(border=worst.border, width=2.6, style="rounded,filled" + ",dashed" * worst.dashed)

    def legend(self) -> list[str]:
        """What the signs mean, and what of the comparison is not in the picture."""
        if not self:
            return []
        found = {v for rows in self.rows.values() for v in map(verdict, rows)}
        told = ["by hand: " + ", ".join(f"{v.sign} {v.words}" for v in reversed(ORDER) if v in found)] if found else []
        if self.lost:
            told.append(f"{self.lost} of the numbers by hand are not in this picture")
        return told


def verdict(row: Any) -> Verdict:
    """The verdict of a row of a comparison."""
    words = str(getattr(row, "verdict", "")).lower()
    if "given your" in words:  # of its own earlier numbers, and not "the digits given"
        return GIVEN
    return RIGHT if row.ok else WRONG


class _Finder:
    """Values by the names that rows of comparisons have."""

    def __init__(self, nodes: Iterable[Value], network: Network | None) -> None:
        self.rows = network.rows() if network else []
        self.known: dict[str, Value] = {}
        for node in nodes:
            if node.label:
                self.known.setdefault(canonical(node.label), node)

    def find(self, row: Any) -> Value | None:
        """The Value a row is about, None where it is not among the nodes."""
        node = next((self.known[label] for label, _ in readings(row.name) if label in self.known), None)
        if node is not None:
            return node
        entry = _ENTRY.search(row.name)
        return self._entry(entry, row) if entry else None

    def _entry(self, entry: re.Match[str], row: Any) -> Value | None:
        """The weight or bias at a place of a matrix, which may have a row or a column for each neuron."""
        layer, i, j = (int(entry[part]) for part in ("layer", "i", "j"))
        units = self.rows[layer - 1] if 0 < layer <= len(self.rows) else []
        found: list[Value] = []
        for neuron, place in ((i, j), (j, i)):
            if neuron < len(units):
                parts = [units[neuron].bias] if entry["kind"] == "b" else list(units[neuron].weights)
                found += [part for part in parts[place : place + 1] if part is not None]
        same = [node for node in found if node.has_grad and node.grad == getattr(row, "engine", None)]
        return next(iter(same or found), None)
