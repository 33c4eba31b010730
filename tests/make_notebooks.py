"""Runs the notebooks from a clean kernel and stores them as they come out: `python -m tests.make_notebooks [1 4 ...]`.

The notebooks are their own source: edit the cells, run this, commit. Its README pictures are the outputs of the cells
that are tagged "picture"; a page is photographed, where there is a Chromium.
"""

import argparse
import base64
import io
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "notebooks"
PICTURES = FOLDER / "pictures"
TIMEOUT = 120
"""Seconds that a cell may take."""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def executed(path: Path, folder: str) -> Any:
    """The notebook as a kernel that starts in `folder` leaves it; an error of a cell is raised."""
    import nbformat
    from nbclient import NotebookClient

    notebook = tidy(nbformat.read(path, as_version=4))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(notebook, timeout=TIMEOUT, kernel_name="python3", resources={"metadata": {"path": folder}})
    client.execute(env=environment(folder))
    return tidy(notebook)


def environment(folder: str) -> dict[str, str]:
    """Of the kernel: this checkout to import from, no configuration of the user, pictures and pages in the notebook."""
    own = {name: text for name, text in os.environ.items() if name not in ("MPLBACKEND", "CHALKGRAD_DOT")}
    return own | {"PYTHONPATH": str(ROOT), "IPYTHONDIR": folder, "PYTHONHASHSEED": "0", "CHALKGRAD_LIVE": "0"}


def tidy(notebook: Any) -> Any:
    """Without anything that differs from run to run: ids by place, no times, the kernel's general name only."""
    notebook.metadata.clear()
    notebook.metadata.update(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for place, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{place:02}"
        cell.metadata = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        if cell.cell_type == "code":
            cell.outputs = joined(output for output in cell.outputs if not about_fonts(output))
    return notebook


def about_fonts(output: Any) -> bool:
    """Whether matplotlib tells that it looks at the fonts of a machine for the first time."""
    return output.output_type == "stream" and output.name == "stderr" and "font cache" in output.text


def joined(outputs: Any) -> list[Any]:
    """The outputs, what was printed in several portions as one."""
    found: list[Any] = []
    for output in outputs:
        if found and output.output_type == "stream" and found[-1].get("name") == output.name:
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def slim(notebook: Any) -> Any:
    """The notebook with its pictures in 256 colours: a third of the size, and no difference to be seen."""
    from PIL import Image

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                content = io.BytesIO()
                whole = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).convert("RGBA")
                whole.quantize(256, method=Image.Quantize.FASTOCTREE).save(content, "png", optimize=True)
                output.data["image/png"] = base64.b64encode(content.getvalue()).decode()
    return notebook


def picture(notebook: Any) -> bytes:
    """The picture of the cell that is tagged so."""
    cell = next(cell for cell in notebook.cells if "picture" in cell.metadata.get("tags", []))
    shown = [output.data for output in cell.outputs if "data" in output]
    drawn = [data["image/png"] for data in shown if "image/png" in data]
    return base64.b64decode(drawn[-1]) if drawn else photograph(shown[-1]["text/html"])


def photograph(frame: str) -> bytes:
    """What a page looks like in a browser, in 256 colours."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    from tests.browsing import CHROMIUM, FLAGS

    with sync_playwright() as engines:
        browser = engines.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        tab = browser.new_page(viewport={"width": 1260, "height": 1600}, color_scheme="light")
        tab.set_content(f'<body style="margin:0;--chalkgrad-live:1600px">{frame}</body>')
        tab.frames[1].wait_for_function("() => globalThis.chalkgrad")
        tab.wait_for_timeout(300)
        height = tab.frames[1].evaluate("document.getElementById('plots').getBoundingClientRect().bottom + 14")
        png = tab.screenshot(clip={"x": 0, "y": 0, "width": 1260, "height": height})
        browser.close()
    content = io.BytesIO()
    whole = Image.open(io.BytesIO(png)).convert("RGB")
    whole.quantize(256, method=Image.Quantize.FASTOCTREE).save(content, "png", optimize=True)
    return content.getvalue()


def main() -> None:
    """Run the notebooks whose names begin with the words given, all without; store them and their pictures."""
    import nbformat

    parser = argparse.ArgumentParser(prog="python -m tests.make_notebooks", description=__doc__)
    parser.add_argument("beginnings", nargs="*", help="of the names of notebooks, such as 1 (default: all)")
    parser.add_argument("--into", metavar="FOLDER", help="write the notebooks there, and no pictures")
    options = parser.parse_args()
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not path.name.startswith(tuple(options.beginnings) or ""):
            continue
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            notebook = executed(path, folder)
            print(f"{path.name}  {time.perf_counter() - start:.1f} s", file=sys.stderr)
        nbformat.write(notebook if options.into else slim(notebook), Path(options.into or FOLDER) / path.name)
        if not options.into:
            PICTURES.mkdir(exist_ok=True)
            (PICTURES / f"{path.stem}.png").write_bytes(picture(notebook))


if __name__ == "__main__":
    main()
