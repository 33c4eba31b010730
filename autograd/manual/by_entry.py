"""Matrices as lists: from an expression of whole vectors to what one entry of it is, and the loop over them."""

from collections.abc import Callable
from typing import Any

from autograd.manual.forms import applied, simplified
from autograd.manual.matrix import RATE, Word
from autograd.symbol import Symbol

SAFE_ERROR = "(-dot(p, [1 - c for c in y]) if t else q)"
"""q - t of a softmax, with all digits where q is near 1."""

LETTERS = {"z": "z", "h": "h", "y_hat": "p", "y": "t", "p": "q", "x": "x", "delta": "d"}
"""What one entry of a list is called, by the list's name without its number."""


def is_made(x: Any, word: Word) -> bool:
    """Whether an expression is the result of this."""
    return type(x) is not float and x.op is word


def indexed(text: str, index: Any) -> str:
    """Entries of a list."""
    return f"[{text}[k] for k in {index}]" if index.label.startswith("[") else f"{text}[{index}]"


def vector(x: Any) -> str:
    """A list by its name, or some of its entries."""
    if is_made(x, Word.COLUMNS):
        return indexed(vector(x.args[0]), x.args[1])
    if type(x) is float or x.op is not None:
        raise ValueError("there is no list of this")
    return str(x.label)


def columns(w: Any) -> str:
    """The columns of a matrix, as far as it has a name."""
    if is_made(w, Word.TURNED):
        return vector(w.args[0])
    if is_made(w, Word.COLUMNS):
        return indexed(f"list({columns(w.args[0])})", w.args[1])
    if is_made(w, Word.ROWS):
        return f"zip(*{indexed(vector(w.args[0]), w.args[1])})"
    return f"zip(*{vector(w)})"


def by_entry(x: Any, entry: Callable[[Any], Any]) -> Any:
    """One entry of an expression; `entry` is that of a name or of what is done with a whole matrix."""
    if type(x) is float:
        return x
    if is_made(x, Word.TOTALS):
        return Symbol(f"sum({vector(x.args[0])})")
    if is_made(x, Word.COLUMNS) and ":" in x.args[1].label.strip(":-"):
        return Symbol(f"{vector(x.args[0])}[{x.args[1].label.split(':')[0]}]")
    if x.op is None or isinstance(x.op, Word):
        return entry(x)
    return applied(x.op, [by_entry(arg, entry) for arg in x.args])


def comprehension(x: Any) -> Any:
    """A vector as a list: of δ·W the products with the columns of W, of all else what its entries are made of."""
    sources: dict[str, str] = {}

    def entry(node: Any) -> Any:
        if is_made(node, Word.TIMES):
            sources["column"] = columns(node.args[1])
            return Symbol(f"dot({vector(node.args[0])}, column)")
        if node.label == SAFE_ERROR:
            sources.update(q="p", t="y")
            return node
        whole = vector(node)
        letter = LETTERS.get(whole.split("[")[0].rstrip("0123456789"))
        if letter is None:
            return node
        if sources.setdefault(letter, whole) != whole:
            raise ValueError("two lists have entries of one name")
        return Symbol(letter)

    value = by_entry(x, entry)
    if not sources:
        raise ValueError("there is no list in this")
    lists = ", ".join(sources.values())
    return f"[{{}} for {', '.join(sources)} in {lists if len(sources) == 1 else f'zip({lists})'}]", value


def product(x: Any) -> tuple[str, str, str]:
    """The lists of δ and inputs that gradients are products of, and one of these."""
    found: list[Any] = []

    def entry(node: Any) -> Any:
        if node.op is None:
            return node
        if not is_made(node, Word.TIMES) or not is_made(node.args[0], Word.TURNED):
            raise ValueError("these gradients are no products of δ and inputs")
        found.append(node)
        return Symbol("d") * Symbol("a")

    share = by_entry(x, entry)
    (outer,) = found
    return vector(outer.args[0].args[0]), vector(outer.args[1]), str(simplified(share))


def number_of(x: Any, delta: str) -> str:
    """What unit j gives to the gradient of its bias, where d is its δ."""

    def entry(node: Any) -> Any:
        if is_made(node, Word.SUMMED):
            return by_entry(node.args[0], entry)
        if node.label == str(RATE):
            return node
        return Symbol("d" if vector(node) == delta else f"{vector(node)}[j]")

    return str(simplified(by_entry(x, entry)))
