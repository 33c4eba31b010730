"""Derivations whose figures move: each line as a formula with places, and which number stands in each place.

Lines of one shape, as ∂L/∂w₁ = δ₁·x₁ and ∂L/∂w₂ = δ₁·x₂, share a form, so that there are few forms
however many weights there are.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from autograd.compiler.javascript import javascript
from autograd.compiler.program import program
from autograd.explanation.derivation import Derivation, Line, unknowns
from autograd.explanation.layout import sides
from autograd.explanation.mathml import mathml
from autograd.explanation.notation import LATEX, TEXT, Name, Unknown
from autograd.exploration.subject import Subject
from autograd.graph import topological_order
from autograd.ops import identity
from autograd.primitive import ATOM, PRODUCT, SIGN, SUM
from autograd.symbol import Symbol
from autograd.value import Value

TERMS = 64
"""Sums of up to so many terms are written out."""

_PLACE = re.compile(r"(\\left\()?\\operatorname\{:(\d+):\}(\\right\))?")
_MARK = re.compile(r"<mi mathvariant=normal>:(\d+):(\d)</mi>")

DEEPEST = 12
"""So many operations without a line of their own may stand inside one another."""

LONGEST = 400
"""Formulas of more parts than these are not written out."""

Reference = list[Any]
"""What stands in a place: ["v", node], ["g", node]; of what is no node ["c", name, in MathML, number], or
["x", name, in MathML, form, references] where its number comes of others."""


class Forms:
    """Forms of lines, each once: MathML with places, and the formula as a function in JavaScript, or ""."""

    def __init__(self) -> None:
        self.forms: list[tuple[str, str]] = []
        self._known: dict[tuple[Any, ...], int] = {}

    def add(self, formula: Any, places: Sequence[Unknown]) -> int:
        """The number of the form that a formula has, made where it is new."""
        blank = [Unknown(Name(f"p{i}", f"p{i}"), 0.0) for i in range(len(places))]
        general = _renamed(formula, dict(zip(places, blank, strict=True)))
        key = TEXT.write(general), tuple(part.name.holds < SIGN for part in places)
        if key not in self._known:
            self._known[key] = len(self.forms)
            self.forms.append((_marked(formula, places), _function(general, blank)))
        return self._known[key]


class Lines:
    """The lines of a graph: by node how its value comes about, and how its gradient.

    subject  the graph
    shown    its nodes that have lines; what lies between them is written out in these
    ids      by node its number on the page
    forms    where the forms of the lines go
    """

    def __init__(self, subject: Subject, shown: Collection[Value], ids: Mapping[Value, int], forms: Forms) -> None:
        self.subject, self.shown, self.ids, self.forms = subject, set(shown), ids, forms
        textbook = [*subject.parameters, *(unit.z for unit in self._units())]
        self.textbook = self._derivation(textbook) if textbook else self._derivation([subject.root])
        mine = set(textbook)
        others = [node for node in subject.order if node in self.shown and node not in mine]
        self.others = self._derivation(others or [subject.root])
        self.naming = self.others.naming
        self._write_out()
        self._from = dict.fromkeys(textbook, self.textbook)

    def _write_out(self) -> None:
        """Let formulas hold what the nodes without a line are made of, where that is no deep nest."""
        depth: dict[Any, int] = {}
        for node in self.subject.order:
            below = max((depth[arg] for arg in node.args if type(arg) is not float), default=0)
            depth[node] = 0 if node in self.shown else 1 + below
            if 0 < depth[node] <= DEEPEST:
                for derivation in (self.textbook, self.others):
                    derivation.value(node)

    def _units(self) -> Iterator[Any]:
        for row in self.subject.network.rows() if self.subject.network else ():
            yield from row

    def _derivation(self, targets: Sequence[Value]) -> Derivation:
        return Derivation(self.subject.root, targets, self.subject.network, terms=TERMS)

    def names(self) -> list[dict[str, str]]:
        """By node its name and that of its gradient, as text and in MathML."""
        found = []
        for node in self.subject.order:
            name, slope = self.naming.name(node), self.naming.gradient(node).name
            if node is self.subject.root:
                slope = Name(f"∂{name.text}/∂{name.text}", rf"\frac{{\partial {name.latex}}}{{\partial {name.latex}}}")
            found.append({"v": name.text, "vm": _inner(name.latex), "g": slope.text, "gm": _inner(slope.latex)})
        return found

    def values(self) -> dict[int, Any]:
        """By number of a node that is computed [form, references] of its value."""
        nodes = [node for node in self.subject.order if node.op is not None and node in self.shown]
        return {self.ids[node]: self._line(self.others, self.others.definition(node)) for node in nodes}

    def gradients(self) -> dict[int, Any]:
        """By number of a node the same of its gradient."""
        found = {}
        for node in self.subject.order:
            if node in self.shown:
                derivation = self._from.get(node, self.others)
                found[self.ids[node]] = self._line(derivation, derivation.equation(node))
        for unit in self._units():  # what is passed on as it is has the gradient of that
            if unit.h in self.shown and unit.h.op is identity and unit.h.args[0] is unit.z:
                x = self.naming.gradient(unit.z)
                found[self.ids[unit.h]] = [self.forms.add(x, [x]), [["g", self.ids[unit.z]]]]
        return found

    def told(self, node: Value, kind: str) -> str:
        """A line as text: δ₃ = ŷ − y = 0.0011579 − 1 = −0.99884."""
        derivation = self._from.get(node, self.others) if kind == "g" else self.others
        line = derivation.equation(node) if kind == "g" else derivation.definition(node)
        return " = ".join([TEXT.write(line.left), *sides(line, TEXT)])

    def notes(self) -> dict[int, str]:
        """By output of the network what was recognised in the gradient of its weighted sum."""
        found = {self.ids[node]: self.textbook.outputs.note(node) for node in self._from}
        return {place: note for place, note in found.items() if note}

    def _line(self, derivation: Derivation, line: Line) -> Any:
        """[form, references]; None where a place has no number that the page knows, or the formula is too long."""
        return self._written(derivation, line.formula)

    def _written(self, derivation: Derivation, formula: Any) -> Any:
        if type(formula) is float:
            return [self.forms.add(formula, []), []]
        if len(topological_order(formula)) > LONGEST:
            return None
        places = list(dict.fromkeys(unknowns(formula)))
        references = [self._reference(derivation, part) for part in places]
        if any(reference is None for reference in references):
            return None
        return [self.forms.add(formula, places), references]

    def _reference(self, derivation: Derivation, part: Unknown) -> Reference | None:
        node = part.gradient if part.gradient is not None else derivation.naming.node(part)
        if node is not None:
            return ["v" if part.gradient is None else "g", self.ids[node]] if node in self.ids else None
        made = {p: formula for p, formula, _ in derivation.outputs.definitions()}
        if part in made:  # pᵢ of a softmax
            written = self._written(derivation, made[part])
            return written and ["x", part.name.text, _inner(part.name.latex), *written]
        if "more" in part.name.text:
            return None
        return ["c", part.name.text, _inner(part.name.latex), part.number]


# ---------------------------------------------------------------- forms


def _renamed(formula: Any, other: dict[Any, Any]) -> Any:
    """The formula with other unknowns."""
    if type(formula) is float:
        return formula
    found: dict[Any, Any] = {}
    for node in topological_order(formula):
        if node.op is None:
            found[node] = other[node]
        else:
            made = Symbol("")
            made.op, made.args = node.op, tuple(arg if type(arg) is float else found[arg] for arg in node.args)
            found[node] = made
    return found[formula]


def _function(formula: Any, places: Sequence[Unknown]) -> str:
    """The formula in JavaScript, a function of the list of its numbers; "" where it cannot be written so."""
    if type(formula) is float:
        return ""
    try:
        return javascript(program([formula], places), {"x": len(places)}, {})
    except ValueError:
        return ""


def _marked(formula: Any, places: Sequence[Unknown]) -> str:
    """The formula in MathML; in each place stands which it is, and what goes into brackets there.

    0 for nothing, 1 for negative numbers, 2 for those in powers of ten as well.
    """
    if type(formula) is float:
        return _inner(LATEX.write(formula))
    numbers = {part: place for place, part in enumerate(places)}

    def written(holds: int) -> str:
        def atom(x: Any) -> tuple[str, int] | None:
            if type(x) is float:
                return LATEX._figure(x, 17 if len(repr(x)) <= 9 else 5)
            return (rf"\operatorname{{:{numbers[x]}:}}", holds) if x.op is None else None

        return LATEX.language.write(formula, atom)

    def bracketed(latex: str) -> list[bool]:
        return [bool(found[1]) and bool(found[3]) for found in _PLACE.finditer(latex)]

    loose, firm, always = written(SUM), written(PRODUCT), written(ATOM)
    kinds = zip(bracketed(loose), bracketed(firm), bracketed(always), strict=True)

    def place(found: re.Match[str]) -> str:
        loosely, firmly, fixed = next(kinds)  # brackets that are always there are of the operation, as those of σ(z)
        if fixed or not loosely:
            return found[0].replace(":}", ":0}")
        return rf"\operatorname{{:{found[2]}:{1 + firmly}}}"

    return _MARK.sub(r"<mrow data-p=\1 data-b=\2></mrow>", _inner(_PLACE.sub(place, loose)))


def _inner(latex: str) -> str:
    """MathML without the element around it."""
    text = mathml(latex)
    return text[text.index(">") + 1 : text.rindex("<")]
