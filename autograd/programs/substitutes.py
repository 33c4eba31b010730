"""What may stand in the place of an operand: another quantity of its shape, a neighbour, a sum over the samples."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from autograd.programs.arrays import Array
from autograd.programs.edits import Edit
from autograd.programs.expressions import is_tight, names_of
from autograd.programs.instrumenting import Statement
from autograd.programs.scenes import Scene, shape_of
from autograd.programs.slope_texts import slope_texts, takes_one_argument


class Substitutes:
    """A statement in its scene: its text, and edits that put another operand into the place of one."""

    def __init__(
        self,
        statement: Statement,
        scene: Scene,
        source: str,
        settings: Mapping[str, float],
        stale: Callable[[Any], bool] = lambda x: False,
    ) -> None:
        self.statement, self.scene, self.settings, self._stale = statement, scene, settings, stale
        self._lines = source.encode().split(b"\n")
        first, last = statement.node.lineno, statement.node.end_lineno
        own = b"\n".join(self._lines[first - 1 : last]).decode()
        # Single items of lists are meant only where the statement has to do with the list.
        self.quantities = [
            q for q in scene.quantities if not re.search(r"\[\d+\]", q.text) or q.text.partition("[")[0] in own
        ]
        self._slopes = slope_texts(scene, self.quantities, source)
        self._functions = [n for n, f in {**scene.globals, **scene.locals}.items() if takes_one_argument(f)]

    def text(self, node: Any) -> str:
        """The source of an expression."""
        a, b = node.lineno - 1, node.end_lineno - 1
        if a == b:
            return str(self._lines[a][node.col_offset : node.end_col_offset], "utf-8")
        return str(
            b"\n".join(
                [self._lines[a][node.col_offset :], *self._lines[a + 1 : b], self._lines[b][: node.end_col_offset]]
            ),
            "utf-8",
        )

    def tight(self, node: Any) -> str:
        """The source of an expression, in brackets where it is a sum."""
        text = self.text(node)
        return text if is_tight(node) or isinstance(node, ast.UnaryOp) else f"({text})"

    def edit(self, kind: str, node: Any, new: str, cost: float, part: str = "") -> Edit:
        """An expression replaced."""
        start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
        return Edit(self.statement.key, kind, self.text(node), new, start, end, cost, part)

    def operands(self, node: Any, shape: tuple[int, ...]) -> Iterator[Edit]:
        """Another quantity of the same shape in the place of a name."""
        old = self.text(node)
        own = self.scene.value(node)
        seen = {old}
        for text in [*self._relatives(node), *(q.text for q in self.quantities if _alike(q.shape, shape))]:
            if text in seen or text in self.settings:
                continue
            seen.add(text)
            tree = ast.parse(text, mode="eval").body
            other = self.scene.value(tree)
            size = shape_of(other)
            if (
                size is None
                or not _alike(size, shape)
                or (isinstance(other, Array) and isinstance(own, Array) and other.node is own.node)
            ):
                continue
            if isinstance(other, (int, float)) and not isinstance(own, (int, float)):
                continue  # settings and counters are no operands
            like = SequenceMatcher(None, old, text).ratio()
            yield self.edit("operand", node, text, 0.5 + 1.2 * (1.0 - like) + (0.3 if size != shape else 0.0))
        for q in self.quantities:  # one row for every sample
            wider = len(q.shape) == 2 and q.shape != shape and q.shape[-1:] == shape[-1:] and len(shape) in (1, 2)
            if wider and q.node is not None and q.node.op is not None and old in names_of(self.statement.value):
                yield self.edit("operand", node, q.text, 1.55)
        if len(shape) == 2:
            for q in self.quantities:
                if q.shape == shape[::-1] and q.shape != shape and isinstance(q.value, Array):
                    yield self.edit("operand", node, f"{q.text}.T", 1.5)

    def _relatives(self, node: Any) -> Iterator[str]:
        """The same item of a neighbour: another key, attribute or index."""
        text = self.text(node)
        if isinstance(node, ast.Subscript):
            holder = self.scene.value(node.value)
            inside = self.text(node.slice)
            if isinstance(holder, dict):
                keys = [k for k in holder if isinstance(k, str)]
                for key in keys:
                    yield f"{self.text(node.value)}[{key!r}]"
                for string in re.findall(r"""(['"])(\w+)\1""", inside):
                    for prefix in {re.sub(r"\d+$", "", key) for key in keys}:
                        if prefix != string[1]:
                            yield text.replace(f"{string[0]}{string[1]}{string[0]}", f"{string[0]}{prefix}{string[0]}")
            for new in self._shifted(inside):
                yield f"{self.text(node.value)}[{new}]"
            if isinstance(node.value, (ast.Attribute, ast.Subscript, ast.Name)):
                for base in self._relatives(node.value):
                    yield f"{base}[{inside}]"
                if isinstance(node.value, ast.Name):
                    for name, x in {**self.scene.globals, **self.scene.locals}.items():
                        if isinstance(x, (list, dict, Array)) and not name.startswith("__"):
                            yield f"{name}[{inside}]"
        elif isinstance(node, ast.Attribute):
            holder = self.scene.value(node.value)
            if hasattr(holder, "__dict__") and not isinstance(holder, (Array, type)):
                for name in vars(holder):
                    yield f"{self.text(node.value)}.{name}"
            for base in self._relatives(node.value):
                yield f"{base}.{node.attr}"

    def _shifted(self, index: str) -> Iterator[str]:
        """Neighbouring indices."""
        numbers = [n for n, x in self.scene.locals.items() if type(x) is int and n.isidentifier()]
        if index in numbers or re.fullmatch(r"\w+\s*[+-]\s*1", index) or re.fullmatch(r"str\(\w+\)", index):
            root = re.sub(r"\s*[+-]\s*1$", "", index)
            yield from (root, f"{root} + 1", f"{root} - 1")
            yield from numbers
        elif re.fullmatch(r"-?\d+", index):
            yield from (str(int(index) + 1), str(int(index) - 1))

    def transposed(self, node: Any, shape: tuple[int, ...]) -> Iterator[Edit]:
        """A matrix turned round."""
        if len(shape) == 2:
            transposed = isinstance(node, ast.Attribute) and node.attr == "T"
            new = self.text(node.value) if transposed else f"{self.text(node)}.T"
            yield self.edit("transpose", node, new, 1.0)

    def sums(self, node: Any) -> Iterator[Edit]:
        """A gradient, or its sum over the samples, in the place of a number or a call."""
        shape = self.scene.shape_of_value(node)
        for q in self.quantities:
            if q.node is None or q.node.op is None or shape is None:
                continue
            if q.shape == shape and isinstance(node, ast.Constant):
                yield self.edit("operand", node, q.text, 1.6)
            if len(q.shape) == 2 and shape in (q.shape[1:], (1, q.shape[1])):
                keep = ", keepdims=True" if len(shape) == 2 else ""
                yield self.edit("operand", node, f"{q.text}.sum(axis=0{keep})", 1.6)
            if shape == () and q.shape:
                yield self.edit("operand", node, f"{q.text}.sum()", 1.6)
            if len(q.shape) == 2 and shape == (q.shape[0], 1):
                yield self.edit("operand", node, f"{q.text}.sum(axis=1, keepdims=True)", 1.65)


def _alike(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether one stands where the other does without an error: the same shape, or 1 for any number of columns."""
    return len(a) == len(b) and all(m == n or 1 in (m, n) for m, n in zip(a, b, strict=True))
