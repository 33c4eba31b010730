"""Nests of numbers, as functions take and return them: lists, tuples, dicts, dataclasses, arrays, models."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from autograd.entries import check_depth, is_array
from autograd.primitive import real
from autograd.symbol import Symbol
from autograd.value import Value


def numbers(nest: Any, depth: int = 0) -> Iterator[Any]:
    """The numbers in a nest, in order: floats, Values and Symbols; what is no number is a TypeError."""
    parts = _parts(nest)
    if parts is not None:
        check_depth(depth)
        for part in parts:
            yield from numbers(part, depth + 1)
    elif is_array(nest):
        yield from numbers(nest.ravel().tolist(), depth)
    else:
        yield nest if isinstance(nest, (Value, Symbol)) else real(nest)


def rebuilt(nest: Any, items: Iterator[Any]) -> Any:
    """The same nest with other items in it; for a model, a dict of them by the names of its parameters."""
    parts = _parts(nest)
    if parts is None:
        return array([next(items) for _ in range(nest.size)], nest.shape) if is_array(nest) else next(items)
    made = [rebuilt(part, items) for part in parts]
    return dict(zip(nest.named_parameters(), made, strict=True)) if _is_model(nest) else _like(nest, made)


def filled(nest: Any, items: Iterator[Any]) -> Any:
    """The same nest with other items in it, and copies of its models with these as their parameters."""
    if _is_model(nest):
        named = nest.named_parameters()
        return copy.deepcopy(nest, {id(p): _called(next(items), p.label) for p in named.values()})
    parts = _parts(nest)
    return rebuilt(nest, items) if parts is None else _like(nest, [filled(part, items) for part in parts])


def has_model(nest: Any) -> bool:
    """Whether a model is in the nest."""
    return _is_model(nest) or any(map(has_model, _parts(nest) or ()))


def within(thing: Any, f: Callable[[Any], Any]) -> Any:
    """f of a thing, or of what is in the lists, tuples and dicts that it is made of."""
    if not isinstance(thing, (list, tuple, dict)):
        return f(thing)
    return _like(thing, [within(part, f) for part in (thing.values() if isinstance(thing, dict) else thing)])


def same(a: Any, b: Any) -> bool:
    """Whether two nests have one structure; that of a model is the dict of its parameters."""
    a, b = (nest.named_parameters() if _is_model(nest) else nest for nest in (a, b))
    one, other = _parts(a), _parts(b)
    if one is None or other is None:
        alike = getattr(a, "shape", ()) == getattr(b, "shape", ()) or not (is_array(a) or is_array(b))
        return one is other and alike
    keyed = list(a) == list(b) if isinstance(a, dict) and isinstance(b, dict) else _kind(a) is _kind(b)
    return keyed and len(one) == len(other) and all(map(same, one, other))


def array(items: list[Any], shape: tuple[int, ...]) -> Any:
    """An array of NumPy of these items, of floats where they all are; of nests of one structure, a nest of arrays."""
    import numpy

    first: Any = items[0] if items else None
    parts = _parts(first)
    if parts is not None:
        columns = zip(*map(_parts, items), strict=True)
        return _like(first, [array(list(column), shape) for column in columns])
    if hasattr(first, "shape"):
        return numpy.stack(items).reshape(*shape, *first.shape)
    made = numpy.empty(len(items), dtype=float if all(type(item) is float for item in items) else object)
    made[:] = items
    return made.reshape(shape)


def _parts(nest: Any) -> list[Any] | None:
    """What is nested in it, in order; None for a number or an array."""
    if isinstance(nest, (list, tuple)):
        return list(nest)
    if isinstance(nest, dict):
        return list(nest.values())
    if _is_dataclass(nest):
        return [getattr(nest, name) for name in _fields(nest)]
    return [_as_given(p) for p in nest.named_parameters().values()] if _is_model(nest) else None


def _like(nest: Any, parts: list[Any]) -> Any:
    """The list, tuple, dict or dataclass with these in the place of its own parts."""
    if isinstance(nest, dict):
        return dict(zip(nest, parts, strict=True))
    if _is_dataclass(nest):
        from dataclasses import replace  # slow to import, and already there where somebody has one

        return replace(nest, **dict(zip(_fields(nest), parts, strict=True)))
    return type(nest)(*parts) if hasattr(nest, "_fields") else type(nest)(parts)


def _kind(nest: Any) -> Any:
    """What nests must have in common: lists and tuples are as good as one another."""
    return list if isinstance(nest, (list, tuple)) else type(nest)


def _is_dataclass(nest: Any) -> bool:
    return hasattr(type(nest), "__dataclass_fields__") and not _is_model(nest)


def _fields(nest: Any) -> list[str]:
    """The fields that a dataclass is made with."""
    from dataclasses import fields

    return [field.name for field in fields(nest) if field.init]


def _is_model(nest: Any) -> bool:
    """Whether it has parameters by name."""
    return hasattr(nest, "named_parameters") and not isinstance(nest, (type, Symbol))


def _as_given(p: Any) -> Any:
    """A parameter as its number; one that another transformation put there as it is."""
    return p.data if type(p) is Value and p.op is None else p


def _called(node: Any, label: str) -> Any:
    node.label = label
    return node
