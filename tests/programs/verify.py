"""The keys of the programs, proved by differences: no code of the analysis is used here.

A program is run as it stands with three kinds of call slipped in between its lines: at the beginning of a step every
number of a parameter passes through `start`, in the step its loss is handed to `loss`, at the end the parameters are
handed to `finish`. Run again with one number moved up and down, the loss gives the slope; what the program took off
the number, over its learning rate, is the gradient that its author derived. A wrong program is then run once more
with the lines of its key in the place of its own, and must be right; with all but one of its mistakes mended it must
be wrong in the parameters of that one and in no other.

    python -m tests.programs.verify [NAME ...]

A key (`keys.json`) has `file`, `verdict`, `constant` (by hand over true), `loss_implied` (the file computes no loss, or
another one), `loss` in words, `parameters` with a verdict each, `tags` of style, and for each mistake in `findings`:
`line` (`cell`), the catalogue's `code` or null, `also` other codes that fit, `also_lines` that would do as well,
`right` the mended line or what to do, `mend` the lines that the proof puts in (null takes one away). `probe` says where
a step begins and ends, what its loss is, and by what it is divided. Where given, `also_verdict` would be true as well.
"""

import contextlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np

FOLDER = Path(__file__).parent
KEYS = FOLDER / "keys.json"
RIGHT, CONSTANT, WRONG, UNCHECKED = "right", "right up to a constant", "wrong", "not checked"
Key = dict[str, Any]


class Stop(BaseException):
    """The step that was asked for has been made."""


# --- source -----------------------------------------------------------------------------------------------------


def every_key() -> list[Key]:
    """Every key, in the order of the files."""
    return json.loads(KEYS.read_text(encoding="utf-8"))


def cells(key: Key) -> list[list[str]]:
    """The code of a file as lines by cell; a script is one cell."""
    text = (FOLDER / key["file"]).read_text(encoding="utf-8")
    if key["file"].endswith(".ipynb"):
        code = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        return ["".join(cell["source"]).split("\n") for cell in code]
    lines = text.split("\n")
    if key["file"].endswith(".txt"):
        return [lines[first - 1 : last] for first, last in key["cells"]]
    return [lines]


def place(item: Key) -> tuple[int, int]:
    """(cell, line) of a finding, a mended line or a probe."""
    return (item.get("cell") or 1, item["line"])


def render(
    key: Key, mended: frozenset[int] = frozenset(), probes: bool = True, code: list[list[str]] | None = None
) -> str:
    """The source with the findings numbered in `mended` put right, and the probes between its lines.

    Another `code` of as many lines, one with a slip, may stand for the file's own.
    """
    mends = {
        place(mend): mend["text"]
        for number, finding in enumerate(key["findings"])
        if number in mended
        for mend in finding["mend"]
    }
    after: dict[tuple[int, int], list[str]] = {}
    probe = key["probe"]
    names = list(key["parameters"])
    if probes:
        for at in probe["begin"]:
            rows = [f"{name} = __start__({name!r}, {name})" for name in names]
            after.setdefault(place(at), []).extend(" " * at["indent"] + row for row in ["__begin__()", *rows])
        for at in probe["loss"]:
            after.setdefault(place(at), []).append(" " * at["indent"] + f"__loss__({at['loss']})")
        for at in probe["end"]:
            rows = [f"__finish__({name!r}, {name})" for name in names]
            rows += [f"__gradient__({name!r}, {given})" for name, given in probe.get("gradients", {}).items()]
            rows.append(f"__end__({probe.get('lr') or 'None'})")
            after.setdefault(place(at), []).extend(" " * at["indent"] + row for row in rows)
    out: list[str] = []
    for cell, lines in enumerate(code or cells(key), 1):
        out += after.get((cell, 0), [])
        for number, line in enumerate(lines, 1):
            text = mends.get((cell, number), line)
            if text is not None and not line.lstrip().startswith(("%", "!")):
                out.append(text)
            out += after.get((cell, number), [])
    return "\n".join(out) + "\n"


# --- runs -------------------------------------------------------------------------------------------------------


def numbers(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, index) of every number inside nested lists and arrays."""
    if isinstance(value, np.ndarray):
        flat = value.reshape(-1)
        assert flat.size == 0 or np.shares_memory(flat, value), "a parameter that is no view of its own memory"
        yield from ((flat, index) for index in range(flat.size))
    elif isinstance(value, (list, dict)):
        for index in value if isinstance(value, dict) else range(len(value)):
            if isinstance(value[index], (list, dict, np.ndarray)):
                yield from numbers(value[index])
            else:
                yield value, index


def flat(value: Any) -> np.ndarray:
    """The numbers of a parameter as one vector, a copy."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.reshape(-1).astype(float)
    if isinstance(value, (list, dict, np.ndarray)):
        return np.array([float(box[index]) for box, index in numbers(value)])
    return np.array([float(value)])


class Step:
    """One run of a program as far as the end of a step, with what was seen in it."""

    def __init__(self, step: int, move: tuple[str, int, float] | None = None, jitter: float = 0.0, seed: int = 0):
        self.step, self.move, self.jitter = step, move, jitter
        self.random = np.random.RandomState(100 + seed)
        self.count, self.total, self.lr = 0, 0.0, None
        self.old: dict[str, np.ndarray] = {}
        self.new: dict[str, np.ndarray] = {}
        self.gradients: dict[str, np.ndarray] = {}

    def begin(self) -> None:
        self.count, self.total = self.count + 1, 0.0

    def start(self, name: str, value: Any) -> Any:
        """The parameter, moved in the step that was asked for."""
        if self.count != self.step:
            return value
        size = flat(value).size
        shift = self.jitter * self.random.standard_normal(size) if self.jitter else np.zeros(size)
        if self.move is not None and self.move[0] == name:
            shift[self.move[1]] += self.move[2]
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            value += shift.reshape(value.shape)
        elif isinstance(value, (list, dict, np.ndarray)):
            for (box, index), by in zip(numbers(value), shift, strict=True):
                box[index] += by
        else:
            value = value + float(shift[0])
        self.old[name] = flat(value)
        return value

    def loss(self, value: Any) -> None:
        self.total += float(np.sum(value))

    def finish(self, name: str, value: Any) -> None:
        if self.count == self.step:
            self.new[name] = flat(value)

    def gradient(self, name: str, value: Any) -> None:
        if self.count == self.step:
            self.gradients[name] = flat(value)

    def end(self, lr: Any) -> None:
        if self.count == self.step:
            self.lr = None if lr is None else float(lr)
            raise Stop

    def hand(self, name: str) -> np.ndarray:
        """The gradient that the program used: its own, or what it took off over its learning rate."""
        if name in self.gradients:
            return self.gradients[name]
        assert self.lr is not None, "neither a learning rate nor a gradient in the probe"
        return (self.old[name] - self.new[name]) / self.lr

    def names(self) -> dict[str, Any]:
        return {
            "__begin__": self.begin,
            "__start__": self.start,
            "__loss__": self.loss,
            "__finish__": self.finish,
            "__gradient__": self.gradient,
            "__end__": self.end,
            "__name__": "__main__",
        }


@contextlib.contextmanager
def surroundings(probe: Key) -> Iterator[None]:
    """Seeds, a scratch folder with the files that are missing, stand-ins for plots and bars, answers to `input()`."""
    home, kept, generator = os.getcwd(), dict(sys.modules), np.random.default_rng
    drawn = ("matplotlib", "matplotlib.pyplot", "tqdm")
    sys.modules.update({name: MagicMock() for name in drawn})  # type: ignore[misc]
    bar = types.ModuleType("tqdm")
    bar.tqdm = lambda what=None, *_a, **_k: what  # type: ignore[attr-defined]
    bar.trange = lambda n, *_a, **_k: range(n)  # type: ignore[attr-defined]
    sys.modules["tqdm"] = bar
    random.seed(0)
    np.random.seed(0)
    np.random.default_rng = lambda seed=None: generator(0 if seed is None else seed)
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        for name, text in probe.get("files", {}).items():
            Path(scratch, name).write_text(text, encoding="utf-8")
        os.chdir(scratch)
        try:
            with np.errstate(all="ignore"):
                yield
        finally:
            os.chdir(home)
            np.random.default_rng = generator
            for name in drawn:
                sys.modules.pop(name, None)
                if name in kept:
                    sys.modules[name] = kept[name]


def run(code: types.CodeType, key: Key, step: Step) -> Step:
    """The program as far as the end of the step."""
    answers = iter(key["probe"].get("input", []))
    names = step.names()
    names["input"] = lambda *_: next(answers)
    random.seed(0)
    np.random.seed(0)
    try:
        exec(code, names)
    except Stop:
        return step
    raise AssertionError(f"{key['file']}: step {step.step} was never ended")


# --- judgement --------------------------------------------------------------------------------------------------


def points(key: Key, thorough: bool) -> list[tuple[int, float, int]]:
    """(step, jitter, seed): the steps as they are and from other starting numbers."""
    jitter = key["probe"].get("jitter", 0.3)
    plain = [] if key["probe"].get("kink") else [(1, 0.0, 0), (2, 0.0, 0), (3, 0.0, 0)]
    moved = [(1, jitter, 1), (2, jitter, 2), (3, jitter, 3)]
    steps = key["probe"].get("steps", 3)
    return [p for p in (plain + moved if thorough else plain[:2] + moved[:1]) if p[0] <= steps]


def ratios(key: Key, source: str, thorough: bool) -> dict[str, list[tuple[np.ndarray, np.ndarray, float]]]:
    """By parameter and point: the gradient by hand, by differences, and what rounding may make of the two."""
    seen: dict[str, list[tuple[np.ndarray, np.ndarray, float]]] = {}
    chosen = np.random.RandomState(5)
    most = 40 if thorough else 6
    with surroundings(key["probe"]):
        code = compile(source, key["file"], "exec")
        for number, jitter, seed in points(key, thorough):
            base = run(code, key, Step(number, None, jitter, seed))
            for name in key["parameters"]:
                size = base.old[name].size
                entries = np.arange(size) if size <= most else np.sort(chosen.choice(size, most, replace=False))
                slopes = []
                for entry in entries:
                    h = 1e-5 * max(1.0, abs(base.old[name][entry]))
                    up, down = (run(code, key, Step(number, (name, int(entry), s * h), jitter, seed)) for s in (1, -1))
                    slopes.append((up.total - down.total) / (2 * h))
                lr = base.lr if base.lr and name not in base.gradients else 1.0
                tiny = np.finfo(float).eps
                noise = 20 * tiny * ((abs(base.total) + 1) / 1e-5 + np.max(np.abs(base.old[name])) / abs(lr))
                seen.setdefault(name, []).append((base.hand(name)[entries], np.array(slopes), noise))
    return seen


def agrees(hand: np.ndarray, slope: np.ndarray, noise: float) -> bool | None:
    """True where the two are the same, False where they are surely not, None where it cannot be said."""
    gap, size = np.max(np.abs(hand - slope)), max(np.max(np.abs(hand)), np.max(np.abs(slope)))
    if gap <= 2e-6 * size + noise:
        return True
    return False if gap > 1e-3 * size and gap > 10 * noise else None


def judge(key: Key, mended: frozenset[int] = frozenset(), thorough: bool = True) -> tuple[str, float | None, Key]:
    """(verdict, constant, verdict by parameter) by differences alone."""
    return judge_source(key, render(key, mended), thorough)


def judge_source(key: Key, source: str, thorough: bool = True) -> tuple[str, float | None, Key]:
    """The same of a source with its probes."""
    seen = ratios(key, source, thorough)
    found: Key = {}
    constants: list[float] = []
    for name, rows in seen.items():
        same = [agrees(*row) for row in rows]
        assert any(np.max(np.abs(row[1])) > 10 * row[2] for row in rows), f"{key['file']}: {name} has no slope to prove"
        assert False in same or None not in same, f"{key['file']}: {name} is neither right nor wrong"
        found[name] = WRONG if False in same else RIGHT
        constants += [
            float(hand @ slope / (slope @ slope)) for hand, slope, noise in rows if np.max(np.abs(slope)) > 1e4 * noise
        ]
    if WRONG not in found.values():
        return RIGHT, None, found
    constant = float(np.median(constants))
    fits = constant > 0 and all(
        agrees(hand, constant * slope, noise) for rows in seen.values() for hand, slope, noise in rows
    )
    if fits and not key.get("never_constant"):
        return CONSTANT, round(constant, 6), dict.fromkeys(found, CONSTANT)
    return WRONG, None, found


def verify(key: Key, thorough: bool = True) -> None:
    """Every word of the key that differences can prove, proved; a false one raises."""
    name, findings = key["file"], key["findings"]
    if key["verdict"] == UNCHECKED:
        assert key["why"] and not findings, f"{name}: neither checked nor said why"
        return
    verdict, constant, found = judge(key, thorough=thorough)
    assert verdict == key["verdict"], f"{name}: {verdict}, and the key says {key['verdict']}"
    assert found == key["parameters"], f"{name}: {found}, and the key says {key['parameters']}"
    assert constant is None or abs(constant - key["constant"]) < 1e-4, f"{name}: constant {constant}"
    if verdict != WRONG:
        return
    everything = frozenset(range(len(findings)))
    assert judge(key, everything, thorough)[0] == RIGHT, f"{name}: not right when mended"
    for number, finding in enumerate(findings):
        rest = everything - {number}
        _, _, alone = judge(key, rest, thorough)
        off = [parameter for parameter, word in alone.items() if word == WRONG]
        assert off == finding["parameters"], f"{name}: the {number + 1}. mistake alone moves {off}"


PLAIN = """
import sys, types
from unittest.mock import MagicMock
sys.modules["matplotlib"] = sys.modules["matplotlib.pyplot"] = MagicMock()
bar = sys.modules["tqdm"] = types.ModuleType("tqdm")
bar.tqdm, bar.trange = lambda what=None, *a, **k: what, lambda n, *a, **k: range(n)
exec(compile(open("program.py", encoding="utf-8").read(), "program.py", "exec"), {"__name__": "__main__"})
"""
"""What may be missing on a machine, plots and bars, is stood in for."""


def runs_plainly(key: Key, limit: float = 60.0) -> None:
    """The file as it is finishes under plain Python, warnings and all."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in key["probe"].get("files", {}).items():
            Path(scratch, name).write_text(text, encoding="utf-8")
        file = Path(scratch, "program.py")
        file.write_text(render(key, probes=False), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", PLAIN],
            cwd=scratch,
            text=True,
            capture_output=True,
            check=False,
            timeout=limit,
            input="\n".join(key["probe"].get("input", [])) + "\n",
        )
        assert done.returncode == 0, f"{key['file']}: {done.stderr[-800:]}"


def main(words: list[str], out: Callable[[str], object] = print) -> int:
    """One line a program; 1 where a key is false."""
    failed = 0
    for key in every_key():
        if words and not any(word in key["file"] for word in words):
            continue
        try:
            if key["verdict"] != UNCHECKED:
                runs_plainly(key)
            verify(key)
            out(f"{key['file']:44} {key['verdict']}")
        except AssertionError as error:
            failed += 1
            out(f"{key['file']:44} FALSE KEY: {error}")
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
