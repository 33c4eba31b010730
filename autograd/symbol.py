"""`Symbol`: a named unknown, with which rules are read as formulas."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import partial
from itertools import islice
from typing import Any, Final

from autograd.arithmetic import Arithmetic
from autograd.graph import topological_order
from autograd.primitive import ANY, ATOM, SIGN, Notation, Primitive, real

NEUTRAL: Final[Mapping[str, float]] = {"mul": 1.0, "add": 0.0}
"""What leaves the other operand as it is, on paper. (Of floats it does not: -0.0 + 0.0 is 0.0.)"""

_capture: ContextVar[Any] = ContextVar("capture", default=None)


@contextmanager
def capturing(capture: Callable[[Any], Any]) -> Iterator[None]:
    """Inside, a number of another kind that meets a Symbol is replaced by what `capture` makes of it, if not None.

    If `capture` has a list `asked`, it gets what was asked of an unknown and refused (see `unseen`);
    if it has `nodes`, operands of these kinds stay what they are.
    """
    before = _capture.get()  # rather than a token, which an interrupt would take with it
    try:
        _capture.set(capture)
        yield
    finally:
        _capture.set(before)


def exactly() -> AbstractContextManager[None]:
    """Inside, Symbols keep every term that was written: what is read with them is computed to the last bit."""
    return capturing(lambda x: None)


def is_tracing() -> bool:
    """Whether a function is being read with Symbols here and now."""
    return _capture.get() is not None


INSTEAD: Final = (
    "instead of if, max, < or == write maximum(a, b), minimum(a, b), or where(condition, a, b), which is b where the "
    "condition is 0, with step(x - y) for x > y or nonzero(x - y) for x != y"
)


def unseen(fact: str, compared: bool = True) -> TypeError:
    """The error for code that looks at a number that is not known; the trace is told, whoever catches the error."""
    text = f"{fact}, so that Python cannot branch on it: {INSTEAD}" if compared else fact
    asked = getattr(_capture.get(), "asked", None)
    if asked is not None:
        asked.append(text)
    return TypeError(text)


class Symbol(Arithmetic):
    """An unknown with a name, or the expression that operations have made of such.

    Arithmetic of plain floats is done at once; what contains a Symbol is kept, term by term, in the
    order in which it was written. A product with the literal 1 is left out, as is a sum with 0.

    >>> x, w = Symbol("x"), Symbol("w")
    >>> print(-(x * w + 1) ** 2)
    -(x * w + 1)**2
    """

    __slots__ = ("__weakref__", "args", "label", "op")

    def __init__(self, label: str) -> None:
        self.label = label
        self.op: Primitive | None = None
        self.args: tuple[Any, ...] = ()

    @classmethod
    def apply(cls, op: Primitive, args: tuple[Any, ...]) -> Any:
        """The expression `op(*args)`; NotImplemented where an argument is neither Symbol nor number."""
        capture = _capture.get()
        if not getattr(capture, "nodes", _NODES).issuperset(map(type, args)):
            try:
                args = tuple(arg if isinstance(arg, Symbol) else _operand(arg, capture) for arg in args)
            except TypeError:
                return NotImplemented
        if capture is None:  # a trace keeps every term, and with it the order in which sums are made
            neutral = NEUTRAL.get(op.name)
            for k, arg in enumerate(args if neutral is not None else ()):
                if type(arg) is float and arg == neutral:
                    return args[1 - k]
        result = Symbol("")
        result.op, result.args = op, args
        return result

    def __bool__(self) -> bool:
        raise unseen(f"the number behind {self._short()} is not known here")

    def __lt__(self, other: Any) -> bool:
        return bool(self)

    __le__ = __gt__ = __ge__ = __lt__

    def __eq__(self, other: object) -> bool:
        return bool(self)

    __hash__ = object.__hash__

    def __index__(self) -> int:
        counts = "give what counts, indexes or chooses by a closure or functools.partial, not as an argument"
        raise self._unseen(f", so that Python cannot count with it: {counts} that is traced")

    __int__ = __index__

    def __round__(self, digits: Any = None) -> Any:
        raise self._unseen(", and has no derivative once rounded: leave it so")

    def __format__(self, spec: str) -> str:
        if spec and is_tracing():
            raise self._unseen(": leave the formatting to the code around what is traced")
        return str(self)

    def __float__(self) -> float:
        raise self._unseen(": use the operations of autograd, not math")

    def detach(self) -> Any:
        """Refused: what is traced has no number yet that could be taken alone."""
        raise self._unseen(", and cannot be cut off from what it is computed from: leave detach() out")

    def _unseen(self, consequence: str) -> TypeError:
        return unseen(f"the number behind {self._short()} is not known here{consequence}", compared=False)

    def _short(self) -> str:
        text = self.label or "".join(islice(pieces(self, lambda op, args: op.text, partial(atom_of, {})), 61))
        return text if len(text) <= 60 else text[:57] + "..."

    def __getattr__(self, name: str) -> Any:
        if name in ("data", "grad", "backward"):
            hint = "take its derivatives with grad or value_and_grad instead of backward()"
            text = f"{self._short()} is traced and has no {name} yet: compute with the thing itself; {hint}"
            # While tracing no AttributeError: getattr(x, "data", x) would go on with something else.
            raise unseen(text, compared=False) if is_tracing() else AttributeError(text)
        raise AttributeError(f"a Symbol has no attribute {name!r}")

    def __str__(self) -> str:
        return write(self)

    def __repr__(self) -> str:
        return f"Symbol({write(self)!r})"


_NODES: Final = frozenset((float, Symbol))


def _operand(x: Any, capture: Any) -> Any:
    """A literal as a float, a number of another kind as what it is captured as."""
    captured = None if capture is None or type(x) is float else capture(x)
    return real(x) if captured is None else captured


def write(
    expression: Any, notation: Callable[[Primitive], Notation] = lambda op: op.text, names: Mapping[Any, str] = {}
) -> str:
    """An expression as text, by default as Python; `names` gives nodes to be written by name instead."""
    return "".join(pieces(expression, lambda op, args: notation(op), partial(atom_of, names)))


def atom_of(names: Mapping[Any, str], x: Any) -> tuple[str, int] | None:
    """What is written without looking into it: a literal, a node that has a name, an unknown."""
    if type(x) is float:
        return _literal(x)
    return (names.get(x, x.label), ATOM) if x in names or x.op is None else None


def pieces(
    expression: Any,
    notation: Callable[[Primitive, tuple[Any, ...]], Notation],
    atom: Callable[[Any], tuple[str, int] | None],
    brackets: tuple[str, str] = ("(", ")"),
) -> Iterator[str]:
    """The text of an expression, bit by bit: however deep it is, there is never more of it than what is read.

    atom  of a literal or node the text and how tightly it holds together; None where its operation is written
    """
    left, right = brackets
    texts: dict[Any, tuple[Any, int]] = {}
    forms: dict[Any, Notation] = {}
    for node in [] if type(expression) is float else topological_order(expression):
        known = atom(node)
        if known is None:
            forms[node] = notation(node.op, node.args)
        texts[node] = known or (node, forms[node].precedence)

    def written(x: Any) -> tuple[Any, int]:
        return texts[x] if type(x) is not float else atom(x) or (repr(x), ATOM)

    waiting = [written(expression)[0]]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
            continue
        form = forms[part]
        needs = form.operands or (ANY,) * len(part.args)
        for piece in reversed(form.parts(len(part.args))):
            if isinstance(piece, str):
                waiting.append(piece)
                continue
            text, holds = written(part.args[piece])
            waiting += (right, text, left) if holds < needs[piece] else (text,)


def _literal(x: float) -> tuple[str, int]:
    """A number as short as it can be read back exactly, and how tightly it holds together."""
    text = repr(int(x)) if x.is_integer() and abs(x) < 1e15 else repr(x)
    return text, SIGN if text.startswith("-") else ATOM


def evaluate(expression: Any, at: Mapping[Any, float]) -> float:
    """The number that an expression is where its unknowns are the given floats."""
    if type(expression) is float:
        return expression
    found: dict[Any, float] = dict(at)
    for node in topological_order(expression):
        if node not in found:
            if node.op is None:
                raise ValueError(f"no number was given for the unknown {node.label}")
            found[node] = node.op.evaluate([arg if type(arg) is float else found[arg] for arg in node.args])
    return found[expression]
