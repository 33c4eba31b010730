"""The catalogue of mistakes, written from its table: `python -m tests.catalogue`."""

from pathlib import Path

from autograd.textbook.mistakes import (
    BIASES,
    CARRYING,
    ELSEWHERE,
    FACTORS,
    INPUTS,
    OUTPUTS,
    SAMPLES,
    SLOPES,
)  # fmt: skip

PAGE = Path(__file__).parents[1] / "notebooks" / "guide" / "mistakes.md"

GROUPS = {
    "Factors, signs, means": FACTORS,
    "What carries δ down": CARRYING,
    "δ of the outputs": OUTPUTS,
    "Slopes of activations": SLOPES,
    "What δ is multiplied by": INPUTS,
    "Biases": BIASES,
    "Samples and passes": SAMPLES,
    "Elsewhere: programs, steps, time, penalties": ELSEWHERE,
}


def catalogue() -> str:
    """The page: every mistake with what was done, how it is put right, and where it was seen."""
    lines = [
        "# The mistakes",
        "",
        "All that have a name, by where they are made: what was done, and how it is put right. Each is a row of one",
        "[table](../../autograd/textbook/mistakes), and this page is written from it.",
    ]
    for heading, rows in GROUPS.items():
        lines += ["", f"## {heading}", "", "| code | what was done | to put it right | seen in |", "|---|---|---|---|"]
        lines += [f"| `{row.code}` | {_cell(row.says)} | {_cell(row.remedy)} | {row.seen} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(catalogue(), encoding="utf-8")
