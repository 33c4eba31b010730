"""Curves and maps of a training, drawn with matplotlib: light cards that read on white and on dark pages.

Every function draws into the `ax` that is given, or into a new figure, and returns the axes:
`ax.figure.savefig("losses.png")` writes the picture. Without matplotlib they raise a
ModuleNotFoundError that says what to install.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from autograd import Value, grad, no_grad
from nn.data import Sample, labelled
from nn.layers import Neuron

if TYPE_CHECKING:  # matplotlib is imported when something is drawn, not before
    from matplotlib.axes import Axes

__all__ = ["activation", "boundary", "losses", "parameters"]


def __dir__() -> list[str]:
    return __all__


BLUE, ORANGE = "#1B7FC2", "#E0780B"  # sign: above and below the threshold, rising and falling
PALE_BLUE, PALE_ORANGE = "#8CBFE1", "#F0BB84"  # half of each on paper
ROSE, VIOLET, TEAL, SLATE = "#B3356B", "#6F56C0", "#0B8A6A", "#52606D"
PAPER, GRID, EDGE, INK = "#FCFDFE", "#E4E9EF", "#C5CDD5", "#1F2933"
LABEL = "#78828C"  # stands on the page itself: about as far from white as from black
LABEL_BELOW = "#76808A"  # the same to the eye, on the other side of the middle; see `_card`

FEW = 16
"""Up to so many parameters are told apart."""


class Recorded(Protocol):
    """What is drawn of a training, epoch by epoch."""

    @property
    def losses(self) -> Sequence[float]:
        """The loss that was minimised."""

    @property
    def validation_losses(self) -> Sequence[float]:
        """The loss of the validation samples, where there are any."""

    @property
    def parameters(self) -> Sequence[Mapping[str, float]]:
        """The parameters by name, where they were recorded."""


def losses(history: Recorded, ax: "Axes | None" = None) -> "Axes":
    """The loss over the epochs, beside it (dashed) that of validation with its lowest point.

    The scale is logarithmic where the losses span more than two powers of ten. ValueError for a
    history without epochs.

    >>> from nn import History
    >>> losses(History(losses=[0.7, 0.4, 0.3])).get_xlabel()
    'epoch'
    """
    if not history.losses:
        raise ValueError("losses: the history has no epochs to draw")
    ax = _card(ax)
    validation = history.validation_losses
    _curve(ax, history.losses, color=ROSE, linewidth=2.4, label="training")
    if validation:
        _curve(ax, validation, color=VIOLET, linewidth=1.8, linestyle=(0, (4, 2)), label="validation")
        best = min(range(len(validation)), key=validation.__getitem__)
        point: Any = {"color": PAPER, "mec": VIOLET, "mew": 1.8, "markersize": 7, "zorder": 4}
        ax.plot([best], [validation[best]], "o", label=f"lowest, epoch {best}", **point)
        ax.legend(frameon=False, labelcolor=INK)
    everything = [*history.losses, *validation]
    if min(everything) > 0.0 and max(everything) > 100.0 * min(everything):
        ax.set_yscale("log")
    _name(ax, "epoch", "loss")
    return ax


def parameters(history: Recorded, ax: "Axes | None" = None) -> "Axes":
    """The parameters over the epochs, of a history with `record_parameters`.

    Up to 16 of them are named; those of one neuron (weights up to its bias) share a colour, and
    biases are dashed.
    ValueError where none were recorded.

    >>> from nn import History
    >>> history = History(parameters=[{"w1": 0.5, "b1": 0.0}, {"w1": 0.7, "b1": 0.1}])
    >>> [text.get_text() for text in parameters(history).texts]
    ['b₁', 'w₁']
    """
    if not history.parameters:
        raise ValueError("parameters: none were recorded; train with fit(..., record_parameters=True)")
    ax = _card(ax)
    curves = {name: [numbers[name] for numbers in history.parameters] for name in history.parameters[0]}
    few = len(curves) <= FEW
    colours = dict(zip(curves, _neuron_colours(list(curves)), strict=True))
    for name, curve in curves.items():
        if few:
            dashes = (0, (4, 2)) if name.startswith("b") else "solid"
            _curve(ax, curve, color=colours[name], linestyle=dashes, linewidth=1.8)
        else:
            _curve(ax, curve, color=VIOLET, linewidth=0.7, alpha=0.5)
    _name(ax, "epoch", "parameters")
    if few:
        last = len(history.parameters) - 1
        ax.set_xlim(0, max(last, 1) * 1.09)
        low, high = ax.get_ylim()
        ends = sorted((curve[-1], name) for name, curve in curves.items())
        places = _apart([end for end, _ in ends], 0.055 * (high - low), low, high)
        for (_, name), y in zip(ends, places, strict=True):
            ax.text(max(last, 1) * 1.02, y, _shown(name), color=colours[name], va="center", fontsize="small")
    return ax


def activation(
    function: str | Callable[[Any], Any], ax: "Axes | None" = None, *, low: float = -5.0, high: float = 5.0
) -> "Axes":
    """An activation f(z) and, dashed, its slope f′(z) as the engine derives it.

    The slope is blue where f rises and orange where it falls. `function` is a name that `Neuron`
    takes, such as "tanh", or a function of a Value. Where it raises (a logarithm below 0) the
    curve has a gap.

    >>> activation("relu").get_xlabel()
    'z'
    """
    name = function if isinstance(function, str) else getattr(function, "name", getattr(function, "__name__", "f"))
    neuron = Neuron(1, function)
    neuron.load_named({"w1": 1.0, "b1": 0.0})
    if not low < high:
        raise ValueError(f"activation: expected low < high, got {low!r} and {high!r}")
    ax = _card(ax)
    zs = _spaced(low, high, 401)
    ys, slopes = ([_value(f, z) for z in zs] for f in (neuron, grad(neuron)))
    ax.axhline(0.0, color=EDGE, linewidth=1.0, zorder=1)
    ax.axvline(0.0, color=EDGE, linewidth=1.0, zorder=1)
    ax.plot(zs, _unjoined(ys), color=SLATE, linewidth=2.6, label=_shown("f" if name == "<lambda>" else name))
    for colour, sign in ((BLUE, 1.0), (ORANGE, -1.0)):
        part = [slope if slope * sign > 0.0 or (slope == 0.0 and sign > 0.0) else math.nan for slope in slopes]
        if not all(map(math.isnan, part)):
            label = "slope" if sign > 0.0 else "slope, falling"
            ax.plot(zs, _unjoined(part), color=colour, linewidth=2.0, linestyle=(0, (4, 2)), label=label)
    ax.legend(frameon=False, labelcolor=INK)
    _name(ax, "z", "")
    return ax


def boundary(
    model: Any,
    X: Any,  # noqa: N803
    y: Any,
    ax: "Axes | None" = None,
    *,
    resolution: int = 60,
    threshold: float | None = None,
) -> "Axes":
    """What the model makes of the plane: a tint by its output, a line where the class changes, the samples on top.

    Blue and round is the class with the larger number, orange and square the other; what lies on
    the wrong side is ringed. The output is evaluated at `resolution` x `resolution` points, without
    a graph. The class changes at the `threshold`: 0.5 unless given where all outputs lie from 0 to
    1, as probabilities do, else 0. Of two outputs, the larger one says the class. ValueError for
    samples that are not of two inputs, for more than two classes or more than two outputs.

    >>> ax = boundary(lambda x: x[0] - x[1], [[0, 1], [1, 0]], [0, 1], resolution=5)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('x₁', 'x₂')
    """
    samples = labelled(X, y)
    classes = _classes(samples)
    if resolution < 2:
        raise ValueError(f"boundary: expected a resolution from 2 on, got {resolution!r}")
    columns, rows = (_around([sample.x[i] for sample in samples], resolution) for i in (0, 1))
    with no_grad():
        own = [_score(model(sample.x)) for sample in samples]
        scores = [[_score(model([a, b])) for a in columns] for b in rows]
    probabilities = all(0.0 <= score <= 1.0 for line in (own, *scores) for score in line)
    if threshold is None:
        threshold = 0.5 if probabilities else 0.0
    ratio = (rows[-1] - rows[0]) / (columns[-1] - columns[0])
    true = 0.5 < ratio < 2.0  # else the picture would be a narrow strip
    ax = _card(ax, (5.2, 0.8 + 4.6 * ratio) if true else (5.2, 4.4))
    _tint(ax, columns, rows, [[score - threshold for score in line] for line in scores])
    # A probability jumps from 0 to 1 between two points; its weighted sum passes the threshold evenly.
    height = _logit if probabilities and 0.0 < threshold < 1.0 else float
    heights = [[height(score) - height(threshold) for score in line] for line in scores]
    ax.contour(columns, rows, heights, levels=[0.0], colors=INK, linewidths=1.4, zorder=3)
    _dots(ax, samples, classes, [score > threshold for score in own])
    ax.grid(False)
    if true:
        ax.set_aspect("equal")
    _name(ax, "x₁", "x₂")
    return ax


# ---------------------------------------------------------------- the card


def _card(ax: "Axes | None", size: tuple[float, float] = (6.0, 3.6)) -> "Axes":
    """The axes given, or those of a new figure, as a light card on a transparent page."""
    try:
        from matplotlib import pyplot
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("matplotlib"):
            raise
        raise ModuleNotFoundError(
            "nn.plot needs matplotlib: pip install matplotlib", name=error.name
        ) from error
    if ax is None:
        figure, ax = pyplot.subplots(figsize=size, layout="constrained")
        figure.patch.set_alpha(0.0)
    ax.set_facecolor(PAPER)
    ax.grid(True, color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
    # Where all labels are dark, or all light, a notebook puts a light or a dark slab behind a transparent figure.
    ax.tick_params(axis="x", colors=LABEL_BELOW, length=0)
    ax.tick_params(axis="y", colors=LABEL, length=0)
    for spine in ax.spines.values():
        spine.set_color(EDGE)
    shown: Any = ax
    shown._ipython_display_ = _nothing_more
    return ax


def _nothing_more() -> None:
    """What a notebook shows of axes beside their figure."""


def _name(ax: "Axes", x: str, y: str) -> None:
    """Write at the axes what they show; epochs are whole."""
    ax.set_xlabel(x, color=LABEL)
    ax.set_ylabel(y, color=LABEL)
    if x == "epoch":
        ax.locator_params(axis="x", integer=True)


def _curve(ax: "Axes", numbers: Sequence[float], **style: Any) -> None:
    """Numbers over the epochs from 0 on; a single one as a dot."""
    ax.plot(range(len(numbers)), numbers, marker="o" if len(numbers) == 1 else "", **style)


def _dots(ax: "Axes", samples: Sequence[Sample], classes: Sequence[Any], above: Sequence[bool]) -> None:
    """The samples by class, and rings around those that are not above the line as their class is."""
    for label, colour, marker, size in zip(classes[::-1], (BLUE, ORANGE), ("o", "s"), (38, 32), strict=False):
        xs, ys = zip(*(sample.x for sample in samples if sample.y == label), strict=True)
        name = f"class {label}"
        ax.scatter(xs, ys, s=size, color=colour, marker=marker, edgecolors=PAPER, linewidths=0.9, zorder=4, label=name)
    wrong = [sample.x for sample, up in zip(samples, above, strict=True) if up != (sample.y == classes[-1])]
    if wrong and len(classes) == 2:
        xs, ys = zip(*wrong, strict=True)
        name = f"wrong ({len(wrong)})"
        ax.scatter(xs, ys, s=130, facecolors="none", edgecolors=ROSE, linewidths=1.8, zorder=5, label=name)
    tight = {"handletextpad": 0.2, "borderaxespad": 0.2, "columnspacing": 1.2}
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False, labelcolor=LABEL, **tight)


def _tint(ax: "Axes", columns: Sequence[float], rows: Sequence[float], heights: list[list[float]]) -> None:
    """Blue where positive and orange where negative, on the scale of a root."""
    from matplotlib.colors import LinearSegmentedColormap

    largest = max(abs(height) for line in heights for height in line) or 1.0
    shades = [[math.copysign(math.sqrt(abs(height) / largest), height) for height in line] for line in heights]
    colours = LinearSegmentedColormap.from_list("sign", [PALE_ORANGE, PAPER, PALE_BLUE])
    ax.contourf(columns, rows, shades, levels=_spaced(-1.0, 1.0, 21), cmap=colours, zorder=2)


# ---------------------------------------------------------------- numbers


def _spaced(low: float, high: float, count: int) -> list[float]:
    return [low + (high - low) * i / (count - 1) for i in range(count)]


def _around(numbers: Sequence[float], count: int) -> list[float]:
    """Evenly spaced places from a little below the smallest number to a little above the largest."""
    low, high = min(numbers), max(numbers)
    margin = 0.15 * (high - low) or 1.0
    return _spaced(low - margin, high + margin, count)


def _value(f: Callable[[Any], Any], z: float) -> float:
    """f([z]), or the first number of it, as a float; nan where f raises."""
    try:
        y = f([z])
    except (ValueError, ArithmeticError):
        return math.nan
    return _score(y[0] if isinstance(y, list) else y)


def _unjoined(ys: Sequence[float]) -> list[float]:
    """The numbers, nan before each jump by half of their range, so that no line is drawn across it."""
    numbers = [y for y in ys if math.isfinite(y)] or [0.0]
    jump = 0.5 * (max(numbers) - min(numbers))
    return [*(math.nan if abs(b - a) > jump > 0.0 else a for a, b in pairwise(ys)), ys[-1]]


def _logit(p: float) -> float:
    """ln(p/(1 - p)), kept finite at 0 and 1."""
    p = min(max(p, 1e-15), 1.0 - 1e-15)
    return math.log(p / (1.0 - p))


def _classes(samples: Sequence[Sample]) -> list[Any]:
    """The classes of samples of two inputs, at most two, in ascending order."""
    for sample in samples:
        if not isinstance(sample.x, list) or len(sample.x) != 2:
            raise ValueError(f"boundary: expected samples of 2 inputs, got {sample}")
        if isinstance(sample.y, list):
            raise ValueError(f"boundary: expected the number of a class as target, got {sample}")
    classes = sorted({sample.y for sample in samples})
    if len(classes) > 2:
        raise ValueError(f"boundary: expected targets of 2 classes, got {len(classes)}: {classes[:5]}")
    return classes


def _score(prediction: Any) -> float:
    """One number whose size says the class."""
    if isinstance(prediction, (list, tuple)):
        if len(prediction) != 2:
            raise ValueError(f"boundary: expected a model of one output, or of two; got {len(prediction)} outputs")
        return _score(prediction[1]) - _score(prediction[0])
    return prediction.data if isinstance(prediction, Value) else float(prediction)


def _neuron_colours(names: Sequence[str]) -> Iterator[str]:
    """A colour for every parameter: another one after each bias."""
    neuron = 0
    for name in names:
        yield (VIOLET, TEAL, ROSE, SLATE)[neuron % 4]
        neuron += name.startswith("b")


def _apart(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Ascending places moved as little as needed to be a gap apart, and kept between low and high where they fit."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + gap if found else low + gap / 2))
    limit = high - gap / 2
    for i in reversed(range(len(found))):
        found[i] = min(found[i], limit)
        limit = found[i] - gap
    return found


_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _shown(name: str) -> str:
    """A name as text for matplotlib, its numbers as subscripts; $ would begin a formula."""
    return name.translate(_SUBSCRIPTS).replace("$", r"\$")
