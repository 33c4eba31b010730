"""The notebooks: run from a clean kernel, against the printed numbers of their sources, and as they are stored.

What a cell has to show stands in its tags:

golden:000/values/z1 z2   every number at that place of `data/golden.json` is printed, to 1e-12 of its size
about:003/...             the same to 0.02
accuracy:moons            "100 of 100 right" or what `SHARES` asks for
"""

import copy
import html
import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.make_notebooks import FOLDER, PICTURES, ROOT

GOLDEN = json.loads(Path(__file__).with_name("data").joinpath("golden.json").read_text())
PATHS = sorted(FOLDER.glob("*.ipynb"))
STORED = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in PATHS}

PRECISION = 1e-12
SHARES = {"ten-points": 1.0, "moons": 1.0, "xor": 1.0, "circles": 1.0, "spiral": 0.95}
SHOWN = """
    000/values  000/gradients  000/updated  000/epoch/start  000/epoch/samples/*/y_pred  000/epoch/samples/*/loss
    000/epoch/samples/0 1 2 3 9/after  001/W1  001/W2  001/printed_losses_every_10  001/true_losses_every_10
    001/first_epoch_by_hand  001/first_epoch_true/dW1 db1  002/loss  002/gradients_by_hand  002/updated
    002/losses_every_100  002/forward_relu/outputs  003/feedforward/output  003/mse/value  003/data
    003/predictions/*/about
"""
"""What of the golden numbers the notebooks must show between them."""

MACHINE = re.compile(r"/(?:work|home|root|tmp|Users|usr|opt|var|private|mnt|srv)\b|\b[A-Za-z]:\\")
NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?!\w)(?! ulp)")
ULPS = re.compile(r"\S+ ulp")


# ---------------------------------------------------------------- the checker


def cells(notebook: Any) -> Iterator[tuple[str, Any]]:
    """The cells of code, with where they are."""
    for place, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "code":
            yield f"cell {place}", cell


def tags(cell: Any, kind: str) -> list[str]:
    """What stands behind `kind:` in the tags of a cell."""
    return [tag.removeprefix(f"{kind}:") for tag in cell["metadata"].get("tags", []) if tag.startswith(f"{kind}:")]


def texts(cell: Any) -> list[str]:
    """What a cell printed and showed, as plain text; a picture is "picture"."""
    found = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        if output["output_type"] == "stream":
            found.append("".join(output["text"]))
        elif "image/png" in data:
            found.append("picture")
        elif "text/html" in data:
            shown = re.sub(r"<style>.*?</style>|<[^>]*>", " ", "".join(data["text/html"]), flags=re.DOTALL)
            found.append(html.unescape(shown))
        else:
            found.append("".join(data.get("text/plain", output["output_type"])))
    return found


def numbers(text: str) -> list[float]:
    """The numbers in a text; those that count ulps differ from machine to machine and are left out."""
    return [float(found.replace(",", "")) for found in NUMBER.findall(ULPS.sub("ulp", text))]


def golden(path: str) -> dict[str, float]:
    """The numbers at a place of the golden data, by their own places; `*` is every key, and a space separates keys."""

    def walk(node: Any, steps: list[str], place: str) -> Iterator[tuple[str, float]]:
        if not isinstance(node, (dict, list)):
            if not isinstance(node, str):
                yield place, float(node)
            return
        every = list(node) if isinstance(node, dict) else [str(i) for i in range(len(node))]
        for key in every if not steps or steps[0] == "*" else steps[0].split():
            yield from walk(node[key] if isinstance(node, dict) else node[int(key)], steps[1:], f"{place}/{key}")

    return dict(walk(GOLDEN, path.split("/"), ""))


def missing(cell: Any) -> list[str]:
    """The golden numbers that a cell should have printed and has not."""
    found = []
    wanted = [(path, PRECISION, 0.0) for path in tags(cell, "golden")] + [(p, 0.0, 0.02) for p in tags(cell, "about")]
    left = numbers("\n".join(texts(cell)))
    for path, relative, absolute in wanted:
        for place, number in golden(path).items():
            match = next((x for x in left if math.isclose(x, number, rel_tol=relative, abs_tol=absolute)), None)
            if match is None:
                found.append(f"{place} = {number} is not printed")
            else:
                left.remove(match)
    return found


def too_few(cell: Any) -> list[str]:
    """The accuracies of a cell that are lower than they should be."""
    found = []
    for name in tags(cell, "accuracy"):
        counts = re.findall(r"(\d+) of (\d+) right", "\n".join(texts(cell)))
        if not counts or any(int(right) < SHARES[name] * int(n) for right, n in counts):
            found.append(f"{name}: {counts}, expected at least {SHARES[name]:.0%}")
    return found


def complaints(notebook: Any) -> list[str]:
    """Everything wrong with the numbers of a notebook."""
    return [f"{where}: {text}" for where, cell in cells(notebook) for text in missing(cell) + too_few(cell)]


def differences(stored: Any, fresh: Any) -> list[str]:
    """Where the outputs of two runs differ by more than rounding."""
    found = []
    for (where, old), (_, new) in zip(cells(stored), cells(fresh), strict=True):
        before, after = texts(old), texts(new)
        words = [[NUMBER.sub("#", ULPS.sub("ulp", text)).split() for text in side] for side in (before, after)]
        pairs = list(zip(numbers("\n".join(before)), numbers("\n".join(after)), strict=False))
        if words[0] != words[1] or len(numbers("\n".join(before))) != len(numbers("\n".join(after))):
            found.append(f"{where}: stored {before}, now {after}")
        found += [f"{where}: stored {a!r}, now {b!r}" for a, b in pairs if not math.isclose(a, b, rel_tol=PRECISION)]
    return found


# ---------------------------------------------------------------- the notebooks, run


LONG = ("5_moons", "6_playground", "7_check_your_own")
"""Notebooks that train, or check, for seconds."""

RUN = [pytest.param(name, marks=pytest.mark.long) if name in LONG else name for name in STORED]


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The notebooks that are asked for as they come out of a clean kernel."""
    folder = tmp_path_factory.mktemp("notebooks")
    tests = [item for item in request.session.items if "fresh" in getattr(item, "fixturenames", ())]
    names = sorted({f"{item.callspec.params['name']}.ipynb" for item in tests if isinstance(item, pytest.Function)})
    command = [sys.executable, "-m", "tests.make_notebooks", *names, "--into", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, f"{names}\n{done.stderr[-4000:]}"
    seconds = {name: line for line in done.stderr.splitlines() for name in names if line.startswith(name)}
    read = {name: json.loads((folder / name).read_text(encoding="utf-8")) for name in names}
    return {Path(name).stem: notebook | {"seconds": seconds[name]} for name, notebook in read.items()}


def test_there_are_eight() -> None:
    assert [path.name[:2] for path in PATHS] == [f"{number}_" for number in range(1, 9)]


@pytest.mark.parametrize("name", RUN)
def test_it_runs_and_arrives_at_the_numbers(name: str, fresh: dict[str, Any]) -> None:
    print(fresh[name]["seconds"])  # pytest -rP shows it
    assert complaints(fresh[name]) == []


@pytest.mark.parametrize("name", STORED)
def test_what_is_stored_are_the_numbers(name: str) -> None:
    assert complaints(STORED[name]) == []


@pytest.mark.parametrize("name", RUN)
def test_what_is_stored_is_what_the_code_produces(name: str, fresh: dict[str, Any]) -> None:
    assert differences(STORED[name], fresh[name]) == [], "python -m tests.make_notebooks stores them anew"


@pytest.mark.parametrize("name", STORED)
def test_it_is_stored_whole_and_tells_nothing_of_a_machine(name: str) -> None:
    notebook = copy.deepcopy(STORED[name])
    for count, (where, cell) in enumerate(cells(notebook), start=1):
        assert cell["execution_count"] == count, where
        for output in cell["outputs"]:
            assert output["output_type"] in ("stream", "display_data", "execute_result"), where
            assert output.get("name") != "stderr", where
            output.get("data", {}).pop("image/png", None)  # its letters are random
    assert MACHINE.findall(json.dumps(notebook)) == []
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    ids = [cell["id"] for cell in notebook["cells"]]
    assert ids == [f"cell-{place:02}" for place in range(1, len(ids) + 1)]
    assert all(set(cell["metadata"]) <= {"tags"} for cell in notebook["cells"])


def test_all_that_was_printed_is_shown_somewhere() -> None:
    tagged = [path for notebook in STORED.values() for _, cell in cells(notebook) for kind in ("golden", "about")
              for path in tags(cell, kind)]  # fmt: skip
    shown = {place for path in tagged for place in golden(path)}
    wanted = {place for path in re.split(r"\s{2,}", SHOWN.strip()) for place in golden(path)}
    assert wanted - shown == set()


def test_all_that_should_be_learned_is_learned_somewhere() -> None:
    learned = [name for notebook in STORED.values() for _, cell in cells(notebook) for name in tags(cell, "accuracy")]
    assert sorted(learned) == sorted(SHARES)


def test_links_and_pictures_are_there() -> None:
    links = [link for notebook in STORED.values() for cell in notebook["cells"] if cell["cell_type"] == "markdown"
             for link in re.findall(r"\]\((.*?)\)", "".join(cell["source"]))]  # fmt: skip
    assert [link for link in links if not (FOLDER / link).is_file()] == []
    assert [stem for stem in STORED if not (PICTURES / f"{stem}.png").is_file()] == []
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in PATHS if f"({path.name})" not in index] == []


# ---------------------------------------------------------------- the checker, checked


def edited(cell: Any, number: float) -> bool:
    """Change a number by 1e-11 of its size where a cell printed it; False where it stands nowhere."""
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            text = "".join(output["text"])
            for match in NUMBER.finditer(text):
                if math.isclose(float(match[0].replace(",", "")), number, rel_tol=PRECISION):
                    other = repr(number * (1 + 1e-11)) if number else "1e-9"
                    output["text"] = text[: match.start()] + other + text[match.end() :]
                    return True
    return False


@pytest.mark.parametrize("name", STORED)
def test_an_edited_number_is_found(name: str) -> None:
    tried = 0
    for place, cell in enumerate(STORED[name]["cells"]):
        printed = [x for text in texts(cell) for x in numbers(text)] if cell["cell_type"] == "code" else []
        wanted = [x for path in tags(cell, "golden") for x in golden(path).values() if printed.count(x) == 1]
        for number in [x for x in wanted if x not in (0.0, 1.0)][:3] or printed[:1]:
            notebook = copy.deepcopy(STORED[name])
            if not edited(notebook["cells"][place], number):
                continue
            tried += 1
            assert differences(notebook, STORED[name]), (place, number)
            assert differences(STORED[name], notebook), (place, number)
            if number in wanted:
                assert complaints(notebook), (place, number)
    assert tried >= 3


def test_a_number_more_or_less_and_another_word_are_found() -> None:
    stored = STORED[PATHS[0].stem]
    for find, put in (("δ3 = ", "δ3 = 1 "), ("δ3", "δ4"), ("-0.99", "0.99")):
        notebook = copy.deepcopy(stored)
        outputs = [output for _, cell in cells(notebook) for output in cell["outputs"] if "text" in output]
        output = next(output for output in outputs if find in "".join(output["text"]))
        output["text"] = "".join(output["text"]).replace(find, put, 1)
        assert differences(stored, notebook), put


def test_an_accuracy_that_is_too_low_is_found() -> None:
    for name in STORED:
        notebook = copy.deepcopy(STORED[name])
        for _, cell in cells(notebook):
            if tags(cell, "accuracy"):
                for output in cell["outputs"]:
                    if "text" in output:
                        output["text"] = re.sub(r"\d+ of", "8 of", "".join(output["text"]))
                assert too_few(cell)
