"""How weights and their gradients are called in programs."""

import re
from collections.abc import Iterator
from typing import Final

PREFIX: Final = re.compile(r"^(d[ljceLJCE]_?d|grad_?|g_|d_|d(?=[A-Z]|[a-z]\d*$|[wb]\w*$))(?=\w)|_?(grad|gradient)$")
"""What says that something is a gradient: dW, db1, dj_dw, grad_W, W_grad."""


def bare(name: str) -> str:
    """A name without what says that it is a gradient: of dW, grad_W, dL_dW / m and W alike, w."""
    words = list(words_of(name)) or [name]
    return PREFIX.sub("", next(filter(PREFIX.search, words), words[-1])).lower()


def is_gradient_name(name: str) -> bool:
    """Whether something is called as gradients are: dW, dj_db / m, grad_b."""
    return any(PREFIX.search(word) for word in words_of(name))


def words_of(name: str) -> Iterator[str]:
    """The words in an expression, numbers left out."""
    return (word for word in re.split(r"[^\w]+", name) if word and not word.isdigit())


def is_weight_name(name: str) -> bool:
    """Whether a number is called like a weight or a bias."""
    last = re.split(r"[.\['\"]+", name.strip("]'\""))[-1]
    words = "w|b|weights?|bias(es)?|theta|beta|gamma|sesgo|pesos?|gewicht|biais|poids"
    return bool(re.fullmatch(rf"({words})\w*|[WBUV]\d{{0,2}}(_\w+)?", last))
