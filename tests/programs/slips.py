"""How many slips of one token are found: the line, and the word that belongs in the place of the one that stands.

    python -m tests.programs.slips [CASE ...] [--every N] [--jobs N]

CHALKGRAD_DOCUMENTS may name a folder with the exports 000_*.txt and 001_*.txt, whose slips are then counted too.
"""

import argparse
import os
import random
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd.programs.asking import SECONDS
from autograd.programs.examine import examine
from autograd.programs.reading import read
from tests import slips
from tests.programs.count import share
from tests.programs.verify import UNCHECKED, WRONG

DOCUMENTS = os.environ.get("CHALKGRAD_DOCUMENTS", "")


@dataclass(frozen=True)
class Told:
    """What is said of a program with a slip."""

    case: str
    slip: slips.Slip
    report: dict[str, Any]
    seconds: float = 0.0

    @property
    def false(self) -> bool:
        """Whether it is called right: a slip that moves a parameter elsewhere never is."""
        return self.report["verdict"] not in (WRONG, UNCHECKED)

    @property
    def line(self) -> bool:
        """Whether the line of the slip is blamed."""
        return any(finding["line"] == self.slip.line for finding in self.report["findings"])

    @property
    def word(self) -> bool:
        """Whether what stands there and what belongs there are given: the line, and the line before the slip."""
        return any(
            words(finding["stands"]) == words(self.row) and words(finding["right"]) == words(self.before)
            for finding in self.report["findings"]
            if finding["proved"]
        )

    @property
    def among(self) -> bool:
        """Whether it is at least one of the lines that are said to do as well."""
        return self.word or any(words(self.before) in map(words, f["also"]) for f in self.report["findings"])

    @property
    def row(self) -> str:
        """The line with the slip."""
        return self.slip.source.split("\n")[self.slip.line - 1]

    @property
    def before(self) -> str:
        """The line before the slip."""
        row = self.row.encode()
        rest = row[self.slip.column + len(self.slip.stands.encode()) :]
        return (row[: self.slip.column] + self.slip.belongs.encode() + rest).decode()


def words(line: str) -> list[str]:
    """The words and signs of a line, sorted: factors may stand in any order, since the repair is proved."""
    code = re.sub(r"(\w+)\s*\*\*\s*2\b", r"\1 * \1", line.partition("#")[0])
    return sorted(re.findall(r"\w+|[^\w\s]", code))


def every(names: Sequence[str] = ()) -> list[tuple[str, slips.Slip]]:
    """(case, slip) for all that tell, of the corpus and of the documents where there are some."""
    found = [(case.file, slip) for case in slips.CASES if chosen(case.file, names) for slip in case.slips()]
    return found + [pair for pair in documents(DOCUMENTS, names) if DOCUMENTS]


def chosen(name: str, names: Sequence[str]) -> bool:
    return not names or name.startswith(tuple(names))


def documents(folder: str, names: Sequence[str] = ()) -> Iterator[tuple[str, slips.Slip]]:
    """The slips in the documents; the second is mended first, since it has a mistake of its own."""
    for name, made in (("000", slips.document_000), ("001", slips.document_001)):
        for path in sorted(Path(folder).glob(f"{name}_*.txt")) if folder and chosen(name, names) else ():
            source = "\n".join(cell.text for cell in read(path).cells)
            yield from ((name, slip) for slip in made(mended(source) if name == "001" else source))


def mended(source: str) -> str:
    """The second document with the output's weights updated last."""
    rows = source.split("\n")
    first = max(i for i, row in enumerate(rows) if row.strip().startswith("weights_hidden_output -="))
    last = max(i for i, row in enumerate(rows) if row.strip().startswith("bias_hidden -="))
    return "\n".join([*rows[:first], *rows[first + 1 : last + 1], rows[first], *rows[last + 1 :]])


def told(pair: tuple[str, slips.Slip]) -> Told:
    """What is said of the program with the slip, examined in this process."""
    begin = time.perf_counter()
    cells = [{"number": None, "text": pair[1].source}]
    report = examine({"name": "program.py", "folder": None, "cells": cells, "seconds": SECONDS})
    return Told(*pair, report, time.perf_counter() - begin)


def row(one: Told) -> str:
    """What is not found, "" where all is."""
    if one.word:
        return ""
    how = "FALSE WORD" if one.false else "line" if not one.line else "also" if one.among else "word"
    said = [(f["line"], f["code"], f["right"]) for f in one.report["findings"]]
    slip, report = one.slip, one.report
    where = f"{one.case} line {slip.line} column {slip.column}"
    return (
        f"{how}: {where}: {slip.stands} for {slip.belongs} in `{one.before.strip()}`;"
        f" {report['verdict']} {report['why']} {said} ({one.seconds:.1f} s)"
    )


def summary(told: Iterable[Told]) -> str:
    """Case by case how many are found."""
    found = list(told)
    lines = []
    for case in [*dict.fromkeys(one.case for one in found), "all"]:
        own = [one for one in found if case in (one.case, "all")]
        figures = [sum(getattr(one, what) for one in own) for what in ("line", "word", "among", "false")]
        lines.append(
            f"  {case:34} {len(own):4} slips  lines {figures[0]:4} {share((figures[0], len(own))):6.1%}"
            f"  words {figures[1]:4} {share((figures[1], len(own))):6.1%}  among others {figures[2]:4}"
            f"  called right {figures[3]}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.programs.slips", description=__doc__)
    parser.add_argument("cases", nargs="*", help="how the names of the cases begin; all if none is given")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="one of so many")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args(arguments)
    begin, found = time.perf_counter(), []
    pairs = every(asked.cases)[:: asked.every]
    random.Random(0).shuffle(pairs)  # so that the first hundred say what the rest will be like
    with ProcessPoolExecutor(asked.jobs) as pool:
        for one in pool.map(told, pairs):
            found.append(one)
            if row(one):
                print(row(one), flush=True)
            if len(found) % 50 == 0:
                print(f"\n{summary(found)}\n", flush=True)
    print(f"\n{summary(found)}\n  {time.perf_counter() - begin:.0f} s")
    return 1 if any(one.false for one in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
