"""The neurons view: one card per neuron with its weights, values and gradients, as in a derivation by hand."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from autograd.drawing import cards, style
from autograd.drawing.cards import Item
from autograd.drawing.comparison_marks import Verdicts
from autograd.drawing.engine import Drawing
from autograd.drawing.plan import Column, Drawn, Number, Plan, columns
from autograd.names import shown

NEURON = style.Role("", "#D5DDE6", "#7B8794", 1.2)


def neurons_view(plan: Plan, verdicts: Verdicts, *, widest: int, deepest: int) -> Drawing:
    """The picture of the neurons, inputs on the left, the loss on the right."""
    shown, notes = columns(plan, widest, deepest)
    view = _View(plan, verdicts, shown)
    graph = {"rankdir": "LR", "nodesep": "0.28", "ranksep": "1.0", "outputorder": "edgesfirst", "splines": "spline"}
    line = {"arrowsize": "0.5", "headport": "w"}
    caption = [_legend(plan), *notes, *verdicts.legend()]
    all_of = ["samples"] * (plan.samples > 1) + [plan.again] * bool(plan.again)
    if all_of:
        sample = f"sample 1 of {plan.samples:,}; " if plan.samples > 1 else ""
        caption.append(f"{sample}gradients of weights and biases are those of all {' and '.join(all_of)}")
    ranks = [[f"n{place}_{row}" for row in range(len(column))] for place, column in enumerate(shown)]
    return cards.assemble("neurons", view.items(), graph, line=line, ranks=ranks, caption=caption)


def _legend(plan: Plan) -> str:
    lines = "lines: weights (blue +, orange -, width = size)"
    return lines if not plan.has_data else f"{lines}  ·  cells: gradients  ·  δ = ∂L/∂z"


class _View:
    """What the cards and lines of one picture share: their names, and the largest weight and gradient."""

    def __init__(self, plan: Plan, verdicts: Verdicts, shown: Sequence[Column]) -> None:
        self.plan, self.verdicts, self.shown = plan, verdicts, shown
        self.with_data = plan.has_data
        self.names: dict[Drawn, str] = {}
        for place, column in enumerate(shown):
            for row, unit in enumerate(column):
                if isinstance(unit, Drawn):
                    self.names[unit] = f"n{place}_{row}"
        weights = [weight for unit in self.names for weight, _ in unit.weights]
        parts = [part for unit in self.names for part in (unit.bias, unit.z, unit.h) if part]
        biases = [unit.bias for unit in self.names if unit.bias]
        self.weight = _largest(part.data for part in (*weights, *biases))
        self.grad = _largest(part.grad for part in (*weights, *parts) if part.node is not plan.loss)

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
                    tail = self.names[source] + (":h:e" if source.h else ":e")
                    yield Item((tail, f"{name}:w{place}:w"), self._line(weight))

    def _gaps(self) -> Iterator[Item]:
        """A line over layers that are left out, so that those behind it stand to the right of those before it."""
        firsts = [next(unit for unit in column if isinstance(unit, Drawn)) for column in self.shown]
        for before, after in pairwise(firsts):
            if after.column > before.column + 1:
                told = cards.plate([f"… {after.column - before.column - 1} layers"], 9)
                line = style.line(None, 1.0) | {"style": "dashed", "label": told}
                yield Item((self.names[before], self.names[after]), line)

    def _line(self, weight: Number) -> dict[str, str]:
        grad = style.NOT_COMPUTED if weight.grad is None else style.number(weight.grad)
        text = f"{shown.name(weight.name)} = {style.number(weight.data)}, gradient {grad}"
        return style.line(weight.data, self.weight) | {"tooltip": cards.tooltip(text)}

    def _loss(self) -> Iterator[Item]:
        loss = self.plan.loss
        if loss is None or not self.plan.has_data:
            return
        target = self.plan.target
        head, width = cards.title(shown.display(loss.label or "L"))
        sign = cards.badge(loss.op.badge(loss.args)) if loss.op else ""
        rows = f'<TR><TD ALIGN="LEFT" HEIGHT="17"{width}>{head}</TD>{sign}</TR>'
        if target is not None:
            rows += _pair(style.escaped(shown.name(target.name, 12)), style.number(target.data))
        grad = loss.grad if loss.has_grad else None
        rows += _pair("loss", style.number(loss.data))
        rows += _pair("grad", _shown(grad), style.pill(grad, 1.0))
        yield Item(("loss",), cards.card(style.LOSS, cards.table(rows), "0.24" if target else "0.30"))
        for unit in self.plan.outputs:
            if unit in self.names:
                line = style.line(None, 1.0) | {"penwidth": "1.60", "headport": "w"}
                yield Item((f"{self.names[unit]}:h:e", "loss"), line)

    def _input(self, unit: Drawn) -> dict[str, str]:
        head, width = cards.title(shown.display(unit.name))
        corner = cards.chip("computed" if unit.computed else "input")
        rows = f'<TR><TD ALIGN="LEFT" HEIGHT="17"{width}>{head}</TD>{corner}</TR>'
        if unit.h is not None:
            rows += _pair("value", style.number(unit.h.data), port="h")
            constant = unit.h.node is None
            if not constant:
                rows += _pair("grad", _shown(unit.h.grad), style.pill(unit.h.grad, self.grad))
            share = "0.52" if constant else "0.36"
        else:
            share = "0.99"
        return cards.card(style.INPUT, cards.table(rows), share)

    def _neuron(self, unit: Drawn) -> dict[str, str]:
        wide = 4 if self.verdicts else 3
        head, width = cards.title(shown.display(unit.name))
        layer = cards.quiet(f"&#160;&#160;{f'step {unit.time}' if unit.time else f'layer {unit.column}'}", 9)
        sign = cards.chip(style.escaped(shown.shortened(shown.clean(unit.activation), 16)) or "f(z)", 10, wide - 2)
        rows = f'<TR><TD ALIGN="LEFT" COLSPAN="2" HEIGHT="17"{width}>{head}{layer}</TD>{sign}</TR>'
        if self.with_data:
            heads = ["", "value", "gradient", "by hand"][:wide]
            row = "".join(f'<TD ALIGN="RIGHT">{cards.quiet(text, 9) if text else ""}</TD>' for text in heads)
            rows += f"<TR>{row}</TR>"
        rows += self._weights(unit)
        if unit.bias is not None:
            rows += self._row(unit.bias, tinted=True)
        if unit.z is not None and unit.h is not None:
            rows += "<HR/>" + self._row(unit.z, delta=True)
            rows += self._row(unit.h, port="h")
        count = rows.count("<TR>")
        role = NEURON
        if self.plan.loss is None and unit in self.plan.outputs:
            role = style.LOSS
        return cards.card(self.verdicts.role(role, _parts(unit)), cards.table(rows, spacing=1), f"{1.05 / count:.3f}")

    def _weights(self, unit: Drawn) -> str:
        rows, hidden = "", 0
        for place, (weight, source) in enumerate(unit.weights):
            if source in self.names:
                rows += _more(hidden) + self._row(weight, tinted=True, port=f"w{place}")
                hidden = 0
            else:
                hidden += 1
        return rows + _more(hidden)

    def _row(self, part: Number, *, tinted: bool = False, delta: bool = False, port: str = "") -> str:
        """The row of a number: its name, value and gradient, and what was derived by hand."""
        weighs = f' PORT="{port}"' if tinted and port else ""
        gives = f' PORT="{port}"' if port and not tinted else ""
        ground = f' BGCOLOR="{style.pill(part.data, self.weight)}" STYLE="ROUNDED"' if tinted else ""
        name = style.escaped(shown.name(part.name, 12))
        cells = f'<TD ALIGN="LEFT"{weighs}>{cards.quiet(name, 11)}</TD>'
        cells += f'<TD ALIGN="RIGHT" WIDTH="52"{ground}>{style.number(part.data)}</TD>'
        if part.node is None or not self.with_data:
            cells += '<TD WIDTH="26"></TD>'
        else:
            pill = f'BGCOLOR="{style.pill(part.grad, self.grad)}" STYLE="ROUNDED"'
            sign = "δ " if delta else ""
            ends = "" if self.verdicts else gives
            cells += f'<TD ALIGN="RIGHT" WIDTH="60"{ends} {pill}>{sign}{_shown(part.grad)}</TD>'
        if self.verdicts:
            cells += f'<TD ALIGN="RIGHT"{gives}>{self.verdicts.cell(part.node)}</TD>'
        return f"<TR>{cells}</TR>"


def _parts(unit: Drawn) -> list[Number]:
    return [*(weight for weight, _ in unit.weights), *(part for part in (unit.bias, unit.z, unit.h) if part)]


def _pair(key: str, value: str, background: str = "", port: str = "") -> str:
    ground = f' BGCOLOR="{background}" STYLE="ROUNDED"' if background else ""
    anchor = f' PORT="{port}"' if port else ""
    return (
        f'<TR><TD ALIGN="LEFT" HEIGHT="17">{cards.quiet(key)}</TD>'
        f'<TD ALIGN="RIGHT" WIDTH="58"{anchor}{ground}>{value}</TD></TR>'
    )


def _more(count: int) -> str:
    text = cards.quiet(f"… {count:,} more weights")
    return f'<TR><TD ALIGN="LEFT" COLSPAN="3">{text}</TD></TR>' if count else ""


def _gap(count: int, kind: str) -> dict[str, str]:
    """The card that stands for units left out."""
    rows = f'<TR><TD HEIGHT="17">{cards.quiet(f"… {count:,} more {kind}")}</TD></TR>'
    return cards.card(style.FOLDED, cards.table(rows), "0.99")


def _shown(grad: float | None) -> str:
    return style.NOT_COMPUTED if grad is None else style.number(grad)


def _largest(numbers: Iterable[float | None]) -> float:
    return max((abs(x) for x in numbers if x is not None and math.isfinite(x)), default=0.0)
