"""Settings from a file and from the environment, and where relative folders start."""

import os
from pathlib import Path

import pytest

from webapp.errors import ConfigError
from webapp.serving.environment import load_environment, parse_port, read_env_file


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file's name in a folder of settings; the current folder is another one."""
    for variable in ("MONASIEVE_DATA", "MONASIEVE_STORAGE_ROOT", "MONASIEVE_WORKERS"):
        monkeypatch.setenv(variable, "")  # so that what the test sets is taken back
        monkeypatch.delenv(variable)
    for folder in ("settings", "here"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "settings" / ".env"


def test_a_file_of_settings_is_read_without_comments_and_quotes(env_file: Path) -> None:
    env_file.write_text("# mine\n\nPORT = 8001\nTRUSTED_HOSTS='a.example'\n")
    assert read_env_file(env_file) == {"PORT": "8001", "TRUSTED_HOSTS": "a.example"}


def test_no_file_holds_no_settings(env_file: Path) -> None:
    assert read_env_file(env_file) == {}


def test_a_line_of_another_form_is_named(env_file: Path) -> None:
    env_file.write_text("PORT=8001\nexport\n")
    with pytest.raises(ConfigError, match=r"\.env, line 2: 'export' is not of the form"):
        read_env_file(env_file)


def test_the_environment_comes_before_the_file(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text("MONASIEVE_WORKERS=3\nMONASIEVE_DATA=/of/the/file\n")
    monkeypatch.setenv("MONASIEVE_DATA", "/of/the/environment")
    settings = load_environment(env_file)
    assert (settings.data_dir, settings.workers) == (Path("/of/the/environment"), 3)


def test_relative_folders_start_at_the_file_or_at_the_current_folder(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text("MONASIEVE_STORAGE_ROOT=kept\n")
    monkeypatch.setenv("MONASIEVE_DATA", "data")
    settings = load_environment(env_file)
    assert settings.data_dir == Path.cwd() / "data"
    assert settings.storage_root == env_file.parent / "kept"
    assert os.environ["MONASIEVE_DATA"] == str(settings.data_dir)  # the parts read it there


def test_the_parts_are_told_the_default_folder(env_file: Path) -> None:
    assert os.environ.get("MONASIEVE_DATA") is None
    settings = load_environment(env_file)
    assert os.environ["MONASIEVE_DATA"] == str(settings.data_dir)


def test_ports_are_1_to_65535() -> None:
    assert (parse_port("1"), parse_port("65535")) == (1, 65535)
    for text in ("0", "65536", "-1", "http", "", "٣"):
        with pytest.raises(ConfigError, match="a number from 1 to 65535"):
            parse_port(text)
