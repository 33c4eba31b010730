"""`examine`: the verdict on a program, with the line to mend where it is wrong. Runs inside the isolated process."""

import ast
import time
from collections.abc import Mapping, Sequence
from typing import Any

from autograd.programs.findings import findings
from autograd.programs.judging import Objective
from autograd.programs.running import Cell, Program, run
from autograd.programs.understanding import NotChecked, View, understood
from autograd.programs.verdicts import Verdict, verdict_of


def examine(request: Mapping[str, Any]) -> dict[str, Any]:
    """The report on a program, as JSON; see PROGRAMS for its fields."""
    begin = time.monotonic()
    cells = tuple(
        Cell(cell["number"], cell["text"], f"<cell {cell['number']}>" if cell["number"] is not None else request["name"])
        for cell in request["cells"]
    )
    report: dict[str, Any] = {
        "file": request["name"], "verdict": "not checked", "why": "", "loss": None, "lr": None, "optimizer": "",
        "points": 0, "parameters": [], "findings": [], "network": "", "notes": [], "seconds": 0.0,
    }  # fmt: skip
    seconds = float(request.get("seconds", 20.0))
    try:
        _parse(cells)
        report.update(_examined(Program(request["name"], cells, request.get("folder")), seconds, begin))
    except NotChecked as why:
        report["why"] = str(why)
    report["seconds"] = round(time.monotonic() - begin, 3)
    return report


def _parse(cells: Sequence[Cell]) -> None:
    for cell in cells:
        try:
            ast.parse(cell.text)
        except SyntaxError as error:
            where = f"cell {cell.number} " if cell.number is not None else ""
            old = " (Python 2?)" if "print" in str(error.msg) else ""
            raise NotChecked(f"{where}line {error.lineno} does not parse: {error.msg}{old}") from None


def _examined(program: Program, seconds: float, begin: float) -> dict[str, Any]:
    first, best, memory = understood(run(program, seconds=seconds / 4, rounds=5))
    verdict = verdict_of(program, first, best, memory, seconds / 4)
    report = told(program, first, verdict)
    if verdict.wrong:
        report["findings"] = findings(program, first, verdict, begin + 0.9 * seconds)
    return report


def told(program: Program, view: View, verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON."""
    objective = verdict.objective
    constant = verdict.constant
    scaled = constant is not None and not objective.implied and abs(constant - 1.0) > 1e-5
    word = "wrong" if verdict.wrong else "right up to a constant" if scaled else "right"
    found = []
    for parameter in view.parameters:
        name = parameter.name
        own = "wrong" if name in verdict.wrong else word if name in verdict.right and word != "wrong" else "right"
        statement = view.run.recorder.statements[parameter.updates[0].key]
        found.append({
            "name": name, "cell": program.cell_of(statement.file), "line": statement.line, "verdict": own,
            "constant": constant if scaled and own != "wrong" else None, "says": "",
        })  # fmt: skip
    bench = verdict.bench
    found_rates = bench.rates(view.run.recorder.names()).values()
    rates = [r for r in found_rates if r.value != 1.0] or list(found_rates)
    return {
        "verdict": word, "lr": rates[0].value, "points": verdict.points, "parameters": found,
        "optimizer": "with memory" if verdict.memory else "SGD", "loss": _loss(program, view, objective),
        "notes": view.run.notes,
    }  # fmt: skip


def _loss(program: Program, view: View, objective: Objective) -> dict[str, Any]:
    if isinstance(objective.site[0], str):
        place = objective.site[1]
        file, line = place.file, place.line
    else:
        statement = view.run.recorder.statements[objective.site[0]]
        file, line = statement.file, statement.line
    return {"name": objective.name, "cell": program.cell_of(file), "line": line, "kind": objective.kind,
            "implied": objective.implied, "note": ""}  # fmt: skip
