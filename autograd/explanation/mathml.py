r"""Formulas in a page that asks nothing of the network: the LaTeX that derivations are written in, as MathML.

Of LaTeX this reads what the table of operations and `notation` write: groups, indices and powers,
\frac, \sqrt, \hat, \left and \right, cases, names in \operatorname, \mathrm and \text, and the
signs of `SIGNS`. Anything else is a ValueError, so that no formula is shown half.
"""

import html
import re
from collections.abc import Iterator

from autograd.names.latex import COMMANDS

SIGNS = {
    r"\cdot": "·", r"\times": "×", r"\partial": "∂", r"\sum": "∑", r"\to": "→", r"\infty": "∞", r"\langle": "⟨",
    r"\leftarrow": "←", r"\rangle": "⟩",
    r"\lt": "<", r"\gt": ">", r"\neq": "≠", r"\ne": "≠", r"\sim": "∼", r"\wedge": "^", r"\ast": "∗",
    r"\backslash": "\\", r"\backprime": "‵", r"\prime": "′", r"\vert": "|", r"\{": "{", r"\}": "}", r"\$": "$",
    r"\_": "_", r"\%": "%", r"\#": "#", r"\&": "&", r"\ge": "≥", r"\le": "≤", r"\circ": "∘", r"\pm": "±",
}  # fmt: skip
LETTERS = {command: letter for letter, command in COMMANDS.items()}
FUNCTIONS = {rf"\{name}": name for name in (
    "ln", "log", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "max", "min",
)}  # fmt: skip
NAMES = (r"\operatorname", r"\mathrm", r"\text")
SPACES = {r"\ ": "0.33em", r"\,": "0.17em", r"\;": "0.28em", r"\quad": "1em", "~": "0.33em"}

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)


def mathml(latex: str) -> str:
    r"""A formula as a MathML element.

    >>> mathml(r"\frac{a}{2}")
    '<math displaystyle=true><mfrac><mi>a</mi><mn>2</mn></mfrac></math>'
    """
    content = _row(_Reader(_TOKEN.findall(latex)).until(""))
    return f"<math displaystyle=true>{content}</math>"


class _Reader:
    """The tokens of a formula from left to right; groups nest as deep as the formula does."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0

    def until(self, end: str) -> list[str]:
        """The elements up to a closing token, which is read too; "" for the end of the formula."""
        found: list[str] = []
        while self._place < len(self._tokens):
            token = self._next()
            if token == end:
                return found
            if token in ("^", "_"):
                self._script(found, token)
            elif token == "-" and (not found or found[-1].startswith(("<mo>", "<mo "))):
                found.append("<mo form=prefix lspace=0 rspace=0>−</mo>")
            elif not token.isspace():
                found += self._element(token)
        if end:
            raise ValueError(f"a formula that ends before {end!r}: {''.join(self._tokens)}")
        return found

    def _next(self) -> str:
        if self._place == len(self._tokens):
            raise ValueError(f"a formula that ends too early: {''.join(self._tokens)}")
        self._place += 1
        return self._tokens[self._place - 1]

    def _argument(self) -> str:
        token = self._next()
        while token.isspace():
            token = self._next()
        return _row(self.until("}") if token == "{" else list(self._element(token)))

    def _verbatim(self) -> str:
        """The text of a group of a name, in which letters stand for themselves."""
        if self._next() != "{":
            raise ValueError(f"a name without braces: {''.join(self._tokens)}")
        text = ""
        while (token := self._next()) != "}":
            if token in NAMES:
                text += self._verbatim()
            else:
                text += SIGNS.get(token, LETTERS.get(token, " " if token in SPACES else token))
        return text

    def _script(self, found: list[str], token: str) -> None:
        base = found.pop() if found else "<mrow></mrow>"
        script = self._argument()
        following = self._tokens[self._place] if self._place < len(self._tokens) else ""
        if token == "_" and following == "^":
            self._place += 1
            found.append(f"<msubsup>{base}{script}{self._argument()}</msubsup>")
        else:
            kind = "munder" if base == "<mo>∑</mo>" else "msub" if token == "_" else "msup"
            found.append(f"<{kind}>{base}{script}</{kind}>")

    def _element(self, token: str) -> Iterator[str]:
        if token == "{":
            yield _row(self.until("}"))
        elif token == r"\frac":
            yield f"<mfrac>{self._argument()}{self._argument()}</mfrac>"
        elif token == r"\sqrt":
            yield f"<msqrt>{self._argument()}</msqrt>"
        elif token == r"\hat":
            yield f"<mover accent=true>{self._argument()}<mo stretchy=false>^</mo></mover>"
        elif token in NAMES:
            text = self._verbatim()
            yield f"<mtext>{html.escape(text)}</mtext>" if token == r"\text" else _upright(text)
        elif token == r"\left":
            left = self._next()
            inner = self.until(r"\right")
            yield f"<mrow>{_fence(left)}{''.join(inner)}{_fence(self._next())}</mrow>"
        elif token == r"\begin":
            yield self._cases()
        elif token in (r"\textstyle", r"\displaystyle"):
            return
        else:
            yield _sign(token)

    def _cases(self) -> str:
        if self._verbatim() != "cases":
            raise ValueError(f"an environment other than cases: {''.join(self._tokens)}")
        rows: list[list[list[str]]] = [[[]]]
        while (token := self._next()) != r"\end":
            if token == "&":
                rows[-1].append([])
            elif token == r"\\":
                rows.append([[]])
            elif token in ("^", "_"):
                self._script(rows[-1][-1], token)
            elif not token.isspace():
                rows[-1][-1] += self._element(token)
        self._verbatim()
        cells = "".join(f"<mtr>{''.join(f'<mtd>{_row(cell)}</mtd>' for cell in row)}</mtr>" for row in rows)
        return f"<mrow><mo>{{</mo><mtable columnalign=left>{cells}</mtable></mrow>"


def _row(elements: list[str]) -> str:
    return elements[0] if len(elements) == 1 else f"<mrow>{''.join(elements)}</mrow>"


def _upright(text: str) -> str:
    return f"<mi mathvariant=normal>{html.escape(text)}</mi>"


def _fence(token: str) -> str:
    return f"<mo>{html.escape(SIGNS.get(token, token))}</mo>"


def _sign(token: str) -> str:
    if token in LETTERS or (len(token) == 1 and token.isalpha()):
        return f"<mi>{LETTERS.get(token, token)}</mi>"
    if token in FUNCTIONS:
        return f"<mi>{FUNCTIONS[token]}</mi><mspace width=0.17em></mspace>"
    if token in SPACES:
        return f"<mspace width={SPACES[token]}></mspace>"
    if token[0].isdigit():
        return f"<mn>{token}</mn>"
    if token.startswith("\\") and token not in SIGNS:
        raise ValueError(f"{token} is not among the commands that are read here")
    sign = SIGNS.get(token, "−" if token == "-" else token)
    still = " stretchy=false" if sign in "()[]|⟨⟩^" else ""
    return f"<mo{still}>{html.escape(sign)}</mo>"
