"""From whatever a program is given as (a file, its text, a function) to its cells: `read`."""

import codecs
import io
import json
import os
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from autograd.programs.exports import exported, fenced, session
from autograd.programs.source import Cell, Source, problem, python_of, tree

LARGEST = 20_000_000
"""Bytes of a file; a notebook with pictures in it has a few million."""

SUFFIXES = (".py", ".ipynb")
"""What is looked for in a folder."""

MARKDOWN = (".md", ".markdown", ".rmd", ".qmd")
TEXTS = (".txt", ".text", ".rst", *MARKDOWN)


def read(given: Any, args: Sequence[Any] = ()) -> Source:
    """The program in a file, a text or a function, by its cells; what cannot be read is a Source that says why.

    given  a path, or the text of a program (anything with more than one line is a text), or a function or a
           module. Files: `.py`, `.ipynb`; `.txt` and `.md` with `In [n]:` prompts, fenced blocks or `>>>`
    args   example arguments, of a function

    TypeError for anything else.
    """
    if callable(given) and hasattr(given, "__name__"):
        from autograd.programs.callables import read_function  # inspect is slow to import

        return read_function(given, args)
    if isinstance(given, ModuleType) and given.__file__:
        given = Path(given.__file__)
    if isinstance(given, str) and _is_text(given):
        return read_text(given, "program")
    if isinstance(given, (str, os.PathLike)):
        return read_file(Path(os.fspath(given)))
    kind = type(given).__name__
    raise TypeError(f"check: expected a file, the text of a program, or a function, got {kind}: {given!r:.60}")


def _is_text(given: str) -> bool:
    """Whether a string is a program and not the path of one."""
    if "\n" in given or "\r" in given or len(given) > 4000:
        return True
    if "\0" in given or os.path.exists(given) or given.lower().endswith((*SUFFIXES, ".pyw", *TEXTS)):
        return False
    return bool(re.search(r"[=(]", given)) and not isinstance(tree(given), SyntaxError)


def read_several(given: Any) -> list[Source] | None:
    """The programs in a folder, or in a list of whatever `read` takes; None where one program is given.

    Files are called by their path below the folder, in a list by the path that is given.
    """
    if isinstance(given, (str, os.PathLike)):
        if (isinstance(given, str) and _is_text(given)) or not os.path.isdir(given):
            return None
        folder = Path(given)
        return [read_file(path, path.relative_to(folder).as_posix()) for path in files_in(folder)]
    if not isinstance(given, (list, tuple)):
        return None
    found: list[Source] = []
    for each in given:
        inner = read_several(each)
        if inner is not None:
            start = Path(os.fspath(each)).as_posix() if isinstance(each, (str, os.PathLike)) else ""
            found += [replace(source, name=f"{start}/{source.name}".lstrip("/")) for source in inner]
        elif isinstance(each, (str, os.PathLike)) and not _is_text(os.fspath(each)):
            found.append(read_file(Path(each), Path(each).as_posix()))
        else:
            found.append(read(each))
    return found


def files_in(folder: Path) -> list[Path]:
    """The programs in a folder and below it, in order; hidden folders and notebooks' checkpoints left out."""
    return list(_below(folder))


def _below(folder: Path) -> Iterator[Path]:
    entries = sorted(folder.iterdir(), key=lambda path: path.name)
    left_out = ("__pycache__", "node_modules", "site-packages")
    for path in entries:
        if path.name.startswith(".") or path.name in left_out or (path / "pyvenv.cfg").exists():
            continue
        if path.is_dir() and not path.is_symlink():  # a link may lead back up
            yield from _below(path)
        elif path.suffix.lower() in SUFFIXES and path.is_file():
            yield path


def read_file(path: Path, name: str = "") -> Source:
    """The program in a file."""
    name = name or path.name
    folder = None
    try:
        folder = str(path.resolve().parent)
        size = path.stat().st_size
        if path.is_dir():
            return Source(name, folder, why="this is a folder; give the files in it, or check it as a whole")
        if not path.is_file():
            return Source(name, folder, why="this is no ordinary file; give a file such as program.py")
        if size > LARGEST:
            return Source(name, folder, why=f"the file has {size:,} bytes, more than the {LARGEST:,} of a program")
        data = path.read_bytes()
    except FileNotFoundError:
        return Source(name, folder, why=f"there is no file {str(path)!r}{_like(path)}")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Source(name, folder, why=f"the file cannot be read: {reason}")
    text = decoded(data)
    if text is None:
        return Source(name, folder, why="this is a binary file, not a program; give a .py or .ipynb file")
    return read_text(text, name, folder, path.suffix.lower())


def _like(path: Path) -> str:
    """A hint at the files beside a missing one that have nearly its name."""
    import difflib  # slow to import, and for messages only

    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return ""
    close = difflib.get_close_matches(path.name, names, n=3)
    return f"; nearest: {', '.join(close)}" if close else ""


def decoded(data: bytes) -> str | None:
    """The text of a file with lines that end in newlines; None where it is none."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", errors="replace")
    elif b"\0" in data:
        return None
    else:
        text = _by_encoding(data)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _by_encoding(data: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)  # a mark at the beginning, or a cookie
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return data.decode("latin-1")  # which has a letter for every byte


def read_text(text: str, name: str, folder: str | None = None, suffix: str = "") -> Source:
    """The program in a text: a notebook, an export, Markdown, a session, or Python as it stands."""
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    if not text.strip():
        return Source(name, folder, why="it is empty")
    if suffix == ".ipynb" or (text.lstrip().startswith("{") and '"cells"' in text):
        return _notebook(text, name, folder)
    script = python_of(text)
    parsed = tree(script)
    if isinstance(parsed, SyntaxError) or suffix in MARKDOWN:
        found = exported(text) or fenced(text)
        if found is not None:
            return _of_cells(found, name, folder)
        by_prompt = session(text)
        if by_prompt is not None:
            text, script, parsed = by_prompt, by_prompt, tree(by_prompt)
    if isinstance(parsed, SyntaxError):
        begins = re.search(r"^(?:import|from|def|class)\s", text, re.MULTILINE)
        if suffix in MARKDOWN or (suffix in TEXTS and not begins):
            return Source(name, folder, why="no Python is in it: no `In [n]:` prompts and no ```python blocks")
        return Source(name, folder, (Cell(None, "", text),), why=problem(script, parsed))
    if not parsed.body:
        return Source(name, folder, (Cell(None, "", text),), why="there is no code in it")
    return Source(name, folder, (Cell(None, script, text),))


def _notebook(text: str, name: str, folder: str | None) -> Source:
    try:
        content = json.loads(text)
        meta = content.get("metadata", {})
        cells = content["cells"] if "cells" in content else [c for w in content["worksheets"] for c in w["cells"]]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        shown = [_joined(cell.get("source", cell.get("input", ""))) for cell in code]
        language = str(meta.get("kernelspec", {}).get("language") or meta.get("language_info", {}).get("name") or "")
    except RecursionError:
        return Source(name, folder, why="it is no notebook: nested too deeply")
    except ValueError as error:
        return Source(name, folder, why=f"it is no notebook: {error}")
    except (KeyError, TypeError, AttributeError):
        return Source(name, folder, why="it is no notebook: there are no cells in its JSON")
    if language and not language.lower().startswith(("python", "ipython", "sage", "xpython")):
        return Source(name, folder, why=f"it is a notebook in {language}; only Python is checked")
    return _of_cells(shown, name, folder)


def _joined(source: Any) -> str:
    """The text of a cell, which a notebook keeps as one string or as a list of lines."""
    text = source if isinstance(source, str) else "".join(map(str, source))
    return text.replace("\r\n", "\n").rstrip("\n")


def _of_cells(shown: Sequence[str], name: str, folder: str | None) -> Source:
    """Cells counted from 1; one that does not parse is left out, as a notebook goes on after it."""
    return of_cells([(number, text) for number, text in enumerate(shown, start=1)], name, folder)


def of_cells(shown: Sequence[tuple[int, str]], name: str, folder: str | None) -> Source:
    """A program of numbered cells; one that does not parse is left out, as a notebook goes on after it."""
    cells, broken, code = [], [], False
    for number, text in shown:
        plain = python_of(text)
        parsed = tree(plain)
        if isinstance(parsed, SyntaxError):
            broken.append(f"cell {number} {problem(plain, parsed)}")
            plain = ""
        else:
            code = code or bool(parsed.body)
        cells.append(Cell(number, plain, text))
    why = ""
    if not code:
        why = broken[0] if broken else "there is no code in it"
    notes = () if why else tuple(f"{reason}; the cell was left out" for reason in broken)
    return Source(name, folder, tuple(cells), notes, why)
