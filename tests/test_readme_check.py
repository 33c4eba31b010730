"""What the README says of `check`: its command, run as it stands there, prints what stands below it."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND, PRINTED = re.findall(r"```console\n\$ python ([^\n]*)\n(.*?)```\n", README, re.DOTALL)[0]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False)


def test_the_command_prints_what_the_readme_shows() -> None:
    done = run("-X", "utf8", *COMMAND.split())
    assert (done.stdout, done.stderr, done.returncode) == (PRINTED, "", 1)


def test_it_is_mended_as_the_report_says(tmp_path: Path) -> None:
    """Its line behind the last one of the backward pass: then all is right, by another run of the command."""
    found = re.search(r"Move line (\d+) below line (\d+)", PRINTED)
    assert found
    lines = (ROOT / COMMAND.split()[-1]).read_text(encoding="utf-8").splitlines()
    first, last = int(found[1]) - 1, int(found[2]) - 1
    mended = [*lines[:first], *lines[first + 1 : last + 1], lines[first], *lines[last + 1 :]]
    path = tmp_path / "mended.py"
    path.write_text("\n".join(mended), encoding="utf-8")
    done = run("-m", "autograd", "check", str(path))
    assert done.returncode == 0 and "all four gradients are right" in done.stdout


def test_it_comes_before_anything_else() -> None:
    headings = re.findall(r"^## (.*)", README, re.MULTILINE)
    assert headings[0] == "Check your own program"
