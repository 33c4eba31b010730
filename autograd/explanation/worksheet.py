"""The worksheet of one backpropagation: picture, forward pass, every δ and gradient derived, the update."""

import html
import math
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from autograd.drawing import draw
from autograd.explanation import explain
from autograd.explanation.derivation import Line, Step
from autograd.explanation.explanation import Explanation
from autograd.explanation.figures import DIGITS, MOST, shortest
from autograd.explanation.layout import Equation, environment, equations, sides
from autograd.explanation.mathml import mathml
from autograd.explanation.notation import LATEX, Name, Unknown
from autograd.explanation.reasons import Rule, plain_markdown, taught
from autograd.explanation.typeset import row
from autograd.names import canonical
from autograd.value import Value

PICTURE = "network.svg"
ROWS = 60
"""So many rows of the forward pass are written out."""


RULES = "The rules behind it"


class Part(NamedTuple):
    """A heading, what is said under it, and the steps that follow."""

    title: str
    lead: str
    steps: Sequence[Step]


class Worksheet:
    """A page to hand out: `markdown`, `html`, and `save("folder")`.

    loss   of the network, a Value
    lr     the learning rate of the update
    """

    def __init__(self, loss: Value, lr: float) -> None:
        self._explanation: Explanation = explain(loss)
        self._derivation = self._explanation._derivation
        self._lr = lr
        network = self._derivation.network
        self._svg = draw(loss, view="auto" if network is None else "network").pipe("svg", encoding="utf-8")
        self.title = "Backpropagation by hand"
        if network is not None:
            shape = "-".join(map(str, [len(network.layers[0][0][0].inputs), *(len(row) for row in network.rows())]))
            self.title += f": a {shape} network" if network.full else ": a network"

    def parts(self) -> list[Part]:
        """The sections after the picture."""
        steps = self._explanation.steps
        naming = self._derivation.naming
        deltas = [step for step in steps if naming.delta(step.lines[0].left.gradient)]
        gradients = [step for step in steps if not any(step is delta for delta in deltas)]
        forward = [*self._forward(), *self._explanation.definitions()]
        loss = naming.name(self._derivation.root).text
        return [
            Part("Forward pass", "From the inputs to the loss, in the order of computation.", forward),
            Part("Errors", f"δ of a neuron is the derivative of {loss} by its weighted sum z; from the output back.",
                 deltas),
            Part("Gradients", "Each is the error of the neuron times what the parameter is multiplied by.", gradients),
            Part("Update", f"One step down the slope with the learning rate η = {self._lr:g}.", self._updates()),
        ]  # fmt: skip

    def _forward(self) -> list[Step]:
        derivation = self._derivation
        nodes = [node for node in derivation.order if node.op is not None and derivation.naming.is_labelled(node)]
        levels: dict[Any, int] = {}
        for node in derivation.order:
            levels[node] = 1 + max((levels[arg] for arg in node.args if type(arg) is not float), default=0)
        nodes.sort(key=levels.__getitem__)
        return [Step([derivation.definition(node)], None, "") for node in nodes[:ROWS]]

    def _updates(self) -> list[Step]:
        """w − η·∂L/∂w of every parameter, with as many digits as it takes to see the change."""
        naming, found = self._derivation.naming, []
        eta = Unknown(Name("η", r"\eta"), self._lr)
        for target in sorted(self._parameters(), key=lambda target: _rank(naming.value(target))):
            w, gradient = naming.value(target), naming.gradient(target)
            new = w.number - self._lr * gradient.number
            left = Unknown(Name(f"{w.name.text} ←", rf"{w.name.latex} \leftarrow"), new)
            found.append(Step([Line(left, w - eta * gradient, new, {})], None, ""))
        return found

    def _parameters(self) -> list[Any]:
        network = self._derivation.network
        if network is None:
            return list(self._derivation.targets)
        units = [unit for layer in network.layers for unit in layer[0]]
        mine = {leaf for unit in units for leaf in (*unit.weights, unit.bias)}
        return [target for target in self._derivation.targets if target in mine]

    def _given(self) -> list[str]:
        """name = number of every leaf, in LaTeX."""
        naming = self._derivation.naming
        leaves = [naming.value(node) for node in self._derivation.order if node.op is None]
        targets = [found.y for found in self._derivation.outputs.found().values() if found.head.source is None]
        every = [*leaves, *(y for y in targets if isinstance(y, Unknown))]
        return [f"{x.name.latex} = {shortest(x.number).latex}" for x in sorted(every, key=_rank)]

    @property
    def markdown(self) -> str:
        """The page as Markdown with MathJax; the picture is a file beside it."""
        return "\n\n".join(self._markdown()) + "\n"

    def _markdown(self) -> Iterator[str]:
        yield f"# {plain_markdown(self.title)}"
        yield f"![The network]({PICTURE})"
        yield "## 1 Given"
        yield ", ".join(f"${latex}$" for latex in self._given())
        for number, part in enumerate(self.parts(), start=2):
            yield f"## {number} {part.title}"
            yield plain_markdown(part.lead)
            if number == 2:
                yield "\n".join(self._table(part))
                continue
            rows: list[str] = []
            for step in part.steps:
                rows += [_one_line(left, rights) for left, rights, _ in self._written(part, step)]
                if step.note:
                    yield _block(rows)
                    yield f"*{plain_markdown(step.note)}*"
                    rows = []
            if rows:
                yield _block(rows)
        yield f"## {len(self.parts()) + 2} {RULES}"
        for rule in self._rules():
            yield _block([*(f"{left} &= {right}" for left, right in rule.latex)])
            yield f"*{plain_markdown(rule.doc)}*"

    def _rules(self) -> list[Rule]:
        """The rules of the operations that the graph is made of, as they are taught."""
        return taught(node.op for node in self._derivation.order if node.op is not None)

    def _table(self, part: Part) -> Iterator[str]:
        """The forward pass as a Markdown table."""
        yield "| | formula | numbers | value |\n|---|---|---|---|"
        for step in part.steps:
            for left, rights, _ in self._written(part, step):
                first, *between, last = rights if len(rights) > 1 else [*rights, ""]
                cells = [left, first, " = ".join(between), last]
                yield "| " + " | ".join(f"${_barless(cell)}$" if cell else "" for cell in cells) + " |"

    def _written(self, part: Part, step: Step) -> Iterator[tuple[str, list[str], bool]]:
        """left, sides, and whether the last side is a value, of each equation in LaTeX."""
        if part.title == "Update":
            line = step.lines[0]
            yield LATEX.write(line.left), sides(line, LATEX, _digits(line)), True
            return
        for equation in equations(step, LATEX):
            yield equation.left, equation.rights, len(equation.rights) > 1 or step.general is None

    @property
    def html(self) -> str:
        """The page as one HTML file that needs nothing else; formulas are MathML."""
        css = (files("autograd.explanation") / "worksheet.css").read_text(encoding="utf-8")
        title = html.escape(self.title)
        given = "".join(f"<span>{mathml(latex)}</span>" for latex in self._given())
        sections = [f"<h2><b>1</b>Given</h2><div class=given>{given}</div>"]
        for number, part in enumerate(self.parts(), start=2):
            rows = "".join(row for step in part.steps for row in self._rows(part, step))
            sections.append(
                f"<h2><b>{number}</b>{part.title}</h2><p class=lead>{html.escape(part.lead)}</p><table>{rows}</table>"
            )
        rows = "".join(map(_rule_row, self._rules()))
        sections.append(f"<h2><b>{len(self.parts()) + 2}</b>{RULES}</h2><table>{rows}</table>")
        svg = self._svg[self._svg.index("<svg") :].replace("<svg ", '<svg role="img" aria-label="The network" ', 1)
        lead = "Every number is rounded for reading; each line follows from the numbers that it shows."
        return (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>\n{css}</style></head>\n<body><main><h1>{title}</h1><p class=lead>{lead}</p>"
            f"<figure>{svg}</figure>{''.join(sections)}</main></body></html>\n"
        )

    def _rows(self, part: Part, step: Step) -> Iterator[str]:
        written = list(self._written(part, step))
        sign = "" if part.title == "Update" else "="
        for place, (left, rights, valued) in enumerate(written):
            note = step.note if place == len(written) - 1 else ""
            yield row(Equation(left, rights), note, part.title == "Errors", valued, sign)

    def save(self, folder: Any) -> list[str]:
        """The paths of the files written: worksheet.md, worksheet.html and the picture."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        contents = {"worksheet.md": self.markdown, "worksheet.html": self.html, PICTURE: self._svg}
        for name, content in contents.items():
            (target / name).write_text(content, encoding="utf-8")
        return [str(target / name) for name in contents]


def _block(rows: Sequence[str]) -> str:
    return f"$$\n{environment(rows)}\n$$"


def _barless(latex: str) -> str:
    """LaTeX that can stand in the cell of a Markdown table."""
    return latex.replace("|", r"\vert ")


def _one_line(left: str, rights: Sequence[str]) -> str:
    first, *others = rights
    sign = r"\;" if left.endswith(r"\leftarrow") else "="
    return " ".join([f"{left} &{sign} {first}", *(f"= {right}" for right in others)])


def _rule_row(rule: Rule) -> str:
    formulas = "".join(f"<span class=rule>{mathml(f'{left} = {right}')}</span>" for left, right in rule.latex)
    return f'<tr class="step"><td class=right>{formulas}<div class=note>{html.escape(rule.doc)}</div></td></tr>'


def _digits(line: Line) -> int:
    """So many that three digits of the change are seen."""
    old = line.formula.args[0].number
    change = abs(line.value - old)
    if not change or not line.value:
        return DIGITS
    return min(max(DIGITS, math.ceil(math.log10(abs(line.value) / change)) + 3), MOST - 1)


def _rank(x: Unknown) -> tuple[int, str, int]:
    """Inputs first, then weights and biases, then targets; w2 before w10."""
    name = canonical(x.name.text)
    letter, number = name[:1], re.search(r"\d+", name)
    return "xwby".find(letter) % 5, letter, int(number[0]) if number else 0
