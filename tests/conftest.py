"""What all tests share: the target "red circle", and the rule that no test is left out."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.allowed_skips import LIST, AllowedSkips, read_list
from tests.red_circle import artifact

# The same examples in every run and no clock, so that a test fails for the change that broke it.
# bench/fuzz_archive.py looks for new examples. A folder may be shared by the examples of a test.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-allowed-skips",
        action="store_true",
        help="fail when a test outside tests/allowed_skips.txt was skipped, deselected or xfailed",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--only-allowed-skips"):
        allowed = read_list(LIST.read_text(encoding="utf-8"))
        config.pluginmanager.register(AllowedSkips(allowed), "allowed-skips")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Train the red circle before the first test's clock starts."""
    if any("red_circle" in getattr(item, "fixturenames", ()) for item in session.items):
        artifact.ensure()


@pytest.fixture(scope="session")
def red_circle() -> Path:
    """The root that holds the tests' own target: red_circle/ and its backbone beside it."""
    return artifact.ensure()
