"""What a comparison says of each Value in a picture: right, wrong, or right given the reader's own numbers."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from autograd.drawing import style
from autograd.names import canonical
from autograd.value import Value


class Verdict(NamedTuple):
    """How a number by hand is shown: a sign, and a ground as of a text marker, the stronger the worse."""

    sign: str
    words: str
    ground: str = ""


RIGHT = Verdict("=", "right")
GIVEN = Verdict("≈", "right given yours", style.PALE_MARKER)
WRONG = Verdict("≠", "wrong", style.MARKER)
ORDER = (WRONG, GIVEN, RIGHT)
"""The worst first."""


class Verdicts:
    """The rows of a comparison by the Value that each is about; false where there is no comparison.

    What was compared in another evaluation of the same is found by its label.
    """

    def __init__(self, comparison: Any = None, nodes: Iterable[Value] = ()) -> None:
        self.rows: dict[Value, list[Any]] = {}
        self.lost = 0
        if comparison is None:
            return
        own = dict.fromkeys(nodes)
        labelled = {canonical(node.label): node for node in reversed(own) if node.label}
        for row in comparison.rows:
            node = row.node if row.node in own else labelled.get(canonical(row.node.label))
            if node is None:
                self.lost += 1
            else:
                self.rows.setdefault(node, []).append(row)

    def __bool__(self) -> bool:
        return bool(self.rows) or self.lost > 0

    def of(self, node: Value | None, what: str = "") -> "list[tuple[Any, Verdict]]":
        """The rows about a Value, or about its "value" or its "gradient" alone, each with its verdict."""
        rows = self.rows.get(node, ()) if node is not None else ()
        return [(row, verdict(row)) for row in rows if what in ("", row.what)]

    def worst(self, nodes: Iterable[Value | None]) -> Verdict | None:
        """The worst verdict about any of some Values."""
        found = {v for node in nodes for _, v in self.of(node)}
        return next((v for v in ORDER if v in found), None)

    def legend(self) -> list[str]:
        """What the signs mean, and what of the comparison is not in the picture."""
        found = {v for rows in self.rows.values() for v in map(verdict, rows)}
        told = ["by hand: " + ", ".join(f"{v.sign} {v.words}" for v in reversed(ORDER) if v in found)] if found else []
        if self.lost:
            told.append(f"{self.lost} of the numbers by hand are not in this picture")
        return told


def verdict(row: Any) -> Verdict:
    """The verdict of a row of a comparison."""
    return GIVEN if row.state == "carried" else RIGHT if row.ok else WRONG
