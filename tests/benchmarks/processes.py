"""Answers of fresh interpreters: what a module of the benchmark prints as JSON."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STATUS = Path("/proc/self/status")


def answer(module: str, *arguments: Any) -> dict[str, Any]:
    """What `python -m tests.benchmarks.MODULE ARGUMENTS` prints; RuntimeError with its last line where it fails."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def peak(field: str = "VmHWM") -> int:
    """The most bytes of memory that this process has had; Linux counts its parent's in what getrusage says."""
    if STATUS.exists():
        fields = dict(line.split(":", 1) for line in STATUS.read_text(encoding="ascii").splitlines())
        return int(fields[field].split()[0]) * 1024
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def resident() -> int:
    """The bytes of memory that this process has now; where that is not known, its peak so far."""
    return peak("VmRSS")
