"""Models as files: JSON with the parameters by name and, for an `MLP`, what it is rebuilt from.

A file is an object of four entries: `format` and `version` say what it is, `network` holds inputs,
sizes and activations (null for a module that is no `MLP`; the name of an activation is null where
it is a function), `parameters` the numbers, written so that they are read back to the last bit.
In version 2, that of an `MLP` with many parameters, these are matrices, W1 b1 W2 b2 ..., with one row
of weights per neuron. Nothing in a file is executed.
"""

import json
import math
import os
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple, NoReturn

from autograd import listing, write_file

FORMAT, VERSION, WITH_MATRICES = "chalkgrad model", 1, 2

MANY = 100
"""Parameters of an MLP, from which on they are written as matrices."""

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
    large = saved.network is not None and len(saved.parameters) >= MANY
    layers = [*_layers(saved.network)] if large and saved.network is not None else []
    in_matrices = {name for rows, biases in layers for row in (biases, *rows) for name in row} == {*saved.parameters}
    content = {"format": FORMAT, "version": WITH_MATRICES if in_matrices else VERSION, "network": network}
    text = json.dumps({**content, "parameters": {} if in_matrices else saved.parameters}, indent=1, allow_nan=False)
    if in_matrices:
        lines = ",\n".join(_written(k, *layer, saved.parameters) for k, layer in enumerate(layers, start=1))
        text = text.removesuffix("{}\n}") + f"{{\n{lines}\n }}\n}}"
    write_file(path, f"{text}\n".encode())


def _layers(network: Architecture) -> Iterator[tuple[list[list[str]], list[str]]]:
    """What the parameters are called: layer by layer a row of weights for every neuron, and the biases."""
    weights, biases, n = count(1), count(1), network.inputs
    for size in network.sizes:
        yield [[f"w{next(weights)}" for _ in range(n)] for _ in range(size)], [f"b{next(biases)}" for _ in range(size)]
        n = size


def _written(number: int, rows: list[list[str]], biases: list[str], parameters: dict[str, float]) -> str:
    """The matrix of a layer, a row to a line, and its biases."""
    texts = [json.dumps([parameters[name] for name in row]) for row in (*rows, biases)]
    weights = ",\n   ".join(texts[:-1])
    return f'  "W{number}": [\n   {weights}\n  ],\n  "b{number}": {texts[-1]}'


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
    if type(version) is not int or version not in (VERSION, WITH_MATRICES):
        known = f"{VERSION} and {WITH_MATRICES}"
        raise ValueError(f"its format has the version {version!r}, this chalkgrad reads versions {known}")
    _entries("the file", content, ("format", "version", "network", "parameters"))
    network, parameters = _network(content["network"]), content["parameters"]
    return Saved(network, _parameters(parameters if version == VERSION else _by_name(network, parameters)))


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


def _by_name(network: Architecture | None, given: Any) -> dict[str, Any]:
    """The numbers of matrices by name, neuron by neuron."""
    if network is None:
        raise ValueError("parameters: expected them by name where there is no network, got matrices")
    _entries("parameters", given, tuple(f"{letter}{k}" for k in range(1, len(network.sizes) + 1) for letter in "Wb"))
    n = network.inputs
    for k, size in enumerate(network.sizes, start=1):
        rows, biases = given[f"W{k}"], given[f"b{k}"]
        whole = isinstance(rows, list) and len(rows) == size and all(isinstance(r, list) and len(r) == n for r in rows)
        if not whole or not isinstance(biases, list) or len(biases) != size:
            raise ValueError(f"W{k}, b{k}: expected {size} rows of {n} weights, and {size} biases")
        n = size
    found: dict[str, Any] = {}
    for k, (names, labels) in enumerate(_layers(network), start=1):
        for row, weights, label, bias in zip(names, given[f"W{k}"], labels, given[f"b{k}"], strict=True):
            found |= dict(zip(row, weights, strict=True)) | {label: bias}
    return found


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
