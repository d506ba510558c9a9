"""README and .env.example name exactly the settings that the program reads."""

import dataclasses
import re
from pathlib import Path

from webapp.config import Settings

ROOT = Path(__file__).parents[1]
VARIABLES = {field.metadata["variable"]: field for field in dataclasses.fields(Settings)}
OF_MAKE_RUN = {"PORT"}  # read by `monasieve serve`, not by the app


def test_the_example_shows_every_setting_with_its_default_and_help() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^#([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert shown.keys() == VARIABLES.keys() | OF_MAKE_RUN
    for variable, field in VARIABLES.items():
        assert f"# {field.metadata['help']}\n#{variable}=" in text, variable
        default = Settings.from_env({variable: shown[variable]} if shown[variable] else {})
        assert default == Settings.from_env({}), variable


def test_the_readme_has_a_row_for_every_setting() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| *`([A-Z_]+)`", text, re.MULTILINE))
    assert rows == VARIABLES.keys() | OF_MAKE_RUN
