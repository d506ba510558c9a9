"""A test that does not run proves nothing: with --only-allowed-skips, skipping fails the run.

tests/allowed_skips.txt lists the exceptions, each with its reason.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

LIST = Path(__file__).with_name("allowed_skips.txt")
SEEN = "allowed-skips"
"""Under this name, a worker of pytest-xdist tells what it collected and complains of."""


def read_list(text: str) -> dict[str, str]:
    """The reason of each test id in the list. Raises ValueError for a line without a reason."""
    reasons = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        test, _, reason = line.strip().partition(" ")
        if not reason:
            raise ValueError(f"allowed_skips.txt: {test} has no reason.")
        reasons[test] = reason.strip()
    return reasons


class AllowedSkips:
    """A pytest plugin that fails the run when tests outside `allowed` did not really run."""

    def __init__(self, allowed: dict[str, str]) -> None:
        self._allowed = allowed
        self._collected: set[str] = set()
        self.complaints: set[str] = set()

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self._collected.add(item.nodeid)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.complaints |= {f"{item.nodeid} was deselected" for item in items}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.complaints.add(f"{report.nodeid} was skipped as a whole")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        expected_to_fail = hasattr(report, "wasxfail")
        if (report.skipped or expected_to_fail) and report.nodeid not in self._allowed:
            how = "was expected to fail" if expected_to_fail else "was skipped"
            self.complaints.add(f"{report.nodeid} {how}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take over what a worker of pytest-xdist saw, because only the workers collect tests."""
        collected, complaints = getattr(node, "workeroutput", {}).get(SEEN, ((), ()))
        self._collected.update(collected)
        self.complaints.update(complaints)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        told = getattr(session.config, "workeroutput", None)
        if told is not None:  # this is a worker
            told[SEEN] = sorted(self._collected), sorted(self.complaints)
            return
        self.complaints |= {
            f"{test} stands in allowed_skips.txt, but there is no such test"
            for test in self._allowed.keys() - self._collected
        }
        if self.complaints and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.complaints:
            terminalreporter.section("not listed in tests/allowed_skips.txt", red=True)
        for complaint in sorted(self.complaints):
            terminalreporter.line(complaint)
