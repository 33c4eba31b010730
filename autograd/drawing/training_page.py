"""The page of a training run: the weights of the network, and what it predicts, epoch by epoch."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from autograd.drawing import style
from autograd.drawing.comparison_marks import Verdicts
from autograd.drawing.network_view import Circles, look
from autograd.drawing.page import Page
from autograd.drawing.plan import DEEPEST, WIDEST, Plan, columns, plan_of
from autograd.drawing.steps import Step
from autograd.names import shown
from autograd.network import network_of_model
from autograd.value import Value, no_grad

FRAMES = 60
"""So many epochs are shown at most; of longer runs some, evenly spread."""

GRID = 24
"""The map of predictions has so many fields on a side."""


def run_page(history: Any, model: Any, X: Any, y: Any) -> Page:  # noqa: N803
    """The page of a run; ValueError where the history has no parameters or they are not those of the model."""
    network = network_of_model(model)
    if network is None:
        raise TypeError(
            f"step_through() of a training run needs the model that was trained, got {type(model).__name__}: "
            "step_through(history, model)"
        )
    if not history.parameters:
        raise ValueError("step_through() got a history without parameters: train with fit(..., record_parameters=True)")
    named = model.named_parameters()
    if set(named) != set(history.parameters[0]):
        raise ValueError("step_through() got a history of another model: their parameters have other names")
    return _Run(history, model, plan_of(network), named, X, y).page()


class _Run:
    """A run while its page is made."""

    def __init__(self, history: Any, model: Any, plan: Plan, named: Any, samples: Any, targets: Any) -> None:
        self.history, self.model, self.named = history, model, named
        count = len(history.parameters)
        self.epochs = sorted({round(i * (count - 1) / (FRAMES - 1)) for i in range(FRAMES)}) if count > 1 else [0]
        self.points = _points(samples, targets) if samples is not None else []
        self.mapped = len(plan.columns[0]) == 2 and len(plan.columns[-1]) == 1
        self.threshold = 0.5 if plan.columns[-1][0].activation == "sigmoid" else 0.0
        shown, self.notes = columns(plan, WIDEST, DEEPEST)
        largest = max(abs(x) for epoch in history.parameters for x in epoch.values() if math.isfinite(x))
        self.circles = Circles(plan, Verdicts(), shown, largest or 1.0)

    def page(self) -> Page:
        """The page; the parameters of the model are afterwards as they were."""
        before = {parameter: parameter.data for parameter in self.named.values()}
        picture = self.circles.drawing(self.notes)
        try:
            steps = [self._step(epoch) for epoch in self.epochs]
        finally:
            for parameter, number in before.items():
                parameter.data = number
        names = [(f"p{place}", shown.name(name)) for place, name in enumerate(self.named)]
        count = len(self.history.parameters)
        some = f" ({len(self.epochs)} of {count} epochs)" if len(self.epochs) < count else ""
        beside = f'<div class="beside">{self._map() if self.mapped else ""}{self._curve()}</div>'
        return Page(f"A training run, epoch by epoch{some}", picture, steps, names, beside)

    def _step(self, epoch: int) -> Step:
        numbers = self.history.parameters[epoch]
        for name, number in numbers.items():
            self.named[name].data = number
        loss = self.history.losses[epoch]
        step = Step("epoch", f"After epoch {epoch}", [], [f"mean loss {loss:.6g}"])
        step.say = f"After epoch {epoch} the loss is {loss:.4g}."
        for place, number in enumerate(numbers.values()):
            step.sets.append((f"p{place}", "data", style.number(number), repr(number), True))
        step.looks = list(self._looks())
        step.levels = "".join(map(str, self._levels())) if self.mapped else ""
        step.curve = self._place(epoch)
        return step

    def _looks(self) -> Iterator[tuple[str, dict[str, str]]]:
        """How the lines of weights and the squares of biases look with the parameters as they are."""
        for place, (_, weight, _) in enumerate(self.circles.weights):
            number = weight.node.data if weight.node else weight.data
            line = look(number, self.circles.weight, self.circles.width)
            colour, alpha = line["color"][:7], int(line["color"][7:], 16) / 255
            yield f"e{place}", {"stroke": colour, "stroke-opacity": f"{alpha:.2f}", "stroke-width": line["penwidth"]}
        for unit, name in self.circles.names.items():
            if unit.bias is not None and unit.bias.node is not None:
                yield f"b{name[1:]}", {"fill": style.fill(unit.bias.node.data, self.circles.bias)}

    # ---------------------------------------------------------------- the map and the curve

    def _range(self) -> tuple[float, float, float, float]:
        """(left, right, low, high) of the map: around the samples, or from -2 to 2."""
        found: list[float] = []
        for axis in (0, 1):
            values = [point[axis] for point in self.points] or [-1.8, 1.8]
            room = 0.1 * (max(values) - min(values)) or 1.0
            found += [min(values) - room, max(values) + room]
        return found[0], found[1], found[2], found[3]

    def _levels(self) -> Iterator[int]:
        """What the model says of each field, rows from the top: 0 to 3 below the boundary, 5 to 8 above."""
        left, right, low, high = self._range()
        with no_grad():
            for row in range(GRID):
                for column in range(GRID):
                    x1 = left + (column + 0.5) / GRID * (right - left)
                    x2 = high - (row + 0.5) / GRID * (high - low)
                    score = _number(self.model([x1, x2])) - self.threshold
                    scaled = score * (8.0 if self.threshold else 2.0)
                    yield 4 if math.isnan(scaled) or scaled == 0 else _level(scaled)

    def _map(self) -> str:
        left, right, low, high = self._range()
        fields = [
            f'<rect class="field" x="{place % GRID}" y="{place // GRID}" width="1" height="1"/>'
            for place in range(GRID * GRID)
        ]
        marks = []
        for x1, x2, above in self.points:
            x, y = (x1 - left) / (right - left) * GRID, (high - x2) / (high - low) * GRID
            ink = 'stroke="#FFFFFF" stroke-width="0.15"'
            if above:
                marks.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="0.38" fill="#1F2933" {ink}/>')
            else:
                marks.append(
                    f'<rect x="{x - 0.33:.2f}" y="{y - 0.33:.2f}" width="0.66" height="0.66" fill="#FFFFFF" '
                    'stroke="#1F2933" stroke-width="0.15"/>'
                )
        label = "What the model predicts: blue above the boundary, orange below it; dots and squares are the samples"
        head = f'<svg id="map" viewBox="0 0 {GRID} {GRID}" role="img" aria-label="{label}">'
        return f'{head}<g shape-rendering="crispEdges">{"".join(fields)}</g>{"".join(marks)}</svg>'

    def _place(self, epoch: int) -> tuple[float, float]:
        """The place of an epoch on the curve of losses."""
        losses = [x for x in self.history.losses if math.isfinite(x)] or [0.0]
        top = max(losses) or 1.0
        loss = self.history.losses[epoch]
        y = 56.0 - 50.0 * (min(loss, top) / top if math.isfinite(loss) else 1.0)
        return round(4.0 + 112.0 * epoch / max(len(self.history.losses) - 1, 1), 2), round(y, 2)

    def _curve(self) -> str:
        points = " ".join("{},{}".format(*self._place(epoch)) for epoch in range(len(self.history.losses)))
        return (
            '<svg id="curve" viewBox="0 0 120 70" role="img" aria-label="The loss over the epochs">'
            f'<polyline points="{points}"/><text x="4" y="67">loss over {len(self.history.losses):,} epochs</text>'
            '<circle id="now" r="2.6" cx="4" cy="4"/></svg>'
        )


def _level(scaled: float) -> int:
    size = min(int(abs(scaled)), 3)
    return 5 + size if scaled > 0 else 3 - size


def _number(x: Any) -> float:
    return x.data if isinstance(x, Value) else float(x)


def _points(samples: Sequence[Any], targets: Any) -> list[tuple[float, float, bool]]:
    """(x1, x2, whether of the upper class) for every sample with two inputs."""
    given = [0.0] * len(samples) if targets is None else targets
    ys = [_number(t[0] if isinstance(t, (list, tuple)) else t) for t in given]
    if len(ys) != len(samples):
        raise ValueError(f"step_through() got {len(samples)} samples but {len(ys)} targets; expected one for each")
    middle = (max(ys) + min(ys)) / 2 if ys else 0.0
    return [(_number(x[0]), _number(x[1]), t > middle) for x, t in zip(samples, ys, strict=True) if len(x) == 2]
