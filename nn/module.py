"""`Module`: what has parameters, found by looking at its attributes, put in and taken out by name."""

import warnings
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from autograd import Names, Value, entries, listing, missing, nearest
from nn.nested import nested, shape
from nn.saving import Architecture, Path, Saved, read, write
from nn.shown import of_model
from nn.slips import OF_MODULES


class Module:
    """The base of everything with parameters: a subclass stores Values and Modules, and is called.

    Parameters are the Values among the attributes, also inside lists, tuples, dicts and other
    modules, in the order in which the attributes were set; each once.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.m, self.c = Value(2.0, "m"), Value(1.0, "c")
    ...     def __call__(self, x):
    ...         return self.m * x + self.c
    >>> Line().state_dict()
    {'m': 2.0, 'c': 1.0}
    """

    def parameters(self) -> list[Value]:
        """All parameters in order."""
        found: list[Value] = []
        _collect(vars(self), found)
        return found if len(set(found)) == len(found) else list(dict.fromkeys(found))

    def named_parameters(self) -> Names[Value]:
        """The parameters by label, in order; an unlabelled one is called p1, p2, ... by its place."""
        found: Names[Value] = Names()
        for place, parameter in enumerate(self.parameters(), start=1):
            found.insert(parameter.label or f"p{place}", parameter)
        return found

    def matrices(self) -> dict[str, list[Any]]:
        """The parameters as matrices by name; none, unless a subclass such as `MLP` knows better."""
        return {}

    def load_named(self, numbers: Mapping[str, Any], *, columns: bool | None = None) -> None:
        """Put given numbers in, by name: `load_named({"w1": -7.16, "b3": -6.76})`; others stay.

        A list or array is a matrix by its name in `matrices()`: `W1`, `W2`, ... with one row per
        neuron, or one column per neuron, as notebooks that compute X @ W1 have it, where only that
        fits. A square one could be either: it is read as the others given with it; alone, by rows.
        `columns` says so instead, True or False. The vectors `b1`, `b2`, ... (of layers; `b1` with
        a single number is the bias of neuron 1) are lists, rows or columns. Of `globals()`, what bears
        the name of a parameter or matrix is taken.

        An unknown name is a KeyError with the nearest known ones, a matrix of another shape or a
        second number for one parameter a ValueError, what is no real number a TypeError; then no
        parameter has changed.
        """
        parameters, matrices = self.named_parameters(), Names(self.matrices())
        if "__name__" in numbers or "__builtins__" in numbers:
            numbers = _of_namespace(numbers, parameters, matrices)
        contents = {name: _content(name, given) for name, given in numbers.items()}
        if columns is None:
            columns = _by_columns((matrices.find(name), content) for name, content in contents.items())
        changes: dict[Value, float] = {}
        for name, content in contents.items():
            single, matrix = parameters.find(name), matrices.find(name)
            if matrix is not None and isinstance(content, list):
                pairs = _entries(name, matrix, content, columns)
            elif single is not None and not isinstance(content, list):
                pairs = [(single, content)]
            elif single is None and matrix is None:
                known = list(matrices if isinstance(content, list) and matrices else parameters)
                raise KeyError(f"no {name!r} here; {nearest(name, known)}")
            else:
                wanted = "one number" if matrix is None else shape(matrix)
                raise ValueError(f"{name}: expected {wanted}, got {shape(content)}")
            for parameter, number in pairs:
                if parameter in changes:
                    raise ValueError(f"{name}: {parameter.label or 'a parameter'} was given before, by another name")
                changes[parameter] = number.data if isinstance(number, Value) else Value(number).data
        _put(changes)

    def state_dict(self) -> dict[str, float]:
        """The numbers of all parameters by name, in order: a copy that later training leaves alone."""
        return {name: parameter.data for name, parameter in self.named_parameters().items()}

    def load_state_dict(self, numbers: Mapping[str, Any]) -> None:
        """Put back what `state_dict` gave: every parameter by its exact name.

        Missing or unexpected names are a ValueError that lists them, what is no real number a
        TypeError; then no parameter has changed.
        """
        known = self.named_parameters()
        missing = [name for name in known if name not in numbers]
        unexpected = [repr(name) for name in numbers if name not in known]
        if missing or unexpected:
            raise ValueError(
                f"expected the {len(known)} parameters of this model: "
                f"missing {listing(missing)}; unexpected {listing(unexpected)}"
            )
        _put({known[name]: Value(number).data for name, number in numbers.items()})

    def architecture(self) -> Architecture | None:
        """What `nn.load` rebuilds the module from; None where it cannot."""
        return None

    def save(self, path: Path) -> None:
        """Write the parameters to a JSON file, to the last bit, and for an `MLP` what `nn.load` rebuilds it from.

        They are written by name, many of an `MLP` as matrices.

        The file is replaced as a whole: an error (ValueError for a parameter that is no finite
        number, OSError for a path that cannot be written) leaves the one that was there. Of an
        activation given as a function only the place is saved, with a warning.
        """
        network = self.architecture()
        write(path, Saved(network, self.state_dict()))
        if network is not None and None in network.activations:
            warnings.warn(
                f"{path}: the parameters are saved, but an activation is a function, which no file can hold: "
                "nn.load cannot rebuild this model; build it as now and take the parameters by its load(path)",
                stacklevel=2,
            )

    def load(self, path: Path) -> None:
        """Take the parameters from a file that `save` wrote, for a model built alike.

        A file that is damaged, or was written by a model of other sizes or activations, is a
        ValueError that names it; then no parameter has changed.
        """
        saved, own = read(path), self.architecture()
        if saved.network != own:
            held, here = (network or "a module that is no MLP" for network in (saved.network, own))
            apart = saved.network.apart(own) if saved.network and own else ""
            raise ValueError(f"{path}: the file is of {held}; this model has {here}{apart}")
        try:
            self.load_state_dict(saved.parameters)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()

    if not TYPE_CHECKING:  # to type checkers, what is not there is not there

        def __getattr__(self, name: str) -> Any:
            raise missing(type(self).__name__, name, lambda: [*vars(self), *dir(type(self))], OF_MODULES)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self.parameters())} parameters>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return of_model(self)


def leaves(parameters: Iterable[Value]) -> list[Value]:
    """Parameters as a list, checked: at least one, each a Value whose data can be set, and there once.

    >>> leaves([Value(1.0, "w")])
    [Value(data=1.0, grad=–, label='w')]
    """
    if isinstance(parameters, Module):
        raise TypeError(f"expected parameters, got the {type(parameters).__name__} itself: write model.parameters()")
    found = list(parameters)
    plain = set(map(type, found)) == {Value} and not any(map(attrgetter("op"), found))
    for p in () if plain else found:
        if not isinstance(p, Value):
            raise TypeError(f"expected a list of Values, such as model.parameters(), got {type(p).__name__}: {p!r}")
        if p.op is not None:
            raise ValueError(f"{p!r} was computed by {p.op}: only leaves, such as model.parameters(), can be set")
    if not found or len(set(found)) < len(found):
        fault = "none" if not found else f"{len(found)} of which only {len(set(found))} differ"
        raise ValueError(f"expected at least one parameter, each once, got {fault}")
    return found


def _put(changes: Mapping[Value, float]) -> None:
    for parameter, number in changes.items():
        parameter.data = number


def _of_namespace(namespace: Mapping[str, Any], *known: Names[Any]) -> dict[str, Any]:
    """What of a program's names are those of parameters or matrices; a KeyError where none is."""
    public = {name: given for name, given in namespace.items() if name[0] != "_"}
    found = {name: given for name, given in public.items() if any(names.find(name) is not None for names in known)}
    if not found:
        raise KeyError(f"none of these names is that of a parameter; {nearest('', [*known[0], *known[1]])}")
    return found


def _content(name: str, given: Any) -> Any:
    try:
        return nested(given)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None


def _by_columns(pairs: Iterable[tuple[Any, Any]]) -> bool:
    """Whether matrices were given by columns: some that are not square say so, and none says otherwise."""
    votes = set()
    for own, given in pairs:
        if all(isinstance(matrix, list) and matrix and isinstance(matrix[0], list) for matrix in (own, given)):
            expected, got = (len(own), len(own[0])), (len(given), len(given[0]))
            if expected[0] != expected[1] and expected in (got, got[::-1]):
                votes.add(got != expected)
    return votes == {True}


def _entries(name: str, own: list[Any], given: list[Any], columns: bool) -> list[tuple[Value, Any]]:
    """The parameters of a matrix or vector, each with its number, in the orientation that fits."""
    rows = own if isinstance(own[0], list) else [own]
    lines = given if given and all(isinstance(line, list) for line in given) else [given]
    expected, got = (len(rows), len(rows[0])), (len(lines), len(lines[0]))
    flat = [entry for line in lines for entry in line]
    if any(len(line) != got[1] for line in lines) or any(isinstance(entry, list) for entry in flat):
        raise ValueError(f"{name}: expected {shape(own)}, got lists of different lengths or depths")
    if expected not in (got, got[::-1]):
        also = " (one row per neuron), or transposed" if rows is own else ""
        raise ValueError(f"{name}: expected {shape(own)}{also}, got {shape(given)}")
    if got == expected[::-1] and (got != expected or columns):
        rows = [list(line) for line in zip(*rows, strict=True)]
    return list(zip([parameter for row in rows for parameter in row], flat, strict=True))


def _collect(part: Any, found: list[Value], depth: int = 0) -> None:
    """Append the Values in an attribute, depth first."""
    if isinstance(part, Value):
        found.append(part)
    elif isinstance(part, Module):
        if getattr(part.parameters, "__func__", None) is Module.parameters:
            _collect(vars(part), found)
        else:
            found += part.parameters()
    elif isinstance(part, (list, tuple, dict)):
        items = entries([*part.values()] if isinstance(part, dict) else part, depth)
        if set(map(type, items)) == {Value}:  # the common case, a row of weights, without looking at each
            found += items
        else:
            for item in items:
                _collect(item, found, depth + 1)
