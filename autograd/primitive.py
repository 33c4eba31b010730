"""One operation of the table: how it is evaluated, differentiated, printed and sampled."""

import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple, Protocol, TypeVar, overload

Rule = Callable[..., Any]
"""A pullback `(g, y, *xs) -> cotangent`, written in operators and operations only."""

Interval = tuple[float, float] | frozenset[float]
"""Where an argument is sampled: between two ends, or among listed numbers."""

# How tightly a printed expression holds together, loosest first; Python's own order.
ANY, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)


_PARTS = re.compile(r"([^{}]+|\{\{|\}\})|\{(\d*)\}")


class Notation(NamedTuple):
    """How an operation is written: a template, how tightly it binds, what its operands must bind."""

    template: str
    precedence: int = ATOM
    operands: tuple[int, ...] = ()

    def write(self, operands: Sequence[tuple[str, int]]) -> str:
        """The template with its operands put in, in brackets where they bind too loosely."""
        needs = self.operands or (ANY,) * len(operands)
        pairs = zip(operands, needs, strict=False)  # the whole exponent of x² is in the template
        texts = [f"({text})" if holds < need else text for (text, holds), need in pairs]
        return "".join(texts[part] if isinstance(part, int) else part for part in self.parts(len(operands)))

    def parts(self, count: int) -> list[str | int]:
        """What stands one after the other: text, and the places of so many operands."""
        found: list[str | int] = []
        places = iter(range(count))
        for text, place in _PARTS.findall(self.template):
            if text:
                found.append(text[0] if text in ("{{", "}}") else text)
            elif self.operands:
                found.append(int(place) if place else next(places))
            else:
                found += [part for place in places for part in (place, ", ")][:-1]
        return found


class Operand(Protocol):
    """A kind of number that records what is done to it: `Value`, `Symbol`."""

    @classmethod
    def apply(cls, op: "Primitive", args: tuple[Any, ...]) -> Any:
        """The result of `op`, or NotImplemented where an argument is of a foreign kind."""


K = TypeVar("K", bound=Operand)


class Primitive:
    """One operation. Called, it evaluates floats, or hands itself to the kind of its operands.

    name       how it is called in Python
    function   floats -> float; raises where the real function has no value
    pullbacks  one rule `(g, y, *xs)` per argument; for any number of arguments instead:
    pullback   one rule that returns the cotangents of all arguments
    paper      the rules as one writes them by hand, where those of the row take care of the last digits
    text       how it is printed as Python, a template or a `Notation`; `name(...)` when not given
    latex      the same in LaTeX
    badge      its sign in pictures, or a function of the arguments that chooses one
    lower      how it is compiled: what C's mathematical library calls it, or an expression in other operations
    domain     for each argument, where the tests sample it
    requires   what the arguments must satisfy, for error messages
    defaults   by name, the values of trailing arguments that may be left out
    many       the operation that takes its place where more arguments are given
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., float],
        pullbacks: Iterable[Rule] = (),
        *,
        domain: Sequence[Interval],
        pullback: Rule | None = None,
        paper: Iterable[Rule] | Rule | None = None,
        text: Notation | str | None = None,
        latex: Notation | str | None = None,
        badge: str | Callable[[tuple[Any, ...]], str] = "",
        lower: str | Callable[..., Any] | None = None,
        requires: str = "",
        defaults: Mapping[str, float] = {},
        many: "Primitive | None" = None,
        doc: str = "",
    ) -> None:
        self.name = name
        self.function = function
        self.pullbacks = tuple(pullbacks)
        self.pullback = pullback
        if bool(self.pullbacks) == (pullback is not None):
            raise ValueError(f"{name}: give either pullbacks (one per argument) or one pullback (of all), not both")
        if self.pullbacks and len(self.pullbacks) != len(domain):
            counts = f"{len(self.pullbacks)} pullbacks but {len(domain)} domains"
            raise ValueError(f"{name}: {counts}; give one of each per argument")
        self.text = _notation(text, name + "({})")
        self.latex = _notation(latex, r"\operatorname{{" + name.replace("_", r"\_") + r"}}\left({}\right)")
        self._badge = badge or name
        self.lower = lower
        self.domain = tuple(domain)
        self.requires = requires
        self.defaults = dict(defaults)
        self.many = many
        self.kernels: Any = {}
        self.__doc__ = doc or f"The operation {name}."
        self.__module__ = sys._getframe(1).f_globals.get("__name__", __name__)  # where pickle looks it up
        self.paper = self if paper is None else self._with(paper)

    def _with(self, rules: Iterable[Rule] | Rule) -> "Primitive":
        """The operation with other rules."""
        twin = object.__new__(Primitive)
        own: Any = (rules, ()) if callable(rules) else (None, tuple(rules))
        vars(twin).update(vars(self), pullback=own[0], pullbacks=own[1], paper=twin)
        return twin

    @overload
    def __call__(self, x: K, /, *others: Any, **named: Any) -> K: ...
    @overload
    def __call__(self, x: float, y: K, /, *others: Any, **named: Any) -> K: ...
    @overload
    def __call__(self, *args: float, **named: float) -> float: ...
    def __call__(self, *args: Any, **named: Any) -> Any:
        """The value at floats; on any other kind of operand, what that kind makes of it."""
        if self.defaults or named:
            args = self._completed(args, named)
        if self.many is not None and len(args) > len(self.domain):
            return self.many(*args)
        floats = True
        for arg in args:
            kind = type(arg)
            if kind is not float:
                apply: Any = getattr(kind, "apply", None)
                if hasattr(apply, "__self__"):  # of the class: a table of pandas has another
                    result = apply(self, args)
                    return result if result is not NotImplemented else self._among(args, kind)
                floats = False
        return self.evaluate(args if floats else [self._number(arg, len(args)) for arg in args])

    def _number(self, x: Any, count: int) -> float:
        """One of `count` operands as a float; the TypeError for what is none names the operation, and what to do."""
        try:
            return real(x)
        except TypeError as error:
            each = len(self.pullbacks) == 1
            spread = f"[{self.name}(x) for x in xs]" if each else f"{self.name}(*xs), to spread it"
            listed = count == 1 and (isinstance(x, (list, tuple)) or hasattr(x, "tolist"))
            hint = f"; of a list xs write {spread}" if listed else ""
            raise TypeError(f"{self.name}: {error}{hint}") from None

    def _among(self, args: tuple[Any, ...], refused: type) -> Any:
        """The result by another kind of operand than the one that refused, such as a Symbol beside Values."""
        for kind in {type(arg): None for arg in args if type(arg) is not refused}:
            apply: Any = getattr(kind, "apply", None)
            result = apply(self, args) if hasattr(apply, "__self__") else NotImplemented
            if result is not NotImplemented:
                return result
        kinds = ", ".join(type(arg).__name__ for arg in args)
        raise TypeError(f"{self.name}({kinds}): expected real numbers, or these beside one kind")

    def _completed(self, args: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[Any, ...]:
        """The arguments with those given by name, or left out, in their places."""
        unknown = [name for name in named if name not in self.defaults]
        if unknown:
            known = ", ".join(self.defaults) or "none"
            raise TypeError(f"{self.name}: unknown argument {unknown[0]}; those with a name are: {known}")
        missing = list(self.defaults)[len(args) - len(self.domain) :] if len(args) < len(self.domain) else []
        return args + tuple(named.get(name, self.defaults[name]) for name in missing)

    def check_count(self, n: int) -> None:
        """TypeError where an operation of a fixed number of arguments is given another number."""
        if self.pullbacks and n != len(self.pullbacks):
            raise TypeError(f"{self.name}: expected {len(self.pullbacks)} arguments, got {n}")

    def evaluate(self, xs: Sequence[float], labels: Sequence[str] = ()) -> float:
        """The value at floats; errors name the operation, its operands and their labels."""
        self.check_count(len(xs))
        try:
            return float(self.function(*xs))
        except (ValueError, ArithmeticError) as error:
            raise self.failure(error, xs, labels, "") from None

    def failure(self, error: Exception, xs: Sequence[float], labels: Sequence[str], what: str) -> Exception:
        """An error of the same class that says what was computed, from what, and what is needed."""
        labels = labels or [""] * len(xs)
        operands = [f"{name} = {x!r}" if name else repr(x) for name, x in zip(labels, xs, strict=True)]
        hint = f"; {self.name} needs {self.requires}" if self.requires else ""
        if isinstance(error, OverflowError):
            error, hint = OverflowError("the result is too large for a float"), hint if "fits" in hint else ""
        return type(error)(f"{what}{self.name}({', '.join(operands)}): {error}{hint}")

    def cotangents(self, g: Any, y: Any, xs: Sequence[Any]) -> Sequence[Any]:
        """The cotangents of all arguments, given that of the result."""
        if self.pullback is not None:
            return self.pullback(g, y, *xs)  # type: ignore[no-any-return]
        return [rule(g, y, *xs) for rule in self.pullbacks]

    def shares(self, g: Any, y: Any, xs: Sequence[Any], args: Sequence[Any]) -> list[tuple[Any, Any]]:
        """(argument, its cotangent) for every argument that is not a literal; the rules of literals are not run.

        Where one argument has a slope and another has none, that is nan: the exponent's of (-2)². If none has, the
        error of its rule is raised.
        """
        if self.pullback is not None:
            pairs = zip(args, self.pullback(g, y, *xs), strict=True)
            return [(arg, share) for arg, share in pairs if type(arg) is not float]
        rules = [(arg, rule) for arg, rule in zip(args, self.pullbacks, strict=True) if type(arg) is not float]
        try:
            return [(arg, rule(g, y, *xs)) for arg, rule in rules]
        except (ValueError, ArithmeticError):
            found = [(arg, _or_nan(rule, g, y, *xs)) for arg, rule in rules]
            if all(share is math.nan for _, share in found):
                raise
            return found

    def badge(self, args: tuple[Any, ...]) -> str:
        """The sign of the operation in a picture, such as × or tanh."""
        return self._badge if isinstance(self._badge, str) else self._badge(args)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __reduce__(self) -> str:
        return self.name


def _or_nan(rule: Rule, *point: Any) -> Any:
    try:
        return rule(*point)
    except (ValueError, ArithmeticError):
        return math.nan


def _notation(given: Notation | str | None, default: str) -> Notation:
    return given if isinstance(given, Notation) else Notation(given or default)


def real(x: Any) -> float:
    """`x` as a float where it is a real number, else a TypeError that says what came."""
    if type(x) is float:
        return x
    # float() alone would also take "3.5" and drop the imaginary part of a NumPy scalar.
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    if isinstance(x, Real) if not kind else kind in "biuf" and x.shape == () and not getattr(x, "mask", False):
        try:
            return float(x)
        except OverflowError:
            raise OverflowError(f"a number too large for a float, which ends at 1.8e308: {_large(x)}") from None
    raise TypeError(f"expected a real number (int, float, NumPy scalar), got {type(x).__name__}: {_short(x)}")


def _short(x: Any) -> str:
    """How x is written, at most 60 characters of it."""
    shown = repr(x)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _large(x: Any) -> str:
    """A number beyond all floats, such as 1e+400."""
    from decimal import Decimal

    return f"{type(x).__name__} {Decimal(int(x)):.6g}"
