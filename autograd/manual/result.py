"""What `to_manual` and `exercise` return: text that knows its answer key and how it is marked."""

import contextlib
import io
import traceback
from collections.abc import Mapping
from typing import Any, NamedTuple

from autograd.comparison import Comparison, compare
from autograd.value import Value

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
        shown = "; ".join(f"line {number}: {_bare(text)}" for number, text in list(self.wrong.items())[:3])
        should = "; ".join(_bare(text) for text in self.right[:3]) or "nothing"
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
    """

    solution: Manual
    gaps: dict[str, str]
    answer: Answer | None
    _loss: Value
    _lr: float

    def __new__(cls, text: str, solution: Manual, gaps: Mapping[str, str], loss: Value, lr: float) -> "Exercise":
        """The text with its key."""
        self = super().__new__(cls, text)
        self.solution, self.gaps, self.answer = solution, dict(gaps), solution.answer
        self._loss, self._lr = loss, lr
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:
        return str(self), self.solution, self.gaps, self._loss, self._lr

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
            place = next((i for i, line in enumerate(lines) if _gap(line) == name), None)
            if place is None:
                raise KeyError(f"fill: there is no gap for {name!r}; the gaps are {', '.join(self.gaps)}")
            lines[place] = lines[place].replace(BLANK, formula, 1)
        return "\n".join(lines) + "\n"

    def mark(self, answers: Mapping[str, Any] | str) -> Comparison:
        """The answers beside the engine's numbers, with the mistakes that explain what is wrong, as by `compare`.

        answers  numbers by name, `{"delta3": -0.99}`; or the whole program with its gaps filled in, as text.

        Text is Python code, and this RUNS it, with all that code can do: read what strangers send before
        marking it. Gaps that are left are a ValueError, and errors of the program are raised as they are,
        with the line and the gap that they come from; what it prints is not shown.
        """
        keys = self.solution.keys
        if not isinstance(answers, str):
            return compare(self._loss, answers, lr=self._lr)
        left = [f"line {i}: {line.strip()}" for i, line in enumerate(answers.splitlines(), start=1) if _gap(line)]
        if left:
            raise ValueError(f"mark: there is still something to fill in: {'; '.join(left)}")
        numbers = picked(executed(answers, self._gap_at(answers)), keys)
        from autograd.diagnosis.judging import judged  # what it needs takes a while to import
        from autograd.diagnosis.waiting import watched

        with watched(True):
            return judged(self._loss, numbers, None, self._lr, {key: name for name, key in keys.items()})

    def _gap_at(self, program: str) -> dict[int, str]:
        """The names of the gaps by the lines of a program that they were filled in in."""
        found: dict[str, int] = {}
        for number, line in enumerate(program.splitlines(), start=1):
            target = line.partition("=")[0].strip(" +")
            if target in self.gaps:
                found.setdefault(target, number)
        return {number: name for name, number in found.items()}

    def _repr_markdown_(self) -> str:
        return f"```python\n{self}```"


def _bare(line: str) -> str:
    """A line without its comment."""
    return line.partition("  #")[0].strip()


def _gap(line: str) -> str:
    """The name that a line with a gap computes, "" for any other line."""
    target, _, value = line.partition("=")
    return target.strip(" +") if value.strip().startswith(BLANK) else ""


def executed(source: str, gaps: Mapping[int, str] = {}) -> dict[str, Any]:
    """The namespace that a program leaves behind, without what it prints; `gaps` by line, to name them in errors.

    An `exit()` in it is a ValueError: it ends the program, not who runs it.
    """
    namespace: dict[str, Any] = {"__name__": "manual"}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, "<manual>", "exec"), namespace)
    except SystemExit as error:
        left = ValueError("the program ends itself before it is done: expected no exit(), quit() or sys.exit() in it")
        _locate(left, error, source, gaps)
        raise left from None
    except Exception as error:
        _locate(error, error, source, gaps)
        raise
    return namespace


def _locate(told: Exception, error: BaseException, source: str, gaps: Mapping[int, str]) -> None:
    """Notes the line of a program in which an error came about, and the gap that was filled in there."""
    frames = traceback.extract_tb(error.__traceback__)
    number = next((frame.lineno for frame in frames if frame.filename == "<manual>"), None)
    if number is None and isinstance(error, SyntaxError):
        number = error.lineno
    lines = source.splitlines()
    if number is None or not 0 < number <= len(lines):
        return
    gap = f", the gap {gaps[number]}" if number in gaps else ""
    told.add_note(f"in line {number}{gap}: {_bare(lines[number - 1])}")


def picked(namespace: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    """What of a namespace `compare` knows, by the names that it has for it."""
    return {key: namespace[name] for name, key in keys.items() if name in namespace}
