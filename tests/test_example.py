"""The worked example, run as a user runs it."""

import json
import os
import re
import subprocess
import sys
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
    told = capsys.readouterr().out
    assert "--data FILE.csv" in told and "usage: python -m autograd check FILE..." in told
    assert re.findall(r"^  (\w+)  ", told, re.MULTILINE) == ["example", "check", "explain", "explore"]


def test_a_command_that_is_none_is_told_of_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in (
        (["chek"], ("example", "check", "explain", "explore")),
        (["--out", "x", "check"], ("first",)),
    ):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        told = capsys.readouterr().err
        assert stop.value.code == 2 and all(word in told for word in words)


def test_the_script_calls_itself_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/chalkgrad", "check", "--seconds", "0", "x.py"])
    assert main() == 2
    assert capsys.readouterr().err.startswith("chalkgrad check: ")
    with pytest.raises(SystemExit):
        main(["--help"])
    assert capsys.readouterr().out.startswith("usage: chalkgrad check FILE...")


def test_explore_writes_the_live_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "--out", str(tmp_path / "out")]) == 0
    page = tmp_path / "out" / "explore.html"
    assert capsys.readouterr().out == f"written: {page}\n"
    assert "-7.16" in page.read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="for shells such as bash")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("chalkgrad ex", ["example", "explain", "explore"]),
        ("chalkgrad che", ["check "]),
        ("chalkgrad explain --d", ["--data "]),
        ("chalkgrad check --j", ["--jobs", "--json"]),
    ],
)
def test_the_tab_key_offers_what_may_come_next(line: str, words: list[str], tmp_path: Path) -> None:
    pytest.importorskip("argcomplete")
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_IFS": "\n"}
    told = tmp_path / "told"
    run = [sys.executable, "-m", "autograd"]
    asked["_ARGCOMPLETE_STDOUT_FILENAME"] = str(told)
    subprocess.run(run, env={**os.environ, **asked}, check=True)
    assert sorted(told.read_text().split("\n")) == words


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


def test_without_graphviz_it_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['graphviz'] = None; from autograd.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-X", "utf8", "-c", code, "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 2 and "∂L/∂w1" in done.stdout
    assert done.stderr.count("\n") == 1 and "pip install graphviz graphviz-pure" in done.stderr
