"""A report as HTML: the source with its wrong lines marked, in the colours of the pictures; no scripts, no requests.

All text of the program and of the process that ran it is escaped here, in `_text`.
"""

import html as markup
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from autograd.programs.found import CONSTANT, NEVER, RIGHT, UNCHECKED, WRONG, Finding, Found, cleaned, place
from autograd.programs.wording import (
    NAMELESS,
    sentences,
    shown_parameters,
    statement,
    title,
    underlined,
    verdict_text,
)
from autograd.programs.wording import summary as verdict_sentence

SIGNS = {RIGHT: "=", CONSTANT: "≈", WRONG: "≠", NEVER: "∅", UNCHECKED: "?"}
"""Beside the colours, for those who do not see them."""

COLOURS = {RIGHT: "right", CONSTANT: "right", WRONG: "wrong", NEVER: "wrong", UNCHECKED: "quiet"}

NEAR = 3
"""So many lines are shown before and after a line that is marked."""

WHOLE = 30
"""Cells of so many lines are shown whole."""

LONG = 400
"""So many letters of one line are shown."""

_PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<style>:root {{ color-scheme: light dark; }} body {{ margin: 16px auto; max-width: 1200px; padding: 0 12px; }}"
    "{style}</style></head>\n<body>\n{body}\n</body></html>\n"
)


def style() -> str:
    """The style sheet that all reports share."""
    return (files("autograd.programs") / "marked.css").read_text(encoding="utf-8")


def in_notebook(inside: str) -> str:
    """What a notebook shows: a part made here, and its style."""
    return f"<style>{style()}</style>\n{inside}"


def page(title: str, inside: str) -> str:
    """A page that needs nothing else."""
    return _PAGE.format(title=_text(title), style=style(), body=inside)


def saved(filename: str | os.PathLike[str], content: str) -> str:
    """The path of the file into which a page was written; ValueError where its name is not that of a page."""
    path = Path(filename)
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"cannot save a page as {str(path)!r}: expected a name that ends in .html")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return str(path)


def _text(text: str) -> str:
    return markup.escape(cleaned(text))


def reported(report: Found) -> str:
    """A report: its table, its findings, the source with its lines marked."""
    name = f"<b>{_text(report.file)}</b>"
    told = _text(title(report)[len(report.file) :])
    parts = [f'<div class="title">{name}{told}</div>', *_parameters(report)]
    parts += [_finding(report, number, finding) for number, finding in enumerate(report.findings, start=1)]
    closing = verdict_sentence(report)
    if closing:
        parts.append(f'<div class="{COLOURS[report.verdict]}">{_text(closing)}</div>')
    parts += _source(report)
    parts += [f'<div class="note">note: {_text(note)}</div>' for note in report.notes]
    label = _text(f"check of {report.file}: {report.verdict}")
    return f'<div class="chalkgrad-check" role="group" aria-label="{label}">\n' + "\n".join(parts) + "\n</div>"


def _verdict(report: Found) -> str:
    return f'<span class="{COLOURS[report.verdict]}">{SIGNS[report.verdict]} {_text(report.verdict)}</span>'


def _parameters(report: Found) -> Iterator[str]:
    if not report.parameters:
        return
    shown, rest = shown_parameters(report.parameters)
    says = any(each.says for each in shown)
    head = "".join(f"<th>{text}</th>" for text in ("parameter", "updated in", "gradient", *["off by"] * says))
    yield f"<table><thead><tr>{head}</tr></thead><tbody>"
    for each in shown:
        verdict = f'<span class="{COLOURS[each.verdict]}">{SIGNS[each.verdict]} {_text(verdict_text(each))}</span>'
        last = f"<td>{_text(each.says)}</td>" if says else ""
        name = f'<td class="mono">{_text(each.name)}</td>'
        yield f"<tr>{name}<td>{place(each.cell, each.line)}</td><td>{verdict}</td>{last}</tr>"
    yield "</tbody></table>"
    if rest:
        yield f'<div class="note">{rest}</div>'


def _finding(report: Found, number: int, finding: Finding) -> str:
    heading = ", ".join(filter(None, (finding.code or NAMELESS, place(finding.cell, finding.line))))
    first, lines = statement(report, finding)
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    rows = []
    for at, line in enumerate(lines, start=first):
        begin, end = underlined(finding, at, line)
        rows.append(_row(at, line[indent:], "", "", [(max(begin - indent, 0), max(end - indent, 0))]))
    told = "".join(f"<div>{_text(sentence)}</div>" for sentence in sentences(report, finding) if sentence)
    quoted = f'<pre class="source">{"".join(rows)}</pre>' if rows else ""
    return f'<div class="finding"><div class="head">{number}. {_text(heading)}</div>{quoted}{told}</div>'


# ---------------------------------------------------------------- the source


def _source(report: Found) -> Iterator[str]:
    """The cells in which something is marked, line by line."""
    for cell in report.source.cells:
        lines = cell.shown.split("\n")
        marks = _marks(report, cell.number, len(lines))
        if not marks:
            continue
        heading = "the program" if cell.number is None else f"cell {cell.number}"
        rows = [
            _row(number, line, *marks.get(number, ("", "")), _spans(report, cell.number, number, line))
            for number, line in enumerate(lines, start=1)
        ]
        yield f'<div class="note">{heading}</div><pre class="source">{"".join(_folded(rows, marks))}</pre>'


def _marks(report: Found, cell: int | None, count: int) -> dict[int, tuple[str, str]]:
    """(class, sign) of the lines that are marked: wrong ones by the number of their finding, updates by a sign."""
    marks: dict[int, tuple[str, str]] = {}
    for each in report.parameters:
        if each.cell == cell and each.line is not None and each.verdict in (RIGHT, CONSTANT):
            marks[each.line] = ("fine", SIGNS[each.verdict])
    for each in report.parameters:
        if each.cell == cell and each.line is not None and each.verdict in (WRONG, NEVER):
            marks[each.line] = ("", SIGNS[each.verdict])
    for number, finding in reversed(list(enumerate(report.findings, start=1))):
        if finding.cell == cell and finding.line is not None:
            marks[finding.line] = ("off", str(number))
            if finding.span is not None:
                last = min(finding.span[2], count)
                marks |= {line: ("off", str(number)) for line in range(finding.span[0], last + 1)}
    return {line: mark for line, mark in marks.items() if line <= count}


def _spans(report: Found, cell: int | None, number: int, line: str) -> list[tuple[int, int]]:
    """What is underlined of a line, from left to right, without overlaps."""
    found = sorted(underlined(each, number, line) for each in report.findings if each.cell == cell)
    kept: list[tuple[int, int]] = []
    for begin, end in found:
        if begin < end and (not kept or begin >= kept[-1][1]):
            kept.append((begin, end))
    return kept


def _row(number: int, line: str, kind: str, sign: str, spans: Sequence[tuple[int, int]]) -> str:
    """One line: its number, its sign, its text with what is underlined marked.

    It is in columns without the style too, which notebooks take away from what others have run.
    """
    pieces, at = [], 0
    shown = line if len(line) <= LONG else line[:LONG] + " …"
    for begin, end in spans:
        if begin < end:
            pieces += [_text(shown[at:begin]), f"<mark>{_text(shown[begin:end])}</mark>"]
            at = end
    pieces.append(_text(shown[at:]))
    colour = {"off": "wrong", "fine": "right"}.get(kind, "wrong" if sign in (SIGNS[WRONG], SIGNS[NEVER]) else "")
    signed = f'<span class="sign {colour}"> {_text(sign) or " "} </span>'
    return f'<div class="row {kind}"><span class="no">{number:4}</span>{signed}<span>{"".join(pieces)}</span></div>'


def _folded(rows: Sequence[str], marks: Mapping[int, tuple[str, str]]) -> Iterator[str]:
    """The rows, those far from any mark folded away."""
    if len(rows) <= WHOLE:
        yield from rows
        return
    near = {line + away for line in marks for away in range(-NEAR, NEAR + 1)}
    hidden: list[str] = []
    for number, row in enumerate([*rows, ""], start=1):
        if number not in near and number <= len(rows):
            hidden.append(row)
            continue
        if len(hidden) > 2:
            yield f"<details><summary>{len(hidden)} lines</summary>{''.join(hidden)}</details>"
        else:
            yield from hidden
        hidden = []
        yield row


# ---------------------------------------------------------------- many programs


def table(
    title: str, reports: Sequence[Found], rows: Sequence[tuple[str, str, str, str]], mistakes: Mapping[str, int]
) -> str:
    """The table of several reports, and how often each mistake was made."""
    head = "".join(f"<th>{text}</th>" for text in ("file", "verdict", "mistake", "line"))
    body = "".join(
        f"<tr><td>{_text(report.file)}</td><td>{_verdict(report)}</td><td>{_text(mistake)}</td><td>{_text(line)}</td></tr>"
        for report, (_, _, mistake, line) in zip(reports, rows, strict=True)
    )
    parts = [f'<div class="title"><b>{_text(title)}</b></div>']
    parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    most = max(mistakes.values(), default=1)
    rows_of_mistakes = "".join(
        f"<tr><td>{_text(code)}</td><td>{n}</td><td>{_bar(240 * n / most)}</td></tr>" for code, n in mistakes.items()
    )
    if rows_of_mistakes:
        head = "<th>mistake</th><th>programs</th><th></th>"
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{rows_of_mistakes}</tbody></table>")
    inside = "".join(parts)
    return f'<div class="chalkgrad-check" role="group" aria-label="check of several programs">{inside}</div>'


def _bar(width: float) -> str:
    return f'<span class="bar" style="width:{round(width)}px"></span>'


def folded(report: Found) -> str:
    """A report behind a line that opens it."""
    line = f"<summary>{_text(report.file)}: {_verdict(report)}</summary>"
    return f'<details class="chalkgrad-check">{line}{reported(report)}</details>'
