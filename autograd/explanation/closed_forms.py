"""δ of the outputs of a network in closed form: ŷ − y and its kin, with what cancelled on the way."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autograd.explanation import rules
from autograd.explanation.naming import Naming
from autograd.explanation.notation import TEXT, Unknown
from autograd.network import Activation, Head, Network, Unit
from autograd.ops import sigmoid
from autograd.symbol import Symbol
from autograd.value import Value


class Found(NamedTuple):
    """The closed form of one δ: the formula, exact numbers of its parts, and its target and prediction."""

    head: Head
    formula: Any
    exact: dict[Any, float]
    p: Any
    y: Any
    unit: Unit


class Outputs:
    """The output neurons of a network; who uses a closed form checks it against the engine, and else says `forget`."""

    def __init__(
        self, network: Network | None, naming: Naming, data: Mapping[Any, float], slopes: Mapping[Any, float]
    ) -> None:
        self._network, self._naming, self._data, self._slopes = network, naming, data, slopes
        self._rows: dict[Any, tuple[int, int]] = {}  # by z, its sample and place
        for sample, row in enumerate(network.outputs if network is not None else []):
            self._rows |= {unit.z: (sample, place) for place, unit in enumerate(row)}
        self.nodes = {unit.h for row in (network.outputs if network is not None else []) for unit in row}
        self._found: dict[Any, Found | None] = {}
        self._beside: dict[Any, Found] = {}  # by z and h
        self._probabilities: dict[Any, Unknown] = {}

    def formula(self, z: Any) -> tuple[Any, dict[Any, float]] | None:
        """The closed form and the exact numbers in it; None where z is no output's or nothing is recognised."""
        found = self._at(z)
        return None if found is None else (found.formula, found.exact)

    def operands(self, node: Any) -> tuple[Any, ...]:
        """The operands of a node, in which a literal target beside an output stands by its name."""
        if len(node.args) != 2:
            return tuple(node.args)
        beside = [self._beside[arg] for arg in node.args if type(arg) is not float and arg in self._beside]
        if len(beside) != 1 or beside[0].head.source is not None:
            return tuple(node.args)
        return tuple(beside[0].y if type(arg) is float and arg == beside[0].head.y else arg for arg in node.args)

    def forget(self, z: Any) -> None:
        """Use the chain rule for this output from now on."""
        self._found[z] = None

    def found(self) -> dict[Any, Found]:
        """The closed forms recognised so far, by z."""
        return {z: found for z, found in self._found.items() if found is not None}

    def place_of(self, z: Any) -> tuple[list[Unit], int]:
        """The outputs of the sample of z, and which of them it is."""
        assert self._network is not None
        sample, place = self._rows[z]
        return self._network.outputs[sample], place

    def closed(self) -> list[Any]:
        """All outputs, where the closed form of one of them was used."""
        return list(self._rows) if self.found() else []

    def _at(self, z: Any) -> Found | None:
        if z not in self._found:
            found = self._found[z] = self._closed(z) if z in self._rows and z in self._slopes else None
            self._beside |= {} if found is None else {found.unit.z: found, found.unit.h: found}
        return self._found[z]

    def _closed(self, z: Value) -> Found | None:
        network = self._network
        assert network is not None
        row, place = self.place_of(z)
        f = Activation(row[place].z, row[place].h)
        head = network.head(*self._rows[z])
        if head is None:
            return None
        k, n = head.coefficient(network.terms)
        p, y = self._prediction(head, row, place), self._target(head, row, place)
        difference = p if type(y) is float and y == 0.0 else p - y
        exact = {difference: self._difference(head, row, place, f)}
        formula = difference if k == 1.0 else -difference if k == -1.0 else k * difference
        if head.slope:
            h = self._naming.value(row[place].h)
            if f.name in rules.TEXTBOOK:
                formula, rest = rules.textbook(f.name, formula, h, self._data[z])
                exact |= rest
            else:
                op = row[place].h.op
                if op is None or row[place].h.args[0] is not z:
                    return None
                xs = [self._naming.value(z), *row[place].h.args[1:]]
                formula = rules.tidied(rules.share(op, 0, formula, h, xs), rules.amount)
        return Found(head, formula / float(n) if n > 1 else formula, exact, p, y, row[place])

    def _prediction(self, head: Head, row: Sequence[Unit], place: int) -> Any:
        unit = row[place]
        if head.kind == "output":
            return self._naming.value(unit.h)
        if head.kind == "sigmoid":
            return Symbol.apply(sigmoid, (self._naming.value(unit.z),))
        return self.probability(row, place)

    def probability(self, row: Sequence[Unit], place: int) -> Unknown:
        """The symbol p of the softmax of one output."""
        z = row[place].z
        if z not in self._probabilities:
            number = _softmax([self._data[unit.z] for unit in row])[place]
            self._probabilities[z] = self._naming.among_samples(z, f"p{place + 1}", number)
        return self._probabilities[z]

    def definitions(self) -> list[tuple[Unknown, Any, float]]:
        """pᵢ = exp(zᵢ)/Σ exp(zⱼ) of the outputs of which the softmax was taken: name, formula, number."""
        lines = []
        exps: dict[Any, Any] = {}
        sums: dict[Any, Any] = {}  # of one sample, that all its p share
        places = {z: place for place, z in enumerate(self._rows)}
        for z, p in sorted(self._probabilities.items(), key=lambda item: places[item[0]]):
            row, _ = self.place_of(z)
            exps |= {unit.z: self._naming.value(unit.z).exp() for unit in row if unit.z not in exps}
            first, *others = (exps[unit.z] for unit in row)
            bottom = sums.setdefault(row[0].z, sum(others, start=first))
            lines.append((p, exps[z] / bottom, p.number))
        return lines

    def _target(self, head: Head, row: Sequence[Unit], place: int) -> Any:
        if head.source is not None:
            return self._naming.value(head.source)
        label = "y" if len(row) == 1 else f"y{place + 1}"
        if self._naming.is_taken(label) or not head.named:
            return head.y
        return self._naming.among_samples(row[place].z, label, head.y)

    def _difference(self, head: Head, row: Sequence[Unit], place: int, f: Activation) -> float:
        """p - y as a number, without the digits that are lost where p is near y."""
        z = self._data[row[place].z]
        if head.kind == "softmax":
            ps = _softmax([self._data[unit.z] for unit in row])
            rest = math.fsum(p for i, p in enumerate(ps) if i != place)
            return (1.0 - head.y) * ps[place] - head.y * rest
        if head.kind == "sigmoid" or f.name == "sigmoid":
            return (1.0 - head.y) * sigmoid.function(z) - head.y * sigmoid.function(-z)
        return self._data[row[place].h] - head.y

    def note(self, z: Any) -> str:
        """What was recognised and what cancelled, "" where nothing was."""
        found = self._at(z)
        if found is None or self._network is None:
            return ""
        name = Activation(found.unit.z, found.unit.h).name
        h, zs = self._naming.name(found.unit.h, general=True).text, self._naming.name(z, general=True).text
        p, y = (TEXT.write(x, general=True) for x in (found.p, found.y))
        loss = self._naming.name(self._naming.root).text
        if found.head.kind == "softmax":
            k, n = found.head.coefficient(self._network.terms)
            times = "" if (k, n) == (1.0, 1) else f", here times {k:g}/{n}"
            return (
                "softmax with cross-entropy: the loss has the slope −yⱼ/pⱼ by pⱼ, and ∂pⱼ/∂zᵢ = pⱼ·([i = j] − pᵢ), "
                f"in which pⱼ cancels; as Σ yⱼ = 1, what is left is pᵢ − yᵢ{times}"
            )
        if found.head.kind == "sigmoid":
            return f"cross-entropy of σ({zs}): the slope σ·(1 − σ) cancels against the loss's (σ − {y})/(σ·(1 − σ))"
        if not found.head.slope and name in rules.TEXTBOOK:
            kind = "binary cross-entropy" if name == "sigmoid" else "this loss"
            factor, _ = rules.textbook(name, 1.0, self._naming.value(found.unit.h), 0.0)
            slope, before = (TEXT.write(x, general=True) for x in (factor, found.formula / factor))
            return f"{kind}: ∂{loss}/∂{h} = {before}, and ∂{h}/∂{zs} = {slope} cancels"
        if found.head.slope:
            return f"squared error: the difference {p} − {y}, times the slope of {name} at {zs}"
        return f"squared error of a linear output: the difference {p} − {y}"


def _softmax(zs: Sequence[float]) -> list[float]:
    top = max(zs)
    exps = [math.exp(z - top) for z in zs]
    return [x / math.fsum(exps) for x in exps]
