"""A report in words and columns, as a terminal shows it."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from autograd.comparison.in_words import apart
from autograd.names.shown import columns_of
from autograd.programs.found import (
    CONSTANT,
    NEVER,
    RIGHT,
    UNCHECKED,
    WRONG,
    Finding,
    Found,
    LossFound,
    ParameterFound,
    cleaned,
    place,
)

WIDTH = 110
"""Columns of a sentence; lines of code may have a few more."""

ROWS = 24
"""So many parameters have a row each; of more, those that are right are counted."""

LINES = 8
"""So many lines of one statement are shown."""

NAMELESS = "no known name"
"""A mistake that the catalogue has no name for."""

SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""Numbers that are written as words."""


def count(n: int, noun: str) -> str:
    """A number of things: 1 parameter, 4 parameters."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def number(x: float) -> str:
    """A constant as one writes it: 2, 0.5, 0.01, 1.333; one near 1 with as many digits as tell it from that."""
    return apart(x, 1.0, digits=4)[0]


def text(report: Found) -> str:
    """The whole report, as print() shows it."""
    return "\n".join(line.rstrip() for line in _lines(report))


def _lines(report: Found) -> Iterator[str]:
    if report.verdict == UNCHECKED:  # one line, for those who search for it
        yield title(report)
    else:
        yield from wrap(title(report), WIDTH, subsequent_indent="    ", break_long_words=False)
    if report.parameters:
        yield ""
        yield from _table(report.parameters)
    for i, finding in enumerate(report.findings, start=1):
        yield ""
        heading = ", ".join(filter(None, (finding.code or NAMELESS, place(finding.cell, finding.line))))
        yield f"{i}. {heading}:"
        yield from (f"     {line}" for line in _quoted(report, finding))
        for sentence in sentences(report, finding):
            yield from wrap(sentence, WIDTH, initial_indent="   ", subsequent_indent="   ", break_long_words=False)
    closing = summary(report)
    if closing or report.notes:
        yield ""
    if closing:
        yield closing
    for note in report.notes:
        yield from wrap(f"note: {note}", WIDTH, subsequent_indent="      ", break_long_words=False)


def title(report: Found) -> str:
    """What the program is: its parameters, network, loss, optimizer; or why it could not be checked."""
    if report.verdict == UNCHECKED:
        return f"{report.file}: not checked: {report.why}"
    rate = f" with lr = {report.lr:g}" if report.lr is not None else ""
    steps = f"{report.optimizer or 'updates'}{rate}" if report.optimizer or rate else ""
    parts = [count(len(report.parameters), "parameter"), report.network, loss_text(report.loss), steps]
    return f"{report.file}: {', '.join(filter(None, parts))}"


def loss_text(loss: LossFound | None) -> str:
    """Which loss, where: "half squared error (`loss`, cell 3 line 31)"."""
    if loss is None:
        return ""
    named = f"`{loss.name}`" if loss.name else ""
    told = ", ".join(filter(None, (named, place(loss.cell, loss.line))))
    parts = ["implied by its gradients" if loss.implied else told, loss.note]
    inside = "; ".join(filter(None, parts))
    return f"{loss.kind or 'its loss'}{f' ({inside})' if inside else ''}"


def verdict_text(parameter: ParameterFound) -> str:
    """The verdict on a parameter, loud where it is bad: WRONG."""
    if parameter.verdict == CONSTANT and parameter.constant is not None:
        return f"right up to a constant: {number(parameter.constant)} x the gradient"
    return parameter.verdict.upper() if parameter.verdict in (WRONG, NEVER) else parameter.verdict


def shown_parameters(parameters: Sequence[ParameterFound]) -> tuple[list[ParameterFound], str]:
    """The parameters that have a row, and a line about the others."""
    if len(parameters) <= ROWS:
        return list(parameters), ""
    loud = [each for each in parameters if each.verdict != RIGHT]
    shown = (loud or list(parameters))[:ROWS]
    silent = sum(1 for each in parameters if each.verdict == RIGHT) - sum(1 for each in shown if each.verdict == RIGHT)
    more = len(parameters) - len(shown) - silent
    rest = [f"{silent:,} more are right"] if silent else []
    rest += [f"{more:,} more are not"] if more else []
    return shown, ", ".join(rest)


def _table(parameters: Sequence[ParameterFound]) -> Iterator[str]:
    shown, rest = shown_parameters(parameters)
    rows = [(each.name, place(each.cell, each.line), verdict_text(each), each.says) for each in shown]
    widths = [max(columns_of(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        cells = (cell + " " * (width - columns_of(cell)) for cell, width in zip(row, [*widths, 0], strict=True))
        yield f"  {'   '.join(cells)}"
    if rest:
        yield f"  ... {rest}"


def summary(report: Found) -> str:
    """The verdict on the program in a sentence; "" where the findings have said it."""
    if report.verdict == UNCHECKED:
        return ""
    total = len(report.parameters)
    at = f" (checked at {count(report.points, 'point')})" if report.points else ""
    every = _every(total)
    if report.verdict == RIGHT:
        return f"{every} right{at}"
    if report.verdict == CONSTANT:
        constants = {each.constant for each in report.parameters if each.constant is not None}
        single = constants.pop() if len(constants) == 1 else None
        which = "a constant" if single is None else f"the constant {number(single)}"
        return f"{every} right up to {which}{at}"
    bad = sum(1 for each in report.parameters if each.verdict in (WRONG, NEVER))
    unknown = "" if report.findings else "; which line it is could not be found out"
    return f"{_spelled(bad)} of {_spelled(total)} gradients {'is' if bad == 1 else 'are'} wrong{at}{unknown}"


def sentences(report: Found, finding: Finding) -> Iterator[str]:
    """What is said below a statement: what is wrong, what belongs there, the proof, how far the numbers are off."""
    yield from filter(None, finding.text.split("\n"))
    if finding.right:
        yield f"Right would be: {finding.right}"
    yield f"{finding.remedy} {proof(report, finding)}".strip()
    off = [(each.says, each.name) for each in report.parameters if each.name in finding.parameters and each.says]
    if off:
        shown = ", ".join(f"{name} {says}" for says, name in off[:6])
        yield f"Here: {shown}{f' and {len(off) - 6} more' if len(off) > 6 else ''}."
    if finding.also:
        yield f"This fits, but so does: {'; '.join(finding.also)}."


def proof(report: Found, finding: Finding) -> str:
    """What is known of a finding, set apart from what is guessed."""
    at = f" at {count(finding.points, 'point')}" if finding.points else ""
    if not finding.proved:
        return f"This fits the numbers{at}; it is not proved."
    proved = sum(1 for each in report.findings if each.proved)
    with_this = "With that" if proved == 1 else "With that and the other" + (f" {proved - 1}" if proved > 2 else "")
    mended = {name for each in report.findings if each.proved for name in each.parameters}
    left = {each.name for each in report.parameters if each.verdict == WRONG} - mended
    one, names = len(finding.parameters) == 1, ", ".join(finding.parameters)
    some = f"the gradient of {names} is" if one else f"the gradients of {names} are"
    who = some if left else _every(len(report.parameters))
    return f"{with_this}, {who} right{f' (checked{at})' if at else ''}."


def _every(n: int) -> str:
    """The gradients of all n parameters, and the verb."""
    return {1: "the gradient is", 2: "both gradients are"}.get(n, f"all {_spelled(n)} gradients are")


def _spelled(n: int) -> str:
    return SMALL[n] if n < len(SMALL) else f"{n:,}"


# ---------------------------------------------------------------- the statement


def statement(report: Found, finding: Finding) -> tuple[int, list[str]]:
    """The first line of a finding's statement and its lines as they stand in the program, at most `LINES`."""
    source = report.source.lines(finding.cell)
    stands = finding.stands.split("\n") if finding.stands else []
    if finding.line is None or finding.line > len(source):
        return finding.line or 1, stands[:LINES]
    first = min([finding.line, *(finding.span[:1] if finding.span else ())])
    last = max(finding.line + len(stands) - 1, finding.span[2] if finding.span else first)
    return first, source[first - 1 : min(last, first + LINES - 1)]


def underlined(finding: Finding, line: int, shown: str) -> tuple[int, int]:
    """From which column to which a line is to be underlined, (0, 0) for not at all."""
    if finding.span is None:
        return 0, 0
    first, begin, last, end = finding.span
    if not first <= line <= last:
        return 0, 0
    indent = len(shown) - len(shown.lstrip())
    begin, end = begin if line == first else indent, end if line == last else len(shown)
    return (begin, min(end, len(shown))) if begin < min(end, len(shown)) else (0, 0)


def _quoted(report: Found, finding: Finding) -> Iterator[str]:
    """The statement with ^^^ under what is meant, moved to the left, long lines cut around it."""
    first, lines = statement(report, finding)
    shown = [cleaned(line) for line in lines]
    indent = min((len(line) - len(line.lstrip()) for line in shown if line.strip()), default=0)
    for i, line in enumerate(lines):
        ends = underlined(finding, first + i, line)
        begin, end = (max(len(cleaned(line[:column])) - indent, 0) for column in ends)  # a tab is shown as blanks
        code, begin, end = _cut(shown[i][indent:], begin, end)
        yield code
        if begin < end:
            yield " " * columns_of(code[:begin]) + "^" * max(columns_of(code[begin:end]), 1)


def _cut(line: str, begin: int, end: int, width: int = WIDTH - 5) -> tuple[str, int, int]:
    """A line no longer than `width`: what is underlined stays, and as much as fits of the beginning."""
    if len(line) <= width:
        return line, begin, end
    if begin == end or end <= width - 4 or begin <= width // 2:
        return line[: width - 4] + " ...", begin, min(end, width - 4)
    head = line[:40]
    start = max(begin - 12, 40)
    window = line[start : start + width - 50]
    moved = 45 - start
    tail = " ..." if start + len(window) < len(line) else ""
    return f"{head} ... {window}{tail}", begin + moved, min(end + moved, 45 + len(window))
