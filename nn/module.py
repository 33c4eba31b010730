"""`Module`: what has parameters, found by looking at its attributes."""

from collections.abc import Iterator, Mapping
from typing import Any

from autograd import Names, Value


class Module:
    """The base of everything with parameters: a subclass stores Values and Modules, and is called.

    Parameters are the Values among the attributes, also inside lists, tuples, dicts and other
    modules, in the order in which the attributes were set; each once.
    """

    def parameters(self) -> list[Value]:
        """All parameters in order."""
        return list(dict.fromkeys(_values(vars(self))))

    def named_parameters(self) -> Names[Value]:
        """The parameters by label, in order; an unlabelled one is called p1, p2, ... by its place."""
        found: Names[Value] = Names()
        for place, parameter in enumerate(self.parameters(), start=1):
            found.insert(parameter.label or f"p{place}", parameter)
        return found

    def load_named(self, numbers: Mapping[str, Any]) -> None:
        """Put given numbers in, by name: `load_named({"w1": -7.16, "b3": -6.76})`; others stay.

        An unknown name is a KeyError with the nearest known ones, what is no real number a
        TypeError; then no parameter has changed.
        """
        known = self.named_parameters()
        changes = [(known[name], Value(number).data) for name, number in numbers.items()]
        for parameter, number in changes:
            parameter.data = number

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()


def _values(part: Any) -> Iterator[Value]:
    """The Values in an attribute, depth first."""
    if isinstance(part, Value):
        yield part
    elif isinstance(part, Module):
        yield from part.parameters()
    elif isinstance(part, dict):
        for item in part.values():
            yield from _values(item)
    elif isinstance(part, (list, tuple)):
        for item in part:
            yield from _values(item)
