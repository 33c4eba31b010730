"""What a row in the table of mistakes has: a code, words, where it has room, and the equations it changes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from autograd.textbook.backward import EQUATIONS, Change, Equation, Figures, Step, in_one_neuron

EVERYWHERE, ONE_LAYER, ONE_PLACE = range(3)
"""How particular a mistake is: simpler ones come first."""

PERMUTED_AT_MOST = 8
"""With more units than this, only neighbours are exchanged."""


RATE, BELOW, FACTOR = "learning rate", "learning rate below the output", "factor"
"""What number a mistake may have in it: a learning rate, one that leaves the output as it is, a constant."""


class Place(NamedTuple):
    """Where a mistake has room: layers (None for all), in words, and how particular that is."""

    layers: Collection[int] | None = None
    words: str = "everywhere"
    rank: int = EVERYWHERE


class Way:
    """One form of a mistake: what is computed, in textbook notation, and the equations that say so.

    formula  what stands there
    steps    by the name of an equation (`backward.EQUATIONS`), what it is then
    place    where, if not where the row has room
    local    whether it can be made in a single neuron too
    alone    whether it is made in a single neuron, or a single number, and nowhere else
    paired   whether it is tried together with another mistake
    doubled  whether alone it is the same as another way, and beside another mistake is not
    remedy   how it is put right, if not as the row says
    """

    def __init__(
        self, formula: str, *, place: Place | None = None, local: bool = False, alone: bool = False,
        paired: bool = True, doubled: bool = False, remedy: str = "", **steps: Equation,
    ) -> None:  # fmt: skip
        assert steps.keys() <= EQUATIONS, f"{formula}: no equation is called {steps.keys() - EQUATIONS}"
        self.formula, self.steps, self.place = formula, steps, place
        self.local, self.alone, self.paired, self.doubled, self.remedy = local, alone, paired, doubled, remedy

    def change(self, place: Place) -> Change:
        """The equations at a place."""
        return tuple(Step(name, new, place.layers) for name, new in self.steps.items())


Room = Callable[[Figures], "list[Place] | str"]
"""Where a mistake can be made in a network; in words, why nowhere."""

Ways = Callable[[Figures, Place], Iterable[Way]]
"""The ways in which a mistake is made at a place."""

Rule = Callable[[int, Any, Any, Sequence[Any], Any], Any]
"""Of an operation, from the place of an operand, g, y, the operands and the right share: the share of that operand."""

ANY = "any operation of one operand"
"""Stands for its name in `Mistake.rules`; {} in a formula is then the name."""


class Course(NamedTuple):
    """What a program does around its equations; as it stands, the right way.

    weights, biases  how often their gradients are divided by the number of terms that the loss is the mean of
    added            whether the shares of the samples are added up; else the last one counts
    zeroed           whether the gradients start from 0
    late             whether the weights are updated when all gradients are known; else layer by layer
    """

    weights: int = 1
    biases: int = 1
    added: bool = True
    zeroed: bool = True
    late: bool = True


class Mistake(NamedTuple):
    """One mistake.

    code     its name
    says     what was done, in a program's line, and what belongs there
    remedy   how it is put right in a derivation
    room     where it can be made
    change   the ways in which it is made there
    unknown  what number it has in it that is solved for: RATE, BELOW, FACTOR; "" for none
    course   what a program does otherwise around its equations, where it is made there
    rules    in a graph that is no network: by operation, what is written for the share of an operand, with the formula
    seen     where it was found
    """

    code: str
    says: str
    remedy: str
    room: Room
    change: Ways = lambda fig, place: ()
    unknown: str = ""
    course: Course | None = None
    rules: Mapping[str, Sequence[tuple[str, Rule]]] = {}
    seen: str = ""

    def hypotheses(self, fig: Figures) -> "Iterator[Hypothesis]":
        """Every way to make it in a network."""
        places = self.room(fig)
        for place in places if not isinstance(places, str) else ():
            for way in self.change(fig, place):
                at = way.place or place
                remedy = way.remedy or self.remedy
                change = way.change(at)
                how = way.local, way.alone, way.paired, way.doubled
                yield Hypothesis(self.code, way.formula, change, at.rank, at.words, remedy, self.unknown, *how)


class Hypothesis(NamedTuple):
    """One mistake in one way at one place, with what the row and the way say of it."""

    cause: str
    formula: str
    change: Change
    rank: int = EVERYWHERE
    place: str = "everywhere"
    remedy: str = ""
    unknown: str = ""
    local: bool = False
    alone: bool = False
    paired: bool = True
    doubled: bool = False

    def in_one(self, layer: int, unit: int, entry: int | None, words: str) -> "Hypothesis":
        """The same in one neuron, or in one number of it: a weight, or -1, the bias."""
        change = in_one_neuron(self.change, layer, unit)
        if entry is not None:
            name = "db" if entry < 0 else "dw"
            change = tuple(step._replace(entry=entry) for step in change if step.name == name)
        return self._replace(change=change, rank=ONE_PLACE, place=words)


# ---------------------------------------------------------------- rooms


def everywhere(fig: Figures) -> list[Place]:
    """In any network."""
    return [Place()]


def the_output(fig: Figures) -> list[Place]:
    """At the outputs."""
    return [Place([fig.last], "the output")]


def sloped_output(fig: Figures) -> list[Place] | str:
    """At outputs with an activation."""
    if fig.activations[-1].name == "identity":
        return "the outputs are linear: their slope is 1"
    return the_output(fig)


def below(fig: Figures) -> list[Place] | str:
    """In the hidden layers, all together."""
    return hidden(fig)[:1] if fig.last else NO_HIDDEN


def hidden(fig: Figures) -> list[Place] | str:
    """In all hidden layers, and in each where there are several."""
    if not fig.last:
        return NO_HIDDEN
    together = Place(range(fig.last), "all hidden layers" if fig.last > 1 else "the hidden layer")
    return [together, *(Place([m], f"layer {m + 1}", ONE_LAYER) for m in range(fig.last) if fig.last > 1)]


def each_hidden(fig: Figures) -> list[Place] | str:
    """In one hidden layer."""
    rank = EVERYWHERE if fig.layers == 2 else ONE_LAYER
    return [Place([m], f"layer {m + 1}", rank) for m in range(fig.last)] or NO_HIDDEN


def each_layer(fig: Figures) -> list[Place]:
    """In one layer."""
    return [Place([m], f"layer {m + 1}") for m in range(fig.layers)]


def biases(fig: Figures) -> list[Place]:
    """In all biases, and in those of each layer where there are several."""
    apart = range(fig.layers) if fig.layers > 1 else ()
    return [Place(None, "all biases"), *(Place([m], f"the biases of layer {m + 1}") for m in apart)]


def hidden_of_samples(fig: Figures) -> list[Place] | str:
    """In hidden layers, where there are several samples."""
    return hidden(fig) if fig.samples > 1 else "there is one sample only"


def sampled(fig: Figures) -> list[Place] | str:
    """In all sums over the samples, and in those of each layer."""
    if fig.samples == 1:
        return "there is one sample only"
    apart = range(fig.layers) if fig.layers > 1 else ()
    return [Place(), *(Place([m], f"layer {m + 1}", ONE_LAYER) for m in apart)]


def averaged(fig: Figures) -> list[Place] | str:
    """Where the loss is a mean."""
    return [Place(None, "everywhere", rank) for _, rank in counts(fig)][:1] or "the loss is no mean"


def only_in(what: str) -> Room:
    """Nowhere in a network's gradients, but elsewhere."""
    return lambda fig: f"it is made in {what}"


NO_HIDDEN = "the network has no hidden layer"


def counts(fig: Figures) -> list[tuple[int, int]]:
    """The numbers that a mean may be divided by, samples, outputs or both, each with how particular it is."""
    n = fig.terms
    found = dict.fromkeys(c for c in (n, fig.samples, fig.outputs) if c > 1 and n % c == 0)
    return [(c, EVERYWHERE if c in (n, fig.samples) else ONE_LAYER) for c in found]


# ---------------------------------------------------------------- changes that many rows have


def always(*ways: Way) -> Ways:
    """The same ways everywhere."""
    return lambda fig, place: ways


SOLVED = None
"""As a factor, the number that is solved for."""


def times(factor: float | None, *names: str) -> dict[str, Any]:
    """The quantities of these names times a factor."""

    def scaled(name: str) -> Equation:
        own = "delta" if name == "top" else name
        return lambda q: (q.lr if factor is SOLVED else factor) * getattr(q, own)

    return {name: scaled(name) for name in names}


def both_ways(formula: str, factor: float, place: Place | None = None) -> list[Way]:
    """A factor in δ, and one in the gradients when they are done: alone the same, beside another mistake not."""
    above, done = times(factor, "top"), times(factor, "dw", "db")
    return [Way(formula, place=place, **above), Way(formula, place=place, doubled=True, **done)]


def permutations(size: int) -> Iterator[tuple[list[int], bool]]:
    """(order, whether it is tried in pairs): the reverse, rotations, exchanges of two."""
    seen = set()
    plain = list(range(size))
    firsts = [plain[::-1], plain[1:] + plain[:1], plain[-1:] + plain[:-1]]
    swaps = []
    for a in range(size):
        for b in range(a + 1, size if size <= PERMUTED_AT_MOST else min(a + 2, size)):
            order = list(plain)
            order[a], order[b] = b, a
            swaps.append(order)
    for number, order in enumerate(firsts + swaps):
        if order != plain and tuple(order) not in seen:
            seen.add(tuple(order))
            yield order, number < len(firsts) or size <= PERMUTED_AT_MOST
