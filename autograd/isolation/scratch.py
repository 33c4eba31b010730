"""The folder in which a program may write: made for it, measured while it runs, removed afterwards."""

import contextlib
import errno
import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator

MOST_FILES = 2_000
"""How many files and folders there may be in it."""

MOST_ENTRIES, SMALL, ROOM = 1_000, 2**20, 16 * 2**20
"""How much of the program's own folder is in it: entries; bytes of a file, and of all, that are copied."""


@contextlib.contextmanager
def scratch(folder: str | None = None) -> Iterator[str]:
    """A new folder, in which what is in `folder` is found by its name; it is gone afterwards."""
    path = os.path.realpath(tempfile.mkdtemp(prefix="check-"))
    try:
        if folder is not None:
            _filled(path, os.path.realpath(folder))
        yield path
    finally:
        remove(path)


def _filled(path: str, folder: str) -> None:
    """Puts into a folder what is in another: small files as copies, since programs write over them, others as links."""
    room = ROOM
    with contextlib.suppress(OSError):  # where links cannot be made, there are none
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)[:MOST_ENTRIES]:
            inside = os.path.join(path, entry.name)
            length = entry.stat().st_size if entry.is_file() else SMALL
            if length < SMALL and length <= room:
                shutil.copyfile(entry.path, inside)
                room -= length
            else:
                os.symlink(entry.path, inside)


def size(path: str, enough: int) -> int:
    """The bytes of all files in a folder, or more than `enough` where there are too many, or too deep, to count."""
    total, seen, stack = 0, 0, [path]
    while stack and total <= enough:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MOST_FILES:
                        return enough + 1
                    found = entry.stat(follow_symlinks=False)
                    total += getattr(found, "st_blocks", 0) * 512 or found.st_size
                    if entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
        except OSError as error:  # gone since, or closed
            if error.errno == errno.ENAMETOOLONG:
                return enough + 1
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
