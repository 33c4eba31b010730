"""The benchmark's own machinery, on made-up clocks and peers: nothing depends on how fast anything is."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.benchmarks import (
    against,
    checking,
    compiled,
    compiling,
    harness,
    layers,
    memory,
    moons,
    native,
    page,
    ready,
    seed,
    sizes,
    startup,
    table,
)  # fmt: skip
from tests.benchmarks.__main__ import main, moons_work, seed_work
from tests.benchmarks.harness import Effort, NotInstalledError, Peer, Runner, Task, Work, measure
from tests.benchmarks.processes import answer, peak
from tests.benchmarks.targets import targets

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


def test_targets_of_compiled_code_are_against_the_row_they_name() -> None:
    rows = [
        table.Row("seed", "chalkgrad, llvm", ratio=0.01),
        table.Row("seed", "chalkgrad, python", ratio=0.5),
        table.Row("seed", "C by hand, -O3", ratio=0.02),
        table.Row("seed", "Python by hand", ratio=0.1),
        table.Row("seed", "chalkgrad, one jitted step a call", data={"seconds": 4e-6}),
        table.Row("ready", "chalkgrad, llvm, first result", data={"seconds": 0.2}),
    ]
    assert [line for target in targets(rows) if (line := target.verdict())] == [
        "- met: seed, C by hand, -O3's time by ours in llvm: 2.00 (at least 1)",
        "- MISSED: seed, our time in Python by that of Python by hand: 5.00 (at most 1.5)",
        "- met: seed, a jitted step called from Python, microseconds: 4.00 (at most 5)",
        "- MISSED: ready, the first result, seconds: 0.200 (at most 0.15)",
    ]


def test_compiled_rows_stand_behind_the_graph_that_is_taken_as_right() -> None:
    for work in (moons_work(), seed_work()):
        names = [one.name for one in work.peers]
        ours = [name.startswith("chalkgrad") for name in names]
        assert names[0] == "chalkgrad, nn.MLP"
        assert ours == sorted(ours, reverse=True)
        assert {"chalkgrad, llvm", "chalkgrad, python"} <= set(names)


LIGHT = {"autograd", "nn", "micrograd", "numpy", "llvmlite", "casadi"}  # the others take seconds to import
SMALL = moons.moons((2, 3, 4, 1), samples=7)
NARROW = layers.Wide((20, 9, 10), samples=23, batch=5)
WORKS = (
    Work("moons", SMALL, moons.start(SMALL), [*harness.peers_in(moons), *compiled.MOONS, sizes.with_casadi]),
    Work("seed", seed.Seed(), seed.START, [*harness.peers_in(seed), *compiled.SEED]),
    Work("layers", NARROW, NARROW.start(), layers.PEERS),
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
    rows = memory.measure(operations=2000, long=20_000, rounds=1, samples=200)
    assert not [row.wrong for row in rows if row.wrong]
    ours = ["chalkgrad", *(f"chalkgrad, {held}" for held in memory.HELD)]
    assert [row.peer for row in rows] == [*memory.ENGINES, *memory.ENGINES, *ours]
    (row,) = startup.measure(rounds=1)
    assert (row.wrong, row.data["foreign"]) == ("", [])


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js on the PATH")
def test_pages_compute_what_graphs_do() -> None:
    rows = page.measure()
    assert [(row.peer, row.wrong) for row in rows] == [(page.EPOCH, ""), (page.DRAG, "")]
    verdicts = [line for target in targets(rows) if (line := target.verdict())]
    assert [name in line for name, line in zip((page.EPOCH, page.DRAG), verdicts, strict=True)] == [True, True]


@pytest.mark.long
def test_programs_are_checked_as_they_stand_and_with_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = checking.measure(1, (checking.SMALL,))
    assert [(row.peer, row.agrees, len(row.data["rounds"])) for row in rows] == [
        (checking.RIGHT, "right", 1),
        (checking.WRONG, "line 31", 1),
    ]
    verdicts = [line for target in targets(rows) if (line := target.verdict())]
    assert ["check, 2-2-1 in scalars" in line for line in verdicts] == [True, True]
    right = json.dumps({"verdict": "right", "findings": []})
    monkeypatch.setattr(checking, "check", lambda path, steps=1: (0, right))  # as if no mistake were seen
    (_, wrong) = checking.measure(1, (checking.SMALL,))
    assert wrong.wrong == "right [], expected wrong [31]"


def test_no_compiler_is_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler-anywhere")
    assert native.compiler_version() == ""
    with pytest.raises(NotInstalledError):
        native.load()


@pytest.mark.parametrize("steps", [3, 10, 27])
def test_steps_take_the_samples_in_turn_whatever_their_number(steps: int) -> None:
    ours, by_hand = compiled.seed_runner(seed.Seed(), "python"), harness.make_ready(seed.with_floats, seed.Seed())
    for runner in (ours, by_hand):
        runner.put(seed.START)
        runner.run(steps)
    assert ours.parameters() == pytest.approx(by_hand.parameters(), rel=1e-12)


def sizes_rows(ratios: Sequence[float]) -> list[table.Row]:
    """Rows as they are measured at growing widths: ours, NumPy with these ratios, and a peer that is missing."""
    rows = []
    for size, ratio in zip(sizes.series(quick=False)["widths"], ratios, strict=False):
        work = size.title
        data = {"first code": 0.1, "better code": 0.2} if size.hidden > 8 else {"first code": 0.01}
        rows.append(table.Row(work, sizes.OURS, "1.00 ms", ratio=1.0, data=data, table="sizes"))
        theirs = {"ratio": ratio, "relative": table.relative(ratio), "data": {"difference": 1e-14}}
        rows.append(table.Row(work, "NumPy by hand", "2.00 ms", table="sizes", **theirs))
        rows.append(table.Row(work, "CasADi", "not installed", table="sizes"))
    return rows


def test_sizes_are_a_line_each_and_the_winner_is_bold(capsys: pytest.CaptureFixture[str]) -> None:
    rows = sizes_rows([4.0, 2.0, 0.5])
    assert main([], {"sizes": lambda effort, quick: rows}) == 0
    lines = capsys.readouterr().out.splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    assert cells[0][1:] == [sizes.OURS, "compiled in (first + better code)", "NumPy by hand", "CasADi", "agree within"]
    assert cells[2] == ["2-8-8-1, batch 100", "1.00 ms", "10.0 ms", "2.00 ms (4.00×)", "not installed", "1e-14"]
    assert cells[3][2] == "100 ms + 200 ms"
    assert cells[4][3] == "**2.00 ms (0.500×)**"
    assert "- NumPy by hand: faster than ours from 2-32-32-1, batch 100 on." in lines


@pytest.mark.parametrize(
    ("ratios", "said"),
    [
        ([2.0, 3.0], "slower than ours everywhere, 2.00 to 3.00 times"),
        ([0.5, 0.9], "faster than ours everywhere"),
        ([2.0, 0.9], "faster than ours from b on"),
        ([0.5, 0.9, 2.0], "faster than ours up to b"),
        ([0.5, 2.0, 0.9], "faster than ours at a; c"),
        ([2.0, 0.5, 2.0], "faster than ours at b"),
    ],
)
def test_who_is_faster_where_is_said_in_words(ratios: list[float], said: str) -> None:
    assert sizes.verdict(list(zip("abc", ratios, strict=False))) == said


def test_sizes_that_are_measured_meet_in_the_one_that_both_series_have() -> None:
    for quick in (True, False):
        widths, batches, *_ = (set(one) for one in sizes.series(quick).values())
        assert widths & batches == {sizes.Size(sizes.squares(sizes.WIDTH), sizes.BATCH)}
    few, many = (moons.start(sizes.problem_of(sizes.Size(sizes.squares(8), batch))) for batch in (1, 10))
    assert few[:4] == many[:4]


@pytest.mark.skipif(not native.compiler(), reason="needs a C compiler")
@pytest.mark.parametrize("n", [7, 300])
def test_blocked_loops_in_c_take_the_steps_of_plain_ones(n: int) -> None:
    problem = moons.moons((2, 19, 6, 1), samples=n)
    blocked = layers.in_c(problem.sizes, problem.inputs, problem.targets, n, problem.lr, HINGE=1, L2=problem.l2)
    work = Work("moons", problem, moons.start(problem), [], check_steps=5)
    found, expected = (harness.numbers(one, work) for one in (blocked, moons.with_c.prepare(problem)))
    assert harness.disagreement(found, expected)[0] < 1e-12


def test_operations_of_a_program_are_counted() -> None:
    from autograd import Symbol, dot, exp
    from autograd.compiler.program import program

    a, b, c, d = (Symbol(name) for name in "abcd")
    assert compiling.operations(program([exp(a) * b], [a, b])) == 2
    assert compiling.operations(program([dot([a, b], [c, d], a)], [a, b, c, d])) == 4


def test_calls_of_the_compiler_are_timed_and_it_is_as_it_was() -> None:
    from autograd import jit
    from autograd.compiler import jitted

    original, spent = jitted.trace, list[float]()
    with compiling.timed(original, spent):
        assert jit(lambda x: x * x, backend="python")(3.0) == 9.0
    assert (len(spent), jitted.trace) == (1, original)


def test_stages_of_compiling_are_measured_in_a_process_of_their_own() -> None:
    rows = compiling.measure(rounds=1, counts=[100])
    assert [row.wrong for row in rows] == [""] * 4
    python, *_ = rows
    assert set(python.data["stages"]) == {"trace", "text", "quick"}
    assert all(seconds > 0 for seconds in python.data["stages"].values())
    shown = compiling.as_table([*rows, table.Row("compile, chain of 7", "llvm", "not installed", table="compile")])
    assert [line.split("|")[1].strip() for line in shown.splitlines()[2:]] == ["network"] * 2 + ["chain"] * 2 + [
        "chain of 7"
    ]
    assert "not installed" in shown.splitlines()[-1]
    assert len({line.count("|") for line in shown.splitlines()}) == 1


def test_results_of_two_backends_must_agree() -> None:
    right = {"results": [1.0, 2.0, 3.0]}
    rows = [table.Row("c", "python", data=dict(right)), table.Row("c", "llvm", data={"results": [1.0, 2.0, 3.1]})]
    compiling.compared(rows)
    assert rows[0].agrees == "taken as right"
    assert "gradients[1] is 3.1, expected 3.0" in rows[1].wrong
    assert not any("results" in row.data for row in rows)


def test_the_first_result_is_counted_without_imports_and_with_them() -> None:
    def one(seconds: float, imports: float, p: float = 1.0) -> dict[str, object]:
        return {"seconds": seconds, "imports": imports, "parameters": [p]}

    found = {"ours": [one(1.0, 1.0), one(3.0, 1.0)], "jax": [one(4.0, 6.0), one(6.0, 6.0)], "absent": []}
    alone = ready.rows_of(ready.AFTER, found, lambda answer: answer["seconds"])
    whole = ready.rows_of(ready.WITH, found, lambda answer: answer["seconds"] + answer["imports"])
    assert [row.measured for row in alone] == ["2.00 s", "5.00 s", "not installed"]
    assert [row.ratio for row in (alone[1], whole[1])] == [3.0, 4.0]
    assert [row.agrees for row in alone] == ["taken as right", "0e+00", "–"]
    (_, wrong) = ready.rows_of("ready", {"a": [one(1, 1)], "b": [one(1, 1, 2.0)]}, lambda answer: answer["seconds"])
    assert "parameters[0] is 2.0, expected 1.0" in wrong.wrong


def test_an_answer_of_a_process_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="no_such_shape"):
        answer("compiling", "no_such_shape", "python", 10)
    assert peak() > 1_000_000


def test_ours_beside_ours_at_a_commit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    key = ("moons", "chalkgrad, llvm")
    taken = iter([{key: 2e-3}, {key: 1e-3}, {key: 3e-3, ("new", "row"): 1.0}, {key: 3e-3}, {key: 2e-3}, {key: 4e-3}])
    trees: list[bool] = []

    def run(tree: Path, works: Sequence[str]) -> against.Seconds:
        trees.append(tree == against.ROOT)
        return next(taken)

    monkeypatch.setattr(against, "run", run)
    monkeypatch.setattr(against, "unpacked", lambda commit, folder: None)
    table = against.compared("v1", ["moons"], rounds=3)
    assert trees == [True, False] * 3
    assert [cell.strip() for cell in table.splitlines()[2].split("|")[1:-1]] == [*key, "2.00 ms", "3.00 ms", "1.00×"]
    assert len(table.splitlines()) == 3  # what one of the trees lacks is no pair
    monkeypatch.undo()
    with pytest.raises(SystemExit):
        main(["--against", "no-such-commit"], {})
    assert "expected a commit of this repository, got 'no-such-commit'" in capsys.readouterr().err
