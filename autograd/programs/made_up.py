"""Data in the place of what a program would read or fetch and cannot: of the right shapes, and noted."""

import io
import os
import struct
from typing import Any

import numpy as np

ROWS = 60
"""How many samples a file that does not exist has."""

PROSE = (
    "it was a bright day and the river ran slowly past the old mill. two children sat on the bank and counted the "
    "boats. one, two, three, four. the miller came out and asked them what they saw. water, said the first. time, "
    "said the second, and threw a stone into it. the rings grew wider and wider until they reached the other side.\n"
)


def note(notes: list[str], sentence: str) -> None:
    """Say once what was made up."""
    if sentence not in notes:
        notes.append(sentence)


def generator(seed: int = 0) -> np.random.Generator:
    """Random numbers that are not taken from the program's own generators."""
    return np.random.default_rng([20, seed])


def samples(n: int, features: int, classes: int = 2, seed: int = 0) -> tuple[Any, Any]:
    """n samples in clouds, and the class of each, in turn."""
    rng = generator(seed)
    y = np.arange(n) % classes
    centres = rng.normal(0.0, 2.0, (classes, features))
    order = rng.permutation(n)
    return np.round(centres[y] + rng.normal(0.0, 1.0, (n, features)), 4)[order], y[order]


def images(n: int, height: int = 28, width: int = 28, classes: int = 10, seed: int = 0) -> tuple[Any, Any]:
    """n grey pictures with values from 0 to 255, of ten classes, a blot in another place for each."""
    rng = generator(seed)
    y = rng.permutation(np.arange(n) % classes)
    rows, columns = np.mgrid[:height, :width]
    at = y[:, None, None]
    blot = np.exp(-((rows - height * (0.2 + 0.06 * at)) ** 2 + (columns - width * (0.8 - 0.06 * at)) ** 2) / 20.0)
    return np.clip(255 * blot + rng.normal(0, 8, blot.shape) * (blot > 0.05), 0, 255).astype(np.uint8), y


def table(name: str) -> tuple[Any, Any]:
    """Features and classes that fit the name of a file."""
    name = name.lower()
    if "mnist" in name or "digit" in name:
        x, y = images(ROWS)
        return x.reshape(ROWS, -1), y
    known = {
        "iris": (4, 3), "wine": (13, 3), "diabetes": (8, 2), "pima": (8, 2), "heart": (13, 2), "banknote": (4, 2),
        "housing": (13, 2), "cancer": (30, 2), "xor": (2, 2),
    }  # fmt: skip
    features, classes = next((shape for word, shape in known.items() if word in name), (4, 2))
    return samples(150 if "iris" in name else ROWS, features, classes)


def numbers_of_file(path: str, notes: list[str], options: dict[str, Any]) -> Any:
    """What `numpy.loadtxt` and its kind give of a file that does not exist: features, in the last column a class."""
    name = os.path.basename(path)
    x, y = table(name)
    single = name.endswith(".npy") and any(word in name.lower() for word in ("label", "target", "_y", "y_"))
    found = y.astype(float) if single else x if name.endswith(".npy") else np.column_stack([x, y])
    if name.endswith(".npz"):
        train, test = images(ROWS), images(ROWS // 2, seed=1)
        return {"x_train": train[0], "y_train": train[1], "x_test": test[0], "y_test": test[1]}
    note(notes, f"{name} was not there: numbers of shape {found.shape} were made up")
    return found.T if options.get("unpack") else found


def lines(name: str) -> str:
    """The text of a table that does not exist: numbers with commas; MNIST's class comes first."""
    x, y = table(name)
    columns = [y, x] if "mnist" in name.lower() else [x, y]
    rows = np.column_stack(columns)
    return "".join(",".join(f"{v:g}" for v in row) + "\n" for row in rows)


def file(path: str, binary: bool, notes: list[str]) -> Any:
    """A file that does not exist, opened."""
    name = os.path.basename(path)
    ending = name.lower()
    if "ubyte" in ending or "idx" in ending:
        note(notes, f"{name} was not there: {ROWS} pictures of ten classes were made up")
        return io.BytesIO(idx(ending))
    if ending.endswith((".csv", ".data", ".dat", ".tsv")) or (ending.endswith(".txt") and "mnist" in ending):
        note(notes, f"{name} was not there: {ROWS} lines of numbers were made up")
        return io.BytesIO(lines(ending).encode()) if binary else io.StringIO(lines(ending))
    if ending.endswith(".txt") and not binary:
        note(notes, f"{name} was not there: a few lines of prose were made up")
        return io.StringIO(PROSE * 4)
    raise FileNotFoundError(2, "No such file or directory", path)


def idx(name: str) -> bytes:
    """The pictures or the labels of MNIST in the format of their files."""
    x, y = images(ROWS, seed=1 if "t10k" in name or "test" in name else 0)
    if "label" in name or "idx1" in name:
        return struct.pack(">II", 2049, ROWS) + bytes(y.astype(np.uint8).tobytes())
    return struct.pack(">IIII", 2051, ROWS, 28, 28) + bytes(x.tobytes())
