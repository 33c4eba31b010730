"""What is what in a run: which numbers are parameters, and when they are read and updated.

Names are hints, never needed: a parameter is a number that an update moves and that a later forward
pass reads; the gradient by hand is how far it was moved.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from autograd.programs.lineages import Event, Lineage
from autograd.programs.recording import Recorder
from autograd.programs.replay import before
from autograd.programs.returned_gradients import returned, worked_out
from autograd.programs.sites import Position
from autograd.programs.traced import Node
from autograd.programs.traced_run import Run
from autograd.programs.updates import added, builds_on, feeds_back


class Parameter(NamedTuple):
    """A number or an array that the program trains, or several that it keeps in one list.

    name      as the program calls it
    lineages  its numbers one after the other; of a list of numbers, one for each
    """

    name: str
    lineages: tuple[Lineage, ...]

    @property
    def updates(self) -> list[Event]:
        """The events that moved it, in the order of time."""
        found = {id(event): event for lineage in self.lineages for event in lineage.updates}
        return sorted(found.values(), key=lambda event: event.time)


class Origins:
    """Which contents of parameters every number was computed from, as the bits of an integer."""

    def __init__(self, recorder: Recorder, parameters: Sequence[Parameter]) -> None:
        self.complete = recorder.until is not None
        self._sources = recorder.sources
        self.contents: list[Node] = []
        self.owner: list[tuple[int, int]] = []  # of every content: which lineage, and which in its order
        self.lineages = [lineage for p in parameters for lineage in p.lineages]
        self.parameter = [k for k, p in enumerate(parameters) for _ in p.lineages]
        for k, lineage in enumerate(self.lineages):
            for i, content in enumerate(lineage.contents):
                self.contents.append(content)
                self.owner.append((k, i))
        self.cut = set(self.contents)
        own = {content: 1 << k for k, content in enumerate(self.contents)}
        self.nodes = before([*self.contents, *everything(recorder)])
        self._bits: dict[Node, int] = {}
        late = list(reversed(self.nodes))
        while late:
            node = late.pop()
            bits = own.get(node)
            if bits is None:
                missing = [arg for arg in node.args if arg not in self._bits]
                if missing:  # made outside of the trace, when it was looked at
                    late += [node, *missing]
                    continue
                bits = 0
                for arg in node.args:
                    bits |= self._bits[arg]
            self._bits[node] = bits

    def __call__(self, node: Node) -> int:
        """The contents that a node depends on, not counting what these depend on."""
        return self._bits.get(node, 0)

    def text(self, place: Position) -> str:
        """The source of an expression, its first line."""
        lines = self._sources.get(place.file, "").split("\n")
        return lines[place.line - 1].encode()[place.column :].decode() if 0 < place.line <= len(lines) else ""

    def several(self, node: Node) -> bool:
        """Whether a node was computed from several contents of one lineage."""
        bits, seen = self(node), set()
        while bits:
            low = bits & -bits
            k, _ = self.owner[low.bit_length() - 1]
            if k in seen:
                return True
            seen.add(k)
            bits ^= low
        return False

    def latest(self, node: Node) -> dict[int, int]:
        """By lineage, the newest content that a node was computed from."""
        found: dict[int, int] = {}
        bits = self(node)
        while bits:
            low = bits & -bits
            k, i = self.owner[low.bit_length() - 1]
            found[k] = max(i, found.get(k, 0))
            bits ^= low
        return found


def everything(recorder: Recorder) -> Iterable[Node]:
    """All numbers that were stored or returned."""
    for event in recorder.events:
        yield from event.nodes.values()


def parameters(run: Run) -> list[Parameter]:
    """The parameters of a program: what is updated by something that depends on it."""
    recorder = run.recorder
    found = [one for one in recorder.lineages if any(map(feeds_back, one.contents[1:], one.contents))]
    found = [one for one in found if not _passing(one, found)] or returned(recorder) or worked_out(recorder)
    found = found or [one for one in recorder.lineages if one.born is not None and _moved(one)]
    return _grouped(_independent(_merged(found)), run)


def gradients_returned(run: Run) -> list[Parameter]:
    """The arguments whose gradients a function returns, as if they were moved by them."""
    return _grouped(returned(run.recorder), run)


def _passing(one: Lineage, others: Sequence[Lineage]) -> bool:
    """Whether a place begins anew again and again, as what is worked on within a step does."""
    same = [other for other in others if one.born and other.born and other.born[0] == one.born[0]]
    same.sort(key=lambda other: other.root.time)
    ends = [other.contents[-1].time for other in same]
    return len(same) > 1 and all(end < later.root.time for end, later in zip(ends, same[1:], strict=False))


def _moved(one: Lineage) -> bool:
    """Whether numbers that are read are moved, if by something that does not depend on them."""
    pairs = list(zip(one.contents[1:], one.contents, strict=False))
    return one.root.op is None and all(old.readers > 1 and added(new, old) for new, old in pairs)


def forgotten(run: Run, known: Sequence[Parameter], forward: Iterable[Node]) -> list[Parameter]:
    """Numbers that the forward pass reads and that are moved by something that does not depend on them."""
    lost = _lost(run, known)
    reads = set(forward)
    roots = reads or {one.root for one in [*run.recorder.lineages, *lost]}
    taken = {content for p in known for one in p.lineages for content in one.contents}
    found = [
        one
        for one in [*run.recorder.lineages, *lost]
        if one.root in roots
        and one.root not in taken
        and taken.isdisjoint(before([one.root]))
        and one.born is not None
        and not reads.intersection(one.contents[1:])
        and (one in lost or any(added(n, o) for n, o in zip(one.contents[1:], one.contents, strict=False)))
    ]
    return _grouped(_merged(found), run)


def _lost(run: Run, known: Sequence[Parameter]) -> list[Lineage]:
    """Places whose number was replaced by one that is made from another parameter, by adding to it."""
    recorder = run.recorder
    contents = {content for p in known for one in p.lineages for content in one.contents}
    found: dict[Node, Lineage] = {}  # by its newest content
    for rebinding in recorder.rebindings:
        old, new = rebinding.old, rebinding.new
        if old.shape != new.shape or not builds_on(new, contents):
            continue
        one = found.pop(old, None)
        if one is None and contents.isdisjoint(before([old])):
            one = Lineage(old, rebinding.name, recorder.born(old))
        if one is not None:
            one.contents.append(new)
            one.updates.append(rebinding.event)
            found[new] = one
    return list(found.values())


def _merged(lineages: Sequence[Lineage]) -> list[Lineage]:
    """Lineages that share their contents as one: W -= ... here, W = W - ... there; new_w = w - ..., then w = new_w."""
    found: list[Lineage] = []
    by_content: dict[Node, Lineage] = {}
    for lineage in sorted(lineages, key=lambda one: one.root.time):
        earlier = by_content.get(lineage.root)
        if earlier is None:
            earlier = lineage
            found.append(lineage)
        else:
            more = [
                (c, u) for c, u in zip(lineage.contents[1:], lineage.updates, strict=True) if c not in earlier.contents
            ]
            earlier.contents += [content for content, _ in more]
            earlier.updates += [update for _, update in more]
        by_content.update(dict.fromkeys(lineage.contents, earlier))
    return found


def _independent(lineages: list[Lineage]) -> list[Lineage]:
    """Those that do not start with something computed from another, as what is worked on within a step does."""
    contents = {content for one in lineages for content in one.contents}
    found = []
    for one in lineages:
        own = {*one.contents}
        ancestors = before([one.root])
        if not any(node in contents and node not in own for node in ancestors):
            found.append(one)
    return found


# ---------------------------------------------------------------- names


def _grouped(lineages: Sequence[Lineage], run: Run) -> list[Parameter]:
    """Numbers that stand in one list as one parameter, all by the names that the program has for them."""
    owner = {content: k for k, one in enumerate(lineages) for content in one.contents}
    paths = _paths(run.namespace, owner, run.loops)
    names = [_name(one, paths.get(k, ""), run) for k, one in enumerate(lineages)]
    groups: dict[str, list[int]] = {}
    for k, name in enumerate(names):
        groups.setdefault(_list_of(name) if lineages[k].root.shape == () else name, []).append(k)
    found = []
    for name, members in groups.items():
        distinct = len({names[k] for k in members}) == len(members)
        if len(members) == 1:
            k = members[0]
            found.append(Parameter(name if _list_of(names[k]) != names[k] else names[k], (lineages[k],)))
        elif distinct and name != names[members[0]]:
            found.append(Parameter(name, tuple(lineages[k] for k in members)))
        else:  # the same name in several objects
            by_path: dict[str, list[int]] = {}
            for k in members:
                path = paths.get(k) or names[k]
                by_path.setdefault(_list_of(path) if lineages[k].root.shape == () else path, []).append(k)
            found += [Parameter(path, tuple(lineages[k] for k in own)) for path, own in by_path.items()]
    return found


def _list_of(name: str) -> str:
    """The list that a name is an item of; the name itself where it is none."""
    return re.sub(r"(\[-?\d+\])+$", "", name) or name


def _name(lineage: Lineage, path: str, run: Run) -> str:
    """As the program calls it where it is updated; where that is by another name, how its own names lead there."""
    statement = run.recorder.statements[lineage.updates[0].key]
    root = statement.target.partition("[")[0]
    head = re.split(r"[.\[]", root)[0]
    if not path:
        plain = statement.target == root and "(" not in root
        return root if plain and (head == "self" or "(" in lineage.name) else lineage.name
    if head == "self" and root.startswith("self.") and "." in path:
        rest = path.partition(".")[2]
        return f"self.{rest}" if rest.partition("[")[0] == root[5:] else path
    return path


def _paths(namespace: Mapping[str, Any], owner: Mapping[Node, int], loops: frozenset[str]) -> dict[int, str]:
    """How the program's own names lead to these numbers: net[0]['weights'][2], model.layers[2].W."""
    from autograd.programs.arrays import Array

    found: dict[int, str] = {}
    seen: set[int] = set()
    level = [(name, x, 0) for name, x in namespace.items() if not name.startswith("__") and name not in loops]
    later = [(name, x, 1) for name, x in namespace.items() if name in loops]
    while level or later:
        if not level:
            level, later = later, []
        deeper: list[tuple[str, Any, int]] = []
        for path, x, depth in level:
            if isinstance(x, Array):
                memory = getattr(x, "buffer", None)
                nodes: list[Node] = [x.node] if memory is None else [x.node, memory.node]
                for node in nodes:
                    if node in owner:
                        found.setdefault(owner[node], path)
                continue
            if id(x) in seen or depth > 6 or len(seen) > 20_000:
                continue
            seen.add(id(x))
            if isinstance(x, (list, tuple)) and len(x) <= 2000:
                deeper += [(f"{path}[{i}]", item, depth + 1) for i, item in enumerate(x)]
            elif isinstance(x, dict):
                deeper += [(f"{path}[{key!r}]", item, depth + 1) for key, item in list(x.items())[:2000]]
            elif hasattr(x, "__dict__") and not isinstance(x, type) and type(x).__module__ == "__main__":
                deeper += [(f"{path}.{key}", item, depth + 1) for key, item in vars(x).items()]
        level = deeper
    return found
