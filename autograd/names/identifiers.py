"""Names of a program: a label in letters that Python can read, each given out once; ŷ is `y_hat`, δ₃ `delta3`."""

import builtins
import keyword
import re
import unicodedata

from autograd.names import canonical

FUNCTIONS = frozenset(
    {"sigmoid", "softplus", "leaky_relu", "sign", "above", "log_sum_exp", "weighted_sum", "sum_of", "dot"}
    | {"binary_cross_entropy", "binary_cross_entropy_with_logits"}
)
"""What programs define."""

RESERVED = FUNCTIONS | {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "math", "np", "samples", "lr", "N"}
"""What a written program needs for itself."""

LONGEST = 40
"""A label is cut after so many characters."""


def identifier(label: str) -> str:
    """A label in the letters of a Python name, "" where nothing of it is left.

    >>> identifier("ŷ₁"), identifier("δ3"), identifier("w_1"), identifier("θ"), identifier("a b\\n'c'")
    ('y_hat1', 'delta3', 'w1', 'theta', 'a_b_c')
    """
    text = canonical(label[:LONGEST]).replace("ŷ", "y_hat").replace("δ", "delta")
    letters = "".join(_letter(c) for c in unicodedata.normalize("NFKD", text))
    name = re.sub(r"__+", "_", letters).strip("_")
    return f"v{name}" if name[:1].isdigit() else name


def _letter(c: str) -> str:
    if c.isascii():
        return c if c.isalnum() else "_"
    if unicodedata.combining(c):
        return ""
    words = unicodedata.name(c, "").split()
    if words[:1] != ["GREEK"] or not words[-1].isalpha():
        return "_"
    return "lambda" if words[-1] == "LAMDA" else words[-1].lower()  # as Unicode spells it


class Namer:
    """Gives out names, each once, together with the names that are derived from them."""

    def __init__(self, taken: frozenset[str] = RESERVED) -> None:
        self._taken = set(taken)
        self._bearers: dict[str, int] = {}  # by stem, how many were given out

    def name(self, label: str, default: str) -> str:
        """The name for a label; `default` for a label without letters, a number behind it where it is taken."""
        stem = identifier(label) or identifier(default)
        number = self._bearers.get(stem, 0) + 1
        while (name := self._numbered(stem, number)) in self._taken or f"grad_{name}" in self._taken:
            number += 1
        self._bearers[stem] = number
        self._taken |= {name, f"grad_{name}"}
        return name

    @staticmethod
    def _numbered(stem: str, number: int) -> str:
        """w1, w1_2, w1_3 ...; of a reserved word lr, lr_, lr_3 ..."""
        if number == 1:
            return stem
        return f"{stem}_" if number == 2 and stem in RESERVED else f"{stem}_{number}"


def delta_of(name: str) -> str:
    """The name of ∂L/∂z by that of z: `delta3` for `z3`."""
    return f"delta{name[1:]}" if re.fullmatch(r"z\d*", name) else f"delta_{name}"
