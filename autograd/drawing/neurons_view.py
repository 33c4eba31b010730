"""The neurons view: one card per neuron with its weights, values and gradients, as in a derivation by hand."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from autograd.drawing import cards, style
from autograd.drawing.cards import Item
from autograd.drawing.comparison_marks import RIGHT, Verdicts
from autograd.drawing.engine import Drawing
from autograd.drawing.plan import Column, Drawn, Number, Plan, columns
from autograd.names import shown

NEURON = style.Role("", "#D5DDE6", "#7B8794", 1.2)


def neurons_view(plan: Plan, verdicts: Verdicts, *, widest: int, deepest: int, direction: str) -> Drawing:
    """The picture of the neurons, inputs on the left, the loss on the right; or from top to bottom."""
    shown, notes = columns(plan, widest, deepest)
    view = _View(plan, verdicts, shown, direction)
    graph = {"rankdir": direction, "nodesep": "0.28", "outputorder": "edgesfirst", "splines": "spline"}
    graph["ranksep"] = "1.0" if direction == "LR" else "0.55"
    line = {"arrowsize": "0.5"}
    caption = [_legend(plan), *notes, *verdicts.legend(), *view.remarks()]
    return cards.assemble("neurons", view.items(), graph, line=line, ranks=view.ranks, caption=caption)


def _legend(plan: Plan) -> str:
    lines = "lines: weights (blue +, orange -, width = size)"
    return lines if not plan.has_data else f"{lines}  ·  cells: gradients  ·  δ = ∂L/∂z"


class _View:
    """What the cards and lines of one picture share: their names, and the largest weight and gradient."""

    def __init__(self, plan: Plan, verdicts: Verdicts, shown: Sequence[Column], direction: str) -> None:
        self.plan, self.verdicts, self.shown, self.direction = plan, verdicts, shown, direction
        self.names: dict[Drawn, str] = {}
        for place, column in enumerate(shown):
            self.names |= {unit: f"n{place}_{row}" for row, unit in enumerate(column) if isinstance(unit, Drawn)}
        weights = [weight for unit in self.names for weight, _ in unit.weights]
        self.parts = [part for unit in self.names for part in unit.parts]
        biases = [unit.bias for unit in self.names if unit.bias]
        self.weight = style.largest(part.data for part in (*weights, *biases))
        self.grad = style.largest(part.grad for part in self.parts if part.node is not plan.loss)
        self.ranks = self._ranks()
        self.forms = {unit: self._forms(column) for column in shown for unit in column if isinstance(unit, Drawn)}

    def _ranks(self) -> list[list[str]]:
        """The cards that stand beside one another, in their order; below one another's steps, each with its inputs."""
        ranks = [[f"n{place}_{row}" for row in range(len(column))] for place, column in enumerate(self.shown)]
        if self.direction == "TB" and self.plan.again == "steps":
            users = {source: name for unit, name in self.names.items() for _, source in unit.weights}
            for unit, name in self.names.items():
                later = int(users[unit].partition("_")[0][1:]) if unit.is_input and unit in users else 0
                if later > 0 and not (unit.column == 0 and later == 1 and unit.name.startswith("h")):
                    next(rank for rank in ranks if name in rank).remove(name)
                    ranks[later].insert(0, name)
        return ranks

    def remarks(self) -> list[str]:
        """Whose gradients these are, where that is not plain."""
        plan, found = self.plan, []
        all_of = [f"{plan.samples:,} samples"] * (plan.samples > 1) + [plan.again] * bool(plan.again)
        if all_of and plan.has_data:
            found.append(f"gradients of weights and biases are those of all {' and '.join(all_of)}")
            if plan.samples > 1:
                found[0] += f"  ·  inputs, z, h and theirs: of sample 1 of {plan.samples:,}"
        if any(part.summed for part in self.parts):
            found.append(style.SUMMED)
        return found

    def items(self) -> Iterator[Item]:
        for place, column in enumerate(self.shown):
            for row, unit in enumerate(column):
                name = f"n{place}_{row}"
                if isinstance(unit, Drawn):
                    yield Item((name,), self._input(unit) if unit.is_input else self._neuron(unit))
                else:
                    yield Item((name,), _gap(unit, "inputs" if place == 0 else "neurons"))
        yield from self._lines()
        yield from self._gaps()
        yield from self._loss()

    def _lines(self) -> Iterator[Item]:
        for unit, name in self.names.items():
            for place, (weight, source) in enumerate(unit.weights):
                if source in self.names:
                    yield Item(self._ends(source, f"{name}:w{place}:w"), self._line(weight))

    def _ends(self, source: Drawn, head: str) -> tuple[str, str]:
        """Where a line begins and ends: from the right of a card to the left of one, or from below it to above one."""
        tail = self.names[source]
        beside = any(tail in rank and head.partition(":")[0] in rank for rank in self.ranks)
        if self.direction == "LR" or beside:
            return tail + (":h:e" if source.h else ":e"), head
        return tail, head.partition(":")[0]

    def _gaps(self) -> Iterator[Item]:
        """A line over layers that are left out, so that those behind it stand to the right of those before it."""
        firsts = [next(unit for unit in column if isinstance(unit, Drawn)) for column in self.shown]
        for before, after in pairwise(firsts):
            if after.column > before.column + 1:
                told = cards.plate([f"… {after.column - before.column - 1} layers"], 9)
                line = style.line(None, 1.0) | {"style": "dashed", "label": told}
                yield Item((self.names[before], self.names[after]), line)

    def _line(self, weight: Number) -> dict[str, str]:
        text = f"{shown.name(weight.name)} = {style.number(weight.data)}, gradient {weight.told}"
        return style.line(weight.data, self.weight) | {"tooltip": cards.tooltip(text)}

    def _loss(self) -> Iterator[Item]:
        loss, target, told = self.plan.loss, self.plan.target, self.plan.told
        if loss is None or not self.plan.has_data:
            return
        sign = cards.badge(told.name or (loss.op.badge(loss.args) if loss.op else ""))
        rows = [cards.header(shown.display(loss.label or "L"), sign)]
        given = [(target.name, target.data)] if target is not None else []
        for name, x in (*given, *told.rows):
            of = " of sample 1" if self.plan.samples > 1 else ""
            text = style.escaped(x) if isinstance(x, str) else style.number(x)
            rows.append(cards.row(style.escaped(shown.name(name, 12)) + of, text))
        grad = self.plan.gradients.of(loss)
        rows.append(cards.row("loss", style.number(loss.data)))
        rows.append(cards.row("grad", style.number(grad), style.pill(grad, 1.0)))
        yield Item(("loss",), cards.card(style.LOSS, cards.table("".join(rows)), f"{0.98 / len(rows):.2f}"))
        for unit in self.plan.outputs:
            if unit in self.names:
                line = style.line(None, 1.0) | {"penwidth": "1.60", "headport": "w" if self.direction == "LR" else ""}
                yield Item((self._ends(unit, "loss")[0], "loss"), line)

    def _input(self, unit: Drawn) -> dict[str, str]:
        rows = [cards.header(shown.display(unit.name), cards.chip("computed" if unit.computed else "input"))]
        part = unit.h
        if part is not None:
            rows.append(cards.row("value", self._form(unit, part, "value")(part.data), port="h"))
            if part.node is not None:
                grad = self._form(unit, part, "gradient")(part.grad)
                rows.append(cards.row("Σ grad" if part.summed else "grad", grad, style.pill(part.grad, self.grad)))
        return cards.card(style.INPUT, cards.table("".join(rows)), {1: "0.99", 2: "0.52"}.get(len(rows), "0.36"))

    def _neuron(self, unit: Drawn) -> dict[str, str]:
        wide = 4 if self.verdicts else 3
        layer = cards.quiet(f"&#160;&#160;{f'step {unit.time}' if unit.time else f'layer {unit.column}'}", 9)
        sign = cards.chip(style.escaped(shown.shortened(shown.clean(unit.activation), 16)) or "f(z)", 10, wide - 2)
        rows = cards.header(shown.display(unit.name), sign, columns=2, beside=layer)
        all_of = f"of all {self.plan.samples:,}" if self.plan.samples > 1 else ""
        if self.plan.has_data:
            rows += _heads(["", "value", f"&#160;gradient {all_of}".strip(), "by hand"][:wide])
        rows += self._weights(unit)
        if unit.bias is not None:
            rows += self._row(unit, unit.bias, tinted=True)
        if unit.z is not None and unit.h is not None:
            rows += "<HR/>" + (_heads(["", "", "of sample 1", ""][:wide]) if all_of else "")
            linear = unit.z.node is unit.h.node
            rows += self._row(unit, unit.h if linear else unit.z, delta=True, port="h" if linear else "")
            rows += "" if linear else self._row(unit, unit.h, port="h")
        role = style.LOSS if self.plan.loss is None and unit in self.plan.outputs else NEURON
        return cards.card(role, cards.table(rows, spacing=1), f"{1.05 / rows.count('<TR>'):.3f}")

    def _weights(self, unit: Drawn) -> str:
        rows, hidden = "", 0
        for place, (weight, source) in enumerate(unit.weights):
            if source in self.names:
                rows += _more(hidden) + self._row(unit, weight, tinted=True, port=f"w{place}")
                hidden = 0
            else:
                hidden += 1
        return rows + _more(hidden)

    def _row(self, unit: Drawn, part: Number, *, tinted: bool = False, delta: bool = False, port: str = "") -> str:
        """The row of a number: its name, value and gradient, and what was derived by hand."""
        weighs = f' PORT="{port}"' if tinted and port else ""
        gives = f' PORT="{port}"' if port and not tinted else ""
        ground = f' BGCOLOR="{style.pill(part.data, self.weight)}" STYLE="ROUNDED"' if tinted else ""
        name = style.escaped(shown.name(part.name, 12))
        cells = f'<TD ALIGN="LEFT"{weighs}>{cards.quiet(name, 11)}</TD>'
        cells += f'<TD ALIGN="RIGHT" WIDTH="52"{ground}>{self._form(unit, part, "value")(part.data)}</TD>'
        if part.node is None or not self.plan.has_data:
            cells += '<TD WIDTH="26"></TD>'
        else:
            pill = f'BGCOLOR="{style.pill(part.grad, self.grad)}" STYLE="ROUNDED"'
            sign = "δ " if delta else "Σ " if part.summed else ""
            ends = "" if self.verdicts else gives
            grad = self._form(unit, part, "gradient")(part.grad)
            cells += f'<TD ALIGN="RIGHT" WIDTH="60"{ends} {pill}>{sign}{grad}</TD>'
        if self.verdicts:
            worst = self.verdicts.worst([part.node])
            marked = f' BGCOLOR="{worst.ground}" STYLE="ROUNDED"' if worst and worst.ground else ""
            told = [
                f"{self._form(unit, part, row.what)(row.by_hand)} {v.sign}" for row, v in self.verdicts.of(part.node)
            ]
            cells += f'<TD ALIGN="RIGHT"{gives}{marked}>{"<BR/>".join(told)}</TD>'
        return f"<TR>{cells}</TR>"

    # ---------------------------------------------------------------- one form for the numbers of a column

    def _form(self, unit: Drawn, part: Number, what: str) -> style.Form:
        """How the values, or the gradients, of the parts like this one are written in its layer."""
        return self.forms[unit]["z" if part in (unit.z, unit.h) else "w", what == "gradient"]

    def _forms(self, column: Column) -> dict[tuple[str, bool], style.Form]:
        """The forms of a layer's numbers: of weights and biases, of what is computed; values and gradients."""
        units = [unit for unit in column if isinstance(unit, Drawn)]
        weights = [w for unit in units for w, source in unit.weights if source in self.names]
        parts = {
            "w": [*weights, *(unit.bias for unit in units if unit.bias)],
            "z": [part for unit in units for part in (unit.z, unit.h) if part],
        }
        found = {}
        for kind, several in parts.items():
            for gradient in (False, True):
                numbers = [part.grad if gradient else part.data for part in several]
                marks = [
                    (x, row.by_hand, v)
                    for part, x in zip(several, numbers, strict=True)
                    for row, v in self.verdicts.of(part.node)
                    if (row.what == "gradient") == gradient
                ]
                apart = [(x, by_hand) for x, by_hand, v in marks if v is not RIGHT and x is not None]
                found[kind, gradient] = style.form([*numbers, *(by_hand for _, by_hand, _ in marks)], apart)
        return found


def _heads(texts: Sequence[str]) -> str:
    """A row of small print above columns."""
    cells = "".join(f'<TD ALIGN="RIGHT">{cards.quiet(text, 9) if text else ""}</TD>' for text in texts)
    return f"<TR>{cells}</TR>"


def _more(count: int) -> str:
    text = cards.quiet(f"… {count:,} more weights")
    return f'<TR><TD ALIGN="LEFT" COLSPAN="3">{text}</TD></TR>' if count else ""


def _gap(count: int, kind: str) -> dict[str, str]:
    """The card that stands for units left out."""
    rows = f'<TR><TD HEIGHT="17">{cards.quiet(f"… {count:,} more {kind}")}</TD></TR>'
    return cards.card(style.FOLDED, cards.table(rows), "0.99")
