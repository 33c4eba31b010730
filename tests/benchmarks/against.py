"""Ours as it stands beside ours at an earlier commit: the same works in both trees, in turn."""

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.processes import ROOT
from tests.benchmarks.table import duration, grid, relative

Seconds = dict[tuple[str, str], float]
"""What a run took, by work and peer."""


def compared(commit: str, works: Sequence[str], rounds: int) -> str:
    """The table: every row that both trees have, medians of fresh runs in turn; below 1 where it became faster."""
    with TemporaryDirectory() as scratch:
        before = Path(scratch)
        unpacked(commit, before)
        pairs = [(run(ROOT, works), run(before, works)) for _ in range(rounds)]
    lines = []
    for key in pairs[0][0]:
        times = [(now[key], then[key]) for now, then in pairs if key in now and key in then]
        if times:
            now, then = (duration(median(side)) for side in zip(*times, strict=True))
            lines.append((*key, now, then, relative(median(a / b for a, b in times))))
    return grid(("work", "peer", "now", commit, "now / then"), lines)


def unpacked(commit: str, folder: Path) -> None:
    """The tree of a commit; ValueError where there is no such commit."""
    done = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise ValueError(f"--against: expected a commit of this repository, got {commit!r}; {done.stderr.decode()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")


def run(tree: Path, works: Sequence[str]) -> Seconds:
    """One quick run in a tree, in an interpreter of its own."""
    with TemporaryDirectory() as scratch:
        file = Path(scratch) / "rows.json"
        command = [sys.executable, "-m", "tests.benchmarks", "--quick", "--rounds", "1", "--json", str(file)]
        subprocess.run([*command, "--only", *works], cwd=tree, stdout=subprocess.DEVNULL, check=True)
        rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    return {(row["work"], row["peer"]): row["data"]["seconds"] for row in rows if "seconds" in row["data"]}
