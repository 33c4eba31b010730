"""Programs inside text: exports with `In [n]:` prompts, fenced code in Markdown, sessions with `>>>`.

An export prints a cell's output below its code without a mark. Where the code ends is found in two steps: the
longest beginning that parses, and of that what its own print statements cannot have written.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from autograd.programs.source import python_of, tree

PROMPT = re.compile(r"In ?\[(?:\d+|\*|None|\s*)\] ?:[ \t]?(.*)")
_RESULT = re.compile(r"Out ?\[\d+\] ?:")
_MORE = re.compile(r"\s*\.{3,}:(?: (.*)|\s*)")
_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*\{?[.]?(?P<language>[\w+-]*)(?P<rest>[^`]*)")
_PYTHON = ("python", "py", "python3", "ipython", "ipython3", "code-cell", "pycon", "jupyter-python", "sage")
_SESSION = re.compile(r"\s*(?:>>>|\.\.\.)(?: (.*)|\s*)")


def exported(text: str) -> list[str] | None:
    """The code cells behind `In [n]:` prompts, as they stand; None where there are no prompts."""
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if PROMPT.fullmatch(line)]
    if not starts:
        return None
    return [_cell(lines[start:end]) for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def _cell(lines: Sequence[str]) -> str:
    """The code of one cell: from its prompt to where its output, or what is told next, begins."""
    prompt = PROMPT.fullmatch(lines[0])
    beside = prompt[1] if prompt else ""
    more = [found[1] or "" for found in takewhile(bool, map(_MORE.fullmatch, lines[1:])) if found]
    if beside.strip() and more:  # a terminal: every line of the code has its own prompt
        return "\n".join([beside, *more]).rstrip()
    below = list(takewhile(lambda line: not _RESULT.match(line), lines[1:]))
    code = [beside, *below] if beside.strip() else below
    return "\n".join(code[: code_end(code)]).rstrip()


def code_end(lines: Sequence[str]) -> int:
    """How many of the lines are code; the rest is output, or text."""
    plain = python_of("\n".join(lines)).split("\n")
    if len(plain) != len(lines):  # a cell in another language: up to the first empty line
        return sum(1 for _ in takewhile(str.strip, lines))
    count, found = _longest(plain)
    broken = _broken(plain, count)
    if broken:
        return broken
    body = found.body
    if not body:  # remarks alone; ## is a heading of what is told next
        return next((i for i, line in enumerate(plain[:count]) if line.startswith("##")), count)
    for i in range(1, len(body)):
        if _all_output(body[i:], body[:i], plain):
            body = body[:i]
            break
    end = body[-1].end_lineno or 1
    return end + sum(1 for _ in takewhile(lambda line: line.lstrip().startswith("#"), plain[end:count]))


def _longest(lines: Sequence[str]) -> tuple[int, ast.Module]:
    """How many lines parse as one program, and that program."""
    count = len(lines)
    while count:
        found = tree("\n".join(lines[:count]))
        if isinstance(found, ast.Module):
            return count, found
        count = max(min(count, found.lineno or count) - 1, 0)  # no longer beginning can parse
    return 0, ast.Module([], [])


_PRINTS = re.compile(r"\s*print(?:\s*\(|\s+[\"'\w%])")
_BLOCK = re.compile(r"\s*(?:def|class|for|while|if|elif|else|with|try|except)\b.*:\s*(?:#.*)?")
_COMPUTES = re.compile(r"\s*[A-Za-z_][\w.\[\], ]*\s*(?:[-+*/@]|//|\*\*)?=(?!=).*[\w)\]]\s*[-+*/@(\[].*")


def _broken(lines: Sequence[str], count: int) -> int:
    """Where code ends that does not parse at this line; 0 where the line is output or text."""
    begun = count > 0 and bool(lines[count - 1].strip())  # the line stands right under code
    start = count + sum(1 for _ in takewhile(lambda line: not line.strip(), lines[count:]))
    paragraph = list(takewhile(str.strip, lines[start:]))
    ends = 0
    for i, line in enumerate(paragraph):
        follows = paragraph[i + 1] if i + 1 < len(paragraph) else ""
        block = _BLOCK.fullmatch(line) and follows[:1].isspace()
        if _PRINTS.match(line) or block or (begun and _computes(line)):
            ends = start + len(paragraph)
    return (ends < len(lines) and _broken(lines, ends)) or ends if ends else 0


def _computes(line: str) -> bool:
    """Whether a line assigns what it computes; not w1=-7.2e-05, and no formula of LaTeX."""
    says = re.fullmatch(r"[^=]*=\s*[-+]?[\d.]+(?:e[-+]?\d+)?.*", line)
    return bool(_COMPUTES.fullmatch(line)) and not says and not re.search(r"[\\$]", line)


# ---------------------------------------------------------------- what print statements can have written


def _all_output(tail: Sequence[ast.stmt], head: Sequence[ast.stmt], lines: Sequence[str]) -> bool:
    """Whether the statements of the tail are what those before them wrote."""
    apart = not lines[tail[0].lineno - 2].strip() or lines[tail[0].lineno - 2].lstrip().startswith("#")
    patterns = list(_patterns(head))
    shows = isinstance(head[-1], ast.Expr)
    return all(
        _written(statement, lines, patterns)
        or (shows and _value(statement, lines))
        or (apart and bool(patterns) and _value(statement, lines))
        for statement in tail
    )


def _written(statement: ast.stmt, lines: Sequence[str], patterns: Sequence[str]) -> bool:
    """Whether a print statement whose text begins with words can have written every line of a statement."""
    own = lines[statement.lineno - 1 : statement.end_lineno]
    wordy = [pattern for pattern in patterns if pattern[:1].isalpha()]
    says = isinstance(statement, (ast.Expr, ast.AnnAssign)) or (
        isinstance(statement, ast.Assign) and _literal(statement.value)
    )
    return says and all(any(re.fullmatch(pattern, line.strip()) for pattern in wordy) for line in own)


_SHOWN_AS = ("array", "matrix", "tensor", "deque", "OrderedDict", "Counter", "Series", "float64", "float32", "int64")
"""Calls as which values are shown."""


def _value(statement: ast.stmt, lines: Sequence[str]) -> bool:
    """Whether a statement is a value as Python shows it, or a word: nothing that does anything."""
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None and _literal(statement.annotation)
    if not isinstance(statement, ast.Expr):
        return False
    begins = lines[statement.lineno - 1].lstrip().lstrip("rRbBuUfF")
    if begins.startswith(('"""', "'''")):  # a remark, which no value looks like
        return False
    return _literal(statement.value) or isinstance(statement.value, (ast.Name, ast.Attribute))


def _literal(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(map(_literal, node.elts))
    if isinstance(node, ast.Dict):
        return all(key is not None and _literal(key) for key in node.keys) and all(map(_literal, node.values))
    if isinstance(node, ast.UnaryOp):
        return _literal(node.operand)
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        keywords = all(_literal(word.value) or isinstance(word.value, ast.Name) for word in node.keywords)
        return name in _SHOWN_AS and all(map(_literal, node.args)) and keywords
    return False


def _patterns(head: Sequence[ast.stmt]) -> Iterator[str]:
    """For every print call, what the lines that it writes look like."""
    for statement in head:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                yield " ".join(map(_pattern, node.args)).lstrip("\\\n")


def _pattern(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value).strip())
    if isinstance(node, ast.JoinedStr):
        return "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".*" for part in node.values
        ).strip()
    template = node.left if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        template = node.func.value
    if isinstance(template, ast.Constant) and isinstance(template.value, str):
        return ".*".join(map(re.escape, re.split(r"%[-+ #0-9.*]*[a-zA-Z%]|\{[^{}]*\}", template.value)))
    return ".*"


# ---------------------------------------------------------------- fences and sessions


def fenced(text: str) -> list[str] | None:
    """The blocks of Python in a Markdown text, as they stand; None where there are none."""
    named: list[str] = []
    nameless: list[str] = []
    opened: re.Match[str] | None = None
    block: list[str] = []
    for line in [*text.split("\n"), None]:
        found = _FENCE.fullmatch(line) if line is not None else None
        if opened is None:
            opened, block = found, []
        elif line is None or (found and found["fence"].startswith(opened["fence"]) and not found["language"]):
            language = opened["language"].lower()
            content = _unprompted("\n".join(block))
            if language in _PYTHON:
                named.append(content)
            elif not language and re.search(r"^\s*[\w.]+ *[-+*]?= *\S", content, re.MULTILINE):
                nameless.append(content)
            opened = None
        else:
            block.append(line.removeprefix(opened["indent"]))
    parsing = [block for block in nameless if isinstance(tree(python_of(block)), ast.Module)]
    return named or parsing or None


def session(text: str) -> str | None:
    """The code behind `>>>` prompts, every line in its place; None where there are no prompts."""
    return _unprompted(text) if re.search(r"^\s*>>> ", text, re.MULTILINE) else None


def _unprompted(text: str) -> str:
    if not re.search(r"^\s*>>> ", text, re.MULTILINE):
        return text
    found = map(_SESSION.fullmatch, text.split("\n"))
    return "\n".join((line[1] or "") if line else "" for line in found)
