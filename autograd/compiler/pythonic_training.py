"""Training as Python source: one function that goes through the rows once."""

import math
import re
from array import array
from collections.abc import Sequence
from typing import Any

from autograd.compiler.data_block import Data
from autograd.compiler.descent import Recipe
from autograd.compiler.program import Program
from autograd.compiler.pythonic import Source, compiled
from autograd.names import canonical
from autograd.primitive import Primitive


class PythonTraining:
    """The training in generated Python source."""

    def __init__(self, recipe: Recipe, rows: Data, batch: int) -> None:
        descent = PythonDescent(recipe, batch == 1)
        self.source, self._epoch = descent.source, descent.epoch
        view, width = rows.numbers.view, rows.width
        self._rows = [tuple(view[start : start + width]) for start in range(0, rows.n * width, width)]
        self._batch = batch
        self._parameters: list[float] = []
        self._memories: list[list[float]] = []

    def put(self, numbers: list[float], columns: list[list[float]]) -> None:
        """Go on from these parameters, and what is remembered of them."""
        self._parameters, self._memories = numbers, columns

    def numbers(self) -> list[float]:
        """The parameters."""
        return list(self._parameters)

    def memories(self) -> list[list[float]]:
        """What is remembered of them, one list after the other."""
        return self._memories

    def copy(self) -> Any:
        """All that changes, as it is."""
        return self._parameters, self._memories

    def restore(self, state: Any) -> None:
        """Make it what it was."""
        self._parameters, self._memories = state

    def run(self, rates: "array[float]", order: "array[int] | None", steps: int) -> "array[float]":
        """The losses of epochs at these rates, up to the first that does not end with finite numbers."""
        losses = array("d")
        n = len(self._rows)
        for e, rate in enumerate(rates):
            rows = self._rows if order is None else [self._rows[i] for i in order[e * n : (e + 1) * n]]
            try:
                found = self._epoch(self._parameters, self._memories, rows, self._batch, rate, steps)
            except (ValueError, ArithmeticError):
                return losses
            loss, parameters, memories = found
            if not (math.isfinite(loss) and all(map(math.isfinite, parameters))):
                return losses
            self._parameters, self._memories = parameters, memories
            losses.append(loss)
            steps += -(-n // self._batch)
        return losses


class PythonDescent:
    """The source of `epoch(parameters, memories, rows, batch, lr, t)`, and the function itself.

    It returns the loss, and the next parameters and memories.

    The parameters are local variables while it runs, the sums of their slopes too.
    """

    def __init__(self, recipe: Recipe, single: bool) -> None:
        self._recipe = recipe
        n = recipe.n_parameters
        self._known: dict[str, object] = {}
        self._calls: dict[Primitive, str] = {}
        labels = [canonical(recipe.term.label(k)) for k in range(n)]
        named = len(set(labels)) == n and all(re.fullmatch(r"[wb]\d+", label) for label in labels)
        self._ps = labels if named else [f"p{k}" for k in range(n)]
        self._gs = [f"d{p}" for p in self._ps]
        self._ms = [[f"m{j}_{p}" for p in self._ps] for j in range(recipe.n_memories)]
        self.source = "\n".join(self._single() if single else self._batches()) + "\n"
        self.epoch = compiled(self.source, self._known, "epoch")

    def _frame(self, loop: Sequence[str]) -> list[str]:
        """The function around the loop over steps."""
        unpack = [f"    {_tuple(self._ps)} = parameters"]
        unpack += [f"    {_tuple(names)} = memories[{j}]" for j, names in enumerate(self._ms)]
        memories = ", ".join(f"[{', '.join(names)}]" for names in self._ms)
        result = f"    return loss, [{', '.join(self._ps)}], [{memories}]"
        head = "def epoch(parameters, memories, rows, batch, lr, t):"
        return [head, *unpack, "    loss, total = 0.0, float(len(rows))", *loop, result]

    def _single(self) -> list[str]:
        """A step for every row."""
        columns = [f"c{k}" for k in range(self._recipe.n_columns)]
        lines, (loss, *slopes) = self._written(self._recipe.term, [*self._ps, *columns, "weight"], "v")
        more, (extra, *others) = self._penalty()
        slopes = [f"{a} + {b}" for a, b in zip(slopes, others, strict=True)] if others else slopes
        body = [
            f"    for {_tuple(columns)} in rows:",
            *_indented(2, ["t += 1", *lines, *more, f"loss += {loss}" + (f" + {extra}" if extra else "")]),
            *_indented(2, [f"{g} = {slope}" for g, slope in zip(self._gs, slopes, strict=True)]),
            *_indented(2, self._updates()),
            "    loss /= total",
        ]
        return self._frame(body)

    def _batches(self) -> list[str]:
        """A step for every batch: sums over its rows, the penalty, the update."""
        columns = [f"c{k}" for k in range(self._recipe.n_columns)]
        lines, (loss, *slopes) = self._written(self._recipe.term, [*self._ps, *columns, "weight"], "v")
        more, (extra, *others) = self._penalty()
        zero = [f"{' = '.join([*self._gs[start : start + 50]])} = 0.0" for start in range(0, len(self._gs), 50)]
        sums = [f"{g} += {slope}" for g, slope in zip(self._gs, slopes, strict=True) if slope != "0.0"]
        added = [f"{g} += {slope}" for g, slope in zip(self._gs, others, strict=False)]
        body = [
            "    for start in range(0, len(rows), batch):",
            *_indented(2, ["part = rows[start : start + batch]", "weight = 1.0 / len(part)", "own = 0.0", *zero]),
            f"        for {_tuple(columns)} in part:",
            *_indented(3, [*lines, f"own += {loss}", *sums]),
            *_indented(2, [*more, *([f"own += {extra}"] if extra else []), *added]),
            *_indented(2, ["t += 1", "loss += own * (len(part) / total)", *self._updates()]),
        ]
        return self._frame(body)

    def _penalty(self) -> tuple[list[str], list[str]]:
        if self._recipe.penalty is None:
            return [], [""]
        return self._written(self._recipe.penalty, self._ps, "q")

    def _updates(self) -> list[str]:
        """The lines that move every parameter; what is the same for all is computed once."""
        recipe = self._recipe
        lines = self._update_by(recipe.update)
        if recipe.first is None:
            return lines
        first = self._update_by(recipe.first)
        return ["if t == 1:", *_indented(1, first or ["pass"]), "else:", *_indented(1, lines or ["pass"])]

    def _update_by(self, update: Program) -> list[str]:
        varying = update.depends_on([0, 1, *range(4, update.n_inputs)])
        once = [place for place in range(4, len(varying)) if place >= update.n_inputs and not varying[place]]
        names = {place: f"s{place}" for place in once}
        lines: list[str] = []
        for k, p in enumerate(self._ps):
            targets = [p, *(own[k] for own in self._ms)]
            source = Source(update._replace(labels=()), [p, self._gs[k], "lr", "t", *targets[1:]], self._calls)
            found = source.lines(names=names)
            lines += [line for place, line in found.items() if k == 0 or place not in names]
            pairs = zip(targets, (source.text(place) for place in update.outputs), strict=True)
            changed = [(target, result) for target, result in pairs if target != result]
            if changed:
                lines.append(f"{', '.join(t for t, _ in changed)} = {', '.join(r for _, r in changed)}")
            self._known |= source.known
        return lines

    def _written(self, given: Program, inputs: Sequence[str], prefix: str) -> tuple[list[str], list[str]]:
        """The lines of a program, and the expressions of its outputs."""
        source = Source(given._replace(labels=()), inputs, self._calls)
        lines = [*source.lines(prefix).values()]
        self._known |= source.known
        return lines, [source.text(place) for place in given.outputs]


def _tuple(names: Sequence[str]) -> str:
    return ", ".join(names) + ","


def _indented(depth: int, lines: Sequence[str]) -> list[str]:
    return ["    " * depth + line for line in lines]
