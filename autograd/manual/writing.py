"""What `to_manual` does: finds the lesson, writes it, plants a mistake and finds the lines that this changed."""

import difflib
import functools
import math
from collections.abc import Mapping
from typing import Any

from autograd.graph import as_evaluated, cotangents, numbers, topological_order
from autograd.manual.accuracy import CLOSE, FAR, LONG, SPELLED_OUT, magnitudes, worst
from autograd.manual.derived_network import ROOMS, Lesson, calm, find_lesson
from autograd.manual.dialects import CALM, Dialect
from autograd.manual.lines import Program, equations, python
from autograd.manual.lists import Lists
from autograd.manual.matrices import Matrices
from autograd.manual.neurons import Neurons
from autograd.manual.node_mistakes import slip
from autograd.manual.nodes import Nodes
from autograd.manual.planted import Candidate, planted
from autograd.manual.result import Answer, Manual, executed
from autograd.names import nearest
from autograd.textbook.mistakes import CODES, MISTAKES
from autograd.value import Value

STYLES = ("python", "numpy", "latex")

UNROLLED = 60
"""Networks with more parameters than this are written layer by layer."""

WIDEST = 8
"""So are those with more units or inputs in a layer."""

ONE_BY_ONE = 2_000
"""Networks with more weights are not written operation by operation, even where layers lose some digits."""

CHANGED = 1e-9
"""A mistake is to change a number by more than this share of it."""


class Draft:
    """One loss to be written: the program of it, right or with a mistake, as text."""

    def __init__(self, loss: Value, model: Any, style: str, lr: float) -> None:
        self.loss, self.style, self.lr = loss, style, lr
        self.slopes = cotangents(loss, point=as_evaluated)
        self.calm = calm(loss, CALM)
        self.labels = _labels(model)
        self.lesson = self._lesson()
        self.point = self.lesson.point if self.lesson else numbers(topological_order(loss))
        if style == "numpy" and self.lesson is None:
            raise ValueError("to_manual: style='numpy' needs a network of full layers; for any graph, style='python'")

    def _lesson(self) -> Lesson | None:
        """The lesson with as much of the textbook as leaves every gradient within a few ulp of the engine's.

        None where even its safest forms do not: what is written out by hand may itself have lost digits.
        """
        lesson, sizes, off = None, magnitudes(self.loss), math.nan
        for room in ROOMS:
            if room and lesson is not None and _is_wide(lesson):
                continue  # every try takes a while: after the freest forms, the safest
            tried = find_lesson(self.loss, self.labels, room)
            if tried is None:
                return None
            lesson = tried
            kind = Lists if _is_large(lesson) else Neurons
            source = python(kind(lesson, self.lr, self.slopes).program(), Dialect(calm=self.calm))
            off = worst(executed(source), lesson.gradients(kind is Lists), self.slopes, sizes)
            close = SPELLED_OUT if any(f.is_spelled_out for f in lesson.network.activations) else CLOSE
            if off <= max(close, lesson.samples / LONG) + (room == 0.0):
                return lesson
        return lesson if math.isnan(off) or (lesson is not None and _is_wide(lesson) and off <= FAR) else None

    def text(self, program: Program) -> str:
        """A program in the style asked for."""
        if self.style == "latex":
            return equations(program, self.lesson.words.total if self.lesson else "L")
        return python(program, Dialect(self.style == "numpy", self.calm, program.namer))

    def kind(self) -> Any:
        """The kind of program that suits the size of the network and the style."""
        assert self.lesson is not None
        if self.style == "numpy":
            return Matrices
        if _is_large(self.lesson):
            return Matrices if self.style == "latex" else Lists
        return Neurons

    def network(self, candidate: Candidate | None = None) -> Program:
        """The program of the network, with a mistake in it."""
        assert self.lesson is not None
        paper = self.style == "latex" and self.kind() is Matrices  # which has room for any number
        lesson = self.lesson._replace(plain=True) if paper else self.lesson
        return self.kind()(lesson, self.lr, self.slopes, *(candidate or ())).program()  # type: ignore[no-any-return]

    @functools.cached_property
    def right(self) -> str:
        """The text without a mistake."""
        return self.text(self.network() if self.lesson is not None else self.nodes().program())

    @functools.cached_property
    def operations(self) -> str:
        """The same operation by operation, whatever the graph is."""
        return self.text(self.nodes().program())

    def nodes(self, **otherwise: Any) -> Nodes:
        """The graph operation by operation."""
        return Nodes(self.loss, self.point, self.labels, **otherwise)

    def mistaken(self, code: str) -> tuple[str, str] | str:
        """The texts with and without a mistake, or why it has no room."""
        lesson = self.lesson
        if lesson is not None and code != "exp-derivative":
            nodes = lesson.gradients(self.kind() is not Neurons)
            made = planted(MISTAKES[code], lesson, self.slopes, self.lr, self.network, self._run, nodes)
            return made if isinstance(made, str) else (self.text(made), self.right)
        found = slip(code, self.loss) if self.style != "numpy" else "style='numpy' writes no operations one by one"
        if isinstance(found, str):
            return found
        return self.text(self.nodes(**found).program()), self.operations

    def _run(self, program: Program) -> dict[str, Any] | None:
        """What a program leaves behind; None where it is for paper alone."""
        if self.style == "latex" and self.kind() is Matrices:
            self.text(program)  # which some changes have no words for
            return None
        return executed(python(program, Dialect(self.style == "numpy", self.calm, program.namer)))

    def keys(self, nodewise: bool = False) -> dict[str, str]:
        """The names of numbers in the program that `compare` knows, with its names for them."""
        labels = {node: label for label, node in self.loss.named().items()}
        if self.lesson is None or nodewise:
            nodes = self.nodes()
            signals = {name: pair for name, pair in nodes.signals().items() if pair[0].op is not None}
            gradients = nodes.gradients()
        else:
            whole = self.kind() is not Neurons
            if whole:
                return {name: name for name in self.lesson.gradients(whole)} | self._loss_key(labels)
            signals = self.lesson.signals()
            gradients = self.lesson.gradients(whole)
        found = {name: f"grad_{labels[node]}" for name, node in gradients.items() if node in labels}
        for name, (node, what) in signals.items():
            if node in labels:
                found[name] = labels[node] if what == "value" else f"grad_{labels[node]}"
        return found | (self._loss_key(labels) if self.lesson else {})

    def _loss_key(self, labels: Mapping[Any, str]) -> dict[str, str]:
        assert self.lesson is not None
        words = self.lesson.words
        named = {words.loss: self.lesson.data, words.total: self.loss}
        return {name: labels[node] for name, node in named.items() if node in labels}


def _weights(lesson: Lesson) -> int:
    return sum(map(len, [row for layer in lesson.words.w for row in layer]))


def _is_large(lesson: Lesson) -> bool:
    return _weights(lesson) > UNROLLED or max(lesson.shape) > WIDEST


def _is_wide(lesson: Lesson) -> bool:
    return _weights(lesson) > ONE_BY_ONE


def _labels(model: Any) -> dict[Any, str]:
    """The names that a model has for its parameters."""
    if model is None:
        return {}
    named: Any = getattr(model, "named_parameters", None)
    if named is None:
        raise TypeError(f"to_manual: model: expected a Module, got {type(model).__name__}")
    return {parameter: name for name, parameter in named().items()}


def written(loss: Any, model: Any, style: str, mistake: str | None, lr: float, caller: str) -> Manual:
    """What `to_manual` returns; `caller` is named in errors."""
    if not isinstance(loss, Value):
        raise TypeError(f"{caller}: expected the loss as a Value, got {type(loss).__name__}")
    if style not in STYLES:
        raise ValueError(f"{caller}: unknown style {style!r}; {nearest(str(style), list(STYLES))}")
    if not (isinstance(lr, (int, float)) and 0.0 < lr < math.inf):
        raise ValueError(f"{caller}: lr: expected a finite number above 0, got {lr!r}")
    if mistake is not None and mistake not in CODES:
        raise ValueError(f"{caller}: unknown mistake {mistake!r}; {nearest(str(mistake), list(CODES))}")
    draft = Draft(loss, model, style, float(lr))
    if mistake is None:
        return Manual(draft.right, style, None, draft.keys())
    text = _planted(draft, mistake)
    if isinstance(text, Manual):
        return text
    others = [code for code in CODES if code != mistake and isinstance(_planted(draft, code), Manual)]
    raise ValueError(f"{caller}: {mistake} has no room here: {text}. Those that have: {', '.join(others) or 'none'}")


def _planted(draft: Draft, code: str) -> Manual | str:
    """The text with a mistake and its key, or why there is none."""
    texts = draft.mistaken(code)
    if isinstance(texts, str):
        return texts
    wrong, right = texts
    if draft.style != "latex" and not _differ(wrong, right):
        return "it changes no number"
    if wrong == right:
        return "it changes nothing that is written"
    return Manual(wrong, draft.style, _answer(code, wrong, right), draft.keys(code == "exp-derivative"))


def _differ(wrong: str, right: str) -> bool:
    """Whether two programs give other gradients."""
    mine, theirs = executed(wrong), executed(right)
    return any(_apart(mine.get(name), number) for name, number in theirs.items() if name.startswith("grad_"))


def _apart(mine: Any, right: Any) -> bool:
    if hasattr(right, "tolist"):
        return _apart(mine.tolist(), right.tolist())
    if isinstance(right, list):
        return any(map(_apart, mine, right))
    return bool(abs(mine - right) > CHANGED * abs(right))


def _answer(code: str, wrong: str, right: str) -> Answer:
    """The key: the lines in which two texts differ."""
    mine, theirs = wrong.splitlines(), right.splitlines()
    bad: dict[int, str] = {}
    good: list[str] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if kind != "equal":
            bad |= {i + 1: mine[i] for i in range(a, b) if _says(mine[i])}
            good += [line for line in theirs[c:d] if _says(line)]
            if a == b and any(map(_says, theirs[c:d])):  # something is missing: the line behind it is where one looks
                bad.setdefault(min(a + 1, len(mine)), mine[min(a, len(mine) - 1)])
    if not bad:  # only where lines stand has changed
        bad = {1: mine[0]}
    return Answer(code, min(bad), bad, good, MISTAKES[code].remedy)


def _says(line: str) -> bool:
    """Whether a line is more than a comment."""
    return bool(line.strip()) and not line.strip().startswith("#")
