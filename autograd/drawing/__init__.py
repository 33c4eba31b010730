"""Pictures of computations: `draw` turns the graph behind a value into something to look at."""

from typing import TYPE_CHECKING, Any

from autograd.value import Value

if TYPE_CHECKING:  # graphviz is imported when something is drawn, not before
    from autograd.drawing.engine import Drawing

VIEWS = ("auto", "graph")


def draw(target: Value, view: str = "auto") -> "Drawing":
    """The picture of everything `target` was computed from.

    It shows itself in a notebook, `.save("picture.svg")` (or `.png`, `.dot`) writes it to a file, and
    `.source` is its description in the DOT language. Views:

    graph   every value a card with its data and grad, every use of it an edge; width and colour of an
            edge say how much gradient flows back along it, blue for positive and orange for negative
    auto    the one that suits the target

    A gradient that has not been computed is shown as "–": call `backward()` before drawing.
    """
    if not isinstance(target, Value):
        raise TypeError(f"draw() got {_shown(target)}; expected a Value, such as the loss")
    if view not in VIEWS:
        raise ValueError(f"draw() got view={view!r}; the views are {' and '.join(map(repr, VIEWS))}")
    try:
        from autograd.drawing.nodes import graph_view
    except ModuleNotFoundError as error:
        if error.name != "graphviz":
            raise
        raise ModuleNotFoundError(
            "draw() needs the packages graphviz and graphviz-pure: pip install graphviz graphviz-pure",
            name="graphviz",
        ) from error
    return graph_view(target)


def _shown(target: Any) -> str:
    """What was given, briefly, with a hint where the Value is likely near by."""
    kind = type(target).__name__
    if isinstance(target, (int, float)):
        return f"the {kind} {target!r}, which does not know how it was computed (pass x rather than x.data)"
    if isinstance(target, (list, tuple)):
        return f"a {kind} of {len(target)} (draw one of its members, or their sum)"
    return f"a {kind}"
