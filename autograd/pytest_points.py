"""Points for homework in pytest: `pytest_plugins = ["autograd.pytest_points"]` in a conftest.py, and then

    @pytest.mark.points(3)
    def test_gradients(graded):
        graded(compare(loss, homework.gradients()))

gives 3 points for numbers that are all right, and some for some. pytest ends with a table of the points;
`--points results.json` writes them for a grader, in the format of Gradescope.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

GOT, MOST = "points", "points for all of it"
"""What a test reports."""


@pytest.fixture
def graded(request: pytest.FixtureRequest) -> Callable[[Any], None]:
    """Call it with what `compare`, `check` or `exercise.mark` gave: the test gets the points for what is right."""
    marker = request.node.get_closest_marker("points")
    if marker is None:
        raise pytest.UsageError("graded: say how many points the test is worth, @pytest.mark.points(3)")

    def judged(found: Any) -> None:
        __tracebackhide__ = True
        request.node.user_properties.append((GOT, found.score(marker.args[0])))
        found.assert_ok()

    return judged


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option --points."""
    parser.addoption("--points", metavar="FILE.json", help="write the points there, as Gradescope reads them")


def pytest_configure(config: pytest.Config) -> None:
    """The marker, and the table."""
    config.addinivalue_line("markers", "points(most): how many points there are for the test")
    config.pluginmanager.register(Table(config.getoption("--points")), "chalkgrad points")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test reports what it is worth, whatever becomes of it."""
    for item in items:
        marker = item.get_closest_marker("points")
        if marker is not None:
            item.user_properties.append((MOST, marker.args[0]))


class Table:
    """The points test by test."""

    def __init__(self, path: str | None) -> None:
        self.path = path
        self.tests: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes the points of a test that has run, or that could not be set up."""
        told = dict(report.user_properties)
        if MOST not in told or not (report.when == "call" or (report.when == "setup" and not report.passed)):
            return
        most = told[MOST]
        got = told.get(GOT, 0.0) if report.failed else most if report.passed else 0.0
        said = report.longreprtext.strip()
        self.tests.append({"name": report.nodeid, "score": got, "max_score": most, "output": said})

    def pytest_sessionfinish(self) -> None:
        """Writes the file."""
        if self.path:
            with open(self.path, "w", encoding="utf-8") as file:
                json.dump({"tests": self.tests}, file, ensure_ascii=False, indent=2)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Prints the table."""
        if self.tests:
            terminalreporter.section("points")
            for line in self.lines():
                terminalreporter.line(line)

    def lines(self) -> Iterator[str]:
        """The lines of the table, the last its sum."""
        got, most = (sum(test[key] for test in self.tests) for key in ("score", "max_score"))
        for test in self.tests:
            yield f"{test['score']:7.4g} of {test['max_score']:<5.4g} {test['name']}"
        yield f"{got:7.4g} of {most:<5.4g} in all"
