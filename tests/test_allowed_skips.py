"""The rule that no test is left out, tried on little test runs of their own."""

import pytest

from tests.allowed_skips import AllowedSkips, read_list

SKIPPED = "import pytest\n\n\n@pytest.mark.skip(reason='late')\ndef test_late(): ...\n"
SKIPPED_FILE = "import pytest\n\npytest.skip('late', allow_module_level=True)\n"
EXPECTED_TO_FAIL = "import pytest\n\n\n@pytest.mark.xfail\ndef test_odd(): assert False\n"
TWO = "def test_one(): ...\n\n\ndef test_two(): ...\n"


def run(
    pytester: pytest.Pytester, code: str, allowed: dict[str, str], *options: str
) -> pytest.ExitCode:
    """The exit status of a run of `code` as test_it.py, beside a good test, under the plugin."""
    pytester.makepyfile(test_it=code, test_good="def test_good(): ...")
    plugin = AllowedSkips(allowed)
    status = pytester.inline_run("-p", "no:randomly", *options, plugins=[plugin]).ret
    return pytest.ExitCode(status or 0)


@pytest.mark.parametrize("code", [SKIPPED, SKIPPED_FILE, EXPECTED_TO_FAIL])
def test_a_test_that_did_not_run_fails_the_run(pytester: pytest.Pytester, code: str) -> None:
    assert run(pytester, code, {}) == pytest.ExitCode.TESTS_FAILED


def test_a_deselected_test_fails_the_run(pytester: pytest.Pytester) -> None:
    assert run(pytester, TWO, {}, "-k", "one") == pytest.ExitCode.TESTS_FAILED


def test_a_listed_skip_passes(pytester: pytest.Pytester) -> None:
    assert run(pytester, SKIPPED, {"test_it.py::test_late": "known"}) == pytest.ExitCode.OK


def test_a_list_entry_without_a_test_fails_the_run(pytester: pytest.Pytester) -> None:
    allowed = {"test_it.py::test_gone": "known"}
    assert run(pytester, TWO, allowed) == pytest.ExitCode.TESTS_FAILED


def test_a_run_of_all_tests_passes(pytester: pytest.Pytester) -> None:
    assert run(pytester, TWO, {}) == pytest.ExitCode.OK


CONFTEST = """
from tests.allowed_skips import AllowedSkips

def pytest_configure(config):
    config.pluginmanager.register(AllowedSkips({allowed}))
"""


def run_in_worker(
    pytester: pytest.Pytester, allowed: dict[str, str], **code: str
) -> pytest.RunResult:
    """A run of these modules by a worker of pytest-xdist, under the plugin."""
    pytester.makeconftest(CONFTEST.format(allowed=allowed))
    pytester.makepyfile(**code)
    return pytester.runpytest_inprocess(
        "-p", "no:randomly", "-n", "1", "--deselect", "test_two.py::test_two"
    )


def test_what_a_worker_did_not_run_fails_the_run(pytester: pytest.Pytester) -> None:
    code = {"test_a": SKIPPED, "test_b": SKIPPED_FILE, "test_c": EXPECTED_TO_FAIL, "test_two": TWO}
    run = run_in_worker(pytester, {"test_a.py::test_gone": "known"}, **code)
    assert run.ret == pytest.ExitCode.TESTS_FAILED
    assert run.outlines[-6:-1] == [
        "test_a.py::test_gone stands in allowed_skips.txt, but there is no such test",
        "test_a.py::test_late was skipped",
        "test_b.py was skipped as a whole",
        "test_c.py::test_odd was expected to fail",
        "test_two.py::test_two was deselected",
    ]


def test_a_listed_skip_passes_in_a_worker(pytester: pytest.Pytester) -> None:
    run = run_in_worker(pytester, {"test_a.py::test_late": "known"}, test_a=SKIPPED)
    assert run.ret == pytest.ExitCode.OK


def test_the_list_wants_a_reason() -> None:
    assert read_list("# note\n\na.py::test_b  the disk\n") == {"a.py::test_b": "the disk"}
    with pytest.raises(ValueError, match=r"a\.py::test_b has no reason"):
        read_list("a.py::test_b\n")
