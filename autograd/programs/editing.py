"""Small changes to one statement of a program, each as text in its own names: what might belong there instead."""

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, Final

from autograd.programs.arrays import Array
from autograd.programs.edits import Edit
from autograd.programs.expressions import (
    factors_of,
    is_atom,
    is_fraction,
    is_index,
    is_method,
    is_product,
    likeness,
)
from autograd.programs.instrumenting import RECORDER
from autograd.programs.substitutes import Substitutes

PENALTY: Final = re.compile(
    r"(^|[^a-z])(reg\w*|lambda\w*|lam|lmbda|\w*decay|l2\w*|weight_decay|λ|penalty|beta)($|[^a-z])", re.IGNORECASE
)
"""What strengths of penalties are called."""


class Editor(Substitutes):
    """The edits of one statement in its scene."""

    def all(self) -> list[Edit]:
        """Every edit, the likeliest first, each text once."""
        value = self.statement.value
        found = [*self._whole(value), *self._stores()]
        self._visit(value, None, found, whole=True)
        unique: dict[Any, Edit] = {}
        for edit in sorted(found, key=lambda e: e.cost):
            unique.setdefault((edit.start, edit.end, edit.new), edit)
        return list(unique.values())

    # ------------------------------------------------------------ expressions

    def _visit(self, node: Any, parent: Any, found: list[Edit], whole: bool = False) -> None:
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Load):
            shape = self.scene.shape(node)
            if shape is not None:
                if self._stale(self.scene.value(node)):
                    found.append(self.edit("stale", node, f"{RECORDER}.before({self.text(node)})", 0.2))
                found += self.operands(node, shape)
                if not isinstance(parent, (ast.Attribute, ast.Subscript)):
                    found.append(self.edit("one", node, "1", 1.3))
                found += self._factors(node)
                if not whole:
                    found += self.transposed(node, shape)
                if isinstance(node, ast.Attribute) and node.attr == "T":
                    self._visit(node.value, node, found)
                return
        if isinstance(node, ast.BinOp):
            found += self._binary(node, parent)
            if is_product(node) and not is_product(parent):
                found += self._chain(node)
            self._visit(node.left, node, found)
            self._visit(node.right, node, found)
            return
        if isinstance(node, ast.UnaryOp):
            found.append(self.edit("sign", node, self.text(node.operand), 0.7))
            self._visit(node.operand, node, found)
            return
        if isinstance(node, ast.Call):
            if not isinstance(parent, (ast.Call, ast.Subscript, ast.keyword)):
                found += self.sums(node)
            found += self._call(node)
            if (isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name)) or (
                isinstance(node.func, ast.Attribute) and self.scene.shape(node.func.value) is not None
            ):
                self._visit(node.func.value, node, found)
            for arg in [*node.args, *(k.value for k in node.keywords)]:
                self._visit(arg, node, found)
            return
        if isinstance(node, ast.Constant) and not isinstance(parent, (ast.Call, ast.Subscript, ast.keyword)):
            found += self.sums(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
            for new in (1, 2, 0.5, 0) if not isinstance(parent, (ast.Subscript, ast.keyword)) else ():
                if new != node.value:
                    found.append(self.edit("constant", node, str(new), 1.6))
            return
        if isinstance(node, ast.Compare):
            for part in (node.left, *node.comparators):
                self._visit(part, node, found)
            return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._visit(child, node, found)
            elif isinstance(child, ast.comprehension):
                self._visit(child.iter, node, found)

    def _factors(self, node: Any) -> Iterator[Edit]:
        """A slope of an activation multiplied in, or taken of another one."""
        text = self.text(node)
        shape = self.scene.shape(node) or ()
        if len(shape) == 2:
            for q in self.quantities:
                if len(q.shape) == 2 and isinstance(q.value, Array) and q.node is not None:
                    if q.shape[1] == shape[1] and q.shape != shape:
                        yield self.edit("factor", node, f"({text} @ {q.text}.T)", 1.8, q.text)
                    if q.shape[0] == shape[0] and q.shape != shape:
                        yield self.edit("factor", node, f"({q.text}.T @ {text})", 1.85, q.text)
        for slope, of in self._slopes:
            if of == shape:
                yield self.edit("factor", node, f"({text} * {slope})", 1.5, slope)
        for name in self._functions:
            yield self.edit("call", node, f"{name}({text})", 1.7)

    def _whole(self, node: Any) -> Iterator[Edit]:
        """The whole value multiplied with something, or turned round."""
        if isinstance(node, ast.Constant):
            return
        text = self.text(node)
        inner = text if is_atom(node) else f"({text})"
        yield self.edit("sign", node, f"-{inner}", 0.9)
        for name, value in self.settings.items():
            yield self.edit("constant", node, f"{inner} / {name}", 1.4)
            if value != 1.0:
                yield self.edit("constant", node, f"{inner} * {name}", 1.5)
        for q in self.quantities:
            if q.shape == () and q.text not in self.settings and is_fraction(q.value):
                yield self.edit("constant", node, f"{inner} / {q.text}", 1.6, q.text)
        for number in ("2", "0.5"):
            yield self.edit("constant", node, f"{number} * {inner}", 1.4)
        for slope, _ in self._slopes:
            yield self.edit("factor", node, f"{inner} * {slope}", 1.2, slope)
            if self.statement.kind == "return" and not isinstance(node, ast.Name):
                yield self.edit("slope", node, slope, 1.4 - 0.4 * likeness(slope, text), f"{text} -> {slope}")
        for q in self.quantities:
            if q.node is not None and q.text not in self.settings:
                yield self.edit("factor", node, f"{inner} * {q.text}", 1.9, q.text)
        if isinstance(node, (ast.List, ast.ListComp)):
            return
        strengths = [q.text for q in self.quantities if q.shape == () and PENALTY.search(q.text)]
        for q in self.quantities:
            if isinstance(q.value, Array) and q.node is not None:
                for name in strengths:
                    if q.shape == self.scene.shape_of_value(node):
                        yield self.edit("term", node, f"{text} + {name} * {q.text}", 1.8, name)
                        yield self.edit("term", node, f"{text} + 2 * {name} * {q.text}", 1.85, name)
                        for count in self.settings:
                            yield self.edit("term", node, f"{text} + {name} / {count} * {q.text}", 1.9, name)

    def _binary(self, node: ast.BinOp, parent: Any) -> Iterator[Edit]:
        left, right = self.text(node.left), self.text(node.right)
        if isinstance(node.op, (ast.Add, ast.Sub)):
            sign = "-" if isinstance(node.op, ast.Add) else "+"
            yield self._operator(node, sign, "sign", 0.6)
            if isinstance(node.op, ast.Sub):
                turned = f"{right} - {self.tight(node.left)}"
                yield self.edit("sign", node, turned if not is_product(parent) else f"({turned})", 0.6)
            if isinstance(node.op, ast.Add):
                for one, other in ((node.left, right), (node.right, left)):
                    if is_product(one):
                        factors = list(factors_of(one))
                        texts = [self.tight(f) for f, _ in factors]
                        for k in range(1, len(factors)):
                            if not any(below for _, below in factors[k:]):
                                head = self._joined(factors, texts, range(k))
                                new = f"({head} + {other}) * {' * '.join(texts[k:])}"
                                yield self.edit("bypass", node, new, 1.5)
            yield self.edit("term", node, left, 1.3, right)
            yield self.edit("term", node, right, 1.5, left)
        elif isinstance(node.op, (ast.Mult, ast.Div)):
            left, right = self.tight(node.left), self.tight(node.right)
            yield self.edit("drop", node, left, 1.0, right)
            yield self.edit("drop", node, right if isinstance(node.op, ast.Mult) else f"1 / {right}", 1.2, left)
            yield self._operator(node, "/" if isinstance(node.op, ast.Mult) else "*", "constant", 1.4)
        elif isinstance(node.op, ast.MatMult):
            yield self.edit("swap", node, f"{right} @ {left}", 1.6)
            yield self.edit("transpose", node, f"({left} @ {right}).T", 1.3)
        elif isinstance(node.op, ast.Pow):
            yield self.edit("drop", node, left, 1.3)

    def _chain(self, node: ast.BinOp) -> Iterator[Edit]:
        """A product without one or two of its factors, or with the slope of an activation in their place."""
        factors = list(factors_of(node))
        texts = [self.tight(factor) for factor, _ in factors]
        for i, j in [(i, i) for i in range(len(factors))] + list(combinations(range(len(factors)), 2)):
            gone = {i, j}
            if len(gone) == len(factors) or any(factors[k][1] for k in gone):
                continue
            dropped = " * ".join(texts[k] for k in sorted(gone))
            if i != j:
                yield from self._jacobian(node, factors, texts, i, j)
            kept = [k for k in range(len(factors)) if k not in gone]
            yield self.edit("drop", node, self._joined(factors, texts, kept), 0.9 + 0.2 * len(gone), dropped)
            if i == j == 0:
                shape = self.scene.shape_of_value(node)
                for slope, of in self._slopes:
                    if of == shape:
                        yield self.edit("factor", node, f"{self.text(node)} * {slope}", 1.35, slope)
            if not self._is_slope(dropped):
                continue
            for slope, _ in self._slopes:
                if slope != dropped:
                    new = f"{self._joined(factors, texts, kept)} * {slope}"
                    yield self.edit("slope", node, new, 1.3 - 0.3 * likeness(slope, dropped), f"{dropped} -> {slope}")

    def _jacobian(
        self, node: ast.BinOp, factors: Sequence[tuple[Any, bool]], texts: Sequence[str], i: int, j: int
    ) -> Iterator[Edit]:
        """Softmax's slopes in full, p(g - Σ g·p), where only p(1 - p)·g stands."""
        p = texts[i]
        if re.sub(r"\s", "", texts[j]) not in (f"(1-{p})", f"(1.0-{p})"):
            return
        rest = [k for k in range(len(factors)) if k not in (i, j)]
        inner = [k for k in rest if not factors[k][1]]
        if inner:
            g = self._joined(factors, texts, inner)
            below = "".join(f" / {texts[k]}" for k in rest if factors[k][1])
            for axis in ("-1", "0"):
                new = f"{p} * ({g} - ({g} * {p}).sum(axis={axis}, keepdims=True)){below}"
                yield self.edit("jacobian", node, new, 1.7)

    def _joined(self, factors: Sequence[tuple[Any, bool]], texts: Sequence[str], kept: Sequence[int]) -> str:
        """Some of the factors of a product again as one."""
        found = ""
        for k in kept:
            below = factors[k][1]
            found = texts[k] if not found and not below else f"{found or 1} {'/' if below else '*'} {texts[k]}"
        return found

    def _is_slope(self, text: str) -> bool:
        """Whether factors look like the slope of an activation."""
        return bool(re.search(r"1(\.0?)?\s*-|>\s*0|\w\(|\w+\s*\*\s*\(", text)) or text in {
            slope for slope, _ in self._slopes
        }

    def _operator(self, node: ast.BinOp, sign: str, kind: str, cost: float) -> Edit:
        """The operator of two operands replaced."""
        between = (node.left.end_lineno, node.left.end_col_offset), (node.right.lineno, node.right.col_offset)
        (line, column), (end_line, end_column) = between
        if line == end_line:
            raw = self._lines[line - 1][column:end_column].decode()
            new = re.sub(r"[-+*/]", sign, raw, count=1)
            return Edit(self.statement.key, kind, raw.strip(" ()"), new, *between, cost)  # type: ignore[arg-type]
        return self.edit(kind, node, f"{self.text(node.left)} {sign} ({self.text(node.right)})", cost)

    def _call(self, node: ast.Call) -> Iterator[Edit]:
        name = self.text(node.func)
        args = [self.text(arg) for arg in node.args]
        words = {k.arg: self.text(k.value) for k in node.keywords}
        last = name.rpartition(".")[2]
        if last in ("sum", "mean"):
            first = args[:1] if not is_method(node, self.scene) else []
            kept = {k: v for k, v in words.items() if k not in ("axis", "keepdims")}
            for axis, keep in (("0", True), ("0", False), ("1", True), ("1", False), ("", False)):
                new = dict(kept)
                if axis:
                    new["axis"] = axis
                if keep:
                    new["keepdims"] = "True"
                text = f"{name}({', '.join([*first, *(f'{k}={v}' for k, v in new.items())])})"
                yield self.edit("axis", node, text, 1.1)
            swapped = name[: -len(last)] + ("mean" if last == "sum" else "sum")
            yield self.edit("axis", node.func, swapped, 1.0)
            if first:
                yield self.edit("drop", node, args[0], 1.5)
        if len(args) == 1 and not words:
            if not is_method(node, self.scene):
                yield self.edit("drop", node, args[0] if is_atom(node.args[0]) else f"({args[0]})", 1.4)
            for other in self._functions:
                if other != name and isinstance(node.func, ast.Name):
                    yield self.edit("call", node.func, other, 1.2)
        if last in ("dot", "matmul") and len(args) == 2:
            yield self.edit("swap", node, f"{name}({args[1]}, {args[0]})", 1.4)
            yield self.edit("transpose", node, f"{self.text(node)}.T", 1.3)

    # ------------------------------------------------------------ how it is stored

    def _stores(self) -> Iterator[Edit]:
        node = self.statement.node
        target = getattr(node, "target", None) or (getattr(node, "targets", None) or [None])[0]
        if isinstance(target, ast.Subscript) and self.statement.kind in ("change", "bind"):
            index = self.text(target.slice)
            for name, x in {**self.scene.globals, **self.scene.locals}.items():
                if name != index and name.isidentifier() and not name.startswith("__") and is_index(x):
                    yield self.edit("operand", target.slice, name, 1.3)
        if self.statement.kind == "change" and isinstance(node.op, (ast.Add, ast.Sub)):
            signs = "-=" if isinstance(node.op, ast.Add) else "+="
            yield self._store(node.target, node.value, r"[-+]=", signs, "sign", 0.8)
            yield self._store(node.target, node.value, r"[-+]=", "=", "store", 1.2)
        elif self.statement.kind == "bind" and isinstance(node, ast.Assign) and len(node.targets) == 1:
            yield self._store(node.targets[0], node.value, r"=", "+=", "store", 1.1)

    def _store(self, target: Any, value: Any, pattern: str, new: str, kind: str, cost: float) -> Edit:
        start, end = (target.end_lineno, target.end_col_offset), (value.lineno, value.col_offset)
        raw = self._lines[start[0] - 1][start[1] : end[1] if end[0] == start[0] else None].decode()
        found = re.search(pattern, raw)
        if end[0] != start[0] or found is None:
            return self.edit("none", value, self.text(value), 9.0)
        return Edit(
            self.statement.key, kind, found.group(), raw[: found.start()] + new + raw[found.end() :], start, end, cost
        )
