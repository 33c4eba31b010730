"""Names in LaTeX: a user's label, or a name of a program, as a textbook sets it."""

import re
import unicodedata

from autograd.names import canonical

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
"""The letters that LaTeX has a command for, by the word that stands for them in a program."""

COMMANDS = {letter: rf"\{word}" for word, letter in GREEK.items()} | {"ε": r"\varepsilon"}
"""By letter, its command."""

PLACE = re.compile(r"\[\d+(?:, \d+)*\]")
"""Which element of an array."""

_LETTERS = COMMANDS | {"ŷ": r"\hat{y}"}
_SYMBOL = re.compile(r"([^\W\d_])(?:_?([0-9]+))?")
_WORD = re.compile(r"([^\W\d]\w*[^\W\d_])_?([0-9]+)")
_SAFE = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "_": r"\_", "%": r"\%", "#": r"\#", "&": r"\&",
    "^": r"\wedge ", "~": r"\sim ", "<": r"\lt ", ">": r"\gt ", " ": r"\ ", "|": r"\vert ", "`": r"\backprime ",
    "*": r"\ast ", "'": r"\prime ", "-": r"\text{-}",
}  # fmt: skip


def in_latex(label: str) -> str:
    """A label in LaTeX: letters with their indices in italics, anything else upright and escaped.

    >>> in_latex("w₁"), in_latex("ŷ"), in_latex("learning_rate"), in_latex("cost2"), in_latex("W1[0, 1]")
    ('w_{1}', '\\\\hat{y}', '\\\\mathrm{learning\\\\_rate}', '\\\\mathrm{cost}_{2}', 'W_{1}[0, 1]')
    """
    stem, _, place = label.partition("[")
    if stem and PLACE.fullmatch(f"[{place}"):  # an element of an array
        return f"{in_latex(stem)}[{place}"
    plain = unicodedata.normalize("NFC", canonical(label))
    parts = _SYMBOL.findall(plain)
    whole = "".join(letter + index for letter, index in parts) == plain
    if parts and whole and (len(parts) == 1 or all(index for _, index in parts)):
        return "".join(_LETTERS.get(letter, letter) + (f"_{{{index}}}" if index else "") for letter, index in parts)
    word = _WORD.fullmatch(plain)
    return f"{_upright(word[1])}_{{{word[2]}}}" if word else _upright(label)


def _upright(text: str) -> str:
    return r"\mathrm{" + "".join(_SAFE.get(char, _LETTERS.get(char, char)) for char in text) + "}"


def identifier_in_latex(name: str, loss: str = "L") -> str:
    r"""A name of a program in LaTeX; `grad_` begins that of a derivative of the loss.

    >>> identifier_in_latex("y_hat"), identifier_in_latex("delta3"), identifier_in_latex("W1_0_1")
    ('\\hat{y}', '\\delta_{3}', 'W_{1}[0, 1]')
    >>> identifier_in_latex("grad_w1")
    '\\frac{\\partial L}{\\partial w_{1}}'
    """
    if name.startswith("grad_"):
        return rf"\frac{{\partial {identifier_in_latex(loss)}}}{{\partial {identifier_in_latex(name[5:])}}}"
    if name in ("lr", "Y_hat"):
        return r"\eta" if name == "lr" else r"\hat{Y}"
    if re.match(r"delta_\D", name):  # ∂L/∂z of a z that is called otherwise
        return rf"\delta_{{{identifier_in_latex(name[6:])}}}"
    return in_latex(_label(name))


def _label(name: str) -> str:
    """The label that a name of a program is made of: W1[0, 1] for W1_0_1, θ2 for theta2."""
    element = re.fullmatch(r"(.*?[A-Za-z]\d*)((?:_\d+){2,})", name)
    if element:
        return f"{_label(element[1])}[{element[2][1:].replace('_', ', ')}]"
    name = name.rstrip("_")
    word = re.fullmatch(r"([a-z]+)_?(\d*)", name)
    return GREEK[word[1]] + word[2] if word and word[1] in GREEK else name
