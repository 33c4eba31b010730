"""A user's typed script passes the type checkers without a false error, and true errors in it are found."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "tests" / "typed_script.py"

WRONG = {
    "model(0.1, 0.2)": 'model(0.1, 0.2)',
    "item": "w.item()",
    "grad is a number": "w.grad()",
    "text for a label": "Value(1.0, 2)",
    "loss by name": 'fit(model, X, targets, loss="mse", optimizer=optimizer, epochs=1)',
    "sizes": 'MLP(2, "3")',
    "no such loss": "from nn import MSELoss",
    "parameters": "SGD(model, lr=0.1)",
}
"""Lines at the end of the script that are wrong."""


def mypy(path: Path, cache: Path) -> list[str]:
    """The errors of mypy, strict; those within the packages are another test's."""
    pytest.importorskip("mypy")
    options = ["--strict", "--config-file=", "--follow-imports=silent", f"--cache-dir={cache}", "--no-error-summary"]
    command = [sys.executable, "-m", "mypy", *options, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


def test_the_script_runs() -> None:
    exec(compile(SCRIPT.read_text(encoding="utf-8"), SCRIPT.name, "exec"), {"__name__": "typed_script"})


def test_mypy_finds_no_fault_in_it_and_all_in_a_wrong_one(tmp_path: Path) -> None:
    assert mypy(SCRIPT, tmp_path / "cache") == []
    text = SCRIPT.read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.py"
    wrong.write_text(text + "\n".join(WRONG.values()) + "\n", encoding="utf-8")
    start = len(text.splitlines())
    found = {int(line.split(":")[1]) for line in mypy(wrong, tmp_path / "cache") if ": error: " in line}
    assert found == set(range(start + 1, start + 1 + len(WRONG)))


def test_pyright_finds_no_fault_in_it(tmp_path: Path) -> None:
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("no pyright")
    (tmp_path / "pyrightconfig.json").write_text(
        f'{{"include": ["typed_script.py"], "extraPaths": ["{ROOT.as_posix()}"], "typeCheckingMode": "strict"}}'
    )
    shutil.copy(SCRIPT, tmp_path)
    command = [pyright, "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout
