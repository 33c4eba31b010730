"""What Linux itself refuses a program, whatever language it reaches for: Landlock for files, seccomp for the rest.

The audit hook of `autograd.isolation.sandbox` says what was refused, in words, but it lives in the same memory as the
program. These two live in the kernel and cannot be taken back: neither needs rights of its own, and each is left out
where the kernel does not have it (Landlock: Linux 5.13; seccomp: x86-64 and ARM64).
"""

import contextlib
import ctypes
import errno
import os
import platform
import signal
import stat
import struct
import sys
from collections.abc import Iterable, Sequence
from typing import Any

SET_PDEATHSIG, SET_SECCOMP, SET_NO_NEW_PRIVS, FILTER = 1, 22, 38, 2
"""Arguments of prctl."""

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The calls of Landlock, of one number on all machines."""

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REG, MAKE_SYM, REFER, TRUNCATE = (1 << bit for bit in (7, 8, 12, 13, 14))
"""The rights of Landlock that somebody is given."""

OF_FILES = WRITE_FILE | READ_FILE | TRUNCATE
READ = READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER | TRUNCATE

MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""By machine, the column of `REFUSED` and the mark by which seccomp knows it."""

REFUSED: dict[str, tuple[int | None, int | None]] = {
    # other processes, and programs in this one's place
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "setsid": (112, 157),
    "setpgid": (109, 154), "tkill": (200, 130), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "kcmp": (312, 272), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "migrate_pages": (256, 238), "move_pages": (279, 239), "setrlimit": (160, 164),
    # the network, and whatever would get round this list
    "socket": (41, 198), "socketpair": (53, 199), "io_uring_setup": (425, 425), "bpf": (321, 280),
    # what would stay behind in memory when the process is gone
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180), "mq_unlink": (241, 181),
    # the machine
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fspick": (433, 433),
    "mount_setattr": (442, 442), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "sethostname": (170, 161), "setdomainname": (171, 162), "acct": (163, 89), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "syslog": (103, 116), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "fanotify_init": (300, 262),
    "inotify_init1": (294, 26), "mknod": (133, None), "mknodat": (259, 33), "vhangup": (153, 58), "iopl": (172, None),
    "ioperm": (173, None),
}  # fmt: skip
"""Calls that fail with EPERM, by their numbers on x86-64 and on ARM64."""

WITHOUT_EFFECT: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}  # fmt: skip
"""Calls that do nothing and say that they did: Landlock has no rule for them, and `shutil.copy` makes them."""

THREADS = {"clone": (56, 220), "clone3": (435, 435), "kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261)}
"""Calls of which some uses are refused: see `_filter`."""

NEWEST = 452
"""The first call that was not looked at: from it on, they do not exist."""

CLONE_THREAD = 0x10000


def guard(writable: Sequence[str], readable: Sequence[str], listed: Sequence[str]) -> list[str]:
    """What the kernel looks after from now on, for good: some of "files", "calls"; nothing where it is not Linux.

    writable  folders in which everything is allowed but to execute
    readable  folders and files that may be read
    listed    folders of which names may be read
    """
    if sys.platform != "linux":
        return []
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    libc.prctl(SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)  # whoever started this is gone: nobody waits for it
    if libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return []
    done = []
    if _landlock(libc, writable, readable, listed):
        done.append("files")
    if _seccomp(libc):
        done.append("calls")
    return done


def _landlock(libc: Any, writable: Iterable[str], readable: Iterable[str], listed: Iterable[str]) -> bool:
    """Whether files are looked after from now on."""
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    every = (1 << (13 if version < 2 else 14 if version < 3 else 15 if version < 5 else 16)) - 1
    attributes = struct.pack("=Q", every)
    if version >= 4:
        attributes += struct.pack("=Q", 3)  # no TCP, be it to bind or to connect
    if version >= 6:
        attributes += struct.pack("=Q", 3)  # no signals to, and no abstract sockets of, anybody outside
    rules = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if rules < 0:
        return False
    for paths, rights in ((writable, WRITE), (readable, READ), (listed, READ_DIR), ([os.devnull], OF_FILES)):
        for path in paths:
            _allow(libc, rules, path, rights & every)
    done = bool(libc.syscall(RESTRICT_SELF, rules, 0) == 0)
    os.close(rules)
    return done


def _allow(libc: Any, rules: int, path: str, rights: int) -> None:
    """Gives rights below a path, which may not exist."""
    with contextlib.suppress(OSError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= OF_FILES
        libc.syscall(ADD_RULE, rules, 1, struct.pack("=Qi", rights, place), 0)
        os.close(place)


def _seccomp(libc: Any) -> bool:
    """Whether calls are looked after from now on."""
    machine = platform.machine()
    if machine not in MACHINES or struct.calcsize("P") != 8 or sys.byteorder != "little":
        return False
    code = _filter(*MACHINES[machine], os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    return bool(libc.prctl(SET_SECCOMP, FILTER, program, 0, 0) == 0)


def _filter(column: int, machine: int, pid: int) -> bytes:
    """The filter, a program that the kernel runs at every call: it loads a number, jumps, returns what is to happen."""
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, fail = 0x7FFF0000, 0x80000000, 0x00050000
    number, arch, first, third = 0, 4, 16, 32  # where in what it looks at: the call, the machine, arguments
    steps = [(load, 0, 0, arch), (equal, 1, 0, machine), (give, 0, 0, kill), (load, 0, 0, number)]

    def when(test: int, value: int, *then: tuple[int, int, int, int]) -> None:
        steps.extend([(test, 0, len(then), value), *then])

    refuse = (give, 0, 0, fail | errno.EPERM)
    if column == 0:
        when(at_least, 0x40000000, refuse)  # the same calls under other numbers
    when(at_least, NEWEST, (give, 0, 0, fail | errno.ENOSYS))
    for numbers in REFUSED.values():
        if (call := numbers[column]) is not None:
            when(equal, call, refuse)
    for numbers in WITHOUT_EFFECT.values():
        if (call := numbers[column]) is not None:
            when(equal, call, (give, 0, 0, fail))
    some = {name: numbers[column] for name, numbers in THREADS.items()}
    granted = (give, 0, 0, allow)
    when(equal, some["clone3"], (give, 0, 0, fail | errno.ENOSYS))  # its flags are out of sight: clone is used instead
    when(equal, some["clone"], (load, 0, 0, first), (any_bit, 0, 1, CLONE_THREAD), granted, refuse)
    for name in ("kill", "tgkill"):  # to this process only
        when(equal, some[name], (load, 0, 0, first), (equal, 0, 1, pid), granted, refuse)
    low, high = (load, 0, 0, third), (load, 0, 0, third + 4)  # limits are read, not set
    when(equal, some["prlimit64"], low, (equal, 0, 3, 0), high, (equal, 0, 1, 0), granted, refuse)
    steps.append(granted)
    return b"".join(struct.pack("HBBI", *step) for step in steps)
