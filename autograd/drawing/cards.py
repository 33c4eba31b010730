"""Cards and lines in the DOT language, and a picture made of them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import graphviz

from autograd.drawing import style
from autograd.drawing.engine import Drawing
from autograd.names import shown

SPACE = "&#160;"


class Item(NamedTuple):
    """A card or a line to be: its ends in the DOT source (one for a card), its attributes, the group it stands in."""

    ends: tuple[str, ...]
    attributes: dict[str, str]
    group: str = ""


def table(rows: str, *, background: str = "", spacing: int = 0, padding: int = 2) -> str:
    """A label of DOT that is a table without lines."""
    ground = f' BGCOLOR="{background}" STYLE="ROUNDED"' if background else ""
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="{spacing}" CELLPADDING="{padding}"{ground}>{rows}</TABLE>>'


def card(role: style.Role, label: str, share: str) -> dict[str, str]:
    """The attributes of a card: its table, and the colours of its role; the header takes `share` of the height."""
    return {
        "label": label,
        "fillcolor": f"{role.header};{share}:{style.PAPER}",
        "color": role.border,
        "penwidth": f"{role.width}",
        "style": role.style,
    }


def chip(text: str, size: float = 9, columns: int = 1) -> str:
    """A word in the corner of a card."""
    span = f' COLSPAN="{columns}"' if columns > 1 else ""
    ink = f'<FONT COLOR="{style.CHIP_INK}" POINT-SIZE="{size:g}">{text}</FONT>'
    return f'<TD ALIGN="RIGHT" VALIGN="TOP"{span}>{ink}</TD>'


def badge(sign: str) -> str:
    """The sign of an operation, or the name of a loss, in the corner of a card."""
    text = style.escaped(shown.shortened(shown.clean(sign), 24)) or "?"
    wide = max(
        22, 6 * shown.columns_of(text) + 4
    )  # engines without the font take some signs for narrower than they are
    return (
        f'<TD WIDTH="{wide}" VALIGN="TOP" BGCOLOR="{style.BADGE}" STYLE="ROUNDED">'
        f'<FONT COLOR="{style.BADGE_INK}" POINT-SIZE="10">{text}</FONT></TD>'
    )


def header(label: str, corner: str, *, columns: int = 1, beside: str = "", given: bool = True) -> str:
    """The first row of a card: a name, in bold where the reader gave it, and what stands in the corner."""
    text = shown.shortened(label)
    gap = SPACE if len(text) > 8 else ""  # between a long label and the corner
    name = (f"<B>{style.escaped(text)}{gap}</B>" if given else quiet(style.escaped(text), 11)) if text else ""
    # Engines without the font take a Chinese character for narrower than it is.
    wide = shown.columns_of(text) if any(shown.columns(char) == 2 for char in text) else 0
    width = f' WIDTH="{6 * wide + 8}"' if wide else ""
    span = f' COLSPAN="{columns}"' if columns > 1 else ""
    return f'<TR><TD ALIGN="LEFT"{span} HEIGHT="17"{width}>{name}{beside}</TD>{corner}</TR>'


def row(key: str, value: str, ground: str = "", *, port: str = "", columns: int = 1) -> str:
    """A row of a card: what a number is, and the number."""
    back = f' BGCOLOR="{ground}" STYLE="ROUNDED"' if ground else ""
    span = f' COLSPAN="{columns}"' if columns > 1 else ""
    anchor = f' PORT="{port}"' if port else ""
    return (
        f'<TR><TD ALIGN="LEFT" HEIGHT="17">{quiet(key)}</TD>'
        f'<TD{span} ALIGN="RIGHT" WIDTH="58"{anchor}{back}>{value}</TD></TR>'
    )


def quiet(text: str, size: float = 10, ink: str = style.QUIET_INK) -> str:
    """Small print on a card."""
    return f'<FONT COLOR="{ink}" POINT-SIZE="{size:g}">{text}</FONT>'


def plate(lines: Sequence[str], size: float = 10, align: str = "LEFT", ground: str = style.PAPER) -> str:
    """Text on a light plate, a label of DOT: readable on white and on dark pages."""
    side = '<TD WIDTH="4"></TD>'
    ink = style.QUIET_INK if ground == style.PAPER else style.INK
    cells = [f'<TD ALIGN="{align}">{quiet(style.escaped(line), size, ink)}</TD>' for line in lines]
    return table("".join(f"<TR>{side}{cell}{side}</TR>" for cell in cells), background=ground, padding=1)


def tooltip(text: str) -> str:
    """The text as an attribute in which DOT's escapes mean nothing; in tooltips they are replaced twice."""
    return graphviz.escape(text.replace("&", "&amp;").replace("\\", "\\\\"))


def assemble(
    name: str,
    items: Iterable[Item],
    graph: Mapping[str, str],
    *,
    card: Mapping[str, str] = {},
    line: Mapping[str, str] = {},
    groups: Mapping[str, str] = {},
    caption: Sequence[str] = (),
    ranks: Iterable[Sequence[str]] = (),
    engine: str = "dot",
) -> Drawing:
    """The items as one DOT graph; ids begin with a hash of them, so that pictures can share a page.

    `groups` gives every group its title; its cards stand together in a frame. The cards of each of
    `ranks` stand beside one another in their order.
    """
    items = list(items)
    told = repr((items, caption)) if caption else repr(items)
    picture_id = "g" + hashlib.sha256(told.encode()).hexdigest()[:10]
    whole = {"id": picture_id, "bgcolor": "transparent", "pad": "0.12", "fontname": style.FONT, **graph}
    if caption:
        gap = '<TR><TD HEIGHT="4"></TD></TR>'
        whole |= {"label": table(f"{gap}<TR><TD>{plate(caption)[1:-1]}</TD></TR>"), "labelloc": "b"}
    node = {"shape": "box", "style": "rounded,filled", "gradientangle": "270", "margin": "0.07,0.03"}
    node |= {"fontname": style.FONT, "fontsize": "11", "fontcolor": style.INK, **card}
    edge = {"fontname": style.FONT, **line}
    picture: Drawing = Drawing(name, format="svg", engine=engine, graph_attr=whole, node_attr=node, edge_attr=edge)
    for key, text in groups.items():
        _frame(picture, picture_id, key, text, [item for item in items if item.group == key])
    for names in ranks:
        with picture.subgraph(graph_attr={"rank": "same"}, edge_attr={"style": "invis"}) as same:
            for pair in pairwise(names):
                same.edge(*pair)
    edges = 0
    for ends, attributes, group in items:
        if len(ends) > 1:
            picture.edge(*ends, id=f"{picture_id}_e{edges}", **attributes)
            edges += 1
        elif not group:
            picture.node(ends[0], id=f"{picture_id}_{ends[0]}", **attributes)
    return picture


def _frame(picture: Drawing, picture_id: str, key: str, text: str, items: Sequence[Item]) -> None:
    """The cards of a group, in a frame with a title."""
    frame = {"id": f"{picture_id}_{key}", "label": plate([text]), "labeljust": "l", "labelloc": "t", "margin": "8"}
    frame |= {"style": "rounded,filled", "fillcolor": style.FRAME, "color": style.FRAME_LINE}
    with picture.subgraph(name=f"cluster_{key}", graph_attr=frame) as inside:
        for ends, attributes, _ in items:
            inside.node(ends[0], id=f"{picture_id}_{ends[0]}", **attributes)
