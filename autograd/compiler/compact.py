"""A traced function of many numbers, kept short: weights as matrices, operands that follow one another as runs."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from autograd.compiler.program import Place, Program
from autograd.ops import weighted_sum

MOST = 2**24
"""Operands that the steps of a file may have together."""

Nested = list[Any]
"""Numbers, and lists of numbers, and lists of these."""


class Compact(NamedTuple):
    """A program whose constants come after its arguments.

    constants  nested: the weights of sums over the same operands are a matrix, what is added to them a list
    steps      of every step the operands
    outputs    the places or numbers that come out
    moved      of every place of the given program, where it is now
    among      the places of the constants
    inside     how many of them are in matrices
    """

    constants: Nested
    steps: list[list[Place]]
    outputs: list[Place]
    moved: dict[int, int]
    among: range
    inside: int


def compact(given: Program, numbers: Sequence[float]) -> Compact:
    """The program with matrices, its last inputs being these numbers."""
    put = _Places(given, numbers)
    constants: Nested = []
    for width, steps in _over_the_same(given):
        rows = [put.operands(step, range(width)) for step in steps]
        biased = [step for step in steps if len(given.steps[step].args) > 2 * width]
        biases = [put.operands(step, range(2 * width, 2 * width + 1)) for step in biased]
        constants += [[row for row in rows if row], [number for one in biases for number in one]]
    inside = len(put.among)
    constants = [one for one in constants if one] + put.rest()
    put.moved |= {given.n_inputs + k: put.among.stop + k for k in range(len(given.steps))}
    made = [[put.place(arg, step, k) for k, arg in enumerate(args)] for step, (_, args) in enumerate(given.steps)]
    return Compact(constants, made, [put.place(arg) for arg in given.outputs], put.moved, put.among, inside)


class _Places:
    """The places that constants are given, behind those of the arguments.

    moved     of the places of the program, where they are now
    among     the places of constants so far
    """

    def __init__(self, given: Program, numbers: Sequence[float]) -> None:
        self._given, self._numbers = given, numbers
        n_arguments = given.n_inputs - len(numbers)
        self.moved = {place: place for place in range(n_arguments)}
        self.among = range(n_arguments, n_arguments)
        self._literals: dict[tuple[int, int], int] = {}  # by step and operand, where a number of the program is now

    def _next(self) -> int:
        self.among = range(self.among.start, self.among.stop + 1)
        return self.among.stop - 1

    def _number(self, place: int) -> float:
        return self._numbers[place - self.among.start]

    def operands(self, step: int, operands: range) -> list[float]:
        """The numbers of some operands of a step, which get places one after the other; [] where they cannot."""
        args = self._given.steps[step].args[operands.start : operands.stop]
        own = [place for place in args if type(place) is int]
        if len({*own}) < len(own) or any(place in self.moved or place >= self._given.n_inputs for place in own):
            return []
        for k, arg in zip(operands, args, strict=True):
            if type(arg) is int:
                self.moved[arg] = self._next()
            else:
                self._literals[step, k] = self._next()
        return [self._number(arg) if type(arg) is int else arg for arg in args]

    def rest(self) -> list[float]:
        """The numbers that have no place yet; they get one."""
        left = [place for place in range(self.among.start, self._given.n_inputs) if place not in self.moved]
        for place in left:
            self.moved[place] = self._next()
        return list(map(self._number, left))

    def place(self, arg: Place, step: int = -1, k: int = 0) -> Place:
        """Where an operand is now, or the number that it is."""
        return self.moved[arg] if type(arg) is int else self._literals.get((step, k), arg)


def short_entries(given: Program, short: Compact) -> dict[str, list[str]]:
    """The texts of constants, labels, steps and outputs, where they are kept short."""
    labels = {place: given.label(own) for own, place in short.moved.items() if place not in short.among}
    steps = [[op.name, *runs(args)] for (op, _), args in zip(given.steps, short.steps, strict=True)]
    return {
        "constants": [json.dumps(_plain(one)).replace("], [", "],\n     [") for one in short.constants],
        "labels": [f'"{place}": {json.dumps(label)}' for place, label in labels.items() if label],
        "steps": [json.dumps([_text(operand) for operand in step]) for step in steps],
        "outputs": [json.dumps(_text(operand)) for operand in runs(short.outputs)],
    }


def _plain(constant: Any) -> Any:
    """Numbers as JSON has them, where it has them."""
    if isinstance(constant, list):
        return [_plain(one) for one in constant]
    return constant if math.isfinite(constant) else repr(constant)


def _text(operand: int | float | str) -> int | str:
    return repr(operand) if isinstance(operand, float) else operand


def _over_the_same(given: Program) -> Iterator[tuple[int, list[int]]]:
    """Weighted sums over the same operands: over how many, and the steps."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for step, (op, args) in enumerate(given.steps):
        if op is weighted_sum:
            groups.setdefault(tuple(map(repr, args[len(args) // 2 : len(args) // 2 * 2])), []).append(step)
    yield from ((len(operands), steps) for operands, steps in groups.items())


def runs(places: Sequence[Place]) -> Iterator[Place | str]:
    """Places that follow one another as "first:end", or "first:end:by" where some are left out; others as they are."""
    start = 0
    while start < len(places):
        end, by = start + 1, 0
        while end < len(places) and (following := _apart(places[end - 1], places[end])) > 0 and by in (0, following):
            by, end = following, end + 1
        if end - start < 3:
            yield places[start]
            start += 1
            continue
        yield f"{places[start]}:{int(places[end - 1]) + 1}" + (f":{by}" if by > 1 else "")
        start = end


def _apart(a: Place, b: Place) -> int:
    return b - a if type(a) is type(b) is int else 0


def spelled_out(
    n_arguments: int, labels: dict[str, Any], constants: Nested, steps: Nested, outputs: Nested
) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """Constants, labels, steps and outputs of a file as they would be without matrices and runs."""
    numbers = [repr(one) if type(one) is float else one for one in _flat(constants)]
    before = n_arguments + len(numbers)
    texts: list[Any] = [""] * _bounded(before + len(steps))
    for place, label in labels.items():
        if not (_is_whole(place) and int(place) < len(texts) and not n_arguments <= int(place) < before):
            raise ValueError(f"labels: expected places of arguments and steps, got {place!r:.60}")
        texts[int(place)] = label
    made, count = [], 0
    for number, step in enumerate([*steps, outputs]):
        found = [*_single(step, before + number)] if isinstance(step, list) else step
        count = _bounded(count + (len(found) if isinstance(step, list) else 0))
        made.append(found)
    return numbers, texts, made[:-1], made[-1]


def _flat(constants: Nested, depth: int = 2) -> Iterator[Any]:
    """The numbers of nested lists one after the other."""
    for one in constants:
        if isinstance(one, list) and depth:
            yield from _flat(one, depth - 1)
        else:
            yield one


def _single(step: Nested, n: int) -> Iterator[Any]:
    """Operands one by one, all places below n."""
    for operand in step:
        parts = operand.split(":") if isinstance(operand, str) else []
        if not (2 <= len(parts) <= 3 and all(map(_is_whole, parts))):
            yield operand
        elif int(parts[1]) > n or int(parts[-1]) < 1:
            raise ValueError(f"expected a run of places below {n}, such as '2:5', got {operand!r:.60}")
        else:
            yield from range(*map(int, parts))


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _bounded(n: int) -> int:
    if n > MOST:
        raise ValueError(f"expected at most {MOST} places and operands, got {n}")
    return n
