"""Pictures of computations: `draw` turns the graph behind a value into something to look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # graphviz is imported when something is drawn, not before
    from autograd.drawing.engine import Drawing

VIEWS = ("auto", "graph", "neurons", "network")


def draw(
    target: Any,
    view: str = "auto",
    *,
    comparison: Any = None,
    max_nodes: int | None = None,
    depth: int | None = None,
    local: bool = False,
    expand: bool = False,
) -> "Drawing":
    """The picture of everything `target` was computed from, or of a model without data.

    It shows itself in a notebook, `.save("picture.svg")` (or `.png`, `.dot`) writes it to a file, and
    `.source` is its description in the DOT language. Views:

    graph     every value a card with its data and grad, every use of it an edge; width and colour of an
              edge say how much gradient flows back along it, blue for positive and orange for negative
    neurons   every neuron a card: weights, value and gradient of each, z with its δ, h
    network   every neuron a circle, every weight a line; activations as fill, biases in the corner
    auto      the one that suits the target

    The last two find the network in the graph by its weighted sums, `dot(w, x, b)` or written with * and +.
    What is used at several times, as in a recurrent network, is drawn at each. Of a batch they show the
    first sample, and say so; `graph` folds what is too large for a picture into cards that say what
    they hold.

    comparison   what `compare` returned: what was derived by hand stands beside the engine's, right or wrong
    max_nodes    fold what goes beyond so many cards (or neurons)
    depth        fold what is farther than so many steps from the result (or beyond so many layers)
    local        `graph` only: the local derivative on each edge
    expand       `graph` only: weighted sums opened up into products and sums, a frame around each neuron

    A gradient that has not been computed is shown as "–": call `backward()` before drawing.
    """
    if view not in VIEWS:
        raise ValueError(f"draw() got view={view!r}; the views are {', '.join(map(repr, VIEWS))}")
    for name, given in (("max_nodes", max_nodes), ("depth", depth)):
        if given is not None and (type(given) is not int or given < 1):
            raise ValueError(f"draw() got {name}={given!r}; expected a whole number from 1 on")
    with _graphviz("draw"):
        from autograd.drawing.graph_view import Options
        from autograd.drawing.views import picture
    return picture(target, view, Options(max_nodes, depth, local, expand), comparison)


@contextmanager
def _graphviz(caller: str) -> Iterator[None]:
    """An import inside that fails for want of graphviz says what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "graphviz":
            raise
        raise ModuleNotFoundError(
            f"{caller}() needs the packages graphviz and graphviz-pure: pip install graphviz graphviz-pure",
            name="graphviz",
        ) from error
