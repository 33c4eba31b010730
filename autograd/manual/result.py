"""What `to_manual` and `exercise` return: text that knows its answer key and how it is marked."""

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.value import Value

if TYPE_CHECKING:
    from autograd.manual.answers import Mark

BLANK = "____"
"""What stands where a student is to write."""


class Answer(NamedTuple):
    """The key to a planted mistake.

    code      its code in the catalogue
    line      the number of the first line that is wrong, counted from 1
    wrong     the lines that are wrong, by number
    right     the lines that should stand there
    sentence  what to do instead
    """

    code: str
    line: int
    wrong: dict[int, str]
    right: list[str]
    sentence: str

    def __str__(self) -> str:
        shown = "; ".join(f"line {number}: {bare(text)}" for number, text in list(self.wrong.items())[:3])
        should = "; ".join(bare(text) for text in self.right[:3]) or "nothing"
        more = f" (and {len(self.wrong) - 3} more)" if len(self.wrong) > 3 else ""
        return f"{self.code}: {shown}{more}. There should be: {should}{more}. In words: {self.sentence}."


class Manual(str):
    """The text of a derivation by hand.

    style   the one it is written in
    answer  the key to the mistake planted in it, None where there is none
    keys    its names for numbers that `compare` knows, with the names that `compare` has for them
    """

    style: str
    answer: Answer | None
    keys: dict[str, str]

    def __new__(
        cls, text: str, style: str = "python", answer: Answer | None = None, keys: Mapping[str, str] = {}
    ) -> "Manual":
        """The text with what belongs to it."""
        self = super().__new__(cls, text)
        self.style, self.answer, self.keys = style, answer, dict(keys)
        return self

    def run(self) -> dict[str, Any]:
        """The numbers that this program gives, ready for `compare`: it is run as it is, in a fresh namespace.

        After a loop over samples, z, h and δ are those of the last one, δ before the mean is taken.
        """
        if self.style == "latex":
            raise ValueError("run: LaTeX cannot be run; write the same with style='python' or style='numpy'")
        return picked(executed(self), self.keys)

    def _repr_markdown_(self) -> str:
        return f"$$\n{self}$$" if self.style == "latex" else f"```python\n{self}```"


class Exercise(str):
    """A program with gaps, `____`, to be filled in; print it, or give `str(exercise)` away.

    solution  the same without gaps, a `Manual`
    gaps      what belongs into each gap, by the name that is computed there
    answer    the key to the mistake that is planted besides, None where there is none
    loss, lr  what the numbers are those of
    """

    solution: Manual
    gaps: dict[str, str]
    answer: Answer | None
    loss: Value
    lr: float

    def __new__(cls, text: str, solution: Manual, gaps: Mapping[str, str], loss: Value, lr: float) -> "Exercise":
        """The text with its key."""
        self = super().__new__(cls, text)
        self.solution, self.gaps, self.answer = solution, dict(gaps), solution.answer
        self.loss, self.lr = loss, lr
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        return str(self), self.solution, self.gaps, self.loss, self.lr

    def fill(self, answers: Mapping[str, str]) -> str:
        """The program with formulas in the gaps, as `{"delta3": "y_hat - y"}`; nothing is run.

        Gaps without an answer stay; a name without a gap is a KeyError.
        """
        lines = self.splitlines()
        if not isinstance(answers, Mapping):
            kind = type(answers).__name__
            raise TypeError(f'fill: expected formulas by name such as {{"delta3": "y_hat - y"}}, got {kind}')
        for name, formula in answers.items():
            if not isinstance(formula, str):
                raise TypeError(
                    f'fill: {name}: expected a formula as text such as "y_hat - y", got {type(formula).__name__}: '
                    f"{formula!r}; numbers go to mark"
                )
            place = next((i for i, line in enumerate(lines) if gap_of(line) == name), None)
            if place is None:
                raise KeyError(f"fill: there is no gap for {name!r}; the gaps are {', '.join(self.gaps)}")
            lines[place] = lines[place].replace(BLANK, formula, 1)
        return "\n".join(lines) + "\n"

    def mark(self, answers: Mapping[str, Any] | str, *, seconds: float = 10.0) -> "Mark":
        """The answers beside the engine's numbers, with the mistakes that explain what is wrong, as by `compare`.

        answers  numbers by name, `{"delta3": -0.99}`; or the whole program with its gaps filled in, as text
        seconds  how long a program may run

        The mark is `.ok` when every gap was filled and every number is right; `.missing` has the gaps without a
        number, `.why` the reason why a program gave none. A program is run in a process of its own
        (`autograd.isolation` says what that protects from), which knows neither the loss nor the solution and hands
        back numbers only, so that it can be marked in a loop over a class: nothing in it raises here, or stops the
        next. Numbers by name are errors as in `compare`: a KeyError for an unknown name; a gap whose number
        `compare` has no name for is not asked for among them.
        """
        from autograd.manual.answers import marked

        return marked(self, answers, seconds)

    @functools.cached_property
    def entries(self) -> dict[str, list[tuple[tuple[Value, ...], str]]]:
        """By gap, the nodes that each of its numbers may be about, and whether it is a "value" or a "gradient"."""
        from autograd.diagnosis.given import read  # what it needs takes a while to import
        from autograd.diagnosis.network import find_network
        from autograd.diagnosis.rounding import reference

        numbers, gradients, network = self.solution.run(), reference(self.loss).gradients, find_network(self.loss)
        found = {}
        for name in self.gaps:
            key = self.solution.keys.get(name)
            if key in numbers:
                given = read(self.loss, {key: numbers[key]}, network, None, gradients)
                found[name] = [((entry.node, *entry.among), entry.what) for entry in given.entries]
        return found

    def _repr_markdown_(self) -> str:
        return f"```python\n{self}```"


def bare(line: str) -> str:
    """A line without its comment."""
    return line.partition("  #")[0].strip()


def gap_of(line: str) -> str:
    """The name that a line with a gap computes, "" for any other line."""
    target, _, value = line.partition("=")
    return target.strip(" +") if value.strip().startswith(BLANK) else ""


def executed(source: str) -> dict[str, Any]:
    """The namespace that a program of ours leaves behind; one of somebody else is run by `autograd.isolation`."""
    namespace: dict[str, Any] = {"__name__": "manual"}
    exec(compile(source, "<manual>", "exec"), namespace)
    return namespace


def picked(namespace: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    """What of a namespace `compare` knows, by the names that it has for it."""
    return {key: namespace[name] for name, key in keys.items() if name in namespace}
