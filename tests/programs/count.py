"""How many programs of the corpus are told apart rightly, and how much of what is wrong in them is found.

    python -m tests.programs.count [NAME ...] [--jobs N]

For each program that is not told wholly rightly a line, and the sums at the end.
"""

import argparse
import re
import sys
import time
import traceback
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograd.programs.asking import SECONDS
from autograd.programs.examine import examine
from autograd.programs.found import NEVER
from autograd.programs.reading import read
from autograd.programs.source import Source
from tests.programs import verify

GAPS = ("27_csv_missing.py",)
"""Programs with another key that are "not checked" today."""

Report = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What is said of a program, beside what its key says."""

    key: verify.Key
    report: Report
    seconds: float = 0.0
    lines: list[bool] = field(default_factory=list)  # whether the line is blamed, for each mistake of the key
    codes: list[bool] = field(default_factory=list)  # whether it is called so, for each that has a name

    @property
    def false(self) -> str:
        """The false word, "" where there is none: "not checked" is never one."""
        said = self.report["verdict"]
        if said in (verify.UNCHECKED, self.key["verdict"], *self.key.get("also_verdict", ())):
            return ""
        return f"{said}, which is {self.key['verdict']}"

    @property
    def silent(self) -> bool:
        """Whether the verdict is kept back though the key has one."""
        return self.report["verdict"] == verify.UNCHECKED != self.key["verdict"]

    @property
    def mixed_up(self) -> str:
        """Which parameters are called wrong where others are."""
        if self.silent or self.false:
            return ""
        names = {plain(each["name"]): each["verdict"] for each in self.report["parameters"]}
        said = {name for name, verdict in names.items() if verdict == verify.WRONG}
        never = {name for name, verdict in names.items() if verdict == NEVER}  # which is as true of a wrong one
        keys = {plain(name): verdict for name, verdict in self.key["parameters"].items()}
        true = {whole(name, said) for name, verdict in keys.items() if verdict == verify.WRONG} - never
        return "" if said == true else f"wrong are {sorted(said)}, and should be {sorted(true)}"

    @property
    def both(self) -> bool:
        """Whether the lines of all its mistakes are found."""
        return all(self.lines)


def plain(name: str) -> str:
    """A parameter's name without quotes, spaces, and the object that holds it.

    >>> plain("params['W1']"), plain("self.w1"), plain("net.hidden.W")
    ('params[W1]', 'w1', 'hidden.W')
    """
    bare = re.sub(r"""["'\s]""", "", name)
    return re.sub(r"^[A-Za-z_]\w*\.", "", bare)


def whole(name: str, said: Iterable[str]) -> str:
    """The list that an item is in, where it is spoken of as a whole."""
    return next((each for each in said if name.startswith(f"{each}[")), name)


def source_of(key: verify.Key) -> Source:
    """The file of a key as it is read; it is not to find what lies beside it."""
    return replace(read(verify.FOLDER / key["file"]), folder=None)


def told(key: verify.Key, **more: Any) -> Told:
    """What is said of the program of a key, examined in this process."""
    begin = time.perf_counter()
    try:
        report = examine({**source_of(key).request(SECONDS), **more})
    except Exception as error:  # a crash costs one program, and is counted
        frame = traceback.extract_tb(error.__traceback__)[-1]
        why = f"CRASH, {type(error).__name__} in {Path(frame.filename).name} line {frame.lineno}: {error}"
        report = {"verdict": verify.UNCHECKED, "why": why, "parameters": [], "findings": []}
    lines, codes = [], []
    for mistake in key["findings"]:
        places = [mistake["line"], *mistake["also_lines"]]
        blamed = [f for f in report["findings"] if f["line"] in places and f["cell"] == mistake["cell"]]
        lines.append(bool(blamed))
        if mistake["code"]:
            codes.append(any(finding["code"] in (mistake["code"], *mistake["also"]) for finding in blamed))
    return Told(key, report, time.perf_counter() - begin, lines, codes)


@dataclass(frozen=True)
class Sums:
    """(how many, of how many) of each sort."""

    verdicts: tuple[int, int]
    lines: tuple[int, int]
    codes: tuple[int, int]
    doubles: tuple[int, int]


def share(pair: tuple[int, int]) -> float:
    return pair[0] / pair[1] if pair[1] else 1.0


def sums(every: Sequence[Told]) -> Sums:
    """The figures of several programs together."""

    def counted(values: Iterable[bool]) -> tuple[int, int]:
        found = list(values)
        return sum(found), len(found)

    return Sums(
        counted(not (one.false or one.silent or one.mixed_up) for one in every),
        counted(line for one in every for line in one.lines),
        counted(code for one in every for code in one.codes),
        counted(one.both for one in every if len(one.lines) > 1),
    )


def row(one: Told) -> str:
    """What is not as the key says, "" where all is."""
    blamed = [
        (f["cell"], f["line"], f["code"]) if f["cell"] else (f["line"], f["code"]) for f in one.report["findings"]
    ]
    said = [f"FALSE WORD: {one.false}"] if one.false else []
    said += [f"not checked: {one.report['why']}"] if one.silent else []
    said += [one.mixed_up] if one.mixed_up else []
    if not all(one.lines) or not all(one.codes):
        wanted = [(f["line"], f["code"]) for f in one.key["findings"]]
        said.append(f"{'line' if not all(one.lines) else 'code'}: wanted {wanted}, got {blamed}")
    return f"{one.key['file']} ({one.seconds:.1f} s): {'; '.join(said)}" if said else ""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.programs.count", description=__doc__)
    parser.add_argument("names", nargs="*", help="how the names of the files begin; all if none is given")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args(arguments)
    keys = [key for key in verify.every_key() if not asked.names or key["file"].startswith(tuple(asked.names))]
    begin, every = time.perf_counter(), []
    with ProcessPoolExecutor(asked.jobs) as pool:
        for one in pool.map(told, keys):
            every.append(one)
            print(*filter(None, [row(one)]), sep="\n", end="\n" if row(one) else "", flush=True)
    found = sums(every)
    print(f"\n{len(keys)} programs in {time.perf_counter() - begin:.0f} s")
    for name in ("verdicts", "lines", "codes", "doubles"):
        pair = getattr(found, name)
        print(f"  {name:9} {pair[0]:4} of {pair[1]:4}  {share(pair):6.1%}")
    slow = sorted(every, key=lambda one: -one.seconds)[:5]
    print("  longest  ", ", ".join(f"{one.key['file']} {one.seconds:.1f} s" for one in slow))
    return 1 if any(one.false for one in every) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
