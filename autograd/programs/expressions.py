"""What an expression of a program is made of, and what it may stand for."""

import ast
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from autograd.programs.arrays import Array
from autograd.programs.scenes import Scene


def names_of(node: ast.AST) -> set[str]:
    """The names, attributes and items that an expression reads, as they are written."""
    return {ast.unparse(n) for n in ast.walk(node) if isinstance(n, (ast.Name, ast.Attribute, ast.Subscript))}


def is_index(x: Any) -> bool:
    """Whether something picks an item: a whole number, or several."""
    return (type(x) is int) or (isinstance(x, np.ndarray) and np.asarray(x).dtype.kind in "iu" and np.ndim(x) <= 1)


def is_fraction(x: Any) -> bool:
    """Whether a number is a setting such as the share that dropout keeps."""
    value = x.node.data if isinstance(x, Array) and x.node.op is None else x
    return isinstance(value, float) and 0.0 < value < 1.0


def is_product(node: Any) -> bool:
    """Whether it is a·b or a/b."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div))


def factors_of(node: Any, below: bool = False) -> Iterator[tuple[Any, bool]]:
    """The factors of a product, each with whether it is divided by."""
    if is_product(node) and not below:
        yield from factors_of(node.left)
        yield from factors_of(node.right, isinstance(node.op, ast.Div))
    else:
        yield node, below


def likeness(a: str, b: str) -> float:
    """How much two texts have in common, from 0 to 1."""
    return SequenceMatcher(None, a, b).ratio()


def is_method(node: ast.Call, scene: Scene) -> bool:
    """Whether it is a method of an array, rather than a function of a module."""
    if not isinstance(node.func, ast.Attribute):
        return False
    owner = node.func.value
    return not (isinstance(owner, ast.Name) and owner.id in ("np", "numpy", "math"))


def is_atom(node: Any) -> bool:
    """Whether it needs no brackets anywhere."""
    return isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Constant))


def is_tight(node: Any) -> bool:
    """Whether it needs no brackets in a product."""
    return is_atom(node) or (isinstance(node, ast.BinOp) and not isinstance(node.op, (ast.Add, ast.Sub)))
