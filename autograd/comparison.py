"""Numbers derived by hand, set beside the engine's: `compare`."""

import html
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from autograd.graph import topological_order
from autograd.names import Names, canonical, nearest
from autograd.primitive import real
from autograd.rounding import Bounded, bounded_gradients, bounded_values, ulps
from autograd.value import Value


class Row(NamedTuple):
    """One number by hand beside the engine's.

    name     as it was given, with its place for an entry of a matrix
    what     "gradient" or "value"
    by_hand  the number given
    engine   the engine's number
    ulps     their difference, in units of the last place of the engine's number
    bound    what rounding alone can explain, in the same units
    """

    name: str
    what: str
    by_hand: float
    engine: float
    ulps: float
    bound: float

    @property
    def ok(self) -> bool:
        """Whether rounding alone explains the difference."""
        return self.ulps <= self.bound

    @property
    def verdict(self) -> str:
        """In words."""
        return "agrees" if self.ok else "DIFFERS"


class Comparison:
    """The outcome of `compare`: `rows`, one per number; `ok`; a table as text and in a notebook."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows

    @property
    def ok(self) -> bool:
        """Whether all numbers agree."""
        return all(row.ok for row in self.rows)

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        kinds = {row.what for row in self.rows}
        noun = f"{kinds.pop()}s" if len(kinds) == 1 else "numbers"
        wrong = [row.name for row in self.rows if not row.ok]
        if not wrong:
            return f"all {len(self.rows)} {noun} agree"
        shown = ", ".join(wrong[:12]) + (f" and {len(wrong) - 12} more" if len(wrong) > 12 else "")
        return f"{len(wrong)} of {len(self.rows)} {noun} differ: {shown}"

    def assert_ok(self) -> None:
        """For a test suite: an AssertionError with the table unless all numbers agree."""
        if not self.ok:
            raise AssertionError(f"{self.summary}\n{self}")

    def __str__(self) -> str:
        head = ("name", "by hand", "engine", "off by", "verdict")
        lines = [head, *(self._cells(row) for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        padded = (map(str.ljust, line, widths) for line in lines)
        return "\n".join([*("  ".join(cells).rstrip() for cells in padded), self.summary])

    def __repr__(self) -> str:
        return f"<Comparison: {self.summary}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{text}</th>" for text in ("", "name", "by hand", "engine", "off by", "verdict"))
        body = ""
        for row in self.rows:
            mark, colour = ("✓", "#0B8A6A") if row.ok else ("✗", "#B3356B")
            cells = "".join(f"<td>{html.escape(text)}</td>" for text in self._cells(row))
            weight = "" if row.ok else "font-weight:bold;"
            body += f'<tr style="{weight}"><td style="color:{colour}">{mark}</td>{cells}</tr>'
        caption = f'<caption style="caption-side:bottom;text-align:left">{html.escape(self.summary)}</caption>'
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    @staticmethod
    def _cells(row: Row) -> tuple[str, ...]:
        return row.name, repr(row.by_hand), repr(row.engine), f"{row.ulps:.3g} ulp", row.verdict


def compare(loss: Value, by_hand: Mapping[str, Any], model: Any = None) -> Comparison:
    """The numbers derived by hand beside the engine's, for one loss.

    by_hand  numbers by name. A parameter or input stands for its gradient: `w5`, `grad_w5`, `dw5`,
             `dL_dw5`, `d_L_d_w5` all mean ∂L/∂w5; `delta3` or `δ3` is ∂L/∂z3. A computed node
             (`h1`, `z3`, `y_hat`, `L`) stands for its value, `grad_h1` for its gradient. With a
             `model`, `W1`, `dW1`, `db1` ... take nested lists or arrays of gradients, one row per
             neuron or one column per neuron.
    model    where the matrices are found: an `MLP`

    A number agrees when rounding can explain the difference; the bound is derived for every number
    from the graph (`autograd.rounding`), relative to its size, so that a sign-flipped δ of 1e-8
    differs. Gradients are taken where the loss was evaluated; `backward()` is not needed, and no
    `.grad` is touched. An unknown name is a KeyError with the nearest known ones, a matrix of
    another shape a ValueError, what is no real number a TypeError.

    >>> w, x = Value(0.5, "w"), Value(3.0, "x")
    >>> print(compare((w * x - 1) ** 2, {"dw": 3.0, "dx": -0.5}))
    name  by hand  engine  off by        verdict
    dw    3.0      3.0     0 ulp         agrees
    dx    -0.5     0.5     9.01e+15 ulp  DIFFERS
    1 of 2 gradients differ: dx
    """
    if not isinstance(loss, Value):
        raise TypeError(f"compare: expected the loss as a Value, got {type(loss).__name__}")
    engine = _Engine(loss, model)
    rows = [row for name, number in by_hand.items() for row in engine.rows(name, number)]
    if not rows:
        raise ValueError('compare: no numbers were given; expected a dict such as {"w1": 0.25, "delta3": -0.99}')
    return Comparison(rows)


_GRADIENT = re.compile(r"^(?:grad_?|d_?L_?/?_?d_?|∂L/∂|d_?)(?P<of>.+)$")


class _Engine:
    """What the engine knows of a loss: nodes by name, their values and gradients with bounds."""

    def __init__(self, loss: Value, model: Any) -> None:
        self.named: Names[Value] = loss.named()
        self.gradients = bounded_gradients(loss)
        self.errors = bounded_values(topological_order(loss))
        self.matrices: dict[str, Any] = model.matrices() if model is not None else {}

    def rows(self, name: str, given: Any) -> Iterator[Row]:
        """The rows for one entry: one for a number, one for every entry of a matrix."""
        if hasattr(given, "tolist"):
            given = given.tolist()
        if isinstance(given, (list, tuple)):
            yield from self._matrix(name, given)
            return
        node, what = self._find(name)
        number = real(given)
        mine = self.gradients[node] if what == "gradient" else Bounded(node.primals[0], self.errors[node])
        yield _row(name, what, number, mine)

    def _find(self, name: str) -> tuple[Value, str]:
        """The node that a name means, and whether its gradient or its value is meant."""
        known = {canonical(label): node for label, node in self.named.items()}
        wanted = canonical(name)
        if wanted in known:
            node = known[wanted]
            return node, "gradient" if node.op is None else "value"
        if wanted.startswith("δ") and "z" + wanted[1:] in known:
            return known["z" + wanted[1:]], "gradient"
        match = _GRADIENT.match(wanted)
        if match and match["of"] in known:
            return known[match["of"]], "gradient"
        raise KeyError(f"compare: no {name!r} in the graph of this loss; {nearest(name, list(self.named))}")

    def _matrix(self, name: str, given: Any) -> Iterator[Row]:
        """The rows for a matrix of gradients, in the orientation that fits."""
        match = _GRADIENT.match(name)
        key = name if name in self.matrices else match["of"] if match else name
        if key not in self.matrices:
            hint = nearest(name, list(self.matrices)) if self.matrices else "pass model=, where W1, b1 ... are found"
            raise KeyError(f"compare: {name!r} is a list, but no matrix of that name is known; {hint}")
        mine = self.matrices[key]
        if not isinstance(mine[0], list):  # biases: a list, or one row, or one column
            mine = [mine]
        given = given if isinstance(given[0], (list, tuple)) else [given]
        shape, other = (len(mine), len(mine[0])), (len(given), len(given[0]))
        if any(len(line) != other[1] for line in given) or (shape != other and shape != other[::-1]):
            expected = f"expected {shape[0]} x {shape[1]} or transposed"
            raise ValueError(f"compare: {name} is {other[0]} x {other[1]}, {expected}")
        across = shape != other or (shape[0] == shape[1] and shape[0] > 1 and self._columns_fit(mine, given))
        for i, line in enumerate(given):
            for j, entry in enumerate(line):
                node = mine[j][i] if across else mine[i][j]
                yield _row(f"{name}[{i}][{j}]", "gradient", real(entry), self.gradients[node])

    def _columns_fit(self, mine: Any, given: Any) -> bool:
        """Whether a square matrix fits better with one column per neuron: more right entries, else an evener ratio."""
        size = range(len(mine))

        def misfit(nodes: list[Any]) -> tuple[int, float]:
            rows = [_row("", "", real(given[i][j]), self.gradients[nodes[i][j]]) for i in size for j in size]
            ratios = [row.by_hand / row.engine for row in rows if row.engine]
            return sum(not row.ok for row in rows), max(ratios, default=1.0) - min(ratios, default=1.0)

        return misfit([list(column) for column in zip(*mine, strict=True)]) < misfit(mine)


def _row(name: str, what: str, by_hand: float, mine: Bounded) -> Row:
    """One row; the bound allows for the rounding of both computations."""
    if not math.isfinite(by_hand):
        raise ValueError(f"compare: {name} = {by_hand} is no number to compare; look where it became so")
    bound = 2.0 * mine.error / math.ulp(mine.number)
    return Row(name, what, by_hand, mine.number, ulps(by_hand, mine.number), bound)
