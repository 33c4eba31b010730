"""The command, `python -m autograd` or `chalkgrad`: `check FILE...`; else the worked example, compared and drawn."""

import argparse
import contextlib
import csv
import io
import math
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        "the package 'autograd' that Python found is not chalkgrad's, or only pieces of it: HIPS autograd has the same "
        "import name. Run: pip uninstall autograd, then pip install --force-reinstall chalkgrad."
    )

from autograd import Comparison, Value, compare, draw, explain, explore
from nn import MLP, SGD, bce

Sample = tuple[float, float, float]

DATA: tuple[Sample, ...] = (
    (0.1, 0.7, 1), (0.4, 0.9, 1), (0.3, 0.2, 0), (0.8, 0.4, 0), (0.9, 0.8, 1),
    (0.2, 0.1, 0), (0.5, 0.5, 1), (0.6, 0.3, 0), (0.7, 0.9, 1), (0.2, 0.8, 1),
)  # fmt: skip

START = {
    "w1": -7.16, "w2": -9.21, "w3": -7.46, "w4": -9.45, "w5": -5.07, "w6": -6.58,
    "b1": -9.78, "b2": -6.35, "b3": -6.76,
}  # fmt: skip

EPOCHS = ((0.01, 3), (0.1, 1))
"""(learning rate, epochs), after the single step on the first sample."""

FORMULAS = {
    "z1": "w1·x1 + w2·x2 + b1",
    "z2": "w3·x1 + w4·x2 + b2",
    "h1": "1/(1 + exp(-z1))",
    "h2": "1/(1 + exp(-z2))",
    "z3": "w5·h1 + w6·h2 + b3",
    "ŷ": "1/(1 + exp(-z3))",
    "L": "-(y·ln ŷ + (1 - y)·ln(1 - ŷ))",
    "δ3": "ŷ - y",
    "δ1": "δ3·w5·h1·(1 - h1)",
    "δ2": "δ3·w6·h2·(1 - h2)",
    "w5": "δ3·h1",
    "w6": "δ3·h2",
    "b3": "δ3",
    "w1": "δ1·x1",
    "w2": "δ1·x2",
    "b1": "δ1",
    "w3": "δ2·x1",
    "w4": "δ2·x2",
    "b2": "δ2",
}


def sigma(z: float) -> float:
    """1/(1 + exp(-z)); where exp(-z) is too large for a float, the same up to rounding."""
    return 1 / (1 + math.exp(-z)) if z > -700 else math.exp(z)


def by_hand(p: dict[str, float], x1: float, x2: float, y: float) -> dict[str, float]:
    """δ3, δ1, δ2 and the nine gradients of one sample, as derived on paper; nothing of the engine is used."""
    h1 = sigma(p["w1"] * x1 + p["w2"] * x2 + p["b1"])
    h2 = sigma(p["w3"] * x1 + p["w4"] * x2 + p["b2"])
    y_hat = sigma(p["w5"] * h1 + p["w6"] * h2 + p["b3"])
    delta3 = y_hat - y
    delta1 = delta3 * p["w5"] * h1 * (1 - h1)
    delta2 = delta3 * p["w6"] * h2 * (1 - h2)
    deltas = {"δ3": delta3, "δ1": delta1, "δ2": delta2}
    output = {"w5": delta3 * h1, "w6": delta3 * h2, "b3": delta3}
    first = {"w1": delta1 * x1, "w2": delta1 * x2, "b1": delta1}
    second = {"w3": delta2 * x1, "w4": delta2 * x2, "b2": delta2}
    return {**deltas, **output, **first, **second}


class Training:
    """The network of the example, each of its steps compared with the derivation by hand."""

    def __init__(self) -> None:
        self.model = MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
        self.model.load_named(START)
        self.agreeing = 0
        self.differing: list[str] = []

    def numbers(self) -> dict[str, float]:
        """The parameters as plain floats by name."""
        return {name: parameter.data for name, parameter in self.model.named_parameters().items()}

    def step(self, sample: Sample, lr: float, where: str) -> tuple[Value, Comparison]:
        """Forward, backward, comparison, update: the loss and how the gradients compare."""
        *x, y = sample
        optimizer = SGD(self.model.parameters(), lr)
        optimizer.zero_grad()
        loss: Value = bce(self.model(x), y)
        loss.backward()
        comparison = compare(loss, by_hand(self.numbers(), *sample))
        self.agreeing += sum(row.ok for row in comparison.rows)
        self.differing += [f"{where}: {row.name}" for row in comparison.rows if not row.ok]
        optimizer.step()
        return loss, comparison


def read_samples(path: str) -> tuple[Sample, ...]:
    """The rows x1,x2,y of a CSV file, a heading allowed; ValueError that names the line that cannot be read."""
    samples = []
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ValueError(
            f"--data: there is no file {path!r}; expected a CSV file with lines x1,x2,y such as 0.1,0.7,1"
        ) from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: expected a text file in UTF-8 with lines x1,x2,y; save it as CSV (UTF-8)") from None
    with io.StringIO(text, newline="") as file:
        rows = csv.reader(file)
        for row in rows:
            line = rows.line_num
            if not any(cell.strip() for cell in row) or (line == 1 and [c.strip() for c in row] == ["x1", "x2", "y"]):
                continue
            place, given = f"{path}, line {line}", ",".join(row)
            try:
                x1, x2, y = map(float, row)
            except ValueError:
                raise ValueError(f"{place}: expected three numbers x1,x2,y, got {given!r}") from None
            if not (math.isfinite(x1) and math.isfinite(x2) and 0 <= y <= 1):
                raise ValueError(f"{place}: expected finite x1, x2 and y from 0 to 1, got {given!r}")
            samples.append((x1, x2, y))
    if not samples:
        raise ValueError(f"{path}: no rows; expected lines such as 0.1,0.7,1 (x1, x2, y)")
    return tuple(samples)


def show_derivation(training: Training, sample: Sample, lr: float) -> Value:
    """One sample from the forward pass to the update, every number with its formula."""
    x1, x2, y = sample
    before = training.numbers()
    loss, comparison = training.step(sample, lr, "first step")
    nodes = loss.named()
    print(f"1  Forward: x1 = {x1}, x2 = {x2}, y = {y:g}\n")
    for name in ("z1", "z2", "h1", "h2", "z3", "ŷ", "L"):
        print(f"   {name:3}= {FORMULAS[name]:31}= {nodes[name].data!r}")
    print("\n2  Backward: by hand, and by loss.backward()\n")
    print(f"   {'':12}{'formula':20}{'by hand':>25}{'engine':>26}  by hand is off by")
    for row in comparison.rows:
        name = row.name if row.name.startswith("δ") else f"∂L/∂{row.name}"
        mark = "" if row.ok else "  DIFFERS"
        print(f"   {name:8}  = {FORMULAS[row.name]:20}{row.by_hand!r:>25}{row.engine!r:>26}  {row.distance}{mark}")
    print("\n   (how far from the exact number, as `compare` tells it: an ulp is a unit in the last place)")
    print(f"\n3  Update: w = w - lr·∂L/∂w, lr = {lr}\n")
    for name, number in training.numbers().items():
        print(f"   {name} = {before[name]:<6} - {lr}·({nodes[name].grad!r}) = {number!r}")
    return loss


def show_epochs(training: Training, samples: Sequence[Sample]) -> None:
    """The training that follows, with a line for each sample."""
    print("\n4  Epochs: one step for every sample\n")
    epoch = 0
    for lr, repeats in EPOCHS:
        for _ in range(repeats):
            epoch += 1
            losses = []
            print(f"   epoch {epoch}, lr = {lr}")
            for number, sample in enumerate(samples, start=1):
                loss, comparison = training.step(sample, lr, f"epoch {epoch}, sample {number}")
                losses.append(loss.data)
                prediction = loss.named()["ŷ"].data
                state = "gradients agree" if comparison.ok else comparison.summary
                print(f"   sample {number:2}  y = {sample[2]:g}  ŷ = {prediction:<22}  L = {loss.data:<22}  {state}")
            print(f"   mean loss {math.fsum(losses) / len(losses)!r}\n")
    for name, result in training.numbers().items():
        print(f"   {name} = {result!r}")


def write_worksheet(folder: Path, sample: Sample) -> None:
    """The first step of the example derived in full, as a page to hand out."""
    from autograd.explanation.worksheet import Worksheet  # only this needs it

    *x, y = sample
    loss: Value = bce(Training().model(x), y)
    for path in Worksheet(loss, EPOCHS[0][0]).save(folder):
        print(f"written: {path}")
    print(f"\n{explain(loss).text}", end="")


def write_live_page(folder: Path, samples: Sequence[Sample]) -> None:
    """The network of the example with its samples, as a page on which every number can be changed."""
    X, y = [[x1, x2] for x1, x2, _ in samples], [y for *_, y in samples]  # noqa: N806
    print(f"written: {explore(Training().model, X, y, loss=bce).save(folder / 'explore.html')}")


COMMANDS = {
    "example": "a 2-2-1 sigmoid network trained by hand and by the engine, every gradient\n"
    "compared, the graph drawn (also without a command)",
    "check": "programs of your own: which gradients are right, which lines are wrong;\ncheck --help tells more",
    "explain": "the first step of the example derived in full, in Markdown and HTML",
    "explore": "the network of the example as a live page: change any number, step, train",
}


def called() -> str:
    """What the command was called by."""
    return "chalkgrad" if Path(sys.argv[0]).stem == "chalkgrad" else "python -m autograd"


def parser() -> argparse.ArgumentParser:
    """What all commands but `check` take."""
    lines = (f"  {name:<10}" + told.replace("\n", "\n" + " " * 12) for name, told in COMMANDS.items())
    found = argparse.ArgumentParser(
        prog=called(),
        description="Backpropagation by hand and by an engine.\n\ncommands:\n" + "\n".join(lines),
        usage="%(prog)s check FILE...\n       %(prog)s [-h] [--out FOLDER] [--data FILE.csv] [example|explain|explore]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("command", nargs="?", choices=[*COMMANDS], default="example", help=argparse.SUPPRESS)
    found.add_argument("--out", default="chalkgrad-out", metavar="FOLDER", help="where files go (%(default)s)")
    found.add_argument("--data", metavar="FILE.csv", help="samples as rows x1,x2,y instead of the ten built in")
    return found


def complete() -> None:
    """Answers a shell that asks what may be typed next, by the package argcomplete, and ends."""
    from autograd.programs.command import parser as check

    _, *before, _ = os.environ["COMP_LINE"].split(" ")
    import_module("argcomplete").autocomplete(check("chalkgrad check") if before[:1] == ["check"] else parser())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when everything agrees, 1 when not, 2 for unusable arguments."""
    try:
        code = run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as in `| head`; what is left goes nowhere, quietly
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def run(arguments: Sequence[str] | None) -> int:
    """What `main` does while somebody reads the output."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Greek letters shows ? for them
    if "_ARGCOMPLETE" in os.environ:
        complete()
    if arguments[:1] == ["check"]:
        from autograd.programs.command import run as check  # only this needs it

        return check(arguments[1:], f"{called()} check")
    options = parser().parse_args(arguments)
    if options.command == "check":
        parser().error("check comes first, its options after it; check --help tells more")
    try:
        folder = Path(options.out)
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"--out {options.out}: expected a folder, this is a file")
        samples = DATA if options.data is None else read_samples(options.data)
        if options.command == "explain":
            write_worksheet(folder, samples[0])
            return 0
        if options.command == "explore":
            write_live_page(folder, samples)
            return 0
        training = Training()
        loss = show_derivation(training, samples[0], EPOCHS[0][0])
        show_epochs(training, samples)
        path = folder / "graph.svg"
        draw(loss).save(path)
    except BrokenPipeError:
        raise
    except (OSError, ValueError, ArithmeticError, RuntimeError, ModuleNotFoundError) as error:
        print(f"{called()}: {error}", file=sys.stderr)
        return 2
    print(f"\n5  The graph of step 1 is drawn in {path}\n")
    if training.differing:
        print(f"{len(training.differing)} gradients differ: {'; '.join(training.differing[:20])}")
        return 1
    print(f"all {training.agreeing} gradients agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
