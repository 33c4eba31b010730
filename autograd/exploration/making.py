"""From what is given to `explore` to its page: what is explored, in which view, and the page's content."""

from typing import Any

from autograd.drawing.plan import neurons
from autograd.explanation.figures import figure
from autograd.exploration import laid_out, picture, scripts
from autograd.exploration.live import Forms, Lines
from autograd.exploration.page import Page, as_json
from autograd.exploration.past import past_of
from autograd.exploration.picture import Scene
from autograd.exploration.sampled import of_model
from autograd.exploration.steps import Step, walk_of
from autograd.exploration.subject import Subject, of_loss
from autograd.names import shown
from autograd.value import Value

LIMIT = 2000
"""A page can carry so many values."""

CARDS = 12
"""Up to so many neurons they get a card each, unless a view is asked for."""

ROWS = 44
"""So many rows of numbers may stand above one another on these cards."""


TOLD = 400
"""Up to so many steps are written out in words as well."""


def page(
    caller: str,
    target: Any,
    xs: Any,
    ys: Any,
    loss: Any,
    *,
    view: str,
    inputs: bool,
    walk: bool,
    lr: float | None = None,
    model: Any = None,
) -> Page:
    """The page; TypeError or ValueError for what cannot be explored."""
    past = past_of(caller, target, model, xs, ys, loss) if hasattr(target, "losses") else None
    if past is not None:
        subject, rate = past.subject, past.lr
    else:
        subject, rate = _subject(caller, target, xs, ys, loss), 0.1
    if len(subject.order) > LIMIT:
        raise ValueError(
            f"{caller}() got a graph of {len(subject.order):,} values, and a page carries at most {LIMIT:,}; give the "
            "loss of one sample, or a smaller network: draw() folds what is too large"
        )
    content = _Content(subject, view, rate if lr is None else lr, inputs, caller).content(walk and past is None)
    if past is not None:
        content["data"]["history"] = past.content(subject)
    return Page(content, subject)


def _subject(caller: str, target: Any, xs: Any, ys: Any, loss: Any) -> Subject:
    if isinstance(target, Value):
        return of_loss(target)
    if callable(target):
        if loss is None:
            raise TypeError(f"{caller}() of a model needs a loss: {caller}(model, X, y, loss=...), such as bce or mse")
        return of_model(target, xs, ys, loss, caller)
    raise TypeError(
        f"{caller}() got a {type(target).__name__}; expected a Value, such as the loss, a model with X, y and loss=, "
        "or a History"
    )


class _Content:
    """What stands on the page of one subject."""

    def __init__(self, subject: Subject, view: str, lr: float, inputs: bool, caller: str) -> None:
        self.subject, self.lr, self.with_inputs = subject, float(lr), inputs
        self.ids = {node: place for place, node in enumerate(subject.order)}
        self.leaves = [place for node, place in self.ids.items() if node.op is None]
        self.labels = [node.label for node in subject.order]
        self.plan = subject.plan
        self.mapped = len(subject.inputs) == 2 and subject.network is not None
        self.view = self._suiting() if view == "auto" else view
        if self.plan is None and self.view != "graph":
            raise ValueError(f"{caller}() got view={view!r}, but no neuron is in this graph; view='graph' shows any")
        if self.view == "graph":
            if subject.classes:
                raise ValueError(f"{caller}() cannot show as one graph what is another one for every class of target")
            _name(subject)
        self.forms = Forms()
        try:
            nodes = subject.order if self.view == "graph" else subject.shown()
            self.lines = Lines(subject, nodes, {node: self.ids[node] for node in nodes}, self.forms)
            self.others = [self._lines_of(other) for other in subject.classes.values()] or [self.lines]
        except (ValueError, ArithmeticError) as error:
            raise ValueError(f"{caller}() needs a derivative everywhere, and here is none: {error}") from error
        self.names = self.lines.names()

    def _lines_of(self, other: Subject) -> Lines:
        """The lines of another class, with the numbers of nodes of the first."""
        if other is self.subject:
            return self.lines
        twins = scripts.alike(self.subject, other)
        ids = {twin: self.ids[node] for node, twin in twins.items()}
        return Lines(other, [node for node in other.shown() if node in ids], ids, self.forms)

    def _suiting(self) -> str:
        """The view that reads best."""
        if self.plan is None:
            return "graph"
        columns = [[unit for unit in column if not unit.is_input] for column in self.plan.columns]
        tallest = max(sum(len(unit.weights) + 6 for unit in column) for column in columns)
        return "neurons" if sum(map(len, columns)) <= CARDS and tallest <= ROWS else "network"

    def content(self, walk: bool) -> dict[str, Any]:
        """Everything that the page is made of."""
        scene = Scene(self.ids, self.names, frozenset(self.leaves), self.mapped)
        edges: list[tuple[int, int]] = []
        if self.view == "graph" or self.plan is None:
            svg, edges = laid_out.graph(self.subject.order, scene)
        else:
            svg = (picture.neurons if self.view == "neurons" else picture.network)(self.plan, scene)
        subject = self.subject
        steps = list(walk_of(subject, self.view, self.ids, self.with_inputs))
        data = {
            "walk": walk,
            "view": self.view,
            "lr": self.lr,
            "names": self.names,
            "leaves": self.leaves,
            "start": [as_json(subject.order[place].data) for place in self.leaves],
            "root": len(subject.order) - 1,
            "parameters": [self.ids[p] for p in subject.parameters],
            "inputs": [self.ids[x] for x in subject.inputs],
            "targets": [self.ids[t] for t in subject.targets],
            "outputs": [self.ids[h] for h in subject.outputs],
            "hidden": self._hidden(),
            "mapped": self.mapped,
            "sigmoid": self._is_probability(),
            "squashed": self._squashed(),
            "samples": [[list(map(as_json, x)), list(map(as_json, t))] for x, t in subject.samples],
            "classes": list(subject.classes),
            "lines": [{"v": one.values(), "g": one.gradients(), "notes": one.notes()} for one in self.others],
            "steps": [list(step) for step in steps],
            "units": list(picture.units(self.plan, scene)) if self.plan is not None else [],
            "labels": self.labels,
        }
        told = [self._told(*step) for step in steps] if len(steps) <= TOLD else []
        return {
            "data": data,
            "svg": svg,
            "code": self._code(edges),
            "title": self._title(),
            "note": self._note(),
            "steps": told,
        }

    def _code(self, edges: list[tuple[int, int]]) -> dict[str, Any]:
        """The programs, and the forms of lines, as text."""
        said = [self.subject.order[place] for row in self._hidden() for place in row]
        return {
            "graphs": scripts.graphs(self.subject),
            "forward": scripts.forward(self.subject, said) if self.mapped or self.subject.classes else "",
            "flows": scripts.flows(self.subject, edges) if edges else "",
            "forms": self.forms.forms,
        }

    def _told(self, phase: str, kind: str, place: int) -> Step:
        """The step in words."""
        order, names = self.subject.order, self.names
        if phase == "given":
            text = ", ".join(f"{names[leaf]['v']} = {figure(order[leaf].data).text}" for leaf in self.leaves)
            return Step(phase, "", text)
        name = names[place]["g" if kind == "g" else "v"]
        if phase != "update":
            return Step(phase, name, self.lines.told(order[place], kind))
        return Step(phase, name, f"{name} ← {name} − η·{names[place]['g']}")

    def _note(self) -> str:
        """What is to be known of a picture that shows one sample of several, or one neuron at several times."""
        if self.plan is None or self.view == "graph":
            return ""
        several = ["samples"] * (self.plan.samples > 1) + [self.plan.again] * bool(self.plan.again)
        sample = f"Sample 1 of {self.plan.samples:,} is shown. " if self.plan.samples > 1 else ""
        return f"{sample}Gradients of weights and biases are those of all {' and '.join(several)}." if several else ""

    def _title(self) -> str:
        if self.plan is None:
            return f"{self.names[-1]['v']}, and where it comes from"
        if self.plan.again == "steps":
            steps = max(unit.time for column in self.plan.columns for unit in column)
            return f"A recurrent network of {steps} steps, live"
        sizes = [len(neurons(column)) or len(column) for column in self.plan.columns]
        return "A " + "-".join(map(str, sizes)) + " network, live"

    def _hidden(self) -> list[list[int]]:
        """By layer, the outputs of its neurons, those of the network last."""
        network = self.subject.network
        return [] if network is None else [[self.ids[unit.h] for unit in row] for row in network.rows()]

    def _is_probability(self) -> bool:
        network = self.subject.network
        if network is None or len(network.outputs[0]) != 1:
            return False
        return network.activation(network.outputs[0][0]) in ("σ", "sigmoid")

    def _squashed(self) -> list[bool]:
        """By neuron, whether what it says lies around ½ and not around 0."""
        network = self.subject.network
        rows = network.rows() if network is not None else []
        return [network.activation(unit) in ("σ", "sigmoid") for row in rows for unit in row if network is not None]


def _name(subject: Subject) -> None:
    """Give every value a name, by which the formulas of those that use it call it: each has a card of its own."""
    taken = {shown.name(node.label) for node in subject.order}
    if not shown.clean(subject.root.label):
        subject.root.label = next((label for label in ("L", "J", "L0") if label not in taken), "L")
    for place, node in enumerate(subject.order):
        if not shown.clean(node.label):
            node.label = next(label for label in (f"v{place}", f"v{place}'", "v") if shown.name(label) not in taken)
