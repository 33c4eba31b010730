"""A model with its samples as a subject: one graph for all of them, or one for every class."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograd.entries import entries
from autograd.exploration.subject import Subject, copied
from autograd.recording import no_grad, recording
from autograd.value import Value

CHECKED = 25
"""For so many samples at most it is tried whether the graph is theirs too."""

CLASSES = 12
"""Targets of so many kinds may each have a graph of their own."""


def of_model(model: Any, features: Any, wishes: Any, loss: Callable[[Any, Any], Any], caller: str) -> Subject:
    """The subject that a model with its samples is; ValueError where the samples have no graph in common."""
    return _Model(model, features, wishes, loss, caller).subject()


class _Model:
    """A model, a loss of one sample, and the samples."""

    def __init__(self, model: Any, features: Any, wishes: Any, loss: Callable[[Any, Any], Any], caller: str) -> None:
        self.model, self.loss, self.caller = model, loss, caller
        self.given, self.wanted = _listed(features, "X", caller), _listed(wishes, "y", caller)
        if len(self.given) != len(self.wanted) or not self.given:
            raise ValueError(
                f"{caller}() got {len(self.given)} samples but {len(self.wanted)} targets; expected one for each, and "
                "at least one"
            )
        self.samples = [(list(_flat(a)), list(_flat(b))) for a, b in zip(self.given, self.wanted, strict=True)]
        alike = {(len(a), len(b)) for a, b in self.samples}
        if len(alike) > 1:
            raise ValueError(f"{caller}() got samples of different sizes (inputs, targets): {sorted(alike)}")

    def subject(self) -> Subject:
        """The graph of the first sample, in which the target is a leaf, or else the graphs of all classes."""
        try:
            found = self._graph(0, as_leaf=True)
            self._check(found, range(len(self.given)))
        except (TypeError, ValueError):
            if not self._has_classes():
                raise
            return self._by_class()
        return found

    def _has_classes(self) -> bool:
        """Whether targets are whole numbers, and few."""
        targets = {y[0] for _, y in self.samples}
        return len(self.samples[0][1]) == 1 and len(targets) <= CLASSES and all(map(float.is_integer, targets))

    def _by_class(self) -> Subject:
        places: dict[float, list[int]] = {}
        for place, (_, target) in enumerate(self.samples):
            places.setdefault(target[0], []).append(place)
        classes: dict[float, Subject] = {}
        for y, members in places.items():
            classes[y] = self._graph(members[0], as_leaf=False)
            self._check(classes[y], members)
        first = classes[self.samples[0][1][0]]
        first.classes = {y: classes[y] for y in sorted(classes)}
        return first

    def _graph(self, place: int, *, as_leaf: bool) -> Subject:
        """The graph of one sample."""
        x, y = self.samples[place]
        xs = [Value(number, f"x{i}") for i, number in enumerate(x, start=1)]
        ys = [Value(number, "y" if len(y) == 1 else f"y{i}") for i, number in enumerate(y, start=1)] if as_leaf else []
        with recording(True):
            prediction = self.model(_rebuilt(self.given[place], iter(xs)))
            target = _rebuilt(self.wanted[place], iter(ys)) if as_leaf else self.wanted[place]
            root = self.loss(prediction, target)
        if not isinstance(root, Value) or root.op is None:
            raise TypeError(f"{self.caller}() expected a loss that returns a Value with a graph, got {root!r:.80}")
        copies, order = copied(root)
        if any(leaf not in copies for leaf in ys):
            raise ValueError(f"{self.caller}(): the loss does not depend on its target")
        used = [i for i, leaf in enumerate(xs) if leaf in copies]
        mine = {copies[leaf] for leaf in (*xs, *ys) if leaf in copies}
        leaves = [node for node in order if node.op is None and node not in mine]
        known = self.model.parameters() if hasattr(self.model, "parameters") else []
        return Subject(
            order,
            {copies[node]: node for node in copies if node.op is None},
            [copies[p] for p in known if p in copies] or leaves,
            [copies[xs[i]] for i in used],
            [copies[leaf] for leaf in ys],
            [copies[node] for node in _outputs(prediction) if node in copies],
            [([a[i] for i in used], b) for a, b in self.samples],
        )

    def _check(self, subject: Subject, places: Sequence[int]) -> None:
        """ValueError where the graph does not give the loss of one of these samples."""
        for place in places[:: max(len(places) // CHECKED, 1)]:
            x, y = subject.samples[place]
            with no_grad():
                inputs = _rebuilt(self.given[place], map(Value, self.samples[place][0]))
                expected = self.loss(self.model(inputs), self.wanted[place])
            leaves = dict(zip(subject.inputs, x, strict=True)) | dict(zip(subject.targets, y, strict=False))
            found, number = evaluated(subject, leaves), _plain(expected)
            if not math.isclose(found, number, rel_tol=1e-9, abs_tol=1e-300):
                raise ValueError(
                    f"{self.caller}(): sample {place} has the loss {number:.6g}, and by the graph of sample "
                    f"{places[0]} it would be {found:.6g}: model or loss branch on numbers; write where(...) or "
                    "maximum(...) instead"
                )


def evaluated(subject: Subject, leaves: Mapping[Value, float]) -> float:
    """What the graph comes to with other numbers in some of its leaves."""
    found: dict[Any, float] = {}
    for node in subject.order:
        if node.op is None:
            found[node] = leaves.get(node, node.data)
        else:
            found[node] = node.op.evaluate([arg if type(arg) is float else found[arg] for arg in node.args])
    return found[subject.root]


# ---------------------------------------------------------------- nests of numbers


def _listed(given: Any, name: str, caller: str) -> list[Any]:
    if given is None:
        raise TypeError(f"{caller}() of a model needs {name}: {caller}(model, X, y, loss=...)")
    found = entries(given)
    if found is None:
        raise TypeError(f"{caller}() expected {name} as a list or array of samples, got {type(given).__name__}")
    return list(found)


def _flat(x: Any) -> Iterator[float]:
    """The numbers in a nest of lists, as floats."""
    inside = entries(x)
    if inside is None:
        yield _plain(x)
        return
    for item in inside:
        yield from _flat(item)


def _plain(x: Any) -> float:
    return (x if isinstance(x, Value) else Value(x))._data


def _rebuilt(like: Any, parts: Iterator[Value]) -> Any:
    """The nest of lists with other numbers in it."""
    inside = entries(like)
    return next(parts) if inside is None else [_rebuilt(item, parts) for item in inside]


def _outputs(prediction: Any) -> list[Value]:
    if isinstance(prediction, Value):
        return [prediction]
    return [node for item in entries(prediction) or [] for node in _outputs(item)]
