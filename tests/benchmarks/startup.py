"""What `import autograd` costs: time over an interpreter that does nothing, and modules pulled in."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.harness import Task, interleave
from tests.benchmarks.table import Row, duration

ROOT = Path(__file__).parents[2]
PULLED_IN = """
import json, sys
before = set(sys.modules)
import autograd
names = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps(sorted(names - set(sys.stdlib_module_names) - {"autograd"})))
"""


def python(code: str, cache: str, _steps: int = 1) -> str:
    """Output of a fresh interpreter that runs the code from the root, with compiled files in `cache`."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment | {"PYTHONPYCACHEPREFIX": cache},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def measure(rounds: int = 20) -> list[Row]:
    """One row: the median difference, and every module that is not of the standard library."""
    row = Row("import", "import autograd")
    print("import: autograd", file=sys.stderr)
    with TemporaryDirectory() as cache:
        try:
            # This first run also writes the compiled files, so that no round does.
            foreign = json.loads(python(PULLED_IN, cache))
        except subprocess.CalledProcessError as error:
            row.fail(error.stderr.strip().rpartition("\n")[2])
            return [row]
        bare, ours = (Task(partial(python, code, cache)) for code in ("pass", "import autograd"))
        interleave([bare, ours], rounds)
    more = median(b - a for a, b in zip(bare.rounds, ours.rounds, strict=True))
    row.measured = f"{duration(more)} more than Python's own start ({duration(median(bare.rounds))})"
    row.data = {"seconds": more, "bare": bare.rounds, "rounds": ours.rounds, "foreign": foreign}
    if foreign:
        row.fail(f"pulls in {', '.join(foreign)}, expected the standard library only")
    else:
        row.agrees = "standard library only"
    return [row]
