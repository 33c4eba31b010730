"""Programs that mean harm, or only do it: each is a clear outcome within its limits, and nothing outside changes."""

import ast
import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd.isolation import Integrity, Limits, Outcome, isolated, isolated_many
from autograd.isolation import scratch as scratch_module
from autograd.isolation.kernel import REFUSED, THREADS, WITHOUT_EFFECT
from autograd.isolation.outcome import in_words
from autograd.isolation.scratch import remove, scratch, size

ROOT = Path(__file__).parents[1]
RUN = "autograd.manual.run_filled:numbers"
SMALL = Limits(seconds=60, memory=2**30, disk=8 * 2**20)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="what the kernel of Linux looks after")


def run(source: str, limits: Limits = SMALL, **more: Any) -> Outcome:
    return isolated(RUN, {"source": source, "names": ["x", "s"], "known": []}, limits, **more)


def number(outcome: Outcome) -> Any:
    assert outcome.result is not None, outcome
    return outcome.result["numbers"].get("x")


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """A folder beside the program's, which stays as it is to the last byte."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "key.txt").write_text("the solution", encoding="utf-8")
    (folder / "inside").mkdir()
    before = state(folder)
    yield folder
    assert state(folder) == before


def state(folder: Path) -> dict[str, tuple[Any, ...]]:
    found = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        at = path.stat()
        found[str(path)] = (at.st_mode, at.st_mtime_ns, at.st_size, path.read_bytes() if path.is_file() else b"")
    return found


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Scratch folders are gone afterwards, and so are all processes."""
    place = tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr(scratch_module.tempfile, "tempdir", str(place))
    yield
    assert os.listdir(place) == []
    if sys.platform == "linux":
        assert not [line for line in processes() if str(place) in line]


def processes() -> list[str]:
    """The environments of all processes that can be seen."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            found.append(path.read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue
    return found


# ---------------------------------------------------------------- what goes well


def test_a_program_runs_in_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("1,2,3\n", encoding="utf-8")
    (tmp_path / "large").write_bytes(b"0" * 2**21)
    source = """
import os, json, shutil
here = os.getcwd()
os.makedirs("a/b"); shutil.copy("data.csv", "a/b/copy.csv"); os.rename("a/b/copy.csv", "moved.csv")
open("new.txt", "w").write("5"); open(os.devnull, "w").write("5")
x = [float(n) for n in open("moved.csv").read().split(",")] + [float(open("new.txt").read())]
shutil.rmtree("a"); open("data.csv", "w"); os.remove("data.csv"); os.rename("large", "a"); os.remove("a")
"""
    outcome = run(source, folder=str(tmp_path))
    assert number(outcome) == [1, 2, 3, 5] and outcome.ok and outcome.why == ""
    assert sorted(os.listdir(tmp_path)) == ["data.csv", "large"] and (tmp_path / "data.csv").read_text() == "1,2,3\n"
    assert number(isolated(RUN, {"source": "x = 2", "names": ["x"], "known": [], "folder": str(tmp_path)})) == 2


def test_libraries_work_inside() -> None:
    source = """
import numpy as np, random, tempfile, threading, sqlite3
import matplotlib.pyplot as plt
np.save("a.npy", np.eye(3)); plt.plot([1, 2]); plt.savefig("a.png")
sqlite3.connect("a.db").execute("create table t(a)")
with tempfile.TemporaryFile() as file: file.write(b"1")
thread = threading.Thread(target=abs, args=(1,)); thread.start(); thread.join()
x = float(np.linalg.det(np.load("a.npy"))) + 0 * (np.random.default_rng(0).normal(size=(50, 50)) @ np.ones(50)).sum()
"""
    assert number(run(source, SMALL._replace(memory=2**32))) == 1


def test_runs_are_alike_and_see_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "secret")
    monkeypatch.setenv("PYTHONSTARTUP", "x.py")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    names = "{w for w in ('one', 'two', 'three', 'four')}"
    secret = "float('API_TOKEN' in os.environ or '/nowhere' in sys.path)"
    source = f"import os, sys\nx = [float(len(n)) for n in {names}]\ns = {secret}"
    first, second = run(source), run(source)
    assert first.result == second.result is not None
    assert first.result["numbers"]["s"] == 0


def test_errors_name_the_line_of_the_program() -> None:
    outcome = run("import json\n\ndef f():\n    json.loads('{')\n\nf()\n")
    assert (outcome.kind, outcome.error, outcome.line) == ("error", "JSONDecodeError", 4)
    assert outcome.why.startswith("it ended with JSONDecodeError in line 4: Expecting property name")
    outcome = run("x = 1\ny = (2,\n")
    assert (outcome.error, outcome.line, outcome.why) == (
        "SyntaxError", 2, "it ended with SyntaxError in line 2: '(' was never closed",
    )  # fmt: skip
    assert isolated("autograd.nowhere:f", {}).error == "ModuleNotFoundError"


def test_sizes_in_words() -> None:
    assert [in_words(n) for n in (5, 2048, 3 * 2**20, 2**32, 1.5 * 2**30)] == [
        "5 bytes",
        "2 kB",
        "3 MB",
        "4 GB",
        "1.5 GB",
    ]


# ---------------------------------------------------------------- what uses too much


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "sum(range(10**12))",  # in C, where no exception gets in
        "import re; re.match('(a+)+b', 'a' * 60)",
        "import time; time.sleep(1000)",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import signal\nfor n in {*range(1, 32)} - {9, 19}: signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
        "import os; os.closerange(0, 256)\nwhile True: pass",
    ],
)  # fmt: skip
def test_without_end(source: str) -> None:
    outcome = run(source, SMALL._replace(seconds=0.4))
    assert (outcome.result, outcome.kind, outcome.why) == (None, "time", "it ran longer than 0.4 s")
    assert outcome.seconds < 10


def test_a_thread_without_end_keeps_nobody() -> None:
    source = "import threading\ndef f():\n    while True: pass\nthreading.Thread(target=f).start()\nx = 1"
    assert number(run(source)) == 1


@LINUX
@pytest.mark.parametrize(
    "source",
    [
        "x = bytearray(10 * 2**30)",
        "x = []\nwhile True: x.append('a' * 2**26)",
        "import numpy; numpy.ones((10**5, 10**5))",
    ],
)
def test_memory(source: str) -> None:
    outcome = run(source)
    assert outcome.kind == "memory" and outcome.why.startswith("it needed more than 1 GB of memory in line ")


def test_threads_without_number() -> None:
    outcome = run("import threading\nwhile True: threading.Thread(target=threading.Event().wait).start()")
    assert outcome.kind in ("error", "memory", "time") and not outcome.ok


def test_printing_without_end_blocks_nobody() -> None:
    source = "import os\nfor _ in range(1000): print('a' * 10**6)\nfor fd in (1, 2): os.write(fd, b'a' * 10**6)\nx = 1"
    assert number(run(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "for i in range(99): open(f'a{i}', 'wb').write(b'0' * 10**6)\nwhile True: pass",
        "file = open('a', 'wb')\nwhile True: file.write(b'0' * 10**6)",
    ],
)
def test_disk(source: str) -> None:
    outcome = run(source)
    assert outcome.why in ("it wrote more than 8 MB, or 2000 files", "it ended with OSError in line 2: File too large")


def test_a_result_without_end() -> None:
    outcome = run("x = [1.0] * 10**6", SMALL._replace(output=2**20))
    assert (outcome.kind, outcome.why) == ("output", "its result is larger than 1 MB")


def test_recursion_without_end() -> None:
    outcome = run("def f():\n    f()\nf()")
    assert (outcome.kind, outcome.why) == ("recursion", "a function calls itself without end in line 2")
    assert not run("import sys; sys.setrecursionlimit(10**9)\ndef f(): f()\nf()", SMALL._replace(seconds=1)).ok


# ---------------------------------------------------------------- what ends early


ASKED = "it asked for input in line {}, and nobody is there to answer"


@pytest.mark.parametrize(
    ("source", "kind", "why"),
    [
        ("import os; os._exit(0)", "exit", "it ended the process itself (exit status 0)"),
        ("import os; os._exit(7)", "exit", "it ended the process itself (exit status 7)"),
        ("import sys\nsys.exit('done')", "exit", "it ended itself in line 2 by exit()"),
        ("exit()", "exit", "it ended itself in line 1 by exit()"),
        ("raise KeyboardInterrupt", "error", "it ended with KeyboardInterrupt in line 1"),
        ("name = input('Name? ')", "input", ASKED.format(1)),
        ("import sys\nsys.stdin.read(); input()", "input", ASKED.format(2)),
        ("breakpoint()", "input", ASKED.format(1) if sys.version_info >= (3, 13) else ASKED.replace(" in line {}", "")),
        ("class E(BaseException):\n    def __str__(self): raise E\nraise E", "error", "it ended with E in line 3"),
        ("import os; os.closerange(0, 256); x = 1", "exit", "it closed the channel of the result"),
    ],
)  # fmt: skip
def test_endings(source: str, kind: str, why: str) -> None:
    outcome = run(source)
    assert (outcome.result, outcome.kind, outcome.why) == (None, kind, why)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import os; os.abort()", "SIGABRT"),
        ("import signal; signal.setitimer(signal.ITIMER_REAL, 0.01); signal.pause()", "SIGALRM"),
    ],
)
def test_crashes(source: str, name: str) -> None:
    outcome = run(source)
    assert (outcome.kind, outcome.why) == ("signal", f"the process was killed ({name})")


def test_a_forged_result_on_every_channel_is_not_taken() -> None:
    forged = json.dumps(Outcome({"numbers": {"x": 5.0}})._asdict())
    source = f"import os\nfor fd in range(64):\n    try: os.write(fd, b'''{forged}''')\n    except OSError: pass\nx = 1"
    assert number(run(source)) == 1
    outcome = run(f"{source}\nos._exit(0)")
    assert outcome.result is None and outcome.kind == "exit"
    flood = (
        "import os\nfor fd in range(3, 64):\n  try:\n    while True: os.write(fd, b'a' * 2**20)\n  except OSError: 0"
    )
    assert run(flood, SMALL._replace(output=2**20)).kind in ("output", "time")


# ---------------------------------------------------------------- what reaches outside


OUTSIDE = {
    "read": "open({key!r}).read()",
    "read through os": "import os; os.read(os.open({key!r}, os.O_RDONLY), 9)",
    "read through a link": "import os; os.symlink({key!r}, 'link'); open('link').read()",
    "read through numpy": "import numpy; numpy.fromfile({key!r})",
    "read as a module": "import runpy; runpy.run_path({key!r})",
    "list": "import os; os.listdir({folder!r})",
    "list by pathlib": "import pathlib; next(iter(pathlib.Path({folder!r}).iterdir()))",
    "write": "open({key!r}, 'w')",
    "append": "open({key!r}, 'a')",
    "update": "open({key!r}, 'r+')",
    "write anew": "import pathlib; pathlib.Path({folder!r}, 'new').write_text('')",
    "write through a link": "open('large.bin', 'w')",
    "write upwards": "open('../new.txt', 'w')",
    "remove": "import os; os.remove({key!r})",
    "remove all": "import shutil; shutil.rmtree({folder!r})",
    "rename": "import os; os.rename({key!r}, 'mine')",
    "replace": "import os; open('a', 'w').close(); os.replace('a', {key!r})",
    "link": "import os; os.link({key!r}, 'mine')",
    "mkdir": "import os; os.mkdir({folder!r} + '/new')",
    "rmdir": "import os; os.rmdir({folder!r} + '/inside')",
    "chmod": "import os; os.chmod({key!r}, 0)",
    "utime": "import os; os.utime({key!r}, (1, 1))",
    "truncate": "import os; os.truncate({key!r}, 0)",
    "sqlite": "import sqlite3; sqlite3.connect({folder!r} + '/new.db')",
    "a home": "import pathlib; open(pathlib.Path.home().parent / 'x', 'w')",
    "accounts": "open('/etc/passwd')",
    "memory": "open('/proc/self/mem', 'rb')",
    "environment of the caller": "import os; open(f'/proc/{{os.getppid()}}/environ', 'rb').read()",
    "tests": "open({tests!r}).read()",
}  # fmt: skip


def told_of_each(sources: list[str], folder: Path | None = None) -> list[str]:
    """What each is told that asks for what it may not have, all in one program, which goes on; "" where it has it."""
    program = f"""
x = []
for source in {sources!r}:
    try:
        exec(source, {{}})
        x.append(0)
    except PermissionError as error:
        x.append([ord(letter) for letter in str(error)])
"""
    found = number(run(program, folder=None if folder is None else str(folder)))
    return ["".join(chr(int(letter)) for letter in letters) if letters else "" for letters in found]


def test_files_elsewhere(canary: Path) -> None:
    names = {"key": str(canary / "key.txt"), "folder": str(canary), "tests": str(Path(__file__).resolve())}
    own = canary.parent / "own"
    own.mkdir()
    (own / "large.bin").write_bytes(b"0" * 2**21)
    sources = [source.format(**names) for source in OUTSIDE.values()]
    for kind, told in zip(OUTSIDE, told_of_each(sources, own), strict=True):
        assert "a program that is checked " in told and (str(canary) in told or "/" in told), (kind, told)
    outcome = run(OUTSIDE["read"].format(**names), folder=str(own))
    assert (own / "large.bin").stat().st_size == 2**21
    assert (outcome.result, outcome.error) == (None, "PermissionError") and "a program that is checked " in outcome.why


PROCESSES = [
    "import os\nwhile True: os.fork()",
    "import subprocess; subprocess.run(['ls'])",
    "import os; os.system('ls')",
    "import os; os.execv('/bin/ls', ['ls'])",
    "import os; os.posix_spawn('/bin/ls', ['ls'], {})",
    "import multiprocessing as m; m.Process(target=print).start()",
    "import os; os.kill(os.getppid(), 9)",
    "import os; os.kill(os.getpid(), 9)",
    "import os; os.killpg(0, 9)",
]
NETWORK = [
    "import socket; socket.create_connection(('127.0.0.1', 80))",
    "import socket; socket.socket(socket.AF_UNIX)",
    "import socket; socket.getaddrinfo('example.org', 80)",
    "import http.client; http.client.HTTPConnection('127.0.0.1').request('GET', '/')",
]


@pytest.mark.skipif(sys.platform == "win32", reason="calls of POSIX")
def test_processes_and_network() -> None:
    for source, told in zip([*PROCESSES, *NETWORK], told_of_each([*PROCESSES, *NETWORK]), strict=True):
        assert ("has no network" if source in NETWORK else "starts no processes") in told, source
    outcome = run(PROCESSES[0])
    assert outcome.error == "PermissionError" and "starts no processes" in outcome.why


@pytest.mark.parametrize(
    "source",
    [
        "import gc; gc.get_objects()",
        "import ctypes; ctypes.CDLL('libc.so.6')",
        "import ctypes; ctypes.pythonapi.PySys_AddAuditHook",
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    ],
)
def test_what_watches_is_left_alone(source: str) -> None:
    outcome = run(source)
    assert outcome.error == "PermissionError" and "a program that is checked " in outcome.why
    heard = "import sys\nx = []\nsys.addaudithook(lambda event, args: x.append(1))\nsys.audit('something')"
    assert number(run(heard)) == []  # Python leaves such a hook out without a word


PAST_THE_HOOK = """
import ctypes, numpy
def call(name, *args):  # as if an installed package did it
    text = "lambda ctypes, name: getattr(ctypes.CDLL(None, use_errno=True), name)"
    function = eval(compile(text, numpy.__file__, "eval"))(ctypes, name)
    ctypes.set_errno(0)
    result = function(*args)
    return [float(result), float(ctypes.get_errno())]
"""  # fmt: skip
EPERM, EACCES, ENOSYS = 1, 13, 38


@LINUX
@pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of calls of x86-64")
def test_the_kernel_refuses_what_the_hook_does_not_see(canary: Path) -> None:
    from autograd.isolation.kernel import CREATE_RULESET

    if ctypes_syscall(CREATE_RULESET, None, 0, 1) < 1:
        pytest.skip("this kernel has no Landlock")
    key, folder, new = (str(p).encode() for p in (canary / "key.txt", canary / "inside", canary / "new"))
    cases = [
        (f"call('open', {key!r}, 0)", EACCES),
        (f"call('open', {key!r}, 2)", EACCES),
        (f"call('open', {new!r}, 66, 438)", EACCES),
        (f"call('unlink', {key!r})", EACCES),
        (f"call('rmdir', {folder!r})", EACCES),
        (f"call('mkdir', {new!r}, 511)", EACCES),
        (f"call('rename', {key!r}, {new!r})", EACCES),
        (f"call('truncate', {key!r}, 0)", EACCES),
        (f"call('symlink', {key!r}, {new!r})", EACCES),
        ("call('open', b'/proc/self/mem', 2)", EACCES),
        ("call('fork')", EPERM),
        ("call('execv', b'/bin/ls', None)", EPERM),
        ("call('socket', 2, 1, 0)", EPERM),
        ("call('kill', 1, 0)", EPERM),
        (f"call('kill', {os.getpid()}, 0)", EPERM),
        ("call('setsid')", EPERM),
        ("call('syscall', 435, 0, 0)", ENOSYS),
        ("call('syscall', 0x40000000 + 57)", EPERM),
        ("call('syscall', 302, 0, 9, b'0' * 16, 0)", EPERM),
        ("call('syscall', 319, b'a', 0)", EPERM),
        ("call('syscall', 460)", ENOSYS),
        (f"call('chmod', {key!r}, 0)", 0),  # says that it did, and did nothing: the canary shows
        ("call('getpid')", 0),
    ]
    source = PAST_THE_HOOK + "x = [\n" + "".join(f"    {text},\n" for text, _ in cases) + "]\n"
    found = number(run(source))
    assert [int(errno) for _, errno in found] == [errno for _, errno in cases]
    assert all(result == -1 for (result, _), (_, errno) in zip(found, cases, strict=True) if errno)


def ctypes_syscall(*args: Any) -> int:
    import ctypes

    return int(ctypes.CDLL(None).syscall(*args))


@LINUX
def test_the_numbers_of_calls_are_those_of_the_headers() -> None:
    """Numbers that were typed in, against the system's own lists, where these are installed."""
    headers = [Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm-generic/unistd.h")]
    if not all(path.exists() for path in headers):
        pytest.skip("no headers of the kernel here")
    for column, path in enumerate(headers):
        words = [
            line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#define __NR")
        ]
        known = {w[1].removeprefix("__NR3264_").removeprefix("__NR_"): int(w[2]) for w in words if w[2].isdigit()}
        for name, numbers in {**REFUSED, **WITHOUT_EFFECT, **THREADS}.items():
            assert numbers[column] in (None, known.get(name, numbers[column])), name
            assert (numbers[column] is None) == (name not in known) or known.get(name) == numbers[column], name


# ---------------------------------------------------------------- what tampers with the judge


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (
            "import autograd.comparison.comparing as j; j.judged = lambda *a: None",
            "autograd.comparison.comparing.judged",
        ),
        ("import autograd; autograd.Value.backward = lambda self: None", "autograd.value.Value.backward"),
        ("from autograd.value import Value as V; V.__getattr__ = abs", "autograd.value.Value.__getattr__"),
        ("import autograd.graph as g; g.cotangents.__code__ = (lambda: 0).__code__", "autograd.graph.cotangents"),
        ("import math; math.exp = abs", "math.exp"),
        ("import builtins; builtins.sum = max", "builtins.sum"),
        ("import json; json.dumps = lambda *a: '{}'", "json.dumps"),
        ("import autograd.graph as g; g.abs = max", "autograd.graph.abs"),
        ("import sys; del sys.modules['autograd.value']", "autograd.value."),
        ("import sys; sys.modules['autograd.value'] = type(sys)('v')", "autograd.value."),
    ],
)  # fmt: skip
def test_tampering_is_told(source: str, named: str) -> None:
    outcome = run(source)
    assert (outcome.result, outcome.kind) == (None, "changed")
    assert outcome.why.startswith("it changed what judges it: ") and named in outcome.why


def test_tampering_with_the_report_is_told() -> None:
    outcome = run("import autograd.isolation.child as c; c.Outcome = c.failed = dict")
    assert (outcome.kind, outcome.why) == ("changed", "it changed what reports its result")


def test_use_is_not_tampering() -> None:
    integrity = Integrity()
    from autograd import Value, compare, explain, to_manual

    w, x = Value(0.5, "w"), Value(3.0, "x")
    loss = (w * x - 1) ** 2
    assert compare(loss, {"dw": 3.0}).ok and str(explain(loss, w)) and to_manual(loss)
    assert integrity.changed() == []


# ---------------------------------------------------------------- the caller


@pytest.fixture
def hearing() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests were started with it ignored, as in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_the_program_and_reaches_the_caller(hearing: None) -> None:
    started = threading.Event()

    def interrupt() -> None:
        started.wait()
        time.sleep(0.5)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        started.set()
        run("while True: pass", SMALL)
    thread.join()


@LINUX
def test_a_caller_that_is_killed_leaves_no_program_behind(tmp_path: Path) -> None:
    """The program writes the time for as long as it runs; it stops soon after its caller is gone."""
    source = "import time\nfor n in range(400):\n    open('now', 'w').write(str(n)); time.sleep(0.02)"
    code = (
        f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\nfrom autograd.isolation import isolated\n"
        f"isolated({RUN!r}, {{'source': {source!r}, 'names': [], 'known': []}})"
    )
    caller = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    while not list(tmp_path.glob("*/now")):
        time.sleep(0.01)
        assert caller.poll() is None
    caller.kill()
    caller.wait()
    path = next(iter(tmp_path.glob("*/now")))
    until = time.monotonic() + 20
    while True:
        before = path.stat().st_mtime_ns
        time.sleep(0.3)
        if path.stat().st_mtime_ns == before:
            break
        assert time.monotonic() < until, "the program runs on"
    assert int(path.read_text() or 0) < 399


def test_nothing_of_a_program_reaches_the_caller() -> None:
    before = (os.getcwd(), sys.getrecursionlimit(), dict(os.environ), signal.getsignal(signal.SIGINT))
    source = (
        "import os, sys, signal\nos.mkdir('a'); os.chdir('a'); sys.setrecursionlimit(99); os.environ['A'] = 'b'; x = 1"
    )
    assert number(run(source)) == 1
    assert (os.getcwd(), sys.getrecursionlimit(), dict(os.environ), signal.getsignal(signal.SIGINT)) == before


def test_where_no_process_can_be_started_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    outcome = run("x = 1")
    assert outcome.kind == "start" and outcome.why.startswith("no process of its own could be started: ")


# ---------------------------------------------------------------- many


MIX = ["x = 1", "import time; time.sleep(1); x = 2", "import os; os._exit(4)", "x = 4", "1 / 0", "x = 6"]


def many(**more: Any) -> list[str]:
    requests = [{"source": source, "names": ["x"], "known": []} for source in MIX]
    seen: list[Outcome] = []
    found = isolated_many(RUN, requests, SMALL, done=seen.append, **more)
    assert sorted(map(str, seen)) == sorted(map(str, found)) and seen.index(found[0]) < seen.index(found[1])
    return [f"{o.result['numbers']['x']:g}" if o.result else o.kind for o in found]


EXPECTED = ["1", "2", "exit", "4", "error", "6"]


def test_many_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "joblib", None)  # as if it were not installed
    assert many(jobs=3) == EXPECTED
    assert many() == EXPECTED


def test_many_by_joblib() -> None:
    joblib = pytest.importorskip("joblib")
    assert many() == many(jobs=2) == EXPECTED
    with joblib.parallel_config(backend="sequential"):
        assert many() == EXPECTED


def test_an_interrupt_ends_all() -> None:
    def stop(outcome: Outcome) -> None:
        raise KeyboardInterrupt

    requests = [{"source": source, "names": ["x"], "known": []} for source in ["x = 1", *["while True: pass"] * 5]]
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        isolated_many(RUN, requests, SMALL, jobs=2, done=stop)
    assert time.monotonic() - begun < 60  # one of them alone takes that


# ---------------------------------------------------------------- the scratch folder


def test_scratch_folders_are_removed_whatever_is_in_them(tmp_path: Path, canary: Path) -> None:
    with scratch(str(tmp_path)) as path:
        assert os.path.samefile(os.path.join(path, "elsewhere"), canary)
        here = os.getcwd()
        os.chdir(path)
        for _ in range(1100):  # deeper than recursion goes
            os.mkdir("a")
            os.chdir("a")
        os.chdir(here)
        os.mkdir(os.path.join(path, "locked"), 0)
        assert size(path, 10**9) < 10**9 and size(path, 1000) > 1000
        os.chdir(path)
        for _ in range(20):  # and longer than paths are
            os.mkdir("b" * 250)
            os.chdir("b" * 250)
        os.chdir(here)
        assert size(path, 10**9) > 10**9
    assert not os.path.exists(path)
    remove(str(tmp_path / "nowhere"))


def test_the_runner_stands_alone() -> None:
    """Nothing but the standard library and itself, so that every floor above may use it."""
    for path in sorted((ROOT / "autograd" / "isolation").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.startswith("autograd.isolation") or name.partition(".")[0] in sys.stdlib_module_names
