"""Programs as people keep them: notebooks, scripts, exports with their output mixed in, fenced code, functions."""

import ast
import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.programs.plain import packed, unpacked
from autograd.programs.reading import files_in, read, read_several
from autograd.programs.source import Source, python_of
from tests import fake_check

STEP = "w = 0.5\nw -= 0.1 * w\n"


def texts(source: Source) -> list[str]:
    return [cell.text for cell in source.cells]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# ---------------------------------------------------------------- scripts and encodings


@pytest.mark.parametrize(
    "data",
    [
        "# Größe\nw = 1\n".encode(),
        "# Größe\nw = 1\n".encode("utf-8-sig"),
        "# Größe\nw = 1\n".encode("latin-1"),
        "# Größe\r\nw = 1\r\n".encode(),
        "# -*- coding: latin-1 -*- Größe\nw = 1\n".encode("latin-1"),
        "# coding: cp1252 Größe\nw = 1\n".encode("cp1252"),
        "# coding: no-such-thing Größe\nw = 1\n".encode("latin-1"),
        "# Größe\nw = 1\n".encode("utf-16"),
    ],
)
def test_a_script_in_any_encoding(tmp_path: Path, data: bytes) -> None:
    source = read(write(tmp_path, "a.py", data))
    assert source.why == "" and source.cells[0].number is None
    assert "Größe" in source.cells[0].shown and source.cells[0].text.split("\n")[1] == "w = 1"
    assert source.folder == str(tmp_path.resolve()) and source.name == "a.py"


def test_the_request_is_plain_data(tmp_path: Path) -> None:
    request = read(write(tmp_path, "a.py", STEP)).request(3.0)
    cells = [{"number": None, "text": STEP}]
    assert request == {"name": "a.py", "folder": str(tmp_path.resolve()), "cells": cells, "seconds": 3.0}
    assert json.loads(json.dumps(request)) == request


def test_a_form_feed_is_no_line(tmp_path: Path) -> None:
    source = read(write(tmp_path, "a.py", "a = 1\n\x0c\nb = 'x\u2028y'\n"))
    assert source.why == "" and source.lines(None)[2] == "b = 'x\u2028y'"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.py", "", "it is empty"),
        ("a.py", " \n\t\n", "it is empty"),
        ("a.py", "# only a remark\n", "there is no code in it"),
        ("a.py", b"\x7fELF\x00\x01", "this is a binary file"),
        ("a.py", "x = 1\nprint 'hello'\n", "line 2 does not parse: Missing parentheses in call to 'print' (Python 2"),
        ("a.py", "try:\n    x = 1\nexcept ValueError, e:\n    pass\n", "line 3 does not parse: "),
        ("a.py", "def f():\n\tx = 1\n        return x\n", "line 3 does not parse: it is indented by tabs"),
        ("a.py", "x = (1,\ny = 2\n", "line 1 does not parse: '(' was never closed"),
        ("a.py", "x = 1\n  y = 2\n", "line 2 does not parse: unexpected indent"),
        ("a.py", "(" * 5000, "line 1 does not parse: "),
        ("a.ipynb", "not json", "it is no notebook: "),
        ("a.ipynb", "[1]", "it is no notebook: "),
        ("a.ipynb", '{"nbformat": 4}', "it is no notebook: "),
        ("a.ipynb", "[" * 100_000, "it is no notebook: "),
        ("a.ipynb", '{"cells": []}', "there is no code in it"),
        ("a.ipynb", '{"cells": [{"cell_type": "code", "source": "% matplotlib inline"}]}', "there is no code in it"),
        ("a.ipynb", '{"cells": [], "metadata": {"language_info": {"name": "julia"}}}', "it is a notebook in julia"),
        ("a.md", "# A heading\n\nNothing but words, and w = w - 1.\n", "no Python is in it"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, content: str | bytes, why: str) -> None:
    source = read(write(tmp_path, name, content))
    assert source.why.startswith(why)
    assert len(source.why) < 200


def test_python_2_is_called_so(tmp_path: Path) -> None:
    for line in ("print x", "except ValueError, e:", "raise ValueError, 'no'"):
        before = "try:\n    pass\n" if line.startswith("except") else ""
        assert "(Python 2" in read(write(tmp_path, "a.py", f"{before}{line}\n    pass\n")).why


def test_missing_files_and_folders_are_told(tmp_path: Path) -> None:
    write(tmp_path, "network.py", STEP)
    assert "nearest: network.py" in read(tmp_path / "netwrok.py").why
    assert "folder" in read(tmp_path).why
    assert read(str(tmp_path / "no" / "where.py")).why.startswith("there is no file")
    assert read("no\0thing.py").why


def test_a_text_is_told_from_a_path() -> None:
    assert texts(read(STEP)) == [STEP]
    assert texts(read("w -= lr * dw")) == ["w -= lr * dw"]
    assert "no file" in read("model.py").why and "no file" in read("my notebook").why
    assert read(fake_check).name == "fake_check.py"
    with pytest.raises(TypeError, match="expected a file, the text of a program, or a function, got int: 5"):
        read(5)


# ---------------------------------------------------------------- notebooks


def notebook(*cells: str, kind: str = "code", form: int = 4, **more: Any) -> str:
    made = [
        {"cell_type": kind, "metadata": {}, ("source" if form > 3 else "input"): cell.splitlines(keepends=True)}
        for cell in cells
    ]
    content = {"cells": made} if form > 3 else {"worksheets": [{"cells": made}]}
    return json.dumps({"nbformat": form, **content, **more})


@pytest.mark.parametrize("form", [3, 4])
def test_the_cells_of_a_notebook_count_from_1_over_code(tmp_path: Path, form: int) -> None:
    content = json.loads(notebook("a = 1", "", "b = 2\nc = 3\n", form=form))
    cells = content["cells"] if form > 3 else content["worksheets"][0]["cells"]
    cells.insert(1, {"cell_type": "markdown", "source": "# Words"})
    source = read(write(tmp_path, "a.ipynb", json.dumps(content)))
    assert [(cell.number, cell.text) for cell in source.cells] == [(1, "a = 1"), (2, ""), (3, "b = 2\nc = 3")]
    assert [cell["number"] for cell in source.request(1)["cells"]] == [1, 3]
    assert source.lines(3) == ["b = 2", "c = 3"] and source.lines(9) == []


def test_a_cell_that_does_not_parse_is_left_out_and_said(tmp_path: Path) -> None:
    source = read(write(tmp_path, "a.ipynb", notebook("a = 1", "x = (", "b = 2")))
    assert source.why == "" and [cell["number"] for cell in source.request(1)["cells"]] == [1, 3]
    assert source.notes == ("cell 2 line 1 does not parse: '(' was never closed; the cell was left out",)
    assert read(write(tmp_path, "b.ipynb", notebook("x = ("))).why.startswith("cell 1 line 1 does not parse")


def test_a_notebook_by_any_name(tmp_path: Path) -> None:
    assert texts(read(write(tmp_path, "a.txt", notebook("a = 1")))) == ["a = 1"]
    assert texts(read(notebook("a = 1"))) == ["a = 1"]


@pytest.mark.parametrize(
    ("shown", "python"),
    [
        ("%matplotlib inline\na = 1", "\na = 1"),
        ("%%time\na = 1", "\na = 1"),
        ("# first\n%%capture out\na = 1", "# first\n\na = 1"),
        ("%%bash\nls", ""),
        ("%%writefile a.py\nw -= 1", ""),
        ("%%html\n<b>", ""),
        ("!pip install numpy\na = 1", "\na = 1"),
        ("pip install numpy\na = 1", "\na = 1"),
        ("files = !ls\na = 1", "files = None\na = 1"),
        ("x = %timeit -o f()\na = 1", "x = None\na = 1"),
        ("np.dot?\na = 1", "\na = 1"),
        ("?np.dot\na = 1", "\na = 1"),
        ("np.dot??\na = 1", "\na = 1"),
        ("%time train(X, y)\na = 1", "train(X, y)\na = 1"),
        ("%timeit -n 10 train(X, y)", "train(X, y)"),
        ("if gpu:\n    !nvidia-smi\na = 1", "if gpu:\n    pass\na = 1"),
        ("plt.plot(losses);\na = 1", "plt.plot(losses);\na = 1"),
        ("get_ipython().run_line_magic('matplotlib', 'inline')\na = 1", "\na = 1"),
        ("x = (a\n% b)\n!ls", "x = (a\n% b)\n"),
        ("x = a \\\n% b\n!ls", "x = a \\\n% b\n"),
        ('s = """\n!ls\n%time\n"""\n%cd ..', 's = """\n!ls\n%time\n"""\n'),
        ("s = 'it\\'s (' # don't [\n%cd ..", "s = 'it\\'s (' # don't [\n"),
    ],
)
def test_magics_are_blanked_and_lines_kept(shown: str, python: str) -> None:
    assert python_of(shown) == python
    ast.parse(python)
    assert python == "" or python.count("\n") == shown.count("\n")


# ---------------------------------------------------------------- exports: code, then output, then words

CELLS = [
    "import math, random\nrandom.seed(3)",
    "w1 = round(random.random(), 2)\nw2 = -0.25\n\nb1 = 0.5\n\nprint(f'{w1=}, {w2=}')\nprint(f'{b1=}')",
    "x1, x2, y = 0.25, 0.5, 1\nprint(f'{x1=}')",
    "w1",
    "# what follows is the sum\nz = w1*x1 + w2*x2 + b1\nprint('z:', z)\n\nh = 1/(1 + math.exp(-z))\nprint(f'h: {h}')",
    "[w1, w2]",
    "'a text'",
    "{'w1': w1, 'b1': b1}",
    "def f(x):\n    '''The square.\n\n    Twice.\n    '''\n\n    return x*x\n\n\nf(3)",
    "'''\nA plan:\n\n1. forward\n\n2. backward\n'''",
    "# only remarks\n\n# and one more",
    "delta = h - y\nprint(delta)",
    "print('Updated:')\nprint(f\"{w1=}\")",
    "for epoch in range(3):\n    # forward\n    h = 1/(1 + math.exp(-z))\n\n    # backward\n    w1 -= 0.1*(h - y)*x1\n"
    "    print('Epoch %d loss %.3f' % (epoch, h))\n\nprint()\nprint()\nprint('='*20)\nprint(f'{w1=}')",
    "print('w = {:.2f}, b = {}'.format(w1, b1))",
    "a = 1\n\nb = 2\n\nc = 'x'",
    "print(w1)\n\nw3 = 0.75",
    "print(f'{w1=}')\n\nw2 = w1 * 2",
    "print(w1)\n\n'''\nnow b\n'''",
    "z, h",
    "None",
    "for i in range(9):\n    print(f'step {i}: {z}')",
]

WORDS = [
    "### **2. Initialize weights**\n- **Weights**: one for each input\n\n$$\nz = w_1 \\cdot x_1 + b\n$$",
    "Compare the losses! What do you see?\n\n![a picture](https://example.org/a.png)",
    "# A heading\n\n- Calculate the gradient for $ w $:\n     $$\n     \\frac{\\partial L}{\\partial w} = x\n     $$",
    "For each sample, do a forward pass:\n\n1. **Input to hidden**",
    "---\n\n| x | y |\n|---|---|\n| 1 | 2 |",
]


def ran(cells: list[str]) -> list[str]:
    """What a notebook shows below each cell."""
    names: dict[str, Any] = {}
    outputs = []
    for cell in cells:
        out = io.StringIO()
        body = ast.parse(cell).body
        last = ast.Expression(body.pop().value) if body and isinstance(body[-1], ast.Expr) else None  # type: ignore[attr-defined]
        with contextlib.redirect_stdout(out):
            exec(compile(ast.Module(body, []), "cell", "exec"), names)
            value = eval(compile(last, "cell", "eval"), names) if last else None
        outputs.append(out.getvalue().rstrip("\n") + (repr(value) if value is not None else ""))
    return outputs


def export(cells: list[str], outputs: list[str], words: int) -> str:
    """The text that a notebook is exported as."""
    parts = []
    for i, (cell, output) in enumerate(zip(cells, outputs, strict=True)):
        parts += [f"In [{i + 4}]:\n{cell}"]
        parts += [output + "\n" * (i % 3)] if output else []
        if words and i % words == 0:
            parts.append(WORDS[i % len(WORDS)])
    return "Some words at first.\n\n" + "\n\n".join(parts) + "\n"


@pytest.mark.parametrize("words", [0, 1, 2, 3])
@pytest.mark.parametrize("cut", [0, 25])
def test_of_an_export_exactly_the_code_is_read(words: int, cut: int) -> None:
    text = export(CELLS, ran(CELLS), words)
    source = read(text[: len(text) - cut] if cut else text)
    assert source.notes == () and source.why == ""
    assert [cell.shown for cell in source.cells] == CELLS
    assert [cell.number for cell in source.cells] == list(range(1, len(CELLS) + 1))


def test_what_was_read_runs_to_the_same_output() -> None:
    outputs = ran(CELLS)
    assert ran([cell.text for cell in read(export(CELLS, outputs, 1)).cells]) == outputs


def test_arrays_below_their_cell_are_output() -> None:
    text = (
        "In [1]:\nimport numpy as np\nW = np.ones((2, 2))\n\nIn [2]:\nW\n\narray([[1., 1.],\n       [1., 1.]])\n\n"
        "In [3]:\nprint('W:', W)\nprint(W.sum())\n\nW: [[1. 1.]\n [1. 1.]]\n4.0\n\nIn [4]:\nW.tolist()\n"
        "Out[4]:\n[[1.0, 1.0], [1.0, 1.0]]\n"
    )
    code = ["import numpy as np\nW = np.ones((2, 2))", "W", "print('W:', W)\nprint(W.sum())", "W.tolist()"]
    assert [cell.shown for cell in read(text).cells] == code


def test_output_right_below_the_code() -> None:
    text = "In [1]:\nw = 2\nprint(f'{w=}')\nw=2\n\nIn [2]:\nprint('Loss:', 0.5)\nLoss: 0.5\nIn [3]:\nw\n2\n"
    assert [cell.shown for cell in read(text).cells] == ["w = 2\nprint(f'{w=}')", "print('Loss:', 0.5)", "w"]


def test_broken_code_of_an_export_is_not_taken_for_output() -> None:
    old = read("In [1]:\nx = 1\nprint 'x is', x\ny = x + 1\n\nx is 1\n\nIn [2]:\nz = 3\n")
    assert old.notes[0].startswith("cell 1 line 2 does not parse: Missing parentheses in call to 'print' (Python 2")
    assert old.cells[0].shown == "x = 1\nprint 'x is', x\ny = x + 1"
    newer = read("In [1]:\nx = 1\n\nprint(f'{x +}')\n\n1\n\nIn [2]:\nz = 3\n")
    assert newer.notes[0].startswith("cell 1 line 3 does not parse") and newer.cells[0].shown.endswith("')")
    unclosed = read("In [1]:\nx = 1\ny = f(x, (2)\nz = 3\n\nIn [2]:\nz = 3\n")
    assert unclosed.notes == ("cell 1 line 2 does not parse: '(' was never closed; the cell was left out",)
    block = read("In [1]:\nx = 1\n\nfor i in range(3):\n    x = x +\n\nIn [2]:\nz = 3\n")
    assert block.notes[0].startswith("cell 1 line 4 does not parse")


def test_a_session_of_a_terminal() -> None:
    text = (
        "In [1]: w = 1\n\nIn [2]: for i in range(2):\n   ...:     w -= 0.1\n   ...:\n   ...: print(w)\n0.8\n\n"
        "In [3]: w\nOut[3]: 0.8\n"
    )
    code = ["w = 1", "for i in range(2):\n    w -= 0.1\n\nprint(w)", "w"]
    assert [cell.shown for cell in read(text).cells] == code
    plain = read(">>> w = 1\n>>> for i in range(2):\n...     w -= 0.1\n...\n>>> w\n0.8\n")
    assert plain.cells[0].number is None
    assert plain.cells[0].text == "w = 1\nfor i in range(2):\n    w -= 0.1\n\nw\n\n"


# ---------------------------------------------------------------- Markdown


def test_fenced_blocks_are_cells(tmp_path: Path) -> None:
    text = (
        "# Words\n\n```python\ndef f():\n    # Omitted ...\n```\n\n```sh\nls\n```\n\n1. A step\n\n   ```py\n   w = 1\n"
        "   w -= 0.1\n   ```\n\n~~~python\n>>> b = 2\n2\n~~~\n\n```\noutput = 3\n```\n\n```{python}\nc = 3\n"
    )
    source = read(write(tmp_path, "a.md", text))
    assert texts(source) == ["", "w = 1\nw -= 0.1", "b = 2\n", "c = 3\n"]
    assert source.notes == (
        "cell 1 line 2 does not parse: expected an indented block after function definition on line 1; "
        "the cell was left out",
    )


def test_blocks_without_a_language_are_taken_where_no_other_is(tmp_path: Path) -> None:
    text = "```\n$ pip install x\n```\n\n```\nw = 1\nw -= 2\n```\n"
    assert texts(read(write(tmp_path, "a.md", text))) == ["w = 1\nw -= 2"]


# ---------------------------------------------------------------- folders


def test_a_folder_holds_all_programs_below_it(tmp_path: Path) -> None:
    for name in ("b/two.py", "b/one.ipynb", "a.py", "c.txt", ".git/x.py", "b/.ipynb_checkpoints/one-checkpoint.ipynb"):
        write(tmp_path, name, notebook("a = 1") if name.endswith("ipynb") else STEP)
    write(tmp_path, "env/pyvenv.cfg", "")
    write(tmp_path, "env/lib/site.py", STEP)
    (tmp_path / "loop").symlink_to(tmp_path)
    names = ["a.py", "b/one.ipynb", "b/two.py"]
    assert [path.relative_to(tmp_path).as_posix() for path in files_in(tmp_path)] == names
    found = read_several(tmp_path)
    assert found is not None and [source.name for source in found] == names
    assert read_several(tmp_path / "a.py") is None and read_several(STEP) is None
    mixed = read_several([tmp_path / "b", STEP, str(tmp_path / "no.py")])
    assert mixed is not None and [bool(source.why) for source in mixed] == [False, False, False, True]
    assert [source.name.rpartition("/")[2] for source in mixed] == ["one.ipynb", "two.py", "program", "no.py"]


# ---------------------------------------------------------------- functions

FACTOR = 0.5
TABLE = np.array([[1.0, 2.0]])


def squashed(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


class Holder:
    def __init__(self, w: Any) -> None:
        self.w = squashed(w)


def loss_and_gradient(w: Any, x: Any, y: Any) -> Any:
    p = squashed(x @ Holder(w).w)
    return FACTOR * ((p - y) ** 2).sum() + TABLE[0, 0], x.T @ (p - y)


def test_a_function_stands_in_the_lines_of_its_file_with_what_it_uses() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    source = read(loss_and_gradient, (np.zeros(2), x, [1, 0]))
    lines = Path(__file__).read_text(encoding="utf-8").split("\n")
    (cell,) = source.cells
    kept = [(i, line) for i, line in enumerate(cell.text.split("\n")) if line]
    assert all(lines[i] == line for i, line in kept)
    wanted = ("import numpy as np", "def squashed(z: Any) -> Any:", "class Holder:", "from typing import Any")
    assert {line for _, line in kept} >= set(wanted)
    assert not any("def test_" in line for _, line in kept) and len(kept) < 30
    request = json.loads(json.dumps(source.request(1.0)))
    names = {name: unpacked(value) for name, value in request["globals"].items()}
    assert names.keys() == {"FACTOR", "TABLE"} and names["FACTOR"] == 0.5
    exec(compile(cell.text, "cell", "exec"), names)
    arguments = [unpacked(argument) for argument in request["arguments"]]
    ours, theirs = names[request["function"]](*arguments), loss_and_gradient(np.zeros(2), x, [1, 0])
    assert ours[0] == theirs[0] and (ours[1] == theirs[1]).all()


def test_a_function_inside_another_brings_what_it_closes_over() -> None:
    scale = 3.0

    def inner(w: float) -> float:
        return scale * w

    request = read(inner, (2.0,)).request(1.0)
    names = {name: unpacked(value) for name, value in request["globals"].items()}
    exec(request["cells"][0]["text"], names)
    assert names["inner"](2.0) == 6.0


def test_a_function_of_a_session(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import numpy as np", store_history=True)
shell.run_cell("def s(z):\\n    return 1/(1 + np.exp(-z))", store_history=True)
shell.run_cell("def f(w):\\n    p = s(w)\\n    return p**2, 2*p", store_history=True)
import json
from autograd.programs.reading import read
print(json.dumps(read(shell.user_ns["f"], (1.0,)).request(1.0)))
"""
    root = str(Path(__file__).resolve().parents[1])
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r})\n{code}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    request = json.loads(said.strip().split("\n")[-1])
    names: dict[str, Any] = {}
    for cell in request["cells"]:
        exec(cell["text"], names)
    assert names["f"](0.0) == (0.25, 1.0)


def test_what_is_no_function_is_told() -> None:
    for wrong in (lambda x: x, Holder, Holder(0.0).__init__, len):  # type: ignore[misc]
        with pytest.raises(TypeError, match="check: "):
            read(wrong)
    with pytest.raises(TypeError, match=r"the arguments of squashed: expected numbers, text, lists, .* got object"):
        read(squashed, (object(),))


@pytest.mark.parametrize(
    "x", [None, True, 3, 0.1, float("inf"), "text", [1, [2.5]], (1, (2, "x")), {1: (2, 3), "a": [None]}]
)
def test_plain_data_comes_back(x: Any) -> None:
    back = unpacked(json.loads(json.dumps(packed(x), allow_nan=False)))
    assert back == x and type(back) is type(x)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "bool", "uint8"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 2)])
def test_arrays_come_back(dtype: str, shape: tuple[int, ...]) -> None:
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    back = unpacked(json.loads(json.dumps(packed(x))))
    assert back.dtype == x.dtype and back.shape == x.shape and (back == x).all()


def test_what_holds_itself_is_refused() -> None:
    x: list[Any] = []
    x.append(x)
    with pytest.raises(TypeError, match="nested too deeply"):
        packed(x)
