"""What a program may not do: `sandbox` refuses it from the call on, for the whole process, and says what it was."""

import errno
import os
import sys
import sysconfig
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from autograd.isolation.outcome import Limits

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
"""Where this package is, and those beside it: a checkout, or what they were installed into."""

SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/System/Library", "/Library/Fonts",
    "/usr/share/zoneinfo", "/var/db/timezone", "/usr/share/fonts", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts",
    "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/dev/urandom",
)  # fmt: skip
"""What libraries read of the system: no settings, no accounts, nothing of any process."""

CHANGES = frozenset((
    "os.truncate", "os.chmod", "os.chown", "os.chflags", "os.utime", "os.setxattr", "os.removexattr", "sqlite3.connect",
))  # fmt: skip
"""Events that change the file at their first argument."""

ENTRIES = frozenset(("os.remove", "os.rmdir", "os.mkdir"))
PAIRS = frozenset(("os.rename", "os.link", "os.symlink"))
"""Events that change the entries of folders, at their first argument or their first two: a link, not where it leads."""

LISTS = frozenset(("os.listdir", "os.scandir", "os.listxattr", "os.getxattr"))
"""Events that read folders."""

PROCESSES = frozenset((
    "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.startfile", "os.startfile/2",
    "subprocess.Popen", "pty.spawn", "os.kill", "os.killpg", "signal.pthread_kill", "_winapi.CreateProcess",
    "_winapi.OpenProcess", "_winapi.TerminateProcess",
))  # fmt: skip
"""Events that start, or reach for, processes."""

WATCH = frozenset((
    "gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames", "sys.addaudithook",
    "resource.setrlimit", "resource.prlimit", "winreg.CreateKey", "winreg.DeleteKey", "winreg.DeleteValue",
    "winreg.SetValue", "winreg.SaveKey", "winreg.LoadKey",
))  # fmt: skip
"""Events that reach for what watches over the program, or for the system's settings."""

LIBRARIES = frozenset(("ctypes.dlopen", "ctypes.dlsym", "ctypes.dlsym/handle"))
"""Events that reach for C: installed packages do, programs have no reason to."""


def limit(limits: Limits) -> None:
    """Limits of the operating system on memory, processor and files, where it has them."""
    try:
        import resource
    except ImportError:  # Windows: time, and what is written, are watched from outside
        return
    seconds = int(limits.seconds) + 2
    for name, soft, hard in (
        ("RLIMIT_AS", limits.memory, limits.memory),
        ("RLIMIT_CPU", seconds, seconds + 1),
        ("RLIMIT_FSIZE", limits.disk, limits.disk),
        ("RLIMIT_NOFILE", 256, 256),
        ("RLIMIT_CORE", 0, 0),
    ):
        try:
            resource.setrlimit(getattr(resource, name), (soft, hard))
        except (AttributeError, OSError, ValueError):  # the system has no such limit, or a lower one
            continue


def installed() -> list[str]:
    """The folders of Python, of what is installed for it, and of this package."""
    paths = sysconfig.get_paths()
    found = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages", "lib-dynload")]
    found += [os.path.join(base, name) for base in (sys.prefix, sys.base_prefix) for name in ("lib", "DLLs", "Library")]
    found += [os.path.join(ROOT, name) for name in ("autograd", "nn")]
    return list(dict.fromkeys(os.path.realpath(path) for path in found if os.path.isdir(path)))


def sandbox(scratch: str, readable: Sequence[str] = ()) -> list[str]:
    """From now on, for good: files are written in `scratch` only, and read there, in `readable`, and where Python is.

    No network, no other processes, no C libraries of the program's own. What is refused is a PermissionError that says
    so. Returns what the kernel looks after besides: "files", "calls"; nothing where it cannot.
    """
    mine = os.path.realpath(scratch)
    python = tuple(installed())
    libraries = filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep))
    seen = (mine, *map(os.path.realpath, (*readable, *libraries, *SYSTEM)), *python)
    listed = os.path.realpath(ROOT)  # imports look for names in it; what else is there is nobody's business
    try:
        import ctypes  # a library of C itself, so it is loaded while that is allowed  # noqa: F401

        from autograd.isolation.kernel import guard

        guarded = guard([mine], seen, [listed])
    except ImportError:  # a Python without ctypes
        guarded = []
    sys.addaudithook(_hook(mine, seen, python, listed))
    return guarded


def _hook(scratch: str, seen: tuple[str, ...], python: tuple[str, ...], listed: str) -> Callable[[str, Any], None]:
    """The audit hook.

    It is in sight of the program, in the traceback of each refusal: so all that it needs are its own constants, which
    cannot be changed, and no names of a module, which can.
    """
    separator, fspath, fsdecode, realpath, frame = os.sep, os.fspath, os.fsdecode, os.path.realpath, sys._getframe
    changes, entries, pairs, lists = CHANGES, ENTRIES, PAIRS, LISTS
    processes, watch, libraries, split, join = PROCESSES, WATCH, LIBRARIES, os.path.split, os.path.join
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    denied = errno.EACCES
    nowhere = (os.devnull, ":memory:")
    inside = tuple(f"{path}{separator}" for path in seen)
    packages = tuple(f"{path}{separator}" for path in python)
    ours = f"{separator}ctypes{separator}"

    def hook(event: str, args: Any) -> None:
        itself = False
        if event == "open":
            path, mode, flags = args
            write = flags & writing or (
                type(mode) is str and ("w" in mode or "a" in mode or "+" in mode or "x" in mode)
            )
            if not write and type(path) is str and path.startswith(packages) and ".." not in path:
                return  # most of them: imports
            paths = (path,)
        elif event in changes:
            paths, write = args[:1], True
        elif event in entries:
            paths, write, itself = args[:1], True, True
        elif event in pairs:  # a new link may lead anywhere; a second name of a file would be a way to change it
            paths, write, itself = args[event == "os.symlink" : 2], True, event != "os.link"
        elif event in lists:
            paths, write = args[:1], False
        elif event in processes:
            raise PermissionError(denied, f"a program that is checked starts no processes, sends no signals ({event})")
        elif event in watch:
            raise PermissionError(denied, f"a program that is checked leaves alone what watches over it ({event})")
        elif event in libraries:
            caller: FrameType | None = frame(1)
            while caller is not None and ours in caller.f_code.co_filename:
                caller = caller.f_back
            if caller is not None and not caller.f_code.co_filename.startswith(packages):
                raise PermissionError(denied, f"a program that is checked loads no C libraries ({event})")
            return
        elif event.startswith("socket."):
            raise PermissionError(denied, f"a program that is checked has no network ({event})")
        else:
            return
        for path in paths:
            if type(path) is int or path in nowhere:  # open already, or no file
                continue
            path = fsdecode(fspath("." if path is None else path))
            above, name = split(path.rstrip(separator))
            place = join(realpath(above), name) if itself and name not in ("", ".", "..") else realpath(path)
            if place == scratch or place.startswith(scratch + separator):
                continue
            if not write and (place in seen or place.startswith(inside) or (place == listed and event in lists)):
                continue
            doing = "changes files in its scratch folder only" if write else "reads files of its own folder only"
            raise PermissionError(denied, f"a program that is checked {doing}", place)

    return hook
