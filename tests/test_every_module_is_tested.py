"""Every module has a test file of its name, or its package's tests say where it is tested."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    module.relative_to(ROOT)
    for package in ("ml", "webapp")
    for module in (ROOT / package).rglob("*.py")
    if not module.name.startswith("__") and "migrations" not in module.parts
)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_has_tests_or_says_where(module: Path) -> None:
    folder = ROOT / "tests" / module.parent
    if (folder / f"test_{module.name}").is_file():
        return
    note = folder / "__init__.py"
    text = note.read_text(encoding="utf-8") if note.is_file() else ""
    assert f"`{module.stem}`" in text, f"{module} has no test file, and {note} does not name it"
