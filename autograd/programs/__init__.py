"""`check`: the user's own program as it stands, run traced, its gradients judged, the wrong line named.

The room in the order in which a program goes through it:

1. here, in the process of the user: `reading` takes it apart into cells, `asking` hands it to a process of its own
   (`autograd.isolation`), in which `examine` does all that follows;
2. run traced: `instrumenting` has everything that it stores pass through `recording`, `stand_ins` replaces its imports,
   and its numbers become `arrays` of `traced` nodes, which remember how they were computed; `traced_run` ends the run;
3. judged: `roles` finds parameters, updates and learning rate by dataflow alone, `understanding` the loss,
   `agreement` compares updates with its gradient, and `verdicts` does so at several points;
4. mended: `editing` writes what else a line might say, `mending` puts it there and runs on, which is the proof;
   `findings` gathers what held, `mistake_names` gives it its name;
5. and here again: `believed` looks at what came back before anybody does, and `report` tells it, in `wording`,
   `marked` as HTML, or as JSON; `several` for a class, `command` and `magics` for those who type.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # all of it is imported when something is checked, not before
    from autograd.programs.report import Report
    from autograd.programs.several import Reports


def check(given: Any, *args: Any, seconds: float = 60.0, jobs: int | None = None) -> "Report | Reports":
    """Which gradients of a program that does backpropagation by hand are right, and where not, which line is wrong.

    given    a file (`.py`, `.ipynb`; `.txt` and `.md` with `In [n]:` prompts or fenced code), the text of a
             program, or a function that returns a loss and gradients; a folder, or a list, for `Reports` on all
    args     example arguments of the function, made up where they are not given
    seconds  after which a program is "not checked"
    jobs     how many programs are run at a time, as many as there are cores if not said

    A program that trains is judged by what it moves its parameters by, a function by the gradients that it returns, a
    script that only works out gradients by those, which it calls dW1, grad_w5 or dL_db2.

    The program is run in a process of its own, in a scratch folder, never in this one; its file is only read. What
    cannot be traced is "not checked", and the report says why.

        report = check("notebook.ipynb")
        report.ok, report.verdict, report.findings
        print(report)
        report.assert_ok()
    """
    if not isinstance(seconds, (int, float)) or not 0 < seconds < 1e6:
        raise ValueError(f"check: expected seconds above 0, got {seconds!r}")
    if jobs is not None and (type(jobs) is not int or jobs < 1):
        raise ValueError(f"check: expected jobs as a whole number from 1 on, got {jobs!r}")
    from autograd.programs.answers import answered

    return answered(given, args, float(seconds), jobs)


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext autograd`: from then on there are `%%check`, `%check`, `%%mark` and `%mark`."""
    from autograd.programs.magics import Magics

    Magics(shell).register()
