"""The benchmark's own machinery, on made-up clocks and peers: nothing depends on how fast anything is."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.benchmarks import harness, memory, moons, native, seed, startup, table
from tests.benchmarks.__main__ import main, targets
from tests.benchmarks.harness import Effort, NotInstalledError, Peer, Runner, Task, Work, measure

EFFORT = Effort(rounds=3, seconds=0.0)


class Clock:
    """A clock that stands still unless work moves it on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def worker(self, name: str, costs: Sequence[float], log: list[str]) -> Callable[[int], None]:
        """Work that takes the next of `costs` a step at each second call; the others are warm-ups."""
        rest = iter([cost for timed in costs for cost in (1e6, timed)])

        def run(steps: int) -> None:
            log.append(f"{name}{steps}")
            self.now += next(rest) * steps

        return run


def doubling(gradient: float = 2.0, applied: float = 2.0) -> Callable[[float], Runner]:
    """A peer whose loss is twice its one parameter; the gradient it claims and the one it applies."""

    def prepare(lr: float) -> Runner:
        state = [0.0]

        def run(steps: int) -> None:
            for _ in range(steps):
                state[0] -= lr * applied

        def put(numbers: Sequence[float]) -> None:
            state[:] = numbers

        return Runner(put, run, lambda: (2 * state[0], [gradient]), lambda: list(state))

    return prepare


def command(*peers: Peer) -> Callable[[Sequence[str]], int]:
    """The command with one benchmark, of the peers given."""
    work = Work("fake", 0.1, [1.0], peers)
    return lambda argv: main(argv, {"fake": lambda effort, quick: measure(work, EFFORT)})


def test_tasks_take_turns_and_only_the_work_is_timed() -> None:
    clock, log = Clock(), list[str]()

    def reset() -> None:
        clock.now += 1000.0

    a = Task(clock.worker("a", [1.0, 5.0, 2.0], log), ready=reset, steps=10)
    b = Task(clock.worker("b", [3.0, 5.0, 9.0], log), steps=2)
    harness.interleave([a, b], 3, clock)
    assert log == ["a1", "a10", "b1", "b2"] * 3
    assert (a.rounds, b.rounds) == ([1.0, 5.0, 2.0], [3.0, 5.0, 9.0])
    assert harness.ratio(b, a) == 3.0  # of 3, 1, 4.5: within the rounds, not of the medians, which is 2.5


def test_the_number_of_steps_is_chosen_to_fill_a_round() -> None:
    clock = Clock()
    task = Task(clock.worker("a", [0.001] * 100, []))
    harness.calibrate(task, 0.1, clock)
    assert 60 <= task.steps <= 150
    slow = Task(clock.worker("b", [2.0] * 100, []))
    harness.calibrate(slow, 0.1, clock)
    assert slow.steps == 1


def test_times_and_ratios_come_from_the_medians() -> None:
    clock, rows = Clock(), {name: table.Row("fake", name) for name in "ab"}
    costs = {"a": [1.0, 2.0, 9.0], "b": [4.0, 2.0, 27.0]}
    tasks = {name: Task(clock.worker(name, costs[name], [])) for name in costs}
    harness.interleave(tasks.values(), 3, clock)
    harness.fill_in(rows, tasks)
    assert [(row.measured, row.relative) for row in rows.values()] == [
        ("2.00 s", "1.00×"),
        ("4.00 s", "3.00×"),
    ]


def test_peers_that_agree_end_well(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = command(Peer("ours", doubling()), Peer("theirs", doubling()))
    assert run(["--json", str(tmp_path / "out.json")]) == 0
    printed = capsys.readouterr().out
    assert "taken as right" in printed
    assert "WRONG" not in printed
    rows = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["rows"]
    assert [(row["peer"], len(row["data"]["rounds"])) for row in rows] == [("ours", 3), ("theirs", 3)]


@pytest.mark.parametrize("gradient", [2.00001, -2.0, float("nan"), 0.0])
def test_a_wrong_gradient_is_loud(gradient: float, capsys: pytest.CaptureFixture[str]) -> None:
    run = command(Peer("ours", doubling()), Peer("theirs", doubling(gradient)), Peer("third", doubling()))
    assert run([]) == 1
    said = capsys.readouterr()
    (line,) = [line for line in said.out.splitlines() if "theirs" in line]
    assert f"**WRONG: gradients[0] is {gradient!r}, expected 2.0" in line
    assert "WRONG: fake, theirs" in said.err
    assert said.out.count("WRONG") == 1


def test_a_wrong_update_is_loud(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(Peer("ours", doubling()), Peer("theirs", doubling(applied=-2.0)))([]) == 1
    assert "**WRONG: parameters[0] is " in capsys.readouterr().out


def test_a_peer_that_breaks_is_loud_and_alone(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(problem: float) -> Runner:
        raise ValueError("expected | a problem")

    assert command(Peer("broken", broken), Peer("ours", doubling()))([]) == 1
    printed = capsys.readouterr().out
    assert "**WRONG: ValueError: expected \\| a problem**" in printed
    assert "taken as right" in printed


def test_a_missing_peer_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    def no_compiler(problem: float) -> Runner:
        raise NotInstalledError("cc")

    absent = Peer("absent", doubling(), needs=("no_such_module_anywhere",))
    assert command(Peer("ours", doubling()), absent, Peer("C", no_compiler))([]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in ("absent", "C"):
        (line,) = [line for line in lines if f" {name} " in line and line.startswith("|")]
        assert "not installed" in line


def test_terms_that_cancel_are_no_disagreement_but_a_small_error_is() -> None:
    ours = harness.Numbers(1.0, [1.0, 0.0, 1e-7], [0.0])
    rounding = harness.Numbers(1.0, [1.0, 1e-17, 1e-7], [0.0])
    assert harness.disagreement(rounding, ours)[0] < harness.TOLERANCE
    wrong = harness.Numbers(1.0, [1.0, 0.0, 2e-7], [0.0])
    assert harness.disagreement(wrong, ours)[0] > harness.TOLERANCE
    short = harness.Numbers(1.0, [1.0], [0.0])
    assert harness.disagreement(short, ours) == (float("inf"), "1 gradients, expected 3")


def test_targets_are_met_or_missed() -> None:
    rows = [
        table.Row("moons", "chalkgrad, nn.MLP", ratio=1.0),
        table.Row("moons", "chalkgrad, written out", ratio=4.0),
        table.Row("moons", "micrograd", ratio=20.0),
        table.Row("import", "import autograd", data={"seconds": 0.02}),
    ]
    verdicts = [target.verdict() for target in targets(rows)]
    assert [line.partition(":")[0] for line in verdicts if line] == ["- MISSED", "- MISSED", "- met"]
    assert not any(target.verdict() for target in targets([]))


LIGHT = {"autograd", "nn", "micrograd", "numpy"}  # the others take seconds to import
SMALL = moons.moons((2, 3, 4, 1), samples=7)
WORKS = (
    Work("moons", SMALL, moons.start(SMALL), harness.peers_in(moons)),
    Work("seed", seed.Seed(), seed.START, harness.peers_in(seed)),
)
LIGHT_PEERS = [
    pytest.param(work, one, id=f"{work.name}, {one.name}")
    for work in WORKS
    for one in work.peers
    if LIGHT.issuperset(one.needs)
]


@pytest.mark.parametrize(("work", "one"), LIGHT_PEERS)
def test_light_peers_agree_with_ours(work: Work, one: Peer) -> None:
    try:
        found = harness.numbers(harness.make_ready(one, work.problem), work)
        expected = harness.numbers(harness.make_ready(work.peers[0], work.problem), work)
    except NotInstalledError as missing:
        pytest.skip(f"{missing} is not installed")
    apart, where = harness.disagreement(found, expected)
    assert apart <= work.tolerance, where


def test_memory_and_import_have_rows() -> None:
    rows = memory.measure(operations=2000, long=20_000, rounds=1)
    assert not [row.wrong for row in rows if row.wrong]
    assert [row.peer for row in rows] == [*memory.ENGINES, *memory.ENGINES, "chalkgrad"]
    (row,) = startup.measure(rounds=1)
    assert (row.wrong, row.data["foreign"]) == ("", [])


def test_no_compiler_is_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler-anywhere")
    assert native.compiler_version() == ""
    with pytest.raises(NotInstalledError):
        native.load()
