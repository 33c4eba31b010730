"""The site of the pages and docstrings: `python -m tests.site FOLDER` builds it there (with the extra `docs`)."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

PAGES = {
    "README.md": "index.md",
    "notebooks/README.md": "notebooks/index.md",
    "tests/benchmarks/README.md": "speed.md",
    ".github/CONTRIBUTING.md": "contributing.md",
    ".github/CHANGELOG.md": "changes.md",
    **{f"notebooks/guide/{path.name}": f"guide/{path.name}" for path in (ROOT / "notebooks" / "guide").glob("*.md")},
}
"""Where each page of the repository stands on the site."""

SHOWN = (".ipynb", ".svg", ".png")
"""Files that pages link to, and that are on the site too, at their place in the repository."""

LINK = re.compile(r'(?P<before>\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\(|src=")(?P<target>[^)"#]+)(?P<end>#[^)"]*)?[)"]')

REFERENCE = "# {name}\n\n::: {name}\n"


def gathered(folder: Path) -> None:
    """Put all pages into a folder, with links that hold there; what is source and no page is named, not linked."""
    for source, target in PAGES.items():
        place = folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_relinked(ROOT / source, target, folder), encoding="utf-8")
    for name in ("autograd", "nn"):
        page = folder / "reference" / f"{name}.md"
        page.parent.mkdir(exist_ok=True)
        page.write_text(REFERENCE.format(name=name), encoding="utf-8")


def _relinked(source: Path, target: str, folder: Path) -> str:
    """The text of a page, with its links as they are from its place on the site."""

    def linked(match: re.Match[str]) -> str:
        to = match["target"]
        if ":" in to:
            return match[0]
        path = os.path.normpath(os.path.join(source.parent.relative_to(ROOT), to))
        if path.endswith(SHOWN):
            copy = folder / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, copy)
        elif path not in PAGES:
            return match["text"]
        there = os.path.relpath(PAGES.get(path, path), Path(target).parent)
        return match[0].replace(to, there, 1) if match["text"] is None else _link(match, there)

    return LINK.sub(linked, source.read_text(encoding="utf-8"))


def _link(match: re.Match[str], there: str) -> str:
    return f"[{match['text']}]({there}{match['end'] or ''})"


def build(site: Path) -> int:
    """The exit status of MkDocs, which takes every warning for an error: a link that leads nowhere is one."""
    with tempfile.TemporaryDirectory() as scratch:
        docs = Path(scratch, "docs")
        gathered(docs)
        configuration = (ROOT / ".github" / "mkdocs.yml").read_text(encoding="utf-8")
        Path(scratch, "mkdocs.yml").write_text(configuration.replace("DOCS", str(docs)), encoding="utf-8")
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(site.resolve())]
        return subprocess.run(command, cwd=scratch, env={**os.environ, "PYTHONPATH": str(ROOT)}).returncode


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1])))
