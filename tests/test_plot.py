"""The curves and maps: what is drawn where, in which colours, on what ground."""

import io
import math
import pickle
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgba

from autograd import Value, grad, log, sigmoid, softplus, tanh
from nn import MLP, SGD, History, data, fit, mse, plot

BLUE, ORANGE = "#1b7fc2", "#e0780b"


@pytest.fixture(autouse=True)
def figures() -> Iterator[None]:
    """Nothing is shown on a screen, and no figure stays open."""
    matplotlib.use("agg")
    yield
    pyplot.close("all")


def contrast(a: str, b: str) -> float:
    """As WCAG defines it, from 1 to 21."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgba(colour)[:3]]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def pixels(ax: Axes) -> Any:
    """The picture as rows of (red, green, blue, alpha); drawing it may not warn."""
    file = io.BytesIO()
    ax.figure.savefig(file, dpi=50)
    file.seek(0)
    return pyplot.imread(file)


def line(ax: Axes, label: str) -> Any:
    return next(one for one in ax.lines if one.get_label() == label)


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()] if ax.get_legend() else []


def dots(ax: Axes) -> dict[str, PathCollection]:
    """The groups of points by label."""
    return {str(one.get_label()): one for one in ax.collections if isinstance(one, PathCollection)}


def first_coordinate(x: Any) -> Any:
    return Value(x[0]) * 1.0


# ---------------------------------------------------------------- the card


def test_every_picture_is_a_light_card_on_a_transparent_page() -> None:
    history = History(losses=[2.0, 1.0], parameters=[{"w1": 1.0}, {"w1": 2.0}])
    pictures = [
        history.plot(),
        plot.parameters(history),
        plot.activation("tanh"),
        plot.boundary(first_coordinate, [[1.0, 0.0], [-1.0, 1.0]], [1, 0], resolution=5),
    ]
    for ax in pictures:
        picture = pixels(ax)
        assert picture[0, 0, 3] == picture[-1, -1, 3] == 0.0
        assert to_hex(ax.get_facecolor()) == "#fcfdfe"
        for text in (ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels()):
            assert to_hex(text.get_color()) in (plot.LABEL.lower(), plot.LABEL_BELOW.lower())


def test_a_notebook_puts_no_slab_behind_a_picture_of_its_own() -> None:
    backend = pytest.importorskip("matplotlib_inline.backend_inline")
    for make in (History(losses=[2.0, 1.0]).plot, lambda: plot.activation("tanh")):
        figure = make().figure
        figure.canvas.draw()
        assert not backend._fetch_figure_metadata(figure)
    pyplot.figure(facecolor="none").subplots()
    assert backend._fetch_figure_metadata(pyplot.gcf()) == {"needs_background": "light"}


def test_labels_can_be_read_on_white_and_on_black() -> None:
    for label in (plot.LABEL, plot.LABEL_BELOW):
        assert contrast(label, "#FFFFFF") > 3.8 and contrast(label, "#111111") > 4.5
        assert contrast(label, plot.PAPER) > 3.8


def test_what_is_given_is_drawn_into() -> None:
    _, (left, right) = pyplot.subplots(1, 2)
    history = History(losses=[2.0, 1.0], parameters=[{"w1": 1.0}, {"w1": 2.0}])
    assert history.plot(left) is left
    assert plot.parameters(history, right) is right
    assert plot.activation("relu", left) is left
    assert plot.boundary(first_coordinate, [[1.0, 0.0], [-1.0, 1.0]], [1, 0], right, resolution=5) is right
    assert len(pyplot.get_fignums()) == 1


def test_without_matplotlib_the_error_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from nn import History\n"
        "try: History(losses=[1.0]).plot()\n"
        "except ModuleNotFoundError as error: print(error, error.name)"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", program], check=True, cwd=root, capture_output=True, text=True)
    assert done.stdout == "nn.plot needs matplotlib: pip install matplotlib matplotlib\n"


# ---------------------------------------------------------------- losses


def test_the_losses_are_drawn_over_the_epochs_from_0_on() -> None:
    ax = plot.losses(History(losses=[0.5, 0.3, 0.2]))
    assert list(line(ax, "training").get_xdata()) == [0, 1, 2]
    assert list(line(ax, "training").get_ydata()) == [0.5, 0.3, 0.2]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("epoch", "loss", "linear")
    assert legend(ax) == []
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_validation_is_dashed_and_its_lowest_point_is_marked() -> None:
    ax = plot.losses(History(losses=[0.5, 0.3, 0.2], validation_losses=[0.6, 0.35, 0.4]))
    assert list(line(ax, "validation").get_ydata()) == [0.6, 0.35, 0.4]
    assert line(ax, "validation").is_dashed()
    assert not line(ax, "training").is_dashed()
    assert legend(ax) == ["training", "validation", "lowest, epoch 1"]
    assert line(ax, "lowest, epoch 1").get_xydata().tolist() == [[1.0, 0.35]]


@pytest.mark.parametrize(
    ("losses", "scale"),
    [([1.0, 0.02], "linear"), ([1.0, 0.009], "log"), ([1.0, 0.0], "linear"), ([1.0, -5.0], "linear")],
)
def test_the_scale_is_logarithmic_over_more_than_two_powers_of_ten(losses: list[float], scale: str) -> None:
    ax = plot.losses(History(losses=losses))
    assert ax.get_yscale() == scale
    pixels(ax)


def test_a_single_epoch_is_a_dot() -> None:
    ax = plot.losses(History(losses=[0.5]))
    assert line(ax, "training").get_marker() == "o"
    pixels(ax)


def test_a_history_without_epochs_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="the history has no epochs to draw"):
        History().plot()


# ---------------------------------------------------------------- parameters


def trained(sizes: list[int], epochs: int = 5) -> History:
    model = MLP(2, sizes, "sigmoid", rng=random.Random(0))
    X, y = data.ten_points()  # noqa: N806
    return fit(model, X, y, loss=mse, optimizer=SGD(model.parameters(), 0.1), epochs=epochs, record_parameters=True)


def test_parameters_are_named_and_coloured_by_neuron() -> None:
    history = trained([2, 1])
    ax = plot.parameters(history)
    names = list(history.parameters[0])
    assert len(ax.lines) == 9
    for one, name in zip(ax.lines, names, strict=True):
        assert list(one.get_ydata()) == [numbers[name] for numbers in history.parameters]
        assert one.is_dashed() == name.startswith("b")
    colours = [one.get_color() for one in ax.lines]
    assert colours[0] == colours[1] == colours[2] != colours[3] == colours[5] != colours[6] == colours[8] != colours[0]
    by_name = {text.get_text(): text for text in ax.texts}
    assert set(by_name) == {"w₁", "w₂", "b₁", "w₃", "w₄", "b₂", "w₅", "w₆", "b₃"}
    assert by_name["w₅"].get_color() == colours[6]
    pixels(ax)


@pytest.mark.parametrize("place", [1.0, 0.0, -1.0])
def test_names_stand_in_the_order_of_the_ends_and_do_not_touch(place: float) -> None:
    ends = {"w9": -1.0} | {f"w{i}": place + (i + 1) * 1e-9 for i in range(5)} | {"w8": 1.1}
    ax = plot.parameters(History(parameters=[dict.fromkeys(ends, 0.0), ends]))
    pixels(ax)
    places = sorted((text.get_position()[1], text.get_text()) for text in ax.texts)
    assert [name for _, name in places] == ["w₉", "w₀", "w₁", "w₂", "w₃", "w₄", "w₈"]
    boxes = [text.get_window_extent() for text in ax.texts]
    card = ax.get_window_extent()
    for i, box in enumerate(boxes):
        assert card.y0 <= box.y0 and box.y1 <= card.y1 and box.x1 <= card.x1
        for other in boxes[:i]:
            assert box.y0 >= other.y1 - 3 or other.y0 >= box.y1 - 3  # a letter's own margin may overlap


def test_many_parameters_are_drawn_without_names() -> None:
    ax = plot.parameters(trained([8, 1]))
    assert len(ax.lines) == 33
    assert not ax.texts
    pixels(ax)


def test_one_recorded_epoch_is_drawn_too() -> None:
    pixels(plot.parameters(trained([2, 1], epochs=1)))


def test_a_name_is_shown_as_it_is() -> None:
    ax = plot.parameters(History(parameters=[{"a$b_1$": 1.0}]))
    pixels(ax)  # no formula, which would be an error
    assert ax.texts[0].get_text() == r"a\$b_₁\$"


def test_a_history_without_parameters_says_how_to_record_them() -> None:
    with pytest.raises(ValueError, match=r"train with fit\(..., record_parameters=True\)"):
        plot.parameters(History(losses=[1.0]))


# ---------------------------------------------------------------- activations


@pytest.mark.parametrize(("name", "f"), [("sigmoid", sigmoid), ("tanh", tanh), ("softplus", softplus)])
def test_an_activation_is_drawn_with_its_slope(name: str, f: Any) -> None:
    ax = plot.activation(name)
    for label, function in ((name, f), ("slope", grad(f))):
        zs, ys = line(ax, label).get_data()
        assert (zs[0], zs[-1]) == (-5.0, 5.0)
        assert 0.0 in zs
        assert all(math.isclose(y, function(z), rel_tol=1e-12) for z, y in zip(zs, ys, strict=True))
    assert line(ax, "slope").is_dashed()
    assert to_hex(line(ax, "slope").get_color()) == BLUE
    assert legend(ax) == [name, "slope"]
    pixels(ax)


def test_a_jump_of_the_slope_is_not_bridged() -> None:
    ax = plot.activation("relu", low=-1.0, high=1.0)
    zs, slopes = line(ax, "slope").get_data()
    assert {slope for slope in slopes if not math.isnan(slope)} == {0.0, 1.0}
    assert [z for z, slope in zip(zs, slopes, strict=True) if math.isnan(slope)] == [0.0]
    assert not any(map(math.isnan, line(ax, "relu").get_ydata()))


def test_the_slope_is_orange_where_the_function_falls() -> None:
    ax = plot.activation(lambda z: z * z, low=-2.0, high=2.0)
    assert legend(ax) == ["f", "slope", "slope, falling"]
    for label, colour, sign in (("slope", BLUE, 1.0), ("slope, falling", ORANGE, -1.0)):
        assert to_hex(line(ax, label).get_color()) == colour
        numbers = [y for y in line(ax, label).get_ydata() if not math.isnan(y)]
        assert len(numbers) >= 200
        assert all(number * sign >= 0.0 for number in numbers)


def test_where_a_function_has_no_value_the_curve_has_a_gap() -> None:
    ax = plot.activation(log, low=-1.0, high=1.0)
    zs, ys = line(ax, "log").get_data()
    assert [math.isnan(y) for y in ys] == [z <= 0.0 for z in zs]
    pixels(ax)
    pixels(plot.activation(log, low=-2.0, high=-1.0))


def test_an_unknown_activation_or_an_empty_range_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="unknown activation 'sigmoit'"):
        plot.activation("sigmoit")
    with pytest.raises(ValueError, match=r"expected low < high, got 1.0 and 1.0"):
        plot.activation("tanh", low=1.0, high=1.0)


# ---------------------------------------------------------------- boundaries


def test_the_plane_is_blue_above_the_threshold_and_orange_below() -> None:
    X, y = [[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]], [0, 1, 0, 1]  # noqa: N806
    ax = plot.boundary(first_coordinate, X, y)
    picture = pixels(ax)
    card = ax.get_window_extent().transformed(ax.figure.dpi_scale_trans.inverted())
    height = picture.shape[0]

    def colour(x: float, y: float) -> Any:
        column = round((card.x0 + card.width * x) * 50)
        return picture[height - round((card.y0 + card.height * y) * 50), column]

    left, right, middle = colour(0.05, 0.5), colour(0.95, 0.5), colour(0.5, 0.3)
    assert left[0] > left[2] + 0.2 and left[3] == 1.0  # red over blue: orange
    assert right[2] > right[0] + 0.2
    assert max(middle[:3]) < 0.6  # the line
    assert colour(0.3, 0.5)[2] > left[2]  # paler towards the line


def test_classes_differ_in_colour_and_in_shape() -> None:
    X, y = data.moons(20)  # noqa: N806
    ax = plot.boundary(first_coordinate, X, [2 * label - 1 for label in y], resolution=4)
    groups = dots(ax)
    assert list(groups)[:2] == ["class 1", "class -1"]
    assert to_hex(groups["class 1"].get_facecolor()[0]) == BLUE
    assert to_hex(groups["class -1"].get_facecolor()[0]) == ORANGE
    shapes = [len(groups[name].get_paths()[0].vertices) for name in ("class 1", "class -1")]
    assert shapes[0] != shapes[1]
    expected = [x for x, label in zip(X, y, strict=True) if label == 1]
    assert groups["class 1"].get_offsets().tolist() == expected


def test_what_lies_on_the_wrong_side_is_ringed() -> None:
    X, y = [[-1.0, 0.0], [1.0, 0.0], [2.0, 1.0]], [0, 1, 0]  # noqa: N806
    ax = plot.boundary(first_coordinate, X, y, resolution=4)
    assert legend(ax) == ["class 1", "class 0", "wrong (1)"]
    assert dots(ax)["wrong (1)"].get_offsets().tolist() == [[2.0, 1.0]]
    assert "wrong" not in str(legend(plot.boundary(first_coordinate, X[:2], y[:2], resolution=4)))


@pytest.mark.parametrize(
    ("model", "threshold", "wrong"),
    [
        (lambda x: 0.3 + 0.1 * x[0], None, 1),  # from 0 to 1: the threshold is 0.5, and all lies below
        (lambda x: -0.2 + 0.1 * x[0], None, 1),  # not so: it is 0, and all lies below
        (lambda x: 0.3 + 0.1 * x[0], 0.3, 0),
        (lambda x: [0.3, 0.3 + 0.1 * x[0]], None, 0),  # the larger of two
        (lambda x: [Value(0.0), Value(x[0])], None, 0),
    ],
)
def test_the_threshold_is_that_of_probabilities_or_0_unless_given(model: Any, threshold: Any, wrong: int) -> None:
    ax = plot.boundary(model, [[-1.0, 0.0], [1.0, 1.0]], [0, 1], resolution=4, threshold=threshold)
    assert len([name for name in dots(ax) if name.startswith("wrong")]) == wrong
    pixels(ax)


def test_the_line_of_a_steep_probability_is_as_smooth_as_its_weighted_sum() -> None:
    def steep(x: Any) -> Any:
        return sigmoid(40.0 * (Value(x[0]) + 0.5 * x[1] - 0.3))

    ax = plot.boundary(steep, [[-1.0, -1.0], [1.0, 1.0]], [0, 1], resolution=12)
    paths = [path for one in ax.collections if not isinstance(one, PathCollection) for path in one.get_paths()]
    points = paths[-1].vertices
    assert len(points) >= 10
    assert all(abs(a + 0.5 * b - 0.3) < 1e-6 for a, b in points)


def test_the_model_is_evaluated_on_the_grid_without_a_graph() -> None:
    seen: list[Any] = []

    def model(x: Any) -> Any:
        y = Value(x[0]) * 2.0
        seen.append((tuple(x), y.op))
        return y

    plot.boundary(model, [[0.0, 0.0], [1.0, 2.0]], [0, 1], resolution=7)
    assert len(seen) == 2 + 7 * 7
    assert all(op is None for _, op in seen)
    grid = np.array([x for x, _ in seen[2:]])
    assert np.allclose([grid.min(axis=0), grid.max(axis=0)], [[-0.15, -0.3], [1.15, 2.3]])


def test_everything_on_one_side_has_no_line_and_no_warning() -> None:
    for y in ([0, 1], [1, 1]):
        pixels(plot.boundary(lambda x: 5.0 + x[0], [[0.0, 0.0], [1.0, 0.0]], y, resolution=4))
    pixels(plot.boundary(lambda x: 0.0, [[0.0, 0.0]], [1], resolution=4))


def test_arrays_and_columns_are_taken() -> None:
    X, y = data.moons(10)  # noqa: N806
    ax = plot.boundary(MLP(2, [3, 1], rng=random.Random(0)), np.array(X), np.array(y).reshape(-1, 1), resolution=4)
    assert legend(ax)[:2] == ["class 1", "class 0"]


@pytest.mark.parametrize(
    ("model", "X", "y", "options", "message"),
    [
        (first_coordinate, [[1.0], [2.0]], [0, 1], {}, r"expected samples of 2 inputs, got sample 0 \(x = \[1.0\]"),
        (first_coordinate, [1.0, 2.0], [0, 1], {}, "expected samples of 2 inputs"),
        (first_coordinate, [[1.0, 2.0]] * 3, [0, 1, 2], {}, r"expected targets of 2 classes, got 3: \[0, 1, 2\]"),
        (first_coordinate, [[1.0, 2.0]] * 2, [[0, 1], [1, 0]], {}, "expected the number of a class as target, got"),
        (first_coordinate, [[1.0, 2.0]] * 2, [0], {}, "X has 2 samples but y has 1 targets"),
        (first_coordinate, [[1.0, 2.0]] * 2, [0, 1], {"resolution": 1}, "expected a resolution from 2 on, got 1"),
        (lambda x: [0.0, 0.0, 0.0], [[1.0, 2.0]] * 2, [0, 1], {}, "a model of one output, or of two; got 3 outputs"),
    ],
)
def test_what_has_no_boundary_is_a_value_error(
    model: Any, X: Any, y: Any, options: dict[str, Any], message: str  # noqa: N803
) -> None:
    with pytest.raises(ValueError, match=message):
        plot.boundary(model, X, y, **options)
    assert not pyplot.get_fignums()  # no empty picture stays behind


def test_colours_of_the_classes_are_those_of_the_signs() -> None:
    assert (to_rgba(plot.BLUE), to_rgba(plot.ORANGE)) == (to_rgba("#1B7FC2"), to_rgba("#E0780B"))


def test_axes_at_the_end_of_a_cell_say_nothing_beside_their_figure() -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    ax = History(losses=[0.7, 0.4]).plot()
    assert formatters.IPythonDisplayFormatter()(ax)  # which then asks no other
    assert pickle.loads(pickle.dumps(ax.figure)).axes[0].get_xlabel() == "epoch"
    assert repr(ax).startswith("<Axes")
