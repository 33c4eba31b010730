"""The worked example, run as a user runs it."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from autograd.__main__ import main

GOLDEN = json.loads((Path(__file__).parent / "data" / "golden.json").read_text(encoding="utf-8"))["000"]
NUMBER = r"(-?\d[\d.]*(?:e-?\d+)?)"


@pytest.fixture
def output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["--out", str(tmp_path / "a" / "b")]) == 0
    assert ET.parse(tmp_path / "a" / "b" / "graph.svg").getroot().tag.endswith("svg")
    text = capsys.readouterr().out
    assert str(tmp_path / "a" / "b" / "graph.svg") in text
    return text


def number(text: str, pattern: str) -> float:
    found = re.search(pattern + NUMBER, text)
    assert found, f"{pattern} is not in the output"
    return float(found[1])


def close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-14 * abs(b)


def test_it_ends_with_the_verdict(output: str) -> None:
    assert output.rstrip().splitlines()[-1] == "all 492 gradients agree"  # (9 gradients + 3 δ) x 41 steps


@pytest.mark.parametrize("name", ["z1", "z2", "h1", "h2", "z3", "ŷ", "L"])
def test_forward_values(output: str, name: str) -> None:
    assert close(number(output, rf"   {name} += [^\n]*= "), GOLDEN["values"][name.replace("ŷ", "y_pred")])


def test_gradients(output: str) -> None:
    found = re.findall(rf"(\S+) +=[^=\n]*? {NUMBER} +{NUMBER}  [\d.]+ ulp", output)
    rows = {name: (float(a), float(b)) for name, a, b in found}
    expected = {f"∂L/∂{name}": value for name, value in GOLDEN["gradients"].items()}
    expected |= {f"δ{i}": GOLDEN["values"][f"delta{i}"] for i in (1, 2, 3)}
    assert rows.keys() == expected.keys()
    for name, (by_hand, engine) in rows.items():
        assert close(by_hand, expected[name])
        assert close(engine, expected[name])


def test_update(output: str) -> None:
    for name, value in GOLDEN["updated"].items():
        assert close(number(output, rf"   {name} = \S+ +- 0\.01·\([^)]*\) = "), value)


def test_the_last_epoch_is_that_of_the_document(output: str) -> None:
    epoch = output.split("epoch 4, lr = 0.1")[1]
    lines = re.findall(rf"sample +\d+  y = \d  ŷ = {NUMBER} +L = {NUMBER}", epoch)
    assert len(lines) == len(GOLDEN["epoch"]["samples"])
    for (prediction, loss), sample in zip(lines, GOLDEN["epoch"]["samples"], strict=True):
        assert close(float(prediction), sample["y_pred"])
        assert close(float(loss), sample["loss"])
    for name, value in GOLDEN["epoch"]["samples"][-1]["after"].items():
        assert close(number(epoch, rf"   {name} = "), value)


def test_own_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "mine.csv"
    data.write_text("x1,x2,y\n0.5, 0.25, 1\n\n1,2,0\n", encoding="utf-8")
    assert main(["--data", str(data), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.rstrip().endswith("all 108 gradients agree")  # 12 x (1 + 4 epochs x 2 samples)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.1,0.7,1\n0.4,oops,1\n", "line 2: expected three numbers x1,x2,y, got '0.4,oops,1'"),
        ("0.1,0.7\n", "line 1: expected three numbers"),
        ("0.1,0.7,1,5\n", "line 1: expected three numbers"),
        ("0.1,0.7,1\n\n0.1,0.7,2\n", "line 3: expected finite x1, x2 and y from 0 to 1"),
        ("0.1,nan,1\n", "line 1: expected finite"),
        ("", "no rows"),
        ("x1,x2,y\n", "no rows"),
    ],
)
def test_an_unreadable_row_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    data = tmp_path / "mine.csv"
    data.write_text(text, encoding="utf-8")
    assert main(["--data", str(data), "--out", str(tmp_path / "out")]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path / "none.csv"), "--out", str(tmp_path / "out")]) == 2
    assert "none.csv" in capsys.readouterr().err


def test_bytes_that_are_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "mine.csv"
    data.write_bytes(b"\xff\xfe\x00\x01")
    assert main(["--data", str(data), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    assert "--data FILE.csv" in capsys.readouterr().out


def test_large_inputs_saturate_and_do_not_overflow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "heights.csv"
    data.write_text("170,70,0\n160,50,0\n", encoding="utf-8")
    code = main(["--data", str(data), "--out", str(tmp_path / "out")])
    captured = capsys.readouterr()
    assert (code, captured.err) == (0, "") or (code == 2 and "python -m autograd: " in captured.err)


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "mine.csv"
    data.write_text('"0.1","0.2\n",1\n0,0,z\n', encoding="utf-8")
    assert main(["--data", str(data), "--out", str(tmp_path / "out")]) == 2
    assert "line 3" in capsys.readouterr().err


def test_out_must_be_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")
    assert main(["--out", str(taken)]) == 2
    captured = capsys.readouterr()
    assert "this is a file" in captured.err
    assert captured.out == ""
    assert taken.read_text(encoding="utf-8") == "mine"
