"""A stand-in for the process that examines programs: it believes the remarks in them.

`w -= lr * g  # wrong: sign` is an update whose right side is wrong, `# constant 2` one that is right up to 2,
`# never` one that never happens; any other `-=` is right. `# loss` marks the loss. `# crash` ends the process.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

STATES = {"wrong": "wrong", "never": "never updated", "constant": "right up to a constant"}
UPDATE = re.compile(r"^(\s*)([\w.\[\]']+) -= (.*?)\s*(?:# *(wrong|constant|never)(?:[: ]+(\S+))?)?$")


def examine(request: dict[str, Any]) -> dict[str, Any]:
    parameters, findings, loss = [], [], None
    for cell in request["cells"]:
        for number, line in enumerate(cell["text"].split("\n"), start=1):
            place = {"cell": cell["number"], "line": number}
            if line.endswith("# loss"):
                loss = {"name": line.split()[0], **place, "kind": "half squared error", "implied": False, "note": ""}
            found = UPDATE.match(line)
            if not found:
                continue
            indent, name, right, kind, word = found.groups()
            verdict = STATES.get(kind, "right")
            constant = float(word) if kind == "constant" else None
            says = "2.6 % too large" if kind == "wrong" else ""
            parameters.append({"name": name, **place, "verdict": verdict, "constant": constant, "says": says})
            if kind == "wrong":
                begin = len(indent) + len(name) + 4
                findings.append(
                    {
                        "code": word, **place, "text": f"{name} goes the wrong way.", "right": f"-{right}",
                        "parameters": [name], "proved": True, "span": [number, begin, number, begin + len(right)],
                        "stands": line.strip(), "remedy": f"Mend line {number}.", "points": 5, "also": [],
                    }
                )  # fmt: skip
    states = {each["verdict"] for each in parameters}
    order = ("wrong", "never updated", "right up to a constant", "right")
    verdict = next((state for state in order if state in states), "not checked").replace("never updated", "wrong")
    return {
        "file": request["name"], "verdict": verdict, "why": "" if states else "no parameter is updated in it; train it",
        "loss": loss, "lr": 0.1, "optimizer": "SGD", "points": 5, "parameters": parameters, "findings": findings,
        "network": "sigmoid network 2-2-1", "notes": [], "seconds": 0.1,
    }  # fmt: skip


def ask(request: dict[str, Any], seconds: float) -> tuple[Any, str]:
    text = "\n".join(cell["text"] for cell in request["cells"])
    if "# crash" in text:
        return None, "its process was killed"
    if request.get("want") == "graph":
        return {"graph": {"nodes": [[None, [3.0], "w"], ["mul", [0, 0], ""], ["mul", [1, 2.0], "loss"]], "out": 2}}, ""
    answer = re.search(r"# answer (.*)", text)
    return json.loads(answer[1] if answer else json.dumps(examine(request))), ""


def ask_many(
    requests: Sequence[dict[str, Any]], seconds: float, jobs: int, done: Callable[..., None]
) -> list[tuple[Any, str]]:
    answers = []
    for request in requests:
        answers.append(ask(request, seconds))
        done()
    return answers


def install() -> None:
    from autograd.programs import asking

    asking.ask, asking.ask_many = ask, ask_many
