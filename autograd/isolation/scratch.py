"""The folder in which a program may write: made for it, measured while it runs, removed afterwards."""

import contextlib
import itertools
import os
import secrets
import tempfile
from collections.abc import Iterator

MOST_FILES = 20_000
"""How many files and folders a program may make."""


@contextlib.contextmanager
def scratch(folder: str | None = None) -> Iterator[str]:
    """A new folder, in which what is in `folder` is found by its name; it is gone afterwards."""
    path = os.path.realpath(tempfile.mkdtemp(prefix="check-"))
    try:
        if folder is not None:
            _linked(os.path.realpath(folder), path)
        yield path
    finally:
        remove(path)


def _linked(folder: str, path: str) -> None:
    """Links to all that is in a folder, so that `open("data.csv")` finds it; none where links cannot be made."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            os.symlink(os.path.join(folder, name), os.path.join(path, name))


def size(path: str, enough: int) -> int:
    """The bytes of all files in a folder, or more than `enough` where there are too many of them."""
    total, seen, stack = 0, 0, [path]
    while stack and total <= enough:
        with contextlib.suppress(OSError), os.scandir(stack.pop()) as entries:
            for entry in entries:
                seen += 1
                if seen > MOST_FILES:
                    return enough + 1
                with contextlib.suppress(OSError):
                    found = entry.stat(follow_symlinks=False)
                    total += getattr(found, "st_blocks", 0) * 512 or found.st_size
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
    return total


def remove(path: str) -> None:
    """Removes a folder, also one that is nested deeper than paths are long or has been locked by its modes.

    What is in a folder inside is moved up before it is removed, so nothing here recurses or needs a long path.
    Links are removed, never followed.
    """
    new = (os.path.join(path, f"{secrets.token_hex(8)}-{number}") for number in itertools.count())
    while folders := _without_files(path):
        for folder in folders:
            for name, is_folder in _entries(folder):
                inside = os.path.join(folder, name)
                with contextlib.suppress(OSError):
                    if is_folder:
                        os.chmod(inside, 0o700)
                    os.rename(inside, next(new))
            try:
                os.rmdir(folder)
            except OSError:
                return  # in use, as files on Windows can be: it is left to whoever cleans the temporary folders
    with contextlib.suppress(OSError):
        os.rmdir(path)


def _without_files(path: str) -> list[str]:
    """The folders in a folder, opened; everything else in it is removed."""
    folders = []
    for name, is_folder in _entries(path):
        inside = os.path.join(path, name)
        with contextlib.suppress(OSError):
            if is_folder:
                folders.append(inside)
                os.chmod(inside, 0o700)
            else:
                os.unlink(inside)
    return folders


def _entries(path: str) -> list[tuple[str, bool]]:
    """The names in a folder, and whether each is a folder itself."""
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        return [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    return []
