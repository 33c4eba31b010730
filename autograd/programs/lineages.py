"""What is noted of a run: what a statement stored, and the numbers of a place one after the other."""

from typing import NamedTuple

from autograd.programs.places import Path
from autograd.programs.traced import Node


class Event(NamedTuple):
    """Numbers that a statement stored, returned or changed.

    key     of the statement
    turn    how often the statement was run before
    nodes   the numbers by their path in what was stored: () for an array or a number alone
    time    of the trace, when it was done
    before  for a change, what stood there
    """

    key: int
    turn: int
    nodes: dict[Path, Node]
    time: int
    before: dict[Path, Node]


class Rebinding(NamedTuple):
    """A place whose number was replaced by one that is not made from it."""

    name: str
    old: Node
    new: Node
    event: Event


class Lineage:
    """A place's numbers one after the other, each made from the one before by adding to it: what an update moves.

    name      as the program calls it
    contents  the nodes, in the order of time; the first is where it started
    born      the (statement, count, path) that stored the first
    updates   the event of every update
    """

    def __init__(self, root: Node, name: str, born: "tuple[int, int, Path] | None") -> None:
        self.contents, self.name, self.born = [root], name, born
        self.updates: list[Event] = []

    @property
    def root(self) -> Node:
        """What it started with."""
        return self.contents[0]
