"""Which picture a target gets: `picture` chooses among the views."""

from collections.abc import Sequence
from typing import Any

from autograd.drawing.comparison_marks import Verdicts
from autograd.drawing.drawn_nodes import count
from autograd.drawing.engine import Drawing
from autograd.drawing.gradients import held, of_this_result
from autograd.drawing.graph_view import Options, graph_view
from autograd.drawing.network_view import network_view
from autograd.drawing.neurons_view import neurons_view
from autograd.drawing.plan import DEEPEST, WIDEST, Plan, plan_of
from autograd.graph import topological_order
from autograd.network import Network, network_of, network_of_model
from autograd.ops import weighted_sum
from autograd.value import Value

FEW_NEURONS = 12
"""Up to so many neurons they get a card each, unless a view is asked for."""

FEW_ROWS = 70
"""So many rows of numbers may stand above one another on these cards."""

FEW_CARDS = 60
"""Up to so many cards a lone neuron that was written with * and +, or a weighted sum alone, is drawn as it is."""

STEPS = 3
"""From so many steps on, what is used at several times is drawn from top to bottom."""


def picture(target: Any, view: str, options: Options, comparison: Any) -> Drawing:
    """The target in the view; TypeError or ValueError for what cannot be drawn so."""
    if not isinstance(target, Value):
        return _of_model(target, view, options)
    order = topological_order(target)
    network = network_of(target, order)
    if view == "auto":
        view = _suiting(network, order) if not (options.local or options.expand) else "graph"
    if options.direction == "auto":
        steps = max(network.times.values(), default=0) if network is not None else 0
        options = options._replace(direction="TB" if steps >= STEPS else "LR")
    verdicts = Verdicts(comparison, order)
    gradients = held(order) if comparison is None else of_this_result(order)
    if view == "graph":
        return graph_view(target, order, network, options, verdicts, gradients)
    if network is None:
        raise ValueError(
            f"draw() got view={view!r}, but there is no neuron in this graph: a neuron is a weighted sum "
            "dot(w, x, b) or w1 * x1 + w2 * x2 + b whose weights are leaves; view='graph' draws any graph"
        )
    return _network(plan_of(network, gradients), view, options, verdicts)


def _of_model(model: Any, view: str, options: Options) -> Drawing:
    network = network_of_model(model)
    if network is None:
        raise TypeError(f"draw() got {_shown(model)}; expected a Value, such as the loss, or a model with layers")
    if view == "graph":
        raise ValueError(
            f"draw() got view='graph' and {_shown(model)}; a model has a graph only with data: draw(model(x))"
        )
    direction = "LR" if options.direction == "auto" else options.direction
    options = options._replace(direction=direction)
    return _network(plan_of(network), "network" if view == "auto" else view, options, Verdicts())


def _network(plan: Plan, view: str, options: Options, verdicts: Verdicts) -> Drawing:
    if options.local or options.expand:
        raise ValueError(f"draw() got view={view!r} with local or expand, which are for view='graph'")
    deepest = options.depth or DEEPEST
    widest = max((options.max_nodes or WIDEST * DEEPEST) // min(len(plan.columns), deepest + 1), 3)
    show = neurons_view if view == "neurons" else network_view
    return show(plan, verdicts, widest=min(widest, WIDEST), deepest=deepest, direction=options.direction)


def _suiting(network: Network | None, order: Sequence[Value]) -> str:
    """The view that reads best: cards of neurons while they are few, then circles; of anything else the graph."""
    if network is None or not network.evident:
        return "graph"
    rows = network.rows()
    units = [unit for row in rows for unit in row]
    z = units[0].z
    if len(units) == 1 and (z.op is not weighted_sum or z is order[-1]) and count(order) <= FEW_CARDS:
        return "graph"
    tallest = max(sum(len(unit.weights) + 5 for unit in row) for row in rows)
    return "neurons" if len(units) <= FEW_NEURONS and tallest <= FEW_ROWS else "network"


def _shown(target: Any) -> str:
    """What was given, briefly, with a hint where the Value is likely near by."""
    kind = type(target).__name__
    if isinstance(target, (int, float)):
        return f"the {kind} {target!r}, which does not know how it was computed (pass x rather than x.data)"
    if isinstance(target, (list, tuple)):
        return f"a {kind} of {len(target)} (draw one of its members, or their sum)"
    return f"a {kind}"
