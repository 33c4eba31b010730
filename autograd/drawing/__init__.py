"""Pictures of computations: `draw` turns the graph behind a value into something to look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from autograd.value import Value

if TYPE_CHECKING:  # graphviz is imported when something is drawn, not before
    from autograd.drawing.engine import Drawing

VIEWS = ("auto", "graph", "neurons", "network")
DIRECTIONS = ("auto", "LR", "TB")

AT_REST, FEW_CARDS = 10_000, 40
"""A Value at the end of a cell is drawn up to so many values behind it, folded into so many cards."""


def draw(
    target: Any,
    view: str = "auto",
    *,
    comparison: Any = None,
    max_nodes: int | None = None,
    depth: int | None = None,
    local: bool = False,
    expand: bool = False,
    direction: str = "auto",
) -> "Drawing":
    """The picture of everything `target` was computed from, or of a model without data.

    It shows itself in a notebook, `.save("picture.svg")` (or `.png`, `.dot`) writes it to a file, and
    `.source` is its description in the DOT language. Views:

    graph     every value a card with its data and grad, every use of it an edge; width and colour of an
              edge say how much gradient flows back along it, blue for positive and orange for negative
    neurons   every neuron a card: weights, value and gradient of each, z with its δ, h
    network   every neuron a circle, every weight a line; activations as fill, biases in the corner
    auto      the one that suits the target: neurons up to twelve of them, then network; else graph

    The last two find the network in the graph by its weighted sums, `dot(w, x, b)` or written with * and +.
    What is used at several times, as in a recurrent network, is drawn at each. Of a batch they show the
    first sample, and say so; `graph` folds what is too large for a picture into cards that say what
    they hold.

    comparison   what `compare` returned: what was derived by hand stands beside the engine's, right or wrong,
                 and the gradients are those of this loss, whether or not `backward()` was called
    max_nodes    fold what goes beyond so many cards (or neurons)
    depth        fold what is farther than so many steps from the result (or beyond so many layers)
    local        `graph` only: the local derivative on each edge
    expand       `graph` only: weighted sums opened up into products and sums, a frame around each neuron
    direction    "LR" from left to right, "TB" from top to bottom (`graph` and `neurons`); "auto" takes TB for what
                 is used at several times

    A gradient that has not been computed is shown as "–": call `backward()` before drawing. Σ stands before one
    that several calls of `backward()` added up.
    """
    if view not in VIEWS:
        raise ValueError(f"draw() got view={view!r}; the views are {', '.join(map(repr, VIEWS))}")
    if direction not in DIRECTIONS:
        raise ValueError(f"draw() got direction={direction!r}; there are {', '.join(map(repr, DIRECTIONS))}")
    for name, given in (("max_nodes", max_nodes), ("depth", depth)):
        if given is not None and (type(given) is not int or given < 1):
            raise ValueError(f"draw() got {name}={given!r}; expected a whole number from 1 on")
    with graphviz_needed("draw"):
        from autograd.drawing.graph_view import Options
        from autograd.drawing.views import picture
    return picture(target, view, Options(max_nodes, depth, local, expand, direction), comparison)


def _at_rest(value: Value, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    """What a notebook shows of a Value at the end of a cell: a small picture; of very many values the text alone."""
    text = {"text/plain": repr(value)}
    if not _is_few(value):
        return {"text/plain": f"{value!r}, computed from more than {AT_REST:,} values; draw(x, depth=3) shows the last"}
    try:
        return {**draw(value, max_nodes=FEW_CARDS)._repr_mimebundle_(include, exclude), **text}
    except ModuleNotFoundError:
        return text


Value._repr_mimebundle_ = _at_rest


def _is_few(value: Value) -> bool:
    """Whether it was computed from few enough values to be drawn in no time."""
    seen, stack = {value}, [value]
    while stack and len(seen) <= AT_REST:
        new = [arg for arg in stack.pop().args if type(arg) is not float and arg not in seen]
        seen.update(new)
        stack += new
    return len(seen) <= AT_REST


@contextmanager
def graphviz_needed(caller: str) -> Iterator[None]:
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
