"""What a notebook shows of a model, an optimiser or a history: a picture where there is one, else a table."""

import base64
import html
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from autograd import Value, draw

FEW = 10
"""A table has so many rows, and then says how many there are more."""

NEURONS = 24
"""A model of more neurons is folded in its picture."""

POINTS = 300
"""A curve is drawn through so many points at most."""

ROSE, VIOLET, GREY = "#C94F82", "#8A73D6", "#7C858E"  # to be seen on white and on dark pages alike


def of_model(model: Any) -> dict[str, Any]:
    """The picture of a network with its name and size; of any other module the table of its parameters."""
    parameters = model.parameters()
    said = f"{model!r}: {len(parameters):,} parameter{'s' * (len(parameters) != 1)}"
    wide = max((len(getattr(neuron, "w", ())) for neuron in getattr(model, "neurons", [model])), default=0)
    view = "auto" if hasattr(model, "layers") or len(parameters) > NEURONS or wide > FEW else "neurons"
    shown: dict[str, Any] = {}
    with suppress(TypeError, ModuleNotFoundError):  # it is no network, or graphviz is not there
        shown |= draw(model, view, max_nodes=NEURONS)._repr_mimebundle_()
    picture = shown.get("text/html") or parameter_table(model.named_parameters())
    return shown | {"text/html": f"<div>{html.escape(said)}</div>{picture}", "text/plain": repr(model)}


def parameter_table(parameters: Mapping[str, Value], after: Sequence[float | None] | None = None) -> str:
    """Parameters with their gradients, and what a step would make of them, as a table in HTML."""
    values = list(parameters.values())
    columns = {"data": [p.data for p in values], "grad": [p.grad if p.has_grad else None for p in values]}
    if after is not None:
        columns["after step()"] = list(after)
    return table(list(parameters), columns)


def table(names: Sequence[str], columns: Mapping[str, Sequence[float | None]]) -> str:
    """A table in HTML: a row for each name, the numbers of a column all in one form."""
    cells = [list(map(html.escape, names[:FEW])), *(in_one_form(column[:FEW]) for column in columns.values())]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in ("", *columns))
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in zip(*cells, strict=True))
    more = f"<div>… and {len(names) - FEW:,} more</div>" if len(names) > FEW else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"


def in_one_form(xs: Iterable[float | None]) -> list[str]:
    """The numbers of a column, all fixed or all scientific; a dash for what is not known.

    >>> in_one_form([0.25, -3.0, None]), in_one_form([0.25, 1e-7])
    (['0.250000', '-3.000000', '–'], ['2.5000e-01', '1.0000e-07'])
    """
    numbers = list(xs)
    sizes = [abs(x) for x in numbers if x and math.isfinite(x)]
    form = ".6f" if min(sizes, default=1.0) >= 1e-4 and max(sizes, default=1.0) < 1e6 else ".4e"
    return ["–" if x is None else format(x, form) for x in numbers]


def curve(losses: Sequence[float], validation: Sequence[float] = ()) -> str:
    """The losses over the epochs, and those of validation dashed, as a small image in HTML; "" where there are none."""
    finite = [x for x in (*losses, *validation) if math.isfinite(x)]
    if not finite:
        return ""
    low, high = min(finite), max(finite)
    logarithmic = low > 0.0 and high > 100.0 * low

    def place(x: float) -> float:
        bottom, top, here = (math.log(n) if logarithmic else n for n in (low, high, x))
        return 12.0 + 84.0 * (1.0 - (here - bottom) / ((top - bottom) or 1.0))

    def line(numbers: Sequence[float], colour: str, dashes: str) -> str:
        last = max(len(losses), len(validation), 2) - 1
        every = max(math.ceil(len(numbers) / POINTS), 1)
        chosen = sorted({*range(0, len(numbers), every), len(numbers) - 1} - {-1})
        points = [(70.0 + 280.0 * i / last, place(numbers[i])) for i in chosen if math.isfinite(numbers[i])]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dot = f'<circle cx="{points[0][0]}" cy="{points[0][1]}" r="2.5" fill="{colour}"/>' if len(points) == 1 else ""
        look = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"'
        return f'<polyline points="{drawn}" {look}/>{dot}'

    def text(x: float, y: float, anchor: str, words: str) -> str:
        return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{words}</text>'

    scale = ", log scale" if logarithmic else ""
    parts = [
        f'<path d="M70,8V100H352" fill="none" stroke="{GREY}" stroke-opacity="0.5"/>',
        line(validation, VIOLET, "5 3"), line(losses, ROSE, "none"),
        text(64, 16, "end", f"{high:.3g}"), text(64, 100, "end", f"{low:.3g}"),
        text(70, 115, "start", "0"), text(210, 115, "middle", f"epoch{scale}"),
        text(350, 115, "end", str(max(len(losses), len(validation)) - 1)),
    ]  # fmt: skip
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="360" height="120" viewBox="0 0 360 120" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="11" fill="{GREY}">{"".join(parts)}</svg>'
    )
    told = f"loss over the epochs, from {losses[0]:.3g} to {losses[-1]:.3g}" if losses else "losses"
    return f'<img alt="{told}" src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}">'
