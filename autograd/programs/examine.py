"""`examine`: the verdict on a program, with the line to mend where it is wrong. Runs inside the isolated process."""

import ast
import re
import textwrap
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd.programs.agreement import Judged
from autograd.programs.allowance import Allowance
from autograd.programs.describing import Standard, meaning, network, off
from autograd.programs.edits import line_of
from autograd.programs.findings import findings
from autograd.programs.objectives import LOSS, Objective
from autograd.programs.plain import unpacked
from autograd.programs.replay import before
from autograd.programs.returned_gradients import WEIGHED
from autograd.programs.scalars import written_out
from autograd.programs.spellings import is_weight_name
from autograd.programs.traced_run import Cell, Program, run
from autograd.programs.understanding import NotCheckedError, View, understood
from autograd.programs.updates import builds_on
from autograd.programs.verdicts import Verdict, believed, verdict_of


def examine(request: Mapping[str, Any]) -> dict[str, Any]:
    """The report on a program, as JSON: its fields are those of `report.Report`.

    A request with `"function"` has that function called with its `"arguments"`; with `"want": "graph"` the
    report holds the loss as a graph of numbers; with `"findings": False` the lines to mend are not looked for.
    """
    begin = time.monotonic()
    cells = tuple(
        Cell(
            cell["number"],
            _dedented(cell["text"]),
            f"<cell {cell['number']}>" if cell["number"] is not None else request["name"],
        )
        for cell in request["cells"]
    )
    report: dict[str, Any] = {
        "file": request["name"],
        "verdict": "not checked",
        "why": "",
        "loss": None,
        "lr": None,
        "optimizer": "",
        "points": 0,
        "parameters": [],
        "findings": [],
        "network": "",
        "notes": [],
        "seconds": 0.0,
        "constant": None,
        "meaning": "",
    }
    seconds = float(request.get("seconds", 20.0))
    try:
        _parse(cells)
        program = _program(request, cells)
        if request.get("want") == "graph":
            report["graph"] = _graph(program, seconds)
            return report
        report.update(_examined(program, seconds, search=request.get("findings", True)))
    except NotCheckedError as why:
        report["why"] = str(why)
    report["seconds"] = round(time.monotonic() - begin, 3)
    return report


def _dedented(text: str) -> str:
    """A cell that is indented as a whole, as Jupyter takes it."""
    try:
        ast.parse(text)
    except IndentationError:
        return textwrap.dedent(text) if text[:1] in (" ", "\t") else text
    except (SyntaxError, ValueError):
        pass
    return text


def _parse(cells: Sequence[Cell]) -> None:
    for cell in cells:
        try:
            ast.parse(cell.text)
        except SyntaxError as error:
            where = f"cell {cell.number} " if cell.number is not None else ""
            old = " (Python 2?)" if "print" in str(error.msg) else ""
            raise NotCheckedError(f"{where}line {error.lineno} does not parse: {error.msg}{old}") from None


def _program(request: Mapping[str, Any], cells: Sequence[Cell]) -> Program:
    """The program of a request; of a function, one that calls it."""
    function = request.get("function")
    if not function:
        return Program(request["name"], cells, request.get("folder"))
    given: dict[str, Any] = {name: unpacked(x) for name, x in (request.get("globals") or {}).items()}
    values = [unpacked(x) for x in request.get("arguments") or []]
    trees = [node for cell in cells for node in ast.walk(ast.parse(cell.text))]
    definition = next((n for n in trees if isinstance(n, ast.FunctionDef) and n.name == function), None)
    names = [arg.arg for arg in definition.args.args] if definition is not None else []
    needed = len(names) - len(definition.args.defaults) if definition is not None else 0
    if len(values) < needed:
        wanted = ", ".join(names[:needed])
        raise NotCheckedError(f"{function} needs arguments to be tried with: check({function}, {wanted})")
    named = list(zip(names, values, strict=False))
    lines = [f"{name} = __given__[{i}]" for i, (name, _) in enumerate(named)]
    call = Cell(None, "\n".join([*lines, f"{function}({', '.join(name for name, _ in named)})"]), "<call>")
    return Program(request["name"], [*cells, call], request.get("folder"), given | {"__given__": values})


def _graph(program: Program, seconds: float) -> dict[str, Any] | None:
    """The loss of the first step as single numbers; None where it has no such form."""
    first, best, _ = understood(run(program, seconds=seconds / 2, rounds=3))
    try:
        return written_out(best.benches[0], first.run.recorder.names())
    except ValueError as error:
        raise NotCheckedError(f"its loss cannot be written out number by number: {error}") from None


def _examined(program: Program, seconds: float, search: bool) -> dict[str, Any]:
    first, best, memory = understood(run(program, seconds=seconds / 4, rounds=5))
    verdict = verdict_of(program, first, best, memory, seconds / 4)
    if verdict.wrong:
        believed(program, first, verdict)
    guessed = verdict.objective.implied and not verdict.right and not best.explained
    if guessed and not _meant(best):
        raise NotCheckedError("no loss was found that its updates belong to")
    report = told(program, first, best, verdict)
    if verdict.wrong and search:
        report["findings"] = findings(program, first, verdict, Allowance(seconds / 2))
    if any(one in first.run.recorder.lineages for one in first.origins.lineages):
        idle(program, first, best, report)
    return report


def told(program: Program, view: View, best: Judged, verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON."""
    objective, constant = verdict.objective, verdict.constant
    standard = Standard(view, best)
    scaled = constant is not None and not objective.implied and abs(constant - 1.0) > 1e-5
    word = "wrong" if verdict.wrong else "right up to a constant" if scaled else "right"
    found = []
    for parameter in view.parameters:
        name = parameter.name
        if name not in verdict.fits:
            continue
        own = (
            "wrong"
            if name in verdict.wrong
            else word
            if word != "wrong"
            else "right up to a constant"
            if scaled
            else "right"
        )
        statement = view.run.recorder.statements[parameter.updates[0].key]
        fits = best.fits.get(view.names.index(name), [])
        found.append(
            {
                "name": name,
                "cell": program.cell_of(statement.file),
                "line": statement.line,
                "verdict": own,
                "constant": constant if scaled and own != "wrong" else None,
                "says": off(fits, constant) if own == "wrong" else "",
            }
        )
    rates = list(best.benches[0].rates(view.run.recorder.names()).values())
    rates = [r for r in rates if r.value != 1.0] or rates
    code, words = meaning(constant, standard) if scaled and constant else ("", "")
    return {
        "verdict": word,
        "lr": rates[0].value if rates and not view.exercise else None,
        "points": verdict.points,
        "parameters": found,
        "optimizer": "" if view.exercise else "with memory" if verdict.memory else "SGD",
        "notes": view.run.notes,
        "loss": _loss(program, view, objective, standard, words, best.instead),
        "constant": constant if scaled else None,
        "meaning": code,
        "network": network(view, best.benches[0]),
        "findings": [],
    }


def _loss(
    program: Program, view: View, objective: Objective, standard: Standard, words: str, instead: str
) -> dict[str, Any]:
    if isinstance(objective.site[0], str):
        place = objective.site[1]
        file, line = place.file, place.line
    else:
        statement = view.run.recorder.statements[objective.site[0]]
        file, line = statement.file, statement.line
    kind = objective.kind if objective.implied else standard.kind
    note = f"the gradients are {words}" if words else ""
    if objective.site[1] == WEIGHED:
        kind, note = "outputs times the slopes that it is given", "it computes no loss"
    if instead:
        note = f"the gradients are those of another loss, {instead}"
    if objective.implied:
        other = any(LOSS.search(s.target) for s in view.run.recorder.statements if s.kind == "bind")
        note = "the loss that it computes or prints is another" if other else "it computes no loss"
    return {
        "name": objective.name,
        "cell": program.cell_of(file),
        "line": line,
        "kind": kind,
        "implied": objective.implied,
        "note": note,
    }


def _meant(best: Judged) -> bool:
    """Whether an implied loss that explains nothing is still the one that is meant: its error starts the updates."""
    return any(fits and np.size(fits[0].ratios) for fits in best.fits.values())


def idle(program: Program, view: View, best: Judged, report: dict[str, Any]) -> None:
    """Numbers called like parameters that the forward pass reads and nothing ever moves, into the report.

    Where a statement works out their next value and does not store it, that line is the mistake.
    """
    recorder, names = view.run.recorder, view.run.recorder.names()
    bench = best.benches[0]
    known = {content for one in view.origins.lineages for content in one.contents}
    for node in before([t.node for t in bench.step.terms], view.origins.cut):
        name = names.get(node, "")
        if node.op is not None or node in known or not is_weight_name(name) or isinstance(node.data, int):
            continue
        if not _moves(node, view):
            continue
        event = next(
            (
                e
                for e in recorder.events
                for n in e.nodes.values()
                if recorder.statements[e.key].kind == "do" and builds_on(n, [node])
            ),
            None,
        )
        own = {"name": name, "cell": None, "line": 0, "verdict": "never updated", "constant": None, "says": ""}
        if event is not None:
            statement = recorder.statements[event.key]
            own.update(cell=program.cell_of(statement.file), line=statement.line)
            stands = line_of(program, event.key)
            report["verdict"] = "wrong"
            report["findings"].append(
                {
                    "code": "no-gradient",
                    "cell": own["cell"],
                    "line": statement.line,
                    "right": re.sub(r"\s-\s", " -= ", stands, count=1),
                    "text": "the next value is worked out and not stored",
                    "parameters": [name],
                    "proved": False,
                    "points": 1,
                    "stands": stands,
                    "remedy": "",
                    "span": None,
                    "also": [],
                }
            )
        elif own["line"] == 0:
            born = recorder.born(node)
            if born is not None:
                statement = recorder.statements[born[0]]
                own.update(cell=program.cell_of(statement.file), line=statement.line)
        report["parameters"].append(own)


def _moves(node: Any, view: View) -> bool:
    """Whether a number is of the size of a parameter: not one of many samples."""
    return bool(node.size <= max((one.root.size for one in view.origins.lineages), default=1) * 4)
