"""A file as a whole: from one moment to the next it holds what is written, or else what was there before."""

import errno
import os
import re
import stat
import sys
from contextlib import suppress
from typing import IO

# Where there are no locks, nobody can tell whether a draft still has a writer, and what was left stays.
if sys.platform != "win32" and sys.platform != "emscripten":
    from fcntl import LOCK_EX, LOCK_NB, flock

FilePath = str | os.PathLike[str]

KINDS = {stat.S_IFDIR: "folder", stat.S_IFIFO: "FIFO", stat.S_IFSOCK: "socket"}
"""What may stand where a file is expected; anything else is a device."""


def write_file(path: FilePath, content: bytes, *, folders: bool = False) -> None:
    """Make this the content of a file, whole or not at all, with the permissions that it had; links are followed.

    The OSError for what is no file, for a file that is read-only, and for all that the system refuses
    leaves what was there. What a writer that was killed left beside it goes. With `folders`, missing ones are made.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(os.path.join(folder, "a"), b"1 2 3")
    ...     os.listdir(folder)
    ['a']
    """
    try:
        target = os.path.realpath(path)
        before = _replaceable(path, target)
        if folders:
            os.makedirs(os.path.dirname(target), exist_ok=True)
        _clear(target)
        _written(target, content, before)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None


def _replaceable(path: FilePath, target: str) -> os.stat_result | None:
    """What is known of the file that is there, None for none; the OSError for what is not to be replaced."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        kind = KINDS.get(stat.S_IFMT(found.st_mode), "device")
        number = errno.EISDIR if kind == "folder" else errno.EINVAL
        raise OSError(number, f"a {kind} is there, and no file takes its place: give another name")
    if not (found.st_mode & 0o222 and os.access(path, os.W_OK)):  # root may write what nobody may
        raise OSError(errno.EACCES, "the file is read-only: make it writable, or give another name")
    if not os.path.lexists(target):  # an open file that has no name any more, as /dev/stdout may be
        raise OSError(errno.EINVAL, "an open file without a name is there: give another name")
    return found


def _written(target: str, content: bytes, before: os.stat_result | None) -> None:
    """Write a draft beside the file, and put it in its place."""
    draft, file = _opened(target, private=before is not None)
    try:
        with file:
            file.write(content)
            file.flush()
            if before is not None:
                _like(before, draft)
            os.fsync(file.fileno())
            if sys.platform != "win32" and sys.platform != "emscripten":
                os.replace(draft, target)  # while it is held, so that nobody takes it for abandoned
        if sys.platform == "win32" or sys.platform == "emscripten":  # where no open file can be moved
            os.replace(draft, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise


def _start(target: str) -> str:
    """What the names of all drafts of a file begin with: short, however long its own is."""
    folder, name = os.path.split(target)
    return os.path.join(folder, f".chalkgrad-{int.from_bytes(os.fsencode(name)) % (2**61 - 1):x}-")


def _opened(target: str, private: bool) -> tuple[str, IO[bytes]]:
    """A new draft, held as long as it is open; `private` where nobody else may look into it yet."""
    while True:
        draft = f"{_start(target)}{os.urandom(8).hex()}.part"
        file = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666), "wb")
        if sys.platform != "win32" and sys.platform != "emscripten":
            with suppress(OSError):  # some network folders have no locks: nothing is cleared there
                flock(file.fileno(), LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(draft), os.fstat(file.fileno())):
                return draft, file
        file.close()  # somebody who cleared up was quicker


def _like(before: os.stat_result, draft: str) -> None:
    """Give a draft the owner, as far as one may, and the permissions of the file that it is to replace."""
    with suppress(OSError, AttributeError):
        os.chown(draft, before.st_uid, before.st_gid)
    os.chmod(draft, stat.S_IMODE(before.st_mode))


def _clear(target: str) -> None:
    """Remove the drafts of a file whose writers are gone: nobody holds them."""
    folder, start = os.path.split(_start(target))
    draft = re.compile(re.escape(start) + r"[0-9a-f]{16}\.part")
    if sys.platform == "win32" or sys.platform == "emscripten" or not os.path.isdir(folder):
        return
    for name in filter(draft.fullmatch, os.listdir(folder)):
        with suppress(OSError):
            descriptor = os.open(os.path.join(folder, name), os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                flock(descriptor, LOCK_EX | LOCK_NB)
                os.unlink(os.path.join(folder, name))
            finally:
                os.close(descriptor)
