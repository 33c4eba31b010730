"""The network view: all neurons of a network as circles, all weights as lines."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd.drawing import cards, style
from autograd.drawing.cards import Item
from autograd.drawing.comparison_marks import Verdicts
from autograd.drawing.engine import Drawing
from autograd.drawing.plan import Column, Drawn, Number, Plan, columns, neurons
from autograd.names import shown

FEW = 6
"""Up to so many neurons in a layer, the circles are large enough to hold their numbers."""


class Measure(NamedTuple):
    """Sizes in inches: of circles and the square of a bias, between layers, between circles of one layer."""

    circle: float
    bias: float
    across: float
    down: float


LARGE, SMALL = Measure(0.56, 0.15, 2.0, 0.80), Measure(0.27, 0.085, 1.9, 0.385)

OUTLINE = "#66727F"
LEGEND = (-1.0, -0.5, -0.15, 0.15, 0.5, 1.0)


def network_view(plan: Plan, verdicts: Verdicts, *, widest: int, deepest: int, direction: str) -> Drawing:
    """The picture of the whole network, inputs on the left; positions are given, so that nothing overlaps."""
    shown, notes = columns(plan, widest, deepest)
    if plan.samples > 1:
        notes.append(f"sample 1 of {plan.samples:,}")
    circles = _Circles(plan, verdicts, shown)
    if any(weight.summed for _, weight, _ in circles.weights):
        notes.append(style.SUMMED)
    return circles.drawing([*notes, *verdicts.legend()])


class _Circles:
    """Where the circles of one picture stand, and the largest weight and activation among them."""

    def __init__(self, plan: Plan, verdicts: Verdicts, shown: Sequence[Column]) -> None:
        self.plan, self.verdicts, self.shown = plan, verdicts, shown
        self.size = LARGE if max(map(len, shown)) <= FEW else SMALL
        self.top = (max(map(len, shown)) - 1) / 2 * self.size.down
        self.names: dict[Drawn, str] = {}
        for place, column in enumerate(shown):
            self.names |= {unit: f"n{place}_{row}" for row, unit in enumerate(column) if isinstance(unit, Drawn)}
        self.weights = [(unit, *link) for unit in self.names for link in unit.weights if link[1] in self.names]
        self.weights.sort(key=lambda line: abs(line[1].data))  # the largest last, so that they lie on top
        self.weight = style.largest(weight.data for _, weight, _ in self.weights)
        self.width = 3.6 if len(self.weights) <= 60 else 2.2
        self.bias = max(self.weight, style.largest(unit.bias.data for unit in self.names if unit.bias))
        self.output = style.largest(unit.h.data for unit in self.names if unit.h)

    def drawing(self, notes: Sequence[str]) -> Drawing:
        """The picture, with the notes below it."""
        items = [*self.lines(), *self.circles(), *self.titles(), *self.legend(notes)]
        graph = {"splines": "line", "outputorder": "edgesfirst", "pad": "0.15"}
        circle = {"shape": "circle", "fixedsize": "true", "style": "filled", "label": "", "margin": "0"}
        circle |= {"width": f"{self.size.circle}", "color": OUTLINE, "fontsize": "10"}
        return cards.assemble("network", items, graph, card=circle, line={"arrowhead": "none"}, engine="neato")

    def circles(self) -> Iterator[Item]:
        """Every neuron with its bias, and what stands beside it; of several times, each in a row of its own."""
        tallest = max(map(len, self.shown))
        for place, column in enumerate(self.shown):
            for row, unit in enumerate(column):
                x = place * self.size.across
                y = (((tallest if self.plan.again == "steps" else len(column)) - 1) / 2 - row) * self.size.down
                if not isinstance(unit, Drawn):
                    yield Item((f"n{place}_{row}",), _text([f"+ {unit:,}"]) | {"pos": _at(x, y)})
                    continue
                yield Item((f"n{place}_{row}",), self._circle(unit) | {"pos": _at(x, y)})
                corner = self.size.circle / 2 * 0.72
                if unit.bias is not None:
                    yield Item((f"b{place}_{row}",), self._bias(unit.bias) | {"pos": _at(x - corner, y - corner)})
                worst = self.verdicts.worst(part.node for part in unit.parts)
                if worst is not None:
                    mark = _text([worst.sign], 9, worst.ground or style.PAPER)
                    yield Item((f"m{place}_{row}",), mark | {"pos": _at(x + corner, y + corner)})
                side = -1 if unit.is_input else 1
                beside = self._beside(unit, place)
                if beside:
                    away = self.size.circle / 2 + 0.15 + 0.042 * max(map(shown.columns_of, beside))
                    yield Item((f"t{place}_{row}",), _text(beside) | {"pos": _at(x + side * away, y)})

    def _circle(self, unit: Drawn) -> dict[str, str]:
        role = style.INPUT if unit.is_input else style.LOSS if unit in self.plan.outputs else None
        border, width = (role.border, "1.80") if role else (OUTLINE, "1.00")
        number = unit.h.data if unit.h else None
        text = _short(number) if number is not None and self.size is LARGE else ""
        ground = style.fill(number, self.output) if number is not None else style.PAPER
        return {
            "fillcolor": ground,
            "color": border,
            "penwidth": width,
            "label": text,
            "tooltip": cards.tooltip(_told(unit)),
        }

    def _bias(self, bias: Number) -> dict[str, str]:
        return {
            "shape": "square",
            "width": f"{self.size.bias}",
            "penwidth": "0.6",
            "fillcolor": style.fill(bias.data, self.bias),
            "tooltip": cards.tooltip(f"bias {shown.name(bias.name)} = {_signed(bias.data)}"),
        }

    def _beside(self, unit: Drawn, place: int) -> list[str]:
        """What stands beside a circle: names of inputs, names and numbers of outputs."""
        name = shown.name(unit.name, 12)
        if unit.is_input:
            return [name]
        if place < len(self.shown) - 1:
            return []
        return [f"{name} = {style.number(unit.h.data)}"] if unit.h else [name]

    def titles(self) -> Iterator[Item]:
        """Above every layer what it is."""
        last = len(self.plan.columns) - 1
        for place, column in enumerate(self.shown):
            first = next(unit for unit in column if isinstance(unit, Drawn))
            units = neurons(self.plan.columns[first.column]) or self.plan.columns[0]
            units = [unit for unit in units if unit not in self.plan.outputs] or units  # some steps have outputs beside
            unit, count = units[0], len(units)
            head = "input" if unit.is_input else "output" if unit.column == last else f"hidden {unit.column}"
            head = f"step {unit.time}" if unit.time and unit.column != last else head
            sign = shown.shortened(shown.clean(unit.activation), 12)
            lines = [head, f"{count} × {sign}" if sign else f"{count}"]
            at = _at(place * self.size.across, self.top + self.size.circle / 2 + 0.38)
            yield Item((f"h{place}",), _text(lines, 11) | {"pos": at})

    def lines(self) -> Iterator[Item]:
        """The weights."""
        for unit, weight, source in self.weights:
            told = f"{shown.name(weight.name)} = {_signed(weight.data)}, gradient {weight.told}"
            line = look(weight.data, self.weight, self.width) | {"tooltip": cards.tooltip(told)}
            yield Item((self.names[source], self.names[unit]), line)

    def legend(self, notes: Sequence[str]) -> Iterator[Item]:
        """Below the network: what lines and colours mean."""
        middle = (len(self.shown) - 1) / 2 * self.size.across
        y = -self.top - self.size.circle / 2 - 0.42
        yield Item(("lw",), _text(["weight"]) | {"pos": _at(middle - 2.0, y)})
        for place, share in enumerate(LEGEND):
            x = middle - 1.3 + 0.58 * place
            for end, side in (("a", -0.17), ("b", 0.17)):
                yield Item((f"l{end}{place}",), _POINT | {"pos": _at(x + side, y)})
            yield Item((f"la{place}", f"lb{place}"), look(share * self.weight, self.weight, self.width))
            text = _short(share * self.weight)
            yield Item((f"lt{place}",), _text([text], 9) | {"pos": _at(x, y - 0.21)})
        told = "corner: bias" if not self.plan.has_data else "fill: activation  ·  corner: bias"
        lines = [f"{told}  ·  blue +, orange -", *notes]
        yield Item(("lh",), _text(lines) | {"pos": _at(middle, y - 0.5 - 0.1 * (len(lines) - 1))})


_POINT = {"shape": "point", "width": "0.01", "style": "invis"}


def _text(lines: Sequence[str], size: float = 10, ground: str = style.PAPER) -> dict[str, str]:
    """Words on a light plate."""
    label = cards.plate(lines, size, "CENTER", ground)
    return {"shape": "plaintext", "style": "", "fixedsize": "false", "width": "0", "height": "0", "label": label}


def look(weight: float, largest: float, width: float) -> dict[str, str]:
    """The colour and the width of a weight's line."""
    share = style.strength(weight, largest) ** 2 if weight else 0.0
    alpha = round(255 * (0.32 + 0.63 * share))
    return {"color": f"{style.sign_colour(weight)}{alpha:02X}", "penwidth": f"{0.4 + width * share:.2f}"}


def _told(unit: Drawn) -> str:
    """What is shown when the mouse rests on a circle."""
    if unit.h is None:
        return shown.name(unit.name)
    told = f"{shown.name(unit.name)} = {_signed(unit.h.data)}"
    if unit.z is not None:
        told += f", {shown.name(unit.z.name)} = {_signed(unit.z.data)}, δ = {unit.z.told}"
    return told


def _signed(x: float) -> str:
    text = style.number(x)
    return text if text.startswith("-") or x == 0.0 else f"+{text}"


def _short(x: float) -> str:
    """The number in at most six characters."""
    if x == 0.0:
        return "0.00"
    if not math.isfinite(x):
        return f"{x:g}"
    if 0.005 <= abs(x) < 99.995:
        return f"{x:+.2f}"
    mantissa, exponent = f"{x:+.0e}".split("e")
    return f"{x:+.0f}" if 99.995 <= abs(x) < 9999.5 else f"{mantissa}e{int(exponent)}"


def _at(x: float, y: float) -> str:
    return f"{x:.3f},{y:.3f}!"
