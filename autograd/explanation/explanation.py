"""`Explanation`: a derivation to be read, as plain text, LaTeX and Markdown."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from autograd.explanation import reasons
from autograd.explanation.derivation import Derivation, Line, Step, unknowns
from autograd.explanation.figures import figure
from autograd.explanation.layout import WIDTH, Equation, aligned, environment, equations, laid_out
from autograd.explanation.notation import LATEX, TEXT
from autograd.explanation.path_products import Paths, trails
from autograd.explanation.paths import local_slopes
from autograd.explanation.typeset import MANY, Block, blocks, card, markdown
from autograd.names import Names

ASKED = 3
"""The paths of so many values are written out; those of more would hide the derivation."""

DEFINED = 30
"""So many values without a label are said what they are, the nearest to the loss first."""


class Explanation:
    """How a gradient comes about.

    value    ∂loss/∂wrt, a float; of several a dict of floats by name, in any spelling
    text     the derivation as plain text: formula = numbers = value, step by step
    latex    the equations alone, as LaTeX
    paths    the paths along which the value reaches the loss, largest share first; of several a dict by name

    A notebook shows it typeset; of a long one the first equations, the others to be unfolded. `why("h1")` gives the
    rule behind a step, `prove()` proves the closed forms with SymPy.
    """

    def __init__(self, derivation: Derivation, loss: str, names: Sequence[str]) -> None:
        self._derivation, self._loss = derivation, loss
        self._names = list(names)
        self.steps = derivation.steps()
        gradients = [derivation.slopes.get(target, 0.0) for target in derivation.targets]
        self._gradients: Names[float] = Names(zip(self._names, gradients, strict=True))
        self._trails: Names[Paths] | None = None

    @property
    def value(self) -> Any:
        """The gradient; of several values a dict by name."""
        return next(iter(self._gradients.values())) if len(self._gradients) == 1 else Names(self._gradients)

    @property
    def paths(self) -> Any:
        """The paths of a value, a list with `.count`, `.rest` and `.value`; of several values a dict by name."""
        found = self._all_paths()
        return next(iter(found.values())) if len(found) == 1 else found

    def _all_paths(self) -> Names[Paths]:
        if self._trails is None:
            targets = zip(self._names, self._derivation.targets, strict=True)
            local = local_slopes(self._derivation.order, self._derivation.active)
            self._trails = Names({name: trails(self._derivation, target, dict(local)) for name, target in targets})
        return self._trails

    def _few_paths(self) -> Names[Paths]:
        """The paths that are written out: where many values are asked for, none."""
        return self._all_paths() if len(self._names) <= ASKED else Names()

    @property
    def text(self) -> str:
        """The derivation as plain text."""
        return "\n".join(_text_lines(self)) + "\n"

    @property
    def latex(self) -> str:
        """The equations as one LaTeX environment, to be put between $$ and $$."""
        found = [*self.definitions(), *(step for step in self.steps)]
        rows = [aligned(equation) for step in found for equation in equations(step, LATEX)]
        return environment(rows)

    def definitions(self, paths: bool = False) -> list[Step]:
        """What the names mean that no label gives, also those of the paths: v3 = a·b, pᵢ = exp(zᵢ)/Σ exp(zⱼ)."""
        few = self._few_paths().values() if paths else []
        about = [node for found in few if found.count > 1 for trail in found for node in trail.about]
        return _definitions(self._derivation, self.steps, about)

    def why(self, name: str) -> reasons.Reason:
        """The rule behind a node, by its label: the operation's own row; of `delta1` the chain that it is made of."""
        return reasons.why(self._derivation, name)

    def prove(self) -> list[str]:
        """The closed forms that were used, each proved with SymPy; ArithmeticError where one is not."""
        from autograd.explanation.proof import proofs  # SymPy is slow to import and not always there

        return proofs(self._derivation)

    def _blocks(self) -> Iterator[Block]:
        several = ((name, self._loss, found) for name, found in self._few_paths().items() if found.count > 1)
        return blocks(self._derivation, self.definitions(paths=True), self.steps, several)

    def _repr_markdown_(self) -> str | None:
        """The derivation as Markdown with MathJax; None of very many steps."""
        return "\n\n".join(markdown(self._blocks())) + "\n" if len(self.steps) <= MANY else None

    def _repr_html_(self) -> str:
        """The derivation with MathML, which needs no network; folded where it is long."""
        return card(self._blocks(), _text_lines(self))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        shown = ", ".join(f"∂/∂{name} = {figure(x).text}" for name, x in list(self._gradients.items())[:3])
        more = ", ..." if len(self._gradients) > 3 else ""
        return f"<explanation of {self._loss}: {shown}{more}; print it, or show it in a notebook>"


def _definitions(derivation: Derivation, steps: Sequence[Step], about: Sequence[Any]) -> list[Step]:
    naming, before = derivation.naming, derivation.before
    used = [part for step in steps for line in step.lines for part in (line.left, *unknowns(line.formula))]
    found = _defined(derivation, [*about, *map(naming.unlabelled, used)])
    if before is not None:
        slopes = [derivation.behind.get(node) for node in (derivation.root, *found)]
        earlier = _defined(before, [node for node in slopes if node in before.naming.generated])
        found = earlier | {node: line for node, line in found.items() if node not in earlier}
    if len(found) > DEFINED:  # a number that is given says least
        found = {node: line for node, line in found.items() if node.op is not None}
    lines = [Step([line], None, "") for line in found.values()]
    if len(lines) > DEFINED:
        more = f"{len(lines) - DEFINED:,} more names, of values further from {naming.name(naming.root).text}"
        lines = [lines[-DEFINED]._replace(note=f"{more}, are left out"), *lines[1 - DEFINED :]]
    softmax: dict[str, list[Line]] = {}
    for p, formula, x in derivation.outputs.definitions():
        softmax.setdefault(p.general.text, []).append(Line(p, formula, x, {}))
    batch = bool(naming.samples)
    return [Step(same, same[0].formula if batch else None, "") for same in softmax.values()] + lines


def _defined(derivation: Derivation, nodes: Sequence[Any]) -> dict[Any, Line]:
    """The equations of some nodes, None among them is skipped, and of those that these need, in order."""
    found: dict[Any, Line] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node is not None and node not in found:
            found[node] = derivation.definition(node)
            waiting += map(derivation.naming.unlabelled, unknowns(found[node].formula))
    return {node: derivation.definition(node, found) for node in sorted(found, key=derivation.place.__getitem__)}


# ---------------------------------------------------------------- plain text


def _text_lines(explanation: Explanation) -> Iterator[str]:
    for step in explanation.definitions(paths=True):
        for number, equation in enumerate(equations(step, TEXT)):
            yield from laid_out(equation, "      " if number else "where ")
        if step.note:
            yield from _note_lines(step.note)
    for step in explanation.steps:
        for number, equation in enumerate(equations(step, TEXT)):
            yield from laid_out(equation, "    " if number else "")
        if step.note:
            yield from _note_lines(step.note)
    for name, found in explanation._few_paths().items():
        if found.count > 1:
            yield ""
            yield f"{found.count:,} paths from {name} to {explanation._loss}"
            for trail in found:
                yield f"    {trail.route}"
                yield from laid_out(Equation("share", list(trail.sides)), "        ")
            yield from laid_out(Equation("together", found.total(TEXT)), "    ")


def _note_lines(note: str) -> Iterator[str]:
    """A note in brackets under its equation; no line of it begins with =, which would look like one more side."""
    held = f"({note})".replace(" = ", "\u00a0=\u00a0")
    for line in wrap(held, WIDTH, initial_indent="    ", subsequent_indent="     ", break_long_words=False):
        yield line.replace("\u00a0", " ")
