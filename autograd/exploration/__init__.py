"""The live page: `explore` makes of a loss or a model a page in which every number can be changed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograd.drawing import VIEWS, graphviz_needed

if TYPE_CHECKING:  # what it needs takes a while to import
    from autograd.exploration.page import Page


def explore(
    target: Any,
    X: Any = None,  # noqa: N803
    y: Any = None,
    *,
    loss: Callable[[Any, Any], Any] | None = None,
    lr: float | None = None,
    view: str = "auto",
    inputs: bool = True,
) -> "Page":
    """A page in which every number can be changed, and values, gradients, δ and derivations follow at once.

    A notebook shows it, `.save("page.html")` writes it to one file that needs nothing else. Numbers are
    dragged, turned with the wheel, moved with the arrow keys or typed; a click on any number tells how it
    came about; "step" and "train" go down the slope, "back" takes all of it back to the first bit. What it
    computes, forward and backward, is the engine's own traced program.

    target   the loss, a Value; or a model, called with a list of inputs; or the `History` of a training, of
             which the epochs can be gone through, and gone on with by hand from any of them
    X, y     the samples and their targets, for a model; the first is shown, and any can be chosen
    loss     a function (prediction, target) of one sample, such as `bce`; trained is its mean
    lr       the learning rate to begin with, 0.1 unless given; of a history that of the training
    view     "neurons", "network" or "graph", as of `draw`; "auto" is the one that suits
    inputs   whether the walk through the steps includes the gradients by the inputs

    The numbers of the Values given stay what they are, save in a notebook that runs and has anywidget, by
    pip install anywidget: there what is moved on the page is moved in the Values at once, and
    `page.refresh()` moves the page to what they have become.

    >>> from autograd import Value
    >>> w, x = Value(0.5, "w"), Value(3.0, "x")
    >>> explore((w * x - 1) ** 2)
    <live page of 2 numbers to change: .save("page.html"), or show it in a notebook>
    """
    return _page("explore", target, X, y, loss, lr=lr, view=view, inputs=inputs, walk=False)


def step_through(
    target: Any,
    model: Any = None,
    X: Any = None,  # noqa: N803
    y: Any = None,
    *,
    loss: Callable[[Any, Any], Any] | None = None,
    view: str = "auto",
    inputs: bool = True,
) -> "Page":
    """The page of `explore`, in which one walks: forward to the loss, back to every gradient, and the update.

    In each step the number that is computed is lit, with those it comes from, and the chain rule is
    written out with its numbers. Next and back, play, a slider, or the keyboard; what comes next can be
    predicted before it is revealed.

    target   the loss, a Value; or the `History` of a training, whose epochs are gone through
    model    for a history that was read from a file and does not know it, what was trained
    X, y     for the same, the samples, and `loss` the loss
    inputs   whether the gradients by the inputs are among the steps
    """
    return _page("step_through", target, X, y, loss, model=model, view=view, inputs=inputs, walk=True)


def _page(caller: str, target: Any, X: Any, y: Any, loss: Any, **options: Any) -> "Page":  # noqa: N803
    if options["view"] not in VIEWS:
        raise ValueError(f"{caller}() got view={options['view']!r}; the views are {', '.join(map(repr, VIEWS))}")
    with graphviz_needed(caller):
        from autograd.exploration.making import page
    return page(caller, target, X, y, loss, **options)
