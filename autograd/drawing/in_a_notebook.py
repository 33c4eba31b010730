"""A picture as the cell of a notebook shows it: scaled down to the cell, and at full size when it is clicked."""

import base64
from importlib.resources import files

SEEN = "a picture of the computation: click for its full size, rest on a card or a line for its numbers"
"""What is said of a picture to those who do not see it, and of what can be done with it."""


def in_a_cell(svg: str) -> str:
    """The picture in HTML.

    A notebook that is not trusted leaves out styles and the picture itself: for it there is the same as an image.
    """
    style = (files("autograd.drawing") / "in_a_notebook.css").read_text(encoding="utf-8")
    picture = svg[svg.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{SEEN}" ', 1)
    opening = f'<details hidden="hidden"><summary>{picture}</summary></details>'
    image = f'<img alt="{SEEN}" src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}">'
    return f'<div class="chalkgrad-picture"><style>{style}</style>{opening}{image}</div>'
