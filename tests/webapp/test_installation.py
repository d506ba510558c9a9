"""Where the program's files and its data lie, in a checkout and when installed."""

from pathlib import Path

import pytest

from webapp import installation

ROOT = Path(__file__).parents[2]


def test_a_checkout_holds_its_files_and_its_data() -> None:
    assert installation.RESOURCES == ROOT
    for name in ("templates", "static", "wsgi.py"):
        assert (installation.RESOURCES / name).exists()
    assert installation.choose_data_dir() == ROOT / "instance"
    assert installation.choose_env_file() == ROOT / ".env"


@pytest.mark.parametrize("folder", ["", "relative/folder"])
def test_an_installed_program_keeps_its_data_in_the_home_folder(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "IS_CHECKOUT", False)
    monkeypatch.setenv("HOME", "/home/ada")
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, folder)  # the XDG standard ignores relative folders
    assert installation.choose_data_dir() == Path("/home/ada/.local/share/monasieve")
    assert installation.choose_env_file() == Path("/home/ada/.config/monasieve.env")


def test_an_installed_program_heeds_the_folders_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(installation, "IS_CHECKOUT", False)
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/data")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/srv/settings")
    assert installation.choose_data_dir() == Path("/srv/data/monasieve")
    assert installation.choose_env_file() == Path("/srv/settings/monasieve.env")
