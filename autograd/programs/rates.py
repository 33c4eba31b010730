"""What a step is multiplied by, and what enters an optimiser's memory."""

import ast
import re
from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from autograd import ops
from autograd.programs.operations import Einsum, Gather, Sum
from autograd.programs.replay import before
from autograd.programs.roles import Origins
from autograd.programs.sites import positions
from autograd.programs.traced import Elementwise, Node
from autograd.programs.traced_run import Run
from autograd.programs.updates import RATE, added


class Rate(NamedTuple):
    """What the step is multiplied by; `name` is "" where it is a number written out, or 1 where there is none."""

    value: float
    name: str


def rates(moves: Mapping[int, tuple[Node, Node]], names: Mapping[Node, str], origins: Origins) -> dict[int, Rate]:
    """The learning rate of every update (new, old) of a step: by its name, else the factor that most share."""
    factors = {
        k: {f: product for term in added(new, old) for f, product in _factors(term, names, origins).items()}
        for k, (new, old) in moves.items()
    }
    sizes = {
        f: float(f.data) if f in names else _written(f, product, origins)
        for own in factors.values()
        for f, product in own.items()
        if f.shape == () and isinstance(f.data, float)
    }
    counts = Counter(sizes[f] for own in factors.values() for f in own if 0.0 < abs(sizes.get(f, 0.0)) < 1.0)
    usual, n = counts.most_common(1)[0] if counts else (1.0, 0)
    found = {}
    for k, own in factors.items():
        named = [f for f in own if RATE.search(names.get(f, ""))]
        same = [f for f in own if sizes.get(f) == usual]
        if named:
            found[k] = Rate(abs(float(np.ravel(named[0].data)[0])), names[named[0]])
        elif 2 * n > len(factors) and same:
            found[k] = Rate(abs(usual), next((names[f] for f in same if f in names), ""))
        else:
            found[k] = Rate(1.0, "")
    return found


def _factors(term: Node, names: Mapping[Node, str], origins: Origins, depth: int = 12) -> dict[Node, Node]:
    """The settings that a term is multiplied with, each with the product that it enters."""
    found = {}
    stack = [(term, term, depth)]
    while stack:
        node, product, left = stack.pop()
        if node.size == 1 and not origins(node) and (node.op is None or RATE.search(names.get(node, ""))):
            found[node] = product
        elif (
            left and isinstance(node.op, Elementwise) and node.op.row in (ops.mul, ops.div, ops.neg, ops.identity)
        ) or (left and isinstance(node.op, (Gather, Sum, Einsum))):
            stack += [(arg, node, left - 1) for arg in node.args]
    return found


def _written(factor: Node, product: Node, origins: Origins) -> float:
    """The first fraction among numbers written side by side, which Python multiplies at once: of 0.01 * 2 * g, 0.01."""
    for place in positions(product.site)[:1]:
        text = origins.text(place).encode()[: place.end_column - place.column].decode(errors="ignore")
        try:
            tree = ast.parse(text, mode="eval")
        except SyntaxError:  # of more than one line
            break
        for part in ast.walk(tree):
            inner = [x for x in ast.walk(part) if isinstance(x, (ast.expr, ast.operator))]
            if isinstance(part, ast.BinOp) and all(isinstance(x, LITERALS) for x in inner):
                numbers = [x.value for x in inner if isinstance(x, ast.Constant) and isinstance(x.value, float)]
                fractions = [x for x in numbers if 0.0 < x < 1.0]
                if fractions and eval(compile(ast.Expression(part), text, "eval")) == factor.data:
                    return fractions[0]
    return float(factor.data)


LITERALS: Final = (ast.BinOp, ast.Constant, ast.Mult, ast.Div)
"""What a product of numbers is written with."""


def memory_inputs(run: Run, origins: Origins, start: Mapping[int, Node], end: Mapping[int, Node]) -> dict[int, Node]:
    """By lineage, what enters the memory of an optimiser in a step: in m = b·m + (1 - b)·g that is g.

    Memory is older than the step; in the first step it cannot be told from what the step itself adds up.
    """
    names = run.recorder.names()
    since = max((node.time for node in start.values()), default=-1)
    pairs = [(r.old, r.new) for r in run.recorder.rebindings]
    for lineage in run.recorder.lineages:
        pairs += zip(lineage.contents, lineage.contents[1:], strict=False)
    pairs = [
        (old, new)
        for old, new in pairs
        if new.time > since >= old.time
        and old not in origins.cut
        and any(start[k] is not origins.lineages[k].root for k in start)
    ]
    found: dict[int, Node] = {}
    for k, last in end.items():
        if not pairs or last is start[k]:
            continue
        nodes = before([last], origins.cut - {last}, since)
        own = {id(node) for node in nodes}
        flowing = [n for n in nodes if n.time > since and n.shape == last.shape and n not in origins.cut]
        entered = [(old, new) for old, new in pairs if id(new) in own and new.shape == last.shape]
        inputs = [_entering(new, old, origins, names) for old, new in entered]
        inputs += [_carried(node, origins, names, since) for node in flowing]
        told = [(node, squared) for node, squared in inputs if node is not None and node.shape == last.shape]
        if told:
            found[k] = min(told, key=lambda pair: pair[1])[0]
    return found


def _carried(node: Node, origins: Origins, names: Mapping[Node, str], since: float) -> tuple[Node | None, bool]:
    """What is added to a multiple of something that the step before left behind, whatever it is called meanwhile."""
    if not isinstance(node.op, Elementwise) or node.op.row not in (ops.add, ops.sub):
        return None, False
    for kept, entering in (node.args, node.args[::-1]):
        if not (isinstance(kept.op, Elementwise) and kept.op.row is ops.mul) or entering.time <= since:
            continue
        for old, factor in (kept.args, kept.args[::-1]):
            left = old.time <= since and old not in origins.cut and origins(old) and old.shape == node.shape
            if left and factor.size == 1 and not origins(factor):
                return _stripped(entering, origins, names)
    return None, False


def _entering(new: Node, old: Node, origins: Origins, names: Mapping[Node, str]) -> tuple[Node | None, bool]:
    """What is added to a multiple of `old` in `new`, without settings it is multiplied with; and if it was squared."""
    node, lost = new, 100
    while isinstance(node.op, Elementwise) and lost:
        lost -= 1
        if node.op.row in (ops.add, ops.sub):
            for kept, entering in (node.args, node.args[::-1]):
                if _multiple(kept, old):
                    found, squared = _stripped(entering, origins, names)
                    return (found, squared) if squared or kept is not old else (None, False)
        node = node.args[0]
    return None, False


def _multiple(node: Node, old: Node) -> bool:
    """Whether a term is single numbers times `old`, and nothing else."""
    while node is not old and isinstance(node.op, Elementwise) and node.op.row in (ops.mul, ops.identity):
        big = [arg for arg in node.args if arg is old or arg.size > 1 or isinstance(arg.op, Elementwise)]
        if len(big) != 1:
            big = [arg for arg in node.args if arg is old]
        if not big:
            return False
        node = big[0]
    return node is old


def _stripped(term: Node, origins: Origins, names: Mapping[Node, str]) -> tuple[Node, bool]:
    """A term without the single numbers it is multiplied with; of a square, what is squared, and True."""
    node = term
    while isinstance(node.op, Elementwise):
        row = node.op.row
        if row in (ops.mul, ops.div):
            a, b = node.args
            if a is b:
                return a, True
            if _setting(b, node, origins, names):
                node = a
            elif row is ops.mul and _setting(a, node, origins, names):
                node = b
            else:
                return node, False
        elif row is ops.power:
            return node.args[0], True
        elif row in (ops.neg, ops.identity):
            node = node.args[0]
        else:
            return node, False
    return node, False


SETTING: Final = re.compile(r"beta|mu|momentum|decay|rho|gamma|b[12]\b", re.IGNORECASE)
"""What an optimiser's settings are called, beside the learning rate."""


def _setting(node: Node, product: Node, origins: Origins, names: Mapping[Node, str]) -> bool:
    """Whether a factor is a setting of the optimiser: of an array any single number, else one that is called so."""
    if node.size != 1 or origins(node):
        return False
    called = [names.get(part, "") for part in before([node])]
    return product.shape != () or any(RATE.search(name) or SETTING.search(name) for name in called if name)
