"""`python -m autograd check FILE...`: programs checked from the command line."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from autograd.programs.answers import checked, checked_many
from autograd.programs.asking import SECONDS
from autograd.programs.found import UNCHECKED, WRONG
from autograd.programs.reading import read_file, read_several
from autograd.programs.report import Report
from autograd.programs.several import Reports
from autograd.programs.source import Source

EXIT = """exit status:
  0  all gradients are right, or right up to a constant
  1  something is wrong (in at least one of the programs)
  2  nothing is wrong, but something could not be checked; or the arguments cannot be used

The programs run in processes of their own, in a scratch folder; their files are only read."""


class UnusableError(Exception):
    """Arguments with which nothing can be done."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UnusableError(message)


def parser(called: str) -> argparse.ArgumentParser:
    """What the command takes."""
    found = _Parser(
        prog=called,
        description="Check the gradients of programs that do backpropagation by hand; name the lines that are wrong.",
        epilog=EXIT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("files", nargs="+", metavar="FILE", help="a program (.py, .ipynb, .txt, .md), or a folder")
    found.add_argument(
        "--json", action="store_true", help="write JSON: one object; a list for several files or a folder"
    )
    found.add_argument("--html", metavar="PAGE.html", help="write the report as a page as well")
    found.add_argument("--jobs", type=int, metavar="N", help="so many at a time (as many as there are cores)")
    found.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help="for one program (%(default)g)")
    return found


def run(arguments: Sequence[str], called: str = "python -m autograd check") -> int:
    """Check what the arguments name and print the reports; the exit status."""
    try:
        options = parser(called).parse_intermixed_args(arguments)
        if options.jobs is not None and options.jobs < 1:
            raise UnusableError(f"--jobs {options.jobs}: expected a whole number from 1 on")
        if not 0 < options.seconds < 1e6:
            raise UnusableError(f"--seconds {options.seconds:g}: expected a number above 0")
        target = None if options.html is None else _target(options.html, options.files)
        sources = _sources(options.files)
    except UnusableError as error:
        print(f"{called}: {error}; --help tells more", file=sys.stderr)
        return 2
    try:
        found = _checked(sources, options.seconds, options.jobs)
    except KeyboardInterrupt:
        print(f"\n{called}: stopped", file=sys.stderr)
        return 130
    if target is not None:
        try:
            found.save(target)
        except OSError as error:
            print(f"{called}: --html {options.html}: {error.strerror or error}", file=sys.stderr)
            return 2
    print(found.json() if options.json else found)
    return status([found] if isinstance(found, Report) else list(found))


def status(reports: Sequence[Report]) -> int:
    """1 where something is wrong, else 2 where something could not be checked, else 0."""
    verdicts = {report.verdict for report in reports}
    return 1 if WRONG in verdicts else 2 if UNCHECKED in verdicts or not verdicts else 0


def _target(name: str, files: Sequence[str]) -> Path:
    """Where the page goes, which must not be one of the programs."""
    target = Path(name)
    if target.suffix.lower() not in (".html", ".htm"):
        raise UnusableError(f"--html {name}: expected the name of a page that ends in .html")
    if target.is_dir() or any(target.exists() and Path(file).exists() and target.samefile(file) for file in files):
        raise UnusableError(f"--html {name}: this is what is to be checked, or a folder; give a new name")
    return target


def _sources(names: Sequence[str]) -> list[Source] | Source:
    """The programs: one, or a list where several files or a folder are named."""
    if len(names) > 1:
        return read_several([Path(name) for name in names]) or []
    found = read_several(Path(names[0]))
    if found == []:
        raise UnusableError(f"{names[0]}: there are no .py and .ipynb files in this folder and below it")
    return read_file(Path(names[0])) if found is None else found


def _checked(sources: list[Source] | Source, seconds: float, jobs: int | None) -> Report | Reports:
    if isinstance(sources, Source):
        return checked(sources, seconds)
    return Reports(checked_many(sources, seconds, jobs, _progress(len(sources))))


def _progress(total: int) -> Callable[[], None]:
    """What is to be called after each program: it says on a terminal how many are done."""
    if sys.stderr is None or not sys.stderr.isatty():
        return lambda: None
    count = 0

    def done() -> None:
        nonlocal count
        count += 1
        end = "\n" if count == total else ""
        print(f"\rchecked {count} of {total}", end=end, file=sys.stderr, flush=True)

    return done
