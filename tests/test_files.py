"""A file is written whole or not at all: what stays as it was, what is refused, what is cleared up."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import Value, draw, jit, step_through, write_file
from nn import MLP

ROOT = Path(autograd.__file__).parent.parent
POSIX = pytest.mark.skipif(os.name != "posix", reason="as POSIX has it")
X = Value(2.0, "x")


def traced(path: Path) -> None:
    square = jit(lambda x: x * x)
    square(3.0)
    square.save(path)


WRITERS: dict[str, Callable[[Path], Any]] = {
    "file": lambda path: write_file(path, b"new"),
    "model": lambda path: MLP(1, [1]).save(path),
    "C": lambda path: MLP(1, [1]).to_c(path),
    "traced": traced,
    "picture": lambda path: draw(X * X).save(path.with_name(path.name + ".dot")),
    "page": lambda path: step_through(X * X).save(path.with_name(path.name + ".html")),
}
"""All that writes a file; the last two want a suffix."""


def suffixed(writer: str, path: Path) -> Path:
    return path.with_name(path.name + {"picture": ".dot", "page": ".html"}.get(writer, ""))


@pytest.fixture(params=WRITERS)
def writer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755])
def test_permissions_stay(writer: str, mode: int, tmp_path: Path) -> None:
    target = suffixed(writer, tmp_path / "a")
    target.write_bytes(b"old")
    target.chmod(mode)
    WRITERS[writer](tmp_path / "a")
    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert target.read_bytes() != b"old"
    assert os.listdir(tmp_path) == [target.name]


@POSIX
def test_owner_stays(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    try:
        os.chown(target, 1234, 4321)
    except PermissionError:
        pytest.skip("only root gives files away")
    write_file(target, b"new")
    assert (target.stat().st_uid, target.stat().st_gid) == (1234, 4321)


@POSIX
def test_new_file_has_the_permissions_of_the_user(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "a", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@POSIX
def test_draft_of_a_private_file_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    target.chmod(0o600)
    seen = []
    write = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (seen.append(stat.S_IMODE(os.fstat(fd).st_mode)), write(fd)))
    write_file(target, b"new")
    assert seen == [0o600]


@POSIX
def test_fifo_is_refused(writer: str, tmp_path: Path) -> None:
    target = suffixed(writer, tmp_path / "a")
    os.mkfifo(target)
    with pytest.raises(OSError, match="a FIFO is there, and no file takes its place: give another name") as caught:
        WRITERS[writer](tmp_path / "a")
    assert caught.value.filename == os.fspath(target)
    assert stat.S_ISFIFO(target.lstat().st_mode)
    assert os.listdir(tmp_path) == [target.name]


@POSIX
def test_device_is_refused(writer: str, tmp_path: Path) -> None:
    target = suffixed(writer, tmp_path / "a")
    try:
        os.mknod(target, 0o666 | stat.S_IFCHR, os.makedev(1, 3))  # another /dev/null
    except PermissionError:
        pytest.skip("only root makes devices")
    with pytest.raises(OSError, match="a device is there"):
        WRITERS[writer](tmp_path / "a")
    assert stat.S_ISCHR(target.lstat().st_mode)


@POSIX
def test_link_to_a_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("/dev/null")
    with pytest.raises(OSError, match="a device is there"):
        write_file(tmp_path / "a", b"new")
    assert (tmp_path / "a").is_symlink() and stat.S_ISCHR(os.stat("/dev/null").st_mode)


@POSIX
def test_socket_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.fspath(tmp_path / "a"))
        with pytest.raises(OSError, match="a socket is there"):
            write_file(tmp_path / "a", b"new")
        assert stat.S_ISSOCK((tmp_path / "a").lstat().st_mode)


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="a folder is there"):
        write_file(tmp_path, b"new")
    assert os.listdir(tmp_path) == []


@POSIX
def test_links_are_followed(writer: str, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "b", suffixed(writer, tmp_path / "a")
    for old in (True, False):  # a link to nothing makes the file that it names
        if old:
            target.write_bytes(b"old")
            link.symlink_to(Path("far", "b"))
        else:
            target.unlink()
        WRITERS[writer](tmp_path / "a")
        assert link.is_symlink() and target.read_bytes() != b"old"
        assert os.listdir(tmp_path / "far") == ["b"]


@POSIX
def test_circle_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write_file(tmp_path / "a", b"new")
    assert (tmp_path / "a").is_symlink() and (tmp_path / "b").is_symlink()


def test_read_only_file_is_refused(writer: str, tmp_path: Path) -> None:
    target = suffixed(writer, tmp_path / "a")
    target.write_bytes(b"old")
    target.chmod(0o444)
    with pytest.raises(PermissionError, match="the file is read-only: make it writable, or give another name"):
        WRITERS[writer](tmp_path / "a")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == [target.name]


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from autograd import write_file
os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
write_file(sys.argv[2], b"x" * 100)
"""


@POSIX
def test_what_a_killed_writer_left_is_cleared_up_by_the_next(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    (tmp_path / ".chalkgrad-notes.part").write_bytes(b"somebody's")
    for _ in range(2):
        process = subprocess.run([sys.executable, "-c", KILLED, str(ROOT), str(target)], check=False)
        assert process.returncode == -signal.SIGKILL
    assert target.read_bytes() == b"old"
    assert len(os.listdir(tmp_path)) == 3  # the second has cleared up what the first one left, and left its own
    write_file(tmp_path / "other", b"new")
    assert len(os.listdir(tmp_path)) == 4  # of another file
    write_file(target, b"new")
    assert sorted(os.listdir(tmp_path)) == [".chalkgrad-notes.part", "a", "other"]
    assert target.read_bytes() == b"new"


def test_writers_at_once_leave_one_whole_content(tmp_path: Path) -> None:
    """None takes the draft of another for abandoned."""
    target, failed = tmp_path / "a", []

    def write(letter: str) -> None:
        try:
            for _ in range(20):
                write_file(target, letter.encode() * 5000)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(set(target.read_text())) == 1 and target.stat().st_size == 5000
    assert os.listdir(tmp_path) == ["a"]


def test_error_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_file(target, b"new")
    assert caught.value.filename == os.fspath(target)
    assert target.read_bytes() == b"old" and os.listdir(tmp_path) == ["a"]


def test_long_name_and_missing_folder(tmp_path: Path) -> None:
    write_file(tmp_path / ("n" * 250), b"new")
    assert (tmp_path / ("n" * 250)).read_bytes() == b"new"
    with pytest.raises(FileNotFoundError) as caught:
        write_file(tmp_path / "far" / "a", b"new")
    assert caught.value.filename == os.fspath(tmp_path / "far" / "a")
    write_file(tmp_path / "far" / "a", b"new", folders=True)
    assert os.listdir(tmp_path / "far") == ["a"]
