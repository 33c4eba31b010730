"""`%%check` on a cell, `%check` for the notebook so far, `%%mark` on an exercise, after `%load_ext autograd`."""

import ast
import difflib
import os
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from autograd.manual import Exercise
from autograd.programs.answers import answered, checked
from autograd.programs.asking import SECONDS
from autograd.programs.reading import of_cells
from autograd.programs.report import Report
from autograd.programs.source import python_of, tree
from autograd.programs.wording import count

ALIKE = 0.6
"""From this share of equal text on, two cells that bind the same names are versions of one."""


class Entry(NamedTuple):
    """A cell that was run: its number in square brackets, its text, the notebook's own mark for it ("" if unknown)."""

    number: int
    text: str
    mark: str = ""


class Magics:
    """The commands in one session of IPython."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self._marks: dict[int, str] = {}

    def register(self) -> None:
        """Make the commands known, and note from now on which cell of the notebook is run."""
        self.shell.register_magic_function(self.check, "line_cell", "check")
        self.shell.register_magic_function(self.mark, "line_cell", "mark")
        self.shell.events.register("pre_run_cell", self._note)

    def _note(self, info: Any) -> None:
        mark = getattr(info, "cell_id", None)
        if mark and getattr(info, "store_history", False):
            self._marks[len(self._history())] = str(mark)  # where it is about to be kept

    def check(self, line: str, cell: str | None = None) -> Any:
        """Check a cell, or the notebook so far: which gradients are right, and which line is wrong.

        %%check            above a cell: the cell is run as usual, and checked with the cells before it
        %%check --no-run   it is checked only
        %check             the cells that were run so far, each in its latest version
        %check FILE        a file
        --seconds S        after which it is "not checked"

        Cells are called by the numbers in their square brackets.
        """
        seconds, run, files = _options(line, "%check", SECONDS)
        if files:
            return answered(files[0] if len(files) == 1 else files, (), seconds)
        now = len(self._history()) - 1  # execution_count is that of the next cell in some versions
        before = [each for each in self._entries() if each.number != now]
        if cell is None:
            return _report(_name(), so_far(before), seconds, "")
        ran = "was not run"
        if run:
            result = self.shell.run_cell(cell)
            if isinstance(result.error_in_exec, KeyboardInterrupt):
                return None
            ran = "was run as usual" if result.success else "was run as usual, which ended in the error above"
        entry = Entry(now, f"%%check {line}".rstrip() + f"\n{cell}".rstrip("\n"), self._marks.get(now, ""))
        entries = [*(each for each in so_far(before) if not _versions(each, entry)), entry]
        with_them = f" with the {count(len(entries) - 1, 'cell')} before it" if len(entries) > 1 else ""
        note = f"the cell {ran}; it was checked{with_them} in a process of its own"
        return _report(f"cell {now}", entries, seconds, note)

    def mark(self, line: str, cell: str | None = None) -> Any:
        """Mark an exercise that is filled in.

        %mark task       writes the program with its gaps into the next cell, below a %%mark task
        %%mark task      above it: the program is run in a process of its own, and its numbers are marked
        --seconds S      after which it is stopped

        Above lines that are formulas for gaps, `delta3 = y_hat - y`, and nothing else, these are marked in their gaps.
        Without a name it is the only exercise that there is.
        """
        seconds, _, names = _options(line, "%mark", 10.0)
        task = _exercise(self.shell.user_ns, " ".join(names))
        if cell is None:
            self.shell.set_next_input(f"%%mark {line}".rstrip() + f"\n{task}")
            return None
        return task.mark(_formulas(cell, task.gaps) or cell, seconds=seconds)

    def _history(self) -> list[str]:
        """The cells that were run, the current one last, each in the place of its number."""
        return list(self.shell.history_manager.input_hist_raw)

    def _entries(self) -> Iterator[Entry]:
        for number, text in enumerate(self._history()[1:], start=1):
            if python_of(text).strip():
                yield Entry(number, text, self._marks.get(number, ""))


def _exercise(namespace: Mapping[str, Any], name: str) -> Exercise:
    """The exercise of a name; with no name, the only one that a notebook has."""
    there = {each: x for each, x in namespace.items() if isinstance(x, Exercise) and each[0] != "_"}
    if name in there or (not name and len(there) == 1):
        return there[name or min(there)]
    listed = ", ".join(there) or "none yet: task = exercise(loss)"
    raise ValueError(f"%mark: expected the name of an exercise such as %%mark task, got {name!r}; there are: {listed}")


def _formulas(cell: str, gaps: Collection[str]) -> dict[str, str]:
    """The formulas by gap of a cell that has nothing else; none of any other."""
    parsed = tree(cell)
    lines = [] if isinstance(parsed, SyntaxError) else parsed.body
    found = {}
    for line in lines:
        if not (isinstance(line, ast.Assign) and len(line.targets) == 1 and ast.unparse(line.targets[0]) in gaps):
            return {}
        found[ast.unparse(line.targets[0])] = ast.unparse(line.value)
    return found


def _options(line: str, command: str, seconds: float) -> tuple[float, bool, list[str]]:
    """(seconds, whether to run the cell, what else there is) as they stand behind the command."""
    run, files = True, []
    words = iter(shlex.split(line))
    for word in words:
        if word == "--no-run":
            run = False
        elif word == "--seconds":
            given = next(words, "")
            if not re.fullmatch(r"\d+(?:\.\d+)?", given) or not float(given):
                raise ValueError(f"{command}: expected --seconds with a number above 0, got {given!r}")
            seconds = float(given)
        elif word.startswith("-"):
            raise ValueError(f"{command}: there is no option {word}; there are --no-run and --seconds S")
        else:
            files.append(word)
    return seconds, run, files


def _report(name: str, entries: Sequence[Entry], seconds: float, note: str) -> Report:
    source = of_cells([(entry.number, entry.text) for entry in entries], name, os.getcwd())
    found = checked(source, seconds)
    return replace(found, notes=(*found.notes, note)) if note else found


def _name() -> str:
    """What the notebook is called, where its server says so."""
    return os.path.basename(os.environ.get("JPY_SESSION_NAME", "")) or "this notebook"


def so_far(entries: Sequence[Entry]) -> list[Entry]:
    """Every cell once, in its latest version, in the place where it was run first."""
    kept: list[Entry] = []
    for entry in entries:
        for place, earlier in enumerate(kept):
            if _versions(earlier, entry):
                kept[place] = entry
                break
        else:
            kept.append(entry)
    return kept


def _versions(one: Entry, other: Entry) -> bool:
    """Whether two entries are one cell, before and after it was edited.

    Where the notebook has not said which cell was run, by their text: the same, or nearly so and binding the same
    names.
    """
    if one.mark and other.mark:
        return one.mark == other.mark
    texts = [re.sub(r"^\s*%%check.*\n", "", entry.text).strip() for entry in (one, other)]
    if texts[0] == texts[1]:
        return True
    names = [_bound(text) for text in texts]
    return (
        bool(names[0])
        and names[0] == names[1]
        and difflib.SequenceMatcher(None, texts[0][:5000], texts[1][:5000]).ratio() > ALIKE
    )


def _bound(text: str) -> set[str]:
    """The names that a cell binds."""
    parsed = tree(python_of(text))
    if isinstance(parsed, SyntaxError):
        return set()
    names = {node.id for node in ast.walk(parsed) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return names | {node.name for node in parsed.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
