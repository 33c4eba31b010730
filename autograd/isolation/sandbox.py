"""What a program may not do: `sandbox` refuses it from the call on, for the whole process."""

import os
import sys
import sysconfig
from typing import Any

from autograd.isolation.outcome import Limits

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
"""Where the packages `autograd` and `nn` are."""

SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/System/Library", "/Library/Fonts",
    "/usr/share/zoneinfo", "/usr/share/fonts", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts",
    "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/dev/null", "/dev/urandom",
)  # fmt: skip
"""What libraries read of the system: no settings, no accounts, nothing of any process."""

CHANGES = {
    "os.remove": 1, "os.rmdir": 1, "os.mkdir": 1, "os.rename": 2, "os.link": 2, "os.symlink": 2, "os.truncate": 1,
    "os.chmod": 1, "os.chown": 1, "os.chflags": 1, "os.lockf": 0, "os.utime": 1, "os.setxattr": 1, "os.removexattr": 1,
    "sqlite3.connect": 1, "shutil.unpack_archive": 2,
}  # fmt: skip
"""Events that change files, and how many of their first arguments are paths."""

LISTS = ("os.listdir", "os.scandir", "os.listxattr", "os.getxattr", "os.fwalk", "os.walk")
"""Events that read folders."""

PROCESSES = (
    "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.startfile", "os.startfile/2",
    "subprocess.Popen", "pty.spawn", "os.kill", "os.killpg", "signal.pthread_kill", "_winapi.CreateProcess",
    "_winapi.OpenProcess", "_winapi.TerminateProcess",
)  # fmt: skip
"""Events that start, or reach for, other processes."""

INSIDE = (
    "gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames", "sys.addaudithook",
    "resource.setrlimit", "resource.prlimit", "winreg.CreateKey", "winreg.DeleteKey", "winreg.DeleteValue",
    "winreg.SetValue", "winreg.SaveKey", "winreg.LoadKey",
)  # fmt: skip
"""Events that reach for what watches over the program, or for the system's settings."""


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


def sandbox(scratch: str, readable: list[str]) -> None:
    """From now on, and for good: files are written in `scratch` only, and read in `readable` and where Python is.

    No network, no other processes. What is refused is a PermissionError that says so.
    """
    import ctypes  # noqa: F401  while it may still be loaded

    mine = (os.path.realpath(scratch),)
    seen = (*mine, *(os.path.realpath(path) for path in readable), *installed(), *SYSTEM)
    sys.addaudithook(_hook(mine, seen, os.path.realpath(ROOT)))


def _hook(writable: tuple[str, ...], readable: tuple[str, ...], listed: str) -> Any:
    """The audit hook: a closure over what it needs, since a module's names could be replaced."""
    separator, fspath, realpath, fsdecode = os.sep, os.fspath, os.path.realpath, os.fsdecode
    changes, lists, refused = dict(CHANGES), frozenset(LISTS), dict.fromkeys(PROCESSES, "no other processes are started")
    refused |= dict.fromkeys(INSIDE, "what watches over the program is left alone")
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    places = {True: tuple(f"{path}{separator}" for path in writable), False: tuple(f"{path}{separator}" for path in readable)}
    exactly = {True: frozenset((*writable, os.devnull)), False: frozenset(readable)}

    def within(path: Any, write: bool) -> bool:
        if path is None:
            path = "."
        if isinstance(path, int):  # a file that is open already
            return True
        found = realpath(fsdecode(fspath(path)))
        return found in exactly[write] or found.startswith(places[write])

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = args
            write = bool(flags & writes) or any(letter in (mode or "") for letter in "wax+")
            if not within(path, write):
                doing = "written in its scratch folder" if write else "read in the program's own folder"
                raise PermissionError(f"files are only {doing}, not {path!r}")
        elif event in changes:
            for path in args[: changes[event]]:
                if path != ":memory:" and not within(path, True):
                    raise PermissionError(f"files are only changed in its scratch folder, not {path!r}")
        elif event in lists:
            if args and not within(args[0], False) and realpath(fsdecode(fspath(args[0]))) != listed:
                raise PermissionError(f"folders are only read in the program's own folder, not {args[0]!r}")
        elif event in refused:
            raise PermissionError(f"{refused[event]} ({event})")
        elif event.startswith("socket."):
            raise PermissionError(f"there is no network ({event})")

    return hook
