"""Models as files: JSON with the parameters by name and, for an `MLP`, what it is rebuilt from.

A file is an object of four entries: `format` and `version` say what it is, `network` holds inputs,
sizes and activations (null for a module that is no `MLP`; the name of an activation is null where
it is a function), `parameters` the numbers, written so that they are read back to the last bit.
Nothing in a file is executed.
"""

import json
import math
import os
import sys
from typing import Any, NamedTuple, NoReturn

from autograd import listing, write_file

FORMAT, VERSION = "chalkgrad model", 1

Path = str | os.PathLike[str]


class Architecture(NamedTuple):
    """Number of inputs, units of every layer, name of every layer's activation (None for a function).

    >>> print(Architecture(2, (2, 1), ("tanh", "sigmoid")))
    2 inputs, layers of 2 tanh, 1 sigmoid
    """

    inputs: int
    sizes: tuple[int, ...]
    activations: tuple[str | None, ...]

    def n_parameters(self) -> int:
        """How many weights and biases such a network has."""
        return sum((n + 1) * m for n, m in zip((self.inputs, *self.sizes), self.sizes, strict=False))

    def apart(self, other: "Architecture") -> str:
        """The first layer in which the two differ, of those that `str` does not tell of."""
        mine, theirs = (list(zip(a.sizes, a.activations, strict=True)) for a in (self, other))
        place = next((i for i, pair in enumerate(zip(mine, theirs, strict=False)) if pair[0] != pair[1]), 0)
        return f" (layer {place + 1} is {_layer(*mine[place])}, not {_layer(*theirs[place])})" if place >= 10 else ""

    def __str__(self) -> str:
        layers = map(_layer, self.sizes, self.activations)
        return f"{self.inputs} inputs, layers of {listing(layers)}"


def _layer(units: int, activation: str | None) -> str:
    return f"{units} {activation or '(a function)'}"


class Saved(NamedTuple):
    """What a file holds."""

    network: Architecture | None
    parameters: dict[str, float]


def write(path: Path, saved: Saved) -> None:
    """Put a model into a file, whole or not at all: an error leaves the file that was there.

    ValueError where a parameter is no finite number, OSError where the file cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(os.path.join(folder, "m"), Saved(None, {"w1": 0.5}))
    ...     read(os.path.join(folder, "m"))
    Saved(network=None, parameters={'w1': 0.5})
    """
    strange = [f"{name} = {number}" for name, number in saved.parameters.items() if not math.isfinite(number)]
    if strange:
        raise ValueError(f"{path}: not written, for only finite numbers can be saved: {listing(strange)}")
    network = None if saved.network is None else saved.network._asdict()
    content = {"format": FORMAT, "version": VERSION, "network": network, "parameters": saved.parameters}
    write_file(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode("utf-8"))


def read(path: Path) -> Saved:
    """What `write` put into a file; ValueError that says what is wrong with it, OSError where it cannot be read."""
    with open(os.fspath(path), "rb") as file:
        raw = file.read()
    try:
        text = raw.decode("utf-8")
        return _saved(json.loads(text, object_pairs_hook=_object, parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: no model could be read: {error}") from None


def _saved(content: Any) -> Saved:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f'expected a file that save() wrote, which begins with "format": "{FORMAT}"')
    version = content.get("version")
    if type(version) is not int or version != VERSION:
        raise ValueError(f"its format has the version {version!r}, this chalkgrad reads version {VERSION}")
    _entries("the file", content, ("format", "version", "network", "parameters"))
    return Saved(_network(content["network"]), _parameters(content["parameters"]))


def _network(given: Any) -> Architecture | None:
    if given is None:
        return None
    _entries("network", given, Architecture._fields)
    inputs, sizes, activations = (given[field] for field in Architecture._fields)
    if not isinstance(sizes, list) or not sizes or not all(type(n) is int and n >= 1 for n in (inputs, *sizes)):
        got = f"{_short(inputs)} and {_short(sizes)}"
        raise ValueError(f"inputs and sizes: expected whole numbers from 1 on, got {got}")
    if not isinstance(activations, list) or not all(f is None or isinstance(f, str) for f in activations):
        raise ValueError(f"activations: expected a list of names, got {_short(activations)}")
    if len(activations) != len(sizes):
        raise ValueError(f"expected an activation for each of {len(sizes)} layers, got {len(activations)}")
    return Architecture(inputs, tuple(sizes), tuple(activations))


def _parameters(given: Any) -> dict[str, float]:
    if not isinstance(given, dict) or not given:
        raise ValueError(f"parameters: expected numbers by name, got {_short(given)}")
    found = {}
    for name, number in given.items():
        # JSON has whole numbers of any size, and reads 1e999 as infinity.
        if type(number) not in (int, float) or not abs(number) <= sys.float_info.max:
            raise ValueError(f"parameters: expected a finite number for {_short(name)}, got {_short(number)}")
        found[name] = float(number)
    return found


def _entries(what: str, given: Any, names: tuple[str, ...]) -> None:
    if not isinstance(given, dict) or set(given) != set(names):
        got = f"entries {listing(map(_short, given))}" if isinstance(given, dict) else _short(given)
        raise ValueError(f"{what}: expected the entries {', '.join(names)}, got {got}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in pairs:
        if key in found:
            raise ValueError(f"the entry {_short(key)} is there twice")
        found[key] = item
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no finite number")


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 60 else text[:57] + "..."
