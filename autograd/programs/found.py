"""What can be found out about a program: its loss, its parameters, its mistakes."""

import unicodedata
from dataclasses import dataclass, field

from autograd.programs.source import Source

RIGHT, CONSTANT, WRONG, NEVER, UNCHECKED = (
    "right", "right up to a constant", "wrong", "never updated", "not checked"
)  # fmt: skip
VERDICTS = (RIGHT, CONSTANT, WRONG, UNCHECKED)
"""Of a program."""

STATES = (RIGHT, CONSTANT, WRONG, NEVER, UNCHECKED)
"""Of a parameter."""

Span = tuple[int, int, int, int]
"""line, column, last line, column after the last: lines count from 1, columns from 0, in characters."""

LONGEST = 4000
"""Letters of a text that are kept."""


@dataclass(frozen=True)
class LossFound:
    """The loss whose gradients the parameters were judged by.

    name     as the program names it, "" where it has none
    cell     where it is computed, None in a script
    kind     such as "half squared error"
    implied  whether the program computes no such loss, and its gradients say which they belong to
    note     what else is to be said of it
    """

    name: str
    cell: int | None
    line: int | None
    kind: str
    implied: bool
    note: str = ""


@dataclass(frozen=True)
class ParameterFound:
    """A parameter, as the program names it: where it is updated, the verdict on its gradient, and how far it is off.

    constant  by which the gradient is multiplied, where it is right up to one
    says      such as "2.6 % too large"
    """

    name: str
    cell: int | None
    line: int | None
    verdict: str
    constant: float | None
    says: str = ""


@dataclass(frozen=True)
class Finding:
    """A mistake: where, what stands there, what belongs there.

    code        its name in the catalogue, None where that has none
    text        what is wrong, in a sentence or two
    right       the expression that belongs there, "" where that is not known
    parameters  whose gradients it spoils
    proved      whether all gradients come out right once it is mended, tried at `points` points
    span        what is to be underlined, None for the whole line
    stands      the statement as it stands
    remedy      what to do
    also        other readings that fit the numbers as well
    """

    code: str | None
    cell: int | None
    line: int | None
    text: str
    right: str
    parameters: tuple[str, ...]
    proved: bool
    span: Span | None = None
    stands: str = ""
    remedy: str = ""
    points: int = 0
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What was found out about a program.

    file        what it is called
    verdict     right, right up to a constant, wrong, or not checked
    why         for "not checked": the reason, and what to do
    loss        what the gradients were judged by, None where none was found
    lr          the learning rate of its updates, None where there is none or several
    optimizer   such as "SGD"; "" where there is none
    points      at how many points it was tried
    parameters  each with its verdict
    findings    the mistakes, the first in the order of the program first
    network     such as "sigmoid network 2-2-1"
    notes       what else is to be known, such as data that had to be made up
    seconds     how long it took
    """

    file: str
    verdict: str
    why: str = ""
    loss: LossFound | None = None
    lr: float | None = None
    optimizer: str = ""
    points: int = 0
    parameters: tuple[ParameterFound, ...] = ()
    findings: tuple[Finding, ...] = ()
    network: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    source: Source = field(default=Source(""), repr=False, compare=False)
    budget: float = field(default=60.0, repr=False, compare=False)


def place(cell: int | None, line: int | None) -> str:
    """Where something stands: "cell 3 line 41", in a script "line 41"."""
    parts = ([f"cell {cell}"] if cell is not None else []) + ([f"line {line}"] if line is not None else [])
    return " ".join(parts)


def cleaned(text: str) -> str:
    """The text with its lines, without control characters and marks that reorder what stands around them."""
    kept = []
    for char in text[:LONGEST].replace("\r\n", "\n"):
        if char == "\t":
            kept.append("    ")
        elif char == "\n" or char in "\u200c\u200d" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn", "Co"):
            kept.append(char)
    return "".join(kept) + ("…" if len(text) > LONGEST else "")
