"""Training of layers as NumPy source: a step is a few matrix products of all its samples, as in a textbook.

A row of an array is a sample, a column a unit: H is what goes into a layer, Z its sums, D their δ, S the slope of the
activation. All parameters are one array P, all slopes one array G, of which the matrices are views.
"""

import math
from array import array
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from autograd import ops
from autograd.compiler.chain import Chain
from autograd.compiler.data_block import Data
from autograd.compiler.descent import Recipe
from autograd.compiler.machine_languages import ARRAYS
from autograd.compiler.penalty_code import alike
from autograd.compiler.program import Place, Program, used
from autograd.compiler.pythonic import compiled
from autograd.compiler.rolled import Rolled, rolled
from autograd.compiler.statements import Text

FEWEST = 300
"""Parameters times samples of a step: with fewer it is over sooner in plain Python."""


def pays(n_parameters: int, batch: int) -> bool:
    """Whether layers are better done by NumPy, if it is there, than written out in Python.

    A step is some thirty calls of NumPy, whatever there is to do in them. Measured, how many times as
    long as these the written-out code takes:

        parameters    batch 1     3     10     32    100
             9          0.06    0.2    0.5    1.2    2.5
            41          0.25    0.7    1.5    2.8    6.3
           105          0.5     0.9    1.6    3.7    9.5
           337          1.1     1.6    2.7    5.3   15
           661          1.6     2.1    3.1    6.7   19
    """
    return n_parameters * batch >= FEWEST and find_spec("numpy") is not None


class NumPyDescent:
    """The source of `epoch(P, memories, batches, n, lr, t)`, and the function itself.

    It goes once through n rows in batches, returns the loss, and changes parameters and memories in place.

    slots         by place in P, which parameter it is
    calls_python  whether an operation is a function of Python's floats, which may raise an error
    """

    def __init__(self, recipe: Recipe, layers: Chain) -> None:
        self._recipe, self._layers = recipe, layers
        self._text = Text(ARRAYS)
        self._constants: list[str] = []
        self.slots = [p for layer in layers.layers for p in (*(w for row in layer.weights for w in row), *layer.biases)]
        forward, loss, back = [*self._forward()], [*self._loss()], [*self._back()]
        step = ["t += 1.0", "weight = 1.0 / len(rows)", *forward, *loss, *back, *self._penalty(), *self._updates()]
        step.append("loss += own * (len(rows) / n)")
        memories = [f"{', '.join(self._memories)}, = memories"] if self._memories else []
        body = [*self._views(), *memories, *self._constants, "loss = 0.0", "for rows in batches:", *_indented(step)]
        epoch = ["def epoch(P, memories, batches, n, lr, t):", *_indented([*body, "return loss"])]
        self.source = "\n\n".join(["import math\nimport numpy as np", *self._text.functions, "\n".join(epoch)]) + "\n"
        self.calls_python = bool(self._text.known)
        self.epoch = compiled(self.source, self._text.known, "epoch")

    @property
    def _memories(self) -> list[str]:
        return [f"M{j}" for j in range(1, self._recipe.n_memories + 1)]

    def _views(self) -> Iterator[str]:
        """The matrices and vectors of the layers, in the array of all parameters and in that of all slopes."""
        yield "G = np.empty_like(P)"
        start = 0
        for k, layer in enumerate(self._layers.layers, start=1):
            n, m = layer.n_units, layer.n_inputs
            end = start + n * m
            yield f"W{k}, dW{k} = P[{start}:{end}].reshape({n}, {m}), G[{start}:{end}].reshape({n}, {m})"
            if layer.biases:
                yield f"b{k}, db{k} = P[{end}:{end + n}], G[{end}:{end + n}]"
            start = end + len(layer.biases)

    def _forward(self) -> Iterator[str]:
        """From what goes into a layer its sums, and from these what goes into the next, and the slopes there."""
        first = self._layers.columns
        yield f"H0 = rows[:, {first.start}:{first.stop}]"
        for k, layer in enumerate(self._layers.layers, start=1):
            yield f"# layer {k}: {layer.n_inputs} inputs, {layer.n_units} units"
            yield f"Z{k} = H{k - 1} @ W{k}.T" + (f" + b{k}" if layer.biases else "")
            if k <= len(self._layers.activations):
                lines, (h, slope) = self._text.body(self._layers.activations[k - 1], [f"Z{k}"], f"z{k}_")
                yield from (*lines, f"H{k} = {h}", f"S{k} = {slope}")

    def _loss(self) -> Iterator[str]:
        """The loss of the rows, and δ of the last sums."""
        head, k, n = self._layers.head, len(self._layers.layers), self._layers.layers[-1].n_units
        loss, *slopes = head.outputs
        found = rolled(head, [loss, tuple(slopes)], n)
        self._constants += [f"C{j} = np.array({list(numbers)})" for j, numbers in enumerate(found.constants)]
        names = [self._given(own, n, head.n_inputs - 1) for own in found.inputs]
        names += [f"C{j}" for j in range(len(found.constants))]
        yield "# the loss, and its slopes in the last sums"
        lines, (own, *deltas) = self._text.body(found.program, names)
        yield from lines
        yield f"own = ({own}).sum()"
        if len(deltas) > 1:
            yield f"D{k} = np.concatenate(np.broadcast_arrays(Z{k}[:, :1], {', '.join(deltas)})[1:], axis=1)"
        elif _is_of_samples(found, names):
            yield f"D{k} = {deltas[0]}"
        else:
            yield f"D{k} = np.broadcast_to({deltas[0]}, Z{k}.shape)"

    def _given(self, own: range, n_units: int, weight: int) -> str:
        """What goes into the loss: sums of the last layer, columns of the rows, or their weight."""
        z = f"Z{len(self._layers.layers)}"
        if own.start == weight:
            return "weight"
        if own.start >= n_units:
            return f"rows[:, {own.start - n_units}:{own.stop - n_units}]"
        return z if len(own) == n_units else f"{z}[:, {own.start}:{own.stop}]"

    def _back(self) -> Iterator[str]:
        """From the δ of a layer its slopes, and δ of the layer before."""
        for k in range(len(self._layers.layers), 0, -1):
            yield f"# back through layer {k}"
            yield f"np.matmul(D{k}.T, H{k - 1}, out=dW{k})"
            if self._layers.layers[k - 1].biases:
                yield f"D{k}.sum(axis=0, out=db{k})"
            if k > 1:
                slope = self._layers.activations[k - 2].outputs[1]
                yield f"D{k - 1} = D{k} @ W{k}" + (f" * S{k - 1}" if slope != 1.0 else "")

    def _penalty(self) -> Iterator[str]:
        """What is added to the loss and to the slopes."""
        parts = None if self._recipe.penalty is None else alike(self._recipe.penalty)
        if parts is not None:
            yield "# the penalty"
            lines, (term,) = self._text.body(parts.term, ["P"], "q")
            yield from (*lines, f"terms = ({term}).sum()")
            lines, (extra,) = self._text.body(parts.rest, ["terms"], "r")
            yield from (*lines, f"own += {extra}")
            lines, (slope,) = self._text.body(parts.slope, ["P"], "s")
            yield from (*lines, f"G += {slope}")

    def _updates(self) -> list[str]:
        """The step of all parameters."""
        recipe = self._recipe
        later = [*self._update(recipe.update)]
        if recipe.first is None:
            return ["# the update", *later]
        return ["# the update", "if t == 1.0:", *_indented(self._update(recipe.first)), "else:", *_indented(later)]

    def _update(self, update: Program) -> Iterator[str]:
        targets = ["P", *self._memories]
        less = _less(update)
        lines, results = self._text.body(less or update, ["P", "G", "lr", "t", *self._memories], "u")
        yield from lines
        if less is not None:
            yield f"P -= {results[0]}"
            return
        changed = [(target, result) for target, result in zip(targets, results, strict=True) if target != result]
        if changed:
            yield f"{', '.join(f'{target}[:]' for target, _ in changed)} = {', '.join(result for _, result in changed)}"


def _less(update: Program) -> Program | None:
    """What a parameter gets less by, where that is all that an update does."""
    place = update.outputs[0]
    step = update.steps[place - update.n_inputs] if type(place) is int and place >= update.n_inputs else None
    if len(update.outputs) > 1 or step is None or step.op is not ops.sub or repr(step.args[0]) != "0":
        return None
    return used(update._replace(outputs=step.args[1:]))


def _is_of_samples(found: Rolled, names: Sequence[str]) -> bool:
    """Whether the slopes are numbers of every sample, not of all in common."""
    of_samples = [k for k, name in enumerate(names) if name[0] in "Zr"]
    place: Place = found.program.outputs[1]
    return type(place) is int and found.program.depends_on(of_samples)[place]


def _indented(lines: Sequence[str] | Iterator[str]) -> list[str]:
    return [f"    {line}" for line in lines]


class NumPyTraining:
    """The training in generated NumPy source, with the methods of an engine of `Training`."""

    def __init__(self, recipe: Recipe, rows: Data, batch: int) -> None:
        import numpy

        assert recipe.chain is not None
        descent = NumPyDescent(recipe, recipe.chain)
        self.source, self._epoch, self._slots = descent.source, descent.epoch, descent.slots
        self._numpy: Any = numpy
        self._rows = numpy.frombuffer(rows.numbers.view, count=rows.n * rows.width).reshape(rows.n, rows.width)
        self._batch = batch
        self._errors = (ValueError, ArithmeticError) if descent.calls_python else (ArithmeticError,)
        self._state: Any = None  # the parameters, then what is remembered of them

    def put(self, numbers: list[float], columns: list[list[float]]) -> None:
        """Go on from these parameters, and what is remembered of them."""
        self._state = self._numpy.array([numbers, *columns])[:, self._slots]

    def numbers(self) -> list[float]:
        """The parameters."""
        return self._column(0)

    def memories(self) -> list[list[float]]:
        """What is remembered of them, one list after the other."""
        return [self._column(1 + j) for j in range(len(self._state) - 1)]

    def _column(self, k: int) -> list[float]:
        found = self._numpy.empty(len(self._slots))
        found[self._slots] = self._state[k]
        return found.tolist()  # type: ignore[no-any-return]

    def copy(self) -> Any:
        """All that changes, as it is."""
        return self._state.copy()

    def restore(self, state: Any) -> None:
        """Make it what it was."""
        self._state = state.copy()

    def run(self, rates: "array[float]", order: "array[int] | None", steps: int) -> "array[float]":
        """The losses of epochs at these rates, up to the first that does not end with finite numbers."""
        losses = array("d")
        n = len(self._rows)
        with self._numpy.errstate(all="ignore"):
            for e, rate in enumerate(rates):
                state = self._state.copy()
                own = None if order is None else self._numpy.array(order[e * n : (e + 1) * n])
                try:
                    loss = float(self._epoch(state[0], state[1:], self._batches(own), n, rate, steps))
                except self._errors:
                    return losses
                if not (math.isfinite(loss) and self._numpy.isfinite(state[0]).all()):
                    return losses
                self._state = state
                losses.append(loss)
                steps += -(-n // self._batch)
        return losses

    def _batches(self, order: Any) -> Iterator[Any]:
        for start in range(0, len(self._rows), self._batch):
            part = slice(start, start + self._batch)
            yield self._rows[part] if order is None else self._rows[order[part]]
