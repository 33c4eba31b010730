"""THE table of mistakes: each once, by where it is made; simplest first where two explain the same numbers."""

from autograd.textbook.backward import Figures
from autograd.textbook.mistake import Hypothesis, Mistake
from autograd.textbook.mistakes.biases import BIASES
from autograd.textbook.mistakes.carrying import CARRYING
from autograd.textbook.mistakes.elsewhere import ELSEWHERE
from autograd.textbook.mistakes.factors import FACTORS
from autograd.textbook.mistakes.inputs import INPUTS
from autograd.textbook.mistakes.outputs import OUTPUTS
from autograd.textbook.mistakes.samples import SAMPLES
from autograd.textbook.mistakes.slopes import SLOPES

ROWS = (*FACTORS, *CARRYING, *OUTPUTS, *SLOPES, *INPUTS, *BIASES, *SAMPLES, *ELSEWHERE)

MISTAKES: dict[str, Mistake] = {row.code: row for row in ROWS}
"""The rows by code."""

CODES = tuple(MISTAKES)
"""The codes of all mistakes."""


def hypotheses(fig: Figures) -> list[Hypothesis]:
    """Every mistake of the table that can be made in a network, simplest first."""
    found = [hypothesis for row in ROWS for hypothesis in row.hypotheses(fig)]
    return sorted(found, key=lambda h: h.rank)  # of one rank, as in the table
