import dataclasses
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from webapp.config import Settings, read_secret_key
from webapp.errors import ConfigError

ROOT = Path(__file__).parents[2]


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_env({})
    assert settings.data_dir == ROOT / "instance"
    assert settings.storage_root == ROOT / "instance" / "storage"
    assert settings.workers >= 1
    assert settings.trusted_hosts == ("127.0.0.1", "localhost", "[::1]")


def test_every_field_can_be_set_and_says_what_it_is_for() -> None:
    for field in dataclasses.fields(Settings):
        assert field.metadata["help"]
        text, wanted = {
            type(Path()): ("/data", Path("/data")),
            str: ("tcp://scheduler:8786", "tcp://scheduler:8786"),
            tuple: ("a.example, b.example", ("a.example", "b.example")),
            int: ("12_345", 12_345),
            bool: ("no", False),
        }[type(field.default)]
        settings = Settings.from_env({field.metadata["variable"]: text})
        assert getattr(settings, field.name) == wanted


def test_an_empty_variable_leaves_the_default() -> None:
    assert Settings.from_env({"MONASIEVE_DATA": " "}).data_dir == ROOT / "instance"


@pytest.mark.parametrize("text", ["many", "0", "-1", "1.5"])
def test_a_number_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match=f"MONASIEVE_WORKERS holds '{text}'"):
        Settings.from_env({"MONASIEVE_WORKERS": text})


def test_a_yes_or_no_that_is_neither_is_refused_by_name() -> None:
    with pytest.raises(
        ConfigError, match="MONASIEVE_LOOK_CLOSELY holds 'maybe'; it must be yes or"
    ):
        Settings.from_env({"MONASIEVE_LOOK_CLOSELY": "maybe"})


def test_limits_are_those_of_the_settings() -> None:
    limits = Settings.from_env({"MONASIEVE_MAX_MEMBERS": "7", "MONASIEVE_MAX_PIXELS": "9"}).limits
    assert (limits.members, limits.pixels) == (7, 9)


def test_the_secret_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    first = read_secret_key(folder)
    assert len(first) >= 32
    assert read_secret_key(folder) == first
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret"]


def test_an_empty_secret_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n")
    made = read_secret_key(tmp_path)
    assert len(made) >= 32
    assert read_secret_key(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(lambda _: read_secret_key(tmp_path), range(20)))) == 1


@pytest.mark.parametrize("watch", ["data", "data/uploads", ".", "kept", "kept/in", "link"])
def test_a_watched_folder_apart_from_what_the_program_writes(tmp_path: Path, watch: str) -> None:
    for name in ("data", "kept", "in"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    env = {
        "MONASIEVE_DATA": str(tmp_path / "data"),
        "MONASIEVE_STORAGE_ROOT": str(tmp_path / "kept"),
    }
    with pytest.raises(ConfigError, match=r"MONASIEVE_WATCH holds .* itself writes to"):
        Settings.from_env({**env, "MONASIEVE_WATCH": str(tmp_path / watch)})
    assert Settings.from_env({**env, "MONASIEVE_WATCH": str(tmp_path / "in")}).watch
